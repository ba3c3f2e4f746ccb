"""Models of pools and what is done to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional, Union

from .._codecs import BOOL, DATETIME, DURATION, FLOAT, INT, INT_TEXT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from .._versions import V2026_10_01
from ._common import BatchApplicationPackageReference, BatchMetadataItem, NameValuePair
from ._enums import AllocationState, BatchNodeDeallocationOption, BatchPoolState
from ._network import NetworkConfiguration
from ._pool_parts import (
    BatchPoolIdentity,
    BatchStartTask,
    BatchTaskSchedulingPolicy,
    MountConfiguration,
    UpgradePolicy,
    UserAccount,
)
from ._sizes_and_zones import VirtualMachineSkuProfile
from ._virtual_machines import VirtualMachineConfiguration

__all__ = [
    "AutoScaleRun",
    "AutoScaleRunError",
    "BatchNodeRemoveOptions",
    "BatchPool",
    "BatchPoolCreateOptions",
    "BatchPoolEnableAutoScaleOptions",
    "BatchPoolEvaluateAutoScaleOptions",
    "BatchPoolReplaceOptions",
    "BatchPoolResizeOptions",
    "BatchPoolResourceStatistics",
    "BatchPoolSpecification",
    "BatchPoolStatistics",
    "BatchPoolUpdateOptions",
    "BatchPoolUsageStatistics",
    "ResizeError",
]


_DEALLOCATION = enum_codec(
    BatchNodeDeallocationOption, removed={BatchNodeDeallocationOption.RETAINED_DATA: V2026_10_01}
)


class AutoScaleRunError(Model):
    """Why a run of an autoscale formula failed; the pool then keeps its targets."""

    code: Optional[str] = field("code", STR, default=None)
    """Machine-readable reason, for example ``InsufficientSampleData`` when fewer samples exist than the formula asks
    for.
    """
    message: Optional[str] = field("message", STR, default=None)
    """The reason in words."""
    error_values: Optional[list[NameValuePair]] = field("values", array(nested(NameValuePair)), default=None)
    """Particulars, such as the line and column of the formula that failed."""


class AutoScaleRun(Model):
    """Outcome of one run of an autoscale formula, whether it was scheduled or only tried out."""

    timestamp: datetime = field("timestamp", DATETIME)
    """When the formula was evaluated."""
    results: Optional[str] = field("results", STR, default=None)
    """Final value of every variable as ``name=value`` pairs with ``;`` between them: the targets and the deallocation
    option first, then the formula's own variables.
    """
    error: Optional[AutoScaleRunError] = field("error", nested(AutoScaleRunError), default=None)
    """Absent if the run succeeded."""


class ResizeError(Model):
    """Why a pool could not reach its targets.

    A pool can have one error for its dedicated and another for its Spot nodes.
    """

    code: Optional[str] = field("code", STR, default=None)
    """Machine-readable reason, such as ``AccountCoreQuotaReached``, ``AllocationFailed``, ``AllocationTimedout`` (in
    this spelling) or ``ResizeStopped``.
    """
    message: Optional[str] = field("message", STR, default=None)
    """The reason in words."""
    error_values: Optional[list[NameValuePair]] = field("values", array(nested(NameValuePair)), default=None)
    """Particulars; for a failed allocation the item ``Reason`` tells more."""


class BatchPoolUsageStatistics(Model):
    """How much a pool was used.

    API versions from 2026-10-01 on no longer have it.
    """

    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time that is counted."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """How far the figures reach; later use is not in them yet."""
    dedicated_core_time: timedelta = field("dedicatedCoreTime", DURATION)
    """Time that dedicated nodes belonged to the pool, each weighed with its cores. Spot nodes do not count."""


class BatchPoolResourceStatistics(Model):
    """What the nodes of a pool consumed, all nodes taken together."""

    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time that is counted."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """How far the figures reach; what happened since is not in them."""
    avg_cpu_percentage: float = field("avgCPUPercentage", FLOAT)
    """Mean processor load over the nodes, in percent."""
    avg_memory_gib: float = field("avgMemoryGiB", FLOAT)
    """Mean memory in use over the nodes, in GiB."""
    peak_memory_gib: float = field("peakMemoryGiB", FLOAT)
    """Highest memory use seen among the nodes, in GiB."""
    avg_disk_gib: float = field("avgDiskGiB", FLOAT)
    """Mean disk space taken over the nodes, in GiB."""
    peak_disk_gib: float = field("peakDiskGiB", FLOAT)
    """Most disk space seen taken among the nodes, in GiB."""
    disk_read_iops: int = field("diskReadIOps", INT_TEXT)
    """Number of disk reads, not a rate in spite of the name."""
    disk_write_iops: int = field("diskWriteIOps", INT_TEXT)
    """Number of disk writes, likewise a total."""
    disk_read_gib: float = field("diskReadGiB", FLOAT)
    """Data read from disks, in GiB."""
    disk_write_gib: float = field("diskWriteGiB", FLOAT)
    """Data written to disks, in GiB."""
    network_read_gib: float = field("networkReadGiB", FLOAT)
    """Data received over the network, in GiB."""
    network_write_gib: float = field("networkWriteGiB", FLOAT)
    """Data sent over the network, in GiB."""


class BatchPoolStatistics(Model):
    """Lifetime figures of a pool, counted up about every half hour and lost when the pool is deleted."""

    url: str = field("url", STR)
    """Address of these statistics."""
    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time that is counted."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """How far the figures reach; a young pool may not have any."""
    usage_statistics: Optional[BatchPoolUsageStatistics] = field(
        "usageStats", nested(BatchPoolUsageStatistics), default=None, removed=V2026_10_01
    )
    """Core time used. Absent if there is none yet, and from API version 2026-10-01 on."""
    resource_statistics: Optional[BatchPoolResourceStatistics] = field(
        "resourceStats", nested(BatchPoolResourceStatistics), default=None
    )
    """Load of processors, memory, disks and network. Absent if nothing was measured yet."""


class BatchPool(Model):
    """A pool as the service reports it.

    Changing it here has no effect: use ``update_pool`` or ``replace_pool_properties``, ``begin_resize_pool``,
    ``enable_pool_auto_scale``. With ``select`` an answer holds only the fields asked for, and the others are ``None``.
    """

    id: str = read_only("id", STR)
    """Unique in the account; upper and lower case are kept but do not tell ids apart."""
    display_name: Optional[str] = read_only("displayName", STR, default=None)
    """Name for people, not necessarily unique. Absent if none was given."""
    url: str = read_only("url", STR)
    """Address of the pool at the service."""
    etag: str = read_only("eTag", STR)
    """Opaque version of the pool, for conditional requests. Settings and resizes change it, nodes that change state do
    not.
    """
    last_modified: datetime = read_only("lastModified", DATETIME)
    """When settings or targets last changed. The states of the nodes do not count."""
    creation_time: datetime = read_only("creationTime", DATETIME)
    """When the pool was created."""
    state: Union[str, BatchPoolState] = read_only("state", enum_codec(BatchPoolState))
    """Whether the pool takes part in work or is being deleted. Growing and shrinking show in ``allocation_state``."""
    state_transition_time: datetime = read_only("stateTransitionTime", DATETIME)
    """When the pool got its present ``state``."""
    allocation_state: Optional[Union[str, AllocationState]] = read_only(
        "allocationState", enum_codec(AllocationState), default=None
    )
    """``STEADY`` when no nodes are being added or removed. Resizing and removing nodes need this state and fail with
    ``PoolBeingResized`` in another.
    """
    allocation_state_transition_time: Optional[datetime] = read_only(
        "allocationStateTransitionTime", DATETIME, default=None
    )
    """When the pool got its present ``allocation_state``."""
    vm_size: str = read_only("vmSize", STR)
    """Azure VM size of every node."""
    virtual_machine_configuration: Optional[VirtualMachineConfiguration] = read_only(
        "virtualMachineConfiguration", nested(VirtualMachineConfiguration), default=None
    )
    """Image, disks and extensions of the nodes; passwords and keys are left out."""
    resize_timeout: Optional[timedelta] = read_only("resizeTimeout", DURATION, default=None)
    """How long the last resize might take before it ends with ``AllocationTimedout``."""
    resize_errors: Optional[list[ResizeError]] = read_only("resizeErrors", array(nested(ResizeError)), default=None)
    """Problems of the last resize, kept until the next one begins. Absent during a resize and after one that went well.
    """
    current_dedicated_nodes: int = read_only("currentDedicatedNodes", INT)
    """How many dedicated nodes there are, in whatever state, unusable ones included."""
    current_low_priority_nodes: int = read_only("currentLowPriorityNodes", INT)
    """How many Spot nodes there are; preempted ones count."""
    target_dedicated_nodes: Optional[int] = read_only("targetDedicatedNodes", INT, default=None)
    """How many dedicated nodes are wanted. After a failed or stopped resize it stays above (or below) the current
    number.
    """
    target_low_priority_nodes: Optional[int] = read_only("targetLowPriorityNodes", INT, default=None)
    """How many Spot nodes are wanted."""
    enable_auto_scale: Optional[bool] = read_only("enableAutoScale", BOOL, default=None)
    """Whether a formula sets the targets. A pool that scales itself refuses ``begin_resize_pool``."""
    auto_scale_formula: Optional[str] = read_only("autoScaleFormula", STR, default=None)
    """The formula in force. Absent while autoscale is off."""
    auto_scale_evaluation_interval: Optional[timedelta] = read_only(
        "autoScaleEvaluationInterval", DURATION, default=None
    )
    """Time from one run of the formula to the next. Absent while autoscale is off."""
    auto_scale_run: Optional[AutoScaleRun] = read_only("autoScaleRun", nested(AutoScaleRun), default=None)
    """Results or error of the latest run. Absent while autoscale is off."""
    enable_inter_node_communication: Optional[bool] = read_only("enableInterNodeCommunication", BOOL, default=None)
    """Whether nodes can reach each other directly."""
    network_configuration: Optional[NetworkConfiguration] = read_only(
        "networkConfiguration", nested(NetworkConfiguration), default=None
    )
    """Subnet, public addresses and open ports. Absent if nothing was set."""
    start_task: Optional[BatchStartTask] = field("startTask", nested(BatchStartTask), default=None)
    """What nodes run when they join or restart. A node keeps what it ran before until it restarts, see
    ``BatchNode.start_task``.
    """
    application_package_references: Optional[list[BatchApplicationPackageReference]] = read_only(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Packages installed on nodes as they join or restart."""
    task_slots_per_node: Optional[int] = read_only("taskSlotsPerNode", INT, default=None)
    """How many task slots each node has."""
    task_scheduling_policy: Optional[BatchTaskSchedulingPolicy] = read_only(
        "taskSchedulingPolicy", nested(BatchTaskSchedulingPolicy), default=None
    )
    """How tasks are spread over the nodes."""
    user_accounts: Optional[list[UserAccount]] = read_only("userAccounts", array(nested(UserAccount)), default=None)
    """Accounts made on each node, without their passwords."""
    metadata: Optional[list[BatchMetadataItem]] = read_only("metadata", array(nested(BatchMetadataItem)), default=None)
    """Your own names and values; the service gives them no meaning."""
    pool_statistics: Optional[BatchPoolStatistics] = read_only("stats", nested(BatchPoolStatistics), default=None)
    """Lifetime figures. Only with ``expand=["stats"]``, and absent for a pool that has none yet."""
    mount_configuration: Optional[list[MountConfiguration]] = read_only(
        "mountConfiguration", array(nested(MountConfiguration)), default=None
    )
    """File systems mounted on each node, without their keys and passwords."""
    identity: Optional[BatchPoolIdentity] = read_only("identity", nested(BatchPoolIdentity), default=None)
    """Managed identities of the pool, given through Azure Resource Manager."""
    upgrade_policy: Optional[UpgradePolicy] = field("upgradePolicy", nested(UpgradePolicy), default=None)
    """How nodes are brought up to date. Absent if none was set."""
    vm_sku_profile: Optional[VirtualMachineSkuProfile] = read_only(
        "vmSkuProfile", nested(VirtualMachineSkuProfile), default=None, added=V2026_10_01
    )
    """The sizes of an Instance Mix pool, and how they are chosen; absent for other pools. Needs API version 2026-10-01.
    """


