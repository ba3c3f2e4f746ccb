"""A task on several nodes at once: files and coordination command everywhere, the task's own command on the first."""

from __future__ import annotations

import asyncio
import functools
from typing import Optional

from ._execution import Execution, Runner, Work, failure_document
from ._process import Outcome
from ._state import State
from ._usage import Usage
from ._wire import Document

__all__ = ["MultiInstance"]

_PORT = 6000


class MultiInstance(Execution):
    """The primary with its subtasks, whose records it keeps in the task's document as ``subtasks``."""

    def __init__(self, state: State, runner: Runner, works: list[Work]) -> None:
        placed = [_placed(work, works, index) for index, work in enumerate(works)]
        super().__init__(state, runner, placed[0])
        self._stamp = state.stamp
        self._subtasks = [Execution(state, runner, work) for work in placed[1:]]
        self._coordination = str(placed[0].definition["multiInstanceSettings"]["coordinationCommandLine"])
        self._records: list[Document] = []
        for index, work in enumerate(placed[1:], 1):
            node = {"affinityId": work.node.document["affinityId"], "poolId": work.node.pool.id, "nodeId": work.node.id}
            record: Document = {"id": index, "nodeInfo": {**node, "taskRootDirectory": work.directory}}
            record["startTime"] = self._stamp()
            self._move(record, "running")
            self._records.append(record)
        works[0].definition["subtasks"] = self._records

    @property
    def usage(self) -> Usage:
        """What the commands of all instances used."""
        return functools.reduce(Usage.plus, (subtask.usage for subtask in self._subtasks), super().usage)

    def end(self, message: str) -> None:
        """End the primary and all subtasks."""
        super().end(message)
        for subtask in self._subtasks:
            subtask.end(message)

    async def execute(self) -> Outcome:
        """Coordinate everywhere, then run the task's command; a failure anywhere is the task's."""
        mine = self._coordinate(self, "coordination-")
        others = [self._run_subtask(*pair) for pair in zip(self._subtasks, self._records)]
        outcomes = await asyncio.gather(mine, *others)
        failed = next((outcome for outcome in outcomes if outcome is not None), None)
        return failed or await self.command(str(self.work.definition["commandLine"]))

    async def _coordinate(self, execution: Execution, name: str) -> Optional[Outcome]:
        """Files and coordination command of one instance; the outcome when it failed."""
        outcome = await execution.prepare() or await execution.command(self._coordination, name, "coordination")
        if outcome.failure is None:
            return None
        self.end_others(execution)
        return outcome

    def end_others(self, failed: Execution) -> None:
        """One instance failed: end the rest."""
        for execution in (self, *self._subtasks):
            if execution is not failed:
                Execution.end(execution, "Another instance of the task failed")

    async def _run_subtask(self, subtask: Execution, record: Document) -> Optional[Outcome]:
        outcome = await self._coordinate(subtask, "")
        record["endTime"] = self._stamp()
        record["result"] = "success" if outcome is None else "failure"
        if outcome is None:
            record["exitCode"] = 0
        elif outcome.exit_code is not None:
            record["exitCode"] = outcome.exit_code
        if outcome is not None and outcome.failure is not None:
            record["failureInfo"] = failure_document(outcome.failure)
        self._move(record, "completed")
        return outcome

    def _move(self, record: Document, state: str) -> None:
        if "state" in record:
            record["previousState"] = record["state"]
            record["previousStateTransitionTime"] = record["stateTransitionTime"]
        record["state"], record["stateTransitionTime"] = state, self._stamp()


def _placed(work: Work, works: list[Work], index: int) -> Work:
    """One instance's share of the task, and the variables that tell it of the others."""
    addresses = [str(other.node.document["ipAddress"]) for other in works]
    extra = {
        "AZ_BATCH_NODE_LIST": ";".join(addresses),
        "AZ_BATCH_HOST_LIST": ",".join(addresses),
        "AZ_BATCH_MASTER_NODE": f"{addresses[0]}:{_PORT}",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": "true" if index == 0 else "false",
        "AZ_BATCH_TASK_SHARED_DIR": str(work.folder),
    }
    definition = work.definition
    if index == 0:
        extra["CCP_NODES"] = f"{len(addresses)} " + " ".join(f"{address} 1" for address in addresses)
    else:
        definition = {name: value for name, value in definition.items() if name not in ("resourceFiles", "outputFiles")}
    return Work(work.node, definition, work.directory, work.kind, work.task_id, work.job, extra)
