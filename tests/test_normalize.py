"""A parsed document becomes entries: what is new, what it says, what was repaired."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from feedhub.model import (
    Enclosure,
    Entry,
    Feed,
    FetchOptions,
    Limits,
    LinkPolicy,
    ParsedFeed,
    Person,
    Podcast,
    RawEntry,
    Transcript,
)
from feedhub.normalize import Normalised, normalize
from feedhub.normalize.dates import believe
from feedhub.normalize.links import absolute
from feedhub.normalize.text import MAX_TITLE, legal, plain_name, plain_title
from tests.times import NOW

FEED = Feed(id="blog", url="https://blog.example/feed.xml", category="general")
RAW = RawEntry(
    id="urn:1",
    link="https://blog.example/1",
    title="Title",
    summary="<p>Short</p>",
    content="<p>Long</p>",
    published=NOW - timedelta(days=1),
)


def run(*raws: RawEntry, feed: Feed = FEED, seen: dict[str, str] | None = None, **head: object) -> Normalised:
    return normalize(ParsedFeed(format="rss20", entries=raws, **head), feed, seen or {}, NOW)  # type: ignore[arg-type]


def one(feed: Feed = FEED, **changes: object) -> Entry:
    (entry,) = run(replace(RAW, **changes), feed=feed).entries  # type: ignore[arg-type]
    return entry


TITLES = [
    ("Plain", "text", "Plain"),
    ("  two\n lines ", "text", "two lines"),
    ("a  b", "text", "a b"),
    ("全角\u3000空白", "text", "全角 空白"),
    ("Tom &amp; Jerry", "html", "Tom & Jerry"),
    ("Tom &amp;amp; Jerry", "html", "Tom & Jerry"),
    ("Tom &amp; Jerry", "text", "Tom & Jerry"),
    ("AT&T", "html", "AT&T"),
    ("R&D; or not", "html", "R&D; or not"),
    ("A <b>bold</b> claim", "html", "A bold claim"),
    ("A <b>bold</b> claim", "text", "A <b>bold</b> claim"),
    ("Vec<T> and <div>", "html", "Vec<T> and"),
    ("1 < 2 > 0", "html", "1 < 2 > 0"),
    ("x<br/>y", "html", "x y"),
    ("x<script>alert(1)</script>y", "html", "xy"),
    ("x<!-- no -->y", "html", "xy"),
    ("&lt;em&gt;escaped&lt;/em&gt;", "html", "<em>escaped</em>"),
    ("caf&eacute; &#8212; &#x1F600;", "html", "café — 😀"),
    ("nul\x00bell\x07\ufffe", "text", "nulbell"),
    ("lone \ud83d half", "text", "lone \ufffd half"),
    ("abc\u202egpj.exe", "text", "abcgpj.exe"),
    ("می\u200cخواهم", "text", "می\u200cخواهم"),
    ("x" * 5000, "text", "x" * (MAX_TITLE - 1) + "…"),
    ("<b" * 100_000, "html", None),
    ("", "html", ""),
]


@pytest.mark.parametrize(("given", "kind", "expected"), TITLES, ids=[repr(row[0][:30]) for row in TITLES])
def test_plain_title(given: str, kind: str, expected: str | None) -> None:
    """A title is plain text on one line, legal and bounded."""
    title = plain_title(given, kind)
    assert len(title) <= MAX_TITLE
    assert title.encode().decode() == title
    if expected is not None:
        assert title == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Ada <ada@example.org>", "Ada <ada@example.org>"),
        ("Sm&#246;rg&aring;s", "Smörgås"),
        ("a\r\nb", "a b"),
        ("n" * 500, "n" * 199 + "…"),
    ],
)
def test_plain_name(given: str, expected: str) -> None:
    """A name is plain text on one line; an address in it stays."""
    assert plain_name(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ok\t\r\n é 😀 \x7f\x85", "ok\t\r\n é 😀 \x7f\x85"),
        ("\x00\x0b\x1f", ""),
        ("a\ufffeb\uffffc", "abc"),
        ("\udcff", "\ufffd"),
    ],
)
def test_legal(given: str, expected: str) -> None:
    """Legal text holds what XML 1.0 can carry, and nothing else."""
    assert legal(given) == expected


LINKS = [
    ("https://a.example/x?y=1&z=2#f", "https://a.example/x?y=1&z=2#f"),
    (" https://a.example/x\n", "https://a.example/x"),
    ("https://a.exam\nple/x", "https://a.example/x"),
    ("https://a.example/a b", "https://a.example/a%20b"),
    ("https://a.example/%E2%82%AC?q=%20", "https://a.example/%E2%82%AC?q=%20"),
    ("https://a.example/äö", "https://a.example/%C3%A4%C3%B6"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("/x", "https://base.example/x"),
    ("x", "https://base.example/dir/x"),
    ("?p=1", "https://base.example/dir/file?p=1"),
    ("//cdn.example/x", "https://cdn.example/x"),
    ("HTTPS://A.example/x", "https://a.example/x"),
    ("javascript:alert(1)", ""),
    ("java\tscript:alert(1)", ""),
    ("data:text/html,x", ""),
    ("ftp://a.example/", ""),
    ("mailto:a@b.example", ""),
    ("urn:uuid:1", ""),
    ("http://", ""),
    ("http:///x", ""),
    ("http://[::1", ""),
    ("http://a.example:port/", ""),
    ("http://a.example:65535/x", "http://a.example:65535/x"),
    ("http://a.example:65536/x", ""),
    ("http://a.example:99999/x", ""),
    ("http://a.example:00080/x", "http://a.example:00080/x"),
    ("https://a.example/" + "x" * 5000, ""),
    ("", ""),
    ("https://a.example/\u202egpj", "https://a.example/gpj"),
]


@pytest.mark.parametrize(("given", "expected"), LINKS)
def test_absolute(given: str, expected: str) -> None:
    """A link is an absolute http or https address in ASCII, or there is none."""
    link = absolute(given, "https://base.example/dir/file")
    assert link.lower() == expected.lower() if given.startswith("HTTPS") else link == expected


@pytest.mark.parametrize(
    ("moment", "policy", "expected", "repaired"),
    [
        (None, "clamp", None, False),
        (NOW, "clamp", NOW, False),
        (NOW + timedelta(hours=20), "clamp", NOW + timedelta(hours=20), False),
        (NOW + timedelta(days=400), "clamp", NOW, True),
        (NOW + timedelta(days=400), "ignore", None, True),
        (datetime(1970, 1, 1, tzinfo=UTC), "clamp", None, True),
        (datetime(1, 1, 1, tzinfo=UTC), "ignore", None, True),
        (datetime(1998, 1, 1, tzinfo=timezone(timedelta(hours=8))), "clamp",
         datetime(1997, 12, 31, 16, tzinfo=UTC), False),
    ],
)  # fmt: skip
def test_believe(moment: datetime | None, policy: str, expected: datetime | None, repaired: bool) -> None:
    """A date is believed when it can be true, and what is done otherwise is said."""
    kept, problem = believe(moment, policy, NOW)
    assert (kept, bool(problem)) == (expected, repaired)


def test_an_entry() -> None:
    """An entry carries what its item said, cleaned, and when it was first seen."""
    entry = one(
        title="News &amp; more",
        authors=(
            Person("Ada", "ada@a.example", "/ada"),
            Person("Ada", "ada@a.example", "/ada"),
            Person("", "x"),
        ),
        categories=("a", "a", " b\n", ""),
        updated=NOW,
        enclosures=(
            Enclosure("/e.mp3", "audio/mpeg; x=1", 5, "E &amp; F", 60),
            Enclosure("/e.mp3"),
            Enclosure("file:///etc/passwd"),
            Enclosure("https://cdn.example/i.jpg", "image/jpeg", -1),
        ),
        language="en_GB",
        comments="/1#comments",
        source_title="<b>Other</b>",
        source_url="https://other.example/",
        podcast=Podcast(
            60,
            "1",
            "2",
            "full",
            "no",
            "/p.jpg",
            "/c.json",
            (Transcript("/t.vtt", "text/vtt"), Transcript("x:y")),
        ),
    )
    assert entry == Entry(
        feed_id="blog",
        key=entry.key,
        guid="urn:1",
        link="https://blog.example/1",
        title="News & more",
        summary="<p>Short</p>",
        content="<p>Long</p>",
        authors=(Person("Ada", "ada@a.example", "https://blog.example/ada"),),
        categories=("a", "b"),
        published_at=NOW - timedelta(days=1),
        updated_at=NOW,
        first_seen_at=NOW,
        enclosures=(
            Enclosure("https://blog.example/e.mp3", "audio/mpeg", 5, "E & F", 60),
            Enclosure("https://cdn.example/i.jpg", "image/jpeg", None),
        ),
        image="https://blog.example/p.jpg",
        language="en-GB",
        comments="https://blog.example/1#comments",
        source_title="Other",
        source_url="https://other.example/",
        podcast=Podcast(
            60,
            "1",
            "2",
            "full",
            "no",
            "https://blog.example/p.jpg",
            "https://blog.example/c.json",
            (Transcript("https://blog.example/t.vtt", "text/vtt"),),
        ),
        content_hash=entry.content_hash,
    )


def test_a_file_on_localhost_is_for_local_feeds() -> None:
    """A file on localhost reaches no reader and is left out; an intranet's stays, and a local feed's."""
    files = tuple(Enclosure(url, "audio/mpeg") for url in ("http://localhost/a.mp3", "http://intranet/a.mp3"))
    assert [file.url for file in one(enclosures=files).enclosures] == ["http://intranet/a.mp3"]
    local = one(enclosures=files, link="http://localhost:4000/1", base="http://localhost:4000/feed.xml")
    assert len(local.enclosures) == 2


@pytest.mark.parametrize(
    ("changes", "image"),
    [
        ({}, ""),
        ({"image": "/i.png"}, "https://blog.example/i.png"),
        ({"enclosures": (Enclosure("/e.png", "image/png"),)}, "https://blog.example/e.png"),
        ({"content": '<p><img alt="" src="/c.png?a=1&amp;b=2"></p>'}, "https://blog.example/c.png?a=1&b=2"),
        ({"image": "javascript:1", "content": ""}, ""),
    ],
)
def test_image(changes: dict[str, object], image: str) -> None:
    """The picture is the one the feed names, else an attached one, else the body's first."""
    assert one(**changes).image == image


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({"canonical": "https://origin.example/1"}, "https://origin.example/1"),
        ({"canonical": "javascript:1"}, "https://blog.example/1"),
        ({"link": "", "id": "https://blog.example/?p=1"}, "https://blog.example/?p=1"),
        ({"link": "", "id": "12345"}, ""),
        ({"link": "javascript:alert(1)"}, ""),
        ({"link": "../2", "base": "https://cdn.example/a/b"}, "https://cdn.example/2"),
    ],
)
def test_link(changes: dict[str, object], link: str) -> None:
    """The link is the publisher's own, and a web address."""
    assert one(**changes).link == link


def test_canonical_links_can_be_declined() -> None:
    """A feed that says so keeps the links it lists."""
    feed = replace(FEED, links=LinkPolicy(canonical=False))
    assert one(feed, canonical="https://origin.example/1").link == "https://blog.example/1"
    wrapped = "https://www.google.com/url?url=https://origin.example/1"
    assert one(feed, link=wrapped).link == wrapped
    assert one(link=wrapped).link == "https://origin.example/1"
    own = replace(FEED, links=LinkPolicy(unwrap=(("agg.example/go", ("to",)),)))
    assert one(own, link="https://agg.example/go?to=https://b.example/1").link == "https://b.example/1"


def test_bodies_resolve_against_their_base() -> None:
    """Relative addresses in a body belong to its xml:base, else to the entry's link, else to the feed."""
    body = '<a href="x">y</a>'
    assert 'href="https://b.example/d/x"' in one(content=body, base="https://b.example/d/").content
    assert 'href="https://blog.example/x"' in one(content=body).content
    assert 'href="https://blog.example/x"' in one(content=body, link="").content


def test_one_body_is_kept_once() -> None:
    """A summary that repeats the content is left out."""
    entry = one(summary="<p>Long</p>")
    assert (entry.content, entry.summary) == ("<p>Long</p>", "")


def test_unchanged_entries_are_not_returned() -> None:
    """A second poll of the same document brings nothing, one of a changed document only what changed."""
    other = replace(RAW, id="urn:2", link="https://blog.example/2")
    first = run(RAW, other)
    assert len(first.entries) == 2
    again = run(RAW, other, seen=first.seen)
    assert (again.entries, again.seen) == ((), first.seen)
    edited = run(replace(RAW, content="<p>Longer</p>"), other, seen=first.seen)
    assert [entry.guid for entry in edited.entries] == ["urn:1"]
    assert edited.entries[0].key in first.seen


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"published": NOW}, True),
        ({"updated": NOW}, True),
        ({"categories": ("new",)}, True),
        ({"content": "<p>Long</p><script>count(2)</script>"}, True),
        ({"title": "Other"}, False),
        ({"link": "https://blog.example/other"}, False),
        ({"content": "<p>Longer</p>"}, False),
        ({"summary": "<p>Shorter</p>"}, False),
        ({"authors": (Person("Eve"),)}, False),
        ({"enclosures": (Enclosure("/x.mp3"),)}, False),
    ],
)
def test_content_hash(changes: dict[str, object], same: bool) -> None:
    """The content hash moves with what a reader sees, and with nothing else."""
    assert (one(**changes).content_hash == one().content_hash) is same


