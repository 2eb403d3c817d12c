"""A document is read but for what is known of it by its bytes, and comes out as if it were read whole."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.model import Feed, FeedState, Fetched
from feedhub.parser import outline
from feedhub.poller.known import Known
from feedhub.poller.reading import Reading, read
from tests.feeds import Item, item_xml, numbered, rss
from tests.times import NOW

URL = "https://a.example/feed"
FEED = Feed(id="f", url=URL, category="news", host="a.example", domain="a.example")
STATE = FeedState(feed_id="f", url=URL)
ITEMS = tuple(numbered(12))
NEW = Item("new", hours=0.5)
BEFORE = rss(*ITEMS)


def atom(*names: str, root: str = "", inside: str = "") -> str:
    """Return an Atom document of these entries."""
    entries = (
        f'<entry><id>tag:a.example,2026:{name}</id><title>Title of {name}</title><link href="/{name}"/>'
        f"<updated>2026-11-23T10:00:00Z</updated><content>{inside}{name} tells this</content></entry>\n"
        for name in names
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{root}><title>A</title>{"".join(entries)}</feed>'


def rdf(*names: str) -> str:
    """Return an RSS 1.0 document of these items, listed in its head as well."""
    home = "https://a.example/"
    listed = "".join(f'<rdf:li rdf:resource="{home}{name}"/>' for name in names)
    items = "".join(
        f'<item rdf:about="{home}{name}"><title>{name}</title><link>{home}{name}</link></item>'
        for name in names
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f"<channel><title>A</title><items><rdf:Seq>{listed}</rdf:Seq></items></channel>{items}</rdf:RDF>"
    )


def reading(text: str | bytes, state: FeedState = STATE, feed: Feed = FEED, url: str = URL) -> Reading:
    body = text.encode() if isinstance(text, str) else text
    return read(feed, state, Fetched(url, 200, {"content-type": "application/rss+xml"}, body), NOW)


def after(text: str | bytes, state: FeedState = STATE, feed: Feed = FEED) -> FeedState:
    """Return what is remembered once a document was read."""
    found = reading(text, state, feed)
    return replace(state, seen=found.kept.seen, known=found.known)


def said(found: Reading) -> tuple[object, ...]:
    """Return all that a reading says of a document, whichever part of it was read."""
    kept, parsed = found.kept, replace(found.parsed, entries=())
    return kept.entries, dict(kept.seen), kept.head, Counter(kept.warnings), Counter(found.dates), parsed


def is_whole(found: Reading) -> bool:
    return len(found.parsed.entries) == len(found.dates)


def compared(text: str | bytes, state: FeedState, feed: Feed = FEED, url: str = URL) -> Reading:
    """Read a document beside a reading of the whole of it: both must say the same."""
    found = reading(text, state, feed, url)
    assert said(found) == said(reading(text, replace(state, known=""), feed, url))
    return found


NAMES = [f"n{number}" for number in range(12)]
LINKS = tuple(replace(item, guid=" ") for item in ITEMS)
PARTS = {
    "nothing but the date of its making": (
        rss(*ITEMS, head="<lastBuildDate>Mon, 23 Nov 2026 11:00:00 GMT</lastBuildDate>"),
        rss(*ITEMS, head="<lastBuildDate>Mon, 23 Nov 2026 12:00:00 GMT</lastBuildDate>"),
        0,
    ),
    "a comment behind the feed": (BEFORE, BEFORE + "<!-- made in 0.12 s -->", 0),
    "a new item": (BEFORE, rss(NEW, *ITEMS), 1),
    "a new item, an old one gone": (BEFORE, rss(NEW, *ITEMS[:-1]), 1),
    "a changed item": (BEFORE, rss(*ITEMS[:4], replace(ITEMS[4], text="<p>Other</p>"), *ITEMS[5:]), 1),
    "another order": (BEFORE, rss(*reversed(ITEMS)), 0),
    "spaces between items": (BEFORE, rss(NEW, *ITEMS).replace("</item><item>", "</item>\n\n  <item>"), 1),
    "items without guids": (rss(*LINKS), rss(replace(NEW, guid=" "), *LINKS), 1),
    "an undated item": (BEFORE, rss(replace(NEW, hours=None), *ITEMS), 1),
    "a byte order mark": (BEFORE, "\ufeff" + rss(NEW, *ITEMS), 1),
    "Atom": (atom(*NAMES), atom("new", *NAMES), 1),
    "RSS 1.0": (rdf(*NAMES), rdf("new", *NAMES), 1),
}
WHOLE = {
    "the first time": (rss(*ITEMS[:1]), BEFORE),
    "another title of the feed": (BEFORE, rss(*ITEMS, title="B")),
    "a fourth of it new": (BEFORE, rss(*numbered(4, "new"), *ITEMS[4:])),
    "an item whose guid another has": (BEFORE, rss(replace(NEW, guid="item-3"), *ITEMS)),
    "an item listed twice": (BEFORE, rss(*ITEMS, ITEMS[0])),
    "an item without a guid": (BEFORE, rss(replace(NEW, guid=" "), *ITEMS)),
    "guids that tell nothing": (
        rss(*(replace(item, guid="same") for item in ITEMS)),
        rss(*(replace(item, guid="same") for item in (NEW, *ITEMS))),
    ),
    "a comment between items": (BEFORE, rss(*ITEMS).replace("</item><item>", "</item><!-- --><item>", 1)),
    "an item in a comment": (BEFORE, rss(*ITEMS, head="<!-- <item><title>x</title></item> -->")),
    "items in a text": (
        BEFORE,
        rss(*ITEMS).replace("<description>&lt;", "<description><![CDATA[</item><item>]]>&lt;", 1),
    ),
    "guids among links": (
        rss(*LINKS),
        rss(
            *(Item(f"new-{place}", guid="same", link=f"https://b.example/{place}") for place in range(3)),
            *LINKS,
        ),
    ),
    "an item that was cut": (BEFORE, rss(NEW, *ITEMS)[:-60]),
    "another namespace": (BEFORE, rss(*ITEMS).replace('"2.0"', '"2.0" xmlns:dc="urn:x"')),
    "another base": (atom(*NAMES), atom(*NAMES, root=' xml:base="https://b.example/"')),
    "another language": (atom(*NAMES), atom(*NAMES, root=' xml:lang="de"')),
    "an entity of its own": (
        atom(*NAMES),
        f'<!DOCTYPE feed [<!ENTITY e "x">]>{atom("new", *NAMES, inside="&e;")}',
    ),
    "another charset": (
        rss(*ITEMS, title="ä"),
        rss(NEW, *ITEMS, title="ä").replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    ),
    "bytes that are no UTF-8": (
        rss(*ITEMS[:11], replace(ITEMS[11], title="ä")).encode("latin-1"),
        rss(NEW, *ITEMS[:11], replace(ITEMS[11], title="ä")).encode("latin-1"),
    ),
    "JSON Feed": (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": []}',
        '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [{"id": "1", "title": "x"}]}',
    ),
}


@pytest.mark.parametrize(("before", "now", "unknown"), PARTS.values(), ids=PARTS)
def test_what_is_known_is_not_read(before: str, now: str, unknown: int) -> None:
    """Of a document that was read before only the items are read that are new or changed."""
    found = compared(now, after(before))
    assert (is_whole(found), len(found.parsed.entries)) == (False, unknown)


@pytest.mark.parametrize(("before", "now"), WHOLE.values(), ids=WHOLE)
def test_a_document_is_read_whole_where_a_part_would_not_do(before: str, now: str | bytes) -> None:
    """What an item is may hang on the others, on what is round it, or on bytes that are no plain items."""
    assert is_whole(compared(now, after(before)))


PLAIN = [item_xml(item, "https://a.example/") for item in ITEMS]
SECTIONS = {"CDATA": ("<![CDATA[", "]]>"), "comment": ("<!--", "-->"), "instruction": ("<?p ", "?>")}
BASE = 'xml:base="https://b.example/"'
OTHER = 'xml:base="https://c.example/"'
WRAPPERS = {
    **SECTIONS,
    "nothing": ("", ""),
    "element that is skipped": ("<textInput>", "</textInput>"),
    "text": ("<description>d", "</description>"),
    "text in CDATA": ("<description><![CDATA[", "]]></description>"),
    "base": (f"<w {BASE}>", "</w>"),
    "base beside": (f"<w {BASE}><y/></w>", ""),
    "base, nothing beside": (f"<w {BASE}><y/>", "</w>"),
    "base in a comment": (f"<!-- <w {BASE}> -->", ""),
    "base behind a bracket": (f'<w a=">" {BASE}>', "</w>"),
    "other base behind a bracket": (f'<w a=">" {OTHER}>', "</w>"),
    "base beyond ASCII": (f"<Öw {BASE}>", "</Öw>"),
    "other base beyond ASCII": (f"<Öw {OTHER}>", "</Öw>"),
    "depth": ("<w>" * 32, "</w>" * 32),
    "item by its prefix": ("", '<x:item xmlns:x="urn:x"><title>x</title><link>/x</link></x:item>'),
}


def around(before: str, items: Sequence[str], behind: str) -> str:
    """Return a document with something before its items and behind them; the links hang on their base."""
    text = "".join(items).replace("https://a.example/", "/")
    return f'<rss version="2.0"><channel><title>F</title>{before}{text}{behind}</channel></rss>'


@pytest.mark.parametrize("now", WRAPPERS.values(), ids=WRAPPERS)
def test_what_stands_round_the_items(now: tuple[str, str]) -> None:
    """Items mean something else, or nothing, where what is round them says so, and that is seen."""
    for before, behind in WRAPPERS.values():
        state = after(around(before, PLAIN, behind))
        compared(around(now[0], PLAIN, now[1]), state)


@pytest.mark.parametrize(("start", "end"), SECTIONS.values(), ids=SECTIONS)
@pytest.mark.parametrize(
    "opener", ["<item>{} </item>", "<item><title>N</title>{} </item>", "<item>{}--></item ><item> </item>"]
)
def test_an_item_that_swallows_others(opener: str, start: str, end: str) -> None:
    """A section that begins in one item and ends behind others has them as its text, known or not."""
    state, opened = after(around("", PLAIN, "")), opener.format(start)
    compared(around("", [opened, *PLAIN], f"{end}</item>"), state)
    compared(around("", [*PLAIN[:4], opened, *PLAIN[4:]], f"{end}</item>"), state)
    compared(around("", [opened, *PLAIN[:4], f"{end}</item>", *PLAIN[4:]], ""), state)


def test_an_item_is_read_by_itself() -> None:
    """A text is repaired, and an element named, by what the item has, whatever other items have."""
    control = replace(ITEMS[0], title="a\x85b")
    twice = replace(NEW, title="Price \u00c2\u20ac5")
    compared(rss(twice, control, *ITEMS[1:]), after(rss(control, *ITEMS[1:])))
    compared(rss(control, twice, *ITEMS[2:]), after(rss(ITEMS[0], twice, *ITEMS[2:])))
    ours, theirs = (f'<{name}:title xmlns:{name}="urn:t">MT</{name}:title>' for name in ("dc", "foo"))
    old = rss(*ITEMS).replace("<guid", f"{ours}<guid", 1)
    compared(old.replace("<item>", f"<item><guid>n</guid>{theirs}</item><item>", 1), after(old))
    line = f'<g:line xmlns:g="http://www.georss.org/georss"><![CDATA[1 2 3 4{" " * 5000}]]></g:line>'
    placed = rss(*ITEMS).replace("<guid", f"{line}<guid", 1)
    (entry, *_), (again, *_) = (
        reading(text).kept.entries for text in (placed, placed.replace("A feed", "\U00100000"))
    )
    assert entry.place == again.place is not None


def test_an_item_that_returns_is_read_again() -> None:
    """What left the document is forgotten, its bytes or not: whether it is new is for the store to tell."""
    state = after(rss(*ITEMS[1:]), after(BEFORE))
    found = compared(BEFORE, state)
    assert [entry.guid for entry in found.kept.entries] == ["item-0"]


def test_an_item_that_is_changed_back_is_read_again() -> None:
    """What an item says now is what counts, whether it was said before or not."""
    edited = rss(replace(ITEMS[0], text="<p>Other</p>"), *ITEMS[1:])
    found = compared(BEFORE, after(edited, after(BEFORE)))
    assert [entry.guid for entry in found.kept.entries] == ["item-0"]


def test_what_entries_share_is_learned_when_a_document_is_read_whole() -> None:
    """New items come one by one; when they are a fourth of the document it is read whole, and known anew."""
    footer = "<p>Subscribe to our newsletter for more of this every Monday.</p>"
    items = [Item(f"n{number}", text=f"<p>About {number}.</p>{footer}") for number in range(15)]
    state, whole = STATE, []
    for count in range(12, 16):
        found = reading(rss(*reversed(items[:count])), state)
        whole.append(is_whole(found))
        assert any("newsletter" in passage for passage in found.shared.passages)
        state = replace(state, seen=found.kept.seen, known=found.known)
    assert whole == [True, False, False, False]
    later = [Item("n15", text="<p>About 15.</p><p>Our new footer stands here.</p>"), *reversed(items)]
    found = reading(rss(NEW, *later), state)
    assert len(Known.unpack(found.known).items) == 17


@pytest.mark.parametrize(
    "other",
    [
        {"url": "https://b.example/feed"},
        {"feed": replace(FEED, timezone="Asia/Tokyo")},
        {"feed": replace(FEED, identity="link")},
        {"feed": replace(FEED, encoding="utf-8")},
    ],
)
def test_what_is_known_holds_for_one_way_of_reading(other: dict[str, Any]) -> None:
    """An item that is read against another address, or by other settings, is another."""
    assert is_whole(compared(BEFORE, after(BEFORE), **other))


def test_no_more_entries_are_known_than_are_taken() -> None:
    """A document that grows beyond `max_entries` is read whole: its newest are taken."""
    few = replace(FEED, fetch=replace(FEED.fetch, limits=replace(FEED.fetch.limits, max_entries=12)))
    found = compared(rss(NEW, *ITEMS), after(BEFORE, feed=few), few)
    assert len(found.kept.seen) == 12


def test_a_document_that_may_be_too_complex_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is long enough to have too many tags is for the parser to refuse, known or not."""
    monkeypatch.setattr(sys.modules[outline.__module__], "_BYTES_AT_MOST", len(BEFORE))
    assert outline(BEFORE.encode(), None, "", 100)
    assert outline(BEFORE.encode() + b"\n", None, "", 100) is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_becomes_of_a_document(data: st.DataObject) -> None:
    """Items come, go, change, move, lose or share guids, poll after poll: what is said is never another."""
    pool = [*numbered(14), *(replace(item, guid=f"item-{place}") for place, item in enumerate(ITEMS[:3]))]
    pool += [Item("bare", guid=" "), Item("trap", text="]]></item><item>")]
    state = after(rss(*ITEMS))
    for _ in range(4):
        chosen = data.draw(st.lists(st.sampled_from(pool), max_size=2))
        kept = data.draw(st.permutations(ITEMS)) if data.draw(st.booleans()) else list(ITEMS)
        for place in data.draw(st.sets(st.integers(0, 2), max_size=2)):
            kept[place] = replace(kept[place], text="<p>Changed.</p>", hours=None)
        found = compared(rss(*chosen, *kept[: data.draw(st.integers(9, 12))]), state)
        state = replace(state, seen=found.kept.seen, known=found.known)


def test_real_feeds_are_known_by_their_bytes(shared: Path) -> None:
    """Of real feeds that gained an item nine in ten are read for that alone, and say what they say whole."""
    parts = []
    for path in sorted((shared / "corpus" / "real").iterdir())[::4]:
        body = path.read_bytes()
        cut = outline(body, None, "", 1000)
        if cut is None or len(cut.spans) < 8:
            continue
        (start, end), *_ = cut.spans
        try:
            state = after(cut.body[:start] + cut.body[end:])
        except ParseError:
            continue
        parts.append(is_whole(compared(body, state)))
    assert parts.count(False) > 0.9 * len(parts) > 50
