"""Tasks with container settings: run by the Docker client, as plain processes of this machine, or refused.

The client program is used and not a library, so that whatever it is set up for (contexts, remote daemons, credential
helpers, drop-in replacements) holds here. A container is created, started with its output going straight into the
task's files, looked at and removed, each by a call of the client; ending the attached client ends the container. What
has been proved is what is said to the client and done with its answers: against a stand-in for it, not with a daemon.

Passwords of registries are kept in memory only; after a restart those that the Docker client knows itself remain.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional, Union, cast

from ._leftovers import Sweeper
from ._options import ContainerMode
from ._process import Failure, Launch, Outcome, Process, failed_exit, split
from ._process import launch as start_process
from ._state import LOG
from ._wire import Document

__all__ = ["Containers", "Credentials", "remove_left_containers"]

_HOST_INFO = {"error": "No Docker daemon answers: the command is run as a process of this machine"}
"""What the owner of a task sees of it."""
_HUB = "https://index.docker.io/v1/"
_LOOK = 0.1
"""Seconds between two looks whether a task that waits for the client was ended."""
_ANSWER = 20.0
"""Seconds in which a daemon has to say that it is there."""
_PARTS = frozenset(
    [
        "autoPoolSpecification",
        "containerConfiguration",
        "containerSettings",
        "jobManagerTask",
        "jobPreparationTask",
        "jobReleaseTask",
        "jobSpecification",
        "pool",
        "poolInfo",
        "startTask",
        "value",
        "virtualMachineConfiguration",
    ]
)
"""Properties of requests below which there may be registries."""


class Credentials:
    """Passwords of container registries, as requests brought them."""

    def __init__(self) -> None:
        self._passwords: dict[tuple[str, str], str] = {}

    def learn(self, body: Any) -> None:
        """Remember those in the body of a request."""
        for registry in _registries(body):
            user, password = registry.get("username"), registry.get("password")
            if isinstance(user, str) and isinstance(password, str):
                self._passwords[_server(registry), user] = password

    def entries(self, registries: list[Document]) -> dict[str, str]:
        """User name and password for each registry of which they are known, as Docker's configuration holds them."""
        found: dict[str, str] = {}
        for registry in registries:
            user = str(registry.get("username", ""))
            password = self._passwords.get((_server(registry), user))
            if password is not None:
                found[_server(registry)] = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return found


def _registries(value: Any) -> Iterator[Document]:
    """The descriptions of registries in the body of a request, which was not checked."""
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _registries(item)
    elif isinstance(value, dict):
        for name, item in cast("Document", value).items():
            if name in _PARTS:
                yield from _registries(item)
            elif name == "registry" and isinstance(item, dict):
                yield cast("Document", item)
            elif name == "containerRegistries" and isinstance(item, list):
                yield from (cast("Document", entry) for entry in cast("list[object]", item) if isinstance(entry, dict))


def _server(registry: Document) -> str:
    server = str(registry.get("registryServer") or "docker.io")
    return _HUB if server in ("docker.io", "index.docker.io", "hub.docker.com") else server


class Containers:
    """Starts the commands of container tasks.

    :param mode: What to do with them; None to use Docker where a daemon answers, and processes elsewhere.
    :param folder: Where to note which containers there are, in case this process is killed.
    """

    def __init__(self, mode: Optional[ContainerMode], folder: Path, credentials: Credentials, sweeper: Sweeper) -> None:
        self._mode = mode
        self._folder = folder
        self._credentials = credentials
        self._sweeper = sweeper
        self._answers: Optional[asyncio.Future[bool]] = None

    async def launch(self, launch: Launch) -> Union[Process, _OnHost, _InContainer, Outcome]:
        """Start a command; the outcome at once where it cannot be started."""
        if self._mode == "fail":
            reason = "The node has no support for containers"
            return Outcome(None, _failure("ContainerInvalidSettings", reason))
        if self._mode == "host" or launch.windows:
            return await start_process(launch, self._sweeper)
        if self._mode is None and not await self._has_daemon():
            started = await start_process(launch, self._sweeper)
            return replace(started, container=_HOST_INFO) if isinstance(started, Outcome) else _OnHost(started)
        program = shutil.which("docker")
        if program is None:
            return Outcome(None, _failure("ContainerMiscError", "The Docker client is not installed"))
        return _InContainer(program, launch, self._folder, self._credentials)

    async def _has_daemon(self) -> bool:
        """Whether a Docker daemon answers; it is asked once."""
        if self._answers is None:
            self._answers = asyncio.get_running_loop().run_in_executor(None, _daemon_answers)
            if not await self._answers:
                LOG.warning(
                    "No Docker daemon answers: tasks with container settings run as processes of this machine, without "
                    "their images (containers='host' says that this is wanted, 'fail' has them fail)"
                )
        return await self._answers


