"""What to wait for after a call whose effect takes time: one table for all long-running operations. No I/O.

A :class:`Rule` says what to read, which states are the end, and which mean that the end cannot come any more.
Everything else is still going on, also a state read before the service began: a poll never takes the old state for the
new one, because where the resource may have been in such a state before, an end counts only if it is newer than the
call.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from azure.core.exceptions import ResourceNotFoundError

from ._codecs import decode_datetime, decode_http_date, encode_datetime
from ._errors import OperationFailedError
from ._request import Request

if TYPE_CHECKING:
    from ._model import Model


class Rule(NamedTuple):
    """How one kind of operation ends."""

    path: str
    model: str
    names: tuple[str, ...]
    """Names of the ids, as a caller knows them."""
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    state: str = "state"
    since: Optional[str] = None
    """The date that must be newer than the call where the resource may have been in such a state before it."""
    gone: bool = False
    """Whether the end is that the resource is no longer there."""
    check_errors: bool = False
    """Whether resize errors are a failure."""


_POOL = ("/pools/{}", "BatchPool", ("pool_id",))
_JOB = ("/jobs/{}", "BatchJob", ("job_id",))
_SCHEDULE = ("/jobschedules/{}", "BatchJobSchedule", ("job_schedule_id",))
_NODE = ("/pools/{}/nodes/{}", "BatchNode", ("pool_id", "node_id"))

_READY = frozenset({"idle", "running", "offline"})
_BROKEN = frozenset({"unusable", "starttaskfailed", "unknown", "preempted", "leavingpool"})
_ENDED = frozenset({"terminating", "completed", "deleting"})
_STEADY = frozenset({"steady"})

_PATIENCE = 10
"""Reads of an end that is older than the call before it is believed."""

RULES = {
    "delete_pool": Rule(*_POOL, gone=True),
    "resize_pool": Rule(
        *_POOL, _STEADY, state="allocationState", since="allocationStateTransitionTime", check_errors=True
    ),
    "stop_pool_resize": Rule(*_POOL, _STEADY, state="allocationState"),
    "remove_nodes": Rule(
        *_POOL, _STEADY, state="allocationState", since="allocationStateTransitionTime", check_errors=True
    ),
    "delete_job": Rule(*_JOB, gone=True),
    "disable_job": Rule(*_JOB, frozenset({"disabled"}), _ENDED),
    "enable_job": Rule(*_JOB, frozenset({"active"}), _ENDED),
    "terminate_job": Rule(*_JOB, frozenset({"completed"}), frozenset({"deleting"})),
    "delete_job_schedule": Rule(*_SCHEDULE, gone=True),
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

    def __init__(self, operation: str, *ids: str, accepted: Optional[datetime] = None) -> None:
        self.operation = operation
        self.ids = ids
        self.accepted = accepted
        self.rule = RULES[operation]
        self.created: Optional[str] = None
        self.resource: Optional[Model] = None
        self.stale = 0

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
        if rule.gone:
            created = resource.get("creationTime")
            self.created = self.created or created
            return created != self.created or self._is_newer(created)
        state = str(resource.get(rule.state) or "").lower()
        if state not in rule.done and state not in rule.failed:
            return False
        if not self._has_begun(resource, state):
            self.stale += 1
            return self.stale > _PATIENCE  # the call changed nothing, because nothing was to be changed
        self._check(resource, state)
        return True

    def missing(self, error: ResourceNotFoundError) -> None:
        """The resource is not there: the end of a deletion, a failure of anything else."""
        code = getattr(error.error, "code", None)
        if not self.rule.gone or (code or "").startswith("Account"):
            raise error

    def _is_newer(self, created: Optional[str]) -> bool:
        """Whether a resource of this id was made after the deletion was accepted; dates of headers have no fraction."""
        return (
            created is not None
            and self.accepted is not None
            and decode_datetime(created) >= self.accepted + timedelta(seconds=1)
        )

    def _has_begun(self, resource: Model, state: str) -> bool:
        if self.rule.since is None:
            return True
        since = resource.get(self.rule.since if state in self.rule.done else "stateTransitionTime")
        return since is None or self.accepted is None or decode_datetime(since) >= self.accepted

    def _check(self, resource: Model, state: str) -> None:
        what = f"{self.operation} {'/'.join(self.ids)}"
        if state in self.rule.failed:
            raise OperationFailedError(f"{what}: ended in state {state}{_reasons(resource)}", resource=resource)
        if self.rule.check_errors and resource.get("resizeErrors"):
            raise OperationFailedError(f"{what}: the resize had errors{_reasons(resource)}", resource=resource)

    # -- continuation tokens ------------------------------------------------------------------------------------------

    def token(self) -> str:
        """The wait as text, from which another process can go on with it; it holds no secret."""
        accepted = encode_datetime(self.accepted) if self.accepted else None
        text = json.dumps([1, self.operation, list(self.ids), accepted, self.created])
        return urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def from_token(cls, token: str) -> Wait:
        """Read such a text; ValueError for any other."""
        try:
            version, operation, ids, accepted, created = json.loads(urlsafe_b64decode(token.encode()))
            if version != 1:
                raise ValueError(version)
            wait = cls(operation, *ids, accepted=decode_datetime(accepted) if accepted else None)
        except (ValueError, TypeError, KeyError):
            raise ValueError("continuation_token: not a token of a poller of this library") from None
        wait.created = created
        return wait


def _reasons(resource: Model) -> str:
    """The errors that a pool or node carries, as the end of a sentence."""
    found: list[Any] = [*(resource.get("resizeErrors") or ()), *(resource.get("errors") or ())]
    started = resource.get("startTaskInfo")
    if started is not None and started.get("failureInfo"):
        found.append(started["failureInfo"])
    return "".join(f"\n({one.get('code')}) {one.get('message')}" for one in found)


def pauses(longest: float) -> Any:
    """Seconds to wait between one read and the next: short at first, then ``longest``."""
    pause = min(0.1, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
