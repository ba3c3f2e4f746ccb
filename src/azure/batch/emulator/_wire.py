"""What passes between the HTTP side of the emulator and its rules: calls, answers, refusals.

Plain shapes, so that the server knows no state and the rules know no HTTP. The words of the refusals are the service's
own, since programs compare them: https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

__all__ = [
    "ERRORS",
    "Answer",
    "Call",
    "Conditions",
    "Document",
    "FilePart",
    "Page",
    "ServiceError",
    "check",
    "check_combination",
    "error_document",
]

Document = dict[str, Any]
"""One resource as the service's JSON has it."""


@dataclass(frozen=True)
class Conditions:
    """The conditional headers of a request; entity tags, of which one must fit, without quotes, and ``*`` as it is."""

    if_match: Optional[frozenset[str]] = None
    if_none_match: Optional[frozenset[str]] = None
    if_modified_since: Optional[datetime] = None
    if_unmodified_since: Optional[datetime] = None


@dataclass(frozen=True)
class Call:
    """One authenticated request, after its URL, headers and body were read."""

    operation: str
    ids: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Optional[Document] = None
    conditions: Conditions = Conditions()
    base: str = ""
    """Scheme and host as the request used them, without a trailing slash; every URL in an answer begins so."""
    range: Optional[str] = None
    """The ``ocp-range`` header of a file request, as it was sent."""
    version: str = "2025-06-01"
    """The version of the API that the request is made with."""


@dataclass(frozen=True)
class FilePart:
    """Bytes of a file on a node that the server streams as the answer's body (none for HEAD)."""

    path: Path
    start: int
    length: int
    content_type: str
    is_directory: bool
    mode: str
    last_modified: datetime
    url: str


@dataclass(frozen=True)
class Page:
    """One page of a list; ``token`` continues after it and is None at the end."""

    items: Sequence[Document]
    token: Optional[str] = None


