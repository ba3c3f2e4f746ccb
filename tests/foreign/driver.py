"""A client in a process of its own that carries out one operation after the other, and what the emulator saw of it.

The programs read one request a line and write one answer a line, so that what is asked and what is expected is written
here once, whatever language they are in.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Callable, Optional
from urllib.parse import unquote

from azure.batch.emulator import BatchEmulator
from azure.batch.emulator._routes import ROUTES, find
from compat.samples import operations
from support.processes import variables_of
from support.waiting import PATIENCE

__all__ = ["Driver", "Refused", "seen"]

_IDS = {route.operation: re.findall(r"{(\w+)}", route.path) for route in ROUTES}
_FACTS = {name.removesuffix("_internal").removeprefix("_"): fact for name, fact in operations().items()}
_LOG = logging.getLogger("azure.batch.emulator.requests")


class Refused(Exception):
    """What a client told of an operation that failed."""

    def __init__(self, status: int, code: Optional[str], message: str) -> None:
        super().__init__(f"{status} ({code}) {message}")
        self.status = status
        self.code = code
        self.message = message


class _Requests(logging.Handler):
    """Every request to the emulators of this process, as operation, API version and status."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        arguments: Any = record.args
        method, target, status = arguments
        path, _, query = target.partition("?")
        version = re.search("api-version=([^&]*)", query)
        operation = find(method, path)[0].operation
        self.all.append((operation, unquote(version.group(1)) if version else "", status))


class Driver:
    """Has one client do what it is told."""

    def __init__(
        self, command: Sequence[str], emulator: BatchEmulator, environment: Mapping[str, str], log: Path
    ) -> None:
        """
        :param command: What starts the client's program.
        :param emulator: The account, which runs.
        :param environment: What the program needs besides.
        :param log: Where the program's standard error goes.
        """
        self._log = log
        self._requests = _Requests()
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **environment, **variables_of(emulator)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
            )
        try:
            hello = self._read()
        except BaseException:
            self._process.communicate()
            raise
        self.version: str = hello["version"]
        self.operations = frozenset(_FACTS).intersection(hello["operations"])
        """What the client has a method or a command for."""

    def __enter__(self) -> Driver:
        self._level = _LOG.level
        _LOG.addHandler(self._requests)
        _LOG.setLevel(logging.DEBUG)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        _LOG.setLevel(self._level)
        _LOG.removeHandler(self._requests)
        with self._process:
            with contextlib.suppress(BrokenPipeError):  # it has ended already, and that was told
                self._pipe(self._process.stdin).close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()

    @staticmethod
    def _pipe(pipe: Optional[IO[str]]) -> IO[str]:
        assert pipe is not None
        return pipe

    def _read(self) -> Any:
        line = self._pipe(self._process.stdout).readline()
        assert line, f"The client ended:\n{self._log.read_text('utf-8')}"
        return json.loads(line)

    @property
    def exercised(self) -> frozenset[str]:
        """The operations that were answered with success."""
        return frozenset(
            operation for operation, _, status in self._requests.all if status == _FACTS[operation]["success"]
        )

    @property
    def api_versions(self) -> frozenset[str]:
        """The API versions that the client asked for."""
        return frozenset(version for _, version, _ in self._requests.all)

    def has(self, operation: str) -> bool:
        """Whether the client has a method or a command for an operation."""
        return operation in self.operations

    def attempt(self, operation: str, *ids: str, body: Any = None, wait: bool = True, **options: Any) -> Any:
        """Carry out an operation, and give its answer, or the :class:`Refused` that it came to.

        :param operation: The operation.
        :param ids: The ids in its path.
        :param body: Its body, if it has one.
        :param wait: Whether a client that can wait for the end of what it began does.
        :param options: Query parameters and headers.
        :return: Documents as JSON has them, files as text.
        """
        request = {
            "operation": operation,
            "ids": dict(zip(_IDS[operation], ids)),
            "model": _FACTS[operation].get("body"),
            "body": body,
            "options": options,
            "waits": wait,
        }
        before = len(self._requests.all)
        stdin = self._pipe(self._process.stdin)
        stdin.write(f"{json.dumps(request)}\n")
        stdin.flush()
        reply = self._read()
        if "answer" in reply:
            return reply["answer"]
        made = self._requests.all[before:]
        return Refused(made[-1][2] if made else 0, reply["code"], reply["message"])

    def call(self, operation: str, *ids: str, **more: Any) -> Any:
        """Carry out an operation as :meth:`attempt` does.

        :raises Refused: when it fails.
        """
        answer = self.attempt(operation, *ids, **more)
        if isinstance(answer, Refused):
            raise answer
        return answer

    def refused(self, status: int, code: str, message: str, operation: str, *ids: str, **more: Any) -> None:
        """See an operation refused, in these words.

        :param message: The first line; the service's ids and times follow it.
        """
        outcome = self.attempt(operation, *ids, **more)
        assert isinstance(outcome, Refused), f"{operation} was answered with {outcome}."
        if outcome.code is None and operation.startswith("download_"):
            assert outcome.status == status  # azure-batch 15.1.0 does not read why a download is refused
            return
        told = (outcome.status, outcome.code, outcome.message.strip().splitlines()[0])
        assert told == (status, code, message), f"{operation}: {told}"

    def until(self, expected: Any, operation: str, *ids: str, **options: Any) -> Any:
        """Ask again and again until an answer is as expected; gives that answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.call(operation, *ids, **options)
            try:
                seen(answer, expected, operation)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            else:
                return answer
            time.sleep(0.05)

    def until_gone(self, code: str, message: str, operation: str, *ids: str) -> None:
        """Ask again and again until there is nothing any more."""
        deadline = time.monotonic() + PATIENCE
        while not isinstance(self.attempt(operation, *ids), Refused) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.refused(404, code, message, operation, *ids)


def seen(answer: Any, expected: Any, where: str = "answer") -> None:
    """Hold an answer against what is expected of it.

    Of objects only the properties that are expected count, since clients leave out what they do not know; None stands
    for one that is not there. Lists are as long as expected. A function tells of a value whether it is right.
    """
    if isinstance(expected, dict):
        assert isinstance(answer, dict), f"{where}: {answer!r} is no object"
        for name, value in expected.items():
            seen(answer.get(name), value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(answer, list), f"{where}: {answer!r} is no list"
        assert len(answer) == len(expected), f"{where}: {answer!r} has not {len(expected)} items"
        for position, (one, other) in enumerate(zip(answer, expected)):
            seen(one, other, f"{where}[{position}]")
    elif callable(expected):
        right: Callable[[Any], bool] = expected
        assert right(answer), f"{where}: {answer!r}"
    else:
        assert answer == expected, f"{where}: {answer!r}, not {expected!r}"
