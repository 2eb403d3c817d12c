"""Polls on their way: claimed and waiting for a worker, in flight, landed and not yet committed.

A worker that has landed takes off again with what waits, whatever the hub is doing: committing takes as long
as polling.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.model import Catalogue, Claim, Feed
from feedhub.ports import Dispatcher, Job, Outcome

WAITING = 8
"""Polls that wait for a worker, for each of them: what a commit and a claim take is less than eight polls."""
LANDED_AT_MOST = 50
"""Polls not yet committed above which no more are claimed."""
LANDED_BYTES = 32 << 20
"""Bytes of their documents above which none is started that waits."""
WAITS_AFTER = timedelta(seconds=0.5)
"""A poll that takes longer mostly waits for its server: its worker is not counted any more, another may
start. So what hangs or drips holds up nobody, up to the most that the dispatcher can have in flight."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A poll that was started: the how many-eth, by which catalogue, and when."""

    number: int
    claim: Claim
    by: Catalogue
    at: datetime


@dataclass(frozen=True, slots=True)
class Landing:
    """What a flight came to."""

    flight: Flight
    outcome: Outcome

    @property
    def entries(self) -> int:
        """How many entries it brings."""
        return 0 if isinstance(self.outcome, Exception) else len(self.outcome.entries)

    @property
    def size(self) -> int:
        """How many bytes its document has."""
        return 0 if isinstance(self.outcome, Exception) else self.outcome.size


class Flights:
    """The polls of one dispatcher. For one thread, which the workers' threads call back meanwhile."""

    def __init__(self, dispatcher: Dispatcher, clock: Callable[[], datetime]) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self.catalogue: Catalogue
        self._paced: frozenset[str] = frozenset()
        self._waiting: deque[tuple[Feed, Claim]] = deque()
        self._flying: dict[str, Flight] = {}
        self._landed: list[Landing] = []
        self._bytes = 0
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

    def take_off(self, claims: Iterable[Claim]) -> list[str]:
        """Start polls, or have them wait for a worker; return the tokens of those whose feeds nobody knows.

        A slot of a domain that others share is now, and slow feeds have workers of their own: these start.
        """
        strangers, prompt = [], []
        with self._changed:
            for claim in claims:
                if (feed := self.catalogue.feeds.get(claim.feed_id)) is None:
                    strangers.append(claim.token)
                elif claim.slow or feed.domain in self._paced:
                    prompt.append((feed, claim))
                else:
                    self._waiting.append((feed, claim))
            self._start(prompt)
            self.fill()
        return strangers

    def renew(self, catalogue: Catalogue) -> None:
        """Have what starts from now on polled by a catalogue, what waits included."""
        domains = Counter(feed.domain for feed in catalogue.feeds.values() if feed.domain)
        shared = (domain for domain, count in domains.items() if count > 1)
        with self._changed:
            self.catalogue = catalogue
            self._paced = frozenset(shared if catalogue.spacing else ())
            self._waiting = deque(
                (catalogue.feeds.get(feed.id, feed), claim) for feed, claim in self._waiting
            )

    def fill(self) -> None:
        """Start what waits, as far as workers are free by now."""
        with self._changed:
            if self._waiting and self._bytes <= LANDED_BYTES:
                free, _ = self._free(self._clock())
                self._start([self._waiting.popleft() for _ in range(min(free, len(self._waiting)))])

    def wait(self, count: int, timeout_s: float) -> int:
        """Wait until so many have landed, or all; return how many have."""
        with self._changed:
            self._wanted = count
            self._changed.wait_for(self._enough, timeout_s)
            return len(self._landed)

    def landed(self, at_most: int) -> list[Landing]:
        """Return polls that have ended, in the order in which they started: which of two landed first must
        decide nothing. They stay until they are forgotten."""
        with self._changed:
            self._landed.sort(key=lambda landing: landing.flight.number)
            return self._landed[:at_most]

    def forget(self, landings: Collection[Landing]) -> None:
        """Forget polls that have ended."""
        numbers = {landing.flight.number for landing in landings}
        with self._changed:
            self._landed = [one for one in self._landed if one.flight.number not in numbers]
            self._bytes = sum(one.size for one in self._landed)

    def ground(self) -> list[str]:
        """Let nothing start any more; return the tokens of what waits."""
        with self._changed:
            tokens = [claim.token for _, claim in self._waiting]
            self._waiting.clear()
            return tokens

    def abandon(self) -> list[str]:
        """Forget what is in flight, and what has landed since the last commit; return its tokens."""
        with self._changed:
            tokens = [*self._flying, *(one.flight.claim.token for one in self._landed)]
            self._flying.clear()
            self.forget(self._landed)
            return tokens

    def _start(self, jobs: Sequence[Job]) -> None:
        now = self._clock()
        self._flying |= {
            claim.token: Flight(next(self._numbers), claim, self.catalogue, now) for _, claim in jobs
        }
        if jobs:
            self._dispatcher.submit(jobs, self._note)

    def _note(self, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Take in polls that have ended, and let others have their workers."""
        with self._changed:
            for token, outcome in outcomes:
                if (flight := self._flying.pop(token, None)) is not None:
                    self._landed.append(landing := Landing(flight, outcome))
                    self._bytes += landing.size
            self.fill()
            if self._enough():
                self._changed.notify_all()

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
