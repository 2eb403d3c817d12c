"""Outputs that remember: the pages of an archive (RFC 5005 section 4), the issues of a digest.

A page takes the stories that have waited longest and is left alone from then on, until one of them changes or
leaves: one new story rewrites no page. An issue never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub import generator, merger, rules
from feedhub.hub import periods
from feedhub.hub.selection import Selection, shared
from feedhub.model import Output, Page, Shelf, Site, Story, archive_path
from feedhub.ports import Store

PAGE_ITEMS = 50
PAGES_AT_ONCE = 20
"""Pages that one build makes; it comes round again for the rest."""
WAITS = timedelta(days=1)
"""How long a story that the feed shows no more waits for a page to be full."""
LOOKS_AGAIN = timedelta(hours=1)
"""How soon it is seen to that the feed shows no more what has waited so long."""
ISSUE_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Issue:
    """The issue of a digest that is due; `page` is None if none is, or nothing is there to tell. `passed` are
    the stories, by id, of which the output's steps leave none: they wait no more, and others come up."""

    page: Page | None = None
    passed: tuple[str, ...] = ()


def next_issue(store: Store, selection: Selection, output: Output, site: Site, now: datetime) -> Issue:
    """Return the issue of a digest that is due."""
    if output.digest is None:
        return Issue()
    shelf, due = store.shelf(output.path), periods.latest(output.digest, now)
    if shelf.last_at is None or due <= shelf.last_at:
        return Issue()
    waiting = _ready(output, store.on_page(output.path, 0, before=due, limit=ISSUE_AT_MOST), due)
    stories = merger.once(waiting[::-1])
    if output.order == "sources":
        stories.sort(key=lambda story: -len({source.feed_id for source in story.sources}))
    if output.per_feed_limit is not None:
        stories = shared(stories, output.per_feed_limit)
    stories = selection.shown(output, stories)
    ids = tuple(story.id for story in waiting)
    if not stories:
        return Issue(passed=ids)
    told = generator.issue(output, stories, site, due, periods.day_of(output.digest, due))
    return Issue(Page(_last(shelf) + 1, due, ids, told))


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of an archive's pages: those that there are then, oldest first, those to be written with
    their stories, those that are new, those that were stale, those without a story; `more` if not all is
    done, `waits_until` when what waits may have waited too long."""

    numbers: tuple[int, ...]
    written: dict[int, list[Story]]
    new: tuple[Page, ...]
    fresh: frozenset[int]
    emptied: frozenset[int]
    more: bool
    waits_until: datetime | None

    def kept(self, output: Output) -> Iterator[str]:
        """Yield the paths of the pages' documents that stay as they are."""
        for number in self.numbers:
            if number not in self.written:
                for form in output.formats:
                    yield f"{archive_path(output.path, number)}.{form}"

    def around(self, page: int) -> generator.Archive:
        """Return where a page stands."""
        place = self.numbers.index(page)
        newer = self.numbers[place + 1] if place + 1 < len(self.numbers) else None
        return generator.Archive(page, self.numbers[place - 1] if place else None, newer)


def turn(store: Store, output: Output, shown: Sequence[Story], now: datetime) -> Turn:
    """Return what becomes of an archive's pages now that its feed shows some stories."""
    shelf = store.shelf(output.path)
    new, more = _new_pages(store, output, shelf, shown, now)
    stale = sorted(shelf.stale)[:PAGES_AT_ONCE]
    pages = {number: _stories(store, output, number) for number in stale}
    emptied = frozenset(number for number, stories in pages.items() if not stories)
    numbers = [number for number in shelf.pages if number not in emptied]
    written = {number: stories for number, stories in pages.items() if stories}
    beside = _beside(shelf.pages, emptied)
    if new and numbers:
        beside.add(numbers[-1])
    for number in beside.intersection(numbers) - written.keys():
        written[number] = _stories(store, output, number)
    for page, stories in new:
        written[page.number] = stories
        numbers.append(page.number)
    return Turn(
        tuple(numbers),
        written,
        tuple(page for page, _ in new),
        frozenset(stale) - emptied,
        emptied,
        more or len(shelf.stale) > len(stale),
        max(shelf.oldest_at + WAITS, now + LOOKS_AGAIN) if shelf.oldest_at else None,
    )


def _new_pages(
    store: Store, output: Output, shelf: Shelf, shown: Sequence[Story], now: datetime
) -> tuple[list[tuple[Page, list[Story]]], bool]:
    overdue = shelf.oldest_at is not None and shelf.oldest_at <= now - WAITS
    if shelf.waiting < PAGE_ITEMS and not overdue:
        return [], False
    waiting = store.on_page(output.path, 0, limit=PAGE_ITEMS * PAGES_AT_ONCE)
    ready = _ready(output, waiting, now)
    full = len(ready) // PAGE_ITEMS
    groups = [ready[place * PAGE_ITEMS : (place + 1) * PAGE_ITEMS] for place in range(full)]
    rest = ready[full * PAGE_ITEMS :]
    if overdue and _lost(rest, shown, now):
        groups.append(rest)
    first = _last(shelf) + 1
    pages = [
        (Page(number, now, tuple(story.id for story in group)), group)
        for number, group in enumerate(groups, first)
    ]
    return pages, bool(pages) and len(waiting) < shelf.waiting


def _ready(output: Output, waiting: Sequence[Story], now: datetime) -> list[Story]:
    """Return the stories that are not too young for an output."""
    youngest, _ = rules.age_bounds(output.where)
    latest = now - timedelta(seconds=youngest or 0)
    return [story for story in waiting if story.ordered_at <= latest]


def _lost(waiting: Sequence[Story], shown: Collection[Story], now: datetime) -> bool:
    """Tell whether a story has waited too long that the feed does not show."""
    listed = {story.id for story in shown}
    return any(
        story.id not in listed and max(one.first_seen_at for one in story.sources) <= now - WAITS
        for story in waiting
    )


def _stories(store: Store, output: Output, number: int) -> list[Story]:
    return store.on_page(output.path, number, limit=PAGE_ITEMS)


def _beside(numbers: Sequence[int], emptied: frozenset[int]) -> set[int]:
    """Return the pages whose neighbour is gone."""
    left = [number for number in numbers if number not in emptied]
    return {
        number
        for place, number in enumerate(numbers)
        if number in left and emptied.intersection(numbers[max(place - 1, 0) : place + 2])
    }


def _last(shelf: Shelf) -> int:
    return shelf.pages[-1] if shelf.pages else 0
