"""Tasks: adding, showing, ending, reviving and deleting them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable, Optional, cast

from . import _odata
from ._dependencies import task_number
from ._execution import trash
from ._job_documents import check_task_id
from ._lists import changed, check_conditions, dated, page_items, read, start_of
from ._process import Failure, Outcome
from ._scheduler import Scheduler
from ._state import Job, State
from ._statistics import Statistics
from ._validation import (
    check_id,
    check_range,
    check_resource_files,
    check_task_definition,
    default_constraints,
    invalid,
    read_body,
    tidy,
)
from ._wire import Answer, Call, Document, ServiceError, error_document

__all__ = ["Tasks", "check_job_takes_tasks", "render_task"]

_MOST = 100
_MOST_DEPENDENCIES = 64_000
"""Characters of all ids that a task depends on, and here of all ranges too, whose limit the service does not tell."""
_CLOSED = {"terminating": "JobBeingTerminated", "completed": "JobCompleted", "deleting": "JobBeingDeleted"}


def check_job_takes_tasks(job: Job) -> None:
    """Refuse what a job that ends or has ended takes no more."""
    if job.state in _CLOSED:
        raise ServiceError(_CLOSED[job.state])


def render_task(job: Job, document: Document, base: str) -> Document:
    """A task as the service shows it."""
    shown = {**document, "url": f"{base}/jobs/{job.id}/tasks/{document['id']}"}
    for name in ("subtasks", "usage"):
        shown.pop(name, None)
    if "nodeInfo" in document:
        shown["nodeInfo"] = with_node_urls(document["nodeInfo"], base)
    return shown


def with_node_urls(place: Document, base: str) -> Document:
    """Where a task ran, with the addresses of node and directory."""
    url = f"{base}/pools/{place['poolId']}/nodes/{place['nodeId']}"
    directory = str(place["taskRootDirectory"]).replace("\\", "/")
    return {**place, "nodeUrl": url, "taskRootDirectoryUrl": f"{url}/files/{directory}"}


class Tasks:
    """The requests about tasks."""

    def __init__(self, state: State, scheduler: Scheduler, statistics: Statistics) -> None:
        self._state = state
        self._statistics = statistics
        self._scheduler = scheduler
        self.on_deleted: Callable[[Job], None] = lambda _: None
        """Told when a task of a job was deleted."""

    # Adding

    def create(self, call: Call) -> Answer:
        """Add a task."""
        job = self._state.job(call.ids["jobId"])
        body = read_body(call.body, "TaskCreateOptions")
        check_job_takes_tasks(job)
        document = self.add(job, body)
        return changed(call, 201, document, f"/jobs/{job.id}/tasks/{document['id']}", is_new=True)

    def create_collection(self, call: Call) -> Answer:
        """Add up to 100 tasks, each for itself."""
        job = self._state.job(call.ids["jobId"])
        given = (call.body or {}).get("value")
        if not isinstance(given, list):
            raise ServiceError("InvalidRequestBody", values=[("PropertyName", "value")])
        tasks = cast("list[object]", given)
        if len(tasks) > _MOST:
            raise invalid("value", len(tasks), f"At most {_MOST} tasks can be added at once")
        check_job_takes_tasks(job)
        results = [self._add_item(call, job, item) for item in tasks]
        return dated(Answer(200, body={"value": results}), job.document["lastModified"])

    def _add_item(self, call: Call, job: Job, item: Any) -> Document:
        try:
            document = self.add(job, read_body(item, "TaskCreateOptions"))
        except ServiceError as error:
            identifier = str(cast("Document", item).get("id", "")) if isinstance(item, dict) else ""
            return {"status": "clienterror", "taskId": identifier, "error": error_document(error)}
        return {
            "status": "success",
            "taskId": document["id"],
            "eTag": document["eTag"],
            "lastModified": document["lastModified"],
            "location": f"{call.base}/jobs/{job.id}/tasks/{document['id']}",
        }

    def add(self, job: Job, body: Document) -> Document:
        """Add a task from a body that was read."""
        document: Document = _task_document(job, body)
        key = document["id"].lower()
        if self._state.store.has_task(job.key, key):
            raise ServiceError("TaskExists")
        self._state.touch(document)
        document["creationTime"] = document["stateTransitionTime"] = document["lastModified"]
        depends_on = document.get("dependsOn")
        seq = self._state.store.add_task(
            job.key,
            key,
            document,
            number=task_number(key),
            waits=bool(depends_on),
            expires=self._scheduler.lifetimes.longest(self._state.now().timestamp()),
        )
        self._state.plan_commit()
        job.count("active", 1, int(document["requiredSlots"]))
        self._scheduler.queue(job, key, document, seq)
        return document

    # Showing

    def _find(self, call: Call, *, is_read: bool = False) -> tuple[Job, str, Document]:
        job = self._state.job(call.ids["jobId"])
        key = call.ids["taskId"].lower()
        document = self.document(job, key)
        if document is None:
            raise ServiceError("TaskNotFound")
        check_conditions(call, document, is_read=is_read)
        return job, key, document

    def document(self, job: Job, key: str) -> Optional[Document]:
        """A task's document; that of a running task is the one its run goes on changing."""
        run = job.runs.get(key)
        return run.document if run is not None else self._state.store.get_task(job.key, key)

    def get(self, call: Call) -> Answer:
        """A task."""
        job, _, document = self._find(call, is_read=True)
        return read(call, self._show(call, job, document))

    def _show(self, call: Call, job: Job, document: Document) -> Document:
        return self._statistics.show_task(call, document, render_task(job, document, call.base))

    def list(self, call: Call) -> Answer:
        """A page of a job's tasks."""
        job = self._state.job(call.ids["jobId"])
        return page_items(call, self._rows(call, job), lambda document: self._show(call, job, document))

    def _rows(self, call: Call, job: Job) -> Iterator[tuple[str, Document]]:
        text = call.query.get("$filter")
        wanted = _odata.parse_filter(text, call.operation) if text else None
        state = wanted.equals("state") if wanted is not None else None
        identifier = wanted.equals("id") if wanted is not None else None
        result = wanted.equals("executionInfo/result") if wanted is not None else None
        size = min(1000, max(100, _odata.page_size(call.query) + 1))
        last = start_of(call)
        while True:
            rows = self._state.store.page_tasks(
                job.key,
                last,
                size,
                state=state.lower() if state is not None else None,
                key=identifier.lower() if identifier is not None else None,
                failed=result == "failure",
            )
            yield from rows
            if len(rows) < size:
                return
            last = rows[-1][0]

    def counts(self, call: Call) -> Answer:
        """How many tasks of a job are in which state."""
        job = self._state.job(call.ids["jobId"])
        kinds: list[Document] = []
        for index in (0, 1):
            kind = {name: numbers[index] for name, numbers in job.counts.items()}
            kind["completed"] = kind["succeeded"] + kind["failed"]
            kinds.append(kind)
        return dated(
            Answer(200, body={"taskCounts": kinds[0], "taskSlotCounts": kinds[1]}), job.document["lastModified"]
        )

    def subtasks(self, call: Call) -> Answer:
        """The subtasks of a multi-instance task."""
        _, _, document = self._find(call, is_read=True)
        items = [
            (f"{item['id']:09}", {**item, "nodeInfo": with_node_urls(item["nodeInfo"], call.base)})
            for item in document.get("subtasks", [])
        ]
        return page_items(call, items, lambda item: item)

    # Changing

    def replace(self, call: Call) -> Answer:
        """Replace the constraints of a task."""
        body = call.body or {}
        constraints = read_body(body.get("constraints") or {}, "TaskConstraints")
        check_range(constraints, "maxTaskRetryCount", -1, 2**31 - 1, "constraints.")
        job, key, document = self._find(call)
        if document["state"] == "completed":
            raise ServiceError("TaskCompleted")
        document["constraints"] = constraints
        default_constraints(document, int(job.document["constraints"]["maxTaskRetryCount"]))
        return self._changed(call, 200, job, key, document)

    def _changed(self, call: Call, status: int, job: Job, key: str, document: Document) -> Answer:
        self._state.touch(document)
        satisfied = document["state"] == "completed" and self._state.store.is_satisfied(job.key, key)
        self._state.store.save_task(job.key, key, document, satisfied=satisfied)
        self._state.plan_commit()
        return changed(call, status, document, f"/jobs/{job.id}/tasks/{document['id']}")

    def terminate(self, call: Call) -> Answer:
        """End a task."""
        job, key, document = self._find(call)
        if document["state"] == "completed":
            raise ServiceError("TaskCompleted")
        message = "Task was ended by user request"
        run = job.runs.get(key)
        if run is not None:
            run.end(message)
        else:
            self._scheduler.unqueue(job, key)
            failure = Failure("usererror", "TaskEnded", message)
            self._scheduler.complete(job, key, document, Outcome(None, failure), "active")
        return self._changed(call, 204, job, key, document)

    def reactivate(self, call: Call) -> Answer:
        """Let a failed task run again."""
        job, key, document = self._find(call)
        check_job_takes_tasks(job)
        if document["state"] != "completed":
            raise ServiceError("TaskNotCompleted")
        info = document["executionInfo"]
        if info["result"] == "success":
            raise ServiceError("TaskSucceeded")
        for name in ("containerInfo", "exitCode", "failureInfo", "result", "endTime", "lastRetryTime"):
            info.pop(name, None)
        info["retryCount"] = 0
        self._state.move(document, "active")
        weight = int(document["requiredSlots"])
        job.count("failed", -1, weight)
        job.count("active", 1, weight)
        answer = self._changed(call, 204, job, key, document)
        self._scheduler.lifetimes.begin(job, key, document)
        store = self._state.store
        is_released = not store.is_waiting(job.key, key)
        self._scheduler.queue(job, key, document, store.get_seq(job.key, key), is_released=is_released)
        return answer

    def delete(self, call: Call) -> Answer:
        """Delete a task with its files."""
        job, key, document = self._find(call)
        run = job.runs.get(key)
        if run is not None:
            self._scheduler.discard(run)
        else:
            self._scheduler.unqueue(job, key)
            result = document["executionInfo"].get("result")
            name = document["state"] if result is None else ("succeeded" if result == "success" else "failed")
            job.count(name, -1, int(document["requiredSlots"]))
            self._remove_files(job, document)
        self._scheduler.forget(job, key)
        self._scheduler.removed_data(self._state.pools.get(job.pool_key))
        self.on_deleted(job)
        return Answer(200)

    def _remove_files(self, job: Job, document: Document) -> None:
        place = document.get("nodeInfo")
        pool = self._state.pools.get(place["poolId"]) if place is not None else None
        for node in pool.nodes if pool is not None else ():
            trash(self._state, node.root, f"{job.directory}/{document['id']}")

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "create_task": self.create,
            "create_task_collection": self.create_collection,
            "get_task": self.get,
            "list_tasks": self.list,
            "get_job_task_counts": self.counts,
            "list_subtasks": self.subtasks,
            "replace_task": self.replace,
            "terminate_task": self.terminate,
            "reactivate_task": self.reactivate,
            "delete_task": self.delete,
        }


