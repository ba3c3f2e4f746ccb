"""Bulk submission: the asynchronous loop around the plan of the synchronous module."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Union, cast

from .._bulk import BulkMixin
from .._bulk_call import BulkCall
from .._lazy import models as _models
from .._operation import traced
from .._progress import OnExists, ProgressHook
from .._submission import Chunk, Lookup, Work

if TYPE_CHECKING:
    from .._client import ClientBase


async def _outcome(coroutine: Any) -> tuple[Any, Optional[Exception]]:
    try:
        return await coroutine, None
    except Exception as error:
        return None, error


async def _submit(call: BulkCall) -> None:
    plan = call.submission
    running: dict[asyncio.Task[tuple[Any, Optional[Exception]]], Work] = {}
    try:
        while True:
            step = math.inf if len(running) == call.most_at_once else plan.next()
            if step is None:
                return
            if not isinstance(step, (Chunk, Lookup)):
                await _pause(running, step)
            elif call.most_at_once == 1 or plan.is_last(step):
                plan.digest(step, *await _outcome(call.send(step)))
            else:
                running[asyncio.ensure_future(_outcome(call.send(step)))] = step
            for task in [task for task in running if task.done()]:
                plan.digest(running.pop(task), *task.result())
            awaited = call.report()
            if awaited is not None:
                await awaited
    finally:
        for task in running:
            task.cancel()
        if running:
            from ._plan import until_done

            await until_done(running)


async def _pause(running: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Wait for an answer, or for so long if none comes."""
    if running:
        await asyncio.wait(running, timeout=seconds if seconds < math.inf else None, return_when="FIRST_COMPLETED")
    else:
        await asyncio.sleep(seconds)


class AsyncBulkMixin:
    """Bulk submission for the asynchronous client."""

    @traced("BatchClient.create_tasks")
    async def create_tasks(
        self,
        /,
        job_id: str,
        task_collection: Iterable[Union[_models.BatchTaskCreateOptions, Mapping[str, Any]]],
        *,
        max_concurrency: Optional[int] = None,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        on_exists: OnExists = "error",
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> _models.BatchCreateTaskCollectionResult:
        call = BulkCall(
            cast("ClientBase", self),
            job_id,
            task_collection,
            max_concurrency=max_concurrency,
            service_timeout=service_timeout,
            ocp_date=ocp_date,
            progress_hook=progress_hook,
            on_exists=on_exists,
            options=kwargs,
        )
        try:
            await _submit(call)
            return call.submission.result()
        except BaseException as error:
            call.submission.end(error)


AsyncBulkMixin.create_tasks.__doc__ = BulkMixin.create_tasks.__doc__
AsyncBulkMixin.create_tasks.__qualname__ = BulkMixin.create_tasks.__qualname__
