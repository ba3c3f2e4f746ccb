"""The 72 operations of the service as HTTP sees them, and the way from a URL to one of them.

One line an operation: verb, path, name, success code, and what it takes. The paths are kept as a tree of segments, so
that finding an operation costs one look-up a segment. https://learn.microsoft.com/rest/api/batchservice/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import unquote_to_bytes

from ._wire import ServiceError

__all__ = ["ROUTES", "Route", "find"]


@dataclass(frozen=True)
class Route:
    """One operation of the service over HTTP."""

    operation: str
    method: str
    path: str
    status: int
    """The status of success."""
    query: frozenset[str]
    """Query parameters besides those that every operation takes."""
    conditions: str
    """Which conditional headers it takes: ``all``, ``dates`` or ``none``."""
    body: str
    """Whether a body is ``required``, ``optional`` or ``none``."""
    metadata: str
    """What follows ``$metadata#`` in the answer's body."""
    names_resource: bool
    """Whether the answer has the header ``DataServiceId``."""


_PAGE = "maxresults"
_LIST = "maxresults $filter $select $expand"
_GET = "$select $expand"
_POOL = "/pools/{poolId}"
_NODES = f"{_POOL}/nodes"
_NODE = f"{_NODES}/{{nodeId}}"
_JOB = "/jobs/{jobId}"
_TASK = f"{_JOB}/tasks/{{taskId}}"
_SCHEDULE = "/jobschedules/{jobScheduleId}"
_TYPES = "Microsoft.Azure.Batch.Protocol.Entities."


def _route(
    operation: str,
    method: str,
    path: str,
    status: int,
    *,
    query: str = "",
    when: str = "none",
    body: str = "none",
    metadata: str = "",
    named: bool = False,
) -> Route:
    return Route(operation, method, path, status, frozenset(query.split()), when, body, metadata, named)


def _create(operation: str, path: str) -> Route:
    return _route(operation, "POST", path, 201, body="required", named=True)


def _list(operation: str, path: str, metadata: str, query: str = _LIST) -> Route:
    return _route(operation, "GET", path, 200, query=query, metadata=metadata)


def _get(
    operation: str, path: str, metadata: str, query: str = "", *, when: str = "none", named: bool = False
) -> Route:
    return _route(operation, "GET", path, 200, query=query, when=when, metadata=metadata, named=named)


def _exists(operation: str, path: str) -> Route:
    return _route(operation, "HEAD", path, 200, when="all")


def _change(operation: str, method: str, path: str, status: int = 200, *, when: str = "all") -> Route:
    return _route(operation, method, path, status, body="required", when=when, named=True)


def _act(operation: str, path: str, status: int, *, body: str = "none", when: str = "all", query: str = "") -> Route:
    return _route(operation, "POST", path, status, body=body, when=when, query=query, named=True)


def _delete(operation: str, path: str, status: int = 202, *, query: str = "", when: str = "all") -> Route:
    return _route(operation, "DELETE", path, status, query=query, when=when)


