"""Requests about the files of tasks and nodes: which folder they are about, and what may be done there now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Callable, NamedTuple
from urllib.parse import quote

from . import _files
from ._lists import page_items, start_of
from ._nodes import Nodes
from ._state import State
from ._tasks import Tasks
from ._wire import Answer, Call, ServiceError, check

__all__ = ["FileCalls"]

_SEPARATOR = "\0"
"""Stands for the slash in the keys of a list: it comes before everything that a name can hold, so that keys compare as
text in the order of the list, which goes directory by directory. A slash comes after ``-`` and ``.``.
"""


class _Place(NamedTuple):
    root: Path
    url: str
    windows: bool


class FileCalls:
    """The requests about files."""

    def __init__(self, state: State, nodes: Nodes, tasks: Tasks) -> None:
        self._state = state
        self._nodes = nodes
        self._tasks = tasks

    def _place(self, call: Call) -> _Place:
        """The folder that a request is about."""
        return self._task_place(call) if "taskId" in call.ids else self._node_place(call)

    def _node_place(self, call: Call) -> _Place:
        pool = self._state.pool(call.ids["poolId"])
        node = self._state.node(pool, call.ids["nodeId"])
        self._nodes.require_reachable(node)
        return _Place(node.root, f"{call.base}/pools/{pool.id}/nodes/{node.id}/files", pool.is_windows)

    def _task_place(self, call: Call) -> _Place:
        job = self._state.job(call.ids["jobId"])
        document = self._tasks.document(job, call.ids["taskId"].lower())
        if document is None:
            raise ServiceError("TaskNotFound")
        place = document.get("nodeInfo")
        if document["state"] == "active" or place is None:
            reason = "The files of the task cannot be reached while it has not run"
            raise ServiceError("OperationInvalidForCurrentState", values=[("Reason", reason)])
        pool = self._state.pools.get(place["poolId"])
        node = pool.nodes.get(place["nodeId"]) if pool is not None else None
        if pool is None or node is None or node.state == "deallocated":
            raise ServiceError("TaskFilesUnavailable")
        root = node.root / job.directory / document["id"]
        if document["state"] == "preparing":
            root.mkdir(parents=True, exist_ok=True)  # it is there, with nothing in it yet
        if not root.is_dir():
            raise ServiceError("TaskFilesCleanedup" if document["state"] == "completed" else "TaskFilesUnavailable")
        return _Place(root, f"{call.base}/jobs/{job.id}/tasks/{document['id']}/files", pool.is_windows)

    def list(self, call: Call) -> Answer:
        """A page of files."""
        place = self._place(call)
        entries = _files.entries(place.root, _is_recursive(call), after=start_of(call).replace(_SEPARATOR, "/"))
        keyed = ((name.replace("/", _SEPARATOR), entry) for name, entry in entries)
        return page_items(call, keyed, lambda entry: _files.render(entry, place.url, windows=place.windows))

    def read(self, call: Call) -> Answer:
        """A file, or a part of it."""
        return self._part(call, with_content=True)

    def properties(self, call: Call) -> Answer:
        """What is known of a file or a directory."""
        return self._part(call, with_content=False)

    def _part(self, call: Call, *, with_content: bool) -> Answer:
        place = self._place(call)
        name = call.ids["filePath"]
        path = _files.resolve(place.root, name, windows=place.windows)
        url = f"{place.url}/{quote(name, safe='')}"
        part = _files.part(path, call.range, url, with_content=with_content)
        check(call.conditions, None, part.last_modified)
        return Answer(200, file=part, last_modified=part.last_modified)

    def delete(self, call: Call) -> Answer:
        """Delete a file or a directory."""
        place = self._place(call)
        _files.delete(place.root, call.ids["filePath"], _is_recursive(call), windows=place.windows)
        return Answer(200)

    def operations(self) -> Mapping[str, Callable[[Call], Answer]]:
        """The operations answered here."""
        return {
            f"{verb}_{kind}_file{rest}": step
            for kind in ("task", "node")
            for verb, rest, step in (
                ("list", "s", self.list),
                ("download", "", self.read),
                ("get", "_properties", self.properties),
                ("delete", "", self.delete),
            )
        }


def _is_recursive(call: Call) -> bool:
    return call.query.get("recursive", "").lower() == "true"
