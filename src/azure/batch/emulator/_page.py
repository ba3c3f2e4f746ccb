"""The page at ``/``, for a person's eyes, and the answers that it lives on.

The page is one static file without any data. What it shows it asks for, with a token that only those have who were
given the link: behind the ``#`` of the link, so that no browser sends it anywhere, and from there in a header of its
own, which scripts of other sites may not send. It changes nothing, and reads the account through the calls that every
client makes, a limited number of each thing at a time: what a refresh costs does not grow with the number of tasks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Callable, Optional

from ._clock import Clock
from ._files import open_part
from ._times import text_date
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["DATA", "TOKEN_HEADER", "Page"]

DATA = ("/$emulator/page/", "/%24emulator/page/")
"""How the paths of the requests begin that the page makes."""
TOKEN_HEADER = "emulator-page-token"

_MOST_POOLS = 20
_MOST_NODES = 1000
"""Of all pools that are shown at once."""
_MOST_JOBS = 50
_MOST_TASKS = 100
_TAIL = 32 * 1024
"""Bytes of a task's output that are shown, the last ones."""
_LONGEST = 500
"""Characters of a command line in a list."""

_STRIDE = 250
_MOST_STRIDES = 4
"""Completed tasks in search of those that failed: so many at once, and so often in one request."""

_FILTERS = {
    "": "",
    "active": "state eq 'active'",
    "running": "state eq 'running'",
    "completed": "state eq 'completed'",
    "failed": "state eq 'completed'",
}
_TASK = (
    "id",
    "displayName",
    "state",
    "commandLine",
    "stateTransitionTime",
    "creationTime",
    "executionInfo",
    "nodeInfo",
)
_CELL = ("id", "state", "isDedicated", "schedulingState", "runningTaskSlotsCount")
_NODE = ("id", "state", "stateTransitionTime", "vmSize", "isDedicated", "schedulingState", "ipAddress", "totalTasksRun")
_NODE_WORK = ("runningTasksCount", "runningTaskSlotsCount", "startTask", "startTaskInfo", "recentTasks", "errors")


