"""Downloads of the asynchronous client; :mod:`azure.batch._download` decides what they do when a connection breaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any, Callable, Optional

from azure.core.exceptions import HttpResponseError

from .._download import Recovery

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse


class AsyncDownload(AsyncIterator[bytes]):
    """The bytes of a file as they arrive; closing it before its end frees the connection."""

    def __init__(
        self, response: AsyncHttpResponse, decompress: bool, recovery: Recovery, run: Callable[..., Awaitable[Any]]
    ) -> None:
        self._decompress = decompress
        self._recovery = recovery
        self._run = run
        self._closed = False
        self._ended = False
        """Whether everything has come."""
        self._read(response)

    def _read(self, response: AsyncHttpResponse) -> None:
        self._response = response
        self._pieces = response.iter_bytes() if self._decompress else response.iter_raw()

    async def __anext__(self) -> bytes:
        try:
            while not self._closed:
                piece = await self._take()
                if piece:
                    return piece
        except BaseException:
            await self.close()
            raise
        raise StopAsyncIteration

    async def _take(self) -> bytes:
        """What has arrived next; nothing at the end, and when the connection had to be made anew."""
        failure: Optional[Exception]
        try:
            return self._recovery.take(await self._pieces.__anext__())
        except StopAsyncIteration:
            failure = self._recovery.missing()
        except Exception as error:
            failure = error
        await self._response.close()
        http, pause = self._recovery.next(failure)
        if http is None:
            self._closed = self._ended = True
            return b""
        if pause:
            await self._recovery.transport.sleep(pause)
        try:
            outcome = await self._run(http, self._recovery.success, self._recovery.options, stream=True)
        except HttpResponseError as error:
            self._recovery.refused(error)
            raise
        self._read(outcome.http_response)
        self._recovery.check(outcome.http_response)
        return b""

    async def close(self) -> None:
        """Give up what has not been read."""
        self._closed = True
        await self._response.close()
