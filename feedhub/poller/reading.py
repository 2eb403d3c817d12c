"""A document becomes entries: read whole, or but for the items that are known by their bytes.

Most documents that changed gained an item or a date, and all else in them was read before. What is read of
them alone is what reading them whole would give: where that is not sure they are read whole. An item that is
new stays unknown until the next whole reading, which is due when they are a quarter of the document: then
what its entries share is learned anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from feedhub import __version__, merger, parser
from feedhub.errors import ParseError
from feedhub.merger import Boilerplate
from feedhub.model import Feed, FeedState, Fetched, ParsedFeed
from feedhub.normalize import RECIPE, Normalised, are_own, normalize
from feedhub.parser import Outline
from feedhub.poller.known import Known, published

WHOLE_AGAIN = 4
"""A document is read whole when more than one item in so many is unknown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says: `parsed` has the items that were read, `kept.seen` the keys of all, `dates` when
    each was published; `shared` is what most entries share, `known` is for the state."""

    parsed: ParsedFeed
    kept: Normalised
    dates: tuple[datetime | None, ...]
    shared: Boilerplate
    known: str


def read(feed: Feed, state: FeedState, answer: Fetched, now: datetime) -> Reading:
    """Read a document.

    Raises: ParseError.
    """
    outline = _outlined(feed, answer)
    if outline and (reading := _unknown(feed, state, answer, outline, now)):
        return reading
    parsed = parsed_by(feed, answer)
    kept = normalize(parsed, feed, state.seen, now)
    dates = tuple(_dates(parsed))
    shared = merger.learn(parsed.entries)
    known = ""
    if outline and _is_known(feed, outline, parsed, kept):
        known = Known.of(outline.digests, kept.seen, dates, shared).pack()
    return Reading(parsed, kept, dates, shared, known)


def parsed_by(feed: Feed, answer: Fetched) -> ParsedFeed:
    """Read a document as the feed says: as a feed, or as a list of entries that it describes."""
    content_type, encoding = answer.headers.get("content-type"), feed.encoding or None
    if feed.extraction is None:
        return parser.parse(answer.body, content_type, answer.url, encoding, timezone=feed.timezone)
    from feedhub.parser import extract  # with JMESPath and CSS selectors a fiftieth of a start

    return extract.read(
        answer.body, content_type, answer.url, encoding, feed.extraction, timezone=feed.timezone
    )


def _outlined(feed: Feed, answer: Fetched) -> Outline | None:
    if feed.extraction or feed.encoding:
        return None
    context = "\n".join((__version__, RECIPE, answer.url, feed.timezone, feed.identity))
    content_type, most = answer.headers.get("content-type"), feed.fetch.limits.max_entries
    return parser.outline(answer.body, content_type, context, most)


def _unknown(
    feed: Feed, state: FeedState, answer: Fetched, outline: Outline, now: datetime
) -> Reading | None:
    """Read the unknown items of a document; None if they are too many, or cannot be read by themselves."""
    known = Known.unpack(state.known)
    unknown = [digest for digest in outline.digests if digest not in known.items]
    if len(unknown) * WHOLE_AGAIN > len(outline.digests):
        return None
    listed = [known.items[digest] for digest in outline.digests if digest in known.items]
    try:
        parsed = parsed_by(feed, replace(answer, body=outline.only(frozenset(unknown))))
    except ParseError:
        return None
    if not _is_plain(parsed) or len(parsed.entries) != len(unknown):
        return None
    kept = normalize(parsed, feed, state.seen, now)
    seen = {key: state.seen[key] for key, _ in listed if key in state.seen} | kept.seen
    if len(seen) < len(outline.digests) or (unknown and not are_own(seen, parsed.entries, feed.identity)):
        return None  # items that share a key, or have one by another field, are told apart by the others
    rest = known.without(kept.seen)
    return Reading(
        parsed=parsed,
        kept=replace(kept, seen=seen),
        dates=(*_dates(parsed), *(published(at) for _, at in listed)),
        shared=known.shared,
        known=state.known if rest is known else rest.pack(),
    )


def _dates(parsed: ParsedFeed) -> Iterator[datetime | None]:
    return (raw.published or raw.updated for raw in parsed.entries)


def _is_known(feed: Feed, outline: Outline, parsed: ParsedFeed, kept: Normalised) -> bool:
    """Tell whether a document's items are the parts that it was cut into, each of them known by itself."""
    return (
        _is_plain(parsed)
        and len(parsed.entries) == len(outline.digests) == len(set(outline.digests)) == len(kept.seen)
        and are_own(kept.seen, parsed.entries, feed.identity)
    )


def _is_plain(parsed: ParsedFeed) -> bool:
    """Tell whether a document was read as it is: its bytes are what they seem."""
    return parsed.encoding == "utf-8" and not parsed.warnings and not parsed.partial
