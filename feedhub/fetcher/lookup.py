"""Names become addresses in threads of their own: getaddrinfo has no time limit and cannot be interrupted."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

Resolve = Callable[..., list[tuple[Any, ...]]]
"""The signature of `socket.getaddrinfo`."""
Found = list[tuple[Any, ...]] | OSError | ValueError
_Question = tuple[str, int, queue.SimpleQueue[Found]]
_Inbox = queue.SimpleQueue[_Question | None]


class Lookups:
    """As many threads as there are lookups at once; each stays a while for the next name, since to start one
    costs more than many a lookup."""

    def __init__(self, resolve: Resolve, idle_s: float = 30) -> None:
        self._resolve = resolve
        self._idle_s = idle_s
        self._idle: list[_Inbox] = []

    def find(self, host: str, port: int, within_s: float) -> Found:
        """Return what getaddrinfo returns or raises, ValueError (its idna codec's) included.

        Raises: queue.Empty when the time is up; the thread is free again once getaddrinfo comes back.
        """
        answer: queue.SimpleQueue[Found] = queue.SimpleQueue()
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="fetch-lookup", daemon=True).start()
        inbox.put((host, port, answer))
        return answer.get(timeout=within_s)

    def close(self) -> None:
        """End the threads that wait for a name."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().put(None)

    def _serve(self, inbox: _Inbox) -> None:
        while asked := self._next(inbox):
            host, port, answer = asked
            found: Found
            try:
                found = self._resolve(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
            except (OSError, ValueError) as error:
                found = error
            self._idle.append(inbox)  # first, so that who reads the answer finds a thread for the next name
            answer.put(found)

    def _next(self, inbox: _Inbox) -> _Question | None:
        try:
            return inbox.get(timeout=self._idle_s)
        except queue.Empty:
            try:
                self._idle.remove(inbox)
            except ValueError:  # taken this moment: a name is on its way
                return inbox.get()
            return None
