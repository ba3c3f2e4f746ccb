"""Which running tasks make room for a waiting one of a more important job, where their jobs allow it.

Only as many tasks as must be are displaced, on the nodes where that costs least: those of the least important job, and
of these the ones that came last. Room that is being made already counts as made, so that nothing is displaced twice for
one task.
"""

from __future__ import annotations

from typing import Optional

from ._state import Activity, Job, Node

__all__ = ["displaced"]


def displaced(job: Job, slots: int, number: int, nodes: list[Node]) -> list[Activity]:
    """The tasks whose end lets a task of the job come to so many of these nodes, with so many slots on each."""
    ways = [way for way in (_way(job, slots, node) for node in nodes) if way is not None]
    if len(ways) < number:
        return []
    cheapest = sorted(ways, key=lambda way: sum(run.slots for run in way))[:number]
    return list(dict.fromkeys(run for way in cheapest for run in way))


def _way(job: Job, slots: int, node: Node) -> Optional[list[Activity]]:
    """What has to leave a node; None when that is not enough or not allowed."""
    free = node.pool.slots - node.used + sum(run.slots for run in node.runs if run.message is not None)
    leaving: list[Activity] = []
    newest = sorted(node.runs, key=lambda run: str(run.document["stateTransitionTime"]), reverse=True)
    for run in sorted(newest, key=lambda run: int(run.job.document["priority"])):
        if free >= slots:
            break
        if _yields(run, job):
            leaving.append(run)
            free += run.slots
    return leaving if free >= slots else None


def _yields(run: Activity, job: Job) -> bool:
    owner = run.job.document
    return run.message is None and owner["allowTaskPreemption"] and owner["priority"] < job.document["priority"]
