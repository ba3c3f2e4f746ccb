"""Every operation of the service over HTTP, held against the facts: verb, path, status, headers and body."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Callable

import pytest

from azure.batch.emulator import BatchEmulator, Outcome
from azure.batch.emulator._routes import ROUTES
from support.operations import OPERATIONS, problems
from support.resources import IMAGE


def pool(name: str, nodes: int = 0) -> dict[str, Any]:
    return {
        "id": name,
        "vmSize": "standard_d2s_v3",
        "virtualMachineConfiguration": IMAGE,
        "targetDedicatedNodes": nodes,
    }


JOB = {"id": "all", "poolInfo": {"poolId": "all"}, "jobPreparationTask": {"commandLine": "true"}}
SCHEDULE = {"schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": {"poolInfo": {"poolId": "all"}}}
UPLOAD = {"containerUrl": "http://127.0.0.1:9/nobody-listens", "startTime": "2026-01-01T00:00:00Z"}
FORMULA = "$TargetDedicatedNodes=0;"

CALLS: list[tuple[str, str, str, Any]] = [
    ("list_applications", "GET", "/applications", None),
    ("get_application", "GET", "/applications/tool", None),
    ("list_pool_usage_metrics", "GET", "/poolusagemetrics", None),
    ("list_supported_images", "GET", "/supportedimages", None),
    ("list_pool_node_counts", "GET", "/nodecounts", None),
    ("list_pools", "GET", "/pools", None),
    ("pool_exists", "HEAD", "/pools/all", None),
    ("get_pool", "GET", "/pools/all", None),
    ("update_pool", "PATCH", "/pools/all", {"metadata": []}),
    ("list_nodes", "GET", "/pools/all/nodes", None),
    ("get_node", "GET", "{at}", None),
    ("create_node_user", "POST", "{at}/users", {"name": "someone", "password": "Kx7!kkdP"}),
    ("replace_node_user", "PUT", "{at}/users/someone", {"password": "Kx7!kkdQ"}),
    ("delete_node_user", "DELETE", "{at}/users/someone", None),
    ("get_node_remote_login_settings", "GET", "{at}/remoteloginsettings", None),
    ("upload_node_logs", "POST", "{at}/uploadbatchservicelogs", UPLOAD),
    ("list_node_extensions", "GET", "{at}/extensions", None),
    ("get_node_extension", "GET", "{at}/extensions/tool", None),
    ("create_job", "POST", "/jobs", JOB),
    ("get_job", "GET", "/jobs/all", None),
    ("list_jobs", "GET", "/jobs", None),
    ("update_job", "PATCH", "/jobs/all", {"priority": 3}),
    ("replace_job", "PUT", "/jobs/all", {"poolInfo": {"poolId": "all"}, "priority": 2}),
    ("list_job_preparation_and_release_task_status", "GET", "/jobs/all/jobpreparationandreleasetaskstatus", None),
    ("create_task", "POST", "/jobs/all/tasks", {"id": "first", "commandLine": "fail"}),
    (
        "create_task_collection",
        "POST",
        "/jobs/all/addtaskcollection",
        {"value": [{"id": "second", "commandLine": "work"}]},
    ),
    ("list_tasks", "GET", "/jobs/all/tasks", None),
    ("get_task", "GET", "/jobs/all/tasks/first", None),
    ("get_job_task_counts", "GET", "/jobs/all/taskcounts", None),
    ("list_subtasks", "GET", "/jobs/all/tasks/first/subtasksinfo", None),
    ("list_task_files", "GET", "/jobs/all/tasks/first/files", None),
    ("download_task_file", "GET", "/jobs/all/tasks/first/files/stdout.txt", None),
    ("get_task_file_properties", "HEAD", "/jobs/all/tasks/first/files/stdout.txt", None),
    ("delete_task_file", "DELETE", "/jobs/all/tasks/first/files/stdout.txt", None),
    ("reactivate_task", "POST", "/jobs/all/tasks/first/reactivate", None),
    ("replace_task", "PUT", "/jobs/all/tasks/second", {"constraints": {"maxTaskRetryCount": 1}}),
    ("terminate_task", "POST", "/jobs/all/tasks/second/terminate", None),
    ("delete_task", "DELETE", "/jobs/all/tasks/second", None),
    ("list_node_files", "GET", "{at}/files", None),
    ("download_node_file", "GET", "{at}/files/workitems/all/job-1/first/stderr.txt", None),
    ("get_node_file_properties", "HEAD", "{at}/files/workitems/all/job-1/first/stderr.txt", None),
    ("delete_node_file", "DELETE", "{at}/files/workitems/all/job-1/first/stderr.txt", None),
    ("disable_job", "POST", "/jobs/all/disable", {"disableTasks": "terminate"}),
    ("enable_job", "POST", "/jobs/all/enable", None),
    ("terminate_job", "POST", "/jobs/all/terminate", None),
    ("delete_job", "DELETE", "/jobs/all", None),
    ("create_job_schedule", "POST", "/jobschedules", {"id": "daily", **SCHEDULE}),
    ("list_job_schedules", "GET", "/jobschedules", None),
    ("job_schedule_exists", "HEAD", "/jobschedules/daily", None),
    ("get_job_schedule", "GET", "/jobschedules/daily", None),
    ("list_jobs_from_schedule", "GET", "/jobschedules/daily/jobs", None),
    ("update_job_schedule", "PATCH", "/jobschedules/daily", {"metadata": []}),
    ("replace_job_schedule", "PUT", "/jobschedules/daily", SCHEDULE),
    ("disable_job_schedule", "POST", "/jobschedules/daily/disable", None),
    ("enable_job_schedule", "POST", "/jobschedules/daily/enable", None),
    ("terminate_job_schedule", "POST", "/jobschedules/daily/terminate", None),
    ("delete_job_schedule", "DELETE", "/jobschedules/daily", None),
    ("disable_node_scheduling", "POST", "{at}/disablescheduling", None),
    ("enable_node_scheduling", "POST", "{at}/enablescheduling", None),
    ("reboot_node", "POST", "{at}/reboot", None),
    ("reimage_node", "POST", "{at}/reimage", None),
    ("deallocate_node", "POST", "{at}/deallocate", None),
    ("start_node", "POST", "{at}/start", None),
    ("remove_nodes", "POST", "/pools/all/removenodes", None),
    ("stop_pool_resize", "POST", "/pools/all/stopresize", None),
    ("resize_pool", "POST", "/pools/all/resize", {"targetDedicatedNodes": 0}),
    (
        "replace_pool_properties",
        "POST",
        "/pools/all/updateproperties",
        {"applicationPackageReferences": [], "metadata": []},
    ),
    ("enable_pool_auto_scale", "POST", "/pools/all/enableautoscale", {"autoScaleFormula": FORMULA}),
    ("evaluate_pool_auto_scale", "POST", "/pools/all/evaluateautoscale", {"autoScaleFormula": FORMULA}),
    ("disable_pool_auto_scale", "POST", "/pools/all/disableautoscale", None),
    ("delete_pool", "DELETE", "/pools/all", None),
    ("create_pool", "POST", "/pools", pool("another")),
]
"""Every operation where it succeeds, in an order in which it does; ``{at}`` is the path of the one node."""


def idle(client: Any, at: str) -> bool:
    return client.get(at).json["state"] == "idle"


def steady(client: Any, at: str) -> bool:
    return client.get("/pools/all").json["allocationState"] == "steady"


WAITS: dict[str, Callable[[Any, str], bool]] = {
    "list_task_files": lambda client, _: client.get("/jobs/all/tasks/first").json["state"] == "completed",
    "enable_job": lambda client, _: client.get("/jobs/all").json["state"] == "disabled",
    "delete_job": lambda client, _: client.get("/jobs/all").json["state"] == "completed",
    **dict.fromkeys(["reimage_node", "deallocate_node", "remove_nodes"], idle),
    "start_node": lambda client, at: client.get(at).json["state"] == "deallocated",
    **dict.fromkeys(["resize_pool", "enable_pool_auto_scale", "delete_pool"], steady),
}
"""What must have come, as time goes by, before an operation."""


def life(client: Any, emulator: BatchEmulator) -> Iterator[tuple[str, Any]]:
    """Call every operation, and give its reply."""
    node = client.get("/pools/all/nodes").json["value"][0]["id"]
    at = f"/pools/all/nodes/{node}"
    for name, method, path, body in CALLS:
        if name in WAITS:
            emulator.advance(2)
            assert WAITS[name](client, at), name
        given = {"nodeList": [node]} if name == "remove_nodes" else body
        headers = {"client-request-id": f"id-of-{name}", "return-client-request-id": "true"}
        yield name, client.send(method, path.replace("{at}", at), given, headers)


@pytest.fixture(scope="module")
def replies(raw_client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each operation answered when it succeeded.

    Time stands still while nothing is waited for: a resize is not over before it is stopped.
    """
    with BatchEmulator(simulate=True, applications={"tool": {"1": tmp_path_factory.mktemp("tool")}}) as emulator:
        emulator.script("first", Outcome(exit_code=1))
        emulator.script("second", Outcome(duration=math.inf))
        client = raw_client(emulator)
        extension = {"name": "tool", "publisher": "p", "type": "t"}
        created = {**pool("all", 1), "virtualMachineConfiguration": {**IMAGE, "extensions": [extension]}}
        assert client.send("POST", "/pools", created).status == 201
        emulator.advance(2)
        return dict(life(client, emulator))


