"""Enums: the words of the service, compared without case by name and by value.

A member equals its wire text, and plain text is accepted wherever a member is.
"""

from __future__ import annotations

from enum import Enum

from azure.core import CaseInsensitiveEnumMeta

__all__ = [
    "AllocationState",
    "AutoUserScope",
    "BatchAllTasksCompleteMode",
    "BatchErrorSourceCategory",
    "BatchJobActionKind",
    "BatchJobDefaultOrder",
    "BatchJobPreparationTaskState",
    "BatchJobReleaseTaskState",
    "BatchJobScheduleState",
    "BatchJobState",
    "BatchNodeDeallocateOption",
    "BatchNodeDeallocationOption",
    "BatchNodeDisableSchedulingOption",
    "BatchNodeFillType",
    "BatchNodePlacementPolicyType",
    "BatchNodeRebootKind",
    "BatchNodeReimageOption",
    "BatchNodeState",
    "BatchPoolIdentityType",
    "BatchPoolLifetimeOption",
    "BatchPoolState",
    "BatchStartTaskState",
    "BatchSubtaskState",
    "BatchTaskAddStatus",
    "BatchTaskExecutionResult",
    "BatchTaskFailureMode",
    "BatchTaskState",
    "CachingType",
    "ContainerHostDataPath",
    "ContainerType",
    "ContainerWorkingDirectory",
    "DependencyAction",
    "DiffDiskPlacement",
    "DisableBatchJobOption",
    "DiskEncryptionTarget",
    "DynamicVNetAssignmentScope",
    "ElevationLevel",
    "HostEndpointSettingsModeTypes",
    "IPFamily",
    "ImageVerificationType",
    "InboundEndpointProtocol",
    "IpAddressProvisioningType",
    "LoginMode",
    "NetworkSecurityGroupRuleAccess",
    "OSType",
    "OutputFileUploadCondition",
    "SchedulingState",
    "SecurityEncryptionTypes",
    "SecurityTypes",
    "StatusLevelTypes",
    "StorageAccountType",
    "UpgradeMode",
    "VirtualMachineSkuAllocationStrategy",
    "ZonePlacementPolicyType",
]


class AllocationState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether a pool is changing its number of nodes.

    Resizing and removing nodes need a steady pool; otherwise the service answers 409 ``PoolBeingResized``.
    """

    STEADY = "steady"
    """No resize is going on. Errors of the last one stay in ``resize_errors`` until the next begins."""
    RESIZING = "resizing"
    """Nodes are being added or removed. A new pool starts here, even an empty one."""
    STOPPING = "stopping"
    """A resize was told to stop; nodes that it has already added or removed stay so."""


class AutoUserScope(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Who else shares the account that the service makes for a task."""

    TASK = "task"
    """An account of the task's own: choose it where tasks on one node must not touch each other's files or settings."""
    POOL = "pool"
    """One account on each node, shared by all tasks that ask for this scope. The default."""


