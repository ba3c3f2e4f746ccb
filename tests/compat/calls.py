"""The calls that both libraries execute, generated over every member of the client.

A call is plain JSON: the member, its arguments, the answers that its transport gives, and of what kind it is. The kinds
are the functions below; each call is made once for each colour of the client.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Callable, Optional, cast

from .samples import LONG_WIRE, WHEN_WIRE, described, facts, model, model_of_json, operations, wire

Call = dict[str, Any]

HOSTILE = (
    "a b/../ü%2F?x=1#f",
    "wd/d/a b.txt",
    "a:job-1",
    "plus+and&equals=semi;comma,",
    "quote'(parens)!*~",
    "back\\slash",
    "%",
    "☃𝄞",
    "..a",
    ".",
    "..",
    "",
    "line\nbreak",
)

CONDITIONS = ("Unconditionally", "IfNotModified", "IfModified", "IfPresent", "IfMissing")
ETAGS = ("0x8D1", '"0x8D1"', 'W/"0x8D1"', "*", None)

STATUSES: dict[int, tuple[str, ...]] = {
    304: ("ConditionNotMet",),
    400: ("InvalidPropertyValue", "InvalidAuthenticationInfo"),
    401: ("AuthenticationFailed",),
    403: ("AuthenticationFailed", "OperationNotAllowed"),
    404: ("PoolNotFound",),
    409: ("JobExists", "JobBeingDeleted", "ActiveJobAndScheduleQuotaReached", "NodeNotReady", "InvalidState"),
    412: ("ConditionNotMet",),
    429: ("TooManyRequests",),
    500: ("InternalError",),
    503: ("ServerBusy",),
}

ENDS: dict[str, tuple[Any, Any]] = {
    "delete_pool": ({"state": "deleting"}, None),
    "resize_pool": ({"allocationState": "resizing"}, {"allocationState": "steady"}),
    "stop_pool_resize": ({"allocationState": "stopping"}, {"allocationState": "steady"}),
    "remove_nodes": ({"allocationState": "resizing"}, {"allocationState": "steady"}),
    "delete_job": ({"state": "deleting"}, None),
    "disable_job": ({"state": "disabling"}, {"state": "disabled"}),
    "enable_job": ({"state": "enabling"}, {"state": "active"}),
    "terminate_job": ({"state": "terminating"}, {"state": "completed"}),
    "delete_job_schedule": ({"state": "deleting"}, None),
    "terminate_job_schedule": ({"state": "terminating"}, {"state": "completed"}),
    "reboot_node": ({"state": "rebooting"}, {"state": "idle"}),
    "start_node": ({"state": "starting"}, {"state": "idle"}),
    "reimage_node": ({"state": "reimaging"}, {"state": "idle"}),
    "deallocate_node": ({"state": "deallocating"}, {"state": "deallocated"}),
}
"""What a resource says while a long-running operation goes on, and when it is over (None: it is not there)."""

_HEADERS = {
    "Content-Type": "application/json; odata=minimalmetadata",
    "ETag": '"0x8D9"',
    "Last-Modified": "Fri, 02 Jan 2026 03:00:00 GMT",
    "DataServiceId": "https://account.westeurope.batch.azure.com/x",
    "DataServiceVersion": "3.0",
    "client-request-id": "5d3c2b1a-0000-4000-8000-000000000001",
    "request-id": "5d3c2b1a-0000-4000-8000-000000000002",
}
_FILE_HEADERS = {
    **_HEADERS,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": "12",
    "ocp-batch-file-isdirectory": "False",
    "ocp-batch-file-mode": "0o100644",
    "ocp-batch-file-url": "https://account.westeurope.batch.azure.com/jobs/j/tasks/t/files/a%20b.txt",
    "ocp-creation-time": "Fri, 02 Jan 2026 02:00:00 GMT",
}

_OPTIONS: dict[str, Any] = {
    "service_timeout": 25,
    "ocp_date": described("datetime", "2026-05-06T07:08:09.123456+00:00"),
    "if_modified_since": described("datetime", "2026-05-06T07:08:10+02:00"),
    "if_unmodified_since": described("datetime", "2026-05-06T07:08:11"),
    "start_time": described("datetime", "2026-05-06T07:08:12.500+00:00"),
    "end_time": described("datetime", "2026-05-07T07:08:12+02:00"),
    "max_results": 3,
    "filter": "startswith(id, 'a b&c=d+e%25') and state eq 'ü☃'",
    "select": ["id", "state", "a b/&"],
    "expand": ["stats"],
    "recursive": True,
    "force": False,
    "ocp_range": "bytes=0-1023",
    "etag": "0x8D1",
    "match_condition": described("match", "IfNotModified"),
    "polling_interval": 1,
    "max_concurrency": 1,
}


# -- what the facts say of a member ----------------------------------------------------------------------------------


def members() -> list[str]:
    """The operations of the client: its members without constructor, context manager and ``close``."""
    return [name for name in facts()["client"] if not name.startswith("__") and name not in ("close", "send_request")]


def operation(member: str) -> str:
    """The service's operation that a member begins with."""
    if member == "create_tasks":
        return "create_task_collection"
    return member if member in operations() else f"_{member.removeprefix('begin_')}_internal"


