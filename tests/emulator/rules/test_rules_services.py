"""Tasks on several nodes, daemons, and mounts: what reaches beyond one process in its folder."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.processes import is_gone

if TYPE_CHECKING:
    from conftest import Bench, SetClock

DAEMON = """import os, sys, time
parent = os.getpid()
if os.fork():
    os._exit(0)
os.setsid()
while os.getppid() == parent:  # only an orphan is known by where it stands
    time.sleep(0.01)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(1000)
"""
"""Makes itself a session of its own, as ``sshd`` does."""


@pytest.fixture
def daemon(tmp_path: Path) -> str:
    """A command that starts a daemon, which writes its number to a file."""
    (tmp_path / "daemon.py").write_text(DAEMON)
    return f"{sys.executable} {tmp_path / 'daemon.py'}"


# Several nodes at once


async def test_a_multi_instance_task_runs_on_all_its_nodes(bench: Bench) -> None:
    await bench.pool("pool", 3, enableInterNodeCommunication=True)
    bench.job()
    settings = {"numberOfInstances": 3, "coordinationCommandLine": "/bin/sh -c 'echo coordinated'"}
    bench.shell("task", "echo $AZ_BATCH_HOST_LIST $AZ_BATCH_IS_CURRENT_NODE_MASTER", multiInstanceSettings=settings)
    task = await bench.done()
    assert task["executionInfo"]["exitCode"] == 0
    hosts, is_master = bench.read().split()
    assert (sorted(hosts.split(",")), is_master) == (["10.0.0.4", "10.0.0.5", "10.0.0.6"], "true")
    subtasks = bench.items("list_subtasks", jobId="job", taskId="task")
    assert [(item["id"], item["state"], item["result"]) for item in subtasks] == [
        (1, "completed", "success"),
        (2, "completed", "success"),
    ]
    assert len({item["nodeInfo"]["nodeId"] for item in subtasks} | {task["nodeInfo"]["nodeId"]}) == 3
    assert "subtasks" not in task
    bench.task("plain")
    assert not bench.items("list_subtasks", jobId="job", taskId="plain")


async def test_a_subtask_that_fails_fails_the_task(bench: Bench) -> None:
    await bench.pool("pool", 2, enableInterNodeCommunication=True)
    bench.job()
    command = "/bin/sh -c 'test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true || exit 4'"
    settings = {"numberOfInstances": 2, "coordinationCommandLine": command}
    bench.task("task", "sleep 100", multiInstanceSettings=settings)
    info = (await bench.done())["executionInfo"]
    assert (info["result"], info["exitCode"]) == ("failure", 4)


async def test_services_of_the_coordination_commands_are_there_for_the_task(bench: Bench, daemon: str) -> None:
    await bench.pool("pool", 2, enableInterNodeCommunication=True)
    bench.job()
    shared = "$AZ_BATCH_NODE_SHARED_DIR"
    until = f"until test -e {shared}/daemon; do sleep 0.01; done"
    start = f"sleep 1000 & echo $! > {shared}/service; {daemon} {shared}/daemon; {until}"
    settings = {"numberOfInstances": 2, "coordinationCommandLine": f"/bin/sh -c '{start}'"}
    look = f"kill -0 $(cat {shared}/service) $(cat {shared}/daemon)"
    bench.shell("task", look, multiInstanceSettings=settings, constraints={"maxTaskRetryCount": 0})
    assert (await bench.done())["executionInfo"]["result"] == "success"
    numbers: list[int] = []
    for node in bench.items("list_nodes", poolId="pool"):
        for name in ("service", "daemon"):
            file = bench.call("download_node_file", poolId="pool", nodeId=node["id"], filePath=f"shared/{name}").file
            assert file is not None
            numbers.append(int(file.path.read_text()))
    assert len(set(numbers)) == 4
    assert all(is_gone(number) for number in numbers)


async def test_files_and_variables_of_a_multi_instance_task(bench: Bench, tmp_path: Path) -> None:
    for name in ("common", "own"):
        (tmp_path / name).write_text(name)
    await bench.pool("pool", 2, enableInterNodeCommunication=True)
    bench.job()
    show = "ls $AZ_BATCH_TASK_SHARED_DIR/common own; echo $AZ_BATCH_IS_CURRENT_NODE_MASTER $AZ_BATCH_NODE_LIST"
    settings = {
        "numberOfInstances": 2,
        "coordinationCommandLine": f"/bin/sh -c '{show} 2>/dev/null'",
        "commonResourceFiles": [{"httpUrl": (tmp_path / "common").as_uri(), "filePath": "common"}],
    }
    own = [{"httpUrl": (tmp_path / "own").as_uri(), "filePath": "own"}]
    script = "echo $AZ_BATCH_HOST_LIST $AZ_BATCH_MASTER_NODE; echo $CCP_NODES; basename $AZ_BATCH_TASK_SHARED_DIR"
    bench.shell("task", script, multiInstanceSettings=settings, resourceFiles=own)
    task = await bench.done()
    addresses = {node["id"]: node["ipAddress"] for node in bench.items("list_nodes", poolId="pool")}
    (subtask,) = bench.items("list_subtasks", jobId="job", taskId="task")
    primary, second = addresses[task["nodeInfo"]["nodeId"]], addresses[subtask["nodeInfo"]["nodeId"]]
    hosts, numbers, name = bench.read().splitlines()
    assert (hosts, name) == (f"{primary},{second} {primary}:6000", "task")
    assert numbers == f"2 {primary} 1 {second} 1"
    path = f"{subtask['nodeInfo']['taskRootDirectory']}/stdout.txt"
    node = {"poolId": "pool", "nodeId": subtask["nodeInfo"]["nodeId"]}
    file = bench.call("download_node_file", filePath=path, **node).file
    assert file is not None
    common, last = file.path.read_text().splitlines()
    assert (Path(common).name, last) == ("common", f"false {primary};{second}")
    assert sorted(bench.read(path="coordination-stdout.txt").split())[-2:] == ["own", "true"]
    assert set(subtask) >= {"id", "nodeInfo", "startTime", "endTime", "exitCode", "state", "stateTransitionTime"}
    assert (subtask["previousState"], subtask["result"]) == ("running", "success")


async def test_no_command_starts_before_every_coordination_ended(bench: Bench) -> None:
    await bench.pool("pool", 2, enableInterNodeCommunication=True)
    bench.job()
    until = "until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.01; done"
    wait = f"test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true || {until}"
    bench.task(
        multiInstanceSettings={"numberOfInstances": 2, "coordinationCommandLine": f"/bin/sh -c '{wait}'"},
        command="/bin/sh -c 'echo begun; sleep 1000'",
    )
    await bench.task_state("running")
    await bench.until(lambda: bench.items("list_subtasks", jobId="job", taskId="task"))
    assert bench.refused("download_task_file", jobId="job", taskId="task", filePath="stdout.txt").status == 404
    (subtask,) = bench.items("list_subtasks", jobId="job", taskId="task")
    assert (subtask["state"], "endTime" in subtask) == ("running", False)
    node = bench.node_root(subtask["nodeInfo"]["nodeId"])
    (node / "shared" / "go").touch()

    output = bench.node_root(bench.task_document()["nodeInfo"]["nodeId"]) / "workitems/job/job-1/task/stdout.txt"
    await bench.until(lambda: output.exists() and output.read_text() == "begun\n")
    bench.call("terminate_task", jobId="job", taskId="task")
    await bench.done()


async def test_a_subtask_that_fails_first_is_the_reason(bench: Bench) -> None:
    await bench.pool("pool", 2, enableInterNodeCommunication=True)
    bench.job()
    command = "/bin/sh -c 'test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true && sleep 1000; exit 4'"
    settings = {"numberOfInstances": 2, "coordinationCommandLine": command}
    bench.task("task", "sleep 1000", multiInstanceSettings=settings, constraints={"maxTaskRetryCount": 1})
    info = (await bench.done())["executionInfo"]
    assert (info["exitCode"], info["failureInfo"]["code"], info["retryCount"]) == (4, "FailureExitCode", 1)
    (subtask,) = bench.items("list_subtasks", jobId="job", taskId="task")
    assert (subtask["exitCode"], subtask["failureInfo"]["code"]) == (4, "FailureExitCode")


# Daemons


WITHOUT_ENVIRONMENT = "env -i "


@pytest.mark.parametrize(
    ("way", "before"),
    [
        *((way, "") for way in ("terminate", "limit", "delete", "stop")),
        *((way, WITHOUT_ENVIRONMENT) for way in ("terminate", "limit", "stop")),
    ],
)
async def test_daemons_end_with_their_task(
    make_bench: Any, clock: SetClock, daemon: str, way: str, before: str
) -> None:
    bench: Bench = await make_bench(clock=clock)
    await bench.pool()
    bench.job()
    limit = {"maxWallClockTime": "PT1H"}
    bench.shell("task", f"{before}{daemon} number; sleep 1000", constraints=limit)
    await bench.task_state("running")
    file = bench.node_root(bench.node()) / "workitems" / "job" / "job-1" / "task" / "wd" / "number"
    number = int(await bench.until(lambda: file.exists() and file.read_text()))
    assert not is_gone(number)
    if way == "stop":
        await bench.account.stop()
    elif way == "limit":
        await clock.advance(hours=2)
    else:
        bench.call(f"{way}_task", jobId="job", taskId="task")
    if way in ("limit", "terminate"):
        await bench.done()
    await bench.until(lambda: is_gone(number))


@pytest.mark.parametrize("before", ["", WITHOUT_ENVIRONMENT])
async def test_a_daemon_of_a_task_that_ended_lives_until_the_account_stops(
    bench: Bench, daemon: str, before: str
) -> None:
    await bench.pool()
    bench.job()
    bench.shell("task", f"{before}{daemon} number; until test -e number; do sleep 0.01; done; cat number")
    await bench.done()
    number = int(bench.read())
    assert not is_gone(number)
    await bench.account.stop()
    await bench.until(lambda: is_gone(number))


async def test_a_daemon_of_a_deleted_task_ends_with_the_account_at_the_latest(bench: Bench, daemon: str) -> None:
    await bench.pool()
    bench.job()
    bench.shell("task", f"{WITHOUT_ENVIRONMENT}{daemon} number; until test -e number; do sleep 0.01; done; cat number")
    await bench.done()
    number = int(bench.read())
    bench.call("delete_task", jobId="job", taskId="task")
    await bench.account.stop()
    await bench.until(lambda: is_gone(number))


async def folder_of_a_running_task(bench: Bench) -> Path:
    await bench.pool()
    bench.job()
    bench.task("task", "sleep 1000")
    await bench.task_state("running")
    return bench.node_root(bench.node()) / "workitems" / "job" / "job-1" / "task" / "wd"


@pytest.mark.parametrize("has_own_session", [False, True])
async def test_who_only_stands_in_the_directory_of_a_task_goes_on(bench: Bench, has_own_session: bool) -> None:
    folder = await folder_of_a_running_task(bench)
    bystander = await asyncio.create_subprocess_exec("sleep", "1000", cwd=folder, start_new_session=has_own_session)
    try:
        bench.call("terminate_task", jobId="job", taskId="task")
        await bench.done()
        await bench.account.stop()
        assert bystander.returncode is None
        assert not is_gone(bystander.pid)
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_daemon_that_its_user_started_in_the_directory_of_a_task_goes_on(bench: Bench, daemon: str) -> None:
    """An editor's server, say: it lost its parent as those of tasks do, but knows whose it is."""
    folder = await folder_of_a_running_task(bench)
    own = {"HOME": "/home/somebody", "PATH": os.environ["PATH"]}
    starter = await asyncio.create_subprocess_exec(*daemon.split(), "number", cwd=folder, env=own)
    await starter.wait()
    number = int(await bench.until(lambda: (folder / "number").exists() and (folder / "number").read_text()))
    try:
        bench.call("terminate_task", jobId="job", taskId="task")
        await bench.done()
        await bench.account.stop()
        assert not is_gone(number)
    finally:
        os.kill(number, signal.SIGKILL)


