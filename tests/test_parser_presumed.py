"""Documents that are taken for UTF-8 without a look at their bytes: the XML parser finds what is none."""

from __future__ import annotations

import pytest

from feedhub.parser import parse
from feedhub.parser.sniff import presume_utf8, to_utf8

STRAY = (
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xc3(",
    b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
)
PLACES = (
    b"<rss version='2.0'><channel><item><title>%s</title></item></channel></rss>",
    b"<rss version='2.0'><channel><item><title><![CDATA[x%sy]]></title></item></channel></rss>",
    b"<rss version='2.0'><channel><item><enclosure url='x%sy'/></item></channel></rss>",
    b"<rss version='2.0'><channel><!-- x%sy --><item><title>a</title></item></channel></rss>",
    b"<rss version='2.0'><channel><?p x%sy?><item><title>a</title></item></channel></rss>",
    b"<rss version='2.0' xmlns:x='%s'><channel><item><title>a</title></item></channel></rss>",
    b"<!--%s--><rss version='2.0'><channel><item><title>a</title></item></channel></rss>",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stray", STRAY)
def test_bytes_that_are_no_utf8_are_repaired(place: bytes, stray: bytes) -> None:
    """Wherever they stand: the item is read, what was repaired is told, no other exception comes out."""
    body = place.replace(b"%s", stray)
    assert presume_utf8(body, None) is not None

    feed = parse(body)

    assert len(feed.entries) == 1
    assert any("replaced" in warning or "read as" in warning for warning in feed.warnings), feed.warnings


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", None),
        (b"", None),
        (b"\xff\xfe<\0r\0s\0s\0", None),
        (b"<\0r\0s\0s\0", None),
        (b"<rss/>", "text/xml; charset=gbk"),
        (b"<?xml version='1.0' encoding='Shift_JIS'?><rss/>", None),
        (b"<?xml version='1.0' encoding='iso-2022-jp'?><rss/>", "text/xml; charset=utf-8"),
    ],
)
def test_what_something_speaks_against_is_not_presumed(body: bytes, content_type: str | None) -> None:
    """Another claim, another first byte, or zeros: it has to be looked at."""
    assert presume_utf8(body, content_type) is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<rss/>", None),
        (b"\xef\xbb\xbf\n<rss/>", "text/xml; charset=gbk"),
        ("<rss>é</rss>".encode(), "text/xml; charset=iso-8859-1"),
        ("<?xml version='1.0' encoding='windows-1252'?><rss>é</rss>".encode(), None),
        ("<rss>é</rss>".encode(), "text/xml; charset=no-such-charset"),
    ],
)
def test_what_is_presumed_is_what_a_look_would_find(body: bytes, content_type: str | None) -> None:
    """A document in UTF-8 comes out the same, with nothing to tell."""
    sniffed = to_utf8(body, content_type)
    assert presume_utf8(body, content_type) == sniffed.body.lstrip()
    assert (sniffed.encoding, sniffed.warnings) == ("utf-8", ())
