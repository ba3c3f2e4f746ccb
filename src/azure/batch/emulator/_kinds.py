"""The kinds of values that faults and outcomes are made of, checked where they are given: in Python or over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["FLAG", "INTEGER", "NUMBER", "TEXT", "Kinds", "check"]

Kinds = tuple[type, ...]
FLAG: Kinds = (bool,)
INTEGER: Kinds = (int,)
NUMBER: Kinds = (int, float)
TEXT: Kinds = (str,)


def check(given: object, kinds: Mapping[str, Kinds], words: Mapping[str, tuple[str, ...]], *optional: str) -> None:
    """Refuse attributes of other kinds than these, or words that are none of those; only some may be None."""
    for name, allowed in kinds.items():
        value: Any = getattr(given, name)
        if value is None and name in optional:
            continue
        if not isinstance(value, allowed) or any(
            isinstance(value, kind) and kind not in allowed for kind in (bool, str)
        ):
            raise TypeError(f"{name}: expected {' or '.join(one.__name__ for one in allowed)}, got {value!r}")
        if name in words and value not in words[name]:
            raise ValueError(f"{name} must be one of {', '.join(words[name])}, not {value!r}.")
