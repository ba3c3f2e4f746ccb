"""Lifetime statistics of pools, jobs, job schedules and tasks, and the usage of pools by half hours.

They are counters that grow as things happen and are written down with what made them grow, so that showing them reads
no task, and a restart loses none. Where the service rolls them up now and then, these are true at every moment; what a
run used is added when it ends. Processor time, reads and writes are those of the processes that ran (see ``_usage``): a
simulation has none. Memory in use on average, disk space and network traffic are not measured, and always 0.
https://learn.microsoft.com/rest/api/batchservice/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, Optional

from ._lists import page_items
from ._odata import invalid_query
from ._scheduler import Run, Scheduler
from ._state import Job, Node, Pool, Schedule, State
from ._times import SECOND, duration_text, parse_date, text_date
from ._usage import Usage
from ._vm_sizes import cores
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["Statistics"]

_GIB = 2**30
_KEPT = 10_000
"""Nodes that are gone whose time is remembered for the usage of pools."""

_SLOT = timedelta(minutes=30)
_LAG = timedelta(hours=2)
"""How old the newest usage of pools is that can be asked for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(eq=False)
class Totals:
    """What everything that ended in one pool, job or schedule came to."""

    key: str
    document: Document = field(default_factory=dict[str, Any])
    """Sums by name; what is not there is 0."""
    memo: Document = field(default_factory=dict[str, Any])

    def add(self, **numbers: float) -> None:
        """Add to some of the sums."""
        for name, number in numbers.items():
            if number:
                self.document[name] = self.document.get(name, 0) + number

    def use(self, usage: Usage, wall: float) -> None:
        """Add what a run used."""
        self.add(wall=wall, **usage._replace(memory=0)._asdict())
        if usage.memory:
            self.document["memory"] = max(usage.memory, self.document.get("memory", 0))

    def __getitem__(self, name: str) -> float:
        return float(self.document.get(name, 0))


class _Period(NamedTuple):
    """The time that a node was part of its pool."""

    pool: str
    size: str
    start: datetime
    end: datetime