class Page:
    """Answers the requests for the page and those that the page makes."""

    def __init__(
        self, execute: Callable[[Call], Answer], token: str, account: str, clock: Clock, *, simulates: bool
    ) -> None:
        """
        :param execute: What carries a call out.
        :param token: What a request for data must have.
        :param account: The name of the account.
        :param clock: What time it is.
        :param simulates: Whether the clock is a simulated one.
        """
        self._execute = execute
        self._token = token.encode()
        self._account = account
        self._clock = clock
        self._simulates = simulates
        self.content = files("azure.batch.emulator").joinpath("_page.html").read_bytes()
        """The page itself."""
        self.headers = {"Content-Security-Policy": _policy(self.content), **_GUARDED}
        """What keeps the page, and what it is told, to itself."""

    def check(self, token: Optional[str]) -> None:
        """Refuse a request for data that has not the page's token."""
        if token is None or not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            detail = ("AuthenticationErrorDetail", "The request has not the token of the page's link.")
            raise ServiceError("AuthenticationFailed", status=401, values=[detail])

    def answer(self, view: Sequence[str], query: Mapping[str, str]) -> Document:
        """What the page shows in one of its places."""
        if view == ["overview"]:
            return self._overview(query.get("pools", ""), query.get("jobs", ""))
        if view == ["tasks"]:
            return self._tasks(query.get("job", ""), query.get("after", ""), query.get("show", ""))
        if view == ["task"]:
            ids = {"jobId": query.get("job", ""), "taskId": query.get("task", "")}
            document = _pick(self._get("get_task", ids), *_TASK, "constraints", "environmentSettings")
            return {**document, **self._output("task", ids, "")}
        if view == ["node"]:
            ids = {"poolId": query.get("pool", ""), "nodeId": query.get("node", "")}
            document = _pick(self._get("get_node", ids), *_NODE, *_NODE_WORK)
            return {**document, **(self._output("node", ids, "startup/") if "startTask" in document else {})}
        raise ServiceError("ResourceNotFound", "The page has no such view.")

    # Reading the account

    def _get(self, operation: str, ids: Mapping[str, str]) -> Document:
        return self._execute(Call(operation, ids)).body or {}

    def _list(
        self, operation: str, ids: Mapping[str, str], most: int, after: str = "", **query: str
    ) -> tuple[Sequence[Document], Optional[str]]:
        given = {"maxresults": str(most), "$skiptoken": after, **{f"${name}": value for name, value in query.items()}}
        page = self._execute(Call(operation, ids, {name: value for name, value in given.items() if value})).page
        assert page is not None
        return page.items, page.token

    def _overview(self, pools_after: str, jobs_after: str) -> Document:
        pools, more_pools = self._list("list_pools", {}, _MOST_POOLS, pools_after)
        counts, _ = self._list("list_pool_node_counts", {}, _MOST_POOLS, pools_after)
        counts_of = {item["poolId"]: item for item in counts}
        left, shown = _MOST_NODES, list[Document]()
        for pool in pools:
            nodes: Sequence[Document] = ()
            if left:
                nodes, _ = self._list("list_nodes", {"poolId": pool["id"]}, left, select=",".join(_CELL))
            left -= len(nodes)
            shown.append(_pool(pool, nodes, counts_of.get(pool["id"], {})))
        jobs, more_jobs = self._list("list_jobs", {}, _MOST_JOBS, jobs_after)
        return {
            "account": self._account,
            "now": text_date(self._clock.now()),
            "simulates": self._simulates,
            "pools": shown,
            "morePools": more_pools,
            "jobs": [self._job(job) for job in jobs],
            "moreJobs": more_jobs,
        }

    def _job(self, job: Document) -> Document:
        counts = self._get("get_job_task_counts", {"jobId": job["id"]})
        shown = _pick(job, "id", "displayName", "state", "priority", "stateTransitionTime", "creationTime")
        return {**shown, "pool": job.get("executionInfo", {}).get("poolId", ""), "counts": counts["taskCounts"]}

    def _tasks(self, job: str, after: str, show: str) -> Document:
        if show not in _FILTERS:
            raise ServiceError("InvalidQueryParameterValue", values=[("QueryParameterName", "show")])
        document = self._get("get_job", {"jobId": job})
        is_search = show == "failed"
        tasks: list[Document] = []
        more: Optional[str] = None
        for _ in range(_MOST_STRIDES if is_search else 1):
            most = _STRIDE if is_search else _MOST_TASKS
            found, more = self._list("list_tasks", {"jobId": job}, most, after, filter=_FILTERS[show])
            tasks += [task for task in found if not is_search or task["executionInfo"].get("result") == "failure"]
            if more is None or len(tasks) >= _MOST_TASKS:
                break
            after = more
        return {"job": self._job(document), "tasks": [_short(_pick(task, *_TASK)) for task in tasks], "more": more}

    def _output(self, kind: str, ids: Mapping[str, str], folder: str) -> Document:
        """The ends of both outputs of a command."""
        return {
            name: self._tail(Call(f"get_{kind}_file_properties", {**ids, "filePath": f"{folder}{name}.txt"}))
            for name in ("stdout", "stderr")
        }

    def _tail(self, call: Call) -> Document:
        try:
            part = self._execute(call).file
            assert part is not None
            with open_part(part) as file:
                skipped = max(part.length - _TAIL, 0)
                file.seek(skipped)
                text = file.read(_TAIL).decode("utf-8", "replace")
        except ServiceError as error:
            return {"text": "", "reason": error.message}
        # The first character may have been cut in two.
        return {"text": text.lstrip("\ufffd") if skipped else text, "size": part.length, "skipped": skipped}


def _pick(document: Document, *names: str) -> Document:
    return {name: document[name] for name in names if name in document}


def _short(task: Document) -> Document:
    return {**task, "commandLine": task.get("commandLine", "")[:_LONGEST]}


def _pool(pool: Document, nodes: Sequence[Document], counts: Document) -> Document:
    shown = _pick(
        pool,
        *("id", "displayName", "state", "allocationState", "vmSize", "taskSlotsPerNode", "enableAutoScale"),
        *("targetDedicatedNodes", "targetLowPriorityNodes", "resizeErrors"),
    )
    states: dict[str, int] = {}
    for kind in ("dedicated", "lowPriority"):
        for state, number in counts.get(kind, {}).items():
            if state != "total":
                states[state.lower()] = states.get(state.lower(), 0) + number
    shown["states"] = {state: number for state, number in states.items() if number}
    shown["nodes"] = nodes
    return shown


# How the page is kept to itself ---------------------------------------------------------------------------------------

_GUARDED: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def _policy(content: bytes) -> str:
    """What the page may do: run and look as it was written, ask where it came from, and nothing else."""
    sources: dict[str, str] = {}
    for element in ("script", "style"):
        (text,) = re.findall(rb"<%b>(.*?)</%b>" % (element.encode(), element.encode()), content, re.DOTALL)
        sources[element] = b64encode(hashlib.sha256(text).digest()).decode()
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{sources['script']}'",
            f"style-src 'sha256-{sources['style']}'",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    )
