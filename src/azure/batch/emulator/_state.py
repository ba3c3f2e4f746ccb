"""The account's resources in memory, and what every rule does to them: find, change state, tag, write down.

A resource is its document, exactly as the service would show it but without URLs (those follow the request), and a
memo of what the rules must remember beside it. Tasks are not here but in the store; a job keeps only what its
scheduling needs of them.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from bisect import bisect_right, insort
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Generic, Optional, Protocol, TypeVar

from ._clock import Clock, Handle
from ._dependencies import Dependencies
from ._options import Delays, Options
from ._store import Store
from ._times import entity_tag, parse_date, text_date
from ._wire import Document, ServiceError

__all__ = ["Activity", "Collection", "Job", "Node", "Pool", "Schedule", "State", "TaskQueue"]

LOG = logging.getLogger("azure.batch.emulator")


class Resource(Protocol):
    """What pools, nodes, jobs and schedules have in common."""

    key: str
    document: Document
    memo: Document


ResourceT = TypeVar("ResourceT")


class Collection(Generic[ResourceT]):
    """Resources by key, the id without its case, in the order of their keys."""

    def __init__(self) -> None:
        self._items: dict[str, ResourceT] = {}
        self._keys: list[str] = []

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[ResourceT]:
        return iter([self._items[key] for key in self._keys])

    def get(self, identifier: str) -> Optional[ResourceT]:
        """The resource of an id, in any case."""
        return self._items.get(identifier.lower())

    def add(self, key: str, item: ResourceT) -> None:
        """Add a resource."""
        if key not in self._items:
            insort(self._keys, key)
        self._items[key] = item

    def remove(self, key: str) -> None:
        """Take a resource out, if it is there."""
        if self._items.pop(key, None) is not None:
            del self._keys[bisect_right(self._keys, key) - 1]

    def after(self, key: str) -> Iterator[tuple[str, ResourceT]]:
        """Keys and resources from the one behind ``key``."""
        for at in range(bisect_right(self._keys, key), len(self._keys)):
            yield self._keys[at], self._items[self._keys[at]]


class Activity(Protocol):
    """A task's run on a node, as far as others need to know it."""

    node: Node
    nodes: list[Node]
    job: Job
    key: str
    slots: int
    document: Document
    is_manager: bool
    message: Optional[str]
    """Why it is being ended, if it is."""
    counted: str
    """The state that the job counts the task in."""
    left: asyncio.Future[None]
    """Done when it is over, and none of its processes is left."""

    def end(self, message: str, outcome: str = "complete") -> None:
        """End it; ``outcome`` says what becomes of the task: complete, requeue, return or discard."""
        ...


@dataclass(eq=False)
class Pool:
    """A pool and its nodes."""

    key: str
    document: Document
    memo: Document
    nodes: Collection[Node] = field(default_factory=lambda: Collection[Node]())
    timers: dict[str, Handle] = field(default_factory=dict[str, Handle])

    @property
    def id(self) -> str:
        """The pool's id, in its own case."""
        return str(self.document["id"])

    @property
    def slots(self) -> int:
        """Task slots of each node."""
        return int(self.document["taskSlotsPerNode"])

    @property
    def is_windows(self) -> bool:
        """Whether its nodes are to look like Windows."""
        configuration = self.document.get("virtualMachineConfiguration", {})
        return "windows" in str(configuration.get("nodeAgentSKUId", "")).lower()


@dataclass(eq=False)
class Node:
    """A node: a folder, and what runs in it."""

    key: str
    pool: Pool
    document: Document
    memo: Document
    root: Path
    runs: set[Activity] = field(default_factory=set[Activity])
    used: int = 0
    """Slots taken, by tasks or by a reservation."""
    chores: set[Ender] = field(default_factory=set["Ender"])
    """Start, preparation and release tasks at work."""
    timer: Optional[Handle] = None
    after_drain: Optional[Callable[[], bool]] = None
    """What to do once no task runs here any more, False when it is too early; until then the node takes no task."""
    departure: Optional[Callable[[], bool]] = None
    """The same for a node that is to leave its pool, which nothing else that is asked of it puts off."""

    @property
    def id(self) -> str:
        """The node's id."""
        return str(self.document["id"])

    @property
    def state(self) -> str:
        """The node's state."""
        return str(self.document["state"])

    @property
    def takes_tasks(self) -> bool:
        """Whether the scheduler may give it work."""
        usable = self.document["state"] in ("idle", "running") and self.document["schedulingState"] == "enabled"
        return usable and self.after_drain is None and self.departure is None

    @property
    def free(self) -> int:
        """Slots that can be given to tasks now."""
        return self.pool.slots - self.used if self.takes_tasks else 0


