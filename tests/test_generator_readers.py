"""What others make of our feeds: xmllint, newsboat, sfeed, the W3C's validator, and the letter of JSON Feed.

Programs that are not installed are skipped, each with a line that says so. The validator is a checkout of
w3c/feedvalidator that `FEEDHUB_FEEDVALIDATOR` points to.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from feedhub.generator import opml, opml_sources, render
from feedhub.model import Document, Enclosure, Feed, Person
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
VARIANTS = {
    "full": (OUTPUT, STORIES),
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


def program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.mark.parametrize(("variant", "kind"), variants("atom", "rss"))
def test_xmllint_finds_nothing(variant: str, kind: str) -> None:
    """xmllint reads every document without a word."""
    done = subprocess.run(
        [program("xmllint"), "--noout", "--nonet", "-"],
        input=document(variant, kind).body,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_sfeed_reads_everything(kind: str) -> None:
    """sfeed gives back each story's time, title, link, content type and id."""
    body = document("full", kind).body
    lines = subprocess.run([program("sfeed")], input=body, capture_output=True, check=True).stdout.decode()
    rows = [row.split("\t") for row in lines.rstrip("\n").split("\n")]
    assert [int(row[0]) for row in rows] == [int(story.published_at.timestamp()) for story in STORIES]
    assert [row[5] for row in rows] == [story.id for story in STORIES]
    assert [row[1] for row in rows[2:5]] == ["No link", "C++ <vector> & AT&T <script>", "Bad characters"]
    assert rows[3][2] == "https://xn--bcher-kva.example/%E6%96%B0%E9%97%BB%20%E4%B8%80"
    assert {row[4] for row in rows if row[3].startswith("<p>")} == {"html"}


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_newsboat_reads_everything(kind: str, tmp_path: Path) -> None:
    """newsboat stores each story with its id, title, time and enclosure."""
    newsboat = program("newsboat")
    feed, cache = tmp_path / f"feed.{kind}", tmp_path / "cache.db"
    feed.write_bytes(document("full", kind).body)
    (tmp_path / "urls").write_text(f"file://{feed}\n")
    (tmp_path / "config").write_text("")
    files = ["-u", tmp_path / "urls", "-C", tmp_path / "config", "-c", cache]
    subprocess.run(
        [newsboat, *files, "-x", "reload"],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    query = "select guid, title, pubDate, enclosure_url from rss_item order by pubDate desc"
    connection = sqlite3.connect(cache)
    rows = connection.execute(query).fetchall()
    connection.close()
    assert [row[0] for row in rows] == [story.id for story in STORIES]
    assert [row[2] for row in rows] == [int(story.published_at.timestamp()) for story in STORIES]
    assert [row[1] for row in rows[2:5]] == ["No link", "C++ <vector> & AT&T <script>", "Bad characters"]
    assert rows[0][3] in {enclosure.url for enclosure in full_story().entry.enclosures}


@pytest.fixture(scope="module")
def validator() -> Any:
    """Return the W3C's feed validator, from the checkout that the environment names."""
    checkout = os.environ.get("FEEDHUB_FEEDVALIDATOR", "")
    if not checkout:
        pytest.skip("FEEDHUB_FEEDVALIDATOR names no checkout of w3c/feedvalidator")
    if not importlib.util.find_spec("rdflib"):
        pytest.skip("the W3C's validator needs rdflib")
    sys.path.insert(0, str(Path(checkout) / "src"))
    import feedvalidator

    return feedvalidator


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("variant", "kind"), variants("atom", "rss"))
def test_the_w3c_validator_finds_no_error(validator: Any, variant: str, kind: str) -> None:
    """The validator of the W3C finds no error in any variant."""
    url = f"{SITE.url}{OUTPUT.path}.{kind}"
    assert errors(validator, document(variant, kind).body, url) == []


@pytest.mark.filterwarnings("ignore")
def test_the_w3c_validator_finds_no_error_in_opml(validator: Any) -> None:
    """Nor does it find one in our lists."""
    feeds = [Feed("x", "https://x.example/f", "news", title="A & B", tags=frozenset({"t", "u"}))]
    for body in (opml([OUTPUT], SITE), opml_sources(feeds, {})):
        assert errors(validator, body, f"{SITE.url}opml.xml") == []


def errors(validator: Any, body: bytes, url: str) -> list[str]:
    """Return the errors the validator logs, warnings left out."""
    events = validator.validateString(body, base=url)["loggedEvents"]
    return [
        f"{type(event).__name__} {event.params}"
        for event in events
        if isinstance(event, validator.logging.Error)
    ]


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_json_feed_is_what_the_specification_says(variant: str) -> None:
    """Every member of a JSON Feed is known, of the right type, and the required ones are there."""
    assert list(json_feed_mistakes(json.loads(document(variant, "json").body))) == []


TOP = {
    "version": str, "title": str, "home_page_url": "url", "feed_url": "url", "description": str,
    "user_comment": str, "next_url": "url", "icon": "url", "favicon": "url", "authors": list, "language": str,
    "expired": bool, "hubs": list, "items": list,
}  # fmt: skip
ITEM = {
    "id": str, "url": "url", "external_url": "url", "title": str, "content_html": str, "content_text": str,
    "summary": str, "image": "url", "banner_image": "url", "date_published": "date", "date_modified": "date",
    "authors": list, "tags": list, "language": str, "attachments": list,
}  # fmt: skip
AUTHOR = {"name": str, "url": "url", "avatar": "url"}
HUB = {"type": str, "url": "url"}
ATTACHMENT = {"url": "url", "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}


def json_feed_mistakes(feed: dict[str, Any]) -> Any:
    """Yield what is wrong with a JSON Feed (https://www.jsonfeed.org/version/1.1/), in words."""
    yield from members("feed", feed, TOP, ("version", "title", "items"))
    if feed["version"] != "https://jsonfeed.org/version/1.1":
        yield "version"
    for hub in feed.get("hubs", []):
        yield from members("hub", hub, HUB, ("type", "url"))
    ids = [item["id"] for item in feed["items"]]
    if len(set(ids)) != len(ids):
        yield "an id is there twice"
    for item in feed["items"]:
        yield from members("item", item, ITEM, ("id",))
        if "content_html" not in item and "content_text" not in item:
            yield "an item without content"
        if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
            yield "tags"
        for author in item.get("authors", []):
            yield from members("author", author, AUTHOR, ())
            if not author:
                yield "an empty author"
        for attachment in item.get("attachments", []):
            yield from members("attachment", attachment, ATTACHMENT, ("url", "mime_type"))


def members(place: str, value: dict[str, Any], kinds: dict[str, Any], required: tuple[str, ...]) -> Any:
    """Yield the members that are missing, unknown, empty or of another type; `_names` are extensions."""
    yield from (f"{place}: {name} is missing" for name in required if name not in value)
    for name, member in value.items():
        if name.startswith("_"):
            if not isinstance(member, dict):
                yield f"{place}: {name} is no object"
        elif name not in kinds:
            yield f"{place}: {name} is unknown"
        elif kinds[name] == "url":
            if not (urlsplit(member).scheme in ("http", "https") and urlsplit(member).hostname):
                yield f"{place}: {name} is no absolute address: {member}"
        elif kinds[name] == "date":
            if datetime.fromisoformat(member).tzinfo is None:
                yield f"{place}: {name} has no zone: {member}"
        elif not isinstance(member, kinds[name]) or (member == "" or (member == [] and name != "items")):
            yield f"{place}: {name} is {member!r}"