def _declared(member: str) -> Any:
    return operations()[operation(member)]


def _signature(member: str) -> ast.arguments:
    (function,) = ast.parse(f"def f{facts()['client'][member][0]}: ...").body
    assert isinstance(function, ast.FunctionDef)
    return function.args


def keywords(member: str) -> list[str]:
    """The keyword-only parameters of a member."""
    return [one.arg for one in _signature(member).kwonlyargs]


def body_kind(member: str) -> Optional[str]:
    """The model that an operation sends."""
    kind: Optional[str] = _declared(member).get("body")
    return kind


def body_optional(member: str) -> bool:
    """Whether an operation can be called without what it sends."""
    return bool(_declared(member).get("body_optional"))


def _arguments(member: str, ids: Optional[str] = None, body: Any = None, *, optional: bool = False) -> list[Any]:
    """The positional arguments of a member; the optional ones only if asked for."""
    signature = _signature(member)
    names = [one.arg for one in signature.args]
    if not optional:
        names = names[: len(names) - len(signature.defaults)]
    return [_argument(member, name, ids, body) for name in names]


def _argument(member: str, name: str, ids: Optional[str], body: Any) -> Any:
    if name in _declared(member)["path_params"]:
        return ids if ids is not None else f"the-{name.replace('_', '-')}"
    if body is not None:
        return body
    if member == "create_tasks":
        return [model("BatchTaskCreateOptions", required_only=True)]
    return model(str(body_kind(member)), required_only=not body_optional(member))


# -- answers ---------------------------------------------------------------------------------------------------------


def answers(member: str, *, full: bool = False) -> list[Any]:
    """The answers of a call that goes well; ``full`` ones hold every field that there is."""
    declared = _declared(member)
    plain = {"status": declared["success"], "headers": _HEADERS}
    if member == "create_tasks":
        return [{**plain, "echo": True}]
    if member.startswith("begin_"):
        end = ENDS[member.removeprefix("begin_")][1]
        gone = member.removeprefix("begin_delete_").title().replace("_", "") + "NotFound"
        return [plain, _good(end) if end else refusal(404, gone)]
    if member.endswith("_file_properties"):
        return [{**plain, "headers": _FILE_HEADERS}]
    if "stream" in declared:
        return [{**plain, "headers": _FILE_HEADERS, "body": "twelve bytes"}]
    if "paged" in declared:
        return [{**plain, "body": {"value": [wire(declared["paged"]) if full else {"id": "one"}] * 2}}]
    if "response" in declared:
        return [{**plain, "body": wire(declared["response"]) if full else {"id": "one"}}]
    return [plain]


