"""Models as mappings by the service's names, each behaviour over all of them with all fields filled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.core.serialization import NULL

from azure.batch import models
from azure.batch._model import Model, to_json
from model_examples import (
    attributes,
    each_model,
    filled,
    hints_of,
    keywords,
    model_lists_in,
    models_in,
    received,
    wire,
    without_read_only,
)


def both(kind: type[Model]) -> Iterator[Any]:
    """A model made from keywords, one that was received, and one that has been read."""
    yield filled(kind)
    yield received(kind)
    read = received(kind)
    attributes(read)
    yield read


def as_json(value: Any) -> Any:
    """A value of a mapping as JSON: models and enum members become what they stand for."""
    if isinstance(value, Model):
        return value.as_dict()
    return [as_json(one) for one in value] if isinstance(value, list) else value


@each_model
def test_keys_are_the_services_names_in_order(kind: type[Model]) -> None:
    expected = list(wire(kind))
    for model in both(kind):
        assert isinstance(model, MutableMapping)
        assert list(model) == list(model.keys()) == [key for key, _ in model.items()] == expected
        assert len(model) == len(model.keys()) == len(model.items()) == len(model.values()) == len(expected)
        assert all(key in model for key in expected)
        assert "addedLater" not in model
        assert bool(model) == bool(expected)
        assert model.keys() & {*expected, "addedLater"} == set(expected)


@each_model
def test_python_names_are_no_keys(kind: type[Model]) -> None:
    for name, found in kind._attr_to_rest_field.items():
        if name not in kind._by_wire:
            assert name not in filled(kind)
            assert filled(kind).get(name) is None
            assert found.wire in filled(kind)


@each_model
def test_values_are_wire_values_and_models(kind: type[Model]) -> None:
    nested = {kind._attr_to_rest_field[name].wire: inner for name, inner in models_in(kind).items()}
    lists = {kind._attr_to_rest_field[name].wire: inner for name, inner in model_lists_in(kind).items()}
    for model in both(kind):
        for key, expected in wire(kind).items():
            for value in (model[key], model.get(key), dict(model)[key], dict(model.items())[key], {**model}[key]):
                assert as_json(value) == expected
                if key in nested:
                    assert type(value) is nested[key]
                elif key in lists:
                    assert [type(one) for one in value] == [lists[key]] * 2
                else:
                    assert value == expected
        assert [as_json(one) for one in model.values()] == list(wire(kind).values())
        assert dict(model) == model


@each_model
def test_nested_models_are_the_same_by_key_and_by_attribute(kind: type[Model]) -> None:
    for model in both(kind):
        for name in models_in(kind):
            key = kind._attr_to_rest_field[name].wire
            assert model[key] is getattr(model, name) is model[key] is dict(model.items())[key]
            for inner in list(model[key]):
                del model[key][inner]
            assert len(getattr(model, name)) == 0
        for name in model_lists_in(kind):
            key = kind._attr_to_rest_field[name].wire
            assert model[key] is getattr(model, name)
            model[key][0]["addedLater"] = 1
            assert getattr(model, name)[0].as_dict()["addedLater"] == 1


@each_model
def test_writes_by_key_are_seen_by_attribute(kind: type[Model]) -> None:
    for values in (
        wire(kind, 1),
        {kind._attr_to_rest_field[name].wire: one for name, one in keywords(kind, 1).items()},
    ):
        for model in both(kind):
            for key, value in values.items():
                model[key] = value
            assert attributes(model) == keywords(kind, 1)
            assert model.as_dict() == wire(kind, 1)
            assert json.loads(to_json(model)) == without_read_only(wire(kind, 1), kind)
        for model in both(kind):
            model.update(values)
            assert attributes(model) == keywords(kind, 1)
            assert model.as_dict() == wire(kind, 1)


@each_model
def test_none_by_key_is_kept_and_sent_as_null(kind: type[Model]) -> None:
    for nothing in (None, NULL):
        for model in both(kind):
            for key in wire(kind):
                model[key] = nothing
                assert key in model
            assert set(attributes(model).values()) <= {None}
            assert model.as_dict() == dict.fromkeys(wire(kind))
            assert json.loads(to_json(model)) == without_read_only(dict.fromkeys(wire(kind)), kind)


@each_model
def test_nulls_of_the_service_are_kept(kind: type[Model]) -> None:
    nulls: dict[str, Any] = dict.fromkeys(wire(kind))
    for model in (kind(nulls), kind.from_wire(dict(nulls))):
        assert set(attributes(model).values()) <= {None}
        assert all(key in model and model[key] is None and model.get(key, 5) is None for key in nulls)
        assert model == nulls


@each_model
def test_deleting_by_key(kind: type[Model]) -> None:
    for model in both(kind):
        for name, found in kind._attr_to_rest_field.items():
            del model[found.wire]
            assert found.wire not in model
            assert getattr(model, name) is None
            with pytest.raises(KeyError, match=found.wire):
                del model[found.wire]
            with pytest.raises(KeyError, match=found.wire):
                model[found.wire]
        assert len(model) == 0
        assert model == {}


@each_model
def test_pop(kind: type[Model]) -> None:
    for model in both(kind):
        for name, found in kind._attr_to_rest_field.items():
            assert as_json(model.pop(found.wire)) == wire(kind)[found.wire]
            assert getattr(model, name) is None
            assert model.pop(found.wire, "default") == "default"
            with pytest.raises(KeyError):
                model.pop(found.wire)
        assert model == {}


@each_model
def test_popitem_takes_the_last(kind: type[Model]) -> None:
    for model in both(kind):
        taken = [model.popitem() for _ in range(len(model))]
        assert [(key, as_json(one)) for key, one in taken] == list(reversed(wire(kind).items()))
        assert model == {}
        with pytest.raises(KeyError, match="empty"):
            model.popitem()


@each_model
def test_clear(kind: type[Model]) -> None:
    for model in both(kind):
        model.clear()
        assert model == {}
        assert set(attributes(model).values()) <= {None}


@each_model
def test_setdefault(kind: type[Model]) -> None:
    model: Any = kind()
    for key, value in wire(kind).items():
        assert as_json(model.setdefault(key, value)) == value
        assert as_json(model.setdefault(key, None)) == value
    assert model == filled(kind)
    assert attributes(model) == keywords(kind)
    for name, inner in models_in(kind).items():
        fresh: Any = kind()
        fresh.setdefault(kind._attr_to_rest_field[name].wire, {}).update(wire(inner))
        assert getattr(fresh, name) == filled(inner)
        assert fresh.as_dict() == {kind._attr_to_rest_field[name].wire: wire(inner)}


def test_setdefault_without_a_default() -> None:
    model = models.BatchTask({"id": "a"})
    assert model.setdefault("id") == "a"
    assert model.setdefault("displayName") is None
    assert model.setdefault("addedLater", {}) is model["addedLater"]
    assert model.as_dict() == {"id": "a", "displayName": None, "addedLater": {}}


def test_update_takes_what_dict_takes() -> None:
    task = models.BatchTask()
    task.update([("id", "a")], displayName="b", constraints={"maxTaskRetryCount": 1}, addedLater=[1])
    assert (task.id, task.display_name) == ("a", "b")
    assert task.constraints is not None
    assert task.constraints.max_task_retry_count == 1
    assert task["addedLater"] == [1]
    other = models.BatchTask()
    other.update(task)
    assert other == task


@each_model
def test_a_mapping_written_by_key_is_copied(kind: type[Model]) -> None:
    for name, inner in models_in(kind).items():
        model, given, key = kind(), wire(inner), kind._attr_to_rest_field[name].wire
        model[key] = given
        setattr(getattr(model, name), next(iter(hints_of(inner))), None)
        assert given == wire(inner)
        given.clear()
        assert len(model[key]) == len(wire(inner)) - 1


def test_json_values_by_key_are_what_is_sent() -> None:
    model = models.BatchTaskConstraints({"maxWallClockTime": timedelta(minutes=5), "maxTaskRetryCount": 2})
    assert model["maxWallClockTime"] == "PT5M"
    model["retentionTime"] = timedelta(days=1)
    assert model["retentionTime"] == "P1D"
    assert model.retention_time == timedelta(days=1)
    schedule = models.BatchJobScheduleConfiguration()
    schedule["doNotRunUntil"] = datetime(2025, 1, 2, 3, tzinfo=timezone(timedelta(hours=3)))
    assert schedule["doNotRunUntil"] == "2025-01-02T00:00:00Z"
    options = models.BatchJobDisableOptions.from_wire({})
    options.update({"disableTasks": models.DisableBatchJobOption.REQUEUE})
    assert type(options["disableTasks"]) is str
    assert options == {"disableTasks": "requeue"} == {**options}


@pytest.mark.parametrize("key", [5, None, ("a",)])
def test_only_text_is_a_key(key: Any) -> None:
    assert key not in models.BatchTask({"id": "a"})


def test_models_can_be_matched_against_plain_mappings() -> None:
    settings: Mapping[str, Any] = models.BatchNodeRemoteLoginSettings.from_wire(
        {"remoteLoginIPAddress": "10.0.0.1", "remoteLoginPort": 50000}
    )
    assert "remoteLoginIPAddress" in settings
    assert "{remoteLoginIPAddress}:{remoteLoginPort}".format(**settings) == "10.0.0.1:50000"
    assert sorted(settings) == ["remoteLoginIPAddress", "remoteLoginPort"]