class Ender(Protocol):
    """A command at work on a node."""

    def end(self, message: str) -> None:
        """End it."""
        ...


class TaskQueue:
    """The tasks of a job that could run now, oldest first, apart by the slots they need."""

    def __init__(self) -> None:
        self._heaps: dict[int, list[tuple[int, str]]] = {}
        self._queued: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._queued)

    def __contains__(self, key: str) -> bool:
        return key in self._queued

    def add(self, key: str, seq: int, slots: int) -> None:
        """Queue a task; ``seq`` is its place in the order."""
        self._queued[key] = (seq, slots)
        heapq.heappush(self._heaps.setdefault(slots, []), (seq, key))

    def discard(self, key: str) -> None:
        """Take a task out; its entry in the heap is passed over later."""
        self._queued.pop(key, None)

    def first(self, most_slots: int) -> Optional[str]:
        """The oldest task that needs no more slots than given."""
        best: Optional[tuple[int, str]] = None
        for slots, heap in list(self._heaps.items()):
            while heap and self._queued.get(heap[0][1]) != (heap[0][0], slots):
                heapq.heappop(heap)
            if not heap:
                del self._heaps[slots]
            elif slots <= most_slots and (best is None or heap[0] < best):
                best = heap[0]
        return None if best is None else best[1]

    def seq(self, key: str) -> int:
        """The place of a queued task in the order."""
        return self._queued[key][0]


def _no_counts() -> dict[str, list[int]]:
    return {name: [0, 0] for name in ("active", "running", "succeeded", "failed")}


@dataclass(eq=False)
class Job:
    """A job, and of its tasks what scheduling needs."""

    key: str
    document: Document
    memo: Document
    queue: TaskQueue = field(default_factory=TaskQueue)
    dependencies: Dependencies = field(default_factory=Dependencies)
    runs: dict[str, Activity] = field(default_factory=dict[str, Activity])
    counts: dict[str, list[int]] = field(default_factory=_no_counts)
    """Number of tasks and of their slots by state; completed ones by result."""
    timers: dict[str, Handle] = field(default_factory=dict[str, Handle])
    instances: dict[str, int] = field(default_factory=dict[str, int])
    """On how many nodes at once those of its tasks run that run on several."""
    releasing: set[str] = field(default_factory=set[str])
    """Keys of the nodes on which a release task runs or is about to."""

    @property
    def id(self) -> str:
        """The job's id, in its own case."""
        return str(self.document["id"])

    @property
    def state(self) -> str:
        """The job's state."""
        return str(self.document["state"])

    @property
    def pool_key(self) -> str:
        """The key of the pool that it runs on, which need not exist."""
        return str(self.document.get("executionInfo", {}).get("poolId", "")).lower()

    @property
    def directory(self) -> str:
        """Its directory on every node, relative to the node's root."""
        return str(self.memo["directory"])

    @property
    def is_runnable(self) -> bool:
        """Whether its tasks may be started now."""
        limit = int(self.document["maxParallelTasks"])
        return self.document["state"] == "active" and (limit < 0 or len(self.runs) < limit)

    def count(self, state: str, number: int, slots: int) -> None:
        """Add to (or take from) the number of tasks in a state."""
        entry = self.counts[state]
        entry[0] += number
        entry[1] += number * slots


@dataclass(eq=False)
class Schedule:
    """A job schedule."""

    key: str
    document: Document
    memo: Document
    timer: Optional[Handle] = None

    @property
    def id(self) -> str:
        """The schedule's id, in its own case."""
        return str(self.document["id"])

    @property
    def state(self) -> str:
        """The schedule's state."""
        return str(self.document["state"])


