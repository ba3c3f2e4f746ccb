"""Models of nodes and what is done to them."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Union

from .._codecs import BOOL, DATETIME, INT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from .._versions import V2026_10_01
from ._common import BatchNodeIdentityReference, BatchTaskContainerExecutionInfo, BatchTaskFailureInfo, NameValuePair
from ._enums import (
    BatchNodeDeallocateOption,
    BatchNodeDisableSchedulingOption,
    BatchNodeRebootKind,
    BatchNodeReimageOption,
    BatchNodeState,
    BatchStartTaskState,
    BatchTaskExecutionResult,
    SchedulingState,
)
from ._network import BatchNodeEndpointConfiguration
from ._pool_parts import BatchStartTask
from ._tasks import BatchTaskInfo
from ._virtual_machines import VirtualMachineInfo

__all__ = [
    "BatchNode",
    "BatchNodeAgentInfo",
    "BatchNodeDeallocateOptions",
    "BatchNodeDisableSchedulingOptions",
    "BatchNodeError",
    "BatchNodeRebootOptions",
    "BatchNodeReimageOptions",
    "BatchNodeRemoteLoginSettings",
    "BatchNodeUserCreateOptions",
    "BatchNodeUserReplaceOptions",
    "BatchStartTaskInfo",
    "UploadBatchServiceLogsOptions",
    "UploadBatchServiceLogsResult",
]


class BatchNodeAgentInfo(Model):
    """The Batch agent, the program on each node that runs tasks for the service."""

    version: str = field("version", STR)
    """Release of the agent, as counted in its changelog in the GitHub repository Azure/Batch."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """When this version was installed on the node."""


class BatchNodeError(Model):
    """A problem of a node, most often the reason why it is unusable.

    See https://learn.microsoft.com/azure/batch/batch-pool-node-error-checking.
    """

    code: Optional[str] = field("code", STR, default=None)
    """Machine-readable kind of problem, such as ``DiskFull`` or ``ApplicationPackageError``."""
    message: Optional[str] = field("message", STR, default=None)
    """The problem in words."""
    error_details: Optional[list[NameValuePair]] = field("errorDetails", array(nested(NameValuePair)), default=None)
    """Particulars as names and values."""


class BatchStartTaskInfo(Model):
    """How the start task fared the last time it ran on a node."""

    state: Union[str, BatchStartTaskState] = field("state", enum_codec(BatchStartTaskState))
    """Whether it still runs. A start task waiting for a retry counts as running."""
    start_time: datetime = field("startTime", DATETIME)
    """When the latest run began; a restart of the node, or a retry, sets it anew."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When the latest run ended. Absent while it runs."""
    exit_code: Optional[int] = field("exitCode", INT, default=None)
    """What the command ended with. Absent while it runs and if it could not be started."""
    container_info: Optional[BatchTaskContainerExecutionInfo] = field(
        "containerInfo", nested(BatchTaskContainerExecutionInfo), default=None
    )
    """The container it ran in. Absent if it ran without one."""
    failure_info: Optional[BatchTaskFailureInfo] = field("failureInfo", nested(BatchTaskFailureInfo), default=None)
    """What went wrong. Absent unless ``result`` is a failure."""
    retry_count: int = field("retryCount", INT)
    """How often it was tried again after a non-zero exit code; failed downloads do not count."""
    last_retry_time: Optional[datetime] = field("lastRetryTime", DATETIME, default=None)
    """When the latest retry began. Absent as long as ``retry_count`` is 0."""
    result: Optional[Union[str, BatchTaskExecutionResult]] = field(
        "result", enum_codec(BatchTaskExecutionResult), default=None
    )
    """Success or failure. Absent while it runs."""


