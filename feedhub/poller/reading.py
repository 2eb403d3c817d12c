"""A document becomes entries: read whole, or but for the items that are known by their bytes.

Most documents that changed gained an item or a date, and all else in them was read before. What is read of
them alone is what reading them whole would give: where that is not sure they are read whole. An item that is
new stays unknown until the next whole reading, which is due when they are a quarter of the document: then
what its entries share is learned anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedhub import __version__, merger, parser
from feedhub.errors import ParseError
from feedhub.model import Boilerplate, Feed, FeedState, Fetched, Known, ParsedFeed
from feedhub.normalize import RECIPE, Normalised, are_own, normalize
from feedhub.parser import Outline, extract

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
    known: Known


def read(feed: Feed, state: FeedState, answer: Fetched, now: datetime) -> Reading:
    """Read a document.

    Raises: ParseError.
    """
    outline = _outlined(feed, answer)
    if outline and (reading := _unknown(feed, state, answer, outline, now)):
        return reading
    parsed = parsed_by(feed, answer)
    kept = normalize(parsed, feed, state.seen, now)
    dates = tuple(raw.published or raw.updated for raw in parsed.entries)
    shared = merger.learn(parsed.entries)
    known = Known()
    if outline and _is_known(feed, outline, parsed, kept):
        known = Known(_items(outline, kept, dates), shared)
    return Reading(parsed, kept, dates, shared, known)


def parsed_by(feed: Feed, answer: Fetched) -> ParsedFeed:
    """Read a document as the feed says: as a feed, or as a list of entries that it describes."""
    content_type, encoding = answer.headers.get("content-type"), feed.encoding or None
    if feed.extraction is None:
        return parser.parse(answer.body, content_type, answer.url, encoding, timezone=feed.timezone)
    return extract.read(
        answer.body, content_type, answer.url, encoding, feed.extraction, timezone=feed.timezone
    )


def _outlined(feed: Feed, answer: Fetched) -> Outline | None:
    if feed.extraction or feed.encoding:
        return None
    context = "\n".join((__version__, RECIPE, answer.url, feed.timezone, feed.identity))
    outline = parser.outline(answer.body, answer.headers.get("content-type"), context)
    return outline if outline and len(outline.digests) <= feed.fetch.limits.max_entries else None


def _unknown(
    feed: Feed, state: FeedState, answer: Fetched, outline: Outline, now: datetime
) -> Reading | None:
    """Read the unknown items of a document; None if they are too many, or cannot be read by themselves."""
    known = state.known.items
    unknown = [digest for digest in outline.digests if digest not in known]
    if len(unknown) * WHOLE_AGAIN > len(outline.digests):
        return None
    listed = [known[digest] for digest in outline.digests if digest in known]
    seen = {key: state.seen[key] for key, _ in listed if key in state.seen}
    try:
        parsed = parsed_by(feed, replace(answer, body=outline.only(frozenset(unknown))))
    except ParseError:
        return None
    kept = normalize(parsed, feed, state.seen, now)
    seen |= kept.seen
    if parsed.encoding != "utf-8" or parsed.warnings or parsed.partial:
        return None
    if len(parsed.entries) != len(unknown):
        return None
    if len(seen) < len(outline.digests) or len({key.partition(":")[0] for key in seen}) > 1:
        return None  # items that share a key, or have one by another field, are told apart by the others
    dates = (
        *(raw.published or raw.updated for raw in parsed.entries),
        *(None if at is None else datetime.fromtimestamp(at, UTC) for _, at in listed),
    )
    rest = {digest: item for digest, item in known.items() if item[0] not in kept.seen}
    return Reading(
        parsed, replace(kept, seen=seen), dates, state.known.shared, replace(state.known, items=rest)
    )


def _is_known(feed: Feed, outline: Outline, parsed: ParsedFeed, kept: Normalised) -> bool:
    """Tell whether a document's items are the parts that it was cut into, each of them known by itself."""
    count = len(parsed.entries)
    return (
        parsed.encoding == "utf-8"
        and not (parsed.warnings or parsed.partial)
        and count == len(outline.digests) == len(set(outline.digests)) == len(kept.seen)
        and are_own(kept.seen, parsed.entries, feed.identity)
    )


def _items(
    outline: Outline, kept: Normalised, dates: Iterable[datetime | None]
) -> dict[str, tuple[str, float | None]]:
    return {
        digest: (key, at.timestamp() if at else None)
        for digest, key, at in zip(outline.digests, kept.seen, dates, strict=True)
    }
