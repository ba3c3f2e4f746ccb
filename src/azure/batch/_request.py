"""What an operation sends and how its answer is read, as plain values; nothing here does I/O.

``Request`` is one call, ``Pages`` a list that is read page by page, ``Polling`` a call whose effect is waited for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime
from functools import cached_property
from io import BytesIO
from operator import index
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar, Union, cast
from urllib.parse import parse_qsl, quote, urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import DecodeError
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from ._auth import origin_of
from ._codecs import decode_http_date, encode_datetime, encode_http_date, is_list, is_mapping
from ._errors import decode_error, portable
from ._model import Model, missing_required, to_json
from ._versions import check_body, check_operation, check_select

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpResponse

    from ._waits import Wait

    Response = Union[HttpResponse, AsyncHttpResponse]

T = TypeVar("T")
M = TypeVar("M", bound=Model)

QueryValue = Union[None, str, int, bool, datetime, Iterable[str]]

JSON_CONTENT = "application/json; odata=minimalmetadata"

PLAIN = ("client-request-id", "request-id")
"""Names of the answer's headers that are handed to ``cls``, by the kind of operation."""
ENTITY = ("ETag", "Last-Modified", *PLAIN)
RESOURCE = ("DataServiceId", *ENTITY)
FILE = (
    "Content-Length",
    "ETag",
    "Last-Modified",
    "client-request-id",
    "ocp-batch-file-isdirectory",
    "ocp-batch-file-mode",
    "ocp-batch-file-url",
    "ocp-creation-time",
    "request-id",
)

_LARGE = 2**20
"""Bytes; a larger body, which the service refuses, is sent in pieces: aiohttp warns of one that is not."""
# Patterns are compiled when they are first met, and kept by re: to compile them here is a twentieth of the import.
_UNSAFE = r"[\x00-\x1f\x7f]"
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PATH = "/%:@!$&'()*+,;=~"
"""What a path may have in it that is not quoted once more."""
_PLAIN_ID = r"[A-Za-z0-9_-]+"


class Request(Generic[T]):
    """One call of the service: what is sent, which answers are good, and how the answer is read.

    A body comes with the name of the argument that it is; an ``optional_body`` may be None, which sends none.
    ``takes`` is the model that the body is of, where that is not the same in all versions of the API. ``read`` makes
    the result of a good answer; without it the result is None. ``removed`` has the name of an operation that is not in
    all versions, and the first that does not have it. ``options`` are the caller's keywords for azure-core.

    A request whose answer is lost is sent again, unless it may be carried out only ``once``: a second reboot would be
    another one. One that ``creates`` what its body, of this model, describes is looked up if it then finds that it
    exists already.
    """

    __slots__ = (
        "accept",
        "body",
        "creates",
        "headers",
        "method",
        "once",
        "options",
        "path",
        "query",
        "read",
        "removed",
        "selects",
        "success",
        "takes",
        "yields",
    )

    def __init__(
        self,
        method: str,
        path: str,
        *ids: tuple[str, Any],
        query: Iterable[tuple[str, QueryValue]] = (),
        headers: Optional[dict[str, str]] = None,
        body: Optional[tuple[str, Any]] = None,
        optional_body: tuple[str, Any] = ("", None),
        takes: Optional[type[Model]] = None,
        success: tuple[int, ...] = (200,),
        returns: Optional[type[Model]] = None,
        read: Optional[Callable[[Response], T]] = None,
        accept: Optional[str] = None,
        yields: tuple[str, ...] = PLAIN,
        removed: Optional[tuple[str, str]] = None,
        once: bool = False,
        creates: Optional[type[Model]] = None,
        options: Optional[dict[str, Any]] = None,
    ) -> None:
        self.method = method
        self.path = path.format(*[segment(name, value) for name, value in ids]) if ids else path
        self.query = query
        self.headers = headers
        if body is not None and body[1] is None:
            raise TypeError(f"{body[0]}: must not be None")
        self.body = body or optional_body
        self.takes = takes
        self.removed = removed
        self.success = success
        self.selects = returns
        """The model whose fields a ``$select`` names, None if that is not known."""
        if returns is not None:
            self.read: Optional[Callable[[Response], Any]] = _reader(returns)
            accept = "application/json"
        else:
            self.read = read
        self.accept = accept
        self.yields = yields
        self.once = once
        self.creates = creates
        self.options = options if options is not None else {}

    def http(self, endpoint: str, api_version: str) -> HttpRequest:
        """Render the request, taking the caller's ``headers``, ``params`` and ``api_version`` out of its options."""
        options = self.options
        version = version_of(options, api_version)
        options.pop("api_version", None)
        params = dict(options.pop("params", None) or {})
        params.pop("api-version", None)
        query: Iterable[tuple[str, Any]] = (("api-version", version), *self.query)
        if params:  # they stand before the operation's own query, whose values win
            params.update((name, value) for name, value in query if value is not None)
            query = [(_quoted_text("params", str(name), safe="$"), value) for name, value in params.items()]
        text = "&".join([f"{name}={_query_text(name, value)}" for name, value in query if value is not None])
        if self.removed is not None:
            check_operation(*self.removed, version)
        if self.selects is not None:
            for name, value in self.query:
                if name == "$select" and value is not None:
                    check_select(value, self.selects, version)
        headers: MutableMapping[str, str] = self.headers if self.headers is not None else {}
        given = options.pop("headers", None)
        if given:  # of these, too, the operation's own win
            own, headers = headers, case_insensitive_dict({name: _header(name, one) for name, one in given.items()})
            headers.update(own)
        if self.accept is not None:
            headers.setdefault("Accept", self.accept)
        content: Union[bytes, BytesIO, None] = None
        content_type = options.pop("content_type", None)
        name, body = self.body
        if body is not None:
            if self.creates is not None and isinstance(body, Model) and not isinstance(body, self.creates):
                # What was read would be sent without its read-only fields, and that is nearly all of it.
                raise TypeError(f"{name}: expected a {self.creates.__name__} or its JSON, got {type(body).__name__}")
            content = printed = _content(body, name)
            if is_mapping(body):
                _check_id(f"{name}.id", body.get("id"))
            if self.takes is not None:
                check_body(name, content, self.takes, version)
            headers.setdefault("Content-Type", _header("content_type", content_type or JSON_CONTENT))
            headers["Content-Length"] = str(len(printed))
        if isinstance(content, bytes) and len(content) > _LARGE:
            content = BytesIO(content)
        return HttpRequest(self.method, f"{endpoint}{self.path}?{text}", headers=headers, content=content)


