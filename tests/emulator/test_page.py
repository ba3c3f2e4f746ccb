"""The page that shows what the emulator does: who may see it, and what it is told."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any, Optional
from urllib.parse import urlencode, urlsplit

import pytest

from azure.batch.emulator import BatchEmulator, Delays, Outcome
from support.resources import pool_options
from support.waiting import PATIENCE

VIEWS = ("overview", "tasks", "task", "node", "nothing")


def fetch(
    emulator: BatchEmulator, target: str, token: Optional[str] = None, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """What is answered to a browser, which signs nothing."""
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc, timeout=PATIENCE)
    try:
        given = {} if token is None else {"emulator-page-token": token}
        connection.request(method, target, headers={**given, **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def token(emulator: BatchEmulator) -> str:
    return emulator.page.partition("#token=")[2]


def ask(emulator: BatchEmulator, view: str, **query: str) -> Any:
    status, _, body = fetch(emulator, f"/$emulator/page/{view}?{urlencode(query)}", token(emulator))
    answer = json.loads(body)
    return answer if status == 200 else (status, answer["code"])


# who may see it


def test_the_page_is_the_same_for_everybody_and_holds_no_data() -> None:
    pages = set()
    for account in ("first", "second"):
        with BatchEmulator(account=account) as emulator:
            emulator.client().create_pool(pool_options("secret"))
            status, headers, body = fetch(emulator, "/")
            assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            assert b"secret" not in body
            assert token(emulator).encode() not in body
            pages.add(body)
    assert len(pages) == 1


def test_its_link_has_a_token_of_its_own_and_not_the_key() -> None:
    with BatchEmulator() as first, BatchEmulator() as second:
        assert first.page == f"{first.endpoint}/#token={token(first)}"
        assert len({token(first), token(second), first.key, second.key}) == 4
        assert len(token(first)) >= 40
        assert token(first) not in repr(first)
        assert ask(first, "overview")["account"] == "emulator"
        status, _, _ = fetch(second, "/$emulator/page/overview", token(first))
        assert status == 401


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("given", [None, "", "x", "é", "token="])
def test_without_the_token_nothing_is_told(shared_emulator: BatchEmulator, view: str, given: Optional[str]) -> None:
    for prefix in ("/$emulator", "/%24emulator"):
        status, headers, body = fetch(shared_emulator, f"{prefix}/page/{view}", given)
        assert (status, json.loads(body)["code"]) == (401, "AuthenticationFailed")
        assert token(shared_emulator).encode() not in body
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_the_token_is_for_the_page_alone(shared_emulator: BatchEmulator) -> None:
    secret = token(shared_emulator)
    for target in ("/$emulator/faults", "/$emulator/clock", "/pools?api-version=2025-06-01"):
        for headers in ({}, {"Authorization": f"Bearer {secret}"}):
            status, _, _ = fetch(shared_emulator, target, secret, **headers)
            assert status in (401, 403)
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert fetch(shared_emulator, "/$emulator/page/overview", secret, method)[0] == 405
    # in the address it would be kept in histories and logs: it does not count there
    assert fetch(shared_emulator, f"/$emulator/page/overview?token={secret}&emulator-page-token={secret}")[0] == 401


def test_a_page_of_another_site_may_not_even_ask(shared_emulator: BatchEmulator) -> None:
    headers = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "emulator-page-token",
    }
    for target in ("/", "/$emulator/page/overview"):
        status, answered, _ = fetch(shared_emulator, target, method="OPTIONS", **headers)
        assert status >= 400
        assert not [name for name in answered if name.lower().startswith("access-control")]
        assert fetch(shared_emulator, target, token(shared_emulator), Host="evil.example")[0] == 400


@pytest.mark.parametrize("target", ["/", "/$emulator/page/overview"])
def test_browsers_are_told_to_keep_it_to_itself(shared_emulator: BatchEmulator, target: str) -> None:
    _, headers, body = fetch(shared_emulator, target, token(shared_emulator))
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy.pop("default-src") == policy.pop("frame-ancestors") == policy.pop("base-uri") == "'none'"
    assert policy.pop("form-action") == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]+='", policy.pop("script-src"))
    assert re.fullmatch(r"'sha256-[\w+/]+='", policy.pop("style-src"))
    assert policy == {"connect-src": "'self'", "img-src": "data:", "require-trusted-types-for": "'script'"}
    assert b"http://" not in body.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in body


def test_head_and_queries(shared_emulator: BatchEmulator) -> None:
    status, headers, body = fetch(shared_emulator, "/", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 10_000
    assert fetch(shared_emulator, "/?api-version=2025-06-01")[0] == 403


# what it is told


@pytest.fixture(scope="module")
def busy() -> Any:
    """An account with something of everything."""
    with BatchEmulator(simulate=True) as emulator, emulator.client() as client:
        emulator.script("startup", Outcome(exit_code=3, stderr="disk full"))
        client.create_pool(
            pool_options("broken", start_task={"commandLine": "install", "waitForSuccess": True}, nodes=1)
        )
        client.create_pool(pool_options("p", nodes=2, task_slots_per_node=2))
        emulator.advance(600)
        client.create_job({"id": "j", "poolInfo": {"poolId": "p"}})
        emulator.script("bad-*", Outcome(exit_code=7, stdout="é" * 40_000, stderr="why"))
        emulator.script("long", Outcome(duration=1000))
        client.create_tasks(
            "j",
            [{"id": f"t-{number:03}", "commandLine": "x" * 2000} for number in range(120)]
            + [{"id": f"bad-{number}", "commandLine": "false"} for number in range(2)]
            + [{"id": "long", "commandLine": "sleep"}],
        )
        emulator.advance(10)
        yield emulator


def test_the_overview(busy: BatchEmulator) -> None:
    overview = ask(busy, "overview")
    assert (overview["account"], overview["simulates"]) == ("emulator", True)
    broken, pool = overview["pools"]
    assert (pool["id"], pool["allocationState"], pool["taskSlotsPerNode"]) == ("p", "steady", 2)
    assert pool["states"] == {"idle": 1, "running": 1}
    assert broken["states"] == {"starttaskfailed": 1}
    assert sorted((node["state"], node["runningTaskSlotsCount"]) for node in pool["nodes"]) == [
        ("idle", 0),
        ("running", 1),
    ]
    (job,) = overview["jobs"]
    assert (job["id"], job["pool"]) == ("j", "p")
    assert job["counts"] == {"active": 0, "running": 1, "succeeded": 120, "failed": 2, "completed": 122}
    assert (overview["morePools"], overview["moreJobs"]) == (None, None)


def test_tasks_come_by_page_and_by_state(busy: BatchEmulator) -> None:
    first = ask(busy, "tasks", job="j")
    second = ask(busy, "tasks", job="j", after=first["more"])
    ids = [task["id"] for task in first["tasks"] + second["tasks"]]
    assert (len(first["tasks"]), len(ids), second["more"]) == (100, 123, None)
    assert ids == sorted(set(ids))
    assert max(len(task["commandLine"]) for task in first["tasks"]) == 500
    shown = {show: ask(busy, "tasks", job="j", show=show)["tasks"] for show in ("active", "running", "failed")}
    assert {show: [task["id"] for task in tasks] for show, tasks in shown.items()} == {
        "active": [],
        "running": ["long"],
        "failed": ["bad-0", "bad-1"],
    }


def test_a_task_with_the_ends_of_its_output(busy: BatchEmulator) -> None:
    task = ask(busy, "task", job="j", task="bad-1")
    assert (task["executionInfo"]["exitCode"], task["commandLine"]) == (7, "false")
    assert task["stdout"] == {"text": "é" * 16_384, "size": 80_000, "skipped": 80_000 - 32_768}
    assert task["stderr"] == {"text": "why", "size": 3, "skipped": 0}
    assert ask(busy, "task", job="j", task="t-000")["stdout"] == {"text": "", "size": 0, "skipped": 0}


def test_a_node_with_what_its_start_task_said(busy: BatchEmulator) -> None:
    (found,) = ask(busy, "overview")["pools"][0]["nodes"]
    node = ask(busy, "node", pool="broken", node=found["id"])
    assert (node["state"], node["startTaskInfo"]["exitCode"]) == ("starttaskfailed", 3)
    assert node["stderr"]["text"] == "disk full"


@pytest.mark.parametrize(
    ("view", "query", "refusal"),
    [
        ("tasks", {"job": "none"}, (404, "JobNotFound")),
        ("tasks", {}, (404, "JobNotFound")),
        ("tasks", {"job": "j", "show": "x"}, (400, "InvalidQueryParameterValue")),
        ("tasks", {"job": "j", "after": "made up"}, (400, "InvalidQueryParameterValue")),
        ("task", {"job": "j", "task": "none"}, (404, "TaskNotFound")),
        ("node", {"pool": "p", "node": "none"}, (404, "NodeNotFound")),
        ("nothing", {}, (404, "ResourceNotFound")),
        ("task/more", {}, (404, "ResourceNotFound")),
    ],
)
def test_what_there_is_not(busy: BatchEmulator, view: str, query: dict[str, str], refusal: tuple[int, str]) -> None:
    assert ask(busy, view, **query) == refusal


def test_many_of_everything_are_shown_in_part() -> None:
    slow = Delays(resize=0, boot=86_400)
    with BatchEmulator(simulate=True, delays=slow) as emulator, emulator.client() as client:
        for number in range(23):
            client.create_pool(pool_options(f"p{number:02}", nodes=550 if number < 2 else int(number == 2)))
        emulator.advance(1)
        for number in range(60):
            client.create_job({"id": f"j{number:02}", "poolInfo": {"poolId": "none"}})
        overview = ask(emulator, "overview")
        assert [len(pool["nodes"]) for pool in overview["pools"]] == [550, 450] + [0] * 18
        assert [sum(pool["states"].values()) for pool in overview["pools"][:3]] == [550, 550, 1]
        more = ask(emulator, "overview", pools=overview["morePools"], jobs=overview["moreJobs"])
        assert [pool["id"] for pool in more["pools"]] == ["p20", "p21", "p22"]
        assert [job["id"] for job in overview["jobs"] + more["jobs"]] == [f"j{number:02}" for number in range(60)]


def test_a_search_for_failures_ends_after_a_thousand_tasks() -> None:
    with BatchEmulator(simulate=True) as emulator, emulator.client() as client:
        pool = pool_options("p", task_slots_per_node=256)
        pool.vm_size = "standard_d64s_v5"
        client.create_pool(pool)
        client.create_job({"id": "j", "poolInfo": {"poolId": "p"}})
        emulator.script("z", Outcome(exit_code=1))
        client.create_tasks("j", [{"id": f"t{number:04}", "commandLine": "true"} for number in range(1000)])
        client.create_task("j", {"id": "z", "commandLine": "false"})
        emulator.advance_until(lambda: client.get_job_task_counts("j").completed == 1001)
        first = ask(emulator, "tasks", job="j", show="failed")
        assert first["tasks"] == []
        second = ask(emulator, "tasks", job="j", show="failed", after=first["more"])
        assert ([task["id"] for task in second["tasks"]], second["more"]) == (["z"], None)
