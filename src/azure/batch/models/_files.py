"""Models of files on nodes and of tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from .._codecs import BOOL, DATETIME, INT_TEXT, STR, nested
from .._model import Model, field

__all__ = ["BatchNodeFile", "FileProperties"]


class FileProperties(Model):
    """Facts about a file on a node; a directory has none."""

    creation_time: Optional[datetime] = field("creationTime", DATETIME, default=None)
    """When the file was made. Linux nodes do not tell: None there."""
    last_modified: datetime = field("lastModified", DATETIME)
    """When the file was last written to."""
    content_length: int = field("contentLength", INT_TEXT)
    """The size in bytes, at the moment of the answer: a running task's files go on growing."""
    content_type: Optional[str] = field("contentType", STR, default=None)
    """Derived from the file's name: ``text/plain`` for ``.txt``, ``application/octet-stream`` when nothing fits."""
    file_mode: Optional[str] = field("fileMode", STR, default=None)
    """The permissions as octal digits in text. Windows nodes do not have them: None there."""


class BatchNodeFile(Model):
    """A file or a directory on a node, as lists show it.

    A task's directory can be deleted any time after its retention time; see
    https://learn.microsoft.com/azure/batch/files-and-directories for what lies where.
    """

    name: Optional[str] = field("name", STR, default=None)
    """The path below the task's directory (files of a task) or below the node's root directory (files of a node). It
    has the separators of the node's system, so Windows nodes give backslashes; download and delete take it unchanged.
    """
    url: Optional[str] = field("url", STR, default=None)
    """The address of the file; reading it needs the same credentials as any other request."""
    is_directory: Optional[bool] = field("isDirectory", BOOL, default=None)
    """True for a directory. Only a recursive list goes into it."""
    properties: Optional[FileProperties] = field("properties", nested(FileProperties), default=None)
    """Size, dates and the like; None for a directory."""
