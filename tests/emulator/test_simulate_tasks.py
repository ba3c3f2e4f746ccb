"""Simulated tasks over months: how long their files are kept, and how old they may get."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.resources import IMAGE

START = datetime(2026, 3, 1, 8, tzinfo=timezone.utc)


def simulation(data: Optional[Path] = None, after: timedelta = timedelta(), outcome: Any = True) -> BatchEmulator:
    """A simulation that begins some time after the first."""
    return BatchEmulator(simulate=outcome, start_time=START + after, delays=Delays.none(), data=data)


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with simulation() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: BatchEmulator) -> Iterator[BatchClient]:
    with emulator.client() as client:
        make(emulator, client)
        yield client


def make(emulator: BatchEmulator, client: BatchClient, nodes: int = 1, **more: Any) -> None:
    """A pool and a job on it."""
    pool = {"id": "pool", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
    client.create_pool({**pool, "targetDedicatedNodes": nodes, **more})
    client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}, "usesTaskDependencies": True})
    emulator.advance(10)


def add(client: BatchClient, name: str, **more: Any) -> None:
    client.create_task("job", {"id": name, "commandLine": "train --epochs 100", **more})


def has_files(client: BatchClient, name: str) -> bool:
    """Whether the files of a task are there; if not, the service's reason is that time has gone by."""
    code = ""
    try:
        assert {"stdout.txt", "wd"} <= {file.name for file in client.list_task_files("job", name)}
    except HttpResponseError as error:
        code = error.error.code if error.error is not None else "?"
    if code:
        assert code == "TaskFilesCleanedup"
    return not code


# How long


def test_files_are_kept_as_long_as_the_task_says(tmp_path: Path) -> None:
    with simulation(tmp_path) as emulator, emulator.client() as client:
        make(emulator, client)
        add(client, "default")
        add(client, "hour", constraints={"retentionTime": "PT1H"})
        add(client, "always", constraints={"retentionTime": "P10675199DT2H48M5.4775807S"})
        emulator.advance(timedelta(minutes=59))
        assert all(has_files(client, name) for name in ("default", "hour", "always"))
        emulator.advance(timedelta(minutes=2))
        assert not has_files(client, "hour")
        assert client.get_task("job", "hour").state == "completed"
    # Time goes by while the account is down, too.
    for days, is_kept in ((6.9, True), (7.1, False), (3650, False)):
        with simulation(tmp_path, timedelta(days=days)) as emulator, emulator.client() as client:
            emulator.advance(1)
            assert (has_files(client, "default"), has_files(client, "always")) == (is_kept, True)


def test_a_task_that_runs_again_is_kept_anew(emulator: BatchEmulator, client: BatchClient) -> None:
    emulator.script("task", Outcome(exit_code=1), Outcome(duration=3 * 3600))
    add(client, "task", constraints={"retentionTime": "PT1H", "maxTaskRetryCount": 0})
    emulator.advance(timedelta(minutes=50))
    client.reactivate_task("job", "task")
    emulator.advance(timedelta(hours=2))
    assert has_files(client, "task")
    emulator.advance(timedelta(hours=1, minutes=45))
    assert has_files(client, "task")
    emulator.advance(timedelta(minutes=20))
    assert not has_files(client, "task")


def test_subtasks_are_removed_with_their_task(emulator: BatchEmulator) -> None:
    with emulator.client() as client:
        make(emulator, client, nodes=2, enableInterNodeCommunication=True)
        settings = {"numberOfInstances": 2, "coordinationCommandLine": "start"}
        add(client, "task", multiInstanceSettings=settings, constraints={"retentionTime": "PT1H"})
        emulator.advance(60)

        def folders() -> int:
            nodes = [node.id for node in client.list_nodes("pool")]
            files = [client.list_node_files("pool", node, recursive=True) for node in nodes]
            return sum(str(file.name).endswith("/task") for file in itertools.chain(*files))

        assert folders() == 2
        emulator.advance(timedelta(hours=1))
        assert folders() == 0


def test_no_task_lives_longer_than_180_days(tmp_path: Path) -> None:
    endless = Outcome(duration=math.inf)
    with simulation(tmp_path, outcome=endless) as emulator, emulator.client() as client:
        make(emulator, client)
        add(client, "running")
        add(client, "waiting", dependsOn={"taskIds": ["running"]})
        add(client, "queued")
        emulator.advance(timedelta(hours=1))
    with simulation(tmp_path, timedelta(days=179, hours=23), endless) as emulator, emulator.client() as client:
        emulator.advance(60)
        assert [client.get_task("job", name).state for name in ("running", "queued")] == ["running", "active"]
        emulator.advance(timedelta(hours=2))
        info = client.get_task("job", "running").execution_info
        assert info is not None
        assert info.failure_info is not None
        assert (info.result, info.failure_info.code) == ("failure", "TaskEnded")
        emulator.script("young", Outcome())
        add(client, "young")
        emulator.advance(60)
        states = {task.id: task.state for task in client.list_tasks("job")}
        assert states == {"running": "completed", "waiting": "active", "queued": "active", "young": "completed"}
    with simulation(tmp_path, timedelta(days=181), endless) as emulator, emulator.client() as client:
        emulator.advance(60)
        assert client.get_job_task_counts("job").task_counts.active == 2
