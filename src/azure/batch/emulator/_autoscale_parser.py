"""The grammar of autoscale formulas.

What can be known without data is checked here, because the service refuses such a formula when it is given: syntax,
unknown names, variables used before they are assigned, assignment to what is read-only, numbers of arguments. Types are
known only when a formula is evaluated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, Union

from ._wire import ServiceError

__all__ = [
    "ALIASES",
    "FIELDS",
    "FUNCTIONS",
    "METHODS",
    "READ_ONLY",
    "Access",
    "Assignment",
    "Binary",
    "Choice",
    "Expression",
    "Formula",
    "Invocation",
    "Name",
    "Number",
    "Text",
    "Unary",
    "parse",
]

ALIASES = {"$TargetDedicated": "$TargetDedicatedNodes", "$TargetLowPriority": "$TargetLowPriorityNodes"}
_ASSIGNABLE = frozenset({*ALIASES, *ALIASES.values(), "$NodeDeallocationOption"})
_TASKS = ("ActiveTasks", "RunningTasks", "PendingTasks", "SucceededTasks", "FailedTasks", "TaskSlotsPerNode")
_NODES = ("CurrentDedicatedNodes", "CurrentLowPriorityNodes", "PreemptedNodeCount", "UsableNodeCount")
_RESOURCES = ("CPUPercent", "WallClockSeconds", "MemoryBytes", "NetworkInBytes", "NetworkOutBytes", "SampleNodeCount")
_DISKS = ("DiskBytes", "DiskReadBytes", "DiskWriteBytes", "DiskReadOps", "DiskWriteOps")
READ_ONLY = frozenset(f"${name}" for name in (*_TASKS, *_NODES, *_RESOURCES, *_DISKS))
_INTERVALS = ("Zero", "100ns", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "Day", "Week", "Year")
_CONSTANTS = frozenset(
    {"requeue", "terminate", "taskcompletion", "retaineddata", *(f"TimeInterval_{name}" for name in _INTERVALS)}
)
_MANY = 1 << 30
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("avg", "len", "max", "min", "norm", "range", "std", "sum", "vec"), (1, _MANY)),
    **dict.fromkeys(("lg", "ln", "log", "ceil", "floor", "round"), (1, 1)),
    **dict.fromkeys(("percentile", "val"), (2, 2)),
    **dict.fromkeys(("rand", "stop"), (0, 0)),
    "time": (0, 1),
}
"""Functions with the least and the greatest number of arguments."""
METHODS: Mapping[str, tuple[int, int]] = {
    "GetSample": (1, 3),
    "GetSamplePercent": (1, 2),
    **dict.fromkeys(("GetSamplePeriod", "Count", "HistoryBeginTime"), (0, 0)),
}
FIELDS = frozenset({"year", "month", "day", "weekday", "hour", "minute", "second"})
_LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6}

_MOST_BYTES = 8 * 1024
_MOST_STATEMENTS = 100
_DEEPEST = 100
"""How deep expressions may be nested: far beyond any real formula, and within what Python's stack can take."""
_MOST_LINKS = 2
"""As in ``$ActiveTasks.HistoryBeginTime().hour``; a number, which has no members, is at the end of every such chain."""


@dataclass(frozen=True)
class Number:
    position: int
    value: float


@dataclass(frozen=True)
class Text:
    position: int
    value: str


@dataclass(frozen=True)
class Name:
    """A variable, or one of the constants."""

    position: int
    name: str


@dataclass(frozen=True)
class Invocation:
    """A function, or with a ``target`` one of its methods."""

    position: int
    function: str
    arguments: tuple[Expression, ...]
    target: Optional[Expression] = None


@dataclass(frozen=True)
class Access:
    """A member of a timestamp."""

    position: int
    target: Expression
    field: str


@dataclass(frozen=True)
class Unary:
    position: int
    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary:
    position: int
    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True)
class Choice:
    position: int
    condition: Expression
    then: Expression
    otherwise: Expression


Expression = Union[Number, Text, Name, Invocation, Access, Unary, Binary, Choice]


@dataclass(frozen=True)
class Assignment:
    position: int
    name: str
    """As it is written, with or without ``$``."""
    value: Expression


