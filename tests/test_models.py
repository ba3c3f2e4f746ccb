"""Models as objects, each behaviour over all of them with all fields filled."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from itertools import product
from types import MappingProxyType
from typing import Any, Callable, Optional, get_origin
from unittest.mock import patch

import pytest
from azure.core.serialization import (
    NULL,
    AzureJSONEncoder,
    as_attribute_dict,
    attribute_list,
    is_generated_model,
)

from azure.batch import models
from azure.batch._model import Model, missing_required, to_json
from model_examples import (
    ALL,
    FACTS,
    attributes,
    by_attribute_name,
    each_model,
    filled,
    hints_of,
    keywords,
    lists_in,
    model_lists_in,
    models_in,
    received,
    wire,
    without_read_only,
)

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "the copy method": lambda model: model.copy(),
    "the constructor": lambda model: type(model)(model),
    "its JSON": lambda model: type(model)(json.loads(json.dumps(model.as_dict()))),
    "its keywords": lambda model: type(model)(**attributes(model)),
}
NAIVE = datetime(2025, 1, 2, tzinfo=timezone.utc).replace(tzinfo=None)
DEEP_COPIES = ["deepcopy", "pickle", "its JSON"]

each_copy = pytest.mark.parametrize("how", COPIES)


def sent(body: Any) -> Any:
    """The JSON that a request with this body carries."""
    return json.loads(to_json(body))


def change_everything(model: Any) -> None:
    """Write to every field that can be reached, through attributes and in place."""
    for name, inner in models_in(type(model)).items():
        for attribute, value in keywords(inner, 1).items():
            setattr(getattr(model, name), attribute, value)
    for name in lists_in(type(model)):
        getattr(model, name).clear()
    for name, value in keywords(type(model), 1).items():
        setattr(model, name, value)


def test_there_are_as_many_models_as_in_the_list() -> None:
    assert [kind.__name__ for kind in ALL] == sorted(FACTS["models"])


# -- where a model comes from ----------------------------------------------------------------------------------------


@each_model
def test_keywords_become_attributes_and_json(kind: type[Model]) -> None:
    model = filled(kind)
    assert attributes(model) == keywords(kind)
    assert model.as_dict() == wire(kind)
    assert isinstance(json.dumps(model.as_dict()), str)


@each_model
def test_wire_json_becomes_attributes(kind: type[Model]) -> None:
    for model in (received(kind), kind(wire(kind))):
        found = attributes(model)
        assert found == keywords(kind)
        for name, hint in hints_of(kind).items():
            if get_origin(hint) is None:
                assert isinstance(found[name], hint), name
        assert all(one.utcoffset() == timedelta(0) for one in found.values() if isinstance(one, datetime))


@each_model
def test_an_empty_model_has_every_attribute(kind: type[Model]) -> None:
    assert set(attributes(kind()).values()) <= {None}
    assert attributes(kind()).keys() == FACTS["models"][kind.__name__].keys()
    assert kind(**dict.fromkeys(hints_of(kind))).as_dict() == {}


@each_model
def test_the_callers_mapping_is_copied(kind: type[Model]) -> None:
    source = wire(kind)
    model: Any = kind(source)
    change_everything(model)
    assert source == wire(kind)
    assert model.as_dict() == wire(kind, 1)


@each_model
def test_an_answer_is_owned_and_not_copied(kind: type[Model]) -> None:
    source = wire(kind)
    model: Any = kind.from_wire(source)
    attributes(model)
    change_everything(model)
    assert kind.from_wire(source).as_dict() == wire(kind, 1)


def test_an_answer_is_decoded_field_by_field() -> None:
    source = {"id": "t", "constraints": {"maxTaskRetryCount": 3}, "creationTime": "not a date"}
    task = models.BatchTask.from_wire(source)
    assert task.id == "t"
    assert type(source["constraints"]) is dict


@each_model
def test_any_mapping_is_taken(kind: type[Model]) -> None:
    assert kind(MappingProxyType(wire(kind))) == kind(OrderedDict(wire(kind))) == filled(kind)


def test_keywords_go_over_the_mapping() -> None:
    info = models.BatchPoolInfo({"poolId": "a", "extra": 1}, pool_id="b")
    assert info.as_dict() == {"poolId": "b", "extra": 1}


@pytest.mark.parametrize("wrong", [(5,), ("abc",), (None,), ([("id", "a")],), ({}, {})])
def test_one_mapping_is_taken(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"takes keywords or one mapping|takes from 1 to 2 positional arguments"):
        models.BatchTask(*wrong)


# -- changing --------------------------------------------------------------------------------------------------------


@each_model
def test_attributes_can_be_set(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind), kind()):
        for name, value in keywords(kind, 1).items():
            setattr(model, name, value)
            assert getattr(model, name) == value
        assert model.as_dict() == wire(kind, 1)


@each_model
def test_attributes_take_wire_values(kind: type[Model]) -> None:
    model: Any = kind()
    for name, found in kind._attr_to_rest_field.items():
        setattr(model, name, wire(kind)[found.wire])
    assert attributes(model) == keywords(kind)
    assert model.as_dict() == wire(kind)


@each_model
def test_attributes_of_nested_models_can_be_set(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        for name, inner in models_in(kind).items():
            for attribute, value in keywords(inner, 1).items():
                setattr(getattr(model, name), attribute, value)
            assert model.as_dict()[kind._attr_to_rest_field[name].wire] == wire(inner, 1)


@each_model
def test_lists_can_be_appended_to(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        for name, item in model_lists_in(kind).items():
            getattr(model, name).append(filled(item, 5))
            getattr(model, name).append(wire(item, 6))
            expected = [*wire(kind)[kind._attr_to_rest_field[name].wire], wire(item, 5), wire(item, 6)]
            assert model.as_dict()[kind._attr_to_rest_field[name].wire] == expected
        assert sent(model) == without_read_only(model.as_dict(), kind)


@each_model
def test_models_in_lists_can_be_changed(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        for name, item in model_lists_in(kind).items():
            for attribute, value in keywords(item, 7).items():
                setattr(getattr(model, name)[1], attribute, value)
            assert model.as_dict()[kind._attr_to_rest_field[name].wire] == [wire(item), wire(item, 7)]


def test_lists_of_texts_and_enums_can_be_appended_to() -> None:
    dependencies = models.BatchTaskDependencies(task_ids=["1"])
    assert dependencies.task_ids is not None
    dependencies.task_ids.append("2")
    assert sent(dependencies) == {"taskIds": ["1", "2"]}
    address = models.BatchPublicIpAddressConfiguration.from_wire({"ipFamilies": ["IPv4", "ipv6", "IPv9", None]})
    assert address.ip_families == [models.IPFamily.IPV4, models.IPFamily.IPV6, "IPv9", None]
    address.ip_families.append(models.IPFamily.IPV6)
    assert sent(address) == {"ipFamilies": ["IPv4", "IPv6", "IPv9", None, "IPv6"]}


@each_model
def test_none_removes_and_leaves_nothing_behind(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        attributes(model)
        for name in hints_of(kind):
            setattr(model, name, None)
            assert getattr(model, name) is None
        assert model.as_dict() == {}
        assert to_json(model) == b"{}"


@each_model
def test_deleting_an_attribute_removes_it(kind: type[Model]) -> None:
    model = filled(kind)
    for name in hints_of(kind):
        delattr(model, name)
    assert model == {}


@each_model
def test_null_is_sent(kind: type[Model]) -> None:
    nulls: dict[str, Any] = dict.fromkeys(hints_of(kind), NULL)
    by_keyword: Any = kind(**nulls)
    by_attribute = filled(kind)
    for name in hints_of(kind):
        setattr(by_attribute, name, NULL)
    expected = {one.wire: None for one in kind._attr_to_rest_field.values()}
    for model in (by_keyword, by_attribute, copy.deepcopy(by_keyword), pickle.loads(pickle.dumps(by_keyword))):
        assert set(attributes(model).values()) <= {None}
        assert model.as_dict() == expected
        assert sent(model) == without_read_only(expected, kind)


@each_model
def test_reading_changes_nothing_that_is_sent(kind: type[Model]) -> None:
    model = received(kind)
    before = to_json(model)
    repr(model), attributes(model), dict(model), model.as_dict(), list(model.values())
    assert to_json(model) == before


# -- copies ----------------------------------------------------------------------------------------------------------


@each_model
def test_copies_are_equal(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        for how, copied in COPIES.items():
            twin = copied(model)
            assert type(twin) is kind, how
            assert twin == model, how
            assert attributes(twin) == keywords(kind), how
            assert twin.as_dict() == wire(kind), how


@each_model
def test_setting_attributes_of_a_copy_leaves_the_original(kind: type[Model]) -> None:
    for how, copied in COPIES.items():
        model = filled(kind)
        twin = copied(model)
        for name, value in keywords(kind, 1).items():
            setattr(twin, name, value)
        assert twin.as_dict() == wire(kind, 1), how
        assert model.as_dict() == wire(kind), how


@each_model
def test_deep_copies_share_nothing(kind: type[Model]) -> None:
    for how in DEEP_COPIES:
        for model in (filled(kind), received(kind)):
            change_everything(COPIES[how](model))
            assert model.as_dict() == wire(kind), how
            twin = COPIES[how](model)
            change_everything(model)
            assert twin.as_dict() == wire(kind), how


@each_model
def test_unknown_keys_are_kept(kind: type[Model]) -> None:
    added = {"addedLater": {"a": [1, None]}, "state2": "new"}
    for how in COPIES.keys() - {"its keywords"}:
        for model in (kind({**wire(kind), **added}), kind.from_wire({**wire(kind), **added})):
            twin = COPIES[how](model)
            assert twin["addedLater"] == {"a": [1, None]}, how
            assert twin.as_dict() == {**wire(kind), **added}, how
            assert sent(twin) == {**without_read_only(wire(kind), kind), **added}, how


class OwnTask(models.BatchTask):
    """A class of a program's own."""

    def first_word(self) -> str:
        return (self.command_line or "").split()[0]


