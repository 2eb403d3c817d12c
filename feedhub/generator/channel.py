"""What the documents of an output say, whatever their format: their heads, and which lead to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from feedhub.generator import text
from feedhub.generator.items import instant
from feedhub.model import Output, Site, Story, archive_path

MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One document of an output but for its items.

    `urls` are the addresses of its formats, `page` that of its HTML page; private ones have no addresses and
    name the front page. `pages` are the documents of its archive that it leads to, by relation, each an
    address without suffix.
    """

    id: str
    title: str
    description: str
    page: str
    urls: dict[str, str]
    author: str
    language: str
    hubs: tuple[str, ...]
    home: str
    version: str
    updated_at: datetime
    pages: tuple[tuple[str, str], ...] = ()
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a document stands among an archive's pages, by their numbers: `page` is its own, None for the
    feed itself; None too where there is no older or newer one."""

    page: int | None
    older: int | None
    newer: int | None = None


def channel(
    output: Output,
    stories: Sequence[Story],
    site: Site,
    created_at: datetime,
    version: str,
    query: str = "",
    archive: Archive | None = None,
) -> Channel:
    """Return what the output says. Its id comes from the site's URL, the output's path and the query."""
    end = f"?{query}" if query else ""
    path = stem(output, archive)
    title = text.line(output.title) or output.path
    return Channel(
        id=f"urn:uuid:{uuid5(NAMESPACE_URL, site.url + output.path + end)}",
        title=title,
        description=text.line(output.description or site.description) or title,
        page=site.url if output.private else f"{site.url}{output.path}.html",
        # A private document names no address of its own: it would carry its key to whoever gets a copy.
        urls={} if output.private else {name: f"{site.url}{path}.{name}{end}" for name in output.formats},
        author=text.line(site.author) or text.line(site.title) or title,
        language=text.language(site.language),
        # A hub is told of each change by anyone who knows the address: none for what is private, and nobody
        # tells it of what a query finds.
        hubs=() if output.private or query else tuple(filter(None, map(text.address, site.hubs))),
        home=site.url,
        version=version,
        updated_at=instant(max((story.updated_at for story in stories), default=created_at)),
        pages=tuple(_pages(output, site, archive)) if archive else (),
        archived=archive is not None and archive.page is not None,
    )


def stem(output: Output, archive: Archive | None) -> str:
    """Return the path of a document of an output, without its suffix."""
    page = archive.page if archive else None
    return output.path if page is None else archive_path(output.path, page)


def _pages(output: Output, site: Site, archive: Archive) -> Iterator[tuple[str, str]]:
    """Yield how other documents of the archive are related, and their addresses without suffix."""
    if archive.page is not None:
        yield "current", f"{site.url}{output.path}"
    for rel, number in (("prev-archive", archive.older), ("next-archive", archive.newer)):
        if number is not None:
            yield rel, f"{site.url}{archive_path(output.path, number)}"
