"""The files of a task or a node: finding, listing, reading and deleting them below one folder.

Nothing here ever leaves that folder. A path that tries to (``..``, an absolute one, a link that points out) is answered
as a file that does not exist, and so is what is neither a file nor a directory: reading a named pipe would never end.

A list comes in the order of the names, directory by directory, and can begin behind any name. A page therefore costs
what it shows and the names of the directories on its way, and files that come and go meanwhile shift nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Optional
from urllib.parse import quote

from ._times import text_date
from ._wire import Document, FilePart, ServiceError

__all__ = ["Entry", "delete", "entries", "open_part", "part", "render", "resolve"]

_CONTENT_TYPES = {
    ".bmp": "image/bmp",
    ".css": "text/css",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".htm": "text/html",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "application/javascript",
    ".json": "application/json",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain",
    ".wav": "audio/wav",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""Not the types that this machine knows: the same program should see the same everywhere."""


def resolve(root: Path, relative: str, *, windows: bool = False, follow: bool = True) -> Path:
    """The existing file or directory that a client means by a path below a folder.

    :keyword windows: The node runs Windows, whose clients may separate names by backslashes.
    :keyword follow: Give the target of a link; otherwise the link itself, which need not have a target.
    """
    if windows:
        relative = relative.replace("\\", "/")
    names = [name for name in relative.rstrip("/").split("/") if name != "."]
    if not names or "\0" in relative or any(name in ("", "..") for name in names):
        raise ServiceError("FileNotFound")
    try:
        folder = root.resolve(strict=True)
        if follow:
            path = folder.joinpath(*names).resolve(strict=True)
        else:
            path = folder.joinpath(*names[:-1]).resolve(strict=True) / names[-1]
            path.lstat()
        path.relative_to(folder)
    except (OSError, ValueError, RuntimeError):  # missing; outside, or no encodable name; a loop of links
        raise ServiceError("FileNotFound") from None
    return path


@dataclass(frozen=True)
class Entry:
    """A file or a directory in a list."""

    name: str
    """Relative to the folder that is listed, with slashes."""
    status: os.stat_result

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.status.st_mode)


