"""Operations on pools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions, is_found
from .._waits import Wait


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
        """TODO"""
        return Request(
            "POST",
            "/pools",
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=pool,
            success=(201,),
            yields=RESOURCE,
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
        """TODO"""
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
        """TODO"""
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
            Wait("delete_pool", pool_id),
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
        """TODO"""
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
        """TODO"""
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
        """TODO"""
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
            body=pool,
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
        """TODO"""
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
        """TODO"""
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
            body=enable_auto_scale_options,
            yields=RESOURCE,
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
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/evaluateautoscale",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=evaluate_auto_scale_options,
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
        """TODO"""
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
                body=resize_options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("resize_pool", pool_id),
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
        """TODO"""
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
            Wait("stop_pool_resize", pool_id),
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
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/updateproperties",
            ("pool_id", pool_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=pool,
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
        """TODO"""
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
                body=remove_options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("remove_nodes", pool_id),
            polling_interval,
        )
