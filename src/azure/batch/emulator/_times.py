"""Dates and durations as the service writes them, and the entity tags made from the time of a change.

A duration is kept as a whole number of ticks of 100 ns, the service's own unit, so that its "no limit" fits exactly.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Optional

__all__ = [
    "SECOND",
    "UNLIMITED",
    "duration_seconds",
    "duration_text",
    "entity_tag",
    "parse_date",
    "parse_duration",
    "text_date",
]

SECOND = 10_000_000
"""Ticks in a second."""

UNLIMITED = 2**63 - 1
"""The longest duration there is; the service's "no limit"."""

_NUMBER = r"([0-9]{1,18})"
"""More digits no duration needs, and Python reads no number of very many."""
_DURATION = re.compile(
    r"P(?:#Y)?(?:#M)?(?:#W)?(?:#D)?(?:T(?=[0-9])(?:#H)?(?:#M)?(?:#(?:[.,]([0-9]+))?S)?)?".replace("#", _NUMBER)
)
_UNITS = tuple(SECOND * seconds for seconds in (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1))
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_EPOCH = datetime(1, 1, 1, tzinfo=timezone.utc)


def parse_duration(text: str) -> Optional[int]:
    """Ticks of an ISO 8601 duration, None when it is none; years count 365 days, months 30."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    ticks = sum(int(number) * unit for number, unit in zip(match.groups()[:7], _UNITS) if number)
    if match.group(8):
        ticks += int(match.group(8)[:7].ljust(7, "0"))
    return min(ticks, UNLIMITED)


def duration_text(ticks: int) -> str:
    """The normalised text of a duration: days, hours, minutes and seconds."""
    seconds, fraction = divmod(ticks, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    second = f"{seconds}.{fraction:07d}".rstrip("0") + "S" if fraction else f"{seconds}S" if seconds else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + second
    if not days and not time:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")


def duration_seconds(text: str) -> Optional[float]:
    """Seconds of a normalised duration; None for "no limit"."""
    ticks = parse_duration(text)
    return None if ticks is None or ticks >= UNLIMITED else ticks / SECOND


def parse_date(text: str) -> Optional[datetime]:
    """A date of the wire, in UTC; None when it is none. Digits below a microsecond are dropped."""
    if len(text) == 28 and text[10] == "T" and text[19] == "." and text[27] == "Z":
        # The service's own form, and so nearly every date that is read here.
        with suppress(ValueError):
            return datetime.fromisoformat(text[:26]).replace(tzinfo=timezone.utc)
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    zone = match.group(4) or "Z"
    zone = "+0000" if zone in "zZ" else zone.replace(":", "")
    micro = (match.group(3) or "0")[:6].ljust(6, "0")
    try:
        moment = datetime.strptime(f"{match.group(1)}T{match.group(2)}.{micro}{zone}", "%Y-%m-%dT%H:%M:%S.%f%z")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def text_date(moment: datetime) -> str:
    """A date as the service writes it: UTC, seven digits of a second."""
    # Not strftime, which does not fill up years before 1000 everywhere.
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"


def entity_tag(moment: datetime, previous: int = 0) -> tuple[str, int]:
    """An entity tag for a change at a moment, later than ``previous``; and the ticks it stands for."""
    ticks = max((moment - _EPOCH) // timedelta(microseconds=1) * 10, previous + 1)
    return f"0x{ticks:X}", ticks