def entries(root: Path, recursive: bool, *, after: str = "", prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """What lies in a folder, in the order of the names, each with its name as the key to continue behind.

    :keyword after: Begin behind this name, which need not exist any more.
    :keyword prefix: Only names that begin so.
    """
    top = root.resolve()
    # A stack of directories that are being read, not recursion: a task may nest them as deep as it likes.
    stack = [_Level(top, "", after.split("/") if after else [])]
    while stack:
        level = stack[-1]
        name = level.next_name()
        if name is None:
            stack.pop()
            continue
        key, path = level.parent + name, level.folder / name
        is_behind = not level.after or name > level.after[0]
        may_match = key.startswith(prefix) or prefix.startswith(f"{key}/")
        if not may_match or (not is_behind and name != level.after[0]):
            continue
        entry = _entry(top, path, key)
        if entry is None:
            continue
        if is_behind and key.startswith(prefix):
            yield key, entry
        # A link to a directory is shown but not entered: it may lead back to where it lies.
        if recursive and entry.is_directory and not path.is_symlink():
            stack.append(_Level(path, f"{key}/", [] if is_behind else level.after[1:]))


class _Level:
    """A directory that is being listed."""

    def __init__(self, folder: Path, parent: str, after: list[str]) -> None:
        self.folder = folder
        self.parent = parent
        self.after = after
        try:
            with os.scandir(folder) as found:
                self._names = sorted((entry.name for entry in found), reverse=True)
        except OSError:  # removed meanwhile, or not ours to read
            self._names = []

    def next_name(self) -> Optional[str]:
        return self._names.pop() if self._names else None


def _entry(top: Path, path: Path, name: str) -> Optional[Entry]:
    """None for what cannot be read from here."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = path.resolve(strict=True)
            target.relative_to(top)
            status = target.stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return Entry(name, status) if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) else None


def render(entry: Entry, url: str, *, windows: bool = False) -> Document:
    """An item of a list; ``url`` is the URL of the list itself."""
    document: Document = {
        "name": entry.name.replace("/", "\\") if windows else entry.name,
        "url": f"{url}/{quote(os.fsencode(entry.name))}",
        "isDirectory": entry.is_directory,
    }
    if entry.is_directory:
        return document
    properties: Document = {
        "lastModified": text_date(_date(entry.status.st_mtime)),
        "contentLength": str(entry.status.st_size),
        "contentType": _content_type(entry.name),
    }
    if windows:
        properties["creationTime"] = text_date(_date(entry.status.st_ctime))
    else:
        properties["fileMode"] = _mode(entry.status)
    document["properties"] = properties
    return document


def part(path: Path, ocp_range: Optional[str], url: str, *, with_content: bool = True) -> FilePart:
    """What an answer about a file that :func:`resolve` gave is made of.

    :param ocp_range: The header of that name, None for the whole file.
    :keyword with_content: False to ask for its properties only, which directories have too.
    """
    try:
        status = path.stat()
    except OSError:
        raise ServiceError("FileNotFound") from None
    is_directory = stat.S_ISDIR(status.st_mode)
    if not is_directory and not stat.S_ISREG(status.st_mode):
        raise ServiceError("FileNotFound")
    if is_directory and with_content:
        reason = ("Reason", "The specified path is a directory, which has no content")
        raise ServiceError("OperationInvalidForCurrentState", values=[reason])
    size = 0 if is_directory else status.st_size
    start, length = (0, size) if ocp_range is None or is_directory else _range(ocp_range, size)
    return FilePart(
        path=path,
        start=start,
        length=length,
        content_type=_content_type(path.name),
        is_directory=is_directory,
        mode=_mode(status),
        last_modified=_date(status.st_mtime),
        url=url,
    )


def open_part(part: FilePart) -> BinaryIO:
    """Open a file that is one: no link put in its place meanwhile, and no pipe that nobody would ever write to."""

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))

    try:
        file = open(part.path, "rb", opener=opener)  # noqa: SIM115 - the caller closes it
    except OSError:
        raise ServiceError("FileNotFound") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ServiceError("FileNotFound")
    return file


def _range(text: str, size: int) -> tuple[int, int]:
    """First byte and number of bytes of ``bytes=first-last``, ``bytes=first-`` or ``bytes=-number``."""
    match = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*", text, re.IGNORECASE)
    if match is None or not (match[1] or match[2]):
        raise ServiceError("InvalidHeaderValue", values=[("HeaderName", "ocp-range"), ("HeaderValue", text)])
    if match[1]:
        first, last = int(match[1]), min(int(match[2]) if match[2] else size, size - 1)
    else:
        first, last = max(size - int(match[2]), 0), size - 1
    if first > last:
        raise ServiceError("InvalidRange")
    return first, last - first + 1


def delete(root: Path, relative: str, recursive: bool, *, windows: bool = False) -> None:
    """Delete a file, a link (never its target), or a directory; one that is not empty only if ``recursive``."""
    path = resolve(root, relative, windows=windows, follow=False)
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif recursive:
            shutil.rmtree(path)
        elif any(path.iterdir()):
            reason = ("Reason", "The specified directory is not empty")
            raise ServiceError("OperationInvalidForCurrentState", values=[reason])
        else:
            path.rmdir()
    except FileNotFoundError:
        raise ServiceError("FileNotFound") from None
    except (OSError, RecursionError) as error:  # not ours to delete; nested deeper than rmtree can go
        raise ServiceError("IOError", values=[("Reason", getattr(error, "strerror", None) or str(error))]) from error


def _content_type(name: str) -> str:
    return _CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):04o}"


def _date(seconds: float) -> datetime:
    # A task may give its files any date; one that the service's dates cannot express becomes the nearest they can.
    return datetime.fromtimestamp(min(max(seconds, 0), 253402300799), timezone.utc)
