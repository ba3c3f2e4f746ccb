"""Waiting for nodes.

The pool and the counts of its nodes take turns: the pool tells what it is to become and whether it failed to, the
counts how far it is, in one small request each. What cannot come any more ends the wait at once, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypeVar

from azure.core.exceptions import AzureError, ResourceNotFoundError

from .._codecs import decode_http_date
from .._errors import (
    NodesNotReadyError,
    NodesTimeoutError,
    ResizeFailedError,
    ResizeQuotaError,
    StartTaskFailedError,
)
from .._lazy import models as _models
from .._plan import Every, Plan
from .._progress import check_number
from .._request import segment
from .._waits import reasons, what_to_do
from ._job_looks import any_of
from ._looks import Looks

if TYPE_CHECKING:
    from ..models import BatchNode, BatchNodeCounts, BatchPool, BatchPoolNodeCounts

T = TypeVar("T")

_READY = ("idle", "running")
_LOST = ("unusable", "starttaskfailed", "offline", "deallocating", "deallocated")
"""States that a node does not leave by itself."""
_POOL = [
    "id",
    "state",
    "allocationState",
    "allocationStateTransitionTime",
    "resizeErrors",
    "currentDedicatedNodes",
    "currentLowPriorityNodes",
    "targetDedicatedNodes",
    "targetLowPriorityNodes",
    "enableAutoScale",
]
_NODE = ["id", "state", "stateTransitionTime", "isDedicated", "ipAddress", "affinityId", "vmSize"]
_TROUBLE = ["id", "state", "errors", "startTaskInfo"]
_SHOWN = 5
_STDERR = "startup/stderr.txt"
_TAIL = 2000
"""Bytes of a start task's stderr that are shown."""
_BELIEVED = 3
"""Times that the pool must show an error from before the wait: a resize may have been asked for just now."""


def wait(client: Any, looks: Looks, pool_id: str, count: Optional[int]) -> Plan[list[BatchNode]]:
    """Wait for nodes of a pool; what the caller gave is checked at once."""
    segment("pool_id", pool_id)
    if count is not None:
        check_number("count", count, "a number of nodes")
    return _wait(_PoolLooks(client, looks, pool_id, count))


class _Seen(NamedTuple):
    """A pool, and the service's time when it was read."""

    pool: BatchPool
    at: Optional[datetime]


