"""Secrets in models are starred out wherever a model is printed, and nowhere else."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from azure.batch import models
from azure.batch._model import Model
from model_examples import ALL, each_model, filled, model_lists_in, models_in, received, wire

SECRETS = {"password", "account_key", "sas_key", "ssh_private_key", "protected_settings"}
SECRET_MODELS = [
    (kind, name) for kind in ALL for name in kind._attr_to_rest_field if name in SECRETS or "secret" in name.lower()
]
SIGNED = "https://account.blob.core.windows.net/c/b.txt?sv=2024-01-01&sig=aB%2Bc%3D&se=2025"
STARRED = "https://account.blob.core.windows.net/c/b.txt?sv=2024-01-01&sig=***&se=2025"


def secrets_of(value: Any, kind: type[Model]) -> list[str]:
    """The secret texts in the JSON of a model, at any depth."""
    found: list[str] = []
    inner = {**models_in(kind), **model_lists_in(kind)}
    for name, field in kind._attr_to_rest_field.items():
        one = value[field.wire]
        if name in SECRETS:
            found += [*one, *one.values()] if isinstance(one, dict) else [one]
        elif name in inner:
            for each in one if isinstance(one, list) else [one]:
                found += secrets_of(each, inner[name])
    return found


def prints(model: Any) -> list[str]:
    return [repr(model), str(model), f"{model} {model!r}", str([model]), str({"a": model}), str((model,))]


@each_model
def test_no_secret_is_printed(kind: type[Model]) -> None:
    secrets = [one for one in secrets_of(wire(kind), kind) if one != "value"]
    for model in (filled(kind), received(kind), kind(wire(kind)), pickle.loads(pickle.dumps(filled(kind)))):
        for text in prints(model):
            assert not [one for one in secrets if one in text]
            assert ("***" in text) == bool(secrets)
        assert model.as_dict() == wire(kind)


@each_model
def test_what_is_no_secret_is_printed(kind: type[Model]) -> None:
    text = repr(filled(kind))
    assert text.startswith(f"{kind.__name__}({{")
    secret = {found.wire for name, found in kind._attr_to_rest_field.items() if name in SECRETS}
    for key, value in wire(kind).items():
        assert repr(key) in text
        if isinstance(value, (str, int)) and key not in secret:
            assert f"{key!r}: {value!r}" in text


def test_every_kind_of_secret_is_meant() -> None:
    assert {name for _, name in SECRET_MODELS} == SECRETS


@pytest.mark.parametrize(("kind", "name"), SECRET_MODELS, ids=lambda one: getattr(one, "__name__", one))
def test_secrets_are_starred_where_no_model_is(kind: type[Model], name: str) -> None:
    key = kind._attr_to_rest_field[name].wire
    for model in (
        kind({key: {"a": "hush"}}) if name == "protected_settings" else kind({key: "hush"}),
        models.BatchPool.from_wire({"addedLater": [{"inside": {key: "hush"}}]}),
        models.BatchPool.from_wire({key: "hush"}),
    ):
        assert "hush" not in repr(model)
        assert repr(key) in repr(model)
        assert "'***'" in repr(model)


def test_secrets_in_dictionaries_given_for_models() -> None:
    options: Any = models.BatchPoolUpdateOptions(
        {
            "displayName": "p",
            "userAccounts": [{"name": "u", "password": "hush", "linuxUserConfiguration": {"sshPrivateKey": "hush"}}],
            "mountConfiguration": [{"azureFileShareConfiguration": {"accountName": "n", "accountKey": "hush"}}],
        }
    )
    assert "hush" not in repr(options)
    options.user_accounts.append({"name": "v", "password": "hush"})
    assert "hush" not in repr(options)
    assert options.as_dict()["userAccounts"][0]["password"] == "hush"


def test_an_empty_secret_is_seen_to_be_none() -> None:
    assert repr(models.UserIdentity({"password": None})) == "UserIdentity({'password': None})"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SIGNED, STARRED),
        ("?sig=abc", "?sig=***"),
        ("sig=abc&se=1", "sig=***&se=1"),
        (f"curl '{SIGNED}' -o x", f"curl '{STARRED}' -o x"),
        (f"{SIGNED} {SIGNED.upper()}", None),
        ("AccountName=a;AccountKey=aGk9PQ==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"),
        ("Endpoint=sb://x/;SharedAccessKey=aGk9PQ==", "Endpoint=sb://x/;SharedAccessKey=***"),
        ("design=blue", "design=blue"),
        ("plain text", "plain text"),
    ],
)
def test_signatures_and_keys_in_any_text(text: str, shown: Any) -> None:
    for model in (
        models.BatchTask.from_wire({"commandLine": text}),
        models.BatchTask.from_wire({"resourceFiles": [{"httpUrl": text}]}),
        models.BatchTask.from_wire({"environmentSettings": [{"name": "n", "value": text}]}),
        models.BatchTask.from_wire({"addedLater": {"list": [text]}}),
        models.BatchTaskDependencies.from_wire({"taskIds": [text]}),
    ):
        assert not [one for one in ("aB%2Bc", "AB%2BC", "aGk9PQ", "sig=abc") if one in repr(model)]
        if shown is not None:
            assert repr(shown) in repr(model)
