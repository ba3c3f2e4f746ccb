"""Downloads that can do more than be iterated over, and a node that is gone."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import threading
import tracemalloc
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import AzureError, IncompleteReadError, ResourceNotFoundError

from azure.batch import FileDownload, FilesUnavailableError, NodeGoneError
from azure.batch.aio import FileDownload as AsyncFileDownload
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from conftest import Client, settled
from support.clients import memory_client
from support.documents import run_async_examples, run_examples
from support.memory import Answer
from support.output import (
    LARGE,
    Hook,
    Place,
    collected,
    completed,
    fail,
    finished_task,
    in_thread,
    left_in,
    no_faults_left,
)
from support.resources import pool_options, steady
from support.waiting import PATIENCE

BOTH = pytest.mark.parametrize("asynchronous", [False, True])
EACH_KIND = pytest.mark.parametrize("kind", ["task", "node"])
FULL = Path("/dev/full")
place = pytest.fixture(scope="module")(finished_task)
no_faults = pytest.fixture(autouse=True)(no_faults_left)


async def download(client: Client, place: Place, path: str, kind: str = "task", **options: Any) -> Any:
    return await settled(getattr(client.raw, f"download_{kind}_file")(*place.of(kind, path), **options))


@EACH_KIND
async def test_a_download_tells_what_it_is_of(client: Client, place: Place, kind: str) -> None:
    found = await download(client, place, "wd/a b/c/x+1%.txt", kind)
    assert type(found) is (AsyncFileDownload if client.is_async else FileDownload)
    assert found.name == place.of(kind, "wd/a b/c/x+1%.txt")[2]
    assert (found.size, found.content_type) == (1, "text/plain")
    age = datetime.now(timezone.utc) - found.last_modified
    assert -1 < age.total_seconds() < 600
    assert await settled(found.readall()) == b"x"
    assert (found.name[-8:], found.size) == ("x+1%.txt", 1)


@EACH_KIND
async def test_a_range_has_the_size_of_its_part(client: Client, place: Place, kind: str) -> None:
    found = await download(client, place, "wd/large", kind, ocp_range="bytes=8-17")
    assert found.size == 10
    assert await settled(found.readall()) == b"0123456\n01"


@EACH_KIND
async def test_what_was_read_is_not_given_again(client: Client, place: Place, kind: str) -> None:
    found = await download(client, place, "wd/large", kind, ocp_range="bytes=0-199999")
    first = next(found.chunks()) if not client.is_async else await found.chunks().__anext__()
    rest = await settled(found.readall())
    assert first + rest == b"0123456\n" * 25_000
    assert await settled(found.readall()) == b""


@EACH_KIND
async def test_an_empty_file_is_read_in_every_way(client: Client, place: Place, kind: str, tmp_path: Path) -> None:
    assert (await download(client, place, "wd/empty", kind)).size == 0
    assert await settled((await download(client, place, "wd/empty", kind)).readall()) == b""
    assert await settled((await download(client, place, "wd/empty", kind)).text()) == ""
    assert await settled((await download(client, place, "wd/empty", kind)).readinto(io.BytesIO())) == 0
    assert await settled((await download(client, place, "wd/empty", kind)).save_to(tmp_path / "x")) == 0
    assert (tmp_path / "x").read_bytes() == b""


@EACH_KIND
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
async def test_text_is_decoded(
    client: Client, place: Place, kind: str, path: str, options: dict[str, Any], expected: str
) -> None:
    assert await settled((await download(client, place, path, kind)).text(**options)) == expected


@EACH_KIND
async def test_what_is_no_text_is_an_error(client: Client, place: Place, kind: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        await settled((await download(client, place, "wd/utf8.txt", kind, ocp_range="bytes=0-2")).text())


class Slow(io.RawIOBase):
    """Takes a thousand bytes at a time, as an unbuffered stream may."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: Any) -> int:
        self.content += bytes(data[:1000])
        return len(data[:1000])


@EACH_KIND
async def test_a_stream_is_written_to(client: Client, place: Place, kind: str) -> None:
    stream, hook = io.BytesIO(), Hook()
    found = await download(client, place, "wd/large", kind, ocp_range="bytes=0-4999999")
    assert await settled(found.readinto(stream, progress_hook=hook.of(client))) == 5_000_000
    assert stream.getvalue() == b"0123456\n" * 625_000
    assert hook.calls == sorted(hook.calls)
    assert hook.calls[-1] == (5_000_000, 5_000_000)
    assert len(hook.calls) >= 4
    slow = Slow()
    found = await download(client, place, "wd/large", kind, ocp_range="bytes=0-9999")
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


