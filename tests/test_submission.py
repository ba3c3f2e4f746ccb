"""The plan of a bulk submission: what is sent next, and what the service says of each task. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from azure.core.exceptions import (
    DecodeError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import RetryPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from azure.batch import models
from azure.batch._submission import Chunk, Retries
from support.submission import (
    Clock,
    Counted,
    Reply,
    accept,
    answer,
    chunk_of,
    existing,
    exists,
    failure,
    ids,
    item,
    plan_for,
    refused,
    reply_to,
    run,
    sent,
    tasks,
)

# -- packing -----------------------------------------------------------------------------------------------------------


def test_tasks_go_out_in_order_a_hundred_at_a_time() -> None:
    clock = Clock()
    plan = plan_for(tasks(250), clock)
    chunks = run(plan, clock, accept)
    assert [len(sent(chunk)) for chunk in chunks] == [100, 100, 50]
    assert [task for chunk in chunks for task in sent(chunk)] == tasks(250)
    assert ids(plan.result().result_values or []) == ids(tasks(250))


def test_a_generator_is_read_as_it_is_sent() -> None:
    source = Counted(1000)

    clock = Clock()
    seen = []

    def service(chunk: Chunk) -> Any:
        seen.append(source.read)
        return accept(chunk)

    run(plan_for(source, clock), clock, service)
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
    source = Counted(1000)

    plan = plan_for(source, clock)
    first, second = chunk_of(plan), chunk_of(plan)
    reply_to(plan, first, refused(400, "InvalidRequestBody"))
    reply_to(plan, second, refused(400, "InvalidRequestBody"))
    parts = [chunk_of(plan) for _ in range(4)]
    assert sorted(ids([task for part in parts for task in sent(part)])) == sorted(ids(tasks(200)))
    assert source.read == 200


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


# -- when the input fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "kind", "text"),
    [
        (7, TypeError, r"task_collection\[1\]: expected a BatchTaskCreateOptions or its JSON, got int"),
        ({"id": object()}, TypeError, r"task_collection\[1\]: .*object"),
        (models.BatchTask.from_wire({"id": "x", "commandLine": "c"}), TypeError, "its JSON, got BatchTask"),
        (models.BatchTaskCreateOptions.from_wire({"id": "x"}), ValueError, r"task_collection\[1\]: .*must be set"),
    ],
)
def test_what_is_no_task_is_told_before_anything_is_sent(bad: Any, kind: type[Exception], text: str) -> None:
    plan = plan_for([tasks(1)[0], bad])
    assert plan.next() is None
    with pytest.raises(kind, match=text):
        plan.result()


@pytest.mark.parametrize("as_model", [False, True])
def test_tasks_that_are_one_object_are_given_back_as_they_were_sent(as_model: bool) -> None:
    def generate() -> Iterator[Any]:
        task: Any = models.BatchTaskCreateOptions(id="", command_line="c") if as_model else {"commandLine": "c"}
        for number in range(150):
            task["id"] = f"t{number}"
            yield task

    clock = Clock()
    plan = plan_for(generate(), clock)
    first, second = chunk_of(plan), chunk_of(plan)
    plan.digest(first, None, refused(400, "InvalidUrl"))
    plan.digest(second, None, ServiceResponseError("lost"))
    error = failure(plan)
    assert ids(error.pending_tasks) == [f"t{number}" for number in range(150)]
    assert ids(task for task, _ in error.unknown) == [f"t{number}" for number in range(100, 150)]
    assert {type(task) for task in error.pending_tasks} == {models.BatchTaskCreateOptions if as_model else dict}
    assert {task["commandLine"] for task in error.pending_tasks} == {"c"}


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
