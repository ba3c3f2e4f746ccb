"""The language of autoscale formulas held against its documentation: everything that is there, and nothing else.

https://learn.microsoft.com/azure/batch/batch-automatic-scaling
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator, Delays, Outcome
from azure.batch.emulator._autoscale import Inputs, evaluate, parse
from azure.batch.emulator._autoscale_parser import ALIASES, FIELDS, FUNCTIONS, METHODS, READ_ONLY
from azure.batch.emulator._autoscale_values import INTERVALS
from azure.batch.emulator._wire import ServiceError
from support.resources import IMAGE

NOW = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)

DOCUMENTED_FUNCTIONS = """avg ceil floor len lg ln log max min norm percentile rand range round std stop sum time
    val vec"""
DOCUMENTED_METHODS = "GetSample GetSamplePeriod Count HistoryBeginTime GetSamplePercent"
DOCUMENTED_VARIABLES = """$CPUPercent $WallClockSeconds $MemoryBytes $DiskBytes $DiskReadBytes $DiskWriteBytes
    $DiskReadOps $DiskWriteOps $NetworkInBytes $NetworkOutBytes $SampleNodeCount $ActiveTasks $RunningTasks
    $PendingTasks $SucceededTasks $FailedTasks $TaskSlotsPerNode $CurrentDedicatedNodes $CurrentLowPriorityNodes
    $UsableNodeCount $PreemptedNodeCount"""
DOCUMENTED_TARGETS = "$TargetDedicatedNodes $TargetLowPriorityNodes $NodeDeallocationOption"
DOCUMENTED_INTERVALS = """TimeInterval_Zero TimeInterval_100ns TimeInterval_Microsecond TimeInterval_Millisecond
    TimeInterval_Second TimeInterval_Minute TimeInterval_Hour TimeInterval_Day TimeInterval_Week TimeInterval_Year"""
DOCUMENTED_FIELDS = "year month day weekday hour minute second"


def test_the_tables_are_those_of_the_documentation() -> None:
    assert set(FUNCTIONS) == set(DOCUMENTED_FUNCTIONS.split())
    assert set(METHODS) == set(DOCUMENTED_METHODS.split())
    assert set(READ_ONLY) == set(DOCUMENTED_VARIABLES.split())
    assert set(INTERVALS) == set(DOCUMENTED_INTERVALS.split())
    assert set(FIELDS) == set(DOCUMENTED_FIELDS.split())
    assert set(ALIASES.values()) | {"$NodeDeallocationOption"} == set(DOCUMENTED_TARGETS.split())


V = "$CPUPercent.GetSample(3)"
SAMPLES = {"$CPUPercent": [(NOW - timedelta(seconds=30 * back), float(3 - back)) for back in (2, 1, 0)]}


def value(expression: str) -> Optional[str]:
    """The text of an expression's value; None when it has none."""
    result = evaluate(parse(f"x = {expression};"), Inputs(now=NOW, samples=SAMPLES))
    return result.results.split(";x=", 1)[1] if result.error is None else None


# By type: two operands, of which the second divides without a rest.
OPERANDS = {
    "double": ("6", "3"),
    "doubleVec": (V, V),
    "string": ('"a"', '"b"'),
    "timestamp": ("time()", 'time("2026-02-28T08:00:00Z")'),
    "timeinterval": ("TimeInterval_Hour", "TimeInterval_Minute"),
}
DOCUMENTED_OPERATORS: dict[tuple[str, str], str] = {
    ("double", "double"): "+ - * / < <= == >= > != && ||",
    ("double", "timeinterval"): "*",
    ("doubleVec", "double"): "+ - * /",
    ("doubleVec", "doubleVec"): "+ - * /",
    ("timeinterval", "double"): "* /",
    ("timeinterval", "timeinterval"): "+ - < <= == >= > !=",
    ("timeinterval", "timestamp"): "+",
    ("timestamp", "timeinterval"): "+",
    ("timestamp", "timestamp"): "- < <= == >= > !=",
    ("string", "string"): "< <= == >= > !=",
}
ALSO = {("double", "doubleVec"): "+ - * /", ("timestamp", "timeinterval"): "-"}
"""What the documentation does not name but its examples suggest."""
EVERY_OPERATOR = ["+", "-", "*", "/", "<", "<=", "==", ">=", ">", "!=", "&&", "||"]


@pytest.mark.parametrize(("left", "right"), list(itertools.product(OPERANDS, OPERANDS)))
def test_operators_take_the_types_that_they_are_documented_for(left: str, right: str) -> None:
    def takes(sign: str) -> bool:
        # The right side of || is looked at only when the left one is 0.
        first = "0" if (sign, left) == ("||", "double") else OPERANDS[left][0]
        return value(f"{first} {sign} {OPERANDS[right][1]}") is not None

    taken = {sign for sign in EVERY_OPERATOR if takes(sign)}
    known = f"{DOCUMENTED_OPERATORS.get((left, right), '')} {ALSO.get((left, right), '')}".split()
    assert taken == set(known)