class State:
    """All resources of an account, its clock and its store."""

    def __init__(self, options: Options, clock: Clock, store: Store, folder: Path) -> None:
        self.options = options
        self.clock = clock
        self.store = store
        self.folder = folder
        self.pools: Collection[Pool] = Collection()
        self.jobs: Collection[Job] = Collection()
        self.schedules: Collection[Schedule] = Collection()
        self.is_stopping = False
        self._background: set[asyncio.Task[None]] = set()
        self._commit_planned = False
        self._last_tag = 0
        self.before_commit: Callable[[], None] = lambda: None
        """Writes what belongs into the transaction and was not written yet."""
        self.on_node_moved: Callable[[Node], None] = lambda _: None
        """Told when a node goes to another state."""

    @property
    def delays(self) -> Delays:
        """How long things take."""
        return self.options.delays

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    def stamp(self) -> str:
        """The time as documents hold it."""
        return text_date(self.clock.now())

    # Writing

    def save(self, resource: Resource) -> None:
        """Write a resource down; the transaction is committed soon, or before the request in progress is answered."""
        self.store.save(type(resource).__name__, self._store_key(resource), resource.document, resource.memo)
        self.plan_commit()

    def forget(self, resource: Resource) -> None:
        """Remove a resource from the store."""
        self.store.remove(type(resource).__name__, self._store_key(resource))
        self.plan_commit()

    @staticmethod
    def _store_key(resource: Resource) -> str:
        return f"{resource.pool.key}/{resource.key}" if isinstance(resource, Node) else resource.key

    def plan_commit(self) -> None:
        """See to it that what was written in the background is committed after the present step."""
        if not self._commit_planned:
            self._commit_planned = True
            asyncio.get_running_loop().call_soon(self.commit)

    def commit(self) -> None:
        """Commit what was written."""
        self._commit_planned = False
        if not self.is_stopping:
            self.before_commit()
            self.store.commit()

    # Changing documents

    def touch(self, document: Document) -> None:
        """Give a document a new entity tag and time of change: a caller changed it."""
        now = self.clock.now()
        document["eTag"], self._last_tag = entity_tag(now, self._last_tag)
        document["lastModified"] = text_date(now)

    def move(self, document: Document, state: str) -> None:
        """Take a resource to another state."""
        if "state" in document and document["state"] != state:
            document["previousState"] = document["state"]
            document["previousStateTransitionTime"] = document["stateTransitionTime"]
        document["state"] = state
        document["stateTransitionTime"] = self.stamp()

    def move_node(self, node: Node, state: str) -> None:
        """Take a node to another state."""
        node.document["state"] = state
        node.document["stateTransitionTime"] = self.stamp()
        self.on_node_moved(node)

    # Finding

    def pool(self, identifier: str) -> Pool:
        """The pool of an id; refuses when there is none."""
        pool = self.pools.get(identifier)
        if pool is None:
            raise ServiceError("PoolNotFound")
        return pool

    def node(self, pool: Pool, identifier: str) -> Node:
        """A node of a pool; refuses when there is none."""
        node = pool.nodes.get(identifier)
        if node is None:
            raise ServiceError("NodeNotFound")
        return node

    def job(self, identifier: str) -> Job:
        """The job of an id; refuses when there is none."""
        job = self.jobs.get(identifier)
        if job is None:
            raise ServiceError("JobNotFound")
        return job

    def schedule(self, identifier: str) -> Schedule:
        """The job schedule of an id; refuses when there is none."""
        schedule = self.schedules.get(identifier)
        if schedule is None:
            raise ServiceError("JobScheduleNotFound")
        return schedule

    # Doing things in the background

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something in the background; what it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            LOG.error("A background step of the emulator failed", exc_info=error)

    async def finish_background(self) -> None:
        """Wait for everything that goes on in the background."""
        while self._background:
            await asyncio.wait(list(self._background))

    def later(self, timers: dict[str, Handle], name: str, seconds: float, step: Callable[[], None]) -> None:
        """Do something later, in place of what was put off under the same name."""
        earlier = timers.pop(name, None)
        if earlier is not None:
            earlier.cancel()

        def ring() -> None:
            timers.pop(name, None)
            if not self.is_stopping:
                step()

        timers[name] = self.clock.call_later(seconds, ring)

    def until(self, text: str) -> float:
        """Seconds from now to a date of a document; 0 when it has passed."""
        moment = parse_date(text)
        return 0.0 if moment is None else max(0.0, (moment - self.clock.now()).total_seconds())

    def seconds_since(self, text: str) -> float:
        """Seconds from a date of a document to now."""
        moment = parse_date(text)
        return 0.0 if moment is None else (self.clock.now() - moment).total_seconds()
