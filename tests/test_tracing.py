"""Traces: the spans of calls, pages and attempts, as a real OpenTelemetry SDK records them.

Each test runs on azure-core's own OpenTelemetry support and on its older plugin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError
from azure.core.settings import settings
from azure.core.tracing.ext.opentelemetry_span import OpenTelemetrySpan
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

from azure.batch.emulator import BatchEmulator
from conftest import AwaitableItems, Client, settled
from support.calls import OPERATIONS, Recorder, SentError, arguments, drive
from support.clients import ENDPOINT, memory_client
from support.memory import Answer
from support.resources import pool_options, steady

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

POOL = Answer(200, b'{"id": "p"}', {"request-id": "the-request"})
GONE = Answer(404, b'{"code": "PoolNotFound", "message": {"value": "No."}}', {"request-id": "the-request"})


class Spans(SpanProcessor):
    """Keeps the spans that were started and those that have ended."""

    def __init__(self) -> None:
        self.started: list[ReadableSpan] = []
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: ReadableSpan, parent_context: Any = None) -> None:
        self.started.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)

    def clear(self) -> None:
        self.started.clear()
        self.ended.clear()

    @property
    def operations(self) -> list[ReadableSpan]:
        return [span for span in self.ended if span.kind is SpanKind.INTERNAL]

    @property
    def attempts(self) -> list[ReadableSpan]:
        return [span for span in self.ended if span.kind is SpanKind.CLIENT]

    def children_of(self, span: ReadableSpan) -> list[ReadableSpan]:
        return [one for one in self.ended if one.parent and one.parent.span_id == id_of(span)]

    def all_have_ended(self) -> bool:
        return len(self.started) == len(self.ended)


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.span_id)


def names_of(spans: list[ReadableSpan]) -> list[str]:
    return [span.name for span in spans]


def one(spans: list[ReadableSpan]) -> ReadableSpan:
    assert len(spans) == 1, names_of(spans)
    return spans[0]


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


_RECORDED = Spans()


@pytest.fixture(scope="session")
def provider() -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(_RECORDED)
    trace.set_tracer_provider(made)  # possible only once a process
    return made


@pytest.fixture(params=["native", "plugin"])
def spans(request: pytest.FixtureRequest, provider: TracerProvider) -> Iterator[Spans]:
    enabled: Any = settings.tracing_enabled
    implementation: Any = settings.tracing_implementation
    if request.param == "native":
        enabled.set_value(True)
    else:
        implementation.set_value(OpenTelemetrySpan)
    _RECORDED.clear()
    yield _RECORDED
    enabled.unset_value()
    implementation.unset_value()
    assert _RECORDED.all_have_ended()


# -- calls ------------------------------------------------------------------------------------------------------------


@BOTH
async def test_a_call_is_one_span_with_its_http_span_below(spans: Spans, asynchronous: bool) -> None:
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, "get_pool", "p")
        assert spans.all_have_ended()
    call, attempt = one(spans.operations), one(spans.attempts)
    assert call.name == "BatchClient.get_pool"
    assert call.parent is None
    assert spans.children_of(call) == [attempt]
    assert call.status.status_code is not StatusCode.ERROR
    assert (call.start_time or 0) <= (attempt.start_time or 0)
    assert (attempt.end_time or 0) <= (call.end_time or 0)
    found = attributes_of(attempt)
    assert found["az.client_request_id"] == recorder.request.headers["client-request-id"]
    assert found["az.service_request_id"] == "the-request"
    assert 200 in found.values()  # the two implementations have names of their own for the status
    assert "SharedKey" not in str(found)


@BOTH
async def test_the_context_of_the_trace_is_sent(spans: Spans, asynchronous: bool) -> None:
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, "get_pool", "p")
    attempt = one(spans.attempts)
    assert attempt.context is not None
    version, trace_id, span_id, _ = recorder.request.headers["traceparent"].split("-")
    assert (version, int(trace_id, 16), int(span_id, 16)) == ("00", attempt.context.trace_id, attempt.context.span_id)


@BOTH
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_operation_has_a_span_of_its_name(spans: Spans, asynchronous: bool, operation: str) -> None:
    async with memory_client(Recorder(), asynchronous) as client:
        with pytest.raises(Exception) as caught:
            await drive(client, operation, *arguments(operation))
    assert isinstance(caught.value.__cause__ or caught.value, SentError)
    roots = [span for span in spans.operations if span.parent is None]
    assert one(roots).name == f"BatchClient.{operation}"
    assert one(roots).status.status_code is StatusCode.ERROR


@BOTH
async def test_a_refusal_is_recorded(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(GONE), asynchronous) as client:
        with pytest.raises(ResourceNotFoundError):
            await drive(client, "get_pool", "p")
    call, attempt = one(spans.operations), one(spans.attempts)
    assert call.status.status_code is StatusCode.ERROR
    assert "PoolNotFound" in str(call.status.description)
    assert attributes_of(attempt)["az.service_request_id"] == "the-request"
    assert 404 in attributes_of(attempt).values()


@BOTH
async def test_a_connection_that_fails_is_recorded(spans: Spans, asynchronous: bool) -> None:
    def handler(_: Any) -> Answer:
        raise ServiceRequestError("nobody there")

    async with memory_client(handler, asynchronous) as client:
        with pytest.raises(ServiceRequestError):
            await drive(client, "get_pool", "p", retry_total=0)
    assert [span.status.status_code for span in spans.ended] == [StatusCode.ERROR] * 2


@BOTH
async def test_arguments_that_are_refused_are_recorded_and_send_nothing(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(POOL), asynchronous) as client:
        with pytest.raises(ValueError, match="pool_id"):
            await drive(client, "get_pool", "")
    assert one(spans.ended).status.status_code is StatusCode.ERROR


@BOTH
async def test_each_attempt_is_a_span_below_the_one_call(spans: Spans, asynchronous: bool) -> None:
    recorder = Recorder(Answer(503), Answer(503), POOL)
    async with memory_client(recorder, asynchronous, retry_backoff_factor=0) as client:
        await drive(client, "get_pool", "p")
    call = one(spans.operations)
    assert spans.children_of(call) == spans.attempts
    assert len(spans.attempts) == 3
    sent = [int(request.headers["traceparent"].split("-")[2], 16) for request in recorder.requests]
    assert sent[-1] == id_of(spans.attempts[-1])


@BOTH
async def test_a_call_is_below_the_span_of_the_program(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(POOL), asynchronous) as client:
        with trace.get_tracer("mine").start_as_current_span("mine") as mine:
            await drive(client, "get_pool", "p")
            assert trace.get_current_span() is mine
    call = next(span for span in spans.operations if span.name == "BatchClient.get_pool")
    outer = next(span for span in spans.operations if span.name == "mine")
    assert spans.children_of(outer) == [call]


async def test_calls_at_the_same_time_have_spans_of_their_own(spans: Spans) -> None:
    async with memory_client(Recorder(POOL), True) as client:
        await asyncio.gather(*(client.get_pool(f"p{number}") for number in range(10)))
    assert len(spans.operations) == 10
    assert all(len(spans.children_of(call)) == 1 for call in spans.operations)


@BOTH
async def test_a_program_can_add_attributes_and_switch_a_call_off(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(POOL), asynchronous) as client:
        await drive(client, "get_pool", "p", tracing_options={"enabled": False})
        assert not spans.started
        await drive(client, "get_pool", "p", tracing_attributes={"mine": "1"})
    assert attributes_of(one(spans.operations))["mine"] == "1"


@BOTH
async def test_without_tracing_there_are_no_spans_but_for_calls_that_ask(
    provider: TracerProvider, asynchronous: bool
) -> None:
    _RECORDED.clear()
    recorder = Recorder(POOL)
    async with memory_client(recorder, asynchronous) as client:
        await drive(client, "get_pool", "p")
        assert not _RECORDED.started
        assert "traceparent" not in recorder.request.headers
        await drive(client, "get_pool", "p", tracing_options={"enabled": True})
    assert one(_RECORDED.operations).name == "BatchClient.get_pool"
    assert _RECORDED.all_have_ended()


# -- pages ------------------------------------------------------------------------------------------------------------


def page(*ids: str, more: bool = False) -> Answer:
    link = {"odata.nextLink": f"{ENDPOINT}/pools?$skiptoken=1"} if more else {}
    return Answer(200, json.dumps({"value": [{"id": name} for name in ids], **link}).encode())


def readable(items: Any) -> Any:
    return items if hasattr(items, "__anext__") else AwaitableItems(items)


@BOTH
async def test_each_page_of_a_list_is_fetched_inside_a_span(spans: Spans, asynchronous: bool) -> None:
    recorder = Recorder(page("a", "b", more=True), page("c"))
    async with memory_client(recorder, asynchronous) as client:
        pager = client.list_pools()
        assert not spans.started  # nothing is sent yet
        inside: list[str] = []
        async for pool in readable(pager):
            assert spans.all_have_ended()  # no span is open while the program works on an item
            assert not trace.get_current_span().is_recording()
            inside.append(pool.id)
    assert inside == ["a", "b", "c"]
    assert names_of(spans.operations) == ["BatchClient.list_pools"] * 2
    assert [spans.children_of(call) for call in spans.operations] == [[one] for one in spans.attempts]
    sent = [int(request.headers["traceparent"].split("-")[2], 16) for request in recorder.requests]
    assert sent == [id_of(attempt) for attempt in spans.attempts]


@BOTH
async def test_a_list_that_is_given_up_leaves_no_span_open(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(page("a", "b", more=True)), asynchronous) as client:
        with trace.get_tracer("mine").start_as_current_span("mine") as mine:
            async for _ in readable(client.list_pools()):
                break
            assert trace.get_current_span() is mine
    assert names_of(spans.operations) == ["BatchClient.list_pools", "mine"]
    outer = spans.operations[1]
    assert names_of(spans.children_of(outer)) == ["BatchClient.list_pools"]


@BOTH
async def test_a_page_that_is_refused_is_recorded(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(page("a", more=True), GONE), asynchronous) as client:
        with pytest.raises(ResourceNotFoundError):
            await drive(client, "list_pools")
    assert [span.status.status_code is StatusCode.ERROR for span in spans.operations] == [False, True]


@BOTH
async def test_options_of_tracing_hold_for_pages(spans: Spans, asynchronous: bool) -> None:
    async with memory_client(Recorder(page("a", more=True), page("b")), asynchronous) as client:
        assert len(await drive(client, "list_pools", tracing_options={"enabled": False})) == 2
        assert not spans.started
    async with memory_client(Recorder(page("a", more=True), page("b")), asynchronous) as client:
        assert len(await drive(client, "list_pools", tracing_attributes={"mine": "1"})) == 2
    assert [attributes_of(call)["mine"] for call in spans.operations] == ["1", "1"]


# -- what goes on after the call --------------------------------------------------------------------------------------


@BOTH
async def test_a_long_running_operation_is_a_span_and_its_reads_are_traced(spans: Spans, asynchronous: bool) -> None:
    recorder = Recorder(Answer(202), Answer(200, b'{"id": "p", "state": "deleting"}'), GONE)
    async with memory_client(recorder, asynchronous) as client:
        poller = await settled(client.begin_delete_pool("p", polling_interval=0.01))
        await poller.result()
    begun, *waiting = spans.operations
    assert begun.name == "BatchClient.begin_delete_pool"
    assert all(span.name.startswith("LROPoller.") for span in waiting)  # azure-core's, of the waiting for the thread
    assert len(spans.attempts) == 3
    assert spans.children_of(begun)[0] is spans.attempts[0]
    assert all(request.headers["traceparent"] for request in recorder.requests)


@BOTH
async def test_a_submission_of_many_tasks_is_a_span_with_its_requests_below(spans: Spans, asynchronous: bool) -> None:
    def handler(request: Any) -> Answer:
        tasks = json.loads(request.content)["value"]
        return Answer(
            200, json.dumps({"value": [{"status": "success", "taskId": one["id"]} for one in tasks]}).encode()
        )

    tasks = [{"id": f"t{number}", "commandLine": "true"} for number in range(250)]
    async with memory_client(handler, asynchronous) as client:
        await drive(client, "create_tasks", "j", tasks, max_concurrency=2)
    whole = one([span for span in spans.ended if span.parent is None])
    assert whole.name == "BatchClient.create_tasks"
    assert len(spans.attempts) == 3
    below = {id_of(span) for span in spans.operations}
    assert all(attempt.parent and attempt.parent.span_id in below for attempt in spans.attempts)


# -- on the emulator --------------------------------------------------------------------------------------------------


async def test_a_program_is_traced_from_end_to_end(spans: Spans, client: Client, name: str) -> None:
    with trace.get_tracer("mine").start_as_current_span("mine") as mine:
        await client.create_pool(pool_options(name))
        await steady(client, name)
        nodes = [node.id async for node in client.list_nodes(name)]
        with pytest.raises(ResourceNotFoundError):
            await client.download_node_file(name, nodes[0], "no-such-file")
        assert trace.get_current_span() is mine
    assert spans.all_have_ended()
    names = set(names_of(spans.operations))
    assert {f"BatchClient.{one}" for one in ("create_pool", "get_pool", "list_nodes", "download_node_file")} < names
    failed = one([span for span in spans.operations if span.name == "BatchClient.download_node_file"])
    assert failed.status.status_code is StatusCode.ERROR
    assert len({span.context.trace_id for span in spans.ended if span.context}) == 1


async def test_the_span_of_a_cancelled_call_ends(spans: Spans, emulator: BatchEmulator) -> None:
    sent = asyncio.Event()
    async with emulator.async_client(raw_request_hook=lambda _: sent.set()) as client:
        calling = asyncio.ensure_future(client.get_pool("no-such-pool"))
        await sent.wait()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert spans.all_have_ended()
