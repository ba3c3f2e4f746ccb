"""The output of tasks: downloads that can do more than be iterated over, files that are followed while they grow, and
directories that are saved."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

import pytest
from azure.core.exceptions import AzureError, ResourceModifiedError, ResourceNotFoundError

from azure.batch import FileDownload, FilesUnavailableError, InvalidStateError, NodeGoneError, _plan
from azure.batch._helpers import _looks
from azure.batch._plan import Pause
from azure.batch.aio import FileDownload as AsyncFileDownload
from azure.batch.aio import _plan as _aio_plan
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import Client, settled
from support.clients import memory_client
from support.memory import Answer
from support.resources import pool_options, steady, until

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

FULL = Path("/dev/full")
LARGE = 100_000_000
UTF_16 = "grün\r\n".encode("utf-16")
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


@pytest.fixture(scope="module")
def place(emulator: BatchEmulator) -> Iterator[Place]:
    with emulator.client() as client:
        client.create_pool(pool_options("output"))
        client.create_job({"id": "output", "poolInfo": {"poolId": "output"}})
        client.create_task("output", {"id": "t", "commandLine": shell(SCRIPT)})
        task = completed(client, "output")
        assert task.execution_info.exit_code == 0, client.download_task_file("output", "t", "stderr.txt").text()
        yield Place("output", "output", task.node_info.node_id, task.node_info.task_root_directory)


@pytest.fixture(autouse=True)
def no_faults_left(emulator: BatchEmulator) -> Iterator[None]:
    yield
    emulator.faults.clear()


async def download(client: Client, place: Place, path: str, kind: str = "task", **options: Any) -> Any:
    return await settled(getattr(client.raw, f"download_{kind}_file")(*place.of(kind, path), **options))


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


# -- downloads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["task", "node"])
async def test_a_download_tells_what_it_is_of(client: Client, place: Place, kind: str) -> None:
    found = await download(client, place, "wd/a b/c/x+1%.txt", kind)
    assert type(found) is (AsyncFileDownload if client.is_async else FileDownload)
    assert found.name == place.of(kind, "wd/a b/c/x+1%.txt")[2]
    assert (found.size, found.content_type) == (1, "text/plain")
    age = datetime.now(timezone.utc) - found.last_modified
    assert -1 < age.total_seconds() < 600
    assert await settled(found.readall()) == b"x"
    assert (found.name[-8:], found.size) == ("x+1%.txt", 1)


async def test_a_range_has_the_size_of_its_part(client: Client, place: Place) -> None:
    found = await download(client, place, "wd/large", ocp_range="bytes=8-17")
    assert found.size == 10
    assert await settled(found.readall()) == b"0123456\n01"


async def test_what_was_read_is_not_given_again(client: Client, place: Place) -> None:
    found = await download(client, place, "wd/large", ocp_range="bytes=0-199999")
    first = next(found.chunks()) if not client.is_async else await found.chunks().__anext__()
    rest = await settled(found.readall())
    assert first + rest == b"0123456\n" * 25_000
    assert await settled(found.readall()) == b""


async def test_an_empty_file_is_read_in_every_way(client: Client, place: Place, tmp_path: Path) -> None:
    assert (await download(client, place, "wd/empty")).size == 0
    assert await settled((await download(client, place, "wd/empty")).readall()) == b""
    assert await settled((await download(client, place, "wd/empty")).text()) == ""
    assert await settled((await download(client, place, "wd/empty")).readinto(io.BytesIO())) == 0
    assert await settled((await download(client, place, "wd/empty")).save_to(tmp_path / "x")) == 0
    assert (tmp_path / "x").read_bytes() == b""


@pytest.mark.parametrize(
    ("path", "options", "expected"),
    [
        ("stdout.txt", {}, "out"),
        ("wd/utf8.txt", {}, "grün\n"),
        ("wd/utf16.txt", {}, "grün\r\n"),
        ("wd/utf16.txt", {"encoding": "utf-16"}, "grün\r\n"),
        ("wd/utf8.txt", {"encoding": "latin-1"}, "grÃ¼n\n"),
        ("wd/utf8.txt", {"encoding": "ascii", "errors": "replace"}, "gr\ufffd\ufffdn\n"),
    ],
)
async def test_text_is_decoded(client: Client, place: Place, path: str, options: dict[str, Any], expected: str) -> None:
    assert await settled((await download(client, place, path)).text(**options)) == expected


async def test_what_is_no_text_is_an_error(client: Client, place: Place) -> None:
    with pytest.raises(UnicodeDecodeError):
        await settled((await download(client, place, "wd/utf8.txt", ocp_range="bytes=0-2")).text())


class Slow(io.RawIOBase):
    """Takes a thousand bytes at a time, as an unbuffered stream may."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: Any) -> int:
        self.content += bytes(data[:1000])
        return len(data[:1000])


