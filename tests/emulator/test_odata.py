from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.batch.emulator._odata import (
    FILTERABLE,
    SELECTABLE,
    check_select,
    decode_token,
    encode_token,
    page_size,
    parse_filter,
    select,
)
from azure.batch.emulator._routes import ROUTES
from azure.batch.emulator._wire import ServiceError

TASK: dict[str, Any] = {
    "id": "Task-7",
    "state": "completed",
    "creationTime": "2026-01-02T03:04:05.1234560Z",
    "lastModified": "2026-01-02T03:04:05.1234560Z",
    "executionInfo": {
        "startTime": "2026-01-02T03:04:06.0000000Z",
        "endTime": "2026-01-02T03:05:06.0000000Z",
        "exitCode": 3,
        "result": "failure",
        "failureInfo": {"category": "usererror", "details": [{"name": "a", "value": "b"}]},
    },
    "resourceFiles": [{"httpUrl": "http://x/1", "filePath": "1"}, {"httpUrl": "http://x/2", "filePath": "2"}],
}


def passes(text: str, document: dict[str, Any] = TASK, operation: str = "list_tasks") -> bool:
    return parse_filter(text, operation).matches(document)


@pytest.mark.parametrize(
    "text",
    [
        "id eq 'task-7'",
        "id ne 'task-8'",
        "id gt 'task-6' and id lt 'task-8'",
        "id ge 'task-7' and id le 'task-7'",
        "startswith(id,'TASK')",
        "startswith( id , 'task-' )",
        "state eq 'Completed'",
        "state ne 'active'",
        "executionInfo/exitCode eq 3",
        "executionInfo/exitCode gt -1",
        "executionInfo/exitCode ne 0",
        "executionInfo/result eq 'failure'",
        "creationTime eq DateTime'2026-01-02T03:04:05.123456Z'",
        "creationTime gt DateTime'2026-01-02T03:04:05Z'",
        "creationTime lt DateTime'2026-01-02T05:04:06+02:00'",
        "creationTime lt DateTime'Fri, 02 Jan 2026 03:04:06 GMT'",
        "creationTime gt DateTime'0999-12-31T23:59:59Z'",
        "creationTime lt DateTime'9999-12-31T23:59:59Z'",
        "lastModifiedTime ge DateTime'2026-01-01T00:00:00Z'",
        "lastModified ge DateTime'2026-01-01T00:00:00Z'",
        "executionInfo/endTime le DateTime'2026-01-02T03:05:06Z'",
        "  state  eq   'completed'  ",
        "(state eq 'active') or ((id eq 'task-7'))",
        # and binds tighter than or
        "state eq 'completed' or state eq 'active' and id eq 'nobody'",
    ],
)
def test_a_filter_finds_the_task(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "id eq 'task-8'",
        "state ne 'completed'",
        "executionInfo/exitCode lt 3",
        "creationTime gt DateTime'2026-01-02T03:04:06Z'",
        "creationTime le DateTime'0001-01-01T00:00:00Z'",
        "(state eq 'completed' or state eq 'active') and id eq 'nobody'",
        "startswith(id,'ask')",
    ],
)
def test_a_filter_leaves_the_task_out(text: str) -> None:
    assert not passes(text)


def test_what_a_task_has_not_is_unequal_and_without_order() -> None:
    waiting = {"id": "a", "state": "active"}
    assert passes("executionInfo/exitCode ne 0", waiting)
    assert not passes("executionInfo/exitCode eq 0", waiting)
    assert not passes("executionInfo/exitCode lt 1", waiting)
    assert not passes("executionInfo/endTime lt DateTime'2100-01-01T00:00:00Z'", waiting)


def test_a_flag_that_is_absent_is_off() -> None:
    assert passes("enableAutoScale eq false", {"id": "p"}, "list_pools")
    assert not passes("enableAutoScale eq true", {"id": "p"}, "list_pools")
    assert passes("enableAutoScale ne false", {"id": "p", "enableAutoScale": True}, "list_pools")


def test_a_quote_in_text_is_doubled() -> None:
    assert passes("id eq 'it''s'", {"id": "It's"})


