"""What the server demands of every request before the rules see it, and what every response has."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
from email.utils import formatdate
from typing import Any, Callable

import aiohttp
import pytest

from azure.batch.emulator import BatchEmulator
from azure.batch.emulator._routes import ROUTES

# the host


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "10.0.0.1", "a b"])
def test_another_host_name_is_refused(raw: Any, host: str) -> None:
    reply = raw.send("GET", "/pools", headers={"Host": host})
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    assert reply.values["HeaderName"] == "Host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:80"])
def test_loopback_names_are_accepted(raw: Any, host: str) -> None:
    reply = raw.send("GET", "/pools", headers={"Host": host})
    assert reply.status == 200
    assert reply.json["odata.metadata"] == f"http://{host}/$metadata#pools"


def test_pages_of_other_sites_get_no_permission(raw: Any) -> None:
    origin = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for reply in (raw.send("GET", "/pools", headers=origin), raw.send("OPTIONS", "/pools", headers=origin)):
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert raw.send("OPTIONS", "/pools", headers=origin).status == 405


# version and caller


def test_a_version_is_required(raw: Any) -> None:
    reply = raw.send("GET", "/pools", version=None)
    assert (reply.status, reply.code) == (400, "MissingRequiredQueryParameter")
    assert reply.values == {"QueryParameterName": "api-version"}


def test_an_unknown_version_is_refused(raw: Any) -> None:
    reply = raw.send("GET", "/pools", version="2031-01-01")
    assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
    assert reply.values["QueryParameterName"] == "api-version"
    assert reply.values["QueryParameterValue"] == "2031-01-01"


@pytest.mark.parametrize(
    "version",
    ["2026-10-01", "2025-06-01", "2024-07-01.20.0", "2024-02-01.19.0", "2022-10-01.16.0", "2020-09-01.12.0"],
)
def test_versions_that_clients_send_are_accepted(raw: Any, version: str) -> None:
    assert raw.send("GET", "/pools", version=version).status == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_nothing_is_done_for_a_caller_without_a_key(raw: Any, route: Any) -> None:
    path = re.sub(r"\{\w+\}", "x", route.path)
    body = None if route.body == "none" else {"id": "intruder", "commandLine": "touch /tmp/x"}
    for headers in ({}, {"Authorization": "SharedKey emulator:AAAA"}, {"Authorization": "Bearer x.y.z"}):
        reply = raw.send(route.method, path, body, headers, signed=False)
        assert reply.status in (401, 403)
        if route.method != "HEAD":
            assert reply.code == "AuthenticationFailed"


def test_a_wrong_signature_is_told_what_was_expected(raw: Any) -> None:
    reply = raw.send("GET", "/pools", headers={"Authorization": "SharedKey emulator:AAAA"})
    detail = reply.values["AuthenticationErrorDetail"]
    assert "/emulator/pools\napi-version:2025-06-01" in detail


# paths


@pytest.mark.parametrize("path", ["/", "/nothing", "/pools/", "/pools//nodes", "/jobs/a/b", "//pools", "/certificates"])
def test_a_path_that_means_nothing(raw: Any, path: str) -> None:
    reply = raw.get(path)
    assert (reply.status, reply.code) == (400, "InvalidUri")


@pytest.mark.parametrize(("method", "path"), [("PUT", "/pools"), ("HEAD", "/jobs/a"), ("POST", "/jobs/a/taskcounts")])
def test_a_verb_that_the_path_has_not(raw: Any, method: str, path: str) -> None:
    assert raw.send(method, path).status == 405


def test_a_verb_that_nobody_has(raw: Any) -> None:
    with socket.create_connection(tuple(raw.host.split(":"))) as connection:
        connection.sendall(f"FOO /pools?api-version=2025-06-01 HTTP/1.1\r\nHost: {raw.host}\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        body = json.loads(response.read())
    assert (response.status, body["code"]) == (400, "InvalidHttpVerb")
    assert response.headers["request-id"] in body["message"]["value"]
    assert response.headers["Content-Type"] == "application/json; odata=minimalmetadata"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "REPORT"])
def test_a_verb_that_the_service_has_not(raw: Any, method: str) -> None:
    assert (raw.send(method, "/pools").status, raw.send(method, "/pools").code) == (405, "UnsupportedHttpVerb")


def test_a_path_that_is_no_text(raw: Any) -> None:
    reply = raw.get("/pools/%ff")
    assert (reply.status, reply.code) == (400, "RequestUrlFailedToParse")


# the query


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("maxresults=0", "OutOfRangeQueryParameterValue"),
        ("maxresults=1001", "OutOfRangeQueryParameterValue"),
        ("maxresults=many", "InvalidQueryParameterValue"),
        ("timeOut=0", "InvalidQueryParameterValue"),
        ("timeout=soon", "InvalidQueryParameterValue"),
        ("%24filter=state+is+good", "InvalidQueryParameterValue"),
        ("%24filter=displayName+eq+%27a%27", "InvalidQueryParameterValue"),
        ("$select=nothing", "InvalidQueryParameterValue"),
        ("$expand=everything", "InvalidQueryParameterValue"),
        ("$skiptoken=made-up", "InvalidQueryParameterValue"),
        ("recursive=true", "UnsupportedQueryParameter"),
        ("colour=blue", "UnsupportedQueryParameter"),
    ],
)
def test_bad_queries(raw: Any, query: str, code: str) -> None:
    reply = raw.get(f"/pools?{query}")
    assert (reply.status, reply.code) == (400, code)
    assert reply.values["QueryParameterName"]


@pytest.mark.parametrize(
    "query",
    [
        "timeOut=30",
        "timeout=3000",
        "maxresults=5&$filter=state%20eq%20'active'&$select=id,state&$expand=stats",
        "%24filter=&%24select=",
        "MaxResults=5",
    ],
)
def test_good_queries(raw: Any, query: str) -> None:
    assert raw.get(f"/pools?{query}").status == 200


@pytest.mark.parametrize("query", ["force=perhaps", "force=1"])
def test_a_flag_is_true_or_false(raw: Any, query: str) -> None:
    assert raw.send("DELETE", f"/jobs/none?{query}").code == "InvalidQueryParameterValue"
    assert raw.send("DELETE", "/jobs/none?force=True").code == "JobNotFound"


@pytest.mark.parametrize("name", ["startTime", "endtime"])
def test_dates_in_the_query(raw: Any, name: str) -> None:
    assert raw.get("/poolusagemetrics", **{name: "2026-01-01T00:00:00Z"}).status == 200
    reply = raw.get("/poolusagemetrics", **{name: "yesterday"})
    assert (reply.status, reply.code) == (400, "InvalidQueryParameterValue")
    assert (reply.values["QueryParameterName"], reply.values["QueryParameterValue"]) == (name, "yesterday")


# bodies

DEEP = b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"{", b"[]", b"null", b'"x"', b'{"id":NaN}', b"\xff\xfe{", b'{"id":"\\ud800"}', DEEP, b"\x1f\x8b\x00"],
    ids=["empty", "blank", "open", "list", "null", "text", "nan", "not-utf8", "surrogate", "deep", "gzip"],
)
def test_a_body_that_is_no_json_object(raw: Any, body: bytes) -> None:
    reply = raw.send("POST", "/jobs", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (400, "InvalidRequestBody")


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1e300", b"1.5"])
def test_a_number_that_is_no_integer_is_refused_where_one_is_expected(raw: Any, number: bytes) -> None:
    body = b'{"id":"number","poolInfo":{"poolId":"none"},"priority":%s}' % number
    reply = raw.send("POST", "/jobs", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.code, reply.values["PropertyName"]) == (400, "InvalidPropertyValue", "priority")


@pytest.mark.parametrize("duration", [f"P{'9' * 5000}D", f"PT{'0' * 5000}1S", "PT\u0661S"])
def test_a_duration_has_a_number_that_can_be_read(raw: Any, duration: str) -> None:
    limits = {"maxWallClockTime": duration}
    reply = raw.send("POST", "/jobs", {"id": "long", "poolInfo": {"poolId": "none"}, "constraints": limits})
    assert (reply.status, reply.code) == (400, "InvalidPropertyValue")
    assert reply.values["PropertyName"] == "constraints.maxWallClockTime"
    assert raw.get("/jobs/long").code == "JobNotFound"


def test_settings_of_an_extension_have_finite_numbers(raw: Any) -> None:
    body = b"""{"id":"extended","vmSize":"a","targetDedicatedNodes":0,"virtualMachineConfiguration":{
        "imageReference":{"publisher":"a","offer":"b","sku":"c"},"nodeAgentSKUId":"d",
        "extensions":[{"name":"e","publisher":"f","type":"g","settings":{"deep":[1e999]}}]}}"""
    reply = raw.send("POST", "/pools", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (400, "InvalidPropertyValue")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_say_that_it_is_json(raw: Any, content_type: str) -> None:
    reply = raw.send("POST", "/jobs", b'{"id":"a"}', {"Content-Type": content_type})
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")
    assert reply.values["HeaderName"] == "Content-Type"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; odata=minimalmetadata",
        "application/json;odata=minimalmetadata",
        "application/json; odata=minimalmetadata; charset=utf-8",
    ],
)
def test_all_kinds_of_json_are_accepted(raw: Any, content_type: str) -> None:
    reply = raw.send("POST", "/jobs", b"{}", {"Content-Type": content_type})
    assert reply.code == "MissingRequiredProperty"


def test_a_body_of_unknown_length_is_refused(raw: Any) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    date = {"ocp-date": formatdate(usegmt=True)}
    target = "/jobs?api-version=2025-06-01"
    authorization = raw.authorization("POST", target, {**headers, **date})
    with socket.create_connection(tuple(raw.host.split(":"))) as connection:
        lines = {"Host": raw.host, "Authorization": authorization, "Connection": "close", **headers, **date}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        connection.sendall(f"POST {target} HTTP/1.1\r\n{head}\r\n2\r\n{{}}\r\n0\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 411")
    assert b"MissingContentLengthHeader" in answer


def test_a_body_of_more_than_a_megabyte_is_refused(raw: Any) -> None:
    body = json.dumps({"value": [{"id": "a", "commandLine": "x" * 1024 * 1024}]}).encode()
    reply = raw.send("POST", "/jobs/none/addtaskcollection", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (413, "RequestBodyTooLarge")
    assert raw.get("/pools").status == 200  # on the same connection


def test_a_client_may_wait_for_permission_to_send(raw: Any) -> None:
    headers = {
        "ocp-date": formatdate(usegmt=True),
        "Content-Length": "2",
        "Content-Type": "application/json",
        "Expect": "100-continue",
    }
    target = "/jobs?api-version=2025-06-01"
    headers["Authorization"] = raw.authorization("POST", target, headers)
    with socket.create_connection(tuple(raw.host.split(":"))) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": raw.host, **headers}.items())
        connection.sendall(f"POST {target} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n".encode())
        stream = connection.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        connection.sendall(b"{}")
        assert b"MissingRequiredProperty" in stream.read()


# responses


def test_an_error_says_what_the_service_says(raw: Any) -> None:
    reply = raw.get("/pools/none")
    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/json; odata=minimalmetadata"
    error = reply.json
    assert error["odata.metadata"] == (
        f"http://{raw.host}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
    )
    assert error["code"] == "PoolNotFound"
    assert error["message"]["lang"] == "en-US"
    first, request, time = error["message"]["value"].split("\n")
    assert first == "The specified pool does not exist."
    assert request == f"RequestId:{reply.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", time)


def test_an_error_of_head_is_only_its_status(raw: Any) -> None:
    reply = raw.send("HEAD", "/pools/none")
    assert (reply.status, reply.body) == (404, b"")
    assert reply.headers["request-id"]


def test_every_response_has_an_id_of_its_own(raw: Any) -> None:
    replies = [raw.get("/pools"), raw.get("/pools/none"), raw.send("GET", "/pools", signed=False)]
    assert len({reply.headers["request-id"] for reply in replies}) == 3
    assert not any("client-request-id" in reply.headers for reply in replies)


def test_the_caller_s_id_is_given_back_when_that_is_asked_for(raw: Any) -> None:
    headers = {"client-request-id": "9C4D50EE-2D56-4CD3-8152-34347DC9F2B0"}
    assert "client-request-id" not in raw.send("GET", "/pools", headers=headers).headers
    headers["return-client-request-id"] = "true"
    for path in ("/pools", "/pools/none"):
        assert raw.send("GET", path, headers=headers).headers["client-request-id"] == headers["client-request-id"]


def test_a_list_is_json_in_chunks(raw: Any) -> None:
    reply = raw.get("/applications")
    assert reply.headers["DataServiceVersion"] == "3.0"
    assert reply.headers["Content-Type"] == "application/json; odata=minimalmetadata"
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.json == {"odata.metadata": f"http://{raw.host}/$metadata#applications", "value": []}


def test_a_connection_is_kept(raw: Any) -> None:
    raw.get("/pools")
    first = raw.connection.sock
    for reply in (raw.get("/pools/none"), raw.send("HEAD", "/pools/none"), raw.send("POST", "/jobs", b"{")):
        assert reply.headers.get("Connection") != "close"
    assert raw.connection.sock is first


def test_what_is_no_http_is_answered_and_forgotten(raw: Any) -> None:
    for junk in (
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
    ):
        with socket.create_connection(tuple(raw.host.split(":"))) as connection:
            connection.sendall(junk)
            assert connection.makefile("rb").read().startswith(b"HTTP/1.")
    assert raw.get("/pools").status == 200


async def test_two_hundred_clients_at_once(shared_emulator: BatchEmulator, raw_client: Callable[..., Any]) -> None:
    client = raw_client(shared_emulator)
    target = "/pools?api-version=2025-06-01"
    date = {"ocp-date": formatdate(usegmt=True)}
    headers = {**date, "Authorization": client.authorization("GET", target, date)}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(shared_emulator.endpoint, connector=connector, headers=headers) as session:

        async def one() -> list[int]:
            statuses = []
            for _ in range(3):
                async with session.get(target) as response:
                    await response.read()
                    statuses.append(response.status)
            return statuses

        assert await asyncio.gather(*(one() for _ in range(200))) == [[200] * 3] * 200
