"""Operations on what belongs to the account: applications, images, node counts, usage."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from .._lazy import models as _models
from .._operation import operation, paged
from .._request import ENTITY, Pages, Request, conditions


class AccountOperationsMixin:
    """Operations on what belongs to the account: applications, images, node counts, usage."""

    @paged
    def list_applications(
        self,
        /,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchApplication]:
        """TODO"""
        return Pages(
            _models.BatchApplication,
            Request[Any](
                "GET",
                "/applications",
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def get_application(
        self,
        /,
        application_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchApplication]:
        """TODO"""
        return Request(
            "GET",
            "/applications/{}",
            ("application_id", application_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            returns=_models.BatchApplication,
            yields=ENTITY,
            options=kwargs,
        )

    @paged
    def list_pool_usage_metrics(
        self,
        /,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        start_time: Optional[datetime] = None,
        end_time: Optional[datetime] = None,
        filter: Optional[str] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchPoolUsageMetrics]:
        """TODO"""
        return Pages(
            _models.BatchPoolUsageMetrics,
            Request[Any](
                "GET",
                "/poolusagemetrics",
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("startTime", start_time),
                    ("endtime", end_time),
                    ("$filter", filter),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @paged
    def list_supported_images(
        self,
        /,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchSupportedImage]:
        """TODO"""
        return Pages(
            _models.BatchSupportedImage,
            Request[Any](
                "GET",
                "/supportedimages",
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @paged
    def list_pool_node_counts(
        self,
        /,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchPoolNodeCounts]:
        """TODO"""
        return Pages(
            _models.BatchPoolNodeCounts,
            Request[Any](
                "GET",
                "/nodecounts",
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )
