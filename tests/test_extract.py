"""Lists that are no feeds: what expressions find in JSON and on web pages, and what is beyond the bounds."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.model import Detail, Extraction, ParsedFeed, RawEntry
from feedhub.parser import extract
from feedhub.parser.extract import ExpressionError, check_expression, check_template
from feedhub.parser.extract.tidy import tidy_html, tidy_text

URL = "https://news.example/web/list?type=45"
ZONE = "Asia/Shanghai"
LIST = Extraction(
    "json",
    "@",
    (("id", "infocode"), ("title", "title"), ("date", "showtime"), ("summary", "digest")),
    category="{from}",
    tags=("{from}新闻",),
    detail=Detail(
        "json", (("content", "text"),), "https://news.example/NewsData/GetNewsText.do?id={infocode}"
    ),
)
RECORD = {
    "infocode": "NW202611240001",
    "title": "城市公交票价调整方案公布",
    "from": "21世纪经济报道",
    "showtime": "2026-11-24 09:31:05",
    "digest": "　　方案下月起实行。",
}


def read_json(value: Any, wanted: Extraction = LIST) -> ParsedFeed:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return extract.read(body, "application/json", URL, None, wanted, timezone=ZONE)


def read_page(body: str | bytes, wanted: Extraction, content_type: str = "text/html") -> ParsedFeed:
    page = body.encode() if isinstance(body, str) else body
    return extract.read(page, content_type, "https://news.example/list/", None, wanted, timezone=ZONE)


def by_field(**fields: str) -> Extraction:
    return Extraction("json", "@", tuple(fields.items()))


def test_a_record_becomes_an_entry() -> None:
    """Fields are taken by their expressions, a local time by the feed's zone, indents of U+3000 go."""
    (entry,) = read_json([RECORD]).entries
    assert (entry.id, entry.title, entry.summary) == ("NW202611240001", RECORD["title"], "方案下月起实行。")
    assert entry.published == datetime(2026, 11, 24, 1, 31, 5, tzinfo=UTC)
    assert entry.placement is not None
    assert (entry.placement.category, entry.placement.tags) == ("21世纪经济报道", ("21世纪经济报道新闻",))
    assert entry.placement.detail_url.endswith("/NewsData/GetNewsText.do?id=NW202611240001")


@pytest.mark.parametrize(
    ("expression", "record", "expected"),
    [
        ("a", {"a": "x"}, "x"),
        ("a.b[0]", {"a": {"b": ["x", "y"]}}, "x"),
        ('"标题"', {"标题": "x"}, "x"),
        ("a || b", {"a": "", "b": "x"}, "x"),
        ("join(' – ', [a, b])", {"a": "x", "b": "y"}, "x – y"),
        ("a", {"a": 5}, "5"),
        ("a", {"a": 5.0}, "5"),
        ("a", {"a": 1.5}, "1.5"),
        ("a", {"a": ["x", "y"]}, "x"),
        ("{a}：{b}", {"a": "x", "b": "y"}, "x：y"),
        ("{a} {{b}}", {"a": "x"}, "x {b}"),
        ("{a.b}", {"a": {"b": " x\n y "}}, "x y"),
        # what is no text is none
        ("a", {"a": {"b": "x"}}, ""),
        ("a", {"a": True}, ""),
        ("a", {"a": None}, ""),
        ("a", {"a": [[["x"]]]}, ""),
        ("{a}：{b}", {"a": "x"}, ""),
        ("a.b", {"a": "x"}, ""),
        ("length(a)", {"a": 5}, ""),
        ("join('', a)", {"a": [1]}, ""),
        ("a", {"a": "\ud800x"}, "x"),
    ],
)
def test_expressions_in_json(expression: str, record: object, expected: str) -> None:
    """An expression finds one text, whatever types the record has; what does not fit finds nothing."""
    (entry,) = read_json(
        json.dumps([{"link": "/x", **record}]).encode(),
        by_field(title=expression, link="link"),  # type: ignore[dict-item]
    ).entries
    assert entry.title == expected


def test_fields_of_many_values() -> None:
    """Authors, categories and enclosures are as many as there are; addresses are made absolute."""
    wanted = by_field(
        title="t",
        authors="by[].name",
        categories="terms",
        enclosure="files[].url",
        image="img",
        link="/a/{t}",
    )
    record = {
        "t": "a/b?c", "by": [{"name": "Ann"}, {"name": "Bo"}], "terms": ["x", "y"],
        "files": [{"url": "/1.mp3"}, {"url": "2.mp3"}], "img": "//img.example/1.png",
    }  # fmt: skip
    (entry,) = read_json([record], wanted).entries
    assert [who.name for who in entry.authors] == ["Ann", "Bo"]
    assert entry.categories == ("x", "y")
    assert [file.url for file in entry.enclosures] == [
        "https://news.example/1.mp3",
        "https://news.example/web/2.mp3",
    ]
    assert (entry.image, entry.link) == ("https://img.example/1.png", "https://news.example/a/a%2Fb%3Fc")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ID1", "https://h.example/t?id=ID1"),
        (7, "https://h.example/t?id=7"),
        ("a&admin=1", "https://h.example/t?id=a%26admin%3D1"),
        ("../../x", "https://h.example/t?id=..%2F..%2Fx"),
        ("a b\r\nHost: evil", "https://h.example/t?id=a%20b%0D%0AHost%3A%20evil"),
        ("@evil.example/#", "https://h.example/t?id=%40evil.example%2F%23"),
        ("新", "https://h.example/t?id=%E6%96%B0"),
        ("", ""),
        (None, ""),
        ("x" * 5000, ""),
    ],
)
def test_what_is_filled_into_an_address_stays_a_value(value: object, expected: str) -> None:
    """Nothing that a record says leaves its place in the address of its detail."""
    assert check_template("json", "https://h.example/t?id={id}").url({"id": value}) == expected


@pytest.mark.parametrize("value", [".", "..", ".%2e"])
def test_no_value_leads_up(value: str) -> None:
    """A step of dots is no address at all, however many places it is made of."""
    assert check_template("json", "https://h.example/a/{id}").url({"id": value}).count("..") == 0
    assert check_template("json", "https://h.example/a/{id}{id}/b").url({"id": "."}) == ""


@pytest.mark.parametrize(
    ("format", "text", "message", "offset"),
    [
        ("json", "a..b", "unexpected .", 2),
        ("json", "来源", "double quotes", 0),
        ("json", "a[?b", "ends too early", 3),
        ("json", "'a", "never closed", 0),
        ("json", "x.nosuch(a)", "there is no function nosuch()", 2),
        ("json", "{a}新闻{b..c}", "unexpected .", 8),
        ("json", "{a", "without its other half", 0),
        ("json", "(" * 5000, "", None),
        ("html", "a[", "no CSS selector", 2),
        ("html", "{a > > b}", "no CSS selector", 5),
        ("html", "a:nth-child(x)", "no CSS selector", None),
    ],
)
def test_a_wrong_expression_says_where(format: str, text: str, message: str, offset: int | None) -> None:
    """The error names the language and points into the text."""
    with pytest.raises(ExpressionError) as error:
        check_expression(format, "title", text)
    assert message in str(error.value)
    if offset is not None:
        assert error.value.offset == offset


PAGE = """<!doctype html><html lang="zh-CN"><head>
<meta charset="{charset}"><title>要闻 - 示例网</title></head><body>
<nav><a href="/about">关于</a></nav>
<ul class="list">
 <li data-id="7"><a href="/a/7.html">河堤加固工程 <em>完工</em></a><span class="src">示例日报</span>
   <span class="time">2026年11月24日 09:31</span><p>　　工程历时两年。<br>　　耗资<b>三亿</b>元。</p>
   <img data-src="7.jpg"></li>
 <li data-id="8"><a href="8.html">新馆开放</a><span class="src">示例晚报</span><span class="time">昨天</span>
   <script>var x = "<p>no</p>";</script></li>
</ul></body></html>"""
ITEMS = Extraction(
    "html",
    "ul.list > li",
    (
        ("title", "a"), ("link", "a"), ("id", "@data-id"), ("date", ".time"), ("summary", "p"),
        ("image", "img@data-src"), ("authors", ".src"),
    ),
    category="{.src}",
)  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb2312"])
def test_a_news_list_in_chinese(charset: str) -> None:
    """Relative links, dates in words, attributes and markup are read in the page's own charset."""
    feed = read_page(PAGE.format(charset=charset).encode(charset), ITEMS)
    first, second = feed.entries
    assert (feed.title, feed.language) == ("要闻 - 示例网", "zh-CN")
    assert (first.title, first.link) == ("河堤加固工程 完工", "https://news.example/a/7.html")
    assert first.published == datetime(2026, 11, 24, 1, 31, tzinfo=UTC)
    assert first.summary == "工程历时两年。<br>耗资<b>三亿</b>元。"
    assert first.image == "https://news.example/list/7.jpg"
    assert (second.id, second.link, second.published) == ("8", "https://news.example/list/8.html", None)
    assert [entry.placement.category for entry in feed.entries if entry.placement] == ["示例日报", "示例晚报"]
    assert feed.warnings == (
        "1 of 2 dates cannot be read (date_format says how): these entries are dated when they were first "
        "seen",
    )


def test_a_date_format_reads_what_nothing_recognises() -> None:
    """`date_format` decides what a date means; without a zone it is the feed's."""
    wanted = Extraction("json", "@", (("title", "t"), ("date", "d")), date_format="%d/%m/%Y %Hh%M")
    dates = [
        entry.published
        for entry in read_json([{"t": "x", "d": "03/02/2026 09h05"}, {"t": "y", "d": "?"}], wanted).entries
    ]
    assert dates == [datetime(2026, 2, 3, 1, 5, tzinfo=UTC), None]


def test_an_expression_that_finds_nothing_is_told() -> None:
    """A field that no item has is a warning, with its expression."""
    feed = read_json([{"t": "x"}], by_field(title="t", date="no.such"))
    assert feed.warnings == ("date (no.such) finds nothing in any of 1 items",)


def test_items_without_anything_are_left_out() -> None:
    """What has neither title nor link nor text is no entry, and is counted."""
    feed = read_json([RECORD, {}, 5, None, "x", []])
    assert (len(feed.entries), feed.warnings) == (
        1,
        ("5 items have no title, no link and no text: left out",),
    )


@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        (b"", "empty", ""),
        (b" \n", "empty", ""),
        (b"<html><title>Wait</title>", "malformed", "a web page"),
        (b"not json", "malformed", "no valid JSON"),
        (b'[{"title": "x"', "malformed", "no valid JSON"),
        (b"[" * 100_000, "too-complex", "too deep"),
        (b"[" + b"[]," * 2_000_000 + b"[]]", "too-complex", "values"),
        (b'{"data": []}', "not-a-feed", "an object with data"),
        (b'"x"', "not-a-feed", "a text"),
        (b"null", "not-a-feed", "nothing"),
        (b"[" + b"9" * 5000 + b"]", "malformed", ""),
        (b"[{}, {}]", "not-a-feed", "none of the 2 items"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, reason: str, message: str) -> None:
    """The reason says what came instead; size and depth are bounded before anything is built."""
    with pytest.raises(ParseError) as error:
        read_json(body)
    assert error.value.reason == reason
    assert message in str(error.value)


def test_odd_json_is_read() -> None:
    """An empty list is a list; NaN is null; of equal keys the last holds; other charsets are recognised."""
    assert read_json([]).entries == ()
    twice = b'[{"title": "a", "title": "b", "showtime": NaN, "infocode": 1e999, "digest": Infinity}]'
    (entry,) = read_json(twice).entries
    assert (entry.title, entry.published, entry.id, entry.summary) == ("b", None, "", "")
    encoded = json.dumps([RECORD], ensure_ascii=False)
    for charset in ("gbk", "utf-16", "utf-8-sig"):
        assert read_json(encoded.encode(charset)).entries[0].title == RECORD["title"]


@pytest.mark.parametrize(
    "script", ["cb({});", "/**/jQuery1_2.cb({})", "var list={};", "window.__DATA__ = {}", "let x = {} ;\n"]
)
def test_a_script_round_the_list_is_taken_off(script: str) -> None:
    """JSON that a page loads as a script is read like any other."""
    body = script.format(json.dumps([RECORD], ensure_ascii=False)).encode()
    assert read_json(body).entries[0].title == RECORD["title"]


def test_what_nests_deep_has_no_text() -> None:
    """A record that can be read but is too deep to be written out gives nothing to what would do that."""
    wanted = by_field(title="title", summary="to_string(@)")
    for depth in range(700, 1000, 5):
        body = b'[{"title": "Deep", "a": ' + b"[" * depth + b"]" * depth + b"}]"
        with suppress(ParseError):
            assert read_json(body, wanted).entries[0].title == "Deep"


