"""The pool, the jobs, the tasks and the schedule that every client creates: the service's JSON."""

from __future__ import annotations

from typing import Any

__all__ = ["JOB", "JOB_SPECIFICATION", "POOL", "SCHEDULE", "TASK", "collection"]

Document = dict[str, Any]

POOL: Document = {
    "id": "life",
    "vmSize": "standard_d2s_v3",
    "targetDedicatedNodes": 2,
    "enableInterNodeCommunication": True,
    "resizeTimeout": "PT10M",
    "taskSchedulingPolicy": {"nodeFillType": "pack"},
    "metadata": [{"name": "who", "value": "me"}],
    "startTask": {
        "commandLine": '/bin/sh -c "echo $GREETING from $AZ_BATCH_NODE_ID; echo made > $AZ_BATCH_NODE_SHARED_DIR/made"',
        "environmentSettings": [{"name": "GREETING", "value": "hello"}],
        "waitForSuccess": True,
        "maxTaskRetryCount": 1,
    },
    "networkConfiguration": {
        "endpointConfiguration": {
            "inboundNATPools": [
                {
                    "name": "web",
                    "protocol": "tcp",
                    "backendPort": 8080,
                    "frontendPortRangeStart": 40000,
                    "frontendPortRangeEnd": 40100,
                }
            ]
        }
    },
}
"""The image comes from the list of images."""

JOB: Document = {
    "id": "life",
    "displayName": "A life",
    "priority": 100,
    "usesTaskDependencies": True,
    "poolInfo": {"poolId": "life"},
    "constraints": {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 0},
    "commonEnvironmentSettings": [{"name": "OF_THE_JOB", "value": "common"}],
    "jobPreparationTask": {"id": "before", "commandLine": '/bin/sh -c "echo prepared"'},
    "jobReleaseTask": {"id": "after", "commandLine": '/bin/sh -c "echo released"'},
    "metadata": [{"name": "kind", "value": "test"}],
}

TASK: Document = {
    "id": "first",
    "commandLine": (
        '/bin/sh -c "cat input/in.txt; echo $OF_THE_JOB $OF_THE_TASK $PATH; echo odd >&2; '
        "mkdir -p d; printf 0123456789 > 'd/a b.txt'\""
    ),
    "environmentSettings": [{"name": "OF_THE_TASK", "value": "own"}, {"name": "PATH", "value": "/usr/bin:/bin:/none"}],
    "constraints": {"maxTaskRetryCount": 2, "maxWallClockTime": "PT5M", "retentionTime": "PT2H"},
}
"""Its resource file is added when its address is known."""

_OWN_RETRIES = {"maxTaskRetryCount": 0}


def collection() -> list[Document]:
    """Tasks of which one is there already, one waits for others, one fails and one runs on two nodes."""
    return [
        {"id": "first", "commandLine": "/bin/sh -c true"},
        {"id": "1", "commandLine": "/bin/sh -c 'exit 0'"},
        {"id": "2", "commandLine": "/bin/sh -c 'exit 0'"},
        {
            "id": "second",
            "commandLine": "/bin/sh -c 'echo after the first'",
            "dependsOn": {"taskIds": ["first"], "taskIdRanges": [{"start": 1, "end": 2}]},
        },
        {"id": "failing", "commandLine": "/bin/sh -c 'exit 3'", "constraints": _OWN_RETRIES},
        {
            "id": "parallel",
            "commandLine": '/bin/sh -c "echo all here"',
            "multiInstanceSettings": {
                "numberOfInstances": 2,
                "coordinationCommandLine": '/bin/sh -c "echo coordinated"',
            },
        },
    ]


JOB_SPECIFICATION: Document = {
    "poolInfo": {"poolId": "life"},
    "priority": 5,
    "jobManagerTask": {"id": "manager", "commandLine": "/bin/sh -c 'echo manages'", "killJobOnCompletion": False},
}

SCHEDULE: Document = {
    "id": "daily",
    "schedule": {"recurrenceInterval": "P1D", "startWindow": "PT1H"},
    "jobSpecification": JOB_SPECIFICATION,
    "metadata": [{"name": "kind", "value": "test"}],
}
