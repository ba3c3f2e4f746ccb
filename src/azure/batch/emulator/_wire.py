"""What passes between the HTTP side of the emulator and its rules: calls, answers, refusals.

Plain shapes without behaviour of their own, so that the server knows no state and the rules know no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

__all__ = ["ERRORS", "Answer", "Call", "Conditions", "Document", "FilePart", "Page", "ServiceError"]

Document = dict[str, Any]
"""One resource as the service's JSON has it."""


@dataclass(frozen=True)
class Conditions:
    """The conditional headers of a request; entity tags without their quotes, ``*`` kept as it is."""

    if_match: Optional[str] = None
    if_none_match: Optional[str] = None
    if_modified_since: Optional[datetime] = None
    if_unmodified_since: Optional[datetime] = None


@dataclass(frozen=True)
class Call:
    """One authenticated request, after its URL, headers and body were read."""

    operation: str
    ids: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Optional[Document] = None
    conditions: Conditions = Conditions()
    base: str = ""
    """Scheme and host as the request used them, without a trailing slash; every URL in an answer begins so."""
    range: Optional[str] = None
    """The ``ocp-range`` header of a file request, as it was sent."""


@dataclass(frozen=True)
class FilePart:
    """Bytes of a file on a node that the server streams as the answer's body (none for HEAD)."""

    path: Path
    start: int
    length: int
    content_type: str
    is_directory: bool
    mode: str
    last_modified: datetime
    url: str


@dataclass(frozen=True)
class Page:
    """One page of a list; ``token`` continues after it and is None at the end."""

    items: Sequence[Document]
    token: Optional[str] = None


@dataclass(frozen=True)
class Answer:
    """What a call gave: at most one of ``body``, ``page`` and ``file``."""

    status: int
    body: Optional[Document] = None
    page: Optional[Page] = None
    file: Optional[FilePart] = None
    etag: Optional[str] = None
    last_modified: Optional[datetime] = None
    location: Optional[str] = None
    """Absolute URL of what was created; sent as ``Location`` and ``DataServiceId``."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class ServiceError(Exception):
    """A refusal as the service words it: status, code, message and key-value details.

    Without ``status`` or ``message`` they come from :data:`ERRORS`.
    """

    def __init__(
        self,
        code: str,
        message: Optional[str] = None,
        *,
        status: Optional[int] = None,
        values: Sequence[tuple[str, str]] = (),
    ) -> None:
        known_status, known_message = ERRORS.get(code, (400, code))
        self.status = status if status is not None else known_status
        self.code = code
        self.message = message or known_message
        self.values = tuple(values)
        super().__init__(f"({self.code}) {self.message}")


ERRORS: dict[str, tuple[int, str]] = {}
"""Status and message text of every error code, by code."""
