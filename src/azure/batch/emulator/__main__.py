"""The command line of the emulator: ``python -m azure.batch.emulator``."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Callable, Optional

from . import BatchEmulator, Delays
from ._options import API_VERSIONS
from ._store import StoreError

_PORT = 10500
_STEPS = tuple(field.name for field in dataclasses.fields(Delays))
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m azure.batch.emulator",
        description="Serve a Batch account on this machine. It executes the commands that its tasks hold.",
        epilog="Set the printed AZURE_BATCH_* values where a program looks for its account. "
        f"Versions of the service's API that a program may ask for: {', '.join(API_VERSIONS)}.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=_PORT, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--tls", action="store_true", help="serve https with a certificate of its own making")
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder that keeps the account, its key and its certificate (default: keep nothing)",
    )
    parser.add_argument("--account", metavar="NAME", default="emulator", help="name of the account (%(default)s)")
    parser.add_argument("--key", metavar="KEY", help="key of the account, in base64 (default: a random one)")
    parser.add_argument("--accept-any-token", action="store_true", help="take every bearer token")
    parser.add_argument("--allow-remote", action="store_true", help="permit a host that is not a loopback address")
    parser.add_argument(
        "--application",
        metavar="NAME=VERSION:FOLDER",
        type=_application,
        action="append",
        default=[],
        help="offer a folder as an application package; may be repeated",
    )
    parser.add_argument("--storage", metavar="DIR", help="folder that stands for the linked storage account")
    parser.add_argument(
        "--delay",
        metavar="STEP=SECONDS",
        type=_delay,
        action="append",
        default=[],
        help=f"how long a step takes: {', '.join(_STEPS)}; may be repeated",
    )
    parser.add_argument(
        "--simulate",
        action="store_true",
        help="run no commands, and let time stand still until it is advanced by POST /$emulator/clock",
    )
    parser.add_argument("--api-version", metavar="VERSION", help="newest API version to serve (default: every one)")
    parser.add_argument(
        "--containers",
        choices=("docker", "host", "fail"),
        help="run tasks with container settings by docker, or as plain processes of this machine, or have them fail "
        "(default: docker where a daemon answers, else host)",
    )
    parser.add_argument("--seed", type=int, default=0, help="what chance in ordered faults comes from (%(default)s)")
    return parser


def _delay(text: str) -> tuple[str, float]:
    name, equals, seconds = text.partition("=")
    try:
        if not equals or name not in _STEPS:
            raise ValueError(name)
        return name, float(seconds)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not {'|'.join(_STEPS)}=SECONDS") from None


def _application(text: str) -> tuple[str, str, str]:
    name, equals, rest = text.partition("=")
    version, colon, folder = rest.partition(":")
    if not (name and equals and version and colon and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VERSION:FOLDER")
    return name, version, folder


def _say(emulator: BatchEmulator) -> None:
    print(
        "A local Batch account. "
        + (
            "It simulates: it executes nothing, and its time stands still."
            if emulator.simulates
            else "It executes the commands it is sent, as the user who started it."
        ),
        "Whoever has the key can use it. Ctrl-C ends it, and all of its tasks.",
        f"Page to see what it does: {emulator.page}",
        *_how_to_trust(emulator),
        "",
        *([f"AZURE_BATCH_CERTIFICATE={emulator.certificate}"] if emulator.serves_tls else []),
        f"AZURE_BATCH_ENDPOINT={emulator.endpoint}",
        f"AZURE_BATCH_ACCOUNT={emulator.account}",
        f"AZURE_BATCH_ACCESS_KEY={emulator.key}",
        sep="\n",
        flush=True,
    )


def _how_to_trust(emulator: BatchEmulator) -> Sequence[str]:
    if not emulator.serves_tls:
        return ()
    return (
        "Programs must trust its certificate, AZURE_BATCH_CERTIFICATE. Many take the file from a variable:",
        "REQUESTS_CA_BUNDLE (Python, az), NODE_EXTRA_CA_CERTS (Node.js), SSL_CERT_FILE (OpenSSL, .NET, Go).",
    )


def _on_signal(loop: asyncio.AbstractEventLoop, number: int, end: Callable[[], None]) -> None:
    def once() -> None:
        loop.remove_signal_handler(number)  # a second signal does what it does without us
        end()

    def handler(number: int, frame: Optional[FrameType]) -> None:
        end()

    try:
        loop.add_signal_handler(number, once)
    except NotImplementedError:  # on Windows
        signal.signal(number, handler)


def _started(emulator: BatchEmulator) -> None:
    for name in _SIGNALS:
        if hasattr(signal, name):
            _on_signal(asyncio.get_running_loop(), getattr(signal, name), emulator.stop)
    _say(emulator)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line, and return its exit code."""
    options = _parser().parse_args(arguments)
    applications: dict[str, dict[str, str]] = {}
    for name, version, folder in options.application:
        applications.setdefault(name, {})[version] = folder
    try:
        emulator = BatchEmulator(
            options.host,
            options.port,
            data=options.data,
            account=options.account,
            key=options.key,
            accept_any_token=options.accept_any_token,
            allow_remote=options.allow_remote,
            tls=options.tls,
            applications=applications,
            storage=options.storage,
            delays=Delays(**dict(options.delay)),
            simulate=options.simulate,
            seed=options.seed,
            api_version=options.api_version,
            containers=options.containers,
        )
        emulator.run(lambda: _started(emulator))
    except (ImportError, OSError, ValueError, StoreError) as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
