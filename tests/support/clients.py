"""Clients over transports that answer from memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient

from .memory import AsyncMemoryTransport, Handler, MemoryTransport

ENDPOINT = "https://account.westeurope.batch.azure.com"


@asynccontextmanager
async def memory_client(
    handler: Handler, asynchronous: bool, *, endpoint: str = ENDPOINT, credential: Any = None, **settings: Any
) -> AsyncIterator[Any]:
    """Either client over a function that answers; awaited values are for the test to settle."""
    credential = credential or AzureNamedKeyCredential("account", "a2V5")
    if asynchronous:
        async with AsyncBatchClient(
            endpoint, credential, transport=AsyncMemoryTransport(handler), **settings
        ) as async_client:
            yield async_client
    else:
        with BatchClient(endpoint, credential, transport=MemoryTransport(handler), **settings) as client:
            yield client
