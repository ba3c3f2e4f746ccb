"""Lists: pages, their order and their links, and what is sent when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import DecodeError, HttpResponseError, ResourceNotFoundError

from azure.batch import models
from azure.batch.emulator import BatchEmulator
from conftest import AwaitableItems, Client
from support.calls import Recorder, drive
from support.clients import ENDPOINT, memory_client
from support.memory import Answer
from support.resources import pool_options, steady

BOTH = pytest.mark.parametrize("asynchronous", [False, True])

SKIP = f"{ENDPOINT}/pools?api-version=1999-01-01&$skiptoken=WATV2:0:1$1&$filter=id%20eq%20%27a%2Bb%27"


def page(*ids: str, link: Any = None, **more: Any) -> Answer:
    body: dict[str, Any] = {"odata.metadata": "x", "value": [{"id": one} for one in ids], **more}
    if link is not None:
        body["odata.nextLink"] = link
    return Answer(200, json.dumps(body).encode(), {"request-id": "the-request"})


def readable(items: Any) -> Any:
    """Either client's list, to be read with ``async for``."""
    return items if hasattr(items, "__anext__") else AwaitableItems(items)


def ids_of(pages: list[list[Any]]) -> list[list[str]]:
    return [[one.id for one in items] for items in pages]


async def pages_of(items: Any, token: Any = None) -> list[list[Any]]:
    return [[one async for one in items] async for items in readable(items).by_page(token)]


# -- over transports that answer from memory ---------------------------------------------------------------------------


@BOTH
async def test_pages_come_in_order_and_empty_ones_end_nothing(asynchronous: bool) -> None:
    recorder = Recorder(page("a", "b", link=SKIP), page(link=SKIP), page("c", link=SKIP), page("d"))
    async with memory_client(recorder, asynchronous) as client:
        pools = await drive(client, "list_pools")
    assert [pool.id for pool in pools] == ["a", "b", "c", "d"]
    assert all(type(pool) is models.BatchPool for pool in pools)
    assert len(recorder.requests) == 4


@BOTH
async def test_pages_can_be_read_one_by_one(asynchronous: bool) -> None:
    recorder = Recorder(page("a", "b", link=SKIP), page(link=SKIP), page("c"))
    async with memory_client(recorder, asynchronous) as client:
        assert ids_of(await pages_of(client.list_pools())) == [["a", "b"], [], ["c"]]


@BOTH
@pytest.mark.parametrize("link", ["", None])
async def test_a_page_without_a_link_is_the_last(asynchronous: bool, link: Any) -> None:
    async with memory_client(Recorder(page("a", link=link)), asynchronous) as client:
        assert len(await drive(client, "list_pools")) == 1


@BOTH
async def test_nothing_is_sent_and_nothing_raised_before_the_first_item_is_asked_for(asynchronous: bool) -> None:
    recorder = Recorder(Answer(404, b'{"code": "JobNotFound"}'))
    async with memory_client(recorder, asynchronous) as client:
        pager = client.list_tasks("j")
        pages = pager.by_page()
        assert not recorder.requests
        with pytest.raises(ResourceNotFoundError):
            _ = [one async for one in readable(pager)]
        with pytest.raises(ResourceNotFoundError):
            _ = [one async for one in readable(pages)]
    assert len(recorder.requests) == 2


@BOTH
async def test_a_next_link_is_followed_with_the_version_of_the_client(asynchronous: bool) -> None:
    for settings, options, version in (
        ({}, {}, "2025-06-01"),
        ({"api_version": "2024-07-01.20.0"}, {}, "2024-07-01.20.0"),
        ({}, {"api_version": "2026-10-01"}, "2026-10-01"),
        ({}, {"params": {"api-version": "2026-10-01"}}, "2026-10-01"),
    ):
        recorder = Recorder(page(link=SKIP), page())
        made: dict[str, Any] = dict(settings)
        async with memory_client(recorder, asynchronous, **made) as client:
            await drive(client, "list_pools", max_results=3, **options)
        first, second = (parse_qs(urlsplit(one.url).query) for one in recorder.requests)
        assert first == {"api-version": [version], "maxresults": ["3"]}
        assert second == {"api-version": [version], "$skiptoken": ["WATV2:0:1$1"], "$filter": ["id eq 'a+b'"]}
        assert all(one.headers["Authorization"] for one in recorder.requests)


@BOTH
@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("/pools?x=1", "/pools"),
        ("pools?x=1", "/pools"),
        ("?x=1", "/"),
        (f"{ENDPOINT.upper()}/pools?x=1", "/pools"),
        ("//account.westeurope.batch.azure.com/pools?x=1", "/pools"),
        (".evil.example.com/pools?x=1", "/.evil.example.com/pools"),  # a path, and not more of the host
        ("@evil.example.com/pools?x=1", "/@evil.example.com/pools"),
    ],
)
async def test_a_relative_link_stays_at_the_endpoint(asynchronous: bool, link: str, path: str) -> None:
    recorder = Recorder(page(link=link), page("a"))
    async with memory_client(recorder, asynchronous) as client:
        assert len(await drive(client, "list_pools")) == 1
    assert recorder.requests[1].url == f"{ENDPOINT}{path}?api-version=2025-06-01&x=1"


@BOTH
@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/pools",
        "http://account.westeurope.batch.azure.com/pools",
        "https://account.westeurope.batch.azure.com:8443/pools",
        "https://account.westeurope.batch.azure.com:80/pools",
        "https://account.westeurope.batch.azure.com:x/pools",
        "https://account.westeurope.batch.azure.com.evil.example.com/pools",
        "https://account.westeurope.batch.azure.com@evil.example.com/pools",
        "https://user:secret@account.westeurope.batch.azure.com/pools",
        "//evil.example.com/pools",
        "https://[::1/pools",
    ],
)
async def test_a_link_to_another_place_is_refused_before_credentials_are_attached(
    asynchronous: bool, link: str
) -> None:
    recorder = Recorder(page("a", link=link), page("b"))
    async with memory_client(recorder, asynchronous) as client:
        pools = readable(client.list_pools()).__aiter__()
        assert (await pools.__anext__()).id == "a"
        with pytest.raises(DecodeError, match="Refused to follow"):
            await pools.__anext__()
        with pytest.raises(DecodeError, match="Refused to follow"):
            await pages_of(client.list_pools(), link)
    assert len(recorder.requests) == 1


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"value": null}',
        b'{"value": {"id": "a"}}',
        b'{"value": "a"}',
        b'{"value": ["a"]}',
        b'{"value": [{"id": "a"}, null]}',
        b'{"value": [], "odata.nextLink": 5}',
        b'{"value": [{"id": "a"',
        b"\xff\xfe",
    ],
)
async def test_a_page_that_is_not_the_services_is_a_decode_error(asynchronous: bool, body: bytes) -> None:
    answer = Answer(200, body, {"request-id": "the-request"})
    async with memory_client(Recorder(answer), asynchronous) as client:
        with pytest.raises(DecodeError, match="the-request"):
            await drive(client, "list_pools")


@BOTH
async def test_an_error_in_the_middle_leaves_the_token_to_go_on_with(asynchronous: bool) -> None:
    recorder = Recorder(page("a", link=SKIP), Answer(400, b'{"code": "x"}'), page("b"))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(HttpResponseError) as caught:
            await drive(client, "list_pools")
        assert caught.value.continuation_token == SKIP
        assert ids_of(await pages_of(client.list_pools(), caught.value.continuation_token)) == [["b"]]


@BOTH
async def test_cls_is_called_with_the_models_of_each_page(asynchronous: bool) -> None:
    recorder = Recorder(page("a", "b", link=SKIP), page("c"))
    async with memory_client(recorder, asynchronous) as client:
        found = await drive(client, "list_pools", cls=lambda pools: [pool.id.upper() for pool in pools])
    assert found == ["A", "B", "C"]


@BOTH
async def test_call_options_hold_for_every_page(asynchronous: bool) -> None:
    seen: list[str] = []
    recorder = Recorder(page("a", link=SKIP), page("b", link=SKIP), page("c"))
    async with memory_client(recorder, asynchronous) as client:
        await drive(
            client, "list_pools", raw_request_hook=lambda one: seen.append(one.http_request.url), user_agent="a/1"
        )
    assert seen == [one.url for one in recorder.requests]
    assert all(one.headers["User-Agent"].startswith("a/1 ") for one in recorder.requests)


@BOTH
async def test_each_reading_of_a_pager_is_signed_anew(asynchronous: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    dates: Iterator[str] = iter([f"Tue, 29 Jul 2014 21:49:{second:02} GMT" for second in range(10)])
    monkeypatch.setattr("azure.batch._auth.http_now", lambda: next(dates))
    recorder = Recorder(page("a"))
    async with memory_client(recorder, asynchronous) as client:
        pager = client.list_pools()
        assert ids_of(await pages_of(pager)) == ids_of(await pages_of(pager)) == [["a"]]
        assert [one.id async for one in readable(pager)] == ["a"]
        assert [one.id async for one in readable(pager)] == []  # azure-core's pager is an iterator, and at its end
    for header in ("ocp-date", "Authorization", "client-request-id"):
        assert len({one.headers[header] for one in recorder.requests}) == 3


# -- on the emulator ---------------------------------------------------------------------------------------------------


async def test_every_item_is_listed_once_whatever_the_size_of_a_page(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, nodes=0))
    await client.create_job({"id": name, "poolInfo": {"poolId": name}})
    wanted = [f"t{number:03}" for number in range(25)]
    await client.create_task_collection(name, {"value": [{"id": one, "commandLine": "true"} for one in wanted]})
    for size in (1, 10, 25, 1000, None):
        pages = [[one.id async for one in items] async for items in client.list_tasks(name, max_results=size).by_page()]
        assert sorted(one for items in pages for one in items) == wanted
        assert len({one for items in pages for one in items}) == 25
        assert all(len(items) <= (size or 1000) for items in pages)
        assert len([items for items in pages if items]) == {1: 25, 10: 3}.get(size or 0, 1)
    found = [
        one.id async for one in client.list_tasks(name, filter="startswith(id, 't00')", select=["id"], max_results=4)
    ]
    assert sorted(found) == wanted[:10]


async def test_a_second_client_goes_on_where_the_first_one_stopped(emulator: BatchEmulator, name: str) -> None:
    with emulator.client() as first:
        first.create_pool(pool_options(name, nodes=0))
        first.create_job({"id": name, "poolInfo": {"poolId": name}})
        first.create_task_collection(name, {"value": [{"id": f"t{one}", "commandLine": "true"} for one in range(9)]})
        pages: Any = first.list_tasks(name, max_results=4).by_page()
        read = [one.id for one in next(pages)]
        token = pages.continuation_token
        assert token.startswith(emulator.endpoint)
    with emulator.client() as second:
        rest = [one.id for items in second.list_tasks(name).by_page(token) for one in items]
    async with emulator.async_client() as third:
        same = [one.id async for items in third.list_tasks(name).by_page(token) async for one in items]
    assert sorted(read + rest) == [f"t{one}" for one in range(9)]
    assert rest == same


async def test_nodes_and_images_are_paged_too(client: Client, name: str) -> None:
    await client.create_pool(pool_options(name, nodes=3))
    await steady(client, name)
    nodes = [one.id async for one in client.list_nodes(name, max_results=1)]
    assert len(set(nodes)) == 3
    images = [one async for one in client.list_supported_images(max_results=1)]
    assert all(type(one) is models.BatchSupportedImage for one in images)
    with pytest.raises(HttpResponseError, match="maxresults"):
        _ = [one async for one in client.list_pools(max_results=0)]
