"""Values for every field of every model and every parameter, made from the facts of azure-batch 15.1.0's surface.

All values are plain JSON: a Python value that JSON does not have is described by ``{"$": kind, "v": ...}``, which the
worker turns into the value under either library.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1]
_VERSION = "2025-06-01"

_WHEN = "2026-03-04T05:06:07.891234+00:00"
WHEN_WIRE = "2026-03-04T05:06:07.8912345Z"
_DURATION = [1, 7384, 500000]
LONG_WIRE = "9007199254740993"
_DURATION_WIRE = "P1DT2H3M4.5S"


@cache
def facts() -> Any:
    """The facts: client members with their signatures, models with their fields, enums with their members."""
    return json.loads((_TESTS / "facts" / f"api-{_VERSION}.json").read_text("utf-8"))


@cache
def operations() -> Any:
    """What each of the service's operations is called with and answers."""
    return json.loads((_TESTS / "compat" / f"operations-{_VERSION}.json").read_text("utf-8"))


def described(kind: str, value: Any = None) -> dict[str, Any]:
    """A Python value that JSON does not have."""
    return {"$": kind, "v": value}


def attributes() -> dict[str, list[str]]:
    """The names of the attributes of each model."""
    return {name: list(fields) for name, fields in facts()["models"].items()}


def _parts(text: str) -> tuple[str, str]:
    """A type's name and what stands in its brackets, with ``Optional`` and the ``str`` of open enums taken off."""
    found = re.fullmatch(r"(\w+)(?:\[(.*)\])?", text)
    assert found is not None, text
    outer, inner = found.group(1), found.group(2) or ""
    if outer == "Optional":
        return _parts(inner)
    if outer == "Union":
        return _parts(inner.replace("str, ", "", 1))
    return outer, inner


def wire(name: str, *, requests: bool = False, depth: int = 0) -> dict[str, Any]:
    """The JSON of a model with every field; without those that only the service sets, for a request."""
    fields = facts()["models"][name]
    return {
        one["wire"]: _wire_value(one["type"], one.get("text", False), requests, depth)
        for one in fields.values()
        if not (requests and one.get("read_only"))
    }


def _wire_value(kind: str, text: bool, requests: bool, depth: int) -> Any:
    outer, inner = _parts(kind)
    if outer == "list":
        return [_wire_value(inner, text, requests, depth)] * (1 if depth > 2 else 2)
    if outer in facts()["models"]:
        return wire(outer, requests=requests, depth=depth + 1)
    if outer in facts()["enums"]:
        return next(reversed(facts()["enums"][outer].values()))
    if text:
        return LONG_WIRE
    scalars = {"str": 'text "quoted" ü ☃', "int": 7, "float": 2.5, "bool": True, "dict": {"a": "b", "ü": "\u2603"}}
    return {**scalars, "datetime": WHEN_WIRE, "timedelta": _DURATION_WIRE}[outer]


def model(name: str, *, required_only: bool = False, depth: int = 0) -> dict[str, Any]:
    """A model made from keywords: every field that can be sent, or the required ones only."""
    fields = facts()["models"][name]
    values = {
        field: _value(one["type"], required_only, depth)
        for field, one in fields.items()
        if not one.get("read_only") and (one.get("required") or not required_only)
    }
    return described("model", [name, values, None])


def _value(kind: str, required_only: bool, depth: int) -> Any:
    outer, inner = _parts(kind)
    if outer == "list":
        return [_value(inner, required_only, depth)] * (1 if depth > 2 else 2)
    if outer in facts()["models"]:
        return model(outer, required_only=required_only, depth=depth + 1)
    if outer in facts()["enums"]:
        return described("enum", [outer, next(iter(facts()["enums"][outer]))])
    scalars = {"str": "text ü", "int": 7, "float": 2.5, "bool": False, "dict": {"a": "b"}}
    if outer in scalars:
        return scalars[outer]
    return described("datetime", _WHEN) if outer == "datetime" else described("duration", _DURATION)


def model_of_json(name: str) -> dict[str, Any]:
    """A model made from its JSON, with every field, those that only the service sets included."""
    return described("model", [name, None, wire(name)])
