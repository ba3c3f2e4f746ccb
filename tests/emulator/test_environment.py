"""The variables of a task: what the service sets, what settings override, and what stays with the emulator."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.batch.emulator._environment import task_environment
from azure.batch.emulator._process import Launch, Outcome, Process, launch
from support.waiting import PATIENCE

ROOT = Path("/node")
TASK = ROOT / "workitems" / "job" / "job-1" / "task"


def environment(**changes: Any) -> dict[str, str]:
    arguments: dict[str, Any] = {
        "account_name": "acct",
        "account_url": "http://127.0.0.1:10500",
        "pool_id": "pool",
        "node_id": "tvm-1",
        "node_root": ROOT,
        "is_dedicated": True,
        "task_dir": TASK,
        "job_id": "job",
        "task_id": "task",
        "host": {"PATH": "/bin"},
        **changes,
    }
    return task_environment(**arguments)


def setting(name: str, *value: str) -> dict[str, str]:
    return {"name": name, "value": value[0]} if value else {"name": name}


def test_variables_of_the_service() -> None:
    assert environment() == {
        "AZ_BATCH_ACCOUNT_NAME": "acct",
        "AZ_BATCH_ACCOUNT_URL": "http://127.0.0.1:10500",
        "AZ_BATCH_CERTIFICATES_DIR": str(TASK / "certs"),
        "AZ_BATCH_JOB_ID": "job",
        "AZ_BATCH_NODE_ID": "tvm-1",
        "AZ_BATCH_NODE_IS_DEDICATED": "true",
        "AZ_BATCH_NODE_MOUNTS_DIR": str(ROOT / "fsmounts"),
        "AZ_BATCH_NODE_ROOT_DIR": str(ROOT),
        "AZ_BATCH_NODE_SHARED_DIR": str(ROOT / "shared"),
        "AZ_BATCH_NODE_STARTUP_DIR": str(ROOT / "startup"),
        "AZ_BATCH_POOL_ID": "pool",
        "AZ_BATCH_TASK_DIR": str(TASK),
        "AZ_BATCH_TASK_ID": "task",
        "AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": "1000000000",
        "AZ_BATCH_TASK_WORKING_DIR": str(TASK / "wd"),
        "HOME": str(TASK / "wd"),
        "PATH": "/bin",
    }


def test_start_task_belongs_to_no_job() -> None:
    names = set(environment(job_id=None, task_id=None, is_dedicated=False))
    assert not names & {"AZ_BATCH_JOB_ID", "AZ_BATCH_TASK_ID", "AZ_BATCH_JOB_PREP_DIR"}
    assert environment(is_dedicated=False)["AZ_BATCH_NODE_IS_DEDICATED"] == "false"


def test_directories_of_the_preparation_task() -> None:
    preparation = TASK.parent / "jobpreparation"
    result = environment(job_prep_dir=preparation)
    assert result["AZ_BATCH_JOB_PREP_DIR"] == str(preparation)
    assert result["AZ_BATCH_JOB_PREP_WORKING_DIR"] == str(preparation / "wd")


def test_settings_of_the_task_override_those_of_the_job_and_ordinary_variables() -> None:
    result = environment(
        common_settings=[setting("A", "job"), setting("B", "job"), setting("PATH", "/job")],
        settings=[setting("A", "task"), setting("PATH", "/task:/bin"), setting("EMPTY"), setting("HOME", "/h")],
    )
    assert (result["A"], result["B"], result["EMPTY"]) == ("task", "job", "")
    assert (result["PATH"], result["HOME"]) == ("/task:/bin", "/h")


def test_the_service_has_the_last_word_on_its_variables() -> None:
    result = environment(
        settings=[setting("AZ_BATCH_TASK_ID", "mine"), setting("AZ_BATCH_MINE", "mine")],
        extra={"AZ_BATCH_APP_PACKAGE_blender_2_7": "/node/applications/blender"},
    )
    assert result["AZ_BATCH_TASK_ID"] == "task"
    assert result["AZ_BATCH_MINE"] == "mine"
    assert result["AZ_BATCH_APP_PACKAGE_blender_2_7"] == "/node/applications/blender"


def test_only_harmless_variables_of_the_emulator_are_passed_on() -> None:
    host = {"PATH": "/p", "LANG": "de", "LC_ALL": "C", "TZ": "UTC", "TMPDIR": "/t", "HOME": "/home/me"}
    secrets = {"AZURE_CLIENT_SECRET": "s", "AZURE_BATCH_ACCESS_KEY": "k", "HTTPS_PROXY": "http://me:pw@proxy"}
    result = environment(host={**host, **secrets, "PYTHONPATH": "/x"})
    ordinary = {name: value for name, value in result.items() if not name.startswith("AZ_BATCH_")}
    assert ordinary == {**host, "HOME": str(TASK / "wd")}


def test_names_differ_in_more_than_case_on_windows() -> None:
    result = environment(
        windows=True,
        common_settings=[setting("Path", "a"), setting("x", "1")],
        settings=[setting("X", "2"), setting("Az_Batch_Task_Id", "mine")],
    )
    upper = {name.upper(): value for name, value in result.items()}
    assert len(upper) == len(result)
    assert (upper["PATH"], upper["X"], upper["AZ_BATCH_TASK_ID"], upper["OS"]) == ("a", "2", "task", "Windows_NT")
    assert "AZ_BATCH_CERTIFICATES_DIR" not in result


def test_the_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/own")
    assert environment(host=None)["PATH"] == "/own"


SETTINGS = st.lists(st.builds(setting, st.sampled_from(["A", "a", "PATH", "AZ_BATCH_JOB_ID", "ö"]), st.text()))


@given(SETTINGS, SETTINGS, st.booleans())
def test_whatever_the_settings_the_service_wins_and_the_last_setting_counts(
    common: list[dict[str, str]], own: list[dict[str, str]], windows: bool
) -> None:
    result = environment(common_settings=common, settings=own, windows=windows)
    assert result["AZ_BATCH_JOB_ID"] == "job"
    if own and own[-1]["name"] != "AZ_BATCH_JOB_ID":
        assert result[own[-1]["name"]] == own[-1]["value"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
async def test_settings_expand_in_a_shell_that_the_task_starts(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "greet"
    program.write_text("#!/bin/sh\necho $GREETING\n")
    program.chmod(0o755)
    variables = environment(
        host=os.environ,
        settings=[setting("GREETING", "$HOME *"), setting("PATH", f"{program.parent}:/bin:/usr/bin")],
    )
    out, err = tmp_path / "out", tmp_path / "err"
    line = "/bin/sh -c 'greet; echo \"$GREETING $AZ_BATCH_JOB_ID\"'"
    process = await launch(Launch(line, tmp_path, variables, out, err))
    assert isinstance(process, Process)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == Outcome(0, None)
    assert out.read_text().splitlines()[1] == "$HOME * job"
