"""Evaluates autoscale formulas: a pure function of a formula and of what the pool looks like.

Where the service's documentation is silent: a target that is not assigned keeps its present value, a fraction of a node
is dropped, a negative target is an error and so are more nodes than the pool may have, and ``stop()`` leaves what was
assigned before it. A request for a number of samples is answered with those that there are; one for a time fails with
``InsufficientSampleData`` when it demands a share of the expected samples that is not there. Such a share may be
written as a percentage, or as a fraction up to 1.
"""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Optional

from ._autoscale_parser import (
    ALIASES,
    Access,
    Assignment,
    Binary,
    Choice,
    Expression,
    Formula,
    Invocation,
    Name,
    Number,
    Text,
    Unary,
    parse,
)
from ._autoscale_values import (
    FUNCTIONS,
    INTERVALS,
    EvaluationError,
    Interval,
    Option,
    Series,
    Timestamp,
    Value,
    apply,
    negate,
    number,
    parse_time,
    timestamp,
    write,
)
from ._autoscale_values import field as read_field
from ._times import text_date
from ._wire import Document

__all__ = ["Evaluation", "Formula", "Inputs", "Sample", "evaluate", "parse"]

Sample = tuple[datetime, float]


@dataclass(frozen=True)
class Inputs:
    """What a formula can see."""

    now: datetime
    target_dedicated: int = 0
    """The pool's present target, as is the next."""
    target_low_priority: int = 0
    current_dedicated: int = 0
    current_low_priority: int = 0
    task_slots_per_node: int = 1
    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict[str, "Sequence[Sample]"])
    """By the variable's name with its ``$``, the oldest first; a variable without an entry has no samples."""
    period: timedelta = timedelta(seconds=30)
    """Time between two samples, which says how many are expected."""
    seed: Optional[int] = None
    """Makes ``rand()`` repeat itself."""
    most: float = math.inf
    """How many nodes the pool may have."""


@dataclass(frozen=True)
class Evaluation:
    """What a formula gave: after an error the targets are those that the pool has."""

    now: datetime
    target_dedicated: int
    target_low_priority: int
    deallocation_option: str
    results: str
    error: Optional[Document] = None

    @property
    def document(self) -> Document:
        """The service's ``AutoScaleRun``."""
        document: Document = {"timestamp": text_date(self.now), "results": self.results}
        if self.error is not None:
            document["error"] = self.error
        return document


_DEDICATED, _LOW_PRIORITY, _OPTION = "$TargetDedicatedNodes", "$TargetLowPriorityNodes", "$NodeDeallocationOption"
_OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
_MESSAGES = {
    "InsufficientSampleData": "The number of samples is not sufficient to evaluate the formula",
    "AutoScalingFormulaEvaluationError": "The formula could not be evaluated",
}


def evaluate(formula: Formula, inputs: Inputs) -> Evaluation:
    """Evaluate a formula; whatever goes wrong is in the result."""
    run = _Run(inputs)
    error: Optional[Document] = None
    try:
        run.execute(formula)
        dedicated, low_priority = run.targets()
    except EvaluationError as failure:
        dedicated, low_priority = inputs.target_dedicated, inputs.target_low_priority
        place = formula.place(run.position)
        values = [{"name": "Message", "value": f"{place}: {failure.reason}"}]
        error = {"code": failure.code, "message": _MESSAGES[failure.code], "values": values}
    service: list[tuple[str, Value]] = [
        (_DEDICATED, float(dedicated)),
        (_LOW_PRIORITY, float(low_priority)),
        (_OPTION, run.option),
    ]
    pairs = [*service, *sorted(run.own_variables(), key=lambda pair: pair[0].lstrip("$"))]
    results = ";".join(f"{name}={write(value)}" for name, value in pairs)
    return Evaluation(inputs.now, dedicated, low_priority, run.option.word, results, error)


class _StopError(Exception):
    """Ends the evaluation early and well: the function ``stop``."""