def test_the_operations_are_those_of_the_facts() -> None:
    assert {route.operation: (route.method, route.path, route.status, route.query, route.body) for route in ROUTES} == {
        name: (fact["method"], fact["path"], fact["success"], frozenset(fact["query"]), fact["body"])
        for name, fact in OPERATIONS.items()
    }
    conditions = {"none": 0, "dates": 2, "all": 4}
    assert {route.operation: conditions[route.conditions] for route in ROUTES} == {
        name: len(fact["conditions"]) for name, fact in OPERATIONS.items()
    }


_NODE_ACTIONS = {
    f"{name}_node{rest}"
    for name, rest in (
        ("reboot", ""),
        ("start", ""),
        ("reimage", ""),
        ("deallocate", ""),
        ("disable", "_scheduling"),
        ("enable", "_scheduling"),
        ("create", "_user"),
        ("replace", "_user"),
    )
}
_FILES = {name for name, fact in OPERATIONS.items() if "ocp-batch-file-url" in fact["headers"]}


def expected_headers(name: str) -> set[str]:
    """The headers of a success: those of the facts, less what the service was seen to leave out."""
    declared = set(OPERATIONS[name]["headers"])
    if name in _NODE_ACTIONS:
        return declared - {"ETag", "Last-Modified"}
    # Files have no tag, and on Linux nodes nobody knows when they were created.
    return declared - {"ETag", "ocp-creation-time"} if name in _FILES else declared


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_answers_with_its_status_and_headers(replies: dict[str, Any], name: str) -> None:
    reply, fact = replies[name], OPERATIONS[name]
    assert reply.status == fact["success"]
    headers = reply.headers
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["request-id"])
    assert headers["client-request-id"] == f"id-of-{name}"
    wanted = expected_headers(name)
    known = {
        "ETag",
        "Last-Modified",
        "DataServiceId",
        *(header for fact in OPERATIONS.values() for header in fact["headers"]),
    }
    given = {header for header in known if header in headers} - {"Content-Length"}
    assert given == wanted - {"Content-Length"}
    if "ETag" in wanted:
        assert re.fullmatch(r"0x[0-9A-F]+", headers["ETag"])
    if "Last-Modified" in wanted:
        moment = parsedate_to_datetime(headers["Last-Modified"])
        assert abs(moment - datetime.now(timezone.utc)) < timedelta(minutes=10)
    if "DataServiceId" in wanted:
        assert headers["DataServiceId"].startswith("http://127.0.0.1:")
    assert ("Location" in headers) == (fact["success"] == 201)
    if fact["success"] == 201:
        assert headers["Location"] == headers["DataServiceId"]


