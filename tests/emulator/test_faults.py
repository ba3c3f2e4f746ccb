"""Faults to order, seen by clients that have to live with them."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Callable, Optional, cast

import pytest
from azure.core.exceptions import HttpResponseError, IncompleteReadError, ServiceRequestError, ServiceResponseError

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator, Delays, Fault, Faults, Outcome
from support.resources import IMAGE
from support.waiting import until

ONCE: dict[str, Any] = {"times": 1}


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: BatchEmulator) -> Iterator[BatchClient]:
    """A client that repeats requests without a pause."""
    with emulator.client(retry_backoff_factor=0) as client:
        yield client


@pytest.fixture
def strict(emulator: BatchEmulator) -> Iterator[BatchClient]:
    """A client that repeats nothing."""
    with emulator.client(retry_total=0) as client:
        yield client


def make_pool(client: BatchClient, nodes: int = 1, **more: Any) -> None:
    pool = {"id": "pool", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
    client.create_pool({**pool, "targetDedicatedNodes": nodes, **more})


def make_job(client: BatchClient, job: str = "job") -> None:
    client.create_job({"id": job, "poolInfo": {"poolId": "pool"}})


def jobs(client: BatchClient) -> list[Optional[str]]:
    return [job.id for job in client.list_jobs()]


def subjects(emulator: BatchEmulator) -> list[str]:
    return [injection.subject for injection in emulator.faults.record()]


# Requests


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_client_repeats_what_is_refused_for_a_time(emulator: BatchEmulator, client: BatchClient, status: int) -> None:
    number = emulator.faults.add(Fault(operation="get_job", status=status, times=2))
    make_job(client)
    assert client.get_job("job").id == "job"
    assert emulator.faults.count(number) == 2
    assert subjects(emulator) == ["GET /jobs/job", "GET /jobs/job"]


def test_a_refusal_is_worded_as_the_service_words_it(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)
    emulator.faults.add(Fault(path="/jobs", status=429, retry_after=3, **ONCE))
    reply = api.get("/jobs")
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (429, "TooManyRequests", "3")
    assert "RequestId:" in reply.json["message"]["value"]
    emulator.faults.add(Fault(path="/jobs", status=503, **ONCE))
    reply = api.get("/jobs")
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "ServerBusy", None)
    emulator.faults.add(Fault(path="/jobs", status=500, code="OperationTimedOut", message="Too late.", **ONCE))
    reply = api.get("/jobs")
    assert (reply.status, reply.code) == (500, "OperationTimedOut")
    assert reply.json["message"]["value"].startswith("Too late.\n")
    assert api.get("/jobs").status == 200


def test_a_code_has_its_own_status(emulator: BatchEmulator, strict: BatchClient) -> None:
    emulator.faults.add(Fault(operation="create_pool", code="PoolQuotaReached"))
    with pytest.raises(HttpResponseError, match="Pool quota") as caught:
        make_pool(strict)
    assert caught.value.status_code == 409
    emulator.faults.add(Fault(operation="create_job", code="ActiveJobAndScheduleQuotaReached", nth=range(3, 100)))
    make_job(strict, "one")
    make_job(strict, "two")
    with pytest.raises(HttpResponseError, match="quota"):
        make_job(strict, "three")
    assert jobs(strict) == ["one", "two"]


def test_an_error_may_come_after_the_effect(emulator: BatchEmulator, strict: BatchClient) -> None:
    emulator.faults.add(Fault(operation="create_job", status=500, after_effect=True, **ONCE))
    with pytest.raises(HttpResponseError) as caught:
        make_job(strict)
    assert caught.value.status_code == 500
    assert jobs(strict) == ["job"]


@pytest.mark.parametrize(("drop", "there"), [("before", []), ("after", ["job"])])
def test_a_connection_may_break(emulator: BatchEmulator, strict: BatchClient, drop: Any, there: list[str]) -> None:
    emulator.faults.add(Fault(operation="create_job", drop=drop, **ONCE))
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        make_job(strict)
    assert jobs(strict) == there


def test_a_read_outlives_broken_connections(emulator: BatchEmulator, client: BatchClient) -> None:
    make_job(client)
    emulator.faults.add(Fault(operation="list_jobs", drop="before", **ONCE))
    emulator.faults.add(Fault(operation="list_jobs", drop="after", **ONCE))
    assert jobs(client) == ["job"]
    assert len(emulator.faults.record()) == 2


def test_an_answer_may_break_off_in_its_body(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)
    assert api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}).status == 201
    emulator.faults.add(Fault(operation="get_job", drop="body", **ONCE))
    with pytest.raises(http.client.IncompleteRead) as caught:
        api.get("/jobs/job")
    assert len(caught.value.partial) > 100
    api.connection.close()
    assert api.get("/jobs/job").json["id"] == "job"
    # What has no body breaks off before its headers.
    emulator.faults.add(Fault(operation="terminate_job", drop="body", **ONCE))
    with pytest.raises(http.client.RemoteDisconnected):
        api.send("POST", "/jobs/job/terminate")
    api.connection.close()
    assert api.get("/jobs/job").json["state"] != "active"


def test_a_file_may_break_off(emulator: BatchEmulator, strict: BatchClient) -> None:
    emulator.script("task", Outcome(stdout="0123456789" * 1000))
    make_pool(strict)
    make_job(strict)
    strict.create_task("job", {"id": "task", "commandLine": "work"})
    emulator.advance(0)
    emulator.faults.add(Fault(operation="download_task_file", drop="body", **ONCE))
    with pytest.raises((IncompleteReadError, ServiceResponseError, HttpResponseError)):
        b"".join(strict.download_task_file("job", "task", "stdout.txt"))
    assert b"".join(strict.download_task_file("job", "task", "stdout.txt")) == b"0123456789" * 1000


def test_an_answer_may_come_late(emulator: BatchEmulator, strict: BatchClient) -> None:
    emulator.faults.add(Fault(operation="list_jobs", delay=60, **ONCE))
    with emulator.client(retry_total=0, read_timeout=1) as client, pytest.raises(ServiceResponseError):
        jobs(client)
    assert jobs(strict) == []


def test_a_request_has_the_time_that_it_gives_itself(emulator: BatchEmulator, strict: BatchClient) -> None:
    make_pool(strict)
    emulator.faults.add(Fault(operation="create_job", delay=60, **ONCE))
    body = {"id": "job", "poolInfo": {"poolId": "pool"}}
    with pytest.raises(HttpResponseError, match="OperationTimedOut"):
        strict.create_job(body, service_timeout=1)
    assert jobs(strict) == []


@pytest.mark.parametrize("asked", [{}, {"service_timeout": 31}])
def test_no_request_has_more_time_than_the_service_gives(
    emulator: BatchEmulator, strict: BatchClient, monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    """Which is half a minute, that need not pass here."""
    most = "azure.batch.emulator._server._LONGEST_REQUEST"
    assert resolve_name(most) == 30
    monkeypatch.setattr(most, 0.01)
    emulator.faults.add(Fault(operation="create_job", delay=60, **ONCE))
    with pytest.raises(HttpResponseError, match="OperationTimedOut"):
        strict.create_job({"id": "job", "poolInfo": {"poolId": "pool"}}, **asked)
    assert jobs(strict) == []


def test_the_clocks_may_differ(emulator: BatchEmulator, strict: BatchClient) -> None:
    emulator.faults.add(Fault(clock_shift=-20 * 60, nth=2))
    emulator.faults.add(Fault(clock_shift=14 * 60, nth=2))
    assert jobs(strict) == []
    with pytest.raises(HttpResponseError, match="15 minutes") as caught:
        jobs(strict)
    assert (caught.value.status_code, "AuthenticationFailed" in str(caught.value)) == (403, True)
    assert jobs(strict) == []


@pytest.mark.parametrize(
    ("fault", "struck"),
    [
        (Fault(status=503), 6),
        (Fault(method="post", status=503), 3),
        (Fault(path="/jobs", status=503), 1),
        (Fault(path="/jobs/*", status=503), 2),
        (Fault(path="/jobs/**", status=503), 4),
        (Fault(path="/jobs/job/tasks", method="POST", status=503), 1),
        (Fault(job="J*", status=503), 5),
        (Fault(pool="p", status=503), 1),
        (Fault(operation="get_job", status=503), 1),
        (Fault(operation="get_job", method="POST", status=503), 0),
        (Fault(nth=(2, 3), status=503), 2),
        (Fault(job="job", nth=1, status=503), 1),
        (Fault(times=4, status=503), 4),
    ],
)
def test_a_fault_strikes_what_fits(emulator: BatchEmulator, raw_client: Any, fault: Fault, struck: int) -> None:
    api = raw_client(emulator)
    number = emulator.faults.add(fault)
    job = {"id": "job", "poolInfo": {"poolId": "p"}}
    task = {"id": "t", "commandLine": "c"}
    replies = [
        api.send("POST", "/jobs", job),
        api.send("PATCH", "/jobs/job", {"priority": 1}),
        api.get("/jobs/job"),
        api.send("POST", "/jobs/job/tasks", task),
        api.get("/jobs/job/tasks"),
        api.send("POST", "/pools", {"id": "p", "vmSize": "v", "virtualMachineConfiguration": IMAGE}),
    ]
    assert sum(reply.status == 503 for reply in replies) == struck == emulator.faults.count(number)


# Collections of tasks


def submit(client: BatchClient, number: int) -> Any:
    return client.create_tasks("job", [{"id": f"t{at:03}", "commandLine": "work"} for at in range(number)])


def test_tasks_of_a_collection_may_fail_for_a_time(emulator: BatchEmulator, client: BatchClient) -> None:
    make_job(client)
    number = emulator.faults.add(Fault(operation="create_task_collection", failing_tasks=0.3, times=3))
    submit(client, 250)
    assert emulator.faults.count(number) == 3
    assert len(list(client.list_tasks("job"))) == 250


def test_tasks_of_a_collection_may_be_refused(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)
    assert api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}).status == 201
    emulator.faults.add(Fault(failing_tasks=["b", "D"], code="InvalidPropertyValue"))
    tasks = [{"id": name, "commandLine": "work"} for name in ("a", "b", "c", "d")]
    results = api.send("POST", "/jobs/job/addtaskcollection", {"value": tasks}).json["value"]
    assert [(result["taskId"], result["status"]) for result in results] == [
        ("a", "success"),
        ("b", "clienterror"),
        ("c", "success"),
        ("d", "clienterror"),
    ]
    assert results[1]["error"]["code"] == "InvalidPropertyValue"
    assert [task["id"] for task in api.get("/jobs/job/tasks").json["value"]] == ["a", "c"]
    # What none of the ids is in is not struck.
    assert len(emulator.faults.record()) == 1
    assert api.send("POST", "/jobs/job/addtaskcollection", {"value": [{"id": "e", "commandLine": "w"}]}).status == 200
    assert len(emulator.faults.record()) == 1


@pytest.mark.parametrize("fault", [Fault(most_tasks=30), Fault(most_bytes=2000)])
def test_a_body_may_be_too_large(emulator: BatchEmulator, client: BatchClient, fault: Fault) -> None:
    make_job(client)
    emulator.faults.add(fault)
    submit(client, 100)
    assert len(list(client.list_tasks("job"))) == 100
    assert "POST /jobs/job/addtaskcollection" in subjects(emulator)


# Nodes, start tasks, resizes


def nodes(client: BatchClient) -> list[str]:
    return sorted(node.state or "" for node in client.list_nodes("pool"))


def result(client: BatchClient, task: str = "task") -> tuple[Any, ...]:
    found = client.get_task("job", task)
    info = found.execution_info
    assert info is not None
    return found.state, info.requeue_count, info.retry_count


@pytest.mark.parametrize("state", ["unusable", "unknown"])
def test_a_node_may_be_lost_under_a_task(emulator: BatchEmulator, client: BatchClient, state: Any) -> None:
    emulator.script("task", Outcome(duration=3600))
    make_pool(client, 2)
    emulator.advance(0)
    emulator.faults.add(Fault(pool="pool", node=state, delay=600, **ONCE))
    make_job(client)
    client.create_task("job", {"id": "task", "commandLine": "work"})
    emulator.advance(599)
    assert nodes(client) == ["idle", "running"]
    first = client.get_task("job", "task").node_info
    emulator.advance(1)
    assert nodes(client) == sorted(["running", state])
    second = client.get_task("job", "task").node_info
    assert first is not None
    assert second is not None
    assert first.node_id != second.node_id
    emulator.advance(3600)
    assert result(client) == ("completed", 0, 0)
    assert nodes(client) == sorted(["idle", state])
    assert subjects(emulator) == ["pool job task"]


def test_a_spot_node_may_be_preempted_and_comes_back() -> None:
    delays = Delays(resize=0, boot=0, preempted=600)
    with BatchEmulator(simulate=True, delays=delays) as emulator, emulator.client() as client:
        emulator.script("task", Outcome(duration=3600))
        make_pool(client, 0, targetLowPriorityNodes=1)
        emulator.advance(0)
        emulator.faults.add(Fault(node="preempted", **ONCE))
        make_job(client)
        client.create_task("job", {"id": "task", "commandLine": "work"})
        emulator.advance(599)
        assert nodes(client) == ["preempted"]
        counts = next(iter(client.list_pool_node_counts()))
        assert counts.low_priority is not None
        assert counts.low_priority.preempted == 1
        assert client.get_task("job", "task").state == "active"
        emulator.advance(1)
        assert nodes(client) == ["running"]
        emulator.advance(3600)
        assert result(client) == ("completed", 0, 0)


def test_dedicated_nodes_are_not_preempted(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.faults.add(Fault(node="preempted"))
    make_pool(client)
    make_job(client)
    client.create_task("job", {"id": "task", "commandLine": "work"})
    emulator.advance(0)
    assert result(client) == ("completed", 0, 0)
    assert emulator.faults.record() == []


def test_a_node_can_be_lost_at_once(emulator: BatchEmulator, client: BatchClient, raw_client: Any) -> None:
    make_pool(client, 2)
    emulator.advance(0)
    first, second = (str(node.id) for node in client.list_nodes("pool"))
    emulator.lose_node("pool", first)
    assert client.get_node("pool", first).state == "unusable"
    path = f"/$emulator/nodes/pool/{second}"
    assert raw_client(emulator).send("POST", path, {"state": "unknown"}, version=None).status == 200
    assert nodes(client) == ["unknown", "unusable"]
    with pytest.raises(LookupError, match="node"):
        emulator.lose_node("pool", "none")
    with pytest.raises(ValueError, match="Spot"):
        emulator.lose_node("pool", first, "preempted")
    reply = raw_client(emulator).send("POST", path, {"state": "preempted"}, version=None)
    assert (reply.status, reply.code) == (409, "OperationNotValidOnNode")
    # A pool gets rid of such nodes as of others.
    client.begin_resize_pool("pool", {"targetDedicatedNodes": 0})
    emulator.advance(0)
    assert nodes(client) == []


def test_a_start_task_may_fail(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.faults.add(Fault(pool="pool", start_task=3, times=3))
    start_task = {"commandLine": "setup", "waitForSuccess": True, "maxTaskRetryCount": 1}
    make_pool(client, 2, startTask=start_task)
    emulator.advance(0)
    assert nodes(client) == ["idle", "starttaskfailed"]
    infos = [node.start_task_info for node in client.list_nodes("pool")]
    assert sorted((info.exit_code, info.retry_count) for info in infos if info is not None) == [(0, 1), (3, 1)]


def test_a_resize_may_fail(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.faults.add(Fault(pool="pool", resize="AccountCoreQuotaReached", **ONCE))
    make_pool(client, 5)
    emulator.advance(0)
    pool = client.get_pool("pool")
    assert (pool.allocation_state, pool.current_dedicated_nodes) == ("steady", 0)
    assert [error.code for error in pool.resize_errors or []] == ["AccountCoreQuotaReached"]
    client.begin_resize_pool("pool", {"targetDedicatedNodes": 5})
    emulator.advance(0)
    pool = client.get_pool("pool")
    assert (pool.resize_errors, pool.current_dedicated_nodes) == (None, 5)


def test_faults_strike_where_commands_really_run(tmp_path: Path) -> None:
    with BatchEmulator(delays=Delays.none()) as emulator, emulator.client(retry_backoff_factor=0) as client:
        emulator.faults.add(Fault(node="unusable", delay=0.05, **ONCE))
        emulator.faults.add(Fault(operation="create_job", status=429, **ONCE))
        make_pool(client, 2)
        make_job(client)
        waiting = f"/bin/sh -c 'until test -e {tmp_path}/go; do sleep 0.01; done'"
        client.create_task("job", {"id": "task", "commandLine": waiting})
        until(lambda: "unusable" in nodes(client))
        (tmp_path / "go").touch()
        until(lambda: client.get_task("job", "task").state == "completed")
        assert sorted(nodes(client)) == ["idle", "unusable"]
        assert result(client) == ("completed", 0, 0)


# Chance


def status(client: BatchClient) -> Optional[int]:
    try:
        jobs(client)
    except HttpResponseError as error:
        return error.status_code
    return 200


@pytest.mark.parametrize("seed", [0, 7])
def test_a_run_can_be_repeated(seed: int) -> None:
    def run(*extra: Fault) -> list[Optional[int]]:
        with BatchEmulator(simulate=True, seed=seed) as emulator, emulator.client(retry_total=0) as client:
            number = emulator.faults.add(Fault(operation="list_jobs", status=503, probability=0.5))
            for fault in extra:
                emulator.faults.add(fault)
            statuses = [status(client) for _ in range(40)]
            assert emulator.faults.count(number) == statuses.count(503)
            return statuses

    first = run()
    assert 0 < first.count(503) < 40
    assert run() == first
    assert [status == 503 for status in run(Fault(status=500, probability=0.5))] == [s == 503 for s in first]


def test_seeds_make_runs_differ() -> None:
    def draws(faults: Faults) -> list[bool]:
        from azure.batch.emulator._faults import Occurrence

        faults.add(Fault(status=503, probability=0.5))
        return [faults.take(Occurrence("request")) is not None for _ in range(100)]

    faults = Faults(1)
    first = draws(faults)
    faults.clear()
    assert draws(faults) == first
    faults.clear(seed=2)
    assert draws(faults) != first


# Ordering them


def test_faults_are_taken_back(emulator: BatchEmulator, strict: BatchClient) -> None:
    faults = emulator.faults
    first, second = faults.add(Fault(status=500)), faults.add(Fault(status=503))
    assert list(faults.active()) == [first, second]
    with pytest.raises(HttpResponseError):
        jobs(strict)
    faults.remove(first)
    with pytest.raises(HttpResponseError) as caught:
        jobs(strict)
    assert caught.value.status_code == 503
    assert (faults.count(first), faults.count(second)) == (1, 1)
    with pytest.raises(LookupError):
        faults.remove(first)
    faults.clear()
    assert jobs(strict) == []
    assert (faults.record(), faults.count(second)) == ([], 0)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"operation": "get_job"},
        {"status": 503, "drop": "before"},
        {"status": 200},
        {"probability": 2, "status": 503},
        {"times": 0, "status": 503},
        {"failing_tasks": 0},
        {"start_task": 0},
        {"delay": -1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Fault(**fields)


@pytest.mark.parametrize(
    ("fields", "error", "text"),
    [
        ({"node": "dead"}, ValueError, "node: expected one of preempted, unknown, unusable, got 'dead'"),
        ({"drop": "middle"}, ValueError, "drop: expected one of before, after, body, got 'middle'"),
        ({"status": "503"}, TypeError, "status: expected int, got '503'"),
        ({"status": True}, TypeError, "status: expected int, got True"),
        ({"status": 503, "after_effect": 1}, TypeError, "after_effect: expected bool, got 1"),
        ({"status": 503, "delay": None}, TypeError, "delay: expected a number, got None"),
        ({"status": 503, "retry_after": "1"}, TypeError, "retry_after: expected a number, got '1'"),
        ({"status": 503, "nth": "1"}, TypeError, "nth: expected int or a sequence of int, got '1'"),
        ({"status": 503, "nth": ["1"]}, TypeError, r"nth: expected int or a sequence of int, got \['1'\]"),
        ({"status": 503, "nth": 0}, ValueError, "nth must be at least 1, not 0"),
        ({"status": 503, "nth": [2, 0]}, ValueError, "nth must be at least 1, not"),
        ({"failing_tasks": "task"}, TypeError, "failing_tasks: expected a number or a sequence of str, got 'task'"),
        ({"resize": 5}, TypeError, "resize: expected str, got 5"),
    ],
)
def test_a_fault_of_the_wrong_kind_is_refused(fields: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Fault(**fields)


@pytest.mark.parametrize(
    ("fields", "error", "text"),
    [
        ({"stdout": 5}, TypeError, "stdout: expected str or bytes, got 5"),
        ({"exit_code": "1"}, TypeError, "exit_code: expected int, got '1'"),
        ({"duration": timedelta(hours=1)}, TypeError, "duration: expected a number, got "),
        ({"files": {"a": 1}}, TypeError, "files: expected a mapping of str or bytes, got "),
        ({"category": "mine"}, ValueError, "category: expected one of usererror, servererror, got 'mine'"),
    ],
)
def test_an_outcome_of_the_wrong_kind_is_refused(fields: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        Outcome(**fields)


def test_a_script_is_made_of_outcomes(emulator: BatchEmulator) -> None:
    with pytest.raises(TypeError, match="outcomes: expected Outcome, got 1"):
        emulator.script("task", cast("Outcome", 1))


def test_a_node_is_lost_in_one_of_the_known_ways(emulator: BatchEmulator, strict: BatchClient) -> None:
    make_pool(strict)
    emulator.advance(60)
    (node,) = strict.list_nodes("pool")
    with pytest.raises(ValueError, match="state: expected one of preempted, unknown, unusable, got 'dead'"):
        emulator.lose_node("pool", str(node.id), cast("Any", "dead"))
    assert [one.state for one in strict.list_nodes("pool")] == ["idle"]


def test_faults_are_ordered_over_http(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)

    def send(method: str, path: str = "", body: Any = None) -> Any:
        return api.send(method, f"/$emulator/faults{path}", body, version=None)

    fault = {"operation": "list_jobs", "status": 503, "retryAfter": 1, "nth": [1, 3], "afterEffect": True}
    reply = send("POST", body=fault)
    assert (reply.status, reply.json) == (201, {"id": 1})
    send("POST", body={"failingTasks": ["a"], "code": "ServerBusy"})
    assert [api.get("/jobs").status for _ in range(4)] == [503, 200, 503, 200]
    assert send("GET").json == {
        "seed": 0,
        "value": [{"id": 1, "count": 2, **fault}, {"id": 2, "count": 0, "failingTasks": ["a"], "code": "ServerBusy"}],
        "injected": [{"id": 1, "subject": "GET /jobs"}, {"id": 1, "subject": "GET /jobs"}],
    }
    assert send("DELETE", "/2").status == 200
    assert send("DELETE", "/2").code == "ResourceNotFound"
    assert send("DELETE", "/x").code == "ResourceNotFound"
    assert send("DELETE", body={"seed": 7}).status == 200
    assert send("GET").json == {"seed": 7, "value": [], "injected": []}
    assert send("PUT").code == "UnsupportedHttpVerb"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": "503"}, "InvalidPropertyValue"),
        ({"status": True}, "InvalidPropertyValue"),
        ({"status": 503, "nth": ["1"]}, "InvalidPropertyValue"),
        ({"status": 503, "nth": "1"}, "InvalidPropertyValue"),
        ({"failingTasks": "task"}, "InvalidPropertyValue"),
        ({"drop": "sometimes"}, "InvalidPropertyValue"),
        ({"retry_after": 1, "status": 503}, "InvalidPropertyValue"),
        ({}, "InvalidInput"),
        ({"status": 200}, "InvalidInput"),
    ],
)
def test_a_bad_fault_is_refused_over_http(
    emulator: BatchEmulator, raw_client: Any, fault: dict[str, Any], code: str
) -> None:
    reply = raw_client(emulator).send("POST", "/$emulator/faults", fault, version=None)
    assert (reply.status, reply.code) == (400, code)
    assert not emulator.faults.active()


def test_only_those_with_the_key_order_faults(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)
    for method in ("GET", "POST", "DELETE"):
        body = {"status": 503} if method == "POST" else None
        assert api.send(method, "/$emulator/faults", body, version=None, signed=False).status == 403
    assert not emulator.faults.active()


# Resizes that get a part of what they ask for


def resize_errors(client: BatchClient) -> list[Optional[str]]:
    return [error.code for error in client.get_pool("pool").resize_errors or []]


def current(client: BatchClient) -> tuple[Optional[int], Optional[int]]:
    pool = client.get_pool("pool")
    assert pool.allocation_state == "steady"
    return pool.current_dedicated_nodes, pool.current_low_priority_nodes


@pytest.mark.parametrize(
    ("code", "most", "left"),
    [
        ("AllocationFailed", 2, (2, 0)),
        ("AllocationFailed", 5, (4, 1)),
        ("AllocationTimedout", None, (0, 0)),
        ("AccountCoreQuotaReached", 3, (3, 2)),
        ("AccountLowPriorityCoreQuotaReached", 1, (4, 1)),
        ("AccountLowPriorityCoreQuotaReached", None, (4, 0)),
    ],
)
def test_some_of_the_nodes_may_come(
    emulator: BatchEmulator, client: BatchClient, code: str, most: Optional[int], left: tuple[int, int]
) -> None:
    emulator.faults.add(Fault(pool="pool", resize=code, most_nodes=most, **ONCE))
    make_pool(client, 4, targetLowPriorityNodes=2)
    emulator.advance(0)
    assert (current(client), resize_errors(client)) == (left, [code])
    pool = client.get_pool("pool")
    assert (pool.target_dedicated_nodes, pool.target_low_priority_nodes) == (4, 2)
    assert nodes(client) == ["idle"] * sum(left)
    client.begin_resize_pool("pool", {"targetDedicatedNodes": 4})
    emulator.advance(0)
    assert (current(client), resize_errors(client)) == ((4, 2), [])


def test_an_allocation_that_failed_says_why(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.faults.add(Fault(resize="AllocationFailed", message="No room.", **ONCE))
    make_pool(client, 1)
    emulator.advance(0)
    (error,) = client.get_pool("pool").resize_errors or []
    assert (error.code, error.message) == ("AllocationFailed", "No room.")
    assert [(value.name, value.value) for value in error.error_values or []] == [("Reason", "No room.")]


def test_nodes_may_stay(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, 4)
    emulator.advance(0)
    emulator.faults.add(Fault(resize="RemoveNodesFailed", most_nodes=1, **ONCE))
    client.begin_resize_pool("pool", {"targetDedicatedNodes": 1})
    emulator.advance(0)
    assert (current(client), resize_errors(client)) == ((3, 0), ["RemoveNodesFailed"])
    client.begin_remove_nodes("pool", {"nodeList": [next(iter(client.list_nodes("pool"))).id]})
    emulator.advance(0)
    assert (current(client), resize_errors(client)) == ((0, 0), [])


def test_a_resize_without_what_is_denied_is_not_struck(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.faults.add(Fault(resize="AccountCoreQuotaReached"))
    emulator.faults.add(Fault(resize="RemoveNodesFailed"))
    make_pool(client, 0, targetLowPriorityNodes=2)
    emulator.advance(0)
    assert (current(client), emulator.faults.record()) == ((0, 2), [])


def test_a_pool_that_scales_asks_again_for_what_it_did_not_get() -> None:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator, emulator.client() as client:
        emulator.faults.add(Fault(resize="AllocationFailed", most_nodes=1, **ONCE))
        pool = {"id": "pool", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
        client.create_pool({**pool, "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=3;"})
        emulator.advance(60)
        assert (current(client), resize_errors(client)) == ((1, 0), ["AllocationFailed"])
        emulator.advance(15 * 60)
        assert (current(client), resize_errors(client)) == ((3, 0), [])


def test_most_nodes_is_for_resizes() -> None:
    with pytest.raises(ValueError, match="most_nodes"):
        Fault(status=503, most_nodes=1)


# Clocks that differ


def test_a_client_can_tell_how_much_the_clocks_differ(emulator: BatchEmulator, raw_client: Any) -> None:
    """Also in a simulation, whose own time is another one."""
    api, ahead = raw_client(emulator), 3600
    emulator.advance(10**6)
    number = emulator.faults.add(Fault(clock_shift=ahead))
    refused = api.get("/jobs")
    assert (refused.status, refused.code) == (403, "AuthenticationFailed")
    assert "15 minutes" in refused.values["AuthenticationErrorDetail"]
    theirs = parsedate_to_datetime(refused.headers["Date"]).timestamp()
    assert abs(theirs - time.time() - ahead) < 60
    # Who dates requests by that clock passes, and who does not is refused again.
    accepted = api.send("GET", "/jobs", headers={"ocp-date": formatdate(theirs, usegmt=True)})
    assert accepted.status == 200
    assert abs(parsedate_to_datetime(accepted.headers["Date"]).timestamp() - theirs) < 60
    assert api.get("/jobs").status == 403
    emulator.faults.remove(number)
    assert api.send("GET", "/jobs", headers={"ocp-date": formatdate(theirs, usegmt=True)}).status == 403
    assert api.get("/jobs").status == 200


def test_a_wrong_signature_is_no_matter_of_clocks(emulator: BatchEmulator, raw_client: Any) -> None:
    emulator.faults.add(Fault(clock_shift=3600))
    api = raw_client(emulator.endpoint, emulator.account, "bm90IHRoZSBrZXk=")
    assert "MAC signature" in api.get("/jobs").values["AuthenticationErrorDetail"]
    assert emulator.faults.record() == []


# Every kind, ordered over HTTP

POOL = {"id": "pool", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE, "targetDedicatedNodes": 1}
START_TASK = {"commandLine": "setup", "waitForSuccess": True}


def expect(status: int, code: str, retry_after: Optional[str] = None) -> Callable[[Any], None]:
    """That jobs cannot be listed, once."""

    def check(api: Any) -> None:
        reply = api.get("/jobs")
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (status, code, retry_after)

    return check


def creates_the_job(api: Any) -> None:
    assert api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}).status == 500
    assert [job["id"] for job in api.get("/jobs").json["value"]] == ["job"]


def hangs_up(api: Any) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        api.get("/jobs")
    api.connection.close()


def breaks_off(api: Any) -> None:
    with pytest.raises(http.client.IncompleteRead):
        api.get("/jobs")
    api.connection.close()


def comes_late(api: Any) -> None:
    reply = api.get("/jobs", timeOut=1)
    assert (reply.status, reply.code) == (500, "OperationTimedOut")


def fails_a_task(api: Any) -> None:
    assert api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}).status == 201
    tasks = {"value": [{"id": name, "commandLine": "work"} for name in "ab"]}
    results = api.send("POST", "/jobs/job/addtaskcollection", tasks).json["value"]
    assert [result["status"] for result in results] == ["success", "servererror"]
    assert results[1]["error"]["code"] == "ServerBusy"


def is_too_large(api: Any) -> None:
    reply = api.send("POST", "/pools", POOL)
    assert (reply.status, reply.code) == (413, "RequestBodyTooLarge")


def advance(api: Any) -> None:
    assert api.send("POST", "/$emulator/clock", {"advance": 60}, version=None).status == 200


def node_states(api: Any) -> list[str]:
    return [node["state"] for node in api.get("/pools/pool/nodes").json["value"]]


def loses_a_node(api: Any) -> None:
    api.send("POST", "/pools", POOL)
    api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}})
    api.send("POST", "/jobs/job/tasks", {"id": "a", "commandLine": "work"})
    advance(api)
    assert node_states(api) == ["unusable"]
    assert api.get("/jobs/job/tasks/a").json["state"] == "active"


def preempts_a_node(api: Any) -> None:
    api.send("POST", "/pools", {**POOL, "targetDedicatedNodes": 0, "targetLowPriorityNodes": 1})
    api.send("POST", "/$emulator/outcomes", {"task": "a", "outcomes": [{"duration": 1000}]}, version=None)
    api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}})
    api.send("POST", "/jobs/job/tasks", {"id": "a", "commandLine": "work"})
    advance(api)
    assert node_states(api) == ["preempted"]
    assert api.get("/pools/pool").json["currentLowPriorityNodes"] == 1
    assert api.get("/nodecounts").json["value"][0]["lowPriority"]["preempted"] == 1
    task = api.get("/jobs/job/tasks/a").json
    assert (task["state"], task["executionInfo"]["requeueCount"]) == ("active", 0)


def fails_the_start_task(api: Any) -> None:
    api.send("POST", "/pools", {**POOL, "startTask": START_TASK})
    advance(api)
    assert node_states(api) == ["starttaskfailed"]
    assert api.get("/pools/pool/nodes").json["value"][0]["startTaskInfo"]["exitCode"] == 9


def fails_the_resize(api: Any) -> None:
    api.send("POST", "/pools", {**POOL, "targetDedicatedNodes": 3})
    advance(api)
    pool = api.get("/pools/pool").json
    assert (pool["allocationState"], pool["currentDedicatedNodes"]) == ("steady", 2)
    assert [error["code"] for error in pool["resizeErrors"]] == ["AccountCoreQuotaReached"]


def refuses_the_pool(api: Any) -> None:
    reply = api.send("POST", "/pools", POOL)
    assert (reply.status, reply.code) == (409, "PoolQuotaReached")


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ({"status": 429}, expect(429, "TooManyRequests")),
        ({"method": "GET", "status": 429, "retryAfter": 2}, expect(429, "TooManyRequests", "2")),
        ({"path": "/jobs", "status": 503}, expect(503, "ServerBusy")),
        ({"status": 503, "retryAfter": 0.5}, expect(503, "ServerBusy", "0.5")),
        ({"status": 500, "probability": 1}, expect(500, "InternalError")),
        ({"method": "POST", "status": 500, "afterEffect": True}, creates_the_job),
        ({"drop": "before"}, hangs_up),
        ({"drop": "after"}, hangs_up),
        ({"drop": "body"}, breaks_off),
        ({"delay": 3600}, comes_late),
        ({"failingTasks": ["b"]}, fails_a_task),
        ({"mostBytes": 100}, is_too_large),
        ({"clockShift": -1000}, expect(403, "AuthenticationFailed")),
        ({"node": "unusable"}, loses_a_node),
        ({"node": "preempted", "delay": 30}, preempts_a_node),
        ({"startTask": 9}, fails_the_start_task),
        ({"resize": "AccountCoreQuotaReached", "mostNodes": 2}, fails_the_resize),
        ({"code": "PoolQuotaReached"}, refuses_the_pool),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_every_kind_of_fault_can_be_ordered_over_http(raw_client: Any, fault: dict[str, Any], check: Any) -> None:
    with BatchEmulator(simulate=True, delays=Delays(0, 0, 0, 0, preempted=3600)) as emulator:
        api = raw_client(emulator)
        ordered = api.send("POST", "/$emulator/faults", {**fault, "times": 1}, version=None)
        assert ordered.status == 201
        check(api)
        assert [found["id"] for found in api.send("GET", "/$emulator/faults", version=None).json["injected"]] == [1]
        assert api.get("/jobs").status == 200


@pytest.mark.parametrize(
    ("operation", "hint"), [("creat_job", "create_job"), ("begin_delete_pool", "delete_pool"), ("what", None)]
)
def test_an_operation_that_there_is_not_is_refused_with_those_that_may_be_meant(operation: str, hint: Any) -> None:
    with pytest.raises(ValueError, match=f"no operation '{operation}'") as caught:
        Fault(operation=operation, status=500)
    assert str(caught.value).endswith("." if hint is None else "?")
    assert hint is None or f"did you mean {hint}" in str(caught.value)
