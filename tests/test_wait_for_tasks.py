"""``wait_for_tasks`` of both clients."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

from azure.batch import JobEndedError, TasksTimeoutError, models
from azure.batch.emulator import BatchEmulator, Delays, Fault, Outcome
from azure.batch.models import TasksSummary
from conftest import Client, settled
from support.clients import memory_client
from support.looking import Watched, make_job
from support.memory import Answer
from support.pauses import QUICK, in_virtual_time
from support.processes import interrupt, interruptible

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, delays=Delays.none()) as emulator:
        emulator.script("*", Outcome(duration=10))
        yield emulator


def numbers(summary: TasksSummary) -> tuple[int, int, int, int]:
    return summary.active, summary.running, summary.succeeded, summary.failed


# What it gives


async def test_it_tells_how_the_tasks_went(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t1", Outcome(3, duration=10))
    emulator.script("t2", Outcome(failure="CommandProgramNotFound", duration=10))
    await make_job(client, 5)
    watched = Watched(emulator)
    summary = await client.wait_for_tasks("job", **watched.keywords)
    assert numbers(summary) == (0, 0, 3, 2)
    assert (summary.total, summary.completed, summary.all_succeeded) == (5, 5, False)
    assert summary.exit_codes == {0: 3, 3: 1}
    assert summary.failure_reasons == {
        ("usererror", "FailureExitCode"): 1,
        ("usererror", "CommandProgramNotFound"): 1,
    }
    failed = summary.failed_tasks[0]
    assert (failed.id, failed.execution_info.exit_code) == ("t1", 3)
    assert failed.node_info.pool_id == "pool"
    assert failed.command_line is None  # it was not asked for
    assert watched.progress[0] == (0, 5)
    assert watched.progress[-1] == (5, 5)
    assert watched.progress == sorted(watched.progress)
    assert str(summary) == (
        "5 tasks: 3 succeeded, 2 failed; failed for 1 x FailureExitCode, 1 x CommandProgramNotFound; exit codes 1 x 3"
    )


async def test_the_example_of_the_readme(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("frame-2", Outcome(1))
    await make_job(client, 0)
    await client.create_tasks("job", [{"id": f"frame-{n}", "commandLine": f"render {n}"} for n in range(3)])
    emulator.advance(60)
    lines: list[str] = []
    summary = await client.wait_for_tasks("job", timeout=3600)
    if not summary.all_succeeded:
        lines.append(str(summary))
        lines += [f"{task.id} {task.execution_info.exit_code}" for task in summary.failed_tasks]
    assert lines == ["3 tasks: 2 succeeded, 1 failed; failed for 1 x FailureExitCode; exit codes 1 x 1", "frame-2 1"]


async def test_tasks_that_are_done_take_two_requests(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client)
    emulator.advance(60)
    watched = Watched()
    summary = await client.wait_for_tasks("job", timeout=0, **watched.keywords)
    assert (summary.total, summary.all_succeeded, len(watched.requests)) == (3, True, 2)


async def test_a_job_without_tasks_is_done(client: Client) -> None:
    await make_job(client, 0)
    summary = await client.wait_for_tasks("job", **QUICK)
    assert (summary, summary.all_succeeded, str(summary)) == (TasksSummary(), True, "0 tasks")


async def test_a_summary_can_be_pickled(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t0", Outcome(1))
    await make_job(client, 1)
    emulator.advance(0)
    summary = await client.wait_for_tasks("job", **QUICK)
    assert pickle.loads(pickle.dumps(summary)) == summary
    for kind in (JobEndedError, TasksTimeoutError):
        error = pickle.loads(pickle.dumps(kind("text", summary=summary)))
        assert (type(error), error.summary, str(error)) == (kind, summary, "text")


# What is waited for


async def test_that_there_are_fewer_tasks_than_are_waited_for_is_said(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_job(client, 2)
    in_virtual_time(monkeypatch, emulator)
    with pytest.raises(TasksTimeoutError, match=r"^100 tasks of job 'job' were not completed .*: 2 tasks: 2 succeeded"):
        await client.wait_for_tasks("job", count=100, timeout=60)


async def test_named_tasks(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t0", Outcome(duration=3600))
    emulator.script("t2", Outcome(2, duration=10))
    await make_job(client, 4, nodes=4)
    watched = Watched(emulator)
    summary = await client.wait_for_tasks("job", task_ids=["T1", "t2"], **watched.keywords)
    assert numbers(summary) == (0, 0, 1, 1)
    assert [task.id for task in summary.failed_tasks] == ["t2"]
    assert (watched.progress[0], watched.progress[-1]) == ((0, 2), (2, 2))


async def test_many_named_tasks_take_one_list_and_what_has_changed(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t0", Outcome(duration=36_000))
    await make_job(client, 200, nodes=10)
    watched = Watched(emulator)
    wanted = [f"t{number}" for number in range(1, 151)]
    summary = await client.wait_for_tasks("job", task_ids=wanted, **watched.keywords)
    assert (summary.total, summary.all_succeeded) == (150, True)
    assert len([url for url in watched.requests if "/tasks?" in url]) == len(watched.progress)
    assert sum("stateTransitionTime%20ge" in url for url in watched.requests) > 5
    assert max(len(url) for url in watched.requests) < 1200


async def test_named_tasks_of_a_large_job_take_few_requests(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They all run for five minutes, in which nothing is seen to change, and end at once."""
    emulator.script("t*", Outcome(duration=300))
    await make_job(client, 10_000, nodes=160)
    began, advance = emulator.now, emulator.advance
    looks: list[int] = []

    def pause(seconds: float) -> None:
        looks.append(0)
        advance(seconds)

    def sent(request: Any) -> None:
        looks[-1] += 1

    monkeypatch.setattr(emulator, "advance", pause)
    in_virtual_time(monkeypatch, emulator)
    for turn, wanted in enumerate([range(30), range(160, 290)], 1):
        looks[:] = [0]
        summary = await client.wait_for_tasks("job", task_ids=[f"t{one}" for one in wanted], raw_request_hook=sent)
        assert (summary.total, summary.all_succeeded) == (len(wanted), True)
        assert timedelta(minutes=5 * turn) <= emulator.now - began < timedelta(minutes=5 * turn + 1.1)
        assert looks[0] == 1 + (len(wanted) + 19) // 20
        assert max(looks[1:]) == 1
        assert len(looks) < 25