def _good(body: Any) -> dict[str, Any]:
    return {"status": 200, "headers": _HEADERS, "body": body}


def refusal(status: int, code: str, *, values: bool = False) -> dict[str, Any]:
    """An error answer as the service gives it."""
    body: dict[str, Any] = {
        "odata.metadata": "https://account.westeurope.batch.azure.com/$metadata#Microsoft.Azure.Batch.Protocol.Entities",
        "code": code,
        "message": {"lang": "en-US", "value": f"What {code} means.\nRequestId:1\nTime:2026-01-02T03:04:05.6789012Z"},
    }
    if values:
        body["values"] = [{"key": "PropertyName", "value": "id"}, {"key": "Reason", "value": "ü is not allowed"}]
    return {"status": status, "headers": _HEADERS, "body": body}


# -- the kinds of call -----------------------------------------------------------------------------------------------


def _call(member: str, kind: str, detail: str = "", **more: Any) -> Call:
    call: Call = {"member": member, "kind": kind, "detail": detail, "kwargs": {}, **more}
    if "args" not in call:
        call["args"] = _arguments(member)
    if "answers" not in call:
        call["answers"] = answers(member)
    return call


def _all_options(member: str) -> dict[str, Any]:
    return {name: _OPTIONS[name] for name in keywords(member)}


def _bare(member: str) -> Iterator[Call]:
    yield _call(member, "bare", answers=answers(member, full=True))


def _options(member: str) -> Iterator[Call]:
    kwargs = _all_options(member)
    body = model(str(body_kind(member))) if body_kind(member) and member != "create_tasks" else None
    yield _call(member, "options", "all", args=_arguments(member, body=body, optional=True), kwargs=kwargs)
    for name in kwargs:
        yield _call(member, "options", name, args=_arguments(member, optional=True), kwargs={name: kwargs[name]})
        if name not in ("polling_interval", "max_concurrency"):
            yield _call(member, "options", f"{name}=None", args=_arguments(member, optional=True), kwargs={name: None})
    odd: dict[str, list[Any]] = {
        "select": [described("tuple", ["id", "url"]), [], ["id,state"]],
        "expand": [described("tuple", ["stats"])],
        "filter": ["", "id eq 'a+b c/d?e#f'"],
        "recursive": [False],
        "force": [True],
        "max_results": [0, 1000],
        "service_timeout": [0],
        "start_time": [described("datetime", f"2026-05-06T07:08:12{one}") for one in (".123456", "", ".000001+03:00")],
        "etag": ['"0x8D1"'],
        "polling_interval": [0, 0.5],
        "ocp_range": ["bytes=5-"],
        "ocp_date": [described("datetime", "2026-01-01T00:00:00-08:00")],
        "if_modified_since": [described("datetime", "1999-12-31T23:59:59.999999+00:00")],
    }
    for name in kwargs:
        for value in odd.get(name, ()):
            yield _call(
                member, "options", f"{name}={value}", args=_arguments(member, optional=True), kwargs={name: value}
            )


def _hostile(member: str) -> Iterator[Call]:
    if _declared(member)["path_params"]:
        for text in HOSTILE:
            args = _arguments(member, text, optional=True)
            yield _call(member, "hostile", repr(text), args=args, value=text)


def _match(member: str) -> Iterator[Call]:
    if "match_condition" not in keywords(member):
        return
    for condition in CONDITIONS:
        for etag in ETAGS:
            kwargs = {"etag": etag, "match_condition": described("match", condition)}
            args = _arguments(member, optional=True)
            yield _call(member, "match", f"{condition} {etag}", args=args, kwargs=kwargs)


