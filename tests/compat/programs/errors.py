"""What a program finds in an exception."""

import os

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError

from azure.batch import BatchClient, models

endpoint = os.environ["AZURE_BATCH_ENDPOINT"]
account = os.environ["AZURE_BATCH_ACCOUNT"]
job_id = os.environ["PROGRAM_PREFIX"] + "-errors"
client = BatchClient(endpoint, AzureNamedKeyCredential(account, os.environ["AZURE_BATCH_ACCESS_KEY"]))

try:
    client.get_pool("there-is-no-such-pool")
except ResourceNotFoundError as e:
    print(e.status_code, e.error.code, e.model.code, e.model.message.lang)
    print(str(e).splitlines()[0])
    print(e.error.message.splitlines()[0], "|", e.model.message.value.splitlines()[0])
    print(isinstance(e, HttpResponseError), isinstance(e, AzureError), e.response.status_code, e.model["code"])

job = models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id="there-is-no-such-pool"))
client.create_job(job)
try:
    client.create_job(job)
except ResourceExistsError as e:
    print(e.status_code, e.error.code, "(JobExists)" in str(e))

try:
    client.create_task(job_id, models.BatchTaskCreateOptions(id="not a valid id", command_line="true"))
except HttpResponseError as e:
    print(e.status_code, e.error.code, sorted(one.key for one in e.model.error_values or []))


def code_of(call):
    try:
        call()
    except ResourceNotFoundError as e:
        return e.error.code


print(code_of(lambda: client.get_task(job_id, "none")))
print(code_of(lambda: list(client.list_tasks("none"))))
print(code_of(lambda: client.delete_task(job_id, "none")))

try:
    BatchClient(endpoint, AzureNamedKeyCredential(account, "d3Jvbmcga2V5")).get_job(job_id)
except HttpResponseError as e:
    print(e.status_code, e.error.code)

print(client.begin_delete_job(job_id, polling_interval=1).result())
