"""How the tasks of a job stand: what waiting for them gives. It is counted here and never sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ._tasks import BatchTask

__all__ = ["TasksSummary"]


@dataclass(frozen=True)
class TasksSummary:
    """How tasks stand, in numbers, and those that failed.

    ``completed`` does not mean that a task did what it should: look at ``failed``, or at ``all_succeeded``.
    """

    active: int = 0
    """Tasks that wait: for a node, for tasks that they depend on, or to be run again."""
    running: int = 0
    """Tasks that are on a node, preparing or running."""
    succeeded: int = 0
    """Tasks that are completed and succeeded."""
    failed: int = 0
    """Tasks that are completed and failed, by their exit code or because they could not be run to their end."""
    failed_tasks: list[BatchTask] = field(default_factory=list[BatchTask], repr=False)
    """The tasks that failed, with ``id``, ``state``, ``state_transition_time``, ``execution_info`` and ``node_info``.

    There may be fewer than ``failed`` in the summary of an error: they are left out if the service does not tell.
    """

    @property
    def total(self) -> int:
        """All tasks that were looked at."""
        return self.active + self.running + self.completed

    @property
    def completed(self) -> int:
        """Tasks that have ended, well or not."""
        return self.succeeded + self.failed

    @property
    def all_succeeded(self) -> bool:
        """Whether all tasks are completed and none has failed; also true of no tasks at all."""
        return self.succeeded == self.total

    @property
    def exit_codes(self) -> dict[int, int]:
        """How many tasks ended with each exit code, the most frequent first.

        Failed tasks whose process never ran have none, and are not in here.
        """
        codes = Counter[int]({0: self.succeeded} if self.succeeded else ())
        infos = (task.execution_info for task in self.failed_tasks)
        codes.update(info.exit_code for info in infos if info is not None and info.exit_code is not None)
        return dict(codes.most_common())

    @property
    def failure_reasons(self) -> dict[tuple[str, str], int]:
        """How many tasks failed for each reason, which is a category and a code, the most frequent first.

        Such as ``("usererror", "FailureExitCode")``; the category is ``""`` where the service gives no reason.
        """
        reasons = Counter[tuple[str, str]]()
        for task in self.failed_tasks:
            failure = task.execution_info.failure_info if task.execution_info is not None else None
            if failure is None:
                reasons["", ""] += 1
            else:
                reasons[str(failure.get("category") or "").lower(), failure.code or ""] += 1
        return dict(reasons.most_common())

    def __str__(self) -> str:
        parts = [
            f"{number} {what}"
            for number, what in (
                (self.succeeded, "succeeded"),
                (self.failed, "failed"),
                (self.running, "running"),
                (self.active, "active"),
            )
            if number
        ]
        reasons = ", ".join(f"{count} x {code or 'unknown'}" for (_, code), count in self.failure_reasons.items())
        codes = ", ".join(f"{count} x {code}" for code, count in self.exit_codes.items() if code)
        return "".join(
            [
                f"{self.total} tasks" + (f": {', '.join(parts)}" if parts else ""),
                f"; failed for {reasons}" if reasons else "",
                f"; exit codes {codes}" if codes else "",
            ]
        )

    @classmethod
    def of(cls, tasks: Iterable[BatchTask]) -> TasksSummary:
        """Sum up tasks that were read with at least ``state`` and ``executionInfo``."""
        numbers = Counter[str]()
        failed: list[BatchTask] = []
        for task in tasks:
            if task.state == "completed":
                info = task.execution_info
                succeeded = info is not None and info.result == "success"
                numbers["succeeded" if succeeded else "failed"] += 1
                if not succeeded:
                    failed.append(task)
            else:
                numbers["active" if task.state == "active" else "running"] += 1
        return cls(failed_tasks=failed, **numbers)
