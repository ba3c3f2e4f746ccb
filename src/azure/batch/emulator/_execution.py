"""One command on a node, with all that goes before and after it: files, packages, environment, process, outputs.

Whatever runs a process does it through a :class:`Runner`, so that outcomes can also be written down instead of run.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import shutil
import sys
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional, Protocol, TypeVar, Union

from . import _applications, _mounts
from ._containers import Containers, Credentials
from ._environment import task_environment
from ._leftovers import Sweeper
from ._options import ContainerMode
from ._outcomes import CommandKind
from ._process import Container, Failure, Launch, Outcome
from ._process import launch as start_process
from ._state import LOG, Job, Node, Pool, State
from ._transfers import TransferError, fetch, upload
from ._usage import Usage
from ._wire import Document

__all__ = [
    "Execution",
    "ProcessRunner",
    "Runner",
    "Running",
    "Work",
    "failure_document",
    "note_end",
    "prepare_node",
    "remove_tree",
    "trash",
]

ResultT = TypeVar("ResultT")

_trash_numbers = itertools.count()


class Running(Protocol):
    """A command that was started."""

    async def wait(self) -> Outcome:
        """How it ended."""
        ...

    def end(self, message: str) -> None:
        """End it and everything it started."""
        ...


class Runner(Protocol):
    """What starts commands."""

    async def launch(self, launch: Launch) -> Union[Running, Outcome]:
        """Start a command; the outcome at once where it cannot be started."""
        ...


class ProcessRunner:
    """Runs commands as processes of this machine, or in containers."""

    def __init__(self, containers: Optional[ContainerMode], folder: Path, credentials: Credentials) -> None:
        self._sweeper = Sweeper()
        self._containers = Containers(containers, folder, credentials, self._sweeper)

    async def launch(self, launch: Launch) -> Union[Running, Outcome]:
        """Start a command; the outcome at once where it cannot be started."""
        if launch.container is not None:
            return await self._containers.launch(launch)
        return await start_process(launch, self._sweeper)


@dataclass(frozen=True)
class Work:
    """A command and where it belongs."""

    node: Node
    definition: Document
    """The task: command line, resource files, environment settings and so on."""
    directory: str
    """Its directory, relative to the root of the node."""
    kind: CommandKind
    task_id: Optional[str] = None
    job: Optional[Job] = None
    extra: dict[str, str] = field(default_factory=dict[str, str])
    """Variables of a multi-instance task."""

    @property
    def folder(self) -> Path:
        """The task's directory."""
        return self.node.root / self.directory