class BatchPoolCreateOptions(Model):
    """A pool to create.

    Its size is given either by the targets, of which at least one is needed, or by an autoscale formula. See
    https://learn.microsoft.com/azure/batch/nodes-and-pools.
    """

    id: str = field("id", STR)
    """1 to 64 letters, digits, ``-`` and ``_``. An id that differs from an existing one in case alone is refused with
    ``PoolExists``.
    """
    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people: up to 1,024 characters, need not be unique."""
    vm_size: str = field("vmSize", STR)
    """Azure VM size, for example ``standard_d2s_v3``, or ``Mix`` with a ``vm_sku_profile``. Not every size is
    supported; see https://learn.microsoft.com/azure/batch/batch-pool-vm-sizes.
    """
    virtual_machine_configuration: Optional[VirtualMachineConfiguration] = field(
        "virtualMachineConfiguration", nested(VirtualMachineConfiguration), default=None
    )
    """Image and hardware of the nodes. The service needs it although the field is optional: there is no other kind of
    pool any more.
    """
    resize_timeout: Optional[timedelta] = field("resizeTimeout", DURATION, default=None)
    """How long allocating nodes may take: 15 minutes when left out, 5 at least. Not with autoscale."""
    target_dedicated_nodes: Optional[int] = field("targetDedicatedNodes", INT, default=None)
    """How many dedicated nodes to get. 0 when left out beside the other target; must be left out with autoscale."""
    target_low_priority_nodes: Optional[int] = field("targetLowPriorityNodes", INT, default=None)
    """How many Spot nodes to get: cheaper, but Azure can take them back at any time. Same rules as the other target."""
    enable_auto_scale: Optional[bool] = field("enableAutoScale", BOOL, default=None)
    """Whether a formula sets the size: ``True`` makes the formula obligatory and forbids targets. Off when left out."""
    auto_scale_formula: Optional[str] = field("autoScaleFormula", STR, default=None)
    """The formula, up to 8 KB, only with autoscale; it is checked before the pool is created, and a mistake is refused
    with ``AutoScalingFormulaSyntaxError``. See https://learn.microsoft.com/azure/batch/batch-automatic-scaling.
    """
    auto_scale_evaluation_interval: Optional[timedelta] = field("autoScaleEvaluationInterval", DURATION, default=None)
    """How often the formula runs: 5 minutes to 168 hours, every 15 minutes when left out. Only with autoscale."""
    enable_inter_node_communication: Optional[bool] = field("enableInterNodeCommunication", BOOL, default=None)
    """Lets nodes reach each other, which multi-instance tasks need. It limits the pool to 100 nodes (80 with an image
    of your own), so leave it off, the default, where tasks work alone.
    """
    network_configuration: Optional[NetworkConfiguration] = field(
        "networkConfiguration", nested(NetworkConfiguration), default=None
    )
    """Connects nodes to a network of yours or opens ports. Left out: addresses made by Batch, nothing reachable."""
    start_task: Optional[BatchStartTask] = field("startTask", nested(BatchStartTask), default=None)
    """Prepares each node before it takes tasks. Left out: nothing runs."""
    application_package_references: Optional[list[BatchApplicationPackageReference]] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Packages every node gets, at most ten. Without a version the application's default one is taken; if there is
    none, creating fails with ``InvalidApplicationPackageReferences``.
    """
    task_slots_per_node: Optional[int] = field("taskSlotsPerNode", INT, default=None)
    """How many slots a node offers, 1 when left out: the tasks that run together on a node need no more than these in
    sum. At most four per core, and never above 256.
    """
    task_scheduling_policy: Optional[BatchTaskSchedulingPolicy] = field(
        "taskSchedulingPolicy", nested(BatchTaskSchedulingPolicy), default=None
    )
    """Whether tasks spread over nodes or fill them one by one. Left out: they spread."""
    user_accounts: Optional[list[UserAccount]] = field("userAccounts", array(nested(UserAccount)), default=None)
    """Accounts made on every node, for tasks to run under."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Your own names and values, kept for you and shown in answers."""
    mount_configuration: Optional[list[MountConfiguration]] = field(
        "mountConfiguration", array(nested(MountConfiguration)), default=None
    )
    """File systems mounted on every node, at most ten."""
    upgrade_policy: Optional[UpgradePolicy] = field("upgradePolicy", nested(UpgradePolicy), default=None)
    """How nodes get OS upgrades. Left out: none are arranged."""
    vm_sku_profile: Optional[VirtualMachineSkuProfile] = field(
        "vmSkuProfile", nested(VirtualMachineSkuProfile), default=None, added=V2026_10_01
    )
    """Several VM sizes to make the pool of, an Instance Mix pool; ``vm_size`` must then be ``Mix``. Needs API version
    2026-10-01.
    """


