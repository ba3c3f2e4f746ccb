"""Names that azure-batch 14 and the betas of 15 had, and what each is called today.

One table, which errors about missing names, and the page for those who migrate, are made from. It is loaded only when
a name is asked for that the package does not have.

A key is written as a program wrote it: a class of ``models`` by its name, ``Class.field`` or, if it is the same in
every class, ``.field``; ``pool.add`` and ``delete_pool`` for what followed ``client.``; ``keyword=`` for one of an
operation; and with the whole path what stood elsewhere. A value is today's name, written the same way except that a
field stands without its class, or with ``: `` and a remark behind it; a remark alone says why there is no such name.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from typing import NamedTuple, Optional

V6, V14, BETA, BOTH = "6", "14", "15 beta", "14 and 15 beta"

PAGER = "azure.core.paging.ItemPaged"
NO_CERTIFICATES = ": the service no longer has certificates; keep them in Azure Key Vault"
NO_CLOUD_SERVICES = ": the service has no Cloud Services pools any more; use VirtualMachineConfiguration"
NO_COMMUNICATION_MODE = ": how nodes communicate is no longer the client's to choose"
NO_LICENCES = ": the service no longer rents out licences of applications"
NO_TAGS = ": pools have no tags in this version of the service; use metadata"
NO_TASK_TOKENS = ": the service gives tasks no tokens any more; use a managed identity of the pool"

TABLE: dict[str, dict[str, dict[str, str]]] = {
    "Client and errors": {
        V6: {
            "azure.batch.batch_service_client": ": the client is azure.batch.BatchClient",
        },
        V14: {
            "azure.batch.BatchServiceClient": "azure.batch.BatchClient",
            "azure.batch.BatchServiceClientConfiguration": ": settings such as retry_total are keywords of BatchClient",
            "azure.batch.batch_auth.SharedKeyAuth": ": the client signs requests itself",
            "azure.batch.batch_auth.SharedKeyCredentials": "azure.core.credentials.AzureNamedKeyCredential",
            "azure.batch.custom.custom_errors.CreateTasksErrorException": "azure.batch.models.CreateTasksError",
            "azure.batch.custom.patch": ": operations are methods of BatchClient",
            "azure.batch.operations": ": operations are methods of BatchClient",
            "api_version": ": it is a keyword of BatchClient",
            "config": ": settings such as retry_total are keywords of BatchClient",
            "BatchErrorException": "azure.core.exceptions.HttpResponseError",
            "CreateTasksErrorException": "CreateTasksError",
            "ErrorMessage": "BatchErrorMessage",
            "AutoScaleRunError.values": "error_values",
            "BatchError.values": "error_values",
            "ResizeError.values": "error_values",
        },
        BOTH: {
            "azure.batch.VERSION": "azure.batch.__version__",
            "ErrorCategory": "BatchErrorSourceCategory",
        },
        BETA: {
            "AutoScaleRunError.values_property": "error_values",
            "BatchError.values_property": "error_values",
            "ResizeError.values_property": "error_values",
        },
    },
    "Pools": {
        V14: {
            "account.list_pool_node_counts": "list_pool_node_counts",
            "pool.add": "create_pool",
            "pool.delete": "begin_delete_pool",
            "pool.disable_auto_scale": "disable_pool_auto_scale",
            "pool.enable_auto_scale": "enable_pool_auto_scale: takes BatchPoolEnableAutoScaleOptions",
            "pool.evaluate_auto_scale": "evaluate_pool_auto_scale: takes BatchPoolEvaluateAutoScaleOptions",
            "pool.exists": "pool_exists",
            "pool.get": "get_pool",
            "pool.list": "list_pools",
            "pool.list_usage_metrics": "list_pool_usage_metrics",
            "pool.patch": "update_pool",
            "pool.resize": "begin_resize_pool",
            "pool.stop_resize": "begin_stop_pool_resize",
            "pool.update_properties": "replace_pool_properties",
            "AutoPoolSpecification": "BatchAutoPoolSpecification",
            "CloudPool": "BatchPool",
            "CloudPoolPaged": f"{PAGER}: of BatchPool",
            "CloudServiceConfiguration": NO_CLOUD_SERVICES,
            "IPAddressProvisioningType": "IpAddressProvisioningType",
            "InboundNATPool": "BatchInboundNatPool",
            "NodeCounts": "BatchNodeCounts",
            "PoolAddParameter": "BatchPoolCreateOptions",
            "PoolEnableAutoScaleParameter": "BatchPoolEnableAutoScaleOptions",
            "PoolEndpointConfiguration": "BatchPoolEndpointConfiguration",
            "PoolEvaluateAutoScaleParameter": "BatchPoolEvaluateAutoScaleOptions",
            "PoolIdentityType": "BatchPoolIdentityType",
            "PoolInformation": "BatchPoolInfo",
            "PoolLifetimeOption": "BatchPoolLifetimeOption",
            "PoolNodeCounts": "BatchPoolNodeCounts",
            "PoolNodeCountsPaged": f"{PAGER}: of BatchPoolNodeCounts",
            "PoolPatchParameter": "BatchPoolUpdateOptions",
            "PoolResizeParameter": "BatchPoolResizeOptions",
            "PoolSpecification": "BatchPoolSpecification",
            "PoolState": "BatchPoolState",
            "PoolStatistics": "BatchPoolStatistics",
            "PoolUpdatePropertiesParameter": "BatchPoolReplaceOptions",
            "PoolUsageMetrics": "BatchPoolUsageMetrics",
            "PoolUsageMetricsPaged": f"{PAGER}: of BatchPoolUsageMetrics",
            "PublicIPAddressConfiguration": "BatchPublicIpAddressConfiguration",
            "ResourceStatistics": "BatchPoolResourceStatistics",
            "UsageStatistics": "BatchPoolUsageStatistics",
            ".application_licenses": NO_LICENCES,
            ".cloud_service_configuration": NO_CLOUD_SERVICES,
            "BatchPublicIpAddressConfiguration.provision": "ip_address_provisioning_type",
        },
        BOTH: {
            "MetadataItem": "BatchMetadataItem",
            ".resource_tags": NO_TAGS,
            ".target_node_communication_mode": NO_COMMUNICATION_MODE,
            "BatchPool.current_node_communication_mode": NO_COMMUNICATION_MODE,
            "BatchPool.stats": "pool_statistics",
            "BatchPoolResourceStatistics.avg_disk_gi_b": "avg_disk_gib",
            "BatchPoolResourceStatistics.avg_memory_gi_b": "avg_memory_gib",
            "BatchPoolResourceStatistics.disk_read_gi_b": "disk_read_gib",
            "BatchPoolResourceStatistics.disk_write_gi_b": "disk_write_gib",
            "BatchPoolResourceStatistics.network_read_gi_b": "network_read_gib",
            "BatchPoolResourceStatistics.network_write_gi_b": "network_write_gib",
            "BatchPoolResourceStatistics.peak_disk_gi_b": "peak_disk_gib",
            "BatchPoolResourceStatistics.peak_memory_gi_b": "peak_memory_gib",
            "BatchPoolStatistics.resource_stats": "resource_statistics",
            "BatchPoolStatistics.usage_stats": "usage_statistics",
        },
        BETA: {
            "delete_pool": "begin_delete_pool",
            "resize_pool": "begin_resize_pool",
            "stop_pool_resize": "begin_stop_pool_resize",
            "BatchPoolCreateContent": "BatchPoolCreateOptions",
            "BatchPoolEnableAutoScaleContent": "BatchPoolEnableAutoScaleOptions",
            "BatchPoolEvaluateAutoScaleContent": "BatchPoolEvaluateAutoScaleOptions",
            "BatchPoolListResult": f"{PAGER}: of BatchPool",
            "BatchPoolListUsageMetricsResult": f"{PAGER}: of BatchPoolUsageMetrics",
            "BatchPoolNodeCountsListResult": f"{PAGER}: of BatchPoolNodeCounts",
            "BatchPoolReplaceContent": "BatchPoolReplaceOptions",
            "BatchPoolResizeContent": "BatchPoolResizeOptions",
            "BatchPoolUpdateContent": "BatchPoolUpdateOptions",
            "InboundNatPool": "BatchInboundNatPool",
            "PublicIpAddressConfiguration": "BatchPublicIpAddressConfiguration",
            "BatchPoolResourceStatistics.disk_read_i_ops": "disk_read_iops",
            "BatchPoolResourceStatistics.disk_write_i_ops": "disk_write_iops",
        },
    },
    "Nodes": {
        V14: {
            "compute_node.add_user": "create_node_user",
            "compute_node.delete_user": "delete_node_user",
            "compute_node.disable_scheduling": "disable_node_scheduling",
            "compute_node.enable_scheduling": "enable_node_scheduling",
            "compute_node.get": "get_node",
            "compute_node.get_remote_desktop": ": the service gives no RDP files; use get_node_remote_login_settings",
            "compute_node.get_remote_login_settings": "get_node_remote_login_settings",
            "compute_node.list": "list_nodes",
            "compute_node.reboot": "begin_reboot_node",
            "compute_node.reimage": "begin_reimage_node",
            "compute_node.update_user": "replace_node_user",
            "compute_node.upload_batch_service_logs": "upload_node_logs",
            "compute_node_extension.get": "get_node_extension",
            "compute_node_extension.list": "list_node_extensions",
            "pool.remove_nodes": "begin_remove_nodes",
            "ComputeNode": "BatchNode",
            "ComputeNodeDeallocationOption": "BatchNodeDeallocationOption",
            "ComputeNodeEndpointConfiguration": "BatchNodeEndpointConfiguration",
            "ComputeNodeError": "BatchNodeError",
            "ComputeNodeFillType": "BatchNodeFillType",
            "ComputeNodeGetRemoteLoginSettingsResult": "BatchNodeRemoteLoginSettings",
            "ComputeNodeIdentityReference": "BatchNodeIdentityReference",
            "ComputeNodeInformation": "BatchNodeInfo",
            "ComputeNodePaged": f"{PAGER}: of BatchNode",
            "ComputeNodeRebootOption": "BatchNodeRebootKind",
            "ComputeNodeReimageOption": "BatchNodeReimageOption",
            "ComputeNodeState": "BatchNodeState",
            "ComputeNodeUser": "BatchNodeUserCreateOptions",
            "DisableComputeNodeSchedulingOption": "BatchNodeDisableSchedulingOption",
            "NodeAgentInformation": "BatchNodeAgentInfo",
            "NodeCommunicationMode": NO_COMMUNICATION_MODE,
            "NodeDisableSchedulingParameter": "BatchNodeDisableSchedulingOptions",
            "NodePlacementConfiguration": "BatchNodePlacementConfiguration",
            "NodePlacementPolicyType": "BatchNodePlacementPolicyType",
            "NodeRebootParameter": "BatchNodeRebootOptions",
            "NodeReimageParameter": "BatchNodeReimageOptions",
            "NodeRemoveParameter": "BatchNodeRemoveOptions",
            "NodeUpdateUserParameter": "BatchNodeUserReplaceOptions",
            "NodeVMExtension": "BatchNodeVMExtension",
            "NodeVMExtensionPaged": f"{PAGER}: of BatchNodeVMExtension",
            "StartTask": "BatchStartTask",
            "StartTaskInformation": "BatchStartTaskInfo",
            "StartTaskState": "BatchStartTaskState",
        },
        BOTH: {
            ".certificate_references": NO_CERTIFICATES,
            "BatchNodeRebootOptions.node_reboot_option": "node_reboot_kind",
            "BatchNodeRemoveOptions.node_list": "node_ids",
        },
        BETA: {
            "deallocate_node": "begin_deallocate_node",
            "reboot_node": "begin_reboot_node",
            "reimage_node": "begin_reimage_node",
            "remove_nodes": "begin_remove_nodes",
            "start_node": "begin_start_node",
            "BatchNodeCommunicationMode": NO_COMMUNICATION_MODE,
            "BatchNodeDeallocateContent": "BatchNodeDeallocateOptions",
            "BatchNodeDisableSchedulingContent": "BatchNodeDisableSchedulingOptions",
            "BatchNodeListResult": f"{PAGER}: of BatchNode",
            "BatchNodeRebootContent": "BatchNodeRebootOptions",
            "BatchNodeReimageContent": "BatchNodeReimageOptions",
            "BatchNodeRemoveContent": "BatchNodeRemoveOptions",
            "BatchNodeUserCreateContent": "BatchNodeUserCreateOptions",
            "BatchNodeUserUpdateContent": "BatchNodeUserReplaceOptions",
            "BatchNodeUserUpdateOptions": "BatchNodeUserReplaceOptions",
            "BatchNodeRebootOption": "BatchNodeRebootKind",
            "BatchNodeVMExtensionListResult": f"{PAGER}: of BatchNodeVMExtension",
            "BatchNodeState.UPGRADING_O_S": "UPGRADING_OS",
        },
    },
    "Jobs": {
        V14: {
            "job.add": "create_job",
            "job.delete": "begin_delete_job",
            "job.disable": "begin_disable_job: takes BatchJobDisableOptions",
            "job.enable": "begin_enable_job",
            "job.get": "get_job",
            "job.get_task_counts": "get_job_task_counts",
            "job.list": "list_jobs",
            "job.list_preparation_and_release_task_status": "list_job_preparation_and_release_task_status",
            "job.patch": "update_job",
            "job.terminate": "begin_terminate_job: the reason is a field of BatchJobTerminateOptions",
            "job.update": "replace_job: takes a whole BatchJob",
            "CloudJob": "BatchJob",
            "CloudJobPaged": f"{PAGER}: of BatchJob",
            "DisableJobOption": "DisableBatchJobOption",
            "JobAction": "BatchJobActionKind",
            "JobAddParameter": "BatchJobCreateOptions",
            "JobConstraints": "BatchJobConstraints",
            "JobDisableParameter": "BatchJobDisableOptions",
            "JobExecutionInformation": "BatchJobExecutionInfo",
            "JobManagerTask": "BatchJobManagerTask",
            "JobNetworkConfiguration": "BatchJobNetworkConfiguration",
            "JobPatchParameter": "BatchJobUpdateOptions",
            "JobPreparationAndReleaseTaskExecutionInformation": "BatchJobPreparationAndReleaseTaskStatus",
            "JobPreparationAndReleaseTaskExecutionInformationPaged": (
                f"{PAGER}: of BatchJobPreparationAndReleaseTaskStatus"
            ),
            "JobPreparationTask": "BatchJobPreparationTask",
            "JobPreparationTaskExecutionInformation": "BatchJobPreparationTaskExecutionInfo",
            "JobPreparationTaskState": "BatchJobPreparationTaskState",
            "JobReleaseTask": "BatchJobReleaseTask",
            "JobReleaseTaskExecutionInformation": "BatchJobReleaseTaskExecutionInfo",
            "JobReleaseTaskState": "BatchJobReleaseTaskState",
            "JobSchedulingError": "BatchJobSchedulingError",
            "JobSpecification": "BatchJobSpecification",
            "JobState": "BatchJobState",
            "JobStatistics": "BatchJobStatistics",
            "JobTerminateParameter": "BatchJobTerminateOptions",
            "JobUpdateParameter": "BatchJob: replace_job takes the job itself",
            "OnAllTasksComplete": "BatchAllTasksCompleteMode",
            "OnTaskFailure": "BatchTaskFailureMode",
            ".terminate_reason": "termination_reason",
        },
        BOTH: {
            ".authentication_token_settings": NO_TASK_TOKENS,
            ".e_tag": "etag",
            ".on_all_tasks_complete": "all_tasks_complete_mode",
            ".on_task_failure": "task_failure_mode",
            "BatchJob.stats": "job_statistics",
        },
        BETA: {
            "delete_job": "begin_delete_job",
            "disable_job": "begin_disable_job",
            "enable_job": "begin_enable_job",
            "terminate_job": "begin_terminate_job: the reason is a field of BatchJobTerminateOptions",
            "BatchJobAction": "BatchJobActionKind",
            "BatchJobCreateContent": "BatchJobCreateOptions",
            "BatchJobDisableContent": "BatchJobDisableOptions",
            "BatchJobListResult": f"{PAGER}: of BatchJob",
            "BatchJobPreparationAndReleaseTaskStatusListResult": f"{PAGER}: of BatchJobPreparationAndReleaseTaskStatus",
            "BatchJobTerminateContent": "BatchJobTerminateOptions",
            "BatchJobUpdateContent": "BatchJobUpdateOptions",
            "OnAllBatchTasksComplete": "BatchAllTasksCompleteMode",
            "OnBatchTaskFailure": "BatchTaskFailureMode",
            "BatchJobNetworkConfiguration.skip_withdraw_from_v_net": "skip_withdraw_from_vnet",
        },
    },
    "Job schedules": {
        V14: {
            "job.list_from_job_schedule": "list_jobs_from_schedule",
            "job_schedule.add": "create_job_schedule",
            "job_schedule.delete": "begin_delete_job_schedule",
            "job_schedule.disable": "disable_job_schedule",
            "job_schedule.enable": "enable_job_schedule",
            "job_schedule.exists": "job_schedule_exists",
            "job_schedule.get": "get_job_schedule",
            "job_schedule.list": "list_job_schedules",
            "job_schedule.patch": "update_job_schedule",
            "job_schedule.terminate": "begin_terminate_job_schedule",
            "job_schedule.update": "replace_job_schedule: takes a whole BatchJobSchedule",
            "CloudJobSchedule": "BatchJobSchedule",
            "CloudJobSchedulePaged": f"{PAGER}: of BatchJobSchedule",
            "JobScheduleAddParameter": "BatchJobScheduleCreateOptions",
            "JobScheduleExecutionInformation": "BatchJobScheduleExecutionInfo",
            "JobSchedulePatchParameter": "BatchJobScheduleUpdateOptions",
            "JobScheduleState": "BatchJobScheduleState",
            "JobScheduleStatistics": "BatchJobScheduleStatistics",
            "JobScheduleUpdateParameter": "BatchJobSchedule: replace_job_schedule takes the job schedule itself",
            "RecentJob": "RecentBatchJob",
            "Schedule": "BatchJobScheduleConfiguration",
        },
        BOTH: {
            "BatchJobSchedule.stats": "job_schedule_statistics",
        },
        BETA: {
            "delete_job_schedule": "begin_delete_job_schedule",
            "terminate_job_schedule": "begin_terminate_job_schedule",
            "BatchJobScheduleCreateContent": "BatchJobScheduleCreateOptions",
            "BatchJobScheduleListResult": f"{PAGER}: of BatchJobSchedule",
            "BatchJobScheduleUpdateContent": "BatchJobScheduleUpdateOptions",
        },
    },
    "Tasks": {
        V14: {
            "task.add": "create_task",
            "task.add_collection": "create_tasks: any number of tasks; create_task_collection sends one request",
            "task.delete": "delete_task",
            "task.get": "get_task",
            "task.list": "list_tasks",
            "task.list_subtasks": "list_subtasks",
            "task.reactivate": "reactivate_task",
            "task.terminate": "terminate_task",
            "task.update": "replace_task: takes a whole BatchTask",
            "AffinityInformation": "BatchAffinityInfo",
            "CloudTask": "BatchTask",
            "CloudTaskListSubtasksResult": f"{PAGER}: of BatchSubtask",
            "CloudTaskPaged": f"{PAGER}: of BatchTask",
            "SubtaskInformation": "BatchSubtask",
            "SubtaskState": "BatchSubtaskState",
            "TaskAddCollectionParameter": "BatchTaskGroup",
            "TaskAddCollectionResult": "BatchCreateTaskCollectionResult",
            "TaskAddParameter": "BatchTaskCreateOptions",
            "TaskAddResult": "BatchTaskCreateResult",
            "TaskAddStatus": "BatchTaskAddStatus",
            "TaskConstraints": "BatchTaskConstraints",
            "TaskContainerExecutionInformation": "BatchTaskContainerExecutionInfo",
            "TaskContainerSettings": "BatchTaskContainerSettings",
            "TaskCounts": "BatchTaskCounts",
            "TaskCountsResult": "BatchTaskCountsResult",
            "TaskDependencies": "BatchTaskDependencies",
            "TaskExecutionInformation": "BatchTaskExecutionInfo",
            "TaskExecutionResult": "BatchTaskExecutionResult",
            "TaskFailureInformation": "BatchTaskFailureInfo",
            "TaskIdRange": "BatchTaskIdRange",
            "TaskInformation": "BatchTaskInfo",
            "TaskSchedulingPolicy": "BatchTaskSchedulingPolicy",
            "TaskSlotCounts": "BatchTaskSlotCounts",
            "TaskState": "BatchTaskState",
            "TaskStatistics": "BatchTaskStatistics",
            "TaskUpdateParameter": "BatchTask: replace_task takes the task itself",
        },
        BOTH: {
            "AccessScope": NO_TASK_TOKENS,
            "AuthenticationTokenSettings": NO_TASK_TOKENS,
            ".num_failed_tasks": "failed_tasks_count",
            ".num_succeeded_tasks": "succeeded_tasks_count",
            ".num_task_retries": "task_retries_count",
            ".read_io_gi_b": "read_io_gib",
            ".write_io_gi_b": "write_io_gib",
            "BatchCreateTaskCollectionResult.value": "result_values",
            "BatchTask.stats": "task_statistics",
            "BatchTaskGroup.value": "task_values",
        },
        BETA: {
            "list_sub_tasks": "list_subtasks",
            "AffinityInfo": "BatchAffinityInfo",
            "BatchAccessScope": NO_TASK_TOKENS,
            "BatchTaskAddCollectionResult": "BatchCreateTaskCollectionResult",
            "BatchTaskAddResult": "BatchTaskCreateResult",
            "BatchTaskCreateContent": "BatchTaskCreateOptions",
            "BatchTaskListResult": f"{PAGER}: of BatchTask",
            "BatchTaskListSubtasksResult": f"{PAGER}: of BatchSubtask",
            ".read_i_o_gi_b": "read_io_gib",
            ".read_i_ops": "read_iops",
            ".write_i_o_gi_b": "write_io_gib",
            ".write_i_ops": "write_iops",
            "BatchCreateTaskCollectionResult.values_property": "result_values",
            "BatchTaskGroup.values_property": "task_values",
        },
    },
    "Files": {
        V14: {
            "file.delete_from_compute_node": "delete_node_file",
            "file.delete_from_task": "delete_task_file",
            "file.get_from_compute_node": "download_node_file: gives an iterator of bytes",
            "file.get_from_task": "download_task_file: gives an iterator of bytes",
            "file.get_properties_from_compute_node": "get_node_file_properties",
            "file.get_properties_from_task": "get_task_file_properties",
            "file.list_from_compute_node": "list_node_files",
            "file.list_from_task": "list_task_files",
            "NodeFile": "BatchNodeFile",
            "NodeFilePaged": f"{PAGER}: of BatchNodeFile",
            "OutputFileUploadOptions": "OutputFileUploadConfiguration",
            "UploadBatchServiceLogsConfiguration": "UploadBatchServiceLogsOptions",
        },
        BOTH: {
            "HttpHeader": "OutputFileUploadHeader",
        },
        BETA: {
            "get_node_file": "download_node_file",
            "get_task_file": "download_task_file",
            "BatchNodeFileListResult": f"{PAGER}: of BatchNodeFile",
            "OutputFileUploadConfig": "OutputFileUploadConfiguration",
            "UploadBatchServiceLogsContent": "UploadBatchServiceLogsOptions",
        },
    },
    "Applications and images": {
        V14: {
            "account.list_supported_images": "list_supported_images",
            "application.get": "get_application",
            "application.list": "list_applications",
            "ApplicationPackageReference": "BatchApplicationPackageReference",
            "ApplicationSummary": "BatchApplication",
            "ApplicationSummaryPaged": f"{PAGER}: of BatchApplication",
            "ImageInformation": "BatchSupportedImage",
            "ImageInformationPaged": f"{PAGER}: of BatchSupportedImage",
        },
        BETA: {
            "BatchAccountListSupportedImagesResult": f"{PAGER}: of BatchSupportedImage",
            "BatchApplicationListResult": f"{PAGER}: of BatchApplication",
        },
    },
    "Machines, identities and containers": {
        V14: {
            "AutomaticOSUpgradePolicy": "AutomaticOsUpgradePolicy",
            "CIFSMountConfiguration": "CifsMountConfiguration",
            "ContainerRegistry": "ContainerRegistryReference",
            "NFSMountConfiguration": "NfsMountConfiguration",
            "VerificationType": "ImageVerificationType",
            ".user_name": "username",
            "DataDisk.lun": "logical_unit_number",
        },
        BOTH: {
            "ContainerConfiguration": "BatchContainerConfiguration",
            "DiffDiskSettings": "BatchDiffDiskSettings",
            "ImageReference": "BatchVmImageReference",
            "OSDisk": "BatchOsDisk",
            "UefiSettings": "BatchUefiSettings",
            "UserAssignedIdentity": "BatchUserAssignedIdentity",
            "BatchUefiSettings.v_tpm_enabled": "vtpm_enabled",
            "DataDisk.storage_account_type": "managed_disk.storage_account_type",
        },
        BETA: {
            "VMDiskSecurityProfile": "BatchVmDiskSecurityProfile",
            "BatchOsDisk.disk_size_g_b": "disk_size_gb",
            "BatchOsDisk.ephemeral_o_s_disk_settings": "ephemeral_os_disk_settings",
            "InboundEndpoint.public_f_q_d_n": "public_fqdn",
            "NetworkConfiguration.dynamic_v_net_assignment_scope": "dynamic_vnet_assignment_scope",
            "StorageAccountType.PREMIUM_L_R_S": "PREMIUM_LRS",
            "StorageAccountType.STANDARD_L_R_S": "STANDARD_LRS",
            "StorageAccountType.STANDARD_S_S_D_L_R_S": "STANDARD_SSDLRS",
        },
    },
    "Certificates": {
        V14: {
            "certificate": NO_CERTIFICATES,
            "certificate.add": NO_CERTIFICATES,
            "certificate.cancel_deletion": NO_CERTIFICATES,
            "certificate.delete": NO_CERTIFICATES,
            "certificate.get": NO_CERTIFICATES,
            "certificate.list": NO_CERTIFICATES,
            "Certificate": NO_CERTIFICATES,
            "CertificateAddParameter": NO_CERTIFICATES,
            "CertificateFormat": NO_CERTIFICATES,
            "CertificatePaged": NO_CERTIFICATES,
            "CertificateReference": NO_CERTIFICATES,
            "CertificateState": NO_CERTIFICATES,
            "CertificateStoreLocation": NO_CERTIFICATES,
            "CertificateVisibility": NO_CERTIFICATES,
            "DeleteCertificateError": NO_CERTIFICATES,
        },
        BETA: {
            "begin_delete_certificate": NO_CERTIFICATES,
            "cancel_certificate_deletion": NO_CERTIFICATES,
            "create_certificate": NO_CERTIFICATES,
            "delete_certificate": NO_CERTIFICATES,
            "get_certificate": NO_CERTIFICATES,
            "list_certificates": NO_CERTIFICATES,
            "BatchCertificate": NO_CERTIFICATES,
            "BatchCertificateDeleteError": NO_CERTIFICATES,
            "BatchCertificateFormat": NO_CERTIFICATES,
            "BatchCertificateReference": NO_CERTIFICATES,
            "BatchCertificateState": NO_CERTIFICATES,
            "BatchCertificateStoreLocation": NO_CERTIFICATES,
            "BatchCertificateVisibility": NO_CERTIFICATES,
            "DeleteBatchCertificateError": NO_CERTIFICATES,
            "GetCertificateResponse": NO_CERTIFICATES,
        },
    },
    "Keywords": {
        V14: {
            "batch_url=": "endpoint=",
            "callback=": ": a download is an iterator, to be read piece by piece",
            "client_request_id=": "request_id=",
            "credentials=": "credential=",
            "custom_headers=": "headers=",
            "disable_tasks=": ": a field of BatchJobDisableOptions",
            "if_match=": "etag=: with match_condition=MatchConditions.IfNotModified",
            "if_none_match=": "etag=: with match_condition=MatchConditions.IfModified",
            "raw=": "cls=: a function that is given the response, the result and the headers",
            "return_client_request_id=": 'headers=: {"return-client-request-id": "true"}',
            "terminate_reason=": ": the field termination_reason of BatchJobTerminateOptions",
            "threads=": "max_concurrency=",
        },
        BOTH: {
            "auto_scale_evaluation_interval=": ": a field of BatchPoolEnableAutoScaleOptions",
            "auto_scale_formula=": ": a field of BatchPoolEnableAutoScaleOptions and BatchPoolEvaluateAutoScaleOptions",
            "timeout=": "service_timeout=: what is called timeout today limits the whole call, retries included",
        },
        BETA: {
            "concurrencies=": "max_concurrency=",
            "content=": ": the options are the last positional argument",
            "endtime=": "end_time=",
            "maxresults=": "max_results=",
            "ocpdate=": "ocp_date=",
            "parameters=": ": the options are the last positional argument",
            "reason=": ": the field termination_reason of BatchJobTerminateOptions",
            "starttime=": "start_time=",
            "time_out_in_seconds=": "service_timeout=",
        },
    },
}
"""Areas, then the versions that had the names."""


class Earlier(NamedTuple):
    """One name of an earlier version."""

    area: str
    versions: str
    old: str
    today: str
    """Empty if there is none."""
    remark: str

    @property
    def kind(self) -> str:
        """What the name named: ``path``, ``keyword``, ``field``, ``model`` or ``client`` (an attribute of it)."""
        if self.old.startswith("azure."):
            return "path"
        if self.old.endswith("="):
            return "keyword"
        if self.old.startswith(".") or (self.old[0].isupper() and "." in self.old):
            return "field"
        return "model" if self.old[0].isupper() else "client"

    @property
    def old_text(self) -> str:
        """The name as a reader knows it."""
        return f"client.{self.old}" if self.kind == "client" else self.old

    @property
    def today_text(self) -> str:
        """Today's name as a reader can use it; empty if there is none."""
        if not self.today or self.kind in ("path", "keyword") or self.today.startswith("azure."):
            return self.today
        if self.kind == "field":
            return f"{self.old.rpartition('.')[0]}.{self.today}"
        return f"client.{self.today}" if self.kind == "client" else f"azure.batch.models.{self.today}"

    def options(self) -> Optional[Earlier]:
        """The class that version 14 had beside an operation, with the query and the headers as its fields."""
        if self.kind != "client" or "." not in self.old:
            return None
        name = _camel(self.old.replace(".", "_")) + "Options"
        remark = f"its fields are keywords of {self.today_text}" if self.today else self.remark
        return self._replace(old=name, today="", remark=remark)

    def __str__(self) -> str:
        return f"{self.old_text} is now {self.today_text}" if self.today else f"{self.old_text} has no successor"


