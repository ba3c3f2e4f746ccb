"""``create_tasks`` of both clients: against the emulator, and over transports that fail as no server can be made to."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import itertools
import json
import linecache
import os
import random
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from functools import partial
from time import monotonic
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
)

from azure.batch import BatchClient, _bulk_call, models
from azure.batch._auth import SharedKeyPolicy
from azure.batch._submission import Submission
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Fault
from benchmarks.submission import FAULTS, measure, peak
from conftest import Client, settled
from support.clients import ENDPOINT, memory_client
from support.memory import Answer, AsyncMemoryTransport, MemoryTransport
from support.waiting import PATIENCE

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
ONE_OR_FOUR = pytest.mark.parametrize("at_once", [1, 4])
AT_ONCE = pytest.mark.parametrize(("at_once", "asynchronous"), [(1, False), (8, False), (8, True)])


def tasks(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "commandLine": "true"} for number in range(count)]


def ids(given: Any) -> list[str]:
    return [one["taskId"] if "taskId" in one else one["id"] for one in given]


def sent(request: Any) -> list[dict[str, Any]]:
    """The tasks of a request."""
    found: list[dict[str, Any]] = json.loads(request.content)["value"]
    return found


def item(task: dict[str, Any], status: str = "success", code: str = "") -> dict[str, Any]:
    error = {"error": {"code": code, "message": {"lang": "en-US", "value": "No."}}} if code else {}
    return {"status": status, "taskId": task["id"], **error}


def results(items: list[dict[str, Any]]) -> Answer:
    return Answer(200, json.dumps({"value": items}).encode())


def accept(request: Any) -> Answer:
    return results([item(task) for task in sent(request)])


def refuse(status: int, code: str = "Code", **headers: str) -> Answer:
    return Answer(status, json.dumps({"code": code, "message": {"lang": "en-US", "value": "No."}}).encode(), headers)


def just_now() -> dict[str, str]:
    return {"creationTime": f"{datetime.now(timezone.utc).replace(tzinfo=None).isoformat()}Z"}


async def job_of(client: Client, name: str) -> str:
    await client.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id="none")))
    return name


# -- against the emulator ----------------------------------------------------------------------------------------------


@ONE_OR_FOUR
async def test_every_task_is_in_the_job_and_the_results_are_in_order(client: Client, name: str, at_once: int) -> None:
    def generate() -> Iterator[Any]:
        for number in range(450):
            task = models.BatchTaskCreateOptions(id=f"t{number:03}", command_line=f"echo {number}")
            yield task if number % 2 else task.as_dict()

    job = await job_of(client, name)
    result = await client.create_tasks(job, generate(), max_concurrency=at_once)
    assert isinstance(result, models.BatchCreateTaskCollectionResult)
    assert [one.task_id for one in result.result_values or []] == [f"t{number:03}" for number in range(450)]
    assert all(one.status == "success" and one.etag and one.location for one in result.result_values or [])
    found = {task.id: task.command_line async for task in client.list_tasks(job)}
    assert found == {f"t{number:03}": f"echo {number}" for number in range(450)}


async def test_no_tasks_are_no_request(client: Client) -> None:
    assert (await client.create_tasks("no-such-job", [])).result_values == []


async def test_a_job_that_is_not_there(client: Client, name: str) -> None:
    with pytest.raises(models.CreateTasksError) as caught:
        await client.create_tasks(name, tasks(150))
    assert "JobNotFound" in str(caught.value)
    assert caught.value.pending_tasks == tasks(150)
    assert caught.value.unknown == []
    error: Any = caught.value.errors.pop()
    assert error.error.code == "JobNotFound"


async def test_a_job_that_is_completed(client: Client, name: str) -> None:
    job = await job_of(client, name)
    await (await client.begin_terminate_job(job)).result()
    with pytest.raises(models.CreateTasksError) as caught:
        await client.create_tasks(job, tasks(3))
    error: Any = caught.value.errors.pop()
    assert error.error.code == "JobCompleted"


async def test_taken_ids_are_told_or_accepted(client: Client, name: str) -> None:
    job = await job_of(client, name)
    await client.create_tasks(job, tasks(3))
    with pytest.raises(models.CreateTasksError, match="3 x TaskExists") as caught:
        await client.create_tasks(job, tasks(5))
    assert ids(caught.value.failure_tasks) == ["t0", "t1", "t2"]
    assert ids(caught.value.succeeded) == ["t3", "t4"]
    again = await client.create_tasks(job, tasks(5), on_exists="ok")
    assert ids(again.result_values) == ids(tasks(5))
    assert {one.error.code for one in again.result_values} == {"TaskExists"}


async def test_refused_and_too_large_tasks_do_not_hold_up_the_others(client: Client, name: str) -> None:
    job = await job_of(client, name)
    given = tasks(120)
    given[7]["commandLine"] = "x" * 1_500_000
    given[110]["id"] = "not a good id!"
    with pytest.raises(models.CreateTasksError) as caught:
        await client.create_tasks(job, given)
    large, bad = caught.value.failure_tasks
    assert large.error is not None
    assert bad.error is not None
    assert (large.task_id, large.error.code) == ("t7", "RequestBodyTooLarge")
    assert bad.task_id == "not a good id!"
    assert bad.error.error_values
    assert len(caught.value.succeeded) == 118
    assert len([task async for task in client.list_tasks(job, select=["id"])]) == 118


async def test_a_task_without_an_id_is_rejected_with_the_reason(client: Client, name: str) -> None:
    job = await job_of(client, name)
    with pytest.raises(models.CreateTasksError, match="2 added, 2 rejected") as caught:
        await client.create_tasks(job, [*tasks(2), {"commandLine": "true"}, {"commandLine": "false"}])
    for one in caught.value.failure_tasks:
        assert one.error is not None
        assert one.error.code == "MissingRequiredProperty"
    assert caught.value.pending_tasks == []


@BOTH
async def test_the_number_of_requests_at_once_is_a_number(asynchronous: bool) -> None:
    async with memory_client(lambda _: Answer(500), asynchronous) as client:
        with pytest.raises(TypeError, match="max_concurrency: expected an int, got '4'"):
            await settled(client.create_tasks("j", tasks(1), max_concurrency="4"))


def with_value(value: str, count: int = 5) -> list[dict[str, Any]]:
    return [{**task, "environmentSettings": [{"name": "V", "value": value}]} for task in tasks(count)]


@pytest.mark.parametrize("trouble", [{"status": 503}, {"drop": "after"}, {"status": 500, "after_effect": True}])
async def test_tasks_that_somebody_else_added_are_not_taken_for_those_that_were_sent(
    client: Client, emulator: BatchEmulator, name: str, trouble: dict[str, Any]
) -> None:
    job = await job_of(client, name)
    await client.create_tasks(job, with_value("old"))
    fault = emulator.faults.add(Fault(operation="create_task_collection", job=job, times=1, **trouble))
    with pytest.raises(models.CreateTasksError, match="5 x TaskExists") as caught:
        await client.create_tasks(job, [*with_value("new"), *tasks(9)[5:]], retry_backoff_factor=0)
    assert emulator.faults.count(fault) == 1
    assert ids(caught.value.failure_tasks) == ids(tasks(5))
    assert ids(caught.value.succeeded) == ids(tasks(9)[5:])
    assert caught.value.pending_tasks == []


async def test_of_tasks_with_one_id_that_which_was_added_is_told(
    client: Client, emulator: BatchEmulator, name: str
) -> None:
    job = await job_of(client, name)
    emulator.faults.add(Fault(operation="create_task_collection", job=job, times=1, drop="after"))
    given = [*with_value("1", 1), *with_value("2", 1)]
    with pytest.raises(models.CreateTasksError, match="1 added, 1 rejected") as caught:
        await client.create_tasks(job, given, retry_backoff_factor=0)
    found = await client.get_task(job, "t0")
    assert [setting.value for setting in found.environment_settings] == ["1"]
    assert [one.etag for one in caught.value.succeeded] == [found.etag]


@BOTH
async def test_it_works_in_a_pipeline_without_retries_of_its_own(
    emulator: BatchEmulator, name: str, asynchronous: bool
) -> None:
    signing: Any = SharedKeyPolicy(emulator.credential, emulator.endpoint)
    if asynchronous:
        async with AsyncBatchClient(emulator.endpoint, emulator.credential, policies=[signing]) as client:
            await job_of(Client(client), name)
            assert (
                len((await client.create_tasks(name, tasks(150), retry_total=2, timeout=60)).result_values or []) == 150
            )
    else:
        with BatchClient(emulator.endpoint, emulator.credential, policies=[signing]) as sync_client:
            await job_of(Client(sync_client), name)
            result = sync_client.create_tasks(name, tasks(150), retry_total=2, timeout=60)
            assert len(result.result_values or []) == 150


# -- faults ------------------------------------------------------------------------------------------------------------


class FaultyJob:
    """A job behind a service that fails now and then, before or after it took notice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.tasks: dict[str, dict[str, Any]] = {}
        self.added = 0

    def __call__(self, request: Any) -> Answer:
        with self.lock:
            chance = self.random.random()
            if chance < 0.05:
                return refuse(503, "ServerBusy")
            if chance < 0.08:
                return refuse(429, "TooManyRequests")
            answer = (
                self.read(request) if request.method == "GET" else results([self.add(one) for one in sent(request)])
            )
            if chance < 0.15:
                raise ServiceResponseError("dropped")
            if chance < 0.2:
                return refuse(500, "InternalError")
            return Answer(200, answer.body[:-9]) if chance < 0.25 else answer

    def add(self, task: dict[str, Any]) -> dict[str, Any]:
        if self.random.random() < 0.05:
            return item(task, "servererror", "InternalError")
        if task["id"] in self.tasks:
            return item(task, "clienterror", "TaskExists")
        self.tasks[task["id"]] = task
        self.added += 1
        return item(task)

    def read(self, request: Any) -> Answer:
        task = self.tasks[urlsplit(request.url).path.rpartition("/")[2]]
        return Answer(
            200, json.dumps({**task, **just_now(), "url": f"{ENDPOINT}/{task['id']}", "eTag": "0x1"}).encode()
        )


