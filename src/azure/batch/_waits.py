"""What to wait for after a call whose effect takes time: one table for all long-running operations. No I/O.

A :class:`Rule` says what to read, which states are the end, and which mean that the end cannot come any more.
Everything else is still going on, also a state read before the service began: a poll never takes the old state for the
new one, because where the resource may have been in such a state before, an end counts only if it is newer than the
call. The dates of HTTP headers, by which that is told, have no fractions of a second; of two moments within one second
the later one is told by what was read in between, or by patience.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, NoReturn, Optional

from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError

from ._codecs import decode_datetime, decode_http_date, encode_datetime
from ._errors import OperationFailedError, portable
from ._request import Request, id_text

if TYPE_CHECKING:
    from ._model import Model


class Rule(NamedTuple):
    """How one kind of operation ends."""

    path: str
    model: str
    names: tuple[str, ...]
    """Names of the ids, as a caller knows them."""
    born: Optional[str]
    """The date that tells another resource of the same id; an id of a node is not used again."""
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    state: str = "state"
    since: Optional[str] = None
    """The date that must be newer than the call where the resource may have been in such a state before it."""
    gone: Optional[str] = None
    """The code that says that the resource is no longer there, where that is the end."""
    check_errors: bool = False
    """Whether resize errors are a failure."""


_POOL = ("/pools/{}", "BatchPool", ("pool_id",), "creationTime")
_JOB = ("/jobs/{}", "BatchJob", ("job_id",), "creationTime")
_SCHEDULE = ("/jobschedules/{}", "BatchJobSchedule", ("job_schedule_id",), "creationTime")
_NODE = ("/pools/{}/nodes/{}", "BatchNode", ("pool_id", "node_id"), None)

_READY = frozenset({"idle", "running", "offline"})
_BROKEN = frozenset({"unusable", "starttaskfailed", "unknown", "preempted", "leavingpool"})
_ENDED = frozenset({"terminating", "completed", "deleting"})
_STEADY = frozenset({"steady"})

_PATIENCE = 30.0
"""Seconds for which an end is read that is older than the call before it is believed that nothing was to be done."""
_BRIEF_PATIENCE = 2.0
"""The same for an end of which nobody can tell whether it is older."""
_SECOND = timedelta(seconds=1)

RULES = {
    "delete_pool": Rule(*_POOL, gone="PoolNotFound"),
    "resize_pool": Rule(
        *_POOL, _STEADY, state="allocationState", since="allocationStateTransitionTime", check_errors=True
    ),
    "stop_pool_resize": Rule(*_POOL, _STEADY, state="allocationState"),
    "remove_nodes": Rule(
        *_POOL, _STEADY, state="allocationState", since="allocationStateTransitionTime", check_errors=True
    ),
    "delete_job": Rule(*_JOB, gone="JobNotFound"),
    "disable_job": Rule(*_JOB, frozenset({"disabled"}), _ENDED),
    "enable_job": Rule(*_JOB, frozenset({"active"}), _ENDED),
    "terminate_job": Rule(*_JOB, frozenset({"completed"}), frozenset({"deleting"})),
    "delete_job_schedule": Rule(*_SCHEDULE, gone="JobScheduleNotFound"),
    "terminate_job_schedule": Rule(*_SCHEDULE, frozenset({"completed"}), frozenset({"deleting"})),
    "reboot_node": Rule(*_NODE, _READY, _BROKEN, since="lastBootTime"),
    "start_node": Rule(*_NODE, _READY, _BROKEN),
    "reimage_node": Rule(*_NODE, _READY, _BROKEN, since="lastBootTime"),
    "deallocate_node": Rule(*_NODE, frozenset({"deallocated"}), _BROKEN),
}


class Wait:
    """One operation that is waited for: its rule, its ids, and when the service accepted it.

    ``step`` takes what was read; it says whether the end has come, or raises.
    """

    def __init__(
        self,
        operation: str,
        *ids: Any,
        accepted: Optional[datetime] = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.operation = operation
        self.rule = RULES[operation]
        self.ids = tuple([id_text(name, one) for name, one in zip(self.rule.names, ids)])
        self.accepted = accepted
        self.created: Optional[str] = None
        self.resource: Optional[Model] = None
        """What was read last."""
        self._clock = clock
        self._has_moved = False
        self._waiting_since: Optional[float] = None
        self._cut_off: Optional[ServiceRequestError] = None

    def read(self, options: dict[str, Any]) -> Request[Any]:
        """The request that reads the resource."""
        from ._lazy import models

        ids = zip(self.rule.names, self.ids)
        return Request("GET", self.rule.path, *ids, returns=getattr(models, self.rule.model), options=options)

    def begin(self, headers: Any) -> None:
        """Take note of the moment at which the service accepted the call, by its own clock."""
        text = headers.get("Date") or headers.get("Last-Modified")
        self.accepted = decode_http_date(text) if text else None

    def step(self, resource: Model) -> bool:
        """Whether the operation is over, given the resource as it is now."""
        self.resource = resource
        rule = self.rule
        state = str(resource.get(rule.state) or "").lower()
        if rule.born is not None and self._is_another(resource, rule.born, state):
            if rule.gone:
                return True
            self._fail("was deleted, and another made under its id")
        if rule.gone:
            return self._is_stuck(resource, state)
        if state not in rule.done and state not in rule.failed:
            self._has_moved, self._waiting_since = True, None
            return False
        since = (rule.since if state in rule.done else "stateTransitionTime") or ""
        age = self._age(resource.get(since))
        if age != "older" and (age == "newer" or self._has_moved or not self._is_within(_BRIEF_PATIENCE)):
            self._check(resource, state)
            return True
        if self._is_within(_PATIENCE):
            return False
        if state in rule.failed:
            self._check(resource, state)
        return rule.check_errors  # only a resize may find nothing to do

    def missing(self, error: ResourceNotFoundError) -> None:
        """The resource is not there: the end of a deletion, a failure of anything else.

        A 404 that does not say so may be of a proxy, of another resource, or of the account.
        """
        code = getattr(error.error, "code", None)
        if not self.rule.gone or code not in (self.rule.gone, "ResourceNotFound"):
            raise error

    def cut_off(self) -> ServiceRequestError:
        """The error for a client that was closed in the meantime."""
        text = (
            f"{self}: the client was closed before the end was seen. Another client can go on waiting: call the"
            " operation with continuation_token=error.continuation_token."
        )
        self._cut_off = self._cut_off or portable(ServiceRequestError(text))
        return self._cut_off

    def _is_another(self, resource: Model, born: str, state: str) -> bool:
        """Whether a resource of this id was made after the call was accepted, or between two reads."""
        created = resource.get(born)
        self.created = self.created or created
        if created != self.created:
            return True
        age = self._age(created, unknown="older")
        if age != "same" or not self.rule.gone or state == "deleting":
            return age == "newer"
        return not self._is_within(_BRIEF_PATIENCE)

    def _is_stuck(self, resource: Model, state: str) -> bool:
        """Raise for a resource that was being deleted and no longer is."""
        if state == "deleting":
            self._has_moved, self._waiting_since = True, None
            return False
        age = self._age(resource.get("stateTransitionTime"), unknown="same")
        if age == "newer" or (age == "same" and self._has_moved and not self._is_within(_BRIEF_PATIENCE)):
            self._fail(f"could not be deleted and is in state {state}")
        return False

    def _age(self, moment: Any, unknown: str = "newer") -> str:
        """Whether a moment is ``older`` or ``newer`` than the call, or in the ``same`` second, if that can be told."""
        try:
            found = decode_datetime(moment)
        except (TypeError, ValueError):
            return unknown
        if self.accepted is None:
            return unknown
        return "older" if found < self.accepted else "newer" if found >= self.accepted + _SECOND else "same"

    def _is_within(self, patience: float) -> bool:
        now = self._clock()
        self._waiting_since = now if self._waiting_since is None else self._waiting_since
        return now - self._waiting_since < patience

    def _check(self, resource: Model, state: str) -> None:
        if state in self.rule.failed:
            self._fail(f"ended in state {state}")
        if self.rule.check_errors and resource.get("resizeErrors"):
            self._fail("the resize had errors")

    def _fail(self, what: str) -> NoReturn:
        found = self.resource
        why = f"{reasons(found)}{what_to_do(found)}" if found is not None else ""
        raise OperationFailedError(f"{self}: {what}{why}", resource=found)

    def __str__(self) -> str:
        return f"{self.operation} {'/'.join(self.ids)}"

    # -- continuation tokens ------------------------------------------------------------------------------------------

    def token(self) -> str:
        """The wait as text, from which another process can go on with it; it holds no secret."""
        accepted = encode_datetime(self.accepted) if self.accepted else None
        text = json.dumps([1, self.operation, self.ids, accepted, self.created])
        return urlsafe_b64encode(text.encode()).decode()

    def check_token(self, token: str) -> None:
        """Refuse a token that is not one of this operation on this resource."""
        other = Wait.from_token(token)
        if str(other).lower() != str(self).lower():
            raise ValueError(f"continuation_token: it is of {other}, not of {self}")

    @classmethod
    def from_token(cls, token: Any) -> Wait:
        """Read such a text; ValueError for any other."""
        if not isinstance(token, str):
            raise TypeError(f"continuation_token: expected a str, got {type(token).__name__}")
        try:
            version, operation, ids, accepted, created = json.loads(urlsafe_b64decode(token.encode()))
            if version != 1:
                raise ValueError(version)
            wait = cls(operation, *ids, accepted=decode_datetime(accepted) if accepted else None)
        except (ValueError, TypeError, KeyError):
            raise ValueError("continuation_token: not a token of a poller of this library") from None
        wait.created = created
        return wait


def reasons(resource: Model) -> str:
    """The errors that a pool or node carries, as the end of a sentence."""
    return "".join(f"\n({one.get('code')}) {one.get('message')}" for one in _errors_of(resource))


def what_to_do(*resources: Model) -> str:
    """What can be done about the errors that pools or nodes carry, as lines that follow them."""
    from ._advice import advice_for_all  # loaded only when there is an error

    errors = [one for resource in resources for one in _errors_of(resource)]
    return "".join(f"\n{advice}" for advice in advice_for_all((str(one.get("code")), "") for one in errors))


def _errors_of(resource: Model) -> list[Any]:
    found: list[Any] = [*(resource.get("resizeErrors") or ()), *(resource.get("errors") or ())]
    started = resource.get("startTaskInfo")
    if started is not None and started.get("failureInfo"):
        found.append(started["failureInfo"])
    return found


def pauses(longest: float) -> Any:
    """Seconds to wait between one read and the next: short at first, then ``longest``."""
    pause = min(0.1, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
