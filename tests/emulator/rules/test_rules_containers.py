"""Tasks in containers: by a client of Docker (a stand-in for it), as processes of this machine, or refused."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

from azure.batch.emulator import BatchEmulator
from support import docker_stand_in
from support.processes import is_gone
from support.resources import pool_options
from support.waiting import until

if TYPE_CHECKING:
    from conftest import Bench, SetClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a POSIX program")

IMAGE = {"imageName": "tools/image"}


class Docker:
    """What the stand-in noted down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def calls(self, step: str) -> list[list[str]]:
        """The words of every call for a step, without the step's own."""
        return [call["words"][1:] for call in self.notes() if call["words"][0] == step]

    def notes(self) -> list[Any]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def containers(self) -> list[Path]:
        return list(self.folder.glob("container-*"))

    def down(self) -> None:
        """From now on no daemon answers."""
        (self.folder / "down").touch()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    folder = tmp_path / "bin"
    folder.mkdir()
    docker_stand_in.install(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return Docker(folder)


@pytest.fixture
async def contained(make_bench: Any, docker: Docker, clock: SetClock) -> Bench:
    """An account with a node and a job, beside a Docker daemon."""
    bench: Bench = await make_bench(clock=clock)
    await bench.pool(taskSlotsPerNode=4)
    bench.job()
    return bench


def options(words: list[str], name: str) -> list[str]:
    return [words[at + 1] for at, word in enumerate(words) if word == name]


async def test_a_task_runs_in_its_image(contained: Bench, docker: Docker) -> None:
    settings = {**IMAGE, "containerRunOptions": "--init --shm-size '1 g'"}
    script = 'echo "$IMAGE $AZ_BATCH_TASK_ID $A"; pwd; echo "$LINES"; echo oops >&2; echo made > made; exit 3'
    values = [{"name": "A", "value": "x = #y"}, {"name": "LINES", "value": "one\ntwo"}]
    contained.task("task", f"/bin/sh -c '{script}'", containerSettings=settings, environmentSettings=values)
    info = (await contained.done())["executionInfo"]
    assert (info["exitCode"], info["failureInfo"]["code"]) == (3, "FailureExitCode")
    assert (info["containerInfo"]["state"], len(info["containerInfo"]["containerId"])) == ("exited", 32)
    first, folder, *rest = contained.read().splitlines()
    assert (first, rest) == ("tools/image task x = #y", ["one", "two"])
    assert folder.endswith("/task/wd")
    assert contained.read(path="stderr.txt") == "oops\n"
    assert contained.read(path="wd/made") == "made\n"
    (words,) = docker.calls("create")
    assert options(words, "--shm-size") == ["1 g"]
    assert "--init" in words
    assert options(words, "--user") == [f"{os.getuid()}:{os.getgid()}"]
    root = folder[: folder.index("/workitems/")]
    assert options(words, "--mount") == [f"type=bind,source={root},target={root}"]
    assert docker.calls("pull") == [["tools/image"]]
    assert docker.containers() == []
    assert not any("AZ_BATCH_TASK_ID=" in word for word in words)  # every user of the machine sees arguments


async def test_an_image_is_pulled_once(contained: Bench, docker: Docker) -> None:
    for name in ("one", "two"):
        contained.task(name, "true", containerSettings=IMAGE)
        await contained.done(name)
    assert len(docker.calls("pull")) == 1
    assert len(docker.calls("version")) == 1


async def test_folders_that_are_asked_for(contained: Bench, docker: Docker) -> None:
    mounts = [{"source": "Shared", "isReadOnly": True}, {"source": "Task"}, {"source": "JobPrep"}, {"source": "Shared"}]
    settings = {**IMAGE, "workingDirectory": "containerImageDefault", "containerHostBatchBindMounts": mounts}
    contained.task("task", "pwd", containerSettings=settings)
    contained.task("bare", "", containerSettings={**IMAGE, "containerHostBatchBindMounts": []})
    await contained.done()
    await contained.done("bare")
    words, bare = sorted(docker.calls("create"), key=len, reverse=True)
    assert contained.read() == "/\n"
    assert options(words, "--workdir") == []
    assert [mount.rsplit("/", 1)[1] for mount in options(words, "--mount")] == ["shared", "task"]
    assert options(bare, "--mount") == []
    assert contained.read("bare") == "entry point\n"


async def test_an_admin_runs_as_the_image_wants(contained: Bench, docker: Docker) -> None:
    identity = {"autoUser": {"scope": "task", "elevationLevel": "admin"}}
    contained.task("task", "true", containerSettings=IMAGE, userIdentity=identity)
    assert (await contained.done())["executionInfo"]["result"] == "success"
    assert options(docker.calls("create")[0], "--user") == []


@pytest.mark.parametrize(
    ("settings", "command", "category", "code"),
    [
        ({"imageName": "none/such"}, "true", "usererror", "ContainerInvalidImage"),
        ({"imageName": "private/image"}, "true", "usererror", "ContainerInvalidRegistry"),
        ({**IMAGE, "containerRunOptions": "--no-such-option"}, "true", "usererror", "ContainerInvalidSettings"),
        ({**IMAGE, "containerRunOptions": "'"}, "true", "usererror", "ContainerInvalidSettings"),
        (IMAGE, "no-such-program --x", "usererror", "CommandProgramNotFound"),
    ],
)
async def test_what_cannot_be_run(
    contained: Bench, docker: Docker, settings: Any, command: str, category: str, code: str
) -> None:
    rule = {"preProcessingError": {"dependencyAction": "satisfy"}}
    contained.job("job-2", usesTaskDependencies=True)
    limit = {"maxTaskRetryCount": 2}
    contained.task("task", command, "job-2", containerSettings=settings, exitConditions=rule, constraints=limit)
    contained.task("next", job="job-2", dependsOn={"taskIds": ["task"]})
    info = (await contained.done("task", "job-2"))["executionInfo"]
    assert (info["failureInfo"]["category"], info["failureInfo"]["code"]) == (category, code)
    assert "exitCode" not in info
    assert info["retryCount"] == 0
    await contained.done("next", "job-2")
    assert docker.containers() == []


async def test_registries_get_the_passwords_that_came_with_the_pool_or_the_task(
    make_bench: Any, docker: Docker
) -> None:
    (docker.folder / "config.json").write_text(
        json.dumps({"credsStore": "desktop", "auths": {"other": {"auth": "x"}}, "currentContext": "mine"})
    )
    bench: Bench = await make_bench()
    registry = {"registryServer": "registry.example", "username": "me", "password": "hush hush"}
    machine = {
        **bench.vm,
        "containerConfiguration": {"type": "dockerCompatible", "containerRegistries": [registry]},
    }
    await bench.pool(virtualMachineConfiguration=machine)
    bench.job()
    bench.task("task", "true", containerSettings={"imageName": "private/image"})
    assert (await bench.done())["executionInfo"]["result"] == "success"
    config = next(note["config"] for note in docker.notes() if note["words"][0] == "pull")
    assert config["auths"]["registry.example"] == {"auth": base64.b64encode(b"me:hush hush").decode()}
    assert (config["auths"]["other"], config["currentContext"]) == ({"auth": "x"}, "mine")
    assert "credsStore" not in config
    assert "hush hush" not in json.dumps([bench.get("get_pool", poolId="pool"), bench.task_document()])
    (docker.folder / "present").write_text("")
    other = {**registry, "registryServer": "docker.io", "username": "you"}
    bench.task("own", "true", containerSettings={"imageName": "private/image", "registry": other})
    await bench.done("own")
    config = [note["config"] for note in docker.notes() if note["words"][0] == "pull"][-1]
    assert config["auths"]["https://index.docker.io/v1/"] == {"auth": base64.b64encode(b"you:hush hush").decode()}


@pytest.mark.parametrize("way", ["terminate", "limit", "delete", "stop"])
async def test_a_container_ends_with_its_task(contained: Bench, docker: Docker, clock: SetClock, way: str) -> None:
    limit = {"maxWallClockTime": "PT1H"}
    contained.task(
        "task", "/bin/sh -c 'trap : TERM; while :; do sleep 0.1; done'", containerSettings=IMAGE, constraints=limit
    )

    def running() -> int:
        found = [json.loads(path.read_text())["state"] for path in docker.containers()]
        return next((state["Pid"] for state in found if state["Status"] == "running"), 0)

    process = await contained.until(running)
    if way in ("terminate", "delete"):
        contained.call(f"{way}_task", jobId="job", taskId="task")
    elif way == "limit":
        await clock.advance(hours=1)
    else:
        await contained.account.stop()
    if way in ("terminate", "limit"):
        info = (await contained.done())["executionInfo"]
        assert info["failureInfo"]["code"] == "TaskEnded"
    await contained.until(lambda: not docker.containers())
    await contained.until(lambda: is_gone(process))  # killed: it goes in its own time


async def test_a_task_can_be_ended_while_its_image_comes(contained: Bench, docker: Docker) -> None:
    contained.task("task", "true", containerSettings={"imageName": "slow/image"})
    await contained.until(lambda: docker.calls("pull"))
    contained.call("terminate_task", jobId="job", taskId="task")
    info = (await contained.done())["executionInfo"]
    assert info["failureInfo"]["code"] == "TaskEnded"
    assert "exitCode" not in info
    assert docker.containers() == []


async def test_start_preparation_release_and_manager_tasks_run_in_containers_too(
    make_bench: Any, docker: Docker
) -> None:
    bench: Bench = await make_bench()

    def task(script: str, **more: Any) -> Any:
        line = f"/bin/sh -c 'echo $IMAGE >> $AZ_BATCH_NODE_SHARED_DIR/{script}'"
        return {"commandLine": line, "containerSettings": IMAGE, **more}

    await bench.pool(startTask=task("start", waitForSuccess=True))
    bench.job(
        jobManagerTask=task("manager", id="manager"),
        jobPreparationTask=task("preparation", id="preparation"),
        jobReleaseTask=task("release", id="release"),
    )
    await bench.job_state("completed")
    for name in ("start", "manager", "preparation", "release"):
        file = bench.call("download_node_file", poolId="pool", nodeId=bench.node(), filePath=f"shared/{name}").file
        assert file is not None
        assert file.path.read_text() == "tools/image\n"
    assert len(docker.calls("create")) == 4


async def test_what_a_killed_account_left_is_removed(make_bench: Any, docker: Docker, tmp_path: Path) -> None:
    data = tmp_path / "data"
    bench: Bench = await make_bench(data)
    await bench.pool()
    bench.job()
    bench.task("task", "sleep 1000", containerSettings=IMAGE)
    await bench.until(docker.containers)
    (left,) = docker.containers()
    content, note = left.read_bytes(), data / "containers" / left.name[len("container-") :]
    await bench.until(note.exists)
    await bench.account.stop()
    assert not note.exists()
    left.write_bytes(content.replace(b'"running"', b'"exited"'))  # as if it had not been removed
    note.touch()
    await make_bench(data)
    assert str(left) not in map(str, docker.containers())


# Without Docker


async def test_without_a_daemon_commands_run_here_and_say_so(
    make_bench: Any, docker: Docker, caplog: pytest.LogCaptureFixture
) -> None:
    docker.down()
    bench: Bench = await make_bench()
    await bench.pool(taskSlotsPerNode=4)
    bench.job()
    for name, command in (("one", "/bin/sh -c 'echo ran'"), ("two", "no-such-program")):
        bench.task(name, command, containerSettings=IMAGE)
    infos = [(await bench.done(name))["executionInfo"] for name in ("one", "two")]
    assert bench.read("one") == "ran\n"
    assert [info["result"] for info in infos] == ["success", "failure"]
    assert all("No Docker daemon answers" in info["containerInfo"]["error"] for info in infos)
    assert caplog.text.count("No Docker daemon answers") == 1
    bench.task("plain")
    assert "containerInfo" not in (await bench.done("plain"))["executionInfo"]


async def test_commands_run_here_when_that_is_wanted(
    make_bench: Any, docker: Docker, caplog: pytest.LogCaptureFixture
) -> None:
    bench: Bench = await make_bench(containers="host")
    await bench.pool()
    bench.job()
    bench.task("task", "/bin/sh -c 'echo here'", containerSettings={**IMAGE, "containerRunOptions": "--gpus all"})
    info = (await bench.done())["executionInfo"]
    assert bench.read() == "here\n"
    assert "containerInfo" not in info
    assert docker.notes() == []
    assert not caplog.records


async def test_container_tasks_fail_when_that_is_wanted(make_bench: Any, docker: Docker) -> None:
    bench: Bench = await make_bench(containers="fail")
    await bench.pool()
    bench.job()
    bench.task("task", "true", containerSettings=IMAGE)
    info = (await bench.done())["executionInfo"]
    assert (info["failureInfo"]["category"], info["failureInfo"]["code"]) == ("usererror", "ContainerInvalidSettings")
    assert "exitCode" not in info
    bench.task("plain")
    assert (await bench.done("plain"))["executionInfo"]["result"] == "success"


async def test_a_daemon_that_is_wanted_and_missing_fails_the_task(make_bench: Any, docker: Docker) -> None:
    docker.down()
    bench: Bench = await make_bench(containers="docker")
    await bench.pool()
    bench.job()
    bench.task("task", "true", containerSettings=IMAGE)
    failure = (await bench.done())["executionInfo"]["failureInfo"]
    assert (failure["category"], failure["code"]) == ("servererror", "ContainerMiscError")
    assert "Cannot connect to the Docker daemon" in failure["details"][0]["value"]


@pytest.mark.parametrize(
    ("mode", "code"), [("docker", "ContainerMiscError"), ("host", None), ("fail", "ContainerInvalidSettings")]
)
def test_an_emulator_can_be_told_what_becomes_of_tasks_for_containers(
    docker: Docker, mode: Any, code: Optional[str]
) -> None:
    if mode == "docker":
        docker.down()  # of itself the emulator would do without
    with BatchEmulator(containers=mode) as emulator, emulator.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        client.create_task("job", {"id": "task", "commandLine": "true", "containerSettings": IMAGE})
        until(lambda: client.get_task("job", "task").state == "completed")
        info = client.get_task("job", "task").execution_info
    assert (info.failure_info.code if info.failure_info else None, docker.calls("create")) == (code, [])


def test_a_mode_that_there_is_not() -> None:
    mode: Any = "podman"
    with pytest.raises(ValueError, match="containers"):
        BatchEmulator(containers=mode)
