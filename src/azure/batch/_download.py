"""Downloads: the bytes of a file as they arrive, also over connections that break.

A download whose connection breaks goes on where it stopped: the rest is asked for with ``ocp-range``, on condition
that the file has not changed since the first byte, as often as the retry settings allow. What was received is held
against the length that the service announced. The service answers a range with 200, and need not say which part of the
file it sends. While the length is not known some bytes are therefore fetched twice and compared, or all of them where
those that came last are also those that the file begins with: a whole file in place of its rest is never taken for it.
:class:`Recovery` decides and sends nothing; the classes of both clients read, close, wait and send as it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ResourceModifiedError,
)

from ._errors import decode_error, portable, tell, transport_error
from ._request import following

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest, HttpResponse

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PART = re.compile(r"bytes ([0-9]{1,19})-[0-9]{1,19}/([0-9]{1,19}|\*)")
"""A Content-Range: the first byte, and how many the file has."""
_KEPT = 4096
"""Bytes that are kept of a file of unknown length, to be compared with those that are fetched again."""


class Recovery:
    """How far a download has come, and how it goes on when its connection breaks."""

    def __init__(self, http: HttpRequest, outcome: Any, policy: Any, options: dict[str, Any]) -> None:
        headers = outcome.http_response.headers
        given = http.headers.get("ocp-range")
        asked = _RANGE.fullmatch(given or "bytes=0-")
        self._http = http
        self._policy = policy
        self._settings: Optional[dict[str, Any]] = None
        self._version = headers.get("Last-Modified"), headers.get("ETag")
        self._length = _length_of(outcome.http_response)
        self._encoded = headers.get("Content-Encoding", "identity") != "identity"
        self.is_whole: bool = given is None
        """Whether the whole file was asked for."""
        self._first = int(asked[1]) if asked else 0
        self._last = asked[2] if asked else ""
        self._can_go_on = asked is not None and bool(self._version[0]) and not self._encoded and policy is not None
        self._received = 0
        self._again = 0
        """Bytes that have come before and are still to come again."""
        self._head = self._tail = b""
        """The bytes that came first and last, while the length is not known."""
        self.transport: Any = outcome.context.transport
        self.options: dict[str, Any] = dict(options)
        """Options of the calls that go on with the download."""
        self.success: tuple[int, ...] = (200, 206)

    @property
    def size(self) -> Optional[int]:
        """Bytes that the download has in all, None if nobody has told."""
        return None if self._encoded else self._length

    @property
    def received(self) -> int:
        """Bytes that have come so far."""
        return self._received

    def take(self, piece: bytes) -> bytes:
        """What of a piece is new."""
        if self._again:
            piece = self._compared(piece)
        if piece:
            self._received += len(piece)
            if self._length is None:
                self._head += piece[: _KEPT - len(self._head)]
                self._tail = (self._tail + piece[-_KEPT:])[-_KEPT:]
            if self._settings:
                self._settings["history"].clear()
        return piece

    def _compared(self, piece: bytes) -> bytes:
        """What of a piece is left after what has come before."""
        old, new = piece[: self._again], piece[self._again :]
        at = len(self._tail) - self._again  # below 0 it comes before what was kept
        if old[max(-at, 0) :] != self._tail[max(at, 0) : max(at + len(old), 0)]:
            raise self._changed()
        self._again -= len(old)
        return new

    def missing(self) -> Optional[AzureError]:
        """The error for an end that came too early or too late; None if everything is there."""
        if self._again:
            return self._changed()
        if self._length is None or self._encoded or self._received == self._length:
            return None
        text = f"The download ended after {self._received} of {self._length} bytes"
        return portable(IncompleteReadError(text) if self._received < self._length else DecodeError(text))

    def next(self, failure: Optional[Exception]) -> tuple[Optional[HttpRequest], float]:
        """The request that goes on after a failure, and the seconds to wait before it is sent.

        There is no request if nothing failed, or only after the last byte. The failure is raised if it is none of the
        connection, if there is nothing to tell whether the file is still the same, or if it has happened too often.
        """
        if failure is None:
            return None, 0
        told = transport_error(failure, self._http)
        if not self._can_go_on or not _is_of_connection(told):
            raise told from (None if told is failure else failure)
        if self._received == self._length:
            return None, 0
        if self._settings is None:
            self._settings = cast("dict[str, Any]", self._policy.configure_retries(dict(self.options)))
        settings = self._settings
        settings["total"] -= 1
        settings["history"].append(type(failure))  # only their number counts; an error would hold the frames it left
        if settings["total"] < 0 or len(settings["history"]) > max(settings["read"], 0):
            raise failure
        return self._rest(), self._policy.get_backoff_time(settings)

    def _rest(self) -> HttpRequest:
        last, self._again = self._last, 0
        if self._length is not None:
            last = str(self._first + self._length - 1)
        else:
            # Whether there is more is not known either, and a range after the end would be an error.
            self._again = self._received if self._tail == self._head else len(self._tail)
        position = self._first + self._received - self._again
        return following(
            self._http,
            **{"ocp-range": f"bytes={position}-{last}", "If-Unmodified-Since": str(self._version[0])},
        )

    def check(self, response: Any) -> None:
        """See that an answer has the rest of the same file."""
        modified, etag = response.headers.get("Last-Modified"), response.headers.get("ETag")
        if modified != self._version[0] or (etag and self._version[1] and etag != self._version[1]):
            raise self._changed()
        before = self._received - self._again
        self._check_part(response, before)
        length = _length_of(response)
        if length is None:
            return
        if self._length is None:
            self._length = before + length
        elif before + length != self._length:
            text = f"The service sent {length} bytes instead of the last {self._length - before} of the file"
            raise decode_error(text, response)

    def _check_part(self, response: Any, before: int) -> None:
        """See that an answer begins where it was asked to, after so many bytes of the download."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise decode_error("The service sent the rest of the file in another encoding", response)
        said = response.headers.get("Content-Range")
        if said is None:
            if self._length is not None and _length_of(response) is None:  # nothing is compared then
                raise decode_error("The service did not say which part of the file it sent", response)
            return
        part = _PART.fullmatch(said)
        start = self._first + before
        total = int(part[2]) if part and part[2] != "*" else None
        if part is None or int(part[1]) != start or not self._is_possible(total):
            raise decode_error(f"The service sent {said!r} instead of the bytes from {start} on", response)

    def _is_possible(self, total: Optional[int]) -> bool:
        """Whether the file can have so many bytes, given what is known of its length."""
        if total is None or self._length is None:
            return True
        end = self._first + self._length
        return total >= end if self._last else total == end

    def refused(self, error: HttpResponseError) -> None:
        """Say of a refusal that it came in the middle of a download."""
        received = f"The connection broke after {self._received} bytes of the file, and its rest was asked for."
        changed = "The file has changed since: download it again." if error.status_code in (412, 416) else ""
        tell(error, f"{received} {changed}".rstrip())

    def _changed(self) -> ResourceModifiedError:
        text = f"The connection broke after {self._received} bytes of the file, which has changed since"
        return portable(ResourceModifiedError(f"{text}: download it again."))


