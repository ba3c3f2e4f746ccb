"""Faults to order: what is to go wrong, when and how often.

This module only decides. Requests ask it before they are carried out, and the rules at the few places where a cloud
fails by itself: when a task comes to a node, when a start task runs, when a pool is resized. Each fault has a random
generator of its own, made from the seed and the fault's number, so that the same faults strike the same requests in
every run, whatever other faults there are.
"""

from __future__ import annotations

import difflib
import random
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Optional, Union, cast

from ._kinds import check_fields
from ._routes import ROUTES
from ._wire import Document, ServiceError, error_document

__all__ = [
    "Fault",
    "Faults",
    "Injection",
    "LostState",
    "NodeChange",
    "Occurrence",
    "Strike",
    "denied",
    "tasks_of",
]

LostState = Literal["preempted", "unknown", "unusable"]
"""What a lost node is: reclaimed (Spot nodes alone), out of contact, or broken."""

_KEPT = 10_000
"""Injections that are remembered."""

_CODES = {
    400: "InvalidInput",
    403: "AuthenticationFailed",
    404: "ResourceNotFound",
    409: "OperationInvalidForCurrentState",
    412: "ConditionNotMet",
    413: "RequestBodyTooLarge",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServerBusy",
}
_Kind = Literal["request", "task", "start", "resize", "pool"]
NodeChange = Literal["dedicated", "spot", "leaving"]
"""Dedicated nodes that are missing, Spot nodes that are missing, nodes that are too many."""

_DENIED: Mapping[str, frozenset[NodeChange]] = {
    "AccountCoreQuotaReached": frozenset({"dedicated"}),
    "AccountLowPriorityCoreQuotaReached": frozenset({"spot"}),
    "AllocationFailed": frozenset({"dedicated", "spot"}),
    "AllocationTimedout": frozenset({"dedicated", "spot"}),
    "RemoveNodesFailed": frozenset({"leaving"}),
}


def denied(code: str) -> frozenset[NodeChange]:
    """What a resize does not get that ends with this error."""
    return _DENIED.get(code, frozenset({"dedicated", "spot", "leaving"}))


