"""Show what a task prints while it still runs, as ``tail -f`` does, and end when the task ends.

The file is read in pieces: its size is asked for, then the bytes after the last piece (``ocp_range``). A task
that is completed writes nothing more, so that one last look has all the rest. A file that is not there yet is waited
for; one that has gone with its node is an error.

Run it with ``python samples/live_tail.py``, or with ``--async`` on ``azure.batch.aio``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Generator

from azure.core.exceptions import ResourceNotFoundError

from _account import (
    async_batch_client,
    async_deleted_at_end,
    batch_client,
    deleted_at_end,
    linux_pool,
    local_emulator,
    new_id,
)
from azure.batch import BatchClient, InvalidStateError, models
from azure.batch.aio import BatchClient as AsyncBatchClient

STEPS = "for step in 1 2 3 4 5 6 7 8; do echo step $step of 8; sleep 0.5; done; echo all done"
TASK = models.BatchTaskCreateOptions(id="talker", command_line=f"/bin/sh -c '{STEPS}'")
PAUSE = 0.2
MOST = 1 << 20
"""Bytes that are fetched at a time."""


def next_range(at: int, size: int) -> str:
    """The bytes that are new."""
    return f"bytes={at}-{min(size, at + MOST) - 1}"


def follow(client: BatchClient, job_id: str, task_id: str, path: str) -> Generator[bytes, None, None]:
    """Give what is in a file of a task and what comes to it, until the task ends."""
    at = 0
    while True:
        is_over = client.get_task(job_id, task_id, select=["state"]).state == models.BatchTaskState.COMPLETED
        try:
            size = client.get_task_file_properties(job_id, task_id, path).content_length
            while at < size:
                piece = b"".join(client.download_task_file(job_id, task_id, path, ocp_range=next_range(at, size)))
                at += len(piece)
                yield piece
        except (ResourceNotFoundError, InvalidStateError):
            if is_over:
                raise
        if is_over:
            return
        time.sleep(PAUSE)


async def follow_async(client: AsyncBatchClient, job_id: str, task_id: str, path: str) -> AsyncGenerator[bytes, None]:
    """The same for ``azure.batch.aio``."""
    at = 0
    while True:
        task = await client.get_task(job_id, task_id, select=["state"])
        is_over = task.state == models.BatchTaskState.COMPLETED
        try:
            size = (await client.get_task_file_properties(job_id, task_id, path)).content_length
            while at < size:
                pieces = await client.download_task_file(job_id, task_id, path, ocp_range=next_range(at, size))
                async for piece in pieces:
                    at += len(piece)
                    yield piece
        except (ResourceNotFoundError, InvalidStateError):
            if is_over:
                raise
        if is_over:
            return
        await asyncio.sleep(PAUSE)


def show(started: float, piece: bytes) -> None:
    """Print a piece of the output as it is, and on standard error when it came."""
    print(f"[{time.monotonic() - started:5.1f} s] {len(piece)} bytes", file=sys.stderr, flush=True)
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def main() -> None:
    """Run a task that takes its time, and follow it."""
    name = new_id("live-tail")
    with local_emulator() as emulator, batch_client(emulator) as client, deleted_at_end(client, name):
        client.create_pool(linux_pool(name, target_dedicated_nodes=1))
        client.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id=name)))
        client.create_task(name, TASK)
        started = time.monotonic()
        for piece in follow(client, name, TASK.id, "stdout.txt"):
            show(started, piece)


async def main_async() -> None:
    """The same for ``azure.batch.aio``."""
    name = new_id("live-tail")
    with local_emulator() as emulator:
        async with async_batch_client(emulator) as client, async_deleted_at_end(client, name):
            await client.create_pool(linux_pool(name, target_dedicated_nodes=1))
            await client.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id=name)))
            await client.create_task(name, TASK)
            started = time.monotonic()
            async for piece in follow_async(client, name, TASK.id, "stdout.txt"):
                show(started, piece)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Follow the output of a running task.")
    parser.add_argument("--async", action="store_true", dest="is_async", help="use azure.batch.aio")
    if parser.parse_args().is_async:
        asyncio.run(main_async())
    else:
        main()