@each_copy
def test_classes_derived_from_models_stay_what_they_are(how: str) -> None:
    task = COPIES[how](OwnTask({"commandLine": "echo hi"}))
    assert type(task) is OwnTask
    assert task.first_word() == "echo"
    assert task == models.BatchTask({"commandLine": "echo hi"})


# -- equality --------------------------------------------------------------------------------------------------------


@each_model
def test_equality(kind: type[Model]) -> None:
    model = filled(kind)
    assert model == filled(kind)
    assert model == received(kind)
    assert model == wire(kind)
    assert wire(kind) == model
    assert model == dict(model)
    assert model == MappingProxyType(wire(kind))
    assert model == {one.wire: keywords(kind)[name] for name, one in kind._attr_to_rest_field.items()}
    assert model != {**wire(kind), "addedLater": 1}
    assert (model == filled(kind, 1)) == (wire(kind) == wire(kind, 1))
    assert model not in (None, 5, "text", kind)
    assert model != {name: object() for name in wire(kind)}


def test_equality_follows_changes() -> None:
    one, other = filled(models.BatchTask), filled(models.BatchTask)
    one.constraints.max_task_retry_count = 77
    assert one != other
    other["constraints"]["maxTaskRetryCount"] = 77
    assert one == other


def test_models_are_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(models.BatchTask())


