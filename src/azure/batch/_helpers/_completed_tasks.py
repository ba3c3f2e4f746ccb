"""Completed tasks as they come: what callers see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._lazy import models as _models
from .._operation import found
from .._progress import ProgressHook, Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class CompletedTasksMixin:
    """Completed tasks as they come."""

    @found
    def iter_completed_tasks(
        self,
        /,
        job_id: str,
        *,
        select: Optional[list[str]] = None,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 30,
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> Plan[_models.BatchTask]:
        """Iterate over the tasks of a job as they are completed, each once, until none is left to be done.

        Those that are completed already come first. What one look finds comes in the order in which it was completed.
        Tasks that are added meanwhile, by the loop's own body for example, are waited for, too::

            for task in client.iter_completed_tasks("render", timeout=3600):
                print(task.id, task.execution_info.exit_code)

        It sends about one request a look, and one more for each further thousand tasks that are completed between two
        looks. What :meth:`wait_for_tasks` says about failures that are overlooked, and about tasks that can never
        run, holds here as well. A task that is reactivated after it was handed out does not come again.

        :param job_id: The job.
        :keyword select: Properties to fetch, by the service's names, besides ``id``, ``state``,
            ``stateTransitionTime``, ``executionInfo`` and ``nodeInfo``.
        :keyword timeout: Seconds, or a timedelta, for the whole iteration; without limit if not given. The time that
            the loop's own body takes counts.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :keyword progress_hook: Called after each look with the number of tasks that have been handed out and the
            number that the job has; may be a coroutine function with the asynchronous client.
        :return: An iterator, which sends nothing before its first task is asked for.
        :raises TasksTimeoutError: a TimeoutError whose ``summary`` is how the tasks stood.
        :raises JobEndedError: if the job is completed, or deleted, and some tasks will never be completed.
        :raises ResourceNotFoundError: if there is no such job.
        """
        from ._finding_tasks import find
        from ._job_looks import JobLooks
        from ._looks import Looks

        looks = Looks(self, kwargs, timeout=timeout, polling_interval=polling_interval, progress_hook=progress_hook)
        return find(JobLooks(self, looks, job_id, select=select))
