"""Bulk submission at work: one call of ``create_tasks``, and the loop of the synchronous client.

What is sent, and what an answer means, is decided in ``_submission``. The loop runs in the calling thread, which alone
reads the caller's iterable and touches the plan; other threads only make calls.
"""

from __future__ import annotations

import contextvars
import math
import queue
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from azure.core.pipeline.policies import RetryPolicy

from ._operations._tasks import TaskOperationsMixin
from ._progress import OnExists, ProgressHook, call_hook, check_hook, check_number
from ._submission import Chunk, Found, Lookup, Retries, Submission, Work

if TYPE_CHECKING:
    from ._client import ClientBase


_ADD: Any = vars(TaskOperationsMixin)["create_task_collection"]
"""How the request is declared that each chunk is sent with."""


class BulkCall:
    """One call of ``create_tasks``, checked: what the loops of the two clients share.

    :param client: Either client; :meth:`send` gives what its operations give, a result or a coroutine.
    """

    def __init__(
        self,
        client: ClientBase,
        job_id: str,
        tasks: Any,
        *,
        max_concurrency: Optional[int],
        service_timeout: Optional[int],
        ocp_date: Optional[datetime],
        progress_hook: Optional[ProgressHook],
        on_exists: OnExists,
        options: dict[str, Any],
    ) -> None:
        client._check_options(options)
        self._common: dict[str, Any] = {"service_timeout": service_timeout, "ocp_date": ocp_date}
        # What no request can be made of is refused before anything of the input is read.
        client._render(_ADD.describe(client, job_id, {}, **self._common, **options))
        kind = type(tasks).__name__
        if isinstance(tasks, (str, bytes, Mapping)) or not hasattr(tasks, "__iter__"):
            raise TypeError(f"task_collection: expected an iterable of tasks, got {kind}")
        if on_exists not in ("error", "ok"):
            raise ValueError(f"on_exists: expected 'error' or 'ok', got {on_exists!r}")
        if max_concurrency is not None:
            check_number("max_concurrency", max_concurrency, least=0)
        check_hook(progress_hook, asynchronous=client._asynchronous)
        self._hook = progress_hook
        self._reported = 0
        self._client: Any = client
        self._job_id = job_id
        self._options = options
        self._cls: Optional[Callable[..., Any]] = options.pop("cls", None)
        options.pop("stream", None)  # the answers are read here
        policy: Any = client._retries
        self._retries_inside = policy is not None
        self.most_at_once = max(1, max_concurrency or 1)
        bounds = {name: options[name] for name in ("read_timeout",) if name in options}
        retries = Retries.take(policy or RetryPolicy[Any, Any](), options)
        options.pop("read_timeout", None)  # the policy has put one there for the whole of the submission
        options.update(bounds)
        self.submission = Submission(tasks, retries=retries, on_exists=on_exists, is_closed=client._closed.is_set)

    def send(self, work: Work) -> Any:
        """Make the call for a piece of work."""
        options = {**self._options, **self._common}
        if self._retries_inside:
            options["retry_total"] = 0
            options["timeout"] = max(self.submission.left(), 0.001)
        if isinstance(work, Lookup):
            return self._client.get_task(self._job_id, work.entries[0].id, cls=_found, **options)
        if self._cls is not None:
            options["cls"] = self._observe
        return self._client.create_task_collection(self._job_id, work.body, **options)

    def report(self) -> Any:
        """Tell the caller's hook of tasks that were settled; gives what is still to be awaited, or None."""
        current, total = self.submission.progress
        if self._hook is None or current == self._reported:
            return None
        self._reported = current
        return call_hook(self._hook, current, total, asynchronous=self._client._asynchronous)

    def _observe(self, outcome: Any, result: Any, headers: Any) -> Any:
        cast(Callable[..., Any], self._cls)(outcome, result, headers)
        return result


def _found(outcome: Any, task: Any, headers: Any) -> Found:
    return Found(task, outcome.http_response.headers)


# -- the synchronous loop ----------------------------------------------------------------------------------------------

_Outcome = tuple[Work, Any, Optional[BaseException]]


class _Workers:
    """Threads that make calls, started as they are needed; each works until there is nothing more to do.

    They are daemons: a program that was interrupted ends without waiting for answers that nobody reads.
    """

    def __init__(self, send: Callable[[Work], Any], most: int) -> None:
        self._send = send
        self._most = most
        self._todo: queue.SimpleQueue[Optional[Work]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0

    @property
    def all_busy(self) -> bool:
        return self._busy == self._most

    def start(self, work: Work) -> bool:
        """Have a piece of work done by a thread; False if no thread is free, and the system does not give another."""
        if self._busy == len(self._threads):
            run = contextvars.copy_context().run  # spans of the calls belong to the caller's
            thread = threading.Thread(target=run, args=(self._work,), name="azure-batch-create-tasks", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._threads.append(thread)
        self._busy += 1
        self._todo.put(work)
        return True

    def wait(self, seconds: float) -> Optional[_Outcome]:
        """The next outcome; None if there is none in time."""
        if not self._busy:
            time.sleep(seconds)
            return None
        try:
            outcome = self._done.get(timeout=min(seconds, 1))  # in short turns, for Ctrl-C to be seen on Windows
        except queue.Empty:
            if not all(thread.is_alive() for thread in self._threads):
                raise RuntimeError("A thread of the submission has died.") from None
            return None
        self._busy -= 1
        return outcome

    def stop(self) -> None:
        """Let the threads end after the call that they are in; what none has begun is left undone."""
        with suppress(queue.Empty):
            while True:
                self._todo.get_nowait()
        for _ in self._threads:
            self._todo.put(None)

    def _work(self) -> None:
        while True:
            work = self._todo.get()
            if work is None:
                return
            self._done.put(_outcome(self._send, work, BaseException))


def _outcome(send: Callable[[Work], Any], work: Work, caught: type[BaseException]) -> _Outcome:
    try:
        return work, send(work), None
    except caught as error:
        return work, None, error


def submit(call: BulkCall) -> None:
    plan, workers = call.submission, _Workers(call.send, call.most_at_once)
    try:
        while True:
            outcome: Optional[_Outcome] = None
            if workers.all_busy:
                outcome = workers.wait(math.inf)
            else:
                step = plan.next()
                if step is None:
                    return
                if not isinstance(step, (Chunk, Lookup)):
                    outcome = workers.wait(step)
                elif call.most_at_once == 1 or plan.is_last(step) or not workers.start(step):
                    outcome = _outcome(call.send, step, Exception)  # no thread for what runs alone
            if outcome is not None:
                plan.digest(*outcome)
                call.report()
    finally:
        workers.stop()
