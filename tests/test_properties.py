"""What holds for any input: models and the values in them, lists of fields, next links, error bodies."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
import pickle
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import DecodeError, HttpResponseError
from hypothesis import given, settings
from hypothesis import strategies as st

from azure.batch import BatchClient
from azure.batch._codecs import INT_TEXT
from azure.batch._model import Model
from azure.batch._request import next_page
from conftest import settled
from model_examples import FACTS, attributes, each_model, hints_of, model_lists_in, models_in
from support.calls import Recorder
from support.clients import ENDPOINT, memory_client
from support.memory import Answer, MemoryTransport

KEY = AzureNamedKeyCredential("account", "a2V5")
TEXT = st.text(max_size=20)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z")
SECONDS = st.integers(0, 10**9).map(lambda seconds: f"PT{seconds}S")


def wire_values(hint: Any, as_text: bool) -> st.SearchStrategy[Any]:
    """What the service may send where a field has this annotation."""
    arguments = getattr(hint, "__args__", ())
    origin = getattr(hint, "__origin__", None)
    if origin is list:
        return st.lists(wire_values(arguments[0], as_text), max_size=2)
    if origin is dict:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    if origin is not None:  # Union[str, SomeEnum]
        return st.sampled_from([member.value for member in arguments[1]]) | TEXT
    if issubclass(hint, Model):
        return wire_objects(hint)
    if hint is int:
        return st.integers(-(2**63), 2**63 - 1).map(str if as_text else int)
    plain = {datetime: MOMENTS, timedelta: SECONDS, bool: st.booleans(), str: TEXT}
    return plain.get(hint, st.floats(allow_nan=False, allow_infinity=False))


@functools.cache
def wire_objects(kind: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of a model: any of its fields, and keys that it does not know."""
    fields = {
        kind._attr_to_rest_field[name].wire: wire_values(hint, kind._attr_to_rest_field[name].codec is INT_TEXT)
        for name, hint in hints_of(kind).items()
    }
    unknown = st.dictionaries(TEXT.filter(lambda key: key not in fields), JSON, max_size=1)
    return st.builds(lambda known, more: {**more, **known}, st.fixed_dictionaries({}, optional=fields), unknown)


@each_model
@settings(max_examples=6)
@given(data=st.data())
def test_a_model_keeps_what_the_service_sent(kind: type[Model], data: st.DataObject) -> None:
    sent = data.draw(wire_objects(kind))
    text = json.dumps(sent)
    model = kind.from_wire(json.loads(text))
    seen = attributes(model)
    assert model.as_dict() == sent
    assert json.loads(json.dumps(model.as_dict())) == sent
    again = kind(**{name: value for name, value in seen.items() if value is not None})
    assert attributes(again) == seen
    assert kind(sent).as_dict() == sent
    assert pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == model


def sendable(value: Any, kind: type[Model]) -> Any:
    """The JSON of a model without what only the service sets, by the list of facts, at any depth."""
    if isinstance(value, list):
        return [sendable(one, kind) for one in value]
    if not isinstance(value, dict):
        return value
    only_read = {fact["wire"] for fact in FACTS["models"][kind.__name__].values() if fact.get("read_only")}
    inner = {kind._attr_to_rest_field[name].wire: below for name, below in nested_in(kind).items()}
    kept = {key: one for key, one in value.items() if key not in only_read}
    return {key: sendable(one, inner[key]) if key in inner else one for key, one in kept.items()}


def nested_in(kind: type[Model]) -> dict[str, type[Model]]:
    return {**models_in(kind), **model_lists_in(kind)}


@each_model
@settings(max_examples=4)
@given(data=st.data())
def test_a_model_is_sent_without_what_only_the_service_sets(kind: type[Model], data: st.DataObject) -> None:
    given_by_caller = data.draw(wire_objects(kind))
    recorder = Recorder(Answer(body=b'{"value": []}'))
    with BatchClient(ENDPOINT, KEY, transport=MemoryTransport(recorder)) as client:
        client.create_task_collection("job", {"value": [kind(given_by_caller)]})
    assert json.loads(recorder.request.content) == {"value": [sendable(given_by_caller, kind)]}


