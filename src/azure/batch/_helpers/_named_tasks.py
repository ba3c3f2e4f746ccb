"""Waiting for named tasks.

Those that are waited for are asked for by their ids while they fit into one request, or into two that take turns. While
they are more, they are all looked at once; then each look asks what has changed in the job since, which is one request
however many tasks there are. When nothing comes of that, some of them in turn are asked for by their ids, because a
change may be missed, and because a task may be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from azure.core.exceptions import ResourceNotFoundError

from .._errors import portable
from .._lazy import models as _models
from .._plan import Plan
from ._changes import OVERLAP, WIDE, Changes
from ._job_looks import PAGE, STILL, JobLooks, any_of

if TYPE_CHECKING:
    from ..models import BatchTask, TasksSummary

_FEW = 20
"""Tasks that are asked for by their ids in one request, whose address must not get too long."""
_IN_TURN = 2
"""So many requests take turns, one a look, without the end being seen much later."""


class Wanted:
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
    def are_few(self) -> bool:
        """Whether those that are waited for can be asked for in one request."""
        return len(self.waiting) <= _FEW

    @property
    def summary(self) -> TasksSummary:
        return _models.TasksSummary.of(self.seen.values())

    @property
    def is_idle(self) -> bool:
        """Whether none of those that are waited for was on a node when it was seen last."""
        found = (self.seen.get(one) for one in self.waiting)
        return not any(task is not None and task.state in ("preparing", "running") for task in found)

    def groups(self) -> list[list[str]]:
        """Those that are waited for, so many together as fit into one request."""
        ids = list(self.waiting)
        return [ids[start : start + _FEW] for start in range(0, len(ids), _FEW)]

    def next_group(self) -> list[str]:
        """So many of them as fit into one request, others with each call until it was the turn of all."""
        group = list(self.waiting)[:_FEW]
        for one in group:
            self.waiting[one] = self.waiting.pop(one)  # to the end
        return group

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
            raise portable(ResourceNotFoundError(f"task_ids: job {job_id!r} has no task {shown}{more}"))


def wait_for_named(job: JobLooks, wanted: Wanted, count: Optional[int]) -> Plan[TasksSummary]:
    """Look at the tasks, and now and then at the job, which may have ended without them."""
    looks, changes = job.looks, Changes(job)
    looks.begin()
    need = count or wanted.number
    still, is_first = 0, True
    while wanted.done < need:
        if _is_turn_of_job(wanted, still):
            yield from job.look(_end_of_named(job, wanted, need))
            still += 1
        else:
            many = _look_first(job, wanted, changes) if is_first else _look_at_many(job, wanted, changes, still)
            news = yield from job.look(_look_at_few(job, wanted) if wanted.are_few else many)
            if news is not None:
                is_first = False
                still = 0 if news else still % STILL + 1
                yield from looks.report(min(wanted.done, need), need)
        if wanted.done < need and not (yield from looks.pause(need - wanted.done)):
            raise job.timeout(wanted.summary)
    return wanted.summary


def _is_turn_of_job(wanted: Wanted, still: int) -> bool:
    """Whether the next look is at the job; every other one if none of those waited for runs, which is known of few."""
    return still == STILL // 2 or (still % 2 == 1 and wanted.are_few and wanted.is_idle)


def _end_of_named(job: JobLooks, wanted: Wanted, need: int) -> Plan[bool]:
    """Raise if the job is completed, and the tasks are not done by then."""
    found = yield from job.job()
    if found.state == "completed":
        yield from _look_at_all(job, wanted)
        if wanted.done < need:
            raise job.ended(found, wanted.summary)
    return True


def _look_at_few(job: JobLooks, wanted: Wanted) -> Plan[int]:
    """One request by ids: for all that are waited for, or for those whose turn it is."""
    asked = wanted.next_group()
    tasks = yield from job.tasks(any_of("id", asked))
    wanted.check(asked, tasks, job.job_id)
    return wanted.take(tasks, job.reached_states)


def _look_first(job: JobLooks, wanted: Wanted, changes: Changes) -> Plan[int]:
    """Look at all of them, and take note of the time from which on changes are to be asked for."""
    yield from job.count()
    changes.begin(job.counted_at)
    return (yield from _look_at_all(job, wanted))


def _look_at_all(job: JobLooks, wanted: Wanted) -> Plan[int]:
    """Look at all that are waited for, by their ids or by a list of the whole job, whichever takes fewer requests."""
    groups, before = wanted.groups(), wanted.done
    if len(groups) > 1 and len(groups) * PAGE > job.total:  # which may lag behind, even at 0
        tasks = yield from job.tasks()
        wanted.check(wanted.waiting, tasks, job.job_id)
        wanted.take(tasks, job.reached_states)
        return wanted.done - before
    for asked in groups:
        tasks = yield from job.tasks(any_of("id", asked))
        wanted.check(asked, tasks, job.job_id)
        wanted.take(tasks, job.reached_states)
    return wanted.done - before


def _look_at_many(job: JobLooks, wanted: Wanted, changes: Changes, still: int) -> Plan[int]:
    """One request for what has changed, or, in turn with it while nothing has, for some of those waited for.

    What has changed in a busy job is more to read than a few tasks are.
    """
    if still % 2 or len(wanted.waiting) <= _IN_TURN * _FEW:
        return (yield from _look_at_few(job, wanted))
    tasks = yield from changes.since(WIDE if still == STILL else OVERLAP)
    changes.take(tasks)
    return wanted.take(tasks, job.reached_states)
