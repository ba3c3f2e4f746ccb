"""Models of jobs and the tasks that prepare and release their nodes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional, Union

from .._codecs import BOOL, DATETIME, DURATION, FLOAT, INT, INT_TEXT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from ._common import (
    BatchApplicationPackageReference,
    BatchMetadataItem,
    BatchTaskContainerExecutionInfo,
    BatchTaskContainerSettings,
    BatchTaskFailureInfo,
    EnvironmentSetting,
    NameValuePair,
    OutputFile,
    ResourceFile,
    UserIdentity,
)
from ._enums import (
    BatchAllTasksCompleteMode,
    BatchErrorSourceCategory,
    BatchJobPreparationTaskState,
    BatchJobReleaseTaskState,
    BatchJobState,
    BatchPoolLifetimeOption,
    BatchTaskExecutionResult,
    BatchTaskFailureMode,
    DisableBatchJobOption,
)
from ._pools import BatchPoolSpecification
from ._tasks import BatchTaskConstraints

__all__ = [
    "BatchAutoPoolSpecification",
    "BatchJob",
    "BatchJobConstraints",
    "BatchJobCreateOptions",
    "BatchJobDisableOptions",
    "BatchJobExecutionInfo",
    "BatchJobManagerTask",
    "BatchJobNetworkConfiguration",
    "BatchJobPreparationAndReleaseTaskStatus",
    "BatchJobPreparationTask",
    "BatchJobPreparationTaskExecutionInfo",
    "BatchJobReleaseTask",
    "BatchJobReleaseTaskExecutionInfo",
    "BatchJobSchedulingError",
    "BatchJobStatistics",
    "BatchJobTerminateOptions",
    "BatchJobUpdateOptions",
    "BatchPoolInfo",
]


class BatchAutoPoolSpecification(Model):
    """A pool that the service makes for a job or a schedule and removes afterwards.

    See https://learn.microsoft.com/azure/batch/nodes-and-pools#autopools.
    """

    auto_pool_id_prefix: Optional[str] = field("autoPoolIdPrefix", STR, default=None)
    """Up to 20 characters put before the generated id, to recognise the pool by. The id itself is in
    ``BatchJobExecutionInfo.pool_id``.
    """
    pool_lifetime_option: Union[str, BatchPoolLifetimeOption] = field(
        "poolLifetimeOption", enum_codec(BatchPoolLifetimeOption)
    )
    """``JOB``: each job has its own pool. ``JOB_SCHEDULE``: all jobs of the schedule share one; a job without a
    schedule is refused with it.
    """
    keep_alive: Optional[bool] = field("keepAlive", BOOL, default=None)
    """Keeps the pool, and its costs, when the job or schedule is done; you have to delete it yourself. Off when left
    out.
    """
    pool: Optional[BatchPoolSpecification] = field("pool", nested(BatchPoolSpecification), default=None)
    """What the pool looks like: size, image, start task. Optional by its type only, as nothing can be made without it.
    """


class BatchPoolInfo(Model):
    """Where the tasks of a job run: exactly one of the two fields is set."""

    pool_id: Optional[str] = field("poolId", STR, default=None)
    """An existing pool. It may also be created after the job: tasks then wait for it."""
    auto_pool_specification: Optional[BatchAutoPoolSpecification] = field(
        "autoPoolSpecification", nested(BatchAutoPoolSpecification), default=None
    )
    """A pool made for the job, at the risk that making it fails or takes minutes."""


class BatchJobConstraints(Model):
    """Limits of a job.

    They are set as a whole: an update that gives one limit puts the other back to its default.
    """

    max_wall_clock_time: Optional[timedelta] = field("maxWallClockTime", DURATION, default=None)
    """Time from the creation of the job until the service terminates it, running tasks included, with the reason
    ``MaxWallClockTimeExpiry``. No limit when left out.
    """
    max_task_retry_count: Optional[int] = field("maxTaskRetryCount", INT, default=None)
    """How often each task is tried again after a non-zero exit code, unless its own constraints say otherwise. 0, the
    default: never; -1: without end.
    """


class BatchJobNetworkConfiguration(Model):
    """A virtual network that nodes join to run tasks of the job.

    Works on pools whose ``dynamic_vnet_assignment_scope`` is ``JOB``.
    """

    subnet_id: str = field("subnetId", STR)
    """Azure resource id of the subnet, in the region and subscription of the Batch account, with a free address for
    each node that runs tasks of the job.
    """
    skip_withdraw_from_vnet: Optional[bool] = field("skipWithdrawFromVNet", BOOL, default=None)
    """Whether nodes stay in the network once the job has ended. Left out: they leave it."""


class BatchJobManagerTask(Model):
    """A task that starts with the job, usually to add the other tasks and watch over them.

    It is an ordinary task in lists and counts, but goes first, and is the last to be stopped when nodes are removed.
    When it is retried, tasks it added stay. See
    https://learn.microsoft.com/azure/batch/jobs-and-tasks#job-manager-task.
    """

    id: str = field("id", STR)
    """1 to 64 letters, digits, ``-`` and ``_``, unlike the id of any other task of the job."""
    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people, at most 1,024 characters."""
    command_line: str = field("commandLine", STR)
    """Program and arguments; no shell is involved unless the command calls one."""
    container_settings: Optional[BatchTaskContainerSettings] = field(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """Image to run in. Needed if the pool runs containers, refused if it does not."""
    resource_files: Optional[list[ResourceFile]] = field("resourceFiles", array(nested(ResourceFile)), default=None)
    """Downloaded to its working directory before it starts. Too many make the request too large: then zip them or use
    an application package.
    """
    output_files: Optional[list[OutputFile]] = field("outputFiles", array(nested(OutputFile)), default=None)
    """Files to upload when it has ended, before it counts as completed."""
    environment_settings: Optional[list[EnvironmentSetting]] = field(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables in addition to the job's common ones, which they override."""
    constraints: Optional[BatchTaskConstraints] = field("constraints", nested(BatchTaskConstraints), default=None)
    """Limits of this task alone. Left out: no time limit, files kept for seven days, retries as the job says."""
    required_slots: Optional[int] = field("requiredSlots", INT, default=None)
    """Task slots that it takes on its node, 1 when left out."""
    kill_job_on_completion: Optional[bool] = field("killJobOnCompletion", BOOL, default=None)
    """Whether the job ends when this task does, with success or not; tasks that still run are then stopped. On when
    left out, so turn it off if it only adds tasks; the job then needs another way to end.
    """
    user_identity: Optional[UserIdentity] = field("userIdentity", nested(UserIdentity), default=None)
    """Account to run under. Left out: an auto-user without administrator rights."""
    run_exclusive: Optional[bool] = field("runExclusive", BOOL, default=None)
    """Whether it has its node to itself, as far as tasks of any job go. On when left out."""
    application_package_references: Optional[list[BatchApplicationPackageReference]] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Packages put on the node for this task, if it does not have them. One that is missing fails the task when it
    starts, not when the job is created.
    """
    allow_low_priority_node: Optional[bool] = field("allowLowPriorityNode", BOOL, default=None)
    """Whether it may run on a Spot node, where it can be interrupted. Allowed when left out."""


class BatchJobPreparationTask(Model):
    """A command that runs once on each node before the first task of the job starts there.

    Nodes that never get a task of the job do not run it. It may run more than once on a node, so let it cope with what
    an earlier run left. See https://learn.microsoft.com/azure/batch/batch-job-prep-release.
    """

    id: Optional[str] = field("id", STR, default=None)
    """``jobpreparation`` when left out. No other task of the job can have this id: it is refused with
    ``TaskIdSameAsJobPreparationTask``.
    """
    command_line: str = field("commandLine", STR)
    """Program and arguments, without a shell around them."""
    container_settings: Optional[BatchTaskContainerSettings] = field(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """Image to run in, if it is to run in a container; on pools without containers leave it out."""
    resource_files: Optional[list[ResourceFile]] = field("resourceFiles", array(nested(ResourceFile)), default=None)
    """Downloaded first, to its own working directory; the tasks find that in ``AZ_BATCH_JOB_PREP_WORKING_DIR``."""
    environment_settings: Optional[list[EnvironmentSetting]] = field(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for this command; they override common ones of the job."""
    constraints: Optional[BatchTaskConstraints] = field("constraints", nested(BatchTaskConstraints), default=None)
    """Limits of each run. Left out: no time limit, no retries, files kept for seven days."""
    wait_for_success: Optional[bool] = field("waitForSuccess", BOOL, default=None)
    """Whether tasks wait for its success. Left out, they do, and after a failure this node gets no more tasks of the
    job until it is reimaged (the tasks go elsewhere); ``False``: tasks start whatever becomes of it.
    """
    user_identity: Optional[UserIdentity] = field("userIdentity", nested(UserIdentity), default=None)
    """Account to run under. Left out: an auto-user without administrator rights."""
    rerun_on_node_reboot_after_success: Optional[bool] = field("rerunOnNodeRebootAfterSuccess", BOOL, default=None)
    """Whether it runs once more after the node restarted; on when left out. It does in any case after reimaging, or if
    it had not finished.
    """


class BatchJobReleaseTask(Model):
    """A command that cleans up after a job: it runs on each node that ran the job's preparation task.

    Only possible beside a preparation task. The job stays ``TERMINATING`` until it has ended on every node; retries do
    not exist. See https://learn.microsoft.com/azure/batch/batch-job-prep-release.
    """

    id: Optional[str] = field("id", STR, default=None)
    """``jobrelease`` when left out; not to be taken by another task of the job."""
    command_line: str = field("commandLine", STR)
    """Program and arguments, without a shell around them. Its task takes no slot on the node."""
    container_settings: Optional[BatchTaskContainerSettings] = field(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """Runs it in a container; it can clean up only what is mounted there, by default all Batch directories of the node.
    """
    resource_files: Optional[list[ResourceFile]] = field("resourceFiles", array(nested(ResourceFile)), default=None)
    """Downloaded to its working directory before it starts."""
    environment_settings: Optional[list[EnvironmentSetting]] = field(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for this command alone, above the common ones."""
    max_wall_clock_time: Optional[timedelta] = field("maxWallClockTime", DURATION, default=None)
    """Time after which it is ended: 15 minutes, which is both the default and the most that is accepted."""
    retention_time: Optional[timedelta] = field("retentionTime", DURATION, default=None)
    """How long its files stay on the node after it has ended. Seven days when left out; removing the node ends it."""
    user_identity: Optional[UserIdentity] = field("userIdentity", nested(UserIdentity), default=None)
    """Account to run under; to delete files of tasks it may need the same account or administrator rights. Left out: an
    auto-user without them.
    """


class BatchJobSchedulingError(Model):
    """Why a job could not be given its auto pool; the job is completed then."""

    category: Union[str, BatchErrorSourceCategory] = field("category", enum_codec(BatchErrorSourceCategory))
    """Whose fault it is: the request's or the service's. The latter can be worth another try."""
    code: Optional[str] = field("code", STR, default=None)
    """Machine-readable reason, such as ``AutoPoolCreationFailedWithQuotaReached`` or ``InvalidAutoPoolSettings``."""
    message: Optional[str] = field("message", STR, default=None)
    """The reason in words."""
    details: Optional[list[NameValuePair]] = field("details", array(nested(NameValuePair)), default=None)
    """Particulars as names and values."""


class BatchJobExecutionInfo(Model):
    """When and where a job ran, and why it ended."""

    start_time: datetime = field("startTime", DATETIME)
    """When the job started, which is its creation; tasks may have had to wait longer."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When the job was completed. Absent before."""
    pool_id: Optional[str] = field("poolId", STR, default=None)
    """The pool that tasks really run on; for an auto pool the only place to learn its id."""
    scheduling_error: Optional[BatchJobSchedulingError] = field(
        "schedulingError", nested(BatchJobSchedulingError), default=None
    )
    """Why no auto pool could be made. Absent if nothing went wrong."""
    termination_reason: Optional[str] = field("terminateReason", STR, default=None)
    """Why the job ended: ``JMComplete``, ``MaxWallClockTimeExpiry``, ``TerminateJobSchedule``, ``AllTasksComplete``,
    ``TaskFailed``, ``UserTerminate``, or any text given with ``begin_terminate_job``. Absent before the end.
    """


class BatchJobStatistics(Model):
    """Lifetime figures of a job over all its tasks; they are gone with the job.

    The service adds them up about every half hour. For numbers of this moment see ``get_job_task_counts``.
    """

    url: str = field("url", STR)
    """Address of these statistics."""
    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time that is counted."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """How far the figures reach."""
    user_cpu_time: timedelta = field("userCPUTime", DURATION)
    """Processor time of the tasks' own code, over all cores."""
    kernel_cpu_time: timedelta = field("kernelCPUTime", DURATION)
    """Processor time that the operating system spent for the tasks, over all cores."""
    wall_clock_time: timedelta = field("wallClockTime", DURATION)
    """Elapsed time from start to end of each run, retries included, added up over the tasks."""
    read_iops: int = field("readIOps", INT_TEXT)
    """Number of reads from disk, a total and not a rate."""
    write_iops: int = field("writeIOps", INT_TEXT)
    """Number of writes to disk, likewise a total."""
    read_io_gib: float = field("readIOGiB", FLOAT)
    """Data read from disk, in GiB."""
    write_io_gib: float = field("writeIOGiB", FLOAT)
    """Data written to disk, in GiB."""
    succeeded_tasks_count: int = field("numSucceededTasks", INT_TEXT)
    """Tasks that ended with success."""
    failed_tasks_count: int = field("numFailedTasks", INT_TEXT)
    """Tasks that failed for good, with no retries left."""
    task_retries_count: int = field("numTaskRetries", INT_TEXT)
    """Retries over all tasks."""
    wait_time: timedelta = field("waitTime", DURATION)
    """Time from creation to the latest start, added up over the tasks."""


class BatchJob(Model):
    """A job as the service reports it, and the body of ``replace_job``.

    Fields that only the service sets are not sent back. So a job that was read, changed and passed to ``replace_job``
    replaces priority, preemption, parallel tasks, constraints, pool, ``all_tasks_complete_mode`` and metadata, and what
    is ``None`` of these goes back to its default.
    """

    id: str = read_only("id", STR)
    """Unique in the account, among jobs and schedules, whatever the case. Jobs of a schedule are called ``{schedule
    id}:job-{number}``.
    """
    display_name: Optional[str] = read_only("displayName", STR, default=None)
    """Name for people. Absent if none was given."""
    uses_task_dependencies: Optional[bool] = read_only("usesTaskDependencies", BOOL, default=None)
    """Whether tasks may depend on each other; decided at creation."""
    url: str = read_only("url", STR)
    """Address of the job at the service."""
    etag: str = read_only("eTag", STR)
    """Opaque version of the job for conditional requests. Adding or finishing tasks does not change it."""
    last_modified: datetime = read_only("lastModified", DATETIME)
    """When state or settings of the job last changed; its tasks do not count."""
    creation_time: datetime = read_only("creationTime", DATETIME)
    """When the job was created."""
    state: Union[str, BatchJobState] = read_only("state", enum_codec(BatchJobState))
    """Where the job is in its life. Tasks start only while it is ``ACTIVE``; ``COMPLETED`` is final."""
    state_transition_time: datetime = read_only("stateTransitionTime", DATETIME)
    """When the job got its present ``state``."""
    previous_state: Optional[Union[str, BatchJobState]] = read_only(
        "previousState", enum_codec(BatchJobState), default=None
    )
    """The state before this one. Absent in the first one."""
    previous_state_transition_time: Optional[datetime] = read_only(
        "previousStateTransitionTime", DATETIME, default=None
    )
    """When the job got into ``previous_state``. Absent in the first state."""
    priority: Optional[int] = field("priority", INT, default=None)
    """Rank among the jobs of a pool, -1000 to 1000, highest first. A replacement without it sets 0."""
    allow_task_preemption: Optional[bool] = field("allowTaskPreemption", BOOL, default=None)
    """Whether running tasks may give way to jobs of higher priority. A replacement without it sets ``False``."""
    max_parallel_tasks: Optional[int] = field("maxParallelTasks", INT, default=None)
    """How many tasks of the job may run together; -1 is no limit, and what a replacement without it sets."""
    constraints: Optional[BatchJobConstraints] = field("constraints", nested(BatchJobConstraints), default=None)
    """Time limit and retries; ``None`` in a replacement removes both limits."""
    job_manager_task: Optional[BatchJobManagerTask] = read_only(
        "jobManagerTask", nested(BatchJobManagerTask), default=None
    )
    """The task that the job started with, if it has one."""
    job_preparation_task: Optional[BatchJobPreparationTask] = read_only(
        "jobPreparationTask", nested(BatchJobPreparationTask), default=None
    )
    """What nodes run before the job's tasks, if anything."""
    job_release_task: Optional[BatchJobReleaseTask] = read_only(
        "jobReleaseTask", nested(BatchJobReleaseTask), default=None
    )
    """What nodes run after the job, if anything."""
    common_environment_settings: Optional[list[EnvironmentSetting]] = read_only(
        "commonEnvironmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for all tasks of the job, fixed at its creation."""
    pool_info: BatchPoolInfo = field("poolInfo", nested(BatchPoolInfo))
    """The pool. It can be replaced with another one only while the job is ``DISABLED``; of an auto pool only
    ``keep_alive`` can change.
    """
    all_tasks_complete_mode: Optional[Union[str, BatchAllTasksCompleteMode]] = field(
        "onAllTasksComplete", enum_codec(BatchAllTasksCompleteMode), default=None
    )
    """Whether the job ends with its last task. Once it is ``TERMINATE_JOB`` there is no way back: that is refused with
    ``InvalidPropertyValue``.
    """
    task_failure_mode: Optional[Union[str, BatchTaskFailureMode]] = read_only(
        "onTaskFailure", enum_codec(BatchTaskFailureMode), default=None
    )
    """Whether the exit conditions of failed tasks act on the job; decided at creation."""
    network_configuration: Optional[BatchJobNetworkConfiguration] = read_only(
        "networkConfiguration", nested(BatchJobNetworkConfiguration), default=None
    )
    """The network that nodes join for the job, if any."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Your own names and values. A replacement without them removes all."""
    execution_info: Optional[BatchJobExecutionInfo] = read_only(
        "executionInfo", nested(BatchJobExecutionInfo), default=None
    )
    """Pool, start, end and reason of the end."""
    job_statistics: Optional[BatchJobStatistics] = read_only("stats", nested(BatchJobStatistics), default=None)
    """Lifetime figures. Only with ``expand=["stats"]``, and absent while none have been added up."""


class BatchJobCreateOptions(Model):
    """A job to create; it is active at once and takes tasks.

    What concerns dependencies, failures, preparation, release and common variables can never be changed later.
    """

    id: str = field("id", STR)
    """1 to 64 letters, digits, ``-`` and ``_``. Jobs and schedules share their ids, and case does not tell two apart:
    the answer is ``JobExists`` or ``JobScheduleWithSameIdExists``.
    """
    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people: up to 1,024 characters, need not be unique."""
    uses_task_dependencies: Optional[bool] = field("usesTaskDependencies", BOOL, default=None)
    """Whether tasks can have ``depends_on``; off when left out, and tasks that have it are then refused. See
    https://learn.microsoft.com/azure/batch/batch-task-dependencies.
    """
    priority: Optional[int] = field("priority", INT, default=None)
    """-1000 (last) to 1000 (first), 0 when left out; compared with other jobs on the same pool. Tasks that run already
    are not interrupted for it, see ``allow_task_preemption``.
    """
    allow_task_preemption: Optional[bool] = field("allowTaskPreemption", BOOL, default=None)
    """Whether a job of higher priority can take the place of running tasks, which then go back to the queue. Off when
    left out.
    """
    max_parallel_tasks: Optional[int] = field("maxParallelTasks", INT, default=None)
    """How many tasks may run at the same time, over all nodes: more than 0, or -1, the default, for any number. Can be
    changed later.
    """
    constraints: Optional[BatchJobConstraints] = field("constraints", nested(BatchJobConstraints), default=None)
    """Time limit of the job, and retries of its tasks. Left out: no limit and no retries."""
    job_manager_task: Optional[BatchJobManagerTask] = field("jobManagerTask", nested(BatchJobManagerTask), default=None)
    """A task created together with the job. Left out: you add all tasks yourself."""
    job_preparation_task: Optional[BatchJobPreparationTask] = field(
        "jobPreparationTask", nested(BatchJobPreparationTask), default=None
    )
    """Prepares a node before it runs its first task of the job."""
    job_release_task: Optional[BatchJobReleaseTask] = field("jobReleaseTask", nested(BatchJobReleaseTask), default=None)
    """Cleans up on nodes when the job ends; refused without a preparation task."""
    common_environment_settings: Optional[list[EnvironmentSetting]] = field(
        "commonEnvironmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for all tasks: ordinary, manager, preparation and release. A task's own variable of the same name wins.
    """
    pool_info: BatchPoolInfo = field("poolInfo", nested(BatchPoolInfo))
    """An existing pool, or a description of one to be made for this job."""
    all_tasks_complete_mode: Optional[Union[str, BatchAllTasksCompleteMode]] = field(
        "onAllTasksComplete", enum_codec(BatchAllTasksCompleteMode), default=None
    )
    """``TERMINATE_JOB`` ends the job when no task is left to do, and a job without tasks ends at once: set it after
    adding them, or have a job manager. Left out: the job stays active, and in the quota, until it is terminated.
    """
    task_failure_mode: Optional[Union[str, BatchTaskFailureMode]] = field(
        "onTaskFailure", enum_codec(BatchTaskFailureMode), default=None
    )
    """``PERFORM_EXIT_OPTIONS_JOB_ACTION`` lets exit conditions of a failed task disable or end the job. Left out:
    ``NO_ACTION``; tasks with a ``job_action`` are then refused.
    """
    network_configuration: Optional[BatchJobNetworkConfiguration] = field(
        "networkConfiguration", nested(BatchJobNetworkConfiguration), default=None
    )
    """A network that nodes join while they run tasks of this job."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Your own names and values, kept for you and shown in answers."""


class BatchJobUpdateOptions(Model):
    """Settings of a job to change; those left out stay as they are.

    A job that is terminating or completed refuses changes.
    """

    priority: Optional[int] = field("priority", INT, default=None)
    """New priority, -1000 to 1000, for tasks that have yet to start."""
    allow_task_preemption: Optional[bool] = field("allowTaskPreemption", BOOL, default=None)
    """Allows or forbids that running tasks give way."""
    max_parallel_tasks: Optional[int] = field("maxParallelTasks", INT, default=None)
    """New limit of tasks running together, -1 for none."""
    constraints: Optional[BatchJobConstraints] = field("constraints", nested(BatchJobConstraints), default=None)
    """New limits, as a whole: one that is not in here goes back to its default."""
    pool_info: Optional[BatchPoolInfo] = field("poolInfo", nested(BatchPoolInfo), default=None)
    """Another pool for the job, which must be ``DISABLED``; or an auto pool with a changed ``keep_alive``, if its
    lifetime is that of the job.
    """
    all_tasks_complete_mode: Optional[Union[str, BatchAllTasksCompleteMode]] = field(
        "onAllTasksComplete", enum_codec(BatchAllTasksCompleteMode), default=None
    )
    """``TERMINATE_JOB`` to have the job end after its last task: the usual call once all tasks are added. It cannot be
    taken back.
    """
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """New names and values in place of all present ones."""
    network_configuration: Optional[BatchJobNetworkConfiguration] = field(
        "networkConfiguration", nested(BatchJobNetworkConfiguration), default=None
    )
    """New network for nodes that run tasks of the job."""


class BatchJobDisableOptions(Model):
    """What to do with a job's running tasks while it is held; ``begin_enable_job`` lets it go on."""

    disable_tasks: Union[str, DisableBatchJobOption] = field("disableTasks", enum_codec(DisableBatchJobOption))
    """``REQUEUE`` stops them, to run again later; ``TERMINATE`` ends them as failed; ``WAIT`` lets them finish, and the
    job is ``DISABLING`` until they have.
    """


class BatchJobTerminateOptions(Model):
    """What to note down when a job is ended before its time."""

    termination_reason: Optional[str] = field("terminateReason", STR, default=None)
    """Text of your choice for ``BatchJobExecutionInfo.termination_reason``. Left out: ``UserTerminate``."""


class BatchJobPreparationTaskExecutionInfo(Model):
    """How a job preparation task fared on one node."""

    start_time: datetime = field("startTime", DATETIME)
    """When the latest run began; a retry or a restart of the node sets it anew."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When the task was completed. Absent while it runs."""
    state: Union[str, BatchJobPreparationTaskState] = field("state", enum_codec(BatchJobPreparationTaskState))
    """Running, also between retries, or completed, with success or not."""
    task_root_directory: Optional[str] = field("taskRootDirectory", STR, default=None)
    """Its directory on the node, relative to the node's root: what ``list_node_files`` shows it under."""
    task_root_directory_url: Optional[str] = field("taskRootDirectoryUrl", STR, default=None)
    """Address of that directory at the service."""
    exit_code: Optional[int] = field("exitCode", INT, default=None)
    """What the command ended with. Absent while it runs and if it could not be started."""
    container_info: Optional[BatchTaskContainerExecutionInfo] = field(
        "containerInfo", nested(BatchTaskContainerExecutionInfo), default=None
    )
    """The container it ran in. Absent if it ran without one."""
    failure_info: Optional[BatchTaskFailureInfo] = field("failureInfo", nested(BatchTaskFailureInfo), default=None)
    """What went wrong. Absent unless it failed."""
    retry_count: int = field("retryCount", INT)
    """Retries after a non-zero exit code; downloads that failed are not among them."""
    last_retry_time: Optional[datetime] = field("lastRetryTime", DATETIME, default=None)
    """When the latest retry began. Absent if there was none."""
    result: Optional[Union[str, BatchTaskExecutionResult]] = field(
        "result", enum_codec(BatchTaskExecutionResult), default=None
    )
    """Success or failure. Absent until the task is completed."""


class BatchJobReleaseTaskExecutionInfo(Model):
    """How a job release task fared on one node; it has no retries."""

    start_time: datetime = field("startTime", DATETIME)
    """When it began; set anew if the node restarted meanwhile and it ran again."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When it was completed. Absent while it runs."""
    state: Union[str, BatchJobReleaseTaskState] = field("state", enum_codec(BatchJobReleaseTaskState))
    """Running or completed; completed does not mean success."""
    task_root_directory: Optional[str] = field("taskRootDirectory", STR, default=None)
    """Its directory, relative to the root of the node."""
    task_root_directory_url: Optional[str] = field("taskRootDirectoryUrl", STR, default=None)
    """Address of its directory at the service."""
    exit_code: Optional[int] = field("exitCode", INT, default=None)
    """Absent while it runs, and for good if the command never started."""
    container_info: Optional[BatchTaskContainerExecutionInfo] = field(
        "containerInfo", nested(BatchTaskContainerExecutionInfo), default=None
    )
    """Its container. Absent outside containers."""
    failure_info: Optional[BatchTaskFailureInfo] = field("failureInfo", nested(BatchTaskFailureInfo), default=None)
    """What went wrong. Absent unless it failed; the job is completed nonetheless."""
    result: Optional[Union[str, BatchTaskExecutionResult]] = field(
        "result", enum_codec(BatchTaskExecutionResult), default=None
    )
    """Success or failure. Absent until it is completed."""


class BatchJobPreparationAndReleaseTaskStatus(Model):
    """What a job's preparation and release tasks did on one node.

    Asking a job without a preparation task fails with ``JobPreparationTaskNotSpecified``; nodes that did not run it are
    not listed.
    """

    pool_id: Optional[str] = field("poolId", STR, default=None)
    """Pool that the node belongs to."""
    node_id: Optional[str] = field("nodeId", STR, default=None)
    """The node that this is about."""
    node_url: Optional[str] = field("nodeUrl", STR, default=None)
    """Address of the node at the service."""
    job_preparation_task_execution_info: Optional[BatchJobPreparationTaskExecutionInfo] = field(
        "jobPreparationTaskExecutionInfo", nested(BatchJobPreparationTaskExecutionInfo), default=None
    )
    """The preparation task on this node."""
    job_release_task_execution_info: Optional[BatchJobReleaseTaskExecutionInfo] = field(
        "jobReleaseTaskExecutionInfo", nested(BatchJobReleaseTaskExecutionInfo), default=None
    )
    """The release task on this node. Absent until it ran there."""
