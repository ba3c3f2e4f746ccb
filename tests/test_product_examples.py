"""The examples that users of azure-batch 15 know, one after the other against the emulator.

Each is as it was published, but for a missing comma, keyword arguments before positional ones, and the id of the node.
What an example takes for granted (a pool that the one before has deleted, say) is made between them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential

from azure.batch import BatchClient, models
from azure.batch.emulator import BatchEmulator
from support.resources import until


@pytest.fixture
def account() -> Iterator[BatchEmulator]:
    with BatchEmulator() as emulator:
        yield emulator


def create_pool(account_name: str, account_key: str, batch_account_endpoint: str) -> BatchClient:
    credentials = AzureNamedKeyCredential(account_name, account_key)
    client = BatchClient(endpoint=batch_account_endpoint, credential=credentials)
    vm_config = models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(
            publisher="MicrosoftWindowsServer", offer="WindowsServer", sku="2016-Datacenter-smalldisk"
        ),
        node_agent_sku_id="batch.node.windows amd64",
    )
    pool_spec = models.BatchPoolCreateOptions(
        id="my-pool", vm_size="standard_d2_v2", target_dedicated_nodes=1, virtual_machine_configuration=vm_config
    )
    client.create_pool(pool=pool_spec)
    return client


def create_job(client: BatchClient) -> None:
    job_spec = models.BatchJobCreateOptions(id="my-job", pool_info=models.BatchPoolInfo(pool_id="my-pool"))
    client.create_job(job=job_spec)


async def completed(client: BatchClient, task: str) -> None:
    async def look() -> bool:
        return client.get_task("my-job", task).state == "completed"

    await until(look)


async def test_the_published_examples(account: BatchEmulator, capsys: pytest.CaptureFixture[str]) -> None:
    authenticate()
    client = create_pool(account.account, account.key, account.endpoint)
    pools(client, account)
    jobs(client)
    job_schedules(client)
    await tasks(client, capsys)
    await nodes(client)
    errors(account.endpoint, account.credential)
    client.close()


def authenticate() -> None:
    credentials = DefaultAzureCredential()
    client = BatchClient(
        endpoint="https://<your account>.eastus.batch.azure.com".replace("<your account>", "a"), credential=credentials
    )
    client.close()
    credentials.close()


def pools(client: BatchClient, account: BatchEmulator) -> None:
    my_pool = client.get_pool("my-pool")
    my_pool = client.get_pool(my_pool.id)
    assert my_pool.id == "my-pool"

    found = client.list_pools()
    assert [one.id for one in found] == ["my-pool"]
    found = client.list_pools(filter="startswith(id,'batch_abc_')", select=["id,state"], expand=["stats"])
    assert list(found) == []

    poller = client.begin_delete_pool(pool_id="my-pool")
    result = poller.result()
    assert result is None
    create_pool(account.account, account.key, account.endpoint).close()
    poller = client.begin_delete_pool(pool_id="my-pool", polling_interval=5)
    poller.done()
    poller.wait()
    assert poller.done()
    create_pool(account.account, account.key, account.endpoint).close()


def jobs(client: BatchClient) -> None:
    create_job(client)
    my_job = client.get_job(job_id="my-job")
    found = client.list_jobs()
    assert [one.id for one in found] == [my_job.id]

    poller = client.begin_delete_job(job_id="my-job")
    result = poller.result()
    assert result is None
    create_job(client)
    poller = client.begin_delete_job(job_id="my-job", polling_interval=5)
    poller.done()
    poller.wait()
    create_job(client)


def job_schedules(client: BatchClient) -> None:
    schedule_spec = models.BatchJobScheduleCreateOptions(
        id="my-job-schedule",
        schedule=models.BatchJobScheduleConfiguration(
            start_window=datetime.timedelta(hours=1), recurrence_interval=datetime.timedelta(days=1)
        ),
        job_specification=models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="my-pool")),
    )
    client.create_job_schedule(job_schedule=schedule_spec)

    my_schedule = client.get_job_schedule(job_schedule_id="my-job-schedule")
    assert my_schedule.schedule.recurrence_interval == datetime.timedelta(days=1)
    schedules = client.list_job_schedules()
    assert [one.id for one in schedules] == ["my-job-schedule"]

    schedule_replace = models.BatchJobSchedule(
        schedule=models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=10)),
        job_specification=models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="my-pool")),
    )
    client.replace_job_schedule(job_schedule_id="my-job-schedule", job_schedule=schedule_replace)
    schedule_update = models.BatchJobScheduleUpdateOptions(
        schedule=models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=5))
    )
    client.update_job_schedule(job_schedule_id="my-job-schedule", job_schedule=schedule_update)
    my_schedule = client.get_job_schedule(job_schedule_id="my-job-schedule")
    assert my_schedule.schedule.recurrence_interval == datetime.timedelta(hours=5)

    task_counts = client.get_job_task_counts(job_id="my-job")
    assert (task_counts.completed, task_counts.succeeded, task_counts.failed) == (0, 0, 0)


async def tasks(client: BatchClient, capsys: pytest.CaptureFixture[str]) -> None:
    task_spec = models.BatchTaskCreateOptions(id="my-task", command_line='cmd /c "echo Hello World"')
    client.create_task(job_id="my-job", task=task_spec)

    task1 = models.BatchTaskCreateOptions(id="task1", command_line='cmd /c "echo hello world"')
    task2 = models.BatchTaskCreateOptions(id="task2", command_line='cmd /c "echo hello world"')
    task3 = models.BatchTaskCreateOptions(id="task3", command_line='cmd /c "echo hello world"')
    task_group = models.BatchTaskGroup(task_values=[task1, task2, task3])
    result = client.create_task_collection(job_id="my-job", task_collection=task_group)
    assert [one.status for one in result.result_values] == ["success"] * 3

    tasks_to_add = []
    task_id = "many-"
    for i in range(1000):
        task = models.BatchTaskCreateOptions(id=task_id + str(i), command_line='cmd /c "echo hello world"')
        tasks_to_add.append(task)
    result = client.create_tasks(job_id="my-job", task_collection=tasks_to_add)
    assert len(result.result_values) == 1000

    my_task = client.get_task(job_id="my-job", task_id="my-task")
    assert my_task.command_line == 'cmd /c "echo Hello World"'
    found = client.list_tasks(job_id="my-job")
    assert len(list(found)) == 1004
    await completed(client, "my-task")
    assert b"".join(client.download_task_file("my-job", "my-task", "stdout.txt")).strip() == b"Hello World"
    client.delete_task(job_id="my-job", task_id="task1")

    all_files = client.list_task_files(job_id="my-job", task_id="my-task")
    only_files = [f for f in all_files if not f.is_directory]
    for file in only_files:
        print(f"File: {file.name}")
    assert "File: stdout.txt" in capsys.readouterr().out


async def nodes(client: BatchClient) -> None:
    client.begin_delete_job("my-job").result()  # its thousand tasks have other tests
    found = list(client.list_nodes(pool_id="my-pool"))
    assert [one.state for one in found] == ["idle"]
    node = client.get_node(pool_id="my-pool", node_id=found[0].id)
    assert node.scheduling_state == "enabled"
    assert node.node_agent_info.version

    poller = client.begin_reboot_node(
        pool_id="my-pool",
        node_id=found[0].id,
        options=models.BatchNodeRebootOptions(node_reboot_kind=models.BatchNodeRebootKind.TERMINATE),
    )
    result = poller.result()
    assert result is None
    poller = client.begin_reboot_node(
        pool_id="my-pool",
        node_id=found[0].id,
        options=models.BatchNodeRebootOptions(node_reboot_kind=models.BatchNodeRebootKind.REQUEUE),
        polling_interval=5,
    )
    poller.done()
    poller.wait()
    assert client.get_node("my-pool", found[0].id).state == "idle"


def errors(endpoint: str, credentials: Any) -> None:
    client = BatchClient(endpoint, credentials)
    shown: list[str] = []
    try:
        client.list_pools()
        client.get_pool("no-such-pool")
    except ResourceNotFoundError as not_found_error:
        shown.append(f"{not_found_error.status_code}: " + not_found_error.error.message.value)
    try:
        client.create_pool({"id": "my-pool", "vmSize": "x"})
    except HttpResponseError as error:
        shown.append(f"{error.status_code} {error.error.code} {error.error.message.value}")
    client.close()
    assert shown[0].startswith("404: The specified pool does not exist.")
    assert shown[1].startswith("400 ")
