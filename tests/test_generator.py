"""What the generator publishes, read back by feedparser and json."""

from __future__ import annotations

import io
import json
import locale
import os
import subprocess
import sys
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feedhub.generator import render
from feedhub.model import Document, Enclosure, Output, Person, Podcast, Site, Story
from tests.sample_stories import CREATED_AT, OUTPUT, SITE, full_story, make_source, make_story

DATA = Path(__file__).resolve().parent / "data" / "generator"
HOSTILE = "\x00\x1b]0;x\x07</title><script>alert(1)</script>]]>&lt;\ud800\uffff\u202e😀"


def documents(*stories: Story, output: Output = OUTPUT, site: Site = SITE) -> dict[str, Document]:
    """Return the rendered documents by format."""
    rendered = render(output, stories, site, CREATED_AT, "1.2.3")
    return {document.path.rpartition(".")[2]: document for document in rendered}


def read_back(document: Document) -> Any:
    """Return what feedparser makes of a document, unsanitised, without following relative addresses."""
    parsed = feedparser.parse(io.BytesIO(document.body), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def json_items(*stories: Story, output: Output = OUTPUT) -> list[dict[str, Any]]:
    """Return the items of the JSON Feed."""
    items: list[dict[str, Any]] = json.loads(documents(*stories, output=output)["json"].body)["items"]
    return items


def rss_item(story: Story, output: Output = OUTPUT) -> etree._Element:
    """Return the only item of the RSS document."""
    item = etree.fromstring(documents(story, output=output)["rss"].body).find("channel/item")
    assert item is not None
    return item


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_the_bytes_are_those_on_record(name: str) -> None:
    """One small output, byte for byte; a change here changes what every subscriber gets.

    After a change that is meant, `FEEDHUB_RECORD=1 pytest tests/test_generator.py` writes the files anew.
    """
    record = DATA / f"sample.{name}"
    body = documents(full_story(5), make_story(4))[name].body
    if os.environ.get("FEEDHUB_RECORD"):
        record.parent.mkdir(exist_ok=True)
        record.write_bytes(body)
    assert body == record.read_bytes()


def test_documents_have_path_type_etag_and_time() -> None:
    """Each format of an output is one document with a strong ETag and the time of the newest change."""
    newest = make_story(3, updated_at=datetime(2026, 3, 9, tzinfo=UTC))
    rendered = render(OUTPUT, [newest, make_story(2)], SITE, CREATED_AT, "1.2.3")
    assert [(document.path, document.content_type) for document in rendered] == [
        ("tag/python.atom", "application/atom+xml; charset=utf-8"),
        ("tag/python.rss", "application/rss+xml; charset=utf-8"),
        ("tag/python.json", "application/feed+json; charset=utf-8"),
    ]
    assert {document.modified_at for document in rendered} == {newest.updated_at}
    assert len({document.etag for document in rendered}) == 3
    assert all(document.etag.startswith('"') and document.etag.endswith('"') for document in rendered)
    assert [
        document.path for document in render(replace(OUTPUT, formats=("json",)), [], SITE, CREATED_AT, "1")
    ] == ["tag/python.json"]


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_round_trip(name: str) -> None:
    """feedparser reads back every story in order: ids, links, titles, dates, authors, tags, source."""
    stories = [full_story(5), make_story(4), make_story(3)]
    parsed = read_back(documents(*stories)[name])
    assert parsed.feed.title == "Python"
    assert parsed.feed.subtitle == "All about Python"
    assert parsed.feed.link == "https://feeds.example.org/tag/python.html"
    assert parsed.feed.language == "en"
    assert timegm(parsed.feed.updated_parsed) == int(stories[0].updated_at.timestamp())
    assert [entry.id for entry in parsed.entries] == [story.id for story in stories]
    assert [entry.title for entry in parsed.entries] == [story.entry.title for story in stories]
    assert [entry.link for entry in parsed.entries] == [story.entry.link for story in stories]
    assert [timegm(entry.published_parsed) for entry in parsed.entries] == [
        int(story.published_at.timestamp()) for story in stories
    ]
    first = parsed.entries[0]
    assert timegm(first.updated_parsed) == int(stories[0].updated_at.timestamp())
    assert [author.name for author in first.authors if author] == ["Bob Writer", "王小明", "eve"]
    assert [tag.term for tag in first.tags] == ["21世纪", "python", "releases", "Release <notes>", "经济"]
    assert first.source.title == "Feed one"
    assert (
        next(link.href for link in first.links if link.rel == "enclosure") == "https://one.example/show.mp3"
    )
    assert first.enclosures[0].length == "12345"
    assert first.enclosures[0].type == "audio/mpeg"
    assert first.summary == stories[0].entry.summary
    assert first.content[0].value.startswith(stories[0].entry.content)
    assert first.media_thumbnail == [{"url": "https://one.example/picture.png"}]


def test_round_trip_of_json() -> None:
    """The JSON Feed says the same, and under `_feedhub` every source with the reason for the match."""
    item, plain = json_items(full_story(5), make_story(4))
    assert item["title"] == full_story().entry.title
    assert item["content_html"] == full_story().entry.content
    assert item["summary"] == "A short one"
    assert item["attachments"][0] == {
        "url": "https://one.example/show.mp3",
        "mime_type": "audio/mpeg",
        "title": "The show",
        "size_in_bytes": 12345,
        "duration_in_seconds": 605,
    }
    assert item["date_published"] == "2026-03-05T09:30:00+00:00"
    assert item["date_modified"] == "2026-03-05T12:00:01+00:00"
    assert item["_feedhub"]["category"] == "programming"
    assert item["_feedhub"]["tags"] == ["21世纪", "python", "releases"]
    reasons = [
        (source["feed"], source["matched_by"], source["score"]) for source in item["_feedhub"]["sources"]
    ]
    assert reasons == [
        ("one", "first", 1.0),
        ("two", "link", 1.0),
        ("two", "content", 1.0),
        ("three", "near", 0.912),
    ]
    assert plain["_feedhub"]["sources"] == [
        {
            "feed": "one",
            "feed_title": "Feed one",
            "entry_id": "guid:https://one.example/posts/4",
            "url": "https://one.example/posts/4",
            "title": "Post 4",
            "matched_by": "first",
            "score": 1.0,
            "published": "2026-03-04T09:30:00+00:00",
        }
    ]


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_links_of_the_feed(name: str) -> None:
    """A feed links to itself, to its page, to its other formats and to the hubs."""
    links = {(link.rel, link.href) for link in read_back(documents(make_story())[name]).feed.links}
    base = "https://feeds.example.org/tag/python"
    expected = {
        ("alternate", f"{base}.{other}") for other in ("atom", "rss", "json", "html") if other != name
    }
    assert links == expected | {("self", f"{base}.{name}"), ("hub", "https://hub.example.org/")}


def test_a_private_output_names_no_hub() -> None:
    """What is private is announced to no public hub."""
    rendered = documents(make_story(), output=replace(OUTPUT, private=True))
    assert all(b"hub.example.org" not in document.body for document in rendered.values())


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_a_private_output_names_no_address_of_its_own(name: str) -> None:
    """A private document says nowhere where it lies: its address is what opens it."""
    body = documents(make_story(), output=replace(OUTPUT, private=True))[name].body
    assert OUTPUT.path.encode() not in body


def test_an_empty_output_is_a_valid_feed() -> None:
    """Without stories the feed stands, dated with the output's creation."""
    rendered = documents()
    assert {document.modified_at for document in rendered.values()} == {CREATED_AT}
    for name in ("atom", "rss"):
        parsed = read_back(rendered[name])
        assert parsed.entries == []
        assert timegm(parsed.feed.updated_parsed) == int(CREATED_AT.timestamp())
    assert json.loads(rendered["json"].body)["items"] == []


def test_the_feed_id_depends_on_address_and_path_alone() -> None:
    """A new title, new stories or a new version leave the Atom id as it is; another path does not."""
    ids = {
        read_back(documents(*stories, output=replace(OUTPUT, title=title))["atom"]).feed.id
        for stories in ((), (make_story(),))
        for title in ("One", "Two")
    }
    assert len(ids) == 1
    assert read_back(documents(output=replace(OUTPUT, path="all"))["atom"]).feed.id not in ids


def test_same_bytes_in_every_process() -> None:
    """Two processes with other hash seeds, time zones and locales render the same bytes."""
    program = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:]\n"
        "from tests.sample_stories import *\nfrom feedhub.generator import render\n"
        "for document in render(OUTPUT, [full_story(), make_story()], SITE, CREATED_AT, '1'):\n"
        "    print(document.etag, hashlib.sha256(document.body).hexdigest())\n"
    )
    root = Path(__file__).resolve().parents[1]
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program, str(root)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    ]
    assert outputs[0] == outputs[1] != b""


