"""The plan of a bulk submission: what is sent next, and where each task ends. No I/O, and a clock of its own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from types import SimpleNamespace
from typing import Any, Callable, Optional
from unittest import mock

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import RetryPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from azure.batch import _submission, models
from azure.batch._submission import Chunk, Found, Lookup, Retries, Submission

QUICK = Retries(backoff=0)
Reply = Callable[[Any], Any]


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tasks(count: int, size: int = 10) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "commandLine": "x" * size} for number in range(count)]


def refused(status: int, code: str = "", **headers: str) -> HttpResponseError:
    error = HttpResponseError(message=f"({code})", model=models.BatchError(code=code))
    error.status_code = status
    response: Any = SimpleNamespace(headers={name.replace("_", "-"): value for name, value in headers.items()})
    error.response = response  # of which only the headers are read
    return error


def chunk_of(plan: Submission) -> Chunk:
    step = plan.next()
    assert isinstance(step, Chunk)
    return step


def sent(chunk: Any) -> list[dict[str, Any]]:
    """The tasks of a chunk, as the service reads them."""
    found: list[dict[str, Any]] = json.loads(chunk.body)["value"]
    return found


def item(task: dict[str, Any], status: str = "success", code: str = "") -> dict[str, Any]:
    error = {"error": {"code": code, "message": {"lang": "en", "value": "No."}}} if code else {}
    return {"status": status, "taskId": task["id"], **error}


def answer(items: Iterable[Any]) -> models.BatchCreateTaskCollectionResult:
    return models.BatchCreateTaskCollectionResult.from_wire({"value": list(items)})


def accept(chunk: Chunk) -> models.BatchCreateTaskCollectionResult:
    return answer(item(task) for task in sent(chunk))


def reply_to(plan: Submission, work: Any, reply: Any) -> None:
    if isinstance(reply, BaseException):
        plan.digest(work, None, reply)
    else:
        plan.digest(work, reply)


def run(plan: Submission, clock: Clock, service: Reply) -> list[Any]:
    """Do what the plan says, one after the other; gives the work that was handed out."""
    done: list[Any] = []
    while True:
        step = plan.next()
        if step is None:
            return done
        if isinstance(step, (Chunk, Lookup)):
            done.append(step)
            reply_to(plan, step, service(step))
        else:
            assert step < math.inf, "waits for an answer, with nothing on its way"
            clock.now += step


def plan_for(given: Iterable[Any], clock: Optional[Clock] = None, **options: Any) -> Submission:
    options = {"retries": QUICK, "clock": clock or Clock(), "jitter": lambda: 1.0, **options}
    return Submission(given, **options)


def failure(plan: Submission) -> models.CreateTasksError:
    with pytest.raises(models.CreateTasksError) as caught:
        plan.result()
    return caught.value


def ids(given: Iterable[Any]) -> list[str]:
    return [one["taskId"] if "taskId" in one else one["id"] for one in given]


# -- packing -----------------------------------------------------------------------------------------------------------


def test_tasks_go_out_in_order_a_hundred_at_a_time() -> None:
    clock = Clock()
    plan = plan_for(tasks(250), clock)
    chunks = run(plan, clock, accept)
    assert [len(sent(chunk)) for chunk in chunks] == [100, 100, 50]
    assert [task for chunk in chunks for task in sent(chunk)] == tasks(250)
    assert ids(plan.result().result_values or []) == ids(tasks(250))


def test_a_generator_is_read_as_it_is_sent() -> None:
    read = 0

    def generate() -> Iterator[dict[str, Any]]:
        nonlocal read
        for task in tasks(1000):
            read += 1
            yield task

    clock = Clock()
    seen = []

    def service(chunk: Chunk) -> Any:
        seen.append(read)
        return accept(chunk)

    run(plan_for(generate(), clock), clock, service)
    assert seen == list(range(100, 1001, 100))


@given(st.lists(st.integers(0, 400_000), max_size=12), st.sampled_from(["x", "é", "🚀", '"', "\0"]))
@settings(max_examples=60, deadline=None)
def test_no_body_reaches_a_megabyte_unless_one_task_does(sizes: list[int], letter: str) -> None:
    given = [{"id": str(number), "commandLine": letter * (size // 3)} for number, size in enumerate(sizes)]
    clock = Clock()
    plan = plan_for(given, clock)
    chunks = run(plan, clock, accept)
    assert [task for chunk in chunks for task in sent(chunk)] == given
    for chunk in chunks:
        assert len(chunk.body) < 1_000_000 or len(sent(chunk)) == 1


def test_a_body_is_filled_to_the_last_byte() -> None:
    empty = len(json.dumps({"id": "a", "commandLine": ""}))
    frame = len('{"value":[,]}')
    first = {"id": "a", "commandLine": "x" * 500_000}
    room = 999_999 - frame - (empty + 500_000) - empty

    def chunks_with(size: int) -> int:
        clock = Clock()
        done = run(plan_for([first, {"id": "b", "commandLine": "x" * size}], clock), clock, accept)
        assert sum(len(sent(chunk)) for chunk in done) == 2
        return len(done)

    assert chunks_with(room) == 1
    assert chunks_with(room + 1) == 2


def test_models_and_dictionaries_mix() -> None:
    clock = Clock()
    model = models.BatchTaskCreateOptions(id="m", command_line="x", constraints=models.BatchTaskConstraints())
    plan = plan_for([model, {"id": "d", "commandLine": "y"}], clock)
    (chunk,) = run(plan, clock, accept)
    assert sent(chunk) == [{"id": "m", "commandLine": "x", "constraints": {}}, {"id": "d", "commandLine": "y"}]


def test_nothing_to_send() -> None:
    plan = plan_for([])
    assert plan.next() is None
    assert plan.result().result_values == []


def test_a_chunk_that_is_too_large_is_split_and_the_next_ones_grow_again() -> None:
    clock = Clock()
    refuse_once = iter([True])

    def service(chunk: Chunk) -> Any:
        return refused(413, "RequestBodyTooLarge") if next(refuse_once, False) else accept(chunk)

    plan = plan_for(tasks(2000, size=9000), clock)
    counts = [len(sent(chunk)) for chunk in run(plan, clock, service)]
    assert counts[0] == 100
    assert counts[1] < 60
    assert counts[-2] == 100
    assert ids(plan.result().result_values or []) == ids(tasks(2000))


def test_one_task_that_is_too_large_is_rejected_alone() -> None:
    clock = Clock()
    given = tasks(300, size=5000)
    given[150]["commandLine"] = "x" * 700_000

    def service(chunk: Chunk) -> Any:
        return accept(chunk) if len(chunk.body) < 600_000 else refused(413, "RequestBodyTooLarge")

    plan = plan_for(given, clock)
    chunks = run(plan, clock, service)
    error = failure(plan)
    assert ids(error.failure_tasks) == ["t150"]
    assert error.failure_tasks[0].error is not None
    assert error.failure_tasks[0].error.code == "RequestBodyTooLarge"
    assert ids(error.succeeded) == [one for one in ids(given) if one != "t150"]
    assert (error.pending_tasks, error.errors) == ([], [])
    assert len(chunks) < 15


def malformed(bad: Iterable[str], code: str = "InvalidRequestBody") -> Reply:
    """A service that refuses the whole of a request in which one of these tasks is."""
    names = set(bad)

    def service(chunk: Chunk) -> Any:
        return refused(400, code) if names & set(ids(sent(chunk))) else accept(chunk)

    return service


@pytest.mark.parametrize(
    "bad", [["t0"], ["t99"], ["t100"], ["t457"], ["t0", "t1", "t2"], ["t3", "t4", "t250", "t999"], ["t0", "t999"]]
)
def test_a_malformed_task_is_rejected_alone(bad: list[str]) -> None:
    clock = Clock()
    given = tasks(1000)
    plan = plan_for(given, clock)
    chunks = run(plan, clock, malformed(bad))
    error = failure(plan)
    assert [(one.task_id, one.error and one.error.code) for one in error.failure_tasks] == [
        (name, "InvalidRequestBody") for name in bad
    ]
    assert ids(error.succeeded) == [name for name in ids(given) if name not in bad]
    assert (error.pending_tasks, error.errors) == ([], [])
    assert len(chunks) <= 10 + 15 * len(bad)


def test_a_malformed_task_is_found_through_trouble_that_passes() -> None:
    clock = Clock()
    given = tasks(300)
    service = malformed(["t150"])
    troubles: Iterator[Any] = iter([None, refused(503), None, refused(413, "RequestBodyTooLarge"), refused(429)] * 3)
    plan = plan_for(iter(given), clock)
    work = run(plan, clock, lambda chunk: next(troubles, None) or service(chunk))
    error = failure(plan)
    assert ids(error.failure_tasks) == ["t150"]
    assert ids(error.succeeded) == [name for name in ids(given) if name != "t150"]
    assert error.errors == []
    beside = [set(ids(sent(chunk))) - {"t150"} for chunk in work if "t150" in ids(sent(chunk))]
    assert all(later <= earlier for earlier, later in zip(beside, beside[1:])), "sent with tasks it was taken from"


def test_a_request_that_is_refused_whatever_is_in_it_ends_the_submission() -> None:
    clock = Clock()
    final = refused(400, "SomethingNew")
    given = tasks(1000)
    plan = plan_for(given, clock)
    assert len(run(plan, clock, lambda _: final)) < 30
    error = failure(plan)
    assert len(error.failure_tasks) == 3
    assert len(error.pending_tasks) == 997
    assert (error.unknown, error.succeeded, error.errors) == ([], [], [final])


def test_many_malformed_tasks_at_the_beginning_do_not_keep_the_others_from_being_added() -> None:
    clock = Clock()
    given = tasks(300)
    plan = plan_for(given, clock)
    run(plan, clock, malformed(ids(given)[:40]))
    error = failure(plan)
    assert ids(error.failure_tasks) == ids(given)[:40]
    assert ids(error.succeeded) == ids(given)[40:]


def test_no_more_is_read_while_a_malformed_task_is_looked_for() -> None:
    clock = Clock()
    read = 0

    def generate() -> Iterator[dict[str, Any]]:
        nonlocal read
        for task in tasks(1000):
            read += 1
            yield task

    plan = plan_for(generate(), clock)
    first, second = chunk_of(plan), chunk_of(plan)
    reply_to(plan, first, refused(400, "InvalidRequestBody"))
    reply_to(plan, second, refused(400, "InvalidRequestBody"))
    parts = [chunk_of(plan) for _ in range(4)]
    assert sorted(ids([task for part in parts for task in sent(part)])) == sorted(ids(tasks(200)))
    assert read == 200


# -- what the service says of each task --------------------------------------------------------------------------------


def test_results_in_any_order_find_their_tasks() -> None:
    clock = Clock()
    plan = plan_for(tasks(150), clock)
    run(plan, clock, lambda chunk: answer(item(task) for task in reversed(sent(chunk))))
    assert ids(plan.result().result_values or []) == ids(tasks(150))


def test_a_refused_task_is_reported_with_all_the_service_said_and_the_others_are_added() -> None:
    clock = Clock()
    details = {"code": "Bad", "message": {"value": "No."}, "values": [{"key": "PropertyName", "value": "commandLine"}]}

    def service(chunk: Chunk) -> Any:
        items = [item(task) for task in sent(chunk)]
        items[3] = {"status": "clienterror", "taskId": items[3]["taskId"], "error": details}
        return answer(items)

    plan = plan_for(tasks(10), clock)
    assert len(run(plan, clock, service)) == 1
    error = failure(plan)
    assert [one.as_dict() for one in error.failure_tasks] == [
        {"status": "clienterror", "taskId": "t3", "error": details}
    ]
    assert len(error.succeeded) == 9
    assert (error.pending_tasks, error.unknown, error.errors) == ([], [], [])


def test_a_task_that_the_service_could_not_add_is_sent_again_with_the_next_ones() -> None:
    clock = Clock()
    failing = {"t5": 2}

    def service(chunk: Chunk) -> Any:
        items = []
        for task in sent(chunk):
            failing[task["id"]] = failing.get(task["id"], 0) - 1
            items.append(item(task, "servererror", "InternalError") if failing[task["id"]] >= 0 else item(task))
        return answer(items)

    plan = plan_for(tasks(300), clock)
    chunks = run(plan, clock, service)
    assert [ids(sent(chunk))[0] for chunk in chunks] == ["t0", "t5", "t5", "t298"]
    assert ids(plan.result().result_values or []) == ids(tasks(300))


def test_a_task_that_the_service_can_never_add_is_rejected_in_the_end() -> None:
    clock = Clock()

    def service(chunk: Chunk) -> Any:
        return answer(item(t, "servererror", "InternalError") if t["id"] == "t1" else item(t) for t in sent(chunk))

    plan = plan_for(tasks(3), clock, retries=Retries(total=4, limits=(3, 4, 4)))
    assert len(run(plan, clock, service)) == 5
    error = failure(plan)
    assert ids(error.failure_tasks) == ["t1"]
    assert ids(error.succeeded) == ["t0", "t2"]
    assert error.pending_tasks == []


def test_a_task_that_the_answer_passes_over_is_sent_again() -> None:
    clock = Clock()
    answers: Iterator[Any] = iter([lambda chunk: answer([item(sent(chunk)[0])]), accept])
    plan = plan_for(tasks(2), clock)
    chunks = run(plan, clock, lambda chunk: next(answers)(chunk))
    assert [ids(sent(chunk)) for chunk in chunks] == [["t0", "t1"], ["t1"]]
    assert ids(plan.result().result_values or []) == ["t0", "t1"]


def test_a_task_that_no_answer_mentions_is_in_doubt_after_a_few_attempts() -> None:
    clock = Clock()
    plan = plan_for(tasks(2), clock)
    assert (
        len(run(plan, clock, lambda chunk: answer(item(task) for task in sent(chunk) if task["id"] == "t0"))) == 1 + 3
    )
    error = failure(plan)
    assert [task["id"] for task, reason in error.unknown if isinstance(reason, DecodeError)] == ["t1"]
    assert ids(error.pending_tasks) == ["t1"]
    assert ids(error.succeeded) == ["t0"]


EMPTY: list[Any] = [{}, {"value": None}, {"value": {}}, {"value": "tasks"}, {"value": [None, 1, "t0", []]}]


@pytest.mark.parametrize(
    "body",
    [
        *EMPTY,
        {"value": [{"status": "success"}, {"taskId": None, "status": "success"}, {"taskId": ["t0"]}]},
        {"value": [{"taskId": "t0"}, {"taskId": "t1", "status": None}]},
        {"value": [{"taskId": "t0", "status": "done"}, {"taskId": "t1", "status": {"success": True}}]},
        {"value": [item({"id": "t0"}), item({"id": "t0"}, "clienterror", "Bad")]},
    ],
)
def test_after_answers_that_say_nothing_of_the_tasks_they_are_in_doubt(body: Any) -> None:
    clock = Clock()
    begin = clock.now
    plan = plan_for(tasks(2), clock, retries=Retries())
    assert len(run(plan, clock, lambda _: models.BatchCreateTaskCollectionResult.from_wire(deepcopy(body)))) == 1 + 3
    error = failure(plan)
    assert [task["id"] for task, reason in error.unknown if isinstance(reason, DecodeError)] == ["t0", "t1"]
    assert error.pending_tasks == tasks(2)
    assert clock.now - begin < 10


@pytest.mark.parametrize(
    "more",
    [
        [item({"id": "other"}), item({"id": "T2"}, "clienterror", "Bad")],
        [item({"id": "t0"}), item({"id": "t1"})],
        [None, 7, {}, {"status": "success"}],
    ],
)
def test_what_an_answer_has_too_many_changes_nothing(more: list[Any]) -> None:
    clock = Clock()
    plan = plan_for(tasks(2), clock)
    run(plan, clock, lambda chunk: answer([*more, *(item(task) for task in sent(chunk))]))
    assert ids(plan.result().result_values or []) == ids(tasks(2))


def test_two_words_on_one_task_are_resolved_by_reading_it() -> None:
    clock = Clock()
    both = [item({"id": "t0"}), item({"id": "t0"}, "clienterror", "Bad")]
    answers: Iterator[Any] = iter([lambda _: answer(both), exists, lambda _: existing(tasks(1)[0])])
    plan = plan_for(tasks(1), clock)
    assert len(run(plan, clock, lambda one: next(answers)(one))) == 3
    assert ids(plan.result().result_values or []) == ["t0"]


def test_tasks_of_one_id_each_have_their_own_result() -> None:
    clock = Clock()
    given = [*tasks(1), *tasks(1)]
    plan = plan_for(given, clock)
    run(plan, clock, lambda _: answer([item(given[0]), item(given[1], "clienterror", "TaskExists")]))
    error = failure(plan)
    assert (ids(error.succeeded), ids(error.failure_tasks), error.pending_tasks) == (["t0"], ["t0"], [])


@pytest.mark.parametrize("error", ["TaskExists", ["TaskExists"], {"code": ["TaskExists"]}, {"message": 5}, 7])
def test_a_refusal_whose_error_has_another_shape_is_a_rejection(error: Any) -> None:
    clock = Clock()
    plan = plan_for(tasks(1), clock)
    run(plan, clock, lambda _: answer([{"taskId": "t0", "status": "clienterror", "error": error}]))
    assert [one.as_dict()["error"] for one in failure(plan).failure_tasks] == [error]


@pytest.mark.parametrize("status", [202, 204])
def test_a_success_that_is_not_the_services_leaves_the_tasks_in_doubt(status: int) -> None:
    clock = Clock()
    plan = plan_for(tasks(2), clock, retries=Retries(total=1))
    run(plan, clock, lambda _: refused(status))
    assert [task["id"] for task, _ in failure(plan).unknown] == ["t0", "t1"]


# -- a task that exists already ----------------------------------------------------------------------------------------


def exists(chunk: Chunk) -> models.BatchCreateTaskCollectionResult:
    return answer(item(task, "clienterror", "TaskExists") for task in sent(chunk))


NOON = "2025-01-02T12:00:00.1234567Z"
AT_NOON = {"Date": "Thu, 02 Jan 2025 12:00:00 GMT"}


def existing(task: dict[str, Any], **more: Any) -> Found:
    """What a read of a task gives, which the service added just now."""
    own = {"url": f"https://a/{task['id']}", "eTag": "0x1", "lastModified": NOON, "creationTime": NOON}
    return Found(models.BatchTask.from_wire({**task, **own, **more}), AT_NOON)


def test_a_taken_id_is_a_rejection() -> None:
    clock = Clock()
    plan = plan_for(tasks(1), clock)
    run(plan, clock, exists)
    assert ids(failure(plan).failure_tasks) == ["t0"]


def test_a_taken_id_counts_as_added_if_the_caller_says_so_and_stays_visible() -> None:
    clock = Clock()
    plan = plan_for(tasks(1), clock, on_exists="ok")
    run(plan, clock, exists)
    (result,) = plan.result().result_values or []
    assert result.error is not None
    assert result.error.code == "TaskExists"


@pytest.mark.parametrize(
    "doubtful",
    [
        ServiceResponseError("dropped"),
        refused(500),
        refused(503),
        IncompleteReadError("half an answer"),
        lambda chunk: answer(item(task, "servererror", "InternalError") for task in sent(chunk)),
    ],
)
def test_a_task_that_exists_after_an_attempt_in_doubt_is_read_and_counts_as_added(doubtful: Any) -> None:
    clock = Clock()
    first = doubtful if callable(doubtful) else lambda _: doubtful
    answers: Iterator[Any] = iter([first, exists, lambda _: existing(tasks(1)[0])])
    plan = plan_for(tasks(1), clock)
    work = run(plan, clock, lambda one: next(answers)(one))
    assert [type(one) for one in work] == [Chunk, Chunk, Lookup]
    (result,) = plan.result().result_values or []
    assert result.status == models.BatchTaskAddStatus.SUCCESS
    assert (result.task_id, result.etag, result.location) == ("t0", "0x1", "https://a/t0")
    assert result["lastModified"] == NOON


def after_doubt(given: Any, found: Any, seconds: float = 0) -> Submission:
    """The plan of one task that exists after an attempt in doubt, and so many seconds; it is read as found."""
    clock = Clock()

    def late(chunk: Chunk) -> Any:
        clock.now += seconds
        return exists(chunk)

    answers: Iterator[Any] = iter([lambda _: refused(503), late, lambda _: found])
    plan = plan_for(given, clock)
    run(plan, clock, lambda one: next(answers)(one))
    return plan


FULL = {
    "id": "t0",
    "commandLine": "work",
    "environmentSettings": [{"name": "V", "value": "new"}],
    "constraints": {"maxWallClockTime": "PT60M"},
}


@pytest.mark.parametrize(
    "other",
    [
        {"commandLine": "something else"},
        {"id": "T0"},
        {"environmentSettings": [{"name": "V", "value": "old"}]},
        {"environmentSettings": None},
        {"constraints": {"maxWallClockTime": "PT2H"}},
        {"commandLine": "something else", "creationTime": None},
        {"creationTime": "2025-01-02T11:59:49.1234567Z"},
    ],
)
def test_a_task_of_somebody_else_stays_a_rejection_after_an_attempt_in_doubt(other: dict[str, Any]) -> None:
    error = failure(after_doubt([FULL], existing(FULL, **other)))
    assert ids(error.failure_tasks) == ["t0"]
    assert error.failure_tasks[0].error is not None
    assert error.failure_tasks[0].error.code == "TaskExists"


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({}, 0),
        ({"constraints": {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 0}, "requiredSlots": 1}, 0),
        ({"creationTime": "2025-01-02T11:59:51Z"}, 0),
        ({"creationTime": "2025-01-02T11:40:00Z"}, 1200),
    ],
)
def test_a_task_with_all_that_was_sent_counts_as_added_after_an_attempt_in_doubt(
    more: dict[str, Any], seconds: float
) -> None:
    assert ids(after_doubt([FULL], existing(FULL, **more), seconds).result().result_values or []) == ["t0"]


@pytest.mark.parametrize("created", [None, "", "at noon", 12])
def test_a_task_whose_age_nobody_knows_is_in_doubt_after_an_attempt_in_doubt(created: Any) -> None:
    error = failure(after_doubt([FULL], existing(FULL, creationTime=created)))
    assert [(task["id"], type(why)) for task, why in error.unknown] == [("t0", DecodeError)]
    assert error.pending_tasks == [FULL]


def test_what_the_caller_does_to_a_task_that_was_sent_does_not_matter() -> None:
    def generate() -> Iterator[dict[str, Any]]:
        task: dict[str, Any] = {}
        for number in range(150):
            task.update(id=f"t{number}", commandLine=f"echo {number}")
            yield task

    job: dict[str, Any] = {}
    lose_once = iter([True])

    def service(work: Any) -> Any:
        if isinstance(work, Lookup):
            return existing(job[work.entries[0].id])
        items = [item(task, "clienterror", "TaskExists") if task["id"] in job else item(task) for task in sent(work)]
        job.update({task["id"]: task for task in sent(work)})
        return ServiceResponseError("dropped") if next(lose_once, False) else answer(items)

    clock = Clock()
    plan = plan_for(generate(), clock)
    run(plan, clock, service)
    assert ids(plan.result().result_values or []) == ids(tasks(150))


@pytest.mark.parametrize("other", ["same", "other", "later", "in capitals"])
def test_of_two_tasks_of_one_id_one_is_added(other: str) -> None:
    first, second = dict(FULL), {**FULL, "id": "T0" if other == "in capitals" else "t0"}
    if other == "other":
        second["environmentSettings"] = [{"name": "V", "value": "newer"}]
    given = [first, *tasks(101)[1:], second] if other == "later" else [first, second]
    job: dict[str, Any] = {}
    lost = iter([False, True] if other == "later" else [True])

    def service(work: Any) -> Any:
        if isinstance(work, Lookup):
            return existing(job[work.entries[0].id.lower()])
        items = []
        for task in sent(work):
            taken = job.setdefault(task["id"].lower(), task) is not task
            items.append(item(task, "clienterror", "TaskExists") if taken else item(task))
        return ServiceResponseError("dropped") if next(lost, False) else answer(items)

    clock = Clock()
    plan = plan_for(given, clock)
    run(plan, clock, service)
    error = failure(plan)
    assert (len(error.succeeded), len(error.failure_tasks), error.pending_tasks) == (len(given) - 1, 1, [])
    assert error.failure_tasks[0].task_id == second["id"]
    assert error.failure_tasks[0].error is not None
    assert error.failure_tasks[0].error.code == "TaskExists"


@pytest.mark.parametrize("harmless", [refused(429), ServiceRequestError("refused", error=ConnectionRefusedError())])
def test_a_task_that_exists_after_an_attempt_that_never_arrived_is_a_rejection(harmless: Exception) -> None:
    if isinstance(harmless, ServiceRequestError):
        harmless.inner_exception = type("NewConnectionError", (Exception,), {})()
    clock = Clock()
    answers: Iterator[Any] = iter([lambda _: harmless, exists])
    plan = plan_for(tasks(1), clock)
    run(plan, clock, lambda one: next(answers)(one))
    assert ids(failure(plan).failure_tasks) == ["t0"]


@pytest.mark.parametrize("body", [{}, {"id": "t0"}, {"commandLine": "x" * 10}])
def test_a_task_that_cannot_be_read_after_an_attempt_in_doubt_is_in_doubt(body: Any) -> None:
    clock = Clock()
    answers: Iterator[Any] = iter([lambda _: refused(503), exists])
    plan = plan_for(tasks(1), clock, retries=Retries(total=2))
    run(plan, clock, lambda one: next(answers, lambda _: Found(models.BatchTask.from_wire(dict(body)), AT_NOON))(one))
    error = failure(plan)
    assert [type(reason) for _, reason in error.unknown] == [DecodeError]
    assert (error.failure_tasks, error.pending_tasks) == ([], tasks(1))


def test_a_task_that_vanished_before_it_could_be_read_is_in_doubt_and_the_rest_go_on() -> None:
    clock = Clock()
    answers: Iterator[Any] = iter([lambda _: refused(503), exists, lambda _: refused(404, "TaskNotFound")])
    plan = plan_for(tasks(150), clock)
    first = {"t0"}

    def service(work: Any) -> Any:
        if isinstance(work, Chunk) and ids(sent(work))[0] not in first:
            return accept(work)
        reply = next(answers, None)
        return reply(work) if reply else existing(tasks(150)[work.entries[0].index])

    run(plan, clock, service)
    error = failure(plan)
    assert ids(error.pending_tasks) == ["t0"]
    assert len(error.succeeded) == 149


# -- when a request fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "final",
    [
        refused(404, "JobNotFound"),
        refused(409, "JobCompleted"),
        refused(400),
        refused(400, "UnsupportedRequestVersion"),
        refused(400, "InvalidHeaderValue"),
        refused(400, "MissingRequiredQueryParameter"),
        refused(400, "RequestUrlFailedToParse"),
        refused(400, "Md5Mismatch"),
        refused(400, "InvalidAuthenticationInfo"),
        refused(501),
        ClientAuthenticationError("no token"),
    ],
)
def test_a_refusal_of_the_whole_request_ends_the_submission(final: Exception) -> None:
    clock = Clock()
    answers: Iterator[Any] = iter([accept, lambda _: final])
    plan = plan_for(tasks(350), clock)
    assert len(run(plan, clock, lambda chunk: next(answers)(chunk))) == 2
    error = failure(plan)
    assert len(error.succeeded) == 100
    assert error.pending_tasks == tasks(350)[100:]
    assert (error.unknown, error.failure_tasks) == ([], [])
    assert error.errors == [final]


def test_what_an_iterator_holds_is_left_in_it() -> None:
    clock = Clock()
    given = iter(tasks(350))
    plan = plan_for(given, clock)
    run(plan, clock, lambda _: refused(404))
    assert failure(plan).pending_tasks == tasks(350)[:100]
    assert list(given) == tasks(350)[100:]


def test_an_exception_that_nobody_expected_leaves_its_tasks_in_doubt() -> None:
    clock = Clock()
    surprise = RuntimeError("a hook of the caller's")
    plan = plan_for(tasks(150), clock)
    run(plan, clock, lambda _: surprise)
    error = failure(plan)
    assert [(task["id"], reason) for task, reason in error.unknown] == [(f"t{n}", surprise) for n in range(100)]
    assert ids(error.pending_tasks) == ids(tasks(150))
    assert error.errors == [surprise]


@pytest.mark.parametrize(
    ("trouble", "attempts", "in_doubt"),
    [
        (refused(429), 6, False),
        (refused(503), 6, True),
        (refused(408), 6, True),
        (ServiceResponseError("dropped"), 6, True),
        (ServiceRequestError("reset", error=ConnectionResetError()), 6, True),
        (ServiceRequestError("refused"), 4, False),
        (HttpResponseError("the body broke off"), 6, True),
    ],
)
def test_trouble_that_does_not_pass_ends_the_submission_in_time(
    trouble: Exception, attempts: int, in_doubt: bool
) -> None:
    clock = Clock()
    plan = plan_for(tasks(120), clock, retries=Retries(total=5, limits=(3, 5, 5)))
    assert len(run(plan, clock, lambda _: trouble)) == attempts
    error = failure(plan)
    assert ids(error.pending_tasks) == ids(tasks(120))
    assert ids(task for task, _ in error.unknown) == (ids(tasks(100)) if in_doubt else [])
    assert error.errors == [trouble]


class Poisoned:
    """A service that can never add one task, and cannot be reached at some of the requests, from 1."""

    def __init__(self, poison: str, trouble: Exception, at: Iterable[int]) -> None:
        self.poison, self.trouble, self.at = poison, trouble, set(at)
        self.requests = 0

    def __call__(self, chunk: Chunk) -> Any:
        self.requests += 1
        if self.requests in self.at:
            return self.trouble
        return answer(
            item(task, "servererror", "InternalError") if task["id"] == self.poison else item(task)
            for task in sent(chunk)
        )


@pytest.mark.parametrize("trouble", [refused(503), ServiceResponseError("dropped")])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_task_that_has_failed_too_often_is_settled_alone_when_a_request_fails(trouble: Exception, lazy: bool) -> None:
    clock = Clock()
    given = tasks(3000)
    plan = plan_for(iter(given) if lazy else given, clock)
    run(plan, clock, Poisoned("t0", trouble, at=[11]))
    error = failure(plan)
    assert ids(error.succeeded) == ids(given)[1:]
    assert [(task["id"], why) for task, why in error.unknown] == [("t0", trouble)]
    assert error.errors == [trouble]


def test_tasks_that_alone_are_never_let_in_are_not_sent_and_the_others_are_added() -> None:
    clock = Clock()
    given = tasks(600)
    plan = plan_for(given, clock, retries=Retries(total=2, backoff=0))
    troubles = [refused(429) for _ in range(3)]
    for trouble in troubles:
        first, other = chunk_of(plan), chunk_of(plan)
        assert ids(sent(first)) == ids(given)[:100]
        reply_to(plan, other, accept(other))
        reply_to(plan, first, trouble)
    run(plan, clock, accept)
    error = failure(plan)
    assert ids(error.succeeded) == ids(given)[100:]
    assert error.pending_tasks == given[:100]
    assert (error.unknown, error.errors) == ([], [troubles[2]])


def test_pauses_grow_and_end_with_the_trouble() -> None:
    clock = Clock()
    times = []
    answers: Iterator[Any] = iter([refused(503)] * 4 + [accept] + [refused(503)] + [accept])

    def service(chunk: Chunk) -> Any:
        times.append(clock.now)
        reply = next(answers)
        return reply if isinstance(reply, Exception) else reply(chunk)

    plan = plan_for(tasks(200), clock, retries=Retries(backoff=16, longest=50))
    run(plan, clock, service)
    assert [after - before for before, after in zip(times, times[1:])] == [1, 16, 32, 50, 0, 1]


def test_requests_that_fail_together_are_one_failure() -> None:
    clock = Clock()
    plan = plan_for(tasks(500), clock, retries=Retries(backoff=16))
    together = [plan.next() for _ in range(5)]
    for work in together:
        reply_to(plan, work, refused(503))
    assert plan.next() == 1
    clock.now += 1
    assert ids(sent(plan.next()))[0] == "t0"


def test_everything_pauses_for_as_long_as_the_service_asks() -> None:
    clock = Clock()
    plan = plan_for(tasks(300), clock)
    first, second = chunk_of(plan), chunk_of(plan)
    reply_to(plan, first, refused(429, Retry_After="30"))
    assert plan.next() == 30
    reply_to(plan, second, accept(second))
    assert plan.next() == 30
    clock.now += 30
    assert ids(sent(plan.next()))[0] == "t0"


@pytest.mark.parametrize(
    "nonsense", ["soon", "", "Thu, 99 Foo", "1e400", "nan", "-5", "99999999999", "Fri, 31 Dec 9999"]
)
def test_a_retry_after_that_says_nothing_is_as_none(nonsense: str) -> None:
    clock = Clock()
    plan = plan_for(tasks(1), clock, retries=Retries(backoff=32))
    reply_to(plan, plan.next(), refused(503, Retry_After=nonsense))
    assert plan.next() == 2


def test_nothing_is_sent_after_the_deadline() -> None:
    clock = Clock()

    def service(chunk: Chunk) -> Any:
        clock.now += 4
        return accept(chunk)

    plan = plan_for(tasks(500), clock, retries=Retries(timeout=10))
    assert len(run(plan, clock, service)) == 3
    error = failure(plan)
    assert len(error.succeeded) == 300
    assert error.pending_tasks == tasks(500)[300:]
    assert isinstance(error.errors[-1], ServiceRequestTimeoutError)


def test_a_pause_beyond_the_deadline_is_not_waited_for() -> None:
    clock = Clock()
    plan = plan_for(tasks(1), clock, retries=Retries(timeout=10))
    begin = clock.now
    run(plan, clock, lambda _: refused(429, Retry_After="60"))
    assert clock.now == begin
    assert failure(plan).pending_tasks == tasks(1)


def test_no_more_is_read_while_very_many_tasks_wait_to_be_sent_again() -> None:
    clock = Clock()
    read = 0

    def generate() -> Iterator[dict[str, Any]]:
        nonlocal read
        for task in tasks(100_000):
            read += 1
            yield task

    def service(chunk: Chunk) -> Any:
        first, *rest = sent(chunk)
        return answer([item(first), *(item(task, "servererror", "InternalError") for task in rest)])

    plan = plan_for(generate(), clock, retries=Retries(backoff=100, fixed=True))
    step = plan.next()
    while isinstance(step, Chunk):
        reply_to(plan, step, service(step))
        step = plan.next()
    assert read <= 1200


# -- when the input fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "kind", "text"),
    [
        (7, TypeError, r"task_collection\[1\]: expected a task, got int"),
        ({"id": object()}, TypeError, r"task_collection\[1\]: .*object"),
        (models.BatchTaskCreateOptions.from_wire({"id": "x"}), ValueError, r"task_collection\[1\]: .*must be set"),
    ],
)
def test_what_is_no_task_is_told_before_anything_is_sent(bad: Any, kind: type[Exception], text: str) -> None:
    plan = plan_for([tasks(1)[0], bad])
    assert plan.next() is None
    with pytest.raises(kind, match=text):
        plan.result()


def test_an_input_that_fails_later_is_accounted_for() -> None:
    clock = Clock()
    broken = OSError("the disk")

    def generate() -> Iterator[dict[str, Any]]:
        yield from tasks(150)
        raise broken

    plan = plan_for(generate(), clock)
    run(plan, clock, accept)
    error = failure(plan)
    assert len(error.succeeded) == 100
    assert error.pending_tasks == tasks(150)[100:]
    assert error.errors == [broken]
    assert error.__cause__ is broken


class Feed:
    """A collection that can be read once, and only for a while."""

    def __init__(self, good: int, error: Exception) -> None:
        self.given = iter(tasks(good))
        self.error = error

    def __len__(self) -> int:
        return 1000

    def __contains__(self, task: object) -> bool:
        return False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        for task in self.given:
            return task
        raise self.error


def test_a_collection_that_fails_for_good_is_accounted_for() -> None:
    clock = Clock()
    broken = ConnectionError("the database")
    plan = plan_for(Feed(150, broken), clock)
    run(plan, clock, accept)
    error = failure(plan)
    assert (ids(error.succeeded), error.pending_tasks) == (ids(tasks(100)), tasks(150)[100:])
    assert error.errors == [broken]


def test_a_collection_that_cannot_be_read_to_its_end_does_not_hide_why_the_submission_ended() -> None:
    clock = Clock()
    broken, final = ConnectionError("the database"), refused(404, "JobNotFound")
    plan = plan_for(Feed(150, broken), clock)
    run(plan, clock, lambda _: final)
    error = failure(plan)
    assert error.pending_tasks == tasks(150)
    assert error.errors == [broken, final]
    assert error.__cause__ is final


# -- when the loop is interrupted --------------------------------------------------------------------------------------


def test_an_interrupted_submission_tells_what_is_known() -> None:
    plan = plan_for(tasks(400))
    first, _, third = chunk_of(plan), chunk_of(plan), chunk_of(plan)
    reply_to(plan, first, accept(first))
    interrupt = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        reply_to(plan, third, interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        plan.end(interrupt)
    error = caught.value.__cause__
    assert isinstance(error, models.CreateTasksError)
    assert ids(error.succeeded) == ids(tasks(100))
    assert ids(task for task, _ in error.unknown) == ids(tasks(400))[100:300]
    assert ids(error.pending_tasks) == ids(tasks(400))[100:]


# -- the settings ------------------------------------------------------------------------------------------------------


def test_the_retry_settings_are_those_of_the_call_then_those_of_the_client() -> None:
    client = RetryPolicy[Any, Any](retry_total=7, retry_backoff_factor=2, retry_mode="fixed", timeout=50)
    options = {"retry_total": 4, "retry_status": 0, "retry_connect": 1, "headers": {}}
    found = Retries.take(client, options)
    assert found == Retries(4, (1, 4, 0, 3), backoff=2, longest=120, fixed=True, timeout=50)
    assert options == {"headers": {}}
    assert Retries.take(client, {}).limits == (3, 7, 7, 3)


# -- any mix -----------------------------------------------------------------------------------------------------------

WHOLE = ["ok"] * 8 + ["503 before", "503 after", "dropped before", "dropped after", "429", "refused", "garbage"]
RARE = ["404", "surprise"]
EACH = ["ok"] * 12 + ["servererror before", "servererror after", "clienterror", "passed over"]


class Service:
    """A job whose service fails as the test draws it, before or after it took notice of a request."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], limit: int, fatal: bool) -> None:
        self.draw = draw
        self.limit = limit
        self.whole = st.sampled_from(WHOLE + RARE) if fatal else st.sampled_from(WHOLE)
        self.each = st.sampled_from(EACH)
        self.troubles = math.inf
        """How many requests may fail."""
        self.bad = ("", "")
        """The id of a task that can never be added, and how it fails."""
        self.job: dict[str, dict[str, Any]] = {}
        self.taken: set[str] = set()

    def __call__(self, work: Any) -> Any:
        how: str = self.draw(self.whole) if self.troubles else "ok"
        self.troubles -= how != "ok"
        if how in ("503 before", "dropped before", "429", "refused", "404", "surprise"):
            return self.failure(how)
        if isinstance(work, Lookup):
            found = self.job.get(work.entries[0].id)
            return self.failure(how) if how != "ok" else existing(found) if found else refused(404, "TaskNotFound")
        name, fate = self.bad
        is_bad = name in ids(sent(work))
        if len(work.body) > self.limit or (is_bad and fate == "too large"):
            return refused(413, "RequestBodyTooLarge")
        if is_bad and fate == "malformed":
            return refused(400, "InvalidRequestBody")
        items = [self.one(task) for task in sent(work)]
        known = [one for one in items if one is not None]
        return answer(self.draw(st.permutations(known))) if how == "ok" else self.failure(how)

    def one(self, task: dict[str, Any]) -> Optional[dict[str, Any]]:
        name, fate = self.bad
        how: str = fate if task["id"] == name else self.draw(self.each)
        if how == "clienterror" or how == "servererror before":
            return item(task, how.split()[0], "Some")
        if task["id"] in self.job or task["id"] in self.taken:
            return item(task, "clienterror", "TaskExists")
        self.job[task["id"]] = task
        if how == "passed over":
            return None
        return item(task, "servererror", "Some") if how == "servererror after" else item(task)

    @staticmethod
    def failure(how: str) -> Exception:
        if how == "429":
            return refused(429)
        if how == "404":
            return refused(404, "JobNotFound")
        if how.startswith("503"):
            return refused(503)
        if how == "refused":
            return ServiceRequestError("no connection")
        if how == "surprise":
            return RuntimeError("a hook")
        return DecodeError("garbage") if how == "garbage" else ServiceResponseError("dropped")


