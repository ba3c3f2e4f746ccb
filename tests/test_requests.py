"""Requests: what a call sends, and which arguments are refused before anything is sent."""

from __future__ import annotations

import enum
import io
import itertools
import json
import logging
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Optional, cast
from urllib.parse import unquote

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import CustomHookPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.core.serialization import NULL

from azure.batch import BatchClient, models
from azure.batch._pipeline import CALL_OPTIONS
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator
from conftest import Client, settled
from support.calls import OPERATIONS, Recorder, arguments, drive, is_id, keywords, positional, sent
from support.clients import memory_client
from support.memory import Answer
from support.resources import pool_options

BOTH = pytest.mark.parametrize("asynchronous", [False, True])
EACH = pytest.mark.parametrize("operation", OPERATIONS)
WITH_IDS = pytest.mark.parametrize("operation", [one for one in OPERATIONS if any(map(is_id, positional(one)))])

HOSTILE = [
    "a b/../ü%2F?x=1#f",
    "%2F",
    "a//b",
    "../../pools",
    "x" * 10_000,
    "☃;,:@&=+$!*'()[]~|\\\"<>^`{}",
    ". ",
    "-_.~",
]

POOL = Answer(200, b'{"id": "p", "state": "active"}', {"request-id": "r", "ETag": "0x1", "DataServiceVersion": "3.0"})
MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT"
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)


# -- ids --------------------------------------------------------------------------------------------------------------


@BOTH
@WITH_IDS
async def test_ids_are_quoted_whole(asynchronous: bool, operation: str) -> None:
    names = [name for name in positional(operation) if is_id(name)]
    plain = (await sent(asynchronous, operation, *arguments(operation))).path.split("/")
    for hostile in HOSTILE:
        values = {name: f"{hostile}{place}" for place, name in enumerate(names)}
        segments = (await sent(asynchronous, operation, *arguments(operation, **values))).path.split("/")
        assert [unquote(one) for one in segments] == [values.get(one, one) for one in plain]


class Named(str, enum.Enum):
    """Names for texts, as programs keep them; Python prints them as ``Named.JOB``."""

    JOB = "my-job"
    CONDITION = "state eq 'active'"
    FIELD = "id"
    RANGE = "bytes=0-9"


class OfNumpy:
    """A whole number that is no int."""

    def __index__(self) -> int:
        return 7


