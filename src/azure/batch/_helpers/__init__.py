"""What programs would otherwise write themselves over the operations of the service, one module a subject."""

from __future__ import annotations

from ._ensure_job import JobPresenceMixin
from ._ensure_pool import PoolPresenceMixin
from ._follow_task_file import FollowMixin
from ._from_environment import FromEnvironmentMixin
from ._save_files import SaveFilesMixin


class HelpersMixin(
    FromEnvironmentMixin,
    PoolPresenceMixin,
    JobPresenceMixin,
    FollowMixin,
    SaveFilesMixin,
):
    """Every helper, declared once for both clients."""
