"""The language of autoscale formulas: what it computes, what it refuses, and how results and errors look."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure.batch.emulator._autoscale import Evaluation, Inputs, evaluate, parse
from azure.batch.emulator._wire import ServiceError

NOW = datetime(2016, 10, 13, 19, 18, 47, 805000, tzinfo=timezone.utc)  # a Thursday
HEAD = "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"


def samples(*values: float, newest: int = 0) -> list[tuple[datetime, float]]:
    """One each 30 seconds, the last one ``newest`` seconds ago."""
    count = len(values)
    return [(NOW - timedelta(seconds=newest + 30 * (count - 1 - i)), value) for i, value in enumerate(values)]


def run(text: str, **inputs: Any) -> Evaluation:
    return evaluate(parse(text), Inputs(now=NOW, **inputs))


def value(expression: str, **inputs: Any) -> str:
    """The text of one expression's value."""
    result = run(f"x = {expression};", **inputs)
    assert result.error is None, result.error
    return result.results.split(";x=", 1)[1]


def failure(expression: str, **inputs: Any) -> tuple[str, str]:
    """Code and text of the error of one expression."""
    error = run(f"x = {expression};", **inputs).error
    assert error is not None
    return error["code"], error["values"][0]["value"]


# Published formulas

PENDING = """
startingNumberOfVMs = 1;
maxNumberofVMs = 25;
pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs :
    avg($PendingTasks.GetSample(180 * TimeInterval_Second));
$TargetDedicatedNodes = min(maxNumberofVMs, pendingTaskSamples);
$NodeDeallocationOption = taskcompletion;
"""


def test_a_plain_target() -> None:
    result = run("$TargetDedicatedNodes=3;")
    assert result.document == {
        "timestamp": "2016-10-13T19:18:47.8050000Z",
        "results": "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
    }


@pytest.mark.parametrize(("pending", "target"), [((), 1), ((9, 9), 1), ((4, 4, 5, 5, 4, 5), 4), ((900,) * 6, 25)])
def test_pending_tasks(pending: tuple[float, ...], target: int) -> None:
    result = run(PENDING, samples={"$PendingTasks": samples(*pending)})
    assert (result.target_dedicated, result.deallocation_option, result.error) == (target, "taskcompletion", None)


def test_a_vector_is_made_of_numbers_and_vectors() -> None:
    result = run("v = vec(8, vec(1, 2), 4); m = percentile(vec(1, 2, 3), 50); l = lg(v);")
    assert result.results.split(";")[3:] == ["l=[3,0,1,2]", "m=2", "v=[8,1,2,4]"]


def test_results_name_the_formulas_own_variables_in_order_and_as_written() -> None:
    result = run(
        """
        $curTime = time();
        $workHours = $curTime.hour >= 8 && $curTime.hour < 18;
        isWeekday = $curTime.weekday >= 1 && $curTime.weekday <= 5;
        $isWorkingWeekdayHour = $workHours && $isWeekday;
        $TargetDedicatedNodes = $isWorkingWeekdayHour ? 20:10;  // at night fewer
        """
    )
    assert result.results == (
        "$TargetDedicatedNodes=10;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
        "$curTime=2016-10-13T19:18:47.805Z;isWeekday=1;$isWorkingWeekdayHour=0;$workHours=0"
    )


@pytest.mark.parametrize(("active", "present", "target"), [((), 6, 3), ((12,) * 30, 0, 12), ((100,) * 30, 0, 20)])
def test_tasks_of_a_quarter_of_an_hour(active: tuple[float, ...], present: int, target: int) -> None:
    text = """
    $samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
    $tasks = $samples < 70 ? max(0, $ActiveTasks.GetSample(1)) :
        max( $ActiveTasks.GetSample(1), avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
    $targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes / 2);
    cappedPoolSize = 20;
    $TargetDedicatedNodes = max(0, min($targetVMs, cappedPoolSize));
    """
    result = run(text, target_dedicated=present, samples={"$ActiveTasks": samples(*active)})
    assert (result.target_dedicated, result.error) == (target, None)


