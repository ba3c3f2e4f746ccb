"""The asynchronous client of Azure Batch."""

from ._client import BatchClient

__all__ = ["BatchClient"]
