"""Command lines of Windows pools on other systems, run as tasks are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure.batch.emulator._process import Launch, Process, launch
from azure.batch.emulator._windows import is_cmd, split
from support.waiting import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has the real one")


@dataclass
class Result:
    code: int
    out: str
    err: str


Cmd = Callable[..., Result]


@pytest.fixture
def wd(tmp_path: Path) -> Path:
    directory = tmp_path / "wd"
    directory.mkdir()
    return directory


@pytest.fixture
def cmd(wd: Path, tmp_path: Path) -> Cmd:
    """Runs a command line; line ends of Windows come back as plain ones."""

    async def run(what: Launch) -> int:
        process = await launch(what)
        assert isinstance(process, Process), process
        code = (await asyncio.wait_for(process.wait(), PATIENCE)).exit_code
        assert code is not None
        return code

    def call(line: str, **environment: str) -> Result:
        out, err = tmp_path / "stdout.txt", tmp_path / "stderr.txt"
        variables = {"PATH": os.environ["PATH"], **environment}
        # A loop of its own, and not asyncio.run, which would forget the loop that pytest-asyncio keeps for this thread.
        with contextlib.closing(asyncio.new_event_loop()) as loop:
            code = loop.run_until_complete(run(Launch(line, wd, variables, out, err, windows=True)))
        return Result(code, out.read_bytes().decode().replace("\r\n", "\n"), err.read_text().replace("\r\n", "\n"))

    return call


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("cmd /c echo hello", "hello\n"),
        ('cmd /c "echo hello"', "hello\n"),
        ('cmd.exe /C "echo hello world"', "hello world\n"),
        (r"C:\Windows\System32\cmd.exe /c echo hi", "hi\n"),
        ("%ComSpec% /c echo hi", "hi\n"),
        ("cmd /q /d /s /c echo hi", "hi\n"),
        ('cmd /c echo "quoted text"', '"quoted text"\n'),
        ('cmd /c "echo "quoted text""', '"quoted text"\n'),
        ("cmd /c echo.", "\n"),
        ("cmd /c echo", "ECHO is on.\n"),
        ("cmd /c @echo off & echo x", "x\n"),
        ("cmd /c echo a& echo b", "a\nb\n"),
        ('cmd /c "echo a && echo b"', "a \nb\n"),
        ("cmd /c (echo a& echo b)", "a\nb\n"),
        ("cmd /c echo a || echo b", "a \n"),
        ("cmd /c echo a^&b ^> c", "a&b > c\n"),
        ('cmd /c echo "a & b > c"', '"a & b > c"\n'),
        ("cmd /c echo ü€😀", "ü€😀\n"),
        ("cmd /c echo %NAME%", "value\n"),
        ("cmd /c echo %name%-%NAME:~1,3%-%NAME:~-2%-%NAME:al=AL%-%NAME:*l=%", "value-alu-ue-vALue-ue\n"),
        ("cmd /c echo %UNKNOWN% 100% %%", "%UNKNOWN% 100% %%\n"),
        ("cmd /c set X=1& echo %X%", "%X%\n"),
        ("cmd /v:on /c set X=1& echo !X!", "1\n"),
        ('cmd /v:on /c "set "X=a b"& echo !x!"', "a b\n"),
        ("cmd /c set AZ_BATCH_T", "AZ_BATCH_TASK_ID=t\n"),
        ("cmd /c set NAME=other& call echo %^NAME%", "other\n"),
        ("cmd /c if defined NAME (echo yes) else (echo no)", "yes\n"),
        ("cmd /c if not defined NAME (echo yes) else echo no", "no\n"),
        ("cmd /c if exist nothing.txt (echo yes) else (echo no)", "no\n"),
        ("cmd /c if %NAME%==value echo same", "same\n"),
        ('cmd /c if /i "VALUE"=="%NAME%" echo same', "same\n"),
        ("cmd /c if 10 gtr 9 echo greater", "greater\n"),
        ("cmd /c for /l %i in (1,1,3) do @echo %i", "1\n2\n3\n"),
        ("cmd /c for %x in (a b) do (echo [%x]& echo -)", "[a]\n-\n[b]\n-\n"),
        ('cmd /c for %x in ("a b") do echo %~x', "a b\n"),
        ("cmd /c echo a 2>&1", "a \n"),
        ("cmd /c rem nothing & echo x", ""),
        ("cmd /c ver > nul", ""),
        ('cmd /c cmd /c "echo nested"', "nested\n"),
        ("cmd /c printf.exe %s a", "a"),
        ("cmd /c (echo b& echo a) | sort", "a\nb\n"),
        ('cmd /c (echo one& echo two) | find "w"', "two\n"),
        ('cmd /c (echo one& echo two) | find /c /v ""', "2\n"),
        ("cmd /c echo x> f.txt& echo y>> f.txt& type f.txt", "x\ny\n"),
        ("cmd /c echo x 1> f.txt& sort < f.txt", "x \n"),
        ("cmd /c mkdir a\\b & cd a\\b && echo x> f& cd ..\\.. & type a\\b\\f", "x\n"),
        ("cmd /c echo 1> one.txt& copy one.txt two.txt & dir /b", "        1 file(s) copied.\none.txt\ntwo.txt\n"),
        ("cmd /c echo a> a& echo b> b& copy /b a+b c > nul & type c", "a\nb\n"),
        ("cmd /c echo a> a& ren a b& move b c > nul & dir /b", "c\n"),
        ("cmd /c echo a> a.txt& echo b> b.log& del *.txt & dir /b", "b.log\n"),
        ("cmd /c md a& rd a& dir /b", ""),
        ("cmd /c md a\\b& rmdir /s /q a& dir /b", ""),
        ("cmd /c md a& echo x> a\\x& xcopy a b /e /i & type b\\x", "1 File(s) copied\nx\n"),
        (
            "cmd /c md a\\d& echo x> a\\x.txt& echo y> a\\d\\y.txt& xcopy a\\*.txt b /s /i & type b\\d\\y.txt",
            "2 File(s) copied\ny\n",
        ),
        ("cmd /c echo x> a.txt& for %f in (*.txt) do type %f", "x\n"),
        ("cmd /c echo a> a& cat .\\a", "a\n"),
        ("cmd /c timeout /t 0 > nul & ping -n 1 127.0.0.1 > nul & echo slept", "slept\n"),
    ],
)
def test_what_programs_for_windows_do(cmd: Cmd, line: str, out: str) -> None:
    assert cmd(line, NAME="value", AZ_BATCH_TASK_ID="t") == Result(0, out, "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("cmd /c exit /b 3", 3),
        ("cmd /c exit 4", 4),
        ('cmd /c "exit /b 5 & echo never"', 5),
        ("cmd /c exit -1", 255),
        ("cmd /c exit 256", 1),
        ("cmd /c sh -c 'exit 7'", 2),  # single quotes are no quotes on Windows
        ('cmd /c sh -c "exit 7"', 7),
        ('cmd /c sh -c "exit 7" & exit /b', 7),
        ('cmd /c sh -c "exit 7" || exit /b 9', 9),
        ('cmd /c sh -c "kill -9 $$"', 137),
        ("cmd /c cmd /c exit 6", 6),
        ('cmd /v:on /c sh -c "exit 3" & exit !ERRORLEVEL!', 3),
        ('cmd /c sh -c "exit 3" & if errorlevel 3 exit 33', 33),
    ],
)
def test_exit_codes(cmd: Cmd, line: str, code: int) -> None:
    result = cmd(line)
    assert (result.code, result.out) == (code, "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cmd /c no-such-program", "'no-such-program' is not recognized as an internal or external command"),
        ("cmd /c no-such-program & no-such-program", "is not recognized"),
        ("cmd /c powershell -Command Get-Date", "'powershell' is not recognized"),
        ("cmd /c run.bat", "Batch files are not supported"),
        ("cmd /c start notepad", "'start' is not supported"),
        ("cmd /c expand x", "'expand' is not supported"),
        ("cmd /c set /a 1+1", "SET /a is not supported"),
        ("cmd /c for /f %i in (x) do echo %i", "This form of the FOR command is not supported"),
        ("cmd /c call :label", "label"),
        ("cmd /c type nothing.txt", "The system cannot find the file specified."),
        ("cmd /c dir nothing.txt", "File Not Found"),
        ("cmd /c cd nowhere", "The system cannot find the path specified."),
        ("cmd /c ping -n 2 example.org", "PING is supported for the local host only"),
        ("cmd /c ping", "PING is supported for the local host only"),
        ("cmd /c timeout /t x", "ERROR"),
        ("cmd /c copy a b", "The system cannot find the file specified."),
        ("cmd /c copy", "The syntax of the command is incorrect."),
        ("cmd /c dir /q", "The switch /q is not supported"),
        ("cmd /c set NOTHING_LIKE_IT", "Environment variable NOTHING_LIKE_IT not defined"),
        ("cmd /c rd /s x", "/q"),
        ("cmd /c date", "DATE is supported with /t only"),
        ("cmd /c where no-such-program", "Could not find files"),
        ("cmd /c if x", "unexpected"),
        ("cmd /c echo a >", "> was unexpected at this time."),
        ("cmd /c echo a &&", "syntax"),
        ("cmd /c (echo a", "syntax"),
        ("cmd /c echo a > no/such/folder/x", "cannot find"),
        ("cmd /c", "syntax"),
        ("cmd", "needs /c"),
        ("cmd /z /c echo", "/z"),
        ("cmd /c echo a\necho b", "line break"),
        ("cmd /c " + "(" * 3000, "nested"),
    ],
)
def test_what_it_does_not_know_or_finds_missing_fails_with_a_message(cmd: Cmd, line: str, message: str) -> None:
    result = cmd(line)
    assert result.code == 1
    assert message in result.err


def test_dir_shows_sizes_and_directories(cmd: Cmd, wd: Path) -> None:
    (wd / "file.bin").write_bytes(bytes(1234))
    (wd / "folder").mkdir()
    lines = cmd("cmd /c dir").out.splitlines()
    assert lines[0].strip() == f"Directory of {wd}"
    assert lines[2].endswith("1,234 file.bin")
    assert "<DIR>" in lines[3]
    assert "1 File(s)" in lines[4]
    assert cmd("cmd /c dir /s /b").out.splitlines() == [str(wd / "file.bin"), str(wd / "folder")]


def test_paths_from_variables_mix_both_separators(cmd: Cmd, wd: Path) -> None:
    shared = wd / "shared dir"
    shared.mkdir()
    line = r'cmd /c "echo x> "%SHARED%\out.txt" && type "%SHARED%\out.txt" && cat "%SHARED%\out.txt""'
    assert cmd(line, SHARED=str(shared)) == Result(0, "x \nx \n", "")


def test_a_program_with_blanks_in_its_name_keeps_its_quotes(cmd: Cmd, wd: Path) -> None:
    program = wd / "my tool.exe"
    program.write_text("#!/bin/sh\necho tool $1\n")
    program.chmod(0o755)
    assert cmd('cmd /c "my tool.exe"') == Result(0, "tool \n".replace(" \n", "\n"), "")
    assert cmd(f'cmd /c ""{wd}\\my tool.exe" "x y""').out == "tool x y\n"


def test_copied_programs_can_be_executed(cmd: Cmd, wd: Path) -> None:
    program = wd / "tool"
    program.write_text("#!/bin/sh\necho tool\n")
    program.chmod(0o755)
    (wd / "in").mkdir()
    (wd / "in" / "other").write_text("x")
    assert cmd("cmd /c copy tool tool2 > nul & .\\tool2").out == "tool\n"
    assert cmd("cmd /c copy in . > nul & type other").out == "x"
    assert cmd("cmd /c copy nul empty > nul & if exist empty echo yes").out == "yes\n"


def test_the_environment_reaches_programs(cmd: Cmd) -> None:
    assert cmd("cmd /c set X=changed& printenv X", X="old").out == "changed\n"


def test_output_of_programs_and_built_in_commands_keeps_its_order(cmd: Cmd) -> None:
    assert cmd("cmd /c echo 1& printf 2& echo 3& printf 4& echo 5").out == "1\n23\n45\n"


def test_errors_can_be_redirected(cmd: Cmd, wd: Path) -> None:
    result = cmd("cmd /c type nothing 2> err.txt || echo failed 1>&2")
    assert (result.code, result.err) == (0, "failed \n")
    assert "cannot find" in (wd / "err.txt").read_text()


def test_ping_answers_as_often_as_asked(cmd: Cmd) -> None:
    assert cmd("cmd /c ping 127.0.0.1 -n 2").out.count("Reply from 127.0.0.1") == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r'a "b c" d', ["a", "b c", "d"]),
        (r'"a\"b" \"c', ['a"b', '"c']),
        (r'a\\b "c\\" d\\"e f"', ["a\\\\b", "c\\", "d\\e f"]),
        ('"a""b" ""', ['a"b', ""]),
        ("'a b'", ["'a", "b'"]),
        (r"C:\x\y.exe", [r"C:\x\y.exe"]),
        ('"open end', ["open end"]),
    ],
)
def test_words_of_windows(line: str, words: list[str]) -> None:
    assert split(line) == words


@given(st.text())
def test_splitting_never_fails(line: str) -> None:
    assert all(isinstance(word, str) for word in split(line))


@given(st.text(st.sampled_from('cmd/ \\".exe%o')))
def test_only_the_interpreter_is_the_interpreter(word: str) -> None:
    assert not is_cmd(word) or "cmd" in word or word == "%comspec%"