async def test_a_stream_is_written_to(client: Client, place: Place) -> None:
    stream, hook = io.BytesIO(), Hook()
    found = await download(client, place, "wd/large", ocp_range="bytes=0-4999999")
    assert await settled(found.readinto(stream, progress_hook=hook.of(client))) == 5_000_000
    assert stream.getvalue() == b"0123456\n" * 625_000
    assert hook.calls == sorted(hook.calls)
    assert hook.calls[-1] == (5_000_000, 5_000_000)
    assert len(hook.calls) >= 4
    slow = Slow()
    found = await download(client, place, "wd/large", ocp_range="bytes=0-9999")
    assert await settled(found.readinto(slow)) == 10_000
    assert slow.content == b"0123456\n" * 1250


class AsyncStream:
    async def write(self, data: bytes) -> None: ...


@pytest.mark.parametrize("stream", [io.StringIO(), "path", AsyncStream()], ids=["text", "a path", "a coroutine"])
async def test_what_cannot_be_written_to_is_refused(client: Client, place: Place, stream: Any) -> None:
    found = await download(client, place, "stdout.txt")
    with pytest.raises(TypeError, match="stream: "):
        await settled(found.readinto(stream))
    with pytest.raises(TypeError, match="progress_hook: "):
        await settled((await download(client, place, "stdout.txt")).readinto(io.BytesIO(), progress_hook=1))


async def test_a_coroutine_function_as_hook_needs_the_asynchronous_client(
    client: Client, place: Place, tmp_path: Path
) -> None:
    found = await download(client, place, "stdout.txt")
    if client.is_async:
        await found.save_to(tmp_path / "x", progress_hook=Hook().awaited)
        return
    with pytest.raises(TypeError, match="progress_hook: a coroutine function"):
        found.save_to(tmp_path / "x", progress_hook=Hook().awaited)
    with pytest.raises(TypeError, match="progress_hook: a coroutine function"):
        client.raw.save_task_files("j", "t", tmp_path / "d", progress_hook=Hook().awaited)


