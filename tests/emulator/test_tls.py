"""https with a certificate of the emulator's own making, as clients of several kinds meet it."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import ServiceRequestError
from cryptography import x509

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator, _tls
from support.resources import pool_options, until
from support.waiting import PATIENCE

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address only")


@pytest.fixture(scope="module")
def secure() -> Iterator[BatchEmulator]:
    with BatchEmulator(tls=True) as emulator:
        yield emulator


@pytest.fixture
def raw(secure: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    """Raw requests over https, by a client that trusts the file and nothing else."""
    client = raw_client(secure)
    client.connection = connection(secure)
    return client


def connection(emulator: BatchEmulator) -> http.client.HTTPSConnection:
    parts = urlsplit(emulator.endpoint)
    trusting = ssl.create_default_context(cafile=emulator.certificate)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 has it
    return http.client.HTTPSConnection(parts.hostname or "", parts.port, context=trusting, timeout=PATIENCE)


# clients


def test_its_own_clients_need_nothing(secure: BatchEmulator) -> None:
    assert secure.endpoint.startswith("https://127.0.0.1:")
    for credential in (None, secure.token_credential()):
        with secure.client(credential=credential) as client:
            assert list(client.list_applications()) == []


async def test_its_own_async_clients_need_nothing(secure: BatchEmulator) -> None:
    for credential in (None, secure.token_credential()):
        async with secure.async_client(credential=credential) as client:
            assert [one async for one in client.list_applications()] == []


async def test_other_clients_trust_the_file(secure: BatchEmulator) -> None:
    trusting = {"connection_verify": str(secure.certificate)}
    with BatchClient(secure.endpoint, secure.credential, **trusting) as client:
        assert list(client.list_applications()) == []
    async with AsyncBatchClient(secure.endpoint, secure.token_credential(), **trusting) as async_client:
        assert [one async for one in async_client.list_applications()] == []


REFUSED = pytest.raises(ServiceRequestError, match=r"(?i)certificate.verify.failed")


def test_a_client_that_does_not_trust_it_says_so(secure: BatchEmulator, caplog: Any) -> None:
    with BatchClient(secure.endpoint, secure.credential, retry_total=0) as client, REFUSED:
        list(client.list_applications())
    assert [record for record in caplog.records if record.name.startswith("azure.batch.emulator")] == []


async def test_an_async_client_that_does_not_trust_it_says_so(secure: BatchEmulator) -> None:
    async with AsyncBatchClient(secure.endpoint, secure.credential, retry_total=0) as client:
        with REFUSED:
            await client.get_pool("p")


def test_a_client_of_plain_http_gets_no_answer(secure: BatchEmulator) -> None:
    address = urlsplit(secure.endpoint)
    with socket.create_connection((address.hostname, address.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert not plain.recv(100).startswith(b"HTTP")
    with secure.client() as client:
        assert list(client.list_applications()) == []


# what is sent over it


def test_answers_name_https_throughout(secure: BatchEmulator, raw: Any) -> None:
    assert raw.send("POST", "/jobs", {"id": "links", "poolInfo": {"poolId": "none"}}).status == 201
    tasks = [{"id": f"t{number}", "commandLine": "true"} for number in range(5)]
    added = raw.send("POST", "/jobs/links/addtaskcollection", {"value": tasks}).json
    first = raw.get("/jobs/links/tasks", maxresults=3)
    found = first.json
    assert first.headers["Transfer-Encoding"] == "chunked"
    start = f"{secure.endpoint}/"
    assert found["odata.metadata"].startswith(start)
    assert found["odata.nextLink"].startswith(start)
    assert all(task["url"].startswith(start) for task in found["value"])
    assert all(result["location"].startswith(start) for result in added["value"])
    with secure.client() as client:
        pages = [list(page) for page in client.list_tasks("links", max_results=3).by_page()]
        assert [len(page) for page in pages] == [3, 2]
        assert [task.url for page in pages for task in page][-1] == f"{start}jobs/links/tasks/t4"


def test_one_connection_serves_many_requests(raw: Any) -> None:
    raw.get("/pools")
    first = raw.connection.sock
    for _ in range(20):
        assert raw.get("/pools").headers.get("Connection") != "close"
    assert raw.connection.sock is first


def test_other_hosts_are_refused_all_the_same(raw: Any) -> None:
    for host in ("evil.example", "EVIL.EXAMPLE:443", "[2001:db8::1]:443", "10.0.0.1"):
        reply = raw.send("GET", "/pools", headers={"Host": host})
        assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    for host in ("LocalHost:443", "[::1]"):
        assert raw.send("GET", "/pools", headers={"Host": host}).status == 200


async def test_a_task_runs_and_its_large_file_arrives(secure: BatchEmulator) -> None:
    async with secure.async_client() as client:
        await client.create_pool(pool_options("files"))
        await client.create_job({"id": "files", "poolInfo": {"poolId": "files"}})
        await client.create_task("files", {"id": "t", "commandLine": "head -c 5000000 /dev/zero"})

        async def completed() -> bool:
            return (await client.get_task("files", "t")).state == "completed"

        await until(completed)
        pieces = [piece async for piece in await client.download_task_file("files", "t", "stdout.txt")]
        assert sum(map(len, pieces)) == 5_000_000


def test_stopping_does_not_wait_for_clients_that_stay_connected() -> None:
    with BatchEmulator(tls=True) as emulator:
        kept = connection(emulator)
        kept.request("GET", "/")
        kept.getresponse().read()
    assert kept.sock.recv(1) == b""
    kept.close()


# the certificate


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_certificate_is_for_every_name_of_loopback(secure: BatchEmulator, name: str) -> None:
    address = urlsplit(secure.endpoint)
    trusting = ssl.create_default_context(cafile=secure.certificate)
    plain = socket.create_connection((address.hostname, address.port))
    with trusting.wrap_socket(plain, server_hostname=name) as encrypted:
        assert encrypted.version() in ("TLSv1.2", "TLSv1.3")


@ON_LINUX
def test_the_host_that_is_given_is_in_it_too() -> None:
    with BatchEmulator("127.0.0.2", tls=True) as emulator, emulator.client() as client:
        assert emulator.endpoint.startswith("https://127.0.0.2:")
        assert list(client.list_pools()) == []


def test_the_authority_can_sign_nothing_more(secure: BatchEmulator) -> None:
    folder = secure.certificate.parent
    assert [file.name for file in folder.iterdir()] == [secure.certificate.name]
    assert b"PRIVATE" not in secure.certificate.read_bytes()
    authority = x509.load_pem_x509_certificate(secure.certificate.read_bytes())
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_the_file_goes_with_the_emulator() -> None:
    emulator = BatchEmulator(tls=True)
    with pytest.raises(RuntimeError, match="does not run"):
        _ = emulator.certificate
    with emulator:
        certificate = emulator.certificate
        assert certificate.is_file()
    assert not certificate.parent.exists()


def test_without_tls_there_is_none(batch_emulator: BatchEmulator) -> None:
    with pytest.raises(RuntimeError, match="without TLS"):
        _ = batch_emulator.certificate


def served(data: Path, **options: Any) -> bytes:
    """The file to trust of an emulator on a folder, after a client called it."""
    with BatchEmulator(data=data, tls=True, **options) as emulator:
        with emulator.client() as client:
            assert list(client.list_pools()) == []
        return emulator.certificate.read_bytes()


def test_a_folder_keeps_it_for_its_owner_alone(tmp_path: Path) -> None:
    first = served(tmp_path / "data")
    assert served(tmp_path / "data") == first
    if os.name == "posix":
        folder = tmp_path / "data" / "tls"
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *sorted(folder.iterdir()))] == [
            0o700,
            0o600,
            0o600,
        ]


@ON_LINUX
def test_it_is_renewed_for_a_name_that_is_missing_and_keeps_the_others(tmp_path: Path) -> None:
    first = served(tmp_path)
    second = served(tmp_path, host="127.0.0.3")
    assert first != second
    assert served(tmp_path) == second


@pytest.mark.parametrize("damage", ["authority.pem", "server.pem", "both", "other"])
def test_it_is_renewed_when_it_is_damaged(tmp_path: Path, damage: str) -> None:
    first = served(tmp_path)
    if damage == "other":
        served(tmp_path / "other")
        (tmp_path / "tls" / "authority.pem").write_bytes((tmp_path / "other" / "tls" / "authority.pem").read_bytes())
    for file in ("authority.pem", "server.pem"):
        if damage in (file, "both"):
            content = (tmp_path / "tls" / file).read_bytes()
            (tmp_path / "tls" / file).write_bytes(content[: len(content) // 3])
    assert served(tmp_path) != first


def test_it_is_renewed_before_it_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tls, "_LIFETIME", timedelta(days=6))
    first = served(tmp_path)
    monkeypatch.undo()
    second = served(tmp_path)
    assert first != second
    expires = x509.load_pem_x509_certificate(second).not_valid_after_utc
    assert timedelta(days=700) < expires - datetime.now(timezone.utc) < timedelta(days=825)
