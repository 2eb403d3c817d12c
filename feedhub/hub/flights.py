"""Polls on their way: claimed and waiting for a worker, in flight, landed and not yet committed.

A worker that has landed takes off again with what waits, whatever the hub is doing: committing takes as long
as polling.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.model import Claim, Feed, PollResult
from feedhub.ports import Dispatcher

WAITING = 4
"""Polls that wait for a worker, for each of them: what a commit and a claim take is less than four polls."""
LANDED_AT_MOST = 50
"""Polls not yet committed above which no more are claimed."""
LANDED_BYTES = 32 << 20
"""Bytes of their documents above which none is started that waits."""
WAITS_AFTER = timedelta(seconds=0.5)
"""A poll that takes longer mostly waits for its server: its worker is not counted any more, another may
start. So what hangs or drips holds up nobody, up to the most that the dispatcher can have in flight."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A poll that was started: the how many-eth, and when."""

    number: int
    claim: Claim
    at: datetime
    future: Future[PollResult]


class Flights:
    """The polls of one dispatcher. For one thread, which the workers' threads call back meanwhile."""

    def __init__(self, dispatcher: Dispatcher, clock: Callable[[], datetime]) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._waiting: deque[tuple[Feed, Claim]] = deque()
        self._flying: dict[Future[PollResult], Flight] = {}
        self._landed: list[Flight] = []
        self._numbers = itertools.count()
        self._wanted = 1
        self._changed = threading.Condition(threading.RLock())

    def __len__(self) -> int:
        """How many are not committed yet."""
        return len(self._waiting) + len(self._flying) + len(self._landed)

    def room(self) -> tuple[int, int]:
        """Return how many polls may be claimed: for each worker that is free one, and some that wait; and how
        many beside them of feeds that were slow last time: these may fill half of what there is."""
        with self._changed:
            free, slow = self._free(self._clock())
            room = max(free, 0) + WAITING * self._dispatcher.capacity - len(self._waiting)
            # A claim is a transaction: rather a few large ones; and what is to be committed fills memory.
            few = room < self._dispatcher.capacity or len(self._landed) > LANDED_AT_MOST
            return (0 if few else room), slow

    def take_off(self, feed: Feed, claim: Claim, *, at_once: bool) -> None:
        """Start a poll, or have it wait for a worker."""
        with self._changed:
            if at_once:
                self._start(feed, claim)
            else:
                self._waiting.append((feed, claim))
                self.fill()

    def renew(self, feeds: Mapping[str, Feed]) -> None:
        """Have what waits polled as feeds are set up now."""
        with self._changed:
            waiting = [(feeds.get(feed.id, feed), claim) for feed, claim in self._waiting]
            self._waiting = deque(waiting)

    def fill(self) -> None:
        """Start what waits, as far as workers are free by now."""
        with self._changed:
            while self._waiting and not self._is_laden() and self._free(self._clock())[0] > 0:
                self._start(*self._waiting.popleft())

    def wait(self, count: int, timeout_s: float) -> int:
        """Wait until so many have landed, or all; return how many have."""
        with self._changed:
            self._wanted = count
            self._changed.wait_for(self._enough, timeout_s)
            return len(self._landed)

    def landed(self, at_most: int) -> list[Flight]:
        """Return polls that have ended, in the order in which they started: which of two landed first must
        decide nothing. They stay until they are forgotten."""
        with self._changed:
            self._landed.sort(key=lambda flight: flight.number)
            return self._landed[:at_most]

    def forget(self, flights: Collection[Flight]) -> None:
        """Forget polls that have ended."""
        numbers = {flight.number for flight in flights}
        with self._changed:
            self._landed = [flight for flight in self._landed if flight.number not in numbers]

    def ground(self) -> list[str]:
        """Let nothing start any more; return the tokens of what waits."""
        with self._changed:
            tokens = [claim.token for _, claim in self._waiting]
            self._waiting.clear()
            return tokens

    def abandon(self) -> list[str]:
        """Forget what is in flight; return its tokens."""
        with self._changed:
            tokens = [flight.claim.token for flight in self._flying.values()]
            self._flying.clear()
            return tokens

    def _start(self, feed: Feed, claim: Claim) -> None:
        future = self._dispatcher.submit(feed, claim)
        self._flying[future] = Flight(next(self._numbers), claim, self._clock(), future)
        future.add_done_callback(self._note)

    def _note(self, future: Future[PollResult]) -> None:
        """Take in a poll that has ended, and let another have its worker."""
        with self._changed:
            if (flight := self._flying.pop(future, None)) is not None:
                self._landed.append(flight)
                self.fill()
                if self._enough():
                    self._changed.notify_all()

    def _is_laden(self) -> bool:
        return (
            sum(one.future.result().size for one in self._landed if not one.future.exception()) > LANDED_BYTES
        )

    def _enough(self) -> bool:
        return len(self._landed) >= self._wanted or not (self._waiting or self._flying)

    def _free(self, now: datetime) -> tuple[int, int]:
        slow = quick = 0
        for one in self._flying.values():
            if one.claim.slow:
                slow += 1
            elif now - one.at < WAITS_AFTER:
                quick += 1
        most = self._dispatcher.most
        free = min(self._dispatcher.capacity - quick, most - len(self._flying))
        return free, max(min(most // 2 - slow, most - len(self._flying) - free), 0)
