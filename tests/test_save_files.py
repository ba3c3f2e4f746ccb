"""Directories of tasks and nodes that are saved."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import pytest
from azure.core.exceptions import AzureError, ResourceModifiedError

from azure.batch._helpers._saving import parts_of
from azure.batch.emulator import BatchEmulator, Fault, Outcome
from conftest import Client, settled
from support.clients import memory_client
from support.memory import Answer
from support.output import (
    LARGE,
    Growing,
    Hook,
    Place,
    Requests,
    either,
    fail,
    finished_task,
    growing_task,
    is_completed,
    left_in,
    no_faults_left,
    simulation,
    unexpected,
)
from support.resources import until
from support.waiting import until as happened

BOTH = pytest.mark.parametrize("asynchronous", [False, True])
UTF_16 = "grün\r\n".encode("utf-16")
ALL = ["stderr.txt", "stdout.txt", "wd/a b/c/x+1%.txt", "wd/empty", "wd/large", "wd/utf16.txt", "wd/utf8.txt"]
place = pytest.fixture(scope="module")(finished_task)
no_faults = pytest.fixture(autouse=True)(no_faults_left)
growing = pytest.fixture(growing_task)
simulated = pytest.fixture(simulation)


async def test_a_directory_is_saved_with_its_times_and_once(client: Client, place: Place, tmp_path: Path) -> None:
    hook = Hook()
    target = tmp_path / "new" / "directory"
    found = await client.save_task_files(place.job, "t", target, progress_hook=hook.of(client))
    assert [one.name for one in found] == ALL == left_in(target)
    assert {one.status for one in found} == {"saved"}
    assert (target / "wd/utf16.txt").read_bytes() == UTF_16
    assert (target / "wd/large").stat().st_size == LARGE
    for one in found:
        assert one.path == target / one.name
        assert one.path.stat().st_size == one.size
        assert abs(one.path.stat().st_mtime - one.last_modified.timestamp()) < 0.001
    total = sum(one.size for one in found)
    assert hook.calls == sorted(hook.calls)
    assert hook.calls[-1] == (total, total)

    requests, hook = Requests(), Hook()
    (target / "stdout.txt").write_text("owt")
    again = await client.save_task_files(
        place.job, "t", str(target), raw_request_hook=requests, progress_hook=hook.of(client)
    )
    assert [one.status for one in again] == ["unchanged", "saved", *["unchanged"] * 5]
    assert len(requests.urls) == 2
    assert hook.calls[-1] == (total, total)
    assert (target / "stdout.txt").read_text() == "out"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"recursive": False}, ALL[:2]),
        ({"pattern": "*.txt", "recursive": False}, ALL[:2]),
        ({"pattern": "std???.txt"}, ALL[:2]),
        ({"pattern": "wd/utf*.txt"}, ALL[-2:]),
        ({"pattern": "wd/a b/*"}, [ALL[2]]),
        ({"pattern": "*x+1%.txt"}, [ALL[2]]),
        ({"pattern": "wd/[eu]*"}, [ALL[3], *ALL[-2:]]),
        ({"pattern": "it's nothing"}, []),
    ],
)
async def test_a_pattern_chooses(
    client: Client, place: Place, tmp_path: Path, options: dict[str, Any], expected: list[str]
) -> None:
    found = await client.save_task_files(place.job, "t", tmp_path, max_concurrency=1, **options)
    assert [one.name for one in found] == expected == left_in(tmp_path)


async def test_files_of_a_node_are_saved(client: Client, place: Place, tmp_path: Path) -> None:
    found = await client.save_node_files(place.pool, place.node, tmp_path, pattern=f"{place.folder}/std*")
    assert [one.name for one in found] == [f"{place.folder}/{name}" for name in ALL[:2]]
    assert (tmp_path / place.folder / "stdout.txt").read_bytes() == b"out"


async def test_saving_goes_on_where_it_failed(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    pattern = "[sw]*[!e]"  # not the large one
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, status=403, nth=4))
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await client.save_task_files(place.job, "t", tmp_path, pattern=pattern, max_concurrency=1)
    names = [name for name in ALL if name != "wd/large"]
    assert left_in(tmp_path) == names[:3]
    found = await client.save_task_files(place.job, "t", tmp_path, pattern=pattern)
    assert [one.status for one in found] == ["unchanged"] * 3 + ["saved"] * 3
    assert left_in(tmp_path) == names


async def test_a_failure_of_one_file_ends_the_others(
    client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    emulator.faults.add(
        Fault(path=f"/jobs/{place.job}/tasks/t/files/**utf16.txt", status=403, operation="download_task_file")
    )
    with pytest.raises(AzureError, match="AuthenticationFailed"):
        await client.save_task_files(place.job, "t", tmp_path, max_concurrency=7)
    assert [one for one in left_in(tmp_path) if one.endswith(".part") or "utf16" in one] == []
    with pytest.raises(RuntimeError, match="in the hook"):
        await client.save_task_files(place.job, "t", tmp_path, progress_hook=Hook(fail))
    assert [one for one in left_in(tmp_path) if one.endswith(".part")] == []


def test_threads_stop_in_the_middle_of_a_file_when_another_one_failed(
    emulator: BatchEmulator, place: Place, tmp_path: Path
) -> None:
    number = emulator.faults.add(
        Fault(path=f"/jobs/{place.job}/tasks/t/files/**utf16.txt", status=403, operation="download_task_file")
    )
    hook = Hook(lambda: happened(lambda: emulator.faults.count(number)))
    with emulator.client() as client, pytest.raises(AzureError, match="AuthenticationFailed"):
        client.save_task_files(place.job, "t", tmp_path, max_concurrency=7, progress_hook=hook)
    assert "wd/large" not in left_in(tmp_path)


async def test_saving_outlives_faults(client: Client, emulator: BatchEmulator, place: Place, tmp_path: Path) -> None:
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, drop="body", nth=(1, 4, 6)))
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, status=503, nth=(2, 5)))
    found = await client.save_task_files(place.job, "t", tmp_path, pattern="wd/*", retry_backoff_factor=0)
    assert [one.status for one in found] == ["saved"] * 5
    assert (tmp_path / "wd/large").stat().st_size == LARGE
    assert (tmp_path / "wd/utf16.txt").read_bytes() == UTF_16


async def test_a_cancelled_call_leaves_whole_files_only(emulator: BatchEmulator, place: Place, tmp_path: Path) -> None:
    async with emulator.async_client() as client:
        hook = Hook(lambda: len(hook.calls) == 8 and saving.cancel())
        saving: Any = asyncio.ensure_future(
            client.save_task_files(place.job, "t", tmp_path, max_concurrency=3, progress_hook=hook)
        )
        with pytest.raises(asyncio.CancelledError):
            await saving
        assert set(left_in(tmp_path)) < set(ALL)
        found = await client.save_task_files(place.job, "t", tmp_path)
        assert {one.status for one in found} == {"saved", "unchanged"}


async def test_what_a_running_task_writes_is_kept_up_to_date(client: Client, growing: Growing, tmp_path: Path) -> None:
    await growing.start(client, "printf first > a; printf x > b; wait 1; printf ' second' >> a; printf y > c; wait 2")
    target = tmp_path / "copy"

    async def saved(number: int) -> Any:
        found = await client.save_task_files(growing.job, "t", target, pattern="wd/*")
        return {one.name: one.status for one in found} if len(found) == number else None

    async def first() -> Any:
        task = await client.get_task(growing.job, "t")
        return task.state == "running" and await saved(2)

    await until(first)
    growing.go(1)
    await until(lambda: saved(3))
    growing.go(2)
    await until(lambda: is_completed(client, growing.job))
    await saved(3)
    assert {name: (target / name).read_text() for name in left_in(target)} == {
        "wd/a": "first second",
        "wd/b": "x",
        "wd/c": "y",
    }
    assert await saved(3) == dict.fromkeys(("wd/a", "wd/b", "wd/c"), "unchanged")


# -- names that lead elsewhere -----------------------------------------------------------------------------------------

WHEN = "Tue, 29 Jul 2014 21:49:13 GMT"


class Node:
    """A node that lists any names, and answers any requests for their content."""

    def __init__(self, *names: str, mode: Optional[str] = "0100644") -> None:
        self.names = names
        self.mode = {} if mode is None else {"fileMode": mode}
        self.answers: list[Answer] = []
        self.downloads: list[Any] = []

    def __call__(self, request: Any) -> Answer:
        if not request.url.partition("?")[0].endswith("/files"):
            self.downloads.append(request)
            if self.answers:
                return self.answers.pop(0)
            return Answer(200, b"abcdef", {"Content-Length": "6", "Last-Modified": WHEN})
        facts = {"lastModified": "2014-07-29T21:49:13.5Z", "contentLength": "6", **self.mode}
        files = [{"name": name, "isDirectory": False, "properties": facts} for name in self.names]
        return Answer(200, json.dumps({"value": files}).encode())


HOSTILE = ["../x", "/tmp/x", "a/../../x", "a//x", "..", ".", "a/./x", "a/\0x", "", "a/"]


@BOTH
@pytest.mark.parametrize("mode", [None, "0100644"])
async def test_no_name_leads_out_of_the_directory(asynchronous: bool, tmp_path: Path, mode: Optional[str]) -> None:
    node = Node(
        *HOSTILE, *(["..\\x", "C:\\x", "C:x", "\\x", "\\\\server\\share\\x"] if mode is None else []), mode=mode
    )
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", tmp_path / "inner" / "directory"))
    assert {(one.status, one.path) for one in found} == {("refused", None)}
    assert node.downloads == []
    assert left_in(tmp_path) == []


@BOTH
async def test_links_lead_nowhere(asynchronous: bool, tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "directory"
    (target / "inside").mkdir(parents=True)
    outside.mkdir()
    (outside / "x").write_text("mine")
    (target / "out").symlink_to(outside)
    (target / "in").symlink_to(target / "inside")
    (target / "x").symlink_to(outside / "x")
    node = Node("out/x", "out/new/x", "in/x", "x")
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", target))
    assert [one.status for one in found] == ["refused", "refused", "saved", "saved"]
    assert left_in(outside) == ["x"]
    assert (outside / "x").read_text() == "mine"
    assert (target / "x").read_text() == (target / "inside" / "x").read_text() == "abcdef"
    assert not (target / "x").is_symlink()


@BOTH
async def test_names_of_windows_nodes_are_paths_everywhere(asynchronous: bool, tmp_path: Path) -> None:
    node = Node("wd\\a\\x.txt", "wd/a/x.txt", "stdout.txt", mode=None)
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_node_files("p", "n", tmp_path, pattern="wd/a/*", max_concurrency=1))
    assert [(one.name, one.status) for one in found] == [("wd\\a\\x.txt", "saved"), ("wd/a/x.txt", "refused")]
    assert left_in(tmp_path) == ["wd/a/x.txt"]
    assert node.downloads[0].url.partition("?")[0].endswith("/files/wd%5Ca%5Cx.txt")


@pytest.mark.parametrize(
    ("name", "on_windows", "expected"),
    [
        ("wd/a b.txt", False, ["wd", "a b.txt"]),
        ("wd\\a", True, ["wd", "a"]),
        ("wd\\a", False, None),
        ("c:x", False, None),
        ("x:stream", False, None),
        ("CON", True, None),
        ("wd/nul.txt", False, None),
        ("wd/aux .txt", False, None),
        ("com1/x", False, None),
        ("console", False, ["console"]),
        ("wd/x.", False, None),
        ("wd/x ", False, None),
        ("wd/a?b", False, None),
        ("wd/a\nb", False, None),
    ],
)
def test_what_windows_cannot_name_is_refused_there(name: str, on_windows: bool, expected: Optional[list[str]]) -> None:
    assert parts_of(name, on_windows=on_windows, to_windows=True) == expected


def test_what_windows_cannot_name_is_saved_elsewhere() -> None:
    for name in ("a\\b", "c:x", "nul", "x. ", "a?b"):
        assert parts_of(name, on_windows=False, to_windows=False) == [name]


@BOTH
async def test_a_file_that_is_gone_meanwhile_is_told(asynchronous: bool, tmp_path: Path) -> None:
    node = Node("a", "b", "c")
    node.answers = [
        Answer(200, b"abcdef", {"Content-Length": "6"}),
        Answer(404, json.dumps({"code": "FileNotFound"}).encode()),
    ]
    hook = Hook()
    async with memory_client(node, asynchronous) as client:
        found = await settled(client.save_task_files("j", "t", tmp_path, max_concurrency=1, progress_hook=hook))
    assert [one.status for one in found] == ["saved", "gone", "saved"]
    assert left_in(tmp_path) == ["a", "c"]
    assert hook.calls == [(6, 18), (12, 18), (18, 18)]


@BOTH
async def test_a_file_that_changes_while_its_connection_breaks_is_fetched_anew(
    asynchronous: bool, tmp_path: Path
) -> None:
    broken = Answer(200, b"abc", {"Content-Length": "6", "Last-Modified": WHEN})
    later = "Tue, 29 Jul 2014 22:00:00 GMT"
    node = Node("a")
    node.answers = [broken, Answer(412), Answer(200, b"longer now", {"Content-Length": "10", "Last-Modified": later})]
    async with memory_client(node, asynchronous, retry_backoff_factor=0) as client:
        (found,) = await settled(client.save_task_files("j", "t", tmp_path))
    assert (tmp_path / "a").read_text() == "longer now"
    assert found.size == 10
    assert found.last_modified == datetime(2014, 7, 29, 22, tzinfo=timezone.utc)
    assert (tmp_path / "a").stat().st_mtime == found.last_modified.timestamp()
    node = Node("b")
    node.answers = [broken, Answer(412)] * 5
    async with memory_client(node, asynchronous, retry_backoff_factor=0) as client:
        with pytest.raises(ResourceModifiedError):
            await settled(client.save_task_files("j", "t", tmp_path))
    assert left_in(tmp_path) == ["a"]


@BOTH
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"max_concurrency": 0}, "max_concurrency: "),
        ({"max_concurrency": 1.5}, "max_concurrency: "),
        ({"pattern": ["*"]}, "pattern: "),
        ({"cls": print}, "cls: "),
        ({"progress_hook": "x"}, "progress_hook: "),
        ({"overwrite": True}, "overwrite"),
    ],
)
async def test_arguments_of_saving_are_checked_before_anything_is_sent(
    asynchronous: bool, tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    async with memory_client(unexpected, asynchronous) as client:
        for saving in (client.save_task_files, client.save_node_files):
            with pytest.raises((TypeError, ValueError), match=expected):
                await settled(saving("a", "b", tmp_path, **options))
            with pytest.raises(TypeError, match="directory: expected a path, got None"):
                await settled(saving("a", "b", None))
        with pytest.raises(ValueError, match="task_id: "):
            await settled(client.save_task_files("a", "", tmp_path))
        with pytest.raises(ValueError, match="pool_id: "):
            await settled(client.save_node_files("", "b", tmp_path))


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_many_files_of_a_windows_node_are_saved(simulated: BatchEmulator, colour: str, tmp_path: Path) -> None:
    files = {f"folder {number % 10}/{number}.txt": f"{number}" for number in range(1500)}
    simulated.script("t", Outcome(files=files))
    image = {"publisher": "microsoftwindowsserver", "offer": "windowsserver", "sku": "2022-datacenter"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.windows amd64"}
    async with either(simulated, colour) as client:
        await client.create_pool(
            {"id": "pool", "vmSize": "s", "targetDedicatedNodes": 1, "virtualMachineConfiguration": machine}
        )
        await client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        await client.create_task("job", {"id": "t", "commandLine": "work"})
        simulated.advance(0)
        hook = Hook()
        found = await client.save_task_files("job", "t", tmp_path, pattern="wd/folder ?/*", progress_hook=hook)
    assert {one.name for one in found} == {f"wd\\{name}".replace("/", "\\") for name in files}
    assert {name: (tmp_path / "wd" / name).read_text() for name in files} == files
    total = sum(map(len, files.values()))
    assert hook.calls[-1] == (total, total)
    assert [current for current, _ in hook.calls] == sorted(current for current, _ in hook.calls)
