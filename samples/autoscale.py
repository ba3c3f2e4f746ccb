"""Let a pool scale itself by a formula: try the formula, enable it, and watch the pool grow with the work and shrink.

A formula is tried with ``evaluate_pool_auto_scale`` before it is used: it changes nothing, and tells what each variable
would be, or what is wrong. The service evaluates formulas every five minutes at most, over samples that it takes of the
pool, see https://learn.microsoft.com/azure/batch/batch-automatic-scaling.

The local emulator simulates: nothing is executed, and hours go by in an instant. On a real account the program takes
half an hour and the cost of up to five small nodes.

Run it with ``python samples/autoscale.py``.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Optional

from azure.core.exceptions import HttpResponseError

from _account import batch_client, deleted_at_end, linux_pool, local_emulator, new_id
from azure.batch import BatchClient, models
from azure.batch.emulator import BatchEmulator, Delays, Outcome

TASKS = 12
MINUTES = 10
MOST_NODES = 5
INTERVAL = timedelta(minutes=5)
NOTHING = "$TargetDedicatedNodes = 0;"
WRONG = "$TargetDedicatedNodes = pending;"
HASTY = "$TargetDedicatedNodes = avg($PendingTasks.GetSample(TimeInterval_Hour, 90));"
FORMULA = f"""
    // A node for every two tasks that wait or run; without enough samples, as many as there are tasks now.
    enough = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 5) >= 70;
    pending = enough ? avg($PendingTasks.GetSample(TimeInterval_Minute * 5)) : max(0, $PendingTasks.GetSample(1));
    $TargetDedicatedNodes = min({MOST_NODES}, max(0, (pending + 1) / 2));
    $NodeDeallocationOption = taskcompletion;
"""


def wait(emulator: Optional[BatchEmulator], duration: timedelta) -> None:
    """Let time go by, in the simulation or really."""
    if emulator is not None:
        emulator.advance(duration)
    else:
        time.sleep(duration.total_seconds())


def try_formula(client: BatchClient, pool_id: str, formula: str) -> None:
    """Print what a formula would come to now."""
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula=formula)
    try:
        run = client.evaluate_pool_auto_scale(pool_id, options)
    except HttpResponseError as error:  # it is no formula
        print(f"    {error}")
        return
    print(f"    {run.results}")
    if run.error is not None:  # it is one, but has no value now
        print(f"    {run.error.code}: {'; '.join(detail.value or '' for detail in run.error.error_values or ())}")


def submit(client: BatchClient, name: str) -> None:
    """Give the pool some work."""
    client.create_job(models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id=name)))
    command = f"sleep {MINUTES * 60}"
    client.create_tasks(
        name, [models.BatchTaskCreateOptions(id=f"work-{number}", command_line=command) for number in range(TASKS)]
    )


def watch(emulator: Optional[BatchEmulator], client: BatchClient, name: str) -> None:
    """Print the pool each five minutes, until the work is done and all nodes are gone."""

    def now() -> datetime:
        return emulator.now if emulator is not None else datetime.now(timezone.utc)

    began = now()
    print(" minute  tasks  target  nodes")
    while True:
        pool = client.get_pool(name, select=["targetDedicatedNodes", "currentDedicatedNodes"])
        counts = client.get_job_task_counts(name).task_counts
        left = counts.active + counts.running
        nodes = pool.current_dedicated_nodes or 0
        minute = (now() - began) // timedelta(minutes=1)
        print(f"{minute:7} {left:6} {pool.target_dedicated_nodes:7} {nodes:6}  {'#' * nodes}", flush=True)
        if not left and not nodes:
            return
        wait(emulator, INTERVAL)


def main() -> None:
    """Run the program."""
    name = new_id("autoscale")
    simulation = local_emulator(simulate=Outcome(duration=MINUTES * 60), delays=Delays.none())
    with simulation as emulator, batch_client(emulator) as client, deleted_at_end(client, name):
        client.create_pool(
            linux_pool(
                name, enable_auto_scale=True, auto_scale_formula=NOTHING, auto_scale_evaluation_interval=INTERVAL
            )
        )
        submit(client, name)
        wait(emulator, timedelta(minutes=1))
        print("A formula with a mistake:")
        try_formula(client, name, WRONG)
        print("A formula that needs the samples of an hour:")
        try_formula(client, name, HASTY)
        print("The formula:")
        try_formula(client, name, FORMULA)
        client.enable_pool_auto_scale(
            name,
            models.BatchPoolEnableAutoScaleOptions(auto_scale_formula=FORMULA, auto_scale_evaluation_interval=INTERVAL),
        )
        watch(emulator, client, name)


if __name__ == "__main__":
    main()