# -- what is sent ----------------------------------------------------------------------------------------------------


@each_model
def test_read_only_fields_are_not_sent(kind: type[Model]) -> None:
    expected = without_read_only(wire(kind), kind)
    for model in (filled(kind), received(kind)):
        assert model.as_dict(exclude_readonly=True) == expected
        assert sent(model) == expected
        attributes(model)
        assert model.as_dict(exclude_readonly=True) == expected
        assert sent({"inside": [model]}) == {"inside": [expected]}
        assert model.as_dict() == wire(kind)


@each_model
def test_what_the_service_requires_is_known(kind: type[Model]) -> None:
    facts = FACTS["models"][kind.__name__]
    required = [name for name, fact in facts.items() if fact.get("required") and not fact.get("read_only")]
    assert missing_required(kind()) == required
    assert missing_required(filled(kind)) == []


def test_values_of_python_are_sent_from_plain_dictionaries() -> None:
    body = {
        "moment": datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
        "naive": NAIVE,
        "day": date(2025, 1, 2),
        "time": time(1, 2),
        "duration": timedelta(minutes=90),
        "member": models.DisableBatchJobOption.REQUEUE,
        "null": NULL,
        "bytes": b"abc",
        "model": models.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=1)),
        "deeper": [{"models": (models.BatchPoolInfo(pool_id="p"),)}, iter([1]), MappingProxyType({"a": NULL})],
    }
    assert sent(body) == {
        "moment": "2025-01-02T01:04:05Z",
        "naive": "2025-01-02T00:00:00Z",
        "day": "2025-01-02T00:00:00Z",
        "time": "01:02:00",
        "duration": "PT1H30M",
        "member": "requeue",
        "null": None,
        "bytes": "YWJj",
        "model": {"maxWallClockTime": "PT1S"},
        "deeper": [{"models": [{"poolId": "p"}]}, [1], {"a": None}],
    }


class OwnText(str):
    """Text of a program's own."""


