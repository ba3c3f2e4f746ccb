"""What programs do with models without a service."""

import copy
import json
import pickle

from azure.core.serialization import NULL

from azure.batch import models
from azure.batch.models import _enums, _models

task = models.BatchTaskCreateOptions(
    id="t",
    command_line="true",
    constraints={"maxTaskRetryCount": 2},
    resource_files=[models.ResourceFile(http_url="https://x/y", file_path="y")],
    environment_settings=[{"name": "A", "value": "B"}],
)
print(task["commandLine"], task.command_line, dict(task)["id"], task.get("nope"), "constraints" in task, len(task))
print(task.constraints.max_task_retry_count, type(task.constraints).__name__, type(task["resourceFiles"][0]).__name__)
task.resource_files.append(models.ResourceFile(http_url="https://x/z"))
task.constraints.max_wall_clock_time = "PT1H"
print(json.dumps(task.as_dict(), sort_keys=True))
task.display_name = "name"
task.display_name = None
print(sorted(task.keys()), task == models.BatchTaskCreateOptions(task), copy.deepcopy(task) == task)
task["affinityInfo"] = NULL
print(sorted(task.keys()))
print(pickle.loads(pickle.dumps(task)).resource_files[1].http_url)

pool = models.BatchPool(
    {
        "id": "p",
        "state": "active",
        "allocationState": "something new",
        "creationTime": "2026-01-02T03:04:05.6789012Z",
        "resizeTimeout": "PT15M",
        "notYetKnown": 1,
        "taskSchedulingPolicy": {"nodeFillType": "pack"},
    }
)
print(repr(pool.state), pool.state == "active", pool.allocation_state, pool.creation_time, pool.resize_timeout)
print(pool["creationTime"], pool["notYetKnown"], pool.task_scheduling_policy.node_fill_type, pool.vm_size)
print(pool.as_dict(exclude_readonly=True), isinstance(pool.state, str), pool.state.upper())
for name in ("Tcp", "TCP", "tcp"):
    print(models.InboundEndpointProtocol[name].value)
print(_enums.BatchNodeRebootKind.TERMINATE == "terminate")
print(dict(_models.BatchNodeRebootOptions(node_reboot_kind="requeue")))


def error_of(call):
    try:
        call()
    except (TypeError, KeyError, AttributeError) as e:
        return type(e).__name__


print(error_of(lambda: models.BatchPool(nope=1)), error_of(lambda: pool["nope"]), error_of(lambda: pool.nope))
