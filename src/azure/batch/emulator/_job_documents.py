"""What a job's document may hold: defaults, limits, contradictions; for plain jobs and for those of schedules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._options import Options
from ._pool_documents import pool_specification
from ._times import SECOND, UNLIMITED, duration_text, parse_duration
from ._validation import (
    at_most,
    check_id,
    check_range,
    check_task_definition,
    default_constraints,
    invalid,
    missing,
    read_body,
    require_exactly_one,
)
from ._wire import Document, ServiceError

__all__ = [
    "check_auto_pool_change",
    "check_job",
    "check_limits",
    "check_pool_info",
    "check_task_id",
    "fill_job_constraints",
    "job_document",
]

_RELEASE_LIMIT = 15 * 60 * SECOND
_TAKEN_IDS = {
    "jobPreparationTask": "TaskIdSameAsJobPreparationTask",
    "jobReleaseTask": "TaskIdSameAsJobReleaseTask",
}


def job_document(body: Any, options: Options) -> Document:
    """A job's document from the body that creates it, checked and with everything the service fills in."""
    document = read_body(body, "JobCreateOptions")
    check_id("id", document["id"])
    check_job(document, options, is_in_schedule=False)
    return document


def check_job(document: Document, options: Options, *, is_in_schedule: bool, path: str = "") -> None:
    """Check a job or a job specification, and fill in what it leaves out."""
    document.setdefault("priority", 0)
    document.setdefault("maxParallelTasks", -1)
    document.setdefault("allowTaskPreemption", False)
    document.setdefault("usesTaskDependencies", False)
    document.setdefault("onAllTasksComplete", "noaction")
    document.setdefault("onTaskFailure", "noaction")
    fill_job_constraints(document)
    check_limits(document, path)
    check_pool_info(document["poolInfo"], options, path, is_in_schedule=is_in_schedule)
    retries = int(document["constraints"]["maxTaskRetryCount"])
    if "jobManagerTask" in document:
        _check_manager(document["jobManagerTask"], retries, path + "jobManagerTask.")
    if "jobPreparationTask" in document:
        task = document["jobPreparationTask"]
        task.setdefault("id", "jobpreparation")
        task.setdefault("waitForSuccess", True)
        task.setdefault("rerunOnNodeRebootAfterSuccess", True)
        check_id(path + "jobPreparationTask.id", task["id"])
        check_task_definition(task, path + "jobPreparationTask.")
        default_constraints(task, 0)
    if "jobReleaseTask" in document:
        if "jobPreparationTask" not in document:
            raise invalid(path + "jobReleaseTask", "", "A release task needs a job preparation task")
        _check_release(document["jobReleaseTask"], path + "jobReleaseTask.")
    _check_task_ids(document)


def check_task_id(job: Document, identifier: str, names: Iterable[str] = _TAKEN_IDS) -> None:
    """Refuse a task the id of one that the service runs for the job: they would share their directories."""
    for name in names:
        if str(job.get(name, {}).get("id", "")).lower() == identifier.lower():
            raise ServiceError(_TAKEN_IDS[name])


def _check_task_ids(document: Document) -> None:
    if "jobManagerTask" in document:
        check_task_id(document, document["jobManagerTask"]["id"])
    if "jobReleaseTask" in document:
        check_task_id(document, document["jobReleaseTask"]["id"], ("jobPreparationTask",))


def fill_job_constraints(document: Document) -> None:
    """Fill in the constraints of a job."""
    constraints = document.setdefault("constraints", {})
    constraints.setdefault("maxWallClockTime", duration_text(UNLIMITED))
    constraints.setdefault("maxTaskRetryCount", 0)


def check_limits(document: Document, path: str = "") -> None:
    """Check the numbers of a job, as far as they are there."""
    check_range(document, "priority", -1000, 1000, path)
    check_range(document, "maxParallelTasks", -1, 2**31 - 1, path)
    if document.get("maxParallelTasks") == 0:
        raise invalid(path + "maxParallelTasks", 0, "The value must be -1 or at least 1")
    check_range(document.get("constraints", {}), "maxTaskRetryCount", -1, 2**31 - 1, path + "constraints.")


def check_pool_info(info: Document, options: Options, path: str, *, is_in_schedule: bool) -> None:
    """Check that a job names a pool, or specifies one of its own."""
    path += "poolInfo"
    if require_exactly_one(info, ("poolId", "autoPoolSpecification"), path) == "poolId":
        check_id(f"{path}.poolId", info["poolId"])
        return
    own = info["autoPoolSpecification"]
    path += ".autoPoolSpecification"
    own.setdefault("keepAlive", False)
    if own["poolLifetimeOption"] == "jobschedule" and not is_in_schedule:
        raise invalid(f"{path}.poolLifetimeOption", "jobschedule", "The job does not belong to a job schedule")
    if "pool" not in own:
        raise missing(f"{path}.pool")
    prefix = own.get("autoPoolIdPrefix")
    if prefix:
        at_most(f"{path}.autoPoolIdPrefix", prefix, 20)
        check_id(f"{path}.autoPoolIdPrefix", prefix)
    own["pool"] = pool_specification(own["pool"], options)


def check_auto_pool_change(present: Document, wanted: Document) -> None:
    """Refuse another specification of a pool that is there; only whether it is kept may change, if the job owns it."""
    path = "poolInfo.autoPoolSpecification."
    for name in sorted({*present, *wanted}):
        if name != "keepAlive" and wanted.get(name) != present.get(name):
            raise invalid(path + name, wanted.get(name), "Of an automatic pool only keepAlive can be changed")
    if wanted["keepAlive"] != present["keepAlive"] and present["poolLifetimeOption"] != "job":
        raise invalid(f"{path}keepAlive", wanted["keepAlive"], "The pool does not belong to the job alone")


def _check_manager(task: Document, retries: int, path: str) -> None:
    check_id(path + "id", task["id"])
    task.setdefault("killJobOnCompletion", True)
    task.setdefault("runExclusive", True)
    task.setdefault("allowLowPriorityNode", True)
    task.setdefault("requiredSlots", 1)
    check_task_definition(task, path)
    default_constraints(task, retries)


def _check_release(task: Document, path: str) -> None:
    task.setdefault("id", "jobrelease")
    task.setdefault("maxWallClockTime", "PT15M")
    task.setdefault("retentionTime", "P7D")
    check_id(path + "id", task["id"])
    check_task_definition(task, path)
    if (parse_duration(task["maxWallClockTime"]) or 0) > _RELEASE_LIMIT:
        raise invalid(path + "maxWallClockTime", task["maxWallClockTime"], "The value must be at most 15 minutes")