def test_text_of_a_class_of_its_own_stays_text() -> None:
    options = models.BatchPoolUpdateOptions({"displayName": OwnText("abc"), "vmSize": models.OSType.LINUX})
    options["addedLater"] = OwnText("abc")
    assert options.as_dict() == sent(options) == {"displayName": "abc", "vmSize": "linux", "addedLater": "abc"}
    assert (options.display_name, options.vm_size) == ("abc", "linux")


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        to_json({"a": object()})


def test_dictionaries_in_models_are_sent_with_python_values() -> None:
    schedule = models.BatchJobSchedule.from_wire({})
    schedule["schedule"] = {"doNotRunUntil": NAIVE, "recurrenceInterval": timedelta(days=1)}
    schedule["addedLater"] = {"at": NAIVE, "why": models.OSType.LINUX}
    assert schedule.schedule is not None
    assert schedule.schedule.recurrence_interval == timedelta(days=1)
    expected = {
        "schedule": {"doNotRunUntil": "2025-01-02T00:00:00Z", "recurrenceInterval": "P1D"},
        "addedLater": {"at": "2025-01-02T00:00:00Z", "why": "linux"},
    }
    assert sent(schedule) == schedule.as_dict() == expected


def test_dictionaries_appended_to_lists_are_sent_with_python_values() -> None:
    configuration = models.BatchJobScheduleUpdateOptions(metadata=[])
    assert configuration.metadata is not None
    items: list[Any] = configuration.metadata
    items.append({"name": "at", "value": NAIVE})
    assert sent(configuration) == {"metadata": [{"name": "at", "value": "2025-01-02T00:00:00Z"}]}


# -- azure.core.serialization ----------------------------------------------------------------------------------------


@each_model
def test_azure_core_knows_the_models(kind: type[Model]) -> None:
    for model in (filled(kind), received(kind)):
        assert is_generated_model(model)
        assert attribute_list(model) == list(FACTS["models"][kind.__name__])
        assert json.loads(json.dumps([model.as_dict()], cls=AzureJSONEncoder)) == [wire(kind)]


@each_model
def test_as_attribute_dict(kind: type[Model]) -> None:
    model = received(kind)
    assert as_attribute_dict(model) == as_attribute_dict(filled(kind)) == by_attribute_name(wire(kind), kind)
    facts = FACTS["models"][kind.__name__]
    writable = [name for name, fact in facts.items() if not fact.get("read_only")]
    assert list(as_attribute_dict(model, exclude_readonly=True)) == writable


# -- iterables, dictionaries, and models where models are ------------------------------------------------------------


ITERABLES: list[Callable[[Any], Iterable[Any]]] = [list, tuple, iter, lambda items: (one for one in items)]


@each_model
def test_iterables_where_lists_are(kind: type[Model]) -> None:
    for name in lists_in(kind):
        found = kind._attr_to_rest_field[name]
        key, expected = found.wire, wire(kind)[found.wire]
        for items, iterable in product((keywords(kind)[name], expected), ITERABLES):
            given: dict[str, Any] = {name: iterable(items)}
            by_keyword, by_attribute, by_key = kind(**given), kind(), kind()
            setattr(by_attribute, name, iterable(items))
            by_key[key] = iterable(items)
            for model in (by_keyword, by_attribute, by_key, kind({key: iterable(items)})):
                assert getattr(model, name) == keywords(kind)[name]
                assert isinstance(getattr(model, name), list)
                assert model.as_dict() == {key: expected}


@each_model
def test_dictionaries_where_models_are(kind: type[Model]) -> None:
    for name, inner in models_in(kind).items():
        key = kind._attr_to_rest_field[name].wire
        for given in (wire(inner), OrderedDict(wire(inner)), MappingProxyType(wire(inner)), dict(filled(inner))):
            model: Any = kind(**{name: given})
            assert type(getattr(model, name)) is inner
            assert model == kind({key: filled(inner)}) == kind({key: given})
            assert model.as_dict() == {key: wire(inner)}


@each_model
def test_a_model_that_was_given_is_shared(kind: type[Model]) -> None:
    for name, inner in models_in(kind).items():
        given: Any = filled(inner)
        model = kind(**{name: given})
        assert getattr(model, name) is given
        given["addedLater"] = 1
        assert model.as_dict()[kind._attr_to_rest_field[name].wire]["addedLater"] == 1


# -- mistakes --------------------------------------------------------------------------------------------------------


