"""A loopback server that answers with the very bytes, and at the very pace, a test wants."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import PurePath

Script = Callable[[socket.socket], None]


class RawServer:
    """Answers `path` by sending the bytes, or by calling the script, of `answers`; keeps what was asked.

    `asked` holds each request's head as it came. `*` answers every other path.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, bytes | Script] = {}
        self.asked: list[bytes] = []
        self._tls = tls
        self._open: list[socket.socket] = []
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.host, self.port = host, int(self._listener.getsockname()[1])
        self._start(self._accept)

    def url(self, path: str = "/feed", scheme: str = "http", host: str = "") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def headers(self, index: int = -1) -> dict[str, bytes]:
        """Return one request's headers, names in lower case."""
        lines = self.asked[index].split(b"\r\n")[1:]
        pairs = [line.split(b": ", 1) for line in lines if line]
        return {name.decode().lower(): value for name, value in pairs}

    def paths(self) -> list[str]:
        return [head.split(b" ")[1].decode() for head in self.asked]

    def wait(self) -> None:
        """Hold a script until the server is closed."""
        self._done.wait(20)

    def close(self) -> None:
        self._done.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._done.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._answer(connection)
        except OSError:
            return  # the client went away, as the test wants it to
        finally:
            connection.close()

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65_536)
            if not piece:
                return
            head += piece
        self.asked.append(head)
        target = head.split(b" ")[1].decode()
        path = target if target.startswith("/") else "/" + PurePath(target).name
        answer = self.answers.get(path.partition("?")[0], self.answers.get("*"))
        if isinstance(answer, bytes):
            connection.sendall(answer)
        elif answer is not None:
            answer(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)


def reply(status: str = "200 OK", body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return an answer with a right Content-Length."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body