async def test_a_file_is_saved_in_place_of_what_was_there(client: Client, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    hook = Hook()
    assert await settled((await download(client, place, "stdout.txt")).save_to(path, progress_hook=hook)) == 3
    assert path.read_bytes() == b"out"
    assert hook.calls == [(3, 3)]
    assert await settled((await download(client, place, "stderr.txt")).save_to(str(path))) == 3
    assert path.read_bytes() == b"err"
    assert left_in(tmp_path) == ["x"]


async def test_a_large_file_is_saved_in_little_memory(client: Client, place: Place, tmp_path: Path) -> None:
    found = await download(client, place, "wd/large")
    tracemalloc.start()
    try:
        assert await settled(found.save_to(tmp_path / "x")) == LARGE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    digest = hashlib.sha256()
    with (tmp_path / "x").open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    assert digest.hexdigest() == hashlib.sha256(b"0123456\n" * (LARGE // 8)).hexdigest()


async def test_saving_outlives_broken_connections_and_a_busy_server(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    emulator.faults.add(Fault(operation="download_task_file", status=503, nth=(1, 3)))
    number = emulator.faults.add(Fault(operation="download_task_file", drop="body", nth=(1, 2)))
    found = await download(client, place, "wd/large", ocp_range="bytes=0-9999999", retry_backoff_factor=0)
    assert await settled(found.save_to(tmp_path / "x")) == 10_000_000
    assert (tmp_path / "x").read_bytes() == b"0123456\n" * 1_250_000
    assert emulator.faults.count(number) == 2


async def failed(client: Client, place: Place, path: Path, **options: Any) -> BaseException:
    hook = options.pop("hook", None)
    with pytest.raises((AzureError, OSError, RuntimeError, ValueError)) as caught:
        await settled((await download(client, place, "wd/large", **options)).save_to(path, progress_hook=hook))
    return caught.value


def fail() -> None:
    raise RuntimeError("in the hook")


async def test_a_failure_leaves_what_was_there_and_nothing_else(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    emulator.faults.add(Fault(operation="download_task_file", drop="body", times=1))
    assert isinstance(await failed(client, place, path, retry_total=0), AzureError)
    assert isinstance(await failed(client, place, path, hook=Hook(fail)), RuntimeError)
    (tmp_path / "directory").mkdir()
    assert isinstance(await failed(client, place, tmp_path / "directory"), IsADirectoryError)
    assert isinstance(await failed(client, place, tmp_path / "missing" / "x"), FileNotFoundError)
    with monkeypatch.context() as patch:
        patch.setattr("os.utime", None)
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(PermissionError("open elsewhere")))
        assert isinstance(await failed(client, place, path), PermissionError)
    assert path.read_text() == "before"
    assert left_in(tmp_path) == ["x"]
    assert await settled((await download(client, place, "stdout.txt")).readall()) == b"out"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
async def test_a_full_disk_is_an_error(client: Client, place: Place) -> None:
    stream = in_thread(asyncio.to_thread(FULL.open, "wb", 0))
    found = await download(client, place, "wd/large")
    with stream, pytest.raises(OSError, match="No space left"):
        await settled(found.readinto(stream))
    assert await settled((await download(client, place, "stdout.txt")).readall()) == b"out"


async def test_half_a_download_is_not_saved_as_a_file(client: Client, place: Place, tmp_path: Path) -> None:
    found = await download(client, place, "wd/large")
    await settled(found._piece())
    with pytest.raises(ValueError, match="read already"):
        await settled(found.save_to(tmp_path / "x"))
    found = await download(client, place, "stdout.txt")
    await settled(found.close())
    with pytest.raises(ValueError, match="read already"):
        await settled(found.save_to(tmp_path / "x"))
    assert left_in(tmp_path) == []


async def test_a_context_manager_frees_the_connection(client: Client, place: Place) -> None:
    for _ in range(20):
        found = await download(client, place, "wd/large")
        if client.is_async:
            async with found as same:
                assert same is found
        else:
            with found as same:
                assert same is found
        assert await settled(found.readall()) == b""


@pytest.mark.parametrize("at", [1, 3])
async def test_saving_that_is_cancelled_leaves_nothing(
    emulator: BatchEmulator, place: Place, tmp_path: Path, at: int
) -> None:
    async def save(client: Any) -> None:
        hook = Hook(lambda: len(hook.calls) == at and saving.cancel())
        await (await client.download_task_file(*place.of("task", "wd/large"))).save_to(
            tmp_path / "x", progress_hook=hook
        )

    async with emulator.async_client() as client:
        saving = asyncio.ensure_future(save(client))
        with pytest.raises(asyncio.CancelledError):
            await saving
        assert left_in(tmp_path) == []
        assert await (await client.download_task_file(*place.of("task", "stdout.txt"))).readall() == b"out"


async def test_ctrl_c_while_saving_leaves_nothing(emulator: BatchEmulator, place: Place, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with emulator.client() as client:
        found = client.download_task_file(*place.of("task", "wd/large"))
        with pytest.raises(KeyboardInterrupt):
            found.save_to(tmp_path / "x", progress_hook=Hook(interrupt))
        with pytest.raises(KeyboardInterrupt):
            client.save_task_files(place.job, "t", tmp_path, progress_hook=Hook(interrupt))
    assert [one for one in left_in(tmp_path) if one.endswith(".part")] == []


async def test_writing_does_not_hold_up_the_event_loop(
    emulator: BatchEmulator, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that takes nothing until the loop has gone round would wait for ever otherwise."""
    went_round = threading.Event()

    class Waiting(io.BytesIO):
        def write(self, data: Any) -> int:
            assert went_round.wait(30)
            return super().write(data)

    async with emulator.async_client() as client:
        found = await client.download_task_file(*place.of("task", "stdout.txt"))
        reading = asyncio.ensure_future(found.readinto(Waiting()))
        while not reading.done():
            await asyncio.sleep(0)
            if found._closed:
                went_round.set()
        assert await reading == 3


# -- a node that is gone ----------------------------------------------------------------------------------------------


async def test_a_node_that_is_gone_is_an_error_of_its_own(client: Client, emulator: BatchEmulator, name: str) -> None:
    await client.create_pool(pool_options(name))
    await steady(client, name)
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, {"id": "t", "commandLine": "true"})
    with emulator.client() as other:
        node = completed(other, name).node_info.node_id
    await (await client.begin_remove_nodes(name, {"nodeList": [node]}, polling_interval=0.02)).result()
    with pytest.raises(NodeGoneError, match=r"TaskFilesUnavailable.*\n[\s\S]*output_files") as caught:
        await client.download_task_file(name, "t", "stdout.txt")
    assert isinstance(caught.value, ResourceNotFoundError)
    assert isinstance(caught.value, FilesUnavailableError)
    for calling in (
        client.download_node_file(name, node, "stdout.txt"),
        client.save_node_files(name, node, "x"),
        client.save_task_files(name, "t", "x"),
        collected(client, name, "t"),
    ):
        with pytest.raises(NodeGoneError):
            await calling
    with pytest.raises(ResourceNotFoundError) as caught:
        await client.get_node(name, node)
    assert type(caught.value) is ResourceNotFoundError


# -- following --------------------------------------------------------------------------------------------------------

QUICK: dict[str, Any] = {"polling_interval": 0.005, "retry_backoff_factor": 0}


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


def in_virtual_time(monkeypatch: pytest.MonkeyPatch, emulator: BatchEmulator) -> None:
    """Have plans pause by the emulator's clock."""
    settle, aio_settle = _plan.settle, _aio_plan.settle

    def advance(step: Any) -> Any:
        return emulator.advance(step.seconds) if isinstance(step, Pause) else settle(step)

    async def aio_advance(step: Any) -> Any:
        return emulator.advance(step.seconds) if isinstance(step, Pause) else await aio_settle(step)

    monkeypatch.setattr(_plan, "settle", advance)
    monkeypatch.setattr(_aio_plan, "settle", aio_advance)
    monkeypatch.setattr(_looks, "monotonic", lambda: emulator.now.timestamp())


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


@pytest.fixture
def growing(emulator: BatchEmulator, place: Place, name: str, tmp_path: Path) -> Iterator[Growing]:
    with emulator.client() as client:
        client.create_job({"id": name, "poolInfo": {"poolId": place.pool}})
        yield Growing(name, tmp_path)
        client.begin_delete_job(name, polling_interval=0.02).wait()


async def test_output_comes_as_it_is_written(client: Client, growing: Growing) -> None:
    await growing.start(client, "echo 0; wait 1; echo 1; wait 2; printf 2a; wait 3; echo 2b; wait 4; exit 3")
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", **QUICK):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"0\n", b"1\n", b"2a", b"2b\n"]


async def test_a_file_that_is_not_there_yet_is_waited_for(client: Client, growing: Growing) -> None:
    requests = Requests(lambda number: growing.go(1) if number == 8 else None)
    await growing.start(client, "echo x > tmp; wait 1; mkdir logs; echo late > logs/run.log")
    assert await collected(client, growing.job, "t", "wd/logs/run.log", raw_request_hook=requests) == [b"late\n"]
    assert len(requests.urls) > 8


class Requests:
    """Takes note of requests, and acts on the nth."""

    def __init__(self, act: Callable[[int], Any] = bool) -> None:
        self.urls: list[str] = []
        self.act = act

    def __call__(self, request: Any) -> None:
        self.urls.append(request.http_request.url.partition("?")[0])
        self.act(len(self.urls))


async def test_a_task_that_has_not_started_costs_one_request_a_look(
    client: Client, emulator: BatchEmulator, name: str
) -> None:
    def act(number: int) -> None:
        if number == 10:
            with emulator.client() as other:
                other.begin_resize_pool(name, {"targetDedicatedNodes": 1}, polling_interval=0.02)

    await client.create_pool(pool_options(name, 0))
    await steady(client, name)
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, {"id": "t", "commandLine": shell("printf done")})
    requests = Requests(act)
    assert b"".join(await collected(client, name, "t", raw_request_hook=requests)) == b"done"
    assert all(url.endswith("/tasks/t") for url in requests.urls[:10])


async def test_a_finished_task_is_read_to_its_end(client: Client, place: Place) -> None:
    assert await collected(client, place.job, "t") == [b"out"]
    assert await collected(client, place.job, "t", "wd/empty") == []
    requests = Requests()
    size = 0
    async for piece in await client.follow_task_file(place.job, "t", "wd/large", raw_request_hook=requests, **QUICK):
        assert len(piece) <= 4 * 1024 * 1024
        assert piece == (b"0123456\n" * (len(piece) // 8 + 2))[size % 8 :][: len(piece)]
        size += len(piece)
    assert size == LARGE
    assert len(requests.urls) == 2 * -(-LARGE // (4 * 1024 * 1024))


async def test_a_file_of_exactly_so_many_blocks_ends(client: Client, growing: Growing) -> None:
    await growing.start(client, "head -c 8388608 /dev/zero")
    assert sum(map(len, await collected(client, growing.job, "t"))) == 8_388_608


async def test_what_is_missing_at_the_end_is_an_error(client: Client, place: Place) -> None:
    with pytest.raises(ResourceNotFoundError, match="FileNotFound"):
        await collected(client, place.job, "t", "wd/none")
    with pytest.raises(ResourceNotFoundError, match="TaskNotFound"):
        await collected(client, place.job, "none")
    with pytest.raises(ResourceNotFoundError, match="JobNotFound"):
        await collected(client, "none", "t")


async def test_a_task_that_never_ran_has_nothing_to_follow(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, 0))
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, {"id": "t", "commandLine": "true"})
    await client.terminate_task(name, "t")
    with pytest.raises((InvalidStateError, ResourceNotFoundError)):
        await collected(client, name, "t")


async def test_time_runs_out(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf here; wait 1")
    pieces = (await client.follow_task_file(growing.job, "t", timeout=1, **QUICK)).__aiter__()
    assert await pieces.__anext__() == b"here"
    with pytest.raises(TimeoutError, match=r"task 't' of job .* was not completed within 1 s; 4 bytes of its 'stdout"):
        await pieces.__anext__()
    with pytest.raises(TimeoutError):
        await collected(client, growing.job, "t", timeout=0)


async def test_a_retry_is_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    """The second run writes more than the first before it is looked at, and begins with the same bytes."""
    await growing.start(
        client,
        f"cd '{growing.folder}'; if [ ! -e again ]; then touch again; printf same; wait 1; exit 1; fi;"
        " printf 'same, and more'; wait 2",
        constraints={"maxTaskRetryCount": 1},
    )
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", **QUICK):
        seen.append(piece)
        if len(seen) == 1:
            growing.go(1)
            await until(lambda: is_second_run(client, growing.job))
        growing.go(len(seen))
    assert b"".join(seen) == b"samesame, and more"


async def is_second_run(client: Client, job: str) -> bool:
    task = await client.get_task(job, "t")
    if task.state != "running" or task.execution_info.retry_count != 1:
        return False
    found = await settled(client.raw.download_task_file(job, "t", "stdout.txt"))
    return bool(await settled(found.readall()) == b"same, and more")


async def test_a_file_that_becomes_shorter_is_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf 'long line' > log; wait 1; printf 'new' > log; wait 2; printf er >> log")
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", "wd/log", **QUICK):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"long line", b"new", b"er"]


async def test_faults_on_the_way_lose_and_double_nothing(
    client: Client, emulator: BatchEmulator, growing: Growing
) -> None:
    await growing.start(client, "seq 1 100000; wait 1; seq 100001 200000; wait 2; seq 200001 300000")
    emulator.faults.add(Fault(operation="download_task_file", job=growing.job, drop="body", nth=(1, 3, 4)))
    emulator.faults.add(Fault(operation="download_task_file", job=growing.job, status=503, nth=(2, 6)))
    emulator.faults.add(Fault(operation="get_task", job=growing.job, drop="before", nth=(2, 4, 5)))
    seen = bytearray()
    async for piece in await client.follow_task_file(growing.job, "t", retry_total=0, **QUICK):
        seen += piece
        if seen.endswith(b"\n100000\n"):
            growing.go(1)
        if seen.endswith(b"\n200000\n"):
            growing.go(2)
    assert bytes(seen) == "".join(f"{number}\n" for number in range(1, 300_001)).encode()


async def test_failures_are_given_up_when_they_do_not_pass(
    client: Client, emulator: BatchEmulator, place: Place
) -> None:
    number = emulator.faults.add(Fault(operation="get_task", status=503))
    with pytest.raises(AzureError, match="ServerBusy"):
        await collected(client, place.job, "t", retry_total=0)
    assert emulator.faults.count(number) == 6
    emulator.faults.clear()
    number = emulator.faults.add(Fault(operation="download_task_file", status=403))
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await collected(client, place.job, "t")
    assert emulator.faults.count(number) == 1


async def test_following_can_be_given_up(client: Client, growing: Growing) -> None:
    await growing.start(client, "seq 1 2000000; wait 1")
    for _ in range(5):
        pieces: Any = await settled(client.raw.follow_task_file(growing.job, "t", **QUICK))
        assert (await pieces.__anext__() if client.is_async else next(pieces)).startswith(b"1\n2\n")
        await settled(pieces.aclose() if client.is_async else pieces.close())
    assert (await client.get_task(growing.job, "t")).state == "running"


async def test_following_that_is_cancelled_ends(emulator: BatchEmulator, growing: Growing) -> None:
    async with emulator.async_client() as client:
        await growing.start(Client(client), "printf x; wait 1")

        async def follow() -> None:
            async for _ in client.follow_task_file(growing.job, "t", polling_interval=600):
                reached.set()

        reached = asyncio.Event()
        following = asyncio.ensure_future(follow())
        await reached.wait()
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        assert (await client.get_task(growing.job, "t")).state == "running"


@BOTH
@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (("j", ""), {}, "task_id: "),
        (("j", "t", ".."), {}, "file_path: "),
        (("j", "t"), {"timeout": -1}, "timeout: "),
        (("j", "t"), {"polling_interval": 0}, "polling_interval: "),
        (("j", "t"), {"stream": True}, "stream: "),
        (("j", "t"), {"interval": 1}, "interval"),
    ],
)
async def test_arguments_of_following_are_checked_at_once(
    asynchronous: bool, arguments: Any, options: dict[str, Any], expected: str
) -> None:
    async with memory_client(unexpected, asynchronous) as client:
        with pytest.raises((TypeError, ValueError), match=expected):
            client.follow_task_file(*arguments, **options)


def unexpected(request: Any) -> Answer:
    raise AssertionError(request.url)


# -- saving directories -----------------------------------------------------------------------------------------------

ALL = ["stderr.txt", "stdout.txt", "wd/a b/c/x+1%.txt", "wd/empty", "wd/large", "wd/utf16.txt", "wd/utf8.txt"]


async def test_a_directory_is_saved_with_its_times_and_once(client: Client, place: Place, tmp_path: Path) -> None:
    hook = Hook()
    target = tmp_path / "new" / "directory"
    found = await client.save_task_files(place.job, "t", target, progress_hook=hook.of(client))
    assert [one.name for one in found] == ALL == left_in(target)
    assert {one.status for one in found} == {"saved"}
    assert (target / "wd/utf16.txt").read_bytes() == UTF_16
    assert (target / "wd/large").stat().st_size == LARGE
    for one in found:
        assert one.path == target / one.name
        assert one.path.stat().st_size == one.size
        assert abs(one.path.stat().st_mtime - one.last_modified.timestamp()) < 0.001
    total = sum(one.size for one in found)
    assert hook.calls == sorted(hook.calls)
    assert hook.calls[-1] == (total, total)

    requests, hook = Requests(), Hook()
    (target / "stdout.txt").write_text("owt")
    again = await client.save_task_files(
        place.job, "t", str(target), raw_request_hook=requests, progress_hook=hook.of(client)
    )
    assert [one.status for one in again] == ["unchanged", "saved", *["unchanged"] * 5]
    assert len(requests.urls) == 2
    assert hook.calls[-1] == (total, total)
    assert (target / "stdout.txt").read_text() == "out"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"recursive": False}, ALL[:2]),
        ({"pattern": "*.txt", "recursive": False}, ALL[:2]),
        ({"pattern": "std???.txt"}, ALL[:2]),
        ({"pattern": "wd/utf*.txt"}, ALL[-2:]),
        ({"pattern": "wd/a b/*"}, [ALL[2]]),
        ({"pattern": "*x+1%.txt"}, [ALL[2]]),
        ({"pattern": "wd/[eu]*"}, [ALL[3], *ALL[-2:]]),
        ({"pattern": "it's nothing"}, []),
    ],
)
async def test_a_pattern_chooses(
    client: Client, place: Place, tmp_path: Path, options: dict[str, Any], expected: list[str]
) -> None:
    found = await client.save_task_files(place.job, "t", tmp_path, max_concurrency=1, **options)
    assert [one.name for one in found] == expected == left_in(tmp_path)


async def test_files_of_a_node_are_saved(client: Client, place: Place, tmp_path: Path) -> None:
    found = await client.save_node_files(place.pool, place.node, tmp_path, pattern=f"{place.folder}/std*")
    assert [one.name for one in found] == [f"{place.folder}/{name}" for name in ALL[:2]]
    assert (tmp_path / place.folder / "stdout.txt").read_bytes() == b"out"


async def test_saving_goes_on_where_it_failed(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    pattern = "[sw]*[!e]"  # not the large one
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, status=403, nth=4))
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await client.save_task_files(place.job, "t", tmp_path, pattern=pattern, max_concurrency=1)
    names = [name for name in ALL if name != "wd/large"]
    assert left_in(tmp_path) == names[:3]
    found = await client.save_task_files(place.job, "t", tmp_path, pattern=pattern)
    assert [one.status for one in found] == ["unchanged"] * 3 + ["saved"] * 3
    assert left_in(tmp_path) == names


