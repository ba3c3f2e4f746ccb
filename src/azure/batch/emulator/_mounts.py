"""File systems that a pool mounts: folders of the linked storage, seen on every node below its mounts directory.

What would be a share or a container in the cloud is the folder of the same name in the folder that stands for the
linked storage, whatever account or server it is said to be on; one that is missing is made. Nodes get a link to it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Optional

from ._validation import invalid, missing, require_exactly_one
from ._wire import Document, ServiceError

__all__ = ["check", "link", "targets"]

_KINDS = {
    "azureBlobFileSystemConfiguration": "containerName",
    "azureFileShareConfiguration": "azureFileUrl",
    "cifsMountConfiguration": "source",
    "nfsMountConfiguration": "source",
}
"""The property of each kind that names what is mounted."""
_MOST = 10


def check(mounts: list[Document], storage: Optional[Path]) -> None:
    """Refuse what cannot be mounted."""
    if len(mounts) > _MOST:
        raise invalid("mountConfiguration", len(mounts), f"A node mounts at most {_MOST} file systems")
    taken: set[str] = set()
    for index, mount in enumerate(mounts):
        place = f"mountConfiguration[{index}]"
        kind = require_exactly_one(mount, tuple(_KINDS), place)
        path, source = str(mount[kind]["relativeMountPath"]), str(mount[kind][_KINDS[kind]])
        parts = re.split(r"[/\\]", path)
        if any(part in ("", ".", "..") for part in parts) or "\0" in path or path in taken:
            raise invalid(f"{place}.{kind}.relativeMountPath", path, "The path must be a new one below the mounts")
        if not source:
            raise missing(f"{place}.{kind}.{_KINDS[kind]}")
        if not _folder_name(source):
            raise invalid(f"{place}.{kind}.{_KINDS[kind]}", source, "The value names nothing that can be mounted")
        taken.add(path)
    if mounts and storage is None:
        reason = "mountConfiguration of pools needs a folder that stands for storage: --storage DIR"
        raise ServiceError("NotImplemented", reason, status=501)


def _folder_name(source: str) -> str:
    """The name of a share or a container, at the end of an address."""
    name = re.split(r"[/\\]", source.rstrip("/\\"))[-1]
    return "" if name in (".", "..") or "\0" in name or name.endswith(":") else name


def link(root: Path, pool: Document, storage: Optional[Path]) -> None:
    """See to it that a node has what its pool mounts."""
    for mount in pool.get("mountConfiguration", []) if storage is not None else ():
        kind = next(name for name in _KINDS if name in mount)
        place = root.joinpath("fsmounts", *re.split(r"[/\\]", mount[kind]["relativeMountPath"]))
        folder = Path(storage or "").absolute() / _folder_name(mount[kind][_KINDS[kind]])
        if not place.is_symlink():
            folder.mkdir(parents=True, exist_ok=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # a task that starts at the same time made it
                place.symlink_to(folder, target_is_directory=True)


def targets(root: Path) -> list[Path]:
    """The folders behind a node's mounts."""
    return sorted({path.resolve() for path in (root / "fsmounts").rglob("*") if path.is_symlink()})
