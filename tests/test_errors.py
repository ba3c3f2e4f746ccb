"""Errors: which exception a refusal becomes, and what it tells."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from typing import Any, Callable, Optional

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)

import azure.batch
from azure.batch import (
    FilesUnavailableError,
    InvalidStateError,
    NodeGoneError,
    NodeNotReadyError,
    OperationFailedError,
    PropertyDifference,
    QuotaReachedError,
    ResourceBeingDeletedError,
    ResourceCompletedError,
    ResourceDiffersError,
    models,
)
from azure.batch._errors import ErrorMessage
from azure.batch.emulator import BatchEmulator
from azure.batch.models import CreateTasksError
from conftest import Client, settled
from support.calls import drive
from support.clients import memory_client
from support.memory import Answer

BOTH = pytest.mark.parametrize("asynchronous", [False, True])


def refusal(status: int, code: Optional[str], values: Any = None, **headers: str) -> Answer:
    body: dict[str, Any] = {"odata.metadata": "x", "code": code, "message": {"lang": "en-US", "value": "No.\nTime:t"}}
    if values:
        body["values"] = values
    headers = {"request-id": "the-request", **headers}
    return Answer(status, json.dumps(body).encode() if code else b"", headers)


@BOTH
@pytest.mark.parametrize(
    ("status", "code", "options", "expected"),
    [
        (400, "InvalidPropertyValue", {}, HttpResponseError),
        (400, "InvalidAuthenticationInfo", {}, ClientAuthenticationError),
        (401, None, {}, ClientAuthenticationError),
        (403, "AuthenticationFailed", {}, ClientAuthenticationError),
        (403, "InsufficientAccountPermissions", {}, ClientAuthenticationError),
        (403, "IOError", {}, HttpResponseError),
        (404, "PoolNotFound", {}, ResourceNotFoundError),
        (404, None, {}, ResourceNotFoundError),
        (409, "PoolExists", {}, ResourceExistsError),
        (409, "JobWithSameIdExists", {}, ResourceExistsError),
        (409, "JobBeingDeleted", {}, ResourceBeingDeletedError),
        (409, "ActiveJobAndScheduleQuotaReached", {}, QuotaReachedError),
        (409, "NodeNotReady", {}, NodeNotReadyError),
        (409, "NodeBeingRebooted", {}, NodeNotReadyError),
        (409, "JobDisabled", {}, InvalidStateError),
        (409, "TaskNotCompleted", {}, InvalidStateError),
        (409, "JobCompleted", {}, ResourceCompletedError),
        (409, "JobScheduleBeingTerminated", {}, ResourceCompletedError),
        (409, "TaskFilesUnavailable", {}, NodeGoneError),
        (409, "TaskFilesCleanedup", {}, FilesUnavailableError),
        (409, None, {}, InvalidStateError),
        (416, "InvalidRange", {}, HttpResponseError),
        (500, "InternalError", {}, HttpResponseError),
        # What the caller sent decides about a 412 and about nothing else.
        (304, None, {"etag": "x", "match_condition": MatchConditions.IfModified}, ResourceNotModifiedError),
        (
            412,
            "ConditionNotMet",
            {"etag": "x", "match_condition": MatchConditions.IfNotModified},
            ResourceModifiedError,
        ),
        (
            412,
            "ConditionNotMet",
            {"etag": "x", "match_condition": MatchConditions.IfModified},
            ResourceNotModifiedError,
        ),
        (412, "ConditionNotMet", {"match_condition": MatchConditions.IfPresent}, ResourceNotFoundError),
        (412, "ConditionNotMet", {"match_condition": MatchConditions.IfMissing}, ResourceExistsError),
        (400, "InvalidHeaderValue", {"match_condition": MatchConditions.IfPresent}, HttpResponseError),
        (401, None, {"etag": "x", "match_condition": MatchConditions.IfNotModified}, ClientAuthenticationError),
        (503, "ServerBusy", {"match_condition": MatchConditions.IfPresent}, HttpResponseError),
        (500, None, {"match_condition": MatchConditions.IfMissing}, HttpResponseError),
    ],
)
async def test_the_status_decides_then_the_code(
    asynchronous: bool, status: int, code: Optional[str], options: dict[str, Any], expected: type[Exception]
) -> None:
    async with memory_client(lambda _: refusal(status, code), asynchronous, retry_total=0) as client:
        with pytest.raises(HttpResponseError) as caught:
            await settled(client.get_pool("p", **options))
    assert type(caught.value) is expected
    assert caught.value.status_code == status


@BOTH
async def test_the_text_has_code_message_every_value_and_the_request(asynchronous: bool) -> None:
    values = [{"key": "PropertyName", "value": "vmSize"}, {"key": "Reason", "value": "unknown size"}]
    async with memory_client(lambda _: refusal(400, "InvalidPropertyValue", values), asynchronous) as client:
        with pytest.raises(HttpResponseError) as caught:
            await settled(client.create_pool({"id": "p"}))
    error: Any = caught.value
    assert str(error) == (
        "(InvalidPropertyValue) No.\nTime:t\nPropertyName: vmSize\nReason: unknown size\nRequestId:the-request"
    )
    assert error.message == str(error)
    assert error.error.code == "InvalidPropertyValue"
    assert error.error.message == error.error.message.value == "No.\nTime:t"
    assert error.error.message.lang == "en-US"
    assert [(one.code, one.message) for one in error.error.details] == [
        ("PropertyName", "vmSize"),
        ("Reason", "unknown size"),
    ]
    assert error.model.error_values[1].value == "unknown size"


@BOTH
async def test_a_caller_chooses_exceptions_by_status(asynchronous: bool) -> None:
    class MineError(HttpResponseError):
        pass

    async with memory_client(lambda _: refusal(404, "PoolNotFound"), asynchronous) as client:
        with pytest.raises(MineError):
            await settled(client.get_pool("p", error_map={404: MineError}))


@BOTH
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'"x"', b"\xff\xfe\xfa", b'{"code": 1}', b'{"message": null}']
)
async def test_a_refusal_without_the_services_body_is_still_told(asynchronous: bool, body: bytes) -> None:
    answer = Answer(404, body, {"request-id": "the-request"})
    async with memory_client(lambda _: answer, asynchronous) as client:
        with pytest.raises(ResourceNotFoundError, match="the-request"):
            await settled(client.get_pool("p"))


@BOTH
@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"3", b'{"id": "p"', b"\xff\xfe\xfa\x00"])
async def test_an_answer_that_is_not_the_services_is_a_decode_error(asynchronous: bool, body: bytes) -> None:
    answer = Answer(200, body, {"request-id": "the-request"})
    async with memory_client(lambda _: answer, asynchronous) as client:
        with pytest.raises(DecodeError, match="the-request"):
            await settled(client.get_pool("p"))


@BOTH
async def test_send_request_raises_for_no_status(asynchronous: bool) -> None:
    from azure.core.rest import HttpRequest

    async with memory_client(lambda _: refusal(404, "PoolNotFound"), asynchronous) as client:
        response = await settled(client.send_request(HttpRequest("GET", "/pools/p?api-version=2025-06-01")))
    assert response.status_code == 404


async def test_the_emulators_refusal_of_a_download_is_read(client: Client, name: str) -> None:
    with pytest.raises(ResourceNotFoundError) as caught:
        await client.download_task_file(name, "t", "stdout.txt")
    assert caught.value.error is not None
    assert caught.value.error.code == "JobNotFound"


AGAIN: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
OURS: list[Any] = [
    kind
    for module in (azure.batch, models)
    for kind in (getattr(module, name) for name in module.__all__)
    if isinstance(kind, type) and issubclass(kind, BaseException)
]
"""Every exception that the package has a name for."""

VALUES: dict[str, Any] = {
    "message": "no",
    "resource": models.BatchPool.from_wire({"id": "p", "state": "active"}),
    "nodes": [models.BatchNode.from_wire({"id": "n"})],
    "summary": models.TasksSummary(failed=1, failed_tasks=[models.BatchTask.from_wire({"id": "t"})]),
    "counts": models.BatchPoolNodeCounts.from_wire({"poolId": "p"}),
    "differences": [PropertyDifference("display_name", "a", "b")],
    "failure_tasks": [models.BatchTaskCreateResult.from_wire({"taskId": "t", "status": "clienterror"})],
    "errors": [ValueError("first"), OperationFailedError("second")],
    "succeeded": [models.BatchTaskCreateResult.from_wire({"taskId": "u", "status": "success"})],
    "unknown": [({"id": "v", "commandLine": "true"}, ValueError("third"))],
}
"""What exceptions are made with; what has no value here gets a list of text."""


def made(kind: Any) -> Any:
    """An exception of a class, with a value in everything that it takes and has by itself."""
    parameters = inspect.signature(kind).parameters.values()
    names = [one.name for one in parameters if one.name != "response" and one.kind is not one.VAR_KEYWORD]
    error = kind(**{name: VALUES.get(name, ["some"]) for name in names})
    for name in (name for ours in kind.__mro__ if ours in OURS for name in vars(ours).get("__annotations__", ())):
        if name not in vars(error):
            setattr(error, name, f"some {name}")
    return error


def comparable(value: Any) -> Any:
    """A value as one that equals what it was copied from: exceptions never do."""
    if isinstance(value, (list, tuple)):
        return [comparable(one) for one in value]
    return repr(value) if isinstance(value, BaseException) else value


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("kind", OURS)
def test_every_exception_of_ours_survives_pickle_and_copy_with_all_that_it_has(kind: Any, how: str) -> None:
    error = made(kind)
    same = AGAIN[how](error)
    assert same is not error
    assert (type(same), str(same), same.args) == (kind, str(error), error.args)
    assert {name: comparable(value) for name, value in vars(same).items()} == {
        name: comparable(value) for name, value in vars(error).items()
    }


@pytest.mark.parametrize("how", AGAIN)
def test_the_message_of_an_error_survives_pickle_and_copy(how: str) -> None:
    message = AGAIN[how](ErrorMessage("text", "en-US"))
    assert (message, message.value, message.lang) == ("text", "text", "en-US")


# -- what to do about it ----------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("operation", "arguments", "status", "code", "values", "advice"),
    [
        ("create_pool", ({"id": "p"},), 409, "PoolQuotaReached", {}, "ask for a higher quota"),
        ("create_job", ({"id": "j"},), 409, "ActiveJobAndScheduleQuotaReached", {}, "all_tasks_complete_mode='termin"),
        ("create_pool", ({"id": "p"},), 409, "SomeOtherQuotaReached", {}, "ask for a higher quota"),
        ("create_pool", ({"id": "p"},), 409, "PoolExists", {}, "ids that differ in case only are the same"),
        ("create_job", ({"id": "j"},), 409, "JobExists", {}, "with ensure_job, which tells how it differs"),
        ("create_job_schedule", ({"id": "j"},), 409, "JobScheduleExists", {}, "Use another id"),
        ("create_task", ("j", {"id": "t"}), 409, "TaskExists", {}, "on_exists='ok'"),
        ("create_job", ({"id": "j"},), 409, "JobBeingDeleted", {}, "Wait until it is gone with ensure_no_job"),
        ("begin_delete_pool", ("p",), 409, "PoolBeingDeleted", {}, "with ensure_pool or recreate_pool"),
        ("get_job_schedule", ("j",), 409, "JobScheduleBeingDeleted", {}, "Wait until it is gone, or use another id."),
        ("create_task", ("j", {"id": "t"}), 409, "JobBeingTerminated", {}, "takes no new work"),
        (
            "create_task",
            ("j", {"id": "t"}),
            400,
            "TaskDependenciesNotSpecifiedOnJob",
            {},
            "uses_task_dependencies=True",
        ),
        (
            "create_task",
            ("j", {"id": "t"}),
            400,
            "UnsupportedProperty",
            {"PropertyName": "dependsOn"},
            "uses_task_dependencies=True",
        ),
        (
            "create_task",
            ("j", {"id": "t"}),
            400,
            "InvalidPropertyValue",
            {"PropertyName": "dependsOn.taskIdRanges"},
            None,
        ),
        (
            "create_task",
            ("j", {"id": "t"}),
            400,
            "InvalidPropertyValue",
            {"PropertyName": "containerSettings"},
            "needs container_settings",
        ),
        ("create_task", ("j", {"id": "t"}), 413, "RequestBodyTooLarge", {}, "Send less at once."),
        ("create_task_collection", ("j", {"value": []}), 413, "RequestBodyTooLarge", {}, "create_tasks submits any"),
        ("create_task_collection", ("j", {"value": []}), 413, None, {}, "create_tasks submits any"),
        ("get_pool", ("p",), 403, "InvalidRestAPIForAccountSetting", {}, "DefaultAzureCredential()"),
        ("get_pool", ("p",), 403, "InsufficientAccountPermissions", {}, "Give the identity a role"),
        ("delete_task_file", ("j", "t", "f"), 409, "TaskFilesUnavailable", {}, "output_files"),
        ("create_pool", ({"id": "p"},), 400, "InvalidPropertyValue", {"PropertyName": "vmSize"}, None),
        ("get_pool", ("p",), 404, "PoolNotFound", {}, None),
    ],
)
async def test_the_text_ends_with_what_can_be_done(
    asynchronous: bool, operation: str, arguments: Any, status: int, code: Any, values: dict[str, str], advice: Any
) -> None:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    async with memory_client(lambda _: refusal(status, code, pairs), asynchronous, retry_total=0) as client:
        with pytest.raises(HttpResponseError) as caught:
            await drive(client, operation, *arguments)
    last = str(caught.value).splitlines()[-1]
    if advice is None:
        assert last == "RequestId:the-request"
    else:
        assert advice in last
        assert last.endswith((".", ")."))
    assert caught.value.message == str(caught.value)


async def test_too_many_tasks_at_once_are_told_of_create_tasks(client: Client, name: str) -> None:
    await client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    tasks = [{"id": f"t{number}", "commandLine": "true"} for number in range(101)]
    with pytest.raises(HttpResponseError, match="create_tasks submits any number"):
        await client.create_task_collection(name, {"value": tasks})


async def test_a_dependency_in_a_job_without_them_is_told_what_is_missing(client: Client, name: str) -> None:
    await client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    task = {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["u"]}}
    with pytest.raises(HttpResponseError, match="uses_task_dependencies=True"):
        await client.create_task(name, task)
    with pytest.raises(CreateTasksError) as caught:
        await client.create_tasks(name, [{**task, "id": f"t{number}"} for number in range(3)])
    assert str(caught.value).count("uses_task_dependencies=True") == 1
    assert "uses_task_dependencies=True" in str(caught.value).splitlines()[-1]


@BOTH
@pytest.mark.parametrize(
    ("sent", "received", "told"),
    [
        ("Tue, 29 Jul 2014 21:49:13 GMT", "Tue, 29 Jul 2014 21:49:14 GMT", "The clocks agree"),
        ("Tue, 29 Jul 2014 21:49:13 GMT", "Tue, 29 Jul 2014 21:54:13 GMT", "The clocks agree"),
        ("Tue, 29 Jul 2014 21:49:13 GMT", "Tue, 29 Jul 2014 22:09:13 GMT", "20 minutes behind the service's clock"),
        ("Tue, 29 Jul 2014 21:49:13 GMT", "Tue, 29 Jul 2014 20:48:13 GMT", "61 minutes ahead of the service's clock"),
        ("Tue, 29 Jul 2014 21:49:13 GMT", "nonsense", "check this machine's clock"),
        ("Tue, 29 Jul 2014 21:49:13 GMT", None, "check this machine's clock"),
    ],
)
@pytest.mark.parametrize(("status", "code"), [(403, "AuthenticationFailed"), (401, None)])
async def test_a_bad_key_and_a_bad_clock_are_told_apart(
    asynchronous: bool,
    monkeypatch: pytest.MonkeyPatch,
    sent: str,
    received: Optional[str],
    told: str,
    status: int,
    code: Optional[str],
) -> None:
    monkeypatch.setattr("azure.batch._auth.http_now", lambda: sent)
    headers = {} if received is None else {"Date": received}
    async with memory_client(lambda _: refusal(status, code, **headers), asynchronous) as client:
        with pytest.raises(ClientAuthenticationError) as caught:
            await drive(client, "get_pool", "p")
    text = str(caught.value)
    assert told in text
    assert ("name of the account and its key" in text) is ("minutes" not in text or "15 minutes off" in text)
    if received and "GMT" in received:
        assert sent in text
        assert received in text


async def test_a_wrong_key_is_told_with_the_clocks(emulator: BatchEmulator, client: Client) -> None:
    credential = AzureNamedKeyCredential(emulator.account, "d3Jvbmc=")
    kind: Any = type(client.raw)
    wrong = Client(kind(emulator.endpoint, credential))
    with pytest.raises(ClientAuthenticationError, match="The clocks agree") as caught:
        await wrong.get_pool("p")
    await wrong.close()
    assert "d3Jvbmc=" not in str(caught.value)


@BOTH
async def test_a_token_that_is_refused_is_told_of_roles(asynchronous: bool) -> None:
    class Token:
        async def later(self, *_: Any, **__: Any) -> AccessToken:
            return self.now()

        def now(self, *_: Any, **__: Any) -> AccessToken:
            return AccessToken("a-token", 2**40)

    credential: Any = Token()
    credential.get_token = credential.later if asynchronous else credential.now
    async with memory_client(lambda _: refusal(403, "AuthenticationFailed"), asynchronous, credential=credential) as (
        client
    ):
        with pytest.raises(ClientAuthenticationError, match="role on the Batch account"):
            await drive(client, "get_pool", "p")


# -- secrets ----------------------------------------------------------------------------------------------------------


@BOTH
async def test_signatures_that_the_service_repeats_are_not_shown(asynchronous: bool) -> None:
    values = [{"key": "PropertyValue", "value": "https://a.blob.core.windows.net/c?sv=1&sig=c2VjcmV0"}]
    body = {"code": "A", "message": {"value": "Bad URL https://a/b?sig=c2VjcmV0&se=1"}, "values": values}
    answer = Answer(400, json.dumps(body).encode())
    async with memory_client(lambda _: answer, asynchronous) as client:
        with pytest.raises(HttpResponseError) as caught:
            await drive(client, "create_pool", {"id": "p"})
    error: Any = caught.value
    assert "sig=***&se=1" in str(error)
    assert "c2VjcmV0" not in f"{error} {error!r} {error.error} {error.error.details[0].message} {error.model!r}"


SENT = "hunter2-of-a-user"


@BOTH
@pytest.mark.parametrize(
    ("name", "is_shown"),
    [
        ("password", False),
        ("Password", False),
        ("userAccounts[0].password", False),
        ("user/sshPrivateKey", False),
        ("extensions[0].protectedSettings.key", False),
        ("passwordless", True),
        ("vmSize", True),
    ],
)
async def test_a_secret_that_the_service_repeats_is_nowhere(
    asynchronous: bool, name: str, is_shown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    values = [{"key": "PropertyValue", "value": SENT}, {"key": "PropertyName", "value": name}, {"key": "Reason"}]
    answer = refusal(400, "InvalidPropertyValue", values)
    for options in ({}, {"error_map": {400: ResourceNotFoundError}}):
        with caplog.at_level("DEBUG"):
            async with memory_client(lambda _: answer, asynchronous, logging_enable=True) as client:
                with pytest.raises(HttpResponseError) as caught:
                    await drive(client, "create_node_user", "p", "n", {"name": "u", "password": SENT}, **options)
        error: Any = caught.value
        seen = [str(error), repr(error), repr(error.model), error.response.text(), str(error.response.json())]
        seen += [*map(str, vars(error).values()), repr(pickle.dumps(error)), caplog.text]
        assert any(SENT in one for one in seen) is is_shown
        assert name in error.response.text()


async def test_an_error_of_the_service_survives_pickle_without_what_was_sent(client: Client, name: str) -> None:
    accounts = [{"name": "u", "password": "hunter2-of-a-user"}]
    pool = {"id": name, "vmSize": "standard_d2s_v3", "userAccounts": accounts}
    with pytest.raises(HttpResponseError) as caught:
        await client.create_pool({**pool, "unknown": 1})
    error: Any = caught.value
    pickled = pickle.dumps(error)
    assert b"hunter2" not in pickled
    assert b"SharedKey" not in pickled
    assert "SharedKey" not in str(error.response.request.headers)
    assert json.loads(error.response.request.content)["id"] == name
    for same in (pickle.loads(pickled), copy.copy(error)):
        assert (type(same), str(same), same.status_code) == (type(error), str(error), error.status_code)
        assert same.error.code == error.error.code
        assert same.error.message.value == error.error.message.value
        assert same.model == error.model
        assert same.response.status_code == error.status_code


class Trouble(Exception):
    """What a program of the caller's is dealing with."""