@pytest.mark.parametrize(("age", "running", "target"), [(5, 0, 7), (60, 0, 0), (60, 2, 4)])
def test_a_pool_that_empties_itself(age: int, running: float, target: int) -> None:
    born = (NOW - timedelta(minutes=age)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    text = f"""
    $TargetDedicatedNodes={7 if age < 10 else 4};lifespan=time() - time("{born}");
    span=TimeInterval_Minute * 10;startup=TimeInterval_Minute * 15;ratio=50;
    $TargetDedicatedNodes=(lifespan>startup?(max($RunningTasks.GetSample(span, ratio),
      $ActiveTasks.GetSample(span, ratio)) == 0 ? 0 : $TargetDedicatedNodes):7);
    $NodeDeallocationOption=taskcompletion;
    """
    series = {"$RunningTasks": samples(*[running] * 20), "$ActiveTasks": samples(*[0.0] * 20)}
    assert run(text, samples=series).target_dedicated == target


def test_parallel_tasks() -> None:
    text = """
    $tasks = max(0, $ActiveTasks.GetSample(1));
    $cores = $TargetDedicatedNodes * $TaskSlotsPerNode;
    $extraVMs = (($tasks - $cores) + 3) / 4;
    $TargetDedicatedNodes = max(0,min(($TargetDedicatedNodes + $extraVMs),3));
    """
    result = run(text, target_dedicated=1, task_slots_per_node=4, samples={"$ActiveTasks": samples(8)})
    assert result.target_dedicated == 2  # 2.75, and a part of a node is none


# Targets


def test_what_is_not_assigned_stays() -> None:
    for text in ("", ";;", "// nothing\n", "x = 1"):
        result = run(text, target_dedicated=5, target_low_priority=6)
        assert (result.target_dedicated, result.target_low_priority) == (5, 6)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("$TargetDedicated=2;$TargetLowPriority=3;", (2, 3)),
        ("$TargetDedicatedNodes=1;$TargetDedicated=2;", (1, 0)),
        ("$TargetDedicated=2;$TargetDedicatedNodes=1;", (1, 0)),
        ("$TargetDedicated=2;$TargetLowPriorityNodes=$TargetDedicatedNodes+1;", (2, 3)),
        ("$TargetDedicatedNodes=2.999", (2, 0)),
        ("$TargetDedicatedNodes=4;stop();$TargetDedicatedNodes=5;", (4, 0)),
        ("$TargetDedicatedNodes=4;x=stop();$TargetDedicatedNodes=5;", (4, 0)),
        ("$TargetDedicatedNodes=4; 1 + 1;", (4, 0)),
    ],
)
def test_targets(text: str, targets: tuple[int, int]) -> None:
    result = run(text)
    assert ((result.target_dedicated, result.target_low_priority), result.error) == (targets, None)


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion", "retaineddata"])
def test_deallocation_option(option: str) -> None:
    result = run(f"$NodeDeallocationOption = 1 > 2 ? requeue : {option}; x = $NodeDeallocationOption;")
    assert result.deallocation_option == option
    assert result.results.endswith(f"$NodeDeallocationOption={option};x={option}")


@pytest.mark.parametrize(
    "text",
    [
        "$TargetDedicatedNodes=-1;",
        "$TargetLowPriorityNodes=0-0.1;",
        '$TargetDedicatedNodes="3";',
        "$TargetDedicatedNodes=$ActiveTasks.GetSample(2);",
        "$TargetDedicatedNodes=$ActiveTasks;",
        "$NodeDeallocationOption=3;",
        "$TargetDedicatedNodes=9;x=1/0;",
        "$TargetDedicatedNodes=101;",
        "$TargetDedicatedNodes=60;$TargetLowPriorityNodes=41;",
        "$TargetDedicatedNodes=99;",
        "$TargetLowPriorityNodes=1e300;",
    ],
)
def test_a_failing_evaluation_changes_no_target(text: str) -> None:
    present = {"target_dedicated": 1, "target_low_priority": 2}
    result = run(text, **present, samples={"$ActiveTasks": samples(1, 2)}, most=100)
    assert (result.target_dedicated, result.target_low_priority) == (1, 2)
    assert result.error is not None
    assert set(result.error) == {"code", "message", "values"}
    assert result.error["values"][0]["value"].startswith("Line 1, Col ")
    assert result.document["error"] == result.error


