"""Polls in this process: in the caller's thread, or in some of our own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from feedhub.model import Claim, Feed, PollResult
from feedhub.ports import Job, Landed, Outcome

Poll = Callable[[Feed, Claim], PollResult]

WAITERS = 8
"""Threads at most for each worker: all but one of them wait for servers that hang or drip."""


class Inline:
    """Polls at once, in the caller's thread."""

    capacity, most = 1, WAITERS

    def __init__(self, poll: Poll) -> None:
        self._poll = poll

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        for feed, claim in jobs:
            landed([(claim.token, outcome(self._poll, feed, claim))])

    def close(self) -> None:
        """Nothing is in flight."""


class Threads:
    """Polls in threads of this process, started when they are needed.

    The threads are daemons: a fetch that has not ended when the hub must stop does not hold the process.
    """

    def __init__(self, make_poll: Callable[[], Poll], workers: int) -> None:
        self.capacity = workers
        self.most = workers * WAITERS
        self._poll = make_poll()
        self._jobs: queue.SimpleQueue[tuple[Job, Landed] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._owed = 0
        self._lock = threading.Lock()

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        """Start polls; `landed` is called where each ran, never here."""
        for job in jobs:
            self._jobs.put((job, landed))
        with self._lock:
            self._owed += len(jobs)
            while len(self._threads) < min(self._owed, self.most):
                thread = threading.Thread(target=self._work, name=f"poll-{len(self._threads)}", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the system has no room for it
                    if not self._threads:
                        raise
                    break
                self._threads.append(thread)

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        """Have later polls done by what `make_poll` makes."""
        self._poll = make_poll()

    def close(self) -> None:
        """Let the threads end after what is queued; does not wait for them."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while given := self._jobs.get():
            (feed, claim), landed = given
            landed([(claim.token, outcome(self._poll, feed, claim))])
            with self._lock:
                self._owed -= 1


def outcome(poll: Poll, feed: Feed, claim: Claim) -> Outcome:
    """Return what a poll came to, or the bug that it raised."""
    try:
        return poll(feed, claim)
    except Exception as bug:  # noqa: BLE001 - a worker's door: the hub reports it, other polls go on
        return bug