@BOTH
@ONE_OR_FOUR
@pytest.mark.parametrize("seed", range(3))
async def test_through_all_faults_every_task_is_added_once(asynchronous: bool, at_once: int, seed: int) -> None:
    job = FaultyJob(seed)
    async with memory_client(job, asynchronous) as client:
        result = await settled(
            client.create_tasks("j", iter(tasks(2000)), max_concurrency=at_once, retry_total=30, retry_backoff_factor=0)
        )
    assert ids(result.result_values) == ids(tasks(2000))
    assert {one.status for one in result.result_values} == {"success"}
    assert sorted(job.tasks) == sorted(ids(tasks(2000)))
    assert job.added == 2000


@AT_ONCE
def test_through_the_faults_of_an_emulator_every_task_is_in_the_job_once(at_once: int, asynchronous: bool) -> None:
    # With this seed each fault strikes one of the first 30 requests that it may strike, whatever their order.
    found = measure(int(os.environ.get("BATCH_BULK_TASKS", "3000")), at_once, asynchronous, seed=63)
    assert found.rows.keys() == {*FAULTS, "all"}
    for row in found.rows.values():
        assert (row.lost, row.duplicated) == (0, 0)
    assert found.strangers == 0
    assert found.is_in_order
    assert found.is_complete
    assert [name for name, row in found.rows.items() if not row.injected] == []


