"""The pipeline that both clients send through, and the call options it understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from azure.core.pipeline.policies import (
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

from ._version import __version__

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse

DEFAULT_API_VERSION = "2025-06-01"
API_VERSIONS = frozenset({DEFAULT_API_VERSION})

CALL_OPTIONS = frozenset(
    {
        "api_version",
        "auto_request_id",
        "claims",
        "cls",
        "connection_cert",
        "connection_data_block_size",
        "connection_timeout",
        "connection_verify",
        "content_type",
        "context",
        "cookies",
        "enable_cae",
        "enforce_https",
        "error_map",
        "headers",
        "logger",
        "logging_body",
        "logging_enable",
        "merge_span",
        "name_of_span",
        "network_span_namer",
        "params",
        "parent_span",
        "permit_redirects",
        "polling",
        "proxies",
        "raw_request_hook",
        "raw_response_hook",
        "read_timeout",
        "redirect_max",
        "request_id",
        "retry_backoff_factor",
        "retry_backoff_max",
        "retry_connect",
        "retry_mode",
        "retry_on_methods",
        "retry_read",
        "retry_status",
        "retry_total",
        "stream",
        "timeout",
        "tracing_attributes",
        "tracing_options",
        "use_env_settings",
        "user_agent",
        "user_agent_overwrite",
    }
)
"""Keywords that every operation takes beside its own; azure-core's policies and transports read them."""

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
    "endtime",
    "force",
    "maxresults",
    "recursive",
    "startTime",
    "timeOut",
)


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


def policies(authentication: Any, settings: Mapping[str, Any], *, asynchronous: bool) -> list[Any]:
    """The policies of a client, in the order in which a request passes them.

    Each can be replaced by a keyword of the client, named as in azure-core's Configuration.
    """
    redirect, retry = (
        (AsyncRedirectPolicy[Any, Any], _AsyncBatchRetryPolicy)
        if asynchronous
        else (RedirectPolicy[Any, Any], _BatchRetryPolicy)
    )

    def chosen(name: str, make: Callable[..., Any]) -> Any:
        return settings.get(name) or make(**settings)

    agent = {"sdk_moniker": f"batch/{__version__}", **settings}
    ours = settings.get("authentication_policy") is None
    found = [
        RequestIdPolicy(request_id_header_name="client-request-id", **_only(settings, "request_id", "auto_request_id")),
        # Without a setting these two have nothing to do: the headers of a call are put in when it is rendered.
        chosen("headers_policy", HeadersPolicy) if settings.keys() & _HEADER_SETTINGS else None,
        settings.get("user_agent_policy") or UserAgentPolicy(**agent),
        chosen("proxy_policy", ProxyPolicy) if settings.keys() & _PROXY_SETTINGS else None,
        chosen("redirect_policy", redirect),
        chosen("retry_policy", retry),
        authentication,
        chosen("custom_hook_policy", CustomHookPolicy),
        chosen("logging_policy", NetworkTraceLoggingPolicy),
        DistributedTracingPolicy(**settings),
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
