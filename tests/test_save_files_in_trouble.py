"""Directories of tasks and nodes that are saved: at the same time, through trouble, and when it is broken off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseError
from azure.core.pipeline.policies import AsyncHTTPPolicy, HTTPPolicy

from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import Client
from support.output import Hook, Requests, left_in, no_faults_left
from support.resources import pool_options
from support.waiting import PATIENCE

LARGE = 3_000_000
FILES = {**{f"folder/{number:02}.txt": f"content {number}" for number in range(11)}, "large": "x" * LARGE}
no_faults = pytest.fixture(autouse=True)(no_faults_left)


@pytest.fixture(scope="module")
def emulator() -> Iterator[BatchEmulator]:
    """A task has completed, and left twelve files in its working directory."""
    with BatchEmulator(simulate=Outcome(files=FILES), delays=Delays.none()) as emulator, emulator.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        client.create_task("job", {"id": "t", "commandLine": "work"})
        emulator.advance(60)
        yield emulator


class Saving(NamedTuple):
    """A client that saves the same files as those of the task, or of the node."""

    client: Client
    kind: str
    target: Path

    async def save(self, **options: Any) -> dict[str, str]:
        """Save them; gives what became of each."""
        if self.kind == "task":
            found = await self.client.save_task_files("job", "t", self.target, pattern="wd/*", **options)
            return {one.name[len("wd/") :]: one.status for one in found}
        info = (await self.client.get_task("job", "t")).node_info
        folder = f"{info.task_root_directory}/wd/"
        found = await self.client.save_node_files("pool", info.node_id, self.target, pattern=f"{folder}*", **options)
        return {one.name[len(folder) :]: one.status for one in found}

    @property
    def saved(self) -> dict[str, str]:
        """What is there, whole or not."""
        return {name.rpartition("wd/")[2]: (self.target / name).read_text() for name in left_in(self.target)}


@pytest.fixture(params=["task", "node"])
async def saving(request: pytest.FixtureRequest, client: Client, tmp_path: Path) -> Saving:
    return Saving(client, request.param, tmp_path)


# At the same time


class Gate(HTTPPolicy[Any, Any]):
    """Lets downloads through when so many have come, and counts how many are under way."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._barrier = threading.Barrier(number, timeout=PATIENCE)
        self._lock = threading.Lock()
        self._now = self.most = self.all = 0

    def add(self, number: int) -> None:
        with self._lock:
            self._now += number
            self.all += number > 0
            self.most = max(self.most, self._now)

    def send(self, request: Any) -> Any:
        if not is_download(request):
            return self.next.send(request)
        self.add(1)
        self._barrier.wait()
        try:
            return self.next.send(request)
        finally:
            self.add(-1)


