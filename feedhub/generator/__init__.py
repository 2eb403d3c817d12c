"""From stories to published bytes: Atom, RSS, JSON Feed and OPML. Pure: no clock, no file, no network.

Rendering the same stories twice, in any process, gives the same bytes. Stories arrive selected, filtered,
limited and in order; nothing is left out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from feedhub.generator.atom_rss import atom_head, rss_head
from feedhub.generator.channel import MEDIA_TYPES, Archive, channel, stem
from feedhub.generator.digest import issue
from feedhub.generator.excerpt import excerpt
from feedhub.generator.fragments import Fragments
from feedhub.generator.items import item_id, manner
from feedhub.generator.jsonfeed import json_head
from feedhub.generator.opml import opml, opml_behind, opml_sources
from feedhub.model import Document, Output, Site, Story, etag_of

__all__ = [
    "Archive",
    "Fragments",
    "excerpt",
    "issue",
    "item_id",
    "opml",
    "opml_behind",
    "opml_sources",
    "render",
]

_HEADS = {"atom": atom_head, "rss": rss_head, "json": json_head}
_BETWEEN = {"atom": b"", "rss": b"", "json": b","}


def render(
    output: Output,
    stories: Sequence[Story],
    site: Site,
    created_at: datetime,
    version: str,
    query: str = "",
    fragments: Fragments | None = None,
    archive: Archive | None = None,
) -> tuple[Document, ...]:
    """Return the output's documents, one for each of its formats, in their order.

    Args:
        stories: newest first.
        created_at: stands for the time of the last change while there are no stories.
        version: FeedHub's own, named as the generator.
        query: what follows `?` in the address, where these are the stories that a query finds.
        fragments: items that were rendered before; what it holds changes no byte.
        archive: where this is among the pages of the output's archive.
    """
    if output.digest is not None:
        # How much of each story is said in an issue was settled when that was made.
        output = replace(output, content="full")
    shown = channel(output, stories, site, created_at, version, query, archive)
    modified_at = max((story.updated_at for story in stories), default=created_at)
    items = (fragments or Fragments()).of(stories, manner(output), output.formats)
    digests = tuple(item.digest for item in items)
    documents = []
    for name in output.formats:
        head, tail = _HEADS[name](shown)
        body = b"".join((head, _BETWEEN[name].join([item.bodies[name] for item in items]), tail))
        path, media_type = f"{stem(output, archive)}.{name}", f"{MEDIA_TYPES[name]}; charset=utf-8"
        documents.append(Document(path, body, media_type, etag_of(body), modified_at, digests))
    return tuple(documents)
