"""One task as a local process: what starts, what it gets, how it ends, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Callable, Optional, Union

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from azure.batch.emulator._process import Failure, Launch, Outcome, Process, launch, split
from support.processes import is_gone
from support.waiting import PATIENCE, comes_true

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

Start = Callable[..., Launch]


@pytest.fixture
def command(tmp_path: Path) -> Start:
    def make(command_line: str, windows: bool = False, **environment: str) -> Launch:
        directory = tmp_path / "wd"
        directory.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], **environment}
        stdout, stderr = tmp_path / "stdout.txt", tmp_path / "stderr.txt"
        return Launch(command_line, directory, environment, stdout, stderr, windows)

    return make


async def run(what: Launch) -> Outcome:
    started = await launch(what)
    return started if isinstance(started, Outcome) else await asyncio.wait_for(started.wait(), PATIENCE)


async def start(what: Launch) -> Process:
    started = await launch(what)
    assert isinstance(started, Process), started
    return started


def reaped(pid: int) -> bool:
    """Whether a child left no zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def code_of(outcome: Outcome) -> Optional[str]:
    return None if outcome.failure is None else outcome.failure.code


async def test_success_with_output_in_the_files(command: Start) -> None:
    what = command("/bin/sh -c 'echo out; echo err >&2; pwd'")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text() == f"out\n{what.directory}\n"
    assert what.stderr.read_text() == "err\n"


async def test_exit_code_is_reported_with_the_details_of_the_service(command: Start) -> None:
    outcome = await run(command("/bin/sh -c 'exit 3'"))
    assert outcome.exit_code == 3
    assert isinstance(outcome.failure, Failure)
    assert (outcome.failure.category, outcome.failure.code) == ("usererror", "FailureExitCode")
    assert outcome.failure.details == (
        ("Message", "The process exited with code 3"),
        ("AdditionalErrorCode", "FailureExitCode"),
    )


async def test_death_by_a_signal(command: Start) -> None:
    outcome = await run(command("/bin/sh -c 'kill -SEGV $$'"))
    assert outcome.exit_code == 128 + signal.SIGSEGV
    assert outcome.failure is not None
    assert outcome.failure.code == "FailureExitCode"
    assert "SIGSEGV" in outcome.failure.details[0][1]


@pytest.mark.parametrize("line", ["no-such-program", "./no-such-program", "wd/x/y", "/no/such/program a", "x" * 5000])
async def test_missing_program(command: Start, line: str) -> None:
    outcome = await run(command(line))
    assert outcome.exit_code is None
    assert outcome.failure is not None
    assert (outcome.failure.category, outcome.failure.code) == ("usererror", "CommandProgramNotFound")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        '""',
        "echo 'not closed",
        "echo \\",
        "echo a\0b",
        "\0",
        "echo \ud800",
        "/bin/echo " + "x" * 3_000_000,
        "/tmp/",
    ],
)
async def test_what_cannot_be_started(command: Start, line: str) -> None:
    outcome = await run(command(line))
    assert outcome.exit_code is None
    assert code_of(outcome) in ("CommandLaunchFailed", "CommandProgramNotFound" if line == "/tmp/" else None)


async def test_file_that_is_not_executable(command: Start) -> None:
    what = command("./script")
    (what.directory / "script").write_text("#!/bin/sh\n")
    assert code_of(await run(what)) == "CommandLaunchFailed"


@pytest.mark.parametrize("content", ["no format that the kernel knows", "#!/no/such/interpreter\n"])
async def test_file_that_the_kernel_refuses(command: Start, content: str) -> None:
    what = command("./script")
    script = what.directory / "script"
    script.write_text(content)
    script.chmod(0o755)
    assert code_of(await run(what)) == "CommandLaunchFailed"


async def test_missing_working_directory(command: Start) -> None:
    what = command("true")
    what.directory.rmdir()
    assert code_of(await run(what)) == "CommandLaunchFailed"


async def test_environment_that_cannot_be_passed(command: Start) -> None:
    assert code_of(await run(command("true", **{"A=B": "c"}))) == "CommandLaunchFailed"


async def test_program_is_found_in_the_path_of_the_task(command: Start, tmp_path: Path) -> None:
    program = tmp_path / "tools" / "greet"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hello $1\n")
    program.chmod(0o755)
    what = command("greet you", PATH=f"/no/such:{program.parent}:/bin:/usr/bin")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text() == "hello you\n"


async def test_relative_program_is_in_the_working_directory(command: Start) -> None:
    what = command("./greet")
    program = what.directory / "greet"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text() == "here\n"


async def test_no_shell_reads_the_command_line(command: Start) -> None:
    what = command("echo $HOME ; echo * > file")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text() == "$HOME ; echo * > file\n"


