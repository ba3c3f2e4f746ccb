"""What is asked of the emulator itself and not of the account: under ``/$emulator/``, for programs in any language.

================================== ==========================================================================
``GET    faults``                  the faults, how often each has struck, and what was struck
``POST   faults``                  order a fault; its number is answered
``DELETE faults`` ``faults/N``     take all faults back and begin anew, or one; ``{"seed": 7}`` sets the seed
``GET    clock``                   what time it is
``POST   clock``                   ``{"advance": 60}``: let seconds go by, in a simulation
``POST   outcomes``                ``{"task": "t-*", "job": "j", "outcomes": [{"exitCode": 1}]}``, likewise
``DELETE outcomes``                forget all of those
``POST   nodes/POOL/NODE``         ``{"state": "preempted"}``: lose a node
================================== ==========================================================================

The fields of faults and outcomes have the names of the Python classes, in camel case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Callable, Optional, TypeVar, cast

from ._clock import Clock
from ._faults import Fault, Faults, LostState
from ._kinds import hints_of, mismatch
from ._outcomes import Outcome, Outcomes
from ._times import text_date
from ._wire import Document, ServiceError

__all__ = ["PREFIXES", "Administration"]

PREFIXES = ("/$emulator/", "/%24emulator/")
"""How the paths of these requests begin."""

_LONGEST = 10 * 365 * 86_400.0

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True)
class Administration:
    """Answers the requests about the emulator itself."""

    faults: Faults
    clock: Clock
    lose_node: Callable[[str, str, LostState], None]
    outcomes: Outcomes
    advance: Optional[Callable[[float], Awaitable[None]]] = None
    """Lets time go by; None when it does by itself."""

    async def handle(self, method: str, segments: Sequence[str], body: Optional[Document]) -> tuple[int, Document]:
        """Carry a request out; its status and its answer."""
        given: Document = body or {}
        what, rest = segments[0] if segments else "", segments[1:]
        if what == "faults" and len(rest) <= (method == "DELETE"):
            return self._faults(method, given, rest)
        if what == "clock" and not rest and method in ("GET", "POST"):
            if method == "POST":
                await self._advance(given)
            return 200, {"now": text_date(self.clock.now()), "isSimulated": self.advance is not None}
        if what == "outcomes" and not rest and method in ("POST", "DELETE"):
            return self._outcomes(method, given)
        if what == "nodes" and len(rest) == 2 and method == "POST":
            state = _fields(given, {"state": LostState}).get("state", "preempted")
            self.lose_node(rest[0], rest[1], state)
            return 200, {}
        raise ServiceError("ResourceNotFound", "The emulator has no such request.")

    def _faults(self, method: str, body: Document, rest: Sequence[str]) -> tuple[int, Document]:
        faults = self.faults
        if method == "POST":
            return 201, {"id": faults.add(_made(Fault, _fields(body, hints_of(Fault))))}
        if method == "DELETE":
            if rest:
                try:
                    faults.remove(int(rest[0]))
                except (LookupError, ValueError):
                    raise ServiceError("ResourceNotFound", "There is no such fault.") from None
            else:
                faults.clear(_fields(body, {"seed": int}).get("seed"))
            return 200, {}
        if method != "GET":
            raise ServiceError("UnsupportedHttpVerb")
        active = [
            {"id": number, "count": faults.count(number), **_document(fault)}
            for number, fault in faults.active().items()
        ]
        struck = [{"id": injection.fault, "subject": injection.subject} for injection in faults.record()]
        return 200, {"seed": faults.seed, "value": active, "injected": struck}

    async def _advance(self, body: Document) -> None:
        seconds = _fields(body, {"advance": float}).get("advance")
        if seconds is None or not 0 <= seconds <= _LONGEST:
            raise _invalid("advance", "a number of seconds is expected")
        if self.advance is None:
            raise ServiceError("OperationInvalidForCurrentState", "The emulator does not simulate: its time is real.")
        await self.advance(seconds)

    def _outcomes(self, method: str, body: Document) -> tuple[int, Document]:
        if self.advance is None:
            raise ServiceError("OperationInvalidForCurrentState", "The emulator does not simulate: it runs commands.")
        if method == "DELETE":
            self.outcomes.clear()
            return 200, {}
        fields = _fields(body, {"task": str, "job": str, "outcomes": Sequence[Any]})
        if not fields.get("task") or not fields.get("outcomes"):
            raise _invalid("task" if not fields.get("task") else "outcomes", "it is required")
        outcomes = [_made(Outcome, _fields(item, hints_of(Outcome))) for item in fields["outcomes"]]
        self.outcomes.script(fields["task"], *outcomes, job=fields.get("job"))
        return 201, {}


def _invalid(name: str, reason: str) -> ServiceError:
    return ServiceError("InvalidPropertyValue", values=[("PropertyName", name), ("Reason", reason)])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _fields(body: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a JSON object by our names, each of a kind that it may be; nothing that is null."""
    if not isinstance(body, dict):
        raise ServiceError("InvalidRequestBody", values=[("Reason", "A JSON object is expected.")])
    names = {_camel(name): name for name in known}
    fields: dict[str, Any] = {}
    for given, value in cast("Document", body).items():
        name = names.get(given)
        if name is None:
            raise _invalid(given, f"one of {', '.join(sorted(names))} is expected")
        if value is None:
            continue
        reason = mismatch(value, known[name])
        if reason:
            raise _invalid(given, reason)
        fields[name] = value
    return fields


def _made(kind: Callable[..., _T], fields: Mapping[str, Any]) -> _T:
    try:
        return kind(**fields)
    except ValueError as error:
        raise ServiceError("InvalidInput", str(error)) from None


def _document(fault: Fault) -> Document:
    """A fault in JSON, without what it leaves open."""
    return {
        _camel(field.name): getattr(fault, field.name)
        for field in dataclasses.fields(fault)
        if getattr(fault, field.name) != field.default
    }
