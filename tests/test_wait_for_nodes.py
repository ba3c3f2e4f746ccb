"""``wait_for_nodes`` of both clients."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Optional

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from azure.batch import (
    NodesNotReadyError,
    NodesTimeoutError,
    QuotaReachedError,
    ResizeFailedError,
    StartTaskFailedError,
    models,
)
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import Client
from support.looking import Watched
from support.pauses import QUICK, in_no_time, in_virtual_time
from support.resources import pool_options


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    """A pool takes 60 seconds to resize, a node 120 to get ready."""
    with BatchEmulator(simulate=True, delays=Delays(resize=60, boot=60, delete=60)) as emulator:
        yield emulator


def start_task(**more: Any) -> dict[str, Any]:
    return {"start_task": models.BatchStartTask(command_line="prepare", wait_for_success=True, **more)}


async def test_it_waits_for_the_target_of_the_pool(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 2, target_low_priority_nodes=1))
    watched = Watched(emulator)
    nodes = await client.wait_for_nodes("pool", **watched.keywords)
    assert [node.state for node in nodes] == ["idle"] * 3
    assert sorted(node.is_dedicated for node in nodes) == [False, True, True]
    assert all(node.ip_address and node.affinity_id for node in nodes)
    assert watched.progress[0] == (0, 3)
    assert watched.progress[-1] == (3, 3)
    assert len(watched.requests) <= len(watched.progress) + 2


async def test_the_example_of_the_readme(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 1))
    emulator.advance(600)
    lines = [f"{node.id} {node.ip_address}" for node in await client.wait_for_nodes("pool", timeout=1800)]
    assert len(lines) == 1


async def test_so_many_of_them_busy_ones_included(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("*", Outcome(duration=36_000))
    await client.create_pool(pool_options("pool", 4))
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    await client.create_task("job", {"id": "t", "commandLine": "work"})
    nodes = await client.wait_for_nodes("pool", 1, **Watched(emulator).keywords)
    assert 1 <= len(nodes) <= 4
    emulator.advance(600)
    nodes = await client.wait_for_nodes("pool", 4, timeout=0)
    assert sorted(node.state for node in nodes) == ["idle", "idle", "idle", "running"]


async def test_an_empty_pool_is_ready(client: Client) -> None:
    await client.create_pool(pool_options("pool", 0))
    assert await client.wait_for_nodes("pool", **QUICK) == []


async def scaling_pool(client: Client) -> None:
    """A pool with a node for every task that is not done, up to two."""
    pool: dict[str, Any] = pool_options("pool", 0).as_dict()
    del pool["targetDedicatedNodes"]
    formula = "$TargetDedicatedNodes = min(2, $PendingTasks.GetSample(1));"
    await client.create_pool(
        {**pool, "enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT5M"}
    )
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})


async def test_a_pool_that_scales_itself_is_waited_for(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("*", Outcome(duration=36_000))
    await scaling_pool(client)
    watched = Watched(emulator)
    with emulator.client() as other:
        tasks = [{"id": name, "commandLine": "x"} for name in "abc"]
        watched.at[3] = lambda: other.create_tasks("job", tasks)
        assert len(await client.wait_for_nodes("pool", 2, **watched.keywords)) == 2


# What cannot come any more


async def test_a_target_that_is_too_small(client: Client) -> None:
    await client.create_pool(pool_options("pool", 2))
    with pytest.raises(NodesNotReadyError, match="'pool' has a target of 2 nodes, so that 3 will never be ready"):
        await client.wait_for_nodes("pool", 3, **QUICK)


@pytest.mark.parametrize(
    ("code", "kind"), [("AllocationFailed", ResizeFailedError), ("AccountCoreQuotaReached", QuotaReachedError)]
)
async def test_a_resize_that_fails(
    emulator: BatchEmulator, client: Client, code: str, kind: type[HttpResponseError]
) -> None:
    emulator.faults.add(Fault(resize=code))
    await client.create_pool(pool_options("pool", 2))
    with pytest.raises(kind, match=rf"has 0 of the 2 nodes .* had errors\n\({code}\)") as caught:
        await client.wait_for_nodes("pool", **Watched(emulator).keywords)
    assert isinstance(caught.value, ResizeFailedError)
    assert isinstance(caught.value, QuotaReachedError) is (kind is QuotaReachedError)
    assert ("ask for a higher quota" in str(caught.value).splitlines()[-1]) is (kind is QuotaReachedError)
    assert [one.code for one in caught.value.resource.resize_errors] == [code]


async def test_errors_from_before_are_believed_when_they_stay(emulator: BatchEmulator, client: Client) -> None:
    emulator.faults.add(Fault(resize="AllocationFailed", times=1))
    await client.create_pool(pool_options("pool", 2))
    emulator.advance(3600)
    watched = Watched(emulator)
    with pytest.raises(ResizeFailedError, match="AllocationFailed"):
        await client.wait_for_nodes("pool", **watched.keywords)
    assert len(watched.requests) > 3


async def test_errors_from_before_a_new_resize_do_not_matter(emulator: BatchEmulator, client: Client) -> None:
    emulator.faults.add(Fault(resize="AllocationFailed", times=1))
    await client.create_pool(pool_options("pool", 2))
    emulator.advance(3600)
    watched = Watched(emulator)
    with emulator.client() as other:
        watched.at[1] = lambda: other.begin_resize_pool("pool", {"targetDedicatedNodes": 2}, polling=False)
        assert len(await client.wait_for_nodes("pool", **watched.keywords)) == 2


async def test_errors_do_not_matter_when_there_are_enough_nodes(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 1))
    emulator.advance(61)  # the node is there, but not ready
    emulator.faults.add(Fault(resize="AllocationFailed"))
    watched = Watched(emulator, 5)
    with emulator.client() as other:
        watched.at[1] = lambda: other.begin_resize_pool("pool", {"targetDedicatedNodes": 5}, polling=False)
        assert len(await client.wait_for_nodes("pool", 1, **watched.keywords)) == 1
    assert (await client.get_pool("pool")).resize_errors


async def test_a_pool_that_scales_itself_forgets_old_errors(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("*", Outcome(duration=36_000))
    await scaling_pool(client)
    emulator.advance(100)
    emulator.faults.add(Fault(resize="AllocationFailed", times=1))
    await client.create_task("job", {"id": "a", "commandLine": "x"})
    emulator.advance(350)
    assert (await client.get_pool("pool")).resize_errors
    watched = Watched(emulator)
    with emulator.client() as other:
        watched.at[5] = lambda: other.create_task("job", {"id": "b", "commandLine": "x"})
        assert len(await client.wait_for_nodes("pool", 2, **watched.keywords)) == 2


async def test_a_start_task_that_fails(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("startup", Outcome(7, duration=30, stderr="x" * 5000 + "\nE: no package called gdal\n"))
    await client.create_pool(pool_options("pool", 2, **start_task()))
    with pytest.raises(StartTaskFailedError) as caught:
        await client.wait_for_nodes("pool", **Watched(emulator).keywords)
    error = caught.value
    assert error.stderr is not None
    assert len(error.stderr) < 2001
    assert error.stderr.endswith("E: no package called gdal")
    assert str(error).endswith("E: no package called gdal")
    assert "Nodes of pool 'pool' that cannot become ready: 2; waited for: 2" in str(error)
    assert "is starttaskfailed\n(FailureExitCode)" in str(error)
    assert error.nodes[0].start_task_info is not None
    assert error.nodes[0].start_task_info.exit_code == 7
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.stderr, str(again)) == (StartTaskFailedError, error.stderr, str(error))


@pytest.mark.parametrize("stderr", ["", None])
async def test_a_start_task_that_says_nothing(emulator: BatchEmulator, client: Client, stderr: Optional[str]) -> None:
    emulator.script("startup", Outcome(7))
    if stderr is None:
        emulator.faults.add(Fault(operation="get_node_file_properties", status=404))
    await client.create_pool(pool_options("pool", 1, **start_task()))
    with pytest.raises(StartTaskFailedError, match=r"\(FailureExitCode\)") as caught:
        await client.wait_for_nodes("pool", **Watched(emulator).keywords)
    assert caught.value.stderr == stderr


@pytest.mark.parametrize("kind", ["unusable", "offline"])
async def test_nodes_that_are_lost(emulator: BatchEmulator, client: Client, kind: str) -> None:
    await client.create_pool(pool_options("pool", 3))
    emulator.advance(600)
    first = (await client.wait_for_nodes("pool", timeout=0))[0].id
    if kind == "unusable":
        emulator.lose_node("pool", first)
    else:
        await client.disable_node_scheduling("pool", first)
    emulator.advance(1)
    assert len(await client.wait_for_nodes("pool", 2, **QUICK)) == 2
    with pytest.raises(
        NodesNotReadyError, match=f"Nodes of pool 'pool' that cannot become ready: 1;.*\n{first} is {kind}"
    ) as caught:
        await client.wait_for_nodes("pool", **Watched(emulator).keywords)
    assert [node.id for node in caught.value.nodes] == [first]


async def test_a_pool_that_is_deleted_meanwhile(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 1))
    for step in (1, 50):  # it is seen going, and found gone
        watched = Watched(emulator, step)
        with emulator.client() as other:
            watched.at[2] = lambda other=other: other.begin_delete_pool("pool", polling=False)
            with pytest.raises(NodesNotReadyError, match=r"'pool' (is being|was) deleted"):
                await client.wait_for_nodes("pool", **watched.keywords)
        emulator.advance(600)
        await client.create_pool(pool_options("pool", 1))


async def test_no_such_pool(client: Client) -> None:
    with pytest.raises(ResourceNotFoundError, match="PoolNotFound"):
        await client.wait_for_nodes("nothing", **QUICK)


# What has failed is said at once


class Moments:
    """A hook that remembers when each request was sent, by the time of the emulator."""

    def __init__(self, emulator: BatchEmulator) -> None:
        self._emulator = emulator
        self.all: list[datetime] = []

    def __call__(self, request: Any) -> None:
        self.all.append(self._emulator.now)

    def since(self, moment: datetime) -> list[datetime]:
        return [one for one in self.all if one >= moment]


FAILURES: dict[str, tuple[Optional[Fault], dict[str, Any], type[Exception], int]] = {
    "a resize": (Fault(resize="AllocationFailed"), {}, ResizeFailedError, 60),
    "a quota": (Fault(resize="AccountCoreQuotaReached"), {}, QuotaReachedError, 60),
    "a start task": (Fault(start_task=3), start_task(), StartTaskFailedError, 180),
    "a lost node": (None, start_task(), NodesNotReadyError, 100),
    "a deleted pool": (None, start_task(), NodesNotReadyError, 100),
}
"""What goes wrong, with what in the pool, the error, and the second at which it is there to be seen."""


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_is_told_at_the_second_look(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    """Pool and nodes are looked at in turns; then a few requests tell what to say of it."""
    fault, more, error, seconds = FAILURES[failure]
    if fault is not None:
        emulator.faults.add(fault)
    await client.create_pool(pool_options("pool", 2, **more))
    visible = emulator.now + timedelta(seconds=seconds)
    moments = Moments(emulator)
    acts = {"a lost node": lose_a_node, "a deleted pool": delete_the_pool}

    def hook(current: int, total: Optional[int]) -> None:
        act = acts.get(failure)
        if act is not None and emulator.now < visible <= emulator.now + timedelta(seconds=30):
            emulator.advance((visible - emulator.now).total_seconds())
            act(emulator)

    in_virtual_time(monkeypatch, emulator)
    with pytest.raises(error):
        await client.wait_for_nodes("pool", polling_interval=10, raw_request_hook=moments, progress_hook=hook)
    assert len(set(moments.since(visible))) <= 2
    assert len(moments.since(visible)) <= 5
    assert emulator.now - visible <= timedelta(seconds=20)


def lose_a_node(emulator: BatchEmulator) -> None:
    with emulator.client() as other:
        emulator.lose_node("pool", next(iter(other.list_nodes("pool"))).id)


def delete_the_pool(emulator: BatchEmulator) -> None:
    with emulator.client() as other:
        other.begin_delete_pool("pool", polling=False)


@pytest.mark.parametrize("failure", ["a start task", "a lost node", "a target that is too small"])
async def test_what_had_failed_before_is_told_without_a_pause(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    count = 3 if failure == "a target that is too small" else None
    if failure == "a start task":
        emulator.faults.add(Fault(start_task=3))
    await client.create_pool(pool_options("pool", 2, **start_task()))
    emulator.advance(600)
    if failure == "a lost node":
        lose_a_node(emulator)
    requests, pauses = list[Any](), in_no_time(monkeypatch)
    with pytest.raises(NodesNotReadyError):
        await client.wait_for_nodes("pool", count, raw_request_hook=requests.append)
    assert pauses == []
    assert len(requests) <= 5  # the pool, the counts, the lost nodes, and the size and end of what one has written


# Time, trouble and cancellation


async def test_a_timeout_tells_how_far_it_was(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 2))
    emulator.advance(61)
    with pytest.raises(TimeoutError, match=r"0 of 2 nodes of pool 'pool' .* within 0\.05 s: 2 ") as caught:
        await client.wait_for_nodes("pool", timeout=0.05, **QUICK)
    assert isinstance(caught.value, NodesTimeoutError)
    assert caught.value.counts is not None
    assert caught.value.counts.dedicated is not None
    assert caught.value.counts.dedicated.total == 2
    assert pickle.loads(pickle.dumps(caught.value)).counts == caught.value.counts


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": "before"}, {"drop": "body"}])
async def test_trouble_that_passes(emulator: BatchEmulator, client: Client, fault: dict[str, Any]) -> None:
    await client.create_pool(pool_options("pool", 2))
    emulator.faults.add(Fault(method="GET", nth=[1, 2, 3, 4, 7, 10, 11, 12], **fault))
    assert len(await client.wait_for_nodes("pool", **Watched(emulator).keywords, retry_total=1)) == 2


async def test_trouble_that_does_not_pass(emulator: BatchEmulator, client: Client) -> None:
    await client.create_pool(pool_options("pool", 2))
    number = emulator.faults.add(Fault(method="GET", status=503))
    with pytest.raises(HttpResponseError, match="ServerBusy"):
        await client.wait_for_nodes("pool", **QUICK, retry_total=0)
    assert emulator.faults.count(number) == 6


async def test_an_hour_takes_few_requests(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.script("startup", Outcome(duration=3600))
    await client.create_pool(pool_options("pool", 50, **start_task()))
    in_virtual_time(monkeypatch, emulator)
    requests: list[Any] = []
    nodes = await client.wait_for_nodes("pool", raw_request_hook=requests.append, polling_interval=60)
    assert len(nodes) == 50
    assert len(requests) < 80


async def test_it_can_be_interrupted(client: Client) -> None:
    await client.create_pool(pool_options("pool", 1))

    def hook(current: int, total: Optional[int]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await client.wait_for_nodes("pool", progress_hook=hook)


async def test_an_asynchronous_wait_can_be_cancelled(emulator: BatchEmulator) -> None:
    async with emulator.async_client() as client:
        await client.create_pool(pool_options("pool", 1))
        started = asyncio.Event()
        waiting = asyncio.ensure_future(client.wait_for_nodes("pool", progress_hook=lambda *_: started.set()))
        await started.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "text"),
    [
        (["pool", 0], {}, ValueError, "count"),
        (["pool", "2"], {}, TypeError, "count"),
        ([""], {}, ValueError, "pool_id"),
        (["pool"], {"timeout": -1}, ValueError, "timeout"),
        (["pool"], {"nonsense": 1}, TypeError, "nonsense"),
    ],
)
async def test_bad_arguments_are_refused_before_anything_is_sent(
    emulator: BatchEmulator,
    client: Client,
    arguments: list[Any],
    keywords: dict[str, Any],
    error: type[Exception],
    text: str,
) -> None:
    number = emulator.faults.add(Fault(status=500))
    with pytest.raises(error, match=text):
        await client.wait_for_nodes(*arguments, **keywords)
    assert emulator.faults.count(number) == 0