def _bodies(member: str) -> Iterator[Call]:
    kind = body_kind(member)
    if kind is None or member == "create_tasks":
        return
    bodies = {
        "every field": model(kind),
        "dictionary": wire(kind, requests=True),
        "dictionary with what only the service sets": wire(kind),
        "model of JSON": model_of_json(kind),
        "empty dictionary": {},
        "unknown keys": {**wire(kind, requests=True), "notYetKnown": {"deep": [1, None]}},
        "null": {"metadata": described("null")},
        "None in a dictionary": {"metadata": None},
        "bytes": described("bytes", '{"id": "of bytes"}'),
        "file": described("file", '{"id": "of a file"}'),
    }
    for name, body in bodies.items():
        yield _call(member, "body", name, args=_arguments(member, body=body, optional=True))
    empty = described("model", [kind, {}, None])
    yield _call(member, "body", "empty model", args=_arguments(member, body=empty, optional=True))
    mixed = _mixed(kind)
    if mixed:
        yield _call(member, "body", "models in a dictionary", args=_arguments(member, body=mixed, optional=True))
        nested = described("model", [kind, {**model(kind)["v"][1], **_nested_dictionaries(kind)}, None])
        yield _call(member, "body", "dictionaries in a model", args=_arguments(member, body=nested, optional=True))


def _mixed(kind: str) -> dict[str, Any]:
    """A dictionary with a model for each key that has one."""
    fields = facts()["models"][kind]
    values = model(kind)["v"][1]
    return {one["wire"]: values[name] for name, one in fields.items() if name in values and _holds_model(one["type"])}


def _nested_dictionaries(kind: str) -> dict[str, Any]:
    fields = facts()["models"][kind]
    json = wire(kind, requests=True)
    return {
        name: json[one["wire"]] for name, one in fields.items() if one["wire"] in json and _holds_model(one["type"])
    }


def _holds_model(kind: str) -> bool:
    return any(name in facts()["models"] for name in _names(kind))


def _names(kind: str) -> list[str]:
    """The names that stand in a type."""
    return re.findall(r"\w+", kind)


def _given(member: str) -> Iterator[Call]:
    """Keywords of azure-core's that every operation takes."""
    args = _arguments(member, optional=True)
    given: dict[str, Any] = {
        "headers": {"headers": {"x-ms-custom": "value", "ocp-extra": "signed", "ETag": "given"}},
        "headers of ours": {"headers": {"If-Match": '"given"', "ocp-date": "Thu, 01 Jan 2026 00:00:00 GMT"}},
        "accept": {"headers": {"accept": "application/xml"}},
        "params": {"params": {"added": "plain", "$extra": "x", "number": 5}},
        "params with text to be quoted": {"params": {"added": "a b/&ü"}},
        "params against options": {"params": {"timeOut": "99"}, "service_timeout": 25},
        "params with an api-version": {"params": {"api-version": "2024-07-01.20.0"}},
        "headers against options": {
            "headers": {"ocp-date": "Thu, 01 Jan 2026 00:00:00 GMT"},
            "ocp_date": _OPTIONS["ocp_date"],
        },
        "api_version": {"api_version": "2024-07-01.20.0"},
        "cls": {"cls": described("cls")},
        "raw_request_hook": {"raw_request_hook": described("hook")},
        "timeouts": {"read_timeout": 7, "connection_timeout": 3},
        "request id": {"request_id": "5d3c2b1a-0000-4000-8000-00000000000a"},
        "unknown": {"not_an_option": True},
        "ocp headers in capitals": {"headers": {"Ocp-Extra": "signed", "x-docp-y": "not signed"}},
    }
    if member == "begin_delete_job_schedule":
        given["force on a schedule"] = {"force": True}
    if body_kind(member):
        given["content_type"] = {"content_type": "application/json; odata=fullmetadata"}
        given["content type header"] = {"headers": {"Content-Type": "application/json"}}
    for name, kwargs in given.items():
        yield _call(member, "given", name, args=args, kwargs=kwargs)
    mapped = {"error_map": described("map", [404, 409])}
    yield _call(member, "given", "error_map", args=args, kwargs=mapped, answers=[refusal(409, "JobExists")])


