"""Waiting for tasks: what callers see of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional, Union

from .._lazy import models as _models
from .._operation import planned
from .._progress import ProgressHook, Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class TaskWaitMixin:
    """Waiting for tasks."""

    @planned
    def wait_for_tasks(
        self,
        /,
        job_id: str,
        *,
        task_ids: Optional[Iterable[str]] = None,
        count: Optional[int] = None,
        state: Union[str, _models.BatchTaskState] = "completed",
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 30,
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> Plan[_models.TasksSummary]:
        """Wait until the tasks of a job are completed, and tell how they went.

        Without ``task_ids`` and ``count`` that is all tasks which the job has when none is left to be done: a job
        without tasks is done at once. While a program still adds tasks, say how many there will be with ``count``::

            client.create_tasks("render", tasks)
            summary = client.wait_for_tasks("render", timeout=3600)
            if not summary.all_succeeded:
                print(summary)  # 100 tasks: 98 succeeded, 2 failed; failed for ...
                for task in summary.failed_tasks:
                    print(task.id, task.execution_info.exit_code)

        It sends about one small request a look, however many tasks there are, and further ones at the end: of a job
        with more than 1000 tasks the failed ones are listed, and the other numbers are the service's counts, which can
        lag behind by moments (https://learn.microsoft.com/azure/batch/batch-get-resource-counts). More than 20 named
        tasks are all looked at first, with a request for every 20 of them or every 1000 of the job, whichever are
        fewer. More than 40 are then seen to get there by what changes in the job, with another request a look for each
        further thousand tasks that have. Throttling, server errors and broken connections are overlooked until six
        looks in a row have failed.

        A task that cannot run, because what it depends on has failed or no node has enough slots, is waited for like
        any other, and so are the tasks of a disabled job: set a ``timeout``.

        :param job_id: The job.
        :keyword task_ids: Wait for these tasks only. An empty list waits for none, and sends nothing: the job need not
            be there.
        :keyword count: Wait until so many tasks, of all or of those named, have got there, whichever they are.
        :keyword state: ``active``, ``preparing``, ``running`` or ``completed``. Tasks that are past it count, too.
        :keyword timeout: Seconds, or a timedelta, for the whole wait; without limit if not given. 0 looks once.
        :keyword polling_interval: The longest pause between two looks, in seconds; it is shorter at the beginning and
            when the end is near.
        :keyword progress_hook: Called after each look with the number of tasks that have got there and the number of
            those that are waited for; may be a coroutine function with the asynchronous client.
        :return: How many succeeded and failed, with which exit codes and for which reasons, and the failed tasks. With
            ``task_ids`` it is about those, each as it was when it got there, otherwise about all tasks of the job.
        :raises TasksTimeoutError: a TimeoutError whose ``summary`` is how the tasks stood.
        :raises JobEndedError: if the job is completed, or deleted, and the tasks cannot get there any more.
        :raises ResourceNotFoundError: if there is no such job, or a task of ``task_ids`` is not, or no longer, in it.
        """
        from ._looks import Looks
        from ._waiting_for_tasks import wait

        looks = Looks(self, kwargs, timeout=timeout, polling_interval=polling_interval, progress_hook=progress_hook)
        return wait(self, looks, job_id, task_ids, count, str(getattr(state, "value", state)))
