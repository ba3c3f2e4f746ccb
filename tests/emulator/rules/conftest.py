"""An account without HTTP: calls go straight to its rules, commands are real processes."""

from __future__ import annotations

import asyncio
import heapq
import os
from collections.abc import AsyncIterator, Awaitable, Coroutine
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import pytest

from azure.batch.emulator._account import Account
from azure.batch.emulator._options import Delays
from azure.batch.emulator._outcomes import Outcomes
from azure.batch.emulator._simulation import SimulatedRunner, SimulationLoop, VirtualClock, run
from azure.batch.emulator._wire import Answer, Call, Conditions, ServiceError
from support.resources import IMAGE
from support.waiting import comes_true

WINDOWS = {
    "imageReference": {"publisher": "microsoftwindowsserver", "offer": "windowsserver", "sku": "2022-datacenter"},
    "nodeAgentSKUId": "batch.node.windows amd64",
}
BASE = "http://127.0.0.1:8080"

T = TypeVar("T")


class Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.is_off = False

    def cancel(self) -> None:
        self.is_off = True


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.timers: list[tuple[datetime, int, Timer]] = []

    def now(self) -> datetime:
        return self.time

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(callback)
        if seconds <= 0:
            asyncio.get_running_loop().call_soon(lambda: timer.is_off or callback())
        else:
            due = min(seconds, 1e9)
            heapq.heappush(self.timers, (self.time + timedelta(seconds=due), len(self.timers) + id(timer), timer))
        return timer

    async def advance(self, **time: float) -> None:
        """Let time go by."""
        end = self.time + timedelta(**time)
        while self.timers and self.timers[0][0] <= end:
            self.time, _, timer = heapq.heappop(self.timers)
            if not timer.is_off:
                timer.callback()
                await asyncio.sleep(0)
        self.time = end


