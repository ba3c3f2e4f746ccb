"""Bulk submission: what callers of the synchronous client see of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Union, cast

from ._lazy import models as _models
from ._operation import traced
from ._progress import OnExists, ProgressHook

if TYPE_CHECKING:
    from ._client import ClientBase


class BulkMixin:
    """Bulk submission for the synchronous client."""

    @traced("BatchClient.create_tasks")
    def create_tasks(
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
        """Add any number of tasks to a job, in as many requests as it takes.

        The tasks are read as they are sent, so a generator of a million needs little memory beyond the results. They
        are sent in the order given, up to 100 and just under 1 MB a request. A task for which the service refuses the
        whole request, as too large or malformed, is rejected alone: the others are sent again without it::

            def show(settled: int, total: Optional[int]) -> None:
                print(f"{settled} of {total} tasks")

            client.create_tasks("render", tasks, max_concurrency=4, progress_hook=show)

        Throttling, server errors and broken connections are retried within the client's ``retry_*`` settings, or those
        given here: a task is sent at most ``retry_total`` more times, with growing pauses or those that the service
        asks for. ``retry_connect`` counts for connections that could not be made, and ``retry_read`` and
        ``retry_status`` only if they are less than azure-core's default of 3. As many requests that fail in a row end
        the submission; whatever else the service says of the whole request, such as ``JobNotFound``, ends it at once.
        So does ``timeout``, here the seconds for all of it, a week if not given: nothing is sent after that, and an
        answer that is late by then is not waited for.
        ``cls`` is called for each request, and its value is not used.

        If a task was sent in an attempt that got no clear answer, and the next attempt says that it exists, it is
        read: it counts as added if it has all that was sent and was made since then, else as rejected. Of several
        tasks with one id no more than one counts as added.

        Ctrl-C and the cancellation of an asynchronous call stop it at once; the ``__cause__`` of the KeyboardInterrupt
        or CancelledError is then a ``CreateTasksError`` with what is known by that time.

        :param job_id: The job.
        :param task_collection: Any iterable of tasks, each a model or its JSON; it is read in the calling thread.
        :keyword max_concurrency: How many requests may be on their way at once; 1 if not given. Several are made by
            threads, or tasks of the event loop, and reach the service only roughly in the order of the input.
        :keyword on_exists: What to make of a task whose id is taken: ``"error"``, the default, rejects it; ``"ok"``
            counts it as added, and its result carries the service's ``TaskExists`` error.
        :keyword progress_hook: Called after each answer that settles tasks, with the number of tasks that are settled,
            which means added or given up, and the number of all, None if the input does not tell its length. With the
            asynchronous client it may be a coroutine function. What it raises ends the submission.
        :return: The service's results, in the order of the input.
        :raises CreateTasksError: if any task was not added, or may not have been; it accounts for all of them.
        :raises TypeError: if something in the input is no task; if some were sent by then, it is the cause of a
            CreateTasksError. The same holds for any error that the iterable itself raises.
        :raises ValueError: if a task lacks a required field; as above.
        """
        from ._bulk_call import BulkCall, submit  # loaded by programs that submit

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
            submit(call)
            return call.submission.result()
        except BaseException as error:
            call.submission.end(error)


BulkMixin.create_tasks.__qualname__ = "BatchClient.create_tasks"  # where callers find it, as they do the operations