@AT_ONCE
async def test_a_generator_needs_no_memory_beyond_the_results(at_once: int, asynchronous: bool) -> None:
    peaks = [await peak(count, at_once, asynchronous) for count in (5_000, 25_000)]
    few, many = (most - held for most, held in peaks)
    assert many < 3_000_000
    assert many < 2 * few + 1_000_000, "grows with the number of tasks"


@BOTH
@ONE_OR_FOUR
async def test_a_task_for_which_whole_requests_are_refused_is_rejected_alone(asynchronous: bool, at_once: int) -> None:
    refusal = {
        "code": "InvalidRequestBody",
        "message": {"lang": "en-US", "value": "No."},
        "values": [{"key": "Reason", "value": "the priority is no number"}],
    }

    def handler(request: Any) -> Answer:
        is_bad = "t457" in ids(sent(request))
        return Answer(400, json.dumps(refusal).encode()) if is_bad else accept(request)

    async with memory_client(handler, asynchronous) as client:
        with pytest.raises(models.CreateTasksError, match="999 added, 1 rejected") as caught:
            await settled(client.create_tasks("j", tasks(1000), max_concurrency=at_once))
    (rejected,) = caught.value.failure_tasks
    assert rejected.as_dict() == {"status": "clienterror", "taskId": "t457", "error": refusal}
    assert "t457: (InvalidRequestBody) No. Reason: the priority is no number" in str(caught.value)
    assert caught.value.pending_tasks == []


