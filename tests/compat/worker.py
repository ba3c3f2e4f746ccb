"""Execute calls with whichever ``azure.batch`` this interpreter has, and tell what became of each.

A program, not a module: one JSON document comes in on standard input and one goes out on standard output. It runs
unchanged under azure-batch 15.1.0 and under this library, and everything that it says of a call is plain JSON, so that
two runs can be compared. Nothing is sent anywhere: each client has a transport that notes the request and gives the
next of the answers that the call brings along.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from importlib import import_module
from typing import Any, Callable, Optional, cast

from azure.core import MatchConditions
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl import HttpResponseImpl  # no public response can be made without a connection
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.serialization import NULL
from azure.core.utils import CaseInsensitiveDict

import azure.batch
from azure.batch import aio
from azure.batch.models import BatchFileProperties, CreateTasksError
from azure.batch.models import _enums as enums
from azure.batch.models import _models as models

ENDPOINT = "https://account.westeurope.batch.azure.com"
NOW = 1_767_323_045  # 2026-01-02 03:04:05 UTC, the present time of every call
FIELDS: dict[str, list[str]] = {}
"""Names of the attributes of each model, as the facts give them."""


# -- the transport ---------------------------------------------------------------------------------------------------


class _Body:
    """What a response reads its body from."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def close(self) -> None:
        """Nothing is open."""


class _AsyncBody:
    """The same for the asynchronous pipeline."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def close(self) -> None:
        """Nothing is open."""


class _Wire:
    """Notes what is sent and gives the answers of a call in turn; the last one is repeated."""

    def __init__(self, answers: list[dict[str, Any]], *, asynchronous: bool) -> None:
        self.body_kind: type[Any] = _AsyncBody if asynchronous else _Body
        self.answers = deque(answers)
        self.sent: list[dict[str, Any]] = []
        self.options: list[dict[str, Any]] = []

    def note(self, request: Any, options: dict[str, Any]) -> dict[str, Any]:
        content = request.content
        self.sent.append(
            {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers.items()),
                "body": content.decode() if isinstance(content, bytes) else content,
            }
        )
        self.options.append({name: value for name, value in options.items() if name in _TRANSPORT_OPTIONS})
        if len(self.sent) > 400:
            raise RuntimeError("the call does not end")
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.popleft()
        if answer.get("echo"):
            answer = {**answer, "body": _added(json.loads(content))}
        headers: dict[str, str] = answer.get("headers") or {}
        return {
            "request": request,
            "internal_response": self.body_kind(_bytes(answer.get("body"))),
            "status_code": answer["status"],
            "headers": CaseInsensitiveDict(headers),
            "reason": answer.get("reason", "Reason"),
            "content_type": headers.get("Content-Type", "application/json"),
            "block_size": None,
        }


_TRANSPORT_OPTIONS = frozenset({"read_timeout", "connection_timeout", "connection_verify"})


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _added(collection: Any) -> Any:
    """The service's answer to a collection of tasks, all of them added."""
    return {"value": [{"status": "success", "taskId": task.get("id")} for task in collection["value"]]}


def _stream(pipeline: Any, response: Any, **kwargs: Any) -> Iterator[bytes]:
    yield response._internal_response.content


async def _async_stream(pipeline: Any, response: Any, **kwargs: Any) -> AsyncIterator[bytes]:
    yield response._internal_response.content


class Transport(HttpTransport[Any, Any]):
    """Answers without a network."""

    def __init__(self, wire: _Wire) -> None:
        self.wire = wire

    def send(self, request: Any, **kwargs: Any) -> Any:
        answer = self.wire.note(request, kwargs)
        response: Any = HttpResponseImpl(stream_download_generator=_stream, **answer)
        if not kwargs.get("stream"):
            response.read()
            response.close()
        return response

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def __exit__(self, *args: Any) -> None:
        """Nothing to close."""


class AsyncTransport(AsyncHttpTransport[Any, Any]):
    """The same for the asynchronous pipeline."""

    def __init__(self, wire: _Wire) -> None:
        self.wire = wire

    async def send(self, request: Any, **kwargs: Any) -> Any:
        response: Any = AsyncHttpResponseImpl(
            stream_download_generator=_async_stream, **self.wire.note(request, kwargs)
        )
        if not kwargs.get("stream"):
            await response.read()
            await response.close()
        return response

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *args: Any) -> None:
        """Nothing to close."""


# -- values, from JSON and to JSON -----------------------------------------------------------------------------------


