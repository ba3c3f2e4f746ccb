"""``python -m azure.batch.emulator`` as a person or a script uses it."""

from __future__ import annotations

import itertools
import os
import queue
import re
import signal
import subprocess
import threading
from collections import Counter
from datetime import datetime, timezone
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from azure.batch import BatchClient
from azure.batch.emulator._options import API_VERSIONS
from support.command_line import COMMAND, client_of, end, running
from support.processes import is_gone
from support.resources import IMAGE
from support.waiting import PATIENCE, until


def batch_client(values: dict[str, str], **settings: Any) -> BatchClient:
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    return BatchClient(values["AZURE_BATCH_ENDPOINT"], credential, **settings)


def test_it_says_what_it_is_and_serves_what_it_says(raw_client: Any) -> None:
    with running() as (process, values, rest):
        assert list(values) == ["AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY"]
        assert "executes the commands it is sent" in rest
        assert client_of(values, raw_client).get("/pools").status == 200
        assert end(process) == (0, "")


def test_with_tls_it_says_what_to_trust(tmp_path: Path) -> None:
    trusted = set()
    for _ in range(2):
        with running("--tls", "--data", str(tmp_path)) as (process, values, rest):
            names = ["AZURE_BATCH_CERTIFICATE", "AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY"]
            assert list(values) == names
            assert "REQUESTS_CA_BUNDLE" in rest
            assert values["AZURE_BATCH_ENDPOINT"].startswith("https://127.0.0.1:")
            certificate = values["AZURE_BATCH_CERTIFICATE"]
            with batch_client(values, connection_verify=certificate) as batch:
                assert list(batch.list_pools()) == []
            trusted.add(Path(certificate).read_text())
            assert end(process) == (0, "")
    assert len(trusted) == 1


def test_it_says_where_its_page_is() -> None:
    with running() as (_, values, rest):
        (link,) = re.findall(r"^Page to see what it does: (\S+)$", rest, re.MULTILINE)
        assert link.startswith(f"{values['AZURE_BATCH_ENDPOINT']}/#token=")
        with urlopen(link) as page:
            assert b"Page to see what it does" in page.read()  # for the reader who has not the link


def test_help_lists_the_versions_of_the_api() -> None:
    result = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=PATIENCE, check=True)
    told = re.findall(r"20\d\d-\d\d-\d\d(?:\.\d+\.\d+)?", result.stdout)
    assert tuple(told) == API_VERSIONS
    assert "executes the commands" in " ".join(result.stdout.split())


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_it_cleanly(number: str) -> None:
    with running() as (process, _, _):
        assert end(process, getattr(signal, number)) == (0, "")


def start_job(api: Any, slots: int = 1) -> None:
    pool = {"id": "p", "vmSize": "v", "virtualMachineConfiguration": IMAGE, "targetDedicatedNodes": 1}
    assert api.send("POST", "/pools", {**pool, "taskSlotsPerNode": slots}).status == 201
    job = {"id": "j", "poolInfo": {"poolId": "p"}, "usesTaskDependencies": True}
    assert api.send("POST", "/jobs", job).status == 201


def start_task(api: Any, command: str) -> None:
    start_job(api)
    assert api.send("POST", "/jobs/j/tasks", {"id": "t", "commandLine": command}).status == 201


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_processes_of_tasks_end_with_it(raw_client: Any, tmp_path: Path) -> None:
    file = tmp_path / "processes"
    with running() as (process, values, _):
        start_task(client_of(values, raw_client), f"/bin/sh -c 'sleep 1000 & echo $$ $! > {file}; wait'")
        until(lambda: file.exists() and len(file.read_text().split()) == 2)
        processes = [int(number) for number in file.read_text().split()]
        assert not any(map(is_gone, processes))
        assert end(process) == (0, "")
        until(lambda: all(map(is_gone, processes)))


