"""A server of one file that breaks its connections, or lets them hang, as a test says; it sees what it is asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Callable, NamedTuple, Optional

from .waiting import PATIENCE

FIRST = "Tue, 29 Jul 2014 21:49:13 GMT"
FILE = bytes(range(256)) * 400
PIECE = 64 * 1024
BLOCK = 4096
"""What the transport over ``requests`` reads at once: of a block that is broken off it gives nothing."""


class Seen(NamedTuple):
    """What the server saw of a request."""

    range: Optional[str]
    unless_changed_since: Optional[str]
    modified_since: Optional[str]
    mine: Optional[str]
    request_id: Optional[str]


class FileServer:
    """Serves one file, and closes connections early: after ``cuts`` bytes of the first answer, of the second..."""

    def __init__(self, content: Callable[[int, int], bytes], size: int, *cuts: Optional[int]) -> None:
        self.content = content
        self.size = size
        self.cuts = list(cuts)
        self.seen: list[Seen] = []
        self.modified = [FIRST]
        self.etag: list[str] = []
        self.refusals: dict[int, str] = {}
        self.parts: dict[int, str] = {}
        """What is said of the range that an answer has."""
        self.later: dict[str, Any] = {}
        """What is different after the first answer."""
        self.chunked = False
        self.ranges = True
        self.encoding = ""
        self.piece = PIECE
        self.holds: Optional[asyncio.Event] = None
        """Wait for this instead of closing a connection."""
        self.connections: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self.connections.add(connection)
        connection.add_done_callback(self.connections.discard)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.seen.append(_seen(head))
                cut = self.cuts.pop(0) if self.cuts else None
                await self._answer(writer, cut)
                if cut is not None:
                    if self.holds is not None:
                        await self.holds.wait()
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, cut: Optional[int]) -> None:
        number = len(self.seen) - 1
        if number in self.refusals:
            writer.write(self.refusals[number].encode())
            return
        start, end = self._part(self.seen[-1].range)
        if start >= self.size > 0:
            writer.write(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n")
            return
        lines = ["HTTP/1.1 200 OK", "request-id: rid"]
        modified = self.modified[min(number, len(self.modified) - 1)]
        if modified:
            lines.append(f"Last-Modified: {modified}")
        if self.etag:
            lines.append(f"ETag: {self.etag[min(number, len(self.etag) - 1)]}")
        if number in self.parts:
            lines.append(f"Content-Range: {self.parts[number]}")
        if self.encoding:
            lines.append(f"Content-Encoding: {self.encoding}")
        lines.append("Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {end - start}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        if cut is not None:
            end = min(end, start + cut)
        for at in range(start, end, self.piece):
            piece = self.content(at, min(end, at + self.piece))
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if self.chunked else piece)
            await writer.drain()
        if self.chunked and cut is None:
            writer.write(b"0\r\n\r\n")
        vars(self).update(self.later)

    def _part(self, asked: Optional[str]) -> tuple[int, int]:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked or "") if self.ranges else None
        if match is None:
            return 0, self.size
        return int(match[1]), min(self.size, int(match[2]) + 1) if match[2] else self.size


def _seen(head: str) -> Seen:
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    headers = {name.lower(): value for name, value in fields.items()}
    assert headers["authorization"].startswith("SharedKey ")
    names = ("ocp-range", "if-unmodified-since", "if-modified-since", "x-mine", "client-request-id")
    return Seen(*map(headers.get, names))


def file_server(*cuts: Optional[int], content: bytes = FILE) -> FileServer:
    return FileServer(lambda start, end: content[start:end], len(content), *cuts)


@asynccontextmanager
async def running(server: FileServer) -> AsyncIterator[str]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        try:
            yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        finally:
            if server.holds is not None:
                server.holds.set()
            if server.connections:  # of clients that are closed by now
                _, left = await asyncio.wait(server.connections, timeout=PATIENCE)
                assert not left