class _Run:
    """One evaluation."""

    def __init__(self, inputs: Inputs) -> None:
        self.option = Option(_OPTIONS[0])
        self.position = 0
        """Where in the formula it is; after an error, where that happened."""
        self._inputs = inputs
        self._now = timestamp(inputs.now)
        self._random = random.Random(inputs.seed)
        self._own: dict[str, tuple[str, Value]] = {}
        self._targets: dict[str, float] = {}
        self._known_series: dict[str, Series] = {}
        self._plain = {
            "$CurrentDedicatedNodes": float(inputs.current_dedicated),
            "$CurrentLowPriorityNodes": float(inputs.current_low_priority),
            "$TaskSlotsPerNode": float(inputs.task_slots_per_node),
        }

    def execute(self, formula: Formula) -> None:
        try:
            for statement in formula.statements:
                if isinstance(statement, Assignment):
                    self._assign(statement)
                else:
                    self._value(statement)
        except _StopError:
            pass

    def targets(self) -> tuple[int, int]:
        """The numbers of nodes to aim at, dedicated ones and others."""
        dedicated, low_priority = self._target(_DEDICATED), self._target(_LOW_PRIORITY)
        if dedicated + low_priority > self._inputs.most:
            raise EvaluationError(f"The targets are more than the {self._inputs.most} nodes that the pool may have")
        return dedicated, low_priority

    def _target(self, name: str) -> int:
        value = math.floor(self._read_target(name))
        if value < 0:
            raise EvaluationError(f"{name} is negative: {value}")
        return value

    def own_variables(self) -> list[tuple[str, Value]]:
        """The formula's own variables by the names that it gives them."""
        return list(self._own.values())

    def _assign(self, statement: Assignment) -> None:
        value = self._value(statement.value)
        self.position = statement.position
        name = statement.name
        if name == _OPTION:
            if not isinstance(value, Option):
                raise EvaluationError(f"{_OPTION} must be one of {', '.join(_OPTIONS)}")
            self.option = value
        elif name in ALIASES or name in ALIASES.values():
            self._targets[name] = number(value)
        else:
            key = name.lstrip("$")
            self._own[key] = (self._own[key][0] if key in self._own else name, value)

    def _read_target(self, name: str) -> float:
        """Both spellings mean the same target; when both were assigned, the longer one counts."""
        full = ALIASES.get(name, name)
        alias = next(short for short, long in ALIASES.items() if long == full)
        present = self._inputs.target_dedicated if full == _DEDICATED else self._inputs.target_low_priority
        return self._targets.get(full, self._targets.get(alias, float(present)))

    def _value(self, node: Expression) -> Value:
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, (Number, Text)):
            return node.value
        if isinstance(node, Choice):
            condition = number(self._value(node.condition))
            return self._value(node.then if condition else node.otherwise)
        if isinstance(node, Invocation):
            return self._invoke(node)
        if isinstance(node, Unary):
            value = self._value(node.operand)
            self.position = node.position
            return negate(node.operator, value)
        if isinstance(node, Access):
            target = self._value(node.target)
            self.position = node.position
            return read_field(target, node.field)
        self.position = node.position
        return self._variable(node)

    def _binary(self, node: Binary) -> Value:
        # Operators of the same level lean to the left: without recursion, or a sum of 4,000 numbers would exhaust it.
        chain = [node]
        while isinstance(chain[-1].left, Binary):
            chain.append(chain[-1].left)
        value = self._value(chain[-1].left)
        for link in reversed(chain):
            self.position = link.position
            if link.operator in ("&&", "||"):
                if (number(value) != 0) == (link.operator == "||"):
                    value = float(link.operator == "||")
                    continue
                value = float(number(self._value(link.right)) != 0)
                continue
            right = self._value(link.right)
            self.position = link.position
            value = apply(value, link.operator, right)
        return value

    def _variable(self, node: Name) -> Value:
        name = node.name
        if name in self._plain:
            return self._plain[name]
        if name == _OPTION:
            return self.option
        if name in ALIASES or name in ALIASES.values():
            return self._read_target(name)
        if name in INTERVALS:
            return INTERVALS[name]
        if name in _OPTIONS:
            return Option(name)
        if name.lstrip("$") in self._own:
            return self._own[name.lstrip("$")][1]
        return self._series(name)

    def _series(self, name: str) -> Series:
        if name not in self._known_series:
            self._known_series[name] = self._read_series(name)
        return self._known_series[name]

    def _read_series(self, name: str) -> Series:
        samples = [(timestamp(moment), value) for moment, value in self._inputs.samples.get(name, ())]
        readable = [sample for sample in samples if sample[0] <= self._now]
        return Series(name, [moment for moment, _ in readable], [float(value) for _, value in readable])

    def _invoke(self, node: Invocation) -> Value:
        series: Optional[Series] = None
        if node.target is not None:
            series = self._target_series(node.target)
        arguments = [self._value(argument) for argument in node.arguments]
        self.position = node.position
        if node.target is not None:
            if series is None:
                raise EvaluationError(f"{node.function} needs a variable with samples")
            return self._call_method(series, node.function, arguments)
        if node.function == "rand":
            return self._random.random()
        if node.function == "stop":
            raise _StopError
        if node.function == "time":
            text = arguments[0] if arguments else ""
            if not isinstance(text, str):
                raise EvaluationError("time needs a string")
            return parse_time(text) if text.strip() else self._now
        return FUNCTIONS[node.function](node.function, arguments)

    def _target_series(self, target: Expression) -> Optional[Series]:
        if isinstance(target, Name) and target.name in self._plain:
            return self._series(target.name)
        value = self._value(target)
        return value if isinstance(value, Series) else None

    # Samples

    def _call_method(self, series: Series, method: str, arguments: list[Value]) -> Value:
        if method == "GetSample":
            return self._get_sample(series, arguments)
        if method == "GetSamplePercent":
            return self._percent(series, *self._window(arguments))
        if method == "GetSamplePeriod":
            return Interval(self._period_ticks)
        if method == "Count":
            return float(len(series.values))
        return series.times[0] if series.times else self._now

    @property
    def _period_ticks(self) -> int:
        return self._inputs.period // timedelta(microseconds=1) * 10

    def _get_sample(self, series: Series, arguments: list[Value]) -> Value:
        first = arguments[0]
        if isinstance(first, float):
            if len(arguments) > 1 or first < 0:
                raise EvaluationError("GetSample needs a number of samples, or a time")
            return tuple(series.values[max(len(series.values) - int(first), 0) :])
        share = arguments.pop() if len(arguments) > 1 and isinstance(arguments[-1], float) else None
        start, end = self._window(arguments)
        if isinstance(share, float):
            wanted = share * 100 if share <= 1 else share
            received = self._percent(series, start, end)
            if received < wanted:
                reason = (
                    f"Insufficient data from data set: {series.name} wanted {write(wanted)}%, received {received:.0f}%"
                )
                raise EvaluationError(reason, "InsufficientSampleData")
        low, high = self._between(series, start, end)
        return tuple(series.values[low:high])

    def _window(self, arguments: list[Value]) -> tuple[Timestamp, Timestamp]:
        """Two moments in order; a formula may name them the other way round, as "1 to 6 minutes ago" does."""
        if len(arguments) > 2:
            raise EvaluationError("The last of three arguments has to be a double")
        moments: list[Timestamp] = []
        for argument in arguments:
            if isinstance(argument, Interval):
                moments.append(Timestamp(self._now.ticks - argument.ticks))
            elif isinstance(argument, Timestamp):
                moments.append(argument)
            else:
                raise EvaluationError("Samples are chosen by timestamps or time intervals")
        start, end = moments[0], moments[1] if len(moments) > 1 else self._now
        return min(start, end), max(start, end)

    def _percent(self, series: Series, start: Timestamp, end: Timestamp) -> float:
        low, high = self._between(series, start, end)
        expected = max((end.ticks - start.ticks) // max(self._period_ticks, 1), 1)
        return min(100.0 * (high - low) / expected, 100.0)

    def _between(self, series: Series, start: Timestamp, end: Timestamp) -> tuple[int, int]:
        """The samples after ``start`` up to ``end``: windows side by side share none."""
        return bisect.bisect_right(series.times, start), bisect.bisect_right(series.times, end)