class Submitter(threading.Thread):
    """Adds tasks one after the other for as long as the emulator is there.

    Each writes its id to a file; every fourth depends on the one before it.
    """

    def __init__(self, api: Any, name: str, file: Path, acknowledged: queue.SimpleQueue[str]) -> None:
        super().__init__(name=name)
        self._api = api
        self._command = f"/bin/sh -c 'echo $AZ_BATCH_TASK_ID >> {file}'"
        self._acknowledged = acknowledged

    def run(self) -> None:
        for number in itertools.count():
            task: dict[str, Any] = {"id": f"{self.name}-{number}", "commandLine": self._command}
            if number % 4 == 3:
                task["dependsOn"] = {"taskIds": [f"{self.name}-{number - 1}"]}
            try:
                reply = self._api.send("POST", "/jobs/j/tasks", task)
            except (OSError, HTTPException):
                return
            assert reply.status == 201, reply.body
            self._acknowledged.put(task["id"])


def test_killed_among_submissions_it_has_what_it_acknowledged_and_ends_each_task_once(
    raw_client: Any, tmp_path: Path
) -> None:
    slots, data, file = 4, str(tmp_path / "data"), tmp_path / "ran"
    acknowledged: queue.SimpleQueue[str] = queue.SimpleQueue()
    with running("--data", data) as (process, values, _):
        start_job(client_of(values, raw_client), slots)
        submitters = [Submitter(client_of(values, raw_client), name, file, acknowledged) for name in "abcd"]
        for submitter in submitters:
            submitter.start()
        known = [acknowledged.get(timeout=PATIENCE) for _ in range(300)]
        killed = datetime.now(timezone.utc).isoformat()
        process.kill()
        for submitter in submitters:
            submitter.join()
        process.communicate()
    while not acknowledged.empty():
        known.append(acknowledged.get())
    with running("--data", data) as (process, values, _):
        api = client_of(values, raw_client)
        until(lambda: api.get("/jobs/j/tasks", _filter="state ne 'completed'").json["value"] == [])
        counts = api.get("/jobs/j/taskcounts").json["taskCounts"]
        with batch_client(values) as batch:
            tasks = list(batch.list_tasks("j"))
    ran = Counter(file.read_text().split())
    assert set(known) <= {task["id"] for task in tasks}
    assert {task["executionInfo"]["result"] for task in tasks} == {"success"}
    assert counts["succeeded"] == counts["completed"] == len(tasks) == len(ran)
    # Only what ran when it was killed has run again: the first time it did not end.
    again = {task for task, times in ran.items() if times > 1}
    assert len(again) <= slots
    assert again.isdisjoint(task["id"] for task in tasks if task["executionInfo"]["endTime"] < killed)


def test_account_and_key_can_be_given(raw_client: Any) -> None:
    with running("--account", "mine", "--key", "c2VjcmV0") as (_, values, _):
        assert values["AZURE_BATCH_ACCOUNT"] == "mine"
        assert values["AZURE_BATCH_ACCESS_KEY"] == "c2VjcmV0"
        assert client_of(values, raw_client).get("/pools").status == 200


