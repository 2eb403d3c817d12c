"""The total time of each request, kept by one thread: it ends what no read timeout ever would.

A server that sends a byte a second never lets a read time out. The watchdog holds a duplicate of the
socket's descriptor, because http.client forgets the connection's once the headers of a `Connection: close`
answer are read and TLS takes the plain one over, and shuts it down when the time is up; whoever reads from
it wakes.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from types import TracebackType


class Deadline:
    """One request's total time; a context manager that lets go of the socket at its end."""

    __slots__ = ("_duplicate", "_lock", "at", "expired", "released")

    def __init__(self, at: float, lock: threading.Condition) -> None:
        self.at = at
        self.expired = False
        self.released = False
        self._lock = lock
        self._duplicate: int | None = None

    def remaining(self) -> float:
        """Return the seconds left, 0.0 once the time is up."""
        return 0.0 if self.expired else max(0.0, self.at - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """Guard this socket until it is let go; one at a time."""
        duplicate = os.dup(connected.fileno())
        with self._lock:
            self._duplicate = duplicate
            if self.expired:
                _shut(duplicate)

    def let_go(self) -> None:
        """Guard nothing any more: who closed the socket has closed the connection."""
        with self._lock:
            held, self._duplicate = self._duplicate, None
        if held is not None:
            os.close(held)

    def expire(self) -> None:
        """Shut the connection down; the caller holds the lock."""
        self.expired = True
        if self._duplicate is not None:
            _shut(self._duplicate)

    def __enter__(self) -> Deadline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released = True
        self.let_go()


class Watchdog:
    """A heap of deadlines, and a thread that waits for the next one while there are any."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None

    def start(self, seconds: float) -> Deadline:
        """Begin a deadline; use it as a context manager."""
        deadline = Deadline(time.monotonic() + seconds, self._wake)
        with self._wake:
            heapq.heappush(self._heap, (deadline.at, next(self._order), deadline))
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="fetch-watchdog", daemon=True)
                thread.start()  # first: where the system has no room for it the next deadline tries again
                self._thread = thread
            elif self._heap[0][2] is deadline:
                self._wake.notify_all()
        return deadline

    def close(self) -> None:
        """End what is in flight and the thread."""
        with self._wake:
            thread, self._thread = self._thread, None
            for _, _, deadline in self._heap:
                if not deadline.released:
                    deadline.expire()
            self._heap.clear()
            self._wake.notify_all()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        with self._wake:
            while self._thread is threading.current_thread():
                while self._heap and self._heap[0][2].released:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._thread = None
                elif (wait_s := self._heap[0][0] - time.monotonic()) > 0:
                    self._wake.wait(wait_s)
                else:
                    heapq.heappop(self._heap)[2].expire()


def _shut(duplicate: int) -> None:
    # Made here, not for each request: a socket object asks the system four things, and most are only closed.
    with contextlib.suppress(OSError):  # the other side was faster: there is nothing left to end
        connection = socket.socket(fileno=duplicate)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        finally:
            connection.detach()