class Noted:
    """What the functions that a call hands over were called with."""

    def __init__(self) -> None:
        self.cls: list[Any] = []
        self.hook: list[Any] = []
        self.scopes: list[Any] = []

    def take_cls(self, *args: Any) -> Any:
        if len(args) == 1:  # of a list
            self.cls.append([told(one) for one in args[0]])
            return args[0]
        outcome, result, headers = args
        self.cls.append({"status": outcome.http_response.status_code, "headers": told(dict(headers))})
        return result

    def take_hook(self, request: Any) -> None:
        self.hook.append(request.http_request.method)


class RaisedByMapError(AzureError):
    """An exception of the caller's own, for an ``error_map``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("of the caller's own")


def made(value: Any, noted: Noted) -> Any:
    """A Python value from its description in a call."""
    if isinstance(value, list):
        return [made(one, noted) for one in cast("Iterable[Any]", value)]
    return _made_object(cast("dict[str, Any]", value), noted) if isinstance(value, dict) else value


def _made_object(value: dict[str, Any], noted: Noted) -> Any:
    kind, inner = value.get("$"), value.get("v")
    if kind is None:
        return {name: made(one, noted) for name, one in value.items()}
    if kind == "model":
        name, fields, mapping = cast("list[Any]", inner)
        model = getattr(models, name)
        return model(made(mapping, noted)) if mapping is not None else model(**made(fields, noted))
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](made(inner, noted))
    return getattr(noted, f"take_{kind}") if kind in ("cls", "hook") else _MAKERS[kind](inner)


_CONTAINERS: dict[str, Callable[[Any], Any]] = {"tuple": tuple, "iterator": iter}
_MAKERS: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "duration": lambda value: timedelta(*value),
    "enum": lambda value: getattr(getattr(enums, value[0]), value[1]),
    "match": lambda value: MatchConditions[value],
    "bytes": str.encode,
    "file": lambda value: io.BytesIO(value.encode()),
    "null": lambda _: NULL,
    "map": lambda value: {int(status): RaisedByMapError for status in value},
    "request": lambda value: HttpRequest(*value[:2], **value[2]),
}


def told(value: Any) -> Any:
    """A Python value as JSON that says also of what kind it is."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return {"enum": f"{type(value).__name__}.{value.name}"}
    if isinstance(value, (int, float, str)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, timedelta):
        return {"duration": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, BatchFileProperties):
        return {"model": "BatchFileProperties", "attributes": {k: told(v) for k, v in vars(value).items()}}
    if type(value).__name__ in FIELDS:
        return _told_model(value)
    if isinstance(value, Mapping):
        return {name: told(one) for name, one in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple, deque)):
        return [told(one) for one in cast("list[Any]", value)]
    return {"object": type(value).__name__}


def _told_model(value: Any) -> Any:
    name = type(value).__name__
    attributes = {field: told(getattr(value, field)) for field in FIELDS[name]}
    return {
        "model": name,
        "wire": value.as_dict(),
        "attributes": {field: one for field, one in attributes.items() if one is not None},
        "keys": list(value.keys()),
    }


def told_error(error: BaseException) -> dict[str, Any]:
    found: dict[str, Any] = {"type": type(error).__name__, "text": str(error)}
    if isinstance(error, AzureError):
        inner = getattr(error, "error", None)
        found["azure"] = True
        found["status"] = getattr(error, "status_code", None)
        found["reason"] = getattr(error, "reason", None)
        found["code"] = getattr(inner, "code", None)
        found["message"] = told(getattr(inner, "message", None))
        found["model"] = told(getattr(error, "model", None))
    if isinstance(error, CreateTasksError):
        found["pending"] = sorted(str(one["id"]) for one in error.pending_tasks)
        found["failed"] = sorted(told(one)["wire"]["taskId"] for one in error.failure_tasks)
        found["errors"] = sorted(type(one).__name__ for one in error.errors)
    return found


# -- one call --------------------------------------------------------------------------------------------------------


class _Token:
    """A token credential."""

    def __init__(self, noted: Noted, refused: bool) -> None:
        self.noted = noted
        self.refused = refused

    def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        if self.refused:
            raise ClientAuthenticationError("there is no token")
        self.noted.scopes.append(list(scopes))
        return AccessToken("token", NOW + 3600)


class _AsyncToken(_Token):
    """The same, awaited."""

    async def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        return super().get_token(*scopes, **kwargs)


def client_of(call: dict[str, Any], wire: _Wire, noted: Noted) -> Any:
    asynchronous = call["colour"] == "async"
    kind: Any = aio.BatchClient if asynchronous else azure.batch.BatchClient
    transport: Any = AsyncTransport(wire) if asynchronous else Transport(wire)
    credential: Any
    if call.get("token"):
        credential = (_AsyncToken if asynchronous else _Token)(noted, call["token"] == "refused")
    else:
        credential = AzureNamedKeyCredential("account", call.get("key", "a2V5LW9mLXRoZS1hY2NvdW50"))
    settings = made(call.get("settings") or {}, noted)
    return kind(
        call.get("endpoint", "https://account.westeurope.batch.azure.com"), credential, transport=transport, **settings
    )


