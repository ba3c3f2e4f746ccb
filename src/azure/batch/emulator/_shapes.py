"""The shapes of request bodies: which properties there are, of what kind, and which must be given.

A line reads ``Shape = property property! property:Kind list:Kind[]``; ``!`` marks what must be given, a kind that is
not named is text. A kind is one of ``string secret int bool duration date map secretmap``, another shape or an
enumeration. What is ``secret`` is checked and then forgotten: the service never gives it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["ENUMERATIONS", "SHAPES", "Property"]


@dataclass(frozen=True)
class Property:
    """One property of a shape."""

    name: str
    kind: str
    required: bool
    many: bool


def _read(text: str) -> dict[str, list[str]]:
    """Lines ``name = words``, continued on indented lines."""
    lines = text.replace("\n    ", " ").strip().split("\n")
    parts = (line.partition(" = ") for line in lines)
    return {name: words.split() for name, _, words in parts}


def _property(word: str) -> Property:
    name, _, kind = word.partition(":")
    return Property(name.rstrip("!"), kind.removesuffix("[]") or "string", name.endswith("!"), kind.endswith("[]"))


_SHAPES = """
AutoUserSpecification = scope:AutoUserScope elevationLevel:ElevationLevel
AutomaticOsUpgradePolicy = disableAutomaticRollback:bool enableAutomaticOSUpgrade:bool useRollingUpgradePolicy:bool
    osRollingUpgradeDeferral:bool
AzureBlobFileSystemConfiguration = accountName! containerName! accountKey:secret sasKey:secret blobfuseOptions
    relativeMountPath! identityReference:NodeIdentityReference
AzureFileShareConfiguration = accountName! accountKey!:secret azureFileUrl! relativeMountPath! mountOptions
AffinityInfo = affinityId!
ApplicationPackageReference = applicationId! version
AutoPoolSpecification = autoPoolIdPrefix poolLifetimeOption!:PoolLifetimeOption keepAlive:bool pool:PoolSpecification
ContainerConfiguration = type!:ContainerType containerImageNames:string[]
    containerRegistries:ContainerRegistryReference[]
DiffDiskSettings = placement:DiffDiskPlacement
InboundNatPool = name! protocol!:InboundEndpointProtocol backendPort!:int frontendPortRangeStart!:int
    frontendPortRangeEnd!:int networkSecurityGroupRules:NetworkSecurityGroupRule[]
JobConstraints = maxWallClockTime:duration maxTaskRetryCount:int
JobCreateOptions = id! displayName usesTaskDependencies:bool priority:int allowTaskPreemption:bool
    maxParallelTasks:int constraints:JobConstraints jobManagerTask:JobManagerTask
    jobPreparationTask:JobPreparationTask jobReleaseTask:JobReleaseTask commonEnvironmentSettings:EnvironmentSetting[]
    poolInfo!:PoolInfo onAllTasksComplete:AllTasksCompleteMode onTaskFailure:TaskFailureMode
    networkConfiguration:JobNetworkConfiguration metadata:MetadataItem[]
JobDisableOptions = disableTasks!:DisableBatchJobOption
JobManagerTask = id! displayName commandLine! containerSettings:TaskContainerSettings resourceFiles:ResourceFile[]
    outputFiles:OutputFile[] environmentSettings:EnvironmentSetting[] constraints:TaskConstraints requiredSlots:int
    killJobOnCompletion:bool userIdentity:UserIdentity runExclusive:bool
    applicationPackageReferences:ApplicationPackageReference[] allowLowPriorityNode:bool
JobNetworkConfiguration = subnetId! skipWithdrawFromVNet:bool
JobPreparationTask = id commandLine! containerSettings:TaskContainerSettings resourceFiles:ResourceFile[]
    environmentSettings:EnvironmentSetting[] constraints:TaskConstraints waitForSuccess:bool userIdentity:UserIdentity
    rerunOnNodeRebootAfterSuccess:bool