def test_rendering_leaves_the_locale_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No date goes through `locale.setlocale`, which belongs to the whole process."""

    def refuse(*_: object) -> str:
        raise AssertionError("setlocale called")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"<pubDate>Sun, 01 Mar 2026 09:30:00 GMT</pubDate>" in documents(make_story(1))["rss"].body


def test_hostile_text_stays_text() -> None:
    """Markup, control characters and surrogates in any field end neither an element nor the document."""
    story = make_story(
        1,
        entry={
            "title": HOSTILE,
            "summary": HOSTILE,
            "content": HOSTILE,
            "authors": (Person(HOSTILE, HOSTILE, HOSTILE),),
            "categories": (HOSTILE,),
            "enclosures": (Enclosure(f"https://one.example/{HOSTILE}", HOSTILE, -5, HOSTILE, -1),),
            "image": "javascript:alert(1)",
            "link": f"https://one.example/{HOSTILE}",
            "comments": "data:text/html,x",
            "language": HOSTILE,
            "source_title": HOSTILE,
            "source_url": HOSTILE,
            "podcast": Podcast(-1, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, ()),
        },
        tags=frozenset({HOSTILE}),
        category=HOSTILE,
        sources=(
            make_source(feed_title=HOSTILE, entry_id=HOSTILE, link=HOSTILE, title=HOSTILE, feed_url=HOSTILE),
            make_source("two", feed_title=HOSTILE, feed_url=f"https://two.example/{HOSTILE}"),
        ),
    )
    rendered = documents(
        story,
        output=replace(OUTPUT, title=HOSTILE, description=HOSTILE),
        site=replace(SITE, title=HOSTILE, author=HOSTILE, language=HOSTILE, hubs=(HOSTILE,)),
    )
    for name in ("atom", "rss"):
        parsed = read_back(rendered[name])
        assert len(parsed.entries) == 1
        assert parsed.entries[0].id == story.id
        assert parsed.entries[0].title.startswith("]0;x</title><script>alert(1)</script>]]>")
        names = {etree.QName(element).localname for element in etree.fromstring(rendered[name].body).iter()}
        assert "script" not in names
    assert "javascript:" not in "".join(document.body.decode() for document in rendered.values())
    assert json.loads(rendered["json"].body)["items"][0]["id"] == story.id


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=60, deadline=None, database=None)
@given(ANYTHING, ANYTHING, ANYTHING)
def test_any_text_gives_whole_documents(title: str, content: str, link: str) -> None:
    """Whatever the characters, each format parses and holds the story."""
    rendered = documents(make_story(entry={"title": title, "content": content, "link": link}))
    assert len(etree.fromstring(rendered["rss"].body).findall("channel/item")) == 1
    assert len(etree.fromstring(rendered["atom"].body).findall("{*}entry")) == 1
    assert len(json.loads(rendered["json"].body)["items"]) == 1


def test_text_for_pages_comes_through_exactly() -> None:
    """A title that looks like markup is read back letter by letter, from every format."""
    for title in (
        "AT&T <script>",
        "a < b && c > d",
        "C++ <vector> header",
        "use &amp; in HTML",
        "<b>bold</b>",
    ):
        story = make_story(entry={"title": title})
        rendered = documents(story)
        assert [read_back(rendered[name]).entries[0].title for name in ("atom", "rss")] == [title, title]
        assert json.loads(rendered["json"].body)["items"][0]["title"] == title


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ({"content": "<p>A toot, of no more than a few words</p>"}, "A toot, of no more than a few words"),
        (
            {"content": f"<p>{'word ' * 50}</p>"},
            f"{'word ' * 15}word…",
        ),
        ({"content": '<img src="https://one.example/x.png">'}, "https://one.example/posts/1"),
        ({"content": "", "link": ""}, "Untitled"),
    ],
)
def test_a_story_without_title(entry: dict[str, Any], title: str) -> None:
    """RSS and Atom, which want a title, show the first words, else the link; JSON Feed shows none."""
    story = make_story(entry={"title": "", **entry})
    rendered = documents(story)
    assert [read_back(rendered[name]).entries[0].title for name in ("atom", "rss")] == [title, title]
    assert "title" not in json.loads(rendered["json"].body)["items"][0]


LONG = "<p>" + "Many words. " * 100 + "</p>"


@pytest.mark.parametrize(
    ("setting", "entry", "content", "summary"),
    [
        ("full", {"content": LONG, "summary": "<i>short</i>"}, LONG, "<i>short</i>"),
        ("full", {"content": "", "summary": "<i>short</i>"}, "<i>short</i>", ""),
        ("full", {"content": "<i>same</i>", "summary": "<i>same</i>"}, "<i>same</i>", ""),
        ("summary", {"content": LONG, "summary": "<i>short</i>"}, "", "<i>short</i>"),
        ("summary", {"content": "<p>brief</p>"}, "", "<p>brief</p>"),
        ("none", {"content": LONG, "summary": "<i>short</i>"}, "", ""),
    ],
)
def test_content_setting(setting: str, entry: dict[str, Any], content: str, summary: str) -> None:
    """`content` says how much of a story is published: all, the summary or an excerpt, or none."""
    story, output = make_story(entry=entry), replace(OUTPUT, content=setting)
    atom = read_back(documents(story, output=output)["atom"]).entries[0]
    assert [part.value for part in atom.get("content", [])] == ([content] if content else [])
    if summary or not content:
        assert atom.get("summary", "") == summary
    item = rss_item(story, output)
    assert (item.findtext("{*}encoded") or "") == content
    assert bool(item.findtext("description")) == (setting != "none")
    (in_json,) = json_items(story, output=output)
    assert in_json.get("content_html", "") == (content or summary)
    assert in_json.get("content_text", "") == ("" if content or summary else story.entry.title)


def test_the_duration_of_an_episode_is_its_recordings() -> None:
    """A podcast's duration goes with its recording when the file does not say, never with a picture."""
    files = (Enclosure("https://one.example/a.jpg"), Enclosure("https://one.example/a.mp3"))
    for enclosures, expected in (
        (files, [("audio/mpeg", 9), ("image/jpeg", None)]),
        (files[:1], [("image/jpeg", None)]),
    ):
        (item,) = json_items(make_story(entry={"enclosures": enclosures, "podcast": Podcast(duration_s=9)}))
        shown = [(file["mime_type"], file.get("duration_in_seconds")) for file in item["attachments"]]
        assert shown == expected


