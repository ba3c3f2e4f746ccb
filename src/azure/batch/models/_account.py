"""Models of what belongs to the account: applications, images, counts, usage."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Union

from .._codecs import DATETIME, FLOAT, INT, STR, array, enum_codec, nested
from .._model import Model, field
from ._enums import ImageVerificationType, OSType
from ._virtual_machines import BatchVmImageReference

__all__ = ["BatchApplication", "BatchNodeCounts", "BatchPoolNodeCounts", "BatchPoolUsageMetrics", "BatchSupportedImage"]


class BatchApplication(Model):
    """An application that was uploaded to the account, with those of its versions that nodes can use.

    Uploading and changing applications is not part of this client: it goes through the Azure portal or the
    management API. See https://learn.microsoft.com/azure/batch/batch-application-packages.
    """

    id: str = field("id", STR)
    """Names the application within its account; tasks refer to it by this name."""
    display_name: str = field("displayName", STR)
    """What people are shown; programs should use the id."""
    versions: list[str] = field("versions", array(STR))
    """The versions that are ready for use, as plain text. A package that is still being uploaded is not listed."""


class BatchPoolUsageMetrics(Model):
    """What one pool used in one span of time.

    Only API version 2025-06-01 knows it, and the service has announced the end of these figures.
    """

    pool_id: str = field("poolId", STR)
    """The pool; it can have been deleted since."""
    start_time: datetime = field("startTime", DATETIME)
    """Where the span begins. The service adds usage up in half hours."""
    end_time: datetime = field("endTime", DATETIME)
    """Where the span ends."""
    vm_size: str = field("vmSize", STR)
    """The size of the pool's virtual machines, such as ``standard_d2s_v3``."""
    total_core_hours: float = field("totalCoreHours", FLOAT)
    """Hours times cores, over all nodes of the pool."""


class BatchSupportedImage(Model):
    """A Marketplace image that pools can be made of, and the node agent that goes with it."""

    node_agent_sku_id: str = field("nodeAgentSKUId", STR)
    """What has to be given as the pool's ``node_agent_sku_id`` along with the image: ``batch.node.ubuntu 22.04``."""
    image_reference: BatchVmImageReference = field("imageReference", nested(BatchVmImageReference))
    """The image itself; it can be put into a ``VirtualMachineConfiguration`` as it is."""
    os_type: Union[str, OSType] = field("osType", enum_codec(OSType))
    """Whether the image runs Linux or Windows."""
    capabilities: Optional[list[str]] = field("capabilities", array(STR), default=None)
    """What can be done with the image, such as ``DockerCompatible`` or ``NvidiaTeslaDriverInstalled``.

    The list is open: only capabilities that matter to Batch are named, and new ones can come.
    """
    batch_support_end_of_life: Optional[datetime] = field("batchSupportEndOfLife", DATETIME, default=None)
    """When Batch stops supporting the image; None if no date is set."""
    verification_type: Union[str, ImageVerificationType] = field("verificationType", enum_codec(ImageVerificationType))
    """Whether the image was tried with the node agent."""


class BatchNodeCounts(Model):
    """How many nodes of a pool are in each state; the names are those of ``BatchNodeState``."""

    creating: int = field("creating", INT)
    """Machines that are allocated but have not started."""
    idle: int = field("idle", INT)
    """Nodes that could take a task now."""
    offline: int = field("offline", INT)
    """Nodes that were drained because their scheduling is disabled."""
    preempted: int = field("preempted", INT)
    """Spot nodes that Azure took back; always 0 among dedicated nodes."""
    rebooting: int = field("rebooting", INT)
    """Nodes that restart."""
    reimaging: int = field("reimaging", INT)
    """Nodes whose operating system is being installed anew."""
    running: int = field("running", INT)
    """Nodes that are busy with at least one task."""
    starting: int = field("starting", INT)
    """Nodes whose agent is starting."""
    start_task_failed: int = field("startTaskFailed", INT)
    """Nodes that take no tasks because their start task failed."""
    leaving_pool: int = field("leavingPool", INT)
    """Nodes that are being removed; they still count in ``total``."""
    unknown: int = field("unknown", INT)
    """Nodes that the service has lost contact with."""
    unusable: int = field("unusable", INT)
    """Nodes that cannot run tasks; their ``errors`` say why."""
    waiting_for_start_task: int = field("waitingForStartTask", INT)
    """Nodes that are held back until their start task has succeeded."""
    deallocated: int = field("deallocated", INT)
    """Nodes whose machine is stopped."""
    deallocating: int = field("deallocating", INT)
    """Nodes whose machine is being stopped."""
    total: int = field("total", INT)
    """All nodes, whatever they are doing."""
    upgrading_os: int = field("upgradingOS", INT)
    """Nodes in the middle of an automatic upgrade."""


class BatchPoolNodeCounts(Model):
    """The states of a pool's nodes in numbers: one small answer instead of a list of all nodes.

    See https://learn.microsoft.com/azure/batch/batch-get-resource-counts.
    """

    pool_id: str = field("poolId", STR)
    """The pool that was counted."""
    dedicated: Optional[BatchNodeCounts] = field("dedicated", nested(BatchNodeCounts), default=None)
    """The dedicated nodes."""
    low_priority: Optional[BatchNodeCounts] = field("lowPriority", nested(BatchNodeCounts), default=None)
    """The Spot nodes. Preempted ones are counted too."""
