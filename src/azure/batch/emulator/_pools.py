"""Pools: creating, changing, growing, shrinking and deleting them.

A resize is a plan that is carried out a moment later: nodes are made or told to leave, and the pool is steady again
when as many are there as it wants. A pool's entity tag follows what callers change, never what a resize does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, Optional

from ._faults import NodeChange, Occurrence, denied
from ._lists import changed, check_conditions, page, read
from ._machines import check_machines, updated
from ._nodes import Nodes
from ._pool_documents import (
    RESIZE_TIMEOUT,
    check_packages,
    check_pool,
    check_pool_parts,
    check_targets,
    pool_document,
)
from ._scheduler import Scheduler
from ._state import Node, Pool, State
from ._statistics import Statistics
from ._times import duration_seconds
from ._validation import check_id, invalid, missing, read_body, shortest, tidy
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["Pools", "render_pool"]

_EMPTY_POOL_ONLY = {
    "displayName",
    "vmSize",
    "taskSlotsPerNode",
    "taskSchedulingPolicy",
    "enableInterNodeCommunication",
    "virtualMachineConfiguration",
    "networkConfiguration",
    "userAccounts",
    "mountConfiguration",
    "upgradePolicy",
    "vmSkuProfile",
}
_TARGETS = {True: "targetDedicatedNodes", False: "targetLowPriorityNodes"}
_RESIZE_MESSAGES = {
    "ResizeStopped": "Desired number of dedicated nodes could not be allocated as the resize operation was stopped",
    "AllocationTimedout": "Desired number of dedicated nodes could not be allocated as the resize timeout was reached",
    "AccountCoreQuotaReached": "The specified account has reached core quota",
    "AccountLowPriorityCoreQuotaReached": "The specified account has reached low-priority core quota",
    "RemoveNodesFailed": "One or more nodes could not be removed",
}
_NO_NODES = "Desired number of nodes could not be allocated"


def render_pool(pool: Pool, base: str) -> Document:
    """A pool as the service shows it."""
    dedicated = sum(bool(node.document["isDedicated"]) for node in pool.nodes)
    return {
        **pool.document,
        "url": f"{base}/pools/{pool.id}",
        "currentDedicatedNodes": dedicated,
        "currentLowPriorityNodes": len(pool.nodes) - dedicated,
    }


class Pools:
    """The requests about pools, and their resizes."""

    def __init__(self, state: State, nodes: Nodes, scheduler: Scheduler, statistics: Statistics) -> None:
        self._state = state
        self._statistics = statistics
        self._nodes = nodes
        self._scheduler = scheduler
        self.check_formula: Callable[[str], None] = lambda _: None
        """Refuses a formula that is not one."""
        self.on_scaling_changed: Callable[[Pool], None] = lambda _: None
        """Told when automatic scaling of a pool begins or changes."""
        nodes.on_gone = self._settle

    # Creating and showing

    def create(self, call: Call) -> Answer:
        """Create a pool."""
        document = pool_document(call.body, self._state.options)
        check_id("id", document["id"])
        pool = self.add(document)
        return changed(call, 201, pool.document, f"/pools/{pool.id}", is_new=True)

    def add(self, document: Document) -> Pool:
        """Create a pool from its checked document."""
        key = document["id"].lower()
        if self._state.pools.get(key) is not None:
            raise ServiceError("PoolExists")
        check_packages(document, self._state.options)
        if document["enableAutoScale"]:
            self.check_formula(document["autoScaleFormula"])
            document.update(targetDedicatedNodes=0, targetLowPriorityNodes=0)
        self._state.touch(document)
        now = document["lastModified"]
        document.update(creationTime=now, state="active", stateTransitionTime=now)
        pool = Pool(key, document, {})
        self._state.pools.add(key, pool)
        self._begin(pool, "requeue")
        if document["enableAutoScale"]:
            self.on_scaling_changed(pool)
        return pool

    def load(self) -> None:
        """Take up pools and nodes from the store."""
        for key, document, memo in self._state.store.load("Pool"):
            self._state.pools.add(key, Pool(key, document, memo))
        for key, document, memo in self._state.store.load("Node"):
            pool_key, _, node_key = key.partition("/")
            pool = self._state.pools.get(pool_key)
            if pool is not None:
                self._nodes.load(pool, node_key, document, memo)
        for pool in self._state.pools:
            if pool.document["state"] == "deleting":
                self._delete(pool)
            elif pool.document["allocationState"] != "steady":
                self._begin(pool, str(pool.memo.get("option", "requeue")))

    def list(self, call: Call) -> Answer:
        """A page of pools."""
        return page(call, self._state.pools, lambda pool: self._show(call, pool))

    def get(self, call: Call) -> Answer:
        """A pool."""
        pool = self._state.pool(call.ids["poolId"])
        check_conditions(call, pool.document, is_read=True)
        return read(call, self._show(call, pool))

    def _show(self, call: Call, pool: Pool) -> Document:
        return self._statistics.show_pool(call, pool, render_pool(pool, call.base))

    def find(self, call: Call) -> Pool:
        """The pool that a request is to change."""
        pool = self._state.pool(call.ids["poolId"])
        check_conditions(call, pool.document)
        if pool.document["state"] == "deleting":
            raise ServiceError("PoolBeingDeleted")
        return pool

    def changed(self, call: Call, pool: Pool, status: int) -> Answer:
        """The answer to a request that changed a pool."""
        self._state.touch(pool.document)
        self._state.save(pool)
        return changed(call, status, pool.document, f"/pools/{pool.id}")

    # Changing properties

    def update(self, call: Call) -> Answer:
        """Change the properties that are named."""
        body = read_body(call.body, "PoolUpdateOptions")
        pool = self.find(call)
        if len(pool.nodes) and _EMPTY_POOL_ONLY & body.keys():
            name = min(_EMPTY_POOL_ONLY & body.keys())
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", f"{name} needs an empty pool")])
        merged = updated(pool.document, body, call.body or {})
        check_pool_parts({name: merged[name] for name in body}, self._state.options)
        check_machines(merged)
        if body.keys() & {"virtualMachineConfiguration", "mountConfiguration"}:
            check_pool({name: merged[name] for name in merged if name not in _derived(merged)}, self._state.options)
        check_packages(body, self._state.options)
        pool.document = tidy(merged)
        self._scheduler.kick(pool.key)
        return self.changed(call, pool, 200)

    def replace_properties(self, call: Call) -> Answer:
        """Replace start task, application packages and metadata; what is left out is removed."""
        body = read_body(call.body, "PoolReplaceOptions")
        pool = self.find(call)
        check_pool_parts(body, self._state.options)
        check_packages(body, self._state.options)
        kept = {name: value for name, value in pool.document.items() if name not in _REPLACED}
        pool.document = tidy({**kept, **body})
        return self.changed(call, pool, 204)

    # Resizing

    def resize(self, call: Call) -> Answer:
        """Ask for another number of nodes."""
        body = read_body(call.body, "PoolResizeOptions")
        if not any(name in body for name in _TARGETS.values()):
            raise missing("targetDedicatedNodes")
        check_targets(body, False)
        shortest(body, "resizeTimeout", 5, 168)
        pool = self.find(call)
        if pool.document["enableAutoScale"]:
            reason = "The pool scales automatically"
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", reason)])
        self._require_steady(pool)
        targets = {name: body.get(name, pool.document[name]) for name in _TARGETS.values()}
        check_targets(targets, pool.document["enableInterNodeCommunication"])
        pool.document.update(targets)
        return self._begin_asked(call, pool, body)

    def _begin_asked(self, call: Call, pool: Pool, body: Document) -> Answer:
        """A resize begins that somebody asked for; a pool shows the time limit of the last one."""
        pool.document["resizeTimeout"] = body.get("resizeTimeout", RESIZE_TIMEOUT)
        self._begin(pool, body.get("nodeDeallocationOption", "requeue"))
        return self.changed(call, pool, 202)

    def set_targets(self, pool: Pool, dedicated: int, low_priority: int, option: str) -> None:
        """Ask for another number of nodes, by automatic scaling."""
        wanted = {"targetDedicatedNodes": dedicated, "targetLowPriorityNodes": low_priority}
        has_failed = "resizeErrors" in pool.document  # what the last resize did not get is asked for again
        if has_failed or any(pool.document[name] != value for name, value in wanted.items()):
            pool.document.update(wanted)
            self._begin(pool, option)

    def remove_nodes(self, call: Call) -> Answer:
        """Take particular nodes out of a pool."""
        body = read_body(call.body, "NodeRemoveOptions")
        if not 1 <= len(body["nodeList"]) <= 100:
            raise invalid("nodeList", len(body["nodeList"]), "Between 1 and 100 nodes can be removed at once")
        shortest(body, "resizeTimeout", 5, 168)
        pool = self.find(call)
        self._require_steady(pool)
        nodes = {node.key: node for node in (self._state.node(pool, name) for name in body["nodeList"])}
        for node in nodes.values():
            node.memo["isLeaving"] = True
            name = _TARGETS[bool(node.document["isDedicated"])]
            pool.document[name] = max(0, pool.document[name] - 1)
        return self._begin_asked(call, pool, body)

    @staticmethod
    def _require_steady(pool: Pool) -> None:
        if pool.document["allocationState"] != "steady":
            raise ServiceError("PoolBeingResized")

    def stop_resize(self, call: Call) -> Answer:
        """Stop a resize where it is."""
        pool = self.find(call)
        if pool.document["allocationState"] == "steady":
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", "The pool is not being resized")])
        if pool.document["allocationState"] == "resizing":
            self._allocation(pool, "stopping")
            stop = self._state.delays.resize
            self._state.later(pool.timers, "resize", stop, lambda: self._give_up(pool, "ResizeStopped"))
        return self.changed(call, pool, 202)

    def _allocation(self, pool: Pool, state: str) -> None:
        pool.document["allocationState"] = state
        pool.document["allocationStateTransitionTime"] = self._state.stamp()

    def _begin(self, pool: Pool, option: str) -> None:
        """A resize begins."""
        for place in (pool.document, pool.memo):
            place.pop("resizeErrors", None)
        self._allocation(pool, "resizing")
        pool.memo["option"] = option
        pool.memo["isApplied"] = False
        self._state.save(pool)
        self._state.later(pool.timers, "resize", self._state.delays.resize, lambda: self._apply(pool))
        seconds = duration_seconds(pool.document["resizeTimeout"])
        if seconds is not None:
            self._state.later(pool.timers, "timeout", seconds, lambda: self._give_up(pool, "AllocationTimedout"))

    def _apply(self, pool: Pool) -> None:
        """Make the nodes that are missing, and send those away that are too many."""
        missing: dict[bool, int] = {}
        for is_dedicated, name in _TARGETS.items():
            staying = [node for node in pool.nodes if node.document["isDedicated"] is is_dedicated]
            staying = [node for node in staying if not node.memo.get("isLeaving")]
            surplus = len(staying) - int(pool.document[name])
            for node in sorted(staying, key=_worth)[: max(0, surplus)]:
                node.memo["isLeaving"] = True
            missing[is_dedicated] = max(0, -surplus)
        leaving = [node for node in pool.nodes if node.memo.get("isLeaving") and node.state != "leavingpool"]
        changes = _changes(missing, leaving)
        strike = self._state.options.faults.take(Occurrence("resize", pool.id, nodes=frozenset(changes)))
        if strike is not None and strike.fault.resize is not None:
            leaving = _keep_back(strike.fault.resize, strike.fault.most_nodes or 0, missing, leaving)
            pool.memo["resizeErrors"] = _resize_errors(strike.fault.resize, strike.fault.message)
        for is_dedicated, number in missing.items():
            for _ in range(number):
                self._nodes.create(pool, is_dedicated=is_dedicated)
        for node in leaving:
            self._nodes.remove(node, str(pool.memo["option"]))
        pool.memo["isApplied"] = True
        self._settle(pool)

    def _settle(self, pool: Pool) -> None:
        """See whether a resize or a deletion has come to its end."""
        if pool.document["state"] == "deleting":
            self._vanish(pool)
            return
        leaving = any(node.memo.get("isLeaving") for node in pool.nodes)
        if pool.document["allocationState"] == "resizing" and pool.memo["isApplied"] and not leaving:
            self._steady(pool)

    def _steady(self, pool: Pool) -> None:
        for name in ("resize", "timeout"):
            timer = pool.timers.pop(name, None)
            if timer is not None:
                timer.cancel()
        if "resizeErrors" in pool.memo:
            pool.document["resizeErrors"] = pool.memo.pop("resizeErrors")
        self._allocation(pool, "steady")
        self._state.save(pool)

    def _give_up(self, pool: Pool, code: str) -> None:
        """End a resize where it is; nodes that still have tasks to wait for stay."""
        pool.memo["resizeErrors"] = _resize_errors(code)
        for node in pool.nodes:
            if node.memo.get("isLeaving"):
                self._nodes.stay(node)
        self._steady(pool)
        self._scheduler.kick(pool.key)

    # Deleting

    def delete(self, call: Call) -> Answer:
        """Delete a pool."""
        pool = self.find(call)
        self.remove(pool)
        return Answer(202)

    def remove(self, pool: Pool) -> None:
        """Delete a pool with its nodes; their tasks go back to their jobs."""
        if pool.document["state"] == "deleting":
            return
        pool.document["state"] = "deleting"
        pool.document["stateTransitionTime"] = self._state.stamp()
        self._state.touch(pool.document)
        self._delete(pool)

    def _delete(self, pool: Pool) -> None:
        for timer in pool.timers.values():
            timer.cancel()
        pool.timers.clear()
        pool.document.update(targetDedicatedNodes=0, targetLowPriorityNodes=0)
        self._allocation(pool, "resizing")
        self._state.save(pool)
        for node in pool.nodes:
            if node.state != "leavingpool":
                self._nodes.remove(node, "requeue")
        self._state.later(pool.timers, "delete", self._state.delays.delete, lambda: self._vanish(pool))

    def _vanish(self, pool: Pool) -> None:
        if not len(pool.nodes) and "delete" not in pool.timers and self._state.pools.get(pool.key) is pool:
            self._state.pools.remove(pool.key)
            self._state.forget(pool)
            self._statistics.forget("pool", pool.key)

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "create_pool": self.create,
            "list_pools": self.list,
            "get_pool": self.get,
            "pool_exists": self.get,
            "update_pool": self.update,
            "replace_pool_properties": self.replace_properties,
            "resize_pool": self.resize,
            "stop_pool_resize": self.stop_resize,
            "remove_nodes": self.remove_nodes,
            "delete_pool": self.delete,
        }


def _changes(missing: dict[bool, int], leaving: list[Node]) -> dict[NodeChange, int]:
    """What a resize asks for, and of how many nodes."""
    changes: dict[NodeChange, int] = {"dedicated": missing[True], "spot": missing[False], "leaving": len(leaving)}
    return {change: number for change, number in changes.items() if number}


def _keep_back(code: str, most: int, missing: dict[bool, int], leaving: list[Node]) -> list[Node]:
    """Keep back what an error denies to a resize, but for so many nodes; those that leave all the same."""
    for is_dedicated, change in ((True, "dedicated"), (False, "spot")):
        if change in denied(code):
            missing[is_dedicated] = min(missing[is_dedicated], most)
            most -= missing[is_dedicated]
    if "leaving" not in denied(code):
        return leaving
    for node in leaving[most:]:
        node.memo.pop("isLeaving")
    return leaving[:most]


def _resize_errors(code: str, message: Optional[str] = None) -> list[Document]:
    """What a pool shows of a resize that ended so."""
    error: Document = {"code": code, "message": message or _RESIZE_MESSAGES.get(code, _NO_NODES)}
    if code == "AllocationFailed":
        error["values"] = [{"name": "Reason", "value": message or "The region has no capacity for the nodes"}]
    return [error]


_REPLACED = {"startTask", "applicationPackageReferences", "metadata"}


def _derived(document: Document) -> set[str]:
    """What a pool's document has without its creator having said so."""
    return {"targetDedicatedNodes", "targetLowPriorityNodes"} if document["enableAutoScale"] else set()


def _worth(node: Node) -> tuple[bool, bool, int, str]:
    """Idle nodes go first, those with a job manager last."""
    return (
        any(run.is_manager for run in node.runs),
        node.state in ("idle", "running"),
        len(node.runs),
        node.id,
    )
