"""Models of parts of a pool: start task, mounts, user accounts, upgrades, identity."""

from __future__ import annotations

from datetime import timedelta
from typing import Optional, Union

from .._codecs import BOOL, DURATION, INT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from ._common import (
    BatchNodeIdentityReference,
    BatchTaskContainerSettings,
    EnvironmentSetting,
    ResourceFile,
    UserIdentity,
)
from ._enums import (
    BatchJobDefaultOrder,
    BatchNodeFillType,
    BatchPoolIdentityType,
    ElevationLevel,
    LoginMode,
    UpgradeMode,
)

__all__ = [
    "AutomaticOsUpgradePolicy",
    "AzureBlobFileSystemConfiguration",
    "AzureFileShareConfiguration",
    "BatchPoolIdentity",
    "BatchStartTask",
    "BatchTaskSchedulingPolicy",
    "BatchUserAssignedIdentity",
    "CifsMountConfiguration",
    "LinuxUserConfiguration",
    "MountConfiguration",
    "NfsMountConfiguration",
    "RollingUpgradePolicy",
    "UpgradePolicy",
    "UserAccount",
    "WindowsUserConfiguration",
]


class BatchStartTask(Model):
    """A command that prepares a node: it runs whenever the node joins the pool, reboots or is reimaged.

    Write it so that it can run again on a prepared node. Together with its resource files and environment it may hold
    about 32,768 characters. See https://learn.microsoft.com/azure/batch/jobs-and-tasks#start-task.
    """

    command_line: str = field("commandLine", STR)
    """Started directly, not through a shell: for variables, pipes or ``;`` call one, as in ``/bin/sh -c '...'`` or
    ``cmd /c ...``.
    """
    container_settings: Optional[BatchTaskContainerSettings] = field(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """Runs the command in a container; only on pools with a container configuration, where it stays optional."""
    resource_files: Optional[list[ResourceFile]] = field("resourceFiles", array(nested(ResourceFile)), default=None)
    """Downloaded before the command starts, to the start task's own working directory."""
    environment_settings: Optional[list[EnvironmentSetting]] = field(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for the start task alone; tasks of jobs do not see them."""
    user_identity: Optional[UserIdentity] = field("userIdentity", nested(UserIdentity), default=None)
    """Account that the command runs under. Left out: an auto-user without administrator rights, which cannot install
    system packages.
    """
    max_task_retry_count: Optional[int] = field("maxTaskRetryCount", INT, default=None)
    """How often a non-zero exit code is tried again: 0, the default, never; -1 without end. A failed download is not
    retried.
    """
    wait_for_success: Optional[bool] = field("waitForSuccess", BOOL, default=None)
    """Whether the node takes tasks only once the command succeeded, which is the default; ``False``: tasks run beside
    it. If it fails for good the node stays in ``START_TASK_FAILED``, and is paid for, until it is rebooted or removed.
    """


class BatchTaskSchedulingPolicy(Model):
    """How tasks are handed out to the nodes of a pool.

    See https://learn.microsoft.com/azure/batch/batch-parallel-node-tasks.
    """

    job_default_order: Optional[Union[str, BatchJobDefaultOrder]] = field(
        "jobDefaultOrder", enum_codec(BatchJobDefaultOrder), default=None
    )
    """Which of two jobs of equal priority goes first. Left out: ``NONE``, no order is promised; ``CREATION_TIME`` puts
    the older job first.
    """
    node_fill_type: Union[str, BatchNodeFillType] = field("nodeFillType", enum_codec(BatchNodeFillType))
    """``SPREAD`` gives a task to the least busy node, ``PACK`` fills one node before the next. Matters only with
    several task slots on a node; a pool without a policy spreads.
    """


class AzureBlobFileSystemConfiguration(Model):
    """Mounts a blob container with blobfuse.

    Exactly one of ``account_key``, ``sas_key`` and ``identity_reference`` gives access.
    """

    account_name: str = field("accountName", STR)
    """Storage account that holds the container."""
    container_name: str = field("containerName", STR)
    """Blob container whose content shows under the mount path."""
    account_key: Optional[str] = field("accountKey", STR, default=None, secret=True)
    """Key of the storage account. Not returned by the service."""
    sas_key: Optional[str] = field("sasKey", STR, default=None, secret=True)
    """Shared access signature of the container. Not returned by the service."""
    blobfuse_options: Optional[str] = field("blobfuseOptions", STR, default=None)
    """Further command-line options of the blobfuse mount, as one text; for Linux nodes."""
    relative_mount_path: str = field("relativeMountPath", STR)
    """Directory of the mount, below the one that ``AZ_BATCH_NODE_MOUNTS_DIR`` names."""
    identity_reference: Optional[BatchNodeIdentityReference] = field(
        "identityReference", nested(BatchNodeIdentityReference), default=None
    )
    """User-assigned identity of the pool that may read (and write) the container."""


class AzureFileShareConfiguration(Model):
    """Mounts a share of Azure Files, on Linux and on Windows nodes."""

    account_name: str = field("accountName", STR)
    """Storage account that holds the share."""
    account_key: str = field("accountKey", STR, secret=True)
    """Key of the storage account; there is no other way to give access. Not returned by the service."""
    azure_file_url: str = field("azureFileUrl", STR)
    """Address of the share: ``https://{account}.file.core.windows.net/{share}``."""
    relative_mount_path: str = field("relativeMountPath", STR)
    """Where it appears, relative to ``AZ_BATCH_NODE_MOUNTS_DIR``; Windows nodes can have a drive letter instead."""
    mount_options: Optional[str] = field("mountOptions", STR, default=None)
    """Extra options, as one text: of ``mount`` on Linux, of ``net use`` on Windows."""


class CifsMountConfiguration(Model):
    """Mounts a share of an SMB server of your own."""

    username: str = field("username", STR)
    """Account on the server that the share is mounted with."""
    source: str = field("source", STR)
    """The share, as ``mount -t cifs`` takes it: ``//{server}/{share}``."""
    relative_mount_path: str = field("relativeMountPath", STR)
    """Where the share appears, relative to ``AZ_BATCH_NODE_MOUNTS_DIR``."""
    mount_options: Optional[str] = field("mountOptions", STR, default=None)
    """Extra options for the mount command, as one text."""
    password: str = field("password", STR, secret=True)
    """Password for ``username``. Not returned by the service."""


class NfsMountConfiguration(Model):
    """Mounts a directory of an NFS server, which authenticates by network address only."""

    source: str = field("source", STR)
    """The exported directory, as ``mount -t nfs`` takes it: ``{server}:/{path}``."""
    relative_mount_path: str = field("relativeMountPath", STR)
    """Where the directory appears, relative to ``AZ_BATCH_NODE_MOUNTS_DIR``."""
    mount_options: Optional[str] = field("mountOptions", STR, default=None)
    """Extra options for the mount command, as one text."""


class MountConfiguration(Model):
    """One file system mounted on every node; exactly one of the four kinds is set.

    A node takes up to ten mounts; one that fails makes the node unusable. See
    https://learn.microsoft.com/azure/batch/virtual-file-mount.
    """

    azure_blob_file_system_configuration: Optional[AzureBlobFileSystemConfiguration] = field(
        "azureBlobFileSystemConfiguration", nested(AzureBlobFileSystemConfiguration), default=None
    )
    """A blob container through blobfuse; excludes the other three."""
    nfs_mount_configuration: Optional[NfsMountConfiguration] = field(
        "nfsMountConfiguration", nested(NfsMountConfiguration), default=None
    )
    """An NFS export; excludes the other three."""
    cifs_mount_configuration: Optional[CifsMountConfiguration] = field(
        "cifsMountConfiguration", nested(CifsMountConfiguration), default=None
    )
    """A share of an SMB server; excludes the other three."""
    azure_file_share_configuration: Optional[AzureFileShareConfiguration] = field(
        "azureFileShareConfiguration", nested(AzureFileShareConfiguration), default=None
    )
    """A share of Azure Files; excludes the other three."""


class LinuxUserConfiguration(Model):
    """Numbers and SSH key of a user account on Linux nodes."""

    uid: Optional[int] = field("uid", INT, default=None)
    """User number; goes together with ``gid``. Left out, both: the operating system picks them."""
    gid: Optional[int] = field("gid", INT, default=None)
    """Group number; must be given if ``uid`` is, and only then."""
    ssh_private_key: Optional[str] = field("sshPrivateKey", STR, default=None, secret=True)
    """Key with which this user reaches the other nodes without a password; used only where the pool has inter-node
    communication on a Linux image. Not returned by the service.
    """


class WindowsUserConfiguration(Model):
    """How a user account logs in on Windows nodes."""

    login_mode: Optional[Union[str, LoginMode]] = field("loginMode", enum_codec(LoginMode), default=None)
    """``BATCH``, the default, suits parallel processes that run long; ``INTERACTIVE`` suits programs that need a user's
    session.
    """


class UserAccount(Model):
    """An account made on every node, which tasks name in ``UserIdentity.username``.

    See https://learn.microsoft.com/azure/batch/batch-user-accounts.
    """

    name: str = field("name", STR)
    """Up to 20 characters, any of Unicode."""
    password: str = field("password", STR, secret=True)
    """Password of the account. Not returned by the service."""
    elevation_level: Optional[Union[str, ElevationLevel]] = field(
        "elevationLevel", enum_codec(ElevationLevel), default=None
    )
    """Whether tasks of this account run with administrator rights. Left out: without."""
    linux_user_configuration: Optional[LinuxUserConfiguration] = field(
        "linuxUserConfiguration", nested(LinuxUserConfiguration), default=None
    )
    """Settings for Linux nodes; ignored on Windows."""
    windows_user_configuration: Optional[WindowsUserConfiguration] = field(
        "windowsUserConfiguration", nested(WindowsUserConfiguration), default=None
    )
    """Settings for Windows nodes; leave it out on Linux."""


class AutomaticOsUpgradePolicy(Model):
    """When and how nodes move to a newer version of the OS image."""

    disable_automatic_rollback: Optional[bool] = field("disableAutomaticRollback", BOOL, default=None)
    """Whether a node stays as it is when its upgrade failed. Left out: it goes back to the image it had."""
    enable_automatic_os_upgrade: Optional[bool] = field("enableAutomaticOSUpgrade", BOOL, default=None)
    """Whether nodes get a newer image as soon as one is out; off when left out. On Windows, automatic updates must then
    be off in ``WindowsConfiguration``.
    """
    use_rolling_upgrade_policy: Optional[bool] = field("useRollingUpgradePolicy", BOOL, default=None)
    """Whether OS upgrades keep to the rolling policy of the pool; without one, its defaults hold."""
    os_rolling_upgrade_deferral: Optional[bool] = field("osRollingUpgradeDeferral", BOOL, default=None)
    """Whether a node's upgrade waits for the tasks that run there."""


class RollingUpgradePolicy(Model):
    """Limits for upgrades that go through a pool batch by batch."""

    enable_cross_zone_upgrade: Optional[bool] = field("enableCrossZoneUpgrade", BOOL, default=None)
    """Whether one batch may mix nodes of several availability zones; only for pools placed zonally, or
    (from API version 2026-10-01 on) with an automatic ``placement``.
    """
    max_batch_instance_percent: Optional[int] = field("maxBatchInstancePercent", INT, default=None)
    """Largest share of nodes upgraded together: 5 to 100 percent, 20 when left out, and never more than
    ``max_unhealthy_instance_percent``. Nodes that fail can make later batches smaller.
    """
    max_unhealthy_instance_percent: Optional[int] = field("maxUnhealthyInstancePercent", INT, default=None)
    """Share of unhealthy nodes, whatever the reason, above which no further batch starts: 5 to 100 percent, 20 when
    left out.
    """
    max_unhealthy_upgraded_instance_percent: Optional[int] = field(
        "maxUnhealthyUpgradedInstancePercent", INT, default=None
    )
    """Share of upgraded nodes that may turn out unhealthy, looked at after each batch; beyond it the upgrade is
    aborted. 0 to 100 percent, 20 when left out.
    """
    pause_time_between_batches: Optional[timedelta] = field("pauseTimeBetweenBatches", DURATION, default=None)
    """Rest after a batch before the next one begins. None when left out."""
    prioritize_unhealthy_instances: Optional[bool] = field("prioritizeUnhealthyInstances", BOOL, default=None)
    """Whether nodes that are already unhealthy are upgraded first."""
    rollback_failed_instances_on_policy_breach: Optional[bool] = field(
        "rollbackFailedInstancesOnPolicyBreach", BOOL, default=None
    )
    """Whether nodes that failed go back to their old state once a limit of this policy is passed."""


class UpgradePolicy(Model):
    """How the nodes of a pool are brought up to date.

    See https://learn.microsoft.com/azure/batch/batch-upgrade-policy.
    """

    mode: Union[str, UpgradeMode] = field("mode", enum_codec(UpgradeMode))
    """``MANUAL`` leaves upgrades to you, ``AUTOMATIC`` does all nodes at once, ``ROLLING`` does them in batches."""
    automatic_os_upgrade_policy: Optional[AutomaticOsUpgradePolicy] = field(
        "automaticOSUpgradePolicy", nested(AutomaticOsUpgradePolicy), default=None
    )
    """Upgrades of the OS image. Left out: none happen by themselves."""
    rolling_upgrade_policy: Optional[RollingUpgradePolicy] = field(
        "rollingUpgradePolicy", nested(RollingUpgradePolicy), default=None
    )
    """Size of the batches and when to stop, for mode ``ROLLING`` or OS upgrades that ask for it."""


class BatchUserAssignedIdentity(Model):
    """A managed identity that the nodes of a pool can use."""

    resource_id: str = field("resourceId", STR)
    """Azure resource id of the identity, the text that identity references repeat."""
    client_id: Optional[str] = read_only("clientId", STR, default=None)
    """Client id to ask for tokens with, when a pool has several identities. Set by the service."""
    principal_id: Optional[str] = read_only("principalId", STR, default=None)
    """Object id of the identity's service principal, for role assignments. Set by the service."""


class BatchPoolIdentity(Model):
    """The managed identities of a pool.

    They can be given to a pool only through Azure Resource Manager, for which this client has no operation; here they
    are read. See https://learn.microsoft.com/azure/batch/managed-identity-pools.
    """

    type: Union[str, BatchPoolIdentityType] = field("type", enum_codec(BatchPoolIdentityType))
    """Whether the pool has identities; system-assigned ones do not exist for pools."""
    user_assigned_identities: Optional[list[BatchUserAssignedIdentity]] = field(
        "userAssignedIdentities", array(nested(BatchUserAssignedIdentity)), default=None
    )
    """The identities themselves; absent if ``type`` is ``BatchPoolIdentityType.NONE``."""