# Mounts

MOUNTS = [
    {
        "azureFileShareConfiguration": {
            "accountName": "a",
            "accountKey": "hush",
            "azureFileUrl": "https://a.file.core.windows.net/files/",
            "relativeMountPath": "f",
        }
    },
    {
        "azureBlobFileSystemConfiguration": {
            "accountName": "a",
            "containerName": "blobs",
            "sasKey": "hush",
            "relativeMountPath": "deep/b",
        }
    },
    {"nfsMountConfiguration": {"source": "a.blob.core.windows.net:/a/exported", "relativeMountPath": "n"}},
    {
        "cifsMountConfiguration": {
            "username": "u",
            "password": "hush",
            "source": "\\\\a\\cifs",
            "relativeMountPath": "c",
        }
    },
]


async def test_mounts_are_folders_of_the_linked_storage(make_bench: Any, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "input").write_text("from the share")
    bench: Bench = await make_bench(auto_storage=tmp_path)
    await bench.pool(mountConfiguration=MOUNTS)
    bench.job()
    script = "cd $AZ_BATCH_NODE_MOUNTS_DIR; cat f/input; for each in deep/b n c; do echo $each > $each/out; done"
    bench.shell("task", script)
    assert (await bench.done())["executionInfo"]["result"] == "success"
    assert bench.read() == "from the share"
    found = {name: (tmp_path / name / "out").read_text().strip() for name in ("blobs", "exported", "cifs")}
    assert found == {"blobs": "deep/b", "exported": "n", "cifs": "c"}
    pool = bench.get("get_pool", poolId="pool")
    assert len(pool["mountConfiguration"]) == 4
    assert "hush" not in str(pool)
    bench.call("delete_pool", poolId="pool")
    await bench.until_gone("get_pool", poolId="pool")
    assert (tmp_path / "files" / "input").exists()


