"""The values of autoscale formulas: types, operators, functions, and how a result is written.

Times are counted in ticks of 100 ns since the year 1, which expresses every interval constant exactly. Where the
documentation of the service is silent: dividing by zero, vectors of different lengths, and the mean or the extreme of
nothing end the evaluation with an error; percentiles are interpolated linearly; halves are rounded away from zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Optional, TypeVar, Union

from ._times import SECOND, parse_date

__all__ = [
    "FUNCTIONS",
    "INTERVALS",
    "EvaluationError",
    "Interval",
    "Option",
    "Series",
    "Timestamp",
    "Value",
    "Vector",
    "apply",
    "field",
    "negate",
    "number",
    "parse_time",
    "timestamp",
    "write",
]

ArgumentT = TypeVar("ArgumentT")
Vector = tuple[float, ...]


class EvaluationError(Exception):
    """What went wrong while a formula was evaluated."""

    def __init__(self, reason: str, code: str = "AutoScalingFormulaEvaluationError") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, order=True)
class Timestamp:
    """A moment, in ticks since the year 1."""

    ticks: int


@dataclass(frozen=True, order=True)
class Interval:
    """A length of time in ticks."""

    ticks: int


@dataclass(frozen=True)
class Option:
    """One of the words for ``$NodeDeallocationOption``."""

    word: str


@dataclass(frozen=True)
class Series:
    """The samples of one variable, the oldest first."""

    name: str
    times: Sequence[Timestamp]
    values: Sequence[float]


Value = Union[float, Vector, str, Timestamp, Interval, Option, Series]

INTERVALS: Mapping[str, Interval] = {
    "TimeInterval_Zero": Interval(0),
    "TimeInterval_100ns": Interval(1),
    "TimeInterval_Microsecond": Interval(10),
    "TimeInterval_Millisecond": Interval(SECOND // 1000),
    "TimeInterval_Second": Interval(SECOND),
    "TimeInterval_Minute": Interval(60 * SECOND),
    "TimeInterval_Hour": Interval(3600 * SECOND),
    "TimeInterval_Day": Interval(86400 * SECOND),
    "TimeInterval_Week": Interval(7 * 86400 * SECOND),
    "TimeInterval_Year": Interval(365 * 86400 * SECOND),
}

_FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)
_LAST_TICK = (datetime.max.replace(tzinfo=timezone.utc) - _FIRST) // timedelta(microseconds=1) * 10
_LONGEST = 2**63 - 1


def _type_name(value: Value) -> str:
    if isinstance(value, tuple):
        return "doubleVec"
    if isinstance(value, Series):
        return "sample series"
    if isinstance(value, Interval):
        return "timeinterval"
    if isinstance(value, Timestamp):
        return "timestamp"
    if isinstance(value, Option):
        return "node deallocation option"
    return "string" if isinstance(value, str) else "double"


# Numbers and times


def number(value: Value) -> float:
    """A value that has to be a number."""
    if isinstance(value, float):
        return value
    hint = "; take samples of it with GetSample" if isinstance(value, Series) else ""
    raise EvaluationError(f"Expected a double and not a {_type_name(value)}{hint}")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise EvaluationError("A number is too large")
    return value


def _interval(ticks: float) -> Interval:
    if not abs(ticks) <= _LONGEST:
        raise EvaluationError("A time interval is too long")
    return Interval(round(ticks))


def _moment(ticks: int) -> Timestamp:
    if not 0 <= ticks <= _LAST_TICK:
        raise EvaluationError("A timestamp is out of range")
    return Timestamp(ticks)


def timestamp(moment: datetime) -> Timestamp:
    """A date as a value."""
    return Timestamp((moment - _FIRST) // timedelta(microseconds=1) * 10)


def _datetime(value: Timestamp) -> datetime:
    return _FIRST + timedelta(microseconds=value.ticks // 10)


def parse_time(text: str) -> Timestamp:
    """The moment that a text means: ISO 8601, as e-mail headers have it, or month/day/year; UTC without an offset."""
    stripped = text.strip()
    american = re.fullmatch(
        r"(\d\d?)/(\d\d?)/(\d{4})(?: (\d\d?):(\d\d)(?::(\d\d))? ?([AP]M)?)?", stripped, re.IGNORECASE
    )
    try:
        if american is not None:
            return timestamp(_american(american))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", stripped):
            stripped += "T00:00:00"
        elif re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\dZ?", stripped):
            stripped = stripped[:16] + ":00"
        moment = parse_date(stripped) or parsedate_to_datetime(stripped)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return _moment(timestamp(moment).ticks)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise EvaluationError(f"{text!r} is not a time") from None


def _american(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if match[7] and not 1 <= hour <= 12:
        raise ValueError("no such hour")
    if match[7]:
        hour = hour % 12 + (12 if match[7].upper() == "PM" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)


def field(target: Value, name: str) -> float:
    """A member of a timestamp; Monday is weekday 1, and Sunday 0."""
    if not isinstance(target, Timestamp):
        raise EvaluationError(f"A {_type_name(target)} has no member {name}")
    moment = _datetime(target)
    return float(moment.isoweekday() % 7 if name == "weekday" else getattr(moment, name))


# Operators

_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}
_COMPARISONS: Mapping[str, frozenset[int]] = {
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    "==": frozenset({0}),
    ">=": frozenset({0, 1}),
    ">": frozenset({1}),
    "!=": frozenset({-1, 1}),
}
"""For which order of two values, -1 for the first being less, a comparison holds."""


def apply(left: Value, sign: str, right: Value) -> Value:
    """The result of an operator between two values; ``&&`` and ``||`` are not among them."""
    try:
        if sign in _COMPARISONS:
            return _compare(left, sign, right)
        result = _times(left, sign, right) or _numbers(left, sign, right)
    except ZeroDivisionError:
        raise EvaluationError("Division by zero") from None
    except OverflowError:
        raise EvaluationError("A number is too large") from None
    if result is None:
        raise EvaluationError(f"{sign} is not defined for {_type_name(left)} and {_type_name(right)}")
    return result


def _compare(left: Value, sign: str, right: Value) -> float:
    if isinstance(left, str) and isinstance(right, str):
        return _holds(left < right, left > right, sign)
    one, other = _rank(left), _rank(right)
    if one is None or other is None or type(left) is not type(right):
        raise EvaluationError(f"A {_type_name(left)} cannot be compared with a {_type_name(right)}")
    return _holds(one < other, one > other, sign)


def _rank(value: Value) -> Optional[float]:
    return value.ticks if isinstance(value, (Timestamp, Interval)) else value if isinstance(value, float) else None


def _holds(is_less: bool, is_greater: bool, sign: str) -> float:
    return float(is_greater - is_less in _COMPARISONS[sign])


def _numbers(left: Value, sign: str, right: Value) -> Union[float, Vector, None]:
    compute = _ARITHMETIC[sign]
    if isinstance(left, float) and isinstance(right, float):
        return _finite(compute(left, right))
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            raise EvaluationError(f"The vectors have different lengths, {len(left)} and {len(right)}")
        return tuple(_finite(compute(one, other)) for one, other in zip(left, right))
    if isinstance(left, tuple) and isinstance(right, float):
        return tuple(_finite(compute(one, right)) for one in left)
    if isinstance(left, float) and isinstance(right, tuple):
        return tuple(_finite(compute(left, other)) for other in right)
    return None


def _times(left: Value, sign: str, right: Value) -> Union[Timestamp, Interval, None]:
    """None where no time is involved, or it cannot be so."""
    if isinstance(left, float) and isinstance(right, Interval) and sign == "*":
        return _interval(left * right.ticks)
    if isinstance(left, Interval) and isinstance(right, float) and sign in "*/":
        return _interval(_ARITHMETIC[sign](left.ticks, right))
    if isinstance(left, Interval) and isinstance(right, Interval) and sign in "+-":
        return _interval(left.ticks + right.ticks if sign == "+" else left.ticks - right.ticks)
    if isinstance(left, Interval) and isinstance(right, Timestamp) and sign == "+":
        return _moment(left.ticks + right.ticks)
    if isinstance(left, Timestamp) and isinstance(right, Interval) and sign in "+-":
        return _moment(left.ticks + right.ticks if sign == "+" else left.ticks - right.ticks)
    if isinstance(left, Timestamp) and isinstance(right, Timestamp) and sign == "-":
        return _interval(left.ticks - right.ticks)
    return None


def negate(sign: str, value: Value) -> Value:
    """The result of ``-`` or ``!`` before a value."""
    if isinstance(value, Interval) and sign == "-":
        return Interval(-value.ticks)
    if isinstance(value, tuple) and sign == "-":
        return tuple(-one for one in value)
    return -number(value) if sign == "-" else float(number(value) == 0)


# Functions


def _flatten(arguments: Iterable[Value]) -> list[float]:
    result: list[float] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            result.extend(argument)
        else:
            result.append(number(argument))
    return result


def _std(values: Sequence[float]) -> float:
    if len(values) == 1:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


_OF_LISTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda values: math.fsum(values) / len(values),
    "max": max,
    "min": min,
    "range": lambda values: max(values) - min(values),
    "std": _std,
}
"""Functions of at least one number."""
_OF_ANY_LISTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "len": len,
    "sum": math.fsum,
    "norm": lambda values: math.hypot(*values),
}
_OF_EACH: Mapping[str, Callable[[float], float]] = {
    "lg": math.log2,
    "ln": math.log,
    "log": math.log10,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": lambda value: math.copysign(math.floor(abs(value) + 0.5), value),
}


def _of_lists(name: str, arguments: Sequence[Value]) -> Value:
    values = _flatten(arguments)
    if name in _OF_LISTS and not values:
        raise EvaluationError(f"{name} of no values")
    return _computed(_OF_LISTS.get(name) or _OF_ANY_LISTS[name], values, name)


def _of_each(name: str, arguments: Sequence[Value]) -> Value:
    argument = arguments[0]
    if isinstance(argument, tuple):
        return tuple(_computed(_OF_EACH[name], one, name) for one in argument)
    return _computed(_OF_EACH[name], number(argument), name)


def _computed(compute: Callable[[ArgumentT], float], argument: ArgumentT, name: str) -> float:
    try:
        return _finite(float(compute(argument)))
    except (ValueError, OverflowError):
        raise EvaluationError(f"{name} is not defined for its arguments") from None


def _vec(_name: str, arguments: Sequence[Value]) -> Value:
    return tuple(_flatten(arguments))


def _vector(value: Value) -> Vector:
    return value if isinstance(value, tuple) else (number(value),)


def _percentile(_name: str, arguments: Sequence[Value]) -> Value:
    values, share = sorted(_vector(arguments[0])), number(arguments[1])
    if not values or not 0 <= share <= 100:
        raise EvaluationError("percentile needs values and a share between 0 and 100")
    position = (len(values) - 1) * share / 100
    low = math.floor(position)
    high = min(low + 1, len(values) - 1)
    return _finite(values[low] + (values[high] - values[low]) * (position - low))


def _val(_name: str, arguments: Sequence[Value]) -> Value:
    values, index = _vector(arguments[0]), math.floor(number(arguments[1]))
    if not 0 <= index < len(values):
        raise EvaluationError(f"The vector of {len(values)} elements has no element {index}")
    return values[index]


FUNCTIONS: Mapping[str, Callable[[str, Sequence[Value]], Value]] = {
    **dict.fromkeys((*_OF_LISTS, *_OF_ANY_LISTS), _of_lists),
    **dict.fromkeys(_OF_EACH, _of_each),
    "percentile": _percentile,
    "val": _val,
    "vec": _vec,
}
"""Functions of nothing but their arguments, called with their own name and these."""


# Results


def write(value: Value) -> str:
    """A value as the results of an evaluation show it."""
    if isinstance(value, (int, float)):
        return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)
    if isinstance(value, tuple):
        return f"[{','.join(write(one) for one in value)}]"
    if isinstance(value, Timestamp):
        return _datetime(value).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, Interval):
        return _write_interval(value.ticks)
    if isinstance(value, Option):
        return value.word
    if isinstance(value, Series):
        return value.name
    return value


def _write_interval(ticks: int) -> str:
    seconds, fraction = divmod(abs(ticks), SECOND)
    days, seconds = divmod(seconds, 86400)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return ("-" if ticks < 0 else "") + (f"{days}." if days else "") + time + (f".{fraction:07}" if fraction else "")
