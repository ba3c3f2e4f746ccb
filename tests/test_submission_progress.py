"""The ``progress_hook`` of ``create_tasks``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Optional

import pytest

from azure.batch import models
from azure.batch.emulator import BatchEmulator, Delays, Fault
from conftest import Client
from support.looking import make_job


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


def tasks(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "commandLine": "work"} for number in range(count)]


class Seen(list[tuple[int, Optional[int]]]):
    """A hook that remembers what it was told."""

    def __call__(self, current: int, total: Optional[int]) -> None:
        self.append((current, total))


async def test_every_answer_is_told(client: Client) -> None:
    await make_job(client, 0)
    seen = Seen()
    await client.create_tasks("job", tasks(250), progress_hook=seen)
    assert seen == [(100, 250), (200, 250), (250, 250)]


async def test_a_generator_has_no_total(client: Client) -> None:
    await make_job(client, 0)
    seen = Seen()
    await client.create_tasks("job", (one for one in tasks(150)), progress_hook=seen)
    assert seen == [(100, None), (150, None)]
    empty = Seen()
    await client.create_tasks("job", [], progress_hook=empty)
    assert empty == []


async def test_requests_at_once_and_through_trouble(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 0)
    emulator.faults.add(Fault(operation="create_task_collection", status=503, nth=[2, 5]))
    emulator.faults.add(Fault(operation="create_task_collection", failing_tasks=["t3", "t777"], times=3))
    seen = Seen()
    await client.create_tasks("job", tasks(1000), max_concurrency=4, progress_hook=seen, retry_backoff_factor=0)
    assert seen == sorted(set(seen))
    assert seen[-1] == (1000, 1000)


async def test_ten_thousand_tasks(client: Client) -> None:
    await make_job(client, 0)
    seen = Seen()
    await client.create_tasks("job", tasks(10_000), max_concurrency=4, progress_hook=seen)
    assert seen[-1] == (10_000, 10_000)
    assert len(seen) <= 100


async def test_tasks_that_are_rejected_count(client: Client) -> None:
    await make_job(client, 1)
    seen = Seen()
    with pytest.raises(models.CreateTasksError):
        await client.create_tasks("job", tasks(3), progress_hook=seen)
    assert seen == [(3, 3)]


async def test_what_the_hook_raises_ends_the_submission(client: Client) -> None:
    await make_job(client, 0)

    def hook(current: int, total: Optional[int]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        await client.create_tasks("job", tasks(1000), progress_hook=hook)
    error = caught.value.__cause__
    assert isinstance(error, models.CreateTasksError)
    assert len(error.succeeded) == 100
    assert len(error.succeeded) + len(error.pending_tasks) == 1000


async def test_a_hook_may_be_a_coroutine_function(client: Client) -> None:
    await make_job(client, 0)
    seen = Seen()

    async def hook(current: int, total: Optional[int]) -> None:
        await asyncio.sleep(0)
        seen(current, total)

    if client.is_async:
        await client.create_tasks("job", tasks(150), progress_hook=hook)
        assert seen == [(100, 150), (150, 150)]
    else:
        with pytest.raises(TypeError, match="progress_hook"):
            await client.create_tasks("job", tasks(150), progress_hook=hook)


async def test_an_asynchronous_submission_can_be_cancelled(emulator: BatchEmulator) -> None:
    async with emulator.async_client() as client:
        await make_job(Client(client), 0)

        async def hook(current: int, total: Optional[int]) -> None:
            submitting.cancel()

        async def submit() -> Optional[BaseException]:
            try:
                await client.create_tasks("job", tasks(1000), progress_hook=hook)
            except asyncio.CancelledError as error:  # Python 3.9 forgets the cause on the way out of the task
                return error.__cause__
            return None

        submitting = asyncio.ensure_future(submit())
        assert isinstance(await submitting, models.CreateTasksError)


async def test_what_is_no_function_is_refused(client: Client) -> None:
    with pytest.raises(TypeError, match="progress_hook: expected a function, got 1"):
        await client.create_tasks("no-such-job", tasks(1), progress_hook=1)
