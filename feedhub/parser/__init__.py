"""Bytes in, ParsedFeed out: RSS, Atom, RDF, CDF through feedparser, JSON Feed through our own reader.

It touches no network and no file, and raises nothing but ParseError.
"""

from __future__ import annotations

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parser import feedparsed, jsonfeed

__all__ = ["parse"]


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
    if not body.strip():
        raise ParseError("empty", "the document is empty")
    if encoding:
        body = body.decode(encoding, "replace").encode("utf-8")
        content_type = "application/xml; charset=utf-8"
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return jsonfeed.read(body.decode("utf-8-sig", "replace"), url, timezone)
    if start[:512].lower().startswith((b"<!doctype html", b"<html")):
        raise ParseError("html", "the document is an HTML page, not a feed")
    return feedparsed.read(body, content_type, url)
