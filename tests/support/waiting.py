"""Waiting for what goes on elsewhere."""

from __future__ import annotations

import time
from typing import Any, Callable

PATIENCE = 200.0
"""Seconds after which something that is waited for is taken to be lost: many, for a machine may be busy."""


def until(check: Callable[[], Any]) -> Any:
    """Ask again until there is something, and give it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")
