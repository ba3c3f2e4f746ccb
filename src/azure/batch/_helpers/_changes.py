"""Which tasks have come to a state since the last look.

The service filters by the time at which a task came to its state. That time is the service's own, so no clock of this
machine matters; but it is given by many machines, and a task can become visible a moment after another one with a later
time. Each look therefore asks again for the last moments before the newest task seen, and knows what it has seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Optional

from .._codecs import encode_datetime
from .._plan import Plan

if TYPE_CHECKING:
    from ..models import BatchTask
    from ._job_looks import JobLooks

OVERLAP = timedelta(seconds=5)
"""Moments that are asked for again with each look."""
WIDE = timedelta(minutes=1)
"""Moments that are asked for again at the end."""


class Changes:
    """The tasks that have come to the state that a job is watched for."""

    def __init__(self, job: JobLooks) -> None:
        self._job = job
        self._newest: Optional[datetime] = None
        self.seen: set[str] = set()
        """Ids, in lower case."""

    def begin(self, moment: Optional[datetime]) -> None:
        """Ask for no changes before a moment of the service's clock, unless none is known."""
        self._newest = self._newest or moment

    def since(self, overlap: Optional[timedelta] = OVERLAP) -> Plan[list[BatchTask]]:
        """List them, from so long before the newest one that has been seen; all of them without an overlap."""
        condition = self._job.reached_filter
        if overlap is not None and self._newest is not None:
            moment = encode_datetime((self._newest - overlap).replace(microsecond=0))
            condition = f"({condition}) and stateTransitionTime ge DateTime'{moment}'"
        return (yield from self._job.tasks(condition))

    def take(self, tasks: Iterable[BatchTask]) -> list[BatchTask]:
        """Those of the tasks that have not been seen yet, the earliest first."""
        news = [task for task in tasks if task.id.lower() not in self.seen]
        news.sort(key=_came)
        self.seen.update(task.id.lower() for task in news)
        if news and (self._newest is None or news[-1].state_transition_time > self._newest):
            self._newest = news[-1].state_transition_time
        return news


def _came(task: BatchTask) -> datetime:
    return task.state_transition_time
