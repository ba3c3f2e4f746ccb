"""Values held against the annotations of faults and outcomes, where they are given in Python and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = ["check", "check_fields", "hints_of", "mismatch"]


@lru_cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The annotations of a class by the names of its fields."""
    return get_type_hints(kind)


def check_fields(given: object) -> None:
    """Refuse what is not of the kind that its field is annotated with."""
    kind: Any = type(given)
    for name, hint in hints_of(kind).items():
        check(name, getattr(given, name), hint)


def check(name: str, value: Any, hint: Any) -> None:
    """Refuse a value that an annotation does not allow: TypeError, or ValueError for another word than it lists."""
    reason = mismatch(value, hint)
    if reason:
        has_words = any(get_origin(one) is Literal for one in _alternatives(hint))
        raise (ValueError if has_words and isinstance(value, str) else TypeError)(f"{name}: {reason}")


def mismatch(value: Any, hint: Any) -> str:
    """Why an annotation does not allow a value; nothing if it does."""
    if any(_fits(value, one) for one in _alternatives(hint)):
        return ""
    expected = " or ".join(_told(one) for one in _alternatives(hint) if one is not type(None))
    return f"expected {expected}, got {value!r}"


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Union else (hint,)


def _fits(value: Any, hint: Any) -> bool:
    kind, items = get_origin(hint), value
    if kind is Literal:
        return value in get_args(hint)
    if kind is Sequence:
        (item,) = get_args(hint)
        if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
            return False
        return isinstance(value, range) or not any(mismatch(one, item) for one in items)
    if kind is Mapping:
        _, item = get_args(hint)
        return isinstance(value, Mapping) and not any(mismatch(one, item) for one in items.values())
    if hint is Any:
        return True
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _told(hint: Any) -> str:
    kind = get_origin(hint)
    if kind is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if kind in (Sequence, Mapping):
        items = " or ".join(map(_told, _alternatives(get_args(hint)[-1])))
        return f"a {kind.__name__.lower()} of {items}"
    return "a number" if hint is float else str(hint.__name__)
