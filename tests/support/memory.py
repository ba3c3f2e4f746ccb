"""Transports that answer from memory, for what a server cannot be made to do and for measuring without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Callable, NamedTuple

from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport

# azure-core has no public response that can be made without a connection.
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import case_insensitive_dict


class Answer(NamedTuple):
    """What the transport answers: a status, a body, headers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    pieces: Iterable[bytes] = ()
    """In which a streamed body comes, if it does not come at once."""


Handler = Callable[[Any], Answer]


class _Connection:
    """What stands for the transport's own response: it is only ever closed."""

    def close(self) -> None: ...


class _AsyncConnection:
    async def close(self) -> None: ...


def _pieces(answer: Answer, **_: Any) -> Iterator[bytes]:
    yield from answer.pieces or (answer.body,)


async def _async_pieces(answer: Answer, *_: Any, **__: Any) -> AsyncIterator[bytes]:
    for piece in answer.pieces or (answer.body,):
        yield piece


def _response(kind: Any, request: Any, answer: Answer, pieces: Any) -> Any:
    response = kind(
        request=request,
        internal_response=_Connection() if kind is HttpResponseImpl else _AsyncConnection(),
        status_code=answer.status,
        reason="",
        content_type="application/json",
        headers=case_insensitive_dict({"Content-Type": "application/json", **answer.headers}),
        stream_download_generator=pieces,
        block_size=4096,
    )
    if pieces is None:
        response._content = answer.body
        response._is_closed = response._is_stream_consumed = True
    return response


class MemoryTransport(HttpTransport[Any, Any]):
    """Hands each request to a function and answers what it gives; what it raises is raised."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __enter__(self) -> MemoryTransport:
        return self

    def __exit__(self, *_: object) -> None: ...
    def open(self) -> None: ...
    def close(self) -> None: ...

    def send(self, request: Any, *, stream: bool = False, **_: Any) -> Any:
        answer = self.handler(request)
        return _response(HttpResponseImpl, request, answer, partial(_pieces, answer) if stream else None)


class AsyncMemoryTransport(AsyncHttpTransport[Any, Any]):
    """The same for the asynchronous client."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def __aenter__(self) -> AsyncMemoryTransport:
        return self

    async def __aexit__(self, *_: object) -> None: ...
    async def open(self) -> None: ...
    async def close(self) -> None: ...

    async def send(self, request: Any, *, stream: bool = False, **_: Any) -> Any:
        answer = self.handler(request)
        return _response(AsyncHttpResponseImpl, request, answer, partial(_async_pieces, answer) if stream else None)
