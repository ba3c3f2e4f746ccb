"""The life of a job as every client has to see it: what is done, and what has to come of it.

Each part asks for what its client has a method or a command for. The answers expected stand here once, so that all
clients are held to the same.
"""

from __future__ import annotations

import re
from typing import Any

from foreign.documents import JOB, JOB_SPECIFICATION, POOL, SCHEDULE, TASK, collection
from foreign.driver import Driver, Refused, seen

__all__ = ["live"]

_POOL_GONE = ("PoolNotFound", "The specified pool does not exist.")
_JOB_GONE = ("JobNotFound", "The specified job does not exist.")
_SCHEDULE_GONE = ("JobScheduleNotFound", "The specified job schedule does not exist.")
_TASK_GONE = ("TaskNotFound", "The specified task does not exist.")
_FILE_GONE = ("FileNotFound", "The specified file does not exist.")
_USER_GONE = ("NodeUserNotFound", "The specified node user does not exist.")
_NOT_MET = ("ConditionNotMet", "The condition specified in the conditional header(s) was not met.")
_STEADY = {"state": "active", "allocationState": "steady"}
_OUT = "hello\ncommon own /usr/bin:/bin:/none\n"


def _is_date(value: Any) -> bool:
    return re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) is not None


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def _lengths(files: list[Any]) -> dict[str, int]:
    """The sizes of files by their names; some clients keep numbers of 64 bits in strings."""
    return {one["name"]: int(one["properties"]["contentLength"]) for one in files if not one["isDirectory"]}


def _results(answer: Any) -> list[Any]:
    """What is in a list that has no pages: some clients give the whole answer."""
    found: list[Any] = answer if isinstance(answer, list) else answer["value"]
    return found


def live(client: Driver, files: str) -> None:
    """Go through all of it.

    :param client: The client.
    :param files: The URL of a server that has ``in.txt``, and keeps what is put.
    """
    image = account(client)
    wait_for_nothing(client, image)
    tag = create_pool(client, image)
    read_pool(client, tag)
    node = nodes(client)
    node_users(client, node)
    node_restarts(client, node)
    node_files(client, node, files)
    create_job(client)
    tag = create_tasks(client, files)
    read_tasks(client, tag)
    count_tasks(client)
    task_files(client)
    change_tasks(client)
    change_job(client)
    schedules(client)
    change_pool(client)
    resize_pool(client)
    scale_pool(client)
    still_waiting(client)
    end(client)


