"""Pools and nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from azure.batch.emulator._autoscale_parser import READ_ONLY
from azure.batch.emulator._outcomes import Outcomes
from azure.batch.emulator._wire import Conditions

if TYPE_CHECKING:
    from azure.batch.emulator._simulation import VirtualClock
    from conftest import Bench


async def test_a_new_pool_has_the_services_defaults_and_becomes_steady(bench: Bench) -> None:
    bench.create_pool("Pool1", 0, targetLowPriorityNodes="0")
    pool = bench.get("get_pool", poolId="pool1")
    assert pool["id"] == "Pool1"
    assert pool["url"] == f"{bench.base}/pools/Pool1"
    assert pool["state"] == "active"
    assert pool["allocationState"] == "resizing"
    assert pool["resizeTimeout"] == "PT15M"
    assert pool["taskSlotsPerNode"] == 1
    assert pool["enableAutoScale"] is False
    assert pool["enableInterNodeCommunication"] is False
    assert pool["targetLowPriorityNodes"] == 0
    assert pool["taskSchedulingPolicy"] == {"nodeFillType": "spread"}
    assert not {"resizeErrors", "metadata", "autoScaleRun", "previousState"} & pool.keys()
    steady = await bench.until(
        lambda: bench.get("get_pool", poolId="Pool1"), lambda found: found["allocationState"] == "steady"
    )
    assert steady["eTag"] == pool["eTag"]


async def test_nodes_run_their_start_task_and_become_idle(bench: Bench) -> None:
    script = "/bin/sh -c 'pwd > $AZ_BATCH_NODE_SHARED_DIR/where'"
    await bench.pool("pool", 2, startTask={"commandLine": script})
    for node in bench.items("list_nodes", poolId="pool"):
        assert node["startTaskInfo"]["result"] == "success"
        assert node["affinityId"] == f"TVM:{node['id']}"
        names = {item["name"] for item in bench.items("list_node_files", poolId="pool", nodeId=node["id"])}
        assert names == {"applications", "fsmounts", "shared", "startup", "volatile", "workitems"}
        file = bench.call("download_node_file", poolId="pool", nodeId=node["id"], filePath="shared/where").file
        assert file is not None
        assert file.path.read_text().strip().endswith("startup/wd")
    addresses = {node["ipAddress"] for node in bench.items("list_nodes", poolId="pool")}
    assert addresses == {"10.0.0.4", "10.0.0.5"}


async def test_a_start_task_that_fails_is_tried_again_and_then_blocks_the_node(bench: Bench) -> None:
    script = "/bin/sh -c 'echo x >> tries; exit 3'"
    bench.create_pool(startTask={"commandLine": script, "maxTaskRetryCount": 2})
    await bench.until(lambda: bench.items("list_nodes", poolId="pool"))
    node = await bench.node_state("starttaskfailed", bench.node())
    info = node["startTaskInfo"]
    assert (info["exitCode"], info["retryCount"], info["result"]) == (3, 2, "failure")
    assert info["failureInfo"]["code"] == "FailureExitCode"
    file = bench.call("download_node_file", poolId="pool", nodeId=node["id"], filePath="startup/wd/tries").file
    assert file is not None
    assert file.length == 6
    bench.job()
    bench.task()
    assert bench.task_document()["state"] == "active"


async def test_a_start_task_need_not_be_waited_for(bench: Bench) -> None:
    start = {"commandLine": "/bin/sh -c 'until test -e go; do sleep 0.01; done; exit 1'", "waitForSuccess": False}
    await bench.pool(startTask=start)
    node = bench.get("get_node", poolId="pool", nodeId=bench.node())
    assert node["startTaskInfo"]["state"] == "running"
    bench.job()
    bench.shell("task", "touch $AZ_BATCH_NODE_STARTUP_DIR/wd/go")
    assert (await bench.done())["executionInfo"]["exitCode"] == 0
    ended = await bench.until(
        lambda: bench.get("get_node", poolId="pool", nodeId=node["id"]),
        lambda found: found["startTaskInfo"]["state"] == "completed",
    )
    assert ended["state"] == "idle"
    assert ended["startTaskInfo"]["exitCode"] == 1


PACKAGES = [(11, "InvalidPropertyValue"), (10, "InvalidApplicationPackageReferences")]
USER = {"name": "u", "password": "p"}
HALVES = [{"uid": 1000}, {"gid": 1000}]
VM = {"imageReference": {"publisher": "a", "offer": "b", "sku": "c"}}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vmSize": None}, "MissingRequiredProperty"),
        ({"virtualMachineConfiguration": None}, "MissingRequiredProperty"),
        ({"targetDedicatedNodes": None}, "MissingRequiredProperty"),
        ({"id": "a b"}, "InvalidPropertyValue"),
        ({"id": "x" * 65}, "InvalidPropertyValue"),
        ({"id": 7}, "InvalidRequestBody"),
        ({"targetDedicatedNodes": -1}, "InvalidPropertyValue"),
        ({"targetDedicatedNodes": "many"}, "InvalidPropertyValue"),
        ({"resizeTimeout": "PT4M"}, "InvalidPropertyValue"),
        ({"resizeTimeout": "soon"}, "InvalidPropertyValue"),
        ({"taskSlotsPerNode": 257}, "InvalidPropertyValue"),
        ({"autoScaleFormula": "$TargetDedicatedNodes=1;"}, "InvalidPropertyValue"),
        ({"enableAutoScale": True}, "MissingRequiredProperty"),
        ({"metadata": [{"name": "", "value": "x"}]}, "EmptyMetadataKey"),
        ({"taskSchedulingPolicy": {"nodeFillType": "sideways"}}, "InvalidPropertyValue"),
        ({"cloudServiceConfiguration": {}}, "UnsupportedProperty"),
        ({"networkConfiguration": {"subnetId": "/subscriptions/x"}}, "InvalidPropertyValue"),
        ({"startTask": {"commandLine": "x" * 40_000}}, "InvalidPropertyValue"),
        ({"enableInterNodeCommunication": True, "targetLowPriorityNodes": 101}, "InvalidPropertyValue"),
        ({"targetLowPriorityNodes": 100_001}, "InvalidPropertyValue"),
        ({"vmSize": ""}, "MissingRequiredProperty"),
        *(({"applicationPackageReferences": [{"applicationId": "a"}] * number}, code) for number, code in PACKAGES),
        *(({"userAccounts": [{**USER, "linuxUserConfiguration": one}]}, "InvalidPropertyValue") for one in HALVES),
        ({"virtualMachineConfiguration": {**VM, "nodeAgentSKUId": "ubuntu 22.04"}}, "NodeAgentSKUNotFound"),
    ],
)
async def test_what_cannot_be_a_pool_is_refused_and_leaves_none(bench: Bench, change: Any, code: str) -> None:
    body = {"id": "pool", "vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0, **change}
    assert bench.refused("create_pool", body).code == code
    assert not bench.items("list_pools")


NAT = {
    "name": "web",
    "protocol": "tcp",
    "backendPort": 80,
    "frontendPortRangeStart": 15000,
    "frontendPortRangeEnd": 15100,
}
RULE = {"priority": 150, "access": "allow", "sourceAddressPrefix": "*"}


@pytest.mark.parametrize(
    ("pools", "is_good"),
    [
        ([NAT], True),
        ([{**NAT, "backendPort": 0}], False),
        ([{**NAT, "backendPort": 29876}], False),
        ([{**NAT, "name": "x" * 78}], False),
        ([{**NAT, "frontendPortRangeEnd": 15038}], False),
        ([{**NAT, "frontendPortRangeEnd": 15039}], True),
        ([{**NAT, "frontendPortRangeEnd": 65535}], False),
        ([{**NAT, "frontendPortRangeStart": 49000, "frontendPortRangeEnd": 50000}], False),
        ([{**NAT, "frontendPortRangeStart": 55001, "frontendPortRangeEnd": 55100}], True),
        ([NAT, {**NAT, "name": "b", "frontendPortRangeStart": 15100, "frontendPortRangeEnd": 15200}], False),
        ([NAT, {**NAT, "name": "b", "frontendPortRangeStart": 15101, "frontendPortRangeEnd": 15200}], True),
        ([{**NAT, "networkSecurityGroupRules": [{**RULE, "priority": 149}]}], False),
        ([{**NAT, "networkSecurityGroupRules": [{**RULE, "priority": 4097}]}], False),
        ([{**NAT, "networkSecurityGroupRules": [{**RULE, "priority": 150 + at} for at in range(25)]}], True),
        ([{**NAT, "networkSecurityGroupRules": [{**RULE, "priority": 150 + at} for at in range(26)]}], False),
        (
            [
                {**NAT, "frontendPortRangeStart": 1 + 100 * at, "frontendPortRangeEnd": 100 * at + 100}
                for at in range(6)
            ],
            False,
        ),
    ],
)
async def test_endpoints_have_their_limits(bench: Bench, pools: Any, is_good: bool) -> None:
    network = {"endpointConfiguration": {"inboundNATPools": pools}}
    body = {"id": "pool", "vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0}
    body["networkConfiguration"] = network
    if is_good:
        assert bench.call("create_pool", body).status == 201
    else:
        assert bench.refused("create_pool", body).code == "InvalidPropertyValue"


async def test_a_malformed_image_id_is_refused_with_its_reason(bench: Bench) -> None:
    image = (
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/test/providers/Microsoft.Compute"
        "/gallery/FakeGallery/images/FakeImage/versions/version"
    )
    body = {**bench.vm, "imageReference": {"virtualMachineImageId": image}}
    error = bench.refused("create_pool", {"id": "p", "vmSize": "a", "virtualMachineConfiguration": body})
    assert error.code == "MissingRequiredProperty"
    error = bench.refused(
        "create_pool", {"id": "p", "vmSize": "a", "virtualMachineConfiguration": body, "targetDedicatedNodes": 0}
    )
    assert dict(error.values).keys() == {"PropertyName", "PropertyValue", "Reason"}


async def test_ids_are_unique_without_regard_to_case(bench: Bench) -> None:
    bench.create_pool("One", 0)
    error = bench.refused(
        "create_pool",
        {"id": "ONE", "vmSize": "a", "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0},
    )
    assert (error.status, error.code) == (409, "PoolExists")


async def test_growing_and_shrinking(bench: Bench) -> None:
    await bench.pool("pool", 3)
    bench.call("resize_pool", {"targetDedicatedNodes": "1", "targetLowPriorityNodes": 1}, poolId="pool")
    await bench.idle("pool", 2)
    pool = bench.get("get_pool", poolId="pool")
    assert (pool["currentDedicatedNodes"], pool["currentLowPriorityNodes"]) == (1, 1)
    counts = bench.items("list_pool_node_counts")[0]
    assert counts["dedicated"]["idle"] == counts["dedicated"]["total"] == 1
    assert counts["lowPriority"]["idle"] == 1
    assert bench.refused("resize_pool", {}, poolId="pool").code == "MissingRequiredProperty"


async def test_a_resize_can_be_stopped_and_says_so(bench: Bench) -> None:
    await bench.pool("pool", 0)
    bench.call("resize_pool", {"targetDedicatedNodes": 2}, poolId="pool")
    assert bench.refused("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool").code == "PoolBeingResized"
    bench.call("stop_pool_resize", poolId="pool")
    assert bench.get("get_pool", poolId="pool")["allocationState"] == "stopping"
    await bench.idle("pool", 0)
    pool = bench.get("get_pool", poolId="pool")
    assert pool["targetDedicatedNodes"] == 2
    assert [error["code"] for error in pool["resizeErrors"]] == ["ResizeStopped"]
    assert bench.refused("stop_pool_resize", poolId="pool").code == "OperationInvalidForCurrentState"
    bench.call("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool")
    assert "resizeErrors" not in bench.get("get_pool", poolId="pool")
    await bench.idle("pool", 1)


async def test_removed_nodes_are_not_replaced(bench: Bench) -> None:
    await bench.pool("pool", 2)
    first, second = (node["id"] for node in bench.items("list_nodes", poolId="pool"))
    assert bench.refused("remove_nodes", {"nodeList": ["none"]}, poolId="pool").code == "NodeNotFound"
    bench.call("remove_nodes", {"nodeList": [first]}, poolId="pool")
    nodes = await bench.idle("pool", 1)
    assert nodes[0]["id"] == second
    assert bench.get("get_pool", poolId="pool")["targetDedicatedNodes"] == 1


async def test_a_pool_shows_the_time_limit_of_its_last_resize(bench: Bench) -> None:
    await bench.pool("pool", 3, resizeTimeout="PT20M")
    first, second, _ = (node["id"] for node in bench.items("list_nodes", poolId="pool"))
    bench.call("remove_nodes", {"nodeList": [first], "resizeTimeout": "PT7M"}, poolId="pool")
    assert bench.get("get_pool", poolId="pool")["resizeTimeout"] == "PT7M"
    await bench.idle("pool", 2)
    bench.call("remove_nodes", {"nodeList": [second]}, poolId="pool")
    assert bench.get("get_pool", poolId="pool")["resizeTimeout"] == "PT15M"


async def test_updates_change_what_they_name_and_replacements_the_rest_too(bench: Bench) -> None:
    metadata = [{"name": "a", "value": "b"}]
    await bench.pool("pool", 0, metadata=metadata, startTask={"commandLine": "true"})
    before = bench.get("get_pool", poolId="pool")
    bench.call("update_pool", {"metadata": [], "taskSlotsPerNode": 4}, poolId="pool")
    pool = bench.get("get_pool", poolId="pool")
    assert "metadata" not in pool
    assert pool["startTask"]["commandLine"] == "true"
    assert pool["taskSlotsPerNode"] == 4
    assert pool["eTag"] != before["eTag"]
    properties = {"metadata": metadata, "applicationPackageReferences": []}
    assert bench.call("replace_pool_properties", properties, poolId="pool").status == 204
    pool = bench.get("get_pool", poolId="pool")
    assert "startTask" not in pool
    assert pool["metadata"] == metadata
    assert bench.refused("replace_pool_properties", {}, poolId="pool").code == "MissingRequiredProperty"
    for name in ("typo", "vmSkuProfile", "displayName"):
        error = bench.refused("replace_pool_properties", {**properties, name: {}}, poolId="pool")
        assert (error.code, error.values) == ("UnsupportedProperty", (("PropertyName", name),))


@pytest.mark.parametrize(
    ("size", "most"), [("standard_d2s_v3", 8), ("STANDARD_E16-4s_v5", 16), ("standard_m128", 256), ("my own", 256)]
)
async def test_a_node_has_four_slots_a_core(bench: Bench, size: str, most: int) -> None:
    bench.create_pool("pool", 0, vmSize=size, taskSlotsPerNode=most)
    body = {"id": "more", "vmSize": size, "virtualMachineConfiguration": bench.vm, "targetDedicatedNodes": 0}
    for operation, where in (("create_pool", {}), ("update_pool", {"poolId": "pool"})):
        given = {**(body if operation == "create_pool" else {}), "taskSlotsPerNode": most + 1}
        error = bench.refused(operation, given, **where)
        assert (error.code, error.values[0]) == ("InvalidPropertyValue", ("PropertyName", "taskSlotsPerNode"))


async def test_a_pool_is_not_changed_to_what_it_could_not_begin_as(bench: Bench) -> None:
    bench.create_pool("pool", 0)
    too_many = {"applicationPackageReferences": [{"applicationId": "a"}] * 11}
    changes: list[tuple[str, Any, str]] = [
        ("update_pool", {"vmSize": ""}, "MissingRequiredProperty"),
        ("update_pool", {"virtualMachineConfiguration": {"nodeAgentSKUId": "x"}}, "NodeAgentSKUNotFound"),
        ("update_pool", {"userAccounts": [{**USER, "linuxUserConfiguration": HALVES[0]}]}, "InvalidPropertyValue"),
        ("update_pool", too_many, "InvalidPropertyValue"),
        ("replace_pool_properties", {**too_many, "metadata": []}, "InvalidPropertyValue"),
    ]
    before = bench.get("get_pool", poolId="pool")
    for operation, body, code in changes:
        assert bench.refused(operation, body, poolId="pool").code == code
    assert bench.get("get_pool", poolId="pool") == before


@pytest.mark.parametrize("agent", ["batch.node.windows amd64", "Batch.Node.centos 7"])
async def test_every_node_agent_is_taken_and_uid_with_gid(bench: Bench, agent: str) -> None:
    users = [{**USER, "linuxUserConfiguration": {"uid": 1000, "gid": 1000}}]
    bench.create_pool("pool", 0, virtualMachineConfiguration={**VM, "nodeAgentSKUId": agent}, userAccounts=users)
    pool = bench.get("get_pool", poolId="pool")
    assert pool["virtualMachineConfiguration"]["nodeAgentSKUId"] == agent
    assert pool["userAccounts"][0]["linuxUserConfiguration"] == {"uid": 1000, "gid": 1000}


async def test_some_properties_change_only_while_there_are_no_nodes(bench: Bench) -> None:
    await bench.pool()
    assert bench.refused("update_pool", {"vmSize": "b"}, poolId="pool").code == "OperationInvalidForCurrentState"
    bench.call("update_pool", {"startTask": {"commandLine": "true"}}, poolId="pool")


async def test_conditions_decide_whether_a_pool_is_read_or_changed(bench: Bench) -> None:
    bench.create_pool("pool", 0)
    tag = bench.get("get_pool", poolId="pool")["eTag"]
    bench.call("get_pool", poolId="pool", conditions=Conditions(if_match=frozenset({tag})))
    unchanged = bench.refused("get_pool", poolId="pool", conditions=Conditions(if_none_match=frozenset({tag})))
    assert unchanged.status == 304
    lost = bench.refused("delete_pool", poolId="pool", conditions=Conditions(if_match=frozenset({"0x0"})))
    assert (lost.status, lost.code) == (412, "ConditionNotMet")


async def test_a_deleted_pool_takes_a_moment_and_then_is_gone(bench: Bench) -> None:
    await bench.pool("pool", 2)
    assert bench.call("delete_pool", poolId="pool").status == 202
    assert bench.get("get_pool", poolId="pool")["state"] == "deleting"
    assert bench.refused("delete_pool", poolId="pool").code == "PoolBeingDeleted"
    assert bench.refused("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool").code == "PoolBeingDeleted"
    assert (await bench.until_gone("get_pool", poolId="pool")).code == "PoolNotFound"
    bench.create_pool("pool", 0)


async def test_a_pool_that_is_deleted_gives_its_tasks_back_to_their_jobs(bench: Bench) -> None:
    await bench.pool()
    bench.job()
    bench.task("task", "sleep 1000")
    await bench.task_state("running")
    bench.call("delete_pool", poolId="pool")
    assert [node["state"] for node in bench.items("list_nodes", poolId="pool")] == ["leavingpool"]
    await bench.until_gone("get_pool", poolId="pool")
    info = (await bench.task_state("active"))["executionInfo"]
    assert (info["requeueCount"], "result" in info) == (1, False)
    bench.create_pool()
    await bench.task_state("running")


async def test_pools_are_listed_page_by_page(bench: Bench) -> None:
    for number in range(5):
        bench.create_pool(f"p{number}", 0)
    query = {"maxresults": "2"}
    names: list[str] = []
    while True:
        page = bench.call("list_pools", query=query).page
        assert page is not None
        names += [item["id"] for item in page.items]
        if page.token is None:
            break
        query["$skiptoken"] = page.token
    assert names == [f"p{number}" for number in range(5)]
    found = bench.items("list_pools", {"$filter": "id eq 'P3'", "$select": "id,state"})
    assert found == [{"id": "p3", "state": "active"}]


async def test_node_actions(bench: Bench) -> None:
    await bench.pool(startTask={"commandLine": "/bin/sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/boots'"})
    node = bench.node()

    def boots() -> int:
        file = bench.call("download_node_file", poolId="pool", nodeId=node, filePath="shared/boots").file
        assert file is not None
        return file.length // 2

    assert bench.call("reboot_node", poolId="pool", nodeId=node).status == 202
    assert bench.get("get_node", poolId="pool", nodeId=node)["state"] == "rebooting"
    assert bench.refused("reboot_node", poolId="pool", nodeId=node).code == "NodeBeingRebooted"
    await bench.node_state("idle", node)
    assert boots() == 2
    bench.call("reimage_node", poolId="pool", nodeId=node)
    await bench.node_state("idle", node)
    assert boots() == 1
    bench.call("deallocate_node", {"nodeDeallocateOption": "terminate"}, poolId="pool", nodeId=node)
    await bench.node_state("deallocated", node)
    bench.call("start_node", poolId="pool", nodeId=node)
    await bench.node_state("idle", node)
    assert boots() == 1
    assert bench.refused("start_node", poolId="pool", nodeId=node).code == "OperationInvalidForCurrentState"


async def test_a_node_without_scheduling_takes_no_task(bench: Bench) -> None:
    await bench.pool()
    node = bench.node()
    bench.call("disable_node_scheduling", poolId="pool", nodeId=node)
    await bench.node_state("offline", node)
    again = bench.refused("disable_node_scheduling", poolId="pool", nodeId=node)
    assert again.code == "NodeAlreadyInTargetSchedulingState"
    bench.job()
    bench.task()
    assert bench.task_document()["state"] == "active"
    bench.call("enable_node_scheduling", poolId="pool", nodeId=node)
    await bench.done()


async def test_node_users(bench: Bench) -> None:
    await bench.pool()
    place = {"poolId": "pool", "nodeId": bench.node()}
    assert bench.call("create_node_user", {"name": "me", "password": "p", "isAdmin": "true"}, **place).status == 201
    assert bench.refused("create_node_user", {"name": "ME"}, **place).code == "NodeUserExists"
    assert bench.call("replace_node_user", {"sshPublicKey": "k"}, userName="me", **place).status == 200
    assert bench.call("delete_node_user", userName="me", **place).status == 200
    assert bench.refused("delete_node_user", userName="me", **place).code == "NodeUserNotFound"


async def test_endpoints_and_remote_login(bench: Bench) -> None:
    nat = {
        "name": "web",
        "protocol": "TCP",
        "backendPort": "80",
        "frontendPortRangeStart": 1000,
        "frontendPortRangeEnd": 1100,
    }
    addresses = {"provision": "batchmanaged", "ipFamilies": ["IPv4", "IPv6"]}
    network = {"endpointConfiguration": {"inboundNATPools": [nat]}, "publicIPAddressConfiguration": addresses}
    await bench.pool(networkConfiguration=network)
    node = bench.get("get_node", poolId="pool", nodeId=bench.node())
    endpoints = node["endpointConfiguration"]["inboundEndpoints"]
    assert endpoints[0]["backendPort"] == 80
    assert endpoints[-1]["name"].startswith("SSHRule")
    assert "ipv6Address" in node
    settings = bench.get("get_node_remote_login_settings", poolId="pool", nodeId=node["id"])
    assert {"remoteLoginIPAddress", "remoteLoginPort", "ipv6RemoteLoginIPAddress"} <= settings.keys()


async def test_extensions_are_listed_with_the_agents_own(bench: Bench) -> None:
    extension = {"name": "mine", "publisher": "p", "type": "t", "protectedSettings": {"key": "secret"}}
    await bench.pool(virtualMachineConfiguration={**bench.vm, "extensions": [extension]})
    place = {"poolId": "pool", "nodeId": bench.node()}
    names = [item["vmExtension"]["name"] for item in bench.items("list_node_extensions", **place)]
    assert names == ["mine", "batchNodeExtension"]
    mine = bench.get("get_node_extension", extensionName="mine", **place)
    assert "protectedSettings" not in mine["vmExtension"]
    assert bench.refused("get_node_extension", extensionName="other", **place).status == 404


async def test_secrets_are_never_shown(bench: Bench) -> None:
    bench.create_pool("pool", 0, userAccounts=[{"name": "u", "password": "secret"}])
    assert bench.get("get_pool", poolId="pool")["userAccounts"] == [{"name": "u", "elevationLevel": "nonadmin"}]


async def test_a_pool_scales_by_its_formula(bench: Bench) -> None:
    formula = "$TargetDedicatedNodes = 2;"
    bench.create_pool(enableAutoScale=True, autoScaleFormula=formula)
    await bench.idle("pool", 2)
    pool = bench.get("get_pool", poolId="pool")
    assert pool["autoScaleEvaluationInterval"] == "PT15M"
    assert pool["autoScaleRun"]["results"].startswith("$TargetDedicatedNodes=2")
    assert bench.refused("resize_pool", {"targetDedicatedNodes": 1}, poolId="pool").status == 409
    run = bench.call("evaluate_pool_auto_scale", {"autoScaleFormula": "$TargetDedicatedNodes=3;"}, poolId="pool").body
    assert run is not None
    wanted = "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert run["results"] == wanted
    bench.call("enable_pool_auto_scale", {"autoScaleFormula": "$TargetDedicatedNodes=1;"}, poolId="pool")
    await bench.idle("pool", 1)
    again = bench.refused("enable_pool_auto_scale", {"autoScaleEvaluationInterval": "PT5M"}, poolId="pool")
    assert (again.status, again.code) == (503, "TooManyEnableAutoScaleRequests")
    bench.call("disable_pool_auto_scale", poolId="pool")
    pool = bench.get("get_pool", poolId="pool")
    assert not {"autoScaleFormula", "autoScaleRun", "autoScaleEvaluationInterval"} & pool.keys()
    assert pool["targetDedicatedNodes"] == 1
    error = bench.refused("enable_pool_auto_scale", {"autoScaleFormula": "$Target = = 1"}, poolId="pool")
    assert error.code == "AutoScalingFormulaSyntaxError"


@pytest.mark.parametrize(
    ("interval", "is_good"), [("PT4M59S", False), ("PT5M", True), ("PT168H", True), ("PT168H1S", False)]
)
async def test_formulas_are_evaluated_every_five_minutes_at_most_and_once_a_week_at_least(
    bench: Bench, interval: str, is_good: bool
) -> None:
    bench.create_pool("old", 0)
    await bench.idle("old", 0)
    scaling = {"autoScaleFormula": "$TargetDedicatedNodes = 0;", "autoScaleEvaluationInterval": interval}
    new = {"id": "new", "vmSize": "a", "virtualMachineConfiguration": bench.vm, "enableAutoScale": True, **scaling}
    calls: list[tuple[str, Any, dict[str, str]]] = [
        ("create_pool", new, {}),
        ("enable_pool_auto_scale", scaling, {"poolId": "old"}),
    ]
    for operation, body, ids in calls:
        if is_good:
            bench.call(operation, body, **ids)
            continue
        error = bench.refused(operation, body, **ids)
        assert (error.code, error.values[0]) == (
            "InvalidPropertyValue",
            ("PropertyName", "autoScaleEvaluationInterval"),
        )


async def test_every_variable_that_formulas_read_has_samples(make_bench: Any, clock: Any) -> None:
    bench: Bench = await make_bench(clock=clock)
    bench.create_pool(enableAutoScale=True, autoScaleFormula="$TargetDedicatedNodes = 2;", taskSlotsPerNode=4)
    await bench.idle("pool", 2)
    await clock.advance(minutes=1)
    for name in READ_ONLY:
        formula = {"autoScaleFormula": f"x = {name}.GetSample(1); n = len(x);"}
        run = bench.call("evaluate_pool_auto_scale", formula, poolId="pool").body
        assert run is not None
        assert run["results"].split(";")[3] == "n=1", name
    last = "val($CurrentDedicatedNodes.GetSample(1), 0) + 10 * val($TaskSlotsPerNode.GetSample(1), 0)"
    run = bench.call("evaluate_pool_auto_scale", {"autoScaleFormula": f"x = {last};"}, poolId="pool").body
    assert run is not None
    assert run["results"].endswith(";x=42")


async def test_images_and_applications(bench: Bench) -> None:
    images = bench.items("list_supported_images", {"$filter": "verificationType eq 'verified'"})
    skus = {image["imageReference"]["sku"] for image in images}
    assert {"20_04-lts", "22_04-lts", "22_04-lts-gen2"} <= skus
    assert {image["osType"] for image in images} == {"linux", "windows"}
    assert not bench.items("list_applications")
    assert bench.refused("get_application", applicationId="a").code == "ApplicationNotFound"
    assert not bench.items("list_pool_usage_metrics")


def test_by_default_a_node_is_idle_within_two_seconds(simulate: Any) -> None:
    async def work(bench: Bench, clock: VirtualClock) -> None:
        bench.create_pool()
        await clock.advance(2)
        assert [node["state"] for node in bench.items("list_nodes", poolId="pool")] == ["idle"]

    simulate(work, Outcomes())