class _PoolLooks:
    """What is known of a pool and its nodes, and how to learn more."""

    def __init__(self, client: Any, looks: Looks, pool_id: str, count: Optional[int]) -> None:
        self.looks = looks
        self._client = client
        self._pool_id = pool_id
        self._count = count
        self._began: Optional[datetime] = None
        self._old_errors = 0
        self.pool: Optional[BatchPool] = None
        self.counts: Optional[BatchPoolNodeCounts] = None

    @property
    def scales_itself(self) -> bool:
        return self.pool is not None and bool(self.pool.enable_auto_scale)

    @property
    def target(self) -> int:
        if self.pool is None:
            return 0
        return (self.pool.target_dedicated_nodes or 0) + (self.pool.target_low_priority_nodes or 0)

    @property
    def need(self) -> int:
        """How many nodes are waited for."""
        if self._count is not None:
            return self._count
        return max(1, self.target) if self.scales_itself else self.target

    @property
    def ready(self) -> int:
        return sum(one.idle + one.running for one in self._both)

    @property
    def lost(self) -> int:
        """Nodes that do not become ready by themselves."""
        return sum(
            one.unusable + one.start_task_failed + one.offline + one.deallocating + one.deallocated
            for one in self._both
        )

    @property
    def _both(self) -> list[BatchNodeCounts]:
        found = (self.counts.dedicated, self.counts.low_priority) if self.counts is not None else ()
        return [one for one in found if one is not None]

    def look(self, plan: Plan[T]) -> Plan[Optional[T]]:
        """Look; None if that failed for a passing reason. A pool that was there and is gone is an error of its own."""
        try:
            return (yield from self.looks.look(plan))
        except ResourceNotFoundError as error:
            if self.pool is None:
                raise
            raise NodesNotReadyError(f"pool {self._pool_id!r} was deleted before its nodes were ready") from error

    # -- requests -----------------------------------------------------------------------------------------------------

    def look_at_pool(self) -> Plan[bool]:
        """Read the pool; an error if it cannot get the nodes."""

        def with_date(outcome: Any, pool: BatchPool, _: Any) -> _Seen:
            text = outcome.http_response.headers.get("Date")
            return _Seen(pool, decode_http_date(text) if text else None)

        seen = yield self._client.get_pool(self._pool_id, select=_POOL, cls=with_date, **self.looks.options())
        self.pool = seen.pool
        self._began = self._began or seen.at
        self._check_pool(seen.pool)
        return True

    def look_at_counts(self) -> Plan[bool]:
        """Count the nodes; an error if too many are lost."""
        condition = any_of("poolId", [self._pool_id])
        counts = yield Every(self._client.list_pool_node_counts(filter=condition, **self.looks.options()))
        self.counts = counts[0] if counts else None
        if self._are_too_few_without(self.lost):
            nodes = yield from self._nodes(_LOST, _TROUBLE)
            if self._are_too_few_without(len(nodes)):  # counts may lag behind
                raise (yield from self._lost_for(nodes))
        return True

    def _are_too_few_without(self, lost: int) -> bool:
        return max(self.target, self.need) - lost < self.need

    def ready_nodes(self) -> Plan[list[BatchNode]]:
        """List the nodes that are ready."""
        return (yield from self._nodes(_READY, _NODE))

    def _nodes(self, states: Iterable[str], select: list[str]) -> Plan[list[BatchNode]]:
        condition = any_of("state", states)
        nodes = yield Every(
            self._client.list_nodes(self._pool_id, filter=condition, select=select, **self.looks.options())
        )
        return list(nodes)

    # -- why nodes cannot become ready --------------------------------------------------------------------------------

    def _check_pool(self, pool: BatchPool) -> None:
        what = f"pool {self._pool_id!r}"
        if pool.state == "deleting":
            raise NodesNotReadyError(f"{what} is being deleted", resource=pool)
        if self.target < self.need and not self.scales_itself:
            raise NodesNotReadyError(
                f"{what} has a target of {self.target} nodes, so that {self.need} will never be ready", resource=pool
            )
        current = (pool.current_dedicated_nodes or 0) + (pool.current_low_priority_nodes or 0)
        if not pool.resize_errors or pool.allocation_state != "steady" or current >= self.need:
            self._old_errors = 0
            return
        ended = pool.allocation_state_transition_time
        if ended is None or (self._began is not None and ended < self._began):  # both by the service's clock
            self._old_errors += 1
            if self.scales_itself or self._old_errors < _BELIEVED:
                return
        when = f", which ended at {ended.isoformat()}," if ended is not None else ""
        is_quota = any((one.code or "").endswith("QuotaReached") for one in pool.resize_errors)
        raise (ResizeQuotaError if is_quota else ResizeFailedError)(
            f"{what} has {current} of the {self.need} nodes that are waited for, and its resize{when} had errors"
            f"{reasons(pool)}{what_to_do(pool)}",
            resource=pool,
        )

    def _lost_for(self, nodes: list[BatchNode]) -> Plan[NodesNotReadyError]:
        """The error for too many lost nodes, with what they say themselves."""
        nodes.sort(key=lambda node: node.state != "starttaskfailed")
        lines = [f"Nodes of pool {self._pool_id!r} that cannot become ready: {len(nodes)}; waited for: {self.need}"]
        lines += [f"{node.id} is {_text(node.state)}{reasons(node)}" for node in nodes[:_SHOWN]]
        lines += [f"and {len(nodes) - _SHOWN} more, see nodes"] if len(nodes) > _SHOWN else []
        advice = what_to_do(*nodes)
        if not nodes or nodes[0].state != "starttaskfailed":
            return NodesNotReadyError("\n".join(lines) + advice, resource=self.pool, nodes=nodes)
        stderr = yield from self._stderr(nodes[0].id)
        if stderr:
            lines.append(f"The end of its {_STDERR} on {nodes[0].id}:\n{stderr}")
        error = StartTaskFailedError("\n".join(lines) + advice, resource=self.pool, nodes=nodes)
        error.stderr = stderr
        return error

    def _stderr(self, node_id: str) -> Plan[Optional[str]]:
        """The end of what a start task wrote, None if it cannot be had: it explains an error, it is not to be one."""
        where, options = (self._pool_id, node_id, _STDERR), self.looks.options()
        try:
            properties = yield self._client.get_node_file_properties(*where, **options)
            size = properties.content_length
            if not size:
                return ""
            pieces = yield self._client.download_node_file(
                *where, ocp_range=f"bytes={max(0, size - _TAIL)}-{size - 1}", **options
            )
            tail = yield Every(pieces)
        except AzureError:
            return None
        return b"".join(tail).decode(errors="replace").strip()

    def timeout(self) -> NodesTimeoutError:
        """The error for nodes that were not ready in time."""
        states = {
            name: sum(getattr(one, name) for one in self._both)
            for name in _models.BatchNodeCounts._attr_to_rest_field
            if name != "total"
        }
        found = ", ".join(f"{number} {name}" for name, number in states.items() if number) or "no nodes"
        error = NodesTimeoutError(
            f"{self.ready} of {self.need} nodes of pool {self._pool_id!r} were ready within "
            f"{self.looks.time_limit:g} s: {found}",
            counts=self.counts,
        )
        error.__cause__ = self.looks.trouble
        return error


def _wait(pool: _PoolLooks) -> Plan[list[BatchNode]]:
    looks = pool.looks
    looks.begin()
    at_pool = True
    while True:
        is_first = pool.pool is None
        seen = yield from pool.look(pool.look_at_pool() if at_pool else pool.look_at_counts())
        if seen:
            at_pool = not at_pool
            if is_first:
                continue  # the nodes may be there already
            yield from looks.report(min(pool.ready, pool.need), pool.need)
            if pool.ready >= pool.need:
                nodes = yield from pool.look(pool.ready_nodes())
                if nodes is not None and len(nodes) >= pool.need:
                    return nodes
        if not (yield from looks.pause(max(0, pool.need - pool.ready))):
            raise pool.timeout()


def _text(state: Any) -> str:
    return str(getattr(state, "value", state))
