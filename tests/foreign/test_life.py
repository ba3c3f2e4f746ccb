"""Clients that nobody here wrote go through the life of a job, and all of them see the same."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from azure.batch.emulator._routes import ROUTES
from foreign.clients import CLIENTS, THIS, Client, lead
from foreign.driver import seen
from foreign.table import column, head, text


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("client", [THIS, *CLIENTS], ids=lambda client: client.title)
def test_a_job_lives_the_same_life(
    client: Client, tls: bool, place_of: Callable[[Client], str], tmp_path: Path
) -> None:
    lived = lead(client, place_of(client), tmp_path, tls=tls)
    assert lived.version == client.version
    assert lived.api_versions == {client.api_version}
    assert lived.operations - lived.exercised == frozenset(), "it could have been asked for these"
    (log,) = lived.uploads
    assert log.startswith("/logs/")
    if client is not THIS:
        assert lived.exercised == column(client), "run python -m foreign.table in the folder tests"


def test_the_table_is_whole() -> None:
    page = Path(__file__).with_name("operations.md").read_text("utf-8")
    assert page == text({head(client): column(client) for client in CLIENTS})
    assert page.count("\n| `") == len(ROUTES) == 72


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": None}),
        ([1], []),
        ([{"a": 1}], [{"a": 2}]),
        (None, {}),
        ("x", str.isdigit),
    ],
)
def test_another_answer_is_told_apart(answer: object, expected: object) -> None:
    with pytest.raises(AssertionError, match="answer"):
        seen(answer, expected)