async def test_a_failure_of_one_file_ends_the_others(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    emulator.faults.add(
        Fault(path=f"/jobs/{place.job}/tasks/t/files/**utf16.txt", status=403, operation="download_task_file")
    )
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await client.save_task_files(place.job, "t", tmp_path, max_concurrency=7)
    assert [one for one in left_in(tmp_path) if one.endswith(".part") or "utf16" in one] == []
    with pytest.raises(RuntimeError, match="in the hook"):
        await client.save_task_files(place.job, "t", tmp_path, progress_hook=Hook(fail))
    assert [one for one in left_in(tmp_path) if one.endswith(".part")] == []


async def test_saving_outlives_faults(client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path) -> None:
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, drop="body", nth=(1, 4, 6)))
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, status=503, nth=(2, 5)))
    found = await client.save_task_files(place.job, "t", tmp_path, pattern="wd/*", retry_backoff_factor=0)
    assert [one.status for one in found] == ["saved"] * 5
    assert (tmp_path / "wd/large").stat().st_size == LARGE
    assert (tmp_path / "wd/utf16.txt").read_bytes() == UTF_16


async def test_a_cancelled_call_leaves_whole_files_only(emulator: BatchEmulator, place: Place, tmp_path: Path) -> None:
    async with emulator.async_client() as client:
        hook = Hook(lambda: len(hook.calls) == 8 and saving.cancel())
        saving: Any = asyncio.ensure_future(
            client.save_task_files(place.job, "t", tmp_path, max_concurrency=3, progress_hook=hook)
        )
        with pytest.raises(asyncio.CancelledError):
            await saving
        assert set(left_in(tmp_path)) < set(ALL)
        found = await client.save_task_files(place.job, "t", tmp_path)
        assert {one.status for one in found} == {"saved", "unchanged"}


