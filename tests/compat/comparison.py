"""What became of one call under either library, and in which aspects the two are unequal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import parse_qsl, unquote, urlsplit

from .calls import Call

Outcome = dict[str, Any]

_UNCOMPARED_HEADERS = frozenset({"user-agent", "client-request-id"})
ERROR_PARTS = ("type", "status", "reason", "code", "message", "model", "pending", "failed", "errors")


@dataclass(frozen=True)
class Pair:
    """One call and what became of it here and there."""

    call: Call
    ours: Outcome
    theirs: Outcome
    unequal: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unequal", frozenset(self._compare()))

    def __str__(self) -> str:
        call = self.call
        return f"{call['colour']} {call['member']}: {call['kind']} {call['detail']}"

    @property
    def our_error(self) -> Optional[str]:
        """The class of our exception."""
        return self.ours["error"]["type"] if self.ours["error"] else None

    @property
    def their_error(self) -> Optional[str]:
        """The class of their exception."""
        return self.theirs["error"]["type"] if self.theirs["error"] else None

    @property
    def sends_the_same(self) -> bool:
        """Whether the requests are equal, their URLs letter by letter."""
        requests = ("sends", "verb", "url", "body", "header")
        urls = ([one["url"] for one in side["sent"]] for side in (self.ours, self.theirs))
        return next(urls) == next(urls) and not any(one.startswith(requests) for one in self.unequal)

    def _compare(self) -> Iterator[str]:
        ours, theirs = self.ours["sent"], self.theirs["sent"]
        if len(ours) != len(theirs):
            yield "sends"
        for one, other in zip(ours, theirs):
            yield from _unequal_requests(one, other)
        for aspect in ("result", "options", "noted"):
            if self.ours[aspect] != self.theirs[aspect]:
                yield aspect
        yield from _unequal_errors(self.ours["error"], self.theirs["error"])


def _unequal_requests(ours: Outcome, theirs: Outcome) -> Iterator[str]:
    if ours["method"] != theirs["method"]:
        yield "verb"
    if _parts(ours["url"]) != _parts(theirs["url"]):
        yield "url"
    headers, others = _headers(ours), _headers(theirs)
    for name in headers.keys() | others.keys():
        if headers.get(name) != others.get(name):
            yield f"header {name}"
    if body(ours) != body(theirs):
        yield "body"


def _parts(url: str) -> Any:
    """The segments of a URL's path and the pairs of its query, decoded and in their order."""
    parts = urlsplit(url)
    segments = [unquote(one) for one in parts.path.split("/")]
    return parts.scheme, parts.netloc, segments, parse_qsl(parts.query, keep_blank_values=True), parts.fragment


def _headers(request: Outcome) -> dict[str, str]:
    names = {name.lower(): value for name, value in request["headers"].items()}
    return {name: value for name, value in names.items() if name not in _UNCOMPARED_HEADERS}


def body(request: Outcome) -> Any:
    """The JSON that was sent."""
    return json.loads(request["body"]) if request["body"] else None


def _unequal_errors(ours: Optional[Outcome], theirs: Optional[Outcome]) -> Iterator[str]:
    if ours is None or theirs is None:
        if ours is not theirs:
            yield "error"
        return
    for part in ERROR_PARTS:
        if ours.get(part) != theirs.get(part):
            yield f"error {part}"
    if ours.get("code") and theirs.get("code") and _first_line(ours) != _first_line(theirs):
        yield "error text"


def _first_line(error: Outcome) -> str:
    return str(error["text"]).partition("\n")[0]
