"""Nobody but the holder of the key can make the emulator run, change or show anything.

What single modules hold is tested with them; here it is seen from outside, each promise once.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import secrets
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from azure.batch import BatchClient
from azure.batch.emulator import BatchEmulator
from azure.batch.emulator._routes import ROUTES
from support.resources import pool_options
from support.waiting import until

HOSTS = [
    "evil.example",
    "EVIL.example:10500",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
]
HOSTS += [
    "[2001:db8::1]",
    "[2001:db8::1]:10500",
    "[::ffff:10.0.0.1]",
    "10.0.0.1:10500",
    "0.0.0.0",
    "2130706433",
    "[::1",
]
HOSTS += ["127.1", "localhost:", "localhost:1:2", "localhost,evil.example", "localhost/", "::1"]

IDS = {
    "poolId": "p",
    "nodeId": "{node}",
    "jobId": "j",
    "taskId": "t",
    "jobScheduleId": "s",
    "filePath": "stdout.txt",
    "userName": "u",
    "extensionName": "e",
    "applicationId": "a",
}
BODY = {
    "id": "intruder",
    "vmSize": "v",
    "name": "intruder",
    "commandLine": "touch {mark}",
    "poolInfo": {"poolId": "p"},
    "jobSpecification": {"poolInfo": {"poolId": "p"}, "jobManagerTask": {"id": "m", "commandLine": "touch {mark}"}},
    "schedule": {},
    "startTask": {"commandLine": "touch {mark}"},
    "value": [{"id": "intruder", "commandLine": "touch {mark}"}],
    "targetDedicatedNodes": 9,
    "nodeList": ["{node}"],
    "disableTasks": "terminate",
    "metadata": [{"name": "was", "value": "here"}],
}


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchEmulator]:
    """An account in which every operation would find what it asks for."""
    with (
        BatchEmulator(applications={"a": {"1": tmp_path_factory.mktemp("a")}}) as emulator,
        emulator.client() as client,
    ):
        client.create_pool(pool_options("p", task_slots_per_node=2))
        client.create_job({"id": "j", "poolInfo": {"poolId": "p"}})
        client.create_task("j", {"id": "t", "commandLine": "echo hello"})
        client.create_task("j", {"id": "waits", "commandLine": "sleep 1000"})
        later = {"recurrenceInterval": "P1D", "doNotRunUntil": "2999-01-01T00:00:00Z"}
        client.create_job_schedule({"id": "s", "schedule": later, "jobSpecification": {"poolInfo": {"poolId": "p"}}})
        until_they_are(client, {"t": "completed", "waits": "running"})
        client.create_node_user("p", next(iter(client.list_nodes("p"))).id, {"name": "u", "password": "Kx7!kkdP"})
        yield emulator


def until_they_are(client: BatchClient, states: dict[str, str]) -> None:
    """Wait for tasks to be in their states."""
    until(lambda: {task: client.get_task("j", task).state for task in states} == states)


def contents(emulator: BatchEmulator) -> list[Any]:
    """Everything there is in the account."""
    with emulator.client() as client:
        lists = [client.list_pools(), client.list_jobs(), client.list_job_schedules(), client.list_nodes("p")]
        lists += [client.list_tasks(job.id) for job in client.list_jobs()]
        lists += [client.list_task_files("j", "t", recursive=True)]
        return [[item.as_dict() for item in items] for items in lists]


def callers(api: Any, method: str, target: str, account: str) -> Iterator[dict[str, str]]:
    """The headers of everybody who has not the key."""
    yield {}
    yield {"Authorization": f"SharedKey {account}:{base64.b64encode(secrets.token_bytes(32)).decode()}"}
    date = {"ocp-date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    # the right key, on a request that is long past, or for another request
    yield {**date, "Authorization": api.authorization(method, target, date)}
    yield {"Authorization": api.authorization(method, "/", {})}
    yield {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9."}


@pytest.mark.parametrize("prefix", ["", "/$emulator"])
def test_a_caller_without_the_key_changes_nothing(
    lived_in: BatchEmulator, raw_client: Callable[..., Any], tmp_path: Path, prefix: str
) -> None:
    api = raw_client(lived_in)
    before = contents(lived_in)
    node = before[3][0]["id"]
    mark = tmp_path / "mark"
    body = json.loads(json.dumps(BODY).replace("{node}", node).replace("{mark}", str(mark)))
    administration = [("POST", "/faults"), ("DELETE", "/faults"), ("GET", "/clock"), ("POST", f"/nodes/p/{node}")]
    requests = administration if prefix else [(route.method, route.path) for route in ROUTES]
    for method, path in requests:
        target = prefix + path.format(**{**IDS, "nodeId": node})
        for headers in callers(api, method, f"{target}?api-version=2025-06-01", lived_in.account):
            reply = api.send(
                method, target, body if method in ("POST", "PUT", "PATCH") else None, headers, signed=False
            )
            assert reply.status in (401, 403), (method, path, headers)
            assert b"hello" not in reply.body
    assert contents(lived_in) == before
    assert not mark.exists()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("target", ["/pools?api-version=2025-06-01", "/$emulator/clock", "/"])
def test_no_other_name_is_answered_to(raw: Any, host: str, target: str) -> None:
    reply = raw.send("GET", target, headers={"Host": host}, version=None)
    assert (reply.status, reply.code) == (400, "InvalidHeaderValue")


def test_a_request_must_have_one_host(raw: Any) -> None:
    for lines in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        with socket.create_connection(tuple(raw.host.split(":"))) as connection:
            connection.sendall(b"GET /pools?api-version=2025-06-01 HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n")
            assert connection.makefile("rb").read().split(b" ")[1] in (b"400", b"403")
    with socket.create_connection(tuple(raw.host.split(":"))) as connection:
        connection.sendall(b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_no_page_of_another_site_is_permitted_anything(raw: Any, route: Any) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": route.method}
    asks["Access-Control-Request-Headers"] = "authorization, ocp-date, content-type"
    path = re.sub(r"\{\w+\}", "x", route.path)
    for method in ("OPTIONS", route.method):
        for signed in (False, True):
            headers = raw.send(method, path, None, asks, signed=signed).headers
            assert not [name for name in headers if name.lower().startswith("access-control")]
    assert raw.send("OPTIONS", path, None, asks, signed=False).status == 403


# files

SECRET = "the secret of another folder"


@pytest.fixture(scope="module")
def trap(lived_in: BatchEmulator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A task that set traps in its folder; gives the folder's path on its node."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text(SECRET)
    links = f"ln -s {outside}/secret.txt file; ln -s {outside} folder; ln -s / root; ln -s ../../../.. up; mkfifo pipe"
    with lived_in.client() as client:
        client.create_task("j", {"id": "trap", "commandLine": f"/bin/sh -c '{links}; echo here > own.txt'"})
        until_they_are(client, {"trap": "completed"})
    return str(outside)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("slash", ["/", "%2F", "%5C"])
def test_no_file_outside_a_folder_is_served(
    lived_in: BatchEmulator, raw_client: Callable[..., Any], trap: str, slash: str
) -> None:
    api = raw_client(lived_in)
    node = api.get("/pools/p/nodes").json["value"][0]["id"]
    ups = ["../" * depth + f"{trap[1:]}/secret.txt" for depth in (1, 4, 30)]
    paths = [*ups, *(path.replace("..", "%2E%2E") for path in ups), f"{trap}/secret.txt", f"/{trap}/secret.txt"]
    paths += ["wd/file", "wd/folder/secret.txt", f"wd/root{trap}/secret.txt", "wd/up/../etc/passwd", "wd/pipe"]
    paths += [
        "wd/own.txt%00",
        "%00",
        f"{trap}/secret.txt%00.txt",
        "wd/./../../t/stdout.txt",
        "wd/../stdout.txt",
        "..",
        ".",
    ]
    for files in ("/jobs/j/tasks/trap/files", f"/pools/p/nodes/{node}/files"):
        for path in paths:
            # A link within the folder may be deleted; what it leads to may not.
            for method in ("GET", "HEAD", "DELETE") if "secret" in path else ("GET", "HEAD"):
                reply = api.send(method, f"{files}/{path.replace('/', slash)}")
                assert reply.status in (400, 404), (method, path)
                assert SECRET.encode() not in reply.body
    assert (Path(trap) / "secret.txt").read_text() == SECRET
    listed = api.get("/jobs/j/tasks/trap/files", recursive="true").json["value"]
    assert {item["name"] for item in listed} == {"stdout.txt", "stderr.txt", "wd", "wd/own.txt"}
    assert api.get("/jobs/j/tasks/trap/files/wd%2Fown.txt").body == b"here\n"


def test_ids_in_a_path_lead_nowhere_else(lived_in: BatchEmulator, raw_client: Callable[..., Any]) -> None:
    api = raw_client(lived_in)
    for path in (
        "/jobs/j/tasks/..%2Ft/files/stdout.txt",
        "/jobs/..%2Fj/tasks/t/files/stdout.txt",
        "/pools/..%2Fp/nodes",
    ):
        assert api.get(path).status == 404
    for identifier in ("..", "a/b", "../x", "a\\b", "."):
        assert api.send("POST", "/jobs/j/tasks", {"id": identifier, "commandLine": "true"}).status == 400
        assert api.send("POST", "/jobs", {"id": identifier, "poolInfo": {"poolId": "p"}}).status == 400


# keys and folders


def test_a_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with BatchEmulator(data=data, tls=True) as emulator:
        emulator.client().create_pool(pool_options("p"))
        assert BatchEmulator(data=data).key == emulator.key
    if os.name != "posix":
        pytest.skip("modes of POSIX")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    (data / "key").chmod(0o644)  # as a careless copy has it
    data.chmod(0o755)
    with BatchEmulator(data=data):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()}
    assert {name: mode & 0o077 for name, mode in modes.items()} == dict.fromkeys(modes, 0)
    assert {"key", "account.db", "nodes", "tls"} <= set(modes)


def test_neither_key_nor_token_is_logged(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG), BatchEmulator() as emulator, emulator.client(logging_enable=True) as client:
        list(client.list_pools())
        token = emulator.page.partition("#token=")[2]
    assert emulator.key not in caplog.text
    assert token not in caplog.text


def test_a_client_that_breaks_off_a_download_is_no_event(
    lived_in: BatchEmulator, raw_client: Callable[..., Any], caplog: Any
) -> None:
    with lived_in.client() as client:
        client.create_task("j", {"id": "large", "commandLine": "head -c 50000000 /dev/zero"})
        until_they_are(client, {"large": "completed"})
    api = raw_client(lived_in)
    target = "/jobs/j/tasks/large/files/stdout.txt?api-version=2025-06-01"
    for _ in range(3):
        headers = {"ocp-date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())}
        headers["Authorization"] = api.authorization("GET", target, headers)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        address = urlsplit(lived_in.endpoint)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
            assert connection.recv(20).startswith(b"HTTP/1.1 200")
    # an answer to a later request says that the server went on
    with lived_in.client() as client:
        sent = sum(map(len, client.download_task_file("j", "large", "stdout.txt")))
    assert sent == 50_000_000
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
