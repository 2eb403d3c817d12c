"""Posts for Jekyll: front matter field by field, bodies that stay text, what moves and what stays."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import html5lib
import pytest
import yaml

from feedhub.app import Exported
from feedhub.exporters import Built, Jekyll
from feedhub.exporters.post import inert, post, post_name
from feedhub.hub import Hub
from feedhub.model import Category, JekyllExport, Output, Site, Story
from feedhub.pages.lines import Discretion, story_view
from feedhub.ports import Store
from tests.command import Workplace
from tests.feeds import Item, rss
from tests.fresh import fresh_store
from tests.publisher import Page, Publishers
from tests.sample_hub import make_catalogue, make_entry, make_feed, make_hub, make_output, poll, published
from tests.sample_stories import OUTPUT, make_story
from tests.test_command import wait_for
from tests.times import DAY, HOUR, NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
CATEGORY = Category("21世纪经济报道", "21世纪经济报道", "21shijijingjibaodao")
HOSTILE = [
    '央行宣布"降准"：0.5个百分点',
    "it's: a # title - with 'quotes' \\ and \"more\"",
    "---",
    "...",
    "- item",
    "no",
    "null",
    "1:30",
    "2026-11-24",
    ":symbol",
    "!ruby/object:Gem::Installer {}",
    "&anchor *alias",
    "{{ site.title }} {% include x %}",
    "<b>bold</b> & <script>alert(1)</script>",
    "😀 \U0001f469\u200d\U0001f680 \u202eoverridden",
    "% @ ` | > ? [ ] { } ,",
    "x" * 5000,
]


def rendered(story: Story, output: Output = OUTPUT) -> tuple[dict[str, Any], str]:
    """Return a post's front matter as YAML has it, and its body."""
    view = story_view(story, [output], Discretion())
    return parted(post(view, CATEGORY, "post", SHANGHAI).decode())


def parted(text: str) -> tuple[dict[str, Any], str]:
    """Return a post's front matter and body as Jekyll parts them, at the first line that is `---` alone."""
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    return yaml.safe_load(head), body


def test_front_matter() -> None:
    """A post says layout, title, date with its offset, category and tags, and nothing else."""
    story = make_story(
        3,
        entry={"title": "央行宣布降准"},
        tags=frozenset({"21世纪经济报道新闻"}),
        published_at=datetime(2026, 3, 3, 16, 30, 5, 999, tzinfo=UTC),
    )
    view = story_view(story, [OUTPUT], Discretion())
    assert post_name(view, SHANGHAI) == "2026-03-04-00000000-0000-4000-8000-000000000003.md"
    text = post(view, CATEGORY, "post", SHANGHAI).decode()
    assert text.startswith(
        "---\n"
        "layout: post\n"
        'title: "央行宣布降准"\n'
        "date: 2026-03-04 00:30:05 +08:00\n"
        "categories: 21shijijingjibaodao\n"
        "tags:\n"
        '- "21世纪经济报道新闻"\n'
        "---\n"
    )
    head, body = rendered(story)
    assert head["date"] == datetime(2026, 3, 4, 0, 30, 5, tzinfo=timezone(timedelta(hours=8)))
    assert '<a href="https://one.example/posts/3">Feed one</a>' in body
    assert (
        "{{ '/category/21shijijingjibaodao/' | relative_url }}" in body and "{{ '/' | relative_url }}" in body
    )


@pytest.mark.parametrize("title", HOSTILE)
def test_titles_survive(title: str) -> None:
    """Whatever a title is, it comes back from YAML as the same text, on one line."""
    head, _ = rendered(make_story(1, entry={"title": title}, tags=frozenset({title[:90]})))
    assert head["title"] == (title if len(title) < 300 else head["title"][:299] + "…")
    assert head["tags"] == [title[:90]]


@pytest.mark.parametrize(
    "entry", [{"title": "", "content": "<p>Only a text.</p>"}, {"title": "", "content": ""}]
)
def test_no_title_is_empty(entry: dict[str, Any]) -> None:
    """A post without a title of its own has the beginning of its text, or a word that says so."""
    assert rendered(make_story(1, entry=entry))[0]["title"] in ("Only a text.", "Untitled")