ROUTES: tuple[Route, ...] = (
    # the account
    _list("list_applications", "/applications", "applications", _PAGE),
    _get("get_application", "/applications/{applicationId}", "applications/@Element"),
    _list("list_pool_usage_metrics", "/poolusagemetrics", "poolusagemetrics", f"{_PAGE} $filter startTime endtime"),
    _list("list_supported_images", "/supportedimages", "supportedimages", f"{_PAGE} $filter"),
    _list("list_pool_node_counts", "/nodecounts", "poolnodecounts", f"{_PAGE} $filter"),
    # pools
    _create("create_pool", "/pools"),
    _list("list_pools", "/pools", "pools"),
    _delete("delete_pool", _POOL),
    _exists("pool_exists", _POOL),
    _get("get_pool", _POOL, "pools/@Element", _GET, when="all"),
    _change("update_pool", "PATCH", _POOL),
    _act("disable_pool_auto_scale", f"{_POOL}/disableautoscale", 200, when="none"),
    _act("enable_pool_auto_scale", f"{_POOL}/enableautoscale", 200, body="required"),
    _route(
        "evaluate_pool_auto_scale",
        "POST",
        f"{_POOL}/evaluateautoscale",
        200,
        body="required",
        metadata=f"{_TYPES}AutoScaleRun",
        named=True,
    ),
    _act("resize_pool", f"{_POOL}/resize", 202, body="required"),
    _act("stop_pool_resize", f"{_POOL}/stopresize", 202),
    _change("replace_pool_properties", "POST", f"{_POOL}/updateproperties", 204, when="none"),
    _act("remove_nodes", f"{_POOL}/removenodes", 202, body="required"),
    # nodes
    _create("create_node_user", f"{_NODE}/users"),
    _delete("delete_node_user", f"{_NODE}/users/{{userName}}", 200, when="none"),
    _change("replace_node_user", "PUT", f"{_NODE}/users/{{userName}}", when="none"),
    _get("get_node", _NODE, "nodes/@Element", "$select"),
    _act("reboot_node", f"{_NODE}/reboot", 202, body="optional", when="none"),
    _act("start_node", f"{_NODE}/start", 202, when="none"),
    _act("reimage_node", f"{_NODE}/reimage", 202, body="optional", when="none"),
    _act("deallocate_node", f"{_NODE}/deallocate", 202, body="optional", when="none"),
    _act("disable_node_scheduling", f"{_NODE}/disablescheduling", 200, body="optional", when="none"),
    _act("enable_node_scheduling", f"{_NODE}/enablescheduling", 200, when="none"),
    _get("get_node_remote_login_settings", f"{_NODE}/remoteloginsettings", f"{_TYPES}RemoteLoginSettings"),
    _route(
        "upload_node_logs",
        "POST",
        f"{_NODE}/uploadbatchservicelogs",
        200,
        body="required",
        metadata=f"{_TYPES}UploadBatchServiceLogsResult",
    ),
    _list("list_nodes", _NODES, "nodes", f"{_PAGE} $filter $select"),
    _get("get_node_extension", f"{_NODE}/extensions/{{extensionName}}", "extensions/@Element", "$select"),
    _list("list_node_extensions", f"{_NODE}/extensions", "extensions", f"{_PAGE} $select"),
    _delete("delete_node_file", f"{_NODE}/files/{{filePath}}", 200, query="recursive", when="none"),
    _get("download_node_file", f"{_NODE}/files/{{filePath}}", "", when="dates"),
    _route("get_node_file_properties", "HEAD", f"{_NODE}/files/{{filePath}}", 200, when="dates"),
    _list("list_node_files", f"{_NODE}/files", "files", f"{_PAGE} $filter recursive"),
    # jobs
    _delete("delete_job", _JOB, query="force"),
    _get("get_job", _JOB, "jobs/@Element", _GET, when="all"),
    _change("update_job", "PATCH", _JOB),
    _change("replace_job", "PUT", _JOB),
    _act("disable_job", f"{_JOB}/disable", 202, body="required"),
    _act("enable_job", f"{_JOB}/enable", 202),
    _act("terminate_job", f"{_JOB}/terminate", 202, body="optional", query="force"),
    _create("create_job", "/jobs"),
    _list("list_jobs", "/jobs", "jobs"),
    _list("list_jobs_from_schedule", f"{_SCHEDULE}/jobs", "jobs"),
    _list(
        "list_job_preparation_and_release_task_status",
        f"{_JOB}/jobpreparationandreleasetaskstatus",
        "jobpreparationandreleasetaskstatuslist",
        f"{_PAGE} $filter $select",
    ),
    _get("get_job_task_counts", f"{_JOB}/taskcounts", "taskcounts/@Element"),
    # job schedules
    _exists("job_schedule_exists", _SCHEDULE),
    _delete("delete_job_schedule", _SCHEDULE, query="force"),
    _get("get_job_schedule", _SCHEDULE, "jobschedules/@Element", _GET, when="all"),
    _change("update_job_schedule", "PATCH", _SCHEDULE),
    _change("replace_job_schedule", "PUT", _SCHEDULE),
    _act("disable_job_schedule", f"{_SCHEDULE}/disable", 204),
    _act("enable_job_schedule", f"{_SCHEDULE}/enable", 204),
    _act("terminate_job_schedule", f"{_SCHEDULE}/terminate", 202, query="force"),
    _create("create_job_schedule", "/jobschedules"),
    _list("list_job_schedules", "/jobschedules", "jobschedules"),
    # tasks
    _create("create_task", f"{_JOB}/tasks"),
    _list("list_tasks", f"{_JOB}/tasks", "tasks"),
    _route(
        "create_task_collection",
        "POST",
        f"{_JOB}/addtaskcollection",
        200,
        body="required",
        metadata="taskaddresult",
    ),
    _delete("delete_task", _TASK, 200),
    _get("get_task", _TASK, "tasks/@Element", _GET, when="all", named=True),
    _change("replace_task", "PUT", _TASK),
    _list("list_subtasks", f"{_TASK}/subtasksinfo", "subtasks", "$select"),
    _act("terminate_task", f"{_TASK}/terminate", 204),
    _act("reactivate_task", f"{_TASK}/reactivate", 204),
    _delete("delete_task_file", f"{_TASK}/files/{{filePath}}", 200, query="recursive", when="none"),
    _get("download_task_file", f"{_TASK}/files/{{filePath}}", "", when="dates"),
    _route("get_task_file_properties", "HEAD", f"{_TASK}/files/{{filePath}}", 200, when="dates"),
    _list("list_task_files", f"{_TASK}/files", "files", f"{_PAGE} $filter recursive"),
)
"""All operations."""


@dataclass
class _Branch:
    """What can follow a beginning of a path."""

    literals: dict[str, _Branch] = field(default_factory=dict[str, "_Branch"])
    any: Optional[_Branch] = None
    name: str = ""
    """The name of the id at this place, when one led here."""
    routes: dict[str, Route] = field(default_factory=dict[str, Route])


def _plant() -> _Branch:
    root = _Branch()
    for route in ROUTES:
        branch = root
        for segment in route.path.split("/")[1:]:
            if segment.startswith("{"):
                if branch.any is None:
                    branch.any = _Branch(name=segment[1:-1])
                branch = branch.any
            else:
                branch = branch.literals.setdefault(segment, _Branch())
        branch.routes[route.method] = route
    return root


_ROOT = _plant()


def find(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """The operation of a request, and the ids in its path.

    :param method: The verb, in upper case.
    :param path: The path as it was sent, percent-encoding included: an id may hold an encoded slash.
    :raises ServiceError: when there is no such path, or the verb does not go with it.
    """
    segments = path.split("/")
    branch = _ROOT
    ids: dict[str, str] = {}
    if segments.pop(0):
        raise ServiceError("InvalidUri")
    for position, segment in enumerate(segments):
        following = branch.literals.get(segment)
        if following is None:
            following = branch.any
            if following is None or not segment:
                raise ServiceError("InvalidUri")
            if following.name == "filePath":
                ids["filePath"] = _decode("/".join(segments[position:]))
                branch = following
                break
            ids[following.name] = _decode(segment)
        branch = following
    if not branch.routes:
        raise ServiceError("InvalidUri")
    route = branch.routes.get(method)
    if route is None:
        raise ServiceError("UnsupportedHttpVerb")
    return route, ids


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8") if "%" in text else text
    except UnicodeDecodeError:
        raise ServiceError("RequestUrlFailedToParse") from None