async def test_words_and_quotes(command: Start) -> None:
    what = command("""printf '%s|' 'a b' "c'd" e\\ f "" "g\\"h" 'ü€😀'""")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text(encoding="utf-8") == """a b|c'd|e f||g"h|ü€😀|"""


WORDS = st.text(st.sampled_from("ab \t'\"\\é"), max_size=12)


@given(WORDS)
def test_words_are_split_as_a_shell_splits_them(line: str) -> None:
    shell = subprocess.run(["/bin/sh", "-c", f"printf '<%s>' x {line}"], capture_output=True, check=False)
    assume(not line.endswith("\\"))  # one at the very end stands for itself to some shells
    try:
        words = split(line)
    except ValueError:
        assert shell.returncode != 0
    else:
        assert shell.stdout.decode() == "".join(f"<{word}>" for word in ["x", *words])


@given(st.text())
def test_splitting_gives_words_or_a_value_error(line: str) -> None:
    with contextlib.suppress(ValueError):
        assert all(isinstance(word, str) for word in split(line))


@given(st.lists(st.text()))
def test_quoted_words_come_back(words: list[str]) -> None:
    assert split(shlex.join(words)) == words


def test_line_breaks_are_white_space_unless_quoted() -> None:
    assert split('a\nb \'c\nd\' "e\nf" g\\\nh "i\\\nj"') == ["a", "b", "c\nd", "e\nf", "gh", "ij"]


def test_dollar_and_backquote_may_be_escaped_in_double_quotes() -> None:
    assert split(r'''sh -c "echo \$HOME \`x\` \a \\ \""''') == ["sh", "-c", r'echo $HOME `x` \a \ "']


async def test_long_command_line(command: Start) -> None:
    what = command("echo " + "é" * 7995)
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text(encoding="utf-8") == "é" * 7995 + "\n"


async def test_binary_and_large_output(command: Start) -> None:
    what = command("head -c 100000000 /dev/zero")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.stat().st_size == 100_000_000
    what.stdout.unlink()


async def test_standard_input_is_empty(command: Start) -> None:
    what = command("cat")
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_bytes() == b""


async def test_environment_is_what_was_given_and_no_more(command: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "secret")
    what = command("env", NAME="välue")
    assert await run(what) == Outcome(0, None)
    names = {line.split("=")[0] for line in what.stdout.read_text(encoding="utf-8").splitlines()}
    assert names == {"PATH", "NAME"}


