"""Every Python block of the README runs, in its order, as one program."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from azure.batch.emulator import BatchEmulator

README = Path(__file__).parents[1] / "README.md"


def blocks() -> list[tuple[int, str]]:
    """Line and text of each Python block."""
    text = README.read_text()
    return [
        (text.count("\n", 0, found.start()) + 1, found.group(1))
        for found in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def test_the_readme_is_one_program_that_runs(emulator: BatchEmulator) -> None:
    found = blocks()
    assert len(found) > 10
    space: dict[str, Any] = {
        "__name__": "readme",
        "account_name": emulator.account,
        "account_key": emulator.key,
        "account_endpoint": emulator.endpoint,
    }
    try:
        for line, block in found:
            tree = ast.parse(block)
            ast.increment_lineno(tree, line)
            exec(compile(tree, str(README), "exec"), space)
        space["test_my_program"](emulator)
    finally:
        if "emulator" in space:
            space["client"].close()
            space["emulator"].stop()
