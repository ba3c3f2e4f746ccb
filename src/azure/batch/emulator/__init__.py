"""The local Batch account: a server that speaks the service's REST API and runs the tasks as processes of this machine.

.. code-block:: python

    with BatchEmulator() as emulator:
        client = emulator.client()

It can also simulate, so that a test waits for nothing: :class:`Outcome` says what a task comes to, and
:meth:`BatchEmulator.advance` lets time go by. In either mode it fails to order: :class:`Fault`.

The modules that serve are imported when an emulator starts, and not before: they need aiohttp (``pip install
"azure-batch[emulator]"``), and the pytest plugin of this package is loaded into every test run.
"""

from __future__ import annotations

import atexit
import ipaddress
import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import Coroutine, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from typing_extensions import ParamSpec

from ._auth import Authenticator
from ._faults import Fault, Faults, Injection, LostState
from ._options import API_VERSIONS, ContainerMode, Delays
from ._outcomes import Command, Outcome, Outcomes
from ._private import kept_key, new_key

if TYPE_CHECKING:
    import asyncio
    import ssl
    from types import TracebackType

    from azure.core.credentials import AccessToken, AccessTokenInfo, AzureNamedKeyCredential, TokenCredential

    from .. import BatchClient
    from ..aio import BatchClient as AsyncBatchClient
    from ._account import Account
    from ._administration import Administration
    from ._clock import Clock
    from ._simulation import VirtualClock

__all__ = ["BatchEmulator", "Command", "Delays", "Fault", "Faults", "Injection", "Outcome"]

_LOG = logging.getLogger("azure.batch.emulator")
_ACCOUNT = re.compile("[a-z0-9]{3,24}")

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Folder = Union[str, "os.PathLike[str]"]
_Seconds = Union[float, timedelta]

_LIMIT = timedelta(days=7)


@dataclass(frozen=True)
class _Live:
    """What there is while an emulator runs."""

    endpoint: str
    certificate: Optional[Path]
    loop: asyncio.AbstractEventLoop
    thread: int
    account: Account
    clock: Clock
    virtual: Optional[VirtualClock]
    """The clock once more, in a simulation."""


