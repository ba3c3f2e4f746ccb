"""Operations on nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions
from .._waits import Wait


class NodeOperationsMixin:
    """Operations on nodes."""

    @operation
    def create_node_user(
        self,
        /,
        pool_id: str,
        node_id: str,
        user: Union[_models.BatchNodeUserCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/nodes/{}/users",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=user,
            success=(201,),
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def delete_node_user(
        self,
        /,
        pool_id: str,
        node_id: str,
        user_name: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "DELETE",
            "/pools/{}/nodes/{}/users/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("user_name", user_name),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            options=kwargs,
        )

    @operation
    def replace_node_user(
        self,
        /,
        pool_id: str,
        node_id: str,
        user_name: str,
        update_options: Union[_models.BatchNodeUserReplaceOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "PUT",
            "/pools/{}/nodes/{}/users/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("user_name", user_name),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=update_options,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def get_node(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchNode]:
        """TODO"""
        return Request(
            "GET",
            "/pools/{}/nodes/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(
                ("timeOut", service_timeout),
                ("$select", select),
            ),
            headers=conditions(ocp_date=ocp_date),
            returns=_models.BatchNode,
            yields=ENTITY,
            options=kwargs,
        )

    @long_running
    def begin_reboot_node(
        self,
        /,
        pool_id: str,
        node_id: str,
        options: Optional[Union[_models.BatchNodeRebootOptions, Mapping[str, Any]]] = None,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """TODO"""
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/reboot",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                body=options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("reboot_node", pool_id, node_id),
            polling_interval,
        )

    @long_running
    def begin_start_node(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """TODO"""
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/start",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("start_node", pool_id, node_id),
            polling_interval,
        )

    @long_running
    def begin_reimage_node(
        self,
        /,
        pool_id: str,
        node_id: str,
        options: Optional[Union[_models.BatchNodeReimageOptions, Mapping[str, Any]]] = None,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """TODO"""
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/reimage",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                body=options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("reimage_node", pool_id, node_id),
            polling_interval,
        )

    @long_running
    def begin_deallocate_node(
        self,
        /,
        pool_id: str,
        node_id: str,
        options: Optional[Union[_models.BatchNodeDeallocateOptions, Mapping[str, Any]]] = None,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        polling_interval: float = 5,
        **kwargs: Any,
    ) -> Polling:
        """TODO"""
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/deallocate",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                body=options,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            Wait("deallocate_node", pool_id, node_id),
            polling_interval,
        )

    @operation
    def disable_node_scheduling(
        self,
        /,
        pool_id: str,
        node_id: str,
        options: Optional[Union[_models.BatchNodeDisableSchedulingOptions, Mapping[str, Any]]] = None,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/nodes/{}/disablescheduling",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=options,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def enable_node_scheduling(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/nodes/{}/enablescheduling",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def get_node_remote_login_settings(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchNodeRemoteLoginSettings]:
        """TODO"""
        return Request(
            "GET",
            "/pools/{}/nodes/{}/remoteloginsettings",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            returns=_models.BatchNodeRemoteLoginSettings,
            yields=ENTITY,
            options=kwargs,
        )

    @operation
    def upload_node_logs(
        self,
        /,
        pool_id: str,
        node_id: str,
        upload_options: Union[_models.UploadBatchServiceLogsOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.UploadBatchServiceLogsResult]:
        """TODO"""
        return Request(
            "POST",
            "/pools/{}/nodes/{}/uploadbatchservicelogs",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=upload_options,
            returns=_models.UploadBatchServiceLogsResult,
            yields=ENTITY,
            options=kwargs,
        )

    @paged
    def list_nodes(
        self,
        /,
        pool_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNode]:
        """TODO"""
        return Pages(
            _models.BatchNode,
            Request[Any](
                "GET",
                "/pools/{}/nodes",
                ("pool_id", pool_id),
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
    def get_node_extension(
        self,
        /,
        pool_id: str,
        node_id: str,
        extension_name: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchNodeVMExtension]:
        """TODO"""
        return Request(
            "GET",
            "/pools/{}/nodes/{}/extensions/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("extension_name", extension_name),
            query=(
                ("timeOut", service_timeout),
                ("$select", select),
            ),
            headers=conditions(ocp_date=ocp_date),
            returns=_models.BatchNodeVMExtension,
            yields=ENTITY,
            options=kwargs,
        )

    @paged
    def list_node_extensions(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNodeVMExtension]:
        """TODO"""
        return Pages(
            _models.BatchNodeVMExtension,
            Request[Any](
                "GET",
                "/pools/{}/nodes/{}/extensions",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$select", select),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )
