"""Helpers at a job of ten thousand tasks: what they cost must not grow with what they do not need."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azure.batch.emulator import BatchEmulator, Delays, Outcome
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
    files = await client.save_task_files("job", "first", tmp_path, raw_request_hook=requests.append)
    assert {one.name: one.status for one in files} == {"stderr.txt": "saved", "stdout.txt": "saved"}
    assert len(requests) == 3

    requests.clear()
    await client.ensure_no_job("job", raw_request_hook=requests.append)
    assert [job.id async for job in client.list_jobs()] == []
    assert len(requests) <= 5


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
