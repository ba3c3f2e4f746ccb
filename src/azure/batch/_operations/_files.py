"""Operations on files of tasks and nodes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from .._lazy import models as _models
from .._operation import download, operation, paged
from .._request import FILE, Pages, Request, conditions


class FileOperationsMixin:
    """Operations on files of tasks and nodes."""

    @operation
    def delete_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Delete a file or folder of a task from the node on which it ran.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :param file_path: Path below the folder of the task, such as ``wd/result.csv``.
        :keyword recursive: Whether to delete a folder with all that is in it; otherwise only an empty one can be
            deleted.
        :raises ResourceNotFoundError: if there is no such job, task or file, or the node is gone.
        :raises InvalidStateError: if the task has not run yet, or its files or node are not there any more.
        """
        return Request(
            "DELETE",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(
                ("timeOut", service_timeout),
                ("recursive", recursive),
            ),
            headers=conditions(ocp_date=ocp_date),
            options=kwargs,
        )

    @download
    def download_task_file(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        ocp_range: Optional[str] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Download a file of a task, in pieces, whole, as text, or to a path.

        When the connection breaks, the rest is fetched by itself, within the ``retry_*`` settings, if the file is still
        the same.
        The pieces come as the network delivers them; read them all, or close the download, to free the connection::

            client.download_task_file("render", "frame-7", "wd/frame.png").save_to("frame.png")

        A running task's file has what the task has flushed so far: :meth:`follow_task_file` gives also what comes
        then, and :meth:`save_task_files` saves all files. They are those of the node that ran the task last, for as
        long as the retention time; see https://learn.microsoft.com/azure/batch/files-and-directories.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :param file_path: Path below the folder of the task, such as ``stdout.txt`` or ``wd/result.csv``.
        :keyword ocp_range: The bytes to fetch, first and last, as in ``bytes=0-1023``; the whole file if not given.
        :return: A :class:`azure.batch.FileDownload`, an iterator of bytes that can do more. Errors are raised by the
            call itself, before the first piece.
        :raises NodeGoneError: if the node with the files is gone or out of reach.
        :raises ResourceNotFoundError: if there is no such job, task or file.
        :raises InvalidStateError: if the task has not run yet, or its files or node are not there any more.
        :raises HttpResponseError: 416 ``InvalidRange`` if the range begins after the end of the file.
        :raises ResourceModifiedError: by the iterator, if the file has changed when its rest is fetched.
        """
        return Request[None](
            "GET",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                ocp_range=ocp_range,
            ),
            success=(200, 206),
            accept="application/octet-stream",
            yields=(*FILE, "content-type"),
            options=kwargs,
        )

    @operation
    def get_task_file_properties(
        self,
        /,
        job_id: str,
        task_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchFileProperties]:
        """Get size, date and type of a file of a task without reading it.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :param file_path: Path below the folder of the task, such as ``stdout.txt`` or ``wd/result.csv``.
        :raises ResourceNotFoundError: if there is no such job, task or file; the service does not say which.
        :raises FilesUnavailableError: if the task has not run yet, or its files or node are not there any more; the
            service does not say which either.
        """
        return Request(
            "HEAD",
            "/jobs/{}/tasks/{}/files/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date, if_modified_since=if_modified_since, if_unmodified_since=if_unmodified_since
            ),
            read=_models.BatchFileProperties.from_response,
            yields=FILE,
            options=kwargs,
        )

    @paged
    def list_task_files(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNodeFile]:
        """List the files of a task on the node on which it ran, page by page.

        Names are paths below the folder of the task, with backslashes on Windows nodes. Those of a multi-instance task
        are its primary's.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :keyword max_results: Size of a page, 1 to 1000 files; all pages are read whatever it is.
        :keyword filter: ``startswith(name,'...')`` to ask for names that begin so; nothing else can be filtered on.
        :keyword recursive: Whether to list what is in folders too; otherwise only the top: ``stdout.txt``,
            ``stderr.txt``, ``wd``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such job or task, or the node is gone.
        :raises InvalidStateError: if the task has not run yet, or its files or node are not there any more.
        """
        return Pages(
            _models.BatchNodeFile,
            Request[Any](
                "GET",
                "/jobs/{}/tasks/{}/files",
                ("job_id", job_id),
                ("task_id", task_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("recursive", recursive),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def delete_node_file(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Delete a file or folder from a node.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param file_path: Path below the node's root folder for Batch, such as ``shared/cache.db``.
        :keyword recursive: Whether to delete a folder with all that is in it; otherwise only an empty one can be
            deleted.
        :raises ResourceNotFoundError: if there is no such pool, node or file; a NodeGoneError for pool and node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
        return Request(
            "DELETE",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(
                ("timeOut", service_timeout),
                ("recursive", recursive),
            ),
            headers=conditions(ocp_date=ocp_date),
            options=kwargs,
        )

    @download
    def download_node_file(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        ocp_range: Optional[str] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Download a file from a node, in pieces, whole, as text, or to a path.

        When the connection breaks, the rest is fetched by itself, within the ``retry_*`` settings, if the file is still
        the same.
        This reaches the output of start tasks, of preparation and release tasks, and of subtasks; for others
        :meth:`download_task_file` needs no path. Read all pieces, or close the download, to free the connection::

            print(client.download_node_file("render-pool", node.id, "startup/stderr.txt").text())

        See https://learn.microsoft.com/azure/batch/files-and-directories.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param file_path: Path below the node's root folder for Batch, such as ``startup/stdout.txt``.
        :keyword ocp_range: The bytes to fetch, first and last, as in ``bytes=0-1023``; the whole file if not given.
        :return: A :class:`azure.batch.FileDownload`, an iterator of bytes that can do more. Errors are raised by the
            call itself, before the first piece.
        :raises ResourceNotFoundError: if there is no such pool, node or file; a NodeGoneError for pool and node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        :raises HttpResponseError: 416 ``InvalidRange`` if the range begins after the end of the file.
        :raises ResourceModifiedError: by the iterator, if the file has changed when its rest is fetched.
        """
        return Request[None](
            "GET",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                ocp_range=ocp_range,
            ),
            success=(200, 206),
            accept="application/octet-stream",
            yields=(*FILE, "content-type"),
            options=kwargs,
        )

    @operation
    def get_node_file_properties(
        self,
        /,
        pool_id: str,
        node_id: str,
        file_path: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchFileProperties]:
        """Get size, date and type of a file on a node without reading it.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :param file_path: Path below the node's root folder for Batch, such as ``startup/stdout.txt``.
        :raises ResourceNotFoundError: if there is no such pool, node or file; the service does not say which.
        :raises InvalidStateError: if the node is not ready; the service does not say why.
        """
        return Request(
            "HEAD",
            "/pools/{}/nodes/{}/files/{}",
            ("pool_id", pool_id),
            ("node_id", node_id),
            ("file_path", file_path),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date, if_modified_since=if_modified_since, if_unmodified_since=if_unmodified_since
            ),
            read=_models.BatchFileProperties.from_response,
            yields=FILE,
            options=kwargs,
        )

    @paged
    def list_node_files(
        self,
        /,
        pool_id: str,
        node_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        recursive: Optional[bool] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchNodeFile]:
        """List the files that Batch keeps on a node, page by page.

        Names are paths below the node's root folder for Batch, with backslashes on Windows nodes; see
        https://learn.microsoft.com/azure/batch/files-and-directories.

        :param pool_id: Id of the pool.
        :param node_id: Id of the node.
        :keyword max_results: Size of a page, 1 to 1000 files; all pages are read whatever it is.
        :keyword filter: ``startswith(name,'...')`` to ask for names that begin so; nothing else can be filtered on.
        :keyword recursive: Whether to list what is in folders too; otherwise only the top: ``shared``, ``startup``,
            ``workitems`` ...
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such pool or node.
        :raises NodeNotReadyError: if the node is starting, rebooting, being reimaged, or unusable.
        """
        return Pages(
            _models.BatchNodeFile,
            Request[Any](
                "GET",
                "/pools/{}/nodes/{}/files",
                ("pool_id", pool_id),
                ("node_id", node_id),
                query=(
                    ("timeOut", service_timeout),
                    ("maxresults", max_results),
                    ("$filter", filter),
                    ("recursive", recursive),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )
