"""Errors: which exception a refusal of the service becomes.

The tree, azure-core's classes first (all but the time-outs below ``azure.core.exceptions.AzureError``)::

    HttpResponseError
    ├── ClientAuthenticationError        401, and 403 or 400 for a bad key, date, token or role
    ├── ResourceNotFoundError            404, and 412 where something had to exist
    │   └── NodeGoneError                404, or 409 TaskFilesUnavailable, for files of a node that is gone
    ├── ResourceExistsError              409 ...Exists, and 412 where nothing was to exist
    │   └── ResourceDiffersError         what was to be ensured exists with other properties
    ├── ResourceModifiedError            412: changed since it was read; a file that changes while it is downloaded
    ├── ResourceNotModifiedError         304, and 412 where a change was asked for
    ├── DecodeError                      an answer that is not what the service sends
    ├── InvalidStateError                409: not now, in this state
    │   ├── ResourceBeingDeletedError    409 ...BeingDeleted
    │   ├── ResourceCompletedError       409 ...Completed, ...BeingTerminated: it has ended, or is about to
    │   ├── NodeNotReadyError            409 of a node that starts, reboots, or is unusable
    │   └── FilesUnavailableError        409 TaskFiles..., or one without a body for the properties of a task's file
    │       └── NodeGoneError            the same one
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

The status decides first, then the service's code; what the caller sent decides only what a 412 means. The classes that
azure-core does not have are names of ``azure.batch``. The text of an error says what the service said, and then what
can be done about it; no error holds a credential, and each can be pickled. A password or key that the service repeats,
because it refuses it, is starred in all that an error has, its response included: who sent it knows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Optional, TypeVar, cast

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ODataV4Format,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
    TooManyRedirectsError,
)
from azure.core.rest import HttpRequest

from ._model import hide_quoted, without_signatures

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpResponse
    from typing_extensions import Self

    from ._differences import PropertyDifference
    from .models import BatchError, BatchNode, BatchPoolNodeCounts, TasksSummary

AnyError = TypeVar("AnyError", bound=AzureError)

_AUTHENTICATION_CODES = frozenset(
    {
        "AuthenticationFailed",
        "InvalidAuthenticationInfo",
        "InsufficientAccountPermissions",
        "AccountIsDisabled",
    }
)

_NO_NODE = frozenset({"NodeNotFound", "PoolNotFound"})
_FILES = r"/(node|task)s/[^/]*/files(/[^/]*)?$"
_MAY_BE = {
    ("node", 404): "There is no such pool, node or file",
    ("node", 409): "The node is not ready",
    ("task", 404): "There is no such job, task or file, or the node of the task is gone",
    ("task", 409): "The task has not run yet, its files are not kept any more, or their node is gone",
}
"""What it can be that a request for the properties of a file met, to which there is no more than the status."""


class InvalidStateError(HttpResponseError):
    """The resource is in a state that does not allow the operation (409)."""


class ResourceBeingDeletedError(InvalidStateError):
    """The resource, or the one it belongs to, is being deleted (409)."""


class ResourceCompletedError(InvalidStateError):
    """The job, job schedule or task has completed, or is being terminated (409)."""


class NodeNotReadyError(InvalidStateError):
    """The node is starting, rebooting, being reimaged, or unusable (409)."""


class FilesUnavailableError(InvalidStateError):
    """The files of a task cannot be had: their node is gone, or their retention time is over (409).

    To a request for the properties of a file the service does not say why. So it is this one, too, if the task has not
    run yet.
    """


class NodeGoneError(FilesUnavailableError, ResourceNotFoundError):
    """The node whose files were asked for is gone, or out of reach: removed, deallocated or preempted (404 or 409).

    What a task wrote there is lost, unless its ``output_files`` were uploaded; the task itself may run again elsewhere.
    """


class QuotaReachedError(HttpResponseError):
    """A quota of the Batch account is used up (409)."""


class OperationFailedError(HttpResponseError):
    """A long-running operation was accepted but ended in another state than the one asked for.

    ``resource`` is the model that was read last, None if nothing could be read.
    """

    def __init__(self, message: str, *, resource: Any = None, response: Any = None) -> None:
        self.resource = resource
        super().__init__(message=message, response=response)
        portable(self)


class ResourceDiffersError(ResourceExistsError):
    """A pool or job exists with other properties than those that were asked for.

    ``resource`` is the model of what exists, ``differences`` says in which properties it differs.
    """

    def __init__(self, message: str, *, resource: Any = None, differences: Iterable[PropertyDifference] = ()) -> None:
        self.resource = resource
        self.differences: list[PropertyDifference] = list(differences)
        super().__init__(message=message)
        portable(self)


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
        self.nodes: list[BatchNode] = list(nodes)
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
        details = [{"code": one.get("key"), "message": _shown(one.get("value"))} for one in pairs]
        found = ErrorMessage(_shown(str(text)), lang) if text else None
        super().__init__({"code": json_object.get("code"), "message": found, "details": details})

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
    model = _model_of(response)
    chosen = (error_map or {}).get(status)
    if chosen is not None:
        mine: HttpResponseError = chosen(response=response)
        _forget_secrets(response)
        return mine
    code = model.code if model and isinstance(model.code, str) else ""
    address = response.request.url.partition("?")[0]
    kind = _kind_of(status, code, headers, address)
    file = re.search(_FILES, address) if response.request.method == "HEAD" else None
    may_be = _MAY_BE.get((file[1], status)) if file else None
    if file and file[1] == "task" and status == 409 and not code:
        kind = FilesUnavailableError
    error = kind(message=_unexplained(response), response=response, model=model, error_format=ErrorFormat)
    request_id = response.headers.get("request-id")
    if request_id and request_id not in error.message:
        tell(error, f"RequestId:{request_id}")
    if file and may_be and not code:
        tell(error, f"{may_be}: the answer to HEAD has no body to say which; list_{file[1]}_files says it.")
    if status in (404, 409, 412) and any(map(_may_have_taken_effect, history)):
        tell(error, "This call was sent again after a failure; the first attempt may have had its effect.")
    from ._advice import advice_for  # loaded only when there is an error

    advice = advice_for(
        code,
        error.message,
        status=status,
        path=address,
        headers=(headers, response.headers),
    )
    if advice:
        tell(error, advice)
    _forget_secrets(response)
    return portable(error)


def decode_error(text: str, response: Any) -> DecodeError:
    """Make the exception for an answer that is not what the service sends, without what signed its request."""
    _forget_secrets(response)
    return portable(DecodeError(text, response=response))


def tell(error: AzureError, text: str) -> None:
    """Add a line to the text of an error."""
    error.message = f"{error.message}\n{text}"
    error.args = (error.message,)


def unreadable(error: Exception) -> Exception:
    """What is raised for an exception of a transport: a DecodeError where an answer made no sense to it.

    Transports read lengths, addresses, encodings and compressed bytes, and what they raise for nonsense in these is
    theirs. What a caller did wrong stays what it is.
    """
    import zlib

    of_answers = (LookupError, RecursionError, ValueError, zlib.error)
    if not isinstance(error, of_answers) or isinstance(error, AzureError) or str(error).startswith(_OF_CALLERS):
        return error
    return DecodeError(f"The request cannot be sent, or its answer cannot be read: {error}", error=error)


_OF_CALLERS = (
    "Attempted to set ",
    "Cannot set tuple connection_timeout",
    "HTTP transport has already been closed.",
    "Invalid timeout ",
    "No session available for request.",
    "Timeout value ",
)
"""How the texts begin with which the transports refuse to send: they have been closed, or cannot wait for so long."""


CLOSED = "The client has already been closed"
"""How the text begins with which a client refuses to send anything more."""


def transport_error(error: Exception, request: HttpRequest, *, reading: bool = True) -> Exception:
    """What is raised for a request that got no answer, or half of one; it says which request that was.

    :param reading: Whether it came up while a body was read. What comes up before may be of a caller's hook or
        credential; the pipeline tells what is of the transport.
    """
    if reading:
        error = unreadable(error)
    if isinstance(error, AzureError) and getattr(error, "response", None) is None:
        request_id = request.headers.get("client-request-id", "none")
        address = without_signatures(request.url.partition("?")[0])
        tell(error, f"The request was {request.method} {address}, client-request-id {request_id}")
        portable(error)
    return error


def portable(error: AnyError) -> AnyError:
    """Make an error one that can be pickled, without the request that the transport's own error carries.

    Each error of azure-core holds the exception that is being handled where it is made, with its traceback: also one of
    the caller's, in whose ``except`` the call stands.
    """
    error.exc_value = error.exc_traceback = None
    _forget_secrets_of_attempts(error)
    if error.inner_exception is not None:
        error.inner_exception = _portable_cause(error.inner_exception)
    error.exc_type = type(error.inner_exception)
    return error


def _forget_secrets_of_attempts(error: AzureError) -> None:
    if isinstance(error, TooManyRedirectsError):
        history: list[Any] = vars(error)["history"]  # whose type azure-core leaves open
        for attempt in history:
            attempt.http_request.headers.pop("Authorization", None)
            _forget_secrets(attempt.http_response)


def _portable_cause(inner: Any) -> BaseException:
    if hasattr(inner, "request_info"):  # aiohttp's: the headers that were sent are in its repr
        info = SimpleNamespace(real_url=inner.request_info.real_url, method=inner.request_info.method)
        inner.request_info, inner.history = info, ()
        inner.args = (info, ())
        inner.headers = None
    for name in ("request", "response"):
        if getattr(inner, name, None) is not None:
            setattr(inner, name, None)
    import pickle

    try:
        pickle.dumps(inner)
    except Exception:
        return RuntimeError(f"{type(inner).__name__}: {inner}")
    return cast("BaseException", inner)


def _forget_secrets(response: Any) -> None:
    """Take what is secret out of the request that an exception carries, which may be pickled or shown."""
    sent: Any = getattr(getattr(response, "_internal_response", None), "request", None)
    if hasattr(sent, "body"):  # the one that the transport made of ours
        sent.body = None
    for request in (response.request, sent):
        headers = getattr(request, "headers", None)
        if headers is not None and hasattr(headers, "pop"):
            headers.pop("Authorization", None)
    request = response.request
    if isinstance(request, HttpRequest) and request.content:
        from ._pipeline import shown_body

        # Made anew in its place: the response, and what else holds the request, cannot be given another one.
        content = shown_body(request.content)
        HttpRequest.__init__(request, request.method, request.url, headers=request.headers, content=content)


def is_in_doubt(response: Any, history: Iterable[Any]) -> bool:
    """Whether what a call that creates something meets may be what an earlier attempt of it has created."""
    return response.status_code == 409 and any(map(_may_have_taken_effect, history))


def _may_have_taken_effect(attempt: Any) -> bool:
    """Whether an attempt that was repeated may have changed the resource, so that the next one met its work."""
    if attempt.http_request.method in ("GET", "HEAD"):
        return False
    return attempt.http_response is None or bool(attempt.http_response.status_code >= 500)


def _kind_of(status: int, code: str, headers: Mapping[str, str], address: str) -> type[HttpResponseError]:
    if status == 304:
        return ResourceNotModifiedError
    if status == 412:
        return _condition_kind(headers)
    if status == 401 or (status in (400, 403) and code in _AUTHENTICATION_CODES):
        return ClientAuthenticationError
    if status == 404:
        return NodeGoneError if code in _NO_NODE and re.search(_FILES, address) else ResourceNotFoundError
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
    if code.endswith(("Completed", "BeingTerminated")) and code != "TaskNotCompleted":
        return ResourceCompletedError
    if code in ("NodeNotReady", "NodeStateUnusable") or code.startswith("NodeBeing"):
        return NodeNotReadyError
    if code.startswith("TaskFiles"):
        return NodeGoneError if code == "TaskFilesUnavailable" else FilesUnavailableError
    return InvalidStateError


def _model_of(response: HttpResponse | AsyncHttpResponse) -> Optional[BatchError]:
    from .models import BatchError  # loaded only when there is an error

    try:
        body = response.json()
        if not isinstance(body, dict):
            return None
        found = cast("dict[str, Any]", body)
        if hide_quoted(found.get("values")):
            _replace_body(response, json.dumps(found))
    except (LookupError, RecursionError, TypeError, ValueError):  # for a charset that is none of text, too
        return None
    return BatchError.from_wire(found)


def _replace_body(response: Any, text: str) -> None:
    """Put a body in the place of the one that came, from which everything else is made, texts and pickles included.

    A response has no public way to be given another one, nor has the transport's own, which is pickled with it.
    """
    response._text, response._content = text, text.encode()
    inner: Any = getattr(response, "_internal_response", None)
    if hasattr(inner, "_content"):
        inner._content = response._content


def _unexplained(response: HttpResponse | AsyncHttpResponse) -> str:
    return f"The service answered {response.status_code} {response.reason or ''}".rstrip() + " without an explanation."


def _shown(text: Any) -> Any:
    return without_signatures(text) if isinstance(text, str) else text