class AsyncGate(AsyncHTTPPolicy[Any, Any]):
    """The same for the asynchronous client."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._opened = asyncio.Event()
        self._now = self._come = self.most = self.all = 0

    async def send(self, request: Any) -> Any:
        if not is_download(request):
            return await self.next.send(request)
        self.all += 1
        self._now += 1
        self.most = max(self.most, self._now)
        await self._pass()
        try:
            return await self.next.send(request)
        finally:
            self._now -= 1

    async def _pass(self) -> None:
        self._come += 1
        opened = self._opened
        if self._come == self._number:
            self._come, self._opened = 0, asyncio.Event()
            opened.set()
        await asyncio.wait_for(opened.wait(), PATIENCE)


def is_download(request: Any) -> bool:
    return request.http_request.method == "GET" and "/files/" in request.http_request.url


@pytest.fixture(params=["sync", "async"])
async def gated(request: pytest.FixtureRequest, emulator: BatchEmulator) -> AsyncIterator[Any]:
    """A function that makes a client and its gate."""
    made: list[Any] = []

    def make(number: int) -> tuple[Client, Any]:
        gate: Any = Gate(number) if request.param == "sync" else AsyncGate(number)
        client = (emulator.client if request.param == "sync" else emulator.async_client)(per_retry_policies=[gate])
        made.append(client)
        return Client(client), gate

    yield make
    for client in made:
        closed = client.close()
        if request.param == "async":
            await closed


@pytest.mark.parametrize("kind", ["task", "node"])
@pytest.mark.parametrize("number", [1, 4, 12])
async def test_so_many_files_are_fetched_at_once(gated: Any, kind: str, number: int, tmp_path: Path) -> None:
    """No download goes on before so many are under way, and there are never more."""
    client, gate = gated(number)
    saving = Saving(client, kind, tmp_path)
    assert await saving.save(max_concurrency=number) == dict.fromkeys(FILES, "saved")
    assert saving.saved == FILES
    assert (gate.most, gate.all) == (number, len(FILES))


async def test_by_default_four_are(gated: Any, tmp_path: Path) -> None:
    client, gate = gated(4)
    await Saving(client, "task", tmp_path).save()
    assert gate.most == 4


# Through trouble


async def test_trouble_that_passes(emulator: BatchEmulator, saving: Saving) -> None:
    emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", drop="body", nth=(1, 4, 6, 12)))
    emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", status=503, nth=(2, 5)))
    emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", drop="before", nth=7))
    emulator.faults.add(Fault(operation=f"list_{saving.kind}_files", status=429, times=2))
    hook = Hook()
    found = await saving.save(retry_backoff_factor=0, progress_hook=hook)
    assert found == dict.fromkeys(FILES, "saved")
    assert saving.saved == FILES
    total = sum(map(len, FILES.values()))
    assert hook.calls[-1] == (total, total)


async def test_it_goes_on_where_it_failed(emulator: BatchEmulator, saving: Saving) -> None:
    """First the list is refused, then the fourth file; what is there by then is not fetched again."""
    emulator.faults.add(Fault(operation=f"list_{saving.kind}_files", status=503, times=1))
    with pytest.raises(HttpResponseError, match="ServerBusy"):
        await saving.save(retry_total=0)
    emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", status=403, nth=4))
    with pytest.raises(HttpResponseError, match="AuthenticationFailed"):
        await saving.save(max_concurrency=1)
    before = saving.saved
    assert before == {name: FILES[name] for name in sorted(FILES)[:3]}
    requests = Requests()
    found = await saving.save(raw_request_hook=requests)
    assert [name for name, status in found.items() if status == "unchanged"] == list(before)
    assert [one.endswith("/files") for one in requests.urls].count(False) == len(FILES) - 3
    assert saving.saved == FILES


async def test_a_file_that_keeps_breaking_ends_all(emulator: BatchEmulator, saving: Saving) -> None:
    """Half a file is not left, and what was there before stays."""
    await saving.save()
    (path,) = saving.target.rglob("05.txt")
    path.write_text("before")
    emulator.faults.add(Fault(path="/**05.txt", operation=f"download_{saving.kind}_file", drop="body"))
    with pytest.raises(AzureError):
        await saving.save(retry_total=1, retry_backoff_factor=0)
    assert saving.saved == {**FILES, "folder/05.txt": "before"}


async def test_a_read_that_takes_too_long_is_made_again(emulator: BatchEmulator, saving: Saving) -> None:
    number = emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", delay=3600, nth=3))
    found = await saving.save(read_timeout=0.5, retry_total=100, retry_read=100, retry_backoff_factor=0)
    assert found == dict.fromkeys(FILES, "saved")
    assert saving.saved == FILES
    assert emulator.faults.count(number) == 1
    path = next(iter(saving.target.rglob("large")))
    path.write_text("before")
    emulator.faults.add(Fault(operation=f"download_{saving.kind}_file", delay=3600))
    with pytest.raises(ServiceResponseError):
        await saving.save(read_timeout=0.1, retry_total=0)
    assert saving.saved == {**FILES, "large": "before"}


@pytest.mark.parametrize("at", [1, 3, 8])
async def test_it_can_be_broken_off(saving: Saving, at: int) -> None:
    """Whole files are left, and the next call goes on."""

    def break_off() -> None:
        if len(hook.calls) == at:
            if not saving.client.is_async:
                raise KeyboardInterrupt
            running.cancel()

    hook = Hook(break_off)
    call = saving.save(max_concurrency=3, progress_hook=hook)
    running: Any = asyncio.ensure_future(call) if saving.client.is_async else call
    with pytest.raises(asyncio.CancelledError if saving.client.is_async else KeyboardInterrupt):
        await running
    left = saving.saved
    assert left.items() < FILES.items()
    found = await saving.save()
    assert {name for name, status in found.items() if status == "unchanged"} == set(left)
    assert saving.saved == FILES
