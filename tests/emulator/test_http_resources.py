"""The operations of the service, over HTTP: statuses, headers, conditions, pages and files."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Callable
from urllib.parse import quote, urlsplit

import pytest

from azure.batch.emulator import BatchEmulator
from support.resources import IMAGE
from support.waiting import until

COMMAND = "/bin/sh -c \"echo out; mkdir -p d; printf 0123456789 > 'd/a b.txt'; head -c 3000000 /dev/zero > big.bin\""


def pool(name: str, nodes: int = 0) -> dict[str, Any]:
    return {
        "id": name,
        "vmSize": "standard_d2s_v3",
        "virtualMachineConfiguration": IMAGE,
        "targetDedicatedNodes": nodes,
    }


@pytest.fixture(scope="module")
def work(shared_emulator: BatchEmulator, raw_client: Callable[..., Any]) -> Any:
    """A client of an account with a pool, a job and a task that has run, all called ``work``."""
    client = raw_client(shared_emulator)
    assert client.send("POST", "/pools", pool("work", 1)).status == 201
    assert client.send("POST", "/jobs", {"id": "work", "poolInfo": {"poolId": "work"}}).status == 201
    assert client.send("POST", "/jobs/work/tasks", {"id": "work", "commandLine": COMMAND}).status == 201
    until(lambda: client.get("/jobs/work/tasks/work").json["state"] == "completed")
    return client


# one resource


def test_a_new_resource_says_where_it_is(raw: Any) -> None:
    reply = raw.send("POST", "/pools", pool("new"))
    assert (reply.status, reply.body) == (201, b"")
    assert reply.headers["Location"] == reply.headers["DataServiceId"] == f"http://{raw.host}/pools/new"
    assert re.fullmatch(r"0x[0-9A-F]+", reply.headers["ETag"])
    assert reply.headers["Last-Modified"].endswith(" GMT")
    shown = raw.get("/pools/new")
    assert shown.json["eTag"] == shown.headers["ETag"] == reply.headers["ETag"]
    assert shown.headers["Last-Modified"] == reply.headers["Last-Modified"]
    assert shown.json["odata.metadata"] == f"http://{raw.host}/$metadata#pools/@Element"
    assert shown.json["url"] == f"http://{raw.host}/pools/new"


def test_what_changes_a_resource_names_it(raw: Any) -> None:
    raw.send("POST", "/pools", pool("changing"))
    before = raw.get("/pools/changing").headers["ETag"]
    patched = raw.send("PATCH", "/pools/changing", {"metadata": [{"name": "a", "value": "b"}]})
    assert (patched.status, patched.headers["DataServiceId"]) == (200, f"http://{raw.host}/pools/changing")
    until(lambda: raw.get("/pools/changing").json["allocationState"] == "steady")
    resized = raw.send("POST", "/pools/changing/resize", {"targetDedicatedNodes": 0})
    assert (resized.status, resized.headers["DataServiceId"]) == (202, f"http://{raw.host}/pools/changing/resize")
    assert len({before, patched.headers["ETag"], resized.headers["ETag"]}) == 3


def test_a_user_of_a_node_has_an_address(work: Any) -> None:
    (node,) = work.get("/pools/work/nodes").json["value"]
    users = f"/pools/work/nodes/{node['id']}/users"
    for name in ("", ".", "..", "a/b", "a\r\nX-Injected: 1", "a\0b", "\x7f"):
        reply = work.send("POST", users, {"name": name, "password": "p"})
        assert (reply.status, reply.code, reply.values["PropertyName"]) == (400, "InvalidPropertyValue", "name")
        if name:
            assert work.send("DELETE", f"{users}/{quote(name, safe='')}").code == "NodeUserNotFound"
    for name, shown in (("plain", "plain"), ("J\u00fcrgen 100%?", "J%C3%BCrgen%20100%25%3F")):
        reply = work.send("POST", users, {"name": name, "password": "p"})
        assert (reply.status, reply.headers["Location"]) == (201, f"http://{work.host}{users}/{shown}")
        assert reply.headers["DataServiceId"] == reply.headers["Location"]
        assert work.send("DELETE", f"{users}/{shown}").status == 200


def test_head_is_get_without_the_body(raw: Any) -> None:
    raw.send("POST", "/pools", pool("there"))
    head, get = raw.send("HEAD", "/pools/there"), raw.get("/pools/there")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_select_and_expand(raw: Any) -> None:
    raw.send("POST", "/pools", pool("selected"))
    reply = raw.get("/pools/selected", _select="id,state", _expand="stats").json
    assert sorted(reply) == ["id", "odata.metadata", "state"]
    nested = raw.get("/pools/selected", _select="virtualMachineConfiguration/nodeAgentSKUId").json
    assert nested["virtualMachineConfiguration"] == {"nodeAgentSKUId": IMAGE["nodeAgentSKUId"]}


# pages


def follow(raw: Any, link: str) -> Any:
    """The page that a link leads to."""
    parts = urlsplit(link)
    return raw.send("GET", f"{parts.path}?{parts.query}", version=None)


def test_pages_follow_each_other_while_tasks_are_added(raw: Any) -> None:
    raw.send("POST", "/pools", pool("pages"))
    raw.send("POST", "/jobs", {"id": "pages", "poolInfo": {"poolId": "pages"}})

    def add(names: list[str]) -> None:
        body = {"value": [{"id": name, "commandLine": "true"} for name in names]}
        assert raw.send("POST", "/jobs/pages/addtaskcollection", body).status == 200

    add([f"m{number}" for number in range(10)])
    seen: list[str] = []
    reply = raw.get("/jobs/pages/tasks?maxresults=3&timeOut=30", _select="id")
    host = f"http://{raw.host}"
    while True:
        assert len(reply.json["value"]) <= 3
        seen.extend(task["id"] for task in reply.json["value"])
        link = reply.json.get("odata.nextLink")
        if link is None:
            break
        assert link.startswith(f"{host}/jobs/pages/tasks?")
        assert link.count("skiptoken") == link.count("maxresults=3") == link.count("timeOut=30") == 1
        # before everything, and behind everything that was there
        add([f"a{len(seen)}", f"z{len(seen)}"])
        reply = follow(raw, link)
        assert reply.status == 200
    assert len(seen) == len(set(seen))
    assert {f"m{number}" for number in range(10)} <= set(seen)


@pytest.mark.parametrize("kind", ["pools", "jobs", "jobschedules"])
def test_pages_follow_each_other_while_others_come_and_go(raw: Any, kind: str) -> None:
    info = {"poolInfo": {"poolId": "none"}}
    later = {"schedule": {"doNotRunUntil": "2999-01-01T00:00:00Z"}, "jobSpecification": info}

    def add(name: str) -> None:
        name = f"{kind}-{name}"
        body = {"pools": pool(name), "jobs": {"id": name, **info}, "jobschedules": {"id": name, **later}}[kind]
        assert raw.send("POST", f"/{kind}", body).status == 201

    def remove(name: str) -> None:
        assert raw.send("DELETE", f"/{kind}/{kind}-{name}").status == 202
        until(lambda: raw.get(f"/{kind}/{kind}-{name}").status == 404)

    for name in "bdfhjl":
        add(name)
    reply = raw.get(f"/{kind}", _filter=f"startswith(id,'{kind}-')", _select="id", maxresults=2)
    pages = [reply.json["value"]]
    for new, old in (("a", "bdf"), ("k", "a")):
        add(new)
        for name in old:
            remove(name)
        reply = follow(raw, reply.json["odata.nextLink"])
        pages.append(reply.json["value"])
    assert [[item["id"].removeprefix(f"{kind}-") for item in page] for page in pages] == [
        ["b", "d"],
        ["h", "j"],
        ["k", "l"],
    ]


def test_a_filter_goes_through_all_pages(raw: Any) -> None:
    for number in range(5):
        raw.send("POST", "/pools", pool(f"filtered-{number}"))
    reply = raw.get("/pools", _filter="startswith(id,'filtered-') and id ne 'filtered-1'", maxresults=2, _select="id")
    rest = follow(raw, reply.json["odata.nextLink"])
    names = [item["id"] for item in [*reply.json["value"], *rest.json["value"]]]
    assert names == ["filtered-0", "filtered-2", "filtered-3", "filtered-4"]


# ids


def test_the_job_of_a_schedule_is_found_by_its_escaped_name(raw: Any) -> None:
    job = {"poolInfo": {"poolId": "nowhere"}}
    schedule = {"id": "a", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": job}
    assert raw.send("POST", "/jobschedules", schedule).status == 201
    for path in ("/jobs/a%3Ajob-1", "/jobs/a:job-1"):
        assert raw.get(path).json["id"] == "a:job-1"


# files


def test_a_file_is_served_with_what_is_known_of_it(work: Any) -> None:
    reply = work.get("/jobs/work/tasks/work/files/stdout.txt")
    assert (reply.status, reply.body) == (200, b"out\n")
    assert reply.headers["Content-Type"] == "text/plain"
    assert reply.headers["Content-Length"] == "4"
    assert reply.headers["ocp-batch-file-isdirectory"] == "False"
    assert re.fullmatch(r"[0-7]+", reply.headers["ocp-batch-file-mode"])
    url = f"http%3A%2F%2F{work.host.replace(':', '%3A')}%2Fjobs%2Fwork%2Ftasks%2Fwork%2Ffiles%2Fstdout.txt"
    assert reply.headers["ocp-batch-file-url"] == url
    assert "ETag" not in reply.headers
    head = work.send("HEAD", "/jobs/work/tasks/work/files/stdout.txt")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "Last-Modified", "ocp-batch-file-url", "ocp-batch-file-mode"):
        assert head.headers[name] == reply.headers[name]
    assert work.send("HEAD", "/jobs/work/tasks/work/files/wd").headers["ocp-batch-file-isdirectory"] == "True"


@pytest.mark.parametrize("path", ["wd%2Fd%2Fa%20b.txt", "wd/d/a%20b.txt"])
def test_a_path_comes_with_either_kind_of_slash(work: Any, path: str) -> None:
    assert work.get(f"/jobs/work/tasks/work/files/{path}").body == b"0123456789"


@pytest.mark.parametrize(
    ("given", "content"), [("bytes=0-3", b"0123"), ("bytes=4-4", b"4"), ("bytes=7-", b"789"), ("bytes=8-99", b"89")]
)
def test_a_part_of_a_file(work: Any, given: str, content: bytes) -> None:
    reply = work.send("GET", "/jobs/work/tasks/work/files/wd/d/a%20b.txt", headers={"ocp-range": given})
    assert (reply.status, reply.body) == (200, content)


def test_a_part_behind_the_end(work: Any) -> None:
    reply = work.send("GET", "/jobs/work/tasks/work/files/wd/d/a%20b.txt", headers={"ocp-range": "bytes=10-"})
    assert (reply.status, reply.code) == (416, "InvalidRange")


def test_a_large_file_arrives_whole(work: Any) -> None:
    assert work.get("/jobs/work/tasks/work/files/wd/big.bin").body == bytes(3_000_000)
    part = work.send("GET", "/jobs/work/tasks/work/files/wd/big.bin", headers={"ocp-range": "bytes=1-2000000"})
    assert part.body == bytes(2_000_000)


def test_conditions_of_files(work: Any) -> None:
    path = "/jobs/work/tasks/work/files/stdout.txt"
    date = work.get(path).headers["Last-Modified"]
    before = format_datetime(parsedate_to_datetime(date) - timedelta(seconds=1), usegmt=True)
    for method in ("GET", "HEAD"):
        assert work.send(method, path, headers={"If-Modified-Since": date}).status == 304
        assert work.send(method, path, headers={"If-Modified-Since": before}).status == 200
        assert work.send(method, path, headers={"If-Unmodified-Since": date}).status == 200
        assert work.send(method, path, headers={"If-Unmodified-Since": before}).status == 412
    assert work.send("GET", path, headers={"If-Match": "*"}).code == "UnsupportedHeader"


@pytest.mark.parametrize(
    "path", ["..%2F..%2F..%2Fetc%2Fpasswd", "../../../etc/passwd", "%2Fetc%2Fpasswd", "wd/%2E%2E/%2E%2E/x", "none.txt"]
)
def test_nothing_but_the_task_s_files_is_served(work: Any, path: str) -> None:
    reply = work.get(f"/jobs/work/tasks/work/files/{path}")
    assert (reply.status, reply.code) == (404, "FileNotFound")


def test_files_are_listed(work: Any) -> None:
    top = work.get("/jobs/work/tasks/work/files").json
    assert top["odata.metadata"] == f"http://{work.host}/$metadata#files"
    assert [item["name"] for item in top["value"]] == ["stderr.txt", "stdout.txt", "wd"]
    filtered = work.get("/jobs/work/tasks/work/files", _filter="startswith(name,'wd/d')", recursive="true").json
    assert [item["name"] for item in filtered["value"]] == ["wd/d", "wd/d/a b.txt"]
    for item in filtered["value"]:
        assert work.send("HEAD", item["url"].removeprefix(f"http://{work.host}")).status == 200


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_file_is_lost_between_the_pages_of_a_list(work: Any, size: int) -> None:
    names = [f"wd/out{rest}" for rest in ("", "/1", "/2", "-b", ".txt")]
    script = "mkdir -p out; touch out/1 out/2 out.txt out-b"
    task = {"id": f"pages{size}", "commandLine": f"/bin/sh -c '{script}'"}
    assert work.send("POST", "/jobs/work/tasks", task).status == 201
    path = f"/jobs/work/tasks/{task['id']}"
    until(lambda: work.get(path).json["state"] == "completed")
    page = work.get(f"{path}/files", recursive="true", maxresults=size).json
    found = page["value"]
    while "odata.nextLink" in page:
        page = follow(work, page["odata.nextLink"]).json
        assert len(page["value"]) <= size
        found += page["value"]
    assert [item["name"] for item in found] == ["stderr.txt", "stdout.txt", "wd", *names]