class Statistics:
    """Counts what happens, and shows it."""

    def __init__(self, state: State, scheduler: Scheduler) -> None:
        self._state = state
        self._totals: dict[str, Totals] = {}
        self._changed: set[Totals] = set()
        self._periods: deque[tuple[str, _Period]] = deque()
        scheduler.on_ran = self._ran
        state.before_commit = self._write

    def load(self) -> None:
        """Take up what the store holds."""
        for key, document, memo in self._state.store.load("Totals"):
            self._totals[key] = Totals(key, document, memo)
        found = [(key, _read_period(document)) for key, document, _ in self._state.store.load("Period")]
        self._periods.extend(sorted(found, key=lambda entry: entry[1].end))

    def _of(self, kind: str, key: str) -> Totals:
        name = f"{kind}/{key}"
        if name not in self._totals:
            self._totals[name] = Totals(name)
        return self._totals[name]

    def _count(self, kind: str, key: str) -> Totals:
        totals = self._of(kind, key)
        if not self._changed:
            self._state.plan_commit()
        self._changed.add(totals)
        return totals

    def _write(self) -> None:
        for totals in self._changed:
            self._state.store.save("Totals", totals.key, totals.document, totals.memo)
        self._changed.clear()

    # What happens

    def _ran(self, run: Run, began: datetime, usage: Usage) -> None:
        """A try of a task is over."""
        wall = (self._state.now() - began).total_seconds()
        own = Totals("", run.document.setdefault("usage", {}))
        own.use(usage, wall)
        for totals in self._concerned(run.job):
            totals.use(usage, wall)
        if self._state.pools.get(run.node.pool.key) is run.node.pool:
            self._count("pool", run.node.pool.key).use(usage, wall)

    def completed(self, job: Job, document: Document) -> None:
        """A task is over."""
        info = document["executionInfo"]
        name = "succeeded" if info["result"] == "success" else "failed"
        for totals in self._concerned(job):
            totals.add(wait=_wait(document), retries=info["retryCount"], **{name: 1})

    def _concerned(self, job: Job) -> Iterator[Totals]:
        if self._state.jobs.get(job.key) is job:
            yield self._count("job", job.key)
        schedule = self._state.schedules.get(job.memo.get("schedule", " "))
        if schedule is not None:
            yield self._count("schedule", schedule.key)

    def node_left(self, node: Node) -> None:
        """A node is no longer part of its pool."""
        period = self._period(node, self._state.now())
        self._periods.append((node.key, period))
        document = {**period._asdict(), "start": text_date(period.start), "end": text_date(period.end)}
        self._state.store.save("Period", node.key, document, {})
        if len(self._periods) > _KEPT:
            self._state.store.remove("Period", self._periods.popleft()[0])
        seconds = _core_seconds(period)
        self._count("pool", node.pool.key).add(
            coreTime=seconds, dedicatedCoreTime=seconds if node.document["isDedicated"] else 0
        )

    def forget(self, kind: str, key: str) -> None:
        """A pool, job or schedule is gone, and its statistics with it."""
        totals = self._totals.pop(f"{kind}/{key}", None)
        if totals is not None:
            self._changed.discard(totals)
            self._state.store.remove("Totals", totals.key)

    # Showing

    def show_task(self, call: Call, document: Document, shown: Document) -> Document:
        """A task as the service shows it, with its statistics if the request asks for them."""
        if "$expand" not in call.query:
            return shown
        numbers = _execution_numbers(Totals("", document.get("usage", {})), _wait(document))
        return self._with(shown, numbers)

    def show_job(self, call: Call, job: Job, shown: Document) -> Document:
        """A job as the service shows it, with its statistics if the request asks for them."""
        return self._show_tasks(call, self._of("job", job.key), shown)

    def show_schedule(self, call: Call, schedule: Schedule, shown: Document) -> Document:
        """A job schedule as the service shows it, with its statistics if the request asks for them."""
        return self._show_tasks(call, self._of("schedule", schedule.key), shown)

    def _show_tasks(self, call: Call, totals: Totals, shown: Document) -> Document:
        if "$expand" not in call.query:
            return shown
        numbers = _execution_numbers(totals, totals["wait"])
        for name, counter in (("Succeeded", "succeeded"), ("Failed", "failed")):
            numbers[f"num{name}Tasks"] = _whole(totals[counter])
        return self._with(shown, {**numbers, "numTaskRetries": _whole(totals["retries"])})

    def show_pool(self, call: Call, pool: Pool, shown: Document) -> Document:
        """A pool as the service shows it, with its statistics if the request asks for them."""
        if "$expand" not in call.query:
            return shown
        totals, now = self._of("pool", pool.key), self._state.now()
        times = [(_core_seconds(self._period(node, now)), node.document["isDedicated"]) for node in pool.nodes]
        every = totals["coreTime"] + sum(seconds for seconds, _ in times)
        dedicated = totals["dedicatedCoreTime"] + sum(seconds for seconds, is_dedicated in times if is_dedicated)
        processor = totals["user"] + totals["kernel"]
        covered = self._covered(shown)
        resources: Document = {
            **covered,
            "avgCPUPercentage": min(100.0, 100 * processor / every) if every else 0.0,
            "avgMemoryGiB": 0.0,
            "peakMemoryGiB": totals["memory"] / _GIB,
            "avgDiskGiB": 0.0,
            "peakDiskGiB": 0.0,
            "diskReadIOps": _whole(totals["reads"]),
            "diskWriteIOps": _whole(totals["writes"]),
            "diskReadGiB": totals["bytes_read"] / _GIB,
            "diskWriteGiB": totals["bytes_written"] / _GIB,
            "networkReadGiB": 0.0,
            "networkWriteGiB": 0.0,
        }
        usage = {**covered, "dedicatedCoreTime": _duration(dedicated)}
        return self._with(shown, {"usageStats": usage, "resourceStats": resources})

    def _with(self, shown: Document, numbers: Document) -> Document:
        return {**shown, "stats": {"url": f"{shown['url']}/stats", **self._covered(shown), **numbers}}

    def _covered(self, shown: Document) -> Document:
        return {"startTime": shown["creationTime"], "lastUpdateTime": self._state.stamp()}

    # The usage of pools

    @staticmethod
    def _period(node: Node, end: datetime) -> _Period:
        start = parse_date(node.document["allocationTime"]) or end
        return _Period(node.pool.id, str(node.document["vmSize"]), start, end)

    def list_pool_usage(self, call: Call) -> Answer:
        """A page of how many hours cores were part of pools, by half hours; also of pools that are gone."""
        start, end = self._asked(call)
        hours: dict[tuple[datetime, str, str], float] = {}
        for period in self._all_periods():
            slot = max(_slot(period.start), start)
            while slot < min(period.end, end):
                inside = min(period.end, slot + _SLOT) - max(period.start, slot)
                place = (slot, period.pool, period.size)
                hours[place] = hours.get(place, 0.0) + cores(period.size) * (inside / timedelta(hours=1))
                slot += _SLOT
        items = [(f"{text_date(place[0])} {place[1]} {place[2]}", (place, hours[place])) for place in sorted(hours)]
        return page_items(call, items, _show_usage)

    def _all_periods(self) -> Iterator[_Period]:
        yield from (period for _, period in self._periods)
        now = self._state.now()
        for pool in self._state.pools:
            yield from (self._period(node, now) for node in pool.nodes)

    def _asked(self, call: Call) -> tuple[datetime, datetime]:
        """The half hours that a request asks for; the last that is known when it does not say."""
        newest = self._state.now() - _LAG
        start, end = (parse_date(call.query.get(name, "")) for name in ("startTime", "endtime"))
        _refuse_later(call, "startTime", start, newest - _SLOT)
        _refuse_later(call, "endtime", end, newest)
        last = _slot(newest)
        if start is not None and end is not None and start >= end:
            raise invalid_query("endtime", call.query["endtime"], "it is not after the start")
        final = end if end is not None else last
        # Before an end in the very first half hour there would be none; nothing was used then.
        return _slot(start if start is not None else _slot(max(final, _EPOCH)) - _SLOT), final