class BatchPoolSpecification(Model):
    """The pool that an auto pool becomes: like ``BatchPoolCreateOptions``, without an id.

    If no pool can be made from it the job ends at once, with the reason in ``execution_info.scheduling_error``.
    """

    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people of each pool made from this; pools of several jobs then share it."""
    vm_size: str = field("vmSize", STR)
    """Azure VM size of the nodes."""
    virtual_machine_configuration: Optional[VirtualMachineConfiguration] = field(
        "virtualMachineConfiguration", nested(VirtualMachineConfiguration), default=None
    )
    """Image and hardware; in practice always needed."""
    task_slots_per_node: Optional[int] = field("taskSlotsPerNode", INT, default=None)
    """Task slots of each node. Left out: one."""
    task_scheduling_policy: Optional[BatchTaskSchedulingPolicy] = field(
        "taskSchedulingPolicy", nested(BatchTaskSchedulingPolicy), default=None
    )
    """How tasks are placed on the nodes. Left out: spread."""
    resize_timeout: Optional[timedelta] = field("resizeTimeout", DURATION, default=None)
    """Limit for the first allocation, 5 minutes at least and 15 when left out. Not with autoscale."""
    target_dedicated_nodes: Optional[int] = field("targetDedicatedNodes", INT, default=None)
    """Dedicated nodes to start with. Must be left out with autoscale."""
    target_low_priority_nodes: Optional[int] = field("targetLowPriorityNodes", INT, default=None)
    """Spot nodes to start with. Must be left out with autoscale; without it one of the two targets is needed."""
    enable_auto_scale: Optional[bool] = field("enableAutoScale", BOOL, default=None)
    """``True``: the formula decides the size; otherwise the targets do."""
    auto_scale_formula: Optional[str] = field("autoScaleFormula", STR, default=None)
    """Formula for the size. A faulty one shows as ``InvalidAutoScaleFormulaInAutoPool`` on the job."""
    auto_scale_evaluation_interval: Optional[timedelta] = field("autoScaleEvaluationInterval", DURATION, default=None)
    """Pause between runs of the formula, 5 minutes to 168 hours. Left out: 15 minutes."""
    enable_inter_node_communication: Optional[bool] = field("enableInterNodeCommunication", BOOL, default=None)
    """Whether the nodes can reach each other. Off when left out."""
    network_configuration: Optional[NetworkConfiguration] = field(
        "networkConfiguration", nested(NetworkConfiguration), default=None
    )
    """Network of the nodes. Left out: as for any other pool, nothing can be reached from outside."""
    start_task: Optional[BatchStartTask] = field("startTask", nested(BatchStartTask), default=None)
    """Prepares each node of the auto pool, ahead of any job preparation task."""
    application_package_references: Optional[list[BatchApplicationPackageReference]] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Packages for each node. A missing one shows as ``InvalidApplicationPackageReferencesInAutoPool`` on the job."""
    user_accounts: Optional[list[UserAccount]] = field("userAccounts", array(nested(UserAccount)), default=None)
    """Accounts made on each node."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Names and values to recognise the pool by, useful as its id is generated."""
    mount_configuration: Optional[list[MountConfiguration]] = field(
        "mountConfiguration", array(nested(MountConfiguration)), default=None
    )
    """File systems to mount on each node."""
    upgrade_policy: Optional[UpgradePolicy] = field("upgradePolicy", nested(UpgradePolicy), default=None)
    """Upgrades of the nodes, of interest when the pool is kept alive after its job."""