def _errors(member: str) -> Iterator[Call]:
    """Every error answer; one of each status also with each condition."""
    call = partial(_call, member, "error", args=_arguments(member, optional=True), settings={"retry_total": 0})
    sets: list[tuple[str, dict[str, Any]]] = [("", {})]
    if "match_condition" in keywords(member):
        sets += [
            (name, {"etag": "0x8D1", "match_condition": described("match", name)})
            for name in CONDITIONS
            if name != "Unconditionally"
        ]
    if "if_modified_since" in keywords(member):
        sets += [(name, {name: _OPTIONS[name]}) for name in ("if_modified_since", "if_unmodified_since")]
    for status, code in ((status, code) for status, codes in STATUSES.items() for code in codes):
        answer = refusal(status, code, values=status == 400)
        if status == 304:
            answer["body"] = None
        for name, kwargs in sets if code == STATUSES[status][0] else sets[:1]:
            yield call(f"{status} {code} {name}", answers=[answer], kwargs=kwargs, status=status, code=code)
    bodies: dict[str, Any] = {
        "without a body": None,
        "HTML": "<html>Bad Gateway</html>",
        "a list": [1],
        "an empty object": {},
        "plain message": {"code": "PoolNotFound", "message": "in plain text"},
    }
    for name, body in bodies.items():
        yield call(name, answers=[{"status": 404, "headers": _HEADERS, "body": body}], status=404)


def _answers(member: str) -> Iterator[Call]:
    """Good answers of other shapes; those of create_tasks must fit the tasks, see below."""
    if member == "create_tasks":
        return
    declared = _declared(member)
    call = partial(_call, member, "answer", args=_arguments(member, optional=True))
    if "paged" in declared:
        yield from _paged(member, declared["paged"])
    elif "response" in declared:
        full = wire(declared["response"])
        bodies: dict[str, Any] = {
            "empty": {},
            "nulls": dict.fromkeys(full),
            "unknown": {**full, "notYetKnown": {"deep": [1, None]}, "odata.metadata": "u"},
            "odd enums": _enums(declared["response"], lambda _: "notYetKnown"),
            "enums in capitals": _enums(declared["response"], str.upper),
            "short dates": _changed(full, _short),
            "numbers": _changed(full, _number),
            "not JSON": "<html>",
            "no body": None,
        }
        for name, body in bodies.items():
            yield call(name, answers=[_good(body)])
    if not member.startswith("begin_"):
        first = answers(member)[0]
        yield call("other success", answers=[{**first, "status": 206}])
        if "properties" not in member:
            yield call("no headers", kwargs={"cls": described("cls")}, answers=[{**first, "headers": {}}])


def _paged(member: str, kind: str) -> Iterator[Call]:
    call = partial(_call, member, "answer", args=_arguments(member, optional=True))
    query = "api-version=2020-01-01&$skipToken=a%2Bb%3D%3D&$filter=id%20eq%20'x%26y'&timeOut=30"
    link = f"https://account.westeurope.batch.azure.com/next%20page?{query}"
    one = wire(kind)
    first, last = _good({"value": [one], "odata.nextLink": link}), _good({"value": [one, {}]})
    options = {"headers": {"x-ms-custom": "value"}, "params": {"added": "x"}, **_all_options(member)}
    yield call("two pages", answers=[first, last])
    yield call("two pages with options", answers=[first, last], kwargs=options)
    yield call("by page", answers=[first, last], page=None)
    yield call("from a token", answers=[last], page=link)
    yield call("no items", answers=[_good({"value": []})])
    yield call("an empty page first", answers=[_good({"value": [], "odata.nextLink": link}), last])
    yield call("cls", answers=[first, last], kwargs={"cls": described("cls")})
    yield call("second page refused", answers=[first, refusal(403, "OperationNotAllowed")])


