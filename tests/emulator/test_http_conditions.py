"""Conditional headers of every operation that takes them, and of those that do not.

https://learn.microsoft.com/rest/api/batchservice/specifying-conditional-headers
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Callable

import pytest

from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.operations import OPERATIONS
from support.resources import IMAGE, Workbench

ALL = [name for name, fact in OPERATIONS.items() if len(fact["conditions"]) == 4]
DATES = [name for name, fact in OPERATIONS.items() if len(fact["conditions"]) == 2]
NONE = [name for name, fact in OPERATIONS.items() if not fact["conditions"]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[BatchEmulator]:
    """An account in which a pool is being resized until a minute has gone by."""
    start = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)
    delays = Delays(resize=60, boot=0, settle=0, delete=0)
    with BatchEmulator(simulate=True, start_time=start, delays=delays) as emulator:
        emulator.script("file", Outcome(stdout="text"))
        yield emulator


class Bench(Workbench):
    """Makes what an operation can be called on."""

    def make(self, name: str) -> tuple[str, str, Any]:
        """Path of a new resource, path of the operation on it, and a body."""
        kind = OPERATIONS[name]["path"].split("/")
        identifier = f"x{uuid.uuid4().hex[:10]}"
        make = {"pools": self._pool, "jobs": self._job, "jobschedules": self._schedule}[kind[1]]
        resource = make(name, identifier)
        if "{taskId}" in kind:
            resource = self._task(name, resource)
        depth = resource.count("/") + 1
        path = "/".join([resource, *kind[depth:]]).replace("{filePath}", "stdout.txt")
        body = BODIES.get(name)
        return resource, path, body(self, resource) if callable(body) else body

    def _pool(self, name: str, identifier: str) -> str:
        nodes = int(name == "remove_nodes")
        pool = {"id": identifier, "vmSize": "v", "virtualMachineConfiguration": IMAGE, "targetDedicatedNodes": nodes}
        self.post("/pools", pool)
        if name != "stop_pool_resize":
            self.emulator.advance(60)
        return f"/pools/{identifier}"

    def _job(self, name: str, identifier: str) -> str:
        self.post("/jobs", {"id": identifier, "poolInfo": {"poolId": "nowhere"}})
        if name == "enable_job":
            self.post(f"/jobs/{identifier}/disable", {"disableTasks": "wait"})
            self.emulator.advance(0)
        return f"/jobs/{identifier}"

    def _schedule(self, name: str, identifier: str) -> str:
        self.post("/jobschedules", {"id": identifier, **SCHEDULE})
        return f"/jobschedules/{identifier}"

    def _task(self, name: str, job: str) -> str:
        self.post(f"{job}/tasks", {"id": "task", "commandLine": "work"})
        if name == "reactivate_task":
            self.post(f"{job}/tasks/task/terminate")
        return f"{job}/tasks/task"

    def a_node(self, pool: str) -> str:
        return str(self.raw.get(f"{pool}/nodes").json["value"][0]["id"])


SCHEDULE = {"schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": {"poolInfo": {"poolId": "nowhere"}}}
BODIES: dict[str, Any] = {
    "update_pool": {"metadata": []},
    "enable_pool_auto_scale": {"autoScaleFormula": "$TargetDedicatedNodes=0;"},
    "resize_pool": {"targetDedicatedNodes": 1},
    "remove_nodes": lambda bench, pool: {"nodeList": [bench.a_node(pool)]},
    "update_job": {"priority": 1},
    "replace_job": {"poolInfo": {"poolId": "nowhere"}},
    "disable_job": {"disableTasks": "wait"},
    "update_job_schedule": {"metadata": []},
    "replace_job_schedule": SCHEDULE,
    "replace_task": {"constraints": {"maxTaskRetryCount": 1}},
}


@pytest.fixture(scope="module")
def bench(emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Bench:
    return Bench(emulator, raw_client(emulator))


def dates(last_modified: str) -> tuple[str, str]:
    """A second before and a second after."""
    date = parsedate_to_datetime(last_modified)
    before, after = (format_datetime(date + timedelta(seconds=offset), usegmt=True) for offset in (-1, 1))
    return before, after


def condition(name: str, tag: str, date: str) -> dict[str, str]:
    """Conditional headers, by name."""
    before, after = dates(date)
    return {
        "match": {"If-Match": f'"{tag}"'},
        "match-bare": {"If-Match": tag},
        "match-any": {"If-Match": "*"},
        "match-other": {"If-Match": '"0x1"'},
        "none-other": {"If-None-Match": '"0x1"'},
        "none": {"If-None-Match": f'"{tag}"'},
        "none-bare": {"If-None-Match": tag},
        "none-any": {"If-None-Match": "*"},
        "since-before": {"If-Modified-Since": before},
        "since-then": {"If-Modified-Since": date},
        "since-after": {"If-Modified-Since": after},
        "unmodified-then": {"If-Unmodified-Since": date},
        "unmodified-after": {"If-Unmodified-Since": after},
        "unmodified-before": {"If-Unmodified-Since": before},
        "match-decides": {"If-Match": tag, "If-Unmodified-Since": before},
        "match-decides-against": {"If-Match": "0x1", "If-Unmodified-Since": after},
        "none-decides": {"If-None-Match": "0x1", "If-Modified-Since": after},
        "none-decides-against": {"If-None-Match": tag, "If-Modified-Since": before},
    }[name]


HOLDS = ["match", "match-bare", "match-any", "none-other", "since-before", "unmodified-then"]
HOLDS += ["unmodified-after", "match-decides", "none-decides"]
NOT_MODIFIED = ["none", "none-bare", "none-any", "since-then", "since-after", "none-decides-against"]
FAILS = ["match-other", "unmodified-before", "match-decides-against"]


@pytest.mark.parametrize("given", [*HOLDS, *NOT_MODIFIED, *FAILS])
@pytest.mark.parametrize("name", ALL)
def test_every_operation_heeds_every_condition(bench: Bench, name: str, given: str) -> None:
    resource, path, body = bench.make(name)
    method, success = OPERATIONS[name]["method"], OPERATIONS[name]["success"]
    before = bench.raw.get(resource)
    headers = condition(given, before.headers["ETag"], before.headers["Last-Modified"])
    reply = bench.raw.send(method, path, body, headers)
    if given in HOLDS:
        assert reply.status == success
        return
    is_read = method in ("GET", "HEAD")
    assert reply.status == (304 if is_read and given in NOT_MODIFIED else 412)
    if reply.status == 304 or method == "HEAD":
        assert reply.body == b""
    else:
        assert reply.code == "ConditionNotMet"
    assert bench.raw.get(resource).json == before.json


TOGETHER = [{"If-None-Match", "If-Modified-Since"}, {"If-Match", "If-Unmodified-Since"}]
NAMES = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
COMBINATIONS = [
    names for size in (2, 3, 4) for names in itertools.combinations(NAMES, size) if set(names) not in TOGETHER
]


@pytest.mark.parametrize("name", ALL)
def test_no_operation_takes_conditions_that_do_not_go_together(bench: Bench, name: str) -> None:
    resource, path, body = bench.make(name)
    before = bench.raw.get(resource)
    values = {"If-Match": "*", "If-None-Match": "0x1"}
    for names in COMBINATIONS:
        headers = {header: values.get(header, before.headers["Last-Modified"]) for header in names}
        reply = bench.raw.send(OPERATIONS[name]["method"], path, body, headers)
        assert reply.status == 400
        if OPERATIONS[name]["method"] != "HEAD":
            assert reply.code == "MultipleConditionHeadersNotSupported"
    assert bench.raw.get(resource).json == before.json


@pytest.mark.parametrize("name", DATES)
def test_files_heed_dates(bench: Bench, name: str) -> None:
    pool, _, _ = bench.make("remove_nodes")
    job = f"x{uuid.uuid4().hex[:10]}"
    bench.post("/jobs", {"id": job, "poolInfo": {"poolId": pool.rpartition("/")[2]}})
    bench.post(f"/jobs/{job}/tasks", {"id": "file", "commandLine": "work"})
    bench.emulator.advance(1)
    on_node = f"{pool}/nodes/{bench.a_node(pool)}/files/workitems/{job}/job-1/file/stdout.txt"
    path = on_node if "{nodeId}" in OPERATIONS[name]["path"] else f"/jobs/{job}/tasks/file/files/stdout.txt"
    method = OPERATIONS[name]["method"]

    def status(**headers: str) -> int:
        given = {header.replace("_", "-"): value for header, value in headers.items()}
        return int(bench.raw.send(method, path, headers=given).status)

    then = bench.raw.send(method, path).headers["Last-Modified"]
    before, after = dates(then)
    assert [status(If_Modified_Since=date) for date in (before, then, after)] == [200, 304, 304]
    assert [status(If_Unmodified_Since=date) for date in (before, then, after)] == [412, 200, 200]
    assert status(If_Modified_Since=before, If_Unmodified_Since=after) == 400
    assert status(If_Match="*") == status(If_None_Match="0x1") == 400


@pytest.mark.parametrize("name", NONE)
def test_other_operations_refuse_conditions(bench: Bench, name: str) -> None:
    fact = OPERATIONS[name]
    for header, value in (
        ("If-Match", "*"),
        ("If-None-Match", "0x1"),
        ("If-Modified-Since", "Sun, 01 Mar 2026 08:00:00 GMT"),
    ):
        body = {} if fact["body"] == "required" else None
        reply = bench.raw.send(fact["method"], fact["path"].replace("{", "").replace("}", ""), body, {header: value})
        assert (reply.status, reply.code) == (400, "UnsupportedHeader")
        assert reply.values["HeaderName"] == header


def test_a_condition_that_is_no_date(bench: Bench) -> None:
    _, path, _ = bench.make("get_job")
    reply = bench.raw.send("GET", path, headers={"If-Modified-Since": "yesterday"})
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")


def test_a_condition_does_not_hide_that_there_is_nothing(bench: Bench) -> None:
    assert bench.raw.send("GET", "/pools/none", headers={"If-Match": '"0x1"'}).code == "PoolNotFound"


def test_a_tag_changes_with_every_change_by_a_caller_and_with_no_other(bench: Bench) -> None:
    """Neither the end of a resize nor the course of a task is one."""
    pool, _, _ = bench.make("stop_pool_resize")
    seen = [bench.raw.get(pool).json]
    bench.emulator.advance(60)
    seen.append(bench.raw.get(pool).json)
    bench.post(f"{pool}/resize", {"targetDedicatedNodes": 1})
    seen.append(bench.raw.get(pool).json)
    bench.emulator.advance(60)
    seen.append(bench.raw.get(pool).json)
    assert [shown["allocationState"] for shown in seen] == ["resizing", "steady", "resizing", "steady"]
    tags = [(shown["eTag"], shown["lastModified"]) for shown in seen]
    assert tags[0] == tags[1] != tags[2] == tags[3]
    job, _, _ = bench.make("get_job")
    before = bench.raw.get(job).json["eTag"]
    bench.post(f"{job}/tasks", {"id": "task", "commandLine": "work"})
    assert bench.raw.get(job).json["eTag"] == before


def test_a_condition_may_name_several_tags(bench: Bench) -> None:
    resource, _, _ = bench.make("get_job")
    tag = bench.raw.get(resource).headers["ETag"]
    for tags in (f'"0x1", "{tag}"', f'W/"{tag}","0x1"', f"0x1, {tag}", '"0x1", *'):
        assert bench.raw.send("GET", resource, headers={"If-Match": tags}).status == 200
        assert bench.raw.send("GET", resource, headers={"If-None-Match": tags}).status == 304
    for tags in ('"0x1", "0x2"', f'"{tag}x"', '""'):
        assert bench.raw.send("GET", resource, headers={"If-Match": tags}).status == 412
        assert bench.raw.send("GET", resource, headers={"If-None-Match": tags}).status == 200