class BatchPoolUpdateOptions(Model):
    """Parts of a pool to change; what is left out stays as it is.

    ``start_task``, ``application_package_references`` and ``metadata`` can be changed at any time, the rest only while
    the pool has no nodes. A start task cannot be removed in this way: for that see ``BatchPoolReplaceOptions``.
    """

    display_name: Optional[str] = field("displayName", STR, default=None)
    """New name for people. Needs an empty pool."""
    vm_size: Optional[str] = field("vmSize", STR, default=None)
    """New VM size. Needs an empty pool."""
    enable_inter_node_communication: Optional[bool] = field("enableInterNodeCommunication", BOOL, default=None)
    """Turns direct traffic between nodes on or off. Needs an empty pool."""
    start_task: Optional[BatchStartTask] = field("startTask", nested(BatchStartTask), default=None)
    """Takes the place of the whole start task. Nodes run it when they next restart, not now."""
    application_package_references: Optional[list[BatchApplicationPackageReference]] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Takes the place of the whole list; an empty one removes all. Nodes follow when they join, restart or are
    reimaged.
    """
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Takes the place of all names and values; an empty list removes them."""
    virtual_machine_configuration: Optional[VirtualMachineConfiguration] = field(
        "virtualMachineConfiguration", nested(VirtualMachineConfiguration), default=None
    )
    """New image or hardware. Needs an empty pool."""
    task_slots_per_node: Optional[int] = field("taskSlotsPerNode", INT, default=None)
    """New number of task slots. Needs an empty pool."""
    task_scheduling_policy: Optional[BatchTaskSchedulingPolicy] = field(
        "taskSchedulingPolicy", nested(BatchTaskSchedulingPolicy), default=None
    )
    """New way of placing tasks. Needs an empty pool."""
    network_configuration: Optional[NetworkConfiguration] = field(
        "networkConfiguration", nested(NetworkConfiguration), default=None
    )
    """New network. Needs an empty pool."""
    user_accounts: Optional[list[UserAccount]] = field("userAccounts", array(nested(UserAccount)), default=None)
    """New list of accounts. Needs an empty pool."""
    mount_configuration: Optional[list[MountConfiguration]] = field(
        "mountConfiguration", array(nested(MountConfiguration)), default=None
    )
    """New list of mounts. Needs an empty pool."""
    upgrade_policy: Optional[UpgradePolicy] = field("upgradePolicy", nested(UpgradePolicy), default=None)
    """New way of upgrading. Needs an empty pool."""
    vm_sku_profile: Optional[VirtualMachineSkuProfile] = field(
        "vmSkuProfile", nested(VirtualMachineSkuProfile), default=None, added=V2026_10_01
    )
    """New mix of VM sizes, for an empty pool; ``vm_size`` must be ``Mix``. Needs API version 2026-10-01."""