@BOTH
@WITH_IDS
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Named.JOB, "my-job"),
        (5, "5"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (PurePosixPath("wd/out.txt"), "wd%2Fout.txt"),
        (PureWindowsPath("wd\\out.txt"), "wd%2Fout.txt"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_an_id_need_not_be_plain_text(asynchronous: bool, operation: str, value: Any, text: str) -> None:
    names = [name for name in positional(operation) if is_id(name)]
    plain = (await sent(asynchronous, operation, *arguments(operation))).path.split("/")
    given = dict.fromkeys(names, value)
    segments = (await sent(asynchronous, operation, *arguments(operation, **given))).path.split("/")
    assert segments == [text if one in names else one for one in plain]


async def test_a_poller_of_an_id_that_is_no_text_can_be_taken_up_again(client: Client, name: str) -> None:
    job = uuid.uuid4()
    await client.create_job({"id": str(job), "poolInfo": {"poolId": name}})
    token = (await client.begin_delete_job(job, polling=False)).continuation_token()
    for same in (job, str(job)):
        poller = await client.begin_delete_job(same, continuation_token=token, polling_interval=0.01)
        await poller.result()


@BOTH
async def test_named_texts_are_sent_as_what_they_are(asynchronous: bool) -> None:
    recorder = await sent(asynchronous, "list_tasks", Named.JOB, filter=Named.CONDITION, select=[Named.FIELD])
    assert recorder.query["$filter"] == ["state eq 'active'"]
    assert recorder.query["$select"] == ["id"]
    recorder = await sent(
        asynchronous, "download_task_file", "j", "t", "f", ocp_range=Named.RANGE, headers={"x-mine": Named.JOB}
    )
    assert recorder.request.headers["ocp-range"] == "bytes=0-9"
    assert recorder.request.headers["x-mine"] == "my-job"
    changed = MatchConditions.IfNotModified
    recorder = await sent(asynchronous, "get_job", "j", etag=Named.JOB, match_condition=changed)
    assert recorder.request.headers["If-Match"] == '"my-job"'


@BOTH
@pytest.mark.parametrize("value", [7, 7.0, OfNumpy()], ids=lambda one: type(one).__name__)
async def test_whole_numbers_of_any_kind_are_sent(asynchronous: bool, value: Any) -> None:
    recorder = await sent(asynchronous, "list_tasks", "j", max_results=value, service_timeout=value)
    assert recorder.query["maxresults"] == recorder.query["timeOut"] == ["7"]


@BOTH
async def test_numbers_of_other_kinds_are_sent_as_numbers(asynchronous: bool) -> None:
    body = {"id": "t", "commandLine": "c", "a": Decimal(2), "b": Decimal("2.5"), "c": Fraction(1, 2), "d": OfNumpy()}
    recorder = await sent(asynchronous, "create_task", "j", body)
    assert recorder.request.content == b'{"id": "t", "commandLine": "c", "a": 2, "b": 2.5, "c": 0.5, "d": 7}'


@BOTH
@pytest.mark.parametrize("what", ["pool", "job", "job_schedule", "task"])
async def test_what_was_read_is_not_what_a_resource_is_made_of(asynchronous: bool, what: str) -> None:
    name = {"pool": "BatchPool", "job": "BatchJob", "job_schedule": "BatchJobSchedule", "task": "BatchTask"}[what]
    found = getattr(models, name).from_wire({"id": "x"})
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(TypeError, match=f"{what}: expected a {name}CreateOptions or its JSON, got {name}$"):
            await drive(client, f"create_{what}", *["j"][: what == "task"], found)
    assert not recorder.requests


@BOTH
@WITH_IDS
async def test_an_id_that_no_url_can_hold_is_refused_by_name(asynchronous: bool, operation: str) -> None:
    wrong: list[tuple[Any, type[Exception]]] = [(one, ValueError) for one in ("", ".", "..", "a\nb", "\x00", "\x7f")]
    wrong += [("\ud800", ValueError), *((one, TypeError) for one in (None, 5.5, True, b"p", ["p"]))]
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        for name in filter(is_id, positional(operation)):
            for value, kind in wrong:
                with pytest.raises(kind, match=f"^{name}: ") as caught:
                    await drive(client, operation, *arguments(operation, **{name: value}))
                assert type(caught.value) is kind
    assert not recorder.requests


@BOTH
@pytest.mark.parametrize("operation", ["create_pool", "create_job", "create_job_schedule", "create_task"])
async def test_an_id_in_a_body_that_can_be_none_is_refused_by_name(asynchronous: bool, operation: str) -> None:
    recorder = Recorder()
    *before, _ = arguments(operation)
    what = "task" if operation == "create_task" else operation.partition("_")[2]
    async with memory_client(recorder, asynchronous) as client:
        for value in ("", "a\nb", "\x00", "\x7f"):
            with pytest.raises(ValueError, match=rf"^{what}\.id: "):
                await drive(client, operation, *before, {"id": value})
    assert not recorder.requests


async def test_a_hostile_id_is_what_the_service_is_asked_for(client: Client) -> None:
    for hostile in ("a b/../ü%2F?x=1#f", "%2F", "x" * 2000, "".join(map(chr, range(33, 127)))):
        with pytest.raises(ResourceNotFoundError, match="PoolNotFound"):  # and not that the signature is wrong
            await client.get_pool(hostile)


# -- queries ----------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("select", "text"),
    [
        (["id", "state"], "id,state"),
        (["id,state"], "id,state"),
        ("id,state", "id,state"),
        (("id", "state"), "id,state"),
        ((one for one in ("id", "state")), "id,state"),
        (["ü&x=1#"], "ü&x=1#"),
        ([], ""),
    ],
)
async def test_a_selection_is_joined_with_commas(asynchronous: bool, select: Any, text: str) -> None:
    if not isinstance(select, (str, list, tuple)):
        select = iter(["id", "state"])  # the other client has used it up
    query = (await sent(asynchronous, "get_pool", "p", select=select, expand=["stats"])).query
    assert query == {"api-version": ["2025-06-01"], "$select": [text], "$expand": ["stats"]}


@BOTH
@pytest.mark.parametrize(
    "condition", ["id eq 'it''s'", "state eq 'active' and (id ne 'a&b=c#d%20+')", "startswith(id, 'ü☃')", "", "a\nb"]
)
async def test_a_filter_is_sent_as_it_is_written(asynchronous: bool, condition: str) -> None:
    query = (await sent(asynchronous, "list_pools", filter=condition, max_results=7, service_timeout=9)).query
    assert query == {"api-version": ["2025-06-01"], "$filter": [condition], "maxresults": ["7"], "timeOut": ["9"]}


@BOTH
@pytest.mark.parametrize(
    ("operation", "options", "expected"),
    [
        ("begin_delete_job", {"force": True}, {"force": ["true"]}),
        ("begin_terminate_job", {"force": False}, {"force": ["false"]}),
        ("delete_task_file", {"recursive": True}, {"recursive": ["true"]}),
        ("list_node_files", {"recursive": False}, {"recursive": ["false"]}),
        (
            "list_pool_usage_metrics",
            {"start_time": WHEN, "end_time": datetime(2026, 1, 2, 3)},  # naive is UTC
            {"startTime": ["2026-01-02T03:04:05.678901Z"], "endtime": ["2026-01-02T03:00:00.000Z"]},
        ),
        (
            "list_pool_usage_metrics",
            {"start_time": WHEN.astimezone(timezone(timedelta(hours=5, minutes=30)))},
            {"startTime": ["2026-01-02T03:04:05.678901Z"]},
        ),
        ("list_pool_usage_metrics", {"start_time": "2026-01-02T03:04:05Z"}, {"startTime": ["2026-01-02T03:04:05Z"]}),
    ],
)
async def test_booleans_and_dates_stand_in_a_query_as_the_service_reads_them(
    asynchronous: bool, operation: str, options: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    query = (await sent(asynchronous, operation, *arguments(operation), **options)).query
    assert query == {"api-version": ["2025-06-01"], **expected}


@BOTH
@pytest.mark.parametrize(
    ("options", "kind", "named"),
    [
        ({"filter": "\ud800"}, ValueError, "filter"),
        ({"select": ["\ud800"]}, ValueError, "select"),
        ({"filter": b"id eq 'x'"}, TypeError, "filter"),
        ({"max_results": object()}, TypeError, "maxresults"),
        ({"select": b"id"}, TypeError, "select"),
        ({"ocp_date": 5}, TypeError, "ocp_date"),
        ({"ocp_date": "a\nb"}, ValueError, "ocp_date"),
        ({"headers": {"x": "a\r\nb: c"}}, ValueError, "x"),
        ({"headers": {"x\r\ny": "a"}}, ValueError, "y"),
        ({"params": {"x": object()}}, TypeError, "x"),
        ({"api_version": object()}, TypeError, "api-version"),
    ],
)
async def test_an_option_that_cannot_be_sent_is_refused_by_name(
    asynchronous: bool, options: dict[str, Any], kind: type[Exception], named: str
) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(kind, match=named):
            await drive(client, "list_pools", **options)
    assert not recorder.requests


# -- conditions -------------------------------------------------------------------------------------------------------


NAMES = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")


def conditional(recorder: Recorder) -> dict[str, str]:
    return {name: recorder.request.headers[name] for name in NAMES if name in recorder.request.headers}


ETAGS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"etag": "0x1"}, {}),
    ({"match_condition": MatchConditions.IfPresent}, {"If-Match": "*"}),
    ({"match_condition": MatchConditions.IfMissing}, {"If-None-Match": "*"}),
    ({"match_condition": MatchConditions.Unconditionally}, {}),
    ({"match_condition": MatchConditions.IfNotModified}, {}),
    ({"match_condition": MatchConditions.IfModified}, {}),
    ({"etag": "0x1", "match_condition": MatchConditions.IfNotModified}, {"If-Match": '"0x1"'}),
    ({"etag": '"0x1"', "match_condition": MatchConditions.IfNotModified}, {"If-Match": '"0x1"'}),
    ({"etag": 'W/"0x1"', "match_condition": MatchConditions.IfModified}, {"If-None-Match": 'W/"0x1"'}),
    ({"etag": "*", "match_condition": MatchConditions.IfNotModified}, {"If-Match": "*"}),
    ({"etag": "0x1", "match_condition": MatchConditions.IfModified}, {"If-None-Match": '"0x1"'}),
    ({"etag": "0x1", "match_condition": MatchConditions.IfPresent}, {"If-Match": "*"}),
    ({"etag": "0x1", "match_condition": MatchConditions.IfMissing}, {"If-None-Match": "*"}),
]
DATES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"if_modified_since": WHEN}, {"If-Modified-Since": MODIFIED}),
    ({"if_unmodified_since": WHEN.replace(tzinfo=None)}, {"If-Unmodified-Since": MODIFIED}),
    (
        {"if_modified_since": WHEN.astimezone(timezone(timedelta(hours=-8))), "if_unmodified_since": MODIFIED},
        {"If-Modified-Since": MODIFIED, "If-Unmodified-Since": MODIFIED},
    ),
]


