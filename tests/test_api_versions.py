"""API versions: what each has, what is refused before it is sent, and how the emulator serves them side by side."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from enum import Enum
from typing import Any, Callable

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import BatchClient, models
from azure.batch._model import Model
from azure.batch._versions import API_VERSIONS
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.emulator import BatchEmulator
from conftest import Client
from model_examples import filled, wire
from support.calls import OPERATIONS, Recorder, arguments, drive, sent
from support.clients import memory_client
from support.facts import CHANGES, FACTS
from support.memory import Answer
from support.resources import pool_options, steady

OLD, NEW = "2025-06-01", "2026-10-01"
BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
ADDED: dict[str, dict[str, Any]] = CHANGES["added"]["models"]

MIX = {
    "vmSizes": [{"name": "Standard_D8s_v5", "rank": 1}, {"name": "Standard_D8as_v5", "rank": 0}],
    "allocationStrategy": "prioritized",
}
MACHINES: dict[str, Any] = {
    "hardwareProfile": {"vmSizeProperties": {"vCPUsAvailable": 4, "vCPUsPerCore": 1}},
    "placement": {"zonePlacementPolicy": "Auto"},
    "resiliencyPolicy": {
        "zoneAllocationPolicy": {
            "maxZoneCount": 2,
            "maxInstancePercentPerZonePolicy": {"enabled": True, "value": 60},
        }
    },
}


# -- the declarations -------------------------------------------------------------------------------------------------


def all_models() -> Iterator[type[Model]]:
    for name in FACTS["models"]:
        yield getattr(models, name)


def test_exactly_the_fields_of_the_list_are_of_the_new_version() -> None:
    new_models = set(ADDED) - {"BatchPool", "BatchPoolCreateOptions", "BatchPoolUpdateOptions"}
    new_models -= {"VirtualMachineConfiguration", "BatchNode"}
    marked = {
        (kind.__name__, name, one.added)
        for kind in all_models()
        for name, one in kind._attr_to_rest_field.items()
        if one.added
    }
    assert marked == {
        (name, field, NEW) for name, fields in ADDED.items() if name not in new_models for field in fields
    }


def test_exactly_the_fields_and_values_of_the_list_are_gone_in_the_new_version() -> None:
    fields: dict[str, list[str]] = {}
    values: set[tuple[str, str]] = set()
    expected: set[tuple[str, str]] = set()
    for kind in all_models():
        hints = typing.get_type_hints(kind)
        for name, one in kind._attr_to_rest_field.items():
            if one.removed:
                fields.setdefault(kind.__name__, []).append(name)
            values |= {(f"{kind.__name__}.{name}", value) for value in one.codec.removed}
            assert {one.removed, *one.codec.removed.values()} <= {None, NEW}
            gone = [CHANGES["removed"]["members"].get(enum.__name__, []) for enum in enums_of(hints[name])]
            expected |= {(f"{kind.__name__}.{name}", "retaineddata") for names in gone if names == ["RETAINED_DATA"]}
    assert fields == CHANGES["removed"]["fields"]
    assert values == expected
    assert len(values) == 5


def enums_of(hint: Any) -> list[type[Enum]]:
    return [
        one
        for one in typing.get_args(hint)
        if inspect.isclass(one) and not typing.get_origin(one) and issubclass(one, Enum)
    ]


@pytest.mark.parametrize("name", ADDED)
def test_what_is_new_says_which_version_it_needs(name: str) -> None:
    kind = getattr(models, name)
    if name in ("VirtualMachineConfiguration", "BatchNode") or name.startswith("BatchPool"):
        source = " ".join(inspect.getsource(kind).split())
        for field in ADDED[name]:
            text = source.partition(f" {field}: ")[2].partition('"""')[2].partition('"""')[0]
            assert "Needs API version 2026-10-01." in text
    else:
        assert "Needs API version 2026-10-01." in kind.__doc__


@pytest.mark.parametrize("name", CHANGES["added"]["enums"])
def test_new_enums_say_which_version_they_need(name: str) -> None:
    assert "Needs API version 2026-10-01." in getattr(models, name).__doc__


# -- what is refused before it is sent --------------------------------------------------------------------------------


def body_model(operation: str) -> Any:
    """The model that the body of an operation is of, and the name of the argument."""
    hints = typing.get_type_hints(getattr(BatchClient, operation))
    for name, hint in hints.items():
        for one in typing.get_args(hint):
            if inspect.isclass(one) and not typing.get_origin(one) and issubclass(one, Model) and name != "return":
                return name, one
    return "", None


def paths(kind: type[Model], version: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each word that the version does not have somewhere below a model: its name, and the JSON that holds just it."""
    for one in kind._by_wire.values():
        if version == OLD and one.added:
            yield one.wire, {one.wire: wire(one.codec.model) if one.codec.model else "text"}
        elif version == NEW and one.removed:
            yield one.wire, {one.wire: {}}
        else:
            if version == NEW:
                yield from ((word, {one.wire: word.title()}) for word in one.codec.removed)
            if one.codec.model is not None:
                for word, inner in paths(one.codec.model, version):
                    many = isinstance(wire(kind)[one.wire], list)
                    yield word, {one.wire: [{}, inner] if many else inner}


REFUSED = [
    pytest.param(operation, version, word, body, id=f"{operation}-{version}-{word}-{number}")
    for operation in OPERATIONS
    for version in (OLD, NEW)
    if operation != "create_tasks" and body_model(operation)[1] is not None
    for number, (word, body) in enumerate(paths(body_model(operation)[1], version))
]


def test_the_operations_that_can_send_what_differs_are_these() -> None:
    """The tests below are made from the signatures; this shows that they look at something."""
    pools = {"create_pool", "update_pool"}
    jobs = {"create_job", "update_job", "replace_job", "create_job_schedule"}
    jobs |= {"update_job_schedule", "replace_job_schedule"}
    removals = {"begin_resize_pool", "begin_remove_nodes", "begin_reboot_node", "begin_reimage_node"}
    removals |= {"begin_deallocate_node"}
    assert {one.values[0] for one in REFUSED} == pools | jobs | removals


def given(operation: str, body: Any) -> list[Any]:
    """Arguments for an operation with this body, also where it may be left out."""
    argument = body_model(operation)[0]
    found = arguments(operation, **{argument: body})
    optional = inspect.signature(getattr(BatchClient, operation)).parameters[argument].default is None
    return [*found, body] if optional else found


@BOTH
@pytest.mark.parametrize(("operation", "version", "word", "body"), REFUSED)
async def test_what_a_version_does_not_have_is_refused_before_it_is_sent(
    asynchronous: bool, operation: str, version: str, word: str, body: dict[str, Any]
) -> None:
    argument, kind = body_model(operation)
    other = NEW if version == OLD else OLD
    whole = {**wire_of_required(kind), **body}
    for value in (whole, kind(whole), json.dumps(whole).encode()):
        recorder = Recorder()
        async with memory_client(recorder, asynchronous) as client:
            with pytest.raises(ValueError) as caught:
                await drive(client, operation, *given(operation, value), api_version=version)
        assert recorder.requests == []
        message = str(caught.value)
        assert message.startswith(f"{argument}: ")
        assert word.lower() in message.lower()
        assert f"needs API version {other}" in message
        assert version in message
        assert len((await sent(asynchronous, operation, *given(operation, value), api_version=other)).requests) == 1


def wire_of_required(kind: type[Model]) -> dict[str, Any]:
    """The JSON of what a model must have, without what differs between versions."""
    empty = {dict: {}, list: []}
    required = [one.wire for one in kind._by_wire.values() if one.required and not one.readonly]
    return {name: empty.get(type(wire(kind)[name]), "x") for name in required}


@BOTH
async def test_the_version_is_the_calls_or_else_the_clients(asynchronous: bool) -> None:
    pool = {"id": "p", "vmSize": "Mix", "vmSkuProfile": MIX}
    settings = {"api_version": NEW}
    assert (await sent(asynchronous, "create_pool", pool, settings=settings)).query["api-version"] == [NEW]
    for options in ({"api_version": OLD}, {"params": {"api-version": OLD}}):
        with pytest.raises(ValueError, match="vmSkuProfile"):
            await sent(asynchronous, "create_pool", pool, settings=settings, **options)


@BOTH
@pytest.mark.parametrize("version", ["2024-07-01.20.0", "2031-01-01", "2026-10-01-preview"])
async def test_a_version_that_is_not_known_is_sent_unchecked(asynchronous: bool, version: str) -> None:
    assert version not in API_VERSIONS
    body = {"id": "p", "vmSize": "Mix", "vmSkuProfile": MIX, "nodeDeallocationOption": "retaineddata"}
    recorder = await sent(asynchronous, "create_pool", body, api_version=version)
    assert recorder.query["api-version"] == [version]
    assert json.loads(recorder.request.content) == body


@BOTH
async def test_words_that_only_look_like_those_of_another_version_are_sent(asynchronous: bool) -> None:
    """The same name elsewhere, the name as a value, a name that no version has, text that is not JSON."""
    disk = {"osDisk": {"ephemeralOSDiskSettings": {"placement": "cachedisk"}}}
    body = {
        "id": "p",
        "vmSize": "x",
        "virtualMachineConfiguration": disk,
        "placement": 1,
        "displayName": "vmSkuProfile",
    }
    assert len((await sent(asynchronous, "create_pool", body)).requests) == 1
    assert len((await sent(asynchronous, "create_pool", b'{"vmSkuProfile": ')).requests) == 1


@BOTH
async def test_every_field_that_is_wrong_is_named(asynchronous: bool) -> None:
    pool = models.BatchPoolCreateOptions({"id": "p", "vmSize": "Mix", "vmSkuProfile": None})
    pool.virtual_machine_configuration = models.VirtualMachineConfiguration(MACHINES)
    with pytest.raises(ValueError) as caught:
        await sent(asynchronous, "create_pool", pool)
    assert str(caught.value) == (
        "pool: BatchPoolCreateOptions.vm_sku_profile ('vmSkuProfile') needs API version 2026-10-01, "
        "VirtualMachineConfiguration.hardware_profile ('hardwareProfile') needs API version 2026-10-01, "
        "VirtualMachineConfiguration.placement ('placement') needs API version 2026-10-01, "
        "VirtualMachineConfiguration.resiliency_policy ('resiliencyPolicy') needs API version 2026-10-01; "
        "the request is made with 2025-06-01, see api_version"
    )


@BOTH
@pytest.mark.parametrize(
    ("operation", "arguments", "select", "version", "text"),
    [
        (
            "get_pool",
            ["p"],
            ["id", "vmSkuProfile"],
            OLD,
            rf"BatchPool\.vm_sku_profile \('vmSkuProfile'\) needs .* {NEW}",
        ),
        ("list_pools", [], "id,vmSkuProfile", OLD, "vm_sku_profile"),
        ("list_nodes", ["p"], ["publicIPAddress"], OLD, r"BatchNode\.public_ip_address"),
        (
            "get_pool",
            ["p"],
            ["virtualMachineConfiguration/placement"],
            OLD,
            r"VirtualMachineConfiguration\.placement \('virtualMachineConfiguration/placement'\) needs",
        ),
        ("get_pool", ["p"], ["stats/usageStats"], NEW, rf"BatchPoolStatistics\.usage_statistics .* {OLD}"),
    ],
)
async def test_what_a_version_cannot_select_is_refused_before_it_is_sent(
    asynchronous: bool, operation: str, arguments: list[str], select: Any, version: str, text: str
) -> None:
    recorder = Recorder(Answer(body=b'{"value": []}'))
    async with memory_client(recorder, asynchronous) as client:
        with pytest.raises(ValueError, match=f"^select: .*{text}"):
            await drive(client, operation, *arguments, select=select, api_version=version)
        assert not recorder.requests
        other = NEW if version == OLD else OLD
        for options in ({"api_version": other}, {"params": {"api-version": other}}, {"api_version": "2099-01-01"}):
            await drive(client, operation, *arguments, select=select, **options)
        await drive(client, operation, *arguments, select=["id", "no/such"], api_version=version)
        assert len(recorder.requests) == 4


@BOTH
async def test_an_operation_that_is_gone_is_refused_before_it_is_sent(asynchronous: bool) -> None:
    (operation,) = CHANGES["removed"]["operations"]
    for settings, options in ({"api_version": NEW}, {}), ({}, {"api_version": NEW}):
        recorder = Recorder()
        async with memory_client(recorder, asynchronous, **settings) as client:
            with pytest.raises(ValueError, match=f"{operation}: needs API version {OLD}; .*{NEW}"):
                getattr(client, operation)(**options)
        assert recorder.requests == []
    assert len((await sent(asynchronous, operation)).requests) == 1
    assert len((await sent(asynchronous, operation, api_version="2031-01-01")).requests) == 1


@BOTH
async def test_answers_of_either_version_are_read_whatever_was_asked_for(asynchronous: bool) -> None:
    """Models are the union of the versions."""
    body = json.dumps(wire(models.BatchPool)).encode()
    for version in API_VERSIONS:
        async with memory_client(lambda _: Answer(body=body), asynchronous, api_version=version) as client:
            pool = await drive(client, "get_pool", "p")
            assert pool == filled(models.BatchPool)
            assert pool.vm_sku_profile.vm_sizes[0].name


async def test_tasks_are_the_same_in_all_versions() -> None:
    """Bulk submission relies on it: it looks at no version."""
    assert not list(paths(models.BatchTaskCreateOptions, OLD)) + list(paths(models.BatchTaskCreateOptions, NEW))


# -- on the emulator --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sync", "async"])
async def new(request: pytest.FixtureRequest, emulator: BatchEmulator) -> AsyncIterator[Client]:
    """A client that asks for the new version."""
    async with AsyncExitStack() as stack:
        if request.param == "sync":
            one = BatchClient(emulator.endpoint, emulator.credential, api_version=NEW)
            yield Client(stack.enter_context(one))
        else:
            other = AsyncBatchClient(emulator.endpoint, emulator.credential, api_version=NEW)
            yield Client(await stack.enter_async_context(other))


def pool_of(name: str, nodes: int = 0, **more: Any) -> models.BatchPoolCreateOptions:
    """A pool with everything that is new; keywords replace parts of its machines' configuration."""
    pool = pool_options(name, nodes)
    pool.vm_size, pool.vm_sku_profile = "Mix", models.VirtualMachineSkuProfile(MIX)
    configuration = pool.virtual_machine_configuration
    assert configuration is not None
    configuration.update({**MACHINES, **more})
    return pool


async def test_everything_new_about_a_pool_comes_back_with_the_new_version_only(new: Client, name: str) -> None:
    await new.create_pool(pool_of(name))
    listed = [one async for one in new.list_pools(filter=f"id eq '{name}'")]
    for pool in (await new.get_pool(name), *listed):
        assert pool.vm_size == "Mix"
        assert pool.vm_sku_profile == models.VirtualMachineSkuProfile(MIX)
        assert pool.vm_sku_profile.allocation_strategy is models.VirtualMachineSkuAllocationStrategy.PRIORITIZED
        assert {key: pool.virtual_machine_configuration[key] for key in MACHINES} == MACHINES
        hardware = pool.virtual_machine_configuration.hardware_profile.vm_size_properties
        assert (hardware.v_cpus_available, hardware.v_cpus_per_core) == (4, 1)
        zones = pool.virtual_machine_configuration.resiliency_policy.zone_allocation_policy
        assert zones.max_instance_percent_per_zone_policy.value == 60
    chosen = await new.get_pool(name, select=["vmSkuProfile", "virtualMachineConfiguration/placement"])
    placement = {"placement": MACHINES["placement"]}
    assert chosen.as_dict() == {
        "odata.metadata": chosen["odata.metadata"],
        "vmSkuProfile": MIX,
        "virtualMachineConfiguration": placement,
    }
    listed = [one async for one in new.list_pools(filter=f"id eq '{name}'", api_version=OLD)]
    for pool in (await new.get_pool(name, api_version=OLD), *listed):
        assert pool.vm_size == "Mix"
        assert pool.vm_sku_profile is None
        assert not MACHINES.keys() & pool.virtual_machine_configuration.keys()
        assert pool.virtual_machine_configuration.node_agent_sku_id
    with pytest.raises(HttpResponseError) as caught:  # of what is not checked
        await new.get_pool(name, params={"$select": "vmSkuProfile"}, api_version=OLD)
    assert caught.value.error.code == "InvalidQueryParameterValue"


