"""How the asynchronous client sends: with azure-core's transport, and large bodies piece by piece."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the public module makes its names when they are asked for, and says nothing of their types
    from azure.core.pipeline.transport._aiohttp import AioHttpTransport
else:
    from azure.core.pipeline.transport import AioHttpTransport

_LARGE = 2**20
"""aiohttp warns of more bytes than these in one piece, because writing them would hold up the event loop."""


class StreamingTransport(AioHttpTransport):
    """Gives aiohttp a large body as a stream, made anew for each attempt."""

    def _get_request_data(self, request: Any) -> Any:
        untyped: Any = super()
        data = untyped._get_request_data(request)
        return BytesIO(data) if isinstance(data, bytes) and len(data) > _LARGE else data
