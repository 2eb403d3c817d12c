"""Time an edit of the rules: 10,000 stored stories, 50 rules, 200 outputs; and what one new story costs.

    python -m benchmarks.rules [STORIES]

Texts are 300 words of English, or of Chinese for every fifth story. Prints one line a step: seconds by the
clock, seconds of work, and what of that the publishing thread does itself; the rest packs documents beside.

Two cores that were busy besides, November 2026: an edit of one rule, which concerns 2,513 stories and 123
outputs, is applied with 1.6 s of work (4.1 s when all stories were derived) and published with 1.4 s and
1.5 s of packing (2.5 s and 4.7 s); one new story rebuilds the 49 outputs that it belongs to with 0.3 s.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from feedhub import merger, rules
from feedhub.dispatch import Inline, collect_seldom
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import (
    Catalogue,
    Category,
    Claim,
    Entry,
    Feed,
    Output,
    PollResult,
    Rule,
    Site,
)
from feedhub.store import open_store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEEDS, RULES, OUTPUTS = 100, 50, 200
DICE = random.Random(6)
WORDS = [
    f"{first}{middle}{last}"
    for first in ("re", "un", "pro", "de")
    for middle in ("lat", "port", "vis", "mod")
    for last in ("e", "ing", "ed", "or")
]
HAN = "央行降息市场上涨经济新闻发展中国世界科技公司数据政策投资增长报告分析"


def main(stories: int) -> None:
    """Run every step."""
    collect_seldom()  # as the command does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/hub.sqlite")
        hub = Hub(
            store,
            Inline(poll),
            PublicFolder(Path(folder) / "public"),
            PublicFolder(Path(folder) / "private"),
            lambda: NOW,
            "1",
        )
        hub.apply(catalogue(edited=False))
        for number, feed in enumerate(hub.catalogue.feeds.values()):
            (claim,) = store.claim_feeds(NOW, limit=1, lease=timedelta(minutes=5), ids={feed.id})
            entries = tuple(
                rules.apply(hub.catalogue.rules, feed, entry(feed.id, f"{number}-{index}"))
                for index in range(stories // FEEDS)
            )
            store.commit_polls([(claim.token, result(claim, entries))], NOW)
        with timed("first build of every output"):
            print(f"{hub.build_dirty()} outputs")
        edited = catalogue(edited=True)
        with timed("apply: one rule edited"):
            hub.apply(edited)
        with timed("build what that changed"):
            print(f"{hub.build_dirty()} outputs")
        with timed("apply: nothing edited"):
            hub.apply(edited)
        (claim,) = store.claim_feeds(
            NOW, limit=1, lease=timedelta(minutes=5), ids={"feed1"}, since=NOW + timedelta(seconds=1)
        )
        feed = edited.feeds["feed1"]
        with timed("commit one new story"):
            one = rules.apply(edited.rules, feed, entry("feed1", "new"))
            store.commit_polls([(claim.token, result(claim, (one,)))], NOW)
        with timed("build what that changed"):
            print(f"{hub.build_dirty()} outputs")
        store.close()


def catalogue(*, edited: bool) -> Catalogue:
    """Return 100 feeds in 5 categories, 50 rules of every kind, 200 outputs; `edited` changes one rule."""
    categories = {f"c{number}": Category(f"c{number}", f"C{number}", f"c{number}") for number in range(5)}
    feeds = {
        f"feed{number}": Feed(
            f"feed{number}", f"https://f{number}.example/", f"c{number % 5}", host=f"f{number}.example"
        )
        for number in range(FEEDS)
    }
    queries = [
        query
        for number in range(RULES // 5)
        for query in (
            f"title:{WORDS[number]}",
            f"text:{WORDS[number + 10]} words:>100",
            f"{WORDS[number + 20]} OR title:{HAN[number : number + 2]}",
            f"title:/{WORDS[number]}\\\\w+ {WORDS[number + 1]}/i -category:c1",
            f"author:a{number} published:>=2026-01-01",
        )
    ]
    if edited:
        queries[0] = f"title:{WORDS[-1]}"
    given = tuple(
        Rule(f"rule {number}", rules.compile_condition(query), frozenset({f"t{number}"}))
        for number, query in enumerate(queries)
    )
    where = [("all", "language:en OR -language:en")]
    where += [(f"category/c{number}", f"category:c{number}") for number in range(5)]
    where += [(f"tag/t{number}", f"tag:t{number}") for number in range(RULES)]
    where += [
        (f"named{number}", f"tag:t{number % RULES} category:c{number % 5} -title:{WORDS[number % 50]}")
        for number in range(OUTPUTS - len(where))
    ]
    outputs = {path: Output(path, path, "named", rules.compile_condition(query)) for path, query in where}
    return Catalogue(Site(), feeds, categories, outputs, given, spacing=timedelta(0))


def entry(feed: str, name: str) -> Entry:
    """Return an entry of 300 words like no other."""
    words = DICE.choices(WORDS, k=300)
    body = "".join(DICE.choices(HAN, k=600)) if DICE.random() < 0.2 else " ".join(words)
    made = Entry(
        feed_id=feed, key=f"guid:{name}", guid=name, link=f"https://x.example/{name}",
        title=" ".join(DICE.choices(WORDS, k=6)), summary="", content=f"<p>{body}</p>", authors=(),
        categories=(), published_at=NOW - timedelta(minutes=DICE.randrange(40_000)), updated_at=None,
        first_seen_at=NOW, enclosures=(), image="", language="en", comments="", source_title="",
        source_url="", podcast=None, content_hash=name,
    )  # fmt: skip
    links = tuple(pair for pair in merger.keys(made) if pair[0] == "link")  # words this random are all alike
    return replace(made, match_keys=links)


def result(claim: Claim, entries: tuple[Entry, ...]) -> PollResult:
    """Return what a poll that brought these entries says."""
    state = replace(claim.state, last_success_at=NOW, first_polled_at=NOW)
    return PollResult(claim.feed_id, "updated", state, NOW + timedelta(hours=1), NOW, entries=entries)


def poll(feed: Feed, claim: Claim) -> PollResult:
    """Nothing is polled here."""
    raise NotImplementedError(feed.id, claim.token)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long a step took."""
    started, worked, alone = time.perf_counter(), time.process_time(), time.thread_time()
    yield
    spans = time.perf_counter() - started, time.process_time() - worked, time.thread_time() - alone
    print("{}: {:.2f} s, {:.2f} s of work, {:.2f} s in one thread".format(what, *spans))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
