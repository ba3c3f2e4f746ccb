"""The public surface: every name, signature, field and enum member that programs written for this client rely on.

``facts`` has the list to hold, with what API version 2026-10-01 adds: signatures as text, models with their fields,
enums with their members. What this library has beyond the list is named here, so that nothing becomes public by
accident.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pydoc
import re
import subprocess
import sys
import typing
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.serialization import attribute_list

import azure.batch
import azure.batch.aio
import azure.batch.emulator
from azure.batch import models
from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.documents import run_examples
from support.facts import FACTS
from support.pauses import in_virtual_time
from support.resources import pool_options

CLIENTS: dict[str, Any] = {"sync": azure.batch.BatchClient, "async": azure.batch.aio.BatchClient}
ASYNC_NAMES = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
ASYNC_RESULTS = re.compile(r"^(ItemPaged|LROPoller|Iterator|HttpResponse)\b")

EXTRA_KEYWORDS = {"begin_delete_job_schedule": {"force"}, "create_tasks": {"on_exists", "progress_hook"}}
"""Keywords that an operation takes here beyond the list."""

HELPERS = {
    "ensure_job",
    "ensure_no_job",
    "ensure_no_pool",
    "ensure_pool",
    "follow_node_file",
    "follow_task_file",
    "from_environment",
    "iter_completed_tasks",
    "recreate_job",
    "recreate_pool",
    "save_node_files",
    "save_task_files",
    "wait_for_nodes",
    "wait_for_tasks",
}
"""What the clients have beyond the list."""

EXTRA_MODELS = {"SavedFile", "TasksSummary"}
"""What ``models`` has beyond the list."""

FILES = {"sync": azure.batch.FileDownload, "async": azure.batch.aio.FileDownload}
"""What downloads give: more than the iterators of the list."""

EXPLAINED_ON_THE_CLIENT = frozenset(
    {
        "self",
        "kwargs",
        "service_timeout",
        "ocp_date",
        "if_modified_since",
        "if_unmodified_since",
        "etag",
        "match_condition",
    }
)

each_client = pytest.mark.parametrize("colour", CLIENTS)
each_member = pytest.mark.parametrize("name", FACTS["client"])
each_model = pytest.mark.parametrize("name", FACTS["models"])
each_enum = pytest.mark.parametrize("name", FACTS["enums"])
OPERATIONS = [name for name in FACTS["client"] if not name.startswith("__")]
each_operation = pytest.mark.parametrize("name", OPERATIONS)


def member(colour: str, name: str) -> Any:
    return getattr(CLIENTS[colour], ASYNC_NAMES.get(name, name) if colour == "async" else name)


def result_of(colour: str, name: str) -> str:
    """What an operation of this client gives, as the list names it."""
    if name.startswith("download_"):
        return FILES[colour].__name__
    text: str = FACTS["client"][name][1]
    return ASYNC_RESULTS.sub(r"Async\1", text) if colour == "async" else text


def unqualified(annotation: Any) -> str:
    """An annotation as text without the modules' names."""
    text = annotation.__name__ if isinstance(annotation, type) and "[" not in repr(annotation) else repr(annotation)
    return re.sub(r"[\w.]+\.(\w+)", r"\1", text).replace("NoneType", "None")


# -- clients ----------------------------------------------------------------------------------------------------------


@each_client
@each_member
def test_members_have_the_signatures_of_the_list(colour: str, name: str) -> None:
    signature = inspect.signature(member(colour, name))
    itself, *parameters = signature.parameters.values()
    extra = [one for one in parameters if one.name in EXTRA_KEYWORDS.get(name, ())]
    assert all(one.kind is one.KEYWORD_ONLY and one.default in (None, "error") for one in extra)
    shown = [one.replace(annotation=one.empty) for one in parameters if one not in extra]
    assert itself.name == "self"
    assert str(inspect.Signature(shown)) == FACTS["client"][name][0]


@each_client
@each_member
def test_members_are_coroutine_functions_exactly_if_they_must_be_awaited(colour: str, name: str) -> None:
    awaited = colour == "async" and name != "__init__" and not name.startswith("list_")
    assert inspect.iscoroutinefunction(member(colour, name)) is awaited
    assert not inspect.isasyncgenfunction(member(colour, name))


@each_client
@each_operation
def test_type_hints_can_be_evaluated(colour: str, name: str) -> None:
    hints = typing.get_type_hints(member(colour, name))
    assert unqualified(hints.pop("return")) == result_of(colour, name)
    named = set(inspect.signature(member(colour, name)).parameters) - {"self"}
    assert set(hints) == named


