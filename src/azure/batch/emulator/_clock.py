"""What time it is, and what is to happen later.

The rules of the account never sleep: everything that takes time goes through a clock, so that another clock can make
a day of a schedule pass in a moment.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timezone
from typing import Callable, Protocol

__all__ = ["Clock", "Handle", "RealClock", "StandingClock", "sleep"]

_LOG = logging.getLogger("azure.batch.emulator")

_LONGEST = 86_400.0 * 24
"""Longest single wait handed to the event loop, in seconds: some of its selectors take no more."""


class Handle(Protocol):
    """Something that was put off and can still be called off."""

    def cancel(self) -> None:
        """Call it off; nothing happens when it was done already."""
        ...


class Clock(Protocol):
    """The time, and a way to have something done later."""

    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """Have something done after a number of seconds; an exception it raises is logged."""
        ...


class StandingClock(Clock, Protocol):
    """A clock that goes only when it is told to."""

    on_moved: Callable[[], None]
    """Told each time that time went on, before what is due then happens."""

    def resume(self, moment: datetime) -> None:
        """Begin no earlier than this."""
        ...


class RealClock:
    """The clock on the wall and the timers of the running event loop."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(timezone.utc)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """Have something done after a number of seconds; an exception it raises is logged."""
        return _Timer(asyncio.get_running_loop(), seconds, callback)


class _Timer:
    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._due = loop.time() + max(0.0, seconds)
        self._handle = self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> asyncio.TimerHandle:
        return self._loop.call_at(min(self._due, self._loop.time() + _LONGEST), self._ring)

    def _ring(self) -> None:
        if self._due - self._loop.time() > 1:
            self._handle = self._wait()
            return
        try:
            self._callback()
        except Exception:
            _LOG.exception("A timer of the emulator failed")


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait by a clock."""
    if seconds <= 0:
        return
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not done.done():
            done.set_result(None)

    handle = clock.call_later(seconds, wake)
    try:
        await done
    finally:
        handle.cancel()
