"""Downloaded files of the asynchronous client; :mod:`azure.batch._file_download` has what they share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import IO, TYPE_CHECKING, Callable, Optional

from typing_extensions import Self

from .._file_download import DownloadedFile, FilePath, decoded
from .._progress import ProgressHook, Seconds
from ._download import AsyncDownload
from ._plan import follow

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse

    from .._download import Recovery
    from ._client import BatchClient


class FileDownload(DownloadedFile, AsyncDownload):
    """A file that is being downloaded: an asynchronous iterator of its bytes, as the network delivers them.

    It is :class:`azure.batch.FileDownload` with methods to be awaited. Files are written in threads, so that a slow
    disk does not hold up the event loop::

        download = await client.download_task_file("render", "frame-7", "wd/frame.png")
        await download.save_to("frame.png")

    A call that is cancelled leaves no part of a file behind, and frees the connection.
    """

    _asynchronous = True

    def __init__(self, response: AsyncHttpResponse, decompress: bool, recovery: Recovery, client: BatchClient) -> None:
        super().__init__(response, decompress, recovery, client._run)
        self._client = client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    async def _piece(self) -> bytes:
        async for piece in self:
            return piece
        return b""

    def chunks(self) -> Self:
        """Iterate over the bytes in pieces of different lengths; the download itself is that iterator."""
        return self

    async def readall(self) -> bytes:
        """Read all that is left; ValueError if the download has failed or was closed before its end."""
        self._require_rest()
        return b"".join([piece async for piece in self])

    async def text(self, encoding: Optional[str] = None, errors: str = "strict") -> str:
        """Read all that is left as text; see :meth:`azure.batch.FileDownload.text`."""
        return decoded(await self.readall(), encoding, errors)

    async def readinto(self, stream: IO[bytes], *, progress_hook: Optional[ProgressHook] = None) -> int:
        """Write all that is left to a stream, in threads; see :meth:`azure.batch.FileDownload.readinto`.

        The hook may be a coroutine function.
        """
        async with self:
            return await follow(self._into(stream, progress_hook))

    async def save_to(self, path: FilePath, *, progress_hook: Optional[ProgressHook] = None) -> int:
        """Save the whole file to a path, so that there is never half a file; see :class:`azure.batch.FileDownload`.

        The hook may be a coroutine function.
        """
        async with self:
            return await follow(self._to(path, progress_hook))

    def follow(self, *, timeout: Optional[Seconds] = None, polling_interval: Seconds = 5) -> AsyncIterator[bytes]:
        """Iterate over the file as it is written, until its task is completed.

        See :meth:`azure.batch.FileDownload.follow`::

            download = await client.download_task_file("render", "frame-7", "stdout.txt")
            async for piece in download.follow(timeout=3600):
                print(piece.decode(errors="replace"), end="")
        """
        return self._instead(self._follower({"timeout": timeout, "polling_interval": polling_interval}))

    async def _instead(self, pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        await self.close()
        try:
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    async def _save_copy(self, path: FilePath, hook: ProgressHook, modified: float, go_on: Callable[[], None]) -> int:
        async with self:
            return await follow(self._to(path, hook, modified, go_on))
