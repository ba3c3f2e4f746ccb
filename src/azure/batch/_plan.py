"""Plans: what takes several calls, written once for both clients.

A plan is a generator. It yields what a public operation of its client gave, and gets the result back: the
synchronous client's operation gave the result itself, the asynchronous one's a coroutine that is awaited first. What a
call raises is raised at the ``yield``, so that ``try`` works as in a plain function. Beside calls it may yield
:class:`Pause`, :class:`Every`, :class:`Page`, :class:`Give`, :class:`Blocking` and :class:`Together`; its return value
is the result. One short loop a colour drives it.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Generator, Iterator
from queue import SimpleQueue
from typing import Any, Callable, Generic, NamedTuple, Optional, TypeVar, cast

T = TypeVar("T")

Plan = Generator[Any, Any, T]


class Pause(NamedTuple):
    """A step that lets time pass."""

    seconds: float


class Every(NamedTuple):
    """A step whose result is a list of all that a pager has."""

    pager: Any


class Page(NamedTuple):
    """A step whose result is a list of what the next of a pager's pages has; None after the last one."""

    pages: Any


class Give(NamedTuple):
    """A step that hands an item to the caller, who iterates over what the plan finds."""

    item: Any


class Blocking(NamedTuple):
    """A step that may block for a moment, on a disk for example: the asynchronous client takes it in a thread."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Together(NamedTuple):
    """A step that drives several plans at the same time; the first failure ends them all, and is raised.

    ``stop`` asks those that are still going on in threads to end: it is called before they are waited for.
    """

    plans: list[Plan[None]]
    stop: Callable[[], None]


class Progress(Generic[T]):
    """Where a plan stands: what the loops of both clients share."""

    def __init__(self, plan: Plan[T]) -> None:
        self.plan = plan
        self.step: Any = None
        self.result: Optional[T] = None

    def go_on(self, value: Any = None, error: Optional[Exception] = None) -> bool:
        """Take the next step with what the last one gave or raised; False if the plan has ended."""
        try:
            self.step = self.plan.send(value) if error is None else self.plan.throw(error)
        except StopIteration as end:
            self.result = end.value
            return False
        return True


def settle(step: Any) -> Any:
    """What a step gives; the call itself is already made when a plan of the synchronous client yields it."""
    if isinstance(step, Pause):
        time.sleep(step.seconds)  # an event's wait is Python code, in which Ctrl-C may become a RuntimeError
        return None
    if isinstance(step, Page):
        page = next(step.pages, None)
        return None if page is None else list(page)
    if isinstance(step, Blocking):
        return step.function(*step.arguments)
    if isinstance(step, Together):
        return _together(step)
    return list(step.pager) if isinstance(step, Every) else step


def run(progress: Progress[Any]) -> Iterator[Any]:
    """Drive a plan of the synchronous client, giving the items that it hands out."""
    try:
        more = progress.go_on()
        while more:
            if isinstance(progress.step, Give):
                yield progress.step.item
                more = progress.go_on()
                continue
            try:
                value = settle(progress.step)
            except Exception as error:
                more = progress.go_on(error=error)
            else:
                more = progress.go_on(value)
    finally:
        progress.plan.close()


def follow(plan: Plan[T]) -> T:
    """Drive a plan of the synchronous client to its result."""
    progress = Progress(plan)
    for _ in run(progress):
        pass
    return cast(T, progress.result)


def _together(step: Together) -> None:
    """Drive plans in threads of their own, if there are several; when this ends, for whatever reason, they have."""
    if len(step.plans) == 1:
        follow(step.plans[0])
        return
    ended: SimpleQueue[Optional[BaseException]] = SimpleQueue()

    def work(plan: Plan[None]) -> None:
        try:
            follow(plan)
        except BaseException as error:
            ended.put(error)
        else:
            ended.put(None)

    # Spans of their calls belong to the caller's. They are daemons: a second Ctrl-C does not wait for them.
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(work, plan), daemon=True) for plan in step.plans
    ]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            error = ended.get()
            if error is not None:
                raise error
    finally:
        step.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
