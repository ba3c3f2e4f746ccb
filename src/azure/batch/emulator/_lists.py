"""What all reads and writes share: conditions of a request, lists page by page, answers about one resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Callable, Optional, TypeVar

from . import _odata
from ._state import Collection
from ._times import entity_tag, parse_date
from ._wire import Answer, Call, Document, Page, check

__all__ = ["changed", "check_conditions", "dated", "page", "page_items", "read", "start_of"]

ItemT = TypeVar("ItemT")

_LOOKED_AT = 20_000
"""Items that one request may pass over in search of matches before it hands out what it has and a token."""


def check_conditions(call: Call, document: Document, *, is_read: bool = False) -> None:
    """Refuse when a condition of the request does not hold for a resource."""
    check(call.conditions, document["eTag"], parse_date(document["lastModified"]), write=not is_read)


def read(call: Call, document: Document, *, with_tag: bool = True) -> Answer:
    """The answer that shows one resource."""
    tag = document.get("eTag") if with_tag else None
    changed_at = parse_date(document["lastModified"]) if tag is not None else None
    names = call.query.get("$select")
    return Answer(200, body=_odata.select(document, names) if names else document, etag=tag, last_modified=changed_at)


def dated(answer: Answer, changed_at: str) -> Answer:
    """An answer about what has no entity tag of its own, with one made of the time at which it changed last."""
    moment = parse_date(changed_at)
    assert moment is not None, changed_at
    return replace(answer, etag=entity_tag(moment)[0], last_modified=moment)


def changed(call: Call, status: int, document: Document, path: str, *, is_new: bool = False) -> Answer:
    """The answer to a create, an update or an action."""
    return Answer(
        status,
        etag=document.get("eTag"),
        last_modified=parse_date(document["lastModified"]) if "lastModified" in document else None,
        location=call.base + path if is_new else None,
    )


def page_items(call: Call, items: Iterable[tuple[str, ItemT]], render: Callable[[ItemT], Document]) -> Answer:
    """One page of items that come in the order of their keys, beginning behind the request's token."""
    size = _odata.page_size(call.query)
    text = call.query.get("$filter")
    wanted = _odata.parse_filter(text, call.operation) if text else None
    names = call.query.get("$select")
    found: list[Document] = []
    last: Optional[str] = None
    looked_at = 0
    start = start_of(call)
    for key, item in items:
        if key <= start:
            continue
        if len(found) == size or looked_at == _LOOKED_AT:
            return Answer(200, page=Page(found, _odata.encode_token(last or "")))
        last = key
        looked_at += 1
        document = render(item)
        if wanted is None or wanted.matches(document):
            found.append(_odata.select(document, names) if names else document)
    return Answer(200, page=Page(found))


def page(call: Call, collection: Collection[ItemT], render: Callable[[ItemT], Document]) -> Answer:
    """One page of a collection in memory."""
    return page_items(call, collection.after(start_of(call)), render)


def start_of(call: Call) -> str:
    """The key behind which a request's page begins."""
    token = call.query.get("$skiptoken")
    return _odata.decode_token(token) if token else ""
