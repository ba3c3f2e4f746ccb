"""What all samples begin and end with: a client of some account, a pool of Linux nodes, and deleting what was made.

With ``AZURE_BATCH_ENDPOINT`` set, that account is used: with the key in ``AZURE_BATCH_ACCESS_KEY`` of the account in
``AZURE_BATCH_ACCOUNT`` if there is one, otherwise with whatever ``DefaultAzureCredential`` finds. Without it, a local
emulator of Azure Batch is started within the program.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Optional

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


def batch_client(emulator: Optional[BatchEmulator]) -> BatchClient:
    """A client of the emulator, or of the account that the environment names."""
    return emulator.client() if emulator is not None else BatchClient.from_environment()


def async_batch_client(emulator: Optional[BatchEmulator]) -> AsyncBatchClient:
    """The same for ``azure.batch.aio``."""
    return emulator.async_client() if emulator is not None else AsyncBatchClient.from_environment()


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
        try:
            client.ensure_no_job(name)
        finally:
            client.ensure_no_pool(name)


@asynccontextmanager
async def async_deleted_at_end(client: AsyncBatchClient, name: str) -> AsyncGenerator[None, None]:
    """The same for ``azure.batch.aio``."""
    try:
        yield
    finally:
        try:
            await client.ensure_no_job(name)
        finally:
            await client.ensure_no_pool(name)
