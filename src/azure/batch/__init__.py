"""A client of Azure Batch: pools of nodes, jobs, tasks, job schedules and files.

``azure.batch.aio`` has the asynchronous client, ``azure.batch.models`` what is sent and received, and
``azure.batch.emulator`` a Batch account on this machine to try and to test with.
"""

from . import _missing
from ._client import BatchClient
from ._differences import PropertyDifference
from ._errors import (
    FilesUnavailableError,
    InvalidStateError,
    NodeGoneError,
    NodeNotReadyError,
    OperationFailedError,
    QuotaReachedError,
    ResourceBeingDeletedError,
    ResourceCompletedError,
    ResourceDiffersError,
)
from ._file_download import FileDownload
from ._version import __version__

__all__ = [
    "BatchClient",
    "FileDownload",
    "FilesUnavailableError",
    "InvalidStateError",
    "NodeGoneError",
    "NodeNotReadyError",
    "OperationFailedError",
    "PropertyDifference",
    "QuotaReachedError",
    "ResourceBeingDeletedError",
    "ResourceCompletedError",
    "ResourceDiffersError",
    "__version__",
]

_missing.watch(__name__)
