"""Completed tasks as they come, each once.

Most looks ask for what has changed. When nothing has, or when all tasks that are known of have been handed out, the
service's counts are asked: whether something was missed, and whether the end has come, which a list confirms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from .._errors import JobEndedError
from .._plan import Give, Plan
from ._changes import OVERLAP, WIDE, Changes
from ._job_looks import FAILED, STILL, JobLooks

if TYPE_CHECKING:
    from ..models import BatchTask


def find(job: JobLooks) -> Plan[Any]:
    """Hand out the tasks of a job as they are completed."""
    looks, changes = job.looks, Changes(job)
    looks.begin()
    turn, was_refused = "counts", False
    while True:
        if turn == "changes":
            number = yield from _hand_out(job, changes.since(), changes)
            turn = "counts" if number == 0 else "changes"
            if number and len(changes.seen) >= job.total:
                turn = "counts"
                continue
            if number is not None:
                yield from looks.report(len(changes.seen), job.total)
        elif turn == "counts":
            moved = yield from job.look(job.count())
            if moved is not None:
                if job.done > len(changes.seen):
                    yield from _hand_out(job, changes.since(None if job.unmoved == 1 else OVERLAP), changes)
                yield from looks.report(len(changes.seen), job.total)
                turn = _after_counting(job, changes, moved)
                if turn == "end" and not was_refused:
                    continue
        else:
            over = yield from job.look(_is_over(job, turn))
            if over and (yield from _hand_out(job, changes.since(WIDE), changes)) is not None:
                if over is True:
                    return
                raise over
            turn, was_refused = "changes", was_refused or turn == "end"
        if not (yield from looks.pause(max(0, job.total - len(changes.seen)))):
            raise (yield from job.timed_out())


def _hand_out(job: JobLooks, listing: Plan[list[BatchTask]], changes: Changes) -> Plan[Optional[int]]:
    """Hand out what is new in a list, and give how much that is; None if it could not be had now."""
    tasks = yield from job.look(listing)
    if tasks is None:
        return None
    news = changes.take(tasks)
    for task in news:
        yield Give(task)
    return len(news)


def _after_counting(job: JobLooks, changes: Changes, moved: bool) -> str:
    if job.done >= job.total and len(changes.seen) >= job.done:
        return "end"
    if not moved:
        if job.unmoved % STILL == 0:
            return "end"
        if job.is_idle or job.unmoved % STILL == STILL // 2:
            return "job"
    return "changes"


def _is_over(job: JobLooks, turn: str) -> Plan[Union[bool, JobEndedError]]:
    """Whether no task is left to be done, by the lists; an error if some are left and the job is completed."""
    found = (yield from job.job()) if turn == "job" or job.has_shrunk else None
    is_completed = found is not None and found.state == "completed"
    if turn == "job" and not is_completed:
        return False
    if not (yield from job.is_any(job.below)):
        return True
    if found is None or not is_completed:
        return False
    failed = yield from job.tasks(FAILED)
    return job.ended(found, job.summary(failed))
