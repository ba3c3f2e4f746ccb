"""Codecs: how one JSON value becomes a Python value and back.

The only module that parses or prints a date or a duration. A codec is two pure functions; ``None`` never reaches them.
Decoding is lenient where the service is (enum values in another case, seven fractional digits), and a value that is
already in its wire form is taken as it is when encoding, so that JSON mappings pass wherever models do.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar, Union, cast

from azure.core.serialization import NULL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._model import Model

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
M = TypeVar("M", bound="Model")

NO_LIMIT = timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477581)
"""What the service's "no limit" duration decodes to; encoded back to exactly the service's text."""

_NO_LIMIT_TEXT = "P10675199DT2H48M5.4775807S"


class Codec(Generic[T]):
    """Two pure functions between a JSON value and a Python value.

    ``identity`` says that both forms are one, ``shared`` that the decoded value is kept in the JSON object itself
    because a caller may change it in place (models and lists), and ``model`` names the nested model, if there is one.
    """

    __slots__ = ("decode", "encode", "identity", "model", "shared")

    def __init__(
        self,
        decode: Callable[[Any], T],
        encode: Callable[[Any], Any],
        *,
        identity: bool = False,
        shared: bool = False,
        model: Optional[type[Model]] = None,
    ) -> None:
        self.decode = decode
        self.encode = encode
        self.identity = identity
        self.shared = shared
        self.model = model


def _same(value: Any) -> Any:
    return value


def _identity(_: type[T]) -> Codec[T]:
    return Codec(_same, _same, identity=True)


# -- dates and durations ---------------------------------------------------------------------------------------------


def decode_datetime(text: Any) -> datetime:
    """Read an RFC 3339 date and time; digits beyond microseconds are cut off, the result is aware and in UTC."""
    if isinstance(text, datetime):
        return _utc(text)
    if text[-1:] != "Z" or len(text) < 20:
        return _decode_unusual_datetime(text)
    moment = datetime.fromisoformat(text[:19])
    fraction = text[20:-1]
    if fraction:
        return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=timezone.utc)
    return moment.replace(tzinfo=timezone.utc)


def _decode_unusual_datetime(text: str) -> datetime:
    return _utc(_isodate().parse_datetime(text))  # an offset other than Z, which the service does not send


def encode_datetime(value: Any) -> str:
    """Print an RFC 3339 date and time in UTC; a naive datetime is taken as UTC, text passes through."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _utc(value).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat() + "T00:00:00Z"
    raise TypeError(f"expected a datetime, got {type(value).__name__}")


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def decode_http_date(text: str) -> Optional[datetime]:
    """Read a date of an HTTP header (RFC 1123); None if it is not one."""
    try:
        return _utc(parsedate_to_datetime(text))
    except (TypeError, ValueError, IndexError):
        return None


def encode_http_date(value: Any) -> str:
    """Print a date for an HTTP header (RFC 1123); a naive datetime is taken as UTC, text passes through."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise TypeError(f"expected a datetime, got {type(value).__name__}")
    return format_datetime(_utc(value).replace(microsecond=0), usegmt=True)


def decode_duration(text: Any) -> timedelta:
    """Read an ISO 8601 duration; years count 365 days and months 30, as the service counts them."""
    if isinstance(text, timedelta):
        return text
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
        raise TypeError(f"expected a timedelta, got {type(value).__name__}")
    if value >= NO_LIMIT:
        return _NO_LIMIT_TEXT
    return str(_isodate().duration_isoformat(value))


def _isodate() -> Any:
    """The isodate module; it ships no types, takes long to import, and many programs never meet a duration."""
    return import_module("isodate")


# -- scalars ---------------------------------------------------------------------------------------------------------


def _int_text(value: Any) -> str:
    return value if isinstance(value, str) else str(int(value))


STR: Codec[str] = _identity(str)
INT: Codec[int] = _identity(int)
FLOAT: Codec[float] = _identity(float)
BOOL: Codec[bool] = _identity(bool)
STR_MAP: Codec[dict[str, str]] = Codec(_same, dict, identity=True)
JSON_MAP: Codec[dict[str, Any]] = Codec(_same, dict, identity=True)
INT_TEXT: Codec[int] = Codec(int, _int_text)
"""An integer of 64 bits that the service sends as JSON text."""
DATETIME: Codec[datetime] = Codec(decode_datetime, encode_datetime)
DURATION: Codec[timedelta] = Codec(decode_duration, encode_duration)


# -- enums, models, arrays -------------------------------------------------------------------------------------------


def enum_codec(kind: type[E]) -> Codec[Union[str, E]]:
    """Members by value in any case; a value that the enum does not know stays the text that it is."""
    members = cast("Mapping[str, E]", kind._value2member_map_)

    def decode(text: Any) -> Union[str, E]:
        member = members.get(text)
        if member is not None:
            return member
        folded = str(text).lower()
        return next((found for value, found in members.items() if value.lower() == folded), str(text))

    return Codec(decode, encode_enum)


def encode_enum(value: Any) -> str:
    """The wire text of an enum member, or the text itself."""
    text = value.value if isinstance(value, Enum) else value
    if not isinstance(text, str):
        raise TypeError(f"expected an enum member or a str, got {type(value).__name__}")
    return text


def nested(kind: type[M]) -> Codec[M]:
    """A model inside a model; mappings are taken as its JSON."""

    def encode(value: Any) -> Any:
        return value if isinstance(value, kind) else kind(value)

    return Codec(kind.from_wire, encode, shared=True, model=kind)


def array(item: Codec[T]) -> Codec[list[T]]:
    """A list; any iterable but text is taken when encoding."""
    one_in, one_out = item.decode, item.encode
    kind = item.model

    def decode(value: Any) -> list[T]:
        if item.identity:
            return cast("list[T]", value)
        if kind is not None:
            return cast("list[T]", [one if isinstance(one, kind) else one_in(one) for one in value])
        return [one_in(one) for one in value]

    def encode(value: Any) -> list[Any]:
        if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
            raise TypeError(f"expected a list, got {type(value).__name__}")
        return [one if one is None or one is NULL else one_out(one) for one in value]

    return Codec(decode, encode, shared=True, model=kind)
