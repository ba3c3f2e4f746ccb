"""Starting and ending an emulator in a program of one's own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from azure.batch.emulator import BatchEmulator
from support.resources import IMAGE
from support.waiting import PATIENCE

pytest_plugins = ["pytester"]


def threads() -> int:
    """How many emulators run in this process; other tests may have one that outlasts them."""
    return sum(thread.name == "azure-batch-emulator" for thread in threading.enumerate())


def test_it_runs_while_the_block_lasts() -> None:
    before = threads()
    with BatchEmulator() as emulator:
        assert emulator.endpoint.startswith("http://127.0.0.1:")
        assert list(emulator.client().list_pools()) == []
        assert threads() == before + 1
    assert threads() == before
    with pytest.raises(RuntimeError, match="does not run"):
        _ = emulator.endpoint


async def test_async_clients_can_call_it(batch_emulator: BatchEmulator) -> None:
    async with batch_emulator.async_client() as client:
        assert [pool async for pool in client.list_pools()] == []


def test_tokens_of_its_own_pass(batch_emulator: BatchEmulator) -> None:
    client = batch_emulator.client(credential=batch_emulator.token_credential(), enforce_https=False)
    assert list(client.list_pools()) == []


async def test_tokens_of_its_own_pass_from_async_clients(batch_emulator: BatchEmulator) -> None:
    credential = batch_emulator.token_credential()
    async with batch_emulator.async_client(credential=credential, enforce_https=False) as client:
        assert [pool async for pool in client.list_pools()] == []


def test_its_credential_is_its_account_and_key() -> None:
    emulator = BatchEmulator(account="mine", key="c2VjcmV0")
    assert isinstance(emulator.credential, AzureNamedKeyCredential)
    assert tuple(emulator.credential.named_key) == (emulator.account, emulator.key) == ("mine", "c2VjcmV0")
    assert "c2VjcmV0" not in repr(emulator)


def test_the_key_is_a_new_one_each_time() -> None:
    assert BatchEmulator().key != BatchEmulator().key


def test_a_folder_keeps_the_key_for_its_owner_alone(tmp_path: Path) -> None:
    first = BatchEmulator(data=tmp_path / "a" / "b")
    assert BatchEmulator(data=tmp_path / "a" / "b").key == first.key
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a" / "b" / "key").stat().st_mode) == 0o600
    assert BatchEmulator(data=tmp_path / "a" / "b", key="c2VjcmV0").key == "c2VjcmV0"


def test_it_starts_once_at_a_time_and_again(raw_client: Any) -> None:
    emulator = BatchEmulator().start()
    try:
        with pytest.raises(RuntimeError, match="runs already"):
            emulator.start()
        assert raw_client(emulator).get("/pools").status == 200
    finally:
        emulator.stop()
        emulator.stop()
    with emulator:
        assert raw_client(emulator).get("/pools").status == 200


def test_an_address_in_use_is_an_error_of_start(batch_emulator: BatchEmulator) -> None:
    port = int(batch_emulator.endpoint.rpartition(":")[2])
    before = threads()
    with pytest.raises(OSError, match="in use"):
        BatchEmulator(port=port).start()
    assert threads() == before


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.com", ""])
def test_a_public_address_must_be_permitted(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        BatchEmulator(host)


@pytest.mark.parametrize(
    ("host", "name"), [("localhost", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")]
)
def test_the_endpoint_can_be_called_on_this_machine(raw_client: Any, host: str, name: str) -> None:
    if host == "127.0.0.2" and sys.platform != "linux":
        pytest.skip("other systems have one loopback address only")
    with BatchEmulator(host, allow_remote=host == "0.0.0.0") as emulator:
        assert emulator.endpoint.startswith(f"http://{name}:")
        assert raw_client(emulator).get("/pools").status == 200


def test_ipv6(raw_client: Any) -> None:
    try:
        emulator = BatchEmulator("::1").start()
    except OSError:
        pytest.skip("the machine has no IPv6")
    with_brackets = emulator.endpoint
    try:
        assert with_brackets.startswith("http://[::1]:")
        assert raw_client(emulator).get("/pools").status == 200
    finally:
        emulator.stop()


def test_bad_settings_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="base64"):
        BatchEmulator(key="no key")
    with pytest.raises(ValueError, match="port"):
        BatchEmulator(port=70000)


def test_any_token_passes_when_that_is_asked_for(raw_client: Any) -> None:
    headers = {"Authorization": "Bearer of whoever"}
    with BatchEmulator(accept_any_token=True) as emulator:
        assert raw_client(emulator).send("GET", "/pools", headers=headers).status == 200
        assert raw_client(emulator).send("GET", "/pools", signed=False).status == 403


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_a_program_may_end_without_stopping_it() -> None:
    result = run("from azure.batch.emulator import BatchEmulator; BatchEmulator().start(); print('there')")
    assert (result.returncode, result.stdout, result.stderr) == (0, "there\n", "")


def test_a_program_may_end_while_tasks_run(tmp_path: Path) -> None:
    pool = {"id": "p", "vmSize": "v", "targetDedicatedNodes": 1, "virtualMachineConfiguration": IMAGE}
    task = {"id": "t", "commandLine": f"/bin/sh -c 'pwd > {tmp_path}/folder; sleep 1000'"}
    program = f"""
import pathlib, time
from azure.batch.emulator import BatchEmulator
client = BatchEmulator().start().client()
client.create_pool({pool})
client.create_job({{"id": "j", "poolInfo": {{"poolId": "p"}}}})
client.create_task("j", {task})
file = pathlib.Path({str(tmp_path / "folder")!r})
while not file.exists() or not file.read_text():
    time.sleep(0.02)
"""
    result = run(program)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not Path((tmp_path / "folder").read_text().strip()).exists()


def test_without_aiohttp_it_says_what_to_install() -> None:
    result = run(
        "import sys; sys.modules['aiohttp'] = None\n"
        "import azure.batch.emulator.pytest_plugin\n"
        "azure.batch.emulator.BatchEmulator().start()"
    )
    assert result.returncode == 1
    assert 'The emulator needs aiohttp: pip install "azure-batch[emulator]"' in result.stderr


def test_the_plugin_loads_nothing_that_serves() -> None:
    result = run(
        "import sys, azure.batch.emulator.pytest_plugin\n"
        "print(sorted({'aiohttp', 'asyncio', 'azure.batch.emulator._store', 'azure.batch.models'} & set(sys.modules)))"
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_every_test_has_an_account_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        seen = set()

        def test_one(batch_emulator):
            seen.add(batch_emulator.key)
            assert batch_emulator.endpoint

        def test_two(batch_emulator):
            assert batch_emulator.key not in seen
        """
    )
    pytester.runpytest_subprocess("-W", "error", "-p", "no:asyncio").assert_outcomes(passed=2)
