"""Waiting for a long-running operation: the polling method behind ``LROPoller``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.polling import LROPoller, PollingMethod

from ._codecs import is_mapping
from ._request import lasting
from ._waits import Wait, pauses

if TYPE_CHECKING:
    from ._client import BatchClient
    from ._request import Polling


class PollingState:
    """What the polling methods of both clients share: where the operation stands, and its token; no I/O."""

    def __init__(
        self, wait: Optional[Wait] = None, interval: float = 5, options: Optional[dict[str, Any]] = None
    ) -> None:
        self.wait = wait
        self.interval = interval
        self.options = options or {}
        self._status = "InProgress"
        self._client: Any = None

    def initialize(self, client: Any, initial_response: Any, deserialization_callback: Any) -> None:
        """Begin: ``initial_response`` is the pipeline's, or the wait of a continuation token."""
        del deserialization_callback  # azure-core hands it over; no operation has a result to make
        self._client = client
        if isinstance(initial_response, Wait):
            self.wait = initial_response

    def status(self) -> str:
        """``InProgress``, ``Succeeded`` or ``Failed``."""
        return self._status

    def finished(self) -> bool:
        """Whether the operation is over."""
        return self._status != "InProgress"

    def resource(self) -> None:
        """The result of the operation: none of them has one."""

    def end(self, error: Exception) -> Exception:
        """What to raise for an exception that ended the wait; it carries what was read last as ``resource``."""
        self._status = "Failed"
        wait = cast(Wait, self.wait)
        is_cut_off = self._client._closed.is_set() and not isinstance(error, HttpResponseError)
        raised = wait.cut_off() if is_cut_off else error
        vars(raised).setdefault("resource", wait.resource)
        return raised

    def get_continuation_token(self) -> str:
        """A text with which another process can go on waiting."""
        return cast(Wait, self.wait).token()

    @classmethod
    def from_continuation_token(cls, continuation_token: str, **kwargs: Any) -> tuple[Any, Any, Callable[[Any], Any]]:
        """Take up the wait of a token; ``client`` must be given."""
        if kwargs.get("client") is None:
            raise ValueError("client: needed to go on from a continuation token")
        return kwargs["client"], Wait.from_token(continuation_token), no_result


def no_result(_: Any) -> None:
    """What every operation gives when it is over."""


class StatePolling(PollingState, PollingMethod[None]):
    """Reads the resource until its state is the end of the operation, or raises what went wrong.

    :param interval: The longest pause between two reads in seconds; the first pauses are shorter.
    """

    def run(self) -> None:
        """Wait for the end."""
        try:
            self._wait_for_end(cast(Wait, self.wait))
        except Exception as error:
            raised = self.end(error)
            if raised is error:
                raise
            raise raised from error
        self._status = "Succeeded"

    def _wait_for_end(self, wait: Wait) -> None:
        closed = self._client._closed
        for pause in pauses(self.interval):
            if closed.is_set():
                raise wait.cut_off()
            try:
                if wait.step(self._client._call(wait.read(dict(self.options)))):
                    return
            except ResourceNotFoundError as error:
                wait.missing(error)
                return
            closed.wait(pause)


class UnwaitedState(PollingState):
    """What the polling methods of ``polling=False`` share: nothing to wait for, but a token to wait with later."""

    def status(self) -> str:
        """``succeeded``, as azure-core's own say of the call itself."""
        return "succeeded"

    def finished(self) -> bool:
        """Whether the operation is over, as far as this poller goes."""
        return True


class NoStatePolling(UnwaitedState, PollingMethod[None]):
    """Does not wait."""

    def run(self) -> None:
        """Do nothing."""


def begin(client: BatchClient, polling: Polling) -> LROPoller[None]:
    """Send the call, unless a continuation token says that it was sent, and start to wait."""
    options = polling.request.options
    method, token = chosen_method(polling, StatePolling, NoStatePolling)
    if token is not None:
        return LROPoller[None].from_continuation_token(method, token, client=client)
    options["cls"] = started(polling, options.pop("cls", None))
    outcome = client._call(polling.request)
    return LROPoller(client, outcome, no_result, method)


def chosen_method(polling: Polling, ours: Any, none: Any) -> tuple[Any, Optional[str]]:
    """The polling method that a caller's ``polling`` asks for, and the token to go on from."""
    options = polling.request.options
    asked = options.pop("polling", True)
    token: Optional[str] = options.pop("continuation_token", None)
    if token is not None and isinstance(asked, bool):
        polling.wait.check_token(token)
    if asked is True:
        reading = {name: value for name, value in options.items() if name not in _ONLY_FOR_THE_CALL}
        headers = reading.get("headers")
        if is_mapping(headers):  # the call refuses anything else
            reading["headers"] = lasting(headers)
        return ours(polling.wait, polling.interval, reading), token
    if asked is not False and not hasattr(asked, "initialize"):
        raise TypeError(f"polling: expected True, False or a polling method, got {asked!r}")
    return (none(polling.wait) if asked is False else asked), token


_ONLY_FOR_THE_CALL = frozenset(
    {
        "cls",
        "content_type",
        "decompress",
        "params",
        "raw_request_hook",
        "raw_response_hook",
        "request_id",
        "stream",
    }
)


def started(polling: Polling, cls: Any) -> Callable[..., Any]:
    """Take note of when the call was accepted, besides what a caller's ``cls`` does; gives the pipeline's response."""

    if cls is not None and not callable(cls):
        raise TypeError(f"cls: expected a function, got {cls!r}")

    def note(outcome: Any, result: Any, headers: Any) -> Any:
        polling.wait.begin(outcome.http_response.headers)
        if cls is not None:
            cls(outcome, result, headers)
        return outcome

    return note
