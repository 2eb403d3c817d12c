"""More of what every store promises: values that come back whole, instants, repeats and absences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.errors import UsageError
from feedhub.model import Document, Enclosure, Mark, Person, Podcast, Transcript, etag_of
from feedhub.ports import Store
from tests.sample_hub import (
    claim,
    dirty,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_output,
    make_result,
    only_story,
    poll,
)
from tests.store_contract.fixtures import StoreFixtures
from tests.store_world import committed
from tests.times import DAY, HOUR, LEASE, MINUTE, NOW

SAME = {"link": "https://publisher.example/story", "title": "The same story told twice"}
TWO = (make_feed("one"), make_feed("two"))


def due(store: Store, seconds: float = 0) -> list[str]:
    """Claim what is due some seconds after NOW, for two hours, and return its ids."""
    now = NOW + timedelta(seconds=seconds)
    return [one.feed_id for one in store.claim_feeds(now, limit=100, lease=2 * HOUR)]


def make_document(path: str, body: bytes = b"<feed/>") -> Document:
    return Document(path, body, "application/atom+xml", etag_of(body), NOW)


class DetailsContract(StoreFixtures):
    """Values, instants, repeats and absences."""

    def test_next_poll(self, store: Store) -> None:
        """A feed is due at the instant its result names; the store says when the next one is."""
        store.apply(make_catalogue(), NOW)
        assert store.next_due() == NOW
        poll(store, next_poll_at=NOW + HOUR)
        assert store.next_due() == NOW + HOUR
        assert due(store, 3599.9) == []
        assert due(store, 3600) == ["one"]
        assert store.next_due() == NOW + 3 * HOUR

    def test_by_hand(self, store: Store) -> None:
        """Asked for by hand a feed need not be due, but is not polled twice in a round."""
        store.apply(make_catalogue(make_feed("one"), make_feed("two")), NOW)
        poll(store)
        assert [one.feed_id for one in claim(store, since=NOW)] == ["two"]
        later = NOW + MINUTE
        assert [one.feed_id for one in claim(store, now=later, since=later)] == ["one"]

    def test_delivered_twice(self, store: Store) -> None:
        """A result delivered twice, in one batch or in two, counts once."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        result = (one.token, make_result(one, make_entry()))
        assert [report.accepted for report in store.commit_polls([result, result], NOW)] == [True, False]
        assert [report.accepted for report in store.commit_polls([result], NOW)] == [False]
        assert len(listed(store)) == 1

    def test_late_but_not_lost(self, store: Store) -> None:
        """A result that comes after its lease ran out counts if nobody else took the feed meanwhile."""
        store.apply(make_catalogue(), NOW)
        (one,) = claim(store)
        (report,) = store.commit_polls([(one.token, make_result(one, make_entry()))], NOW + HOUR)
        assert report.accepted

    def test_a_failure_touches_nothing(self, store: Store) -> None:
        """A failed poll removes nothing and makes no output dirty."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry())
        dirty(store)
        poll(store, outcome="failed", now=NOW + HOUR)
        assert len(listed(store)) == 1
        assert dirty(store) == set()

    def test_an_entry_comes_back_whole(self, store: Store) -> None:
        """Whatever an entry carries is there when it is published."""
        store.apply(make_catalogue(), NOW)
        entry = make_entry(
            summary="短い",
            authors=(Person("Ada", uri="https://ada.example/"),),
            categories=("a", "b"),
            updated_at=NOW - MINUTE,
            enclosures=(Enclosure("https://one.example/a.mp3", "audio/mpeg", 0, duration_s=60),),
            image="https://one.example/a.png",
            language="zh",
            comments="https://one.example/c",
            source_title="Elsewhere",
            source_url="https://elsewhere.example/",
            podcast=Podcast(duration_s=61, transcripts=(Transcript("https://one.example/t"),)),
        )
        poll(store, entry)
        story = only_story(store)
        assert story.entry == entry
        (source,) = story.sources
        assert (source.feed_id, source.feed_title, source.feed_url) == (
            "one",
            "one",
            "https://one.example/feed",
        )
        assert (source.matched_by, source.link, source.first_seen_at) == ("first", entry.link, NOW)

    @pytest.mark.parametrize(
        ("published", "updated", "expected"),
        [
            (-HOUR, None, (-HOUR, -HOUR)),
            (None, None, (timedelta(0), timedelta(0))),
            (DAY, None, (timedelta(0), timedelta(0))),
            (-DAY, -HOUR, (-DAY, -HOUR)),
            (-HOUR, -DAY, (-HOUR, -HOUR)),
            (-DAY, DAY, (-DAY, timedelta(0))),
            (None, -HOUR, (timedelta(0), timedelta(0))),
        ],
    )
    def test_dates(
        self,
        store: Store,
        published: timedelta | None,
        updated: timedelta | None,
        expected: tuple[timedelta, timedelta],
    ) -> None:
        """A story is dated by its feed, but never later than when it was first seen; undated, by that."""
        store.apply(make_catalogue(), NOW)
        entry = make_entry(published_at=published and NOW + published, updated_at=updated and NOW + updated)
        poll(store, entry)
        story = only_story(store)
        assert (story.published_at - NOW, story.updated_at - NOW) == expected
        assert story.ordered_at == story.published_at

    def test_newest_first(self, store: Store) -> None:
        """An output lists its newest stories, those of one instant by id, and stops at the limit."""
        store.apply(make_catalogue(), NOW)
        poll(store, *(make_entry(number, published_at=NOW - (number % 3) * HOUR) for number in range(30)))
        stories = store.stories("all", limit=1000)
        assert [(-story.ordered_at.timestamp(), story.id) for story in stories] == sorted(
            (-story.ordered_at.timestamp(), story.id) for story in stories
        )
        assert store.stories("all", limit=7) == stories[:7]
        assert len(store.stories("all", limit=100, since=NOW - HOUR)) == 20
        assert store.stories("no such output", limit=5) == []

    def test_absent_is_not_gone(self, store: Store) -> None:
        """An entry that a later document lacks stays where it is."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry(1))
        poll(store, make_entry(2), now=NOW + HOUR)
        assert len(listed(store)) == 2

    def test_find(self, store: Store) -> None:
        """A story is found by id, link, guid or a part of its title in any case; no pattern is one."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry(1, title="Ä 100% sure"), make_entry(2))
        first = next(story for story in store.stories("all", limit=9) if story.entry.guid == "one-1")
        for text in (first.id, first.entry.link, "one-1", "100% SURE"):
            assert store.find(text, limit=5) == [first], text
        assert store.find("%", limit=5) == [first]
        assert store.find("one-3", limit=5) == []
        assert len(store.find("e", limit=1)) == 1

    def test_membership_follows_the_entry(self, store: Store) -> None:
        """A story whose tags change leaves one output and enters another; both are dirty."""
        outputs = (make_output("red", {"tag": "red"}), make_output("blue", {"tag": "blue"}))
        store.apply(make_catalogue(outputs=outputs), NOW)
        poll(store, make_entry(tags=frozenset({"red"})))
        dirty(store)
        poll(store, make_entry(tags=frozenset({"blue"}), content_hash="changed"), now=NOW + HOUR)
        assert (listed(store, "red"), len(listed(store, "blue"))) == ([], 1)
        assert dirty(store) == {"red", "blue"}

    def test_documents_follow_the_build(self, store: Store) -> None:
        """A format that an output no longer has is published no more."""
        store.apply(make_catalogue(), NOW)
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        committed(store, build, [make_document("all.atom"), make_document("all.rss")])
        poll(store, make_entry())
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        committed(store, build, [make_document("all.atom")])
        assert [path for path, _ in store.documents()] == ["all.atom"]

    @pytest.mark.parametrize(
        ("editions", "has", "new"),
        [
            (((1, 2), (3, 1, 2)), 0, (0,)),
            (((1, 2), (3, 1, 2), (4, 3, 1)), 0, (0, 1)),
            (((1, 2), (3, 1, 2), (4, 3, 1)), 1, (0,)),
            (((1, 2), (1,), (1, 2)), 1, (1,)),
            (((1, 2), (2,), (1, 2), (5, 1, 2)), 0, (0,)),
            (((1, 2), (1,)), 0, ()),
            (((1,), (1,)), 0, ()),
        ],
    )
    def test_news(
        self, store: Store, editions: tuple[tuple[int, ...], ...], has: int, new: tuple[int, ...]
    ) -> None:
        """Who has an edition of a document is told which items are new or changed since, and no others."""
        store.apply(make_catalogue(), NOW)
        etags = []
        for number, items in enumerate(editions):
            poll(store, make_entry(number + 1))
            (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
            document = replace(make_document("all.atom", repr(items).encode()), items=items)
            committed(store, build, [document])
            etags.append(document.etag)
        found = store.news("all.atom", ('"other"', etags[has]))
        assert found is not None
        assert (found.items, found.base, found.document.etag) == (new, etags[has], etags[-1])
        assert found.document.items == editions[-1]

    def test_no_news(self, store: Store) -> None:
        """Who has no edition that is known is told nothing, nor who asks for what is not published."""
        store.apply(make_catalogue(), NOW)
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        committed(store, build, [make_document("all.atom")])
        assert store.news("all.atom", ('"other"',)) is None
        assert store.news("all.rss", (etag_of(b""),)) is None

    def test_standing(self, store: Store) -> None:
        """An output's version grows with its stories, and it keeps the time at which it was declared."""
        store.apply(make_catalogue(), NOW)
        before = store.standing("all")
        poll(store, make_entry(), now=NOW + HOUR)
        after = store.standing("all")
        assert before and after and after.version > before.version
        assert before.created_at == after.created_at == NOW
        assert store.standing("nothing") is None

    def test_revised(self, store: Store) -> None:
        """Who follows the changes sees each story once, again when it changes, and when it is listed no more;
        who followed another store begins anew."""
        store.apply(make_catalogue(), NOW)
        poll(store, *(make_entry(number) for number in range(1, 6)))
        first = store.revised(Mark(), limit=3)
        assert first.anew and len(first.stories) == 3
        rest = store.revised(first.upto, limit=9)
        assert not rest.anew and len(rest.stories) == 2
        assert {one.outputs for one in first.stories + rest.stories} == {("all",)}
        assert store.revised(rest.upto, limit=9).stories == ()
        poll(store, make_entry(2, title="Corrected", content_hash="changed"), now=NOW + HOUR)
        (changed,) = store.revised(rest.upto, limit=9).stories
        assert changed.story.entry.title == "Corrected"
        poll(store, make_entry(3, dropped="a rule", content_hash="dropped"), now=NOW + 2 * HOUR)
        *_, dropped = (later := store.revised(rest.upto, limit=9)).stories
        assert (dropped.story.id, dropped.outputs) == ((first.stories + rest.stories)[2].story.id, ())
        store.purge(NOW + 1000 * DAY)
        assert store.revised(later.upto, limit=9).anew is False
        assert store.revised(replace(later.upto, lineage="another"), limit=9).anew

    def test_a_story_merged_away_is_a_new_beginning(self, store: Store) -> None:
        """A story that another has swallowed is there no more, so whoever keeps copies begins anew."""
        store.apply(make_catalogue(), NOW)
        poll(store, make_entry(1), make_entry(2))
        known = store.revised(Mark(), limit=9)
        store.merge([one.story.id for one in known.stories], NOW)
        again = store.revised(known.upto, limit=9)
        assert again.anew and len(again.stories) == 1

    def test_tokens(self, store: Store) -> None:
        """A private output gets a token, keeps it while it is away, and another when it is asked for."""
        private = make_catalogue(outputs=[make_output(), make_output("secret", private=True)])
        store.apply(private, NOW)
        first = store.tokens()
        store.apply(make_catalogue(), NOW)
        assert list(first) == ["secret"] and store.tokens() == {}
        store.apply(private, NOW)
        assert store.tokens() == first
        assert store.rotate("secret") != first["secret"]
        assert store.tokens() != first and len(store.tokens()["secret"]) == 32
        with pytest.raises(UsageError, match="nothing"):
            store.rotate("nothing")

    def test_found_again_after_purges(self, store: Store) -> None:
        """A new feed whose first document repeats an old story joins it as long as its body is kept."""
        store.apply(make_catalogue(*TWO), NOW)
        poll(store, make_entry(1, "one", **SAME))
        late = NOW + 40 * DAY
        store.purge(late)
        poll(store, make_entry(1, "two", first_seen_at=late, **SAME), now=late)
        assert len(only_story(store).sources) == 2

    def test_a_source_removed(self, store: Store) -> None:
        """A story whose winner's feed is removed shows its other source; id and date stay."""
        store.apply(make_catalogue(*TWO), NOW)
        poll(store, make_entry(1, "one", **SAME))
        poll(store, make_entry(1, "two", **SAME), now=NOW + MINUTE)
        before = only_story(store)
        store.apply(make_catalogue(make_feed("two")), NOW + HOUR)
        after = only_story(store)
        assert [source.feed_id for source in after.sources] == ["two"]
        assert (after.id, after.published_at, after.updated_at) == (
            before.id, before.published_at, NOW + HOUR,
        )  # fmt: skip
