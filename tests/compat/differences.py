"""Where this library deliberately does otherwise than azure-batch 15.1.0: the one list of it, which the README names.

Each entry says which aspects of which calls it explains. An unequal call that no entry explains is a fault, and so is
an entry that explains nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Callable, NamedTuple, cast

from .calls import body_optional
from .comparison import ERROR_PARTS, Outcome, Pair, body

_ERROR = ("error", *(f"error {part}" for part in (*ERROR_PARTS, "text")))
_SIGNED_BODY = ("header content-length", "header authorization")

Explains = Callable[[Pair], Iterable[str]]


class Difference(NamedTuple):
    """One thing that is done otherwise on purpose."""

    name: str
    here: str
    """What happens here."""
    there: str
    """What happens with azure-batch 15.1.0."""
    reason: str
    explains: Explains


def _detail(pair: Pair, *details: str) -> bool:
    return pair.call["detail"] in details


# -- nothing is sent, there or here ----------------------------------------------------------------------------------


def _optional_body(pair: Pair) -> Iterable[str]:
    """There, a call without its optional body is never sent."""
    never_sent = pair.their_error == "ValueError" and not pair.theirs["sent"]
    return pair.unequal if never_sent and body_optional(pair.call["member"]) and pair.ours["sent"] else ()


def _unknown_keyword(pair: Pair) -> Iterable[str]:
    return pair.unequal if _detail(pair, "unknown") and _refused(pair, "TypeError") else ()


def _unsendable_id(pair: Pair) -> Iterable[str]:
    odd = pair.call["kind"] == "hostile" and pair.call["value"] in ("", ".", "..", "line\nbreak")
    return pair.unequal if odd and _refused(pair, "ValueError") else ()


def _required_fields(pair: Pair) -> Iterable[str]:
    return pair.unequal if _detail(pair, "empty model") and _refused(pair, "ValueError") else ()


def _refused(pair: Pair, error: str) -> bool:
    return pair.our_error == error and not pair.ours["sent"] and bool(pair.theirs["sent"])


# -- what is sent ----------------------------------------------------------------------------------------------------


def _durations(pair: Pair) -> Iterable[str]:
    for one, other in zip(pair.ours["sent"], pair.theirs["sent"]):
        if body(one) != body(other) and _spelled_alike(body(one)) == _spelled_alike(body(other)):
            return ("body", *_SIGNED_BODY)
    return ()


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def _spelled_alike(value: Any) -> Any:
    """The same JSON with every duration as seconds."""
    if isinstance(value, dict):
        return {name: _spelled_alike(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_spelled_alike(one) for one in cast("Iterable[Any]", value)]
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    days, hours, minutes, seconds = (float(one or 0) for one in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def _raw_bodies(pair: Pair) -> Iterable[str]:
    if _detail(pair, "bytes"):
        return ("body", *_SIGNED_BODY)
    return pair.unequal if _detail(pair, "file") and pair.their_error == "TypeError" and not pair.our_error else ()


def _quoted_params(pair: Pair) -> Iterable[str]:
    return ("url", "header authorization") if _detail(pair, "params with text to be quoted") else ()


def _version_of_a_call(pair: Pair) -> Iterable[str]:
    return ("url", "header authorization") if _detail(pair, "api_version", "params with an api-version") else ()


def _signed_capitals(pair: Pair) -> Iterable[str]:
    return ("header authorization",) if _detail(pair, "ocp headers in capitals") else ()


def _sent_as_signed(pair: Pair) -> Iterable[str]:
    """aiohttp writes some characters plainly, whatever it is given."""
    differs = (
        pair.call["colour"] == "async" and pair.call["kind"] == "hostile" and re.search(r"[:+'()=]", pair.call["value"])
    )
    return ("header authorization",) if differs else ()


def _scheme(pair: Pair) -> Iterable[str]:
    return ("url", "header authorization") if _detail(pair, "no scheme") else ()


def _bad_key(pair: Pair) -> Iterable[str]:
    return ("error type",) if _detail(pair, "bad key") and pair.our_error == "ValueError" else ()


def _scopes(pair: Pair) -> Iterable[str]:
    return ("noted",) if _detail(pair, "bearer, government") else ()


def _throttled_post(pair: Pair) -> Iterable[str]:
    return ("sends", "error") if _detail(pair, "POST throttled") and not pair.our_error else ()


# -- results ---------------------------------------------------------------------------------------------------------


def _content_type(pair: Pair) -> Iterable[str]:
    ours, theirs = pair.ours["result"], pair.theirs["result"]
    if not pair.call["member"].endswith("_file_properties") or not ours or not theirs:
        return ()
    known = {**theirs["attributes"], "content_type": ours["attributes"]["content_type"]}
    return ("result",) if ours["attributes"] == known else ()


def _cls_of_head(pair: Pair) -> Iterable[str]:
    if "cls" not in pair.call["kwargs"]:
        return ()
    if pair.call["member"].endswith("_exists"):
        return ("result",)
    refused = pair.call["member"].endswith("_file_properties") and pair.their_error == "TypeError"
    return pair.unequal if refused and not pair.our_error else ()


def _numbers(pair: Pair) -> Iterable[str]:
    return ("result",) if _detail(pair, "numbers") else ()


def _capitals(pair: Pair) -> Iterable[str]:
    return ("result",) if _detail(pair, "enums in capitals") else ()


def _partial_content(pair: Pair) -> Iterable[str]:
    download = pair.call["member"].startswith("download_") and _detail(pair, "other success")
    return ("result", "error") if download and not pair.our_error else ()


def _exists(pair: Pair) -> Iterable[str]:
    missing = pair.call["member"].endswith("_exists") and pair.ours["result"] is False
    return ("result", "error") if missing and pair.their_error else ()


def _options_of_begin(pair: Pair) -> Iterable[str]:
    sent = pair.call["member"].startswith("begin_") and pair.their_error == "TypeError"
    return ("sends", "result", "error", "options", "noted") if sent and not pair.our_error else ()


def _force(pair: Pair) -> Iterable[str]:
    return _options_of_begin(pair) if _detail(pair, "force on a schedule") else ()


def _lost_failure(pair: Pair) -> Iterable[str]:
    lost = pair.call["kind"] == "waiting" and pair.their_error is None and pair.call["detail"].startswith("refused")
    return ("result", "error") if lost and pair.our_error else ()


def _false_success(pair: Pair) -> Iterable[str]:
    if pair.call["kind"] == "waiting" and _detail(pair, "not begun"):
        return ("sends",) if len(pair.ours["sent"]) > len(pair.theirs["sent"]) else ()
    ended = pair.call["kind"] == "waiting" and _detail(pair, "gone", "resize errors", "unusable")
    expected = pair.our_error in ("OperationFailedError", "ResourceNotFoundError")
    return ("result", "error") if ended and expected and not pair.their_error else ()


def _not_json(pair: Pair) -> Iterable[str]:
    if pair.our_error == "DecodeError" and pair.their_error == "JSONDecodeError":
        return ("error type", "error status", "error reason")
    return ()


# -- errors ----------------------------------------------------------------------------------------------------------


def _refusal(pair: Pair) -> tuple[Any, Any]:
    return pair.call.get("status"), pair.call.get("code")


def _classes(pair: Pair) -> tuple[Any, Any]:
    """The classes of the exceptions here and there; of create_tasks those of the one request."""
    if pair.our_error == pair.their_error == "CreateTasksError":
        ours, theirs = pair.ours["error"]["errors"], pair.theirs["error"]["errors"]
        return (ours[0], theirs[0]) if len(ours) == len(theirs) == 1 else (None, None)
    return pair.our_error, pair.their_error


_CLASS = ("error type", "error errors")


def _class_by_condition(pair: Pair) -> Iterable[str]:
    """There, what the caller's condition was decides, whatever the status is."""
    status, _ = _refusal(pair)
    by_condition = pair.their_error in ("ResourceModifiedError", "ResourceNotFoundError")
    conditional = "match_condition" in pair.call["kwargs"]
    return _CLASS if by_condition and conditional and status not in (304, 412, None) else ()


