"""Operations on tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from azure.core import MatchConditions

from .._lazy import models as _models
from .._operation import operation, paged
from .._request import ENTITY, RESOURCE, Pages, Request, conditions


class TaskOperationsMixin:
    """Operations on tasks."""

    @operation
    def create_task(
        self,
        /,
        job_id: str,
        task: Union[_models.BatchTaskCreateOptions, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Add a task to a job.

        It waits for a node with enough free slots, however long that takes; one that needs more slots than any node has
        waits for ever. The service ends a task 180 days after it was added. To add many, :meth:`create_tasks` needs far
        fewer requests. When the answer to a first attempt gets lost, the retry can find the task that this very call
        made.

        :param job_id: Id of the job.
        :param task: The new task. ``depends_on`` needs a job made with ``uses_task_dependencies``, see
            https://learn.microsoft.com/azure/batch/batch-task-dependencies.
        :raises ResourceNotFoundError: if there is no such job.
        :raises ResourceExistsError: if the job has a task of this id, even one that differs in case.
        :raises InvalidStateError: if the job is terminating or completed, or the id is that of its preparation or
            release task.
        :raises ResourceBeingDeletedError: if the job is being deleted.
        """
        return Request(
            "POST",
            "/jobs/{}/tasks",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("task", task),
            success=(201,),
            yields=RESOURCE,
            creates=_models.BatchTaskCreateOptions,
            options=kwargs,
        )

    @paged
    def list_tasks(
        self,
        /,
        job_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        max_results: Optional[int] = None,
        filter: Optional[str] = None,
        select: Optional[list[str]] = None,
        expand: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchTask]:
        """List the tasks of a job, its job manager task included, page by page.

        Preparation and release tasks are not among them. Asking for few properties is much faster on large jobs: see
        https://learn.microsoft.com/azure/batch/batch-efficient-list-queries.

        :param job_id: Id of the job.
        :keyword max_results: Size of a page, 1 to 1000 tasks; all pages are read whatever it is.
        :keyword filter: OData condition on ``id``, ``state``, ``executionInfo/result``, ``executionInfo/exitCode`` or a
            date, such as ``executionInfo/result eq 'failure'``
            (https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch).
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "state", "executionInfo"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too; a ``select`` must then name ``stats``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such job.
        """
        return Pages(
            _models.BatchTask,
            Request[Any](
                "GET",
                "/jobs/{}/tasks",
                ("job_id", job_id),
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

    @operation
    def create_task_collection(
        self,
        /,
        job_id: str,
        task_collection: Union[_models.BatchTaskGroup, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        **kwargs: Any,
    ) -> Request[_models.BatchCreateTaskCollectionResult]:
        """Add up to 100 tasks to a job in one request, each of which succeeds or fails on its own.

        Nothing is raised for a task that was refused: look at ``status`` and ``error`` of each result. A request over 1
        MB is refused as a whole. :meth:`create_tasks` takes any number of tasks, splits them into such requests and
        raises for those that could not be added.

        :param job_id: Id of the job.
        :param task_collection: The tasks.
        :return: A result for every task, in any order.
        :raises ResourceNotFoundError: if there is no such job.
        :raises InvalidStateError: if the job is terminating or completed.
        :raises ResourceBeingDeletedError: if the job is being deleted.
        :raises HttpResponseError: 413 ``RequestBodyTooLarge`` if it is too much for one request.
        """
        return Request(
            "POST",
            "/jobs/{}/addtaskcollection",
            ("job_id", job_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(ocp_date=ocp_date),
            body=("task_collection", task_collection),
            returns=_models.BatchCreateTaskCollectionResult,
            yields=ENTITY,
            once=True,
            options=kwargs,
        )

    @operation
    def delete_task(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Delete a task in any state, its process if it runs, and its files on the node.

        The retention time is not waited for. Of a multi-instance task the primary is deleted at once, the others in the
        background.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :raises ResourceNotFoundError: if there is no such job or task.
        """
        return Request(
            "DELETE",
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            options=kwargs,
        )

    @operation
    def get_task(
        self,
        /,
        job_id: str,
        task_id: str,
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
    ) -> Request[_models.BatchTask]:
        """Get a task as it is now: state, exit code, failure and the node it ran on.

        ``execution_info`` tells how the last run went; ``node_info`` is None until the task has been on a node.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :keyword select: Properties to fetch, by the service's names, such as ``["state", "executionInfo"]``.
        :keyword expand: ``["stats"]`` to fetch statistics too, which the service gathers about every half hour and may
            not have.
        :raises ResourceNotFoundError: if there is no such job or task.
        """
        return Request(
            "GET",
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
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
            returns=_models.BatchTask,
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def replace_task(
        self,
        /,
        job_id: str,
        task_id: str,
        task: Union[_models.BatchTask, Mapping[str, Any]],
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Replace the constraints of a task, which are all of it that can be changed.

        Constraints left out go back to their defaults: no time limit, files kept for 7 days, the job's number of
        retries.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :param task: A task with the new ``constraints``; only those matter.
        :raises ResourceNotFoundError: if there is no such job or task.
        :raises InvalidStateError: if the service refuses it, as it may for a completed task.
        """
        return Request(
            "PUT",
            "/jobs/{}/tasks/{}",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            body=("task", task),
            yields=RESOURCE,
            options=kwargs,
        )

    @paged
    def list_subtasks(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        select: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> Pages[_models.BatchSubtask]:
        """List the subtasks of a multi-instance task, page by page; any other task has none.

        The primary, which is the task itself, is not among them. Their files are those of their nodes: see
        :meth:`list_node_files`. See https://learn.microsoft.com/azure/batch/batch-mpi.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :keyword select: Properties to fetch, by the service's names, such as ``["id", "state", "exitCode"]``.
        :return: A pager, which sends nothing before its first item is asked for.
        :raises ResourceNotFoundError: if there is no such job or task.
        """
        return Pages(
            _models.BatchSubtask,
            Request[Any](
                "GET",
                "/jobs/{}/tasks/{}/subtasksinfo",
                ("job_id", job_id),
                ("task_id", task_id),
                query=(
                    ("timeOut", service_timeout),
                    ("$select", select),
                ),
                headers=conditions(ocp_date=ocp_date),
                options=kwargs,
            ),
        )

    @operation
    def terminate_task(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """End a task, which is then ``completed`` and counts as failed, with ``TaskEnded`` as the reason.

        The process is killed if it runs; the files stay for the retention time. Of a multi-instance task the primary is
        ended at once, the others in the background.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :raises ResourceNotFoundError: if there is no such job or task.
        :raises InvalidStateError: if the task is completed already.
        """
        return Request(
            "POST",
            "/jobs/{}/tasks/{}/terminate",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            success=(204,),
            yields=RESOURCE,
            options=kwargs,
        )

    @operation
    def reactivate_task(
        self,
        /,
        job_id: str,
        task_id: str,
        *,
        service_timeout: Optional[int] = None,
        ocp_date: Optional[datetime] = None,
        if_modified_since: Optional[datetime] = None,
        if_unmodified_since: Optional[datetime] = None,
        etag: Optional[str] = None,
        match_condition: Optional[MatchConditions] = None,
        **kwargs: Any,
    ) -> Request[None]:
        """Queue a failed task again, with its number of retries back at 0.

        Exit code, result and failure of the last run are forgotten. Tasks that depend on it run after all if it
        succeeds now.

        :param job_id: Id of the job.
        :param task_id: Id of the task.
        :raises ResourceNotFoundError: if there is no such job or task.
        :raises InvalidStateError: if the task is not completed or has succeeded, or the job is terminating or
            completed.
        :raises ResourceBeingDeletedError: if the job is being deleted.
        """
        return Request(
            "POST",
            "/jobs/{}/tasks/{}/reactivate",
            ("job_id", job_id),
            ("task_id", task_id),
            query=(("timeOut", service_timeout),),
            headers=conditions(
                ocp_date=ocp_date,
                if_modified_since=if_modified_since,
                if_unmodified_since=if_unmodified_since,
                etag=etag,
                match_condition=match_condition,
            ),
            success=(204,),
            yields=RESOURCE,
            once=True,
            options=kwargs,
        )
