"""What programs would otherwise write themselves over the operations of the service, one module a subject."""

from __future__ import annotations

from ._from_environment import FromEnvironmentMixin


class HelpersMixin(
    FromEnvironmentMixin,
):
    """Every helper, declared once for both clients."""
