"""What every operation does in every state of its resource, over HTTP.

https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Callable, Union

import pytest

from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.resources import IMAGE, Workbench

INVALID = "OperationInvalidForCurrentState"
Expected = Union[int, str]


@pytest.fixture(scope="module")
def emulator() -> Iterator[BatchEmulator]:
    """An account in which every step takes a minute."""
    delays = Delays(resize=60, boot=60, settle=60, delete=60, preempted=60)
    start = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)
    with BatchEmulator(simulate=True, start_time=start, delays=delays) as emulator:
        emulator.script("endless", Outcome(duration=math.inf))
        emulator.script("fails", Outcome(exit_code=1))
        yield emulator


class Bench(Workbench):
    """Brings resources into their states."""

    def minute(self) -> None:
        self.emulator.advance(60)

    def expect(self, method: str, path: str, body: Any, expected: Expected) -> None:
        """Send a request that succeeds with a status, or is refused with a code."""
        reply = self.raw.send(method, path, body)
        if isinstance(expected, int):
            assert reply.status == expected, reply.body
        else:
            assert (reply.status, reply.code) == (409, expected)

    def new_pool(self, **more: Any) -> str:
        name = f"x{uuid.uuid4().hex[:10]}"
        size = {"vmSize": "v", "virtualMachineConfiguration": IMAGE}
        self.post("/pools", {"id": name, **size, **({"targetDedicatedNodes": 1} if not more else {}), **more})
        return f"/pools/{name}"


@pytest.fixture(scope="module")
def bench(emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Bench:
    return Bench(emulator, raw_client(emulator))


def cells(table: dict[str, list[Any]], states: list[str]) -> list[tuple[str, str, Expected]]:
    return [(name, state, row[at]) for name, row in table.items() for at, state in enumerate(states)]


# Jobs

OVER = ["JobBeingTerminated", "JobCompleted", "JobBeingDeleted"]
JOB_STATES = ["active", "disabling", "disabled", "enabling", "terminating", "completed", "deleting"]
JOB_TABLE: dict[str, list[Any]] = {
    "GET": [200] * 7,
    "PATCH": [200, 200, 200, 200, *OVER],
    "PUT": [200, 200, 200, 200, *OVER],
    "move": [INVALID, INVALID, 200, INVALID, *OVER],
    "disable": [202, 202, 202, INVALID, *OVER],
    "enable": [INVALID, 202, 202, 202, *OVER],
    "terminate": [202, 202, 202, 202, *OVER],
    "DELETE": [202, 202, 202, 202, 202, 202, "JobBeingDeleted"],
    "tasks": [201, 201, 201, 201, *OVER],
    "addtaskcollection": [200, 200, 200, 200, *OVER],
    "list": [200] * 7,
    "taskcounts": [200] * 7,
}
JOB_CALLS: dict[str, tuple[str, str, Any]] = {
    "GET": ("GET", "", None),
    "PATCH": ("PATCH", "", {"priority": 1}),
    "PUT": ("PUT", "", {"poolInfo": {"poolId": "nowhere"}}),
    "move": ("PATCH", "", {"poolInfo": {"poolId": "elsewhere"}}),
    "disable": ("POST", "/disable", {"disableTasks": "requeue"}),
    "enable": ("POST", "/enable", None),
    "terminate": ("POST", "/terminate", None),
    "DELETE": ("DELETE", "", None),
    "tasks": ("POST", "/tasks", {"id": "t", "commandLine": "work"}),
    "addtaskcollection": ("POST", "/addtaskcollection", {"value": [{"id": "t", "commandLine": "work"}]}),
    "list": ("GET", "/tasks", None),
    "taskcounts": ("GET", "/taskcounts", None),
}


def new_job(bench: Bench, state: str) -> str:
    name = f"x{uuid.uuid4().hex[:10]}"
    path = f"/jobs/{name}"
    bench.post("/jobs", {"id": name, "poolInfo": {"poolId": "nowhere"}})
    if state in ("disabling", "disabled", "enabling"):
        bench.post(f"{path}/disable", {"disableTasks": "requeue"})
    if state in ("disabled", "enabling"):
        bench.minute()
    if state == "enabling":
        bench.post(f"{path}/enable")
    if state in ("terminating", "completed"):
        bench.post(f"{path}/terminate")
    if state == "completed":
        bench.minute()
    if state == "deleting":
        assert bench.raw.send("DELETE", path).status == 202
    assert bench.raw.get(path).json["state"] == state
    return path


@pytest.mark.parametrize(("name", "state", "expected"), cells(JOB_TABLE, JOB_STATES))
def test_jobs(bench: Bench, name: str, state: str, expected: Expected) -> None:
    method, path, body = JOB_CALLS[name]
    bench.expect(method, new_job(bench, state) + path, body, expected)


# Job schedules

ENDED = ["JobScheduleBeingTerminated", "JobScheduleCompleted", "JobScheduleBeingDeleted"]
SCHEDULE_STATES = ["active", "disabled", "terminating", "completed", "deleting"]
SCHEDULE_TABLE: dict[str, list[Any]] = {
    "GET": [200] * 5,
    "HEAD": [200] * 5,
    "jobs": [200] * 5,
    "PATCH": [200, 200, *ENDED],
    "PUT": [200, 200, *ENDED],
    "disable": [204, 204, *ENDED],
    "enable": [204, 204, *ENDED],
    "terminate": [202, 202, *ENDED],
    "DELETE": [202, 202, 202, 202, "JobScheduleBeingDeleted"],
}
SPECIFICATION = {"poolInfo": {"poolId": "nowhere"}}
SCHEDULE_CALLS: dict[str, tuple[str, str, Any]] = {
    "GET": ("GET", "", None),
    "HEAD": ("HEAD", "", None),
    "jobs": ("GET", "/jobs", None),
    "PATCH": ("PATCH", "", {"metadata": []}),
    "PUT": ("PUT", "", {"jobSpecification": SPECIFICATION, "schedule": {"recurrenceInterval": "PT1H"}}),
    "disable": ("POST", "/disable", None),
    "enable": ("POST", "/enable", None),
    "terminate": ("POST", "/terminate", None),
    "DELETE": ("DELETE", "", None),
}


@pytest.mark.parametrize(("name", "state", "expected"), cells(SCHEDULE_TABLE, SCHEDULE_STATES))
def test_job_schedules(bench: Bench, name: str, state: str, expected: Expected) -> None:
    identifier = f"x{uuid.uuid4().hex[:10]}"
    path = f"/jobschedules/{identifier}"
    times = {"recurrenceInterval": "PT1H"}
    bench.post("/jobschedules", {"id": identifier, "schedule": times, "jobSpecification": SPECIFICATION})
    if state == "disabled":
        bench.post(f"{path}/disable")
    elif state in ("terminating", "completed"):
        bench.post(f"{path}/terminate")
        for _ in range(2 if state == "completed" else 0):
            bench.minute()
    elif state == "deleting":
        assert bench.raw.send("DELETE", path).status == 202
    assert bench.raw.get(path).json["state"] == state
    method, rest, body = SCHEDULE_CALLS[name]
    bench.expect(method, path + rest, body, expected)


# Tasks

TASK_STATES = ["active", "preparing", "running", "success", "failure"]
TASK_TABLE: dict[str, list[Any]] = {
    "GET": [200] * 5,
    "PUT": [200, 200, 200, "TaskCompleted", "TaskCompleted"],
    "terminate": [204, 204, 204, "TaskCompleted", "TaskCompleted"],
    "reactivate": ["TaskNotCompleted", "TaskNotCompleted", "TaskNotCompleted", "TaskSucceeded", 204],
    "DELETE": [200] * 5,
    "files": [INVALID, 200, 200, 200, 200],
    "subtasksinfo": [200] * 5,
}
TASK_CALLS: dict[str, tuple[str, str, Any]] = {
    "GET": ("GET", "", None),
    "PUT": ("PUT", "", {"constraints": {"maxTaskRetryCount": 1}}),
    "terminate": ("POST", "/terminate", None),
    "reactivate": ("POST", "/reactivate", None),
    "DELETE": ("DELETE", "", None),
    "files": ("GET", "/files", None),
    "subtasksinfo": ("GET", "/subtasksinfo", None),
}


@pytest.fixture(scope="module")
def work(bench: Bench) -> str:
    """The id of a pool with room for many tasks."""
    pool = bench.new_pool(targetDedicatedNodes=1, taskSlotsPerNode=200)
    for _ in range(3):
        bench.minute()
    return pool.rpartition("/")[2]


@pytest.mark.parametrize(("name", "state", "expected"), cells(TASK_TABLE, TASK_STATES))
def test_tasks(bench: Bench, work: str, name: str, state: str, expected: Expected) -> None:
    job = f"x{uuid.uuid4().hex[:10]}"
    more = {"jobPreparationTask": {"id": "endless", "commandLine": "work"}} if state == "preparing" else {}
    bench.post("/jobs", {"id": job, "poolInfo": {"poolId": "nowhere" if state == "active" else work}, **more})
    task = {"active": "t", "preparing": "t", "running": "endless", "success": "t", "failure": "fails"}[state]
    bench.post(f"/jobs/{job}/tasks", {"id": task, "commandLine": "work"})
    bench.emulator.advance(1)
    path = f"/jobs/{job}/tasks/{task}"
    shown = bench.raw.get(path).json
    assert state in (shown["state"], shown["executionInfo"].get("result"))
    method, rest, body = TASK_CALLS[name]
    bench.expect(method, path + rest, body, expected)


# Pools

POOL_STATES = ["steady", "resizing", "stopping", "deleting"]
GONE = "PoolBeingDeleted"
RESIZED = "PoolBeingResized"
POOL_TABLE: dict[str, list[Any]] = {
    "GET": [200] * 4,
    "HEAD": [200] * 4,
    "PATCH": [200, 200, 200, GONE],
    "updateproperties": [204, 204, 204, GONE],
    "resize": [202, RESIZED, RESIZED, GONE],
    "removenodes": [202, RESIZED, RESIZED, GONE],
    "stopresize": [INVALID, 202, 202, GONE],
    "enableautoscale": [200, RESIZED, RESIZED, GONE],
    "disableautoscale": [200, 200, 200, GONE],
    "evaluateautoscale": [INVALID, INVALID, INVALID, GONE],
    "DELETE": [202, 202, 202, GONE],
    "nodes": [200] * 4,
}
FORMULA = {"autoScaleFormula": "$TargetDedicatedNodes=1;"}
POOL_CALLS: dict[str, tuple[str, str, Any]] = {
    "GET": ("GET", "", None),
    "HEAD": ("HEAD", "", None),
    "PATCH": ("PATCH", "", {"metadata": []}),
    "updateproperties": ("POST", "/updateproperties", {"applicationPackageReferences": [], "metadata": []}),
    "resize": ("POST", "/resize", {"targetDedicatedNodes": 2}),
    "stopresize": ("POST", "/stopresize", None),
    "enableautoscale": ("POST", "/enableautoscale", FORMULA),
    "disableautoscale": ("POST", "/disableautoscale", None),
    "evaluateautoscale": ("POST", "/evaluateautoscale", FORMULA),
    "DELETE": ("DELETE", "", None),
    "nodes": ("GET", "/nodes", None),
}


def bring_pool(bench: Bench, path: str, state: str) -> None:
    if state != "resizing":
        bench.minute()
    if state == "stopping":
        bench.post(f"{path}/resize", {"targetDedicatedNodes": 2})
        bench.post(f"{path}/stopresize")
    elif state == "deleting":
        assert bench.raw.send("DELETE", path).status == 202
    shown = bench.raw.get(path).json
    assert state in (shown["state"], shown["allocationState"])


@pytest.mark.parametrize(("name", "state", "expected"), cells(POOL_TABLE, POOL_STATES))
def test_pools(bench: Bench, name: str, state: str, expected: Expected) -> None:
    path = bench.new_pool()
    bring_pool(bench, path, state)
    if name == "removenodes":
        nodes = [node["id"] for node in bench.raw.get(f"{path}/nodes").json["value"]] or ["none"]
        bench.expect("POST", f"{path}/removenodes", {"nodeList": nodes}, expected)
        return
    method, rest, body = POOL_CALLS[name]
    bench.expect(method, path + rest, body, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("evaluateautoscale", 200), ("resize", INVALID), ("disableautoscale", 200), ("enableautoscale", 200)],
)
def test_pools_that_scale(bench: Bench, name: str, expected: Expected) -> None:
    path = bench.new_pool(enableAutoScale=True, **FORMULA)
    bench.minute()
    method, rest, body = POOL_CALLS[name]
    bench.expect(method, path + rest, body, expected)


def test_formulas_are_tried_while_a_pool_is_resized(bench: Bench) -> None:
    path = bench.new_pool(enableAutoScale=True, **FORMULA)
    assert bench.raw.get(path).json["allocationState"] == "resizing"
    bench.expect("POST", f"{path}/evaluateautoscale", FORMULA, 200)


# Nodes

STARTED = "NodeBeingStarted"
UNUSABLE = "NodeStateUnusable"
REBOOTED, REIMAGED = "NodeBeingRebooted", "NodeBeingReimaged"
CREATED = "NodeBeingCreated"
SAME = "NodeAlreadyInTargetSchedulingState"
NODE_STATES = ["idle", "running", "offline", "deallocated", "creating", "starting", "waitingforstarttask"]
NODE_STATES += ["starttaskfailed", "unusable", "rebooting", "reimaging"]
_RESTART = [202, 202, 202, INVALID, CREATED, STARTED, STARTED, 202, UNUSABLE, REBOOTED, REIMAGED]
_REACH = [0, 0, 0, INVALID, CREATED, STARTED, STARTED, 0, UNUSABLE, REBOOTED, REIMAGED]


def reached(status: int) -> list[Expected]:
    return [status if code == 0 else code for code in _REACH]


NODE_TABLE: dict[str, list[Any]] = {
    "GET": [200] * 11,
    "reboot": _RESTART,
    "reimage": _RESTART,
    "deallocate": _RESTART,
    "start": [INVALID, INVALID, INVALID, 202, CREATED, STARTED, STARTED, INVALID, UNUSABLE, REBOOTED, REIMAGED],
    "disablescheduling": [200, 200, SAME, *[200] * 8],
    "enablescheduling": [SAME, SAME, 200, *[SAME] * 8],
    "users": reached(201),
    "files": reached(200),
    "remoteloginsettings": reached(200),
    "uploadbatchservicelogs": reached(200),
}
NODE_CALLS: dict[str, tuple[str, Any]] = {
    "GET": ("GET", None),
    "users": ("POST", {"name": "someone", "password": "Kx7!kkdP"}),
    "files": ("GET", None),
    "remoteloginsettings": ("GET", None),
    "uploadbatchservicelogs": ("POST", {"containerUrl": "http://127.0.0.1:9/x", "startTime": "2026-01-01T00:00:00Z"}),
}


def bring_node(bench: Bench, state: str) -> str:
    """The path of a node in a state."""
    start = {"waitingforstarttask": math.inf, "starttaskfailed": 0}.get(state)
    if start is not None:
        bench.emulator.script("startup", Outcome(exit_code=1 if state == "starttaskfailed" else 0, duration=start))
    task = {"startTask": {"commandLine": "setup", "waitForSuccess": True}} if start is not None else {}
    pool = bench.new_pool(targetDedicatedNodes=1, **task)
    for _ in range({"creating": 1, "starting": 2}.get(state, 3)):
        bench.minute()
    node = f"{pool}/nodes/{bench.raw.get(f'{pool}/nodes').json['value'][0]['id']}"
    if state == "running":
        job = f"x{uuid.uuid4().hex[:10]}"
        bench.post("/jobs", {"id": job, "poolInfo": {"poolId": pool.rpartition("/")[2]}})
        kept = {"retentionTime": "PT10M"}
        bench.post(f"/jobs/{job}/tasks", {"id": "endless", "commandLine": "work", "constraints": kept})
        bench.emulator.advance(0)
    elif state == "offline":
        bench.post(f"{node}/disablescheduling")
    elif state in ("deallocated", "rebooting", "reimaging"):
        bench.post(f"{node}/{ {'deallocated': 'deallocate', 'rebooting': 'reboot', 'reimaging': 'reimage'}[state] }")
        if state == "deallocated":
            bench.minute()
    elif state == "unusable":
        bench.emulator.lose_node(*(node.split("/")[at] for at in (2, 4)))
    assert bench.raw.get(node).json["state"] == state
    return node


@pytest.mark.parametrize(("name", "state", "expected"), cells(NODE_TABLE, NODE_STATES))
def test_nodes(bench: Bench, name: str, state: str, expected: Expected) -> None:
    node = bring_node(bench, state)
    method, body = NODE_CALLS.get(name, ("POST", None))
    bench.expect(method, node if name == "GET" else f"{node}/{name}", body, expected)


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion", "retaineddata"])
@pytest.mark.parametrize(
    ("action", "name"),
    [("reboot", "nodeRebootOption"), ("reimage", "nodeReimageOption"), ("deallocate", "nodeDeallocateOption")],
)
def test_what_becomes_of_tasks_when_their_node_restarts(bench: Bench, action: str, name: str, option: str) -> None:
    node = bring_node(bench, "running")
    (recent,) = bench.raw.get(node).json["recentTasks"]
    path = f"/jobs/{recent['jobId']}/tasks/endless"
    bench.post(f"{node}/{action}", {name: option})
    bench.emulator.advance(0)
    task = bench.raw.get(path).json
    info = task["executionInfo"]
    if option == "requeue":
        assert (task["state"], info["requeueCount"]) == ("active", 1)
    elif option == "terminate":
        assert (task["state"], info["failureInfo"]["code"]) == ("completed", "TaskEnded")
    else:
        assert (task["state"], info["requeueCount"]) == ("running", 0)
        bench.post(f"{path}/terminate")
        if option == "retaineddata":
            bench.minute()
            assert bench.raw.get(node).json["state"] in ("rebooting", "reimaging", "deallocating")
            bench.emulator.advance(600)
    for _ in range(3):
        bench.minute()
    wanted = {"reboot": ("idle", "running"), "reimage": ("idle", "running"), "deallocate": ("deallocated",)}[action]
    assert bench.raw.get(node).json["state"] in wanted


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion"])
def test_what_becomes_of_tasks_when_their_node_is_taken_out_of_scheduling(bench: Bench, option: str) -> None:
    node = bring_node(bench, "running")
    (recent,) = bench.raw.get(node).json["recentTasks"]
    path = f"/jobs/{recent['jobId']}/tasks/endless"
    bench.post(f"{node}/disablescheduling", {"nodeDisableSchedulingOption": option})
    bench.emulator.advance(0)
    state = bench.raw.get(path).json["state"]
    assert state == {"requeue": "active", "terminate": "completed", "taskcompletion": "running"}[option]
    assert bench.raw.get(node).json["state"] == ("running" if option == "taskcompletion" else "offline")
    assert bench.raw.get(node).json["schedulingState"] == "disabled"
    if option == "taskcompletion":
        bench.post(f"{path}/terminate")
        bench.emulator.advance(0)
        assert bench.raw.get(node).json["state"] == "offline"
