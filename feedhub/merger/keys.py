"""What to look up for an entry: exact keys of its link and its content."""

from __future__ import annotations

import hashlib

from feedhub.merger.links import link_key
from feedhub.merger.text import body_text, fold
from feedhub.model import Entry, Feed

LINK = "link"
CONTENT = "content"
TITLE = "title"
BANDS = ("b0", "b1", "b2", "b3")

LOOKUP_KINDS: frozenset[str] = frozenset({LINK, CONTENT, TITLE, *BANDS})
"""The kinds that an index must answer for; other kinds are kept beside the entry for verification."""

_MIN_CONTENT = 60
"""Folded characters below which an equal text is no evidence: `Read more`, `Photo of the day`."""


def keys(entry: Entry, *, feed: Feed | None = None) -> tuple[tuple[str, str], ...]:
    """Return the (kind, value) pairs under which the entry can be found by its duplicates.

    Values are ASCII, at most 32 characters. A kind occurs once; one that has no evidence is absent.
    """
    pairs = []
    link = link_key(entry.link, canonical=feed is None or feed.canonical_links)
    if link:
        pairs.append((LINK, _digest(link)))
    title, body = fold(entry.title), fold(body_text(entry))
    if len(body) >= _MIN_CONTENT:
        pairs.append((CONTENT, _digest(f"{title}\n{body}")))
    return tuple(pairs)


def _digest(text: str) -> str:
    # Not a fast hash: who can make two texts collide could hide another publisher's story.
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
