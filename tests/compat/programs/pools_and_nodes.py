"""A pool from its creation to its deletion, and what is done with its nodes."""

import datetime
import os
import time

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError

from azure.batch import BatchClient, models
from azure.batch.models._enums import BatchNodeRebootKind
from azure.batch.models._models import BatchNodeRebootOptions

pool_id = os.environ["PROGRAM_PREFIX"] + "-pool"
client = BatchClient(
    endpoint=os.environ["AZURE_BATCH_ENDPOINT"],
    credential=AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)

image = next(
    one
    for one in client.list_supported_images(filter="verificationType eq 'verified'")
    if one.os_type.lower() == models.OSType.LINUX
)
client.create_pool(
    models.BatchPoolCreateOptions(
        id=pool_id,
        vm_size="standard_d2s_v3",
        target_dedicated_nodes=1,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=image.image_reference, node_agent_sku_id=image.node_agent_sku_id
        ),
        network_configuration={
            "endpointConfiguration": {
                "inboundNATPools": [
                    models.BatchInboundNatPool(
                        name="web",
                        protocol=models.InboundEndpointProtocol.Tcp,
                        backend_port=80,
                        frontend_port_range_start=40000,
                        frontend_port_range_end=40100,
                    )
                ]
            }
        },
        resize_timeout=datetime.timedelta(minutes=10),
        metadata=[models.BatchMetadataItem(name="who", value="me")],
    )
)
print(client.pool_exists(pool_id))


def wait_for(states, count):
    for _ in range(600):
        nodes = list(client.list_nodes(pool_id))
        if len(nodes) == count and all(one.state in states for one in nodes):
            return nodes
        time.sleep(0.1)
    raise SystemExit("the nodes do not become " + str(states))


node = wait_for([models.BatchNodeState.IDLE], 1)[0]
pool = client.get_pool(pool_id)
print(pool.state, pool.state == "active", pool.state is models.BatchPoolState.ACTIVE, pool.allocation_state)
print(
    pool.resize_timeout, pool["resizeTimeout"], pool.metadata[0].name, pool["metadata"][0]["value"], pool.resize_errors
)
nat = pool.network_configuration.endpoint_configuration.inbound_nat_pools[0]
print(nat.protocol, nat.protocol == "tcp", models.InboundEndpointProtocol.TCP is nat.protocol)
print(
    pool.creation_time.utcoffset(),
    isinstance(pool.creation_time, datetime.datetime),
    isinstance(pool["creationTime"], str),
)

client.create_node_user(
    pool_id,
    node.id,
    models.BatchNodeUserCreateOptions(
        name="somebody",
        password="Not-A-Secret-1",
        expiry_time=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1),
    ),
)
client.replace_node_user(pool_id, node.id, "somebody", {"password": "Not-A-Secret-2"})
settings = client.get_node_remote_login_settings(pool_id, node.id)
print("remoteLoginIPAddress" in settings, "remoteLoginPort" in settings, isinstance(settings.remote_login_port, int))
client.delete_node_user(pool_id, node.id, "somebody")

client.disable_node_scheduling(
    pool_id, node.id, models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue")
)
print(client.get_node(pool_id, node.id).scheduling_state)
client.enable_node_scheduling(pool_id, node.id)
print(client.get_node(pool_id, node.id, select=["id", "schedulingState"]).as_dict()["schedulingState"])

poller = client.begin_reboot_node(
    pool_id, node.id, BatchNodeRebootOptions(node_reboot_kind=BatchNodeRebootKind.TERMINATE), polling_interval=1
)
print(poller.result(), poller.done(), poller.status())
wait_for(["idle"], 1)

client.update_pool(pool_id, models.BatchPoolUpdateOptions(metadata=[]))
print(client.get_pool(pool_id).metadata)
poller = client.begin_resize_pool(pool_id, models.BatchPoolResizeOptions(target_dedicated_nodes=2), polling_interval=1)
print(poller.result(), poller.status())
nodes = wait_for(["idle"], 2)
poller = client.begin_remove_nodes(pool_id, models.BatchNodeRemoveOptions(node_ids=[nodes[0].id]), polling_interval=1)
poller.wait()
print(poller.status(), len(list(client.list_nodes(pool_id))))

client.enable_pool_auto_scale(
    pool_id,
    models.BatchPoolEnableAutoScaleOptions(
        auto_scale_formula="$TargetDedicatedNodes=1;", auto_scale_evaluation_interval=datetime.timedelta(minutes=6)
    ),
)
run = client.evaluate_pool_auto_scale(
    pool_id, models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$TargetDedicatedNodes=3;")
)
print(run.results, run.error)
client.disable_pool_auto_scale(pool_id)

counts = [one for one in client.list_pool_node_counts() if one.pool_id == pool_id]
print(len(counts), counts[0].dedicated.total >= 1)
poller = client.begin_delete_pool(pool_id, polling_interval=1)
print(poller.result(), poller.done(), poller.status())
try:
    client.get_pool(pool_id)
except ResourceNotFoundError as e:
    print(e.error.code)
