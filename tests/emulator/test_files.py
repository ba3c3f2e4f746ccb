"""Files below a folder: what is found, listed, read and deleted, and that nothing leads out of the folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Optional

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from azure.batch.emulator._files import delete, entries, part, render, resolve
from azure.batch.emulator._wire import Document, ServiceError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")

URL = "http://127.0.0.1/jobs/j/tasks/t/files"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A task's directory, with something beside it that must not be seen."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret")
    root = tmp_path / "task"
    (root / "wd" / "d").mkdir(parents=True)
    (root / "stdout.txt").write_text("0123456789")
    (root / "stderr.txt").write_text("")
    (root / "wd" / "d" / "a b.bin").write_bytes(b"\0\1")
    return root


@contextmanager
def refused(code: str, status: int) -> Generator[None, None, None]:
    with pytest.raises(ServiceError) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status)


def names(root: Path, recursive: bool = True, after: str = "", prefix: str = "") -> list[str]:
    return [key for key, _ in entries(root, recursive, after=after, prefix=prefix)]


def items(root: Path, windows: bool = False) -> dict[str, Document]:
    return {key: render(entry, URL, windows=windows) for key, entry in entries(root, True)}


# Finding


@pytest.mark.parametrize("path", ["stdout.txt", "wd", "wd/", "wd/d/a b.bin", "./wd/d", "wd/./d"])
def test_paths_of_files_and_directories(root: Path, path: str) -> None:
    assert resolve(root, path) == root.joinpath(path).resolve()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        ".",
        "..",
        "../secret.txt",
        "wd/../stdout.txt",
        "wd/../../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "wd//d",
        "missing.txt",
        "stdout.txt/x",
        "a\0b",
        "stdout.txt\0",
        "x" * 5000,
        "wd\\d",
        "..\\secret.txt",
        "\ud800",
    ],
)
@pytest.mark.parametrize("follow", [True, False])
def test_paths_that_name_nothing(root: Path, path: str, follow: bool) -> None:
    with refused("FileNotFound", 404):
        resolve(root, path, follow=follow)


def test_backslashes_separate_names_on_windows(root: Path) -> None:
    assert resolve(root, "wd\\d\\a b.bin", windows=True) == root / "wd/d/a b.bin"
    for path in ("..\\secret.txt", "wd\\..\\..\\secret.txt", "\\etc\\passwd"):
        with refused("FileNotFound", 404):
            resolve(root, path, windows=True)


def test_backslash_in_a_name_elsewhere(root: Path) -> None:
    (root / "a\\b").write_text("x")
    assert resolve(root, "a\\b") == root / "a\\b"


@pytest.mark.parametrize("target", ["../secret.txt", "/etc/passwd", "wd/../../secret.txt", "gone", "self"])
def test_links_that_lead_out_or_nowhere(root: Path, target: str) -> None:
    (root / "self").symlink_to(target)
    with refused("FileNotFound", 404):
        resolve(root, "self")
    assert "self" not in names(root)


def test_nothing_is_found_behind_a_directory_link_that_leads_out(root: Path) -> None:
    (root / "wd" / "link").symlink_to("../../outside")
    for follow in (True, False):
        with refused("FileNotFound", 404):
            resolve(root, "wd/link/x", follow=follow)
    assert names(root) == ["stderr.txt", "stdout.txt", "wd", "wd/d", "wd/d/a b.bin"]


def test_links_within_the_folder_work(root: Path) -> None:
    (root / "wd" / "out").symlink_to("../stdout.txt")
    (root / "wd" / "loop").symlink_to("..")
    assert resolve(root, "wd/out") == root / "stdout.txt"
    assert resolve(root, "wd/loop/wd/out") == root / "stdout.txt"
    listed = items(root)
    assert listed["wd/out"]["properties"]["contentLength"] == "10"
    assert listed["wd/loop"]["isDirectory"] is True
    assert not [name for name in listed if name.startswith("wd/loop/")]


def test_root_that_is_a_link_itself(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to("task")
    assert resolve(tmp_path / "alias", "stdout.txt") == root / "stdout.txt"
    assert names(tmp_path / "alias") == names(root)


PIECES = st.sampled_from(["..", ".", "", "a", "b", "out", "in", "\\", "%2e%2e", "\0", "~", "secret.txt"])


@pytest.fixture(scope="module")
def maze() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        (top / "secret.txt").write_text("secret")
        root = top / "root"
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "secret.txt").write_text("fine")
        (root / "a" / "out").symlink_to("../..")
        (root / "a" / "b" / "in").symlink_to("..")
        (root / "out").symlink_to(top)
        yield root


@given(st.one_of(st.text(), st.lists(PIECES).map("/".join), st.lists(PIECES).map("\\".join)), st.booleans())
@example("a/b/in/out/secret.txt", False)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leads_out(maze: Path, path: str, windows: bool) -> None:
    with suppress(ServiceError):  # nothing else is ever raised
        found = resolve(maze, path, windows=windows)
        assert maze in found.parents
    with suppress(ServiceError):
        found = resolve(maze, path, windows=windows, follow=False)
        assert maze == found.parent or maze in found.parent.resolve().parents


# Listing


def test_list_of_the_top_level_and_of_everything(root: Path) -> None:
    assert names(root, recursive=False) == ["stderr.txt", "stdout.txt", "wd"]
    assert names(root) == ["stderr.txt", "stdout.txt", "wd", "wd/d", "wd/d/a b.bin"]


def test_items(root: Path) -> None:
    (root / "stdout.txt").chmod(0o640)
    os.utime(root / "stdout.txt", (1, 1.25))
    listed = items(root)
    assert listed["stdout.txt"] == {
        "name": "stdout.txt",
        "url": f"{URL}/stdout.txt",
        "isDirectory": False,
        "properties": {
            "lastModified": "1970-01-01T00:00:01.2500000Z",
            "contentLength": "10",
            "contentType": "text/plain",
            "fileMode": "0640",
        },
    }
    assert listed["wd/d"] == {"name": "wd/d", "url": f"{URL}/wd/d", "isDirectory": True}
    assert listed["wd/d/a b.bin"]["url"] == f"{URL}/wd/d/a%20b.bin"
    assert listed["wd/d/a b.bin"]["properties"]["contentType"] == "application/octet-stream"


def test_items_of_a_windows_node(root: Path) -> None:
    item = items(root, windows=True)["wd/d/a b.bin"]
    assert item["name"] == "wd\\d\\a b.bin"
    assert set(item["properties"]) == {"lastModified", "contentLength", "contentType", "creationTime"}


def test_names_that_are_no_unicode_are_listed(root: Path) -> None:
    os.mkfifo(root / "pipe")
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.txt")).write_text("x")
    assert items(root)["\udcff.txt"]["url"] == f"{URL}/%FF.txt"
    assert "pipe" not in names(root)


def test_ten_thousand_files_page_by_page_while_files_come_and_go(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number:05}").touch()
    seen: list[str] = []
    after = ""
    while page := list(islice(entries(tmp_path, False, after=after), 1000)):
        seen.extend(key for key, _ in page)
        after = seen[-1]
        (tmp_path / after).unlink()
        (tmp_path / f"{after[:4]}-new-before-what-was-seen").touch()
        (tmp_path / seen[0]).unlink(missing_ok=True)
    assert [name for name in seen if name.isdigit()] == [f"{number:05}" for number in range(10_000)]
    assert len(set(seen)) == len(seen)


@given(
    st.sets(st.lists(st.sampled_from(["a", "a-b", "a.b", "B", "ä"]), min_size=1, max_size=4).map(tuple), max_size=12)
)
@settings(max_examples=50, deadline=None)
def test_a_list_continues_behind_every_name(paths: set[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path in paths:
            root.joinpath(*path).mkdir(parents=True, exist_ok=True)
        everything = names(root)
        assert sorted(everything) == sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
        for index, key in enumerate(everything):
            assert names(root, after=key) == everything[index + 1 :]
        for prefix in ("a", "a/", "a-", "B/a"):
            assert names(root, prefix=prefix) == [key for key in everything if key.startswith(prefix)]


def test_very_deep_directories_are_listed(tmp_path: Path) -> None:
    subprocess.run(["/bin/mkdir", "-p", str(tmp_path / "t") + "/d" * 1500], check=True)
    try:
        assert len(names(tmp_path)) == 1501
    finally:
        subprocess.run(["/bin/rm", "-rf", str(tmp_path / "t")], check=True)


def test_folder_that_is_gone_has_no_files(tmp_path: Path) -> None:
    assert names(tmp_path / "gone") == []


# Reading


def test_whole_file(root: Path) -> None:
    found = part(root / "stdout.txt", None, f"{URL}/stdout.txt")
    assert (found.start, found.length, found.is_directory, found.url) == (0, 10, False, f"{URL}/stdout.txt")
    assert (found.content_type, found.last_modified.tzinfo is not None) == ("text/plain", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=3-3", (3, 1)),
        ("bytes=4-", (4, 6)),
        ("bytes=9-9", (9, 1)),
        ("bytes=0-9999999999", (0, 10)),
        ("bytes=-4", (6, 4)),
        ("bytes=-40", (0, 10)),
        (" Bytes = 1 - 2 ", (1, 2)),
    ],
)
def test_ranges(root: Path, text: str, expected: tuple[int, int]) -> None:
    found = part(root / "stdout.txt", text, URL)
    assert (found.start, found.length) == expected


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-20", "bytes=5-4", "bytes=-0"])
def test_ranges_without_a_byte(root: Path, text: str) -> None:
    with refused("InvalidRange", 416):
        part(root / "stdout.txt", text, URL)


@pytest.mark.parametrize("text", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_no_range_fits_an_empty_file(root: Path, text: str) -> None:
    with refused("InvalidRange", 416):
        part(root / "stderr.txt", text, URL)


@pytest.mark.parametrize(
    "text", ["", "0-3", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2,4-5", "bytes=+1-2", "bytes=٣-٤"]
)
def test_ranges_that_are_none(root: Path, text: str) -> None:
    with refused("InvalidHeaderValue", 400):
        part(root / "stdout.txt", text, URL)


@given(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 12)))
def test_a_range_is_a_slice(first: int, last: Optional[int]) -> None:
    content = b"0123456789"
    assume(first < 10 and (last is None or last >= first))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "x")
        path.write_bytes(content)
        found = part(path, f"bytes={first}-{'' if last is None else last}", URL)
    expected = content[first:] if last is None else content[first : last + 1]
    assert content[found.start : found.start + found.length] == expected


def test_directories_have_properties_but_no_content(root: Path) -> None:
    found = part(root / "wd", None, URL, with_content=False)
    assert (found.is_directory, found.length) == (True, 0)
    with refused("OperationInvalidForCurrentState", 409):
        part(root / "wd", None, URL)


def test_what_is_no_file_is_not_found(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for path in (root / "pipe", root / "gone"):
        with refused("FileNotFound", 404):
            part(path, None, URL)


def test_dates_beyond_what_the_service_can_write(root: Path) -> None:
    os.utime(root / "stdout.txt", (0, 4e11))
    assert part(root / "stdout.txt", None, URL).last_modified.year > 2400
    os.utime(root / "stdout.txt", (0, -5))
    assert items(root)["stdout.txt"]["properties"]["lastModified"] == "1970-01-01T00:00:00.0000000Z"


# Deleting


def test_delete_files_and_directories(root: Path) -> None:
    delete(root, "stdout.txt", False)
    delete(root, "stderr.txt", True)
    with refused("OperationInvalidForCurrentState", 409):
        delete(root, "wd", False)
    delete(root, "wd/d/a b.bin", False)
    delete(root, "wd/d", False)
    delete(root, "wd\\", True, windows=True)
    assert names(root) == []
    with refused("FileNotFound", 404):
        delete(root, "wd", True)


def test_delete_with_contents(root: Path) -> None:
    delete(root, "wd", True)
    assert names(root) == ["stderr.txt", "stdout.txt"]


@pytest.mark.parametrize("recursive", [True, False])
def test_deleting_a_link_leaves_its_target(root: Path, recursive: bool) -> None:
    outside = root.parent / "outside"
    for name, target in (("dir", "../outside"), ("file", "../secret.txt"), ("dangling", "gone")):
        (root / name).symlink_to(target)
        delete(root, name, recursive)
        assert not (root / name).is_symlink()
    assert (outside / "x").exists()
    (root / "wd" / "inner").symlink_to(outside)
    delete(root, "wd", True)
    assert (outside / "x").exists()


@pytest.mark.parametrize("path", ["", ".", "..", "/", "../task", "../outside", "wd/..", "wd/../.."])
def test_the_folder_itself_and_what_is_outside_cannot_be_deleted(root: Path, path: str) -> None:
    with refused("FileNotFound", 404):
        delete(root, path, True)
    assert len(names(root)) == 5


def test_directory_that_is_not_ours_to_delete(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may delete everything")
    (root / "wd").chmod(0o500)
    with refused("IOError", 403):
        delete(root, "wd/d", True)
    (root / "wd").chmod(0o700)
