"""Bulk submission: what to send next, and what an answer means for each task. No I/O.

:class:`Submission` hands out one piece of work after the other and takes each answer or exception back. Every task that
it has read is at any moment in one place: open, or settled as added, rejected, unknown or unsent. The loops of the two
clients only do what it says, so no path of theirs can lose a task. That holds between any two steps of the interpreter,
because Ctrl-C can come there: a task enters its new place before it leaves the old one, and the new one counts.

The pipeline's own retries are switched off for chunks. Whether a task may already have been added is known only to one
who sees every attempt, and a pause must hold for all chunks, not for the one that met the trouble.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from operator import attrgetter, length_hint
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, NoReturn, Optional, Union, cast

from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import RetryMode, RetryPolicy

from ._codecs import decode_datetime, is_list
from ._confirm import time_by_service
from ._differences import differences
from ._errors import CLOSED, portable
from ._lazy import models as _models
from ._model import Model
from ._pipeline import asked_pause
from ._progress import OnExists
from ._request import _content

if TYPE_CHECKING:
    Task = Union[_models.BatchTaskCreateOptions, Mapping[str, Any]]

MOST_TASKS = 100
MOST_BYTES = 999_999
"""The service takes up to 100 tasks a request, in a body of less than 1 MB."""

_HEAD, _TAIL = b'{"value":[', b"]}"
_REGROWTH = MOST_BYTES // 20
"""What an accepted chunk adds to the size of the next ones, after a chunk was too large for the service."""
_MOST_WAITING = 1000
"""No further task is read while so many wait to be sent again: this bounds memory when the service is in trouble."""

_MOST_REFUSALS = 3
"""So many single tasks in a row are refused for the same reason before the reason is taken to be another than they."""

_CONNECT, _READ, _STATUS, _SILENT = range(4)


# -- what an exception means -------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What an exception means for the tasks of the request that raised it."""

    kind: Optional[int]
    """Which of the retry settings counts the failure; None if trying again is of no use."""
    in_doubt: bool
    """Whether the service may have acted on the request."""


_NOT_AGAIN = Verdict(None, in_doubt=False)

_NEVER_CONNECTED = frozenset(
    {"NewConnectionError", "ConnectTimeoutError", "ConnectTimeout", "ClientConnectorError", "ConnectionTimeoutError"}
)
"""The transports' own exceptions for "no connection", by name, so that neither of their libraries is imported here."""


def judge(error: BaseException) -> Verdict:
    """What an exception means for the tasks of the request that raised it."""
    if isinstance(error, ClientAuthenticationError):
        return _NOT_AGAIN
    if isinstance(error, DecodeError):
        return Verdict(_READ, in_doubt=True)
    if isinstance(error, HttpResponseError):
        return _judge_status(error.status_code)
    if isinstance(error, ServiceResponseError):
        return Verdict(_READ, in_doubt=True)
    if isinstance(error, ServiceRequestError):
        return _judge_connection(error)
    return Verdict(None, in_doubt=True)


def _judge_status(status: Optional[int]) -> Verdict:
    if status is None or status < 300:
        return Verdict(_READ, in_doubt=True)  # the answer broke off, or is none that the service gives
    if status == 429:
        return Verdict(_STATUS, in_doubt=False)
    if status == 408 or (status >= 500 and status != 501):
        return Verdict(_STATUS, in_doubt=True)
    return _NOT_AGAIN


def _judge_connection(error: ServiceRequestError) -> Verdict:
    """By its name the request never left, but aiohttp's transport also says so when a sent request gets no answer."""
    inner = error.inner_exception
    names = {kind.__name__ for kind in type(inner).__mro__}
    if inner is None or names & _NEVER_CONNECTED:
        return Verdict(_CONNECT, in_doubt=False)
    return Verdict(_CONNECT if "SSLError" in names else _READ, in_doubt=True)


