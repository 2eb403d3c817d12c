"""Sources that are not feeds, through the real command: a thousand outlets of one JSON list, a web page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.command import Workplace
from tests.news_site import LIST, OUTLETS, TEXT, NewsSite, records, source
from tests.publisher import Page, Publishers


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def configure(place: Workplace, *sources: dict[str, Any], **changes: Any) -> None:
    """Write a configuration that publishes JSON alone, which is the quickest to build."""
    outputs = {"formats": ["json"]}
    place.configure({"defaults": {"outputs": outputs}, "feeds": list(sources), **changes})


def test_a_thousand_outlets_need_no_line_each(place: Workplace, publishers: Publishers) -> None:
    """One source gives each of a thousand outlets a category, listed nowhere, its items whole and dated."""
    site = NewsSite(publishers, records(1000))
    told = {"url": f"{TEXT}{{infocode}}", "content": "text", "limit": 20}
    # Tags are published likewise; here they would double the time, and so would all the details.
    configure(place, source(site.url, tags=[], detail=told))
    assert "1000 new entries; 1002 outputs" in place.run("poll", timeout=240)
    assert len(site.asked()) == 21
    (item,) = place.items("category/21shijijingjibaodao")
    record = site.listed[0]
    assert (item["title"], item["date_published"]) == (record["title"], "2026-11-23T15:59:05+00:00")
    assert item["content_html"] == (
        f"<p>{record['digest'].strip()}</p><p>编号<b>{record['infocode']}</b>，细节见图。</p>"
    )
    assert len(list((place.public / "category").glob("*.json"))) == 1001
    listed = etree.parse(str(place.public / "opml.xml"))
    assert set(OUTLETS) <= {str(one.get("title")) for one in listed.iter("outline")}


def test_a_list_that_changes(place: Workplace, publishers: Publishers) -> None:
    """What is new costs one detail and touches its own outputs; a text that comes later is an update."""
    site = NewsSite(publishers, records(6))
    site.silence(site.listed[0])
    configure(place, source(site.url))
    place.run("poll")
    before = place.files()
    (bare,) = place.items("tag/21shijijingjibaodaoxinwen")
    assert bare["content_html"] == "第0号工程今天合龙，比计划早0天。"

    record = {**site.listed[0], "infocode": "NWNEW", "title": "云岭隧道今日贯通", "from": OUTLETS[1]}
    site.listed = [record, *site.listed[:-1]]
    site.tell(record)
    site.update()
    site.asked()
    assert "1 new entry; 3 outputs" in place.run("poll", "--all")
    silent = f"{TEXT}{site.listed[1]['infocode']}"
    assert site.asked() == [LIST, f"{TEXT}NWNEW", silent]
    assert place.items("tag/21shijijingjibaodaoxinwen") == [bare]
    after = place.files()
    changed = {path for path in after if before.get(path) != after[path] and path.endswith("json")}
    assert changed == {"all.json", "category/haigangcaijingribao.json", "tag/haigangcaijingribaoxinwen.json"}

    site.tell(site.listed[1])
    assert "0 new entries; 3 outputs" in place.run("poll", "--all")
    assert site.asked() == [LIST, silent]
    (whole,) = place.items("tag/21shijijingjibaodaoxinwen")
    assert "编号<b>NW20261124000000</b>" in whole["content_html"]
    assert (whole["id"], whole["date_published"]) == (bare["id"], bare["date_published"])


def test_odd_records_do_no_harm(place: Workplace, publishers: Publishers) -> None:
    """Empty titles, odd dates, hostile names and names that collide are published safely, each by itself."""
    odd: list[dict[str, Any]] = [
        {"from": "Reuters"},
        {"from": "REUTERS"},
        {"from": "../../etc/passwd"},
        {"from": "<script>alert(1)</script>"},
        {"from": "A" * 500},
        {"from": None},
        {"from": "  "},
        {"title": ""},
        {"title": '"Quoted": <b>bold</b> & more'},
        {"showtime": ""},
        {"showtime": "昨天"},
        {"showtime": "2026-11-24 09:31:05"},
    ]
    listed = [{**record, **change} for record, change in zip(records(len(odd)), odd, strict=True)]
    site = NewsSite(publishers, listed)
    configure(place, source(site.url))
    place.run("poll")
    names = [path.stem for path in (place.public / "category").glob("*.json")]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert {"reuters", "etc-passwd", "general"} < set(names)
    assert len([name for name in names if name.startswith("reuters")]) == 2
    assert [item["title"] for item in place.items("category/reuters")] == [listed[0]["title"]]
    assert len(place.items("category/general")) == 3
    dates = {item["title"]: datetime.fromisoformat(item["date_published"]) for item in place.items("all")}
    assert "第7号工程今天合龙，比计划早7天" in dates
    assert '"Quoted": bold & more' in dates
    assert dates[listed[11]["title"]] == datetime(2026, 11, 24, 1, 31, 5, tzinfo=UTC)
    now = datetime.now(UTC)
    assert all(abs((now - dates[listed[place]["title"]]).total_seconds()) < 3600 for place in (9, 10))


def test_the_examples(place: Workplace, publishers: Publishers) -> None:
    """The sources of docs/sources.md give what the page says: outlets, articles behind links, episodes."""
    page = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
    home = f"http://127.0.0.1:{publishers.port}"
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    examples = [yaml.safe_load(re.sub(r"https://\w+\.example", home, block)) for block in blocks]
    place.configure({"feeds": [feed for one in examples for feed in one["feeds"]]})

    outlets = NewsSite(publishers, records(1)).listed
    publishers.put(Page(json.dumps({"data": {"list": outlets}}).encode(), "application/json"), path=LIST)
    publishers.put(Page(LINKS.encode("gbk"), "text/html"), path="/news/")
    publishers.put(Page(ARTICLE.encode("gbk"), "text/html"), path="/news/a1.html")
    publishers.put(Page(json.dumps(SHOWS).encode(), "application/json"), path="/api/shows.json?page=1")
    place.run("poll")

    items = {item["title"]: item for item in place.items("all")}
    record = items[outlets[0]["title"]]
    assert [record] == place.items("category/21shijijingjibaodao")
    assert (record["date_published"], record["tags"]) == ("2026-11-23T15:59:05+00:00", ["21世纪经济报道新闻"])
    assert "<b>NW20261124000000</b>" in record["content_html"]
    article, elsewhere = items["河堤加固工程完工"], items["新馆开放"]
    assert article["url"] == f"{home}/news/a1.html"
    assert article["date_published"] == "2026-11-23T10:05:00+00:00"
    assert article["content_html"] == "<p>工程历时两年。</p>"
    assert elsewhere["date_published"] == "2026-11-21T16:00:00+00:00"
    episode = items["Nachtlicht – Folge 7"]
    assert [episode] == place.items("tag/nachtlicht")
    assert (episode["url"], episode["date_published"]) == (f"{home}/e/7", "2026-11-23T19:15:00+00:00")
    assert [who["name"] for who in episode["authors"]] == ["Ada", "Bo"]
    assert [file["url"] for file in episode["attachments"]] == [f"{home}/7.mp3"]


LINKS = """<html><head><meta charset="gbk"><title>要闻</title></head><body><ul class="list">
<li><a href="a1.html">河堤加固工程完工</a> <span class="time">2026年11月23日 18:05</span></li>
<li><a href="https://elsewhere.example/2.html">新馆开放</a> <span class="time">2026年11月22日</span></li>
</ul></body></html>"""
ARTICLE = "<meta charset=gbk><div class=article-body><p>　　工程历时两年。</p></div>"
EPISODE = {
    "id": 7, "show": "Nachtlicht", "name": "Folge 7", "at": "23.11.2026 20.15",
    "hosts": [{"name": "Ada"}, {"name": "Bo"}], "audio": {"url": "/7.mp3"},
}  # fmt: skip
SHOWS = {"shows": [{"listed": True, "episodes": [EPISODE]}, {"listed": False, "episodes": [{"name": "x"}]}]}


def test_seeing_before_believing(place: Workplace, publishers: Publishers) -> None:
    """`fetch` takes a source's settings by its address, else the file's; `preview` knows what it names."""
    site = NewsSite(publishers, records(4))
    fields = {"id": "infocode", "title": "title", "date": "no.such"}
    hub = {"url": "https://hub.example/", "data": "data", "dynamic_outputs": 5}
    configure(place, source(site.url, entry=fields), hub=hub)
    unlisted = publishers.put(b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>")
    assert json.loads(place.run("fetch", "--json", unlisted))["outcome"] == "ok"
    shown = json.loads(place.run("fetch", "--json", site.url))
    assert (shown["format"], shown["listed"], shown["url"]) == ("json", 4, site.url)
    assert shown["warnings"] == ["date (no.such) finds nothing in any of 4 items"]
    place.run("poll")
    assert site.listed[0]["title"] in place.run("preview", "category/21shijijingjibaodao")
    assert "21世纪经济报道新闻" in place.run("opml", "export", "--outputs")
    assert len(place.items("all")) == 4
    listed = [path for path in place.files() if re.fullmatch(r"(tag|category)/.+\.json", path)]
    assert len(listed) == 1 + 5


def test_an_address_needs_no_configuration(place: Workplace, publishers: Publishers) -> None:
    """`fetch URL` works beside a configuration with mistakes, which it names."""
    feed = b"<rss version='2.0'><channel><title>t</title><item><title>x</title></item></channel></rss>"
    url = publishers.put(feed)
    place.file.write_text("feeds: [", encoding="utf-8")
    assert '"outcome": "ok"' in place.run("fetch", "--json", "--allow", "127.0.0.1", url)
    assert "the configuration has mistakes" in place.stderr
