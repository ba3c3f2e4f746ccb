"""Errors: which exception a refusal of the service becomes.

The tree, azure-core's classes first (all but the time-outs below ``azure.core.exceptions.AzureError``)::

    HttpResponseError
    ├── ClientAuthenticationError        401, and 403 or 400 for a bad key, date, token or role
    ├── ResourceNotFoundError            404, and 412 where something had to exist
    ├── ResourceExistsError              409 ...Exists, and 412 where nothing was to exist
    ├── ResourceModifiedError            412: changed since it was read
    ├── ResourceNotModifiedError         304, and 412 where a change was asked for
    ├── DecodeError                      an answer that is not what the service sends
    ├── InvalidStateError                409: not now, in this state
    │   ├── ResourceBeingDeletedError    409 ...BeingDeleted
    │   └── NodeNotReadyError            409 of a node that starts, reboots, or is unusable
    ├── QuotaReachedError                409 ...QuotaReached
    └── OperationFailedError             a long-running operation that ended in another state than asked for
        ├── JobEndedError                a job that ended before the tasks that were waited for
        └── NodesNotReadyError           nodes of a pool that cannot become ready any more
            ├── StartTaskFailedError     because their start task failed
            └── ResizeFailedError        because they could not be allocated
                └── ResizeQuotaError     by a quota; a QuotaReachedError, too

    TimeoutError                         Python's own
    ├── TasksTimeoutError                tasks that were not done in time
    └── NodesTimeoutError                nodes that were not ready in time

The status decides first, then the service's code; what the caller sent decides only what a 412 means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, cast

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ODataV4Format,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpResponse
    from typing_extensions import Self

    from .models import BatchError, BatchNode, BatchPoolNodeCounts, TasksSummary

_AUTHENTICATION_CODES = frozenset(
    {
        "AuthenticationFailed",
        "InvalidAuthenticationInfo",
        "InsufficientAccountPermissions",
        "AccountIsDisabled",
    }
)


class InvalidStateError(HttpResponseError):
    """The resource is in a state that does not allow the operation (409)."""


class ResourceBeingDeletedError(InvalidStateError):
    """The resource, or the one it belongs to, is being deleted (409)."""


class NodeNotReadyError(InvalidStateError):
    """The node is starting, rebooting, being reimaged, or unusable (409)."""


class QuotaReachedError(HttpResponseError):
    """A quota of the Batch account is used up (409)."""


class OperationFailedError(HttpResponseError):
    """A long-running operation was accepted but ended in another state than the one asked for.

    ``resource`` is the model that was read last, None if nothing could be read.
    """

    def __init__(self, message: str, *, resource: Any = None, response: Any = None) -> None:
        self.resource = resource
        super().__init__(message=message, response=response)


class JobEndedError(OperationFailedError):
    """A job was completed or deleted before the tasks that were waited for had come to the state asked for.

    ``resource`` is the job, None if it is gone; ``summary`` is how its tasks stood.
    """

    def __init__(self, message: str, *, resource: Any = None, summary: Optional[TasksSummary] = None) -> None:
        self.summary = summary
        super().__init__(message, resource=resource)


class NodesNotReadyError(OperationFailedError):
    """So many nodes of a pool as were waited for cannot become ready any more.

    ``resource`` is the pool, None if it is gone; ``nodes`` are those that are to blame, as far as they were looked at.
    """

    def __init__(self, message: str, *, resource: Any = None, nodes: Iterable[BatchNode] = ()) -> None:
        self.nodes = list(nodes)
        super().__init__(message, resource=resource)


class StartTaskFailedError(NodesNotReadyError):
    """The start task failed on nodes that are needed.

    ``stderr`` is the end of what it wrote there on the first of ``nodes``, None if that could not be read.
    """

    stderr: Optional[str] = None


class ResizeFailedError(NodesNotReadyError):
    """The pool could not get the nodes that are needed; ``resource.resize_errors`` has the reasons."""


class ResizeQuotaError(ResizeFailedError, QuotaReachedError):
    """The pool could not get the nodes that are needed, because a quota of the account is used up."""


class TasksTimeoutError(TimeoutError):
    """The tasks that were waited for had not come to the state asked for in time; ``summary`` is how they stood."""

    def __init__(self, message: str, *, summary: Optional[TasksSummary] = None) -> None:
        self.summary = summary
        super().__init__(message)


class NodesTimeoutError(TimeoutError):
    """The nodes that were waited for were not ready in time.

    ``counts`` are the pool's nodes by state, None if the service did not say.
    """

    def __init__(self, message: str, *, counts: Optional[BatchPoolNodeCounts] = None) -> None:
        self.counts = counts
        super().__init__(message)


class ErrorMessage(str):
    """The text of an error; ``value`` and ``lang`` are there because published code reads them."""

    lang: Optional[str]

    def __new__(cls, text: str, lang: Optional[str] = None) -> Self:
        message = super().__new__(cls, text)
        message.lang = lang
        return message

    @property
    def value(self) -> str:
        """The text itself."""
        return str(self)


class ErrorFormat(ODataV4Format):
    """The service's error body: ``code``, ``message``, and its key-value details as ``details``."""

    def __init__(self, json_object: Mapping[str, Any]) -> None:
        message = json_object.get("message")
        text, lang = message, None
        if isinstance(message, Mapping):
            parts = cast("Mapping[str, Any]", message)
            text, lang = parts.get("value"), parts.get("lang")
        pairs: list[dict[str, Any]] = json_object.get("values") or []
        super().__init__(
            {
                "code": json_object.get("code"),
                "message": ErrorMessage(str(text), lang) if text else None,
                "details": [{"code": one.get("key"), "message": one.get("value")} for one in pairs],
            }
        )

    def __str__(self) -> str:
        details = "".join(f"\n{one.code}: {one.message}" for one in self.details)
        return f"({self.code}) {self.message}{details}"