JobReleaseTask = id commandLine! containerSettings:TaskContainerSettings resourceFiles:ResourceFile[]
    environmentSettings:EnvironmentSetting[] maxWallClockTime:duration retentionTime:duration
    userIdentity:UserIdentity
JobScheduleConfiguration = doNotRunUntil:date doNotRunAfter:date startWindow:duration recurrenceInterval:duration
JobScheduleCreateOptions = id! displayName schedule!:JobScheduleConfiguration jobSpecification!:JobSpecification
    metadata:MetadataItem[]
JobScheduleUpdateOptions = schedule:JobScheduleConfiguration jobSpecification:JobSpecification metadata:MetadataItem[]
JobSpecification = priority:int allowTaskPreemption:bool maxParallelTasks:int displayName usesTaskDependencies:bool
    onAllTasksComplete:AllTasksCompleteMode onTaskFailure:TaskFailureMode networkConfiguration:JobNetworkConfiguration
    constraints:JobConstraints jobManagerTask:JobManagerTask jobPreparationTask:JobPreparationTask
    jobReleaseTask:JobReleaseTask commonEnvironmentSettings:EnvironmentSetting[] poolInfo!:PoolInfo
    metadata:MetadataItem[]
JobTerminateOptions = terminateReason
JobUpdateOptions = priority:int allowTaskPreemption:bool maxParallelTasks:int constraints:JobConstraints
    poolInfo:PoolInfo onAllTasksComplete:AllTasksCompleteMode metadata:MetadataItem[]
    networkConfiguration:JobNetworkConfiguration
MetadataItem = name! value!
NodeDeallocateOptions = nodeDeallocateOption:NodeDeallocateOption
NodeDisableSchedulingOptions = nodeDisableSchedulingOption:NodeDisableSchedulingOption
NodeIdentityReference = resourceId
NodePlacementConfiguration = policy:NodePlacementPolicyType
NodeRebootOptions = nodeRebootOption:NodeRebootKind
NodeReimageOptions = nodeReimageOption:NodeReimageOption
NodeRemoveOptions = nodeList!:string[] resizeTimeout:duration nodeDeallocationOption:NodeDeallocationOption
NodeUserCreateOptions = name! isAdmin:bool expiryTime:date password:secret sshPublicKey
NodeUserReplaceOptions = password:secret expiryTime:date sshPublicKey
OsDisk = ephemeralOSDiskSettings:DiffDiskSettings caching:CachingType diskSizeGB:int managedDisk:ManagedDisk
    writeAcceleratorEnabled:bool
PoolCreateOptions = id! displayName vmSize! virtualMachineConfiguration:VirtualMachineConfiguration
    resizeTimeout:duration targetDedicatedNodes:int targetLowPriorityNodes:int enableAutoScale:bool autoScaleFormula
    autoScaleEvaluationInterval:duration enableInterNodeCommunication:bool networkConfiguration:NetworkConfiguration
    startTask:StartTask applicationPackageReferences:ApplicationPackageReference[] taskSlotsPerNode:int
    taskSchedulingPolicy:TaskSchedulingPolicy userAccounts:UserAccount[] metadata:MetadataItem[]
    mountConfiguration:MountConfiguration[] upgradePolicy:UpgradePolicy
    vmSkuProfile:VirtualMachineSkuProfile
PoolEnableAutoScaleOptions = autoScaleFormula autoScaleEvaluationInterval:duration
PoolEndpointConfiguration = inboundNATPools!:InboundNatPool[]
PoolEvaluateAutoScaleOptions = autoScaleFormula!
PoolIdentityReference = resourceId
PoolInfo = poolId autoPoolSpecification:AutoPoolSpecification
PoolReplaceOptions = startTask:StartTask applicationPackageReferences!:ApplicationPackageReference[]
    metadata!:MetadataItem[]
PoolResizeOptions = targetDedicatedNodes:int targetLowPriorityNodes:int resizeTimeout:duration
    nodeDeallocationOption:NodeDeallocationOption
