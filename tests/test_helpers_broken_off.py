"""Every helper while a request of it hangs, and while it pauses: timed out, cancelled, ended by Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from azure.batch.emulator import BatchEmulator, Fault, Outcome
from conftest import settled
from support.clients import connections_in_use
from support.output import either, no_faults_left
from support.processes import interrupt, interruptible
from support.resources import pool_options
from support.waiting import comes_true, until

no_faults = pytest.fixture(autouse=True)(no_faults_left)

CALLS = {
    "wait for all tasks": ("get_job_task_counts", "wait_for_tasks(name)"),
    "wait for a task": ("list_tasks", "wait_for_tasks(name, task_ids=['t'])"),
    "take completed tasks": ("list_tasks", "iter_completed_tasks(name)"),
    "wait for nodes": ("list_pool_node_counts", "wait_for_nodes(name)"),
    "follow a task": ("get_task", "follow_task_file(name, 't')"),
    "follow a file": ("download_task_file", "follow_task_file(name, 't')"),
    "follow a start task": ("get_node", "follow_node_file(name, node)"),
    "follow a file of a node": ("download_node_file", "follow_node_file(name, node)"),
    "list files of a task": ("list_task_files", "save_task_files(name, 't', folder)"),
    "save files of a task": ("download_task_file", "save_task_files(name, 't', folder, max_concurrency=1)"),
    "list files of a node": ("list_node_files", "save_node_files(name, node, folder, pattern='startup/*')"),
    "save files of a node": ("download_node_file", "save_node_files(name, node, folder, max_concurrency=1)"),
    "download from a task": ("download_task_file", "download_task_file(name, 't', 'stdout.txt')"),
    "download from a node": ("download_node_file", "download_node_file(name, node, 'startup/stdout.txt')"),
    "look at a pool": ("get_pool", "ensure_pool({**pool, 'id': name + '-1'})"),
    "create a pool": ("create_pool", "ensure_pool({**pool, 'id': name + '-2'})"),
    "delete a pool": ("delete_pool", "ensure_no_pool(name + '-3')"),
    "replace a pool": ("delete_pool", "recreate_pool({**pool, 'id': name + '-4'})"),
    "look at a job": ("get_job", "ensure_job({**job, 'id': name + '-5'})"),
    "create a job": ("create_job", "ensure_job({**job, 'id': name + '-6'})"),
    "delete a job": ("delete_job", "ensure_no_job(name + '-7')"),
    "replace a job": ("delete_job", "recreate_job({**job, 'id': name + '-8'})"),
    "create tasks": ("create_task_collection", "create_tasks(name, [{'id': 'u', 'commandLine': 'work'}])"),
}
"""The request that hangs, and the call."""

PAUSES = {
    "wait for all tasks": "wait_for_tasks(stuck)",
    "wait for a task": "wait_for_tasks(stuck, task_ids=['t'])",
    "take completed tasks": "iter_completed_tasks(stuck)",
    "wait for nodes": "wait_for_nodes(stuck)",
    "follow a file": "follow_task_file(stuck, 't')",
    "create a pool": "ensure_pool({**pool, 'id': leaving})",
    "delete a pool": "ensure_no_pool(leaving)",
    "replace a pool": "recreate_pool({**pool, 'id': leaving})",
    "create a job": "ensure_job({**job, 'id': leaving})",
    "delete a job": "ensure_no_job(leaving)",
    "replace a job": "recreate_job({**job, 'id': leaving})",
}
"""Calls that have to pause."""


def is_quick(text: str) -> bool:
    """Whether a call never pauses."""
    return text.startswith(("download", "save", "create_tasks"))


def with_options(text: str) -> str:
    return f"client.{text[:-1]}, **options)"


class Place(NamedTuple):
    """What a call is about."""

    emulator: BatchEmulator
    names: dict[str, Any]

    def call(self, client: Any, text: str, **options: Any) -> Any:
        """Begin a call."""
        return eval(with_options(text), {"client": client, "options": options, **self.names})


@pytest.fixture(scope="module")
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=Outcome(stdout="out", files={"a": "a", "b": "b"})) as emulator:
        yield emulator


def make_place(emulator: BatchEmulator, name: str, folder: Path) -> Place:
    """A pool and a job in which a task has completed, pools and jobs for ensuring, and some that never get ready."""
    pool = {**pool_options(name, 1).as_dict(), "startTask": {"commandLine": "prepare", "waitForSuccess": True}}
    job = {"poolInfo": {"poolId": name}}
    stuck, leaving = f"{name}-stuck", f"{name}-leaving"
    with emulator.client() as client:
        client.create_pool(pool)
        client.create_job({**job, "id": name})
        client.create_task(name, {"id": "t", "commandLine": "work"})
        for number in (3, 4):
            client.create_pool({**pool, "id": f"{name}-{number}", "targetDedicatedNodes": 0})
        for number in (7, 8):
            client.create_job({**job, "id": f"{name}-{number}"})
        emulator.advance(600)
        client.create_pool({**pool, "id": stuck})
        client.create_job({"id": stuck, "poolInfo": {"poolId": stuck}})
        client.create_task(stuck, {"id": "t", "commandLine": "work"})
        client.create_pool({**pool, "id": leaving})
        client.create_job({**job, "id": leaving})
        client.begin_delete_pool(leaving, polling=False)
        client.begin_delete_job(leaving, polling=False)
        node = next(iter(client.list_nodes(name))).id
    names = {"name": name, "node": node, "stuck": stuck, "leaving": leaving, "folder": str(folder)}
    return Place(emulator, {**names, "pool": pool, "job": job})


@pytest.fixture
def place(emulator: BatchEmulator, name: str, tmp_path: Path) -> Place:
    return make_place(emulator, name, tmp_path)


async def result_of(given: Any) -> Any:
    """What a call gives, if that is an iterator a list of all."""
    found = await settled(given)
    if hasattr(found, "__anext__"):
        return [one async for one in found]
    return list(found) if hasattr(found, "__next__") else found


@pytest.mark.parametrize("kind", CALLS)
async def test_a_call_that_is_cancelled_while_a_request_hangs(place: Place, kind: str) -> None:
    """It leaves no connection, and the client goes on."""
    operation, text = CALLS[kind]
    async with place.emulator.async_client() as client:
        number = place.emulator.faults.add(Fault(operation=operation, delay=3600))
        calling = asyncio.ensure_future(result_of(place.call(client, text)))
        await comes_true(lambda: place.emulator.faults.count(number) == 1)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert connections_in_use(client) == 0
        place.emulator.faults.clear()
        await go_on(place, client, text)


@pytest.mark.parametrize("kind", PAUSES)
async def test_a_call_that_is_cancelled_while_it_pauses(place: Place, kind: str) -> None:
    async with place.emulator.async_client() as client:
        looked = asyncio.Event()
        calling = asyncio.ensure_future(
            result_of(place.call(client, PAUSES[kind], polling_interval=3600, raw_response_hook=lambda _: looked.set()))
        )
        await looked.wait()
        await comes_true(lambda: connections_in_use(client) == 0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert connections_in_use(client) == 0
        assert (await client.get_pool(place.names["name"])).state == "active"


async def go_on(place: Place, client: Any, text: str) -> None:
    """Make the call again: what it waits for comes as time goes by."""
    place.emulator.advance(600)
    options = {} if is_quick(text) else {"polling_interval": 0.005}
    calling = asyncio.ensure_future(result_of(place.call(client, text, **options)))
    while not calling.done():
        place.emulator.advance(600)
        await asyncio.wait([calling], timeout=0.05)
    await calling


PROGRAM = """
import json, sys
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

