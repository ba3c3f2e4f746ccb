"""What counts as a difference between what was asked for and what exists."""

from __future__ import annotations

import copy
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from azure.batch import PropertyDifference, models
from azure.batch._differences import differences
from azure.batch._model import Model
from model_examples import wire

POOL, JOB = models.BatchPoolCreateOptions, models.BatchJobCreateOptions


def found_in(wanted: dict[str, Any], found: dict[str, Any], kind: type[Model] = POOL) -> list[str]:
    return [one.property for one in differences(wanted, found, kind)]


START = {"commandLine": "true"}
FILE = "https://a.blob.core.windows.net/c/f"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {"id": "p", "state": "active"}),
        ({"id": "P"}, {"id": "p"}),
        ({"vmSize": "STANDARD_D2S_V3"}, {"vmSize": "standard_d2s_v3"}),
        ({"resizeTimeout": "PT60M"}, {"resizeTimeout": "PT1H"}),
        ({"resizeTimeout": "PT0.5S"}, {"resizeTimeout": "PT0.5000000S"}),
        ({"targetDedicatedNodes": "2"}, {"targetDedicatedNodes": 2}),
        ({"enableAutoScale": "true"}, {"enableAutoScale": True}),
        ({"taskSchedulingPolicy": {"nodeFillType": "Spread"}}, {"taskSchedulingPolicy": {"nodeFillType": "spread"}}),
        ({"taskSchedulingPolicy": {"nodeFillType": "New"}}, {"taskSchedulingPolicy": {"nodeFillType": "new"}}),
        ({"metadata": None}, {"metadata": [{"name": "a", "value": "b"}]}),
        ({"metadata": []}, {}),
        ({"enableAutoScale": False, "displayName": "", "targetLowPriorityNodes": 0}, {}),
        ({"startTask": {"environmentSettings": [], "waitForSuccess": False}}, {}),
        ({"startTask": START}, {"startTask": {**START, "maxTaskRetryCount": 0}}),
        (
            {"metadata": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]},
            {"metadata": [{"name": "b", "value": "2"}, {"name": "a", "value": "1"}]},
        ),
        ({"userAccounts": [{"name": "a", "password": "x"}]}, {"userAccounts": [{"name": "a"}]}),
        (
            {"startTask": {"resourceFiles": [{"httpUrl": f"{FILE}?se=1&sig=a"}]}},
            {"startTask": {"resourceFiles": [{"httpUrl": f"{FILE}?se=2&sig=b"}]}},
        ),
        (
            {"virtualMachineConfiguration": {"diskEncryptionConfiguration": {"targets": ["OsDisk"]}}},
            {"virtualMachineConfiguration": {"diskEncryptionConfiguration": {"targets": ["osdisk"]}}},
        ),
        ({"unknown": {"a": [1]}}, {"unknown": {"a": [1], "b": 2}}),
    ],
)
def test_what_is_the_same(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert found_in(wanted, found) == []


@pytest.mark.parametrize(
    ("wanted", "found", "where"),
    [
        ({"displayName": "A"}, {"displayName": "a"}, "display_name"),
        ({"displayName": "A"}, {}, "display_name"),
        ({"enableAutoScale": True}, {}, "enable_auto_scale"),
        ({"enableAutoScale": False}, {"enableAutoScale": True}, "enable_auto_scale"),
        ({"resizeTimeout": "PT1H"}, {"resizeTimeout": "PT2H"}, "resize_timeout"),
        ({"resizeTimeout": "soon"}, {"resizeTimeout": "PT2H"}, "resize_timeout"),
        ({"startTask": START}, {}, "start_task.command_line"),
        ({"startTask": START}, {"startTask": {"commandLine": "TRUE"}}, "start_task.command_line"),
        (
            {"metadata": [{"name": "a", "value": "B"}]},
            {"metadata": [{"name": "a", "value": "b"}]},
            "metadata['a'].value",
        ),
        ({"metadata": []}, {"metadata": [{"name": "a", "value": "b"}]}, "metadata['a']"),
        ({"startTask": {"resourceFiles": [{"filePath": "f"}]}}, {}, "start_task.resource_files[0]"),
        (
            {"startTask": {"resourceFiles": [{"filePath": "f"}]}},
            {"startTask": {"resourceFiles": [{"filePath": "g"}]}},
            "start_task.resource_files[0].file_path",
        ),
        (
            {"startTask": {"resourceFiles": [{"httpUrl": f"{FILE}?sig=a"}]}},
            {"startTask": {"resourceFiles": [{"httpUrl": f"{FILE}2?sig=a"}]}},
            "start_task.resource_files[0].http_url",
        ),
        (
            {"virtualMachineConfiguration": {"diskEncryptionConfiguration": {"targets": ["osdisk", "temporarydisk"]}}},
            {"virtualMachineConfiguration": {"diskEncryptionConfiguration": {"targets": ["osdisk"]}}},
            "virtual_machine_configuration.disk_encryption_configuration.targets[1]",
        ),
        ({"metadata": "text"}, {"metadata": []}, "metadata"),
        ({"startTask": "text"}, {"startTask": START}, "start_task"),
        ({"unknown": {"a": [1]}}, {"unknown": {"a": [2]}}, "unknown.a[0]"),
    ],
)
def test_what_is_not(wanted: dict[str, Any], found: dict[str, Any], where: str) -> None:
    assert found_in(wanted, found) == [where]


def test_dates_are_compared_by_their_time() -> None:
    kind = models.BatchJobScheduleConfiguration
    moment = kind(do_not_run_until=datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))).as_dict()
    assert found_in(moment, {"doNotRunUntil": "2026-01-01T12:00:00.0000000Z"}, kind) == []
    assert found_in({"doNotRunUntil": "2026-01-01T13:00:00+01:00"}, moment, kind) == []
    assert len(found_in(moment, {"doNotRunUntil": "2026-01-01T12:00:01Z"}, kind)) == 1