@asynccontextmanager
async def second_request_hangs(
    emulator: BatchEmulator, name: str, asynchronous: bool, delay: float, **settings: Any
) -> AsyncIterator[tuple[Any, int]]:
    """A client, and a fault by which the second request of a submission to a job gets its answer late."""
    late = emulator.faults.add(Fault(operation="create_task_collection", job=name, delay=delay, nth=2))
    kind: Any = AsyncBatchClient if asynchronous else BatchClient
    client = kind(emulator.endpoint, emulator.credential, **settings)
    try:
        await job_of(Client(client), name)
        yield client, late
    finally:
        emulator.faults.remove(late)
        await settled(client.close())


class LastSecond:
    """A clock on which almost an hour goes by when the first request is answered; the next one has a second."""

    def __init__(self) -> None:
        self._now = 0.0
        self._began: Optional[float] = None

    def __call__(self) -> float:
        return self._now if self._began is None else self._now + monotonic() - self._began

    def answered(self, *_: Any) -> None:
        self._now = 3599.0

    def sends(self, _: Any) -> None:
        if self._now:
            self._began = self._began or monotonic()


@BOTH
async def test_the_deadline_holds_for_an_answer_that_does_not_come(
    emulator: BatchEmulator, name: str, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = LastSecond()
    monkeypatch.setattr(_bulk_call, "Submission", partial(Submission, clock=clock))
    options: dict[str, Any] = {"progress_hook": clock.answered, "raw_request_hook": clock.sends}
    async with second_request_hangs(emulator, name, asynchronous, 120) as (client, _):
        with pytest.raises(models.CreateTasksError) as caught:
            await settled(client.create_tasks(name, tasks(300), timeout=3600, **options))
    assert ids(caught.value.succeeded) == ids(tasks(100))
    assert ids(task for task, _ in caught.value.unknown) == ids(tasks(200))[100:]
    assert caught.value.pending_tasks == tasks(300)[100:]
    assert isinstance(caught.value.errors[-1], ServiceRequestTimeoutError)


@BOTH
async def test_an_attempt_that_gets_no_answer_in_its_time_is_repeated(
    emulator: BatchEmulator, name: str, asynchronous: bool
) -> None:
    requests: list[Any] = []
    async with second_request_hangs(emulator, name, asynchronous, 10, retry_backoff_factor=0) as (client, late):
        options: dict[str, Any] = {"read_timeout": 1, "raw_request_hook": requests.append}
        result = await settled(client.create_tasks(name, tasks(300), **options))
        assert emulator.faults.count(late) == 1
    assert ids(result.result_values) == ids(tasks(300))
    assert [one.http_request.method for one in requests].count("POST") > 3


@BOTH
async def test_tasks_for_which_there_is_no_connection_were_not_sent(asynchronous: bool) -> None:
    kind: Any = AsyncBatchClient if asynchronous else BatchClient
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        credential = AzureNamedKeyCredential("account", "a2V5")
        client = kind(f"http://127.0.0.1:{unused.getsockname()[1]}", credential, retry_backoff_factor=0)
        with pytest.raises(models.CreateTasksError) as caught:
            await settled(client.create_tasks("j", tasks(150)))
        await settled(client.close())
    assert caught.value.unknown == []
    assert caught.value.pending_tasks == tasks(150)


@BOTH
@pytest.mark.parametrize("where", ["call", "client"])
async def test_attempts_are_bounded_by_the_retry_settings(asynchronous: bool, where: str) -> None:
    requests = []
    settings: dict[str, Any] = {"retry_total": 2, "retry_backoff_factor": 0.001}
    on_client, on_call = (settings, {}) if where == "client" else ({}, settings)

    def handler(request: Any) -> Answer:
        requests.append(sent(request))
        return refuse(503, "ServerBusy")

    async with memory_client(handler, asynchronous, **on_client) as client:
        with pytest.raises(models.CreateTasksError) as caught:
            await settled(client.create_tasks("j", tasks(250), **on_call))
    assert requests == [tasks(100)] * 3
    assert ids(task for task, _ in caught.value.unknown) == ids(tasks(100))
    assert caught.value.pending_tasks == tasks(250)


@BOTH
async def test_a_submission_whose_time_is_over_sends_nothing(asynchronous: bool) -> None:
    async with memory_client(lambda _: pytest.fail("sent"), asynchronous) as client:
        with pytest.raises(models.CreateTasksError) as caught:
            await settled(client.create_tasks("j", tasks(3), timeout=0))
    assert caught.value.pending_tasks == tasks(3)
    assert isinstance(caught.value.errors[0], ServiceRequestTimeoutError)


@BOTH
@ONE_OR_FOUR
@pytest.mark.parametrize("where", ["hook", "input"])
async def test_a_client_that_is_closed_meanwhile_sends_nothing_more(
    emulator: BatchEmulator, name: str, asynchronous: bool, at_once: int, where: str
) -> None:
    kind: Any = AsyncBatchClient if asynchronous else BatchClient
    client = kind(emulator.endpoint, emulator.credential)
    await job_of(Client(client), name)
    closing: list[Any] = []

    def close(*_: Any) -> None:
        if not closing:
            closing.append(asyncio.ensure_future(client.close()) if asynchronous else client.close())

    async def close_and_wait(*_: Any) -> None:
        await client.close()

    def generate() -> Iterator[Any]:
        for task in tasks(1000):
            if task["id"] == "t350" and where == "input":
                close()
            yield task

    hook = (close_and_wait if asynchronous else close) if where == "hook" else None
    with pytest.raises(models.CreateTasksError, match=r"The client was closed before the end") as caught:
        await settled(client.create_tasks(name, generate(), max_concurrency=at_once, progress_hook=hook))
    if asynchronous:
        await asyncio.gather(*closing)
    error = caught.value
    assert isinstance(error.errors[-1], ServiceRequestError)
    added, pending, in_doubt = ids(error.succeeded), ids(error.pending_tasks), ids(task for task, _ in error.unknown)
    assert sorted([*added, *pending]) == sorted(ids(tasks(len(added) + len(pending))))
    with emulator.client() as other:
        there = {task.id for task in other.list_tasks(name, select=["id"])}
    assert set(added) <= there <= {*added, *in_doubt}
    if where == "input" and not asynchronous:  # closed after the last chunk was handed out, and before it was sent
        assert set(ids(tasks(400)[300:])) <= set(pending) - set(in_doubt)


@BOTH
async def test_a_client_that_is_closed_when_all_is_sent_has_added_all(asynchronous: bool) -> None:
    async with memory_client(accept, asynchronous) as client:

        async def close_and_wait(current: int, total: Any) -> None:
            if current == 150:
                await client.close()

        def close(current: int, total: Any) -> None:
            if current == 150:
                client.close()

        hook = close_and_wait if asynchronous else close
        result = await settled(client.create_tasks("j", iter(tasks(150)), progress_hook=hook))
    assert ids(result.result_values) == ids(tasks(150))


class FailingCredential:
    """Gets so many tokens, each of which is good for one request, and then none."""

    def __init__(self, good: int) -> None:
        self.tokens = iter([AccessToken("token", 0)] * good)

    def get_token(self, *_: str, **__: Any) -> Any:
        for token in self.tokens:
            return token
        raise ClientAuthenticationError("no token")


class AsyncFailingCredential(FailingCredential):
    """The same for the asynchronous client."""

    async def get_token(self, *_: str, **__: Any) -> Any:
        return super().get_token()

    async def close(self) -> None: ...
    async def __aenter__(self) -> AsyncFailingCredential:
        return self

    async def __aexit__(self, *_: object) -> None: ...


@BOTH
@ONE_OR_FOUR
@pytest.mark.parametrize("good", [0, 2])
async def test_a_credential_that_fails_is_told_and_no_task_is_lost(asynchronous: bool, at_once: int, good: int) -> None:
    credential = AsyncFailingCredential(good) if asynchronous else FailingCredential(good)
    there: list[str] = []

    def handler(request: Any) -> Answer:
        there.extend(ids(sent(request)))
        return accept(request)

    async with memory_client(handler, asynchronous, credential=credential) as client:
        with pytest.raises(models.CreateTasksError, match="no token") as caught:
            await settled(client.create_tasks("j", tasks(600), max_concurrency=at_once))
    assert len(there) == 100 * good
    assert ids(caught.value.succeeded) == [name for name in ids(tasks(600)) if name in there]
    assert caught.value.pending_tasks == [task for task in tasks(600) if task["id"] not in there]
    assert caught.value.unknown == []
    assert isinstance(caught.value.errors.pop(), ClientAuthenticationError)


@BOTH
@ONE_OR_FOUR
async def test_an_exception_in_a_worker_is_told_and_no_task_is_lost(asynchronous: bool, at_once: int) -> None:
    surprise = RuntimeError("a bug of somebody")

    def handler(request: Any) -> Answer:
        if sent(request)[0]["id"] == "t200":
            raise surprise
        return accept(request)

    async with memory_client(handler, asynchronous) as client:
        with pytest.raises(models.CreateTasksError, match="a bug of somebody") as caught:
            await settled(client.create_tasks("j", tasks(1000), max_concurrency=at_once))
    error = caught.value
    assert error.errors[-1] is surprise
    assert ids(task for task, _ in error.unknown) == ids(tasks(300)[200:])
    assert sorted(ids([*error.succeeded, *error.pending_tasks])) == sorted(ids(tasks(1000)))


# -- what is refused before anything is sent ---------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("arguments", "options", "kind", "text"),
    [
        (("j", tasks(1)), {"foo": 1}, TypeError, "'foo'"),
        (("j", tasks(1)), {"on_exists": "maybe"}, ValueError, "on_exists"),
        (("", tasks(1)), {}, ValueError, "job_id"),
        ((3.5, tasks(1)), {}, TypeError, "job_id"),
        (("j", tasks(1)), {"max_concurrency": -1}, ValueError, "max_concurrency"),
        (("j", tasks(1)), {"headers": {"a\n": "b"}}, ValueError, "not the name of a header"),
        (("j", tasks(1)), {"service_timeout": object()}, TypeError, "timeOut"),
        (("j", tasks(1)), {"ocp_date": 5}, TypeError, "ocp_date"),
        (("j", tasks(1)[0]), {}, TypeError, "task_collection: .* dict"),
        (("j", "tasks"), {}, TypeError, "task_collection: .* str"),
        (("j", None), {}, TypeError, "task_collection: .* NoneType"),
        (("j", [5]), {}, TypeError, r"task_collection\[0\]: .* int"),
    ],
)
async def test_what_cannot_be_sent(
    asynchronous: bool, arguments: Any, options: Any, kind: type[Exception], text: str
) -> None:
    async with memory_client(lambda _: pytest.fail("sent"), asynchronous) as client:
        with pytest.raises(kind, match=text):
            await settled(client.create_tasks(*arguments, **options))