def test_an_excerpt_stands_for_a_missing_summary() -> None:
    """A long body without summary gets an excerpt as RSS description, plain and escaped."""
    story = make_story(entry={"content": "<p>1 &lt; 2 " + "and so on " * 200 + "</p>"})
    description = rss_item(story).findtext("description") or ""
    assert description.startswith("<p>1 &lt; 2 and so on")
    assert description.endswith("…</p>")
    assert len(description) < 320


def test_an_entry_without_link_and_content_is_valid_atom() -> None:
    """Atom wants content where there is no link: the title stands in."""
    story = make_story(entry={"link": "", "content": ""})
    entry = read_back(documents(story)["atom"]).entries[0]
    assert [(part.type, part.value) for part in entry.content] == [("text/plain", "Post 1")]
    assert rss_item(story).find("link") is None
    assert "url" not in json_items(story)[0]


ALSO_IN = (
    '<p>Also in: <a href="https://two.example/posts/5">Feed &lt;two&gt; &amp; more</a>, '
    '<a href="https://three.example/posts/5">Feed three</a></p>'
)


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_also_in_names_each_other_feed_once(name: str) -> None:
    """A story's other feeds end its content, linked, escaped, without the winner's own."""
    parsed = read_back(documents(full_story())[name]).entries[0]
    assert parsed.content[0].value.endswith(ALSO_IN)
    off = read_back(documents(full_story(), output=replace(OUTPUT, also_in=False))[name]).entries[0]
    assert off.content[0].value == full_story().entry.content
    brief = read_back(documents(full_story(), output=replace(OUTPUT, content="summary"))[name]).entries[0]
    assert brief.summary == full_story().entry.summary + ALSO_IN