def account(client: Driver) -> dict[str, Any]:
    """What an account offers; gives the image that the pool has."""
    images = client.call("list_supported_images", filter="verificationType eq 'verified'")
    assert {"linux", "windows"} <= {one["osType"] for one in images}
    assert {one["imageReference"]["sku"] for one in images} >= {"20_04-lts", "22_04-lts", "22_04-lts-gen2"}
    unverified = client.call("list_supported_images", filter="verificationType eq 'unverified'")
    seen(unverified, [{"imageReference": {"offer": "ubuntuserver", "sku": "18.04-lts"}}])
    assert len(client.call("list_supported_images")) == len(images) + 1
    image: dict[str, Any] = next(one for one in images if one["imageReference"]["sku"] == "22_04-lts")
    seen(image["imageReference"], {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy"})
    seen(image, {"nodeAgentSKUId": "batch.node.ubuntu 22.04", "verificationType": "verified"})
    tool = {"id": "tool", "displayName": "tool", "versions": ["1.0", "2.0"]}
    seen(client.call("list_applications"), [tool])
    seen(client.call("get_application", "tool"), tool)
    missing = ("ApplicationNotFound", "The specified application does not exist.")
    client.refused(404, *missing, "get_application", "none")
    assert client.call("list_pool_usage_metrics") == []
    return {
        "imageReference": {key: image["imageReference"][key] for key in ("publisher", "offer", "sku")},
        "nodeAgentSKUId": image["nodeAgentSKUId"],
    }


def seen_to_exist(client: Driver, kind: str, name: str, expected: bool) -> None:
    """Ask whether a pool or a schedule exists, if the client can; 404 is how some of them say no."""
    if client.has(f"{kind}_exists"):
        answer = client.attempt(f"{kind}_exists", name)
        found = answer.status != 404 if isinstance(answer, Refused) else answer
        assert found is expected


def wait_for_nothing(client: Driver, image: dict[str, Any]) -> None:
    """Tasks that never run: their pool has no nodes. And what does not even become a pool, or a task."""
    pool = {"id": "empty", "vmSize": "standard_d2s_v3", "targetDedicatedNodes": 0, "virtualMachineConfiguration": image}
    network = "resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    subnet = (
        f"/subscriptions/00000000-0000-0000-0000-000000000000/{network}"  # a subscription that is not the account's
    )
    invalid = ("InvalidPropertyValue", "The value provided for one of the properties in the request body is invalid.")
    client.refused(400, *invalid, "create_pool", body={**pool, "networkConfiguration": {"subnetId": subnet}})
    malformed = {**image, "imageReference": {"virtualMachineImageId": "/images/mine"}}
    client.refused(400, *invalid, "create_pool", body={**pool, "virtualMachineConfiguration": malformed})
    client.refused(404, *_POOL_GONE, "get_pool", "empty")
    client.call("create_pool", body=pool)
    client.call("create_job", body={"id": "waiting", "poolInfo": {"poolId": "empty"}})
    large = [{"name": "LARGE", "value": "x" * 400_000}]
    tasks = [{"id": f"t{n}", "commandLine": "true", "environmentSettings": large} for n in range(3)]
    tasks[0]["containerSettings"] = {"imageName": "ubuntu:22.04"}
    outcome = client.attempt("create_task_collection", "waiting", body={"value": tasks})
    if isinstance(outcome, Refused):
        assert (outcome.status, outcome.code) == (413, "RequestBodyTooLarge")
        for task in tasks:
            client.call("create_task", "waiting", body=task)
    else:  # the client itself then sends less at once
        assert [one["status"] for one in _results(outcome)] == ["success"] * 3
    schedule = {"id": "nowhere", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "none"}}}
    client.call("create_job_schedule", body=schedule)
    seen(client.call("list_jobs_from_schedule", "nowhere"), [{"id": "nowhere:job-1", "state": "active"}])


def still_waiting(client: Driver) -> None:
    tasks = client.call("list_tasks", "waiting", filter="state eq 'active'", select=["id", "state"], max_results=2)
    seen(tasks, [{"id": f"t{n}", "state": "active"} for n in range(3)])
    seen(client.call("get_task", "waiting", "t0")["containerSettings"], {"imageName": "ubuntu:22.04"})
    client.call("delete_job_schedule", "nowhere")
    client.call("delete_job", "waiting")
    client.call("delete_pool", "empty")
    client.until_gone(*_POOL_GONE, "get_pool", "empty")


def create_pool(client: Driver, image: dict[str, Any]) -> str:
    """Create the pool; gives its entity tag."""
    seen_to_exist(client, "pool", "life", False)
    client.refused(404, *_POOL_GONE, "get_pool", "life")
    extension = {"name": "monitor", "publisher": "Some.One", "type": "Agent", "autoUpgradeMinorVersion": True}
    pool = {**POOL, "virtualMachineConfiguration": {**image, "extensions": [extension]}}
    client.call("create_pool", body=pool)
    client.refused(409, "PoolExists", "The specified pool already exists.", "create_pool", body=pool)
    seen_to_exist(client, "pool", "life", True)
    tag: str = client.call("get_pool", "life")["eTag"]
    return tag


