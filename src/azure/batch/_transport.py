"""The connections of a synchronous client: azure-core's transport, with a pool that is large enough for many threads.

requests keeps ten connections to a host and throws any others away after each call, with a warning. A pool costs what
is in it and not what could be, so that this one can hold as many as threads can sensibly use.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Optional

from ._pipeline import MOST_CONNECTIONS

if TYPE_CHECKING:  # the public module makes its names when they are asked for, and says nothing of their types
    from azure.core.pipeline.transport._requests_basic import RequestsTransport
else:
    from azure.core.pipeline.transport import RequestsTransport

_HOSTS = 10


def _nowhere(_: object) -> None:
    """Where an answer redirects to, as far as requests is to know."""


class PooledTransport(RequestsTransport):
    """Sends over a session of its own, or as azure-core does over one of the caller's.

    A process that was forked leaves alone the connections that it has inherited: of two processes that read from one
    connection, each would get answers of the other's.
    """

    def __init__(self, **settings: Any) -> None:
        untyped: Any = super()
        untyped.__init__(**settings)
        self._makes_session = settings.get("session") is None
        self._lock = threading.Lock()
        self._process: Optional[int] = None
        """The process that opened the connections."""

    def open(self) -> None:
        """Make the session, unless there is one: before each request, by whatever thread sends it."""
        untyped: Any = self
        process = os.getpid()
        if self._process == process and untyped.session is not None:
            return
        parent: Any = super()
        with self._lock:
            parent.open()
            if self._makes_session and self._process != process:
                session: Any = vars(self)["session"]
                # Redirects are followed by the pipeline; requests would read their addresses in vain, and give up the
                # answer, open as it is, with the first that it cannot read.
                session.get_redirect_target = _nowhere
                for adapter in session.adapters.values():
                    adapter.init_poolmanager(_HOSTS, MOST_CONNECTIONS)
                    adapter.proxy_manager.clear()
            self._process = process

    def close(self) -> None:
        """Close the session and its connections now; urllib3 leaves them open while anything refers to their pool.

        One that still serves a call is closed when that call gives it back.
        """
        parent: Any = super()
        session: Any = vars(self)["session"] if self._makes_session else None
        for adapter in session.adapters.values() if session is not None else ():
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                for pool in map(manager.pools.get, manager.pools.keys()):
                    if pool is not None:
                        pool.close()
        parent.close()