def test_a_pool_may_be_as_large_as_it_may() -> None:
    result = run("$TargetDedicatedNodes=60;$TargetLowPriorityNodes=40.9;", most=100)
    assert (result.target_dedicated, result.target_low_priority, result.error) == (60, 40, None)


# Expressions


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 - 2 - 1", "4"),
        ("8 / 4 / 2", "1"),
        ("-2 * -3", "6"),
        ("- -2", "2"),
        ("!0 + !5", "1"),
        ("1 / 3", "0.3333333333333333"),
        (".5 + 1.25e2", "125.5"),
        ("1 + 2 < 4 == 1", "1"),
        ("1 < 2 != 0", "1"),
        ("0 || 3 && 2", "1"),
        ("1 || 1 / 0", "1"),
        ("0 && 1 / 0", "0"),
        ("0 ? 1 : 0 ? 2 : 3", "3"),
        ("1 ? 2 : 1 / 0", "2"),
        ('"a" < "b" && "a" != "b"', "1"),
        ('1 ? "text" : 2', "text"),
        ("3 >= 3 && 3 <= 3 && 4 > 3", "1"),
        ("1000000 * 1000000", "1000000000000"),
        ("1e300", "1e+300"),
        ("+".join(["1"] * 4000), "4000"),
    ],
)
def test_numbers(expression: str, text: str) -> None:
    assert value(expression) == text


VECTOR = {"$CPUPercent": samples(1, 2, 3)}
V = "$CPUPercent.GetSample(3)"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (V, "[1,2,3]"),
        (f"{V} + 1", "[2,3,4]"),
        (f"10 - {V}", "[9,8,7]"),
        (f"{V} * {V}", "[1,4,9]"),
        (f"-{V} / 2", "[-0.5,-1,-1.5]"),
        (f"avg({V}, 7)", "3.25"),
        (f"len({V}, 1, {V})", "7"),
        (f"max(0, {V}) + min({V}, 9)", "4"),
        (f"sum({V})", "6"),
        (f"range({V}, -4)", "7"),
        ("norm(3, 4)", "5"),
        (f"std({V})", "1"),
        ("std(5)", "0"),
        (f"percentile({V}, 50)", "2"),
        (f"percentile({V}, 75)", "2.5"),
        (f"percentile({V}, 0) + percentile({V}, 100)", "4"),
        (f"val({V}, 0) + val({V}, 2.9)", "4"),
        (f"lg({V} * 4)", "[2,3,3.584962500721156]"),
        ("lg(8) + log(1000) + ln(1)", "6"),
        ("ceil(1.2) + floor(-1.2) + round(2.5) + round(-2.5)", "0"),
        (f"round({V} / 2)", "[1,1,2]"),
        ("len($DiskBytes.GetSample(5))", "0"),
        ("sum($DiskBytes.GetSample(5))", "0"),
        ("max(0, $DiskBytes.GetSample(5))", "0"),
    ],
)
def test_vectors_and_functions(expression: str, text: str) -> None:
    assert value(expression, samples=VECTOR) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("time()", "2016-10-13T19:18:47.805Z"),
        ('time("")', "2016-10-13T19:18:47.805Z"),
        ('time("2016-10-13T08:00:00Z")', "2016-10-13T08:00:00.000Z"),
        ('time("2016-10-13T08:00:00+02:00")', "2016-10-13T06:00:00.000Z"),
        ('time("2016-10-13")', "2016-10-13T00:00:00.000Z"),
        ('time("0987-06-05")', "0987-06-05T00:00:00.000Z"),
        ('time("2016-10-13 08:30")', "2016-10-13T08:30:00.000Z"),
        ('time("Thu, 13 Oct 2016 08:00:00 GMT")', "2016-10-13T08:00:00.000Z"),
        ('time("10/13/2016 1:02:03 PM")', "2016-10-13T13:02:03.000Z"),
        ("time().year * 10000 + time().month * 100 + time().day", "20161013"),
        ("time().weekday", "4"),
        ('time("2016-10-16").weekday', "0"),
        ("time().hour + time().minute + time().second", "84"),
        ("time() + TimeInterval_Day > time()", "1"),
        ("TimeInterval_Day + time() - TimeInterval_Day == time()", "1"),
        ("time() - (time() - TimeInterval_Hour)", "01:00:00"),
        ("time() + (-TimeInterval_Minute) < time()", "1"),
        ("2 * TimeInterval_Day + TimeInterval_Second / 2", "2.00:00:00.5000000"),
        ("TimeInterval_Zero - TimeInterval_Minute", "-00:01:00"),
        ("TimeInterval_Week == 7 * TimeInterval_Day", "1"),
        ("TimeInterval_Year / 365 == TimeInterval_Day", "1"),
        ("TimeInterval_Microsecond == 10 * TimeInterval_100ns", "1"),
        ("TimeInterval_Millisecond * 1000 == TimeInterval_Second", "1"),
    ],
)
def test_times(expression: str, text: str) -> None:
    assert value(expression) == text


