"""Automatic scaling: taking samples, evaluating formulas when it is time, and the requests about them."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Callable, Optional

from ._autoscale import Evaluation, Inputs, Sample, evaluate, parse
from ._clock import Handle
from ._lists import changed
from ._pool_documents import most_nodes
from ._pools import Pools
from ._state import Job, Pool, State
from ._times import duration_seconds
from ._validation import missing, read_body, shortest
from ._wire import Answer, Call, ServiceError

__all__ = ["Scaling"]

_PERIOD = 30.0
_KEPT = 2880
"""Samples of a day."""

_ENABLE_PAUSE = 30.0

_UNKNOWN = (
    "$MemoryBytes",
    "$DiskBytes",
    "$DiskReadBytes",
    "$DiskWriteBytes",
    "$DiskReadOps",
    "$DiskWriteOps",
    "$NetworkInBytes",
    "$NetworkOutBytes",
)
"""What nodes that are folders do not know of themselves; a formula that reads it gets 0. ``$CPUPercent`` is the share
of the task slots that are taken."""


class Scaling:
    """Scales the pools that want it."""

    def __init__(self, state: State, pools: Pools) -> None:
        self._state = state
        self._pools = pools
        self._samples: dict[str, dict[str, deque[Sample]]] = {}
        self._timers: dict[str, Handle] = {}
        pools.check_formula = _check
        pools.on_scaling_changed = self._begin

    def start(self) -> None:
        """Take samples of all pools from now on."""
        for pool in self._state.pools:
            self._take_sample(pool)
        for key in [key for key in self._samples if self._state.pools.get(key) is None]:
            del self._samples[key]
        self._state.later(self._timers, "samples", _PERIOD, self.start)

    def load(self) -> None:
        """Go on with the pools that scale: each at the time at which its formula was to be evaluated next."""
        for pool in self._state.pools:
            if pool.document["enableAutoScale"] and pool.document["state"] == "active":
                last = pool.document.get("autoScaleRun", {}).get("timestamp", "")
                left = (self._interval(pool) or 0) - self._state.seconds_since(last) if last else 0
                self._state.later(pool.timers, "scale", max(0, left), functools.partial(self._begin, pool))

    def _take_sample(self, pool: Pool) -> None:
        jobs = [job for job in self._state.jobs if job.pool_key == pool.key]
        active = sum(_waiting(job) for job in jobs if job.state == "active")
        running = sum(len(job.runs) for job in jobs)
        nodes = list(pool.nodes)
        slots = pool.slots * len(nodes)
        dedicated = sum(bool(node.document["isDedicated"]) for node in nodes)
        values = {
            **dict.fromkeys(_UNKNOWN, 0),
            "$ActiveTasks": active,
            "$RunningTasks": running,
            "$PendingTasks": active + running,
            "$SucceededTasks": sum(job.counts["succeeded"][0] for job in jobs),
            "$FailedTasks": sum(job.counts["failed"][0] for job in jobs),
            "$CPUPercent": 100 * sum(node.used for node in nodes) / slots if slots else 0,
            "$WallClockSeconds": _PERIOD * sum(node.used > 0 for node in nodes),
            "$SampleNodeCount": len(nodes),
            "$PreemptedNodeCount": sum(node.state == "preempted" for node in nodes),
            "$UsableNodeCount": sum(node.state in ("idle", "running") for node in nodes),
            "$CurrentDedicatedNodes": dedicated,
            "$CurrentLowPriorityNodes": len(nodes) - dedicated,
            "$TaskSlotsPerNode": pool.slots,
        }
        now = self._state.now()
        series = self._samples.setdefault(pool.key, {})
        for name, value in values.items():
            series.setdefault(name, deque(maxlen=_KEPT)).append((now, float(value)))

    # Evaluating

    def _evaluate(self, pool: Pool, formula: str) -> Evaluation:
        dedicated = sum(bool(node.document["isDedicated"]) for node in pool.nodes)
        series = self._samples.get(pool.key, {})
        inputs = Inputs(
            now=self._state.now(),
            target_dedicated=int(pool.document["targetDedicatedNodes"]),
            target_low_priority=int(pool.document["targetLowPriorityNodes"]),
            current_dedicated=dedicated,
            current_low_priority=len(pool.nodes) - dedicated,
            task_slots_per_node=pool.slots,
            samples={name: list(samples) for name, samples in series.items()},
            period=timedelta(seconds=_PERIOD),
            most=most_nodes(bool(pool.document["enableInterNodeCommunication"])),
        )
        return evaluate(parse(formula), inputs)

    @staticmethod
    def _interval(pool: Pool) -> Optional[float]:
        return duration_seconds(pool.document["autoScaleEvaluationInterval"])

    def _begin(self, pool: Pool) -> None:
        """Evaluate a pool's formula now, and again at its interval."""
        if pool.key not in self._samples:
            self._take_sample(pool)
        seconds = self._interval(pool)
        if seconds is not None:
            self._state.later(pool.timers, "scale", seconds, lambda: self._begin(pool))
        result = self._evaluate(pool, str(pool.document["autoScaleFormula"]))
        pool.document["autoScaleRun"] = result.document
        if result.error is None:
            option = result.deallocation_option
            self._pools.set_targets(pool, result.target_dedicated, result.target_low_priority, option)
        self._state.save(pool)

    # Requests

    def enable(self, call: Call) -> Answer:
        """Scale a pool automatically, or by another formula."""
        body = read_body(call.body, "PoolEnableAutoScaleOptions")
        shortest(body, "autoScaleEvaluationInterval", 5, 168)
        if "autoScaleFormula" in body:
            _check(body["autoScaleFormula"])
        pool = self._pools.find(call)
        document = pool.document
        if not document["enableAutoScale"] and "autoScaleFormula" not in body:
            raise missing("autoScaleFormula")
        if document["allocationState"] != "steady":
            raise ServiceError("PoolBeingResized")
        enabled = pool.memo.get("enabledAt")
        if enabled is not None and self._state.seconds_since(enabled) < _ENABLE_PAUSE:
            raise ServiceError("TooManyEnableAutoScaleRequests")
        pool.memo["enabledAt"] = self._state.stamp()
        document["enableAutoScale"] = True
        document.setdefault("autoScaleEvaluationInterval", "PT15M")
        document.update(body)
        self._begin(pool)
        return self._pools.changed(call, pool, 200)

    def disable(self, call: Call) -> Answer:
        """Let a pool be as it is."""
        pool = self._pools.find(call)
        timer = pool.timers.pop("scale", None)
        if timer is not None:
            timer.cancel()
        pool.document["enableAutoScale"] = False
        for name in ("autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun"):
            pool.document.pop(name, None)
        return self._pools.changed(call, pool, 200)

    def try_formula(self, call: Call) -> Answer:
        """What a formula would give now."""
        formula = read_body(call.body, "PoolEvaluateAutoScaleOptions")["autoScaleFormula"]
        _check(formula)
        pool = self._pools.find(call)
        if not pool.document["enableAutoScale"]:
            reason = "The pool does not scale automatically"
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", reason)])
        answer = changed(call, 200, pool.document, "")
        return replace(answer, body=self._evaluate(pool, formula).document)

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "enable_pool_auto_scale": self.enable,
            "disable_pool_auto_scale": self.disable,
            "evaluate_pool_auto_scale": self.try_formula,
        }


def _waiting(job: Job) -> int:
    """How many tasks of a job could run if there was room; one that needs several nodes counts for each."""
    more = sum(number - 1 for key, number in job.instances.items() if key in job.queue)
    return len(job.queue) + more


def _check(formula: str) -> None:
    parse(formula)
