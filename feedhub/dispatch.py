"""Where polls run: in this thread, in threads, in processes with threads inside.

A dispatcher knows how to call `poll(feed, claim)` somewhere; what a poll does is not its business.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from feedhub.errors import FeedHubError
from feedhub.model import Claim, Feed, PollResult

Poll = Callable[[Feed, Claim], PollResult]
Job = tuple[int, Feed, Claim]


WAITERS = 8
"""Threads at most for each worker: all but one of them wait for servers that hang or drip."""
ENDS_S = 1.0
"""How long a worker process may take to end before it is killed."""


class WorkerLost(FeedHubError):
    """A worker process died with polls in flight; another has taken its place."""


class Inline:
    """Polls at once, in the caller's thread."""

    capacity, most = 1, WAITERS

    def __init__(self, poll: Poll) -> None:
        self._poll = poll

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        future: Future[PollResult] = Future()
        run(self._poll, feed, claim, future)
        return future

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
        self._jobs: queue.SimpleQueue[tuple[Feed, Claim, Future[PollResult]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._owed = 0
        self._lock = threading.Lock()

    def submit(
        self, feed: Feed, claim: Claim, then: Callable[[Future[PollResult]], None] | None = None
    ) -> Future[PollResult]:
        """Start one poll; `then` is called where it ran, never here."""
        future: Future[PollResult] = Future()
        if then:
            future.add_done_callback(then)
        with self._lock:
            self._owed += 1
            if len(self._threads) < min(self._owed, self.most):
                thread = threading.Thread(target=self._work, name=f"poll-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._jobs.put((feed, claim, future))
        return future

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        """Have later polls done by what `make_poll` makes."""
        self._poll = make_poll()

    def close(self) -> None:
        """Let the threads end after what is queued; does not wait for them."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            feed, claim, future = job
            run(self._poll, feed, claim, future)
            with self._lock:
                self._owed -= 1


class Processes:
    """Polls in processes with threads inside, so that parsing uses every core.

    `make_poll` is called once in each process, and again there after `renew`; it travels by pickle. A process
    that dies fails what it had in flight and is replaced. The first ones are forked where that is safe, on
    Linux and before there are threads: 20 ms instead of 500, and the modules are in memory once.
    """

    def __init__(self, make_poll: Callable[[], Poll], processes: int, threads: int) -> None:
        self.capacity = processes * threads
        self.most = self.capacity * WAITERS
        self._workers = [_Worker(make_poll, threads) for _ in range(processes)]
        for worker in self._workers:
            worker.listen()

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        return min(self._workers, key=lambda worker: worker.load).submit(feed, claim)

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        """Have later polls done by what `make_poll` makes."""
        for worker in self._workers:
            worker.renew(make_poll)

    def close(self) -> None:
        """End the processes; does not wait for what is in flight."""
        for worker in self._workers:
            worker.close()


class PollBug(FeedHubError):
    """A poll in another process raised; the text is its traceback there."""


class _Worker:
    """One process as its parent sees it: a pipe, the futures it owes, a thread that reads its answers."""

    def __init__(self, make_poll: Callable[[], Poll], threads: int) -> None:
        self._make_poll = make_poll
        self._threads = threads
        self._numbers = itertools.count()
        self._owed: dict[int, Future[PollResult]] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._start()

    @property
    def load(self) -> int:
        return len(self._owed)

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        future: Future[PollResult] = Future()
        with self._lock:
            number = next(self._numbers)
            self._owed[number] = future
            self._send((number, feed, claim))
        return future

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        with self._lock:
            self._make_poll = make_poll
            self._send(make_poll)

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._send(None)
        # By the pipe: what multiprocessing waits for is a file that a forked process has closed.
        self._answers.join(ENDS_S)
        self._process.kill()
        self._answers.join(ENDS_S)
        self._process.join()

    def listen(self) -> None:
        """Take answers from now on. Apart from the start: with a thread no more is forked."""
        self._answers = threading.Thread(target=self._receive, args=(self._pipe,), name="polled", daemon=True)
        self._answers.start()

    def _start(self) -> None:
        forked = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if forked else "spawn")
        self._pipe, theirs = context.Pipe()
        serve = _serve_forked if forked else _serve
        self._process = context.Process(
            target=serve, args=(theirs, self._make_poll, self._threads), name="poll", daemon=True
        )
        self._process.start()
        theirs.close()

    def _send(self, message: Job | Callable[[], Poll] | None) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            # The process is gone: the receiving thread sees it too, and fails what is owed.
            return

    def _receive(self, pipe: Connection) -> None:
        while True:
            try:
                number, result, bug = pipe.recv()
            except Exception:  # noqa: BLE001 - whatever a broken message raises, the process is given up
                # The end of the pipe; or what cannot be read here, after which nothing can be trusted.
                self._process.kill()
                break
            future = self._owed.pop(number)
            if bug:
                future.set_exception(PollBug(bug))
            else:
                future.set_result(result)
        with self._lock:
            owed, self._owed = self._owed, {}
            if not self._closing:
                self._start()
                self.listen()
        for future in owed.values():
            future.set_exception(WorkerLost("a worker process died; its feeds are polled again later"))


def _serve_forked(pipe: Connection, make_poll: Callable[[], Poll], threads: int) -> None:
    """Do the same in a process that has all of its parent's files open: their locks, and the pipes by which
    others notice that it has died, must not outlive it."""
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _serve(pipe, make_poll, threads)


def _serve(pipe: Connection, make_poll: Callable[[], Poll], threads: int) -> None:
    """Poll what comes through the pipe until it ends: the life of a worker process."""
    # Ctrl-C reaches the whole group; the parent decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workers = Threads(make_poll, threads)
    collect_seldom()
    sending = threading.Lock()

    def send(number: int, future: Future[PollResult]) -> None:
        """Send a result, or a bug as text: an exception may not survive the way, nor what a step has made."""
        bug = future.exception()
        text = "".join(traceback.format_exception(bug)) if bug else ""
        try:
            message = ForkingPickler.dumps((number, None if bug else future.result(), text))
        except Exception as error:  # noqa: BLE001 - pickle raises whatever an object's methods do
            message = ForkingPickler.dumps((number, None, f"a result that cannot be sent: {error}"))
        with sending:
            pipe.send_bytes(message)

    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return
        if message is None:
            return
        if isinstance(message, tuple):
            number, feed, claim = message
            workers.submit(feed, claim, partial(send, number))
        else:
            workers.renew(message)


def collect_seldom() -> None:
    """Leave what is there for good to itself, and look for cycles after 50,000 new objects instead of 700: a
    document's entries are more than that, and have none. It was 15 % of a commit."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def run(poll: Poll, feed: Feed, claim: Claim, future: Future[PollResult]) -> None:
    """Poll and put the result, or the bug, into the future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(poll(feed, claim))
    except Exception as bug:  # noqa: BLE001 - a worker's door: the hub reports it, other polls go on
        future.set_exception(bug)
