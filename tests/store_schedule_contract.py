"""What every store promises about who is polled when, and about results under their tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.errors import StoreError
from feedhub.model import FeedHead
from feedhub.ports import Store
from tests.sample_hub import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    SECOND,
    claim,
    dirty,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_result,
    poll,
    state_of,
)


def due(store: Store, seconds: float = 0, limit: int = 100) -> list[str]:
    """Claim what is due some seconds after NOW, for two hours, and return its ids."""
    now = NOW + timedelta(seconds=seconds)
    return [one.feed_id for one in store.claim_feeds(now, limit=limit, lease=2 * HOUR)]


class ScheduleContract:
    """Inherited by `StoreContract`."""

    def test_nothing_without_a_catalogue(self, store: Store) -> None:
        """A store that was told no catalogue says so."""
        with pytest.raises(StoreError, match="no catalogue"):
            store.claim_feeds(NOW, limit=1, lease=LEASE)

    def test_new_feeds_are_due(self, store: Store) -> None:
        """A new feed is handed out at once, with an empty state, and once only."""
        store.apply(make_catalogue(make_feed("one"), make_feed("two")), NOW)
        claims = store.claim_feeds(NOW, limit=10, lease=LEASE)
        assert sorted(one.feed_id for one in claims) == ["one", "two"]
        assert {one.state.url for one in claims} == {"https://one.example/feed", "https://two.example/feed"}
        assert len({one.token for one in claims}) == 2
        assert due(store) == []

    def test_limit(self, store: Store) -> None:
        """No more feeds are handed out than asked for, and the rest afterwards."""
        store.apply(make_catalogue(*(make_feed(f"f{number}") for number in range(5))), NOW)
        assert [len(due(store, limit=2)) for _ in range(4)] == [2, 2, 1, 0]

    def test_very_many_feeds_are_spread(self, store: Store) -> None:
        """Of thousands of new feeds the first thousand is due now, the last within ten minutes."""
        store.apply(make_catalogue(*(make_feed(f"f{number}") for number in range(1500))), NOW)
        batches = [due(store, minute * 60, limit=2000) for minute in range(11)]
        assert len(batches[0]) == 1000
        assert all(49 <= len(batch) <= 51 for batch in batches[1:])

    def test_longest_overdue_first(self, store: Store) -> None:
        """The feed that has waited longest comes first."""
        store.apply(make_catalogue(make_feed("one"), make_feed("two"), make_feed("three")), NOW)
        for name, delay in (("one", 3), ("two", 1), ("three", 2)):
            (one,) = claim(store, name)
            store.commit_polls([(one.token, make_result(one, next_poll_at=NOW + delay * HOUR))], NOW)
        assert due(store, 4 * 3600) == ["two", "three", "one"]

    def test_expired_lease(self, store: Store) -> None:
        """A lease that ran out makes a feed due again, and the late result under it is dropped."""
        store.apply(make_catalogue(), NOW)
        (lost,) = store.claim_feeds(NOW, limit=1, lease=LEASE)
        assert store.claim_feeds(NOW + LEASE - SECOND, limit=1, lease=LEASE) == []
        (taken,) = store.claim_feeds(NOW + LEASE, limit=1, lease=LEASE)
        late = store.commit_polls([(lost.token, make_result(lost, make_entry(1)))], NOW + LEASE)
        assert [report.accepted for report in late] == [False]
        assert listed(store) == []
        (report,) = store.commit_polls([(taken.token, make_result(taken, make_entry(2)))], NOW + LEASE)
        assert report.accepted
        assert report.new == 1

    def test_late_but_not_lost(self, store: Store) -> None:
        """A result that comes after its lease ran out counts if nobody else took the feed meanwhile."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        (report,) = store.commit_polls([(one.token, make_result(one, make_entry()))], NOW + HOUR)
        assert report.accepted

    def test_delivered_twice(self, store: Store) -> None:
        """A result delivered twice, in one batch or in two, counts once."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        result = (one.token, make_result(one, make_entry()))
        assert [report.accepted for report in store.commit_polls([result, result], NOW)] == [True, False]
        assert [report.accepted for report in store.commit_polls([result], NOW)] == [False]
        assert len(listed(store)) == 1

    def test_release(self, store: Store) -> None:
        """A feed given back is due as before."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        store.release([one.token, "no such token"])
        assert due(store) == ["one"]

    def test_next_poll(self, store: Store) -> None:
        """A feed is due at the instant its result names; the store says when the next one is."""
        store.apply(make_catalogue(), NOW)
        assert store.next_due() == NOW
        poll(store, next_poll_at=NOW + HOUR)
        assert store.next_due() == NOW + HOUR
        assert due(store, 3599.9) == []
        assert due(store, 3600) == ["one"]
        assert store.next_due() == NOW + 3 * HOUR

    def test_state_comes_back(self, store: Store) -> None:
        """What a poll said to remember is what the next one gets, byte for byte."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        state = replace(
            one.state,
            url="https://elsewhere.example/feed",
            etag='W/"ä"',
            last_modified="never",
            body_hash="00ff",
            validated_at=NOW,
            seen={"b": "2", "a": "1"},
            head=FeedHead("Title", "https://one.example/", hubs=("https://hub.example/",)),
            failures=3,
            first_polled_at=NOW - DAY,
            last_polled_at=NOW,
            last_success_at=NOW - HOUR,
            moved_url="https://elsewhere.example/feed",
            moved_since_at=NOW,
            moved_count=2,
            intervals_s=(60, 3600),
        )
        store.commit_polls([(one.token, make_result(one, state=state))], NOW)
        (again,) = claim(store, now=NOW + HOUR)
        assert again.state == state
        assert state_of(store) == replace(state, seen={})

    def test_per_host(self, store: Store) -> None:
        """No more than `per_host` polls are in flight at a host, however many of its feeds are due."""
        feeds = [make_feed(f"f{number}", host="one.example") for number in range(300)]
        store.apply(make_catalogue(*feeds, make_feed("other")), NOW)
        one, *others = store.claim_feeds(NOW, limit=100, lease=LEASE)
        assert len(others) == 2
        assert due(store) == []
        store.commit_polls([(one.token, make_result(one))], NOW)
        assert len(due(store)) == 1

    def test_throttled(self, store: Store) -> None:
        """A feed that a server put off is not polled before, not even by hand."""
        store.apply(make_catalogue(), NOW)
        poll(store, outcome="failed", throttled_until=NOW + DAY, next_poll_at=NOW + DAY)
        assert store.next_due() == NOW + DAY
        assert claim(store, "one", now=NOW + 2 * HOUR) == []
        assert len(claim(store, "one", now=NOW + DAY)) == 1

    def test_by_hand(self, store: Store) -> None:
        """Asked for by hand a feed need not be due, but is not polled twice in a round."""
        store.apply(make_catalogue(make_feed("one"), make_feed("two")), NOW)
        poll(store)
        assert [one.feed_id for one in claim(store, since=NOW)] == ["two"]
        later = NOW + MINUTE
        assert [one.feed_id for one in claim(store, now=later, since=later)] == ["one"]

    def test_gone(self, store: Store) -> None:
        """A feed that is gone is never due, and is polled only when it is named."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        gone = make_result(one, outcome="failed", state=replace(one.state, gone=True))
        store.commit_polls([(one.token, gone)], NOW)
        assert store.next_due() is None
        assert claim(store, now=NOW + HOUR) == []
        assert len(claim(store, "one", now=NOW + HOUR)) == 1

    def test_one_budget_a_domain(self, store: Store) -> None:
        """Feeds of one domain are handed out one by one, in order, a spacing apart; others do not wait."""
        shared = [make_feed(f"f{number}", domain="shared.example") for number in range(5)]
        store.apply(make_catalogue(*shared, make_feed("alone"), spacing=2 * SECOND), NOW)
        assert due(store) == ["f0", "alone"]
        assert store.next_slot() == NOW + 2 * SECOND
        assert store.next_slot(["f3"]) == NOW + 6 * SECOND
        assert [due(store, second) for second in (1, 2, 3, 4, 5, 6, 7, 8, 9)] == [
            [], ["f1"], [], ["f2"], [], ["f3"], [], ["f4"], [],
        ]  # fmt: skip
        assert store.next_slot() is None

    def test_no_burst_after_a_pause(self, store: Store) -> None:
        """Slots that passed while nothing ran are not made up for at once, and nobody is forgotten."""
        shared = [make_feed(f"f{number}", domain="shared.example") for number in range(5)]
        store.apply(make_catalogue(*shared, spacing=SECOND), NOW)
        due(store)
        rounds = [due(store, 3600 + second) for second in range(6)]
        assert sorted(name for names in rounds for name in names) == ["f1", "f2", "f3", "f4"]
        assert max(len(names) for names in rounds) == 1

    def test_late_ticks(self, store: Store) -> None:
        """A tick that comes late delays a domain's feeds by moments, without losing their order."""
        shared = [make_feed(f"f{number}", domain="shared.example") for number in range(4)]
        store.apply(make_catalogue(*shared, spacing=SECOND), NOW)
        rounds = [due(store, second) for second in (0, 1.4, 2.0, 2.5, 3.1, 3.6)]
        assert rounds == [["f0"], ["f1"], [], ["f2"], [], ["f3"]]

    def test_a_domain_with_very_many_feeds(self, store: Store) -> None:
        """A thousand due feeds of one domain keep nobody else waiting."""
        shared = [make_feed(f"f{number}", domain="shared.example") for number in range(900)]
        store.apply(make_catalogue(*shared, make_feed("alone"), spacing=SECOND), NOW)
        assert due(store, limit=3) == ["f0", "alone"]
        assert due(store, 899) != []

    def test_statuses(self, store: Store) -> None:
        """Each feed's health tells its last outcome, counts and warnings; by id."""
        store.apply(make_catalogue(make_feed("two"), make_feed("one", title="First")), NOW)
        poll(store, make_entry(1), make_entry(2), warnings=("odd date",))
        (two,) = claim(store, "two")
        failed = make_result(two, outcome="failed", status=404, reason="not-found", error="not there")
        store.commit_polls([(two.token, failed)], NOW)
        one, two_ = store.statuses()
        assert (one.feed_id, one.title, one.category, one.entries, one.stories) == (
            "one",
            "First",
            "news",
            2,
            2,
        )
        assert (one.last_outcome, one.last_status, one.warnings) == ("updated", 200, ("odd date",))
        assert (two_.last_outcome, two_.last_status, two_.reason, two_.error, two_.entries) == (
            "failed", 404, "not-found", "not there", 0,
        )  # fmt: skip
        assert one.next_poll_at == NOW + HOUR

    def test_a_failure_touches_nothing(self, store: Store) -> None:
        """A failed poll removes nothing and makes no output dirty."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        dirty(store)
        poll(store, outcome="failed", now=NOW + HOUR)
        assert len(listed(store)) == 1
        assert dirty(store) == set()
