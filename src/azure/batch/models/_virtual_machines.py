"""Models of the virtual machines of a pool: images, disks, extensions, security."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Union

from .._codecs import BOOL, DATETIME, INT, STR, STR_MAP, array, enum_codec, nested
from .._model import Model, field, read_only
from .._versions import V2026_10_01
from ._common import ContainerRegistryReference
from ._enums import (
    BatchNodePlacementPolicyType,
    CachingType,
    ContainerType,
    DiffDiskPlacement,
    DiskEncryptionTarget,
    HostEndpointSettingsModeTypes,
    SecurityEncryptionTypes,
    SecurityTypes,
    StatusLevelTypes,
    StorageAccountType,
)
from ._sizes_and_zones import HardwareProfile, Placement, ResiliencyPolicy

__all__ = [
    "BatchContainerConfiguration",
    "BatchDiffDiskSettings",
    "BatchNodePlacementConfiguration",
    "BatchNodeVMExtension",
    "BatchOsDisk",
    "BatchPoolIdentityReference",
    "BatchUefiSettings",
    "BatchVmDiskSecurityProfile",
    "BatchVmImageReference",
    "DataDisk",
    "DiskCustomerManagedKey",
    "DiskEncryptionConfiguration",
    "DiskEncryptionSetParameters",
    "HostEndpointSettings",
    "InstanceViewStatus",
    "ManagedDisk",
    "ProxyAgentSettings",
    "SecurityProfile",
    "ServiceArtifactReference",
    "VMExtension",
    "VMExtensionInstanceView",
    "VirtualMachineConfiguration",
    "VirtualMachineInfo",
    "WindowsConfiguration",
]


class BatchVmImageReference(Model):
    """The image that a node is made from, from the Azure Marketplace or from an Azure Compute Gallery.

    Either ``publisher``, ``offer`` and ``sku`` name a Marketplace image, or exactly one of the three gallery ids is
    given; the two ways cannot be mixed. ``BatchClient.list_supported_images`` lists the Marketplace images that can be
    used.
    """

    publisher: Optional[str] = field("publisher", STR, default=None)
    """Publisher of a Marketplace image, for example ``canonical`` or ``microsoftwindowsserver``."""
    offer: Optional[str] = field("offer", STR, default=None)
    """Marketplace offer, for example ``ubuntu-24_04-lts`` or ``windowsserver``."""
    sku: Optional[str] = field("sku", STR, default=None)
    """SKU within the offer, for example ``server`` or ``2022-datacenter``."""
    version: Optional[str] = field("version", STR, default=None)
    """Version of the Marketplace image. Left out or ``latest``: the newest one at the time a node is made."""
    virtual_machine_image_id: Optional[str] = field("virtualMachineImageId", STR, default=None)
    """Resource id of an image (or one version of it) in a compute gallery of yours; without a version the newest is
    taken. The image needs a replica in the account's region, and creating the pool needs Microsoft Entra authentication
    (a shared key is refused); see https://learn.microsoft.com/azure/batch/batch-sig-images.
    """
    exact_version: Optional[str] = read_only("exactVersion", STR, default=None)
    """The version that a node really runs, told by the service; differs from ``version`` when that is ``latest``."""
    shared_gallery_image_id: Optional[str] = field("sharedGalleryImageId", STR, default=None)
    """Unique id of an image in a gallery that another subscription or tenant shares with yours directly
    (``/sharedGalleries/...``). Excludes every other way of naming an image.
    """
    community_gallery_image_id: Optional[str] = field("communityGalleryImageId", STR, default=None)
    """Unique id of an image in a public community gallery (``/CommunityGalleries/...``). Excludes every other way of
    naming an image.
    """


class WindowsConfiguration(Model):
    """Windows settings of a node; must be left out when the image is a Linux one."""

    enable_automatic_updates: Optional[bool] = field("enableAutomaticUpdates", BOOL, default=None)
    """Whether Windows Update may patch the node, restarts included. On when left out; must be off where the upgrade
    policy of the pool does OS upgrades.
    """


class BatchVmDiskSecurityProfile(Model):
    """How the OS disk of a confidential virtual machine is encrypted."""

    security_encryption_type: Optional[Union[str, SecurityEncryptionTypes]] = field(
        "securityEncryptionType", enum_codec(SecurityEncryptionTypes), default=None
    )
    """What the encryption takes in: the disk with the guest state, the guest state alone, or nothing that persists.
    Confidential virtual machines need a value, and only they accept one.
    """


class DiskEncryptionSetParameters(Model):
    """Points at the disk encryption set whose key encrypts a disk."""

    id: Optional[str] = field("id", STR, default=None)
    """Azure resource id of the disk encryption set, which has to be in the subscription of the Batch account."""


class ManagedDisk(Model):
    """Storage class and encryption of an OS or data disk."""

    disk_encryption_set: Optional[DiskEncryptionSetParameters] = field(
        "diskEncryptionSet", nested(DiskEncryptionSetParameters), default=None
    )
    """Encrypts the disk with a key of yours at rest. Left out: a platform-managed key."""
    storage_account_type: Optional[Union[str, StorageAccountType]] = field(
        "storageAccountType", enum_codec(StorageAccountType), default=None
    )
    """Storage class of the disk. Left out: chosen to suit the VM size; premium storage needs a size that supports it.
    """
    security_profile: Optional[BatchVmDiskSecurityProfile] = field(
        "securityProfile", nested(BatchVmDiskSecurityProfile), default=None
    )
    """Encryption of the disk of a confidential virtual machine; for OS disks only."""


class DataDisk(Model):
    """An empty disk attached to every node of the pool.

    The disk arrives without partition or file system: a start task has to format and mount it before tasks can use it.
    """

    logical_unit_number: int = field("lun", INT)
    """Number by which the operating system tells the disks apart: 0 to 63, each used once in a pool."""
    caching: Optional[Union[str, CachingType]] = field("caching", enum_codec(CachingType), default=None)
    """Host caching of the disk. Left out: ``CachingType.READ_WRITE``."""
    disk_size_gb: int = field("diskSizeGB", INT)
    """Size of the disk in GiB."""
    managed_disk: Optional[ManagedDisk] = field("managedDisk", nested(ManagedDisk), default=None)
    """Storage class and encryption of this disk. Left out: the defaults of the service."""


class BatchDiffDiskSettings(Model):
    """Puts the OS disk on local storage of the host: faster and free of charge, but lost with the host."""

    placement: Optional[Union[str, DiffDiskPlacement]] = field("placement", enum_codec(DiffDiskPlacement), default=None)
    """Which local storage is taken; the cache disk is the only choice. It must be large enough for the image."""


class BatchOsDisk(Model):
    """Settings of the disk that a node boots from."""

    ephemeral_os_disk_settings: Optional[BatchDiffDiskSettings] = field(
        "ephemeralOSDiskSettings", nested(BatchDiffDiskSettings), default=None
    )
    """Makes the OS disk ephemeral, that is, kept on the host. Left out: a managed disk in Azure Storage."""
    caching: Optional[Union[str, CachingType]] = field("caching", enum_codec(CachingType), default=None)
    """Host caching of the OS disk. Left out: none on standard storage, ``READ_ONLY`` on premium."""
    disk_size_gb: Optional[int] = field("diskSizeGB", INT, default=None)
    """Size in GiB with which the disk is created, at least that of the image. Left out: the image's own size."""
    managed_disk: Optional[ManagedDisk] = field("managedDisk", nested(ManagedDisk), default=None)
    """Storage class and encryption of the OS disk. Left out: the defaults of the service."""
    write_accelerator_enabled: Optional[bool] = field("writeAcceleratorEnabled", BOOL, default=None)
    """Whether Write Accelerator speeds up writes; only for premium disks on VM sizes that offer it."""