@dataclass(frozen=True)
class Fault:
    """One thing that is to go wrong.

    The first group of fields says what it strikes (everything that is given must fit), the second how often, the third
    what happens. One thing happens; a ``delay`` may come before it or stand alone.
    """

    method: Optional[str] = None
    """HTTP verb of the request."""
    path: Optional[str] = None
    """Path of the request; ``*`` stands for anything within a segment, ``**`` for anything."""
    operation: Optional[str] = None
    """What the request does, by the name of the client's method without ``begin_``: ``create_task``."""
    pool: Optional[str] = None
    """Id of the pool that is concerned; ``*`` stands for anything."""
    job: Optional[str] = None
    """Id of the job that is concerned; ``*`` stands for anything."""

    nth: Union[int, Sequence[int], None] = None
    """Which ones of all that fit are struck, from 1; without it each."""
    probability: float = 1.0
    """How probably each is struck."""
    times: Optional[int] = None
    """How often it strikes before it is spent."""

    status: Optional[int] = None
    """Answer with this error status, before anything took place."""
    code: Optional[str] = None
    """Error code of the answer, or of the tasks in ``failing_tasks``; alone it answers with the code's own status.
    ``PoolQuotaReached`` also strikes the pools that jobs and schedules bring along, as if these called ``create_pool``.
    """
    message: Optional[str] = None
    """Message of the error."""
    retry_after: Optional[float] = None
    """The header ``Retry-After`` of the answer."""
    after_effect: bool = False
    """Do what was asked for first, then answer with the error."""
    drop: Optional[Literal["before", "after", "body"]] = None
    """Close the connection: before the request took effect, after it, or in the middle of the answer's body."""
    delay: float = 0.0
    """Seconds until the request is carried out, which is answered with ``OperationTimedOut`` instead when its
    ``timeOut`` is shorter, or after 30 seconds; with ``node``, from the start of the task until the node is lost, by
    the emulator's clock."""
    failing_tasks: Union[float, Sequence[str], None] = None
    """Tasks of a collection that are not added but answered with an error (``ServerBusy`` unless ``code`` says
    otherwise): a share of them, or those with these ids."""
    most_bytes: Optional[int] = None
    """Refuse a larger body with ``RequestBodyTooLarge``."""
    most_tasks: Optional[int] = None
    """Refuse a collection of more tasks with ``RequestBodyTooLarge``."""
    clock_shift: Optional[float] = None
    """Seconds by which the clock that checks the request is ahead: ``AuthenticationFailed`` beyond 15 minutes."""
    node: Optional[LostState] = None
    """Lose the node to which a task comes: it becomes this, and its tasks run again elsewhere."""
    start_task: Optional[int] = None
    """Fail the start task with this exit code instead of running it."""
    resize: Optional[str] = None
    """End the resize with this error: ``AllocationFailed``, ``AccountCoreQuotaReached``... No node that is missing
    comes then; the two quotas keep away only dedicated nodes or (``AccountLowPriorityCoreQuotaReached``) Spot nodes.
    With ``RemoveNodesFailed`` those stay that were to go. A resize that asks for no such nodes is not struck."""
    most_nodes: Optional[int] = None
    """With ``resize``, that many of the nodes come (or go) all the same."""

    def __post_init__(self) -> None:
        check_fields(self)
        effects = [name for name in _EFFECTS if getattr(self, name) is not None]
        refuses = self.status is not None or (self.code is not None and self.failing_tasks is None)
        if len(effects) + refuses != 1 and not (self.delay and not effects and not refuses):
            raise ValueError("One thing must happen in a fault, not " + (" and ".join(effects) or "none") + ".")
        for name, least, most in _BOUNDS:
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} must be between {least} and {most}, not {value}.")
        if isinstance(self.failing_tasks, (int, float)) and not 0 < self.failing_tasks <= 1:
            raise ValueError(f"failing_tasks must be a share of 1 or a list of ids, not {self.failing_tasks!r}.")
        if min([self.nth] if isinstance(self.nth, int) else self.nth or (), default=1) < 1:
            raise ValueError(f"nth must be at least 1, not {self.nth}.")
        if self.most_nodes is not None and self.resize is None:
            raise ValueError("most_nodes is for faults that end a resize.")
        if self.operation is not None and self.operation not in _OPERATIONS:
            near = difflib.get_close_matches(self.operation.removeprefix("begin_"), _OPERATIONS)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise ValueError(f"There is no operation {self.operation!r}{hint}")
        if self.start_task == 0:
            raise ValueError("A start task that fails has another exit code than 0.")

    @property
    def kind(self) -> _Kind:
        """What it strikes."""
        if self.node is not None:
            return "task"
        return "start" if self.start_task is not None else "resize" if self.resize is not None else "request"

    @property
    def error(self) -> Optional[ServiceError]:
        """The error that answers the request."""
        if self.most_bytes is not None or self.most_tasks is not None:
            values = [("MaxLimit", str(self.most_bytes if self.most_bytes is not None else self.most_tasks))]
            return ServiceError("RequestBodyTooLarge", self.message, values=values)
        if self.failing_tasks is not None or (self.status is None and self.code is None):
            return None
        status = self.status or 0
        code = self.code or _CODES.get(status) or ("InternalError" if status >= 500 else "InvalidInput")
        return ServiceError(code, self.message, status=self.status)


_OPERATIONS = frozenset(route.operation for route in ROUTES)
_EFFECTS = ("drop", "failing_tasks", "most_bytes", "most_tasks", "clock_shift", "node", "start_task", "resize")
_BOUNDS = (
    ("probability", 0, 1),
    ("times", 1, 10**9),
    ("status", 400, 599),
    ("retry_after", 0, 10**6),
    ("delay", 0, 10**6),
    ("most_bytes", 0, 10**9),
    ("most_tasks", 0, 10**6),
    ("most_nodes", 0, 10**6),
)


