"""A job schedule and its jobs."""

import datetime
import os
import time

from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient, models

schedule_id = os.environ["PROGRAM_PREFIX"] + "-schedule"
client = BatchClient(
    os.environ["AZURE_BATCH_ENDPOINT"],
    AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)
client.create_job_schedule(
    models.BatchJobScheduleCreateOptions(
        id=schedule_id,
        schedule=models.BatchJobScheduleConfiguration(
            start_window=datetime.timedelta(hours=1), recurrence_interval=datetime.timedelta(days=1)
        ),
        job_specification=models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="there-is-no-such-pool")),
    )
)
print(client.job_schedule_exists(schedule_id))
for _ in range(100):
    jobs = list(client.list_jobs_from_schedule(schedule_id))
    if jobs:
        break
    time.sleep(0.1)
print([job.id == schedule_id + ":job-1" for job in jobs], client.get_job(jobs[0].id).state)
schedule = client.get_job_schedule(schedule_id)
print(schedule.state, schedule.schedule.recurrence_interval, schedule.schedule["recurrenceInterval"])
print(schedule.execution_info.recent_job.id == jobs[0].id)
client.disable_job_schedule(schedule_id)
print(client.get_job_schedule(schedule_id, select=["id", "state"]).state)
client.enable_job_schedule(schedule_id)
client.update_job_schedule(
    schedule_id,
    models.BatchJobScheduleUpdateOptions(
        schedule=models.BatchJobScheduleConfiguration(recurrence_interval=datetime.timedelta(hours=5))
    ),
)
print(client.get_job_schedule(schedule_id).schedule.recurrence_interval)
print([one.id == schedule_id for one in client.list_job_schedules(filter="startswith(id,'" + schedule_id + "')")])
poller = client.begin_terminate_job_schedule(schedule_id, polling_interval=1)
print(poller.result(), poller.status(), client.get_job_schedule(schedule_id).state)
print(client.begin_delete_job_schedule(schedule_id, polling_interval=1).result())
