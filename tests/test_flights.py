"""Polls on their way: which start, and which wait."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime

from feedhub.hub.flights import LANDED_BYTES, Flights
from feedhub.model import Claim, Feed, FeedState, PollResult

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Held:
    """A dispatcher of one worker; its polls end when the test says so."""

    capacity, most = 1, 8

    def __init__(self) -> None:
        self.started: list[Future[PollResult]] = []

    def submit(self, feed: Feed, claim: Claim) -> Future[PollResult]:
        self.started.append(future := Future())
        return future

    def close(self) -> None:
        """Nothing is in flight."""


def take_off(flights: Flights, name: str) -> None:
    claim = Claim(name, f"token of {name}", FeedState(feed_id=name, url=f"https://{name}.example/"))
    flights.take_off(Feed(id=name, url=claim.state.url, category="c"), claim, at_once=False)


def result(name: str, size: int) -> PollResult:
    state = FeedState(feed_id=name, url=f"https://{name}.example/")
    return PollResult(name, "updated", state, next_poll_at=NOW, polled_at=NOW, size=size)


def test_nothing_starts_while_too_much_waits_to_be_committed() -> None:
    """Large documents are read no faster than they are stored, whatever many of them there are."""
    dispatcher = Held()
    flights = Flights(dispatcher, lambda: NOW)
    for name in ("a", "b", "c"):
        take_off(flights, name)
    first, *_ = dispatcher.started
    first.set_result(result("a", LANDED_BYTES // 2))
    second = dispatcher.started[1]
    second.set_result(result("b", LANDED_BYTES))
    assert len(dispatcher.started) == 2
    flights.forget(flights.landed(10))
    flights.fill()
    assert len(dispatcher.started) == 3
