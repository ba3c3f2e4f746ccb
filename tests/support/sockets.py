"""A server that answers with bytes as they are, for what no server would send; it sees which connections are ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from .waiting import PATIENCE

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class RawServer:
    """Answers the first request with the first answer, the second with the second, and all others with the last.

    ``ENDPOINT`` in an answer becomes the server's URL. It then ends its side of the connection, unless it ``holds``.
    """

    def __init__(self, *answers: bytes, holds: bool = False) -> None:
        self.answers = list(answers)
        self.holds = holds
        self.endpoint = ""
        self.requests: list[bytes] = []
        self._connections: set[asyncio.Task[Any]] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            self.requests.append(head + await reader.readexactly(int(length[1]) if length else 0))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(answer.replace(b"ENDPOINT", self.endpoint.encode()))
            if not self.holds:
                writer.write_eof()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve, and see in the end that no connection is left open: the clients must be closed by then."""
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with listener:
            yield self.endpoint
            if self._connections:
                _, left = await asyncio.wait(self._connections, timeout=PATIENCE)
                assert not left, "a connection was left open"


def answer(*fields: str, status: str = "200 OK", body: bytes = b"") -> bytes:
    """An answer with these header fields, and no others but an id."""
    return "\r\n".join([f"HTTP/1.1 {status}", "request-id: rid", *fields, "", ""]).encode("latin-1") + body


def sized(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    """An answer that says how long it is."""
    return answer(f"Content-Length: {len(body)}", *fields, status=status, body=body)