def test_rand_repeats_itself_with_a_seed() -> None:
    one, other = value("rand()", seed=1), value("rand()", seed=1)
    assert one == other != value("rand()", seed=2)
    assert 0 <= float(one) < 1


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "1e308 * 10",
        'time("yesterday")',
        'time("13/13/2016")',
        'time("1/1/2016 13:00 PM")',
        "time(1)",
        "time().hour.GetSample(1)",
        "TimeInterval_Year * 1e300",
        "TimeInterval_Year * 20000 + time()",
        "TimeInterval_Hour * TimeInterval_Hour",
        "time() + time()",
        "time() < TimeInterval_Hour",
        '"a" + "b"',
        '-"a"',
        "!time()",
        '"a" ? 1 : 2',
        "1 && time()",
        "requeue < terminate",
        "$ActiveTasks + 1",
        "$ActiveTasks.hour",
        "TimeInterval_Hour.hour",
        "time().hour.minute",
        "avg($ActiveTasks.GetSample(1))",
        "percentile($ActiveTasks.GetSample(1), 50)",
        "percentile(1, 101)",
        "percentile(vec(-1e308, 1e308), 50)",
        "val(5, 1)",
        "val(5, -1)",
        "ln(0)",
        "ln(-1)",
        "sum(time())",
        f"{V} + $CPUPercent.GetSample(2)",
        f"{V} < 3",
        "$CPUPercent.GetSample(-1)",
        "$CPUPercent.GetSample(1, 2)",
        '$CPUPercent.GetSample("a")',
        "$CPUPercent.GetSample(time(), time(), time())",
        "$CPUPercent.GetSamplePercent(5)",
        "requeue.GetSample(1)",
    ],
)
def test_what_cannot_be_evaluated(expression: str) -> None:
    code, text = failure(expression, samples=VECTOR)
    assert code == "AutoScalingFormulaEvaluationError"
    assert text.startswith("Line 1, Col ")


# Samples

