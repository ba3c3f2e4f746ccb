"""The asynchronous client: the same operations, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, cast

from azure.core import AsyncPipelineClient
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from typing_extensions import Self

from .._auth import ToEndpoint
from .._client import ClientBase, copied, how_to_read
from .._errors import error_from, is_in_doubt, transport_error
from .._helpers import HelpersMixin
from .._operation import bind
from .._operations import OperationsMixin
from .._request import answer_headers, next_page, version_of
from ._bulk import AsyncBulkMixin

if TYPE_CHECKING:
    from azure.core.async_paging import AsyncItemPaged
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline import PipelineRequest, PipelineResponse
    from azure.core.polling import AsyncLROPoller

    from .._confirm import Attempts
    from .._model import Model
    from .._plan import Plan
    from .._request import Pages, Polling, Request
    from ._file_download import FileDownload

T = TypeVar("T")


class _AsyncBearerPolicy(ToEndpoint, AsyncBearerTokenCredentialPolicy[Any, Any]):
    """Sends Entra ID tokens of an asynchronous credential, to the endpoint only."""

    async def on_request(self, request: PipelineRequest[Any]) -> None:
        self.check(request)
        await super().on_request(request)


class BatchClient(OperationsMixin, HelpersMixin, AsyncBulkMixin, ClientBase):
    """An asynchronous client of one Azure Batch account.

    It has the operations of :class:`azure.batch.BatchClient`, as coroutines; a ``list_*`` operation gives an
    asynchronous iterable without being awaited, a download is awaited and gives an asynchronous iterator of bytes.
    The parameters are the same, except that a token credential must be one of ``azure.identity.aio`` and the
    transport an asynchronous one; the default transport needs aiohttp (``pip install "azure-batch[aio]"``).
    """

    _asynchronous = True

    if TYPE_CHECKING:
        _client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse]

    def __init__(
        self, endpoint: str, credential: AzureNamedKeyCredential | AsyncTokenCredential, **kwargs: Any
    ) -> None:
        super().__init__(endpoint, credential, **kwargs)

    def _pipeline_client(self, settings: dict[str, Any]) -> AsyncPipelineClient[HttpRequest, AsyncHttpResponse]:
        if settings.get("transport") is None:
            from ._transport import PooledTransport  # with aiohttp, which a client with another transport never loads

            settings["transport"] = PooledTransport(**settings)
        return AsyncPipelineClient(base_url=self._endpoint, **settings)

    def _bearer(self, credential: Any, scopes: list[str], **settings: Any) -> Any:
        return _AsyncBearerPolicy(credential, self._endpoint, *scopes, **settings)

    async def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> AsyncHttpResponse:
        """Send a request of your own through the client's pipeline, authenticated, without raising for its status.

        :param request: A relative URL is completed with the endpoint; ``api-version`` is not added.
        :keyword stream: Leave the body unread, to be streamed.
        """
        return await self._client.send_request(self._absolute(request, kwargs), stream=stream, **kwargs)

    async def close(self) -> None:
        """Close the client's connections; it cannot be used afterwards, and its pollers end with an error."""
        self._closed.set()
        try:
            await self._client.close()
        finally:
            await self._close_credential()

    async def _close_credential(self) -> None:
        if self._own_credential is not None:
            await self._own_credential.close()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()  # which refuses for a transport that cannot be opened again
        self._closed.clear()
        return self

    async def __aexit__(self, *exc_details: Any) -> None:
        self._closed.set()
        try:
            await self._client.__aexit__(*exc_details)
        finally:
            await self._close_credential()

    # -- how operations run -------------------------------------------------------------------------------------------

    async def _run(
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
            from .._confirm import Attempts

            attempts = Attempts(http, creates)
        outcome: PipelineResponse[HttpRequest, AsyncHttpResponse]
        response: Optional[AsyncHttpResponse] = None
        try:
            outcome = await self._client._pipeline.run(http, stream=stream, **options)
            response = outcome.http_response
            if response.status_code in success:
                return outcome
            if stream:
                await response.read()
        except Exception as failure:
            told = transport_error(failure, http, reading=response is not None)
            if told is failure:
                raise
            raise told from failure
        history = outcome.context.get("history", ())
        error = error_from(response, http.headers, error_map, history)
        if attempts and is_in_doubt(response, history):
            from .._confirm import confirmed

            plan = confirmed(lambda reading: self._run(reading, (200,), options), attempts, error, response)
            return await self._follow(plan)
        raise error

    async def _call(self, request: Request[T]) -> T:
        http, options = self._render(request), request.options
        cls, stream, decompress = how_to_read(options)
        stream = stream and request.accept is not None
        outcome = await self._run(http, request.success, options, stream, request.creates)
        response = outcome.http_response
        result: Any
        try:
            if stream:
                from .._download import Recovery
                from ._download import AsyncDownload

                result = AsyncDownload(response, decompress, Recovery(http, outcome, None, options), self._run)
            else:
                result = request.read(response) if request.read else None
            return cast(T, cls(outcome, result, answer_headers(response, request.yields)) if cls else result)
        except BaseException:
            await response.close()
            raise

    def _list(self, pages: Pages[Any], trace: Callable[[Any], Any]) -> AsyncItemPaged[Any]:
        """A pager; ``trace`` puts the span of the operation around the fetching of each page."""
        from azure.core.async_paging import AsyncItemPaged, AsyncList

        options = pages.request.options
        version = version_of(options, self._api_version)
        first = self._render(pages.request)
        cls, _, _ = how_to_read(options)

        @trace
        async def fetch(link: Optional[str], **options: Any) -> Any:
            return await self._run(next_page(self._endpoint, link, version) if link else copied(first), (200,), options)

        async def get_next(link: Optional[str] = None) -> Any:
            return await fetch(link, **options)

        async def extract(outcome: Any) -> tuple[Optional[str], AsyncIterator[Model]]:
            models, link = pages.read(outcome.http_response)
            return link, AsyncList(cls(models) if cls else models)

        return AsyncItemPaged(get_next, extract)

    async def _begin(self, polling: Polling) -> AsyncLROPoller[None]:
        from ._polling import begin

        return await begin(self, polling)

    async def _download(self, request: Request[None]) -> FileDownload:
        from .._download import Recovery
        from ._file_download import FileDownload

        http, options = self._render(request), request.options
        cls, _, decompress = how_to_read(options)
        outcome = await self._run(http, request.success, options, stream=True)
        response = outcome.http_response
        try:
            recovery = Recovery(http, outcome, self._retries, options)
            file = FileDownload(response, decompress, recovery, self)
            return cls(outcome, file, answer_headers(response, request.yields)) if cls else file
        except BaseException:
            await response.close()
            raise

    async def _follow(self, plan: Plan[T]) -> T:
        from ._plan import follow

        return await follow(plan)

    def _find(self, plan: Plan[T]) -> AsyncIterator[T]:
        from .._plan import Progress
        from ._plan import run

        return run(Progress(plan))


bind(BatchClient, asynchronous=True)
