"""The versions of the service's API, and what a request may not hold in the version that it is made with.

Fields, values and operations that are not in every version say so where they are declared; the models are the union of
all versions. A body is held against its version as it is sent, so that models, dictionaries and text are treated
alike, and only where it can matter: if none of the words that the version does not have below the body's model occurs
in the text, nothing is looked at. The fields that a request selects of what it returns are held against it as well. A
version that is not listed here is sent as it is, unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from ._codecs import is_list, is_object

if TYPE_CHECKING:
    from ._model import Model

V2025_06_01 = "2025-06-01"
V2026_10_01 = "2026-10-01"
DEFAULT_API_VERSION = V2025_06_01
API_VERSIONS = (V2025_06_01, V2026_10_01)
"""The versions that the library knows, the oldest first; as text they have the same order."""


def check_operation(name: str, removed: str, version: str) -> None:
    """Refuse an operation that is no longer in the version of a request."""
    if version in API_VERSIONS and version >= removed:
        raise ValueError(f"{name}: {_needs(None, removed)}; {_asked_for(version)}")


def check_body(argument: str, content: bytes, kind: type[Model], version: str) -> None:
    """Refuse a body, as it is to be sent, that holds what the version of its request does not have."""
    if version not in API_VERSIONS:
        return
    words = _absent(kind, version)
    if not words:
        return
    text = content.lower()
    for word in words:  # searching one by one costs a fraction of what an expression does
        if word in text:
            break
    else:
        return
    try:
        body = json.loads(content)
    except ValueError:
        return  # text of the caller's own, for the service to judge
    refused = list(_refused(body, kind, version))
    if refused:
        raise ValueError(f"{argument}: {', '.join(refused)}; {_asked_for(version)}")


def check_select(select: Any, kind: type[Model], version: str) -> None:
    """Refuse a ``$select``, a text or a list of texts, that names what the version of its request does not have."""
    if version not in API_VERSIONS:
        return
    paths = select.split(",") if isinstance(select, str) else [str(one) for one in select]
    refused = [text for path in paths for text in _unknown_on(path.strip(), kind, version)]
    if refused:
        raise ValueError(f"select: {', '.join(refused)}; {_asked_for(version)}")


def _unknown_on(path: str, kind: Optional[type[Model]], version: str) -> Iterator[str]:
    for wire in path.split("/"):
        found = kind._by_wire.get(wire) if kind is not None else None
        if kind is None or found is None:
            return  # for the service to judge
        if not _has(version, found.added, found.removed):
            yield f"{kind.__name__}.{found.name} ({path!r}) {_needs(found.added, found.removed)}"
            return
        kind = found.codec.model


def _refused(value: Any, kind: type[Model], version: str) -> Iterator[str]:
    """What a JSON value that stands where a model belongs holds in vain, each with the version that has it."""
    if is_list(value):
        for one in value:
            yield from _refused(one, kind, version)
    elif is_object(value):
        for key, one in value.items():
            found = kind._by_wire.get(key)
            if found is None:
                continue
            gone = found.codec.removed.get(one.lower()) if isinstance(one, str) else None
            if not _has(version, found.added, found.removed):
                yield f"{kind.__name__}.{found.name} ({key!r}) {_needs(found.added, found.removed)}"
            elif gone is not None and not _has(version, None, gone):
                yield f"{kind.__name__}.{found.name} = {one!r} {_needs(None, gone)}"
            elif found.codec.model is not None:
                yield from _refused(one, found.codec.model, version)


def _has(version: str, added: Optional[str], removed: Optional[str]) -> bool:
    return (added is None or version >= added) and (removed is None or version < removed)


def _needs(added: Optional[str], removed: Optional[str]) -> str:
    return f"needs API version {added or max(one for one in API_VERSIONS if _has(one, added, removed))}"


def _asked_for(version: str) -> str:
    return f"the request is made with {version}, see api_version"


def _absent(kind: type[Model], version: str) -> tuple[bytes, ...]:
    """The words, in lower case, that a version does not have in a body of this kind."""
    found = _ABSENT.get((kind, version))
    if found is None:
        words = {f'"{word.lower()}"'.encode() for word in _words(kind, version)}
        found = _ABSENT[kind, version] = tuple(sorted(words))
    return found


def _words(kind: type[Model], version: str) -> Iterator[str]:
    for found in kind._by_wire.values():
        if not _has(version, found.added, found.removed):
            yield found.wire
            continue
        yield from (word for word, gone in found.codec.removed.items() if not _has(version, None, gone))
        if found.codec.model is not None:
            yield from _words(found.codec.model, version)


_ABSENT: dict[tuple[type[Model], str], tuple[bytes, ...]] = {}