@dataclass(frozen=True)
class Formula:
    """A formula that can be evaluated."""

    text: str
    statements: tuple[Union[Assignment, Expression], ...]
    """An expression on its own has no effect, unless it is ``stop()``."""

    def place(self, position: int) -> str:
        """``Line 1, Col 1`` of an offset in the text."""
        return _place(self.text, position)


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"Line {line}, Col {position - text.rfind(chr(10), 0, position)}"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f\v]+|//[^\n]*)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>"[^"\n]*")
      | (?P<name>\$?[A-Za-z_][A-Za-z_0-9]*)
      | (?P<sign>&&|\|\||[=!<>]=|[-+*/<>!?:=;.,()])""",
    re.VERBOSE,
)


def parse(text: str) -> Formula:
    """Read a formula; raises :class:`ServiceError` for one that the service would not take."""
    if len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise ServiceError("AutoScalingFormulaTooLong", values=[("Reason", "The formula is longer than 8 KB")])
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._read_tokens()
        self._index = 0
        self._depth = 0
        self._assigned: set[str] = set()

    def parse(self) -> Formula:
        statements: list[Union[Assignment, Expression]] = []
        while self._token.kind != "end":
            if self._take(";"):
                continue
            statements.append(self._statement())
            if self._token.kind != "end":
                self._expect(";")
        if len(statements) > _MOST_STATEMENTS:
            reason = f"The formula has more than {_MOST_STATEMENTS} statements"
            raise ServiceError("AutoScalingFormulaTooLong", values=[("Reason", reason)])
        return Formula(self._text, tuple(statements))

    def _read_tokens(self) -> list[_Token]:
        tokens: list[_Token] = []
        position = 0
        while position < len(self._text):
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._error(position, f"Unexpected character {self._text[position]!r}")
            if match.lastgroup != "space":
                tokens.append(_Token(str(match.lastgroup), match[0], position))
            position = match.end()
        return [*tokens, _Token("end", "the end of the formula", position)]

    def _statement(self) -> Union[Assignment, Expression]:
        token = self._token
        following = self._tokens[min(self._index + 1, len(self._tokens) - 1)]
        if token.kind != "name" or following.text != "=":
            return self._expression()
        self._index += 2
        if token.text in READ_ONLY or token.text in _CONSTANTS:
            raise self._error(token.position, f"{token.text} cannot be assigned")
        value = self._expression()
        self._assigned.add(token.text.lstrip("$"))
        return Assignment(token.position, token.text, value)

    def _descend(self, levels: int = 1) -> None:
        self._depth += levels
        if self._depth > _DEEPEST:
            raise self._error(self._token.position, "The formula is nested too deeply")

    def _expression(self) -> Expression:
        self._descend()
        condition = self._binary(1)
        if self._token.text == "?" and self._token.kind == "sign":
            position = self._token.position
            self._index += 1
            then = self._expression()
            self._expect(":")
            condition = Choice(position, condition, then, self._expression())
        self._depth -= 1
        return condition

    def _binary(self, lowest: int) -> Expression:
        left = self._unary()
        while True:
            token = self._token
            level = _LEVELS.get(token.text, 0) if token.kind == "sign" else 0
            if level < lowest:
                return left
            self._index += 1
            self._descend()
            left = Binary(token.position, left, token.text, self._binary(level + 1))
            self._depth -= 1

    def _unary(self) -> Expression:
        signs: list[_Token] = []
        while self._token.kind == "sign" and self._token.text in ("-", "!"):
            signs.append(self._token)
            self._index += 1
        self._descend(len(signs))
        result = self._postfix()
        self._depth -= len(signs)
        for sign in reversed(signs):
            result = Unary(sign.position, sign.text, result)
        return result

    def _postfix(self) -> Expression:
        result = self._primary()
        links = 0
        while self._take("."):
            token = self._token
            self._index += 1
            links += 1
            if token.kind != "name":
                raise self._unexpected(token)
            if links > _MOST_LINKS or not (token.text in FIELDS or self._token.text == "("):
                raise self._error(token.position, f"There is no member {token.text}")
            if self._take("("):
                result = Invocation(token.position, token.text, self._arguments(token, METHODS), result)
            else:
                result = Access(token.position, result, token.text)
        return result

    def _primary(self) -> Expression:
        token = self._token
        self._index += 1
        if token.kind == "number":
            value = float(token.text)
            if math.isinf(value):
                raise self._error(token.position, "The number is too large")
            return Number(token.position, value)
        if token.kind == "text":
            return Text(token.position, token.text[1:-1])
        if token.kind == "sign" and token.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if token.kind != "name":
            raise self._unexpected(token)
        if self._take("("):
            return Invocation(token.position, token.text, self._arguments(token, FUNCTIONS))
        return self._name(token)

    def _name(self, token: _Token) -> Expression:
        name = token.text
        known = name in _ASSIGNABLE or name in READ_ONLY or name in _CONSTANTS
        if not known and name.lstrip("$") not in self._assigned:
            raise self._error(token.position, f"{name} is not defined")
        return Name(token.position, name)

    def _arguments(self, function: _Token, known: Mapping[str, tuple[int, int]]) -> tuple[Expression, ...]:
        if function.text not in known:
            raise self._error(function.position, f"There is no function {function.text}")
        arguments: list[Expression] = []
        if not self._take(")"):
            arguments.append(self._expression())
            while self._take(","):
                arguments.append(self._expression())
            self._expect(")")
        least, most = known[function.text]
        if not least <= len(arguments) <= most:
            raise self._error(function.position, f"{function.text} does not take {len(arguments)} arguments")
        return tuple(arguments)

    @property
    def _token(self) -> _Token:
        return self._tokens[min(self._index, len(self._tokens) - 1)]

    def _take(self, sign: str) -> bool:
        if self._token.kind != "sign" or self._token.text != sign:
            return False
        self._index += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error(self._token.position, f"Expected {sign} before {self._token.text}")

    def _unexpected(self, token: _Token) -> ServiceError:
        return self._error(token.position, f"Unexpected {token.text}")

    def _error(self, position: int, reason: str) -> ServiceError:
        values = [("Reason", f"{_place(self._text, position)}: {reason}")]
        return ServiceError("AutoScalingFormulaSyntaxError", values=values)
