"""Following a file while its task goes on: what callers see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._operation import found
from .._progress import Seconds

if TYPE_CHECKING:
    from .._plan import Plan


class FollowMixin:
    """Following a file of a task or of a node while its task goes on."""

    @found
    def follow_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str = "stdout.txt",
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[bytes]:
        """Iterate over the bytes of a task's file as they are written, until the task is completed.

        A task that has not started yet is waited for, and so is a file that is not there yet::

            for piece in client.follow_task_file("render", "frame-7", timeout=3600):
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()

        What a program writes comes when the program flushes it. When the task is completed the rest comes, and the
        iteration ends, whether the task succeeded or not. A look costs two small requests, one while the task has not
        started; the pauses between looks begin at half a second, grow while nothing comes, and are short again when
        something did. Throttling, server errors and broken connections are overlooked until six looks in a row have
        failed, and so is a node that cannot be reached while the task is not completed.

        A task that is run again, because it failed and is retried or because its node was lost, writes its files anew:
        then the new file follows from its beginning. Around that moment, what the run before wrote last may be missing,
        and what the new one writes first may come twice. The same holds for a file that becomes shorter.

        :param job_id: The job.
        :param task_id: The task. Of a multi-instance task it is the primary's file that is followed.
        :param file_path: Path below the folder of the task.
        :keyword timeout: Seconds, or a timedelta, for the whole iteration; without limit if not given. The time that
            the loop's own body takes counts.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :return: An iterator, which sends nothing before its first piece is asked for. A piece has at most 4 MB, and may
            begin or end within a line or a character.
        :raises TimeoutError: if the task has not been completed in time.
        :raises NodeGoneError: if the task is completed and the node with its files is gone.
        :raises ResourceNotFoundError: if there is no such job or task, or the task is completed and there is no such
            file.
        """
        from ._following import follow

        ids = {"job_id": job_id, "task_id": task_id, "file_path": file_path}
        return follow(self, ids, kwargs, timeout, polling_interval)

    @found
    def follow_node_file(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str = "startup/stdout.txt",
        *,
        timeout: Optional[Seconds] = None,
        polling_interval: Seconds = 5,
        **kwargs: Any,
    ) -> Plan[bytes]:
        """Iterate over the bytes of a node's file as they are written, until the task that writes it is completed.

        That is the start task for what is in ``startup``, and the task for what is in its folder in ``workitems``; for
        the rest it is as :meth:`follow_task_file`::

            for piece in client.follow_node_file("render-pool", node.id, "startup/stderr.txt", timeout=600):
                print(piece.decode(errors="replace"), end="")

        A node that is booting, or waits for its start task, hands out no files: then they come when it is ready.

        :param pool_id: The pool.
        :param node_id: The node.
        :param file_path: Path below the node's root folder for Batch.
        :keyword timeout: Seconds, or a timedelta, for the whole iteration; without limit if not given.
        :keyword polling_interval: The longest pause between two looks, in seconds.
        :return: An iterator, which sends nothing before its first piece is asked for.
        :raises ValueError: if the file is of no task.
        :raises TimeoutError: if the task has not been completed in time.
        :raises ResourceNotFoundError: if there is no such pool or node, or the task is completed and there is no such
            file.
        """
        from ._following import follow

        ids = {"pool_id": pool_id, "node_id": node_id, "file_path": file_path}
        return follow(self, ids, kwargs, timeout, polling_interval)
