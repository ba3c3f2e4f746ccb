"""The interpreter as a process; its arguments are where its package lies, and a command line with ``cmd``."""

from __future__ import annotations

import os
import sys
from io import FileIO
from pathlib import Path
from typing import NoReturn

from ._commands import BUILT_IN
from ._shell import Shell, Streams

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    files = (FileIO(0, "r", closefd=False), FileIO(1, "w", closefd=False), FileIO(2, "w", closefd=False))
    code = Shell(os.environ, Path.cwd(), BUILT_IN).interpret(sys.argv[2], Streams(*files))
    sys.exit(code & 0xFF or int(code != 0))