class BatchEmulator:
    """A Batch account on this machine.

    It executes the commands that its tasks hold, with the rights of this process. It therefore listens on loopback
    addresses, asks every caller for the account's key or a token, and has a new random key each time.

    With ``tls`` it serves https with a certificate of its own. Its own clients trust that; others need
    :attr:`certificate`.

    As a context manager it runs in a thread of this process until the block ends. An emulator that was stopped can be
    started again; with ``data`` it then still has its pools, jobs and tasks.

    With ``simulate`` it executes nothing, neither fetches nor sends files, and time goes by when :meth:`advance` is
    called; :meth:`script` says what single tasks come to. All times in answers are by the simulated clock; requests are
    dated and signed by the real one, and held against that.
    """

    _live: Optional[_Live] = None
    _thread: Optional[threading.Thread] = None
    _ending: Optional[Future[None]] = None

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        data: Optional[_Folder] = None,
        account: str = "emulator",
        key: Optional[str] = None,
        accept_any_token: bool = False,
        allow_remote: bool = False,
        tls: bool = False,
        applications: Optional[Mapping[str, Mapping[str, _Folder]]] = None,
        storage: Optional[_Folder] = None,
        delays: Optional[Delays] = None,
        simulate: Union[bool, Outcome, Callable[[Command], Optional[Outcome]]] = False,
        start_time: Optional[datetime] = None,
        seed: int = 0,
        api_version: Optional[str] = None,
        containers: Optional[ContainerMode] = None,
    ) -> None:
        """Set up an account that is not served yet.

        :param host: The address to listen on.
        :param port: The port to listen on; 0 takes a free one.
        :param data: A folder that keeps the account, its key and its certificate for the next start.
        :param account: The name of the account: 3 to 24 lower-case letters and digits, as the service has it.
        :param key: The key of the account, in base64. Without it there is a random one.
        :param accept_any_token: Take every bearer token, so that programs with a credential of their own can call.
        :param allow_remote: Permit a host that is not a loopback address. Whoever has the key can then run programs
            here, and without ``tls`` nothing but the key is hidden from those who listen on the way.
        :param tls: Serve https, with a certificate of its own: see :attr:`certificate`.
        :param applications: Application packages: a folder by version, by application name.
        :param storage: A folder that stands for the linked storage account, with a folder in it for each container.
        :param delays: How long it takes to resize a pool, boot a node, delete something; by default split seconds.
        :param simulate: Run no commands and let time stand still. Tasks succeed at once, or come to this outcome, or to
            what this function returns, in the emulator's thread and without calling the account: None for success.
        :param start_time: When a simulation begins, with a time zone; by default now. With ``data`` it never goes back.
        :param seed: What all chance in :attr:`faults` comes from.
        :param api_version: The newest version of the API to serve, such as ``2025-06-01``, which :meth:`client` and
            :meth:`async_client` then ask for. By default all are served, up to 2026-10-01, and they ask for their own.
        :param containers: How tasks with container settings run: by ``docker``, as processes of the ``host``, or to
            ``fail``. By default docker where a daemon answers, else host with a warning, also in ``container_info``.
        :raises ValueError: when one of these is not what it must be; OSError when the folder ``data`` cannot be used.
        """
        self._host = _checked_address(host, port, allow_remote)
        self._port = port
        self._data = None if data is None else Path(data)
        self._account = _name(account)
        self._key = key if key is not None else new_key() if self._data is None else kept_key(self._data)
        self._authenticator = Authenticator(account, self._key, accept_any_token=accept_any_token)
        self._allow_remote, self._tls = allow_remote, tls
        self._page_token = secrets.token_urlsafe(32)
        self._applications = _paths(applications or {})
        self._storage = None if storage is None else _existing(Path(storage))
        self._delays = delays or Delays()
        self._containers: Optional[ContainerMode] = _container_mode(containers)
        self._simulates = simulate is not False
        self._time = None if start_time is None else _start(start_time, self._simulates)
        self._api_version = _known_version(api_version)
        self._faults, self._outcomes = Faults(seed), Outcomes(simulate)

    def __repr__(self) -> str:
        return f"<BatchEmulator {self._account} {self._live.endpoint if self._live is not None else 'not running'}>"

    # What a client needs --------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The URL of the account.

        :raises RuntimeError: when the emulator does not run.
        """
        return self._running().endpoint

    @property
    def serves_tls(self) -> bool:
        """Whether it serves https."""
        return self._tls

    @property
    def certificate(self) -> Path:
        """The file, in PEM format, that a client must trust to call an emulator with ``tls``.

        It holds an authority whose private key is not kept anywhere: nothing else can be signed with it. The
        certificate is for ``localhost``, ``127.0.0.1``, ``::1``, the host given and, with ``allow_remote``, the name of
        this machine. Both are new each time unless ``data`` keeps them; there they are renewed when they expire, after
        800 days, or when the host is another one.

        :raises RuntimeError: when the emulator does not run, or serves without TLS.
        """
        certificate = self._running().certificate
        if certificate is None:
            raise RuntimeError("The emulator serves without TLS; BatchEmulator(tls=True) has a certificate.")
        return certificate

    @property
    def page(self) -> str:
        """The URL of a page that shows pools, jobs and tasks in a browser, refreshed as things go.

        Whoever has it can see the account, its tasks' command lines and output included, but can change nothing.

        :raises RuntimeError: when the emulator does not run.
        """
        return f"{self.endpoint}/#token={self._page_token}"

    @property
    def account(self) -> str:
        """The name of the account."""
        return self._account

    @property
    def key(self) -> str:
        """The key of the account, in base64."""
        return self._key

    @property
    def credential(self) -> AzureNamedKeyCredential:
        """The name and the key as a credential."""
        from azure.core.credentials import AzureNamedKeyCredential

        return AzureNamedKeyCredential(self._account, self._key)

    def token_credential(self) -> TokenCredential:
        """A credential whose bearer tokens this emulator accepts, for sync and async clients.

        azure-core sends tokens over plain http only when a client is made with ``enforce_https=False``; with ``tls``
        nothing is needed.
        """
        return _TokenCredential(self._authenticator)

    def client(self, *, credential: Optional[Any] = None, **kwargs: Any) -> BatchClient:
        """A client of this account.

        :keyword credential: Another credential than the account's key.
        :keyword kwargs: What :class:`azure.batch.BatchClient` takes.
        :raises RuntimeError: when the emulator does not run.
        """
        from .. import BatchClient

        return BatchClient(self.endpoint, credential or self.credential, **{**self._settings(), **kwargs})

    def async_client(self, *, credential: Optional[Any] = None, **kwargs: Any) -> AsyncBatchClient:
        """An async client of this account.

        :keyword credential: Another credential than the account's key.
        :keyword kwargs: What :class:`azure.batch.aio.BatchClient` takes.
        :raises RuntimeError: when the emulator does not run.
        """
        from ..aio import BatchClient

        return BatchClient(self.endpoint, credential or self.credential, **{**self._settings(), **kwargs})

    def _settings(self) -> dict[str, str]:
        """What clients of this account need to know besides its address."""
        settings: dict[str, str] = {}
        if self._api_version is not None:
            settings["api_version"] = self._api_version
        certificate = self._running().certificate
        if certificate is not None:
            settings["connection_verify"] = str(certificate)
        return settings

    # Time, outcomes and faults --------------------------------------------------------------------------------------

    @property
    def simulates(self) -> bool:
        """Whether tasks and time are simulated."""
        return self._simulates

    @property
    def now(self) -> datetime:
        """The time by the emulator's clock, in UTC."""
        if self._live is not None:
            return self._live.clock.now()
        return self._time or datetime.now(timezone.utc)

    def advance(self, seconds: _Seconds) -> None:
        """Let time go by in a simulation; everything that is due until then has happened when this returns.

        :param seconds: How long; with 0 only what can happen at once does.
        :raises RuntimeError: when the emulator does not simulate, or does not run.
        """
        duration = _seconds(seconds)
        self._in_loop(self._virtual().advance(duration))

    def advance_until(self, condition: Callable[[], _T], *, limit: _Seconds = _LIMIT) -> _T:
        """Let time go by in a simulation until something is true, and no longer.

        :param condition: Called, in this thread, each time that something has happened.
        :param limit: How long at most.
        :return: What the condition returned.
        :raises TimeoutError: when it is not true within the limit.
        :raises RuntimeError: when the emulator does not simulate, or does not run.
        """
        clock = self._virtual()
        end = clock.now() + timedelta(seconds=_seconds(limit))
        self._in_loop(clock.advance(0))
        goes_on = True
        while goes_on:
            result = condition()
            if result:
                return result
            goes_on = self._in_loop(clock.step(end))
        result = condition()
        if not result:
            raise TimeoutError(f"What was waited for has not happened until {end.isoformat()}.")
        return result

    def script(self, task: str, *outcomes: Outcome, job: Optional[str] = None) -> None:
        """Say what a task comes to in a simulation; of several scripts that fit, the latest holds.

        :param task: The id of the task, also of a preparation or release task; ``startup`` for start tasks. ``*``
            stands for anything.
        :param outcomes: What its first run comes to, its second... and all later ones to the last.
        :param job: The id of the job, if it matters; ``*`` stands for anything.
        :raises RuntimeError: when the emulator does not simulate.
        :raises ValueError: when there is no outcome.
        """
        self._require_simulation()
        self._outcomes.script(task, *outcomes, job=job)

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._faults

    def lose_node(self, pool_id: str, node_id: str, state: LostState = "unusable") -> None:
        """Have a node fail now; its tasks run again on others.

        :param pool_id: The pool.
        :param node_id: The node.
        :param state: What it becomes: ``unusable``, ``unknown`` or, if it is a Spot node, ``preempted``; it comes back
            then when there is capacity (:attr:`Delays.preempted`).
        :raises LookupError: when there is no such pool or node.
        :raises ValueError: when a dedicated node is to be preempted.
        :raises RuntimeError: when the emulator does not run.
        """
        from ._kinds import check
        from ._wire import ServiceError

        check("state", state, LostState)
        account = self._running().account

        async def lose() -> None:
            account.lose_node(pool_id, node_id, state)

        try:
            self._in_loop(lose())
        except ServiceError as error:
            raise (LookupError if error.status == 404 else ValueError)(error.message) from None

    def _running(self) -> _Live:
        if self._live is None:
            raise RuntimeError("The emulator does not run; call start(), or use it as a context manager.")
        return self._live

    def _require_simulation(self) -> None:
        if not self._simulates:
            raise RuntimeError("The emulator runs commands in real time; BatchEmulator(simulate=True) simulates.")

    def _virtual(self) -> VirtualClock:
        self._require_simulation()
        clock = self._running().virtual
        assert clock is not None
        return clock

    def _in_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        import asyncio

        live = self._running()
        if live.thread == threading.get_ident():
            work.close()
            raise RuntimeError("This cannot be called in the emulator's own thread.")
        return asyncio.run_coroutine_threadsafe(work, live.loop).result()

    # Running --------------------------------------------------------------------------------------------------------

    def start(self) -> BatchEmulator:
        """Serve the account in a thread of this process, and return when it can be called.

        :raises ImportError: when aiohttp is not installed.
        :raises OSError: when the address cannot be listened on.
        :raises RuntimeError: when the emulator runs already.
        """
        if self._thread is not None:
            raise RuntimeError("The emulator runs already.")
        ready: Future[None] = Future()
        self._ending = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="azure-batch-emulator", daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """End the server and the processes of all tasks; nothing happens when it does not run."""
        ending = self._ending
        if ending is not None and not ending.done():
            ending.set_result(None)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            atexit.unregister(self.stop)

    def __enter__(self) -> BatchEmulator:
        return self.start()

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc_value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def run(self, started: Callable[[], None]) -> None:
        """Serve the account in this thread until :meth:`stop` is called in another one or in a signal handler.

        :param started: Called once the account can be called.
        :raises ImportError: when aiohttp is not installed.
        :raises OSError: when the address cannot be listened on.
        """
        import asyncio

        from . import _simulation

        loop = _simulation.SimulationLoop() if self._simulates else asyncio.new_event_loop()
        _simulation.run(lambda: self.serve(started), loop)

    async def serve(self, started: Callable[[], None]) -> None:
        """Serve the account in the running event loop until :meth:`stop` is called.

        :param started: Called once the account can be called.
        :raises ImportError: when aiohttp is not installed.
        :raises OSError: when the address cannot be listened on.
        :raises RuntimeError: when a simulation is to be served in another loop than :meth:`run` and :meth:`start` make.
        """
        import asyncio

        with _explained():
            from ._page import Page
            from ._server import HttpServer, listen
        ending = self._ending = self._ending or Future()
        asyncio.get_running_loop().set_default_executor(_Executor())
        with self._encryption() as (context, certificate):
            # The address comes first, because tasks are told where their account is.
            listener = listen(self._host, self._port)
            try:
                endpoint = self._url(listener.getsockname()[1])
                live, administration = self._assemble(endpoint, certificate)
                account = live.account
                server = HttpServer(
                    account.execute,
                    self._authenticator,
                    hosts=self._names(),
                    any_address=self._allow_remote,
                    newest_version=self._api_version or API_VERSIONS[0],
                    administration=administration,
                    page=Page(account.execute, self._page_token, self._account, live.clock, simulates=self._simulates),
                )
                await account.start()
                try:
                    await server.start(listener, context)
                    self._live = live
                    started()
                    await asyncio.wrap_future(ending)
                finally:
                    self._live = None
                    if live.virtual is not None:
                        self._time = live.virtual.now()
                    await server.stop()
                    await account.stop()
            finally:
                listener.close()
                self._ending = None

    @contextmanager
    def _encryption(self) -> Generator[tuple[Optional[ssl.SSLContext], Optional[Path]], None, None]:
        """How to serve https, and the file to trust; twice None for plain http."""
        if not self._tls:
            yield None, None
            return
        with _explained():
            from ._tls import serving
        names = {name for name in {self._host, *self._names()} if not _is_unspecified(name)}
        with serving(names, None if self._data is None else self._data.absolute() / "tls") as served:
            yield served

    def _names(self) -> set[str]:
        """The names under which the emulator is called, besides those of loopback."""
        return {self._host, socket.gethostname()} if self._allow_remote else set()

    def _assemble(self, endpoint: str, certificate: Optional[Path]) -> tuple[_Live, Administration]:
        """The account, its clock and what runs its commands."""
        import asyncio

        from ._account import Account
        from ._administration import Administration
        from ._clock import RealClock
        from ._simulation import SimulatedRunner, SimulationLoop, VirtualClock

        loop = asyncio.get_running_loop()
        virtual = None
        if self._simulates:
            if not isinstance(loop, SimulationLoop):
                raise RuntimeError("A simulation needs an event loop of its own: call run() or start().")
            virtual = VirtualClock(loop, self.now)
        clock = virtual or RealClock()
        account = Account(
            self._account,
            self._data,
            url=endpoint,
            simulated=virtual,
            runner=None if virtual is None else SimulatedRunner(virtual, self._outcomes),
            delays=self._delays,
            applications=self._applications,
            auto_storage=self._storage,
            faults=self._faults,
            moves_files=virtual is None,
            containers=self._containers,
        )
        advance = None if virtual is None else virtual.advance
        administration = Administration(self._faults, clock, account.lose_node, self._outcomes, advance)
        return _Live(endpoint, certificate, loop, threading.get_ident(), account, clock, virtual), administration

    def _url(self, port: int) -> str:
        """Where programs on this machine find the account."""
        scheme = "https" if self._tls else "http"
        address = ipaddress.ip_address(self._host) if _is_address(self._host) else None
        if address is None:
            return f"{scheme}://{self._host}:{port}"
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return f"{scheme}://{address}:{port}" if address.version == 4 else f"{scheme}://[{address}]:{port}"

    def _run(self, ready: Future[None]) -> None:
        try:
            self.run(lambda: ready.set_result(None))
        except BaseException as error:
            if ready.done():
                _LOG.exception("The emulator ended")
            else:
                ready.set_exception(error)


