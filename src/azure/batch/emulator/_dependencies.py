"""Which tasks of a job wait for which others.

Each waiting task counts the names it still waits for: ids of tasks, and numbers, for a range means every task whose id
is a number in it. When a task lets its dependants go on, only those that wait for its names are looked at. Long ranges
are kept as ranges, shared by all tasks that wait for the same one.

What is counted may be taken back: a task runs again, or another one of its number comes. So a task for which nothing is
left to wait for is compared with the store, which knows, and waits again for what is missing there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Optional, Union

from ._store import ActiveTask, Store
from ._wire import Document

__all__ = ["Dependencies", "task_number"]

_SHORT = 64
"""A range of so many numbers at most is taken as that many names."""

_Name = Union[str, int]
_Bounds = tuple[int, int, Optional[int]]
"""Start and end of a long range, and the :meth:`Store.first_gone` of those that wait for it."""


@dataclass(eq=False)
class _Range:
    missing: int
    """So many of its numbers have to come at least."""
    waiting: set[str] = field(default_factory=set[str])


def task_number(key: str) -> Optional[int]:
    """The number that a task's id is, if it is one."""
    number = int(key) if key.isascii() and key.isdigit() else None
    return number if number is not None and number < 2**62 else None


class Dependencies:
    """The waiting tasks of one job."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[ActiveTask, set[object]]] = {}
        self._by_name: dict[_Name, set[str]] = {}
        self._ranges: dict[_Bounds, _Range] = {}
        self._full: set[_Bounds] = set()
        """Long ranges of which nothing is missing, until something is taken back."""

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    def add(self, store: Store, job: str, task: ActiveTask, depends_on: Document) -> bool:
        """Let a task wait for what it depends on; whether there is anything left to wait for."""
        missing: set[object] = set()
        for identifier in depends_on.get("taskIds", []):
            name = identifier.lower()
            if not store.is_satisfied(job, name, task.seq):
                missing.add(name)
                self._by_name.setdefault(name, set()).add(task.key)
        for bounds in depends_on.get("taskIdRanges", []):
            start, end = int(bounds["start"]), int(bounds["end"])
            if end - start < _SHORT:
                numbers = set(range(start, end + 1)) - store.satisfied_numbers(job, start, end, task.seq)
                missing |= numbers
                for number in numbers:
                    self._by_name.setdefault(number, set()).add(task.key)
                continue
            known = self._range(store, job, (start, end, store.first_gone(job, task.seq)), task.seq)
            if known is not None:
                known.waiting.add(task.key)
                missing.add(known)
        if missing:
            self._waiting[task.key] = (task, missing)
        return bool(missing)

    def _range(self, store: Store, job: str, bounds: _Bounds, seq: int) -> Optional[_Range]:
        known = self._ranges.get(bounds)
        if known is None and bounds not in self._full:
            start, end, _ = bounds
            missing = end - start + 1 - len(store.satisfied_numbers(job, start, end, seq))
            if missing:
                known = self._ranges[bounds] = _Range(missing)
            else:
                self._full.add(bounds)
        return known

    def taken_back(self) -> None:
        """A task came, came back or was deleted: of what was there something may be missing."""
        self._full.clear()

    def discard(self, key: str) -> None:
        """A task waits no more: it was deleted or ended."""
        _, missing = self._waiting.pop(key, (None, set[object]()))
        for name in missing:
            if isinstance(name, _Range):
                name.waiting.discard(key)
            elif isinstance(name, (str, int)):
                self._by_name.get(name, set()).discard(key)

    def satisfied(self, store: Store, job: str, key: str) -> list[ActiveTask]:
        """A task may let its dependants go on: those of them that wait for nothing else any more."""
        number = task_number(key)
        released = self._without(key, self._by_name.pop(key, set()))
        if number is not None:
            released += self._without(number, self._by_name.pop(number, set()))
            for bounds in [(start, end, gone) for start, end, gone in self._ranges if start <= number <= end]:
                known = self._ranges[bounds]
                known.missing -= 1
                if not known.missing:
                    del self._ranges[bounds]
                    released += self._without(known, known.waiting)
        released.sort(key=lambda task: task.seq)
        return [task for task in released if not self._waits_again(store, job, task)]

    def _waits_again(self, store: Store, job: str, task: ActiveTask) -> bool:
        document = store.get_task(job, task.key)
        return document is not None and self.add(store, job, task, document["dependsOn"])

    def _without(self, name: object, keys: Iterable[str]) -> list[ActiveTask]:
        released: list[ActiveTask] = []
        for key in list(keys):
            entry = self._waiting.get(key)
            if entry is None:
                continue
            task, missing = entry
            missing.discard(name)
            if not missing:
                del self._waiting[key]
                released.append(task)
        return released
