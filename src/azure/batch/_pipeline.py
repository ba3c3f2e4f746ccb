"""The pipeline that both clients send through, and the call options it understands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from time import monotonic
from types import SimpleNamespace
from typing import Any, Callable, Optional, cast
from urllib.parse import urlsplit
from uuid import uuid4

from azure.core.exceptions import DecodeError, TooManyRedirectsError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncHTTPPolicy,
    AsyncRedirectPolicy,
    AsyncRetryPolicy,
    CustomHookPolicy,
    DistributedTracingPolicy,
    HeadersPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    RedirectPolicy,
    RequestHistory,
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from ._errors import unreadable
from ._model import redacted, without_signatures
from ._version import __version__

MOST_CONNECTIONS = 256
"""Connections that a client keeps; of more calls at once by threads, some make a connection of their own."""

PIPELINE_OPTIONS = frozenset(
    {
        "connection_cert",
        "connection_timeout",
        "connection_verify",
        "cookies",
        "enforce_https",
        "http_logging_level",
        "logger",
        "logging_enable",
        "merge_span",
        "network_span_namer",
        "parent_span",
        "permit_redirects",
        "proxies",
        "raw_request_hook",
        "raw_response_hook",
        "read_timeout",
        "redirect_max",
        "request_id",
        "retry_backoff_factor",
        "retry_backoff_max",
        "retry_connect",
        "retry_on_methods",
        "retry_read",
        "retry_status",
        "retry_total",
        "timeout",
        "tracing_attributes",
        "tracing_options",
        "user_agent",
        "user_agent_overwrite",
    }
)
"""Keywords of a call that azure-core's policies and transports read."""

CALL_OPTIONS = PIPELINE_OPTIONS | {
    "api_version",
    "cls",
    "content_type",
    "decompress",
    "error_map",
    "headers",
    "params",
    "stream",
}
"""Keywords that every operation takes beside its own."""

CLIENT_OPTIONS = frozenset(
    {
        "allowed_header_names",
        "allowed_query_params",
        "audience",
        "auto_request_id",
        "base_headers",
        "base_user_agent",
        "blocked_redirect_headers",
        "claims",
        "connection_config",
        "connection_data_block_size",
        "credential_scopes",
        "disable_redirect_cleanup",
        "enable_cae",
        "http_logging_policy",
        "instrumentation_config",
        "loop",
        "policies",
        "polling_interval",
        "redirect_on_status_codes",
        "redirect_remove_headers",
        "redirects_allow",
        "request_id_header_name",
        "retry_mode",
        "retry_on_status_codes",
        "sdk_moniker",
        "session",
        "session_owner",
        "tracing_attributes",
        "transport",
        "use_env_settings",
        "user_agent_use_env",
        *(f"per_{what}_policies" for what in ("call", "retry")),
        *(f"{what}_policy" for what in ("authentication", "custom_hook", "headers", "logging", "proxy", "redirect")),
        *(f"{what}_policy" for what in ("retry", "user_agent")),
    }
)
"""Keywords that a client takes besides; with a transport or policies of the caller's it takes any."""

_FUNCTIONS = frozenset({"cls", "raw_request_hook", "raw_response_hook"})
_MAPPINGS = {
    "error_map": "exception classes by status",
    "headers": "a mapping of names and values",
    "params": "a mapping of names and values",
}
_NUMBERS = frozenset(
    {
        "read_timeout",
        "redirect_max",
        "retry_backoff_factor",
        "retry_backoff_max",
        "retry_connect",
        "retry_read",
        "retry_status",
        "retry_total",
        "timeout",
    }
)
_TEXTS = frozenset({"content_type", "request_id", "user_agent"})


def check_call_options(options: dict[str, Any]) -> None:
    """Refuse values of the wrong kind, which the policies would find out about in the middle of a call.

    A number that is None counts as not given, and is taken out.
    """
    for name, value in tuple(options.items()):
        if value is None:
            if name in _NUMBERS:
                del options[name]
            continue
        if name in _FUNCTIONS and not callable(value):
            raise TypeError(f"{name}: expected a function, got {value!r}")
        if name in _MAPPINGS and not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected {_MAPPINGS[name]}, got {value!r}")
        if name in _NUMBERS:
            if not isinstance(value, (int, float)):
                raise TypeError(f"{name}: expected a number, got {value!r}")
            if not value >= 0:
                raise ValueError(f"{name}: must not be less than 0, got {value!r}")
        if name in _TEXTS and not (isinstance(value, str) and value.isprintable()):
            kind = ValueError if isinstance(value, str) else TypeError
            raise kind(f"{name}: expected text without control characters, got {value!r}")