SETS = {
    "list_applications": "applications",
    "list_pool_usage_metrics": "poolusagemetrics",
    "list_supported_images": "supportedimages",
    "list_pool_node_counts": "poolnodecounts",
    "list_pools": "pools",
    "list_nodes": "nodes",
    "list_node_files": "files",
    "list_task_files": "files",
    "list_jobs": "jobs",
    "list_jobs_from_schedule": "jobs",
    "list_job_schedules": "jobschedules",
    "list_job_preparation_and_release_task_status": "jobpreparationandreleasetaskstatuslist",
    "list_tasks": "tasks",
    "evaluate_pool_auto_scale": "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun",
    "upload_node_logs": "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult",
    "get_node_remote_login_settings": "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings",
    "get_pool": "pools/@Element",
    "get_node": "nodes/@Element",
    "get_job": "jobs/@Element",
    "get_job_schedule": "jobschedules/@Element",
    "get_task": "tasks/@Element",
    "get_application": "applications/@Element",
}
"""What follows ``$metadata#``, where that is known."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_answers_with_a_body_of_its_kind(replies: dict[str, Any], name: str) -> None:
    reply, kind = replies[name], OPERATIONS[name]["response"]
    if kind == "none":
        assert reply.body == b""
        return
    if kind == "bytes":
        assert reply.headers["Content-Type"] == "text/plain"
        return
    assert reply.headers["Content-Type"] == "application/json; odata=minimalmetadata"
    assert reply.headers["DataServiceVersion"] == "3.0"
    base, _, what = reply.json["odata.metadata"].partition("$metadata#")
    assert base.startswith("http://127.0.0.1:")
    assert what == SETS.get(name, what)
    if kind.startswith("page of "):
        assert set(reply.json) == {"odata.metadata", "value"}
        items, kind = reply.json["value"], kind.removeprefix("page of ")
    else:
        items = [reply.json]
    assert [problem for item in items for problem in problems(item, kind)] == []
    if name not in ("list_pool_usage_metrics", "list_subtasks", "list_job_preparation_and_release_task_status"):
        assert items


# The table for readers

TABLE = Path(__file__).parent / "operations.md"
ROW = re.compile(r"\| `(\w+)` \| (\w+) `(\S+)` \| (\d+) \| (\w+) \| (.+) \| (.*) \|")


def table() -> list[tuple[str, ...]]:
    rows = [ROW.fullmatch(line) for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert all(rows)
    return [row.groups() for row in rows if row is not None]


def test_the_table_lists_the_operations() -> None:
    assert [row[:4] for row in table()] == [
        (name, fact["method"], fact["path"], str(fact["success"])) for name, fact in OPERATIONS.items()
    ]
    assert {row[0] for row in table() if row[4] == "yes"} == {route.operation for route in ROUTES}


def test_the_table_names_the_clients_that_exercise_each() -> None:
    page = (TABLE.parent.parent / "foreign" / "operations.md").read_text("utf-8").splitlines()
    head, _, *rows, _ = [line.strip("| ").split(" | ") for line in page if line.startswith("|")]
    seen = {row[0].strip("`"): [name for name, cell in zip(head[2:], row[2:]) if cell == "yes"] for row in rows}
    assert {row[0]: row[6].split("; ") for row in table()} == seen


@pytest.mark.parametrize(("name", "files"), [(row[0], row[5]) for row in table()])
def test_the_table_names_files_that_test_the_operation(name: str, files: str) -> None:
    for file in files.split(", "):
        assert re.search(rf"\b(begin_)?{name}\b", (TABLE.parent / file.strip("`")).read_text("utf-8")), file
