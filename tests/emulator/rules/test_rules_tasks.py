"""Tasks: running, failing, waiting for others, being ended, and their files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

from support.processes import is_gone

if TYPE_CHECKING:
    from conftest import Bench


@pytest.fixture
async def ready(bench: Bench) -> Bench:
    """An account with a node of four slots and a job on it."""
    await bench.pool(taskSlotsPerNode=4)
    bench.job(usesTaskDependencies=True)
    return bench


async def test_a_task_runs_to_its_end(ready: Bench) -> None:
    ready.shell("Task", "echo out; echo err >&2; echo x > file")
    task = await ready.done("task")
    info = task["executionInfo"]
    assert (info["exitCode"], info["result"], info["retryCount"], info["requeueCount"]) == (0, "success", 0, 0)
    assert info["startTime"] <= info["endTime"]
    assert "failureInfo" not in info
    assert task["previousState"] == "running"
    assert task["url"] == f"{ready.base}/jobs/job/tasks/Task"
    place = task["nodeInfo"]
    assert place["taskRootDirectory"] == "workitems/job/job-1/Task"
    assert place["taskRootDirectoryUrl"] == f"{place['nodeUrl']}/files/workitems/job/job-1/Task"
    assert ready.read("task") == "out\n"
    assert ready.read("task", "stderr.txt") == "err\n"
    assert [item["name"] for item in ready.items("list_task_files", jobId="job", taskId="task")] == [
        "stderr.txt",
        "stdout.txt",
        "wd",
    ]
    every = ready.items("list_task_files", {"recursive": "true"}, jobId="job", taskId="task")
    assert "wd/file" in [item["name"] for item in every]
    assert ready.counts() == {"active": 0, "running": 0, "completed": 1, "succeeded": 1, "failed": 0}


async def test_a_task_has_the_services_defaults(bench: Bench) -> None:
    bench.job(constraints={"maxTaskRetryCount": "3"})
    bench.task(constraints={"maxWallClockTime": "PT06M00S"})
    task = bench.task_document()
    assert task["state"] == "active"
    assert task["requiredSlots"] == 1
    assert task["constraints"] == {"maxWallClockTime": "PT6M", "retentionTime": "P7D", "maxTaskRetryCount": 3}
    assert task["userIdentity"] == {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
    assert task["executionInfo"] == {"retryCount": 0, "requeueCount": 0}
    assert "nodeInfo" not in task


async def test_the_tag_of_a_task_does_not_follow_its_run(ready: Bench) -> None:
    ready.task()
    before = ready.task_document()
    after = await ready.done()
    assert (before["eTag"], before["lastModified"]) == (after["eTag"], after["lastModified"])


async def test_a_failing_task_is_tried_again_in_its_directory(ready: Bench) -> None:
    ready.shell("task", "echo x >> tries; exit 5", constraints={"maxTaskRetryCount": 2})
    info = (await ready.done())["executionInfo"]
    assert (info["retryCount"], info["exitCode"], info["result"]) == (2, 5, "failure")
    assert info["failureInfo"]["code"] == "FailureExitCode"
    assert info["failureInfo"]["category"] == "usererror"
    assert "lastRetryTime" in info
    assert ready.read("task", "wd/tries") == "x\nx\nx\n"


async def test_a_task_without_program_fails_before_it_starts(ready: Bench) -> None:
    ready.task("task", "no-such-program", constraints={"maxTaskRetryCount": 5})
    info = (await ready.done())["executionInfo"]
    failure = info["failureInfo"]
    assert (failure["category"], failure["code"]) == ("usererror", "CommandProgramNotFound")
    assert info["retryCount"] == 0
    assert "exitCode" not in info
    assert "startTime" in info


async def test_a_task_over_its_time_is_ended(ready: Bench) -> None:
    ready.task("task", "sleep 100", constraints={"maxWallClockTime": "PT0.1S", "maxTaskRetryCount": 3})
    info = (await ready.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "TaskEnded"
    assert info["result"] == "failure"
    assert info["retryCount"] == 0


async def test_a_terminated_task_ends_with_everything_it_started(ready: Bench) -> None:
    ready.shell("task", "sleep 1000 & echo $! > child; sleep 1000")
    await ready.task_state("running")
    node = ready.items("list_nodes", poolId="pool")[0]
    assert (node["state"], node["runningTasksCount"]) == ("running", 1)
    assert node["recentTasks"][0]["taskId"] == "task"

    def child() -> str:
        place = {"jobId": "job", "taskId": "task"}
        names = [item["name"] for item in ready.items("list_task_files", {"recursive": "true"}, **place)]
        return ready.read("task", "wd/child").strip() if "wd/child" in names else ""

    process = int(await ready.until(child))
    assert ready.call("terminate_task", jobId="job", taskId="task").status == 204
    info = (await ready.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "TaskEnded"
    await ready.until(lambda: is_gone(process))
    assert ready.refused("terminate_task", jobId="job", taskId="task").code == "TaskCompleted"
    assert ready.items("list_nodes", poolId="pool")[0]["state"] == "idle"


async def test_a_task_that_never_ran_can_be_terminated(bench: Bench) -> None:
    bench.job()
    bench.task()
    error = bench.refused("list_task_files", jobId="job", taskId="task")
    assert (error.status, error.code) == (409, "OperationInvalidForCurrentState")
    bench.call("terminate_task", jobId="job", taskId="task")
    task = bench.task_document()
    assert task["state"] == "completed"
    assert task["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
    assert not {"nodeInfo", "exitCode"} & (task.keys() | task["executionInfo"].keys())
    await bench.pool()
    assert bench.counts() == {"active": 0, "running": 0, "completed": 1, "succeeded": 0, "failed": 1}


async def test_a_failed_task_can_be_reactivated(ready: Bench) -> None:
    ready.shell("task", "test -e $AZ_BATCH_NODE_SHARED_DIR/go")
    assert ready.refused("reactivate_task", jobId="job", taskId="task").code == "TaskNotCompleted"
    assert (await ready.done())["executionInfo"]["result"] == "failure"
    ready.shell("other", "touch $AZ_BATCH_NODE_SHARED_DIR/go")
    await ready.done("other")
    assert ready.refused("reactivate_task", jobId="job", taskId="other").code == "TaskSucceeded"
    ready.call("reactivate_task", jobId="job", taskId="task")
    assert (await ready.done())["executionInfo"]["result"] == "success"
    assert ready.counts()["failed"] == 0


async def test_a_deleted_task_is_gone_with_its_files(ready: Bench) -> None:
    ready.shell("task", "sleep 1000")
    await ready.task_state("running")
    place = ready.task_document()["nodeInfo"]
    assert ready.call("delete_task", jobId="job", taskId="task").status == 200
    assert ready.refused("get_task", jobId="job", taskId="task").code == "TaskNotFound"
    assert ready.counts()["running"] == 0
    ready.shell("task", "echo again")
    await ready.done()
    assert ready.read() == "again\n"
    ready.call("delete_task", jobId="job", taskId="task")
    names = [
        item["name"]
        for item in ready.items("list_node_files", {"recursive": "true"}, poolId="pool", nodeId=place["nodeId"])
    ]
    assert not [name for name in names if name.endswith("/task")]


def runs(bench: Bench) -> dict[str, Any]:
    """What of the job is on a node, deleted tasks that are ending too."""
    state = bench.account._state
    job = state.jobs.get("job") if state is not None else None
    assert job is not None
    return dict(job.runs)


async def test_a_task_outlives_a_deleted_one_of_its_id(ready: Bench, tmp_path: Path) -> None:
    """What the old one left behind is looked for by the directory, which the new one gets."""
    ready.shell("task", f"trap : TERM; echo $$ > {tmp_path}/old; while :; do sleep 0.05; done")
    await ready.until((tmp_path / "old").exists)
    (old,) = runs(ready).values()
    ready.call("delete_task", jobId="job", taskId="task")
    ready.shell("task", f"until test -e {tmp_path}/go; do sleep 0.05; done; echo again")
    await ready.until(lambda: old.left.done())
    assert is_gone(int((tmp_path / "old").read_text()))
    await ready.task_state("running")
    (tmp_path / "go").touch()
    assert (await ready.done())["executionInfo"]["exitCode"] == 0
    assert ready.read() == "again\n"


async def test_a_task_that_waits_for_a_deleted_one_can_be_ended(ready: Bench, tmp_path: Path) -> None:
    ready.shell("task", f"trap : TERM; touch {tmp_path}/old; while :; do sleep 0.05; done")
    await ready.until((tmp_path / "old").exists)
    for _ in range(2):
        ready.call("delete_task", jobId="job", taskId="task")
        ready.shell("task", "echo again")
        await asyncio.sleep(0)
    ready.call("terminate_task", jobId="job", taskId="task")
    info = (await ready.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "TaskEnded"
    assert "exitCode" not in info
    await ready.until(lambda: not runs(ready))


async def test_constraints_are_replaced(bench: Bench) -> None:
    bench.job()
    bench.task(constraints={"maxTaskRetryCount": 5, "retentionTime": "P1D"})
    before = bench.task_document()
    bench.call("replace_task", {"constraints": {"maxTaskRetryCount": 1}}, jobId="job", taskId="task")
    task = bench.task_document()
    assert task["constraints"]["maxTaskRetryCount"] == 1
    assert task["constraints"]["retentionTime"] == "P7D"
    assert task["eTag"] != before["eTag"]


async def test_each_task_of_a_collection_succeeds_or_fails_for_itself(bench: Bench) -> None:
    bench.job()
    bench.task("old")
    tasks = [{"id": "new", "commandLine": "true"}, {"id": "OLD", "commandLine": "true"}, {"id": "x"}, 7]
    body = bench.call("create_task_collection", {"value": tasks}, jobId="job").body
    assert body is not None
    results = body["value"]
    assert [result["status"] for result in results] == ["success", "clienterror", "clienterror", "clienterror"]
    assert results[0]["location"] == f"{bench.base}/jobs/job/tasks/new"
    assert results[1]["error"]["code"] == "TaskExists"
    assert results[2]["error"]["code"] == "MissingRequiredProperty"
    many = {"value": [{"id": f"t{number}", "commandLine": "true"} for number in range(101)]}
    assert bench.refused("create_task_collection", many, jobId="job").status == 400
    assert bench.refused("create_task_collection", {"value": []}, jobId="none").code == "JobNotFound"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"commandLine": None}, "MissingRequiredProperty"),
        ({"id": "a/b"}, "InvalidPropertyValue"),
        ({"requiredSlots": 0}, "InvalidPropertyValue"),
        ({"dependsOn": {"taskIds": ["a"]}}, "TaskDependenciesNotSpecifiedOnJob"),
        ({"exitConditions": {"default": {"jobAction": "terminate"}}}, "InvalidPropertyValue"),
        ({"resourceFiles": [{"filePath": "a"}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{"httpUrl": "http://x"}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{"httpUrl": "http://x", "filePath": "../a"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{"httpUrl": "a", "storageContainerUrl": "b"}]}, "InvalidPropertyValue"),
        ({"multiInstanceSettings": {"coordinationCommandLine": "a"}, "requiredSlots": 2}, "InvalidPropertyValue"),
        ({"constraints": {"maxTaskRetryCount": -2}}, "InvalidPropertyValue"),
        ({"noSuchProperty": 1}, "UnsupportedProperty"),
        ({"id": "jobpreparation"}, "TaskIdSameAsJobPreparationTask"),
    ],
)
async def test_what_cannot_be_a_task_is_refused(bench: Bench, change: Any, code: str) -> None:
    bench.job(jobPreparationTask={"commandLine": "true"})
    error = bench.refused("create_task", {"id": "task", "commandLine": "true", **change}, jobId="job")
    assert error.code == code
    assert not bench.items("list_tasks", jobId="job")


async def test_tasks_are_listed_by_state_and_page(ready: Bench) -> None:
    for number in range(7):
        ready.task(f"t{number}", "false" if number % 2 else "true")
    await ready.until(lambda: ready.counts()["completed"] == 7)
    query = {"maxresults": "3", "$filter": "state eq 'completed'", "$select": "id"}
    found: list[Any] = []
    while True:
        page = ready.call("list_tasks", query=query, jobId="job").page
        assert page is not None
        found += page.items
        if page.token is None:
            break
        query["$skiptoken"] = page.token
    assert found == [{"id": f"t{number}"} for number in range(7)]
    failed = ready.items("list_tasks", {"$filter": "executionInfo/exitCode ne 0"}, jobId="job")
    assert [task["id"] for task in failed] == ["t1", "t3", "t5"]
    assert [task["id"] for task in ready.items("list_tasks", {"$filter": "id eq 'T3'"}, jobId="job")] == ["t3"]
    assert not ready.items("list_tasks", {"$filter": "state eq 'active'"}, jobId="job")


# Dependencies


async def test_so_many_ids_and_ranges_can_a_task_depend_on(ready: Bench) -> None:
    ready.task("enough", dependsOn={"taskIds": ["x" * 64] * 1000, "taskIdRanges": [{"start": 1, "end": 10**9}] * 5000})
    for part, code in (
        ({"taskIds": ["x" * 64] * 1000 + ["y"]}, "TaskDependencyListTooLong"),
        ({"taskIdRanges": [{"start": 1, "end": 10**9}] * 6000}, "TaskDependencyRangesTooLong"),
    ):
        body = {"id": "more", "commandLine": "true", "dependsOn": part}
        error = ready.refused("create_task", body, jobId="job")
        assert (error.status, error.code) == (400, code)


async def test_a_task_waits_for_what_it_depends_on(ready: Bench) -> None:
    note = "echo $AZ_BATCH_TASK_ID >> $AZ_BATCH_NODE_SHARED_DIR/order"
    ready.shell("last", note, dependsOn={"taskIds": ["FIRST"], "taskIdRanges": [{"start": "1", "end": 3}]})
    for name in ("003", "2", "1", "first"):
        ready.shell(name, note)
    ready.shell("show", "cat $AZ_BATCH_NODE_SHARED_DIR/order", dependsOn={"taskIds": ["last"]})
    await ready.done("show")
    order = ready.read("show").split()
    assert order[-1] == "last"
    assert sorted(order) == ["003", "1", "2", "first", "last"]


async def test_a_failure_blocks_dependants_unless_its_exit_conditions_let_them_go_on(ready: Bench) -> None:
    satisfy = {"exitCodes": [{"code": 7, "exitOptions": {"dependencyAction": "satisfy"}}]}
    ready.shell("good", "exit 7", exitConditions=satisfy)
    ready.shell("bad", "exit 8", exitConditions=satisfy)
    ready.task("after-good", dependsOn={"taskIds": ["good"]})
    ready.task("after-bad", dependsOn={"taskIds": ["bad"]})
    await ready.done("after-good")
    await ready.done("bad")
    assert ready.task_document("after-bad")["state"] == "active"
    ready.call("terminate_task", jobId="job", taskId="after-bad")
    assert ready.task_document("after-bad")["state"] == "completed"


async def test_a_reactivated_task_waits_again_for_what_it_never_had(ready: Bench) -> None:
    ready.shell("first", "exit 1")
    await ready.done("first")
    ready.task("second", dependsOn={"taskIds": ["first"]})
    ready.call("terminate_task", jobId="job", taskId="second")
    ready.call("reactivate_task", jobId="job", taskId="second")
    ready.task("later")
    await ready.done("later")
    assert ready.task_document("second")["state"] == "active"


async def test_a_reactivated_task_does_not_wait_again_for_what_was_deleted(ready: Bench) -> None:
    ready.task("first")
    ready.shell("second", "exit 1", dependsOn={"taskIds": ["first"]})
    await ready.done("second")
    ready.call("delete_task", jobId="job", taskId="first")
    ready.call("reactivate_task", jobId="job", taskId="second")
    assert (await ready.done("second"))["executionInfo"]["exitCode"] == 1


async def test_long_ranges_are_waited_for(ready: Bench) -> None:
    ready.task("end", dependsOn={"taskIdRanges": [{"start": 0, "end": 99}]})
    tasks = [{"id": str(number), "commandLine": "true"} for number in range(100)]
    ready.call("create_task_collection", {"value": tasks[:-1]}, jobId="job")
    await ready.until(lambda: ready.counts()["completed"] == 99)
    assert ready.task_document("end")["state"] == "active"
    ready.task("99")
    await ready.done("end")


@pytest.mark.parametrize(
    ("command", "rule", "blocked"),
    [
        ("exit 4", {"exitCodeRanges": [{"start": 3, "end": 5, "exitOptions": {"dependencyAction": "satisfy"}}]}, False),
        ("exit 6", {"exitCodeRanges": [{"start": 3, "end": 5, "exitOptions": {"dependencyAction": "satisfy"}}]}, True),
        ("exit 9", {"default": {"dependencyAction": "satisfy"}}, False),
        ("exit 0", {"default": {"dependencyAction": "block"}}, False),
        ("exit 0", {"exitCodes": [{"code": 0, "exitOptions": {"dependencyAction": "block"}}]}, True),
    ],
)
async def test_exit_conditions(ready: Bench, command: str, rule: Any, blocked: bool) -> None:
    ready.shell("parent", command, exitConditions=rule)
    ready.task("child", dependsOn={"taskIds": ["parent"]})
    ready.task("witness", dependsOn={"taskIds": ["child"] if not blocked else []})
    await ready.done("parent")
    await ready.done("witness")
    assert ready.task_document("child")["state"] == ("active" if blocked else "completed")


async def test_a_start_up_error_has_exit_options_of_its_own(ready: Bench) -> None:
    rule = {"preProcessingError": {"dependencyAction": "satisfy"}, "default": {"dependencyAction": "block"}}
    ready.task("parent", "no-such-program", exitConditions=rule)
    ready.task("child", dependsOn={"taskIds": ["parent"]})
    await ready.done("child")


# Scheduling


async def test_no_more_tasks_run_than_there_are_slots(bench: Bench) -> None:
    await bench.pool("pool", 2, taskSlotsPerNode=2)
    bench.job()
    for number in range(6):
        bench.shell(f"t{number}", "until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done")
    await bench.until(lambda: len(bench.items("list_tasks", {"$filter": "state eq 'running'"}, jobId="job")) == 4)
    assert (bench.counts()["running"], bench.counts()["active"]) == (4, 2)
    slots = [node["runningTaskSlotsCount"] for node in bench.items("list_nodes", poolId="pool")]
    assert slots == [2, 2]
    bench.call("delete_job", jobId="job")
    await bench.until_gone("get_job", jobId="job")


@pytest.mark.parametrize(("fill", "nodes"), [("spread", 2), ("Pack", 1)])
async def test_tasks_fill_nodes_or_spread_over_them(bench: Bench, fill: str, nodes: int) -> None:
    await bench.pool("pool", 2, taskSlotsPerNode=2, taskSchedulingPolicy={"nodeFillType": fill})
    bench.job()
    for number in range(2):
        bench.task(f"t{number}", "sleep 100")
    found = [await bench.task_state("running", f"t{number}") for number in range(2)]
    assert len({task["nodeInfo"]["nodeId"] for task in found}) == nodes


async def test_large_tasks_wait_for_room_and_too_large_ones_for_ever(ready: Bench) -> None:
    ready.task("huge", requiredSlots=5)
    ready.shell("small", "until test -e go; do sleep 0.01; done")
    await ready.task_state("running", "small")
    ready.task("large", requiredSlots=4)
    ready.task("other")
    await ready.done("other")
    assert ready.task_document("large")["state"] == "active"
    ready.call("terminate_task", jobId="job", taskId="small")
    await ready.done("large")
    assert ready.task_document("huge")["state"] == "active"
    slots = ready.get("get_job_task_counts", jobId="job")["taskSlotCounts"]
    assert (slots["active"], slots["succeeded"]) == (5, 5)


async def test_tasks_of_more_important_jobs_go_first(bench: Bench) -> None:
    bench.job("low", priority=-5)
    bench.job("high", priority="100")
    note = "echo $AZ_BATCH_JOB_ID >> $AZ_BATCH_NODE_SHARED_DIR/order"
    for number in range(3):
        bench.shell(f"t{number}", note, "low")
        bench.shell(f"t{number}", note, "high")
    await bench.pool()
    await bench.until(lambda: bench.counts("low")["completed"] == 3)
    file = bench.call("download_node_file", poolId="pool", nodeId=bench.node(), filePath="shared/order").file
    assert file is not None
    assert file.path.read_text().split() == ["high"] * 3 + ["low"] * 3


@pytest.mark.parametrize(("allows", "priority", "is_displaced"), [(True, 1, True), (True, 0, False), (False, 1, False)])
async def test_a_task_makes_room_for_a_more_important_one_where_its_job_allows_it(
    bench: Bench, allows: bool, priority: int, is_displaced: bool
) -> None:
    await bench.pool(taskSlotsPerNode=3)
    bench.job("low", allowTaskPreemption=allows)
    bench.job("high", priority=priority)
    for name in ("older", "newer"):
        bench.task(name, "sleep 1000", "low")
        await bench.task_state("running", name, "low")
    bench.task("large", "sleep 1000", "low", requiredSlots=3)
    bench.task("task", "sleep 1000", "high", requiredSlots=2)
    if not is_displaced:
        bench.task("small", "true", "high")
        await bench.done("small", "high")
        assert bench.task_document("task", "high")["state"] == "active"
        return
    await bench.task_state("running", "task", "high")
    assert bench.task_document("older", "low")["state"] == "running"
    document = bench.task_document("newer", "low")
    assert (document["state"], document["executionInfo"]["requeueCount"]) == ("active", 1)
    bench.call("terminate_task", jobId="high", taskId="task")
    await bench.task_state("running", "newer", "low")


async def test_tasks_make_room_for_one_on_several_nodes(bench: Bench) -> None:
    await bench.pool("pool", 3, enableInterNodeCommunication=True)
    bench.job("low", priority=-1, allowTaskPreemption=True)
    bench.job("high")
    for number in range(3):
        bench.shell(f"t{number}", "sleep 1000" if number != 1 else "trap : TERM; while :; do sleep 0.05; done", "low")
    await bench.until(lambda: bench.counts("low")["running"] == 3)
    settings = {"numberOfInstances": 2, "coordinationCommandLine": "true"}
    bench.task("wide", "sleep 1000", "high", multiInstanceSettings=settings)
    await bench.task_state("running", "wide", "high")
    assert (bench.counts("low")["running"], bench.counts("low")["active"]) == (1, 2)
    # The node that was free first was not given back to the job that had to leave it.
    documents = [bench.task_document(f"t{number}", "low") for number in range(3)]
    assert sorted(one["executionInfo"]["requeueCount"] for one in documents) == [0, 1, 1]


async def test_a_job_can_limit_its_parallel_tasks(ready: Bench) -> None:
    ready.job("narrow", maxParallelTasks=1)
    script = "mkdir $AZ_BATCH_NODE_SHARED_DIR/alone && sleep 0.02 && rmdir $AZ_BATCH_NODE_SHARED_DIR/alone"
    for number in range(5):
        ready.shell(f"t{number}", script, "narrow")
    await ready.until(lambda: ready.counts("narrow")["completed"] == 5)
    assert ready.counts("narrow")["succeeded"] == 5


async def test_a_task_prefers_the_node_it_names(bench: Bench) -> None:
    await bench.pool("pool", 3)
    bench.job()
    for number, node in enumerate(bench.items("list_nodes", poolId="pool")):
        bench.task(f"t{number}", affinityInfo={"affinityId": node["affinityId"]})
        assert (await bench.done(f"t{number}"))["nodeInfo"]["nodeId"] == node["id"]


@pytest.mark.parametrize("operation", ["resize_pool", "remove_nodes"])
@pytest.mark.parametrize(
    ("option", "state"),
    [(None, "active"), ("requeue", "active"), ("terminate", "completed"), ("taskcompletion", "completed")],
)
async def test_tasks_on_a_node_that_leaves(
    bench: Bench, operation: str, option: Optional[str], state: str, tmp_path: Path
) -> None:
    await bench.pool()
    bench.job()
    bench.shell("task", f"until test -e {tmp_path}/go; do sleep 0.01; done")
    await bench.task_state("running")
    wanted = {"nodeList": [bench.node()]} if operation == "remove_nodes" else {"targetDedicatedNodes": 0}
    bench.call(operation, {**wanted, "nodeDeallocationOption": option}, poolId="pool")
    if option == "taskcompletion":
        (tmp_path / "go").touch()
    await bench.idle("pool", 0)
    (tmp_path / "go").touch()
    task = await bench.task_state(state)
    info = task["executionInfo"]
    if state == "active":
        assert info["requeueCount"] == 1
        bench.call("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool")
        info = (await bench.done())["executionInfo"]
        assert info["result"] == "success"
    elif option == "terminate":
        assert info["failureInfo"]["code"] == "TaskEnded"
        assert bench.refused("list_task_files", jobId="job", taskId="task").code == "TaskFilesUnavailable"
    else:
        assert info["result"] == "success"


# Files


async def test_a_part_of_a_file_can_be_read_while_it_grows(ready: Bench) -> None:
    ready.shell("task", "printf 0123456789; until test -e go; do sleep 0.01; done")
    await ready.task_state("running")
    await ready.until(lambda: ready.read() == "0123456789")
    place = {"jobId": "job", "taskId": "task"}
    file = ready.call("download_task_file", part="bytes=2-4", filePath="stdout.txt", **place).file
    assert file is not None
    assert (file.start, file.length) == (2, 3)
    error = ready.refused("download_task_file", part="bytes=10-", filePath="stdout.txt", **place)
    assert (error.status, error.code) == (416, "InvalidRange")
    properties = ready.call("get_task_file_properties", filePath="wd", **place).file
    assert properties is not None
    assert properties.is_directory
    assert ready.refused("download_task_file", filePath="../x", **place).code == "FileNotFound"
    ready.call("delete_task_file", filePath="stderr.txt", **place)
    assert ready.refused("get_task_file_properties", filePath="stderr.txt", **place).status == 404


async def test_resource_files_come_from_folders_of_this_machine(ready: Bench, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "b.txt").write_text("b")
    files = [
        {"httpUrl": (tmp_path / "in" / "a.txt").as_uri(), "filePath": "x/one", "fileMode": "0750"},
        {"storageContainerUrl": str(tmp_path / "in"), "filePath": "all", "blobPrefix": "deep/"},
    ]
    ready.shell("task", "cat x/one all/deep/b.txt; test -x x/one", resourceFiles=files)
    assert (await ready.done())["executionInfo"]["result"] == "success"
    assert ready.read() == "ab"


async def test_a_missing_resource_file_fails_the_task(ready: Bench, tmp_path: Path) -> None:
    files = [{"httpUrl": (tmp_path / "none").as_uri(), "filePath": "x"}]
    ready.task("task", resourceFiles=files, constraints={"maxTaskRetryCount": 3})
    info = (await ready.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "BlobNotFound"
    assert info["retryCount"] == 0
    assert "exitCode" not in info


@pytest.mark.parametrize(("script", "names"), [("true", {"ok/r.txt", "all"}), ("false", {"bad/r.txt", "all"})])
async def test_output_files_go_where_their_condition_says(
    ready: Bench, tmp_path: Path, script: str, names: set[str]
) -> None:
    def output(pattern: str, path: str, condition: str) -> Any:
        container = {"path": path, "containerUrl": str(tmp_path)}
        uploading = {"uploadCondition": condition}
        return {"filePattern": pattern, "destination": {"container": container}, "uploadOptions": uploading}

    outputs = [
        output("**/*.txt", "ok", "taskSuccess"),
        output("**/*.txt", "bad", "taskfailure"),
        output("../stdout.txt", "all", "taskcompletion"),
    ]
    ready.shell("task", f"mkdir .hidden; touch r.txt .hidden/no.txt; {script}", outputFiles=outputs)
    await ready.done()
    found = {str(Path(folder, name).relative_to(tmp_path)) for folder, _, files in os.walk(tmp_path) for name in files}
    assert found == names


async def test_an_upload_that_fails_fails_the_task_but_keeps_its_exit_code(ready: Bench, tmp_path: Path) -> None:
    container = {"containerUrl": str(tmp_path / "none")}
    output = {
        "filePattern": "../std*.txt",
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": "taskcompletion"},
    }
    ready.task("task", outputFiles=[output])
    info = (await ready.done())["executionInfo"]
    assert info["exitCode"] == 0
    assert info["result"] == "failure"
    assert info["failureInfo"]["code"] == "FileUploadContainerNotFound"


async def test_packages_are_installed_and_named_in_the_environment(make_bench: Any, tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("works")
    bench = await make_bench(applications={"my-app": {"1.0": tmp_path}})
    assert bench.items("list_applications") == [{"id": "my-app", "displayName": "my-app", "versions": ["1.0"]}]
    await bench.pool(applicationPackageReferences=[{"applicationId": "my-app"}])
    bench.job()
    script = "cat $AZ_BATCH_APP_PACKAGE_my_app_1_0/tool $AZ_BATCH_APP_PACKAGE_my_app/tool"
    references = [{"applicationId": "my-app", "version": "1.0"}]
    bench.shell("task", script, applicationPackageReferences=references)
    await bench.done()
    assert bench.read() == "worksworks"
    bench.task("bad", applicationPackageReferences=[{"applicationId": "none"}])
    assert (await bench.done("bad"))["executionInfo"]["failureInfo"]["code"] == "ApplicationPackageError"


# Bad input


async def test_output_of_any_size_and_kind_is_no_trouble(ready: Bench) -> None:
    ready.task("empty", "true")
    ready.shell("binary", "head -c 100000 /dev/urandom")
    ready.shell("large", "head -c 104857600 /dev/zero")
    for name, length in (("empty", 0), ("binary", 100_000), ("large", 104_857_600)):
        await ready.done(name)
        file = ready.call("download_task_file", jobId="job", taskId=name, filePath="stdout.txt").file
        assert file is not None
        assert file.length == length


async def test_children_left_behind_do_not_keep_a_task_running(ready: Bench) -> None:
    ready.shell("task", "sleep 1000 & echo $!")
    await ready.done()
    process = int(ready.read())
    await ready.until(lambda: is_gone(process))


async def test_strange_command_lines_end_as_failures(ready: Bench) -> None:
    for number, command in enumerate(["", "   ", '"', "/", "a\0b", "\ud800"]):
        ready.task(f"t{number}", command)
        info = (await ready.done(f"t{number}"))["executionInfo"]
        assert (info["result"], info["failureInfo"]["category"]) == ("failure", "usererror")
        assert "exitCode" not in info
    ready.task("fine")
    assert (await ready.done("fine"))["executionInfo"]["result"] == "success"


async def test_every_process_is_gone_when_the_account_stops(make_bench: Any) -> None:
    bench = await make_bench()
    await bench.pool()
    bench.job()
    bench.shell("task", "echo $$; exec sleep 1000")
    await bench.task_state("running")
    process = int(await bench.until(lambda: bench.read().strip()))
    folder = bench.call("download_task_file", jobId="job", taskId="task", filePath="stdout.txt").file.path
    await bench.account.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not folder.exists()
