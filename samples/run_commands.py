"""Run a file of shell commands, one a line, as tasks of an Azure Batch job, and print what each of them printed.

Without ``AZURE_BATCH_ENDPOINT`` a local emulator of Azure Batch is started within this program. With it, that account
is used: with the key in ``AZURE_BATCH_ACCESS_KEY`` of the account in ``AZURE_BATCH_ACCOUNT`` if there is one, otherwise
with whatever ``DefaultAzureCredential`` finds; see ``BatchClient.from_environment``.

The program does the same thing twice, to be copied from: :func:`run` with ``azure.batch``, and
:func:`run_with_async_client` with ``azure.batch.aio`` (``--async``). Everything that asks nothing of the service
stands before them and serves both.
Results go to standard output; how far the work is, to standard error, or to a progress bar on a terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import codecs
import os
import re
import shlex
import signal
import sys
import time
import uuid
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.polling import AsyncLROPoller, LROPoller
from typing_extensions import Self

from _account import async_batch_client, batch_client, local_emulator, run_async
from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient

if TYPE_CHECKING:
    from azure.batch.emulator import BatchEmulator

DEFAULT_FILE = Path(__file__).with_name("commands.txt")
VM_SIZE = "standard_d2s_v3"
LONGEST_PAUSE = 5.0
PATIENCE = 30 * 60
"""Seconds to wait while nothing runs and nothing changes; a pool gives up on missing nodes after 15 minutes."""
SHOWN_BYTES = 64 * 1024
"""How much is fetched of each output; the rest stays on the node."""
READERS = 8
"""How many outputs are fetched at the same time."""

# Only these properties are fetched; everything else of a task or a node costs time and is not looked at.
TASK_FIELDS = ["id", "executionInfo"]
POOL_FIELDS = ["id", "state", "allocationState", "currentDedicatedNodes", "targetDedicatedNodes", "resizeErrors"]
NODE_FIELDS = ["id", "errors"]
COMPLETED = "state eq 'completed'"
UNUSABLE = "state eq 'unusable'"


class CannotRunError(Exception):
    """The commands cannot be run, for a reason that the user can do something about."""


# What to run ---------------------------------------------------------------------------------------------------------


def read_commands(name: str) -> list[str]:
    """The commands in a file, or in standard input if it is named ``-``."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        lines = data.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise CannotRunError(f"Cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CannotRunError(f"Cannot read {name}: it is not UTF-8 text ({error.reason})") from error
    commands = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not commands:
        raise CannotRunError(f"{'Standard input' if name == '-' else name} has no commands in it")
    return commands


@dataclass(frozen=True)
class Work:
    """The commands to run, and the pool, the job and the tasks that they become."""

    id: str
    """Of the pool and of the job."""
    commands: list[str]
    nodes: int
    task_slots: int
    is_kept: bool

    def task_id(self, number: int) -> str:
        """An id whose order is that of the file; the service lists tasks in no order that one could rely on."""
        return f"task-{number:0{len(str(len(self.commands)))}}"

    def pool(self) -> models.BatchPoolCreateOptions:
        """A pool of Linux nodes."""
        return models.BatchPoolCreateOptions(
            id=self.id,
            vm_size=VM_SIZE,
            virtual_machine_configuration=models.VirtualMachineConfiguration(
                image_reference=models.BatchVmImageReference(
                    publisher="canonical", offer="ubuntu-24_04-lts", sku="server", version="latest"
                ),
                node_agent_sku_id="batch.node.ubuntu 24.04",
            ),
            target_dedicated_nodes=self.nodes,
            task_slots_per_node=self.task_slots,
        )

    def job(self) -> models.BatchJobCreateOptions:
        """A job on that pool."""
        return models.BatchJobCreateOptions(id=self.id, pool_info=models.BatchPoolInfo(pool_id=self.id))

    def tasks(self) -> list[models.BatchTaskCreateOptions]:
        """A task for each command. A task starts no shell by itself, so that the command line names one."""
        return [
            models.BatchTaskCreateOptions(id=self.task_id(number), command_line=f"/bin/sh -c {shlex.quote(command)}")
            for number, command in enumerate(self.commands, 1)
        ]


# Waiting -------------------------------------------------------------------------------------------------------------


