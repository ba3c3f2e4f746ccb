"""Models: typed views over parsed JSON objects.

A model holds the JSON object that the service sent, or that will be sent, in ``_data``; that object stays the truth.
Each field is a *non-data* descriptor: it decodes on first read and stores the value on the instance, where the next
read finds it as an ordinary attribute; text and numbers need no decoding and are not stored twice. A nested model or
list is written back into ``_data`` when it is first decoded, so changes made through it are sent. Keys that no field
knows are kept, and so is a value that is not what its field says: the attribute then is the value as it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from copy import deepcopy
from datetime import date, timedelta
from enum import Enum
from operator import attrgetter, index
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Optional, TypeVar, cast, overload

from azure.core.serialization import NULL, AzureJSONEncoder
from typing_extensions import Self, dataclass_transform

from ._codecs import encode_datetime, encode_duration, is_list, is_mapping, is_object, owned

if TYPE_CHECKING:
    from dataclasses import InitVar

    from ._codecs import Codec

T = TypeVar("T")

_SIGNATURE = r"(?i)((?:^|[?&;\s])(?:sig|AccountKey|SharedAccessKey)=)[^&;'\"\s]+"
_HIDDEN = "***"
_NOTHING: dict[str, Any] = {}
_SECRETS: set[str] = set()
"""Wire names of the secret fields of all models, so that they are starred in mappings that stand for no model too."""
_NULL = type(NULL)
"""A copy of ``NULL``, such as pickle makes, is another object of this class."""


class _Field:
    """One field of a model: its wire name, how it is decoded, and what it may be used for."""

    __slots__ = (
        "_decode",
        "_rest_name",
        "_shared",
        "_visibility",
        "added",
        "codec",
        "exact",
        "name",
        "removed",
        "required",
        "wire",
    )

    def __init__(
        self,
        wire: str,
        codec: Codec[Any],
        *,
        required: bool,
        readonly: bool,
        added: Optional[str] = None,
        removed: Optional[str] = None,
    ) -> None:
        self.wire = self._rest_name = wire
        self.added = added
        self.removed = removed
        self.codec = codec
        self.exact = codec.exact
        self.required = required
        self.name = ""
        self._decode = codec.decode
        self._shared = codec.shared
        # Read by azure.core.serialization, which knows fields by these two names.
        self._visibility = ["read"] if readonly else None

    @property
    def readonly(self) -> bool:
        return self._visibility is not None

    @property
    def _is_multipart_file_input(self) -> bool:
        return False

    def __set_name__(self, owner: type[Model], name: str) -> None:
        self.name = name

    def __get__(self, instance: Optional[Model], owner: type[Model]) -> Any:
        if instance is None:
            return self
        data = instance._data
        value = data.get(self.wire)
        kind = value.__class__
        if kind is self.exact:
            return value  # there is nothing to decode, and so nothing to keep
        if value is None or kind is _NULL:
            return None
        try:
            decoded = self._decode(value)
        except (TypeError, ValueError, ArithmeticError):
            return value
        instance.__dict__[self.name] = decoded
        if self._shared:
            data[self.wire] = decoded
        return decoded


@overload
def field(wire: str, codec: Codec[T], *, secret: bool = ...) -> T: ...
@overload
def field(
    wire: str, codec: Codec[T], *, default: None, secret: bool = ..., added: str = ..., removed: str = ...
) -> Optional[T]: ...
def field(
    wire: str,
    codec: Codec[Any],
    *,
    secret: bool = False,
    added: Optional[str] = None,
    removed: Optional[str] = None,
    **default: None,
) -> Any:
    """Declare a field; one without ``default=None`` is required by the service, a ``secret`` one starred in a repr.

    ``added`` is the first API version that has the field, ``removed`` the first that no longer does.
    """
    if secret:
        _SECRETS.add(wire)
    return _Field(wire, codec, required=not default, readonly=False, added=added, removed=removed)


@overload
def read_only(wire: str, codec: Codec[T], *, init: Literal[False] = ...) -> T: ...
@overload
def read_only(
    wire: str, codec: Codec[T], *, default: None, added: str = ..., init: Literal[False] = ...
) -> Optional[T]: ...
def read_only(wire: str, codec: Codec[Any], *, added: Optional[str] = None, **default: Any) -> Any:
    """Declare a field that only the service sets; ``added`` is the first API version that has it."""
    return _Field(wire, codec, required="default" not in default, readonly=True, added=added)


def _positional(*, default: None = None, kw_only: Literal[False] = False) -> Any:
    """Tell a type checker of a parameter that may be given by position."""


@dataclass_transform(kw_only_default=True, field_specifiers=(field, read_only, _positional))
class _Typed(MutableMapping[str, Any]):
    """Carries the decorator: a checker derives constructors for the classes below it only."""

    __slots__ = ("__dict__", "__weakref__", "_data")

    _data: dict[str, Any]


class Model(_Typed):
    """Base of all models: attributes with Python names, and a mapping with the service's names.

    Construct one from keywords, ``BatchPoolInfo(pool_id="p")``, or from its JSON, ``BatchPoolInfo({"poolId": "p"})``,
    which is copied. ``None`` leaves a field out; ``azure.core.serialization.NULL`` sends an explicit null. Setting an
    attribute that the model does not have raises AttributeError, an unknown keyword TypeError.
    """

    __slots__ = ()

    _is_model: ClassVar[bool] = True
    _attr_to_rest_field: ClassVar[dict[str, _Field]] = {}
    _by_wire: ClassVar[dict[str, _Field]] = {}
    _takes: ClassVar[dict[str, tuple[str, Optional[type], frozenset[Any]]]] = {}
    """Of each keyword: the wire name, and the class and the classes of list items that need no encoding."""
    _sent: ClassVar[Any] = property()
    """Another name of ``_data``, of models in which no field is read-only; others do not have the attribute."""

    if TYPE_CHECKING:
        mapping: InitVar[Optional[Mapping[str, Any]]] = _positional(default=None, kw_only=False)

    def __init_subclass__(cls) -> None:
        fields = {name: value for name, value in vars(cls).items() if isinstance(value, _Field)}
        cls._attr_to_rest_field = {**cls._attr_to_rest_field, **fields}
        cls._by_wire = {one.wire: one for one in cls._attr_to_rest_field.values()}
        cls._sent = property() if any(map(_has_readonly, cls._by_wire.values())) else _DATA
        cls._takes = {name: (one.wire, one.exact, one.codec.items) for name, one in cls._attr_to_rest_field.items()}

    if not TYPE_CHECKING:

        def __init__(self, mapping: Mapping[str, Any] = _NOTHING, /, **kwargs: Any) -> None:
            data = {} if mapping is _NOTHING else self._copied(mapping)
            takes = self._takes
            try:
                for name in kwargs:
                    wire, exact, items = takes[name]
                    value = kwargs[name]
                    kind = value.__class__
                    if kind is exact:  # most values are their own wire form
                        data[wire] = value
                    elif kind is list and items and items.issuperset(map(type, value)):
                        data[wire] = value.copy()
                    elif value is not None:
                        data[wire] = _encode(self, self._by_wire[wire], value)
            except KeyError:
                self._refuse_unknown(kwargs)
                raise  # by a mapping of the caller's
            _set_data(self, data)

    def _refuse_unknown(self, keywords: Iterable[str]) -> None:
        for name in keywords:
            if name not in self._takes:
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword argument {self._unknown(name)}"
                ) from None

    def _copied(self, mapping: object) -> dict[str, Any]:
        if not is_mapping(mapping):
            raise TypeError(f"{type(self).__name__}() takes keywords or one mapping")
        fields = self._by_wire
        source: Mapping[str, Any] = mapping._data if isinstance(mapping, Model) else mapping
        return {
            key: _encode(self, fields[key], value) if key in fields else owned(value) for key, value in source.items()
        }

    @classmethod
    def from_wire(cls, data: Any) -> Self:
        """Wrap a parsed JSON object without copying it; a model of this class is given back as it is."""
        if data.__class__ is not dict and isinstance(data, cls):
            return data
        model = cls.__new__(cls)
        _set_data(model, data)
        return model

    # -- attributes ---------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        found = self._attr_to_rest_field.get(name)
        if found is None:
            if not self._may_have(name):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {self._unknown(name)}")
            object.__setattr__(self, name, value)
            return
        self.__dict__.pop(name, None)
        if value is None:
            self._data.pop(found.wire, None)
        else:
            self._data[found.wire] = _encode(self, found, value)

    def __delattr__(self, name: str) -> None:
        if name not in self._attr_to_rest_field and self._may_have(name):
            object.__delattr__(self, name)
        else:
            self.__setattr__(name, None)

    def _may_have(self, name: str) -> bool:
        """Whether an attribute that is no field may be set all the same: a subclass of the caller's has some.

        Not a method of all mappings: ``values`` and others were fields once.
        """
        return name.startswith("_") or (hasattr(type(self), name) and not hasattr(MutableMapping, name))

    if not TYPE_CHECKING:  # a checker would believe that every name is there

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in self._attr_to_rest_field:
                return object.__getattribute__(self, name)  # fails again, with the error that it failed with
            error = AttributeError(f"{type(self).__name__!r} object has no attribute {self._unknown(name)}")
            error.name = name  # python then adds no guess of its own
            raise error

    @classmethod
    def _unknown(cls, name: str) -> str:
        from ._missing import field_explained  # only for a mistake

        return f"{name!r}{field_explained(cls, name)}"

    # -- mapping ------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        value = self._data[key]
        found = self._by_wire.get(key)
        if found is None or found.codec.model is None or value is None or type(value) is _NULL:
            return value
        return getattr(self, found.name)

    def __setitem__(self, key: str, value: Any) -> None:
        found = self._by_wire.get(key)
        if found is not None:
            self.__dict__.pop(found.name, None)
            value = _encode(self, found, value)
        self._data[key] = value

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        found = self._by_wire.get(key)
        if found is not None:
            self.__dict__.pop(found.name, None)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def keys(self) -> KeysView[str]:
        return self._data.keys()

    def items(self) -> ItemsView[str, Any]:
        return self._decoded().items()

    def values(self) -> ValuesView[Any]:
        return self._decoded().values()

    def _decoded(self) -> dict[str, Any]:
        for key in self._data:
            self[key]  # decodes nested models in place
        return self._data

    def popitem(self) -> tuple[str, Any]:
        """Take away the key that was set last, as a dict does."""
        if not self._data:
            raise KeyError("popitem(): the model is empty")
        key = next(reversed(self._data))
        return key, self.pop(key)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Give the value of a key, after setting it if there is none; a mapping becomes a model where one belongs."""
        if key not in self._data:
            self[key] = default
        return self[key]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Model):
            return self._data == other._data
        if not is_mapping(other):
            return NotImplemented
        try:
            return self._data == type(self)(other)._data
        except (TypeError, ValueError):
            return False

    # -- copies -------------------------------------------------------------------------------------------------------

    def as_dict(self, *, exclude_readonly: bool = False) -> dict[str, Any]:
        """Copy the model as plain JSON values under the service's names.

        :keyword exclude_readonly: Leave out what only the service sets, here and in nested models.
        """
        return cast("dict[str, Any]", _without_readonly(self) if exclude_readonly else _plain(self._data))

    def copy(self) -> Self:
        """Copy the model; nested models and lists are shared with the copy."""
        return self._like(dict(self._data), self._own)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        memo[id(NULL)] = NULL
        return self._like(*deepcopy((self._data, self._own), memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_wire, (self._data,), self._own or None

    @property
    def _own(self) -> dict[str, Any]:
        """The attributes of an instance that are no fields, such as a subclass of the caller's has."""
        return {name: value for name, value in self.__dict__.items() if name not in self._attr_to_rest_field}

    def _like(self, data: dict[str, Any], own: dict[str, Any]) -> Self:
        model = type(self).from_wire(data)
        model.__dict__.update(own)
        return model

    def __repr__(self) -> str:
        return f"{type(self).__name__}({redacted(self)!r})"


_DATA = vars(_Typed)["_data"]
_set_data: Any = _DATA.__set__


def _has_readonly(one: _Field) -> bool:
    """Whether the field, or any in the model that it holds, is set by the service only."""
    return one.readonly or (one.codec.model is not None and one.codec.model._sent is not _DATA)


def missing_required(model: Model) -> list[str]:
    """Names of the fields that the service requires of this model and that it does not have."""
    data = model._data
    return [
        name
        for name, one in model._attr_to_rest_field.items()
        if one.required and not one.readonly and one.wire not in data
    ]


def to_json(body: Any) -> bytes:
    """Print a model, or any JSON value with models in it, as the body of a request; read-only fields are left out."""
    try:
        try:
            return _QUICK_ENCODER.encode(body).encode()
        except AttributeError:
            return _ENCODER.encode(body).encode()
    except RecursionError:
        raise ValueError("a container in it contains itself") from None


def _encode(model: Model, one: _Field, value: Any) -> Any:
    if value is None or type(value) is _NULL:
        return value
    try:
        return one.codec.encode(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"{type(model).__name__}.{one.name}: {error}") from None


def _plain(value: Any) -> Any:
    """Copy a JSON value without models, enum members and nulls of our own in it."""
    if type(value) in _LEAVES:
        return value
    if is_object(value):
        return {key: one if type(one) in _LEAVES else _plain(one) for key, one in value.items()}
    if is_list(value):
        return [one if type(one) in _LEAVES else _plain(one) for one in value]
    if isinstance(value, Model):
        return _plain(value._data)
    if isinstance(value, (str, int, float)) and not isinstance(value, Enum):
        return value  # of a class derived from these, which JSON prints as these
    return _plain(_jsonable(value))


_LEAVES = frozenset({str, int, float, bool, type(None)})


def _without_readonly(value: Any, kind: Optional[type[Model]] = None) -> Any:
    """Copy a JSON value that stands where a model of this kind belongs, without what only the service sets."""
    if isinstance(value, Model):
        return _without_readonly(value._data, type(value))
    if kind is not None and is_list(value):
        return [_without_readonly(one, kind) for one in value]
    if kind is None or not is_object(value):
        return _plain(value)
    result: dict[str, Any] = {}
    for key, one in value.items():
        found = kind._by_wire.get(key)
        if found is None or not found.readonly:
            result[key] = _without_readonly(one, found.codec.model if found else None)
    return result


def _jsonable(value: Any) -> Any:
    """What json.dumps asks for when it meets a value that JSON does not have."""
    if isinstance(value, Model):
        return _without_readonly(value)
    if type(value) is _NULL:
        return None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return encode_datetime(value)
    if isinstance(value, timedelta):
        return encode_duration(value)
    if is_mapping(value):
        return dict(value)
    if hasattr(value, "__iter__") and not isinstance(value, (bytes, bytearray)):
        return list(value)
    other: Any = value
    if hasattr(other, "__index__"):  # numpy's numbers
        return index(other)
    if hasattr(other, "as_integer_ratio"):  # Decimal and Fraction
        number = float(other)
        return int(number) if number.is_integer() else number
    return AzureJSONEncoder().default(value)


# Looking for circles costs as much as printing; one ends in a RecursionError.
_ENCODER = json.JSONEncoder(default=_jsonable, check_circular=False, allow_nan=False)
_QUICK_ENCODER = json.JSONEncoder(default=attrgetter("_sent"), check_circular=False, allow_nan=False)
"""For bodies in which everything that is not JSON is a model without read-only fields, as are most that are sent."""


def redacted(value: Any, kind: Optional[type[Model]] = None) -> Any:
    """Copy a JSON value for a person to read: passwords, keys and signatures of shared URLs are starred out."""
    if isinstance(value, Model):
        return redacted(value._data, type(value))
    if is_object(value):
        fields = kind._by_wire if kind else {}
        shown: dict[str, Any] = {}
        for key, one in value.items():
            found = fields.get(key)
            secret = key in _SECRETS and one is not None
            shown[key] = _HIDDEN if secret else redacted(one, found.codec.model if found else None)
        return shown
    if is_list(value):
        items = [redacted(one, kind) for one in value]
        hide_quoted(items)
        return items
    return without_signatures(value) if isinstance(value, str) else _plain(value)


def hide_quoted(facts: Any) -> bool:
    """Star out, in the facts of an error, what was sent for a property such as ``userAccounts[0].password``.

    The service repeats it beside the name of the property. Gives whether there was anything to star out.
    """
    pairs = [one for one in facts if is_object(one)] if is_list(facts) else []
    named = [str(one.get("value")) for one in pairs if one.get("key") == "PropertyName"]
    if not any(word in map(str.lower, _SECRETS) for name in named for word in re.findall(r"\w+", name.lower())):
        return False
    quoted = [one for one in pairs if one.get("key") == "PropertyValue"]
    for one in quoted:
        one["value"] = _HIDDEN
    return bool(quoted)


def is_secret(wire: str) -> bool:
    """Whether a wire name is that of a password or key, which the service takes and does not give back."""
    return wire in _SECRETS


def without_signatures(text: str) -> str:
    """Star out the signatures and keys that a URL or connection string holds."""
    return re.sub(_SIGNATURE, rf"\1{_HIDDEN}", text)