def test_dates_that_a_caller_gave_compare_by_time() -> None:
    schedule = {"id": "s", "schedule": {"doNotRunUntil": "2026-01-02T03:04:05+01:00"}}
    assert passes("schedule/doNotRunUntil lt DateTime'2026-01-02T03:00:00Z'", schedule, "list_job_schedules")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("state eq 'Active'", "state", "active"),
        ("(id eq 'a') and state eq 'active'", "state", "active"),
        ("(id eq 'a') and state eq 'active'", "id", "a"),
        ("state eq 'active' or id eq 'a'", "state", None),
        ("state ne 'active'", "state", None),
        ("executionInfo/exitCode eq 0", "executionInfo/exitCode", None),
    ],
)
def test_an_index_learns_what_must_be_equal(text: str, path: str, value: str) -> None:
    assert parse_filter(text, "list_tasks").equals(path) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "state",
        "state eq",
        "state eq active",
        "state eq 'active",
        "state eq 'a' and",
        "state eq 'a' or or id eq 'b'",
        "state eq 'a' id eq 'b'",
        "(state eq 'a'",
        "state eq 'a')",
        "State eq 'active'",
        "state gt 'active'",
        "startswith(state,'a')",
        "startswith(id)",
        "startswith id 'a'",
        "not (state eq 'active')",
        "executionInfo/exitCode eq '3'",
        "executionInfo/exitCode eq 3.5",
        "executionInfo/exitCode eq 99999999999999999999",
        "executionInfo/failureInfo/category eq 'usererror'",
        "id eq 5",
        "creationTime gt '2026-01-02T03:04:05Z'",
        "creationTime gt DateTime'yesterday'",
        "creationTime gt DateTime''",
        "nothing eq 'a'",
        "id eq 'a' & state eq 'b'",
        "(" * 5000 + "id eq 'a'" + ")" * 5000,
    ],
)
def test_a_bad_filter_gets_the_service_s_400(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parse_filter(text, "list_tasks")
    assert (caught.value.status, caught.value.code) == (400, "InvalidQueryParameterValue")
    assert ("QueryParameterName", "$filter") in caught.value.values


def test_lists_without_a_filter_refuse_any() -> None:
    with pytest.raises(ServiceError):
        parse_filter("id eq 'a'", "list_applications")


_WORDS = """id state creationTime executionInfo/exitCode eq ne gt and or not startswith ( ) , 'a' 'it''s' 5 -1 true
    DateTime'2026-01-02T03:04:05Z' DateTime'x' ' \x00 é"""
_words = st.sampled_from(_WORDS.split())


@given(st.one_of(st.text(), st.lists(_words).map(" ".join), st.lists(_words).map("".join)))
def test_no_filter_does_worse_than_be_refused(text: str) -> None:
    try:
        parsed = parse_filter(text, "list_tasks")
    except ServiceError:
        return
    assert parsed.matches(TASK) in (True, False)
    assert parsed.matches({}) in (True, False)


@given(st.data())
def test_every_filterable_property_takes_its_operators_and_no_other(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(FILTERABLE)))
    name = data.draw(st.sampled_from(sorted(FILTERABLE[operation])))
    known = FILTERABLE[operation][name]
    operator = data.draw(st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "startswith"]))
    literal = {"text": "'x'", "date": "DateTime'2026-01-02T03:04:05Z'", "integer": "1", "boolean": "true"}[known.kind]
    text = f"startswith({name},{literal})" if operator == "startswith" else f"{name} {operator} {literal}"
    if operator in known.operators:
        assert parse_filter(text, operation).matches({}) in (True, False)
    else:
        with pytest.raises(ServiceError):
            parse_filter(text, operation)


def test_every_list_with_a_filter_has_properties_to_filter_on() -> None:
    assert {route.operation for route in ROUTES if "$filter" in route.query} == set(FILTERABLE)
    assert {route.operation for route in ROUTES if "$select" in route.query} == set(SELECTABLE)


# $select


def test_select_keeps_what_is_named() -> None:
    assert select(TASK, "id,state") == {"id": "Task-7", "state": "completed"}
    assert select(TASK, " id , stats ") == {"id": "Task-7"}


def test_select_takes_nested_names() -> None:
    assert select(TASK, "executionInfo/exitCode,id") == {"executionInfo": {"exitCode": 3}, "id": "Task-7"}
    assert select(TASK, "executionInfo/exitCode,executionInfo/result") == {
        "executionInfo": {"exitCode": 3, "result": "failure"}
    }
    assert select(TASK, "resourceFiles/filePath") == {"resourceFiles": [{"filePath": "1"}, {"filePath": "2"}]}


@pytest.mark.parametrize("names", ["executionInfo,executionInfo/exitCode", "executionInfo/exitCode,executionInfo"])
def test_a_whole_property_wins_over_a_part_of_it(names: str) -> None:
    assert select(TASK, names) == {"executionInfo": TASK["executionInfo"]}


@pytest.mark.parametrize("names", ["id", "id,executionInfo/exitCode", "stats", "id, state"])
def test_select_of_known_names_is_accepted(names: str) -> None:
    check_select(names, "list_tasks")


@pytest.mark.parametrize("names", ["", "Id", "id,", "id,,state", "nothing", "vmSize", "id/", "/id", "*", "id state"])
def test_select_of_other_names_is_refused(names: str) -> None:
    with pytest.raises(ServiceError) as caught:
        check_select(names, "list_tasks")
    assert (caught.value.status, caught.value.code) == (400, "InvalidQueryParameterValue")


# pages


@pytest.mark.parametrize(("query", "size"), [({}, 1000), ({"maxresults": "1"}, 1), ({"maxresults": "1000"}, 1000)])
def test_page_size(query: dict[str, str], size: int) -> None:
    assert page_size(query) == size


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "OutOfRangeQueryParameterValue"),
        ("1001", "OutOfRangeQueryParameterValue"),
        ("-1", "OutOfRangeQueryParameterValue"),
        ("ten", "InvalidQueryParameterValue"),
        ("9" * 5000, "InvalidQueryParameterValue"),
    ],
)
def test_a_page_size_out_of_range_is_refused(text: str, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        page_size({"maxresults": text})
    assert (caught.value.status, caught.value.code) == (400, code)


@given(st.text())
def test_tokens_come_back(key: str) -> None:
    token = encode_token(key)
    assert decode_token(token) == key
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1")), st.text("AZaz09-_=")))
def test_a_token_that_nobody_made_is_refused(token: str) -> None:
    with pytest.raises(ServiceError) as caught:
        decode_token(token)
    assert (caught.value.status, caught.value.code) == (400, "InvalidQueryParameterValue")
