"""What jobs and schedules are refused for, over HTTP, and what is then left of them."""

from __future__ import annotations

from typing import Any

from support.resources import IMAGE

NOWHERE = {"poolInfo": {"poolId": "nowhere"}}


def test_a_job_that_is_refused_is_not_there(raw: Any) -> None:
    preparation = {"id": "SAME", "commandLine": "x"}
    body = {"jobManagerTask": {"id": "same", "commandLine": "x"}, "jobPreparationTask": preparation, **NOWHERE}
    reply = raw.send("POST", "/jobs", {"id": "refused", **body})
    assert (reply.status, reply.code) == (409, "TaskIdSameAsJobPreparationTask")
    assert raw.get("/jobs/refused").code == "JobNotFound"


def test_a_job_is_replaced_together_with_its_pool(raw: Any) -> None:
    assert raw.send("POST", "/jobs", {"id": "replaced", **NOWHERE}).status == 201
    reply = raw.send("PUT", "/jobs/replaced", {"priority": 1})
    assert (reply.status, reply.code, reply.values) == (400, "MissingRequiredProperty", {"PropertyName": "poolInfo"})
    assert raw.send("PUT", "/jobs/replaced", {**NOWHERE, "priority": 1}).status == 200


def test_a_schedule_that_ends_before_it_begins_is_refused(raw: Any) -> None:
    times = {"doNotRunUntil": "2031-01-02T00:00:00Z", "doNotRunAfter": "2031-01-01T00:00:00Z"}
    reply = raw.send("POST", "/jobschedules", {"id": "backwards", "schedule": times, "jobSpecification": NOWHERE})
    assert (reply.status, reply.code) == (400, "InvalidPropertyValue")
    assert reply.values["PropertyName"] == "schedule.doNotRunAfter"


def test_a_job_whose_pool_cannot_be_made_says_why(raw: Any) -> None:
    own: dict[str, Any] = {"vmSize": "standard_d2s_v3", "virtualMachineConfiguration": IMAGE, "targetDedicatedNodes": 0}
    own["applicationPackageReferences"] = [{"applicationId": "none"}]
    info = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": own}}
    assert raw.send("POST", "/jobs", {"id": "poolless", "poolInfo": info}).status == 201
    job = raw.get("/jobs/poolless").json
    assert job["state"] == "completed"
    assert job["executionInfo"]["schedulingError"]["code"] == "InvalidApplicationPackageReferencesInAutoPool"
    assert raw.send("PATCH", "/jobs/poolless", {"priority": 1}).code == "JobCompleted"
