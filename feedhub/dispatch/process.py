"""The life of a worker process: polls come through a pipe, what they came to goes back."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from feedhub.dispatch.parcel import packed
from feedhub.dispatch.threads import Poll, Threads
from feedhub.model import PollResult
from feedhub.ports import Outcome

Answer = tuple[str, PollResult | None, str]
"""What a poll came to as it is sent: under its token, a result, or a bug as text."""

HELD_S = 0.02
"""How long what has landed may wait for others to be sent with."""


def serve_forked(pipe: Connection, make_poll: Callable[[], Poll], threads: int) -> None:
    """Serve in a process that has all of its parent's files open: their locks, and the pipes by which others
    notice that it has died, must not outlive it."""
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    serve(pipe, make_poll, threads)


def serve_spawned(pipe: Connection, threads: int) -> None:
    """Serve in a process of its own from the start: how polls are made is the first message. Among what it is
    started with it could be too much for the pipe of multiprocessing, which then waits for a process that was
    killed as long as for one that reads."""
    try:
        make_poll = pipe.recv()
    except (EOFError, OSError):
        return
    serve(pipe, make_poll, threads)


def serve(pipe: Connection, make_poll: Callable[[], Poll], threads: int) -> None:
    """Poll what comes through the pipe until it ends."""
    # Ctrl-C reaches the whole group; the parent decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workers = Threads(make_poll, threads)
    collect_seldom()
    outbox = Outbox(pipe)
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return
        if message is None:
            return
        if isinstance(message, list):
            outbox.expect(len(message))
            workers.submit(message, outbox.take)
        else:
            workers.renew(message)


def collect_seldom() -> None:
    """Leave what is there for good to itself, and look for cycles after 50,000 new objects instead of 700: a
    document's entries are more than that, and have none. It was 15 % of a commit."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Outbox:
    """What has landed, until it is sent: as soon as it is half of what is owed, so that nothing waits for one
    poll that hangs alone and a message is for several where there are many; all of it by the clock.

    Each message wakes the parent from what it is committing, for more work to be sent back.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._landed: list[tuple[str, Outcome]] = []
        self._owed = 0
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._busy = threading.Event()
        # Not the thread that takes jobs: where both ends wait for the other to read, nobody would.
        threading.Thread(target=self._send_late, name="late", daemon=True).start()

    def expect(self, count: int) -> None:
        """Count in what is going to land."""
        with self._lock:
            self._owed += count
            self._busy.set()

    def take(self, landings: Sequence[tuple[str, Outcome]]) -> None:
        """Take in what has landed."""
        with self._lock:
            self._landed += landings
            few = 2 * len(self._landed) < self._owed
        if not few:
            self._send()

    def _send(self) -> None:
        with self._lock:
            landed, self._landed = self._landed, []
            self._owed -= len(landed)
            if not self._owed:
                self._busy.clear()
        if landed:
            message = _packed([_answer(token, outcome) for token, outcome in landed])
            with self._sending:
                self._pipe.send_bytes(message)

    def _send_late(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(HELD_S)
            self._send()


def _answer(token: str, outcome: Outcome) -> Answer:
    """Return an outcome as it is sent: an exception may not survive the way."""
    if isinstance(outcome, Exception):
        return token, None, "".join(traceback.format_exception(outcome))
    return token, outcome, ""


def _packed(answers: Sequence[Answer]) -> bytes:
    """Return answers as bytes, those that cannot be sent as bugs."""
    try:
        return packed(answers)
    except Exception:  # noqa: BLE001 - as below; seldom, so that each is tried twice
        return packed([_sendable(answer) for answer in answers])


def _sendable(answer: Answer) -> Answer:
    """Return an answer, or the bug that it cannot be sent: a step may have made anything."""
    try:
        packed(answer)
    except Exception as error:  # noqa: BLE001 - pickle raises whatever an object's methods do
        token, _, _ = answer
        return token, None, f"a result that cannot be sent: {error}"
    return answer