# -- the two colours ---------------------------------------------------------------------------------------------------


def test_both_clients_take_and_say_the_same() -> None:
    ours, theirs = BatchClient.create_tasks, AsyncBatchClient.create_tasks
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__doc__ == theirs.__doc__
    assert inspect.iscoroutinefunction(theirs)


@BOTH
async def test_a_callers_cls_sees_each_request(asynchronous: bool) -> None:
    seen = []
    async with memory_client(accept, asynchronous) as client:
        result = await settled(
            client.create_tasks(
                "j", tasks(250), cls=lambda outcome, made, headers: seen.append((outcome, made, headers))
            )
        )
    assert [len(made.result_values) for _, made, _ in seen] == [100, 100, 50]
    assert [outcome.http_response.status_code for outcome, _, _ in seen] == [200] * 3
    assert len(result.result_values) == 250


@BOTH
async def test_headers_and_times_go_with_each_request(asynchronous: bool) -> None:
    requests = []

    def handler(request: Any) -> Answer:
        requests.append(request)
        return accept(request)

    options: dict[str, Any] = {"headers": {"x-mine": "1"}, "params": {"more": "2"}, "service_timeout": 7}
    async with memory_client(handler, asynchronous) as client:
        await settled(client.create_tasks("j", tasks(150), **options))
    assert [request.headers["x-mine"] for request in requests] == ["1", "1"]
    assert all("timeOut=7" in request.url and "more=2" in request.url for request in requests)


