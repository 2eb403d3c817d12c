"""The static site: what it holds, what a build touches, and where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import html5lib
import pytest
from lxml import etree

from feedhub.errors import StoreError, UsageError
from feedhub.exporters import Built, Site
from feedhub.exporters.sitemap import sitemap
from feedhub.exporters.tree import MANIFEST, Tree
from feedhub.hub import Hub
from feedhub.model import AllOf
from feedhub.model import Site as Hubsite
from feedhub.pages import Pages
from feedhub.ports import Store
from tests.command import Workplace
from tests.feeds import Item, rss
from tests.fresh import fresh_store
from tests.publisher import Publishers
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_hub, make_output, poll, published
from tests.times import DAY, HOUR, NOW

OUTPUTS = (
    make_output("all", kind="all", title="Everything"),
    make_output("category/news", {"category": "news"}, kind="category", title="News"),
    make_output("tag/red", {"tag": "red"}, kind="tag", title="Red"),
    make_output("secret", private=True, title="Salaries"),
    make_output("unlisted", kind="dropped", dropped_from=AllOf(())),
)
FEEDS = (make_feed("one"), make_feed("hidden", private=True))
CATALOGUE = make_catalogue(*FEEDS, outputs=OUTPUTS, site=Hubsite("Sample", "https://me.example/news/"))
RED = frozenset({"red"})


@dataclass
class Place:
    """A hub, and the folder of its site."""

    store: Store
    hub: Hub
    folder: Path

    def build(self, **changes: Any) -> Built:
        """Publish, by a catalogue with some changes, and build the site with pages that know nothing yet."""
        if changes:
            self.hub.apply(replace(CATALOGUE, **changes))
        self.hub.publish()
        return Site(self.folder, Pages("1", live=False), published(self.store, self.hub)).build()

    def files(self) -> dict[str, int]:
        """Return every file and when it was written."""
        found = (file for file in self.folder.rglob("*") if file.is_file())
        return {str(file.relative_to(self.folder)): file.stat().st_mtime_ns for file in found}

    def page(self, number: int) -> str:
        """Return where the page of a story lies."""
        (story,) = self.store.find(f"one-{number}", limit=1)
        return f"story/{story.id.removeprefix('urn:uuid:')}.html"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    store = fresh_store(tmp_path / "hub.sqlite")
    hub = make_hub(store, tmp_path, CATALOGUE)
    for number in range(1, 5):
        poll(
            store,
            make_entry(number, published_at=NOW - number * DAY, tags=RED if number == 1 else frozenset()),
        )
    poll(store, make_entry(9, "hidden", title="A private matter"))
    yield Place(store, hub, tmp_path / "site")
    store.close()


def test_the_whole_site(place: Place) -> None:
    """Pages and feeds lie beside each other, every link is relative and leads to a file, and nothing private
    is there."""
    built = place.build()
    files = set(place.files())
    assert built.files == built.written == len(files) - 1  # the list of files
    assert {"index.html", "404.html", "robots.txt", "sitemap.xml", "opml.xml", "static/feedhub.css"} <= files
    for output in ("all", "category/news", "tag/red"):
        assert {f"{output}.{suffix}" for suffix in ("html", "atom", "rss", "json")} <= files
    for output in ("all", "category/news"):
        assert f'{output}.opml">The sources behind it' in (place.folder / f"{output}.html").read_text()
    assert len([file for file in files if file.startswith("story/")]) == 4
    for file in files:
        text = (place.folder / file).read_text()
        assert not [
            word for word in ("private matter", "Salaries", "secret", "hidden.example") if word in text
        ], file
        if file.endswith(".html"):
            assert "Content-Security-Policy" in text and "unsafe" not in text
        if file.endswith(".html") and file != "404.html":
            for element in html5lib.parse(text, namespaceHTMLElements=False).iter():
                for link in filter(None, (element.get("href"), element.get("src"))):
                    if not link.startswith(("http", "#")):
                        target = (place.folder / file).parent / link
                        assert (target / "index.html" if target.is_dir() else target).is_file(), (file, link)


def test_what_is_left_out_is_no_home(place: Place) -> None:
    """No story's page leads to a feed of what an output leaves out; a story that is there alone has none."""
    place.build()
    assert "unlisted" not in (place.folder / place.page(1)).read_text()
    place.build(outputs={path: one for path, one in CATALOGUE.outputs.items() if path == "unlisted"})
    assert not [file for file in place.files() if file.startswith("story/")]


def test_addresses(place: Place) -> None:
    """The sitemap lists every page by its public address; the page for what is not there names its style
    sheet from the root, since it is shown at any depth."""
    place.build()
    urls = etree.parse(place.folder / "sitemap.xml").getroot()
    listed = {entry[0].text for entry in urls}
    pages = {f"https://me.example/news/{file}" for file in place.files() if file.endswith(".html")}
    base = "https://me.example/news/"
    not_listed = tuple(f"{base}{name}" for name in ("index.html", "404.html", "unlisted"))
    assert listed - {base} == {page for page in pages if not page.startswith(not_listed)}
    assert 'href="/news/static/feedhub.css"' in (place.folder / "404.html").read_text()
    assert "Sitemap: https://me.example/news/sitemap.xml" in (place.folder / "robots.txt").read_text()


