"""Pages as text: addresses, bodies fit for a page, themes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from feedhub.model import AllOf, Output, Site
from feedhub.pages import Card, Days, Pages, day_of, day_path, root_of, story_id, story_path
from feedhub.pages.addresses import DayPage
from feedhub.pages.content import page_content
from feedhub.pages.lines import Discretion, story_view
from feedhub.pages.pages import CARDS_AT_MOST
from tests.sample_stories import make_story

ID = "urn:uuid:00000000-0000-4000-8000-000000000005"
DAYS = [
    ("tag/python", date(2026, 3, 5), 1, "tag/python/2026-03-05.html"),
    ("all", date(2026, 12, 31), 12, "all/2026-12-31.12.html"),
]
NO_DAYS = [
    "all.html",
    "all/2026-03-05.1.html",
    "all/2026-03-05.0.html",
    "all/2026-02-30.html",
    "all/0001-01-01.html",
    "all/9999-12-31.html",
    "/2026-03-05.html",
    "all/2026-03-05.atom",
]


def test_story_path_goes_both_ways() -> None:
    """A story's page lies under its id, and nothing else is taken for one."""
    assert story_id(story_path(ID)) == ID
    assert [story_id(path) for path in ("story/x.html", "story/../x.html", f"{ID}.html", "")] == [""] * 4


@pytest.mark.parametrize(("output", "day", "part", "path"), DAYS)
def test_day_path_goes_both_ways(output: str, day: date, part: int, path: str) -> None:
    """A day's page lies under its output by its date; a second part has its number."""
    assert day_path(output, day, part) == path
    assert day_of(path) == DayPage(output, day, part)
    assert root_of(path) == "../" * path.count("/")


@pytest.mark.parametrize("path", NO_DAYS)
def test_other_paths_are_no_days(path: str) -> None:
    """What `day_path` does not make is no day's page."""
    assert day_of(path) is None


BODIES = [
    ("", ""),
    ("plain <b>text</b>", "plain <b>text</b>"),
    ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
    ("<h1>One</h1><h6>Six</h6>", "<h2>One</h2><h6>Six</h6>"),
    (
        '<a href="https://x.example/?a=1&amp;b=2">x</a>',
        '<a href="https://x.example/?a=1&amp;b=2" rel="noopener nofollow ugc">x</a>',
    ),
    ('<a href="javascript:alert(1)">x</a>', "x"),
    ('<a href="https://x.example/"></a>y', "y"),
    (
        '<p>See <img src="https://x.example/a.png" alt="A &lt;cat"> here</p>',
        '<p>See <a href="https://x.example/a.png" rel="noopener nofollow ugc">Image: A &lt;cat</a> here</p>',
    ),
    (
        '<a href="https://x.example/"><img src="https://x.example/a.png"></a>',
        '<a href="https://x.example/" rel="noopener nofollow ugc"><span>Image</span></a>',
    ),
    (
        '<video controls poster="https://x.example/p.png"><source src="https://x.example/v.mp4"></video>',
        '<a href="https://x.example/v.mp4" rel="noopener nofollow ugc">Video</a>',
    ),
    (
        '<img src="https://x.example/a.png">In the beginning',
        '<a href="https://x.example/a.png" rel="noopener nofollow ugc">Image</a> In the beginning',
    ),
    ('<img src="data:image/png;base64,AAAA">after', "after"),
    ('<p style="x" class="y" id="z" onclick="w" lang="not a tag" dir="rtl">a</p>', '<p dir="rtl">a</p>'),
    ("<main><section>a</section></main>", "<div><div>a</div></div>"),
    ("<li>loose</li>", "<div>loose</div>"),
    ("<ul><li>a</li><p>b</p></ul>", "<ul><li>a</li><li>b</li></ul>"),
    ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    ("<dl><p>a</p><dt>b</dt></dl>", "<div><p>a</p><div>b</div></div>"),
    ("<pre>x = 1</pre>", '<pre tabindex="0">x = 1</pre>'),
    (
        "<table><tr><td>a</td></tr></table>b",
        '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        "<table><tr><td>a</td></tr></table></div>b",
    ),
    ("<!-- note -->a<script>alert(1)</script>", "a"),
    (
        '<video src="https://x.example/a.mp4"><img alt="still"><audio></audio></video>',
        '<a href="https://x.example/a.mp4" rel="noopener nofollow ugc">Video</a>',
    ),
]


@pytest.mark.parametrize(("stored", "shown"), BODIES)
def test_body_on_a_page(stored: str, shown: str) -> None:
    """A body loads nothing, ranks below the page's headings, and keeps its words."""
    assert page_content(stored) == shown


def test_pictures_where_the_owner_wants_them() -> None:
    """With `remote_images` a picture stays, loaded late and without a referrer."""
    shown = page_content('<img src="https://x.example/a.png">', remote_images=True)
    assert shown == ('<img src="https://x.example/a.png" alt="" loading="lazy" referrerpolicy="no-referrer">')


ZONES = [
    ("UTC", "5 Mar 2026, 22:30 UTC", "05"),
    ("Asia/Shanghai", "6 Mar 2026, 06:30 UTC+8", "06"),
    ("America/St_Johns", "5 Mar 2026, 19:00 UTC-3:30", "05"),
    ("Europe/Berlin", "5 Mar 2026, 23:30 UTC+1", "05"),
]


@pytest.mark.parametrize(("zone", "moment", "day"), ZONES)
def test_times_are_of_the_hubs_zone(zone: str, moment: str, day: str) -> None:
    """A page shows hours and days in the hub's time zone, and says which it is."""
    at = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)
    story = make_story(5, published_at=at, ordered_at=at)
    site, pages = Site(timezone=zone), Pages("1.0")
    view = story_view(story, [OUTPUT], Discretion())
    assert moment in pages.story(site, view, {})
    assert f'datetime="2026-03-{day}"' in pages.output(site, OUTPUT, Days((view.line,)), "all.html", {})


OUTPUT = Output("all", "Everything", "all", AllOf(()))


def empty_card(output: Output) -> Card:
    return Card(output, ())


def front(folder: Path) -> str:
    return Pages("1.0", theme=folder).front(Site(title="A hub"), [OUTPUT], empty_card)


def test_a_front_page_of_very_many_outputs_is_light() -> None:
    """The first of each group have a card with their newest, the others are there by name; nothing is read of
    those."""
    outputs = [Output(f"tag/{n}", f"Tag {n}", "tag", AllOf(())) for n in range(5000)]
    asked: list[Output] = []

    def card(output: Output) -> Card:
        asked.append(output)
        return empty_card(output)

    page = Pages("1.0").front(Site(title="A hub"), [*outputs, OUTPUT], card)
    assert asked == [*outputs[:CARDS_AT_MOST], OUTPUT]
    assert set(re.findall(r'href="(tag/\d+)\.html"', page)) == {output.path for output in outputs}
    assert "4,940 more, by name" in page
    assert len(page) < 600_000


@pytest.mark.parametrize("live", [True, False])
def test_a_page_for_what_is_not_there_is_small_at_any_depth(live: bool) -> None:
    """Where no page of ours lies its links name the site's path, and do not climb."""
    site = Site(url="https://hub.example/feeds/")
    page = Pages("1.0", live=live).notice(site, "/" * 60_000, "Nothing here", "")
    assert len(page) < 5_000
    assert 'href="/feeds/opml.xml"' in page
    assert 'href="../../opml.xml"' in Pages("1.0").notice(site, "a/b/c.html", "Nothing here", "")


def theme(folder: Path, name: str, text: str) -> None:
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "templates" / name).write_text(text, encoding="utf-8")


def test_template_of_the_owner(tmp_path: Path) -> None:
    """A template in the theme folder replaces ours, may extend it, and is escaped like it."""
    theme(
        tmp_path, "front.html", '{% extends "feedhub/front.html" %}{% block main %}{{ "<b>" }}{% endblock %}'
    )
    assert "&lt;b&gt;" in front(tmp_path)
    assert "<title>A hub</title>" in front(tmp_path)


@pytest.mark.parametrize("text", ["{% if %}", "{{ nothing.here }}", "{{ site | nofilter }}", "{{ 1 / 0 }}"])
def test_broken_template_takes_no_page_away(tmp_path: Path, text: str) -> None:
    """Where the owner's template is broken ours is shown, and the log names its file and line."""
    theme(tmp_path, "front.html", f"\n{text}")
    with capture_logs() as logs:
        page = front(tmp_path)
    assert "Latest stories" in page
    assert logs[0]["error"].startswith(f"{tmp_path / 'templates' / 'front.html'}:2: ")


def test_static_files_of_the_owner(tmp_path: Path) -> None:
    """A static file in the theme folder replaces ours; what is outside of it, or of another kind, is none."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "feedhub.css").write_text("b {}")
    (tmp_path / "static" / "theme.css").write_text("d {}")
    (tmp_path / "static" / "notes.txt").write_text("secret")
    (tmp_path / "secret.css").write_text("c {}")
    served = Pages("1.0", theme=tmp_path).theme
    assert served.static("feedhub.css").body == b"b {}"
    assert served.static("feedhub.svg").body.startswith(b"<svg")
    for name in ("notes.txt", "../secret.css", "..", "", "none.css", str(tmp_path / "secret.css")):
        assert served.static(name) is None
    assert (
        '<link rel="stylesheet" href="static/feedhub.css">\n<link rel="stylesheet" href="static/theme.css">'
        in (front(tmp_path))
    )
    assert {"feedhub.css", "feedhub.js", "feedhub.svg"} <= set(served.static_names())
