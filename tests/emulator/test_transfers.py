"""Resource files and output files: folders and HTTP servers as storage, patterns, conditions, failures."""

from __future__ import annotations

import os
import socket
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure.batch.emulator import _transfers
from azure.batch.emulator._patterns import Pattern, expand
from azure.batch.emulator._transfers import TransferError, fetch, send_text, upload

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


@dataclass
class Storage:
    """A server with blobs by path, that lists containers two blobs at a time."""

    url: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    headers: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])
    queries: list[str] = field(default_factory=list[str])
    status: Optional[int] = None
    """Answer so, whatever is asked."""
    promise: int = 0
    """Bytes that are announced beyond those that are sent."""


@pytest.fixture
def storage() -> Iterator[Storage]:
    state = Storage()

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(parts.query))
            state.queries.append(parts.query)
            path = urllib.parse.unquote(parts.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if state.status is not None:
                self.answer(state.status)
            elif self.command == "PUT":
                state.blobs[path] = body
                state.headers[path] = {name.lower(): value for name, value in self.headers.items()}
                self.answer(201)
            elif query.get("comp") == "list":
                self.answer(200, self.listing(path + "/", query.get("prefix", ""), query.get("marker", "")))
            elif path in state.blobs:
                self.answer(200, state.blobs[path])
            else:
                self.answer(404)

        do_GET = do_PUT = handle_request  # names that the base class asks for

        def listing(self, container: str, prefix: str, marker: str) -> bytes:
            names = sorted(path[len(container) :] for path in state.blobs if path.startswith(container + prefix))
            names = [name for name in names if name >= marker]
            found = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in names[:2])
            following = names[2] if len(names) > 2 else ""
            return (
                f"<?xml version='1.0'?><EnumerationResults><Blobs>{found}</Blobs>"
                f"<NextMarker>{following}</NextMarker></EnumerationResults>"
            ).encode()

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + state.promise))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def wd(tmp_path: Path) -> Path:
    directory = tmp_path / "task" / "wd"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def container(tmp_path: Path) -> Path:
    """A folder that stands for a container, in one that stands for an account."""
    folder = tmp_path / "account" / "input"
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "data" / "b.txt").write_text("b")
    (folder / "data" / "deep" / "c.txt").write_text("c")
    return folder


def bring(wd: Path, *files: dict[str, str], account: Optional[Path] = None) -> dict[str, str]:
    fetch(files, wd, account, lambda: False)
    return tree(wd)


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def code_of(error: TransferError) -> tuple[str, str]:
    return error.failure.category, error.failure.code


# Resource files


def test_file_over_http(wd: Path, storage: Storage) -> None:
    storage.blobs["/c/a b é.txt"] = "ü".encode()
    url = f"{storage.url}/c/a b é.txt?sig=a%2Fb"
    assert bring(wd, {"httpUrl": url, "filePath": "sub/dir/x.txt"}) == {"sub/dir/x.txt": "ü"}
    assert storage.queries == ["sig=a%2Fb"]
    assert (wd / "sub/dir/x.txt").stat().st_mode & 0o7777 == 0o770


@pytest.mark.parametrize(("mode", "bits"), [("0755", 0o755), ("640", 0o640), ("0400", 0o400)])
def test_file_mode(wd: Path, container: Path, mode: str, bits: int) -> None:
    for _ in range(2):  # a retry replaces even what may not be written
        bring(wd, {"httpUrl": str(container / "a.txt"), "filePath": "x", "fileMode": mode})
    assert (wd / "x").stat().st_mode & 0o7777 == bits


def test_file_of_this_machine(wd: Path, container: Path) -> None:
    (container / "a b").write_text("blank")
    files = [
        {"httpUrl": (container / "a b").as_uri(), "filePath": "x"},
        {"httpUrl": str(container / "a.txt"), "filePath": "y\\z"},
    ]
    assert bring(wd, *files) == {"x": "blank", "y/z": "a"}


EVERYTHING = {"a.txt": "a", "data/b.txt": "b", "data/deep/c.txt": "c"}


