"""The pipeline: what a caller can put in its place, what is retried, what is logged, and what a client survives."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import AsyncRetryPolicy, RetryPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from azure.batch import BatchClient, models
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator
from conftest import Client
from support.calls import OPERATIONS, Recorder, SentError, arguments, drive
from support.clients import ENDPOINT, memory_client
from support.memory import Answer, AsyncMemoryTransport, MemoryTransport
from support.resources import pool_options

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

POOL = Answer(200, b'{"id": "p"}')
CREATED = Answer(201)
KEY = "dGhlIGtleSBvZiB0aGUgYWNjb3VudA=="


def client_of(asynchronous: bool, **settings: Any) -> Any:
    kind: Any = AsyncBatchClient if asynchronous else BatchClient
    return kind(ENDPOINT, AzureNamedKeyCredential("account", KEY), **settings)


class Marking(SansIOHTTPPolicy[Any, Any]):
    """Counts the requests that pass it, and leaves a mark in each."""

    def __init__(self, name: str = "x-mark") -> None:
        self.name = name
        self.passed = 0

    def on_request(self, request: Any) -> None:
        self.passed += 1
        request.http_request.headers[self.name] = str(self.passed)


# -- transports and policies ------------------------------------------------------------------------------------------


@BOTH
async def test_a_transport_of_the_caller_is_used(asynchronous: bool) -> None:
    recorder = Recorder(POOL)
    transport: Any = (AsyncMemoryTransport if asynchronous else MemoryTransport)(recorder)
    assert (await drive(client_of(asynchronous, transport=transport), "get_pool", "p")).id == "p"
    assert recorder.request.headers["Authorization"].startswith("SharedKey account:")


@BOTH
async def test_policies_of_the_caller_replace_all_of_ours(asynchronous: bool) -> None:
    recorder, policy = Recorder(POOL), Marking()
    given: list[Any] = [policy]
    async with memory_client(recorder, asynchronous, policies=given) as client:
        await drive(client, "get_pool", "p")
    assert set(recorder.request.headers) == {"x-mark", "Accept"}
    assert given == [policy]
    async with memory_client(recorder, asynchronous, policies=[]) as client:
        await drive(client, "get_pool", "p")
    assert set(recorder.requests[1].headers) == {"Accept"}


@BOTH
@pytest.mark.parametrize("as_list", [False, True])
async def test_policies_of_the_caller_are_added(asynchronous: bool, as_list: bool) -> None:
    a_call, an_attempt = Marking("x-call"), Marking("x-attempt")
    once: Any = [a_call] if as_list else a_call
    each: Any = [an_attempt] if as_list else an_attempt
    settings = {"per_call_policies": once, "per_retry_policies": each, "retry_backoff_factor": 0}
    for _ in range(2):  # the second client must find the lists as the first one did
        recorder = Recorder(Answer(503), POOL)
        async with memory_client(recorder, asynchronous, **settings) as client:
            await drive(client, "get_pool", "p")
        assert all(one.headers["Authorization"] for one in recorder.requests)
    assert (a_call.passed, an_attempt.passed) == (2, 4)
    if as_list:
        assert (once, each) == ([a_call], [an_attempt])


class Failing(SansIOHTTPPolicy[Any, Any]):
    """Has a mistake in it."""

    def on_request(self, request: Any) -> None:
        raise ValueError("a mistake of the caller's")


@BOTH
async def test_a_mistake_in_what_the_caller_put_into_the_pipeline_is_raised_as_it_is(asynchronous: bool) -> None:
    client = client_of(asynchronous, http_logging_policy=Failing())
    with pytest.raises(ValueError, match="a mistake of the caller's"):
        await drive(client, "get_pool", "p")
    await drive(client, "close")

    def mistaken(_: Any) -> Answer:
        raise KeyError("a mistake of the caller's")

    async with memory_client(mistaken, asynchronous) as client:
        with pytest.raises(KeyError, match="a mistake of the caller's"):
            await drive(client, "get_pool", "p")


@BOTH
async def test_what_policies_of_each_attempt_add_is_signed(asynchronous: bool, emulator: BatchEmulator) -> None:
    policy = Marking("ocp-mark")
    make: Any = emulator.async_client if asynchronous else emulator.client
    client = make(per_retry_policies=[policy], per_call_policies=Marking("ocp-call"))
    assert await drive(client, "pool_exists", "no-such-pool") is False  # and not 403: the signature is good
    await drive(client, "close")


@BOTH
async def test_an_authentication_policy_of_the_caller_takes_the_place_of_ours(asynchronous: bool) -> None:
    recorder, policy = Recorder(POOL), Marking("Authorization")
    async with memory_client(recorder, asynchronous, authentication_policy=policy) as client:
        await drive(client, "get_pool", "p")
    assert recorder.request.headers["Authorization"] == "1"
    assert "ocp-date" not in recorder.request.headers


# -- retries ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked of the transport, none of which is made."""
    asked: list[float] = []

    async def later(_: Any, seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(MemoryTransport, "sleep", lambda _, seconds: asked.append(seconds), raising=False)
    monkeypatch.setattr(AsyncMemoryTransport, "sleep", later, raising=False)
    return asked


@BOTH
@pytest.mark.parametrize(
    ("operation", "arguments", "statuses"),
    [
        ("create_pool", ({"id": "p"},), (429, 429)),  # the usual answer at scale, and azure-core does not repeat a POST
        ("create_pool", ({"id": "p"},), (503, 500)),
        ("create_task_collection", ("j", {"value": []}), (429,)),
        ("update_pool", ("p", {}), (429,)),
        ("update_pool", ("p", {}), (504,)),
        ("get_pool", ("p",), (408, 429, 500)),
        ("list_pools", (), (502, 503, 504)),
        ("delete_task", ("j", "t"), (429, 500)),
        ("replace_job", ("j", {}), (503,)),
    ],
)
async def test_a_refusal_that_will_pass_is_repeated(
    asynchronous: bool, pauses: list[float], operation: str, arguments: Any, statuses: tuple[int, ...]
) -> None:
    good = CREATED if operation == "create_pool" else Answer(200, b'{"value": []}')
    recorder = Recorder(*map(Answer, statuses), good)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, operation, *arguments)
    assert len(recorder.requests) == len(statuses) + 1
    assert len({one.headers["client-request-id"] for one in recorder.requests}) == 1


