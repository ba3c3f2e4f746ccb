"""Plans of bulk submissions, and a service that answers them as a test says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Callable, Optional

import pytest
from azure.core.exceptions import (
    HttpResponseError,
)

from azure.batch import models
from azure.batch._submission import Chunk, Found, Lookup, Retries, Submission

QUICK = Retries(backoff=0)
Reply = Callable[[Any], Any]


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tasks(count: int, size: int = 10) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "commandLine": "x" * size} for number in range(count)]


class Counted:
    """An iterator over so many tasks, which counts those that were read of it."""

    def __init__(self, count: int) -> None:
        self._tasks = iter(tasks(count))
        self.read = 0

    def __iter__(self) -> Counted:
        return self

    def __next__(self) -> dict[str, Any]:
        task = next(self._tasks)
        self.read += 1
        return task


def refused(status: int, code: str = "", **headers: str) -> HttpResponseError:
    error = HttpResponseError(message=f"({code})", model=models.BatchError(code=code))
    error.status_code = status
    response: Any = SimpleNamespace(headers={name.replace("_", "-"): value for name, value in headers.items()})
    error.response = response  # of which only the headers are read
    return error


def chunk_of(plan: Submission) -> Chunk:
    step = plan.next()
    assert isinstance(step, Chunk)
    return step


def sent(chunk: Any) -> list[dict[str, Any]]:
    """The tasks of a chunk, as the service reads them."""
    found: list[dict[str, Any]] = json.loads(chunk.body)["value"]
    return found


def item(task: dict[str, Any], status: str = "success", code: str = "") -> dict[str, Any]:
    error = {"error": {"code": code, "message": {"lang": "en", "value": "No."}}} if code else {}
    return {"status": status, "taskId": task["id"], **error}


def answer(items: Iterable[Any]) -> models.BatchCreateTaskCollectionResult:
    return models.BatchCreateTaskCollectionResult.from_wire({"value": list(items)})


def accept(chunk: Chunk) -> models.BatchCreateTaskCollectionResult:
    return answer(item(task) for task in sent(chunk))


def reply_to(plan: Submission, work: Any, reply: Any) -> None:
    if isinstance(reply, BaseException):
        plan.digest(work, None, reply)
    else:
        plan.digest(work, reply)


def run(plan: Submission, clock: Clock, service: Reply) -> list[Any]:
    """Do what the plan says, one after the other; gives the work that was handed out."""
    done: list[Any] = []
    while True:
        step = plan.next()
        if step is None:
            return done
        if isinstance(step, (Chunk, Lookup)):
            done.append(step)
            reply_to(plan, step, service(step))
        else:
            assert step < math.inf, "waits for an answer, with nothing on its way"
            clock.now += step


def plan_for(given: Iterable[Any], clock: Optional[Clock] = None, **options: Any) -> Submission:
    options = {"retries": QUICK, "clock": clock or Clock(), "jitter": lambda: 1.0, **options}
    return Submission(given, **options)


def failure(plan: Submission) -> models.CreateTasksError:
    with pytest.raises(models.CreateTasksError) as caught:
        plan.result()
    return caught.value


def ids(given: Iterable[Any]) -> list[str]:
    return [one["taskId"] if "taskId" in one else one["id"] for one in given]


def exists(chunk: Chunk) -> models.BatchCreateTaskCollectionResult:
    return answer(item(task, "clienterror", "TaskExists") for task in sent(chunk))


NOON = "2025-01-02T12:00:00.1234567Z"
AT_NOON = {"Date": "Thu, 02 Jan 2025 12:00:00 GMT"}


def existing(task: dict[str, Any], **more: Any) -> Found:
    """What a read of a task gives, which the service added just now."""
    own = {"url": f"https://a/{task['id']}", "eTag": "0x1", "lastModified": NOON, "creationTime": NOON}
    return Found(models.BatchTask.from_wire({**task, **own, **more}), AT_NOON)
