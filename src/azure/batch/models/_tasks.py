"""Models of tasks, how they are added, and how they ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional, Union

from .._codecs import DATETIME, DURATION, FLOAT, INT, INT_TEXT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from ._common import (
    BatchApplicationPackageReference,
    BatchError,
    BatchTaskContainerExecutionInfo,
    BatchTaskContainerSettings,
    BatchTaskFailureInfo,
    EnvironmentSetting,
    OutputFile,
    ResourceFile,
    UserIdentity,
)
from ._enums import (
    BatchJobActionKind,
    BatchSubtaskState,
    BatchTaskAddStatus,
    BatchTaskExecutionResult,
    BatchTaskState,
    DependencyAction,
)

__all__ = [
    "BatchAffinityInfo",
    "BatchCreateTaskCollectionResult",
    "BatchNodeInfo",
    "BatchSubtask",
    "BatchTask",
    "BatchTaskConstraints",
    "BatchTaskCounts",
    "BatchTaskCountsResult",
    "BatchTaskCreateOptions",
    "BatchTaskCreateResult",
    "BatchTaskDependencies",
    "BatchTaskExecutionInfo",
    "BatchTaskGroup",
    "BatchTaskIdRange",
    "BatchTaskInfo",
    "BatchTaskSlotCounts",
    "BatchTaskStatistics",
    "ExitCodeMapping",
    "ExitCodeRangeMapping",
    "ExitConditions",
    "ExitOptions",
    "MultiInstanceSettings",
]


class BatchAffinityInfo(Model):
    """A wish for the node that a task should run on.

    It is a hint, not a rule: if the node is full or gone, the task runs on another one.
    """

    affinity_id: str = field("affinityId", STR)
    """The ``affinity_id`` of a node, or of an earlier task to run where that one ran."""


class BatchNodeInfo(Model):
    """The node that a task runs on, or ran on last."""

    affinity_id: Optional[str] = field("affinityId", STR, default=None)
    """Can be given to later tasks, so that they run on the same node if possible."""
    node_url: Optional[str] = field("nodeUrl", STR, default=None)
    """The node's own address in the API."""
    pool_id: Optional[str] = field("poolId", STR, default=None)
    """The node's pool; for a job with an automatic pool it is the one that the service made."""
    node_id: Optional[str] = field("nodeId", STR, default=None)
    """The node. It may have left the pool since, and the task's files with it."""
    task_root_directory: Optional[str] = field("taskRootDirectory", STR, default=None)
    """The task's directory below the node's root directory, with the separators of the node's system."""
    task_root_directory_url: Optional[str] = field("taskRootDirectoryUrl", STR, default=None)
    """The address of that directory among the node's files."""


class BatchTaskConstraints(Model):
    """Limits on how long and how often a task runs.

    Besides them the service ends any task that is not completed 180 days after it was added.
    """

    max_wall_clock_time: Optional[timedelta] = field("maxWallClockTime", DURATION, default=None)
    """How long the task may take, counted from its start; without limit when left out.

    When the time is over the process is killed, and the task is completed as failed with the code ``TaskEnded``.
    """
    retention_time: Optional[timedelta] = field("retentionTime", DURATION, default=None)
    """How long the task's directory is kept after the task has ended: 7 days when left out.

    It is gone earlier if the node leaves the pool or the job is deleted, and can be gone at any moment after that
    time.
    """
    max_task_retry_count: Optional[int] = field("maxTaskRetryCount", INT, default=None)
    """How often the task is run again after an exit code other than 0: 0 means never, -1 without limit, n allows n + 1
    runs in all, and left out the job's value holds. A task that could not be started is not retried, and recovery from
    a broken node does not count.
    """


class BatchTaskIdRange(Model):
    """A run of numbers that are the ids of tasks.

    Ids are compared as whole numbers: ``7`` and ``007`` are the same here.
    """

    start: int = field("start", INT)
    """The first number."""
    end: int = field("end", INT)
    """The last number; it belongs to the range."""


