"""Fills two jobs of the emulator and prints what a request costs in the one with 1,000 tasks and in the full one.

    python tests/benchmarks/scale.py [TASKS] [--check]

The emulator is a process of its own, whose memory is read; the tasks wait in a pool without nodes, so that nothing runs
beside the requests; the two jobs are asked in turn. The last column is the cost with all tasks against that with 1,000:
it must not grow with their number. With ``--check`` it is an error if a request became more than 1.5 times as slow, or
if a task takes 1 kB of memory or more beyond its JSON. Two hundred clients then ask at once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Callable

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient

FEW = 1000
CROWD = 200
TURNS = 12
MOST_GROWTH = 1.5
MOST_BYTES = 1000
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
}


def options(start: int, end: int) -> Iterator[dict[str, Any]]:
    """Tasks as programs send them: a name, a command line, two settings."""
    for number in range(start, end):
        settings = [{"name": "SEED", "value": str(number)}, {"name": "STEPS", "value": "1000"}]
        yield {
            "id": f"task-{number:06}",
            "displayName": f"Simulation {number}",
            "commandLine": "/bin/sh -c 'set -e; ./simulate --seed $SEED --steps $STEPS > result.json'",
            "environmentSettings": settings,
        }


def requests(client: BatchClient, job: str, count: int) -> dict[str, Callable[[int], object]]:
    """The requests that are measured, each on another task than the one before."""
    chosen = random.Random(1)

    def some() -> str:
        return f"task-{chosen.randrange(count):06}"

    def page(**conditions: Any) -> object:
        return next(client.list_tasks(job, max_results=100, **conditions).by_page())

    retries = {"constraints": {"maxTaskRetryCount": 1}}
    return {
        "get a task": lambda _: client.get_task(job, some()),
        "add a task": lambda number: client.create_task(job, {"id": f"more-{number}", "commandLine": "true"}),
        "replace its constraints": lambda _: client.replace_task(job, some(), retries),
        "count the tasks": lambda _: client.get_job_task_counts(job),
        "a page of 100": lambda _: page(),
        "a page of 100 by state, two fields": lambda _: page(filter="state eq 'active'", select=["id", "state"]),
        "a page of 100 by result": lambda _: page(filter="executionInfo/result eq 'failure'"),
        "the tasks of one id": lambda _: list(client.list_tasks(job, filter=f"id eq '{some()}'")),
        "delete a task": lambda number: client.delete_task(job, f"more-{number}"),
    }


def measure(client: BatchClient, jobs: dict[str, int]) -> dict[str, list[float]]:
    """Requests a second in each of the jobs, each kind at its fastest of several times 25, the jobs in turn."""
    found: dict[str, list[float]] = {}
    kinds = [requests(client, job, count) for job, count in jobs.items()]
    for name in kinds[0]:
        best = [0.0] * len(kinds)
        for turn in range(TURNS):
            for at, kind in enumerate(kinds):
                begin = time.perf_counter()
                for number in range(25):
                    kind[name](turn * 25 + number)
                best[at] = max(best[at], 25 / (time.perf_counter() - begin))
        found[name] = best
    return found


def memory(process: int) -> int:
    """Bytes of memory that a process has in use."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], check=True, capture_output=True, text=True)
    return int(shown.stdout) * 1024


async def crowd(endpoint: str, credential: AzureNamedKeyCredential, count: int) -> float:
    """Requests a second of many clients, each with connections of its own."""

    async def one(number: int) -> None:
        async with AsyncBatchClient(endpoint, credential) as client:
            for step in range(5):
                await client.get_task("many", f"task-{(number * 31 + step) % count:06}")

    begin = time.perf_counter()
    await asyncio.gather(*[one(number) for number in range(CROWD)])
    return CROWD * 5 / (time.perf_counter() - begin)


def start() -> tuple[subprocess.Popen[str], str, AzureNamedKeyCredential]:
    """An emulator of its own, its endpoint and its key."""
    process = subprocess.Popen(
        [sys.executable, "-m", "azure.batch.emulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told: dict[str, str] = {}
    while len(told) < 3:
        name, _, value = process.stdout.readline().strip().partition("=")
        if name.startswith("AZURE_BATCH_"):
            told[name] = value
    key = AzureNamedKeyCredential(told["AZURE_BATCH_ACCOUNT"], told["AZURE_BATCH_ACCESS_KEY"])
    return process, told["AZURE_BATCH_ENDPOINT"], key


def run(count: int, process: int, endpoint: str, credential: AzureNamedKeyCredential) -> bool:
    """Fill the job, measuring on the way; whether all bounds hold."""
    with BatchClient(endpoint, credential, retry_total=0) as client:
        client.create_pool(
            {
                "id": "pool",
                "vmSize": "standard_d2s_v3",
                "targetDedicatedNodes": 0,
                "virtualMachineConfiguration": MACHINE,
            }
        )
        for job in ("few", "many"):
            client.create_job({"id": job, "poolInfo": {"poolId": "pool"}})
            client.create_tasks(job, options(0, FEW))
        before, begin = memory(process), time.perf_counter()
        client.create_tasks("many", options(FEW, count))
        submitted = (count - FEW) / (time.perf_counter() - begin)
        after, rates = memory(process), measure(client, {"few": FEW, "many": count})
        json_bytes = len(client.get_task("many", "task-000001", cls=lambda outcome, *_: outcome.http_response.content))
        begin = time.perf_counter()
        listed = sum(1 for _ in client.list_tasks("many", select=["id"]))
        listing = time.perf_counter() - begin
    print(f"| requests a second | {FEW:,} tasks | {count:,} tasks | cost |\n|---|---|---|---|")
    for name, (few, many) in rates.items():
        print(f"| {name} | {few:.0f} | {many:.0f} | {few / many:.2f} x |")
    beyond = (after - before) / (count - FEW) - json_bytes
    print(f"{submitted:.0f} tasks a second submitted; all {listed:,} listed in {listing:.1f} s")
    print(f"{beyond:.0f} bytes of memory a task beyond its {json_bytes} bytes of JSON")
    print(f"{asyncio.run(crowd(endpoint, credential, count)):.0f} requests a second of {CROWD} clients at once")
    return beyond < MOST_BYTES and all(few / many <= MOST_GROWTH for few, many in rates.values())


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the emulator with many tasks in one job.")
    parser.add_argument("tasks", nargs="?", type=int, default=100_000)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bound is not held")
    arguments = parser.parse_args()
    process, endpoint, credential = start()
    try:
        return 1 if not run(arguments.tasks, process.pid, endpoint, credential) and arguments.check else 0
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
