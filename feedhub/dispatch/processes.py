"""Polls in processes, as their parent sees them."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from feedhub.dispatch.parcel import packed
from feedhub.dispatch.process import Answer, serve_forked, serve_spawned
from feedhub.dispatch.threads import WAITERS, Poll
from feedhub.errors import FeedHubError
from feedhub.ports import Job, Landed, Outcome

ENDS_S = 1.0
"""How long a worker process may take to end before it is killed."""
RETRY_S = 0.5
"""How long to wait where the system has no room for another process, and so much longer each time where one
after the other dies before it has done anything."""
RETRY_AT_MOST_S = 30.0
LOST = "a worker process died; its feeds are polled again later"


class WorkerLost(FeedHubError):
    """A worker process died with polls in flight; another has taken its place."""


class PollBug(FeedHubError):
    """A poll in another process raised; the text is its traceback there."""


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

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        """Start polls, each where the fewest are in flight; `landed` is called in other threads."""
        loads = [worker.load for worker in self._workers]
        shares: list[list[Job]] = [[] for _ in self._workers]
        for job in jobs:
            place = loads.index(min(loads))
            loads[place] += 1
            shares[place].append(job)
        for worker, share in zip(self._workers, shares, strict=True):
            if share:
                worker.submit(share, landed)

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        """Have later polls done by what `make_poll` makes."""
        for worker in self._workers:
            worker.renew(make_poll)

    def close(self) -> None:
        """End the processes; does not wait for what is in flight."""
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process as its parent sees it: a pipe, the polls it owes, a thread that reads its answers."""

    def __init__(self, make_poll: Callable[[], Poll], threads: int) -> None:
        self._make_poll = make_poll
        self._threads = threads
        self._owed: dict[str, Landed] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._vain = 0
        self._start()

    @property
    def load(self) -> int:
        return len(self._owed)

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        with self._lock:
            self._owed.update((claim.token, landed) for _, claim in jobs)
            self._send(list(jobs))

    def renew(self, make_poll: Callable[[], Poll]) -> None:
        with self._lock:
            self._make_poll = make_poll
            self._send(make_poll)

    def close(self) -> None:
        with self._lock:
            self._closing.set()
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
        pipe, theirs = context.Pipe()
        process = context.Process(
            target=serve_forked if forked else serve_spawned,
            args=(theirs, self._make_poll, self._threads) if forked else (theirs, self._threads),
            name="poll",
            daemon=True,
        )
        process.start()
        theirs.close()
        self._pipe, self._process = pipe, process
        if not forked:
            self._send(self._make_poll)

    def _send(self, message: list[Job] | Callable[[], Poll] | None) -> None:
        try:
            self._pipe.send_bytes(packed(message))
        except OSError:
            # The process is gone: the receiving thread sees it too, and fails what is owed.
            return

    def _receive(self, pipe: Connection) -> None:
        while True:
            try:
                answers: list[Answer] = pipe.recv()
            except Exception:  # noqa: BLE001 - whatever a broken message raises, the process is given up
                # The end of the pipe; or what cannot be read here, after which nothing can be trusted.
                self._process.kill()
                break
            self._vain = 0
            self._tell(
                [(token, PollBug(bug) if result is None else result) for token, result, bug in answers]
            )
        self._closing.wait(min(RETRY_S * self._vain, RETRY_AT_MOST_S))
        self._vain += 1
        while (lost := self._replaced()) is None:
            self._closing.wait(RETRY_S)
        self._tell([(token, WorkerLost(LOST)) for token in lost])

    def _replaced(self) -> list[str] | None:
        """Have another process in this one's place, unless all ends; return the tokens of what was lost, None
        if there is no memory, descriptor or thread to be had for it."""
        with self._lock:
            if not self._closing.is_set():
                try:
                    self._start()
                    self.listen()
                except (OSError, RuntimeError):
                    return None
            return list(self._owed)

    def _tell(self, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Say what polls came to, to whoever waits for them."""
        told: dict[Landed, list[tuple[str, Outcome]]] = defaultdict(list)
        for token, outcome in outcomes:
            told[self._owed.pop(token)].append((token, outcome))
        for landed, its in told.items():
            landed(its)
