"""What the emulator logs of the requests that it gets."""

from __future__ import annotations

import logging
from typing import Any

import pytest


def test_each_request_is_logged_with_its_status(raw: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "azure.batch.emulator.requests")
    raw.get("/pools", _filter="id eq 'a b'")
    raw.get("/jobs/none")
    raw.send("GET", "/pools", signed=False)
    records = [record.getMessage() for record in caplog.records if record.name == "azure.batch.emulator.requests"]
    assert [record.split()[0] for record in records] == ["GET"] * 3
    assert [record.split()[-1] for record in records] == ["200", "404", "403"]
    assert records[0].startswith("GET /pools?")
    assert "api-version=2025-06-01" in records[0]
    assert records[1].startswith("GET /jobs/none?")
    assert raw.key not in caplog.text


def test_nothing_is_logged_of_requests_unless_it_is_asked_for(raw: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    raw.get("/pools")
    assert not caplog.records
