"""The error of a bulk submission: it accounts for every task that the submission was given.

It is made to travel: a copy, a pickle or another process gets everything but the open ends of the errors inside, which
are the responses (they hold signed requests) and tracebacks.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional, Union, cast

from azure.core.exceptions import AzureError, HttpResponseError
from typing_extensions import Self

from .._codecs import is_list
from .._model import redacted
from ._common import BatchError
from ._tasks import BatchTaskCreateOptions, BatchTaskCreateResult

__all__ = ["CreateTasksError"]

Task = Union[BatchTaskCreateOptions, Mapping[str, Any]]

_SHOWN = 5
_NOT_CARRIED = frozenset({"response", "inner_exception", "exc_type", "exc_value", "exc_traceback"})


class CreateTasksError(HttpResponseError):
    """Not every task given to ``create_tasks`` was added.

    Each task is in exactly one of ``succeeded``, ``failure_tasks`` and ``pending_tasks``, which all are in the order
    in which the tasks were given. To add what is missing after a passing trouble::

        client.create_tasks(job_id, error.pending_tasks, on_exists="ok")

    If the tasks came from an iterator, those that it had not handed out yet are in none of the lists.

    :param pending_tasks: Tasks that were not sent, or of which nobody knows whether the service added them.
    :param failure_tasks: The service's refusals, one a task, each with its ``task_id`` and ``error``.
    :param errors: What ended the submission or left tasks in doubt or unsent; the last one is the reason for the end.
    :param succeeded: The service's results for the tasks that were added.
    :param unknown: Those of the pending tasks that may have been added, each with the exception that left it so.
    """

    pending_tasks: list[Task]
    """Tasks that were not sent, or of which nobody knows whether the service added them."""
    failure_tasks: list[BatchTaskCreateResult]
    """The service's refusals, one a task, each with its ``task_id`` and ``error``."""
    errors: list[BaseException]
    """What ended the submission or left tasks in doubt or unsent; the last one is the reason for the end."""
    succeeded: list[BatchTaskCreateResult]
    """The service's results for the tasks that were added."""
    unknown: list[tuple[Task, BaseException]]
    """Those of the pending tasks that may have been added, each with the exception that left it so."""

    def __init__(
        self,
        pending_tasks: Optional[Iterable[Task]] = None,
        failure_tasks: Optional[Iterable[BatchTaskCreateResult]] = None,
        errors: Optional[Iterable[BaseException]] = None,
        *,
        succeeded: Optional[Iterable[BatchTaskCreateResult]] = None,
        unknown: Optional[Iterable[tuple[Task, BaseException]]] = None,
    ) -> None:
        self.pending_tasks = list(pending_tasks or ())
        self.failure_tasks = list(failure_tasks or ())
        self.errors = list(errors or ())
        self.succeeded = list(succeeded or ())
        self.unknown = list(unknown or ())
        super().__init__(message="\n".join(self._lines()))

    def _lines(self) -> Iterator[str]:
        from .._advice import advice_for_all  # loaded only when there is an error

        unsent = len(self.pending_tasks) - len(self.unknown)
        counts = (
            (len(self.succeeded), "added"),
            (len(self.failure_tasks), "rejected"),
            (len(self.unknown), "in doubt"),
            (unsent, "not sent"),
        )
        parts = [f"{count} {what}" for count, what in counts if count > 0]
        yield f"Not every task was added: {', '.join(parts)}." if parts else "Not every task was added."
        codes = Counter(_code(one.error) for one in self.failure_tasks)
        if codes:
            yield "Rejected: " + ", ".join(f"{count} x {code}" for code, count in codes.most_common())
        for one in self.failure_tasks[:_SHOWN]:
            yield f"  {one.task_id}: {_reason(one.error)}"
        if len(self.failure_tasks) > _SHOWN:
            yield f"  and {len(self.failure_tasks) - _SHOWN} more, see failure_tasks"
        ends = [f"{type(error).__name__}: {error}".rstrip(": ") for error in self.errors[-_SHOWN:]]
        yield from ends
        advice = advice_for_all((_code(one.error), _reason(one.error)) for one in self._one_of_each())
        yield from (one for one in advice if not any(one in end for end in ends))

    def _one_of_each(self) -> Iterable[BatchTaskCreateResult]:
        """Of the refusals the first with each code: there may be thousands."""
        return {_code(one.error): one for one in reversed(self.failure_tasks)}.values()

    def __reduce__(self) -> tuple[Any, ...]:
        carried = {id(error): _portable(error) for error in (*self.errors, *(error for _, error in self.unknown))}
        return _restored, (
            type(self),
            self.pending_tasks,
            self.failure_tasks,
            [carried[id(error)] for error in self.errors],
            self.succeeded,
            [(task, carried[id(error)]) for task, error in self.unknown],
        )

    def __copy__(self) -> Self:
        return type(self)(
            self.pending_tasks, self.failure_tasks, self.errors, succeeded=self.succeeded, unknown=self.unknown
        )


def _restored(
    kind: type[CreateTasksError], pending: Any, failures: Any, errors: Any, succeeded: Any, unknown: Any
) -> Any:
    return kind(pending, failures, errors, succeeded=succeeded, unknown=unknown)


def _code(error: Any) -> str:
    return str(_part(error, "code") or "no code") if isinstance(error, Mapping) else "no code"


def _reason(error: Any) -> str:
    """An error on one line: its code, the first line of its text, and every fact that came with it.

    It is read as plain JSON: an answer of another shape than the service's must not hide what is reported here.
    """
    if not isinstance(error, BatchError):
        return "no reason given" if error is None else str(error)
    plain: dict[str, Any] = redacted(error)
    text = _part(plain.get("message"), "value") or ""
    values = plain.get("values")
    facts = [f"{_part(one, 'key')}: {_part(one, 'value')}" for one in (values if is_list(values) else ())]
    return " ".join(
        part for part in (f"({_code(error)})", str(text).partition("\n")[0].strip(), "; ".join(facts)) if part
    )


def _part(value: Any, key: str) -> Any:
    return cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else value


def _portable(error: BaseException) -> BaseException:
    """The same error without what holds on to this process or to a signed request."""
    twin = error
    if isinstance(error, AzureError):
        twin = type(error).__new__(type(error))
        twin.args = error.args
        twin.__dict__.update({name: value for name, value in vars(error).items() if name not in _NOT_CARRIED})
    if _can_travel(twin):
        return twin
    return AzureError(f"{type(error).__name__}: {error}")


def _can_travel(error: BaseException) -> bool:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # an exception's pickling is whatever its author made it
        return False
    return True
