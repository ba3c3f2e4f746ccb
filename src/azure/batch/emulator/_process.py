"""One task as a local process.

A command line is split into words and started without a shell, in a session and process group of its own, with an empty
standard input and its output going straight into files: there is no pipe that a forgotten child could keep open, so
waiting never depends on anything but the process that was started. When that process ends, whatever it left behind in
its process group is killed, because the service gives no promise to detached processes either and a local machine must
not fill up with them. A process that makes itself a new session (a daemon) lives on, until its task is ended or the
emulator stops.

Where the kernel has pidfds the event loop itself learns of the end of a process, from any thread and without signals;
elsewhere a thread waits for each process. A process that dies of signal n has exit code 128 + n, as shells report it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Optional, Union

from . import _windows
from ._leftovers import Sweeper
from ._outcomes import CommandKind
from ._usage import Usage, wait_for

__all__ = ["Container", "Failure", "Launch", "Outcome", "Process", "failed_exit", "launch", "split"]

GRACE_SECONDS = 2.0
"""How long a process may take to end after SIGTERM before it is killed."""


@dataclass(frozen=True)
class Container:
    """The container that a command is to run in."""

    settings: Mapping[str, Any]
    """``containerSettings`` of the task."""
    environment: Mapping[str, str]
    """Its variables, without any of this machine."""
    mounts: Sequence[tuple[Path, bool]]
    """Folders that it sees at the same place, and whether it may only read them."""
    registries: list[dict[str, Any]]
    """Where its image may come from."""
    user: Optional[str]
    """User and group that it runs as; None for those of the image."""


@dataclass(frozen=True)
class Launch:
    """What to start, and where."""

    command_line: str
    directory: Path
    """Current directory of the process: the task's working directory."""
    environment: Mapping[str, str]
    """The whole environment; nothing is inherited from the emulator."""
    stdout: Path
    stderr: Path
    windows: bool = False
    """The pool runs Windows: the command line is split by its rules, and ``cmd`` is the shim on other systems."""
    kind: CommandKind = "task"
    """What the command is to its pool or job."""
    background: bool = False
    """What the command leaves behind lives on until :meth:`Process.end`: coordination commands start services so."""
    container: Optional[Container] = None
    """The container that it is to run in, if it is to run in one."""


@dataclass(frozen=True)
class Failure:
    """Why a task failed: the content of ``failureInfo``."""

    category: str
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a command ended: ``exit_code`` is None when no process ran, ``failure`` is None on exit code 0."""

    exit_code: Optional[int]
    failure: Optional[Failure]
    usage: Usage = field(default=Usage(), compare=False)
    """What the command used of the machine."""
    container: Optional[Mapping[str, str]] = None
    """What is known of the container that it ran in, or was to run in: the content of ``containerInfo``."""


class _CannotStartError(Exception):
    """Carries the failure code and the reason of a command that cannot be started."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


_START_MESSAGES = {
    "CommandProgramNotFound": "The specified command program is not found",
    "CommandLaunchFailed": "The specified command program cannot be launched",
}


async def launch(launch: Launch, sweeper: Optional[Sweeper] = None) -> Union[Process, Outcome]:
    """Start a command; the outcome at once where it cannot be started.

    :param sweeper: What ends those processes of an ended task that are not in its process group.
    """
    try:
        return Process(_start(launch), launch, sweeper)
    except _CannotStartError as error:
        details = (("Message", error.reason),)
        return Outcome(None, Failure("usererror", error.code, _START_MESSAGES[error.code], details))