def test_atom_links_of_an_entry() -> None:
    """Enclosures, comments, origin and other sources are Atom links with rel, type and length."""
    links = [dict(link) for link in read_back(documents(full_story())["atom"]).entries[0].links]
    assert [(link["rel"], link["href"]) for link in links] == [
        ("alternate", "https://one.example/posts/5"),
        ("enclosure", "https://one.example/show.mp3"),
        ("enclosure", "https://one.example/cover.jpg"),
        ("replies", "https://one.example/posts/5#comments"),
        ("via", "https://origin.example/feed"),
        ("related", "https://two.example/posts/5"),
        ("related", "https://three.example/posts/5"),
    ]
    assert (links[1]["type"], links[1]["length"]) == ("audio/mpeg", "12345")
    assert links[2]["type"] == "image/jpeg"


def test_atom_source_is_the_author_of_what_nobody_signed() -> None:
    """An entry without author falls to its feed, not to the hub (RFC 4287 section 4.2.1)."""
    namespaces = {"a": "http://www.w3.org/2005/Atom"}
    for authors, expected in (((), ["Feed one"]), ((Person("Bob"),), [])):
        root = etree.fromstring(documents(make_story(entry={"authors": authors}))["atom"].body)
        assert [
            node.text for node in root.iterfind("a:entry/a:source/a:author/a:name", namespaces)
        ] == expected
        for name in ("id", "title", "updated"):
            assert root.findtext(f"a:entry/a:source/a:{name}", namespaces=namespaces)