# -- threads -----------------------------------------------------------------------------------------------------------


def sync_client(handler: Callable[[Any], Answer]) -> BatchClient:
    return BatchClient(ENDPOINT, AzureNamedKeyCredential("account", "a2V5"), transport=MemoryTransport(handler))


def test_so_many_requests_are_on_their_way_at_once_and_the_input_is_read_here() -> None:
    here, readers = threading.current_thread(), set()
    together = threading.Barrier(4)
    mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="")
    marks = set()

    def handler(request: Any) -> Answer:
        together.wait(PATIENCE)
        marks.add(mark.get())
        assert threading.current_thread() is not here
        return accept(request)

    def generate() -> Iterator[Any]:
        for task in tasks(800):
            readers.add(threading.current_thread())
            yield task

    mark.set("the caller's")
    with sync_client(handler) as client:
        result = client.create_tasks("j", generate(), max_concurrency=4)
    assert ids(result.result_values) == ids(tasks(800))
    assert readers == {here}
    assert marks == {"the caller's"}


@pytest.mark.parametrize(("count", "at_once"), [(100, 8), (1000, 1), (1000, None), (1000, 0)])
def test_no_thread_is_started_without_need(count: int, at_once: Optional[int]) -> None:
    used = set()

    def handler(request: Any) -> Answer:
        used.add(threading.current_thread())
        return accept(request)

    with sync_client(handler) as client:
        client.create_tasks("j", tasks(count), max_concurrency=at_once)
    assert used == {threading.current_thread()}