@dataclass(frozen=True)
class Answer:
    """What a call gave: at most one of ``body``, ``page`` and ``file``."""

    status: int
    body: Optional[Document] = None
    page: Optional[Page] = None
    file: Optional[FilePart] = None
    etag: Optional[str] = None
    last_modified: Optional[datetime] = None
    location: Optional[str] = None
    """Absolute URL of what was created; sent as ``Location`` and ``DataServiceId``."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class ServiceError(Exception):
    """A refusal as the service words it: status, code, message and key-value details.

    Without ``status`` or ``message`` they come from :data:`ERRORS`.
    """

    def __init__(
        self,
        code: str,
        message: Optional[str] = None,
        *,
        status: Optional[int] = None,
        values: Sequence[tuple[str, str]] = (),
    ) -> None:
        known_status, known_message = ERRORS.get(code, (400, code))
        self.status: int = status if status is not None else known_status
        self.code = code
        self.message: str = message or known_message
        self.values: tuple[tuple[str, str], ...] = tuple(values)
        super().__init__(f"({self.code}) {self.message}")


def error_document(error: ServiceError) -> Document:
    """A refusal as it stands inside of an answer."""
    document: Document = {"code": error.code, "message": {"lang": "en-US", "value": error.message}}
    if error.values:
        document["values"] = [{"key": key, "value": value} for key, value in error.values]
    return document


def check_combination(conditions: Conditions) -> None:
    """Refuse conditional headers that may not be sent together.

    Two pairs may: ``If-None-Match`` with ``If-Modified-Since``, and ``If-Match`` with ``If-Unmodified-Since``.
    """
    positive = conditions.if_match is not None or conditions.if_unmodified_since is not None
    negative = conditions.if_none_match is not None or conditions.if_modified_since is not None
    if positive and negative:
        raise ServiceError("MultipleConditionHeadersNotSupported")


def check(
    conditions: Conditions, etag: Optional[str], last_modified: Optional[datetime] = None, write: bool = False
) -> None:
    """Hold the conditions of a request against a resource that exists.

    A condition that does not hold is 412, but 304 where a read asks for what has changed. In each permitted pair the
    entity tag decides alone. Dates compare by whole seconds, as finely as the headers can say them.
    """
    if conditions == _UNCONDITIONAL:
        return
    check_combination(conditions)
    changed_only = False
    if conditions.if_match is not None:
        holds = not conditions.if_match.isdisjoint(("*", etag))
    elif conditions.if_none_match is not None:
        holds = conditions.if_none_match.isdisjoint(("*", etag))
        changed_only = True
    elif last_modified is None:
        return
    else:
        changed = last_modified.astimezone(timezone.utc).replace(microsecond=0)
        if conditions.if_unmodified_since is not None:
            holds = changed <= conditions.if_unmodified_since
        else:
            holds = conditions.if_modified_since is None or changed > conditions.if_modified_since
            changed_only = True
    if not holds:
        raise ServiceError("ConditionNotMet", status=304 if changed_only and not write else 412)


_UNCONDITIONAL = Conditions()

ERRORS: dict[str, tuple[int, str]] = {
    # common
    "MissingRequiredHeader": (400, "A required HTTP header was not specified."),
    "MissingRequiredProperty": (400, "A required property was not specified in the request body."),
    "UnsupportedHeader": (400, "One of the HTTP headers specified in the request is not supported."),
    "UnsupportedProperty": (400, "One of the properties specified in the request body is not supported."),
    "InvalidHeaderValue": (400, "The value provided for one of the HTTP headers was not in the correct format."),
    "InvalidPropertyValue": (400, "The value provided for one of the properties in the request body is invalid."),
    "MissingRequiredQueryParameter": (400, "A required query parameter was not specified for this request."),
    "UnsupportedQueryParameter": (400, "One of the query parameters specified in the request URI is not supported."),
    "InvalidQueryParameterValue": (
        400,
        "Value for one of the query parameters specified in the request URI is invalid",
    ),
    "OutOfRangeQueryParameterValue": (
        400,
        "A query parameter specified in the request URI is outside the permissible range.",
    ),
    "RequestUrlFailedToParse": (400, "The url in the request could not be parsed."),
    "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
    "InvalidHttpVerb": (400, "The HTTP verb specified was not recognized by the server."),
    "EmptyMetadataKey": (400, "The key for one of the metadata key-value pairs is empty."),
    "InvalidRequestBody": (400, "The specified Request Body is not syntactically valid."),
    "OutOfRangeInput": (400, "One of the request inputs is out of range."),
    "InvalidAuthenticationInfo": (400, "The authentication information was not provided in the correct format."),
    "InvalidInput": (400, "One of the request inputs is not valid."),
    "InvalidMetadata": (400, "The specified metadata includes characters that are not permitted."),
    "MetadataTooLarge": (400, "The size of the specified metadata exceeds the maximum size permitted."),
    "MultipleConditionHeadersNotSupported": (400, "Multiple condition headers are not supported."),
    "UnsupportedRequestVersion": (400, "The specified request version is not supported."),
    "AuthenticationFailed": (
        403,
        (
            "Server failed to authenticate the request. "
            "Make sure the value of Authorization header is formed correctly including the signature."
        ),
    ),
    "InsufficientAccountPermissions": (403, "The caller may not execute this operation on the account."),
    "AccountIsDisabled": (403, "The specified account is disabled."),
    "IOError": (403, "An I/O error occurred when accessing the specified resource."),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "UnsupportedHttpVerb": (405, "The resource doesn't support the specified HTTP verb."),
    "OperationInvalidForCurrentState": (
        409,
        "The specified operation is not valid for the current state of the resource.",
    ),
    "ResourceAlreadyExists": (409, "The specified resource already exists."),
    "MissingContentLengthHeader": (411, "The Content-Length header was not specified."),
    "ConditionNotMet": (412, "The condition specified in the conditional header(s) was not met."),
    "RequestBodyTooLarge": (413, "The size of the request body exceeds the maximum size permitted."),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "TooManyRequests": (429, "Too many requests were made to the account."),
    "InternalError": (500, "The server encountered an internal error."),
    "OperationTimedOut": (500, "The operation could not be completed within the permitted time."),
    "NotImplemented": (501, "The requested feature is not built into the emulator."),
    "ServerBusy": (503, "The server is currently unable to receive requests."),
    # pools
    "AutoScalingFormulaSyntaxError": (400, "The specified auto-scaling formula has a syntax error."),
    "AutoScalingFormulaTooLong": (400, "The specified auto-scaling formula is too long."),
    "InvalidAutoScalingSettings": (400, "The specified auto-scaling settings are not valid."),
    "OSVersionDisabled": (400, "The specified OS Version is disabled."),
    "OSVersionExpired": (400, "The specified OS Version is expired."),
    "OSVersionNotFound": (400, "The specified OS Version does not exist."),
    "PoolNotEligibleForOSVersionUpgrade": (400, "The specified pool is not eligible for OS Version upgrade."),
    "PoolVersionEqualsUpgradeVersion": (400, "The pool has the given version already."),
    "ApplicationNotFound": (404, "The specified application does not exist."),
    "CertificateNotFound": (404, "The specified certificate does not exist."),
    "NodeAgentSKUNotFound": (404, "The specified Node Agent SKU does not exist."),
    "PoolNotFound": (404, "The specified pool does not exist."),
    "CertificateBeingDeleted": (409, "The specified certificate has been marked for deletion and is being deleted."),
    "CertificateExists": (409, "The specified certificate already exists."),
    "InvalidApplicationPackageReferences": (409, "One or more application package references could not be satisfied."),
    "OperationNotValidOnPool": (409, "The specified operation is not valid on the pool."),
    "PoolBeingCreated": (409, "The specified pool is being created."),
    "PoolBeingDeleted": (409, "The specified pool has been marked for deletion and is being reclaimed."),
    "PoolBeingResized": (409, "The specified pool is being resized."),
    "PoolExists": (409, "The specified pool already exists."),
    "PoolQuotaReached": (409, "Pool quota for the account has been reached."),
    "UpgradePoolVersionConflict": (409, "The pool is already upgrading to a different version."),
    "TooManyEnableAutoScaleRequests": (503, "Too many Enable Pool AutoScale requests are issued on the pool."),
    # nodes
    "NodeNotFound": (404, "The specified node does not exist."),
    "NodeUserNotFound": (404, "The specified node user does not exist."),
    "NodeAlreadyInTargetSchedulingState": (409, "The specified node is already in the target scheduling state."),
    "NodeBeingCreated": (409, "The specified node is being created."),
    "NodeBeingRebooted": (409, "The specified node is being rebooted."),
    "NodeBeingReimaged": (409, "The specified node is being reimaged."),
    "NodeBeingStarted": (409, "The specified node is being started."),
    "NodeStateUnusable": (409, "The state of the specified node is unusable."),
    "NodeUserExists": (409, "The specified node user already exists."),
    "OperationNotValidOnNode": (409, "The specified operation is not valid on the node."),
    # jobs and job schedules
    "JobNotFound": (404, "The specified job does not exist."),
    "JobPreparationTaskNotRunOnNode": (404, "The job preparation task did not run on the specified node."),
    "JobReleaseTaskNotRunOnNode": (404, "The job release task did not run on the specified node."),
    "JobScheduleNotFound": (404, "The specified job schedule does not exist."),
    "ActiveJobAndScheduleQuotaReached": (409, "Active job and schedule quota for the account has been reached."),
    "JobBeingDeleted": (409, "The specified job has been marked for deletion and is being garbage collected."),
    "JobBeingTerminated": (409, "The specified job is being terminated."),
    "JobCompleted": (409, "The specified job is already in a completed state."),
    "JobDisabled": (409, "The specified job is disabled."),
    "JobExists": (409, "The specified job already exists."),
    "JobNotActive": (409, "The specified job is not in active state."),
    "JobPreparationTaskNotSpecified": (409, "The specified job does not have job preparation task."),
    "JobReleaseTaskNotSpecified": (409, "The specified job does not have job release task."),
    "JobScheduleBeingDeleted": (409, "The specified job schedule has been marked for deletion and is being reclaimed."),
    "JobScheduleBeingTerminated": (409, "The specified job schedule is being terminated."),
    "JobScheduleCompleted": (409, "The specified job schedule is already in completed state."),
    "JobScheduleDisabled": (409, "The specified job schedule is disabled."),
    "JobScheduleExists": (409, "The specified job schedule already exists."),
    "JobScheduleWithSameIdExists": (409, "A job schedule with the specified job id exists."),
    "JobWithSameIdExists": (409, "A job with the specified job schedule id exists."),
    # tasks and files
    "TaskDependenciesNotSpecifiedOnJob": (
        400,
        "A task depends on other tasks, but its job does not use task dependencies.",
    ),
    "TaskDependencyListTooLong": (400, "The list of task ids that a task depends on is too long."),
    "TaskDependencyRangesTooLong": (400, "The list of ranges of task ids that a task depends on is too long."),
    "FileNotFound": (404, "The specified file does not exist."),
    "PathNotFound": (404, "The specified path does not exist."),
    "TaskNotFound": (404, "The specified task does not exist."),
    "TaskCompleted": (409, "The specified task is already in a completed state."),
    "TaskExists": (409, "The specified task already exists."),
    "TaskFilesCleanedup": (409, "The files of the specified task have been cleaned up."),
    "TaskFilesUnavailable": (409, "The files of the specified task are unavailable."),
    "TaskIdSameAsJobPreparationTask": (409, "The specified task id is same as the job preparation task."),
    "TaskIdSameAsJobReleaseTask": (409, "The specified task id is same as the job release task."),
    "TaskNotCompleted": (409, "The specified task is not in a completed state."),
    "TaskSucceeded": (409, "The specified task has already completed successfully."),
    # codes that only the lists of the service's libraries hold; their statuses are not documented
    "InvalidCertificateReferences": (400, "One or more certificate references are not valid."),
    "InvalidConstraintValue": (400, "The value of one of the constraints is not valid."),
    "InvalidRestAPIForAccountSetting": (400, "The operation is not available with the settings of the account."),
    "OutOfRangePriority": (400, "The priority is out of range."),
    "ResourceTypeMismatch": (400, "The specified resource is of another type."),
    "StorageAccountNotFound": (400, "The specified storage account does not exist."),
    "UnsupportedConstraint": (400, "One of the constraints is not supported."),
    "UnsupportedHttpVersion": (400, "The HTTP version is not supported."),
    "CertificateStateActive": (409, "The specified certificate is active."),
    "CertificateStateDeleteFailed": (409, "The specified certificate could not be deleted."),
    "HostInformationNotPresent": (409, "The host information is not present."),
    "NodeCountsMismatch": (409, "The number of nodes does not match."),
    "RequestEntityTooLarge": (413, "The list in the request is too long."),
}
"""Status and message of every error code. ``ConditionNotMet`` may also be 304; :func:`check` decides."""
