"""``wait_for_tasks`` and ``iter_completed_tasks`` of jobs of ten thousand tasks: how they end, and what they send."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import JobEndedError, TasksTimeoutError
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import Client
from support.looking import make_job
from support.output import either
from support.pauses import SharedTime, in_virtual_time

MANY = 10_000
FAILED = 900
SECONDS = 500
"""It takes as long until all tasks are done: fifty times ten seconds on two hundred nodes."""
INTERVAL = 30
"""The longest pause, if a caller does not say otherwise."""


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


class Call:
    """What is seen of one call: its requests of each look, between which no time goes by, and its progress."""

    def __init__(self, emulator: BatchEmulator) -> None:
        self._emulator = emulator
        self.looks: Counter[datetime] = Counter()
        self.progress: list[tuple[int, Optional[int]]] = []
        self.result: Any = None

    def _sent(self, request: Any) -> None:
        self.looks[self._emulator.now] += 1

    @property
    def keywords(self) -> dict[str, Any]:
        return {"raw_request_hook": self._sent, "progress_hook": lambda *told: self.progress.append(told)}

    @property
    def requests(self) -> int:
        return sum(self.looks.values())

    @property
    def before_the_end(self) -> list[int]:
        return list(self.looks.values())[:-1]

    @property
    def ended(self) -> datetime:
        return max(self.looks)


async def wait(client: Client, **keywords: Any) -> Any:
    return await client.wait_for_tasks("job", **keywords)


async def wait_for_half(client: Client, **keywords: Any) -> Any:
    return await client.wait_for_tasks("job", count=MANY // 2, **keywords)


async def take(client: Client, **keywords: Any) -> Any:
    return [task async for task in await client.iter_completed_tasks("job", **keywords)]


CALLS: list[Callable[..., Any]] = [wait, wait_for_half, take]
COLOURS = ["sync", "async"]


def all_at_once(emulator: BatchEmulator, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[Any, str], Call]:
    """Each of the calls in both colours, all of them while the tasks of one job run."""
    calls = {(call, colour): Call(emulator) for call in CALLS for colour in COLOURS}
    time = SharedTime(emulator, len(calls))
    time.install(monkeypatch)

    async def one(call: Any, colour: str, seen: Call) -> None:
        async with either(emulator, colour) as client:
            seen.result = await call(client, **seen.keywords)

    def run(call: Any, colour: str) -> None:
        with time.calling():
            asyncio.run(one(call, colour, calls[call, colour]))

    with ThreadPoolExecutor(len(calls)) as threads:
        for ended in [threads.submit(run, *which) for which in calls]:
            ended.result()
    return calls


async def test_all_tasks_are_seen_to_their_end_with_few_requests(
    emulator: BatchEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.script("*", Outcome(duration=10))
    emulator.script("t??7?", Outcome(4, duration=10))
    async with either(emulator, "sync") as client:
        await make_job(client, MANY, nodes=200)
    began = emulator.now
    calls = await asyncio.to_thread(all_at_once, emulator, monkeypatch)
    end = began + timedelta(seconds=SECONDS)
    for colour in COLOURS:
        check_wait(calls[wait, colour], end)
        check_half(calls[wait_for_half, colour], began + timedelta(seconds=SECONDS / 2))
        check_taken(calls[take, colour], end)
    assert emulator.now - end <= timedelta(seconds=INTERVAL)
    async with emulator.async_client() as late:
        requests: list[Any] = []
        summary = await late.wait_for_tasks("job", raw_request_hook=requests.append)
    assert (summary.succeeded, summary.failed, len(requests)) == (MANY - FAILED, FAILED, 3)


def check_wait(call: Call, end: datetime) -> None:
    """All of them: one request a look, and at the end whether any is left, and the failed ones."""
    summary = call.result
    assert (summary.total, summary.exit_codes) == (MANY, {0: MANY - FAILED, 4: FAILED})
    assert {task.id for task in summary.failed_tasks} == {f"t{n}" for n in range(1000, MANY) if n // 10 % 10 == 7}
    assert timedelta(0) <= call.ended - end <= timedelta(seconds=INTERVAL)
    assert set(call.before_the_end) == {1}
    assert call.looks[call.ended] <= 3
    assert call.requests <= SECONDS / INTERVAL + 15  # the first pauses are short, and so are the last
    assert call.progress == sorted(call.progress)
    assert call.progress[-1] == (MANY, MANY)


def check_half(call: Call, end: datetime) -> None:
    assert MANY // 2 <= call.result.completed <= MANY // 2 + 200 * INTERVAL / 10
    assert timedelta(0) <= call.ended - end <= timedelta(seconds=INTERVAL)
    assert set(call.before_the_end) == {1}
    assert call.requests <= SECONDS / 2 / INTERVAL + 15
    assert call.progress[-1] == (MANY // 2, MANY // 2)


def check_taken(call: Call, end: datetime) -> None:
    """Each task once, in the order of time; a pause is too short for more tasks than a list shows at once."""
    times = [task.state_transition_time for task in call.result]
    assert times == sorted(times)
    assert sorted(task.id for task in call.result) == sorted(f"t{number}" for number in range(MANY))
    assert Counter(task.execution_info.exit_code for task in call.result) == {0: MANY - FAILED, 4: FAILED}
    assert timedelta(0) <= call.ended - end <= timedelta(seconds=INTERVAL)
    assert set(call.before_the_end) == {1}
    assert call.looks[call.ended] <= 5
    assert call.requests <= SECONDS / INTERVAL + 15
    assert call.progress[-1] == (MANY, MANY)


# Tasks that are not done


@pytest.fixture
async def stuck(emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of an account in which one task of ten thousand runs, and never ends; time goes by in pauses."""
    emulator.script("*", Outcome(duration=math.inf))
    await make_job(client, MANY)
    in_virtual_time(monkeypatch, emulator)
    return client


