"""A client of Azure Batch: pools of nodes, jobs, tasks, job schedules and files.

``azure.batch.aio`` has the asynchronous client, ``azure.batch.models`` what is sent and received, and
``azure.batch.emulator`` a Batch account on this machine to try and to test with.
"""

import typing as _typing

from . import _missing
from ._client import BatchClient
from ._errors import (
    FilesUnavailableError,
    InvalidStateError,
    JobEndedError,
    NodeGoneError,
    NodeNotReadyError,
    NodesNotReadyError,
    NodesTimeoutError,
    OperationFailedError,
    QuotaReachedError,
    ResizeFailedError,
    ResizeQuotaError,
    ResourceBeingDeletedError,
    ResourceCompletedError,
    ResourceDiffersError,
    StartTaskFailedError,
    TasksTimeoutError,
)
from ._version import __version__

if _typing.TYPE_CHECKING:
    from ._differences import PropertyDifference
    from ._file_download import FileDownload

__all__ = [
    "BatchClient",
    "FileDownload",
    "FilesUnavailableError",
    "InvalidStateError",
    "JobEndedError",
    "NodeGoneError",
    "NodeNotReadyError",
    "NodesNotReadyError",
    "NodesTimeoutError",
    "OperationFailedError",
    "PropertyDifference",
    "QuotaReachedError",
    "ResizeFailedError",
    "ResizeQuotaError",
    "ResourceBeingDeletedError",
    "ResourceCompletedError",
    "ResourceDiffersError",
    "StartTaskFailedError",
    "TasksTimeoutError",
    "__version__",
]

_missing.watch(__name__, later={"FileDownload": "_file_download", "PropertyDifference": "_differences"})