@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
@pytest.mark.parametrize("kind", [kind for kind in OURS if kind.__init__.__module__.startswith("azure.batch.")])
def test_an_error_holds_nothing_of_what_its_caller_deals_with(kind: Any, how: str) -> None:
    try:
        raise Trouble
    except Trouble:
        error = made(kind)
    same = AGAIN[how](error)
    assert (type(same), str(same)) == (kind, str(error))
    if issubclass(kind, HttpResponseError):
        assert (same.exc_value, same.exc_type) == (None, type(None))


@pytest.mark.parametrize(
    ("expected", "ask"),
    [
        (ResourceNotFoundError, lambda client, _: client.get_pool("none")),
        (ResourceNotFoundError, lambda client, name: client.wait_for_tasks(name, task_ids=["none"])),
        (ResourceDiffersError, lambda client, name: client.ensure_job({"id": name, "poolInfo": {"poolId": "p"}})),
    ],
)
async def test_errors_of_calls_that_stand_in_an_except_can_be_pickled(
    client: Client, name: str, expected: Any, ask: Callable[[Any, str], Any]
) -> None:
    await client.create_job({"id": name, "poolInfo": {"poolId": "none"}})
    try:
        raise Trouble
    except Trouble:
        with pytest.raises(expected) as caught:
            await ask(client, name)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@BOTH