async def test_start_tasks_see_the_mounts(make_bench: Any, tmp_path: Path) -> None:
    bench: Bench = await make_bench(auto_storage=tmp_path)
    line = "/bin/sh -c 'touch $AZ_BATCH_NODE_MOUNTS_DIR/f/started'"
    await bench.pool(mountConfiguration=MOUNTS[:1], startTask={"commandLine": line, "waitForSuccess": True})
    assert (tmp_path / "files" / "started").exists()


@pytest.mark.parametrize(
    ("mounts", "code"),
    [
        ([{}], "MissingRequiredProperty"),
        ([{**MOUNTS[0], **MOUNTS[2]}], "InvalidPropertyValue"),
        ([MOUNTS[0], MOUNTS[0]], "InvalidPropertyValue"),
        ([{"nfsMountConfiguration": {"source": "s:/x", "relativeMountPath": "../x"}}], "InvalidPropertyValue"),
        ([{"nfsMountConfiguration": {"source": "s:/x", "relativeMountPath": "/x"}}], "InvalidPropertyValue"),
        ([{"nfsMountConfiguration": {"source": "..", "relativeMountPath": "x"}}], "InvalidPropertyValue"),
        ([{"nfsMountConfiguration": {"source": "", "relativeMountPath": "x"}}], "MissingRequiredProperty"),
        (
            [{"nfsMountConfiguration": {"source": "s", "relativeMountPath": str(number)}} for number in range(11)],
            "InvalidPropertyValue",
        ),
    ],
)
async def test_what_cannot_be_mounted_is_refused(make_bench: Any, tmp_path: Path, mounts: Any, code: str) -> None:
    bench: Bench = await make_bench(auto_storage=tmp_path)
    body = {"id": "pool", "vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0}
    error = bench.refused("create_pool", {**body, "mountConfiguration": mounts})
    assert (error.status, error.code) == (400, code)


async def test_mounts_need_storage(bench: Bench) -> None:
    bench.create_pool(nodes=0)
    error = bench.refused("update_pool", {"mountConfiguration": MOUNTS}, poolId="pool")
    assert (error.status, "mountConfiguration" in error.message) == (501, True)
    error = bench.refused("update_pool", {"mountConfiguration": [{}]}, poolId="pool")
    assert (error.status, error.code) == (400, "MissingRequiredProperty")