_SHOWN_HEADERS = (
    "client-request-id",
    "DataServiceId",
    "DataServiceVersion",
    "ocp-batch-file-isdirectory",
    "ocp-batch-file-mode",
    "ocp-creation-time",
    "ocp-date",
    "ocp-range",
    "request-id",
)
_SHOWN_PARAMETERS = (
    "$expand",
    "$filter",
    "$select",
    "api-version",
    "endtime",
    "force",
    "maxresults",
    "recursive",
    "startTime",
    "timeOut",
)


class _RequestIdPolicy(RequestIdPolicy):
    """azure-core's, with random ids: those made of time and machine, its default, take longer to make than to send."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        given = only(settings, "request_id", "auto_request_id")
        super().__init__(request_id_header_name="client-request-id", **given)
        self._makes_ids = not given

    def on_request(self, request: PipelineRequest[Any]) -> None:
        options = request.context.options
        given = (
            options.keys() & {"request_id", "auto_request_id"} or "client-request-id" in request.http_request.headers
        )
        if self._makes_ids and not given:
            options["request_id"] = str(uuid4())
        super().on_request(request)


EVERY_METHOD = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
"""The methods that are repeated when an answer was lost, for requests that may be carried out twice."""


_LONGEST_READ = 300
"""Seconds; azure-core's own default of ``read_timeout``."""
_LONGEST_PAUSE = 24 * 60 * 60
"""Seconds; a Retry-After beyond it is no advice."""


def asked_pause(response: Any) -> Optional[float]:
    """The seconds for which an answer asks to be left alone; None if it does not, or if that makes no sense."""
    if response is None:
        return None
    answer: Any = SimpleNamespace(http_response=response)
    try:
        seconds = RetryPolicy[Any, Any]().get_retry_after(answer)
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds and 0 < seconds <= _LONGEST_PAUSE else None


class _BatchRetries:
    """azure-core's retries, fit for this service.

    A refusal for too high a rate (429) or by a busy service (503) had no effect, so any method is sent again, with
    POST and PATCH also where no Retry-After header says so. After 500 and 504, a lost connection or a time-out nobody
    knows: a POST or PATCH is then repeated unless its declaration says that it may be carried out only once. What has
    had its effect is refused for its state, and the error says that an earlier attempt may be why. Headers that make
    no sense are passed over.
    """

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        limit = options.get("timeout")
        if limit is not None and limit < _LONGEST_READ and "read_timeout" not in options:
            # Otherwise it would bound the pauses only.
            options["read_timeout"] = limit
        parent: Any = super()
        settings = cast("dict[str, Any]", parent.configure_retries(options))
        settings["deadline"] = monotonic() + settings["timeout"]
        return settings

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        parent: Any = super()
        status = response.http_response.status_code
        if status in (500, 504) and response.http_request.method not in settings["methods"]:
            return False  # where azure-core repeats any POST
        throttled = bool(settings["total"]) and status == 429
        again = throttled or bool(parent.is_retry(settings, response))
        # After a pause that is longer than what is left there would be no time for another attempt.
        return again and (asked_pause(response.http_response) or 0) <= _time_left(settings)

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> Optional[float]:
        return asked_pause(response.http_response)

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        parent: Any = super()
        return min(float(parent.get_backoff_time(settings)), _time_left(settings))

    def increment(self, settings: dict[str, Any], response: Any = None, error: Optional[Exception] = None) -> bool:
        parent: Any = super()
        again = bool(parent.increment(settings, response, error))
        history = settings["history"]
        if error is not None and not (history and history[-1].error is error):  # half an answer, which azure-core omits
            history.append(RequestHistory(response.http_request, error=error))
        return again


def _time_left(settings: Mapping[str, Any]) -> float:
    left: float = settings["deadline"] - monotonic()
    return max(0.0, left)


def _is_unread(response: PipelineResponse[Any, Any]) -> bool:
    """Whether a refusal that is not handed on still has its connection, as that of a streamed call does."""
    return not getattr(response.http_response, "is_closed", True)


