"""Simulated time and simulated commands.

The clock stands still until it is advanced, and then goes from one thing that is due to the next. Before each step
everything that the last one set going comes to rest: all that is ready to run has run, and what other threads do has
been done. That is known, and not guessed, because the event loop tells: it is at rest when it would wait for the
network or for real time, which it asks its selector to do.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import math
import os
import selectors
from collections.abc import Coroutine
from concurrent.futures import Executor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar, Union

from typing_extensions import TypeVarTuple, Unpack

from ._clock import Handle
from ._outcomes import Command, Outcome, Outcomes
from ._process import Failure, Launch, failed_exit
from ._process import Outcome as Ended

__all__ = ["SimulatedRunner", "SimulationLoop", "VirtualClock", "run"]

_LOG = logging.getLogger("azure.batch.emulator")
_ENDED = 143
"""Exit code of a process that is told to end."""

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class _Selector(selectors.DefaultSelector):
    """Tells when the event loop has nothing left to do but wait."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = 0
        """Calls in other threads whose results the loop has not seen yet."""
        self.waiting: list[asyncio.Future[None]] = []
        """Done when the loop is at rest."""

    def select(self, timeout: Optional[float] = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is None or timeout > 0) and self.waiting and not self.threads:
            for future in self.waiting:
                if not future.done():
                    future.set_result(None)
            self.waiting.clear()
            timeout = 0
        return super().select(timeout)


class SimulationLoop(asyncio.SelectorEventLoop):
    """An event loop that knows when it is at rest."""

    def __init__(self) -> None:
        self._rest = _Selector()
        super().__init__(self._rest)

    async def rest(self) -> None:
        """Wait until all that could be done now has been done."""
        future = self.create_future()
        self._rest.waiting.append(future)
        await future

    def run_in_executor(
        self, executor: Optional[Executor], func: Callable[[Unpack[_Ts]], _T], *args: Unpack[_Ts]
    ) -> asyncio.Future[_T]:
        """Call a function in another thread."""
        future = super().run_in_executor(executor, func, *args)
        self._rest.threads += 1
        future.add_done_callback(self._seen)
        return future

    def _seen(self, _: asyncio.Future[Any]) -> None:
        self._rest.threads -= 1


def run(work: Callable[[], Coroutine[Any, Any, None]], loop: asyncio.AbstractEventLoop) -> None:
    """Run a coroutine in a loop and close it, as ``asyncio.run`` does, but without needing a thread for that.

    When the interpreter ends, an emulator that nobody stopped is stopped; no thread can be started any more then.
    """
    try:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(work())
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Optional[Callable[[], None]] = callback

    @property
    def is_off(self) -> bool:
        return self._callback is None

    def cancel(self) -> None:
        self._callback = None

    def ring(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            try:
                callback()
            except Exception:
                _LOG.exception("A timer of the emulator failed")


class VirtualClock:
    """A clock that goes when it is told to. What is due at once happens at once."""

    def __init__(self, loop: SimulationLoop, start: datetime) -> None:
        self._loop = loop
        self._now = start.astimezone(timezone.utc)
        self._timers: list[tuple[datetime, int, _Timer]] = []
        self._count = 0
        self._turn = asyncio.Lock()
        self.on_moved: Callable[[], None] = lambda: None
        """Told each time that time went on, before what is due then happens."""

    def now(self) -> datetime:
        """The time in UTC."""
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """Have something done after a number of seconds; an exception it raises is logged."""
        timer = _Timer(callback)
        if seconds <= 0:
            self._loop.call_soon(timer.ring)
            return timer
        try:
            due = self._now + timedelta(seconds=seconds)
        except OverflowError:  # after the last date there is: never
            return timer
        self._count += 1
        heapq.heappush(self._timers, (due, self._count, timer))
        return timer

    async def advance(self, seconds: float) -> None:
        """Let time go by, and everything happen that is due until then, in its order."""
        async with self._turn:
            end = self._now + timedelta(seconds=seconds)
            while await self._step(end):
                pass

    async def step(self, end: datetime) -> bool:
        """Go to the next time at which something is due; to ``end`` and False when nothing is before."""
        async with self._turn:
            return await self._step(end)

    async def _step(self, end: datetime) -> bool:
        await self._loop.rest()
        due = self._due()
        if due is None or due > end:
            self._move(end)
            return False
        self._move(due)
        while self._due() == due:
            heapq.heappop(self._timers)[2].ring()
            await self._loop.rest()
        return True

    def resume(self, moment: datetime) -> None:
        """Begin no earlier than an earlier run of the account ended."""
        self._now = max(self._now, moment)

    def _move(self, moment: datetime) -> None:
        if moment > self._now:
            self._now = moment
            self.on_moved()

    def _due(self) -> Optional[datetime]:
        while self._timers and self._timers[0][2].is_off:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None


class SimulatedRunner:
    """Starts no process: commands come to what was written down for them."""

    def __init__(self, clock: VirtualClock, outcomes: Outcomes) -> None:
        self._clock = clock
        self._outcomes = outcomes

    async def launch(self, launch: Launch) -> Union[_Simulated, Ended]:
        """Begin to simulate a command."""
        variables = launch.environment
        command = Command(
            launch.kind,
            variables.get("AZ_BATCH_TASK_ID", "startup"),
            variables.get("AZ_BATCH_JOB_ID"),
            variables["AZ_BATCH_POOL_ID"],
            variables["AZ_BATCH_NODE_ID"],
            launch.command_line,
            variables,
        )
        try:
            outcome = self._outcomes.of(command)
        except Exception as error:
            _LOG.exception("No outcome of task %s", command.task_id)
            details = (("Message", f"{type(error).__name__}: {error}"),)
            return Ended(
                None, Failure("servererror", "Unknown", "The function that simulates the task failed", details)
            )
        return _Simulated(self._clock, launch, outcome)


class _Simulated:
    """A command that is pretended to run."""

    def __init__(self, clock: VirtualClock, launch: Launch, outcome: Outcome) -> None:
        self._clock = clock
        self._launch = launch
        self._outcome = outcome
        self._result: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        for path in (launch.stdout, launch.stderr):
            self._write(path, b"")
        self._timer: Optional[Handle] = None
        if not math.isinf(outcome.duration):
            self._timer = clock.call_later(outcome.duration, self._finish)

    async def wait(self) -> Ended:
        """How it ended."""
        return await asyncio.shield(self._result)

    def end(self, message: str) -> None:
        """End it before its time."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._result.done():
            self._result.set_result(Ended(_ENDED, Failure("usererror", "TaskEnded", message)))

    def _finish(self) -> None:
        outcome, launch = self._outcome, self._launch
        try:
            self._write(launch.stdout, outcome.stdout)
            self._write(launch.stderr, outcome.stderr)
            for name, content in outcome.files.items():
                path = launch.directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                self._write(path, content)
        except OSError as error:
            self._result.set_exception(error)
            return
        self._result.set_result(_ended(outcome))

    def _write(self, path: Path, content: Union[str, bytes]) -> None:
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        stamp = self._clock.now().timestamp()
        os.utime(path, (stamp, stamp))


def _ended(outcome: Outcome) -> Ended:
    if outcome.failure is not None:
        return Ended(outcome.exit_code, Failure(outcome.category, outcome.failure, outcome.message or outcome.failure))
    code = outcome.exit_code or 0
    return Ended(0, None) if code == 0 else failed_exit(code)