class Process:
    """A running command with everything in its process group.

    One that was launched with ``background`` stays a zombie when it ended, to keep the id of its group from being used
    again, until :meth:`end` kills the rest of the group.
    """

    def __init__(self, popen: subprocess.Popen[bytes], launch: Launch, sweeper: Optional[Sweeper]) -> None:
        self.pid = popen.pid
        self._background = launch.background
        self._popen = popen
        self._loop = asyncio.get_running_loop()
        self._outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._sweeper = sweeper
        self._directory = launch.environment.get("AZ_BATCH_TASK_DIR")
        self._sweeping: Optional[asyncio.Future[None]] = None
        self._end_message: Optional[str] = None
        self._kill_timer: Optional[asyncio.TimerHandle] = None
        self._usage = Usage()
        self._watch()

    async def wait(self) -> Outcome:
        """The outcome, once the started process ended; never raises for what the command does."""
        outcome = await asyncio.shield(self._outcome)
        if self._sweeping is not None:
            await asyncio.shield(self._sweeping)
        return outcome

    def end(self, message: str, grace: float = GRACE_SECONDS) -> None:
        """End the whole process group: SIGTERM, then SIGKILL after ``grace`` seconds (at once when it is 0).

        ``wait`` then gives ``TaskEnded`` with this message, and the exit code with which the process went.
        """
        if self._outcome.done():
            if self._background:
                self._background = False
                self._kill_group(force=True)
                self._reap()
                self._sweep()
            return
        if self._end_message is None:
            self._end_message = message
        if grace <= 0:
            self._kill_group(force=True)
        elif self._kill_timer is None:
            self._kill_group(force=False)
            self._kill_timer = self._loop.call_later(grace, self._kill_group, True)

    def _watch(self) -> None:
        if sys.platform == "linux":
            try:
                descriptor = os.pidfd_open(self.pid)
            except (AttributeError, OSError):  # an old kernel or C library, a sandbox, no descriptor left
                pass
            else:
                self._loop.add_reader(descriptor, self._on_readable, descriptor)
                return
        threading.Thread(target=self._wait_in_thread, name=f"wait-{self.pid}", daemon=True).start()

    def _on_readable(self, descriptor: int) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        self._finish()

    def _wait_in_thread(self) -> None:
        if sys.platform == "linux":
            # The process stays a zombie until _finish, so that its id cannot be given to another process group.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._popen.wait()
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if self._kill_timer is not None:
            self._kill_timer.cancel()
        if self._end_message is not None:
            self._background = False
            self._sweep()
        if not self._background:
            self._kill_group(force=True)
        outcome = self._read_outcome(self._peek() if self._background else self._reap())
        self._outcome.set_result(replace(outcome, usage=self._usage))

    def _sweep(self) -> None:
        """End what escaped from the group, too."""
        if self._sweeper is not None and self._directory is not None:
            self._sweeping = asyncio.ensure_future(self._sweeper.sweep(self._directory))

    def _peek(self) -> Optional[int]:
        """Read the exit status, but leave it to be taken later."""
        if sys.platform == "linux":
            with contextlib.suppress(ChildProcessError):
                result = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
                if result is not None:
                    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status
            return None
        return self._popen.wait()

    def _reap(self) -> Optional[int]:
        """Take the exit status; None when something else in this Python process took it first."""
        if sys.platform == "linux":
            # Popen would report 0 for a status that somebody else took: a success that nobody saw.
            try:
                status, self._usage = wait_for(self.pid)
            except ChildProcessError:
                self._popen.returncode = -1
                return None
            self._popen.returncode = os.waitstatus_to_exitcode(status)
        return self._popen.wait()

    def _read_outcome(self, status: Optional[int]) -> Outcome:
        exit_code = 128 - status if status is not None and status < 0 and sys.platform != "win32" else status
        if self._end_message is not None:
            return Outcome(exit_code, Failure("usererror", "TaskEnded", self._end_message))
        if exit_code == 0:
            return Outcome(0, None)
        if status is None or exit_code is None:
            return Outcome(None, Failure("servererror", "Unknown", "The exit code of the task's process was lost"))
        how = f"was ended by {_signal_name(-status)}" if exit_code != status else f"exited with code {status}"
        return failed_exit(exit_code, how)

    def _kill_group(self, force: bool) -> None:
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                subprocess.run(["taskkill", "/F", "/T", "/PID", str(self.pid)], capture_output=True, check=False)
        else:
            # Refused: on macOS when only a zombie is left, on Linux when the process changed its user.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL if force else signal.SIGTERM)


