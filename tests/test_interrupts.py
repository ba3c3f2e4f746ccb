"""Ctrl-C and cancellation, at any moment: what is known is told, nothing is left running, the client can be used."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from azure.batch import BatchClient, _bulk, _bulk_call, _plan, _submission, models
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Delays, Fault
from support.clients import ENDPOINT, connections_in_use
from support.memory import Answer, MemoryTransport
from support.processes import interrupt, interruptible
from support.sockets import RawServer, answer
from support.waiting import PATIENCE, comes_true, until

# -- between any two steps of the interpreter --------------------------------------------------------------------------

STRIDE = int(os.environ.get("BATCH_INTERRUPT_STRIDE", "97"))
"""Every how many steps an interrupt is tried; 1 takes some minutes."""

GIVEN = [{"id": f"t{number}", "commandLine": str(number)} for number in range(11)]


class EventfulJob:
    """A job to which the tasks find their way through every kind of trouble, the same each time."""

    def __init__(self) -> None:
        self.job: dict[str, Any] = {}
        self.seen: dict[str, int] = {}
        self.lock = threading.Lock()

    def __call__(self, request: Any) -> Answer:
        with self.lock:
            name = urlsplit(request.url).path.rpartition("/")[2]
            if request.method == "GET":
                more = {"url": f"{ENDPOINT}/{name}", "eTag": "1", "creationTime": "2999-01-01T00:00:00Z"}
                return Answer(200, json.dumps({**self.job[name], **more}).encode())
            tasks = json.loads(request.content)["value"]
            if len(tasks) > 2 and any(task["id"] == "t9" for task in tasks):
                return Answer(413, b'{"code": "RequestBodyTooLarge", "message": {"value": "no"}}')
            if any(task["id"] == "t10" for task in tasks):
                return Answer(400, b'{"code": "InvalidRequestBody", "message": {"value": "no"}}')
            items = [self.add(task) for task in tasks]
            if any(task["id"] == "t1" and self.seen["t1"] == 1 for task in tasks):
                raise ServiceResponseError("dropped, after it took effect")
            return Answer(200, json.dumps({"value": [item for item in items if item]}).encode())

    def add(self, task: dict[str, Any]) -> Optional[dict[str, Any]]:
        name = task["id"]
        self.seen[name] = self.seen.get(name, 0) + 1
        error = {"code": "TaskExists" if name in self.job else "Some", "message": {"value": "no"}}
        if name == "t3" or name in self.job:
            return {"taskId": name, "status": "clienterror", "error": error}
        if name == "t5" and self.seen[name] == 1:
            return {"taskId": name, "status": "servererror", "error": error}
        self.job[name] = task
        return None if name == "t7" else {"taskId": name, "status": "success"}


class Interrupter:
    """Raises KeyboardInterrupt before the given step that the interpreter takes in the modules of the submission.

    When an exception has ended the submission, and the report is being made, it is too late.
    """

    FILES = frozenset({_bulk.__file__, _bulk_call.__file__, _submission.__file__})

    def __init__(self, step: int) -> None:
        self.left = step
        self.is_late = False

    def run(self, work: Callable[[], Any]) -> Optional[BaseException]:
        """What comes of work that is interrupted.

        It has a thread of its own: one that was interrupted while it left an ``except`` goes on as if it handled that
        exception.
        """
        raised: Optional[BaseException] = None

        def run() -> None:
            nonlocal raised
            try:
                sys.settrace(self)
                work()
            except BaseException as error:
                raised = error
            finally:
                sys.settrace(None)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return raised

    def __call__(self, frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in self.FILES:
            return None
        self.is_late = self.is_late or (event == "exception" and frame.f_code.co_name == "create_tasks")
        frame.f_trace_opcodes = True
        if event == "opcode" and not self.is_late:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def submit(given: Any, at_once: int, step: int) -> tuple[EventfulJob, Optional[BaseException], Interrupter]:
    """Submit while being interrupted at a step; gives the job and what was raised."""
    job, interrupter = EventfulJob(), Interrupter(step)
    transport = MemoryTransport(job)
    with BatchClient(ENDPOINT, AzureNamedKeyCredential("account", "a2V5"), transport=transport) as client:
        options: dict[str, Any] = {"max_concurrency": at_once, "retry_backoff_factor": 0}
        raised = interrupter.run(lambda: client.create_tasks("j", given, **options))
    return job, raised, interrupter


class OfPauses(Interrupter):
    """The same in a pause of a plan, and what it is made of."""

    FILES = frozenset({_plan.__file__, threading.__file__})


def report_in(error: Optional[BaseException]) -> Optional[models.CreateTasksError]:
    while error is not None and not isinstance(error, models.CreateTasksError):
        error = error.__cause__ or error.__context__
    return error


TRACED = pytest.mark.skipif(
    sys.version_info[:2] == (3, 12), reason="3.12 does not trace opcodes at a frame's first call"
)


@TRACED
def test_ctrl_c_in_a_pause_is_nothing_else_whenever_it_comes() -> None:
    for step in itertools.count(1):
        interrupter = OfPauses(step)
        raised = interrupter.run(lambda: _plan.settle(_plan.Pause(0.001)))
        if interrupter.left > 0:
            assert step > 5
            break
        assert type(raised) is KeyboardInterrupt, step


@TRACED
@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("lazy", [False, True], ids=["list", "generator"])
def test_no_task_is_lost_whenever_ctrl_c_comes(monkeypatch: pytest.MonkeyPatch, at_once: int, lazy: bool) -> None:
    monkeypatch.setattr(_submission, "MOST_TASKS", 3)
    for step in itertools.count(1, STRIDE):
        handed: list[Any] = [] if lazy else GIVEN

        def generate(handed: list[Any] = handed) -> Iterator[Any]:
            for task in GIVEN:
                handed.append(task)
                yield task

        job, raised, interrupter = submit(generate() if lazy else GIVEN, at_once, step)
        report = report_in(raised)
        if report is None:
            assert isinstance(raised, KeyboardInterrupt)
            assert not job.seen, f"interrupted at {step} without a word of what was sent"
        else:
            check(report, handed, job)
        if interrupter.left > 0:
            assert step > 1000
            break


def check(report: models.CreateTasksError, handed: list[Any], job: EventfulJob) -> None:
    added = [one.task_id for one in report.succeeded]
    rejected = [one.task_id for one in report.failure_tasks]
    pending = [task["id"] for task in report.pending_tasks]
    in_doubt = {task["id"] for task, _ in report.unknown}
    order = [task["id"] for task in GIVEN]
    assert sorted(added + rejected + pending, key=order.index) == [task["id"] for task in handed]
    assert all(some == sorted(some, key=order.index) for some in (added, rejected, pending))
    assert in_doubt <= set(pending)
    assert set(added) <= job.job.keys() <= {*added, *in_doubt}


# -- a real signal, to a program of its own ----------------------------------------------------------------------------

PROGRAM = """
import asyncio, json, os, signal, sys
from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.core.credentials import AzureNamedKeyCredential

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a program started in the background may not have
how, job, endpoint, account, key = sys.argv[1:]
credential = AzureNamedKeyCredential(account, key)
tasks = [{"id": f"t{number}", "commandLine": "true"} for number in range(3000)]