@pytest.mark.parametrize(
    ("operation", "ids", "code", "expected"),
    [
        ("list_node_files", "pn", "NodeNotFound", NodeGoneError),
        ("download_node_file", "pnf", "NodeNotFound", NodeGoneError),
        ("delete_task_file", "jtf", "NodeNotFound", NodeGoneError),
        ("list_task_files", "jt", "PoolNotFound", NodeGoneError),
        ("download_task_file", "jtf", "FileNotFound", ResourceNotFoundError),
        ("get_node", "pn", "NodeNotFound", ResourceNotFoundError),
        ("get_pool", "p", "PoolNotFound", ResourceNotFoundError),
    ],
)
async def test_a_node_is_gone_for_those_who_ask_for_its_files(
    asynchronous: bool, operation: str, ids: str, code: str, expected: type[Exception]
) -> None:
    async with memory_client(lambda _: refusal(404, code), asynchronous) as client:
        with pytest.raises(ResourceNotFoundError) as caught:
            await drive(client, operation, *ids)
    assert type(caught.value) is expected


@BOTH
@pytest.mark.parametrize(
    ("operation", "ids", "status", "expected", "text"),
    [
        ("get_task_file_properties", "jtf", 409, FilesUnavailableError, r"not run yet, .* list_task_files says it\.$"),
        ("get_task_file_properties", "jtf", 404, ResourceNotFoundError, r"no such job, task or file, or the node"),
        ("get_node_file_properties", "pnf", 409, InvalidStateError, r"The node is not ready: .* list_node_files"),
        (
            "get_node_file_properties",
            "pnf",
            404,
            ResourceNotFoundError,
            r"no such pool, node or file: .* list_node_files",
        ),
        ("pool_exists", "p", 409, InvalidStateError, "without an explanation.$"),
    ],
)
async def test_what_properties_of_a_file_meet_is_told_as_far_as_it_is_known(
    asynchronous: bool, operation: str, ids: str, status: int, expected: type[Exception], text: str
) -> None:
    async with memory_client(lambda _: Answer(status), asynchronous) as client:
        with pytest.raises(HttpResponseError, match=text) as caught:
            await drive(client, operation, *ids)
    assert type(caught.value) is expected
