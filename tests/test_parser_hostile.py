"""Documents made to hurt: each stays within its bounds of time, and nothing but ParseError comes out."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parser import discover, parse
from feedhub.parser.tolerant import refuse_complex

REAL = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"
DOCUMENTS = Path(__file__).parent / "data" / "parser"
MUTATIONS = int(os.environ.get("FEEDHUB_TEST_MUTATIONS", "300"))
"""How many spoilt documents are tried; 10,000 take about three minutes."""

SLOW_S = 5.0
"""What no document may take on a machine that has other things to do; each took less than 0.6 s of CPU."""


def rss(items: str, prolog: str = '<?xml version="1.0"?>') -> bytes:
    """Return an RSS 2.0 document round some items."""
    return f"{prolog}<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


def item(number: int, inside: str = "", title: str = "one") -> str:
    """Return an RSS item."""
    return f"<item><title>{title}</title><guid>g{number}</guid>{inside}</item>"


def outcome(body: bytes, content_type: str | None = None) -> ParsedFeed | str:
    """Return the feed or the reason of its refusal, within the time allowed."""
    start = time.process_time()
    try:
        return parse(body, content_type, "https://feeds.example/")
    except ParseError as error:
        return error.reason
    finally:
        assert time.process_time() - start < SLOW_S


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
PASSWD = '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAMETER = (
    '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>'
)


@pytest.mark.parametrize(
    ("prolog", "title", "expected"),
    [
        (f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>', "&l9;", "&l9;"),
        (f'<!DOCTYPE rss [<!ENTITY a "{"A" * 50_000}">]>', "&a;" * 20_000, "&a;" * 20_000),
        (PASSWD, "x &e; y", "x &e; y"),
        (PARAMETER, "one", "one"),
        ('<!DOCTYPE rss [<!ENTITY who "Zoë"><!ENTITY dash "&#8211;">]>', "&who; &dash;", "Zoë –"),
        ('<!DOCTYPE rss PUBLIC "-//N//DTD 0.91//EN" "http://127.0.0.1:9/rss.dtd">', "one", "one"),
        ('<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>', "one", "one"),
    ],
)
def test_entities_are_not_expanded(prolog: str, title: str, expected: str) -> None:
    """No laugh, no file, no address: only short plain texts that a document declares are put in."""
    feed = outcome(rss(item(1, title=title), prolog))
    assert isinstance(feed, ParsedFeed)
    assert feed.entries[0].title == expected


def test_a_hundred_thousand_entries_are_read() -> None:
    """A document of 100,000 items takes time in proportion."""
    feed = outcome(rss("".join(item(n) for n in range(100_000))))
    assert isinstance(feed, ParsedFeed)
    assert len(feed.entries) == 100_000


def test_fifty_thousand_categories_are_read() -> None:
    """Categories of one item take time in proportion."""
    feed = outcome(rss(item(1, "".join(f"<category>c{n}</category>" for n in range(50_000)))))
    assert isinstance(feed, ParsedFeed)
    assert len(feed.entries[0].categories) == 50_000


XHTML = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">{}</content></entry></feed>'
ATTRIBUTES = " ".join(f'a{n}="1"' for n in range(100_000))
LONG_ATTRIBUTES = " ".join(f'a{n}=">"' for n in range(60_000))

REFUSED = [
    ("a title of 50 MB", rss(item(1, title="T" * 50_000_000)), "too-complex"),
    ("a title of 12 MB", rss(item(1, title="T" * 12_000_000)), "too-complex"),
    ("10,000 levels", rss(item(1, "<x>" * 10_000 + "</x>" * 10_000)), "too-complex"),
    ("10,000 open levels", rss(item(1, "<x>" * 10_000)), "too-complex"),
    ("10,000 levels of XHTML", XHTML.format("<div>" * 10_000 + "</div>" * 10_000).encode(), "too-complex"),
    ("100,000 levels of JSON", b"[" * 100_000 + b"]" * 100_000, "too-complex"),
    ("a number of 100,000 digits", b'{"items": [{"id": ' + b"9" * 100_000 + b"}]}", "malformed"),
    ("many categories, broken", rss(item(1, "<category>c</category>" * 50_000 + "<b>")), "too-complex"),
    ("many attributes, broken", rss(item(1, f"<x {ATTRIBUTES}/><b>")), "too-complex"),
    ("many attributes, broken inside", rss(item(1, f"<x {LONG_ATTRIBUTES}/><b>")), "too-complex"),
    ("50,000 undeclared prefixes", rss(item(1, "".join(f"<p{n}:b/>" for n in range(50_000)))), "too-complex"),
    ("a million ampersands", rss(item(1, title="& " * 1_000_000)), "too-complex"),
    ("a million less-thans", rss(item(1, title="< " * 1_000_000)), "too-complex"),
    ("a million undefined entities", rss(item(1, title="&nbsp;" * 1_000_000)), "too-complex"),
    (
        "tags that never close",
        rss(item(1, "<description>" + "<a" * 80_000 + "</description>")),
        "too-complex",
    ),
    ("CDATA that never closes", rss(item(1, "<![CDATA[" * 50_000)), "too-complex"),
    ("comments that never close", rss(item(1, "<!--" * 100_000)), "too-complex"),
    ("instructions that never close", rss(item(1, "<?" * 1_000_000)), "too-complex"),
]


@pytest.mark.parametrize(
    ("body", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_goes_beyond_bounds_is_refused(body: bytes, reason: str) -> None:
    """Size, depth and number have their ends, and the refusal says which."""
    assert outcome(body) == reason


def test_a_refusal_advises_nothing_that_is_no_key_of_ours() -> None:
    """What the XML library says of its own switches is left out."""
    with pytest.raises(ParseError, match=r"bounds: Excessive depth in document: \d+$"):
        parse(rss(item(1, "<x>" * 300 + "</x>" * 300)))


MARKUP = "<a" * 80_000 + "<!--" * 40_000 + "&#" * 80_000 + "<![CDATA[" * 10_000
LATITUDE = "geo:lat xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'"
LONGITUDE = f"<{LATITUDE.replace('lat', 'long')}>1</geo:long>"

READ = [
    ("escaped markup that never closes", rss(item(1, f"<description>{escape(MARKUP)}</description>"))),
    ("100,000 attributes", rss(item(1, f"<x {ATTRIBUTES}/>"))),
    ("200 levels", rss(item(1, "<x>" * 200 + "<category>deep</category>" + "</x>" * 200))),
    ("a title of 1 MB", rss(item(1, title="T" * (1 << 20)))),
    ("50,000 ampersands", rss(item(1, title="& " * 50_000))),
    ("50,000 less-thans", rss(item(1, title="< " * 50_000))),
    ("100,000 CDATA sections", rss(item(1, title="<![CDATA[&]]>" * 100_000 + "&"))),
    ("a million CDATA sections", rss(item(1, title="<![CDATA[]]>" * 1_000_000))),
    ("5 MB of blanks before", b" " * 5_000_000 + rss(item(1))),
    ("a doctype of brackets", b"<!DOCTYPE r [" + b"]  " * 100_000 + b"]>" + rss(item(1), "")),
    ("50,000 namespaces", rss(item(1) + "".join(f"<a{n}:b xmlns:a{n}='u{n}'/>" for n in range(50_000)))),
    ("a date without end", rss(item(1, f"<pubDate>{'1' * 100_000}</pubDate>"))),
    ("an author without end", rss(item(1, f"<author>{'a@' * 50_000}</author>"))),
    ("a latitude without end", rss(item(1, f"<{LATITUDE}>{'1 ' * 500_000}</geo:lat>" + LONGITUDE * 9000))),
    ("many second descriptions", rss(item(1, "<description>d</description>" * 50_000))),
]


@pytest.mark.parametrize("body", [case[1] for case in READ], ids=[case[0] for case in READ])
def test_what_only_looks_dangerous_is_read(body: bytes) -> None:
    """The item is there, and in time."""
    feed = outcome(body)
    assert isinstance(feed, ParsedFeed)
    assert [entry.id for entry in feed.entries] == ["g1"]


def test_items_inside_items_are_left_to_feedparser() -> None:
    """What no format knows is read the way feedparser reads it."""
    feed = outcome(rss("<item><guid>1</guid><item><guid>2</guid></item></item>"))
    assert isinstance(feed, ParsedFeed)
    assert [entry.id for entry in feed.entries] == ["1", "2"]


def test_complexity_is_judged_without_reading() -> None:
    """The bounds before feedparser are one pass over the bytes; an ordinary broken feed passes."""
    refuse_complex(rss("".join(item(n, "<category>a</category>" * 20) for n in range(1000))))
    with pytest.raises(ParseError, match="categories"):
        refuse_complex(rss(item(1, "<category>a</category>" * 3000)))


def spoilt(count: int) -> Iterator[bytes]:
    """Yield documents with bytes flipped, cut, doubled, spliced or re-encoded; the same every time."""
    rng = random.Random(20261123)
    folder = REAL if REAL.is_dir() else DOCUMENTS
    paths = sorted(path for path in folder.iterdir() if path.stat().st_size < 100_000)
    for _ in range(count):
        body = bytearray(rng.choice(paths).read_bytes())
        for _ in range(rng.choice((1, 1, 3, 20))):
            at, end = sorted((rng.randrange(len(body) + 1), rng.randrange(len(body) + 1)))
            match rng.randrange(8):
                case 0 if body:
                    body[min(at, len(body) - 1)] = rng.randrange(256)
                case 1:
                    del body[at : at + rng.randrange(1, 200)]
                case 2:
                    del body[at:]
                case 3:
                    body[at:at] = body[at : at + rng.randrange(1, 2000)]
                case 4:
                    body[at:at] = rng.choice(
                        (b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<item>", b"\0", b"\xff")
                    )
                case 5:
                    other = rng.choice(paths).read_bytes()
                    body[at:] = other[rng.randrange(len(other) + 1) :]
                case 6:
                    codec = rng.choice(("utf-16", "gb18030", "cp1251", "euc_jp", "latin-1"))
                    body = bytearray(bytes(body).decode("utf-8", "ignore").encode(codec, "ignore"))
                case _:
                    body[at:end] = bytes(reversed(body[at:end]))[:5000]
        yield bytes(body)


def test_spoilt_feeds_are_read_or_refused() -> None:
    """Nothing done to a real feed crashes the parser, hangs it, or lets another exception out."""
    rng = random.Random(7)
    headers = (
        None,
        "text/xml",
        "application/rss+xml; charset=gbk",
        "text/html; charset=utf-16",
        ";;charset=",
    )
    outcomes = [outcome(body, rng.choice(headers)) for body in spoilt(MUTATIONS)]
    read = sum(isinstance(one, ParsedFeed) for one in outcomes)
    assert read > len(outcomes) // 3


FRAGMENTS = st.sampled_from(
    [
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "</rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "</feed>",
        "<title>",
        "</title>",
        "<link href='a'/>",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&x;",
        "<!--",
        "-->",
        "<?xml",
        "?>",
        "<!DOCTYPE a [",
        "{",
        "}",
        '"items":[',
        "]",
        "<rdf:RDF>",
        "<pubDate>1</pubDate>",
        "\0",
        "é",
        "<html>",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=25).map("".join))
def test_fragments_in_any_order_do_no_harm(text: str) -> None:
    """Pieces of feeds in any order are read or refused."""
    outcome(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_do_no_harm(body: bytes) -> None:
    """Bytes of any kind are read or refused; no page crashes the search for feeds."""
    outcome(body)
    discover(body)


KEYS = st.sampled_from(
    [
        "id",
        "url",
        "title",
        "authors",
        "author",
        "name",
        "tags",
        "attachments",
        "size_in_bytes",
        "duration_in_seconds",
        "date_published",
        "content_html",
        "image",
        "hubs",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=4), JSON)
def test_any_json_feed_does_no_harm(items: list[object], extra: object) -> None:
    """Fields of the wrong type are as good as missing."""
    document = {"version": "https://jsonfeed.org/version/1.1", "items": items, "title": extra, "hubs": extra}
    assert isinstance(outcome(json.dumps(document).encode()), ParsedFeed)
