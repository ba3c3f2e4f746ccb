"""Resource files to a node and output files from it.

Storage is an ``http(s)`` URL, as with the service (a container's with a shared access signature), or a folder of this
machine that stands for a container: a ``file:`` URL or an absolute path. Containers of the linked storage account are
the folders in one folder. Everything here blocks and belongs into a thread; a download stops between two pieces when it
is told to. What goes wrong is named by the service's codes; secrets in URLs stay out of the details.
"""

from __future__ import annotations

import base64
import errno
import http.client
import shutil
import socket
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Callable, Optional, TextIO
from xml.etree import ElementTree as ET

from ._patterns import Pattern, expand
from ._process import Failure
from ._wire import Document

__all__ = ["TransferError", "fetch", "send_text", "upload"]

_TIMEOUT = 30.0
_PIECE = 1 << 20
_STORAGE_VERSION = "2021-08-06"
_SINGLE = 64 << 20
"""Bytes that are sent in one request; more are sent in blocks."""
_BLOCK = 16 << 20
_MOST_BLOCKS = 50_000
_CONTENT_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type")

_MESSAGES = {
    "BlobNotFound": "One of the specified Azure Blob(s) is not found",
    "BlobAccessDenied": "Access for one of the specified Azure Blob(s) is denied",
    "BlobDownloadTimedOut": "The download of one of the specified Azure Blob(s) timed out",
    "BlobDownloadMiscError": "The download of one of the specified Azure Blob(s) failed",
    "ResourceDirectoryCreateFailed": "The directory of a resource file cannot be created",
    "ResourceFileCreateFailed": "A resource file cannot be created",
    "ResourceFileWriteFailed": "A resource file cannot be written",
    "ResourceContainerNotFound": "One of the specified containers is not found",
    "ResourceContainerAccessDenied": "Access for one of the specified containers is denied",
    "ResourceContainerListTimedOut": "Listing one of the specified containers timed out",
    "ResourceContainerListMiscError": "One of the specified containers cannot be listed",
    "FileUploadContainerNotFound": "The container of an output file is not found",
    "FileUploadAccessDenied": "Access to the container of an output file is denied",
    "FileUploadConflict": "An output file conflicts with what is in its container",
    "FileUploadTimedOut": "The upload of an output file timed out",
    "FileUploadMiscError": "The upload of an output file failed",
    "DiskFull": "There is not enough disk space on the node",
}
_USER_CODES = ("NotFound", "AccessDenied", "Conflict")


class TransferError(Exception):
    """A file could not be moved; ``failure`` is what the task shows for it."""

    def __init__(self, code: str, source: str, path: str, reason: str) -> None:
        super().__init__(code, path, reason)
        category = "usererror" if code.endswith(_USER_CODES) else "servererror"
        details = (("BlobSource", _without_secrets(source)), ("FilePath", path), ("Message", reason))
        self.failure = Failure(category, code, _MESSAGES[code], details)


class _StoppedError(Exception):
    """The task was ended meanwhile."""


class _Codes:
    """The codes for what goes wrong with the other side."""

    def __init__(self, missing: str, denied: str, timed_out: str, other: str, conflict: Optional[str] = None) -> None:
        self.other = other
        self.timed_out = timed_out
        self.missing = missing
        self.denied = denied
        self._by_status = {401: denied, 403: denied, 404: missing, 408: timed_out, 504: timed_out}
        if conflict is not None:
            self._by_status.update({409: conflict, 412: conflict})

    def of(self, error: BaseException) -> str:
        """The code for an exception."""
        if isinstance(error, urllib.error.HTTPError):
            return self._by_status.get(error.code, self.other)
        if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
            return self.of(error.reason)
        if isinstance(error, (TimeoutError, socket.timeout)):  # two classes before Python 3.10
            return self.timed_out
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return self.missing
        if isinstance(error, PermissionError):
            return self.denied
        return "DiskFull" if isinstance(error, OSError) and error.errno in _DISK_FULL else self.other


_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_BLOB = _Codes("BlobNotFound", "BlobAccessDenied", "BlobDownloadTimedOut", "BlobDownloadMiscError")
_CONTAINER = _Codes(
    "ResourceContainerNotFound",
    "ResourceContainerAccessDenied",
    "ResourceContainerListTimedOut",
    "ResourceContainerListMiscError",
)
_UPLOAD = _Codes(
    "FileUploadContainerNotFound",
    "FileUploadAccessDenied",
    "FileUploadTimedOut",
    "FileUploadMiscError",
    "FileUploadConflict",
)


@contextmanager
def _naming(codes: _Codes, source: str, path: str) -> Generator[None, None, None]:
    """Turn what goes wrong with the other side into a :class:`TransferError`."""
    try:
        yield
    except (OSError, ValueError, http.client.HTTPException, ET.ParseError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error, urllib.error.HTTPError):
            reason = f"{error.code} {error.reason}"
            error.close()
        raise TransferError(codes.of(error), source, path, reason) from error


