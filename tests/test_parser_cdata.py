"""Long CDATA sections are read beside the XML parser, and nothing else changes."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parser import cdata, parse

LONG = "<p>漢字 &amp; &lt;b&gt;</p>\r\n" * 400
SECTION = f"<![CDATA[{LONG}]]>"
UNIX = LONG.replace("\r\n", "\n")
TEXT = UNIX.strip()


def rss(item: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><item>{item}</item></channel></rss>'.encode()


PLACES = {
    "alone": (f"<description>{SECTION}</description>", TEXT),
    "with space round it": (f"<description>\n {SECTION}\n</description>", TEXT),
    "beside text": (f"<description>a &amp; {SECTION}{SECTION}</description>", f"a & {UNIX}{TEXT}"),
    "in markup": (f"<description><b>{SECTION}</b></description>", f"<b>{escape(UNIX)}</b>"),
    "in a comment": (f"<!-- {SECTION} --><description>a</description>", "a"),
    "in a processing instruction": (f"<?b {SECTION} ?><description>a</description>", "a"),
    "after what looks like one": (
        f"<description>&#x100000;--?&gt;1{SECTION}</description>",
        f"\U00100000--?>1{TEXT}",
    ),
    "after a character of private use": (
        f"<title>\U00100000</title><description>{SECTION}</description>",
        TEXT,
    ),
}


@pytest.mark.parametrize(("item", "expected"), PLACES.values(), ids=PLACES)
def test_a_long_section_is_the_text_that_it_holds(item: str, expected: str) -> None:
    """It stands where it stood: alone, beside other text, in markup (escaped), or dropped with a comment."""
    assert parse(rss(item)).entries[0].summary == expected


@pytest.mark.parametrize("spoilt", ["\x01", "\ufffe", "\udcff"])
def test_what_xml_forbids_is_no_better_for_being_in_a_section(spoilt: str) -> None:
    """A control character, a noncharacter or a stray byte is repaired as it is elsewhere, and told."""
    body = rss(f"<description>{SECTION}</description>").decode().replace("漢字", f"漢字{spoilt}", 1)
    feed = parse(body.encode("utf-8", "surrogateescape"))
    assert feed.entries[0].summary.startswith("<p>漢字")
    assert feed.warnings


FORGED = "\U00100000--?>0" * 300


@pytest.mark.parametrize(
    "item",
    [
        "<title>" + "&#x100000;--?&gt;0" * 300 + "</title>",
        "<title>" + "&#x00100000;--?&gt;0" * 300 + "</title>",
        "<title>" + "&#01048576;--?&gt;0" * 300 + "</title>",
        "<title>" + "&#1048576;<![CDATA[--?>0]]>" * 300 + "</title>",
        f'<content xmlns="http://www.w3.org/2005/Atom" type="image/png">'
        f"{b64encode(FORGED.encode()).decode()}</content>",
    ],
    ids=["hexadecimal", "with zeros", "decimal", "beside a section", "as base64"],
)
def test_no_section_is_put_where_none_was(item: str) -> None:
    """A document that writes the marks itself has them as they are: not as many copies of a section."""
    entry = parse(rss(f"{item}<description>{SECTION}</description>")).entries[0]
    assert (entry.title or entry.content) == FORGED
    assert entry.summary == TEXT


PIECES = st.sampled_from(
    [
        "<![CDATA[", "]]>", "<!--", "-->", "<?a", "?>", "<description>", "</description>", "</item>",
        "<item>", "<title>", "</title>", "<b>", "</b>", '<c d="', '"/>', "text", " ", "\r\n", "<",
        "&amp;", "\U00100000", "\x01", "\ufffe", "漢", "<link>", "</link>", "--?>", "&#x100000;", "--?>0",
    ]
)  # fmt: skip
SECTIONS = st.lists(PIECES, max_size=3).map(lambda pieces: f"<![CDATA[{''.join(pieces)}]]>")
ELEMENTS = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["title", "description", "link"]), SECTIONS)


def outcome(body: bytes) -> ParsedFeed | str:
    try:
        return parse(body)
    except ParseError as error:
        return str(error)


@settings(max_examples=200, deadline=None)
@given(st.lists(ELEMENTS | SECTIONS | PIECES, max_size=8).map("".join))
def test_a_document_reads_the_same_with_its_sections_left_in(item: str) -> None:
    """Wherever a section begins and ends, and whatever is in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdata, "LONG", 1)
        taken = outcome(rss(item))
        patch.setattr(cdata, "LONG", 1 << 40)
        assert taken == outcome(rss(item))
