"""Programs as users of azure-batch 15.1.0 write them run unchanged with either library and print the same."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from azure.batch.emulator import BatchEmulator
from support.processes import variables_of
from support.waiting import PATIENCE

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))


def _start(python: str, program: Path, emulator: BatchEmulator) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        **variables_of(emulator),
        "PROGRAM_PREFIX": f"p{uuid.uuid4().hex[:10]}",  # both run at the same time in one account
    }
    pipe = subprocess.PIPE
    return subprocess.Popen([python, "-I", str(program)], env=environment, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.stem)
def test_a_program_prints_the_same_with_both(program: Path, peer_python: str, emulator: BatchEmulator) -> None:
    running = [_start(python, program, emulator) for python in (sys.executable, peer_python)]
    try:
        (ours, our_errors), (theirs, their_errors) = [one.communicate(timeout=PATIENCE) for one in running]
    finally:
        for one in running:
            one.kill()
    assert [one.returncode for one in running] == [0, 0], (our_errors, their_errors)
    assert ours.strip()
    assert ours == theirs
