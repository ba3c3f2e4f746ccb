"""Following a file while its task goes on.

Each look asks for the task, and for what of the file lies behind the last byte that is known. That byte is asked for as
well: so a file that has become shorter, or another one, is told from one to which nothing was added, and no range
begins after the end of the file, which would be an error. The task is asked for first: what it has written by the time
when it is completed is all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError

from .._errors import InvalidStateError, NodeGoneError
from .._operation import found
from .._plan import Give, Plan
from .._request import segment
from ._looks import Looks, Seconds

if TYPE_CHECKING:
    from ..models import BatchTask

_MOST = 4 * 1024 * 1024
"""Bytes that are asked for at once, and held in memory."""
_SHOWN = ["id", "state", "executionInfo"]


class FollowMixin:
    """Following a file while its task goes on."""

    @found
    def follow_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str = "stdout.txt",
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[bytes]:
        """Iterate over the bytes of a task's file as they are written, until the task is completed.

        A task that has not started yet is waited for, and so is a file that is not there yet::

            for piece in client.follow_task_file("render", "frame-7", timeout=3600):
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()

        What a program writes comes when the program flushes it. When the task is completed the rest comes, and the
        iteration ends, whether the task succeeded or not. A look costs two small requests, one while the task has not
        started; the pauses between looks begin at half a second, grow while nothing comes, and are short again when
        something did. Throttling, server errors and broken connections are overlooked until six looks in a row have
        failed, and so is a node that cannot be reached while the task is not completed.

        A task that is run again, because it failed and is retried or because its node was lost, writes its files anew:
        then the new file follows from its beginning, and what the run before wrote last may not have been seen. The
        same holds for a file that becomes shorter.

        :param job_id: The job.
        :param task_id: The task. Of a multi-instance task it is the primary's file that is followed.
        :param file_path: Path below the folder of the task.
        :keyword timeout: Seconds, or a timedelta, for the whole iteration; without limit if not given. The time that
            the loop's own body takes counts.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :return: An iterator, which sends nothing before its first piece is asked for. A piece has at most 4 MB, and may
            begin or end within a line or a character.
        :raises TimeoutError: if the task has not been completed in time.
        :raises NodeGoneError: if the task is completed and the node with its files is gone.
        :raises ResourceNotFoundError: if there is no such job or task, or the task is completed and there is no such
            file.
        """
        looks = _FileLooks(self, kwargs, timeout=timeout, polling_interval=polling_interval, progress_hook=None)
        ids = {"job_id": job_id, "task_id": task_id, "file_path": file_path}
        for name, value in ids.items():
            segment(name, value)
        return _follow(_GrowingFile(self, looks, ids))


class _FileLooks(Looks):
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
        if piece is not None and len(piece) < _MOST:
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

    def __init__(self, client: Any, looks: _FileLooks, ids: dict[str, str]) -> None:
        self.looks = looks
        self._client = client
        self._ids = ids
        self._run: Any = None
        self._position = 0
        self._last = b""
        self.task_has_ended = False

    def next(self) -> Plan[Optional[bytes]]:
        """What has been added since the last time; None if it could not be had now."""
        task: BatchTask = yield self._client.get_task(
            self._ids["job_id"], self._ids["task_id"], select=_SHOWN, **self.looks.options()
        )
        self.task_has_ended = task.state == "completed"
        self._take_note_of_run(task)
        if task.state in ("active", "preparing"):
            return b""  # there is no file that this run has written
        try:
            return (yield from self._added())
        except ResourceModifiedError:
            return None  # the connection broke, and the file has grown since: it is asked for anew
        except (InvalidStateError, ResourceNotFoundError) as error:
            if self.task_has_ended or not _may_pass(error):
                raise
            return b""

    def _take_note_of_run(self, task: BatchTask) -> None:
        info = task.execution_info
        if info is None or info.start_time is None:
            return
        run = (info.start_time, info.retry_count, info.requeue_count)
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
            download = yield self._client.download_task_file(
                *self._ids.values(), ocp_range=ocp_range, **self.looks.options()
            )
            content: bytes = yield download.readall()
        except HttpResponseError as error:
            if error.status_code == 416:
                return b""
            raise
        return content

    def timed_out(self) -> TimeoutError:
        """The error for a task that has not been completed in time."""
        job, task, path = self._ids.values()
        return TimeoutError(
            f"task {task!r} of job {job!r} was not completed within {self.looks.time_limit:g} s; "
            f"{self._position} bytes of its {path!r} were read"
        )


def _may_pass(error: HttpResponseError) -> bool:
    """Whether it is only the file, or the way to it, that is not there now."""
    if isinstance(error, (InvalidStateError, NodeGoneError)):
        return True
    return error.error is not None and error.error.code == "FileNotFound"
