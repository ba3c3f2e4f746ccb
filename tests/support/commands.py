"""Commands of tasks that are no processes."""

from __future__ import annotations

import asyncio

from azure.batch.emulator._process import Failure, Outcome


class Command:
    """A command that ends when its result is set, or when it is ended."""

    def __init__(self) -> None:
        self.result: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    async def wait(self) -> Outcome:
        return await asyncio.shield(self.result)

    def end(self, message: str) -> None:
        if not self.result.done():
            self.result.set_result(Outcome(143, Failure("usererror", "TaskEnded", message)))