async def test_nodes_of_mixed_sizes_have_one_of_them_and_public_addresses(new: Client, name: str) -> None:
    pool = pool_of(name, 1)
    pool.network_configuration = models.NetworkConfiguration(
        public_ip_address_configuration=models.BatchPublicIpAddressConfiguration(ip_families=["IPv4", "IPv6"])
    )
    await new.create_pool(pool)
    await steady(new, name)
    (node,) = [one async for one in new.list_nodes(name)]
    for found in (node, await new.get_node(name, node.id)):
        assert found.vm_size == "Standard_D8as_v5"  # of the lowest rank
        assert (found.public_ip_address, found.public_ipv6_address) == ("127.0.0.1", "::1")
    (earlier,) = [one async for one in new.list_nodes(name, api_version=OLD)]
    for found in (earlier, await new.get_node(name, node.id, api_version=OLD)):
        assert not {"publicIPAddress", "publicIPv6Address"} & found.keys()
        assert found.id == node.id


async def test_nodes_without_public_addresses_tell_none(new: Client, name: str) -> None:
    pool = pool_options(name)
    pool.network_configuration = models.NetworkConfiguration(
        public_ip_address_configuration=models.BatchPublicIpAddressConfiguration(
            ip_address_provisioning_type=models.IpAddressProvisioningType.NO_PUBLIC_IP_ADDRESSES
        )
    )
    await new.create_pool(pool)
    await steady(new, name)
    (node,) = [one async for one in new.list_nodes(name)]
    assert (node.public_ip_address, node.public_ipv6_address) == (None, None)


async def test_an_automatic_pool_is_placed_by_the_new_version(new: Client, name: str) -> None:
    """Its job shows it to requests of the new version only, and so does a job schedule."""
    pool = pool_options(name).as_dict()
    del pool["id"]
    pool["virtualMachineConfiguration"].update(placement=MACHINES["placement"])
    own = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}
    schedule = {"recurrenceInterval": "PT1H", "doNotRunUntil": "2099-01-01T00:00:00Z"}
    await new.create_job({"id": name, "poolInfo": own})
    await new.create_job_schedule({"id": f"{name}-s", "schedule": schedule, "jobSpecification": {"poolInfo": own}})
    for version, expected in ((NEW, MACHINES["placement"]), (OLD, None)):
        job = await new.get_job(name, api_version=version)
        planned = await new.get_job_schedule(f"{name}-s", api_version=version)
        jobs = [one async for one in new.list_jobs(filter=f"id eq '{name}'", api_version=version)]
        for info in (job.pool_info, planned.job_specification.pool_info, jobs[0].pool_info):
            machines = info.auto_pool_specification.pool.virtual_machine_configuration
            assert machines.placement == expected
    pool_id = (await new.get_job(name)).execution_info.pool_id
    assert (await new.get_pool(pool_id)).virtual_machine_configuration.placement == MACHINES["placement"]


# The rules, over the wire: what the client refuses is sent by means of an unchecked request.

Change = Callable[[dict[str, Any]], Any]


def mixed(**more: Any) -> Change:
    return lambda pool: pool.update(vmSize="Mix", vmSkuProfile=more)


def placed(**more: Any) -> Change:
    return lambda pool: pool["virtualMachineConfiguration"].update(more)


def zones(**more: Any) -> Change:
    policy = {"zoneAllocationPolicy": more}
    return placed(placement=MACHINES["placement"], resiliencyPolicy=policy)