def failed_exit(exit_code: int, how: Optional[str] = None) -> Outcome:
    """The outcome of a process that ended with another exit code than 0."""
    details = (
        ("Message", f"The process {how or f'exited with code {exit_code}'}"),
        ("AdditionalErrorCode", "FailureExitCode"),
    )
    message = "The task exited with an exit code representing a failure"
    return Outcome(exit_code, Failure("usererror", "FailureExitCode", message, details))


def _signal_name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return f"signal {number} ({signal.Signals(number).name})"
    return f"signal {number}"


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    # Encoded here and not by the locale of the emulator: what a client sends is Unicode, what a node runs on is UTF-8.
    try:
        with _output(launch.stdout) as stdout, _output(launch.stderr) as stderr:
            if sys.platform == "win32" and launch.windows:
                return subprocess.Popen(
                    launch.command_line,
                    cwd=launch.directory,
                    env=dict(launch.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
                )
            words = _words(launch)
            environment = {name.encode(): value.encode() for name, value in launch.environment.items()}
            return subprocess.Popen(
                [word.encode() for word in words],
                executable=_find_program(words[0], launch),
                cwd=launch.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
    except OSError as error:
        raise _CannotStartError("CommandLaunchFailed", error.strerror or str(error)) from error
    except ValueError as error:  # a NUL character, half a surrogate pair, "=" in the name of a variable
        raise _CannotStartError("CommandLaunchFailed", str(error)) from error


@contextlib.contextmanager
def _output(path: Path) -> Generator[BinaryIO, None, None]:
    # A retry overwrites the output of the try before. The old file is removed and not truncated: a task may have put
    # a named pipe in its place, and opening that would wait for ever.
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with path.open("xb") as file:
        yield file


def _words(launch: Launch) -> list[str]:
    if launch.windows:
        words = _windows.split(launch.command_line)
        if words and _windows.is_cmd(words[0]):
            return _windows.interpreter(launch.command_line)
    else:
        words = split(launch.command_line)
    if not words or not words[0]:
        raise _CannotStartError("CommandLaunchFailed", "The command line names no program")
    return words


_PIECE = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<plain>[^ \t\r\n\\'"]+)
      | '(?P<single>[^']*)'
      | "(?P<double>[^"\\]*(?:\\.[^"\\]*)*)"
      | \\(?P<escaped>.)""",
    re.VERBOSE | re.DOTALL,
)


def split(command_line: str) -> list[str]:
    """Split a command line into words as a POSIX shell quotes them, without any of its expansions.

    (``shlex.split`` takes quadratic time, and keeps the backslash of ``"\\$"``.)
    """
    words: list[str] = []
    word: Optional[str] = None
    position = 0
    while position < len(command_line):
        piece = _PIECE.match(command_line, position)
        if piece is None:
            raise ValueError("The command line ends within a quotation")
        position = piece.end()
        kind, text = str(piece.lastgroup), piece[str(piece.lastgroup)]
        if kind == "space":
            if word is not None:
                words.append(word)
                word = None
            continue
        if kind == "double":
            text = re.sub(r"\\([$`\"\\\n])", lambda match: match[1].strip("\n"), text)
        elif kind == "escaped" and text == "\n":  # a line that goes on
            continue
        word = text if word is None else word + text
    return words if word is None else [*words, word]


def _find_program(program: str, launch: Launch) -> Path:
    """The file to execute: relative to the working directory when it has a directory, else found in the task's PATH."""
    if "\0" in program:
        raise _CannotStartError("CommandLaunchFailed", "The command line contains a NUL character")
    folders = [""] if "/" in program else launch.environment.get("PATH", os.defpath).split(os.pathsep)
    names = [program]
    if launch.windows and program.lower().endswith(".exe"):
        names.append(program[:-4])
    candidates = [Path(launch.directory, folder, name) for folder in folders for name in names]
    found = [candidate for candidate in candidates if _is_file(candidate)]
    if not found:
        raise _CannotStartError("CommandProgramNotFound", f"The program {program!r} cannot be found")
    return next((candidate for candidate in found if os.access(candidate, os.X_OK)), found[0])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a directory that may not be searched
        return False
