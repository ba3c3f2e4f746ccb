"""Which tasks of a job wait for which others.

Each waiting task counts the names it still waits for: ids of tasks, and numbers, for a range means every task whose id
is a number in it. When a task lets its dependants go on, only those that wait for its names are looked at. Long ranges
are kept as ranges, shared by all tasks that wait for the same one.
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


@dataclass(eq=False)
class _Range:
    start: int
    end: int
    satisfied: set[int]
    waiting: set[str] = field(default_factory=set[str])

    @property
    def is_satisfied(self) -> bool:
        return len(self.satisfied) > self.end - self.start


def task_number(key: str) -> Optional[int]:
    """The number that a task's id is, if it is one."""
    number = int(key) if key.isascii() and key.isdigit() else None
    return number if number is not None and number < 2**62 else None


class Dependencies:
    """The waiting tasks of one job."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[ActiveTask, set[object]]] = {}
        self._by_name: dict[_Name, set[str]] = {}
        self._ranges: dict[tuple[int, int], _Range] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    def add(self, store: Store, job: str, task: ActiveTask, depends_on: Document) -> bool:
        """Let a task wait for what it depends on; whether there is anything left to wait for."""
        missing: set[object] = set()
        for identifier in depends_on.get("taskIds", []):
            name = identifier.lower()
            if not store.is_satisfied(job, name):
                missing.add(name)
                self._by_name.setdefault(name, set()).add(task.key)
        for bounds in depends_on.get("taskIdRanges", []):
            start, end = int(bounds["start"]), int(bounds["end"])
            if end - start < _SHORT:
                numbers = set(range(start, end + 1)) - store.satisfied_numbers(job, start, end)
                missing |= numbers
                for number in numbers:
                    self._by_name.setdefault(number, set()).add(task.key)
                continue
            known = self._range(store, job, start, end)
            if not known.is_satisfied:
                known.waiting.add(task.key)
                missing.add(known)
        if missing:
            self._waiting[task.key] = (task, missing)
        return bool(missing)

    def _range(self, store: Store, job: str, start: int, end: int) -> _Range:
        known = self._ranges.get((start, end))
        if known is None:
            known = _Range(start, end, store.satisfied_numbers(job, start, end))
            if not known.is_satisfied:
                self._ranges[start, end] = known
        return known

    def discard(self, key: str) -> None:
        """A task waits no more: it was deleted or ended."""
        _, missing = self._waiting.pop(key, (None, set[object]()))
        for name in missing:
            if isinstance(name, _Range):
                name.waiting.discard(key)
            elif isinstance(name, (str, int)):
                self._by_name.get(name, set()).discard(key)

    def satisfied(self, key: str) -> list[ActiveTask]:
        """A task lets its dependants go on: those of them that wait for nothing else any more."""
        number = task_number(key)
        released = self._without(key, self._by_name.pop(key, set()))
        if number is None:
            return released
        released += self._without(number, self._by_name.pop(number, set()))
        for known in [item for item in self._ranges.values() if item.start <= number <= item.end]:
            known.satisfied.add(number)
            if known.is_satisfied:
                del self._ranges[known.start, known.end]
                released += self._without(known, known.waiting)
        return released

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
        return sorted(released, key=lambda task: task.seq)