@dataclass(frozen=True)
class Occurrence:
    """Something that a fault may strike."""

    kind: _Kind
    pool: Optional[str] = None
    job: Optional[str] = None
    method: str = ""
    path: str = ""
    operation: str = ""
    size: int = 0
    """Bytes of the body."""
    tasks: Sequence[str] = ()
    """Ids of the tasks in a collection."""
    is_dedicated: bool = True
    """Of the node that a task comes to."""
    nodes: frozenset[NodeChange] = frozenset()
    """What a resize asks for."""

    def concerns(self, code: str) -> bool:
        """Whether a resize asks for what an error of this code denies."""
        return not self.nodes.isdisjoint(denied(code))


@dataclass(frozen=True)
class Injection:
    """A fault that has struck."""

    fault: int
    """Number of the fault."""
    subject: str
    """What it struck: verb and path of a request, or the ids of what was concerned."""


@dataclass(frozen=True)
class Strike:
    """A fault that strikes now."""

    fault: Fault
    failing: frozenset[int] = frozenset()
    """Places of the tasks in the collection that are to fail."""

    def spare(self, body: Optional[Document]) -> Optional[Document]:
        """What is left of a request when the tasks that fail are taken out."""
        if not self.failing or body is None:
            return body
        return {**body, "value": [task for at, task in enumerate(_items(body)) if at not in self.failing]}

    def weave(self, body: Optional[Document], answer: Optional[Document]) -> Optional[Document]:
        """The answer with the tasks that failed put in their places."""
        if not self.failing or answer is None:
            return answer
        error = ServiceError(self.fault.code or "ServerBusy", self.fault.message)
        status = "servererror" if error.status >= 500 or error.status == 429 else "clienterror"
        done = iter(_items(answer))
        results = [
            {"status": status, "taskId": _identifier(task), "error": error_document(error)}
            if at in self.failing
            else next(done)
            for at, task in enumerate(_items(body))
        ]
        return {**answer, "value": results}


@dataclass
class _Rule:
    fault: Fault
    chance: random.Random
    path: Optional[re.Pattern[str]]
    seen: int = 0
    struck: int = 0


@dataclass
class _Book:
    """The rules by their numbers, in the order in which they were added."""

    rules: dict[int, _Rule] = field(default_factory=dict[int, _Rule])
    struck: dict[int, int] = field(default_factory=dict[int, int])
    last: int = 0


