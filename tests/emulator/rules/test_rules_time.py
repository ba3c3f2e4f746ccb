"""What outlives the process, and what happens as time goes by."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azure.batch.emulator._process import Outcome
from azure.batch.emulator._store import StoreError

if TYPE_CHECKING:
    from conftest import Bench, SetClock


NEVER_AGAIN = {"recurrenceInterval": "P9999Y"}
"""An interval that leads behind the last date there is."""


def jobs(bench: Bench) -> list[str]:
    """The jobs that the schedule ``s`` has created."""
    return [job["id"] for job in bench.items("list_jobs_from_schedule", jobScheduleId="s")]


async def test_a_schedule_creates_one_job_at_a_time(make_bench: Any, clock: SetClock) -> None:
    bench: Bench = await make_bench(clock=clock)
    spec = {"poolInfo": {"poolId": "pool"}}
    times = {"recurrenceInterval": "PT1H", "startWindow": "PT10M"}
    bench.call("create_job_schedule", {"id": "s", "schedule": times, "jobSpecification": spec})

    async def end(job: str) -> None:
        bench.call("terminate_job", jobId=job)
        await bench.job_state("completed", job)

    assert jobs(bench) == ["s:job-1"]
    await clock.advance(minutes=65)
    assert jobs(bench) == ["s:job-1"]
    await end("s:job-1")
    assert jobs(bench) == ["s:job-1", "s:job-2"]
    await clock.advance(minutes=80)
    await end("s:job-2")
    assert jobs(bench) == ["s:job-1", "s:job-2"]
    await clock.advance(hours=1)
    assert jobs(bench) == ["s:job-1", "s:job-2", "s:job-3"]


async def test_a_schedule_ends_at_its_last_time(make_bench: Any, clock: SetClock) -> None:
    bench: Bench = await make_bench(clock=clock)
    spec = {"poolInfo": {"poolId": "pool"}, "onAllTasksComplete": "terminatejob"}
    times = {"recurrenceInterval": "PT1H", "doNotRunAfter": "2026-01-01T02:30:00Z"}
    bench.call("create_job_schedule", {"id": "s", "schedule": times, "jobSpecification": spec})
    for number in range(1, 4):
        await bench.job_state("completed", f"s:job-{number}")
        await clock.advance(hours=1)
    assert bench.get("get_job_schedule", jobScheduleId="s")["state"] == "completed"
    assert jobs(bench) == ["s:job-1", "s:job-2", "s:job-3"]


@pytest.mark.parametrize(("minutes", "is_in_time"), [(5, True), (15, False)])
async def test_a_disabled_schedule_creates_no_job_and_takes_up_what_it_missed_if_it_still_may(
    make_bench: Any, clock: SetClock, minutes: int, is_in_time: bool
) -> None:
    bench: Bench = await make_bench(clock=clock)
    spec = {"poolInfo": {"poolId": "pool"}, "onAllTasksComplete": "terminatejob"}
    times = {"recurrenceInterval": "PT1H", "startWindow": "PT10M"}
    bench.call("create_job_schedule", {"id": "s", "schedule": times, "jobSpecification": spec})
    await bench.job_state("completed", "s:job-1")
    bench.call("disable_job_schedule", jobScheduleId="s")
    await clock.advance(minutes=60 + minutes)
    assert jobs(bench) == ["s:job-1"]
    bench.call("enable_job_schedule", jobScheduleId="s")
    assert jobs(bench) == (["s:job-1", "s:job-2"] if is_in_time else ["s:job-1"])
    await clock.advance(hours=1)
    assert jobs(bench) == (["s:job-1", "s:job-2", "s:job-3"] if is_in_time else ["s:job-1", "s:job-2"])


async def test_a_job_that_waits_for_another_is_not_created_after_the_last_time(
    make_bench: Any, clock: SetClock
) -> None:
    bench: Bench = await make_bench(clock=clock)
    times = {"recurrenceInterval": "PT1H", "doNotRunAfter": "2026-01-01T02:30:00Z"}
    spec = {"poolInfo": {"poolId": "pool"}}
    bench.call("create_job_schedule", {"id": "s", "schedule": times, "jobSpecification": spec})
    await clock.advance(hours=3)
    assert bench.get("get_job_schedule", jobScheduleId="s")["state"] == "active"
    bench.call("terminate_job", jobId="s:job-1")
    await bench.job_state("completed", "s:job-1")
    assert jobs(bench) == ["s:job-1"]
    assert bench.get("get_job_schedule", jobScheduleId="s")["state"] == "completed"


async def test_a_schedule_whose_next_time_has_no_date_goes_on(make_bench: Any, clock: SetClock, tmp_path: Path) -> None:
    bench: Bench = await make_bench(tmp_path, clock=clock)
    spec = {"poolInfo": {"poolId": "pool"}, "onAllTasksComplete": "terminatejob"}
    bench.call("create_job_schedule", {"id": "s", "schedule": NEVER_AGAIN, "jobSpecification": spec})
    await bench.job_state("completed", "s:job-1")
    await bench.account.stop()

    again: Bench = await make_bench(tmp_path, clock=clock)
    shown = again.get("get_job_schedule", jobScheduleId="s")
    assert (shown["state"], "nextRunTime" in shown["executionInfo"]) == ("active", False)
    again.call("update_job_schedule", {"schedule": {"recurrenceInterval": "PT1H"}}, jobScheduleId="s")
    await clock.advance(hours=1)
    assert jobs(again) == ["s:job-1", "s:job-2"]
    again.call("update_job_schedule", {"schedule": NEVER_AGAIN}, jobScheduleId="s")
    assert "nextRunTime" not in again.get("get_job_schedule", jobScheduleId="s")["executionInfo"]
    last = {"schedule": {**NEVER_AGAIN, "doNotRunAfter": "9999-12-31T23:59:59Z"}}
    again.call("update_job_schedule", last, jobScheduleId="s")
    await again.until(lambda: again.get("get_job_schedule", jobScheduleId="s")["state"] == "completed")


async def test_a_job_may_last_a_day_and_no_longer(make_bench: Any, clock: SetClock) -> None:
    bench: Bench = await make_bench(clock=clock)
    bench.job(constraints={"maxWallClockTime": "P1D"})
    await clock.advance(hours=23)
    assert bench.get("get_job", jobId="job")["state"] == "active"
    await clock.advance(hours=2)
    await bench.job_state("completed")


@pytest.mark.parametrize("operation", ["resize_pool", "remove_nodes"])
async def test_a_resize_that_takes_too_long_is_given_up(make_bench: Any, clock: SetClock, operation: str) -> None:
    bench: Bench = await make_bench(clock=clock)
    await bench.pool()
    bench.job()
    bench.task("task", "sleep 1000")
    await bench.task_state("running")
    body = {"targetDedicatedNodes": 0} if operation == "resize_pool" else {"nodeList": [bench.node()]}
    times = {"nodeDeallocationOption": "taskcompletion", "resizeTimeout": "PT10M"}
    bench.call(operation, {**body, **times}, poolId="pool")
    await clock.advance(minutes=9)
    assert bench.get("get_pool", poolId="pool")["allocationState"] == "resizing"
    await clock.advance(minutes=2)
    pool = bench.get("get_pool", poolId="pool")
    assert (pool["allocationState"], pool["resizeErrors"][0]["code"]) == ("steady", "AllocationTimedout")


async def test_formulas_are_evaluated_at_their_interval(make_bench: Any, clock: SetClock) -> None:
    bench: Bench = await make_bench(clock=clock)
    formula = "$TargetDedicatedNodes = max($PendingTasks.GetSample(TimeInterval_Minute)) > 0 ? 2 : 0;"
    bench.create_pool(enableAutoScale=True, autoScaleFormula=formula, autoScaleEvaluationInterval="PT5M")
    await bench.idle("pool", 0)
    bench.job()
    bench.task("task", "sleep 1000")
    await clock.advance(minutes=6)
    await bench.until(lambda: bench.get("get_pool", poolId="pool")["currentDedicatedNodes"] == 2)
    await bench.task_state("running")


async def test_an_account_goes_on_where_it_was_stopped(make_bench: Any, tmp_path: Path) -> None:
    bench: Bench = await make_bench(tmp_path)
    await bench.pool("pool", 2, metadata=[{"name": "a", "value": "b"}])
    bench.job(usesTaskDependencies=True)
    bench.task("done")
    await bench.done("done")
    bench.shell("running", "sleep 1000")
    await bench.task_state("running", "running")
    bench.task("after", dependsOn={"taskIds": ["running"]})
    spec = {"poolInfo": {"poolId": "pool"}}
    schedule = {"id": "s", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": spec}
    bench.call("create_job_schedule", schedule)
    tag = bench.task_document("done")["eTag"]
    await bench.account.stop()

    again: Bench = await make_bench(tmp_path)
    pool = again.get("get_pool", poolId="pool")
    assert (pool["currentDedicatedNodes"], pool["metadata"][0]["name"]) == (2, "a")
    assert again.task_document("done")["eTag"] == tag
    assert again.read("done") == ""
    await again.task_state("running", "running")
    assert again.task_document("after")["state"] == "active"
    assert again.counts() == {"active": 1, "running": 1, "completed": 1, "succeeded": 1, "failed": 0}
    assert again.task_document("running")["executionInfo"]["requeueCount"] == 0
    assert again.get("get_job_schedule", jobScheduleId="s")["executionInfo"]["recentJob"]["id"] == "s:job-1"


async def test_what_a_task_depended_on_may_be_deleted_before_a_restart(make_bench: Any, tmp_path: Path) -> None:
    bench: Bench = await make_bench(tmp_path)
    await bench.pool()
    bench.job(usesTaskDependencies=True)
    bench.task("first")
    await bench.done("first")
    bench.shell("second", "test -e ../here || { touch ../here; sleep 1000; }", dependsOn={"taskIds": ["first"]})
    await bench.task_state("running", "second")
    bench.call("delete_task", jobId="job", taskId="first")
    await bench.until_there(tmp_path, "second/here")
    await bench.account.stop()
    again: Bench = await make_bench(tmp_path)
    assert (await again.done("second"))["executionInfo"]["result"] == "success"


KILLED = """
import asyncio, sys
from pathlib import Path
from azure.batch.emulator._account import Account
from azure.batch.emulator._wire import Call

async def main():
    account = Account("emulator", Path(sys.argv[1]), url="http://127.0.0.1:1")
    await account.start()
    def call(operation, body=None, **ids):
        return account.execute(Call(operation, ids, body=body))
    vm = {"imageReference": {"publisher": "a", "offer": "b", "sku": "c"}, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}
    call("create_pool", {"id": "pool", "vmSize": "a", "virtualMachineConfiguration": vm, "targetDedicatedNodes": 1})
    call("create_job", {"id": "job", "poolInfo": {"poolId": "pool"}})
    call("create_task", {"id": "first", "commandLine": "/bin/sh -c 'echo $$; exec sleep 1000'"}, jobId="job")
    while call("get_task", jobId="job", taskId="first").body["state"] != "running":
        await asyncio.sleep(0.01)
    for number in range(0, 200, 100):
        tasks = [{"id": f"t{number + item}", "commandLine": "true"} for item in range(100)]
        call("create_task_collection", {"value": tasks}, jobId="job")
    print("ready", flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


async def test_a_killed_account_has_every_task_it_acknowledged(make_bench: Any, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()
    bench: Bench = await make_bench(tmp_path)
    assert sum(bench.counts()[name] for name in ("active", "running")) == 201
    await bench.task_state("running", "first")
    child = int(await bench.until(lambda: bench.read("first").strip()))
    assert processes_in(tmp_path) == [child]
    bench.call("terminate_task", jobId="job", taskId="first")
    await bench.until(lambda: bench.counts()["completed"] == 201)
    assert bench.counts()["succeeded"] == 200


def processes_in(folder: Path) -> list[int]:
    """The processes whose current directory is a folder or below it."""
    found: list[int] = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and folder in (process / "cwd").readlink().parents:
                found.append(int(process.name))
    return found


async def test_two_accounts_cannot_share_a_folder(make_bench: Any, tmp_path: Path) -> None:
    await make_bench(tmp_path)
    with pytest.raises(StoreError, match="cannot be used"):
        await make_bench(tmp_path)


async def test_data_of_another_version_is_refused(make_bench: Any, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "account.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="another version"):
        await make_bench(tmp_path)


class Scripted:
    """Commands that end as their command line says."""

    async def launch(self, launch: Any) -> Any:
        return Outcome(int(launch.command_line), None)


async def test_outcomes_can_be_scripted(make_bench: Any) -> None:
    bench: Bench = await make_bench(runner=Scripted())
    await bench.pool()
    bench.job()
    bench.task("task", "0")
    assert (await bench.done())["executionInfo"]["exitCode"] == 0


class Broken:
    """Cannot even fail properly."""

    async def launch(self, launch: Any) -> Any:
        raise RuntimeError(launch.command_line)


async def test_an_error_of_the_emulator_fails_the_task_and_is_logged(make_bench: Any, caplog: Any) -> None:
    bench: Bench = await make_bench(runner=Broken())
    await bench.pool()
    bench.job()
    for name in ("one", "two"):
        bench.task(name)
        assert (await bench.done(name))["executionInfo"]["failureInfo"]["code"] == "Unknown"
    assert "failed in the emulator" in caplog.text
