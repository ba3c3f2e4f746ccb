"""The plan of a bulk submission when tasks exist already, requests fail, or anything happens. No I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
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
from hypothesis import given, settings
from hypothesis import strategies as st

from azure.batch import _submission, models
from azure.batch._submission import Chunk, Found, Lookup, Retries, Submission
from support.submission import (
    AT_NOON,
    NOON,
    Clock,
    Counted,
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

# -- a task that exists already ----------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        (refused(503), 0.5, 1),
        (refused(429, Retry_After="30"), 30, 31),
        (lambda chunk: answer(item(task, "servererror", "ServerBusy") for task in sent(chunk)), 0.5, 1),
    ],
    ids=["failed", "asked to wait", "failed for a task"],
)
def test_clients_that_meet_the_same_trouble_do_not_come_again_together(reply: Any, least: float, most: float) -> None:
    def pause(**options: Any) -> Any:
        plan = Submission(tasks(1), retries=Retries(backoff=16), clock=Clock(), **options)
        chunk = chunk_of(plan)
        reply_to(plan, chunk, reply(chunk) if callable(reply) else reply)
        return plan.next()

    assert (pause(jitter=lambda: 0.0), pause(jitter=lambda: 1.0)) == (least, most)
    pauses = {pause() for _ in range(20)}
    assert len(pauses) > 10
    assert least <= min(pauses) < max(pauses) <= most


def test_a_request_that_always_fails_does_not_end_a_submission_whose_others_are_answered() -> None:
    """Also when the answer to another one comes after the failure, and after the pause that follows it has begun."""
    clock = Clock()
    plan = plan_for(tasks(4000), clock)
    running: list[Any] = []
    while True:
        step = plan.next() if len(running) < 2 else math.inf
        if step is None:
            break
        if isinstance(step, Chunk):
            running.append(step)
        elif running:
            for work in sorted(running, key=lambda work: "t0" not in ids(sent(work))):
                reply_to(plan, work, refused(500) if "t0" in ids(sent(work)) else accept(work))
            running = []
        else:
            clock.now += step
    error = failure(plan)
    assert (len(error.succeeded), len(error.unknown)) == (3900, 100)


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
    source = Counted(100_000)

    def service(chunk: Chunk) -> Any:
        first, *rest = sent(chunk)
        return answer([item(first), *(item(task, "servererror", "InternalError") for task in rest)])

    plan = plan_for(source, clock, retries=Retries(backoff=100, fixed=True))
    step = plan.next()
    while isinstance(step, Chunk):
        reply_to(plan, step, service(step))
        step = plan.next()
    assert source.read <= 1200


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