class Watch:
    """Judges what was read while waiting, and shows it.

    Task counts are one small answer however large the job is, but can lag behind. They show the progress, and tell
    when it is worth while to list the tasks, which is what decides.
    """

    def __init__(self, work: Work, progress: Progress) -> None:
        self._total = len(work.commands)
        self._wanted_nodes = work.nodes
        self._progress = progress
        self._counts = models.BatchTaskCounts(active=0, running=0, completed=0, succeeded=0, failed=0)
        self._pool = "the pool is being created"
        self._changed = time.monotonic()
        self._has_nodes = False
        self._pause = 0.1

    def pause(self) -> float:
        """Seconds until the next look: few at first, for a job may take a second or a day."""
        self._pause = min(self._pause * 1.2, LONGEST_PAUSE)
        return self._pause

    def note(self, counts: models.BatchTaskCounts) -> None:
        """Take note of new counts, and give up if nothing has happened for very long."""
        now = time.monotonic()
        if counts != self._counts or counts.running:
            self._changed, self._counts = now, counts
        elif now - self._changed > PATIENCE:
            raise CannotRunError(f"Nothing has run for {PATIENCE // 60} minutes: {self._state()}")
        self._progress.show(self._state(), counts.completed)

    def _state(self) -> str:
        counts = self._counts
        state = f"{counts.completed} of {self._total} done, {counts.running} running, {counts.active} waiting"
        return state if counts.running or counts.completed == self._total else f"{state}; {self._pool}"

    @property
    def may_be_over(self) -> bool:
        """Whether no task is left, as far as the counts know."""
        return not self._counts.active and not self._counts.running

    @property
    def needs_pool(self) -> bool:
        """Whether to look at the pool: until it has its nodes, and whenever nothing runs."""
        return not self._has_nodes or not self._counts.running

    def check(self, pool: models.BatchPool, unusable: Sequence[models.BatchNode]) -> None:
        """Raise if no node will run the tasks, with what the pool says; warn if there are fewer nodes than wanted."""
        if pool.state == models.BatchPoolState.DELETING:
            raise CannotRunError("The pool is being deleted by somebody else")
        is_steady = pool.allocation_state == models.AllocationState.STEADY
        usable = pool.current_dedicated_nodes - len(unusable)
        doing = "has" if is_steady else "is being resized and has"
        self._pool = f"the pool {doing} {usable} of {self._wanted_nodes} nodes"
        if not is_steady:
            return
        reasons = [f"\n  {error.code}: {error.message}" for error in pool.resize_errors or ()]
        for node in unusable:
            errors = [f"\n    {error.code}: {error.message}" for error in node.errors or ()]
            reasons.append(f"\n  Node {node.id} is unusable{''.join(errors)}")
        if usable <= 0:
            raise CannotRunError(f"No node will run the tasks: {self._pool}{''.join(reasons)}")
        if reasons and not self._has_nodes:
            self._progress.say(f"Going on with {usable} of {self._wanted_nodes} nodes{''.join(reasons)}")
        self._has_nodes = True


# Showing -------------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Tell the user something that is not a result."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """How far the work is, in lines: one for every change, and one a minute so that nobody thinks it hangs."""

    def __init__(self) -> None:
        self._last = ("", 0)
        self._at = 0.0

    def show(self, text: str, completed: int = 0) -> None:
        """Show a state, and how many tasks are completed."""
        now = time.monotonic()
        if (text, completed) != self._last or now - self._at >= 60:
            self._last, self._at = (text, completed), now
            say(text)

    def say(self, text: str) -> None:
        """Tell the user something without disturbing the display."""
        say(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """End the display."""


class Bar(Progress):
    """How far the work is, as a bar that moves; for terminals."""

    def __init__(self, total: int) -> None:
        from rich import progress

        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.BarColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.description}", markup=False),
            transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    def show(self, text: str, completed: int = 0) -> None:
        """Show a state, and how many tasks are completed."""
        self._bar.update(self._task, description=text, completed=completed)

    def say(self, text: str) -> None:
        """Tell the user something above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Take the bar away."""
        self._bar.stop()


def progress_of(work: Work) -> Progress:
    """A bar on a terminal, if rich is installed; lines otherwise."""
    if sys.stdout.isatty():
        try:
            return Bar(len(work.commands))
        except ImportError:
            say('For a progress bar: pip install "azure-batch[emulator]"')
    return Progress()


