"""What all samples begin and end with: a client of some account, a pool of Linux nodes, and deleting what was made.

With ``AZURE_BATCH_ENDPOINT`` set, that account is used: with the key in ``AZURE_BATCH_ACCESS_KEY`` of the account in
``AZURE_BATCH_ACCOUNT`` if there is one, otherwise with whatever ``DefaultAzureCredential`` finds. Without it, a local
emulator of Azure Batch is started within the program.
"""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient

if TYPE_CHECKING:
    from azure.batch.emulator import BatchEmulator

T = TypeVar("T")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, which Ctrl-C cancels, so that it can clean up; KeyboardInterrupt comes when it has.

    ``asyncio.run`` does so from Python 3.11 on. Before, and for SIGTERM, the interrupt is raised wherever the loop is
    just then: the step of a task that it was about to take is lost, and the end of that task is waited for for ever.
    """
    handlers = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM)
        if os.name == "posix" and signal.getsignal(number) is signal.default_int_handler
    }

    async def cancelled_by_signals() -> T:
        task = asyncio.current_task()
        for number in handlers:
            if task is not None:
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work

    try:
        return asyncio.run(cancelled_by_signals())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


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
