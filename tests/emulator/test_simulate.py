"""Simulations, as a test of a Batch program uses them: scripted outcomes, and time that goes by when it is told to."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import pytest

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator, Command, Delays, Outcome
from support.command_line import client_of, running
from support.resources import IMAGE
from support.waiting import until

START = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, start_time=START, delays=Delays.none()) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: BatchEmulator) -> Iterator[BatchClient]:
    with emulator.client() as client:
        yield client


def make_pool(client: BatchClient, nodes: int = 1, **more: Any) -> None:
    pool: dict[str, Any] = {"id": "pool", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
    if not more.get("enableAutoScale"):
        pool["targetDedicatedNodes"] = nodes
    client.create_pool({**pool, **more})


def make_job(client: BatchClient, *tasks: str, job: str = "job", **more: Any) -> None:
    client.create_job({"id": job, "poolInfo": {"poolId": "pool"}, **more})
    for task in tasks:
        client.create_task(job, {"id": task, "commandLine": "train --epochs 100"})


def hours(client: BatchClient, task: str, job: str = "job") -> tuple[Optional[float], Optional[float]]:
    """When a task started and ended, in hours from the start."""
    info = client.get_task(job, task).execution_info
    assert info is not None
    moments = [info.start_time, info.end_time]
    start, end = ((moment - START) / timedelta(hours=1) if moment is not None else None for moment in moments)
    return start, end


def test_nothing_happens_until_time_is_advanced(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("task", Outcome(duration=3600))
    make_pool(client)
    make_job(client, "task")
    emulator.advance(3599)
    assert client.get_task("job", "task").state == "running"
    assert emulator.now == START + timedelta(seconds=3599)
    emulator.advance(1)
    assert client.get_task("job", "task").state == "completed"
    assert hours(client, "task") == (0, 1)


def test_an_outcome_is_what_a_task_comes_to(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("bad", Outcome(exit_code=7, stdout="begun\n", stderr=b"\xff", files={"out/result.txt": "0.5"}))
    emulator.script("missing", Outcome(failure="CommandProgramNotFound", message="no such program"))
    make_pool(client)
    make_job(client, "good", "bad", "missing")
    emulator.advance(0)
    good, bad, missing = (client.get_task("job", name).execution_info for name in ("good", "bad", "missing"))
    assert good is not None
    assert (good.result, good.exit_code, good.failure_info) == ("success", 0, None)
    assert bad is not None
    assert bad.failure_info is not None
    assert (bad.result, bad.exit_code, bad.failure_info.code) == ("failure", 7, "FailureExitCode")
    assert missing is not None
    assert missing.failure_info is not None
    assert (missing.exit_code, missing.failure_info.code) == (None, "CommandProgramNotFound")
    assert missing.failure_info.message == "no such program"
    for path, content in (("stdout.txt", b"begun\n"), ("stderr.txt", b"\xff"), ("wd/out/result.txt", b"0.5")):
        assert b"".join(client.download_task_file("job", "bad", path)) == content
        assert client.get_task_file_properties("job", "bad", path).last_modified == START


def test_consecutive_runs_have_consecutive_outcomes(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("flaky-*", Outcome(1, duration=60), Outcome(2, duration=60), Outcome(0, duration=60))
    make_pool(client, taskSlotsPerNode=2)
    make_job(client, "flaky-1", "flaky-2", constraints={"maxTaskRetryCount": 3})
    emulator.advance(90)
    info = client.get_task("job", "flaky-1").execution_info
    assert info is not None
    assert (info.retry_count, info.last_retry_time) == (1, START + timedelta(minutes=1))
    emulator.advance(90)
    for name in ("flaky-1", "flaky-2"):
        info = client.get_task("job", name).execution_info
        assert info is not None
        assert (info.retry_count, info.result, info.end_time) == (2, "success", START + timedelta(minutes=3))


def test_scripts_are_told_apart_by_job_and_the_latest_holds(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("*", Outcome(1))
    emulator.script("Task", Outcome(2), job="job-*")
    emulator.script("task", Outcome(3), job="JOB-2")
    make_pool(client)
    codes: list[Optional[int]] = []
    for job in ("other", "job-1", "job-2"):
        make_job(client, "task", job=job)
        emulator.advance(0)
        info = client.get_task(job, "task").execution_info
        codes.append(None if info is None else info.exit_code)
    assert codes == [1, 2, 3]


def test_a_function_decides() -> None:
    seen: list[Command] = []

    def outcome(command: Command) -> Optional[Outcome]:
        seen.append(command)
        if command.environment.get("FAIL"):
            return Outcome(exit_code=int(command.environment["FAIL"]))
        return None

    with BatchEmulator(simulate=outcome, delays=Delays.none()) as emulator, emulator.client() as client:
        make_pool(client, startTask={"commandLine": "setup"})
        make_job(client, "one")
        settings = [{"name": "FAIL", "value": "9"}]
        client.create_task("job", {"id": "two", "commandLine": "work", "environmentSettings": settings})
        emulator.advance(0)
        info = client.get_task("job", "two").execution_info
        assert info is not None
        assert info.exit_code == 9
    assert [(command.kind, command.job_id, command.task_id) for command in seen] == [
        ("start", None, "startup"),
        ("task", "job", "one"),
        ("task", "job", "two"),
    ]
    assert (seen[1].pool_id, seen[1].command_line) == ("pool", "train --epochs 100")


def test_a_function_that_fails_fails_the_task(caplog: pytest.LogCaptureFixture) -> None:
    def outcome(command: Command) -> Outcome:
        raise LookupError(command.task_id)

    with BatchEmulator(simulate=outcome, delays=Delays.none()) as emulator, emulator.client() as client:
        make_pool(client)
        make_job(client, "task")
        emulator.advance(0)
        info = client.get_task("job", "task").execution_info
    assert info is not None
    assert info.failure_info is not None
    assert info.failure_info.category == "servererror"
    assert [detail.value for detail in info.failure_info.details or []] == ["LookupError: task"]
    assert "No outcome of task task" in caplog.text


def test_one_outcome_for_all_is_that_of_tasks_only() -> None:
    with BatchEmulator(simulate=Outcome(duration=60), delays=Delays.none()) as emulator, emulator.client() as client:
        make_pool(client, startTask={"commandLine": "setup", "waitForSuccess": True})
        make_job(client, "task")
        emulator.advance(0)
        assert client.get_task("job", "task").state == "running"
        emulator.advance(60)
        assert client.get_task("job", "task").state == "completed"


def test_time_limits_end_tasks(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("endless", Outcome(duration=math.inf))
    make_pool(client)
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    limit = {"maxWallClockTime": "PT2H"}
    client.create_task("job", {"id": "endless", "commandLine": "loop", "constraints": limit})
    emulator.advance(timedelta(hours=30))
    info = client.get_task("job", "endless").execution_info
    assert info is not None
    assert info.failure_info is not None
    assert (info.failure_info.code, hours(client, "endless")) == ("TaskEnded", (0, 2))


def test_a_task_can_be_terminated_while_it_runs(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("task", Outcome(duration=math.inf))
    make_pool(client)
    make_job(client, "task")
    emulator.advance(600)
    client.terminate_task("job", "task")
    emulator.advance(0)
    task = client.get_task("job", "task")
    assert task.state == "completed"
    assert hours(client, "task") == (0, 1 / 6)


def test_tasks_wait_for_nodes_and_for_each_other(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("*", Outcome(duration=3600))
    make_pool(client, 2)
    make_job(client, "a", "b", "c", usesTaskDependencies=True)
    client.create_task("job", {"id": "last", "commandLine": "sum", "dependsOn": {"taskIds": ["a", "b", "c"]}})
    emulator.advance(timedelta(hours=10))
    assert [hours(client, name) for name in ("a", "b", "c", "last")] == [(0, 1), (0, 1), (1, 2), (2, 3)]


def test_a_day_of_a_schedule_takes_no_time(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("startup", Outcome(duration=600))
    make_pool(client)
    manager = {"id": "manager", "commandLine": "make tasks"}
    client.create_job_schedule(
        {
            "id": "nightly",
            "schedule": {"recurrenceInterval": "PT1H"},
            "jobSpecification": {
                "poolInfo": {"poolId": "pool"},
                "onAllTasksComplete": "terminatejob",
                "jobManagerTask": manager,
            },
        }
    )
    emulator.script("manager", Outcome(duration=90))
    emulator.advance(timedelta(days=1) - timedelta(seconds=1))
    jobs = list(client.list_jobs_from_schedule("nightly"))
    assert len(jobs) == 24
    assert {job.state for job in jobs} == {"completed"}
    times = sorted(job.creation_time for job in jobs if job.creation_time is not None)
    assert times == [START + timedelta(hours=number) for number in range(24)]


@pytest.mark.parametrize("simulate", [True, False])
def test_times_may_lead_behind_the_last_date(simulate: bool) -> None:
    """Whether time is simulated or not."""
    far = "P9999Y"
    task = {"id": "task", "commandLine": "true", "constraints": {"maxWallClockTime": far, "retentionTime": far}}
    job = {"poolInfo": {"poolId": "pool"}, "constraints": {"maxWallClockTime": far}}
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
    schedules: dict[str, Any] = {
        "late": {"doNotRunUntil": "9999-12-31T23:59:59Z", "startWindow": far},
        "now": {"recurrenceInterval": far, "startWindow": far, "doNotRunUntil": "0001-01-01T00:00:00Z"},
    }
    with BatchEmulator(simulate=simulate, delays=Delays.none()) as emulator, emulator.client() as client:
        make_pool(client)
        for name, times in schedules.items():
            client.create_job_schedule({"id": name, "schedule": times, "jobSpecification": job})
        client.create_task("now:job-1", task)

        def info() -> Any:
            if simulate:
                emulator.advance(1)
            return client.get_task("now:job-1", "task").execution_info

        until(lambda: info().result is not None)
        assert info().result == "success"
        found = [client.get_job_schedule(name) for name in schedules]
        assert [schedule.state for schedule in found] == ["active", "active"]
        next_times = [schedule.execution_info and schedule.execution_info.next_run_time for schedule in found]
        assert next_times == [last, None]


def test_a_pool_scales_as_its_formula_says(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("*", Outcome(duration=1200))
    formula = "$TargetDedicatedNodes = min(3, max($PendingTasks.GetSample(TimeInterval_Minute)));"
    make_pool(client, enableAutoScale=True, autoScaleFormula=formula, autoScaleEvaluationInterval="PT5M")
    sizes: list[Optional[int]] = []
    for minute in range(0, 65, 5):
        if minute == 10:
            make_job(client, "a", "b", "c", "d")
        emulator.advance(0)
        sizes.append(client.get_pool("pool").current_dedicated_nodes)
        emulator.advance(300)
    # The tasks come at 0:10 and end at 0:35 and 0:55; the formula sees each change five minutes later.
    assert sizes == [0, 0, 0, 3, 3, 3, 3, 3, 1, 1, 1, 1, 0]


def test_steps_take_the_time_they_are_given() -> None:
    delays = Delays(resize=120, boot=60, delete=300)
    with BatchEmulator(simulate=True, delays=delays) as emulator, emulator.client() as client:
        make_pool(client)
        begin = emulator.now
        emulator.advance_until(lambda: client.get_pool("pool").allocation_state == "steady")
        assert emulator.now - begin == timedelta(minutes=2)
        emulator.advance_until(lambda: [node.state for node in client.list_nodes("pool")] == ["idle"])
        assert emulator.now - begin == timedelta(minutes=4)
        client.begin_delete_pool("pool")
        emulator.advance_until(lambda: not client.pool_exists("pool"))
        assert emulator.now - begin == timedelta(minutes=9)


def test_waiting_ends_at_its_limit(emulator: BatchEmulator, client: BatchClient) -> None:
    with pytest.raises(TimeoutError, match="2026-03-01T09:00"):
        emulator.advance_until(lambda: False, limit=timedelta(hours=1))
    assert emulator.now == START + timedelta(hours=1)
    assert emulator.advance_until(lambda: [job.id for job in client.list_jobs()] or ["none"]) == ["none"]


def test_resource_files_are_not_fetched(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client)
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    files = [{"httpUrl": "https://account.blob.core.windows.net/in/data.csv", "filePath": "data.csv"}]
    destination = {"container": {"containerUrl": "https://account.blob.core.windows.net/out?sv=1"}}
    outputs = [
        {
            "filePattern": "*.txt",
            "destination": destination,
            "uploadOptions": {"uploadCondition": "taskcompletion"},
        }
    ]
    client.create_task("job", {"id": "task", "commandLine": "work", "resourceFiles": files, "outputFiles": outputs})
    emulator.advance(0)
    info = client.get_task("job", "task").execution_info
    assert info is not None
    assert info.result == "success"


def test_many_tasks_end_in_their_order(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("*", Outcome(duration=10))
    make_pool(client, 5, taskSlotsPerNode=4)
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
    client.create_tasks("job", [{"id": f"task-{number:03}", "commandLine": "work"} for number in range(200)])
    emulator.advance(95)
    counts = client.get_job_task_counts("job").task_counts
    assert (counts.succeeded, counts.running, counts.active) == (180, 20, 0)


def test_time_goes_on_with_the_data(tmp_path: Path) -> None:
    start = datetime(2035, 1, 1, tzinfo=timezone.utc)
    due = start + timedelta(hours=5)
    job = {"poolInfo": {"poolId": "pool"}, "onAllTasksComplete": "terminatejob"}
    schedule = {"id": "s", "schedule": {"doNotRunUntil": due.isoformat()}, "jobSpecification": job}
    with BatchEmulator(simulate=True, data=tmp_path, start_time=start) as emulator, emulator.client() as client:
        client.create_job_schedule(schedule)
        emulator.advance(3600)
        emulator.advance(1.5)
        ended = emulator.now
        assert ended == start + timedelta(seconds=3601.5)
    # It neither goes back to its beginning nor to the present.
    for given in (None, start):
        with BatchEmulator(simulate=True, data=tmp_path, start_time=given) as emulator:
            assert emulator.now == ended
    with BatchEmulator(simulate=True, data=tmp_path) as emulator, emulator.client() as client:
        assert list(client.list_jobs()) == []
        emulator.advance(4 * 3600)
        assert [job.creation_time for job in client.list_jobs()] == [due]
    later = due + timedelta(days=1)
    with BatchEmulator(simulate=True, data=tmp_path, start_time=later) as emulator:
        assert emulator.now == later
    with pytest.raises(Exception, match="can only be simulated"):
        BatchEmulator(data=tmp_path).start()


def test_time_does_not_go_back_when_an_emulator_is_killed(tmp_path: Path, raw_client: Any) -> None:
    seen: list[str] = []
    for _ in range(2):
        with running("--simulate", "--data", str(tmp_path)) as (process, values, _):
            api = client_of(values, raw_client)
            seen.append(api.send("GET", "/$emulator/clock", version=None).json["now"])
            reply = api.send("POST", "/$emulator/clock", {"advance": 86400}, version=None)
            seen.append(reply.json["now"])
            process.kill()
    assert seen[2] == seen[1]


def test_a_simulation_goes_on_where_it_stopped() -> None:
    emulator = BatchEmulator(simulate=True, start_time=START)
    with emulator:
        emulator.advance(60)
    assert emulator.now == START + timedelta(seconds=60)
    with emulator:
        assert emulator.now == START + timedelta(seconds=60)


def test_only_simulations_have_time_and_scripts(batch_emulator: BatchEmulator) -> None:
    with pytest.raises(RuntimeError, match="simulate=True"):
        batch_emulator.advance(1)
    with pytest.raises(RuntimeError, match="simulate=True"):
        batch_emulator.script("task", Outcome(1))
    with pytest.raises(ValueError, match="start_time"):
        BatchEmulator(start_time=START)
    assert abs(batch_emulator.now - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_what_makes_no_sense_is_refused(emulator: BatchEmulator) -> None:
    with pytest.raises(ValueError, match="needs an outcome"):
        emulator.script("task")
    with pytest.raises(ValueError, match="duration"):
        Outcome(duration=-1)
    with pytest.raises(ValueError, match="no path"):
        Outcome(files={"../escape": "x"})
    with pytest.raises(ValueError, match="advanced"):
        emulator.advance(-1)
    with pytest.raises(ValueError, match="advanced"):
        emulator.advance(math.inf)
    with pytest.raises(ValueError, match="boot"):
        Delays(boot=-1)


def test_an_emulator_that_does_not_run_says_so() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        BatchEmulator(simulate=True).advance(1)


def test_a_simulation_needs_its_own_loop() -> None:
    loop = asyncio.new_event_loop()
    with pytest.raises(RuntimeError, match="event loop of its own"):
        loop.run_until_complete(BatchEmulator(simulate=True).serve(lambda: None))
    loop.close()


def test_a_script_may_not_stop_time() -> None:
    """A function runs in the emulator's thread: to advance there would wait for itself."""
    errors: list[str] = []

    def outcome(command: Command) -> None:
        try:
            other.advance(1)
        except RuntimeError as error:
            errors.append(str(error))

    other = BatchEmulator(simulate=outcome, delays=Delays.none())
    with other, other.client() as its:
        make_pool(its)
        make_job(its, "task")
        other.advance(0)
    assert errors == ["This cannot be called in the emulator's own thread."]