class BatchTaskDependencies(Model):
    """Which tasks have to be satisfied before a task may run; ids and ranges can be given together.

    A dependency is satisfied when its task has succeeded, or has ended in a way that its exit conditions call
    satisfying. Until then the dependent task stays active; it waits, and does not fail, even if that can never come
    true. See https://learn.microsoft.com/azure/batch/batch-task-dependencies.
    """

    task_ids: Optional[list[str]] = field("taskIds", array(STR), default=None)
    """Single tasks of the same job; at most 64,000 characters in all, so prefer ranges for many."""
    task_id_ranges: Optional[list[BatchTaskIdRange]] = field(
        "taskIdRanges", array(nested(BatchTaskIdRange)), default=None
    )
    """Runs of tasks whose ids are numbers. Every task of a run has to be satisfied."""


class MultiInstanceSettings(Model):
    """What makes a task run on several nodes at once, for MPI and the like.

    The pool needs ``enable_inter_node_communication`` and one task slot a node, otherwise the task is never
    scheduled. All nodes get the common files and run the coordination command; then the task's own command runs on
    the primary node alone. If one instance fails, the whole task fails. See
    https://learn.microsoft.com/azure/batch/batch-mpi.
    """

    number_of_instances: Optional[int] = field("numberOfInstances", INT, default=None)
    """How many nodes the task needs at the same time; 1 when left out."""
    coordination_command_line: str = field("coordinationCommandLine", STR)
    """Prepares each node, before the task's command runs on the primary. It has to return: services are started in the
    background, and as with every command there is no shell around it.
    """
    common_resource_files: Optional[list[ResourceFile]] = field(
        "commonResourceFiles", array(nested(ResourceFile)), default=None
    )
    """Files for every node, put into the task's root directory.

    The task's ``resource_files``, on the other hand, go to the primary's working directory only.
    """


class ExitOptions(Model):
    """What follows from a task's ending in one particular way."""

    job_action: Optional[Union[str, BatchJobActionKind]] = field(
        "jobAction", enum_codec(BatchJobActionKind), default=None
    )
    """What becomes of the job, which needs the ``task_failure_mode`` ``PERFORM_EXIT_OPTIONS_JOB_ACTION``; in any other
    it is refused with 400 ``InvalidPropertyValue``. When left out in such a job: ``NONE`` after exit code 0,
    ``TERMINATE`` after a failure.
    """
    dependency_action: Optional[Union[str, DependencyAction]] = field(
        "dependencyAction", enum_codec(DependencyAction), default=None
    )
    """Whether dependent tasks may run.

    When left out: ``SATISFY`` after exit code 0, ``BLOCK`` after a failure.
    """


class ExitCodeMapping(Model):
    """What follows from one exit code."""

    code: int = field("code", INT)
    """The exit code. 0 can be listed too."""
    exit_options: ExitOptions = field("exitOptions", nested(ExitOptions))
    """What happens then."""


class ExitCodeRangeMapping(Model):
    """What follows from any exit code within a range."""

    start: int = field("start", INT)
    """The lowest code that counts."""
    end: int = field("end", INT)
    """The highest code that counts."""
    exit_options: ExitOptions = field("exitOptions", nested(ExitOptions))
    """What happens then."""


class ExitConditions(Model):
    """What follows from the way a task ended, decided when no retry is left.

    A single exit code is looked up first, then the ranges, then the two kinds of error, and ``default`` at last.
    """

    exit_codes: Optional[list[ExitCodeMapping]] = field("exitCodes", array(nested(ExitCodeMapping)), default=None)
    """Rules for single exit codes. They go before every other rule."""
    exit_code_ranges: Optional[list[ExitCodeRangeMapping]] = field(
        "exitCodeRanges", array(nested(ExitCodeRangeMapping)), default=None
    )
    """Rules for ranges of exit codes that no single rule covers."""
    pre_processing_error: Optional[ExitOptions] = field("preProcessingError", nested(ExitOptions), default=None)
    """For a task that never started, say because a resource file or the program was missing."""
    file_upload_error: Optional[ExitOptions] = field("fileUploadError", nested(ExitOptions), default=None)
    """For a failed upload of output files, unless a rule for the exit code fits as well."""
    default: Optional[ExitOptions] = field("default", nested(ExitOptions), default=None)
    """For failures that no other rule covers.

    It never applies to exit code 0: list 0 in ``exit_codes`` to change what follows from success.
    """