def _class_of_condition(pair: Pair) -> Iterable[str]:
    """304 is not modified; 412 says which condition did not hold."""
    status, _ = _refusal(pair)
    ours, _ = _classes(pair)
    if status == 304 and ours == "ResourceNotModifiedError":
        return _CLASS
    known = ("ResourceModifiedError", "ResourceNotModifiedError", "ResourceExistsError")
    return _CLASS if status == 412 and ours in known else ()


def _class_of_conflict(pair: Pair) -> Iterable[str]:
    kinds = {
        "JobBeingDeleted": "ResourceBeingDeletedError",
        "ActiveJobAndScheduleQuotaReached": "QuotaReachedError",
        "NodeNotReady": "NodeNotReadyError",
        "InvalidState": "InvalidStateError",
    }
    status, code = _refusal(pair)
    return _CLASS if status == 409 and _classes(pair) == (kinds.get(code), "ResourceExistsError") else ()


def _class_of_files(pair: Pair) -> Iterable[str]:
    return _CLASS if _classes(pair) == ("NodeGoneError", "ResourceNotFoundError") else ()


def _class_of_authentication(pair: Pair) -> Iterable[str]:
    expected = _classes(pair) == ("ClientAuthenticationError", "HttpResponseError")
    return _CLASS if expected and _refusal(pair)[0] in (400, 403) else ()