def read_pool(client: Driver, tag: str) -> None:
    pool = client.until({**_STEADY, "currentDedicatedNodes": 2}, "get_pool", "life")
    kept = {name: value for name, value in POOL.items() if name != "networkConfiguration"}
    defaults = {
        "targetLowPriorityNodes": 0,
        "currentLowPriorityNodes": 0,
        "enableAutoScale": False,
        "taskSlotsPerNode": 1,
        "resizeErrors": None,
        "applicationPackageReferences": None,
        "creationTime": _is_date,
        "eTag": tag,  # it follows what callers change, not what becomes of it
    }
    assert re.fullmatch("0x[0-9A-F]+", tag)
    seen(pool, {**kept, **defaults})
    endpoints = pool["networkConfiguration"]["endpointConfiguration"]["inboundNATPools"]
    seen(endpoints, POOL["networkConfiguration"]["endpointConfiguration"]["inboundNATPools"])
    selected = client.call("list_pools", filter="id eq 'life'", select=["id", "allocationState"])
    seen(selected, [{"id": "life", "allocationState": "steady", "vmSize": None}])
    assert client.call("list_pools", filter="startswith(id, 'other')") == []
    seen(client.call("get_pool", "life", select=["state"]), {"state": "active", "id": None})


def nodes(client: Driver) -> str:
    """The nodes of the pool, when they are idle; gives the id of one."""
    idle = {"state": "idle", "schedulingState": "enabled"}
    node = client.until([idle, idle], "list_nodes", "life", filter="state eq 'idle'")[0]
    name: str = node["id"]
    found = client.call("get_node", "life", name)
    expected = {
        **idle,
        "id": name,
        "isDedicated": True,
        "vmSize": "standard_d2s_v3",
        "totalTasksRun": 0,
        "startTaskInfo": {"state": "completed", "exitCode": 0, "result": "success", "retryCount": 0},
        "allocationTime": _is_date,
    }
    seen(found, expected)
    web, ssh = found["endpointConfiguration"]["inboundEndpoints"]
    assert web["name"].startswith("web")
    seen([web, ssh], [{"backendPort": 8080, "protocol": "tcp"}, {"backendPort": 22, "protocol": "tcp"}])
    seen(client.call("list_nodes", "life", select=["id"]), [{"id": name, "state": None}, {"state": None}])
    missing = ("NodeNotFound", "The specified node does not exist.")
    client.refused(404, *missing, "get_node", "life", "none")
    counts = client.call("list_pool_node_counts", filter="poolId eq 'life'")
    seen(counts, [{"poolId": "life", "dedicated": {"idle": 2, "total": 2, "running": 0}, "lowPriority": {"total": 0}}])
    if client.has("list_node_extensions"):
        extensions = [
            {"vmExtension": {"name": "monitor", "publisher": "Some.One", "type": "Agent"}},
            {"vmExtension": {"name": "batchNodeExtension", "publisher": "Microsoft.Azure.Extensions"}},
        ]
        seen(client.call("list_node_extensions", "life", name), extensions)
        seen(client.call("get_node_extension", "life", name, "monitor"), extensions[0])
    return name


def node_users(client: Driver, node: str) -> None:
    user = {"name": "somebody", "password": "Not-A-Secret-1", "isAdmin": True}
    client.call("create_node_user", "life", node, body=user)
    exists = ("NodeUserExists", "The specified node user already exists.")
    client.refused(409, *exists, "create_node_user", "life", node, body=user)
    client.call("replace_node_user", "life", node, "somebody", body={"password": "Not-A-Secret-2"})
    settings = client.call("get_node_remote_login_settings", "life", node)
    seen(settings, {"remoteLoginIPAddress": lambda address: address.count(".") == 3, "remoteLoginPort": _is_positive})
    client.call("delete_node_user", "life", node, "somebody")
    client.refused(404, *_USER_GONE, "delete_node_user", "life", node, "somebody")


