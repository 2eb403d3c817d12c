"""A small hub for tests of the store: feeds, entries and polls made in a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feedhub import merger, rules
from feedhub.dispatch import Inline
from feedhub.exporters import Published
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import (
    AllOf,
    Build,
    Catalogue,
    Category,
    Claim,
    CommitReport,
    Entry,
    Feed,
    FeedState,
    Output,
    PollResult,
    Rule,
    Site,
    Story,
)
from feedhub.ports import Dispatcher, Job, Landed, Store
from tests.blank import BLANK
from tests.times import HOUR, LEASE, NOW, SECOND


def make_feed(name: str = "one", **changes: Any) -> Feed:
    """Return a feed of its own host, exempt from domains' budgets."""
    return replace(
        Feed(id=name, url=f"https://{name}.example/feed", category="news", host=f"{name}.example"), **changes
    )


def make_output(path: str = "all", where: dict[str, Any] | None = None, **changes: Any) -> Output:
    """Return an output; without `where` everything is in it."""
    condition = rules.compile_condition(where) if where else AllOf(())
    return replace(Output(path=path, title=path, kind="named", where=condition), **changes)


def make_rule(name: str, when: dict[str, Any], *tags: str, drop: bool = False) -> Rule:
    return Rule(name, rules.compile_condition(when), frozenset(tags), drop)


def make_catalogue(*feeds: Feed, outputs: Sequence[Output] = (make_output(),), **changes: Any) -> Catalogue:
    """Return a catalogue of feeds with the categories they name, spaced by nothing."""
    names = sorted({feed.category for feed in feeds})
    return replace(
        Catalogue(
            site=Site(),
            feeds={feed.id: feed for feed in feeds or (make_feed(),)},
            categories={name: Category(name, name, name) for name in names or ["news"]},
            outputs={output.path: output for output in outputs},
            spacing=timedelta(0),
        ),
        **changes,
    )


def unchanged(feed: Feed, claim: Claim) -> PollResult:
    """Poll a feed that has nothing new."""
    return PollResult(feed.id, "unchanged", claim.state, next_poll_at=NOW + feed.interval, polled_at=NOW)


class Held:
    """A dispatcher whose polls end when the test says so: by calling `landed`."""

    def __init__(self, capacity: int = 1) -> None:
        self.capacity, self.most = capacity, 8
        self.started: list[Job] = []

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        self.started += jobs
        self.landed = landed

    def names(self) -> list[str]:
        """Return the feeds whose polls were started."""
        return [feed.id for feed, _ in self.started]

    def close(self) -> None:
        """Nothing ends."""


def make_hub(
    store: Store,
    folder: Path,
    catalogue: Catalogue | None = None,
    *,
    dispatcher: Dispatcher | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> Hub:
    """Return a hub whose feeds have nothing new, with a catalogue in force; its files lie in a folder."""
    folders = PublicFolder(folder / "public"), PublicFolder(folder / "private")
    hub = Hub(store, dispatcher or Inline(unchanged), *folders, clock, "1")
    if catalogue:
        hub.apply(catalogue)
    return hub


def published(store: Store, hub: Hub, now: datetime = NOW) -> Published:
    """Return what a hub has published, for exporters."""
    return Published(store, hub.catalogue, hub, lambda: now, hub.subscriptions(), "1")


def make_entry(number: int = 1, feed: str = "one", **changes: Any) -> Entry:
    """Return an entry that shares nothing with one of another number, seen now."""
    words = " ".join(f"w{number}x{place}" for place in range(30))
    entry = replace(
        BLANK,
        feed_id=feed,
        key=f"guid:{feed}-{number}",
        guid=f"{feed}-{number}",
        link=f"https://{feed}.example/{number}",
        title=f"Item number{number} of {feed}",
        content=f"<p>{feed} {words}</p>",
        published_at=NOW - HOUR,
        content_hash=f"{feed}-{number}",
    )
    entry = replace(entry, **changes)
    return replace(entry, match_keys=merger.keys(entry))


def make_result(claim: Claim, *entries: Entry, now: datetime = NOW, **changes: Any) -> PollResult:
    """Return what a poll of a whole document of these entries says."""
    seen = {**claim.state.seen, **{entry.key: entry.content_hash for entry in entries}}
    state = replace(
        claim.state,
        seen=seen,
        etag=f'"{len(seen)}"',
        first_polled_at=claim.state.first_polled_at or now,
        last_polled_at=now,
        last_success_at=now,
    )
    return replace(
        PollResult(
            feed_id=claim.feed_id,
            outcome="updated",
            state=state,
            next_poll_at=now + HOUR,
            polled_at=now,
            entries=entries,
            listed=len(seen),
            status=200,
        ),
        **changes,
    )


def claim(store: Store, *names: str, now: datetime = NOW, **changes: Any) -> list[Claim]:
    """Claim feeds, due or not."""
    options: dict[str, Any] = {"limit": 100, "lease": LEASE, "since": now + SECOND} | changes
    return store.claim_feeds(now, ids=names or None, **options)


def poll(store: Store, *entries: Entry, now: datetime = NOW, **changes: Any) -> list[CommitReport]:
    """Poll the feeds of some entries, or `one`, and commit; reports in the feeds' order."""
    names = sorted({entry.feed_id for entry in entries}) or ["one"]
    claims = {one.feed_id: one for one in claim(store, *names, now=now)}
    results = [
        (
            claims[name].token,
            make_result(
                claims[name], *(entry for entry in entries if entry.feed_id == name), now=now, **changes
            ),
        )
        for name in names
    ]
    return store.commit_polls(results, now)


def listed(store: Store, output: str = "all") -> list[str]:
    """Return the titles an output lists."""
    return [story.entry.title for story in store.stories(output, limit=1000)]


def only_story(store: Store, output: str = "all") -> Story:
    (story,) = store.stories(output, limit=10)
    return story


def dirty(store: Store, now: datetime = NOW) -> set[str]:
    """Return the dirty outputs and take them as built."""
    claims = store.claim_builds(now, limit=1000, lease=LEASE)
    assert all(store.commit_builds([Build(one, ()) for one in claims]))
    return {one.path for one in claims}


def state_of(store: Store, name: str = "one") -> FeedState:
    return next(status.state for status in store.statuses() if status.feed_id == name)
