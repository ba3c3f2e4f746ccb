"""Whether the object that a call meets is the one that the call itself has made.

An attempt to create something can take effect and its answer be lost; the next attempt then finds that the object
exists. The object is read: if it has all that was sent, and was made after the call began, the call has succeeded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, Optional

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from ._codecs import decode_datetime, decode_http_date, is_object
from ._differences import differences
from ._errors import tell
from ._request import following, read_json, segment

if TYPE_CHECKING:
    from ._model import Model
    from ._plan import Plan

_TOLERANCE = timedelta(seconds=10)
"""By how much the clocks of the service's machines may differ; dates in headers are whole seconds."""


def time_by_service(headers: Mapping[str, str], seconds_ago: float) -> datetime:
    """The earliest that it can have been so many seconds ago by the service's clock, which an answer's headers tell."""
    now = decode_http_date(headers.get("Date") or "") or datetime.now(timezone.utc)
    return now - timedelta(seconds=seconds_ago) - _TOLERANCE


class Attempts:
    """A call that creates something, from its first attempt on.

    :param kind: The model that the body of the request is.
    """

    def __init__(self, request: HttpRequest, kind: type[Model]) -> None:
        self._request = request
        self._kind = kind
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
        return time_by_service(refusal.headers, time.monotonic() - self._began)

    def objection(self, found: dict[str, Any], refusal: Any) -> Optional[str]:
        """Why an object that was found is not the one that the call has made; None if it is."""
        created = found.get("creationTime")
        if created is None or decode_datetime(created) < self.earliest(refusal):
            return f"What exists was not made by this call: it was created at {created or 'an unknown time'}."
        other = [one.property for one in differences(json.loads(self._content), found, self._kind)]
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
