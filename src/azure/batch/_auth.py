"""Authentication: from the credential that a caller gives to the policy that signs requests.

Shared key is a signing policy without I/O, so one class serves both pipelines. The key is read from the credential for
each request, so that a rotated key is used at once; the date is set for each attempt. Neither policy signs a request
for another origin than the endpoint: a next link or redirect that leads elsewhere is refused.
"""

from __future__ import annotations

import binascii
import inspect
import re
import string
import time
from base64 import b64decode, b64encode
from contextlib import suppress
from email.utils import formatdate
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import SplitResult, unquote, urlsplit

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, SansIOHTTPPolicy

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineRequest
    from azure.core.rest import HttpRequest


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, whatever its name servers say."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


_SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)

_AUDIENCES = {
    "batch.azure.com": "https://batch.core.windows.net/",
    "batch.usgovcloudapi.net": "https://batch.core.usgovcloudapi.net/",
    "batch.chinacloudapi.cn": "https://batch.chinacloudapi.cn/",
}


def endpoint_of(endpoint: Any) -> str:
    """Check an endpoint, plain http to loopback only, and bring it into one form.

    Links of the service, in lower case and without the usual port, are to be links of the same host.
    """
    if not isinstance(endpoint, str) or not endpoint.strip():
        raise ValueError("endpoint: expected a URL such as https://myaccount.westeurope.batch.azure.com")
    text = endpoint.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port  # raises for what is not a number
    except ValueError as error:
        raise ValueError(f"endpoint: {endpoint!r} is not a URL: {error}") from None
    if (
        not host
        or parts.netloc.endswith(":")
        or parts.scheme not in ("http", "https")
        or any(one.isspace() for one in text)
    ):
        raise ValueError(f"endpoint: {endpoint!r} is not the https URL of a Batch account")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("endpoint: give the URL of the account only, without user, query or fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"endpoint: {endpoint!r} is not encrypted; use https (http is for loopback addresses only)")
    return f"{origin_of(parts)}{parts.path}".rstrip("/")


_PORTS = {"http": 80, "https": 443}


def origin_of(parts: SplitResult) -> str:
    """Scheme, host and port of a URL in one form, in lower case and without the usual port.

    :raises ValueError: if what stands for the port is no number.
    """
    netloc = parts.netloc.lower()
    if parts.port is not None and parts.port == _PORTS.get(parts.scheme):
        netloc = netloc.rpartition(":")[0]
    return f"{parts.scheme}://{netloc}"


_PUBLIC = "batch.azure.com"


def cloud_of(endpoint: str) -> str:
    """What the hosts of the cloud end with that an endpoint belongs to; the public cloud's for any other host."""
    host = urlsplit(endpoint).hostname or ""
    return next((suffix for suffix in _AUDIENCES if host.endswith(f".{suffix}")), _PUBLIC)


def scopes_of(endpoint: str, scopes: Any = None, audience: Any = None) -> list[str]:
    """The token scopes that are asked for, or those of an audience; by default that of the endpoint's cloud."""
    if scopes:
        return [scopes] if isinstance(scopes, str) else list(scopes)
    if audience is None:
        audience = _AUDIENCES[cloud_of(endpoint)]
    elif not isinstance(audience, str) or not audience.strip():
        raise TypeError(f"audience: expected text such as 'https://batch.core.windows.net', got {audience!r}")
    return [audience if audience.endswith("/.default") else f"{audience}/.default"]


def key_of(credential: AzureNamedKeyCredential) -> tuple[str, bytes]:
    """Account name and decoded key of a shared-key credential, as they are now."""
    name, key = credential.named_key
    if not name or not name.isprintable() or name != name.strip():
        raise ValueError("credential: the account name is empty or cannot be part of a header")
    try:
        # One that was read from a file ends with a line break.
        return name, b64decode("".join(key.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("credential: the account key is not base64 text") from None


class Origin:
    """Refuses to let a credential leave for anywhere but the endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._prefix = origin_of(urlsplit(endpoint))

    def check(self, url: str) -> None:
        """Raise ClientAuthenticationError for a URL with another scheme, host or port."""
        length = len(self._prefix)
        if url[:length].lower() == self._prefix and url[length : length + 1] in ("", "/", "?"):
            return
        parts = urlsplit(url)
        with suppress(ValueError):
            if origin_of(parts) == self._prefix:
                return
        raise ClientAuthenticationError(
            f"Refused to send credentials for {self._prefix} to {parts.scheme}://{parts.netloc}"
        )


_latest = (0, "")


def http_now() -> str:
    """The present time for a header; printing it takes longer than signing, so it is done once a second."""
    global _latest
    second = int(time.time())
    if _latest[0] != second:
        _latest = second, formatdate(second, usegmt=True)
    return _latest[1]


class SharedKeyPolicy(SansIOHTTPPolicy[Any, Any]):
    """Signs each attempt of a request with the account's key.

    https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
    """

    def __init__(self, credential: AzureNamedKeyCredential, endpoint: str, plain: str = "") -> None:
        from hmac import digest  # loads a library that only this kind of credential needs

        self._digest = digest
        self._credential = credential
        # A key that cannot sign is refused here, not by the first request; it is decoded again when it has changed.
        self._key = credential.named_key.key, key_of(credential)[1]
        self._origin = Origin(endpoint)
        self._plain = plain

    def on_request(self, request: PipelineRequest[Any]) -> None:
        http = request.http_request
        self._origin.check(http.url)
        http.url = as_sent(http.url, self._plain)
        headers = http.headers
        context = request.context
        dated = context.get("date_of_caller")
        if dated is None:
            dated = context["date_of_caller"] = "ocp-date" in headers or "Date" in headers
        if not dated:
            headers["ocp-date"] = http_now()
        name, text = self._credential.named_key
        if text != self._key[0]:
            self._key = text, key_of(self._credential)[1]
        digest = self._digest(self._key[1], string_to_sign(http, name).encode(), "sha256")
        headers["Authorization"] = f"SharedKey {name}:{b64encode(digest).decode()}"

    def __reduce__(self) -> Any:
        raise TypeError("a policy with an account key cannot be pickled")


AIOHTTP_PLAIN = "!$&'()*,:;=@"
"""What aiohttp writes plainly in a path, also if it is given quoted."""

_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_ESCAPE = r"%[0-9A-Fa-f]{2}"


def as_sent(url: str, plain: str) -> str:
    """Bring the path of a URL into the form in which the transport writes it: what is signed must be what is sent.

    All transports write unreserved characters plainly and escapes in upper case, aiohttp also the ones in ``plain``.
    """
    path, mark, query = url.partition("?")
    if "%" not in path:
        return url

    def written(escape: re.Match[str]) -> str:
        character = chr(int(escape[0][1:], 16))
        return character if character in _UNRESERVED or character in plain else escape[0].upper()

    return f"{re.sub(_ESCAPE, written, path)}{mark}{query}"


def string_to_sign(request: HttpRequest, account: str) -> str:
    """The text whose HMAC is the signature of a request."""
    signed = {name.lower(): value for name, value in request.headers.items()}
    if "content-length" not in signed and request.method not in ("GET", "HEAD"):
        signed["content-length"] = "0"
    get = signed.get
    parts = [request.method, *[get(name, "") for name in _SIGNED_HEADERS]]
    parts.extend(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed) if name.startswith("ocp-"))
    parts.append(_canonical_resource(request.url, account))
    return "\n".join(parts)


def _canonical_resource(url: str, account: str) -> str:
    """Path and query as they are signed: names in their own case and sorted so, values decoded."""
    address, _, query = url.partition("?")
    slash = address.find("/", address.index("://") + 3)
    path = address[slash:] if slash > 0 else "/"
    pairs: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if value:
            pairs.setdefault(unquote(name), unquote(value))
    return f"/{account}{path}" + "".join([f"\n{name}:{pairs[name]}" for name in sorted(pairs)])


class ToEndpoint:
    """Has a policy of azure-core's send tokens to the endpoint only, and over http only if that is asked for."""

    def __init__(
        self, credential: Any, endpoint: str, *scopes: str, enforce_https: bool = True, **settings: Any
    ) -> None:
        parent: Any = super()
        parent.__init__(credential, *scopes, **settings)
        self._origin = Origin(endpoint)
        self._needs_https = enforce_https

    def check(self, request: PipelineRequest[Any]) -> None:
        """Refuse a request to another place."""
        self._origin.check(request.http_request.url)
        if not self._needs_https:
            request.context.options.setdefault("enforce_https", False)


class BearerPolicy(ToEndpoint, BearerTokenCredentialPolicy[Any, Any]):
    """Sends Entra ID tokens of a credential, to the endpoint only."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        self.check(request)
        super().on_request(request)


def is_shared_key(credential: Any) -> bool:
    """Whether a credential is an account name with its key."""
    return isinstance(credential, AzureNamedKeyCredential)


def check_credential(credential: Any, *, asynchronous: bool) -> None:
    """Raise TypeError unless a credential is of a kind that the client can use, ValueError where there is none."""
    if is_shared_key(credential):
        return
    get_token: Optional[Any] = getattr(credential, "get_token", None) or getattr(credential, "get_token_info", None)
    wanted = "an AzureNamedKeyCredential(account, key) or a token credential of " + (
        "azure.identity.aio" if asynchronous else "azure.identity"
    )
    if credential is None:  # as that of a configuration that is not there
        raise ValueError(f"credential: must not be None; give {wanted}")
    if get_token is None or isinstance(credential, type):
        raise TypeError(f"credential: expected {wanted}, got {_kind_name(credential)}")
    if asynchronous:
        module = type(credential).__module__
        other = module.startswith("azure.identity.") and not module.startswith("azure.identity.aio.")
    else:
        other = inspect.iscoroutinefunction(get_token)
    if other:
        raise TypeError(f"credential: {_kind_name(credential)} is for the other client; expected {wanted}")


def _kind_name(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
