"""A web server that stands for where files come from and where they go."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Optional
from urllib.parse import urlsplit

__all__ = ["FileServer"]


class FileServer:
    """Gives the files that it is made with, and keeps those that are put."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """
        :param files: Contents by path.
        """
        self.files = dict(files)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.files))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FileServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(files: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(urlsplit(self.path).path)
            self._answer(404 if content is None else 200, content or b"")

        def do_PUT(self) -> None:
            files[urlsplit(self.path).path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(201, b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
