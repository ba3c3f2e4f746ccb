"""What the emulator promises a program, seen through either client: real processes, and honest refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import models
from conftest import Client
from support.resources import pool_options, until


async def run(client: Client, name: str, **task: Any) -> models.BatchTask:
    """Run one task on a pool of its own; gives it when it has completed."""
    await client.create_pool(pool_options(name))
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, models.BatchTaskCreateOptions(id="t", **task))

    async def completed() -> Any:
        found = await client.get_task(name, "t")
        return found if found.state == models.BatchTaskState.COMPLETED else None

    found: models.BatchTask = await until(completed)
    return found


async def forget(client: Client, name: str) -> None:
    for begin in (client.begin_delete_job, client.begin_delete_pool):
        await begin(name, polling=False)


async def test_a_task_is_ended_at_its_wall_clock_limit(client: Client, name: str) -> None:
    limit = models.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=0.5))
    task = await run(client, name, command_line="/bin/sh -c 'sleep 1000 & sleep 1000'", constraints=limit)
    assert task.execution_info is not None
    assert task.execution_info.failure_info is not None
    assert (task.execution_info.result, task.execution_info.failure_info.code) == ("failure", "TaskEnded")
    await forget(client, name)


async def test_a_program_that_cannot_start_fails_its_task_and_nothing_else(client: Client, name: str) -> None:
    task = await run(client, name, command_line="/no/such/program")
    assert task.execution_info is not None
    assert task.execution_info.failure_info is not None
    assert task.execution_info.failure_info.code == "CommandProgramNotFound"
    assert task.execution_info.exit_code is None
    await forget(client, name)


async def test_what_is_not_built_is_refused_by_its_name(client: Client, name: str) -> None:
    mount = models.MountConfiguration(
        nfs_mount_configuration=models.NfsMountConfiguration(source="server:/share", relative_mount_path="share")
    )
    with pytest.raises(HttpResponseError, match="mountConfiguration") as caught:
        await client.create_pool(pool_options(name, mount_configuration=[mount]))
    assert caught.value.status_code == 501
    assert not await client.pool_exists(name)
