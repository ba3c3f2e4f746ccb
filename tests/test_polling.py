"""Long-running operations: when a poller is over, when it fails, and how it is taken up again."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any, Union

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.polling import AsyncNoPolling, NoPolling
from azure.core.utils import case_insensitive_dict

from azure.batch import OperationFailedError, _waits, models
from azure.batch._waits import RULES, Wait
from conftest import Client, settled
from support.clients import memory_client
from support.memory import Answer
from support.resources import pool_options, steady, until
from support.waiting import PATIENCE

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

ACCEPTED = "Fri, 02 Jan 2026 03:04:05 GMT"
BEFORE = "2026-01-02T03:04:04.9999999Z"
AFTER = "2026-01-02T03:04:06.0000000Z"


def missing(code: str) -> Answer:
    return Answer(404, json.dumps({"code": code, "message": {"value": "gone"}}).encode())


GONE = missing("PoolNotFound")
GONE_AFTER = {
    "delete_pool": GONE,
    "delete_job": missing("JobNotFound"),
    "delete_job_schedule": missing("JobScheduleNotFound"),
}
"""What the service answers when a deletion has come to its end."""


def state(name: str, since: str = AFTER, **more: Any) -> Answer:
    """A resource in a state; pools are told by their allocation state."""
    body = {"state": name, "allocationState": name, "stateTransitionTime": since, "lastBootTime": since}
    body["allocationStateTransitionTime"] = since
    return Answer(200, json.dumps({**body, "creationTime": BEFORE, **more}).encode())


class Script:
    """Accepts the first request and then answers each read with the next of a list, the last again and again.

    A class of exceptions among the answers is raised, as a transport does that gets none.
    """

    def __init__(self, answers: Iterable[Union[Answer, type[Exception]]], accepted: int = 202) -> None:
        self.answers = list(answers)
        self.accepted = accepted
        self.poller: Any = None
        self.requests: list[Any] = []

    def __call__(self, request: Any) -> Answer:
        self.requests.append(request)
        if len(self.requests) == 1:
            return Answer(self.accepted, headers={"Date": ACCEPTED})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("no answer")
        return answer


def read(operation: str, answer: Answer) -> Any:
    """The resource of an answer."""
    return getattr(models, RULES[operation].model).from_wire(json.loads(answer.body))


OPERATIONS: dict[str, tuple[Any, ...]] = {
    "delete_pool": ("p",),
    "resize_pool": ("p", {"targetDedicatedNodes": 1}),
    "stop_pool_resize": ("p",),
    "remove_nodes": ("p", {"nodeList": ["n"]}),
    "delete_job": ("j",),
    "disable_job": ("j", {"disableTasks": "requeue"}),
    "enable_job": ("j",),
    "terminate_job": ("j",),
    "delete_job_schedule": ("s",),
    "terminate_job_schedule": ("s",),
    "reboot_node": ("p", "n"),
    "start_node": ("p", "n"),
    "reimage_node": ("p", "n"),
    "deallocate_node": ("p", "n"),
}


def ending(operation: str) -> Answer:
    """What the last read of an operation gives."""
    return GONE_AFTER.get(operation) or state(sorted(RULES[operation].done)[0])


async def run(script: Script, asynchronous: bool, operation: str, **options: Any) -> Any:
    """Begin an operation and await its result; gives the poller, for its state."""
    async with memory_client(script, asynchronous, retry_total=0) as client:
        begin = getattr(client, f"begin_{operation}")
        poller = await settled(begin(*OPERATIONS[operation], polling_interval=0, **options))
        try:
            assert await poller.result() is None
        finally:
            script.poller = poller  # for the tests of failures to look at
        return poller


def test_every_long_running_operation_has_a_rule_and_a_test() -> None:
    assert set(OPERATIONS) == set(RULES)
    assert {name: tuple(sorted(rule.failed)) for name, rule in RULES.items() if rule.failed} == FAILURES


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.since])
async def test_a_state_from_before_the_call_is_not_its_end(asynchronous: bool, operation: str) -> None:
    rule = RULES[operation]
    last = sorted(rule.done)[0]
    script = Script([state("resizing"), state(last, BEFORE), state("rebooting"), state(last)])
    poller = await run(script, asynchronous, operation)
    assert len(script.requests) == 5  # the call and four reads: the state from before the call did not count
    assert poller.status() == "Succeeded"
    assert poller.done()


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if not rule.gone])
async def test_an_operation_is_over_in_its_last_state_and_not_before(asynchronous: bool, operation: str) -> None:
    script = Script([state("resizing"), state("rebooting"), state(sorted(RULES[operation].done)[0])])
    assert (await run(script, asynchronous, operation)).status() == "Succeeded"
    assert len(script.requests) == 4


@BOTH
async def test_a_resize_that_changes_nothing_is_over_at_last(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_waits, "_PATIENCE", 0.01)
    await run(Script([state("steady", BEFORE)]), asynchronous, "resize_pool")


@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.since])
def test_a_state_from_before_the_call_is_waited_through(operation: str) -> None:
    now = 0.0
    wait = Wait(operation, *OPERATIONS[operation][:2], clock=lambda: now)
    wait.begin({"Date": ACCEPTED})
    last = sorted(RULES[operation].done)[0]
    while now < 599 and not wait.step(read(operation, state(last, BEFORE))):
        now += 1
    assert now >= (30 if RULES[operation].check_errors else 599)
    assert wait.step(read(operation, state(last, AFTER)))


@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.since])
def test_a_state_from_the_second_of_the_call_counts_if_something_was_seen_before_it(operation: str) -> None:
    last, then = sorted(RULES[operation].done)[0], "2026-01-02T03:04:05.5Z"
    now = 0.0
    alone = Wait(operation, "p", "n", clock=lambda: now)
    moved = Wait(operation, "p", "n", clock=lambda: now)
    for wait in (alone, moved):
        wait.begin({"Date": ACCEPTED})
    assert not moved.step(read(operation, state("rebooting")))
    assert moved.step(read(operation, state(last, then)))
    assert not alone.step(read(operation, state(last, then)))
    now = 3.0
    assert alone.step(read(operation, state(last, then)))


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.failed])
async def test_a_broken_state_from_before_the_call_is_not_its_failure(asynchronous: bool, operation: str) -> None:
    before = state(sorted(RULES[operation].failed)[0], BEFORE)
    script = Script([before, before, state("rebooting"), state(sorted(RULES[operation].done)[0])])
    assert (await run(script, asynchronous, operation)).status() == "Succeeded"


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.failed])
async def test_a_broken_state_that_stays_is_a_failure_at_last(
    asynchronous: bool, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_waits, "_PATIENCE", 0.01)
    with pytest.raises(OperationFailedError):
        await run(Script([state(sorted(RULES[operation].failed)[0], BEFORE)]), asynchronous, operation)


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.gone])
async def test_a_deletion_is_over_when_the_resource_is_gone(asynchronous: bool, operation: str) -> None:
    for end in (GONE_AFTER[operation], missing("ResourceNotFound")):
        script = Script([state("active", BEFORE), state("deleting"), end])
        assert (await run(script, asynchronous, operation)).status() == "Succeeded"
        assert len(script.requests) == 4


@BOTH
@pytest.mark.parametrize("operation", sorted(GONE_AFTER))
async def test_a_404_that_does_not_say_that_it_is_gone_is_not_the_end_of_a_deletion(
    asynchronous: bool, operation: str
) -> None:
    others = [answer for name, answer in GONE_AFTER.items() if name != operation]
    page = Answer(404, b"<html>no such site</html>", {"Content-Type": "text/html"})
    for answer in (*others, page, Answer(404), missing("AccountNotFound"), missing("NodeNotFound")):
        script = Script([state("deleting"), answer])
        with pytest.raises(ResourceNotFoundError) as caught:
            await run(script, asynchronous, operation)
        error: Any = caught.value
        assert error.resource.state == "deleting"
        assert script.poller.status() == "Failed"


ANOTHER = state("active", AFTER, creationTime="2026-01-02T03:05:00Z")


@BOTH
@pytest.mark.parametrize("before", [[state("deleting")], []], ids=["seen before", "seen at once"])
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.gone])
async def test_a_deletion_is_over_when_another_resource_has_taken_the_id(
    asynchronous: bool, operation: str, before: list[Answer]
) -> None:
    script = Script([*before, ANOTHER])
    await run(script, asynchronous, operation)
    assert len(script.requests) == 2 + len(before)


@BOTH
async def test_another_resource_made_in_the_second_of_the_deletion_is_told_by_patience(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_waits, "_BRIEF_PATIENCE", 0.01)
    then = "2026-01-02T03:04:05.5Z"
    await run(Script([state("active", then, creationTime=then)]), asynchronous, "delete_job")


@BOTH
@pytest.mark.parametrize("before", [[state("resizing")], []], ids=["seen before", "seen at once"])
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.born and not rule.gone])
async def test_an_operation_fails_when_another_resource_has_taken_the_id(
    asynchronous: bool, operation: str, before: list[Answer]
) -> None:
    last = sorted(RULES[operation].done)[0]
    script = Script([*before, state(last, creationTime="2026-01-02T03:05:00Z")])
    with pytest.raises(OperationFailedError, match=f"{operation}.*another made under its id") as caught:
        await run(script, asynchronous, operation)
    assert caught.value.resource["creationTime"] == "2026-01-02T03:05:00Z"


@BOTH
@pytest.mark.parametrize("before", [[state("deleting"), state("active", BEFORE)], []], ids=["seen before", "missed"])
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if rule.gone])
async def test_what_could_not_be_deleted_is_an_error_with_the_resource(
    asynchronous: bool, operation: str, before: list[Answer]
) -> None:
    script = Script([*before, state("completed", AFTER)])
    with pytest.raises(OperationFailedError, match=f"{operation}.*could not be deleted.*completed") as caught:
        await run(script, asynchronous, operation)
    assert caught.value.resource.state == "completed"
    assert script.poller.status() == "Failed"


@BOTH
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_a_poll_is_retried_as_any_request(asynchronous: bool, operation: str) -> None:
    last = [ending(operation)]
    busy, going = Answer(503, b"{}"), state("deleting" if RULES[operation].gone else "rebooting")
    script = Script([busy, going, Answer(429, b"{}"), Answer(500, b"{}"), *last])
    async with memory_client(script, asynchronous, retry_backoff_factor=0) as client:
        poller = await settled(getattr(client, f"begin_{operation}")(*OPERATIONS[operation], polling_interval=0))
        await poller.result()
    assert [one.method for one in script.requests[1:]] == ["GET"] * 5


@BOTH
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_a_poll_that_fails_at_last_is_raised_with_what_was_read_before(
    asynchronous: bool, operation: str
) -> None:
    script = Script([state("deleting" if RULES[operation].gone else "rebooting"), Answer(503, b"{}")])
    with pytest.raises(HttpResponseError) as caught:
        await run(script, asynchronous, operation)
    error: Any = caught.value
    assert error.status_code == 503
    assert error.resource.state in ("deleting", "rebooting")
    again = Script([ending(operation)])
    again.requests.append("the call was made before")
    async with memory_client(again, asynchronous) as client:
        begin = getattr(client, f"begin_{operation}")
        poller = await settled(begin(*OPERATIONS[operation], continuation_token=error.continuation_token))
        await poller.result()
    assert [one.method for one in again.requests[1:]] == ["GET"]


BROKEN: list[type[Exception]] = [ServiceRequestError, ServiceResponseError]
"""What transports raise for a connection that cannot be made, and for one that breaks."""


@BOTH
async def test_a_poll_that_gets_no_answer_is_repeated(asynchronous: bool) -> None:
    script = Script([*BROKEN, state("deleting"), *BROKEN, GONE])
    async with memory_client(script, asynchronous, retry_backoff_factor=0) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0))
        await poller.result()
    assert poller.status() == "Succeeded"
    assert [one.method for one in script.requests] == ["DELETE", *["GET"] * 6]


@BOTH
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_connection_that_stays_away_is_raised_with_what_was_read_before(
    asynchronous: bool, broken: type[Exception]
) -> None:
    script = Script([state("deleting"), broken])
    async with memory_client(script, asynchronous, retry_backoff_factor=0, retry_total=2) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0))
        with pytest.raises(broken, match="no answer\nThe request was GET") as caught:
            await poller.result()
        error: Any = caught.value
        assert len(script.requests) == 2 + 3
        assert poller.status() == "Failed"
        assert error.resource.state == "deleting"
        script.answers = [GONE]
        again = await settled(client.begin_delete_pool("p", continuation_token=error.continuation_token))
        await again.result()
    assert again.status() == "Succeeded"


@BOTH
async def test_a_poller_whose_client_is_closed_says_so_at_once(asynchronous: bool) -> None:
    script = Script([state("deleting")])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=3600))
        wait = asyncio.ensure_future(poller.result()) if asynchronous else None
        await until(lambda: seen(script, 3))
    if wait is not None:
        wait.cancel()  # the event loop's own way to end a pause
        with pytest.raises(asyncio.CancelledError):
            await wait
        assert poller.status() == "InProgress"
    with pytest.raises(ServiceRequestError, match="delete_pool p: the client was closed") as caught:
        await poller.result()
    error: Any = caught.value
    assert error.resource.state == "deleting"
    assert Wait.from_token(error.continuation_token).operation == "delete_pool"
    assert poller.status() == "Failed"


@BOTH
async def test_a_poll_under_way_when_the_client_is_closed_says_so(asynchronous: bool) -> None:
    script = Script([state("deleting")])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0.01))
        client._client._pipeline._transport.send = fails_on_a_closed_transport
        client._closed.set()
        with pytest.raises(ServiceRequestError, match="the client was closed"):
            await poller.result()


def fails_on_a_closed_transport(*_: Any, **__: Any) -> Any:
    raise ValueError("HTTP transport has already been closed.")


async def seen(script: Script, requests: int) -> bool:
    return len(script.requests) >= requests


async def test_a_cancelled_wait_can_be_taken_up_again() -> None:
    script = Script([state("deleting")])
    async with memory_client(script, True) as client:
        poller = await client.begin_delete_pool("p", polling_interval=0.01)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(poller.result(), 0.1)
        assert poller.status() == "InProgress"
        script.answers = [GONE]
        assert await poller.result() is None
        assert poller.status() == "Succeeded"


BROKEN_NODES = ("leavingpool", "preempted", "starttaskfailed", "unknown", "unusable")
ENDED_JOBS = ("completed", "deleting", "terminating")
FAILURES: dict[str, tuple[str, ...]] = {
    "disable_job": ENDED_JOBS,
    "enable_job": ENDED_JOBS,
    "terminate_job": ("deleting",),
    "terminate_job_schedule": ("deleting",),
    "reboot_node": BROKEN_NODES,
    "start_node": BROKEN_NODES,
    "reimage_node": BROKEN_NODES,
    "deallocate_node": BROKEN_NODES,
}
"""The states in which the end that was asked for cannot come any more."""


@BOTH
@pytest.mark.parametrize(("operation", "failed"), [(name, one) for name, states in FAILURES.items() for one in states])
async def test_an_end_in_another_state_is_an_error_with_the_resource(
    asynchronous: bool, operation: str, failed: str
) -> None:
    script = Script([state(failed, errors=[{"code": "DiskFull", "message": "no space"}]), ending(operation)])
    with pytest.raises(OperationFailedError, match=f"{operation}.*{failed}[\\s\\S]*DiskFull") as caught:
        await run(script, asynchronous, operation)
    assert caught.value.resource.state == failed
    assert script.poller.status() == "Failed"


@BOTH
@pytest.mark.parametrize("operation", ["resize_pool", "remove_nodes"])
async def test_resize_errors_are_an_error(asynchronous: bool, operation: str) -> None:
    errors = [{"code": "AccountCoreQuotaReached", "message": "too many cores"}]
    script = Script([state("steady", resizeErrors=errors)])
    with pytest.raises(OperationFailedError, match="AccountCoreQuotaReached") as caught:
        await run(script, asynchronous, operation)
    assert caught.value.resource.resize_errors[0].message == "too many cores"
    assert "ask for a higher quota" in str(caught.value).splitlines()[-1]


@BOTH
async def test_stopping_a_resize_succeeds_though_it_leaves_a_resize_error(asynchronous: bool) -> None:
    await run(Script([state("steady", resizeErrors=[{"code": "ResizeStopped"}])]), asynchronous, "stop_pool_resize")


@BOTH
@pytest.mark.parametrize("operation", [name for name, rule in RULES.items() if not rule.gone])
async def test_a_resource_that_vanishes_is_an_error(asynchronous: bool, operation: str) -> None:
    with pytest.raises(ResourceNotFoundError, match="gone"):
        await run(Script([state("resizing"), GONE]), asynchronous, operation)


@BOTH
@pytest.mark.parametrize(("status", "expected"), [(403, ClientAuthenticationError), (500, HttpResponseError)])
async def test_a_poll_that_fails_is_raised(asynchronous: bool, status: int, expected: type[Exception]) -> None:
    body = json.dumps({"code": "AuthenticationFailed", "message": {"value": "no"}}).encode()
    script = Script([state("deleting"), Answer(status, body)])
    with pytest.raises(expected, match="no"):
        await run(script, asynchronous, "delete_pool")
    assert script.poller.status() == "Failed"


@BOTH
async def test_a_poll_that_is_refused_is_raised_at_once_with_the_reason(asynchronous: bool) -> None:
    body = json.dumps({"code": "InsufficientAccountPermissions", "message": {"value": "no role"}}).encode()
    script = Script([state("deleting"), Answer(403, body), GONE])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0))
        with pytest.raises(ClientAuthenticationError, match="no role") as caught:
            await poller.result()
    error: Any = caught.value
    assert [one.method for one in script.requests] == ["DELETE", "GET", "GET"]
    assert (error.status_code, error.error.code) == (403, "InsufficientAccountPermissions")
    assert error.resource.state == "deleting"
    assert error.response.request.method == "GET"


@BOTH
async def test_a_call_that_is_refused_is_raised_by_the_call(asynchronous: bool) -> None:
    async with memory_client(lambda _: GONE, asynchronous) as client:
        with pytest.raises(ResourceNotFoundError):
            await settled(client.begin_delete_pool("p"))


@BOTH
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_call_options_are_taken_by_every_begin(asynchronous: bool, operation: str) -> None:
    script = Script([ending(operation)])
    seen: list[Any] = []
    await run(
        script,
        asynchronous,
        operation,
        headers={"x-mine": "1"},
        read_timeout=3,
        raw_request_hook=lambda request: seen.append(request),
        cls=lambda _, result, headers: seen.append((result, "request-id" in headers)),
    )
    assert script.requests[0].headers["x-mine"] == "1"
    assert len(seen) == 2
    assert seen[1] == (None, True)


@BOTH
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_the_conditions_of_a_call_are_not_those_of_its_polls(asynchronous: bool, operation: str) -> None:
    script = Script([ending(operation)])
    conditions = {"If-Match": "1", "if-modified-since": ACCEPTED, "ocp-date": ACCEPTED, "ocp-range": "bytes=0-1"}
    await run(script, asynchronous, operation, headers={"x-mine": "1", **conditions})
    call, poll = (case_insensitive_dict(request.headers) for request in script.requests)
    assert conditions.items() <= call.items()
    assert poll["x-mine"] == "1"
    assert not {name.lower() for name in conditions} & {name.lower() for name in poll} - {"ocp-date"}
    assert poll.get("ocp-date") != ACCEPTED  # signing puts in the present time


@BOTH
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_an_unknown_keyword_is_refused_before_anything_is_sent(asynchronous: bool, operation: str) -> None:
    script = Script([GONE])
    async with memory_client(script, asynchronous) as client:
        with pytest.raises(TypeError, match="no_such_option"):
            await settled(getattr(client, f"begin_{operation}")(*OPERATIONS[operation], no_such_option=1))
    assert not script.requests


@BOTH
@pytest.mark.parametrize("interval", [None, "5", -1, float("nan")])
async def test_a_wrong_interval_is_refused_before_anything_is_sent(asynchronous: bool, interval: Any) -> None:
    script = Script([GONE])
    async with memory_client(script, asynchronous) as client:
        with pytest.raises(ValueError, match="polling_interval"):
            await settled(client.begin_delete_pool("p", polling_interval=interval))
    assert not script.requests


@BOTH
async def test_polling_false_sends_the_call_and_nothing_else(asynchronous: bool) -> None:
    script = Script([GONE])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling=False))
        await poller.wait()
        assert len(script.requests) == 1


@BOTH
async def test_another_poller_goes_on_from_one_that_does_not_wait(asynchronous: bool) -> None:
    script = Script([state("deleting"), GONE])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling=False))
        assert poller.status() == "succeeded"
        assert await poller.result() is None
        assert poller.done()
        token = poller.continuation_token()
        again = await settled(client.begin_delete_pool("p", polling=False, continuation_token=token))
        assert again.continuation_token() == token
        other = await settled(client.begin_delete_pool("p", continuation_token=token, polling_interval=0))
        await other.result()
        assert other.status() == "Succeeded"
    assert [request.method for request in script.requests] == ["DELETE", "GET", "GET"]


@BOTH
async def test_a_polling_method_of_the_caller_is_used(asynchronous: bool) -> None:
    method = AsyncNoPolling() if asynchronous else NoPolling()
    async with memory_client(Script([GONE]), asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling=method))
        assert poller.polling_method() is method


@BOTH
async def test_a_continuation_token_takes_up_the_wait_without_sending_the_call(asynchronous: bool) -> None:
    script = Script([state("deleting"), GONE])
    async with memory_client(script, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0))
        token = poller.continuation_token()
        await poller.result()
        again = Script([GONE])
        again.requests.append("the call was made by the other process")
        client._client._pipeline._transport.handler = again
        poller = await settled(client.begin_delete_pool("p", continuation_token=token))
        await poller.result()
        assert [one.method for one in again.requests[1:]] == ["GET"]
        with pytest.raises(ValueError, match="continuation_token"):
            await settled(client.begin_delete_pool("p", continuation_token="nonsense"))


@BOTH
async def test_a_token_of_something_else_is_refused(asynchronous: bool) -> None:
    script = Script([state("deleting")])
    async with memory_client(script, asynchronous) as client:
        token = Wait("delete_pool", "p").token()
        for begin, resource in ((client.begin_delete_pool, "other"), (client.begin_delete_job, "p")):
            with pytest.raises(ValueError, match="continuation_token: it is of delete_pool p, not of delete_"):
                await settled(begin(resource, continuation_token=token))
        with pytest.raises(TypeError, match="continuation_token: expected a str, got int"):
            await settled(client.begin_delete_pool("p", continuation_token=5))
    assert script.requests == []


def test_a_token_keeps_what_the_wait_knows() -> None:
    wait = Wait("reboot_node", "p", "n")
    wait.begin({"Date": ACCEPTED})
    again = Wait.from_token(wait.token())
    assert (again.operation, again.ids, again.accepted) == ("reboot_node", ("p", "n"), wait.accepted)


def test_a_synchronous_poller_calls_back_and_its_result_can_time_out() -> None:
    from azure.core.credentials import AzureNamedKeyCredential

    from azure.batch import BatchClient
    from support.clients import ENDPOINT
    from support.memory import MemoryTransport

    let_go, called = threading.Event(), threading.Event()

    def handler(request: Any) -> Answer:
        if request.method == "GET":
            let_go.wait()
            return GONE
        return Answer(202)

    with BatchClient(ENDPOINT, AzureNamedKeyCredential("a", "a2V5"), transport=MemoryTransport(handler)) as client:
        poller = client.begin_delete_pool("p")
        poller.add_done_callback(lambda _: called.set())
        poller.result(0.01)
        assert not poller.done()
        let_go.set()
        poller.result()
        assert poller.done()
        assert called.wait(PATIENCE)


async def test_a_synchronous_wait_that_is_over_before_the_end_leaves_the_poller_going_on() -> None:
    script = Script([state("deleting")])
    async with memory_client(script, asynchronous=False) as client:
        poller = client.begin_delete_pool("p", polling_interval=0.01)
        for _ in range(2):
            poller.wait(0.01)
            assert not poller.done()
            assert poller.status() == "InProgress"
            await until(partial(seen, script, len(script.requests) + 1))
        script.answers = [GONE]
        poller.wait(PATIENCE)
        assert poller.done()
        assert poller.result() is None
    assert poller.status() == "Succeeded"


async def test_the_life_of_a_pool_on_the_emulator(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, nodes=1))
    await steady(client, name)
    resize = await client.begin_resize_pool(name, {"targetDedicatedNodes": 2}, polling_interval=0.05)
    assert await resize.result() is None
    assert (await client.get_pool(name)).current_dedicated_nodes == 2
    deletion = await client.begin_delete_pool(name, polling_interval=0.05)
    assert await deletion.result() is None
    assert deletion.status() == "Succeeded"
    assert not await client.pool_exists(name)