class BatchAllTasksCompleteMode(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What a job does once all its tasks are completed."""

    NO_ACTION = "noaction"
    """The job stays active until it is ended in another way. The default."""
    TERMINATE_JOB = "terminatejob"
    """The job ends with the reason ``AllTasksComplete``; it cannot be set back to ``NO_ACTION``. A job without tasks
    counts as complete and ends at once: set this after the tasks are added, or give the job a job manager task.
    """


class BatchErrorSourceCategory(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Who has to act on a failure.

    The service is not strict about it (a task that overran its time limit has been documented as either), so decide
    by the failure's code instead.
    """

    USER_ERROR = "usererror"
    """Something in the request, the command or the input data is wrong; a retry without a change fails again."""
    SERVER_ERROR = "servererror"
    """Something went wrong inside the service or on the node; a retry can succeed."""


class BatchJobActionKind(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What a task's end does to its job, see ``ExitOptions``.

    It takes effect only in jobs whose ``task_failure_mode`` is ``PERFORM_EXIT_OPTIONS_JOB_ACTION``.
    """

    NONE = "none"
    """The job goes on."""
    DISABLE = "disable"
    """The job is disabled; its running tasks go back to the queue, as with ``DisableBatchJobOption.REQUEUE``."""
    TERMINATE = "terminate"
    """The job ends with the reason ``TaskFailed``."""


class BatchJobDefaultOrder(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Which of several jobs of equal priority on one pool gets its tasks scheduled first."""

    NONE = "none"
    """In no promised order. The default."""
    CREATION_TIME = "creationtime"
    """The older job first."""


class BatchJobPreparationTaskState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where the job preparation task stands on one node."""

    RUNNING = "running"
    """It runs, or waits for a retry."""
    COMPLETED = "completed"
    """It has ended, well or badly: ``result`` and ``exit_code`` tell which."""


class BatchJobReleaseTaskState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where the job release task stands on one node."""

    RUNNING = "running"
    """It runs; the job stays ``terminating`` meanwhile."""
    COMPLETED = "completed"
    """It has ended, well or badly. It is not retried after a failure."""


class BatchJobScheduleState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where a job schedule stands in its life."""

    ACTIVE = "active"
    """Jobs are created when they are due."""
    COMPLETED = "completed"
    """Final: no job will be created any more, because the schedule is over or was terminated."""
    DISABLED = "disabled"
    """No new job is created until the schedule is enabled again; a job that already runs goes on."""
    TERMINATING = "terminating"
    """The schedule was told to end, and its active job is being ended."""
    DELETING = "deleting"
    """The schedule's jobs and their tasks are being removed; afterwards the service answers 404."""


class BatchJobState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where a job stands in its life."""

    ACTIVE = "active"
    """Tasks of the job may run."""
    DISABLING = "disabling"
    """Running tasks are being requeued, ended or waited for, as the disable call asked."""
    DISABLED = "disabled"
    """No task runs. Tasks keep their place, and the job's pool may be changed now."""
    ENABLING = "enabling"
    """The job is on its way back to active."""
    TERMINATING = "terminating"
    """Running tasks are being ended and the job release task runs where it has to."""
    COMPLETED = "completed"
    """Final: nothing runs, and no task can be added. Tasks that never started are still listed as active."""
    DELETING = "deleting"
    """Tasks and their files are being removed from the nodes; afterwards the service answers 404."""


class BatchNodeDeallocateOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the tasks on a node that is being deallocated."""

    REQUEUE = "requeue"
    """They are ended at once and queued to run on another node. The default."""
    TERMINATE = "terminate"
    """They are ended at once, count as failed, and do not run again."""
    TASK_COMPLETION = "taskcompletion"
    """They may finish; the node takes no new ones, and is deallocated after the last has ended."""
    RETAINED_DATA = "retaineddata"
    """Deprecated, use ``TASK_COMPLETION``: it waits moreover for the retention time of every task on the node.

    API version 2026-10-01 no longer has it.
    """


class BatchNodeDeallocationOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the tasks on nodes that leave a pool, by a resize or by name."""

    REQUEUE = "requeue"
    """They are ended at once and go back to the queue, which raises ``requeue_count``. The default."""
    TERMINATE = "terminate"
    """They are ended at once and completed with the failure ``TaskEnded``; they do not run again."""
    TASK_COMPLETION = "taskcompletion"
    """They may finish; a chosen node takes no new task and leaves after its last one."""
    RETAINED_DATA = "retaineddata"
    """A node leaves only when its tasks' retention times have passed as well. Deprecated, use ``TASK_COMPLETION``; gone
    from API version 2026-10-01.
    """


class BatchNodeDisableSchedulingOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the tasks on a node that shall take no more of them."""

    REQUEUE = "requeue"
    """They are ended at once and may start again on any other node. The default."""
    TERMINATE = "terminate"
    """They are ended at once as failures and stay completed."""
    TASK_COMPLETION = "taskcompletion"
    """They run to their end, and only then the node goes offline."""


class BatchNodeFillType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How tasks are shared out over the nodes of a pool that runs several on each node.

    See https://learn.microsoft.com/azure/batch/batch-parallel-node-tasks.
    """

    SPREAD = "spread"
    """The least loaded node gets the next task. The default."""
    PACK = "pack"
    """One node's task slots are filled up before the next node gets a task, which leaves the others free to be
    removed.
    """


class BatchNodePlacementPolicyType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where in the region a pool's nodes are put."""

    REGIONAL = "regional"
    """Anywhere in the region, with no promise about availability zones. The default."""
    ZONAL = "zonal"
    """Balanced over the region's availability zones."""


class BatchNodeRebootKind(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the tasks on a node that is about to restart."""

    REQUEUE = "requeue"
    """They are ended at once and wait in the queue for any node. The default."""
    TERMINATE = "terminate"
    """They are ended at once as failures; the node restarts when that is done."""
    TASK_COMPLETION = "taskcompletion"
    """They may finish; new ones go to other nodes, and the node restarts when it is empty."""
    RETAINED_DATA = "retaineddata"
    """Deprecated in favour of ``TASK_COMPLETION``; the restart also waits until retention times have run out.

    Gone from API version 2026-10-01.
    """


class BatchNodeReimageOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the tasks on a node whose operating system is about to be installed anew."""

    REQUEUE = "requeue"
    """They are ended at once and run again elsewhere or later. The default."""
    TERMINATE = "terminate"
    """They are ended at once and recorded as failures."""
    TASK_COMPLETION = "taskcompletion"
    """They may finish; the node is reimaged when it is empty."""
    RETAINED_DATA = "retaineddata"
    """Deprecated in favour of ``TASK_COMPLETION``; waits for retention times too, since reimaging wipes the files.

    Gone from API version 2026-10-01.
    """


class BatchNodeState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What a node is doing, or why it does nothing.

    Reboot, reimage and deallocate are possible from ``IDLE`` and ``RUNNING`` only, start from ``DEALLOCATED`` only.
    """

    IDLE = "idle"
    """Ready, and no task is on it."""
    REBOOTING = "rebooting"
    """Restarting; its files are kept."""
    REIMAGING = "reimaging"
    """Its operating system is being installed anew; its files are lost."""
    RUNNING = "running"
    """At least one task besides the start task runs on it."""
    UNUSABLE = "unusable"
    """It cannot run tasks; the node's ``errors`` say why."""
    CREATING = "creating"
    """Its virtual machine is allocated but has not started yet."""
    STARTING = "starting"
    """Its operating system is up, and the service's agent is starting."""
    WAITING_FOR_START_TASK = "waitingforstarttask"
    """The start task runs, and ``wait_for_success`` holds other tasks back."""
    START_TASK_FAILED = "starttaskfailed"
    """The start task failed for good, and ``wait_for_success`` keeps tasks away.

    It lasts until the node is rebooted or removed; the node is billed all the same.
    """
    UNKNOWN = "unknown"
    """The service has lost contact with it."""
    LEAVING_POOL = "leavingpool"
    """It is being removed from the pool."""
    OFFLINE = "offline"
    """It takes no tasks because scheduling was disabled, and the last one has ended."""
    PREEMPTED = "preempted"
    """Azure took the Spot machine back. The node keeps its id and comes back when there is capacity again."""
    UPGRADING_OS = "upgradingos"
    """An automatic upgrade of its operating system is going on."""
    DEALLOCATED = "deallocated"
    """Its virtual machine is stopped; only starting the node brings it back."""
    DEALLOCATING = "deallocating"
    """Its virtual machine is being stopped."""


class BatchPoolIdentityType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Which managed identity a pool's nodes have.

    See https://learn.microsoft.com/azure/batch/managed-identity-pools.
    """

    USER_ASSIGNED = "UserAssigned"
    """One or more identities that exist on their own. Only these can be referred to by resource files and registries.
    """
    NONE = "None"
    """The nodes have no identity."""


class BatchPoolLifetimeOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How long a pool lives that the service makes for a job."""

    JOB_SCHEDULE = "jobschedule"
    """As long as the schedule: all its jobs share the pool. Not allowed in a job without a schedule."""
    JOB = "job"
    """As long as one job; every job of a schedule gets its own pool."""


class BatchPoolState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether a pool can be used."""

    ACTIVE = "active"
    """It can be used, whether it has nodes or not."""
    DELETING = "deleting"
    """Its tasks go back to their jobs and its nodes are being removed; afterwards the service answers 404."""


class BatchStartTaskState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where the start task stands on one node."""

    RUNNING = "running"
    """It runs, or waits for a retry."""
    COMPLETED = "completed"
    """It ended well, or failed with no retry left: see ``result``."""


class BatchSubtaskState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where one subtask of a multi-instance task stands."""

    PREPARING = "preparing"
    """It has a node and waits for the job preparation task there."""
    RUNNING = "running"
    """It fetches its files or runs the coordination command."""
    COMPLETED = "completed"
    """It has ended: with the primary, by itself, or by failing."""


class BatchTaskAddStatus(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What became of one task of a group that was added in one request."""

    SUCCESS = "success"
    """The task was added."""
    CLIENT_ERROR = "clienterror"
    """The task was refused: sending it unchanged fails again.

    After a retry of the whole request the error ``TaskExists`` can simply mean that the first attempt got through.
    """
    SERVER_ERROR = "servererror"
    """The task was not added, through no fault of its own: send it again as it is."""


class BatchTaskExecutionResult(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How a finished task ended."""

    SUCCESS = "success"
    """It ended with exit code 0."""
    FAILURE = "failure"
    """Anything else; ``failure_info`` has the details. The process may not even have started."""


class BatchTaskFailureMode(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether a failed task can disable or end its job.

    A task counts as failed when its retries are used up, or when it could not be started.
    """

    NO_ACTION = "noaction"
    """It cannot. The default."""
    PERFORM_EXIT_OPTIONS_JOB_ACTION = "performexitoptionsjobaction"
    """The ``job_action`` of the exit condition that fits the failure is carried out."""


class BatchTaskState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where a task stands in its life."""

    ACTIVE = "active"
    """It is queued: new, requeued, waiting to be retried, or held back by tasks that it depends on."""
    PREPARING = "preparing"
    """It has a node and waits for the job preparation task there. If that fails it becomes active again."""
    RUNNING = "running"
    """It is on a node. Fetching its resource files and application packages belongs to it."""
    COMPLETED = "completed"
    """Final, unless a failed task is reactivated."""


class CachingType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How the host caches a disk."""

    NONE = "none"
    """Nothing is cached."""
    READ_ONLY = "readonly"
    """Reads are cached; writes go straight to the disk."""
    READ_WRITE = "readwrite"
    """Reads and writes are cached."""


class ContainerHostDataPath(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """A directory of the node that can be mounted into a task's container.

    See https://learn.microsoft.com/azure/batch/files-and-directories for the directories.
    """

    SHARED = "Shared"
    """What all tasks on the node share, ``AZ_BATCH_NODE_SHARED_DIR``."""
    STARTUP = "Startup"
    """The start task's directory, ``AZ_BATCH_NODE_STARTUP_DIR``."""
    VFS_MOUNTS = "VfsMounts"
    """All file systems that the pool mounts, ``AZ_BATCH_NODE_MOUNTS_DIR``."""
    TASK = "Task"
    """The task's own directory, ``AZ_BATCH_TASK_DIR``."""
    JOB_PREP = "JobPrep"
    """The directory of the job preparation task, ``AZ_BATCH_JOB_PREP_DIR``."""
    APPLICATIONS = "Applications"
    """Where application packages are unpacked, see the ``AZ_BATCH_APP_PACKAGE_...`` variables."""


class ContainerType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The container runtime of a pool's nodes."""

    DOCKER_COMPATIBLE = "dockerCompatible"
    """Containers are started with the Docker engine or one that behaves like it."""
    CRI_COMPATIBLE = "criCompatible"
    """Containers are started through the Container Runtime Interface of Kubernetes."""


class ContainerWorkingDirectory(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The current directory of a command in a container."""

    TASK_WORKING_DIRECTORY = "taskWorkingDirectory"
    """The task's own working directory, mounted into the container, where resource files are put. The default."""
    CONTAINER_IMAGE_DEFAULT = "containerImageDefault"
    """What the image says; resource files are still put into the task's working directory."""


class DependencyAction(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether tasks that depend on a finished task may run."""

    SATISFY = "satisfy"
    """They may, as far as this task is concerned. The default after exit code 0."""
    BLOCK = "block"
    """They stay active and wait, without end and without failing. The default after any failure."""


class DiffDiskPlacement(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where the ephemeral operating system disk lies."""

    CACHE_DISK = "cachedisk"
    """In the cache space of the virtual machine, which has to be large enough for the image."""


class DisableBatchJobOption(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What happens to the running tasks of a job that is being disabled."""

    REQUEUE = "requeue"
    """They are ended and become active; they start again after the job is enabled."""
    TERMINATE = "terminate"
    """They are ended and completed as failures; enabling the job does not bring them back."""
    WAIT = "wait"
    """They may finish; the job stays ``disabling`` until the last one has."""


class DiskEncryptionTarget(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """A disk of each node that is encrypted.

    Linux pools can name ``TEMPORARY_DISK`` only; Windows pools have to name both.
    """

    OS_DISK = "osdisk"
    """The disk with the operating system."""
    TEMPORARY_DISK = "temporarydisk"
    """The local disk that comes with the virtual machine size."""


class DynamicVNetAssignmentScope(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether nodes are attached to virtual networks as jobs need them."""

    NONE = "none"
    """They stay in the pool's network. The default."""
    JOB = "job"
    """They join the network of the job whose tasks they run. Only for accounts that are approved for this feature."""


class ElevationLevel(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The rights of a user account on the node."""

    NON_ADMIN = "nonadmin"
    """An ordinary user. The default."""
    ADMIN = "admin"
    """An administrator on Windows; on Linux one who may use ``sudo``."""


class HostEndpointSettingsModeTypes(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How strictly access to a host endpoint of the virtual machine is controlled."""

    AUDIT = "Audit"
    """Requests that break the policy are logged as refused, but let through."""
    ENFORCE = "Enforce"
    """Requests that break the policy are refused."""


class IPFamily(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """A version of the Internet Protocol."""

    IPV4 = "IPv4"
    """Version 4: what a pool has when nothing else is asked for."""
    IPV6 = "IPv6"
    """Version 6; named together with version 4 it makes a dual-stack pool."""


class ImageVerificationType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How much testing stands behind an image that Batch supports."""

    VERIFIED = "verified"
    """All features that the image is listed with have been tried with the current node agent."""
    UNVERIFIED = "unverified"
    """The image should work, but not every feature has been tried with it."""


class InboundEndpointProtocol(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The transport protocol of a port that is opened on the nodes."""

    TCP = "tcp"
    """Connections, as SSH (22) and Remote Desktop (3389) need them."""
    UDP = "udp"
    """Datagrams."""


class IpAddressProvisioningType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Where the public addresses of a pool come from."""

    BATCH_MANAGED = "batchmanaged"
    """Made, counted and deleted by the service along with the pool. The default."""
    USER_MANAGED = "usermanaged"
    """Named by the caller, who has to bring one address for every 100 dedicated, and every 100 Spot, nodes."""
    NO_PUBLIC_IP_ADDRESSES = "nopublicipaddresses"
    """There are none: reaching the nodes, and the nodes reaching the Internet, is the network's own affair."""


class LoginMode(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How Windows logs the account on for a task."""

    BATCH = "batch"
    """A batch logon, meant for many unattended processes. The default."""
    INTERACTIVE = "interactive"
    """An interactive logon, for programs that work in no other. Rights to log on so may have to be given first."""


class NetworkSecurityGroupRuleAccess(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether a rule of an endpoint lets traffic in."""

    ALLOW = "allow"
    """Traffic from the rule's source may reach the endpoint."""
    DENY = "deny"
    """Traffic from the rule's source is dropped."""


class OSType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The operating system of an image."""

    LINUX = "linux"
    """Any Linux distribution."""
    WINDOWS = "windows"
    """Windows Server."""


class OutputFileUploadCondition(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """After which outcome of a task an output file is uploaded."""

    TASK_SUCCESS = "tasksuccess"
    """Only after exit code 0."""
    TASK_FAILURE = "taskfailure"
    """Only after another exit code."""
    TASK_COMPLETION = "taskcompletion"
    """After every exit code. The default."""


class SchedulingState(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Whether a node takes new tasks."""

    ENABLED = "enabled"
    """It does: the initial state of every node."""
    DISABLED = "disabled"
    """It does not. Tasks that it already had are treated as the disabling call asked."""


class SecurityEncryptionTypes(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """What is encrypted on the operating system disk of a confidential virtual machine."""

    DISK_WITH_VM_GUEST_STATE = "DiskWithVMGuestState"
    """The whole disk and the firmware state that belongs to it."""
    NON_PERSISTED_TPM = "NonPersistedTPM"
    """Nothing: firmware state is not kept at all."""
    VM_GUEST_STATE_ONLY = "VMGuestStateOnly"
    """The firmware state alone, not the disk."""


class SecurityTypes(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How a virtual machine is hardened; its UEFI settings can be given only when one of these is chosen."""

    TRUSTED_LAUNCH = "trustedLaunch"
    """Secure boot and a virtual TPM guard the boot chain."""
    CONFIDENTIAL_VM = "confidentialvm"
    """The machine's memory is encrypted by hardware and closed to the host."""


class StatusLevelTypes(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How grave a status of a virtual machine extension is."""

    ERROR = "Error"
    """The extension, or a step of it, failed."""
    INFO = "Info"
    """Nothing is wrong."""
    WARNING = "Warning"
    """Something deserves a look, but did not stop the extension."""


class StorageAccountType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """The kind of managed disk: how fast it is, and what it costs.

    All three are locally redundant: the copies of the data stay in one data centre.
    """

    STANDARD_LRS = "standard_lrs"
    """Hard disks, the cheapest."""
    PREMIUM_LRS = "premium_lrs"
    """Premium solid state disks, for high rates and low latency. Not every VM size can use them."""
    STANDARD_SSDLRS = "standardssd_lrs"
    """Standard solid state disks, in between. On the wire ``standardssd_lrs``."""


class UpgradeMode(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """How a new version of the operating system image reaches the nodes."""

    AUTOMATIC = "automatic"
    """All nodes, at the same time."""
    MANUAL = "manual"
    """Only when the user asks for it."""
    ROLLING = "rolling"
    """A batch of nodes after the other, with a pause in between if one is set."""


class VirtualMachineSkuAllocationStrategy(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Which VM size an Instance Mix pool takes when it grows. Needs API version 2026-10-01."""

    LOWEST_PRICE = "lowestPrice"
    """The cheapest one that the region has free. The default."""
    CAPACITY_OPTIMIZED = "capacityOptimized"
    """The one of which the region has most to spare."""
    PRIORITIZED = "prioritized"
    """By ``rank``: the next one is taken where a better one is not to be had."""


class ZonePlacementPolicyType(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    """Who chooses the availability zones of a pool's nodes. Needs API version 2026-10-01."""

    AUTO = "Auto"
    """The platform, which keeps the nodes balanced over the zones it chose."""