class Execution:
    """A command at work; it can be ended at any time."""

    def __init__(self, state: State, runner: Runner, work: Work) -> None:
        self.work = work
        self.message: Optional[str] = None
        self._usage = Usage()
        self._state = state
        self._runner = runner
        self._process: Optional[Running] = None
        self._services: list[Running] = []
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, message: str) -> None:
        """End it; the outcome is then ``TaskEnded`` with this message."""
        if self.message is None:
            self.message = message
            self._ended.set_result(None)
        if self._process is not None:
            self._process.end(self.message)

    @property
    def usage(self) -> Usage:
        """What its commands used of the machine."""
        return self._usage

    async def run(self) -> Outcome:
        """Do it all; never raises for what the command or its files do."""
        try:
            return await self._upload(await self.execute())
        except OSError as error:
            code = "DiskFull" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Unknown"
            return Outcome(None, Failure("servererror", code, "The files of the task cannot be written", _why(error)))
        finally:
            await self.end_services()

    async def end_services(self) -> None:
        """End what its commands started in the background."""
        services, self._services = self._services, []
        for service in services:
            service.end("The task has ended")
            await service.wait()

    async def execute(self) -> Outcome:
        """Files, then the command."""
        return await self.prepare() or await self.command(str(self.work.definition["commandLine"]))

    async def prepare(self) -> Optional[Outcome]:
        """Make the directories and bring the files; the outcome when that fails already."""
        definition, folder = self.work.definition, self.work.folder
        if self.message is not None:
            return self._was_ended()
        failure = _find_user(definition, self.work.node.pool)
        if failure is not None:
            return Outcome(None, failure)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "wd").mkdir(exist_ok=True)
        _mounts.link(self.work.node.root, self.work.node.pool.document, self._state.options.auto_storage)
        failure = _applications.check(self._state.options, definition.get("applicationPackageReferences", []))
        if failure is not None:
            return Outcome(None, failure)
        if definition.get("applicationPackageReferences"):
            await self._in_thread(
                _applications.install,
                self._state.options,
                definition["applicationPackageReferences"],
                self.work.node.root / "applications",
            )
        common = definition.get("multiInstanceSettings", {}).get("commonResourceFiles", [])
        for files, target in ((common, folder), (definition.get("resourceFiles", []), folder / "wd")):
            if files and self._state.options.moves_files:
                failure = await self._fetch(files, target)
            if failure is not None:
                return Outcome(None, failure)
            if self.message is not None:
                return self._was_ended()
        return None

    async def _fetch(self, files: list[Document], folder: Path) -> Optional[Failure]:
        def is_stopped() -> bool:
            return self.message is not None

        try:
            await self._in_thread(fetch, files, folder, self._state.options.auto_storage, is_stopped)
        except TransferError as error:
            return error.failure
        return None

    async def _in_thread(self, function: Callable[..., ResultT], *arguments: Any) -> Optional[ResultT]:
        """Do something blocking; when the task is ended meanwhile, its result is not waited for."""
        work = asyncio.get_running_loop().run_in_executor(None, function, *arguments)
        waiting: set[asyncio.Future[Any]] = {work, self._ended}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.add_done_callback(lambda done: done.exception())
        return None

    def environment(self, host: Optional[Mapping[str, str]] = None) -> dict[str, str]:
        """The environment of the command; ``host`` is what it inherits from, this process by default."""
        work, options, node = self.work, self._state.options, self.work.node
        references = node.pool.document.get("applicationPackageReferences", [])
        references = [*references, *work.definition.get("applicationPackageReferences", [])]
        packages = _applications.variables(options, references, node.root / "applications", node.pool.is_windows)
        common: list[Document] = []
        if work.job is not None:
            common = work.job.document.get("commonEnvironmentSettings", [])
        return task_environment(
            account_name=options.name,
            account_url=options.url,
            pool_id=node.pool.id,
            node_id=node.id,
            node_root=node.root,
            is_dedicated=bool(node.document["isDedicated"]),
            task_dir=work.folder,
            job_id=work.job.id if work.job is not None else None,
            task_id=work.task_id,
            job_prep_dir=self._preparation_folder(),
            extra={**packages, **work.extra},
            common_settings=common,
            settings=work.definition.get("environmentSettings", []),
            windows=node.pool.is_windows,
            host=host,
        )

    def _preparation_folder(self) -> Optional[Path]:
        job = self.work.job
        preparation = job.document.get("jobPreparationTask") if job is not None else None
        if job is None or preparation is None or self.work.kind == "preparation":
            return None
        return self.work.node.root / job.directory / str(preparation["id"])

    def _container(self) -> Optional[Container]:
        """The container that the command is to run in."""
        work = self.work
        settings = work.definition.get("containerSettings")
        if settings is None:
            return None
        is_admin = work.definition["userIdentity"].get("autoUser", {}).get("elevationLevel") == "admin"
        machine = work.node.pool.document.get("virtualMachineConfiguration", {})
        registries: list[Document] = machine.get("containerConfiguration", {}).get("containerRegistries", [])
        return Container(
            settings=settings,
            environment=self.environment({}),
            mounts=self._container_mounts(settings.get("containerHostBatchBindMounts")),
            registries=[*registries, *([settings["registry"]] if "registry" in settings else [])],
            user=None if is_admin or sys.platform == "win32" else f"{os.getuid()}:{os.getgid()}",
        )

    def _container_mounts(self, entries: Optional[list[Document]]) -> list[tuple[Path, bool]]:
        """What a container sees of the node: everything, or what it was given a list of."""
        root = self.work.node.root
        if entries is None:
            return [(root, False), *((folder, False) for folder in _mounts.targets(root))]
        folders = {
            "Shared": [root / "shared"],
            "Startup": [root / "startup"],
            "VfsMounts": [root / "fsmounts", *_mounts.targets(root)],
            "Task": [self.work.folder],
            "JobPrep": [folder for folder in [self._preparation_folder()] if folder is not None],
            "Applications": [root / "applications"],
        }
        chosen: dict[Path, bool] = {}
        for entry in entries:
            for folder in folders.get(str(entry.get("source")), []):
                if folder.is_dir():
                    chosen[folder] = bool(entry.get("isReadOnly", False))
        return list(chosen.items())

    async def command(
        self, command_line: str, name: str = "", kind: Optional[CommandKind] = None, *, background: bool = False
    ) -> Outcome:
        """Run a command line in the task's working directory.

        :param name: Stands before the names of its output files.
        :keyword background: Processes that it leaves behind live until the task has ended.
        """
        folder, environment = self.work.folder, self.environment()
        if self.work.node.pool.is_windows:
            lines = "".join(f"set {name}={value}\r\n" for name, value in environment.items())
            (folder / "ProcessEnv.cmd").write_bytes(lines.encode("utf-8", "replace"))
        started = await self._runner.launch(
            Launch(
                command_line=command_line,
                directory=folder / "wd",
                environment=environment,
                stdout=folder / f"{name}stdout.txt",
                stderr=folder / f"{name}stderr.txt",
                windows=self.work.node.pool.is_windows,
                kind=kind or self.work.kind,
                background=background,
                container=self._container(),
            )
        )
        if isinstance(started, Outcome):
            return started
        self._process = started
        if self.message is not None:
            started.end(self.message)
        if background:
            self._services.append(started)
        try:
            outcome = await started.wait()
        finally:
            self._process = None
        self._usage = self._usage.plus(outcome.usage)
        return outcome

    async def _upload(self, outcome: Outcome) -> Outcome:
        outputs = self.work.definition.get("outputFiles", [])
        if not (outputs and self._state.options.moves_files) or outcome.exit_code is None or self.message is not None:
            return outcome
        try:
            send = partial(upload, windows=self.work.node.pool.is_windows)
            await self._in_thread(send, outputs, self.work.folder / "wd", self.environment(), outcome.failure is None)
        except TransferError as error:
            return replace(outcome, failure=error.failure)
        return outcome

    def _was_ended(self) -> Outcome:
        return Outcome(None, Failure("usererror", "TaskEnded", self.message or ""))


