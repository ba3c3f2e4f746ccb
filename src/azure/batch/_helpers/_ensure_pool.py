"""A pool that is there, is not there, or is made anew, whatever there was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from .._lazy import models as _models
from .._operation import planned
from .._progress import Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class PoolPresenceMixin:
    """A pool that is there, or is not."""

    @planned
    def ensure_pool(
        self,
        /,
        pool: Union[_models.BatchPoolCreateOptions, Mapping[str, Any]],
        *,
        may_differ: Union[bool, Iterable[str]] = False,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[_models.BatchPool]:
        """Create a pool unless it is there, and make sure that it is the one that is wanted.

        A program can call it whenever it starts, also at the same time as others: one creates the pool, all get it.
        A pool of this id that is being deleted is waited for until it is gone. A pool that exists must have all that
        ``pool`` asks for. It may have more, such as defaults, but not more items in a list that is asked for; passwords
        and keys are not compared, and neither are the signatures of shared URLs. So that resizing is no
        difference::

            try:
                found = client.ensure_pool(pool, may_differ=["target_dedicated_nodes"])
            except ResourceDiffersError as error:
                for one in error.differences:
                    print(one.property, one.wanted, one.found)

        It does not wait for the nodes.

        :param pool: What is wanted, as for :meth:`create_pool`.
        :keyword may_differ: True to take the pool as it is, or the properties in which it may differ, by the names of
            the models; ``virtual_machine_configuration`` includes what is below it.
        :keyword timeout: Seconds, or a timedelta, to wait for a pool that is being deleted; without limit if not given.
        :keyword polling_interval: Longest pause between two looks at such a pool, in seconds; the first pauses are
            shorter.
        :return: The pool as it is now.
        :raises ResourceDiffersError: if it exists with other properties; it lists them. A ResourceExistsError.
        :raises QuotaReachedError: if the account has as many pools as it may have.
        :raises TimeoutError: Python's own, if the pool is not there in time.
        """
        from ._presence import Presence, Tolerance, Wanted

        wanted = Wanted(self, "pool", pool, kwargs)
        tolerance = Tolerance(may_differ, wanted.kind)
        return Presence(self, "pool", wanted.id, kwargs, timeout=timeout, polling_interval=polling_interval).ensure(
            wanted, tolerance, frozenset()
        )

    @planned
    def ensure_no_pool(
        self,
        /,
        pool_id: str,
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[None]:
        """Delete a pool if it is there, and wait until it is gone.

        It is no error if there is no such pool, or if it is being deleted already. A pool that somebody else creates
        under the same id, once the one that was there is gone, stays::

            client.ensure_no_pool("render-pool", timeout=600)

        :param pool_id: Id of the pool.
        :keyword timeout: Seconds, or a timedelta, to wait; without limit if not given. The deletion goes on anyway.
        :keyword polling_interval: Longest pause between two looks, in seconds; the first pauses are shorter.
        :raises TimeoutError: Python's own, if the pool is still there when the time is over.
        """
        from ._presence import Presence

        return Presence(self, "pool", pool_id, kwargs, timeout=timeout, polling_interval=polling_interval).remove()

    @planned
    def recreate_pool(
        self,
        /,
        pool: Union[_models.BatchPoolCreateOptions, Mapping[str, Any]],
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[_models.BatchPool]:
        """Delete the pool that has the id of a new one, wait until it is gone, and create the new one.

        Without such a pool it is just created. Tasks that run on the old nodes go back to the queues of their jobs, and
        run on the new ones::

            pool.vm_size = "standard_d4s_v3"
            client.recreate_pool(pool, timeout=600)

        :param pool: The new pool, as for :meth:`create_pool`.
        :keyword timeout: Seconds, or a timedelta, for all of it; without limit if not given.
        :keyword polling_interval: Longest pause between two looks, in seconds; the first pauses are shorter.
        :return: The new pool.
        :raises ResourceExistsError: if somebody else creates a pool of this id meanwhile.
        :raises QuotaReachedError: if the account has as many pools as it may have; the old one is gone then.
        :raises TimeoutError: Python's own, if the old pool is not gone in time.
        """
        from ._presence import Presence, Wanted

        wanted = Wanted(self, "pool", pool, kwargs)
        return Presence(self, "pool", wanted.id, kwargs, timeout=timeout, polling_interval=polling_interval).recreate(
            wanted
        )
