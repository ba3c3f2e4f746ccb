"""The interpreter of azure-batch 15.1.0.

It cannot be installed beside this library, so it gets an environment of its own, made once and kept in pytest's cache
folder. ``AZURE_BATCH_PEER_PYTHON`` names an interpreter that has it already. Where neither is possible the tests that
need it are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

__all__ = ["PEER_VERSION", "peer_python"]

PEER_VERSION = "15.1.0"
_WANTED = (f"azure-batch=={PEER_VERSION}", "azure-identity", "aiohttp")


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