@BOTH
async def test_named_tasks_that_the_changes_do_not_show_are_found(asynchronous: bool) -> None:
    asked: list[str] = []

    def answer(request: Any) -> Answer:
        condition = parse_qs(urlsplit(request.url).query).get("$filter", [""])[0]
        asked.append(condition.partition(" ")[0])
        if not condition:
            counts = {"active": 5000, "running": 0, "completed": 0, "succeeded": 0, "failed": 0}
            job = {"id": "job", "state": "active"}
            return Answer(200, json.dumps({"taskCounts": counts, "taskSlotCounts": counts, **job}).encode())
        ids = re.findall("'(.*?)'", condition) if condition.startswith("id") else []
        state = "active" if len(asked) < 20 else "completed"
        return Answer(
            200, json.dumps({"value": [{**_task(0, "success"), "id": one, "state": state} for one in ids]}).encode()
        )

    async with memory_client(answer, asynchronous) as client:
        wanted = [f"t{number}" for number in range(70)]
        assert (await settled(client.wait_for_tasks("job", task_ids=wanted, **QUICK))).succeeded == 70
    assert asked[:5] == ["", "id", "id", "id", "id"]
    assert "state" in asked
    assert len(asked) < 35


@BOTH
async def test_many_named_tasks_are_listed_when_the_counts_do_not_know_of_them_yet(asynchronous: bool) -> None:
    asked: list[str] = []
    wanted = [f"t{number}" for number in range(70)]

    def answer(request: Any) -> Answer:
        place = urlsplit(request.url)
        asked.append(place.path.rpartition("/")[2])
        if asked[-1] == "taskcounts":
            none = dict.fromkeys(("active", "running", "completed", "succeeded", "failed"), 0)
            return Answer(200, json.dumps({"taskCounts": none, "taskSlotCounts": none}).encode())
        return Answer(200, json.dumps({"value": [{**_task(0, "success"), "id": one} for one in wanted]}).encode())

    async with memory_client(answer, asynchronous) as client:
        assert (await settled(client.wait_for_tasks("job", task_ids=wanted, **QUICK))).succeeded == 70
    assert asked == ["taskcounts", "tasks"]


async def test_no_named_tasks_take_no_request(client: Client) -> None:
    watched = Watched()
    assert await client.wait_for_tasks("no-such-job", task_ids=[], **watched.keywords) == TasksSummary()
    assert watched.requests == []


