"""Downloads: the bytes of files of tasks and nodes, as they come and when they do not."""

from __future__ import annotations

import asyncio
import gzip
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, NamedTuple, Optional

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)

from azure.batch import BatchClient, InvalidStateError
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Fault
from azure.batch.models import BatchFileProperties, BatchTask
from conftest import Client
from support.resources import pool_options, until

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

NUMBERS = 800_000
BIG = "".join(f"{number}\n" for number in range(1, NUMBERS + 1)).encode()
"""What ``seq`` writes: over 5 MB."""
ODD = "a b+ü%2F&=.txt"
BINARY = bytes(range(256))

OCTAL = "".join(f"\\{number:03o}" for number in BINARY)

SCRIPT = f"""
seq 1 {NUMBERS} > big.txt; : > empty.txt; printf odd > '{ODD}'; mkdir -p deep/er; printf deep > deep/er/file.txt
printf '{OCTAL}' > binary; printf out; printf err >&2
"""

MANY = 64 * 1024


class Place(NamedTuple):
    """Where the files of one finished task are."""

    job: str
    task: str
    pool: str
    node: str
    folder: str
    """The task's folder below the node's root."""

    def of_task(self, path: str) -> tuple[str, tuple[str, str, str]]:
        return "task", (self.job, self.task, path)

    def of_node(self, path: str) -> tuple[str, tuple[str, str, str]]:
        return "node", (self.pool, self.node, f"{self.folder}/{path}")


@pytest.fixture(scope="module")
def place(emulator: BatchEmulator) -> Iterator[Place]:
    name = f"downloads-{uuid.uuid4().hex[:8]}"  # tests of other modules may come in between, and it is then made again

    async def finished() -> Any:
        task = client.get_task(name, "t")
        return task if task.state == "completed" else None

    with emulator.client() as client:
        client.create_pool(pool_options(name))
        client.create_job({"id": name, "poolInfo": {"poolId": name}, "usesTaskDependencies": True})
        client.create_task(
            name, {"id": "t", "commandLine": "/bin/sh -c '" + SCRIPT.strip().replace("'", "'\\''") + "'"}
        )
        client.create_task(name, {"id": "later", "commandLine": "true", "dependsOn": {"taskIds": ["never"]}})
        with ThreadPoolExecutor(1) as thread:  # the loop of the tests is not to be touched here
            task: BatchTask = thread.submit(asyncio.run, until(finished)).result()
        info: Any = task.node_info
        assert task.execution_info is not None
        assert task.execution_info.exit_code == 0, b"".join(client.download_task_file(name, "t", "stderr.txt"))
        yield Place(name, "t", name, info.node_id, info.task_root_directory)


async def content(client: Client, where: tuple[str, tuple[str, str, str]], **options: Any) -> bytes:
    kind, ids = where
    pieces = await getattr(client, f"download_{kind}_file")(*ids, **options)
    return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("of", ["of_task", "of_node"])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("stdout.txt", b"out"),
        ("stderr.txt", b"err"),
        ("wd/empty.txt", b""),
        ("wd/binary", BINARY),
        (f"wd/{ODD}", b"odd"),
        ("wd/deep/er/file.txt", b"deep"),
        ("wd/big.txt", BIG),
    ],
)
async def test_the_bytes_are_those_of_the_file(
    client: Client, place: Place, of: str, path: str, expected: bytes
) -> None:
    assert await content(client, getattr(place, of)(path)) == expected


def test_the_largest_piece_can_be_chosen(emulator: BatchEmulator, place: Place) -> None:
    with emulator.client(connection_data_block_size=100) as client:
        pieces = list(client.download_task_file(place.job, place.task, "wd/binary"))
    assert b"".join(pieces) == BINARY
    assert max(map(len, pieces)) <= 100


async def test_a_large_file_comes_in_pieces_as_it_is_read(client: Client, place: Place) -> None:
    _, ids = place.of_task("wd/big.txt")
    pieces = await client.download_task_file(*ids)
    sizes = [len(piece) async for piece in pieces]
    assert sum(sizes) == len(BIG)
    assert max(sizes) <= MANY
    assert len(sizes) > 50


@pytest.mark.parametrize(
    ("ocp_range", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=1000000-1999999", slice(1_000_000, 2_000_000)),
        (f"bytes={len(BIG) - 5}-", slice(len(BIG) - 5, None)),
        (f"bytes={len(BIG) - 5}-{len(BIG) + 5}", slice(len(BIG) - 5, None)),
    ],
)
async def test_a_range_gives_its_bytes(client: Client, place: Place, ocp_range: str, part: slice) -> None:
    assert await content(client, place.of_task("wd/big.txt"), ocp_range=ocp_range) == BIG[part]
    assert await content(client, place.of_node("wd/big.txt"), ocp_range=ocp_range) == BIG[part]


