"""From stories to published bytes: Atom, RSS, JSON Feed and OPML. Pure: no clock, no file, no network.

Rendering the same stories twice, in any process, gives the same bytes. Stories arrive selected, filtered,
limited and in order; nothing is left out here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from feedhub.generator.atom_rss import atom, rss
from feedhub.generator.channel import MEDIA_TYPES, Item, channel
from feedhub.generator.excerpt import excerpt
from feedhub.generator.jsonfeed import json_feed
from feedhub.generator.opml import opml, opml_behind, opml_sources
from feedhub.model import Document, Output, Site, Story

__all__ = ["excerpt", "opml", "opml_behind", "opml_sources", "render"]

_WRITERS = {"atom": atom, "rss": rss, "json": json_feed}


def render(
    output: Output, stories: Sequence[Story], site: Site, created_at: datetime, version: str, query: str = ""
) -> tuple[Document, ...]:
    """Return the output's documents, one for each of its formats, in their order.

    Args:
        stories: newest first.
        query: what follows `?` in the address, where these are the stories that a query finds.
        created_at: stands for the time of the last change while there are no stories.
        version: FeedHub's own, named as the generator.
    """
    shown = channel(output, stories, site, created_at, version, query)
    modified_at = max((story.updated_at for story in stories), default=created_at)
    digests = tuple(map(_digest, shown.items))
    documents = []
    for name in output.formats:
        body = _WRITERS[name](shown)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        path, media_type = f"{output.path}.{name}", f"{MEDIA_TYPES[name]}; charset=utf-8"
        documents.append(Document(path, body, media_type, etag, modified_at, digests))
    return tuple(documents)


def _digest(item: Item) -> int:
    """Return 64 bits of a digest of all that any format says of an item."""
    return int.from_bytes(hashlib.sha256(repr(item).encode()).digest()[:8])