class Faults:
    """The faults of an emulator; used from any thread."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._book = _Book()
        self._record: deque[Injection] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    @property
    def seed(self) -> int:
        """What all chance comes from: with the same seed the same is struck."""
        return self._seed

    def add(self, fault: Fault) -> int:
        """Order a fault, and get its number. What several fit, the one that was added first strikes."""
        with self._lock:
            self._book.last += 1
            number = self._book.last
            chance = random.Random(f"{self._seed}/{number}")
            self._book.rules[number] = _Rule(fault, chance, None if fault.path is None else _pattern(fault.path, "/"))
            return number

    def remove(self, number: int) -> None:
        """Take a fault back.

        :raises LookupError: when there is no fault of this number.
        """
        with self._lock:
            del self._book.rules[number]

    def clear(self, seed: Optional[int] = None) -> None:
        """Take all faults back, forget what they struck, and begin to count and to draw anew.

        :param seed: Another seed than before.
        """
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self._book = _Book()
            self._record.clear()

    def active(self) -> dict[int, Fault]:
        """The faults by their numbers."""
        with self._lock:
            return {number: rule.fault for number, rule in self._book.rules.items()}

    @property
    def are_any(self) -> bool:
        """Whether there are faults that could strike."""
        return bool(self._book.rules)

    @property
    def are_clocks_to_differ(self) -> bool:
        """Whether there are faults that shift the clock which checks requests."""
        return any(rule.fault.clock_shift is not None for rule in list(self._book.rules.values()))

    def count(self, number: int) -> int:
        """How often a fault has struck, also when it was taken back since."""
        with self._lock:
            return self._book.struck.get(number, 0)

    def record(self) -> list[Injection]:
        """What was struck, oldest first; of very many the last ten thousand."""
        with self._lock:
            return list(self._record)

    def take(self, occurrence: Occurrence) -> Optional[Strike]:
        """The fault that strikes something, which counts then."""
        if not self.are_any:
            return None
        with self._lock:
            for number, rule in self._book.rules.items():
                strike = _strike(rule, occurrence)
                if strike is not None:
                    rule.struck += 1
                    self._book.struck[number] = rule.struck
                    self._record.append(Injection(number, _subject(occurrence)))
                    return strike
        return None


def _strike(rule: _Rule, occurrence: Occurrence) -> Optional[Strike]:
    fault = rule.fault
    if (fault.times is not None and rule.struck >= fault.times) or not _fits(rule, occurrence):
        return None
    failing = frozenset[int]()
    if fault.failing_tasks is not None and not isinstance(fault.failing_tasks, (int, float)):
        wanted = {name.lower() for name in fault.failing_tasks}
        failing = frozenset(at for at, name in enumerate(occurrence.tasks) if name.lower() in wanted)
        if not failing:
            return None
    rule.seen += 1
    if fault.nth is not None and rule.seen not in ([fault.nth] if isinstance(fault.nth, int) else fault.nth):
        return None
    if fault.probability < 1 and rule.chance.random() >= fault.probability:
        return None
    if isinstance(fault.failing_tasks, (int, float)):
        share = fault.failing_tasks
        failing = frozenset(at for at in range(len(occurrence.tasks)) if rule.chance.random() < share)
        if not failing:
            return None
    return Strike(fault, failing)


def _fits(rule: _Rule, occurrence: Occurrence) -> bool:
    fault = rule.fault
    if fault.kind != ("request" if occurrence.kind == "pool" else occurrence.kind):
        return False
    if occurrence.kind == "pool" and fault.code != "PoolQuotaReached":
        return False
    if fault.method is not None and fault.method.upper() != occurrence.method:
        return False
    if fault.operation is not None and fault.operation != occurrence.operation:
        return False
    if rule.path is not None and rule.path.fullmatch(occurrence.path) is None:
        return False
    for pattern, value in ((fault.pool, occurrence.pool), (fault.job, occurrence.job)):
        if pattern is not None and (value is None or _pattern(pattern, "").fullmatch(value) is None):
            return False
    if fault.most_bytes is not None and occurrence.size <= fault.most_bytes:
        return False
    if fault.most_tasks is not None and len(occurrence.tasks) <= fault.most_tasks:
        return False
    if fault.failing_tasks is not None and not occurrence.tasks:
        return False
    if fault.resize is not None and not occurrence.concerns(fault.resize):
        return False
    return fault.node != "preempted" or not occurrence.is_dedicated


def _pattern(text: str, separator: str) -> re.Pattern[str]:
    within = f"[^{separator}]*" if separator else ".*"
    parts = [re.escape(part) for part in re.split(r"(\*\*?)", text)]
    wild = {re.escape("**"): ".*", re.escape("*"): within}
    return re.compile("".join(wild.get(part, part) for part in parts), re.IGNORECASE | re.DOTALL)


def _subject(occurrence: Occurrence) -> str:
    if occurrence.kind == "request":
        return f"{occurrence.method} {occurrence.path}"
    return " ".join(part for part in (occurrence.pool, occurrence.job, *occurrence.tasks) if part)


def _items(body: Optional[Mapping[str, Any]]) -> list[Any]:
    items: Any = (body or {}).get("value")
    return list(cast("Sequence[Any]", items)) if isinstance(items, list) else []


def _identifier(task: Any) -> str:
    return str(cast("Document", task).get("id", "")) if isinstance(task, dict) else ""


def tasks_of(body: Optional[Document]) -> list[str]:
    """The ids of the tasks in the body of a request."""
    return [_identifier(task) for task in _items(body)]
