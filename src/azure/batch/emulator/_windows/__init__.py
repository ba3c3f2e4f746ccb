"""The command interpreter of Windows pools on other systems.

Published programs for Windows pools run ``cmd /c "..."``. This is the part of ``cmd`` that they use: variables,
operators, redirection, ``if``, ``for`` and the everyday built-in commands, with backslashes in paths read as slashes
and lines ending as they do on Windows. Whatever it does not know fails with a message and exit code 1: it never passes
for a success. It runs as a process of its own, which starts in a moment because it imports nothing outside this folder
but the standard library.

Two limits come from the system below: file names are case-sensitive, and an exit code has eight bits (1000 arrives as
232; a code whose low eight bits are zero arrives as 1, so that no failure looks like a success).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Optional

__all__ = ["interpreter", "is_cmd", "split"]

_WORD_PIECE = re.compile(r'(?P<space>[ \t\r\n]+)|(?P<slashes>\\+)(?P<quote>"?)|(?P<plain>[^ \t\r\n\\"]+)|"')


def split(command_line: str) -> list[str]:
    """Split a command line into words by the rules of Windows programs: ``\\"`` is a quote, other backslashes stay."""
    words: list[str] = []
    word: Optional[str] = None
    quoted = False
    position = 0
    while position < len(command_line):
        piece = _WORD_PIECE.match(command_line, position)
        assert piece is not None, "every character begins some piece"
        position = piece.end()
        if piece["space"] and not quoted:
            if word is not None:
                words.append(word)
                word = None
            continue
        text = ""
        if piece["slashes"]:
            count = len(piece["slashes"])
            text = piece["slashes"]
            if piece["quote"]:
                text = "\\" * (count // 2) + ('"' if count % 2 else "")
                if not count % 2:
                    position -= 1  # the quote is read on its own
        elif piece["space"] or piece["plain"]:
            text = piece[0]
        elif quoted and command_line.startswith('"', position):
            text = '"'
            position += 1
        else:
            quoted = not quoted
        word = (word or "") + text
    return words if word is None else [*words, word]


_CMD = re.compile(r"(?:.*[\\/])?cmd(?:\.exe)?(?:/[a-z].*)?$|%comspec%$", re.IGNORECASE)


def is_cmd(program: str) -> bool:
    """Whether the first word of a command line means the command interpreter."""
    return _CMD.match(program) is not None


def interpreter(command_line: str) -> list[str]:
    """What to execute for a command line that begins with ``cmd``.

    The folder above is put at the end of the path, so that this folder is a package without the ones it lies in.
    """
    code = f"import sys; sys.path.append(sys.argv[1]); from {__name__.rpartition('.')[2]}.__main__ import main; main()"
    return [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parents[1]), command_line]
