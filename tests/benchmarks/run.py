"""Prints how much the library adds to the least that each thing can cost, as ratios measured in one run.

    python tests/benchmarks/run.py            # ours
    python tests/benchmarks/run.py --peer     # and azure-batch 15.1.0 from PyPI, in an environment of its own
    python tests/benchmarks/run.py --check    # exits with 1 if a ratio is above its bound

No network is used but for installing the peer: an in-memory transport answers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
PEER = "azure-batch==15.1.0"

BOUNDS = {
    "list 1,000 full tasks, read `id`": ("`json.loads` of the same bytes", 1.15),
    "list 1,000 full tasks, read exit code, state, end time, number of resource files": ("same", 2.0),
    "list 1,000 full tasks, `as_dict()` of each": ("same", 4.0),
    "memory of 1,000 listed tasks": ("the parsed JSON", 1.1),
    "`get_task` with shared key": ("azure-core's own pipeline with its default policies and one `.json()`", 1.25),
    "`import azure.batch`": ("import of azure.core, its policies and rest", 1.15),
    "build and send 100 tasks": ("dictionaries of the same, built, and `json.dumps` of them", 2.5),
}


def measure(python: str) -> dict[str, float]:
    """Measure the library that an interpreter has; byte code is written, as an installed library has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run([python, str(HERE / "measure.py")], capture_output=True, text=True, env=environment)
    if run.returncode:
        sys.exit(run.stderr)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def peer_python() -> str:
    """An interpreter with the peer installed, made once."""
    home = Path(tempfile.gettempdir()) / f"azure-batch-peer-{sys.version_info[0]}.{sys.version_info[1]}"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER, "azure-identity", "aiohttp"], check=True)
        (home / "complete").touch()
    return str(python)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the library against the least that each thing can cost.")
    parser.add_argument("--peer", action="store_true", help=f"measure {PEER} as well")
    parser.add_argument("--check", action="store_true", help="fail if a ratio is above its bound")
    arguments = parser.parse_args()
    ours = measure(sys.executable)
    theirs = measure(peer_python()) if arguments.peer else {}
    print("| what | floor | at most | azure.batch |" + (" azure-batch 15.1.0 |" if theirs else ""))
    print("|---|---|---|---|" + ("---|" if theirs else ""))
    for row, (floor, bound) in BOUNDS.items():
        peer = f" {theirs[row]:.2f} x |" if theirs else ""
        print(f"| {row} | {floor} | {bound:g} x | {ours[row]:.2f} x |{peer}")
    above = [row for row, (_, bound) in BOUNDS.items() if ours[row] > bound]
    for row in above:
        print(f"above its bound: {row}", file=sys.stderr)
    return 1 if above and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
