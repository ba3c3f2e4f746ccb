"""Provoke every kind of error, catch it by its class, and print what it says.

The classes are azure-core's where it has one, and ``azure.batch``'s own where it has none; below ``AzureError`` all of
them. ``HttpResponseError`` and what derives from it is an answer of the service: ``error.error.code`` and
``error.error.message`` are its own words, ``str(error)`` has them with all details, and often what to do. The others
never got an answer. What a program cannot do at all is refused before it is sent: ``ValueError`` and ``TypeError``.

It always starts a local emulator, which lets things go wrong to order (``Fault``).

Run it with ``python samples/error_handling.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import indent
from typing import Any, Callable

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
    ServiceRequestError,
    ServiceResponseError,
)

from _account import linux_pool
from azure.batch import (
    BatchClient,
    NodeGoneError,
    NodeNotReadyError,
    OperationFailedError,
    QuotaReachedError,
    ResourceBeingDeletedError,
    ResourceCompletedError,
    models,
)
from azure.batch.emulator import BatchEmulator, Delays, Fault

Provocation = tuple[type[Exception], Callable[[], Any]]
WRONG_KEY = "d3Jvbmc="
RESIZE = models.BatchPoolResizeOptions(target_dedicated_nodes=1)
TASK = models.BatchTaskCreateOptions(id="task", command_line="true")


def mistakes(_: BatchEmulator, client: BatchClient) -> Iterator[Provocation]:
    """Mistakes of the program: most are refused before anything is sent, the others by the service."""
    yield ValueError, lambda: client.get_pool("")
    yield TypeError, lambda: client.get_pool("pool", time_out=5)
    wrong = {"id": "one", "poolInfo": {"poolId": "pool"}, "priority": 5000}
    yield HttpResponseError, lambda: client.create_job(wrong)


def without_an_answer(emulator: BatchEmulator, client: BatchClient) -> Iterator[Provocation]:
    """Nothing came back, or nothing that can be read."""
    with BatchClient("http://127.0.0.1:1", emulator.credential, retry_total=0) as nowhere:
        yield ServiceRequestError, lambda: nowhere.get_pool("pool")
    emulator.faults.add(Fault(operation="create_job", drop="after", times=1))
    yield ServiceResponseError, lambda: client.create_job(job("once"), retry_total=0)
    # It may have had its effect all the same, and here it has:
    yield ResourceExistsError, lambda: client.create_job(job("once"))


def from_credentials(emulator: BatchEmulator, _: BatchClient) -> Iterator[Provocation]:
    """A wrong key, an expired token, a role that is not enough, a clock that is wrong."""
    with BatchClient(emulator.endpoint, AzureNamedKeyCredential(emulator.account, WRONG_KEY)) as client:
        yield ClientAuthenticationError, lambda: next(client.list_pools())


def about_a_resource(_: BatchEmulator, client: BatchClient) -> Iterator[Provocation]:
    """It is not there, it is there, it is another one than when it was read, or it is still the same."""
    yield ResourceNotFoundError, lambda: client.get_job("no-such-job")
    yield ResourceExistsError, lambda: client.create_pool(linux_pool("pool", target_dedicated_nodes=0))
    etag, changes = client.get_pool("pool").etag, models.BatchPoolUpdateOptions(metadata=[])
    yield (
        ResourceNotModifiedError,
        lambda: client.get_pool("pool", etag=etag, match_condition=MatchConditions.IfModified),
    )
    client.update_pool("pool", changes)
    yield (
        ResourceModifiedError,
        lambda: client.update_pool("pool", changes, etag=etag, match_condition=MatchConditions.IfNotModified),
    )


def about_its_state(emulator: BatchEmulator, client: BatchClient) -> Iterator[Provocation]:
    """Not now, in this state; or no more, by the account's quota."""
    client.create_job(job("done"))
    client.begin_terminate_job("done").result()
    yield ResourceCompletedError, lambda: client.create_task("done", TASK)
    client.create_job(job("going"))
    client.begin_delete_job("going", polling=False)
    yield ResourceBeingDeletedError, lambda: client.create_task("going", TASK)
    emulator.faults.add(Fault(operation="reboot_node", status=409, code="NodeNotReady", message="It starts.", times=1))
    yield NodeNotReadyError, lambda: client.begin_reboot_node("pool", "node")
    emulator.faults.add(Fault(operation="download_task_file", status=409, code="TaskFilesUnavailable", times=1))
    yield NodeGoneError, lambda: client.download_task_file("done", "task", "stdout.txt")
    emulator.faults.add(Fault(operation="create_pool", code="PoolQuotaReached", times=1))
    yield QuotaReachedError, lambda: client.create_pool(linux_pool("more", target_dedicated_nodes=0))


def later_or_in_part(emulator: BatchEmulator, client: BatchClient) -> Iterator[Provocation]:
    """The service accepted it, and then it failed; or some of it did."""
    emulator.faults.add(Fault(pool="pool", resize="AccountCoreQuotaReached", times=1))
    yield OperationFailedError, lambda: client.begin_resize_pool("pool", RESIZE).result()
    client.create_job(job("tasks"))
    client.create_task("tasks", TASK)
    yield models.CreateTasksError, lambda: client.create_tasks("tasks", [TASK])


def job(name: str) -> models.BatchJobCreateOptions:
    """A job."""
    return models.BatchJobCreateOptions(id=name, pool_info=models.BatchPoolInfo(pool_id="pool"))


def shown(expected: type[Exception], provoke: Callable[[], Any]) -> bool:
    """Print what an error says; False if it did not come."""
    try:
        provoke()
    except expected as error:
        print(f"{type(error).__name__}\n{indent(str(error), '    ')}\n", flush=True)
        return True
    print(f"{expected.__name__} did not come", flush=True)
    return False


FAMILIES = (mistakes, without_an_answer, from_credentials, about_a_resource, about_its_state, later_or_in_part)


def main() -> int:
    """Run the program; the exit code is 1 if one of the errors did not come."""
    missed = 0
    with BatchEmulator(delays=Delays(delete=2)) as emulator, emulator.client() as client:
        client.create_pool(linux_pool("pool", target_dedicated_nodes=0))
        for family in FAMILIES:
            print(f"== {family.__doc__}")
            missed += sum(not shown(*provocation) for provocation in family(emulator, client))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