def _error_map(pair: Pair) -> Iterable[str]:
    return _ERROR if _detail(pair, "error_map") and _classes(pair)[0] == "RaisedByMapError" else ()


def _own_request(pair: Pair) -> Iterable[str]:
    refused = pair.call["member"] == "send_request" and pair.their_error == "ResourceNotFoundError"
    return ("result", "error") if refused and pair.ours["result"] else ()


def _unexplained_errors(pair: Pair) -> Iterable[str]:
    if pair.call["kind"] != "error" or not _detail(pair, "HTML", "a list", "plain message"):
        return ()
    return _ERROR if _classes(pair)[0] in ("NodeGoneError", "ResourceNotFoundError") else ()


def _download_errors(pair: Pair) -> Iterable[str]:
    if not pair.call["member"].startswith("download_") or not pair.ours["error"] or not pair.theirs["error"]:
        return ()
    lost = pair.theirs["error"]["model"] is None and pair.ours["error"]["model"] is not None
    return ("error code", "error message", "error model") if lost else ()


# -- many tasks ------------------------------------------------------------------------------------------------------


def _lost_tasks(pair: Pair) -> Iterable[str]:
    told = _detail(pair, "no token") and pair.our_error == "CreateTasksError" and not pair.ours["sent"]
    return pair.unequal if told and pair.their_error != "CreateTasksError" else ()


def _compact(pair: Pair) -> Iterable[str]:
    return _SIGNED_BODY if pair.call["member"] == "create_tasks" else ()


def _ids(requests: list[Outcome]) -> list[str]:
    return [task["id"] for one in requests for task in body(one)["value"]]


def _in_order(pair: Pair) -> Iterable[str]:
    if pair.call["kind"] != "bulk":
        return ()
    ours, theirs = (_ids(side) for side in (pair.ours["sent"], pair.theirs["sent"]))
    return ("body", "result") if ours != theirs and set(ours) == set(theirs) and ours[0] < theirs[0] else ()


def _task_exists(pair: Pair) -> Iterable[str]:
    return ("result", "error") if _detail(pair, "a task is there") and pair.our_error == "CreateTasksError" else ()


def _endless(pair: Pair) -> Iterable[str]:
    bounded = pair.call["member"] == "create_tasks" and pair.our_error == "CreateTasksError"
    return ("sends", "error errors") if bounded and len(pair.theirs["sent"]) > 100 else ()


def _rejected_alone(pair: Pair) -> Iterable[str]:
    is_malformed = pair.call["member"] == "create_tasks" and "400 InvalidPropertyValue" in pair.call["detail"]
    is_alone = is_malformed or _detail(pair, "one task is too large")
    return ("error errors", "error failed", "error pending") if is_alone else ()


