"""What simulated commands come to, as it was written down beforehand.

Scripts are told apart by the id of the task, so that a test says only what it is about; everything else succeeds at
once. They are kept apart from what plays them, because a program writes them before an emulator runs.
"""

from __future__ import annotations

import fnmatch
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Callable, Literal, Optional, Union

from ._kinds import check, check_fields

__all__ = ["Command", "CommandKind", "Default", "Outcome", "Outcomes"]

CommandKind = Literal["task", "start", "preparation", "release", "coordination"]


@dataclass(frozen=True)
class Outcome:
    """What a simulated command comes to; without arguments, success at once."""

    exit_code: Optional[int] = None
    """The exit code; without one 0, or none at all when there is a ``failure``."""
    duration: float = 0.0
    """Seconds that it runs, by the emulator's clock; ``math.inf`` for one that has to be ended."""
    stdout: Union[str, bytes] = ""
    """What ``stdout.txt`` holds when it has run."""
    stderr: Union[str, bytes] = ""
    """What ``stderr.txt`` holds when it has run."""
    files: Mapping[str, Union[str, bytes]] = field(default_factory=dict[str, Union[str, bytes]])
    """Files that it writes, by their paths relative to the working directory of the task."""
    failure: Optional[str] = None
    """Code of the task's ``failureInfo`` when it is not the exit code that fails it: ``CommandProgramNotFound``,
    ``DiskFull``, ``ResourceContainerAccessDenied``..."""
    message: str = ""
    """Message of the failure."""
    category: Literal["usererror", "servererror"] = "usererror"
    """Category of the failure."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.duration >= 0:
            raise ValueError(f"The duration of an outcome must not be {self.duration}.")
        for name in self.files:
            path = PurePosixPath(name)
            if not path.parts or path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{name!r} is no path in a working directory.")


@dataclass(frozen=True)
class Command:
    """A command that would be started now, if it were not simulated."""

    kind: CommandKind
    """``task`` for the command of a task; ``start``, ``preparation`` and ``release`` for those tasks of pools and
    jobs; ``coordination`` for the coordination command of a multi-instance task on each of its nodes."""
    task_id: str
    """The id of the task; ``startup`` for a start task."""
    job_id: Optional[str]
    """The id of the job; None for a start task."""
    pool_id: str
    node_id: str
    command_line: str
    environment: Mapping[str, str]
    """All of its variables."""


Default = Union[None, bool, Outcome, Callable[[Command], Optional[Outcome]]]
"""What applies to commands that no script is for."""


@dataclass(frozen=True)
class _Script:
    task: str
    job: Optional[str]
    outcomes: tuple[Outcome, ...]
    used: Counter[tuple[Optional[str], str]] = field(default_factory=Counter[tuple[Optional[str], str]])


class Outcomes:
    """Scripts, and what applies without one; used from any thread."""

    def __init__(self, default: Default = None) -> None:
        self._default = default
        self._scripts: list[_Script] = []
        self._lock = threading.Lock()

    def script(self, task: str, *outcomes: Outcome, job: Optional[str] = None) -> None:
        """Say what the commands of tasks come to: the first time, the second, and from the last one on the last."""
        if not outcomes:
            raise ValueError("A script needs an outcome.")
        for outcome in outcomes:
            check("outcomes", outcome, Outcome)
        with self._lock:
            self._scripts.append(_Script(task.lower(), None if job is None else job.lower(), outcomes))

    def clear(self) -> None:
        """Forget all scripts."""
        with self._lock:
            self._scripts.clear()

    def of(self, command: Command) -> Outcome:
        """What a command comes to; of several scripts for it the latest holds."""
        with self._lock:
            for script in reversed(self._scripts) if command.kind != "coordination" else ():
                if _fits(script.task, command.task_id) and _fits(script.job, command.job_id):
                    place = (command.job_id, command.task_id)
                    number = script.used[place]
                    script.used[place] += 1
                    return script.outcomes[min(number, len(script.outcomes) - 1)]
        default = self._default
        if callable(default):
            return default(command) or Outcome()
        return default if isinstance(default, Outcome) and command.kind == "task" else Outcome()


def _fits(pattern: Optional[str], identifier: Optional[str]) -> bool:
    return pattern is None or (identifier is not None and fnmatch.fnmatchcase(identifier.lower(), pattern))
