"""The migration page: its tables are those of the errors, and what it shows of today runs.

Blocks of today's code are marked ``python`` and run here; those of version 14 are marked ``py``.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

import migration_tables
from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator
from support.documents import run_page

PAGE = migration_tables.PAGE


def test_the_tables_are_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(migration_tables.MARKED.findall(page)) == 2
    assert migration_tables.updated(page) == page, "run python tests/migration_tables.py"


@pytest.mark.parametrize("version", ["14", "15 beta"])
def test_a_table_has_every_name_once(version: str) -> None:
    lines = re.findall(r"^\| (`.*?`) \|", migration_tables.table(version), re.MULTILINE)
    found = [name for line in lines for name in re.findall("`(.*?)`", line)]
    assert sorted(found) == sorted(row.old_text for row in migration_tables.rows(version))


def test_the_errors_that_it_shows_are_raised() -> None:
    shown = re.findall(r"^>>> (.*)\n(\w+): (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    client = BatchClient("https://a.b.batch.azure.com", AzureNamedKeyCredential("a", "a2V5"))
    for statement, kind, text in shown:
        with pytest.raises((ImportError, AttributeError)) as caught:
            exec(statement, {"client": client})
        assert (type(caught.value).__name__, str(caught.value)) == (kind, text)
    assert len(shown) == 2


def test_the_page_is_one_program_that_runs() -> None:
    with BatchEmulator() as emulator:
        space: dict[str, Any] = {
            "__name__": "migration",
            "account_name": emulator.account,
            "account_key": emulator.key,
            "account_endpoint": emulator.endpoint,
        }
        try:
            assert run_page(PAGE, space) > 8
        finally:
            if "client" in space:
                space["client"].close()
