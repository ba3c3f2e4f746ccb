"""Operations on what belongs to the account: applications, images, node counts, usage."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from .._lazy import models as _models
from .._operation import operation, paged
from .._request import ENTITY, Pages, Request, conditions
from .._versions import V2026_10_01


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
        """List the applications of the account that nodes can use, page by page.

        See https://learn.microsoft.com/azure/batch/batch-application-packages.

        :keyword max_results: Size of a page, 1 to 1000 applications; all pages are read whatever it is.
        :return: A pager, which sends nothing before its first item is asked for.
        """
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
        """Get an application and the versions of its package that nodes can use.

        :param application_id: Name of the application in the account, not its Azure Resource Manager id.
        :raises ResourceNotFoundError: if there is no such application, or nodes cannot use it.
        """
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
        """List the core hours that each pool used, in slots of half an hour, page by page.

        Without dates only the service's last slot is told, without a filter also pools that are gone by now. The
        service has announced the end of this operation, and API version 2026-10-01 no longer has it; an empty answer
        need not mean that nothing ran.

        :keyword max_results: Size of a page, 1 to 1000 entries; all pages are read whatever it is.
        :keyword start_time: Earliest time, at least two and a half hours ago.
        :keyword end_time: Latest time, at least two hours ago.
        :keyword filter: OData condition on ``poolId``, such as ``poolId eq 'render'``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ValueError: with API version 2026-10-01.
        """
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
                removed=("list_pool_usage_metrics", V2026_10_01),
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
        """List the virtual machine images that pools can be made of, with their node agents, page by page.

        Take both, ``image_reference`` and ``node_agent_sku_id``, from one entry. An entry with a
        ``batch_support_end_of_life`` is a poor choice for what has to last.

        :keyword max_results: Size of a page, 1 to 1000 images; all pages are read whatever it is.
        :keyword filter: OData condition on ``osType``, ``verificationType`` or ``nodeAgentSKUId``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :return: A pager, which sends nothing before its first item is asked for.
        """
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
        """List how many nodes of each state every pool has, dedicated and Spot ones apart, page by page.

        One call tells of all pools, where listing nodes takes one call a pool; see
        https://learn.microsoft.com/azure/batch/batch-get-resource-counts.

        :keyword max_results: Size of a page, 1 to 1000 pools; all pages are read whatever it is.
        :keyword filter: ``poolId eq '...'`` to ask for one pool; nothing else can be filtered on.
        :return: A pager, which sends nothing before its first item is asked for.
        """
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