def node_restarts(client: Driver, node: str) -> None:
    client.call("disable_node_scheduling", "life", node, body={"nodeDisableSchedulingOption": "requeue"})
    again = ("NodeAlreadyInTargetSchedulingState", "The specified node is already in the target scheduling state.")
    body = {"nodeDisableSchedulingOption": "requeue"}
    client.refused(409, *again, "disable_node_scheduling", "life", node, body=body)
    seen(client.call("get_node", "life", node, select=["schedulingState"]), {"schedulingState": "disabled"})
    client.call("enable_node_scheduling", "life", node)
    client.refused(409, *again, "enable_node_scheduling", "life", node)
    client.call("reboot_node", "life", node, body={"nodeRebootOption": "terminate"})
    client.until({"state": "idle", "schedulingState": "enabled"}, "get_node", "life", node)
    if client.has("reimage_node"):
        client.call("reimage_node", "life", node, body={"nodeReimageOption": "requeue"})
        client.until({"state": "idle", "startTaskInfo": {"result": "success"}}, "get_node", "life", node)
    if client.has("deallocate_node"):
        client.call("deallocate_node", "life", node, body={"nodeDeallocateOption": "terminate"})
        client.until({"state": "deallocated"}, "get_node", "life", node)
        client.call("start_node", "life", node)
        client.until({"state": "idle"}, "get_node", "life", node)


def check_properties(properties: Any, length: int) -> None:
    """Hold the properties of a file against what they must be; `az` has them, but shows nothing."""
    if properties is not None:
        seen(properties, {"contentLength": length, "isDirectory": False})


def node_files(client: Driver, node: str, files: str) -> None:
    listed = client.call("list_node_files", "life", node, recursive=True, filter="startswith(name, 'startup/')")
    lengths = _lengths(listed)
    out = f"hello from {node}\n"
    seen(lengths, {"startup/stdout.txt": len(out), "startup/stderr.txt": 0})
    assert {one["name"] for one in client.call("list_node_files", "life", node)} >= {"shared", "startup", "workitems"}
    assert client.call("download_node_file", "life", node, "startup/stdout.txt") == out
    assert client.call("download_node_file", "life", node, "startup/stdout.txt", range="bytes=1-4") == "ello"
    check_properties(client.call("get_node_file_properties", "life", node, "shared/made"), 5)
    client.call("delete_node_file", "life", node, "shared/made")
    client.refused(404, *_FILE_GONE, "download_node_file", "life", node, "shared/made")
    request = {"containerUrl": f"{files}/logs?sig=none", "startTime": "2026-01-02T03:04:05Z"}
    uploaded = client.call("upload_node_logs", "life", node, body=request)
    seen(uploaded, {"virtualDirectoryName": lambda name: name.count("/") == 3, "numberOfFilesUploaded": _is_positive})


def create_job(client: Driver) -> None:
    client.refused(404, *_JOB_GONE, "get_job", "life")
    client.call("create_job", body=JOB)
    client.refused(409, "JobExists", "The specified job already exists.", "create_job", body=JOB)
    defaults = {"state": "active", "onAllTasksComplete": "noaction", "onTaskFailure": "noaction"}
    job = client.call("get_job", "life")
    seen(job, {**JOB, **defaults, "executionInfo": {"poolId": "life", "startTime": _is_date}})
    selected = client.call("list_jobs", filter="state eq 'active' and id eq 'life'", select=["id", "priority"])
    seen(selected, [{"id": "life", "priority": 100, "state": None}])
    unchanged = client.attempt("get_job", "life", if_none_match=job["eTag"])
    assert isinstance(unchanged, Refused)
    assert unchanged.status == 304


def create_tasks(client: Driver, files: str) -> str:
    """Create the tasks; gives the entity tag of the first."""
    resource = {"httpUrl": f"{files}/in.txt", "filePath": "input/in.txt"}
    client.call("create_task", "life", body={**TASK, "resourceFiles": [resource]})
    tag: str = client.call("get_task", "life", "first", select=["eTag"])["eTag"]
    exists = ("TaskExists", "The specified task already exists.")
    client.refused(409, *exists, "create_task", "life", body=TASK)
    results = _results(client.call("create_task_collection", "life", body={"value": collection()}))
    names = sorted(one["id"] for one in collection())
    added = {name: {"taskId": name, "status": "success", "error": None} for name in names}
    there = {"code": exists[0], "message": {"value": lambda text: text.splitlines()[0] == exists[1]}}
    added["first"] = {"taskId": "first", "status": "clienterror", "error": there}
    seen(sorted(results, key=lambda one: one["taskId"]), list(added.values()))
    return tag


