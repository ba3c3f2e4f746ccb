"""The built-in commands."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Callable

from ._shell import Command, Shell, Streams, has_name, read_arguments, split_lines, write
from ._syntax import ExitError, Parser, ShellError

__all__ = ["BUILT_IN"]


def _echo(_shell: Shell, rest: str, streams: Streams) -> int:
    text = rest[1:]
    if rest[:1] not in (".", "(", ":", "/", "\\", "[", "]", "+") and not text.strip():
        streams.print("ECHO is on.")
    elif text.strip().lower() not in ("on", "off"):
        streams.print(text)
    return 0


def _set(shell: Shell, rest: str, streams: Streams) -> int:
    text = rest.strip(" \t")
    if re.match(r"/[ap]\b", text, re.IGNORECASE):
        raise ShellError(f"SET {text[:2]} is not supported.")
    quoted = text.startswith('"')
    # Without quotes, blanks at the end belong to the value.
    text = (text[1:].rpartition('"')[0] or text[1:]) if quoted else rest.lstrip(" \t")
    name, separator, value = text.partition("=")
    if separator:
        if not name:
            raise ShellError("The syntax of the command is incorrect.")
        if value:
            shell.variables[name.upper()] = (name, value)
            return 0
        return 0 if shell.variables.pop(name.upper(), None) else 1
    chosen = [pair for key, pair in sorted(shell.variables.items()) if key.startswith(name.strip().upper())]
    if not chosen:
        raise ShellError(f"Environment variable {name.strip()} not defined")
    for pair in chosen:
        streams.print("=".join(pair))
    return 0


def _exit(shell: Shell, rest: str, _streams: Streams) -> int:
    match = re.fullmatch(r"\s*(?:/b\b)?\s*([+-]?\d+)?\s*", rest, re.IGNORECASE)
    if match is None:
        raise ShellError("EXIT takes /b and a number.")
    raise ExitError(shell.error_level if match[1] is None else int(match[1]))


def _type(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "")
    if not arguments.words:
        raise ShellError("The syntax of the command is incorrect.")
    for path in [path for name in arguments.words for path in shell.existing(name)]:
        streams.copy(path)
    return 0


def _dir(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "bsaono")
    bare, deep = "b" in arguments.switches, "s" in arguments.switches
    if arguments.switches.get("a") or arguments.switches.get("o"):
        raise ShellError("DIR with chosen attributes or an order is not supported.")
    for name in arguments.words or (".",):
        path = shell.path(name)
        folder, pattern = (path, "*") if path.is_dir() else (path.parent, path.name)
        folders = [folder, *sorted(entry for entry in folder.rglob("*") if entry.is_dir())] if deep else [folder]
        listed = [(below, shell.matches(str(below / pattern))) for below in folders]
        if not any(entries for _, entries in listed) and not path.is_dir():
            raise ShellError("File Not Found")
        for below, entries in listed:
            if bare:
                for entry in entries:
                    streams.print(str(entry.resolve()) if deep else entry.name)
            else:
                _print_directory(below.resolve(), entries, streams)
    return 0


def _print_directory(folder: Path, entries: list[Path], streams: Streams) -> None:
    streams.print(f" Directory of {folder}\r\n")
    sizes = [entry.stat().st_size for entry in entries if entry.is_file()]
    for entry in entries:
        status = entry.stat()
        modified = datetime.fromtimestamp(status.st_mtime).astimezone()
        size = "<DIR>         " if entry.is_dir() else f"{status.st_size:>14,}"
        streams.print(f"{modified:%m/%d/%Y  %I:%M %p} {size:>17} {entry.name}")
    streams.print(f"{len(sizes):>16} File(s) {sum(sizes):>14,} bytes")
    streams.print(f"{len(entries) - len(sizes):>16} Dir(s)\r\n")


def _cd(shell: Shell, rest: str, streams: Streams) -> int:
    name = re.sub(r"^\s*/d\b", "", rest, flags=re.IGNORECASE).strip().strip('"')
    if not name:
        streams.print(str(shell.directory))
        return 0
    folder = shell.path(name)
    if not folder.is_dir():
        raise ShellError("The system cannot find the path specified.")
    shell.directory = folder.resolve()
    return 0


def _md(shell: Shell, rest: str, _streams: Streams) -> int:
    arguments = read_arguments(rest, "")
    if not arguments.words:
        raise ShellError("The syntax of the command is incorrect.")
    for name in arguments.words:
        if shell.path(name).exists():
            raise ShellError(f"A subdirectory or file {name} already exists.")
        shell.path(name).mkdir(parents=True)
    return 0


def _rd(shell: Shell, rest: str, _streams: Streams) -> int:
    arguments = read_arguments(rest, "sq")
    if "s" in arguments.switches and "q" not in arguments.switches:
        raise ShellError("RD /s asks before it removes; without anybody to answer it needs /q.")
    for name in arguments.words:
        path = shell.path(name)
        if not path.is_dir():
            raise ShellError("The system cannot find the file specified.")
        if "s" in arguments.switches:
            import shutil

            shutil.rmtree(path)
        elif any(path.iterdir()):
            raise ShellError("The directory is not empty.")
        else:
            path.rmdir()
    return 0


def _del(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "qf")
    if not arguments.words:
        raise ShellError("The syntax of the command is incorrect.")
    for name in arguments.words:
        found = [path for path in shell.matches(name) if path.is_file()]
        if not found:  # cmd says so too, and still succeeds
            write(streams.stderr, f"Could Not Find {shell.path(name)}\r\n")
        for path in found:
            path.unlink()
    return 0


def _sources(shell: Shell, text: str) -> list[list[Path]]:
    """The files of ``a+b``, or of one name with wildcards; the outer list has an item for each target."""
    names = text.split("+")
    if len(names) > 1:
        return [[path for name in names for path in shell.existing(name)]]
    found = [path for path in shell.existing(text) if not path.is_dir()]
    return [[path] for path in found]


def _copy(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "ybav")
    source, target = shell.pair(arguments)
    if shell.path(source).is_dir():
        source += "/*"
    sources = _sources(shell, source)
    if not sources:
        raise ShellError("The system cannot find the file specified.")
    if len(sources) > 1 and not target.is_dir():
        raise ShellError("Several files can be copied into an existing directory only.")
    for files in sources:
        destination = target / files[0].name if target.is_dir() else target
        if destination.exists() and any(file.samefile(destination) for file in files):
            raise ShellError("The file cannot be copied onto itself.")
        _copy_files(files, destination, streams)
    streams.print(f"        {len(sources)} file(s) copied.")
    return 0


def _copy_files(files: list[Path], destination: Path, streams: Streams) -> None:
    with FileIO(str(destination), "w") as output:
        for file in files:
            streams._replace(stdout=output).copy(file)
    if destination.is_file():
        destination.chmod(files[0].stat().st_mode & 0o777)  # what could be executed still can


def _xcopy(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "esiyqhrkfc")
    source, target = shell.pair(arguments)
    path = shell.path(source)
    root = path if path.is_dir() else path.parent
    deep = bool({"e", "s"} & set(arguments.switches))
    entries = root.rglob("*") if deep else root.glob("*")
    pattern = "*" if path == root else path.name
    chosen = [file for file in sorted(entries) if file.is_file() and has_name(file, pattern)]
    if not chosen:
        raise ShellError(f"File not found - {source}")
    if not target.is_dir() and path != root and len(chosen) == 1 and "i" not in arguments.switches:
        raise ShellError("XCOPY asks whether the target is a file or a directory; without anybody to answer use COPY.")
    for file in chosen:
        destination = target / file.relative_to(root)
        destination.parent.mkdir(parents=True, exist_ok=True)
        _copy_files([file], destination, streams)
    streams.print(f"{len(chosen)} File(s) copied")
    return 0


def _move(shell: Shell, rest: str, streams: Streams) -> int:
    source, target = shell.pair(read_arguments(rest, "y"))
    found = shell.existing(source)
    if len(found) > 1 and not target.is_dir():
        raise ShellError("Cannot move multiple files to a single file.")
    for path in found:
        path.replace(target / path.name if target.is_dir() else target)
    streams.print(f"        {len(found)} file(s) moved.")
    return 0


def _ren(shell: Shell, rest: str, _streams: Streams) -> int:
    words = read_arguments(rest, "").words
    if len(words) != 2 or re.search(r"[\\/*?]", words[1]):
        raise ShellError("The syntax of the command is incorrect.")
    for path in shell.existing(words[0]):
        target = path.with_name(words[1])
        if target.exists():
            raise ShellError("A duplicate file name exists, or the file cannot be found.")
        path.rename(target)
    return 0


def _ping(_shell: Shell, rest: str, streams: Streams) -> int:
    """The classic way to sleep: one second between two echoes of the machine itself."""
    match = re.fullmatch(
        r"\s*(?:[-/]n\s+(\d+)\s+|[-/][w46]\s+(?:\d+\s+)?)*(?:127\.\d+\.\d+\.\d+|localhost|::1)(?:\s+[-/]n\s+(\d+))?\s*",
        rest,
        re.IGNORECASE,
    )
    if match is None:
        raise ShellError("PING is supported for the local host only.")
    count = int(match[1] or match[2] or 4)
    for number in range(count):
        if number:
            time.sleep(1)
        streams.print("Reply from 127.0.0.1: bytes=32 time<1ms TTL=128")
    return 0


def _timeout(_shell: Shell, rest: str, streams: Streams) -> int:
    match = re.fullmatch(r"\s*(?:[-/]nobreak\s+)?(?:[-/]t\s+)?(\d+)(?:\s*[-/]nobreak)?\s*", rest, re.IGNORECASE)
    if match is None or int(match[1]) > 99999:
        raise ShellError("ERROR: Invalid value for timeout (/T) specified. Valid range is 0-99999 seconds.")
    streams.print(f"\r\nWaiting for {match[1]} seconds, press a key to continue ...")
    time.sleep(int(match[1]))
    return 0


def _find(shell: Shell, rest: str, streams: Streams) -> int:
    match = re.match(r'((?:\s*/[a-z])*)\s*"((?:[^"]|"")*)"(.*)$', rest, re.IGNORECASE | re.DOTALL)
    if match is None:
        raise ShellError("FIND: Parameter format not correct")
    switches = read_arguments(match[1], "vcni").switches
    words = read_arguments(match[3], "").words
    wanted = match[2].replace('""', '"')
    sources: list[tuple[str, list[str]]] = [("", streams.lines())] if not words else []
    files = [path for name in words for path in shell.existing(name)]
    sources.extend((path.name.upper(), split_lines(path.read_bytes())) for path in files)
    total = 0
    for name, lines in sources:
        fold: Callable[[str], str] = str.lower if "i" in switches else str
        hits = [
            (number, line)
            for number, line in enumerate(lines, 1)
            if (wanted != "" and fold(wanted) in fold(line)) != ("v" in switches)
        ]
        total += len(hits)
        if "c" in switches:
            streams.print(f"\r\n---------- {name}: {len(hits)}" if name else str(len(hits)))
            continue
        if name:
            streams.print(f"\r\n---------- {name}")
        for number, line in hits:
            streams.print(f"[{number}]{line}" if "n" in switches else line)
    return 0 if total else 1


def _sort(shell: Shell, rest: str, streams: Streams) -> int:
    arguments = read_arguments(rest, "r")
    lines = [
        line for name in arguments.words for path in shell.existing(name) for line in split_lines(path.read_bytes())
    ]
    lines = lines if arguments.words else streams.lines()
    for line in sorted(lines, key=str.lower, reverse="r" in arguments.switches):
        streams.print(line)
    return 0


def _more(shell: Shell, rest: str, streams: Streams) -> int:
    if rest.strip():
        return _type(shell, rest, streams)
    streams.copy(streams.stdin)
    return 0


def _date(shell: Shell, rest: str, streams: Streams) -> int:
    return _print_now(shell, "DATE", rest, streams)


def _time(shell: Shell, rest: str, streams: Streams) -> int:
    return _print_now(shell, "TIME", rest, streams)


def _print_now(shell: Shell, name: str, rest: str, streams: Streams) -> int:
    if rest.strip().lower() != "/t":
        raise ShellError(f"{name} is supported with /t only.")
    streams.print(shell.value(name) or "")
    return 0


def _ver(_shell: Shell, _rest: str, streams: Streams) -> int:
    streams.print("\r\nMicrosoft Windows [Version 10.0, as far as the local Batch account knows it]")
    return 0


def _where(shell: Shell, rest: str, streams: Streams) -> int:
    for name in read_arguments(rest, "").words or ("",):
        program = shell.find_program(name)
        if program is None:
            raise ShellError("INFO: Could not find files for the given pattern(s).")
        streams.print(str(program))
    return 0


def _call(shell: Shell, rest: str, streams: Streams) -> int:
    if rest.strip().startswith(":"):
        raise ShellError("CALL of a label is not supported outside batch files.")
    return shell.run(Parser(shell.expand(rest, "%")).parse(), streams)


def _nothing(_shell: Shell, _rest: str, _streams: Streams) -> int:
    return 0


BUILT_IN: Mapping[str, Command] = {
    "call": _call,
    "cd": _cd,
    "chdir": _cd,
    "cls": _nothing,
    "copy": _copy,
    "date": _date,
    "del": _del,
    "dir": _dir,
    "echo": _echo,
    "endlocal": _nothing,
    "erase": _del,
    "exit": _exit,
    "find": _find,
    "md": _md,
    "mkdir": _md,
    "more": _more,
    "move": _move,
    "ping": _ping,
    "rd": _rd,
    "rem": _nothing,
    "ren": _ren,
    "rename": _ren,
    "rmdir": _rd,
    "set": _set,
    "setlocal": _nothing,
    "sort": _sort,
    "time": _time,
    "timeout": _timeout,
    "title": _nothing,
    "type": _type,
    "ver": _ver,
    "where": _where,
    "xcopy": _xcopy,
}
