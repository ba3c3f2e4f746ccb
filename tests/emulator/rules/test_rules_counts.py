"""Counts: whatever happens to tasks and nodes, they are at every moment what a full list says."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Optional, Union

import pytest

from azure.batch.emulator._process import Failure, Outcome, failed_exit
from azure.batch.emulator._wire import ServiceError
from support.commands import Command

if TYPE_CHECKING:
    from conftest import Bench, SetClock

SLOTS = 3


class Timed(Command):
    """A command that runs for a while by the clock."""

    def __init__(self, clock: SetClock, seconds: float, outcome: Outcome) -> None:
        super().__init__()
        clock.call_later(seconds, lambda: self.result.done() or self.result.set_result(outcome))


class Runner:
    """Runs commands that succeed, fail or cannot be started, by chance."""

    def __init__(self, clock: SetClock, chance: random.Random) -> None:
        self.clock = clock
        self.chance = chance

    async def launch(self, launch: Any) -> Union[Command, Outcome]:
        if self.chance.random() < 0.1:
            return Outcome(None, Failure("usererror", "CommandProgramNotFound", "no"))
        outcome = self.chance.choice([Outcome(0, None), Outcome(0, None), failed_exit(1)])
        return Timed(self.clock, self.chance.choice([0.1, 5, 50, 500]), outcome)


class Walk:
    """Random steps of a client, of nodes and of time."""

    def __init__(self, bench: Bench, clock: SetClock, chance: random.Random) -> None:
        self.bench = bench
        self.clock = clock
        self.chance = chance
        self.made = 0
        self.seen: set[tuple[str, Optional[int]]] = set()

    def task(self) -> str:
        """A task that there may be."""
        return f"t{self.chance.randrange(self.made + 1)}"

    def call(self, operation: str, body: Any = None, **ids: str) -> None:
        status = None
        try:
            self.bench.call(operation, body, **ids)
        except ServiceError as error:
            status = error.status
        assert status in (None, 404, 409), operation
        self.seen.add((operation, status))

    def add(self) -> None:
        tasks: list[dict[str, Any]] = []
        for _ in range(self.chance.randint(1, 5)):
            task: dict[str, Any] = {"id": f"t{self.made}", "commandLine": "x"}
            task["requiredSlots"] = self.chance.choice([1, 1, 2, 3, 9])
            task["constraints"] = {"maxTaskRetryCount": self.chance.randint(0, 2)}
            if self.chance.random() < 0.3:
                task["dependsOn"] = {"taskIds": [self.task()]}
            if self.chance.random() < 0.3:
                task["constraints"]["maxWallClockTime"] = "PT1M"
            tasks.append(task)
            self.made += 1
        self.call("create_task_collection", {"value": tasks}, jobId="job")

    def change_task(self) -> None:
        operation = self.chance.choice(["terminate_task", "delete_task", "reactivate_task"])
        self.call(operation, jobId="job", taskId=self.task())

    def change_job(self) -> None:
        if self.chance.random() < 0.7:
            self.call("enable_job", jobId="job")
        else:
            option = self.chance.choice(["requeue", "terminate", "wait"])
            self.call("disable_job", {"disableTasks": option}, jobId="job")

    def change_pool(self) -> None:
        option = self.chance.choice(["requeue", "terminate", "taskcompletion"])
        body = {"targetDedicatedNodes": self.chance.randint(0, 3), "nodeDeallocationOption": option}
        self.call("resize_pool", body, poolId="pool")

    def change_node(self) -> None:
        nodes = self.bench.items("list_nodes", poolId="pool")
        if not nodes:
            return
        node = self.chance.choice(nodes)["id"]
        if self.chance.random() < 0.3:
            self.bench.account.lose_node("pool", node, "unknown")
            self.seen.add(("lose_node", None))
        else:
            self.call(self.chance.choice(["reboot_node", "reimage_node"]), {}, poolId="pool", nodeId=node)

    async def wait(self) -> None:
        for _ in range(self.chance.choice([1, 5, 20])):
            await asyncio.sleep(0)
            self.check()
        if self.chance.random() < 0.5:
            await self.clock.advance(seconds=self.chance.choice([1, 20, 100]))
            self.check()

    def step(self) -> None:
        steps = [*[self.add] * 3, *[self.change_task] * 4, self.change_job, self.change_job]
        self.chance.choice([*steps, self.change_pool, self.change_node])()
        self.check()

    def check(self) -> None:
        """Compare the counts with a full list; nothing can happen between the two."""
        numbers: Counter[str] = Counter()
        slots: Counter[str] = Counter()
        for task in self.bench.items("list_tasks", jobId="job"):
            names = ["running" if task["state"] == "preparing" else task["state"]]
            if task["state"] == "completed":
                names.append("succeeded" if task["executionInfo"]["result"] == "success" else "failed")
            for name in names:
                numbers[name] += 1
                slots[name] += task["requiredSlots"]
        counts = self.bench.get("get_job_task_counts", jobId="job")
        for found, wanted in ((counts["taskCounts"], numbers), (counts["taskSlotCounts"], slots)):
            assert {name: number for name, number in found.items() if number} == dict(wanted)
        for node in self.bench.items("list_nodes", poolId="pool"):
            assert node.get("runningTaskSlotsCount", 0) <= SLOTS


@pytest.mark.parametrize("seed", range(8))
async def test_counts_agree_with_lists_at_every_moment(make_bench: Any, clock: SetClock, seed: int) -> None:
    chance = random.Random(seed)
    bench: Bench = await make_bench(clock=clock, runner=Runner(clock, chance))
    bench.create_pool(nodes=2, taskSlotsPerNode=SLOTS)
    bench.job(usesTaskDependencies=True)
    walk = Walk(bench, clock, chance)
    for _ in range(80):
        walk.step()
        await walk.wait()
    assert len(walk.seen) > 8