async def test_a_range_after_the_end_is_refused(client: Client, place: Place) -> None:
    with pytest.raises(HttpResponseError, match="InvalidRange") as caught:
        await content(client, place.of_task("stdout.txt"), ocp_range="bytes=1000-")
    assert caught.value.status_code == 416


async def test_a_growing_file_is_followed_by_ranges(client: Client, place: Place) -> None:
    """As a program does that shows the output of a running task: what it has, and then what comes after it."""
    have = await content(client, place.of_task("wd/big.txt"), ocp_range="bytes=0-99")
    have += await content(client, place.of_task("wd/big.txt"), ocp_range=f"bytes={len(have)}-")
    assert have == BIG


@pytest.mark.parametrize("of", ["of_task", "of_node"])
async def test_conditions_decide_whether_there_is_something_new(client: Client, place: Place, of: str) -> None:
    kind, ids = getattr(place, of)("stdout.txt")
    properties = getattr(client, f"get_{kind}_file_properties")
    changed = (await properties(*ids)).last_modified
    assert changed is not None
    later, earlier = changed + timedelta(seconds=1), changed - timedelta(seconds=1)
    assert await content(client, (kind, ids), if_modified_since=earlier) == b"out"
    assert await content(client, (kind, ids), if_unmodified_since=later) == b"out"
    with pytest.raises(ResourceNotModifiedError):
        await content(client, (kind, ids), if_modified_since=later)
    with pytest.raises(ResourceModifiedError):
        await content(client, (kind, ids), if_unmodified_since=earlier)
    with pytest.raises(ResourceNotModifiedError):
        await properties(*ids, if_modified_since=later)
    with pytest.raises(ResourceModifiedError):
        await properties(*ids, if_unmodified_since=earlier)


@pytest.mark.parametrize(
    ("job", "task", "path", "code"),
    [
        (None, "t", "no-such-file", "FileNotFound"),
        (None, "t", "wd/../../x", "FileNotFound"),
        (None, "no-such-task", "stdout.txt", "TaskNotFound"),
        ("no-such-job", "t", "stdout.txt", "JobNotFound"),
    ],
)
async def test_what_is_missing_is_told_by_the_call_itself(
    client: Client, place: Place, job: Optional[str], task: str, path: str, code: str
) -> None:
    ids = (job or place.job, task, path)
    with pytest.raises(ResourceNotFoundError, match=code) as caught:
        await client.download_task_file(*ids)
    assert caught.value.error is not None
    assert caught.value.error.code == code
    with pytest.raises(ResourceNotFoundError):  # a HEAD has no body that could say more
        await client.get_task_file_properties(*ids)


async def test_a_task_that_has_not_run_has_no_files_yet(client: Client, place: Place) -> None:
    with pytest.raises(InvalidStateError, match="OperationInvalidForCurrentState"):
        await client.download_task_file(place.job, "later", "stdout.txt")


async def test_properties_of_a_file_and_of_a_directory(client: Client, place: Place) -> None:
    before = datetime.now(timezone.utc)
    for kind, ids in (place.of_task("wd/big.txt"), place.of_node("wd/big.txt")):
        found = await getattr(client, f"get_{kind}_file_properties")(*ids)
        assert type(found) is BatchFileProperties
        assert (found.content_length, found.is_directory) == (len(BIG), False)
        assert found.last_modified <= before
        assert found.creation_time is None or found.creation_time <= before
        assert found.url is not None
        assert "big.txt" in found.url
    folder = await client.get_task_file_properties(place.job, place.task, "wd/deep")
    assert folder.is_directory is True


async def test_cls_gets_the_pieces_and_the_headers(client: Client, place: Place) -> None:
    _, ids = place.of_task("stdout.txt")
    found: dict[str, Any] = {}

    def keep(outcome: Any, pieces: Any, headers: Any) -> Any:
        found.update(headers)
        assert outcome.http_response.status_code == 200
        return pieces

    pieces = await client.download_task_file(*ids, cls=keep)
    assert b"".join([piece async for piece in pieces]) == b"out"
    assert (found["Content-Length"], found["ocp-batch-file-isdirectory"]) == (3, False)
    assert isinstance(found["Last-Modified"], datetime)


async def test_a_download_that_is_given_up_leaves_the_client_usable(emulator: BatchEmulator, place: Place) -> None:
    _, ids = place.of_task("wd/big.txt")
    with emulator.client() as client:
        for _ in range(20):
            assert next(client.download_task_file(*ids))  # dropped, and not closed
        for _ in range(20):
            pieces: Any = client.download_task_file(*ids)
            next(pieces)
            pieces.close()
            assert list(pieces) == []
        assert b"".join(client.download_task_file(*ids)) == BIG
    async with emulator.async_client() as other:
        for _ in range(20):
            download: Any = await other.download_task_file(*ids)
            assert await download.__anext__()
            await download.close()
        assert b"".join([piece async for piece in await other.download_task_file(*ids)]) == BIG


