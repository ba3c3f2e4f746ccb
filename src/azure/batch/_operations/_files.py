"""Operations on files of tasks and nodes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from .._lazy import models as _models
from .._operation import download, operation, paged
from .._request import FILE, Pages, Request, conditions


class FileOperationsMixin:
    """Operations on files of tasks and nodes."""

    @operation
    def delete_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "DELETE",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(
                ("timeOut", service_timeout),
                ("recursive", recursive),
            ),
            headers=conditions(ocp_date=ocp_date),
            options=kwargs,
        )

    @download
    def download_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        ocp_range: Optional[str] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request[None](
            "GET",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                ocp_range=ocp_range,
            ),
            accept="application/octet-stream",
            yields=(*FILE, "content-type"),
            options=kwargs,
        )

    @operation
    def get_task_file_properties(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchFileProperties]:
        """TODO"""
        return Request(
            "HEAD",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date, if_modified_since=if_modified_since, if_unmodified_since=if_unmodified_since
            ),
            read=_models.BatchFileProperties.from_response,
            yields=FILE,
            options=kwargs,
        )

    @paged
    def list_task_files(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNodeFile]:
        """TODO"""
        return Pages(
            _models.BatchNodeFile,
            Request[Any](
                "GET",
                "/jobs/{}/tasks/{}/files",
                ("job_id", job_id),
                ("task_id", task_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("recursive", recursive),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def delete_node_file(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "DELETE",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(
                ("timeOut", service_timeout),
                ("recursive", recursive),
            ),
            headers=conditions(ocp_date=ocp_date),
            options=kwargs,
        )

    @download
    def download_node_file(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        ocp_range: Optional[str] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request[None](
            "GET",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                ocp_range=ocp_range,
            ),
            accept="application/octet-stream",
            yields=(*FILE, "content-type"),
            options=kwargs,
        )

    @operation
    def get_node_file_properties(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchFileProperties]:
        """TODO"""
        return Request(
            "HEAD",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date, if_modified_since=if_modified_since, if_unmodified_since=if_unmodified_since
            ),
            read=_models.BatchFileProperties.from_response,
            yields=FILE,
            options=kwargs,
        )

    @paged
    def list_node_files(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNodeFile]:
        """TODO"""
        return Pages(
            _models.BatchNodeFile,
            Request[Any](
                "GET",
                "/pools/{}/nodes/{}/files",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("recursive", recursive),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )
