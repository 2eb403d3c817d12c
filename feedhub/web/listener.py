"""The HTTP server round the app: uvicorn, bounded in connections, sizes and time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from feedhub.errors import UsageError

MAX_CONNECTIONS = 500
BACKLOG = 128
MAX_HEAD_BYTES = 16_384
HEAD_TIMEOUT_S = 10.0
EXCHANGE_TIMEOUT_S = 60.0
KEEP_ALIVE_S = 5
SHUTDOWN_S = 5


def server(app: ASGIApp, host: str, port: int) -> WebServer:
    """Listen on the address now and return the server that will answer there: `run()` it in any thread.

    Requests wait from now on. Off the main thread it installs no signal handlers; `stop()` ends it from
    any thread.

    Raises:
        UsageError: the address is taken or is not this machine's.
    """
    return WebServer(app, _bind(host, port))


class WebServer(uvicorn.Server):
    """A uvicorn server over one bound socket; `port` is the real one where 0 was asked for."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_BoundedProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=SHUTDOWN_S,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            )
        )
        self._listener = listener
        self.host, self.port = listener.getsockname()[:2]

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop`; blocks."""
        super().run(sockets or [self._listener])

    def stop(self) -> None:
        """Ask the server to finish what is in flight and end, at the latest after `SHUTDOWN_S`."""
        self.should_exit = True


class _BoundedProtocol(H11Protocol):
    """uvicorn's protocol with a deadline for each phase of a connection.

    uvicorn times out idle kept-alive connections alone: a client that sends its head byte by byte, or does
    not read its answer, would hold its place for good, and `MAX_CONNECTIONS` of them the whole server.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._close_after(HEAD_TIMEOUT_S)

    def data_received(self, data: bytes) -> None:
        cycle = self.cycle
        super().data_received(data)
        if self.cycle is not cycle:
            self._close_after(EXCHANGE_TIMEOUT_S)

    def on_response_complete(self) -> None:
        self._close_after(KEEP_ALIVE_S + HEAD_TIMEOUT_S)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _close_after(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)


def _bind(host: str, port: int) -> socket.socket:
    with contextlib.ExitStack() as undo:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = undo.enter_context(socket.socket(family, kind, protocol))
            if sys.platform != "win32":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            raise UsageError(
                f"cannot listen on {host}:{port}: {error.strerror or error}; choose another server.port"
            ) from error
        undo.pop_all()
    return listener