def _daemon_answers() -> bool:
    program = shutil.which("docker")
    if program is None:
        return False
    command = [program, "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=_ANSWER, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


class _OnHost:
    """A command that was to run in a container, and runs without one."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def wait(self) -> Outcome:
        return replace(await self._process.wait(), container=_HOST_INFO)

    def end(self, message: str) -> None:
        self._process.end(message)


class _RefusedError(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.failure = _failure(code, reason)


class _EndedError(Exception):
    """The task was ended while the client worked."""


_MESSAGES = {
    "ContainerInvalidImage": "The image of the container is not available",
    "ContainerInvalidRegistry": "Access to the registry of the container's image is denied",
    "ContainerInvalidSettings": "The settings of the container are not valid",
    "ContainerMiscError": "The container could not be run",
    "CommandProgramNotFound": "The specified command program is not found",
    "CommandLaunchFailed": "The specified command program cannot be launched",
}


def _failure(code: str, reason: str) -> Failure:
    category = "servererror" if code == "ContainerMiscError" else "usererror"
    return Failure(category, code, _MESSAGES[code], (("Message", reason),))


@dataclass
class _Look:
    """What the client says of a container."""

    state: str = ""
    exit_code: Optional[int] = None
    error: str = ""
    info: dict[str, str] = field(default_factory=dict[str, str])


class _InContainer:
    """A command in a container of its own."""

    def __init__(self, program: str, launch: Launch, folder: Path, credentials: Credentials) -> None:
        self._program = program
        self._launch = launch
        self._credentials = credentials
        self._name = f"azure-batch-{uuid.uuid4().hex}"
        self._note = folder / self._name
        self._message: Optional[str] = None
        self._client: Optional[Process] = None
        self._work = asyncio.ensure_future(self._run())

    async def wait(self) -> Outcome:
        return await asyncio.shield(self._work)

    def end(self, message: str) -> None:
        if self._message is None:
            self._message = message
        if self._client is not None:
            self._client.end(message)

    async def _run(self) -> Outcome:
        try:
            await self._bring_image()
            await self._thread(self._make_note)
            try:
                identifier = (await self._call(*self._creation()))[1].split()[-1]
                return await self._attach(identifier)
            finally:
                await self._thread(_remove, self._program, self._note)
        except _RefusedError as error:
            return Outcome(None, error.failure)
        except _EndedError:
            return Outcome(None, Failure("usererror", "TaskEnded", self._message or ""))

    @staticmethod
    async def _thread(function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)

    def _make_note(self) -> None:
        """Note down that there is a container, and its variables: as arguments, every user of the machine saw them."""
        container = self._launch.container
        assert container is not None
        self._note.parent.mkdir(exist_ok=True)
        descriptor = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{name}={value}\n" for name, value in container.environment.items() if _fits(name, value))

    async def _call(self, *words: str, config: Optional[str] = None) -> tuple[int, str, str]:
        """Have the client do something; its exit code, output and error output."""
        before = [] if config is None else ["--config", config]
        code, output, errors = await self._thread(self._talk, [self._program, *before, *words])
        if code and words[0] == "create":
            raise _RefusedError(_code_of_creation(errors), errors.strip())
        return code, output, errors

    def _talk(self, command: list[str]) -> tuple[int, str, str]:
        try:
            with subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as client:
                while True:
                    with suppress(subprocess.TimeoutExpired):
                        output, errors = client.communicate(timeout=_LOOK)
                        return client.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")
                    if self._message is not None:
                        client.kill()
                        client.communicate()
                        raise _EndedError
        except (OSError, ValueError) as error:  # the program is gone; a NUL character in an argument
            raise _RefusedError("ContainerMiscError", str(error)) from error

    async def _bring_image(self) -> None:
        container = self._launch.container
        assert container is not None
        image = str(container.settings["imageName"])
        if self._message is not None:
            raise _EndedError
        if not (await self._call("image", "inspect", image))[0]:
            return
        entries = self._credentials.entries(container.registries)
        with tempfile.TemporaryDirectory() as folder:
            if entries:
                _configure(Path(folder), entries)
            code, _, errors = await self._call("pull", image, config=folder if entries else None)
        if code:
            raise _RefusedError(_code_of_pull(errors), errors.strip())

    def _creation(self) -> list[str]:
        """The words that have the client create the container."""
        launch = self._launch
        container = launch.container
        assert container is not None
        words = ["create", "--name", self._name]
        if container.user is not None:
            words += ["--user", container.user]
        for folder, is_read_only in container.mounts:
            words += ["--mount", _mount(folder, is_read_only)]
        if container.settings.get("workingDirectory", "taskWorkingDirectory") == "taskWorkingDirectory":
            words += ["--workdir", str(launch.directory)]
        words += ["--env-file", str(self._note)]
        for name, value in container.environment.items():
            if not _fits(name, value):
                words += ["--env", f"{name}={value}"]
        try:
            words += split(str(container.settings.get("containerRunOptions") or ""))
            command = split(launch.command_line)
        except ValueError as error:
            raise _RefusedError("ContainerInvalidSettings", str(error)) from error
        return [*words, str(container.settings["imageName"]), *command]

    async def _attach(self, identifier: str) -> Outcome:
        """Start the container that was created, and stay until it ends."""
        command = shlex.join([self._program, "start", "--attach", self._name])
        client = await start_process(
            Launch(command, self._launch.directory, dict(os.environ), self._launch.stdout, self._launch.stderr)
        )
        if isinstance(client, Outcome):
            return client
        self._client = client
        if self._message is not None:
            client.end(self._message)
        await client.wait()
        look = await self._thread(_inspect, self._program, self._name)
        look.info["containerId"] = identifier
        return replace(self._outcome(look), container=look.info)

    def _outcome(self, look: _Look) -> Outcome:
        ran = look.state not in ("", "created")
        if self._message is not None:
            is_over = ran and look.state != "running"
            return Outcome(look.exit_code if is_over else None, Failure("usererror", "TaskEnded", self._message))
        if not ran:
            return Outcome(None, _failure(_code_of_start(look), look.error or "The container did not start"))
        if look.exit_code is None:
            return Outcome(None, _failure("ContainerMiscError", "The exit code of the container was lost"))
        return Outcome(0, None) if look.exit_code == 0 else failed_exit(look.exit_code)


def _fits(name: str, value: str) -> bool:
    """Whether a variable can stand in a file of them: one line each, ``#`` before what is none."""
    return not (name.startswith("#") or any(mark in name + value for mark in "\r\n") or name != name.strip())


def _inspect(program: str, name: str) -> _Look:
    command = [program, "inspect", "--format", "{{json .State}}", name]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=_ANSWER, check=False)
        state: Document = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return _Look()
    look = _Look(str(state.get("Status", "")), state.get("ExitCode"), str(state.get("Error") or ""))
    look.info["state"] = look.state
    if look.error:
        look.info["error"] = look.error
    return look