@pytest.mark.parametrize("kind", ["folder", "file URL", "linked storage", "server"])
def test_containers(wd: Path, container: Path, storage: Storage, kind: str) -> None:
    storage.blobs = {f"/input/{name}": text.encode() for name, text in EVERYTHING.items()}
    storage.blobs["/other/x"] = b"no"
    source = {
        "folder": {"storageContainerUrl": str(container)},
        "file URL": {"storageContainerUrl": container.as_uri()},
        "linked storage": {"autoStorageContainerName": "input"},
        "server": {"storageContainerUrl": f"{storage.url}/input?sv=1&sig=s"},
    }[kind]
    account = container.parent
    assert bring(wd, source, account=account) == EVERYTHING
    assert bring(wd / "p", {**source, "blobPrefix": "data/d"}, account=account) == {"data/deep/c.txt": "c"}
    assert bring(wd / "f", {**source, "filePath": "in/", "blobPrefix": "a"}, account=account) == {"in/a.txt": "a"}
    assert bring(wd / "n", {**source, "blobPrefix": "nothing"}, account=account) == {}
    assert all("sig=s" in query for query in storage.queries)


def refused(wd: Path, file: dict[str, str], account: Optional[Path] = None) -> TransferError:
    with pytest.raises(TransferError) as caught:
        bring(wd, file, account=account)
    return caught.value


@pytest.mark.parametrize(
    ("file", "category", "code"),
    [
        ({"httpUrl": "/no/such/file", "filePath": "x"}, "usererror", "BlobNotFound"),
        ({"httpUrl": "file:///no/such/file", "filePath": "x"}, "usererror", "BlobNotFound"),
        ({"httpUrl": "{url}/c/gone", "filePath": "x"}, "usererror", "BlobNotFound"),
        ({"httpUrl": "http://127.0.0.1:1/x", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"httpUrl": "ftp://127.0.0.1/x", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"httpUrl": "relative", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"httpUrl": "http://[", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"httpUrl": "http://127.0.0.1:99999/", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"httpUrl": "{wd}", "filePath": "x"}, "servererror", "BlobDownloadMiscError"),
        ({"storageContainerUrl": "/no/such/folder"}, "usererror", "ResourceContainerNotFound"),
        ({"storageContainerUrl": "http://["}, "servererror", "ResourceContainerListMiscError"),
        ({"storageContainerUrl": "http://127.0.0.1:1/c"}, "servererror", "ResourceContainerListMiscError"),
        ({"autoStorageContainerName": "gone"}, "usererror", "ResourceContainerNotFound"),
        ({"autoStorageContainerName": ".."}, "usererror", "ResourceContainerNotFound"),
    ],
)
def test_what_cannot_be_fetched(
    wd: Path, storage: Storage, tmp_path: Path, file: dict[str, str], category: str, code: str
) -> None:
    file = {name: value.replace("{url}", storage.url).replace("{wd}", str(wd)) for name, value in file.items()}
    error = refused(wd, file, tmp_path)
    assert code_of(error) == (category, code)
    assert error.failure.message
    assert [name for name, _ in error.failure.details] == ["BlobSource", "FilePath", "Message"]


@pytest.mark.parametrize(
    ("status", "blob", "listing"),
    [
        (404, "BlobNotFound", "ResourceContainerNotFound"),
        (403, "BlobAccessDenied", "ResourceContainerAccessDenied"),
        (401, "BlobAccessDenied", "ResourceContainerAccessDenied"),
        (500, "BlobDownloadMiscError", "ResourceContainerListMiscError"),
        (504, "BlobDownloadTimedOut", "ResourceContainerListTimedOut"),
    ],
)
def test_refusals_of_storage(wd: Path, storage: Storage, status: int, blob: str, listing: str) -> None:
    storage.status = status
    error = refused(wd, {"httpUrl": f"{storage.url}/c/x?sig=secret", "filePath": "x"})
    assert error.failure.code == blob
    assert "secret" not in str(error.failure)
    assert refused(wd, {"storageContainerUrl": f"{storage.url}/c?sig=secret"}).failure.code == listing


def test_linked_storage_that_the_account_has_not(wd: Path) -> None:
    error = refused(wd, {"autoStorageContainerName": "input"})
    assert code_of(error) == ("usererror", "ResourceContainerNotFound")


def test_answer_that_is_no_listing(wd: Path, storage: Storage) -> None:
    storage.status = 200
    assert refused(wd, {"storageContainerUrl": f"{storage.url}/c"}).failure.code == "ResourceContainerListMiscError"


def test_download_that_breaks_off_is_no_success(wd: Path, storage: Storage) -> None:
    storage.blobs["/c/x"] = b"12345"
    storage.promise = 5
    error = refused(wd, {"httpUrl": f"{storage.url}/c/x", "filePath": "x"})
    assert error.failure.code == "BlobDownloadMiscError"