def test_a_folder_keeps_the_key(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        with running("--data", str(tmp_path)) as (process, values, _):
            keys.add(values["AZURE_BATCH_ACCESS_KEY"])
            assert end(process) == (0, "")
    assert len(keys) == 1


def test_any_token(raw_client: Any) -> None:
    with running("--accept-any-token") as (_, values, _):
        headers = {"Authorization": "Bearer of whoever"}
        assert client_of(values, raw_client).send("GET", "/pools", headers=headers).status == 200


def test_with_permission_it_listens_on_every_address(raw_client: Any) -> None:
    with running("--host", "0.0.0.0", "--allow-remote") as (process, values, _):
        port = values["AZURE_BATCH_ENDPOINT"].rpartition(":")[2]
        listening = {**values, "AZURE_BATCH_ENDPOINT": f"http://127.0.0.2:{port}"}
        assert client_of(listening, raw_client).get("/pools").status == 200
        assert end(process) == (0, "")


def test_tasks_for_containers_fail_when_that_is_wanted(raw_client: Any) -> None:
    with running("--containers", "fail") as (_, values, _):
        api = client_of(values, raw_client)
        start_job(api)
        task = {"id": "t", "commandLine": "true", "containerSettings": {"imageName": "tools/image"}}
        assert api.send("POST", "/jobs/j/tasks", task).status == 201
        failure = until(lambda: api.get("/jobs/j/tasks/t").json["executionInfo"].get("failureInfo"))
        assert failure["code"] == "ContainerInvalidSettings"


def test_applications_can_be_seeded(raw_client: Any, tmp_path: Path) -> None:
    arguments = ("--application", f"tool=1.0:{tmp_path}", "--application", f"tool=2.0:{tmp_path}")
    with running(*arguments) as (_, values, _):
        reply = client_of(values, raw_client).get("/applications/tool")
        assert sorted(reply.json["versions"]) == ["1.0", "2.0"]


def test_a_simulation_stands_still_until_it_is_advanced(raw_client: Any) -> None:
    with running("--simulate", "--delay", "boot=60", "--delay", "resize=120", "--seed", "7") as (process, values, rest):
        assert "executes nothing" in rest
        api = client_of(values, raw_client)
        assert api.send("GET", "/$emulator/faults", version=None).json["seed"] == 7
        start_task(api, "true")
        assert api.get("/pools/p").json["allocationState"] == "resizing"
        api.send("POST", "/$emulator/clock", {"advance": 120}, version=None)
        assert [node["state"] for node in api.get("/pools/p/nodes").json["value"]] == ["creating"]
        api.send("POST", "/$emulator/clock", {"advance": 120}, version=None)
        assert api.get("/jobs/j/tasks/t").json["state"] == "completed"
        assert end(process) == (0, "")


def test_a_folder_stands_for_the_storage_account(raw_client: Any, tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "data.txt").write_text("from storage")
    with running("--storage", str(tmp_path)) as (_, values, _):
        api = client_of(values, raw_client)
        start_task(api, "true")
        task = {
            "id": "reads",
            "commandLine": "cat data.txt",
            "resourceFiles": [{"autoStorageContainerName": "inputs"}],
        }
        assert api.send("POST", "/jobs/j/tasks", task).status == 201
        until(lambda: api.get("/jobs/j/tasks/reads").json["state"] == "completed")
        assert api.get("/jobs/j/tasks/reads/files/stdout.txt").body == b"from storage"


def test_a_folder_that_is_in_use_is_said_in_a_line(tmp_path: Path) -> None:
    with running("--data", str(tmp_path)):
        command = [*COMMAND, "--port", "0", "--data", str(tmp_path)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("The emulator cannot start: ")
    assert "cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "not a loopback address"),
        (["--host", "example.com"], "say allow_remote=True or --allow-remote"),
        (["--account", ""], "3 to 24 lower-case letters and digits"),
        (["--account", "My-Account"], "3 to 24 lower-case letters and digits, not 'My-Account'"),
        (["--key", "no key"], "base64"),
        (["--port", "70000"], "port"),
        (["--storage", "/no/such/folder"], "storage must be a folder that exists, and /no/such/folder is none"),
        (["--data", __file__], f"The data folder {__file__} cannot be used"),
        (["--data", f"{__file__}/below"], "cannot be used: Not a directory"),
        (["--application", "tool"], "NAME=VERSION:FOLDER"),
        (["--delay", "boot"], "resize|boot|settle|delete|preempted=SECONDS"),
        (["--delay", "boot=soon"], "=SECONDS"),
        (["--delay", "boot=-1"], "number of seconds"),
        (["--containers", "podman"], "choose from"),
        (["--nothing"], "unrecognized"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(arguments: list[str], message: str) -> None:
    result = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_said_in_a_line() -> None:
    with running() as (_, values, _):
        port = values["AZURE_BATCH_ENDPOINT"].rpartition(":")[2]
        result = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    assert result.returncode == 2
    assert result.stderr.startswith("The emulator cannot start: ")
    assert "Traceback" not in result.stderr
