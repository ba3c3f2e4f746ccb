"""The HTTP side of the emulator: from a request to a call, and from an answer to a response.

It knows no state. The checks come in this order: the host, the API version, who is calling, the operation, the query
and the headers, the body; the rules check the rest. The server is aiohttp's bare protocol without its application
layer: its router, its middlewares and its reading of queries would only be paid for and then done again, since
signatures and ids need the request as it was sent.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import os
import re
import socket
import ssl
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Callable, NoReturn, Optional, cast
from urllib.parse import quote, unquote, unquote_plus

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMethod

from ._administration import PREFIXES, Administration
from ._auth import Authenticator
from ._faults import Faults, Occurrence, Strike, tasks_of
from ._files import open_part
from ._odata import check_select, decode_token, invalid_query, page_size, parse_filter
from ._page import DATA, TOKEN_HEADER, Page
from ._routes import Route, find
from ._times import parse_date, text_date
from ._versions import version_of
from ._wire import Answer, Call, Conditions, Document, FilePart, ServiceError, check_combination

__all__ = ["HttpServer", "listen"]

_LOG = logging.getLogger("azure.batch.emulator")
# What strangers send that is no HTTP is no concern of the program that the emulator runs in.
_PROTOCOL_LOG = logging.getLogger("azure.batch.emulator.http")
_PROTOCOL_LOG.addHandler(logging.NullHandler())
_REQUEST_LOG = logging.getLogger("azure.batch.emulator.requests")
"""Each request and the status it was answered with, at level DEBUG: to see what a client sends."""

_MAXIMUM_BODY = 1024 * 1024
_LONGEST_LINE = 64 * 1024
_BACKLOG = 1024
_CHUNK = 256 * 1024
_INLINE_FILE = 64 * 1024
"""Up to this size a file is read in the event loop: cheaper than handing it to a thread."""
_LONGEST_REQUEST = 30.0
"""Seconds that the service works on a request: its ``timeOut`` when it has none, and the largest that counts."""
_GRACE = 1.0
"""Seconds that requests under way have to end when the server stops."""

_JSON = "application/json; odata=minimalmetadata"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_CANONICAL = {
    name.lower(): name
    for name in (
        "api-version",
        "timeOut",
        "ocp-date",
        "maxresults",
        "$filter",
        "$select",
        "$expand",
        "$skiptoken",
        "recursive",
        "force",
        "startTime",
        "endtime",
    )
}
_TAG = re.compile(r'(?:W/)?(?:"([^"]*)"|([^\s,"]+))')
"""One entity tag of a header that may hold several; the service's own have no quotes."""
_EVERYWHERE = frozenset({"api-version", "timeOut", "ocp-date"})
_CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
_DATE_CONDITIONS = _CONDITIONS[2:]

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class _Target:
    """The first line of a request, taken apart."""

    path: str
    """As it was sent."""
    query: str
    """As it was sent."""
    pairs: list[tuple[str, str]]
    """Names and values of the query, decoded."""


@dataclass(frozen=True)
class _Exchange:
    """A request that was read and checked, and what its answer needs."""

    request: web.BaseRequest
    target: _Target
    route: Route
    call: Call
    headers: dict[str, str]
    """Headers of the answer, which fill up as it is made."""


