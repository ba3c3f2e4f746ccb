"""What waiting can come to when it does not come to its end: each error provoked, and what it knows.

``wait_for_tasks`` and ``wait_for_nodes`` end as soon as the end cannot come any more, and say why. A time-out is a
``TimeoutError`` that holds how things stood, so that a program can go on waiting. ``ensure_pool`` and ``ensure_job``
tell where what is there differs from what was asked for.

It always starts a local emulator, which lets a quota be used up to order (``Fault``).

Run it with ``python samples/waiting_errors.py``.
"""

from __future__ import annotations

from textwrap import indent

from _account import linux_pool
from azure.batch import (
    BatchClient,
    JobEndedError,
    NodesNotReadyError,
    NodesTimeoutError,
    ResizeQuotaError,
    ResourceDiffersError,
    StartTaskFailedError,
    TasksTimeoutError,
    models,
)
from azure.batch.emulator import BatchEmulator, Delays, Fault

NO_ERROR = "The wait came to its end, against all expectation"


def show(error: Exception, more: str) -> None:
    """Print what an error says, and what else it knows."""
    print(f"{type(error).__name__}\n{indent(str(error), '    ')}\n  -> {more}\n", flush=True)


def job(name: str) -> models.BatchJobCreateOptions:
    """A job on the pool of all jobs here."""
    return models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id="pool"))


def tasks_that_take_too_long(client: BatchClient) -> None:
    """The summary of the error is the same as that of a wait that ends well."""
    client.create_job(job("slow"))
    commands = {"quick": "true", "slow": "sleep 1000"}
    client.create_tasks(
        "slow", [models.BatchTaskCreateOptions(id=name, command_line=line) for name, line in commands.items()]
    )
    client.wait_for_tasks("slow", task_ids=["quick"])
    client.wait_for_tasks("slow", task_ids=["slow"], state="running")
    try:
        client.wait_for_tasks("slow", timeout=0.5)
    except TasksTimeoutError as error:
        show(error, f"the summary: {error.summary}")
    else:
        raise RuntimeError(NO_ERROR)


def tasks_that_will_never_come(client: BatchClient) -> None:
    """A job that ended, here because somebody terminated it."""
    client.create_job(job("ended"))
    client.begin_terminate_job("ended").result()
    try:
        client.wait_for_tasks("ended", count=2)
    except JobEndedError as error:
        show(error, f"the job is {error.resource['state']}")
    else:
        raise RuntimeError(NO_ERROR)


def nodes_that_take_too_long(client: BatchClient) -> None:
    """The counts of the error are the nodes by their states."""
    client.create_pool(linux_pool("late", target_dedicated_nodes=1))
    try:
        client.wait_for_nodes("late", timeout=0)
    except NodesTimeoutError as error:
        show(
            error, f"dedicated nodes: {error.counts.dedicated.total if error.counts and error.counts.dedicated else 0}"
        )
    else:
        raise RuntimeError(NO_ERROR)


def nodes_that_cannot_start(client: BatchClient) -> None:
    """The end of what a start task wrote to its standard error comes with the error."""
    start = models.BatchStartTask(
        command_line="/bin/sh -c 'echo no licence server >&2; exit 7'", wait_for_success=True, max_task_retry_count=0
    )
    client.create_pool(linux_pool("broken", target_dedicated_nodes=1, start_task=start))
    try:
        client.wait_for_nodes("broken")
    except StartTaskFailedError as error:
        show(error, f"standard error of {error.nodes[0].id}: {error.stderr}")
    else:
        raise RuntimeError(NO_ERROR)


def nodes_that_cannot_be_had(emulator: BatchEmulator, client: BatchClient) -> None:
    """Errors of a resize are errors of the wait: a quota has a class of its own."""
    emulator.faults.add(Fault(pool="costly", resize="AccountCoreQuotaReached", times=1))
    client.create_pool(linux_pool("costly", target_dedicated_nodes=1))
    try:
        client.wait_for_nodes("costly")
    except ResizeQuotaError as error:
        show(error, f"the codes: {[one['code'] for one in error.resource['resizeErrors']]}")
    else:
        raise RuntimeError(NO_ERROR)
    try:
        client.wait_for_nodes("pool", 5)
    except NodesNotReadyError as error:
        show(error, f"its target is {error.resource['targetDedicatedNodes']}")
    else:
        raise RuntimeError(NO_ERROR)


def something_else_is_there(client: BatchClient) -> None:
    """What differs, property by property."""
    try:
        client.ensure_pool(linux_pool("pool", target_dedicated_nodes=1, task_slots_per_node=8))
    except ResourceDiffersError as error:
        show(error, f"the properties: {[one.property for one in error.differences]}")
    else:
        raise RuntimeError(NO_ERROR)


def main() -> None:
    """Run the program."""
    with BatchEmulator(delays=Delays(boot=0.5)) as emulator, emulator.client() as client:
        client.create_pool(linux_pool("pool", target_dedicated_nodes=1))
        tasks_that_take_too_long(client)
        tasks_that_will_never_come(client)
        nodes_that_take_too_long(client)
        nodes_that_cannot_start(client)
        nodes_that_cannot_be_had(emulator, client)
        something_else_is_there(client)


if __name__ == "__main__":
    main()
