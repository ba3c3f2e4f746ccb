"""The sample program, run as a newcomer runs it: as a program of its own, with the sync and with the async client."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Optional

import pytest
from azure.core.exceptions import ResourceNotFoundError

from azure.batch import models
from azure.batch.emulator import BatchEmulator, Fault
from support.processes import environment, interrupt, interruptible, is_gone, variables_of
from support.waiting import PATIENCE, until

SAMPLE = Path(__file__).parent.parent / "samples" / "run_commands.py"
TIMEOUT = 120

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are for a POSIX shell")


@contextmanager
def started(
    *arguments: str, commands: str = "", env: Optional[dict[str, str]] = None, output: int = subprocess.PIPE
) -> Generator[subprocess.Popen[str], None, None]:
    """The program, with commands as its standard input; it is killed if it still runs at the end of the block."""
    with subprocess.Popen(
        [sys.executable, str(SAMPLE), *arguments],
        env=env or environment(),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(commands)
            process.stdin.close()
            process.stdin = None
            yield process
        finally:
            process.kill()


def run(*arguments: str, commands: str = "", env: Optional[dict[str, str]] = None) -> subprocess.CompletedProcess[str]:
    with started(*arguments, commands=commands, env=env) as process:
        output, errors = process.communicate(timeout=TIMEOUT)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def running_job(process: subprocess.Popen[str], running: int) -> str:
    """The id of the program's job, as soon as so many of its tasks run."""
    assert process.stderr is not None
    job = ""
    for line in process.stderr:
        found = re.search(r"to job (\S+)", line)
        job = found[1] if found else job
        if f" {running} running" in line:
            return job
    raise AssertionError(f"The program ended with {process.wait()}")


def exists(read: Callable[[str], Any], identifier: str) -> bool:
    try:
        read(identifier)
    except ResourceNotFoundError:
        return False
    return True


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> list[str]:
    return ["--async"] if request.param == "async" else []


@pytest.fixture
def account(emulator: BatchEmulator) -> dict[str, str]:
    """The environment that names the tests' account."""
    return environment(**variables_of(emulator))