@pytest.mark.parametrize("kind", OPERANDS)
def test_signs_before_a_value(kind: str) -> None:
    taken = {sign for sign in "-!" if value(f"{sign}{OPERANDS[kind][0]}") is not None}
    assert taken == {"double": {"-", "!"}, "doubleVec": {"-"}, "timeinterval": {"-"}}.get(kind, set())


@pytest.mark.parametrize("kind", OPERANDS)
def test_a_choice_gives_any_type_and_asks_for_a_number(kind: str) -> None:
    assert value(f"1 ? {OPERANDS[kind][0]} : 0") == value(OPERANDS[kind][0])
    assert (value(f"{OPERANDS[kind][0]} ? 1 : 0") is None) == (kind != "double")


@pytest.mark.parametrize("name", DOCUMENTED_FUNCTIONS.split())
def test_every_function_has_a_value(name: str) -> None:
    arguments = {"percentile": f"{V}, 50", "val": f"{V}, 1", "rand": "", "time": "", "stop": "", "norm": f"{V}, 2"}
    text = f"x = {name}({arguments.get(name, V)});"
    assert evaluate(parse(text), Inputs(now=NOW, samples=SAMPLES)).error is None


@pytest.mark.parametrize("name", DOCUMENTED_VARIABLES.split())
def test_what_is_read_only_cannot_be_assigned(name: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse(f"{name} = 1;")
    assert caught.value.code == "AutoScalingFormulaSyntaxError"


# In an account


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, start_time=NOW, delays=Delays.none()) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: BatchEmulator) -> Iterator[BatchClient]:
    with emulator.client() as client:
        yield client


def make_pool(client: BatchClient, formula: str, **more: Any) -> None:
    size = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
    client.create_pool({"id": "pool", **size, "enableAutoScale": True, "autoScaleFormula": formula, **more})


def results(client: BatchClient, formula: str) -> dict[str, str]:
    run = client.evaluate_pool_auto_scale("pool", {"autoScaleFormula": formula})
    assert run.error is None, run.error
    return dict(pair.split("=", 1) for pair in (run.results or "").split(";"))


def test_every_variable_is_sampled_and_says_what_is_so(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;", taskSlotsPerNode=4)
    emulator.advance(60)
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}, "usesTaskDependencies": True})
    emulator.script("bad", Outcome(exit_code=1))
    emulator.script("long-*", Outcome(duration=10**6))
    longs = [{"id": f"long-{number}", "commandLine": "work", "requiredSlots": 2} for number in range(7)]
    several = {"numberOfInstances": 3, "coordinationCommandLine": "go"}
    waits = {"id": "waits", "commandLine": "work", "dependsOn": {"taskIds": ["long-0"]}}
    client.create_tasks("job", [{"id": "good", "commandLine": "work"}, {"id": "bad", "commandLine": "work"}])
    emulator.advance(1)
    client.create_tasks("job", longs)
    emulator.advance(1)
    client.create_tasks("job", [waits, {"id": "many", "commandLine": "work", "multiInstanceSettings": several}])
    emulator.advance(300)
    plain = "$CurrentDedicatedNodes", "$CurrentLowPriorityNodes", "$TaskSlotsPerNode"
    formula = "".join(
        f"{name.lower().strip('$')} = {name if name in plain else f'val({name}.GetSample(1), 0)'};"
        for name in DOCUMENTED_VARIABLES.split()
    )
    found = results(client, formula)
    assert {name: float(text) for name, text in found.items() if not name.startswith("$") and float(text)} == {
        "activetasks": 1 + 3,  # one that has no room, and one that needs three nodes
        "runningtasks": 6,
        "pendingtasks": 10,
        "succeededtasks": 1,
        "failedtasks": 1,
        "cpupercent": 100,
        "wallclockseconds": 90,
        "samplenodecount": 3,
        "usablenodecount": 3,
        "taskslotspernode": 4,
        "currentdedicatednodes": 2,
        "currentlowprioritynodes": 1,
    }


def test_preempted_nodes_are_counted() -> None:
    delays = Delays(0, 0, 0, 0, preempted=600)
    with BatchEmulator(simulate=True, delays=delays) as emulator, emulator.client() as client:
        make_pool(client, "$TargetLowPriorityNodes=2;")
        emulator.advance(60)
        emulator.lose_node("pool", str(next(iter(client.list_nodes("pool"))).id), "preempted")
        emulator.advance(60)
        found = results(client, "p = val($PreemptedNodeCount.GetSample(1), 0); n = $CurrentLowPriorityNodes;")
    assert (found["p"], found["n"]) == ("1", "2")


