"""Answers that no service should give: each ends in an error of azure-core's kinds that says which request it was."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, DecodeError, HttpResponseError, ResourceNotFoundError, ServiceRequestError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from support.calls import drive
from support.sockets import answer, sized

BOTH = pytest.mark.parametrize("asynchronous", [False, True])
KEY = "dGhlIGtleSBvZiB0aGUgYWNjb3VudA=="
PASSWORD = "hunter2-of-a-user"
DEEP = b"[" * 200_000


BROKEN: dict[str, Optional[bytes]] = {
    "reset": None,
    "closed": b"",
    "not HTTP": b"SSH-2.0-OpenSSH\r\n",
    "truncated": answer("Content-Length: 100", body=b'{"id":'),
    "truncated refusal": answer("Content-Length: 100", status="404 No", body=b'{"code":'),
    "truncated chunk": answer("Transfer-Encoding: chunked", body=b'5\r\n{"id"\r\n'),
    "no chunk": answer("Transfer-Encoding: chunked", body=b'zz\r\n{"id"\r\n'),
    "not gzip": sized(b"0123456789", "Content-Encoding: gzip"),
    "half a gzip": sized(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "Content-Encoding: gzip"),
    "length of text": answer("Content-Length: abc", body=b"{}"),
    "redirect to nowhere": sized(b"", "Location: http://[bad", status="302 Found"),
    "redirect without an address": sized(b"", status="302 Found"),
    "busy until nonsense": sized(b"", "Retry-After: soon", status="503 Busy"),
    "busy until never": sized(b"", "Retry-After: inf", status="503 Busy"),
    "busy until yesterday": sized(b"", "Retry-After: -5", status="503 Busy"),
    "empty": sized(b""),
    "no content": answer(status="204 No Content"),
    "accepted": sized(b"{}", status="202 Accepted"),
    "html": sized(b"<html>", "Content-Type: text/html"),
    "html refusal": sized(b"<html>", "Content-Type: text/html", status="502 Bad Gateway"),
    "unknown charset": sized(b"{x}", "Content-Type: application/json; charset=none"),
    "binary": sized(b"\xff\xfe\x00\xd8"),
    "list": sized(b"[1]"),
    "deep": sized(DEEP),
    "deep refusal": sized(DEEP, status="404 No"),
    "refusal of other kinds": sized(b'{"code": 5, "message": [1], "values": 7}', status="409 No"),
    "refusal of values": sized(b'{"code": "A", "message": {"value": 5}, "values": [1]}', status="400 No"),
    "refusal that repeats a password": sized(
        b'{"code": "InvalidPropertyValue", "values": [{"key": "PropertyName", "value": "userAccounts[0].password"},'
        b' {"key": "PropertyValue", "value": "hunter2-of-a-user"}]}',
        "Content-Type: application/json",
        status="400 No",
    ),
    "refusal of null": sized(b"null", status="403 No"),
}
NO_ANSWER = {"reset", "closed", "not HTTP"}
TOLD = {
    "truncated",
    "truncated refusal",
    "truncated chunk",
    "no chunk",
    "not gzip",
    "length of text",
    "redirect to nowhere",
    *NO_ANSWER,
}
"""Of these nothing is known but the request."""


def read_request(connection: socket.socket) -> None:
    """Read a whole request: a connection that is closed before that is reset."""
    with connection.makefile("rb") as stream:
        length = 0
        for line in stream:
            if line.startswith(b"\x16") or not line.strip():  # a greeting of TLS, or the end of the headers
                break
            name, _, value = line.lower().partition(b":")
            length = int(value) if name == b"content-length" else length
        stream.read(length)


@contextmanager
def server(data: Optional[bytes], context: Optional[ssl.SSLContext] = None) -> Iterator[str]:
    """An endpoint that answers everything with the same bytes, or resets each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                read_request(connection)
                if data is None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    connection.sendall(data)
                connection.close()
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


async def failure_of(endpoint: str, asynchronous: bool, operation: str, *arguments: Any, **options: Any) -> Any:
    credential = AzureNamedKeyCredential("account", KEY)
    settings: dict[str, Any] = {"retry_backoff_factor": 0}

    def blocking() -> None:
        with BatchClient(endpoint, credential, **settings) as client:
            found: Any = getattr(client, operation)(*arguments, **options)
            if hasattr(found, "__next__"):
                list(found)

    async def awaiting() -> None:
        async with AsyncBatchClient(endpoint, credential, **settings) as client:
            found = await drive(client, operation, *arguments, **options)
            if hasattr(found, "__anext__"):
                _ = [piece async for piece in found]

    with pytest.raises(AzureError) as caught:
        await (awaiting() if asynchronous else asyncio.to_thread(blocking))
    return caught.value