def read_tasks(client: Driver, tag: str) -> None:
    names = sorted(one["id"] for one in collection())
    done = [{"id": name} for name in names]
    client.until(done, "list_tasks", "life", filter="state eq 'completed'", select=["id"])
    first = client.call("get_task", "life", "first")
    succeeded = {"exitCode": 0, "result": "success", "retryCount": 0, "requeueCount": 0, "startTime": _is_date}
    seen(first, {**TASK, "state": "completed", "previousState": "running", "executionInfo": succeeded, "eTag": tag})
    seen(first["nodeInfo"], {"poolId": "life", "nodeId": lambda name: name.startswith("tvm")})
    failure = {"category": "usererror", "code": "FailureExitCode"}
    failed = {"exitCode": 3, "result": "failure", "retryCount": 0, "failureInfo": failure}
    seen(client.call("get_task", "life", "failing"), {"state": "completed", "executionInfo": failed})
    second = client.call("get_task", "life", "second")
    seen(second["dependsOn"], {"taskIds": ["first"], "taskIdRanges": [{"start": 1, "end": 2}]})
    assert second["executionInfo"]["startTime"] >= first["executionInfo"]["endTime"]
    seen(client.call("list_tasks", "life", filter="executionInfo/result eq 'failure'"), [{"id": "failing"}])
    client.refused(404, *_TASK_GONE, "get_task", "life", "none")


def count_tasks(client: Driver) -> None:
    subtasks = _results(client.call("list_subtasks", "life", "parallel"))
    seen(subtasks, [{"id": 1, "state": "completed", "result": "success", "exitCode": 0}])
    counts = {"active": 0, "running": 0, "completed": 6, "succeeded": 5, "failed": 1}
    seen(client.call("get_job_task_counts", "life"), {"taskCounts": counts, "taskSlotCounts": counts})
    assert len(client.call("list_tasks", "life", max_results=2)) == 6
    seen(client.call("get_job", "life"), {"stats": None})
    seen(client.call("get_job", "life", expand=["stats"]), {"id": "life"})


def task_files(client: Driver) -> None:
    listed = client.call("list_task_files", "life", "first", recursive=True)
    lengths = _lengths(listed)
    expected = {"stdout.txt": len(_OUT), "stderr.txt": 4, "wd/d/a b.txt": 10, "wd/input/in.txt": 6}
    seen(lengths, expected)
    top = client.call("list_task_files", "life", "first", filter="startswith(name, 'std')")
    assert {one["name"] for one in top} == {"stdout.txt", "stderr.txt"}
    assert client.call("download_task_file", "life", "first", "stdout.txt") == _OUT
    assert client.call("download_task_file", "life", "first", "wd/d/a b.txt", range="bytes=2-5") == "2345"
    check_properties(client.call("get_task_file_properties", "life", "first", "wd/d/a b.txt"), 10)
    client.call("delete_task_file", "life", "first", "wd/d", recursive=True)
    client.refused(404, *_FILE_GONE, "download_task_file", "life", "first", "wd/d/a b.txt")


def change_tasks(client: Driver) -> None:
    client.call("create_task", "life", body={"id": "long", "commandLine": "/bin/sh -c 'sleep 600'"})
    changed = {"maxTaskRetryCount": 0, "maxWallClockTime": "PT10M", "retentionTime": "PT3H"}
    client.call("replace_task", "life", "long", body={"constraints": changed})
    seen(client.call("get_task", "life", "long"), {"constraints": changed})
    client.until({"state": "running"}, "get_task", "life", "long")
    client.call("terminate_task", "life", "long")
    failure = {"category": "usererror", "code": "TaskEnded"}
    ended = {"state": "completed", "executionInfo": {"result": "failure", "failureInfo": failure}}
    client.until(ended, "get_task", "life", "long")
    completed = ("TaskCompleted", "The specified task is already in a completed state.")
    client.refused(409, *completed, "terminate_task", "life", "long")
    client.call("delete_task", "life", "long")
    client.refused(404, *_TASK_GONE, "get_task", "life", "long")
    client.call("reactivate_task", "life", "failing")
    client.until({"state": "completed", "executionInfo": {"exitCode": 3}}, "get_task", "life", "failing")
    succeeded = ("TaskSucceeded", "The specified task has already completed successfully.")
    client.refused(409, *succeeded, "reactivate_task", "life", "first")


