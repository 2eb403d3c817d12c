"""Sources that are not feeds, through the real command: a thousand outlets of one JSON list, a web page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
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
    assert "1000 new entries; 1002 outputs" in place.run("poll")
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
    assert "details of 1 entry cannot be had" in place.run("status", "--json")

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

    publishers.put(Page(b"<html>Wait</html>", "text/html"), path=LIST)
    place.run("poll", "--all", code=1)
    assert place.items("tag/21shijijingjibaodaoxinwen") == [whole]


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


def test_a_page_is_a_source(place: Workplace, publishers: Publishers) -> None:
    """A page in GBK, with relative links and Chinese dates, is read with the articles behind its links."""
    page = """<html><head><meta charset="gbk"><title>要闻</title></head><body><ul class="list">
    <li><a href="a1.html">河堤加固工程完工</a> <span class="time">2026年11月23日 18:05</span></li>
    <li><a href="https://elsewhere.example/2.html">新馆开放</a> <span class="time">2026年11月22日</span></li>
    </ul></body></html>"""
    article = "<head><meta charset=gbk></head><body><div class=article><p>　　工程历时两年。</p></div></body>"
    url = publishers.put(Page(page.encode("gbk"), "text/html"), path="/news/")
    publishers.put(Page(article.encode("gbk"), "text/html"), path="/news/a1.html")
    entry = {"title": "a", "link": "a", "date": ".time"}
    configure(
        place,
        {
            "url": url, "id": "page", "format": "html", "items": "ul.list > li", "entry": entry,
            "timezone": "Asia/Shanghai", "detail": {"content": ".article"},
        },
    )  # fmt: skip
    place.run("poll")
    first, second = place.items("all")
    assert (first["title"], first["url"]) == ("河堤加固工程完工", f"{url}a1.html")
    assert (first["date_published"], first["content_html"]) == (
        "2026-11-23T10:05:00+00:00",
        "<p>工程历时两年。</p>",
    )
    assert second["date_published"] == "2026-11-21T16:00:00+00:00"


def test_seeing_before_believing(place: Workplace, publishers: Publishers) -> None:
    """`fetch` shows what a source gives, by id or address; `preview` and others know its outputs."""
    site = NewsSite(publishers, records(4))
    fields = {"id": "infocode", "title": "title", "date": "no.such"}
    hub = {"url": "https://hub.example/", "data": "data", "dynamic_outputs": 5}
    configure(place, source(site.url, entry=fields), hub=hub)
    for target in ("news", site.url):
        shown = json.loads(place.run("fetch", "--json", target))
        assert (shown["format"], shown["listed"], shown["url"]) == ("json", 4, site.url)
        assert shown["warnings"] == ["date (no.such) finds nothing in any of 4 items"]
    place.run("poll")
    assert site.listed[0]["title"] in place.run("preview", "category/21shijijingjibaodao")
    assert "21世纪经济报道新闻" in place.run("opml", "export", "--outputs")
    assert len(place.items("all")) == 4
    listed = [path for path in place.files() if re.fullmatch(r"(tag|category)/.+\.json", path)]
    assert len(listed) == 1 + 5
    assert "hub.dynamic_outputs" in place.run("status", "--json")


def test_an_address_needs_no_configuration(place: Workplace, publishers: Publishers) -> None:
    """`fetch URL` works beside a configuration with mistakes, which it names."""
    feed = b"<rss version='2.0'><channel><title>t</title><item><title>x</title></item></channel></rss>"
    url = publishers.put(feed)
    place.file.write_text("feeds: [", encoding="utf-8")
    assert '"outcome": "ok"' in place.run("fetch", "--json", "--allow", "127.0.0.1", url)
    assert "the configuration has mistakes" in place.stderr
