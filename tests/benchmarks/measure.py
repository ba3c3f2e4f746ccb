"""Measures one library, ours or azure-batch from PyPI: run by ``run.py`` under the interpreter that has it.

Prints one JSON object: for each row the ratio of what the library takes to what its floor takes, both measured in turn
in this process. Times are processor time, the least of many runs, which is what a busy machine disturbs least.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).parents[1]))

from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    CustomHookPolicy,
    DistributedTracingPolicy,
    HeadersPolicy,
    HttpLoggingPolicy,
    NetworkTraceLoggingPolicy,
    ProxyPolicy,
    RedirectPolicy,
    RequestIdPolicy,
    RetryPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest

from support.memory import Answer, MemoryTransport

ENDPOINT = "https://account.region.batch.azure.com"
MOMENT = "2026-01-02T03:04:05.1234567Z"

TASK: dict[str, Any] = {
    "id": "task-0000001",
    "displayName": "a task with everything that the service tells of one",
    "url": f"{ENDPOINT}/jobs/job-1/tasks/task-0000001",
    "eTag": "0x8DBCEEDDE12323A",
    "lastModified": MOMENT,
    "creationTime": MOMENT,
    "state": "completed",
    "stateTransitionTime": MOMENT,
    "previousState": "running",
    "previousStateTransitionTime": MOMENT,
    "commandLine": "/bin/sh -c 'set -e; ./simulate --seed 17 --steps 1000 > result.json'",
    "resourceFiles": [
        {"httpUrl": "https://store.blob.core.windows.net/input/simulate", "filePath": "simulate", "fileMode": "0755"},
        {"httpUrl": "https://store.blob.core.windows.net/input/model.json", "filePath": "model.json"},
    ],
    "environmentSettings": [{"name": "OMP_NUM_THREADS", "value": "4"}, {"name": "LANG", "value": "C.UTF-8"}],
    "affinityInfo": {"affinityId": "TVM:tvmps_0123456789abcdef_d"},
    "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    "constraints": {"maxWallClockTime": "PT1H", "retentionTime": "P7D", "maxTaskRetryCount": 3},
    "requiredSlots": 1,
    "dependsOn": {"taskIds": ["task-0000000"]},
    "executionInfo": {
        "startTime": MOMENT,
        "endTime": MOMENT,
        "exitCode": 0,
        "retryCount": 0,
        "requeueCount": 0,
        "result": "success",
    },
    "nodeInfo": {
        "affinityId": "TVM:tvmps_0123456789abcdef_d",
        "nodeUrl": f"{ENDPOINT}/pools/pool-1/nodes/tvmps_0123456789abcdef_d",
        "poolId": "pool-1",
        "nodeId": "tvmps_0123456789abcdef_d",
        "taskRootDirectory": "workitems/job-1/job-1/task-0000001",
        "taskRootDirectoryUrl": f"{ENDPOINT}/pools/pool-1/nodes/tvmps_0123456789abcdef_d/files/workitems/job-1",
    },
}
LISTED = json.dumps({"value": [dict(TASK, id=f"task-{n:07}") for n in range(1000)]}).encode()
ONE = json.dumps(TASK).encode()


def least(work: Callable[[], Any], floor: Callable[[], Any], runs: int) -> float:
    """The ratio of the two, each at its fastest, measured in turn."""
    times: list[list[float]] = [[], []]
    for _ in range(runs):
        for one, kept in ((work, times[0]), (floor, times[1])):
            gc.collect()
            begin = time.process_time()
            one()
            kept.append(time.process_time() - begin)
    return min(times[0]) / min(times[1])


def client_of(answer: Answer) -> Any:
    from azure.batch import BatchClient

    transport = MemoryTransport(lambda _: answer)
    return BatchClient(ENDPOINT, AzureNamedKeyCredential("account", "a2V5"), transport=transport)


def read_ids(client: Any) -> None:
    for task in client.list_tasks("job-1"):
        assert task.id


def read_outcomes(client: Any) -> None:
    for task in client.list_tasks("job-1"):
        info = task.execution_info
        assert (info.exit_code, task.state, info.end_time.year, len(task.resource_files)) == (0, "completed", 2026, 2)


def read_dictionaries(client: Any) -> None:
    for task in client.list_tasks("job-1"):
        assert task.as_dict()["nodeInfo"]


def memory(client: Any) -> float:
    """Bytes held by 1,000 listed tasks, to those held by the parsed JSON."""
    held: list[int] = []
    for make in (lambda: list(client.list_tasks("job-1")), lambda: json.loads(LISTED)):
        kept = make()  # what is made once and for all is not counted
        del kept
        gc.collect()
        tracemalloc.start()
        kept = make()
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        del kept
    return held[0] / held[1]


def bare_pipeline() -> Callable[[], Any]:
    """azure-core's default policies, as every Azure client library has them, and ``json()``."""
    policies = [
        RequestIdPolicy(),
        HeadersPolicy(),
        UserAgentPolicy(sdk_moniker="none/1"),
        ProxyPolicy(),
        ContentDecodePolicy(),
        RedirectPolicy(),
        RetryPolicy(),
        CustomHookPolicy(),
        NetworkTraceLoggingPolicy(),
        DistributedTracingPolicy(),
        HttpLoggingPolicy(),
    ]
    client: Any = PipelineClient(ENDPOINT, policies=policies, transport=MemoryTransport(lambda _: Answer(body=ONE)))
    url = f"{ENDPOINT}/jobs/job-1/tasks/task-0000001?api-version=2025-06-01"

    def call() -> None:
        for _ in range(200):
            client.send_request(HttpRequest("GET", url, headers={"Accept": "application/json"})).json()

    return call


