"""What tests of waiting share: how to wait without pauses, and time that goes by when it is looked at."""

from __future__ import annotations

from typing import Any, Optional

from azure.batch.emulator import BatchEmulator
from conftest import Client

from .pauses import QUICK
from .resources import pool_options


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


async def make_job(client: Client, count: int = 3, nodes: int = 1, **job: Any) -> None:
    """A pool and a job with tasks t0, t1..., all of them named ``job`` and ``pool``."""
    await client.create_pool(pool_options("pool", nodes))
    await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}, **job})
    if count:
        await client.create_tasks("job", [{"id": f"t{number}", "commandLine": "work"} for number in range(count)])