@BOTH
@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_answer_is_an_error_that_names_the_request(asynchronous: bool, kind: str) -> None:
    with server(BROKEN[kind]) as endpoint:
        error = await failure_of(endpoint, asynchronous, "get_pool", "p")
    if kind in TOLD:
        assert f"The request was GET {endpoint}/pools/p, client-request-id " in str(error)
    else:
        assert isinstance(error, HttpResponseError)
        assert "rid" in str(error)


@BOTH
@pytest.mark.parametrize("kind", sorted(NO_ANSWER | {"truncated", "not gzip", "deep refusal"}))
async def test_a_download_fails_as_other_calls_do(asynchronous: bool, kind: str) -> None:
    with server(BROKEN[kind]) as endpoint:
        error = await failure_of(endpoint, asynchronous, "download_task_file", "j", "t", "f")
    assert isinstance(error, ResourceNotFoundError) is (kind == "deep refusal")


@BOTH
async def test_what_comes_in_the_place_of_json_is_named(asynchronous: bool) -> None:
    with server(BROKEN["html"]) as endpoint:
        error = await failure_of(endpoint, asynchronous, "get_pool", "p")
    assert type(error) is DecodeError
    assert "text/html" in str(error)


def everything_in(error: BaseException) -> str:
    """All that a person or a log can see of an error."""
    seen: list[Any] = [error, repr(error), str(error), vars(error)]
    inner: Any = getattr(error, "inner_exception", None)
    if inner is not None:
        seen += [repr(inner), str(inner), inner.args, vars(inner)]
    return repr(seen)


@BOTH
@pytest.mark.parametrize("kind", BROKEN)
async def test_an_error_survives_pickle_and_copy_and_holds_no_secret(asynchronous: bool, kind: str) -> None:
    body = {"id": "p", "userAccounts": [{"name": "u", "password": PASSWORD}]}
    with server(BROKEN[kind]) as endpoint:
        error = await failure_of(endpoint, asynchronous, "create_pool", body)
    pickled = pickle.dumps(error)
    for secret in (KEY, PASSWORD, "SharedKey"):
        assert secret.encode() not in pickled
        assert secret not in everything_in(error)
    for same in (pickle.loads(pickled), copy.copy(error)):
        assert type(same) is type(error)
        assert str(same) == str(error)
        assert same.message == error.message
        assert getattr(same, "status_code", None) == getattr(error, "status_code", None)


@BOTH
async def test_an_endpoint_without_tls_is_an_error_of_the_connection(asynchronous: bool) -> None:
    with server(b"HTTP/1.1 200 OK\r\n\r\n") as endpoint:
        error = await failure_of(endpoint.replace("http:", "https:"), asynchronous, "get_pool", "p", retry_total=0)
    assert isinstance(error, ServiceRequestError)
    pickle.dumps(error)


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's certificate that nobody has signed but its owner."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@BOTH
async def test_a_certificate_that_is_not_trusted_is_an_error_of_the_connection(
    asynchronous: bool, untrusted: ssl.SSLContext
) -> None:
    with server(sized(b'{"id": "p"}'), untrusted) as endpoint:
        error = await failure_of(endpoint, asynchronous, "get_pool", "p", retry_total=0)
    assert isinstance(error, ServiceRequestError)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert "client-request-id" in str(error)
    pickle.dumps(error)


@BOTH
async def test_a_body_of_several_megabytes_is_sent_again_as_any_other(asynchronous: bool) -> None:
    """And without a warning that it blocks the loop."""
    seen: list[int] = []

    def count(response: Any) -> None:
        seen.append(response.http_response.status_code)

    body = {"id": "p", "displayName": "x" * 3_000_000}
    with server(sized(b"", status="503 Busy")) as endpoint:
        error = await failure_of(endpoint, asynchronous, "create_pool", body, raw_response_hook=count)
    assert error.status_code == 503
    assert seen == [503] * 4
    assert pickle.loads(pickle.dumps(error)).status_code == 503