def _remove(program: str, note: Path) -> None:
    """Remove a container, running or not, with its volumes."""
    with suppress(OSError, subprocess.SubprocessError):
        command = [program, "rm", "--force", "--volumes", note.name]
        subprocess.run(command, capture_output=True, timeout=_ANSWER, check=False)
        note.unlink()


def remove_left_containers(folder: Path) -> None:
    """Remove what an emulator that was killed left; ``folder`` holds its notes."""
    program = shutil.which("docker")
    for note in folder.glob("azure-batch-*") if program is not None else ():
        _remove(program or "", note)


def _mount(folder: Path, is_read_only: bool) -> str:
    fields = ["type=bind", f"source={folder}", f"target={folder}", *(["readonly"] if is_read_only else [])]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _configure(folder: Path, entries: Mapping[str, str]) -> None:
    """Make a configuration of the client that is its present one, with more credentials."""
    present = Path(os.environ.get("DOCKER_CONFIG") or Path("~/.docker").expanduser())
    configuration: Document = {}
    with suppress(OSError, ValueError):
        configuration = json.loads((present / "config.json").read_text("utf-8"))
    # A helper would be asked instead of the entries.
    configuration.pop("credsStore", None)
    helpers = {name: value for name, value in configuration.get("credHelpers", {}).items() if name not in entries}
    auths = {**configuration.get("auths", {}), **{server: {"auth": text} for server, text in entries.items()}}
    configuration.update(auths=auths, credHelpers=helpers)
    (folder / "config.json").write_text(json.dumps(configuration), "utf-8")
    if (present / "contexts").is_dir():
        (folder / "contexts").symlink_to(present / "contexts")


def _code_of_pull(errors: str) -> str:
    text = errors.lower()
    if any(part in text for part in ("not exist", "not found", "manifest unknown", "invalid reference", "no such")):
        return "ContainerInvalidImage"
    if any(part in text for part in ("unauthorized", "denied", "authentication required", "forbidden")):
        return "ContainerInvalidRegistry"
    return "ContainerMiscError"


def _code_of_creation(errors: str) -> str:
    return (
        "ContainerMiscError" if "cannot connect to the docker daemon" in errors.lower() else "ContainerInvalidSettings"
    )


def _code_of_start(look: _Look) -> str:
    text = look.error.lower()
    if "executable file not found" in text or "no such file or directory" in text:
        return "CommandProgramNotFound"
    return "CommandLaunchFailed" if look.error else "ContainerMiscError"