@EACH_KIND
async def test_a_file_is_saved_in_place_of_what_was_there(
    client: Client, place: Place, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    hook = Hook()
    assert await settled((await download(client, place, "stdout.txt", kind)).save_to(path, progress_hook=hook)) == 3
    assert path.read_bytes() == b"out"
    assert hook.calls == [(3, 3)]
    assert await settled((await download(client, place, "stderr.txt", kind)).save_to(str(path))) == 3
    assert path.read_bytes() == b"err"
    assert left_in(tmp_path) == ["x"]


async def test_a_path_that_cannot_be_written_is_named_as_it_was_given(
    client: Client, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "no-such-folder" / "x"
    with pytest.raises(FileNotFoundError) as caught:
        await settled((await download(client, place, "stdout.txt")).save_to(path))
    assert caught.value.filename == str(path)


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


@EACH_KIND
async def test_saving_outlives_broken_connections_and_a_busy_server(
    client: Client, emulator: BatchEmulator, place: Place, kind: str, tmp_path: Path
) -> None:
    emulator.faults.add(Fault(operation=f"download_{kind}_file", status=503, nth=(1, 3)))
    number = emulator.faults.add(Fault(operation=f"download_{kind}_file", drop="body", nth=(1, 2)))
    found = await download(client, place, "wd/large", kind, ocp_range="bytes=0-9999999", retry_backoff_factor=0)
    assert await settled(found.save_to(tmp_path / "x")) == 10_000_000
    assert (tmp_path / "x").read_bytes() == b"0123456\n" * 1_250_000
    assert emulator.faults.count(number) == 2


async def failed(client: Client, place: Place, kind: str, path: Any, **options: Any) -> BaseException:
    hook = options.pop("hook", None)
    with pytest.raises((AzureError, OSError, RuntimeError, TypeError, ValueError)) as caught:
        await settled((await download(client, place, "wd/large", kind, **options)).save_to(path, progress_hook=hook))
    return caught.value


@EACH_KIND
async def test_a_failure_leaves_what_was_there_and_nothing_else(
    client: Client, emulator: BatchEmulator, place: Place, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    emulator.faults.add(Fault(operation=f"download_{kind}_file", drop="body", times=1))
    assert isinstance(await failed(client, place, kind, path, retry_total=0), AzureError)
    assert isinstance(await failed(client, place, kind, path, hook=Hook(fail)), RuntimeError)
    (tmp_path / "directory").mkdir()
    assert isinstance(await failed(client, place, kind, tmp_path / "directory"), IsADirectoryError)
    assert isinstance(await failed(client, place, kind, Path()), IsADirectoryError)
    assert isinstance(await failed(client, place, kind, None), TypeError)
    assert isinstance(await failed(client, place, kind, tmp_path / "missing" / "x"), FileNotFoundError)
    with monkeypatch.context() as patch:
        patch.setattr("os.utime", None)
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(PermissionError("open elsewhere")))
        assert isinstance(await failed(client, place, kind, path), PermissionError)
    assert path.read_text() == "before"
    assert left_in(tmp_path) == ["x"]
    assert await settled((await download(client, place, "stdout.txt", kind)).readall()) == b"out"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
async def test_a_full_disk_is_an_error(client: Client, place: Place) -> None:
    stream = in_thread(asyncio.to_thread(FULL.open, "wb", 0))
    found = await download(client, place, "wd/large")
    with stream, pytest.raises(OSError, match="No space left"):
        await settled(found.readinto(stream))
    assert await settled((await download(client, place, "stdout.txt")).readall()) == b"out"


@EACH_KIND
async def test_half_a_download_is_not_saved_as_a_file(client: Client, place: Place, kind: str, tmp_path: Path) -> None:
    found = await download(client, place, "wd/large", kind)
    await settled(found._piece())
    with pytest.raises(ValueError, match="read already"):
        await settled(found.save_to(tmp_path / "x"))
    found = await download(client, place, "stdout.txt", kind)
    await settled(found.close())
    with pytest.raises(ValueError, match="read already"):
        await settled(found.save_to(tmp_path / "x"))
    assert left_in(tmp_path) == []


@EACH_KIND
async def test_a_context_manager_frees_the_connection(client: Client, place: Place, kind: str) -> None:
    for _ in range(20):
        found = await download(client, place, "wd/large", kind)
        if client.is_async:
            async with found as same:
                assert same is found
        else:
            with found as same:
                assert same is found
        for name, given in (("readall", ()), ("text", ()), ("readinto", (io.BytesIO(),))):
            with pytest.raises(ValueError, match="closed before its end"):
                await settled(getattr(found, name)(*given))


@EACH_KIND
@pytest.mark.parametrize("at", [1, 3])
async def test_saving_that_is_broken_off_leaves_nothing(
    client: Client, place: Place, kind: str, tmp_path: Path, at: int
) -> None:
    """By the cancellation of the asynchronous call, by Ctrl-C in the other one."""

    def break_off() -> None:
        if len(hook.calls) == at:
            if not client.is_async:
                raise KeyboardInterrupt
            saving.cancel()

    async def save() -> None:
        found = await download(client, place, "wd/large", kind)
        await settled(found.save_to(tmp_path / "x", progress_hook=hook))

    hook = Hook(break_off)
    saving: Any = asyncio.ensure_future(save()) if client.is_async else save()
    with pytest.raises(asyncio.CancelledError if client.is_async else KeyboardInterrupt):
        await saving
    assert left_in(tmp_path) == []
    assert len(hook.calls) == at
    assert await settled((await download(client, place, "stdout.txt", kind)).readall()) == b"out"


async def test_the_examples_of_both_classes_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed: list[str] = []
    outcome = Outcome(stderr="err", files={"frame.png": b"png"})
    with BatchEmulator(simulate=outcome, delays=Delays.none()) as own, own.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "render", "poolInfo": {"poolId": "pool"}})
        client.create_task("render", {"id": "frame-7", "commandLine": "render"})
        own.advance(60)
        assert run_examples(FileDownload, {"client": client, "print": printed.append}) == 1
        assert printed == ["err"]
        assert (tmp_path / "frame.png").read_bytes() == b"png"
        (tmp_path / "frame.png").unlink()
        async with own.async_client() as other:
            assert await run_async_examples(AsyncFileDownload, {"client": other}) == 1
        assert left_in(tmp_path) == ["frame.png"]
        assert (tmp_path / "frame.png").read_bytes() == b"png"


