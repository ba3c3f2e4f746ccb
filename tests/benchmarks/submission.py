"""Sends many tasks through faults to the emulator, looks whether each was added exactly once, and prints a table.

    python tests/benchmarks/submission.py [TASKS]         # 100,000 unless given
    python tests/benchmarks/submission.py --memory TASKS  # what a generator of so many tasks needs, without faults

Of the requests, 10 % are answered with 503, 5 % are dropped after they took effect, 1 % are throttled with a
Retry-After header; of the tasks 5 % are answered with a server error. All of it comes from one seed. Nothing is run.

The tasks differ in an environment variable only. Lost is a task that is not in the job as it was given; duplicated is
one that the emulator has added more than once, or for which more than one result says so. Both are counted for the
tasks that each fault has struck, and for all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Delays, Fault, Faults
from azure.batch.emulator._faults import Occurrence, Strike
from azure.batch.emulator._store import Store
from support.clients import ENDPOINT, memory_client
from support.memory import Answer

FAULTS = {
    "503": Fault(operation="create_task_collection", status=503, probability=0.1),
    "dropped after the effect": Fault(operation="create_task_collection", drop="after", probability=0.05),
    "429, Retry-After": Fault(operation="create_task_collection", status=429, retry_after=1, probability=0.01),
    "server error of a task": Fault(operation="create_task_collection", failing_tasks=0.05),
}
RETRIES: dict[str, Any] = {"retry_total": 20, "retry_backoff_factor": 0.05}


def tasks(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        settings = [{"name": "NUMBER", "value": str(number)}]
        yield {"id": f"task-{number:07}", "commandLine": "work", "environmentSettings": settings}


class Watch:
    """What happens inside of an emulator: which tasks the faults strike, and how often each task is added."""

    def __init__(self, faults: Faults) -> None:
        self.struck: dict[Fault, set[str]] = defaultdict(set)
        self.added: Counter[str] = Counter()
        self._faults = faults

    def __enter__(self) -> Watch:
        take, add = self._faults.take, Store.add_task

        def take_and_note(occurrence: Occurrence) -> Optional[Strike]:
            strike = take(occurrence)
            if strike is not None:
                places = strike.failing or range(len(occurrence.tasks))
                self.struck[strike.fault].update(occurrence.tasks[place] for place in places)
            return strike

        def add_and_note(store: Store, job: str, key: str, document: Any, **more: Any) -> int:
            self.added[key] += 1
            return add(store, job, key, document, **more)

        self._patches = [
            mock.patch.object(self._faults, "take", take_and_note),
            mock.patch.object(Store, "add_task", add_and_note),
        ]
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in self._patches:
            patch.stop()


def submit(emulator: BatchEmulator, job: str, count: int, at_once: int, asynchronous: bool) -> Any:
    """Send the tasks through either client; gives the result."""

    async def run() -> Any:
        async with AsyncBatchClient(emulator.endpoint, emulator.credential) as client:
            return await client.create_tasks(job, tasks(count), max_concurrency=at_once, **RETRIES)

    if asynchronous:
        return asyncio.run(run())
    with BatchClient(emulator.endpoint, emulator.credential) as client:
        return client.create_tasks(job, tasks(count), max_concurrency=at_once, **RETRIES)


class Row(NamedTuple):
    """What a fault has done, or all of them."""

    injected: int
    tasks: int
    """How many tasks it struck."""
    lost: int
    duplicated: int


class Measured(NamedTuple):
    """A submission through the faults."""

    seconds: float
    is_in_order: bool
    is_complete: bool
    """Whether each result has the task's url and entity tag."""
    strangers: int
    """Tasks in the job that nobody has sent."""
    rows: dict[str, Row]
    """By the names of the faults, and ``all``."""


