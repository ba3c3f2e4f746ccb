"""Every Python block of the README runs, in its order, as one program."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from azure.core.settings import settings

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator
from compat.differences import DIFFERENCES
from support.documents import run_page
from support.operations import OPERATIONS

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_is_one_program_that_runs(emulator: BatchEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY"):
        monkeypatch.setenv(name, "")  # the page sets one, and all are put back
    space: dict[str, Any] = {
        "account_name": emulator.account,
        "account_key": emulator.key,
        "account_endpoint": emulator.endpoint,
    }
    try:
        run_page(README, space)
        with BatchEmulator() as own:
            space["test_my_program"](own)
    finally:
        settings.tracing_enabled.unset_value()
        logging.getLogger("azure.core.pipeline.policies").setLevel(logging.NOTSET)
        if "emulator" in space:
            space["client"].close()
            space["emulator"].stop()


def test_the_readme_names_every_deliberate_difference() -> None:
    text = README.read_text(encoding="utf-8")
    rows = {f"| {one.name} | {one.here} | {one.there} |".replace("\\|", "|") for one in DIFFERENCES}
    assert rows <= set(text.replace("\\|", "|").split("\n"))


HELPERS = [
    name for name in dir(BatchClient) if not name.startswith("_") and name.removeprefix("begin_") not in OPERATIONS
]
"""What a client has beyond the operations of the service: nobody finds it in the service's own documents."""


@pytest.mark.parametrize("name", HELPERS)
def test_the_readme_tells_of_every_helper(name: str) -> None:
    guide, differences, _ = README.read_text(encoding="utf-8").partition("## Differences from")
    assert differences
    assert re.search(rf"`(\w+\.)?{name}(\(.*\))?`|\.{name}\(", guide)