def test_packages_are_told_apart_by_their_ids_unless_there_are_several_versions_of_one() -> None:
    def packages(*ones: tuple[str, str]) -> dict[str, Any]:
        return {"applicationPackageReferences": [{"applicationId": name, "version": one} for name, one in ones]}

    assert found_in(packages(("a", "1"), ("b", "1")), packages(("b", "1"), ("a", "1"))) == []
    assert found_in(packages(("a", "1"), ("a", "2")), packages(("a", "1"), ("a", "3"))) == [
        "application_package_references[1].version"
    ]


def test_no_secret_is_shown() -> None:
    account = {"name": "a", "password": "hidden"}
    wanted = {
        "userAccounts": [account],
        "startTask": {"resourceFiles": [{"httpUrl": f"{FILE}?sig=hidden"}]},
    }
    shown = differences(wanted, {"startTask": {"resourceFiles": [{"httpUrl": "https://b?sig=hidden"}]}}, POOL)
    assert [one.property for one in shown] == ["user_accounts['a']", "start_task.resource_files[0].http_url"]
    assert "hidden" not in f"{shown}{[str(one) for one in shown]}"
    assert shown[0].wanted["name"] == "a"


def test_a_long_value_is_cut_in_the_text_only() -> None:
    (one,) = differences({"autoScaleFormula": "x" * 5000}, {}, POOL)
    assert one == PropertyDifference("auto_scale_formula", "x" * 5000, None)
    assert len(str(one)) < 200


@pytest.mark.parametrize("kind", [POOL, JOB])
def test_everything_that_can_be_asked_for_is_compared(kind: type[Model]) -> None:
    wanted = wire(kind)
    assert found_in(wanted, copy.deepcopy(wanted), kind) == []
    for key in wanted:
        rest = {one: value for one, value in wanted.items() if one != key}
        expected = {kind._by_wire[key].name} if wanted[key] else set[str]()
        assert {re.split(r"[.\[]", one)[0] for one in found_in(wanted, rest, kind)} == expected


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=20,
)
OBJECTS = some.dictionaries(some.sampled_from([*POOL._by_wire, *JOB._by_wire]) | some.text(), JSON)


@given(OBJECTS)
def test_everything_is_the_same_as_itself(wanted: dict[str, Any]) -> None:
    assert found_in(wanted, copy.deepcopy(wanted)) == []
    assert found_in(wanted, copy.deepcopy(wanted), JOB) == []


@given(OBJECTS, OBJECTS)
def test_comparing_never_fails(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    for kind in (POOL, JOB):
        assert all(str(one) for one in differences(wanted, found, kind))
