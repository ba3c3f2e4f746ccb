"""In what an object of the service differs from what was asked for.

What was asked for has to be contained in what exists; what the service adds, such as defaults, is no difference. The
fields' codecs tell when two texts mean the same, so that it does not matter how a date, a duration or a member of an
enum is spelled. Passwords and keys, which the service keeps to itself, cannot be compared. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ._codecs import encode_enum, is_list, is_object
from ._model import is_secret, redacted, without_signatures

if TYPE_CHECKING:
    from ._model import Model

_LONGEST = 120
"""Characters of a value that are shown in a text."""

_CASELESS = frozenset(
    {
        "applicationId",
        "communityGalleryImageId",
        "id",
        "inVMAccessControlProfileReferenceId",
        "ipAddressIds",
        "licenseType",
        "nodeAgentSKUId",
        "offer",
        "poolId",
        "publisher",
        "resourceId",
        "sharedGalleryImageId",
        "sku",
        "subnetId",
        "version",
        "virtualMachineImageId",
        "vmSize",
    }
)
"""Wire names of texts of which the service, or Azure Resource Manager, keeps the case but does not heed it."""

_KEYS = ("name", "applicationId")
"""What tells the items of a list apart if they have it; their order then has no meaning."""


class PropertyDifference(NamedTuple):
    """One property that something has otherwise than it was asked for."""

    property: str
    """Where it is, by the names of the models: ``virtual_machine_configuration.image_reference.sku``."""
    wanted: Any
    """The JSON value that was asked for; None for an item of a list that was not."""
    found: Any
    """The JSON value that is there; None if there is none."""

    def __str__(self) -> str:
        return f"{self.property}: wanted {_shown(self.wanted)}, found {_shown(self.found)}"


def differences(wanted: dict[str, Any], found: dict[str, Any], kind: type[Model]) -> list[PropertyDifference]:
    """Compare two JSON objects, of which the first is one of this kind of model."""
    return list(_of_objects(wanted, found, kind, ""))


def _of_objects(
    wanted: dict[str, Any], found: dict[str, Any], kind: Optional[type[Model]], where: str
) -> Iterator[PropertyDifference]:
    for key, one in wanted.items():
        if not is_secret(key):
            field = kind._by_wire.get(key) if kind is not None else None
            place = field.name if field is not None else key
            yield from _of_values(one, found.get(key), field, f"{where}.{place}" if where else place)


def _of_values(wanted: Any, found: Any, field: Any, where: str) -> Iterator[PropertyDifference]:
    if wanted is None:
        return  # the default, whatever it is
    if is_object(wanted) and (found is None or is_object(found)):
        yield from _of_objects(wanted, found or {}, _model_of(field), where)
    elif is_list(wanted) and (found is None or is_list(found)):
        yield from _of_lists(wanted, found or [], field, where)
    elif not _is_same(wanted, found, field):
        yield _difference(where, wanted, found, field)


def _of_lists(wanted: list[Any], found: list[Any], field: Any, where: str) -> Iterator[PropertyDifference]:
    """Compare lists, which the service does not add to: an item too many is a difference as well."""
    ones, others = _by_key(wanted), _by_key(found)
    if ones is None or others is None:
        ones, others = dict(enumerate(wanted)), dict(enumerate(found))
    for key in {**ones, **others}:
        place, one, other = f"{where}[{key!r}]", ones.get(key), others.get(key)
        if is_object(one) and is_object(other):
            yield from _of_objects(one, other, _model_of(field), place)
        elif not _is_same([one], [other], field):
            yield _difference(place, one, other, field)


def _by_key(items: list[Any]) -> Optional[dict[Any, Any]]:
    """The items by what tells them apart; None if nothing does."""
    for key in _KEYS:
        found = {item[key]: item for item in items if is_object(item) and isinstance(item.get(key), str)}
        if len(found) == len(items):
            return found
    return None


def _model_of(field: Any) -> Optional[type[Model]]:
    return field.codec.model if field is not None else None


def _difference(where: str, wanted: Any, found: Any, field: Any) -> PropertyDifference:
    kind = _model_of(field)
    return PropertyDifference(where, redacted(wanted, kind), redacted(found, kind))


def _is_same(wanted: Any, found: Any, field: Any) -> bool:
    if found is None:
        return not wanted  # the service leaves out what is not set
    return bool(_comparable(wanted, field) == _comparable(found, field))


def _comparable(value: Any, field: Any) -> Any:
    """A value in a form in which it is equal to all that mean the same."""
    caseless = False
    if field is not None:
        caseless = field.wire in _CASELESS or field.codec.encode is encode_enum
        with suppress(TypeError, ValueError, ArithmeticError):  # what is none of its kind stays what it is
            value = field.codec.decode(value)
    if is_list(value):
        return [_folded(one, caseless=caseless) for one in value]
    return _folded(value, caseless=caseless)


def _folded(value: Any, *, caseless: bool) -> Any:
    if not isinstance(value, str):
        return value
    text: str = value.value if isinstance(value, Enum) else value
    if without_signatures(text) != text:
        return text.partition("?")[0]  # the same place; whoever signs anew signs otherwise
    return text.casefold() if caseless else text


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
