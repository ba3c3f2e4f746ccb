"""Operations on job schedules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions, is_found
from .._waits import Wait


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
        """TODO"""
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
        """TODO"""
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
        """TODO"""
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
            Wait("delete_job_schedule", job_schedule_id),
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
        """TODO"""
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
        """TODO"""
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
            body=job_schedule,
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
        """TODO"""
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
            body=job_schedule,
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
        """TODO"""
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
        """TODO"""
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
        """TODO"""
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
            Wait("terminate_job_schedule", job_schedule_id),
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
        """TODO"""
        return Request(
            "POST",
            "/jobschedules",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=job_schedule,
            success=(201,),
            yields=RESOURCE,
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
        """TODO"""
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