class BatchPoolReplaceOptions(Model):
    """Start task, packages and metadata that a pool is to have from now on.

    All three are replaced, so what is not given here is gone from the pool.
    """

    start_task: Optional[BatchStartTask] = field("startTask", nested(BatchStartTask), default=None)
    """The new start task, for nodes that join or restart later. Left out: the pool has none any more."""
    application_package_references: list[BatchApplicationPackageReference] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference))
    )
    """The new list. It must be given; an empty one removes all packages."""
    metadata: list[BatchMetadataItem] = field("metadata", array(nested(BatchMetadataItem)))
    """The new names and values. They must be given; an empty list removes all."""


class BatchPoolResizeOptions(Model):
    """A new size for a pool without autoscale; at least one target is needed."""

    target_dedicated_nodes: Optional[int] = field("targetDedicatedNodes", INT, default=None)
    """Dedicated nodes wanted. Left out: their number does not change."""
    target_low_priority_nodes: Optional[int] = field("targetLowPriorityNodes", INT, default=None)
    """Spot nodes wanted. Left out: their number does not change."""
    resize_timeout: Optional[timedelta] = field("resizeTimeout", DURATION, default=None)
    """How long the resize may take: 5 minutes or more, 15 when left out. A smaller value is refused."""
    node_deallocation_option: Optional[Union[str, BatchNodeDeallocationOption]] = field(
        "nodeDeallocationOption", _DEALLOCATION, default=None
    )
    """What happens to tasks on nodes that go, should the pool shrink; idle nodes go first. Left out: ``REQUEUE``."""


