"""Names of earlier versions: none is forgotten, each leads to a name that exists, and errors say so.

``facts/earlier-names.json`` lists what azure-batch 14 and the betas of 15 had: classes with the wire names of their
fields, enums, operations with verb and path. What a name is called today is checked against these, not only that it is
called something.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from enum import Enum
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

import azure.batch
import azure.batch.aio
from azure.batch import BatchClient, models
from azure.batch._pipeline import CALL_OPTIONS
from azure.batch._renamed import Earlier, explain, names
from support.calls import arguments, sent
from support.clients import memory_client
from support.memory import Answer
from support.waiting import PATIENCE

FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "facts" / "earlier-names.json").read_text())
WIRE: dict[str, dict[str, str]] = {
    name: {one: described["wire"] for one, described in fields.items()}
    for name, fields in json.loads((Path(__file__).parent / "facts" / "api-2025-06-01.json").read_text())[
        "models"
    ].items()
}
ROWS = names()
VERSIONS = ("14", "15 beta")
ENUMS = ("BatchNodeState.", "StorageAccountType.")
"""Enums of which the table has members."""

each_colour = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
each_version = pytest.mark.parametrize("version", VERSIONS)
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


def had(kind: str) -> list[Any]:
    """Cases of one kind of name, by version and name."""
    return [
        pytest.param(version, name, facts, id=f"{version}-{name}")
        for version in VERSIONS
        for name, facts in FACTS[version][kind].items()
    ]


def today_of(name: str) -> str:
    """The class that an earlier one has become; empty if there is none among the models."""
    if hasattr(models, name):
        return name
    today = ROWS[name].today
    return today if hasattr(models, today or "-") else ""


def exists(path: str) -> bool:
    """Whether a dotted path leads to something."""
    module, _, name = path.rpartition(".")
    return hasattr(importlib.import_module(module), name)


def keywords() -> Iterator[str]:
    for name in ("__init__", *(one for one in dir(BatchClient) if not one.startswith("_"))):
        yield from inspect.signature(getattr(BatchClient, name)).parameters
    yield from CALL_OPTIONS


# -- the table --------------------------------------------------------------------------------------------------------


@each_row
def test_every_entry_leads_somewhere(row: Earlier) -> None:
    if not row.today:
        assert row.remark
    elif row.today.startswith("azure."):
        assert exists(row.today)
    elif row.kind == "model":
        assert hasattr(models, row.today)
    elif row.kind == "keyword":
        assert row.today.rstrip("=") in set(keywords())
    elif row.kind == "client":
        assert callable(getattr(BatchClient, row.today))
        assert callable(getattr(azure.batch.aio.BatchClient, row.today))
    else:
        owner, old = row.old.split(".")
        today = row.today.split(".")[0]
        owners = [getattr(models, owner)] if owner else [getattr(models, name) for name in WIRE if today in WIRE[name]]
        assert owners
        for one in owners:
            assert hasattr(one, today)
            assert old not in (one.__members__ if issubclass(one, Enum) else WIRE[one.__name__])


@each_row
def test_no_entry_is_about_a_name_of_today(row: Earlier) -> None:
    if row.kind == "model":
        assert not hasattr(models, row.old)
    elif row.kind == "client":
        assert not hasattr(BatchClient, row.old)
    elif row.kind == "path":
        assert not exists("azure.batch." + row.old.removeprefix("azure.batch.").split(".")[0])


@each_row
def test_what_a_remark_names_exists(row: Earlier) -> None:
    for word in re.findall(r"\b(?:Batch\w+|VirtualMachineConfiguration|\w+_options\b)", row.remark):
        assert hasattr(models, word) or hasattr(azure.batch, word), word
    for word in re.findall(r"\b(?:client\.\w+|get_\w+|create_\w+|replace_\w+)", row.remark):
        assert hasattr(BatchClient, word.removeprefix("client.")), word


# -- nothing is forgotten ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "name", "fields"), had("models"))
def test_every_class_is_known(version: str, name: str, fields: dict[str, str]) -> None:
    assert hasattr(models, name) or version in ROWS[name].versions


@pytest.mark.parametrize(("version", "name", "members"), had("enums"))
def test_every_enum_is_known_and_so_are_its_members(version: str, name: str, members: dict[str, str]) -> None:
    assert hasattr(models, name) or version in ROWS[name].versions
    if not today_of(name):
        return
    today = getattr(models, today_of(name))
    for member, value in members.items():
        row = ROWS.get(f"{today.__name__}.{member}")
        assert row is None or version in row.versions
        assert str(today[row.today if row else member].value).lower() == value.lower()


@pytest.mark.parametrize(("version", "name", "fields"), had("models"))
def test_every_field_is_known(version: str, name: str, fields: dict[str, str]) -> None:
    today = today_of(name)
    for field, wire in fields.items() if today in WIRE else ():
        row = ROWS.get(f"{today}.{field}") or ROWS.get(f".{field}")
        if field in WIRE[today]:
            assert WIRE[today][field] == wire
        else:
            assert row is not None, f"{today}.{field}"
            assert version in row.versions
            if row.today and "." not in row.today:
                assert WIRE[today][row.today] == wire
            elif not row.today:
                assert wire not in WIRE[today].values()


@pytest.mark.parametrize(("version", "name", "call"), had("client"))
def test_every_operation_is_known(version: str, name: str, call: str) -> None:
    assert hasattr(BatchClient, name) or version in ROWS[name].versions
    assert hasattr(azure.batch.aio.BatchClient, name) == hasattr(BatchClient, name)


@each_version
def test_every_path_is_known(version: str) -> None:
    for path in FACTS[version]["package"]:
        module, _, name = path.rpartition(".")
        there = path in sys.modules or (module in sys.modules and hasattr(sys.modules[module], name))
        assert there or explain(path), path


@each_colour
@pytest.mark.parametrize(("version", "name", "call"), had("client"))
async def test_an_operation_sends_what_it_did(asynchronous: bool, version: str, name: str, call: str) -> None:
    today = name if hasattr(BatchClient, name) else ROWS[name].today
    if call and today:
        recorder = await sent(asynchronous, today, *arguments(today))
        assert f"{recorder.request.method} {recorder.path}" == re.sub(r"\{(\w+)\}", snake, call)


def snake(name: re.Match[str]) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name[1])


# -- errors -----------------------------------------------------------------------------------------------------------


def test_importing_an_earlier_name_says_what_it_is_called() -> None:
    with pytest.raises(
        ImportError, match=r"'CloudPool' from 'azure.batch.models': .* azure\.batch\.models\.BatchPool$"
    ):
        exec("from azure.batch.models import BatchJob, CloudPool")
    with pytest.raises(ImportError, match=r"'BatchServiceClient' .* azure\.batch\.BatchClient$"):
        exec("from azure.batch import BatchServiceClient")


def test_an_import_error_tells_from_where() -> None:
    with pytest.raises(ImportError) as caught:
        exec("from azure.batch.models import BatchTaskCreateContent")
    assert caught.value.name == "azure.batch.models"
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_reading_an_earlier_name_says_what_it_is_called() -> None:
    with pytest.raises(
        AttributeError, match=r"'azure.batch.models' .* 'CloudPool': .* azure\.batch\.models\.BatchPool$"
    ):
        attrgetter("CloudPool")(models)
    with pytest.raises(AttributeError, match=r"'azure.batch' .* azure\.batch\.BatchClient$"):
        attrgetter("BatchServiceClient")(azure.batch)
    assert not hasattr(models, "CloudPool")
    assert getattr(azure.batch, "BatchServiceClient", None) is None


@pytest.mark.parametrize(
    "statement",
    [
        "import azure.batch.batch_auth",
        "from azure.batch import batch_auth",
        "from azure.batch.batch_auth import SharedKeyCredentials",
        "import azure.batch.batch_auth as auth",
    ],
)
def test_an_earlier_module_says_where_its_names_are(statement: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"SharedKeyCredentials is now azure\.core\.credentials\.\w+"):
        exec(statement)


@pytest.mark.parametrize("module", ["operations", "custom", "batch_service_client"])
def test_every_earlier_module_is_explained(module: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"azure-batch (6|14) had it"):
        importlib.import_module(f"azure.batch.{module}")


def test_other_names_fail_as_they_do_anywhere() -> None:
    with pytest.raises(
        ImportError, match=r"^cannot import name 'Nonsense' from 'azure.batch.models' \(.*__init__.py\)$"
    ):
        exec("from azure.batch.models import Nonsense")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'azure.batch.nonsense'$") as caught:
        importlib.import_module("azure.batch.nonsense")
    assert caught.value.name == "azure.batch.nonsense"
    with pytest.raises(AttributeError, match=r"^module 'azure.batch.models' has no attribute 'Nonsense'$"):
        attrgetter("Nonsense")(models)
    assert importlib.util.find_spec("azure.batch.nonsense") is None
    assert importlib.util.find_spec("nonsense") is None


@each_colour
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pool", r"client\.pool\.add is now client\.create_pool, .*client\.pool\.remove_nodes is now"),
        ("task", r"client\.task\.add_collection is now client\.create_tasks"),
        ("file", r"client\.file\.get_from_task is now client\.download_task_file"),
        ("certificate", r"has no successor \(the service no longer has certificates"),
        ("delete_pool", r"15 beta had it; client\.delete_pool is now client\.begin_delete_pool$"),
        ("list_sub_tasks", r"client\.list_subtasks$"),
        ("config", r"retry_total"),
        ("nonsense", r"^'BatchClient' object has no attribute 'nonsense'$"),
    ],
)
async def test_a_client_says_what_an_operation_is_called(asynchronous: bool, name: str, text: str) -> None:
    async with memory_client(lambda _: Answer(), asynchronous) as client:
        with pytest.raises(AttributeError, match=text):
            getattr(client, name)
        assert not hasattr(client, name)


@each_colour
@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("maxresults", r"'maxresults': .* is now max_results=$"),
        ("pool_list_options", r"keywords of client\.list_pools"),
        ("nonsense", r"'nonsense'$"),
    ],
)
async def test_a_client_says_what_a_keyword_is_called(asynchronous: bool, keyword: str, text: str) -> None:
    async with memory_client(lambda _: Answer(), asynchronous) as client:
        with pytest.raises(TypeError, match=text):
            client.list_pools(**{keyword: 1})


@each_colour
async def test_clients_are_copied_and_refuse_pickle_as_before(asynchronous: bool) -> None:
    async with memory_client(lambda _: Answer(), asynchronous) as client:
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(client)
        with pytest.raises(TypeError, match="cannot be pickled"):
            copy.copy(client)
        assert not hasattr(client, "__wrapped__")
        empty = object.__new__(BatchClient)
        assert not hasattr(empty, "_client")


FIELDS = [row for row in ROWS.values() if row.kind == "field" and not row.old.startswith(ENUMS)]
each_field = pytest.mark.parametrize("row", FIELDS, ids=[row.old for row in FIELDS])


def models_with(row: Earlier) -> list[Any]:
    """The models that an entry about a field is for."""
    owner, today = row.old.partition(".")[0], row.today.partition(".")[0]
    names = [owner] if owner else [name for name in WIRE if not today or today in WIRE[name]]
    return [getattr(models, name) for name in names]


@each_field
def test_a_model_says_what_a_field_is_called(row: Earlier) -> None:
    name = row.old.partition(".")[2]
    text = re.escape(row.today or row.remark)
    for model in models_with(row):
        with pytest.raises(TypeError, match=f"'{name}'.*{text}"):
            model(**{name: 1})
        with pytest.raises(AttributeError, match=f"'{name}'.*{text}"):
            setattr(model(), name, 1)
        if not hasattr(MutableMapping, name):  # "values" is there
            with pytest.raises(AttributeError, match=f"'{name}'.*{text}"):
                getattr(model(), name)


def test_a_model_is_not_told_of_a_field_that_others_have() -> None:
    with pytest.raises(AttributeError, match=r"^'BatchTaskConstraints' object has no attribute 'e_tag'$"):
        attrgetter("e_tag")(models.BatchTaskConstraints())


def test_models_can_still_be_asked_for_what_they_lack() -> None:
    task = models.BatchTask({"id": "t"})
    assert not hasattr(task, "stats")
    assert getattr(task, "exit_code", None) is None
    assert copy.deepcopy(task) == copy.copy(task) == pickle.loads(pickle.dumps(task)) == task
    with pytest.raises(AttributeError, match="_data"):
        attrgetter("id")(object.__new__(models.BatchTask))


def test_fields_are_explained_for_one_class_or_for_all() -> None:
    assert explain("BatchJob.stats", ".stats").endswith("BatchJob.stats is now BatchJob.job_statistics")
    assert explain("BatchPool.e_tag", ".e_tag").endswith(".e_tag is now .etag")
    assert "Key Vault" in explain("BatchPool.certificate_references", ".certificate_references")
    assert explain("BatchPool.nonsense", ".nonsense") == ""


def test_the_table_is_loaded_only_for_a_missing_name() -> None:
    program = """
import copy, pickle, sys
from azure.core.credentials import AzureNamedKeyCredential
import azure.batch.aio
from azure.batch import models
client = azure.batch.BatchClient("https://a.b.batch.azure.com", AzureNamedKeyCredential("a", "a2V5"))
client.get_pool, models.BatchPool
hasattr(client, "__wrapped__"), hasattr(models, "__wrapped__"), hasattr(client, "_nonsense")
pool = models.BatchPool({"id": "p", "state": "active"})
pool.vm_size, copy.deepcopy(pool), pickle.loads(pickle.dumps(pool)), repr(pool), pool.as_dict()
hasattr(pool, "_nonsense"), hasattr(pool, "__wrapped__")
assert "azure.batch._renamed" not in sys.modules
hasattr(models, "CloudPool")
assert "azure.batch._renamed" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)