class BatchContainerConfiguration(Model):
    """Makes nodes ready to run tasks in containers.

    On a pool that has one every ordinary task and job manager task must bring ``container_settings``; on a pool
    without, none may. See https://learn.microsoft.com/azure/batch/batch-docker-container-workloads.
    """

    type: Union[str, ContainerType] = field("type", enum_codec(ContainerType))
    """Container technology of the image: Docker, or any runtime with the container runtime interface (CRI)."""
    container_image_names: Optional[list[str]] = field("containerImageNames", array(STR), default=None)
    """Images pulled onto each node before it takes tasks, named as for ``docker pull``. An image that is not listed is
    pulled when the first task asks for it; one that cannot be pulled makes the node unusable.
    """
    container_registries: Optional[list[ContainerRegistryReference]] = field(
        "containerRegistries", array(nested(ContainerRegistryReference)), default=None
    )
    """Private registries that ``container_image_names`` come from. Images without a registry in their name come from
    Docker Hub.
    """


class BatchPoolIdentityReference(Model):
    """Picks one of the user-assigned identities of the pool."""

    resource_id: Optional[str] = field("resourceId", STR, default=None)
    """Azure resource id of the identity, which must also be among the identities of the pool."""


class DiskCustomerManagedKey(Model):
    """A key of yours in Key Vault with which the disks of a pool are encrypted."""

    identity_reference: Optional[BatchPoolIdentityReference] = field(
        "identityReference", nested(BatchPoolIdentityReference), default=None
    )
    """The pool identity that reads the key; the vault must allow it to get, wrap and unwrap keys."""
    key_url: Optional[str] = field("keyUrl", STR, default=None)
    """URL of the key, version included: ``https://{vault}.vault.azure.net/keys/{key}/{version}``."""
    rotation_to_latest_key_version_enabled: Optional[bool] = field(
        "rotationToLatestKeyVersionEnabled", BOOL, default=None
    )
    """Whether nodes move to a new version of the key by themselves. Off when left out."""