def test_two_threads_may_advance(emulator: BatchEmulator) -> None:
    threads = [threading.Thread(target=emulator.advance, args=(3600,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert emulator.now == START + timedelta(hours=4)


def test_other_languages_advance_over_http(emulator: BatchEmulator, client: BatchClient, raw_client: Any) -> None:
    api = raw_client(emulator)
    outcomes = [{"exitCode": 3, "duration": 60, "stdout": "hello", "files": {"a.txt": "b"}}]
    reply = api.send("POST", "/$emulator/outcomes", {"task": "t*", "outcomes": outcomes}, version=None)
    assert reply.status == 201
    make_pool(client)
    make_job(client, "task")
    assert api.send("POST", "/$emulator/clock", {"advance": 59}, version=None).json["isSimulated"] is True
    assert client.get_task("job", "task").state == "running"
    reply = api.send("POST", "/%24emulator/clock", {"advance": 1.5}, version=None)
    assert reply.json["now"] == "2026-03-01T08:01:00.5000000Z"
    assert api.send("GET", "/$emulator/clock", version=None).json == reply.json
    info = client.get_task("job", "task").execution_info
    assert info is not None
    assert info.exit_code == 3
    assert api.send("DELETE", "/$emulator/outcomes", version=None).status == 200
    assert api.get("/pools/none").headers["Date"] == "Sun, 01 Mar 2026 08:01:00 GMT"
    assert "Time:2026-03-01T08:01:00.5000000Z" in api.get("/pools/none").json["message"]["value"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("clock", {"advance": -1}, "InvalidPropertyValue"),
        ("clock", {"advance": True}, "InvalidPropertyValue"),
        ("clock", {}, "InvalidPropertyValue"),
        ("outcomes", {"outcomes": [{}]}, "InvalidPropertyValue"),
        ("outcomes", {"task": "t", "outcomes": []}, "InvalidPropertyValue"),
        ("outcomes", {"task": "t", "outcomes": [1]}, "InvalidRequestBody"),
        ("outcomes", {"task": "t", "outcomes": [{"files": {"a": 1}}]}, "InvalidPropertyValue"),
        ("outcomes", {"task": "t", "outcomes": [{"category": "mine"}]}, "InvalidPropertyValue"),
        ("outcomes", {"task": "t", "outcomes": [{"duration": -1}]}, "InvalidInput"),
        ("nothing", {}, "ResourceNotFound"),
    ],
)
def test_a_bad_request_to_the_emulator_is_refused(
    emulator: BatchEmulator, raw_client: Any, path: str, body: dict[str, Any], code: str
) -> None:
    reply = raw_client(emulator).send("POST", f"/$emulator/{path}", body, version=None)
    assert (reply.status // 100, reply.code) == (4, code)


def test_time_over_http_is_for_simulations_and_for_those_with_the_key(
    batch_emulator: BatchEmulator, raw_client: Any
) -> None:
    api = raw_client(batch_emulator)
    for path, body in (("clock", {"advance": 1}), ("outcomes", {"task": "t", "outcomes": [{}]})):
        reply = api.send("POST", f"/$emulator/{path}", body, version=None)
        assert (reply.status, reply.code) == (409, "OperationInvalidForCurrentState")
        assert api.send("POST", f"/$emulator/{path}", body, version=None, signed=False).status == 403
