"""Answers over real connections that no client library was made for: each kind of call ends well, or in a typed error.

What :mod:`test_fuzz` does to the decoder, this does to the transports, which read addresses, lengths and encodings.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Callable, Optional

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, DecodeError, HttpResponseError

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.models import CreateTasksError
from conftest import Client
from support.clients import connections_in_use
from support.sockets import RawServer, answer, sized

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

CHUNKED = "Transfer-Encoding: chunked"
JSON = "Content-Type: application/json"


def moved(to: str, body: bytes = b"", status: str = "307 Elsewhere") -> bytes:
    return sized(body, f"Location: {to}", status=status)


def refused(body: bytes, *fields: str, status: str = "400 No") -> bytes:
    return sized(body, *(fields or (JSON,)), status=status)


def in_charset(name: str) -> str:
    return f"Content-Type: application/json; charset{name}"


PROTOCOL = {
    "words": b"hello",
    "TLS": b"\x16\x03\x01\x02\x00",
    "status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 0": b"HTTP/1.1 000 X\r\n\r\n",
    "status 999": sized(b"", status="999 X"),
    "version 9.9": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "only interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    "another protocol": b"HTTP/1.1 101 Switching\r\n\r\n",
    "no content": answer(status="204 No Content"),
    "reset content": sized(b"", status="205 Reset"),
    "field without a colon": sized(b"{}", "no colon here"),
    "field with a null": sized(b"{}", "X: a\x00b"),
    "field of bytes": sized(b"{}", "request-id: \xfc\xff"),
    "large field": sized(b"{}", "X: " + "a" * 100_000),
    "many fields": sized(b"{}", *(f"X{number}: 1" for number in range(500))),
    "cookie": sized(b"{}", "Set-Cookie: \xff=;;;Expires=foo; Domain=.."),
}
BODIES = {
    "no length": answer(body=b"{"),
    "negative length": answer("Content-Length: -5", body=b"{}"),
    "two lengths": answer("Content-Length: 2", "Content-Length: 3", body=b"{}x"),
    "length of 20 digits": answer(f"Content-Length: {'9' * 20}", body=b"{}"),
    "length of 5,000 digits": answer(f"Content-Length: {'9' * 5000}", body=b"{}"),
    "chunk of letters": answer(CHUNKED, body=b"ZZ\r\n{}\r\n"),
    "negative chunk": answer(CHUNKED, body=b"-1\r\n{}\r\n0\r\n\r\n"),
    "half a chunk": answer(CHUNKED, body=b"5\r\n{}"),
    **{
        f"not {name}": sized(b"garbage", f"Content-Encoding: {name}")
        for name in ("gzip", "deflate", "br", "zstd", "x-unknown")
    },
    "digits": sized(b'{"id": ' + b"1" * 5000 + b"}"),
    "no number": sized(b'{"id": NaN}'),
    "UTF-16": sized('{"id": "j"}'.encode("utf-16")),
    "half a character": sized(b'{"id": "\\ud800"}'),
    "refusal that is deep": refused(b"[" * 100_000),
    "refusal in half a character": refused(b'{"code": "\\ud800", "message": {"value": "\\ud800"}}', status="404 No"),
    "refusal of objects": refused(b'{"code": {"a": 1}, "message": [1], "values": {"a": 1}}', status="409 No"),
    "refusal of anything": refused(b'{"code": "JobExists", "values": ["a", null, {"key": [1]}]}', status="409 No"),
    "refusal that stops": answer("Content-Length: 99", status="404 No", body=b'{"code":'),
    "challenge": sized(b"", "WWW-Authenticate: \xff Bearer ,,,", status="401 No"),
    "busy": sized(b"", "Retry-After: \xff", status="503 Busy"),
    "date": refused(b'{"code": "AuthenticationFailed"}', "Date: Mon, 99 Foo 99999 99:99:99", status="403 No"),
    "late date": refused(b'{"code": "AuthenticationFailed"}', "Date: Mon, 01 Jan 99999 00:00:00 GMT", status="403 No"),
    "unknown charset": refused(b"{\xff}", in_charset("=zork")),
    "charset of no text": refused(b'{"code": "A"}', in_charset("=rot13")),
    "charset of bytes": refused(b'{"code": "A"}', in_charset("=hex")),
    "charset in parts": refused(b'{"code": "A"}', in_charset("*=us-ascii'en'utf-8")),
    "type of bytes": refused(b"{}", "Content-Type: \xff\xfe;;;="),
}
REDIRECTS = {
    "to no address": moved("//["),
    "to another host": moved("http://evil.example/x"),
    "to another protocol": moved("ftp://127.0.0.1/", status="302 Found"),
    "to a port that is none": moved("http://127.0.0.1:99999/"),
    "to a host after a port": moved("ENDPOINT.evil.example/"),
    "to two ports": moved("ENDPOINT:80/"),
    "to bytes": moved("\xff\xfe", status="301 Moved"),
    "to a name of other letters": moved("http://\xe2\x98\x83/"),
    "to a name that is too long": moved(f"http://{'a' * 300}.example/"),
    "to nothing": moved(""),
    "without a word": sized(b"", status="307 Elsewhere"),
    "in circles": moved("ENDPOINT/x"),
    "in circles with bodies": moved("ENDPOINT/x", b"x" * 100_000),
    "with half a body": answer("Content-Length: 99", "Location: ENDPOINT/x", status="307 Elsewhere", body=b"x"),
    "to nowhere with half a body": answer("Content-Length: 99", "Location: //[", status="307 Elsewhere", body=b"x"),
}
ANSWERS = {**PROTOCOL, **BODIES, **REDIRECTS}

Call = Callable[[Client], Awaitable[Any]]


@pytest.fixture(scope="module", autouse=True)
def no_warning() -> Iterator[None]:
    """Of a connection that nobody has closed a warning tells, which is an error, when it is collected."""
    yield
    gc.collect()


async def all_of(items: Any) -> list[Any]:
    if isinstance(items, Awaitable):
        items = await items
    return [one async for one in items]


async def end_of(begun: Any) -> None:
    await (await begun).result()


CALLS: dict[str, Call] = {
    "read": lambda client: client.get_job("j"),
    "streamed read": lambda client: all_of(client.get_job("j", stream=True)),
    "create": lambda client: client.create_job({"id": "j", "poolInfo": {"poolId": "p"}}),
    "list": lambda client: all_of(client.list_jobs()),
    "submission": lambda client: client.create_tasks("j", [{"id": "t", "commandLine": "true"}], timeout=1),
    "download": lambda client: all_of(client.download_task_file("j", "t", "f")),
    "properties": lambda client: client.get_task_file_properties("j", "t", "f"),
    "existence": lambda client: client.pool_exists("p"),
    "poller": lambda client: end_of(client.begin_delete_job("j", polling_interval=0)),
    "delete": lambda client: client.delete_task("j", "t"),
}

KEY = "dGhlIGtleSBvZiB0aGUgYWNjb3VudA=="


async def failure_of(client: Client, call: Call) -> Optional[AzureError]:
    """The error of a call, if it is a typed one; any other is raised."""
    try:
        await call(client)
    except AzureError as error:
        return error
    return None


@asynccontextmanager
async def connected(endpoint: str, asynchronous: bool, **settings: Any) -> AsyncIterator[Callable[[Call], Any]]:
    """A client without pauses; gives a function that makes a call and gives its error."""
    every: dict[str, Any] = {"retry_total": 0, "retry_backoff_factor": 0, "redirect_max": 2, **settings}
    credential = AzureNamedKeyCredential("account", KEY)
    if asynchronous:
        async with AsyncBatchClient(endpoint, credential, **every) as client:

            async def call_async(call: Call) -> Optional[AzureError]:
                error = await failure_of(Client(client), call)
                assert connections_in_use(client) == 0
                return error

            yield call_async
        return
    with BatchClient(endpoint, credential, **every) as blocking:
        # The server is a task of this loop, which a blocking call would stop.
        yield lambda call: asyncio.to_thread(lambda: asyncio.run(failure_of(Client(blocking), call)))


@BOTH
@pytest.mark.parametrize("kind", ANSWERS)
async def test_no_answer_raises_anything_but_a_typed_error_or_keeps_a_connection(asynchronous: bool, kind: str) -> None:
    server = RawServer(ANSWERS[kind])
    errors: list[AzureError] = []
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        for call in CALLS.values():
            error = await attempt(call)
            if error is not None:
                errors.append(error)
        # The errors are kept until the server has seen its connections ended, and so is what they hold.
    for error in errors:
        pickled = pickle.dumps(error)
        assert b"SharedKey" not in pickled
        same = pickle.loads(pickled)
        assert type(same) is type(error)
        # That of a submission has made its text of errors with the answers that they came with, which do not travel.
        assert same.message == error.message or isinstance(error, CreateTasksError)


@BOTH
@pytest.mark.parametrize("kind", ANSWERS)
async def test_nor_does_one_in_the_middle_of_a_download(asynchronous: bool, kind: str) -> None:
    date = "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT"
    for fields in (["Content-Length: 99"], [CHUNKED]):
        server = RawServer(answer(date, *fields, body=b"a\r\n0123456789\r\n"), ANSWERS[kind])
        async with server.running() as endpoint, connected(endpoint, asynchronous, retry_total=1) as attempt:
            error = await attempt(CALLS["download"])
        assert error is not None
        assert len(server.requests) >= 2
        pickle.loads(pickle.dumps(error))


@BOTH
@pytest.mark.parametrize("kind", [name for name in REDIRECTS if name.startswith("to ")])
async def test_a_redirect_that_leads_nowhere_is_an_error_that_names_the_request(asynchronous: bool, kind: str) -> None:
    server = RawServer(REDIRECTS[kind])
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        error = await attempt(CALLS["download"])
    if kind == "to nothing":
        assert isinstance(error, HttpResponseError)
        assert error.status_code == 307
    else:
        assert isinstance(error, (DecodeError, ClientAuthenticationError))
        assert "client-request-id" in str(error)
    assert len(server.requests) == 1


@BOTH
async def test_a_refusal_in_a_charset_of_no_text_is_that_refusal(asynchronous: bool) -> None:
    server = RawServer(BODIES["charset of no text"])
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        error = await attempt(CALLS["read"])
    assert isinstance(error, HttpResponseError)
    assert error.status_code == 400
    assert "rid" in str(error)


@BOTH
@pytest.mark.parametrize("call", ["download", "streamed read"])
@pytest.mark.parametrize("fields", [["Content-Length: 9999999"], [CHUNKED]], ids=str)
async def test_a_redirect_whose_body_does_not_end_is_followed(asynchronous: bool, call: str, fields: list[str]) -> None:
    first = answer("Location: ENDPOINT/x?y=1", *fields, status="307 Elsewhere", body=b"5\r\nabcde\r\n")
    server = RawServer(first, sized(b"the file"), holds=True)
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        assert await attempt(CALLS[call]) is None
    assert [request.split(b" ", 2)[1] for request in server.requests][1:] == [b"/x?y=1"]


@BOTH
@pytest.mark.parametrize("operation", ["download_task_file", "get_job"])
async def test_a_cls_that_fails_leaves_no_connection(asynchronous: bool, operation: str) -> None:
    class MineError(AzureError):
        pass

    def fail(*_: Any) -> Any:
        raise MineError("mine")

    ids = ("j", "t", "f")[: 3 if operation == "download_task_file" else 1]
    server = RawServer(answer("Content-Length: 9999999", body=b"{"), holds=True)
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        error = await attempt(lambda client: getattr(client, operation)(*ids, cls=fail, stream=True))
        assert isinstance(error, MineError)


@BOTH
@pytest.mark.parametrize("mine", [LookupError("mine"), ValueError("mine"), RecursionError("mine")], ids=repr)
async def test_what_a_hook_of_the_caller_raises_stays_what_it_is(asynchronous: bool, mine: Exception) -> None:
    def fail(_: Any) -> None:
        raise mine

    server = RawServer(sized(b"{}"))
    async with server.running() as endpoint, connected(endpoint, asynchronous) as attempt:
        for name in ("raw_request_hook", "raw_response_hook"):
            with pytest.raises(type(mine), match="mine"):
                await attempt(lambda client, name=name: client.get_job("j", **{name: fail}))


@pytest.mark.parametrize("option", ["connection_timeout", "read_timeout"])
async def test_a_wait_that_the_transport_refuses_is_a_mistake_of_the_caller(option: str) -> None:
    server = RawServer(sized(b"{}"))
    async with server.running() as endpoint, connected(endpoint, False) as attempt:
        with pytest.raises(ValueError, match="timeout"):
            await attempt(lambda client: client.get_job("j", **{option: 0}))
    assert not server.requests


@BOTH
async def test_a_client_that_is_closed_says_so(asynchronous: bool) -> None:
    async with RawServer(sized(b"{}")).running() as endpoint, connected(endpoint, asynchronous) as attempt:
        await attempt(CALLS["read"])
        with pytest.raises(ValueError, match="has already been closed"):
            await attempt(closed_and_used)


async def closed_and_used(client: Client) -> None:
    await client.close()
    await client.get_job("j")