async def test_no_descriptor_leaks_into_a_task(command: Start, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        what = command("ls /proc/self/fd" if sys.platform == "linux" else "ls /dev/fd")
        assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text().split() == ["0", "1", "2", "3"]  # 3 is the directory that is being listed


async def test_own_session(command: Start) -> None:
    process = await start(command("sleep 100"))
    assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
    process.end("over", grace=0)
    await process.wait()


async def test_children_left_behind_are_killed_and_do_not_hold_up_the_end(command: Start) -> None:
    what = command("/bin/sh -c 'sleep 1000 & echo $!; sleep 1000 & echo $!; exit 0'")
    assert await run(what) == Outcome(0, None)
    pids = [int(line) for line in what.stdout.read_text().split()]
    assert len(pids) == 2
    await comes_true(lambda: all(is_gone(pid) for pid in pids))


async def test_services_of_a_background_command_live_until_they_are_ended(command: Start) -> None:
    what = dataclasses.replace(command("/bin/sh -c 'sleep 1000 & echo $!; exit 4'"), background=True)
    process = await start(what)
    outcome = await process.wait()
    assert (outcome.exit_code, code_of(outcome)) == (4, "FailureExitCode")
    service = int(what.stdout.read_text())
    assert not is_gone(service)
    process.end("The task ended")
    process.end("The task ended")
    assert await process.wait() == outcome
    await comes_true(lambda: is_gone(service))
    assert reaped(process.pid)


async def test_background_command_that_is_ended_early(command: Start) -> None:
    process = await start(dataclasses.replace(command("sleep 1000"), background=True))
    process.end("over")
    assert (await process.wait()).exit_code == 128 + signal.SIGTERM
    assert reaped(process.pid)


async def test_end_takes_the_whole_group(command: Start) -> None:
    what = command("/bin/sh -c 'sleep 1000 & echo $!; wait'")
    process = await start(what)
    await comes_true(lambda: what.stdout.read_text().endswith("\n"))
    process.end("The task was ended by a request")
    outcome = await asyncio.wait_for(process.wait(), PATIENCE)
    assert outcome == Outcome(
        128 + signal.SIGTERM, Failure("usererror", "TaskEnded", "The task was ended by a request")
    )
    await comes_true(lambda: is_gone(int(what.stdout.read_text())))


async def test_end_kills_what_does_not_listen(command: Start) -> None:
    what = command("/bin/sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.1; done'")
    process = await start(what)
    await comes_true(lambda: what.stdout.read_text() == "ready\n")
    process.end("first", grace=0.05)
    process.end("second", grace=0.05)
    outcome = await asyncio.wait_for(process.wait(), PATIENCE)
    assert outcome == Outcome(128 + signal.SIGKILL, Failure("usererror", "TaskEnded", "first"))


async def test_a_program_may_clean_up_when_it_is_ended(command: Start) -> None:
    what = command("/bin/sh -c 'trap \"echo bye; exit 5\" TERM; echo ready; while :; do sleep 0.1; done'")
    process = await start(what)
    await comes_true(lambda: what.stdout.read_text() == "ready\n")
    process.end("over", grace=20)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == Outcome(5, Failure("usererror", "TaskEnded", "over"))
    assert what.stdout.read_text() == "ready\nbye\n"


async def test_end_after_the_end_changes_nothing(command: Start) -> None:
    process = await start(command("true"))
    outcome = await process.wait()
    process.end("too late")
    assert await process.wait() == outcome == Outcome(0, None)


async def test_several_may_wait_and_one_may_give_up(command: Start) -> None:
    process = await start(command("sleep 0.05"))
    impatient = asyncio.ensure_future(process.wait())
    others = [asyncio.ensure_future(process.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    impatient.cancel()
    assert await asyncio.gather(*others) == [Outcome(0, None)] * 3


async def test_output_of_a_retry_replaces_the_old_one(command: Start) -> None:
    what = command("echo again")
    os.mkfifo(what.stdout)
    what.stderr.write_text("old")
    assert await run(what) == Outcome(0, None)
    assert (what.stdout.read_text(), what.stderr.read_text()) == ("again\n", "")


async def test_output_that_cannot_be_written(command: Start) -> None:
    what = command("true")
    what.stdout.mkdir()
    assert code_of(await run(what)) == "CommandLaunchFailed"


def take_exit_status(process: Process) -> None:
    """Wait with the event loop standing still, so that it sees the process too late."""
    os.waitpid(process.pid, 0)


async def test_exit_status_taken_by_somebody_else_is_no_success(command: Start) -> None:
    process = await start(command("true"))
    take_exit_status(process)
    outcome = await process.wait()
    assert outcome.exit_code is None
    assert outcome.failure is not None
    assert outcome.failure.category == "servererror"


@pytest.fixture(params=["as the system has it", "a thread waits"])
def waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "a thread waits":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


def left_open(folder: Path) -> list[str]:
    """Descriptors of files in a folder, and of processes that are no more."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            file, info = descriptor.readlink(), Path("/proc/self/fdinfo", descriptor.name).read_text()
            if folder in file.parents or "\nPid:\t-1\n" in info:
                found.append(str(file))
    return found


@pytest.mark.usefixtures("waiting")
def test_many_at_once_in_a_loop_of_another_thread(command: Start) -> None:
    results: list[Union[list[Outcome], BaseException]] = []
    template = command("true")
    out = template.directory.parent
    processes = []

    async def one(number: int) -> Outcome:
        name = f"/bin/sh -c 'echo {number}; exit {number}'"
        what = Launch(name, template.directory, template.environment, out / f"o{number}", out / f"e{number}")
        process = await start(what)
        processes.append(process.pid)
        return await process.wait()

    async def all_of_them() -> list[Outcome]:
        return list(await asyncio.gather(*(one(number) for number in range(60))))

    def body() -> None:
        try:
            results.append(asyncio.run(all_of_them()))
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(PATIENCE)
    assert isinstance(results[0], list), results
    assert [outcome.exit_code for outcome in results[0]] == list(range(60))
    assert len(processes) == 60
    assert all(map(reaped, processes))
    gc.collect()  # would show an unclosed file as a warning, which is an error here
    if sys.platform == "linux":
        assert left_open(out) == []


@pytest.mark.usefixtures("waiting")
async def test_end_however_the_wait_is_done(command: Start) -> None:
    process = await start(command("sleep 1000"))
    process.end("over", grace=0)
    assert (await process.wait()).exit_code == 128 + signal.SIGKILL


async def test_windows_command_line_runs_by_the_shim(command: Start) -> None:
    what = command('cmd /c "echo hello"', windows=True)
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_bytes() == b"hello\r\n"


async def test_windows_program_is_found_without_its_extension(command: Start) -> None:
    what = command('printf.exe "a b"', windows=True)
    assert await run(what) == Outcome(0, None)
    assert what.stdout.read_text() == "a b"
