"""Whether the object that a call meets is the one that the call itself has made.

An attempt to create something can take effect and its answer be lost; the next attempt then finds that the object
exists. The object is read: if it has all that was sent, and was made after the call began, the call has succeeded.
Passwords and keys, which the service does not return, cannot be compared; what it adds by itself is no difference, nor
is another spelling of the same date, duration, number or name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Optional

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from ._codecs import decode_datetime, decode_duration, decode_http_date, is_list, is_object
from ._errors import tell
from ._model import is_secret, without_signatures
from ._request import following, read_json, segment

if TYPE_CHECKING:
    from ._plan import Plan

_TOLERANCE = timedelta(seconds=10)
"""By how much the clocks of the service's machines may differ; dates in headers are whole seconds."""


class Attempts:
    """A call that creates something, from its first attempt on."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        content = request.content
        self._content = content.getvalue() if hasattr(content, "getvalue") else content
        self._began = time.monotonic()

    def reading(self) -> HttpRequest:
        """The request that reads what the call was to create; ValueError if the body does not say what that is."""
        body = json.loads(self._content)
        name = body.get("id") if is_object(body) else None
        path, mark, query = self._request.url.partition("?")
        address = f"{path}/{segment('id', name or '')}{mark}{query}"
        return following(self._request, address, Accept="application/json")

    def earliest(self, refusal: Any) -> datetime:
        """When the call began, by the service's clock: the time of its refusal less what has passed here since."""
        now = decode_http_date(refusal.headers.get("Date", "")) or datetime.now(timezone.utc)
        return now - timedelta(seconds=time.monotonic() - self._began) - _TOLERANCE

    def objection(self, found: dict[str, Any], refusal: Any) -> Optional[str]:
        """Why an object that was found is not the one that the call has made; None if it is."""
        created = found.get("creationTime")
        if created is None or decode_datetime(created) < self.earliest(refusal):
            return f"What exists was not made by this call: it was created at {created or 'an unknown time'}."
        import_module("azure.batch.models")  # its fields say what is secret
        other = [*differences(json.loads(self._content), found)]
        return f"What exists differs from what was sent in: {', '.join(other[:10])}." if other else None


def confirmed(run: Callable[[HttpRequest], Any], attempts: Attempts, error: Exception, refusal: Any) -> Plan[Any]:
    """The pipeline's response with the object that an earlier attempt has created, or the refusal as it came.

    :param run: Sends a request through the pipeline.
    :param error: The exception for the refusal, a conflict.
    """
    cause: Optional[Exception] = None
    try:
        outcome = yield run(attempts.reading())
        found = read_json(outcome.http_response)
        objection = attempts.objection(found, refusal)
        if objection is None:
            # An answer to a read lacks this one header of an answer to a create.
            outcome.http_response.headers["DataServiceId"] = found.get("url", "")
            return outcome
    except (AzureError, ValueError, TypeError) as failure:
        cause = failure
        objection = f"What exists could not be compared with what was sent: {str(failure).partition(chr(10))[0]}"
    if isinstance(error, AzureError):
        tell(error, objection)
    raise error from cause


def differences(sent: Any, found: Any, where: str = "") -> Iterator[str]:
    """The places, by wire names, where an object of the service lacks what was sent or has something else."""
    if is_object(sent) and (found is None or is_object(found)):
        for key, value in sent.items():
            if not is_secret(key):
                yield from differences(value, (found or {}).get(key), f"{where}.{key}" if where else key)
    elif is_list(sent) and (is_list(found) or (not sent and found is None)):
        others: list[Any] = found or []
        if len(sent) != len(others):
            yield where
        else:
            for at, (one, other) in enumerate(zip(sent, others)):
                yield from differences(one, other, f"{where}[{at}]")
    elif not _same(sent, found):
        yield where


def _same(sent: Any, found: Any) -> bool:
    if found is None:
        return sent is None or sent is False or sent == ""  # the service leaves out what is not set
    if isinstance(sent, str) and isinstance(found, str):
        if without_signatures(sent) != sent:  # the service may keep the signature of a shared URL to itself
            return sent.partition("?")[0] == found.partition("?")[0]
        return sent == found or _folded(sent) == _folded(found) or _value(sent) == _value(found)
    if isinstance(sent, bool) or isinstance(found, bool):
        return sent is found
    return sent is None or str(sent) == str(found) or sent == found  # large numbers come back as text


def _folded(text: str) -> str:
    """A name, whose case the service may change; in what has spaces, such as a command line, case matters."""
    return text if any(map(str.isspace, text)) else text.casefold()


def _value(text: str) -> Any:
    """The date or duration that a text is, otherwise something that is equal to nothing."""
    decode = decode_duration if text[:1] == "P" else decode_datetime
    try:
        return decode(text)
    except (TypeError, ValueError, ArithmeticError):
        return object()