def change_job(client: Driver) -> None:
    client.call("update_job", "life", body={"priority": 7})
    job = client.call("get_job", "life")
    seen(job, {"priority": 7, "metadata": JOB["metadata"]})
    client.refused(412, *_NOT_MET, "update_job", "life", body={"priority": 8}, if_match="0x0")
    client.call("update_job", "life", body={"priority": 8}, if_match=job["eTag"])
    replacement = {"poolInfo": JOB["poolInfo"], "priority": -5, "onAllTasksComplete": "noaction"}
    client.call("replace_job", "life", body=replacement)
    seen(client.call("get_job", "life"), {"priority": -5, "metadata": None})
    client.call("disable_job", "life", body={"disableTasks": "requeue"})
    client.until({"state": "disabled", "previousState": "disabling"}, "get_job", "life")
    client.call("enable_job", "life")
    client.until({"state": "active"}, "get_job", "life")
    client.call("terminate_job", "life", body={"terminateReason": "enough"})
    client.until({"state": "completed", "executionInfo": {"terminateReason": "enough"}}, "get_job", "life")
    completed = ("JobCompleted", "The specified job is already in a completed state.")
    client.refused(409, *completed, "terminate_job", "life", body={"terminateReason": "more"})
    info = {"state": "completed", "exitCode": 0, "result": "success"}
    ran = {"jobPreparationTaskExecutionInfo": info, "jobReleaseTaskExecutionInfo": info}
    client.until([ran, ran], "list_job_preparation_and_release_task_status", "life")


def schedules(client: Driver) -> None:
    seen_to_exist(client, "job_schedule", "daily", False)
    client.refused(404, *_SCHEDULE_GONE, "get_job_schedule", "daily")
    client.call("create_job_schedule", body=SCHEDULE)
    exists = ("JobScheduleExists", "The specified job schedule already exists.")
    client.refused(409, *exists, "create_job_schedule", body=SCHEDULE)
    seen_to_exist(client, "job_schedule", "daily", True)
    recent = {"recentJob": {"id": "daily:job-1"}, "nextRunTime": _is_date}
    schedule = client.call("get_job_schedule", "daily")
    seen(schedule, {**SCHEDULE, "state": "active", "executionInfo": recent})
    job = {"id": "daily:job-1", "priority": 5, "poolInfo": {"poolId": "life"}}
    seen(client.call("list_jobs_from_schedule", "daily", filter="state eq 'active'"), [job])
    seen(client.call("get_job", "daily:job-1"), job)
    listed = client.call("list_job_schedules", filter="id eq 'daily'", select=["id", "state"])
    seen(listed, [{"id": "daily", "state": "active", "schedule": None}])
    client.until({"state": "completed", "exitCode": None}, "get_task", "daily:job-1", "manager")
    client.call("update_job_schedule", "daily", body={"schedule": {"recurrenceInterval": "PT12H"}})
    seen(client.call("get_job_schedule", "daily"), {"schedule": {"recurrenceInterval": "PT12H"}})
    replacement = {"schedule": SCHEDULE["schedule"], "jobSpecification": {**JOB_SPECIFICATION, "priority": 6}}
    client.call("replace_job_schedule", "daily", body=replacement)
    seen(client.call("get_job_schedule", "daily"), {"jobSpecification": {"priority": 6}, "metadata": None})
    client.call("disable_job_schedule", "daily")
    seen(client.call("get_job_schedule", "daily"), {"state": "disabled"})
    client.call("enable_job_schedule", "daily")
    seen(client.call("get_job_schedule", "daily"), {"state": "active"})
    client.call("terminate_job_schedule", "daily")
    client.until({"state": "completed"}, "get_job_schedule", "daily")
    client.call("delete_job_schedule", "daily")
    client.until_gone(*_SCHEDULE_GONE, "get_job_schedule", "daily")
    client.until_gone(*_JOB_GONE, "get_job", "daily:job-1")


