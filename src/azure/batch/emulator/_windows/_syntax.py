"""The grammar of a command line: what joins, groups and redirects commands, and ``if`` and ``for``.

The shapes are named tuples, and the shell imports some modules where it needs them: a process that runs one small
command should not spend its time on getting ready.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional, Union

__all__ = ["Chain", "ExitError", "For", "Group", "If", "Node", "Parser", "Redirect", "ShellError", "Simple"]


class Redirect(NamedTuple):
    descriptor: int
    mode: str
    """``<``, ``>``, ``>>`` or ``&`` for a copy of another descriptor."""
    target: str


class Simple(NamedTuple):
    text: str
    redirects: tuple[Redirect, ...]


class Group(NamedTuple):
    body: Node
    redirects: tuple[Redirect, ...]


class Chain(NamedTuple):
    first: Node
    operator: str
    second: Node


class If(NamedTuple):
    negated: bool
    ignore_case: bool
    left: str
    comparison: str
    """``exist``, ``defined``, ``errorlevel``, ``==``, ``equ`` and so on."""
    right: str
    then: Node
    otherwise: Optional[Node]


class For(NamedTuple):
    variable: str
    counting: bool
    items: str
    body: Node


Node = Union[Simple, Group, Chain, If, For]


class ShellError(Exception):
    """A message for standard error; the command that raised it ends with exit code 1."""


class ExitError(Exception):
    """The way out that the command ``exit`` takes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


_OPERATORS = ("&", "||", "&&", "|")
"""What joins commands, from what binds least."""
_REDIRECT = re.compile(r"([0-2])?(?:([<>])&([0-2])|(>>|[<>])[ \t]*((?:\"[^\"]*\"|[^\s\"&|()<>,;=])+))")
_KEYWORD = re.compile(r"(rem|if|for|else)(?![\w.-])", re.IGNORECASE)
_OPERAND = r"((?:\"[^\"]*\"|[^\s\"=&|()<>])+)"
_CONDITION = re.compile(
    rf"\s*(?P<ignore>/i\s+)?(?P<not>not\s+)?"
    rf"(?:(?P<unary>exist|defined|errorlevel)\s+{_OPERAND}|{_OPERAND}\s*(?P<binary>==|\b(?:equ|neq|lss|leq|gtr|geq)\b)\s*{_OPERAND})",
    re.IGNORECASE,
)
_LOOP = re.compile(r"\s+(?P<count>/l\s+)?%(?P<variable>[a-z])\s+in\s*\((?P<items>[^)]*)\)\s*do(?!\w)", re.IGNORECASE)


class Parser:
    """Reads one line; what a command is given stays text, since each command reads its own arguments."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._depth = 0

    def parse(self) -> Node:
        if "\n" in self._text.strip():
            raise ShellError("A line break in a command line is not supported.")
        node = self._chain(0)
        if not self._at_end():
            raise self._unexpected()
        return node

    def _chain(self, level: int) -> Node:
        if level == len(_OPERATORS):
            return self._command()
        operator = _OPERATORS[level]
        node = self._chain(level + 1)
        while self._take(operator):
            if operator == "&" and (self._at_end() or self._peek(")")):
                break
            node = Chain(node, operator, self._chain(level + 1))
        return node

    def _command(self) -> Node:
        self._skip(" \t\r\n,;=@")
        if self._at_end() or self._text[self._position] in "&|":
            raise self._unexpected()
        if self._take("("):
            self._depth += 1
            body = self._chain(0)
            if not self._take(")"):
                raise self._unexpected()
            self._depth -= 1
            return Group(body, self._redirects())
        keyword = _KEYWORD.match(self._text, self._position)
        word = keyword[1].lower() if keyword else ""
        if keyword and word == "if":
            return self._if(keyword.end())
        if keyword and word == "for":
            return self._for(keyword.end())
        if keyword and word == "rem":
            self._position = len(self._text)
            return Simple("rem", ())
        return self._simple()

    def _if(self, position: int) -> Node:
        match = _CONDITION.match(self._text, position)
        if match is None:
            self._position = position
            raise self._unexpected()
        self._position = match.end()
        then, otherwise = self._chain(0), None
        self._skip()
        keyword = _KEYWORD.match(self._text, self._position)
        if keyword and keyword[1].lower() == "else":
            self._position = keyword.end()
            otherwise = self._chain(0)
        comparison = (match["unary"] or match["binary"]).lower()
        left, right = (match[4], "") if match["unary"] else (match[5], match[7])
        return If(bool(match["not"]), bool(match["ignore"]), left, comparison, right, then, otherwise)

    def _for(self, position: int) -> Node:
        match = _LOOP.match(self._text, position)
        if match is None:
            raise ShellError("This form of the FOR command is not supported.")
        self._position = match.end()
        return For(match["variable"], bool(match["count"]), match["items"], self._chain(0))

    def _simple(self) -> Node:
        text: list[str] = []
        redirects: list[Redirect] = []
        quoted = False
        while self._position < len(self._text):
            character = self._text[self._position]
            if character == '"':
                quoted = not quoted
            elif not quoted:
                if character in "&|" or (character == ")" and self._depth):
                    break
                redirect = self._redirect(not text or text[-1] in ' \t,;="')
                if redirect is not None:
                    redirects.append(redirect)
                    continue
                if character == "^":
                    self._position += 1
                    character = self._text[self._position : self._position + 1]
            text.append(character)
            self._position += 1
        return Simple("".join(text), tuple(redirects))

    def _redirects(self) -> tuple[Redirect, ...]:
        redirects: list[Redirect] = []
        while True:
            self._skip()
            redirect = self._redirect(True)
            if redirect is None:
                return tuple(redirects)
            redirects.append(redirect)

    def _redirect(self, word_begins: bool) -> Optional[Redirect]:
        match = _REDIRECT.match(self._text, self._position)
        if match is None:
            if self._text[self._position : self._position + 1] in ("<", ">"):
                raise self._unexpected()
            return None
        if match[1] and not word_begins:
            return None
        self._position = match.end()
        sign = match[2] or match[4]
        descriptor = int(match[1]) if match[1] else int(sign != "<")
        return Redirect(descriptor, "&", match[3]) if match[2] else Redirect(descriptor, sign, match[5])

    def _take(self, sign: str) -> bool:
        self._skip()
        if not self._peek(sign) or (sign in ("&", "|") and self._peek(sign * 2)):
            return False
        self._position += len(sign)
        return True

    def _peek(self, sign: str) -> bool:
        return self._text.startswith(sign, self._position)

    def _skip(self, characters: str = " \t\r\n") -> None:
        while self._position < len(self._text) and self._text[self._position] in characters:
            self._position += 1

    def _at_end(self) -> bool:
        self._skip()
        return self._position >= len(self._text)

    def _unexpected(self) -> ShellError:
        rest = self._text[self._position :].split(None, 1)
        return ShellError(
            f"{rest[0]} was unexpected at this time." if rest else "The syntax of the command is incorrect."
        )
