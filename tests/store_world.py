"""A small hub for the store's tests: feeds of plain entries, polled, merged and built without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedhub import merger, rules
from feedhub.model import (
    AllOf,
    Build,
    BuildClaim,
    Catalogue,
    Category,
    Claim,
    CommitReport,
    Condition,
    Document,
    DuplicatePolicy,
    Entry,
    Feed,
    FeedHead,
    Output,
    PollResult,
    Rule,
    Site,
    Story,
    etag_of,
)
from feedhub.ports import Store
from feedhub.rules import compile_condition
from tests.blank import BLANK
from tests.times import HOUR, LEASE, NOW, SECOND


def feed(name: str, category: str = "news", **changes: Any) -> Feed:
    """Return a feed on a host of its own, on no shared domain."""
    url = f"https://{name}.example/feed"
    return replace(Feed(id=name, url=url, category=category, host=f"{name}.example"), **changes)


def words(name: str) -> str:
    """Return a text that is like no other name's."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return " ".join(digest[place : place + 5] for place in range(0, 60, 5))


def entry(feed_id: str, name: str, *, hours: float | None = 1.0, **changes: Any) -> Entry:
    """Return an entry seen at NOW and published so many hours before; unlike every other name's."""
    made = replace(
        BLANK,
        feed_id=feed_id,
        key=f"guid:{name}",
        guid=name,
        link=f"https://{feed_id}.example/{name}",
        title=f"On {words('title ' + name)[:29]}",
        content=f"<p>{words(name)}</p>",
        published_at=None if hours is None else NOW - hours * HOUR,
    )
    made = replace(made, **changes)
    seen = f"{made.title}\n{made.link}\n{made.content}\n{made.summary}"
    made = replace(made, content_hash=hashlib.sha256(seen.encode()).hexdigest()[:32])
    return replace(made, match_keys=merger.keys(made))


def where(**tests: Any) -> Condition:
    """Return a condition as the YAML would have it."""
    return compile_condition(tests) if tests else AllOf(())


def output(path: str, **changes: Any) -> Output:
    """Return an output of everything, or of a tag or category by its path."""
    kind, _, name = path.partition("/")
    condition = where(**{kind: name}) if name else where()
    made = Output(path=path, title=path.title(), kind=kind if name else "named", where=condition)
    return replace(made, **changes)


def rule(name: str, tag: str = "", *, drop: bool = False, **when: Any) -> Rule:
    """Return a rule that tags or drops."""
    return Rule(name, where(**when), frozenset({tag} if tag else ()), drop)


def catalogue(
    feeds: Sequence[Feed],
    outputs: Sequence[Output] = (output("all"),),
    rules: Sequence[Rule] = (),
    duplicates: DuplicatePolicy | None = None,
    **changes: Any,
) -> Catalogue:
    """Return a catalogue; its categories are the feeds'."""
    policy = duplicates or DuplicatePolicy()
    made = Catalogue(
        site=Site(),
        feeds={one.id: one for one in feeds},
        categories={
            one.category: Category(one.category, one.category, one.category, policy) for one in feeds
        },
        outputs={one.path: one for one in outputs},
        rules=tuple(rules),
        spacing=timedelta(0),
    )
    return replace(made, **changes)


class World:
    """A store, the catalogue in force, and a clock that stands still until it is moved."""

    def __init__(self, store: Store, now: datetime = NOW) -> None:
        self.store = store
        self.now = now
        self.catalogue: Catalogue

    def apply(self, *feeds: Feed, **changes: Any) -> None:
        """Put feeds, and what else a catalogue has, in force."""
        self.force(catalogue(feeds, **changes))

    def force(self, given: Catalogue) -> None:
        """Put a catalogue in force."""
        self.catalogue = given
        self.store.apply(given, self.now)
        while self.store.derive(self.now):
            pass

    def claim(self, *ids: str, limit: int = 100, **options: Any) -> list[Claim]:
        """Claim what is due, of some feeds if any are named."""
        return self.store.claim_feeds(self.now, limit=limit, lease=LEASE, ids=ids or None, **options)

    def claimed(self, *ids: str, **options: Any) -> list[str]:
        """Claim what is due and return the feeds' ids."""
        return [claim.feed_id for claim in self.claim(*ids, **options)]

    def claim_one(self, name: str) -> Claim:
        """Claim one feed whether or not it is due."""
        (claim,) = self.claim(name, since=self.now + SECOND)
        return claim

    def result(self, claim: Claim, *entries: Entry, **changes: Any) -> PollResult:
        """Return what a poll says whose document lists these entries, the rules in force applied."""
        source = self.catalogue.feeds[claim.feed_id]
        ruled = tuple(
            rules.apply(self.catalogue.rules, source, replace(one, first_seen_at=self.now)) for one in entries
        )
        state = replace(
            claim.state,
            seen={one.key: one.content_hash for one in entries},
            head=changes.pop("head", claim.state.head or FeedHead()),
            first_polled_at=claim.state.first_polled_at or self.now,
            last_polled_at=self.now,
            last_success_at=self.now,
            etag=f'"{len(entries)}"',
        )
        made = PollResult(
            feed_id=claim.feed_id,
            outcome="updated",
            state=state,
            next_poll_at=self.now + source.interval,
            polled_at=self.now,
            entries=ruled,
            listed=len(ruled),
        )
        return replace(made, **changes)

    def commit(self, *results: tuple[Claim, PollResult], by: Catalogue | None = None) -> list[CommitReport]:
        """Commit results under their claims, of polls by the catalogue in force unless `by` another."""
        return self.store.commit_polls([(claim.token, result) for claim, result in results], self.now, by=by)

    def poll(self, name: str, *entries: Entry, **changes: Any) -> CommitReport:
        """Poll one feed now and commit what its document lists."""
        claim = self.claim_one(name)
        (report,) = self.commit((claim, self.result(claim, *entries, **changes)))
        assert report.accepted
        return report

    def stories(self, path: str = "all", limit: int = 1000) -> list[Story]:
        """Return what an output shows."""
        return self.store.stories(path, limit=limit)

    def titles(self, path: str = "all") -> set[str]:
        """Return the guids of the entries that an output shows."""
        return {story.entry.guid for story in self.stories(path)}

    def build(self) -> set[str]:
        """Build all that is dirty and return the paths."""
        built = set()
        while claims := self.store.claim_builds(self.now, limit=100, lease=LEASE):
            for claim in claims:
                body = "\n".join(f"{story.id} {story.updated_at}" for story in self.stories(claim.path))
                assert committed(self.store, claim, [document(f"{claim.path}.atom", body)])
                built.add(claim.path)
        return built


def document(path: str, body: str = "") -> Document:
    """Return a document of some text."""
    data = body.encode()
    return Document(path, data, "text/plain", etag_of(data), NOW)


def committed(store: Store, claim: BuildClaim, documents: Sequence[Document]) -> bool:
    """Commit what one output became; return whether it was accepted."""
    (accepted,) = store.commit_builds([Build(claim, tuple(documents))])
    return accepted


OpenStore = Callable[[], Store]
