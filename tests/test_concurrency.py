"""One client and many threads, or a forked process: one pool of connections that is large enough, and no mix-up."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.transport import RequestsTransport

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, Fault
from support.waiting import PATIENCE

THREADS = 32


def tasks(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "commandLine": "true"} for number in range(count)]


@pytest.fixture
def job(emulator: BatchEmulator, name: str) -> Iterator[str]:
    """A job in which a task collection takes a while, so that many are on their way together."""
    with emulator.client() as client:
        client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    late = emulator.faults.add(Fault(operation="create_task_collection", job=name, delay=0.5))
    yield name
    emulator.faults.remove(late)


def discarded(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_submission_by_many_threads_keeps_its_connections(
    emulator: BatchEmulator, job: str, caplog: pytest.LogCaptureFixture
) -> None:
    with BatchClient(emulator.endpoint, emulator.credential) as client:
        result = client.create_tasks(job, tasks(200 * THREADS), max_concurrency=THREADS)
        assert len(result.result_values or ()) == 200 * THREADS
        transport: Any = client._client._pipeline._transport
        pools: Any = transport.session.get_adapter(emulator.endpoint).poolmanager.pools
        pool = pools[next(iter(pools._container))]
        assert 10 < pool.num_connections <= THREADS + 1
    assert discarded(caplog) == []


async def test_a_submission_by_many_tasks_of_the_loop(emulator: BatchEmulator, job: str) -> None:
    async with AsyncBatchClient(emulator.endpoint, emulator.credential) as client:
        result = await client.create_tasks(job, tasks(12_000), max_concurrency=120)  # aiohttp makes 100 connections
    assert len(result.result_values or ()) == 12_000


async def test_as_many_calls_as_a_submission_may_make_are_on_their_way_at_once() -> None:
    """The service answers when the last of them is there; aiohttp by itself makes a hundred connections."""
    number, asked, all_there = 200, 0, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        if asked == number:
            all_there.set()
        await all_there.wait()
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"id": "p"}')
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=number)
    endpoint = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, AsyncBatchClient(endpoint, AzureNamedKeyCredential("a", "a2V5")) as client:
        pools = await asyncio.wait_for(asyncio.gather(*(client.get_pool("p") for _ in range(number))), PATIENCE)
    assert [pool.id for pool in pools] == ["p"] * number


def test_a_transport_of_the_callers_is_left_as_it_is(emulator: BatchEmulator) -> None:
    transport = RequestsTransport()
    with BatchClient(emulator.endpoint, emulator.credential, transport=transport) as client:
        assert not client.pool_exists("none")
        adapter: Any = transport.session.get_adapter(emulator.endpoint)
        assert adapter._pool_maxsize == 10


def test_many_threads_share_a_client_from_its_first_call_on(
    emulator: BatchEmulator, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = BatchClient(emulator.endpoint, emulator.credential)

    def use(number: int) -> bool:
        job = f"{name}-{number}"
        client.create_job({"id": job, "poolInfo": {"poolId": "none"}, "priority": number})
        found = client.get_job(job)
        client.create_tasks(job, tasks(3), max_concurrency=2)
        listed = [task.url for task in client.list_tasks(job, max_results=1)]
        client.begin_delete_job(job, polling_interval=0.1).result()
        return (found.id, found.priority) == (job, number) and all(f"/{job}/" in str(url) for url in listed)

    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(use, range(THREADS)))
    client.close()
    assert discarded(caplog) == []


FORKING = """
import os, sys
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

name, endpoint, account, key = sys.argv[1:]
client = BatchClient(endpoint, AzureNamedKeyCredential(account, key))
for number in range(2):
    client.create_job({"id": f"{name}-{number}", "poolInfo": {"poolId": "none"}})
child = os.fork()
job = f"{name}-{int(child == 0)}"
wrong = sum(client.get_job(job).id != job for _ in range(10))
if child == 0:
    os._exit(min(wrong, 1))
_, status = os.waitpid(child, 0)
client.close()
sys.exit(2 * wrong + status)
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_parent_and_child_of_a_fork_do_not_read_each_others_answers(emulator: BatchEmulator, name: str) -> None:
    arguments = [name, emulator.endpoint, emulator.account, emulator.key]
    late = emulator.faults.add(Fault(method="GET", path=f"/jobs/{name}-*", delay=0.1))  # so that both wait for answers
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", FORKING, *arguments], capture_output=True, text=True, timeout=PATIENCE
    )
    emulator.faults.remove(late)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
