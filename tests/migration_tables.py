"""The tables of MIGRATION.md, made from the table that errors about missing names are made from.

``python tests/migration_tables.py`` writes them into the page, between the marks that it has for them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from azure.batch._renamed import Earlier, names

PAGE = Path(__file__).parents[1] / "MIGRATION.md"
MARKED = re.compile(r"(<!-- names of (14|15 beta) -->\n).*?(?=<!-- end of names -->)", re.DOTALL)


def rows(version: str) -> list[Earlier]:
    """What a version had; 14 stands for what came before it too."""
    return [row for row in names().values() if version in row.versions or (version == "14" and row.versions == "6")]


def table(version: str) -> str:
    """The table of a version, by area; the options of an operation stand beside it."""
    return "\n" + "\n".join(_lines(version)) + "\n"


def _lines(version: str) -> Iterator[str]:
    found = rows(version)
    beside = {row.old: options for row in found if (options := row.options())}
    for area, in_area in itertools.groupby(found, key=lambda row: row.area):
        yield from (f"### {area} ({version})", "", f"| azure-batch {version} | today |", "|---|---|")
        for row in in_area:
            if row not in beside.values():
                old = " ".join(f"`{one.old_text}`" for one in (row, beside.get(row.old)) if one)
                yield f"| {old} | {_today(row)} |"
        yield ""


def _today(row: Earlier) -> str:
    if not row.today:
        return f"none: {row.remark}"
    name = f"`{row.today_text.removeprefix('azure.batch.models.')}`"
    return f"{name}, {row.remark}" if row.remark else name


def updated(page: str) -> str:
    """The text of the page with the tables as they should be."""
    return MARKED.sub(lambda found: found[1] + table(found[2]), page)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
