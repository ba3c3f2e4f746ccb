"""The asynchronous client of Azure Batch."""

from ._client import BatchClient
from ._file_download import FileDownload

__all__ = ["BatchClient", "FileDownload"]