class BatchNode(Model):
    """A node of a pool, as the service reports it.

    A node just allocated has few fields yet: boot time, agent and start task come when it has started.
    """

    id: str = read_only("id", STR)
    """Unique in the pool. A removed node's id may be given to a later one."""
    url: str = read_only("url", STR)
    """Address of the node at the service."""
    state: Union[str, BatchNodeState] = read_only("state", enum_codec(BatchNodeState))
    """What the node is doing or why it cannot; it takes tasks when ``IDLE`` or ``RUNNING``. A preempted Spot node stays
    listed and keeps its id.
    """
    scheduling_state: Optional[Union[str, SchedulingState]] = read_only(
        "schedulingState", enum_codec(SchedulingState), default=None
    )
    """Whether tasks may be placed on the node; ``disable_node_scheduling`` turns that off."""
    state_transition_time: datetime = read_only("stateTransitionTime", DATETIME)
    """When the node got its present ``state``."""
    last_boot_time: datetime = read_only("lastBootTime", DATETIME)
    """When the node last started. Absent before it has, and possibly while it is unusable."""
    allocation_time: datetime = read_only("allocationTime", DATETIME)
    """When the pool got the node; preemption and repair by the service do not change it."""
    ip_address: str = read_only("ipAddress", STR)
    """Address within the network of the pool, reachable for other nodes only. May go to another node once this one is
    removed.
    """
    ipv6_address: str = read_only("ipv6Address", STR)
    """The same for IPv6. Only dual-stack pools send it; elsewhere reading it gives ``None``."""
    affinity_id: str = read_only("affinityId", STR)
    """Give it to a task in ``BatchAffinityInfo`` to have the task run here if possible: a wish, not a promise."""
    vm_size: str = read_only("vmSize", STR)
    """Azure VM size of the node."""
    total_tasks_run: int = read_only("totalTasksRun", INT)
    """Tasks finished or running here so far. Only ordinary and job manager tasks count, not those that prepare or
    release.
    """
    running_tasks_count: Optional[int] = read_only("runningTasksCount", INT, default=None)
    """Tasks running here now, counted in the same way."""
    running_task_slots_count: Optional[int] = read_only("runningTaskSlotsCount", INT, default=None)
    """Slots that the running tasks take, out of ``task_slots_per_node`` of the pool."""
    total_tasks_succeeded: Optional[int] = read_only("totalTasksSucceeded", INT, default=None)
    """Tasks, counted in the same way, that ended here with success."""
    recent_tasks: Optional[list[BatchTaskInfo]] = read_only("recentTasks", array(nested(BatchTaskInfo)), default=None)
    """Tasks that ran here of late, a few only. Absent before the first one."""
    start_task: Optional[BatchStartTask] = read_only("startTask", nested(BatchStartTask), default=None)
    """The start task that this node ran; an updated pool may already have another one."""
    start_task_info: Optional[BatchStartTaskInfo] = read_only("startTaskInfo", nested(BatchStartTaskInfo), default=None)
    """How the start task fared. Absent if there is none or the node has not got to it."""
    errors: Optional[list[BatchNodeError]] = read_only("errors", array(nested(BatchNodeError)), default=None)
    """What is wrong with the node. Absent if nothing is."""
    is_dedicated: Optional[bool] = read_only("isDedicated", BOOL, default=None)
    """``False`` for a Spot node, which Azure can take back."""
    endpoint_configuration: Optional[BatchNodeEndpointConfiguration] = read_only(
        "endpointConfiguration", nested(BatchNodeEndpointConfiguration), default=None
    )
    """Public addresses and ports of the node. Absent if the pool opens none."""
    node_agent_info: Optional[BatchNodeAgentInfo] = read_only("nodeAgentInfo", nested(BatchNodeAgentInfo), default=None)
    """The agent on the node. Absent while the node is being created."""
    virtual_machine_info: VirtualMachineInfo = read_only("virtualMachineInfo", nested(VirtualMachineInfo))
    """The image that the node really runs."""
    public_ip_address: Optional[str] = read_only("publicIPAddress", STR, default=None, added=V2026_10_01)
    """Public IPv4 address of the load balancer in front of the node, whether or not it lets SSH or remote desktop in;
    absent if the pool has no public addresses. Needs API version 2026-10-01.
    """
    public_ipv6_address: Optional[str] = read_only("publicIPv6Address", STR, default=None, added=V2026_10_01)
    """The same for IPv6, of dual-stack pools only. Needs API version 2026-10-01."""


class BatchNodeRemoteLoginSettings(Model):
    """Where to reach a node with SSH or remote desktop.

    The pool has to open port 22 or 3389 in its endpoint configuration, as neither is open by default, and a user is
    needed: see ``create_node_user``.
    """

    ipv6_remote_login_ip_address: Optional[str] = field("ipv6RemoteLoginIPAddress", STR, default=None)
    """Public IPv6 address to connect to. Only on dual-stack pools."""
    ipv6_remote_login_port: Optional[int] = field("ipv6RemoteLoginPort", INT, default=None)
    """Port to connect to over IPv6. Only on dual-stack pools."""
    remote_login_ip_address: str = field("remoteLoginIPAddress", STR)
    """Public IPv4 address to connect to; several nodes can share it."""
    remote_login_port: int = field("remoteLoginPort", INT)
    """Port that leads to this node; not 22 or 3389 but one of the public range."""