class Bench:
    """Calls to an account, and waiting for what they set going."""

    vm = IMAGE
    windows = WINDOWS
    base = BASE

    def __init__(self, account: Account) -> None:
        self.account = account

    def call(
        self,
        operation: str,
        body: Any = None,
        query: Optional[dict[str, str]] = None,
        conditions: Optional[Conditions] = None,
        part: Optional[str] = None,
        **ids: str,
    ) -> Answer:
        given = Call(operation, ids, query or {}, body, conditions or Conditions(), BASE, part)
        return self.account.execute(given)

    def get(self, operation: str, **ids: str) -> Any:
        return self.call(operation, **ids).body

    def items(self, operation: str, query: Optional[dict[str, str]] = None, **ids: str) -> list[Any]:
        page = self.call(operation, query=query, **ids).page
        assert page is not None
        return list(page.items)

    def refused(self, operation: str, body: Any = None, **more: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self.call(operation, body, **more)
        return caught.value

    async def until(self, look: Callable[[], T], wanted: Optional[Callable[[T], bool]] = None) -> T:
        """Wait until something is true, or what a look gives is as wanted; and give it."""
        return await comes_true(look, wanted)

    async def until_there(self, folder: Path, end: str) -> None:
        """Wait until there is such a file anywhere below a folder in which others come and go."""
        walk = partial(os.walk, folder)  # unlike Path.rglob, it does not mind what goes
        await self.until(lambda: any(f"{parent}/{name}".endswith(end) for parent, _, names in walk() for name in names))

    async def until_gone(self, operation: str, **ids: str) -> ServiceError:
        """Wait until a resource is not found."""

        def look() -> Optional[ServiceError]:
            try:
                self.call(operation, **ids)
            except ServiceError as error:
                return error
            return None

        error = await self.until(look)
        assert error is not None
        assert error.status == 404
        return error

    # Pools and nodes

    def create_pool(self, name: str = "pool", nodes: int = 1, **more: Any) -> None:
        body = {"id": name, "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE}
        if not more.get("enableAutoScale"):
            body["targetDedicatedNodes"] = nodes
        self.call("create_pool", {**body, **more})

    async def pool(self, name: str = "pool", nodes: int = 1, **more: Any) -> None:
        """Create a pool and wait for its nodes."""
        self.create_pool(name, nodes, **more)
        await self.idle(name, nodes)

    async def idle(self, name: str, nodes: int) -> list[Any]:
        """Wait until so many nodes are idle and the pool is steady."""
        await self.until(lambda: self.get("get_pool", poolId=name)["allocationState"] == "steady")
        return await self.until(
            lambda: self.items("list_nodes", poolId=name),
            lambda found: len(found) == nodes and all(node["state"] == "idle" for node in found),
        )

    def node(self, pool: str = "pool") -> str:
        """The id of the first node."""
        return str(self.items("list_nodes", poolId=pool)[0]["id"])

    def node_root(self, node: str) -> Path:
        """The folder of a node of the first pool, found by a file that every node has."""
        file = self.call("get_node_file_properties", poolId="pool", nodeId=node, filePath="shared").file
        assert file is not None
        return file.path.parent

    async def node_state(self, state: str, node: str, pool: str = "pool") -> Any:
        return await self.until(
            lambda: self.get("get_node", poolId=pool, nodeId=node), lambda found: found["state"] == state
        )

    # Jobs and tasks

    def job(self, name: str = "job", pool: str = "pool", **more: Any) -> None:
        self.call("create_job", {"id": name, "poolInfo": {"poolId": pool}, **more})

    def task(self, name: str = "task", command: str = "true", job: str = "job", **more: Any) -> None:
        self.call("create_task", {"id": name, "commandLine": command, **more}, jobId=job)

    def shell(self, name: str, script: str, job: str = "job", **more: Any) -> None:
        self.task(name, f"/bin/sh -c '{script}'", job, **more)

    def task_document(self, name: str = "task", job: str = "job") -> Any:
        return self.get("get_task", jobId=job, taskId=name)

    async def task_state(self, state: str, name: str = "task", job: str = "job") -> Any:
        return await self.until(lambda: self.task_document(name, job), lambda found: found["state"] == state)

    async def done(self, name: str = "task", job: str = "job") -> Any:
        return await self.task_state("completed", name, job)

    async def job_state(self, state: str, job: str = "job") -> Any:
        return await self.until(lambda: self.get("get_job", jobId=job), lambda found: found["state"] == state)

    def counts(self, job: str = "job") -> Any:
        return self.get("get_job_task_counts", jobId=job)["taskCounts"]

    def read(self, name: str = "task", path: str = "stdout.txt", job: str = "job") -> str:
        file = self.call("download_task_file", jobId=job, taskId=name, filePath=path).file
        assert file is not None
        return file.path.read_bytes()[file.start : file.start + file.length].decode()


@pytest.fixture
async def make_bench() -> AsyncIterator[Callable[..., Awaitable[Bench]]]:
    """Starts accounts that are stopped after the test."""
    accounts: list[Account] = []

    async def make(data: Optional[Path] = None, delays: Optional[Delays] = None, **more: Any) -> Bench:
        account = Account("emulator", data, url=BASE, delays=delays or Delays.none(), **more)
        accounts.append(account)
        await account.start()
        return Bench(account)

    yield make
    for account in accounts:
        await account.stop()


@pytest.fixture
async def bench(make_bench: Callable[..., Awaitable[Bench]]) -> Bench:
    """An account in which nothing takes longer than it must."""
    return await make_bench()


@pytest.fixture
def simulate() -> Callable[[Callable[[Bench, VirtualClock], Coroutine[Any, Any, None]], Outcomes], None]:
    """Runs a coroutine with an account whose time and commands are simulated, in a loop of its own."""

    def simulate(work: Callable[[Bench, VirtualClock], Coroutine[Any, Any, None]], outcomes: Outcomes) -> None:
        loop = SimulationLoop()

        async def main() -> None:
            clock = VirtualClock(loop, datetime(2026, 3, 1, 8, tzinfo=timezone.utc))
            runner = SimulatedRunner(clock, outcomes)
            account = Account("emulator", url=BASE, simulated=clock, runner=runner, moves_files=False)
            await account.start()
            try:
                await work(Bench(account), clock)
            finally:
                await account.stop()

        run(main, loop)

    return simulate


@pytest.fixture
def clock() -> SetClock:
    return SetClock()
