"""Job schedules: which create jobs at their times, one at a time.

A schedule remembers when its next job is due. A time that comes while the last job goes on is kept, as long as the
start window allows, and honoured when that job ends.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Callable, Optional

from ._job_documents import check_job
from ._jobs import Jobs
from ._lists import changed, check_conditions, page, read
from ._pools import Pools
from ._state import Job, Schedule, State
from ._statistics import Statistics
from ._times import duration_seconds, parse_date, text_date
from ._validation import check_id, invalid, missing, read_body, shortest, tidy
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["Schedules", "render_schedule"]

_CLOSED = {
    "completed": "JobScheduleCompleted",
    "terminating": "JobScheduleBeingTerminated",
    "deleting": "JobScheduleBeingDeleted",
}


def render_schedule(schedule: Schedule, base: str) -> Document:
    """A job schedule as the service shows it."""
    shown: Document = {**schedule.document, "url": f"{base}/jobschedules/{schedule.id}"}
    recent = shown["executionInfo"].get("recentJob")
    if recent is not None:
        recent = {**recent, "url": f"{base}/jobs/{recent['id']}"}
        shown["executionInfo"] = {**shown["executionInfo"], "recentJob": recent}
    return shown


class Schedules:
    """The requests about job schedules, and the jobs that they create."""

    def __init__(self, state: State, jobs: Jobs, pools: Pools, statistics: Statistics) -> None:
        self._state = state
        self._statistics = statistics
        self._jobs = jobs
        self._pools = pools
        jobs.on_ended = self._job_ended

    # Creating and showing

    def create(self, call: Call) -> Answer:
        """Create a job schedule; its first job too, if it is due."""
        document = read_body(call.body, "JobScheduleCreateOptions")
        check_id("id", document["id"])
        self._check(document)
        if self._state.jobs.get(document["id"]) is not None:
            raise ServiceError("JobWithSameIdExists")
        if self._state.schedules.get(document["id"]) is not None:
            raise ServiceError("JobScheduleExists")
        document = tidy(document)
        self._state.touch(document)
        now = document["lastModified"]
        document.update(creationTime=now, state="active", stateTransitionTime=now, executionInfo={})
        schedule = Schedule(document["id"].lower(), document, {"jobsMade": 0})
        self._state.schedules.add(schedule.key, schedule)
        self._plan(schedule, self._first_time(schedule))
        return changed(call, 201, document, f"/jobschedules/{schedule.id}", is_new=True)

    def _check(self, document: Document) -> None:
        if "schedule" in document:
            for name in ("startWindow", "recurrenceInterval"):
                shortest(document["schedule"], name, 1, path="schedule.")
            first, last = (document["schedule"].get(name) for name in ("doNotRunUntil", "doNotRunAfter"))
            if first is not None and last is not None and _moment(first) > _moment(last):
                raise invalid("schedule.doNotRunAfter", last, "The value must not be before doNotRunUntil")
        if "jobSpecification" in document:
            options = self._state.options
            check_job(document["jobSpecification"], options, is_in_schedule=True, path="jobSpecification.")

    def load(self) -> None:
        """Take up job schedules from the store."""
        for key, document, memo in self._state.store.load("Schedule"):
            schedule = Schedule(key, document, memo)
            self._state.schedules.add(key, schedule)
            if schedule.state in ("terminating", "deleting"):
                self._settle_later(schedule)
            elif schedule.state != "completed" and "due" in memo:
                self._plan(schedule, _moment(memo["due"]))

    def list_schedules(self, call: Call) -> Answer:
        """A page of job schedules."""
        return page(call, self._state.schedules, lambda schedule: self._show(call, schedule))

    def get(self, call: Call) -> Answer:
        """A job schedule."""
        schedule = self._state.schedule(call.ids["jobScheduleId"])
        check_conditions(call, schedule.document, is_read=True)
        return read(call, self._show(call, schedule))

    def _show(self, call: Call, schedule: Schedule) -> Document:
        return self._statistics.show_schedule(call, schedule, render_schedule(schedule, call.base))

    # Times

    def _first_time(self, schedule: Schedule) -> datetime:
        text = schedule.document["schedule"].get("doNotRunUntil")
        now = self._state.now()
        return max(now, _moment(text)) if text is not None else now

    def _plan(self, schedule: Schedule, due: Optional[datetime]) -> None:
        """Let the next job come at a time; without one there is none to come."""
        if schedule.timer is not None:
            schedule.timer.cancel()
            schedule.timer = None
        info = schedule.document["executionInfo"]
        last = schedule.document["schedule"].get("doNotRunAfter")
        if due is not None and last is not None and due > _moment(last):
            due = None
        if due is None:
            schedule.memo.pop("due", None)
            info.pop("nextRunTime", None)
            self._state.save(schedule)
            self._finish_if_done(schedule)
            return
        schedule.memo["due"] = info["nextRunTime"] = text_date(due)
        self._state.save(schedule)
        seconds = (due - self._state.now()).total_seconds()
        if seconds <= 0:
            self._run(schedule, due)
        else:
            schedule.timer = self._state.clock.call_later(seconds, lambda: self._ring(schedule, due))

    def _ring(self, schedule: Schedule, due: datetime) -> None:
        schedule.timer = None
        if not self._state.is_stopping:
            self._run(schedule, due)

    def _run(self, schedule: Schedule, due: datetime) -> None:
        """A job is due."""
        schedule.memo["pending"] = text_date(due)
        self._run_pending(schedule)
        interval = _interval(schedule)
        if interval is None:
            self._plan(schedule, None)
            return
        missed = max(0, int((self._state.now() - due).total_seconds() // interval))
        self._plan(schedule, _after(due, interval * (missed + 1)))

    def _run_pending(self, schedule: Schedule) -> None:
        """Create the job that is due, if there is one and no other goes on."""
        pending = schedule.memo.get("pending")
        if pending is None or schedule.state != "active" or self._active_job(schedule) is not None:
            return
        del schedule.memo["pending"]
        if self._is_in_time(schedule, _moment(pending)):
            self._create_job(schedule)
        else:
            self._state.save(schedule)

    def _is_in_time(self, schedule: Schedule, due: datetime) -> bool:
        """Whether a job that was due then may still be created."""
        times, now = schedule.document["schedule"], self._state.now()
        window, last = duration_seconds(times.get("startWindow", "")), times.get("doNotRunAfter")
        is_late = window is not None and (now - due).total_seconds() > window
        return not is_late and (last is None or now <= _moment(last))

    def _active_job(self, schedule: Schedule) -> Optional[Job]:
        recent = schedule.document["executionInfo"].get("recentJob")
        job = self._state.jobs.get(recent["id"]) if recent is not None else None
        return job if job is not None and job.state != "completed" else None

    def _create_job(self, schedule: Schedule) -> None:
        number = schedule.memo["jobsMade"] = int(schedule.memo["jobsMade"]) + 1
        document = copy.deepcopy(schedule.document["jobSpecification"])
        document["id"] = f"{schedule.id}:job-{number}"
        # Written first: the job may be over as soon as it exists.
        schedule.document["executionInfo"]["recentJob"] = {"id": document["id"]}
        memo = {"directory": f"workitems/{schedule.id}/job-{number}", "schedule": schedule.key}
        self._jobs.add(document, memo, lambda specification: self._shared_pool(schedule, specification))
        self._state.save(schedule)

    def _shared_pool(self, schedule: Schedule, specification: Document) -> str:
        """The pool for all jobs of a schedule: made for the first one, and again when somebody has deleted it."""
        pool = self._state.pools.get(schedule.memo.get("autoPool", " "))
        if pool is not None and pool.document["state"] == "active":
            return pool.id
        pool_id = self._jobs.create_auto_pool(specification)
        schedule.memo.update(autoPool=pool_id, keepAlive=specification["keepAlive"])
        return pool_id

    def _job_ended(self, job: Job) -> None:
        schedule = self._state.schedules.get(job.memo.get("schedule", " "))
        if schedule is None:
            return
        if schedule.state in ("terminating", "deleting"):
            self._settle(schedule)
            return
        self._run_pending(schedule)
        self._finish_if_done(schedule)

    def _finish_if_done(self, schedule: Schedule) -> None:
        done = "due" not in schedule.memo and "pending" not in schedule.memo
        if "doNotRunAfter" not in schedule.document["schedule"] and _interval(schedule) is not None:
            done = False  # it recurs until it is terminated, even if its next time has no date any more
        if done and schedule.state == "active" and self._active_job(schedule) is None:
            self._complete(schedule)

    # From state to state

    def _move(self, schedule: Schedule, state: str) -> None:
        self._state.move(schedule.document, state)
        self._state.save(schedule)

    def _complete(self, schedule: Schedule) -> None:
        schedule.document["executionInfo"].pop("nextRunTime", None)
        schedule.document["executionInfo"]["endTime"] = self._state.stamp()
        self._move(schedule, "completed")
        self._remove_pool(schedule)

    def _remove_pool(self, schedule: Schedule) -> None:
        pool = self._state.pools.get(schedule.memo.get("autoPool", " "))
        if pool is not None and not schedule.memo["keepAlive"]:
            self._pools.remove(pool)

    def _settle_later(self, schedule: Schedule) -> None:
        if schedule.timer is not None:
            schedule.timer.cancel()

        def ring() -> None:
            schedule.timer = None
            if not self._state.is_stopping:
                self._settle(schedule)

        schedule.timer = self._state.clock.call_later(self._state.delays.settle, ring)

    def _settle(self, schedule: Schedule) -> None:
        """See whether a schedule that ends has nothing left."""
        if schedule.timer is not None:
            return
        if schedule.state == "terminating" and self._active_job(schedule) is None:
            self._complete(schedule)
        elif schedule.state == "deleting" and not self._own_jobs(schedule):
            self._remove_pool(schedule)
            self._state.schedules.remove(schedule.key)
            self._state.forget(schedule)
            self._statistics.forget("schedule", schedule.key)

    def _own_jobs(self, schedule: Schedule) -> list[Job]:
        return [job for job in self._state.jobs if job.memo.get("schedule") == schedule.key]

    # Changing

    def _find(self, call: Call) -> Schedule:
        schedule = self._state.schedule(call.ids["jobScheduleId"])
        check_conditions(call, schedule.document)
        if schedule.state in _CLOSED:
            raise ServiceError(_CLOSED[schedule.state])
        return schedule

    def _changed(self, call: Call, schedule: Schedule, status: int) -> Answer:
        self._state.touch(schedule.document)
        self._state.save(schedule)
        return changed(call, status, schedule.document, f"/jobschedules/{schedule.id}")

    def update(self, call: Call) -> Answer:
        """Replace the parts that are named."""
        body = read_body(call.body, "JobScheduleUpdateOptions")
        self._check(body)
        return self._apply(call, body)

    def replace(self, call: Call) -> Answer:
        """Replace everything."""
        body = read_body(call.body, "JobScheduleUpdateOptions", is_whole_resource=True)
        if "jobSpecification" not in body:
            raise missing("jobSpecification")
        self._check(body)
        return self._apply(call, {"schedule": {}, "metadata": [], **body})

    def _apply(self, call: Call, body: Document) -> Answer:
        schedule = self._find(call)
        schedule.document = tidy({**schedule.document, **body})
        answer = self._changed(call, schedule, 200)
        if "schedule" in body:
            self._plan_again(schedule)
        return answer

    def _plan_again(self, schedule: Schedule) -> None:
        """The times have changed: the next job comes an interval after the last."""
        if "recentJob" not in schedule.document["executionInfo"]:
            self._plan(schedule, self._first_time(schedule))
            return
        interval = _interval(schedule)
        due = _after(self._state.now(), interval) if interval is not None else None
        self._plan(schedule, max(due, self._first_time(schedule)) if due is not None else None)

    def disable(self, call: Call) -> Answer:
        """Create no more jobs."""
        schedule = self._find(call)
        if schedule.state == "active":
            self._move(schedule, "disabled")
        return self._changed(call, schedule, 204)

    def enable(self, call: Call) -> Answer:
        """Create jobs again."""
        schedule = self._find(call)
        answer = self._changed(call, schedule, 204)
        if schedule.state == "disabled":
            self._move(schedule, "active")
            self._run_pending(schedule)
            self._finish_if_done(schedule)
        return answer

    def terminate(self, call: Call) -> Answer:
        """End a schedule and its active job."""
        schedule = self._find(call)
        self._move(schedule, "terminating")
        self._settle_later(schedule)
        job = self._active_job(schedule)
        if job is not None:
            self._jobs.end(job, "TerminateJobSchedule", is_forced=_is_forced(call))
        return self._changed(call, schedule, 202)

    def delete(self, call: Call) -> Answer:
        """Delete a schedule with its jobs."""
        schedule = self._state.schedule(call.ids["jobScheduleId"])
        check_conditions(call, schedule.document)
        if schedule.state == "deleting":
            raise ServiceError("JobScheduleBeingDeleted")
        self._state.touch(schedule.document)
        self._move(schedule, "deleting")
        self._settle_later(schedule)
        for job in self._own_jobs(schedule):
            self._jobs.remove(job, is_forced=_is_forced(call))
        return Answer(202)

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            "create_job_schedule": self.create,
            "list_job_schedules": self.list_schedules,
            "get_job_schedule": self.get,
            "job_schedule_exists": self.get,
            "update_job_schedule": self.update,
            "replace_job_schedule": self.replace,
            "disable_job_schedule": self.disable,
            "enable_job_schedule": self.enable,
            "terminate_job_schedule": self.terminate,
            "delete_job_schedule": self.delete,
        }


def _interval(schedule: Schedule) -> Optional[float]:
    """Seconds between two jobs; None when there is one job only."""
    return duration_seconds(schedule.document["schedule"].get("recurrenceInterval", ""))


def _after(moment: datetime, seconds: float) -> Optional[datetime]:
    """A later moment; None when it is after the last date there is."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _moment(text: str) -> datetime:
    moment = parse_date(text)
    assert moment is not None, text
    return moment


def _is_forced(call: Call) -> bool:
    return call.query.get("force", "").lower() == "true"
