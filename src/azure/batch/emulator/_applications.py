"""Application packages: seeded folders that stand for what the management plane would have uploaded."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Optional

from ._options import Options
from ._process import Failure
from ._wire import Document

__all__ = ["application_document", "check", "find", "install", "variables"]


def application_document(options: Options, name: str) -> Document:
    """An application as lists show it."""
    return {"id": name, "displayName": name, "versions": sorted(options.applications[name])}


def find(options: Options, reference: Document) -> Optional[tuple[str, str, Path]]:
    """Name, version and folder of a referenced package; the newest version where none is named."""
    wanted = str(reference["applicationId"]).rstrip("/").rsplit("/", 1)[-1].lower()
    for name, versions in options.applications.items():
        if name.lower() != wanted or not versions:
            continue
        version = reference.get("version") or max(versions)
        if version in versions:
            return name, version, versions[version]
    return None


def check(options: Options, references: list[Document]) -> Optional[Failure]:
    """The failure of a task that refers to a package that is not there."""
    for reference in references:
        if find(options, reference) is None:
            details = (("ApplicationId", reference["applicationId"]), ("Version", reference.get("version", "")))
            message = "One or more of the specified application packages cannot be found"
            return Failure("usererror", "ApplicationPackageError", message, details)
    return None


def _folder(applications: Path, name: str, version: str) -> Path:
    return applications / f"{name}-{version}"


def install(options: Options, references: list[Document], applications: Path) -> None:
    """Copy packages to a node, each once."""
    for reference in references:
        found = find(options, reference)
        if found is None:
            continue
        name, version, source = found
        target = _folder(applications, name, version)
        if not target.exists():
            shutil.copytree(source, target)


def variables(options: Options, references: list[Document], applications: Path, windows: bool) -> dict[str, str]:
    """The variables that tell a task where its packages are."""
    result: dict[str, str] = {}
    for reference in references:
        found = find(options, reference)
        if found is None:
            continue
        name, version, _ = found
        suffix = version if reference.get("version") else ""
        if windows:
            key = name.upper() + (f"#{suffix}" if suffix else "")
        else:
            key = re.sub(r"[.#-]", "_", name + (f"_{suffix}" if suffix else ""))
        result[f"AZ_BATCH_APP_PACKAGE_{key}"] = str(_folder(applications, name, version))
    return result