def change_pool(client: Driver) -> None:
    metadata = [{"name": "who", "value": "you"}]
    client.call("update_pool", "life", body={"metadata": metadata})
    seen(client.call("get_pool", "life"), {"metadata": metadata, "startTask": POOL["startTask"]})
    client.refused(412, *_NOT_MET, "update_pool", "life", body={"metadata": metadata}, if_match="0x0")
    start = {"commandLine": "/bin/sh -c 'echo again'", "waitForSuccess": True}
    empty: dict[str, Any] = {"applicationPackageReferences": [], "metadata": []}
    client.call("replace_pool_properties", "life", body={**empty, "startTask": start})
    replaced = {"metadata": None, "startTask": {**start, "environmentSettings": None}}
    seen(client.call("get_pool", "life"), replaced)


def resize_pool(client: Driver) -> None:
    client.call("create_job", body={"id": "busy", "poolInfo": {"poolId": "life"}})
    for name in ("one", "two"):
        client.call("create_task", "busy", body={"id": name, "commandLine": "/bin/sh -c 'sleep 1000'"})
    running = {"state": "running"}
    client.until([running, running], "list_tasks", "busy")
    # A node does not go before its task has ended, so that there is something to stop whenever that is said.
    target = {"targetDedicatedNodes": 1, "nodeDeallocationOption": "taskcompletion"}
    client.call("resize_pool", "life", body=target, wait=False)
    client.call("stop_pool_resize", "life")
    errors = [{"code": "ResizeStopped"}]
    stopped = {**_STEADY, "targetDedicatedNodes": 1, "currentDedicatedNodes": 2, "resizeErrors": errors}
    client.until(stopped, "get_pool", "life")
    client.call("delete_job", "busy")
    client.call("resize_pool", "life", body={"targetDedicatedNodes": 3, "nodeDeallocationOption": "requeue"})
    grown = {**_STEADY, "targetDedicatedNodes": 3, "currentDedicatedNodes": 3, "resizeErrors": None}
    client.until(grown, "get_pool", "life")
    node = client.call("list_nodes", "life")[-1]["id"]
    removal = {"nodeList": [node], "nodeDeallocationOption": "terminate"}
    client.call("remove_nodes", "life", body=removal)
    reached = {"targetDedicatedNodes": 2, "currentDedicatedNodes": 2, "resizeErrors": None}
    client.until({**_STEADY, **reached}, "get_pool", "life")
    others = client.until([{"state": "idle"}, {"state": "idle"}], "list_nodes", "life")
    assert node not in {one["id"] for one in others}


def scale_pool(client: Driver) -> None:
    formula = "$TargetDedicatedNodes=1;"
    refused = ("AutoScalingFormulaSyntaxError", "The specified auto-scaling formula has a syntax error.")
    wrong = {"autoScaleFormula": "$TargetDedicatedNodes="}
    client.refused(400, *refused, "enable_pool_auto_scale", "life", body=wrong)
    body = {"autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT6M"}
    client.call("enable_pool_auto_scale", "life", body=body)
    run = client.call("evaluate_pool_auto_scale", "life", body={"autoScaleFormula": "$TargetDedicatedNodes=3;"})
    results = "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    seen(run, {"results": results, "error": None, "timestamp": _is_date})
    pool = client.until(_STEADY, "get_pool", "life")
    seen(pool, {"enableAutoScale": True, **body})
    client.call("disable_pool_auto_scale", "life")
    seen(client.call("get_pool", "life"), {"enableAutoScale": False, "autoScaleFormula": None})


def end(client: Driver) -> None:
    client.call("delete_job", "life")
    client.until_gone(*_JOB_GONE, "get_job", "life")
    client.call("delete_pool", "life")
    client.until_gone(*_POOL_GONE, "get_pool", "life")
    seen_to_exist(client, "pool", "life", False)
    client.refused(404, *_JOB_GONE, "delete_job", "life")
