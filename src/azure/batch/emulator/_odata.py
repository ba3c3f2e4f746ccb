"""The query language of lists: ``$filter``, ``$select``, page sizes and the tokens that continue a list.

Filters are compiled once into closures and then applied to documents, since a list may hold 100,000 tasks. Which
properties may be filtered on, and how, is the service's table:
https://learn.microsoft.com/rest/api/batchservice/odata-filters-in-batch
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Callable, Optional, Union, cast

from ._times import parse_date, text_date
from ._wire import Document, ServiceError

__all__ = [
    "FILTERABLE",
    "SELECTABLE",
    "Filter",
    "Property",
    "check_select",
    "decode_token",
    "encode_token",
    "invalid_query",
    "page_size",
    "parse_filter",
    "select",
]

_Test = Callable[[Mapping[str, Any]], bool]
_Value = Union[str, int, bool]

_MAXIMUM_PAGE = 1000
_MAXIMUM_DEPTH = 50
"""How deep parentheses may nest; the language has no other limit that would keep recursion short."""


def invalid_query(name: str, value: str, reason: str) -> ServiceError:
    """The refusal of a query parameter."""
    values = [("QueryParameterName", name), ("QueryParameterValue", value), ("Reason", reason)]
    return ServiceError("InvalidQueryParameterValue", values=values)


# Which properties may be filtered on --------------------------------------------------------------------------------

_EQUALITY = frozenset({"eq", "ne"})
_ORDER = _EQUALITY | {"gt", "ge", "lt", "le"}
_TEXT = _ORDER | {"startswith"}


@dataclass(frozen=True)
class Property:
    """A property that a list can be filtered on."""

    kind: str
    """One of ``text``, ``date``, ``integer`` and ``boolean``."""
    operators: frozenset[str]
    path: tuple[str, ...]
    """Where the documents hold it."""


def _properties(kind: str, operators: frozenset[str], names: str) -> dict[str, Property]:
    return {name: Property(kind, operators, tuple(name.split("/"))) for name in names.split()}


_STATE = _properties("text", _EQUALITY, "state")
_JOBS = {
    **_STATE,
    **_properties("text", _TEXT, "id executionInfo/poolId"),
    **_properties(
        "date",
        _ORDER,
        "stateTransitionTime creationTime lastModified executionInfo/startTime executionInfo/endTime",
    ),
}
_FILES = _properties("text", frozenset({"startswith"}), "name")


def _task_run(prefix: str, state: bool = True) -> dict[str, Property]:
    """What can be filtered on in the record of one run of a task."""
    return {
        **(_properties("text", _EQUALITY, f"{prefix}/state") if state else {}),
        **_properties("text", _EQUALITY, f"{prefix}/result"),
        **_properties("integer", _ORDER, f"{prefix}/exitCode"),
        **_properties("date", _ORDER, f"{prefix}/startTime {prefix}/endTime"),
    }


FILTERABLE: Mapping[str, Mapping[str, Property]] = {
    "list_pools": {
        **_STATE,
        **_properties("text", _TEXT, "id"),
        **_properties("text", _EQUALITY, "allocationState vmSize"),
        **_properties("date", _ORDER, "stateTransitionTime allocationStateTransitionTime creationTime lastModified"),
        **_properties("boolean", _EQUALITY, "enableAutoScale enableInterNodeCommunication"),
    },
    "list_jobs": _JOBS,
    "list_jobs_from_schedule": {name: kept for name, kept in _JOBS.items() if name != "id"},
    "list_job_schedules": {
        **_STATE,
        **_properties("text", _TEXT, "id"),
        **_properties(
            "date",
            _ORDER,
            "stateTransitionTime creationTime lastModified executionInfo/endTime schedule/doNotRunUntil "
            "schedule/doNotRunAfter",
        ),
    },
    "list_tasks": {
        **_STATE,
        **_properties("text", _TEXT, "id"),
        **_properties("date", _ORDER, "stateTransitionTime creationTime lastModified"),
        # The service's own page spells it so; the property is lastModified.
        "lastModifiedTime": Property("date", _ORDER, ("lastModified",)),
        **_task_run("executionInfo", state=False),
    },
    "list_job_preparation_and_release_task_status": {
        **_properties("text", _EQUALITY, "poolId nodeId"),
        **_task_run("jobPreparationTaskExecutionInfo"),
        **_task_run("jobReleaseTaskExecutionInfo"),
    },
    "list_nodes": {
        **_STATE,
        **_properties("date", _ORDER, "stateTransitionTime lastBootTime allocationTime"),
        **_task_run("startTaskInfo"),
    },
    "list_task_files": _FILES,
    "list_node_files": _FILES,
    "list_pool_node_counts": _properties("text", frozenset({"eq"}), "poolId"),
    "list_supported_images": _properties("text", _EQUALITY, "osType verificationType nodeAgentSKUId"),
    "list_pool_usage_metrics": _properties("text", _TEXT - {"ne"}, "poolId"),
}
"""What can be filtered on, by operation and by the name that a filter uses."""


# $filter ------------------------------------------------------------------------------------------------------------


class Filter:
    """A compiled ``$filter``."""

    __slots__ = ("_equal", "matches")

    matches: _Test
    """Whether a document passes the filter."""

    def __init__(self, test: _Test, equal: Mapping[str, str]) -> None:
        self.matches = test
        self._equal = equal

    def equals(self, path: str) -> Optional[str]:
        """The text, in lower case, that a property must equal whatever the rest of the filter says.

        With it an index can narrow the documents that are worth matching.
        """
        return self._equal.get(path)


@lru_cache(maxsize=256)
def parse_filter(text: str, operation: str) -> Filter:
    """Compile the ``$filter`` of an operation.

    :raises ServiceError: when the expression is not one, or uses a property or an operator that the list has not.
    """
    return _Parser(text, FILTERABLE.get(operation, {})).parse()


_TOKENS = re.compile(
    r"""\s*(?:
        (?P<date>[Dd]ate[Tt]ime'(?P<moment>[^']*)')
      | (?P<text>'(?:[^']|'')*')
      | (?P<integer>-?[0-9]{1,18}(?![0-9A-Za-z]))
      | (?P<name>[A-Za-z][A-Za-z0-9]*(?:/[A-Za-z][A-Za-z0-9]*)*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "startswith": lambda left, right: left.startswith(right),
}


