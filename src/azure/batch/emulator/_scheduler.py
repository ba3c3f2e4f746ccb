"""What runs where and when.

Each job keeps a queue of the tasks that could run now. Whenever something changes (a task comes or ends, a node is
free) the pool concerned is looked at once: its jobs by priority, each job's tasks oldest first, each task to the
fullest or the emptiest node that has room. Only jobs with something in their queue and nodes with room are looked at,
so the work does not grow with the number of tasks. A task that needs whole nodes holds back younger tasks of its job
until it has them. What then still waits takes the place of running tasks of less important jobs, if these allow it.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from datetime import datetime
from typing import Any, Callable, Optional

from ._clock import Handle
from ._execution import Execution, Runner, Work, note_end, trash
from ._lifetimes import Lifetimes
from ._multi_instance import MultiInstance
from ._preemption import displaced
from ._preparation import Preparations
from ._process import Failure, Outcome
from ._state import LOG, Activity, Job, Node, Pool, State
from ._store import ActiveTask
from ._times import duration_seconds
from ._usage import Usage
from ._wire import Document

__all__ = ["Run", "Scheduler", "exit_options"]

_EXCLUSIVE = 1_000_000
"""Slots, in the queue, of a task that needs nodes for itself."""

_RECENT = 10
"""Tasks that a node remembers."""


class Run:
    """A task's stay on its node: preparation, tries, clean-up."""

    def __init__(self, job: Job, key: str, document: Document, nodes: list[Node], slots: int) -> None:
        self.job = job
        self.key = key
        self.document = document
        self.nodes = nodes
        self.node = nodes[0]
        self.slots = slots
        self.is_manager = key == str(job.document.get("jobManagerTask", {}).get("id", "")).lower()
        self.message: Optional[str] = None
        self.fate = "complete"
        self.counted = "active"
        self.execution: Optional[Execution] = None
        self.timer: Optional[Handle] = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Somebody wants it to end."""
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """It is over, and none of its processes is left."""

    def end(self, message: str, outcome: str = "complete") -> None:
        """End it; ``outcome`` says what becomes of the task: complete, requeue, return or discard."""
        if self.message is None or outcome == "discard":
            self.fate = outcome
        if self.message is None:
            self.message = message
            self.ended.set_result(None)
        if self.execution is not None:
            self.execution.end(message)


class Scheduler:
    """Gives tasks to nodes and sees them through."""

    def __init__(self, state: State, runner: Runner) -> None:
        self._state = state
        self._runner = runner
        self._ready: dict[str, set[Job]] = {}
        self._kicked: set[str] = set()
        self._jobs_on: dict[str, Counter[Job]] = {}
        """By pool: the jobs of which tasks are on its nodes, and how many."""
        self._room: dict[str, tuple[Job, list[asyncio.Future[None]]]] = {}
        """By pool: the job whose next task is to have the place of others, and when these are gone."""
        self._going: dict[tuple[str, str], set[asyncio.Future[None]]] = {}
        """Of deleted tasks, by job and key: what is done when they are over."""
        self.preparations = Preparations(state, runner)
        self.lifetimes = Lifetimes(state, self.unqueue)
        self.on_completed: Callable[[Job, str, Document, Optional[str]], None] = _ignore
        """Told of every task that is over: job, key, document, and the job action of its exit conditions."""
        self.on_assigned: Callable[[Run], None] = lambda _: None
        """Told when a task comes to its node."""
        self.on_ran: Callable[[Run, datetime, Usage], None] = lambda run, began, usage: None
        """Told of every try of a task that is over: when it began, and what it used of the machine."""
        self.on_left: Callable[[Job], None] = lambda _: None
        """Told when a task of a job has left its node."""

    # The queue

    def queue(self, job: Job, key: str, document: Document, seq: int, *, is_released: bool = False) -> None:
        """A task is active: it may run at once, or when what it depends on lets it go on."""
        job.dependencies.taken_back()
        slots = self._queue_slots(job, key, document)
        if "multiInstanceSettings" in document:
            job.instances[key] = int(document["multiInstanceSettings"]["numberOfInstances"])
        depends_on = document.get("dependsOn")
        if depends_on and not is_released:
            task = ActiveTask(key, seq, slots, True)
            if job.dependencies.add(self._state.store, job.key, task, depends_on):
                return
            self._state.store.release_task(job.key, key)  # what it depended on may be deleted from now on
            self._state.plan_commit()
        self._enqueue(job, key, seq, slots)

    @staticmethod
    def _queue_slots(job: Job, key: str, document: Document) -> int:
        manager = job.document.get("jobManagerTask")
        if manager is not None and key == manager["id"].lower() and manager["runExclusive"]:
            return _EXCLUSIVE
        return _EXCLUSIVE if "multiInstanceSettings" in document else int(document["requiredSlots"])

    def _enqueue(self, job: Job, key: str, seq: int, slots: int) -> None:
        job.queue.add(key, seq, slots)
        self.bind(job)

    def bind(self, job: Job) -> None:
        """A job may have something to run on its pool."""
        if len(job.queue):
            self._ready.setdefault(job.pool_key, set()).add(job)
            self.kick(job.pool_key)

    def unqueue(self, job: Job, key: str) -> None:
        """An active task is not to run."""
        job.queue.discard(key)
        job.instances.pop(key, None)
        job.dependencies.discard(key)

    def kick(self, pool_key: str) -> None:
        """Something changed for a pool: look soon at what could run there."""
        if pool_key not in self._kicked:
            self._kicked.add(pool_key)
            asyncio.get_running_loop().call_soon(self._look, pool_key)

    def _look(self, pool_key: str) -> None:
        self._kicked.discard(pool_key)
        if self._state.is_stopping:
            return
        try:
            self._dispatch(pool_key)
        except Exception:
            LOG.exception("The tasks of pool %s cannot be scheduled", pool_key)

    # Giving tasks to nodes

    def _dispatch(self, pool_key: str) -> None:
        pool, ready = self._state.pools.get(pool_key), self._ready.get(pool_key)
        if pool is None or not ready or pool.document["state"] != "active":
            return
        jobs = sorted(ready, key=lambda job: (-job.document["priority"], job.document["creationTime"], job.key))
        self._fill(pool, jobs, ready)
        if self._waiting_for_room(pool) is None:
            self._make_room(pool, [job for job in jobs if job in ready and job.is_runnable])

    def _fill(self, pool: Pool, jobs: list[Job], ready: set[Job]) -> None:
        """Start what fits, the most important jobs first."""
        open_nodes = [node for node in pool.nodes if node.free > 0]
        room_for = self._waiting_for_room(pool)
        for job in jobs:
            if room_for is not None and job.document["priority"] < room_for.document["priority"]:
                return
            while (
                open_nodes and job.is_runnable and job.pool_key == pool.key and self._start_next(pool, job, open_nodes)
            ):
                open_nodes = [node for node in open_nodes if node.free > 0]
            if not len(job.queue) or job.pool_key != pool.key or self._state.jobs.get(job.key) is not job:
                ready.discard(job)
            if not open_nodes:
                return

    def _make_room(self, pool: Pool, jobs: list[Job]) -> None:
        """Send tasks back to the jobs that allow it, for the first of these jobs whose next task can have their place.

        One at a time: when they have left, the pool is looked at again.
        """
        yielding = [job for job in self._jobs_on.get(pool.key, ()) if job.document["allowTaskPreemption"]]
        least = min((job.document["priority"] for job in yielding), default=math.inf)
        for job in jobs:
            if job.document["priority"] <= least:
                return  # and so are all that come after it
            key = job.queue.first(_EXCLUSIVE)
            document = self._state.store.get_task(job.key, key) if key is not None else None
            if key is None or document is None:
                continue
            number, slots = 1, pool.slots
            if "multiInstanceSettings" in document:
                number = int(document["multiInstanceSettings"]["numberOfInstances"])
                if not self._takes_multi_instance(pool):
                    continue
            elif self._queue_slots(job, key, document) != _EXCLUSIVE:
                slots = int(document["requiredSlots"])
            allowed = [node for node in pool.nodes if node.takes_tasks and not self.preparations.is_blocked(job, node)]
            leaving = displaced(job, slots, number, self._permitted(job, key, allowed))
            for run in leaving:
                run.end("A task of a job of higher priority takes its place", "requeue")
            if leaving:
                self._room[pool.key] = (job, [run.left for run in leaving])
                return

    def _waiting_for_room(self, pool: Pool) -> Optional[Job]:
        """The job for which tasks are leaving nodes; a node that is free by now is not for less important ones."""
        room = self._room.get(pool.key)
        if room is None:
            return None
        job, leaving = room
        if not all(left.done() for left in leaving):
            return job
        del self._room[pool.key]
        return None

    def _start_next(self, pool: Pool, job: Job, open_nodes: list[Node]) -> bool:
        """Start the next task of a job; whether there was one that fits."""
        allowed = [node for node in open_nodes if not self.preparations.is_blocked(job, node)]
        if not allowed:
            return False
        most = max(node.free for node in allowed)
        key = job.queue.first(_EXCLUSIVE)
        if key is None:
            return False
        document = self._state.store.get_task(job.key, key)
        if document is not None and self._queue_slots(job, key, document) == _EXCLUSIVE:
            nodes = self._whole_nodes(pool, job, key, document, allowed)
            slots = pool.slots
            if not nodes and self._could_ever(job, key, document, pool):
                return False
        else:
            nodes, slots = [], 0
        if not nodes:
            key = job.queue.first(most)
            if key is None:
                return False
            document = self._state.store.get_task(job.key, key)
            slots = int(document["requiredSlots"]) if document is not None else 0
            fitting = [node for node in self._permitted(job, key, allowed) if node.free >= slots]
            if not fitting:
                return False
            nodes = [self._choose(pool, document or {}, fitting)]
        if document is None:
            job.queue.discard(key)
            return True
        self._assign(Run(job, key, document, nodes, slots))
        return True

    @staticmethod
    def _permitted(job: Job, key: str, nodes: list[Node]) -> list[Node]:
        """Those nodes that a task may run on: a job manager may want dedicated ones."""
        manager = job.document.get("jobManagerTask", {})
        if key != str(manager.get("id", "")).lower() or manager.get("allowLowPriorityNode", True):
            return nodes
        return [node for node in nodes if node.document["isDedicated"]]

    def _whole_nodes(self, pool: Pool, job: Job, key: str, document: Document, allowed: list[Node]) -> list[Node]:
        """Nodes for a task that shares them with no other; none when there are not enough of them."""
        settings = document.get("multiInstanceSettings")
        if settings is not None and not self._takes_multi_instance(pool):
            return []
        idle = [node for node in self._permitted(job, key, allowed) if not node.used]
        number = int(settings["numberOfInstances"]) if settings is not None else 1
        return idle[:number] if len(idle) >= number else []

    @staticmethod
    def _takes_multi_instance(pool: Pool) -> bool:
        return bool(pool.document["enableInterNodeCommunication"]) and pool.slots == 1

    def _could_ever(self, job: Job, key: str, document: Document, pool: Pool) -> bool:
        """Whether a task that needs whole nodes will get them once what runs there is over."""
        settings = document.get("multiInstanceSettings")
        if settings is None:
            return key in job.queue
        enough = sum(node.takes_tasks for node in pool.nodes) >= settings["numberOfInstances"]
        return self._takes_multi_instance(pool) and enough

    @staticmethod
    def _choose(pool: Pool, document: Document, nodes: list[Node]) -> Node:
        affinity = document.get("affinityInfo", {}).get("affinityId")
        for node in nodes:
            if affinity is not None and node.document["affinityId"] == affinity:
                return node
        if pool.document["taskSchedulingPolicy"]["nodeFillType"] == "pack":
            return max(nodes, key=lambda node: node.used)
        return min(nodes, key=lambda node: node.used)

    def _assign(self, run: Run) -> None:
        job, key = run.job, run.key
        job.queue.discard(key)
        job.instances.pop(key, None)
        job.runs[key] = run
        self._jobs_on.setdefault(run.node.pool.key, Counter())[job] += 1
        for node in run.nodes:
            node.runs.add(run)
            node.used += run.slots
            if node.state == "idle":
                self._state.move_node(node, "running")
        self._state.spawn(self._see_through(run))
        self.on_assigned(run)

    # Seeing a task through

    async def _see_through(self, run: Run) -> None:
        outcome: Optional[Outcome] = None
        try:
            if await self._prepare(run):
                outcome = await self._run(run)
            elif run.message is None:
                run.fate = "return"
        except Exception as error:
            LOG.exception("Task %s of job %s failed in the emulator", run.key, run.job.id)
            details = (("Message", str(error)),)
            outcome = Outcome(None, Failure("servererror", "Unknown", "The task could not be run", details))
        finally:
            if run.timer is not None:
                run.timer.cancel()
        if not self._state.is_stopping:
            self._leave(run, outcome or Outcome(None, Failure("usererror", "TaskEnded", run.message or "")))

    async def _outlive(self, run: Run) -> None:
        """Wait until deleted tasks of its id are over: they have the same directory, by which processes are found."""
        for left in tuple(self._going.get((run.job.key, run.key), ())):
            await asyncio.wait({left, run.ended}, return_when=asyncio.FIRST_COMPLETED)

    async def _prepare(self, run: Run) -> bool:
        job, document = run.job, run.document
        await self._outlive(run)
        node = run.node
        directory = f"{job.directory}/{document['id']}"
        document["nodeInfo"] = {
            "affinityId": node.document["affinityId"],
            "poolId": node.pool.id,
            "nodeId": node.id,
            "taskRootDirectory": directory.replace("/", "\\") if node.pool.is_windows else directory,
        }
        if any(self.preparations.is_needed(job, node) for node in run.nodes):
            self._enter(run, "preparing")
        for node in run.nodes:
            work = asyncio.ensure_future(self.preparations.prepare(job, node))
            waiting: set[asyncio.Future[Any]] = {work, run.ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if run.message is not None or not work.result():
                work.cancel()
                return False
        return True

    async def _run(self, run: Run) -> Outcome:
        document, info = run.document, run.document["executionInfo"]
        seconds = duration_seconds(document["constraints"]["maxWallClockTime"])
        if seconds is not None:
            run.timer = self._state.clock.call_later(
                seconds, lambda: run.end("The task exceeded its maximum wall clock time")
            )
        while True:
            info["startTime"] = self._state.stamp()
            self._enter(run, "running")
            outcome = await self._try(run)
            if run.message is not None or outcome.failure is None or outcome.failure.code != "FailureExitCode":
                return outcome
            limit = int(document["constraints"]["maxTaskRetryCount"])
            if 0 <= limit <= info["retryCount"]:
                return outcome
            info["retryCount"] += 1
            info["lastRetryTime"] = self._state.stamp()

    async def _try(self, run: Run) -> Outcome:
        job, document = run.job, run.document
        works = [
            Work(node, document, f"{job.directory}/{document['id']}", "task", str(document["id"]), job)
            for node in run.nodes
        ]
        if "multiInstanceSettings" in document:
            run.execution = MultiInstance(self._state, self._runner, works)
        else:
            run.execution = Execution(self._state, self._runner, works[0])
        if run.message is not None:
            run.execution.end(run.message)
        began = self._state.now()
        try:
            return await run.execution.run()
        finally:
            self.on_ran(run, began, run.execution.usage)

    def _enter(self, run: Run, state: str) -> None:
        """A task on its node goes to another state, and is counted there from the same moment on."""
        self._state.move(run.document, state)
        if run.fate == "discard":
            return
        self._state.store.save_task(run.job.key, run.key, run.document)
        self._state.plan_commit()
        self._count(run, "running")

    @staticmethod
    def _count(run: Run, state: str) -> None:
        weight = int(run.document["requiredSlots"])
        run.job.count(run.counted, -1, weight)
        run.job.count(state, 1, weight)
        run.counted = state

    # What becomes of it

    def discard(self, run: Activity) -> None:
        """The task was deleted while it runs: end it, and let another of its name come."""
        name = (run.job.key, run.key)
        going = self._going.setdefault(name, set())
        going.add(run.left)

        def forget(left: asyncio.Future[None]) -> None:
            going.discard(left)
            if not going:
                del self._going[name]

        run.left.add_done_callback(forget)
        del run.job.runs[run.key]
        run.job.runs[f"{run.key} {id(run)}"] = run
        run.job.count(run.counted, -1, int(run.document["requiredSlots"]))
        run.end("The task was deleted", "discard")
        for node in run.nodes:
            trash(self._state, node.root, f"{run.job.directory}/{run.document['id']}")

    def _leave(self, run: Run, outcome: Outcome) -> None:
        job, info = run.job, run.document["executionInfo"]
        was_ended = outcome.failure is not None and outcome.failure.code == "TaskEnded"
        for node in run.nodes:
            node.runs.discard(run)
            node.used -= run.slots
            if run.fate != "discard" and run.execution is not None:  # not one that only waited for its preparation
                self._note_on_node(node, run, outcome)
            if node.state == "running" and not node.runs:
                self._state.move_node(node, "idle")
        for name in (run.key, f"{run.key} {id(run)}"):
            if job.runs.get(name) is run:
                del job.runs[name]
        jobs = self._jobs_on[run.node.pool.key]
        jobs[job] -= 1
        if not jobs[job]:
            del jobs[job]
        run.left.set_result(None)
        if run.fate == "return":
            self._return(run)
        elif run.fate == "requeue" and was_ended:
            info["requeueCount"] += 1
            info["lastRequeueTime"] = self._state.stamp()
            self._return(run)
        elif run.fate != "discard":
            self.complete(job, run.key, run.document, outcome, run.counted)
        for node in run.nodes:
            self.drained(node)
        self.on_left(job)
        self.kick(run.node.pool.key)

    def _note_on_node(self, node: Node, run: Run, outcome: Outcome) -> None:
        node.document["totalTasksRun"] += 1
        node.document["totalTasksSucceeded"] += outcome.failure is None
        entry = {"jobId": run.job.id, "taskId": run.document["id"], "key": run.key}
        recent: list[Document] = node.memo.setdefault("recentTasks", [])
        recent[:] = [entry, *(item for item in recent if item != entry)][:_RECENT]

    def drained(self, node: Node) -> None:
        """Do what waits for the last task to leave a node, if it has left."""
        if node.runs or (node.departure is not None and node.departure()):
            return
        step, node.after_drain = node.after_drain, None
        if step is not None and not step():
            node.after_drain = step

    def removed_data(self, pool: Optional[Pool]) -> None:
        """Directories of tasks were removed with their tasks: a node of the pool may have waited for that."""
        for node in list(pool.nodes) if pool is not None else ():
            if node.departure is not None or node.after_drain is not None:
                self.drained(node)

    def _return(self, run: Run) -> None:
        """Put a task back to where it came from."""
        job, key, document = run.job, run.key, run.document
        for name in ("containerInfo", "exitCode", "failureInfo", "result", "endTime"):
            document["executionInfo"].pop(name, None)
        self._state.move(document, "active")
        self._state.store.save_task(job.key, key, document)
        self._state.plan_commit()
        self._count(run, "active")
        self.queue(job, key, document, self._state.store.get_seq(job.key, key), is_released=True)

    def complete(self, job: Job, key: str, document: Document, outcome: Outcome, counted_as: str) -> None:
        """A task is over."""
        note_end(document["executionInfo"], outcome, self._state.stamp())
        self._state.move(document, "completed")
        options = exit_options(document)
        succeeded = outcome.failure is None
        is_satisfied = options.get("dependencyAction", "satisfy" if succeeded else "block") == "satisfy"
        self._state.store.save_task(job.key, key, document, satisfied=is_satisfied)
        self.lifetimes.completed(job, key, document)
        self._state.plan_commit()
        weight = int(document["requiredSlots"])
        job.count(counted_as, -1, weight)
        job.count("succeeded" if succeeded else "failed", 1, weight)
        if is_satisfied:
            self._let_go(job, key)
        action = None
        if job.document["onTaskFailure"] == "performexitoptionsjobaction":
            action = options.get("jobAction", "none" if succeeded else "terminate")
        self.on_completed(job, key, document, action)

    def _let_go(self, job: Job, key: str) -> None:
        """Queue what waited for a task, and has nothing else to wait for."""
        store = self._state.store
        for task in job.dependencies.satisfied(store, job.key, key):
            store.release_task(job.key, task.key)
            self._enqueue(job, task.key, task.seq, task.slots)

    def forget(self, job: Job, key: str) -> None:
        """A task is deleted: what waited for all tasks of its number may have waited for this one only."""
        store = self._state.store
        was_satisfied = store.is_satisfied(job.key, key)
        store.delete_task(job.key, key)
        job.dependencies.taken_back()
        if not was_satisfied:
            self._let_go(job, key)
        self._state.plan_commit()

    # Ending many

    def end_job(self, job: Job, message: str, outcome: str) -> None:
        """End everything of a job that runs."""
        for run in list(job.runs.values()):
            run.end(message, outcome)

    def end_node(self, node: Node, message: str, outcome: str) -> None:
        """End every task that runs on a node."""
        for run in list(node.runs):
            run.end(message, outcome)

    def load(self, job: Job) -> None:
        """Take up a job's tasks from the store; what was running when the process ended runs again."""
        store = self._state.store
        for key, document in store.unfinished_tasks(job.key):
            self._state.move(document, "active")
            store.save_task(job.key, key, document)
        for state, success, number, slots in store.count_tasks(job.key):
            name = ("succeeded" if success else "failed") if state == "completed" else state
            job.counts[name] = [number, slots]
        if job.state in ("completed", "deleting"):
            return
        for task in store.active_tasks(job.key):
            waiting = store.get_task(job.key, task.key)
            if waiting is not None:
                self.queue(job, task.key, waiting, task.seq, is_released=not task.waits)


def _ignore(job: Job, key: str, document: Document, action: Optional[str]) -> None:
    """What happens when a task is over and nobody wants to know."""


def exit_options(document: Document) -> Document:
    """The exit options that apply to a completed task; empty where its exit conditions say nothing."""
    conditions: Document = document.get("exitConditions", {})
    info = document["executionInfo"]
    code, failure = info.get("exitCode"), info.get("failureInfo", {}).get("code", "")
    if code is not None and failure != "TaskEnded":
        for rule in conditions.get("exitCodes", []):
            if rule["code"] == code:
                return dict(rule["exitOptions"])
        for rule in conditions.get("exitCodeRanges", []):
            if rule["start"] <= code <= rule["end"]:
                return dict(rule["exitOptions"])
    if not failure:
        return {}
    if failure.startswith("FileUpload") and "fileUploadError" in conditions:
        return dict(conditions["fileUploadError"])
    if code is None and failure != "TaskEnded" and "preProcessingError" in conditions:
        return dict(conditions["preProcessingError"])
    return dict(conditions.get("default", {}))
