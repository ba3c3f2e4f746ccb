"""Resource files and output files of real tasks, with Azurite as the storage service and shared access signatures.

Azurite is looked for in ``AZURITE`` (the path of ``azurite-blob``) and in PATH; ``npm install azurite`` brings it.
Where ``AZURITE_REQUIRED`` is set, it must be there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import queue
import re
import secrets
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import Message
from pathlib import Path
from typing import Any, Optional

import pytest

from azure.batch import BatchClient, models
from azure.batch.emulator import BatchEmulator
from support.resources import pool_options
from support.waiting import PATIENCE, until

ACCOUNT = "batchtests"
VERSION = "2021-08-06"
MEBIBYTE = 1 << 20


class Azurite:
    """A running Azurite: containers, blobs and signatures for them."""

    def __init__(self, endpoint: str, key: str) -> None:
        self.endpoint = endpoint
        self._key = base64.b64decode(key)

    def signature(self, permissions: str = "rwdlac", valid: timedelta = timedelta(hours=1)) -> str:
        """The query of a shared access signature of the account."""
        end = (datetime.now(timezone.utc) + valid).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = [ACCOUNT, permissions, "b", "co", "", end, "", "http,https", VERSION, "", ""]
        digest = hmac.new(self._key, "\n".join(signed).encode(), hashlib.sha256).digest()
        parts = {"sv": VERSION, "ss": "b", "srt": "co", "sp": permissions, "se": end, "spr": "http,https"}
        return urllib.parse.urlencode({**parts, "sig": base64.b64encode(digest).decode()})

    def url(self, path: str, **signature: Any) -> str:
        return f"{self.endpoint}/{urllib.parse.quote(path)}?{self.signature(**signature)}"

    def send(self, method: str, url: str, body: Optional[bytes] = None, **headers: str) -> tuple[bytes, Message]:
        sent = {"x-ms-version": VERSION, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(url, data=body, headers=sent, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read(), answer.headers

    def container(self) -> str:
        """A new container; its name."""
        name = f"c{uuid.uuid4().hex}"
        self.send("PUT", f"{self.url(name)}&restype=container", b"")
        return name

    def put(self, path: str, body: bytes) -> str:
        """Write a blob; a URL to read it with."""
        self.send("PUT", self.url(path), body, x_ms_blob_type="BlockBlob", Content_Type="text/plain")
        return self.url(path, permissions="r")

    def get(self, path: str) -> tuple[bytes, Message]:
        return self.send("GET", self.url(path))

    def names(self, container: str) -> set[str]:
        """The names of the blobs in a container."""
        body, _ = self.send("GET", f"{self.url(container)}&restype=container&comp=list")
        return set(re.findall("<Name>(.*?)</Name>", body.decode()))


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    program = os.environ.get("AZURITE") or shutil.which("azurite-blob")
    if program is None:
        assert "AZURITE_REQUIRED" not in os.environ
        pytest.skip("Azurite is not installed: npm install azurite, and set AZURITE to its azurite-blob")
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    options = ["--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    with subprocess.Popen(
        [program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path_factory.mktemp("azurite"),
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
        text=True,
    ) as process:
        addresses: queue.Queue[str] = queue.Queue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.search(r"successfully listen(?:s|ing) (?:at|on) (http://\S+)", line)
                if found is not None:
                    addresses.put(found[1])

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield Azurite(f"{addresses.get(timeout=PATIENCE)}/{ACCOUNT}", key)
        finally:
            process.kill()
            reader.join()


@pytest.fixture(scope="module")
def client(shared_emulator: BatchEmulator) -> Iterator[BatchClient]:
    with shared_emulator.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        yield client


@pytest.fixture
def container(azurite: Azurite) -> str:
    return azurite.container()


@dataclass
class Ran:
    """A task that has ended."""

    client: BatchClient
    name: str
    info: models.BatchTaskExecutionInfo

    def read(self, path: str = "stdout.txt") -> bytes:
        """A file of it."""
        return b"".join(self.client.download_task_file("job", self.name, path))

    @property
    def failure(self) -> tuple[Any, Optional[str]]:
        """Category and code."""
        assert self.info.failure_info is not None
        return self.info.failure_info.category, self.info.failure_info.code


def run(client: BatchClient, script: str, **task: Any) -> Ran:
    """Run a task to its end."""
    name = f"t{uuid.uuid4().hex}"
    client.create_task("job", {"id": name, "commandLine": f"/bin/sh -c '{script}'", **task})
    until(lambda: client.get_task("job", name).state == "completed")
    info = client.get_task("job", name).execution_info
    assert info is not None
    return Ran(client, name, info)


def output(
    url: str, pattern: str, path: Optional[str] = None, when: str = "taskcompletion", **headers: str
) -> dict[str, Any]:
    """An entry of ``outputFiles``."""
    container: dict[str, Any] = {"containerUrl": url}
    if path is not None:
        container["path"] = path
    if headers:
        container["uploadHeaders"] = [
            {"name": name.replace("_", "-"), "value": value} for name, value in headers.items()
        ]
    return {
        "filePattern": pattern,
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": when},
    }


# Resource files


def test_resource_files_come_from_blobs_and_containers(client: BatchClient, azurite: Azurite, container: str) -> None:
    url = azurite.put(f"{container}/one blob é.txt", b"one")
    for name in ("in/a", "in/deep/b", "out/c"):
        azurite.put(f"{container}/{name}", name.encode())
    files = [
        {"httpUrl": url, "filePath": "here/one", "fileMode": "0550"},
        {
            "storageContainerUrl": azurite.url(container, permissions="rl"),
            "blobPrefix": "in/",
            "filePath": "all",
        },
    ]
    task = run(client, "cat here/one; find all -type f | sort; stat -c %a here/one all/in/a", resourceFiles=files)
    assert task.info.exit_code == 0
    assert task.read().decode().split() == ["oneall/in/a", "all/in/deep/b", "550", "770"]


@pytest.mark.parametrize(
    ("kind", "path", "signature", "code"),
    [
        ("httpUrl", "/none", {}, "BlobNotFound"),
        ("httpUrl", "/blob", {"permissions": "w"}, "BlobAccessDenied"),
        ("httpUrl", "/blob", {"valid": timedelta(hours=-1)}, "BlobAccessDenied"),
        ("storageContainerUrl", "x", {}, "ResourceContainerNotFound"),
        ("storageContainerUrl", "", {"permissions": "w"}, "ResourceContainerAccessDenied"),
    ],
)
def test_resource_files_that_cannot_be_had(
    client: BatchClient, azurite: Azurite, container: str, kind: str, path: str, signature: Mapping[str, Any], code: str
) -> None:
    azurite.put(f"{container}/blob", b"x")
    file = {kind: azurite.url(container + path, **signature), "filePath": "here"}
    task = run(client, "true", resourceFiles=[file], constraints={"maxTaskRetryCount": 2})
    assert task.failure == ("usererror", code)
    assert (task.info.exit_code, task.info.retry_count) == (None, 0)
    assert "sig=" not in str(task.info)


# Output files


def test_output_files_follow_pattern_and_path(client: BatchClient, azurite: Azurite, container: str) -> None:
    url = azurite.url(container, permissions="wc")
    files = [
        output(url, "result.txt"),
        output(url, "result.txt", "renamed/as.txt"),
        output(url, "${AZ_BATCH_TASK_WORKING_DIR}/tree/**/*.bin", "prefix/deep/"),
        output(url, "../std*.txt", "logs"),
    ]
    task = run(client, "mkdir -p tree/x; echo r > result.txt; echo b > tree/x/1.bin; echo said", outputFiles=files)
    assert task.info.result == "success"
    assert azurite.names(container) == {
        "result.txt",
        "renamed/as.txt",
        "prefix/deep/x/1.bin",
        "logs/stdout.txt",
        "logs/stderr.txt",
    }
    assert azurite.get(f"{container}/logs/stdout.txt")[0] == b"said\n"
    assert b"renamed/as.txt" in task.read("fileuploadout.txt")
    assert b"sig=" not in task.read("fileuploadout.txt")


@pytest.mark.parametrize(("script", "names"), [("true", {"success", "always"}), ("exit 3", {"failure", "always"})])
def test_conditions(client: BatchClient, azurite: Azurite, container: str, script: str, names: set[str]) -> None:
    url = azurite.url(container)
    conditions = (("tasksuccess", "success"), ("taskfailure", "failure"), ("taskcompletion", "always"))
    files = [output(url, "../stdout.txt", path, when) for when, path in conditions]
    run(client, script, outputFiles=files)
    assert azurite.names(container) == names


def test_headers_and_what_was_there_before(client: BatchClient, azurite: Azurite, container: str) -> None:
    azurite.put(f"{container}/out", b"an older and longer text")
    url = azurite.url(container)
    files = [
        output(url, "f", "out", x_ms_blob_content_type="text/x", x_ms_meta_owner="me"),
        output(url, "f", "plain"),
        output(url, "f", "typed", Content_Type="text/y", Cache_Control="no-store"),
    ]
    assert run(client, "printf new > f", outputFiles=files).info.result == "success"
    body, headers = azurite.get(f"{container}/out")
    assert (body, headers["Content-Type"], headers["x-ms-meta-owner"]) == (b"new", "text/x", "me")
    assert azurite.get(f"{container}/plain")[1]["Content-Type"] == "application/octet-stream"
    headers = azurite.get(f"{container}/typed")[1]
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("text/y", "no-store")


def test_a_large_file_goes_in_blocks(client: BatchClient, azurite: Azurite, container: str) -> None:
    size = 70 * MEBIBYTE + 1
    files = [output(azurite.url(container), "large", x_ms_blob_content_type="text/x", x_ms_meta_part="whole")]
    task = run(client, f"head -c {size} /dev/urandom > large; sha256sum < large", outputFiles=files)
    assert task.info.result == "success"
    body, headers = azurite.get(f"{container}/large")
    assert len(body) == size
    assert hashlib.sha256(body).hexdigest() == task.read().decode().split()[0]
    assert (headers["Content-Type"], headers["x-ms-meta-part"]) == ("text/x", "whole")
    listed, _ = azurite.send("GET", f"{azurite.url(container + '/large')}&comp=blocklist")
    assert listed.count(b"<Block>") == 5


@pytest.mark.parametrize(
    ("missing", "signature", "headers", "code"),
    [
        ("x", {}, {}, "FileUploadContainerNotFound"),
        ("", {"permissions": "rl"}, {}, "FileUploadAccessDenied"),
        ("", {"valid": timedelta(hours=-1)}, {}, "FileUploadAccessDenied"),
        ("", {}, {"If_None_Match": "*"}, "FileUploadConflict"),
    ],
)
@pytest.mark.parametrize("script", ["true", "exit 5"])
def test_uploads_that_fail(
    client: BatchClient,
    azurite: Azurite,
    container: str,
    missing: str,
    signature: Mapping[str, Any],
    headers: Mapping[str, str],
    code: str,
    script: str,
) -> None:
    azurite.put(f"{container}/stdout.txt", b"was here")
    files = [output(azurite.url(container + missing, **signature), "../stdout.txt", **headers)]
    task = run(client, script, outputFiles=files, constraints={"maxTaskRetryCount": 0})
    assert task.failure == ("usererror", code)
    assert (task.info.result, task.info.exit_code) == ("failure", 0 if script == "true" else 5)
    assert "sig=" not in str(task.info)
    assert azurite.get(f"{container}/stdout.txt")[0] == b"was here"
    assert code.encode() in task.read("fileuploaderr.txt")


def test_a_folder_stands_for_linked_storage(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.txt").write_text("linked")
    with BatchEmulator(storage=tmp_path) as emulator, emulator.client() as client:
        client.create_pool(pool_options("pool"))
        client.create_job({"id": "job", "poolInfo": {"poolId": "pool"}})
        files = [{"autoStorageContainerName": "data", "filePath": "here"}]
        outputs = [output(str(tmp_path / "data"), "../stdout.txt", "out.txt")]
        assert run(client, "cat here/in.txt", resourceFiles=files, outputFiles=outputs).info.result == "success"
    assert (tmp_path / "data" / "out.txt").read_text() == "linked"
