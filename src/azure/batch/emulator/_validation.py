"""Reading request bodies: their shape, their values, and the refusals for what is wrong with them.

What comes out is the document in one form: integers that came as text are numbers, durations and dates normalised,
enumeration words in the service's case, nulls and secrets gone. Empty lists stay until :func:`tidy`, because an update
clears a list with them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Optional, cast

from ._shapes import ENUMERATIONS, SHAPES, Property
from ._times import SECOND, UNLIMITED, duration_text, parse_date, parse_duration, text_date
from ._wire import Document, ServiceError

__all__ = [
    "at_most",
    "check_id",
    "check_range",
    "check_resource_files",
    "check_task_definition",
    "completed",
    "default_constraints",
    "invalid",
    "missing",
    "read_body",
    "require_exactly_one",
    "shortest",
    "tidy",
]

_RETIRED = {"resourceTags", "targetNodeCommunicationMode", "certificateReferences"}
"""Properties of older API versions that change nothing any more: accepted and dropped."""

_WORDS = {"true": True, "false": False}
_KEPT_EMPTY = {"containerHostBatchBindMounts"}
"""Lists for which empty means something else than absent."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST = 2**63


def invalid(name: str, value: Any, reason: str) -> ServiceError:
    """The refusal of a property's value."""
    values = [("PropertyName", name), ("PropertyValue", _shown(value)), ("Reason", reason)]
    return ServiceError("InvalidPropertyValue", values=values)


def missing(name: str) -> ServiceError:
    """The refusal of a body that lacks a property."""
    return ServiceError("MissingRequiredProperty", values=[("PropertyName", name)])


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def read_body(body: Any, shape: str, *, optional: bool = False, is_whole_resource: bool = False) -> Document:
    """Read a request body; a whole resource may hold properties that only the service sets, which are passed over."""
    if body is None:
        if optional:
            return {}
        raise ServiceError("InvalidRequestBody", values=[("Reason", "The request has no body")])
    return _read_shape(body, shape, "", is_whole_resource)


def _read_shape(value: Any, shape: str, path: str, is_whole_resource: bool = False) -> Document:
    if not isinstance(value, dict):
        raise ServiceError("InvalidRequestBody", values=[("PropertyName", path), ("Reason", "An object is expected")])
    properties = SHAPES[shape]
    result: Document = {}
    for name, item in cast("Document", value).items():
        known = properties.get(name)
        if known is None:
            if is_whole_resource or name in _RETIRED or name.startswith("odata."):
                continue
            raise ServiceError("UnsupportedProperty", values=[("PropertyName", path + name)])
        if item is None:
            continue
        if known.kind not in ("secret", "secretmap"):
            result[name] = _read_property(item, known, path + name)
        elif known.required:
            properties = {**properties, name: Property(name, known.kind, False, known.many)}
    for known in properties.values():
        if known.required and known.name not in result:
            raise missing(path + known.name)
    return result


def completed(document: Document, present: Document, shape: str, path: str) -> Document:
    """An update of an object together with what it must have, which stays as it is where the update has it not.

    :raises ServiceError: when the object that is there has it neither.
    """
    result = dict(document)
    for name, known in SHAPES[shape].items():
        if name in result and known.kind in SHAPES and not known.many:
            result[name] = completed(result[name], present.get(name, {}), known.kind, f"{path}{name}.")
        elif known.required and name not in result:
            if name not in present:
                raise missing(path + name)
            result[name] = present[name]
    return result


def _read_property(value: Any, known: Property, path: str) -> Any:
    if not known.many:
        return _read_value(value, known.kind, path)
    if not isinstance(value, list):
        raise ServiceError("InvalidRequestBody", values=[("PropertyName", path), ("Reason", "An array is expected")])
    items = cast("list[object]", value)
    return [_read_value(item, known.kind, f"{path}[{index}]") for index, item in enumerate(items)]


def _read_value(value: Any, kind: str, path: str) -> Any:
    if kind == "int":
        return _read_int(value, path)
    if kind == "bool":
        return _read_bool(value, path)
    if kind == "map":
        return _read_map(value, path)
    if kind in SHAPES:
        result = _read_shape(value, kind, path + ".")
        if kind == "MetadataItem" and not result["name"]:
            raise ServiceError("EmptyMetadataKey")
        return result
    if not isinstance(value, str):
        raise ServiceError("InvalidRequestBody", values=[("PropertyName", path), ("Reason", "Text is expected")])
    if kind == "duration":
        ticks = parse_duration(value)
        if ticks is None:
            raise invalid(path, value, "The value is not an ISO 8601 duration")
        return duration_text(ticks)
    if kind == "date":
        moment = parse_date(value)
        if moment is None:
            raise invalid(path, value, "The value is not an ISO 8601 date and time")
        return text_date(moment)
    if kind in ENUMERATIONS:
        return _read_word(value, kind, path)
    if path.endswith("isplayName"):
        at_most(path, value, 1024)
    return value


def _read_int(value: Any, path: str) -> int:
    number: Optional[int] = None
    if isinstance(value, str):
        number = int(value) if re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", value) else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None  # 1e999 is infinite when it has been read
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not -_LARGEST <= number < _LARGEST:
        raise invalid(path, value, "The value is not an integer")
    return number


def _read_map(value: Any, path: str) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise invalid(path, value, "The value holds a number that is too large") from None
    return value


def _read_bool(value: Any, path: str) -> bool:
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if not isinstance(value, bool):
        raise invalid(path, value, "The value is neither true nor false")
    return value


def _read_word(value: str, kind: str, path: str) -> str:
    for word in ENUMERATIONS[kind]:
        if word.lower() == value.lower():
            return word
    raise invalid(path, value, f"The value is none of {', '.join(ENUMERATIONS[kind])}")


def tidy(document: Any) -> Any:
    """A copy without empty lists and without the empty objects that their removal leaves."""
    if isinstance(document, dict):
        entries = cast("Document", document)
        tidied = {name: tidy(item) if name != "settings" else item for name, item in entries.items()}
        return {name: item for name, item in tidied.items() if item != [] or name in _KEPT_EMPTY}
    if isinstance(document, list):
        return [tidy(item) for item in cast("list[object]", document)]
    return document


# Values


def check_id(name: str, value: str) -> None:
    """An id of 1 to 64 letters, digits, hyphens and underscores."""
    if not _ID.fullmatch(value):
        raise invalid(name, value, "An id has 1 to 64 characters: letters, digits, hyphens and underscores")


def at_most(name: str, value: str, length: int) -> None:
    """Text of a limited length."""
    if len(value) > length:
        raise invalid(name, value, f"The value has more than {length} characters")


def check_range(document: Document, name: str, lowest: int, highest: int, path: str = "") -> None:
    """A number, if it is there, within its limits."""
    value = document.get(name)
    if value is not None and not lowest <= value <= highest:
        raise invalid(path + name, value, f"The value must be between {lowest} and {highest}")


def shortest(document: Document, name: str, minutes: int, longest_hours: Optional[int] = None, path: str = "") -> None:
    """A duration, if it is there, within its limits."""
    if name not in document:
        return
    ticks = parse_duration(document[name]) or 0
    if ticks < minutes * 60 * SECOND:
        raise invalid(path + name, document[name], f"The value must be at least {minutes} minutes")
    if longest_hours is not None and ticks > longest_hours * 3600 * SECOND:
        raise invalid(path + name, document[name], f"The value must be at most {longest_hours} hours")


def require_exactly_one(document: Document, names: tuple[str, ...], path: str) -> str:
    """One of several properties, and no other of them; which one."""
    given = [name for name in names if name in document]
    if not given:
        raise missing(f"{path}.{names[0]}")
    if len(given) > 1:
        raise invalid(f"{path}.{given[1]}", document[given[1]], f"Only one of {', '.join(names)} can be given")
    return given[0]


def check_resource_files(files: list[Document], path: str) -> None:
    """Each file from one source, with a name where it needs one, inside the working directory."""
    sources = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")
    for index, file in enumerate(files):
        place = f"{path}[{index}]"
        source = require_exactly_one(file, sources, place)
        if source == "httpUrl":
            if not file.get("filePath"):
                raise missing(f"{place}.filePath")
            if "blobPrefix" in file:
                raise invalid(f"{place}.blobPrefix", file["blobPrefix"], "A prefix needs a container")
        parts = re.split(r"[/\\]", file.get("filePath", ""))
        if ".." in parts or parts[0].endswith(":") or (len(parts) > 1 and not parts[0]):
            raise invalid(f"{place}.filePath", file["filePath"], "The path must lie below the working directory")
        mode = file.get("fileMode")
        if mode is not None and not re.fullmatch(r"0?[0-7]{3,4}", mode):
            raise invalid(f"{place}.fileMode", mode, "The value is not an octal file mode")


def check_task_definition(task: Document, path: str = "") -> None:
    """What tasks of every sort have in common; puts in the defaults of what they have."""
    check_resource_files(task.get("resourceFiles", []), path + "resourceFiles")
    for index, setting in enumerate(task.get("environmentSettings", [])):
        if not setting["name"] or "=" in setting["name"] or "\0" in setting["name"] + setting.get("value", ""):
            raise invalid(f"{path}environmentSettings[{index}].name", setting["name"], "The name is not possible")
    for index, output in enumerate(task.get("outputFiles", [])):
        if "container" not in output["destination"]:
            raise missing(f"{path}outputFiles[{index}].destination.container")
    constraints = task.get("constraints", {})
    check_range(constraints, "maxTaskRetryCount", -1, 2**31 - 1, path + "constraints.")
    check_range(task, "maxTaskRetryCount", -1, 2**31 - 1, path)
    check_range(task, "requiredSlots", 1, 256, path)
    identity = task.setdefault("userIdentity", {})
    if "username" in identity and "autoUser" in identity:
        raise invalid(path + "userIdentity", identity["username"], "Give a user name or an automatic user, not both")
    if "username" not in identity:
        user = identity.setdefault("autoUser", {})
        user.setdefault("scope", "pool")
        user.setdefault("elevationLevel", "nonadmin")


def default_constraints(task: Document, retries: int) -> None:
    """Fill in the constraints that a task was not given."""
    constraints = task.setdefault("constraints", {})
    constraints.setdefault("maxWallClockTime", duration_text(UNLIMITED))
    constraints.setdefault("retentionTime", "P7D")
    constraints.setdefault("maxTaskRetryCount", retries)