def measure(count: int, at_once: int, asynchronous: bool, seed: int = 5) -> Measured:
    """Send tasks through the faults; gives how often each struck, and what came of the tasks."""
    with BatchEmulator(simulate=True, delays=Delays.none(), seed=seed) as emulator, emulator.client() as client:
        client.create_job({"id": "job", "poolInfo": {"poolId": "none"}})
        numbers = {name: emulator.faults.add(fault) for name, fault in FAULTS.items()}
        begin = time.perf_counter()
        with Watch(emulator.faults) as watch:
            result = submit(emulator, "job", count, at_once, asynchronous)
        seconds = time.perf_counter() - begin
        struck = {name: emulator.faults.count(number) for name, number in numbers.items()}
        emulator.faults.clear()
        select = ["id", "commandLine", "environmentSettings"]
        there = {task.id: task.as_dict() for task in client.list_tasks("job", select=select)}
    given = {task["id"]: task for task in tasks(count)}
    claimed = Counter(one.task_id for one in result.result_values)

    def row(injected: int, some: Collection[str]) -> Row:
        lost = sum(there.get(name) != given[name] for name in some)
        return Row(injected, len(some), lost, sum(max(claimed[name], watch.added[name]) > 1 for name in some))

    rows = {name: row(struck[name], watch.struck[fault]) for name, fault in FAULTS.items()}
    return Measured(
        seconds=seconds,
        is_in_order=[one.task_id for one in result.result_values] == list(given),
        is_complete=all(one.location and one.etag for one in result.result_values),
        strangers=len(there.keys() - given.keys()),
        rows={**rows, "all": row(sum(struck.values()), given.keys())},
    )


def table(found: Measured) -> str:
    """A submission as a table in Markdown."""
    lines = ["| fault | injected | outcome | lost | duplicated |", "|---|---|---|---|---|"]
    for name, row in found.rows.items():
        outcome = f"{row.tasks - row.lost:,} of {row.tasks:,} tasks added"
        if name == "all":
            outcome += f"{', in order' if found.is_in_order else ''}, in {found.seconds:.1f} s"
        lines.append(f"| {name} | {row.injected:,} | {outcome} | {row.lost} | {row.duplicated} |")
    return "\n".join(lines)


def accept(request: Any) -> Answer:
    """Answer as the service does that adds all tasks."""
    results = [
        {
            "status": "success",
            "taskId": task["id"],
            "eTag": f"0x8DE0000{task['id'][-7:]}",
            "lastModified": "2026-03-01T08:00:00.1234567Z",
            "location": f"{ENDPOINT}/jobs/job/tasks/{task['id']}",
        }
        for task in json.loads(request.content)["value"]
    ]
    return Answer(200, json.dumps({"value": results}).encode())


async def peak(count: int, at_once: int = 1, asynchronous: bool = False) -> tuple[float, float]:
    """Bytes at the peak of a submission by either client, and those that the results hold after it."""
    async with memory_client(accept, asynchronous) as client:

        async def submit(count: int) -> Any:
            result = client.create_tasks("job", tasks(count), max_concurrency=at_once)
            return await result if asynchronous else result

        await submit(1000)  # what is made once and for all
        tracemalloc.start()
        result = await submit(count)
        held, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(result.result_values or ()) == count
    return most, held


def main() -> None:
    parser = argparse.ArgumentParser(description="Send many tasks through faults to the emulator.")
    parser.add_argument("tasks", type=int, nargs="?", default=100_000)
    parser.add_argument("--memory", action="store_true", help="measure the memory instead, without an emulator")
    arguments = parser.parse_args()
    if arguments.memory:
        most, held = asyncio.run(peak(arguments.tasks))
        print(f"{arguments.tasks} tasks: peak {most / 1e6:.1f} MB, of which the results hold {held / 1e6:.1f} MB")
        return
    for name, at_once, asynchronous in (("sync, 1", 1, False), ("sync, 8 threads", 8, False), ("async, 8", 8, True)):
        print(f"{name}:\n\n{table(measure(arguments.tasks, at_once, asynchronous))}\n", flush=True)


if __name__ == "__main__":
    main()
