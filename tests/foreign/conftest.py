"""Where the clients are, or why they are not driven."""

from __future__ import annotations

import os
import shutil
from typing import Callable

import pytest

from foreign.clients import AZURE_BATCH, NODE, THIS, Client
from support.peer import peer_python

__all__ = ["peer_python", "place_of"]


@pytest.fixture
def place_of(request: pytest.FixtureRequest) -> Callable[[Client], str]:
    """Where a client is installed; skips the test when it is not."""

    def find(client: Client) -> str:
        if client is THIS:
            return client.place
        if client is AZURE_BATCH:
            return str(request.getfixturevalue("peer_python"))
        place = os.environ.get(client.variable)
        if not place:
            pytest.skip(f"{client.variable} does not name {client.place}.")
        if client is NODE and shutil.which("node") is None:
            pytest.fail(f"{client.variable} is set, but there is no Node.js.")
        return place

    return find
