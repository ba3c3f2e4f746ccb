"""Models of job schedules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional, Union

from .._codecs import BOOL, DATETIME, DURATION, FLOAT, INT, INT_TEXT, STR, array, enum_codec, nested
from .._model import Model, field, read_only
from ._common import BatchMetadataItem, EnvironmentSetting
from ._enums import BatchAllTasksCompleteMode, BatchJobScheduleState, BatchTaskFailureMode
from ._jobs import (
    BatchJobConstraints,
    BatchJobManagerTask,
    BatchJobNetworkConfiguration,
    BatchJobPreparationTask,
    BatchJobReleaseTask,
    BatchPoolInfo,
)

__all__ = [
    "BatchJobSchedule",
    "BatchJobScheduleConfiguration",
    "BatchJobScheduleCreateOptions",
    "BatchJobScheduleExecutionInfo",
    "BatchJobScheduleStatistics",
    "BatchJobScheduleUpdateOptions",
    "BatchJobSpecification",
    "RecentBatchJob",
]


class BatchJobSpecification(Model):
    """What the jobs that a schedule creates look like.

    Each job takes it over when it is created; changing it concerns later jobs only. Most fields mean what they do in
    ``BatchJobCreateOptions``.
    """

    priority: Optional[int] = field("priority", INT, default=None)
    """Priority of each job, -1000 to 1000 and 0 when left out. A job can be given another one after it was created."""
    allow_task_preemption: Optional[bool] = field("allowTaskPreemption", BOOL, default=None)
    """Whether tasks of these jobs may give way to jobs of higher priority. Off when left out."""
    max_parallel_tasks: Optional[int] = field("maxParallelTasks", INT, default=None)
    """Limit of tasks that run together in one job. Left out: -1, none."""
    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people that each job gets; they all share it."""
    uses_task_dependencies: Optional[bool] = field("usesTaskDependencies", BOOL, default=None)
    """Whether tasks of these jobs may depend on each other. Off when left out."""
    all_tasks_complete_mode: Optional[Union[str, BatchAllTasksCompleteMode]] = field(
        "onAllTasksComplete", enum_codec(BatchAllTasksCompleteMode), default=None
    )
    """Whether a job ends with its last task. ``TERMINATE_JOB`` needs a job manager here: without one a new job has no
    tasks, and ends before you can add any.
    """
    task_failure_mode: Optional[Union[str, BatchTaskFailureMode]] = field(
        "onTaskFailure", enum_codec(BatchTaskFailureMode), default=None
    )
    """Whether exit conditions of failed tasks act on the job. Left out: they do not."""
    network_configuration: Optional[BatchJobNetworkConfiguration] = field(
        "networkConfiguration", nested(BatchJobNetworkConfiguration), default=None
    )
    """Network that nodes join for each of the jobs."""
    constraints: Optional[BatchJobConstraints] = field("constraints", nested(BatchJobConstraints), default=None)
    """Limits of each job. A time limit is wise: while a job is active the schedule starts no other."""
    job_manager_task: Optional[BatchJobManagerTask] = field("jobManagerTask", nested(BatchJobManagerTask), default=None)
    """Task that each job starts with. Jobs of a schedule nearly always need it, as nothing else adds their tasks."""
    job_preparation_task: Optional[BatchJobPreparationTask] = field(
        "jobPreparationTask", nested(BatchJobPreparationTask), default=None
    )
    """Prepares nodes for each job, also nodes that an earlier job had prepared."""
    job_release_task: Optional[BatchJobReleaseTask] = field("jobReleaseTask", nested(BatchJobReleaseTask), default=None)
    """Cleans up after each job; goes together with a preparation task only."""
    common_environment_settings: Optional[list[EnvironmentSetting]] = field(
        "commonEnvironmentSettings", array(nested(EnvironmentSetting)), default=None
    )
    """Variables for all tasks of each job."""
    pool_info: BatchPoolInfo = field("poolInfo", nested(BatchPoolInfo))
    """An existing pool, or an auto pool: one for each job, or one for the schedule."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Names and values that each job gets; the schedule has its own."""


