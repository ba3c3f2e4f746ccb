"""Downloaded files: what can be done with a download besides iterating over its pieces.

The names are those of azure-storage-blob. What takes reading and writing in turns is a plan (see
:mod:`azure.batch._plan`), so that both clients do the same; writing is a step of its own, which the asynchronous client
takes in a thread. A file that is saved is written beside its place and moved there when it is complete.
"""

from __future__ import annotations

import codecs
import errno
import inspect
import io
import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Callable, ClassVar, Optional, Union
from urllib.parse import unquote

from typing_extensions import Self

from ._codecs import decode_http_date
from ._download import Download
from ._plan import Blocking, Plan, follow
from ._progress import ProgressHook, Seconds, call_hook, check_hook

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse

    from ._client import BatchClient
    from ._download import Recovery

FilePath = Union[str, "os.PathLike[str]"]

_BLOCK = 1024 * 1024
"""Bytes that are written at once."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class DownloadedFile:
    """What the downloads of both clients share: what is known of the file, and the plans of writing it."""

    _asynchronous: ClassVar[bool]

    if TYPE_CHECKING:
        _closed: bool
        _ended: bool
        _recovery: Recovery
        _response: Any
        _client: Any

        def _piece(self) -> Any: ...

    @property
    def name(self) -> str:
        """The path of the file as it was asked for."""
        address: str = self._response.request.url.partition("?")[0]
        return unquote(address.rpartition("/")[2])

    @property
    def size(self) -> Optional[int]:
        """How many bytes the download has in all: those of the range if one was asked for; None if unknown.

        Of a file that is still being written to it is what was there when the download began, and no more will come.
        """
        return self._recovery.size

    @property
    def last_modified(self) -> Optional[datetime]:
        """When the file was last written to, in whole seconds."""
        return decode_http_date(self._response.headers.get("Last-Modified", ""))

    @property
    def content_type(self) -> Optional[str]:
        """The media type, which the service takes from the ending of the name."""
        text: Optional[str] = self._response.headers.get("Content-Type")
        return text

    def _follower(self, options: dict[str, Any]) -> Any:
        """What follows the file from its beginning."""
        if self._closed or self._recovery.received or not self._recovery.is_whole:
            raise ValueError("This download has been read already, or is of a part of the file: ask anew.")
        path = self._response.request.url.partition("?")[0]
        kind, owner, _, name, _, file = map(unquote, path.split("/")[-6:])
        follow = self._client.follow_task_file if kind == "jobs" else self._client.follow_node_file
        return follow(owner, name, file, **{**self._recovery.options, **options})

    def _require_rest(self) -> None:
        """Refuse to take for the rest of the file what is left of a download that was broken off."""
        if self._closed and not self._ended:
            raise ValueError("This download has failed or was closed before its end: ask anew.")

    def _into(self, stream: Any, hook: Optional[ProgressHook]) -> Plan[int]:
        """Write to a stream of the caller's."""
        self._require_rest()
        write = getattr(stream, "write", None)
        if not callable(write) or inspect.iscoroutinefunction(write) or isinstance(stream, io.TextIOBase):
            raise TypeError(f"stream: expected one that bytes can be written to, got {stream!r}")
        check_hook(hook, asynchronous=self._asynchronous)
        return self._pour(stream, hook)

    def _to(
        self,
        path: FilePath,
        hook: Optional[ProgressHook],
        modified: Optional[float] = None,
        go_on: Optional[Callable[[], None]] = None,
    ) -> Plan[int]:
        """Write to a file.

        :param modified: The time that it is given, in seconds.
        :param go_on: Called after each piece; raises if no more is wanted.
        """
        check_hook(hook, asynchronous=self._asynchronous)
        if self._closed or self._recovery.received:
            raise ValueError("This download has been read already, so that the file would not be complete: ask anew.")
        return self._save(_NewFile(path_of("path", path)), hook, modified, go_on)

    def _save(
        self,
        file: _NewFile,
        hook: Optional[ProgressHook],
        modified: Optional[float],
        go_on: Optional[Callable[[], None]],
    ) -> Plan[int]:
        try:
            yield Blocking(file.open)
            number = yield from self._pour(file, hook, go_on)
            yield Blocking(file.finish, (modified,))
        finally:
            file.discard()
        return number

    def _pour(self, stream: Any, hook: Optional[ProgressHook], go_on: Optional[Callable[[], None]] = None) -> Plan[int]:
        written = 0
        held = bytearray()
        while True:
            piece = yield self._piece()
            if go_on is not None:
                go_on()
            held += piece
            if held and (not piece or len(held) >= _BLOCK):
                block = bytes(held)
                held.clear()
                yield Blocking(_write, (stream, block))
                written += len(block)
                if hook is not None:
                    awaited = call_hook(hook, written, self.size, asynchronous=self._asynchronous)
                    if awaited is not None:
                        yield awaited
            if not piece:
                return written