@each_model
def test_wrong_kinds_are_refused_by_name(kind: type[Model]) -> None:
    wrong: dict[str, tuple[list[Any], str]] = {}
    for name in models_in(kind):
        wrong[name] = (["text", 5, [], ["a"]], "expected a .* or a mapping, got (str|int|list)")
    for name in lists_in(kind):
        wrong[name] = (["text", 5, {"a": 1}, b"x", models.BatchPoolInfo()], "expected a list, got ")
    for name in model_lists_in(kind):
        wrong[name][0].append([5])
        wrong[name] = (wrong[name][0], "expected a ")
    for name, hint in hints_of(kind).items():
        if hint in (str, int, float, bool):
            wrong[name] = ([["a"], {"a": 1}, b"a", {1}], f"expected an? {hint.__name__}, got ")
        elif hint is datetime or hint is timedelta:
            wrong[name] = ([5, ["a"]], f"expected a {hint.__name__}, got ")
    for name, (values, message) in wrong.items():
        key = kind._attr_to_rest_field[name].wire
        for value in values:
            for write in (
                lambda name=name, value=value: kind(**{name: value}),
                lambda key=key, value=value: kind({key: value}),
                lambda name=name, value=value: setattr(kind(), name, value),
                lambda key=key, value=value: kind().update({key: value}),
            ):
                with pytest.raises(TypeError, match=rf"^{kind.__name__}\.{name}: {message}"):
                    write()


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"BatchTask\.required_slots: "):
        models.BatchTask({"requiredSlots": "many"})
    with pytest.raises(ValueError, match=r"BatchPool\.enable_auto_scale: expected a bool, got 'maybe'"):
        models.BatchPool({"enableAutoScale": "maybe"})


def test_a_mistake_far_inside_is_named() -> None:
    with pytest.raises(
        TypeError, match=r"BatchTask\.constraints: BatchTaskConstraints\.max_wall_clock_time: expected a"
    ):
        models.BatchTask({"constraints": {"maxWallClockTime": 5}})


@each_model
def test_unknown_names_are_refused_with_the_name_meant(kind: type[Model]) -> None:
    for name, found in kind._attr_to_rest_field.items():
        for wrong in {f"{name}_x", found.wire} - {*hints_of(kind), *dir(Model)}:
            suggestion = f"'{wrong}'" if wrong != found.wire else f"'{wrong}' \\(did you mean '{name}'\\?\\)"
            with pytest.raises(AttributeError, match=f"'{kind.__name__}' object has no attribute {suggestion}"):
                setattr(kind(), wrong, 1)
            with pytest.raises(AttributeError, match=f"has no attribute {suggestion}"):
                delattr(kind(), wrong)
            with pytest.raises(
                TypeError, match=rf"{kind.__name__}\(\) got an unexpected keyword argument {suggestion}"
            ):
                kind({}, **{wrong: 1})
            with pytest.raises(AttributeError, match=wrong):
                getattr(kind(), wrong)


@pytest.mark.parametrize(
    ("wrong", "meant"), [("comand_line", "command_line"), ("commandline", "command_line"), ("idd", "id"), ("xyz", None)]
)
def test_suggestions(wrong: str, meant: Optional[str]) -> None:
    with pytest.raises(AttributeError) as caught:
        setattr(models.BatchTask({}), wrong, 1)
    assert (f"did you mean '{meant}'?" in str(caught.value)) if meant else ("did you mean" not in str(caught.value))


class Tagged(models.BatchJobCreateOptions):
    """A model of a caller's, with attributes of its own."""

    owner: Any = None

    def __init__(self, owner: str, **fields: Any) -> None:
        super().__init__(**fields)
        self.owner = owner
        self._note = "kept here"

    @property
    def pool(self) -> str:
        assert self.pool_info is not None
        return self.pool_info.pool_id or ""

    @pool.setter
    def pool(self, value: str) -> None:
        self.pool_info = models.BatchPoolInfo(pool_id=value)


def test_models_of_callers_have_attributes_that_are_not_sent() -> None:
    tagged = Tagged("me", id="j")
    tagged.pool = "p"
    assert (tagged.owner, tagged._note, tagged.pool) == ("me", "kept here", "p")
    assert tagged.as_dict() == {"id": "j", "poolInfo": {"poolId": "p"}}
    with pytest.raises(AttributeError, match="has no attribute 'ownr'"):
        tagged.ownr = "you"
    with pytest.raises(AttributeError, match="has no attribute 'values'"):
        tagged.__setattr__("values", [])
    for again in (tagged.copy(), copy.copy(tagged), copy.deepcopy(tagged), pickle.loads(pickle.dumps(tagged))):
        assert (again, again.owner, again._note) == (tagged, "me", "kept here")
    with patch.object(tagged, "as_dict", return_value={}):
        assert tagged.as_dict() == {}
    assert tagged.as_dict()["id"] == "j"