MINUTES = {"$RunningTasks": samples(*range(20), newest=60)}  # 19 a minute ago, 18 a minute and a half ago, ...


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("$RunningTasks.GetSample(1)", "[19]"),
        ("$RunningTasks.GetSample(3)", "[17,18,19]"),
        ("len($RunningTasks.GetSample(99))", "20"),
        ("$RunningTasks.GetSample(2 * TimeInterval_Minute)", "[18,19]"),
        ("$RunningTasks.GetSample(time() - 2 * TimeInterval_Minute)", "[18,19]"),
        ("$RunningTasks.GetSample(2 * TimeInterval_Minute, 1 * TimeInterval_Minute)", "[18,19]"),
        ("$RunningTasks.GetSample(1 * TimeInterval_Minute, 2 * TimeInterval_Minute)", "[18,19]"),
        ("$RunningTasks.GetSample(3 * TimeInterval_Minute, 2 * TimeInterval_Minute)", "[16,17]"),
        ("$RunningTasks.GetSample(2 * TimeInterval_Minute, 50)", "[18,19]"),
        ("$RunningTasks.GetSample(2 * TimeInterval_Minute, 0.5)", "[18,19]"),
        ("len($RunningTasks.GetSample(3 * TimeInterval_Minute, time(), 60))", "4"),
        ("$RunningTasks.GetSamplePercent(2 * TimeInterval_Minute)", "50"),
        ("$RunningTasks.GetSamplePercent(2 * TimeInterval_Minute, 1 * TimeInterval_Minute)", "100"),
        ("$RunningTasks.GetSamplePercent(TimeInterval_Zero)", "0"),
        ("$RunningTasks.GetSamplePeriod()", "00:00:30"),
        ("$RunningTasks.Count()", "20"),
        ("$RunningTasks.HistoryBeginTime() == time() - 10.5 * TimeInterval_Minute", "1"),
        ("$FailedTasks.Count()", "0"),
        ("$FailedTasks.GetSamplePercent(TimeInterval_Hour)", "0"),
        ("$FailedTasks.HistoryBeginTime() == time()", "1"),
        ("$CurrentDedicatedNodes.Count()", "0"),
        ("$CurrentDedicatedNodes * 10 + $CurrentLowPriorityNodes", "32"),
    ],
)
def test_samples(expression: str, text: str) -> None:
    assert value(expression, samples=MINUTES, current_dedicated=3, current_low_priority=2) == text


def test_a_series_may_be_given_a_name() -> None:
    assert run("$t = $RunningTasks; y = $t.GetSample(1);", samples=MINUTES).results.endswith("$t=$RunningTasks;y=[19]")


def test_samples_of_the_future_are_not_seen() -> None:
    assert value("$RunningTasks.Count()", samples={"$RunningTasks": samples(1, 2, 3, newest=-30)}) == "2"


def test_insufficient_samples() -> None:
    text = "a = 1;\n$TargetDedicatedNodes =\n  $RunningTasks.GetSample(2 * TimeInterval_Minute, 70);"
    result = run(text, samples=MINUTES, target_dedicated=4)
    assert result.target_dedicated == 4
    assert result.error is not None
    assert result.error["code"] == "InsufficientSampleData"
    assert result.error["values"] == [
        {
            "name": "Message",
            "value": "Line 3, Col 17: Insufficient data from data set: $RunningTasks wanted 70%, received 50%",
        }
    ]
    assert result.results == HEAD.replace("DedicatedNodes=0", "DedicatedNodes=4") + ";a=1"