def _length_of(response: Any) -> Optional[int]:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _is_of_connection(error: Exception) -> bool:
    """Whether an error says that bytes were lost on the way, rather than that they are wrong."""
    if isinstance(error, (DecodeError, ResourceModifiedError)):
        return isinstance(error, IncompleteReadError)
    return isinstance(error, AzureError) and getattr(error, "response", None) is None


class Download(Iterator[bytes]):
    """The bytes of a file as they arrive; closing it before its end frees the connection."""

    def __init__(self, response: HttpResponse, decompress: bool, recovery: Recovery, run: Callable[..., Any]) -> None:
        self._decompress = decompress
        self._recovery = recovery
        self._run = run
        self._closed = False
        self._ended = False
        """Whether everything has come."""
        self._read(response)

    def _read(self, response: HttpResponse) -> None:
        self._response = response
        self._pieces = response.iter_bytes() if self._decompress else response.iter_raw()

    def __next__(self) -> bytes:
        try:
            while not self._closed:
                piece = self._take()
                if piece:
                    return piece
        except BaseException:
            self.close()
            raise
        raise StopIteration

    def _take(self) -> bytes:
        """What has arrived next; nothing at the end, and when the connection had to be made anew."""
        failure: Optional[Exception]
        try:
            return self._recovery.take(next(self._pieces))
        except StopIteration:
            failure = self._recovery.missing()
        except Exception as error:
            failure = error
        self._response.close()
        http, pause = self._recovery.next(failure)
        if http is None:
            self._closed = self._ended = True
            return b""
        if pause:
            self._recovery.transport.sleep(pause)
        try:
            outcome = self._run(http, self._recovery.success, self._recovery.options, stream=True)
        except HttpResponseError as error:
            self._recovery.refused(error)
            raise
        self._read(outcome.http_response)
        self._recovery.check(outcome.http_response)
        return b""

    def close(self) -> None:
        """Give up what has not been read."""
        self._closed = True
        self._response.close()