PoolSpecification = displayName vmSize! virtualMachineConfiguration:VirtualMachineConfiguration taskSlotsPerNode:int
    taskSchedulingPolicy:TaskSchedulingPolicy resizeTimeout:duration targetDedicatedNodes:int
    targetLowPriorityNodes:int enableAutoScale:bool autoScaleFormula autoScaleEvaluationInterval:duration
    enableInterNodeCommunication:bool networkConfiguration:NetworkConfiguration startTask:StartTask
    applicationPackageReferences:ApplicationPackageReference[] userAccounts:UserAccount[] metadata:MetadataItem[]
    mountConfiguration:MountConfiguration[] upgradePolicy:UpgradePolicy
PoolUpdateOptions = displayName vmSize enableInterNodeCommunication:bool startTask:StartTask
    applicationPackageReferences:ApplicationPackageReference[] metadata:MetadataItem[]
    virtualMachineConfiguration:VirtualMachineConfigurationUpdate taskSlotsPerNode:int
    taskSchedulingPolicy:TaskSchedulingPolicy networkConfiguration:NetworkConfiguration userAccounts:UserAccount[]
    mountConfiguration:MountConfiguration[] upgradePolicy:UpgradePolicy
    vmSkuProfile:VirtualMachineSkuProfile
PublicIpAddressConfiguration = provision:IpAddressProvisioningType ipFamilies:IPFamily[] ipAddressIds:string[]
    ipTags:IPTag[]
StartTask = commandLine! containerSettings:TaskContainerSettings resourceFiles:ResourceFile[]
    environmentSettings:EnvironmentSetting[] userIdentity:UserIdentity maxTaskRetryCount:int waitForSuccess:bool
TaskConstraints = maxWallClockTime:duration retentionTime:duration maxTaskRetryCount:int
TaskContainerSettings = containerRunOptions imageName! registry:ContainerRegistryReference
    workingDirectory:ContainerWorkingDirectory containerHostBatchBindMounts:ContainerHostBatchBindMountEntry[]
TaskCreateOptions = id! displayName exitConditions:ExitConditions commandLine! containerSettings:TaskContainerSettings
    resourceFiles:ResourceFile[] outputFiles:OutputFile[] environmentSettings:EnvironmentSetting[]
    affinityInfo:AffinityInfo constraints:TaskConstraints requiredSlots:int userIdentity:UserIdentity
    multiInstanceSettings:MultiInstanceSettings dependsOn:TaskDependencies
    applicationPackageReferences:ApplicationPackageReference[]
TaskDependencies = taskIds:string[] taskIdRanges:TaskIdRange[]
TaskGroup = value!:TaskCreateOptions[]
TaskIdRange = start!:int end!:int
TaskSchedulingPolicy = jobDefaultOrder:JobDefaultOrder nodeFillType!:NodeFillType
UefiSettings = secureBootEnabled:bool vTpmEnabled:bool
VmDiskSecurityProfile = securityEncryptionType:SecurityEncryptionTypes
VmImageReference = publisher offer sku version virtualMachineImageId exactVersion sharedGalleryImageId
    communityGalleryImageId
CifsMountConfiguration = username! source! relativeMountPath! mountOptions password!:secret
ContainerHostBatchBindMountEntry = source:ContainerHostDataPath isReadOnly:bool
ContainerRegistryReference = username password:secret registryServer identityReference:NodeIdentityReference
DataDisk = lun!:int caching:CachingType diskSizeGB!:int managedDisk:ManagedDisk
DiskCustomerManagedKey = identityReference:PoolIdentityReference keyUrl rotationToLatestKeyVersionEnabled:bool
DiskEncryptionConfiguration = customerManagedKey:DiskCustomerManagedKey targets:DiskEncryptionTarget[]
DiskEncryptionSetParameters = id
EnvironmentSetting = name! value
ExitCodeMapping = code!:int exitOptions!:ExitOptions
ExitCodeRangeMapping = start!:int end!:int exitOptions!:ExitOptions
ExitConditions = exitCodes:ExitCodeMapping[] exitCodeRanges:ExitCodeRangeMapping[] preProcessingError:ExitOptions
    fileUploadError:ExitOptions default:ExitOptions