class BatchTaskExecutionInfo(Model):
    """How a task's runs went: times, counters and the outcome of the last one."""

    start_time: Optional[datetime] = field("startTime", DATETIME, default=None)
    """When the last run began, which includes fetching files; None until the task was first run.

    It is set even if the start then failed.
    """
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When the task was completed; None before."""
    exit_code: Optional[int] = field("exitCode", INT, default=None)
    """What the process ended with; None until the task is completed, or if the process never ran.

    On a timeout or a termination the operating system chooses it, so it says little then.
    """
    container_info: Optional[BatchTaskContainerExecutionInfo] = field(
        "containerInfo", nested(BatchTaskContainerExecutionInfo), default=None
    )
    """The container's state; None for a task without a container."""
    failure_info: Optional[BatchTaskFailureInfo] = field("failureInfo", nested(BatchTaskFailureInfo), default=None)
    """Why the task failed; None while it is going on and when it succeeded."""
    retry_count: int = field("retryCount", INT)
    """How often the service ran the task again because of its exit code.

    Recovery from a broken node and requeues do not count; reactivating the task sets it back to 0.
    """
    last_retry_time: Optional[datetime] = field("lastRetryTime", DATETIME, default=None)
    """When the last retry began; None if there was none."""
    requeue_count: int = field("requeueCount", INT)
    """How often the task went back to the queue because the user took its node away or disabled its job.

    Shrinking a pool, removing, rebooting or reimaging nodes all do that.
    """
    last_requeue_time: Optional[datetime] = field("lastRequeueTime", DATETIME, default=None)
    """When the task went back to the queue for the last time; None if it never did."""
    result: Optional[Union[str, BatchTaskExecutionResult]] = field(
        "result", enum_codec(BatchTaskExecutionResult), default=None
    )
    """The outcome; None until the task is completed."""


