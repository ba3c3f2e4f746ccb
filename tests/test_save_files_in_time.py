"""How long the saving of a directory may take."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from azure.batch._helpers import _looks
from azure.batch.emulator import BatchEmulator, Fault
from conftest import Client
from support.output import LARGE, Place, finished_task, left_in, no_faults_left

place = pytest.fixture(scope="module")(finished_task)
no_faults = pytest.fixture(autouse=True)(no_faults_left)


class Hours:
    """A clock that stands still until it is told; a progress hook with which an hour passes after so many bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int = 0) -> None:
        self._after = after
        self._time = 0.0
        monkeypatch.setattr(_looks, "monotonic", lambda: self._time)

    def __call__(self, current: int, _: Any) -> None:
        if current >= self._after:
            self._time += 3600


@pytest.mark.parametrize(("after", "number"), [(0, 1), (LARGE // 2, 4)], ids=["at once", "amid the large file"])
async def test_what_was_saved_in_time_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch, place: Place, tmp_path: Path, after: int, number: int
) -> None:
    hook = Hours(monkeypatch, after)
    with pytest.raises(TimeoutError) as caught:
        await client.save_task_files(place.job, "t", tmp_path, timeout=60, max_concurrency=1, progress_hook=hook)
    there = left_in(tmp_path)
    text = f"the files of task 't' of job '{place.job}' were not all saved within 60 s, but {number} of 7; "
    assert str(caught.value).startswith(text)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    again = await client.save_task_files(place.job, "t", tmp_path, timeout=3600)
    assert [one.name for one in again[:number]] == there
    assert [one.status for one in again] == ["unchanged"] * number + ["saved"] * (7 - number)


async def test_other_workers_end_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, place: Place, tmp_path: Path
) -> None:
    with pytest.raises(TimeoutError, match="saved within 60 s"):
        await client.save_task_files(
            place.job, "t", tmp_path, timeout=60, max_concurrency=3, progress_hook=Hours(monkeypatch)
        )
    assert not [name for name in left_in(tmp_path) if name.endswith(".part")]


async def test_without_any_time_nothing_is_saved(client: Client, place: Place, tmp_path: Path) -> None:
    text = f"the files of node '{place.node}' of pool '{place.pool}' were not all saved within 0 s, but 0 of "
    with pytest.raises(TimeoutError) as caught:
        await client.save_node_files(place.pool, place.node, tmp_path, pattern=f"{place.folder}/*", timeout=0)
    assert str(caught.value).startswith(text)
    assert left_in(tmp_path) == []


async def test_a_request_for_which_there_is_no_time_left_is_no_failure_of_its_own(
    client: Client, emulator: BatchEmulator, monkeypatch: pytest.MonkeyPatch, place: Place, tmp_path: Path
) -> None:
    clock = Hours(monkeypatch)
    emulator.faults.add(Fault(operation="download_task_file", job=place.job, drop="before"))

    def hook(request: Any) -> None:
        if "/files/" in request.http_request.url:
            clock(0, None)

    with pytest.raises(TimeoutError, match="within 60 s, but 0 of 7; ") as caught:
        await client.save_task_files(
            place.job, "t", tmp_path, timeout=60, max_concurrency=1, retry_total=0, raw_request_hook=hook
        )
    assert isinstance(caught.value.__cause__, (ServiceRequestError, ServiceResponseError))
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(("value", "kind"), [(-1, ValueError), ("soon", TypeError), (True, TypeError)])
async def test_a_time_limit_is_a_time(client: Client, tmp_path: Path, value: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="timeout: expected"):
        await client.save_task_files("job", "t", tmp_path, timeout=value)
