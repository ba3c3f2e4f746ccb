"""Examples of every model, made from the models' own annotations and field tables: all fields filled, to any depth.

``keywords(kind)`` gives Python values to construct a model from, ``wire(kind)`` the JSON object that means the same.
"""

from __future__ import annotations

import functools
import json
import typing
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Union

import pytest

from azure.batch._codecs import INT_TEXT
from azure.batch._model import Model
from azure.batch.models import _models
from support.facts import FACTS

ALL: list[type[Model]] = sorted(
    (one for one in vars(_models).values() if isinstance(one, type) and issubclass(one, Model) and one is not Model),
    key=lambda one: one.__name__,
)

each_model = pytest.mark.parametrize("kind", ALL, ids=lambda one: one.__name__)


class Example(typing.NamedTuple):
    """One value of a field, as a program gives it and as the service has it."""

    value: Any
    wire: Any


@functools.cache
def hints_of(kind: type[Model]) -> dict[str, Any]:
    """The annotation of each field, without ``Optional``."""
    hints = typing.get_type_hints(kind)
    return {name: _required(hints[name]) for name in kind._attr_to_rest_field}


def _required(hint: Any) -> Any:
    if typing.get_origin(hint) is not Union:
        return hint
    return Union[tuple(one for one in typing.get_args(hint) if one is not type(None))]


def models_in(kind: type[Model]) -> dict[str, type[Model]]:
    """The fields of a model that hold one model."""
    return {name: hint for name, hint in hints_of(kind).items() if _is_model(hint)}


def model_lists_in(kind: type[Model]) -> dict[str, type[Model]]:
    """The fields of a model that hold a list of models."""
    return {name: item for name, item in lists_in(kind).items() if _is_model(item)}


def lists_in(kind: type[Model]) -> dict[str, Any]:
    """The fields of a model that hold a list, with what is in it."""
    found = hints_of(kind).items()
    return {name: typing.get_args(hint)[0] for name, hint in found if typing.get_origin(hint) is list}


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and typing.get_origin(hint) is None and issubclass(hint, Model)


def example(hint: Any, name: str, salt: int, *, as_text: bool = False) -> Example:
    """A value for one field; another salt gives another value."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        items = [example(arguments[0], name, salt + offset, as_text=as_text) for offset in range(2)]
        return Example([one.value for one in items], [one.wire for one in items])
    if origin is dict:
        return Example({f"{name}-{salt}": "value"}, {f"{name}-{salt}": "value"})
    if origin is Union:  # Union[str, SomeEnum]
        members = list(arguments[1])
        member = members[salt % len(members)]
        return Example(member, member.value)
    if issubclass(hint, Model):
        return Example(hint(**keywords(hint, salt)), wire(hint, salt))
    return _scalar(hint, name, salt, as_text)


def _scalar(hint: type, name: str, salt: int, as_text: bool) -> Example:
    number = len(name) + salt
    if hint is datetime:
        moment = datetime(2025, 1 + salt % 12, 1 + number % 28, salt % 24, 5, 6, 123456, tzinfo=timezone.utc)
        return Example(moment, moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    if hint is timedelta:
        return Example(timedelta(days=number, minutes=5, milliseconds=500), f"P{number}DT5M0.5S")
    if hint is bool:
        return Example(number % 2 == 0, number % 2 == 0)
    if hint is float:
        return Example(number + 0.25, number + 0.25)
    if hint is int:
        return Example(number, str(number) if as_text else number)
    assert hint is str, hint
    return Example(f"{name} {salt} ü/?", f"{name} {salt} ü/?")


def _examples(kind: type[Model], salt: int) -> Iterator[tuple[str, str, Example]]:
    for name, hint in hints_of(kind).items():
        found = kind._attr_to_rest_field[name]
        yield name, found.wire, example(hint, name, salt, as_text=found.codec is INT_TEXT)


def keywords(kind: type[Model], salt: int = 0) -> dict[str, Any]:
    """Keywords that fill every field of a model."""
    return {name: one.value for name, _, one in _examples(kind, salt)}


def wire(kind: type[Model], salt: int = 0) -> dict[str, Any]:
    """The JSON object of the model that :func:`keywords` makes; a new one each time."""
    found: dict[str, Any] = json.loads(_wire_text(kind, salt))
    return found


@functools.cache
def _wire_text(kind: type[Model], salt: int) -> str:
    return json.dumps({key: one.wire for _, key, one in _examples(kind, salt)})


def filled(kind: type[Model], salt: int = 0) -> Any:
    """A model with every field filled; typed loosely, since tests reach for fields by name."""
    return kind(**keywords(kind, salt))


def received(kind: type[Model], salt: int = 0) -> Any:
    """The same as the service would send it."""
    return kind.from_wire(wire(kind, salt))


def attributes(model: Any) -> dict[str, Any]:
    """All attributes of a model."""
    return {name: getattr(model, name) for name in model._attr_to_rest_field}


def without_read_only(value: Any, kind: type[Model]) -> Any:
    """The JSON of a model without what the list of facts says that only the service sets, at any depth."""
    facts = FACTS["models"][kind.__name__]
    writable = {fact["wire"] for fact in facts.values() if not fact.get("read_only")}
    return {key: one for key, one in _inside(value, kind, without_read_only).items() if key in writable}


def by_attribute_name(value: Any, kind: type[Model]) -> Any:
    """The JSON of a model under Python's names, at any depth."""
    return {kind._by_wire[key].name: one for key, one in _inside(value, kind, by_attribute_name).items()}


def _inside(value: dict[str, Any], kind: type[Model], change: Callable[[Any, type[Model]], Any]) -> dict[str, Any]:
    """Apply a change to the JSON of the models inside a model."""
    inner = {**models_in(kind), **model_lists_in(kind)}
    result = dict(value)
    for name, below in inner.items():
        key = kind._attr_to_rest_field[name].wire
        one = value.get(key)
        if one is not None:
            result[key] = [change(each, below) for each in one] if isinstance(one, list) else change(one, below)
    return result
