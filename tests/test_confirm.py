"""Creating over a network that loses answers: an object that an earlier attempt has made is success, others are not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError

from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Delays, Fault
from conftest import Client
from support.calls import Recorder, drive
from support.clients import memory_client
from support.memory import Answer
from support.resources import pool_options

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

SAS = "https://store.blob.core.windows.net/c/f?sv=2025-01-01&sig=c2ln"


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as running:
        yield running


@pytest.fixture(params=["sync", "async"])
async def client(request: pytest.FixtureRequest, emulator: BatchEmulator) -> AsyncIterator[Client]:
    """Either client, which repeats without a pause and does not wait long for an answer."""
    settings = {"retry_backoff_factor": 0, "read_timeout": 0.5}
    if request.param == "sync":
        with BatchClient(emulator.endpoint, emulator.credential, **settings) as sync_client:
            yield Client(sync_client)
    else:
        async with AsyncBatchClient(emulator.endpoint, emulator.credential, **settings) as async_client:
            yield Client(async_client)


def pool() -> models.BatchPoolCreateOptions:
    """A pool with dates, durations, a password and defaults that the service adds."""
    made = pool_options(
        "Pool",
        nodes=0,
        resize_timeout=timedelta(minutes=15),
        metadata=[models.BatchMetadataItem(name="a", value="b")],
        task_slots_per_node=2,
        user_accounts=[models.UserAccount(name="u", password="hunter2")],
        start_task=models.BatchStartTask(
            command_line="/bin/sh -c 'echo Ä'",
            resource_files=[models.ResourceFile(http_url=SAS, file_path="f")],
            wait_for_success=False,
        ),
    )
    made.vm_size = "STANDARD_D2S_V3"
    return made


JOB = {
    "id": "Job",
    "poolInfo": {"poolId": "Pool"},
    "constraints": {"maxWallClockTime": "PT60M", "maxTaskRetryCount": 0},
    "metadata": [],
    "commonEnvironmentSettings": [{"name": "A", "value": ""}],
}
SCHEDULE = {
    "id": "Schedule",
    "schedule": {"doNotRunAfter": "2099-01-01T01:00:00+01:00", "recurrenceInterval": "P1D"},
    "jobSpecification": {"poolInfo": {"poolId": "Pool"}, "priority": 5},
}
TASK = models.BatchTaskCreateOptions(
    id="Task",
    command_line="echo  Two",
    constraints=models.BatchTaskConstraints(retention_time=timedelta(days=1, seconds=0.5)),
    display_name=None,
)

CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("create_pool", (pool(),)),
    ("create_job", (JOB,)),
    ("create_job_schedule", (SCHEDULE,)),
    ("create_task", ("parent", TASK)),
]
LOST: dict[str, dict[str, Any]] = {
    "connection": {"drop": "after"},
    "in the body": {"drop": "body"},
    "500": {"status": 500, "after_effect": True},
    "503": {"status": 503, "after_effect": True},
    "504": {"status": 504, "after_effect": True},
}


async def prepare(client: Client) -> None:
    await client.create_job({"id": "parent", "poolInfo": {"poolId": "Pool"}})


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize(("operation", "arguments"), CALLS, ids=[call[0] for call in CALLS])
async def test_a_lost_answer_to_a_create_is_success(
    client: Client, emulator: BatchEmulator, operation: str, arguments: Any, lost: str
) -> None:
    await prepare(client)
    number = emulator.faults.add(Fault(operation=operation, **LOST[lost], nth=1))
    seen: list[Any] = []

    def keep(outcome: Any, result: Any, headers: Any) -> str:
        seen.append((result, headers))
        return "mine"

    assert await getattr(client, operation)(*arguments, cls=keep) == "mine"
    assert emulator.faults.count(number) == 1
    ((result, headers),) = seen
    assert result is None
    assert headers["ETag"]
    assert isinstance(headers["Last-Modified"], datetime)
    assert headers["request-id"]
    assert headers["DataServiceId"].rpartition("/")[2].lower() == operation.rpartition("_")[2].lower()


async def test_a_create_that_is_answered_too_late_is_success(client: Client, emulator: BatchEmulator) -> None:
    """Both attempts are carried out, the first one while nobody listens any more."""
    emulator.faults.add(Fault(operation="create_job", delay=1.0, nth=1))
    emulator.faults.add(Fault(operation="create_job", delay=1.2, nth=1))
    assert await client.create_job({"id": "Job", "poolInfo": {"poolId": "Pool"}}, read_timeout=0.8) is None
    assert [job.id async for job in client.list_jobs()] == ["Job"]


async def test_several_lost_answers_in_a_row_are_success(client: Client, emulator: BatchEmulator) -> None:
    await prepare(client)
    emulator.faults.add(Fault(operation="create_task", drop="before", nth=1))
    emulator.faults.add(Fault(operation="create_task", drop="after", nth=1))
    emulator.faults.add(Fault(operation="create_task", status=503, nth=1))
    emulator.faults.add(Fault(operation="get_task", status=503, nth=1))
    emulator.faults.add(Fault(operation="get_task", drop="body", nth=1))
    assert await client.create_task("parent", TASK) is None
    assert len(emulator.faults.record()) == 5


async def test_what_exists_already_is_a_conflict_at_the_first_attempt(client: Client) -> None:
    await client.create_job(JOB)
    with pytest.raises(ResourceExistsError, match="JobExists") as caught:
        await client.create_job(JOB)
    assert "sent again" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_what_existed_before_is_a_conflict_after_a_failure_too(
    client: Client, emulator: BatchEmulator, status: int
) -> None:
    await client.create_job(JOB)
    emulator.advance(60)
    emulator.faults.add(Fault(operation="create_job", status=status, nth=1))
    with pytest.raises(ResourceExistsError, match="JobExists") as caught:
        await client.create_job(JOB)
    told = "was not made by this call: it was created at" in str(caught.value)
    assert told is (status == 503)  # a throttled request had no effect


async def test_what_another_made_meanwhile_is_a_conflict_that_says_how_it_differs(
    client: Client, emulator: BatchEmulator
) -> None:
    emulator.faults.add(Fault(operation="create_job", drop="after", nth=1))
    other = {**JOB, "priority": 7, "constraints": {"maxWallClockTime": "PT61M"}}
    await client.create_job(other)
    emulator.faults.clear()
    emulator.faults.add(Fault(operation="create_job", drop="before", nth=1))
    with pytest.raises(ResourceExistsError, match="JobExists") as caught:
        await client.create_job({**JOB, "priority": 3})
    assert "differs from what was sent in: constraints.max_wall_clock_time, priority." in str(caught.value)
    assert "sent again" in str(caught.value)


async def test_an_object_that_cannot_be_read_leaves_the_conflict(client: Client, emulator: BatchEmulator) -> None:
    emulator.faults.add(Fault(operation="create_job", drop="after", nth=1))
    emulator.faults.add(Fault(operation="get_job", status=403))
    with pytest.raises(ResourceExistsError, match=r"could not be compared.*AuthenticationFailed") as caught:
        await client.create_job(JOB)
    assert isinstance(caught.value.__cause__, HttpResponseError)


async def test_a_schedule_of_the_same_id_is_not_taken_for_the_job(client: Client, emulator: BatchEmulator) -> None:
    await client.create_job_schedule({**SCHEDULE, "id": "Job"})
    emulator.faults.add(Fault(operation="create_job", drop="before", nth=1))
    with pytest.raises(ResourceExistsError, match=r"could not be compared.*JobNotFound"):
        await client.create_job(JOB)


async def test_without_retries_a_lost_answer_is_an_error(client: Client, emulator: BatchEmulator) -> None:
    emulator.faults.add(Fault(operation="create_job", drop="after", nth=1))
    with pytest.raises(AzureError, match=r"POST .*/jobs, client-request-id"):
        await client.create_job(JOB, retry_total=0)
    assert (await client.get_job("Job")).id == "Job"


@BOTH
@pytest.mark.parametrize(
    ("created", "date", "taken"),
    [
        (0, 0, True),
        (-9, 0, True),  # clocks may differ a little
        (-12, 0, False),
        (3600, 3600, True),  # this machine's clock does not matter
        (0, 3600, False),
        (0, None, True),  # without a date of the service's it has to do
        (-3600, None, False),
        (None, 0, False),
    ],
)
async def test_an_object_counts_by_the_services_clock(
    asynchronous: bool, created: Optional[int], date: Optional[int], taken: bool
) -> None:
    now = datetime.now(timezone.utc)
    found: dict[str, Any] = {"id": "p", "url": "u"}
    if created is not None:
        found["creationTime"] = (now + timedelta(seconds=created)).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    headers = {}
    if date is not None:
        headers["Date"] = (now + timedelta(seconds=date)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    refusal = Answer(409, b'{"code": "PoolExists", "message": {"value": "No."}}', headers)
    recorder = Recorder(Answer(500), refusal, Answer(200, json.dumps(found).encode()))
    async with memory_client(recorder, asynchronous, retry_backoff_factor=0) as client:
        call = drive(client, "create_pool", {"id": "p"}, headers={"x-mine": "1"}, params={"y": "2"}, request_id="r")
        if taken:
            assert await call is None
        else:
            with pytest.raises(ResourceExistsError):
                await call
    read = recorder.requests[2]
    assert (read.method, read.url.partition("?")[0].rpartition("/")[2], read.content) == ("GET", "p", None)
    assert (read.headers["x-mine"], read.headers["client-request-id"], "y=2" in read.url) == ("1", "r", True)


@BOTH
async def test_an_exception_of_the_callers_is_raised_as_it_is(asynchronous: bool) -> None:
    class MineError(Exception):
        def __init__(self, response: Any) -> None:
            super().__init__("mine")

    recorder = Recorder(Answer(500), Answer(409), Answer(404))
    async with memory_client(recorder, asynchronous, retry_backoff_factor=0) as client:
        with pytest.raises(MineError, match=r"^mine$"):
            await drive(client, "create_pool", {"id": "p"}, error_map={409: MineError})
