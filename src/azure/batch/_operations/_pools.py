"""Operations on pools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions, is_found


class PoolOperationsMixin:
    """Operations on pools."""

    @operation
    def create_pool(
        self,
        /,
        pool: Union[_models.BatchPoolCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Create a pool and let the service begin to allocate its nodes.

        Nodes appear minutes after the call has returned. If the service cannot allocate them, the pool becomes
        ``steady`` nevertheless, with the reasons in ``resize_errors``. The size is given either by targets, where one
        left out is 0, or by a formula with ``enable_auto_scale``. See
        https://learn.microsoft.com/azure/batch/nodes-and-pools.

        :param pool: The new pool. Its id is 1 to 64 letters, digits, hyphens and underscores; ids that differ in case
            only are the same, and an id is free again once its pool is gone.
        :raises ResourceExistsError: if the account has a pool of this id.
        :raises QuotaReachedError: if the account has as many pools as it may have.
        :raises InvalidStateError: if an application package does not exist or has no default version.
        """
        return Request(
            "POST",
            "/pools",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("pool", pool),
            takes=_models.BatchPoolCreateOptions,
            success=(201,),
            yields=RESOURCE,
            creates=_models.BatchPoolCreateOptions,
            options=kwargs,
        )

    @paged
    def list_pools(
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
    ) -> Pages[_models.BatchPool]:
        """List the pools of the account, page by page, in no promised order.

        :keyword max_results: Size of a page, 1 to 1000 pools; all pages are read whatever it is.
        :keyword filter: OData condition on ``id``, ``state``, ``allocationState``, ``vmSize``, ``enableAutoScale``,
            ``enableInterNodeCommunication`` or a date, such as ``startswith(id,'render-')``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "allocationState"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too; a ``select`` must then name ``stats``.
        :return: A pager, which sends nothing before its first item is asked for.
        """
        return Pages(
            _models.BatchPool,
            Request[Any](
                "GET",
                "/pools",
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

    @long_running
    def begin_delete_pool(
        self,
        /,
        pool_id: str,
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
        """Begin to delete a pool with its nodes; the poller is done when it is gone.

        The call returns once the service has accepted it. Tasks that run there go back to the queues of their jobs,
        which stay. A new pool under the same id is not mistaken for the old one.

        :param pool_id: Id of the pool.
        :keyword polling_interval: Longest pause between two reads of the pool, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if it is being deleted already.
        """
        return Polling(
            Request[None](
                "DELETE",
                "/pools/{}",
                ("pool_id", pool_id),
                query=(("timeOut", service_timeout),),
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
            ("delete_pool", pool_id),
            polling_interval,
        )

    @operation
    def pool_exists(
        self,
        /,
        pool_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[bool]:
        """Tell whether the account has a pool of this id.

        A pool that is being deleted exists until it is gone. Only a missing pool is False; any other failure raises.

        :param pool_id: Id of the pool.
        :return: Whether it exists.
        """
        return Request(
            "HEAD",
            "/pools/{}",
            ("pool_id", pool_id),
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

    @operation
    def get_pool(
        self,
        /,
        pool_id: str,
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
    ) -> Request[_models.BatchPool]:
        """Get a pool as it is now: size asked for, present size, allocation state and errors.

        :param pool_id: Id of the pool.
        :keyword select: Properties to fetch, by the service's names, such as ``["allocationState", "resizeErrors"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too, which the service gathers about every half hour and may
            not have.
        :raises ResourceNotFoundError: if there is no such pool.
        """
        return Request(
            "GET",
            "/pools/{}",
            ("pool_id", pool_id),
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
            returns=_models.BatchPool,
            yields=ENTITY,
            options=kwargs,
        )

    @operation
    def update_pool(
        self,
        /,
        pool_id: str,
        pool: Union[_models.BatchPoolUpdateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Change some properties of a pool and leave the others as they are.

        ``start_task``, ``application_package_references`` and ``metadata`` can be changed at any time, everything else
        only while the pool has no nodes. A property is replaced as a whole. Nodes run a new start task when they join
        or restart. To take the start task away use :meth:`replace_pool_properties`.

        :param pool_id: Id of the pool.
        :param pool: What to change.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if it is being deleted.
        :raises HttpResponseError: if the pool has nodes and the change needs an empty one.
        """
        return Request(
            "PATCH",
            "/pools/{}",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("pool", pool),
            takes=_models.BatchPoolUpdateOptions,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def disable_pool_auto_scale(
        self,
        /,
        pool_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Stop resizing a pool by its formula; the targets stay what they are.

        :param pool_id: Id of the pool.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "POST",
            "/pools/{}/disableautoscale",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def enable_pool_auto_scale(
        self,
        /,
        pool_id: str,
        enable_auto_scale_options: Union[_models.BatchPoolEnableAutoScaleOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Let a formula set the size of a pool, or change its formula or how often that is evaluated.

        Turning autoscale on takes a formula; later, a part that is left out keeps its value. A new interval (5 minutes
        to 168 hours, by default 15 minutes) counts from this request. See
        https://learn.microsoft.com/azure/batch/batch-automatic-scaling.

        :param pool_id: Id of the pool.
        :param enable_auto_scale_options: Formula and interval.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises InvalidStateError: if the pool is being resized.
        :raises ResourceBeingDeletedError: if the pool is being deleted.
        :raises HttpResponseError: 400 if the formula does not parse, 503 if the last such request is less than 30
            seconds ago.
        """
        return Request(
            "POST",
            "/pools/{}/enableautoscale",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("enable_auto_scale_options", enable_auto_scale_options),
            yields=RESOURCE,
            once=True,
            options=kwargs,
        )

    @operation
    def evaluate_pool_auto_scale(
        self,
        /,
        pool_id: str,
        evaluate_auto_scale_options: Union[_models.BatchPoolEvaluateAutoScaleOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.AutoScaleRun]:
        """Compute what a formula gives for a pool now, without changing the pool.

        Autoscale must be on. A formula that fails while it runs, as one that wants more samples than there are, raises
        nothing: look at ``error`` of the result. See https://learn.microsoft.com/azure/batch/batch-automatic-scaling.

        :param pool_id: Id of the pool.
        :param evaluate_auto_scale_options: The formula.
        :return: The run, with the values of all variables in ``results`` as ``$TargetDedicatedNodes=4;...``.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if the pool is being deleted.
        :raises HttpResponseError: if the formula does not parse or the pool has autoscale off.
        """
        return Request(
            "POST",
            "/pools/{}/evaluateautoscale",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("evaluate_auto_scale_options", evaluate_auto_scale_options),
            returns=_models.AutoScaleRun,
            yields=RESOURCE,
            options=kwargs,
        )

    @long_running
    def begin_resize_pool(
        self,
        /,
        pool_id: str,
        resize_options: Union[_models.BatchPoolResizeOptions, Mapping[str, Any]],
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
        """Begin to change the number of nodes of a pool; the poller is done when the pool is ``steady`` again.

        The call returns once the service has accepted it. When the pool is smaller than asked for at the end, because
        of a quota, lack of machines or ``resize_timeout`` (15 minutes if not given), the poller raises
        ``OperationFailedError`` with the reasons and the pool as ``resource``. Idle nodes are the first to go. A pool
        sized by a formula cannot be resized.

        :param pool_id: Id of the pool.
        :param resize_options: At least one target, and what becomes of tasks on nodes that go (by default they are
            queued again).
        :keyword polling_interval: Longest pause between two reads of the pool, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises InvalidStateError: if the pool is being resized; see :meth:`begin_stop_pool_resize`.
        :raises ResourceBeingDeletedError: if the pool is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/resize",
                ("pool_id", pool_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                body=("resize_options", resize_options),
                takes=_models.BatchPoolResizeOptions,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("resize_pool", pool_id),
            polling_interval,
        )

    @long_running
    def begin_stop_pool_resize(
        self,
        /,
        pool_id: str,
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
        """Begin to stop the resize of a pool; the poller is done when the pool is ``steady``.

        The call returns once the service has accepted it. The pool keeps the nodes it has by then, and its targets what
        was asked for. ``resize_errors`` then holds ``ResizeStopped``; that is no failure of the poller.

        :param pool_id: Id of the pool.
        :keyword polling_interval: Longest pause between two reads of the pool, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if the pool is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/stopresize",
                ("pool_id", pool_id),
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
            ("stop_pool_resize", pool_id),
            polling_interval,
        )

    @operation
    def replace_pool_properties(
        self,
        /,
        pool_id: str,
        pool: Union[_models.BatchPoolReplaceOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Replace the start task, application packages and metadata of a pool all at once.

        ``application_package_references`` and ``metadata`` have to be given, if only as empty lists; a start task that
        is left out is taken away. Nodes follow when they join or restart. To change one of the three use
        :meth:`update_pool`.

        :param pool_id: Id of the pool.
        :param pool: What the three are to be.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises ResourceBeingDeletedError: if it is being deleted.
        """
        return Request(
            "POST",
            "/pools/{}/updateproperties",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("pool", pool),
            success=(204,),
            yields=RESOURCE,
            options=kwargs,
        )

    @long_running
    def begin_remove_nodes(
        self,
        /,
        pool_id: str,
        remove_options: Union[_models.BatchNodeRemoveOptions, Mapping[str, Any]],
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
        """Begin to take nodes out of a pool; the poller is done when the pool is ``steady`` again.

        The call returns once the service has accepted it. If a node could not be removed, the poller raises
        ``OperationFailedError`` with the reasons.

        :param pool_id: Id of the pool.
        :param remove_options: Ids of 1 to 100 nodes, and what becomes of tasks on them (by default they are queued
            again).
        :keyword polling_interval: Longest pause between two reads of the pool, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool.
        :raises InvalidStateError: if the pool is being resized.
        :raises ResourceBeingDeletedError: if the pool is being deleted.
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/removenodes",
                ("pool_id", pool_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(
                    ocp_date=ocp_date,
                    if_modified_since=if_modified_since,
                    if_unmodified_since=if_unmodified_since,
                    etag=etag,
                    match_condition=match_condition,
                ),
                body=("remove_options", remove_options),
                takes=_models.BatchNodeRemoveOptions,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("remove_nodes", pool_id),
            polling_interval,
        )
