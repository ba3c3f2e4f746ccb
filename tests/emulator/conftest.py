"""A client of the REST API that shares nothing with the library: raw requests, signed as the service describes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Callable, Optional, Union
from urllib.parse import quote, unquote_plus, urlsplit

import pytest

from azure.batch.emulator import BatchEmulator
from support.waiting import PATIENCE

SIGNED = """content-encoding content-language content-length content-md5 content-type date if-modified-since
    if-match if-none-match if-unmodified-since range"""


@dataclass
class Reply:
    """A response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error code."""
        return self.json["code"]

    @property
    def values(self) -> dict[str, str]:
        """The details of an error."""
        return {value["key"]: value["value"] for value in self.json["values"]}


class RawClient:
    """Sends requests over one connection, exactly as they are given."""

    def __init__(self, endpoint: str, account: str, key: str) -> None:
        self.host = urlsplit(endpoint).netloc
        self.account = account
        self.key = key
        self.connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)

    def authorization(self, method: str, target: str, headers: Mapping[str, str]) -> str:
        path, _, query = target.partition("?")
        given = {name.lower(): value for name, value in headers.items()}
        text = "\n".join([method, *(given.get(name, "") for name in SIGNED.split()), ""])
        text += "".join(f"{name}:{given[name]}\n" for name in sorted(given) if name.startswith("ocp-"))
        text += f"/{self.account}{path}"
        pairs = [[unquote_plus(text) for text in part.split("=", 1)] for part in query.split("&") if part]
        for name, value in sorted((name.lower(), value) for name, value in pairs):
            text += f"\n{name}:{value}"
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        return f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"

    def send(
        self,
        method: str,
        target: str,
        body: Union[bytes, Mapping[str, Any], None] = None,
        headers: Optional[Mapping[str, str]] = None,
        *,
        version: Optional[str] = "2025-06-01",
        signed: bool = True,
        **query: object,
    ) -> Reply:
        """Send a request.

        :param target: Path and query, encoded.
        :param query: More query parameters; ``_filter`` stands for ``$filter``.
        """
        if version is not None:
            query["api-version"] = version
        more = "&".join(f"{name.replace('_', '$')}={quote(str(value), safe='')}" for name, value in query.items())
        if more:
            target += ("&" if "?" in target else "?") + more
        sent = {"ocp-date": formatdate(usegmt=True), **(headers or {})}
        if isinstance(body, Mapping):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json; odata=minimalmetadata")
        if body is not None or method not in ("GET", "HEAD"):
            sent.setdefault("Content-Length", str(len(body or b"")))
        if signed:
            sent.setdefault("Authorization", self.authorization(method, target, sent))
        self.connection.putrequest(method, target, skip_host="Host" in sent, skip_accept_encoding=True)
        for name, value in sent.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(body)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def get(self, target: str, **query: object) -> Reply:
        return self.send("GET", target, **query)


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[BatchEmulator]:
    """One account for the tests of a module, which therefore use names of their own."""
    with BatchEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def raw_client() -> Iterator[Callable[..., RawClient]]:
    """Makes raw clients, of an emulator or of an endpoint, an account and a key."""
    made: list[RawClient] = []

    def make(emulator: Union[BatchEmulator, str], account: str = "", key: str = "") -> RawClient:
        if isinstance(emulator, BatchEmulator):
            emulator, account, key = emulator.endpoint, emulator.account, emulator.key
        made.append(RawClient(emulator, account, key))
        return made[-1]

    yield make
    for client in made:
        client.connection.close()


@pytest.fixture
def raw(shared_emulator: BatchEmulator, raw_client: Callable[..., RawClient]) -> RawClient:
    """Raw requests to the module's account."""
    return raw_client(shared_emulator)