class Pages(Generic[M]):
    """A list that the service hands out page by page."""

    __slots__ = ("kind", "request")

    def __init__(self, kind: type[M], request: Request[Any]) -> None:
        self.kind = kind
        self.request = request
        request.accept = "application/json"
        request.selects = kind

    def read(self, response: Response) -> tuple[list[M], Optional[str]]:
        """The models of one page and the link to the next one."""
        body = read_json(response)
        items: Any = body.get("value")
        link: Any = body.get("odata.nextLink")
        if not is_list(items) or not {*map(type, items)} <= {dict}:
            raise decode_error(_unreadable(response, "is not a list of JSON objects"), response)
        if link is not None and not isinstance(link, str):
            raise decode_error(_unreadable(response, "has a next link that is not text"), response)
        wrap = self.kind.from_wire
        return [wrap(one) for one in items], link or None


class Polling:
    """A call whose effect takes time, with what to read to see that it is over."""

    def __init__(self, request: Request[Any], operation: tuple[str, ...], interval: Any) -> None:
        if not isinstance(interval, (int, float)) or not interval >= 0:
            raise ValueError(f"polling_interval: expected seconds, got {interval!r}")
        self.request = request
        self.operation = operation
        """Its name in the table of what to wait for, and the ids of the resource."""
        self.interval = interval

    @cached_property
    def wait(self) -> Wait:
        """What is waited for."""
        from ._waits import Wait  # a program that begins nothing never needs it

        return Wait(*self.operation)


def version_of(options: Mapping[str, Any], api_version: str) -> str:
    """The version of the service's API that a call is made with: the call's own, or else the client's."""
    params = options.get("params")
    of_params: Optional[str] = params.get("api-version") if is_mapping(params) else None
    return options.get("api_version") or of_params or api_version


