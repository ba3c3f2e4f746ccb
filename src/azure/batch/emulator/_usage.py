"""What a command used of the machine, as the kernel accounts for it.

The numbers include everything that the command started and waited for. Processor time and memory come from the system
call that takes a process's exit status; reads and writes, which only Linux tells, from ``/proc`` while the process is
still there to be asked. They count system calls and the bytes these moved, whether a disk was touched or a cache.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Usage", "wait_for"]

_IO = {"syscr": "reads", "syscw": "writes", "rchar": "bytes_read", "wchar": "bytes_written"}


class Usage(NamedTuple):
    """What a command used; 0 where the system does not tell."""

    user: float = 0.0
    """Seconds of processor time in user mode."""
    kernel: float = 0.0
    """Seconds of processor time in kernel mode."""
    reads: int = 0
    writes: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    memory: int = 0
    """The most bytes of memory that one of its processes held."""

    def plus(self, other: Usage) -> Usage:
        """Both together; they need not have held their memory at the same time, so the larger one counts."""
        return Usage(
            self.user + other.user,
            self.kernel + other.kernel,
            self.reads + other.reads,
            self.writes + other.writes,
            self.bytes_read + other.bytes_read,
            self.bytes_written + other.bytes_written,
            max(self.memory, other.memory),
        )


def wait_for(pid: int) -> tuple[int, Usage]:
    """Take the exit status of a child that has ended or will, and what it used; not on Windows.

    :raises ChildProcessError: when something else took the status.
    """
    moved = _moved(pid)
    _, status, usage = os.wait4(pid, 0)
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return status, Usage(usage.ru_utime, usage.ru_stime, memory=memory)._replace(**moved)


def _moved(pid: int) -> dict[str, int]:
    """Reads and writes of a process, which may be a zombie."""
    counts: dict[str, int] = {}
    with suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/io").read_text("ascii").splitlines()
        for name, _, number in (line.partition(":") for line in lines):
            if name in _IO:
                counts[_IO[name]] = int(number)
    return counts
