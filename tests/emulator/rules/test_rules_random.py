"""Whatever is asked of an account, in whatever order: its numbers agree, and in the end nothing is stuck."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any, Callable, Optional

import pytest

from azure.batch.emulator._outcomes import Command, Outcome, Outcomes
from azure.batch.emulator._wire import ServiceError

if TYPE_CHECKING:
    from azure.batch.emulator._simulation import VirtualClock
    from conftest import Bench

STEPS = 100
POOLS = {"a": "many", "b": "many", "c": "whole"}
"""The pool of each job: several tasks share a node of one, a task has several nodes of the other."""
ANY = ("requeue", "terminate", "taskcompletion")


class Walk:
    """Random requests to two pools and three jobs."""

    def __init__(self, bench: Bench, clock: VirtualClock, chance: random.Random) -> None:
        self.bench = bench
        self.clock = clock
        self.chance = chance
        self.tasks = 0
        self.log: list[Any] = []
        """What was asked, for whoever has to find out what went wrong."""

    def ask(self, operation: str, body: Any = None, **ids: str) -> None:
        """Ask for something that may be refused."""
        try:
            self.bench.call(operation, body, **ids)
            self.log.append((operation, body, ids))
        except ServiceError as error:
            if error.status >= 500:
                raise

    async def begin(self) -> None:
        start_task = {"commandLine": "start", "maxTaskRetryCount": 9}
        self.bench.create_pool("many", 3, taskSlotsPerNode=2, startTask=start_task)
        self.bench.create_pool("whole", 3, enableInterNodeCommunication=True)
        await self.clock.advance(60)
        for job, pool in POOLS.items():
            more: dict[str, Any] = {}
            if job != "b":
                retries = {"maxTaskRetryCount": 20}
                waits = self.chance.random() < 0.5
                more["jobPreparationTask"] = {"commandLine": "x", "waitForSuccess": waits, "constraints": retries}
                more["jobReleaseTask"] = {"commandLine": "x"}
            self.bench.job(job, pool, usesTaskDependencies=True, **more)

    def act(self) -> None:
        """One request, drawn by how often each kind is wanted."""
        job = self.chance.choice("abc")
        kinds: list[tuple[int, Callable[[str], None]]] = [(45, self.add), (20, self.on_task), (9, self.on_job)]
        kinds += [(20, self.on_node), (5, self.on_pool), (2, self.lose)]
        _, kind = self.chance.choices(kinds, [weight for weight, _ in kinds])[0]
        kind(job)

    def add(self, job: str) -> None:
        body: dict[str, Any] = {"id": str(self.tasks), "commandLine": "x"}
        body["constraints"] = {"maxTaskRetryCount": self.chance.choice([0, 1, 2])}
        if POOLS[job] == "many":
            body["requiredSlots"] = self.chance.choice([1, 1, 2])
        elif self.chance.random() < 0.5:
            instances = self.chance.choice([1, 2, 3])
            body["multiInstanceSettings"] = {"numberOfInstances": instances, "coordinationCommandLine": "y"}
        if self.chance.random() < 0.2:
            body["dependsOn"] = {"taskIds": [self.some_task()]}
        self.tasks += 1
        self.ask("create_task", body, jobId=job)

    def some_task(self) -> str:
        return str(self.chance.randint(0, max(self.tasks - 1, 0)))

    def on_task(self, job: str) -> None:
        operation = self.chance.choice(["terminate_task", "reactivate_task", "delete_task"])
        self.ask(operation, jobId=job, taskId=self.some_task())

    def on_job(self, job: str) -> None:
        if self.chance.random() < 0.6:
            self.ask("enable_job", jobId=job)
        else:
            self.ask("disable_job", {"disableTasks": self.chance.choice(["requeue", "terminate", "wait"])}, jobId=job)

    def some_node(self, pool: str) -> Optional[str]:
        nodes = self.bench.items("list_nodes", poolId=pool)
        return self.chance.choice(nodes)["id"] if nodes else None

    def on_node(self, job: str) -> None:
        node, option = self.some_node(POOLS[job]), self.chance.choice(ANY)
        operation, name = self.chance.choice(
            [
                ("reboot_node", "nodeRebootOption"),
                ("reimage_node", "nodeReimageOption"),
                ("deallocate_node", "nodeDeallocateOption"),
                ("disable_node_scheduling", "nodeDisableSchedulingOption"),
                *[("enable_node_scheduling", None), ("start_node", None)] * 2,
            ]
        )
        if node is not None:
            self.ask(operation, {name: option} if name is not None else None, poolId=POOLS[job], nodeId=node)

    def on_pool(self, job: str) -> None:
        pool, option = POOLS[job], self.chance.choice(ANY)
        node = self.some_node(pool)
        if self.chance.random() < 0.75 or node is None:
            wanted = self.chance.randint(1, 4)
            self.ask("resize_pool", {"targetDedicatedNodes": wanted, "nodeDeallocationOption": option}, poolId=pool)
        else:
            self.ask("remove_nodes", {"nodeList": [node], "nodeDeallocationOption": option}, poolId=pool)

    def lose(self, job: str) -> None:
        node = self.some_node(POOLS[job])
        if node is not None:
            self.bench.account.lose_node(POOLS[job], node, self.chance.choice(["unusable", "unknown"]))
            self.log.append(("lose", node))

    def check(self) -> None:
        """What is counted is what is listed."""
        for job in POOLS:
            tasks = self.bench.items("list_tasks", jobId=job)
            counts = self.bench.get("get_job_task_counts", jobId=job)
            assert counts["taskCounts"] == count(tasks, lambda task: 1), (job, self.log[-4:])
            assert counts["taskSlotCounts"] == count(tasks, lambda task: task["requiredSlots"]), (job, self.log[-4:])
            for task in tasks:
                assert ("result" in task["executionInfo"]) is (task["state"] == "completed"), task
        shown = {entry["poolId"]: entry["dedicated"] for entry in self.bench.items("list_pool_node_counts")}
        for pool, slots in (("many", 2), ("whole", 1)):
            nodes = self.bench.items("list_nodes", poolId=pool)
            states = [node["state"] for node in nodes]
            assert shown[pool]["total"] == len(nodes)
            assert all(shown[pool][state] == states.count(state) for state in ("idle", "running", "offline"))
            for node in nodes:
                assert node["runningTaskSlotsCount"] <= slots
                assert bool(node["runningTasksCount"]) is (node["state"] == "running") or node["state"] not in (
                    *("idle", "running", "offline", "deallocated"),
                ), (node["state"], self.log[-4:])

    async def settle(self) -> None:
        """Give everything what it needs to come to its end."""
        await self.clock.advance(60)
        for job in POOLS:
            self.ask("enable_job", jobId=job)
        for pool in set(POOLS.values()):
            for node in self.bench.items("list_nodes", poolId=pool):
                self.ask("enable_node_scheduling", poolId=pool, nodeId=node["id"])
                self.ask("start_node", poolId=pool, nodeId=node["id"])
        await self.clock.advance(2000)
        for pool in sorted(set(POOLS.values())):
            document = self.bench.get("get_pool", poolId=pool)
            assert document["allocationState"] == "steady", (pool, self.log)
            assert document["currentDedicatedNodes"] == document["targetDedicatedNodes"], (document, self.log)
            self.bench.call("resize_pool", {"targetDedicatedNodes": 8}, poolId=pool)
        await self.clock.advance(4000)

    async def end(self) -> None:
        """Take everything away."""
        assert not self.unfinished(), self.log
        for job in POOLS:
            self.bench.call("terminate_job", jobId=job)
        await self.clock.advance(3000)
        assert [self.bench.get("get_job", jobId=job)["state"] for job in POOLS] == ["completed"] * 3, self.log
        for job in POOLS:
            self.bench.call("delete_job", jobId=job)
        for pool in sorted(set(POOLS.values())):
            self.bench.call("delete_pool", poolId=pool)
        await self.clock.advance(2000)
        assert not self.bench.items("list_jobs")
        assert not self.bench.items("list_pools")

    def unfinished(self) -> list[Any]:
        """Tasks that are not over, but for those that wait for what will not come."""
        found: list[Any] = []
        for job in POOLS:
            tasks = {task["id"]: task for task in self.bench.items("list_tasks", jobId=job)}
            for task in tasks.values():
                parents = [tasks.get(name) for name in task.get("dependsOn", {}).get("taskIds", [])]
                blocked = any(one is None or one["executionInfo"].get("result") != "success" for one in parents)
                if task["state"] != "completed" and not blocked:
                    found.append((job, task))
        return found


def count(tasks: list[Any], weight: Callable[[Any], int]) -> dict[str, int]:
    """What the counts of a job say of these tasks."""

    def total(holds: Callable[[Any], bool]) -> int:
        return sum(weight(task) for task in tasks if holds(task))

    return {
        "active": total(lambda task: task["state"] == "active"),
        "running": total(lambda task: task["state"] in ("running", "preparing")),
        "completed": total(lambda task: task["state"] == "completed"),
        "succeeded": total(lambda task: task["executionInfo"].get("result") == "success"),
        "failed": total(lambda task: task["executionInfo"].get("result") == "failure"),
    }


@pytest.mark.parametrize("seed", range(10))
def test_numbers_agree_at_every_moment_and_nothing_is_stuck(
    simulate: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, names = random.Random(seed), random.Random(seed)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=names.getrandbits(128), version=4))

    def outcome(command: Command) -> Outcome:
        return Outcome(exit_code=chance.choice([0, 0, 0, 1]), duration=chance.choice([0, 1, 5, 40]))

    async def work(bench: Bench, clock: VirtualClock) -> None:
        walk = Walk(bench, clock, chance)
        await walk.begin()
        for _ in range(STEPS):
            walk.act()
            walk.check()
            await clock.advance(chance.choice([0, 0, 0, 0.1, 1, 3]))
            walk.check()
        await walk.settle()
        await walk.end()

    simulate(work, Outcomes(outcome))