async def test_what_a_running_task_writes_is_kept_up_to_date(client: Client, growing: Growing, tmp_path: Path) -> None:
    await growing.start(client, "printf first > a; printf x > b; wait 1; printf ' second' >> a; printf y > c; wait 2")
    target = tmp_path / "copy"

    async def saved(number: int) -> Any:
        found = await client.save_task_files(growing.job, "t", target, pattern="wd/*")
        return {one.name: one.status for one in found} if len(found) == number else None

    async def first() -> Any:
        task = await client.get_task(growing.job, "t")
        return task.state == "running" and await saved(2)

    await until(first)
    growing.go(1)
    await until(lambda: saved(3))
    growing.go(2)
    await until(lambda: is_completed(client, growing.job))
    await saved(3)
    assert {name: (target / name).read_text() for name in left_in(target)} == {
        "wd/a": "first second",
        "wd/b": "x",
        "wd/c": "y",
    }
    assert await saved(3) == dict.fromkeys(("wd/a", "wd/b", "wd/c"), "unchanged")


async def is_completed(client: Client, job: str) -> bool:
    return bool((await client.get_task(job, "t")).state == "completed")


# -- names that lead elsewhere ----------------------------------------------------------------------------------------

WHEN = "Tue, 29 Jul 2014 21:49:13 GMT"


