"""The operations of the service, over HTTP: statuses, headers, conditions, pages and files."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from azure.batch.emulator import BatchEmulator
from azure.batch.emulator._routes import ROUTES

IMAGE = {
    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
}
COMMAND = "/bin/sh -c \"echo out; mkdir -p d; printf 0123456789 > 'd/a b.txt'; head -c 3000000 /dev/zero > big.bin\""


def pool(name: str, nodes: int = 0) -> dict[str, Any]:
    return {
        "id": name,
        "vmSize": "standard_d2s_v3",
        "virtualMachineConfiguration": IMAGE,
        "targetDedicatedNodes": nodes,
    }


def until(check: Callable[[], Any]) -> Any:
    """Ask again until there is something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.fixture(scope="module")
def work(shared_emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    """A client of an account with a pool, a job and a task that has run, all called ``work``."""
    client = raw_client(shared_emulator)
    assert client.send("POST", "/pools", pool("work", 1)).status == 201
    assert client.send("POST", "/jobs", {"id": "work", "poolInfo": {"poolId": "work"}}).status == 201
    assert client.send("POST", "/jobs/work/tasks", {"id": "work", "commandLine": COMMAND}).status == 201
    until(lambda: client.get("/jobs/work/tasks/work").json["state"] == "completed")
    return client


# one resource


def test_a_new_resource_says_where_it_is(raw: Any) -> None:
    reply = raw.send("POST", "/pools", pool("new"))
    assert (reply.status, reply.body) == (201, b"")
    assert reply.headers["Location"] == reply.headers["DataServiceId"] == f"http://{raw.host}/pools/new"
    assert re.fullmatch(r"0x[0-9A-F]+", reply.headers["ETag"])
    assert reply.headers["Last-Modified"].endswith(" GMT")
    shown = raw.get("/pools/new")
    assert shown.json["eTag"] == shown.headers["ETag"] == reply.headers["ETag"]
    assert shown.headers["Last-Modified"] == reply.headers["Last-Modified"]
    assert shown.json["odata.metadata"] == f"http://{raw.host}/$metadata#pools/@Element"
    assert shown.json["url"] == f"http://{raw.host}/pools/new"


def test_what_changes_a_resource_names_it(raw: Any) -> None:
    raw.send("POST", "/pools", pool("changing"))
    before = raw.get("/pools/changing").headers["ETag"]
    patched = raw.send("PATCH", "/pools/changing", {"metadata": [{"name": "a", "value": "b"}]})
    assert (patched.status, patched.headers["DataServiceId"]) == (200, f"http://{raw.host}/pools/changing")
    until(lambda: raw.get("/pools/changing").json["allocationState"] == "steady")
    resized = raw.send("POST", "/pools/changing/resize", {"targetDedicatedNodes": 0})
    assert (resized.status, resized.headers["DataServiceId"]) == (202, f"http://{raw.host}/pools/changing/resize")
    assert len({before, patched.headers["ETag"], resized.headers["ETag"]}) == 3


def test_head_is_get_without_the_body(raw: Any) -> None:
    raw.send("POST", "/pools", pool("there"))
    head, get = raw.send("HEAD", "/pools/there"), raw.get("/pools/there")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_select_and_expand(raw: Any) -> None:
    raw.send("POST", "/pools", pool("selected"))
    reply = raw.get("/pools/selected", _select="id,state", _expand="stats").json
    assert sorted(reply) == ["id", "odata.metadata", "state"]
    nested = raw.get("/pools/selected", _select="virtualMachineConfiguration/nodeAgentSKUId").json
    assert nested["virtualMachineConfiguration"] == {"nodeAgentSKUId": IMAGE["nodeAgentSKUId"]}


# conditions


@pytest.fixture(scope="module")
def kept(shared_emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    client = raw_client(shared_emulator)
    client.send("POST", "/pools", pool("kept"))
    client.send("POST", "/jobs", {"id": "kept", "poolInfo": {"poolId": "kept"}})
    client.send("POST", "/jobs/kept/tasks", {"id": "kept", "commandLine": "true"})
    return client


RESOURCES = ["/pools/kept", "/jobs/kept", "/jobs/kept/tasks/kept"]


def conditions(client: Any, path: str) -> dict[str, dict[str, str]]:
    """Conditional headers that hold and that do not, by name."""
    headers = client.get(path).headers
    tag, date = headers["ETag"], parsedate_to_datetime(headers["Last-Modified"])
    before, after = (format_datetime(date + timedelta(seconds=offset), usegmt=True) for offset in (-1, 1))
    return {
        "match": {"If-Match": f'"{tag}"'},
        "match-bare": {"If-Match": tag},
        "match-any": {"If-Match": "*"},
        "match-other": {"If-Match": '"0x1"'},
        "none-other": {"If-None-Match": '"0x1"'},
        "none": {"If-None-Match": f'"{tag}"'},
        "none-any": {"If-None-Match": "*"},
        "since-before": {"If-Modified-Since": before},
        "since-then": {"If-Modified-Since": headers["Last-Modified"]},
        "unmodified-then": {"If-Unmodified-Since": headers["Last-Modified"]},
        "unmodified-after": {"If-Unmodified-Since": after},
        "unmodified-before": {"If-Unmodified-Since": before},
        "match-decides": {"If-Match": tag, "If-Unmodified-Since": before},
        "none-decides": {"If-None-Match": tag, "If-Modified-Since": before},
    }


HOLDS = [
    "match",
    "match-bare",
    "match-any",
    "none-other",
    "since-before",
    "unmodified-then",
    "unmodified-after",
    "match-decides",
]
NOT_MODIFIED = ["none", "none-any", "since-then", "none-decides"]
FAILS = ["match-other", "unmodified-before"]


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize("condition", [*HOLDS, *NOT_MODIFIED, *FAILS])
def test_conditions_of_reads(kept: Any, path: str, condition: str) -> None:
    reply = kept.send("GET", path, headers=conditions(kept, path)[condition])
    assert reply.status == (200 if condition in HOLDS else 304 if condition in NOT_MODIFIED else 412)
    if reply.status == 304:
        assert reply.body == b""
    elif reply.status == 412:
        assert reply.code == "ConditionNotMet"


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/pools/kept", "PATCH", {"metadata": []}),
        ("/jobs/kept", "PATCH", {"priority": 1}),
        ("/jobs/kept/tasks/kept", "PUT", {"constraints": {"maxTaskRetryCount": 1}}),
    ],
)
@pytest.mark.parametrize("condition", [*HOLDS, *NOT_MODIFIED, *FAILS])
def test_conditions_of_writes(kept: Any, path: str, method: str, body: Any, condition: str) -> None:
    reply = kept.send(method, path, body, conditions(kept, path)[condition])
    assert reply.status == (200 if condition in HOLDS else 412)
    if reply.status == 412:
        assert reply.code == "ConditionNotMet"