class _Executor(ThreadPoolExecutor):
    """Threads for what would block; a call without a thread when the program ends.

    No pool takes work any more once the interpreter has begun to end, but an emulator that nobody stopped is stopped
    then, and has to clean up.
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            future: Future[_T] = Future()
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
            return future


class _TokenCredential:
    """Hands out tokens that an account makes itself."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        from azure.core.credentials import AccessToken

        return AccessToken(*self._authenticator.token())

    def get_token_info(self, *scopes: str, **kwargs: Any) -> AccessTokenInfo:
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo(*self._authenticator.token())


def _known_version(text: Optional[str]) -> Optional[str]:
    if text is not None and text not in API_VERSIONS:
        raise ValueError(f"The API version {text!r} is none of {', '.join(API_VERSIONS)}.")
    return text


@contextmanager
def _explained() -> Generator[None, None, None]:
    """Say of a library that is missing how to get it."""
    try:
        yield
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("aiohttp", "cryptography"):
            raise
        raise ImportError(f'The emulator needs {missing}: pip install "azure-batch[emulator]"') from error


def _name(account: str) -> str:
    if _ACCOUNT.fullmatch(account) is None:
        raise ValueError(f"account must be 3 to 24 lower-case letters and digits, not {account!r}.")
    return account


def _existing(storage: Path) -> Path:
    if not storage.is_dir():
        raise ValueError(f"storage must be a folder that exists, and {storage} is none.")
    return storage