def test_samples_come_every_half_minute_and_a_share_of_them_can_be_asked_for(
    emulator: BatchEmulator, client: BatchClient
) -> None:
    make_pool(client, "$TargetDedicatedNodes=0;")
    emulator.advance(600)
    found = results(
        client,
        "n = $ActiveTasks.Count(); p = $ActiveTasks.GetSamplePeriod();"
        "all = $ActiveTasks.GetSamplePercent(5 * TimeInterval_Minute);"
        "half = $ActiveTasks.GetSamplePercent(20 * TimeInterval_Minute);"
        "some = len($ActiveTasks.GetSample(time() - 6 * TimeInterval_Minute, time() - TimeInterval_Minute, 70));",
    )
    assert (found["p"], found["all"], found["some"]) == ("00:00:30", "100", "10")
    assert int(found["n"]) >= 20
    assert 50 <= float(found["half"]) <= 55
    formula = "$TargetDedicatedNodes = max($ActiveTasks.GetSample(TimeInterval_Hour, 70));"
    run = client.evaluate_pool_auto_scale("pool", {"autoScaleFormula": formula})
    assert run.error is not None
    assert run.error.code == "InsufficientSampleData"
    assert "wanted 70%, received" in str((run.error.error_values or [])[0].value)


def test_an_evaluation_that_fails_leaves_the_pool_as_it_is(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, "$TargetDedicatedNodes=3;")
    emulator.advance(60)
    client.enable_pool_auto_scale("pool", {"autoScaleFormula": "$TargetDedicatedNodes=5;x=1/0;"})
    pool = client.get_pool("pool")
    assert (pool.target_dedicated_nodes, pool.allocation_state) == (3, "steady")
    assert pool.auto_scale_run is not None
    assert pool.auto_scale_run.error is not None
    assert pool.auto_scale_run.timestamp == emulator.now


@pytest.mark.parametrize(
    ("formula", "is_connected"),
    [
        ("$TargetDedicatedNodes=1e30;", False),
        ("$TargetDedicatedNodes=50000;$TargetLowPriorityNodes=50001;", False),
        ("$TargetDedicatedNodes=60;$TargetLowPriorityNodes=41;", True),
    ],
)
def test_no_formula_makes_a_pool_larger_than_it_may_be(
    emulator: BatchEmulator, client: BatchClient, formula: str, is_connected: bool
) -> None:
    make_pool(client, formula, enableInterNodeCommunication=is_connected)
    emulator.advance(60)
    pool = client.get_pool("pool")
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes, pool.current_dedicated_nodes) == (0, 0, 0)
    for run in (pool.auto_scale_run, client.evaluate_pool_auto_scale("pool", {"autoScaleFormula": formula})):
        assert run is not None
        assert run.error is not None
        assert run.error.code == "AutoScalingFormulaEvaluationError"


def test_the_interval_can_change_and_begins_anew(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, "x = time();", autoScaleEvaluationInterval="PT10M")

    def last() -> Any:
        run = client.get_pool("pool").auto_scale_run
        assert run is not None
        return run.timestamp - NOW

    assert last() == timedelta(0)
    emulator.advance(599)
    assert last() == timedelta(0)
    emulator.advance(1)
    assert last() == timedelta(minutes=10)
    emulator.advance(60)
    client.enable_pool_auto_scale("pool", {"autoScaleEvaluationInterval": "PT5M"})
    assert last() == timedelta(minutes=11)
    emulator.advance(300)
    assert last() == timedelta(minutes=16)
    client.disable_pool_auto_scale("pool")
    emulator.advance(3600)
    assert client.get_pool("pool").auto_scale_run is None


@pytest.mark.parametrize(
    ("option", "state", "requeues"),
    [("requeue", "active", 1), ("terminate", "completed", 0), ("taskcompletion", "running", 0)],
)
def test_the_option_says_what_becomes_of_tasks(
    emulator: BatchEmulator, client: BatchClient, option: str, state: str, requeues: int
) -> None:
    make_pool(client, "$TargetDedicatedNodes=1;")
    emulator.advance(60)
    emulator.script("task", Outcome(duration=300))
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    client.create_task("job", {"id": "task", "commandLine": "work"})
    emulator.advance(1)
    formula = f"$TargetDedicatedNodes=0;$NodeDeallocationOption={option};"
    client.enable_pool_auto_scale("pool", {"autoScaleFormula": formula})
    emulator.advance(1)
    task = client.get_task("job", "task")
    assert task.execution_info is not None
    assert (task.state, task.execution_info.requeue_count) == (state, requeues)
    emulator.advance(300)
    assert list(client.list_nodes("pool")) == []


def test_a_restart_keeps_to_the_interval(tmp_path: Any) -> None:
    """The tasks of the pool are known before its formula is evaluated again."""
    formula = "$TargetDedicatedNodes = max(0, $PendingTasks.GetSample(1));"
    emulator = BatchEmulator(simulate=True, data=tmp_path, start_time=NOW, delays=Delays.none())
    emulator.script("task", Outcome(duration=10**6))
    with emulator, emulator.client() as client:
        make_pool(client, formula, autoScaleEvaluationInterval="PT10M")
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        client.create_task("job", {"id": "task", "commandLine": "work"})
        emulator.advance(900)
        assert client.get_task("job", "task").state == "running"
    with emulator, emulator.client() as client:
        emulator.advance(60)
        run = client.get_pool("pool").auto_scale_run
        assert run is not None
        assert run.timestamp - NOW == timedelta(minutes=10)
        emulator.advance(240)
        run = client.get_pool("pool").auto_scale_run
        assert run is not None
        assert run.timestamp - NOW == timedelta(minutes=20)
        assert client.get_task("job", "task").state == "running"
