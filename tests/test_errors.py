"""Errors: which exception a refusal becomes, and what it tells."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, Optional

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ResourceNotModifiedError,
)

from azure.batch import (
    FilesUnavailableError,
    InvalidStateError,
    NodeNotReadyError,
    OperationFailedError,
    QuotaReachedError,
    ResourceBeingDeletedError,
    ResourceCompletedError,
)
from azure.batch._errors import ErrorMessage
from conftest import Client, settled
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
        (409, "TaskFilesUnavailable", {}, FilesUnavailableError),
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


def test_exceptions_of_our_own_survive_pickle_and_copy() -> None:
    error = OperationFailedError("no", resource={"id": "p"})
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (str(same), same.resource, type(same)) == ("no", {"id": "p"}, OperationFailedError)
    message = pickle.loads(pickle.dumps(ErrorMessage("text", "en-US")))
    assert (message, message.value, message.lang) == ("text", "text", "en-US")
