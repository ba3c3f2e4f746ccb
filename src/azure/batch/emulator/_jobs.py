"""Jobs: creating, changing, disabling, enabling, terminating and deleting them.

A job on its way to another state waits for two things: a short while, as in the service, and that its tasks have left
their nodes. Each time one of them comes true, :meth:`Jobs.settle` sees whether the job has arrived.

Tasks that are ended because their job is being disabled have no effect on it by their exit conditions: the job was to
be disabled, and a failure that somebody asked for does not terminate it instead.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional

from ._dependencies import Dependencies
from ._execution import trash
from ._faults import Occurrence
from ._job_documents import (
    check_auto_pool_change,
    check_limits,
    check_pool_info,
    fill_job_constraints,
    job_document,
)
from ._lists import changed, check_conditions, page, page_items, read
from ._pool_documents import check_pool
from ._pools import Pools
from ._scheduler import Scheduler
from ._state import Job, Node, State, TaskQueue
from ._statistics import Statistics
from ._tasks import Tasks, check_job_takes_tasks
from ._times import duration_seconds
from ._validation import invalid, missing, read_body, tidy
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["Jobs", "render_job"]

_OVER = ("terminating", "completed", "deleting")
_CHUNK = 2000
"""Tasks of a deleted job that are forgotten in one step."""

_SCHEDULING_ERRORS = {
    "AutoScalingFormulaSyntaxError": "InvalidAutoScaleFormulaInAutoPool",
    "AutoScalingFormulaTooLong": "InvalidAutoScaleFormulaInAutoPool",
    "InvalidApplicationPackageReferences": "InvalidApplicationPackageReferencesInAutoPool",
    "PoolQuotaReached": "AutoPoolCreationFailedWithQuotaReached",
}
"""What keeps an automatic pool from being made, by the code with which the same pool would be refused."""

_MANAGER_TASK = (
    "id",
    "displayName",
    "commandLine",
    "containerSettings",
    "resourceFiles",
    "outputFiles",
    "environmentSettings",
    "constraints",
    "requiredSlots",
    "userIdentity",
    "applicationPackageReferences",
)
"""What the task of a job manager takes from the job's definition of it."""


def render_job(job: Job, base: str) -> Document:
    """A job as the service shows it."""
    return {**job.document, "url": f"{base}/jobs/{job.id}"}


