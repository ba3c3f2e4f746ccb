"""What tasks wait for: parents that are deleted, run again or share a number, over restarts too."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azure.batch.emulator._process import Outcome, failed_exit
from support.commands import Command

if TYPE_CHECKING:
    from conftest import Bench

IDS = {"taskIds": ["1", "2"]}
SHORT = {"taskIdRanges": [{"start": 1, "end": 2}]}
LONG = {"taskIdRanges": [{"start": 1, "end": 100}]}
"""All three depend on tasks 1 and 2; the others of the long range are over from the beginning."""

SATISFY = {"default": {"dependencyAction": "satisfy"}}
ONCE = {"maxTaskRetryCount": 0}


class Scene:
    """A job whose tasks end by hand, but for those whose command is ``quick``."""

    def __init__(self, make_bench: Any, data: Path, *, restarts: bool) -> None:
        self.make_bench = make_bench
        self.data = data
        self.restarts = restarts
        self.bench: Bench
        self.running: dict[str, Command] = {}
        self.witnesses = 0

    async def launch(self, launch: Any) -> Any:
        if launch.command_line == "quick":
            return Outcome(0, None)
        command = self.running[launch.environment["AZ_BATCH_TASK_ID"]] = Command()
        return command

    async def begin(self) -> None:
        self.bench = await self.make_bench(self.data, runner=self)
        await self.bench.pool(taskSlotsPerNode=8)
        self.bench.job(usesTaskDependencies=True)
        tasks = [{"id": str(number), "commandLine": "quick"} for number in range(3, 101)]
        self.bench.call("create_task_collection", {"value": tasks}, jobId="job")
        await self.bench.until(lambda: self.bench.counts()["completed"] == len(tasks))

    async def go_on(self) -> None:
        """Stop the account and start it again, if that is what is tried."""
        if self.restarts:
            await self.bench.account.stop()
            self.running.clear()
            self.bench = await self.make_bench(self.data, runner=self)

    def task(self, name: str, **more: Any) -> None:
        self.bench.task(name, "by hand", constraints=ONCE, **more)

    def family(self, child: str, depends_on: Any, **first: Any) -> None:
        """Tasks 1 and 2, and one that depends on them; ``first`` is what the first of them has besides."""
        self.task("1", **first)
        self.task("2")
        self.task(child, dependsOn=depends_on)

    def delete(self, name: str) -> None:
        self.bench.call("delete_task", jobId="job", taskId=name)

    def reactivate(self, name: str) -> None:
        self.bench.call("reactivate_task", jobId="job", taskId=name)

    async def end(self, name: str, code: int = 0) -> None:
        """Wait until a task runs, and let it end."""
        command = await self.bench.until(lambda: self.running.pop(name, None))
        assert command is not None
        command.result.set_result(failed_exit(code) if code else Outcome(0, None))
        await self.bench.done(name)

    async def still_waits(self, name: str) -> None:
        """A task does not run, though a younger one that waits for nothing does."""
        self.witnesses += 1
        self.bench.task(f"witness-{self.witnesses}", "quick")
        await self.bench.done(f"witness-{self.witnesses}")
        assert self.bench.task_document(name)["state"] == "active"


@pytest.fixture(params=[False, True], ids=["without a restart", "with a restart"])
async def scene(make_bench: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Scene:
    made = Scene(make_bench, tmp_path, restarts=request.param)
    await made.begin()
    return made


every_kind = pytest.mark.parametrize("depends_on", [IDS, SHORT, LONG], ids=["ids", "short range", "long range"])
ranges = pytest.mark.parametrize("depends_on", [SHORT, LONG], ids=["short range", "long range"])


@every_kind
async def test_a_parent_that_was_deleted_stays_satisfied(scene: Scene, depends_on: Any) -> None:
    scene.family("child", depends_on)
    await scene.end("1")
    scene.delete("1")
    await scene.go_on()
    await scene.still_waits("child")
    await scene.end("2")
    await scene.end("child")


@every_kind
@pytest.mark.parametrize("is_back", [False, True], ids=["gone", "made anew"])
async def test_a_parent_that_was_deleted_before_a_task_came_is_waited_for(
    scene: Scene, depends_on: Any, is_back: bool
) -> None:
    """A new one under its id takes nothing back from those who waited for the old one."""
    scene.family("early", depends_on)
    await scene.end("1")
    scene.delete("1")
    if is_back:
        scene.task("1")
    scene.task("late", dependsOn=depends_on)
    await scene.go_on()
    await scene.end("2")
    await scene.end("early")
    await scene.still_waits("late")
    if not is_back:
        scene.task("1")
    await scene.end("1")
    await scene.end("late")


@every_kind
async def test_a_parent_that_failed_before_it_was_deleted_is_waited_for(scene: Scene, depends_on: Any) -> None:
    scene.family("child", depends_on)
    await scene.end("1", 1)
    scene.delete("1")
    await scene.go_on()
    await scene.end("2")
    await scene.still_waits("child")


@every_kind
async def test_a_parent_that_runs_again_is_waited_for(scene: Scene, depends_on: Any) -> None:
    scene.family("child", depends_on, exitConditions=SATISFY)
    await scene.end("1", 1)
    scene.reactivate("1")
    await scene.go_on()
    await scene.end("2")
    await scene.still_waits("child")
    await scene.end("1", 1)
    await scene.end("child")


@every_kind
async def test_a_parent_that_was_deleted_while_it_ran_again_is_waited_for(scene: Scene, depends_on: Any) -> None:
    scene.family("child", depends_on, exitConditions=SATISFY)
    await scene.end("1", 1)
    scene.reactivate("1")
    await scene.bench.task_state("running", "1")
    scene.delete("1")
    await scene.go_on()
    await scene.end("2")
    await scene.still_waits("child")


@every_kind
async def test_a_child_that_was_ended_and_runs_again_knows_what_was_deleted(scene: Scene, depends_on: Any) -> None:
    scene.family("child", depends_on)
    await scene.end("1")
    scene.bench.call("terminate_task", jobId="job", taskId="child")
    scene.delete("1")
    await scene.go_on()
    scene.reactivate("child")
    await scene.still_waits("child")
    await scene.end("2")
    await scene.end("child")


@ranges
@pytest.mark.parametrize("is_first", [True, False], ids=["was there", "comes later"])
async def test_all_tasks_of_a_number_are_waited_for(scene: Scene, depends_on: Any, is_first: bool) -> None:
    scene.task("2")
    scene.task("1")
    if is_first:
        scene.task("01")
        await scene.end("01", 1)
    scene.task("child", dependsOn=depends_on)
    await scene.end("1")
    if not is_first:
        scene.task("01")
        await scene.end("01", 1)
    await scene.go_on()
    await scene.end("2")
    await scene.still_waits("child")
    scene.task("younger", dependsOn=depends_on)
    await scene.still_waits("younger")
    scene.reactivate("01")
    await scene.end("01")
    await scene.end("child")
    await scene.end("younger")


@ranges
async def test_of_two_tasks_of_a_number_one_may_be_deleted(scene: Scene, depends_on: Any) -> None:
    for name in ("2", "1", "01", "001"):
        scene.task(name)
    scene.task("child", dependsOn=depends_on)
    await scene.end("1")
    await scene.end("01", 1)
    await scene.end("2")
    scene.delete("1")
    await scene.go_on()
    await scene.still_waits("child")
    scene.delete("01")
    await scene.still_waits("child")
    scene.delete("001")
    await scene.end("child")


async def test_tasks_that_share_a_long_range_go_on_as_each_of_them_may(scene: Scene) -> None:
    scene.task("1")
    scene.task("2")
    scene.task("gate")
    for name in ("a", "b"):
        scene.task(name, dependsOn=LONG)
    scene.task("gated", dependsOn={**LONG, "taskIds": ["gate"]})
    await scene.end("1")
    scene.delete("1")
    for name in ("c", "d"):
        scene.task(name, dependsOn=LONG)
    await scene.go_on()
    await scene.end("2")
    await scene.end("a")
    await scene.end("b")
    for name in ("c", "d", "gated"):
        await scene.still_waits(name)
    await scene.end("gate")
    await scene.end("gated")
    scene.task("1")
    await scene.end("1")
    await scene.end("c")
    await scene.end("d")


async def test_data_from_before_deleted_parents_were_kept_is_taken_up(make_bench: Any, tmp_path: Path) -> None:
    scene = Scene(make_bench, tmp_path, restarts=True)
    await scene.begin()
    scene.family("child", IDS)
    await scene.bench.account.stop()
    connection = sqlite3.connect(tmp_path / "account.db")
    connection.executescript("DROP TABLE gone; DROP INDEX task_by_waiting;")
    connection.close()
    await scene.go_on()
    await scene.end("1")
    scene.delete("1")
    await scene.go_on()
    await scene.end("2")
    await scene.end("child")
