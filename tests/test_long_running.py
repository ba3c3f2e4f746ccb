"""Every long-running operation on the emulator, with trouble in between: what it ends with is true."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import Any, Callable

import pytest
from azure.core.exceptions import ResourceNotFoundError

from azure.batch import OperationFailedError, models
from azure.batch._waits import RULES
from azure.batch.emulator import BatchEmulator, Delays, Fault
from conftest import Client
from support.resources import pool_options, steady


@pytest.fixture(scope="module")
def emulator() -> Iterator[BatchEmulator]:
    """An account of its own, for the faults."""
    delays = Delays(resize=0.1, boot=0.05, settle=0.1, delete=0.1)
    with BatchEmulator(delays=delays) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(emulator: BatchEmulator) -> Iterator[None]:
    yield
    emulator.faults.clear()


Made = tuple[tuple[Any, ...], Callable[[], Awaitable[Any]]]
"""The arguments of an operation, and how to look at what it is to change."""


async def make_pool(client: Client, name: str, **more: Any) -> models.BatchPool:
    await client.create_pool(pool_options(name, nodes=2, **more))
    return await steady(client, name)


async def for_pool(client: Client, name: str, operation: str) -> Made:
    await make_pool(client, name)
    nodes = [node.id async for node in client.list_nodes(name)]

    async def state() -> Any:
        if operation == "delete_pool":
            return await client.pool_exists(name)
        found = await client.get_pool(name)
        return found.allocation_state, found.current_dedicated_nodes

    if operation == "stop_pool_resize":  # of one that lasts as long as the tasks of the nodes
        await client.create_job({"id": name, "poolInfo": {"poolId": name}})
        await client.create_tasks(name, [{"id": str(number), "commandLine": "sleep 1000"} for number in range(2)])
        await client.wait_for_tasks(name, state="running", polling_interval=0.05)
        fewer = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}
        await client.begin_resize_pool(name, fewer, polling=False)
    bodies = {"resize_pool": {"targetDedicatedNodes": 3}, "remove_nodes": {"nodeList": nodes[:1]}}
    return ((name, bodies[operation]) if operation in bodies else (name,)), state


async def for_node(client: Client, name: str, operation: str) -> Made:
    await make_pool(client, name)
    node, *_ = [node.id async for node in client.list_nodes(name)]
    if operation == "start_node":
        await (await client.begin_deallocate_node(name, node, polling_interval=0.05)).result()
    before = (await client.get_node(name, node)).last_boot_time

    async def state() -> Any:
        found = await client.get_node(name, node)
        return found.state, found.last_boot_time != before

    return (name, node), state


async def for_job(client: Client, name: str, operation: str) -> Made:
    await client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    if operation == "enable_job":
        await (await client.begin_disable_job(name, {"disableTasks": "requeue"}, polling_interval=0.05)).result()

    async def state() -> Any:
        try:
            return (await client.get_job(name)).state
        except ResourceNotFoundError:
            return False

    return ((name, {"disableTasks": "requeue"}) if operation == "disable_job" else (name,)), state


async def for_schedule(client: Client, name: str, operation: str) -> Made:
    later = {"doNotRunUntil": "2100-01-01T00:00:00Z", "recurrenceInterval": "P1D"}
    specification = {"poolInfo": {"poolId": "none"}}
    await client.create_job_schedule({"id": name, "schedule": later, "jobSpecification": specification})

    async def state() -> Any:
        if operation == "delete_job_schedule":
            return await client.job_schedule_exists(name)
        return (await client.get_job_schedule(name)).state

    return (name,), state


END: dict[str, Any] = {
    "delete_pool": False,
    "resize_pool": ("steady", 3),
    "stop_pool_resize": ("steady", 2),
    "remove_nodes": ("steady", 1),
    "delete_job": False,
    "disable_job": "disabled",
    "enable_job": "active",
    "terminate_job": "completed",
    "delete_job_schedule": False,
    "terminate_job_schedule": "completed",
    "reboot_node": ("idle", True),
    "start_node": ("idle", True),
    "reimage_node": ("idle", True),
    "deallocate_node": ("deallocated", False),
}


def test_the_table_is_complete() -> None:
    assert END.keys() == RULES.keys()


@pytest.mark.parametrize("operation", sorted(END))
async def test_its_end_is_seen_through_trouble(
    client: Client, emulator: BatchEmulator, name: str, operation: str
) -> None:
    make = {"/pools/{}/nodes/{}": for_node, "/pools/{}": for_pool, "/jobs/{}": for_job}
    given, state = await make.get(RULES[operation].path, for_schedule)(client, name, operation)
    path = RULES[operation].path.format(*given)
    trouble = [
        emulator.faults.add(Fault(method="GET", path=path, status=503, retry_after=0, nth=[1, 2])),
        emulator.faults.add(Fault(method="GET", path=path, drop="before", nth=1)),
        emulator.faults.add(Fault(method="GET", path=path, drop="body", nth=1)),
    ]
    poller = await getattr(client, f"begin_{operation}")(*given, polling_interval=0.05, retry_backoff_factor=0.01)
    assert await poller.result() is None
    assert poller.status() == "Succeeded"
    assert [emulator.faults.count(number) for number in trouble] == [2, 1, 1]
    assert await state() == END[operation]


@pytest.mark.parametrize("operation", ["reboot_node", "reimage_node"])
async def test_a_start_task_that_fails_is_a_failure_with_the_node(
    client: Client, emulator: BatchEmulator, name: str, operation: str
) -> None:
    await make_pool(client, name, start_task=models.BatchStartTask(command_line="true", wait_for_success=True))
    node, *_ = [node.id async for node in client.list_nodes(name)]
    emulator.faults.add(Fault(pool=name, start_task=7))
    poller = await getattr(client, f"begin_{operation}")(name, node, polling_interval=0.05)
    with pytest.raises(OperationFailedError, match="starttaskfailed") as caught:
        await poller.result()
    assert caught.value.resource.state == "starttaskfailed"
    assert caught.value.resource.start_task_info.exit_code == 7
    assert poller.status() == "Failed"


async def test_a_resize_without_nodes_is_a_failure_with_the_pool(
    client: Client, emulator: BatchEmulator, name: str
) -> None:
    await make_pool(client, name)
    emulator.faults.add(Fault(pool=name, resize="AccountCoreQuotaReached"))
    poller = await client.begin_resize_pool(name, {"targetDedicatedNodes": 9}, polling_interval=0.05)
    with pytest.raises(OperationFailedError, match="AccountCoreQuotaReached") as caught:
        await poller.result()
    assert caught.value.resource.current_dedicated_nodes == 2


@pytest.mark.parametrize("kind", ["pool", "job", "job_schedule"])
async def test_a_deletion_is_over_though_the_id_is_taken_again(client: Client, name: str, kind: str) -> None:
    make = {"pool": for_pool, "job": for_job, "job_schedule": for_schedule}[kind]
    _, state = await make(client, name, f"delete_{kind}")
    begin = getattr(client, f"begin_delete_{kind}")
    poller = await begin(name, polling_interval=0.05)
    token = poller.continuation_token()
    await poller.result()
    await make(client, name, f"delete_{kind}")
    late = await begin(name, continuation_token=token, polling_interval=0.05)
    assert await late.result() is None
    assert await state()


async def test_a_pool_that_is_deleted_while_it_is_resized_is_told(client: Client, name: str) -> None:
    await make_pool(client, name)
    poller = await client.begin_resize_pool(name, {"targetDedicatedNodes": 9}, polling_interval=0.05)
    token = poller.continuation_token()
    await (await client.begin_delete_pool(name, polling_interval=0.05)).result()
    late = await client.begin_resize_pool(name, {}, continuation_token=token, polling_interval=0.05)
    with pytest.raises(ResourceNotFoundError) as caught:
        await late.result()
    assert caught.value.error.code == "PoolNotFound"
