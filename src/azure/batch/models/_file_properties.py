"""The properties of one file, as the headers of the service's answer tell them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Union

from .._errors import decode_error
from .._request import FILE, answer_headers

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpResponse

__all__ = ["BatchFileProperties"]


class BatchFileProperties:
    """What is known of a file without reading it.

    :ivar url: Address of the file at the service, percent-encoded.
    :ivar is_directory: Whether it is a directory.
    :ivar last_modified: When it was last changed.
    :ivar content_length: Its size in bytes.
    :ivar creation_time: When it was made; None on Linux nodes.
    :ivar content_type: Its media type, by the ending of its name.
    :ivar file_mode: Its permissions as octal text; None on Windows nodes.
    """

    def __init__(
        self,
        *,
        url: Optional[str] = None,
        is_directory: Optional[bool] = None,
        last_modified: datetime,
        content_length: int,
        creation_time: Optional[datetime] = None,
        content_type: Optional[str] = None,
        file_mode: Optional[str] = None,
    ) -> None:
        self.url = url
        self.is_directory = is_directory
        self.last_modified = last_modified
        self.content_length = content_length
        self.creation_time = creation_time
        self.content_type = content_type
        self.file_mode = file_mode

    @classmethod
    def from_response(cls, response: Union[HttpResponse, AsyncHttpResponse]) -> BatchFileProperties:
        """Read the properties off an answer; DecodeError if it has no date or no length."""
        found: dict[str, Any] = answer_headers(response, FILE)
        if found["Last-Modified"] is None or found["Content-Length"] is None:
            raise decode_error("The service's answer has no Last-Modified or no Content-Length", response)
        return cls(
            url=found["ocp-batch-file-url"],
            is_directory=found["ocp-batch-file-isdirectory"],
            last_modified=found["Last-Modified"],
            content_length=found["Content-Length"],
            creation_time=found["ocp-creation-time"],
            content_type=response.headers.get("Content-Type"),
            file_mode=found["ocp-batch-file-mode"],
        )

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, BatchFileProperties) else NotImplemented

    def __repr__(self) -> str:
        return f"BatchFileProperties({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"