class Node:
    """A node that lists any names, and answers any requests for their content."""

    def __init__(self, *names: str, mode: Optional[str] = "0100644") -> None:
        self.names = names
        self.mode = {} if mode is None else {"fileMode": mode}
        self.answers: list[Answer] = []
        self.downloads: list[Any] = []

    def __call__(self, request: Any) -> Answer:
        if not request.url.partition("?")[0].endswith("/files"):
            self.downloads.append(request)
            if self.answers:
                return self.answers.pop(0)
            return Answer(200, b"abcdef", {"Content-Length": "6", "Last-Modified": WHEN})
        facts = {"lastModified": "2014-07-29T21:49:13.5Z", "contentLength": "6", **self.mode}
        files = [{"name": name, "isDirectory": False, "properties": facts} for name in self.names]
        return Answer(200, json.dumps({"value": files}).encode())


HOSTILE = ["../x", "/tmp/x", "a/../../x", "a//x", "..", ".", "a/./x", "a/\0x", "", "a/"]


@BOTH
@pytest.mark.parametrize("mode", [None, "0100644"])
async def test_no_name_leads_out_of_the_directory(asynchronous: bool, tmp_path: Path, mode: Optional[str]) -> None:
    node = Node(
        *HOSTILE, *(["..\\x", "C:\\x", "C:x", "\\x", "\\\\server\\share\\x"] if mode is None else []), mode=mode
    )
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", tmp_path / "inner" / "directory"))
    assert {(one.status, one.path) for one in found} == {("refused", None)}
    assert node.downloads == []
    assert left_in(tmp_path) == []


