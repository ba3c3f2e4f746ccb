"""Waiting for what goes on elsewhere."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable, Optional, TypeVar

T = TypeVar("T")

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


async def comes_true(look: Callable[[], T], wanted: Optional[Callable[[T], bool]] = None) -> T:
    """Wait in the loop until something is true, or what a look gives is as wanted; and give it."""

    async def watch() -> T:
        while True:
            found = look()
            if wanted(found) if wanted is not None else found:
                return found
            await asyncio.sleep(0.005)

    return await asyncio.wait_for(watch(), PATIENCE)
