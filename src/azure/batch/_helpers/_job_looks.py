"""Looking at the tasks of one job: the requests, and what they have told so far.

The service's counts are one small answer however many tasks there are, but they may lag behind, see
https://learn.microsoft.com/azure/batch/batch-get-resource-counts. So they tell how far a job is, and a list decides
whether it is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from azure.core.exceptions import AzureError, ResourceNotFoundError

from .._codecs import decode_http_date
from .._errors import JobEndedError, ResourceBeingDeletedError, TasksTimeoutError
from .._lazy import models as _models
from .._plan import Every, Page, Plan
from .._request import segment
from ._looks import Looks

if TYPE_CHECKING:
    from ..models import BatchJob, BatchTask, BatchTaskCountsResult, TasksSummary

T = TypeVar("T")

_STATES = ("active", "preparing", "running", "completed")
"""The way of a task, in its order."""
_SHOWN = ["id", "state", "stateTransitionTime", "executionInfo", "nodeInfo"]
FAILED = "executionInfo/result eq 'failure'"
PAGE = 1000
"""Tasks that the service lists in one answer."""
STILL = 10
"""Looks in a row that bring nothing new, after which the lists are asked instead of what may lag."""


def any_of(field: str, values: Iterable[str]) -> str:
    """A filter for tasks of which a field has one of some values."""
    quoted = (value.replace("'", "''") for value in values)
    return " or ".join(f"{field} eq '{value}'" for value in quoted)


class JobLooks:
    """What is known of a job and its tasks, and how to learn more.

    :param state: The state that tasks are waited for to have reached.
    :param select: Properties of tasks that the caller wants besides the usual ones.
    """

    def __init__(
        self, client: Any, looks: Looks, job_id: str, state: str = "completed", select: Optional[list[str]] = None
    ) -> None:
        segment("job_id", job_id)
        place = _STATES.index(checked_state(state))
        self.state = _STATES[place]
        self.below = any_of("state", _STATES[:place])
        self.reached_states = frozenset(_STATES[place:])
        self.reached_filter = any_of("state", _STATES[place:])
        self.looks = looks
        self.job_id = job_id
        self._client = client
        more = select.split(",") if isinstance(select, str) else select or ()  # as for the operations
        self._shown = [*_SHOWN, *(one for one in more if one not in _SHOWN)]
        self._has_seen_it = False
        self._counts: tuple[int, int, int, int] = (0, 0, 0, 0)
        self._most = 0
        self.counted_at: Optional[datetime] = None
        """When that was, by the service's clock."""
        self.unmoved = 0
        """How many times in a row the counts have been the same."""

    # -- requests, to be made by way of ``look`` ----------------------------------------------------------------------

    def look(self, plan: Plan[T]) -> Plan[Optional[T]]:
        """Look; None if that failed for a passing reason. A job that was there and is gone is an error of its own."""
        try:
            found = yield from self.looks.look(plan)
        except (ResourceNotFoundError, ResourceBeingDeletedError) as error:
            if not self._has_seen_it or error.response is None:  # without a response it is about single tasks
                raise
            raise self._ended(f"job {self.job_id!r} was deleted", None) from error
        self._has_seen_it = self._has_seen_it or found is not None
        return found

    def count(self) -> Plan[bool]:
        """Count the tasks by state; gives whether anything has moved since the last time."""

        def with_date(outcome: Any, answer: BatchTaskCountsResult, _: Any) -> BatchTaskCountsResult:
            self.counted_at = decode_http_date(outcome.http_response.headers.get("Date") or "")
            return answer

        answer = yield self._client.get_job_task_counts(self.job_id, cls=with_date, **self.looks.options())
        found = answer.task_counts
        counts = (found.active, found.running, found.succeeded, found.failed)
        moved = counts != self._counts
        self._counts = counts
        self._most = max(self._most, self.total)
        self.unmoved = 0 if moved else self.unmoved + 1
        return moved

    def tasks(self, condition: Optional[str] = None) -> Plan[list[BatchTask]]:
        """List tasks."""
        found = yield Every(
            self._client.list_tasks(self.job_id, filter=condition, select=self._shown, **self.looks.options())
        )
        return list(found)

    def is_any(self, condition: str) -> Plan[bool]:
        """Whether there is any such task; pages may be empty before the one that has it."""
        pages = self._client.list_tasks(
            self.job_id, filter=condition, select=["id"], max_results=1, **self.looks.options()
        ).by_page()
        while True:
            page = yield Page(pages)
            if page is None:
                return False
            if page:
                return True

    def job(self) -> Plan[BatchJob]:
        """Read the job's state."""
        found: BatchJob = yield self._client.get_job(
            self.job_id, select=["id", "state", "executionInfo"], **self.looks.options()
        )
        if found.state == "deleting":
            raise self._ended(f"job {self.job_id!r} is being deleted", found)
        return found

    # -- what is known ------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """All tasks, by the counts."""
        return sum(self._counts)

    @property
    def done(self) -> int:
        """The tasks that have reached the state, by the counts, which do not tell preparing from running."""
        active, running, succeeded, failed = self._counts
        reached = {"active": active + running, "preparing": running, "running": running, "completed": 0}
        return succeeded + failed + reached[self.state]

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return self._counts[1] == 0

    @property
    def has_shrunk(self) -> bool:
        """Whether tasks have been there that are not any more, or none ever were; a job may be about to be deleted."""
        return self.total < self._most or self.total == 0

    def summary(self, failed: Optional[list[BatchTask]] = None) -> TasksSummary:
        """The counts, with the failed tasks if they were listed, which then decide how many there are.

        Those that are listed and were not counted have failed since: then they were still to be done.
        """
        active, running, succeeded, number = self._counts
        if failed is None:
            return _models.TasksSummary(active, running, succeeded, number)
        late = max(0, len(failed) - number)
        active -= max(0, min(active, late - running))
        running -= min(running, late)
        return _models.TasksSummary(active, running, succeeded, len(failed), failed)

    def is_consistent(self, failed: list[BatchTask]) -> bool:
        """Whether the counts say what the lists say: that all is done and so many have failed."""
        return self.done == self.total and self._counts[3] == len(failed)

    # -- ways to end --------------------------------------------------------------------------------------------------

    def ended(self, job: BatchJob, summary: TasksSummary) -> JobEndedError:
        """The error for a job that is completed, so that what was waited for cannot come."""
        info = job.execution_info
        reason = f" ({info.termination_reason})" if info is not None and info.termination_reason else ""
        return self._ended(f"job {self.job_id!r} is completed{reason}", job, summary)

    def _ended(self, what: str, job: Any, summary: Optional[TasksSummary] = None) -> JobEndedError:
        summary = summary or self.summary()
        return JobEndedError(
            f"{what} before the tasks that were waited for were {self.state}: {summary}", resource=job, summary=summary
        )

    def timed_out(self, count: Optional[int] = None) -> Plan[TasksTimeoutError]:
        """The error for what was not done in time, with the failed tasks if the service still tells."""
        failed: Optional[list[BatchTask]] = None
        if self._counts[3]:
            try:
                failed = yield from self.looks.look(self.tasks(FAILED))
            except AzureError:
                failed = None  # the time-out is the news
        return self.timeout(self.summary(failed), count)

    def timeout(self, summary: TasksSummary, count: Optional[int] = None) -> TasksTimeoutError:
        """The error for what was not done in time: all of it, or so many tasks."""
        which = f"{'the' if count is None else count} tasks of job {self.job_id!r}"
        error = TasksTimeoutError(
            f"{which} were not {self.state} within {self.looks.time_limit:g} s: {summary}", summary=summary
        )
        error.__cause__ = self.looks.trouble
        return error


def checked_state(state: Union[str, Any]) -> str:
    """A state of tasks in the service's spelling."""
    text = str(getattr(state, "value", state)).lower()
    if text not in _STATES:
        raise ValueError(f"state: expected one of {', '.join(_STATES)}, got {state!r}")
    return text