def _refuse_later(call: Call, name: str, asked: Optional[datetime], newest: datetime) -> None:
    if asked is not None and asked > newest:
        values = [("QueryParameterName", name), ("QueryParameterValue", call.query[name])]
        values.append(("MaximumAllowed", text_date(newest)))
        raise ServiceError("OutOfRangeQueryParameterValue", values=values)


def _slot(moment: datetime) -> datetime:
    return moment - (moment - _EPOCH) % _SLOT


def _core_seconds(period: _Period) -> float:
    return cores(period.size) * max(0.0, (period.end - period.start).total_seconds())


def _read_period(document: Document) -> _Period:
    start, end = (parse_date(document[name]) or _EPOCH for name in ("start", "end"))
    return _Period(document["pool"], document["size"], start, end)


def _show_usage(entry: tuple[tuple[datetime, str, str], float]) -> Document:
    (slot, pool, size), hours = entry
    return {
        "poolId": pool,
        "startTime": text_date(slot),
        "endTime": text_date(slot + _SLOT),
        "vmSize": size,
        "totalCoreHours": hours,
    }


def _wait(document: Document) -> float:
    """Seconds from the creation of a task to the start of its latest run; 0 before its first."""
    began = parse_date(document["executionInfo"].get("startTime", ""))
    created = parse_date(document["creationTime"])
    return max(0.0, (began - created).total_seconds()) if began is not None and created is not None else 0.0


def _execution_numbers(totals: Totals, wait: float) -> Document:
    return {
        "userCPUTime": _duration(totals["user"]),
        "kernelCPUTime": _duration(totals["kernel"]),
        "wallClockTime": _duration(totals["wall"]),
        "readIOps": _whole(totals["reads"]),
        "writeIOps": _whole(totals["writes"]),
        "readIOGiB": totals["bytes_read"] / _GIB,
        "writeIOGiB": totals["bytes_written"] / _GIB,
        "waitTime": _duration(wait),
    }


def _duration(seconds: float) -> str:
    return duration_text(round(seconds * SECOND))


def _whole(number: float) -> str:
    return str(int(number))
