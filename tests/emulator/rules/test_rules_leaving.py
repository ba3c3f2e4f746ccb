"""Nodes that are to leave their pool: what they wait for, and what does not keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from azure.batch.emulator._options import Delays

if TYPE_CHECKING:
    from conftest import Bench, SetClock

NEVER = "P10675199DT2H48M5.4775807S"


async def leaving(bench: Bench, option: str = "taskcompletion", **more: Any) -> str:
    """A node with a running task that is to leave its pool with it."""
    await bench.pool()
    bench.job()
    bench.shell("task", "while ! test -e done; do sleep 0.02; done", **more)
    node = str((await bench.task_state("running"))["nodeInfo"]["nodeId"])
    bench.call("remove_nodes", {"nodeList": [node], "nodeDeallocationOption": option}, poolId="pool")
    state = bench.account._state
    pool = state.pools.get("pool") if state is not None else None
    assert pool is not None
    await bench.until(lambda: any(one.departure is not None for one in pool.nodes))
    return node


def finish(bench: Bench) -> None:
    file = bench.call("get_task_file_properties", jobId="job", taskId="task", filePath="wd").file
    assert file is not None
    (file.path / "done").touch()


@pytest.mark.parametrize(
    ("operations", "is_ended"),
    [
        (["disable_node_scheduling"], True),
        ([("disable_node_scheduling", {"nodeDisableSchedulingOption": "taskcompletion"})], False),
        (
            [
                ("disable_node_scheduling", {"nodeDisableSchedulingOption": "taskcompletion"}),
                "enable_node_scheduling",
            ],
            False,
        ),
        (["reboot_node"], True),
        ([("reboot_node", {"nodeRebootOption": "taskcompletion"})], False),
        ([("reimage_node", {"nodeReimageOption": "taskcompletion"})], False),
    ],
)
async def test_nothing_else_that_is_asked_of_a_node_keeps_it(bench: Bench, operations: Any, is_ended: bool) -> None:
    node = await leaving(bench)
    for item in operations:
        operation, body = (item, None) if isinstance(item, str) else item
        bench.call(operation, body, poolId="pool", nodeId=node)
    if not is_ended:
        finish(bench)
    await bench.idle("pool", 0)
    assert bench.task_document()["state"] == ("active" if is_ended else "completed")


@pytest.mark.parametrize("option", ["requeue", "taskcompletion"])
async def test_a_node_that_leaves_is_seen_to(make_bench: Any, clock: SetClock, option: str) -> None:
    bench: Bench = await make_bench(clock=clock, delays=Delays(resize=0, boot=30, settle=0, delete=0, preempted=0))
    bench.create_pool()
    await bench.until(lambda: bench.items("list_nodes", poolId="pool"))
    await clock.advance(minutes=2)
    await bench.idle("pool", 1)
    node = bench.node()
    bench.call("remove_nodes", {"nodeList": [node], "nodeDeallocationOption": option}, poolId="pool")
    await bench.node_state("leavingpool", node)
    (counts,) = bench.items("list_pool_node_counts")
    assert (counts["dedicated"]["leavingPool"], counts["dedicated"]["total"]) == (1, 1)
    await clock.advance(seconds=29)
    assert bench.get("get_pool", poolId="pool")["allocationState"] == "resizing"
    await clock.advance(seconds=1)
    await bench.idle("pool", 0)


async def test_a_lost_node_leaves_all_the_same(bench: Bench) -> None:
    node = await leaving(bench)
    bench.account.lose_node("pool", node, "unusable")
    await bench.idle("pool", 0)


async def test_a_node_leaves_when_no_data_of_its_tasks_is_kept_any_more(make_bench: Any, clock: Any) -> None:
    bench: Bench = await make_bench(clock=clock)
    node = await leaving(bench, "retaineddata", constraints={"retentionTime": "PT10M"})
    finish(bench)
    await bench.done()
    await clock.advance(minutes=9)
    assert bench.get("get_node", poolId="pool", nodeId=node)["state"] == "idle"
    assert bench.get("get_pool", poolId="pool")["allocationState"] == "resizing"
    bench.task("late")
    await clock.advance(seconds=61)
    await bench.idle("pool", 0)
    assert bench.task_document("late")["state"] == "active"


async def test_a_node_restarts_when_no_data_of_its_tasks_is_kept_any_more(make_bench: Any, clock: Any) -> None:
    bench: Bench = await make_bench(clock=clock)
    await bench.pool()
    bench.job()
    bench.task(constraints={"retentionTime": "PT10M"})
    await bench.done()
    node = bench.node()
    booted = bench.get("get_node", poolId="pool", nodeId=node)["lastBootTime"]
    bench.call("reboot_node", {"nodeRebootOption": "retaineddata"}, poolId="pool", nodeId=node)
    await clock.advance(minutes=9)
    assert bench.get("get_node", poolId="pool", nodeId=node)["state"] == "rebooting"
    await clock.advance(minutes=2)
    assert (await bench.node_state("idle", node))["lastBootTime"] > booted


async def test_data_that_is_kept_for_ever_keeps_its_node_until_the_resize_gives_up(make_bench: Any, clock: Any) -> None:
    bench: Bench = await make_bench(clock=clock)
    node = await leaving(bench, "retaineddata", constraints={"retentionTime": NEVER})
    finish(bench)
    await bench.done()
    await clock.advance(minutes=16)
    await bench.idle("pool", 1)
    assert bench.node() == node
    assert bench.get("get_pool", poolId="pool")["resizeErrors"][0]["code"] == "AllocationTimedout"


@pytest.mark.parametrize("what", ["task", "job"])
async def test_a_node_leaves_when_the_data_it_waits_for_is_deleted(make_bench: Any, clock: Any, what: str) -> None:
    bench: Bench = await make_bench(clock=clock)
    await leaving(bench, "retaineddata", constraints={"retentionTime": NEVER})
    finish(bench)
    await bench.done()
    if what == "task":
        bench.call("delete_task", jobId="job", taskId="task")
    else:
        bench.call("delete_job", jobId="job")
    await bench.idle("pool", 0)


async def test_nodes_stay_that_waited_for_their_tasks_when_a_resize_was_stopped(make_bench: Any) -> None:
    bench: Bench = await make_bench(delays=Delays(0, 0, 0, 0, 0))
    node = await leaving(bench)
    bench.call("stop_pool_resize", poolId="pool")
    await bench.until(lambda: bench.get("get_pool", poolId="pool")["allocationState"] == "steady")
    finish(bench)
    await bench.done()
    bench.task("next")
    assert (await bench.done("next"))["nodeInfo"]["nodeId"] == node
    await bench.idle("pool", 1)
