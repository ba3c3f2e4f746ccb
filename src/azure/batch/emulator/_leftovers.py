"""What tasks leave running: processes that made themselves a new session, and so escaped from their task's group.

A process keeps the environment that it was started with, and so does what it starts: the directories of its task and
of its node, which no other task has. One that was started without it, so that it does not even know a home, is known by
where it stands, unless it can be somebody else's who only looks at the files: it has no terminal, and lost its parent
so that one of those from which the emulator descends has it now, without being of its session. Only Linux shows all
this of another process; elsewhere a daemon that a task starts has to be ended by hand, and so on Linux has one without
environment that went to another directory.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Optional

__all__ = ["Sweeper", "end_leftovers"]

_ROUNDS = 10
"""How often processes are looked for again, because those that were found may have started others meanwhile."""
_PAUSE = 0.01
"""Seconds that those that were killed have to be gone, before processes are looked for again."""


class Sweeper:
    """Ends all processes of tasks; those that are asked for at the same time are looked for together."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._turn: Optional[asyncio.Future[None]] = None

    async def sweep(self, directory: str) -> None:
        """End every process of the task with this directory."""
        self._wanted.add(directory)
        if self._turn is None:
            self._turn = asyncio.ensure_future(self._look())
        await asyncio.shield(self._turn)

    async def _look(self) -> None:
        await asyncio.sleep(0)
        wanted, self._wanted, self._turn = self._wanted, set(), None
        marks = {f"AZ_BATCH_TASK_DIR={directory}".encode() for directory in wanted}
        await asyncio.get_running_loop().run_in_executor(None, _end, marks, b"", wanted)


def end_leftovers(folder: Path) -> None:
    """End what runs on nodes that are, or were, in a folder.

    An emulator that was killed leaves it, and a task that is queued again would otherwise run twice at a time; one that
    stops takes with it what its tasks left.
    """
    nodes, trash = str(folder / "nodes"), str(folder / "trash")
    _end((), f"AZ_BATCH_NODE_ROOT_DIR={nodes}{os.sep}".encode(), (nodes, trash))


def _end(variables: Collection[bytes], prefix: bytes, folders: Collection[str]) -> None:
    """End the processes that have one of these variables, or one that begins so, or stand forlorn in a folder."""
    ancestors = _ancestors()
    folders = [os.path.realpath(folder) for folder in folders]
    for _ in range(_ROUNDS):
        found = [
            process
            for process, environment in _processes()
            if _is_marked(environment, variables, prefix)
            or (_is_cleared(environment) and _is_forlorn(process, folders, ancestors))
        ]
        if not found:
            return
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(_PAUSE)


def _is_marked(environment: list[bytes], variables: Collection[bytes], prefix: bytes) -> bool:
    return any(item in variables or (prefix and item.startswith(prefix)) for item in environment)


def _is_cleared(environment: list[bytes]) -> bool:
    """Whether a process was started without what every login, and every service of a user's, has."""
    return not any(item.startswith((b"HOME=", b"LOGNAME=", b"USER=")) for item in environment)


def _is_forlorn(process: int, folders: Collection[str], ancestors: Collection[int]) -> bool:
    """Whether a process stands in a folder, and nobody has it."""
    with suppress(OSError):
        place = f"{Path(f'/proc/{process}/cwd').readlink()}{os.sep}"
        if process not in ancestors and any(place.startswith(f"{folder}{os.sep}") for folder in folders):
            status = _Status.of(process)
            return not status.terminal and status.parent in ancestors and not _has_session(status)
    return False


def _has_session(status: _Status) -> bool:
    """Whether the parent of a process is of its session; one that shows nothing of itself is not."""
    with suppress(OSError):
        return _Status.of(status.parent).session == status.session
    return False


class _Status(NamedTuple):
    """What a process is to others."""

    parent: int
    session: int
    terminal: int
    """The terminal that controls it, 0 for none."""

    @classmethod
    def of(cls, process: int) -> _Status:
        """That of a process; the name of its program, which stands before, may hold anything."""
        _, parent, _, session, terminal = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[:5]
        return cls(int(parent), int(session), int(terminal))


def _ancestors() -> set[int]:
    """The processes from which this one descends: orphans are given to one of them, mostly to the first of all."""
    found = {1}
    process = os.getpid()
    with suppress(OSError):
        while process > 1:
            process = _Status.of(process).parent
            found.add(process)
    return found - {0}  # what entered a container from outside has no parent there


def _processes() -> Iterator[tuple[int, list[bytes]]]:
    """The processes of this machine whose environment may be read, with it; this one left out."""
    for folder in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        with suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            if int(folder.name) != os.getpid():
                yield int(folder.name), environment