class BatchTaskStatistics(Model):
    """What a task consumed, over all its runs.

    The service adds it up about every half hour, and sends it only if ``expand=["stats"]`` asks for it.
    """

    url: str = field("url", STR)
    """The address of these statistics."""
    start_time: datetime = field("startTime", DATETIME)
    """From when on they count."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """Up to when they count; whatever happened later is not in them yet."""
    user_cpu_time: timedelta = field("userCPUTime", DURATION)
    """Time in user mode, summed over cores and, for a multi-instance task, nodes."""
    kernel_cpu_time: timedelta = field("kernelCPUTime", DURATION)
    """Time in kernel mode, summed in the same way."""
    wall_clock_time: timedelta = field("wallClockTime", DURATION)
    """Time by the clock while the task ran; retries add to it."""
    read_iops: int = field("readIOps", INT_TEXT)
    """How many disk reads there were: a number, not a rate."""
    write_iops: int = field("writeIOps", INT_TEXT)
    """How many disk writes there were: a number, not a rate."""
    read_io_gib: float = field("readIOGiB", FLOAT)
    """GiB read from disk."""
    write_io_gib: float = field("writeIOGiB", FLOAT)
    """GiB written to disk."""
    wait_time: timedelta = field("waitTime", DURATION)
    """From adding the task to the beginning of its latest run."""


class BatchTask(Model):
    """A task as the service knows it: what was asked for, where it stands, and how it went.

    Only ``constraints`` can be changed, by ``replace_task``; everything else is there to be read. What the fields
    mean that are given on creation stands in ``BatchTaskCreateOptions``. Fields that a ``select`` did not name read
    as None.
    """

    id: str = read_only("id", STR)
    """In the spelling of its creation; another task whose id differs in case only cannot exist in the job."""
    display_name: Optional[str] = read_only("displayName", STR, default=None)
    """The title for people; None if none was given."""
    url: str = read_only("url", STR)
    """The task's address in the API."""
    etag: str = read_only("eTag", STR)
    """Changes whenever the task does; give it with a match condition to act on just this version."""
    last_modified: datetime = read_only("lastModified", DATETIME)
    """When the task, or its state, was last changed."""
    creation_time: datetime = read_only("creationTime", DATETIME)
    """When the task was added to its job."""
    exit_conditions: Optional[ExitConditions] = read_only("exitConditions", nested(ExitConditions), default=None)
    """What follows from each way of ending. The service may fill in defaults of its own."""
    state: Union[str, BatchTaskState] = read_only("state", enum_codec(BatchTaskState))
    """Where the task stands. Whether it succeeded is told by ``execution_info.result``, not here."""
    state_transition_time: datetime = read_only("stateTransitionTime", DATETIME)
    """When it entered its state."""
    previous_state: Optional[Union[str, BatchTaskState]] = read_only(
        "previousState", enum_codec(BatchTaskState), default=None
    )
    """The state before; None for a task in its first one."""
    previous_state_transition_time: Optional[datetime] = read_only(
        "previousStateTransitionTime", DATETIME, default=None
    )
    """When it entered that earlier state; None for a task in its first one."""
    command_line: str = read_only("commandLine", STR)
    """What the node runs, without a shell around it."""
    container_settings: Optional[BatchTaskContainerSettings] = read_only(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """The container that the command runs in; None if it runs on the node itself."""
    resource_files: Optional[list[ResourceFile]] = read_only("resourceFiles", array(nested(ResourceFile)), default=None)
    """What is fetched before the command starts."""
    output_files: Optional[list[OutputFile]] = read_only("outputFiles", array(nested(OutputFile)), default=None)
    """What is uploaded after the process has ended."""
    environment_settings: Optional[list[EnvironmentSetting]] = read_only(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """The task's own variables. Those of the job and of the service are not in this list."""
    affinity_info: Optional[BatchAffinityInfo] = read_only("affinityInfo", nested(BatchAffinityInfo), default=None)
    """The node that was wished for; ``node_info`` tells which one it became."""
    constraints: Optional[BatchTaskConstraints] = field("constraints", nested(BatchTaskConstraints), default=None)
    """The limits in force. The service fills in those that were not given."""
    required_slots: Optional[int] = read_only("requiredSlots", INT, default=None)
    """How many task slots of a node the task takes."""
    user_identity: Optional[UserIdentity] = read_only("userIdentity", nested(UserIdentity), default=None)
    """The account it runs under. The service fills in an automatic one."""
    execution_info: Optional[BatchTaskExecutionInfo] = read_only(
        "executionInfo", nested(BatchTaskExecutionInfo), default=None
    )
    """Times, counters and the outcome; its counters are there from the beginning."""
    node_info: Optional[BatchNodeInfo] = read_only("nodeInfo", nested(BatchNodeInfo), default=None)
    """Where it runs or ran; None for a task that has never been on a node."""
    multi_instance_settings: Optional[MultiInstanceSettings] = read_only(
        "multiInstanceSettings", nested(MultiInstanceSettings), default=None
    )
    """What spreads the task over several nodes; None for an ordinary one."""
    task_statistics: Optional[BatchTaskStatistics] = read_only("stats", nested(BatchTaskStatistics), default=None)
    """None unless ``expand=["stats"]`` was given, and also before the service has first added them up."""
    depends_on: Optional[BatchTaskDependencies] = read_only("dependsOn", nested(BatchTaskDependencies), default=None)
    """What the task waits for; None if it depends on nothing."""
    application_package_references: Optional[list[BatchApplicationPackageReference]] = read_only(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """The packages that are installed for this task, besides those of its pool."""


class BatchTaskCreateOptions(Model):
    """A task to add to a job: a command, what it needs, and what shall follow from its end.

    Tasks may run more than once, after a failing node for instance, so a command should bear being started again.
    See https://learn.microsoft.com/azure/batch/jobs-and-tasks.
    """

    id: str = field("id", STR)
    """1 to 64 letters, digits, hyphens and underscores. It is compared without case within the job; one that is in use
    gives 409 ``TaskExists``.
    """
    display_name: Optional[str] = field("displayName", STR, default=None)
    """A title for people, up to 1,024 characters, which need not be unique."""
    exit_conditions: Optional[ExitConditions] = field("exitConditions", nested(ExitConditions), default=None)
    """What the task's ending means for its job and for dependent tasks.

    When left out, success satisfies dependent tasks and failure blocks them.
    """
    command_line: str = field("commandLine", STR)
    """The command to run, in the task's working directory, on the primary only if the task is multi-instance; in a
    container an empty text runs the image's entry point. No shell stands around it: for variables, pipes and
    redirection write ``/bin/sh -c '...'`` or ``cmd /c ...``.
    """
    container_settings: Optional[BatchTaskContainerSettings] = field(
        "containerSettings", nested(BatchTaskContainerSettings), default=None
    )
    """Required if the pool's nodes are set up for containers, forbidden if they are not."""
    resource_files: Optional[list[ResourceFile]] = field("resourceFiles", array(nested(ResourceFile)), default=None)
    """What to fetch first; on a multi-instance task they go to the primary only. A list that makes the request too big
    is refused; use containers, or application packages, for many files.
    """
    output_files: Optional[list[OutputFile]] = field("outputFiles", array(nested(OutputFile)), default=None)
    """What to upload after the process has ended; on a multi-instance task, from the primary only."""
    environment_settings: Optional[list[EnvironmentSetting]] = field(
        "environmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for the process. They win over the job's ``common_environment_settings``."""
    affinity_info: Optional[BatchAffinityInfo] = field("affinityInfo", nested(BatchAffinityInfo), default=None)
    """Where the task should run, if it can be had."""
    constraints: Optional[BatchTaskConstraints] = field("constraints", nested(BatchTaskConstraints), default=None)
    """Limits on time, retries and the keeping of files.

    When left out, the job's retry count holds, time is unlimited and files are kept for 7 days.
    """
    required_slots: Optional[int] = field("requiredSlots", INT, default=None)
    """How many of a node's task slots the task takes, 1 when left out, which multi-instance tasks have to do. A task
    that asks for more than the pool's ``task_slots_per_node`` is accepted and waits for ever.
    """
    user_identity: Optional[UserIdentity] = field("userIdentity", nested(UserIdentity), default=None)
    """The account to run under; when left out, an automatic one without administrator's rights."""
    multi_instance_settings: Optional[MultiInstanceSettings] = field(
        "multiInstanceSettings", nested(MultiInstanceSettings), default=None
    )
    """Runs the task on several nodes at once."""
    depends_on: Optional[BatchTaskDependencies] = field("dependsOn", nested(BatchTaskDependencies), default=None)
    """Tasks of the same job to wait for.

    The job must have been made with ``uses_task_dependencies=True``; otherwise the service refuses the task (400).
    """
    application_package_references: Optional[list[BatchApplicationPackageReference]] = field(
        "applicationPackageReferences", array(nested(BatchApplicationPackageReference)), default=None
    )
    """Packages to install on the node before the command starts; a version that the node already has is not fetched
    again. If one cannot be installed, the task fails.
    """


class BatchTaskGroup(Model):
    """The body of one request that adds several tasks.

    ``create_tasks`` builds such groups by itself, from any number of tasks.
    """

    task_values: list[BatchTaskCreateOptions] = field("value", array(nested(BatchTaskCreateOptions)))
    """At most 100 tasks, and less than 1 MB as JSON.

    A bigger body is refused with 413 ``RequestBodyTooLarge``, and none of its tasks is added.
    """


class BatchTaskCreateResult(Model):
    """What became of one task of a group: each succeeds or fails on its own."""

    status: Union[str, BatchTaskAddStatus] = field("status", enum_codec(BatchTaskAddStatus))
    """Whether the task was added and, if not, whether sending it again makes sense."""
    task_id: str = field("taskId", STR)
    """Tells which task this is about. Results need not come in the order of the tasks."""
    etag: Optional[str] = field("eTag", STR, default=None)
    """The new task's version; None if it was not added."""
    last_modified: Optional[datetime] = field("lastModified", DATETIME, default=None)
    """When the task was added; None if it was not."""
    location: Optional[str] = field("location", STR, default=None)
    """The new task's address; None if it was not added."""
    error: Optional[BatchError] = field("error", nested(BatchError), default=None)
    """Why the task was not added; None if it was."""


class BatchCreateTaskCollectionResult(Model):
    """The answer to a request that added several tasks.

    The request succeeds as a whole even if each of its tasks was refused: look at every ``status``.
    """

    result_values: Optional[list[BatchTaskCreateResult]] = field(
        "value", array(nested(BatchTaskCreateResult)), default=None
    )
    """One result for each task that was sent."""


class BatchSubtask(Model):
    """One of the secondary instances of a multi-instance task."""

    id: Optional[int] = field("id", INT, default=None)
    """Counts from 1. Number 0, the primary, is the task itself and is not listed."""
    node_info: Optional[BatchNodeInfo] = field("nodeInfo", nested(BatchNodeInfo), default=None)
    """The node of this instance. Its files are reached as files of that node, not of the task."""
    start_time: Optional[datetime] = field("startTime", DATETIME, default=None)
    """When this instance last began; None before."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When it ended; None before."""
    exit_code: Optional[int] = field("exitCode", INT, default=None)
    """What the coordination command ended with; None while it goes on, or if it never ran."""
    container_info: Optional[BatchTaskContainerExecutionInfo] = field(
        "containerInfo", nested(BatchTaskContainerExecutionInfo), default=None
    )
    """The state of its container; None for an instance without one."""
    failure_info: Optional[BatchTaskFailureInfo] = field("failureInfo", nested(BatchTaskFailureInfo), default=None)
    """Why it failed, and with it the whole task; None if it did not."""
    state: Optional[Union[str, BatchSubtaskState]] = field("state", enum_codec(BatchSubtaskState), default=None)
    """Where it stands."""
    state_transition_time: Optional[datetime] = field("stateTransitionTime", DATETIME, default=None)
    """When it entered this state."""
    previous_state: Optional[Union[str, BatchSubtaskState]] = field(
        "previousState", enum_codec(BatchSubtaskState), default=None
    )
    """The state before; None for an instance in its first one."""
    previous_state_transition_time: Optional[datetime] = field("previousStateTransitionTime", DATETIME, default=None)
    """When it entered the state before; None for an instance in its first one."""
    result: Optional[Union[str, BatchTaskExecutionResult]] = field(
        "result", enum_codec(BatchTaskExecutionResult), default=None
    )
    """How it ended; None until it has."""


class BatchTaskInfo(Model):
    """A task that ran on a node lately, as a node's ``recent_tasks`` list it."""

    task_url: Optional[str] = field("taskUrl", STR, default=None)
    """The task's address in the API."""
    job_id: Optional[str] = field("jobId", STR, default=None)
    """The task's job."""
    task_id: Optional[str] = field("taskId", STR, default=None)
    """The task within that job."""
    subtask_id: Optional[int] = field("subtaskId", INT, default=None)
    """Which instance of a multi-instance task it was; None for an ordinary task."""
    task_state: Union[str, BatchTaskState] = field("taskState", enum_codec(BatchTaskState))
    """The task's state when the node was asked for."""
    execution_info: Optional[BatchTaskExecutionInfo] = field(
        "executionInfo", nested(BatchTaskExecutionInfo), default=None
    )
    """Times and outcome of the run."""


class BatchTaskCounts(Model):
    """How many tasks of a job are in each state.

    The figures follow with a delay: where they have to be exact, list the tasks. See
    https://learn.microsoft.com/azure/batch/batch-get-resource-counts.
    """

    active: int = field("active", INT)
    """Queued tasks, including those that wait for others."""
    running: int = field("running", INT)
    """Tasks on a node, including those in the state ``preparing``."""
    completed: int = field("completed", INT)
    """Ended tasks: the sum of ``succeeded`` and ``failed``."""
    succeeded: int = field("succeeded", INT)
    """Those whose result is ``success``."""
    failed: int = field("failed", INT)
    """Those whose result is ``failure``."""


class BatchTaskSlotCounts(Model):
    """The same figures in task slots: each task counts as often as its ``required_slots``.

    They tell how much of the pool's room is taken or waited for.
    """

    active: int = field("active", INT)
    """Slots that queued tasks will take."""
    running: int = field("running", INT)
    """Slots that are taken now, or held for tasks in preparation."""
    completed: int = field("completed", INT)
    """Slots of all tasks that have ended."""
    succeeded: int = field("succeeded", INT)
    """Slots of the tasks that ended well."""
    failed: int = field("failed", INT)
    """Slots of the tasks that failed."""


class BatchTaskCountsResult(Model):
    """The tasks of a job in numbers: one small answer instead of a list of all of them."""

    task_counts: BatchTaskCounts = field("taskCounts", nested(BatchTaskCounts))
    """Every task counts once."""
    task_slot_counts: BatchTaskSlotCounts = field("taskSlotCounts", nested(BatchTaskSlotCounts))
    """Every task counts with its slots."""

    @property
    def active(self) -> int:
        """``task_counts.active``."""
        return self.task_counts.active

    @property
    def running(self) -> int:
        """``task_counts.running``."""
        return self.task_counts.running

    @property
    def completed(self) -> int:
        """``task_counts.completed``."""
        return self.task_counts.completed

    @property
    def succeeded(self) -> int:
        """``task_counts.succeeded``."""
        return self.task_counts.succeeded

    @property
    def failed(self) -> int:
        """``task_counts.failed``."""
        return self.task_counts.failed
