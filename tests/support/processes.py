"""Processes of this machine, as tests look at them."""

from __future__ import annotations

from pathlib import Path


def is_gone(process: int) -> bool:
    """Whether a process has ended, also if nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return True


def is_asleep(process: int) -> bool:
    """Whether a process waits for something; where that cannot be seen it is taken to."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"
    except FileNotFoundError:
        return True
