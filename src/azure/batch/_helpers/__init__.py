"""What programs would otherwise write themselves over the operations of the service, one module a subject."""

from __future__ import annotations

from ._ensure_job import JobPresenceMixin
from ._ensure_pool import PoolPresenceMixin
from ._from_environment import FromEnvironmentMixin


class HelpersMixin(
    FromEnvironmentMixin,
    PoolPresenceMixin,
    JobPresenceMixin,
):
    """Every helper, declared once for both clients."""
