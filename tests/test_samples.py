"""The samples, each run as a newcomer runs it: as a program of its own, on an account of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "samples"
TIMEOUT = 240

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the tasks of the samples are for a POSIX shell")


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return {**own, "PYTHONUTF8": "1"}


def run(sample: str, *arguments: str) -> str:
    """Run a sample to its end, and give what it printed."""
    result = subprocess.run(
        [sys.executable, str(SAMPLES / sample), *arguments],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_table_of_samples_is_complete() -> None:
    lines = (SAMPLES / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| [")]
    programs = sorted(path.name for path in SAMPLES.glob("[!_]*.py"))
    assert sorted(re.sub(r"\[(.*)\]\(\1\)", r"\1", row[0]) for row in rows) == programs
    for name, _, colours, command, _ in rows:
        program = name[1 : name.index("]")]
        text = (SAMPLES / program).read_text("utf-8")
        assert command.startswith(f"`python samples/{program}"), program
        assert ("from azure.batch.aio" in text or "async def" in text) == ("async" in re.split(r"\W+", colours)), (
            program
        )
        assert re.search(r"^(with|def main|def \w+\(.*client: BatchClient)", text, re.MULTILINE), program
        assert len(text.splitlines()) < 150 or program == "run_commands.py", program


def test_parameter_sweep_draws_a_picture_of_all_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra 'samples'")
    picture = tmp_path / "results.png"
    output = run("parameter_sweep.py", "--trials", "3", "--picture", str(picture))
    assert re.search(r"^Job parameter-sweep-\w+ has 36 tasks of 3 trials each$", output, re.MULTILINE)
    from matplotlib import image

    pixels = image.imread(picture)
    assert pixels.shape[0] > 400
    assert pixels.shape[1] > 2 * pixels.shape[0]
    half = pixels.shape[1] // 2
    assert all(
        len({tuple(pixel) for row in part[::5] for pixel in row[::5]}) > 3
        for part in (pixels[:, :half], pixels[:, half:])
    )
