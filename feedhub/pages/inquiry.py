"""Which feeds the status page lists, and in which order: asked for in its address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from feedhub.pages.health import LEVELS, FeedHealth

PER_PAGE = 100
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

STATES: Mapping[str, tuple[str, Callable[[FeedHealth], bool]]] = {
    "": ("All", lambda feed: True),  # noqa: ARG005 - every feed is one of all
    "trouble": ("In trouble", lambda feed: feed.level in ("gone", "failing", "silent", "unsteady")),
    "failing": ("Failing", lambda feed: feed.level in ("failing", "unsteady")),
    "gone": ("Gone", lambda feed: feed.level == "gone"),
    "silent": ("Silent", lambda feed: feed.level == "silent"),
    "moved": ("Moved", lambda feed: bool(feed.moved_to)),
    "warnings": ("With warnings", lambda feed: bool(feed.warnings)),
    "new": ("Waiting", lambda feed: feed.level == "new"),
    "well": ("Well", lambda feed: feed.level == "well"),
}
ORDERS: Mapping[str, tuple[str, Callable[[FeedHealth], Any]]] = {
    "": ("Worst first", lambda feed: LEVELS.index(feed.level)),
    "name": ("Name", lambda feed: feed.title.casefold()),
    "category": ("Category", lambda feed: (feed.category.casefold(), feed.title.casefold())),
    "next": ("Next poll", lambda feed: feed.next_poll_at or _NEVER),
    "success": ("Longest without success", lambda feed: feed.last_success_at or _LONG_AGO),
    "entry": ("Longest without an entry", lambda feed: feed.last_entry_at or _LONG_AGO),
}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked for: a state of `STATES`, a category, words in title or address, an order of `ORDERS`."""

    state: str = ""
    category: str = ""
    words: str = ""
    order: str = ""
    page: int = 1

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Inquiry:
        """Read it from a page's parameters; what is unknown counts as not asked."""
        page = asked.get("page", "")
        return cls(
            state=_known(asked.get("state", ""), STATES),
            category=asked.get("category", "")[:200],
            words=asked.get("q", "")[:100].strip(),
            order=_known(asked.get("order", ""), ORDERS),
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1,
        )

    def way(self, **changes: Any) -> str:
        """Return the parameters of the page with something else asked for; its first page."""
        other = replace(self, **{"page": 1} | changes)
        given = {
            "state": other.state,
            "category": other.category,
            "q": other.words,
            "order": other.order,
            "page": str(other.page) if other.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})


EVERY_FEED = Inquiry()


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of the feeds asked for. `counts` are of each state among the feeds that all else holds for."""

    inquiry: Inquiry
    feeds: tuple[FeedHealth, ...]
    total: int
    pages: int
    counts: Mapping[str, int]
    categories: tuple[str, ...]


def answer(inquiry: Inquiry, feeds: Sequence[FeedHealth]) -> Answer:
    """Return what an inquiry asks for, of feeds in their usual order."""
    words = inquiry.words.casefold().split()
    among = [
        feed
        for feed in feeds
        if inquiry.category in ("", feed.category)
        and all(word in f"{feed.title} {feed.address} {feed.id}".casefold() for word in words)
    ]
    counts = Counter(name for feed in among for name, (_, holds) in STATES.items() if holds(feed))
    listed = [feed for feed in among if STATES[inquiry.state][1](feed)]
    listed.sort(key=ORDERS[inquiry.order][1])
    pages = max(1, -(-len(listed) // PER_PAGE))
    page = min(max(inquiry.page, 1), pages)
    return Answer(
        replace(inquiry, page=page),
        tuple(listed[(page - 1) * PER_PAGE : page * PER_PAGE]),
        len(listed),
        pages,
        counts,
        tuple(sorted({feed.category for feed in feeds})),
    )


def _known(asked: str, names: Mapping[str, object]) -> str:
    return asked if asked in names else ""