def _task_document(job: Job, body: Document) -> Document:
    """A task's document from the body that creates it, with everything the service fills in."""
    document: Document = {**body}
    check_id("id", document["id"])
    check_task_id(job.document, document["id"])
    check_task_definition(document)
    document.setdefault("requiredSlots", 1)
    default_constraints(document, int(job.document["constraints"]["maxTaskRetryCount"]))
    _check_dependencies(job, document.get("dependsOn"))
    _check_exit_conditions(job, document.get("exitConditions", {}))
    settings = document.get("multiInstanceSettings")
    if settings is not None:
        settings.setdefault("numberOfInstances", 1)
        check_range(settings, "numberOfInstances", 1, 10_000, "multiInstanceSettings.")
        check_resource_files(settings.get("commonResourceFiles", []), "multiInstanceSettings.commonResourceFiles")
        if document["requiredSlots"] != 1:
            raise invalid("requiredSlots", document["requiredSlots"], "A multi-instance task takes one slot")
    document["executionInfo"] = {"retryCount": 0, "requeueCount": 0}
    document["state"] = "active"
    result: Document = tidy(document)
    return result


def _check_dependencies(job: Job, depends_on: Optional[Document]) -> None:
    if not depends_on:
        return
    if not job.document["usesTaskDependencies"]:
        raise ServiceError("TaskDependenciesNotSpecifiedOnJob")
    if sum(len(name) for name in depends_on.get("taskIds", [])) > _MOST_DEPENDENCIES:
        raise ServiceError("TaskDependencyListTooLong")
    ranges: list[Document] = depends_on.get("taskIdRanges", [])
    if sum(len(f"{bounds['start']}-{bounds['end']}") for bounds in ranges) > _MOST_DEPENDENCIES:
        raise ServiceError("TaskDependencyRangesTooLong")
    for bounds in ranges:
        if not 0 <= bounds["start"] <= bounds["end"]:
            raise invalid("dependsOn.taskIdRanges", f"{bounds['start']}-{bounds['end']}", "The range is empty")


def _check_exit_conditions(job: Job, conditions: Document) -> None:
    rules = [*conditions.get("exitCodes", []), *conditions.get("exitCodeRanges", [])]
    options = [rule["exitOptions"] for rule in rules]
    options += [conditions[name] for name in ("preProcessingError", "fileUploadError", "default") if name in conditions]
    if job.document["onTaskFailure"] == "performexitoptionsjobaction":
        return
    for option in options:
        if option.get("jobAction", "none") != "none":
            raise invalid("jobAction", option["jobAction"], "The job's onTaskFailure is noaction")