def tell(error):
    report = error.__cause__
    assert isinstance(report, models.CreateTasksError), repr(error)
    assert len(report.succeeded) + len(report.pending_tasks) == 3000
    print(json.dumps([[one.task_id for one in report.succeeded], [task["id"] for task, _ in report.unknown]]))


async def submit():
    # As asyncio.run has it from Python 3.11 on. Before, Ctrl-C is raised wherever the loop is just then.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, asyncio.current_task().cancel)
    async with AsyncBatchClient(endpoint, credential) as client:
        try:
            await client.create_tasks(job, tasks, max_concurrency=4)
        except asyncio.CancelledError as error:
            tell(error)
            raise


if how == "async":
    try:
        asyncio.run(submit())
    except asyncio.CancelledError:
        sys.exit(130)
with BatchClient(endpoint, credential) as client:
    try:
        if how == "result":
            client.begin_delete_job(job, polling_interval=3600).result()
        elif how == "wait":
            client.begin_delete_job(job, polling_interval=3600).wait()
        elif how == "list":
            list(client.list_tasks(job, max_results=1))
        elif how == "helper":
            client.wait_for_tasks(job, polling_interval=3600)
        else:
            client.create_tasks(job, tasks, max_concurrency=int(how))
    except KeyboardInterrupt as error:
        if how in "14":
            tell(error)
        else:
            client.create_job({"id": f"{job}-2", "poolInfo": {"poolId": "none"}})
            client.create_tasks(f"{job}-2", tasks[:3])
            print([task.id for task in client.list_tasks(f"{job}-2", max_results=1)])
        sys.exit(130)
