"""What callers give to calls that take long: how long at most, what to make of what exists, and whom to tell.

A caller is told as by azure-storage-blob: ``progress_hook(current, total)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Callable, Literal, Optional, Union

Seconds = Union[float, timedelta]

OnExists = Literal["error", "ok"]

ProgressHook = Callable[[int, Optional[int]], object]
"""What is called with how many are done, and how many there are in all, None if nobody knows.

With the asynchronous client it may be a coroutine function.
"""


def check_number(name: str, value: Any, what: str = "an int", least: int = 1) -> None:
    """Refuse what is no whole number of things, or too small a one."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected {what}, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")


def check_hook(hook: object, *, asynchronous: bool) -> None:
    """Refuse what cannot be called, and a coroutine function where nobody would await it."""
    if hook is None:
        return
    if not callable(hook):
        raise TypeError(f"progress_hook: expected a function, got {hook!r}")
    if not asynchronous and inspect.iscoroutinefunction(hook):
        raise TypeError("progress_hook: a coroutine function needs the asynchronous client")


def call_hook(hook: ProgressHook, current: int, total: Optional[int], *, asynchronous: bool) -> Any:
    """Call a hook; gives what is still to be awaited, or None."""
    given = hook(current, total)
    if not inspect.isawaitable(given):
        return None
    if not asynchronous:
        if isinstance(given, Coroutine):
            given.close()
        raise TypeError("progress_hook: it gave a coroutine, which needs the asynchronous client")
    return given
