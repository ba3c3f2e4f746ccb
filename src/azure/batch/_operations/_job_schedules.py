"""Operations on job schedules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions, is_found


class JobScheduleOperationsMixin:
    """Operations on job schedules."""

    @paged
    def list_jobs_from_schedule(
        self,
        /,
        job_schedule_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        expand: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchJob]:
        """List the jobs that a job schedule has made, page by page.

        Their ids are those of the schedule with ``:job-1``, ``:job-2`` and so on. Jobs that were deleted are missing.

        :param job_schedule_id: Id of the job schedule.
        :keyword max_results: Size of a page, 1 to 1000 jobs; all pages are read whatever it is.
        :keyword filter: OData condition on ``state``, ``executionInfo/poolId`` or a date, but not on ``id``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "executionInfo"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too; a ``select`` must then name ``stats``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such job schedule.
        """
        return Pages(
            _models.BatchJob,
            Request[Any](
                "GET",
                "/jobschedules/{}/jobs",
                ("job_schedule_id", job_schedule_id),
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

    @operation
    def job_schedule_exists(
        self,
        /,
        job_schedule_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[bool]:
        """Tell whether the account has a job schedule of this id.

        Completed schedules exist until they are deleted. A job of this id is not looked for, though it would keep a
        schedule from being created. Only a missing schedule is False; any other failure raises.

        :param job_schedule_id: Id of the job schedule.
        :return: Whether it exists.
        """
        return Request(
            "HEAD",
            "/jobschedules/{}",
            ("job_schedule_id", job_schedule_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            success=(200, 404),
            read=is_found,
            yields=ENTITY,
            options=kwargs,
        )

    @long_running
    def begin_delete_job_schedule(
        self,
        /,
        job_schedule_id: str,
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
        """Begin to delete a job schedule with all of its jobs; the poller is done when it is gone.

        The call returns once the service has accepted it. Jobs, tasks, their files on nodes and statistics are deleted
        too.

        :param job_schedule_id: Id of the job schedule.
        :keyword force: Whether to delete without waiting for what the jobs still run on nodes.
        :keyword polling_interval: Longest pause between two reads of the job schedule, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises ResourceBeingDeletedError: if it is being deleted already.
        """
        return Polling(
            Request[None](
                "DELETE",
                "/jobschedules/{}",
                ("job_schedule_id", job_schedule_id),
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
            ("delete_job_schedule", job_schedule_id),
            polling_interval,
        )

    @operation
    def get_job_schedule(
        self,
        /,
        job_schedule_id: str,
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
    ) -> Request[_models.BatchJobSchedule]:
        """Get a job schedule as it is now.

        ``execution_info`` tells of its last job and, while it is active, of the time of the next.

        :param job_schedule_id: Id of the job schedule.
        :keyword select: Properties to fetch, by the service's names, such as ``["state", "executionInfo"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too, which the service gathers about every half hour and may
            not have.
        :raises ResourceNotFoundError: if there is no such job schedule.
        """
        return Request(
            "GET",
            "/jobschedules/{}",
            ("job_schedule_id", job_schedule_id),
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
            returns=_models.BatchJobSchedule,
            yields=ENTITY,
            options=kwargs,
        )

    @operation
    def update_job_schedule(
        self,
        /,
        job_schedule_id: str,
        job_schedule: Union[_models.BatchJobScheduleUpdateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Change the schedule, job specification or metadata of a job schedule and leave the rest as it is.

        Each of the three is replaced as a whole. A new job specification is for later jobs only; one that runs is not
        touched.

        :param job_schedule_id: Id of the job schedule.
        :param job_schedule: What to change.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises InvalidStateError: if it is terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "PATCH",
            "/jobschedules/{}",
            ("job_schedule_id", job_schedule_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("job_schedule", job_schedule),
            takes=_models.BatchJobScheduleUpdateOptions,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def replace_job_schedule(
        self,
        /,
        job_schedule_id: str,
        job_schedule: Union[_models.BatchJobSchedule, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Replace schedule, job specification and metadata of a job schedule.

        Left out, the schedule becomes the default one (a single job, at once) and the metadata empty. Jobs that were
        made before are not touched.

        :param job_schedule_id: Id of the job schedule.
        :param job_schedule: The schedule as it is to be, with a job specification; what only the service sets is not
            sent.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises InvalidStateError: if it is terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "PUT",
            "/jobschedules/{}",
            ("job_schedule_id", job_schedule_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("job_schedule", job_schedule),
            takes=_models.BatchJobSchedule,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def disable_job_schedule(
        self,
        /,
        job_schedule_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Keep a job schedule from making jobs until it is enabled; a job that runs goes on.

        :param job_schedule_id: Id of the job schedule.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises InvalidStateError: if it is terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "POST",
            "/jobschedules/{}/disable",
            ("job_schedule_id", job_schedule_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            success=(204,),
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def enable_job_schedule(
        self,
        /,
        job_schedule_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Let a disabled job schedule make jobs again.

        :param job_schedule_id: Id of the job schedule.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises InvalidStateError: if it is terminating or completed.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "POST",
            "/jobschedules/{}/enable",
            ("job_schedule_id", job_schedule_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            success=(204,),
            yields=RESOURCE,
            options=kwargs,
        )

    @long_running
    def begin_terminate_job_schedule(
        self,
        /,
        job_schedule_id: str,
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
        """Begin to end a job schedule for good; the poller is done when it is ``completed``.

        The call returns once the service has accepted it. Its active job is ended too, with ``TerminateJobSchedule`` as
        the reason; jobs stay until they are deleted. If the schedule is deleted meanwhile, the poller raises.

        :param job_schedule_id: Id of the job schedule.
        :keyword force: Whether to end the active job without waiting for what it still runs on nodes.
        :keyword polling_interval: Longest pause between two reads of the job schedule, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such job schedule.
        :raises InvalidStateError: if it is terminating or completed already.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/jobschedules/{}/terminate",
                ("job_schedule_id", job_schedule_id),
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
                yields=RESOURCE,
                options=kwargs,
            ),
            ("terminate_job_schedule", job_schedule_id),
            polling_interval,
        )

    @operation
    def create_job_schedule(
        self,
        /,
        job_schedule: Union[_models.BatchJobScheduleCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Create a job schedule, which makes its first job at once unless ``schedule.do_not_run_until`` says otherwise.

        All times are UTC. One of its jobs runs at a time: while it is active the next one waits, and is skipped after
        ``start_window``. Its jobs are empty unless their specification has a job manager task, which adds the others.
        Without ``recurrence_interval`` there is one job only. See
        https://learn.microsoft.com/azure/batch/batch-job-schedule.

        :param job_schedule: The new job schedule.
        :raises ResourceExistsError: if the account has a job schedule or a job of this id.
        :raises QuotaReachedError: if the account has as many active jobs and schedules as it may have.
        """
        return Request(
            "POST",
            "/jobschedules",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("job_schedule", job_schedule),
            takes=_models.BatchJobScheduleCreateOptions,
            success=(201,),
            yields=RESOURCE,
            creates=_models.BatchJobScheduleCreateOptions,
            options=kwargs,
        )

    @paged
    def list_job_schedules(
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
    ) -> Pages[_models.BatchJobSchedule]:
        """List the job schedules of the account, page by page.

        :keyword max_results: Size of a page, 1 to 1000 schedules; all pages are read whatever it is.
        :keyword filter: OData condition on ``id``, ``state``, ``schedule/doNotRunUntil``, ``schedule/doNotRunAfter`` or
            another date (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "schedule"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too; a ``select`` must then name ``stats``.
        :return: A pager, which sends nothing before its first item is asked for.
        """
        return Pages(
            _models.BatchJobSchedule,
            Request[Any](
                "GET",
                "/jobschedules",
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
