"""Saving the files of a task, or of a node, to a directory on this machine; :mod:`._saving` does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional, Union

from .._lazy import models as _models
from .._operation import planned
from .._progress import ProgressHook, Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class SaveFilesMixin:
    """Saving the files of a task, or of a node, to a directory on this machine."""

    @planned
    def save_task_files(
        self,
        /,
        job_id: str,
        task_id: str,
        directory: Union[str, os.PathLike[str]],
        *,
        pattern: Optional[str] = None,
        recursive: bool = True,
        max_concurrency: int = 4,
        timeout: Optional[Seconds] = None,
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> Plan[list[_models.SavedFile]]:
        """Save the files of a task, with their folders and times, to a directory on this machine.

        A file is never half there: it takes its place when it is complete. What is there with the same size and time
        is not fetched again, so that a call which failed can be made again, and one after the other keeps a copy of
        what a running task writes up to date; what is not on the node any more stays::

            for file in client.save_task_files("render", "frame-7", "frame-7", pattern="wd/*.png"):
                print(file.status, file.path)

        Names never lead out of the directory, neither by themselves nor through links in it: such files, and those
        whose names cannot be used on this machine, are ``refused`` in the result. Folders without files are not made.

        :param job_id: The job.
        :param task_id: The task. The files of a multi-instance task are its primary's.
        :param directory: Where to; made if it is not there.
        :keyword pattern: Save files whose path below the folder of the task matches, with slashes on any node, such as
            ``wd/*.csv``; as for ``fnmatch``, ``*`` and ``?`` stand for slashes as well.
        :keyword recursive: Whether to save what is in folders too; otherwise only ``stdout.txt``, ``stderr.txt`` and
            what else lies beside them.
        :keyword max_concurrency: How many files to fetch at once; more than one are fetched by threads, or tasks of
            the event loop. After a failure or Ctrl-C threads are waited for until their requests have ended, by the
            ``retry_*`` settings and ``read_timeout``; a second Ctrl-C does not wait.
        :keyword timeout: Seconds, or a timedelta, for all of it; without limit if not given. One request may try again
            for up to 5 s when they are over.
        :keyword progress_hook: Called with the bytes that are there by now, and those of all files, never by two
            threads at once; may be a coroutine function with the asynchronous client.
        :return: What became of each file, in the order of the service's list.
        :raises ResourceNotFoundError: if there is no such job or task; a NodeGoneError if the node is gone.
        :raises InvalidStateError: if the task has not run yet, or its files are not kept any more.
        :raises OSError: if a file cannot be written.
        :raises TimeoutError: if not all files were saved in time; those that were stay, for another call to go on.
        """
        ids = {"job_id": job_id, "task_id": task_id}
        from ._saving import Saving

        return Saving(self, "task", ids, directory, pattern, recursive, timeout, progress_hook, kwargs).run(
            max_concurrency
        )

    @planned
    def save_node_files(
        self,
        /,
        pool_id: str,
        node_id: str,
        directory: Union[str, os.PathLike[str]],
        *,
        pattern: Optional[str] = None,
        recursive: bool = True,
        max_concurrency: int = 4,
        timeout: Optional[Seconds] = None,
        progress_hook: Optional[ProgressHook] = None,
        **kwargs: Any,
    ) -> Plan[list[_models.SavedFile]]:
        """Save files of a node, with their folders and times, to a directory on this machine.

        It does for all that is in the root folder of the node what :meth:`save_task_files` does for a task. That can
        be very much: say with ``pattern`` what is wanted, for example the files of the start task::

            client.save_node_files("render-pool", node.id, "start-task", pattern="startup/*")

        :param pool_id: The pool.
        :param node_id: The node.
        :param directory: Where to; made if it is not there.
        :keyword pattern: Save files whose path below the root folder of the node matches, with slashes on any node; as
            for ``fnmatch``, ``*`` and ``?`` stand for slashes as well.
        :keyword recursive: Whether to save what is in folders too; otherwise only what lies in the root folder.
        :keyword max_concurrency: How many files to fetch at once.
        :keyword timeout: Seconds, or a timedelta, for all of it; without limit if not given.
        :keyword progress_hook: Called with the bytes that are there by now, and those of all files.
        :return: What became of each file, in the order of the service's list.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        :raises OSError: if a file cannot be written.
        :raises TimeoutError: if not all files were saved in time; those that were stay, for another call to go on.
        """
        ids = {"pool_id": pool_id, "node_id": node_id}
        from ._saving import Saving

        return Saving(self, "node", ids, directory, pattern, recursive, timeout, progress_hook, kwargs).run(
            max_concurrency
        )
