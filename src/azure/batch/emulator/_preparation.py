"""Job preparation and release tasks: once on every node that a job's tasks come to, and once when the job is over.

What is known of them is kept in the job's memo, by node, as the status list shows it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Optional

from ._execution import Execution, Runner, Work, note_end
from ._outcomes import CommandKind
from ._process import Failure, Outcome
from ._state import LOG, Job, Node, State
from ._times import duration_seconds
from ._wire import Document

__all__ = ["Preparations"]

_BOOTING = ("creating", "starting", "waitingforstarttask", "rebooting", "reimaging")
_UP = ("idle", "running", "offline")


class Preparations:
    """Runs preparation and release tasks."""

    def __init__(self, state: State, runner: Runner) -> None:
        self._state = state
        self._runner = runner
        self._at_work: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._executions: dict[tuple[str, str], Execution] = {}

    @staticmethod
    def _records(job: Job) -> dict[str, Any]:
        records: dict[str, Any] = job.memo.setdefault("nodes", {})
        return records

    def is_needed(self, job: Job, node: Node) -> bool:
        """Whether a task of the job has to wait here for the preparation task."""
        definition = job.document.get("jobPreparationTask")
        if definition is None or not definition["waitForSuccess"]:
            return False
        record = self._records(job).get(node.key)
        return record is None or record["isStale"] or record["preparation"]["state"] != "completed"

    def is_blocked(self, job: Job, node: Node) -> bool:
        """Whether the preparation task failed here, so that no task of the job may come."""
        definition = job.document.get("jobPreparationTask")
        if definition is None or not definition["waitForSuccess"]:
            return False
        record = self._records(job).get(node.key)
        return record is not None and not record["isStale"] and record["preparation"].get("result") == "failure"

    async def prepare(self, job: Job, node: Node) -> bool:
        """See to it that the preparation task ran here; whether tasks may start."""
        definition = job.document.get("jobPreparationTask")
        if definition is None:
            return True
        record = self._records(job).get(node.key)
        if record is None or record["isStale"]:
            place = (job.key, node.key)
            if place not in self._at_work:
                self._at_work[place] = self._state.spawn(self._run_preparation(job, node, definition))
            if definition["waitForSuccess"]:
                await asyncio.wait({self._at_work[place]})
        elif definition["waitForSuccess"] and (job.key, node.key) in self._at_work:
            await asyncio.wait({self._at_work[job.key, node.key]})
        return not self.is_needed(job, node) and not self.is_blocked(job, node)

    def end_job(self, job: Job, message: str, *, is_forced: bool) -> None:
        """The job ends: so do its preparation tasks, and where its end is forced the release tasks too."""
        for (key, _), execution in list(self._executions.items()):
            if key == job.key and (is_forced or execution.work.kind == "preparation"):
                execution.end(message)

    async def _run_preparation(self, job: Job, node: Node, definition: Document) -> None:
        info: Document = {"startTime": self._state.stamp(), "state": "running", "retryCount": 0}
        self._records(job)[node.key] = {
            "isStale": False,
            "poolId": node.pool.id,
            "nodeId": node.id,
            "preparation": info,
        }
        try:
            limit = int(definition["constraints"]["maxTaskRetryCount"])
            seconds = duration_seconds(definition["constraints"]["maxWallClockTime"])
            while True:
                outcome = await self._run(job, node, definition, "preparation", info, seconds)
                failed = outcome.failure is not None and outcome.failure.code == "FailureExitCode"
                if not failed or 0 <= limit <= info["retryCount"] or job.state != "active":
                    break
                info["retryCount"] += 1
                info["lastRetryTime"] = self._state.stamp()
            self._finish(info, outcome)
        finally:
            self._at_work.pop((job.key, node.key), None)
            if self._state.jobs.get(job.key) is job:
                self._state.save(job)

    def unreleased(self, job: Job) -> list[tuple[Node, bool]]:
        """The nodes on which the release task has yet to run to its end, and of each whether it is up."""
        if "jobReleaseTask" not in job.document:
            return []
        found: list[tuple[Node, bool]] = []
        for key, record in self._records(job).items():
            pool = self._state.pools.get(record["poolId"])
            node = pool.nodes.get(key) if pool is not None else None
            is_prepared = record["preparation"]["state"] == "completed" and not record.get("isWiped", False)
            is_due = is_prepared and record.get("release", {}).get("state") != "completed"
            if node is not None and is_due and node.state in (*_UP, *_BOOTING):
                found.append((node, node.state in _UP))
        return found

    async def release(self, job: Job, node: Node) -> None:
        """Run the release task on a node; when the node restarts under it, it has not run."""
        if job.memo.get("isReleased"):
            return
        definition, record = job.document["jobReleaseTask"], self._records(job)[node.key]
        info: Document = {"startTime": self._state.stamp(), "state": "running"}
        record["release"] = info
        boots = node.memo.get("boots")
        try:
            seconds = duration_seconds(definition["maxWallClockTime"])
            outcome = await self._run(job, node, definition, "release", info, seconds)
        except Exception as error:
            LOG.exception("The release task of job %s failed in the emulator", job.id)
            outcome = Outcome(None, Failure("servererror", "Unknown", str(error)))
        was_ended = outcome.failure is not None and outcome.failure.code == "TaskEnded"
        restarts = boots != node.memo.get("boots") and node.state in (*_UP, *_BOOTING)
        if was_ended and not job.memo.get("isReleased") and (restarts or self._state.is_stopping):
            return
        self._finish(info, outcome)
        self._state.save(job)

    async def _run(
        self, job: Job, node: Node, definition: Document, kind: CommandKind, info: Document, seconds: Optional[float]
    ) -> Outcome:
        directory = f"{job.directory}/{definition['id']}"
        info["taskRootDirectory"] = directory
        work = Work(node, definition, directory, kind, str(definition["id"]), job)
        execution = Execution(self._state, self._runner, work)
        node.chores.add(execution)
        self._executions[job.key, node.key] = execution
        timer = None
        if seconds is not None:
            timer = self._state.clock.call_later(
                seconds, lambda: execution.end("The task exceeded its maximum wall clock time")
            )
        try:
            return await execution.run()
        finally:
            node.chores.discard(execution)
            del self._executions[job.key, node.key]
            if timer is not None:
                timer.cancel()

    def _finish(self, info: Document, outcome: Outcome) -> None:
        info["state"] = "completed"
        note_end(info, outcome, self._state.stamp())
        if outcome.failure is not None:
            LOG.info("A job preparation or release task failed: %s", outcome.failure.message)

    def node_restarts(self, node: Node, *, is_wiped: bool) -> None:
        """A node boots again: preparation tasks run again on it where they are to."""
        for job in self._state.jobs:
            record = job.memo.get("nodes", {}).get(node.key)
            if record is not None:
                self._restart(job, record, is_wiped=is_wiped)

    def load(self, job: Job) -> None:
        """Take up a job from the store, whose nodes boot again."""
        for record in self._records(job).values():
            self._restart(job, record, is_wiped=False)

    @staticmethod
    def _restart(job: Job, record: Document, *, is_wiped: bool) -> None:
        runs_again = job.document["jobPreparationTask"]["rerunOnNodeRebootAfterSuccess"]
        if is_wiped:
            record["isWiped"] = True
        if is_wiped or runs_again or record["preparation"].get("result") != "success":
            record["isStale"] = True