ExitOptions = jobAction:JobActionKind dependencyAction:DependencyAction
HardwareProfile = vmSizeProperties:VMSizeProperties
HostEndpointSettings = inVMAccessControlProfileReferenceId mode:HostEndpointSettingsModeTypes
IPTag = ipTagType tag
LinuxUserConfiguration = uid:int gid:int sshPrivateKey:secret
MaxInstancePercentPerZonePolicy = enabled:bool value!:int
ManagedDisk = diskEncryptionSet:DiskEncryptionSetParameters storageAccountType:StorageAccountType
    securityProfile:VmDiskSecurityProfile
MountConfiguration = azureBlobFileSystemConfiguration:AzureBlobFileSystemConfiguration
    nfsMountConfiguration:NfsMountConfiguration cifsMountConfiguration:CifsMountConfiguration
    azureFileShareConfiguration:AzureFileShareConfiguration
MultiInstanceSettings = numberOfInstances:int coordinationCommandLine! commonResourceFiles:ResourceFile[]
NetworkConfiguration = subnetId dynamicVNetAssignmentScope:DynamicVNetAssignmentScope
    endpointConfiguration:PoolEndpointConfiguration publicIPAddressConfiguration:PublicIpAddressConfiguration
    enableAcceleratedNetworking:bool
NetworkSecurityGroupRule = priority!:int access!:NetworkSecurityGroupRuleAccess sourceAddressPrefix!
    sourcePortRanges:string[]
NfsMountConfiguration = source! relativeMountPath! mountOptions
OutputFile = filePattern! destination!:OutputFileDestination uploadOptions!:OutputFileUploadConfiguration
OutputFileBlobContainerDestination = path containerUrl! identityReference:NodeIdentityReference
    uploadHeaders:OutputFileUploadHeader[]
OutputFileDestination = container:OutputFileBlobContainerDestination
OutputFileUploadConfiguration = uploadCondition!:OutputFileUploadCondition
OutputFileUploadHeader = name! value
Placement = zonePlacementPolicy!:ZonePlacementPolicyType
ProxyAgentSettings = enabled:bool imds:HostEndpointSettings wireServer:HostEndpointSettings
ResiliencyPolicy = zoneAllocationPolicy!:ZoneAllocationPolicy
ResourceFile = autoStorageContainerName storageContainerUrl httpUrl blobPrefix filePath fileMode
    identityReference:NodeIdentityReference
RollingUpgradePolicy = enableCrossZoneUpgrade:bool maxBatchInstancePercent:int maxUnhealthyInstancePercent:int
    maxUnhealthyUpgradedInstancePercent:int pauseTimeBetweenBatches:duration prioritizeUnhealthyInstances:bool
    rollbackFailedInstancesOnPolicyBreach:bool
SecurityProfile = encryptionAtHost:bool proxyAgentSettings:ProxyAgentSettings securityType:SecurityTypes
    uefiSettings:UefiSettings
ServiceArtifactReference = id!
UpgradePolicy = mode!:UpgradeMode automaticOSUpgradePolicy:AutomaticOsUpgradePolicy
    rollingUpgradePolicy:RollingUpgradePolicy
UploadBatchServiceLogsOptions = containerUrl! startTime!:date endTime:date identityReference:NodeIdentityReference
UserAccount = name! password!:secret elevationLevel:ElevationLevel linuxUserConfiguration:LinuxUserConfiguration
    windowsUserConfiguration:WindowsUserConfiguration
UserIdentity = username autoUser:AutoUserSpecification
VMExtension = name! publisher! type! typeHandlerVersion autoUpgradeMinorVersion:bool enableAutomaticUpgrade:bool
    settings:map protectedSettings:secretmap provisionAfterExtensions:string[]
