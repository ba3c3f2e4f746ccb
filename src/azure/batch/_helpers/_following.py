"""Following a file while its task goes on.

Each look asks for the task, and for what of the file lies behind the last byte that is known. That byte is asked for as
well: so a file that has become shorter, or another one, is told from one to which nothing was added, and no range
begins after the end of the file, which would be an error. The task is asked for first: what it has written by the time
when it is completed is all there is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Optional

from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError

from .._errors import InvalidStateError, NodeGoneError
from .._plan import Give, Plan
from .._progress import Seconds
from .._request import segment
from ._looks import Looks

if TYPE_CHECKING:
    from ..models import BatchNode, BatchTask

_MOST = 4 * 1024 * 1024
"""Bytes that are asked for at once, and held in memory."""
_SHOWN = ["id", "state", "executionInfo"]
_SHOWN_OF_NODE = ["id", "state", "startTaskInfo"]
_BOOTING = ("creating", "starting", "waitingforstarttask", "rebooting", "reimaging")
_START_TASK = re.compile(r"startup[/\\]")
_TASK = re.compile(r"workitems[/\\]([^/\\]+)[/\\]job-1[/\\]([^/\\]+)[/\\]")
"""Where the files of tasks are: https://learn.microsoft.com/azure/batch/files-and-directories."""


def follow(
    client: Any, ids: dict[str, str], options: dict[str, Any], timeout: Optional[Seconds], polling_interval: Seconds
) -> Plan[Any]:
    """Follow a file of a task, or of a node; what the caller gave is checked at once."""
    looks = FileLooks(client, options, timeout=timeout, polling_interval=polling_interval, progress_hook=None)
    for name, value in ids.items():
        segment(name, value)
    return _follow((_GrowingFile if "task_id" in ids else _GrowingNodeFile)(client, looks, ids))


class FileLooks(Looks):
    """Looks that come faster again when something was found."""

    def hurry(self) -> None:
        self._pause = 0.0


def _follow(file: _GrowingFile) -> Plan[Any]:
    looks = file.looks
    looks.begin()
    while True:
        piece = yield from looks.look(file.next())
        if piece:
            looks.hurry()
            yield Give(piece)
        if piece is not None and len(piece) < _MOST and not file.is_cut_off:
            if file.task_has_ended:
                return
            more = yield from looks.pause(1)
        elif piece is not None:
            more = looks.left > 0  # there may be more already
        else:
            more = yield from looks.pause(1)
        if not more:
            raise file.timed_out() from looks.trouble


class _GrowingFile:
    """What is known of a file and its task, and how to learn more."""

    def __init__(self, client: Any, looks: FileLooks, ids: dict[str, str]) -> None:
        self.looks = looks
        self._client = client
        self._ids = tuple(ids.values())
        self._run: Any = None
        self._position = 0
        self._last = b""
        self.task_has_ended = False
        self.is_cut_off = False
        """Whether the time was over in the middle of what there is."""
        self._download = client.download_task_file

    def next(self) -> Plan[Optional[bytes]]:
        """What has been added since the last time; None if it could not be had now."""
        if not (yield from self._look()):
            return b""
        try:
            return (yield from self._added())
        except ResourceModifiedError:
            return None  # the connection broke, and the file has grown since: it is asked for anew
        except (InvalidStateError, ResourceNotFoundError) as error:
            if self.task_has_ended or not _may_pass(error):
                raise
            return b""

    def _look(self) -> Plan[bool]:
        """Whether there may be a file that this run of the task has written."""
        return (yield from self._look_at_task(*self._ids[:2]))

    def _look_at_task(self, job_id: str, task_id: str) -> Plan[bool]:
        task: BatchTask = yield self._client.get_task(job_id, task_id, select=_SHOWN, **self.looks.options())
        self.task_has_ended = task.state == "completed"
        info = task.execution_info
        if info is not None and info.start_time is not None:
            self._take_note_of_run(info.start_time, info.retry_count, info.requeue_count)
        return task.state not in ("active", "preparing")

    def _take_note_of_run(self, *run: Any) -> None:
        if self._run not in (None, run):
            self._position = 0
        self._run = run

    def _added(self) -> Plan[bytes]:
        if self._position:
            content = yield from self._read(self._position - 1)
            if content and content[:1] == self._last:
                return self._taken(content[1:])
            # It is another file, or has become shorter. If that is another run, this is its file.
            self._position, self._run = 0, None
        return self._taken((yield from self._read(0)))

    def _taken(self, content: bytes) -> bytes:
        if content:
            self._position += len(content)
            self._last = content[-1:]
        return content

    def _read(self, start: int) -> Plan[bytes]:
        """What there is from a position on, up to so many bytes that are new."""
        ocp_range = f"bytes={start}-{self._position + _MOST - 1}"
        try:
            download = yield self._download(*self._ids, ocp_range=ocp_range, **self.looks.options())
            return (yield from self._content_of(download))
        except HttpResponseError as error:
            if error.status_code == 416:
                return b""
            raise

    def _content_of(self, download: Any) -> Plan[bytes]:
        """All of a download; what has come of it when the time is over."""
        content = bytearray()
        while True:
            piece: bytes = yield download._piece()
            if not piece:
                return bytes(content)
            content += piece
            if self.looks.left <= 0:
                self.is_cut_off = True
                yield download.close()
                return bytes(content)

    def timed_out(self) -> TimeoutError:
        """The error for a task that has not been completed in time."""
        return TimeoutError(
            f"{self._task()} was not completed within {self.looks.time_limit:g} s; "
            f"{self._position} bytes of its {self._ids[2]!r} were read"
        )

    def _task(self) -> str:
        job, task, _ = self._ids
        return f"task {task!r} of job {job!r}"


class _GrowingNodeFile(_GrowingFile):
    """The same of a file that is named by its place on a node, which tells the task that writes it."""

    def __init__(self, client: Any, looks: FileLooks, ids: dict[str, str]) -> None:
        super().__init__(client, looks, ids)
        self._download = client.download_node_file
        of_start_task, of_task = _START_TASK.match(self._ids[2]), _TASK.match(self._ids[2])
        if not of_start_task and not of_task:
            raise ValueError(
                f"file_path: {self._ids[2]!r} is of no task whose end could be waited for: expected"
                " 'startup/...' or 'workitems/JOB/job-1/TASK/...'"
            )
        self._owner: tuple[str, ...] = of_task.groups() if of_task else ()

    def _look(self) -> Plan[bool]:
        if self._owner:
            return (yield from self._look_at_task(*self._owner))
        node: BatchNode = yield self._client.get_node(*self._ids[:2], select=_SHOWN_OF_NODE, **self.looks.options())
        info = node.start_task_info
        if info is not None:
            self._take_note_of_run(info.start_time, info.retry_count)
        self.task_has_ended = node.state not in _BOOTING and (info is None or info.state == "completed")
        return True

    def _task(self) -> str:
        if self._owner:
            return f"task {self._owner[1]!r} of job {self._owner[0]!r}"
        return f"the start task of node {self._ids[1]!r}"


def _may_pass(error: HttpResponseError) -> bool:
    """Whether it is only the file, or the way to it, that is not there now."""
    if isinstance(error, (InvalidStateError, NodeGoneError)):
        return True
    return error.error is not None and error.error.code == "FileNotFound"