def test_bodies_stay_text() -> None:
    """Nothing in a body is Liquid's or Markdown's: no brace, no empty line; in `<pre>` lines stay."""
    content = "<p>{{ site.secret }} {% raw %} {% endraw %} {: .x} *a*</p><pre>one\n\n\n  two</pre><p>---</p>"
    _, body = rendered(make_story(1, entry={"content": content}))
    story = body.partition("</div>")[0]
    assert "{" not in story and "}" not in story and "\n\n" not in story
    tree = html5lib.parse(story, namespaceHTMLElements=False)
    texts = ["".join(element.itertext()) for element in tree.iter() if element.tag in ("p", "pre")]
    assert texts == ["{{ site.secret }} {% raw %} {% endraw %} {: .x} *a*", "one\n\n\n  two", "---"]
    assert inert("a\r\n \t\r\nb") == "a\n&#10;b"


OUTPUTS = (
    make_output("all", kind="all"),
    make_output("category/news", {"category": "news"}, kind="category"),
    make_output("secret", private=True),
)
CATALOGUE = make_catalogue(
    make_feed("one"), make_feed("hidden", private=True), outputs=OUTPUTS, site=Site(timezone="Asia/Shanghai")
)


@dataclass
class Source:
    """A hub, and the source folder of a Jekyll site."""

    store: Store
    hub: Hub
    folder: Path

    def export(self, now: datetime = NOW, **settings: Any) -> Built:
        self.hub.publish()
        export = JekyllExport(**{"folder": str(self.folder), "archive_after": 3 * DAY, **settings})
        return Jekyll(export, published(self.store, self.hub, now)).export()

    def posts(self, folder: str = "_posts") -> dict[str, str]:
        """Return the title of each post by its file's name."""
        files = sorted((self.folder / folder).glob("*.md"))
        return {file.name: parted(file.read_text())[0]["title"] for file in files}

    def stamps(self) -> dict[str, int]:
        return {str(file): file.stat().st_mtime_ns for file in self.folder.rglob("*") if file.is_file()}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    store = fresh_store(tmp_path / "hub.sqlite")
    hub = make_hub(store, tmp_path, CATALOGUE)
    poll(store, *(make_entry(n, published_at=NOW - n * DAY, title=f"Post {n}") for n in (1, 2, 5)))
    poll(store, make_entry(9, "hidden", title="A private matter"))
    yield Source(store, hub, tmp_path / "jekyll")
    store.close()


def test_what_is_written(source: Source) -> None:
    """New posts and old ones lie apart, categories have pages, feeds lie beside; nothing private is there."""
    source.export()
    assert list(source.posts().values()) == ["Post 2", "Post 1"]
    assert list(source.posts("_archive").values()) == ["Post 5"]
    assert next(iter(source.posts())).startswith("2026-11-21-")
    page = (source.folder / "category" / "news.md").read_text()
    assert "permalink: /category/news/\n" in page and "site.categories['news']" in page
    assert "{% for post in tag[1] limit: 5 %}" in (source.folder / "index.html").read_text()
    assert (source.folder / "category" / "news.rss").is_file()
    texts = [file.read_text() for file in source.folder.rglob("*") if file.is_file()]
    assert not [text for text in texts if "private matter" in text or "secret" in text]


def test_an_unchanged_export_touches_nothing(source: Source) -> None:
    """Exporting what has not changed writes no file."""
    source.export()
    before = source.stamps()
    assert source.export() == Built(len(before) - 1, 0, 0)
    assert source.stamps() == before


def test_posts_grow_old(source: Source) -> None:
    """A post moves to the archive when its time has come, and a correction finds it there."""
    source.export()
    source.export(NOW + 2 * DAY + HOUR)
    assert list(source.posts().values()) == [] and len(source.posts("_archive")) == 3
    poll(source.store, make_entry(2, title="Post 2 corrected", content_hash="new"), now=NOW + HOUR)
    source.export(NOW + 2 * DAY + HOUR)
    assert sorted(source.posts("_archive").values()) == ["Post 1", "Post 2 corrected", "Post 5"]
    assert source.posts() == {}


