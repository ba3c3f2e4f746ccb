"""Cancellations that come while an earlier one is still being seen to, as the groups of asyncio send them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from azure.batch._plan import Blocking, Together
from azure.batch.aio._plan import follow
from support.waiting import PATIENCE, comes_true


class Disk:
    """A slow one: what is written to it ends when it is told to; and what became of the work."""

    def __init__(self) -> None:
        self.begun, self.told = threading.Event(), threading.Event()
        self.log: list[str] = []

    def write(self) -> None:
        self.begun.set()
        assert self.told.wait(PATIENCE)
        self.log.append("written")

    def work(self) -> Any:
        try:
            yield Blocking(self.write)
        finally:
            self.log.append("cleaned up")


async def cancel_twice(work: Any, disk: Disk) -> None:
    """Cancel a plan twice while it writes, and see that it does not end before the writing has."""
    calling = asyncio.ensure_future(follow(work))
    await comes_true(disk.begun.is_set)
    for _ in range(2):
        calling.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
    assert (calling.done(), disk.log) == (False, [])
    disk.told.set()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_what_is_written_is_cleaned_up_after_it_was_written() -> None:
    disk = Disk()
    await cancel_twice(disk.work(), disk)
    assert disk.log == ["written", "cleaned up"]


async def test_the_same_for_works_side_by_side() -> None:
    disk = Disk()

    def together() -> Iterator[Any]:
        yield Together([disk.work(), disk.work()], lambda: None)

    await cancel_twice(together(), disk)
    assert sorted(disk.log) == ["cleaned up"] * 2 + ["written"] * 2
