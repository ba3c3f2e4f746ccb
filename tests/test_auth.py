"""Authentication: what is signed, which credentials and endpoints are accepted, and where a credential never goes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import pickle
from typing import Any

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential, AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

from azure.batch import BatchClient
from azure.batch._auth import endpoint_of, key_of, scopes_of, string_to_sign
from azure.batch.aio import BatchClient as AsyncBatchClient
from conftest import settled
from support.clients import memory_client
from support.memory import Answer

KEY = base64.b64encode(b"a key of this account").decode()
ENDPOINT = "https://account.westeurope.batch.azure.com"


def test_the_text_that_is_signed_is_the_services_worked_example() -> None:
    request = HttpRequest(
        "GET",
        "https://myaccount.westus.batch.azure.com/jobs?api-version=2014-01-01.1.0&timeout=20",
        headers={"ocp-date": "Tue, 29 Jul 2014 21:49:13 GMT"},
    )
    assert string_to_sign(request, "myaccount") == (
        "GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:Tue, 29 Jul 2014 21:49:13 GMT\n/myaccount/jobs"
        "\napi-version:2014-01-01.1.0\ntimeout:20"
    )


def test_every_signed_element_has_its_line() -> None:
    request = HttpRequest(
        "POST",
        f"{ENDPOINT}/jobs/a%3Ab/tasks?timeOut=3&$filter=id%20eq%20%27x%27&api-version=2025-06-01&empty=",
        headers={
            "Content-Type": "application/json",
            "Content-Length": "17",
            "If-Match": '"0x1"',
            "If-Modified-Since": "Tue, 29 Jul 2014 21:49:13 GMT",
            "Ocp-Range": "bytes=0-1",
            "OCP-DATE": " Tue, 29 Jul 2014\n 21:49:13 GMT ",
        },
    )
    assert string_to_sign(request, "account").split("\n") == [
        "POST",
        "",
        "",
        "17",
        "",
        "application/json",
        "",
        "Tue, 29 Jul 2014 21:49:13 GMT",
        '"0x1"',
        "",
        "",
        "",
        "ocp-date:Tue, 29 Jul 2014 21:49:13 GMT",
        "ocp-range:bytes=0-1",
        "/account/jobs/a%3Ab/tasks",
        "$filter:id eq 'x'",
        "api-version:2025-06-01",
        "timeOut:3",
    ]


def test_a_write_without_body_signs_a_length_of_zero() -> None:
    request = HttpRequest("DELETE", f"{ENDPOINT}/pools/p")
    assert string_to_sign(request, "account").split("\n")[3] == "0"


def signature_of(request: Any, key: str) -> str:
    digest = hmac.new(base64.b64decode(key), string_to_sign(request, "account").encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_key_is_read_for_each_request_and_the_date_set_for_each_attempt(
    asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = AzureNamedKeyCredential("account", KEY)
    sent: list[tuple[str, str, bool]] = []
    other = base64.b64encode(b"a rotated key").decode()

    def handler(request: Any) -> Answer:
        key = KEY if not sent else other
        good = request.headers["Authorization"] == f"SharedKey account:{signature_of(request, key)}"
        sent.append((request.headers["ocp-date"], request.headers["Authorization"], good))
        credential.update("account", other)
        dates.append(f"Tue, 29 Jul 2014 21:49:{len(sent):02} GMT")
        return Answer(503 if len(sent) == 1 else 200, b'{"id": "p"}')

    dates = ["Tue, 29 Jul 2014 21:49:00 GMT"]
    monkeypatch.setattr("azure.batch._auth.http_now", lambda: dates[-1])
    async with memory_client(handler, asynchronous, credential=credential, retry_backoff_factor=0) as client:
        await settled(client.get_pool("p"))
    assert [good for _, _, good in sent] == [True, True]
    assert sent[0][0] != sent[1][0]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_date_of_the_caller_is_signed_and_kept(asynchronous: bool) -> None:
    dates: list[str] = []

    def handler(request: Any) -> Answer:
        dates.append(request.headers["ocp-date"])
        return Answer(503 if len(dates) == 1 else 200, b'{"id": "p"}')

    from datetime import datetime

    async with memory_client(handler, asynchronous, retry_backoff_factor=0) as client:
        await settled(client.get_pool("p", ocp_date=datetime(2014, 7, 29, 21, 49, 13)))  # naive is UTC
    assert dates == ["Tue, 29 Jul 2014 21:49:13 GMT"] * 2


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("account.westeurope.batch.azure.com", ENDPOINT),
        (f"{ENDPOINT}/", ENDPOINT),
        (f" {ENDPOINT} ", ENDPOINT),
        (f"{ENDPOINT}//\n", ENDPOINT),
        ("Account.WestEurope.Batch.Azure.com/", ENDPOINT),
        (f"{ENDPOINT}:443/", ENDPOINT),
        (f"{ENDPOINT}:8443", f"{ENDPOINT}:8443"),
        ("HTTPS://ACCOUNT.westeurope.batch.azure.com", ENDPOINT),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://127.0.0.1:10500", "http://127.0.0.1:10500"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("http://127.0.0.2:1", "http://127.0.0.2:1"),
    ],
)
def test_an_endpoint_is_completed(given: str, taken: str) -> None:
    assert endpoint_of(given) == taken


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "   ",
        None,
        42,
        "http://account.westeurope.batch.azure.com",
        "http://127.0.0.1.example.com",
        "ftp://account.westeurope.batch.azure.com",
        "https://",
        "https:/a.com",
        "https://host:port",
        "https://a host",
        "https://user:secret@host",
        "https://host?x=1",
        "https://[::1",
    ],
)
@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
def test_a_wrong_endpoint_is_refused_at_once(kind: Any, endpoint: Any) -> None:
    with pytest.raises(ValueError, match="endpoint") as caught:
        kind(endpoint, AzureNamedKeyCredential("account", KEY))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "credential"),
    [
        (BatchClient, "a key"),
        (BatchClient, AzureKeyCredential("x")),
        (BatchClient, DefaultAzureCredential),
        (AsyncBatchClient, ("account", KEY)),
    ],
)
def test_a_credential_of_another_kind_is_refused_at_once(kind: Any, credential: Any) -> None:
    with pytest.raises(TypeError, match=r"credential: expected an AzureNamedKeyCredential\(account, key\) or a token"):
        kind(ENDPOINT, credential)


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
def test_a_credential_that_is_none_is_a_value_that_is_missing(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"credential: must not be None; give an AzureNamedKeyCredential"):
        kind(ENDPOINT, None)


async def test_a_credential_for_the_other_client_is_refused_at_once() -> None:
    asynchronous = AsyncDefaultAzureCredential()
    with pytest.raises(TypeError, match="is for the other client"):
        BatchClient(ENDPOINT, asynchronous)
    with DefaultAzureCredential() as synchronous, pytest.raises(TypeError, match="is for the other client"):
        AsyncBatchClient(ENDPOINT, synchronous)
    await asynchronous.close()


@pytest.mark.parametrize("key", ["a2V5\n", " a2V5 ", "a2\r\nV5"])
def test_white_space_in_a_key_does_not_matter(key: str) -> None:
    assert key_of(AzureNamedKeyCredential("account", key)) == ("account", b"key")


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
def test_a_key_that_is_not_base64_is_refused_without_being_shown(kind: Any) -> None:
    with pytest.raises(ValueError, match="not base64") as caught:
        kind(ENDPOINT, AzureNamedKeyCredential("account", "not!base64?"))
    assert "not!base64?" not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        (ENDPOINT, "https://batch.core.windows.net//.default"),
        ("https://a.usgovvirginia.batch.usgovcloudapi.net", "https://batch.core.usgovcloudapi.net//.default"),
        ("https://a.chinaeast2.batch.chinacloudapi.cn", "https://batch.chinacloudapi.cn//.default"),
        ("https://batch.usgovcloudapi.net.example.com", "https://batch.core.windows.net//.default"),
    ],
)
def test_the_scope_is_that_of_the_endpoints_cloud(endpoint: str, scope: str) -> None:
    assert scopes_of(endpoint) == [scope]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("settings", "scopes"),
    [
        ({"audience": "https://batch.core.usgovcloudapi.net"}, ("https://batch.core.usgovcloudapi.net/.default",)),
        ({"audience": "https://batch.core.windows.net/"}, ("https://batch.core.windows.net//.default",)),
        ({"audience": "https://own/.default"}, ("https://own/.default",)),
        ({"audience": "https://own", "credential_scopes": ["https://a/.default", "b"]}, ("https://a/.default", "b")),
        ({"credential_scopes": "https://own/.default"}, ("https://own/.default",)),
        ({"audience": None, "credential_scopes": None}, ("https://batch.core.windows.net//.default",)),
    ],
)
async def test_an_audience_or_scopes_of_the_caller_are_asked_for(
    asynchronous: bool, settings: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    token = Token(asynchronous)
    async with memory_client(lambda _: Answer(200, b'{"id": "p"}'), asynchronous, credential=token, **settings) as one:
        await settled(one.get_pool("p"))
    assert token.scopes == [scopes]


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
@pytest.mark.parametrize("audience", ["", " ", 42, ["https://own"]])
def test_an_audience_that_is_no_text_is_refused_at_once(kind: Any, audience: Any) -> None:
    with pytest.raises(TypeError, match="audience: expected text"):
        kind(ENDPOINT, Token(kind is AsyncBatchClient), audience=audience)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_next_page_may_be_at_the_usual_port_or_not(asynchronous: bool) -> None:
    answers = [
        Answer(200, b'{"value": [], "odata.nextLink": "%s/pools?skip=1"}' % ENDPOINT.encode()),
        Answer(200, b'{"value": [], "odata.nextLink": "%s:443/pools?skip=2"}' % ENDPOINT.encode()),
        Answer(200, b'{"value": []}'),
    ]
    async with memory_client(lambda _: answers.pop(0), asynchronous, endpoint=f"{ENDPOINT}:443") as client:
        pools = client.list_pools()
        assert ([one async for one in pools] if asynchronous else list(pools)) == []
    assert not answers


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("with_key", [False, True])
async def test_a_request_of_the_callers_may_name_the_usual_port(asynchronous: bool, with_key: bool) -> None:
    settings: dict[str, Any] = {} if with_key else {"credential": Token(asynchronous)}
    async with memory_client(lambda _: Answer(200, b"{}"), asynchronous, endpoint=ENDPOINT, **settings) as client:
        request = HttpRequest("GET", f"{ENDPOINT.upper()}:443/pools?api-version=2025-06-01")
        assert (await settled(client.send_request(request))).status_code == 200
        request.url = request.url.replace(":443", ":8443")
        with pytest.raises(ClientAuthenticationError, match=f"Refused to send credentials for {ENDPOINT} to "):
            await settled(client.send_request(request))


class Token:
    """A token credential of either kind that counts what it is asked for."""

    def __init__(self, asynchronous: bool) -> None:
        self.scopes: list[tuple[str, ...]] = []
        self.options: list[dict[str, Any]] = []
        self.get_token = self._later if asynchronous else self._now

    def _now(self, *scopes: str, **options: Any) -> AccessToken:
        self.scopes.append(scopes)
        self.options.append(options)
        return AccessToken("a-token", 2**40)

    async def _later(self, *scopes: str, **options: Any) -> AccessToken:
        return self._now(*scopes, **options)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_token_is_sent_with_the_scope_of_the_cloud(asynchronous: bool) -> None:
    token = Token(asynchronous)
    seen: list[str] = []

    def handler(request: Any) -> Answer:
        seen.append(request.headers["Authorization"])
        return Answer(200, b'{"id": "p"}')

    async with memory_client(handler, asynchronous, credential=token) as client:
        await settled(client.get_pool("p"))
        await settled(client.get_pool("p"))
    assert seen == ["Bearer a-token"] * 2
    assert token.scopes == [("https://batch.core.windows.net//.default",)]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("asked", [False, True])
async def test_a_token_that_can_be_revoked_is_asked_for_if_the_caller_says_so(asynchronous: bool, asked: bool) -> None:
    token = Token(asynchronous)
    settings = {"enable_cae": True} if asked else {}
    async with memory_client(lambda _: Answer(200, b"{}"), asynchronous, credential=token, **settings) as client:
        await settled(client.get_pool("p"))
    assert token.options == [settings]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_token_goes_over_http_to_loopback_only_when_asked_for(asynchronous: bool) -> None:
    seen: list[str] = []

    def handler(request: Any) -> Answer:
        seen.append(request.headers["Authorization"])
        return Answer(200, b'{"id": "p"}')

    endpoint = "http://127.0.0.1:10500"
    async with memory_client(handler, asynchronous, credential=Token(asynchronous), endpoint=endpoint) as client:
        with pytest.raises(ServiceRequestError, match="non-TLS"):
            await settled(client.get_pool("p", retry_total=0))
        assert not seen
        await settled(client.get_pool("p", enforce_https=False))
    async with memory_client(
        handler, asynchronous, credential=Token(asynchronous), endpoint=endpoint, enforce_https=False
    ) as client:
        await settled(client.get_pool("p"))
    assert seen == ["Bearer a-token"] * 2


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("with_key", [False, True])
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com/pools/p",
        "http://account.westeurope.batch.azure.com/pools/p",
        "https://account.westeurope.batch.azure.com:8443/pools/p",
        "https://account.westeurope.batch.azure.com.evil.example.com/pools/p",
        "https://account.westeurope.batch.azure.com@evil.example.com/pools/p",
    ],
)
async def test_a_redirect_elsewhere_is_refused_before_credentials_are_attached(
    asynchronous: bool, with_key: bool, elsewhere: str
) -> None:
    seen: list[str] = []

    def handler(request: Any) -> Answer:
        seen.append(request.url)
        return Answer(307, headers={"Location": elsewhere})

    credential: Any = AzureNamedKeyCredential("account", KEY) if with_key else Token(asynchronous)
    async with memory_client(handler, asynchronous, credential=credential) as client:
        with pytest.raises((ClientAuthenticationError, ServiceRequestError)):
            await settled(client.get_pool("p"))
    assert len(seen) == 1


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
def test_a_client_is_not_pickled_and_shows_no_key(kind: Any) -> None:
    client = kind(ENDPOINT, AzureNamedKeyCredential("account", KEY))
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(client)
    assert KEY not in repr(client)
    assert ENDPOINT in repr(client)


@pytest.mark.parametrize("kind", [BatchClient, AsyncBatchClient])
@pytest.mark.parametrize("name", ["a\nb", " a", "a\x00"])
def test_an_account_name_that_is_no_part_of_a_header_is_refused(kind: Any, name: str) -> None:
    with pytest.raises(ValueError, match="account name"):
        kind(ENDPOINT, AzureNamedKeyCredential(name, KEY))
