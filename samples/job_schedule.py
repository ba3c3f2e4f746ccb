"""Let a job schedule start a job at regular times, and change, pause and end it.

Each job is made from the schedule's job specification. Its work is a job manager task, which could add more tasks; the
job ends with it. Only one job of a schedule goes on at a time, and jobs can come once a minute at most.

The local emulator simulates: nothing is executed, and a day goes by in an instant, so that jobs come once a day. On a
real account they come every minute, and the program takes some minutes.

Run it with ``python samples/job_schedule.py``.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Optional

from _account import batch_client, linux_pool, local_emulator, new_id
from azure.batch import BatchClient, models
from azure.batch.emulator import BatchEmulator, Command, Delays, Outcome

REPORT = "/bin/sh -c 'echo report of $AZ_BATCH_JOB_ID'"


def simulated(command: Command) -> Outcome:
    """What the command of a task comes to where nothing is executed: it takes 20 seconds, and succeeds."""
    return Outcome(duration=20, stdout=f"report of {command.job_id}\n")


def wait(emulator: Optional[BatchEmulator], duration: timedelta) -> None:
    """Let time go by, in the simulation or really."""
    if emulator is not None:
        emulator.advance(duration)
    else:
        time.sleep(duration.total_seconds())


def nightly(name: str, every: timedelta) -> models.BatchJobScheduleCreateOptions:
    """A schedule whose jobs run one task each."""
    return models.BatchJobScheduleCreateOptions(
        id=name,
        schedule=models.BatchJobScheduleConfiguration(recurrence_interval=every, start_window=timedelta(minutes=1)),
        job_specification=models.BatchJobSpecification(
            pool_info=models.BatchPoolInfo(pool_id=name),
            job_manager_task=models.BatchJobManagerTask(
                id="report",
                command_line=REPORT,
                kill_job_on_completion=True,
                run_exclusive=False,
                constraints=models.BatchTaskConstraints(retention_time=timedelta(days=30)),  # of its files
            ),
        ),
    )


@contextmanager
def deleted_at_end(client: BatchClient, name: str) -> Generator[None, None, None]:
    """Delete the schedule, with its jobs, and the pool when the block ends, also on Ctrl-C."""
    try:
        yield
    finally:
        if client.job_schedule_exists(name):
            client.begin_delete_job_schedule(name).result()
        client.ensure_no_pool(name)


def show(client: BatchClient, name: str) -> None:
    """Print the state of a schedule, and the jobs that it has made."""
    schedule = client.get_job_schedule(name)
    info = schedule.execution_info
    following = f", next job at {info.next_run_time:%d %B %H:%M}" if info and info.next_run_time else ""
    print(f"The schedule is {schedule['state']}{following}")
    for job in sorted(client.list_jobs_from_schedule(name), key=lambda job: job.creation_time):
        ended = job.execution_info.end_time if job.execution_info else None
        took = f", took {(ended - job.creation_time).total_seconds():.0f} s" if ended else ""
        output = client.download_task_file(job.id, "report", "stdout.txt").text().strip() if ended else ""
        print(f"    {job.id}: {job['state']}, created {job.creation_time:%d %B %H:%M}{took}: {output}")


def main() -> None:
    """Run the program."""
    name = new_id("nightly")
    with local_emulator(simulate=simulated, delays=Delays.none()) as emulator, batch_client(emulator) as client:
        every = timedelta(days=1) if emulator is not None else timedelta(minutes=1)
        with deleted_at_end(client, name):
            client.create_pool(linux_pool(name, target_dedicated_nodes=1))
            client.create_job_schedule(nightly(name, every))
            print(f"A job every {every}, three times")
            wait(emulator, every * 2.5)
            show(client, name)

            client.disable_job_schedule(name)
            print("Disabled: no job comes")
            wait(emulator, every * 2)
            show(client, name)

            # An update replaces the properties that it gives; all others stay as they are.
            twice = models.BatchJobScheduleConfiguration(recurrence_interval=every * 2)
            client.update_job_schedule(name, models.BatchJobScheduleUpdateOptions(schedule=twice))
            client.enable_job_schedule(name)
            print("Enabled again, half as often")
            wait(emulator, every * 3)
            show(client, name)

            client.begin_terminate_job_schedule(name).result()
            show(client, name)


if __name__ == "__main__":
    main()
