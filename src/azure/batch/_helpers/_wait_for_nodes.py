"""Waiting for nodes: what callers see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._lazy import models as _models
from .._operation import planned
from .._progress import ProgressHook, Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class NodeWaitMixin:
    """Waiting for nodes."""

    @planned
    def wait_for_nodes(
        self,
        /,
        pool_id: str,
        count: Optional[int] = None,
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 15,
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> Plan[list[_models.BatchNode]]:
        """Wait until nodes of a pool are ready, that is idle or running, and give the ready ones.

        It ends at once, and says why, when so many nodes cannot become ready any more: because too many are unusable,
        offline or deallocated, because their start task failed, or because the pool could not be resized. Of a pool
        that scales itself, a resize that failed before the wait does not count, since it will be resized again; of
        others such an error is believed when it stays::

            client.create_pool(pool)
            for node in client.wait_for_nodes("render-pool", timeout=1800):
                print(node.id, node.ip_address)

        It sends one small request a look, however many nodes there are, and lists the ready nodes at the end.
        Throttling, server errors and broken connections are overlooked until six looks in a row have failed. See
        https://learn.microsoft.com/azure/batch/batch-pool-node-error-checking.

        :param pool_id: The pool.
        :param count: How many nodes, dedicated or Spot; if not given, as many as the pool's target at the time, and at
            least one if it scales itself.
        :keyword timeout: Seconds, or a timedelta, for the whole wait; without limit if not given. 0 looks once.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :keyword progress_hook: Called after each look with the number of nodes that are ready and the number of those
            that are waited for; may be a coroutine function with the asynchronous client.
        :return: All nodes that are ready, with ``id``, ``state``, ``state_transition_time``, ``is_dedicated``,
            ``ip_address``, ``affinity_id`` and ``vm_size``.
        :raises StartTaskFailedError: if the start task failed on nodes that are needed; it has the end of its stderr.
        :raises ResizeFailedError: if the pool could not get the nodes; a ResizeQuotaError, which is a
            QuotaReachedError as well, if that is for want of quota.
        :raises NodesNotReadyError: the base of these two, also raised for unusable nodes, for a pool whose target is
            less than ``count`` and that does not scale itself, and for a pool that is deleted meanwhile.
        :raises NodesTimeoutError: a TimeoutError whose ``counts`` are the nodes by their states.
        :raises ResourceNotFoundError: if there is no such pool.
        """
        from ._looks import Looks
        from ._waiting_for_nodes import wait

        looks = Looks(self, kwargs, timeout=timeout, polling_interval=polling_interval, progress_hook=progress_hook)
        return wait(self, looks, pool_id, count)
