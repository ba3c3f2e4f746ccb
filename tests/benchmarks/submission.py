"""Sends many tasks through faults to the emulator, looks whether each is in the job exactly once, and prints a table.

    python tests/benchmarks/submission.py [TASKS]         # 100,000 unless given
    python tests/benchmarks/submission.py --memory TASKS  # what a generator of so many tasks needs, without faults

Of the requests, 10 % are answered with 503, 5 % are dropped after they took effect, 1 % are throttled with a
Retry-After header; of the tasks 5 % are answered with a server error. All of it comes from one seed. Nothing is run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Delays, Fault
from support.clients import ENDPOINT
from support.memory import Answer, MemoryTransport

FAULTS = {
    "503": Fault(operation="create_task_collection", status=503, probability=0.1),
    "dropped after the effect": Fault(operation="create_task_collection", drop="after", probability=0.05),
    "429, Retry-After": Fault(operation="create_task_collection", status=429, retry_after=1, probability=0.01),
    "server error of a task": Fault(operation="create_task_collection", failing_tasks=0.05),
}
RETRIES: dict[str, Any] = {"retry_total": 20, "retry_backoff_factor": 0.05}


def tasks(count: int) -> Iterator[dict[str, Any]]:
    return ({"id": f"task-{number:07}", "commandLine": f"work {number}"} for number in range(count))


def submit(emulator: BatchEmulator, job: str, count: int, at_once: int, asynchronous: bool) -> Any:
    """Send the tasks through either client; gives the result."""

    async def run() -> Any:
        async with AsyncBatchClient(emulator.endpoint, emulator.credential) as client:
            return await client.create_tasks(job, tasks(count), max_concurrency=at_once, **RETRIES)

    if asynchronous:
        return asyncio.run(run())
    with BatchClient(emulator.endpoint, emulator.credential) as client:
        return client.create_tasks(job, tasks(count), max_concurrency=at_once, **RETRIES)


def measure(count: int, at_once: int, asynchronous: bool) -> dict[str, Any]:
    """Send tasks through the faults; gives how often each struck, and what came of the tasks."""
    with BatchEmulator(simulate=True, delays=Delays.none(), seed=5) as emulator, emulator.client() as client:
        client.create_job({"id": "job", "poolInfo": {"poolId": "none"}})
        numbers = {name: emulator.faults.add(fault) for name, fault in FAULTS.items()}
        begin = time.perf_counter()
        result = submit(emulator, "job", count, at_once, asynchronous)
        seconds = time.perf_counter() - begin
        struck = {name: emulator.faults.count(number) for name, number in numbers.items()}
        emulator.faults.clear()
        there = Counter(task.id for task in client.list_tasks("job", select=["id"]))
    given = [task["id"] for task in tasks(count)]
    return {
        "seconds": round(seconds, 1),
        "struck": struck,
        "in order": [one.task_id for one in result.result_values] == given,
        "with url and etag": all(one.location and one.etag for one in result.result_values),
        "lost": len(set(given) - there.keys()),
        "duplicated": sum(there.values()) - len(there),
        "strangers": len(there.keys() - set(given)),
    }


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


def peak(count: int, at_once: int = 1) -> tuple[float, float]:
    """Bytes a task at the peak of a submission, and those that the results hold after it."""
    credential = AzureNamedKeyCredential("account", "a2V5")
    with BatchClient(ENDPOINT, credential, transport=MemoryTransport(accept)) as client:
        client.create_tasks("job", tasks(1000), max_concurrency=at_once)  # what is made once and for all
        tracemalloc.start()
        result = client.create_tasks("job", tasks(count), max_concurrency=at_once)
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
        most, held = peak(arguments.tasks)
        print(f"{arguments.tasks} tasks: peak {most / 1e6:.1f} MB, of which the results hold {held / 1e6:.1f} MB")
        return
    for name, at_once, asynchronous in (("sync, 1", 1, False), ("sync, 8 threads", 8, False), ("async, 8", 8, True)):
        print(name, json.dumps(measure(arguments.tasks, at_once, asynchronous)), flush=True)


if __name__ == "__main__":
    main()
