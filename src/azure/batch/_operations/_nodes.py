"""Operations on nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from .._lazy import models as _models
from .._operation import long_running, operation, paged
from .._request import ENTITY, RESOURCE, Pages, Polling, Request, conditions


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
        """Create an account on a node with which a person can log in.

        It is there until it expires, one day from now unless ``expiry_time`` is given, and of no use without a way in:
        see :meth:`get_node_remote_login_settings`. Windows needs a password and takes no SSH key.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param user: Name, password or key, and rights.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises ResourceExistsError: if the node has a user of this name; see :meth:`replace_node_user`.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
        return Request(
            "POST",
            "/pools/{}/nodes/{}/users",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("user", user),
            success=(201,),
            yields=RESOURCE,
            once=True,
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
        """Delete a user account from a node.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param user_name: Name of the user; only users made by :meth:`create_node_user` can be deleted.
        :raises ResourceNotFoundError: if there is no such pool, node or user.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
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
        """Replace password, key and expiry of a user of a node.

        Nothing is kept: a password or key that is left out no longer lets the user in, and an expiry left out is one
        day from now.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param user_name: Name of the user.
        :param update_options: What lets the user in from now on, and until when.
        :raises ResourceNotFoundError: if there is no such pool, node or user.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
        return Request(
            "PUT",
            "/pools/{}/nodes/{}/users/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("user_name", user_name),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("update_options", update_options),
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
        """Get a node as it is now: state, start task, recent tasks and errors.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :keyword select: Properties to fetch, by the service's names, such as ``["state", "startTaskInfo", "errors"]``.
        :raises ResourceNotFoundError: if there is no such pool or node; nodes that left the pool are gone.
        """
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
        """Begin to restart a node; the poller is done when it has booted and is ready for tasks again.

        The call returns once the service has accepted it. Files on the node stay; its start task runs again. If the
        node ends up unusable, with a failed start task, or lost, the poller raises ``OperationFailedError``.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param options: What becomes of tasks that run there; by default they are queued again.
        :keyword polling_interval: Longest pause between two reads of the node, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        :raises InvalidStateError: if the node is in another state that does not allow it.
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/reboot",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                optional_body=("options", options),
                takes=_models.BatchNodeRebootOptions,
                success=(202,),
                yields=RESOURCE,
                once=True,
                options=kwargs,
            ),
            ("reboot_node", pool_id, node_id),
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
        """Begin to start a deallocated node; the poller is done when it has booted and is ready for tasks.

        The call returns once the service has accepted it. The start task of the pool runs first. If the node ends up
        unusable, with a failed start task, or lost, the poller raises ``OperationFailedError``.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be deallocated.
        :keyword polling_interval: Longest pause between two reads of the node, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises InvalidStateError: if the node is not deallocated.
        """
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
            ("start_node", pool_id, node_id),
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
        """Begin to set up a node anew from its image; the poller is done when it is ready for tasks again.

        The call returns once the service has accepted it. All files on the node are lost; start task and job
        preparation tasks run again. If the node ends up unusable, with a failed start task, or lost, the poller raises
        ``OperationFailedError``.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param options: What becomes of tasks that run there; by default they are queued again.
        :keyword polling_interval: Longest pause between two reads of the node, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        :raises InvalidStateError: if its state does not allow it, or its pool (``OperationNotValidOnNode``).
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/reimage",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                optional_body=("options", options),
                takes=_models.BatchNodeReimageOptions,
                success=(202,),
                yields=RESOURCE,
                once=True,
                options=kwargs,
            ),
            ("reimage_node", pool_id, node_id),
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
        """Begin to give back the machine of a node; the poller is done when the node is ``deallocated``.

        The call returns once the service has accepted it. The node stays in the pool and can be started again; do not
        count on the files on its disk. If the node breaks or leaves the pool instead, the poller raises
        ``OperationFailedError``.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node, which must be idle or running.
        :param options: What becomes of tasks that run there; by default they are queued again.
        :keyword polling_interval: Longest pause between two reads of the node, in seconds; the first pauses are
            shorter.
        :keyword polling: False for a poller that does not wait, or an azure-core polling method of your own.
        :keyword continuation_token: Token of an earlier poller of this operation: nothing is sent, its wait goes on.
        :return: A poller without a result.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        :raises InvalidStateError: if the node is in another state that does not allow it.
        """
        return Polling(
            Request[None](
                "POST",
                "/pools/{}/nodes/{}/deallocate",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(("timeOut", service_timeout),),
                headers=conditions(ocp_date=ocp_date),
                optional_body=("options", options),
                takes=_models.BatchNodeDeallocateOptions,
                success=(202,),
                yields=RESOURCE,
                options=kwargs,
            ),
            ("deallocate_node", pool_id, node_id),
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
        """Keep new tasks away from a node.

        Returns at once; the node is ``offline`` when no task runs there any more. It still takes its place in the pool,
        and costs.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param options: What becomes of tasks that run there; by default they are queued again.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises InvalidStateError: if scheduling is disabled already.
        """
        return Request(
            "POST",
            "/pools/{}/nodes/{}/disablescheduling",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            optional_body=("options", options),
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
        """Let a node take new tasks again.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises InvalidStateError: if scheduling is enabled already.
        """
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
        """Get the address and port at which a node takes SSH or remote desktop connections.

        The pool needs an inbound NAT pool for port 22 or 3389 in its ``endpoint_configuration``: by default there is no
        way in. See https://learn.microsoft.com/azure/batch/pool-endpoint-configuration.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises HttpResponseError: if the pool maps no such port.
        """
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
        """Let a node upload the logs of its Batch agent to a storage container, for a support request.

        The upload goes on after the call has returned. A log file is uploaded whole if any of its entries is in the
        time asked for.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param upload_options: The container, as a URL with a signature that allows writing or with an identity, and the
            time.
        :return: The folder in the container, and how many files there will be.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
        return Request(
            "POST",
            "/pools/{}/nodes/{}/uploadbatchservicelogs",
            ("pool_id", pool_id),
            ("node_id", node_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("upload_options", upload_options),
            returns=_models.UploadBatchServiceLogsResult,
            yields=ENTITY,
            once=True,
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
        """List the nodes of a pool, page by page.

        Spot nodes that were preempted stay in the list, and count as present nodes of the pool.

        :param pool_id: Id of the pool.
        :keyword max_results: Size of a page, 1 to 1000 nodes; all pages are read whatever it is.
        :keyword filter: OData condition on ``state``, ``startTaskInfo/state``, ``startTaskInfo/result``,
            ``startTaskInfo/exitCode`` or a date, such as ``state eq 'starttaskfailed'``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "state"]``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such pool.
        """
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
        """Get a virtual machine extension of a node and how its installation went.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param extension_name: Name of the extension in the pool's ``virtual_machine_configuration``.
        :keyword select: Properties to fetch, by the service's names, such as ``["provisioningState"]``.
        :raises ResourceNotFoundError: if there is no such pool, node or extension.
        """
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
        """List the virtual machine extensions of a node, page by page.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :keyword max_results: Size of a page, 1 to 1000 extensions; all pages are read whatever it is.
        :keyword select: Properties to fetch, by the service's names, such as ``["vmExtension", "provisioningState"]``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such pool or node.
        """
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
