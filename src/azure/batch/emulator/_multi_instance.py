"""A task on several nodes at once: files and coordination command everywhere, the task's own command on the first.

``AZ_BATCH_TASK_SHARED_DIR`` is each instance's own directory. On machines of their own it is one path with a content of
each machine's; on a single one, one path would be one directory, in which instances would find what the others wrote.
What the path is the same for holds all the same: each instance can reach the one that another names.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Optional

from ._execution import Execution, Runner, Work, note_end
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
        self._failed: Optional[Outcome] = None
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
        """Coordinate everywhere, then run the task's command; a failure anywhere is the task's.

        What the coordination commands started goes on until then, on all nodes.
        """
        mine = self._coordinate(self, "coordination-")
        others = [self._run_subtask(*pair) for pair in zip(self._subtasks, self._records)]
        await asyncio.gather(mine, *others)
        return self._failed or await self.command(str(self.work.definition["commandLine"]))

    async def end_services(self) -> None:
        """End what the commands of all instances started in the background."""
        await asyncio.gather(super().end_services(), *(subtask.end_services() for subtask in self._subtasks))

    async def _coordinate(self, execution: Execution, name: str) -> Outcome:
        """Files and coordination command of one instance."""
        outcome = await execution.prepare()
        if outcome is None:
            outcome = await execution.command(self._coordination, name, "coordination", background=True)
        if outcome.failure is not None and self._failed is None:
            self._failed = outcome  # the first: the others fail because of it
            self.end_others(execution)
        return outcome

    def end_others(self, failed: Execution) -> None:
        """One instance failed: end the rest."""
        for execution in (self, *self._subtasks):
            if execution is not failed:
                Execution.end(execution, "Another instance of the task failed")

    async def _run_subtask(self, subtask: Execution, record: Document) -> Outcome:
        outcome = await self._coordinate(subtask, "")
        note_end(record, outcome, self._stamp())
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
