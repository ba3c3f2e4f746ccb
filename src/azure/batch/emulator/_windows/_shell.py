"""Runs what the grammar read: variables, redirections, pipes, programs."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Callable, NamedTuple, Optional, Union

from . import is_cmd, split
from ._syntax import Chain, ExitError, For, Group, If, Node, Parser, Redirect, ShellError, Simple

__all__ = ["Arguments", "Command", "Shell", "Streams", "has_name", "read_arguments", "split_lines", "write"]


class Streams(NamedTuple):
    stdin: FileIO
    stdout: FileIO
    stderr: FileIO

    def print(self, text: str = "") -> None:
        write(self.stdout, text + "\r\n")

    def copy(self, source: Union[FileIO, Path]) -> None:
        """Write all of a file to standard output."""
        file = FileIO(str(source)) if isinstance(source, Path) else source
        with file if isinstance(source, Path) else contextlib.nullcontext():
            while data := file.read(1 << 16):
                _write_bytes(self.stdout, data)

    def lines(self) -> list[str]:
        return split_lines(self.stdin.readall())


def write(stream: FileIO, text: str) -> None:
    """Write text, whole: the streams have no buffers, so that programs and built-in commands keep their order."""
    _write_bytes(stream, text.encode("utf-8", "surrogateescape"))


def _write_bytes(stream: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def split_lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").splitlines()


def has_name(path: Path, pattern: str) -> bool:
    """Whether the last part of a path matches a name with wildcards; case makes no difference."""
    pattern = "*" if pattern == "*.*" else pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(path.name.lower(), pattern)


class Arguments(NamedTuple):
    """What follows a built-in command: switches in lower case (``/t:5`` as ``t`` with the value ``5``), and words."""

    words: tuple[str, ...]
    switches: Mapping[str, str]


_ARGUMENT = re.compile(r"(?:\"[^\"]*\"?|[^\s,;=\"])+")
_SWITCHES = re.compile(r"(?:/[a-z?](?::[^/\\]*)?)+", re.IGNORECASE)


def read_arguments(text: str, allowed: str) -> Arguments:
    words: list[str] = []
    switches: dict[str, str] = {}
    for argument in _ARGUMENT.findall(text):
        # One letter only: below a POSIX system, /tmp/x is a path.
        if _SWITCHES.fullmatch(argument):
            for letter, value in re.findall(r"/(.)(?::([^/]*))?", argument.lower()):
                if letter not in allowed:
                    raise ShellError(f"The switch /{letter} is not supported.")
                switches[letter] = value
        else:
            words.append(argument.replace('"', ""))
    return Arguments(tuple(words), switches)


Command = Callable[["Shell", str, Streams], int]
"""A built-in command: it gets the text behind its name."""
_VARIABLE = re.compile(r"([%!])([^%!:\r\n]+)(?::([^%!\r\n]*))?\1")
_OPERATIONS: dict[str, Callable[[int], bool]] = {
    "equ": lambda order: order == 0,
    "==": lambda order: order == 0,
    "neq": lambda order: order != 0,
    "lss": lambda order: order < 0,
    "leq": lambda order: order <= 0,
    "gtr": lambda order: order > 0,
    "geq": lambda order: order >= 0,
}
_SILENT = frozenset({"echo", "rem", "set", "title", "cls"})
"""Commands that leave ERRORLEVEL as it is."""
_REFUSED = re.compile(
    "(at|attrib|expand|fc|findstr|format|ftp|label|mode|net|netstat|print|reg|replace|route|sc|shutdown|start|tree|write)"
    r"(\.exe|\.com)?$"
)
"""Programs of Windows with a namesake on other systems that does something else, and unsupported commands."""


class Shell:
    """Variables, the current directory, and the commands."""

    def __init__(self, environment: Mapping[str, str], directory: Path, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        self.variables = {name.upper(): (name, value) for name, value in environment.items()}
        self._loop_values: dict[str, str] = {}
        self.directory = directory
        self._delayed = False
        self.error_level = 0

    def interpret(self, command_line: str, streams: Streams) -> int:
        """Run ``cmd`` with its switches and its command; the exit code."""
        try:
            return self.run(Parser(self.expand(self._read_switches(command_line), "%")).parse(), streams)
        except ExitError as leaving:
            return leaving.code
        except ShellError as error:
            write(streams.stderr, f"{error}\r\n")
            return 1
        except RecursionError:
            write(streams.stderr, "The command is nested too deeply.\r\n")
            return 1

    def _read_switches(self, command_line: str) -> str:
        program = re.match(r'\s*(?:"[^"]*"|[^\s/"]|/(?![a-z?]))+', command_line, re.IGNORECASE)
        rest = command_line[program.end() :] if program else command_line
        only_strip = False
        while True:
            switch = re.match(r"\s*/([a-z?])(:on|:off)?", rest, re.IGNORECASE)
            if switch is None:
                raise ShellError("The command interpreter needs /c and a command.")
            rest = rest[switch.end() :]
            letter = switch[1].lower()
            if letter in "ck":
                break
            if letter not in "sdqefv":
                raise ShellError(f"The switch /{letter} of cmd is not supported.")
            only_strip = only_strip or letter == "s"
            if letter == "v":
                self._delayed = (switch[2] or "").lower() == ":on"
        return self._strip_quotes(rest.strip(), only_strip)

    def _strip_quotes(self, text: str, only_strip: bool) -> str:
        if not text.startswith('"'):
            return text
        between = text[1:].split('"', 1)[0]
        is_plain = text.count('"') == 2 and " " in between and not re.search(r"[&<>()@^|]", between)
        if is_plain and not only_strip and self.find_program(between) is not None:
            return text
        head, _, tail = text[1:].rpartition('"')
        return head + tail

    # Variables

    def value(self, name: str) -> Optional[str]:
        upper = name.upper()
        if upper in self.variables:
            return self.variables[upper][1]
        now = datetime.now().astimezone()
        dynamic = {
            "CD": lambda: str(self.directory),
            "DATE": lambda: f"{now:%a %m/%d/%Y}",
            "TIME": lambda: f"{now:%H:%M:%S}.{now.microsecond // 10000:02}",
            "RANDOM": lambda: str(int.from_bytes(os.urandom(2), "big") % 32768),
            "ERRORLEVEL": lambda: str(self.error_level),
        }
        return dynamic[upper]() if upper in dynamic else None

    def expand(self, text: str, sign: str) -> str:
        """Replace variables; one that is not defined stays as it is written, as it does outside batch files."""
        parts: list[str] = []
        position = 0
        while True:
            begin = text.find(sign, position)
            if begin < 0:
                return "".join([*parts, text[position:]])
            parts.append(text[position:begin])
            match = _VARIABLE.match(text, begin)
            value = self.value(match[2]) if match else None
            if match is None or value is None:
                parts.append(sign)
                position = begin + 1
            else:
                parts.append(_modify(value, match[3]))
                position = match.end()

    def _substitute(self, text: str) -> str:
        """Replace what only execution knows: loop variables, and ``!name!`` with /v:on."""
        text = re.sub(r"%(~?)([A-Za-z])", self._loop_value, text) if self._loop_values else text
        return self.expand(text, "!") if self._delayed else text

    def _loop_value(self, match: re.Match[str]) -> str:
        value = self._loop_values.get(match[2])
        if value is None:
            return match[0]
        return value.strip('"') if match[1] else value

    # Structure

    def run(self, node: Node, streams: Streams) -> int:
        if isinstance(node, Simple):
            return self._run_simple(node, streams)
        if isinstance(node, Group):
            return self._guard(
                streams, partial(self._run_redirected, node.redirects, streams, partial(self.run, node.body))
            )
        if isinstance(node, Chain):
            return self._run_chain(node, streams)
        if isinstance(node, If):
            chosen = node.then if self._holds(node) else node.otherwise
            return self.run(chosen, streams) if chosen else 0
        return self._run_for(node, streams)

    def _run_chain(self, node: Chain, streams: Streams) -> int:
        if node.operator == "|":
            # One after the other: nothing here needs the two sides at the same time, and a file never fills up.
            import tempfile

            with tempfile.TemporaryFile(buffering=0) as pipe:
                assert isinstance(pipe, FileIO)
                with contextlib.suppress(ExitError):
                    self.run(node.first, streams._replace(stdout=pipe))
                pipe.seek(0)
                try:
                    return self.run(node.second, streams._replace(stdin=pipe))
                except ExitError as leaving:
                    return leaving.code
        code = self.run(node.first, streams)
        if (node.operator == "&&" and code) or (node.operator == "||" and not code):
            return code
        return self.run(node.second, streams)

    def _run_for(self, node: For, streams: Streams) -> int:
        outer = dict(self._loop_values)
        code = 0
        for item in self._loop_items(node):
            self._loop_values[node.variable] = item
            code = self.run(node.body, streams)
        self._loop_values = outer
        return code

    def _loop_items(self, node: For) -> list[str]:
        items = _ARGUMENT.findall(self._substitute(node.items))
        if not node.counting:
            return [name for item in items for name in self._loop_names(item)]
        try:
            first, step, last = (int(item) for item in items)
            return [str(number) for number in range(first, last + (1 if step > 0 else -1), step)]
        except ValueError:
            raise ShellError(f"FOR /L needs (start,step,end), not ({node.items}).") from None

    def _loop_names(self, item: str) -> list[str]:
        if not re.search(r"[*?]", item):
            return [item]
        folder = re.sub(r"[^\\/]*$", "", item.strip('"'))
        return [folder + path.name for path in self.matches(item.strip('"')) if path.is_file()]

    def _holds(self, node: If) -> bool:
        left, right = self._substitute(node.left), self._substitute(node.right)
        if node.comparison == "exist":
            name = left.strip('"')
            result = bool(self.matches(name)) or name.lower() == "nul"
        elif node.comparison == "defined":
            result = self.value(left) is not None
        elif node.comparison == "errorlevel":
            if not re.fullmatch(r"-?\d+", left):
                raise ShellError(f"{left} was unexpected at this time.")
            result = self.error_level >= int(left)
        else:
            result = _OPERATIONS[node.comparison](_compare(left, right, node))
        return result != node.negated

    def _run_simple(self, node: Simple, streams: Streams) -> int:
        text = self._substitute(node.text).strip("\r\n").lstrip(" \t,;=@")
        name = re.match(r"[A-Za-z]+(?=[\s,;=./\\(:+\[\]\"]|$)", text)
        command = name[0].lower() if name else ""
        rest = text[len(command) :]
        action: Callable[[Streams], int] = partial(self._run_program, text)
        if not text:
            action = _create_files_only
        elif command in self._commands and (command in ("echo", "cd") or not rest.startswith((".", "\\"))):
            action = partial(self._commands[command], self, rest)
        code = self._guard(streams, partial(self._run_redirected, node.redirects, streams, action))
        if command not in _SILENT or code:
            self.error_level = code
        return code

    def _guard(self, streams: Streams, action: Callable[[], int]) -> int:
        try:
            return action()
        except ShellError as error:
            write(streams.stderr, f"{error}\r\n")
        except FileNotFoundError:
            write(streams.stderr, "The system cannot find the file specified.\r\n")
        except (OSError, ValueError) as error:
            write(streams.stderr, f"{getattr(error, 'strerror', None) or error}\r\n")
        return 1

    def _run_redirected(
        self, redirects: tuple[Redirect, ...], streams: Streams, action: Callable[[Streams], int]
    ) -> int:
        files = [streams.stdin, streams.stdout, streams.stderr]
        with contextlib.ExitStack() as stack:
            for redirect in redirects:
                if redirect.mode == "&":
                    files[redirect.descriptor] = files[int(redirect.target)]
                else:
                    mode = {"<": "r", ">": "w", ">>": "a"}[redirect.mode]
                    path = self.path(self._substitute(redirect.target).replace('"', ""))
                    files[redirect.descriptor] = stack.enter_context(FileIO(str(path), mode))
            inner = Streams(*files)
            return self._guard(inner, partial(action, inner))

    # Programs and files

    def _run_program(self, text: str, streams: Streams) -> int:
        words = split(text)
        name = words[0].lower()
        if is_cmd(words[0]):
            inner = Shell(dict(self.variables.values()), self.directory, self._commands)
            return inner.interpret(text, streams)
        if _REFUSED.match(name):
            raise ShellError(f"The command '{words[0]}' is not supported on this system.")
        if name.endswith((".bat", ".cmd")):
            raise ShellError(f"Batch files are not supported on this system: '{words[0]}'.")
        program = self.find_program(words[0])
        if program is None:
            raise ShellError(
                f"'{words[0]}' is not recognized as an internal or external command,\r\noperable program or batch file."
            )
        import subprocess

        finished = subprocess.run(
            [words[0], *map(self._program_argument, words[1:])],
            executable=program,
            cwd=self.directory,
            env=dict(self.variables.values()),
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
            check=False,
        )
        return finished.returncode if finished.returncode >= 0 else 128 - finished.returncode

    def find_program(self, name: str) -> Optional[Path]:
        names = [name.replace("\\", "/")]
        if names[0].lower().endswith(".exe"):
            names.append(names[0][:-4])
        search = (self.value("PATH") or os.defpath).split(os.pathsep)
        folders = [""] if "/" in names[0] else ["", *search]
        candidates = (Path(self.directory, folder, name) for folder in folders for name in names)
        return next((path for path in candidates if path.is_file() and os.access(path, os.X_OK)), None)

    def _program_argument(self, word: str) -> str:
        """An argument as it is, unless it is a path written with backslashes: then one that this system knows."""
        path = word.replace("\\", "/")
        if path != word and (Path(self.directory, path).exists() or Path(self.directory, path).parent.is_dir()):
            return path
        return word

    def path(self, name: str) -> Path:
        if not name:
            raise ShellError("The syntax of the command is incorrect.")
        return Path(os.devnull) if name.lower() in ("nul", "nul:") else self.directory / name.replace("\\", "/")

    def matches(self, name: str) -> list[Path]:
        """The existing files and directories that a name with or without wildcards means."""
        path = self.path(name)
        if not re.search(r"[*?]", path.name):
            return [path] if path.exists() else []
        if not path.parent.is_dir():
            return []
        return sorted(entry for entry in path.parent.iterdir() if has_name(entry, path.name))

    def existing(self, name: str) -> list[Path]:
        found = self.matches(name)
        if not found:
            raise ShellError("The system cannot find the file specified.")
        return found

    def pair(self, arguments: Arguments) -> tuple[str, Path]:
        if len(arguments.words) not in (1, 2):
            raise ShellError("The syntax of the command is incorrect.")
        return arguments.words[0], self.path(arguments.words[1] if len(arguments.words) == 2 else ".")


def _create_files_only(_streams: Streams) -> int:
    """The action of a line with nothing but redirections."""
    return 0


def _modify(value: str, modifier: Optional[str]) -> str:
    """Apply ``:~start,length`` or ``:old=new`` to the value of a variable."""
    if not modifier:
        return value
    part = re.fullmatch(r"~(-?\d+)?(?:,(-?\d+))?", modifier)
    if part is not None:
        value = value[int(part[1] or 0) :]
        return value if part[2] is None else value[: int(part[2])]
    old, separator, new = modifier.partition("=")
    if not separator or not old:
        return value
    if old.startswith("*"):
        return re.sub("^.*?" + re.escape(old[1:]), lambda _: new, value, count=1, flags=re.IGNORECASE)
    return re.sub(re.escape(old), lambda _: new, value, flags=re.IGNORECASE)


def _compare(left: str, right: str, node: If) -> int:
    """Less than, equal to or greater than zero, as numbers where both are."""
    if node.comparison != "==" and re.fullmatch(r"-?\d+", left) and re.fullmatch(r"-?\d+", right):
        return int(left) - int(right)
    if node.ignore_case:
        left, right = left.lower(), right.lower()
    return (left > right) - (left < right)