async def test_writing_does_not_hold_up_the_event_loop(emulator: BatchEmulator, place: Place) -> None:
    """A stream that takes nothing until the loop has gone round would wait for ever otherwise."""
    went_round = threading.Event()

    class Waiting(io.BytesIO):
        def write(self, data: Any) -> int:
            assert went_round.wait(PATIENCE)
            return super().write(data)

    async with emulator.async_client() as client:
        found = await client.download_task_file(*place.of("task", "stdout.txt"))
        reading = asyncio.ensure_future(found.readinto(Waiting()))
        while not reading.done():
            await asyncio.sleep(0)
            if found._closed:
                went_round.set()
        assert await reading == 3


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


@BOTH
async def test_a_stream_that_takes_no_more_is_an_error(asynchronous: bool) -> None:
    """Nothing of the file is passed over for a pipe that is full."""
    end, start = os.pipe()
    os.set_blocking(start, False)
    body = b"x" * 3_000_000
    with io.FileIO(end), io.FileIO(start, "w") as stream:
        async with memory_client(lambda _: Answer(200, body), asynchronous) as client:
            found = await settled(client.download_task_file("j", "t", "f"))
            with pytest.raises(BlockingIOError, match="takes no more"):
                await settled(found.readinto(stream))


@BOTH
async def test_what_has_failed_is_not_an_empty_file_afterwards(asynchronous: bool) -> None:
    answer = Answer(200, b"half", {"Content-Length": "8"})
    async with memory_client(lambda _: answer, asynchronous, retry_total=0) as client:
        found = await settled(client.download_task_file("j", "t", "f"))
        with pytest.raises(IncompleteReadError):
            await settled(found.readall())
        for again in (found.readall, found.text):
            with pytest.raises(ValueError, match="has failed or was closed before its end"):
                await settled(again())


@BOTH
async def test_after_its_end_there_is_nothing_left(asynchronous: bool) -> None:
    async with memory_client(lambda _: Answer(200, b"all"), asynchronous) as client:
        found = await settled(client.download_task_file("j", "t", "f"))
        assert await settled(found.readall()) == b"all"
        assert await settled(found.readall()) == b""
        assert await settled(found.readinto(io.BytesIO())) == 0
