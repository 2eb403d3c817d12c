"""Every real feed of the corpus through the real command, and what others read of what comes out.

Each feed is a host of its own on loopback. One poll of all, and a second one, are shared by these tests.
`FEEDHUB_TEST_WHOLE=1` publishes every entry in every output and format: minutes, for a thorough look.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from tests.command import Workplace
from tests.publisher import Asked, Page, Publishers
from tests.readers import json_feed_mistakes, newsboat, sfeed, w3c_errors, w3c_validator, xmllint

CATEGORIES = ("one", "two", "three", "four", "five", "six")
LIMIT = 10_000 if os.environ.get("FEEDHUB_TEST_WHOLE") else 100
OUTPUTS = ("all", *(f"category/{name}" for name in CATEGORIES), "tag/even", "tag/odd", "tag/with-a", "best")
LISTS = tuple(f"list-{name}" for name in CATEGORIES)
CONTENT_TYPES = {
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "rss1": "application/rdf+xml",
}


@dataclass(frozen=True, repr=False)
class Run:
    """The corpus polled twice: the manifest's rows by feed id, what was said, asked and published."""

    rows: Mapping[str, Mapping[str, str]]
    folder: Path
    work: Workplace
    said: tuple[str, str]
    asked: tuple[Asked, ...]
    files: tuple[Mapping[str, bytes], Mapping[str, bytes]]

    def body(self, path: str) -> bytes:
        return self.files[0][path]


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Poll every feed of the corpus with the real command, then once more."""
    folder = shared / "corpus" / "real"
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    publishers = Publishers()
    feeds = []
    for number, row in enumerate(rows):
        kind = CONTENT_TYPES.get(row["format"][:4], "application/rss+xml")
        page = Page((folder / row["file"]).read_bytes(), kind)
        feeds.append(
            {
                "id": f"f{number}",
                "url": publishers.put(page, f"127.1.{number // 250}.{number % 250 + 1}"),
                "category": CATEGORIES[number % len(CATEGORIES)],
                "tags": ["even", "odd"][number % 2],
            }
        )
    work = Workplace(tmp_path_factory.mktemp("corpus"))
    lists = {
        name: {"from": {"category": name[5:]}, "limit": 10_000, "content": "none", "formats": "json"}
        for name in LISTS
    }
    work.configure(
        {
            "feeds": feeds,
            "defaults": {"initial_items": 1000, "outputs": {"limit": LIMIT}},
            "rules": [{"when": {"title": "/a/i"}, "tag": "with-a"}],
            "outputs": {"best": {"from": {"all": [{"tag": "with-a"}, {"tag": "even"}]}}, **lists},
        }
    )
    first = work.run("poll", timeout=600)
    published = work.files()
    second = work.run("poll", "--all", timeout=600)
    publishers.close()
    by_id = {f"f{number}": row for number, row in enumerate(rows)}
    yield Run(by_id, folder, work, (first, second), tuple(publishers.asked), (published, work.files()))


def test_every_feed_is_read(run: Run) -> None:
    """Not one of the real feeds fails."""
    assert len(run.rows) == 430
    assert "430 feeds polled: 430 updated, 0 unchanged, 0 failed;" in run.said[0]


def test_a_second_poll_changes_no_byte(run: Run) -> None:
    """Every feed answers 304, and every published file is as it was."""
    assert "430 feeds polled: 0 updated, 430 unchanged, 0 failed; 0 new entries; 0 outputs" in run.said[1]
    assert Counter(asked.status for asked in run.asked) == {200: 430, 304: 430}
    assert run.files[0] == run.files[1]


def test_all_that_feedparser_reads_is_published(run: Run) -> None:
    """Each feed's entries are in the outputs, as many as feedparser counts but for those listed twice."""
    published: Counter[str] = Counter()
    for name in LISTS:
        for item in json.loads(run.body(f"{name}.json"))["items"]:
            published.update(source["feed"] for source in item["_feedhub"]["sources"])
    wanting = {
        id: (row["file"], published[id], int(row["entries"]))
        for id, row in run.rows.items()
        if published[id] != int(row["entries"])
    }
    listed_once = {id: (row[0], row[1], different_items(run.folder / row[0])) for id, row in wanting.items()}
    assert {id: row for id, row in listed_once.items() if row[1] != row[2]} == {}
    assert len(wanting) < 15


def different_items(file: Path) -> int:
    """Return how many different items a document has among its newest thousand, which is `max_entries`."""
    body = file.read_bytes()
    if body.lstrip().startswith(b"{"):
        return len({(item["id"], item.get("url")) for item in json.loads(body)["items"]})
    entries = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False).entries
    entries.sort(key=lambda entry: entry.get("published_parsed") or (), reverse=True)
    return len({item_of(entry) for entry in entries[:1000]})


