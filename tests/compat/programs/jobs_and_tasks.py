"""A job whose tasks really run."""

import datetime
import os
import time

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient
from azure.batch import models as batchmodels
from azure.batch.models._models import BatchJobTerminateOptions

prefix = os.environ["PROGRAM_PREFIX"]
pool_id, job_id = prefix + "-pool", prefix + "-job"
client = BatchClient(
    os.environ["AZURE_BATCH_ENDPOINT"],
    AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)

client.create_pool(
    {
        "id": pool_id,
        "vmSize": "standard_d2s_v3",
        "targetDedicatedNodes": 1,
        "taskSlotsPerNode": 4,
        "virtualMachineConfiguration": {
            "imageReference": {
                "publisher": "canonical",
                "offer": "0001-com-ubuntu-server-jammy",
                "sku": "22_04-lts",
                "version": "latest",
            },
            "nodeAgentSKUId": "batch.node.ubuntu 22.04",
        },
    }
)
client.create_job(
    batchmodels.BatchJobCreateOptions(
        id=job_id,
        pool_info=batchmodels.BatchPoolInfo(pool_id=pool_id),
        common_environment_settings=[batchmodels.EnvironmentSetting(name="GREETING", value="hello")],
    )
)

tasks = [
    batchmodels.BatchTaskCreateOptions(
        id="task" + str(number),
        command_line=f"/bin/sh -c 'echo $GREETING {number}; exit {3 if number == 4 else 0}'",
        constraints=batchmodels.BatchTaskConstraints(
            max_task_retry_count=0, max_wall_clock_time=datetime.timedelta(minutes=5)
        ),
    )
    for number in range(5)
]
result = client.create_tasks(job_id, tasks)
print(type(result).__name__, len(result.result_values))
for one in sorted(result.result_values, key=lambda one: one.task_id):
    print(
        one.task_id,
        one.status.lower() == batchmodels.BatchTaskAddStatus.SUCCESS,
        one.error,
        one.location.endswith(one.task_id),
    )

for _ in range(600):
    if all(task.state == batchmodels.BatchTaskState.COMPLETED for task in client.list_tasks(job_id)):
        break
    time.sleep(0.1)
counts = client.get_job_task_counts(job_id)
print(
    counts.task_counts.completed,
    counts.task_counts.succeeded,
    counts.task_counts.failed,
    counts.task_slot_counts.active,
)

for task in client.list_tasks(job_id, filter="executionInfo/exitCode ne 0", select=["id", "executionInfo"]):
    info = task.execution_info
    print(task.id, info.exit_code, info.result, info.failure_info.category, info.failure_info.code, task.state)
task = client.get_task(job_id, "task0")
print(task.execution_info.exit_code, task.execution_info.result == "success", task.constraints.max_wall_clock_time)
print(task["constraints"]["maxWallClockTime"], task.node_info.pool_id == pool_id, task.execution_info.retry_count)

output = client.download_task_file(job_id, "task0", "stdout.txt")
print(b"".join(output).decode("utf-8").strip())
print(b"".join(client.download_task_file(job_id, "task0", "stdout.txt", ocp_range="bytes=0-3")))
properties = client.get_task_file_properties(job_id, "task0", "stdout.txt")
print(
    properties.content_length,
    properties.is_directory,
    properties.last_modified.utcoffset(),
    properties.url.endswith("stdout.txt"),
)
print(sorted(one.name for one in client.list_task_files(job_id, "task0") if not one.is_directory))
print([len(list(page)) for page in client.list_tasks(job_id, max_results=2).by_page()])

group = batchmodels.BatchTaskGroup(
    task_values=[
        {"id": "task0", "commandLine": "true"},
        batchmodels.BatchTaskCreateOptions(id="more", command_line="true"),
    ]
)
for one in client.create_task_collection(job_id, group).result_values:
    print(one.task_id, one.status, one.error.code if one.error else None)

poller = client.begin_disable_job(
    job_id, batchmodels.BatchJobDisableOptions(disable_tasks="requeue"), polling_interval=1
)
print(poller.result(), poller.status(), client.get_job(job_id).state)
print(client.begin_enable_job(job_id, polling_interval=1).result(), client.get_job(job_id).state)
poller = client.begin_terminate_job(job_id, BatchJobTerminateOptions(termination_reason="enough"), polling_interval=1)
poller.wait()
job = client.get_job(job_id)
print(job.state, job.execution_info.termination_reason, job.execution_info.end_time > job.creation_time)
print(client.delete_task(job_id, "more"))
print(
    client.begin_delete_job(job_id, polling_interval=1).result(),
    client.begin_delete_pool(pool_id, polling_interval=1).result(),
)