"""


@pytest.fixture
def slow(emulator: BatchEmulator, name: str) -> Iterator[Callable[[], int]]:
    """Makes a job with that name, where three requests are answered; tells how many are late."""
    with emulator.client() as client:
        client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    late = Fault(operation="create_task_collection", job=name, delay=60, nth=range(4, 1000))
    number = emulator.faults.add(late)
    yield lambda: emulator.faults.count(number)
    emulator.faults.remove(number)


def interrupted(emulator: BatchEmulator, how: str, job: str, is_time: Callable[[], bool]) -> str:
    """Run the program and send it a SIGINT in time; gives what it printed."""
    arguments = [how, job, emulator.endpoint, emulator.account, emulator.key]
    command = [sys.executable, "-X", "dev", "-c", PROGRAM, *arguments]
    with subprocess.Popen(command, env=interruptible(), **PIPES) as program:
        until(lambda: is_time() or program.poll() is not None)
        interrupt(program)
        output, errors = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130, errors
    assert "Warning" not in errors, errors
    return output


PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
POSIX = pytest.mark.skipif(os.name == "nt", reason="sends a signal as only POSIX has it")


@POSIX
@pytest.mark.parametrize(("how", "at_once"), [("1", 1), ("4", 4), ("async", 4)])
def test_ctrl_c_ends_a_program_and_tells_what_is_known(
    emulator: BatchEmulator, name: str, how: str, at_once: int, slow: Callable[[], int]
) -> None:
    added, in_doubt = json.loads(interrupted(emulator, how, name, lambda: slow() == at_once))
    with emulator.client() as client:
        there = {task.id for task in client.list_tasks(name, select=["id"])}
    assert (len(added), len(in_doubt)) == (300, 100 * at_once)
    assert set(added) <= there <= {*added, *in_doubt}


LATE: dict[str, tuple[str, Optional[int]]] = {
    "result": ("/jobs/{}", None),
    "wait": ("/jobs/{}", None),
    "list": ("/jobs/{}/tasks", 2),
    "helper": ("/jobs/{}/taskcounts", None),
}
"""What is late when Ctrl-C comes: a poll, the second page of a list, a look."""


@POSIX
@pytest.mark.parametrize("how", LATE)
def test_ctrl_c_ends_a_wait_and_the_client_can_be_used_on(emulator: BatchEmulator, name: str, how: str) -> None:
    path, nth = LATE[how]
    with emulator.client() as client:
        client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
        client.create_tasks(name, GIVEN)
    late = emulator.faults.add(Fault(method="GET", path=path.format(name), nth=nth, delay=60))
    try:
        output = interrupted(emulator, how, name, lambda: emulator.faults.count(late) > 0)
    finally:
        emulator.faults.remove(late)
    assert output == "['t0', 't1', 't2']\n"


# -- cancellation in the middle of each kind of call -------------------------------------------------------------------


async def items_of(pager: Any) -> list[Any]:
    return [one async for one in pager]


async def waited(begun: Any) -> None:
    await (await begun).result()


KINDS: dict[str, tuple[str, Callable[[AsyncBatchClient, str], Any]]] = {
    "read": ("get_job", lambda client, job: client.get_job(job)),
    "write": ("update_job", lambda client, job: client.update_job(job, {"priority": 1})),
    "creation": ("create_task", lambda client, job: client.create_task(job, {"id": "t", "commandLine": "true"})),
    "existence": ("pool_exists", lambda client, job: client.pool_exists(job)),
    "list": ("list_tasks", lambda client, job: items_of(client.list_tasks(job))),
    "second page": ("list_tasks", lambda client, job: items_of(client.list_tasks(job, max_results=1))),
    "download": ("download_task_file", lambda client, job: client.download_task_file(job, "t", "stdout.txt")),
    "submission": (
        "create_task_collection",
        lambda client, job: client.create_tasks(job, [{"id": "t", "commandLine": "true"}], max_concurrency=3),
    ),
    "beginning": ("terminate_job", lambda client, job: client.begin_terminate_job(job)),
    "polling": ("get_job", lambda client, job: waited(client.begin_terminate_job(job))),
    "deletion": ("get_job", lambda client, job: waited(client.begin_delete_job(job))),
    "own request": (
        "get_job",
        lambda client, job: client.send_request(HttpRequest("GET", f"/jobs/{job}?api-version=2025-06-01")),
    ),
}


@contextmanager
def nothing_left(client: AsyncBatchClient) -> Iterator[None]:
    """See that the block leaves no connection in use, and no task or thread behind."""
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    yield
    assert connections_in_use(client) == 0
    assert asyncio.all_tasks() == tasks
    assert not [one for one in set(threading.enumerate()) - threads if not one.name.startswith(OF_OTHERS)]


OF_OTHERS = ("azure-batch-emulator", "ThreadPoolExecutor", "wait-", "asyncio_")
"""How the names of threads begin that the emulator has in this process, and of those that the loop keeps for others."""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_call_leaves_no_connection_and_a_client_that_works(
    emulator: BatchEmulator, name: str, kind: str
) -> None:
    operation, call = KINDS[kind]
    job = {"id": name, "poolInfo": {"poolId": "none"}}
    nth = 2 if kind == "second page" else None
    async with AsyncBatchClient(emulator.endpoint, emulator.credential) as client:
        await client.create_job(job)
        await client.create_tasks(name, [{"id": f"given-{number}", "commandLine": "true"} for number in range(3)])
        late = emulator.faults.add(Fault(method=METHODS.get(operation, "GET"), path=f"/*/{name}**", nth=nth, delay=60))
        try:
            with nothing_left(client):
                running = asyncio.ensure_future(call(client, name))
                await comes_true(lambda: emulator.faults.count(late) > 0)
                assert connections_in_use(client) == 1
                running.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await running
        finally:
            emulator.faults.remove(late)
        await client.create_job({**job, "id": f"{name}-2"})
        assert (await client.get_job(f"{name}-2")).id == f"{name}-2"


METHODS = {
    "update_job": "PATCH",
    "pool_exists": "HEAD",
    "create_task": "POST",
    "create_task_collection": "POST",
    "terminate_job": "POST",
}


async def test_a_reader_that_is_cancelled_between_two_pages_can_read_on(emulator: BatchEmulator, name: str) -> None:
    given = [f"t{number}" for number in range(5)]
    async with AsyncBatchClient(emulator.endpoint, emulator.credential) as client:
        await client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
        await client.create_tasks(name, [{"id": one, "commandLine": "true"} for one in given])
        pages: Any = client.list_tasks(name, max_results=2).by_page()
        has_read, read = asyncio.Event(), []

        async def reader() -> None:
            async for page in pages:
                read.extend([task.id async for task in page])
                has_read.set()
                await asyncio.Event().wait()

        with nothing_left(client):
            running = asyncio.ensure_future(reader())
            await asyncio.wait_for(has_read.wait(), PATIENCE)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert len(read) == 2
        again = client.list_tasks(name, max_results=2).by_page(pages.continuation_token)
        rest = [task.id async for page in again async for task in page]
        assert sorted(read + rest) == given
        assert sorted([task.id async for task in client.list_tasks(name)]) == given


async def test_a_poller_that_is_cancelled_in_a_pause_leaves_nothing_and_the_client_goes_on() -> None:
    with BatchEmulator(simulate=True, delays=Delays(delete=60)) as still:
        async with still.async_client() as client:
            await client.create_job({"id": "j", "poolInfo": {"poolId": "none"}})
            look = still.faults.add(Fault(method="GET", path="/**", delay=0.001))
            with nothing_left(client):
                running = asyncio.ensure_future(waited(client.begin_delete_job("j")))
                await comes_true(lambda: still.faults.count(look) > 1 and connections_in_use(client) == 0)
                assert not running.done()
                running.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await running
            assert (await client.get_job("j")).state == "deleting"


OPEN = "Content-Length: 1000000"
DATE = "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT"
STUCK: dict[str, list[bytes]] = {
    "answer": [answer(OPEN, DATE, body=b"x" * 5000)],
    "refusal": [answer(OPEN, status="404 No", body=b'{"code":')],
    "redirected": [answer(OPEN, "Location: ENDPOINT/x", status="307 Elsewhere", body=b"x"), b""],
}
"""Answers to a download that come to a halt."""


class Heads(SansIOHTTPPolicy[Any, Any]):
    """Counts the answers that have begun."""

    read = 0

    def on_response(self, request: Any, response: Any) -> None:
        self.read += 1


@pytest.mark.parametrize("kind", STUCK)
async def test_a_download_that_is_cancelled_in_the_middle_leaves_no_connection(kind: str) -> None:
    server, heads = RawServer(*STUCK[kind], holds=True), Heads()
    credential = AzureNamedKeyCredential("a", "a2V5")
    async with (
        server.running() as endpoint,
        AsyncBatchClient(endpoint, credential, per_retry_policies=[heads]) as client,
    ):

        async def download() -> None:
            async for _ in await client.download_task_file("j", "t", "f"):
                pass

        running = asyncio.ensure_future(download())
        await comes_true(lambda: (len(server.requests), heads.read) == (len(STUCK[kind]), 1))
        assert connections_in_use(client) == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert connections_in_use(client) == 0
