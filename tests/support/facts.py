"""The lists of facts that the library is held against: those of API version 2025-06-01, and what 2026-10-01 changes.

``FACTS`` is what the library has: the union of both versions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "facts"

EARLIER: dict[str, Any] = json.loads((_FOLDER / "api-2025-06-01.json").read_text())
CHANGES: dict[str, Any] = json.loads((_FOLDER / "api-2026-10-01-changes.json").read_text())

_ADDED: dict[str, Any] = CHANGES["added"]
FACTS: dict[str, Any] = {
    **EARLIER,
    "models": {
        name: {**EARLIER["models"].get(name, {}), **_ADDED["models"].get(name, {})}
        for name in [*EARLIER["models"], *(name for name in _ADDED["models"] if name not in EARLIER["models"])]
    },
    "enums": {**EARLIER["enums"], **_ADDED["enums"]},
}
