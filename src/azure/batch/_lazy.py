"""The models, imported when the first of them is needed.

Importing all models takes longer than importing the rest of the library, and much of a program's life goes by without
most of them; operations name them through this module, so that a name is looked up when its operation is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models
else:

    class _Models:
        """Stands for ``azure.batch.models`` until a name of it is asked for."""

        def __getattr__(self, name: str) -> Any:
            found = getattr(import_module("azure.batch.models"), name)
            setattr(self, name, found)
            return found

    models = _Models()

__all__ = ["models"]
