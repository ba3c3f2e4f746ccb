"""Names that are not there: what is raised for them, with what they are called today.

``from package import Name`` first asks the package for the name as ``hasattr`` does, where the text of an
AttributeError is lost, and an ImportError would make ``hasattr`` itself fail. But before it gives up it looks for a
module ``package.Name``, as ``import package.name`` does. So there is a finder behind all others, which is asked only
for what nobody has; it never finds anything, but raises an ImportError that says more. Attribute access does not come
by there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from ._model import Model

_PACKAGES = frozenset({"aio", "emulator", "models"})
"""``from azure.batch import models`` asks for the attribute before it imports the module. Names that copy, pickle and
inspect ask for start with an underscore. For neither the table is loaded."""


def explained(*candidates: str) -> str:
    """What is known of a name from earlier versions, to be put behind the text of an error; often nothing."""
    if candidates[0].startswith("_") or candidates[0] in _PACKAGES:
        return ""
    from ._renamed import explain  # a program that is right never needs it

    return explain(*candidates)


@lru_cache(maxsize=1000)  # programs ask for the same name of model after model, with hasattr
def field_explained(kind: type[Model], name: str) -> str:
    """What may be meant by a field that a model does not have, to be put behind its name; often nothing.

    What earlier versions called so is known, and goes before what is only written alike.
    """
    found = kind._by_wire.get(name)
    if found is not None:
        return _meant(found.name)
    if name.startswith("_"):
        return ""
    from ._renamed import explain_field

    known = explain_field(kind.__name__, name, kind._attr_to_rest_field)
    if known:
        return known
    import difflib

    return "".join(map(_meant, difflib.get_close_matches(name, kind._attr_to_rest_field, n=1)))


def _meant(name: str) -> str:
    return f" (did you mean {name!r}?)"


def attribute_error(owner: str, name: str, *candidates: str) -> AttributeError:
    """Make the error for an attribute that is not there."""
    return AttributeError(f"{owner} has no attribute {name!r}{explained(name, *candidates)}")


def watch(package: str, later: Optional[Mapping[str, str]] = None) -> None:
    """Have the names that a package does not have explained, when they are read and when they are imported.

    :param later: Public names that few programs need, with the modules that they are imported from when they are.
    """

    def missing(name: str) -> Any:
        if later and name in later:
            found = getattr(import_module(f"{package}.{later[name]}"), name)
            setattr(sys.modules[package], name, found)
            return found
        raise attribute_error(f"module {package!r}", name, f"{package}.{name}")

    # Put where python looks for it, but not type checkers: they would take every name for one of the package.
    vars(sys.modules[package])["__getattr__"] = missing
    sys.meta_path.append(_Finder(package))


class _Finder:
    """The last on ``sys.meta_path``."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, *_ignored: Any) -> None:
        package, _, name = fullname.rpartition(".")
        text = explained(name, fullname) if package == self._package else ""
        if text and name.islower():
            # Given a name, the error would be taken for "no such module" by `from azure.batch import batch_auth`, and
            # replaced by one without the text.
            raise ModuleNotFoundError(f"No module named {fullname!r}{text}")
        if text:
            raise ImportError(f"cannot import name {name!r} from {package!r}{text}", name=package)