def run_sync(call: dict[str, Any], wire: _Wire, noted: Noted) -> Any:
    with client_of(call, wire, noted) as client:
        args, kwargs = made(call["args"], noted), made(call["kwargs"], noted)
        result: Any = getattr(client, call["member"])(*args, **kwargs)
        if hasattr(result, "by_page"):
            if "page" in call:
                return _pages(result.by_page(call["page"]))
            return [told(one) for one in result]
        if hasattr(result, "polling_method"):
            found = result.result()
            return {"poller": [told(found), result.status(), result.done()]}
        if hasattr(result, "__next__"):
            return told(b"".join(result))
        return {"status": result.status_code, "text": result.text()} if hasattr(result, "text") else told(result)


def _pages(pages: Any) -> Any:
    found: list[Any] = []
    for page in pages:
        found.append([told(one) for one in page])
        found.append(pages.continuation_token)
    return found


async def run_async(call: dict[str, Any], wire: _Wire, noted: Noted) -> Any:
    async with client_of(call, wire, noted) as client:
        args, kwargs = made(call["args"], noted), made(call["kwargs"], noted)
        result: Any = getattr(client, call["member"])(*args, **kwargs)
        if hasattr(result, "__await__"):
            result = await result
        if hasattr(result, "by_page"):
            if "page" in call:
                return await _async_pages(result.by_page(call["page"]))
            return [told(one) async for one in result]
        if hasattr(result, "polling_method"):
            found = await result.result()
            return {"poller": [told(found), result.status(), result.done()]}
        if hasattr(result, "__anext__"):
            return told(b"".join([piece async for piece in result]))
        return {"status": result.status_code, "text": result.text()} if hasattr(result, "text") else told(result)


async def _async_pages(pages: Any) -> Any:
    found: list[Any] = []
    async for page in pages:
        found.append([told(one) async for one in page])
        found.append(pages.continuation_token)
    return found


async def outcome_of(call: dict[str, Any]) -> dict[str, Any]:
    """What became of one call."""
    wire, noted = _Wire(call["answers"], asynchronous=call["colour"] == "async"), Noted()
    found: dict[str, Any] = {"result": None, "error": None}
    try:
        if call["colour"] == "async":
            found["result"] = await run_async(call, wire, noted)
        else:
            found["result"] = run_sync(call, wire, noted)
    except Exception as error:  # every failure is an outcome
        found["error"] = told_error(error)
    found["sent"] = wire.sent
    found["options"] = [one for one in wire.options if one]
    # Not vars(): the dictionary of an object that is gone is an old one on Python 3.13.0.
    found["noted"] = {name: getattr(noted, name) for name in ("cls", "hook", "scopes")}
    return found


# -- the whole -------------------------------------------------------------------------------------------------------


class FrozenDate(datetime):
    """A clock that stands still, in place of ``datetime`` in a module that asks it for the time."""

    @classmethod
    def now(cls, tz: Optional[tzinfo] = None) -> Any:
        return datetime.fromtimestamp(NOW, tz)

    @classmethod
    def utcnow(cls) -> Any:
        return datetime(2026, 1, 2, 3, 4, 5)


def stop_the_clock() -> None:
    """Sign every request at the same moment and never really wait."""
    time.time = lambda: float(NOW)
    time.sleep = lambda _: None
    wait, pause = threading.Event.wait, asyncio.sleep

    def waited(self: threading.Event, timeout: Optional[float] = None) -> bool:
        return wait(self, None if timeout is None else 0)

    async def sleep(delay: float, result: Any = None) -> Any:
        return await pause(0, result)

    event: Any = threading.Event
    event.wait = waited
    asyncio.sleep = sleep
    if azure.batch.__version__ == "15.1.0":
        signing: Any = import_module("azure.batch._patch")
        signing.datetime = FrozenDate


def main() -> None:
    logging.disable(logging.CRITICAL)
    order = json.load(sys.stdin)
    FIELDS.update(order["fields"])
    stop_the_clock()

    async def run() -> list[dict[str, Any]]:
        return [await outcome_of(call) for call in order["calls"]]

    outcomes = asyncio.run(run())
    # In one piece: json.dump would print it piece by piece, many times slower.
    sys.stdout.write(json.dumps({"version": azure.batch.__version__, "outcomes": outcomes}))


if __name__ == "__main__":
    main()