async def test_a_job_that_does_not_end(emulator: BatchEmulator, stuck: Client) -> None:
    """The time of both calls runs out, through trouble that passes; then trouble comes that does not, and the end."""
    for call in (wait, take):
        emulator.faults.add(Fault(method="GET", status=503, nth=[2, 5, 6]))
        emulator.faults.add(Fault(method="GET", drop="body", nth=[3, 9]))
        seen = Call(emulator)
        with pytest.raises(TasksTimeoutError) as caught:
            await call(stuck, timeout=600, retry_total=0, **seen.keywords)
        assert caught.value.summary is not None
        assert (caught.value.summary.active, caught.value.summary.running) == (MANY - 1, 1)
        *ones, most = sorted(seen.before_the_end)
        assert set(ones) == {1}
        assert most <= 2  # the counts, and when they have not moved for long the list that knows better
        assert seen.requests <= 600 / INTERVAL + 15
        assert set(seen.progress) == {(0, MANY)}
        emulator.faults.clear()

        number = emulator.faults.add(Fault(method="GET", status=503))
        with pytest.raises(HttpResponseError, match="ServerBusy"):
            await call(stuck, retry_total=0)
        assert emulator.faults.count(number) == 6
        emulator.faults.clear()
    await stuck.begin_terminate_job("job", polling=False)
    emulator.advance(1)
    for call in (wait, take):
        seen = Call(emulator)
        with pytest.raises(JobEndedError, match="job 'job' is completed") as ended:
            await call(stuck, **seen.keywords)
        assert ended.value.summary is not None
        assert ended.value.summary.total == MANY
        assert seen.requests <= 5 + MANY / 1000


@pytest.mark.parametrize("call", [wait, take])
async def test_a_wait_for_ten_thousand_tasks_is_broken_off(emulator: BatchEmulator, stuck: Client, call: Any) -> None:
    """Nothing more is sent, and the client can go on."""
    seen = Call(emulator)

    def break_off(current: int, total: Optional[int]) -> None:
        seen.progress.append((current, total))
        if len(seen.progress) == 3:
            if not stuck.is_async:
                raise KeyboardInterrupt
            waiting.cancel()

    work = call(stuck, **{**seen.keywords, "progress_hook": break_off})
    waiting = asyncio.ensure_future(work) if stuck.is_async else work
    with pytest.raises(asyncio.CancelledError if stuck.is_async else KeyboardInterrupt):
        await waiting
    assert len(seen.progress) == 3
    assert seen.requests <= 4
    assert (await stuck.get_job_task_counts("job")).task_counts.active == MANY - 1
