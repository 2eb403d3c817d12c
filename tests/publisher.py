"""Publishers for tests: a server on loopback on which every 127.x.y.z is a host of its own."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Page:
    """What one address answers. An ETag is made of the body unless `headers` has one or `etag` is off.

    `held` keeps the answer back until it is set.
    """

    body: bytes = b""
    content_type: str = "application/xml"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = True
    held: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """One request that came in; `at` in seconds of the monotonic clock."""

    host: str
    path: str
    headers: Mapping[str, str]
    status: int
    at: float


class Publishers:
    """Pages by (host, path), which may change between requests, and a record of who asked for what."""

    def __init__(self) -> None:
        self.pages: dict[tuple[str, str], Page] = {}
        self.asked: list[Asked] = []
        self._server = Server(("0.0.0.0", 0), Handler)
        self._server.publishers = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def put(self, page: Page | bytes | str, host: str = "127.0.0.1", path: str = "/feed") -> str:
        """Publish a page and return its URL."""
        if isinstance(page, str):
            page = page.encode()
        self.pages[host, path] = page if isinstance(page, Page) else Page(page)
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    publishers: Publishers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0]
        page = self.server.publishers.pages.get((host, self.path), Page(b"nothing here", "text/plain", 404))
        headers = dict(page.headers)
        if page.etag and page.status == 200:
            headers.setdefault("ETag", f'"{hashlib.sha256(page.body).hexdigest()[:16]}"')
        status, body = page.status, page.body
        if "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
            status, body = 304, b""
        self.server.publishers.asked.append(
            Asked(host, self.path, dict(self.headers), status, time.monotonic())
        )
        if page.held:
            page.held.wait()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(ConnectionError):  # whoever asked may have been killed
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""
