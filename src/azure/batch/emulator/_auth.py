"""Who may call the account: shared keys and tokens.

A shared-key signature is verified over the text that the service builds. Published clients differ in small ways in how
they build it, and the service takes them all, so each permitted variant is tried; the usual one first.
https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from itertools import product
from typing import Any, Callable, Optional

from ._wire import ServiceError

__all__ = ["Authenticator"]

_WINDOW = 15 * 60
"""How far the time of a request may be from the server's, in seconds."""

_SIGNED = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)
"""The headers whose values are signed, in this order."""

_SHARED_KEY = re.compile(r"([^:\s]+):([A-Za-z0-9+/]+={0,2})")
_FOLD = re.compile(r"\s*[\r\n]+\s*")

Query = Sequence[tuple[str, str]]


class Authenticator:
    """Verifies the ``Authorization`` header of requests to one account, and makes tokens for it."""

    def __init__(
        self,
        account: str,
        key: str,
        *,
        accept_any_token: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        """
        :param account: The name of the account.
        :param key: Its key, in base64.
        :param accept_any_token: Take every bearer token, whoever made it.
        :param now: The time in seconds since 1970.
        :raises ValueError: when the key is not base64.
        """
        self._account = account
        try:
            self._key = base64.b64decode(key, validate=True)
        except binascii.Error:
            raise ValueError("The key of the account must be base64.") from None
        if not self._key:
            raise ValueError("The key of the account must not be empty.")
        self._accept_any_token = accept_any_token
        self._now = now

    def now(self, ahead: float = 0.0) -> datetime:
        """The time by which requests are checked, so many seconds ahead."""
        return datetime.fromtimestamp(self._now() + ahead, timezone.utc)

    def verify(
        self, method: str, path: str, query: Query, headers: Mapping[str, str], ahead: Optional[float] = 0.0
    ) -> None:
        """Let a request pass that its ``Authorization`` header allows.

        :param method: The verb, in upper case.
        :param path: The path as it was sent.
        :param query: The query's names and values, decoded, in the order they were sent.
        :param headers: The headers; names are looked up without case.
        :param ahead: Seconds to add to the time; None for not checking any times yet.
        :raises ServiceError: when the request is not to pass.
        """
        authorization = headers.get("Authorization")
        if authorization is None:
            raise _failed("The request has no Authorization header.")
        scheme, _, rest = authorization.strip().partition(" ")
        if scheme.lower() == "sharedkey":
            self._verify_key(rest.strip(), method, path, query, headers, ahead)
        elif scheme.lower() == "bearer":
            self._verify_token(rest.strip(), ahead)
        else:
            raise ServiceError("InvalidAuthenticationInfo")

    def _verify_key(
        self, given: str, method: str, path: str, query: Query, headers: Mapping[str, str], ahead: Optional[float]
    ) -> None:
        match = _SHARED_KEY.fullmatch(given)
        if match is None:
            raise ServiceError("InvalidAuthenticationInfo")
        account, signature = match.groups()
        if account != self._account:
            raise _failed(f"The account of the request is not '{self._account}'.")
        if ahead is not None:
            self._check_date(query, headers, ahead)
        first = ""
        for text in _signed_texts(self._account, method, path, query, headers):
            if hmac.compare_digest(self._sign(text), signature):
                return
            first = first or text
        raise _failed(
            f"The MAC signature found in the HTTP request '{signature}' is not the same as any computed signature. "
            f"Server used following string to sign: '{first}'."
        )

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return base64.b64encode(digest).decode("ascii")

    def _check_date(self, query: Query, headers: Mapping[str, str], ahead: float) -> None:
        text = headers.get("ocp-date") or _parameter(query, "ocp-date") or headers.get("Date")
        if not text:
            raise _failed("The request has neither an ocp-date nor a Date header.")
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError, OverflowError):
            raise _failed(f"The date '{text}' of the request is not an RFC 1123 date.") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        if abs(moment.timestamp() - self._now() - ahead) > _WINDOW:
            raise _failed(f"The date '{text}' of the request is more than 15 minutes from the server's.")

    # Tokens ---------------------------------------------------------------------------------------------------------

    def token(self, lifetime: int = 3600) -> tuple[str, int]:
        """A bearer token of this account, and the second since 1970 at which it expires.

        It has the form of a JSON web token, since clients look into it, and is signed with the account's key.
        """
        expires = int(self._now()) + lifetime
        head = _json({"alg": "HS256", "typ": "JWT"})
        claims = _json({"aud": "https://batch.core.windows.net/", "sub": self._account, "exp": expires})
        text = f"{head}.{claims}"
        return f"{text}.{self._seal(text)}", expires

    def _seal(self, text: str) -> str:
        # A prefix keeps a token's signature from being that of a request, whose text begins with its verb.
        digest = hmac.new(self._key, b"token:" + text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return _url_base64(digest)

    def _verify_token(self, token: str, ahead: Optional[float]) -> None:
        if not token:
            raise ServiceError("InvalidAuthenticationInfo")
        if self._accept_any_token:
            return
        text, _, seal = token.rpartition(".")
        if not hmac.compare_digest(self._seal(text).encode(), seal.encode("utf-8", "surrogateescape")):
            raise _failed("The token was not made by this account.", status=401)
        claims = text.partition(".")[2]
        content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        if ahead is not None and content["exp"] <= self._now() + ahead:
            raise _failed("The token has expired.", status=401)


def _failed(detail: str, status: int = 403) -> ServiceError:
    return ServiceError("AuthenticationFailed", status=status, values=[("AuthenticationErrorDetail", detail)])


def _url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _json(content: Mapping[str, Any]) -> str:
    return _url_base64(json.dumps(content, separators=(",", ":")).encode())


def _parameter(query: Query, name: str) -> str:
    return next((value for key, value in query if key.lower() == name), "")


# The signed text ----------------------------------------------------------------------------------------------------


def _signed_texts(account: str, method: str, path: str, query: Query, headers: Mapping[str, str]) -> Iterator[str]:
    """The texts that a client may have signed, the usual one first, each once."""
    resource = f"/{account}{path or '/'}"
    seen: set[str] = set()
    values = {name: _fold(headers.get(name, "")) for name in _SIGNED}
    others = [_lengths(method, headers), _dates(headers), _ocp_headers(headers)]
    for pairs in _queries(query):
        for length, date, ocp in product(*others):
            values.update({"Content-Length": length, "Date": date})
            text = "\n".join([method, *values.values(), ""]) + ocp + resource + pairs
            if text not in seen:
                seen.add(text)
                yield text


def _lengths(method: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """The length of the body; of none, some clients sign nothing and some sign zero."""
    length = headers.get("Content-Length", "")
    if length.strip("0"):
        return (length,)
    return ("", "0") if method in ("GET", "HEAD") else ("0", "")


def _dates(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The ``Date`` header; with ``ocp-date`` beside it, it is signed as empty."""
    date = headers.get("Date", "")
    return ("", date) if date and "ocp-date" in headers else (date,)


def _ocp_headers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The service's own headers; by its rule those that begin with ``ocp-``, by its client's those that hold it."""
    lines: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        if "ocp-" in lower:
            lines.setdefault(lower, f"{lower}:{_fold(value)}\n")
    ordered = [(name, lines[name]) for name in sorted(lines)]
    usual = "".join(line for name, line in ordered if name.startswith("ocp-"))
    return (usual, "".join(line for _, line in ordered))


def _fold(value: str) -> str:
    return _FOLD.sub(" ", value).strip() if "\n" in value or "\r" in value else value.strip()


def _queries(query: Query) -> Iterator[str]:
    """The query: names as they are or in lower case, all values of a name or the first, empty ones kept or not."""
    for joined, empty, lower in product((True, False), (True, False), (False, True)):
        values: dict[str, list[str]] = {}
        for name, value in query:
            if value or empty:
                values.setdefault(name.lower() if lower else name, []).append(value)
        yield "".join(
            f"\n{name}:{','.join(sorted(values[name])) if joined else values[name][0]}" for name in sorted(values)
        )
        if not lower:
            # Sorted without case, the names as they are.
            yield "".join(
                f"\n{name}:{','.join(sorted(values[name])) if joined else values[name][0]}"
                for name in sorted(values, key=str.lower)
            )