def test_rss_has_one_enclosure_and_the_rest_as_media() -> None:
    """What can be played is the enclosure, the others are media:content; an unknown length is 0."""
    item = rss_item(full_story())
    assert [dict(node.attrib) for node in item.iterfind("enclosure")] == [
        {"url": "https://one.example/show.mp3", "length": "12345", "type": "audio/mpeg"}
    ]
    assert [node.get("url") for node in item.iterfind("{http://search.yahoo.com/mrss/}content")] == [
        "https://one.example/cover.jpg"
    ]
    unknown = rss_item(make_story(entry={"enclosures": (Enclosure("https://one.example/a.mp3"),)}))
    enclosure = unknown.find("enclosure")
    assert enclosure is not None
    assert (enclosure.get("length"), enclosure.get("type")) == ("0", "audio/mpeg")


@pytest.mark.parametrize(
    ("authors", "author", "creators"),
    [
        ((Person("Bob", "bob@one.example"),), "bob@one.example (Bob)", []),
        ((Person("Bob"),), None, ["Bob"]),
        ((Person("Bob", "not an address"),), None, ["Bob"]),
        ((Person("Bob", "bob@one.example"), Person("Eve")), None, ["Bob", "Eve"]),
        ((Person(), Person("", "", "https://one.example/me")), None, ["https://one.example/me"]),
        ((), None, []),
    ],
)
def test_rss_authors(authors: tuple[Person, ...], author: str | None, creators: list[str]) -> None:
    """`author` is for one person with an address, `dc:creator` for names; never both."""
    item = rss_item(make_story(entry={"authors": authors}))
    assert item.findtext("author") == author
    assert [node.text for node in item.iterfind("{http://purl.org/dc/elements/1.1/}creator")] == creators


def test_a_place_is_told_in_every_format() -> None:
    """Atom and RSS have GeoRSS; JSON Feed has no word for it, so it is among what is ours."""
    story = full_story()
    line = "{http://www.georss.org/georss}line"
    for name in ("atom", "rss"):
        (written,) = etree.fromstring(documents(story)[name].body).iter(line)
        assert written.text == "48.85 2.35 -33.8688 151.2093"
    (item,) = json_items(story)
    assert item["_feedhub"]["place"] == {"shape": "line", "points": [[48.85, 2.35], [-33.8688, 151.2093]]}


def test_podcast_elements() -> None:
    """An episode keeps what is valid of its itunes and podcast elements."""
    item = rss_item(full_story())
    itunes, podcast = (
        "{http://www.itunes.com/dtds/podcast-1.0.dtd}",
        "{https://podcastindex.org/namespace/1.0}",
    )
    names = ("duration", "episode", "season", "episodeType", "explicit")
    assert [item.findtext(itunes + name) for name in names] == ["605", "7", "2", "full", "false"]
    transcript = item.find(podcast + "transcript")
    assert transcript is not None
    assert dict(transcript.attrib) == {
        "url": "https://one.example/show.vtt",
        "type": "text/vtt",
        "language": "de",
    }
    for name in ("rss", "atom"):
        chapters = etree.fromstring(documents(full_story())[name].body).find(
            ".//{http://podlove.org/simple-chapters}chapters"
        )
        assert chapters is not None
        assert [dict(chapter.attrib) for chapter in chapters] == [
            {"start": "00:00:00.000", "title": "Hello"},
            {"start": "01:02:05.250", "title": "<Ears> & all", "href": "https://one.example/ears"},
        ]
    (told,) = json_items(full_story())
    assert told["_feedhub"]["chapters"][1] == {
        "startTime": 3725.25,
        "title": "<Ears> & all",
        "url": "https://one.example/ears",
    }
    odd = rss_item(make_story(entry={"podcast": Podcast(0, "S1E2", "00", "odd", "maybe", "x", "y", ())}))
    assert [node.tag for node in odd if "itunes" in str(node.tag) or "podcast" in str(node.tag)] == []


def test_no_credentials_of_a_source_are_published() -> None:
    """The feed's address appears without user and password; a private feed's without its query too."""
    url = "https://me:secret@one.example/feed?token=hush"
    story = make_story(sources=(make_source(feed_url=url),), private=True)
    rendered = documents(story)
    assert all(
        word not in document.body for document in rendered.values() for word in (b"secret", b"hush", b"me:")
    )
    assert b'<source url="https://one.example/feed">' in rendered["rss"].body
    public = documents(replace(story, private=False))["rss"].body
    assert b'<source url="https://one.example/feed?token=hush">' in public


def test_dates_are_utc_and_whole_seconds() -> None:
    """An instant in any zone is written in UTC."""
    at = datetime(2026, 3, 1, 17, 30, 0, 999999, tzinfo=timezone(timedelta(hours=8)))
    rendered = documents(make_story(1, published_at=at, updated_at=at))
    assert b"<published>2026-03-01T09:30:00+00:00</published>" in rendered["atom"].body
    assert b"<pubDate>Sun, 01 Mar 2026 09:30:00 GMT</pubDate>" in rendered["rss"].body