@BOTH
async def test_links_lead_nowhere(asynchronous: bool, tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "directory"
    (target / "inside").mkdir(parents=True)
    outside.mkdir()
    (outside / "x").write_text("mine")
    (target / "out").symlink_to(outside)
    (target / "in").symlink_to(target / "inside")
    (target / "x").symlink_to(outside / "x")
    node = Node("out/x", "out/new/x", "in/x", "x")
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", target))
    assert [one.status for one in found] == ["refused", "refused", "saved", "saved"]
    assert left_in(outside) == ["x"]
    assert (outside / "x").read_text() == "mine"
    assert (target / "x").read_text() == (target / "inside" / "x").read_text() == "abcdef"
    assert not (target / "x").is_symlink()


@BOTH
async def test_names_of_windows_nodes_are_paths_everywhere(asynchronous: bool, tmp_path: Path) -> None:
    node = Node("wd\\a\\x.txt", "wd/a/x.txt", "stdout.txt", mode=None)
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_node_files("p", "n", tmp_path, pattern="wd/a/*", max_concurrency=1))
    assert [(one.name, one.status) for one in found] == [("wd\\a\\x.txt", "saved"), ("wd/a/x.txt", "refused")]
    assert left_in(tmp_path) == ["wd/a/x.txt"]
    assert node.downloads[0].url.partition("?")[0].endswith("/files/wd%5Ca%5Cx.txt")


@pytest.mark.parametrize(
    ("name", "on_windows", "expected"),
    [
        ("wd/a b.txt", False, ["wd", "a b.txt"]),
        ("wd\\a", True, ["wd", "a"]),
        ("wd\\a", False, None),
        ("c:x", False, None),
        ("x:stream", False, None),
        ("CON", True, None),
        ("wd/nul.txt", False, None),
        ("wd/aux .txt", False, None),
        ("com1/x", False, None),
        ("console", False, ["console"]),
        ("wd/x.", False, None),
        ("wd/x ", False, None),
        ("wd/a?b", False, None),
        ("wd/a\nb", False, None),
    ],
)
def test_what_windows_cannot_name_is_refused_there(name: str, on_windows: bool, expected: Optional[list[str]]) -> None:
    from azure.batch._helpers._saving import parts_of

    assert parts_of(name, on_windows=on_windows, to_windows=True) == expected


def test_what_windows_cannot_name_is_saved_elsewhere() -> None:
    from azure.batch._helpers._saving import parts_of

    for name in ("a\\b", "c:x", "nul", "x. ", "a?b"):
        assert parts_of(name, on_windows=False, to_windows=False) == [name]


@BOTH
async def test_a_file_that_is_gone_meanwhile_is_told(asynchronous: bool, tmp_path: Path) -> None:
    node = Node("a", "b", "c")
    node.answers = [
        Answer(200, b"abcdef", {"Content-Length": "6"}),
        Answer(404, json.dumps({"code": "FileNotFound"}).encode()),
    ]
    hook = Hook()
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", tmp_path, max_concurrency=1, progress_hook=hook))
    assert [one.status for one in found] == ["saved", "gone", "saved"]
    assert left_in(tmp_path) == ["a", "c"]
    assert hook.calls == [(6, 18), (12, 18), (18, 18)]


