"""The environment of a task, as a pure function.

A task gets little of the environment of the emulator, which may hold credentials of whoever runs it: ``PATH`` (the
programs that tasks start are installed there), the language and the time zone, where temporary files go, and on Windows
what no program starts without. ``HOME`` is the working directory, so that a task neither finds nor changes the files
of that person by accident.

Settings of the task override those of the job, and both override these ordinary variables. What the service itself sets
cannot be overridden. Values are taken as they are written: a ``$NAME`` or ``%NAME%`` in one is expanded by a shell that
the task starts, not before. On Windows pools names are the same when they differ in case only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

__all__ = ["task_environment"]

_INHERITED = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR"})
_INHERITED_ON_WINDOWS = frozenset({"PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP"})
_RESERVED_BYTES = "1000000000"


def task_environment(
    *,
    account_name: str,
    account_url: str,
    pool_id: str,
    node_id: str,
    node_root: Path,
    is_dedicated: bool,
    task_dir: Path,
    job_id: Optional[str] = None,
    task_id: Optional[str] = None,
    job_prep_dir: Optional[Path] = None,
    extra: Optional[Mapping[str, str]] = None,
    common_settings: Iterable[Mapping[str, Any]] = (),
    settings: Iterable[Mapping[str, Any]] = (),
    windows: bool = False,
    host: Optional[Mapping[str, str]] = None,
) -> dict[str, str]:
    """All variables of a task.

    :keyword job_id: None for a start task, as is ``task_id``.
    :keyword job_prep_dir: Directory of the job preparation task, for tasks that run after it.
    :keyword extra: More that the service sets: application packages, and what a multi-instance task knows.
    :keyword common_settings: ``commonEnvironmentSettings`` of the job.
    :keyword settings: ``environmentSettings`` of the task.
    :keyword host: The environment to take the ordinary variables from; the emulator's own by default.
    """
    service = {
        "AZ_BATCH_ACCOUNT_NAME": account_name,
        "AZ_BATCH_ACCOUNT_URL": account_url,
        "AZ_BATCH_POOL_ID": pool_id,
        "AZ_BATCH_NODE_ID": node_id,
        "AZ_BATCH_NODE_IS_DEDICATED": "true" if is_dedicated else "false",
        "AZ_BATCH_NODE_ROOT_DIR": str(node_root),
        "AZ_BATCH_NODE_SHARED_DIR": str(node_root / "shared"),
        "AZ_BATCH_NODE_STARTUP_DIR": str(node_root / "startup"),
        "AZ_BATCH_NODE_MOUNTS_DIR": str(node_root / "fsmounts"),
        "AZ_BATCH_TASK_DIR": str(task_dir),
        "AZ_BATCH_TASK_WORKING_DIR": str(task_dir / "wd"),
        "AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": _RESERVED_BYTES,
    }
    if not windows:
        service["AZ_BATCH_CERTIFICATES_DIR"] = str(task_dir / "certs")
    if job_id is not None:
        service["AZ_BATCH_JOB_ID"] = job_id
    if task_id is not None:
        service["AZ_BATCH_TASK_ID"] = task_id
    if job_prep_dir is not None:
        service["AZ_BATCH_JOB_PREP_DIR"] = str(job_prep_dir)
        service["AZ_BATCH_JOB_PREP_WORKING_DIR"] = str(job_prep_dir / "wd")
    ordinary = _ordinary(os.environ if host is None else host, task_dir / "wd", node_id, windows)
    chosen = [(str(item["name"]), str(item.get("value") or "")) for item in (*common_settings, *settings)]
    return _merge([*ordinary.items(), *chosen, *service.items(), *(extra or {}).items()], ignore_case=windows)


def _ordinary(host: Mapping[str, str], home: Path, node_id: str, windows: bool) -> dict[str, str]:
    inherited = _INHERITED | _INHERITED_ON_WINDOWS if os.name == "nt" else _INHERITED
    result = {name: value for name, value in host.items() if name.upper() in inherited or name.startswith("LC_")}
    if windows:
        return {"OS": "Windows_NT", "COMPUTERNAME": node_id, **result, "USERPROFILE": str(home)}
    return {**result, "HOME": str(home)}


def _merge(variables: Iterable[tuple[str, str]], ignore_case: bool) -> dict[str, str]:
    """The last one of each name wins, and decides how the name is spelled."""
    result: dict[str, tuple[str, str]] = {}
    for name, value in variables:
        result[name.upper() if ignore_case else name] = (name, value)
    return dict(result.values())
