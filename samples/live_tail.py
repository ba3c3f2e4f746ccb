"""Show what a task prints while it still runs, as ``tail -f`` does, and end when the task ends.

``follow_task_file`` waits for the task to start and for the file to be there, gives what comes to it, and ends when all
is there that the task wrote. A file that has gone with its node is an error.

Run it with ``python samples/live_tail.py``, or with ``--async`` on ``azure.batch.aio``.
"""

from __future__ import annotations

import argparse
import sys
import time

from _account import (
    async_batch_client,
    async_deleted_at_end,
    batch_client,
    deleted_at_end,
    linux_pool,
    local_emulator,
    new_id,
    run_async,
)
from azure.batch import models

STEPS = "for step in 1 2 3 4 5 6 7 8; do echo step $step of 8; sleep 0.5; done; echo all done"
TASK = models.BatchTaskCreateOptions(id="talker", command_line=f"/bin/sh -c '{STEPS}'")
LONGEST_PAUSE = 0.5


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
        for piece in client.follow_task_file(name, TASK.id, polling_interval=LONGEST_PAUSE):
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
            async for piece in client.follow_task_file(name, TASK.id, polling_interval=LONGEST_PAUSE):
                show(started, piece)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Follow the output of a running task.")
    parser.add_argument("--async", action="store_true", dest="is_async", help="use azure.batch.aio")
    if parser.parse_args().is_async:
        run_async(main_async())
    else:
        main()
