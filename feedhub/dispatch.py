"""Where polls run: in this thread, in threads, in processes with threads inside.

A dispatcher knows how to call `poll(feed, claim)` somewhere; what a poll does is not its business.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

from feedhub.model import Claim, Feed, PollResult

Poll = Callable[[Feed, Claim], PollResult]


class Inline:
    """Polls at once, in the caller's thread."""

    capacity = 1

    def __init__(self, poll: Poll) -> None:
        self._poll = poll

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        future: Future[PollResult] = Future()
        run(self._poll, feed, claim, future)
        return future

    def close(self) -> None:
        """Nothing is in flight."""


class Threads:
    """Polls in threads of this process.

    The threads are daemons: a fetch that has not ended when the hub must stop does not hold the process.
    """

    def __init__(self, poll: Poll, workers: int) -> None:
        self.capacity = workers
        self._poll = poll
        self._jobs: queue.SimpleQueue[tuple[Feed, Claim, Future[PollResult]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"poll-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        future: Future[PollResult] = Future()
        self._jobs.put((feed, claim, future))
        return future

    def close(self) -> None:
        """Let the threads end after what is queued; does not wait for them."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            feed, claim, future = job
            run(self._poll, feed, claim, future)


def run(poll: Poll, feed: Feed, claim: Claim, future: Future[PollResult]) -> None:
    """Poll and put the result, or the bug, into the future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(poll(feed, claim))
    except Exception as bug:  # noqa: BLE001 - a worker's door: the hub reports it, other polls go on
        future.set_exception(bug)