@BOTH
async def test_a_file_that_changes_while_its_connection_breaks_is_fetched_anew(
    asynchronous: bool, tmp_path: Path
) -> None:
    broken = Answer(200, b"abc", {"Content-Length": "6", "Last-Modified": WHEN})
    later = "Tue, 29 Jul 2014 22:00:00 GMT"
    node = Node("a")
    node.answers = [broken, Answer(412), Answer(200, b"longer now", {"Content-Length": "10", "Last-Modified": later})]
    async with memory_client(node, asynchronous, retry_backoff_factor=0) as client:
        (found,) = await settled(client.save_task_files("j", "t", tmp_path))
    assert (tmp_path / "a").read_text() == "longer now"
    assert found.size == 10
    assert found.last_modified == datetime(2014, 7, 29, 22, tzinfo=timezone.utc)
    assert (tmp_path / "a").stat().st_mtime == found.last_modified.timestamp()
    node = Node("b")
    node.answers = [broken, Answer(412)] * 5
    async with memory_client(node, asynchronous, retry_backoff_factor=0) as client:
        with pytest.raises(ResourceModifiedError):
            await settled(client.save_task_files("j", "t", tmp_path))
    assert left_in(tmp_path) == ["a"]


@BOTH
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"max_concurrency": 0}, "max_concurrency: "),
        ({"max_concurrency": 1.5}, "max_concurrency: "),
        ({"pattern": ["*"]}, "pattern: "),
        ({"cls": print}, "cls: "),
        ({"progress_hook": "x"}, "progress_hook: "),
        ({"overwrite": True}, "overwrite"),
    ],
)
async def test_arguments_of_saving_are_checked_before_anything_is_sent(
    asynchronous: bool, tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    async with memory_client(unexpected, asynchronous) as client:
        for saving in (client.save_task_files, client.save_node_files):
            with pytest.raises((TypeError, ValueError), match=expected):
                await settled(saving("a", "b", tmp_path, **options))
        with pytest.raises(ValueError, match="task_id: "):
            await settled(client.save_task_files("a", "", tmp_path))
        with pytest.raises(ValueError, match="pool_id: "):
            await settled(client.save_node_files("", "b", tmp_path))


# -- simulated time ---------------------------------------------------------------------------------------------------


@pytest.fixture
def simulation() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        yield emulator


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_an_hour_is_followed_in_few_requests(
    simulation: BatchEmulator, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task waits for a node for half an hour, and then works for half an hour; time goes by in the pauses."""
    in_virtual_time(monkeypatch, simulation)
    simulation.script("first", Outcome(duration=1800))
    simulation.script("t", Outcome(exit_code=1, duration=1800, stdout="all of it"))
    with simulation.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        for task in ("first", "t"):
            client.create_task("job", {"id": task, "commandLine": "work"})
    requests = Requests()
    async with either(simulation, colour) as following:
        seen = [
            piece
            async for piece in await following.follow_task_file(
                "job", "t", polling_interval=30, raw_request_hook=requests, timeout=3700
            )
        ]
        assert seen == [b"all of it"]
        assert len(requests.urls) < 3 * 3600 / 30 / 2 + 20
        simulation.script("long", Outcome(duration=3600))
        await following.create_task("job", {"id": "long", "commandLine": "work"})
        with pytest.raises(TimeoutError, match="within 60 s"):
            await collected(following, "job", "long", timeout=60, polling_interval=30)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_task_whose_node_is_lost_is_followed_on_the_next(
    simulation: BatchEmulator, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_virtual_time(monkeypatch, simulation)
    simulation.script("t", Outcome(duration=100, stdout="first"), Outcome(duration=100, stdout="second"))

    def act(number: int) -> None:
        if number == 6:
            with simulation.client() as client:
                node = client.get_task("job", "t").node_info
                assert node is not None
                assert node.node_id is not None
                simulation.lose_node("pool", node.node_id)

    async with either(simulation, colour) as client:
        await client.create_pool(pool_options("pool", 2))
        await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        await client.create_task("job", {"id": "t", "commandLine": "work"})
        requests = Requests(act)
        pieces = await client.follow_task_file("job", "t", polling_interval=5, raw_request_hook=requests)
        assert [piece async for piece in pieces] == [b"second"]


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_many_files_of_a_windows_node_are_saved(simulation: BatchEmulator, colour: str, tmp_path: Path) -> None:
    files = {f"folder {number % 10}/{number}.txt": f"{number}" for number in range(1500)}
    simulation.script("t", Outcome(files=files))
    image = {"publisher": "microsoftwindowsserver", "offer": "windowsserver", "sku": "2022-datacenter"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.windows amd64"}
    async with either(simulation, colour) as client:
        await client.create_pool(
            {"id": "pool", "vmSize": "s", "targetDedicatedNodes": 1, "virtualMachineConfiguration": machine}
        )
        await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        await client.create_task("job", {"id": "t", "commandLine": "work"})
        simulation.advance(0)
        hook = Hook()
        found = await client.save_task_files("job", "t", tmp_path, pattern="wd/folder ?/*", progress_hook=hook)
    assert {one.name for one in found} == {f"wd\\{name}".replace("/", "\\") for name in files}
    assert {name: (tmp_path / "wd" / name).read_text() for name in files} == files
    total = sum(map(len, files.values()))
    assert hook.calls[-1] == (total, total)
    assert [current for current, _ in hook.calls] == sorted(current for current, _ in hook.calls)
