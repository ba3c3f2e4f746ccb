"""Downloads whose connection hangs in the middle of the file: in each way of reading, until the time-out or the end."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any, Callable

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from conftest import settled
from support.clients import connections_in_use
from support.file_server import BLOCK, FILE, FileServer, file_server, running
from support.output import left_in
from support.waiting import comes_true

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
EACH_KIND = pytest.mark.parametrize("kind", ["task", "node"])
WAYS = ["readall", "text", "readinto", "save_to"]
CREDENTIAL = AzureNamedKeyCredential("account", "a2V5")


async def content(way: str, client: Any, kind: str, folder: Path, **options: Any) -> bytes:
    """What a way of reading gives of the file."""
    found = await settled(getattr(client, f"download_{kind}_file")("a", "b", "f", **options))
    if way == "readall":
        return bytes(await settled(found.readall()))
    if way == "text":
        return str(await settled(found.text("latin-1"))).encode("latin-1")
    if way == "save_to":
        assert await settled(found.save_to(folder / "x")) == len(FILE)
        return (folder / "x").read_bytes()
    stream = io.BytesIO()
    assert await settled(found.readinto(stream)) == len(FILE)
    return stream.getvalue()


async def with_client(asynchronous: bool, endpoint: str, work: Callable[[Any], Any]) -> Any:
    """What comes of a client's work, which in a synchronous client's case is done in a thread."""

    async def work_of_sync() -> Any:
        with BatchClient(endpoint, CREDENTIAL, retry_backoff_factor=0) as client:
            return await work(client)

    if not asynchronous:
        return await asyncio.to_thread(lambda: asyncio.run(work_of_sync()))
    async with AsyncBatchClient(endpoint, CREDENTIAL, retry_backoff_factor=0) as other:
        return await work(other)


def hanging(*cuts: int) -> FileServer:
    """A server whose first answers hang after so many bytes."""
    server = file_server(*cuts)
    server.holds = asyncio.Event()
    return server


async def read(way: str, server: FileServer, asynchronous: bool, kind: str, folder: Path, **options: Any) -> bytes:
    async with running(server) as endpoint:
        found: bytes = await with_client(
            asynchronous, endpoint, lambda client: content(way, client, kind, folder, **options)
        )
    return found


@BOTH
@EACH_KIND
async def test_a_piece_that_takes_too_long_is_asked_for_again(asynchronous: bool, kind: str, tmp_path: Path) -> None:
    servers = {way: hanging(5 * BLOCK) for way in WAYS}
    options: dict[str, Any] = {"read_timeout": 1, "retry_total": 100, "retry_read": 100}  # a machine may be slow
    found = await asyncio.gather(
        *(read(way, server, asynchronous, kind, tmp_path, **options) for way, server in servers.items())
    )
    assert found == [FILE] * len(WAYS)
    assert all(len(server.seen) > 1 for server in servers.values())
    assert left_in(tmp_path) == ["x"]


@BOTH
@EACH_KIND
async def test_a_piece_that_never_comes_is_an_error(asynchronous: bool, kind: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("before")
    servers = {way: hanging(BLOCK, *[0] * 20) for way in WAYS}
    options: dict[str, Any] = {"read_timeout": 0.3, "retry_total": 2}
    found = await asyncio.gather(
        *(read(way, server, asynchronous, kind, tmp_path, **options) for way, server in servers.items()),
        return_exceptions=True,
    )
    assert [isinstance(one, AzureError) for one in found] == [True] * len(WAYS), found
    assert all(1 < len(server.seen) < 20 for server in servers.values())
    assert left_in(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "before"


@EACH_KIND
@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_read_leaves_no_connection_and_no_file(kind: str, way: str, tmp_path: Path) -> None:
    server = hanging(BLOCK)
    async with running(server) as endpoint, AsyncBatchClient(endpoint, CREDENTIAL) as client:
        begun = asyncio.Event()
        reading = asyncio.ensure_future(content(way, client, kind, tmp_path, raw_response_hook=lambda _: begun.set()))
        await begun.wait()
        await comes_true(lambda: connections_in_use(client) == 1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert connections_in_use(client) == 0
        assert left_in(tmp_path) == []
        assert await content(way, client, kind, tmp_path) == FILE
