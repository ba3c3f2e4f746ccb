"""How an account is set up: plain values that the rules read, and of which users give some."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Optional

from ._faults import Faults

__all__ = ["API_VERSIONS", "ContainerMode", "Delays", "Options"]

API_VERSIONS = (
    "2026-10-01",
    "2025-06-01",
    "2024-07-01.20.0",
    "2024-02-01.19.0",
    "2022-10-01.16.0",
    "2020-09-01.12.0",
)
"""The versions of the API that clients may ask for, the newest first, which is also their order as text. Those before
2025-06-01 have its shapes where clients use them.
"""

ContainerMode = Literal["docker", "host", "fail"]
"""What becomes of tasks with container settings."""


@dataclass(frozen=True)
class Delays:
    """How long, in seconds, what takes minutes in the cloud takes here."""

    resize: float = 0.3
    """From the start of a resize until nodes are there or go."""
    boot: float = 0.2
    """Each of the steps that a node takes until it is idle, and each of those it takes to go."""
    settle: float = 0.2
    """Jobs and schedules on their way to disabled, active or completed."""
    delete: float = 0.2
    """From a deletion until the resource is gone."""
    preempted: float = 1.0
    """From the preemption of a Spot node until there is capacity for it again."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value < float("inf"):
                raise ValueError(f"The delay {name} must be a number of seconds, not {value}.")

    @classmethod
    def none(cls) -> Delays:
        """Everything at once."""
        return cls(0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Options:
    """How an account is set up."""

    name: str
    url: str
    """Where tasks find the account: ``AZ_BATCH_ACCOUNT_URL``."""
    delays: Delays = Delays()
    applications: dict[str, dict[str, Path]] = field(default_factory=dict[str, dict[str, Path]])
    """Folder of every version of every application, by the application's name."""
    auto_storage: Optional[Path] = None
    """Folder that stands for the linked storage account, a folder below it for each container."""
    faults: Faults = field(default_factory=Faults)
    """What is to go wrong."""
    moves_files: bool = True
    """Whether the resource files of tasks are fetched and their output files sent."""
