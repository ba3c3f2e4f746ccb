"""Plans that do not really pause."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from azure.batch import _plan
from azure.batch._helpers import _looks
from azure.batch._plan import Pause
from azure.batch.aio import _plan as _aio_plan
from azure.batch.emulator import BatchEmulator

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