@BOTH
async def test_conditions_become_headers_in_every_combination(asynchronous: bool) -> None:
    for (tags, of_tags), (dates, of_dates) in itertools.product(ETAGS, DATES):
        recorder = await sent(asynchronous, "get_pool", "p", **tags, **dates)
        assert conditional(recorder) == {**of_tags, **of_dates}


@BOTH
@EACH
async def test_every_operation_sends_the_conditions_that_it_declares(asynchronous: bool, operation: str) -> None:
    given: dict[str, Any] = {
        "if_modified_since": WHEN,
        "if_unmodified_since": WHEN,
        "etag": "0x1",
        "match_condition": MatchConditions.IfNotModified,
        "ocp_date": WHEN,
        "service_timeout": 3,
    }
    declared = {name: value for name, value in given.items() if name in keywords(operation)}
    recorder = await sent(asynchronous, operation, *arguments(operation), **declared)
    expected = {
        **({"If-Match": '"0x1"'} if "etag" in declared else {}),
        **({"If-Modified-Since": MODIFIED, "If-Unmodified-Since": MODIFIED} if "if_modified_since" in declared else {}),
    }
    assert conditional(recorder) == expected
    assert recorder.request.headers["ocp-date"] == MODIFIED
    assert recorder.query["timeOut"] == ["3"]


@BOTH
@pytest.mark.parametrize(
    ("options", "kind", "named"),
    [
        ({"if_modified_since": 5}, TypeError, "if_modified_since"),
        ({"if_unmodified_since": date(2026, 1, 2)}, TypeError, "if_unmodified_since"),
        ({"etag": "a\nb", "match_condition": MatchConditions.IfModified}, ValueError, "etag"),
        ({"if_modified_since": "a\r\nb"}, ValueError, "if_modified_since"),
    ],
)
async def test_a_condition_that_cannot_be_sent_is_refused_by_name(
    asynchronous: bool, options: dict[str, Any], kind: type[Exception], named: str
) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(kind, match=named):
            await drive(client, "get_pool", "p", **options)
    assert not recorder.requests


# -- call options -----------------------------------------------------------------------------------------------------


@BOTH
async def test_headers_of_the_caller_are_sent_and_the_operations_own_win(asynchronous: bool) -> None:
    headers = {"x-mine": "1", "accept": "text/plain", "IF-MATCH": "mine", "content-LENGTH": "3"}
    options: dict[str, Any] = {"etag": "0x1", "match_condition": MatchConditions.IfNotModified}
    recorder = await sent(asynchronous, "update_pool", "p", {"metadata": []}, headers=headers, **options)
    found = recorder.request.headers
    assert (found["x-mine"], found["Accept"], found["If-Match"]) == ("1", "text/plain", '"0x1"')
    assert found["Content-Length"] == str(len(recorder.request.content))
    assert len({name.lower() for name in found}) == len(found)
    assert headers == {"x-mine": "1", "accept": "text/plain", "IF-MATCH": "mine", "content-LENGTH": "3"}


@BOTH
async def test_params_of_the_caller_are_sent_and_the_operations_own_win(asynchronous: bool) -> None:
    params = {"x y": "a&b", "$filter": "mine", "none": None, "$skiptoken": "1:2$", "flag": True}
    query = (await sent(asynchronous, "list_pools", params=params, filter="id eq 'x'")).query
    expected = {"x y": ["a&b"], "$filter": ["id eq 'x'"], "$skiptoken": ["1:2$"], "flag": ["true"]}
    assert query == {"api-version": ["2025-06-01"], **expected}
    assert params["$filter"] == "mine"


@BOTH
async def test_the_api_version_is_the_calls_or_else_the_clients(asynchronous: bool) -> None:
    of_client: dict[str, Any] = {"api_version": "2024-07-01.20.0"}
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (None, {}, "2025-06-01"),
        (of_client, {}, "2024-07-01.20.0"),
        (of_client, {"api_version": "2026-10-01"}, "2026-10-01"),
        (of_client, {"params": {"api-version": "2026-10-01"}}, "2026-10-01"),
        (None, {"api_version": "a&b=c"}, "a&b=c"),
    ]
    for settings, options, version in cases:
        recorder = await sent(asynchronous, "get_pool", "p", settings=settings, **options)
        assert recorder.query == {"api-version": [version]}


@BOTH
async def test_the_content_type_is_the_callers_if_there_is_a_body(asynchronous: bool) -> None:
    recorder = await sent(asynchronous, "create_pool", {"id": "p"})
    assert recorder.request.headers["Content-Type"] == "application/json; odata=minimalmetadata"
    recorder = await sent(asynchronous, "create_pool", {"id": "p"}, content_type="application/json; charset=utf-8")
    assert recorder.request.headers["Content-Type"] == "application/json; charset=utf-8"
    recorder = await sent(asynchronous, "get_pool", "p", content_type="application/json")
    assert "Content-Type" not in recorder.request.headers


