"""The loop that drives a plan of the asynchronous client; see :mod:`azure.batch._plan`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any, TypeVar, cast

from .._plan import Every, Give, Page, Pause, Plan, Progress

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