def test_a_post_that_was_deleted_stays_away(source: Source) -> None:
    """A post that somebody deleted does not come back as an empty one when it grows old."""
    source.export()
    for file in (source.folder / "_posts").glob("*.md"):
        file.unlink()
    source.export(NOW + 2 * DAY + HOUR)
    assert list(source.posts("_archive").values()) == ["Post 5"]


def test_what_is_dropped_leaves(source: Source) -> None:
    """A story that no output lists any more leaves, from the archive too."""
    source.export()
    for number in (1, 5):
        entry = make_entry(number, title=f"Post {number}", dropped="a rule", content_hash="dropped")
        poll(source.store, entry, now=NOW + HOUR)
    source.export()
    assert (list(source.posts().values()), source.posts("_archive")) == (["Post 2"], {})


def test_the_archive_outlives_stories(source: Source, tmp_path: Path) -> None:
    """What was archived stays when its story is purged, and when the database is lost; posts that are new
    follow the database."""
    source.export()
    poll(source.store, make_entry(1, title="Post 1"), listed=1, now=NOW + 399 * DAY)
    while source.store.purge(NOW + 400 * DAY):
        pass
    source.export(NOW + 400 * DAY)
    assert "Post 5" in source.posts("_archive").values()
    other = fresh_store(tmp_path / "other.sqlite")
    hub = make_hub(other, tmp_path, CATALOGUE)
    poll(other, make_entry(7, title="Post 7"))
    Source(other, hub, source.folder).export(NOW)
    assert "Post 5" in source.posts("_archive").values()
    assert list(source.posts().values()) == ["Post 7"]
    other.close()