@cache
def names() -> dict[str, Earlier]:
    """Every name by itself, those that follow from others included."""
    found: dict[str, Earlier] = {}
    for area, by_versions in TABLE.items():
        for versions, pairs in by_versions.items():
            for old, text in pairs.items():
                today, _, remark = text.partition(": ")
                found[old] = row = Earlier(area, versions, old, today, remark)
                options = row.options()
                if options:
                    found[options.old] = options
    return found


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def explain(*candidates: str) -> str:
    """What to add to an error about a missing name; empty if no earlier version had it.

    :param candidates: The name as the table may have it, the most special first.
    """
    known = names()
    for name in candidates:
        row = known.get(name) or known.get(_camel(name[:-1]) if name.endswith("_options=") else name)
        if row:
            return _told(row)
        below = [one for one in known.values() if one.old.startswith(f"{name}.") and one.kind in ("client", "path")]
        if below:
            return f": azure-batch {below[0].versions} had it; " + ", ".join(map(str, below))
    return ""


def explain_field(kind: str, name: str, fields: Container[str]) -> str:
    """What to add to an error about a missing field of a class; empty if no earlier version had it.

    :param fields: Those that the class has: of what was renamed in every class, it has only some.
    """
    known = names()
    row = known.get(f"{kind}.{name}") or known.get(f".{name}")
    return _told(row) if row and (not row.today or row.today.partition(".")[0] in fields) else ""


def _told(row: Earlier) -> str:
    return f": azure-batch {row.versions} had it; {row}" + (f" ({row.remark})" if row.remark else "")
