"""The table of the service's operations and the foreign clients that exercised each.

``python -m foreign.table``, in the folder of the tests, has all clients go through the life of a job and writes the
table; the environment variables of :mod:`foreign.clients` say where they are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from azure.batch.emulator._routes import ROUTES
from foreign.clients import CLIENTS, Client, lead

__all__ = ["column", "head", "text"]

_PAGE = Path(__file__).with_name("operations.md")
_YES, _NO = "yes", "no"
_HEAD = """\
# What each foreign client exercised

The operations of the service that the emulator answered with success while a client went through the life of a job
(`life.py`). No client leaves out what it has a method or a command for.
"""


def text(exercised: Mapping[str, frozenset[str]]) -> str:
    """The page.

    :param exercised: What was exercised, by the heads of the columns.
    """
    rows = [
        ["Operation", "Request", *exercised],
        ["---"] * (2 + len(exercised)),
        *(
            [
                f"`{route.operation}`",
                f"`{route.method} {route.path}`",
                *(_YES if route.operation in done else _NO for done in exercised.values()),
            ]
            for route in ROUTES
        ),
        [f"{len(ROUTES)} operations", "", *(str(len(done)) for done in exercised.values())],
    ]
    return _HEAD + "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def head(client: Client) -> str:
    """The head of a client's column."""
    return f"{client.title} {client.version}"


def column(client: Client) -> frozenset[str]:
    """The operations that the page has a client exercise."""
    rows = [line.strip("| \n").split(" | ") for line in _PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    place = rows[0].index(head(client))
    return frozenset(row[0].strip("`") for row in rows[2:-1] if row[place] == _YES)


def _write() -> None:
    exercised: dict[str, frozenset[str]] = {}
    for client in CLIENTS:
        with tempfile.TemporaryDirectory() as folder:
            exercised[head(client)] = lead(client, os.environ[client.variable], Path(folder)).exercised
    _PAGE.write_text(text(exercised), "utf-8")


if __name__ == "__main__":
    _write()
