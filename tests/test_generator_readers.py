"""What others make of our feeds: xmllint, newsboat, sfeed, the W3C's validator, the letter of JSON Feed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedhub.generator import Archive, issue, opml, opml_sources, render
from feedhub.model import Document, Enclosure, Feed, Person
from tests.readers import json_feed_mistakes, newsboat, sfeed, w3c_errors, w3c_validator, xmllint
from tests.sample_stories import CREATED_AT, OUTPUT, SITE, full_story, make_source, make_story

STORIES = (
    full_story(9),
    make_story(8, entry={"title": "", "content": "<p>A toot without a title</p>", "authors": ()}),
    make_story(7, entry={"title": "No link", "link": "", "content": "", "summary": ""}),
    make_story(6, entry={"title": "C++ <vector> & AT&T <script>", "link": "https://bücher.example/新闻 一"}),
    make_story(5, entry={"title": "\x00\ud800Bad \x1bcharacters\uffff", "content": "<p>\x00x\ud800</p>"}),
    make_story(
        4, entry={"enclosures": (Enclosure("https://one.example/a b.mp3", "mp3"),), "language": "zh_CN"}
    ),
    make_story(
        3, entry={"authors": (Person("Bob", "bob@one.example"),), "categories": ("a", "A", " ", "b & c")}
    ),
    make_story(
        2, sources=(make_source(feed_title="", feed_url="https://me:secret@one.example/f?x=1&y=<2>"),)
    ),
    make_story(1, sources=()),
)
DUE = datetime(2026, 3, 10, 7, tzinfo=UTC)
VARIANTS = {
    "full": (OUTPUT, STORIES),
    "dropped": (
        OUTPUT,
        tuple(replace(one, entry=replace(one.entry, dropped="<no> & ads")) for one in STORIES),
    ),
    "republish": (
        replace(OUTPUT, update_policy="republish"),
        tuple(replace(one, version=2, published_at=DUE) for one in STORIES),
    ),
    "digest": (OUTPUT, (issue(OUTPUT, STORIES, SITE, DUE, DUE.date()),)),
    "summary": (replace(OUTPUT, content="summary"), STORIES),
    "none": (replace(OUTPUT, content="none"), STORIES),
    "plain": (replace(OUTPUT, also_in=False, description="", formats=("rss", "json", "atom")), STORIES),
    "empty": (OUTPUT, ()),
}


def variants(*formats: str) -> list[Any]:
    """Return every variant in each of the formats, as parameters."""
    return [pytest.param(name, kind, id=f"{name}-{kind}") for name in VARIANTS for kind in formats]


def document(variant: str, kind: str) -> Document:
    """Return one rendered document of a variant."""
    output, stories = VARIANTS[variant]
    rendered = render(output, stories, SITE, CREATED_AT, "1.2.3")
    return next(document for document in rendered if document.path.endswith(kind))


@pytest.mark.parametrize(("variant", "kind"), variants("atom", "rss"))
def test_xmllint_finds_nothing(variant: str, kind: str) -> None:
    """xmllint reads every document without a word."""
    assert xmllint(document(variant, kind).body) == (0, b"")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_sfeed_reads_everything(kind: str) -> None:
    """sfeed gives back each story's time, title, link, content type and id."""
    rows = sfeed(document("full", kind).body)
    assert [int(row[0]) for row in rows] == [int(story.published_at.timestamp()) for story in STORIES]
    assert [row[5] for row in rows] == [story.id for story in STORIES]
    assert [row[1] for row in rows[2:5]] == ["No link", "C++ <vector> & AT&T <script>", "Bad characters"]
    assert rows[3][2] == "https://xn--bcher-kva.example/%E6%96%B0%E9%97%BB%20%E4%B8%80"
    assert {row[4] for row in rows if row[3].startswith("<p>")} == {"html"}


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_newsboat_reads_everything(kind: str, tmp_path: Path) -> None:
    """newsboat stores each story with its id, title, time and enclosure."""
    rows = newsboat(document("full", kind).body, tmp_path)
    assert [row[0] for row in rows] == [story.id for story in STORIES]
    assert [row[2] for row in rows] == [int(story.published_at.timestamp()) for story in STORIES]
    assert [row[1] for row in rows[2:5]] == ["No link", "C++ <vector> & AT&T <script>", "Bad characters"]
    assert rows[0][3] in {enclosure.url for enclosure in full_story().entry.enclosures}


@pytest.fixture(scope="module")
def validator() -> Any:
    return w3c_validator()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("variant", "kind"), variants("atom", "rss"))
def test_the_w3c_validator_finds_no_error(validator: Any, variant: str, kind: str) -> None:
    """The validator of the W3C finds no error in any variant."""
    url = f"{SITE.url}{OUTPUT.path}.{kind}"
    assert w3c_errors(validator, document(variant, kind).body, url) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("archive", [Archive(None, 3), Archive(3, 2, 4)], ids=["feed", "page"])
def test_the_w3c_validator_finds_no_error_in_an_archive(validator: Any, archive: Archive) -> None:
    """Nor in a feed that leads to an archive, or a page of one."""
    for one in render(OUTPUT, STORIES, SITE, CREATED_AT, "1.2.3", archive=archive):
        if not one.path.endswith("json"):
            assert w3c_errors(validator, one.body, f"{SITE.url}{one.path}") == []


@pytest.mark.filterwarnings("ignore")
def test_the_w3c_validator_finds_no_error_in_opml(validator: Any) -> None:
    """Nor does it find one in our lists."""
    feeds = [Feed("x", "https://x.example/f", "news", title="A & B", tags=frozenset({"t", "u"}))]
    for body in (opml([OUTPUT], SITE), opml_sources(feeds)):
        assert w3c_errors(validator, body, f"{SITE.url}opml.xml") == []


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_json_feed_is_what_the_specification_says(variant: str) -> None:
    """Every member of a JSON Feed is known, of the right type, and the required ones are there."""
    assert list(json_feed_mistakes(json.loads(document(variant, "json").body))) == []