class _BatchRetryPolicy(_BatchRetries, RetryPolicy[Any, Any]):
    """The retries of the synchronous pipeline."""

    def sleep(
        self, settings: dict[str, Any], transport: Any, response: Optional[PipelineResponse[Any, Any]] = None
    ) -> None:
        if response is not None and _is_unread(response):
            response.http_response.close()
        super().sleep(settings, transport, response=response)


class _AsyncBatchRetryPolicy(_BatchRetries, AsyncRetryPolicy[Any, Any]):
    """The retries of the asynchronous pipeline."""

    async def sleep(
        self, settings: dict[str, Any], transport: Any, response: Optional[PipelineResponse[Any, Any]] = None
    ) -> None:
        if response is not None and _is_unread(response):
            await response.http_response.close()
        await super().sleep(settings, transport, response=response)


class _BatchRedirects:
    """azure-core's redirects; one that leads to no address at all is an error as any other answer is.

    The answer that redirects is given up before its address is followed: that of a streamed call has its connection.
    """

    def increment(self, settings: dict[str, Any], response: Any, redirect_location: str) -> bool:
        parent: Any = super()
        failure: Optional[Exception] = None
        try:
            redirect_location.encode("ascii")  # with anything else in it, transports disagree on what was sent
            _ = urlsplit(redirect_location).port  # which is what looks whether it is one
            return bool(parent.increment(settings, response, redirect_location))
        except ValueError as error:
            failure = error
        address = without_signatures(redirect_location)
        raise DecodeError(f"The service redirected to {address!r}, which is not a URL") from failure


class _BatchRedirectPolicy(_BatchRedirects, RedirectPolicy[Any, Any]):
    """The redirects of the synchronous pipeline."""

    def increment(self, settings: dict[str, Any], response: Any, redirect_location: str) -> bool:
        if _is_unread(response):
            response.http_response.close()
        return super().increment(settings, response, redirect_location)


class _AsyncBatchRedirectPolicy(_BatchRedirects, AsyncRedirectPolicy[Any, Any]):
    """The redirects of the asynchronous pipeline."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Do what azure-core does, which has no place at which an answer could be closed: that must be awaited."""
        settings = self.configure_redirects(request.context.options)
        while True:
            host = _host(request)
            response = await self.next.send(request)
            location = self.get_redirect_location(response)
            if not location or not settings["allow"]:
                return response
            if _is_unread(response):
                await response.http_response.close()
            if not self.increment(settings, response, location):
                raise TooManyRedirectsError(settings["history"])
            request.http_request = response.http_request
            if _host(request) != host:
                request.context["insecure_domain_change"] = True  # SensitiveHeaderCleanupPolicy looks for it


def _host(request: PipelineRequest[Any]) -> str:
    url: str = request.http_request.url
    return urlsplit(url).netloc.lower()


class _NetworkLoggingPolicy(NetworkTraceLoggingPolicy):
    """azure-core's log of whole requests and answers (``logging_enable=True``), without what is secret in them."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        if request.context.options.get("logging_enable", self.enable_http_logger):
            http = request.http_request
            shown = HttpRequest(
                http.method,
                without_signatures(http.url),
                headers=_shown_headers(http.headers),
                content=shown_body(http.content) if http.content else None,
            )
            request = PipelineRequest(shown, request.context)
        super().on_request(request)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        if response.context.get("logging_enable"):
            http = response.http_response
            shown: Any = SimpleNamespace(
                status_code=http.status_code,
                headers=case_insensitive_dict(_shown_headers(http.headers)),
                text=lambda: shown_body(http.content),
            )
            response = PipelineResponse(response.http_request, shown, response.context)
        super().on_response(request, response)


_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


def _shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: HttpLoggingPolicy.REDACTED_PLACEHOLDER if name.lower() in _SECRET_HEADERS else without_signatures(value)
        for name, value in headers.items()
    }


def shown_body(content: Any) -> str:
    """A body for the log; of one that is not JSON, nothing is known that would tell what in it is secret."""
    import json

    import_module("azure.batch.models")  # its fields say what is secret
    try:
        return json.dumps(redacted(json.loads(content)))
    except (TypeError, ValueError):
        return "(a body that is not JSON)"


class _TracingPolicy(DistributedTracingPolicy[Any, Any]):
    """azure-core's spans, with the ids of request and answer, which this service has under names of its own."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        super().on_request(request)
        options = request.context.options
        for name in _LEFT_BEHIND:
            options.pop(name, None)

    def end_span(self, request: PipelineRequest[Any], response: Any = None, exc_info: Any = None) -> None:
        span = request.context.get(self.TRACING_CONTEXT)
        if span:
            note: Callable[[str, str], Any] = getattr(span, "add_attribute", None) or span.set_attribute
            note("az.client_request_id", request.http_request.headers.get("client-request-id", ""))
            if response is not None and "request-id" in response.headers:
                note("az.service_request_id", response.headers["request-id"])
        super().end_span(request, response, exc_info)