@BOTH
@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 501])
async def test_a_refusal_that_will_not_pass_is_not_repeated(asynchronous: bool, status: int) -> None:
    recorder = Recorder(Answer(status))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(HttpResponseError):
            await drive(client, "create_pool", {"id": "p"})
    assert len(recorder.requests) == 1


@BOTH
@pytest.mark.parametrize("operation", ["create_pool", "get_pool"])
async def test_the_service_says_how_long_to_wait(asynchronous: bool, pauses: list[float], operation: str) -> None:
    waits = [Answer(429, headers={"Retry-After": "7"}), Answer(503, headers={"retry-after": "40"})]
    recorder = Recorder(*waits, CREATED if operation == "create_pool" else POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, operation, {"id": "p"} if operation == "create_pool" else "p")
    assert pauses == [7, 40]


@BOTH
async def test_retry_settings_are_the_clients_and_then_the_calls(asynchronous: bool, pauses: list[float]) -> None:
    recorder = Recorder(Answer(503))
    settings: dict[str, Any] = {"retry_total": 5, "retry_status": 5, "retry_backoff_factor": 2, "retry_backoff_max": 5}
    async with memory_client(recorder, asynchronous, **settings) as client:
        with pytest.raises(HttpResponseError):
            await drive(client, "get_pool", "p")
        assert len(recorder.requests) == 6
        assert pauses == [4, 5, 5, 5]  # the first repetition is at once
        with pytest.raises(HttpResponseError):
            await drive(client, "get_pool", "p", retry_total=1)
        assert len(recorder.requests) == 8
        with pytest.raises(HttpResponseError):
            await drive(client, "get_pool", "p", retry_on_methods=["PUT"])
        assert len(recorder.requests) == 9