def test_server_that_never_answers(wd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transfers, "_TIMEOUT", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        error = refused(wd, {"httpUrl": f"http://127.0.0.1:{silent.getsockname()[1]}/x", "filePath": "x"})
    assert code_of(error) == ("servererror", "BlobDownloadTimedOut")


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/x", "..", "a/..", "", "\\x", "a\\..\\..\\x", "C:\\x", "a\0b", "d/"]
)
def test_paths_that_leave_the_working_directory(wd: Path, container: Path, path: str) -> None:
    error = refused(wd, {"httpUrl": str(container / "a.txt"), "filePath": path})
    assert code_of(error) == ("servererror", "ResourceFileCreateFailed")
    assert tree(wd.parent) == {}


def test_links_that_leave_the_working_directory(wd: Path, container: Path, tmp_path: Path) -> None:
    (wd / "out").symlink_to(tmp_path)
    (wd / "file").symlink_to(tmp_path / "victim")
    (tmp_path / "victim").write_text("unharmed")
    source = str(container / "a.txt")
    error = refused(wd, {"httpUrl": source, "filePath": "out/x"})
    assert error.failure.code == "ResourceDirectoryCreateFailed"
    bring(wd, {"httpUrl": source, "filePath": "file"})
    assert ((tmp_path / "victim").read_text(), (wd / "file").read_text()) == ("unharmed", "a")
    assert not (tmp_path / "x").exists()


def test_targets_that_cannot_be_made(wd: Path, container: Path) -> None:
    (wd / "file").write_text("")
    (wd / "dir").mkdir()
    source = str(container / "a.txt")
    error = refused(wd, {"httpUrl": source, "filePath": "file/x"})
    assert error.failure.code == "ResourceDirectoryCreateFailed"
    assert refused(wd, {"httpUrl": source, "filePath": "dir"}).failure.code == "ResourceFileCreateFailed"


def test_file_that_is_larger_than_may_be_written(wd: Path, container: Path) -> None:
    with (container / "large").open("wb") as file:
        file.truncate(16 << 20)
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, limits[1]))
    try:
        error = refused(wd, {"httpUrl": str(container / "large"), "filePath": "x"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code_of(error) == ("servererror", "ResourceFileWriteFailed")


def test_names_in_a_container_are_not_trusted(wd: Path, storage: Storage) -> None:
    storage.blobs["/c/../../evil"] = b"x"
    error = refused(wd, {"storageContainerUrl": f"{storage.url}/c"})
    assert error.failure.code == "ResourceFileCreateFailed"
    assert tree(wd.parent) == {}


def test_download_stops_when_it_is_told_to(wd: Path, container: Path) -> None:
    files = [{"httpUrl": str(container / name), "filePath": name} for name in ("a.txt", "data/b.txt")]
    fetch(files, wd, None, lambda: True)
    assert "data/b.txt" not in tree(wd)


# Output files


def output(
    pattern: str, target: object, path: Optional[str] = None, condition: str = "taskcompletion"
) -> dict[str, Any]:
    container: dict[str, Any] = {"containerUrl": str(target)}
    if path is not None:
        container["path"] = path
    return {
        "filePattern": pattern,
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": condition},
    }


@pytest.fixture
def results(wd: Path) -> Path:
    """A working directory after a task ran."""
    (wd / "out" / "deep").mkdir(parents=True)
    (wd / "result.txt").write_text("result")
    (wd / "out" / "1.log").write_text("1")
    (wd / "out" / "deep" / "2.log").write_text("2")
    (wd / ".hidden").write_text("hidden")
    (wd.parent / "stdout.txt").write_text("stdout")
    (wd.parent / "stderr.txt").write_text("stderr")
    os.mkfifo(wd / "out" / "pipe.log")
    return wd


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("pattern", "path", "names"),
    [
        ("result.txt", None, {"result.txt"}),
        ("result.txt", "a/b.txt", {"a/b.txt"}),
        ("out/1.log", None, {"1.log"}),
        ("../stdout.txt", "run-1/stdout.txt", {"run-1/stdout.txt"}),
        ("../std*.txt", None, {"stdout.txt", "stderr.txt"}),
        ("../std*.txt", "run-1", {"run-1/stdout.txt", "run-1/stderr.txt"}),
        ("out/**", "all", {"all/1.log", "all/deep/2.log"}),
        ("**/*.log", None, {"out/1.log", "out/deep/2.log"}),
        ("out/*", "/all/", {"all/1.log"}),
        ("*", None, {"result.txt"}),
        (".*", None, {".hidden"}),
        ("$AZ_BATCH_TASK_DIR/std???.txt", None, {"stdout.txt", "stderr.txt"}),
        ("${AZ_BATCH_TASK_DIR}/stdout.txt", None, {"stdout.txt"}),
        ("missing.txt", "x", set[str]()),
        ("out", "x", set[str]()),
        ("..", "x", set[str]()),
        ("out/pipe.log", "x", set[str]()),
    ],
)
@pytest.mark.parametrize("where", ["folder", "server"])
def test_which_files_go_where(
    results: Path, store: Path, storage: Storage, pattern: str, path: Optional[str], names: set[str], where: str
) -> None:
    target = store.as_uri() if where == "folder" else f"{storage.url}/c?sig=s"
    upload([output(pattern, target, path)], results, {"AZ_BATCH_TASK_DIR": str(results.parent)}, True)
    assert (set(tree(store)) | {name[3:] for name in storage.blobs}) == names
    log = (results.parent / "fileuploadout.txt").read_text()
    assert all(f"-> {name}\n" in log for name in names)
    assert (results.parent / "fileuploaderr.txt").read_text() == ""


def test_upload_to_a_server(results: Path, storage: Storage) -> None:
    (results / "a b%é.bin").write_bytes(bytes(range(256)) * 8192)
    entry = output("a b*", f"{storage.url}/c/?sv=1&sig=a%2Fb")
    entry["destination"]["container"]["uploadHeaders"] = [{"name": "x-ms-blob-content-type", "value": "text/x"}]
    upload([entry], results, {}, True)
    assert storage.blobs["/c/a b%é.bin"] == bytes(range(256)) * 8192
    headers = storage.headers["/c/a b%é.bin"]
    assert headers["x-ms-blob-type"] == "BlockBlob"
    assert headers["x-ms-blob-content-type"] == "text/x"
    assert storage.queries == ["sv=1&sig=a%2Fb"]


@pytest.mark.parametrize(
    ("condition", "succeeded", "sent"),
    [
        ("tasksuccess", True, True),
        ("tasksuccess", False, False),
        ("taskfailure", True, False),
        ("taskfailure", False, True),
        ("taskcompletion", True, True),
        ("TaskCompletion", False, True),
    ],
)
def test_conditions(results: Path, store: Path, condition: str, succeeded: bool, sent: bool) -> None:
    upload([output("result.txt", store, condition=condition)], results, {}, succeeded)
    assert bool(tree(store)) == sent


@pytest.mark.parametrize(
    ("status", "category", "code"),
    [
        (404, "usererror", "FileUploadContainerNotFound"),
        (403, "usererror", "FileUploadAccessDenied"),
        (409, "usererror", "FileUploadConflict"),
        (500, "servererror", "FileUploadMiscError"),
        (504, "servererror", "FileUploadTimedOut"),
    ],
)
def test_refused_uploads(results: Path, storage: Storage, status: int, category: str, code: str) -> None:
    storage.status = status
    with pytest.raises(TransferError) as caught:
        upload([output("result.txt", f"{storage.url}/c?sig=secret")], results, {}, True)
    assert code_of(caught.value) == (category, code)
    errors = (results.parent / "fileuploaderr.txt").read_text()
    assert errors == f"result.txt: {code}: {caught.value.failure.details[-1][1]}\n"
    assert "secret" not in str(caught.value.failure) + errors


@pytest.mark.parametrize(
    ("target", "path", "code"),
    [
        ("/no/such/folder", None, "FileUploadContainerNotFound"),
        ("relative", None, "FileUploadMiscError"),
        ("{store}", "../x", "FileUploadMiscError"),
        ("http://127.0.0.1:1/c", None, "FileUploadMiscError"),
    ],
)
def test_uploads_that_fail(results: Path, store: Path, target: str, path: Optional[str], code: str) -> None:
    with pytest.raises(TransferError) as caught:
        upload([output("result.txt", target.replace("{store}", str(store)), path)], results, {}, True)
    assert caught.value.failure.code == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk(results: Path, store: Path) -> None:
    (store / "result.txt").symlink_to("/dev/full")
    with pytest.raises(TransferError) as caught:
        upload([output("result.txt", store)], results, {}, True)
    assert code_of(caught.value) == ("servererror", "DiskFull")


def test_a_pipe_in_place_of_the_log_holds_nothing_up(results: Path, store: Path) -> None:
    os.mkfifo(results.parent / "fileuploadout.txt")
    upload([output("result.txt", store)], results, {}, True)
    assert tree(store) == {"result.txt": "result"}


def test_existing_files_are_replaced(results: Path, store: Path) -> None:
    (store / "result.txt").write_text("something older and longer")
    upload([output("result.txt", store)], results, {}, True)
    assert tree(store) == {"result.txt": "result"}


def test_text(store: Path, storage: Storage) -> None:
    send_text(str(store), "dir/log.txt", "é")
    send_text(f"{storage.url}/c", "dir/log.txt", "é")
    assert tree(store) == {"dir/log.txt": "é"}
    assert storage.blobs == {"/c/dir/log.txt": "é".encode()}
    with pytest.raises(TransferError):
        send_text("/no/such/folder", "x", "y")


# Patterns


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*", ["a", "a.b", "ä"], [".a", "a/b"]),
        ("a*c", ["ac", "abc", "abcbc"], ["ab", "bac", "a/c"]),
        ("?", ["a", "?"], ["", "ab", "."]),
        ("*.txt", ["a.txt", "a.b.txt"], [".txt", "a.txt2", "d/a.txt"]),
        (".*", [".a"], ["a"]),
        ("**", ["a", "a/b", "a/b/c"], [".a", ".a/b", "a/.b"]),
        ("**/a", ["a", "x/a", "x/y/a"], ["b", ".x/a", "a/b"]),
        ("**/*.txt", ["a.txt", "x/a.txt"], ["a.log", "x/.txt"]),
        ("x/**/y", ["x/y", "x/a/y", "x/a/b/y"], ["y", "x/.a/y"]),
        ("**/.h/**", [".h/a", "x/.h/a/b"], ["x/h/a", ".h/.a"]),
        ("a**b", ["ab", "axb"], ["a/b"]),
        ("[abc]", ["a", "c"], ["d", "ab", ""]),
        ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
        ("[!a-c]", ["d", "-"], ["a", "b", "."]),
        ("[*][?]", ["*?"], ["ab"]),
        ("[]]", ["]"], ["[", ""]),
        ("[!]]", ["a"], ["]"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        ("[z-a]", [], ["z", "a", "m"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[", ["["], ["a"]),
        ("[a", ["[a"], ["a"]),
        ("a+(b)|\\d$", ["a+(b)|\\d$"], ["aab"]),
        ("A", ["A"], ["a"]),
    ],
)
def test_pattern(pattern: str, matching: list[str], other: list[str]) -> None:
    for path in matching:
        assert matches(pattern, path), path
    for path in other:
        assert not matches(pattern, path), path


def matches(pattern: str, path: str) -> bool:
    found = Pattern(pattern)
    return path.startswith(found.base) and found.matches(path[len(found.base) :].split("/"))


def test_windows_patterns() -> None:
    pattern = Pattern("Out\\**\\*.LOG", windows=True)
    assert pattern.base == "Out/"
    assert pattern.matches(["deep", "a.log"])


@pytest.mark.parametrize(
    ("text", "windows", "result"),
    [
        ("$A/${B}/$C/$", False, "1/2/$C/$"),
        ("%A%", False, "%A%"),
        ("%a%\\%B%\\%C%\\100%", True, "1\\2\\%C%\\100%"),
        ("$A", True, "$A"),
    ],
)
def test_variables_in_patterns(text: str, windows: bool, result: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}, windows=windows) == result


NAMES = st.text(st.sampled_from("ab.-"), min_size=1, max_size=6)


@given(
    st.lists(st.text(st.sampled_from("ab.-*?[]!/"), max_size=8), max_size=4).map("/".join), st.lists(NAMES, max_size=4)
)
def test_no_pattern_fails(text: str, names: list[str]) -> None:
    assert Pattern(text).matches(names) in (True, False)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_relations_between_patterns(names: list[str]) -> None:
    path = "/".join(names)
    hidden = any(name.startswith(".") for name in names)
    assert matches(path, path)
    assert matches("**", path) == (not hidden)
    assert matches("/".join("*" for _ in names), path) == (not hidden)
    assert matches("".join(f"[{c}]" if c in "ab" else c for c in path), path)
    assert matches("**/" + names[-1], path) == (not any(name.startswith(".") for name in names[:-1]))
    assert not matches("/".join("?" * (len(name) + 1) for name in names), path)


@given(st.integers(1, 60))
@settings(deadline=None)
def test_no_pattern_takes_long(count: int) -> None:
    assert not matches("*a" * count + "b", "a" * 200)
    assert not matches("**/a/" * count + "b", "/".join("a" * 200))