@pytest.fixture
def without_rich(account: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The same, where rich is not installed."""
    return without("rich", account, tmp_path)


def without(module: str, variables: dict[str, str], folder: Path) -> dict[str, str]:
    """An environment in which a module is not installed."""
    (folder / f"{module}.py").write_text("raise ImportError('not installed')\n")
    return {**variables, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


@pytest.fixture
def leftovers(emulator: BatchEmulator) -> Iterator[list[str]]:
    """Takes the ids that a test finds left in the account; they are deleted after it."""
    found: list[str] = []
    yield found
    with emulator.client() as client:
        for one in found:
            client.begin_delete_job(one).result()
            client.begin_delete_pool(one).result()


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    loader = SourceFileLoader("sample_run_commands", str(SAMPLE))
    module = ModuleType(loader.name)
    module.__file__ = loader.path
    sys.modules[loader.name] = module  # dataclasses look there
    loader.exec_module(module)
    return module


# What comes out -------------------------------------------------------------------------------------------------------


def test_default_file_succeeds_in_order_and_both_colours_print_the_same() -> None:
    with started() as synchronous, started("--async") as asynchronous:
        output, errors = synchronous.communicate(timeout=TIMEOUT)
        other_output, other_errors = asynchronous.communicate(timeout=TIMEOUT)
    assert synchronous.returncode == 0, errors
    assert asynchronous.returncode == 0, other_errors
    assert other_output == output
    lines = SAMPLE.with_name("commands.txt").read_text("utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert len(commands) == 20
    assert re.findall(r"^\[\d+/20\] \$ (.*)$", output, re.MULTILINE) == commands
    endings = re.findall(r"^\[(\d+)/20\] exit code 0$", output, re.MULTILINE)
    assert endings == [str(number) for number in range(1, 21)]
    assert "\n71 839 1471 6857\n" in output
    assert output.endswith("\n20 succeeded, 0 failed\n")
    assert "Deleting pool and job" in errors


def test_failures_are_counted_and_outputs_of_every_kind_are_shown_and_nothing_is_left(
    colour: list[str], account: dict[str, str], emulator: BatchEmulator, tmp_path: Path
) -> None:
    commands = tmp_path / "commands"
    commands.write_text(
        "\ufeff# a comment, after a byte order mark\n\n   # another\n"
        "echo first; echo noise >&2\r\n"
        "  exit 3\n"
        "printf 'a\\033[31mb\\000\\377'\n"
        "true\n"
        "yes 0123456789abcde | head -c 100000000\n"
        "echo 'naïve 日本語' \"it's\"\n"
        f"echo {'x' * 8000} | wc -c\n"
        "sleep 1000 & echo left a child\n",
        "utf-8",
    )
    result = run(str(commands), "--nodes", "1", "--task-slots", "4", *colour, env=account)
    assert result.returncode == 1, result.stderr
    parts = re.split(r"^\[\d/8\] \$ ", result.stdout, flags=re.MULTILINE)
    assert parts[1] == "echo first; echo noise >&2\nfirst\n[stderr]\nnoise\n[1/8] exit code 0\n\n"
    assert parts[2] == "exit 3\n[2/8] exit code 3\n\n"
    assert parts[3].splitlines()[1:3] == [r"a\x1b[31mb\x00\xff", "[3/8] exit code 0"]
    assert parts[4] == "true\n[4/8] exit code 0\n\n"
    assert len(parts[5]) < 70_000
    assert "0123456789abcde\n[... 99,934,464 of 100,000,000 bytes left out]\n[5/8] exit code 0\n" in parts[5]
    assert "\nnaïve 日本語 it's\n" in parts[6]
    assert "characters left out]\n8001\n" in parts[7]
    assert "\nleft a child\n[8/8] exit code 0\n" in parts[8]
    assert result.stdout.endswith("\n7 succeeded, 1 failed\n")
    job = re.search(r"to job (\S+)", result.stderr)
    assert job is not None
    with emulator.client() as client:
        assert not exists(client.get_job, job[1])
        assert not exists(client.get_pool, job[1])


def test_standard_input_is_a_file_too_and_needs_no_rich(without_rich: dict[str, str]) -> None:
    result = run("-", commands="# nothing here\n\necho from standard input\n", env=without_rich)
    assert result.returncode == 0, result.stderr
    assert "[1/1] $ echo from standard input\nfrom standard input\n[1/1] exit code 0\n" in result.stdout
    assert "pip install" not in result.stderr


def test_characters_that_the_terminal_cannot_show_are_escaped(account: dict[str, str]) -> None:
    result = run("-", commands="echo 'naïve'\n", env={**account, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    # The program read its input as UTF-8 all the same.
    assert result.returncode == 0, result.stderr
    assert "\nna\\xefve\n" in result.stdout


def test_task_slots_are_how_many_tasks_run_on_a_node_at_the_same_time(
    colour: list[str], account: dict[str, str], emulator: BatchEmulator, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    commands = f"while [ ! -e {gate} ]; do sleep 0.05; done\n" * 4
    arguments = ["-", "--nodes", "1", "--task-slots", "3", *colour]
    with started(*arguments, commands=commands, env=account) as process, emulator.client() as client:
        job = running_job(process, 3)
        tasks = [(task.state, task.node_info) for task in client.list_tasks(job)]
        assert sorted(state for state, _ in tasks) == ["active", "running", "running", "running"]
        assert len({node.node_id for _, node in tasks if node is not None}) == 1
        gate.touch()
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors


def test_each_colour_runs_without_what_the_other_one_sends_with(
    colour: list[str], account: dict[str, str], tmp_path: Path
) -> None:
    own, other = ("aiohttp", "requests") if colour else ("requests", "aiohttp")
    (tmp_path / own).mkdir()
    (tmp_path / other).mkdir()
    done = run("-", *colour, commands="echo 1\n", env=without(other, account, tmp_path / other))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[1/1] $ echo 1\n1\n[1/1] exit code 0\n\n1 succeeded, 0 failed\n"
    refused = run("-", *colour, commands="echo 1\n", env=without(own, account, tmp_path / own))
    assert refused.returncode == 2
    assert "not installed" in refused.stderr


# What is left ---------------------------------------------------------------------------------------------------------


def test_keep_keeps_pool_and_job(account: dict[str, str], emulator: BatchEmulator, leftovers: list[str]) -> None:
    result = run("-", "--keep", "--nodes", "1", commands="echo 1\necho 2\n", env=account)
    assert result.returncode == 0, result.stderr
    kept = re.search(r"Pool and job (\S+) are kept", result.stderr)
    assert kept is not None
    leftovers.append(kept[1])
    with emulator.client() as client:
        assert client.get_pool(kept[1]).target_dedicated_nodes == 1
        assert [task.command_line for task in client.list_tasks(kept[1])] == [
            "/bin/sh -c 'echo 1'",
            "/bin/sh -c 'echo 2'",
        ]


@pytest.mark.parametrize(
    ("number", "arguments"), [(signal.SIGINT, []), (signal.SIGINT, ["--async"]), (signal.SIGTERM, ["--async"])]
)
def test_an_interrupted_program_cleans_up(
    number: signal.Signals, arguments: list[str], account: dict[str, str], emulator: BatchEmulator
) -> None:
    commands = "sleep 1000\nsleep 1000\n"
    own = interruptible(account)
    with started("-", *arguments, commands=commands, env=own) as process, emulator.client() as client:
        job = running_job(process, 2)
        assert client.get_job_task_counts(job).task_counts.running == 2
        interrupt(process, number)
        output, errors = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 130
        assert output == ""
        assert errors.splitlines()[-2:] == [f"Deleting pool and job {job}", "Interrupted"]
        assert not exists(client.get_job, job)
        assert not exists(client.get_pool, job)


def test_a_program_that_is_interrupted_while_it_adds_tasks_cleans_up(
    colour: list[str], account: dict[str, str], emulator: BatchEmulator
) -> None:
    late = emulator.faults.add(Fault(operation="create_task_collection", job="run-commands-*", delay=60, times=1))
    try:
        with started("-", *colour, commands="sleep 1000\n" * 3, env=interruptible(account)) as process:
            until(lambda: emulator.faults.count(late) or process.poll() is not None)
            interrupt(process)
            output, errors = process.communicate(timeout=PATIENCE)
    finally:
        emulator.faults.remove(late)
    job = re.search(r"to job (\S+)", errors)
    assert job is not None, errors
    assert (process.returncode, output) == (130, "")
    assert errors.splitlines()[-2:] == [f"Deleting pool and job {job[1]}", "Interrupted"]
    with emulator.client() as client:
        assert not exists(client.get_job, job[1])
        assert not exists(client.get_pool, job[1])


def test_an_interrupted_program_takes_its_own_account_with_it(colour: list[str], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    commands = f"echo $$ > {note}.new; mv {note}.new {note}; exec sleep 1000\n"
    with started("-", *colour, commands=commands, env=interruptible(environment())) as process:
        running_job(process, 1)
        until(lambda: note.exists() or process.poll() is not None)
        interrupt(process)
        process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert is_gone(int(note.read_text()))


def test_the_reader_of_the_results_may_leave(account: dict[str, str], emulator: BatchEmulator) -> None:
    commands = "seq 1 10000\n" * 10
    with started("-", commands=commands, env=account) as process, emulator.client() as client:
        assert process.stdout is not None
        assert process.stdout.readline() == "[1/10] $ seq 1 10000\n"
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=TIMEOUT)
        job = re.search(r"to job (\S+)", errors)
        assert job is not None, errors
        assert "Traceback" not in errors
        assert process.returncode == 1
        assert not exists(client.get_pool, job[1])


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "commands", "message"),
    [
        (["no-such-file"], "", "Error: Cannot read no-such-file: No such file or directory"),
        ([str(SAMPLE.parent)], "", f"Error: Cannot read {SAMPLE.parent}: Is a directory"),
        (["-"], "# only a comment\n\n", "Error: Standard input has no commands in it"),
        ([sys.executable], "", "it is not UTF-8 text"),
        (["--nodes", "0"], "", "argument --nodes: '0' is not a number from 1 on"),
        (["--task-slots", "many"], "", "argument --task-slots: 'many' is not a number from 1 on"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments: list[str], commands: str, message: str) -> None:
    result = run(*arguments, commands=commands)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        ([], {"AZURE_BATCH_ACCESS_KEY": base64.b64encode(b"wrong").decode()}, "no access with these credentials"),
        (["--async"], {"AZURE_BATCH_ACCOUNT": "another"}, "no access with these credentials"),
        ([], {"AZURE_BATCH_ACCESS_KEY": "not base64!"}, "Error: AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY: "),
        (["--async"], {"AZURE_BATCH_ENDPOINT": "http://batch.example.com"}, "Error: AZURE_BATCH_ENDPOINT: "),
        # Without a key it is a token, which no client sends over plain http.
        ([], {"AZURE_BATCH_ACCESS_KEY": ""}, "Error: Bearer token authentication is not permitted"),
        (["--async"], {"AZURE_BATCH_ACCESS_KEY": ""}, "Error: Bearer token authentication is not permitted"),
        ([], {"AZURE_BATCH_ACCOUNT": ""}, "Error: AZURE_BATCH_ACCOUNT: "),
    ],
)
def test_a_wrong_account_is_refused(
    arguments: list[str], variables: dict[str, str], message: str, account: dict[str, str]
) -> None:
    result = run("-", *arguments, commands="echo 1\n", env={**account, **variables})
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert "Deleting" not in result.stderr  # there is nothing to delete


def test_a_pool_that_loses_its_nodes_ends_the_wait(
    colour: list[str], account: dict[str, str], emulator: BatchEmulator
) -> None:
    with started("-", *colour, commands="sleep 1000\n", env=account) as process, emulator.client() as client:
        job = running_job(process, 1)
        client.begin_resize_pool(job, models.BatchPoolResizeOptions(target_dedicated_nodes=0), polling=False)
        _, errors = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 2
        assert "Error: No node will run the tasks: the pool has 0 of 2 nodes\n" in errors
        assert not exists(client.get_pool, job)


class Screen:
    """Remembers what a user is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def pool(nodes: int, allocation: str = "steady", errors: Optional[list[dict[str, str]]] = None) -> models.BatchPool:
    document = {"state": "active", "allocationState": allocation, "currentDedicatedNodes": nodes}
    return models.BatchPool({**document, "resizeErrors": errors} if errors else document)


QUOTA = [{"code": "AccountCoreQuotaReached", "message": "No more cores"}]
BROKEN = models.BatchNode({"id": "node-7", "errors": [{"code": "DiskFull", "message": "No room"}]})


def watch(sample: ModuleType, screen: Screen) -> Any:
    return sample.Watch(sample.Work("a", ["true"], 3, 1, False), screen)


def test_a_pool_that_got_no_node_is_given_up_with_its_reason(sample: ModuleType) -> None:
    watched = watch(sample, Screen())
    watched.check(pool(0, "resizing"), [])
    with pytest.raises(sample.CannotRunError, match=r"has 0 of 3 nodes\n  AccountCoreQuotaReached: No more cores"):
        watched.check(pool(0, errors=QUOTA), [])


def test_a_pool_whose_nodes_are_all_broken_is_given_up_with_their_reason(sample: ModuleType) -> None:
    with pytest.raises(sample.CannotRunError, match=r"Node node-7 is unusable\n    DiskFull: No room"):
        watch(sample, Screen()).check(pool(1), [BROKEN])


def test_a_pool_that_got_some_nodes_is_used_after_one_warning(sample: ModuleType) -> None:
    screen = Screen()
    watched = watch(sample, screen)
    watched.check(pool(2, errors=QUOTA), [])
    watched.check(pool(2, errors=QUOTA), [])
    assert screen.said == ["Going on with 2 of 3 nodes\n  AccountCoreQuotaReached: No more cores"]


# On a terminal --------------------------------------------------------------------------------------------------------


def on_terminal(*arguments: str, env: dict[str, str]) -> tuple[int, str]:
    """Run the program on a terminal; gives its exit code and what it wrote there."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with started(*arguments, env={**env, "TERM": "xterm", "COLUMNS": "200"}, output=theirs) as process:
        os.close(theirs)
        written = b""
        with suppress(OSError):  # how a terminal tells that nobody holds it any more
            while piece := os.read(ours, 65536):
                written += piece
        os.close(ours)
        return process.wait(TIMEOUT), written.decode()


def test_a_terminal_shows_a_bar_and_then_the_results(account: dict[str, str], tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.write_text("echo one\necho two\n")
    code, shown = on_terminal(str(commands), env=account)
    assert code == 0
    assert "0 of 2 done" in shown
    assert "\x1b[" in shown
    assert re.search(r"\[2/2\] \$ echo two\r\ntwo\r\n\[2/2\] exit code 0\r\n\r\n2 succeeded, 0 failed\r\n$", shown)


def test_a_terminal_without_rich_gets_lines(without_rich: dict[str, str], tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.write_text("echo one\n")
    code, shown = on_terminal(str(commands), env=without_rich)
    assert code == 0
    assert shown.endswith("\r\none\r\n[1/1] exit code 0\r\n\r\n1 succeeded, 0 failed\r\n")
