"""A job that is there, is not there, or is made anew, whatever there was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from .._lazy import models as _models
from .._operation import planned
from .._progress import Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class JobPresenceMixin:
    """A job that is there, or is not."""

    @planned
    def ensure_job(
        self,
        /,
        job: Union[_models.BatchJobCreateOptions, Mapping[str, Any]],
        *,
        may_differ: Union[bool, Iterable[str]] = False,
        replace_completed: bool = False,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[_models.BatchJob]:
        """Create a job unless it is there, and make sure that it is the one that is wanted.

        A program can call it whenever it starts, also at the same time as others: one creates the job, all get it.
        A job of this id that is being deleted is waited for until it is gone. A job that exists must have all that
        ``job`` asks for, as :meth:`ensure_pool` says, and must still take tasks: one that is completed, or
        terminating, differs in its ``state``, unless it may be replaced::

            found = client.ensure_job(job, replace_completed=True)
            client.create_tasks(found.id, tasks)

        :param job: What is wanted, as for :meth:`create_job`.
        :keyword may_differ: True to take the job as it is, or the properties in which it may differ, by the names of
            the models; ``constraints`` includes what is below it. ``state`` accepts one that has ended.
        :keyword replace_completed: Delete a job of this id that is completed or terminating, with all of its tasks,
            and create it anew.
        :keyword timeout: Seconds, or a timedelta, to wait for a job that is being deleted; without limit if not given.
        :keyword polling_interval: Longest pause between two looks at such a job, in seconds; the first pauses are
            shorter.
        :return: The job as it is now.
        :raises ResourceDiffersError: if it exists with other properties; it lists them. A ResourceExistsError.
        :raises ResourceExistsError: if there is a job schedule of this id.
        :raises QuotaReachedError: if the account has as many active jobs and schedules as it may have.
        :raises TimeoutError: Python's own, if the job is not there in time.
        """
        from ._presence import ENDED, Presence, Tolerance, Wanted

        wanted = Wanted(self, "job", job, kwargs)
        tolerance = Tolerance(may_differ, wanted.kind, "state")
        replaced = ENDED if replace_completed else frozenset[str]()
        return Presence(self, "job", wanted.id, kwargs, timeout=timeout, polling_interval=polling_interval).ensure(
            wanted, tolerance, replaced
        )

    @planned
    def ensure_no_job(
        self,
        /,
        job_id: str,
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[None]:
        """Delete a job with all of its tasks if it is there, and wait until it is gone.

        It is no error if there is no such job, or if it is being deleted already. A job that somebody else creates
        under the same id, once the one that was there is gone, stays::

            client.ensure_no_job("render", timeout=600)

        :param job_id: Id of the job.
        :keyword timeout: Seconds, or a timedelta, to wait; without limit if not given. The deletion goes on anyway.
        :keyword polling_interval: Longest pause between two looks, in seconds; the first pauses are shorter.
        :raises TimeoutError: Python's own, if the job is still there when the time is over.
        """
        from ._presence import Presence

        return Presence(self, "job", job_id, kwargs, timeout=timeout, polling_interval=polling_interval).remove()

    @planned
    def recreate_job(
        self,
        /,
        job: Union[_models.BatchJobCreateOptions, Mapping[str, Any]],
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[_models.BatchJob]:
        """Delete the job that has the id of a new one, wait until it is gone, and create the new one, without tasks.

        Without such a job it is just created. The old job's tasks are stopped and deleted with it, and so are their
        files on the nodes::

            client.recreate_job(job, timeout=600)

        :param job: The new job, as for :meth:`create_job`.
        :keyword timeout: Seconds, or a timedelta, for all of it; without limit if not given.
        :keyword polling_interval: Longest pause between two looks, in seconds; the first pauses are shorter.
        :return: The new job.
        :raises ResourceExistsError: if somebody else creates a job of this id meanwhile, or there is a job schedule of
            this id.
        :raises QuotaReachedError: if the account has as many active jobs and schedules as it may have.
        :raises TimeoutError: Python's own, if the old job is not gone in time.
        """
        from ._presence import Presence, Wanted

        wanted = Wanted(self, "job", job, kwargs)
        return Presence(self, "job", wanted.id, kwargs, timeout=timeout, polling_interval=polling_interval).recreate(
            wanted
        )
