"""Time the copies of 5,000 stories elsewhere: a static site, and posts for Jekyll.

    python -m benchmarks.site [STORIES]

Texts are those of `benchmarks.rules`, over four weeks, in five categories. Prints one line a step.

Two cores that were busy besides, November 2026: the first site (5,201 files) takes 9.4 s of work, an
unchanged one 0.07 s, one new story 1.3 s (7 files written); the first posts (5,025 files) take 4.8 s,
unchanged ones 0.2 s, one new story 0.3 s.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from benchmarks.rules import FEEDS, NOW, catalogue, entry, poll, result, timed
from feedhub import rules
from feedhub.dispatch import Inline
from feedhub.exporters import Built, Jekyll, Published, Site
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import JekyllExport
from feedhub.pages import Pages
from feedhub.ports import Store
from feedhub.store import open_store


def main(stories: int) -> None:
    """Run every step."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder}/hub.sqlite")
        public, private = PublicFolder(folder / "public"), PublicFolder(folder / "private")
        hub = Hub(store, Inline(poll), public, private, lambda: NOW, "1")
        whole = catalogue(edited=False)
        kept = {path: one for path, one in whole.outputs.items() if path == "all" or "category" in path}
        hub.apply(replace(whole, outputs=kept, rules=()))
        for number in range(FEEDS):
            commit(hub, store, f"feed{number}", [f"{number}-{index}" for index in range(stories // FEEDS)])
        hub.build_dirty()
        for what, export in (("site", site), ("posts", posts)):
            for step in ("first", "unchanged"):
                with timed(f"{what}, {step}"):
                    print(export(hub, store, folder / what))
        commit(hub, store, "feed1", ["new"])
        hub.build_dirty()
        for what, export in (("site", site), ("posts", posts)):
            with timed(f"{what}, one new story"):
                print(export(hub, store, folder / what))
        store.close()


def commit(hub: Hub, store: Store, feed: str, names: list[str]) -> None:
    """Store entries as a poll would."""
    (claim,) = store.claim_feeds(
        NOW, limit=1, lease=timedelta(minutes=5), ids={feed}, since=NOW + timedelta(seconds=1)
    )
    own = hub.catalogue.feeds[feed]
    entries = tuple(rules.apply(hub.catalogue.rules, own, entry(feed, name)) for name in names)
    store.commit_polls([(claim.token, result(claim, entries))], NOW)


def site(hub: Hub, store: Store, folder: Path) -> Built:
    """Build the static site."""
    return Site(folder, Pages("1", live=False), published(hub, store)).build()


def posts(hub: Hub, store: Store, folder: Path) -> Built:
    """Export to Jekyll."""
    settings = JekyllExport(str(folder), archive_after=timedelta(days=3))
    return Jekyll(settings, published(hub, store)).export()


def published(hub: Hub, store: Store) -> Published:
    return Published(store, hub.catalogue, hub, lambda: NOW, hub.subscriptions(), "1")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
