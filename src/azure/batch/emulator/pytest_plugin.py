"""A Batch account of its own for every test that asks for one: the fixture ``batch_emulator``.

The fixture lasts for one test, so that tests see nothing of each other; an emulator starts and stops within a fraction
of a second. A test-suite that wants one account for many tests makes a fixture of a wider scope:

.. code-block:: python

    @pytest.fixture(scope="session")
    def batch_account():
        with BatchEmulator() as emulator:
            yield emulator
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import BatchEmulator

__all__ = ["batch_emulator"]


@pytest.fixture
def batch_emulator() -> Iterator[BatchEmulator]:
    """A running :class:`azure.batch.emulator.BatchEmulator` with an empty account, for this test alone."""
    with BatchEmulator() as emulator:
        yield emulator
