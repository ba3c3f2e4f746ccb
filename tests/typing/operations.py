"""What type checkers see of every shape of operation, in both colours; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Optional, Union

from azure.core import MatchConditions
from azure.core.async_paging import AsyncItemPaged
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.paging import ItemPaged
from azure.core.polling import AsyncLROPoller, LROPoller
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse
from typing_extensions import assert_type

from azure.batch import (
    BatchClient,
    FileDownload,
    JobEndedError,
    NodesTimeoutError,
    PropertyDifference,
    ResourceDiffersError,
    TasksTimeoutError,
    models,
)
from azure.batch.aio import BatchClient as AsyncBatchClient
from azure.batch.aio import FileDownload as AsyncFileDownload


def construct(key: AzureNamedKeyCredential, token: TokenCredential, other: AsyncTokenCredential) -> None:
    BatchClient("https://a", key)
    BatchClient("https://a", token, api_version="2025-06-01")
    AsyncBatchClient("https://a", key)
    AsyncBatchClient("https://a", other)
    assert_type(BatchClient.from_environment(audience="https://b"), BatchClient)
    assert_type(AsyncBatchClient.from_environment(), AsyncBatchClient)


def synchronous(client: BatchClient) -> None:
    with client as same:
        assert_type(same, BatchClient)
    # a result, nothing, a truth
    assert_type(client.get_pool("p"), models.BatchPool)
    assert_type(client.create_pool({"id": "p"}), None)
    assert_type(client.pool_exists("p", etag="x", match_condition=MatchConditions.IfModified), bool)
    assert_type(client.get_job_task_counts("j"), models.BatchTaskCountsResult)
    assert_type(client.get_task_file_properties("j", "t", "stdout.txt"), models.BatchFileProperties)
    # a pager, a poller, bytes
    assert_type(client.list_tasks("j", select=["id"]), ItemPaged[models.BatchTask])
    for task in client.list_tasks("j"):
        assert_type(task, models.BatchTask)
    assert_type(client.begin_delete_pool("p", polling_interval=1), LROPoller[None])
    assert_type(client.begin_terminate_job("j"), LROPoller[None])
    download = assert_type(client.download_task_file("j", "t", "stdout.txt", ocp_range="bytes=0-9"), FileDownload)
    pieces: Iterator[bytes] = download
    assert_type(next(pieces), bytes)
    assert_type(download.readall(), bytes)
    assert_type(download.text(errors="replace"), str)
    assert_type(download.readinto(BytesIO(), progress_hook=print), int)
    assert_type(download.save_to(Path("x")), int)
    assert_type(download.follow(timeout=60), Iterator[bytes])
    assert_type(client.follow_task_file("j", "t", timeout=timedelta(hours=1)), Iterator[bytes])
    assert_type(client.follow_node_file("p", "n"), Iterator[bytes])
    assert_type(client.save_task_files("j", "t", "directory", pattern="wd/*"), list[models.SavedFile])
    # many tasks, and a request of one's own
    assert_type(
        client.create_tasks("j", [models.BatchTaskCreateOptions(id="t", command_line="true")], progress_hook=print),
        models.BatchCreateTaskCollectionResult,
    )
    assert_type(client.send_request(HttpRequest("GET", "/pools")), HttpResponse)
    # what is to be there, or not
    assert_type(
        client.ensure_pool({"id": "p"}, may_differ=["metadata"], timeout=timedelta(minutes=5)), models.BatchPool
    )
    assert_type(client.ensure_job({"id": "j"}, may_differ=True, replace_completed=True), models.BatchJob)
    assert_type(client.ensure_no_pool("p", timeout=60), None)
    assert_type(client.ensure_no_job("j", polling_interval=1), None)
    assert_type(client.recreate_pool({"id": "p"}), models.BatchPool)
    assert_type(client.recreate_job({"id": "j"}), models.BatchJob)
    # waiting
    summary = assert_type(client.wait_for_tasks("j", task_ids=("a", "b"), timeout=60), models.TasksSummary)
    assert_type(summary.exit_codes, dict[int, int])
    assert_type(summary.failure_reasons, dict[tuple[str, str], int])
    client.wait_for_tasks("j", state=models.BatchTaskState.RUNNING, timeout=timedelta(hours=1), progress_hook=print)
    assert_type(client.iter_completed_tasks("j", select=["stats"]), Iterator[models.BatchTask])
    assert_type(client.wait_for_nodes("p", 3, progress_hook=lambda current, total: None), list[models.BatchNode])


async def report(current: int, total: Optional[int]) -> None:
    print(current, total)


def waited_too_long(error: Union[TasksTimeoutError, JobEndedError], other: NodesTimeoutError) -> None:
    assert_type(error.summary, Optional[models.TasksSummary])
    assert_type(other.counts, Optional[models.BatchPoolNodeCounts])


async def asynchronous(client: AsyncBatchClient) -> None:
    async with client as same:
        assert_type(same, AsyncBatchClient)
    pending = assert_type(client.get_pool("p"), Coroutine[Any, Any, models.BatchPool])
    assert_type(await pending, models.BatchPool)
    await client.create_pool({"id": "p"})
    assert_type(await client.pool_exists("p"), bool)
    assert_type(await client.get_job_task_counts("j"), models.BatchTaskCountsResult)
    assert_type(await client.get_task_file_properties("j", "t", "stdout.txt"), models.BatchFileProperties)
    assert_type(client.list_tasks("j"), AsyncItemPaged[models.BatchTask])
    async for task in client.list_tasks("j"):
        assert_type(task, models.BatchTask)
    assert_type(await client.begin_delete_pool("p"), AsyncLROPoller[None])
    assert_type(await client.begin_terminate_job("j"), AsyncLROPoller[None])
    download = assert_type(await client.download_task_file("j", "t", "stdout.txt"), AsyncFileDownload)
    pieces: AsyncIterator[bytes] = download
    async for piece in pieces:
        assert_type(piece, bytes)
    assert_type(await download.readall(), bytes)
    assert_type(await download.text("utf-16"), str)
    assert_type(await download.readinto(BytesIO()), int)
    assert_type(await download.save_to("x"), int)
    assert_type(download.follow(timeout=60), AsyncIterator[bytes])
    assert_type(client.follow_task_file("j", "t"), AsyncIterator[bytes])
    assert_type(client.follow_node_file("p", "n"), AsyncIterator[bytes])
    assert_type(await client.save_node_files("p", "n", Path("directory")), list[models.SavedFile])
    assert_type(
        await client.create_tasks("j", [{"id": "t", "commandLine": "true"}], progress_hook=report),
        models.BatchCreateTaskCollectionResult,
    )
    assert_type(await client.send_request(HttpRequest("GET", "/pools")), AsyncHttpResponse)
    ensuring = assert_type(client.ensure_pool({"id": "p"}), Coroutine[Any, Any, models.BatchPool])
    assert_type(await ensuring, models.BatchPool)
    assert_type(await client.ensure_job({"id": "j"}), models.BatchJob)
    await client.ensure_no_pool("p")
    await client.ensure_no_job("j")
    assert_type(await client.recreate_pool({"id": "p"}), models.BatchPool)
    assert_type(await client.recreate_job({"id": "j"}), models.BatchJob)
    waiting = assert_type(client.wait_for_tasks("j", count=1), Coroutine[Any, Any, models.TasksSummary])
    assert_type((await waiting).failed_tasks, list[models.BatchTask])
    assert_type(client.iter_completed_tasks("j", polling_interval=5), AsyncIterator[models.BatchTask])
    assert_type(await client.wait_for_nodes("p", progress_hook=report), list[models.BatchNode])


def differences(error: ResourceDiffersError) -> None:
    assert_type(error.differences, list[PropertyDifference])
    assert_type(error.differences[0].property, str)


def fields(pool: models.BatchPool, task: models.BatchTask) -> None:
    assert_type(task.id, str)
    assert_type(task.state, Union[str, models.BatchTaskState])
    assert_type(task.constraints, Optional[models.BatchTaskConstraints])
    assert_type(task.resource_files, Optional[list[models.ResourceFile]])
    assert_type(pool.creation_time, datetime)
    assert_type(pool.resize_timeout, Optional[timedelta])
    assert_type(pool["id"], Any)
    assert_type(pool.as_dict(exclude_readonly=True), dict[str, Any])
    models.BatchJobDisableOptions(disable_tasks="requeue")
    models.BatchJobDisableOptions(disable_tasks=models.DisableBatchJobOption.REQUEUE)
    models.BatchTaskConstraints({"maxTaskRetryCount": 1})
