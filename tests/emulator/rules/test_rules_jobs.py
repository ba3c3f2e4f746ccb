"""Jobs: their states, what ends them, preparation and release tasks, pools of their own, schedules."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

from azure.batch.emulator._faults import Fault, Faults
from azure.batch.emulator._options import Delays
from azure.batch.emulator._wire import Conditions

if TYPE_CHECKING:
    from conftest import Bench, SetClock

UNLIMITED = "P10675199DT2H48M5.4775807S"


async def test_a_job_has_the_services_defaults(bench: Bench) -> None:
    bench.job("Job1")
    job = bench.get("get_job", jobId="JOB1")
    assert job["id"] == "Job1"
    assert job["url"] == f"{bench.base}/jobs/Job1"
    assert (job["state"], job["priority"], job["maxParallelTasks"]) == ("active", 0, -1)
    assert (job["onAllTasksComplete"], job["onTaskFailure"]) == ("noaction", "noaction")
    assert (job["allowTaskPreemption"], job["usesTaskDependencies"]) == (False, False)
    assert job["constraints"] == {"maxWallClockTime": UNLIMITED, "maxTaskRetryCount": 0}
    assert job["executionInfo"] == {"startTime": job["creationTime"], "poolId": "pool"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"poolInfo": None}, "MissingRequiredProperty"),
        ({"poolInfo": {}}, "MissingRequiredProperty"),
        (
            {"poolInfo": {"poolId": "pool", "autoPoolSpecification": {"poolLifetimeOption": "job"}}},
            "InvalidPropertyValue",
        ),
        ({"priority": 1001}, "InvalidPropertyValue"),
        ({"maxParallelTasks": 0}, "InvalidPropertyValue"),
        ({"jobReleaseTask": {"commandLine": "true"}}, "InvalidPropertyValue"),
        ({"constraints": {"maxWallClockTime": "long"}}, "InvalidPropertyValue"),
        ({"onAllTasksComplete": "explode"}, "InvalidPropertyValue"),
        ({"jobManagerTask": {"id": "m"}}, "MissingRequiredProperty"),
        (
            {
                "jobPreparationTask": {"commandLine": "true"},
                "jobReleaseTask": {"commandLine": "true", "maxWallClockTime": "PT16M"},
            },
            "InvalidPropertyValue",
        ),
    ],
)
async def test_what_cannot_be_a_job_is_refused(bench: Bench, change: Any, code: str) -> None:
    error = bench.refused("create_job", {"id": "job", "poolInfo": {"poolId": "pool"}, **change})
    assert error.code == code
    assert not bench.items("list_jobs")


@pytest.mark.parametrize(
    ("manager", "preparation", "release", "code"),
    [
        ("JOBPREPARATION", None, None, "TaskIdSameAsJobPreparationTask"),
        ("manager", "Manager", None, "TaskIdSameAsJobPreparationTask"),
        ("manager", None, "Manager", "TaskIdSameAsJobReleaseTask"),
        ("manager", "same", "SAME", "TaskIdSameAsJobPreparationTask"),
    ],
)
async def test_no_two_of_a_jobs_own_tasks_have_one_id(
    bench: Bench, manager: str, preparation: Optional[str], release: Optional[str], code: str
) -> None:
    body: dict[str, Any] = {
        "jobManagerTask": {"id": manager, "commandLine": "true"},
        "jobPreparationTask": {"id": preparation, "commandLine": "true"},
        "jobReleaseTask": {"id": release, "commandLine": "true"},
        "poolInfo": {"poolId": "pool"},
    }
    error = bench.refused("create_job", {"id": "job", **body})
    assert (error.status, error.code) == (409, code)
    schedule = {"id": "schedule", "schedule": {}, "jobSpecification": body}
    assert bench.refused("create_job_schedule", schedule).code == code
    assert not bench.items("list_jobs")
    assert not bench.items("list_job_schedules")


async def test_ids_are_shared_with_schedules(bench: Bench) -> None:
    bench.job("One")
    assert bench.refused("create_job", {"id": "ONE", "poolInfo": {"poolId": "p"}}).code == "JobExists"
    schedule = {"id": "one", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "p"}}}
    assert bench.refused("create_job_schedule", schedule).code == "JobWithSameIdExists"
    bench.call("create_job_schedule", {**schedule, "id": "two"})
    assert bench.refused("create_job_schedule", {**schedule, "id": "TWO"}).code == "JobScheduleExists"
    error = bench.refused("create_job", {"id": "two", "poolInfo": {"poolId": "p"}})
    assert error.code == "JobScheduleWithSameIdExists"


async def test_updates_change_what_they_name_and_replacements_reset_the_rest(bench: Bench) -> None:
    bench.job(priority=7, constraints={"maxTaskRetryCount": 3}, metadata=[{"name": "a", "value": "b"}])
    bench.call("update_job", {"constraints": {"maxWallClockTime": "P3Y6M4DT12H30M5S"}}, jobId="job")
    job = bench.get("get_job", jobId="job")
    assert job["constraints"] == {"maxWallClockTime": "P1279DT12H30M5S", "maxTaskRetryCount": 0}
    assert job["priority"] == 7
    bench.call("replace_job", {**job, "priority": None, "metadata": None}, jobId="job")
    job = bench.get("get_job", jobId="job")
    assert job["priority"] == 0
    assert "metadata" not in job
    other = {"poolInfo": {"poolId": "other"}}
    assert bench.refused("update_job", other, jobId="job").code == "OperationInvalidForCurrentState"
    bench.call("disable_job", {"disableTasks": "requeue"}, jobId="job")
    await bench.job_state("disabled")
    bench.call("update_job", other, jobId="job")
    assert bench.get("get_job", jobId="job")["executionInfo"]["poolId"] == "other"


async def test_the_network_of_a_job_is_kept_and_shown(bench: Bench) -> None:
    networks = [
        {"subnetId": f"/subscriptions/s/resourceGroups/g/providers/p/virtualNetworks/n/subnets/{name}", **more}
        for name, more in (("one", {"skipWithdrawFromVNet": True}), ("two", {}))
    ]
    bench.job(networkConfiguration=networks[0])
    assert bench.get("get_job", jobId="job")["networkConfiguration"] == networks[0]
    bench.call("update_job", {"networkConfiguration": networks[1]}, jobId="job")
    assert bench.get("get_job", jobId="job")["networkConfiguration"] == networks[1]
    bench.call("replace_job", specification(networkConfiguration=networks[0]), jobId="job")
    assert bench.get("get_job", jobId="job")["networkConfiguration"] == networks[0]
    bench.call("replace_job", specification(), jobId="job")
    assert "networkConfiguration" not in bench.get("get_job", jobId="job")
    spec = specification(networkConfiguration=networks[0])
    bench.call("create_job_schedule", {"id": "s", "schedule": {}, "jobSpecification": spec})
    assert bench.get("get_job", jobId="s:job-1")["networkConfiguration"] == networks[0]


async def test_a_job_moved_to_another_pool_runs_there(bench: Bench) -> None:
    bench.job(pool="nowhere")
    bench.task()
    await bench.pool("somewhere")
    bench.call("disable_job", {"disableTasks": "wait"}, jobId="job")
    await bench.job_state("disabled")
    bench.call("update_job", {"poolInfo": {"poolId": "somewhere"}}, jobId="job")
    bench.call("enable_job", jobId="job")
    assert (await bench.done())["nodeInfo"]["poolId"] == "somewhere"


@pytest.mark.parametrize("option", ["requeue", "terminate", "wait"])
async def test_disabling_and_enabling(bench: Bench, option: str, tmp_path: Path) -> None:
    await bench.pool(taskSlotsPerNode=2)
    bench.job()
    bench.shell("task", f"until test -e {tmp_path}/go; do sleep 0.01; done")
    await bench.task_state("running")
    assert bench.call("disable_job", {"disableTasks": option}, jobId="job").status == 202
    assert bench.get("get_job", jobId="job")["state"] == "disabling"
    if option == "wait":
        (tmp_path / "go").touch()
    await bench.job_state("disabled")
    (tmp_path / "go").touch()
    task = bench.task_document()
    if option == "requeue":
        assert (task["state"], task["executionInfo"]["requeueCount"]) == ("active", 1)
    else:
        result = "failure" if option == "terminate" else "success"
        assert (task["state"], task["executionInfo"]["result"]) == ("completed", result)
    bench.task("later")
    assert bench.task_document("later")["state"] == "active"
    bench.call("enable_job", jobId="job")
    await bench.done("later")
    await bench.done()
    assert bench.refused("enable_job", jobId="job").status == 409


async def test_a_terminated_job_ends_what_runs_and_leaves_the_rest(bench: Bench) -> None:
    await bench.pool()
    bench.job()
    bench.task("running", "sleep 100")
    bench.task("waiting")
    await bench.task_state("running", "running")
    bench.call("terminate_job", {"terminateReason": "enough"}, jobId="job")
    assert bench.get("get_job", jobId="job")["state"] == "terminating"
    assert bench.refused("terminate_job", jobId="job").code == "JobBeingTerminated"
    job = await bench.job_state("completed")
    assert job["executionInfo"]["terminateReason"] == "enough"
    assert "endTime" in job["executionInfo"]
    assert (await bench.done("running"))["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
    assert bench.task_document("waiting")["state"] == "active"
    for operation, body in (
        ("terminate_job", None),
        ("disable_job", {"disableTasks": "wait"}),
        ("enable_job", None),
        ("update_job", {"priority": 1}),
        ("create_task", {"id": "new", "commandLine": "true"}),
        ("create_task_collection", {"value": []}),
    ):
        error = bench.refused(operation, body, jobId="job")
        assert (error.status, error.code) == (409, "JobCompleted")
    assert bench.call("delete_job", jobId="job").status == 202
    assert bench.refused("delete_job", jobId="job").code == "JobBeingDeleted"
    await bench.until_gone("get_job", jobId="job")


async def test_a_deleted_job_leaves_no_files(bench: Bench) -> None:
    await bench.pool()
    bench.job()
    for number in range(3):
        bench.task(f"t{number}")
    bench.task("long", "sleep 100")
    await bench.task_state("running", "long")
    bench.call("delete_job", jobId="job")
    await bench.until_gone("get_job", jobId="job")
    assert bench.refused("list_tasks", jobId="job").code == "JobNotFound"
    names = [
        item["name"]
        for item in bench.items("list_node_files", {"recursive": "true"}, poolId="pool", nodeId=bench.node())
    ]
    assert not [name for name in names if "job-1" in name]
    bench.job()
    assert not bench.items("list_tasks", jobId="job")
    assert bench.counts()["completed"] == 0


async def test_a_job_can_end_with_its_tasks(bench: Bench) -> None:
    bench.job("empty", onAllTasksComplete="terminatejob")
    job = await bench.job_state("completed", "empty")
    assert job["executionInfo"]["terminateReason"] == "AllTasksComplete"
    await bench.pool()
    bench.job()
    bench.task()
    bench.call("update_job", {"onAllTasksComplete": "terminateJob"}, jobId="job")
    back = bench.refused("update_job", {"onAllTasksComplete": "noaction"}, jobId="job")
    assert back.code == "InvalidPropertyValue"
    await bench.job_state("completed")
    assert bench.task_document()["state"] == "completed"


@pytest.mark.parametrize(("action", "state"), [("terminate", "completed"), ("disable", "disabled"), ("none", "active")])
async def test_a_failed_task_can_end_its_job(bench: Bench, action: str, state: str) -> None:
    await bench.pool()
    bench.job(onTaskFailure="performExitOptionsJobAction")
    bench.task("task", "false", exitConditions={"default": {"jobAction": action}})
    await bench.done()
    job = await bench.job_state(state)
    assert job["executionInfo"].get("terminateReason") == ("TaskFailed" if action == "terminate" else None)


async def test_a_job_whose_tasks_are_ended_to_disable_it_is_disabled(bench: Bench) -> None:
    await bench.pool()
    bench.job(onTaskFailure="performexitoptionsjobaction")
    bench.task("task", "sleep 1000")
    await bench.task_state("running")
    bench.call("disable_job", {"disableTasks": "terminate"}, jobId="job")
    assert (await bench.job_state("disabled"))["previousState"] == "disabling"
    assert bench.task_document()["executionInfo"]["failureInfo"]["code"] == "TaskEnded"


async def test_a_task_that_fails_while_its_job_is_being_disabled_ends_it(bench: Bench) -> None:
    await bench.pool()
    bench.job(onTaskFailure="performexitoptionsjobaction")
    bench.shell("task", "while ! test -e ../go; do sleep 0.02; done; exit 1")
    await bench.task_state("running")
    bench.call("disable_job", {"disableTasks": "wait"}, jobId="job")
    root = bench.node_root(bench.node())
    await bench.until(lambda: (root / "workitems/job/job-1/task/wd").is_dir())
    (root / "workitems/job/job-1/task/go").touch()
    job = await bench.job_state("completed")
    assert job["executionInfo"]["terminateReason"] == "TaskFailed"


async def test_a_job_ends_at_its_time_limit(bench: Bench) -> None:
    bench.job(constraints={"maxWallClockTime": "PT0.1S"})
    job = await bench.job_state("completed")
    assert job["executionInfo"]["terminateReason"] == "MaxWallClockTimeExpiry"


async def test_the_end_of_a_job_manager_ends_the_job(bench: Bench) -> None:
    await bench.pool(taskSlotsPerNode=2)
    script = "until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done"
    bench.job(jobManagerTask={"id": "Manager", "commandLine": f"/bin/sh -c '{script}'", "runExclusive": False})
    bench.task("other", "sleep 100")
    await bench.task_state("running", "manager")
    await bench.task_state("running", "other")
    bench.job("helper")
    bench.shell("task", "touch $AZ_BATCH_NODE_SHARED_DIR/go", "helper")
    bench.call("terminate_task", jobId="job", taskId="other")
    await bench.done("task", "helper")
    job = await bench.job_state("completed")
    assert job["executionInfo"]["terminateReason"] == "JMComplete"


async def test_an_exclusive_job_manager_has_its_node_for_itself(bench: Bench) -> None:
    await bench.pool(taskSlotsPerNode=2)
    bench.job("first")
    bench.shell("task", "until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done", "first")
    await bench.task_state("running", "task", "first")
    bench.job(jobManagerTask={"id": "manager", "commandLine": "true", "killJobOnCompletion": False})
    bench.shell("task", "touch $AZ_BATCH_NODE_SHARED_DIR/go")
    assert bench.task_document("manager")["state"] == "active"
    bench.call("terminate_task", jobId="first", taskId="task")
    await bench.done()
    await bench.done("manager")
    assert bench.get("get_job", jobId="job")["state"] == "active"


# Preparation and release


async def test_preparation_and_release_run_once_on_a_node(bench: Bench) -> None:
    await bench.pool(taskSlotsPerNode=2)
    log = "$AZ_BATCH_NODE_SHARED_DIR/log"
    bench.job(
        jobPreparationTask={"commandLine": f"/bin/sh -c 'echo prepare >> {log}; echo here > data'"},
        jobReleaseTask={"commandLine": f"/bin/sh -c 'echo release >> {log}'"},
    )
    assert not bench.items("list_job_preparation_and_release_task_status", jobId="job")
    for number in range(4):
        bench.shell(f"t{number}", f"echo task >> {log}; cat $AZ_BATCH_JOB_PREP_WORKING_DIR/data")
    await bench.until(lambda: bench.counts()["completed"] == 4)
    assert bench.read("t3") == "here\n"
    bench.call("terminate_job", jobId="job")
    await bench.job_state("completed")
    file = bench.call("download_node_file", poolId="pool", nodeId=bench.node(), filePath="shared/log").file
    assert file is not None
    assert file.path.read_text().split() == ["prepare", "task", "task", "task", "task", "release"]
    (status,) = bench.items("list_job_preparation_and_release_task_status", jobId="job")
    assert status["poolId"] == "pool"
    assert status["jobPreparationTaskExecutionInfo"]["result"] == "success"
    assert status["jobReleaseTaskExecutionInfo"]["exitCode"] == 0
    bench.job("plain")
    error = bench.refused("list_job_preparation_and_release_task_status", jobId="plain")
    assert error.code == "JobPreparationTaskNotSpecified"


async def test_a_node_whose_preparation_failed_takes_no_task_of_the_job(bench: Bench) -> None:
    await bench.pool()
    bench.job(jobPreparationTask={"commandLine": "false"})
    bench.task()
    status = await bench.until(
        lambda: bench.items("list_job_preparation_and_release_task_status", jobId="job"),
        lambda found: bool(found) and found[0]["jobPreparationTaskExecutionInfo"]["state"] == "completed",
    )
    assert status[0]["jobPreparationTaskExecutionInfo"]["failureInfo"]["code"] == "FailureExitCode"
    task = await bench.task_state("active")
    assert task["executionInfo"]["requeueCount"] == 0
    bench.job("other")
    bench.task("task", job="other")
    await bench.done("task", "other")
    node = bench.get("get_node", poolId="pool", nodeId=bench.node())
    assert (node["totalTasksRun"], [recent["jobId"] for recent in node["recentTasks"]]) == (1, ["other"])


@pytest.mark.parametrize(
    ("settings", "times"),
    [({}, 2), ({"rerunOnNodeRebootAfterSuccess": True}, 2), ({"rerunOnNodeRebootAfterSuccess": False}, 1)],
)
async def test_a_reboot_prepares_again_unless_it_is_not_to(bench: Bench, settings: Any, times: int) -> None:
    await bench.pool()
    count = "/bin/sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/count'"
    bench.job(jobPreparationTask={"commandLine": count, **settings})
    bench.task("t1")
    await bench.done("t1")
    bench.call("reboot_node", poolId="pool", nodeId=bench.node())
    bench.task("t2")
    await bench.done("t2")
    file = bench.call("download_node_file", poolId="pool", nodeId=bench.node(), filePath="shared/count").file
    assert file is not None
    assert file.length == 2 * times


@pytest.mark.parametrize("operation", ["terminate_task", "terminate_job", "delete_job"])
async def test_what_waits_for_preparation_can_be_ended(bench: Bench, operation: str) -> None:
    await bench.pool()
    bench.job(jobPreparationTask={"commandLine": "sleep 1000"}, jobReleaseTask={"commandLine": "true"})
    bench.task()
    await bench.task_state("preparing")
    ids = {"jobId": "job", "taskId": "task"} if operation == "terminate_task" else {"jobId": "job"}
    bench.call(operation, **ids)
    if operation == "delete_job":
        await bench.until_gone("get_job", jobId="job")
        return
    info = (await bench.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "TaskEnded"
    node = bench.get("get_node", poolId="pool", nodeId=bench.node())
    assert (node["totalTasksRun"], "recentTasks" in node) == (0, False)
    if operation == "terminate_job":
        await bench.job_state("completed")
    else:
        assert bench.get("get_job", jobId="job")["state"] == "active"


SLOW_RELEASE = {
    "jobPreparationTask": {"commandLine": "true"},
    "jobReleaseTask": {"commandLine": "/bin/sh -c 'test -e again || { touch again; sleep 1000; }'"},
}
"""A release task that takes for ever the first time."""


async def released(bench: Bench, state: str, **ids: str) -> Any:
    """Wait until the release task of the job is in a state on its one node."""

    def look() -> Any:
        (status,) = bench.items("list_job_preparation_and_release_task_status", jobId="job")
        info = status.get("jobReleaseTaskExecutionInfo", {})
        root = bench.node_root(status["nodeId"]) if state == "running" else None
        is_so = info.get("state") == state and (
            root is None or (root / info["taskRootDirectory"] / "wd/again").exists()
        )
        return info if is_so else None

    return await bench.until(look)


async def start_release(bench: Bench, **more: Any) -> None:
    await bench.pool()
    bench.job(**SLOW_RELEASE, **more)
    bench.task()
    await bench.done()
    bench.call("terminate_job", jobId="job")
    await released(bench, "running")


@pytest.mark.parametrize("operation", ["terminate_job", "delete_job"])
async def test_a_forced_end_waits_for_no_release_task(bench: Bench, operation: str) -> None:
    await start_release(bench)
    assert bench.refused("terminate_job", jobId="job").code == "JobBeingTerminated"
    bench.call(operation, jobId="job", query={"force": "true"})
    if operation == "delete_job":
        await bench.until_gone("get_job", jobId="job")
    else:
        job = await bench.job_state("completed")
        assert job["executionInfo"]["terminateReason"] == "UserTerminate"


async def test_a_deletion_waits_for_the_release_tasks_until_it_is_forced(bench: Bench) -> None:
    spec = {"poolInfo": {"poolId": "pool"}, "jobManagerTask": {"id": "m", "commandLine": "true"}, **SLOW_RELEASE}
    await bench.pool()
    bench.call("create_job_schedule", {"id": "s", "schedule": {}, "jobSpecification": spec})
    await bench.job_state("terminating", "s:job-1")
    bench.call("delete_job", jobId="s:job-1")
    assert bench.get("get_job", jobId="s:job-1")["state"] == "deleting"
    bench.call("delete_job_schedule", jobScheduleId="s", query={"force": "true"})
    await bench.until_gone("get_job", jobId="s:job-1")
    await bench.until_gone("get_job_schedule", jobScheduleId="s")


async def test_a_release_task_runs_again_when_its_node_restarts(bench: Bench) -> None:
    await start_release(bench)
    bench.call("reboot_node", poolId="pool", nodeId=bench.node())
    await bench.job_state("completed")
    assert (await released(bench, "completed"))["result"] == "success"


async def test_a_release_task_runs_again_when_the_account_does(make_bench: Any, tmp_path: Path) -> None:
    bench: Bench = await make_bench(tmp_path)
    await start_release(bench)
    await bench.account.stop()
    again: Bench = await make_bench(tmp_path)
    await again.job_state("completed")
    assert (await released(again, "completed"))["result"] == "success"


@pytest.mark.parametrize(("operation", "ran"), [("reboot_node", True), ("reimage_node", False)])
async def test_a_release_task_waits_for_a_node_that_boots(make_bench: Any, operation: str, ran: bool) -> None:
    """But it has nothing to do on a node that lost its files."""
    bench: Bench = await make_bench(delays=Delays(resize=0, boot=0.2, settle=0, delete=0, preempted=0))
    await bench.pool()
    bench.job(jobPreparationTask={"commandLine": "true"}, jobReleaseTask={"commandLine": "true"})
    bench.task()
    await bench.done()
    bench.call(operation, poolId="pool", nodeId=bench.node())
    bench.call("terminate_job", jobId="job")
    await bench.job_state("completed")
    (status,) = bench.items("list_job_preparation_and_release_task_status", jobId="job")
    assert ("jobReleaseTaskExecutionInfo" in status) is ran


async def test_a_release_task_does_not_wait_for_a_node_that_is_lost(bench: Bench) -> None:
    await start_release(bench)
    bench.account.lose_node("pool", bench.node(), "unusable")
    await bench.job_state("completed")
    assert (await released(bench, "completed"))["result"] == "failure"


async def test_a_preparation_that_a_restart_interrupted_runs_again(make_bench: Any, tmp_path: Path) -> None:
    bench: Bench = await make_bench(tmp_path)
    await bench.pool()
    bench.job(jobPreparationTask={"commandLine": "/bin/sh -c 'test -e again || { touch again; sleep 1000; }'"})
    bench.task()
    await bench.task_state("preparing")
    await bench.until_there(tmp_path, "jobpreparation/wd/again")
    await bench.account.stop()
    again: Bench = await make_bench(tmp_path)
    assert (await again.done())["executionInfo"]["result"] == "success"


# Pools of their own


async def test_an_automatic_pool_lives_as_long_as_its_job(bench: Bench) -> None:
    own = {
        "autoPoolIdPrefix": "Mine",
        "poolLifetimeOption": "job",
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 1},
    }
    bench.call("create_job", {"id": "job", "poolInfo": {"autoPoolSpecification": own}})
    name = bench.get("get_job", jobId="job")["executionInfo"]["poolId"]
    assert name.startswith("Mine_")
    bench.task()
    assert (await bench.done())["nodeInfo"]["poolId"] == name
    bench.call("terminate_job", jobId="job")
    await bench.until_gone("get_pool", poolId=name)
    wrong = {**own, "poolLifetimeOption": "jobSchedule"}
    error = bench.refused("create_job", {"id": "x", "poolInfo": {"autoPoolSpecification": wrong}})
    assert error.code == "InvalidPropertyValue"


async def test_an_automatic_pool_has_accounts_whose_passwords_nobody_sees(bench: Bench) -> None:
    pool = {
        "vmSize": "a",
        "virtualMachineConfiguration": bench.vm,
        "targetDedicatedNodes": 1,
        "userAccounts": [{"name": "builder", "password": "hush hush"}],
    }
    own = {"poolLifetimeOption": "job", "keepAlive": False, "pool": pool}
    bench.call("create_job", {"id": "job", "poolInfo": {"autoPoolSpecification": own}})
    bench.task("task", "true", userIdentity={"username": "builder"})
    assert (await bench.done())["executionInfo"]["result"] == "success"
    kept = {"poolLifetimeOption": "job", "keepAlive": True}
    bench.call("update_job", {"poolInfo": {"autoPoolSpecification": kept}}, jobId="job")
    job = bench.get("get_job", jobId="job")
    assert job["poolInfo"]["autoPoolSpecification"]["keepAlive"] is True
    assert "hush" not in str([job, bench.get("get_pool", poolId=job["executionInfo"]["poolId"])])


async def test_an_automatic_pool_can_be_kept(bench: Bench) -> None:
    own = {
        "poolLifetimeOption": "job",
        "keepAlive": True,
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    }
    bench.call("create_job", {"id": "job", "poolInfo": {"autoPoolSpecification": own}})
    name = bench.get("get_job", jobId="job")["executionInfo"]["poolId"]
    bench.call("delete_job", jobId="job")
    await bench.until_gone("get_job", jobId="job")
    assert bench.get("get_pool", poolId=name)["state"] == "active"


async def test_of_an_automatic_pool_only_whether_it_is_kept_can_change(bench: Bench) -> None:
    own = {
        "poolLifetimeOption": "job",
        "autoPoolIdPrefix": "mine",
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    }
    bench.call("create_job", {"id": "job", "poolInfo": {"autoPoolSpecification": own}})
    shown = bench.get("get_job", jobId="job")["poolInfo"]
    bench.call("update_job", {"poolInfo": shown}, jobId="job")
    for change in ({"pool": {**own["pool"], "vmSize": "b"}}, {"autoPoolIdPrefix": "yours"}):
        wanted = {"autoPoolSpecification": {**own, **change, "keepAlive": True}}
        error = bench.refused("update_job", {"poolInfo": wanted}, jobId="job")
        assert (error.status, error.code) == (400, "InvalidPropertyValue")
        assert error.values[0] == ("PropertyName", f"poolInfo.autoPoolSpecification.{next(iter(change))}")
    assert bench.get("get_job", jobId="job")["poolInfo"] == shown
    kept = {"poolLifetimeOption": "job", "keepAlive": True}
    bench.call("update_job", {"poolInfo": {"autoPoolSpecification": kept}}, jobId="job")
    shown["autoPoolSpecification"]["keepAlive"] = True
    assert bench.get("get_job", jobId="job")["poolInfo"] == shown


async def test_a_job_cannot_have_the_pool_of_its_schedule_kept(bench: Bench) -> None:
    own = {
        "poolLifetimeOption": "jobschedule",
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    }
    spec = {"poolInfo": {"autoPoolSpecification": own}}
    bench.call("create_job_schedule", {"id": "s", "schedule": {}, "jobSpecification": spec})
    wanted = {"poolInfo": {"autoPoolSpecification": {**own, "keepAlive": True}}}
    assert bench.refused("update_job", wanted, jobId="s:job-1").code == "InvalidPropertyValue"


async def test_a_replacement_names_the_pool(bench: Bench) -> None:
    bench.job(priority=7)
    error = bench.refused("replace_job", {"priority": 1}, jobId="job")
    assert (error.code, dict(error.values)) == ("MissingRequiredProperty", {"PropertyName": "poolInfo"})
    assert bench.get("get_job", jobId="job")["priority"] == 7


QUOTA = Fault(operation="create_pool", code="PoolQuotaReached", times=1)


@pytest.mark.parametrize(
    ("change", "fault", "code", "detail"),
    [
        (
            {"enableAutoScale": True, "autoScaleFormula": "= = ="},
            None,
            "InvalidAutoScaleFormulaInAutoPool",
            None,
        ),
        (
            {"targetDedicatedNodes": 0, "applicationPackageReferences": [{"applicationId": "blender"}]},
            None,
            "InvalidApplicationPackageReferencesInAutoPool",
            "blender",
        ),
        ({"targetDedicatedNodes": 0, "taskSlotsPerNode": 257}, None, "InvalidAutoPoolSettings", "PropertyName"),
        ({}, None, "InvalidAutoPoolSettings", "PropertyName"),
        ({"targetDedicatedNodes": 0}, QUOTA, "AutoPoolCreationFailedWithQuotaReached", None),
    ],
)
@pytest.mark.parametrize("lifetime", ["job", "jobschedule"])
async def test_a_pool_that_cannot_be_made_ends_the_job_with_a_scheduling_error(
    make_bench: Any, change: Any, fault: Optional[Fault], code: str, detail: Optional[str], lifetime: str
) -> None:
    faults = Faults()
    if fault is not None:
        faults.add(fault)
    bench: Bench = await make_bench(faults=faults)
    own = {"poolLifetimeOption": lifetime, "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, **change}}
    info = {"poolInfo": {"autoPoolSpecification": own}}
    if lifetime == "job":
        bench.call("create_job", {"id": "job", **info})
    else:
        bench.call("create_job_schedule", {"id": "s", "schedule": {}, "jobSpecification": info})
    (job,) = bench.items("list_jobs")
    job = await bench.job_state("completed", job["id"])
    error = job["executionInfo"]["schedulingError"]
    assert (error["category"], error["code"]) == ("usererror", code)
    assert detail is None or error["details"][0]["name"] == detail
    assert not bench.items("list_pools")


async def test_what_the_emulator_cannot_do_is_refused_in_the_pool_of_a_job(bench: Bench) -> None:
    mount = {"nfsMountConfiguration": {"source": "server:/share", "relativeMountPath": "here"}}
    pool = {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "mountConfiguration": [mount]}
    own = {"poolLifetimeOption": "job", "pool": {**pool, "targetDedicatedNodes": 0}}
    assert bench.refused("create_job", {"id": "job", "poolInfo": {"autoPoolSpecification": own}}).status == 501
    assert not bench.items("list_jobs")


# Schedules


def specification(**more: Any) -> Any:
    return {"poolInfo": {"poolId": "pool"}, **more}


async def test_a_schedule_creates_its_first_job_at_once(bench: Bench) -> None:
    body = {"id": "Daily", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": specification(priority=3)}
    assert bench.call("create_job_schedule", body).status == 201
    schedule = bench.get("get_job_schedule", jobScheduleId="daily")
    assert schedule["state"] == "active"
    recent = schedule["executionInfo"]["recentJob"]
    assert recent == {"id": "Daily:job-1", "url": f"{bench.base}/jobs/Daily:job-1"}
    assert schedule["executionInfo"]["nextRunTime"] > schedule["creationTime"]
    (job,) = bench.items("list_jobs_from_schedule", jobScheduleId="Daily")
    assert (job["id"], job["priority"]) == ("Daily:job-1", 3)
    await bench.pool()
    bench.task("task", job="Daily:job-1")
    task = await bench.done("task", "Daily:job-1")
    assert task["nodeInfo"]["taskRootDirectory"] == "workitems/Daily/job-1/task"


async def test_a_schedule_without_recurrence_ends_with_its_job(bench: Bench) -> None:
    body = {"id": "once", "schedule": {}, "jobSpecification": specification()}
    bench.call("create_job_schedule", body)
    assert bench.get("get_job_schedule", jobScheduleId="once")["state"] == "active"
    bench.call("terminate_job", jobId="once:job-1")
    await bench.job_state("completed", "once:job-1")
    schedule = bench.get("get_job_schedule", jobScheduleId="once")
    assert schedule["state"] == "completed"
    assert "endTime" in schedule["executionInfo"]
    error = bench.refused("disable_job_schedule", jobScheduleId="once")
    assert error.code == "JobScheduleCompleted"


async def test_a_schedule_may_begin_later(bench: Bench) -> None:
    later = {"doNotRunUntil": "2999-01-01T00:00:00Z"}
    bench.call("create_job_schedule", {"id": "late", "schedule": later, "jobSpecification": specification()})
    info = bench.get("get_job_schedule", jobScheduleId="late")["executionInfo"]
    assert info["nextRunTime"].startswith("2999-01-01T00:00:00")
    assert "recentJob" not in info
    bench.call("update_job_schedule", {"schedule": {"recurrenceInterval": "PT1H"}}, jobScheduleId="late")
    assert bench.get("get_job", jobId="late:job-1")["state"] == "active"


async def test_a_schedule_takes_the_first_date_and_the_last(bench: Bench) -> None:
    first, last = "0001-01-01T00:00:00", "9999-12-31T23:59:59"
    body = {"id": "past", "schedule": {"doNotRunUntil": f"{first}Z"}, "jobSpecification": specification()}
    bench.call("create_job_schedule", body)
    assert bench.get("get_job", jobId="past:job-1")["state"] == "active"
    shown = bench.get("get_job_schedule", jobScheduleId="past")
    assert shown["schedule"]["doNotRunUntil"] == f"{first}.0000000Z"
    bench.call("create_job_schedule", {**body, "id": "future", "schedule": {"doNotRunUntil": f"{last}Z"}})
    assert bench.get("get_job_schedule", jobScheduleId="future")["executionInfo"] == {"nextRunTime": f"{last}.0000000Z"}
    for sign, name in (("lt", "past"), ("gt", "future")):
        query = {"$filter": f"schedule/doNotRunUntil {sign} DateTime'0999-01-01T00:00:00Z'"}
        assert [found["id"] for found in bench.items("list_job_schedules", query)] == [name]
    for date in (f"{first}+14:00", f"{last}-14:00"):
        error = bench.refused("create_job_schedule", {**body, "id": "none", "schedule": {"doNotRunUntil": date}})
        assert (error.code, error.values[0]) == ("InvalidPropertyValue", ("PropertyName", "schedule.doNotRunUntil"))
    assert not bench.items("list_pool_usage_metrics", {"endtime": f"{first}Z"})


@pytest.mark.parametrize("name", ["startWindow", "recurrenceInterval"])
async def test_the_times_of_a_schedule_are_a_minute_or_longer(bench: Bench, name: str) -> None:
    body = {"id": "s", "schedule": {name: "PT59S"}, "jobSpecification": specification()}
    wanted = ("InvalidPropertyValue", ("PropertyName", f"schedule.{name}"))
    error = bench.refused("create_job_schedule", body)
    assert (error.code, error.values[0]) == wanted
    bench.call("create_job_schedule", {**body, "schedule": {name: "PT1M"}})
    error = bench.refused("update_job_schedule", {"schedule": {name: "PT59S"}}, jobScheduleId="s")
    assert (error.code, error.values[0]) == wanted


async def test_schedules_are_disabled_terminated_and_deleted(bench: Bench) -> None:
    body = {"id": "s", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": specification()}
    bench.call("create_job_schedule", body)
    place = {"jobScheduleId": "s"}
    assert bench.call("disable_job_schedule", **place).status == 204
    assert bench.get("get_job_schedule", **place)["state"] == "disabled"
    assert bench.call("enable_job_schedule", **place).status == 204
    assert bench.call("terminate_job_schedule", **place).status == 202
    assert bench.get("get_job_schedule", **place)["state"] == "terminating"
    await bench.until(lambda: bench.get("get_job_schedule", **place), lambda found: found["state"] == "completed")
    job = bench.get("get_job", jobId="s:job-1")
    assert job["executionInfo"]["terminateReason"] == "TerminateJobSchedule"
    assert bench.call("delete_job_schedule", **place).status == 202
    assert (await bench.until_gone("get_job_schedule", **place)).code == "JobScheduleNotFound"
    assert bench.refused("get_job", jobId="s:job-1").code == "JobNotFound"


async def test_the_jobs_of_a_schedule_can_share_a_pool(bench: Bench) -> None:
    own = {
        "poolLifetimeOption": "jobschedule",
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    }
    spec = {"poolInfo": {"autoPoolSpecification": own}}
    body = {"id": "s", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": spec}
    bench.call("create_job_schedule", body)
    name = bench.get("get_job", jobId="s:job-1")["executionInfo"]["poolId"]
    bench.call("terminate_job", jobId="s:job-1")
    await bench.job_state("completed", "s:job-1")
    assert bench.get("get_pool", poolId=name)["state"] == "active"
    bench.call("delete_job_schedule", jobScheduleId="s")
    await bench.until_gone("get_pool", poolId=name)


@pytest.mark.parametrize("operation", ["terminate_job_schedule", "delete_job_schedule"])
async def test_the_pool_of_a_schedule_can_be_kept(bench: Bench, operation: str) -> None:
    own = {
        "poolLifetimeOption": "jobschedule",
        "keepAlive": True,
        "pool": {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    }
    spec = {"poolInfo": {"autoPoolSpecification": own}}
    bench.call("create_job_schedule", {"id": "s", "schedule": {}, "jobSpecification": spec})
    name = bench.get("get_job", jobId="s:job-1")["executionInfo"]["poolId"]
    bench.call(operation, jobScheduleId="s")
    if operation == "delete_job_schedule":
        await bench.until_gone("get_job_schedule", jobScheduleId="s")
    else:
        look = partial(bench.get, "get_job_schedule", jobScheduleId="s")
        await bench.until(look, lambda found: found["state"] == "completed")
    assert bench.get("get_pool", poolId=name)["state"] == "active"


async def test_a_pool_that_was_deleted_is_made_again_for_the_next_job_of_a_schedule(
    make_bench: Any, clock: SetClock
) -> None:
    bench: Bench = await make_bench(clock=clock)
    pool = {"vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0}
    spec = {"poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "jobschedule", "pool": pool}}}
    times = {"recurrenceInterval": "PT1H"}
    bench.call("create_job_schedule", {"id": "s", "schedule": times, "jobSpecification": spec})
    first = bench.get("get_job", jobId="s:job-1")["executionInfo"]["poolId"]
    bench.call("terminate_job", jobId="s:job-1")
    await bench.job_state("completed", "s:job-1")
    bench.call("delete_pool", poolId=first)
    await clock.advance(hours=1)
    (found,) = bench.items("list_pools")
    assert found["id"] == bench.get("get_job", jobId="s:job-2")["executionInfo"]["poolId"] != first
    bench.call("delete_job_schedule", jobScheduleId="s")
    await bench.until_gone("get_pool", poolId=found["id"])


@pytest.mark.parametrize("operation", ["create_job_schedule", "update_job_schedule", "replace_job_schedule"])
async def test_the_times_of_a_schedule_are_in_their_order(bench: Bench, operation: str) -> None:
    schedule = {"jobSpecification": {"poolInfo": {"poolId": "p"}}}
    times = {"doNotRunUntil": "2031-01-02T00:00:00Z", "doNotRunAfter": "2031-01-01T00:00:00Z"}
    is_new = operation == "create_job_schedule"
    if not is_new:
        bench.call("create_job_schedule", {"id": "s", "schedule": {}, **schedule})
    body = {**schedule, "schedule": times, **({"id": "s"} if is_new else {})}
    error = bench.refused(operation, body, **({} if is_new else {"jobScheduleId": "s"}))
    assert (error.status, error.code) == (400, "InvalidPropertyValue")
    assert len(bench.items("list_job_schedules")) == (not is_new)


async def test_conditions_hold_for_jobs(bench: Bench) -> None:
    bench.job()
    error = bench.refused(
        "update_job", {"priority": 1}, jobId="job", conditions=Conditions(if_match=frozenset({"0x1"}))
    )
    assert error.status == 412
    assert bench.get("get_job", jobId="job")["priority"] == 0
