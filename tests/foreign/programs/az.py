"""`az batch`: carries out the operations it is told on standard input, one JSON document a line.

Each becomes a command line that the Azure CLI reads as it reads one that is typed; all of them in this one process,
since starting another for each would take most of the time. Runs under the interpreter that has azure-cli.
"""

import importlib.metadata
import io
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from azure.cli.core import get_default_cli

COMMANDS = {
    "create_pool": "pool create",
    "list_pools": "pool list",
    "get_pool": "pool show",
    "update_pool": "pool set",
    "replace_pool_properties": "pool reset",
    "resize_pool": "pool resize",
    "stop_pool_resize": "pool resize --abort",
    "remove_nodes": "node delete",
    "enable_pool_auto_scale": "pool autoscale enable",
    "evaluate_pool_auto_scale": "pool autoscale evaluate",
    "disable_pool_auto_scale": "pool autoscale disable",
    "delete_pool": "pool delete --yes",
    "list_pool_node_counts": "pool node-counts list",
    "list_supported_images": "pool supported-images list",
    "list_pool_usage_metrics": "pool usage-metrics list",
    "list_applications": "application summary list",
    "get_application": "application summary show",
    "list_nodes": "node list",
    "get_node": "node show",
    "create_node_user": "node user create",
    "replace_node_user": "node user reset",
    "delete_node_user": "node user delete --yes",
    "disable_node_scheduling": "node scheduling disable",
    "enable_node_scheduling": "node scheduling enable",
    "reboot_node": "node reboot",
    "get_node_remote_login_settings": "node remote-login-settings show",
    "upload_node_logs": "node service-logs upload",
    "list_node_files": "node file list",
    "get_node_file_properties": "node file show",
    "download_node_file": "node file download",
    "delete_node_file": "node file delete --yes",
    "create_job": "job create",
    "list_jobs": "job list",
    "list_jobs_from_schedule": "job list",
    "get_job": "job show",
    "update_job": "job set",
    "replace_job": "job reset",
    "disable_job": "job disable",
    "enable_job": "job enable",
    "terminate_job": "job stop",
    "delete_job": "job delete --yes",
    "list_job_preparation_and_release_task_status": "job prep-release-status list",
    "get_job_task_counts": "job task-counts show",
    "create_task": "task create",
    "create_task_collection": "task create",
    "list_tasks": "task list",
    "get_task": "task show",
    "replace_task": "task reset",
    "terminate_task": "task stop",
    "reactivate_task": "task reactivate",
    "delete_task": "task delete --yes",
    "list_subtasks": "task subtask list",
    "list_task_files": "task file list",
    "get_task_file_properties": "task file show",
    "download_task_file": "task file download",
    "delete_task_file": "task file delete --yes",
    "create_job_schedule": "job-schedule create",
    "list_job_schedules": "job-schedule list",
    "get_job_schedule": "job-schedule show",
    "update_job_schedule": "job-schedule set",
    "replace_job_schedule": "job-schedule reset",
    "disable_job_schedule": "job-schedule disable",
    "enable_job_schedule": "job-schedule enable",
    "terminate_job_schedule": "job-schedule stop",
    "delete_job_schedule": "job-schedule delete --yes",
}
FLAT = {
    "metadata": lambda items: ["--metadata", *(f"{item['name']}={item['value']}" for item in items)],
    "nodeList": lambda names: ["--node-list", *names],
    "poolInfo": lambda pool: ["--pool-id", pool["poolId"]],
}
"""What has structure, and is yet given as an option."""
SHOWN = {
    "inboundNatPools": "inboundNATPools",
    "nodeAgentSkuId": "nodeAgentSKUId",
    "remoteLoginIpAddress": "remoteLoginIPAddress",
}
"""Names that the CLI spells in its own way when it shows a resource."""

cli = get_default_cli()
endpoint = os.environ.pop("AZURE_BATCH_ENDPOINT")  # said with each command; the account and its key stay there
folder = Path(tempfile.mkdtemp())


def flag(name):
    return "--" + re.sub("[A-Z]", lambda letter: "-" + letter.group().lower(), name.replace("_", "-"))


def of_property(operation, name, value):
    """A property of a body as options."""
    if name in FLAT:
        return FLAT[name](value)
    option = "--task-id" if (operation, name) == ("create_task", "id") else flag(name)
    return [option] if value is True else [option, str(value)]


def of_body(operation, body):
    """A body as options where it is flat, and as a file where it is not."""
    if isinstance(body, dict) and all(isinstance(value, (str, int)) or name in FLAT for name, value in body.items()):
        return [word for name, value in body.items() for word in of_property(operation, name, value)]
    path = folder / "body.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return ["--json-file", str(path)]


def of_options(options):
    words = []
    for name, value in options.items():
        if name == "max_results":
            continue  # the CLI does not let its user say
        if name == "range":
            start, end = value.removeprefix("bytes=").split("-")
            words += ["--start-range", start, "--end-range", end]
        elif isinstance(value, bool):
            words += [flag(name), str(value).lower()]
        else:
            words += [flag(name), *(value if isinstance(value, list) else [str(value)])]
    return words


def as_the_service_says(value):
    if isinstance(value, list):
        return [as_the_service_says(one) for one in value]
    if isinstance(value, dict):
        return {SHOWN.get(name, name): as_the_service_says(one) for name, one in value.items()}
    return value


def run(operation, ids, body, options, model, waits):
    del model, waits  # the CLI knows its models, and no command of these waits
    destination = folder / "download" if operation.startswith("download_") else None
    words = ["batch", *COMMANDS[operation].split(), "--account-endpoint", endpoint]
    for name, value in ids.items():
        words += [flag(name), value]
    # The option of this one azure-cli 2.91.0 puts inside of itself; what the life asks for is the default.
    if body is not None and operation != "disable_node_scheduling":
        words += of_body(operation, body["value"] if operation == "create_task_collection" else body)
    words += of_options(options)
    if destination:
        words += ["--destination", str(destination)]
    shown = io.StringIO()
    # A command line that the CLI cannot read ends it: what it wrote of that is on standard error.
    if cli.invoke([*words, "--output", "json"], out_file=shown):
        if operation.endswith("_file_properties") and isinstance(cli.result.error, AttributeError):
            return {"answer": None}  # azure-cli 2.91.0 gets the answer, but cannot show it
        text = str(cli.result.error)
        code_and_message = re.match(r"\((\w+)\) (.*)", text, re.DOTALL)
        return {"code": code_and_message and code_and_message[1], "message": (code_and_message or ["", "", text])[2]}
    if destination:
        content = destination.read_text(encoding="utf-8")
        destination.unlink()  # the next one must not be there
        return {"answer": content}
    return {"answer": as_the_service_says(json.loads(shown.getvalue() or "null"))}


def reply(document):
    print(json.dumps(document), flush=True)


reply({"version": importlib.metadata.version("azure-cli"), "operations": list(COMMANDS)})
for line in sys.stdin:
    reply(run(**json.loads(line)))
