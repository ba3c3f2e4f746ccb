"""What became of a file when the files of a task or a node were saved. It is found out here and never sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Optional

__all__ = ["SavedFile"]


@dataclass(frozen=True)
class SavedFile:
    """What became of a file when the files of a task or a node were saved."""

    name: str
    """The path on the node, as the service lists it."""
    path: Optional[Path]
    """Where the file is on this machine; None if it was not saved."""
    size: int
    """Its bytes."""
    last_modified: datetime
    """When it was last written to on the node."""
    status: Literal["saved", "unchanged", "refused", "gone"]
    """``saved``; ``unchanged`` if it was there already, with this size and time; ``refused`` if its name leads out of
    the directory or cannot be the name of a file on this machine; ``gone`` if it was removed from the node
    meanwhile."""