@pytest.mark.parametrize("most", [0, 2])
def test_without_more_threads_the_calling_one_does_the_work(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    start, started, used = threading.Thread.start, [], set()

    def start_some(thread: threading.Thread) -> None:
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def handler(request: Any) -> Answer:
        used.add(threading.current_thread())
        return accept(request)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    with sync_client(handler) as client:
        result = client.create_tasks("j", iter(tasks(2000)), max_concurrency=8)
    assert ids(result.result_values) == ids(tasks(2000))
    assert threading.current_thread() in used


class Killer:
    """A trace function that ends a thread of the submission when it has taken its work, and has not begun it."""

    def __init__(self, nth: int) -> None:
        self.nth = nth
        self.taken = itertools.count(1)  # by several threads

    def __call__(self, frame: Any, event: str, _: Any) -> Any:
        code = frame.f_code
        if (code.co_filename, code.co_name) != (_bulk_call.__file__, "_work"):
            return None
        has_taken = event == "line" and frame.f_locals.get("work") is not None and "put" in self.line(frame)
        if has_taken and next(self.taken) == self.nth:
            raise SystemExit  # which ends a thread without a word
        return self

    @staticmethod
    def line(frame: Any) -> str:
        return linecache.getline(frame.f_code.co_filename, frame.f_lineno)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("nth", [1, 3, 8])
def test_the_death_of_a_thread_is_told_and_no_task_is_lost(nth: int) -> None:
    seen: list[str] = []

    def handler(request: Any) -> Answer:
        seen.extend(ids(sent(request)))
        return accept(request)

    before: Any = vars(threading)["_trace_hook"]  # of a measurement of coverage
    threading.settrace(Killer(nth))
    try:
        with (
            sync_client(handler) as client,
            pytest.raises(models.CreateTasksError, match=r"thread .* has died") as caught,
        ):
            client.create_tasks("j", iter(tasks(800)), max_concurrency=4)
    finally:
        threading.settrace(before)
    error = caught.value
    assert sorted(ids([*error.succeeded, *error.pending_tasks])) == sorted(ids(tasks(800)))
    assert len(error.unknown) == 100
    assert sorted(seen) == sorted(ids(error.succeeded))


def test_an_interrupt_in_a_worker_is_raised_here() -> None:
    def handler(request: Any) -> Answer:
        raise SystemExit(3)

    with sync_client(handler) as client, pytest.raises(SystemExit) as caught:
        client.create_tasks("j", tasks(1000), max_concurrency=4)
    assert isinstance(caught.value.__cause__, models.CreateTasksError)
    assert len(caught.value.__cause__.pending_tasks) == 1000


# -- the event loop ----------------------------------------------------------------------------------------------------


class Gate(AsyncMemoryTransport):
    """Answers when it is opened; tells when so many requests wait at it."""

    def __init__(self, crowd: int) -> None:
        super().__init__(accept)
        self.crowd = crowd
        self.crowded, self.opened = asyncio.Event(), asyncio.Event()
        self.waiting = self.most = self.cancelled = 0

    async def send(self, request: Any, **options: Any) -> Any:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting == self.crowd:
            self.crowded.set()
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
        return await super().send(request, **options)


def async_client(transport: AsyncMemoryTransport) -> AsyncBatchClient:
    return AsyncBatchClient(ENDPOINT, AzureNamedKeyCredential("account", "a2V5"), transport=transport)


async def test_so_many_requests_are_on_their_way_at_once() -> None:
    gate = Gate(4)
    async with async_client(gate) as client:
        call = asyncio.ensure_future(client.create_tasks("j", tasks(1000), max_concurrency=4))
        await gate.crowded.wait()
        gate.opened.set()
        result = await call
    assert ids(result.result_values) == ids(tasks(1000))
    assert gate.most == 4


@pytest.mark.parametrize("at_once", [1, 3])
async def test_cancelling_leaves_nothing_running_and_the_client_usable(at_once: int) -> None:
    gate = Gate(at_once)
    async with async_client(gate) as client:
        call = asyncio.ensure_future(client.create_tasks("j", tasks(1000), max_concurrency=at_once))
        await gate.crowded.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (gate.waiting, gate.cancelled) == (0, at_once)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        gate.opened.set()
        assert len((await client.create_tasks("j", tasks(10))).result_values or []) == 10


async def test_a_cancelled_call_tells_what_is_known() -> None:
    gate = Gate(3)
    found: list[Optional[BaseException]] = []

    async def submit(client: AsyncBatchClient) -> None:
        try:
            await client.create_tasks("j", tasks(1000), max_concurrency=3)
        except asyncio.CancelledError as error:
            found.append(error.__cause__)
            raise

    async with async_client(gate) as client:
        call = asyncio.ensure_future(submit(client))
        await gate.crowded.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    (error,) = found
    assert isinstance(error, models.CreateTasksError)
    assert len(error.unknown) == 300
    assert error.pending_tasks == tasks(1000)