def test_other_files_stay(source: Source) -> None:
    """Pages that somebody else has written are not touched, whatever their names."""
    for path in ("index.html", "category/news.md", "_posts/2020-01-01-mine.md"):
        (source.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (source.folder / path).write_text("---\ntitle: mine\n---\n")
    source.export()
    source.export()
    assert (source.folder / "index.html").read_text() == "---\ntitle: mine\n---\n"
    assert (source.folder / "category" / "news.md").read_text() == "---\ntitle: mine\n---\n"
    assert "mine" in source.posts().values() and len(source.posts()) == 3


def test_another_title_or_zone(source: Source) -> None:
    """Posts follow the configuration: another time zone is in their dates and names."""
    source.export()
    before = set(source.posts())
    source.hub.apply(replace(CATALOGUE, site=Site(timezone="Pacific/Kiritimati")))
    source.export()
    assert set(source.posts()) != before and len(source.posts()) == 2
    assert all("+14:00" in file.read_text() for file in (source.folder / "_posts").iterdir())


OUTLETS = [
    "21世纪经济报道",
    "第一财经",
    "A股Daily",
    "a股daily",
    "证券 时报",
    *(f"第{n}财经" for n in range(6, 31)),
]
TITLES = ['央行"降准"', "标题: 带冒号 # 井号", "---", "no", "😀 {{ x }} {% y %}", ""]
CONFIG: dict[str, Any] = {
    "hub": {"data": "data", "url": "https://me.example/", "timezone": "Asia/Shanghai", "title": "财经"},
    "exporters": {"jekyll": {"dir": "site", "archive_after": "3650d"}},
}


def test_a_site_of_many_outlets(tmp_path: Path, publishers: Publishers) -> None:
    """A list of news of many outlets becomes posts that say of each record what it says, with a category, a
    tag, a page and a feed for every outlet, none of which is listed anywhere."""
    records = [
        {
            "infocode": f"AN{number}",
            "title": TITLES[number % len(TITLES)],
            "from": outlet,
            "showtime": f"2026-11-24 09:{number:02}:00",
            "digest": f"　　第{number}条摘要。{'详' * number}",
        }
        for number, outlet in enumerate(OUTLETS)
    ]
    url = publishers.put(Page(json.dumps({"list": records}).encode(), "application/json"), path="/api")
    feed = {
        "url": url,
        "format": "json",
        "items": "list",
        "timezone": "Asia/Shanghai",
        "initial_items": 1000,
        "entry": {"id": "infocode", "title": "title", "date": "showtime", "content": "digest"},
        "category": "{from}",
        "tags": ["{from}新闻"],
    }
    work = Workplace(tmp_path)
    work.configure({**CONFIG, "feeds": [feed]})
    work.run("poll")
    posts = sorted((tmp_path / "site" / "_posts").glob("*.md"))
    heads = [parted(file.read_text())[0] for file in posts]
    assert len(heads) == len(records)
    assert all(set(head) == {"layout", "title", "date", "categories", "tags"} for head in heads)
    by_outlet = {head["tags"][0]: head for head in heads}
    for record in records:
        head = by_outlet[record["from"] + "新闻"]
        assert head["layout"] == "post"
        assert head["title"] == record["title"] or (not record["title"] and head["title"].startswith("第"))
        assert head["date"].isoformat() == record["showtime"].replace(" ", "T") + "+08:00"
        slug = head["categories"]
        assert (tmp_path / "site" / "category" / f"{slug}.md").is_file()
        assert (tmp_path / "site" / "category" / f"{slug}.rss").is_file()
    slugs = {head["categories"].lower() for head in heads}
    assert len(slugs) == len(OUTLETS) and "21shijijingjibaodao" in slugs
    assert not [file for file in posts if "\u3000" in file.read_text()]
    assert "0 written" not in work.run("poll", "--all") and work.stderr.count("exported") == 0


@pytest.mark.skipif(
    shutil.which("jekyll") is None, reason="jekyll is not installed: no site is built with it"
)
def test_jekyll_builds_it(source: Source) -> None:
    """Jekyll makes of it a page for each post and category, and a front page; titles and texts stay text."""
    hostile = "{{ site.title }} {% raw %} <script>alert(1)</script>"
    poll(source.store, make_entry(3, title=hostile, content="<p>{{ page.title }} {% include x %}</p>"))
    source.export()
    (source.folder / "_config.yml").write_text(
        "title: Mine\nbaseurl: /sub\npermalink: /:categories/:title.html\n"
    )
    layouts = source.folder / "_layouts"
    layouts.mkdir()
    (layouts / "default.html").write_text("<title>{{ page.title | escape }}</title>{{ content }}")
    (layouts / "post.html").write_text("---\nlayout: default\n---\n<time>{{ page.date }}</time>{{ content }}")
    built = source.folder.parent / "built"
    subprocess.run(
        ["jekyll", "build", "--quiet", "--disable-disk-cache", "-s", source.folder, "-d", built],
        check=True,
        timeout=120,
    )
    pages = [file.read_text() for file in (built / "news").glob("*.html")]
    assert len(pages) == 3
    (page,) = (page for page in pages if "alert" in page)
    assert "<title>{{ site.title }} {% raw %} &lt;script&gt;" in page
    text = "".join(html5lib.parse(page, namespaceHTMLElements=False).itertext())
    assert "{{ page.title }} {% include x %}" in text
    assert 'href="/sub/category/news/"' in page and 'href="/sub/"' in page
    assert "Post 1" in (built / "category" / "news" / "index.html").read_text()


def test_the_daemon_exports(tmp_path: Path, publishers: Publishers) -> None:
    """`run` writes posts and feeds after it has published."""
    work = Workplace(tmp_path)
    work.configure({**CONFIG, "feeds": [publishers.put(rss(Item("one")))]})
    site = tmp_path / "site"
    daemon = work.start("run", "--no-serve", stderr=subprocess.PIPE)
    try:
        wait_for(lambda: (site / "all.rss").is_file() and len(list(site.glob("_posts/*.md"))) == 1)
    finally:
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=30)
    assert "failed" not in log


@pytest.mark.parametrize(
    ("changes", "seconds", "holds"),
    [
        ({}, 1, True),
        ({}, 599, True),
        ({}, 600, False),
        ({"built": 1}, 4, True),
        ({"built": 1}, 5, False),
        ({"catalogue": replace(CATALOGUE)}, 5, False),
        ({"settings": JekyllExport("/other")}, 5, False),
    ],
)
def test_when_it_is_time(changes: dict[str, Any], seconds: int, holds: bool) -> None:
    """News is exported after a pause, and now and then what has grown old."""
    last = Exported(JekyllExport("/site"), CATALOGUE, 0, NOW)
    assert last.holds(replace(last, at=NOW + timedelta(seconds=seconds), **changes)) == holds