def next_page(endpoint: str, link: str, api_version: str) -> HttpRequest:
    """Follow a next link with the client's api-version; a link to another place than the endpoint is refused."""
    here = urlsplit(endpoint)
    try:
        parts = urlsplit(link)
        there = origin_of(parts._replace(scheme=parts.scheme or here.scheme))
        # Whatever the path begins with, it is not read as more of the host.
        path = quote(f"/{parts.path.lstrip('/')}", safe=_PATH)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = "".join(
            f"&{quote(name, safe='$')}={quote(value, safe='')}" for name, value in pairs if name != "api-version"
        )
    except ValueError as error:
        raise portable(DecodeError(f"Refused to follow a next link that is not a URL: {error}")) from error
    if parts.netloc and there != f"{here.scheme}://{here.netloc}":
        raise portable(DecodeError(f"Refused to follow a next link to {parts.scheme}://{parts.netloc}"))
    url = f"{here.scheme}://{here.netloc}{path}?api-version={quote(api_version, safe='')}{query}"
    return HttpRequest("GET", url)


_OF_ONE_CALL = frozenset(
    {
        "content-length",
        "content-type",
        "date",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "ocp-date",
        "ocp-range",
    }
)
"""Headers that say what one call sends, and on which conditions."""
_OF_ONE_ATTEMPT = _OF_ONE_CALL | {"authorization", "traceparent", "tracestate", "user-agent"}
"""Besides those, what policies put into each attempt anew."""


def lasting(headers: Mapping[Any, Any]) -> dict[Any, Any]:
    """Those of a caller's headers, which nobody has looked at, that are meant for the reads after a call, too."""
    return {name: value for name, value in headers.items() if str(name).lower() not in _OF_ONE_CALL}


def following(request: HttpRequest, url: str = "", **headers: str) -> HttpRequest:
    """A read that belongs to a request which was sent before; of its headers it has those that the caller added.

    The names of ``headers`` are what they are called in HTTP.
    """
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_ATTEMPT}
    return HttpRequest("GET", url or request.url, headers={**kept, **headers})


def conditions(
    *,
    ocp_date: Optional[datetime] = None,
    if_modified_since: Optional[datetime] = None,
    if_unmodified_since: Optional[datetime] = None,
    etag: Optional[str] = None,
    match_condition: Optional[MatchConditions] = None,
    ocp_range: Optional[str] = None,
) -> dict[str, str]:
    """The headers for a caller's date, range and conditions."""
    headers: dict[str, str] = {}
    if ocp_date is not None:
        headers["ocp-date"] = _http_date("ocp_date", ocp_date)
    if if_modified_since is not None:
        headers["If-Modified-Since"] = _http_date("if_modified_since", if_modified_since)
    if if_unmodified_since is not None:
        headers["If-Unmodified-Since"] = _http_date("if_unmodified_since", if_unmodified_since)
    if ocp_range is not None:
        headers["ocp-range"] = _header("ocp_range", ocp_range)
    if match_condition is not None or etag is not None:
        _match(headers, etag, match_condition)
    return headers


def _match(headers: dict[str, str], etag: Optional[str], condition: Optional[MatchConditions]) -> None:
    if condition is MatchConditions.IfNotModified:
        if etag is not None:
            headers["If-Match"] = _quoted(etag)
    elif condition is MatchConditions.IfPresent:
        headers["If-Match"] = "*"
    elif condition is MatchConditions.IfModified:
        if etag is not None:
            headers["If-None-Match"] = _quoted(etag)
    elif condition is MatchConditions.IfMissing:
        headers["If-None-Match"] = "*"


def _quoted(etag: str) -> str:
    text = _header("etag", etag)
    return text if text == "*" or text.startswith(('"', "W/")) else f'"{text}"'


def _http_date(name: str, value: Any) -> str:
    try:
        return _header(name, encode_http_date(value))
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def _header(name: Any, value: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"headers: expected names that are str, got {name!r}")
    text = _plain_text(value)
    if not re.fullmatch(_HEADER_NAME, name):
        raise ValueError(f"headers: {name!r} is not the name of a header")
    if re.search(_UNSAFE, text) or not text.isascii():
        try:
            text.encode("latin-1")
        except UnicodeEncodeError:
            raise ValueError(f"{name!r}: a header cannot hold {text!r}") from None
        if re.search(_UNSAFE, text):
            raise ValueError(f"{name!r}: a header cannot hold control characters")
    return text


def _check_id(name: str, value: Any) -> None:
    """Refuse an id that can be none; whatever else is said of ids is the service's to say."""
    if value == "":
        raise ValueError(f"{name}: must not be empty")
    if isinstance(value, str) and re.search(_UNSAFE, value):
        raise ValueError(f"{name}: {value!r} has control characters")