class BatchJobScheduleConfiguration(Model):
    """When a schedule creates jobs. All times are UTC and know no daylight saving.

    There is never more than one active job: if the last one is still at work, the next waits for its end. See
    https://learn.microsoft.com/azure/batch/batch-job-schedule.
    """

    do_not_run_until: Optional[datetime] = field("doNotRunUntil", DATETIME, default=None)
    """Earliest time for a job. Left out or past: the first one is created at once."""
    do_not_run_after: Optional[datetime] = field("doNotRunAfter", DATETIME, default=None)
    """No job is created later, and the schedule is completed when its last job has ended. Left out: a schedule that
    recurs goes on until it is terminated.
    """
    start_window: Optional[timedelta] = field("startWindow", DURATION, default=None)
    """How late a job may be created, 1 minute or more, counted from when it is due; after that it is skipped until the
    next recurrence. Left out, or longer than the interval: no limit.
    """
    recurrence_interval: Optional[timedelta] = field("recurrenceInterval", DURATION, default=None)
    """Time between the starts of two jobs, 1 minute or more. Left out: there is a single job, and with it the schedule
    ends.
    """


class RecentBatchJob(Model):
    """The job that a schedule created last."""

    id: Optional[str] = field("id", STR, default=None)
    """Id of the job, ``{schedule id}:job-{number}``; it can have been deleted since."""
    url: Optional[str] = field("url", STR, default=None)
    """Address of the job at the service."""


class BatchJobScheduleExecutionInfo(Model):
    """What a schedule has done and will do next."""

    next_run_time: Optional[datetime] = field("nextRunTime", DATETIME, default=None)
    """When the next job is due. It says something only while the schedule is active; a job still at work delays it."""
    recent_job: Optional[RecentBatchJob] = field("recentJob", nested(RecentBatchJob), default=None)
    """The latest job. Absent before the first one."""
    end_time: Optional[datetime] = field("endTime", DATETIME, default=None)
    """When the schedule was completed. Absent before."""


class BatchJobScheduleStatistics(Model):
    """Lifetime figures of a schedule over the tasks of all its jobs; they are gone with the schedule.

    Like those of jobs they lag behind by up to about half an hour.
    """

    url: str = field("url", STR)
    """Address of these statistics."""
    start_time: datetime = field("startTime", DATETIME)
    """Beginning of the time that is counted."""
    last_update_time: datetime = field("lastUpdateTime", DATETIME)
    """How far the figures reach."""
    user_cpu_time: timedelta = field("userCPUTime", DURATION)
    """Processor time in the code of the tasks, over all cores and jobs."""
    kernel_cpu_time: timedelta = field("kernelCPUTime", DURATION)
    """Processor time in the operating system on behalf of the tasks, over all cores and jobs."""
    wall_clock_time: timedelta = field("wallClockTime", DURATION)
    """Elapsed time of all runs of tasks, summed; tasks side by side count double."""
    read_iops: int = field("readIOps", INT_TEXT)
    """Disk reads of all tasks: their number, not a rate."""
    write_iops: int = field("writeIOps", INT_TEXT)
    """Disk writes of all tasks, counted likewise."""
    read_io_gib: float = field("readIOGiB", FLOAT)
    """GiB that tasks read from disk."""
    write_io_gib: float = field("writeIOGiB", FLOAT)
    """GiB that tasks wrote to disk."""
    succeeded_tasks_count: int = field("numSucceededTasks", INT_TEXT)
    """Tasks, over all jobs, that ended well."""
    failed_tasks_count: int = field("numFailedTasks", INT_TEXT)
    """Tasks, over all jobs, that failed after their last retry."""
    task_retries_count: int = field("numTaskRetries", INT_TEXT)
    """Retries, over all tasks of all jobs."""
    wait_time: timedelta = field("waitTime", DURATION)
    """Sum over all tasks of the time from creation to the latest start."""


