"""Having a pool or a job there, or not there: what both kinds have in common.

Others may create and delete at the same time, answers may be lost. So every step begins with a look at what is there
now, takes no refusal for an end that another look can explain, and deletes only what it has looked at: by its entity
tag. What was deleted and what comes after it under the same id are told apart by the time of creation.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, Optional

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

from .._codecs import is_mapping
from .._differences import PropertyDifference, differences
from .._errors import ResourceBeingDeletedError, ResourceDiffersError, portable
from .._lazy import models
from .._model import Model, missing_required, to_json
from .._plan import Plan
from .._progress import Seconds
from .._request import segment, version_of
from .._versions import check_body
from ._looks import Looks

_IDENTITY = ["id", "state", "creationTime", "eTag"]
_INDEX = re.compile(r"""\[('[^']*'|"[^"]*"|\d+)\]""")
"""The place in a list."""
_PATIENCE = 5
"""Times that something which was just created may not be found: not every read knows of it at once."""


class Found(NamedTuple):
    """What a look has seen: the pool or job, or that there is none."""

    resource: Any


class Wanted:
    """What is to be there: checked, and as it will be sent.

    :param what: ``pool`` or ``job``, which is also the name of the caller's argument.
    """

    def __init__(self, client: Any, what: str, options: Any, call_options: dict[str, Any]) -> None:
        self.kind: type[Model] = getattr(models, f"Batch{what.title()}CreateOptions")
        if not is_mapping(options) or (isinstance(options, Model) and not isinstance(options, self.kind)):
            raise TypeError(f"{what}: expected a {self.kind.__name__} or a mapping, got {type(options).__name__}")
        self.options = options if isinstance(options, self.kind) else self.kind(options)
        missing = missing_required(self.options)
        if missing:
            raise ValueError(f"{what}: {', '.join(missing)} must be set")
        readable: type[Model] = getattr(models, f"Batch{what.title()}")
        only_read = [name for name in self.options if name in readable._by_wire and name not in self.kind._by_wire]
        if only_read:
            raise ValueError(f"{what}: leave out {', '.join(only_read)}, which can only be read")
        content = to_json(self.options)
        check_body(what, content, self.kind, version_of(call_options, client._api_version))
        self.content: dict[str, Any] = json.loads(content)
        self.id: str = self.content["id"]
        segment(f"{what}.id", self.id)


class Tolerance:
    """Which differences a caller accepts: all, none, or those in named properties and what is below them."""

    def __init__(self, may_differ: Any, kind: type[Model], *more: str) -> None:
        self._all = may_differ is True
        if isinstance(may_differ, (str, bytes)) or not (
            isinstance(may_differ, bool) or hasattr(may_differ, "__iter__")
        ):
            raise TypeError(f"may_differ: expected True, False or names of properties, got {may_differ!r}")
        self._names: tuple[Any, ...] = () if isinstance(may_differ, bool) else tuple(may_differ)
        for name in self._names:
            if not isinstance(name, str) or not (name in more or _is_property(name, kind)):
                raise ValueError(f"may_differ: {kind.__name__} has no property {name!r}")

    def accepts(self, one: PropertyDifference) -> bool:
        return self._all or any(
            one.property == name or one.property.startswith((f"{name}.", f"{name}[")) for name in self._names
        )


class Presence:
    """One pool or job of an account.

    :param what: ``pool`` or ``job``, as in the names of the client's operations.
    """

    def __init__(
        self,
        client: Any,
        what: str,
        resource_id: str,
        options: dict[str, Any],
        *,
        timeout: Optional[Seconds],
        polling_interval: Seconds,
    ) -> None:
        segment(f"{what}_id", resource_id)
        self.what = what
        self.id = resource_id
        self._get = getattr(client, f"get_{what}")
        self._create = getattr(client, f"create_{what}")
        self._delete = getattr(client, f"begin_delete_{what}")
        self._looks = Looks(client, options, timeout=timeout, polling_interval=polling_interval, progress_hook=None)
        self._looks.begin()
        self._state = "unknown"

    # -- looking and waiting ------------------------------------------------------------------------------------------

    def look(self, select: Optional[list[str]] = None) -> Plan[Any]:
        """The pool or job as it is now, None if there is none; failures that may pass are looked past."""
        while True:
            seen = yield from self._looks.look(self._seen(select))
            if seen is not None:
                self._state = "not there" if seen.resource is None else _text(seen.resource.state)
                return seen.resource
            yield from self._pause()

    def _seen(self, select: Optional[list[str]]) -> Plan[Found]:
        try:
            return Found((yield self._get(self.id, select=select, **self._looks.options())))
        except ResourceNotFoundError as error:
            _check_missing(error)
            return Found(None)

    def _pause(self) -> Plan[None]:
        if not (yield from self._looks.pause(1)):
            text = f"{self.what} {self.id!r} was not as asked for within {self._looks.time_limit:g} s"
            raise TimeoutError(f"{text}; its state when last seen: {self._state}") from self._looks.trouble

    # -- having it gone -----------------------------------------------------------------------------------------------

    def remove(self) -> Plan[None]:
        """Delete what is there, and wait until it is gone."""
        found = yield from self.look(_IDENTITY)
        while found is not None and not (yield from self.discard(found)):
            other = yield from self.look(_IDENTITY)
            found = other if _is_same(found, other) else None

    def discard(self, found: Any) -> Plan[bool]:
        """Delete just what was found, and wait until it is gone; False if it was changed before it could be."""
        if found.state != "deleting" and not (yield from self._looks.look(self._sent_deletion(found))):
            yield from self._pause()
            return False
        while _is_same(found, (yield from self.look(_IDENTITY))):
            yield from self._pause()
        return True

    def _sent_deletion(self, found: Any) -> Plan[bool]:
        try:
            yield self._delete(
                self.id,
                etag=found.etag,
                match_condition=MatchConditions.IfNotModified,
                polling=False,
                **self._looks.options(),
            )
        except ResourceModifiedError:
            return False
        except ResourceNotFoundError as error:
            _check_missing(error)
        except ResourceBeingDeletedError:
            pass
        return True

    # -- having it there ----------------------------------------------------------------------------------------------

    def ensure(self, wanted: Wanted, tolerance: Tolerance, replaced_states: frozenset[str]) -> Plan[Any]:
        """What is wanted, which is created unless it is there.

        :param replaced_states: States in which something of the id is deleted to make room.
        """
        while True:
            found = yield from self.look()
            if found is None:
                if (yield from self._looks.look(self._sent_creation(wanted))):
                    return (yield from self._created())
                yield from self._pause()
            elif found.state == "deleting" or found.state in replaced_states:
                yield from self.discard(found)
            else:
                self.check(found, wanted, tolerance)
                return found

    def recreate(self, wanted: Wanted) -> Plan[Any]:
        """What is wanted, created anew."""
        yield from self.remove()
        is_in_doubt = False
        while True:
            made = yield from self._looks.look(self._sent_creation(wanted, is_refused=not is_in_doubt))
            if made:
                return (yield from self._created())
            is_in_doubt = is_in_doubt or made is None
            yield from self._pause()
            if is_in_doubt:
                found = yield from self.look()
                if found is not None and found.state != "deleting":
                    self.check(found, wanted, Tolerance(False, wanted.kind))
                    return found

    def _sent_creation(self, wanted: Wanted, *, is_refused: bool = False) -> Plan[bool]:
        """Create it; gives whether it was. It is an error that it exists if that ``is_refused``."""
        try:
            yield self._create(wanted.options, **self._looks.options())
        except ResourceBeingDeletedError:
            return False
        except ResourceExistsError as error:
            if is_refused or _code(error) != f"{self.what.title()}Exists":
                raise  # such as a job schedule, which shares its ids with jobs
            return False
        return True

    def _created(self) -> Plan[Any]:
        for _ in range(_PATIENCE):
            found = yield from self.look()
            if found is not None:
                return found
            yield from self._pause()
        raise portable(ResourceNotFoundError(f"{self.what} {self.id!r} was created, and is not there any more"))

    def check(self, found: Any, wanted: Wanted, tolerance: Tolerance) -> None:
        """Raise unless what is there has what is wanted."""
        every = differences(wanted.content, found.as_dict(), wanted.kind)
        if self.what == "job" and found.state in ENDED:
            every.insert(0, PropertyDifference("state", "active", _text(found.state)))
        other = [one for one in every if not tolerance.accepts(one)]
        if other:
            lines = "".join(f"\n  {one}" for one in other)
            raise ResourceDiffersError(
                f"{self.what} {self.id!r} exists, but not as it is wanted:{lines}\n"
                f"Take it as it is with may_differ, {_ways(self.what, other)}or replace it with recreate_{self.what}.",
                resource=found,
                differences=other,
            )


ENDED = frozenset({"terminating", "completed"})
"""States of a job that takes no more tasks."""


def _ways(what: str, found: list[PropertyDifference]) -> str:
    """How something of that kind can be changed in what differs, each way with a comma."""
    update: type[Model] = getattr(models, f"Batch{what.title()}UpdateOptions")
    names = {_INDEX.sub("", one.property).partition(".")[0] for one in found}
    ways = (
        ("replace it when it has ended with replace_completed=True", names & {"state"}),
        ("resize it with begin_resize_pool", names & {"target_dedicated_nodes", "target_low_priority_nodes"}),
        ("set its formula with enable_pool_auto_scale", {name for name in names if "auto_scale" in name}),
        (f"change it with update_{what}", names & update._attr_to_rest_field.keys()),
    )
    return "".join(f"{way}, " for way, those in ways if those)


def _is_property(name: str, kind: type[Model]) -> bool:
    """Whether a model may have a property with this path, such as ``metadata['a'].value``; JSON of any kind may."""
    model: Optional[type[Model]] = kind
    for part in _INDEX.sub("", name).split("."):
        found = model._attr_to_rest_field.get(part) if model is not None else None
        if found is None:
            return False
        model = found.codec.model
        if model is None and found.exact is None:
            return True
    return True


def _is_same(one: Any, other: Any) -> bool:
    """Whether what is there is what was there before, not something newer of the same id."""
    return other is not None and one.get("creationTime") == other.get("creationTime")


def _check_missing(error: ResourceNotFoundError) -> None:
    """Raise an error again that says that something else is not there: the account, or Batch at this address."""
    code = _code(error) or ""
    if code.startswith("Account") or not code.endswith("NotFound"):
        raise error


def _code(error: HttpResponseError) -> Optional[str]:
    return getattr(error.error, "code", None)


def _text(state: Any) -> str:
    return str(getattr(state, "value", state))