@each_client
@pytest.mark.parametrize("name", ["download_task_file", "download_node_file"])
def test_downloads_are_iterators_of_bytes(colour: str, name: str) -> None:
    found = typing.get_type_hints(member(colour, name))["return"]
    assert found is FILES[colour]
    iterator = {"sync": Iterator, "async": AsyncIterator}[colour]
    assert FACTS["client"][name][1] == "Iterator[bytes]"
    assert issubclass(found, iterator)


@each_client
@each_operation
def test_help_shows_the_real_keywords(colour: str, name: str) -> None:
    function = member(colour, name)
    page = pydoc.plain(pydoc.render_doc(function))
    keywords = [one for one in inspect.signature(function).parameters.values() if one.kind is one.KEYWORD_ONLY]
    assert all(re.search(rf"\b{one.name}: .*= ", page) for one in keywords)
    assert "*args" not in page
    assert function.__name__ == name
    written_out = name == "create_tasks"  # by a mixin a colour; its spans have the client's name
    assert function.__qualname__ == f"BatchClient.{name}" or written_out


@each_client
@pytest.mark.parametrize("name", sorted(HELPERS - {"from_environment"}))
def test_helpers_are_functions_like_operations(colour: str, name: str) -> None:
    helper = member(colour, name)
    iterates = name.startswith(("iter_", "follow_"))
    assert inspect.iscoroutinefunction(helper) is (colour == "async" and not iterates)
    hints = typing.get_type_hints(helper)
    wanted = ("AsyncIterator[" if colour == "async" else "Iterator[") if iterates else ""
    assert unqualified(hints.pop("return")).startswith(wanted)
    parameters = dict(inspect.signature(helper).parameters)
    assert set(hints) - {"self"} == set(parameters) - {"self"}
    assert helper.__qualname__ == f"BatchClient.{name}"
    text = inspect.getdoc(helper) or ""
    explained = set(re.findall(r"^:(?:param|keyword) (\w+):", text, re.MULTILINE))
    assert set(parameters) - EXPLAINED_ON_THE_CLIENT == explained
    assert "::\n\n    " in text  # an example