def _find_user(definition: Document, pool: Pool) -> Optional[Failure]:
    """Why a command cannot run as the user that it names: only the accounts of its pool are known to a task."""
    name = definition.get("userIdentity", {}).get("username")
    accounts = [str(account["name"]) for account in pool.document.get("userAccounts", [])]
    known = [account.lower() for account in accounts] if pool.is_windows else accounts
    if name is None or (name.lower() if pool.is_windows else name) in known:
        return None
    details = (("Message", f"The pool has no user account {name!r}"),)
    return Failure("usererror", "CommandLaunchFailed", "The specified command program cannot be launched", details)


def failure_document(failure: Failure) -> Document:
    """``failureInfo`` of an execution."""
    document: Document = {"category": failure.category, "code": failure.code, "message": failure.message}
    if failure.details:
        document["details"] = [{"name": name, "value": value} for name, value in failure.details]
    return document


def note_end(info: Document, outcome: Outcome, when: str) -> None:
    """Write into an execution's information how and when it ended."""
    info["endTime"] = when
    info["result"] = "success" if outcome.failure is None else "failure"
    if outcome.exit_code is not None:
        info["exitCode"] = outcome.exit_code
    if outcome.failure is not None:
        info["failureInfo"] = failure_document(outcome.failure)
    if outcome.container is not None:
        info["containerInfo"] = dict(outcome.container)


def prepare_node(node: Node) -> None:
    """Make the directories that every node has."""
    for name in ("applications", "fsmounts", "shared", "startup/wd", "volatile", "workitems"):
        (node.root / name).mkdir(parents=True, exist_ok=True)


def trash(state: State, root: Path, directory: str = "") -> None:
    """Remove a directory of a node: it is out of the way at once, and gone a little later."""
    folder = root / directory if directory else root
    if not folder.exists():
        return
    bin_ = state.folder / "trash"
    target = bin_ / str(next(_trash_numbers))
    with suppress(OSError):
        bin_.mkdir(exist_ok=True)
        folder.rename(target)
        folder = target

    async def remove() -> None:
        await asyncio.get_running_loop().run_in_executor(None, remove_tree, folder)

    state.spawn(_logged(remove()))


def remove_tree(folder: Path) -> None:
    """Remove a directory with all that is in it, also what was made read-only."""

    def make_writable(path: Path) -> None:
        with suppress(OSError):
            path.chmod(0o700)

    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        make_writable(folder)
        for path in folder.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                make_writable(path)
        shutil.rmtree(folder, ignore_errors=True)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except OSError:
        LOG.exception("A directory of a node cannot be removed")


def _why(error: OSError) -> tuple[tuple[str, str], ...]:
    return (("Message", error.strerror or str(error)),)
