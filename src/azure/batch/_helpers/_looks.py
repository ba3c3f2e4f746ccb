"""What all waiting has in common: when to look again, how long at most, which failures to overlook, whom to tell.

A wait is a series of looks, each of which is one cheap request as far as possible. The pauses between them begin short
and double up to the longest; when the rate so far lets the end be foreseen, the next look comes half-way there. So a
wait of hours sends few requests, and one of seconds ends soon after what it waits for.
"""

from __future__ import annotations

import math
from datetime import timedelta
from time import monotonic
from typing import Any, Optional, TypeVar

from azure.core.exceptions import AzureError, ResourceNotFoundError

from .._errors import OperationFailedError
from .._pipeline import asked_pause
from .._plan import Pause, Plan
from .._progress import ProgressHook, Seconds, call_hook, check_hook
from .._submission import judge

T = TypeVar("T")

_SHORTEST = 0.5
_PATIENCE = 5
"""Looks in a row that may fail for a passing reason, each of them after the retries of the client's own."""
_LAST_REQUEST = 5.0
"""Seconds that a request may spend on retries although the time is over; without them a wait of 0 would not look."""


def seconds(name: str, value: Any) -> float:
    """A number of seconds that an argument gives; anything but a positive one, or 0, is refused by its name."""
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TypeError(f"{name}: expected seconds or a timedelta, got {value!r}")
    if not number >= 0:
        raise ValueError(f"{name}: expected no negative time, got {value!r}")
    return float(number)


class Limit:
    """How long a call may take that makes several requests, and what each of them is told of it.

    :param options: The caller's options for azure-core, passed on to each request.
    """

    def __init__(self, client: Any, options: dict[str, Any], timeout: Optional[Seconds]) -> None:
        for name in ("cls", "stream"):
            if name in options:
                raise TypeError(f"{name}: this call makes several requests, and reads their answers itself")
        client._check_options(options)
        self.time_limit = math.inf if timeout is None else seconds("timeout", timeout)
        self._options = options
        self._bounded = self.time_limit < math.inf and not client._has_own_policies  # others may not know the option
        self._began = 0.0

    def begin(self) -> None:
        """Let the time limit count from now on."""
        self._began = monotonic()

    @property
    def left(self) -> float:
        """Seconds until the time limit."""
        return self._began + self.time_limit - monotonic()

    def options(self) -> dict[str, Any]:
        """The options for the next request."""
        if not self._bounded:
            return dict(self._options)
        return {**self._options, "timeout": max(self.left, _LAST_REQUEST)}


class Looks(Limit):
    """The looks of one wait."""

    def __init__(
        self,
        client: Any,
        options: dict[str, Any],
        *,
        timeout: Optional[Seconds],
        polling_interval: Seconds,
        progress_hook: Optional[ProgressHook],
    ) -> None:
        super().__init__(client, options, timeout)
        check_hook(progress_hook, asynchronous=client._asynchronous)
        self._longest = seconds("polling_interval", polling_interval)
        if self._longest == 0:
            raise ValueError("polling_interval: expected a time, got 0")
        self._hook = progress_hook
        self._asynchronous: bool = client._asynchronous
        self._pause = 0.0
        self._first: Optional[tuple[float, int]] = None
        self._failures = 0
        self._asked = 0.0
        """Seconds for which the service wants to be left alone."""
        self.trouble: Optional[AzureError] = None
        """Why the last look failed, None if it did not."""

    def look(self, plan: Plan[T]) -> Plan[Optional[T]]:
        """Look; None if that failed for a reason that may pass, which it may not do too often in a row."""
        try:
            found = yield from plan
        except (OperationFailedError, ResourceNotFoundError):
            raise  # what has been found out, not a failure to find it out
        except AzureError as error:
            self._failures += 1
            if judge(error).kind is None or self._failures > _PATIENCE:
                raise
            self.trouble = error
            self._asked = asked_pause(getattr(error, "response", None)) or 0.0
            return None
        self._failures = 0
        self._asked = 0.0
        self.trouble = None
        return found

    def report(self, current: int, total: int) -> Plan[None]:
        """Tell the caller how far it is."""
        if self._hook is not None:
            awaited = call_hook(self._hook, current, total, asynchronous=self._asynchronous)
            if awaited is not None:
                yield awaited

    def pause(self, remaining: int) -> Plan[bool]:
        """Let time pass until the next look is due, given how many are not done; False if there is no time left."""
        left = self.left
        if left <= 0:
            return False
        yield Pause(min(max(self._next(remaining), self._asked), left))
        return True

    def _next(self, remaining: int) -> float:
        now = monotonic()
        if self._first is None or remaining > self._first[1]:
            self._first = (now, remaining)
        shortest = min(_SHORTEST, self._longest)
        pause = min(max(self._pause * 2, shortest), self._longest)
        began, at_first = self._first
        if remaining < at_first:
            to_come = (now - began) * remaining / (at_first - remaining)
            pause = max(min(pause, to_come / 2), shortest)
        self._pause = pause
        return pause