class FileDownload(DownloadedFile, Download):
    """A file that is being downloaded: an iterator of its bytes, in pieces as the network delivers them.

    Beyond iterating it can give the whole content, write it to a stream or save it to a path. A connection that breaks
    is made anew where it broke, as often as the client's ``retry_*`` settings allow, if the file has not changed
    since: otherwise ``ResourceModifiedError`` is raised. Read it to its end, use it as a context manager, or close
    it, to free the connection::

        client.download_task_file("render", "frame-7", "wd/frame.png").save_to("frame.png")
        print(client.download_task_file("render", "frame-7", "stderr.txt").text())

    What was read by one method is not given again by another.
    """

    _asynchronous = False

    def __init__(self, response: HttpResponse, decompress: bool, recovery: Recovery, client: BatchClient) -> None:
        super().__init__(response, decompress, recovery, client._run)
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()

    def _piece(self) -> bytes:
        return next(self, b"")

    def chunks(self) -> Self:
        """Iterate over the bytes in pieces of different lengths; the download itself is that iterator."""
        return self

    def readall(self) -> bytes:
        """Read all that is left.

        :raises ValueError: if the download has failed or was closed before its end.
        """
        self._require_rest()
        return b"".join(self)

    def text(self, encoding: Optional[str] = None, errors: str = "strict") -> str:
        """Read all that is left as text.

        :param encoding: If not given, the byte order mark decides between UTF-8 and UTF-16, in which PowerShell on
            Windows nodes writes; without one it is UTF-8.
        :param errors: What to do about bytes that are no text, as for ``bytes.decode``: ``"replace"`` suits logs.
        :raises UnicodeDecodeError: if the bytes are no such text; a range may begin or end within a character.
        """
        return decoded(self.readall(), encoding, errors)

    def readinto(self, stream: IO[bytes], *, progress_hook: Optional[ProgressHook] = None) -> int:
        """Write all that is left to a stream, without holding it in memory.

        :param stream: Anything with a ``write`` that takes bytes; it is not closed.
        :keyword progress_hook: Called with the bytes that were written and those of the whole download, None if
            nobody knows, after each megabyte or so.
        :return: The number of bytes.
        :raises ValueError: if the download has failed or was closed before its end.
        :raises BlockingIOError: if the stream does not wait and takes no more.
        """
        with self:
            return follow(self._into(stream, progress_hook))

    def save_to(self, path: FilePath, *, progress_hook: Optional[ProgressHook] = None) -> int:
        """Save the whole file to a path, so that there is never half a file.

        The bytes go to a file with a name of its own in the same folder, which takes its place at the end, replacing
        what was there. If anything fails it is removed, and what was there stays.

        :param path: Where to; its folder must exist.
        :keyword progress_hook: Called with the bytes that were written and those of the whole download, None if
            nobody knows, after each megabyte or so.
        :return: The number of bytes.
        :raises ValueError: if something of the download has been read before.
        :raises OSError: if the file cannot be written.
        """
        with self:
            return follow(self._to(path, progress_hook))

    def follow(self, *, timeout: Optional[Seconds] = None, polling_interval: Seconds = 5) -> Iterator[bytes]:
        """Iterate over the file as it is written, from its beginning until its task is completed.

        The file is asked for anew, by ``follow_task_file`` or ``follow_node_file`` of the client, which tell more::

            for piece in client.download_task_file("render", "frame-7", "stdout.txt").follow(timeout=3600):
                print(piece.decode(errors="replace"), end="")

        :keyword timeout: Seconds, or a timedelta, for the whole iteration; without limit if not given.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :raises ValueError: if something of the download has been read before, it is of a range, or the file of a node
            is of no task.
        :raises TimeoutError: by the iterator, if the task has not been completed in time.
        """
        pieces: Iterator[bytes] = self._follower({"timeout": timeout, "polling_interval": polling_interval})
        self.close()
        return pieces

    def _save_copy(self, path: FilePath, hook: ProgressHook, modified: float, go_on: Callable[[], None]) -> int:
        with self:
            return follow(self._to(path, hook, modified, go_on))


def decoded(content: bytes, encoding: Optional[str], errors: str) -> str:
    """Bytes as text, in an encoding that the byte order mark tells if nobody else does."""
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, errors)


def path_of(name: str, value: Any) -> Path:
    """A path that an argument gives."""
    try:
        return Path(value)
    except TypeError:
        raise TypeError(f"{name}: expected a path, got {value!r}") from None


def _write(stream: Any, block: bytes) -> None:
    """Write all of a block; a stream without a buffer may take it in parts."""
    while block:
        taken: Any = stream.write(block)
        if taken == 0 or (taken is None and isinstance(stream, io.RawIOBase)):
            raise BlockingIOError(errno.EAGAIN, f"stream: {stream!r} takes no more at present")
        block = block[taken:] if isinstance(taken, int) else b""


class _NewFile:
    """A file that is written under a name of its own, and comes to its place when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.parent / f".{uuid.uuid4().hex[:12]}.part"
        self._file: Optional[IO[bytes]] = None

    def open(self) -> None:
        if self._path.is_dir():
            raise IsADirectoryError(f"path: {str(self._path)!r} is a directory")
        try:
            self._file = self._part.open("xb")
        except OSError as error:
            error.filename = str(self._path)  # the name that the caller knows
            raise

    def write(self, data: bytes) -> int:
        assert self._file is not None
        return self._file.write(data)

    def finish(self, modified: Optional[float]) -> None:
        assert self._file is not None
        self._file.close()
        if modified is not None:
            os.utime(self._part, (modified, modified))
        self._part.replace(self._path)
        self._file = None

    def discard(self) -> None:
        """Remove what is not complete."""
        if self._file is not None:
            try:
                self._file.close()  # what it still holds may not fit on the disk either
            finally:
                self._part.unlink(missing_ok=True)
