"""Feeds are polled: claimed as they come due, handed to the workers, their results committed in batches."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from feedhub import policy
from feedhub.errors import StoreError
from feedhub.hub.flights import Flights, Landing
from feedhub.hub.leases import LEASE
from feedhub.model import Catalogue, Claim, CommitReport, PollResult
from feedhub.ports import Dispatcher, Outcome, Store

BUG_RETRY = timedelta(hours=1)
COMMIT_AT_MOST = 100
ENTRIES_AT_MOST = 1000
"""What is committed together at most, but for one result alone: a third of a second of the lock."""
COMMIT_AT_LEAST = 20
GATHER_S = 0.05
"""How long a commit waits for more: alone, a feed's commit costs several times what it costs among twenty."""
WAIT_S = 0.25
CLOCK_SLIPS = timedelta(minutes=1)
"""A clock that goes back by more was put right: what waits for the instants of the wrong one is due."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.hub")


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed's poll and what its commit did."""

    result: PollResult
    report: CommitReport


class Polling:
    """The polls of one store, in one thread at a time; `stop` may come from another."""

    def __init__(self, store: Store, dispatcher: Dispatcher, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._flights = Flights(dispatcher, clock)
        self._reach = policy.Reach()
        self._latest = clock()
        self._stopping = threading.Event()
        self._running = threading.RLock()
        self._unreached: list[str] = []

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force here."""
        return self._flights.catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        self._flights.renew(catalogue)

    def run(self, ids: Collection[str] | None, *, ignore_schedule: bool) -> Iterator[Polled]:
        """Poll until nothing is due, or `stop`; yield each feed when its result is committed."""
        since = self._clock() if ignore_schedule else None
        with self._running:
            while not self._stopping.is_set():
                claimed = self._claim(since, ids)
                if not (claimed or len(self._flights)) and not self._await_slot(ids):
                    self._tell_outage()
                    return
                self._flights.fill()
                if self._flights.wait(1, WAIT_S):
                    self._flights.wait(COMMIT_AT_LEAST, GATHER_S)
                yield from self._commit_done()

    def _tell_outage(self) -> None:
        """Log once what is the same for every feed: that the network is down."""
        if self._unreached:
            log.warning("not reached", feeds=len(self._unreached), error=self._unreached[0])
            self._unreached.clear()

    def stop(self, patience: timedelta) -> None:
        """Claim nothing more, commit what ends within `patience`, give the rest back."""
        self._stopping.set()
        with self._running:
            self._store.release(self._flights.ground())
            self._flights.wait(len(self._flights), patience.total_seconds())
            while any(True for _ in self._commit_done()):
                pass
            self._store.release(self._flights.abandon())

    def _claim(self, since: datetime | None, ids: Collection[str] | None) -> int:
        """Claim and start as many polls as there are free workers; return how many.

        `since` ignores the schedule: whatever was not polled since then is claimed.
        """
        now = self._clock()
        if now < self._latest - CLOCK_SLIPS:
            log.warning("clock was put back", by=str(self._latest - now))
            self._store.apply(self.catalogue, now)
        self._latest = now
        room, slow = self._flights.room()
        if not room:
            return 0
        claims = self._store.claim_feeds(now, limit=room, slow=slow, lease=LEASE, ids=ids, since=since)
        strangers = self._flights.take_off(claims)
        # The store may know a catalogue that is not in force here yet, or one of another command.
        self._store.release(strangers)
        return len(claims) - len(strangers)

    def _await_slot(self, ids: Collection[str] | None) -> bool:
        """Wait a moment for a feed that is due but for its domain's pace; return whether there is one."""
        slot = self._store.next_slot(ids)
        if slot is None:
            return False
        until = (slot - self._clock()).total_seconds()
        self._stopping.wait(min(max(until, 0.0), WAIT_S))
        return True

    def _commit_done(self) -> Iterator[Polled]:
        landed = _fitting(self._flights.landed(COMMIT_AT_MOST))
        if not landed:
            return
        results = [(one.flight.claim, self._result(one.outcome, one.flight.claim)) for one in landed]
        committed = self._commit(self._judged(results), landed[0].flight.by)
        self._flights.forget(landed)
        self._unreached += [polled.result.error for polled in committed if polled.result.reason == "offline"]
        for polled in committed:
            note(polled.result, polled.report)
            yield polled

    def _commit(self, batch: list[tuple[Claim, PollResult]], by: Catalogue) -> list[Polled]:
        """Commit results together; where one of them cannot be stored, each by itself, that one as a bug."""
        try:
            reports = self._store.commit_polls(
                [(claim.token, result) for claim, result in batch], self._clock(), by=by
            )
        except StoreError:
            raise
        except Exception as bug:
            if len(batch) == 1:
                ((claim, result),) = batch
                if result.reason == "bug":
                    raise
                return self._commit([(claim, self._broken(claim, bug))], by)
            return [polled for one in batch for polled in self._commit([one], by)]
        return [Polled(result, report) for (_, result), report in zip(batch, reports, strict=True)]

    def _judged(self, results: list[tuple[Claim, PollResult]]) -> list[tuple[Claim, PollResult]]:
        """Return results of polls, feeds unblamed if it is the network that is down: those too that failed
        before it was known."""
        judged: list[tuple[Claim, PollResult]] = []
        run = 0
        for claim, result in results:
            if feed := self.catalogue.feeds.get(claim.feed_id):
                offline = self._reach.offline
                self._reach = self._reach.after(feed, result)
                if self._reach.offline != offline:
                    log.warning("network is back" if offline else "network is down")
            if not self._reach.silent:
                run = len(judged)
            judged.append((claim, result))
            if self._reach.offline:
                judged[run:] = [(one, self._reach.judged(one.state, told)) for one, told in judged[run:]]
                run = len(judged)
        return judged

    def _result(self, outcome: Outcome, claim: Claim) -> PollResult:
        """Return what a poll came to as a result: a bug in it becomes a failure of that feed."""
        return self._broken(claim, outcome) if isinstance(outcome, Exception) else outcome

    def _broken(self, claim: Claim, bug: BaseException) -> PollResult:
        """Return the failure of a feed that a bug made, with its traceback logged."""
        log.error("bug", feed=claim.feed_id, exc_info=bug)
        now = self._clock()
        return PollResult(
            feed_id=claim.feed_id,
            outcome="failed",
            state=replace(claim.state, failures=claim.state.failures + 1, last_polled_at=now),
            next_poll_at=now + BUG_RETRY,
            polled_at=now,
            reason="bug",
            error=f"an error in FeedHub itself, please report it: {type(bug).__name__}: {bug}",
        )


def _fitting(landed: list[Landing]) -> list[Landing]:
    """Return as many of some polls as one commit takes: of one catalogue, and not too many entries."""
    counts = itertools.accumulate(one.entries for one in landed)
    fits = (
        one.flight.by is landed[0].flight.by and count <= ENTRIES_AT_MOST
        for one, count in zip(landed, counts, strict=True)
    )
    return landed[: max(1, sum(itertools.takewhile(bool, fits)))]


def note(result: PollResult, report: CommitReport) -> None:
    """Log one poll in one line."""
    if not report.accepted:
        log.warning("lease lost, result dropped", feed=result.feed_id)
    elif result.reason == "offline":
        log.debug("failed", feed=result.feed_id, reason=result.reason, error=result.error)
    elif result.outcome == "failed":
        log.warning("failed", feed=result.feed_id, reason=result.reason, error=result.error)
    elif result.outcome == "unchanged":
        log.debug("unchanged", feed=result.feed_id, status=result.status)
    else:
        log.info("updated", feed=result.feed_id, new=report.new, changed=report.updated, merged=report.merged)