_OF_THE_REQUEST = re.compile("authentication|header|md5|queryparameter|rest_?api|ur[il]|verb|version", re.IGNORECASE)
"""In the service's codes of a bad request: what of it, other than its tasks, is bad."""


def _code_of(error: HttpResponseError) -> str:
    code: Any = getattr(error.model or error.error, "code", None)
    return code if isinstance(code, str) else ""


def _is_about_a_task(error: HttpResponseError) -> bool:
    """Whether a request was refused for what is in its body; without a code it is not the service that says so."""
    code = _code_of(error)
    is_of_the_request = isinstance(error, ClientAuthenticationError) or _OF_THE_REQUEST.search(code) is not None
    return bool(code) and not is_of_the_request


_SAID_WHEN_CLOSED = (CLOSED, "HTTP transport has already been closed", "Session is closed", "Connector is closed")
"""What transports say, in exceptions of several kinds, that were closed just before they were to send."""


def _closed() -> ServiceRequestError:
    return portable(
        ServiceRequestError("The client was closed before the end of the submission, and nothing more was sent.")
    )


def _status_of(error: BaseException) -> Optional[int]:
    return error.status_code if isinstance(error, HttpResponseError) else None


# -- how often and when ------------------------------------------------------------------------------------------------


class Retries(NamedTuple):
    """The retry settings of one submission."""

    total: int = 10
    limits: tuple[int, int, int, int] = (3, 10, 10, 3)
    """The most failed attempts of a task for want of a connection, of an answer, by the service's status, and because
    the answer does not speak of it."""
    backoff: float = 0.8
    longest: float = 120
    fixed: bool = False
    timeout: float = math.inf
    """Seconds after which nothing more is sent."""

    @classmethod
    def take(cls, policy: Any, options: dict[str, Any]) -> Retries:
        """Take the settings out of a call's options; those that are not there are the policy's.

        azure-core's default of three failures by status or for want of an answer suits a single request. A submission
        sends thousands, so these two kinds are bounded by the total, unless they are set to less than that default.
        """
        set_for = policy.configure_retries(options)
        total = set_for["total"]
        usual = RetryPolicy[Any, Any]()
        read = total if set_for["read"] >= usual.read_retries else set_for["read"]
        status = total if set_for["status"] >= usual.status_retries else set_for["status"]
        return cls(
            total=total,
            limits=(set_for["connect"], read, status, min(total, usual.read_retries)),
            backoff=set_for["backoff"],
            longest=set_for["max_backoff"],
            fixed=policy.retry_mode == RetryMode.Fixed,
            timeout=set_for["timeout"],
        )

    def allow(self, failures: list[int]) -> bool:
        """Whether a task may be sent again."""
        return sum(failures) <= self.total and all(count <= most for count, most in zip(failures, self.limits))

    def pause(self, failures: int, jitter: float) -> float:
        """Seconds to wait after so many failures in a row; ``jitter``, from 0 to 1, spreads the clients out.

        The first is short, as with azure-core: most failures are gone by the second attempt.
        """
        factor = 1 / 16 if failures < 2 else 2.0 ** min(failures - 2, 64)
        pause = self.backoff if self.fixed else self.backoff * factor
        return min(self.longest, pause) * (0.5 + jitter / 2)


# -- what is sent ------------------------------------------------------------------------------------------------------