@BOTH
@pytest.mark.parametrize("error", [ServiceRequestError, ServiceResponseError])
async def test_a_read_is_repeated_if_the_connection_fails(
    asynchronous: bool, pauses: list[float], error: type[Exception]
) -> None:
    failures = [error("refused"), error("refused")]

    def handler(_: Any) -> Answer:
        if failures:
            raise failures.pop()
        return POOL

    async with memory_client(handler, asynchronous) as client:
        assert (await drive(client, "get_pool", "p")).id == "p"
        failures.append(error("refused"))
        assert await drive(client, "disable_pool_auto_scale", "p") is None
        failures.append(error("refused"))
        with pytest.raises(error, match=r"POST .*/reactivate"):  # it may have been carried out, and would be again
            await drive(client, "reactivate_task", "j", "t")


ONCE = {
    "begin_reboot_node",
    "begin_reimage_node",
    "create_node_user",
    "create_task_collection",
    "enable_pool_auto_scale",
    "reactivate_task",
    "upload_node_logs",
}
"""What would be done a second time, or cannot be told from what another did."""


class FailingOnce(Recorder):
    """Answers once, or not at all, as it is told; what comes then is recorded."""

    def __init__(self, failure: Any) -> None:
        super().__init__()
        self.failures = [failure]

    def __call__(self, request: Any) -> Answer:
        if not self.failures:
            return super().__call__(request)
        self.requests.append(request)
        failure = self.failures.pop()
        if isinstance(failure, Answer):
            return failure
        raise failure


CHANGES = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if not one.startswith(("list_", "get_")) and one != "create_tasks"]
)


@BOTH
@CHANGES
@pytest.mark.parametrize("status", [500, 503, 504])
async def test_an_error_of_the_service_is_asked_for_again_unless_that_might_do_it_twice(
    asynchronous: bool, pauses: list[float], operation: str, status: int
) -> None:
    recorder = FailingOnce(Answer(status, b"{}"))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises((SentError, HttpResponseError)) as caught:
            await drive(client, operation, *arguments(operation))
    again = type(caught.value) is SentError
    assert again is (operation not in ONCE or status == 503)  # which says that nothing was done
    assert len(recorder.requests) == 1 + again


@BOTH
@CHANGES
async def test_a_lost_answer_is_asked_for_again_unless_that_would_do_it_twice(
    asynchronous: bool, pauses: list[float], operation: str
) -> None:
    recorder = FailingOnce(ServiceResponseError("lost"))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises((SentError, ServiceResponseError)) as caught:
            await drive(client, operation, *arguments(operation))
        again = type(caught.value) is SentError
        assert again is (operation not in ONCE)
        assert len(recorder.requests) == 1 + again
        # A caller's own word about it counts.
        recorder.failures.append(ServiceResponseError("lost"))
        with pytest.raises(ServiceResponseError):
            await drive(client, operation, *arguments(operation), retry_on_methods=["OPTIONS"])


@BOTH
@pytest.mark.parametrize(
    ("first", "operation", "arguments", "status", "code", "told"),
    [
        (500, "create_pool", ({"id": "p"},), 409, "PoolExists", True),
        (503, "delete_task", ("j", "t"), 404, "TaskNotFound", True),
        (429, "create_pool", ({"id": "p"},), 409, "PoolExists", False),  # refused: it had no effect
        (503, "get_pool", ("p",), 404, "PoolNotFound", False),
    ],
)
async def test_an_error_that_an_earlier_attempt_may_have_caused_says_so(
    asynchronous: bool,
    pauses: list[float],
    first: int,
    operation: str,
    arguments: Any,
    status: int,
    code: str,
    told: bool,
) -> None:
    refusal = Answer(status, json.dumps({"code": code, "message": {"value": "No."}}).encode())
    recorder = Recorder(Answer(first), refusal)
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises((ResourceExistsError, ResourceNotFoundError), match=code) as caught:
            await drive(client, operation, *arguments)
    assert ("may have had its effect" in str(caught.value)) is told


