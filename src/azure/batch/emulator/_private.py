"""What the owner of a data folder alone may read: the folder, the account's key, the private key of its certificate."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

__all__ = ["kept_key", "make_folder", "new_key", "write"]

_KEY_BYTES = 64


def new_key() -> str:
    """A random key of an account, in base64."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def kept_key(data: Path) -> str:
    """The key of the account in a folder, made there when there is none yet.

    :raises OSError: when the folder cannot be used.
    """
    file = data / "key"
    try:
        make_folder(data)
        if not file.exists():
            write(file, f"{new_key()}\n".encode("ascii"))
        elif os.name == "posix":
            file.chmod(0o600)  # it may have been copied here
        return file.read_text("ascii").strip()
    except OSError as error:
        raise type(error)(f"The data folder {data} cannot be used: {error.strerror}") from error


def make_folder(folder: Path) -> None:
    """Make a folder for the owner alone; one that is there already is left as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write(file: Path, content: bytes) -> None:
    """Write a file for the owner alone; another process sees the earlier one or this one, whole."""
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    unfinished.replace(file)
