"""Saving the files of a task, or of a node, to a directory on this machine.

The files are listed, and as many workers as asked for take one after the other. What is there already, with the size
and the time that the list tells, is not fetched again: a call that was interrupted goes on when it is made anew. Names
come from the node, where any program may have chosen them, so none is trusted to stay in the directory.
"""

from __future__ import annotations

import fnmatch
import ntpath
import os
import re
import stat
import threading
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from azure.core.exceptions import (
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from .._errors import NodeGoneError
from .._file_download import FilePath, path_of
from .._lazy import models as _models
from .._plan import Blocking, Page, Plan, Together
from .._progress import ProgressHook, Seconds, call_hook, check_hook, check_number
from .._request import segment
from ._looks import Limit

if TYPE_CHECKING:
    from ..models import BatchNodeFile

T = TypeVar("T")

_WHOSE = {"task": ("task", "job"), "node": ("node", "pool")}
_ATTEMPTS = 5
"""How often a file is fetched that changes while its connection breaks."""


class _Stopped(Exception):
    """Another file has failed."""


class _Entry:
    """A file to be saved, and how much of it is there."""

    def __init__(self, listed: BatchNodeFile) -> None:
        facts = listed.properties
        assert listed.name is not None
        assert facts is not None
        self.name = listed.name
        self.size = facts.content_length
        self.modified: datetime = facts.last_modified
        self.on_windows = facts.file_mode is None
        """Linux nodes tell modes, Windows nodes do not."""
        self.shown = self.name.replace("\\", "/") if self.on_windows else self.name
        self.received = 0

    def result(self, status: Any, path: Optional[Path] = None) -> _models.SavedFile:
        return _models.SavedFile(self.name, path, self.size, self.modified, status)


class Saving:
    """One call: what is to be saved, and how far it is."""

    def __init__(
        self,
        client: Any,
        kind: str,
        ids: dict[str, str],
        directory: FilePath,
        pattern: Optional[str],
        recursive: bool,
        timeout: Optional[Seconds],
        hook: Optional[ProgressHook],
        options: dict[str, Any],
    ) -> None:
        self._limit = Limit(client, options, timeout)
        check_hook(hook, asynchronous=client._asynchronous)
        for name, value in ids.items():
            segment(name, value)
        if pattern is not None:
            check_text("pattern", pattern)
        self._list = getattr(client, f"list_{kind}_files")
        self._download = getattr(client, f"download_{kind}_file")
        self._kind = kind
        self._ids = tuple(ids.values())
        self._root = path_of("directory", directory)
        self._pattern = pattern
        self._recursive = recursive
        self._hook = hook
        self._asynchronous: bool = client._asynchronous
        self._lock = threading.Lock()
        """Held while the caller is told, so that it is by one thread at a time."""
        self._taking = threading.Lock()
        self._is_stopped = False
        self._todo: deque[tuple[int, _Entry]] = deque()
        self._results: list[Any] = []
        self._taken: set[str] = set()
        self._current = self._total = 0

    def run(self, max_concurrency: int) -> Plan[list[_models.SavedFile]]:
        """Save the files, so many at a time."""
        check_number("max_concurrency", max_concurrency)
        return self._run(max_concurrency)

    def _run(self, max_concurrency: int) -> Plan[list[_models.SavedFile]]:
        self._limit.begin()
        listed = yield from self._listed()
        entries = [_Entry(one) for one in listed if one.properties is not None and not one.is_directory]
        if self._pattern is not None:
            entries = [one for one in entries if fnmatch.fnmatchcase(one.shown, self._pattern)]
        self._todo.extend(enumerate(entries))
        self._results = [None] * len(entries)
        self._total = sum(one.size for one in entries)
        number = min(max_concurrency, len(entries))
        if number:
            yield Together([self._work() for _ in range(number)], self._stop)
        return self._results

    def _listed(self) -> Plan[list[BatchNodeFile]]:
        only = _filter_for(self._pattern)
        pages = self._list(*self._ids, recursive=self._recursive, filter=only, **self._limit.options()).by_page()
        listed: list[BatchNodeFile] = []
        while True:
            page = yield from self._in_time(_step(Page(pages)))
            if page is None:
                return listed
            listed += page
            self._go_on()

    def _stop(self) -> None:
        self._is_stopped = True

    def _work(self) -> Plan[None]:
        while self._todo:
            self._go_on()
            try:
                number, entry = self._todo.popleft()
            except IndexError:  # another one has taken it
                return
            self._results[number] = yield from self._in_time(self._save(entry))

    def _in_time(self, plan: Plan[T]) -> Plan[T]:
        """Tell a request for which there was no time left from one that failed."""
        try:
            return (yield from plan)
        except (ServiceRequestError, ServiceResponseError) as error:
            if self._limit.left > 0:
                raise
            raise self._timed_out() from error

    def _go_on(self) -> None:
        """Raise if no more is wanted, or there is no time left."""
        if self._is_stopped:
            raise _Stopped
        if self._limit.left <= 0:
            raise self._timed_out()

    def _timed_out(self) -> TimeoutError:
        there = sum(one is not None for one in self._results)
        what = " of ".join(f"{kind} {name!r}" for kind, name in zip(_WHOSE[self._kind], self._ids[::-1]))
        return TimeoutError(
            f"the files of {what} were not all saved within {self._limit.time_limit:g} s, but {there} of "
            f"{len(self._results)}; what is there stays, and another call saves the others"
        )

    def _save(self, entry: _Entry) -> Plan[_models.SavedFile]:
        parts = parts_of(entry.name, on_windows=entry.on_windows, to_windows=os.name == "nt")
        path: Optional[Path] = None
        if parts is not None:
            path = yield Blocking(self._place, (parts,))
        if path is None:
            yield from self._report(entry, entry.size)
            return entry.result("refused")
        if (yield Blocking(_is_there, (path, entry))):
            yield from self._report(entry, entry.size)
            return entry.result("unchanged", path)
        try:
            yield from self._fetch(entry, path)
        except ResourceNotFoundError as error:
            if isinstance(error, NodeGoneError) or error.error is None or error.error.code != "FileNotFound":
                raise
            yield from self._report(entry, entry.size)
            return entry.result("gone")
        return entry.result("saved", path)

    def _place(self, parts: list[str]) -> Optional[Path]:
        """Where a file comes to, its folder made; None if links lead out of the directory, or the place is taken."""
        self._root.mkdir(parents=True, exist_ok=True)
        root = self._root.resolve()
        folder = root.joinpath(*parts[:-1])
        inside = folder.resolve()
        if inside != root and root not in inside.parents:
            return None
        key = os.path.normcase(inside / parts[-1])
        with self._taking:
            if key in self._taken:
                return None
            self._taken.add(key)
        folder.mkdir(parents=True, exist_ok=True)
        return self._root.joinpath(*parts)

    def _fetch(self, entry: _Entry, path: Path) -> Plan[None]:
        for left in reversed(range(_ATTEMPTS)):
            download = yield self._download(*self._ids, entry.name, **self._limit.options())
            told: Optional[datetime] = download.last_modified
            if told is not None and abs(told - entry.modified) >= timedelta(seconds=1):
                entry.modified = told  # it was written to since it was listed
            try:
                hook, time = self._hook_for(entry), entry.modified.timestamp()
                size = yield download._save_copy(path, hook, time, self._go_on)
            except ResourceModifiedError:
                if not left:
                    raise
                self._moved(entry, 0)
            else:
                with self._lock:
                    self._total += size - entry.size
                entry.size = size
                return

    # -- progress -----------------------------------------------------------------------------------------------------

    def _hook_for(self, entry: _Entry) -> ProgressHook:
        def hook(current: int, total: Optional[int]) -> Any:
            return self._moved(entry, current, told=True)

        return hook

    def _moved(self, entry: _Entry, received: int, *, told: bool = False) -> Any:
        """Count bytes; gives what is to be awaited if the caller is told."""
        with self._lock:
            self._go_on()
            self._current += received - entry.received
            entry.received = received
            if self._hook is None or not told:
                return None
            total = max(self._current, self._total)  # files grow
            return call_hook(self._hook, self._current, total, asynchronous=self._asynchronous)

    def _report(self, entry: _Entry, received: int) -> Plan[None]:
        awaited = self._moved(entry, received, told=True)
        if awaited is not None:
            yield awaited


def _step(step: Any) -> Plan[Any]:
    return (yield step)


def check_text(name: str, value: Any) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {value!r}")


def _filter_for(pattern: Optional[str]) -> Optional[str]:
    """A filter for what the names begin with: up to the first separator, which is not the same on all nodes."""
    start = re.split(r"[*?\[/\\]", pattern, maxsplit=1)[0] if pattern else ""
    if not start:
        return None
    quoted = start.replace("'", "''")
    return f"startswith(name,'{quoted}')"


_ODD_ON_WINDOWS = re.compile(r'[<>:"|?*\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?$', re.I)
"""What Windows takes for something else than a plain file, or for the name of another one."""


def parts_of(name: str, *, on_windows: bool, to_windows: bool) -> Optional[list[str]]:
    """The parts of a path below a directory; None if they would lead elsewhere, or cannot be names of files here.

    :keyword on_windows: The path is one of a Windows node.
    :keyword to_windows: This machine runs Windows.
    """
    if (on_windows or to_windows) and ntpath.splitdrive(name)[0]:
        return None
    parts = name.replace("\\", "/").split("/") if on_windows else name.split("/")
    for part in parts:
        if part in ("", ".", "..") or "\0" in part:
            return None
        if to_windows and ("\\" in part or _ODD_ON_WINDOWS.search(part)):
            return None
    return parts


def _is_there(path: Path, entry: _Entry) -> bool:
    """Whether a file was saved before, and has not changed since."""
    try:
        found = path.lstat()
    except OSError:
        return False
    same_time = abs(found.st_mtime - entry.modified.timestamp()) < 0.001
    return stat.S_ISREG(found.st_mode) and found.st_size == entry.size and same_time
