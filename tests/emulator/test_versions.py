"""What the emulator refuses of requests whose version does not have it; no client of ours would send them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from azure.batch.emulator import BatchEmulator
from azure.batch.emulator.__main__ import main
from support.facts import CHANGES
from support.resources import IMAGE

OLD, NEW = "2025-06-01", "2026-10-01"
OLDER = "2024-07-01.20.0"

POOL: dict[str, Any] = {
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": IMAGE,
    "targetDedicatedNodes": 0,
}
PLACED: dict[str, Any] = {
    **POOL,
    "virtualMachineConfiguration": {**IMAGE, "placement": {"zonePlacementPolicy": "Auto"}},
}
MIXED: dict[str, Any] = {**POOL, "vmSize": "Mix", "vmSkuProfile": {"vmSizes": [{"name": "Standard_D2s_v5"}]}}
HARDWARE: dict[str, Any] = {
    **POOL,
    "virtualMachineConfiguration": {**IMAGE, "hardwareProfile": {"vmSizeProperties": {}}},
}
RESILIENT: dict[str, Any] = {**POOL, "virtualMachineConfiguration": {**IMAGE, "resiliencyPolicy": None}}

NEVER = {"doNotRunUntil": "2099-01-01T00:00:00Z"}


@pytest.fixture
def name() -> str:
    return f"v-{uuid.uuid4().hex[:12]}"


def owning(pool: Mapping[str, Any]) -> dict[str, Any]:
    """What a job says of a pool of its own."""
    return {"poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": dict(pool)}}}


@pytest.mark.parametrize("version", [OLD, OLDER])
@pytest.mark.parametrize(
    ("body", "property_name"),
    [
        (MIXED, "vmSkuProfile"),
        (PLACED, "virtualMachineConfiguration.placement"),
        (HARDWARE, "virtualMachineConfiguration.hardwareProfile"),
        (RESILIENT, "virtualMachineConfiguration.resiliencyPolicy"),
    ],
    ids=["vmSkuProfile", "placement", "hardwareProfile", "resiliencyPolicy"],
)
def test_a_property_of_a_later_version_is_not_supported(
    raw: Any, name: str, version: str, body: dict[str, Any], property_name: str
) -> None:
    assert raw.send("POST", "/pools", {"id": name, **POOL}).status == 201
    change = {key: value for key, value in body.items() if key != "targetDedicatedNodes"}
    for method, path, sent in (("POST", "/pools", {"id": f"{name}-x", **body}), ("PATCH", f"/pools/{name}", change)):
        reply = raw.send(method, path, sent, version=version)
        assert (reply.status, reply.code) == (400, "UnsupportedProperty")
        assert reply.values == {"PropertyName": property_name}
    assert raw.get(f"/pools/{name}-x").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_nor_is_it_in_the_pool_of_a_job_or_of_a_schedule(raw: Any, name: str, method: str) -> None:
    path = "poolInfo.autoPoolSpecification.pool.virtualMachineConfiguration.placement"
    schedule = {"schedule": NEVER, "jobSpecification": owning(PLACED)}
    job, planned = ("/jobs", "/jobschedules") if method == "POST" else (f"/jobs/{name}", f"/jobschedules/{name}-s")
    replies = (
        raw.send(method, job, {"id": name, **owning(PLACED)}),
        raw.send(method, planned, {"id": f"{name}-s", **schedule}),
    )
    assert [(one.status, one.code) for one in replies] == [(400, "UnsupportedProperty")] * 2
    names = [one.values["PropertyName"] for one in replies]
    assert names == [path, f"jobSpecification.{path}"]


ACTIONS = {
    "resize": ("/pools/{}/resize", {"targetDedicatedNodes": 0, "nodeDeallocationOption": "RetainedData"}),
    "removenodes": ("/pools/{}/removenodes", {"nodeList": ["x"], "nodeDeallocationOption": "retaineddata"}),
    "reboot": ("/pools/{}/nodes/x/reboot", {"nodeRebootOption": "retaineddata"}),
    "reimage": ("/pools/{}/nodes/x/reimage", {"nodeReimageOption": "retaineddata"}),
    "deallocate": ("/pools/{}/nodes/x/deallocate", {"nodeDeallocateOption": "retaineddata"}),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_data_is_retained_in_the_earlier_version_only(raw: Any, name: str, action: str) -> None:
    path, body = ACTIONS[action]
    reply = raw.send("POST", path.format(name), body, version=NEW)
    assert (reply.status, reply.code) == (400, "InvalidPropertyValue")
    assert reply.values["PropertyName"].endswith("Option")
    assert raw.send("POST", path.format(name), body).code == "PoolNotFound"
    fine = {key: "requeue" if key.endswith("Option") else value for key, value in body.items()}
    assert raw.send("POST", path.format(name), fine, version=NEW).code == "PoolNotFound"


def test_the_usage_of_a_pool_is_shown_in_the_earlier_versions_only(raw: Any, name: str) -> None:
    assert raw.send("POST", "/pools", {"id": name, **POOL}).status == 201
    for version in (NEW, OLD, OLDER):
        query = {"version": version, "_expand": "stats"}
        (listed,) = raw.get("/pools", _filter=f"id eq '{name}'", **query).json["value"]
        for pool in (listed, raw.get(f"/pools/{name}", **query).json):
            assert "resourceStats" in pool["stats"]
            assert ("usageStats" in pool["stats"]) == (version != NEW)


def test_an_update_of_machines_keeps_what_they_must_have(raw: Any, name: str) -> None:
    assert raw.send("POST", "/pools", {"id": name, **POOL}).status == 201
    zones = {"maxZoneCount": 2, "maxInstancePercentPerZonePolicy": {"enabled": True, "value": 60}}
    first = {
        "placement": {"zonePlacementPolicy": "Auto"},
        "resiliencyPolicy": {"zoneAllocationPolicy": zones},
        "licenseType": "Windows_Server",
    }

    def patch(machines: dict[str, Any]) -> Any:
        return raw.send("PATCH", f"/pools/{name}", {"virtualMachineConfiguration": machines}, version=NEW)

    assert patch(first).status == 200
    percent = {"enabled": False}
    second = {"resiliencyPolicy": {"zoneAllocationPolicy": {"maxInstancePercentPerZonePolicy": percent}}}
    assert patch(second).status == 200
    kept = {**IMAGE, "imageReference": {**IMAGE["imageReference"], "version": "latest"}}
    assert raw.get(f"/pools/{name}", version=NEW).json["virtualMachineConfiguration"] == {
        **kept,
        "placement": {"zonePlacementPolicy": "Auto"},
        "resiliencyPolicy": {
            "zoneAllocationPolicy": {"maxInstancePercentPerZonePolicy": {"enabled": False, "value": 60}}
        },
    }
    reply = patch({"containerConfiguration": {"containerImageNames": ["a"]}})
    assert (reply.code, reply.values) == (
        "MissingRequiredProperty",
        {"PropertyName": "virtualMachineConfiguration.containerConfiguration.type"},
    )
    reply = patch({"dataDisks": [{"lun": 1}]})
    assert reply.values == {"PropertyName": "virtualMachineConfiguration.dataDisks[0].diskSizeGB"}
    assert raw.send("POST", "/pools", {"id": f"{name}x", **POOL, "virtualMachineConfiguration": {}}).code == reply.code


def test_an_operation_that_is_gone_has_no_address(raw: Any) -> None:
    assert CHANGES["removed"]["operations"] == ["list_pool_usage_metrics"]
    reply = raw.send("GET", "/poolusagemetrics", version=NEW)
    assert (reply.status, reply.code) == (400, "InvalidUri")
    assert raw.send("GET", "/poolusagemetrics").status == 200


def test_one_emulator_keeps_what_either_version_made(raw_client: Any, tmp_path: Any, name: str) -> None:
    """Across a restart, at which an emulator of the earlier version serves what the later one made."""
    with BatchEmulator(data=tmp_path) as emulator:
        assert raw_client(emulator).send("POST", "/pools", {"id": name, **MIXED}, version=NEW).status == 201
    with BatchEmulator(data=tmp_path, api_version=OLD) as emulator:
        assert "vmSkuProfile" not in raw_client(emulator).get(f"/pools/{name}").json
    with BatchEmulator(data=tmp_path) as emulator:
        sizes = raw_client(emulator).send("GET", f"/pools/{name}", version=NEW).json["vmSkuProfile"]["vmSizes"]
        assert sizes == [{"name": "Standard_D2s_v5"}]


def test_the_command_line_takes_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--api-version", "2031-01-01"]) == 2
    assert "'2031-01-01' is none of 2026-10-01" in capsys.readouterr().err