def item_of(entry: Any) -> tuple[object, ...]:
    """Return what tells an item from others: id and link; for want of them the title and the date or text."""
    if entry.get("id") or entry.get("link"):
        return entry.get("id"), entry.get("link"), entry.get("title") if not entry.get("id") else ""
    return entry.get("title"), entry.get("published") or entry.get("summary")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_others_read_every_output_whole(run: Run, kind: str, tmp_path: Path) -> None:
    """xmllint has nothing to say; feedparser, newsboat and sfeed find every item under its id."""
    for output in OUTPUTS:
        body = run.body(f"{output}.{kind}")
        items = json.loads(run.body(f"{output}.json"))["items"]
        wanted = [item["id"] for item in items]
        assert len(wanted) >= 100
        assert xmllint(body) == (0, b""), output
        parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == wanted
        titles = [(entry.title, item.get("title")) for entry, item in zip(parsed.entries, items, strict=True)]
        assert [pair for pair in titles if pair[1] and pair[0] != pair[1]] == []
        assert sorted(row[5] for row in sfeed(body)) == sorted(wanted)
        assert sorted(row[0] for row in newsboat(body, tmp_path / output)) == sorted(wanted)


def test_what_an_output_must_be(run: Run) -> None:
    """Ids are there once an item and never twice, RSS dates are RFC 822, links and addresses are absolute."""
    atom = "{http://www.w3.org/2005/Atom}"
    for output in OUTPUTS:
        feed = etree.fromstring(run.body(f"{output}.atom"), etree.XMLParser(huge_tree=True))
        ids = [entry.findall(f"{atom}id") for entry in feed.iter(f"{atom}entry")]
        assert {len(found) for found in ids} == {1}
        assert len({found[0].text for found in ids}) == len(ids)
        addresses = [str(link.get("href")) for link in feed.iter(f"{atom}link")]
        channel = etree.fromstring(run.body(f"{output}.rss"), etree.XMLParser(huge_tree=True))[0]
        guids = [item.findall("guid") for item in channel.iter("item")]
        assert {len(found) for found in guids} == {1}
        assert len({found[0].text for found in guids}) == len(guids)
        for date in channel.iter("pubDate", "lastBuildDate"):
            assert parsedate_to_datetime(str(date.text)).tzinfo is not None
        addresses += [str(link.text) for link in channel.iter("link", "comments")]
        addresses += [str(enclosure.get("url")) for enclosure in channel.iter("enclosure")]
        assert [one for one in addresses if not (urlsplit(one).scheme and urlsplit(one).netloc)] == []


def test_json_feed_is_what_the_specification_says(run: Run) -> None:
    """Every member of every JSON Feed is known, of the right type, and the required ones are there."""
    for output in (*OUTPUTS, *LISTS):
        assert list(json_feed_mistakes(json.loads(run.body(f"{output}.json")))) == []


@pytest.mark.filterwarnings("ignore")
def test_the_w3c_validator_finds_no_error(run: Run) -> None:
    """The validator of the W3C finds no error in any output."""
    validator = w3c_validator()
    for output in OUTPUTS:
        for kind in ("atom", "rss"):
            path = f"{output}.{kind}"
            assert w3c_errors(validator, run.body(path), f"https://hub.example/{path}") == [], path
    assert w3c_errors(validator, run.body("opml.xml"), "https://hub.example/opml.xml") == []


def test_versions_of_a_feed_give_a_growing_output(
    shared: Path, tmp_path: Path, publishers: Publishers
) -> None:
    """Polled version after version in one category: no id repeats, no date moves, nothing leaves or returns.

    Some versions are no feed (an error page that was captured) and change nothing.
    """
    folder = shared / "corpus" / "sequences"
    versions = {feed.name: sorted(feed.iterdir()) for feed in sorted(folder.iterdir()) if feed.is_dir()}
    assert len(versions) == 19
    work = Workplace(tmp_path)
    urls = [publishers.put(b"", f"127.2.0.{number}") for number in range(len(versions))]
    settings = {"limit": 10_000, "content": "none", "formats": "json"}
    work.configure(
        {
            "defaults": {"initial_items": 1000, "outputs": settings},
            "categories": {"news": {"feeds": urls}},
            "outputs": {"all": {"enabled": False}},
        }
    )
    before: dict[str, str] = {}
    for turn in range(max(len(files) for files in versions.values())):
        for number, (name, files) in enumerate(versions.items()):
            kind = "application/feed+json" if name.endswith(".json") else "application/rss+xml"
            body = files[min(turn, len(files) - 1)].read_bytes()
            publishers.put(Page(body, kind), f"127.2.0.{number}")
        work.run("poll", "--all")
        items = work.items("category/news")
        shown = {item["id"]: item["date_published"] for item in items}
        assert len(shown) == len(items)
        assert before.items() <= shown.items()
        before = shown
    told = [
        (part["feed"], part["url"], part["title"]) for item in items for part in item["_feedhub"]["sources"]
    ]
    assert len(told) == len(set(told))
    assert len(before) > 2000