WRONG: dict[str, tuple[Change, str]] = {
    "a profile without Mix": (lambda pool: pool.update(vmSkuProfile=MIX), "vmSize"),
    "Mix without a profile": (lambda pool: pool.update(vmSize="Mix"), "vmSize"),
    "no sizes": (mixed(), "vmSkuProfile.vmSizes"),
    "six sizes": (mixed(vmSizes=[{"name": f"s{number}"} for number in range(6)]), "vmSkuProfile.vmSizes"),
    "a size without a name": (mixed(vmSizes=[{"rank": 1}]), "vmSkuProfile.vmSizes[0].name"),
    "a size without a rank": (
        mixed(vmSizes=[{"name": "s"}], allocationStrategy="prioritized"),
        "vmSkuProfile.vmSizes[0].rank",
    ),
    "a rank too much": (mixed(vmSizes=[{"name": "s", "rank": 0}]), "vmSkuProfile.vmSizes[0].rank"),
    "a rank below 0": (
        mixed(vmSizes=[{"name": "s", "rank": -1}], allocationStrategy="prioritized"),
        "vmSkuProfile.vmSizes[0].rank",
    ),
    "an unknown strategy": (
        mixed(vmSizes=[{"name": "s"}], allocationStrategy="cheap"),
        "vmSkuProfile.allocationStrategy",
    ),
    "two placements": (
        placed(placement=MACHINES["placement"], nodePlacementConfiguration={"policy": "zonal"}),
        "virtualMachineConfiguration.placement",
    ),
    "an unknown placement": (
        placed(placement={"zonePlacementPolicy": "Some"}),
        "virtualMachineConfiguration.placement.zonePlacementPolicy",
    ),
    "a policy without a placement": (
        placed(resiliencyPolicy=MACHINES["resiliencyPolicy"]),
        "virtualMachineConfiguration.resiliencyPolicy",
    ),
    "no zone": (
        zones(maxZoneCount=0),
        "virtualMachineConfiguration.resiliencyPolicy.zoneAllocationPolicy.maxZoneCount",
    ),
    "too many zones": (
        zones(maxZoneCount=4),
        "virtualMachineConfiguration.resiliencyPolicy.zoneAllocationPolicy.maxZoneCount",
    ),
    "more than everything": (
        zones(maxInstancePercentPerZonePolicy={"value": 101}),
        "virtualMachineConfiguration.resiliencyPolicy.zoneAllocationPolicy.maxInstancePercentPerZonePolicy.value",
    ),
    "no share": (
        zones(maxInstancePercentPerZonePolicy={"enabled": True}),
        "virtualMachineConfiguration.resiliencyPolicy.zoneAllocationPolicy.maxInstancePercentPerZonePolicy.value",
    ),
    "no processor": (
        placed(hardwareProfile={"vmSizeProperties": {"vCPUsPerCore": 0}}),
        "virtualMachineConfiguration.hardwareProfile.vmSizeProperties.vCPUsPerCore",
    ),
    "upgrades over zones without zones": (
        lambda pool: pool.update(
            upgradePolicy={"mode": "rolling", "rollingUpgradePolicy": {"enableCrossZoneUpgrade": True}}
        ),
        "upgradePolicy.rollingUpgradePolicy.enableCrossZoneUpgrade",
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_the_emulator_refuses_machines_that_cannot_be(new: Client, name: str, case: str) -> None:
    change, property_name = WRONG[case]
    pool = pool_options(name).as_dict()
    change(pool)
    with pytest.raises(HttpResponseError) as caught:
        await new.create_pool(pool)
    assert caught.value.status_code == 400
    assert {one.code: one.message for one in caught.value.error.details}["PropertyName"] == property_name


@pytest.mark.parametrize(
    "machines", [{"placement": MACHINES["placement"]}, {"nodePlacementConfiguration": {"policy": "zonal"}}]
)
async def test_upgrades_may_cross_zones_where_there_are_zones(new: Client, name: str, machines: dict[str, Any]) -> None:
    pool = pool_options(name, 0).as_dict()
    pool["virtualMachineConfiguration"].update(machines)
    pool["upgradePolicy"] = {"mode": "rolling", "rollingUpgradePolicy": {"enableCrossZoneUpgrade": True}}
    await new.create_pool(pool)


async def test_the_strategy_of_a_mix_is_the_lowest_price_by_default(new: Client, name: str) -> None:
    pool = pool_options(name, 0)
    pool.vm_size = "Mix"
    size = models.VirtualMachineSkuProfileVmSize(name="Standard_D2s_v5")
    pool.vm_sku_profile = models.VirtualMachineSkuProfile(vm_sizes=[size])
    await new.create_pool(pool)
    profile = (await new.get_pool(name)).vm_sku_profile
    assert profile.allocation_strategy is models.VirtualMachineSkuAllocationStrategy.LOWEST_PRICE


async def test_hardware_is_not_for_automatic_pools(new: Client, name: str) -> None:
    pool = pool_options(name).as_dict()
    del pool["id"]
    pool["virtualMachineConfiguration"].update(hardwareProfile=MACHINES["hardwareProfile"])
    own = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}
    with pytest.raises(HttpResponseError) as caught:
        await new.create_job({"id": name, "poolInfo": own})
    assert "hardwareProfile" in str(caught.value)


async def test_an_update_keeps_the_placement_it_does_not_name_and_null_takes_it_away(new: Client, name: str) -> None:
    await new.create_pool(pool_of(name))
    machines = (await new.get_pool(name)).virtual_machine_configuration.as_dict()
    plain = {key: value for key, value in machines.items() if key not in MACHINES}
    await new.update_pool(name, {"virtualMachineConfiguration": plain})
    found = (await new.get_pool(name)).virtual_machine_configuration
    assert (found.placement, found.resiliency_policy) == (MACHINES["placement"], MACHINES["resiliencyPolicy"])
    assert found.hardware_profile is None
    await new.update_pool(name, {"virtualMachineConfiguration": plain}, api_version=OLD)
    assert (await new.get_pool(name)).virtual_machine_configuration.placement == MACHINES["placement"]
    nothing = {**plain, "placement": None, "resiliencyPolicy": None}
    await new.update_pool(name, {"virtualMachineConfiguration": nothing})
    found = (await new.get_pool(name)).virtual_machine_configuration
    assert (found.placement, found.resiliency_policy) == (None, None)


async def test_the_mix_can_be_changed_while_the_pool_is_empty(new: Client, name: str) -> None:
    await new.create_pool(pool_of(name))
    sizes = {"vmSizes": [{"name": "Standard_D4s_v5"}], "allocationStrategy": "capacityOptimized"}
    await new.update_pool(name, models.BatchPoolUpdateOptions({"vmSize": "Mix", "vmSkuProfile": sizes}))
    assert (await new.get_pool(name)).vm_sku_profile == sizes
    with pytest.raises(HttpResponseError, match="vmSize"):
        await new.update_pool(name, {"vmSize": "standard_d2s_v3"})
    await new.update_pool(name, {"vmSize": "standard_d2s_v3", "vmSkuProfile": None})
    assert (await steady(new, name)).vm_sku_profile is None
    await (await new.begin_resize_pool(name, {"targetDedicatedNodes": 1})).result()
    with pytest.raises(HttpResponseError) as caught:
        await new.update_pool(name, {"vmSize": "Mix", "vmSkuProfile": sizes})
    assert caught.value.error.code == "OperationInvalidForCurrentState"


async def test_waiting_asks_with_the_version_of_the_call(client: Client, name: str) -> None:
    """The pool is made with the client's default version; the call alone has the other."""
    await client.create_pool(pool_of(name), api_version=NEW)
    await steady(client, name)
    poller = await client.begin_resize_pool(name, {"targetDedicatedNodes": 1}, api_version=NEW, polling_interval=0.05)
    await poller.result()
    method = poller.polling_method()
    assert method.wait.resource.vm_sku_profile == MIX


# -- an emulator of one version ---------------------------------------------------------------------------------------


def test_an_emulator_can_be_of_the_earlier_version(name: str) -> None:
    """As a service that does not have the new one yet: programs can be tried against it."""
    with BatchEmulator(api_version=OLD) as emulator:
        client = emulator.client()
        client.create_pool(pool_options(name, 0))
        with pytest.raises(HttpResponseError) as caught:
            client.get_pool(name, api_version=NEW)
        assert caught.value.error is not None
        assert caught.value.error.code == "InvalidQueryParameterValue"
        client.get_pool(name, api_version="2024-07-01.20.0")


async def test_clients_of_an_emulator_ask_for_its_version(name: str) -> None:
    with BatchEmulator(api_version=NEW) as emulator:
        with emulator.client() as client:
            client.create_pool(pool_of(name))
            assert client.get_pool(name, api_version=OLD).vm_sku_profile is None
        async with emulator.async_client() as other:
            assert (await other.get_pool(name)).vm_sku_profile == MIX
        with emulator.client(api_version=OLD) as client:
            assert client.get_pool(name).vm_sku_profile is None


def test_an_emulator_of_a_version_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="'2031-01-01' is none of 2026-10-01, 2025-06-01"):
        BatchEmulator(api_version="2031-01-01")
