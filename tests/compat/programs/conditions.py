"""Reads and writes on condition."""

import datetime
import os

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceModifiedError

from azure.batch import BatchClient, models

job_id = os.environ["PROGRAM_PREFIX"] + "-conditions"
client = BatchClient(
    os.environ["AZURE_BATCH_ENDPOINT"],
    AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)
client.create_job(
    models.BatchJobCreateOptions(id=job_id, priority=1, pool_info=models.BatchPoolInfo(pool_id="there-is-no-such-pool"))
)
before = client.get_job(job_id)
client.update_job(
    job_id, models.BatchJobUpdateOptions(priority=5), etag=before.etag, match_condition=MatchConditions.IfNotModified
)
after = client.get_job(job_id)
print(before.priority, after.priority, before.etag == after.etag, '"' in after.etag)
try:
    client.update_job(
        job_id,
        models.BatchJobUpdateOptions(priority=7),
        etag=before.etag,
        match_condition=MatchConditions.IfNotModified,
    )
except ResourceModifiedError as e:
    print(e.status_code, e.error.code)
print(client.get_job(job_id, etag=before.etag, match_condition=MatchConditions.IfModified).priority)
print(client.get_job(job_id, if_modified_since=datetime.datetime(2020, 1, 1)).priority)

replacement = client.get_job(job_id)
replacement.priority = 9
replacement["metadata"] = [{"name": "a", "value": "b"}]
client.replace_job(job_id, replacement, etag=after.etag, match_condition=MatchConditions.IfNotModified)
job = client.get_job(job_id)
print(job.priority, job.metadata[0].value, job.task_failure_mode)


def remember(pipeline_response, deserialized, headers):
    return pipeline_response.http_response.status_code, deserialized, "ETag" in headers, "request-id" in headers


print(client.update_job(job_id, {"priority": 3}, cls=remember))
print(client.begin_delete_job(job_id, polling_interval=1).result())