@pytest.mark.parametrize("others", [0, 30])
async def test_a_named_task_that_does_not_exist(client: Client, others: int) -> None:
    await make_job(client, others)
    wanted = [*(f"t{number}" for number in range(others)), "nobody"]
    with pytest.raises(ResourceNotFoundError, match=r"job 'job' has no task 'nobody'"):
        await client.wait_for_tasks("job", task_ids=wanted, **QUICK)


@pytest.mark.parametrize("others", [0, 40])
async def test_a_named_task_that_is_deleted_meanwhile(emulator: BatchEmulator, client: Client, others: int) -> None:
    emulator.script("t*", Outcome(duration=100_000))
    await make_job(client, others + 2)
    watched = Watched()
    with emulator.client() as other:
        watched.at[2] = lambda: other.delete_task("job", "t1")
        wanted = [f"t{number}" for number in range(others + 2)]
        with pytest.raises(ResourceNotFoundError, match="has no task 't1'"):
            await client.wait_for_tasks("job", task_ids=wanted, **watched.keywords)


async def test_the_first_so_many(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 20)
    summary = await client.wait_for_tasks("job", count=5, **Watched(emulator).keywords)
    assert 5 <= summary.completed < 10
    assert summary.total == 20
    wanted = [f"t{number}" for number in range(20)]
    summary = await client.wait_for_tasks("job", task_ids=wanted, count=10, **Watched(emulator).keywords)
    assert 10 <= summary.completed < 15


async def test_tasks_that_are_still_to_be_added(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 1)
    watched = Watched(emulator)
    with emulator.client() as other:
        watched.at[5] = lambda: other.create_task("job", {"id": "late", "commandLine": "x"})
        summary = await client.wait_for_tasks("job", count=2, **watched.keywords)
    assert (summary.succeeded, summary.total) == (2, 2)
    assert watched.progress[4] == (1, 2)


@pytest.mark.parametrize("state", ["running", models.BatchTaskState.RUNNING, "Preparing"])
@pytest.mark.parametrize("task_ids", [None, ["t0", "t1"]])
async def test_a_state_that_has_passed_counts(
    emulator: BatchEmulator, client: Client, state: str, task_ids: Optional[list[str]]
) -> None:
    emulator.script("t1", Outcome(duration=3600))
    await make_job(client, 2)
    summary = await client.wait_for_tasks("job", task_ids=task_ids, state=state, **Watched(emulator, 4).keywords)
    assert (summary.active, summary.total) == (0, 2)
    assert numbers(summary) == (0, 1, 1, 0) or task_ids  # these are told as they were when they got there


async def test_so_many_that_run(client: Client) -> None:
    await make_job(client, 5, nodes=2)
    summary = await client.wait_for_tasks("job", count=2, state="running", timeout=5, **QUICK)
    assert numbers(summary) == (3, 2, 0, 0)
    assert (await client.wait_for_tasks("job", count=5, state="active", timeout=0)).total == 5


# What goes wrong