class BatchPoolEnableAutoScaleOptions(Model):
    """Turns autoscale on, or changes the formula or interval of a pool that has it.

    It can be sent once in 30 seconds; sooner, it is refused with ``TooManyEnableAutoScaleRequests``.
    """

    auto_scale_formula: Optional[str] = field("autoScaleFormula", STR, default=None)
    """The formula to use. Needed when autoscale is off; otherwise the present one is kept if this is left out."""
    auto_scale_evaluation_interval: Optional[timedelta] = field("autoScaleEvaluationInterval", DURATION, default=None)
    """Pause between runs, 5 minutes to 168 hours; a new interval counts from this request on. Left out: the present
    one, or 15 minutes at first.
    """


class BatchPoolEvaluateAutoScaleOptions(Model):
    """A formula to try out: it is computed against the pool's samples, and the pool does not change.

    Autoscale has to be on, even if with another formula.
    """

    auto_scale_formula: str = field("autoScaleFormula", STR)
    """The formula to compute; see ``AutoScaleRun`` for what comes back."""


class BatchNodeRemoveOptions(Model):
    """Nodes to take out of a pool, whose ``allocation_state`` must be ``STEADY``."""

    node_ids: list[str] = field("nodeList", array(STR))
    """Ids of 1 to 100 nodes of the pool."""
    resize_timeout: Optional[timedelta] = field("resizeTimeout", DURATION, default=None)
    """How long the removal may take: 5 minutes or more, 15 when left out."""
    node_deallocation_option: Optional[Union[str, BatchNodeDeallocationOption]] = field(
        "nodeDeallocationOption", _DEALLOCATION, default=None
    )
    """What happens to tasks that run on these nodes. Left out: ``REQUEUE``, they start again elsewhere."""