WITH_EXAMPLES = sorted(HELPERS | {"create_tasks", "download_node_file", "download_task_file"})


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_example_of_a_helper_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each runs in an account with a pool and a job in which one task has completed."""
    monkeypatch.chdir(tmp_path)
    outcome = Outcome(stdout="out\n", files={"frame.png": b"png"})
    with BatchEmulator(simulate=outcome, delays=Delays.none()) as emulator, emulator.client() as client:
        for variable in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY"):
            monkeypatch.setenv(f"AZURE_BATCH_{variable}", getattr(emulator, variable.lower().replace("access_", "")))
        pool = pool_options("render-pool", start_task=models.BatchStartTask(command_line="prepare"))
        job = models.BatchJobCreateOptions(id="render", pool_info=models.BatchPoolInfo(pool_id="render-pool"))
        client.create_pool(pool)
        emulator.advance(60)
        node = next(iter(client.list_nodes("render-pool")))
        if name == "wait_for_nodes":
            client.ensure_no_pool("render-pool")
        else:
            client.create_job(job)
            client.create_task("render", {"id": "frame-7", "commandLine": "render"})
            emulator.advance(60)
        space = {
            "BatchClient": azure.batch.BatchClient,
            "Optional": typing.Optional,
            "ResourceDiffersError": azure.batch.ResourceDiffersError,
            "client": client,
            "job": job,
            "node": node,
            "pool": pool,
            "sys": sys,
            "tasks": [{"id": "1", "commandLine": "true"}],
        }
        in_virtual_time(monkeypatch, emulator)
        assert run_examples(getattr(azure.batch.BatchClient, name), space) == 1


@each_client
def test_no_declaration_is_left_on_a_client(colour: str) -> None:
    client = CLIENTS[colour]
    public = {name for name in dir(client) if not name.startswith("_")}
    assert public == {*OPERATIONS, *HELPERS}
    kinds = {name: type(inspect.getattr_static(client, name)) for name in public}
    assert {name for name, kind in kinds.items() if kind is not FunctionType} == {"from_environment"}
    assert kinds["from_environment"] is classmethod


@each_client
def test_bound_operations_show_their_signature_without_self(colour: str) -> None:
    client = CLIENTS[colour]("https://account.region.batch.azure.com", AzureNamedKeyCredential("account", "a2V5"))
    assert list(inspect.signature(client.get_pool).parameters)[:2] == ["pool_id", "service_timeout"]


@each_client
@each_operation
def test_operations_explain_their_own_parameters(colour: str, name: str) -> None:
    text = inspect.getdoc(member(colour, name)) or ""
    summary = text.partition("\n\n")[0]
    assert summary.endswith(".")
    assert "\n" not in summary
    explained = set(re.findall(r"^:(?:param|keyword) (\w+):", text, re.MULTILINE))
    assert set(inspect.signature(member(colour, name)).parameters) - EXPLAINED_ON_THE_CLIENT <= explained


# -- names ------------------------------------------------------------------------------------------------------------


def public_names(module: ModuleType) -> set[str]:
    for name in module.__all__:
        getattr(module, name)  # some are imported when they are asked for
    return {name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value)}


@pytest.mark.parametrize("module", [azure.batch, azure.batch.aio, models], ids=lambda module: module.__name__)
def test_all_is_the_public_surface(module: ModuleType) -> None:
    names: list[str] = module.__all__
    assert set(names) - {"__version__"} == public_names(module)
    assert len(names) == len(set(names))
    assert set(FACTS["public"][module.__name__]) <= set(names)


def test_models_has_every_model_and_enum() -> None:
    listed = set(FACTS["public"]["azure.batch.models"]) | set(FACTS["models"]) | set(FACTS["enums"])
    assert set(models.__all__) == listed | EXTRA_MODELS


@pytest.mark.parametrize(("module", "kind"), [("_models", "models"), ("_enums", "enums")])
def test_private_modules_that_published_code_imports_from_hold_their_classes(module: str, kind: str) -> None:
    found = importlib.import_module(f"azure.batch.models.{module}")
    assert getattr(models, module) is found
    assert all(getattr(found, name) is getattr(models, name) for name in FACTS[kind])


# -- models -----------------------------------------------------------------------------------------------------------


@each_model
def test_models_have_the_fields_of_the_list(name: str) -> None:
    model = getattr(models, name)
    facts = FACTS["models"][name]
    assert attribute_list(model()) == list(facts)
    fields = model._attr_to_rest_field  # what azure.core.serialization reads
    assert {one: found._rest_name for one, found in fields.items()} == {one: facts[one]["wire"] for one in facts}
    assert {one for one, found in fields.items() if found.required} == flagged(facts, "required")
    assert {one for one, found in fields.items() if found._visibility == ["read"]} == flagged(facts, "read_only")


@each_model
def test_fields_have_the_types_of_the_list(name: str) -> None:
    types = {one: fact["type"] for one, fact in FACTS["models"][name].items()}
    assert getattr(models, name).__annotations__ == types
    hints = typing.get_type_hints(getattr(models, name))
    assert all("ForwardRef" not in repr(hints[one]) for one in types)


@each_model
def test_fields_are_encoded_and_decoded_as_their_types_say(name: str) -> None:
    for field, fact in FACTS["models"][name].items():
        value, wire = sample(fact["type"], as_text=fact.get("text", False))
        assert getattr(models, name)(**{field: value}).as_dict() == {fact["wire"]: wire}
        read = getattr(getattr(models, name)({fact["wire"]: wire}), field)
        assert (field, read, type(read)) == (field, value, type(value))


def flagged(facts: dict[str, Any], flag: str) -> set[str]:
    return {name for name, fact in facts.items() if fact.get(flag)}


SAMPLES: dict[str, tuple[Any, Any]] = {
    "str": ("text", "text"),
    "int": (7, 7),
    "bool": (True, True),
    "float": (0.5, 0.5),
    "datetime": (datetime(2025, 6, 1, 12, 30, tzinfo=timezone.utc), "2025-06-01T12:30:00Z"),
    "timedelta": (timedelta(hours=1, minutes=30), "PT1H30M"),
    "Any": ({"key": "value"}, {"key": "value"}),
}


def sample(annotation: str, *, as_text: bool) -> tuple[Any, Any]:
    """A value of an annotated type, and the JSON that it is sent as."""
    outer, _, inner = annotation.partition("[")
    inner = inner[:-1]
    if outer == "Optional":
        return sample(inner, as_text=as_text)
    if outer in ("list", "List"):
        value, wire = sample(inner, as_text=as_text)
        return [value], [wire]
    if outer in ("dict", "Dict"):
        value, wire = sample(inner.partition(", ")[2], as_text=as_text)
        return {"key": value}, {"key": wire}
    if outer == "Union":
        first: Enum = next(iter(getattr(models, inner.partition(", ")[2])))
        return first, first.value
    if outer in FACTS["models"]:
        return getattr(models, outer)({"unknown": 1}), {"unknown": 1}
    value, wire = SAMPLES[outer]
    return value, str(wire) if as_text else wire


# -- enums ------------------------------------------------------------------------------------------------------------


@each_enum
def test_enums_have_the_members_of_the_list(name: str) -> None:
    kind: type[Enum] = getattr(models, name)
    assert {one.name: one.value for one in kind} == FACTS["enums"][name]
    assert all(isinstance(one, str) and one == one.value for one in kind)


@each_enum
def test_enum_members_are_found_in_any_case(name: str) -> None:
    kind: Any = getattr(models, name)
    for one in FACTS["enums"][name]:
        assert kind[one.lower()] is getattr(kind, one.capitalize()) is getattr(kind, one) is kind[one]


def test_published_spellings_of_enum_members_work() -> None:
    protocol: Any = models.InboundEndpointProtocol
    assert protocol.Tcp is protocol["tcp"] is models.InboundEndpointProtocol.TCP


# -- import -----------------------------------------------------------------------------------------------------------


def test_import_loads_only_what_the_client_needs() -> None:
    """Compared with azure-core's own client in the same process, which may load more than we do."""
    program = (
        "import sys, azure.core, azure.core.rest, azure.core.pipeline.policies; before = set(sys.modules); "
        "import azure.batch; print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    unwanted = r"(azure\.batch\.(models|emulator|aio)|azure\.identity|asyncio|aiohttp|requests|sqlite3|isodate)\b"
    assert [module for module in out.split() if re.match(unwanted, module)] == []
    assert "azure.batch._client" in out.split()


def test_models_are_loaded_when_they_are_asked_for() -> None:
    program = (
        "import sys, azure.batch; assert 'azure.batch.models' not in sys.modules; "
        "from azure.batch.models import BatchPool; print(BatchPool.__name__)"
    )
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "BatchPool"


# -- documentation ----------------------------------------------------------------------------------------------------


def undocumented(path: Path) -> Iterator[str]:
    """Public classes, and their public fields and members, that say nothing about themselves."""
    for top in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(top, ast.ClassDef) and not top.name.startswith("_"):
            if not ast.get_docstring(top):
                yield top.name
            for before, after in zip(top.body, [*top.body[1:], None]):
                for name in fields_of(before):
                    if not (
                        isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
                    ):
                        yield f"{top.name}.{name}"


def fields_of(statement: ast.stmt) -> list[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    return [one.id for one in targets if isinstance(one, ast.Name) and not one.id.startswith("_")]


MODEL_FILES = sorted(Path(str(models.__file__)).parent.glob("*.py"))


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_models_enums_and_their_fields_are_documented(path: Path) -> None:
    assert list(undocumented(path)) == []


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_a_field_is_told_of_in_one_sentence_or_two(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for kind in (one for one in tree.body if isinstance(one, ast.ClassDef)):
        for before, said in zip(kind.body, kind.body[1:]):
            if isinstance(before, (ast.Assign, ast.AnnAssign)) and isinstance(said, ast.Expr):
                assert isinstance(said.value, ast.Constant)
                text = re.sub(r"``.*?``", "x", " ".join(str(said.value.value).split()))
                assert len(re.findall(r"[.!?](?=\s+[A-Zx]|$)", text)) <= 2, f"{kind.name}: {text}"


@pytest.mark.parametrize(
    "module", [azure.batch, azure.batch.aio, azure.batch.emulator, models], ids=lambda module: module.__name__
)
def test_public_classes_and_functions_are_documented(module: ModuleType) -> None:
    assert module.__doc__
    silent = []
    for name in set(module.__all__) - {"__version__"}:
        public = getattr(module, name)
        if not vars(public).get("__doc__") or "TODO" in public.__doc__:
            silent.append(name)
        if module is not models:  # a model's methods are those of a mapping
            silent += [f"{name}.{one}" for one in silent_functions(public)]
    assert silent == []


def silent_functions(public: type) -> list[str]:
    """Public methods and properties of a class, inherited ones of ours included, without a docstring."""
    return [
        name
        for owner in public.__mro__
        if owner.__module__.startswith("azure.batch")
        for name, value in vars(owner).items()
        if not name.startswith("_")
        and (inspect.isroutine(value) or isinstance(value, property))
        and not inspect.getdoc(value)
    ]


def test_the_identity_of_a_pool_is_read_only() -> None:
    """It is given through Azure Resource Manager; the service takes none when a pool is made here."""
    assert "identity" not in models.BatchPoolCreateOptions._attr_to_rest_field
    assert models.BatchPool._attr_to_rest_field["identity"].readonly
    with pytest.raises(TypeError, match="identity"):
        models.BatchPoolCreateOptions(id="p", vm_size="x", identity={})
