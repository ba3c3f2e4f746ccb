"""The local Batch account: a server that speaks the service's REST API and runs the tasks as processes of this machine.

.. code-block:: python

    with BatchEmulator() as emulator:
        client = emulator.client()

The modules that serve are imported when an emulator starts, and not before: they need aiohttp (``pip install
"azure-batch[emulator]"``), and the pytest plugin of this package is loaded into every test run.
"""

from __future__ import annotations

import atexit
import base64
import ipaddress
import logging
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from typing_extensions import ParamSpec

from ._auth import Authenticator

if TYPE_CHECKING:
    from types import TracebackType

    from azure.core.credentials import AccessToken, AccessTokenInfo, AzureNamedKeyCredential, TokenCredential

    from .. import BatchClient
    from ..aio import BatchClient as AsyncBatchClient

__all__ = ["BatchEmulator"]

_LOG = logging.getLogger("azure.batch.emulator")
_KEY_BYTES = 64

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Folder = Union[str, "os.PathLike[str]"]


class BatchEmulator:
    """A Batch account on this machine.

    It executes the commands that its tasks hold, with the rights of this process. It therefore listens on loopback
    addresses, asks every caller for the account's key or a token, and has a new random key each time.

    As a context manager it runs in a thread of this process until the block ends. An emulator that was stopped can be
    started again; with ``data`` it then still has its pools, jobs and tasks.
    """

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
        applications: Optional[Mapping[str, Mapping[str, _Folder]]] = None,
    ) -> None:
        """Set up an account that is not served yet.

        :param host: The address to listen on.
        :param port: The port to listen on; 0 takes a free one.
        :param data: A folder that keeps the account, its key included, for the next start. Without it the account
            lives in memory and its nodes' files in a temporary folder.
        :param account: The name of the account.
        :param key: The key of the account, in base64. Without it there is a random one.
        :param accept_any_token: Take every bearer token, so that programs with a credential of their own can call.
        :param allow_remote: Permit a host that is not a loopback address. Whoever has the key can then run programs
            here, and nothing but the key is hidden from those who listen on the way: there is no encryption.
        :param applications: Application packages: a folder by version, by application name.
        :raises ValueError: when the key is not base64, the port is none, or the host is not a loopback address.
        """
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be between 0 and 65535, not {port}.")
        if not allow_remote and not _is_loopback(host):
            raise ValueError(
                f"{host} is not a loopback address, and the emulator executes the commands it is sent; "
                "allow_remote=True permits it."
            )
        # By name a host may stand for several addresses, each of which would have a port of its own.
        self._host = "127.0.0.1" if host.lower() == "localhost" else host
        self._port = port
        self._data = None if data is None else Path(data)
        self._account = account
        self._key = key if key is not None else _new_key() if self._data is None else _kept_key(self._data)
        self._authenticator = Authenticator(account, self._key, accept_any_token=accept_any_token)
        self._allow_remote = allow_remote
        self._applications = {
            name: {version: Path(folder) for version, folder in versions.items()}
            for name, versions in (applications or {}).items()
        }
        self._endpoint: Optional[str] = None
        self._thread: Optional[threading.Thread] = None
        self._ending: Optional[Future[None]] = None

    def __repr__(self) -> str:
        return f"<BatchEmulator {self._account} {self._endpoint or 'not running'}>"

    # What a client needs --------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The URL of the account.

        :raises RuntimeError: when the emulator does not run.
        """
        if self._endpoint is None:
            raise RuntimeError("The emulator does not run; call start(), or use it as a context manager.")
        return self._endpoint

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

        azure-core sends tokens over plain http only when a client is made with ``enforce_https=False``.
        """
        return _TokenCredential(self._authenticator)

    def client(self, *, credential: Optional[Any] = None, **kwargs: Any) -> BatchClient:
        """A client of this account.

        :keyword credential: Another credential than the account's key.
        :keyword kwargs: What :class:`azure.batch.BatchClient` takes.
        :raises RuntimeError: when the emulator does not run.
        """
        from .. import BatchClient

        return BatchClient(self.endpoint, credential or self.credential, **kwargs)

    def async_client(self, *, credential: Optional[Any] = None, **kwargs: Any) -> AsyncBatchClient:
        """An async client of this account.

        :keyword credential: Another credential than the account's key.
        :keyword kwargs: What :class:`azure.batch.aio.BatchClient` takes.
        :raises RuntimeError: when the emulator does not run.
        """
        from ..aio import BatchClient

        return BatchClient(self.endpoint, credential or self.credential, **kwargs)

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

    async def serve(self, started: Callable[[], None]) -> None:
        """Serve the account in the running event loop until :meth:`stop` is called.

        :param started: Called once the account can be called.
        :raises ImportError: when aiohttp is not installed.
        :raises OSError: when the address cannot be listened on.
        """
        import asyncio

        try:
            from ._server import HttpServer, listen
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "aiohttp":
                raise
            raise ImportError('The emulator needs aiohttp: pip install "azure-batch[emulator]"') from error
        from ._account import Account

        ending = self._ending = self._ending or Future()
        asyncio.get_running_loop().set_default_executor(_Executor())
        # The address comes first, because tasks are told where their account is.
        listener = listen(self._host, self._port)
        try:
            endpoint = self._url(listener.getsockname()[1])
            account = Account(self._account, self._data, url=endpoint, applications=self._applications)
            hosts = {self._host, socket.gethostname()} if self._allow_remote else set[str]()
            server = HttpServer(account.execute, self._authenticator, hosts=hosts, any_address=self._allow_remote)
            await account.start()
            try:
                await server.start(listener)
                self._endpoint = endpoint
                started()
                await asyncio.wrap_future(ending)
            finally:
                self._endpoint = None
                await server.stop()
                await account.stop()
        finally:
            listener.close()
            self._ending = None

    def _url(self, port: int) -> str:
        """Where programs on this machine find the account."""
        address = ipaddress.ip_address(self._host) if _is_address(self._host) else None
        if address is None:
            return f"http://{self._host}:{port}"
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"

    def _run(self, ready: Future[None]) -> None:
        import asyncio

        try:
            asyncio.run(self.serve(lambda: ready.set_result(None)))
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

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:  # noqa: ARG002 - the protocol's signature
        from azure.core.credentials import AccessToken

        return AccessToken(*self._authenticator.token())

    def get_token_info(self, *scopes: str, **kwargs: Any) -> AccessTokenInfo:  # noqa: ARG002 - the protocol's signature
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo(*self._authenticator.token())


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def _kept_key(data: Path) -> str:
    """The key of the account in a folder; made there, for its owner's eyes alone, when there is none yet."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = data / "key"
    if not file.exists():
        unfinished = data / "key.new"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, f"{_new_key()}\n".encode("ascii"))
        finally:
            os.close(descriptor)
        unfinished.replace(file)
    return file.read_text("ascii").strip()