def segment(name: str, value: Any) -> str:
    """Quote an id or a file path whole, as one segment of a path."""
    text = id_text(name, value)
    if re.fullmatch(_PLAIN_ID, text):
        return text
    _check_id(name, text)
    if text in (".", ".."):
        raise ValueError(f"{name}: {text!r} cannot be part of a URL")
    return _quoted_text(name, text)


def id_text(name: str, value: Any) -> str:
    """The text of an id or a file path, which programs also give as a number, a UUID or a path."""
    if not isinstance(value, str):
        from pathlib import PurePath  # few programs give anything but text
        from uuid import UUID

        if isinstance(value, PurePath):
            return value.as_posix()
        if isinstance(value, bool) or not isinstance(value, (int, UUID)):
            raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    return _plain_text(value)


def _plain_text(value: Any) -> str:
    """The text that a value is; a member of an Enum of texts would print as its name."""
    return str.__str__(value) if isinstance(value, str) else str(value)


def _query_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return quote(_with_milliseconds(encode_datetime(value)), safe="")
    safe = ""
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    elif isinstance(value, (str, int, float)):
        text = _plain_text(value)
    elif hasattr(value, "__index__"):  # numpy's numbers
        text = str(index(value))
    elif hasattr(value, "__iter__") and not isinstance(value, (bytes, bytearray)):
        text, safe = ",".join(_plain_text(one) for one in value), ","
    else:
        raise TypeError(f"{name}: {type(value).__name__} cannot be sent in a query")
    return _quoted_text(name, text, safe=safe)


def _quoted_text(name: str, text: str, safe: str = "") -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise ValueError(f"{name}: {text!r} is not valid text") from None


def _with_milliseconds(text: str) -> str:
    """A date as it stands in a query: three digits of a second at least, more only if they are not zero."""
    whole, _, fraction = text[:-1].partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(3, '0')}Z"


def _content(body: Any, name: str = "the body of the request") -> bytes:
    if isinstance(body, Model):
        missing = missing_required(body)
        if missing:
            raise ValueError(f"{type(body).__name__}: {', '.join(missing)} must be set")
    elif isinstance(body, (bytes, bytearray)):
        return bytes(body)
    elif hasattr(body, "read"):
        data = body.read()
        return data if isinstance(data, bytes) else str(data).encode()
    elif not isinstance(body, Mapping):
        raise TypeError(f"{name} must be a model, a mapping, bytes or a stream, not {type(body).__name__}")
    try:
        return to_json(body)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} cannot be sent: {error}") from None


def read_json(response: Response) -> dict[str, Any]:
    """The JSON object of an answer; DecodeError with the request id for anything else."""
    body: Any = None
    failure: Optional[Exception] = None
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        failure = error
    if failure is not None:  # raised here, not above: azure-core's errors keep the traceback of one that is handled
        kind = response.headers.get("Content-Type", "unknown")
        raise decode_error(_unreadable(response, f"is not JSON but {kind}: {failure}"), response) from failure
    if not isinstance(body, dict):
        raise decode_error(_unreadable(response, "is not a JSON object"), response)
    return cast("dict[str, Any]", body)


def _unreadable(response: Response, what: str) -> str:
    request_id = response.headers.get("request-id", "unknown")
    return f"The service's answer {what} (status {response.status_code}, request id {request_id})"


def _reader(kind: type[M]) -> Callable[[Response], M]:
    return lambda response: kind.from_wire(read_json(response))


def answer_headers(response: Response, names: Iterable[str]) -> dict[str, Any]:
    """The headers of an answer that are handed to a caller's ``cls``, decoded; None for those it does not have."""
    return {name: _decode_header(name, response.headers.get(name)) for name in names}


def _decode_header(name: str, text: Optional[str]) -> Any:
    if text is None:
        return None
    if name in ("Last-Modified", "ocp-creation-time"):
        return decode_http_date(text)
    if name == "Content-Length":
        return int(text) if text.isdecimal() and len(text) < 20 else None
    return text.lower() == "true" if name == "ocp-batch-file-isdirectory" else text


def is_found(response: Response) -> bool:
    """Whether the resource that was asked for exists."""
    return response.status_code == 200
