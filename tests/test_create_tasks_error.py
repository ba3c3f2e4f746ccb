"""The error of a bulk submission: what it tells, and that it can be copied and sent to another process."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError, ServiceResponseError

from azure.batch import models


def refusal(task_id: str, code: str, **facts: str) -> models.BatchTaskCreateResult:
    details = [{"key": key, "value": value} for key, value in facts.items()]
    error = {"code": code, "message": {"lang": "en-US", "value": "No.\nRequestId:r\nTime:t"}, "values": details}
    return models.BatchTaskCreateResult.from_wire({"status": "clienterror", "taskId": task_id, "error": error})


def added(task_id: str) -> models.BatchTaskCreateResult:
    return models.BatchTaskCreateResult.from_wire({"status": "success", "taskId": task_id})


def test_one_of_nothing() -> None:
    error = models.CreateTasksError()
    assert str(error) == "Not every task was added."
    assert [error.pending_tasks, error.failure_tasks, error.errors, error.succeeded, error.unknown] == [[]] * 5


def test_it_is_an_error_of_azure_core_and_takes_what_it_always_took() -> None:
    reason = ValueError("x")
    error = models.CreateTasksError([{"id": "a"}], [refusal("b", "Bad")], [reason])
    assert isinstance(error, HttpResponseError)
    assert error.pending_tasks == [{"id": "a"}]
    assert error.failure_tasks == [refusal("b", "Bad")]
    assert error.errors.pop() is reason


def test_the_message_counts_and_shows_the_first_reasons() -> None:
    failures = [refusal(f"t{number}", "Bad", PropertyName="id", Reason="taken") for number in range(7)]
    doubt = ServiceResponseError("dropped")
    error = models.CreateTasksError(
        [{"id": "a"}, {"id": "b"}],
        [*failures, refusal("u", "Worse")],
        [doubt],
        succeeded=[added("c")],
        unknown=[({"id": "a"}, doubt)],
    )
    assert str(error).splitlines() == [
        "Not every task was added: 1 added, 8 rejected, 1 in doubt, 1 not sent.",
        "Rejected: 7 x Bad, 1 x Worse",
        *[f"  t{number}: (Bad) No. PropertyName: id; Reason: taken" for number in range(5)],
        "  and 3 more, see failure_tasks",
        "ServiceResponseError: dropped",
    ]


def test_a_secret_that_the_service_repeats_is_not_shown() -> None:
    failure = refusal("t", "Bad", PropertyName="containerSettings.registry.password", PropertyValue="hunter2")
    assert "registry.password; PropertyValue: ***" in str(models.CreateTasksError(failure_tasks=[failure]))


def test_the_message_ends_with_what_can_be_done_said_once() -> None:
    failures = [refusal(f"t{number}", "TaskExists") for number in range(3)]
    other = refusal("u", "InvalidPropertyValue", PropertyName="containerSettings")
    lines = str(models.CreateTasksError([], [*failures, other], [ValueError("x")])).splitlines()
    assert sum("on_exists='ok'" in line for line in lines) == 1
    assert lines[-3] == "ValueError: x"
    assert {"on_exists='ok'" in line or "needs container_settings" in line for line in lines[-2:]} == {True}
    told = HttpResponseError(f"No.\n{lines[-1]}")
    assert str(models.CreateTasksError([], [*failures, other], [told])).count(lines[-1]) == 1


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (None, "no reason given"),
        ({}, "(no code)"),
        ({"code": "Bad"}, "(Bad)"),
        ({"code": "Bad", "message": "a text"}, "(Bad) a text"),
        ({"code": "Bad", "message": {"value": None}, "values": None}, "(Bad)"),
        ({"code": "Bad", "values": ["a word"]}, "(Bad) a word: a word"),
    ],
)
def test_a_refusal_of_any_shape_can_be_shown(error: Any, shown: str) -> None:
    result = models.BatchTaskCreateResult.from_wire({"status": "clienterror", "taskId": "t", "error": error})
    assert f"  t: {shown}" in str(models.CreateTasksError(failure_tasks=[result])).splitlines()


def service_error() -> ResourceNotFoundError:
    error = ResourceNotFoundError(message="(JobNotFound) No.", model=models.BatchError(code="JobNotFound"))
    error.status_code = 404
    response: Any = SimpleNamespace(headers={}, request="signed", lock=lambda: None)
    error.response = response
    return error


class AwkwardError(Exception):
    """Can be pickled, but not made again."""

    def __init__(self, one: str, *, two: str) -> None:
        super().__init__(one + two)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_it_survives_being_copied_and_pickled(again: Callable[[Any], Any]) -> None:
    try:
        raise ConnectionResetError("reset")
    except ConnectionResetError as reset:
        doubt = ServiceResponseError("dropped", error=reset)  # it keeps the traceback of what is being handled
    error = models.CreateTasksError(
        [models.BatchTaskCreateOptions(id="a", command_line="x")],
        [refusal("b", "Bad")],
        [doubt, service_error()],
        succeeded=[added("c")],
        unknown=[(models.BatchTaskCreateOptions(id="a", command_line="x"), doubt)],
    )
    twin = again(error)
    assert type(twin) is models.CreateTasksError
    assert twin is not error
    assert str(twin) == str(error)
    assert twin.pending_tasks == error.pending_tasks
    assert twin.failure_tasks == error.failure_tasks
    assert twin.succeeded == error.succeeded
    assert twin.unknown[0][1] is twin.errors[0]
    found = twin.errors.pop()
    assert type(found) is ResourceNotFoundError
    assert (found.status_code, getattr(found.model, "code", None), str(found)) == (
        404,
        "JobNotFound",
        "(JobNotFound) No.",
    )


def test_a_pickle_holds_no_request() -> None:
    assert b"signed" not in pickle.dumps(models.CreateTasksError(errors=[service_error()]))


@pytest.mark.parametrize("error", [AwkwardError("a", two="b"), OSError(lambda: None)])
def test_an_error_that_cannot_be_pickled_becomes_its_text(error: Exception) -> None:
    (found,) = pickle.loads(pickle.dumps(models.CreateTasksError(errors=[error]))).errors
    assert type(found) is AzureError
    assert str(found) == f"{type(error).__name__}: {error}"


def test_changing_the_lists_of_a_copy_leaves_the_original() -> None:
    error = models.CreateTasksError(errors=[ValueError("x")])
    copy.copy(error).errors.pop()
    assert len(error.errors) == 1
