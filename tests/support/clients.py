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


def connections_in_use(client: AsyncBatchClient) -> int:
    """How many connections of an asynchronous client serve a call, or have not been given back."""
    transport: Any = client._client._pipeline._transport
    return len(transport.session.connector._acquired) if transport.session is not None else 0