@pytest.mark.parametrize(
    "names",
    [
        ("If-Match", "If-None-Match"),
        ("If-Match", "If-Modified-Since"),
        ("If-None-Match", "If-Unmodified-Since"),
        ("If-Modified-Since", "If-Unmodified-Since"),
    ],
)
def test_conditions_that_do_not_go_together(kept: Any, names: tuple[str, str]) -> None:
    values = {"If-Match": "*", "If-None-Match": "*"}
    date = kept.get("/pools/kept").headers["Last-Modified"]
    reply = kept.send("GET", "/pools/kept", headers={name: values.get(name, date) for name in names})
    assert (reply.status, reply.code) == (400, "MultipleConditionHeadersNotSupported")


def test_a_condition_that_is_no_date(kept: Any) -> None:
    reply = kept.send("GET", "/pools/kept", headers={"If-Modified-Since": "yesterday"})
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")


def test_conditions_where_there_are_none(kept: Any) -> None:
    reply = kept.send("GET", "/pools", headers={"If-Match": "*"})
    assert (reply.status, reply.code) == (400, "UnsupportedHeader")


def test_a_condition_does_not_hide_that_there_is_nothing(kept: Any) -> None:
    assert kept.send("GET", "/pools/none", headers={"If-Match": '"0x1"'}).code == "PoolNotFound"


# pages


