"""The operations and models of API version 2025-06-01, and JSON documents held against them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.facts import EARLIER

__all__ = ["ENUMS", "MODELS", "OPERATIONS", "problems"]

_FILE = Path(__file__).parents[1] / "facts" / "operations-2025-06-01.json"

OPERATIONS: dict[str, dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))
"""Every operation: verb, path, success code, query, conditional headers, body, response and its headers."""
MODELS: dict[str, dict[str, dict[str, Any]]] = EARLIER["models"]
"""Every model: its fields by their names in Python, with name on the wire and type."""
ENUMS: dict[str, dict[str, str]] = EARLIER["enums"]

_LEFT_OUT = {"password", "accountKey", "sasKey", "sshPrivateKey", "protectedSettings", "ipv6Address"}
"""What is required and yet not always there: secrets, and the second address of nodes that have only one."""
_PLAIN: dict[str, tuple[type, ...]] = {"str": (str,), "bool": (bool,), "int": (int,), "float": (int, float)}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,7})?S)?)?")


def problems(document: Any, kind: str, place: str = "") -> Iterator[str]:
    """What is wrong with a document that the service would send as this model; nothing when all is well."""
    wires = {field["wire"]: field for field in MODELS[kind].values()}
    if not isinstance(document, dict):
        yield f"{place} is no object"
        return
    for name, value in document.items():
        if name.startswith("odata."):
            continue
        if name not in wires:
            yield f"{place}/{name} is not known of {kind}"
        else:
            yield from _wrong(value, wires[name]["type"], bool(wires[name].get("text")), f"{place}/{name}")
    for name, field in wires.items():
        if field.get("required") and name not in document and name not in _LEFT_OUT:
            yield f"{place}/{name} is missing"


def _wrong(value: Any, kind: str, is_text: bool, place: str) -> Iterator[str]:
    kind = kind.removeprefix("Optional[").removesuffix("]") if kind.startswith("Optional[") else kind
    if kind.startswith("list["):
        for index, item in enumerate(value):
            yield from _wrong(item, kind[5:-1], is_text, f"{place}[{index}]")
    elif kind in MODELS:
        yield from problems(value, kind, place)
    elif kind.startswith("Union[str, "):
        words = {word.lower() for word in ENUMS[kind[11:-1]].values()}
        if str(value).lower() not in words:
            yield f"{place} is {value!r}, which is none of {kind}"
    elif kind in ("datetime", "timedelta"):
        form = _DATE if kind == "datetime" else _DURATION
        if not (isinstance(value, str) and form.fullmatch(value)):
            yield f"{place} is {value!r} and not a {kind}"
    elif is_text:
        if not (isinstance(value, str) and re.fullmatch(r"-?\d+", value)):
            yield f"{place} is {value!r} and not a number as text"
    elif kind in _PLAIN and (not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != "bool")):
        yield f"{place} is {value!r} and not {kind}"
