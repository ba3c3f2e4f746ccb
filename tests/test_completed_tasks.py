"""``iter_completed_tasks`` of both clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import ResourceNotFoundError

from azure.batch import JobEndedError, TasksTimeoutError
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import AwaitableItems, Client
from support.clients import memory_client
from support.looking import Watched, make_job
from support.memory import Answer
from support.pauses import QUICK

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        emulator.script("*", Outcome(duration=10))
        yield emulator


async def ids(client: Client, **keywords: Any) -> list[str]:
    return [task.id async for task in await client.iter_completed_tasks("job", **keywords)]


async def test_tasks_come_as_they_are_completed(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t1", Outcome(duration=100))
    emulator.script("t2", Outcome(5, duration=50))
    await make_job(client, 4, nodes=4)
    watched = Watched(emulator, 7)
    seen: list[tuple[str, Any]] = []
    async for task in await client.iter_completed_tasks("job", **watched.keywords):
        assert task.execution_info.end_time <= emulator.now
        assert emulator.now - task.execution_info.end_time < timedelta(seconds=25)
        assert (task.state, task.node_info.pool_id) == ("completed", "pool")
        seen.append((task.id, task.execution_info.exit_code))
    assert sorted(seen[:2]) == [("t0", 0), ("t3", 0)]
    assert seen[2:] == [("t2", 5), ("t1", 0)]
    assert watched.progress[-1] == (4, 4)


async def test_the_example_of_the_readme(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 2)
    emulator.advance(60)
    lines: list[str] = []
    async for task in await client.iter_completed_tasks("job", timeout=3600):
        assert task.execution_info is not None
        lines.append(f"{task.id} {task.execution_info.exit_code}")
    assert lines == ["t0 0", "t1 0"]


async def test_those_that_are_completed_already_come_in_order(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 12)
    emulator.advance(1000)
    watched = Watched()
    assert await ids(client, **watched.keywords) == [f"t{number}" for number in range(12)]
    assert len(watched.requests) <= 4
    names = [task.display_name async for task in await client.iter_completed_tasks("job", select=["displayName"])]
    assert names == [None] * 12


async def test_a_job_without_tasks_gives_none(client: Client) -> None:
    await make_job(client, 0)
    assert await ids(client, **QUICK) == []


@pytest.mark.parametrize("select", [["commandLine", "id"], "commandLine,id"])
async def test_more_properties_can_be_selected(emulator: BatchEmulator, client: Client, select: Any) -> None:
    await make_job(client, 1)
    emulator.advance(60)
    tasks = [task async for task in await client.iter_completed_tasks("job", select=select, **QUICK)]
    assert [(task.id, task.command_line, task.required_slots) for task in tasks] == [("t0", "work", None)]


async def test_tasks_that_the_body_of_the_loop_adds_come_too(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 2)
    seen: list[str] = []
    async for task in await client.iter_completed_tasks("job", **Watched(emulator).keywords):
        seen.append(task.id)
        if len(seen) < 6:
            await client.create_task("job", {"id": f"{task.id}-{len(seen)}", "commandLine": "more"})
    assert len(seen) == len(set(seen)) == 7


async def test_nothing_is_sent_before_the_first_task_is_asked_for(client: Client) -> None:
    watched = Watched()
    found = await client.iter_completed_tasks("job", **watched.keywords)
    assert watched.requests == []
    with pytest.raises(ResourceNotFoundError, match="JobNotFound"):
        _ = [task async for task in found]
    with pytest.raises(ValueError, match="timeout"):
        await client.iter_completed_tasks("job", timeout=-1)


async def test_its_time_can_be_limited(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t1", Outcome(duration=3600))
    await make_job(client, 2, nodes=2)
    emulator.advance(60)
    seen: set[str] = set()

    async def take() -> None:
        async for task in await client.iter_completed_tasks("job", timeout=0.05, **QUICK):
            seen.add(task.id)

    with pytest.raises(TasksTimeoutError, match="2 tasks: 1 succeeded, 1 running"):
        await take()
    assert seen == {"t0"}


@pytest.mark.parametrize("ending", ["terminate", "delete"])
async def test_a_job_that_ends_before_its_tasks(emulator: BatchEmulator, client: Client, ending: str) -> None:
    await make_job(client, 3)
    watched, seen = Watched(emulator, 3), set[str]()
    with emulator.client() as other:
        end: Any = other.begin_terminate_job if ending == "terminate" else other.begin_delete_job
        watched.at[5] = lambda: end("job", polling=False)

        async def take() -> None:
            async for task in await client.iter_completed_tasks("job", **watched.keywords):
                seen.add(task.id)

        with pytest.raises(JobEndedError, match=r"job 'job' (was deleted|is completed)"):
            await take()
    assert "t0" in seen
    assert "t2" not in seen


async def test_a_job_that_terminates_itself(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 3)
    await client.update_job("job", {"onAllTasksComplete": "terminatejob"})
    assert await ids(client, **Watched(emulator).keywords) == ["t0", "t1", "t2"]


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": "before"}, {"drop": "body"}])
async def test_trouble_that_passes(emulator: BatchEmulator, client: Client, fault: dict[str, Any]) -> None:
    await make_job(client, 9)
    emulator.faults.add(Fault(method="GET", path="/jobs/**", nth=[2, 3, 4, 5, 6, 8, 11, 12, 15], **fault))
    found = await ids(client, **Watched(emulator, 3).keywords, retry_total=1)
    assert found == [f"t{number}" for number in range(9)]


async def test_an_iteration_can_be_left(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 3)
    emulator.advance(60)
    found = await client.iter_completed_tasks("job", **QUICK)
    async for task in found:
        assert task.id == "t0"
        break
    if client.is_async:
        await found.aclose()
    else:
        found._items.close()


async def test_an_asynchronous_iteration_can_be_cancelled(emulator: BatchEmulator) -> None:
    async with emulator.async_client() as client:
        await make_job(Client(client))
        started = asyncio.Event()

        async def take() -> None:
            async for _ in client.iter_completed_tasks("job", progress_hook=lambda *_: started.set()):
                pass

        waiting = asyncio.ensure_future(take())
        await started.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


# Tasks that become visible late, as the emulator's do not

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Service:
    """A job whose tasks are shown one look after the other, whatever their times of completion.

    :param looks: What becomes visible at each list of completed tasks: an id and the seconds after noon.
    """

    def __init__(self, *looks: list[tuple[str, float]], at_the_end: tuple[str, float] = ("", 0)) -> None:
        self.looks = list(looks)
        self.at_the_end = at_the_end
        self.total = sum(map(len, looks))
        self.visible: list[tuple[str, float]] = []
        self.filters: list[str] = []

    def __call__(self, request: Any) -> Answer:
        url = urlsplit(request.url)
        condition = parse_qs(url.query).get("$filter", [""])[0]
        if url.path.endswith("/taskcounts"):
            done = len(self.visible) + len(self.looks[0] if self.looks else ())
            counts = {"active": 0, "running": self.total - done, "completed": done, "succeeded": done, "failed": 0}
            body: Any = {"taskCounts": counts, "taskSlotCounts": counts}
        elif "running" in condition:
            body = {"value": [{"id": "t"}] if self.looks else []}
            if self.at_the_end[0] and not self.looks:
                self.looks.append([self.at_the_end])
        else:
            self.filters.append(condition)
            self.visible += self.looks.pop(0) if self.looks else []
            after = condition.partition("DateTime'")[2].rstrip("'")
            body = {"value": [_task(*one) for one in reversed(self.visible) if not after or _text(one[1]) >= after]}
        return Answer(200, json.dumps(body).encode())


def _text(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _task(name: str, seconds: float) -> dict[str, Any]:
    return {"id": name, "state": "completed", "stateTransitionTime": _text(seconds), "executionInfo": {}}


@BOTH
async def test_tasks_that_become_visible_late_are_not_lost(asynchronous: bool) -> None:
    service = Service(
        [("a", 0), ("b", 10)],
        [("c", 10)],  # at the same moment as the newest one that was seen
        [("d", 6.5), ("e", 20)],  # before it
        [("f", 20.0000001), ("g", 19.9)],
    )
    async with memory_client(service, asynchronous) as client:
        found = client.iter_completed_tasks("job", **QUICK)
        seen = [task.id async for task in (found if asynchronous else AwaitableItems(found))]
    assert seen == ["a", "b", "c", "d", "e", "g", "f"] or seen == ["a", "b", "c", "d", "e", "f", "g"]
    assert service.filters[0] == "state eq 'completed'"
    assert service.filters[1] == "(state eq 'completed') and stateTransitionTime ge DateTime'2026-03-01T12:00:05Z'"


@BOTH
async def test_tasks_that_were_missed_are_found_by_the_counts(asynchronous: bool) -> None:
    """One becomes visible long after its time: the counts know of it, and then everything is listed again."""
    service = Service([("a", 0), ("b", 3600)], [("c", 1)], [("d", 3700)])
    async with memory_client(service, asynchronous) as client:
        found = client.iter_completed_tasks("job", **QUICK)
        seen = [task.id async for task in (found if asynchronous else AwaitableItems(found))]
    assert sorted(seen) == ["a", "b", "c", "d"]


@BOTH
async def test_a_task_that_becomes_visible_at_the_very_end(asynchronous: bool) -> None:
    """It comes after the lists have said that nothing is left, half a minute older than the newest one."""
    service = Service([("a", 0), ("b", 3600)], at_the_end=("c", 3570))
    async with memory_client(service, asynchronous) as client:
        found = client.iter_completed_tasks("job", **QUICK)
        seen = [task.id async for task in (found if asynchronous else AwaitableItems(found))]
    assert seen == ["a", "b", "c"]
