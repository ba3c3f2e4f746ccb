"""A client of Azure Batch: pools of nodes, jobs, tasks, job schedules and files.

``azure.batch.aio`` has the asynchronous client, ``azure.batch.models`` what is sent and received, and
``azure.batch.emulator`` a Batch account on this machine to try and to test with.
"""

from . import _missing
from ._client import BatchClient
from ._errors import (
    InvalidStateError,
    JobEndedError,
    NodeNotReadyError,
    NodesNotReadyError,
    NodesTimeoutError,
    OperationFailedError,
    QuotaReachedError,
    ResizeFailedError,
    ResizeQuotaError,
    ResourceBeingDeletedError,
    StartTaskFailedError,
    TasksTimeoutError,
)
from ._version import __version__

__all__ = [
    "BatchClient",
    "InvalidStateError",
    "JobEndedError",
    "NodeNotReadyError",
    "NodesNotReadyError",
    "NodesTimeoutError",
    "OperationFailedError",
    "QuotaReachedError",
    "ResizeFailedError",
    "ResizeQuotaError",
    "ResourceBeingDeletedError",
    "StartTaskFailedError",
    "TasksTimeoutError",
    "__version__",
]

_missing.watch(__name__)
