"""An account with some of everything in it: what is shown, what it can be filtered on, what can be selected.

https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Callable, Optional

import pytest

from azure.batch.emulator import BatchEmulator, Outcome
from support.operations import MODELS, OPERATIONS, problems
from support.resources import IMAGE


def pool(name: str, nodes: int = 0) -> dict[str, Any]:
    size = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
    return {"id": name, **size, "targetDedicatedNodes": nodes}


EVERYTHING = {
    "displayName": "A pool",
    "metadata": [{"name": "a", "value": "b"}],
    "taskSlotsPerNode": 2,
    "taskSchedulingPolicy": {"nodeFillType": "Pack", "jobDefaultOrder": "CreationTime"},
    "startTask": {"commandLine": "setup", "environmentSettings": [{"name": "A", "value": "b"}], "maxTaskRetryCount": 1},
    "userAccounts": [{"name": "user", "password": "secret", "linuxUserConfiguration": {"uid": 1001, "gid": 1001}}],
    "networkConfiguration": {
        "endpointConfiguration": {
            "inboundNATPools": [
                {
                    "name": "web",
                    "protocol": "TCP",
                    "backendPort": 8080,
                    "frontendPortRangeStart": 15000,
                    "frontendPortRangeEnd": 15100,
                    "networkSecurityGroupRules": [
                        {"priority": 150, "access": "Allow", "sourceAddressPrefix": "*", "sourcePortRanges": ["*"]}
                    ],
                }
            ]
        },
        "publicIPAddressConfiguration": {"provision": "BatchManaged", "ipFamilies": ["IPv4", "IPv6"]},
    },
    "upgradePolicy": {"mode": "automatic", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
}
FULL_TASK = {
    "commandLine": "work",
    "displayName": "A task",
    "environmentSettings": [{"name": "A", "value": "b"}],
    "exitConditions": {
        "exitCodes": [{"code": 3, "exitOptions": {"jobAction": "none", "dependencyAction": "satisfy"}}],
        "exitCodeRanges": [{"start": 4, "end": 9, "exitOptions": {"dependencyAction": "block"}}],
        "default": {"dependencyAction": "block"},
    },
    "constraints": {"maxTaskRetryCount": 1, "retentionTime": "P1D"},
    "userIdentity": {"username": "user"},
    "dependsOn": {"taskIds": ["first"], "taskIdRanges": [{"start": 1, "end": 1}]},
}


def post(client: Any, path: str, body: Any) -> None:
    reply = client.send("POST", path, body)
    assert reply.status in (200, 201, 202), reply.body


def make_pools(send: Callable[[str, Any], None]) -> None:
    send("/pools", {**pool("full", 3), **EVERYTHING, "targetLowPriorityNodes": 1})
    extended = {**IMAGE, "extensions": [{"name": "tool", "publisher": "p", "type": "t", "settings": {"a": 1}}]}
    many = {**pool("many", 2), "virtualMachineConfiguration": extended}
    send("/pools", {**many, "enableInterNodeCommunication": True})
    scaled = {key: value for key, value in pool("scaled").items() if key != "targetDedicatedNodes"}
    send("/pools", {**scaled, "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=1;x=1/0;"})


@pytest.fixture(scope="module")
def full(raw_client: Callable[..., Any]) -> Iterator[Any]:
    """An account in which there is some of everything."""
    start = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)
    with BatchEmulator(simulate=True, start_time=start) as emulator:
        emulator.script("startup", Outcome(exit_code=1), Outcome())
        emulator.script("full", Outcome(exit_code=1, stderr="no"), Outcome(exit_code=3))
        emulator.script("endless", Outcome(duration=10**6))
        client = raw_client(emulator)

        send = functools.partial(post, client)
        make_pools(send)
        emulator.advance(10)
        chores = {"jobPreparationTask": {"commandLine": "prepare"}, "jobReleaseTask": {"commandLine": "release"}}
        send("/jobs", {"id": "full", "poolInfo": {"poolId": "full"}, "usesTaskDependencies": True, **chores})
        send("/jobs/full/tasks", {"id": "first", "commandLine": "work"})
        send("/jobs/full/tasks", {"id": "01", "commandLine": "work"})
        send("/jobs/full/tasks", {"id": "full", **FULL_TASK})
        send("/jobs", {"id": "many", "poolInfo": {"poolId": "many"}})
        several = {"numberOfInstances": 2, "coordinationCommandLine": "go"}
        send("/jobs/many/tasks", {"id": "many", "commandLine": "work", "multiInstanceSettings": several})
        own = {"poolLifetimeOption": "job", "autoPoolIdPrefix": "own", "pool": {**pool("x", 0), "metadata": []}}
        del own["pool"]["id"]
        send(
            "/jobs",
            {
                "id": "own",
                "poolInfo": {"autoPoolSpecification": own},
                "jobManagerTask": {"id": "m", "commandLine": "w"},
            },
        )
        emulator.advance(10)
        send("/jobs/full/terminate", {"terminateReason": "enough"})
        specification = {"poolInfo": {"poolId": "full"}, "onAllTasksComplete": "terminatejob"}
        times = {
            "recurrenceInterval": "PT1H",
            "doNotRunUntil": "2026-03-01T09:00:00Z",
            "doNotRunAfter": "2026-03-01T10:30:00Z",
        }
        send("/jobschedules", {"id": "hourly", "schedule": times, "jobSpecification": specification})
        once = {"schedule": {"startWindow": "PT5M"}, "jobSpecification": specification}
        send("/jobschedules", {"id": "once", **once})
        emulator.advance(4 * 3600)
        send("/jobs", {"id": "live", "poolInfo": {"poolId": "full"}})
        send("/jobs/live/tasks", {"id": "endless", "commandLine": "work"})
        emulator.advance(1)
        nodes = client.get("/pools/full/nodes").json["value"]
        (spot,) = (node["id"] for node in nodes if not node["isDedicated"])
        emulator.lose_node(
            "full", next(node["id"] for node in nodes if node["state"] == "idle" and node["isDedicated"]), "unusable"
        )
        send("/pools/full/resize", {"targetDedicatedNodes": 9})
        send("/pools/full/stopresize", None)
        emulator.advance(1)
        client.spot = spot
        client.many = client.get("/pools/many/nodes").json["value"][0]["id"]
        yield client


def everything(client: Any) -> Iterator[tuple[str, str]]:
    """Operations that show something, and where they do so."""
    lists = {
        "list_pools": "/pools",
        "list_jobs": "/jobs",
        "list_job_schedules": "/jobschedules",
        "list_jobs_from_schedule": "/jobschedules/hourly/jobs",
        "list_job_preparation_and_release_task_status": "/jobs/full/jobpreparationandreleasetaskstatus",
        "list_subtasks": "/jobs/many/tasks/many/subtasksinfo",
        "list_pool_node_counts": "/nodecounts",
        "list_pool_usage_metrics": "/poolusagemetrics",
        "list_supported_images": "/supportedimages",
    }
    yield from lists.items()
    for job in ("full", "many", "own", "live"):
        yield "list_tasks", f"/jobs/{job}/tasks"
        yield "get_job_task_counts", f"/jobs/{job}/taskcounts"
    for name in ("full", "many"):
        yield "list_nodes", f"/pools/{name}/nodes"
    yield "list_task_files", "/jobs/full/tasks/full/files?recursive=true"
    yield "list_node_files", f"/pools/full/nodes/{client.spot}/files?recursive=true"
    yield "get_node_remote_login_settings", f"/pools/full/nodes/{client.spot}/remoteloginsettings"


def test_what_is_shown_has_the_form_of_its_model(full: Any) -> None:
    for name, path in everything(full):
        fact = OPERATIONS[name]
        query = {"_expand": "stats"} if "$expand" in fact["query"] else {}
        reply = full.get(path, **query)
        assert reply.status == 200, reply.body
        items = reply.json["value"] if fact["response"].startswith("page of ") else [reply.json]
        kind = fact["response"].removeprefix("page of ")
        assert items, name
        assert [problem for item in items for problem in problems(item, kind, f"{name} {item.get('id', '')}")] == []


def test_what_was_given_comes_back(full: Any) -> None:
    shown = full.get("/pools/full").json
    assert shown["metadata"] == EVERYTHING["metadata"]
    assert shown["taskSchedulingPolicy"] == {"nodeFillType": "pack", "jobDefaultOrder": "creationtime"}
    assert shown["networkConfiguration"]["publicIPAddressConfiguration"]["ipFamilies"] == ["IPv4", "IPv6"]
    assert [error["code"] for error in shown["resizeErrors"]] == ["ResizeStopped"]
    task = full.get("/jobs/full/tasks/full").json
    assert (task["executionInfo"]["exitCode"], task["executionInfo"]["retryCount"]) == (3, 1)
    for name in ("dependsOn", "exitConditions", "displayName", "environmentSettings"):
        assert task[name] == FULL_TASK[name]


# $filter

ORDER = "eq ne gt ge lt le"
TEXT = f"{ORDER} startswith"
RUN = {"startTime": ORDER, "endTime": ORDER, "exitCode": ORDER, "result": "eq ne"}


def run_of(prefix: str, *, with_state: bool = True) -> dict[str, str]:
    """What the record of a run can be filtered on."""
    fields = {**RUN, "state": "eq ne"} if with_state else RUN
    return {f"{prefix}/{name}": operators for name, operators in fields.items()}


TIMES = {"stateTransitionTime": ORDER, "creationTime": ORDER, "lastModified": ORDER}
JOBS = {
    "state": "eq ne",
    "executionInfo/startTime": ORDER,
    "executionInfo/endTime": ORDER,
    "executionInfo/poolId": TEXT,
    **TIMES,
}
FILTERS: dict[str, Mapping[str, str]] = {
    "list_pools": {
        "id": TEXT,
        "state": "eq ne",
        "allocationState": "eq ne",
        "allocationStateTransitionTime": ORDER,
        "enableAutoScale": "eq ne",
        "enableInterNodeCommunication": "eq ne",
        "vmSize": "eq ne",
        **TIMES,
    },
    "list_jobs": {"id": TEXT, **JOBS},
    "list_jobs_from_schedule": JOBS,
    "list_job_schedules": {
        "id": TEXT,
        "state": "eq ne",
        "executionInfo/endTime": ORDER,
        "schedule/doNotRunUntil": ORDER,
        "schedule/doNotRunAfter": ORDER,
        **TIMES,
    },
    "list_tasks": {"id": TEXT, "state": "eq ne", **run_of("executionInfo", with_state=False), **TIMES},
    "list_job_preparation_and_release_task_status": {
        "poolId": "eq ne",
        "nodeId": "eq ne",
        **run_of("jobPreparationTaskExecutionInfo"),
        **run_of("jobReleaseTaskExecutionInfo"),
    },
    "list_nodes": {
        "state": "eq ne",
        "stateTransitionTime": ORDER,
        "lastBootTime": ORDER,
        "allocationTime": ORDER,
        **run_of("startTaskInfo"),
    },
    "list_task_files": {"name": "startswith"},
    "list_node_files": {"name": "startswith"},
    "list_pool_node_counts": {"poolId": "eq"},
    "list_supported_images": {"osType": "eq ne", "verificationType": "eq ne", "nodeAgentSKUId": "eq ne"},
    "list_pool_usage_metrics": {"poolId": "eq gt ge lt le startswith"},
}
"""What each list can be filtered on, and with which operators."""

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left is not None and left > right,
    "ge": lambda left, right: left is not None and left >= right,
    "lt": lambda left, right: left is not None and left < right,
    "le": lambda left, right: left is not None and left <= right,
    "startswith": lambda left, right: left is not None and left.startswith(right),
}


def read(document: Any, path: str) -> Any:
    for name in path.split("/"):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def literal(value: Any, path: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    is_date = path.endswith(("Time", "lastModified")) or "doNotRun" in path
    return f"DateTime'{value}'" if is_date else f"'{value}'"


def lowered(value: Any) -> Any:
    """Text is compared without its case, except where it is a date."""
    return value.lower() if isinstance(value, str) and not value.endswith("Z") else value


def list_paths(client: Any, name: str) -> list[str]:
    return [path.partition("?")[0] for operation, path in everything(client) if operation == name]


@pytest.mark.parametrize(
    ("name", "prop", "operator"),
    [(name, prop, operator) for name, props in FILTERS.items() for prop in props for operator in COMPARE],
)
def test_lists_are_filtered_on_what_they_can_be(full: Any, name: str, prop: str, operator: str) -> None:
    seen = 0
    for path in list_paths(full, name):
        more = {"recursive": "true"} if "recursive" in OPERATIONS[name]["query"] else {}
        items = full.get(path, **more).json["value"]
        found = [read(item, prop) for item in items]
        wanted = next((value for value in found if value is not None), None)
        seen += wanted is not None
        text = literal(wanted if wanted is not None else "x", prop)
        text = f"startswith({prop},{text})" if operator == "startswith" else f"{prop} {operator} {text}"
        if operator not in FILTERS[name][prop].split():
            reply = full.get(path, _filter=text, **more)
            assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
            assert (reply.values["QueryParameterName"], reply.values["QueryParameterValue"]) == ("$filter", text)
            continue
        if wanted is None:
            continue
        reply = full.get(path, _filter=text, **more)
        assert reply.status == 200
        passed = [item for item, held in zip(items, found) if COMPARE[operator](lowered(held), lowered(wanted))]
        assert reply.json["value"] == passed
    assert seen, f"nothing has {prop}"


@pytest.mark.parametrize("name", FILTERS)
def test_lists_are_filtered_on_nothing_else(full: Any, name: str) -> None:
    path = list_paths(full, name)[0]
    model = OPERATIONS[name]["response"].removeprefix("page of ")
    names = [field["wire"] for field in MODELS[model].values() if field["wire"] not in FILTERS[name]]
    for other in [*names, "executionInfo/failureInfo/category", "ID", "nothing"]:
        reply = full.get(path, _filter=f"{other} eq 'x'")
        assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
    for bad in ("", "state eq", "not (id eq 'x')", "id eq 'x' and", "(id eq 'x'", "id = 'x'"):
        reply = full.get(path, _filter=bad)
        assert reply.status == (200 if not bad else 400)


def test_conditions_of_a_filter_combine(full: Any) -> None:
    def names(text: str) -> list[str]:
        return [item["id"] for item in full.get("/jobs", _filter=text).json["value"]]

    every = names("")
    live = names("state eq 'Active'")
    assert set(live) < set(every)
    assert names("state eq 'active' and id eq 'LIVE'") == ["live"]
    assert names("id eq 'live' or id eq 'many' and state eq 'completed'") == ["live"]
    assert names("(id eq 'live' or id eq 'many') and state eq 'active'") == ["live", "many"]
    assert names("startswith(id,'hourly:') and executionInfo/endTime gt DateTime'2026-03-01T09:30:00Z'") == [
        "hourly:job-2"
    ]


# $select

SELECTS = [name for name, fact in OPERATIONS.items() if "$select" in fact["query"]]
SHOWN = {
    "get_pool": "/pools/full",
    "get_job": "/jobs/full",
    "get_job_schedule": "/jobschedules/once",
    "get_task": "/jobs/full/tasks/full",
    "get_node": "/pools/full/nodes/{spot}",
    "list_node_extensions": "/pools/many/nodes/{many}/extensions",
    "get_node_extension": "/pools/many/nodes/{many}/extensions/tool",
}


def place(client: Any, name: str) -> str:
    path = SHOWN[name] if name in SHOWN else list_paths(client, name)[0]
    return path.replace("{spot}", client.spot).replace("{many}", client.many)


def first(reply: Any) -> Any:
    assert reply.status == 200, reply.body
    return reply.json["value"][0] if "value" in reply.json else reply.json


def paths_in(document: Any, prefix: str = "") -> Iterator[str]:
    """The paths of everything in a document, through objects and lists."""
    for item in document if isinstance(document, list) else [document]:
        for name, value in item.items() if isinstance(item, dict) else ():
            if not name.startswith("odata."):
                yield prefix + name
                yield from paths_in(value, f"{prefix}{name}/")


def picked(document: Any, path: str) -> Optional[Any]:
    """What is left of a document when one path is selected."""
    name, _, rest = path.partition("/")
    if isinstance(document, list):
        return [picked(item, path) for item in document]
    if not isinstance(document, dict) or name not in document:
        return {} if isinstance(document, dict) else document
    return {name: picked(document[name], rest) if rest else document[name]}


@pytest.mark.parametrize("name", SELECTS)
def test_every_property_can_be_selected(full: Any, name: str) -> None:
    path, expand = place(full, name), {"_expand": "stats"} if "$expand" in OPERATIONS[name]["query"] else {}
    whole = first(full.get(path, **expand))
    paths = sorted(set(paths_in(whole)))
    assert len(paths) > 5
    for one in paths:
        shown = first(full.get(path, _select=one, **expand))
        shown.pop("odata.metadata", None)
        assert shown == picked(whole, one), one
    for one, other in itertools.islice(zip(paths, reversed(paths)), 5):
        shown = first(full.get(path, _select=f"{one}, {other}", **expand))
        assert read(shown, one.partition("/")[0]) is not None
        assert read(shown, other.partition("/")[0]) is not None


@pytest.mark.parametrize("name", SELECTS)
def test_what_a_resource_may_have_can_be_selected_and_nothing_else(full: Any, name: str) -> None:
    path = place(full, name)
    model = OPERATIONS[name]["response"].removeprefix("page of ")
    wires = [field["wire"] for field in MODELS[model].values()]
    whole = first(full.get(path))
    for wire in wires:
        shown = first(full.get(path, _select=wire))
        assert set(shown) - {"odata.metadata"} == {wire} & set(whole)
    for bad in ("nothing", "Id", "id,", "id nothing", "id/", "/id", "$id"):
        reply = full.get(path, _select=bad)
        assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
        assert (reply.values["QueryParameterName"], reply.values["QueryParameterValue"]) == ("$select", bad)


@pytest.mark.parametrize("name", [name for name, fact in OPERATIONS.items() if "$expand" in fact["query"]])
def test_nothing_but_statistics_can_be_expanded(full: Any, name: str) -> None:
    reply = full.get(place(full, name), _expand="stats,more")
    assert (reply.status, reply.code, reply.values["QueryParameterName"]) == (
        400,
        "InvalidQueryParameterValue",
        "$expand",
    )
