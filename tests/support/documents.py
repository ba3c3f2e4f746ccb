"""Pages for readers, whose Python blocks are run as they stand."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def python_blocks(page: Path) -> list[tuple[int, str]]:
    """Line and text of each block that is marked ``python``."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found.group(1))
        for found in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def _examples(documented: Any) -> list[str]:
    text = inspect.getdoc(documented) or ""
    return [textwrap.dedent(block) for block in re.findall(r"::\n\n((?:    .*\n|\n)+)", text + "\n")]


def run_examples(documented: Any, space: dict[str, Any]) -> int:
    """Run the examples in the docstring of a function or class, one after the other; gives how many there are."""
    blocks = _examples(documented)
    for block in blocks:
        exec(compile(block, documented.__qualname__, "exec"), space)
    return len(blocks)


async def run_async_examples(documented: Any, space: dict[str, Any]) -> int:
    """The same for examples that use ``await``."""
    blocks = _examples(documented)
    for block in blocks:
        running = eval(compile(block, documented.__qualname__, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), space)
        if inspect.isawaitable(running):
            await running
    return len(blocks)


def run_page(page: Path, space: dict[str, Any]) -> int:
    """Run the blocks in their order, as one program with these names in it; gives how many there are.

    They run in a thread of their own: a page may use ``asyncio.run``, which takes away the event loop of its thread.
    """
    blocks = python_blocks(page)

    def run() -> None:
        for line, block in blocks:
            tree = ast.parse(block)
            ast.increment_lineno(tree, line)
            exec(compile(tree, str(page), "exec"), space)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()
    return len(blocks)