class Output(NamedTuple):
    """What is to be shown of one output file of a task."""

    name: str
    size: int
    head: bytes


Outputs = Union[list[Output], HttpResponseError]
"""The outputs of a task, or why they cannot be had."""


def output_sizes(files: Iterable[models.BatchNodeFile]) -> list[tuple[str, int]]:
    """Standard output and standard error as far as there is something in them, with their sizes."""
    sizes = {file.name: file.properties.content_length for file in files if file.properties is not None}
    return [(name, sizes[name]) for name in ("stdout.txt", "stderr.txt") if sizes.get(name)]


def head_of(size: int) -> Optional[str]:
    """The range of bytes to ask for; None for the whole of a small file."""
    return f"bytes=0-{SHOWN_BYTES - 1}" if size > SHOWN_BYTES else None


def text_of(output: Output) -> str:
    """An output as text that no terminal can choke on, whatever its bytes are."""
    is_cut = output.size > len(output.head)
    # A character that the cut went through is dropped; all other bytes that are not text are shown as \xNN.
    text = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode(output.head, final=not is_cut)
    text = printable(text.replace("\r\n", "\n"))
    text += "" if text.endswith("\n") else "\n"
    return text + f"[... {output.size - len(output.head):,} of {output.size:,} bytes left out]\n" if is_cut else text


def printable(text: str) -> str:
    """A text without control characters, which give a terminal orders, and without those that it cannot show."""
    harmless = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)
    encoding = sys.stdout.encoding
    return harmless.encode(encoding, "backslashreplace").decode(encoding)


def has_failed(task: models.BatchTask) -> bool:
    """Whether a completed task has failed, by its exit code or because it could not run at all."""
    return task.execution_info is None or task.execution_info.result != models.BatchTaskExecutionResult.SUCCESS


def ending_of(task: models.BatchTask) -> str:
    """How a completed task ended."""
    info = task.execution_info
    failure = info.failure_info if info is not None else None
    if failure is None or failure.code == "FailureExitCode":
        return f"exit code {info.exit_code if info is not None else None}"
    exit_code = f"exit code {info.exit_code}, " if info is not None and info.exit_code is not None else ""
    details = "".join(f"; {detail.value}" for detail in failure.details or ())
    return f"{exit_code}{failure.code}: {failure.message}{details}"


def print_result(work: Work, number: int, task: models.BatchTask, outputs: Outputs) -> None:
    """Print a command, its output and its exit code."""
    command = work.commands[number - 1]
    shown = command if len(command) <= 200 else f"{command[:200]} [... {len(command) - 200:,} characters left out]"
    place = f"[{number}/{len(work.commands)}]"
    print(f"{place} $ {printable(shown)}")
    if isinstance(outputs, HttpResponseError):
        print(f"[the output cannot be read: {printable(outputs.message)}]")
    else:
        for output in outputs:
            print("[stderr]\n" if output.name == "stderr.txt" else "", text_of(output), sep="", end="")
    print(f"{place} {printable(ending_of(task))}\n")


def print_some(work: Work, number: int, tasks: Iterable[models.BatchTask], outputs: Iterable[Outputs]) -> None:
    """Print tasks that follow each other in the file, from a number on."""
    for at, (task, output) in enumerate(zip(tasks, outputs), number):
        print_result(work, at, task, output)


def print_summary(tasks: Sequence[models.BatchTask]) -> int:
    """Print how many tasks succeeded and failed, and give the number of those that failed."""
    failed = sum(has_failed(task) for task in tasks)
    print(f"{len(tasks) - failed} succeeded, {failed} failed", flush=True)
    return failed


def in_order(tasks: Iterable[models.BatchTask]) -> list[models.BatchTask]:
    """Tasks in the order of the file."""
    return sorted(tasks, key=lambda task: task.id)


def batches(tasks: Sequence[models.BatchTask]) -> Iterator[tuple[int, Sequence[models.BatchTask]]]:
    """As many tasks as are read at a time, each lot with the number of its first."""
    for start in range(0, len(tasks), READERS):
        yield start + 1, tasks[start : start + READERS]


@contextmanager
def unless_gone() -> Generator[None, None, None]:
    """Pass over the refusal to delete something because it is not there, or somebody else deletes it."""
    try:
        yield
    except HttpResponseError as error:
        code = error.error.code if error.error is not None else None
        if not isinstance(error, ResourceNotFoundError) and not (code or "").endswith("BeingDeleted"):
            raise