DIFFERENCES = (
    Difference(
        "optional bodies are optional",
        "begin_terminate_job, begin_reboot_node, begin_reimage_node, begin_deallocate_node and disable_node_scheduling "
        "work without options, and with empty ones",
        "ValueError, and nothing is sent",
        "the options are documented as optional",
        _optional_body,
    ),
    Difference(
        "unknown keywords are refused",
        "TypeError before anything is sent",
        "the request is sent; what happens to the keyword depends on the transport",
        "a misspelt option must not be found out after its effect",
        _unknown_keyword,
    ),
    Difference(
        "ids that cannot be part of a URL are refused",
        "ValueError for an empty id, '.', '..' and control characters",
        "they are sent; HTTP libraries then shorten the path, so that another resource is meant",
        "delete_pool('..') must not reach another address",
        _unsendable_id,
    ),
    Difference(
        "models without their required fields are refused",
        "ValueError that names the fields, before anything is sent; dictionaries are sent as they are",
        "the incomplete model is sent",
        "the error is found without a round trip, and says which fields",
        _required_fields,
    ),
    Difference(
        "durations are printed briefly",
        "P1DT2H3M4.5S",
        "P1DT02H03M04.5S",
        "both are the same ISO 8601 duration; ours is what the service prints",
        _durations,
    ),
    Difference(
        "bodies as bytes and files are sent as they are",
        "the content is the body",
        "bytes are sent as base64 text, files are a TypeError",
        "JSON that a caller has printed already can be sent",
        _raw_bodies,
    ),
    Difference(
        "params are quoted",
        "values of params= are percent-encoded",
        "they are put into the URL as they are",
        "a blank, '&' or '#' in a value changes the request",
        _quoted_params,
    ),
    Difference(
        "a call can choose its api-version",
        "api_version= and params={'api-version': ...} of one call are obeyed",
        "both are ignored",
        "what a caller asks for is sent, or refused by the service",
        _version_of_a_call,
    ),
    Difference(
        "ocp headers are signed in any case",
        "a caller's 'Ocp-Range' is signed, 'x-docp-y' is not",
        "the reverse",
        "the service's rule is about names that begin with ocp-, in any case",
        _signed_capitals,
    ),
    Difference(
        "what is signed is what aiohttp sends",
        "the asynchronous client signs and sends ids with ':' or '(' in aiohttp's form",
        "they are signed in another form than aiohttp sends, and the service refuses the signature",
        "ids of jobs of a schedule hold a ':'",
        _sent_as_signed,
    ),
    Difference(
        "an endpoint without a scheme is https",
        "https is assumed",
        "the first call fails in the HTTP library",
        "the portal shows the endpoint without a scheme",
        _scheme,
    ),
    Difference(
        "a bad account key is a plain ValueError",
        "ValueError that says what is wrong, and does not hold the key",
        "binascii.Error, which is a ValueError, too",
        "the message names the argument",
        _bad_key,
    ),
    Difference(
        "token scopes follow the endpoint's cloud",
        "the audience of the US Government or China cloud for an endpoint there",
        "always that of the public cloud",
        "a token of the wrong cloud is refused",
        _scopes,
    ),
    Difference(
        "throttled writes are sent again",
        "429 is retried for every method",
        "POST and PATCH only if the answer has a Retry-After header",
        "the service has refused the request, so that nothing happens twice",
        _throttled_post,
    ),
    Difference(
        "file properties have their content type",
        "content_type is the answer's",
        "content_type is None",
        "the attribute is documented",
        _content_type,
    ),
    Difference(
        "as_dict() of an answer is what the service sent",
        "a 64-bit integer that comes as a number stays one",
        "it becomes text",
        "an answer is not copied; the attribute is an int in either case",
        _numbers,
    ),
    Difference(
        "enum values are read in any case",
        "'Active' is BatchPoolState.ACTIVE",
        "'Active' stays a str, which is not equal to the member",
        "a comparison must not hang on the case in which an answer comes",
        _capitals,
    ),
    Difference(
        "a range may be answered with 206",
        "a download with 206 Partial Content gives the bytes",
        "HttpResponseError",
        "206 is the usual answer to a range",
        _partial_content,
    ),
    Difference(
        "cls works for HEAD",
        "cls gets the result and the headers, also of the file properties",
        "cls of *_exists gets None, cls of *_file_properties is a TypeError",
        "cls is a documented call option of every operation",
        _cls_of_head,
    ),
    Difference(
        "pool_exists and job_schedule_exists say False",
        "False for an object that is not there",
        "ResourceNotFoundError",
        "the methods are documented so",
        _exists,
    ),
    Difference(
        "begin_* take call options",
        "headers=, params=, cls=, timeouts and the other options work",
        "TypeError, in most cases after the request was sent",
        "the caller would believe that nothing happened",
        _options_of_begin,
    ),
    Difference(
        "begin_delete_job_schedule has force",
        "force= is a keyword of it",
        "it is sent, then TypeError",
        "the service has the parameter",
        _force,
    ),
    Difference(
        "a poller raises what its reads raise",
        "the error of the read that failed",
        "result() gives None; status() is Failed",
        "a failure must not look like success",
        _lost_failure,
    ),
    Difference(
        "a poller tells success from failure",
        "OperationFailedError for resize errors and unusable nodes, ResourceNotFoundError if the resource is gone; a "
        "state from before the call is not the end of it",
        "success",
        "the operation did not do what it was asked for",
        _false_success,
    ),
    Difference(
        "an answer without JSON is a DecodeError",
        "azure-core's DecodeError, with the response",
        "json.JSONDecodeError",
        "callers handle azure-core's errors",
        _not_json,
    ),
    Difference(
        "the status chooses the exception",
        "the status and the service's code, also for a call with a condition",
        "a call with If-Match or If-None-Match raises ResourceModifiedError or ResourceNotFoundError for every status",
        "a busy service is not a missing resource",
        _class_by_condition,
    ),
    Difference(
        "304 and 412 say what they mean",
        "ResourceNotModifiedError for 304; for 412 the class says which condition did not hold",
        "ResourceModifiedError for 304, HttpResponseError for most of 412",
        "nothing was modified",
        _class_of_condition,
    ),
    Difference(
        "only ...Exists is a ResourceExistsError",
        "other conflicts are ResourceBeingDeletedError, QuotaReachedError, NodeNotReadyError or InvalidStateError",
        "ResourceExistsError for every 409",
        "'exists already, good' must not swallow a used-up quota",
        _class_of_conflict,
    ),
    Difference(
        "files of a node that is gone are a NodeGoneError",
        "NodeGoneError, a kind of ResourceNotFoundError, for a file whose pool or node is not there; "
        "FilesUnavailableError for the properties of a task's file, ResourceNotFoundError for those of a node's, as "
        "the answer to HEAD says no more",
        "ResourceNotFoundError",
        "that a file is not there yet, and that it is lost, are told apart",
        _class_of_files,
    ),
    Difference(
        "bad credentials are a ClientAuthenticationError",
        "also for the codes with which the service answers 400 or 403",
        "only for 401",
        "a wrong shared key is answered with 403",
        _class_of_authentication,
    ),
    Difference(
        "error_map is obeyed",
        "the caller's class is raised",
        "it is ignored",
        "error_map is a documented call option",
        _error_map,
    ),
    Difference(
        "send_request does not raise",
        "the response is given back, whatever its status",
        "errors are raised",
        "the method is documented so",
        _own_request,
    ),
    Difference(
        "errors without the service's body keep their class",
        "the class by the status; code and message where a body has them; model only for an error body",
        "DecodeError for HTML; no code for a message in plain text; any JSON as model",
        "a proxy's answer has a status, too",
        _unexplained_errors,
    ),
    Difference(
        "errors of downloads have their body",
        "code, message and model, as for every operation",
        "None",
        "the body says why a file cannot be read",
        _download_errors,
    ),
    Difference(
        "create_tasks loses nothing",
        "CreateTasksError with every task that was not added, whatever went wrong",
        "without a token AttributeError, and with max_concurrency an empty result, as if all were added",
        "every task is added, rejected, or named",
        _lost_tasks,
    ),
    Difference(
        "create_tasks sends compact JSON",
        "no blanks in the JSON",
        "a blank after each ',' and ':'",
        "more tasks fit into a request",
        _compact,
    ),
    Difference(
        "create_tasks keeps the order",
        "tasks are sent, and results given, in the order of the input; what is too large is split in halves",
        "the last task is sent first",
        "the results stand where the tasks stood, and the first task given is the first that the job has",
        _in_order,
    ),
    Difference(
        "create_tasks reports tasks that exist",
        "CreateTasksError with them, unless on_exists says otherwise",
        "they are among the results, like the ones that were added",
        "two tasks with one id are a mistake",
        _task_exists,
    ),
    Difference(
        "create_tasks ends",
        "after the retries and the timeout of the client's settings, with CreateTasksError",
        "a request that fails with 5xx is repeated for ever, without a pause",
        "a busy service is not hammered",
        _endless,
    ),
    Difference(
        "create_tasks rejects a task alone for which the whole request is refused",
        "one that is too large or malformed is among failure_tasks, and the others are added",
        "the submission stops",
        "one task does not hold up all others",
        _rejected_alone,
    ),
)