@BOTH
async def test_a_retry_policy_of_the_caller_takes_the_place_of_ours(asynchronous: bool) -> None:
    policy: Any = (AsyncRetryPolicy if asynchronous else RetryPolicy).no_retries()
    recorder = Recorder(Answer(503))
    async with memory_client(recorder, asynchronous, retry_policy=policy) as client:
        with pytest.raises(HttpResponseError):
            await drive(client, "get_pool", "p")
    assert len(recorder.requests) == 1


# -- what a request says of itself ------------------------------------------------------------------------------------


@BOTH
async def test_each_call_has_an_id_of_its_own_or_the_callers(asynchronous: bool) -> None:
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, "get_pool", "p")
        await drive(client, "get_pool", "p")
        await drive(client, "get_pool", "p", request_id="mine")
        await drive(client, "get_pool", "p", headers={"client-request-id": "mine too"})
    first, second, *mine = (one.headers["client-request-id"] for one in recorder.requests)
    assert UUID(first) != UUID(second)
    assert mine == ["mine", "mine too"]


@BOTH
async def test_the_user_agent_names_the_library_and_what_the_caller_adds(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_HTTP_USER_AGENT", raising=False)
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, "get_pool", "p")
        await drive(client, "get_pool", "p", user_agent="call/1")
        await drive(client, "get_pool", "p", user_agent="call/1", user_agent_overwrite=True)
    async with memory_client(recorder, asynchronous, user_agent="app/2") as client:
        await drive(client, "get_pool", "p")
    ours, with_call, only_call, with_app = (one.headers["User-Agent"] for one in recorder.requests)
    assert ours.startswith("azsdk-python-batch/15.2.0 Python/")
    assert (with_call, only_call, with_app) == (f"call/1 {ours}", "call/1", f"app/2 {ours}")


# -- logs -------------------------------------------------------------------------------------------------------------

SECRETS = {
    "password": "hunter2-of-a-user",
    "key": "c3RvcmFnZSBrZXkgb2YgYSBtb3VudA==",
    "signature": "c2lnbmF0dXJl%2BoyBhIHVybA%3D%3D",
    "private key": "-----BEGIN RSA PRIVATE KEY-----",
    "protected": "protected-of-an-extension",
    "registry": "hunter3-of-a-registry",
}
SAS = f"https://store.blob.core.windows.net/c/f?sv=2025-01-01&sig={SECRETS['signature']}&se=2030-01-01"


def telling_pool(name: str) -> dict[str, Any]:
    """A pool with a secret in every place that can have one."""
    pool = pool_options(name, nodes=0).as_dict()
    machine = pool["virtualMachineConfiguration"]
    machine["extensions"] = [
        {"name": "e", "publisher": "p", "type": "t", "protectedSettings": {"commandToExecute": SECRETS["protected"]}}
    ]
    machine["containerConfiguration"] = {
        "type": "dockerCompatible",
        "containerRegistries": [{"username": "u", "password": SECRETS["registry"], "registryServer": "r.io"}],
    }
    return {
        **pool,
        "userAccounts": [
            {
                "name": "u",
                "password": SECRETS["password"],
                "linuxUserConfiguration": {"sshPrivateKey": SECRETS["private key"]},
            }
        ],
        "mountConfiguration": [
            {
                "azureFileShareConfiguration": {
                    "accountName": "a",
                    "accountKey": SECRETS["key"],
                    "azureFileUrl": "https://a.file.core.windows.net/s",
                    "relativeMountPath": "m",
                }
            }
        ],
        "startTask": {"commandLine": f"curl '{SAS}'", "resourceFiles": [{"httpUrl": SAS, "filePath": "f"}]},
    }