def listen(host: str, port: int) -> socket.socket:
    """Take an address; connections wait there until a server is started on it.

    :raises OSError: when the address cannot be listened on.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let another program take the same address
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


class HttpServer:
    """Serves the calls of one account over HTTP."""

    def __init__(
        self,
        execute: Callable[[Call], Answer],
        authenticator: Authenticator,
        *,
        hosts: Collection[str],
        any_address: bool = False,
        newest_version: str,
        administration: Administration,
        page: Page,
    ) -> None:
        """
        :param execute: What carries a call out.
        :param authenticator: What lets requests pass.
        :param hosts: The names by which the server may be addressed, besides loopback addresses.
        :param any_address: Whether it may also be addressed by any other numeric address.
        :param newest_version: The newest version of the API that is served.
        :param administration: What answers requests about the emulator itself, and holds its clock and its faults.
        :param page: What answers requests for the page, and those that it makes.
        """
        self._execute = execute
        self._authenticator = authenticator
        self._hosts = frozenset(name.lower() for name in hosts) | {"localhost"}
        self._any_address = any_address
        self._newest_version = newest_version
        self._administration = administration
        self._page = page
        self._faults: Faults = administration.faults
        self._protocol: Optional[_Protocol] = None
        self._listener: Optional[asyncio.Server] = None

    async def start(self, listener: socket.socket, encryption: Optional[ssl.SSLContext] = None) -> None:
        """Serve what comes in at a socket, which is the server's from then on; https if there is encryption."""
        self._protocol = _Protocol(
            self._receive,
            access_log=None,
            logger=_PROTOCOL_LOG,
            # Requests that are compressed are refused: their length would say nothing about what they become.
            auto_decompress=False,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        self._listener = await asyncio.get_running_loop().create_server(
            self._protocol, sock=listener, backlog=_BACKLOG, ssl=encryption
        )

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        if self._listener is not None:
            self._listener.close()
        if self._protocol is not None:
            transports = [connection.transport for connection in self._protocol.connections]
            self._protocol.pre_shutdown()
            await self._protocol.shutdown(_GRACE)
            await asyncio.sleep(0)
            for transport in transports:
                if transport is not None:
                    transport.abort()  # with encryption a closed one would wait for the client to close, too
        self._listener = self._protocol = None

    # A request ------------------------------------------------------------------------------------------------------

    async def _receive(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._handle(request)
        _REQUEST_LOG.debug("%s %s %d", request.method, request.raw_path, response.status)
        return response

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = _common_headers(request)
        now = self._administration.clock.now
        if self._administration.advance is not None:
            headers["Date"] = _date_header(now())
        try:
            return await self._serve(request, headers)
        except ServiceError as error:
            return _refusal(request, error, headers, now())
        except ConnectionError:  # the client has left in the middle of an answer, which is its right
            return _hang_up(request)
        except Exception:
            _LOG.exception("%s %s failed", request.method, request.raw_path)
            return _refusal(request, ServiceError("InternalError"), headers, now())

    async def _serve(self, request: web.BaseRequest, headers: dict[str, str]) -> web.StreamResponse:
        base = f"{request.scheme}://{self._check_host(request)}"
        target = _read_target(request)
        if target.path == "/" and not target.query and request.method in ("GET", "HEAD"):
            headers.update(self._page.headers, **{"Content-Type": "text/html; charset=utf-8"})
            return web.Response(headers=headers, body=self._page.content)
        if target.path.startswith(DATA):
            return self._show(request, target, headers)
        if target.path.startswith(PREFIXES):
            return await self._administer(request, target, headers)
        version = version_of(target.pairs, self._newest_version)
        # Faults know a request only when it was read: what time it is for it is not certain before.
        is_dated = not self._faults.are_clocks_to_differ
        self._authenticate(request, target, headers, 0.0 if is_dated else None)
        route, ids = find(request.method, target.path)
        query = _read_query(route, target)
        conditions = _read_conditions(route, request.headers)
        body = await _read_body(route.body, request)
        call = Call(route.operation, ids, query, body, conditions, base, request.headers.get("ocp-range"), version)
        exchange = _Exchange(request, target, route, call, headers)
        strike = self._faults.take(_occurrence(exchange)) if self._faults.are_any else None
        ahead = strike.fault.clock_shift if strike is not None else None
        if not is_dated:
            self._authenticate(request, target, headers, ahead or 0.0)
        if strike is not None:
            return await self._strike(exchange, strike)
        return await _respond(exchange, self._execute(call))

    def _show(self, request: web.BaseRequest, target: _Target, headers: dict[str, str]) -> web.Response:
        """Answer a request that the page makes."""
        headers.update(self._page.headers)
        self._page.check(request.headers.get(TOKEN_HEADER))
        if request.method != "GET":
            raise ServiceError("UnsupportedHttpVerb")
        document = self._page.answer(_segments(target)[1:], dict(target.pairs))
        return _json(headers, 200, document)

    async def _administer(
        self, request: web.BaseRequest, target: _Target, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Answer a request about the emulator itself."""
        self._authenticator.verify(request.method, target.path, target.pairs, request.headers)
        body = await _read_body("optional", request)
        return _json(headers, *await self._administration.handle(request.method, _segments(target), body))

    def _authenticate(
        self, request: web.BaseRequest, target: _Target, headers: dict[str, str], ahead: Optional[float]
    ) -> None:
        """Refuse a request that must not pass; by the clock in the answer its sender can then set its own."""
        try:
            self._authenticator.verify(request.method, target.path, target.pairs, request.headers, ahead)
        except ServiceError:
            headers["Date"] = _date_header(self._authenticator.now(ahead or 0.0))
            raise

    async def _strike(self, exchange: _Exchange, strike: Strike) -> web.StreamResponse:
        """Answer a request that a fault strikes."""
        request, call, fault = exchange.request, exchange.call, strike.fault
        limit = min(float(call.query.get("timeOut") or _LONGEST_REQUEST), _LONGEST_REQUEST)
        await asyncio.sleep(min(fault.delay, limit))
        if fault.delay > limit:
            raise ServiceError("OperationTimedOut")
        if fault.clock_shift is not None:
            exchange.headers["Date"] = _date_header(self._authenticator.now(fault.clock_shift))
        error = fault.error
        if fault.retry_after is not None:
            exchange.headers["Retry-After"] = f"{fault.retry_after:g}"
        if error is not None and not fault.after_effect:
            raise error
        if fault.drop == "before":
            return _hang_up(request)
        answer = self._execute(replace(call, body=strike.spare(call.body)))
        answer = replace(answer, body=strike.weave(call.body, answer.body))
        if error is not None:
            raise error
        if fault.drop == "after":
            return _hang_up(request)
        if fault.drop == "body":
            return await _break_off(exchange, answer)
        return await _respond(exchange, answer)

    def _check_host(self, request: web.BaseRequest) -> str:
        """The ``Host`` header, if it means this server.

        A web page can have a name of its own point here, and its scripts then talk to the emulator as to their own
        site; but it cannot change the name that the browser sends.
        """
        given = request.headers.get("Host", "")
        match = _HOST.fullmatch(given)
        if match is not None:
            name = match.group(1).lower()
            if name in self._hosts:
                return given
            try:
                address = ipaddress.ip_address(name.strip("[]"))
            except ValueError:
                pass
            else:
                if address.is_loopback or self._any_address:
                    return given
        raise _invalid_header("Host", given)


class _Protocol(web.Server):
    """aiohttp's protocol, but that what it cannot read is answered as everything else is."""

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: Optional[BaseException] = None,
        message: Optional[str] = None,
    ) -> web.StreamResponse:
        _PROTOCOL_LOG.debug("A request cannot be read", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of the answer was sent already")
        if isinstance(exc, BadHttpMethod):
            error = ServiceError("InvalidHttpVerb")
        elif status < 500:
            error = ServiceError("InvalidInput", status=status, values=[("Reason", message or "")])
        else:
            error = ServiceError("InternalError")
        response = _refusal(request, error, _common_headers(request), datetime.now(timezone.utc))
        response.force_close()
        return response


# Reading ------------------------------------------------------------------------------------------------------------


def _invalid_header(name: str, value: str) -> ServiceError:
    return ServiceError("InvalidHeaderValue", values=[("HeaderName", name), ("HeaderValue", value)])


def _read_target(request: web.BaseRequest) -> _Target:
    raw = request.raw_path
    if not raw.startswith("/") or not raw.isascii():
        raise ServiceError("RequestUrlFailedToParse")
    path, _, query = raw.partition("?")
    pairs: list[tuple[str, str]] = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unquote_plus(name), unquote_plus(value)))
    return _Target(path, query, pairs)


def _segments(target: _Target) -> Sequence[str]:
    """The path of a request about the emulator itself, behind what they all begin with."""
    return [unquote(part) for part in target.path.split("/")[2:]]


def _read_query(route: Route, target: _Target) -> Mapping[str, str]:
    """The query by the service's names; of a name that is repeated the first, and nothing that is empty."""
    query: dict[str, str] = {}
    for given, value in target.pairs:
        name = _CANONICAL.get(given.lower())
        known = name is not None and (
            name in _EVERYWHERE or name in route.query or (name == "$skiptoken" and route.method == "GET")
        )
        if not known or name is None:
            values = [("QueryParameterName", given), ("QueryParameterValue", value)]
            raise ServiceError("UnsupportedQueryParameter", values=values)
        if value and name not in query:
            query[name] = value
            _check_query(route, name, value, query)
    return query


def _check_query(route: Route, name: str, value: str, query: dict[str, str]) -> None:
    """Refuse a query parameter that has not the form it must have."""
    if name == "$filter":
        parse_filter(value, route.operation)
    elif name == "$select":
        check_select(value, route.operation)
    elif name == "$skiptoken":
        decode_token(value)
    elif name == "maxresults":
        page_size(query)
    elif name == "$expand":
        if any(part.strip() != "stats" for part in value.split(",")):
            raise invalid_query(name, value, "only stats can be expanded")
    elif name == "timeOut":
        if re.fullmatch(r"0*[1-9][0-9]{0,9}", value) is None:
            raise invalid_query(name, value, "not a positive number of seconds")
    elif name in ("recursive", "force"):
        query[name] = value.lower()
        if value.lower() not in ("true", "false"):
            raise invalid_query(name, value, "neither true nor false")
    elif name in ("startTime", "endtime") and parse_date(value) is None:
        raise invalid_query(name, value, "not a date")


def _read_conditions(route: Route, headers: Mapping[str, str]) -> Conditions:
    given = [(name, headers[name]) for name in _CONDITIONS if name in headers]
    if not given:
        return Conditions()
    accepted = {"all": _CONDITIONS, "dates": _DATE_CONDITIONS, "none": ()}[route.conditions]
    tags: dict[str, frozenset[str]] = {}
    dates: dict[str, datetime] = {}
    for name, value in given:
        if name not in accepted:
            raise ServiceError("UnsupportedHeader", values=[("HeaderName", name), ("HeaderValue", value)])
        if name in _DATE_CONDITIONS:
            dates[name] = _http_date(name, value)
        else:
            tags[name] = frozenset(match[1] or match[2] or "" for match in _TAG.finditer(value))
    conditions = Conditions(
        tags.get("If-Match"),
        tags.get("If-None-Match"),
        dates.get("If-Modified-Since"),
        dates.get("If-Unmodified-Since"),
    )
    check_combination(conditions)
    return conditions


def _http_date(name: str, value: str) -> datetime:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        raise _invalid_header(name, value) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


async def _read_body(wanted: str, request: web.BaseRequest) -> Optional[Document]:
    """The JSON object in the body, which is wanted as routes say; None when there is none and none must be."""
    if "Content-Length" not in request.headers and request.body_exists:
        raise ServiceError("MissingContentLengthHeader")
    length = request.content_length or 0
    if length > _MAXIMUM_BODY:
        raise ServiceError("RequestBodyTooLarge", values=[("MaxLimit", str(_MAXIMUM_BODY))])
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    raw = await request.content.read() if length else b""
    if wanted == "none":
        return None
    if not raw.strip():
        if wanted == "required":
            raise ServiceError("InvalidRequestBody", values=[("Reason", "The body is empty.")])
        return None
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise _invalid_header("Content-Type", content_type)
    return _parse_json(raw)


def _parse_json(raw: bytes) -> Document:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON.")

    try:
        document: Any = json.loads(raw, parse_constant=refuse)
        if b"\\u" in raw:
            # Half of a surrogate pair can be written in JSON, but it is no text that could be kept or passed on.
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise ServiceError("InvalidRequestBody", values=[("Reason", str(error))]) from None
    if not isinstance(document, dict):
        raise ServiceError("InvalidRequestBody", values=[("Reason", "The body is not a JSON object.")])
    return cast(Document, document)


def _occurrence(exchange: _Exchange) -> Occurrence:
    """A request as faults know it."""
    call = exchange.call
    made = str((call.body or {}).get("id", ""))
    return Occurrence(
        "request",
        made if call.operation == "create_pool" else call.ids.get("poolId"),
        made if call.operation == "create_job" else call.ids.get("jobId"),
        exchange.request.method,
        unquote(exchange.target.path),
        call.operation,
        exchange.request.content_length or 0,
        tasks_of(call.body) if call.operation == "create_task_collection" else (),
    )


# Answering ----------------------------------------------------------------------------------------------------------


def _common_headers(request: web.BaseRequest) -> dict[str, str]:
    headers = {
        "request-id": str(uuid.uuid4()),
        "Server": "azure-batch-emulator",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("return-client-request-id", "").lower() == "true":
        identifier = request.headers.get("client-request-id", "")
        if identifier and identifier.isascii() and identifier.isprintable():
            headers["client-request-id"] = identifier
    return headers


def _describe(route: Route, answer: Answer, url: str, headers: dict[str, str]) -> None:
    """Add the headers that say what an answer is about."""
    if answer.file is None:
        headers["DataServiceVersion"] = "3.0"
    if answer.etag is not None:
        headers["ETag"] = answer.etag
    if answer.last_modified is not None:
        headers["Last-Modified"] = _date_header(answer.last_modified)
    if answer.location is not None:
        headers["Location"] = answer.location
    if route.names_resource:
        headers["DataServiceId"] = answer.location or url
    headers.update(answer.headers)


def _json(headers: dict[str, str], status: int, document: Document) -> web.Response:
    """The answer to a request about the emulator itself."""
    headers["Content-Type"] = "application/json"
    return web.Response(status=status, headers=headers, body=_encode(document).encode("ascii"))


def _date_header(moment: datetime) -> str:
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


async def _respond(exchange: _Exchange, answer: Answer) -> web.StreamResponse:
    request, headers = exchange.request, exchange.headers
    _describe(exchange.route, answer, exchange.call.base + exchange.target.path, headers)
    if answer.file is not None:
        return await _send_file(request, answer, answer.file, headers)
    content = _content(exchange.route, answer, exchange.call.base, exchange.target)
    if content is None:
        return web.Response(status=answer.status, headers=headers)
    headers["Content-Type"] = _JSON
    response = web.Response(status=answer.status, headers=headers, body=_encode(content).encode("ascii"))
    if answer.page is not None and request.version >= (1, 1):
        response.enable_chunked_encoding()  # as the service sends lists
    return response


def _hang_up(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()  # which nobody gets


async def _break_off(exchange: _Exchange, answer: Answer) -> web.StreamResponse:
    """Send the first half of an answer's body, then close the connection; without a body, close it at once."""
    request, headers, part = exchange.request, exchange.headers, answer.file
    _describe(exchange.route, answer, exchange.call.base + exchange.target.path, headers)
    if part is not None and request.method != "HEAD":
        headers.update(_file_headers(part))
        with open_part(part) as file:
            file.seek(part.start)
            half = file.read(min(part.length // 2, _INLINE_FILE))
    else:
        content = _content(exchange.route, answer, exchange.call.base, exchange.target)
        if content is None:
            return _hang_up(request)
        body = _encode(content).encode("ascii")
        headers["Content-Type"], headers["Content-Length"] = _JSON, str(len(body))
        half = body[: len(body) // 2]
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    await response.write(half)
    _hang_up(request)
    return response


def _content(route: Route, answer: Answer, base: str, target: _Target) -> Optional[Document]:
    metadata = f"{base}/$metadata#{route.metadata}"
    if answer.page is not None:
        content: Document = {"odata.metadata": metadata, "value": answer.page.items}
        if answer.page.token is not None:
            kept = [part for part in target.query.split("&") if unquote_plus(part.partition("=")[0]) != "$skiptoken"]
            query = "&".join([*kept, f"$skiptoken={answer.page.token}"])
            content["odata.nextLink"] = f"{base}{target.path}?{query}"
        return content
    if answer.body is not None:
        return {"odata.metadata": metadata, **answer.body}
    return None


def _refusal(request: web.BaseRequest, error: ServiceError, headers: dict[str, str], now: datetime) -> web.Response:
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if request.method == "HEAD" or error.status == 304:
        return web.Response(status=error.status, headers=headers)
    content: Document = {
        "odata.metadata": (
            f"{request.scheme}://{request.headers.get('Host', '')}/$metadata"
            "#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
        ),
        "code": error.code,
        "message": {
            "lang": "en-US",
            "value": f"{error.message}\nRequestId:{headers['request-id']}\nTime:{text_date(now)}",
        },
    }
    if error.values:
        content["values"] = [{"key": key, "value": value} for key, value in error.values]
    headers["DataServiceVersion"] = "3.0"
    headers["Content-Type"] = _JSON
    return web.Response(status=error.status, headers=headers, body=_encode(content).encode("ascii"))


async def _send_file(
    request: web.BaseRequest, answer: Answer, part: FilePart, headers: dict[str, str]
) -> web.StreamResponse:
    """Answer with a part of a file, never holding more of it than one chunk."""
    headers.update(_file_headers(part))
    if request.method == "HEAD":
        return web.Response(status=answer.status, headers=headers)
    with open_part(part) as file:
        file.seek(part.start)
        if part.length <= _INLINE_FILE:
            content = file.read(part.length)
            if len(content) == part.length:
                return web.Response(status=answer.status, headers=headers, body=content)
            file.seek(part.start)
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        loop = asyncio.get_running_loop()
        left = part.length
        while left:
            chunk = await loop.run_in_executor(None, file.read, min(left, _CHUNK))
            if not chunk:
                # The file became shorter while it was read. The length is promised already: only a broken
                # connection still tells the client that something is missing.
                _hang_up(request)
                return response
            left -= len(chunk)
            await response.write(chunk)
        await response.write_eof()
        return response


def _file_headers(part: FilePart) -> dict[str, str]:
    return {
        "Content-Type": part.content_type,
        "Content-Length": str(part.length),
        "Last-Modified": _date_header(part.last_modified),
        "ocp-batch-file-isdirectory": str(part.is_directory),
        "ocp-batch-file-url": quote(part.url, safe=""),
        "ocp-batch-file-mode": part.mode,
    }
