"""Answers that no service should give, each read by the operation that got it.

They begin as what the service answers and are then broken at random, by a seed, so that a failure can be repeated:
values of other kinds, missing and unknown keys, deep nesting, cut or garbled bytes, other statuses and headers.
Whatever comes, an operation gives its result, or raises an error of azure-core's that says what was wrong.
"""

from __future__ import annotations

import inspect
import json
import os
import random
import re
from contextlib import suppress
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from azure.batch import BatchClient
from azure.batch import models as _models
from azure.batch._model import Model
from model_examples import wire
from support.calls import OPERATIONS, arguments, drive
from support.clients import ENDPOINT, memory_client
from support.memory import Answer

SHARES = 50
ANSWERS = int(os.environ.get("FUZZ_ANSWERS", "4000")) // SHARES
"""Each share is a test of its own, so that they spread over the processors."""

READS = {
    "get_application": "BatchApplication",
    "get_pool": "BatchPool",
    "evaluate_pool_auto_scale": "AutoScaleRun",
    "get_job": "BatchJob",
    "get_job_task_counts": "BatchTaskCountsResult",
    "get_job_schedule": "BatchJobSchedule",
    "create_task_collection": "BatchCreateTaskCollectionResult",
    "get_task": "BatchTask",
    "list_subtasks": "BatchSubtask",
    "get_node": "BatchNode",
    "get_node_remote_login_settings": "BatchNodeRemoteLoginSettings",
    "upload_node_logs": "UploadBatchServiceLogsResult",
    "get_node_extension": "BatchNodeVMExtension",
    "list_applications": "BatchApplication",
    "list_pool_usage_metrics": "BatchPoolUsageMetrics",
    "list_pools": "BatchPool",
    "list_supported_images": "BatchSupportedImage",
    "list_pool_node_counts": "BatchPoolNodeCounts",
    "list_jobs": "BatchJob",
    "list_jobs_from_schedule": "BatchJob",
    "list_job_preparation_and_release_task_status": "BatchJobPreparationAndReleaseTaskStatus",
    "list_job_schedules": "BatchJobSchedule",
    "list_tasks": "BatchTask",
    "list_nodes": "BatchNode",
    "list_node_extensions": "BatchNodeVMExtension",
    "list_task_files": "BatchNodeFile",
    "list_node_files": "BatchNodeFile",
}
"""What each operation with an answer of JSON reads."""

BARE = ("pool_exists", "create_pool", "delete_task", "get_task_file_properties", "get_node_file_properties")
"""Operations that read the status and the headers only."""

STATUSES = (
    200,
    200,
    200,
    200,
    200,
    200,
    201,
    202,
    204,
    206,
    304,
    400,
    401,
    403,
    404,
    408,
    409,
    412,
    413,
    429,
    500,
    503,
)
NOT_THAT: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1e308, "", "x", "P1D", "\u0000", "\ud800", "2025-13-45T99:00:00Z"),
    *([], [[]], [None], {}, {"": 1}),
)
HEADERS = (
    *("Content-Type", "Content-Length", "ETag", "Last-Modified", "Location", "request-id", "client-request-id"),
    *("Retry-After", "DataServiceId", "ocp-batch-file-isdirectory", "ocp-batch-file-mode", "ocp-batch-file-url"),
    "ocp-creation-time",
)
TEXTS = (
    "",
    " ",
    "x",
    "-1",
    "1e9",
    "true",
    '"0x8D"',
    "Mon, 99 Foo 2025",
    "\u00ff",
    "a" * 3000,
    "application/xml",
    "gzip",
)


class Breaker:
    """Breaks answers, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, value: Any, depth: int = 0) -> Any:
        """Change a JSON value somewhere."""
        chance = self.random
        if depth and chance.random() < 0.2:
            return chance.choice(NOT_THAT)
        if isinstance(value, dict) and value:
            changed = dict(value)
            key = chance.choice(list(changed))
            if chance.random() < 0.15:
                del changed[key]
            elif chance.random() < 0.1:
                changed[chance.choice(("", "x", "\u0000", key.upper(), key + "s"))] = changed.pop(key)
            else:
                changed[key] = self.value(changed[key], depth + 1)
            return changed
        if isinstance(value, list) and value:
            at = chance.randrange(len(value))
            return [*value[:at], self.value(value[at], depth + 1), *value[at + 1 :]]
        return chance.choice(NOT_THAT)

    def content(self, body: bytes) -> bytes:
        """Change the bytes of a body."""
        chance = self.random
        return chance.choice(
            (
                lambda: body[: chance.randrange(len(body) + 1)],
                lambda: body + chance.randbytes(3),
                lambda: body.replace(b'"', b"", 1),
                lambda: b"\xef\xbb\xbf" + body,
                lambda: body.decode().encode("utf-16"),
                lambda: b"[" * chance.choice((10, 100_000)),
                lambda: b'{"value":' * 50_000,
                lambda: chance.choice(
                    (b"", b"null", b"NaN", b"[]", b'"x"', b"1" * 5000, b"<html/>", b'{"value": null}')
                ),
            )
        )()

    def answer(self, body: Any) -> Answer:
        """An answer around a body, broken in one or several ways."""
        chance = self.random
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            body = self.value(body)
        text = json.dumps(body).encode()
        if chance.random() < 0.15:
            text = self.content(text)
        headers = {chance.choice(HEADERS): chance.choice(TEXTS) for _ in range(chance.choice((0, 0, 1, 2)))}
        return Answer(chance.choice(STATUSES), text, headers)

    def body_of(self, operation: str) -> Any:
        """What the service would answer: the result, or an error."""
        chance = self.random
        if chance.random() < 0.25:
            pairs = [{"key": "PropertyName", "value": "id"}]
            return {
                "code": "InvalidPropertyValue",
                "message": {"lang": "en-us", "value": "One is bad."},
                "values": pairs,
            }
        kind = getattr(_models, READS[operation]) if operation in READS else _models.BatchPool
        one = wire(kind, chance.randrange(3))
        if not operation.startswith("list_"):
            return one
        link = chance.choice(
            (None, None, f"{ENDPOINT}/x?$skiptoken=1", "https://evil.example/", "//[", "x", 5, "\u0000")
        )
        return {"odata.metadata": "x", "value": [one, one], **({"odata.nextLink": link} if link is not None else {})}


def look_at(found: Any) -> None:
    """Read all that a result has."""
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Model):
            for name in one._attr_to_rest_field:
                getattr(one, name)
            repr(one)
            one.as_dict()
            dict(one.items())
            assert one == one.copy()


@pytest.mark.parametrize("share", range(SHARES))
async def test_no_answer_raises_anything_but_an_error_of_ours(share: int) -> None:
    breaker = Breaker(share)
    operations = [*READS, *BARE]
    answer = Answer()
    pages = 0

    def handler(_: Any) -> Answer:
        nonlocal pages
        pages += 1
        return answer if pages < 3 else Answer(404)

    async with memory_client(handler, asynchronous=share % 5 == 0, retry_total=0) as client:
        for _ in range(ANSWERS):
            operation = breaker.random.choice(operations)
            answer, pages = breaker.answer(breaker.body_of(operation)), 0
            with suppress(HttpResponseError):
                look_at(await drive(client, operation, *arguments(operation)))


def test_every_operation_that_reads_json_is_among_them() -> None:
    results = {name: str(inspect.signature(getattr(BatchClient, name)).return_annotation) for name in OPERATIONS}
    reading = {name for name, result in results.items() if re.search(r"_models\.(?!BatchFileProperties)", result)}
    assert reading - {"create_tasks"} == set(READS)
