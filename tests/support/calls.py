"""Calling any operation of either client, and looking at what it sends."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

from azure.batch import BatchClient
from azure.batch._helpers import HelpersMixin
from azure.batch.models import CreateTasksError
from conftest import settled

from .clients import memory_client
from .memory import Answer

OPERATIONS = [
    name
    for name in dir(BatchClient)
    if not name.startswith("_") and name not in ("close", "send_request") and not hasattr(HelpersMixin, name)
]
"""What sends a request; helpers are made of these."""

TASK = {"id": "t", "commandLine": "true"}


class SentError(Exception):
    """Raised in place of an answer: the request has been seen, and that is enough."""


class Recorder:
    """Keeps each request, and answers it or raises SentError."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Any] = []

    def __call__(self, request: Any) -> Answer:
        self.requests.append(request)
        if not self.answers:
            raise SentError
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def request(self) -> Any:
        """The only request."""
        assert len(self.requests) == 1
        return self.requests[0]

    @property
    def path(self) -> str:
        path: str = urlsplit(self.request.url).path
        return path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.request.url).query, keep_blank_values=True, strict_parsing=True)


def positional(operation: str) -> list[str]:
    """The names of the arguments that an operation must be given: ids first, then a body."""
    parameters = list(inspect.signature(getattr(BatchClient, operation)).parameters.values())[1:]
    return [one.name for one in parameters if one.kind is not one.VAR_KEYWORD and one.default is one.empty]


def is_id(argument: str) -> bool:
    return argument.endswith(("_id", "_name", "_path"))


def keywords(operation: str) -> set[str]:
    """The names of the keywords that an operation declares."""
    parameters = inspect.signature(getattr(BatchClient, operation)).parameters.values()
    return {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}


def arguments(operation: str, **values: Any) -> list[Any]:
    """Arguments for an operation: of these values the ones it has, and plain ones for the others."""
    plain = {"task_collection": [TASK] if operation == "create_tasks" else {"value": [TASK]}}
    return [values.get(name, plain.get(name, name if is_id(name) else {})) for name in positional(operation)]


async def drive(client: Any, operation: str, *args: Any, **kwargs: Any) -> Any:
    """Call an operation of either client, read what it gives if it is a list, await it if it must be awaited."""
    found = getattr(client, operation)(*args, **kwargs)
    if hasattr(found, "by_page"):
        return [one async for one in found] if hasattr(found, "__anext__") else list(found)
    return await settled(found)


async def sent(
    asynchronous: bool, operation: str, *args: Any, settings: Optional[dict[str, Any]] = None, **kwargs: Any
) -> Recorder:
    """What an operation sends first."""
    recorder = Recorder()
    async with memory_client(recorder, asynchronous, **(settings or {})) as client:
        with suppress(SentError, CreateTasksError):
            await drive(client, operation, *args, **kwargs)
    return recorder
