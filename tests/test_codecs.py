"""Codecs: dates, durations, enums and numbers, in both directions."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.batch import models
from azure.batch._codecs import (
    NO_LIMIT,
    Codec,
    decode_datetime,
    decode_duration,
    decode_http_date,
    encode_datetime,
    encode_duration,
    encode_http_date,
    enum_codec,
)
from azure.batch._model import Model, to_json

UTC = timezone.utc
NO_LIMIT_TEXT = "P10675199DT2H48M5.4775807S"
Statistics: Any = models.BatchPoolResourceStatistics  # whose constructor wants more keywords than these tests give
VMExtension: Any = models.VMExtension
ENUMS = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Enum)]

offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2, 9999))
moments = st.datetimes(FIRST, LAST, timezones=st.one_of(st.just(UTC), offsets))
durations = st.timedeltas(timedelta(0), NO_LIMIT)


def constraints(text: Any) -> models.BatchTaskConstraints:
    return models.BatchTaskConstraints.from_wire({"maxWallClockTime": text})


# -- dates -----------------------------------------------------------------------------------------------------------


@given(moments)
def test_every_moment_comes_back_in_utc(moment: datetime) -> None:
    text = encode_datetime(moment)
    assert text.endswith("Z")
    found = decode_datetime(text)
    assert found == moment
    assert found.utcoffset() == timedelta(0)
    assert encode_datetime(found) == text


@given(moments.map(lambda moment: moment.astimezone(UTC).replace(tzinfo=None)))
def test_naive_moments_are_taken_as_utc(moment: datetime) -> None:
    assert encode_datetime(moment) == encode_datetime(moment.replace(tzinfo=UTC))
    assert models.BatchJobScheduleConfiguration(do_not_run_until=moment).do_not_run_until == moment.replace(tzinfo=UTC)


@given(moments, st.integers(0, 9999999), st.integers(1, 7))
def test_any_number_of_fractional_digits_is_read(moment: datetime, ticks: int, digits: int) -> None:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    fraction = f"{ticks:07}"[:digits]
    text = f"{whole.replace(tzinfo=None).isoformat()}.{fraction}Z"
    assert decode_datetime(text) == whole + timedelta(microseconds=int(fraction.ljust(7, "0")[:6]))


@given(moments, offsets)
def test_offsets_are_read(moment: datetime, offset: timezone) -> None:
    assert decode_datetime(moment.astimezone(offset).isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-01T02:03:04Z", datetime(2025, 6, 1, 2, 3, 4, tzinfo=UTC)),
        ("2025-06-01T02:03:04.1234567Z", datetime(2025, 6, 1, 2, 3, 4, 123456, tzinfo=UTC)),
        ("2025-06-01T02:03:04.9999999Z", datetime(2025, 6, 1, 2, 3, 4, 999999, tzinfo=UTC)),
        ("2025-06-01T02:03:04.5Z", datetime(2025, 6, 1, 2, 3, 4, 500000, tzinfo=UTC)),
        ("2025-06-01t02:03:04z", datetime(2025, 6, 1, 2, 3, 4, tzinfo=UTC)),
        ("2025-06-01T02:03:04", datetime(2025, 6, 1, 2, 3, 4, tzinfo=UTC)),
        ("2025-06-01T02:03:04.1234560+02:00", datetime(2025, 6, 1, 0, 3, 4, 123456, tzinfo=UTC)),
        ("2025-06-01T02:03Z", datetime(2025, 6, 1, 2, 3, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_dates_as_they_are_sent(text: str, expected: datetime) -> None:
    pool = models.BatchPool.from_wire({"creationTime": text})
    assert pool.creation_time == expected
    assert pool.creation_time.utcoffset() == timedelta(0)
    assert pool["creationTime"] == text
    assert pool.as_dict() == {"creationTime": text}


def test_a_date_without_a_time_is_midnight() -> None:
    assert encode_datetime(date(2025, 6, 1)) == "2025-06-01T00:00:00Z"


def test_a_moment_outside_of_all_calendars_is_named() -> None:
    with pytest.raises(OverflowError, match=r"BatchJobScheduleConfiguration\.do_not_run_until: "):
        models.BatchJobScheduleConfiguration(do_not_run_until=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))))


@given(moments)
def test_dates_of_headers(moment: datetime) -> None:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    text = encode_http_date(moment)
    assert text.endswith(" GMT")
    assert encode_http_date(whole.replace(tzinfo=None)) == text
    if whole.year >= 1000:  # years of fewer digits are guessed at by the rules for mail
        assert decode_http_date(text) == whole


@given(st.text(max_size=40))
def test_what_is_no_date_of_a_header_is_none(text: str) -> None:
    found = decode_http_date(text)
    assert found is None or found.utcoffset() == timedelta(0)


# -- durations -------------------------------------------------------------------------------------------------------


@given(durations)
def test_every_duration_comes_back(duration: timedelta) -> None:
    text = encode_duration(duration)
    assert decode_duration(text) == duration
    assert models.BatchTaskConstraints(max_wall_clock_time=duration).max_wall_clock_time == duration
    assert (text == NO_LIMIT_TEXT) == (duration == NO_LIMIT)


@given(st.timedeltas(timedelta(days=-400), timedelta(0)))
def test_negative_durations_come_back(duration: timedelta) -> None:
    assert decode_duration(encode_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT5M", timedelta(minutes=5)),
        ("P1D", timedelta(days=1)),
        ("P1W", timedelta(weeks=1)),
        ("PT0S", timedelta(0)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT1.1234567S", timedelta(seconds=1, microseconds=123457)),
        ("P1DT2H3M4.000001S", timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=1)),
        ("PT36H", timedelta(hours=36)),
        ("-PT5M", timedelta(minutes=-5)),
        ("P1Y2M3DT4H", timedelta(days=365 + 60 + 3, hours=4)),
        (NO_LIMIT_TEXT, NO_LIMIT),
    ],
)
def test_durations_as_they_are_sent(text: str, expected: timedelta) -> None:
    found = constraints(text)
    assert found.max_wall_clock_time == expected
    assert type(found.max_wall_clock_time) is timedelta
    assert found["maxWallClockTime"] == text
    assert json.loads(to_json(found)) == {"maxWallClockTime": text}


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "P0D"),
        (timedelta(seconds=1.5), "PT1.5S"),
        (timedelta(minutes=90), "PT1H30M"),
        (timedelta(days=7), "P7D"),
        (timedelta(days=8, hours=1), "P8DT1H"),
        (timedelta(microseconds=1), "PT0.000001S"),
    ],
)
def test_durations_as_they_are_written(duration: timedelta, text: str) -> None:
    assert encode_duration(duration) == text


def test_no_limit_is_the_services_own_text_when_set_again() -> None:
    read = constraints(NO_LIMIT_TEXT).max_wall_clock_time
    assert read == timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477581)
    copied = models.BatchTaskConstraints(max_wall_clock_time=read, retention_time=timedelta.max)
    assert copied.as_dict() == {"maxWallClockTime": NO_LIMIT_TEXT, "retentionTime": NO_LIMIT_TEXT}


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=1)))
def test_less_than_no_limit_is_a_limit(less: timedelta) -> None:
    text = encode_duration(NO_LIMIT - less)
    assert text != NO_LIMIT_TEXT
    assert decode_duration(text) == NO_LIMIT - less


# -- enums -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_members_are_found_in_any_case(kind: type[Enum]) -> None:
    codec: Codec[Any] = enum_codec(kind)
    for member in kind:
        for text in (member.value, member.value.upper(), member.value.lower(), member.value.title()):
            assert codec.decode(text) is member
        assert codec.encode(member) == codec.encode(member.value) == member.value == member
        assert type(codec.encode(member)) is str


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
@given(text=st.text(max_size=12))
def test_unknown_words_stay_text(kind: type[Enum], text: str) -> None:
    codec: Codec[Any] = enum_codec(kind)
    found = codec.decode(text)
    assert isinstance(found, str)
    if type(found) is str:
        assert found == text
    assert codec.encode(text) == text


def test_unknown_words_are_kept_and_sent() -> None:
    options = models.BatchJobDisableOptions(disable_tasks="later")
    assert options.disable_tasks == "later"
    assert options.as_dict() == {"disableTasks": "later"}
    assert models.BatchPool.from_wire({"state": "ACTIVE"}).state is models.BatchPoolState.ACTIVE
    assert models.BatchPool.from_wire({"state": "ACTIVE"})["state"] == "ACTIVE"


# -- numbers, text, maps ---------------------------------------------------------------------------------------------


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_as_text(number: int) -> None:
    statistics = models.BatchPoolResourceStatistics.from_wire({"diskReadIOps": str(number)})
    assert statistics.disk_read_iops == number
    for value in (number, str(number)):
        made: Any = Statistics({"diskWriteIOps": value})
        assert made.disk_write_iops == number
        assert made.as_dict() == {"diskWriteIOps": str(number)}


@pytest.mark.parametrize(
    ("kind", "name", "wire", "value", "expected"),
    [
        (models.BatchTask, "required_slots", "requiredSlots", "5", 5),
        (models.BatchTask, "required_slots", "requiredSlots", 5.0, 5),
        (models.BatchTask, "id", "id", 5, "5"),
        (models.BatchPool, "enable_auto_scale", "enableAutoScale", "true", True),
        (models.BatchPool, "enable_auto_scale", "enableAutoScale", "False", False),
        (models.BatchPool, "enable_auto_scale", "enableAutoScale", 1, True),
        (models.BatchPoolResourceStatistics, "avg_memory_gib", "avgMemoryGiB", 1, 1.0),
        (models.BatchPoolResourceStatistics, "avg_memory_gib", "avgMemoryGiB", "1.5", 1.5),
    ],
)
def test_numbers_are_read_as_what_they_should_be(
    kind: type[Model], name: str, wire: str, value: Any, expected: Any
) -> None:
    for model in (kind.from_wire({wire: value}), kind({wire: value})):
        found = getattr(model, name)
        assert found == expected
        assert type(found) is type(expected)


def test_numbers_are_sent_as_text_where_text_belongs() -> None:
    assert models.BatchTaskDependencies({"taskIds": [1, 2]}).as_dict() == {"taskIds": ["1", "2"]}
    assert models.BatchPoolInfo({"poolId": 5}).as_dict() == {"poolId": "5"}


@pytest.mark.parametrize(
    ("name", "wire", "odd"),
    [
        ("creation_time", "creationTime", "yesterday"),
        ("creation_time", "creationTime", ""),
        ("creation_time", "creationTime", 5),
        ("creation_time", "creationTime", "2016-12-31T23:59:60Z"),
        ("resize_timeout", "resizeTimeout", "00:05:00"),
        ("resize_timeout", "resizeTimeout", "P99999999999D"),
        ("current_dedicated_nodes", "currentDedicatedNodes", "many"),
        ("enable_auto_scale", "enableAutoScale", "maybe"),
        ("start_task", "startTask", "none"),
        ("start_task", "startTask", []),
        ("metadata", "metadata", {"a": 1}),
        ("metadata", "metadata", [5, None]),
        ("state", "state", "dreaming"),
    ],
)
def test_what_is_not_of_its_kind_comes_as_it_is(name: str, wire: str, odd: Any) -> None:
    pool = models.BatchPool.from_wire({wire: odd, "id": "p"})
    assert getattr(pool, name) == odd
    assert pool[wire] == odd
    assert pool.as_dict() == {wire: odd, "id": "p"}


def test_maps_are_kept_as_they_are() -> None:
    settings: Any = {"text": "a", "inner": {"list": [1, {"deep": True}]}}
    extension = VMExtension({"settings": settings})
    settings["inner"]["list"].append(2)
    assert extension.settings == {"text": "a", "inner": {"list": [1, {"deep": True}]}}
    extension.settings["text"] = "b"
    assert extension.as_dict() == {"settings": {"text": "b", "inner": {"list": [1, {"deep": True}]}}}
    with pytest.raises(TypeError, match=r"VMExtension\.settings: expected a mapping, got str"):
        VMExtension({"settings": "x"})


keys = st.sampled_from(sorted(models.BatchPool._by_wire)) | st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, json_values, max_size=6))
def test_no_answer_breaks_a_model(answer: dict[str, Any]) -> None:
    pool = models.BatchPool.from_wire(json.loads(json.dumps(answer)))
    for name in models.BatchPool._attr_to_rest_field:
        getattr(pool, name)
    repr(pool)
    assert pool.as_dict() == answer
