"""The samples, each run as a newcomer runs it: as a program of its own, on an account of its own."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

import azure.batch
from azure.batch.emulator import BatchEmulator, Fault
from support.processes import environment, interrupt, interruptible, variables_of
from support.waiting import until

SAMPLES = Path(__file__).parents[1] / "samples"
TIMEOUT = 240

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the tasks of the samples are for a POSIX shell")


@contextmanager
def started(
    sample: str, *arguments: str, env: Optional[dict[str, str]] = None
) -> Generator[subprocess.Popen[str], None, None]:
    """A running sample, which is killed if it still runs at the end of the block."""
    with subprocess.Popen(
        [sys.executable, str(SAMPLES / sample), *arguments],
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def completed(sample: str, *arguments: str, env: Optional[dict[str, str]] = None) -> subprocess.CompletedProcess[str]:
    """A sample that has run to its end."""
    with started(sample, *arguments, env=env) as process:
        output, errors = process.communicate(timeout=TIMEOUT)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def run(sample: str, *arguments: str) -> str:
    """What a sample printed, which must have succeeded."""
    result = completed(sample, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_table_of_samples_is_complete() -> None:
    lines = (SAMPLES / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| [")]
    programs = {re.sub(r"^\[(.*)\]\(\1\)$", r"\1", name): rest for name, *rest in rows}
    assert sorted(programs) == sorted(path.name for path in SAMPLES.glob("[!_]*.py"))
    for program, (_, colours, command, needs) in programs.items():
        text = (SAMPLES / program).read_text("utf-8")
        is_async = "async def" in text
        is_sync = re.search(r"[ =(]batch_client\(|[ (]emulator\.client\(", text) is not None
        names = [name for name, is_one in (("sync", is_sync), ("async", is_async)) if is_one]
        assert colours == " and ".join(names), program
        assert re.match(rf"`python samples/{program}[ `]", command), program
        assert ("`samples`" in needs) == ("matplotlib" in text), program


def test_samples_are_short_and_tell_how_to_run_them() -> None:
    for path in SAMPLES.glob("[!_]*.py"):
        if path.name == "run_commands.py":  # it is more: a tool
            continue
        text = path.read_text("utf-8")
        assert len(text.splitlines()) < 150, path.name
        docstring = ast.get_docstring(ast.parse(text))
        assert docstring is not None
        assert f"``python samples/{path.name}" in docstring, path.name


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
    for part in (pixels[:, :half], pixels[:, half:]):
        colours = {tuple(pixel) for row in part[::5] for pixel in row[::5]}
        assert len(colours) > 3


@pytest.mark.parametrize("picture", ["no-such-folder/results.png", "results.nothing"])
def test_parameter_sweep_refuses_a_picture_that_cannot_be_written(picture: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra 'samples'")
    result = completed("parameter_sweep.py", "--picture", str(tmp_path / picture))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "--picture" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(("density", "connected"), [("0", 0), ("0.2", 0), ("0.9", 7), ("1", 7)])
def test_what_the_tasks_of_the_sweep_find(density: str, connected: int, tmp_path: Path) -> None:
    command = [sys.executable, str(SAMPLES / "_percolation.py"), "40", density, "7"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=TIMEOUT)
    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert (result["size"], result["trials"], result["connected"]) == (40, 7, connected)
    assert [len(row) for row in result["last"]] == [40] * 40
    assert (2 in result["last"][-1]) == bool(connected)


def test_map_reduce_counts_the_words_of_all_texts(tmp_path: Path) -> None:
    texts = {"one.txt": "The fig, the pear; the zebra.\nA Fig!", "two.txt": "fig\npear\nno"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    output = run("map_reduce.py", *(str(tmp_path / name) for name in texts))
    assert output.splitlines() == [
        "2 map tasks, 2 reduce tasks",
        "reduce-a-m: 2 words, most often",
        "    3 fig",
        "    1 a",
        "reduce-n-z: 4 words, most often",
        "    3 the",
        "    2 pear",
        "    1 no",
        "    1 zebra",
    ]


def test_map_reduce_refuses_a_text_that_is_not_there(tmp_path: Path) -> None:
    result = completed("map_reduce.py", __file__, str(tmp_path / "nothing.txt"))
    assert result.returncode == 2
    assert re.search(r"error: there is no file .*nothing\.txt$", result.stderr)
    assert "Traceback" not in result.stderr


def test_map_reduce_asks_for_a_container_where_nodes_are_elsewhere() -> None:
    elsewhere = environment(AZURE_BATCH_ENDPOINT="https://a.westeurope.batch.azure.com")
    result = completed("map_reduce.py", env=elsewhere)
    assert result.returncode == 2
    assert "--container is needed" in result.stderr


def test_job_schedule_makes_its_jobs_at_their_times() -> None:
    shown = re.split(r"^The schedule is ", run("job_schedule.py"), flags=re.MULTILINE)[1:]
    assert [part.split(maxsplit=1)[0].strip(",") for part in shown] == ["active", "disabled", "active", "completed"]
    made = r"job-(\d): completed, created (\d+) \w+ ([\d:]+), took 20 s: report of nightly-\w+:job-\1$"
    jobs = [re.findall(made, part, re.MULTILINE) for part in shown]
    assert [len(some) for some in jobs] == [3, 3, 5, 5]
    assert len({day for _, day, _ in jobs[0]}) == 3
    assert len({time for _, _, time in jobs[0]}) == 1


def test_autoscale_follows_the_work() -> None:
    output = run("autoscale.py")
    assert "pending is not defined" in output
    assert "InsufficientSampleData: " in output
    table = re.findall(r"^ +(\d+) +(\d+) +(\d+) +(\d+) ", output, re.MULTILINE)
    rows = [[int(number) for number in row] for row in table]
    nodes = [row[3] for row in rows]
    assert max(nodes) == 5
    assert rows[0][1] == 12
    assert rows[-1][1:] == [0, 0, 0]
    most = nodes.index(5)
    assert nodes[most:] == sorted(nodes[most:], reverse=True)


@pytest.mark.parametrize("arguments", [[], ["--async"]], ids=["sync", "async"])
def test_live_tail_shows_the_output_as_it_comes(arguments: list[str], tmp_path: Path) -> None:
    """The task finds a ``sleep`` that lasts until its first line was seen."""
    sleep, seen = tmp_path / "sleep", tmp_path / "seen"
    sleep.write_text(f"#!/bin/sh\nuntil test -e {seen}; do {shutil.which('sleep')} 0.05; done\n")
    sleep.chmod(0o755)
    own = environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with started("live_tail.py", *arguments, env=own) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        seen.touch()
        rest, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    output = first + rest
    assert output.splitlines() == [*(f"step {step} of 8" for step in range(1, 9)), "all done"]
    sizes = [int(size) for size in re.findall(r"^\[ *[\d.]+ s\] (\d+) bytes$", errors, re.MULTILINE)]
    assert (sizes[0], sum(sizes)) == (len(first), len(output))


def test_error_samples_meet_every_class_of_error() -> None:
    calls, waits = run("error_handling.py"), run("waiting_errors.py")
    caught = set(re.findall(r"^(\w+Error)$", calls + waits, re.MULTILINE))
    own = [getattr(azure.batch, name) for name in azure.batch.__all__ if name.endswith("Error")]
    leaves = {kind.__name__ for kind in own if not any(issubclass(other, kind) for other in own if other != kind)}
    assert leaves <= caught
    assert "PropertyName: priority" in calls
    assert re.search(r"^  -> standard error of tvm\w+: no licence server$", waits, re.MULTILINE)
    assert "-> the properties: ['task_slots_per_node']" in waits


def test_web_service_answers_itself() -> None:
    output = run("web_service.py", "--check")
    assert re.search(r'"state": "completed", "tasks": .*"succeeded": 1, "failed": 1', output)
    assert re.search(r"^GET /jobs/\S+/tasks/1/output: 200 one$", output, re.MULTILINE)


# What is left -------------------------------------------------------------------------------------------------------


def interrupted(
    sample: str, *arguments: str, emulator: BatchEmulator, is_time: Callable[[subprocess.Popen[str]], Any]
) -> int:
    """Interrupt a sample in time, and see that it leaves nothing; gives its exit code."""
    name = sample[:-3].replace("_", "-")
    own = interruptible(environment(**variables_of(emulator), PYTHONUNBUFFERED="1"))
    with started(sample, *arguments, env=own) as process, emulator.client() as client:
        until(lambda: is_time(process) or process.poll() is not None)
        assert [pool.id for pool in client.list_pools() if pool.id.startswith(name)]
        interrupt(process)
        _, errors = process.communicate(timeout=TIMEOUT)
        assert not [pool.id for pool in client.list_pools() if pool.id.startswith(name)], errors
        assert not [job.id for job in client.list_jobs() if job.id.startswith(name)], errors
    return process.returncode


@pytest.mark.parametrize(
    ("sample", "arguments", "operation"),
    [
        ("live_tail.py", [], "get_task"),
        ("live_tail.py", ["--async"], "get_task"),
        ("map_reduce.py", [], "get_job_task_counts"),
    ],
)
def test_an_interrupted_sample_leaves_nothing(
    sample: str, arguments: list[str], operation: str, emulator: BatchEmulator, tmp_path: Path
) -> None:
    """It waits for its tasks: an answer is late."""
    if sample == "map_reduce.py":
        arguments = ["--container", tmp_path.as_uri()]
    late = emulator.faults.add(Fault(operation=operation, delay=60, times=1))
    try:
        code = interrupted(sample, *arguments, emulator=emulator, is_time=lambda _: emulator.faults.count(late))
    finally:
        emulator.faults.remove(late)
    assert code != 0


def test_an_interrupted_web_service_leaves_nothing(emulator: BatchEmulator) -> None:
    def is_time(process: subprocess.Popen[str]) -> bool:
        assert process.stdout is not None
        return "Running on http://127.0.0.1:" in process.stdout.readline()

    interrupted("web_service.py", "--port", "0", emulator=emulator, is_time=is_time)