def _enums(kind: str, change: Callable[[str], str]) -> dict[str, Any]:
    """The JSON of a model with its own enum values changed."""
    body = wire(kind)
    for one in facts()["models"][kind].values():
        if any(name in facts()["enums"] for name in _names(one["type"])):
            body[one["wire"]] = _changed(body[one["wire"]], change)
    return body


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same JSON with each scalar changed."""
    if isinstance(value, dict):
        return {name: _changed(one, change) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_changed(one, change) for one in cast("Iterable[Any]", value)]
    return change(value)


def _short(value: Any) -> Any:
    """A date without its fraction."""
    return "2026-03-04T05:06:07Z" if value == WHEN_WIRE else value


def _number(value: Any) -> Any:
    """An integer of 64 bits as a number."""
    return int(value) if value == LONG_WIRE else value


def _waiting(member: str) -> Iterator[Call]:
    """How a poller goes on."""
    if not member.startswith("begin_"):
        return
    going, over = ENDS[member.removeprefix("begin_")]
    call = partial(_call, member, "waiting", args=_arguments(member, optional=True))
    (accepted, end), still = answers(member), _good(going)
    yield call("three reads", answers=[accepted, still, still, end], kwargs={"polling_interval": 1})
    for name, answer in {"403": refusal(403, "OperationNotAllowed"), "503": refusal(503, "ServerBusy")}.items():
        yield call(f"refused with {name}", answers=[accepted, still, answer], settings={"retry_total": 0})
    if over is not None:
        yield call("gone", answers=[accepted, still, refusal(404, "PoolNotFound")])
    if "delete" in member:
        yield call("not begun", answers=[accepted, _good({"state": "active"}), still, end])
    if member.endswith(("_start_node", "_reboot_node", "_reimage_node")):
        before, after = ({"state": "idle", "lastBootTime": f"2026-01-{day}T00:00:00Z"} for day in ("01", "03"))
        yield call("not begun", answers=[accepted, _good(before), _good(after)])
    if "resize" in member:
        errors = [{"code": "AllocationTimedout", "message": "late"}]
        steady = {**cast("dict[str, Any]", over), "resizeErrors": errors}
        yield call("resize errors", answers=[accepted, still, _good(steady)])
    if member.endswith("_node"):
        yield call("unusable", answers=[accepted, still, _good({"state": "unusable"})])


def _exists(member: str) -> Iterator[Call]:
    if member.endswith("_exists"):
        yield _call(member, "exists", "missing", answers=[{"status": 404, "headers": _HEADERS}])
        yield _call(member, "exists", "missing, with a body", answers=[refusal(404, "PoolNotFound")])


def _bulk(member: str) -> Iterator[Call]:
    """Submission of many tasks."""
    if member != "create_tasks":
        return

    def call(detail: str, tasks: Any, *given: Any, **kwargs: Any) -> Call:
        if isinstance(tasks, int):
            fields = [{"id": f"t{number:04}", "command_line": "x"} for number in range(tasks)]
            tasks = [described("model", ["BatchTaskCreateOptions", one, None]) for one in fields]
        return _call(member, "bulk", detail, args=["j", tasks], answers=[*given] or [echo], kwargs=kwargs)

    def result(status: str, number: int = 0, **more: Any) -> dict[str, Any]:
        return {"status": status, "taskId": f"t{number:04}", **more}

    echo = answers(member)[0]
    added = result("success", eTag="0x1", location="https://account.westeurope.batch.azure.com/jobs/j/tasks/t0000")
    values = [{"key": "PropertyName", "value": "id"}]
    error = {"code": "InvalidPropertyValue", "message": {"lang": "en", "value": "no"}, "values": values}
    there = result("clienterror", error={"code": "TaskExists", "message": {"lang": "en", "value": "is there"}})
    large = refusal(413, "RequestBodyTooLarge")
    yield call("none", 0)
    yield call("one", 1, _good({"value": [added]}))
    yield call("two", 2)
    yield call("one hundred", 100)
    yield call("two hundred and fifty", 250)
    yield call("four requests at once", 250, max_concurrency=4)
    yield call("dictionaries", [{"id": "d1", "commandLine": "x"}])
    yield call("a tuple", described("tuple", [{"id": "d1", "commandLine": "x"}]))
    yield call("a task is there", 1, _good({"value": [there]}))
    yield call("one is refused", 2, _good({"value": [added, result("clienterror", 1, error=error)]}))
    yield call(
        "server error first", 1, _good({"value": [result("servererror", error=error)]}), _good({"value": [added]})
    )
    yield call("too large first", 4, large, echo)
    yield call("one task is too large", 1, large)
    yield call("refused", 2, refusal(404, "JobNotFound"))
    yield call("busy first", 1, refusal(503, "ServerBusy"), echo)
    yield {**call("no token", 250), "token": "refused"}
    yield {**call("no token", 250, max_concurrency=4), "token": "refused"}


KINDS = (_bare, _options, _hostile, _match, _bodies, _given, _errors, _answers, _waiting, _exists, _bulk)


def _of_client() -> Iterator[Call]:
    """Calls that show the client itself: construction, credentials, ``send_request``, retries."""
    clients: dict[str, dict[str, Any]] = {
        "slash": {"endpoint": "https://account.westeurope.batch.azure.com/"},
        "port": {"endpoint": "https://localhost:8443"},
        "loopback": {"endpoint": "http://127.0.0.1:1234"},
        "no scheme": {"endpoint": "account.westeurope.batch.azure.com"},
        "api_version": {"settings": {"api_version": "2024-07-01.20.0"}},
        "no token": {"token": "refused"},
        "bearer": {"token": True},
        "bearer, government": {"token": True, "endpoint": "https://a.usgovvirginia.batch.usgovcloudapi.net"},
        "bearer, own scopes": {"token": True, "settings": {"credential_scopes": ["https://own/.default"]}},
        "client headers": {"settings": {"headers": {"x-ms-custom": "value"}}},
        "bad key": {"key": "not base64!"},
        "retries": {"answers": [refusal(503, "ServerBusy"), refusal(500, "InternalError"), *answers("get_pool")]},
        "throttled": {"answers": [refusal(429, "TooManyRequests"), *answers("get_pool")]},
    }
    for detail, more in clients.items():
        yield _call("get_pool", "client", detail, **more)
    posted = answers("create_pool")
    yield _call("create_pool", "client", "POST retried", answers=[refusal(503, "ServerBusy"), *posted])
    yield _call("create_pool", "client", "POST throttled", answers=[refusal(429, "TooManyRequests"), *posted])
    for name, url in {
        "relative": "/pools?api-version=2025-06-01",
        "absolute": "https://account.westeurope.batch.azure.com/jobs/a%20b?api-version=2025-06-01&$select=id",
    }.items():
        request = described("request", ["GET", url, {}])
        yield _call("send_request", "client", name, args=[request], answers=[{"status": 200, "body": {"value": []}}])
    request = described("request", ["POST", "/pools?api-version=2025-06-01", {"json": {"id": "p"}}])
    yield _call("send_request", "client", "with a body", args=[request], answers=[{"status": 201}])
    request = described("request", ["GET", "/pools/none?api-version=2025-06-01", {}])
    yield _call("send_request", "client", "refused", args=[request], answers=[refusal(404, "PoolNotFound")])


def all_calls() -> list[Call]:
    """Every call, in both colours."""
    found: Iterable[Call] = (call for member in members() for kind in KINDS for call in kind(member))
    return [{**call, "colour": colour} for call in [*found, *_of_client()] for colour in ("sync", "async")]