class Entry:
    """One task on its way."""

    __slots__ = ("body", "failures", "id", "index", "last", "ready", "refusal", "since", "task")

    def __init__(self, index: int, task: Task) -> None:
        self.index = index
        self.task = task
        self.id: Any = None
        self.body = b""
        self.failures = [0, 0, 0, 0]
        self.ready = 0.0
        """When it may be sent."""
        self.last: Union[_models.BatchTaskCreateResult, BaseException, None] = None
        """Why it may have been added already: the service's own error, or what an attempt ended with."""
        self.since = math.inf
        """When the first attempt began that may have added it."""
        self.refusal: Optional[_models.BatchTaskCreateResult] = None
        """The service's word, after an attempt in doubt, that it exists."""

    @property
    def given(self) -> Task:
        """The task as the caller gave it, or as it was sent if the caller's object is that of another one by now."""
        if not self.body or _plain_object(self.task).get("id") == self.id:
            return self.task
        sent: dict[str, Any] = json.loads(self.body)
        return _models.BatchTaskCreateOptions.from_wire(sent) if isinstance(self.task, Model) else sent

    def suspect(self, why: Union[_models.BatchTaskCreateResult, BaseException], began: float) -> None:
        """Take note of an attempt that may have added it."""
        self.last = why
        self.since = min(self.since, began)

    def count(self, kind: int) -> None:
        """Take note of a failed attempt."""
        self.failures[kind] += 1


class Chunk:
    """Tasks to be sent in one request."""

    __slots__ = ("began", "entries", "epoch", "is_part")

    def __init__(self, entries: list[Entry], *, is_part: bool = False) -> None:
        self.entries = entries
        self.is_part = is_part
        """Whether it is a part of one that was refused because of some task in it."""
        self.epoch = -1
        """How many pauses there had been when it was handed out."""
        self.began = math.inf
        """When it was handed out."""

    @property
    def body(self) -> bytes:
        """The request's body."""
        return _HEAD + b",".join([entry.body for entry in self.entries]) + _TAIL


class Lookup:
    """A task that exists and may be ours, from an attempt that ended in doubt: to be read, and compared."""

    __slots__ = ("began", "entries", "epoch")

    def __init__(self, entry: Entry) -> None:
        self.entries = [entry]
        self.epoch = -1
        self.began = math.inf


Work = Union[Chunk, Lookup]


class Found(NamedTuple):
    """What a lookup gives."""

    task: _models.BatchTask
    headers: Mapping[str, str]
    """Of the answer; they tell the service's time."""


def _plain_object(task: object) -> Mapping[str, Any]:
    """The JSON object of a task; reading from it is several times faster than from the model."""
    if isinstance(task, _models.BatchTaskCreateOptions):
        return task._data
    if isinstance(task, Mapping) and not isinstance(task, Model):
        return cast("Mapping[str, Any]", task)
    raise TypeError(f"expected a BatchTaskCreateOptions or its JSON, got {type(task).__name__}")


def _results_of(answer: _models.BatchCreateTaskCollectionResult) -> list[_models.BatchTaskCreateResult]:
    """The results in an answer that may be of any shape."""
    found: Any = answer.result_values
    return [one for one in found if isinstance(one, _models.BatchTaskCreateResult)] if is_list(found) else []


def _name_in(result: Optional[_models.BatchTaskCreateResult]) -> str:
    return str(result._data.get("taskId")).lower() if result is not None else ""


def _result_for(task: dict[str, Any]) -> _models.BatchTaskCreateResult:
    """What the service would have answered to the request that added this task."""
    result = {"status": "success", "taskId": task["id"]}
    for name, source in (("eTag", "eTag"), ("lastModified", "lastModified"), ("location", "url")):
        if source in task:
            result[name] = task[source]
    return _models.BatchTaskCreateResult.from_wire(result)


def _created(task: dict[str, Any]) -> Optional[datetime]:
    try:
        return decode_datetime(task.get("creationTime"))
    except (TypeError, ValueError):
        return None


def _status_in(result: _models.BatchTaskCreateResult) -> str:
    return str(result._data.get("status")).lower()


def _key(task_id: Any) -> str:
    """What the id of a task is known by; a task without one has an answer with an empty one."""
    return str(task_id or "").lower()