class _AsyncTracingPolicy(AsyncHTTPPolicy[Any, Any]):
    """The same for the asynchronous pipeline, where an attempt can be cancelled: its span ends then, too."""

    def __init__(self, **settings: Any) -> None:
        self._policy = _TracingPolicy(**settings)

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        self._policy.on_request(request)
        try:
            response = await self.next.send(request)
        except BaseException:
            self._policy.on_exception(request)
            raise
        self._policy.on_response(request, response)
        return response


_LEFT_BEHIND = ("enforce_https", "network_span_namer", "tracing_attributes", "user_agent_overwrite")
"""Options that azure-core's policies take only if they have a use for them, and no transport knows."""


class _ReadingPolicy(SansIOHTTPPolicy[Any, Any]):
    """The last before a transport of azure-core's: has what it raises for nonsense in an answer told as an error.

    So that is told from what a caller's hooks, credentials, policies and transports raise, which stays what it is.
    """

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options.pop("http_logging_level", None)  # azure-core before 1.40 does not take it

    def on_exception(self, request: PipelineRequest[Any]) -> None:
        error = sys.exc_info()[1]
        told = unreadable(error) if isinstance(error, Exception) else error
        if told is not None and told is not error:
            raise told from error

    @staticmethod
    def fits(transport: Any) -> bool:
        """Whether a transport, None for that of the client's own, is one of azure-core's."""
        return transport is None or type(transport).__module__.startswith("azure.core.")


def policies(authentication: Any, settings: Mapping[str, Any], *, asynchronous: bool) -> list[Any]:
    """The policies of a client, in the order in which a request passes them.

    Each can be replaced by a keyword of the client, named as in azure-core's Configuration.
    """
    redirect, retry, tracing = (
        (_AsyncBatchRedirectPolicy, _AsyncBatchRetryPolicy, _AsyncTracingPolicy)
        if asynchronous
        else (_BatchRedirectPolicy, _BatchRetryPolicy, _TracingPolicy)
    )

    def chosen(name: str, make: Callable[..., Any]) -> Any:
        return settings.get(name) or make(**settings)

    agent = {"sdk_moniker": f"batch/{__version__}", **settings}
    ours = settings.get("authentication_policy") is None
    found: list[Any] = [
        _RequestIdPolicy(settings),
        # Without a setting these two have nothing to do: the headers of a call are put in when it is rendered.
        chosen("headers_policy", HeadersPolicy) if settings.keys() & _HEADER_SETTINGS else None,
        settings.get("user_agent_policy") or UserAgentPolicy(**agent),
        chosen("proxy_policy", ProxyPolicy) if settings.keys() & _PROXY_SETTINGS else None,
        chosen("redirect_policy", redirect),
        chosen("retry_policy", retry),
        authentication,
        chosen("custom_hook_policy", CustomHookPolicy),
        chosen("logging_policy", _NetworkLoggingPolicy),
        tracing(**settings),
        # Our own authentication refuses to follow a redirect to another host.
        None if ours else SensitiveHeaderCleanupPolicy(**settings),
        settings.get("http_logging_policy") or _http_logging(settings),
        _ReadingPolicy() if _ReadingPolicy.fits(settings.get("transport")) else None,
    ]
    return [policy for policy in found if policy is not None]


_HEADER_SETTINGS = frozenset({"headers_policy", "headers", "base_headers"})
_PROXY_SETTINGS = frozenset({"proxy_policy", "proxies", "use_env_settings"})


def only(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}


def _http_logging(settings: Mapping[str, Any]) -> HttpLoggingPolicy:
    policy = HttpLoggingPolicy(**settings)
    policy.allowed_header_names = policy.allowed_header_names.union(_SHOWN_HEADERS)
    policy.allowed_query_params = policy.allowed_query_params.union(_SHOWN_PARAMETERS)
    return policy
