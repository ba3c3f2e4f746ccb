"""Operations on tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import operation, paged
from .._request import ENTITY, RESOURCE, Pages, Request, conditions


class TaskOperationsMixin:
    """Operations on tasks."""

    @operation
    def create_task(
        self,
        /,
        job_id: str,
        task: Union[_models.BatchTaskCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "POST",
            "/jobs/{}/tasks",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=task,
            success=(201,),
            yields=RESOURCE,
            options=kwargs,
        )

    @paged
    def list_tasks(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        expand: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchTask]:
        """TODO"""
        return Pages(
            _models.BatchTask,
            Request[Any](
                "GET",
                "/jobs/{}/tasks",
                ("job_id", job_id),
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
    def create_task_collection(
        self,
        /,
        job_id: str,
        task_collection: Union[_models.BatchTaskGroup, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchCreateTaskCollectionResult]:
        """TODO"""
        return Request(
            "POST",
            "/jobs/{}/addtaskcollection",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=task_collection,
            returns=_models.BatchCreateTaskCollectionResult,
            yields=ENTITY,
            options=kwargs,
        )

    @operation
    def delete_task(
        self,
        /,
        job_id: str,
        task_id: str,
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
            "DELETE",
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            options=kwargs,
        )

    @operation
    def get_task(
        self,
        /,
        job_id: str,
        task_id: str,
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
    ) -> Request[_models.BatchTask]:
        """TODO"""
        return Request(
            "GET",
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
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
            returns=_models.BatchTask,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def replace_task(
        self,
        /,
        job_id: str,
        task_id: str,
        task: Union[_models.BatchTask, Mapping[str, Any]],
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
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=task,
            yields=RESOURCE,
            options=kwargs,
        )

    @paged
    def list_subtasks(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchSubtask]:
        """TODO"""
        return Pages(
            _models.BatchSubtask,
            Request[Any](
                "GET",
                "/jobs/{}/tasks/{}/subtasksinfo",
                ("job_id", job_id),
                ("task_id", task_id),
                query=(
                    ("timeOut", service_timeout),
                    ("$select", select),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def terminate_task(
        self,
        /,
        job_id: str,
        task_id: str,
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
            "/jobs/{}/tasks/{}/terminate",
            ("job_id", job_id),
            ("task_id", task_id),
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
    def reactivate_task(
        self,
        /,
        job_id: str,
        task_id: str,
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
            "/jobs/{}/tasks/{}/reactivate",
            ("job_id", job_id),
            ("task_id", task_id),
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
