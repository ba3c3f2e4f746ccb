"""What a caller can do about the usual errors: a table by the service's code, with which the text of an error ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Optional

from ._codecs import decode_http_date

_QUOTAS = "https://learn.microsoft.com/azure/batch/batch-quota-limit"
_AUTHENTICATION = "https://learn.microsoft.com/azure/batch/batch-aad-auth"

_SAME = "ids that differ in case only are the same"

_BY_CODE: Mapping[str, str] = {
    **{
        f"{what.title()}BeingDeleted": f"Wait until it is gone with ensure_no_{what}, have it made anew then with "
        f"ensure_{what} or recreate_{what}, or use another id."
        for what in ("pool", "job")
    },
    **{
        f"{what.title()}Exists": f"Take the one that is there with ensure_{what}, which tells how it differs, replace "
        f"it with recreate_{what}, or use another id ({_SAME})."
        for what in ("pool", "job")
    },
    "AccountIsDisabled": "The Batch account is disabled: see its state in the Azure portal.",
    "ActiveJobAndScheduleQuotaReached": "A job counts until it completes, also when all its tasks have: let it end by "
    "itself with all_tasks_complete_mode='terminatejob', terminate or delete those that are not needed, or ask for "
    f"a higher quota ({_QUOTAS}).",
    "InsufficientAccountPermissions": "Give the identity a role on the Batch account, such as Azure Batch Data "
    f"Contributor ({_AUTHENTICATION}).",
    "InvalidRestAPIForAccountSetting": "The settings of the Batch account do not allow this call: use an Entra ID "
    f"credential, such as azure.identity.DefaultAzureCredential(), instead of an account key ({_AUTHENTICATION}).",
    "JobDisabled": "Enable the job with enable_job.",
    "JobScheduleDisabled": "Enable the schedule with enable_job_schedule.",
    "NodeStateUnusable": "The node's errors say why it is unusable; reimage, reboot or remove it.",
    "PoolBeingResized": "Wait until the pool's allocation_state is 'steady', or end the resize with "
    "begin_stop_pool_resize.",
    "PoolQuotaReached": f"Delete pools that are not needed, or ask for a higher quota ({_QUOTAS}).",
    "RequestBodyTooLarge": "Send less at once.",
    "TaskDependenciesNotSpecifiedOnJob": "Create the job with uses_task_dependencies=True; a job that exists cannot be "
    "changed so.",
    "TaskExists": f"Use another id ({_SAME}), delete the task that has this one, or take it as it is with "
    "create_tasks(..., on_exists='ok').",
    "TaskFilesCleanedup": "The files of a task are kept for its constraints.retention_time; output_files keep them "
    "longer.",
    "TaskFilesUnavailable": "The node that ran the task is gone or cannot be reached; files that must outlive their "
    "node are uploaded by the task's output_files.",
    "TooManyEnableAutoScaleRequests": "The formula of a pool can be set once in 30 seconds.",
}

_BY_FAMILY: Mapping[str, str] = {
    "BeingDeleted": "Wait until it is gone, or use another id.",
    "BeingTerminated": "It takes no new work; wait until it has completed, or use another id.",
    "Exists": f"Use another id ({_SAME}), or delete what has this one and wait until it is gone.",
    "QuotaReached": f"Delete what is not needed, or ask for a higher quota ({_QUOTAS}).",
}

_BY_PROPERTY: Mapping[str, str] = {
    "containerSettings": "Each task of a pool that has a container_configuration needs container_settings, and tasks "
    "of other pools must have none.",
    "dependsOn": _BY_CODE["TaskDependenciesNotSpecifiedOnJob"],
}
"""For errors that name a property of the request, the whole of it."""

_MANY_TASKS = "At most 100 tasks and 1 MB fit into one request; create_tasks submits any number of tasks."
_TOO_MUCH = frozenset({"RequestBodyTooLarge", "InvalidPropertyValue", "OutOfRangeInput"})
_WRONG_PROPERTY = frozenset({"InvalidPropertyValue", "MissingRequiredProperty", "UnsupportedProperty"})

_MOST_APART = 5 * 60
"""Seconds; the service refuses what is 15 minutes off, but clocks that are set right differ by far less."""


def advice_for(
    code: str, text: str, *, status: int, path: str, headers: tuple[Mapping[str, str], Mapping[str, str]]
) -> Optional[str]:
    """What to do about an error, None if there is nothing to be said beyond its text.

    :param text: Text of the error with its details.
    :param path: Address of the request.
    :param headers: Those of the request and those of the answer.
    """
    if status in (401, 403) and code in ("", "AuthenticationFailed", "InvalidAuthenticationInfo"):
        return _about_credentials(*headers)
    if path.endswith("/addtaskcollection") and (code in _TOO_MUCH or status == 413):
        return _MANY_TASKS
    return advice_for_code(code, text)


def advice_for_code(code: str, text: str = "") -> Optional[str]:
    """What to do about an error of which there is no more than its code and text: one of a task, a pool, a node."""
    if code in _WRONG_PROPERTY:
        return next((advice for name, advice in _BY_PROPERTY.items() if re.search(rf"{name}(?!\.\w)", text)), None)
    family = (advice for ending, advice in _BY_FAMILY.items() if code.endswith(ending))
    return _BY_CODE.get(code) or next(family, None)


def advice_for_all(errors: Iterable[tuple[str, str]]) -> list[str]:
    """What to do about several errors, of each its code and text, everything said once."""
    found = (advice_for_code(code, text) for code, text in errors)
    return list(dict.fromkeys(advice for advice in found if advice))


def _about_credentials(sent: Mapping[str, str], received: Mapping[str, str]) -> Optional[str]:
    scheme = sent.get("Authorization", "").partition(" ")[0]
    if scheme == "Bearer":
        return (
            "Check that the token is of the account's tenant and cloud (credential_scopes), and that the identity has "
            f"a role on the Batch account ({_AUTHENTICATION})."
        )
    if scheme != "SharedKey":
        return None
    ours, theirs = sent.get("ocp-date") or sent.get("Date", ""), received.get("Date", "")
    apart = _seconds_apart(ours, theirs)
    rest = (
        "Check the name of the account and its key, and whether the account allows shared keys at all (if not, use an "
        f"Entra ID credential, such as azure.identity.DefaultAzureCredential(); {_AUTHENTICATION})."
    )
    if apart is None:
        return f"{rest} The service also refuses requests whose date is 15 minutes off: check this machine's clock."
    if abs(apart) <= _MOST_APART:
        return f"The clocks agree (the request is dated {ours}, the answer {theirs}). {rest}"
    side = "behind" if apart > 0 else "ahead of"
    return (
        f"The date of the request ({ours}) is {round(abs(apart) / 60)} minutes {side} the service's clock ({theirs}): "
        "set this machine's clock right."
    )


def _seconds_apart(ours: str, theirs: str) -> Optional[float]:
    first, second = decode_http_date(ours), decode_http_date(theirs)
    return (second - first).total_seconds() if first and second else None
