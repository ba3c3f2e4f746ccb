"""What all samples begin and end with: a client of some account, a pool of Linux nodes, and deleting what was made.

With ``AZURE_BATCH_ENDPOINT`` set, that account is used: with the key in ``AZURE_BATCH_ACCESS_KEY`` of the account in
``AZURE_BATCH_ACCOUNT`` if there is one, otherwise with whatever ``DefaultAzureCredential`` finds. Without it, a local
emulator of Azure Batch is started within the program.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.polling import AsyncLROPoller, LROPoller
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient

if TYPE_CHECKING:
    from azure.batch.emulator import BatchEmulator


@contextmanager
def local_emulator(**settings: Any) -> Generator[Optional[BatchEmulator], None, None]:
    """An account in this process for as long as the block lasts; None if the environment names one."""
    if os.environ.get("AZURE_BATCH_ENDPOINT"):
        yield None
        return
    from azure.batch.emulator import BatchEmulator

    with BatchEmulator(**settings) as emulator:
        yield emulator


def _key() -> Optional[AzureNamedKeyCredential]:
    name, key = os.environ.get("AZURE_BATCH_ACCOUNT"), os.environ.get("AZURE_BATCH_ACCESS_KEY")
    return AzureNamedKeyCredential(name, key) if name and key else None


@contextmanager
def batch_client(emulator: Optional[BatchEmulator]) -> Generator[BatchClient, None, None]:
    """A client of the emulator, or of the account that the environment names."""
    with ExitStack() as stack:
        if emulator is not None:
            client = emulator.client()
        else:
            credential = _key() or stack.enter_context(DefaultAzureCredential())
            client = BatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential)
        yield stack.enter_context(client)


@asynccontextmanager
async def async_batch_client(emulator: Optional[BatchEmulator]) -> AsyncGenerator[AsyncBatchClient, None]:
    """The same for ``azure.batch.aio``."""
    async with AsyncExitStack() as stack:
        if emulator is not None:
            client = emulator.async_client()
        else:
            key = _key()
            credential = await stack.enter_async_context(AsyncDefaultAzureCredential()) if key is None else key
            client = AsyncBatchClient(os.environ["AZURE_BATCH_ENDPOINT"], credential)
        yield await stack.enter_async_context(client)


def new_id(name: str) -> str:
    """An id that nothing in the account has yet."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def linux_pool(pool_id: str, **settings: Any) -> models.BatchPoolCreateOptions:
    """A pool of small Ubuntu nodes; the settings say how many, among others."""
    return models.BatchPoolCreateOptions(
        id=pool_id,
        vm_size="standard_d2s_v3",
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.BatchVmImageReference(
                publisher="canonical", offer="ubuntu-24_04-lts", sku="server", version="latest"
            ),
            node_agent_sku_id="batch.node.ubuntu 24.04",
        ),
        **settings,
    )


@contextmanager
def deleted_at_end(client: BatchClient, name: str) -> Generator[None, None, None]:
    """Delete the job and the pool of that id, which costs money, when the block ends, also on Ctrl-C."""
    try:
        yield
    finally:
        pollers: list[LROPoller[None]] = []
        for begin_delete in (client.begin_delete_job, client.begin_delete_pool):
            with suppress(ResourceNotFoundError):  # The block ended before it was created.
                pollers.append(begin_delete(name))
        for poller in pollers:
            poller.result()


@asynccontextmanager
async def async_deleted_at_end(client: AsyncBatchClient, name: str) -> AsyncGenerator[None, None]:
    """The same for ``azure.batch.aio``."""
    try:
        yield
    finally:
        pollers: list[AsyncLROPoller[None]] = []
        for begin_delete in (client.begin_delete_job, client.begin_delete_pool):
            with suppress(ResourceNotFoundError):
                pollers.append(await begin_delete(name))
        await asyncio.gather(*[poller.result() for poller in pollers])


def wait_for_tasks(client: BatchClient, job_id: str) -> None:
    """Wait until all tasks of a job are completed; an error if one of them failed."""
    while not _all_succeeded(client.get_job_task_counts(job_id).task_counts):
        time.sleep(0.5)


async def async_wait_for_tasks(client: AsyncBatchClient, job_id: str) -> None:
    """The same for ``azure.batch.aio``."""
    pause = partial(asyncio.sleep, 0.5)
    while not _all_succeeded((await client.get_job_task_counts(job_id)).task_counts):
        await pause()


def _all_succeeded(counts: models.BatchTaskCounts) -> bool:
    if counts.failed:
        raise RuntimeError(f"{counts.failed} tasks failed")
    return not counts.active and not counts.running