# Refusals


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("$TargetDedicatedNodes=;", "Line 1, Col 23"),
        ("x = 1\ny = 2;", "Line 2, Col 1"),
        ("x = (1;", "Line 1, Col 7"),
        ("x = 1)", "Line 1, Col 6"),
        ("x = 1 ? 2;", "Line 1, Col 10"),
        ("x = y;", "Line 1, Col 5"),
        ("x = $Unknown;", "Line 1, Col 5"),
        ("x = x;", "Line 1, Col 5"),
        ("$ActiveTasks = 1;", "Line 1, Col 1"),
        ("requeue = 1;", "Line 1, Col 1"),
        ("x = foo(1);", "Line 1, Col 5"),
        ("x = avg();", "Line 1, Col 5"),
        ("x = lg(1, 2);", "Line 1, Col 5"),
        ("x = $ActiveTasks.Foo(1);", "Line 1, Col 18"),
        ("x = $ActiveTasks.GetSample();", "Line 1, Col 18"),
        ("x = time().century;", "Line 1, Col 12"),
        ("x = $ActiveTasks.HistoryBeginTime().hour.minute;", "Line 1, Col 42"),
        ('x = "open;', "Line 1, Col 5"),
        ("x = 1 # 2;", "Line 1, Col 7"),
        ("x = /* no */ 1;", "Line 1, Col 5"),
        ("x = 1e999;", "Line 1, Col 5"),
        ("x = 5 = 5;", "Line 1, Col 7"),
        ("x = time().;", "Line 1, Col 12"),
        ("x = $;", "Line 1, Col 5"),
        ("x = é;", "Line 1, Col 5"),
    ],
)
def test_syntax_errors(text: str, place: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse(text)
    assert (caught.value.status, caught.value.code) == (400, "AutoScalingFormulaSyntaxError")
    assert caught.value.values[0][1].startswith(f"{place}: ")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "1||1&&1==1<1+1*-(" * 400,
        "x = " + "---------(" * 800,
        "x = " + "(" * 3000,
        "x = " + "-" * 3000 + "1",
        "x = " + "1?1:" * 1500 + "1",
    ],
)
def test_formulas_that_are_nested_too_deeply(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse(text)
    assert caught.value.code == "AutoScalingFormulaSyntaxError"
    assert caught.value.values[0][1].endswith("The formula is nested too deeply")


@pytest.mark.parametrize("open_", ["(", "-(", "1+(", "1||1&&1==1<1+1*-(", "max(1,", "1?1:", "0?1:", "time()-(time()-"])
def test_the_deepest_formulas_that_parse_can_be_evaluated(open_: str) -> None:
    ending = ")" if "(" in open_ else ""
    depths = [depth for depth in range(1, 101) if read(f"x = {open_ * depth}1{ending * depth};") is not None]
    assert len(depths) >= 10


@pytest.mark.parametrize("text", ["x=1;" * 101, "//" + "x" * 8191, "// " + "é" * 4095])
def test_formulas_that_are_too_long(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse(text)
    assert (caught.value.status, caught.value.code) == (400, "AutoScalingFormulaTooLong")


@pytest.mark.parametrize("text", ["x=1;" * 100, "//" + "x" * 8190, "x = " + "(" * 99 + "1" + ")" * 99])
def test_formulas_that_are_just_short_enough(text: str) -> None:
    assert run(text).error is None


SIGNS = ["+", "-", "*", "/", "<", "<=", "==", "!=", ">=", ">", "&&", "||"]
FUNCTIONS = ["avg", "len", "lg", "ln", "log", "max", "min", "norm", "range", "std", "sum", "ceil", "floor", "round"]
VALUES = ["0", "1", "2.5", "1e300", '"a"', "time()", "TimeInterval_Year", "requeue", "$ActiveTasks", "rand()"]
SAMPLES = ["$ActiveTasks.GetSample(2)", "$ActiveTasks.GetSample(TimeInterval_Hour, 70)", "$TargetDedicatedNodes"]
OTHERS = ["x", "=", ";", ";", "(", ")", "!", "?", ":", ".", ",", "stop()", "val(", "GetSample(", "hour", '"', "//"]
PIECES = st.sampled_from([*SIGNS, *FUNCTIONS, *VALUES, *SAMPLES, *OTHERS])


def read(text: str) -> Optional[Evaluation]:
    with suppress(ServiceError):
        return evaluate(parse(text), Inputs(now=NOW, samples={"$ActiveTasks": samples(1, 2, 3)}, seed=1))
    return None


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map(" ".join)))
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
def test_nothing_but_service_errors_escapes_the_parser(text: str) -> None:
    read(text)


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from([*VALUES, *SAMPLES])

    def extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        signs, functions = st.sampled_from(SIGNS), st.sampled_from(FUNCTIONS)
        return st.one_of(
            st.builds("({} {} {})".format, inner, signs, inner),
            st.builds("({} ? {} : {})".format, inner, inner, inner),
            st.builds("{}({})".format, functions, inner),
            st.builds("val({}, {})".format, inner, inner),
            st.builds("percentile({}, {})".format, inner, inner),
            st.builds("$ActiveTasks.GetSample({}, {})".format, inner, inner),
            st.builds("$ActiveTasks.GetSamplePercent({})".format, inner),
            st.builds("-{}".format, inner),
            st.builds("({}).hour".format, inner),
        )

    return st.recursive(leaves, extend, max_leaves=12)


@given(expressions())
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
def test_every_formula_that_parses_evaluates_to_targets_or_an_error(expression: str) -> None:
    result = read(f"x = {expression}; $TargetDedicatedNodes = x;")
    assert result is not None
    assert result.target_dedicated >= 0
    assert result.results.startswith("$TargetDedicatedNodes=")
    assert result == read(f"x = {expression}; $TargetDedicatedNodes = x;")