VMSizeProperties = vCPUsAvailable:int vCPUsPerCore:int
VirtualMachineConfiguration = imageReference!:VmImageReference nodeAgentSKUId!
    windowsConfiguration:WindowsConfiguration dataDisks:DataDisk[] licenseType
    containerConfiguration:ContainerConfiguration diskEncryptionConfiguration:DiskEncryptionConfiguration
    nodePlacementConfiguration:NodePlacementConfiguration extensions:VMExtension[] osDisk:OsDisk
    securityProfile:SecurityProfile serviceArtifactReference:ServiceArtifactReference
    hardwareProfile:HardwareProfile placement:Placement resiliencyPolicy:ResiliencyPolicy
VirtualMachineSkuProfile = vmSizes:VirtualMachineSkuProfileVmSize[] allocationStrategy:VmSkuAllocationStrategy
VirtualMachineSkuProfileVmSize = name! rank:int
WindowsConfiguration = enableAutomaticUpdates:bool
WindowsUserConfiguration = loginMode:LoginMode
ZoneAllocationPolicy = maxZoneCount:int maxInstancePercentPerZonePolicy:MaxInstancePercentPerZonePolicy
"""

_ENUMERATIONS = """
AllTasksCompleteMode = noaction terminatejob
AutoUserScope = task pool
CachingType = none readonly readwrite
ContainerHostDataPath = Shared Startup VfsMounts Task JobPrep Applications
ContainerType = dockerCompatible criCompatible
ContainerWorkingDirectory = taskWorkingDirectory containerImageDefault
DependencyAction = satisfy block
DiffDiskPlacement = cachedisk
DisableBatchJobOption = requeue terminate wait
DiskEncryptionTarget = osdisk temporarydisk
DynamicVNetAssignmentScope = none job
ElevationLevel = nonadmin admin
HostEndpointSettingsModeTypes = Audit Enforce
IPFamily = IPv4 IPv6
InboundEndpointProtocol = tcp udp
IpAddressProvisioningType = batchmanaged usermanaged nopublicipaddresses
JobActionKind = none disable terminate
JobDefaultOrder = none creationtime
LoginMode = batch interactive
NetworkSecurityGroupRuleAccess = allow deny
NodeDeallocateOption = requeue terminate taskcompletion retaineddata
NodeDeallocationOption = requeue terminate taskcompletion retaineddata
NodeDisableSchedulingOption = requeue terminate taskcompletion
NodeFillType = spread pack
NodePlacementPolicyType = regional zonal
NodeRebootKind = requeue terminate taskcompletion retaineddata
NodeReimageOption = requeue terminate taskcompletion retaineddata
OutputFileUploadCondition = tasksuccess taskfailure taskcompletion
PoolLifetimeOption = jobschedule job
SecurityEncryptionTypes = DiskWithVMGuestState NonPersistedTPM VMGuestStateOnly
SecurityTypes = trustedLaunch confidentialvm
StorageAccountType = standard_lrs premium_lrs standardssd_lrs
TaskFailureMode = noaction performexitoptionsjobaction
UpgradeMode = automatic manual rolling
VmSkuAllocationStrategy = lowestPrice capacityOptimized prioritized
ZonePlacementPolicyType = Auto
"""

ENUMERATIONS: dict[str, list[str]] = _read(_ENUMERATIONS)
"""The words of every enumeration, in the case the service declares."""

SHAPES: dict[str, dict[str, Property]] = {
    name: {item.name: item for item in map(_property, words)} for name, words in _read(_SHAPES).items()
}
"""The properties of every shape, by their names on the wire."""


def _relax(name: str) -> str:
    """The twin of a shape that an update has: nothing in it must be given, but what the items of lists must have."""
    twin = f"{name}Update"
    SHAPES[twin] = {
        item.name: replace(item, required=False, kind=item.kind if item.many else _relaxed(item.kind))
        for item in SHAPES[name].values()
    }
    return twin


def _relaxed(kind: str) -> str:
    return _relax(kind) if kind in SHAPES else kind


_relax("VirtualMachineConfiguration")