@contextmanager
def deletion(work: Work) -> Generator[None, None, None]:
    """Say that the work is being cleaned up, and what may be left if that cannot be done."""
    say(f"Deleting pool and job {work.id}")
    try:
        yield
    except BaseException:
        say(f"Pool and job {work.id} may still be there")
        raise


# Running: azure.batch ------------------------------------------------------------------------------------------------


def run(emulator: Optional[BatchEmulator], work: Work) -> int:
    """Run the commands, and give the number of those that failed."""
    with batch_client(emulator) as client:
        may_exist = True  # Ctrl-C may come before the service's answer, and an answer can get lost.
        try:
            try:
                with suppress(ResourceExistsError):  # Made by an attempt whose answer got lost: nobody else has the id.
                    client.create_pool(work.pool())
            except (HttpResponseError, ServiceRequestError):
                may_exist = False  # The service refused it, or could not be reached.
                raise
            with suppress(ResourceExistsError):
                client.create_job(work.job())
            with progress_of(work) as progress:
                progress.show(f"Adding {len(work.commands)} tasks to job {work.id}")
                client.create_tasks(work.id, work.tasks())
                tasks = wait(client, work, Watch(work, progress))
            print_results(client, work, tasks)
            return print_summary(tasks)
        finally:
            if work.is_kept and may_exist:
                say(f"Pool and job {work.id} are kept; the nodes cost money until the pool is deleted")
            elif may_exist:
                delete(client, work)


def wait(client: BatchClient, work: Work, watch: Watch) -> list[models.BatchTask]:
    """Wait until every task is completed, and give the tasks in order."""
    while True:
        watch.note(client.get_job_task_counts(work.id).task_counts)
        if watch.may_be_over:
            tasks = list(client.list_tasks(work.id, filter=COMPLETED, select=TASK_FIELDS))
            if len(tasks) == len(work.commands):
                return in_order(tasks)
        if watch.needs_pool:
            pool = client.get_pool(work.id, select=POOL_FIELDS)
            watch.check(pool, list(client.list_nodes(work.id, filter=UNUSABLE, select=NODE_FIELDS)))
        time.sleep(watch.pause())


def print_results(client: BatchClient, work: Work, tasks: Sequence[models.BatchTask]) -> None:
    """Fetch the outputs, some at a time, and print them in order; one client serves many threads."""
    with ThreadPoolExecutor(READERS) as threads:
        for number, some in batches(tasks):
            outputs = threads.map(partial(read_outputs, client, work), some)
            print_some(work, number, some, outputs)


def read_outputs(client: BatchClient, work: Work, task: models.BatchTask) -> Outputs:
    """The outputs of a task, or why they cannot be had: its node may be gone, or it never ran."""
    try:
        files = client.list_task_files(work.id, task.id)
        return [
            Output(name, size, b"".join(client.download_task_file(work.id, task.id, name, ocp_range=head_of(size))))
            for name, size in output_sizes(files)
        ]
    except HttpResponseError as error:
        return error


def delete(client: BatchClient, work: Work) -> None:
    """Delete the pool, which costs money, and the job, at the same time."""
    with deletion(work):
        pollers: list[LROPoller[None]] = []
        for begin_delete in (client.begin_delete_pool, client.begin_delete_job):
            with unless_gone():
                pollers.append(begin_delete(work.id))
        for poller in pollers:
            poller.result()


# Running: azure.batch.aio --------------------------------------------------------------------------------------------


async def run_with_async_client(emulator: Optional[BatchEmulator], work: Work) -> int:
    """Run the commands, and give the number of those that failed."""
    async with async_batch_client(emulator) as client:
        may_exist = True  # Ctrl-C may come before the service's answer, and an answer can get lost.
        try:
            try:
                with suppress(ResourceExistsError):  # Made by an attempt whose answer got lost: nobody else has the id.
                    await client.create_pool(work.pool())
            except (HttpResponseError, ServiceRequestError):
                may_exist = False  # The service refused it, or could not be reached.
                raise
            with suppress(ResourceExistsError):
                await client.create_job(work.job())
            with progress_of(work) as progress:
                progress.show(f"Adding {len(work.commands)} tasks to job {work.id}")
                await client.create_tasks(work.id, work.tasks())
                tasks = await wait_async(client, work, Watch(work, progress))
            await print_results_async(client, work, tasks)
            return print_summary(tasks)
        finally:
            if work.is_kept and may_exist:
                say(f"Pool and job {work.id} are kept; the nodes cost money until the pool is deleted")
            elif may_exist:
                await delete_async(client, work)