class _Parser:
    """Reads an expression by recursive descent: ``or`` binds least, then ``and``, then a comparison."""

    def __init__(self, text: str, properties: Mapping[str, Property]) -> None:
        self._text = text
        self._properties = properties
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def parse(self) -> Filter:
        test, equal = self._either()
        if self._next < len(self._tokens):
            raise self._refuse(f"'{self._tokens[self._next][1]}' is not expected here")
        return Filter(test, equal)

    def _refuse(self, reason: str) -> ServiceError:
        return invalid_query("$filter", self._text, reason)

    def _split(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        end = len(self._text.rstrip())
        while at < end:
            match = _TOKENS.match(self._text, at)
            if match is None:
                raise self._refuse(f"the expression cannot be read from position {at}")
            kind = match.lastgroup or ""
            if kind == "moment":
                kind = "date"
            value = match.group("moment") if kind == "date" else match.group(kind)
            tokens.append((kind, value))
            at = match.end()
        return tokens

    def _take(self, kind: str, value: Optional[str] = None) -> Optional[str]:
        """The next token if it is of this kind, and the place after it."""
        if self._next >= len(self._tokens):
            return None
        found, text = self._tokens[self._next]
        if found != kind or (value is not None and text != value):
            return None
        self._next += 1
        return text

    def _need(self, kind: str, value: Optional[str], wanted: str) -> str:
        text = self._take(kind, value)
        if text is None:
            raise self._refuse(f"{wanted} is expected")
        return text

    def _either(self) -> tuple[_Test, Mapping[str, str]]:
        test, equal = self._both()
        tests = [test]
        while self._take("name", "or"):
            test, equal = self._both()
            tests.append(test)
        if len(tests) == 1:
            return test, equal
        return (lambda document: any(test(document) for test in tests)), {}

    def _both(self) -> tuple[_Test, Mapping[str, str]]:
        test, equal = self._term()
        tests = [test]
        known = dict(equal)
        while self._take("name", "and"):
            test, equal = self._term()
            tests.append(test)
            known.update(equal)
        if len(tests) == 1:
            return test, known
        return (lambda document: all(test(document) for test in tests)), known

    def _term(self) -> tuple[_Test, Mapping[str, str]]:
        if self._take("mark", "("):
            self._depth += 1
            if self._depth > _MAXIMUM_DEPTH:
                raise self._refuse("the expression nests too deeply")
            inner = self._either()
            self._need("mark", ")", "')'")
            self._depth -= 1
            return inner
        name = self._need("name", None, "a property")
        if name == "startswith" and self._take("mark", "("):
            name = self._need("name", None, "a property")
            self._need("mark", ",", "','")
            result = self._compare(name, "startswith")
            self._need("mark", ")", "')'")
            return result
        operator = self._need("name", None, "an operator")
        return self._compare(name, operator)

    def _compare(self, name: str, operator: str) -> tuple[_Test, Mapping[str, str]]:
        known = self._properties.get(name)
        if known is None:
            raise self._refuse(f"the list cannot be filtered on '{name}'")
        if operator not in known.operators:
            raise self._refuse(f"the operator '{operator}' is not supported on '{name}'")
        value = self._literal(name, known.kind)
        equal = {name: value} if operator == "eq" and isinstance(value, str) and known.kind == "text" else {}
        return _comparison(known, operator, value), equal

    def _literal(self, name: str, kind: str) -> _Value:
        if kind == "boolean":
            word = self._need("name", None, f"true or false after '{name}'").lower()
            if word not in ("true", "false"):
                raise self._refuse(f"'{name}' is compared with true or false")
            return word == "true"
        if kind == "integer":
            return int(self._need("integer", None, f"a whole number after '{name}'"))
        if kind == "date":
            text = self._need("date", None, f"DateTime'...' after '{name}'")
            moment = _moment(text)
            if moment is None:
                raise self._refuse(f"'{text}' is not a date")
            return moment
        return self._need("text", None, f"text in quotes after '{name}'")[1:-1].replace("''", "'").lower()


def _moment(text: str) -> Optional[str]:
    """A date in the one form whose order as text is the order of time."""
    moment = parse_date(text)
    if moment is None:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
    try:
        return text_date(moment)
    except (ValueError, OverflowError):
        return None


def _reader(known: Property) -> Callable[[Mapping[str, Any]], Optional[_Value]]:
    """How the value of a property is read from a document, in the form that comparisons use."""
    path, kind = known.path, known.kind

    def read(document: Mapping[str, Any]) -> Optional[_Value]:
        value: Any = document
        for name in path:
            value = value.get(name)
            if value is None:
                # The service gives no flags that are off.
                return False if kind == "boolean" else None
        if kind == "text":
            return str(value).lower()
        if kind == "date":
            # Nearly all dates are the service's own, and in that form already.
            return value if len(value) == 28 and value.endswith("Z") else _moment(value)
        found: _Value = value
        return found

    return read


def _comparison(known: Property, operator: str, value: _Value) -> _Test:
    """A test of one property; one that a document has not equals nothing and has no order."""
    read = _reader(known)
    if operator == "eq":
        return lambda document: read(document) == value
    if operator == "ne":
        return lambda document: read(document) != value
    compare = _COMPARISONS[operator]

    def test(document: Mapping[str, Any]) -> bool:
        found = read(document)
        return found is not None and compare(found, value)

    return test


# $select ------------------------------------------------------------------------------------------------------------

_POOL = """
    id displayName url eTag lastModified creationTime state stateTransitionTime allocationState
    allocationStateTransitionTime vmSize virtualMachineConfiguration resizeTimeout resizeErrors currentDedicatedNodes
    currentLowPriorityNodes targetDedicatedNodes targetLowPriorityNodes enableAutoScale autoScaleFormula
    autoScaleEvaluationInterval autoScaleRun enableInterNodeCommunication networkConfiguration startTask
    applicationPackageReferences taskSlotsPerNode taskSchedulingPolicy userAccounts metadata stats mountConfiguration
    identity upgradePolicy vmSkuProfile"""
_JOB = """
    id displayName usesTaskDependencies url eTag lastModified creationTime state stateTransitionTime previousState
    previousStateTransitionTime priority allowTaskPreemption maxParallelTasks constraints jobManagerTask
    jobPreparationTask jobReleaseTask commonEnvironmentSettings poolInfo onAllTasksComplete onTaskFailure
    networkConfiguration metadata executionInfo stats"""
_SCHEDULE = """
    id displayName url eTag lastModified creationTime state stateTransitionTime previousState
    previousStateTransitionTime schedule jobSpecification executionInfo metadata stats"""
_TASK = """
    id displayName url eTag lastModified creationTime exitConditions state stateTransitionTime previousState
    previousStateTransitionTime commandLine containerSettings resourceFiles outputFiles environmentSettings
    affinityInfo constraints requiredSlots userIdentity executionInfo nodeInfo multiInstanceSettings stats dependsOn
    applicationPackageReferences"""
_NODE = """
    id url state schedulingState stateTransitionTime lastBootTime allocationTime ipAddress ipv6Address affinityId
    vmSize totalTasksRun runningTasksCount runningTaskSlotsCount totalTasksSucceeded recentTasks startTask
    startTaskInfo errors isDedicated endpointConfiguration nodeAgentInfo virtualMachineInfo publicIPAddress
    publicIPv6Address"""
_EXTENSION = "provisioningState vmExtension instanceView"
# Properties of older versions that clients still select; they select nothing.
_RETIRED = "certificateReferences targetNodeCommunicationMode currentNodeCommunicationMode resourceTags"

SELECTABLE: Mapping[str, frozenset[str]] = {
    operation: frozenset(names.split())
    for operation, names in {
        "list_pools": f"{_POOL} {_RETIRED}",
        "get_pool": f"{_POOL} {_RETIRED}",
        "list_jobs": _JOB,
        "list_jobs_from_schedule": _JOB,
        "get_job": _JOB,
        "list_job_schedules": _SCHEDULE,
        "get_job_schedule": _SCHEDULE,
        "list_tasks": _TASK,
        "get_task": _TASK,
        "list_nodes": f"{_NODE} {_RETIRED}",
        "get_node": f"{_NODE} {_RETIRED}",
        "list_node_extensions": _EXTENSION,
        "get_node_extension": _EXTENSION,
        "list_subtasks": (
            "id nodeInfo startTime endTime exitCode containerInfo failureInfo state stateTransitionTime previousState "
            "previousStateTransitionTime result"
        ),
        "list_job_preparation_and_release_task_status": (
            "poolId nodeId nodeUrl jobPreparationTaskExecutionInfo jobReleaseTaskExecutionInfo"
        ),
    }.items()
}
"""The properties that an operation can select from, by operation."""

_Tree = dict[str, "Optional[_Tree]"]
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:/[A-Za-z][A-Za-z0-9]*)*")


