"""The feeds that a web page links to (`<link rel="alternate">`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree, html

from feedhub.parser.sniff import to_utf8
from feedhub.parser.text import absolute, join_base

# Feed links stand in the head; what comes after this is not looked at.
_MOST_BYTES: Final = 1_000_000
_MOST_LINKS: Final = 50
_TYPES: Final = frozenset(
    (
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x.atom+xml",
        "application/x-atom+xml",
        "text/rss+xml",
    )
)


@dataclass(frozen=True, slots=True)
class Link:
    """A feed that a page offers: its absolute http(s) URL, and what the page calls it."""

    url: str
    title: str = ""
    type: str = ""


def discover(body: bytes, content_type: str | None = None, url: str = "") -> tuple[Link, ...]:
    """Return the feeds a page links to, in its order, each once; empty when there is none.

    The links are as hostile as the page: whoever follows one checks its address like any other.
    """
    source = to_utf8(body[:_MOST_BYTES], content_type).body
    if b"<" not in source:
        return ()
    try:
        page = html.document_fromstring(source, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ()
    declared = page.find(".//base")
    base = url if declared is None else join_base(url, declared.get("href") or "")
    links: dict[str, Link] = {}
    for element in page.iter("link"):
        relations = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        href = (element.get("href") or "").strip()
        if href and "alternate" in relations and (kind in _TYPES or "feed" in relations):
            target = absolute(base, href)
            if target.startswith(("http://", "https://")) or not base:
                links.setdefault(target, Link(target, (element.get("title") or "").strip(), kind))
        if len(links) >= _MOST_LINKS:
            break
    return tuple(links.values())
