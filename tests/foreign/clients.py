"""The clients that nobody here wrote: where they are found, how they are started, and what each went through."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from azure.batch import __version__
from azure.batch.emulator import BatchEmulator
from foreign.driver import Driver
from foreign.life import live
from foreign.server import FileServer

__all__ = ["AZ", "AZURE_BATCH", "CLIENTS", "NODE", "THIS", "Client", "Lived", "lead"]

_TRUSTED = ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Where Python's requests and Node.js are told of a certificate to trust."""
_PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class Client:
    """A client, of the version that it is tested with."""

    title: str
    version: str
    variable: str
    """The environment variable that says where it is installed."""
    place: str
    """What that variable names."""
    api_version: str
    """The API version that it asks for."""
    program: str

    def command(self, place: str) -> list[str]:
        """What starts its program."""
        program = str(_PROGRAMS / self.program)
        if self is NODE:
            return ["node", program]
        # Isolated from this folder and from PYTHONPATH, unless it is this library itself.
        return [place, *([] if self is THIS else ["-I"]), program]


_PYTHON = "an interpreter that has"
THIS = Client("azure.batch", __version__, "", sys.executable, "2025-06-01", "python_client.py")
"""This library, which the programs are tried on where no other client is."""
AZURE_BATCH = Client(
    "azure-batch", "15.1.0", "AZURE_BATCH_PEER_PYTHON", f"{_PYTHON} azure-batch", "2025-06-01", "python_client.py"
)
AZ = Client(
    "az batch, azure-cli", "2.91.0", "AZURE_BATCH_AZ_PYTHON", f"{_PYTHON} azure-cli", "2024-02-01.19.0", "az.py"
)
NODE = Client(
    "@azure/batch",
    "10.2.0",
    "AZURE_BATCH_NODE_MODULES",
    "a folder with the node_modules that have @azure/batch",
    "2022-10-01.16.0",
    "node_client.cjs",
)
CLIENTS = (AZURE_BATCH, AZ, NODE)


@dataclass(frozen=True)
class Lived:
    """What a client went through."""

    version: str
    operations: frozenset[str]
    """What it has a method or a command for."""
    exercised: frozenset[str]
    """What was answered with success."""
    api_versions: frozenset[str]
    uploads: frozenset[str]
    """The paths of the files that the emulator sent on its behalf."""


def lead(client: Client, place: str, folder: Path, *, tls: bool = False) -> Lived:
    """Have a client go through the life of a job on an account of its own.

    :param client: The client.
    :param place: Where it is installed.
    :param folder: A folder for what it leaves behind.
    :param tls: Whether it calls by https, and trusts the certificate.
    """
    tool = folder / "tool"
    tool.mkdir()
    environment = {
        "AZURE_BATCH_NODE_MODULES": place,
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
    }
    emulator = BatchEmulator(
        applications={"tool": {"1.0": tool, "2.0": tool}},
        tls=tls,
    )
    with FileServer({"/in.txt": b"hello\n"}) as files, emulator:
        if tls:
            environment.update(dict.fromkeys(_TRUSTED, str(emulator.certificate)))
        with Driver(client.command(place), emulator, environment, folder / "errors.txt") as driver:
            live(driver, files.url)
        uploads = frozenset(files.files) - {"/in.txt"}
        return Lived(driver.version, driver.operations, driver.exercised, driver.api_versions, uploads)
