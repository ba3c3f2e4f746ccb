"""What tests of waiting share: how to wait without pauses, and time that goes by when it is looked at."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from azure.batch import _plan
from azure.batch._helpers import _looks
from azure.batch._plan import Pause
from azure.batch.aio import _plan as _aio_plan
from azure.batch.emulator import BatchEmulator
from conftest import Client

from .resources import pool_options

QUICK: dict[str, Any] = {"polling_interval": 0.005, "retry_backoff_factor": 0}
"""Next to no pause between looks, and none between retries."""


class Watched:
    """A progress hook that lets time go by, and counts the requests of the call whose ``keywords`` it is given.

    :param step: Simulated seconds from one look to the next.
    """

    def __init__(self, emulator: Optional[BatchEmulator] = None, step: float = 10) -> None:
        self.emulator = emulator
        self.step = step
        self.progress: list[tuple[int, Optional[int]]] = []
        self.requests: list[str] = []
        self.at: dict[int, Any] = {}
        """What to do at which look, the first being 1."""

    def __call__(self, current: int, total: Optional[int]) -> None:
        self.progress.append((current, total))
        action = self.at.get(len(self.progress))
        if action is not None:
            action()
        if self.emulator is not None and self.step:
            self.emulator.advance(self.step)

    def sent(self, request: Any) -> None:
        self.requests.append(request.http_request.url)

    @property
    def keywords(self) -> dict[str, Any]:
        return {**QUICK, "progress_hook": self, "raw_request_hook": self.sent}


def in_virtual_time(monkeypatch: pytest.MonkeyPatch, emulator: BatchEmulator) -> None:
    """Have plans pause by the emulator's clock."""
    settle, aio_settle = _plan.settle, _aio_plan.settle

    def advance(step: Any) -> Any:
        if not isinstance(step, Pause):
            return settle(step)
        return emulator.advance(step.seconds)

    async def aio_advance(step: Any) -> Any:
        if not isinstance(step, Pause):
            return await aio_settle(step)
        return emulator.advance(step.seconds)

    monkeypatch.setattr(_plan, "settle", advance)
    monkeypatch.setattr(_aio_plan, "settle", aio_advance)
    monkeypatch.setattr(_looks, "monotonic", lambda: emulator.now.timestamp())


async def make_job(client: Client, count: int = 3, nodes: int = 1, **job: Any) -> None:
    """A pool and a job with tasks t0, t1..., all of them named ``job`` and ``pool``."""
    await client.create_pool(pool_options("pool", nodes))
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}, **job})
    if count:
        await client.create_tasks("job", [{"id": f"t{number}", "commandLine": "work"} for number in range(count)])
