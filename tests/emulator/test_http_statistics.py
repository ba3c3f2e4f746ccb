"""Statistics of what ran, as requests with ``$expand=stats`` see them, and the usage of pools."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator, Delays, Outcome
from azure.batch.emulator._vm_sizes import cores
from support.command_line import client_of, running
from support.resources import IMAGE
from support.waiting import until

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
STATS = ["stats"]
SECONDS = timedelta(seconds=1)


@pytest.fixture
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True, start_time=NOON, delays=Delays.none()) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: BatchEmulator) -> Iterator[BatchClient]:
    with emulator.client() as client:
        yield client


def make_pool(client: BatchClient, nodes: int = 1, name: str = "pool", **more: Any) -> None:
    size = {"vmSize": "standard_d4s_v3", "virtualMachineConfiguration": IMAGE}
    client.create_pool({"id": name, **size, "targetDedicatedNodes": nodes, **more})


def make_job(client: BatchClient, name: str = "job", **more: Any) -> None:
    client.create_job({"id": name, "poolInfo": {"poolId": "pool"}, **more})


def task(name: str, command: str = "work", **more: Any) -> dict[str, Any]:
    return {"id": name, "commandLine": command, **more}


def test_statistics_come_only_when_they_are_asked_for(emulator: BatchEmulator, raw_client: Any) -> None:
    api = raw_client(emulator)
    pool = {"id": "pool", "vmSize": "v", "virtualMachineConfiguration": IMAGE, "targetDedicatedNodes": 0}
    schedule = {"schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": {"poolInfo": {"poolId": "pool"}}}
    assert api.send("POST", "/pools", pool).status == 201
    assert api.send("POST", "/jobschedules", {"id": "s", **schedule}).status == 201
    assert api.send("POST", "/jobs/s:job-1/tasks", task("t")).status == 201
    places = ["/pools", "/jobschedules", "/jobschedules/s/jobs", "/jobs", "/jobs/s:job-1/tasks"]
    resources = ["/pools/pool", "/jobschedules/s", "/jobs/s:job-1", "/jobs/s:job-1/tasks/t"]
    for place in [*places, *resources]:
        found = [
            reply.json.get("value", [reply.json])[0] for reply in (api.get(place), api.get(place, _expand="stats"))
        ]
        assert "stats" not in found[0]
        assert found[1]["stats"]["url"] == found[1]["url"] + "/stats"
        assert found[1]["stats"]["startTime"] == found[1]["creationTime"]
        assert {name: value for name, value in found[1].items() if name != "stats"} == found[0]
        selected = api.get(place, _expand="stats", _select="id,stats/url").json
        assert selected.get("value", [selected])[0]["stats"] == {"url": found[1]["stats"]["url"]}
        selected = api.get(place, _expand="stats", _select="id").json
        assert "stats" not in selected.get("value", [selected])[0]


def test_counts_and_times_of_tasks_add_up(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client)
    make_job(client)
    emulator.script("good", Outcome(duration=100))
    emulator.script("again", Outcome(exit_code=1, duration=10), Outcome(exit_code=1, duration=20), Outcome(duration=30))
    emulator.script("bad", Outcome(exit_code=1, duration=5))
    for name in ("good", "again", "bad"):
        client.create_task("job", task(name, constraints={"maxTaskRetryCount": 2 if name == "again" else 0}))
    emulator.advance(1000)
    stats = client.get_job("job", expand=STATS).job_statistics
    assert stats is not None
    assert (stats.succeeded_tasks_count, stats.failed_tasks_count, stats.task_retries_count) == (2, 1, 2)
    assert stats.wall_clock_time == 165 * SECONDS
    # One waits for nothing, the next for 100 seconds and its own two tries, the last for all of them.
    assert stats.wait_time == (0 + 130 + 160) * SECONDS
    assert stats.user_cpu_time == stats.kernel_cpu_time == 0 * SECONDS
    assert (stats.start_time, stats.last_update_time) == (NOON, emulator.now)
    shown = client.get_task("job", "again", expand=STATS).task_statistics
    assert shown is not None
    assert (shown.wall_clock_time, shown.wait_time) == (60 * SECONDS, 130 * SECONDS)
    listed = {item.id: item.task_statistics for item in client.list_tasks("job", expand=STATS)}
    assert [listed[name].wall_clock_time for name in ("bad", "good")] == [5 * SECONDS, 100 * SECONDS]
    assert next(iter(client.list_jobs(expand=STATS))).job_statistics == stats


def test_statistics_outlive_tasks_and_go_with_their_job(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client)
    emulator.script("*", Outcome(duration=10))
    make_job(client)
    client.create_task("job", task("t"))
    emulator.advance(10)
    client.delete_task("job", "t")
    stats = client.get_job("job", expand=STATS).job_statistics
    assert stats is not None
    assert (stats.succeeded_tasks_count, stats.wall_clock_time) == (1, 10 * SECONDS)
    client.begin_delete_job("job").result()
    emulator.advance(0)
    make_job(client)
    stats = client.get_job("job", expand=STATS).job_statistics
    assert stats is not None
    assert (stats.succeeded_tasks_count, stats.wall_clock_time) == (0, 0 * SECONDS)


def test_a_schedule_has_the_sum_of_its_jobs(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client)
    emulator.script("manager", Outcome(duration=60))
    manager = {"id": "manager", "commandLine": "work"}
    specification = {"poolInfo": {"poolId": "pool"}, "jobManagerTask": manager}
    schedule = {"id": "s", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": specification}
    client.create_job_schedule(schedule)
    emulator.advance(2.5 * 3600)
    client.begin_delete_job("s:job-1").result()
    emulator.advance(0)
    for shown in (client.get_job_schedule("s", expand=STATS), *client.list_job_schedules(expand=STATS)):
        stats = shown.job_schedule_statistics
        assert stats is not None
        assert (stats.succeeded_tasks_count, stats.wall_clock_time) == (3, 180 * SECONDS)


def test_a_pool_counts_the_time_of_its_cores(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, 2, targetLowPriorityNodes=1)
    emulator.advance(1800)
    client.begin_resize_pool("pool", {"targetDedicatedNodes": 1, "targetLowPriorityNodes": 0})
    emulator.advance(1800)
    for shown in (client.get_pool("pool", expand=STATS), *client.list_pools(expand=STATS)):
        stats = shown.pool_statistics
        assert stats is not None
        assert stats.usage_statistics is not None
        assert stats.resource_statistics is not None
        assert stats.usage_statistics.dedicated_core_time == 4 * (3600 + 1800) * SECONDS
        assert stats.resource_statistics.avg_cpu_percentage == 0
        assert stats.resource_statistics.network_read_gib == 0


def test_real_processes_leave_real_numbers() -> None:
    busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; head -c 3000000 /dev/zero > big; cat big big > bigger"
    with BatchEmulator(delays=Delays.none()) as emulator, emulator.client() as client:
        make_pool(client)
        make_job(client)
        client.create_task("job", task("t", f"/bin/sh -c '{busy}'"))
        until(lambda: client.get_task("job", "t").state == "completed")
        mine = client.get_task("job", "t", expand=STATS).task_statistics
        its = client.get_job("job", expand=STATS).job_statistics
        pools = client.get_pool("pool", expand=STATS).pool_statistics
        assert mine is not None
        assert its is not None
        assert pools is not None
        assert pools.resource_statistics is not None
        assert mine.user_cpu_time + mine.kernel_cpu_time > timedelta(milliseconds=10)
        assert mine.wall_clock_time > timedelta(milliseconds=10)
        assert (its.user_cpu_time, its.wall_clock_time) == (mine.user_cpu_time, mine.wall_clock_time)
        assert 0 < pools.resource_statistics.avg_cpu_percentage <= 100
        assert pools.resource_statistics.peak_memory_gib > 1e-4
        if sys.platform == "linux":
            assert mine.write_io_gib >= 9_000_000 / 2**30
            assert mine.read_io_gib >= 9_000_000 / 2**30
            assert min(mine.read_iops, mine.write_iops) > 2
            assert pools.resource_statistics.disk_write_gib == its.write_io_gib == mine.write_io_gib


COUNTED = ("succeeded_tasks_count", "failed_tasks_count", "task_retries_count", "wall_clock_time", "wait_time")


def numbers(client: BatchClient) -> list[Any]:
    stats = client.get_job("job", expand=STATS).job_statistics
    return [getattr(stats, name) for name in COUNTED]


def test_statistics_are_there_after_a_restart(tmp_path: Path) -> None:
    emulator = BatchEmulator(simulate=True, data=tmp_path, delays=Delays.none())
    with emulator, emulator.client() as client:
        make_pool(client, 2)
        make_job(client)
        emulator.script("t", Outcome(exit_code=1, duration=20), Outcome(duration=20))
        client.create_task("job", task("t", constraints={"maxTaskRetryCount": 1}))
        emulator.advance(3600)
        client.begin_resize_pool("pool", {"targetDedicatedNodes": 0})
        emulator.advance(3 * 3600)
        before = numbers(client)
        assert before[:4] == [1, 0, 1, 40 * SECONDS]
        usage = [item.total_core_hours for item in client.list_pool_usage_metrics(start_time=emulator.now - 5 * HOUR)]
        assert sum(usage) == pytest.approx(8)
    with emulator, emulator.client() as client:
        assert numbers(client) == before
        stats = client.get_pool("pool", expand=STATS).pool_statistics
        assert stats is not None
        assert stats.usage_statistics is not None
        assert stats.usage_statistics.dedicated_core_time == 8 * HOUR
        again = [item.total_core_hours for item in client.list_pool_usage_metrics(start_time=emulator.now - 5 * HOUR)]
        assert again == usage


def test_a_killed_emulator_has_counted_what_it_says_has_ended(tmp_path: Path, raw_client: Any) -> None:
    def counted(api: Any) -> tuple[int, int]:
        done = api.get("/jobs/job/taskcounts").json["taskCounts"]["succeeded"]
        return done, int(api.get("/jobs/job", _expand="stats").json["stats"]["numSucceededTasks"])

    with running("--data", str(tmp_path)) as (process, values, _):
        api = client_of(values, raw_client)
        pool = {"id": "pool", "vmSize": "standard_d4s_v3", "virtualMachineConfiguration": IMAGE, "taskSlotsPerNode": 4}
        assert api.send("POST", "/pools", {**pool, "targetDedicatedNodes": 1}).status == 201
        assert api.send("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}).status == 201
        tasks = [task(f"t{number}", "true") for number in range(60)]
        assert api.send("POST", "/jobs/job/addtaskcollection", {"value": tasks}).status == 200
        until(lambda: counted(api)[0] >= 20)
        process.kill()
    with running("--data", str(tmp_path)) as (_, values, _):
        api = client_of(values, raw_client)
        while counted(api)[0] < 60:
            done, statistics = counted(api)
            assert done <= statistics <= 60
        assert counted(api) == (60, 60)


# Usage metrics

HOUR = timedelta(hours=1)


def test_usage_comes_by_half_hours_two_hours_later(emulator: BatchEmulator, client: BatchClient) -> None:
    make_pool(client, 1)
    make_pool(client, 1, "other", vmSize="standard_d2s_v3")
    emulator.advance(2700)
    client.begin_delete_pool("other").result()
    emulator.advance(0)
    assert list(client.list_pool_usage_metrics()) == []
    emulator.advance(3 * HOUR)
    found = list(client.list_pool_usage_metrics(start_time=NOON, end_time=NOON + HOUR))
    shown = [(item.pool_id, item.start_time - NOON, item.end_time - NOON, item.total_core_hours) for item in found]
    assert shown == [
        ("other", 0 * HOUR, HOUR / 2, pytest.approx(1)),
        ("pool", 0 * HOUR, HOUR / 2, pytest.approx(2)),
        ("other", HOUR / 2, HOUR, pytest.approx(0.5)),
        ("pool", HOUR / 2, HOUR, pytest.approx(2)),
    ]
    assert [item.vm_size for item in found[:2]] == ["standard_d2s_v3", "standard_d4s_v3"]
    (latest,) = client.list_pool_usage_metrics()
    assert (latest.pool_id, latest.start_time) == ("pool", NOON + HOUR)
    named = client.list_pool_usage_metrics(start_time=NOON, filter="startswith(poolId,'ot')", max_results=1)
    assert [item.pool_id for item in named] == ["other", "other"]


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        (-2 * HOUR, None, "OutOfRangeQueryParameterValue"),
        (-3 * HOUR, -1 * HOUR, "OutOfRangeQueryParameterValue"),
        (-3 * HOUR, -4 * HOUR, "InvalidQueryParameterValue"),
    ],
)
def test_usage_that_cannot_be_asked_for(
    emulator: BatchEmulator, client: BatchClient, begin: Any, end: Any, code: str
) -> None:
    times = {"start_time": emulator.now + begin, "end_time": emulator.now + end if end is not None else None}
    with pytest.raises(HttpResponseError, match=code) as caught:
        list(client.list_pool_usage_metrics(**times))
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("size", "number"),
    [
        ("STANDARD_D2s_v3", 2),
        ("standard_d1_v2", 1),
        ("Standard_DS14_v2", 16),
        ("standard_a4_v2", 4),
        ("Standard_A9", 16),
        ("Standard_G5", 32),
        ("Standard_HB120-16rs_v3", 16),
        ("standard_nc24ads_a100_v4", 24),
        ("standard_f72s_v2", 72),
        ("basic_a0", 1),
        ("something", 1),
    ],
)
def test_names_of_sizes_say_how_many_cores_there_are(size: str, number: int) -> None:
    assert cores(size) == number