def _checked_address(host: str, port: int, allow_remote: bool) -> str:
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be between 0 and 65535, not {port}.")
    if not allow_remote and not _is_loopback(host):
        raise ValueError(
            f"{host} is not a loopback address, and the emulator executes the commands it is sent; "
            "to permit it, say allow_remote=True or --allow-remote."
        )
    # By name a host may stand for several addresses, each of which would have a port of its own.
    return "127.0.0.1" if host.lower() == "localhost" else host


def _paths(applications: Mapping[str, Mapping[str, _Folder]]) -> dict[str, dict[str, Path]]:
    return {
        name: {version: Path(folder) for version, folder in versions.items()} for name, versions in applications.items()
    }


def _start(time: datetime, simulates: bool) -> datetime:
    if not simulates or time.tzinfo is None:
        raise ValueError("start_time is for simulations, and has a time zone.")
    return time.astimezone(timezone.utc)


def _seconds(duration: _Seconds) -> float:
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"Time cannot be advanced by {duration}.")
    return seconds


def _container_mode(mode: Optional[ContainerMode]) -> Optional[ContainerMode]:
    if mode not in (None, "docker", "host", "fail"):
        raise ValueError(f"containers must be 'docker', 'host' or 'fail', not {mode!r}.")
    return mode


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_unspecified(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_unspecified


def _is_loopback(host: str) -> bool:
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