def drive(plan: Submission, clock: Clock, service: Service, at_once: int, data: st.DataObject) -> None:
    """Do what the plan says, with several requests on their way, which are answered in any order."""
    running: list[Any] = []
    while True:
        step = plan.next() if len(running) < at_once else math.inf
        if step is None:
            return
        if isinstance(step, (Chunk, Lookup)):
            running.append(step)
        elif running:
            work = running.pop(data.draw(st.integers(0, len(running) - 1)))
            reply_to(plan, work, service(work))
        else:
            assert step < math.inf
            clock.now += step


@given(
    st.data(),
    st.lists(st.integers(0, 120), max_size=60),
    st.integers(300, 3000),
    st.integers(1, 4),
    st.integers(0, 6),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_whatever_happens_each_task_ends_in_one_place_and_that_is_true(
    data: st.DataObject, sizes: list[int], limit: int, at_once: int, total: int, fatal: bool
) -> None:
    given = [{"id": f"t{number}", "commandLine": f"{number}{'x' * size}"} for number, size in enumerate(sizes)]
    service = Service(data.draw, limit, fatal)
    service.taken = set(data.draw(st.lists(st.sampled_from(ids(given)), max_size=3))) if given else set()
    clock = Clock()
    plan = plan_for(given, clock, retries=Retries(total, (3, total, total)))
    drive(plan, clock, service, at_once, data)
    try:
        error = models.CreateTasksError(succeeded=plan.result().result_values)
    except models.CreateTasksError as raised:
        error = raised
    check(given, service, error)


@given(st.data(), st.integers(1, 60), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_one_task_that_fails_for_ever_keeps_no_other_from_being_added(
    data: st.DataObject, count: int, at_once: int
) -> None:
    given = tasks(count)
    bad = data.draw(st.sampled_from(ids(given)))
    how = data.draw(st.sampled_from(["servererror before", "clienterror", "malformed", "too large"]))
    service = Service(data.draw, 100_000, fatal=False)
    service.whole = st.sampled_from(["503 before", "ok", "dropped after"])
    service.each, service.bad, service.troubles = st.just("ok"), (bad, how), 3
    clock = Clock()
    plan = plan_for(given, clock, retries=Retries(3, (3, 3, 3, 3), backoff=0))
    with mock.patch.object(_submission, "MOST_TASKS", 3):  # so that much is still to be sent when the one is given up
        drive(plan, clock, service, at_once, data)
    error = failure(plan)
    assert ids(error.succeeded) == [one for one in ids(given) if one != bad]
    assert [*ids(error.failure_tasks), *ids(error.pending_tasks)] == [bad]


def check(given: list[dict[str, Any]], service: Service, error: models.CreateTasksError) -> None:
    order = {one: place for place, one in enumerate(ids(given))}
    added, rejected, pending = ids(error.succeeded), ids(error.failure_tasks), ids(error.pending_tasks)
    assert sorted(added + rejected + pending, key=order.__getitem__) == ids(given)
    for some in (added, rejected, pending):
        assert some == sorted(some, key=order.__getitem__)
    assert set(added) <= service.job.keys()
    in_doubt = ids(task for task, _ in error.unknown)
    assert set(in_doubt) <= set(pending)
    assert not service.job.keys() & (set(pending) - set(in_doubt)), "said not to be sent, but added"
    assert all(isinstance(reason, Exception) for _, reason in error.unknown)
    assert not pending or error.errors
    assert not [one for one in error.errors if not isinstance(one, (AzureError, RuntimeError))]
