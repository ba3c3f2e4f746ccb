"""Waiting for a long-running operation: the polling method behind ``AsyncLROPoller``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from azure.core.exceptions import ResourceNotFoundError
from azure.core.polling import AsyncLROPoller, AsyncPollingMethod

from .._polling import PollingState, UnwaitedState, chosen_method, no_result, started
from .._waits import Wait, pauses

if TYPE_CHECKING:
    from .._request import Polling
    from ._client import BatchClient


class AsyncStatePolling(PollingState, AsyncPollingMethod[None]):
    """Reads the resource until its state is the end of the operation, or raises what went wrong.

    :param interval: The longest pause between two reads in seconds; the first pauses are shorter.
    """

    async def run(self) -> None:
        """Wait for the end."""
        try:
            await self._wait_for_end(cast(Wait, self.wait))
        except Exception as error:
            raised = self.end(error)
            if raised is error:
                raise
            raise raised from error
        self._status = "Succeeded"

    async def _wait_for_end(self, wait: Wait) -> None:
        for pause in pauses(self.interval):
            if self._client._closed.is_set():
                raise wait.cut_off()
            try:
                if wait.step(await self._client._call(wait.read(dict(self.options)))):
                    return
            except ResourceNotFoundError as error:
                wait.missing(error)
                return
            await asyncio.sleep(pause)


class AsyncNoStatePolling(UnwaitedState, AsyncPollingMethod[None]):
    """Does not wait."""

    async def run(self) -> None:
        """Do nothing."""


async def begin(client: BatchClient, polling: Polling) -> AsyncLROPoller[None]:
    """Send the call, unless a continuation token says that it was sent; the poller waits when it is awaited."""
    options = polling.request.options
    method, token = chosen_method(polling, AsyncStatePolling, AsyncNoStatePolling)
    if token is not None:
        return AsyncLROPoller[None].from_continuation_token(method, token, client=client)
    options["cls"] = started(polling, options.pop("cls", None))
    outcome = await client._call(polling.request)
    return AsyncLROPoller(client, outcome, no_result, method)