@each_model
@settings(max_examples=6)
@given(data=st.data())
def test_a_model_of_anything_can_be_looked_at(kind: type[Model], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(kind._by_wire)) if kind._by_wire else TEXT
    received = data.draw(st.dictionaries(keys | TEXT, JSON, max_size=6))
    model = kind.from_wire(copy.deepcopy(received))
    assert set(model) == set(received)
    assert model.as_dict() == received
    attributes(model)
    repr(model)
    assert dict(model.items()).keys() == received.keys()
    assert model.as_dict() == received
    assert pickle.loads(pickle.dumps(model)) == model


# -- what goes into a URL ----------------------------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_list_of_fields_arrives_as_it_was_given(fields: list[str]) -> None:
    recorder = Recorder(Answer(body=b"{}"))
    with BatchClient(ENDPOINT, KEY, transport=MemoryTransport(recorder)) as client:
        client.get_job("job", select=fields)
    assert recorder.query["$select"] == [",".join(fields)]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_id_stays_one_part_of_the_path_or_is_refused(identifier: str) -> None:
    recorder = Recorder(Answer(body=b"{}"))
    with BatchClient(ENDPOINT, KEY, transport=MemoryTransport(recorder)) as client:
        if identifier in (".", "..") or re.search(r"[\x00-\x1f\x7f]", identifier):
            with pytest.raises(ValueError, match="task_id"):
                client.get_task("job", identifier)
            assert not recorder.requests
            return
        client.get_task("job", identifier)
    before, _, last = recorder.path.rpartition("/")
    assert before == "/jobs/job/tasks"
    assert unquote(last, errors="strict") == identifier


LINKS = st.one_of(
    st.text(),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from([ENDPOINT, ENDPOINT.upper(), "http:" + ENDPOINT[6:], "//", "https://", "", "\\", "https:/\\"]),
        st.sampled_from(["", "@evil.example", ":443", ":8443", ".evil.example", "evil.example", "%2eevil.example"]),
        st.sampled_from(["", "/", "//", "/jobs", "\\jobs", "//evil.example/jobs", "/../jobs", "/%2e%2e/jobs"]),
        st.text()
        | st.sampled_from(["?$skiptoken=1", "?api-version=1&api-version=2", "#@evil.example", "?#", "?\r\nX: y"]),
    ),
)


@settings(max_examples=500)
@given(LINKS)
def test_a_next_link_never_leads_to_another_place(link: str) -> None:
    try:
        request = next_page(ENDPOINT, link, "2025-06-01")
    except DecodeError:
        return
    parts = urlsplit(request.url)
    assert f"{parts.scheme}://{parts.netloc}" == ENDPOINT
    assert request.url.isprintable()
    assert parse_qs(parts.query)["api-version"] == ["2025-06-01"]


# -- what the service refuses ------------------------------------------------------------------------------------------

ERRORS = st.one_of(
    st.binary(max_size=40),
    JSON.map(lambda body: json.dumps(body).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            "code": TEXT | JSON,
            "message": TEXT | st.fixed_dictionaries({}, optional={"value": TEXT | JSON, "lang": TEXT | JSON}) | JSON,
            "values": st.lists(st.fixed_dictionaries({}, optional={"key": TEXT | JSON, "value": JSON}) | JSON) | JSON,
        },
    ).map(lambda body: json.dumps(body).encode()),
)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("operation", ["get_pool", "download_task_file"])
def test_an_error_body_of_any_kind_becomes_an_error(operation: str, asynchronous: bool) -> None:
    @settings(max_examples=150)
    @given(st.sampled_from([304, 400, 401, 403, 404, 409, 412, 413, 416, 429, 500, 503, 999]), ERRORS)
    def check(status: int, body: bytes) -> None:
        asyncio.run(refused(operation, asynchronous, Answer(status, body, {"request-id": "the-request"})))

    check()


async def refused(operation: str, asynchronous: bool, answer: Answer) -> None:
    async with memory_client(lambda _: answer, asynchronous, retry_total=0) as client:
        with pytest.raises(HttpResponseError) as caught:
            await settled(getattr(client, operation)(*["an-id"] * (3 if "file" in operation else 1)))
    error = caught.value
    assert error.status_code == answer.status
    assert "the-request" in str(error)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