def _pairs(
    entries: list[Entry], results: list[_models.BatchTaskCreateResult]
) -> Iterator[tuple[Entry, Optional[_models.BatchTaskCreateResult]]]:
    """Each task with its result, which the service may give in any order.

    None for a task that it passes over, or of which it says more than one thing.
    """
    if [one._data.get("taskId") for one in results] == [entry.id for entry in entries]:
        yield from zip(entries, results)
        return
    named: dict[str, deque[_models.BatchTaskCreateResult]] = {}
    for one in results:
        named.setdefault(_key(one._data.get("taskId")), deque()).append(one)
    sent = Counter(_key(entry.id) for entry in entries)
    for name, own in named.items():
        if len(own) > sent[name] and len({*map(_status_in, own)}) > 1:
            own.clear()
    for entry in entries:
        left = named.get(_key(entry.id))
        yield entry, left.popleft() if left else None


# -- the submission ----------------------------------------------------------------------------------------------------


class Submission:
    """One bulk submission as a plan: :meth:`next` says what to do, :meth:`digest` takes what came of it.

    :param tasks: Read as they are sent.
    :param is_closed: Tells whether the client was closed, so that nothing can be sent any more.
    :param clock: Gives seconds; ``jitter`` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        tasks: Iterable[Task],
        *,
        retries: Retries,
        on_exists: OnExists = "error",
        is_closed: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._tasks = tasks
        self._iterator = iter(tasks)
        self._numbered = enumerate(self._iterator)
        self._exhausted = False
        self._retries = retries
        self._on_exists = on_exists
        self._is_closed = is_closed
        self._clock = clock
        self._jitter = jitter
        self._deadline = clock() + retries.timeout
        self._not_before = -math.inf
        self._epoch = 0
        self._row = 0
        """How often in a row all that was sent has to be sent again."""
        self._streak = [0, 0, 0, 0]
        """How many requests have failed in a row, by kind, which says nothing of a task that the service cannot add."""
        self._most = MOST_BYTES
        self._sent = False
        self._accepted = False
        self._refusals: deque[str] = deque(maxlen=_MOST_REFUSALS)
        """The codes of requests with one task that were refused before any request was accepted."""
        self._stopped: Optional[BaseException] = None
        self._input_failed = False
        self._unreadable = False
        self._report: Optional[Exception] = None
        # Tasks by their place in the input: the one that was just read, those that are not settled, and the settled
        # ones. Which of the open ones wait and which are in flight is told apart below; a task that Ctrl-C leaves in
        # neither was not sent.
        self._fresh: dict[int, Task] = {}
        self._open: dict[int, Entry] = {}
        self._results: list[Optional[_models.BatchTaskCreateResult]] = []
        self._rejected: dict[int, _models.BatchTaskCreateResult] = {}
        self._unknown: dict[int, tuple[Task, BaseException]] = {}
        self._unsent: dict[int, Task] = {}
        self._not_sent_for: list[Exception] = []
        self._claims: dict[int, _models.BatchTaskCreateResult] = {}
        """The refusals of those that count as added because what exists is as they are."""
        self._unread: list[Task] = []
        self._waiting: list[Entry] = []
        self._parts: deque[list[Entry]] = deque()
        """Of chunks that were refused for a task in them: they wait, too, but are not to be packed with other tasks."""
        self._lookups: deque[Lookup] = deque()
        self._in_flight: set[Work] = set()

    # -- what to do next ----------------------------------------------------------------------------------------------

    def next(self) -> Union[Work, float, None]:
        """What to send now, or how many seconds to wait for an answer before asking again; None when it is over."""
        if self._stopped is None:
            now = self._clock()
            if now < self._not_before:
                return self._wait_until(self._not_before, now)
            work = self._find(now)
            if work is not None:
                if self._can_go_on(now):
                    return self._hand_out(work, now)
                self._put_back(work)
            elif self._waiting and self._stopped is None:
                return self._wait_until(min(entry.ready for entry in self._waiting), now)
        return math.inf if self._in_flight else None

    def is_last(self, work: Work) -> bool:
        """Whether nothing else can be done beside a piece of work that was just handed out."""
        exhausted = self._exhausted or length_hint(self._iterator, 1) == 0
        others = self._waiting or self._lookups or self._parts
        return exhausted and not others and self._in_flight == {work}

    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._deadline - self._clock())

    @property
    def progress(self) -> tuple[int, Optional[int]]:
        """How many tasks are settled, and how many there are, None if the input does not say."""
        tasks: Any = self._tasks
        return len(self._results) - len(self._open), len(tasks) if hasattr(tasks, "__len__") else None

    def _hand_out(self, work: Work, now: float) -> Work:
        work.epoch = self._epoch
        work.began = now
        self._in_flight.add(work)
        self._sent = True
        return work

    def _wait_until(self, moment: float, now: float) -> Optional[float]:
        if self._can_go_on(moment):
            return moment - now
        return math.inf if self._in_flight else None

    def _can_go_on(self, moment: float) -> bool:
        """Whether something can be sent at that time; if not, the submission ends."""
        if self._is_closed():
            self._stopped = _closed()
        elif moment >= self._deadline:
            text = f"The submission took longer than {self._retries.timeout} seconds."
            self._stopped = portable(ServiceRequestTimeoutError(text))
        return self._stopped is None

    def _find(self, now: float) -> Optional[Work]:
        if self._lookups:
            return self._lookups.popleft()
        if self._parts:  # before anything else is read: there are never more of them than the requests at once had
            return Chunk(self._parts.popleft(), is_part=True)
        try:
            entries = self._pack(now)
        except Exception as error:  # of the caller's iterator, or for a task that is none
            self._stopped = error
            self._input_failed = True
            return None
        return Chunk(entries) if entries else None

    def _pack(self, now: float) -> list[Entry]:
        """The tasks of the next chunk: first those that wait to be sent again, then those that were not read yet."""
        ready = deque(entry for entry in self._waiting if entry.ready <= now)
        self._waiting = [entry for entry in self._waiting if entry.ready > now]
        chosen: list[Entry] = []
        size = len(_HEAD) + len(_TAIL) - 1
        try:
            while len(chosen) < MOST_TASKS:
                entry = ready.popleft() if ready else self._read()
                if entry is None:
                    break
                size += len(entry.body) + 1
                if chosen and size > self._most:
                    ready.appendleft(entry)
                    break
                chosen.append(entry)
        finally:
            self._wait(ready)
        return chosen

    def _read(self) -> Optional[Entry]:
        """The next task of the input; None if there is none, or enough tasks wait already."""
        if self._exhausted or len(self._waiting) >= _MOST_WAITING:
            return None
        try:
            self._fresh.update(islice(self._numbered, 1))  # in one step of the interpreter
        except Exception:
            self._unreadable = True
            raise
        if not self._fresh:
            self._exhausted = True
            return None
        ((index, task),) = self._fresh.items()
        entry = self._open[index] = Entry(index, task)
        self._results.append(None)
        self._fresh.clear()
        try:
            entry.id = _plain_object(task).get("id")
            entry.body = _content(task)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"task_collection[{index}]: {error}") from None
        return entry

    def _wait(self, entries: Iterable[Entry]) -> None:
        self._waiting += entries
        self._waiting.sort(key=attrgetter("index"))

    def _put_back(self, work: Work) -> None:
        if not work.entries:
            return
        if isinstance(work, Lookup):
            self._lookups.append(work)
        elif work.is_part:
            self._parts.appendleft(work.entries)
        else:
            self._wait(work.entries)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def digest(self, work: Work, answer: Any, error: Optional[BaseException] = None) -> None:
        """Take the answer to a piece of work, or the exception that it raised."""
        if error is not None and not isinstance(error, Exception):
            raise error
        if error is not None:
            self._failed(work, error)
        elif isinstance(work, Chunk):
            self._answered(work, _results_of(answer))
        else:
            self._found(work, answer)
        self._in_flight.discard(work)

    def _failed(self, work: Work, error: Exception) -> None:
        is_cut_off = self._is_closed() and not isinstance(error, HttpResponseError)
        if is_cut_off and str(error).startswith(_SAID_WHEN_CLOSED):
            error = _closed()
        status = _status_of(error)
        if isinstance(work, Lookup) and status == 404:
            self._doubt(work.entries[0], error)
            return
        if isinstance(work, Chunk) and isinstance(error, HttpResponseError):
            if status == 413:
                self._too_large(work, error)
                return
            if status == 400 and _is_about_a_task(error):
                self._refused(work, error)
                return
        verdict = judge(error)
        for entry in work.entries:
            if verdict.in_doubt:
                entry.suspect(error, work.began)
            if verdict.kind is not None:
                entry.count(verdict.kind)
        if verdict.kind is None or self._is_down(work, verdict.kind):
            self._stopped = self._stopped or (_closed() if is_cut_off else error)
        else:
            self._give_up_spent(work, error)
        self._put_back(work)
        self._slow_down(work, asked_pause(getattr(error, "response", None)))

    def _is_down(self, work: Work, kind: int) -> bool:
        """Whether so many requests have failed in a row that it is of no use to send any other."""
        if work.epoch == self._epoch:
            self._streak[kind] += 1
        return not self._retries.allow(self._streak)

    def _give_up_spent(self, work: Work, error: Exception) -> None:
        """Settle those tasks of a failed request that have failed too often; the others go on without them."""
        left = [entry for entry in work.entries if self._retries.allow(entry.failures)]
        for entry in work.entries:
            if not self._retries.allow(entry.failures):
                if entry.last is None:
                    self._not_sent_for.append(error)
                self._settle(entry, error)
        work.entries = left

    def _slow_down(self, work: Work, asked: Optional[float] = None) -> None:
        """Pause everything after a failed request: longer with each one in a row, or as long as the service asks.

        Requests that were on their way together fail together; they are one failure.
        """
        now, jitter = self._clock(), self._jitter()
        if work.epoch == self._epoch:
            self._epoch += 1
            self._row += 1
            if asked is None:
                self._not_before = max(self._not_before, now + self._retries.pause(self._row, jitter))
        if asked is not None:
            self._not_before = max(self._not_before, now + asked + jitter * min(1.0, self._retries.backoff))

    def _too_large(self, chunk: Chunk, error: HttpResponseError) -> None:
        """Have the tasks of a chunk that was too large sent in smaller ones, or reject the one task in it."""
        if len(chunk.entries) == 1:
            self._reject_for(chunk.entries[0], error, "RequestBodyTooLarge")
            return
        self._most = min(self._most, len(chunk.body) // 2)
        if chunk.is_part:
            self._halve(chunk)
        else:
            self._wait(chunk.entries)

    def _refused(self, chunk: Chunk, error: HttpResponseError) -> None:
        """Have the tasks of a chunk that was refused for one of them sent in halves, or reject the one task in it.

        If the first tasks are all refused for the same reason, and nothing was ever accepted, it is not due to them.
        """
        if len(chunk.entries) > 1:
            self._halve(chunk)
            return
        code = _code_of(error)
        self._reject_for(chunk.entries[0], error, code)
        if not self._accepted:
            self._refusals.append(code)
            if self._refusals.count(code) == self._refusals.maxlen:
                self._stopped = self._stopped or error
            self._parts.rotate()  # what is last is large, and tells soonest whether anything is accepted

    def _halve(self, chunk: Chunk) -> None:
        middle = len(chunk.entries) // 2
        self._parts.extendleft([chunk.entries[middle:], chunk.entries[:middle]])

    def _reject_for(self, entry: Entry, error: HttpResponseError, code: str) -> None:
        """Reject a task for which a request with no other was refused."""
        reason: Any = error.model or {"code": code, "message": {"value": error.message}}
        status = _models.BatchTaskAddStatus.CLIENT_ERROR
        self._reject(entry, _models.BatchTaskCreateResult(status=status, task_id=entry.id, error=reason))

    def _answered(self, chunk: Chunk, results: list[_models.BatchTaskCreateResult]) -> None:
        self._most = min(MOST_BYTES, self._most + _REGROWTH)
        self._accepted = True
        again: list[Entry] = []
        for entry, result in _pairs(chunk.entries, results):
            if not self._settled(entry, result, chunk.began):
                again.append(entry)
        self._streak = [0, 0, 0, 0]
        if len(again) == len(chunk.entries):
            self._slow_down(chunk)
        elif chunk.epoch == self._epoch:
            self._row = 0
        if again:
            worst = max(sum(entry.failures) for entry in again)
            ready = self._clock() + self._retries.pause(worst, self._jitter())
            for entry in again:
                entry.ready = ready
            self._wait(again)

    def _settled(self, entry: Entry, result: Optional[_models.BatchTaskCreateResult], began: float) -> bool:
        """Whether a task need not be sent again after the service's result for it."""
        status = _status_in(result) if result is not None else ""
        if result is None or status not in _STATUSES:
            silence = portable(DecodeError(f"The service's answer does not say what became of task {entry.id!r}."))
            entry.suspect(silence, began)
            entry.count(_SILENT)
            return self._spent(entry)
        if status == "success":
            self._add(entry, result)
        elif status == "servererror":
            entry.suspect(result, began)
            entry.count(_STATUS)
            return self._spent(entry)
        elif not _exists_already(result):
            self._reject(entry, result)
        elif self._on_exists == "ok":
            self._add(entry, result)
        elif entry.last is None:
            self._reject(entry, result)
        else:
            entry.failures = [0, 0, 0, 0]
            entry.refusal = result
            self._lookups.append(Lookup(entry))
        return True

    def _spent(self, entry: Entry) -> bool:
        """Settle a task that has failed too often."""
        if self._retries.allow(entry.failures):
            return False
        self._settle(entry)
        return True

    def _found(self, lookup: Lookup, found: Found) -> None:
        """Whether the task that exists is the one of the attempt in doubt: it is as it was sent, and no older."""
        entry, task = lookup.entries[0], found.task._data
        if not {"id", "commandLine"} <= task.keys():
            self._failed(lookup, portable(DecodeError("The service's answer is not a task.")))
            return
        self._streak = [0, 0, 0, 0]
        if lookup.epoch == self._epoch:
            self._row = 0
        refusal = cast("_models.BatchTaskCreateResult", entry.refusal)
        wanted = json.loads(entry.body)  # the caller's own object may be another one by now
        if task["id"] != entry.id or differences(wanted, task, _models.BatchTaskCreateOptions):
            self._reject(entry, refusal)
            return
        created = _created(task)
        if created is None:
            self._doubt(entry, portable(DecodeError(f"The service does not say when task {entry.id!r} was created.")))
        elif created < time_by_service(found.headers, self._clock() - entry.since):
            self._reject(entry, refusal)
        else:
            self._claims[entry.index] = refusal
            self._add(entry, _result_for(task))

    def _reject_second_claims(self) -> None:
        """Reject those tasks that were read and taken for added, although another task of their id was.

        One look at all results finds them out in the end, so that nothing is kept of those that were not read.
        """
        named: dict[str, list[int]] = {}
        for index in self._claims:
            named[_name_in(self._results[index])] = []
        for index, result in enumerate(self._results if named else ()):
            same = named.get(_name_in(result))
            if same is not None and result is not None:
                same.append(index)
        for same in named.values():
            claimed = [index for index in same if index in self._claims]
            for index in claimed if len(claimed) < len(same) else claimed[1:]:
                self._rejected[index] = self._claims[index]
                self._results[index] = None

    # -- the end ------------------------------------------------------------------------------------------------------

    def result(self) -> _models.BatchCreateTaskCollectionResult:
        """The service's results in the order of the input, if every task was added; else CreateTasksError."""
        self._reject_second_claims()
        stopped = self._stopped
        if stopped is not None and self._input_failed and not self._sent:
            self._report = cast(Exception, stopped)  # the caller's own, and there is nothing to account for
            raise self._report
        if stopped is not None or self._rejected or self._unknown or self._unsent or self._open:
            self._report = self._account()
            raise self._report from stopped
        results = cast("list[_models.BatchTaskCreateResult]", self._results)
        return _models.BatchCreateTaskCollectionResult.from_wire({"value": results})

    def end(self, error: BaseException) -> NoReturn:
        """Raise what ended a call, with what became of the tasks: as CreateTasksError, or as the cause of another."""
        if error is not self._report:
            report = self._abandoned(error)
            if isinstance(error, Exception):
                raise report from error
            if error.__cause__ is None:
                error.__cause__ = report
        raise error

    def _abandoned(self, error: BaseException) -> _models.CreateTasksError:
        self._stopped = error
        for work in self._in_flight:
            for entry in work.entries:
                if not self._is_settled(entry.index):
                    self._doubt(entry, error)
        return self._account()

    def _account(self) -> _models.CreateTasksError:
        self._reject_second_claims()
        for entry in list(self._open.values()):
            if not self._is_settled(entry.index):
                self._settle(entry)
        for index in self._fresh.keys() - self._open.keys() - self._unsent.keys():
            self._unsent[index] = self._fresh[index]
        pending = {**self._unsent, **{index: task for index, (task, _) in self._unknown.items()}}
        broken = self._read_rest() if self._stopped is not None else []
        unknown = [self._unknown[index] for index in sorted(self._unknown)]
        stopped = [self._stopped] if self._stopped is not None else []
        reasons = {id(error): error for error in (*(error for _, error in unknown), *self._not_sent_for)}
        reasons.pop(id(self._stopped), None)
        return _models.CreateTasksError(
            pending_tasks=[pending[index] for index in sorted(pending)] + self._unread,
            failure_tasks=[self._rejected[index] for index in sorted(self._rejected)],
            errors=[*reasons.values(), *broken, *stopped],
            succeeded=[result for result in self._results if result is not None],
            unknown=unknown,
        )

    def _read_rest(self) -> list[Exception]:
        """Take what a collection still holds; gives the error if it cannot be read to its end."""
        if not self._unreadable and isinstance(self._tasks, Collection):
            try:
                self._unread += self._iterator
            except Exception as error:
                self._unreadable = True
                return [error]
        return []

    def _is_settled(self, index: int) -> bool:
        if index in self._rejected or index in self._unknown or index in self._unsent:
            return True
        return index < len(self._results) and self._results[index] is not None

    # -- where a task ends: each of these takes it from the open ones --------------------------------------------------

    def _add(self, entry: Entry, result: _models.BatchTaskCreateResult) -> None:
        self._results[entry.index] = result
        del self._open[entry.index]

    def _reject(self, entry: Entry, result: _models.BatchTaskCreateResult) -> None:
        self._rejected[entry.index] = result
        del self._open[entry.index]

    def _doubt(self, entry: Entry, error: BaseException) -> None:
        self._unknown[entry.index] = (entry.given, error)
        del self._open[entry.index]

    def _settle(self, entry: Entry, why: Optional[BaseException] = None) -> None:
        """Give up a task: by the service's last word on it, else in doubt, else as never sent."""
        last = entry.last
        if isinstance(last, BaseException):
            self._doubt(entry, last)
        elif entry.refusal is not None:
            self._doubt(entry, cast(BaseException, why or self._stopped))
        elif last is not None:
            self._reject(entry, last)
        else:
            self._unsent[entry.index] = entry.given
            del self._open[entry.index]


_STATUSES = frozenset({"success", "clienterror", "servererror"})


def _exists_already(result: _models.BatchTaskCreateResult) -> bool:
    error: Any = result.error  # of any shape, if the service is not itself
    return isinstance(error, Model) and error._data.get("code") == "TaskExists"
