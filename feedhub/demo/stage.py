"""The sample publishers as web servers, on this machine's loopback addresses alone."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from feedhub.demo.feeds import audio, content_type, page, publish
from feedhub.demo.publishers import MOVED, PUBLISHERS, UNWELL, Place, find
from feedhub.errors import UsageError
from feedhub.model import etag_of


def serve(port: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Stage:
    """Start the publishers in threads; `port` 0 takes one that is free.

    Raises:
        UsageError: the port is taken.
    """
    return Stage(port, clock)


class Stage:
    """The running publishers. `place` says where they are; `close` ends them."""

    def __init__(self, port: int, clock: Callable[[], datetime]) -> None:
        started_at = clock().replace(microsecond=0)
        self.place, listeners = _listen(port)
        self._servers = [_Server(listener, self.place, started_at, clock) for listener in listeners]
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.1,), name="demo publisher", daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop all publishers and wait for them."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()


def _listen(port: int) -> tuple[Place, list[socket.socket]]:
    """Listen on each publisher's own address, or on 127.0.0.1 alone where the system has no others."""
    with contextlib.ExitStack() as opened:
        try:
            common = opened.enter_context(socket.create_server(("127.0.0.1", port)))
            place = Place(common.getsockname()[1])
            hosts = [place.host(publisher) for publisher in PUBLISHERS.values()]
            try:
                listeners = [opened.enter_context(socket.create_server((host, place.port))) for host in hosts]
            except OSError:
                place, listeners = Place(place.port, spread=False), []
        except OSError as error:
            raise UsageError(
                f"cannot listen on 127.0.0.1:{port}: {error.strerror}; take another port"
            ) from error
        opened.pop_all()
    return place, [common, *listeners]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, listener: socket.socket, place: Place, started_at: datetime, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.place = place
        self.started_at = started_at
        self.clock = clock
        self.sound = audio()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        stage = self.server
        name, _, rest = self.path.partition("?")[0].removeprefix("/").partition("/")
        publisher = PUBLISHERS.get(name)
        now = stage.clock()
        if name in UNWELL:
            self._answer(UNWELL[name], "text/plain", b"not today\n")
        elif publisher is None and (home := MOVED.get(name)):
            self.send_response(301)
            self.send_header("Location", stage.place.feed(PUBLISHERS[home]))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif publisher is None:
            self._answer(404, "text/plain", b"no such publisher\n")
        elif rest in ("feed.xml", "feed.json"):
            self._answer(200, content_type(publisher), publish(publisher, now, stage.started_at, stage.place))
        elif rest.endswith(".wav"):
            self._answer(200, "audio/wav", stage.sound)
        elif article := find(publisher, rest, now, stage.started_at):
            self._answer(200, "text/html; charset=utf-8", page(publisher, article, stage.place))
        else:
            self._answer(404, "text/plain", b"no such article\n")

    def log_message(self, *args: object) -> None:
        """Stay silent: the hub's log is what there is to see."""

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        etag = etag_of(body)
        known = status == 200 and self.headers.get("If-None-Match") == etag
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and not media_type.startswith("audio")
        body = gzip.compress(body, mtime=0) if packed else body
        self.send_response(304 if known else status)
        self.send_header("ETag", etag)
        self.send_header("Vary", "Accept-Encoding")
        if known:
            self.end_headers()
            return
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)
