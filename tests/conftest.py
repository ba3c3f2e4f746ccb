"""Fixtures of all tests: one emulator a run, and one client fixture for both colours.

A test that takes ``client`` is written once, with ``await`` on everything, and runs twice: on the synchronous client
and on the asynchronous one.
"""

from __future__ import annotations

import inspect
import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

import hypothesis
import pytest
from azure.core.paging import ItemPaged
from azure.core.polling import LROPoller

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator
from support.modules import load_everything

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In the background of a script nobody listens to Ctrl-C, and the programs that tests start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Two workers a processor: about half of the time of a test is waiting for something."""
    return 2 * (os.cpu_count() or 1)


async def settled(value: Any) -> Any:
    """The value of what either client gave: awaited if it must be, wrapped if it has to be awaited later."""
    if inspect.isawaitable(value):
        value = await value
    if isinstance(value, LROPoller):
        return AwaitablePoller(value)
    return value


class AwaitablePoller:
    """A synchronous poller whose ``result`` and ``wait`` can be awaited."""

    def __init__(self, poller: LROPoller[None]) -> None:
        self._poller = poller

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    async def result(self, *args: Any) -> None:
        return self._poller.result(*args)

    async def wait(self, *args: Any) -> None:
        self._poller.wait(*args)


class AwaitableItems:
    """A synchronous iterable that can be read with ``async for``."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def by_page(self, *args: Any, **kwargs: Any) -> AwaitableItems:
        return AwaitableItems(AwaitableItems(page) for page in self._items.by_page(*args, **kwargs))

    async def __aiter__(self) -> AsyncIterator[Any]:
        for one in self._items:
            yield one


class Client:
    """Either client behind one face: every operation is awaited, every list and download read with ``async for``."""

    def __init__(self, client: Any) -> None:
        self.raw = client
        self.is_async = isinstance(client, AsyncBatchClient)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self.raw, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if name.startswith("list_"):
                items = operation(*args, **kwargs)
                return AwaitableItems(items) if isinstance(items, ItemPaged) else items
            return self._run(operation, args, kwargs)

        return call

    async def _run(self, operation: Any, args: Any, kwargs: Any) -> Any:
        found = await settled(operation(*args, **kwargs))
        if inspect.isgenerator(found) or (hasattr(found, "__next__") and not hasattr(found, "__anext__")):
            return AwaitableItems(found)
        return found


@pytest.fixture(scope="session", autouse=True)
def everything_is_loaded() -> None:
    load_everything()


@pytest.fixture(scope="session")
def emulator() -> Iterator[BatchEmulator]:
    with BatchEmulator() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
async def client(request: pytest.FixtureRequest, emulator: BatchEmulator) -> AsyncIterator[Client]:
    if request.param == "sync":
        with BatchClient(emulator.endpoint, emulator.credential) as sync_client:
            yield Client(sync_client)
    else:
        async with AsyncBatchClient(emulator.endpoint, emulator.credential) as async_client:
            yield Client(async_client)


@pytest.fixture
def name() -> str:
    """An id that no other test uses."""
    return f"t-{uuid.uuid4().hex[:12]}"