def error_from(
    response: HttpResponse | AsyncHttpResponse,
    headers: Mapping[str, str],
    error_map: Optional[Mapping[int, Any]] = None,
    history: Iterable[Any] = (),
) -> HttpResponseError:
    """Make the exception for an answer that is not the one expected; its body must have been read.

    :param headers: Headers of the request; they tell what a 412 means.
    :param error_map: Exception classes of the caller's by status, which win.
    :param history: The attempts before this one, as azure-core's retries note them.
    """
    status = response.status_code
    chosen = (error_map or {}).get(status)
    if chosen is not None:
        _forget_credentials(response)
        return cast("HttpResponseError", chosen(response=response))
    model = _model_of(response)
    kind = _kind_of(status, (model.code if model else None) or "", headers)
    error = kind(message=_unexplained(response), response=response, model=model, error_format=ErrorFormat)
    request_id = response.headers.get("request-id")
    if request_id and request_id not in error.message:
        error.message += f"\nRequestId:{request_id}"
    if status in (404, 409, 412) and any(map(_may_have_taken_effect, history)):
        error.message += "\nThis call was sent again after a failure; the first attempt may have had its effect."
    error.args = (error.message,)
    _forget_credentials(response)
    return error


def _forget_credentials(response: Any) -> None:
    """Take the signature or token out of the request that an exception carries, which may be pickled or shown."""
    sent_by_transport = getattr(getattr(response, "_internal_response", None), "request", None)
    for request in (response.request, sent_by_transport):
        headers = getattr(request, "headers", None)
        if headers is not None and hasattr(headers, "pop"):
            headers.pop("Authorization", None)


def _may_have_taken_effect(attempt: Any) -> bool:
    """Whether an attempt that was repeated may have changed the resource, so that the next one met its work."""
    if attempt.http_request.method in ("GET", "HEAD"):
        return False
    return attempt.http_response is None or bool(attempt.http_response.status_code >= 500)


def _kind_of(status: int, code: str, headers: Mapping[str, str]) -> type[HttpResponseError]:
    if status == 304:
        return ResourceNotModifiedError
    if status == 412:
        return _condition_kind(headers)
    if status == 401 or (status in (400, 403) and code in _AUTHENTICATION_CODES):
        return ClientAuthenticationError
    if status == 404:
        return ResourceNotFoundError
    return _conflict_kind(code) if status == 409 else HttpResponseError


def _condition_kind(headers: Mapping[str, str]) -> type[HttpResponseError]:
    if "If-Match" in headers:
        return ResourceNotFoundError if headers["If-Match"] == "*" else ResourceModifiedError
    if "If-None-Match" in headers:
        return ResourceExistsError if headers["If-None-Match"] == "*" else ResourceNotModifiedError
    return ResourceNotModifiedError if "If-Modified-Since" in headers else ResourceModifiedError


def _conflict_kind(code: str) -> type[HttpResponseError]:
    if code.endswith("Exists"):
        return ResourceExistsError
    if code.endswith("BeingDeleted"):
        return ResourceBeingDeletedError
    if code.endswith("QuotaReached"):
        return QuotaReachedError
    if code in ("NodeNotReady", "NodeStateUnusable") or code.startswith("NodeBeing"):
        return NodeNotReadyError
    return InvalidStateError


def _model_of(response: HttpResponse | AsyncHttpResponse) -> Optional[BatchError]:
    from .models import BatchError  # loaded only when there is an error

    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return BatchError.from_wire(body) if isinstance(body, dict) else None


def _unexplained(response: HttpResponse | AsyncHttpResponse) -> str:
    return f"The service answered {response.status_code} {response.reason or ''}".rstrip() + " without an explanation."
