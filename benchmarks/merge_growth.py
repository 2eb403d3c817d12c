"""What merging the n-thousandth entry of one category costs: it must not grow with the archive.

    python benchmarks/merge_growth.py [--thousands N] [--days D] [--database FILE]

Made-up news: titles and bodies of a vocabulary in which words are as unequally common as in a language, each
entry 100 words, one in twenty a reworked copy of a recent one in another feed. All N thousand lie in D days
(default 3: the whole archive in the window, which is harder than any real one). Prints, for a line of every
tenth of them: milliseconds an entry of look-up, decision and commit in all, by the clock and the CPU; CPU of
the look-up alone; the stories one is compared with; the process' memory; the database's size; copies found.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import platform
import random
import resource
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import sqlalchemy

from feedhub import merger, rules
from feedhub.model import Catalogue, Category, Claim, Entry, Feed, Output, PollResult, Site
from feedhub.store import SqlStore, commit, open_store
from feedhub.store.candidates import Candidates, FeedKey

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEEDS = 50
PER_POLL = 20
WORDS = 50_000
COPIES = 20
LEASE = timedelta(minutes=5)


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--thousands", type=int, default=100)
    arguments.add_argument("--days", type=float, default=3.0)
    arguments.add_argument("--database", default="", help="default: a temporary file")
    chosen = arguments.parse_args()
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{platform.machine()}, {versions}, SQLAlchemy {sqlalchemy.__version__}")
    print(
        "thousand   ms an entry   CPU ms   of that look-up   stories   memory MB   database MB   copies found"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(chosen.database or f"{folder}/hub.db")
        store = open_store(f"sqlite:///{file}")
        store.apply(make_catalogue(), END - timedelta(days=chosen.days))
        run(store, file, chosen.thousands, timedelta(days=chosen.days))
        store.close()


def run(store: SqlStore, file: Path, thousands: int, span: timedelta) -> None:
    """Commit so many thousand entries and print a line for every tenth of them, the first thousand too."""
    news = make_news(thousands * 1000, span)
    watch = Stopwatch()
    every = max(1, thousands // 10)
    copies = found = 0
    for thousand in range(1, thousands + 1):
        batch = list(itertools.islice(news, 1000))
        now = batch[-1].first_seen_at
        claims = store.claim_feeds(now, limit=FEEDS, lease=LEASE, since=now)
        results = [(claim.token, answer(claim, batch, now)) for claim in claims]
        watch.reset()
        start, start_cpu = perf_counter(), process_time()
        reports = store.commit_polls(results, now)
        spent, cpu = perf_counter() - start, process_time() - start_cpu
        assert all(report.accepted for report in reports)
        copies += sum(entry.guid.startswith("copy") for entry in batch)
        found += sum(report.merged for report in reports)
        if thousand == 1 or thousand % every == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            size = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*")) / 1e6
            print(
                f"{thousand:8} {spent:13.3f} {cpu:10.3f} {watch.seconds:17.3f} "
                f"{watch.stories / 1000:9.2f} {memory:11.0f} {size:13.0f} "
                f"{found:8} of {copies}",
                flush=True,
            )


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent on looking up candidates since the last reset, and how many stories were found."""

    seconds: float = 0.0
    stories: int = 0

    def __post_init__(self) -> None:
        watch = self

        class Timed(Candidates):
            def __init__(self, *arguments: object) -> None:
                start = process_time()
                super().__init__(*arguments)  # type: ignore[arg-type]
                watch.seconds += process_time() - start

            def stories(self, name: FeedKey) -> set[int]:
                found = super().stories(name)
                watch.stories += len(found)
                return found

        setattr(commit, "Candidates", Timed)  # noqa: B010 - timed in place

    def reset(self) -> None:
        """Start from nothing."""
        self.seconds, self.stories = 0.0, 0


def make_catalogue() -> Catalogue:
    """Return fifty feeds in one category, which is published."""
    feeds = [
        Feed(id=f"f{n}", url=f"https://f{n}.example/feed", category="news", host=f"f{n}.example")
        for n in range(FEEDS)
    ]
    output = Output("category/news", "News", "category", rules.compile_condition({"category": "news"}))
    return Catalogue(
        site=Site(),
        feeds={feed.id: feed for feed in feeds},
        categories={"news": Category("news", "News", "news")},
        outputs={output.path: output},
        spacing=timedelta(0),
    )


def make_news(count: int, span: timedelta) -> Iterator[Entry]:
    """Yield entries in the order of their dates."""
    dice = random.Random(1)
    words = [f"{dice.choice('bdfgklmnprst')}{dice.getrandbits(24):x}"[:9] for _ in range(WORDS)]
    shares = list(itertools.accumulate(1 / (rank + 3) for rank in range(WORDS)))
    recent: list[tuple[int, list[str], list[str]]] = []
    for number in range(count):
        at = END - span + span * (number + 1) / count
        feed = number // PER_POLL % FEEDS
        if recent and number % COPIES == 0:
            other, title, body = recent[dice.randrange(len(recent))]
            feed = feed if feed != other else (feed + 1) % FEEDS
            body = [*body[:90], *dice.choices(words, cum_weights=shares, k=5), *body[90:]]
            yield make_entry(feed, f"copy-{number}", title, body, at)
            continue
        title = dice.choices(words, cum_weights=shares, k=9)
        body = dice.choices(words, cum_weights=shares, k=100)
        recent = [*recent[-500:], (feed, title, body)]
        yield make_entry(feed, f"item-{number}", title, body, at)


def make_entry(feed: int, guid: str, title: Sequence[str], body: Sequence[str], at: datetime) -> Entry:
    """Return one entry of a feed."""
    text = " ".join(body)
    entry = Entry(
        feed_id=f"f{feed}",
        key=f"g:{guid}",
        guid=guid,
        link=f"https://f{feed}.example/{guid}",
        title=" ".join(title).capitalize(),
        summary="",
        content=f"<p>{text}</p>",
        authors=(),
        categories=(),
        published_at=at,
        updated_at=None,
        first_seen_at=at,
        enclosures=(),
        image="",
        language="en",
        comments="",
        source_title="",
        source_url="",
        podcast=None,
        content_hash=hashlib.sha256(text.encode()).hexdigest()[:32],
    )
    return replace(entry, match_keys=merger.keys(entry))


def answer(claim: Claim, batch: Sequence[Entry], now: datetime) -> PollResult:
    """Return what a feed's poll says: its entries of a batch."""
    entries = tuple(entry for entry in batch if entry.feed_id == claim.feed_id)
    seen = {entry.key: entry.content_hash for entry in entries}
    return PollResult(
        feed_id=claim.feed_id,
        outcome="updated",
        state=replace(claim.state, seen=seen, last_polled_at=now, last_success_at=now),
        next_poll_at=now,
        polled_at=now,
        entries=entries,
        status=200,
    )


if __name__ == "__main__":
    main()