def test_an_unchanged_build_touches_nothing(place: Place) -> None:
    """Building again what has not changed writes no file, not even by another process."""
    place.build()
    before = place.files()
    again = place.build()
    assert (again.written, again.removed) == (0, 0)
    assert place.files() == before


def test_a_new_story_touches_its_own_pages(place: Place) -> None:
    """A new story has its page, is on those of its outputs and the front page; other stories' stay."""
    place.build()
    before = place.files()
    poll(place.store, make_entry(7, published_at=NOW - HOUR))
    place.build()
    after = place.files()
    touched = {file for file in after if after[file] != before.get(file)}
    assert place.page(7) in touched and {"index.html", "all.html", "category/news.html"} <= touched
    assert not touched & {place.page(number) for number in range(1, 5)} and "tag/red.html" not in touched


def test_what_is_gone_is_removed(place: Place) -> None:
    """A story that no output lists, and an output that is no more, leave with their pages; a file that is
    somebody else's stays."""
    place.build()
    (place.folder / "CNAME").write_text("me.example")
    (place.folder / "tag" / "own.html").write_text("mine")
    story = place.page(2)
    poll(place.store, make_entry(2, dropped="a rule", content_hash="dropped"), now=NOW + HOUR)
    assert place.build().removed == 1 and story not in place.files()
    outputs = {path: one for path, one in CATALOGUE.outputs.items() if path != "tag/red"}
    place.build(outputs=outputs)
    files = place.files()
    assert not [file for file in files if file.startswith("tag/red")]
    assert {"CNAME", "tag/own.html", place.page(1)} <= set(files)


def test_a_feed_turned_private_leaves_at_once(place: Place) -> None:
    """When a feed becomes private, its stories are nowhere any more."""
    place.build()
    feeds = {**CATALOGUE.feeds, "one": replace(FEEDS[0], private=True)}
    place.build(feeds=feeds)
    texts = {file: (place.folder / file).read_text() for file in place.files()}
    assert not [file for file, text in texts.items() if "Item number" in text]


def test_another_title_reaches_every_page(place: Place) -> None:
    """What every page shows is on every page after the next build."""
    place.build()
    place.build(site=replace(CATALOGUE.site, title="Another name"))
    pages = [file for file in place.files() if file.endswith(".html")]
    assert all("Another name" in (place.folder / file).read_text() for file in pages)


def test_a_damaged_list_of_files(place: Place) -> None:
    """A list of files that cannot be read is named, and nothing is done."""
    place.build()
    (place.folder / MANIFEST).write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        place.build()


def test_somebody_elses_site_is_left_alone(place: Place) -> None:
    """A folder with a site that we did not make is refused."""
    place.folder.mkdir()
    (place.folder / "index.html").write_text("mine")
    with pytest.raises(UsageError, match="choose an empty folder"):
        place.build()
    assert set(place.files()) == {"index.html"}


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/x", "", ".", "..", "a/", "a/..", "out/x", MANIFEST]
)
def test_nothing_is_written_elsewhere(tmp_path: Path, path: str) -> None:
    """No path leads out of the folder, be it by its name or by a link that lies there."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(StoreError, match="not written"):
        Tree(folder).write(path, b"")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_a_large_sitemap_has_parts() -> None:
    """More pages than one sitemap may list are listed in several, and these in the first."""
    pages: dict[str, datetime | None] = {f"story/{number}.html": NOW for number in range(50_001)}
    files = dict(sitemap("https://me.example/", pages))
    assert set(files) == {"sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"}
    assert b"<sitemap><loc>https://me.example/sitemap-2.xml</loc>" in files["sitemap.xml"]
    assert b"<lastmod>2026-11-23T12:00:00Z</lastmod>" in files["sitemap-2.xml"]


def test_build_command(tmp_path: Path, publishers: Publishers) -> None:
    """`build` polls once and writes the site; `--no-poll` asks nobody; without a public address it warns."""
    work = Workplace(tmp_path)
    feeds = [publishers.put(rss(Item("one"), Item("two")))]
    work.configure({"feeds": feeds, "hub": {"url": "http://127.0.0.1:8000/", "data": "data"}})
    said = work.run("build", "--site", "public_html")
    assert "1 feed polled" in said and "0 removed" in said and "set hub.url" in work.stderr
    assert len(list((tmp_path / "public_html" / "story").iterdir())) == 2
    asked = len(publishers.asked)
    assert "0 written, 0 removed" in work.run("build", "--site", "public_html", "--no-poll")
    assert len(publishers.asked) == asked
    (tmp_path / "file").write_text("mine")
    for folder in ("data/public", ".", "file/below"):
        work.run("build", "--all", "--site", folder, code=1)
        assert "choose another" in work.stderr
    assert len(publishers.asked) == asked
