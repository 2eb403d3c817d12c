"""Time the store: cold commits, 304s, claims, reloads, edits of the rules, listings, and how cost grows.

    python benchmarks/store.py [--feeds N] [--entries N] [--archive N]

Entries are made of random words (2 KB each, nothing in common), in three outputs each. Prints rates with the
machine and the versions they were measured on.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import sqlalchemy

from feedhub import merger, rules
from feedhub.model import AllOf, Catalogue, Category, Claim, Entry, Feed, Output, PollResult, Rule, Site
from feedhub.store import SqlStore, open_store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
BATCH = 20
CATEGORIES = 10
TAGS = 100


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--entries", type=int, default=30, help="of each feed")
    arguments.add_argument("--archive", type=int, default=0, help="entries stored before, to see cost grow")
    chosen = arguments.parse_args()
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{platform.machine()}, {versions}, SQLAlchemy {sqlalchemy.__version__}")
    words = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/hub.db")
        catalogue = make_catalogue(chosen.feeds)
        with timed("apply, new feeds", chosen.feeds):
            store.apply(catalogue, NOW)
        with timed("apply, unchanged", chosen.feeds):
            store.apply(catalogue, NOW)
        if chosen.archive:
            fill(store, chosen.archive, words)
        fresh = [
            [make_entry(f"f{feed}", number, words, NOW) for number in range(chosen.entries)]
            for feed in range(chosen.feeds)
        ]
        total = chosen.feeds * chosen.entries
        measure(
            store, "cold, entries", total, lambda claim, place: answer(claim, *fresh[place], backlog=True)
        )
        measure(store, "unchanged, feeds", chosen.feeds, lambda claim, _: answer(claim))
        later = [make_entry(f"f{feed}", 10**9, words, NOW) for feed in range(chosen.feeds)]
        measure(store, "one new entry, feeds", chosen.feeds, lambda claim, place: answer(claim, later[place]))
        edited = [replace(entries[0], content_hash="edited") for entries in fresh]
        measure(store, "one edit, feeds", chosen.feeds, lambda claim, place: answer(claim, edited[place]))
        with timed("stories, listed", 100 * 100):
            for place in range(100):
                store.stories(f"tag/t{place % TAGS}", limit=100)
        with timed("statuses, feeds", chosen.feeds):
            store.statuses()
        with timed("find by title, searches", 3):
            for text in ("no such title", later[0].link, later[1].title[5:30]):
                store.find(text, limit=20)
        rule = Rule("rule", rules.compile_condition({"title": "a"}), frozenset({"t1"}))
        with timed("apply, rules edited, entries", total):
            store.apply(replace(catalogue, rules=(rule,)), NOW)
        store.close()
        size = sum(file.stat().st_size for file in Path(folder).glob("hub.db*"))
        print(f"{'file, bytes an entry':32}{size / (total + chosen.archive + chosen.feeds):10.0f}")


def make_catalogue(feeds: int) -> Catalogue:
    """Return feeds over ten categories and a hundred tags, each published, and one output of all."""
    made = [
        Feed(
            id=f"f{place}",
            url=f"https://f{place}.example/feed",
            category=f"c{place % CATEGORIES}",
            tags=frozenset({f"t{place % TAGS}"}),
            host=f"f{place}.example",
            domain=f"f{place}.example",
        )
        for place in range(feeds)
    ]
    outputs = [Output(path="all", title="All", kind="all", where=AllOf(()))]
    for kind, count in (("category", CATEGORIES), ("tag", TAGS)):
        outputs += [
            Output(
                path=f"{kind}/{kind[0]}{place}",
                title="",
                kind=kind,
                where=rules.compile_condition({kind: f"{kind[0]}{place}"}),
            )
            for place in range(count)
        ]
    return Catalogue(
        site=Site(),
        feeds={feed.id: feed for feed in made},
        categories={f"c{place}": Category(f"c{place}", "", "") for place in range(CATEGORIES)},
        outputs={output.path: output for output in outputs},
        spacing=timedelta(0),
    )


def make_entry(feed: str, number: int, words: random.Random, seen_at: datetime) -> Entry:
    """Return an entry of random words, published within the week before it was seen."""
    text = " ".join(f"{words.getrandbits(32):x}" for _ in range(220))
    link = f"https://{feed}.example/{number}"
    entry = Entry(
        feed_id=feed,
        key=f"guid:{link}",
        guid=link,
        link=link,
        title=f"{text[:60]} {number}",
        summary="",
        content=f"<p>{text}</p>",
        authors=(),
        categories=(),
        published_at=seen_at - timedelta(minutes=words.randrange(7 * 1440)),
        updated_at=None,
        first_seen_at=seen_at,
        enclosures=(),
        image="",
        language="en",
        comments="",
        source_title="",
        source_url="",
        podcast=None,
        content_hash=hashlib.sha256(text.encode()).hexdigest()[:32],
        tags=frozenset({f"t{int(feed[1:]) % TAGS}"}),
    )
    return replace(entry, match_keys=merger.keys(entry))


def answer(claim: Claim, *entries: Entry, backlog: bool = False) -> PollResult:
    """Return what a poll says: a document with some new entries, or that nothing is new."""
    seen = {**claim.state.seen, **{entry.key: entry.content_hash for entry in entries}}
    return PollResult(
        feed_id=claim.feed_id,
        outcome="updated" if entries else "unchanged",
        state=replace(claim.state, seen=seen, last_polled_at=NOW),
        next_poll_at=NOW,
        polled_at=NOW,
        entries=entries,
        backlog=backlog,
        status=200 if entries else 304,
    )


def measure(store: SqlStore, name: str, count: int, make: Callable[[Claim, int], PollResult]) -> None:
    """Claim all feeds and commit their results in batches, timed apart."""
    with timed(f"{name}: claim", 0):
        claims = store.claim_feeds(NOW, limit=10**6, lease=LEASE)
    results = [(claim.token, make(claim, int(claim.feed_id[1:]))) for claim in claims]
    with timed(f"{name}: commit", count):
        for start in range(0, len(results), BATCH):
            reports = store.commit_polls(results[start : start + BATCH], NOW)
            assert all(report.accepted for report in reports)


def fill(store: SqlStore, count: int, words: random.Random) -> None:
    """Store an archive, a thousand entries of the first feed at a time, over the year before now."""
    for done in range(0, count, 1000):
        seen_at = NOW - timedelta(days=365) * (1 - done / count)
        (claim,) = store.claim_feeds(NOW, limit=1, lease=LEASE, ids=[f"f{done // 1000 % 100}"])
        entries = [make_entry(claim.feed_id, -done - place - 1, words, seen_at) for place in range(1000)]
        result = replace(answer(claim, *entries), state=claim.state)
        with timed(f"archive, entries from {done}", 1000):
            store.commit_polls([(claim.token, result)], NOW)


@contextmanager
def timed(name: str, count: int) -> Iterator[Any]:
    """Print how long something took, what of that was our own work, and how many a second that is."""
    start, start_cpu = perf_counter(), process_time()
    yield
    seconds, cpu = perf_counter() - start, process_time() - start_cpu
    rate = f"{count / seconds:12,.0f}/s" if count else ""
    print(f"{name:32}{seconds:10.3f} s {cpu:10.3f} s CPU{rate}", flush=True)


if __name__ == "__main__":
    main()
