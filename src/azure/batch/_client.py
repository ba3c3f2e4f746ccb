"""The synchronous client, and what both clients share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Optional, TypeVar, cast
from urllib.parse import urlsplit

from azure.core import PipelineClient
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.utils import case_insensitive_dict
from typing_extensions import Self

from ._auth import (
    AIOHTTP_PLAIN,
    BearerPolicy,
    SharedKeyPolicy,
    check_credential,
    endpoint_of,
    is_shared_key,
    scopes_of,
)
from ._bulk import BulkMixin
from ._errors import CLOSED, error_from, is_in_doubt, transport_error
from ._helpers import HelpersMixin
from ._missing import attribute_error, explained
from ._operation import bind
from ._operations import OperationsMixin
from ._pipeline import CALL_OPTIONS, CLIENT_OPTIONS, EVERY_METHOD, PIPELINE_OPTIONS, check_call_options, only, policies
from ._request import answer_headers, next_page, version_of
from ._versions import DEFAULT_API_VERSION

if TYPE_CHECKING:
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.core.paging import ItemPaged
    from azure.core.pipeline import PipelineResponse
    from azure.core.pipeline.policies import RetryPolicy
    from azure.core.polling import LROPoller

    from ._confirm import Attempts
    from ._file_download import FileDownload
    from ._model import Model
    from ._plan import Plan
    from ._request import Pages, Polling, Request

T = TypeVar("T")


_UNCERTAIN = frozenset({"PATCH", "POST"})
"""Methods that azure-core does not repeat by itself when an answer was lost."""


class ClientBase:
    """What the two clients share: endpoint, version, settings; no I/O."""

    _asynchronous = False

    def __init__(self, endpoint: str, credential: Any, **kwargs: Any) -> None:
        self._endpoint = endpoint_of(endpoint)
        self._api_version: str = kwargs.pop("api_version", None) or DEFAULT_API_VERSION
        self._has_own_policies = any(value for name, value in kwargs.items() if name.endswith(("_policy", "policies")))
        if not self._has_own_policies and kwargs.get("transport") is None:
            self._check_options(kwargs, CALL_OPTIONS | CLIENT_OPTIONS)
        else:
            check_call_options(kwargs)
        if kwargs.get("policies") is None:
            authentication = self._authentication(credential, kwargs)
            kwargs["policies"] = policies(authentication, kwargs, asynchronous=self._asynchronous)
        self._retries = retry_policy_of(kwargs["policies"])
        kwargs.pop("authentication_policy", None)
        self._client = self._pipeline_client(kwargs)
        self._closed = threading.Event()

    def _pipeline_client(self, settings: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _bearer(self, credential: Any, scopes: list[str], **settings: Any) -> Any:
        return BearerPolicy(credential, self._endpoint, *scopes, **settings)

    def _authentication(self, credential: Any, settings: dict[str, Any]) -> Any:
        given = settings.get("authentication_policy")
        if given is not None:
            return given
        check_credential(credential, asynchronous=self._asynchronous)
        if is_shared_key(credential):
            return SharedKeyPolicy(credential, self._endpoint, AIOHTTP_PLAIN if self._asynchronous else "")
        scopes = scopes_of(self._endpoint, settings.get("credential_scopes"), settings.get("audience"))
        return self._bearer(credential, scopes, **only(settings, "enable_cae", "enforce_https"))

    def _check_options(self, options: dict[str, Any], known: frozenset[str] = CALL_OPTIONS) -> None:
        """Refuse keywords that nothing in the pipeline reads; policies of the caller's may read any."""
        if not options:
            return
        check_call_options(options)
        if self._has_own_policies or options.keys() <= known:
            return
        unknown = ", ".join(f"{name!r}{explained(f'{name}=')}" for name in sorted(options.keys() - known))
        raise TypeError(f"unexpected keyword argument {unknown}")

    def _require_open(self) -> None:
        if self._closed.is_set():
            raise ValueError(f"{CLOSED}; make another one.")

    def _render(self, request: Request[Any]) -> HttpRequest:
        self._check_options(request.options)
        if request.method in _UNCERTAIN and not request.once and self._retries is not None:
            request.options.setdefault("retry_on_methods", EVERY_METHOD)
        return request.http(self._endpoint, self._api_version)

    def _absolute(self, request: HttpRequest, options: dict[str, Any]) -> HttpRequest:
        """Copy a caller's request with the endpoint put before a relative URL, and the headers of the call in it."""
        self._require_open()
        self._check_options(options, PIPELINE_OPTIONS | {"headers"})
        headers = options.pop("headers", None)
        if not (hasattr(request, "method") and hasattr(request, "url") and hasattr(request, "headers")):
            raise TypeError(f"request: expected an azure.core.rest.HttpRequest, got {type(request).__name__}")
        made = copied(request)
        made.headers.update(headers or {})
        if not urlsplit(made.url).scheme:
            made.url = f"{self._endpoint}/{made.url.lstrip('/')}"
        return made

    if not TYPE_CHECKING:  # a checker would believe that every name is there

        def __getattr__(self, name: str) -> NoReturn:
            raise attribute_error(f"{type(self).__name__!r} object", name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled: it holds a credential and connections")


def copied(request: HttpRequest) -> HttpRequest:
    """Copy a request that is sent more than once; policies put dates, ids and signatures into the headers of each."""
    made = copy(request)
    made.headers = case_insensitive_dict(request.headers)
    return made


def retry_policy_of(policies: Any) -> Optional[RetryPolicy[Any, Any]]:
    """The one of a client's policies that sends again what failed, if it is azure-core's or made of it."""
    return next((one for one in policies if hasattr(one, "configure_retries")), None)


def how_to_read(options: dict[str, Any]) -> tuple[Optional[Callable[..., Any]], bool, bool]:
    """Take ``cls``, ``stream`` and ``decompress`` out of the options of a call."""
    return options.pop("cls", None), options.pop("stream", False), options.pop("decompress", True)


class BatchClient(OperationsMixin, HelpersMixin, BulkMixin, ClientBase):
    """A client of one Azure Batch account.

    Use it as a context manager, or call :meth:`close` when done; one client can serve many threads, which share its
    connections. A forked process makes connections of its own; with a transport of the caller's that is its matter.

    Every operation also takes azure-core's call options as keywords: ``headers`` and ``params`` to send more,
    ``timeout``, ``read_timeout``, ``connection_timeout`` in seconds, ``retry_total`` and the other ``retry_*``
    settings, ``logging_enable``, ``raw_request_hook``, ``raw_response_hook``, ``error_map`` (exception classes by
    status), ``api_version``, and ``cls``: a function that is called with the pipeline's response, the result, and the
    answer's headers, and whose value is returned in place of the result (for a list it is called with the models of
    each page, and its value is the page). With ``stream=True`` an operation that reads a resource gives the bytes of
    the answer, as a download does. An unknown keyword is a TypeError.

    These keywords mean the same for every operation that has them:

    * ``service_timeout``: seconds the *service* may spend on the request; 30 if not given, and at most.
    * ``ocp_date``: the time of the request to be sent instead of the present time.
    * ``if_modified_since``, ``if_unmodified_since``: only if the resource has changed, or has not changed, since then.
    * ``etag`` with ``match_condition`` (``azure.core.MatchConditions``): only if the resource still is, or no longer
      is, the version with this entity tag. A read that finds nothing new raises ``ResourceNotModifiedError``, a write
      that finds the resource changed ``ResourceModifiedError``.

    A ``begin_*`` operation gives a poller once the service has accepted the call. Its ``result()`` raises
    ``OperationFailedError`` if the operation ended otherwise than asked for, and what a read raises that was refused
    or failed after its retries. Each of these errors has the resource as it was last read, or None, in ``resource``,
    and a ``continuation_token`` with which another poller can go on, also after the client was closed.

    A ``list_*`` operation gives a pager: it sends nothing, and raises nothing, before its first item is asked for.

    What fails for a time is sent again within the ``retry_*`` settings: throttling, server errors, and lost answers
    unless that would do the thing twice (a reboot, say). A pool, job, job schedule or task that then exists already is
    read, and the call has succeeded if it has what was sent and was made after the call began. ``timeout`` bounds a
    call with its repetitions, and each wait for an answer.
    A naive datetime is taken as UTC.

    :param endpoint: URL of the account, such as ``https://myaccount.westeurope.batch.azure.com``; https is assumed if
        no scheme is given, plain http is accepted for loopback addresses only.
    :param credential: A token credential such as ``azure.identity.DefaultAzureCredential()``, or an
        ``AzureNamedKeyCredential(account, key)``, whose key is read anew for each request.
    :keyword api_version: Version of the service's API: 2025-06-01 if not given, or 2026-10-01; each call can choose
        another. What the version of a call does not have (an operation, a field at any depth of what is sent or
        selected, a value) is refused with ValueError before anything is sent. Any other text is sent as it is, and
        nothing is refused.
    :keyword audience: What a token is for, such as ``https://batch.core.usgovcloudapi.net``; by default the Batch
        service of the endpoint's cloud (public, US Government, China).
    :keyword credential_scopes: Token scopes instead of the one that follows from the audience.
    :keyword enable_cae: Whether to ask for tokens that can be revoked before they expire (continuous access
        evaluation); False if not given.
    :keyword transport: An azure-core transport to send with instead of one over ``requests``.
    :keyword policies: Policies that replace the whole pipeline, authentication included.
    :keyword per_call_policies: Policies to run once a call; ``per_retry_policies`` run once an attempt.
    :raises ValueError: if the endpoint is not such a URL, the key is not base64, or the credential is None.
    :raises TypeError: if the credential is of another kind.
    """

    if TYPE_CHECKING:
        _client: PipelineClient[HttpRequest, HttpResponse]

    def __init__(self, endpoint: str, credential: AzureNamedKeyCredential | TokenCredential, **kwargs: Any) -> None:
        super().__init__(endpoint, credential, **kwargs)

    def _pipeline_client(self, settings: dict[str, Any]) -> PipelineClient[HttpRequest, HttpResponse]:
        if settings.get("transport") is None:
            from ._transport import PooledTransport  # with requests, which a client with another transport never loads

            settings["transport"] = PooledTransport(**settings)
        return PipelineClient(base_url=self._endpoint, **settings)

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse:
        """Send a request of your own through the client's pipeline, authenticated, without raising for its status.

        :param request: A relative URL is completed with the endpoint; ``api-version`` is not added.
        :keyword stream: Leave the body unread, to be streamed.
        """
        return self._client.send_request(self._absolute(request, kwargs), stream=stream, **kwargs)

    def close(self) -> None:
        """Close the client's connections; it cannot be used afterwards, and its pollers end with an error."""
        self._closed.set()
        try:
            self._client.close()
        finally:
            self._close_credential()

    def _close_credential(self) -> None:
        if self._own_credential is not None:
            self._own_credential.close()

    def __enter__(self) -> Self:
        self._client.__enter__()  # which refuses for a transport that cannot be opened again
        self._closed.clear()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self._closed.set()
        try:
            self._client.__exit__(*exc_details)
        finally:
            self._close_credential()

    # -- how operations run -------------------------------------------------------------------------------------------

    def _run(
        self,
        http: HttpRequest,
        success: tuple[int, ...],
        options: dict[str, Any],
        stream: bool = False,
        creates: Optional[type[Model]] = None,
    ) -> Any:
        """Send one request; gives the pipeline's response, its body read unless streamed, or raises."""
        self._require_open()
        error_map: Optional[Any] = options.pop("error_map", None)
        attempts: Optional[Attempts] = None
        if creates is not None:
            from ._confirm import Attempts

            attempts = Attempts(http, creates)
        outcome: PipelineResponse[HttpRequest, HttpResponse]
        response: Optional[HttpResponse] = None
        try:
            outcome = self._client._pipeline.run(http, stream=stream, **options)
            response = outcome.http_response
            if response.status_code in success:
                return outcome
            if stream:
                response.read()
        except Exception as failure:
            told = transport_error(failure, http, reading=response is not None)
            if told is failure:
                raise
            raise told from failure
        history = outcome.context.get("history", ())
        error = error_from(response, http.headers, error_map, history)
        if attempts and is_in_doubt(response, history):
            from ._confirm import confirmed

            plan = confirmed(lambda reading: self._run(reading, (200,), options), attempts, error, response)
            return self._follow(plan)
        raise error

    def _call(self, request: Request[T]) -> T:
        http, options = self._render(request), request.options
        cls, stream, decompress = how_to_read(options)
        stream = stream and request.accept is not None
        outcome = self._run(http, request.success, options, stream, request.creates)
        response = outcome.http_response
        result: Any
        try:
            if stream:
                from ._download import Download, Recovery

                result = Download(response, decompress, Recovery(http, outcome, None, options), self._run)
            else:
                result = request.read(response) if request.read else None
            return cast(T, cls(outcome, result, answer_headers(response, request.yields)) if cls else result)
        except BaseException:
            response.close()
            raise

    def _list(self, pages: Pages[Any], trace: Callable[[Any], Any]) -> ItemPaged[Any]:
        """A pager; ``trace`` puts the span of the operation around the fetching of each page."""
        from azure.core.paging import ItemPaged

        options = pages.request.options
        version = version_of(options, self._api_version)
        first = self._render(pages.request)
        cls, _, _ = how_to_read(options)

        @trace
        def fetch(link: Optional[str], **options: Any) -> Any:
            return self._run(next_page(self._endpoint, link, version) if link else copied(first), (200,), options)

        def get_next(link: Optional[str] = None) -> Any:
            return fetch(link, **options)

        def extract(outcome: Any) -> tuple[Optional[str], Iterator[Model]]:
            models, link = pages.read(outcome.http_response)
            return link, iter(cls(models) if cls else models)

        return ItemPaged(get_next, extract)

    def _begin(self, polling: Polling) -> LROPoller[None]:
        from ._polling import begin

        return begin(self, polling)

    def _download(self, request: Request[None]) -> FileDownload:
        from ._download import Recovery
        from ._file_download import FileDownload

        http, options = self._render(request), request.options
        cls, _, decompress = how_to_read(options)
        outcome = self._run(http, request.success, options, stream=True)
        response = outcome.http_response
        try:
            recovery = Recovery(http, outcome, self._retries, options)
            file = FileDownload(response, decompress, recovery, self)
            return cls(outcome, file, answer_headers(response, request.yields)) if cls else file
        except BaseException:
            response.close()
            raise

    def _follow(self, plan: Plan[T]) -> T:
        from ._plan import follow

        return follow(plan)

    def _find(self, plan: Plan[T]) -> Iterator[T]:
        from ._plan import Progress, run

        return run(Progress(plan))


bind(BatchClient, asynchronous=False)