class DiskEncryptionConfiguration(Model):
    """Disk encryption of the nodes of a pool; not available for Linux pools made from gallery images.

    See https://learn.microsoft.com/azure/batch/disk-encryption.
    """

    customer_managed_key: Optional[DiskCustomerManagedKey] = field(
        "customerManagedKey", nested(DiskCustomerManagedKey), default=None
    )
    """Uses this key in place of the platform's. Needs an identity on the pool and the OS disk among ``targets``."""
    targets: Optional[list[Union[str, DiskEncryptionTarget]]] = field(
        "targets", array(enum_codec(DiskEncryptionTarget)), default=None
    )
    """What is encrypted; nothing if it is empty or left out. Linux pools accept the temporary disk alone; Windows pools
    need both the OS disk and the temporary disk.
    """


class BatchNodePlacementConfiguration(Model):
    """How the nodes of a pool are placed within the region."""

    policy: Optional[Union[str, BatchNodePlacementPolicyType]] = field(
        "policy", enum_codec(BatchNodePlacementPolicyType), default=None
    )
    """``ZONAL`` spreads nodes over the availability zones, in a region and with a VM size that have them. Left out:
    ``REGIONAL``, without any promise about zones.
    """


class VMExtension(Model):
    """A virtual machine extension installed on every node of the pool.

    Only extensions that Batch allows are accepted; see https://learn.microsoft.com/azure/batch/create-pool-extensions.
    """

    name: str = field("name", STR)
    """Name of your choice for this installation, unlike that of any other extension of the pool."""
    publisher: str = field("publisher", STR)
    """Who publishes the extension handler, for example ``Microsoft.Azure.Monitor``."""
    type: str = field("type", STR)
    """Name that the publisher gave the extension, for example ``AzureMonitorLinuxAgent``."""
    type_handler_version: Optional[str] = field("typeHandlerVersion", STR, default=None)
    """Version of the handler as ``major.minor``."""
    auto_upgrade_minor_version: Optional[bool] = field("autoUpgradeMinorVersion", BOOL, default=None)
    """Whether a newer minor version may be taken when a node is set up. Nodes that already have the extension keep
    theirs.
    """
    enable_automatic_upgrade: Optional[bool] = field("enableAutomaticUpgrade", BOOL, default=None)
    """Whether the platform upgrades the extension on running nodes once its publisher releases a newer version."""
    settings: Optional[dict[str, str]] = field("settings", STR_MAP, default=None)
    """Public settings as the extension defines them; they are returned in answers, so put nothing secret here."""
    protected_settings: Optional[dict[str, str]] = field("protectedSettings", STR_MAP, default=None, secret=True)
    """Secret settings, such as keys; encrypted on the way to the node. Do not count on reading them back."""
    provision_after_extensions: Optional[list[str]] = field("provisionAfterExtensions", array(STR), default=None)
    """Names of extensions of this pool that have to be installed before this one."""


class InstanceViewStatus(Model):
    """One entry in the report of a virtual machine extension about itself."""

    code: Optional[str] = field("code", STR, default=None)
    """Machine-readable status, for example ``ProvisioningState/succeeded``."""
    display_status: Optional[str] = field("displayStatus", STR, default=None)
    """Short label of the status, made for people."""
    level: Optional[Union[str, StatusLevelTypes]] = field("level", enum_codec(StatusLevelTypes), default=None)
    """How serious the entry is: information, a warning or an error."""
    message: Optional[str] = field("message", STR, default=None)
    """Details in words; for a failure this is the place to look."""
    time: Optional[datetime] = field("time", DATETIME, default=None)
    """When the extension reported this entry."""


