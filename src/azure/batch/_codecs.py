"""Codecs: how one JSON value becomes a Python value and back.

The only module that parses or prints a date or a duration. A codec is two pure functions; ``None`` never reaches them.
Decoding is lenient where the service is (enum values in another case, seven fractional digits) and raises TypeError,
ValueError or ArithmeticError for what is not of its kind. A value that is already in its wire form is taken as it is
when encoding, so that JSON mappings pass wherever models do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar, Union, cast

from azure.core.serialization import NULL
from typing_extensions import TypeGuard

if TYPE_CHECKING:
    from ._model import Model

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
M = TypeVar("M", bound="Model")

NO_LIMIT = timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477581)
"""What the service's "no limit" duration decodes to; encoded back to exactly the service's text."""

_NO_LIMIT_TEXT = "P10675199DT2H48M5.4775807S"

_CONTAINERS: tuple[type[Any], ...] = (Mapping, list, tuple, set, frozenset, bytes, bytearray)


_NO_ITEMS: frozenset[Any] = frozenset()
_NOTHING: Mapping[Any, Any] = {}


class Codec(Generic[T]):
    """Two pure functions between a JSON value and a Python value.

    ``shared`` says that the decoded value is kept in the JSON object itself because a caller may change it in place
    (models and lists), and ``model`` names the nested model, if there is one. A value of exactly the class ``exact``,
    or a list of just the classes ``items``, is its own wire form, so that it need not be encoded. ``removed`` has the
    texts, in lower case, that the service takes no longer, each with the first API version that does not.
    """

    __slots__ = ("decode", "encode", "exact", "items", "model", "removed", "shared")

    def __init__(
        self,
        decode: Callable[[Any], T],
        encode: Callable[[Any], Any],
        *,
        shared: bool = False,
        model: Optional[type[Model]] = None,
        exact: Optional[type] = None,
        items: frozenset[Any] = _NO_ITEMS,
        removed: Mapping[str, str] = _NOTHING,
    ) -> None:
        self.decode = decode
        self.encode = encode
        self.shared = shared
        self.model = model
        self.exact = exact
        self.items = items
        self.removed = removed


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _wrong(expected: str, value: object) -> TypeError:
    return TypeError(f"expected {expected}, got {type(value).__name__}")


# -- dates and durations ---------------------------------------------------------------------------------------------


def decode_datetime(text: Any) -> datetime:
    """Read an RFC 3339 date and time; digits beyond microseconds are cut off, the result is aware and in UTC."""
    if not isinstance(text, str):
        raise _wrong("the text of a datetime", text)
    if len(text) == 28 and text[27] == "Z":  # as the service prints it, with seven digits
        return datetime.fromisoformat(f"{text[:26]}+00:00")
    if text[-1:] != "Z" or len(text) < 20:
        return _decode_unusual_datetime(text)
    moment = datetime.fromisoformat(text[:19])
    fraction = text[20:-1]
    if fraction:
        return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=timezone.utc)
    return moment.replace(tzinfo=timezone.utc)


def _decode_unusual_datetime(text: str) -> datetime:
    return _utc(_isodate().parse_datetime(text.upper()))  # an offset other than Z, which the service does not send


def encode_datetime(value: Any) -> str:
    """Print an RFC 3339 date and time in UTC; a naive datetime is taken as UTC, text passes through."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _utc(value).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat() + "T00:00:00Z"
    raise _wrong("a datetime", value)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def decode_http_date(text: str) -> Optional[datetime]:
    """Read a date of an HTTP header (RFC 1123); None if it is not one."""
    try:
        return _utc(parsedate_to_datetime(text))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def encode_http_date(value: Any) -> str:
    """Print a date for an HTTP header (RFC 1123); a naive datetime is taken as UTC, text passes through."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise _wrong("a datetime", value)
    return format_datetime(_utc(value).replace(microsecond=0), usegmt=True)


def decode_duration(text: Any) -> timedelta:
    """Read an ISO 8601 duration; a year counts 365 days and a month 30."""
    if text == _NO_LIMIT_TEXT:
        return NO_LIMIT
    value: Any = _isodate().parse_duration(text)
    if isinstance(value, timedelta):
        return value
    days: timedelta = value.tdelta
    return days + timedelta(days=float(value.years * 365 + value.months * 30))


def encode_duration(value: Any) -> str:
    """Print an ISO 8601 duration, in the service's own text for its "no limit"; text passes through."""
    if isinstance(value, str):
        return value
    if not isinstance(value, timedelta):
        raise _wrong("a timedelta", value)
    if value >= NO_LIMIT:
        return _NO_LIMIT_TEXT
    return str(_isodate().duration_isoformat(value))


def _isodate() -> Any:
    """The isodate module; it ships no types, takes long to import, and many programs never meet a duration."""
    return import_module("isodate")


