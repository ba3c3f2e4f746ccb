"""The peer's interpreter, and what became of every call under it and under this one.

azure-batch 15.1.0 cannot be installed beside this library, so it gets an environment of its own, made once and kept in
pytest's cache folder. ``AZURE_BATCH_PEER_PYTHON`` names an interpreter that has it already. Where neither is possible
the tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from compat.calls import all_calls
from compat.comparison import Pair
from compat.samples import attributes

PEER_VERSION = "15.1.0"
_WANTED = (f"azure-batch=={PEER_VERSION}", "azure-identity", "aiohttp")
_WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(scope="session")
def peer_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has azure-batch 15.1.0."""
    given = os.environ.get("AZURE_BATCH_PEER_PYTHON")
    if given:
        return given
    cache = getattr(request.config, "cache", None)
    folder = Path(cache.mkdir("azure-batch-peer")) if cache else tmp_path_factory.mktemp("azure-batch-peer")
    note = folder / f"python-{sys.version_info.major}.{sys.version_info.minor}.txt"
    if not note.exists() or not Path(note.read_text()).exists():
        made = _environment(folder)
        # Runs side by side may each make one; the note is changed at once, so that it always names a whole one.
        part = note.with_suffix(f".{os.getpid()}")
        part.write_text(made)
        part.replace(note)
    return note.read_text()


def _environment(folder: Path) -> str:
    place = Path(tempfile.mkdtemp(prefix="environment-", dir=folder))
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    for command in ([sys.executable, "-m", "venv", str(place)], [*pip, *_WANTED]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(place)
            reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
            pytest.skip(f"azure-batch {PEER_VERSION} cannot be installed here: {' '.join(reason)}")
    return str(python)


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
    try:
        for name, python in pythons.items():
            with order.open() as stdin, order.with_name(name).open("w") as stdout:
                # Isolated: neither this folder nor PYTHONPATH may lead one library's interpreter to the other.
                command = [python, "-I", str(_WORKER)]
                running.append(subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True))
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