def test_pages_follow_each_other_while_tasks_are_added(raw: Any) -> None:
    raw.send("POST", "/pools", pool("pages"))
    raw.send("POST", "/jobs", {"id": "pages", "poolInfo": {"poolId": "pages"}})

    def add(names: list[str]) -> None:
        body = {"value": [{"id": name, "commandLine": "true"} for name in names]}
        assert raw.send("POST", "/jobs/pages/addtaskcollection", body).status == 200

    add([f"m{number}" for number in range(10)])
    seen: list[str] = []
    reply = raw.get("/jobs/pages/tasks?maxresults=3&timeOut=30", _select="id")
    host = f"http://{raw.host}"
    while True:
        assert len(reply.json["value"]) <= 3
        seen.extend(task["id"] for task in reply.json["value"])
        link = reply.json.get("odata.nextLink")
        if link is None:
            break
        assert link.startswith(f"{host}/jobs/pages/tasks?")
        assert link.count("skiptoken") == link.count("maxresults=3") == link.count("timeOut=30") == 1
        # before everything, and behind everything that was there
        add([f"a{len(seen)}", f"z{len(seen)}"])
        parts = urlsplit(link)
        reply = raw.send("GET", f"{parts.path}?{parts.query}", version=None)
        assert reply.status == 200
    assert len(seen) == len(set(seen))
    assert {f"m{number}" for number in range(10)} <= set(seen)


def test_a_filter_goes_through_all_pages(raw: Any) -> None:
    for number in range(5):
        raw.send("POST", "/pools", pool(f"filtered-{number}"))
    reply = raw.get("/pools", _filter="startswith(id,'filtered-') and id ne 'filtered-1'", maxresults=2, _select="id")
    parts = urlsplit(reply.json["odata.nextLink"])
    rest = raw.send("GET", f"{parts.path}?{parts.query}", version=None)
    names = [item["id"] for item in [*reply.json["value"], *rest.json["value"]]]
    assert names == ["filtered-0", "filtered-2", "filtered-3", "filtered-4"]


# ids


def test_the_job_of_a_schedule_is_found_by_its_escaped_name(raw: Any) -> None:
    job = {"poolInfo": {"poolId": "nowhere"}}
    schedule = {"id": "a", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": job}
    assert raw.send("POST", "/jobschedules", schedule).status == 201
    for path in ("/jobs/a%3Ajob-1", "/jobs/a:job-1"):
        assert raw.get(path).json["id"] == "a:job-1"


# files


def test_a_file_is_served_with_what_is_known_of_it(work: Any) -> None:
    reply = work.get("/jobs/work/tasks/work/files/stdout.txt")
    assert (reply.status, reply.body) == (200, b"out\n")
    assert reply.headers["Content-Type"] == "text/plain"
    assert reply.headers["Content-Length"] == "4"
    assert reply.headers["ocp-batch-file-isdirectory"] == "False"
    assert re.fullmatch(r"[0-7]+", reply.headers["ocp-batch-file-mode"])
    url = f"http%3A%2F%2F{work.host.replace(':', '%3A')}%2Fjobs%2Fwork%2Ftasks%2Fwork%2Ffiles%2Fstdout.txt"
    assert reply.headers["ocp-batch-file-url"] == url
    assert "ETag" not in reply.headers
    head = work.send("HEAD", "/jobs/work/tasks/work/files/stdout.txt")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "Last-Modified", "ocp-batch-file-url", "ocp-batch-file-mode"):
        assert head.headers[name] == reply.headers[name]
    assert work.send("HEAD", "/jobs/work/tasks/work/files/wd").headers["ocp-batch-file-isdirectory"] == "True"


@pytest.mark.parametrize("path", ["wd%2Fd%2Fa%20b.txt", "wd/d/a%20b.txt"])
def test_a_path_comes_with_either_kind_of_slash(work: Any, path: str) -> None:
    assert work.get(f"/jobs/work/tasks/work/files/{path}").body == b"0123456789"


@pytest.mark.parametrize(
    ("given", "content"), [("bytes=0-3", b"0123"), ("bytes=4-4", b"4"), ("bytes=7-", b"789"), ("bytes=8-99", b"89")]
)
def test_a_part_of_a_file(work: Any, given: str, content: bytes) -> None:
    reply = work.send("GET", "/jobs/work/tasks/work/files/wd/d/a%20b.txt", headers={"ocp-range": given})
    assert (reply.status, reply.body) == (200, content)


