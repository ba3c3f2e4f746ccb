"""Operations on jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions
from .._waits import Wait


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
        """TODO"""
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
            Wait("delete_job", job_id),
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
        """TODO"""
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
        """TODO"""
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
            body=job,
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
        """TODO"""
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
            body=job,
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
        """TODO"""
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
                body=disable_options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("disable_job", job_id),
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
        """TODO"""
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
            Wait("enable_job", job_id),
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
        """TODO"""
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
                body=options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("terminate_job", job_id),
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
        """TODO"""
        return Request(
            "POST",
            "/jobs",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=job,
            success=(201,),
            yields=RESOURCE,
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
        """TODO"""
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
        """TODO"""
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
        """TODO"""
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
