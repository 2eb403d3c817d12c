"""Where a site's feed is: at the address itself, where its page says, or where feeds commonly lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from feedhub import parser
from feedhub.errors import FeedHubError, ParseError
from feedhub.model import Fetched, FetchOutcome, NotModified, ParsedFeed
from feedhub.parser import Link

PLACES = ("feed", "rss", "atom.xml", "feed.xml", "rss.xml", "index.xml")
"""Where a feed is looked for when a page names none: beside the page."""
FOR_GOOD = frozenset((301, 308))

Ask = Callable[[str], FetchOutcome]


class NoFeedError(FeedHubError):
    """There is no feed at an address; the text says what is."""


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read. `url` is where to ask for it: behind redirects that are meant for good."""

    url: str
    title: str
    format: str
    entries: int
    newest: datetime | None


def seek(url: str, ask: Ask) -> Found | tuple[Link, ...]:
    """Return the feed that is at an address, or those that its page links to, unread.

    Places where feeds commonly lie are asked for only if the page links to none. Raises NoFeedError.
    """
    answer = _answer(url, ask)
    try:
        return _found(url, answer)
    except ParseError as error:
        if error.reason not in ("html", "not-a-feed"):
            raise NoFeedError(f"{url} cannot be read: {error}") from error
    if links := parser.discover(answer.body, answer.headers.get("content-type"), answer.url):
        return links
    for place in _places(answer.url):
        try:
            return read(place, ask)
        except NoFeedError:
            continue
    raise NoFeedError(
        f"there is no feed at {url}, its page links to none, and none is at {', '.join(PLACES)} beside it; "
        "the page itself can be a source: format: html (docs/sources.md)"
    )


def read(url: str, ask: Ask) -> Found:
    """Return the feed that is at an address; raises NoFeedError."""
    try:
        return _found(url, _answer(url, ask))
    except ParseError as error:
        raise NoFeedError(f"{url} cannot be read: {error}") from error


def _answer(url: str, ask: Ask) -> Fetched:
    match ask(url):
        case Fetched() as answer:
            return answer
        case NotModified():
            raise NoFeedError(f"{url}: 304 without having been asked for one")
        case failure:
            raise NoFeedError(f"{url}: {failure.message}")


def _found(url: str, answer: Fetched) -> Found:
    feed: ParsedFeed = parser.parse(answer.body, answer.headers.get("content-type"), answer.url)
    moved = bool(answer.hops) and all(hop.status in FOR_GOOD for hop in answer.hops)
    dates = [entry.published for entry in feed.entries if entry.published]
    return Found(
        answer.url if moved else url, feed.title, feed.format, len(feed.entries), max(dates, default=None)
    )


def _places(page: str) -> Iterator[str]:
    for place in PLACES:
        yield urljoin(page, place)
