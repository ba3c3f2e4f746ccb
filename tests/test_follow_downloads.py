"""Downloads that are followed, and files of nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import AzureError, ResourceNotFoundError

from azure.batch import models
from azure.batch.emulator import BatchEmulator, Fault
from conftest import Client, settled
from support.output import (
    Growing,
    Place,
    Requests,
    finished_task,
    growing_task,
    no_faults_left,
    shell,
)
from support.pauses import QUICK
from support.resources import pool_options, until

place = pytest.fixture(scope="module")(finished_task)
no_faults = pytest.fixture(autouse=True)(no_faults_left)
growing = pytest.fixture(growing_task)


async def download(client: Client, *ids: str, **options: Any) -> Any:
    """The download itself, of either client."""
    operation = client.raw.download_task_file if len(ids) == 2 else client.raw.download_node_file
    return await settled(operation(*ids[:2], *(ids[2:] or ["stdout.txt"]), **options))


async def each(pieces: Any) -> Any:
    """The pieces that either client gives."""
    if hasattr(pieces, "__aiter__"):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece


async def all_of(pieces: Any) -> list[bytes]:
    return [piece async for piece in each(pieces)]


async def test_a_download_can_be_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf 0; wait 1; printf 1; wait 2; printf 2")
    await until(lambda: has_written(client, growing.job))
    file = await download(client, growing.job, "t", retry_backoff_factor=0, timeout=60)
    seen = []
    async for piece in each(file.follow(timeout=200, polling_interval=0.005)):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"0", b"1", b"2"]
    assert file._closed


async def has_written(client: Client, job: str) -> bool:
    try:
        file = await download(client, job, "t")
    except AzureError:
        return False
    return bool(await settled(file.readall()))


async def test_a_download_that_is_followed_has_its_own_options(client: Client, place: Place) -> None:
    requests = Requests()
    file = await download(client, place.job, "t", raw_request_hook=requests)
    assert await all_of(file.follow()) == [b"out"]
    assert [url.rpartition("/")[2] for url in requests.urls] == ["stdout.txt", "t", "stdout.txt"]


async def test_following_a_download_ends_in_time(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf here; wait 1")
    await until(lambda: has_written(client, growing.job))
    file = await download(client, growing.job, "t")
    with pytest.raises(TimeoutError, match=r"task 't' of job .* within 0 s; 4 bytes of its 'stdout\.txt' were read"):
        await all_of(file.follow(timeout=0))


@pytest.mark.parametrize("what", ["read", "closed", "a part"])
async def test_what_is_no_whole_download_any_more_is_not_followed(client: Client, place: Place, what: str) -> None:
    file = await download(client, place.job, "t", **({"ocp_range": "bytes=0-1"} if what == "a part" else {}))
    if what == "read":
        await settled(file.readall())
    elif what == "closed":
        await settled(file.close())
    with pytest.raises(ValueError, match="has been read already, or is of a part"):
        file.follow()
    await settled(file.close())


async def test_a_file_of_a_task_is_followed_on_its_node(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf 0; wait 1; printf 1")
    await until(lambda: has_written(client, growing.job))
    info = (await client.get_task(growing.job, "t")).node_info
    path = f"{info.task_root_directory}/stdout.txt"
    file = await download(client, info.pool_id, info.node_id, path)
    seen = []
    async for piece in each(file.follow(timeout=200, polling_interval=0.005)):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"0", b"1"]
    assert await all_of(await client.follow_node_file(info.pool_id, info.node_id, path, **QUICK)) == [b"01"]


class StartTask:
    """A pool of one node, whose start task goes on when it is told to; its node does not wait for it."""

    def __init__(self, client: Client, name: str, folder: Path) -> None:
        self._client, self._name, self._folder = client, name, folder

    async def begin(self, script: str) -> str:
        """Make the pool; gives the name of its node when that is ready."""
        line = shell(f"wait() {{ while [ ! -e '{self._folder}'/$1 ]; do sleep 0.01; done; }}; {script}")
        start_task = {"commandLine": line, "waitForSuccess": False, "maxTaskRetryCount": 1}
        await self._client.create_pool(pool_options(self._name, start_task=models.BatchStartTask(start_task)))
        (node,) = await self._client.wait_for_nodes(self._name, timeout=200, **QUICK)
        return str(node.id)

    def go(self, step: int) -> None:
        (self._folder / str(step)).touch()


@pytest.fixture
def start_task(client: Client, name: str, tmp_path: Path) -> StartTask:
    return StartTask(client, name, tmp_path)


async def test_the_output_of_a_start_task_comes_as_it_is_written(
    client: Client, emulator: BatchEmulator, name: str, start_task: StartTask
) -> None:
    node = await start_task.begin("printf 0; wait 1; printf 1; wait 2; printf 2")
    for kind in ("get_node", "download_node_file"):
        emulator.faults.add(Fault(operation=kind, pool=name, status=503, probability=0.3))
        emulator.faults.add(Fault(operation=kind, pool=name, drop="body", probability=0.1))
    seen = []
    async for piece in await client.follow_node_file(name, node, timeout=200, **QUICK):
        seen.append(piece)
        start_task.go(len(seen))
    assert seen == [b"0", b"1", b"2"]


async def test_the_second_run_of_a_start_task_is_followed_from_its_beginning(
    client: Client, name: str, tmp_path: Path, start_task: StartTask
) -> None:
    again = tmp_path / "again"
    node = await start_task.begin(
        f"if [ ! -e '{again}' ]; then touch '{again}'; printf same; wait 1; exit 1; fi; printf 'same, and more'"
    )
    seen = []
    async for piece in await client.follow_node_file(name, node, timeout=200, **QUICK):
        seen.append(piece)
        if len(seen) == 1:
            start_task.go(1)
            await until(lambda: has_run_again(client, name, node))
    assert b"".join(seen) == b"samesame, and more"


async def has_run_again(client: Client, pool: str, node: str) -> bool:
    info = (await client.get_node(pool, node)).start_task_info
    return bool(info.retry_count == 1 and info.state == "completed")


async def test_a_node_without_a_start_task_has_no_such_file(client: Client, place: Place) -> None:
    with pytest.raises(ResourceNotFoundError, match="FileNotFound"):
        await all_of(await client.follow_node_file(place.pool, place.node, **QUICK))
    with pytest.raises(ResourceNotFoundError, match="NodeNotFound"):
        await all_of(await client.follow_node_file(place.pool, "none", **QUICK))


async def test_time_for_a_start_task_runs_out(client: Client, name: str, start_task: StartTask) -> None:
    node = await start_task.begin("printf here; wait 1")
    with pytest.raises(TimeoutError, match=f"the start task of node '{node}' was not completed within 0 s; "):
        await all_of(await client.follow_node_file(name, node, timeout=0))
    start_task.go(1)


@pytest.mark.parametrize("path", ["shared/x", "startup", "workitems/j/job-1/t", "workitems/j/stdout.txt", "xstartup/a"])
async def test_a_file_of_no_task_has_no_end(client: Client, path: str) -> None:
    with pytest.raises(ValueError, match=f"file_path: '{path}' is of no task whose end could be waited for"):
        await client.follow_node_file("pool", "node", path)