def secrets_in(records: list[logging.LogRecord], key: str = KEY) -> set[str]:
    text = "\n".join(record.getMessage() for record in records)
    found = {name for name, secret in {**SECRETS, "account key": key}.items() if secret in text}
    return found | ({"Authorization"} if "SharedKey " in text or "Bearer " in text else set())


@BOTH
@pytest.mark.parametrize("from_client", [False, True])
async def test_no_secret_is_logged_at_any_level(
    asynchronous: bool, from_client: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    body = telling_pool("p")
    echo = Answer(200, json.dumps(body).encode(), {"Set-Cookie": f"a={KEY}", "Location": SAS})
    enabled: dict[str, Any] = {"logging_enable": True}
    recorder = Recorder(CREATED._replace(headers=echo.headers))
    async with memory_client(
        recorder, asynchronous, credential=AzureNamedKeyCredential("account", KEY), **(enabled if from_client else {})
    ) as client:
        each = {} if from_client else enabled
        await drive(client, "create_pool", models.BatchPoolCreateOptions.from_wire(body), **each)
        await drive(client, "create_pool", json.dumps(body).encode(), headers={"Cookie": KEY}, **each)
        await drive(client, "create_pool", io.StringIO(json.dumps(body)), **each)
        recorder.answers = [echo]
        await drive(client, "get_pool", "p", params={"sig": SECRETS["signature"]}, **each)
        assert len(caplog.records) == 16  # a request and an answer, by each of the two loggers, four times
        await drive(client, "send_request", HttpRequest("PUT", SAS.replace("https://store.blob.core.windows.net", "")))
        await drive(client, "send_request", HttpRequest("PUT", "/x", content=f"not JSON {SAS} {KEY}"), **each)
    assert {one.name.rpartition(".")[2] for one in caplog.records} == {"_universal", "http_logging_policy"}
    assert secrets_in(caplog.records) == set()
    assert "canonical" in caplog.text  # what is not secret is there to be read
    assert "sv=2025-01-01" in caplog.text
    assert json.loads(recorder.requests[0].content)["userAccounts"][0]["password"] == SECRETS["password"]


@BOTH
async def test_a_token_is_not_logged(asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    class Token:
        async def later(self, *_: Any, **__: Any) -> AccessToken:
            return self.now()

        def now(self, *_: Any, **__: Any) -> AccessToken:
            return AccessToken(SECRETS["password"], 2**40)

    credential: Any = Token()
    credential.get_token = credential.later if asynchronous else credential.now
    caplog.set_level(logging.NOTSET)
    async with memory_client(Recorder(POOL), asynchronous, credential=credential, logging_enable=True) as client:
        await drive(client, "get_pool", "p")
    assert len(caplog.records) >= 4
    assert secrets_in(caplog.records) == set()


async def test_nothing_below_the_pipeline_logs_a_secret_either(
    client: Client, emulator: BatchEmulator, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    plain = telling_pool(name)
    for unknown in (plain.pop, plain["virtualMachineConfiguration"].pop):  # to the emulator
        for part in ("mountConfiguration", "containerConfiguration", "extensions"):
            unknown(part, None)
    await client.create_pool(plain, logging_enable=True)
    await client.get_pool(name, logging_enable=True)
    with pytest.raises(ResourceNotFoundError):
        await client.download_task_file("no-such-job", "t", "f", logging_enable=True)
    assert "no-such-job" in caplog.text
    assert secrets_in(caplog.records, emulator.key) == set()


@BOTH
async def test_network_logging_is_off_unless_asked_for(asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.NOTSET)
    mine = logging.getLogger("mine")
    async with memory_client(Recorder(POOL), asynchronous) as client:
        await drive(client, "get_pool", "p", logger=mine)
    assert {one.name for one in caplog.records} == {"mine"}
    assert "maxresults=5" not in caplog.text


@BOTH
async def test_the_log_of_the_http_calls_shows_what_helps(asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = Answer(200, b'{"value": []}', {"request-id": "the-request"})
    async with memory_client(Recorder(answer), asynchronous) as client:
        await drive(
            client, "list_pools", filter="state eq 'active'", request_id="the-call", params={"secret": "hidden"}
        )
    for shown in (
        "state eq 'active'",
        "the-request",
        "the-call",
        "api-version=2025-06-01",
        "azsdk-python-batch",
    ):
        assert shown in unquote_plus(caplog.text)
    assert "hidden" not in caplog.text


# -- the life of a client ---------------------------------------------------------------------------------------------


async def test_a_closed_client_says_that_it_is_closed(emulator: BatchEmulator) -> None:
    with emulator.client() as client:
        assert not client.pool_exists("no-such-pool")
    with pytest.raises(ValueError, match="closed"):
        client.pool_exists("no-such-pool")
    client.close()  # again, to no effect
    async with emulator.async_client() as other:
        assert not await other.pool_exists("no-such-pool")
    with pytest.raises(ValueError, match="closed"):
        await other.pool_exists("no-such-pool")
    await other.close()


async def test_a_client_works_without_being_entered(emulator: BatchEmulator) -> None:
    client = emulator.client()
    assert not client.pool_exists("no-such-pool")
    client.close()
    other = emulator.async_client()
    assert not await other.pool_exists("no-such-pool")
    await other.close()


@BOTH
async def test_the_transport_is_opened_and_closed_with_the_client(asynchronous: bool) -> None:
    seen: list[str] = []

    class Now(MemoryTransport):
        def __enter__(self) -> Now:
            seen.append("open")
            return self

        def __exit__(self, *_: object) -> None:
            seen.append("close")

    class Later(AsyncMemoryTransport):
        async def __aenter__(self) -> Later:
            seen.append("open")
            return self

        async def __aexit__(self, *_: object) -> None:
            seen.append("close")

    if asynchronous:
        async with client_of(True, transport=Later(Recorder(POOL))) as entered:
            assert isinstance(entered, AsyncBatchClient)
            assert seen == ["open"]
    else:
        with client_of(False, transport=Now(Recorder(POOL))) as entered:
            assert isinstance(entered, BatchClient)
            assert seen == ["open"]
    assert seen == ["open", "close"]


def test_threads_share_a_client(emulator: BatchEmulator, name: str) -> None:
    threads, calls = 32, 8
    together = threading.Barrier(threads)

    def work(client: BatchClient, number: int) -> list[str]:
        together.wait()
        mine = [f"{name}-{number}-{turn}" for turn in range(calls)]
        for one in mine:
            client.create_pool(pool_options(one, nodes=0))
        return [client.get_pool(one).id for one in mine]

    with emulator.client() as client, ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda number: work(client, number), range(threads)))
        assert found == [[f"{name}-{number}-{turn}" for turn in range(calls)] for number in range(threads)]
        listed = list(client.list_pools(filter=f"startswith(id, '{name}-')", select=["id"]))
    assert len(listed) == threads * calls


async def test_tasks_of_one_loop_share_a_client(emulator: BatchEmulator, name: str) -> None:
    async with emulator.async_client() as client:
        names = [f"{name}-{number}" for number in range(32)]
        await asyncio.gather(*(client.create_pool(pool_options(one, nodes=0)) for one in names))
        found = await asyncio.gather(*(client.get_pool(one) for one in names))
    assert [pool.id for pool in found] == names


@contextmanager
def no_warning() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [str(one.message) for one in caught] == []


async def test_a_call_warns_of_nothing(client: Client, name: str) -> None:
    """In particular of nothing that Python 3.12 and 3.13 call deprecated."""
    with no_warning():
        await client.create_pool(pool_options(name, nodes=0))
        assert name in [pool.id async for pool in client.list_pools()]
        poller = await client.begin_delete_pool(name, polling_interval=0.01)
        await poller.result()
