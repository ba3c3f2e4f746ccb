"""The page as a person sees it: in Chromium, without a window.

Without Chromium or Playwright these tests are skipped, unless ``EMULATOR_BROWSER`` says that there must be a browser.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from azure.batch.emulator import BatchEmulator, Outcome
from support.resources import pool_options
from support.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = (
    "there is no Chromium on this machine"
    if CHROMIUM is None
    else "playwright is not installed"
    if importlib.util.find_spec("playwright") is None
    else ""
)
FLAGS = """--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
    --disable-sync"""

HOSTILE = "<img src=x onerror=alert(1)><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if MISSING:
        assert not os.environ.get("EMULATOR_BROWSER"), MISSING
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split(), chromium_sandbox=False)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must ask for nothing but its own emulator, and complain about nothing."""
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE * 1000)
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield opened
    home = urlsplit(opened.url).netloc
    opened.close()
    assert set(asked) - {""} == {home}
    # A refusal is one line there, and part of some tests; an error of the page, or a forbidden act, is not.
    assert [text for text in complaints if "the server responded with a status of 40" not in text] == []


@pytest.fixture(scope="module")
def simulation() -> Iterator[BatchEmulator]:
    with BatchEmulator(simulate=True) as emulator:
        yield emulator


def test_nodes_are_drawn_by_their_state(page: Page, simulation: BatchEmulator) -> None:
    client = simulation.client()
    client.create_pool(pool_options("heat", nodes=4, target_low_priority_nodes=1))
    simulation.advance(60)
    nodes = list(client.list_nodes("heat"))
    dedicated = [node.id for node in nodes if node.is_dedicated]
    spot = next(node.id for node in nodes if not node.is_dedicated)
    simulation.lose_node("heat", dedicated[0])
    client.disable_node_scheduling("heat", dedicated[2])
    page.goto(simulation.page)
    card = page.locator("#pools .card", has=page.get_by_role("heading", name="heat"))
    cells = card.locator(".cell")
    expect = {
        dedicated[0]: "unusable",
        dedicated[1]: "idle",
        dedicated[2]: "offline",
        dedicated[3]: "idle",
        spot: "idle",
    }
    cells.nth(4).wait_for()
    states = {cell.get_attribute("data-key"): cell.get_attribute("data-state") for cell in cells.all()}
    expect[dedicated[2]] = client.get_node("heat", dedicated[2]).state
    assert states == expect
    colours = cells.evaluate_all(
        "cells => cells.map(cell => [cell.dataset.state, getComputedStyle(cell).backgroundColor])"
    )
    by_state: dict[str, set[str]] = {}
    for state, colour in colours:
        by_state.setdefault(state, set()).add(colour)
    assert all(len(found) == 1 for found in by_state.values())
    assert by_state["idle"] != by_state["unusable"]
    assert "spot" in str(card.locator(f"[data-key='{spot}']").get_attribute("class"))
    assert page.locator("#legend").inner_text().startswith("idle")
    # what happens is seen without a click
    simulation.lose_node("heat", dedicated[1], "unknown")
    card.locator(f"[data-key='{dedicated[1]}'][data-state='unknown']").wait_for()
    # and a click tells more
    card.locator(f"[data-key='{dedicated[1]}']").click()
    page.locator("#detail dd", has_text=re.compile("^unknown since ")).wait_for()


def test_progress_moves_as_tasks_complete(page: Page, simulation: BatchEmulator) -> None:
    client = simulation.client()
    client.create_pool(pool_options("progress", nodes=1))
    client.create_job({"id": "progress", "poolInfo": {"poolId": "progress"}})
    simulation.advance(60)
    simulation.script("step-*", Outcome(duration=100))
    simulation.script("step-2", Outcome(duration=100, exit_code=1))
    client.create_tasks("progress", [{"id": f"step-{number}", "commandLine": "true"} for number in range(4)])
    simulation.advance(0)
    page.goto(simulation.page)
    row = page.locator("#jobs .row", has_text="progress")
    seen = []
    for words in ("0 of 4 done", "2 of 4 done", "4 of 4 done"):
        row.get_by_text(words).wait_for()
        seen.append([part.evaluate("part => part.style.width") for part in row.locator(".bar i").all()])
        simulation.advance(200)
    assert seen == [["0%", "0%", "25%"], ["50%", "0%", "25%"], ["75%", "25%", "0%"]]
    row.click()
    page.locator("#tabs a", has_text="Failed").click()
    page.locator("#tasks .task .state", has_text="failed (1)").wait_for()
    page.locator("#tasks a.task").nth(1).wait_for(state="detached")  # until then all are shown
    assert page.locator("#tasks a.task").count() == 1


def test_a_task_is_opened_with_its_output(page: Page, batch_emulator: BatchEmulator, tmp_path: Path) -> None:
    client = batch_emulator.client()
    client.create_pool(pool_options("p"))
    client.create_job({"id": "j", "poolInfo": {"poolId": "p"}})
    command = f"/bin/sh -c 'echo first; echo bad >&2; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done; echo second'"
    client.create_task("j", {"id": "t", "commandLine": command})
    page.goto(batch_emulator.page)
    page.locator("#jobs .row").click()
    page.locator("#tasks a.task").click()
    output = page.locator("pre[data-of=Output]")
    output.get_by_text("first").wait_for()
    errors = page.locator("pre[data-of=Errors]")
    errors.get_by_text("bad").wait_for()
    assert errors.text_content() == "bad\n"
    assert page.locator("pre[data-of='Command line']").text_content() == command
    (tmp_path / "go").touch()
    output.get_by_text("second").wait_for()
    assert output.text_content() == "first\nsecond\n"
    page.locator("#detail dd", has_text="completed, success").wait_for()
    # the address says what is open
    page.reload()
    output.get_by_text("second").wait_for()
    page.go_back()
    page.locator("#detail").wait_for(state="hidden")


def test_hostile_text_is_text(page: Page, simulation: BatchEmulator) -> None:
    client = simulation.client()
    client.create_pool(pool_options("hostile", display_name=HOSTILE))
    client.create_job({"id": "hostile", "displayName": HOSTILE, "poolInfo": {"poolId": "hostile"}})
    simulation.script("hostile", Outcome(stdout=HOSTILE, stderr=HOSTILE, exit_code=1))
    client.create_task("hostile", {"id": "hostile", "displayName": HOSTILE, "commandLine": HOSTILE})
    simulation.advance(60)
    page.goto(f"{simulation.page}&job=hostile&task=hostile")
    for shown in ("Command line", "Output", "Errors"):
        page.wait_for_selector(f"pre[data-of='{shown}']")
        assert page.locator(f"pre[data-of='{shown}']").text_content() == HOSTILE
    assert page.locator("#tasks code").first.text_content() == HOSTILE
    for place in (f"job={quote(HOSTILE)}", f"job=hostile&task={quote(HOSTILE)}"):
        page.goto(f"{simulation.page}&{place}")
        page.get_by_text("does not exist").wait_for()
    assert page.title() == "Azure Batch emulator"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1


@pytest.mark.parametrize("fragment", ["", "#token=wrong"])
def test_without_its_token_the_page_says_where_the_link_is(
    page: Page, simulation: BatchEmulator, fragment: str
) -> None:
    page.goto(f"{simulation.endpoint}/{fragment}")
    page.get_by_text("Open the link that the emulator printed").wait_for()
    assert page.locator("#main").is_hidden()
    assert page.locator("#account").is_hidden()
    assert "BatchEmulator.page" in page.locator("#notice").inner_text()


def test_nothing_is_there_yet(page: Page, batch_emulator: BatchEmulator) -> None:
    page.goto(batch_emulator.page)
    page.get_by_text("There are no pools yet.").wait_for()
    page.get_by_text("There are no jobs yet.").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused at").wait_for()


def test_it_says_when_the_emulator_has_ended(browser: Browser) -> None:
    emulator = BatchEmulator().start()
    page = browser.new_page()
    try:
        page.goto(emulator.page)
        page.get_by_text("There are no pools yet.").wait_for()
        emulator.stop()
        page.get_by_text("The emulator does not answer.").wait_for()
    finally:
        emulator.stop()
        page.close()


def test_many_tasks_come_page_by_page(page: Page, simulation: BatchEmulator) -> None:
    client = simulation.client()
    client.create_job({"id": "many", "poolInfo": {"poolId": "none"}})
    client.create_tasks("many", [{"id": f"t{number:04}", "commandLine": "true"} for number in range(250)])
    page.goto(f"{simulation.page}&job=many")
    for first, number in (("t0000", 100), ("t0100", 100), ("t0200", 50)):
        page.locator("#tasks a.task").first.get_by_text(first).wait_for()
        assert page.locator("#tasks a.task").count() == number
        if number == 100:
            page.locator("#tasks-pager").get_by_text("Next").click()
    page.locator("#wanted").fill("t0007")
    page.locator("#wanted").press("Enter")
    page.locator("#detail h3", has_text="t0007").wait_for()


def test_over_https(browser: Browser) -> None:
    with BatchEmulator(tls=True) as emulator:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(emulator.page)
        page.get_by_text("There are no pools yet.").wait_for()
        assert page.url.startswith("https://")
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_reader_s_colours(browser: Browser, simulation: BatchEmulator, scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(simulation.page)
    page.locator("#main").wait_for()
    red = int(re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[0])
    assert (red > 128) == (scheme == "light")
    page.close()