def check_select(names: str, operation: str) -> None:
    """Refuse a ``$select`` that is none, or that names what the resource of the operation never has."""
    known = SELECTABLE.get(operation, frozenset())
    for name in names.split(","):
        path = name.strip()
        if _PATH.fullmatch(path) is None or path.partition("/")[0] not in known:
            raise invalid_query("$select", names, f"'{path}' is not a property of the resource")


def select(document: Document, names: str) -> Document:
    """A document with nothing but the selected properties; a nested one is named by its path, ``a/b``.

    The names are taken as :func:`check_select` left them: what the document has not is left out.
    """
    return _project(document, _tree(names))


@lru_cache(maxsize=64)
def _tree(names: str) -> _Tree:
    tree: _Tree = {}
    for path in names.split(","):
        branch = tree
        *parents, leaf = path.strip().split("/")
        for parent in parents:
            below = branch.setdefault(parent, {})
            if below is None:  # the whole parent is selected already
                break
            branch = below
        else:
            branch[leaf] = None
    return tree


def _project(document: Document, tree: _Tree) -> Document:
    chosen: Document = {}
    for name, below in tree.items():
        if name in document:
            value = document[name]
            chosen[name] = value if below is None else _below(value, below)
    return chosen


def _below(value: Any, tree: _Tree) -> Any:
    if isinstance(value, dict):
        return _project(cast(Document, value), tree)
    if isinstance(value, list):
        return [_below(item, tree) for item in cast("Sequence[Any]", value)]
    return value


