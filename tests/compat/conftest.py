"""What became of every call under azure-batch 15.1.0 and under this library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from compat.calls import all_calls
from compat.comparison import Pair
from compat.samples import attributes
from support.peer import PEER_VERSION, peer_python

__all__ = ["pairs", "peer_python"]

_WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(scope="session")
def pairs(peer_python: str, tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    """Every call with what became of it here and there."""
    folder = tmp_path_factory.mktemp("compat")
    calls = all_calls()
    order = folder / "calls.json"
    order.write_text(json.dumps({"fields": attributes(), "calls": calls}), "utf-8")
    ours, theirs = _run({"ours": sys.executable, "theirs": peer_python}, order)
    assert ours["version"] != PEER_VERSION
    assert theirs["version"] == PEER_VERSION
    return [Pair(*one) for one in zip(calls, ours["outcomes"], theirs["outcomes"])]


def _run(pythons: dict[str, str], order: Path) -> list[Any]:
    """What the worker tells under each of the interpreters; they run side by side."""
    running: list[subprocess.Popen[str]] = []
    # Without the tracer of coverage, which doubles the time and finds nothing that other tests do not reach.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    try:
        for name, python in pythons.items():
            with order.open() as stdin, order.with_name(name).open("w") as stdout:
                # Isolated: neither this folder nor PYTHONPATH may lead one library's interpreter to the other.
                command = [python, "-I", str(_WORKER)]
                running.append(
                    subprocess.Popen(
                        command, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True
                    )
                )
        for process in running:
            _, errors = process.communicate()
            assert process.returncode == 0, errors
    finally:
        for process in running:
            process.kill()
    return [json.loads(order.with_name(name).read_text("utf-8")) for name in pythons]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the counts that the comparison recorded."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "comparison":
                terminalreporter.section("comparison with azure-batch 15.1.0")
                terminalreporter.line(value)
