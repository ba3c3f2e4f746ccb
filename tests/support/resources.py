"""Pools and jobs as most tests need them, and waiting for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable, Optional

from azure.batch import models
from azure.batch.emulator import BatchEmulator

from .waiting import PATIENCE

IMAGE: dict[str, Any] = {
    "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
}
"""What Linux nodes are made from, as JSON."""


class Workbench:
    """An emulator, and raw requests to it."""

    def __init__(self, emulator: BatchEmulator, raw: Any) -> None:
        self.raw = raw
        self.emulator = emulator

    def post(self, path: str, body: Optional[dict[str, Any]] = None) -> None:
        """Send what must succeed."""
        reply = self.raw.send("POST", path, body)
        assert reply.status < 300, reply.body


def pool_options(name: str, nodes: int = 1, **more: Any) -> models.BatchPoolCreateOptions:
    """A small Linux pool."""
    image = models.BatchVmImageReference(
        publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts", version="latest"
    )
    return models.BatchPoolCreateOptions(
        id=name,
        vm_size="standard_d2s_v3",
        target_dedicated_nodes=nodes,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04"
        ),
        **more,
    )


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """Ask again and again until the answer is true; gives that answer."""

    async def ask() -> Any:
        while True:
            found = await condition()
            if found:
                return found
            await asyncio.sleep(0.02)

    return await asyncio.wait_for(ask(), seconds)


async def steady(client: Any, pool: str) -> models.BatchPool:
    """The pool when its nodes are there and idle."""

    async def look() -> Any:
        found = await client.get_pool(pool)
        nodes = [one async for one in client.list_nodes(pool)]
        wanted = (found.target_dedicated_nodes or 0) + (found.target_low_priority_nodes or 0)
        ready = len(nodes) == wanted and all(one.state == "idle" for one in nodes)
        return found if ready and found.allocation_state == "steady" else None

    found: models.BatchPool = await until(look)
    return found
