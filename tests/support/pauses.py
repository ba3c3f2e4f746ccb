"""Plans that do not really pause."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

import pytest

from azure.batch import _plan
from azure.batch._helpers import _looks
from azure.batch._plan import Pause
from azure.batch.aio import _plan as _aio_plan
from azure.batch.emulator import BatchEmulator

from .waiting import PATIENCE

QUICK: dict[str, Any] = {"polling_interval": 0.005, "retry_backoff_factor": 0}
"""Next to no pause between looks, and none between retries."""


def _instead_of_pauses(monkeypatch: pytest.MonkeyPatch, do: Callable[[float], Any]) -> None:
    settle, aio_settle = _plan.settle, _aio_plan.settle

    def other(step: Any) -> Any:
        return do(step.seconds) if isinstance(step, Pause) else settle(step)

    async def aio_other(step: Any) -> Any:
        return do(step.seconds) if isinstance(step, Pause) else await aio_settle(step)

    monkeypatch.setattr(_plan, "settle", other)
    monkeypatch.setattr(_aio_plan, "settle", aio_other)


def in_virtual_time(monkeypatch: pytest.MonkeyPatch, emulator: BatchEmulator) -> None:
    """Have plans pause by the emulator's clock."""
    _instead_of_pauses(monkeypatch, lambda seconds: emulator.advance(seconds))
    monkeypatch.setattr(_looks, "monotonic", lambda: emulator.now.timestamp())


def in_no_time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have plans not pause at all; gives a list of the seconds that they would have."""
    pauses: list[float] = []
    _instead_of_pauses(monkeypatch, pauses.append)
    return pauses


class SharedTime:
    """The time of an emulator for several callers in threads of their own: it goes by when all of them pause."""

    def __init__(self, emulator: BatchEmulator, callers: int) -> None:
        self.emulator = emulator
        self._callers = callers
        self._now = 0.0
        self._due: list[float] = []
        self._changed = threading.Condition()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the plans of all callers pause by it."""
        _instead_of_pauses(monkeypatch, self._pause)
        monkeypatch.setattr(_looks, "monotonic", lambda: self._now)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            due = self._now + seconds
            self._due.append(due)
            self._go_on()
            assert self._changed.wait_for(lambda: due <= self._now, PATIENCE)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """What one of the callers does."""
        try:
            yield
        finally:
            with self._changed:
                self._callers -= 1
                self._go_on()

    def _go_on(self) -> None:
        if not self._due or len(self._due) < self._callers:
            return
        then = min(self._due)
        self.emulator.advance(then - self._now)
        self._now = then
        self._due = [due for due in self._due if due > then]
        self._changed.notify_all()
