"""The operations of the service, one module a resource."""

from __future__ import annotations

from ._account import AccountOperationsMixin
from ._files import FileOperationsMixin
from ._job_schedules import JobScheduleOperationsMixin
from ._jobs import JobOperationsMixin
from ._nodes import NodeOperationsMixin
from ._pools import PoolOperationsMixin
from ._tasks import TaskOperationsMixin


class OperationsMixin(
    PoolOperationsMixin,
    JobOperationsMixin,
    JobScheduleOperationsMixin,
    TaskOperationsMixin,
    NodeOperationsMixin,
    FileOperationsMixin,
    AccountOperationsMixin,
):
    """Every operation, declared once for both clients."""