def test_the_newest_version_of_an_item_counts() -> None:
    """An item that is listed twice is one entry: the version updated last."""
    old, new = (
        replace(RAW, title="Old", updated=NOW),
        replace(RAW, title="New", updated=NOW + timedelta(hours=1)),
    )
    for raws in ((old, new), (new, old)):
        assert [entry.title for entry in run(*raws).entries] == ["New"]


@pytest.mark.parametrize("dated", [True, False])
def test_entries_are_bounded(dated: bool) -> None:
    """Of a document with too many entries the newest are taken, undated ones from the top, and it is said."""
    feed = replace(FEED, fetch=FetchOptions(limits=Limits(max_entries=3)))
    raws = [
        replace(RAW, id=f"{n}", link=f"/{n}", published=NOW - timedelta(days=n) if dated else None)
        for n in range(9)
    ]
    found = run(*reversed(raws), feed=feed)
    assert [entry.guid for entry in found.entries] == (["2", "1", "0"] if dated else ["8", "7", "6"])
    assert "max_entries" in found.warnings[0]
    assert len(found.seen) == 3


def test_warnings_are_counted() -> None:
    """Repairs of one kind are one sentence, however many entries need them."""
    raws = [replace(RAW, id=f"{n}", link="javascript:1", published=NOW + timedelta(days=9)) for n in range(5)]
    assert run(*raws).warnings == (
        "a link that is no web address: left out (5 entries, such as 'Title')",
        "dated in the future: taken as of now (5 entries, such as 'Title')",
    )


def test_the_head() -> None:
    """What a feed says of itself is plain text and web addresses."""
    head = run(
        title="My &amp; <b>feed</b>",
        link="/",
        subtitle="<p>About\n things</p>",
        language="de-DE",
        image="/logo.png",
        hubs=("https://hub.example/", "javascript:1", "https://hub.example/"),
    ).head
    assert (head.title, head.link, head.subtitle) == ("My & feed", "https://blog.example/", "About things")
    assert (head.language, head.image, head.format) == ("de-DE", "https://blog.example/logo.png", "rss20")
    assert head.hubs == ("https://hub.example/",)


def test_hostile_fields() -> None:
    """No field of an entry carries what XML or a database refuses, however long or broken it is."""
    bad = "\x00\x1b\ud800\ufffe<script>\u202e" + "x" * 10_000
    entry = one(
        id=bad,
        title=bad,
        summary=bad,
        content=bad,
        authors=tuple(Person(f"{n}{bad}", f"@{bad}", bad) for n in range(200)),
        categories=tuple(f"{n}{bad}" for n in range(500)),
        enclosures=tuple(Enclosure(f"https://a.example/{n}", bad, 2**70, bad, -5) for n in range(200)),
        language=bad,
        comments=bad,
        source_title=bad,
        source_url=bad,
        podcast=Podcast(-1, bad, bad, bad, bad, bad, bad, (Transcript(bad, bad, bad),)),
    )
    shown = repr(entry)
    entry_text = shown.encode("utf-8").decode()
    for escape in (r"\x00", r"\x1b", r"\ud800", r"\ufffe"):
        assert escape not in entry_text
    assert "<script" not in entry.content + entry.summary + entry.title
    assert (len(entry.authors), len(entry.categories), len(entry.enclosures)) == (50, 100, 50)
    assert len(shown) < 200_000
