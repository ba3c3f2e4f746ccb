"""Emulators as programs of their own, started by ``python -m azure.batch.emulator``."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .waiting import PATIENCE

COMMAND = [sys.executable, "-W", "error", "-m", "azure.batch.emulator"]


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
    """End it if it runs, and return its exit code and what it wrote to standard error."""
    if process.poll() is not None:
        return process.returncode, ""
    process.send_signal(number)
    try:
        _, error = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, error


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], str]]:
    """The process, the values that it printed, and everything else that it printed."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        values: dict[str, str] = {}
        rest = ""
        try:
            for line in process.stdout:
                name, equals, value = line.strip().partition("=")
                if equals and name.startswith("AZURE_BATCH_"):
                    values[name] = value
                else:
                    rest += line
                if name == "AZURE_BATCH_ACCESS_KEY":
                    break
            yield process, values, rest
        finally:
            end(process)


def client_of(values: dict[str, str], raw_client: Any) -> Any:
    """Raw requests to the account with these values."""
    return raw_client(values["AZURE_BATCH_ENDPOINT"], values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
