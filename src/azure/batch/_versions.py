"""The versions of the service's API, and what a request may not hold in the version that it is made with.

Fields, values and operations that are not in every version say so where they are declared; the models are the union of
all versions. A body is held against its version as it is sent, so that models, dictionaries and text are treated
alike, and only where it can matter: if no model below the body's own differs between versions, or if none of the words
that do occurs in the text, nothing is looked at. A version that is not listed here is sent as it is, unchecked.
"""

from __future__ import annotations

import json
import re
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
    words = _differing(kind)
    if words is None or version not in API_VERSIONS or not words.search(content):
        return
    try:
        body = json.loads(content)
    except ValueError:
        return  # text of the caller's own, for the service to judge
    refused = list(_refused(body, kind, version))
    if refused:
        raise ValueError(f"{argument}: {', '.join(refused)}; {_asked_for(version)}")


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
            if (found.added and version < found.added) or (found.removed and version >= found.removed):
                yield f"{kind.__name__}.{found.name} ({key!r}) {_needs(found.added, found.removed)}"
            elif gone is not None and version >= gone:
                yield f"{kind.__name__}.{found.name} = {one!r} {_needs(None, gone)}"
            elif found.codec.model is not None:
                yield from _refused(one, found.codec.model, version)


def _needs(added: Optional[str], removed: Optional[str]) -> str:
    return f"needs API version {added or max(one for one in API_VERSIONS if removed is None or one < removed)}"


def _asked_for(version: str) -> str:
    return f"the request is made with {version}, see api_version"


def _differing(kind: type[Model]) -> Optional[re.Pattern[bytes]]:
    """What to look for in a body of this kind; None if every version has all of it."""
    if kind not in _DIFFERING:
        words = set(_words(kind))
        text = b'"(?:' + b"|".join(sorted(words)) + b')"'
        _DIFFERING[kind] = re.compile(text, re.IGNORECASE) if words else None
    return _DIFFERING[kind]


def _words(kind: type[Model]) -> Iterator[bytes]:
    for found in kind._by_wire.values():
        if found.added or found.removed:
            yield found.wire.encode()
        for word in found.codec.removed:
            yield word.encode()
        if found.codec.model is not None:
            yield from _words(found.codec.model)


_DIFFERING: dict[type[Model], Optional[re.Pattern[bytes]]] = {}
