"""The connections of an asynchronous client: azure-core's transport, with room for many calls at once.

aiohttp makes no more than a hundred connections by itself; further calls wait for one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._pipeline import MOST_CONNECTIONS

if TYPE_CHECKING:  # the public module makes its names when they are asked for, and says nothing of their types
    from azure.core.pipeline.transport._aiohttp import AioHttpTransport
else:
    from azure.core.pipeline.transport import AioHttpTransport


class PooledTransport(AioHttpTransport):
    """Sends over a session of its own, or as azure-core does over one of the caller's."""

    def __init__(self, **settings: Any) -> None:
        untyped: Any = super()
        untyped.__init__(**settings)
        self._makes_session = settings.get("session") is None
        self._trusts_environment: bool = settings.get("use_env_settings", True)

    async def open(self) -> None:
        """Make the session, in the loop that the first request is sent from, unless there is or was one."""
        if self._makes_session:
            from aiohttp import ClientSession, DummyCookieJar, TCPConnector

            self._makes_session = False
            self.session = ClientSession(
                connector=TCPConnector(limit=MOST_CONNECTIONS),
                cookie_jar=DummyCookieJar(),
                trust_env=self._trusts_environment,
                auto_decompress=False,
            )
        parent: Any = super()
        await parent.open()
