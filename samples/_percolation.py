"""What each task of parameter_sweep.py runs: ``python3 _percolation.py SIZE DENSITY TRIALS`` writes ``result.json``.

Sites of a square lattice are occupied at random. Does a cluster of occupied neighbours reach from the top to the
bottom? The standard library is all that it needs, so that any node with a Python can run it.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path


def occupied(size: int, density: float, chance: random.Random) -> list[list[bool]]:
    """A lattice in which each site is occupied with the same probability."""
    return [[chance.random() < density for _ in range(size)] for _ in range(size)]


def wet(lattice: list[list[bool]]) -> list[list[int]]:
    """0 for an empty site, 2 for an occupied one that is connected to the top, 1 for any other."""
    size = len(lattice)
    shown = [[int(site) for site in row] for row in lattice]
    reached = [(0, column) for column in range(size) if lattice[0][column]]
    while reached:
        row, column = reached.pop()
        if shown[row][column] == 1:
            shown[row][column] = 2
            neighbours = ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1))
            reached += [(at, beside) for at, beside in neighbours if 0 <= at < size and 0 <= beside < size]
    return shown


def main(size: int, density: float, trials: int) -> None:
    """Count the lattices that are connected from top to bottom; the last one is written down, too."""
    chance = random.Random(f"{size} {density}")
    connected, last = 0, list[list[int]]()
    for _ in range(trials):
        last = wet(occupied(size, density, chance))
        connected += 2 in last[-1]
    result = {"size": size, "density": density, "trials": trials, "connected": connected, "last": last}
    Path("result.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
