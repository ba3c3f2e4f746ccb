"""What tests of the output of tasks share: tasks that have written, tasks that write step by step, and what watches."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from azure.batch.emulator import BatchEmulator, Delays
from conftest import Client

from .memory import Answer
from .pauses import QUICK
from .resources import pool_options, until

LARGE = 100_000_000
SCRIPT = f"""
yes 0123456 | head -c {LARGE} > large; : > empty; printf 'gr\\303\\274n\\n' > utf8.txt; mkdir -p 'a b/c'
printf x > 'a b/c/x+1%.txt'
printf '\\377\\376g\\000r\\000\\374\\000n\\000\\r\\000\\n\\000' > utf16.txt; printf out; printf err >&2
"""


class Place(NamedTuple):
    """Where the files of one finished task are."""

    job: str
    pool: str
    node: str
    folder: str

    def of(self, kind: str, path: str) -> tuple[str, str, str]:
        return (self.job, "t", path) if kind == "task" else (self.pool, self.node, f"{self.folder}/{path}")


def shell(script: str) -> str:
    return "/bin/sh -c '" + script.strip().replace("'", "'\\''") + "'"


def in_thread(work: Any) -> Any:
    """The result of a coroutine, where the loop of the tests is not to be touched."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def completed(client: Any, job: str, task: str = "t") -> Any:
    async def look() -> Any:
        found = client.get_task(job, task)
        return found if found.state == "completed" else None

    return in_thread(until(look))


def finished_task(emulator: BatchEmulator) -> Iterator[Place]:
    """For a fixture: a task that has written files of all kinds."""
    name = f"output-{uuid.uuid4().hex[:8]}"
    with emulator.client() as client:
        client.create_pool(pool_options(name))
        client.create_job({"id": name, "poolInfo": {"poolId": name}})
        client.create_task(name, {"id": "t", "commandLine": shell(SCRIPT)})
        task = completed(client, name)
        assert task.execution_info.exit_code == 0, client.download_task_file(name, "t", "stderr.txt").text()
        yield Place(name, name, task.node_info.node_id, task.node_info.task_root_directory)


class Hook:
    """A progress hook, of either kind."""

    def __init__(self, act: Callable[[], Any] = bool) -> None:
        self.calls: list[tuple[int, Optional[int]]] = []
        self.act = act

    def __call__(self, current: int, total: Optional[int]) -> None:
        self.calls.append((current, total))
        self.act()

    async def awaited(self, current: int, total: Optional[int]) -> None:
        await asyncio.sleep(0)
        self(current, total)

    def of(self, client: Client) -> Any:
        return self.awaited if client.is_async else self


def left_in(directory: Path) -> list[str]:
    return sorted(str(one.relative_to(directory)) for one in directory.rglob("*") if not one.is_dir())


class Requests:
    """Takes note of requests, and acts on the nth."""

    def __init__(self, act: Callable[[int], Any] = bool) -> None:
        self.urls: list[str] = []
        self.act = act

    def __call__(self, request: Any) -> None:
        self.urls.append(request.http_request.url.partition("?")[0])
        self.act(len(self.urls))


def unexpected(request: Any) -> Answer:
    raise AssertionError(request.url)


def fail() -> None:
    raise RuntimeError("in the hook")


async def collected(client: Client, job: str, task: str, *path: str, **options: Any) -> list[bytes]:
    return [piece async for piece in await client.follow_task_file(job, task, *path, **{**QUICK, **options})]


@asynccontextmanager
async def either(emulator: BatchEmulator, colour: str) -> AsyncIterator[Client]:
    """Either client of an emulator of the test's own."""
    if colour == "sync":
        with emulator.client() as client:
            yield Client(client)
    else:
        async with emulator.async_client() as other:
            yield Client(other)


class Growing(NamedTuple):
    """A job whose tasks go on step by step, as files appear in a folder."""

    job: str
    folder: Path

    async def start(self, client: Client, script: str, **more: Any) -> None:
        """Begin a task; ``wait 1`` in it waits for :meth:`go` with 1."""
        function = f"wait() {{ while [ ! -e '{self.folder}'/$1 ]; do sleep 0.01; done; }}; "
        await client.create_task(self.job, {"id": "t", "commandLine": shell(function + script), **more})

    def go(self, step: int) -> None:
        (self.folder / str(step)).touch()


def growing_task(emulator: BatchEmulator, place: Place, name: str, tmp_path: Path) -> Iterator[Growing]:
    """For a fixture: a job for a task that goes on step by step."""
    with emulator.client() as client:
        client.create_job({"id": name, "poolInfo": {"poolId": place.pool}})
        yield Growing(name, tmp_path)
        client.begin_delete_job(name, polling_interval=0.02).wait()


async def is_completed(client: Client, job: str) -> bool:
    return bool((await client.get_task(job, "t")).state == "completed")


def no_faults_left(emulator: BatchEmulator) -> Iterator[None]:
    """For a fixture: faults are ordered for one test."""
    yield
    emulator.faults.clear()


def simulation() -> Iterator[BatchEmulator]:
    """For a fixture: an emulator whose time goes by when it is told to."""
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator
