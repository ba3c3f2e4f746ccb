"""The account: every operation by its name, from a call to its answer.

Everything here runs on one event loop, one request at a time, so that each request sees and leaves a consistent
account; what takes time goes on in the background. What a request wrote is committed before it is answered.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Callable, Optional

from . import _applications
from ._clock import Clock, RealClock, StandingClock
from ._containers import Credentials, remove_left_containers
from ._execution import ProcessRunner, Runner, remove_tree
from ._faults import Faults, LostState
from ._file_calls import FileCalls
from ._images import supported_images
from ._jobs import Jobs
from ._leftovers import end_leftovers
from ._lists import dated, page_items
from ._node_calls import NodeCalls
from ._nodes import Nodes
from ._options import ContainerMode, Delays, Options
from ._pools import Pools
from ._private import make_folder
from ._scaling import Scaling
from ._scheduler import Scheduler
from ._schedules import Schedules
from ._state import State
from ._statistics import Statistics
from ._store import Store, StoreError
from ._tasks import Tasks
from ._times import parse_date, text_date
from ._versions import admit, show
from ._wire import Answer, Call, ServiceError

__all__ = ["Account"]

_GONE = "The emulator was stopped"


class Account:
    """A Batch account on this machine.

    :param name: The account's name.
    :param data: The folder that keeps everything; None for a temporary one that goes when the account stops.
    :keyword url: Where tasks find the account.
    :keyword clock: What time it is; the clock on the wall by default.
    :keyword simulated: The clock of a simulation instead, whose time is kept with the data and goes on there.
    :keyword runner: What runs commands; processes of this machine by default.
    :keyword delays: How long what takes time takes.
    :keyword applications: The folder of each version of each application.
    :keyword auto_storage: The folder that stands for the linked storage account.
    :keyword faults: What is to go wrong.
    :keyword moves_files: Whether resource files are fetched and output files sent.
    :keyword containers: What becomes of tasks with container settings, when processes of this machine run commands.
    """

    def __init__(
        self,
        name: str,
        data: Optional[Path] = None,
        *,
        url: str,
        clock: Optional[Clock] = None,
        simulated: Optional[StandingClock] = None,
        runner: Optional[Runner] = None,
        delays: Optional[Delays] = None,
        applications: Optional[Mapping[str, Mapping[str, Path]]] = None,
        auto_storage: Optional[Path] = None,
        faults: Optional[Faults] = None,
        moves_files: bool = True,
        containers: Optional[ContainerMode] = None,
    ) -> None:
        seeds = {application: dict(versions) for application, versions in (applications or {}).items()}
        self._options = Options(
            name, url, delays or Delays(), seeds, auto_storage, faults or Faults(), moves_files=moves_files
        )
        self._data = data
        self._clock = simulated or clock or RealClock()
        self._simulated = simulated
        self._runner = runner
        self._containers: Optional[ContainerMode] = containers
        self._credentials = Credentials()
        self._operations: dict[str, Callable[[Call], Answer]] = {}
        self._state: Optional[State] = None
        self._nodes: Optional[Nodes] = None
        self._temporary: Optional[Path] = None
        self._started = ""

    async def start(self) -> None:
        """Open the account; what had not ended when it was stopped goes on."""
        if self._data is None:
            folder = self._temporary = Path(tempfile.mkdtemp(prefix="azure-batch-"))
            store = Store()
        else:
            folder = self._data.absolute()
            for part in (folder, folder / "nodes"):
                make_folder(part)
            (folder / "account.db").touch(mode=0o600)  # what SQLite puts beside it has the same mode
            store = Store(folder / "account.db")
            end_leftovers(folder)
            remove_left_containers(folder / "containers")
            remove_tree(folder / "trash")
        state = self._state = State(self._options, self._clock, store, folder)
        self._started = state.stamp()
        try:
            if self._data is not None:
                self._resume(state)
            self._assemble(state)
        except BaseException:
            await self.stop()
            raise
        store.commit()

    def _resume(self, state: State) -> None:
        """Go on from the time at which a simulation with this data was, and note from now on what time it is."""
        kept = [parse_date(document["now"]) for _, document, _ in state.store.load("Clock")]
        latest = max((moment for moment in kept if moment is not None), default=None)
        clock = self._simulated
        if clock is None:
            if latest is not None and latest > state.now():
                raise StoreError(
                    f"The data in {state.folder} is that of a simulation in which it is {text_date(latest)}; "
                    "until then it can only be simulated."
                )
            return
        if latest is not None:
            clock.resume(latest)

        def keep() -> None:
            state.store.save("Clock", "now", {"now": state.stamp()}, {})
            state.commit()

        clock.on_moved = keep
        keep()

    def _assemble(self, state: State) -> None:
        """Put the rules together, and take up what the store holds."""
        runner = self._runner or ProcessRunner(self._containers, state.folder / "containers", self._credentials)
        scheduler = Scheduler(state, runner)
        statistics = Statistics(state, scheduler)
        nodes = self._nodes = Nodes(state, runner, scheduler, statistics)
        pools = Pools(state, nodes, scheduler, statistics)
        tasks = Tasks(state, scheduler, statistics)
        jobs = Jobs(state, pools, tasks, scheduler, statistics)
        scaling = Scaling(state, pools)
        schedules = Schedules(state, jobs, pools, statistics)
        files, node_calls = FileCalls(state, nodes, tasks), NodeCalls(state, nodes, tasks)
        for part in (nodes, pools, tasks, jobs, schedules, scaling, files, node_calls):
            self._operations.update(part.operations())
        self._operations.update(
            list_applications=self._list_applications,
            get_application=self._get_application,
            list_supported_images=lambda call: page_items(call, supported_images(), dict),
            list_pool_usage_metrics=statistics.list_pool_usage,
        )
        statistics.load()
        pools.load()
        jobs.load()
        schedules.load()
        scaling.load()
        scaling.start()
        scheduler.lifetimes.start()

    async def stop(self) -> None:
        """End everything that runs, and close the account; a temporary one is removed."""
        state = self._state
        if state is None:
            return
        self._state = None
        for pool in state.pools:
            for node in pool.nodes:
                state.save(node)
        for job in state.jobs:
            state.save(job)
        state.commit()
        state.is_stopping = True
        for pool in state.pools:
            for node in pool.nodes:
                for work in [*node.runs, *node.chores]:
                    work.end(_GONE)
        await state.finish_background()
        state.store.close()
        if self._runner is None:
            await asyncio.get_running_loop().run_in_executor(None, end_leftovers, state.folder)
        if self._temporary is not None:
            await asyncio.get_running_loop().run_in_executor(None, remove_tree, self._temporary)

    def execute(self, call: Call) -> Answer:
        """Carry out a call; raises :class:`ServiceError` for every refusal."""
        state = self._state
        if state is None:
            raise ServiceError("ServerBusy")
        step = self._operations.get(call.operation)
        if step is None:
            raise ServiceError("NotImplemented", f"{call.operation} is not implemented", status=501)
        admit(call)
        try:
            answer = step(call)
            self._credentials.learn(call.body)
            return show(call, answer)
        finally:
            state.commit()

    def lose_node(self, pool_id: str, node_id: str, lost: LostState) -> None:
        """Have a node fail; raises :class:`ServiceError` when there is none, or when it cannot be lost so."""
        state, nodes = self._state, self._nodes
        if state is None or nodes is None:
            raise ServiceError("ServerBusy")
        node = state.node(state.pool(pool_id), node_id)
        if lost == "preempted" and node.document["isDedicated"]:
            raise ServiceError("OperationNotValidOnNode", "Only Spot nodes are preempted.")
        nodes.lose(node, lost)

    def _list_applications(self, call: Call) -> Answer:
        names = sorted(self._options.applications)
        items = [(name, _applications.application_document(self._options, name)) for name in names]
        return page_items(call, items, dict)

    def _get_application(self, call: Call) -> Answer:
        wanted = call.ids["applicationId"].lower()
        for name in self._options.applications:
            if name.lower() == wanted:
                answer = Answer(200, body=_applications.application_document(self._options, name))
                return dated(answer, self._started)
        raise ServiceError("ApplicationNotFound")
