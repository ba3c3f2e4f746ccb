"""The modules of the library."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import azure.batch


def load_everything() -> None:
    """Import all modules of the two clients, also those that wait until they are needed.

    Threads that need one at the same time would compile it side by side, which not every Python bears.
    """
    for module in pkgutil.walk_packages(azure.batch.__path__, "azure.batch."):
        if not module.name.startswith("azure.batch.emulator."):
            import_module(module.name)
