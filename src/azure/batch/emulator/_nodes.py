"""Nodes: how they come up, run their start task, are rebooted, drained and removed."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Mapping
from typing import Callable, Optional

from . import _applications
from ._execution import Execution, Runner, Work, note_end, prepare_node, trash
from ._faults import LostState, Occurrence
from ._lists import changed
from ._machines import node_size
from ._process import Outcome, failed_exit
from ._scheduler import Run, Scheduler
from ._state import LOG, Node, Pool, State
from ._statistics import Statistics
from ._validation import read_body
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["Nodes"]

_AGENT_VERSION = "1.12.0"

_STATE_CODES = {
    "creating": "NodeBeingCreated",
    "starting": "NodeBeingStarted",
    "waitingforstarttask": "NodeBeingStarted",
    "rebooting": "NodeBeingRebooted",
    "reimaging": "NodeBeingReimaged",
    "unusable": "NodeStateUnusable",
}
_RESTARTABLE = ("idle", "running", "offline", "starttaskfailed")
_WAITING_OPTIONS = ("taskcompletion", "retaineddata")
_DATALESS = ("preempted", "deallocated")
_NODE_GONE = "The node of the task is no longer available"


class Nodes:
    """The life of nodes, and the requests that act on one."""

    def __init__(self, state: State, runner: Runner, scheduler: Scheduler, statistics: Statistics) -> None:
        self._state = state
        self._statistics = statistics
        self._runner = runner
        self._scheduler = scheduler
        self.on_gone: Callable[[Pool], None] = lambda _: None
        """Told when a node has left its pool."""
        scheduler.on_assigned = self._assigned

    # Coming and going

    def create(self, pool: Pool, *, is_dedicated: bool) -> Node:
        """Add a node to a pool; it becomes idle by itself."""
        identifier = f"tvmps_{uuid.uuid4().hex}{uuid.uuid4().hex}_{'d' if is_dedicated else 'p'}"
        number = int(pool.memo.get("nodesMade", 0))
        pool.memo["nodesMade"] = number + 1
        now = self._state.stamp()
        document: Document = {
            "id": identifier,
            "state": "creating",
            "schedulingState": "enabled",
            "stateTransitionTime": now,
            "allocationTime": now,
            "ipAddress": f"10.{(number + 4) >> 16}.{(number + 4) >> 8 & 255}.{(number + 4) & 255}",
            "affinityId": f"TVM:{identifier}",
            "vmSize": node_size(pool.document),
            "totalTasksRun": 0,
            "totalTasksSucceeded": 0,
            "isDedicated": is_dedicated,
        }
        root = self._state.folder / "nodes" / identifier[6:18]
        node = Node(identifier, pool, document, {"number": number, "folder": identifier[6:18]}, root)
        prepare_node(node)
        pool.nodes.add(node.key, node)
        self._state.save(node)
        self._wait(node, lambda: self._start(node))
        return node

    def load(self, pool: Pool, key: str, document: Document, memo: Document) -> None:
        """Take up a node from the store: it boots, unless it had been stopped."""
        node = Node(key, pool, document, memo, self._state.folder / "nodes" / str(memo["folder"]))
        prepare_node(node)
        pool.nodes.add(key, node)
        if node.state == "leavingpool":
            self._gone(node)
        elif node.state not in ("deallocated", "deallocating"):
            self._scheduler.preparations.node_restarts(node, is_wiped=False)
            self._start(node)
        else:
            self._state.move_node(node, "deallocated")

    def remove(self, node: Node, option: str) -> None:
        """Take a node out of its pool; ``option`` says what becomes of its tasks."""
        if option not in _WAITING_OPTIONS:
            self._state.move_node(node, "leavingpool")
        node.departure = self._timely(node, option, lambda: self._leave(node))
        self._let_go(node, option)

    def stay(self, node: Node) -> None:
        """Keep a node that was to leave its pool, unless it is on its way already."""
        if node.state != "leavingpool":
            node.departure = None
            node.memo.pop("isLeaving", None)
            self._state.save(node)

    def _leave(self, node: Node) -> None:
        if node.timer is not None:
            node.timer.cancel()
        node.departure = node.after_drain = None
        node.memo["boots"] = int(node.memo.get("boots", 0)) + 1
        self._state.move_node(node, "leavingpool")
        self._end_chores(node)
        self._state.save(node)
        self._wait(node, lambda: self._gone(node))

    def _gone(self, node: Node) -> None:
        node.pool.nodes.remove(node.key)
        self._statistics.node_left(node)
        self._state.forget(node)
        trash(self._state, node.root)
        self.on_gone(node.pool)

    def _drain(self, node: Node, option: str, then: Callable[[], None]) -> None:
        """Let the tasks of a node go, then do something."""
        if node.timer is not None:
            node.timer.cancel()
        node.after_drain = self._timely(node, option, then)
        self._let_go(node, option)

    def _let_go(self, node: Node, option: str) -> None:
        if option not in _WAITING_OPTIONS:
            self._scheduler.end_node(node, _NODE_GONE, "complete" if option == "terminate" else "requeue")
        self._scheduler.drained(node)

    def _timely(self, node: Node, option: str, step: Callable[[], None]) -> Callable[[], bool]:
        """A step of a node without tasks that also waits, if the option says so, until no data of tasks is kept."""

        def take() -> bool:
            left = self._kept_for(node) if option == "retaineddata" else 0.0
            if left > 0:
                if left < math.inf:
                    self._state.clock.call_later(left, ring)
                return False
            step()
            return True

        def ring() -> None:
            if not self._state.is_stopping and take in (node.departure, node.after_drain):
                self._scheduler.drained(node)

        return take

    def _kept_for(self, node: Node) -> float:
        """Seconds for which directories of tasks are still kept on a node."""
        last = self._state.store.last_expiry(node.id) if node.state not in _DATALESS else None
        return 0.0 if last is None else max(0.0, last - self._state.now().timestamp())

    def _wait(self, node: Node, step: Callable[[], None], seconds: Optional[float] = None) -> None:
        def ring() -> None:
            node.timer = None
            if not self._state.is_stopping and node.pool.nodes.get(node.key) is node:
                step()

        node.timer = self._state.clock.call_later(self._state.delays.boot if seconds is None else seconds, ring)

    def _end_chores(self, node: Node) -> None:
        for chore in list(node.chores):
            chore.end("The node was stopped")

    # Losing

    def _assigned(self, run: Run) -> None:
        """A task comes to a node: see whether that is to be lost."""
        node, faults = run.node, self._state.options.faults
        occurrence = Occurrence(
            "task", node.pool.id, run.job.id, tasks=[run.key], is_dedicated=bool(node.document["isDedicated"])
        )
        strike = faults.take(occurrence)
        if strike is not None and strike.fault.node is not None:
            state = strike.fault.node

            def lose() -> None:
                if not self._state.is_stopping and node.pool.nodes.get(node.key) is node:
                    self.lose(node, state)

            self._state.clock.call_later(strike.fault.delay, lose)

    def lose(self, node: Node, state: LostState) -> None:
        """A node fails, with all that runs on it; a preempted one comes back when there is capacity again.

        Its tasks return to their jobs without counting as requeued, since nobody asked for that.
        """
        if node.state in ("leavingpool", "deallocated", "deallocating", state):
            return
        if node.timer is not None:
            node.timer.cancel()
            node.timer = None
        node.after_drain = None
        node.memo["boots"] = int(node.memo.get("boots", 0)) + 1
        self._state.move_node(node, state)
        self._scheduler.end_node(node, _NODE_GONE, "return")
        self._end_chores(node)
        if state == "unusable":
            node.document["errors"] = [{"code": "Unknown", "message": "The node has become unusable"}]
        elif state == "preempted":
            self._wait(node, lambda: self._replace(node), self._state.delays.preempted)
        LOG.info("Node %s of pool %s is %s", node.id, node.pool.id, state)
        self._state.save(node)
        self._scheduler.drained(node)

    def _replace(self, node: Node) -> None:
        """There is capacity again for a node that was preempted: another machine of the same name."""
        self._wipe(node)
        self._state.move_node(node, "creating")
        self._state.save(node)
        self._wait(node, lambda: self._start(node))

    # Booting

    def _start(self, node: Node) -> None:
        self._state.move_node(node, "starting")
        self._wait(node, lambda: self._booted(node))

    def _booted(self, node: Node) -> None:
        now = self._state.stamp()
        node.document["lastBootTime"] = now
        node.document["nodeAgentInfo"] = {"version": _AGENT_VERSION, "lastUpdateTime": now}
        node.memo["boots"] = int(node.memo.get("boots", 0)) + 1
        prepare_node(node)
        start_task = node.pool.document.get("startTask")
        references = node.pool.document.get("applicationPackageReferences", [])
        if start_task is None:
            node.document.pop("startTask", None)
            node.document.pop("startTaskInfo", None)
        else:
            node.document["startTask"] = start_task
            node.document["startTaskInfo"] = {"state": "running", "startTime": now, "retryCount": 0}
        if start_task is None and not references:
            self._ready(node)
            return
        if start_task is None or start_task["waitForSuccess"] or references:
            self._state.move_node(node, "waitingforstarttask" if start_task is not None else "starting")
        self._state.save(node)
        self._state.spawn(self._set_up(node, start_task, references))

    async def _set_up(self, node: Node, start_task: Optional[Document], references: list[Document]) -> None:
        """Install packages, then run the start task; the node is ready when it may take tasks."""
        boot = node.memo["boots"]
        if references:
            options, folder = self._state.options, node.root / "applications"
            await asyncio.get_running_loop().run_in_executor(None, _applications.install, options, references, folder)
        if start_task is None:
            if boot == node.memo["boots"]:
                self._ready(node)
            return
        if not start_task["waitForSuccess"]:
            self._ready(node)
        outcome = await self._run_start_task(node, start_task, boot)
        if outcome is None or boot != node.memo["boots"]:
            return
        info = node.document["startTaskInfo"]
        info["state"] = "completed"
        note_end(info, outcome, self._state.stamp())
        if start_task["waitForSuccess"] and node.state == "waitingforstarttask":
            if outcome.failure is None:
                self._ready(node)
            else:
                LOG.warning("The start task failed on node %s of pool %s", node.id, node.pool.id)
                self._state.move_node(node, "starttaskfailed")
        self._state.save(node)

    async def _run_start_task(self, node: Node, start_task: Document, boot: int) -> Optional[Outcome]:
        info = node.document["startTaskInfo"]
        limit = int(start_task["maxTaskRetryCount"])
        while True:
            strike = self._state.options.faults.take(Occurrence("start", node.pool.id))
            if strike is not None and strike.fault.start_task is not None:
                outcome = failed_exit(strike.fault.start_task)
            else:
                outcome = await self._execute(node, start_task)
            if boot != node.memo["boots"] or self._state.is_stopping:
                return None
            retried = outcome.failure is not None and outcome.failure.code == "FailureExitCode"
            if not retried or 0 <= limit <= info["retryCount"]:
                return outcome
            info["retryCount"] += 1
            info["lastRetryTime"] = self._state.stamp()

    async def _execute(self, node: Node, start_task: Document) -> Outcome:
        execution = Execution(self._state, self._runner, Work(node, start_task, "startup", "start"))
        node.chores.add(execution)
        try:
            return await execution.run()
        finally:
            node.chores.discard(execution)

    def _ready(self, node: Node) -> None:
        enabled = node.document["schedulingState"] == "enabled"
        self._state.move_node(node, "idle" if enabled else "offline")
        self._state.save(node)
        self._scheduler.kick(node.pool.key)

    # Requests

    def _find(self, call: Call, allowed: tuple[str, ...]) -> Node:
        node = self._state.node(self._state.pool(call.ids["poolId"]), call.ids["nodeId"])
        if node.state not in allowed:
            raise ServiceError(_STATE_CODES.get(node.state, "OperationInvalidForCurrentState"))
        return node

    def require_reachable(self, node: Node) -> None:
        """Refuse what needs a node that is up."""
        if node.state not in (*_RESTARTABLE, "leavingpool"):
            raise ServiceError(_STATE_CODES.get(node.state, "OperationInvalidForCurrentState"))

    def _accepted(self, call: Call, node: Node, status: int) -> Answer:
        self._state.save(node)
        return changed(call, status, {}, f"/pools/{node.pool.id}/nodes/{node.id}")

    def _option(self, call: Call, shape: str, name: str) -> str:
        return str(read_body(call.body, shape, optional=True).get(name, "requeue"))

    def reboot(self, call: Call) -> Answer:
        """Restart a node; its files stay."""
        node = self._find(call, _RESTARTABLE)
        option = self._option(call, "NodeRebootOptions", "nodeRebootOption")
        self._restart(node, "rebooting", option, lambda: self._reboot(node))
        return self._accepted(call, node, 202)

    def _reboot(self, node: Node) -> None:
        self._scheduler.preparations.node_restarts(node, is_wiped=False)
        self._start(node)

    def reimage(self, call: Call) -> Answer:
        """Restart a node without its files."""
        node = self._find(call, _RESTARTABLE)
        option = self._option(call, "NodeReimageOptions", "nodeReimageOption")
        self._restart(node, "reimaging", option, lambda: self._reimage(node))
        return self._accepted(call, node, 202)

    def _reimage(self, node: Node) -> None:
        self._wipe(node)
        self._start(node)

    def _wipe(self, node: Node) -> None:
        self._scheduler.preparations.node_restarts(node, is_wiped=True)
        trash(self._state, node.root)
        node.memo.pop("users", None)

    def _restart(self, node: Node, state: str, option: str, then: Callable[[], None]) -> None:
        self._state.move_node(node, state)
        node.memo["boots"] = int(node.memo.get("boots", 0)) + 1

        def stopped() -> None:
            self._end_chores(node)
            self._wait(node, then)

        self._drain(node, option, stopped)

    def deallocate(self, call: Call) -> Answer:
        """Stop a node; its files are lost."""
        node = self._find(call, _RESTARTABLE)
        option = self._option(call, "NodeDeallocateOptions", "nodeDeallocateOption")
        self._restart(node, "deallocating", option, lambda: self._deallocated(node))
        return self._accepted(call, node, 202)

    def _deallocated(self, node: Node) -> None:
        self._wipe(node)
        self._state.move_node(node, "deallocated")
        self._state.save(node)

    def start(self, call: Call) -> Answer:
        """Start a stopped node."""
        node = self._find(call, ("deallocated",))
        self._start(node)
        return self._accepted(call, node, 202)

    def disable_scheduling(self, call: Call) -> Answer:
        """Give a node no more tasks."""
        node = self._state.node(self._state.pool(call.ids["poolId"]), call.ids["nodeId"])
        option = self._option(call, "NodeDisableSchedulingOptions", "nodeDisableSchedulingOption")
        if node.document["schedulingState"] == "disabled":
            raise ServiceError("NodeAlreadyInTargetSchedulingState")
        node.document["schedulingState"] = "disabled"
        if node.state in ("idle", "running"):
            self._drain(node, option, lambda: self._state.move_node(node, "offline"))
        return self._accepted(call, node, 200)

    def enable_scheduling(self, call: Call) -> Answer:
        """Give a node tasks again."""
        node = self._state.node(self._state.pool(call.ids["poolId"]), call.ids["nodeId"])
        if node.document["schedulingState"] == "enabled":
            raise ServiceError("NodeAlreadyInTargetSchedulingState")
        node.document["schedulingState"] = "enabled"
        if node.state == "offline":
            self._state.move_node(node, "idle")
        elif node.state in ("idle", "running"):
            node.after_drain = None
        self._scheduler.kick(node.pool.key)
        return self._accepted(call, node, 200)

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "reboot_node": self.reboot,
            "reimage_node": self.reimage,
            "deallocate_node": self.deallocate,
            "start_node": self.start,
            "disable_node_scheduling": self.disable_scheduling,
            "enable_node_scheduling": self.enable_scheduling,
        }
