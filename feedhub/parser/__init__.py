"""Bytes in, ParsedFeed out: RSS, Atom and RDF by a walk of our own over an lxml tree, JSON Feed by our own.

What is not well-formed is repaired where that is cheap and sure; the rest, and formats we do not know, goes
to feedparser in a process that can be killed. Nothing is fetched, no file is read; only ParseError is raised.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parser import fast, jsonfeed, tolerant
from feedhub.parser.discovery import Link, discover
from feedhub.parser.outline import Outline, outline
from feedhub.parser.repair import Repair
from feedhub.parser.sniff import Sniffed, is_html, is_json, presume_utf8, to_utf8

__all__ = ["Link", "Outline", "discover", "outline", "parse"]

MAX_BYTES: Final = 40_000_000
_OTHER_ROOTS: Final = frozenset(
    ("html", "xhtml:html", "opml", "svg", "urlset", "sitemapindex", "plist", "error")
)


def parse(
    body: bytes,
    content_type: str | None = None,
    url: str = "",
    encoding: str | None = None,
    *,
    timezone: str = "UTC",
) -> ParsedFeed:
    """Read one feed document.

    Args:
        content_type: the HTTP header as sent, with its charset.
        url: where the document came from; relative links are resolved against it.
        encoding: the charset to use whatever the document says.
        timezone: an IANA name, for dates without a zone.
    Raises: ParseError.
    """
    if len(body) > MAX_BYTES:
        raise ParseError("too-complex", f"the document is longer than {MAX_BYTES} bytes")
    presumed = None if encoding else presume_utf8(body, content_type)
    if presumed is not None and not is_html(presumed):
        outcome = _attempt(presumed, "utf-8", url, timezone)
        if isinstance(outcome, ParsedFeed):
            return outcome
    else:
        outcome = None
    sniffed = to_utf8(body, content_type, encoding)
    if not sniffed.body.strip(b" \t\r\n\0"):
        raise ParseError("empty", "the document is empty")
    if sniffed.body[:1].isspace():
        sniffed = replace(sniffed, body=sniffed.body.lstrip())
    if is_json(sniffed.body):
        return _noted(jsonfeed.read(sniffed.body, url, timezone), sniffed.warnings)
    if is_html(sniffed.body):
        raise _a_page(sniffed.body, url)
    if outcome is None or sniffed.body != presumed:
        outcome = _attempt(sniffed.body, sniffed.encoding, url, timezone)
    match outcome:
        case ParsedFeed():
            return _noted(outcome, sniffed.warnings)
        case fast.Declined():
            return _read_tolerantly(sniffed, url, outcome.root)
        case fast.NotWellFormed():
            return _read_repaired(sniffed, outcome, url, timezone)


def _attempt(
    body: bytes, encoding: str, url: str, timezone: str
) -> ParsedFeed | fast.Declined | fast.NotWellFormed:
    try:
        return fast.read(body, encoding, url, timezone)
    except (fast.Declined, fast.NotWellFormed) as reason:
        return reason.with_traceback(None)  # which would keep the whole tree


def _read_repaired(sniffed: Sniffed, error: fast.NotWellFormed, url: str, timezone: str) -> ParsedFeed:
    if b"<" not in sniffed.body:
        raise ParseError("not-a-feed", "the document is not a feed: there is no element in it")
    told = (*sniffed.warnings, f"not well-formed: {error}")
    repair = Repair(sniffed.body)
    while repair.mend(error.code):
        outcome = _attempt(repair.body, sniffed.encoding, url, timezone)
        if isinstance(outcome, ParsedFeed):
            return replace(_noted(outcome, (*told, *repair.warnings)), partial=repair.partial)
        if isinstance(outcome, fast.Declined):
            break
        error = outcome
    return replace(_noted(_read_tolerantly(sniffed, url), told), partial=repair.partial)


def _read_tolerantly(sniffed: Sniffed, url: str, root: str = "") -> ParsedFeed:
    if root in _OTHER_ROOTS:
        raise ParseError("not-a-feed", f"the document is not a feed: its root element is {root}")
    try:
        return _noted(tolerant.read(sniffed.body, sniffed.encoding, url), sniffed.warnings)
    except ParseError as error:
        if error.reason == "not-a-feed" and b"<html" in sniffed.body[:65536].lower():
            raise _a_page(sniffed.body, url) from error
        raise


def _a_page(body: bytes, url: str) -> ParseError:
    found = discover(body, "text/html; charset=utf-8", url)
    if not found:
        return ParseError("html", "the document is a web page, not a feed, and links to none")
    return ParseError(
        "html", "the document is a web page; it links to " + ", ".join(link.url for link in found[:5])
    )


def _noted(feed: ParsedFeed, warnings: tuple[str, ...]) -> ParsedFeed:
    return replace(feed, warnings=(*feed.warnings, *warnings)) if warnings else feed
