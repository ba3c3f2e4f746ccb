"""The pattern language of output files: ``*``, ``**``, ``?``, ``[a-c]`` and ``[!abc]``.

A pattern is matched by following all its possible readings at the same time, so the effort grows with the length of the
pattern and of the name only, whatever anybody writes. Undefined variables stay as they are written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Callable, Optional, TypeVar

__all__ = ["Pattern", "expand"]

ItemT = TypeVar("ItemT")
Test = Callable[[ItemT], bool]

_POSIX_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_WINDOWS_VARIABLE = re.compile(r"%([^%]+)()%")


def expand(pattern: str, environment: Mapping[str, str], *, windows: bool = False) -> str:
    """Replace ``$name`` and ``${name}``, on Windows ``%name%``."""
    values = {name.upper(): value for name, value in environment.items()} if windows else environment

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return values.get(name.upper() if windows else name, match[0])

    return (_WINDOWS_VARIABLE if windows else _POSIX_VARIABLE).sub(value, pattern)


class Pattern:
    """A pattern relative to some directory, or an absolute one."""

    def __init__(self, text: str, *, windows: bool = False) -> None:
        self.text = text
        parts = (text.replace("\\", "/") if windows else text).split("/")
        fixed = 0
        while fixed < len(parts) - 1 and not _has_wildcard(parts[fixed]):
            fixed += 1
        self.base = "/".join(parts[:fixed]) + ("/" if fixed else "")
        """The directories before the first wildcard."""
        self.has_wildcards = any(_has_wildcard(part) for part in parts)
        self._rest = parts[fixed:]
        if self._rest[-1] == "**":
            self._rest.append("*")
        self._tests = [None if part == "**" else _name_test(part, windows) for part in self._rest]

    def matches(self, names: Sequence[str]) -> bool:
        """Whether the parts of a path below the base match."""
        return _fits(self._tests, names, lambda name: not name.startswith("."))

    def files(self, directory: Path) -> Iterator[tuple[Path, str]]:
        """The files that match, each with its name below the base."""
        root = Path(os.path.normpath(directory / self.base))
        if not self.has_wildcards:
            path = root / self._rest[0]
            if self._rest[0] not in ("", ".", "..") and path.is_file():
                yield path, path.name
            return
        for folder, folders, files in os.walk(root):
            folders.sort()
            inside = Path(folder).relative_to(root).parts
            for file in sorted(files):
                path = Path(folder, file)
                if self.matches((*inside, file)) and path.is_file():
                    yield path, "/".join((*inside, file))


def _has_wildcard(part: str) -> bool:
    return any(mark in part for mark in "*?[")


def _fits(tests: Sequence[Optional[Test[ItemT]]], items: Sequence[ItemT], may_skip: Test[ItemT]) -> bool:
    """Whether each item passes its test in order, where None stands for any number of items that may be skipped."""
    states = _reachable(tests, {0})
    for item in items:
        following: set[int] = set()
        for state in states:
            if state == len(tests):
                continue
            test = tests[state]
            if test is None:
                if may_skip(item):
                    following.add(state)
            elif test(item):
                following.add(state + 1)
        states = _reachable(tests, following)
    return len(tests) in states


def _reachable(tests: Sequence[Optional[Test[ItemT]]], states: set[int]) -> set[int]:
    result: set[int] = set()
    for state in states:
        result.add(state)
        while state < len(tests) and tests[state] is None:
            state += 1
            result.add(state)
    return result


def _name_test(part: str, ignore_case: bool) -> Test[str]:
    tests = [*_character_tests(part.lower() if ignore_case else part)]

    def test(name: str) -> bool:
        if name.startswith(".") and not part.startswith("."):
            return False
        return _fits(tests, name.lower() if ignore_case else name, lambda _: True)

    return test


def _character_tests(part: str) -> Iterator[Optional[Test[str]]]:
    position = 0
    while position < len(part):
        character = part[position]
        # A bracket right behind the opening one belongs to the set; one that is never closed is an ordinary character.
        start = position + (2 if part.startswith("[!", position) else 1)
        end = part.find("]", start + 1) if character == "[" else -1
        position = end + 1 if end >= 0 else position + 1
        if end >= 0:
            yield _set_test(part[start:end], negated=part[start - 1] == "!")
        elif character == "*":
            yield None
        elif character == "?":
            yield lambda _: True
        else:
            yield character.__eq__


def _set_test(content: str, *, negated: bool) -> Test[str]:
    ranges: list[tuple[str, str]] = []
    position = 0
    while position < len(content):
        last = position + 2 if content[position + 1 : position + 2] == "-" and position + 2 < len(content) else position
        ranges.append((content[position], content[last]))
        position = last + 1
    return lambda character: any(low <= character <= high for low, high in ranges) != negated
