"""What programs would otherwise write themselves over the operations of the service, one module a subject."""

from __future__ import annotations

from ._completed_tasks import CompletedTasksMixin
from ._ensure_job import JobPresenceMixin
from ._ensure_pool import PoolPresenceMixin
from ._follow_files import FollowMixin
from ._from_environment import FromEnvironmentMixin
from ._save_files import SaveFilesMixin
from ._wait_for_nodes import NodeWaitMixin
from ._wait_for_tasks import TaskWaitMixin


class HelpersMixin(
    FromEnvironmentMixin,
    PoolPresenceMixin,
    JobPresenceMixin,
    TaskWaitMixin,
    CompletedTasksMixin,
    NodeWaitMixin,
    FollowMixin,
    SaveFilesMixin,
):
    """Every helper, declared once for both clients."""