class VMExtensionInstanceView(Model):
    """What an extension reports from one node."""

    name: Optional[str] = field("name", STR, default=None)
    """Name of the extension as configured on the pool."""
    statuses: Optional[list[InstanceViewStatus]] = field("statuses", array(nested(InstanceViewStatus)), default=None)
    """Overall results, the latest state of the installation among them."""
    sub_statuses: Optional[list[InstanceViewStatus]] = field(
        "subStatuses", array(nested(InstanceViewStatus)), default=None
    )
    """Results of single steps, for extensions that report them."""


class BatchNodeVMExtension(Model):
    """A virtual machine extension as it stands on one node."""

    provisioning_state: Optional[str] = field("provisioningState", STR, default=None)
    """How far the installation is, in the words of Azure Compute, for example ``Succeeded``."""
    vm_extension: Optional[VMExtension] = field("vmExtension", nested(VMExtension), default=None)
    """The configuration that the extension was installed with."""
    instance_view: Optional[VMExtensionInstanceView] = field(
        "instanceView", nested(VMExtensionInstanceView), default=None
    )
    """The extension's own report; absent until there is one."""


class BatchUefiSettings(Model):
    """Firmware security of a node; takes effect only together with ``SecurityProfile.security_type``."""

    secure_boot_enabled: Optional[bool] = field("secureBootEnabled", BOOL, default=None)
    """Whether only signed boot loaders and kernels may start."""
    vtpm_enabled: Optional[bool] = field("vTpmEnabled", BOOL, default=None)
    """Whether the node gets a virtual trusted platform module (TPM)."""


class HostEndpointSettings(Model):
    """Access control for one of the two host endpoints that a virtual machine can reach."""

    in_vm_access_control_profile_reference_id: Optional[str] = field(
        "inVMAccessControlProfileReferenceId", STR, default=None
    )
    """Azure resource id of the version of an in-VM access control profile (kept in a compute gallery) that says who may
    call the endpoint.
    """
    mode: Optional[Union[str, HostEndpointSettingsModeTypes]] = field(
        "mode", enum_codec(HostEndpointSettingsModeTypes), default=None
    )
    """``AUDIT`` logs calls that break the rules and lets them pass; ``ENFORCE`` blocks them."""


class ProxyAgentSettings(Model):
    """Metadata Security Protocol: calls from a node to its host's endpoints go through a guarding agent.

    See https://learn.microsoft.com/azure/virtual-machines/metadata-security-protocol/overview.
    """

    enabled: Optional[bool] = field("enabled", BOOL, default=None)
    """Whether the protocol is used at all. Off when left out."""
    imds: Optional[HostEndpointSettings] = field("imds", nested(HostEndpointSettings), default=None)
    """Rules for the instance metadata endpoint, where tasks get tokens of managed identities."""
    wire_server: Optional[HostEndpointSettings] = field("wireServer", nested(HostEndpointSettings), default=None)
    """Rules for the WireServer endpoint, which the Azure agent of the machine uses."""


class SecurityProfile(Model):
    """Security features of the virtual machines of a pool."""

    encryption_at_host: Optional[bool] = field("encryptionAtHost", BOOL, default=None)
    """Whether the host encrypts all disks of the node, temporary disk and caches too. Off when left out; the VM size
    must support it.
    """
    proxy_agent_settings: Optional[ProxyAgentSettings] = field(
        "proxyAgentSettings", nested(ProxyAgentSettings), default=None
    )
    """Guards the host's metadata endpoints. Left out: calls to them are not guarded."""
    security_type: Optional[Union[str, SecurityTypes]] = field("securityType", enum_codec(SecurityTypes), default=None)
    """``TRUSTED_LAUNCH`` or ``CONFIDENTIAL_VM``; image and VM size must support it. Without it ``uefi_settings`` have
    no effect.
    """
    uefi_settings: Optional[BatchUefiSettings] = field("uefiSettings", nested(BatchUefiSettings), default=None)
    """Secure boot and virtual TPM of the security type chosen above."""