def test_a_part_behind_the_end(work: Any) -> None:
    reply = work.send("GET", "/jobs/work/tasks/work/files/wd/d/a%20b.txt", headers={"ocp-range": "bytes=10-"})
    assert (reply.status, reply.code) == (416, "InvalidRange")


def test_a_large_file_arrives_whole(work: Any) -> None:
    assert work.get("/jobs/work/tasks/work/files/wd/big.bin").body == bytes(3_000_000)
    part = work.send("GET", "/jobs/work/tasks/work/files/wd/big.bin", headers={"ocp-range": "bytes=1-2000000"})
    assert part.body == bytes(2_000_000)


def test_conditions_of_files(work: Any) -> None:
    path = "/jobs/work/tasks/work/files/stdout.txt"
    date = work.get(path).headers["Last-Modified"]
    before = format_datetime(parsedate_to_datetime(date) - timedelta(seconds=1), usegmt=True)
    for method in ("GET", "HEAD"):
        assert work.send(method, path, headers={"If-Modified-Since": date}).status == 304
        assert work.send(method, path, headers={"If-Modified-Since": before}).status == 200
        assert work.send(method, path, headers={"If-Unmodified-Since": date}).status == 200
        assert work.send(method, path, headers={"If-Unmodified-Since": before}).status == 412
    assert work.send("GET", path, headers={"If-Match": "*"}).code == "UnsupportedHeader"


@pytest.mark.parametrize(
    "path", ["..%2F..%2F..%2Fetc%2Fpasswd", "../../../etc/passwd", "%2Fetc%2Fpasswd", "wd/%2E%2E/%2E%2E/x", "none.txt"]
)
def test_nothing_but_the_task_s_files_is_served(work: Any, path: str) -> None:
    reply = work.get(f"/jobs/work/tasks/work/files/{path}")
    assert (reply.status, reply.code) == (404, "FileNotFound")


def test_files_are_listed(work: Any) -> None:
    top = work.get("/jobs/work/tasks/work/files").json
    assert top["odata.metadata"] == f"http://{work.host}/$metadata#files"
    assert [item["name"] for item in top["value"]] == ["stderr.txt", "stdout.txt", "wd"]
    filtered = work.get("/jobs/work/tasks/work/files", _filter="startswith(name,'wd/d')", recursive="true").json
    assert [item["name"] for item in filtered["value"]] == ["wd/d", "wd/d/a b.txt"]
    for item in filtered["value"]:
        assert work.send("HEAD", item["url"].removeprefix(f"http://{work.host}")).status == 200


# all operations


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
    ("create_task", "POST", "/jobs/all/tasks", {"id": "first", "commandLine": "false"}),
    (
        "create_task_collection",
        "POST",
        "/jobs/all/addtaskcollection",
        {"value": [{"id": "second", "commandLine": "sleep 99"}]},
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
"""What to wait for before an operation."""


def life(client: Any) -> dict[str, int]:
    """Call every operation, and return the statuses by operation."""
    node = client.get("/pools/all/nodes").json["value"][0]["id"]
    at = f"/pools/all/nodes/{node}"
    statuses: dict[str, int] = {}
    for name, method, path, body in CALLS:
        wait = WAITS.get(name)
        if wait is not None:
            until(lambda wait=wait: wait(client, at))
        given = {"nodeList": [node]} if name == "remove_nodes" else body
        statuses[name] = client.send(method, path.replace("{at}", at), given).status
    return statuses


def test_every_operation_succeeds_with_its_status(raw_client: Callable[..., Any], tmp_path: Any) -> None:
    with BatchEmulator(applications={"tool": {"1": tmp_path}}) as emulator:
        client = raw_client(emulator)
        extension = {"name": "tool", "publisher": "p", "type": "t"}
        created = {**pool("all", 1), "virtualMachineConfiguration": {**IMAGE, "extensions": [extension]}}
        assert client.send("POST", "/pools", created).status == 201
        until(lambda: [node for node in client.get("/pools/all/nodes").json["value"] if node["state"] == "idle"])
        statuses = life(client)
        assert statuses == {route.operation: route.status for route in ROUTES}