async def test_a_timeout_tells_how_far_it_was(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t0", Outcome(9))
    emulator.script("t2", Outcome(duration=3600))
    await make_job(client)
    emulator.advance(60)
    with pytest.raises(TimeoutError, match=r"not completed within 0\.05 s: 3 tasks: 1 succeeded, 1 failed") as caught:
        await client.wait_for_tasks("job", timeout=timedelta(seconds=0.05), **QUICK)
    assert isinstance(caught.value, TasksTimeoutError)
    assert numbers(caught.value.summary) == (0, 1, 1, 1)
    assert caught.value.summary.exit_codes == {0: 1, 9: 1}
    with pytest.raises(TasksTimeoutError) as caught:
        await client.wait_for_tasks("job", task_ids=["t0", "t2"], timeout=0)
    assert [task.id for task in caught.value.summary.failed_tasks] == ["t0"]


async def test_no_such_job(client: Client) -> None:
    with pytest.raises(ResourceNotFoundError, match="JobNotFound"):
        await client.wait_for_tasks("nothing", **QUICK)


@pytest.mark.parametrize("keywords", [{}, {"task_ids": ["t0", "t1"]}, {"count": 2}])
async def test_a_job_that_is_terminated_before_its_tasks_are_done(
    emulator: BatchEmulator, client: Client, keywords: dict[str, Any]
) -> None:
    await make_job(client)
    watched = Watched(emulator, 0.1)
    with emulator.client() as other:
        watched.at[2] = lambda: other.begin_terminate_job(
            "job", models.BatchJobTerminateOptions(termination_reason="Enough"), polling=False
        )
        with pytest.raises(JobEndedError, match=r"job 'job' is completed \(Enough\) before .*were completed") as caught:
            await client.wait_for_tasks("job", **keywords, **watched.keywords)
    summary = caught.value.summary
    assert summary is not None
    assert (summary.active, summary.failed) == (2, 1) if "task_ids" not in keywords else (1, 1)
    assert caught.value.resource.state == "completed"


@pytest.mark.parametrize("keywords", [{}, {"task_ids": ["t0", "t1"]}, {"count": 2}])
@pytest.mark.parametrize("delete", [0, 3600])
async def test_a_job_that_is_deleted_meanwhile(client: Client, keywords: dict[str, Any], delete: float) -> None:
    with BatchEmulator(simulate=True, delays=Delays(0, 0, 0, delete, 0)) as emulator:
        emulator.script("*", Outcome(duration=10))
        async with AsyncExitStack() as stack:
            own: Any
            if client.is_async:
                own = Client(await stack.enter_async_context(emulator.async_client()))
            else:
                own = Client(stack.enter_context(emulator.client()))
            other = stack.enter_context(emulator.client())
            await make_job(own)
            watched = Watched(emulator, 0.1)
            watched.at[2] = lambda: other.begin_delete_job("job", polling=False)
            with pytest.raises(JobEndedError, match=r"job 'job' (was|is being) deleted"):
                await own.wait_for_tasks("job", **keywords, **watched.keywords)


async def test_a_job_that_terminates_itself_is_done(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client)
    await client.update_job("job", {"onAllTasksComplete": "terminatejob"})
    summary = await client.wait_for_tasks("job", **Watched(emulator).keywords)
    assert (summary.total, summary.all_succeeded) == (3, True)
    emulator.advance(60)
    assert (await client.get_job("job")).state == "completed"
    assert (await client.wait_for_tasks("job", timeout=0)).all_succeeded


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"status": 429}, {"status": 500}, {"drop": "before"}, {"drop": "body"}],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
@pytest.mark.parametrize("keywords", [{}, {"task_ids": ["t0", "t2"]}])
async def test_trouble_that_passes(
    emulator: BatchEmulator, client: Client, fault: dict[str, Any], keywords: dict[str, Any]
) -> None:
    await make_job(client)
    emulator.faults.add(Fault(method="GET", path="/jobs/**", nth=[3, 4, 5, 6, 7, 9, 12, 13], **fault))
    summary = await client.wait_for_tasks("job", **keywords, **Watched(emulator, 1).keywords, retry_total=1)
    assert summary.all_succeeded


async def test_trouble_that_does_not_pass(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client)
    number = emulator.faults.add(Fault(method="GET", status=503))
    with pytest.raises(HttpResponseError, match="ServerBusy"):
        await client.wait_for_tasks("job", **QUICK, retry_total=0)
    assert emulator.faults.count(number) == 6


async def test_trouble_at_the_end_of_the_time(emulator: BatchEmulator, client: Client) -> None:
    emulator.script("t0", Outcome(1))
    await make_job(client, 2)
    emulator.advance(0)
    watched = Watched()
    watched.at[1] = lambda: emulator.faults.add(Fault(method="GET", drop="before"))
    with pytest.raises(TasksTimeoutError) as caught:
        await client.wait_for_tasks("job", timeout=0, **watched.keywords, retry_total=0)
    assert numbers(caught.value.summary) == (0, 1, 0, 1)  # all that is known: the failed task cannot be listed
    assert caught.value.summary.failed_tasks == []
    with pytest.raises(TasksTimeoutError) as caught:
        await client.wait_for_tasks("job", timeout=0, **QUICK, retry_total=0)
    assert isinstance(caught.value.__cause__, AzureError)


async def test_what_is_refused_is_not_overlooked(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client)
    emulator.faults.add(Fault(method="GET", status=403))
    with pytest.raises(HttpResponseError, match="AuthenticationFailed"):
        await client.wait_for_tasks("job", **QUICK)


