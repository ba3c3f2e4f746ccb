"""Clients of the account that the environment names, with a key and with what azure-identity finds."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import azure.identity
import azure.identity.aio
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.identity import AzureAuthorityHosts

from azure.batch import BatchClient
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator
from conftest import Client, settled
from support.memory import Answer, AsyncMemoryTransport, MemoryTransport

ENDPOINT = "https://account.westeurope.batch.azure.com"
KEY = "a2V5"
ENDS = ("close", "__exit__", "__aexit__")

both = pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient], ids=["sync", "async"])


class Environment:
    """The variables, none of which is set at the beginning."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        for name in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY"):
            monkeypatch.delenv(f"AZURE_BATCH_{name}", raising=False)
        monkeypatch.delenv("AZURE_AUTHORITY_HOST", raising=False)

    def __call__(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(f"AZURE_BATCH_{name}", value)

    def authority(self, host: str) -> None:
        self._monkeypatch.setenv("AZURE_AUTHORITY_HOST", host)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


class Credential:
    """Stands in for azure-identity's, which would look for a signed-in user."""

    made: list[Any]

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.scopes: list[tuple[str, ...]] = []
        self.closed = 0
        self.made.append(self)

    def _token(self, scopes: tuple[str, ...]) -> AccessToken:
        self.scopes.append(scopes)
        return AccessToken("a-token", 2**40)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The credentials that were made, of either kind."""

    class Sync(Credential):
        def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            return self._token(scopes)

        def close(self) -> None:
            self.closed += 1

    class Async(Credential):
        async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            return self._token(scopes)

        async def close(self) -> None:
            self.closed += 1

    Credential.made = []
    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", Sync)
    monkeypatch.setattr(azure.identity.aio, "DefaultAzureCredential", Async)
    return Credential.made


def transport(kind: Any) -> Any:
    make: Any = AsyncMemoryTransport if kind is AsyncBatchClient else MemoryTransport
    return make(answer)


def answer(_: Any) -> Answer:
    return Answer(200, b'{"id": "p"}')


@both
async def test_the_key_is_used_with_an_emulator(kind: Any, environment: Environment, emulator: BatchEmulator) -> None:
    environment(ENDPOINT=emulator.endpoint, ACCOUNT=emulator.account, ACCESS_KEY=f" {emulator.key}\n")
    client = kind.from_environment(retry_total=0, api_version="2026-10-01")
    assert type(client) is kind
    assert not await Client(client).pool_exists("no-such-pool")
    await settled(client.close())


@both
@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "account.westeurope.batch.azure.com",
        f" {ENDPOINT}/ ",
        "Account.WestEurope.Batch.Azure.com:443",
    ],
)
async def test_the_endpoint_may_be_as_the_portal_gives_it(kind: Any, environment: Environment, endpoint: str) -> None:
    environment(ENDPOINT=endpoint, ACCOUNT="account", ACCESS_KEY=KEY)
    client = kind.from_environment()
    assert ENDPOINT in repr(client)
    await settled(client.close())


@both
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, r"^AZURE_BATCH_ENDPOINT: set this environment variable to the URL"),
        ({"ENDPOINT": " ", "ACCOUNT": "a", "ACCESS_KEY": KEY}, r"^AZURE_BATCH_ENDPOINT: set this"),
        ({"ENDPOINT": "http://a.com"}, r"^AZURE_BATCH_ENDPOINT: .*is not encrypted"),
        ({"ENDPOINT": '"https://a.com"'}, r"^AZURE_BATCH_ENDPOINT: .*is not the https URL"),
        ({"ENDPOINT": ENDPOINT, "ACCESS_KEY": KEY}, r"^AZURE_BATCH_ACCOUNT: set .* AZURE_BATCH_ACCESS_KEY is the key"),
        ({"ENDPOINT": ENDPOINT, "ACCOUNT": "a", "ACCESS_KEY": "no-key!"}, r"AZURE_BATCH_ACCESS_KEY: .*not base64"),
        ({"ENDPOINT": ENDPOINT, "ACCOUNT": "a\nb", "ACCESS_KEY": KEY}, r"^AZURE_BATCH_ACCOUNT, .*account name"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    kind: Any, environment: Environment, made: list[Any], variables: dict[str, str], message: str
) -> None:
    environment(**variables)
    with pytest.raises(ValueError, match=message) as caught:
        kind.from_environment()
    assert "no-key!" not in str(caught.value)
    assert not made


@both
@pytest.mark.parametrize("account", [{}, {"ACCOUNT": "account"}, {"ACCOUNT": "account", "ACCESS_KEY": ""}])
async def test_without_a_key_the_credential_is_made_and_closed(
    kind: Any, environment: Environment, made: list[Any], account: dict[str, str]
) -> None:
    environment(ENDPOINT=ENDPOINT, **account)
    client = kind.from_environment(transport=transport(kind))
    await settled(client.get_pool("p"))
    assert [(one.settings, one.scopes, one.closed) for one in made] == [
        ({}, [("https://batch.core.windows.net//.default",)], 0)
    ]
    await settled(client.close())
    assert made[0].closed == 1


@both
async def test_a_credential_is_closed_at_the_end_of_a_block_whatever_happens(
    kind: Any, environment: Environment, made: list[Any]
) -> None:
    environment(ENDPOINT=ENDPOINT)
    client = kind.from_environment(transport=transport(kind))

    async def fail() -> None:
        if kind is BatchClient:
            with client:
                raise KeyError
        async with client:
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert made[0].closed == 1


@both
async def test_a_credential_is_closed_also_if_the_connections_cannot_be(
    kind: Any, environment: Environment, made: list[Any]
) -> None:
    def fail(*_: Any) -> None:
        raise OSError

    environment(ENDPOINT=ENDPOINT)
    working: Any = AsyncMemoryTransport if kind is AsyncBatchClient else MemoryTransport
    broken = type("Broken", (working,), dict.fromkeys(ENDS, fail))(answer)
    client = kind.from_environment(transport=broken)
    with pytest.raises(OSError):
        await settled(client.close())
    assert made[0].closed == 1


@both
async def test_a_credential_of_the_caller_stays_open(kind: Any, made: list[Any]) -> None:
    names: Any = azure.identity.aio if kind is AsyncBatchClient else azure.identity
    client = kind(ENDPOINT, names.DefaultAzureCredential(), transport=transport(kind))
    await settled(client.close())
    assert made[0].closed == 0


@both
@pytest.mark.parametrize(
    ("host", "authority", "scope"),
    [
        ("a.usgovvirginia.batch.usgovcloudapi.net", "AZURE_GOVERNMENT", "https://batch.core.usgovcloudapi.net/"),
        ("a.chinaeast2.batch.chinacloudapi.cn", "AZURE_CHINA", "https://batch.chinacloudapi.cn/"),
    ],
)
async def test_one_signs_in_to_the_cloud_of_the_endpoint(
    kind: Any, environment: Environment, made: list[Any], host: str, authority: str, scope: str
) -> None:
    environment(ENDPOINT=host)
    client = kind.from_environment(transport=transport(kind))
    await settled(client.get_pool("p"))
    await settled(client.close())
    assert made[0].settings == {"authority": getattr(AzureAuthorityHosts, authority)}
    assert made[0].scopes == [(f"{scope}/.default",)]

    environment.authority("login.example.com")  # which azure-identity reads itself
    client = kind.from_environment(transport=transport(kind), audience="https://own")
    await settled(client.get_pool("p"))
    await settled(client.close())
    assert made[1].settings == {}
    assert made[1].scopes == [("https://own/.default",)]


@both
async def test_the_real_credential_is_of_the_right_kind(kind: Any, environment: Environment) -> None:
    environment(ENDPOINT="http://127.0.0.1:1")
    client = kind.from_environment(retry_total=0)
    with pytest.raises(ServiceRequestError, match="non-TLS"):
        await settled(client.get_pool("p"))
    await settled(client.close())


@both
async def test_a_class_of_the_callers_own_is_made(kind: Any, environment: Environment) -> None:
    own: Any = type("Own", (kind,), {})
    environment(ENDPOINT=ENDPOINT, ACCOUNT="account", ACCESS_KEY=KEY)
    client = own.from_environment()
    assert type(client) is own
    await settled(client.close())


@both
def test_an_unknown_keyword_is_refused(kind: Any, environment: Environment) -> None:
    environment(ENDPOINT=ENDPOINT, ACCOUNT="account", ACCESS_KEY=KEY)
    with pytest.raises(TypeError, match="no_such_option"):
        kind.from_environment(no_such_option=1)


def test_azure_identity_is_imported_only_if_there_is_no_key() -> None:
    program = (
        "import os, sys; from azure.batch import BatchClient; "
        f"os.environ.update(AZURE_BATCH_ENDPOINT={ENDPOINT!r}, AZURE_BATCH_ACCOUNT='a');"
        f"os.environ['AZURE_BATCH_ACCESS_KEY'] = {KEY!r};"
        "BatchClient.from_environment().close(); print('azure.identity' in sys.modules);"
        "del os.environ['AZURE_BATCH_ACCESS_KEY'];"
        "BatchClient.from_environment().close(); print('azure.identity' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