class BatchJobSchedule(Model):
    """A job schedule as the service reports it, and the body of ``replace_job_schedule``.

    A replacement takes ``schedule``, ``job_specification`` and ``metadata`` from it, each as a whole.
    """

    id: str = read_only("id", STR)
    """Unique in the account, among schedules and jobs, whatever the case."""
    display_name: Optional[str] = read_only("displayName", STR, default=None)
    """Name for people. Absent if none was given."""
    url: str = read_only("url", STR)
    """Address of the schedule at the service."""
    etag: str = read_only("eTag", STR)
    """Opaque version of the schedule, for conditional requests."""
    last_modified: datetime = read_only("lastModified", DATETIME)
    """When the schedule last changed, its state included. What its jobs do is not part of that."""
    creation_time: datetime = read_only("creationTime", DATETIME)
    """When the schedule was created."""
    state: Union[str, BatchJobScheduleState] = read_only("state", enum_codec(BatchJobScheduleState))
    """Where the schedule is in its life; it creates jobs only while ``ACTIVE``. Its latest job can be at work while it
    is ``DISABLED``.
    """
    state_transition_time: datetime = read_only("stateTransitionTime", DATETIME)
    """When the schedule got its present ``state``."""
    previous_state: Optional[Union[str, BatchJobScheduleState]] = read_only(
        "previousState", enum_codec(BatchJobScheduleState), default=None
    )
    """The state before this one. Absent in the first one."""
    previous_state_transition_time: Optional[datetime] = read_only(
        "previousStateTransitionTime", DATETIME, default=None
    )
    """When the schedule got into ``previous_state``. Absent in the first state."""
    schedule: Optional[BatchJobScheduleConfiguration] = field(
        "schedule", nested(BatchJobScheduleConfiguration), default=None
    )
    """When jobs are created. ``None`` in a replacement: a single job, at once."""
    job_specification: BatchJobSpecification = field("jobSpecification", nested(BatchJobSpecification))
    """What the next jobs look like; jobs that exist are as they were made."""
    execution_info: BatchJobScheduleExecutionInfo = read_only("executionInfo", nested(BatchJobScheduleExecutionInfo))
    """The latest job and when the next one is due."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Names and values of the schedule itself. ``None`` in a replacement removes all."""
    job_schedule_statistics: Optional[BatchJobScheduleStatistics] = read_only(
        "stats", nested(BatchJobScheduleStatistics), default=None
    )
    """Lifetime figures. Only with ``expand=["stats"]``, and absent while none have been added up."""


class BatchJobScheduleCreateOptions(Model):
    """A schedule to create; it is active at once, and counts like a job towards the quota of the account."""

    id: str = field("id", STR)
    """1 to 64 letters, digits, ``-`` and ``_``. Must differ, by more than case, from the ids of all schedules and jobs.
    """
    display_name: Optional[str] = field("displayName", STR, default=None)
    """Name for people, up to 1,024 characters."""
    schedule: BatchJobScheduleConfiguration = field("schedule", nested(BatchJobScheduleConfiguration))
    """When to create jobs. An empty configuration creates one job now and no more."""
    job_specification: BatchJobSpecification = field("jobSpecification", nested(BatchJobSpecification))
    """What the jobs look like."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """Names and values of the schedule; those for its jobs go into ``job_specification``."""


class BatchJobScheduleUpdateOptions(Model):
    """Parts of a schedule to change; what is left out stays as it is.

    Each part takes the place of the present one as a whole, so give all of its fields, not just the new ones.
    """

    schedule: Optional[BatchJobScheduleConfiguration] = field(
        "schedule", nested(BatchJobScheduleConfiguration), default=None
    )
    """New times. A job that is active now is not touched."""
    job_specification: Optional[BatchJobSpecification] = field(
        "jobSpecification", nested(BatchJobSpecification), default=None
    )
    """New look of the jobs created from now on."""
    metadata: Optional[list[BatchMetadataItem]] = field("metadata", array(nested(BatchMetadataItem)), default=None)
    """New names and values in place of all present ones."""
