"""What differs between the versions of the API: which requests a version has, what they may hold, what answers show.

The rules know the newest version only. A request of an older one is held against that before they see it, and what
they answer is shown to it without what it does not know; so pools can be made with one version and read with another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional, cast

from ._odata import invalid_query
from ._options import API_VERSIONS
from ._validation import invalid
from ._wire import Answer, Call, Document, ServiceError

__all__ = ["admit", "show", "version_of"]

_LATEST = API_VERSIONS[0]
_Tree = Mapping[str, Optional[Mapping[str, Any]]]
_MACHINES: _Tree = {"hardwareProfile": None, "placement": None, "resiliencyPolicy": None}
_POOL: _Tree = {"vmSkuProfile": None, "virtualMachineConfiguration": _MACHINES}
_JOB: _Tree = {"poolInfo": {"autoPoolSpecification": {"pool": {"virtualMachineConfiguration": _MACHINES}}}}
_SCHEDULE: _Tree = {"jobSpecification": _JOB}
_NODE: _Tree = {"publicIPAddress": None, "publicIPv6Address": None}

_ADDED: Mapping[str, _Tree] = {
    **dict.fromkeys(("create_pool", "update_pool", "get_pool", "list_pools"), _POOL),
    **dict.fromkeys(("create_job", "update_job", "replace_job"), _JOB),
    **dict.fromkeys(("get_job", "list_jobs", "list_jobs_from_schedule"), _JOB),
    **dict.fromkeys(("create_job_schedule", "update_job_schedule", "replace_job_schedule"), _SCHEDULE),
    **dict.fromkeys(("get_job_schedule", "list_job_schedules"), _SCHEDULE),
    **dict.fromkeys(("get_node", "list_nodes"), _NODE),
}
"""The properties that came with the latest version, as paths: of the bodies that requests send and answers show."""

_USAGE: _Tree = {"stats": {"usageStats": None}}
_REMOVED: Mapping[str, _Tree] = {"get_pool": _USAGE, "list_pools": _USAGE}
"""The properties that answers no longer show in the latest version, as paths."""

_WORDS = {
    "resize_pool": "nodeDeallocationOption",
    "remove_nodes": "nodeDeallocationOption",
    "reboot_node": "nodeRebootOption",
    "reimage_node": "nodeReimageOption",
    "deallocate_node": "nodeDeallocateOption",
}
"""The properties that can no longer be ``retaineddata`` in the latest version."""

_GONE = frozenset({"list_pool_usage_metrics"})
"""The operations that the latest version no longer has."""


def version_of(pairs: Sequence[tuple[str, str]], newest: str) -> str:
    """The version that a query asks for.

    :param newest: The newest version that is served.
    :raises ServiceError: when there is none, or one that is not served.
    """
    for name, value in pairs:
        if name.lower() == "api-version":
            served = [version for version in API_VERSIONS if version <= newest]
            if value not in served:
                raise invalid_query("api-version", value, f"one of {', '.join(served)} is expected")
            return value
    raise ServiceError("MissingRequiredQueryParameter", values=[("QueryParameterName", "api-version")])


def admit(call: Call) -> None:
    """Refuse a request that its version does not have, or that holds what its version does not have."""
    if call.version >= _LATEST:
        if call.operation in _GONE:
            raise ServiceError("InvalidUri")
        name = _WORDS.get(call.operation, "")
        word = (call.body or {}).get(name)
        if isinstance(word, str) and word.lower() == "retaineddata":
            raise invalid(name, word, "The value is none of requeue, terminate, taskcompletion")
        return
    tree = _ADDED.get(call.operation)
    if tree is None:
        return
    path = next(_found(call.body, tree), None)
    if path is not None:
        raise ServiceError("UnsupportedProperty", values=[("PropertyName", path)])
    selected = call.query.get("$select", "")
    for name in selected.split(","):
        if name.strip() in tree and tree[name.strip()] is None:
            raise invalid_query("$select", selected, f"'{name.strip()}' is not a property of the resource")


def show(call: Call, answer: Answer) -> Answer:
    """What an answer shows to a request of its version."""
    tree = (_ADDED if call.version < _LATEST else _REMOVED).get(call.operation)
    if tree is None or (answer.body is None and answer.page is None):
        return answer
    if answer.page is not None:
        return replace(answer, page=replace(answer.page, items=[_without(item, tree) for item in answer.page.items]))
    return replace(answer, body=_without(answer.body, tree))


def _found(document: Any, tree: _Tree) -> Iterator[str]:
    """The paths of a tree that a document has."""
    if isinstance(document, dict):
        for name, below in tree.items():
            if name in document:
                if below is None:
                    yield name
                else:
                    yield from (f"{name}.{path}" for path in _found(cast(Document, document)[name], below))


def _without(document: Any, tree: _Tree) -> Any:
    """A document without the paths of a tree; the same document if it has none of them."""
    if next(_found(document, tree), None) is None:
        return document
    result: Document = {}
    for name, value in cast(Document, document).items():
        below = tree.get(name, {})
        if below is not None:
            result[name] = _without(value, below)
    return result
