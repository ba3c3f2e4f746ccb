"""Waiting for tasks.

All tasks of a job, or the first so many, are waited for by the service's counts: one small request a look. Only when
they say that the end has come is it confirmed by a list, because they may lag. Named tasks have a module of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from .._lazy import models as _models
from .._plan import Plan
from .._progress import check_number
from ._job_looks import FAILED, PAGE, STILL, JobLooks
from ._looks import Looks
from ._named_tasks import Wanted, wait_for_named

if TYPE_CHECKING:
    from ..models import TasksSummary


def wait(
    client: Any, looks: Looks, job_id: str, task_ids: Optional[Iterable[str]], count: Optional[int], state: str
) -> Plan[TasksSummary]:
    """Wait for tasks of a job; what the caller gave is checked at once."""
    job = JobLooks(client, looks, job_id, state)
    if isinstance(task_ids, (str, bytes)) or not (task_ids is None or hasattr(task_ids, "__iter__")):
        raise TypeError(f"task_ids: expected an iterable of ids, got {task_ids!r}")
    wanted = None if task_ids is None else Wanted(task_ids)
    if count is not None:
        check_number("count", count, "a number of tasks")
        if wanted is not None and count > wanted.number:
            raise ValueError(f"count: {count} of {wanted.number} task_ids cannot be waited for")
    return _wait_for_all(job, count) if wanted is None else wait_for_named(job, wanted, count)


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
            raise (yield from job.timed_out(count))


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