class BatchNodeUserCreateOptions(Model):
    """A user for logging in to one node, unknown to the other nodes and to tasks.

    The node must be idle or running.
    """

    name: str = field("name", STR)
    """Log-in name. One that the node has already is refused with ``NodeUserExists``."""
    is_admin: Optional[bool] = field("isAdmin", BOOL, default=None)
    """Whether the user gets administrator rights. Without them when left out."""
    expiry_time: Optional[datetime] = field("expiryTime", DATETIME, default=None)
    """When the account ends; Linux nodes look at the day only. Left out: one day from now."""
    password: Optional[str] = field("password", STR, default=None, secret=True)
    """Obligatory on Windows; on Linux a password, ``ssh_public_key`` or both."""
    ssh_public_key: Optional[str] = field("sshPublicKey", STR, default=None)
    """Key in OpenSSH format, for Linux; a Windows node refuses it with status 400."""


class BatchNodeUserReplaceOptions(Model):
    """New log-in data for a user of a node; what is left out is removed, not kept."""

    password: Optional[str] = field("password", STR, default=None, secret=True)
    """New password; on Windows it must be given. Left out: the old one no longer works."""
    expiry_time: Optional[datetime] = field("expiryTime", DATETIME, default=None)
    """New end of the account. Left out: one day from now, whatever was set before."""
    ssh_public_key: Optional[str] = field("sshPublicKey", STR, default=None)
    """New key, Linux only. Left out: the old one no longer works."""


class BatchNodeRebootOptions(Model):
    """How to restart a node that may have tasks; files on it are kept."""

    node_reboot_kind: Optional[Union[str, BatchNodeRebootKind]] = field(
        "nodeRebootOption",
        enum_codec(BatchNodeRebootKind, removed={BatchNodeRebootKind.RETAINED_DATA: V2026_10_01}),
        default=None,
    )
    """What happens to tasks that run there. Left out: ``REQUEUE``."""


class BatchNodeReimageOptions(Model):
    """How to set a node up anew from its image; all files on it are lost."""

    node_reimage_option: Optional[Union[str, BatchNodeReimageOption]] = field(
        "nodeReimageOption",
        enum_codec(BatchNodeReimageOption, removed={BatchNodeReimageOption.RETAINED_DATA: V2026_10_01}),
        default=None,
    )
    """What happens to running tasks first. Left out: ``REQUEUE``."""


class BatchNodeDeallocateOptions(Model):
    """How to stop a node's machine, so that its computing time is no longer paid, until ``begin_start_node``."""

    node_deallocate_option: Optional[Union[str, BatchNodeDeallocateOption]] = field(
        "nodeDeallocateOption",
        enum_codec(BatchNodeDeallocateOption, removed={BatchNodeDeallocateOption.RETAINED_DATA: V2026_10_01}),
        default=None,
    )
    """What happens to tasks that run on the node. Left out: ``REQUEUE``."""


class BatchNodeDisableSchedulingOptions(Model):
    """How to keep a node from getting tasks while it stays in the pool."""

    node_disable_scheduling_option: Optional[Union[str, BatchNodeDisableSchedulingOption]] = field(
        "nodeDisableSchedulingOption", enum_codec(BatchNodeDisableSchedulingOption), default=None
    )
    """What happens to tasks already there. Left out: ``REQUEUE``; ``TASK_COMPLETION`` lets them finish."""


class UploadBatchServiceLogsOptions(Model):
    """Which logs of the Batch agent a node is to upload, and where to; support asks for them."""

    container_url: str = field("containerUrl", STR)
    """URL of a blob container. Give it a shared access signature with write permission, or use ``identity_reference``.
    """
    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time of interest. Log files are sent whole, so earlier entries can be among them."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """End of the time of interest. Left out: all logs from ``start_time`` on."""
    identity_reference: Optional[BatchNodeIdentityReference] = field(
        "identityReference", nested(BatchNodeIdentityReference), default=None
    )
    """A user-assigned identity of the pool that may write to the container."""


class UploadBatchServiceLogsResult(Model):
    """Where the logs will be found; the upload itself goes on after the answer."""

    virtual_directory_name: str = field("virtualDirectoryName", STR)
    """Directory in the container that the files go to, with pool and node in its name."""
    number_of_files_uploaded: int = field("numberOfFilesUploaded", INT)
    """How many files are going to be uploaded, not how many have been."""