def _without_secrets(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return ""


def _local(url: str) -> Optional[Path]:
    """The path behind a ``file:`` URL or a plain absolute path."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() == "file":
        return Path(urllib.request.url2pathname(parts.path))
    if parts.scheme.lower() in ("http", "https"):
        return None
    path = Path(url)
    if not path.is_absolute():
        raise ValueError("The URL is neither http(s) nor a file or a folder of this machine")
    return path


def _escaped(url: str) -> str:
    """A URL with what may not stand in one escaped: people write blanks and accents; what is escaped already stays."""
    return urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")


@contextmanager
def _open(url: str) -> Generator[tuple[BinaryIO, Optional[int]], None, None]:
    """What is at a URL, and how many bytes that should be."""
    path = _local(url)
    if path is not None:
        with path.open("rb") as file:
            yield file, None
        return
    with urllib.request.urlopen(_escaped(url), timeout=_TIMEOUT) as answer:
        length = answer.headers.get("Content-Length")
        yield answer, int(length) if length else None


# Resource files


def fetch(
    files: Iterable[Document], folder: Path, auto_storage: Optional[Path], is_stopped: Callable[[], bool]
) -> None:
    """Bring resource files into a folder; raises :class:`TransferError`.

    :param auto_storage: The folder with the containers of the linked storage account, None without one.
    :param is_stopped: Asked again and again; the rest is left when it says so.
    """
    try:
        for file in files:
            mode = int(str(file.get("fileMode") or "0770"), 8)
            for name, url in _sources(file, auto_storage):
                _download(url, folder, name, mode, is_stopped)
    except _StoppedError:
        return


def _sources(file: Document, auto_storage: Optional[Path]) -> Iterator[tuple[str, str]]:
    """Target name and URL of each file that one entry brings."""
    target, prefix = str(file.get("filePath") or ""), str(file.get("blobPrefix") or "")
    if "httpUrl" in file:
        yield target, str(file["httpUrl"])
        return
    if "autoStorageContainerName" in file:
        container = str(file["autoStorageContainerName"])
        if auto_storage is None:
            raise TransferError(_CONTAINER.missing, container, target, "The account has no linked storage")
        if not container or container in (".", "..") or "/" in container or "\\" in container:
            raise TransferError(_CONTAINER.missing, container, target, "There is no such container")
        url = str(auto_storage / container)
    else:
        url = str(file["storageContainerUrl"])
    with _naming(_CONTAINER, url, target):
        path = _local(url)
        found = list(_list_remote(url, prefix) if path is None else _list_folder(path, prefix))
    for name, source in found:
        yield (f"{target.rstrip('/')}/{name}" if target else name), source


def _list_folder(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(prefix) and path.is_file():
            yield name, str(path)


def _list_remote(url: str, prefix: str) -> Iterator[tuple[str, str]]:
    parts = urllib.parse.urlsplit(url)
    marker = ""
    while True:
        query = urllib.parse.urlencode({"restype": "container", "comp": "list", "prefix": prefix, "marker": marker})
        with _open(parts._replace(query="&".join(filter(None, (parts.query, query)))).geturl()) as (answer, _):
            root = ET.fromstring(answer.read())
        for element in root.iterfind("./Blobs/Blob/Name"):
            name = element.text or ""
            yield name, parts._replace(path=f"{parts.path.rstrip('/')}/{urllib.parse.quote(name)}").geturl()
        marker = root.findtext("NextMarker") or ""
        if not marker:
            return


def _download(url: str, folder: Path, name: str, mode: int, is_stopped: Callable[[], bool]) -> None:
    target = _target(folder, url, name)
    with _naming(_BLOB, url, name), _open(url) as (source, length):
        received = 0
        with _create(target, url, name) as file:
            while piece := source.read(_PIECE):
                if is_stopped():
                    raise _StoppedError
                received += len(piece)
                with _local_errors("ResourceFileWriteFailed", url, name):
                    file.write(piece)
        if length is not None and received != length:
            raise ValueError(f"The connection ended after {received} of {length} bytes")
    target.chmod(mode)


def _target(folder: Path, url: str, name: str) -> Path:
    """Where a file is to lie, with its directory made; never outside of the folder, also through a link."""
    parts = name.replace("\\", "/").split("/")
    if not parts[-1] or ".." in parts or "\0" in name or not parts[0] or parts[0].endswith(":"):
        raise TransferError("ResourceFileCreateFailed", url, name, "The path must lie below the working directory")
    parent = folder.joinpath(*parts[:-1])
    with _local_errors("ResourceDirectoryCreateFailed", url, name):
        parent.mkdir(parents=True, exist_ok=True)
        if folder.resolve() not in (parent.resolve(), *parent.resolve().parents):
            raise PermissionError(errno.EACCES, "The path must lie below the working directory")
    return parent / parts[-1]


@contextmanager
def _local_errors(code: str, url: str, name: str) -> Generator[None, None, None]:
    """Name what goes wrong on this side."""
    try:
        yield
    except OSError as error:
        full = error.errno in _DISK_FULL
        raise TransferError("DiskFull" if full else code, url, name, error.strerror or str(error)) from error


@contextmanager
def _create(target: Path, url: str, name: str) -> Generator[BinaryIO, None, None]:
    with _local_errors("ResourceFileCreateFailed", url, name):
        target.unlink(missing_ok=True)  # an older file, or a link that a task put there
        file = target.open("xb")
    with file:
        yield file


# Output files


def upload(
    outputs: Iterable[Document],
    work: Path,
    environment: Mapping[str, str],
    succeeded: bool,
    *,
    windows: bool = False,
) -> None:
    """Send output files away after a task ran, and log it beside its output; raises :class:`TransferError`.

    :param work: The working directory, to which patterns are relative.
    :param environment: The task's variables, which patterns may name.
    :param succeeded: Whether the exit code was 0.
    """
    conditions = ("taskcompletion", "tasksuccess" if succeeded else "taskfailure")
    with _log(work.parent / "fileuploadout.txt") as out, _log(work.parent / "fileuploaderr.txt") as errors:
        for output in outputs:
            if str(output["uploadOptions"]["uploadCondition"]).lower() not in conditions:
                continue
            text = expand(str(output["filePattern"]), environment, windows=windows)
            try:
                _upload_matches(Pattern(text, windows=windows), output["destination"]["container"], work, out)
            except TransferError as error:
                errors.write(f"{text}: {error.failure.code}: {error.failure.details[-1][1]}\n")
                raise


@contextmanager
def _log(path: Path) -> Generator[TextIO, None, None]:
    if not path.is_file():  # a named pipe that the task put there would be waited for without end
        path.unlink(missing_ok=True)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        yield file


def _upload_matches(pattern: Pattern, container: Document, work: Path, log: TextIO) -> None:
    base = str(container.get("path") or "").strip("/")
    count = 0
    for path, name in pattern.files(work):
        target = f"{base}/{name}" if base and pattern.has_wildcards else base or name
        _send(path, container, target)
        log.write(f"{path} -> {target}\n")
        count += 1
    if not count:
        log.write(f"No file matches {pattern.text}\n")


def send_text(container_url: str, name: str, text: str) -> None:
    """Write a text to a container; raises :class:`TransferError`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text")
        path.write_text(text, encoding="utf-8")
        _send(path, {"containerUrl": container_url}, name)


def _send(path: Path, container: Document, name: str) -> None:
    url = str(container["containerUrl"])
    with _naming(_UPLOAD, url, str(path)):
        folder = _local(url)
        if folder is not None:
            _copy(path, folder, name)
            return
        parts = urllib.parse.urlsplit(url)
        blob = f"{parts.path.rstrip('/')}/{urllib.parse.quote(name, errors='surrogateescape')}"
        # The size now: a process that was left behind may still write to the file.
        size = path.stat().st_size
        target = _escaped(parts._replace(path=blob).geturl())
        with path.open("rb") as body:
            if size <= _SINGLE:
                _put(target, _first(body, size), size, {"x-ms-blob-type": "BlockBlob", **_headers(container)})
            else:
                _put_in_blocks(target, body, size, _headers(container))


def _headers(container: Document) -> dict[str, str]:
    """The headers of an upload; those about the content are named as a request without content wants them, too."""
    headers = {"x-ms-blob-content-type": "application/octet-stream"}
    for item in container.get("uploadHeaders") or ():
        name = str(item["name"]).lower()
        headers[f"x-ms-blob-{name}" if name in _CONTENT_HEADERS else name] = str(item.get("value") or "")
    return headers


def _put_in_blocks(target: str, body: BinaryIO, size: int, headers: Mapping[str, str]) -> None:
    """Send what is too large for one request; the blob is there, or is replaced, when all of it has been sent."""
    length = max(_BLOCK, -(-size // _MOST_BLOCKS))
    mark = uuid.uuid4().hex  # other uploads of the same blob have other blocks
    names = [base64.b64encode(f"{mark}{number:06}".encode()).decode() for number in range(-(-size // length))]
    for number, name in enumerate(names):
        part = min(length, size - number * length)
        _put(
            f"{target}{_and(target)}comp=block&blockid={urllib.parse.quote(name, safe='')}",
            _first(body, part),
            part,
            {},
        )
    listed = "".join(f"<Latest>{name}</Latest>" for name in names)
    content = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
    _put(f"{target}{_and(target)}comp=blocklist", iter([content]), len(content), headers)


def _and(url: str) -> str:
    return "&" if "?" in url else "?"


def _put(url: str, body: Iterator[bytes], size: int, headers: Mapping[str, str]) -> None:
    # Without a type of its own, urllib gives a request that of a form.
    sent = {"x-ms-version": _STORAGE_VERSION, "Content-Length": str(size), "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=body, headers={**sent, **headers}, method="PUT")
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
        answer.read()


def _first(body: BinaryIO, size: int) -> Iterator[bytes]:
    """Exactly as many bytes as were promised."""
    while size and (piece := body.read(min(size, _PIECE))):
        size -= len(piece)
        yield piece
    if size:
        raise ValueError("The file became shorter while it was sent")


def _copy(path: Path, folder: Path, name: str) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such folder")
    if not name or ".." in name.split("/"):
        raise ValueError("The name leads out of the container")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