def test_a_list_has_a_bound() -> None:
    """Of more than ten thousand records the first ten thousand are looked at."""
    feed = read_json([{"title": str(n)} for n in range(10_001)])
    assert (len(feed.entries), "the first 10000 are looked at" in feed.warnings[0]) == (10_000, True)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "empty"),
        ("<p>moved</p>", "not-a-feed"),
        ("<b>" * 250_000, "too-complex"),
        ("x" * 10_000_001, "too-complex"),
    ],
)
def test_a_page_without_the_list_is_refused(page: str, reason: str) -> None:
    """A page that has lost its list is an error, not an empty feed, and a huge one is not read."""
    with pytest.raises(ParseError) as error:
        read_page(page, ITEMS)
    assert error.value.reason == reason


def test_an_item_inside_an_item_is_part_of_it() -> None:
    """Where a selector finds elements inside one another, the outermost are the items."""
    page = "<div class=x><a>one</a><div class=x><a>two</a></div></div><div class=x><a>three</a></div>"
    feed = read_page(page, Extraction("html", "div.x", (("title", "a"),)))
    assert [entry.title for entry in feed.entries] == ["one", "three"]


@pytest.mark.parametrize("unit", ["<li><a>x", "<li><a>x</a></li>", "<ul><li><a>x", "<b><li class=x><a>"])
def test_no_page_takes_long(unit: str) -> None:
    """However many tags there are and however they nest, each is looked at once for each field."""
    wanted = Extraction(
        "html", "li", (("title", "a"), ("link", "a"), ("summary", "b ~ b"), ("date", ".d .e"))
    )
    page = unit * (60_000 // unit.count("<"))
    with suppress(ParseError):
        assert len(read_page(page, wanted).entries) <= 10_000


def test_a_hostile_page_is_text_and_addresses() -> None:
    """Deep nesting, broken tags, scripts and entities give entries like any other, or none."""
    deep = "<ul><li><a href='javascript:x'>t<script>s</script></a></ul>" + "<div>" * 50_000
    (entry,) = read_page(deep, Extraction("html", "li", (("title", "a"), ("link", "a")))).entries
    assert (entry.title, entry.link) == ("t", "javascript:x")  # which the normaliser leaves out


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["title", "from", "infocode", "x"]), inner)
        ),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Whatever types a document has, only ParseError comes out."""
    try:
        feed = read_json(json.dumps(value).encode())
    except ParseError:
        return
    assert all(isinstance(entry, RawEntry) for entry in feed.entries)


def test_a_detail_is_read_in_either_language() -> None:
    """The document behind an item gives whatever fields it has."""
    told = extract.read_detail(
        '{"text": "<p>　　正文。</p><p>&nbsp;</p>"}'.encode(),
        None,
        URL,
        None,
        Detail("json", (("content", "text"),)),
    )
    assert told.content == "<p>正文。</p>"
    page = "<div class=art><h1>T</h1><div class=body><p>one<p>two<a href=x>x</a></div></div>"
    told = extract.read_detail(
        page.encode(), None, URL, None, Detail("html", (("title", "h1"), ("content", ".body")))
    )
    assert (told.title, told.content) == ("T", '<p>one</p><p>two<a href="x">x</a></p>')


@pytest.mark.parametrize(
    ("given_markup", "expected"),
    [
        ("<p>　　一。</p><p>　　二。</p>", "<p>一。</p><p>二。</p>"),
        ("　　一。<br/>　　二。", "一。<br/>二。"),
        ("<p><strong>　　一</strong> 二</p>", "<p><strong>一</strong> 二</p>"),
        ("<p>&nbsp;</p><p>&#12288;&#12288;一</p><p><br></p>", "<p>一</p>"),
        ("<p>a <b>b</b> c　d</p>", "<p>a <b>b</b> c　d</p>"),
        ("<div><pre>  x</pre></div>", "<div><pre>  x</pre></div>"),
    ],
)
def test_indents_and_empty_paragraphs_go(given_markup: str, expected: str) -> None:
    """What editors indent with spaces is flush; what they leave empty is gone; spaces between words stay."""
    assert tidy_html(given_markup) == expected


def test_plain_text_keeps_its_lines() -> None:
    """Lines stay lines, without their indents, one empty line at most between them."""
    assert tidy_text("　　一。\n\n\n\n　　二。 ") == "一。\n\n二。"


@pytest.mark.parametrize("unit", ["<p>", "<p> ", "　", "&nbsp;", "<div>　", "<p></p>", "<br>　<"])
def test_tidying_is_linear(unit: str) -> None:
    """However much there is to tidy, it takes no longer than its length."""
    assert len(tidy_html(unit * (200_000 // len(unit)))) <= 200_000