async def wait_async(client: AsyncBatchClient, work: Work, watch: Watch) -> list[models.BatchTask]:
    """Wait until every task is completed, and give the tasks in order."""
    while True:
        watch.note((await client.get_job_task_counts(work.id)).task_counts)
        if watch.may_be_over:
            tasks = [task async for task in client.list_tasks(work.id, filter=COMPLETED, select=TASK_FIELDS)]
            if len(tasks) == len(work.commands):
                return in_order(tasks)
        if watch.needs_pool:
            pool = await client.get_pool(work.id, select=POOL_FIELDS)
            watch.check(pool, [node async for node in client.list_nodes(work.id, filter=UNUSABLE, select=NODE_FIELDS)])
        await asyncio.sleep(watch.pause())


async def print_results_async(client: AsyncBatchClient, work: Work, tasks: Sequence[models.BatchTask]) -> None:
    """Fetch the outputs, some at a time, and print them in order."""
    for number, some in batches(tasks):
        outputs = await asyncio.gather(*[read_outputs_async(client, work, task) for task in some])
        print_some(work, number, some, outputs)


async def read_outputs_async(client: AsyncBatchClient, work: Work, task: models.BatchTask) -> Outputs:
    """The outputs of a task, or why they cannot be had: its node may be gone, or it never ran."""
    try:
        files = [file async for file in client.list_task_files(work.id, task.id)]
        outputs: list[Output] = []
        for name, size in output_sizes(files):
            pieces = await client.download_task_file(work.id, task.id, name, ocp_range=head_of(size))
            outputs.append(Output(name, size, b"".join([piece async for piece in pieces])))
        return outputs
    except HttpResponseError as error:
        return error


async def delete_async(client: AsyncBatchClient, work: Work) -> None:
    """Delete the pool, which costs money, and the job, at the same time."""
    with deletion(work):
        pollers: list[AsyncLROPoller[None]] = []
        for begin_delete in (client.begin_delete_pool, client.begin_delete_job):
            with unless_gone():
                pollers.append(await begin_delete(work.id))
        await asyncio.gather(*[poller.result() for poller in pollers])


# The command line ----------------------------------------------------------------------------------------------------


def positive(text: str) -> int:
    """A number of nodes or slots."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        description="Run shell commands as tasks of an Azure Batch job.",
        epilog="Exit code: 0 if all commands succeeded, 1 if one failed, 2 if they could not be run.",
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", default=str(DEFAULT_FILE), help="commands, one a line; - is standard input"
    )
    parser.add_argument("--nodes", type=positive, metavar="N", default=2, help="nodes of the pool (%(default)s)")
    parser.add_argument(
        "--task-slots", type=positive, metavar="N", default=2, help="tasks at a time on a node (%(default)s)"
    )
    parser.add_argument("--keep", action="store_true", help="do not delete the pool and the job at the end")
    parser.add_argument("--async", action="store_true", dest="is_async", help="use azure.batch.aio")
    return parser.parse_args(arguments)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the program, and give its exit code."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    if options.keep and not os.environ.get("AZURE_BATCH_ENDPOINT"):
        say("--keep has no effect: the account ends with this program. Start one with python -m azure.batch.emulator")
        options.keep = False
    try:
        name = f"run-commands-{uuid.uuid4().hex[:8]}"
        work = Work(name, read_commands(options.file), options.nodes, options.task_slots, options.keep)
        with local_emulator() as emulator:
            failed = run_async(run_with_async_client(emulator, work)) if options.is_async else run(emulator, work)
    except KeyboardInterrupt:
        say("Interrupted")
        return 130
    except BrokenPipeError:  # whoever read the results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ClientAuthenticationError as error:
        say(
            "Error: no access with these credentials: AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY if they are set, "
            f"otherwise what DefaultAzureCredential finds.\n{error}"
        )
        return 2
    except (CannotRunError, AzureError, ImportError, OSError, ValueError) as error:
        say(f"Error: {error}")
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