class ServiceArtifactReference(Model):
    """Pins all nodes to one image version although the image reference says ``latest``."""

    id: str = field("id", STR)
    """Azure resource id of the artifacts profile of a gallery:
    ``/subscriptions/.../serviceArtifacts/{name}/vmArtifactsProfiles/{profile}``.
    """


class VirtualMachineConfiguration(Model):
    """What the nodes of a pool are made of: image, disks, containers, extensions, security.

    Once a pool has nodes its configuration is fixed: the service lets it be changed only while the pool is empty.
    """

    image_reference: BatchVmImageReference = field("imageReference", nested(BatchVmImageReference))
    """The image that nodes boot from; it must suit ``node_agent_sku_id``."""
    node_agent_sku_id: str = field("nodeAgentSKUId", STR)
    """Which build of the Batch agent runs on the image, for example ``batch.node.ubuntu 24.04``.
    ``BatchClient.list_supported_images`` gives the one for each verified image.
    """
    windows_configuration: Optional[WindowsConfiguration] = field(
        "windowsConfiguration", nested(WindowsConfiguration), default=None
    )
    """Update settings of Windows nodes; must be absent for a Linux image."""
    data_disks: Optional[list[DataDisk]] = field("dataDisks", array(nested(DataDisk)), default=None)
    """Further empty disks of every node. Left out: only the OS disk and, where the VM size has one, the temporary disk.
    """
    license_type: Optional[str] = field("licenseType", STR, default=None)
    """Uses Windows licences of your own: ``Windows_Server`` or ``Windows_Client``, for images without a licence
    included. Left out: the licence is part of the price, or is not needed.
    """
    container_configuration: Optional[BatchContainerConfiguration] = field(
        "containerConfiguration", nested(BatchContainerConfiguration), default=None
    )
    """Enables containers. With it tasks must run in containers, without it they cannot."""
    disk_encryption_configuration: Optional[DiskEncryptionConfiguration] = field(
        "diskEncryptionConfiguration", nested(DiskEncryptionConfiguration), default=None
    )
    """Encrypts disks of each node as the nodes are set up. Left out: no encryption beyond the platform's own."""
    node_placement_configuration: Optional[BatchNodePlacementConfiguration] = field(
        "nodePlacementConfiguration", nested(BatchNodePlacementConfiguration), default=None
    )
    """Regional or zonal placement. Left out: regional."""
    extensions: Optional[list[VMExtension]] = field("extensions", array(nested(VMExtension)), default=None)
    """Extensions installed on each node as it is set up."""
    os_disk: Optional[BatchOsDisk] = field("osDisk", nested(BatchOsDisk), default=None)
    """Size, caching and kind of the boot disk. Left out: a managed disk as large as the image asks for."""
    security_profile: Optional[SecurityProfile] = field("securityProfile", nested(SecurityProfile), default=None)
    """Trusted launch, confidential computing, host encryption. Left out: the standard security of the VM size."""
    service_artifact_reference: Optional[ServiceArtifactReference] = field(
        "serviceArtifactReference", nested(ServiceArtifactReference), default=None
    )
    """Keeps nodes on one image version while the image reference says ``latest``."""
    hardware_profile: Optional[HardwareProfile] = field(
        "hardwareProfile", nested(HardwareProfile), default=None, added=V2026_10_01
    )
    """How many processors the machines show, not for auto pools. Needs API version 2026-10-01."""
    placement: Optional[Placement] = field("placement", nested(Placement), default=None, added=V2026_10_01)
    """Leaves the choice of zones to the platform, and excludes ``node_placement_configuration``, which counts when it
    is left out of a new pool; an update then leaves it as it is. Needs API version 2026-10-01.
    """
    resiliency_policy: Optional[ResiliencyPolicy] = field(
        "resiliencyPolicy", nested(ResiliencyPolicy), default=None, added=V2026_10_01
    )
    """Bounds on how nodes spread over zones, only with a ``placement`` that is ``AUTO``; left out of an update it stays
    as it is. Needs API version 2026-10-01.
    """


class VirtualMachineInfo(Model):
    """What one node really runs."""

    image_reference: Optional[BatchVmImageReference] = field(
        "imageReference", nested(BatchVmImageReference), default=None
    )
    """The image of this node; its ``exact_version`` tells the version even if the pool asks for ``latest``."""
    scale_set_vm_resource_id: Optional[str] = field("scaleSetVmResourceId", STR, default=None)
    """Azure resource id of the machine in its scale set. Only for accounts that allocate nodes in your own
    subscription.
    """
