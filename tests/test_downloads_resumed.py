"""Downloads over connections that break: what is fetched again, and what is an error."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import random
import tracemalloc
from datetime import datetime
from typing import Any, Callable, Optional

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from support.file_server import BLOCK, FILE, FIRST, PIECE, FileServer, file_server, running

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

LATER = "Tue, 29 Jul 2014 21:49:14 GMT"
NOISE = random.Random(1).randbytes(len(FILE))
"""A file of which no part is like another."""

Take = Callable[[bytes], Any]


async def download(
    server: FileServer, asynchronous: bool, take: Take, of: str = "task", settings: Any = None, **options: Any
) -> None:
    """Download from a server with either client, without pauses."""
    every: dict[str, Any] = {"retry_backoff_factor": 0, **(settings or {})}
    credential = AzureNamedKeyCredential("account", "a2V5")
    name = f"download_{of}_file"

    def blocking(endpoint: str) -> None:
        with BatchClient(endpoint, credential, **every) as client:
            for piece in getattr(client, name)("a", "b", "f", **options):
                take(piece)

    async with running(server) as endpoint:
        if not asynchronous:
            await asyncio.to_thread(blocking, endpoint)
            return
        async with AsyncBatchClient(endpoint, credential, **every) as other:
            async for piece in await getattr(other, name)("a", "b", "f", **options):
                take(piece)


async def content_of(server: FileServer, asynchronous: bool, **options: Any) -> bytes:
    found: list[bytes] = []
    await download(server, asynchronous, found.append, **options)
    assert all(found)  # no piece is empty
    return b"".join(found)


@BOTH
@pytest.mark.parametrize("of", ["task", "node"])
async def test_a_download_goes_on_where_its_connection_broke(asynchronous: bool, of: str) -> None:
    server = file_server(BLOCK, 5 * BLOCK, 0)
    assert await content_of(server, asynchronous, of=of, headers={"x-mine": "1"}) == FILE
    last = len(FILE) - 1
    first, *others = server.seen
    assert first[:3] == (None, None, None)
    assert [one.range for one in others] == [f"bytes={start}-{last}" for start in (BLOCK, 6 * BLOCK, 6 * BLOCK)]
    assert {one.unless_changed_since for one in others} == {FIRST}
    assert {one.mine for one in server.seen} == {"1"}
    assert len({one.request_id for one in server.seen}) == 1


@BOTH
@pytest.mark.parametrize(
    ("ocp_range", "part", "second"),
    [
        ("bytes=100-50099", slice(100, 50_100), "bytes=4196-50099"),
        ("bytes=100-", slice(100, None), f"bytes=4196-{len(FILE) - 1}"),
        ("bytes=0-", slice(0, None), f"bytes=4096-{len(FILE) - 1}"),
        ("bytes=90000-999999", slice(90_000, None), "bytes=94096-102399"),
    ],
)
async def test_a_range_of_the_caller_is_gone_on_with_inside_it(
    asynchronous: bool, ocp_range: str, part: slice, second: Optional[str]
) -> None:
    server = file_server(BLOCK)
    assert await content_of(server, asynchronous, ocp_range=ocp_range) == FILE[part]
    assert [one.range for one in server.seen] == [ocp_range, *([second] if second else [])]


@BOTH
@pytest.mark.parametrize("cut", [0, 1, BLOCK, BLOCK + 1, PIECE, len(FILE) - 1, len(FILE)])
async def test_a_file_of_unknown_length_is_gone_on_with_too(asynchronous: bool, cut: int) -> None:
    """Some bytes are fetched again, because a range that begins after the end is an error."""
    server = file_server(cut, content=NOISE)
    server.chunked = True
    assert await content_of(server, asynchronous) == NOISE
    assert [one.range for one in server.seen] == [None, f"bytes={max(cut - BLOCK, 0)}-"]


@BOTH
@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("cuts", [(3 * BLOCK,), (2 * BLOCK, BLOCK, 3 * BLOCK + 256)], ids=str)
async def test_a_file_that_repeats_itself_is_right_whatever_the_service_makes_of_ranges(
    asynchronous: bool, ranges: bool, cuts: tuple[int, ...]
) -> None:
    """No byte of it tells its rest from the whole, so that it is fetched from its beginning."""
    server = file_server(*cuts)
    server.chunked = True
    server.ranges = ranges
    assert await content_of(server, asynchronous) == FILE
    assert {one.range for one in server.seen[1:]} == {"bytes=0-"}


@BOTH
@pytest.mark.parametrize("piece", [1000, PIECE])
@pytest.mark.parametrize("cut", [BLOCK + 1, 50_000])
async def test_a_whole_file_is_not_taken_for_its_rest(asynchronous: bool, cut: int, piece: int) -> None:
    server = file_server(cut, content=NOISE)
    server.chunked, server.ranges, server.piece = True, False, piece
    with pytest.raises(ResourceModifiedError, match="changed since"):
        await content_of(server, asynchronous)


@BOTH
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ("bytes {start}-{last}/{size}", True),
        ("bytes {start}-{last}/*", True),
        ("bytes 0-{last}/{size}", False),
        ("bytes {later}-{last}/{size}", False),
        ("bytes */{size}", False),
        ("{start}", False),
        ("bytes {start}-{last}/9999999", None),
    ],
)
async def test_what_the_service_says_of_a_range_must_be_what_was_asked_for(
    asynchronous: bool, chunked: bool, said: str, is_right: Optional[bool]
) -> None:
    cut = 2 * BLOCK
    server = file_server(cut, content=NOISE)
    server.chunked = chunked
    start = cut - BLOCK if chunked else cut
    server.parts[1] = said.format(start=start, later=start + 1, last=len(NOISE) - 1, size=len(NOISE))
    if is_right is None:
        is_right = chunked  # a size tells something only where the length is known
    if is_right:
        assert await content_of(server, asynchronous) == NOISE
        return
    with pytest.raises(DecodeError, match=f"sent '.*' instead of the bytes from {start} on"):
        await content_of(server, asynchronous)


@BOTH
@pytest.mark.parametrize("then", [{"chunked": True}, {"encoding": "identity, br"}], ids=str)
async def test_a_rest_that_cannot_be_told_from_other_bytes_is_an_error(
    asynchronous: bool, then: dict[str, Any]
) -> None:
    server = file_server(BLOCK, content=NOISE)
    server.later = then
    with pytest.raises(DecodeError, match=r"which part|another encoding"):
        await content_of(server, asynchronous)


@BOTH
async def test_a_file_that_is_shorter_now_is_an_error(asynchronous: bool) -> None:
    server = file_server(50_000, content=NOISE)
    server.chunked = True
    server.later = {"size": 49_000}
    with pytest.raises(ResourceModifiedError, match="changed since"):
        await content_of(server, asynchronous)


@BOTH
async def test_a_connection_that_breaks_after_the_last_byte_changes_nothing(asynchronous: bool) -> None:
    server = file_server(len(FILE))
    assert await content_of(server, asynchronous) == FILE
    assert len(server.seen) == 1


@BOTH
async def test_conditions_of_the_caller_hold_for_the_first_request(asynchronous: bool) -> None:
    server = file_server(BLOCK)
    assert await content_of(server, asynchronous, if_modified_since=datetime(2014, 1, 1)) == FILE
    assert [one.modified_since is not None for one in server.seen] == [True, False]


@BOTH
async def test_an_empty_file_has_no_pieces(asynchronous: bool) -> None:
    assert await content_of(file_server(content=b""), asynchronous) == b""


@BOTH
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_file_that_changes_meanwhile_is_an_error(asynchronous: bool, chunked: bool) -> None:
    server = file_server(BLOCK)
    server.chunked = chunked
    server.refusals[1] = "HTTP/1.1 412 No\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(ResourceModifiedError, match=r"after 4096 bytes .*changed since: download it again") as caught:
        await content_of(server, asynchronous)
    assert caught.value.status_code == 412
    # The condition may be passed over; the date, the entity tag and the bytes that came twice tell as well.
    for change in ({"modified": [FIRST, LATER]}, {"etag": ["1", "2"]}):
        server = file_server(BLOCK)
        server.chunked = chunked
        vars(server).update(change)
        with pytest.raises(ResourceModifiedError, match=r"after 4096 bytes .*changed since"):
            await content_of(server, asynchronous)


@BOTH
async def test_other_bytes_in_the_place_of_the_same_are_an_error(asynchronous: bool) -> None:
    server = file_server(BLOCK)
    server.chunked = True
    before = server.content

    def changed(start: int, end: int) -> bytes:
        return before(start, end) if len(server.seen) == 1 else bytes(end - start)

    server.content = changed
    with pytest.raises(ResourceModifiedError, match="changed since"):
        await content_of(server, asynchronous)


@BOTH
async def test_a_rest_of_another_length_is_an_error(asynchronous: bool) -> None:
    server = file_server(BLOCK)
    server.ranges = False
    with pytest.raises(DecodeError, match=f"{len(FILE)} bytes instead of the last {len(FILE) - BLOCK}"):
        await content_of(server, asynchronous)


@BOTH
@pytest.mark.parametrize(
    ("refusal", "expected"),
    [("404 No", ResourceNotFoundError), ("401 No", ClientAuthenticationError), ("416 No", HttpResponseError)],
)
async def test_a_refusal_in_the_middle_says_so(asynchronous: bool, refusal: str, expected: type[Exception]) -> None:
    server = file_server(BLOCK)
    server.refusals[1] = f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\nrequest-id: rid\r\n\r\n"
    with pytest.raises(expected, match="after 4096 bytes") as caught:
        await content_of(server, asynchronous)
    assert "rid" in str(caught.value)


@BOTH
@pytest.mark.parametrize(
    ("settings", "cuts", "requests"),
    [
        ({"retry_total": 0}, [BLOCK], 1),
        ({"retry_total": 2}, [BLOCK] * 9, 3),
        ({}, [BLOCK] * 20, 11),
        ({}, [0] * 20, 4),  # without progress it is given up sooner
        ({"retry_read": 1}, [BLOCK, BLOCK, BLOCK, 0, 0], 4),
    ],
)
async def test_the_retry_settings_bound_it(
    asynchronous: bool, settings: dict[str, Any], cuts: list[Optional[int]], requests: int
) -> None:
    for of_call in (False, True):
        server = file_server(*cuts)
        options = settings if of_call else {"settings": settings}
        with pytest.raises(AzureError, match="client-request-id"):
            await content_of(server, asynchronous, **options)
        assert len(server.seen) == requests


@BOTH
@pytest.mark.parametrize(
    "change", [{"modified": [""]}, {"encoding": "br"}], ids=["no date", "bytes that are not those of the file"]
)
async def test_what_cannot_be_gone_on_with_is_an_error(asynchronous: bool, change: dict[str, Any]) -> None:
    server = file_server(BLOCK)
    vars(server).update(change)
    with pytest.raises(AzureError):
        await content_of(server, asynchronous)
    assert len(server.seen) == 1


@BOTH
async def test_a_read_that_times_out_is_gone_on_with(asynchronous: bool) -> None:
    server = file_server(BLOCK)
    server.holds = asyncio.Event()
    assert await content_of(server, asynchronous, read_timeout=1) == FILE
    assert len(server.seen) >= 2  # more where the machine is slow


@BOTH
async def test_a_closed_client_leaves_no_connection_to_the_garbage_collector(asynchronous: bool) -> None:
    """The server waits for its connections to be closed, also while the error of a download is kept."""
    gc.disable()
    try:
        assert await content_of(file_server(BLOCK), asynchronous) == FILE
        server = file_server(BLOCK)
        server.ranges = False
        with pytest.raises(DecodeError) as caught:
            await content_of(server, asynchronous)
        assert caught.value.__traceback__ is not None
    finally:
        gc.enable()


def pattern(start: int, end: int) -> bytes:
    """Bytes of a file that need not be held: each block of it has its number in all places."""
    first = start // BLOCK
    blocks = b"".join([b"%08d" % number * (BLOCK // 8) for number in range(first, (end - 1) // BLOCK + 1)])
    return blocks[start - first * BLOCK : end - first * BLOCK]


def digest_of(size: int) -> str:
    whole = hashlib.sha256()
    for at in range(0, size, PIECE):
        whole.update(pattern(at, min(size, at + PIECE)))
    return whole.hexdigest()


@BOTH
async def test_a_large_file_needs_little_memory(asynchronous: bool) -> None:
    size = 100_000_000
    server = FileServer(pattern, size, 40_000_000, 1_000_000, 20_000_000)
    whole = hashlib.sha256()
    tracemalloc.start()
    try:
        await download(server, asynchronous, whole.update)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert whole.hexdigest() == digest_of(size)
    assert len(server.seen) == 4
    assert peak < 8_000_000


@BOTH
async def test_ten_thousand_chunks_are_one_file(asynchronous: bool) -> None:
    size = 10_000 * 100
    server = FileServer(pattern, size, 450_000)
    server.chunked = True
    server.piece = 100
    whole = hashlib.sha256()
    await download(server, asynchronous, whole.update)
    assert whole.hexdigest() == digest_of(size)
    assert len(server.seen) == 2