# -- scalars ---------------------------------------------------------------------------------------------------------


def _scalar(kind: type[T], decode: Callable[[Any], T]) -> Codec[T]:
    """A plain value: read as what it should be, and sent as it was given, so that a number may be given as text."""

    def encode(value: Any) -> Any:
        if isinstance(value, _CONTAINERS):
            raise _wrong(f"an {kind.__name__}" if kind is int else f"a {kind.__name__}", value)
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, str):
            decode(value)
        elif kind is str and type(value) in (int, float):
            return str(value)
        return value

    return Codec(decode, encode, exact=kind)


def _decode_bool(value: Any) -> bool:
    found = _TRUTH.get(str(value).lower())
    if found is None:
        raise ValueError(f"expected a bool, got {value!r}")
    return found


_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _int_text(value: Any) -> str:
    return value if isinstance(value, str) else str(int(INT.encode(value)))


def owned(value: Any) -> Any:
    """Copy the containers of a JSON value, so that nothing is shared with the caller's; models are not copied."""
    if is_object(value):
        return {key: owned(one) for key, one in value.items()}
    return [owned(one) for one in value] if is_list(value) else value


def _decode_map(value: Any) -> dict[str, str]:
    if not is_object(value):
        raise _wrong("a mapping", value)
    return value


def _encode_map(value: Any) -> dict[str, Any]:
    if not is_mapping(value):
        raise _wrong("a mapping", value)
    return {key: owned(one) for key, one in value.items()}


STR: Codec[str] = _scalar(str, str)
INT: Codec[int] = _scalar(int, int)
FLOAT: Codec[float] = _scalar(float, float)
BOOL: Codec[bool] = _scalar(bool, _decode_bool)
STR_MAP: Codec[dict[str, str]] = Codec(_decode_map, _encode_map)
"""A JSON object whose values the service's schema calls text; whatever they are, they are kept."""
INT_TEXT: Codec[int] = Codec(int, _int_text)
"""An integer of 64 bits that the service sends as JSON text."""
DATETIME: Codec[datetime] = Codec(decode_datetime, encode_datetime)
DURATION: Codec[timedelta] = Codec(decode_duration, encode_duration)


# -- enums, models, arrays -------------------------------------------------------------------------------------------


def enum_codec(kind: type[E], *, removed: Mapping[E, str] = _NOTHING) -> Codec[Union[str, E]]:
    """Members by value in any case; a value that the enum does not know stays the text that it is.

    :param removed: Members that the service takes no longer, with the first API version that does not.
    """
    members = cast("Mapping[str, E]", kind._value2member_map_)

    def decode(text: Any) -> Union[str, E]:
        member = members.get(text)
        if member is not None:
            return member
        if not isinstance(text, str):
            raise _wrong("the text of an enum member", text)
        folded = text.lower()
        return next((found for value, found in members.items() if value.lower() == folded), text)

    return Codec(decode, encode_enum, removed={str(member.value).lower(): one for member, one in removed.items()})


def encode_enum(value: Any) -> str:
    """The wire text of an enum member, or the text itself."""
    text = value.value if isinstance(value, Enum) else value
    if not isinstance(text, str):
        raise _wrong("an enum member or a str", value)
    return text


def nested(kind: type[M]) -> Codec[M]:
    """A model inside a model; mappings are taken as its JSON."""

    def decode(value: Any) -> M:
        if value.__class__ is not dict and not isinstance(value, (dict, kind)):
            raise _wrong(f"a {kind.__name__}", value)
        return kind.from_wire(value)

    def encode(value: Any) -> M:
        if isinstance(value, kind):
            return value
        if not is_mapping(value):
            raise _wrong(f"a {kind.__name__} or a mapping", value)
        return kind(value)

    return Codec(decode, encode, shared=True, model=kind, exact=kind)


def array(item: Codec[T]) -> Codec[list[T]]:
    """A list, made of any iterable but text and mappings; nulls in it, and what is no model where models are, stay."""
    one_in: Callable[[Any], Any] = item.decode
    one_out, kind = item.encode, item.model

    def decode(value: Any) -> list[T]:
        if not is_list(value):
            raise _wrong("a list", value)
        if kind is not None:
            wrap = cast("Callable[[Any], Any]", kind.from_wire)
            return [wrap(one) if one.__class__ is dict else one for one in value]
        if item is STR:
            return value  # whatever is in it, nothing of it is changed by being read
        items: list[Any] = [None if one is None else one_in(one) for one in value]
        return items

    def encode(value: Any) -> list[Any]:
        if isinstance(value, (str, bytes)) or is_mapping(value) or not hasattr(value, "__iter__"):
            raise _wrong("a list", value)
        return [None if one is None or one is NULL else one_out(one) for one in value]

    return Codec(decode, encode, shared=True, model=kind, items=frozenset({item.exact}))