@pytest.mark.parametrize(
    ("keywords", "error", "text"),
    [
        ({"task_ids": "t0"}, TypeError, "task_ids"),
        ({"task_ids": [1]}, TypeError, "task_ids"),
        ({"task_ids": 5}, TypeError, "task_ids"),
        ({"count": 0}, ValueError, "count"),
        ({"count": True}, TypeError, "count"),
        ({"count": 2, "task_ids": ["t0", "T0"]}, ValueError, "count: 2 of 1 task_ids"),
        ({"state": "done"}, ValueError, "state: expected one of active"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": "1"}, TypeError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"polling_interval": 0}, ValueError, "polling_interval"),
        ({"progress_hook": 1}, TypeError, "progress_hook"),
        ({"cls": print}, TypeError, "cls"),
        ({"stream": True}, TypeError, "stream"),
        ({"nonsense": 1}, TypeError, "nonsense"),
        ({"job_id": ""}, ValueError, "job_id"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
async def test_bad_arguments_are_refused_before_anything_is_sent(
    emulator: BatchEmulator, client: Client, keywords: dict[str, Any], error: type[Exception], text: str
) -> None:
    number = emulator.faults.add(Fault(status=500))
    with pytest.raises(error, match=text):
        await client.wait_for_tasks(**{"job_id": "job", **keywords})
    assert emulator.faults.count(number) == 0


# Progress and cancellation


async def test_a_hook_may_be_a_coroutine_function(emulator: BatchEmulator, client: Client) -> None:
    await make_job(client, 1)
    emulator.advance(60)
    seen: list[tuple[int, Optional[int]]] = []

    async def hook(current: int, total: Optional[int]) -> None:
        await asyncio.sleep(0)
        seen.append((current, total))

    if client.is_async:
        await client.wait_for_tasks("job", progress_hook=hook)
        assert seen == [(1, 1)]
    else:
        with pytest.raises(TypeError, match=r"progress_hook.*asynchronous"):
            await client.wait_for_tasks("job", progress_hook=hook)
        with pytest.raises(TypeError, match=r"progress_hook.*asynchronous"):
            await client.wait_for_tasks("job", progress_hook=lambda current, total: hook(current, total))


@pytest.mark.parametrize("error", [KeyboardInterrupt, LookupError])
async def test_what_a_hook_raises_ends_the_wait(client: Client, error: type[BaseException]) -> None:
    await make_job(client)

    def hook(current: int, total: Optional[int]) -> None:
        raise error

    with pytest.raises(error):
        await client.wait_for_tasks("job", progress_hook=hook)


async def test_an_asynchronous_wait_can_be_cancelled(emulator: BatchEmulator) -> None:
    async with emulator.async_client() as client:
        await make_job(Client(client))
        started = asyncio.Event()
        waiting = asyncio.ensure_future(
            client.wait_for_tasks("job", polling_interval=3600, progress_hook=lambda *_: started.set())
        )
        await started.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


PROGRAM = """
import sys
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
client = BatchClient(sys.argv[1], AzureNamedKeyCredential(sys.argv[2], sys.argv[3]))
hook = lambda *_: print("waiting", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    "call",
    [
        "client.wait_for_tasks('job', polling_interval=3600, progress_hook=hook)",
        "client.wait_for_tasks('job', task_ids=['t1'], polling_interval=3600, progress_hook=hook)",
        "list(client.iter_completed_tasks('job', polling_interval=3600, progress_hook=hook))",
        "list(client.follow_task_file('job', 't1', polling_interval=3600, raw_response_hook=hook))",
    ],
)
def test_ctrl_c_ends_a_pause(emulator: BatchEmulator, call: str) -> None:
    with emulator.client() as client:
        asyncio.run(make_job(Client(client)))
    command = [sys.executable, "-c", PROGRAM.replace("{call}", call), emulator.endpoint, emulator.account, emulator.key]
    with subprocess.Popen(command, env=interruptible(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        interrupt(process)
        assert process.stdout.readlines()[-1] == "interrupted\n"
    assert process.returncode == 0


# Counts that lag behind, as the emulator's do not


class Service:
    """Answers the few requests that waiting makes, with counts that are told apart from the tasks.

    :param counts: Active, running, succeeded, failed, one after the other, the last one again and again.
    :param pending: Whether some task is not completed yet, by the lists, one after the other.
    """

    def __init__(
        self,
        counts: list[tuple[int, int, int, int]],
        pending: list[bool],
        *,
        failed: int = 0,
        succeeded: int = 2000,
        job: str = "active",
    ) -> None:
        self.counts = counts
        self.pending = pending
        self.failed = failed
        self.succeeded = succeeded
        self.job = job
        self.asked: list[str] = []

    def __call__(self, request: Any) -> Answer:
        url = urlsplit(request.url)
        condition = parse_qs(url.query).get("$filter", [""])[0]
        if url.path.endswith("/taskcounts"):
            self.asked.append("counts")
            names = ("active", "running", "succeeded", "failed")
            counts = dict(zip(names, self._next(self.counts)))
            counts["completed"] = counts["succeeded"] + counts["failed"]
            body: Any = {"taskCounts": counts, "taskSlotCounts": counts}
        elif url.path.endswith("/tasks"):
            self.asked.append(condition.partition(" ")[0] or "all")
            if condition.startswith("state"):
                body = {"value": [{"id": "t"}] if self._next(self.pending) else []}
            else:
                tasks: list[Any] = [_task(number, "failure") for number in range(self.failed)]
                if not condition:
                    tasks += [_task(number, "success") for number in range(self.failed, self.succeeded)]
                body = {"value": tasks}
        else:
            self.asked.append("job")
            body = {"id": "job", "state": self.job}
        return Answer(200, json.dumps(body).encode())

    @staticmethod
    def _next(values: list[Any]) -> Any:
        return values.pop(0) if len(values) > 1 else values[0]


def _task(number: int, result: str) -> dict[str, Any]:
    return {"id": f"t{number}", "state": "completed", "executionInfo": {"result": result, "exitCode": 1}}


@BOTH
async def test_counts_that_run_ahead_are_not_believed(asynchronous: bool) -> None:
    service = Service([(0, 0, 1500, 0), (0, 0, 1700, 0), (0, 0, 2000, 0)], [True, True, True, False])
    async with memory_client(service, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("job", **QUICK))
    assert (summary.total, summary.all_succeeded) == (2000, True)
    # After the first contradiction it is one request a look.
    assert service.asked[:2] == ["counts", "state"]
    assert service.asked[-2:] == ["state", "executionInfo/result"]


@BOTH
async def test_failures_that_the_counts_do_not_know_yet(asynchronous: bool) -> None:
    service = Service([(0, 0, 1990, 0)], [False], failed=5)
    async with memory_client(service, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("job", **QUICK))
    assert numbers(summary) == (0, 0, 1995, 5)
    assert service.asked == ["counts", "state", "executionInfo/result", "all"]


@BOTH
async def test_counts_that_stand_still_do_not_hang_it(asynchronous: bool) -> None:
    service = Service([(0, 3, 1997, 0)], [True, False])
    async with memory_client(service, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("job", **QUICK))
    assert (summary.total, summary.all_succeeded) == (2000, True)
    assert len(service.asked) < 30


@BOTH
async def test_tasks_that_the_counts_do_not_know_at_all(asynchronous: bool) -> None:
    service = Service([(0, 0, 0, 0)], [False])
    async with memory_client(service, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("job", **QUICK))
    assert summary.total == 2000


@BOTH
async def test_tasks_that_go_because_their_job_goes_are_not_done(asynchronous: bool) -> None:
    service = Service([(0, 5, 0, 0), (0, 0, 0, 0)], [False], succeeded=0, job="deleting")
    async with memory_client(service, asynchronous) as client:
        with pytest.raises(JobEndedError, match="job 'job' is being deleted"):
            await settled(client.wait_for_tasks("job", **QUICK))
    service = Service([(0, 5, 0, 0), (0, 0, 0, 0)], [False], succeeded=0)
    async with memory_client(service, asynchronous) as client:
        assert (await settled(client.wait_for_tasks("job", **QUICK))).total == 0


@BOTH
async def test_tasks_that_prepare_are_not_running_though_the_counts_say_so(asynchronous: bool) -> None:
    service = Service([(5, 2, 0, 0)], [True, True, False])
    async with memory_client(service, asynchronous) as client:
        summary = await settled(client.wait_for_tasks("job", count=2, state="running", **QUICK))
    assert numbers(summary) == (5, 2, 0, 0)
    assert service.asked.count("state") == 3


# Few requests


async def test_ten_minutes_take_few_requests(
    emulator: BatchEmulator, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_job(client, 124, nodes=2)
    in_virtual_time(monkeypatch, emulator)
    began, requests = emulator.now, []
    summary = await client.wait_for_tasks("job", raw_request_hook=requests.append)
    assert summary.all_succeeded
    # The longest pause is half a minute, but the end is foreseen.
    assert timedelta(seconds=620) <= emulator.now - began < timedelta(seconds=626)
    assert len(requests) <= 35
