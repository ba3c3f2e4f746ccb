"""Processes of this machine, as tests look at them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from azure.batch.emulator import BatchEmulator

from .waiting import until


def environment(**variables: str) -> dict[str, str]:
    """For a program that knows of no account but by these variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return {**own, "PYTHONUTF8": "1", **variables}


def variables_of(emulator: BatchEmulator) -> dict[str, str]:
    """What tells a program of an account."""
    return {
        "AZURE_BATCH_ENDPOINT": emulator.endpoint,
        "AZURE_BATCH_ACCOUNT": emulator.account,
        "AZURE_BATCH_ACCESS_KEY": emulator.key,
    }


def interruptible(variables: Optional[Mapping[str, str]] = None) -> dict[str, str]:
    """An environment, by default that of the tests, for a program that is to be interrupted.

    Measuring coverage takes a lock that an interrupt may leave locked.
    """
    given = os.environ if variables is None else variables
    return {name: value for name, value in given.items() if not name.startswith("COV")}


def interrupt(program: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    """Press Ctrl-C, or send another signal, as soon as a program waits for something.

    Python drops an interrupt that comes while an answer is being finalized.
    """
    until(lambda: is_asleep(program.pid) or program.poll() is not None)
    program.send_signal(number)


def is_gone(process: int) -> bool:
    """Whether a process has ended, also if nobody has asked for its exit code yet."""
    state = _state(process)
    if state:
        return state in ("Z", "X")
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def is_asleep(process: int) -> bool:
    """Whether a process waits for something; where that cannot be seen it is taken to."""
    return _state(process) in ("", "S")


def _state(process: int) -> str:
    """What a process does, by a letter; none if there is no such process, or nothing that tells."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
