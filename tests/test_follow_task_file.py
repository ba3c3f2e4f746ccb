"""Files that are followed while their tasks go on."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Optional

import pytest
from azure.core.exceptions import AzureError, ResourceNotFoundError

from azure.batch import InvalidStateError
from azure.batch._helpers import _looks
from azure.batch.emulator import BatchEmulator, Fault, Outcome
from conftest import Client, settled
from support.clients import memory_client
from support.memory import Answer
from support.output import (
    LARGE,
    Growing,
    Place,
    Requests,
    collected,
    either,
    finished_task,
    growing_task,
    no_faults_left,
    shell,
    simulation,
    unexpected,
)
from support.pauses import QUICK, in_no_time, in_virtual_time
from support.resources import pool_options, steady, until
from support.submission import Clock

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

place = pytest.fixture(scope="module")(finished_task)
no_faults = pytest.fixture(autouse=True)(no_faults_left)
growing = pytest.fixture(growing_task)
simulated = pytest.fixture(simulation)


async def test_output_comes_as_it_is_written(client: Client, growing: Growing) -> None:
    await growing.start(client, "echo 0; wait 1; echo 1; wait 2; printf 2a; wait 3; echo 2b; wait 4; exit 3")
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", **QUICK):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"0\n", b"1\n", b"2a", b"2b\n"]


async def test_a_file_that_is_not_there_yet_is_waited_for(client: Client, growing: Growing) -> None:
    requests = Requests(lambda number: growing.go(1) if number == 8 else None)
    await growing.start(client, "echo x > tmp; wait 1; mkdir logs; echo late > logs/run.log")
    assert await collected(client, growing.job, "t", "wd/logs/run.log", raw_request_hook=requests) == [b"late\n"]
    assert len(requests.urls) > 8


async def test_a_task_that_has_not_started_costs_one_request_a_look(
    client: Client, emulator: BatchEmulator, name: str
) -> None:
    def act(number: int) -> None:
        if number == 10:
            with emulator.client() as other:
                other.begin_resize_pool(name, {"targetDedicatedNodes": 1}, polling_interval=0.02)

    await client.create_pool(pool_options(name, 0))
    await steady(client, name)
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, {"id": "t", "commandLine": shell("printf done")})
    requests = Requests(act)
    assert b"".join(await collected(client, name, "t", raw_request_hook=requests)) == b"done"
    assert all(url.endswith("/tasks/t") for url in requests.urls[:10])


async def test_a_finished_task_is_read_to_its_end(client: Client, place: Place) -> None:
    assert await collected(client, place.job, "t") == [b"out"]
    assert await collected(client, place.job, "t", "wd/empty") == []
    requests = Requests()
    size = 0
    async for piece in await client.follow_task_file(place.job, "t", "wd/large", raw_request_hook=requests, **QUICK):
        assert len(piece) <= 4 * 1024 * 1024
        assert piece == (b"0123456\n" * (len(piece) // 8 + 2))[size % 8 :][: len(piece)]
        size += len(piece)
    assert size == LARGE
    assert len(requests.urls) == 2 * -(-LARGE // (4 * 1024 * 1024))


async def test_a_file_of_exactly_so_many_blocks_ends(client: Client, growing: Growing) -> None:
    await growing.start(client, "head -c 8388608 /dev/zero")
    assert sum(map(len, await collected(client, growing.job, "t"))) == 8_388_608


async def test_what_is_missing_at_the_end_is_an_error(client: Client, place: Place) -> None:
    with pytest.raises(ResourceNotFoundError, match="FileNotFound"):
        await collected(client, place.job, "t", "wd/none")
    with pytest.raises(ResourceNotFoundError, match="TaskNotFound"):
        await collected(client, place.job, "none")
    with pytest.raises(ResourceNotFoundError, match="JobNotFound"):
        await collected(client, "none", "t")


async def test_a_task_that_never_ran_has_nothing_to_follow(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, 0))
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    await client.create_task(name, {"id": "t", "commandLine": "true"})
    await client.terminate_task(name, "t")
    with pytest.raises((InvalidStateError, ResourceNotFoundError)):
        await collected(client, name, "t")


async def test_time_runs_out(client: Client, growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(_looks, "monotonic", clock)
    await growing.start(client, "printf here; wait 1")
    pieces = (await client.follow_task_file(growing.job, "t", timeout=1, **QUICK)).__aiter__()
    assert await pieces.__anext__() == b"here"
    clock.now += 1
    with pytest.raises(TimeoutError, match=r"task 't' of job .* was not completed within 1 s; 4 bytes of its 'stdout"):
        await pieces.__anext__()
    with pytest.raises(TimeoutError):
        await collected(client, growing.job, "t", timeout=0)


async def test_a_retry_is_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    """The second run writes more than the first before it is looked at, and begins with the same bytes."""
    await growing.start(
        client,
        f"cd '{growing.folder}'; if [ ! -e again ]; then touch again; printf same; wait 1; exit 1; fi;"
        " printf 'same, and more'; wait 2",
        constraints={"maxTaskRetryCount": 1},
    )
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", **QUICK):
        seen.append(piece)
        if len(seen) == 1:
            growing.go(1)
            await until(lambda: is_second_run(client, growing.job))
        growing.go(len(seen))
    assert b"".join(seen) == b"samesame, and more"


async def is_second_run(client: Client, job: str) -> bool:
    task = await client.get_task(job, "t")
    if task.state != "running" or task.execution_info.retry_count != 1:
        return False
    found = await settled(client.raw.download_task_file(job, "t", "stdout.txt"))
    return bool(await settled(found.readall()) == b"same, and more")


async def test_a_file_that_becomes_shorter_is_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf 'long line' > log; wait 1; printf 'new' > log; wait 2; printf er >> log")
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", "wd/log", **QUICK):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"long line", b"new", b"er"]


async def test_another_file_in_its_place_is_followed_from_its_beginning(client: Client, growing: Growing) -> None:
    await growing.start(client, "printf old > log; wait 1; printf 'new and longer' > tmp; mv tmp log; wait 2")
    seen: list[bytes] = []
    async for piece in await client.follow_task_file(growing.job, "t", "wd/log", **QUICK):
        seen.append(piece)
        growing.go(len(seen))
    assert seen == [b"old", b"new and longer"]


async def test_faults_on_the_way_lose_and_double_nothing(
    client: Client, emulator: BatchEmulator, growing: Growing
) -> None:
    await growing.start(client, "seq 1 100000; wait 1; seq 100001 200000; wait 2; seq 200001 300000")
    emulator.faults.add(Fault(operation="download_task_file", job=growing.job, drop="body", nth=(1, 3, 4)))
    emulator.faults.add(Fault(operation="download_task_file", job=growing.job, status=503, nth=(2, 6)))
    emulator.faults.add(Fault(operation="get_task", job=growing.job, drop="before", nth=(2, 4, 5)))
    seen = bytearray()
    async for piece in await client.follow_task_file(growing.job, "t", retry_total=0, **QUICK):
        seen += piece
        if seen.endswith(b"\n100000\n"):
            growing.go(1)
        if seen.endswith(b"\n200000\n"):
            growing.go(2)
    assert bytes(seen) == "".join(f"{number}\n" for number in range(1, 300_001)).encode()


async def test_failures_are_given_up_when_they_do_not_pass(
    client: Client, emulator: BatchEmulator, place: Place
) -> None:
    number = emulator.faults.add(Fault(operation="get_task", status=503))
    with pytest.raises(AzureError, match="ServerBusy"):
        await collected(client, place.job, "t", retry_total=0)
    assert emulator.faults.count(number) == 6
    emulator.faults.clear()
    number = emulator.faults.add(Fault(operation="download_task_file", status=403))
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await collected(client, place.job, "t")
    assert emulator.faults.count(number) == 1


async def test_following_can_be_given_up(client: Client, growing: Growing) -> None:
    await growing.start(client, "seq 1 2000000; wait 1")
    for _ in range(5):
        pieces: Any = await settled(client.raw.follow_task_file(growing.job, "t", **QUICK))
        assert (await pieces.__anext__() if client.is_async else next(pieces)).startswith(b"1\n2\n")
        await settled(pieces.aclose() if client.is_async else pieces.close())
    assert (await client.get_task(growing.job, "t")).state == "running"


async def test_following_that_is_cancelled_ends(emulator: BatchEmulator, growing: Growing) -> None:
    async with emulator.async_client() as client:
        await growing.start(Client(client), "printf x; wait 1")

        async def follow() -> None:
            async for _ in client.follow_task_file(growing.job, "t", polling_interval=600):
                reached.set()

        reached = asyncio.Event()
        following = asyncio.ensure_future(follow())
        await reached.wait()
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        assert (await client.get_task(growing.job, "t")).state == "running"


@BOTH
@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (("j", ""), {}, "task_id: "),
        (("j", "t", ".."), {}, "file_path: "),
        (("j", "t"), {"timeout": -1}, "timeout: "),
        (("j", "t"), {"polling_interval": 0}, "polling_interval: "),
        (("j", "t"), {"stream": True}, "stream: "),
        (("j", "t"), {"interval": 1}, "interval"),
    ],
)
async def test_arguments_of_following_are_checked_at_once(
    asynchronous: bool, arguments: Any, options: dict[str, Any], expected: str
) -> None:
    async with memory_client(unexpected, asynchronous) as client:
        with pytest.raises((TypeError, ValueError), match=expected):
            client.follow_task_file(*arguments, **options)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_an_hour_is_followed_in_few_requests(
    simulated: BatchEmulator, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task waits for a node for half an hour, and then works for half an hour; time goes by in the pauses."""
    in_virtual_time(monkeypatch, simulated)
    simulated.script("first", Outcome(duration=1800))
    simulated.script("t", Outcome(exit_code=1, duration=1800, stdout="all of it"))
    with simulated.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        for task in ("first", "t"):
            client.create_task("job", {"id": task, "commandLine": "work"})
    requests = Requests()
    async with either(simulated, colour) as following:
        seen = [
            piece
            async for piece in await following.follow_task_file(
                "job", "t", polling_interval=30, raw_request_hook=requests, timeout=3700
            )
        ]
        assert seen == [b"all of it"]
        assert len(requests.urls) < 3 * 3600 / 30 / 2 + 20
        simulated.script("long", Outcome(duration=3600))
        await following.create_task("job", {"id": "long", "commandLine": "work"})
        with pytest.raises(TimeoutError, match="within 60 s"):
            await collected(following, "job", "long", timeout=60, polling_interval=30)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_task_whose_node_is_lost_is_followed_on_the_next(
    simulated: BatchEmulator, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_virtual_time(monkeypatch, simulated)
    simulated.script("t", Outcome(duration=100, stdout="first"), Outcome(duration=100, stdout="second"))

    def act(number: int) -> None:
        if number == 6:
            with simulated.client() as client:
                node = client.get_task("job", "t").node_info
                assert node is not None
                assert node.node_id is not None
                simulated.lose_node("pool", node.node_id)

    async with either(simulated, colour) as client:
        await client.create_pool(pool_options("pool", 2))
        await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        await client.create_task("job", {"id": "t", "commandLine": "work"})
        requests = Requests(act)
        pieces = await client.follow_task_file("job", "t", polling_interval=5, raw_request_hook=requests)
        assert [piece async for piece in pieces] == [b"second"]


# -- what a server does that the emulator cannot be made to ------------------------------------------------------------


class Server:
    """A task that runs for as many looks as there are answers about its file."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.ranges: list[Optional[str]] = []

    def __call__(self, request: Any) -> Answer:
        if "/files/" in request.url:
            self.ranges.append(request.headers.get("ocp-range"))
            return self.answers.pop(0)
        state = "running" if len(self.answers) > 1 else "completed"
        info = {"startTime": "2014-07-29T21:49:13Z", "retryCount": 0, "requeueCount": 0}
        return Answer(200, json.dumps({"id": "t", "state": state, "executionInfo": info}).encode())


def part(content: bytes, length: Optional[int] = None) -> Answer:
    headers = {"Content-Length": str(length or len(content)), "Last-Modified": "Tue, 29 Jul 2014 21:49:13 GMT"}
    return Answer(200, content, headers)


@BOTH
async def test_a_file_that_grows_while_its_connection_breaks_is_asked_for_anew(asynchronous: bool) -> None:
    server = Server(part(b"abc"), part(b"cd", 6), Answer(412), part(b"cdefghi"), part(b"i"))
    async with memory_client(server, asynchronous, retry_backoff_factor=0) as client:
        assert await collected(Client(client), "j", "t") == [b"abc", b"defghi"]
    most = 4 * 1024 * 1024
    assert server.ranges == [
        f"bytes=0-{most - 1}",
        f"bytes=2-{most + 2}",
        "bytes=4-7",
        f"bytes=2-{most + 2}",
        f"bytes=8-{most + 8}",
    ]


@BOTH
async def test_pauses_grow_while_nothing_comes_and_are_short_again_when_something_did(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = in_no_time(monkeypatch)
    nothing = Answer(416)
    server = Server(*[nothing] * 7, part(b"a"), *[part(b"a")] * 3)
    async with memory_client(server, asynchronous) as client:
        assert await collected(Client(client), "j", "t", polling_interval=10) == [b"a"]
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10, 0.5, 1, 2]
