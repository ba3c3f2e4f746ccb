"""How many cores a size of virtual machine has.

Nearly all names say it: the number behind the family, or the second one where a size has part of its cores switched
off (``standard_e16-4s_v5``). The oldest families count otherwise.
https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Optional

__all__ = ["cores", "known_cores"]

_A = {0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 8: 8, 9: 16, 10: 8, 11: 16}
_D = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}
_G = {1: 2, 2: 4, 3: 8, 4: 16, 5: 32}
_OLD = (
    (re.compile(r"a(\d+)"), _A),
    (re.compile(r"ds?(\d+)(?:_v2)?"), _D),
    (re.compile(r"gs?(\d+)"), _G),
)
_SIZE = re.compile(r"[a-z]+(\d+)(?:-(\d+))?.*")


@lru_cache(maxsize=256)
def known_cores(size: str) -> Optional[int]:
    """The cores of a size; None where its name says nothing."""
    name = re.sub(r"(?i)^(standard|basic)_", "", size).lower()
    for pattern, table in _OLD:
        match = pattern.fullmatch(name)
        if match is not None:
            return table.get(int(match[1]), int(match[1]) or 1)
    match = _SIZE.fullmatch(name)
    return max(1, int(match[2] or match[1])) if match is not None else None


def cores(size: str) -> int:
    """The cores of a size; 1 where its name says nothing."""
    return known_cores(size) or 1
