"""Waiting for tasks.

All tasks of a job, or the first so many, are waited for by the service's counts: one small request a look. Only when
they say that the end has come is it confirmed by a list, because they may lag. Named tasks are asked for by their ids
where these fit into one request; a larger number is listed once, then only what has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from azure.core.exceptions import ResourceNotFoundError

from .._lazy import models as _models
from .._plan import Plan
from ._changes import Changes
from ._job_looks import FAILED, PAGE, STILL, JobLooks, any_of
from ._looks import Looks, check_count

if TYPE_CHECKING:
    from ..models import BatchTask, TasksSummary

_FEW = 20
"""Tasks that are asked for by their ids in one request, whose address must not get too long."""


def wait(
    client: Any, looks: Looks, job_id: str, task_ids: Optional[Iterable[str]], count: Optional[int], state: str
) -> Plan[TasksSummary]:
    """Wait for tasks of a job; what the caller gave is checked at once."""
    job = JobLooks(client, looks, job_id, state)
    if isinstance(task_ids, (str, bytes)):
        raise TypeError("task_ids: expected an iterable of ids, not one id")
    wanted = None if task_ids is None else _Wanted(task_ids)
    if count is not None:
        check_count(count, "tasks")
        if wanted is not None and count > wanted.number:
            raise ValueError(f"count: {count} of {wanted.number} task_ids cannot be waited for")
    return _wait_for_all(job, count) if wanted is None else _wait_for_named(job, wanted, count)


# -- all tasks, or the first so many -----------------------------------------------------------------------------------


def _wait_for_all(job: JobLooks, count: Optional[int]) -> Plan[TasksSummary]:
    """Look at the counts, now and then at the job, and at the lists when the counts say that it is done.

    When the lists then say otherwise, the two take turns, so that it stays one request a look.
    """
    looks = job.looks
    looks.begin()
    turn, was_refused = "counts", False
    while True:
        if turn == "counts":
            moved = yield from job.look(job.count())
            total = count or job.total
            if moved is not None:
                yield from looks.report(min(job.done, total), total)
                turn = _after_counting(job, total, moved)
                if turn == "end" and not was_refused:
                    continue
        else:
            summary = yield from job.look(_end_of_job(job, count) if turn == "job" else _conclude(job, count))
            if summary is not None:
                return summary
            turn, was_refused = "counts", was_refused or turn == "end"
        if not (yield from looks.pause(max(0, (count or job.total) - job.done))):
            raise (yield from job.timed_out())


def _after_counting(job: JobLooks, total: int, moved: bool) -> str:
    """Whose turn it is: that of the counts, of the lists for the end, or of the job, which may have ended too early."""
    if job.done >= total or (job.unmoved and job.unmoved % STILL == 0):
        return "end"
    return "job" if not moved and (job.is_idle or job.unmoved % STILL == STILL // 2) else "counts"


def _end_of_job(job: JobLooks, count: Optional[int]) -> Plan[Optional[TasksSummary]]:
    """The summary if the job is completed, from a list that is exact; an error if the tasks are not done by then."""
    found = yield from job.job()
    if found.state != "completed":
        return None
    tasks = yield from job.tasks()
    summary = _models.TasksSummary.of(tasks)
    if sum(task.state in job.reached_states for task in tasks) < (count or len(tasks)):
        raise job.ended(found, summary)
    return summary


def _conclude(job: JobLooks, count: Optional[int]) -> Plan[Optional[TasksSummary]]:
    """The summary, if the lists say as well that it is done; else None."""
    if count is not None:
        return (yield from _conclude_some(job, count))
    if job.total <= PAGE:
        tasks = yield from job.tasks()
        if any(task.state not in job.reached_states for task in tasks):
            return None
        summary = _models.TasksSummary.of(tasks)
    else:
        if job.below and (yield from job.is_any(job.below)):
            return None
        failed = yield from job.tasks(FAILED)
        if job.is_consistent(failed):
            summary = job.summary(failed)
        else:
            summary = _models.TasksSummary.of((yield from job.tasks()))
    if job.has_shrunk:
        yield from job.job()  # raises if the tasks go because the job goes
    return summary


def _conclude_some(job: JobLooks, count: int) -> Plan[Optional[TasksSummary]]:
    done = job.done
    if job.state == "running":
        preparing = yield from job.tasks("state eq 'preparing'")  # the counts take them for running
        done -= len(preparing)
    if done < count:
        return None
    failed = yield from job.tasks(FAILED)
    return job.summary(failed)


# -- named tasks -------------------------------------------------------------------------------------------------------


class _Wanted:
    """Named tasks: which have got there, and how they were when they were seen last. Ids are compared without case."""

    def __init__(self, task_ids: Iterable[Any]) -> None:
        self._names: dict[str, str] = {}
        for one in task_ids:
            if not isinstance(one, str):
                raise TypeError(f"task_ids: expected ids, got {one!r}")
            self._names.setdefault(one.lower(), one)
        self.number = len(self._names)
        self.seen: dict[str, BatchTask] = {}
        self.waiting = dict(self._names)

    @property
    def done(self) -> int:
        return self.number - len(self.waiting)

    @property
    def summary(self) -> TasksSummary:
        return _models.TasksSummary.of(self.seen.values())

    @property
    def is_idle(self) -> bool:
        """Whether none of those that are waited for is on a node."""
        found = (self.seen.get(one) for one in self.waiting)
        return not any(task is not None and task.state in ("preparing", "running") for task in found)

    def take(self, tasks: Iterable[BatchTask], reached: frozenset[str]) -> int:
        """Take note of how tasks are; gives how many of those waited for have got there."""
        before = len(self.waiting)
        for task in tasks:
            name = task.id.lower()
            if name in self.waiting:
                self.seen[name] = task
                if task.state in reached:
                    del self.waiting[name]
        return before - len(self.waiting)

    def check(self, asked: Iterable[str], found: Iterable[BatchTask], job_id: str) -> None:
        """Raise for tasks that were asked for and not found."""
        there = {task.id.lower() for task in found}
        missing = [self._names[one] for one in asked if one not in there]
        if missing:
            shown = ", ".join(map(repr, missing[:_FEW]))
            more = f" and {len(missing) - _FEW} more" if len(missing) > _FEW else ""
            raise ResourceNotFoundError(f"task_ids: job {job_id!r} has no task {shown}{more}")


def _wait_for_named(job: JobLooks, wanted: _Wanted, count: Optional[int]) -> Plan[TasksSummary]:
    """Look at the tasks, and at the job in between while none of them runs."""
    looks, changes = job.looks, Changes(job)
    looks.begin()
    need = count or wanted.number
    still = 0
    while wanted.done < need:
        if still == STILL // 2 or (still % 2 and wanted.is_idle):
            yield from job.look(_end_of_named(job, wanted, changes, need))
            still += 1
        else:
            news = yield from job.look(_look_for(job, wanted, changes, anew=still >= STILL))
            if news is not None:
                still = 0 if news else still % STILL + 1
                yield from looks.report(min(wanted.done, need), need)
        if wanted.done < need and not (yield from looks.pause(need - wanted.done)):
            raise job.timeout(wanted.summary)
    return wanted.summary


def _end_of_named(job: JobLooks, wanted: _Wanted, changes: Changes, need: int) -> Plan[bool]:
    """Raise if the job is completed, and the tasks are not done by then."""
    found = yield from job.job()
    if found.state == "completed":
        yield from _look_for(job, wanted, changes, anew=True)
        if wanted.done < need:
            raise job.ended(found, wanted.summary)
    return True


def _look_for(job: JobLooks, wanted: _Wanted, changes: Changes, *, anew: bool) -> Plan[int]:
    """Look at those that are waited for: by their ids if they are few, else at all tasks, or at what has changed."""
    asked = list(wanted.waiting)
    if len(asked) <= _FEW:
        tasks = yield from job.tasks(any_of("id", asked))
        wanted.check(asked, tasks, job.job_id)
    elif anew or not wanted.seen:
        tasks = yield from job.tasks()
        wanted.check(asked, tasks, job.job_id)
        changes.take(task for task in tasks if task.state in job.reached_states)
    else:
        tasks = changes.take((yield from changes.since()))
    return wanted.take(tasks, job.reached_states)
