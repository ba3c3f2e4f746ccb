"""Helpers at a job of ten thousand tasks: what they cost must not grow with what they do not need."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azure.batch import models
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import AwaitableItems, Client
from support.clients import memory_client
from support.memory import Answer
from support.pauses import QUICK
from support.resources import pool_options

MANY = 10_000


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=Outcome(duration=math.inf), delays=Delays.none()) as emulator:
        emulator.script("first", Outcome(stdout="out\n"))
        yield emulator


def turns(requests: list[Any]) -> list[str]:
    """What was asked, one after the other; looks in a row, whose number is the service's pace, count as one."""
    asked = [f"{one.http_request.method} {urlsplit(one.http_request.url).path}" for one in requests]
    return [one for one, _ in itertools.groupby(asked)]


async def test_helpers_at_a_large_job(emulator: BatchEmulator, client: Client, tmp_path: Path) -> None:
    """A task has completed, one runs on the only node, and the others wait."""
    await client.create_pool(pool_options("pool", 1))
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    await client.create_task("job", {"id": "first", "commandLine": "work"})
    emulator.advance(60)
    await client.create_tasks("job", ({"id": f"t{number}", "commandLine": "work"} for number in range(MANY)))

    requests: list[Any] = []
    keywords: dict[str, Any] = {**QUICK, "raw_request_hook": requests.append}
    assert len(await client.wait_for_nodes("pool", **keywords)) == 1
    assert len(requests) == 3

    requests.clear()
    found = await client.follow_task_file("job", "first", **keywords)
    assert b"".join([piece async for piece in found]) == b"out\n"
    assert len(requests) == 2

    requests.clear()
    info = (await client.get_task("job", "first")).node_info
    path = f"{info.task_root_directory}/stdout.txt"
    found = await client.follow_node_file("pool", info.node_id, path, **keywords)
    assert b"".join([piece async for piece in found]) == b"out\n"
    assert len(requests) == 2

    requests.clear()
    saved = await client.save_node_files("pool", info.node_id, tmp_path, pattern=path, raw_request_hook=requests.append)
    assert {one.name: one.status for one in saved} == {path: "saved"}
    assert len(requests) == 2

    requests.clear()
    files = await client.save_task_files("job", "first", tmp_path, raw_request_hook=requests.append)
    assert {one.name: one.status for one in files} == {"stderr.txt": "saved", "stdout.txt": "saved"}
    assert len(requests) == 3

    requests.clear()
    await client.ensure_no_job("job", raw_request_hook=requests.append)
    assert [job.id async for job in client.list_jobs()] == []
    assert turns(requests) == ["GET /jobs/job", "DELETE /jobs/job", "GET /jobs/job"]


async def test_a_large_job_is_ensured_and_made_anew(emulator: BatchEmulator, client: Client) -> None:
    """Through trouble, it takes no more requests than with a job without tasks."""
    job = {"id": "job", "poolInfo": {"poolId": "pool"}}
    await client.create_pool(pool_options("pool", 1))
    made = await client.ensure_job(job)
    told: list[tuple[int, Any]] = []
    tasks = [{"id": f"t{number}", "commandLine": "work"} for number in range(MANY)]
    emulator.faults.add(Fault(operation="create_task_collection", status=503, nth=[3, 20, 50]))
    emulator.faults.add(Fault(operation="create_task_collection", drop="after", nth=[7, 40]))
    result = await client.create_tasks(
        "job", tasks, retry_backoff_factor=0, progress_hook=lambda *one: told.append(one)
    )
    assert [one.task_id for one in result.result_values] == [one["id"] for one in tasks]
    assert told == sorted(set(told))
    assert told[-1] == (MANY, MANY)

    requests: list[Any] = []
    assert (await client.ensure_job(job, raw_request_hook=requests.append)).creation_time == made.creation_time
    assert len(requests) == 1
    emulator.advance(1)
    emulator.faults.add(Fault(operation="delete_job", status=503, times=1))
    again = await client.recreate_job(job, retry_total=0, polling_interval=0.005, raw_request_hook=requests.append)
    assert again.creation_time > made.creation_time
    assert (await client.get_job_task_counts("job")).task_counts == models.BatchTaskCounts(
        active=0, running=0, completed=0, succeeded=0, failed=0
    )
    assert turns(requests) == [
        "GET /jobs/job",
        "DELETE /jobs/job",  # refused by the fault
        "GET /jobs/job",
        "DELETE /jobs/job",
        "GET /jobs/job",
        "POST /jobs",
        "GET /jobs/job",
    ]


@pytest.mark.parametrize("at_once", [1, 4])
async def test_ten_thousand_tasks_are_broken_off(client: Client, at_once: int) -> None:
    """What the error knows is what is in the job."""
    await client.create_job({"id": "job", "poolInfo": {"poolId": "none"}})

    def break_off(current: int, total: Any) -> None:
        if current >= MANY // 2:
            if not client.is_async:
                raise KeyboardInterrupt
            adding.cancel()

    async def add() -> Any:
        tasks = [{"id": f"t{number}", "commandLine": "work"} for number in range(MANY)]
        try:
            await client.create_tasks("job", tasks, max_concurrency=at_once, progress_hook=break_off)
        except (KeyboardInterrupt, asyncio.CancelledError) as error:  # Python 3.9 forgets the cause on the way out
            return error.__cause__

    adding = asyncio.ensure_future(add())
    error = await adding
    assert isinstance(error, models.CreateTasksError)
    added = {one.task_id for one in error.succeeded}
    pending = {one["id"] for one in error.pending_tasks}
    there = {task.id async for task in client.list_tasks("job", select=["id"])}
    assert MANY // 2 <= len(added) < MANY
    assert len(added) + len(pending) == MANY
    assert added <= there
    assert len(there - added) <= 100 * at_once


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_completed_tasks_come_page_by_page(asynchronous: bool) -> None:
    requests: list[Any] = []

    def answer(request: Any) -> Answer:
        requests.append(request)
        url = urlsplit(request.url)
        query = parse_qs(url.query)
        if url.path.endswith("/taskcounts"):
            counts = {"active": 0, "running": 0, "completed": MANY, "succeeded": MANY, "failed": 0}
            return Answer(200, json.dumps({"taskCounts": counts, "taskSlotCounts": counts}).encode())
        if "active" in query.get("$filter", [""])[0] or "ge" in query.get("$filter", [""])[0].split():
            return Answer(200, b'{"value": []}')
        start = int(query.get("$skiptoken", ["0"])[0])
        tasks = [
            {"id": f"t{number}", "state": "completed", "stateTransitionTime": f"2026-01-01T00:00:{number // 1000:02}Z"}
            for number in range(start, start + 1000)
        ]
        body: dict[str, Any] = {"value": tasks}
        if start + 1000 < MANY:
            body["odata.nextLink"] = f"https://{url.netloc}{url.path}?$skiptoken={start + 1000}"
        return Answer(200, json.dumps(body).encode())

    async with memory_client(answer, asynchronous) as client:
        tasks: Any = client.iter_completed_tasks("job", **QUICK)
        found = [task.id async for task in (tasks if asynchronous else AwaitableItems(tasks))]
    assert found == [f"t{number}" for number in range(MANY)]
    assert len(requests) <= MANY // 1000 + 4
