"""Operations: each is declared once and bound twice.

The one idea of the library. A declaration is a pure function that *describes* a call::

    declaration  ->  describe(client, arguments)  ->  Request  ->  pipeline  ->  read(answer)

and a decorator here says of which kind it is: ``operation`` gives a result, ``paged`` a pager, ``long_running`` a
poller, ``download`` a file; ``planned`` gives the result of several calls (see :mod:`azure.batch._plan`),
``found`` an iterator over what they find. For a type checker the decorator is a descriptor whose ``__get__`` is
overloaded on the client's class: the same declaration reads ``-> BatchPool`` on the one client and
``-> Coroutine[Any, Any, BatchPool]`` on the other. When a client class is made, :func:`bind` replaces each declaration
by a plain ``def`` or ``async def`` with the declared signature, traced, which hands the description to the client's
own ``_call``, ``_list``, ``_begin``, ``_download``, ``_follow`` or ``_find``; no descriptor is left at run time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from functools import update_wrapper
from importlib import import_module
from inspect import iscoroutinefunction
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, TypeVar, overload

from typing_extensions import Concatenate, ParamSpec

from ._model import Model

if TYPE_CHECKING:
    from azure.core.async_paging import AsyncItemPaged
    from azure.core.paging import ItemPaged
    from azure.core.polling import AsyncLROPoller, LROPoller

    from ._client import BatchClient
    from ._file_download import FileDownload
    from ._plan import Plan
    from ._request import Pages, Polling, Request
    from .aio._client import BatchClient as AsyncBatchClient
    from .aio._file_download import FileDownload as AsyncFileDownload

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Callable[..., Any])


class _Declaration:
    """What the four decorators share at run time: the describing function and how the clients run it."""

    driver: ClassVar[str]
    result: ClassVar[tuple[str, str]]
    """How the two clients annotate the result, where ``{}`` stands for the declared one."""

    def __init__(self, describe: Callable[..., Any]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__


class operation(_Declaration, Generic[P, T]):
    """Declare an operation that gives a result."""

    driver: ClassVar[str] = "_call"
    result: ClassVar[tuple[str, str]] = ("{}", "{}")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Request[T]]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, T]: ...
        @overload
        def __get__(self, client: AsyncBatchClient, owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


class paged(_Declaration, Generic[P, M]):
    """Declare an operation that gives a pager of models; nothing is sent before the first item is asked for."""

    driver: ClassVar[str] = "_list"
    result: ClassVar[tuple[str, str]] = ("ItemPaged[{}]", "AsyncItemPaged[{}]")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Pages[M]]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, ItemPaged[M]]: ...
        @overload
        def __get__(self, client: AsyncBatchClient, owner: Any) -> Callable[P, AsyncItemPaged[M]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


class long_running(_Declaration, Generic[P]):
    """Declare an operation that gives a poller."""

    driver: ClassVar[str] = "_begin"
    result: ClassVar[tuple[str, str]] = ("LROPoller[None]", "AsyncLROPoller[None]")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Polling]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, LROPoller[None]]: ...
        @overload
        def __get__(
            self, client: AsyncBatchClient, owner: Any
        ) -> Callable[P, Coroutine[Any, Any, AsyncLROPoller[None]]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


class download(_Declaration, Generic[P]):
    """Declare an operation that gives a file: an iterator of its bytes that can do more."""

    driver: ClassVar[str] = "_download"
    result: ClassVar[tuple[str, str]] = ("FileDownload", "aio.FileDownload")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Request[None]]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, FileDownload]: ...
        @overload
        def __get__(
            self, client: AsyncBatchClient, owner: Any
        ) -> Callable[P, Coroutine[Any, Any, AsyncFileDownload]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


class planned(_Declaration, Generic[P, T]):
    """Declare an operation that takes several calls, by the plan of them; it gives the result of the plan."""

    driver: ClassVar[str] = "_follow"
    result: ClassVar[tuple[str, str]] = ("{}", "{}")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Plan[T]]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, T]: ...
        @overload
        def __get__(self, client: AsyncBatchClient, owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


class found(_Declaration, Generic[P, T]):
    """Declare an operation that gives an iterator over what a plan hands out; nothing is sent before its first item.

    The plan is annotated with what it hands out: it has no result of its own.
    """

    driver: ClassVar[str] = "_find"
    result: ClassVar[tuple[str, str]] = ("Iterator[{}]", "AsyncIterator[{}]")

    if TYPE_CHECKING:

        def __init__(self, describe: Callable[Concatenate[Any, P], Plan[T]]) -> None: ...
        @overload
        def __get__(self, client: BatchClient, owner: Any) -> Callable[P, Iterator[T]]: ...
        @overload
        def __get__(self, client: AsyncBatchClient, owner: Any) -> Callable[P, AsyncIterator[T]]: ...
        def __get__(self, client: Any, owner: Any) -> Any: ...


def bind(client: type, *, asynchronous: bool) -> None:
    """Replace the declarations that a client inherits by plain functions of its own."""
    trace = _traced_coroutine if asynchronous else _traced
    for owner in client.__mro__:
        for name, declared in vars(owner).items():
            if isinstance(declared, _Declaration):
                span = f"{client.__name__}.{name}"
                if declared.driver == paged.driver:
                    call = _pager(declared.describe, _span_of_coroutine if asynchronous else _span, span)
                elif declared.driver == found.driver:
                    call = _function(declared.describe, declared.driver)
                else:
                    work = (_coroutine if asynchronous else _function)(declared.describe, declared.driver)
                    call = trace(work, span)
                _describe(call, declared, client, asynchronous)
                setattr(client, name, call)


def _pager(describe: Callable[..., Any], trace: Callable[[str], Any], span: str) -> Any:
    """A pager sends nothing when it is made, so that it is the fetching of each page that has a span."""

    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self._list(describe(self, *args, **kwargs), trace(span))

    return call


def _function(describe: Callable[..., Any], driver: str) -> Any:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, driver)(describe(self, *args, **kwargs))

    return call


def _coroutine(describe: Callable[..., Any], driver: str) -> Any:
    async def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await getattr(self, driver)(describe(self, *args, **kwargs))

    return call


# What traces is loaded by the first call, not with the client.


def _span(name: str) -> Any:
    from azure.core.tracing.decorator import distributed_trace

    return distributed_trace(name_of_span=name)


def _span_of_coroutine(name: str) -> Any:
    from azure.core.tracing.decorator_async import distributed_trace_async

    return distributed_trace_async(name_of_span=name)


def _traced(work: Any, span: str) -> Any:
    run: Any = None

    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal run
        if run is None:
            run = _span(span)(work)
        return run(self, *args, **kwargs)

    return call


def _traced_coroutine(work: Any, span: str) -> Any:
    run: Any = None

    async def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        nonlocal run
        if run is None:
            run = _span_of_coroutine(span)(work)
        return await run(self, *args, **kwargs)

    return call


def traced(span: str) -> Callable[[F], F]:
    """Decorate a method that is no declaration: each call has a span of that name."""

    def decorate(work: Any) -> Any:
        trace = _traced_coroutine if iscoroutinefunction(work) else _traced
        return update_wrapper(trace(work, span), work)

    return decorate


class _Names(dict[str, Any]):
    """The names of a module, and those of the results, which are imported when a hint that has them is evaluated."""

    def __missing__(self, name: str) -> Any:
        return getattr(import_module(_RESULTS[name]), name)


_RESULTS = {
    "ItemPaged": "azure.core.paging",
    "AsyncItemPaged": "azure.core.async_paging",
    "LROPoller": "azure.core.polling",
    "AsyncLROPoller": "azure.core.polling",
    "Iterator": "collections.abc",
    "AsyncIterator": "collections.abc",
    "FileDownload": "azure.batch",
    "aio": "azure.batch",
}


def _describe(call: Any, declared: _Declaration, client: type, asynchronous: bool) -> None:
    """Give a bound function the name, and the declared signature with the result that this client gives."""
    describe: Any = declared.describe
    names = _Names(describe.__globals__)
    shown = FunctionType(describe.__code__, names, describe.__name__, describe.__defaults__)
    shown.__kwdefaults__ = describe.__kwdefaults__
    inner: str = describe.__annotations__["return"].partition("[")[2][:-1]
    result = declared.result[asynchronous].format(inner)
    shown.__annotations__ = call.__annotations__ = {**describe.__annotations__, "return": result}
    call.__wrapped__ = shown
    call.__name__ = describe.__name__
    call.__doc__ = describe.__doc__
    call.__qualname__ = describe.__qualname__ = f"{client.__name__}.{describe.__name__}"
    call.__module__ = client.__module__
