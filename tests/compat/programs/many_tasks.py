"""Many tasks, and what a program does when not all of them can be added."""

import os

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient, models

job_id = os.environ["PROGRAM_PREFIX"] + "-many"
client = BatchClient(
    os.environ["AZURE_BATCH_ENDPOINT"],
    AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)
client.create_job(models.BatchJobCreateOptions(id=job_id, pool_info={"poolId": "there-is-no-such-pool"}))
tasks = [models.BatchTaskCreateOptions(id="t" + str(number), command_line="true") for number in range(250)]
result = client.create_tasks(job_id, tasks, max_concurrency=3)
print(len(result.result_values), {one.status.lower() for one in result.result_values})
print(client.get_job_task_counts(job_id).task_counts.active)

try:
    client.create_tasks("there-is-no-such-job", tasks[:3])
except models.CreateTasksError as e:
    print(len(e.pending_tasks), list(e.failure_tasks), e.errors.pop().error.code)

bad = models.BatchTaskCreateOptions(id="bad", command_line="")
try:
    client.create_tasks(job_id, [models.BatchTaskCreateOptions(id="good", command_line="true"), bad])
except models.CreateTasksError as e:
    print([(one.task_id, one.status, one.error.code) for one in e.failure_tasks], len(e.pending_tasks))
print(client.get_task(job_id, "good").state)

pages = client.list_tasks(job_id, max_results=100, select=["id"]).by_page()
first = list(next(pages))
rest = [
    task.id
    for page in client.list_tasks(job_id, max_results=100, select=["id"]).by_page(pages.continuation_token)
    for task in page
]
print(len(first), len(rest), {task.id for task in first}.isdisjoint(rest), first[0].command_line)
print(client.begin_delete_job(job_id, polling_interval=1).result())