@BOTH
async def test_cls_gets_the_pipelines_response_the_result_and_the_headers(asynchronous: bool) -> None:
    recorder = Recorder(Answer(200, POOL.body, {**POOL.headers, "Last-Modified": MODIFIED}))
    async with memory_client(recorder, asynchronous) as client:
        outcome, result, headers = await drive(client, "get_pool", "p", cls=lambda *given: given)
        assert outcome.http_response.status_code == 200
        assert outcome.http_request.url == recorder.request.url
        assert (type(result), result.id) == (models.BatchPool, "p")
        assert headers == {
            "ETag": "0x1",
            "Last-Modified": WHEN.replace(microsecond=0),
            "client-request-id": None,
            "request-id": "r",
        }
        recorder.answers = [Answer(200, b"", {"request-id": "r"})]
        _, result, headers = await drive(client, "disable_pool_auto_scale", "p", cls=lambda *given: given)
        assert (result, headers["request-id"]) == (None, "r")
        recorder.answers = [Answer(404, b"", {"request-id": "r"})]
        assert await drive(
            client, "pool_exists", "p", cls=lambda _, found, headers: (found, headers["request-id"])
        ) == (
            False,
            "r",
        )


@BOTH
async def test_an_error_map_of_the_caller_wins_and_other_statuses_stay(asynchronous: bool) -> None:
    class MineError(HttpResponseError):
        pass

    recorder = Recorder(Answer(409, b'{"code": "PoolExists"}'))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(MineError):
            await drive(client, "create_pool", {"id": "p"}, error_map={409: MineError})
        with pytest.raises(MineError):
            await drive(client, "list_pools", error_map={409: MineError})
        recorder.answers = [Answer(404, b'{"code": "PoolNotFound"}')]
        with pytest.raises(ResourceNotFoundError):
            await drive(client, "get_pool", "p", error_map={409: MineError})


async def test_stream_gives_the_bytes_of_the_answer(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, nodes=0))
    pieces = await client.get_pool(name, stream=True)
    assert json.loads(b"".join([piece async for piece in pieces]))["id"] == name
    raw = await client.get_pool(name, stream=True, decompress=False)
    assert json.loads(b"".join([piece async for piece in raw]))["id"] == name
    with pytest.raises(ResourceNotFoundError, match="PoolNotFound"):
        await client.get_pool(f"{name}-other", stream=True)
    assert await client.pool_exists(name, stream=True) is True  # nothing to stream
    assert await client.disable_pool_auto_scale(name, stream=True) is None
    assert name in [pool.id async for pool in client.list_pools(stream=True)]


@BOTH
async def test_hooks_see_the_request_and_the_response(asynchronous: bool) -> None:
    seen: list[Any] = []
    async with memory_client(Recorder(POOL), asynchronous) as client:
        await drive(
            client,
            "get_pool",
            "p",
            raw_request_hook=lambda request: seen.append(request.http_request.method),
            raw_response_hook=lambda response: seen.append(response.http_response.status_code),
        )
        await drive(client, "get_pool", "p")
    assert seen == ["GET", 200]


@BOTH
async def test_without_retries_a_request_is_sent_once(asynchronous: bool) -> None:
    none: dict[str, Any] = {"retry_total": 0}
    nothing: dict[str, Any] = {}
    for settings, options in ((none, nothing), (nothing, none)):
        recorder = Recorder(Answer(503, headers={"Retry-After": "0"}))
        async with memory_client(recorder, asynchronous, **settings) as client:
            with pytest.raises(HttpResponseError):
                await drive(client, "get_pool", "p", **options)
        assert len(recorder.requests) == 1


@BOTH
@pytest.mark.parametrize("member", [*OPERATIONS, "send_request", "close"])
async def test_an_unknown_keyword_is_refused_before_anything_is_sent(asynchronous: bool, member: str) -> None:
    given = {"send_request": [HttpRequest("GET", "/pools")], "close": []}
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(TypeError, match="unexpected keyword argument 'no_such_option'"):
            await drive(client, member, *(given[member] if member in given else arguments(member)), no_such_option=1)
    assert not recorder.requests


class Reading(SansIOHTTPPolicy[Any, Any]):
    """A policy with an option of its own."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def on_request(self, request: Any) -> None:
        self.found.append(request.context.options.pop("my_option", None))


@BOTH
@pytest.mark.parametrize("setting", ["per_call_policies", "per_retry_policies", "headers_policy"])
async def test_policies_of_the_caller_may_read_keywords_of_their_own(asynchronous: bool, setting: str) -> None:
    policy = Reading()
    settings: dict[str, Any] = {setting: policy}
    async with memory_client(Recorder(POOL), asynchronous, **settings) as client:
        await drive(client, "get_pool", "p", my_option=5)
    assert policy.found == [5]


OPTION_VALUES: dict[str, Any] = {
    "api_version": "2025-06-01",
    "cls": lambda *given: given,
    "connection_timeout": 5,
    "connection_verify": True,
    "content_type": "application/json",
    "cookies": {"a": "b"},
    "error_map": {},
    "headers": {"x": "y"},
    "http_logging_level": logging.WARNING,
    "logger": logging.getLogger("mine"),
    "network_span_namer": lambda request: request.method,
    "params": {"timeOut": 5},
    "raw_request_hook": lambda _: None,
    "raw_response_hook": lambda _: None,
    "read_timeout": 5,
    "retry_on_methods": ["GET"],
    "timeout": 60,
    "tracing_attributes": {"a": "b"},
    "tracing_options": {"enabled": False},
}


@pytest.mark.parametrize("with_token", [False, True])
@pytest.mark.parametrize("option", sorted(CALL_OPTIONS))
async def test_every_call_option_passes_the_real_transports(
    emulator: BatchEmulator, option: str, with_token: bool
) -> None:
    value: Any = OPTION_VALUES.get(option)
    settings: dict[str, Any] = {}
    if with_token:
        settings = {"credential": emulator.token_credential(), "enforce_https": False}
        value = False if option == "enforce_https" else value
    once: dict[str, Any] = {option: value}
    of_list: dict[str, Any] = {option: list if option == "cls" else value}
    with emulator.client(**settings) as client:
        client.pool_exists("p", **once)
        list(client.list_pools(**of_list))
    if not with_token:  # the emulator's credential is synchronous
        async with emulator.async_client() as other:
            await other.pool_exists("p", **once)
            assert all([pool.id async for pool in other.list_pools(**of_list)])


@BOTH
async def test_a_request_of_the_callers_is_sent_as_a_copy(asynchronous: bool) -> None:
    mine = HttpRequest("GET", "pools/p?api-version=2025-06-01", headers={"x-mine": "1"})
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        for _ in range(2):
            response = await drive(client, "send_request", mine, headers={"x-more": "2"})
            assert response.json()["id"] == "p"
    assert recorder.requests[0].url == "https://account.westeurope.batch.azure.com/pools/p?api-version=2025-06-01"
    assert dict(mine.headers) == {"x-mine": "1"}  # neither a signature nor a date, which would be stale the next time
    first, second = (one.headers for one in recorder.requests)
    assert (first["x-mine"], first["x-more"]) == ("1", "2")
    assert first["client-request-id"] != second["client-request-id"]


# -- bodies -----------------------------------------------------------------------------------------------------------


TASKS: Any = [models.BatchTaskCreateOptions(id="a", command_line="true"), {"id": "b", "commandLine": "false"}]
TASKS_SENT = {"value": [{"id": "a", "commandLine": "true"}, {"id": "b", "commandLine": "false"}]}


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        lambda: models.BatchTaskGroup(task_values=TASKS),
        lambda: {"value": TASKS},
        lambda: {"value": tuple(TASKS)},
        lambda: {"value": (one for one in TASKS)},
        lambda: models.BatchTaskGroup(task_values=cast(Any, (one for one in TASKS))),
        lambda: json.dumps(TASKS_SENT).encode(),
        lambda: bytearray(json.dumps(TASKS_SENT).encode()),
        lambda: io.BytesIO(json.dumps(TASKS_SENT).encode()),
        lambda: io.StringIO(json.dumps(TASKS_SENT)),
    ],
    ids=["model", "dict", "tuple", "generator", "generator in a model", "bytes", "bytearray", "binary IO", "text IO"],
)
async def test_a_body_may_be_a_model_json_or_bytes(asynchronous: bool, body: Any) -> None:
    recorder = await sent(asynchronous, "create_task_collection", "j", body())
    assert json.loads(recorder.request.content) == TASKS_SENT
    assert recorder.request.headers["Content-Length"] == str(len(recorder.request.content))


@BOTH
async def test_values_that_json_does_not_have_are_sent_as_the_service_reads_them(asynchronous: bool) -> None:
    body = {
        "id": "j",
        "onAllTasksComplete": models.BatchAllTasksCompleteMode.TERMINATE_JOB,
        "constraints": {"maxWallClockTime": timedelta(hours=1), "maxTaskRetryCount": 2},
        "poolInfo": models.BatchPoolInfo(pool_id="p"),
        "commonEnvironmentSettings": ({"name": one} for one in "ab"),
        "when": WHEN,
        "nothing": NULL,
        "text": 'ü "quoted" \\ \n',
    }
    recorder = await sent(asynchronous, "create_job", body)
    assert json.loads(recorder.request.content) == {
        "id": "j",
        "onAllTasksComplete": "terminatejob",
        "constraints": {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 2},
        "poolInfo": {"poolId": "p"},
        "commonEnvironmentSettings": [{"name": "a"}, {"name": "b"}],
        "when": "2026-01-02T03:04:05.678901Z",
        "nothing": None,
        "text": 'ü "quoted" \\ \n',
    }


def circular() -> dict[str, Any]:
    body: dict[str, Any] = {"id": "p"}
    body["self"] = body
    return body


@BOTH
@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ({"id": {object()}}, TypeError, "object is not JSON serializable"),
        ({"id": print}, TypeError, "builtin_function_or_method is not JSON serializable"),
        ({"taskSlotsPerNode": float("nan")}, ValueError, "not JSON compliant"),
        ({"taskSlotsPerNode": float("inf")}, ValueError, "not JSON compliant"),
        ({(1, 2): "x"}, TypeError, "keys must be str"),
        (circular(), ValueError, "contains itself"),
    ],
)
async def test_a_body_that_is_not_json_is_refused(
    asynchronous: bool, body: Any, kind: type[Exception], told: str
) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(kind, match=f"pool cannot be sent: .*{told}"):
            await drive(client, "create_pool", body)
    assert not recorder.requests


@BOTH
@pytest.mark.parametrize("body", ["pool", '{"id": "p"}', 5, ["p"], {"p"}, object()])
async def test_a_body_that_is_no_object_is_refused(asynchronous: bool, body: Any) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        told = f"pool must be a model, a mapping, bytes or a stream, not {type(body).__name__}$"
        with pytest.raises(TypeError, match=told):
            await drive(client, "create_pool", body)
    assert not recorder.requests


@BOTH
@pytest.mark.parametrize(
    ("operation", "kind", "given", "missing"),
    [
        ("create_pool", "BatchPoolCreateOptions", {}, "id, vm_size"),
        ("create_pool", "BatchPoolCreateOptions", {"id": "p"}, "vm_size"),
        ("create_job", "BatchJobCreateOptions", {"id": "j"}, "pool_info"),
        ("create_task", "BatchTaskCreateOptions", {"commandLine": "true"}, "id"),
        ("create_node_user", "BatchNodeUserCreateOptions", {}, "name"),
        ("begin_remove_nodes", "BatchNodeRemoveOptions", {}, "node_ids"),
    ],
)
async def test_required_fields_that_a_model_lacks_are_named(
    asynchronous: bool, operation: str, kind: str, given: dict[str, Any], missing: str
) -> None:
    ids = [name for name in positional(operation) if is_id(name)]
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(ValueError, match=f"^{kind}: {missing} must be set"):
            await drive(client, operation, *ids, getattr(models, kind)(given))
    assert not recorder.requests


OPTIONAL_BODIES: dict[str, Any] = {
    "begin_terminate_job": models.BatchJobTerminateOptions,
    "begin_reboot_node": models.BatchNodeRebootOptions,
    "begin_reimage_node": models.BatchNodeReimageOptions,
    "begin_deallocate_node": models.BatchNodeDeallocateOptions,
    "disable_node_scheduling": models.BatchNodeDisableSchedulingOptions,
}


@BOTH
@pytest.mark.parametrize("operation", OPTIONAL_BODIES)
async def test_an_optional_body_may_be_left_out_or_empty(asynchronous: bool, operation: str) -> None:
    bodies: list[tuple[dict[str, Any], Optional[bytes]]] = [
        ({}, None),
        ({"options": None}, None),
        ({"options": {}}, b"{}"),
        ({"options": OPTIONAL_BODIES[operation]()}, b"{}"),
    ]
    for given, content in bodies:
        request = (await sent(asynchronous, operation, *arguments(operation), **given)).request
        assert request.content == content
        assert ("Content-Type" in request.headers) is (content is not None)
        assert request.headers.get("Content-Length") == (str(len(content)) if content else None)


async def test_the_optional_bodies_of_the_service_may_be_left_out(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, nodes=0))
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    poller = await client.begin_terminate_job(name, polling_interval=0.01)
    await poller.result()
    assert (await client.get_job(name)).state == "completed"
    for operation in ("begin_reboot_node", "begin_reimage_node", "begin_deallocate_node", "disable_node_scheduling"):
        with pytest.raises(ResourceNotFoundError, match="NodeNotFound"):  # asked for, and answered
            await settled(getattr(client, operation)(name, "no-such-node"))


def test_a_hook_policy_of_azure_core_is_still_there_to_be_replaced() -> None:
    from azure.core.credentials import AzureNamedKeyCredential

    mine: Any = CustomHookPolicy[Any, Any]()
    client = BatchClient(
        "https://a.westeurope.batch.azure.com", AzureNamedKeyCredential("a", "a2V5"), custom_hook_policy=mine
    )
    pipeline: Any = client._client._pipeline
    assert mine in [getattr(one, "_policy", one) for one in pipeline._impl_policies]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cls": 5}, "cls"),
        ({"raw_request_hook": "x"}, "raw_request_hook"),
        ({"raw_response_hook": 5}, "raw_response_hook"),
        ({"error_map": 5}, "error_map"),
        ({"headers": 5}, "headers"),
        ({"headers": [("a", "b")]}, "headers"),
        ({"headers": {5: "a"}}, "headers"),
        ({"params": 5}, "params"),
        ({"params": [("a", "b")]}, "params"),
        ({"timeout": "x"}, "timeout"),
        ({"read_timeout": "x"}, "read_timeout"),
        ({"retry_total": "x"}, "retry_total"),
        ({"retry_backoff_factor": [1]}, "retry_backoff_factor"),
        ({"user_agent": 5}, "user_agent"),
        ({"request_id": 5}, "request_id"),
        ({"polling": 5}, "polling"),
        ({"polling": None}, "polling"),
    ],
)
async def test_an_option_of_another_kind_is_refused_before_anything_is_sent(
    asynchronous: bool, options: dict[str, Any], told: str
) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(TypeError, match=f"{told}: expected"):
            await drive(client, "begin_delete_pool", "p", **options)
        with pytest.raises(TypeError, match="pool: must not be None"):
            await drive(client, "create_pool", None)
        if told != "polling":
            with pytest.raises(TypeError, match=f"{told}: expected"):
                await drive(client, "list_pools", **options)
    assert not recorder.requests


@BOTH
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"headers": {"x": "a\r\nb: c"}}, "x"),
        ({"headers": {"x\r\ny": "a"}}, "headers"),
        ({"headers": {"x y": "a"}}, "headers"),
        ({"headers": {"x:y": "a"}}, "headers"),
        ({"headers": {"": "a"}}, "headers"),
        ({"headers": {"x": "\x00"}}, "x"),
        ({"headers": {"x": "\ud800"}}, "x"),
        ({"headers": {"x": "\u2603"}}, "x"),
        ({"user_agent": "a\nb"}, "user_agent"),
        ({"request_id": "a\r\nb: c"}, "request_id"),
        ({"request_id": "\ud800"}, "request_id"),
        ({"params": {"\ud800": "a"}}, "params"),
        ({"params": {"a": "\ud800"}}, "a"),
        ({"timeout": -1}, "timeout"),
        ({"retry_total": float("nan")}, "retry_total"),
        ({"select": ["\ud800"]}, "select"),
        ({"api_version": "\ud800"}, "api-version"),
        ({"etag": "\u2603", "match_condition": MatchConditions.IfModified}, "etag"),
    ],
)
async def test_a_value_that_no_request_can_hold_is_refused_by_name(
    asynchronous: bool, options: dict[str, Any], told: str
) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(ValueError, match=told) as caught:
            await drive(client, "get_pool", "p", **options)
    assert not recorder.requests
    assert type(caught.value) is ValueError


@BOTH
@pytest.mark.parametrize("value", [5, None, "GET /pools", {"method": "GET"}])
async def test_what_is_no_request_is_not_sent(asynchronous: bool, value: Any) -> None:
    recorder = Recorder()
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(TypeError, match="request: expected"):
            await drive(client, "send_request", value)
        with pytest.raises(TypeError, match="headers: expected"):
            await drive(client, "send_request", HttpRequest("GET", "/pools"), headers=5)
    assert not recorder.requests


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
def test_a_keyword_that_no_client_takes_is_refused(kind: Any) -> None:
    from azure.core.credentials import AzureNamedKeyCredential

    credential = AzureNamedKeyCredential("account", "a2V5")
    with pytest.raises(TypeError, match="retry_totl"):
        kind("https://a", credential, retry_totl=3)
    kind("https://a", credential, retry_total=3, connection_timeout=5, logging_enable=True)
    kind("https://a", credential, http_logging_level=logging.DEBUG, redirect_on_status_codes=[300])
