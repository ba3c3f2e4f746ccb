"""Operations on jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions


class JobOperationsMixin:
    """Operations on jobs."""

    @long_running
    def begin_delete_job(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        force: Optional[bool] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """Begin to delete a job with all of its tasks; the poller is done when it is gone.

        The call returns once the service has accepted it. Files of the tasks are deleted from the nodes whatever their
        retention time, statistics too. If the job has not ended before, its release tasks run first.

        :param job_id: Id of the job.
        :keyword force: Whether to delete the job without waiting for what it still runs on nodes.
        :keyword polling_interval: Longest pause between two reads of the job, in seconds; the first pauses are shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job.
        :raises ResourceBeingDeletedError: if it is being deleted already.
        """
        return Polling(
            Request[None](
                "DELETE",
                "/jobs/{}",
                ("job_id", job_id),
                query=(
                    ("timeOut", service_timeout),
                    ("force", force),
                ),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                success=(202,),
                options=kwargs,
            ),
            ("delete_job", job_id),
            polling_interval,
        )

    @operation
    def get_job(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        select: Optional[list[str]] = None,
        expand: Optional[list[str]] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchJob]:
        """Get a job as it is now.

        How its tasks stand is not part of it: see :meth:`get_job_task_counts`. Why it ended is
        ``execution_info.terminate_reason``.

        :param job_id: Id of the job.
        :keyword select: Properties to fetch, by the service's names, such as ``["state", "executionInfo"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too, which the service gathers about every half hour and may
            not have.
        :raises ResourceNotFoundError: if there is no such job.
        """
        return Request(
            "GET",
            "/jobs/{}",
            ("job_id", job_id),
            query=(
                ("timeOut", service_timeout),
                ("$select", select),
                ("$expand", expand),
            ),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            returns=_models.BatchJob,
            yields=ENTITY,
            options=kwargs,
        )

    @operation
    def update_job(
        self,
        /,
        job_id: str,
        job: Union[_models.BatchJobUpdateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Change some properties of a job and leave the others as they are.

        A property is replaced as a whole: ``constraints`` with only a time limit also sets the number of retries back
        to 0. ``pool_info`` can be changed while the job is disabled; of an auto pool only ``keep_alive``, if the pool's
        lifetime is that of the job. ``on_all_tasks_complete`` cannot go back from ``terminatejob`` to ``noaction``.

        :param job_id: Id of the job.
        :param job: What to change.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is terminating or completed, or not disabled and the change needs it to
            be.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "PATCH",
            "/jobs/{}",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("job", job),
            takes=_models.BatchJobUpdateOptions,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def replace_job(
        self,
        /,
        job_id: str,
        job: Union[_models.BatchJob, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Replace all changeable properties of a job; those left out go back to their defaults.

        That is priority 0, no limits and no metadata: read the job, change it, and send it whole. Use
        :meth:`update_job` to change a few.

        :param job_id: Id of the job.
        :param job: The job as it is to be; what only the service sets is not sent. Another ``pool_info`` needs a
            disabled job.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is terminating or completed, or not disabled and the change needs it to
            be.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "PUT",
            "/jobs/{}",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("job", job),
            takes=_models.BatchJob,
            yields=RESOURCE,
            options=kwargs,
        )

    @long_running
    def begin_disable_job(
        self,
        /,
        job_id: str,
        disable_options: Union[_models.BatchJobDisableOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """Begin to keep a job from running tasks; the poller is done when the job is ``disabled``.

        The call returns once the service has accepted it. ``disable_tasks`` says whether running tasks are queued
        again, ended, or allowed to finish; in the last case the wait is as long as they take. If the job ends instead,
        the poller raises ``OperationFailedError``.

        :param job_id: Id of the job.
        :param disable_options: What becomes of the tasks that run.
        :keyword polling_interval: Longest pause between two reads of the job, in seconds; the first pauses are shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is enabling, terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/jobs/{}/disable",
                ("job_id", job_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                body=("disable_options", disable_options),
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("disable_job", job_id),
            polling_interval,
        )

    @long_running
    def begin_enable_job(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """Begin to let a disabled job run tasks again; the poller is done when the job is ``active``.

        The call returns once the service has accepted it. Tasks that were added more than 180 days ago are not run any
        more. If the job ends instead, the poller raises ``OperationFailedError``.

        :param job_id: Id of the job.
        :keyword polling_interval: Longest pause between two reads of the job, in seconds; the first pauses are shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/jobs/{}/enable",
                ("job_id", job_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("enable_job", job_id),
            polling_interval,
        )

    @long_running
    def begin_terminate_job(
        self,
        /,
        job_id: str,
        options: Optional[Union[_models.BatchJobTerminateOptions, Mapping[str, Any]]] = None,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        force: Optional[bool] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """Begin to end a job for good; the poller is done when the job is ``completed``.

        The call returns once the service has accepted it. Running tasks are ended and count as failed, waiting ones
        stay ``active`` and never run, release tasks run on the nodes that were prepared. A completed job keeps its
        tasks and their files, but takes no new ones. If the job is deleted meanwhile, the poller raises.

        :param job_id: Id of the job.
        :param options: Why, to be read in ``execution_info.terminate_reason``; ``UserTerminate`` if not given.
        :keyword force: Whether to end the job without waiting for what it still runs on nodes, release tasks included.
        :keyword polling_interval: Longest pause between two reads of the job, in seconds; the first pauses are shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is terminating or completed already.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/jobs/{}/terminate",
                ("job_id", job_id),
                query=(
                    ("timeOut", service_timeout),
                    ("force", force),
                ),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                optional_body=("options", options),
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("terminate_job", job_id),
            polling_interval,
        )

    @operation
    def create_job(
        self,
        /,
        job: Union[_models.BatchJobCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Create a job, to which tasks can be added at once.

        The pool need not exist yet: tasks wait for it. Jobs and job schedules share their ids, and ids that differ in
        case only are the same. A job without tasks that is to end with its tasks ends at once: set
        ``on_all_tasks_complete`` after adding them, or have a job manager task. When the answer to a first attempt gets
        lost, the retry can find the job that this very call made. See
        https://learn.microsoft.com/azure/batch/jobs-and-tasks.

        :param job: The new job.
        :raises ResourceExistsError: if the account has a job or a job schedule of this id.
        :raises QuotaReachedError: if the account has as many active jobs and schedules as it may have; completed jobs
            do not count.
        """
        return Request(
            "POST",
            "/jobs",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("job", job),
            takes=_models.BatchJobCreateOptions,
            success=(201,),
            yields=RESOURCE,
            creates=_models.BatchJobCreateOptions,
            options=kwargs,
        )

    @paged
    def list_jobs(
        self,
        /,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        expand: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchJob]:
        """List the jobs of the account, those of job schedules included, page by page.

        :keyword max_results: Size of a page, 1 to 1000 jobs; all pages are read whatever it is.
        :keyword filter: OData condition on ``id``, ``state``, ``executionInfo/poolId`` or a date, such as ``state eq
            'active' and executionInfo/poolId eq 'render'``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "state"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too; a ``select`` must then name ``stats``.
        :return: A pager, which sends nothing before its first item is asked for.
        """
        return Pages(
            _models.BatchJob,
            Request[Any](
                "GET",
                "/jobs",
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("$select", select),
                    ("$expand", expand),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @paged
    def list_job_preparation_and_release_task_status(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchJobPreparationAndReleaseTaskStatus]:
        """List how the preparation and release task of a job went on each node, page by page.

        A node is told of once the preparation task has begun there; the part on the release task stays None until that
        runs. See https://learn.microsoft.com/azure/batch/batch-job-prep-release.

        :param job_id: Id of the job.
        :keyword max_results: Size of a page, 1 to 1000 nodes; all pages are read whatever it is.
        :keyword filter: OData condition on ``poolId``, ``nodeId``, or ``state``, ``result``, ``exitCode``,
            ``startTime`` and ``endTime`` below ``jobPreparationTaskExecutionInfo/`` and
            ``jobReleaseTaskExecutionInfo/`` (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["nodeId",
            "jobPreparationTaskExecutionInfo"]``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job has no preparation task.
        """
        return Pages(
            _models.BatchJobPreparationAndReleaseTaskStatus,
            Request[Any](
                "GET",
                "/jobs/{}/jobpreparationandreleasetaskstatus",
                ("job_id", job_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("$select", select),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def get_job_task_counts(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchTaskCountsResult]:
        """Count the tasks of a job by state and result, without listing them.

        Running ones include those that are being prepared; completed ones are the sum of succeeded and failed. The
        counts may lag behind: to be sure that all is done, list the tasks. See
        https://learn.microsoft.com/azure/batch/batch-get-resource-counts.

        :param job_id: Id of the job.
        :return: The counts twice: in tasks, and in the task slots that they take.
        :raises ResourceNotFoundError: if there is no such job.
        """
        return Request(
            "GET",
            "/jobs/{}/taskcounts",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            returns=_models.BatchTaskCountsResult,
            yields=ENTITY,
            options=kwargs,
        )
