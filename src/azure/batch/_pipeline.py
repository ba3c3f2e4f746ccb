"""The pipeline that both clients send through, and the call options it understands."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Callable
from uuid import uuid4

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
    RequestIdPolicy,
    RetryPolicy,
    SensitiveHeaderCleanupPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from ._model import redacted, without_signatures
from ._version import __version__

PIPELINE_OPTIONS = frozenset(
    {
        "connection_cert",
        "connection_timeout",
        "connection_verify",
        "cookies",
        "enable_cae",
        "enforce_https",
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
        "credential_scopes",
        "disable_redirect_cleanup",
        "http_logging_policy",
        "instrumentation_config",
        "loop",
        "policies",
        "polling_interval",
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
        given = _only(settings, "request_id", "auto_request_id")
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


def _throttled(settings: Mapping[str, Any], response: PipelineResponse[Any, Any]) -> bool:
    """Whether the service refused a request for its rate, so that any method may be sent again."""
    return bool(settings["total"]) and response.http_response.status_code == 429


class _BatchRetryPolicy(RetryPolicy[Any, Any]):
    """azure-core's retries; a throttled POST or PATCH is repeated also without a Retry-After header."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        return _throttled(settings, response) or bool(super().is_retry(settings, response))


class _AsyncBatchRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """The same for the asynchronous pipeline."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        return _throttled(settings, response) or bool(super().is_retry(settings, response))


class _NetworkLoggingPolicy(NetworkTraceLoggingPolicy):
    """azure-core's log of whole requests and answers (``logging_enable=True``), without what is secret in them."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        if request.context.options.get("logging_enable", self.enable_http_logger):
            http = request.http_request
            shown = HttpRequest(
                http.method,
                without_signatures(http.url),
                headers=_shown_headers(http.headers),
                content=_shown_body(http.content) if http.content else None,
            )
            request = PipelineRequest(shown, request.context)
        super().on_request(request)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        if response.context.get("logging_enable"):
            http = response.http_response
            shown: Any = SimpleNamespace(
                status_code=http.status_code,
                headers=case_insensitive_dict(_shown_headers(http.headers)),
                text=lambda: _shown_body(http.content),
            )
            response = PipelineResponse(response.http_request, shown, response.context)
        super().on_response(request, response)


_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


def _shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: HttpLoggingPolicy.REDACTED_PLACEHOLDER if name.lower() in _SECRET_HEADERS else without_signatures(value)
        for name, value in headers.items()
    }


def _shown_body(content: Any) -> str:
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


def policies(authentication: Any, settings: Mapping[str, Any], *, asynchronous: bool) -> list[Any]:
    """The policies of a client, in the order in which a request passes them.

    Each can be replaced by a keyword of the client, named as in azure-core's Configuration.
    """
    redirect, retry, tracing = (
        (AsyncRedirectPolicy[Any, Any], _AsyncBatchRetryPolicy, _AsyncTracingPolicy)
        if asynchronous
        else (RedirectPolicy[Any, Any], _BatchRetryPolicy, _TracingPolicy)
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
    ]
    return [policy for policy in found if policy is not None]


_HEADER_SETTINGS = frozenset({"headers_policy", "headers", "base_headers"})
_PROXY_SETTINGS = frozenset({"proxy_policy", "proxies", "use_env_settings"})


def _only(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}


def _http_logging(settings: Mapping[str, Any]) -> HttpLoggingPolicy:
    policy = HttpLoggingPolicy(**settings)
    policy.allowed_header_names = policy.allowed_header_names.union(_SHOWN_HEADERS)
    policy.allowed_query_params = policy.allowed_query_params.union(_SHOWN_PARAMETERS)
    return policy
