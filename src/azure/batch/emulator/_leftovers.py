"""What tasks leave running: processes that made themselves a new session, and so escaped from their task's group.

A process keeps the environment that it was started with, and so does what it starts: the directories of its task and
of its node, which no other task has. Only Linux shows the environment of another process; elsewhere a daemon that a
task starts has to be ended by hand.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Optional

__all__ = ["Sweeper", "end_leftovers"]

_ROUNDS = 10
"""How often processes are looked for again, because those that were found may have started others meanwhile."""


class Sweeper:
    """Ends all processes of tasks; those that are asked for at the same time are looked for together."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._turn: Optional[asyncio.Future[None]] = None

    async def sweep(self, directory: str) -> None:
        """End every process of the task with this directory."""
        self._wanted.add(f"AZ_BATCH_TASK_DIR={directory}")
        if self._turn is None:
            self._turn = asyncio.ensure_future(self._look())
        await asyncio.shield(self._turn)

    async def _look(self) -> None:
        await asyncio.sleep(0)
        wanted, self._wanted, self._turn = self._wanted, set(), None
        await asyncio.get_running_loop().run_in_executor(None, _end, {text.encode() for text in wanted}, b"")


def end_leftovers(folder: Path) -> None:
    """End what runs on nodes that are, or were, in a folder.

    An emulator that was killed leaves it, and a task that is queued again would otherwise run twice at a time; one that
    stops takes with it what its tasks left.
    """
    _end((), f"AZ_BATCH_NODE_ROOT_DIR={folder / 'nodes'}{os.sep}".encode())


def _end(variables: Collection[bytes], prefix: bytes) -> None:
    for _ in range(_ROUNDS):
        found = [process for process, environment in _processes() if _is_marked(environment, variables, prefix)]
        if not found:
            return
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)


def _is_marked(environment: list[bytes], variables: Collection[bytes], prefix: bytes) -> bool:
    return any(item in variables or (prefix and item.startswith(prefix)) for item in environment)


def _processes() -> Iterator[tuple[int, list[bytes]]]:
    """The processes of this machine whose environment may be read, with it; this one left out."""
    for folder in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        with suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            if int(folder.name) != os.getpid():
                yield int(folder.name), environment
