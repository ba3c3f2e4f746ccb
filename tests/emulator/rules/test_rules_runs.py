"""How often tasks run and where, what their failures mean, and what a Windows node shows of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Bench, SetClock


@pytest.fixture
async def ready(bench: Bench) -> Bench:
    """An account with a node of four slots and a job on it, whose tasks are tried once more."""
    await bench.pool(taskSlotsPerNode=4)
    bench.job(usesTaskDependencies=True, constraints={"maxTaskRetryCount": 1})
    return bench


# Retries


async def test_a_task_without_limit_is_tried_until_it_succeeds(ready: Bench) -> None:
    script = "echo x >> tries; test $(wc -l < tries) = 4"
    ready.shell("task", script, constraints={"maxTaskRetryCount": -1})
    info = (await ready.done())["executionInfo"]
    assert (info["retryCount"], info["exitCode"], info["result"]) == (3, 0, "success")


async def test_a_task_has_the_retries_of_its_job_unless_it_says_otherwise(ready: Bench) -> None:
    ready.shell("jobs", "exit 1")
    ready.shell("own", "exit 1", constraints={"maxTaskRetryCount": 0})
    infos = [(await ready.done(name))["executionInfo"] for name in ("jobs", "own")]
    assert [info["retryCount"] for info in infos] == [1, 0]
    assert ["lastRetryTime" in info for info in infos] == [True, False]


async def test_what_was_ended_is_not_tried_again(make_bench: Any, clock: SetClock) -> None:
    bench: Bench = await make_bench(clock=clock)
    await bench.pool()
    bench.job(constraints={"maxTaskRetryCount": 5})
    bench.task("late", "sleep 1000", constraints={"maxWallClockTime": "PT1H"})
    await bench.task_state("running", "late")
    await clock.advance(hours=1)
    info = (await bench.done("late"))["executionInfo"]
    assert (info["failureInfo"]["code"], info["failureInfo"]["category"]) == ("TaskEnded", "usererror")
    assert info["retryCount"] == 0
    assert info["exitCode"] > 128


# Exit conditions


@pytest.mark.parametrize(
    ("script", "rules", "is_satisfied"),
    [
        ("exit 0", {"fileUploadError": {"dependencyAction": "satisfy"}}, True),
        ("exit 0", {"default": {"dependencyAction": "satisfy"}}, True),
        ("exit 0", {}, False),
        (
            "exit 3",
            {
                "exitCodes": [{"code": 3, "exitOptions": {"dependencyAction": "block"}}],
                "fileUploadError": {"dependencyAction": "satisfy"},
            },
            False,
        ),
    ],
)
async def test_a_failed_upload_has_exit_options_of_its_own(
    ready: Bench, tmp_path: Path, script: str, rules: Any, is_satisfied: bool
) -> None:
    output = {
        "filePattern": "../stdout.txt",
        "destination": {"container": {"containerUrl": str(tmp_path / "none")}},
        "uploadOptions": {"uploadCondition": "taskcompletion"},
    }
    limit = {"maxTaskRetryCount": 0}
    ready.shell("parent", script, outputFiles=[output], exitConditions=rules, constraints=limit)
    ready.task("child", dependsOn={"taskIds": ["parent"]})
    ready.task("witness", dependsOn={"taskIds": ["child"] if is_satisfied else []})
    assert (await ready.done("parent"))["executionInfo"]["failureInfo"]["code"] == "FileUploadContainerNotFound"
    await ready.done("witness")
    assert ready.task_document("child")["state"] == ("completed" if is_satisfied else "active")


async def test_a_parent_that_succeeds_at_last_lets_its_dependants_go_on(ready: Bench) -> None:
    ready.shell("parent", "test -e again || { touch again; exit 1; }", constraints={"maxTaskRetryCount": 0})
    ready.task("child", dependsOn={"taskIds": ["parent"]})
    await ready.done("parent")
    assert ready.task_document("child")["state"] == "active"
    ready.call("reactivate_task", jobId="job", taskId="parent")
    await ready.done("child")


# Where tasks run


async def test_without_nodes_no_task_runs(bench: Bench) -> None:
    bench.create_pool(nodes=0)
    for job, pool in (("empty", "pool"), ("none", "no-such-pool")):
        bench.job(job, pool)
        bench.task("task", job=job)
    await bench.idle("pool", 0)
    assert [bench.task_document(job=job)["state"] for job in ("empty", "none")] == ["active", "active"]
    bench.call("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool")
    await bench.done(job="empty")


async def test_affinity_is_a_wish_and_no_condition(bench: Bench) -> None:
    await bench.pool("pool", 2)
    bench.job()
    bench.task("first", "sleep 1000")
    first = (await bench.task_state("running", "first"))["nodeInfo"]
    bench.task("second", affinityInfo={"affinityId": first["affinityId"]})
    assert (await bench.done("second"))["nodeInfo"]["nodeId"] != first["nodeId"]
    bench.call("terminate_task", jobId="job", taskId="first")
    await bench.done("first")
    bench.task("third", affinityInfo={"affinityId": first["affinityId"]})
    assert (await bench.done("third"))["nodeInfo"]["nodeId"] == first["nodeId"]


@pytest.mark.parametrize("more", [{"taskSlotsPerNode": 2, "enableInterNodeCommunication": True}, {}])
async def test_a_multi_instance_task_needs_a_pool_for_it(bench: Bench, more: Any) -> None:
    await bench.pool("pool", 2, **more)
    bench.job()
    bench.task(multiInstanceSettings={"numberOfInstances": 2, "coordinationCommandLine": "true"})
    bench.task("other")
    await bench.done("other")
    assert bench.task_document()["state"] == "active"


@pytest.mark.parametrize("is_exclusive", [True, False])
async def test_a_job_manager_may_want_a_dedicated_node(bench: Bench, is_exclusive: bool) -> None:
    await bench.pool("pool", 0)
    bench.call("resize_pool", {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 1}, poolId="pool")
    await bench.idle("pool", 1)
    manager = {"id": "manager", "commandLine": "true", "allowLowPriorityNode": False, "runExclusive": is_exclusive}
    bench.job(jobManagerTask={**manager, "killJobOnCompletion": False})
    bench.job("other")
    bench.task(job="other")
    await bench.done(job="other")
    assert bench.task_document("manager")["state"] == "active"
    bench.call("resize_pool", {"targetDedicatedNodes": 1, "targetLowPriorityNodes": 1}, poolId="pool")
    place = (await bench.done("manager"))["nodeInfo"]
    assert bench.get("get_node", poolId="pool", nodeId=place["nodeId"])["isDedicated"]


async def test_a_task_that_is_queued_again_begins_anew_elsewhere(bench: Bench) -> None:
    await bench.pool("pool", 2)
    bench.job()
    bench.shell("task", "test -e $AZ_BATCH_NODE_SHARED_DIR/go || { touch here; sleep 1000; }; ls")
    first = (await bench.task_state("running"))["nodeInfo"]["nodeId"]
    for node in bench.items("list_nodes", poolId="pool"):
        if node["id"] != first:
            (bench.node_root(node["id"]) / "shared" / "go").touch()
    assert "lastRequeueTime" not in bench.task_document()["executionInfo"]
    bench.call("reboot_node", {"nodeRebootOption": "requeue"}, poolId="pool", nodeId=first)
    task = await bench.done()
    assert task["nodeInfo"]["nodeId"] != first
    assert (task["executionInfo"]["requeueCount"], task["executionInfo"]["retryCount"]) == (1, 0)
    assert "lastRequeueTime" in task["executionInfo"]
    assert bench.read() == ""


# Users and Windows


async def test_identities_are_kept(bench: Bench) -> None:
    await bench.pool(userAccounts=[{"name": "builder", "password": "secret"}])
    bench.job()
    for name, identity in (
        ("named", {"username": "builder"}),
        ("admin", {"autoUser": {"scope": "task", "elevationLevel": "admin"}}),
    ):
        bench.task(name, userIdentity=identity)
        task = await bench.done(name)
        assert (task["userIdentity"], task["executionInfo"]["result"]) == (identity, "success")


@pytest.mark.parametrize("is_windows", [False, True])
async def test_a_task_fails_at_its_start_whose_user_is_no_account_of_the_pool(bench: Bench, is_windows: bool) -> None:
    machines = bench.windows if is_windows else bench.vm
    await bench.pool(virtualMachineConfiguration=machines, userAccounts=[{"name": "Builder", "password": "secret"}])
    bench.job(onTaskFailure="performexitoptionsjobaction", onAllTasksComplete="noaction")
    place = {"poolId": "pool", "nodeId": bench.node()}
    bench.call("create_node_user", {"name": "visitor", "password": "secret"}, **place)
    exits = {"preProcessingError": {"jobAction": "none"}, "default": {"jobAction": "terminate"}}
    for name in ("visitor", "nobody", "builder"):
        bench.task(
            name, "cmd /c exit 0" if is_windows else "true", userIdentity={"username": name}, exitConditions=exits
        )
        info = (await bench.done(name))["executionInfo"]
        if name == "builder" and is_windows:  # names have no case there
            assert info["result"] == "success"
            continue
        assert (info["failureInfo"]["code"], "exitCode" in info) == ("CommandLaunchFailed", False)
        assert name in info["failureInfo"]["details"][0]["value"]
    assert bench.get("get_job", jobId="job")["state"] == "active"


async def test_a_task_of_a_windows_node(bench: Bench) -> None:
    await bench.pool(virtualMachineConfiguration=bench.windows)
    bench.job()
    settings = [{"name": "Greeting", "value": "hello"}]
    bench.task("task", "cmd /c echo %GREETING% %AZ_BATCH_TASK_ID%", environmentSettings=settings)
    task = await bench.done()
    assert task["nodeInfo"]["taskRootDirectory"] == "workitems\\job\\job-1\\task"
    assert task["nodeInfo"]["taskRootDirectoryUrl"].endswith("/files/workitems/job/job-1/task")
    assert bench.read().split() == ["hello", "task"]
    names = {entry["name"] for entry in bench.items("list_task_files", jobId="job", taskId="task")}
    assert names == {"ProcessEnv.cmd", "stderr.txt", "stdout.txt", "wd"}
    assert "set Greeting=hello\r\n" in bench.read(path="ProcessEnv.cmd")
