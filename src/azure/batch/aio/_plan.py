"""The loop that drives a plan of the asynchronous client; see :mod:`azure.batch._plan`."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Collection
from functools import partial
from typing import Any, Optional, TypeVar, cast

from .._plan import Blocking, Every, Give, Page, Pause, Plan, Progress, Together

T = TypeVar("T")


async def settle(step: Any) -> Any:
    """What a step gives: a coroutine, and a pager, are awaited."""
    if isinstance(step, Pause):
        return await asyncio.sleep(step.seconds)
    if isinstance(step, Every):
        return [item async for item in step.pager]
    if isinstance(step, Page):
        async for page in step.pages:
            return [item async for item in page]
        return None
    if isinstance(step, Blocking):
        return await _in_thread(step)
    if isinstance(step, Together):
        return await _together(step)
    return await step if inspect.isawaitable(step) else step


async def run(progress: Progress[Any]) -> AsyncIterator[Any]:
    """Drive a plan of the asynchronous client, giving the items that it hands out."""
    try:
        more = progress.go_on()
        while more:
            if isinstance(progress.step, Give):
                yield progress.step.item
                more = progress.go_on()
                continue
            try:
                value = await settle(progress.step)
            except Exception as error:
                more = progress.go_on(error=error)
            else:
                more = progress.go_on(value)
    finally:
        progress.plan.close()


async def follow(plan: Plan[T]) -> T:
    """Drive a plan of the asynchronous client to its result."""
    progress = Progress(plan)
    async for _ in run(progress):
        pass
    return cast(T, progress.result)


async def _in_thread(step: Blocking) -> Any:
    """Take a step in a thread; when this is cancelled the thread is waited for, so that its work can be cleaned up."""
    call = partial(contextvars.copy_context().run, step.function, *step.arguments)
    work = asyncio.get_running_loop().run_in_executor(None, call)
    await until_done([work])
    return work.result()


async def _together(step: Together) -> None:
    """Drive plans in tasks of their own; when this ends, for whatever reason, they have."""
    tasks = [asyncio.ensure_future(follow(plan)) for plan in step.plans]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await until_done(tasks)


async def until_done(works: Collection[asyncio.Future[Any]]) -> None:
    """Wait for the end of works however often this is cancelled, and only then raise the cancellation."""
    cancelled = None
    while not all(work.done() for work in works):
        cancelled = await _wait(works) or cancelled
    for work in works:
        if not work.cancelled():
            work.exception()  # has been seen
    if cancelled is not None:
        raise cancelled


async def _wait(works: Collection[asyncio.Future[Any]]) -> Optional[asyncio.CancelledError]:
    try:
        await asyncio.wait(works)
    except asyncio.CancelledError as error:
        return error
    return None
