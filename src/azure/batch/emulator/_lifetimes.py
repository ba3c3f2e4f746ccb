"""What time does to tasks: directories go when they were kept long enough, and no task lives longer than half a year.

When is written in the store, with an index, so that one timer serves any number of tasks and a restart changes nothing.
A task that is not over after 180 days is ended; one that never ran by then stays active, and does not run any more.
"""

from __future__ import annotations

from typing import Callable, Optional

from ._clock import Handle
from ._execution import trash
from ._state import Activity, Job, State
from ._times import duration_seconds, parse_date
from ._wire import Document

__all__ = ["Lifetimes"]

_LONGEST = 180 * 86_400.0
"""Seconds from the creation of a task to its end at the latest:
https://learn.microsoft.com/rest/api/batchservice/tasks/create-task
"""
_CHUNK = 100


class Lifetimes:
    """Watches over the times of all tasks.

    :param unqueue: Takes an active task out of its job's queue.
    """

    def __init__(self, state: State, unqueue: Callable[[Job, str], None]) -> None:
        self._state = state
        self._unqueue = unqueue
        self._due = float("inf")
        self._timers: dict[str, Handle] = {}

    def longest(self, created: float) -> float:
        """When a task has to be over; both are time stamps."""
        self._plan(created + _LONGEST)
        return created + _LONGEST

    def begin(self, job: Job, key: str, document: Document) -> None:
        """A task that was over is to run again."""
        created = parse_date(document["creationTime"])
        assert created is not None
        self._state.store.expire_task(job.key, key, self.longest(created.timestamp()))

    def completed(self, job: Job, key: str, document: Document) -> None:
        """A task is over: its directory is kept for a while."""
        kept = duration_seconds(document["constraints"]["retentionTime"]) if "nodeInfo" in document else None
        due = None if kept is None else self._state.now().timestamp() + kept
        self._state.store.expire_task(job.key, key, due)
        if due is not None:
            self._plan(due)

    def start(self) -> None:
        """Take up what the store holds."""
        due = self._state.store.first_expiry()
        if due is not None:
            self._plan(due)

    def _plan(self, due: float) -> None:
        if due < self._due:
            self._due = due
            self._state.later(self._timers, "due", due - self._state.now().timestamp(), self._ring)

    def _ring(self) -> None:
        self._due = float("inf")
        store = self._state.store
        for job_key, key in store.expired_tasks(self._state.now().timestamp(), _CHUNK):
            store.expire_task(job_key, key, None)
            job = self._state.jobs.get(job_key)
            run = job.runs.get(key) if job is not None else None
            document = store.get_task(job_key, key)
            if job is not None and document is not None:
                self._expire(job, key, document, run)
        self._state.plan_commit()
        self.start()

    def _expire(self, job: Job, key: str, document: Document, run: Optional[Activity]) -> None:
        if run is not None:
            run.end("The task has reached the longest lifetime of a task")
        elif document["state"] != "completed":
            self._unqueue(job, key)
        else:
            for place in (document, *document.get("subtasks", ())):
                pool = self._state.pools.get(place["nodeInfo"]["poolId"])
                node = pool.nodes.get(place["nodeInfo"]["nodeId"]) if pool is not None else None
                if node is not None:
                    trash(self._state, node.root, f"{job.directory}/{document['id']}")