client = BatchClient(sys.argv[1], AzureNamedKeyCredential(sys.argv[2], sys.argv[3]))
space = {"client": client, **json.loads(sys.argv[4])}
shown = lambda _: print("looked", flush=True)
for line in sys.stdin:
    call, pauses = json.loads(line)
    space["options"] = {"polling_interval": 3600, "raw_response_hook": shown} if pauses else {}
    try:
        found = eval(compile(call, "call", "eval"), space)
        list(found) if hasattr(found, "__next__") else found
        print("ended", flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    assert client.get_pool(space["name"]).state == "active"
    print("goes on", flush=True)
"""


class Program:
    """A program that makes calls with the synchronous client, and is to be interrupted in them."""

    def __init__(self, place: Place, process: subprocess.Popen[str]) -> None:
        self._place = place
        self._process = process

    def begin(self, text: str, pauses: bool = False) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([with_options(text), pauses]) + "\n")
        self._process.stdin.flush()

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def interrupt(self) -> str:
        """Press Ctrl-C; gives what became of the call."""
        interrupt(self._process)
        found = self.line()
        while found == "looked":
            found = self.line()
        return found


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    emulator = place.emulator
    arguments = [emulator.endpoint, emulator.account, emulator.key, json.dumps(place.names)]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=interruptible(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Program(place, process)
        assert process.stdin is not None
        process.stdin.close()
    assert process.returncode == 0


POSIX = pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")


@POSIX
def test_ctrl_c_while_a_request_hangs(place: Place, program: Program) -> None:
    """In each call in turn: nobody takes it for an error of the request, and the client goes on."""
    for kind, (operation, text) in CALLS.items():
        # Once only: the program goes on with the client before the fault is taken back.
        number = place.emulator.faults.add(Fault(operation=operation, delay=3600, times=1))
        program.begin(text)
        until(partial(place.emulator.faults.count, number))
        assert (kind, program.interrupt()) == (kind, "interrupted")
        place.emulator.faults.clear()
        assert program.line() == "goes on"


@POSIX
def test_ctrl_c_while_a_call_pauses(program: Program) -> None:
    for kind, text in PAUSES.items():
        program.begin(text, pauses=True)
        assert program.line() == "looked"
        assert (kind, program.interrupt()) == (kind, "interrupted")
        assert program.line() == "goes on"


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_request_that_hangs_is_timed_out_and_made_again(place: Place, colour: str) -> None:
    """In all calls at the same time, while time goes by; as many requests hang as there are calls."""

    async def one(text: str) -> Any:
        async with either(place.emulator, colour) as client:
            options: dict[str, Any] = {} if is_quick(text) else {"polling_interval": 0.005}
            # A machine may be slow, and one call may meet several of the requests that hang.
            options.update(read_timeout=1, retry_total=100, retry_read=100, retry_backoff_factor=0)
            return await result_of(place.call(client.raw, text, **options))

    times = Counter(operation for operation, _ in CALLS.values())
    faults = [Fault(operation=operation, delay=3600, times=number) for operation, number in times.items()]
    numbers = [place.emulator.faults.add(fault) for fault in faults]
    with ThreadPoolExecutor(len(CALLS)) as threads:
        running = [threads.submit(asyncio.run, one(text)) for _, text in CALLS.values()]

        def look() -> bool:
            place.emulator.advance(60)
            return all(one.done() for one in running)

        await comes_true(look)
    assert dict(zip(CALLS, [one.exception() for one in running])) == dict.fromkeys(CALLS)
    assert [place.emulator.faults.count(number) for number in numbers] == list(times.values())