# Paging -------------------------------------------------------------------------------------------------------------


def page_size(query: Mapping[str, str]) -> int:
    """How many items a page may hold at most."""
    text = query.get("maxresults")
    if text is None:
        return _MAXIMUM_PAGE
    if re.fullmatch(r"[+-]?[0-9]{1,10}", text) is None:
        raise invalid_query("maxresults", text, "not a whole number")
    if not 1 <= int(text) <= _MAXIMUM_PAGE:
        raise ServiceError(
            "OutOfRangeQueryParameterValue",
            values=[
                ("QueryParameterName", "maxresults"),
                ("QueryParameterValue", text),
                ("MinimumAllowed", "1"),
                ("MaximumAllowed", str(_MAXIMUM_PAGE)),
            ],
        )
    return int(text)


def encode_token(key: str) -> str:
    """The token that continues a list after the item with this key.

    It names a place in the order of the keys and no count of items, so what is added or removed in between shifts
    nothing.
    """
    data = key.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(zlib.crc32(data).to_bytes(4, "big") + data).decode("ascii").rstrip("=")


def decode_token(token: str) -> str:
    """The key that a token was made of.

    :raises ServiceError: when :func:`encode_token` did not make it.
    """
    try:
        data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True)
        if len(data) >= 4 and zlib.crc32(data[4:]).to_bytes(4, "big") == data[:4]:
            return data[4:].decode("utf-8", "surrogatepass")
    except (ValueError, binascii.Error):
        pass
    raise invalid_query("$skiptoken", token, "not a token of this service")
