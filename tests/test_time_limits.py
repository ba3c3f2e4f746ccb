"""Time limits: what a caller gives for a call or a wait holds, also when the service asks for more patience."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.core.rest import HttpRequest

from azure.batch import TasksTimeoutError, models
from azure.batch._helpers import _looks
from azure.batch.emulator import BatchEmulator, Delays, Fault
from conftest import AwaitableItems, Client, settled
from support.clients import memory_client
from support.memory import Answer
from support.pauses import in_no_time
from support.resources import pool_options

BOTH = pytest.mark.parametrize("asynchronous", [False, True])
LONG = 10_000
"""Seconds; no test ends that waits for so long."""


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


@BOTH
@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_beyond_the_time_limit_is_not_waited_for(asynchronous: bool, status: int) -> None:
    asked: list[Any] = []

    def answer(request: Any) -> Answer:
        asked.append(request)
        return Answer(status, b"", {"Retry-After": str(LONG)})

    async with memory_client(answer, asynchronous) as client:
        with pytest.raises(HttpResponseError) as caught:
            await settled(client.get_job("j", timeout=60))
        with pytest.raises(HttpResponseError):
            await settled(client.create_job({"id": "j", "poolInfo": {"poolId": "p"}}, timeout=60))
    assert caught.value.status_code == status
    assert len(asked) == 2


@BOTH
async def test_a_pause_within_the_time_limit_is_waited_for(asynchronous: bool) -> None:
    answers = [Answer(429, b"", {"Retry-After": "0.01"}), Answer(200, b'{"id": "j"}')]
    async with memory_client(lambda _: answers.pop(0), asynchronous) as client:
        assert (await settled(client.get_job("j", timeout=60))).id == "j"


@BOTH
async def test_no_pause_of_the_clients_own_is_longer_than_what_is_left(asynchronous: bool) -> None:
    def lost(request: Any) -> Answer:
        raise ServiceRequestError("no connection")

    settings = {"retry_backoff_factor": LONG, "retry_backoff_max": LONG}
    async with memory_client(lost, asynchronous, **settings) as client:
        with pytest.raises(AzureError):
            await settled(client.get_job("j", timeout=0.2))


@pytest.mark.parametrize("helper", ["wait_for_tasks", "wait_for_nodes", "ensure_no_job", "follow_task_file"])
async def test_a_helper_keeps_its_time_limit_though_the_service_asks_for_patience(
    emulator: BatchEmulator, client: Client, helper: str
) -> None:
    await client.create_pool(pool_options("id", 1))
    await client.create_job({"id": "id", "poolInfo": {"poolId": "id"}})
    emulator.faults.add(Fault(method="GET", status=429, retry_after=LONG))

    async def use() -> None:
        found = await getattr(client, helper)("id", *["t"][: helper == "follow_task_file"], timeout=0.2)
        async for _ in found:
            pass

    with pytest.raises(TimeoutError):
        await use()


async def test_a_helper_looks_again_when_the_pause_that_was_asked_for_is_over(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.create_job({"id": "j", "poolInfo": {"poolId": "none"}})
    emulator.faults.add(Fault(method="GET", status=429, retry_after=7, nth=[1]))
    pauses = in_no_time(monkeypatch)
    assert (await client.wait_for_tasks("j", timeout=60, retry_total=0, polling_interval=0.01)).total == 0
    assert pauses[0] == 7


@BOTH
async def test_a_slow_file_is_followed_for_no_longer_than_the_time_limit(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has come by then is given before the error."""
    now = [0.0]
    monkeypatch.setattr(_looks, "monotonic", lambda: now[0])

    def slowly() -> Iterator[bytes]:
        for _ in range(1000):
            now[0] += 1
            yield b"x"

    def answer(request: Any) -> Answer:
        if request.url.partition("?")[0].endswith("/stdout.txt"):
            return Answer(200, headers={"Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"}, pieces=slowly())
        return Answer(200, b'{"id": "t", "state": "completed"}')

    async with memory_client(answer, asynchronous) as client:
        found = client.follow_task_file("j", "t", timeout=10)
        pieces = (found if asynchronous else AwaitableItems(found)).__aiter__()
        assert await pieces.__anext__() == b"x" * 10
        with pytest.raises(TimeoutError, match=r"10 bytes of its 'stdout\.txt' were read"):
            await pieces.__anext__()


@BOTH
async def test_tasks_that_fail_between_two_looks_are_counted_once(asynchronous: bool) -> None:
    """The counts are of before, the list of failed tasks is of afterwards."""
    failed = {"state": "completed", "executionInfo": {"result": "failure", "exitCode": 1}}

    def answer(request: Any) -> Answer:
        if "taskcounts" in request.url:
            counts = {"active": 1, "running": 1, "completed": 2, "succeeded": 1, "failed": 1}
            return Answer(200, json.dumps({"taskCounts": counts, "taskSlotCounts": counts}).encode())
        return Answer(200, json.dumps({"value": [{"id": f"t{number}", **failed} for number in range(3)]}).encode())

    async with memory_client(answer, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("j", count=2))
        assert (summary.active, summary.running, summary.succeeded, summary.failed) == (0, 0, 1, 3)
        with pytest.raises(TasksTimeoutError) as caught:
            await settled(client.wait_for_tasks("j", count=4, timeout=0))
    assert caught.value.summary.total == 4


@BOTH
@pytest.mark.parametrize("name", ["timeout", "retry_total", "retry_backoff_factor", "read_timeout"])
async def test_a_number_that_is_none_counts_as_not_given(asynchronous: bool, name: str) -> None:
    def answer(request: Any) -> Answer:
        if request.method == "POST":
            return Answer(200, b'{"value": [{"taskId": "t", "status": "success"}]}')
        return Answer(200, b'{"id": "j"}')

    nothing: dict[str, Any] = {name: None}
    async with memory_client(answer, asynchronous, **nothing) as client:
        assert (await settled(client.get_job("j", **nothing))).id == "j"
        result = await settled(client.create_tasks("j", [{"id": "t", "commandLine": "c"}], **nothing))
        assert [one.task_id for one in result.result_values] == ["t"]


@BOTH
async def test_a_client_that_was_closed_before_its_first_call_stays_closed(
    emulator: BatchEmulator, asynchronous: bool
) -> None:
    client: Any = emulator.async_client() if asynchronous else emulator.client()
    await settled(client.close())
    for call in (
        lambda: client.get_job("j"),
        lambda: client.pool_exists("p"),
        lambda: client.ensure_no_job("j"),
        lambda: client.wait_for_tasks("j"),
    ):
        with pytest.raises(ValueError, match="has already been closed"):
            await settled(call())
    with pytest.raises(models.CreateTasksError) as caught:
        await settled(client.create_tasks("j", [{"id": "t", "commandLine": "c"}]))
    assert [one["id"] for one in caught.value.pending_tasks] == ["t"]
    assert caught.value.unknown == []


@BOTH
async def test_a_client_may_be_opened_again_where_its_transport_can(asynchronous: bool) -> None:
    async with memory_client(lambda _: Answer(200, b'{"id": "j"}'), asynchronous) as client:
        await settled(client.close())
        with pytest.raises(ValueError, match="has already been closed"):
            await settled(client.send_request(HttpRequest("GET", "/jobs/j")))
        await settled((client.__aenter__ if asynchronous else client.__enter__)())
        assert (await settled(client.get_job("j"))).id == "j"