@pytest.mark.parametrize("pieces_read", [0, 1, 10])
async def test_a_download_that_is_cancelled_leaves_the_client_usable(
    emulator: BatchEmulator, place: Place, pieces_read: int
) -> None:
    _, ids = place.of_task("wd/big.txt")
    reached = asyncio.Event()

    async def read(client: Any) -> None:
        if not pieces_read:
            reached.set()
        left = pieces_read
        async for _ in await client.download_task_file(*ids):
            left -= 1
            if left == 0:
                reached.set()

    async with emulator.async_client() as client:
        for _ in range(5):
            reached.clear()
            reading = asyncio.ensure_future(read(client))
            await reached.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        assert b"".join([piece async for piece in await client.download_task_file(*ids)]) == BIG


async def test_many_downloads_at_once(emulator: BatchEmulator, place: Place) -> None:
    _, ids = place.of_task("wd/big.txt")

    async def whole(client: Any) -> bytes:
        return b"".join([piece async for piece in await client.download_task_file(*ids)])

    async with emulator.async_client() as client:
        assert set(await asyncio.gather(*(whole(client) for _ in range(8)))) == {BIG}


@pytest.mark.parametrize("of", ["of_task", "of_node"])
async def test_a_download_outlives_broken_connections(
    client: Client, emulator: BatchEmulator, place: Place, of: str
) -> None:
    kind, ids = getattr(place, of)("wd/big.txt")
    fault = Fault(operation=f"download_{kind}_file", drop="body", nth=(1, 2, 3))
    refused = Fault(operation=f"download_{kind}_file", status=503, nth=3)
    emulator.faults.add(refused)
    number = emulator.faults.add(fault)
    try:
        assert await content(client, (kind, ids)) == BIG
        assert emulator.faults.count(number) == 3
        emulator.faults.clear()
        emulator.faults.add(Fault(operation=f"download_{kind}_file", drop="body", nth=(1, 2)))
        assert await content(client, (kind, ids), ocp_range="bytes=1000000-1999999") == BIG[1_000_000:2_000_000]
        emulator.faults.clear()
        emulator.faults.add(Fault(operation=f"download_{kind}_file", drop="body"))
        with pytest.raises(AzureError, match="client-request-id"):
            await content(client, (kind, ids), retry_total=0)
    finally:
        emulator.faults.clear()


PACKED = gzip.compress(BIG, mtime=0)


@asynccontextmanager
async def server(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """An endpoint that answers one request a connection, however it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answer(writer)
        await writer.drain()
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"


async def read(endpoint: str, asynchronous: bool, on_piece: Callable[[], Any], **options: Any) -> bytes:
    """Download with either client from another thread or from this loop."""
    found: list[bytes] = []
    credential = AzureNamedKeyCredential("account", "a2V5")

    def blocking() -> None:
        with BatchClient(endpoint, credential) as client:
            for piece in client.download_task_file("j", "t", "f", **options):
                found.append(piece)
                loop.call_soon_threadsafe(on_piece)

    loop = asyncio.get_running_loop()
    if asynchronous:
        async with AsyncBatchClient(endpoint, credential) as other:
            async for piece in await other.download_task_file("j", "t", "f", **options):
                found.append(piece)
                on_piece()
    else:
        await asyncio.to_thread(blocking)
    return b"".join(found)


@BOTH
async def test_a_piece_is_given_before_the_last_one_is_there(asynchronous: bool) -> None:
    arrived = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {2 * MANY}\r\n\r\n".encode() + b"a" * MANY)
        await arrived.wait()
        writer.write(b"b" * MANY)

    async with server(answer) as endpoint:
        assert await read(endpoint, asynchronous, arrived.set) == b"a" * MANY + b"b" * MANY


@BOTH
async def test_a_download_that_breaks_off_is_an_error(asynchronous: bool) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    async with server(answer) as endpoint:
        with pytest.raises(AzureError):
            await read(endpoint, asynchronous, bool)


@BOTH
@pytest.mark.parametrize(("options", "expected"), [({}, BIG), ({"decompress": False}, PACKED)], ids=["plain", "raw"])
async def test_what_was_compressed_on_the_way_is_unpacked_unless_told_not_to(
    asynchronous: bool, options: dict[str, Any], expected: bytes
) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(PACKED)}\r\n\r\n"
        writer.write(head.encode() + PACKED)

    async with server(answer) as endpoint:
        assert await read(endpoint, asynchronous, bool, **options) == expected