def get_tasks(client: Any) -> None:
    for _ in range(200):
        client.get_task("job-1", "task-0000001")


def import_time(statement: str) -> float:
    script = f"import time; begin = time.process_time(); {statement}; print(time.process_time() - begin)"
    # As from an installed library, of which there is byte code, not from sources that have changed since.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(told.stdout)


def imports() -> float:
    floor = "import azure.core, azure.core.pipeline.policies, azure.core.rest"
    ours, theirs = [], []
    for _ in range(9):
        ours.append(import_time(f"{floor}; import azure.batch"))
        theirs.append(import_time(floor))
    return min(ours[1:]) / min(theirs[1:])  # the first may write byte code


def task_options(models: Any, number: int) -> Any:
    """The part of a full task that a caller sends, built as a program builds it."""
    return models.BatchTaskCreateOptions(
        id=f"task-{number:07}",
        display_name=TASK["displayName"],
        command_line=TASK["commandLine"],
        resource_files=[
            models.ResourceFile(http_url=one["httpUrl"], file_path=one["filePath"]) for one in TASK["resourceFiles"]
        ],
        environment_settings=[
            models.EnvironmentSetting(name=one["name"], value=one["value"]) for one in TASK["environmentSettings"]
        ],
        affinity_info=models.BatchAffinityInfo(affinity_id=TASK["affinityInfo"]["affinityId"]),
        constraints=models.BatchTaskConstraints(max_task_retry_count=3),
        depends_on=models.BatchTaskDependencies(task_ids=["task-0000000"]),
        required_slots=1,
    )


def submit(client: Any) -> None:
    from azure.batch import models

    tasks = [task_options(models, number) for number in range(100)]
    client.create_task_collection("job-1", models.BatchTaskGroup(task_values=tasks))


def print_tasks() -> None:
    """The same, built and printed without a library."""
    tasks = [
        {
            "id": f"task-{number:07}",
            "displayName": TASK["displayName"],
            "commandLine": TASK["commandLine"],
            "resourceFiles": [
                {"httpUrl": one["httpUrl"], "filePath": one["filePath"]} for one in TASK["resourceFiles"]
            ],
            "environmentSettings": [
                {"name": one["name"], "value": one["value"]} for one in TASK["environmentSettings"]
            ],
            "affinityInfo": {"affinityId": TASK["affinityInfo"]["affinityId"]},
            "constraints": {"maxTaskRetryCount": 3},
            "dependsOn": {"taskIds": ["task-0000000"]},
            "requiredSlots": 1,
        }
        for number in range(100)
    ]
    json.dumps({"value": tasks}).encode()


def main() -> None:
    listing, getting = client_of(Answer(body=LISTED)), client_of(Answer(body=ONE))
    submitting = client_of(Answer(body=b'{"value": []}'))

    def parse() -> Any:
        return json.loads(LISTED)

    rows = {
        "list 1,000 full tasks, read `id`": least(lambda: read_ids(listing), parse, 15),
        "list 1,000 full tasks, read exit code, state, end time, number of resource files": least(
            lambda: read_outcomes(listing), parse, 15
        ),
        "list 1,000 full tasks, `as_dict()` of each": least(lambda: read_dictionaries(listing), parse, 15),
        "memory of 1,000 listed tasks": memory(listing),
        "`get_task` with shared key": least(lambda: get_tasks(getting), bare_pipeline(), 15),
        "`import azure.batch`": imports(),
        "build and send 100 tasks": least(lambda: submit(submitting), print_tasks, 40),
    }
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