class Jobs:
    """The requests about jobs, and their way from state to state."""

    def __init__(self, state: State, pools: Pools, tasks: Tasks, scheduler: Scheduler, statistics: Statistics) -> None:
        self._state = state
        self._statistics = statistics
        self._pools = pools
        self._tasks = tasks
        self._scheduler = scheduler
        self.on_ended: Callable[[Job], None] = lambda _: None
        """Told when a job has completed or is gone."""
        scheduler.on_completed = self._task_completed
        scheduler.on_left = self.settle
        tasks.on_deleted = self._check_all_complete
        self._releasing: set[Job] = set()
        """Jobs that wait for release tasks, and perhaps for nodes that are not up."""
        state.on_node_moved = self._node_moved

    # Creating and showing

    def create(self, call: Call) -> Answer:
        """Create a job."""
        document = job_document(call.body, self._state.options)
        if self._state.schedules.get(document["id"]) is not None:
            raise ServiceError("JobScheduleWithSameIdExists")
        if self._state.jobs.get(document["id"]) is not None:
            raise ServiceError("JobExists")
        job = self.add(document, {"directory": f"workitems/{document['id']}/job-1"})
        return changed(call, 201, job.document, f"/jobs/{job.id}", is_new=True)

    def add(self, document: Document, memo: Document, share_pool: Optional[Callable[[Document], str]] = None) -> Job:
        """Create a job from its checked document, on the pool it names or brings along.

        :param share_pool: Gives the pool that several jobs bring along, by its specification.
        """
        document = tidy(document)
        self._state.touch(document)
        now = document["lastModified"]
        document.update(creationTime=now, state="active", stateTransitionTime=now)
        document["executionInfo"] = {"startTime": now}
        job = Job(document["id"].lower(), document, memo)
        self._state.jobs.add(job.key, job)
        info = document["poolInfo"]
        own = info.get("autoPoolSpecification")
        try:
            if own is None:
                pool_id = info["poolId"]
            elif share_pool is not None and own["poolLifetimeOption"] == "jobschedule":
                pool_id = share_pool(own)
            else:
                pool_id = memo["autoPool"] = self.create_auto_pool(own)
            document["executionInfo"]["poolId"] = pool_id
        except ServiceError as error:
            details = [{"name": key, "value": value} for key, value in error.values]
            scheduling_error: Document = {
                "category": "usererror",
                "code": _SCHEDULING_ERRORS.get(error.code, "InvalidAutoPoolSettings"),
                "message": error.message,
            }
            if details:
                scheduling_error["details"] = details
            document["executionInfo"]["schedulingError"] = scheduling_error
            self._complete(job)
            return job
        self._state.save(job)
        manager = document.get("jobManagerTask")
        if manager is not None:
            self._tasks.add(job, {name: manager[name] for name in _MANAGER_TASK if name in manager})
        self._watch_limit(job)
        self._check_all_complete(job)
        return job

    def create_auto_pool(self, specification: Document) -> str:
        """Create the pool that a job or a schedule brings along; its id."""
        prefix, options = specification.get("autoPoolIdPrefix"), self._state.options
        name = str(uuid.uuid4()).upper()
        identifier = f"{prefix}_{name}" if prefix else name
        if options.faults.take(Occurrence("pool", identifier, method="POST", path="/pools", operation="create_pool")):
            raise ServiceError("PoolQuotaReached")
        check_pool(specification["pool"], options)
        return self._pools.add({**specification["pool"], "id": identifier}).id

    def load(self) -> None:
        """Take up jobs from the store."""
        for key, document, memo in self._state.store.load("Job"):
            job = Job(key, document, memo)
            self._state.jobs.add(key, job)
            self._scheduler.preparations.load(job)
            self._scheduler.load(job)
            if job.state in ("disabling", "enabling", "terminating", "deleting"):
                self._settle_later(job)
            if job.state not in _OVER:
                self._watch_limit(job)
                self._check_all_complete(job)

    def list(self, call: Call) -> Answer:
        """A page of jobs."""
        return page(call, self._state.jobs, lambda job: self._show(call, job))

    def list_from_schedule(self, call: Call) -> Answer:
        """A page of the jobs of a schedule."""
        schedule = self._state.schedule(call.ids["jobScheduleId"])
        jobs = [(job.key, job) for job in self._state.jobs if job.memo.get("schedule") == schedule.key]
        return page_items(call, jobs, lambda job: self._show(call, job))

    def get(self, call: Call) -> Answer:
        """A job."""
        job = self._state.job(call.ids["jobId"])
        check_conditions(call, job.document, is_read=True)
        return read(call, self._show(call, job))

    def _show(self, call: Call, job: Job) -> Document:
        return self._statistics.show_job(call, job, render_job(job, call.base))

    def preparation_status(self, call: Call) -> Answer:
        """What became of a job's preparation and release tasks, by node."""
        job = self._state.job(call.ids["jobId"])
        if "jobPreparationTask" not in job.document:
            raise ServiceError("JobPreparationTaskNotSpecified")
        records: dict[str, Any] = job.memo.get("nodes", {})
        return page_items(call, sorted(records.items()), lambda record: _status(record, call.base))

    # Changing

    def _find(self, call: Call) -> Job:
        job = self._state.job(call.ids["jobId"])
        check_conditions(call, job.document)
        return job

    def _changed(self, call: Call, job: Job, status: int) -> Answer:
        self._state.touch(job.document)
        self._state.save(job)
        return changed(call, status, job.document, f"/jobs/{job.id}")

    def update(self, call: Call) -> Answer:
        """Change the properties that are named."""
        body = read_body(call.body, "JobUpdateOptions")
        return self._apply(call, body)

    def replace(self, call: Call) -> Answer:
        """Replace all properties that can be; what is left out goes back to its default."""
        body = read_body(call.body, "JobUpdateOptions", is_whole_resource=True)
        if "poolInfo" not in body:
            raise missing("poolInfo")
        defaults: Document = {"priority": 0, "maxParallelTasks": -1, "allowTaskPreemption": False, "metadata": []}
        defaults.update(onAllTasksComplete="noaction", constraints=Document())
        return self._apply(call, {**defaults, **body}, without=("networkConfiguration",))

    def _apply(self, call: Call, body: Document, *, without: Sequence[str] = ()) -> Answer:
        check_limits(body)
        job = self._find(call)
        check_job_takes_tasks(job)
        if job.document["onAllTasksComplete"] == "terminatejob" and body.get("onAllTasksComplete") == "noaction":
            raise invalid("onAllTasksComplete", "noaction", "The value cannot be changed back from terminatejob")
        pool_info = body.pop("poolInfo", None)
        if pool_info is not None:
            self._change_pool(job, pool_info)
        if "constraints" in body:
            fill_job_constraints(body)
        kept = {name: value for name, value in job.document.items() if name not in without}
        job.document = tidy({**kept, **body})
        answer = self._changed(call, job, 200)
        self._watch_limit(job)
        self._check_all_complete(job)
        self._scheduler.bind(job)
        return answer

    def _change_pool(self, job: Job, info: Document) -> None:
        present = job.document["poolInfo"]
        own, present_own = info.get("autoPoolSpecification"), present.get("autoPoolSpecification")
        if own is not None and present_own is not None:
            info["autoPoolSpecification"] = own = {**present_own, "keepAlive": False, **own}
        check_pool_info(info, self._state.options, "", is_in_schedule="schedule" in job.memo)
        if own is not None and present_own is not None:
            check_auto_pool_change(present_own, own)
            present_own["keepAlive"] = own["keepAlive"]
            return
        if info == present:
            return
        if job.state != "disabled":
            reason = "The pool of a job can be changed only while the job is disabled"
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", reason)])
        if own is not None or present_own is not None:
            raise invalid("poolInfo", "autoPoolSpecification", "A job cannot be moved to or from an automatic pool")
        job.document["poolInfo"] = info
        job.document["executionInfo"]["poolId"] = info["poolId"]

    # From state to state

    def _move(self, job: Job, state: str) -> None:
        self._state.move(job.document, state)
        self._state.save(job)

    def _settle_later(self, job: Job) -> None:
        self._state.later(job.timers, "settle", self._state.delays.settle, lambda: self.settle(job))

    def disable(self, call: Call) -> Answer:
        """Run no more tasks of a job."""
        option = read_body(call.body, "JobDisableOptions")["disableTasks"]
        job = self._find(call)
        check_job_takes_tasks(job)
        if job.state == "enabling":
            raise ServiceError("OperationInvalidForCurrentState")
        self._disable(job, option)
        return self._changed(call, job, 202)

    def _disable(self, job: Job, option: str) -> None:
        self._move(job, "disabling")
        if option != "wait":
            outcome = "requeue" if option == "requeue" else "complete"
            self._scheduler.end_job(job, "The job was disabled", outcome)
        self._settle_later(job)

    def enable(self, call: Call) -> Answer:
        """Let the tasks of a job run again."""
        job = self._find(call)
        check_job_takes_tasks(job)
        if job.state == "active":
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", "The job is active")])
        self._move(job, "enabling")
        self._settle_later(job)
        return self._changed(call, job, 202)

    def terminate(self, call: Call) -> Answer:
        """End a job; one that is on its way there can be hurried."""
        body = read_body(call.body, "JobTerminateOptions", optional=True)
        is_forced = call.query.get("force", "").lower() == "true"
        job = self._find(call)
        if not is_forced or job.state != "terminating":
            check_job_takes_tasks(job)
        self.end(job, body.get("terminateReason") or "UserTerminate", is_forced=is_forced)
        return self._changed(call, job, 202)

    def end(self, job: Job, reason: str, *, is_forced: bool = False) -> None:
        """Bring a job to its end, if it is not on its way there; a forced end waits for no release task."""
        if job.state == "terminating" and is_forced:
            self._skip_release(job)
        if job.state in _OVER:
            return
        job.memo["terminateReason"] = reason
        job.memo["isReleased"] = is_forced
        self._move(job, "terminating")
        self._scheduler.end_job(job, "The job was terminated", "complete")
        self._scheduler.preparations.end_job(job, "The job was terminated", is_forced=is_forced)
        self._settle_later(job)

    def _skip_release(self, job: Job) -> None:
        job.memo["isReleased"] = True
        self._state.save(job)
        self._scheduler.preparations.end_job(job, "The end of the job was forced", is_forced=True)
        self._settle_later(job)

    def delete(self, call: Call) -> Answer:
        """Delete a job."""
        job = self._find(call)
        if job.state == "deleting":
            raise ServiceError("JobBeingDeleted")
        self.remove(job, is_forced=call.query.get("force", "").lower() == "true")
        return Answer(202)

    def remove(self, job: Job, *, is_forced: bool = False) -> None:
        """Delete a job with its tasks and files."""
        if job.state == "deleting":
            if is_forced:
                self._skip_release(job)
            return
        job.memo["isReleased"] = is_forced or job.state == "completed" or job.memo.get("isReleased", False)
        self._state.touch(job.document)
        self._move(job, "deleting")
        self._scheduler.end_job(job, "The job was deleted", "discard")
        self._scheduler.preparations.end_job(job, "The job was deleted", is_forced=is_forced)
        self._state.later(job.timers, "settle", self._state.delays.delete, lambda: self.settle(job))

    def settle(self, job: Job) -> None:
        """See whether a job on its way to another state has arrived."""
        if "settle" in job.timers:
            return
        if job.state == "enabling":
            self._move(job, "active")
            self._check_all_complete(job)
            self._scheduler.bind(job)
        elif job.runs:
            return
        elif job.state == "disabling":
            self._move(job, "disabled")
        elif job.state in ("terminating", "deleting") and not self._is_releasing(job):
            if job.state == "terminating":
                self._complete(job)
            else:
                self._forget(job)

    def _is_releasing(self, job: Job) -> bool:
        """See to it that the release task runs where the preparation task ran; whether that is to be waited for."""
        due = [] if job.memo.get("isReleased") else self._scheduler.preparations.unreleased(job)
        for node, is_up in due:
            if is_up and node.key not in job.releasing:
                job.releasing.add(node.key)
                self._state.spawn(self._release_on(job, node))
        if due or job.releasing:
            self._releasing.add(job)
            return True
        self._releasing.discard(job)
        job.memo["isReleased"] = True
        return False

    async def _release_on(self, job: Job, node: Node) -> None:
        await self._scheduler.preparations.release(job, node)
        job.releasing.discard(node.key)
        if not self._state.is_stopping:
            self.settle(job)

    def _node_moved(self, node: Node) -> None:
        """A node that release tasks wait for may be up, or not come up any more."""
        for job in self._releasing:
            if node.key in job.memo.get("nodes", {}):
                asyncio.get_running_loop().call_soon(self._settle_release, job)

    def _settle_release(self, job: Job) -> None:
        if job in self._releasing and not self._state.is_stopping:
            self.settle(job)

    def _complete(self, job: Job) -> None:
        self._move(job, "completed")
        info = job.document["executionInfo"]
        info["endTime"] = self._state.stamp()
        if "terminateReason" in job.memo:
            info["terminateReason"] = job.memo["terminateReason"]
        self._wind_up(job)
        self._state.save(job)
        self.on_ended(job)

    def _wind_up(self, job: Job) -> None:
        for timer in job.timers.values():
            timer.cancel()
        job.timers.clear()
        job.queue, job.dependencies = TaskQueue(), Dependencies()
        job.instances.clear()
        name = job.memo.get("autoPool")
        pool = self._state.pools.get(name) if name is not None else None
        if pool is not None and not job.document["poolInfo"]["autoPoolSpecification"]["keepAlive"]:
            self._pools.remove(pool)

    def _forget(self, job: Job) -> None:
        """The end of a deletion: tasks, a part at a time, then the job itself."""
        if self._state.store.delete_tasks(job.key, _CHUNK) == _CHUNK:
            self._state.plan_commit()
            self._state.later(job.timers, "settle", 0, lambda: self.settle(job))
            return
        self._wind_up(job)
        pool = self._state.pools.get(job.pool_key)
        for node in pool.nodes if pool is not None else ():
            trash(self._state, node.root, job.directory)
        self._scheduler.removed_data(pool)
        self._state.jobs.remove(job.key)
        self._state.forget(job)
        self._statistics.forget("job", job.key)
        self.on_ended(job)

    # What tasks and time do to a job

    def _watch_limit(self, job: Job) -> None:
        timer = job.timers.pop("limit", None)
        if timer is not None:
            timer.cancel()
        limit = duration_seconds(job.document["constraints"]["maxWallClockTime"])
        if limit is not None:
            left = limit - self._state.seconds_since(job.document["creationTime"])
            self._state.later(job.timers, "limit", left, lambda: self.end(job, "MaxWallClockTimeExpiry"))

    def _task_completed(self, job: Job, key: str, document: Document, action: Optional[str]) -> None:
        self._statistics.completed(job, document)
        manager = job.document.get("jobManagerTask")
        if job.state == "disabling" and document["executionInfo"].get("failureInfo", {}).get("code") == "TaskEnded":
            action = None
        if manager is not None and manager["id"].lower() == key and manager["killJobOnCompletion"]:
            self.end(job, "JMComplete")
        elif action == "terminate":
            self.end(job, "TaskFailed")
        elif action == "disable" and job.state == "active":
            self._disable(job, "requeue")
        else:
            self._check_all_complete(job)

    def _check_all_complete(self, job: Job) -> None:
        """End a job that wants to end with its tasks, a little after the last of them."""
        if self._is_all_complete(job) and "all complete" not in job.timers:
            self._state.later(job.timers, "all complete", self._state.delays.settle, lambda: self._all_complete(job))

    @staticmethod
    def _is_all_complete(job: Job) -> bool:
        wanted = job.state == "active" and job.document["onAllTasksComplete"] == "terminatejob"
        return wanted and not job.counts["active"][0] and not job.counts["running"][0]

    def _all_complete(self, job: Job) -> None:
        if self._is_all_complete(job):
            self.end(job, "AllTasksComplete")

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "create_job": self.create,
            "list_jobs": self.list,
            "list_jobs_from_schedule": self.list_from_schedule,
            "get_job": self.get,
            "list_job_preparation_and_release_task_status": self.preparation_status,
            "update_job": self.update,
            "replace_job": self.replace,
            "disable_job": self.disable,
            "enable_job": self.enable,
            "terminate_job": self.terminate,
            "delete_job": self.delete,
        }


def _status(record: Document, base: str) -> Document:
    url = f"{base}/pools/{record['poolId']}/nodes/{record['nodeId']}"
    shown: Document = {"poolId": record["poolId"], "nodeId": record["nodeId"], "nodeUrl": url}
    for name in ("preparation", "release"):
        if name in record:
            info = record[name]
            directory = f"{url}/files/{info['taskRootDirectory']}"
            shown[f"job{name.capitalize()}TaskExecutionInfo"] = {**info, "taskRootDirectoryUrl": directory}
    return shown
