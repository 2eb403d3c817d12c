"""Polls on their way: which start, and which wait."""

from __future__ import annotations

from feedhub.hub.flights import LANDED_BYTES, Flights
from feedhub.model import Claim, FeedState, PollResult
from tests.sample_hub import Held, make_catalogue, make_feed
from tests.times import NOW


def flights_of(dispatcher: Held, *names: str) -> Flights:
    """Return the flights of some feeds, as many of them started as there are workers."""
    flights = Flights(dispatcher, lambda: NOW)
    feeds = [make_feed(name) for name in names]
    flights.renew(make_catalogue(*feeds))
    flights.take_off(Claim(one.id, f"token of {one.id}", FeedState(one.id, one.url)) for one in feeds)
    return flights


def result(name: str, size: int) -> PollResult:
    state = FeedState(feed_id=name, url=f"https://{name}.example/")
    return PollResult(name, "updated", state, next_poll_at=NOW, polled_at=NOW, size=size)


def test_nothing_starts_while_too_much_waits_to_be_committed() -> None:
    """Large documents are read no faster than they are stored, whatever many of them there are."""
    dispatcher = Held()
    flights = flights_of(dispatcher, "a", "b", "c")
    dispatcher.landed([("token of a", result("a", LANDED_BYTES // 2))])
    dispatcher.landed([("token of b", result("b", LANDED_BYTES))])
    assert len(dispatcher.started) == 2
    flights.forget(flights.landed(10))
    flights.fill()
    assert len(dispatcher.started) == 3


def test_what_waits_is_polled_as_its_feed_is_set_up_now() -> None:
    """A feed that is edited while it waits for a worker is polled by the new settings, and told to be."""
    dispatcher = Held()
    flights = flights_of(dispatcher, "a", "b")
    before = flights.catalogue
    after = make_catalogue(make_feed("a"), make_feed("b", encoding="big5"))
    flights.renew(after)
    dispatcher.landed([("token of a", result("a", 1)), ("token of nobody", result("a", 1))])
    dispatcher.landed([("token of b", ZeroDivisionError("oh"))])
    assert [feed.encoding for feed, _ in dispatcher.started] == ["", "big5"]
    assert [one.flight.by for one in flights.landed(9)] == [before, after]
    assert [(one.entries, one.size) for one in flights.landed(9)] == [(0, 1), (0, 0)]


def test_what_is_abandoned_is_given_back() -> None:
    """At the end each claim is told that nobody commits: what waits, is in flight, has only just landed."""
    dispatcher = Held()
    flights = flights_of(dispatcher, "a", "b", "c")
    dispatcher.landed([("token of a", result("a", 1))])
    assert flights.ground() == ["token of c"]
    assert sorted(flights.abandon()) == ["token of a", "token of b"]
    dispatcher.landed([("token of b", result("b", 1))])
    assert len(flights) == 0
