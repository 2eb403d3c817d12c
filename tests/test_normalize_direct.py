"""HTML that is cleaned without a parser: it comes out as the parser and its sanitiser would have it."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.errors import ParseError
from feedhub.normalize import pictures
from feedhub.normalize.direct import Direct
from feedhub.normalize.html import Sanitiser
from feedhub.normalize.parsed import parsed
from feedhub.normalize.text import legal
from feedhub.parser import parse

SHARED = Path(__file__).resolve().parents[2] / "shared"
REAL = SHARED / "corpus" / "real"
BASE = "https://blog.example/posts/one.html"


def check(source: str, base: str = BASE) -> str | None:
    """Return what comes out directly, if anything, having compared it with what the parser makes of it."""
    cleaned = Direct().clean(source, base)
    if cleaned is not None:
        assert cleaned == parsed(source, base), source
    return cleaned


TAKEN = [
    ('<p class="a" id="b" title="c" onclick="d">x</p>', '<p title="c">x</p>'),
    ("<P>a<BR/>b</P>", "<p>a<br>b</p>"),
    ("<p>one<p>two", "<p>one</p><p>two</p>"),
    ("<p>one<ul><li>a<li>b</ul>", "<p>one</p><ul><li>a</li><li>b</li></ul>"),
    ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
    ("<div><p>a</div>b", "<div><p>a</p></div>b"),
    ("a</b></div></li></img>b", "ab"),
    ("a</p>b", "a<p></p>b"),
    ("<b>a", "<b>a</b>"),
    ("<p>a<hr>b", "<p>a</p><hr>b"),
    ("<p><span>a<p>b</span>c", "<p><span>a</span></p><p>bc</p>"),
    ("<span><cite>a</span>b", "<span><cite>a</cite></span>b"),
    ("<b><span>a</b></span>", "<b><span>a</span></b>"),
    ("<span><div>a</span>b</div>", "<span><div>ab</div></span>"),
    ("<p>Vec<T> by <ann@blog.example></p><o:p a=b>c</o:p>", "<p>Vec by </p>c"),
    ("<p>a<form action=b><input name=c>d</form>", "<p>a</p>d"),
    ("<ruby>漢<rp>(</rp><rt>kan<rp>)</ruby>", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"),
    ("<base href='https://c.example/'>a</br>b</td></table>c", "a<br>bc"),
    ("<table><tr><td>a<td>b<tr><td>c</table>",
     "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>"),
    ("<table>\n<caption>t</caption>\n<thead><tr><th>a</th></tr></thead>\n<tr><td><p>b</table>",
     "<table>\n<caption>t</caption>\n<thead><tr><th>a</th></tr></thead>\n"
     "<tbody><tr><td><p>b</p></td></tr></tbody></table>"),
    ("<pre>\n\na</pre>", "<pre>\na</pre>"),
    ("<PRE class=b>\na</PRE><pre/>\nb", "<pre>a</pre><pre>b</pre>"),
    ("<Pre title=a>\na</Pre><pre><x-y></b>\nb</pre>", '<pre title="a">a</pre><pre>\nb</pre>'),
    ("a<!-- b -->c<!---->d", "acd"),
    ("a<!-- <b> c > d < e -- f -->g", "ag"),
    ("a<[b]>c", "a&lt;[b]&gt;c"),
    ("<li>a<div>b</li>c<h2>d<h3>e</h2>f", "<li>a<div>b</div></li>c<h2>d</h2><h3>e</h3>f"),
    ("<script>a > b</script><style>p{}</style>c<title>d</title>", "c"),
    ("<svg viewBox='0 0 1 1'><g><path d='M0'/><svg/></g></svg>a<math><mi>x</mi></math>", "a"),
    ("a > b < c & d &nbsp;\xa0&eacute;&#8217;&quot;&#39;&unknown;",
     "a &gt; b &lt; c &amp; d &nbsp;&nbsp;é’\"'&amp;unknown;"),
    ("""<a href='/x?a=1&b=2' title='"&quot;&#39;&lt;&#32;'>x</a>""",
     '<a href="https://blog.example/x?a=1&amp;b=2" title="&quot;&quot;\'&lt; ">x</a>'),
    ("<a href=javascript:alert(1)>a</a><a href='bitcoin:1'>b</a>", "<a>a</a><a>b</a>"),
    ("<img src=a.png width=1 height=1><img src='data:image/png;base64,x' alt=b>", '<img alt="b">'),
    ('<iframe src="//www.youtube.com/embed/x"></iframe><iframe src="https://ads.example/">a</iframe>',
     '<a href="https://www.youtube.com/embed/x">www.youtube.com</a>'),
    ('<iframe src="https://www.youtube.com/embed/x">a < b</iframe>',
     '<a href="https://www.youtube.com/embed/x">www.youtube.com</a>'),
    ('<iframe src="https://www.youtube.com/embed/x"><b>a</iframe>b<style><p>c<style></p></style>d',
     '<a href="https://www.youtube.com/embed/x">www.youtube.com</a>bd'),
    ("<script>a <b> c</script><title><svg></svg></title>d<?php e ?>", "d"),
    ('a<object data=b><param name=c><embed src=d></embed>e</object>f', "af"),
    ("<p>a<b", "<p>a</p>"),
    ("<p a < b>c", "<p>c</p>"),
    ("<p>a</p><a href='https://a.example/?b", "<p>a</p>"),
    ("<p title='a'title=b>c</p><p title=a\"b>c</p><p/title=a>c</p><img alt='a < b'/>",
     '<p title="a">c</p><p title="a&quot;b">c</p><p title="a">c</p><img alt="a &lt; b">'),
    ("<a href='https://xn--a/'>a</a><a href='https://1.2.3/'>b</a><a href='https://a.example:99999/'>c</a>",
     '<a>a</a><a href="https://1.2.3/">b</a><a>c</a>'),
    ("<a href=' https://a.example/'>a</a><a href='java\tscript:alert(1)'>b</a><a href='\\\\a.example'>c</a>",
     '<a href="https://a.example/">a</a><a>b</a><a href="https://a.example">c</a>'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), TAKEN, ids=[repr(row[0][:40]) for row in TAKEN])
def test_what_has_one_reading_needs_no_parser(source: str, expected: str) -> None:
    """What publishers write comes out cleaned, with the ends that HTML implies."""
    assert check(source) == expected


REFUSED = [
    "<b><i>a</b></i>",
    "<p><b>a<p>b</b>",
    "<a href=x>a<a href=y>b</a>",
    "<table>a<tr><td>b</table>",
    "<table><tr><td>a</td></tr><b>c</b></table>",
    "<table><tr><img src=x></tr></table>",
    "<ul><li><div><li>a</ul>",
    "<table><tr><td>a</td></tr></table><td>b",
    "<form><div></form>a</div>",
    "<form><form>a</form></form>",
    "<b><div>a</b></div>",
    "<ruby><b><rt>a</b></ruby>",
    "<select><option>a</select>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><b>a</b></template>",
    "<plaintext>a",
    "<svg><p>a</p></svg>",
    "<svg><style><img src=x></style></svg>",
    "<style><math><style></style>a</math></style>",
    "<math><math class=a/>b</math>c",
    "<svg><g a= /></svg>b",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mi><b>a</b></mi></math>",
    "<script><!--<script></script>a</script>",
    "<!--> a -->",
    "<!-- a --!> b",
    "<![CDATA[a]]>",
    "<p title=\"a>b\">c</p>",
    "<object><p>a</p></object>",
    "<object>a",
    "<script><!-- </script> -->",
    "".join(f"<a href='https://xn--{n}/'>a</a>" for n in range(501)),
    f"<a href='https://xn--a/'{' title=b' * 300}>a</a>",
    "a&notit;b",
    "a&ampb",
    "a&#1;",
    "a\x01b",
    "a\ud800b",
    "a\ufffeb",
    "<div>" * 300,
    "".join(f"<name{n}>" for n in range(501)),
    f"<{'name' * 20}>",
    "".join(f"<x{a}><x{b}><x{c}></x{c}></x{b}></x{a}>" for a, b, c in product(range(18), repeat=3)),
]  # fmt: skip


@pytest.mark.parametrize("source", REFUSED, ids=[repr(source[:40]) for source in REFUSED])
def test_what_may_be_read_otherwise_is_left_to_the_parser(source: str) -> None:
    """Nothing that a parser moves, mends, or reads by other rules is taken."""
    assert Direct().clean(source, BASE) is None


def test_what_is_known_of_a_relative_address_ends_with_its_base() -> None:
    """The same tag in entries of two pages leads to two places."""
    direct = Direct()
    assert direct.clean("<a href=b>x</a>", "https://a.example/") == '<a href="https://a.example/b">x</a>'
    assert direct.clean("<a href=b>x</a>", "https://c.example/") == '<a href="https://c.example/b">x</a>'


# What the tests put together: known tags and such as turn others away, in and out of their places.
NAMES = st.sampled_from(
    """a b i em span p div ul ol li dl dt dd h1 h2 table tbody thead tr td th caption colgroup col pre br hr
    img script style title svg math mi mtext g path annotation iframe noscript textarea select option template
    button nobr form font center section details summary video source ruby rb rp rt rtc input body html
    plaintext xmp o:p foo-bar a@b.c foreignObject desc base param object marquee dialog search image frame
    label""".split()
)
VALUES = st.sampled_from(
    [
        "x", "", "https://a.example/b?c=1&d=2", "https://a.example/é |{", "/b", "b.png", "#n", "?q", "../b",
        "//c.example/", "javascript:alert(1)", "JaVaScRiPt:x", "data:image/png;base64,x", "a:b",
        "mailto:a@b.example", "https://xn--x/", "http:foo", "http://[::1]/", "http://127.0.0.1:80/", "\\a",
        "a\tb", "a\nb", "&quot;", "&#39;", "&lt;b&gt;", "&copy=1", "&#32;x", "a&#x3c;", "'", '"', "<", ">",
        "1", "0", "`", "\xa0",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    """href src title alt class id style width height data-src srcset lang dir onerror onclick target poster
    colspan value start controls HREF Title xlink:href xmlns name""".split()
)


@st.composite
def _attribute(draw: st.DrawFn) -> str:
    key, value = draw(KEYS), draw(VALUES)
    form = draw(
        st.sampled_from([' {}="{}"'] * 6 + [" {}='{}'", " {}={}", " {} = '{}'", "\n{}", "{}={}", "/{}"])
    )
    return form.format(key, value)


@st.composite
def _tag(draw: st.DrawFn) -> str:
    name = draw(NAMES)
    form = draw(st.sampled_from(["<{}{}>"] * 8 + ["</{}>"] * 6 + ["<{}{}/>", "<{}{}", "</{}{}>", "< {}{}>"]))
    return form.format(name, "".join(draw(st.lists(_attribute(), max_size=3))))


@st.composite
def _element(draw: st.DrawFn) -> str:
    name = draw(NAMES)
    inside = "".join(draw(st.lists(PIECES, max_size=3)))
    return f"<{name}{''.join(draw(st.lists(_attribute(), max_size=2)))}>{inside}</{name}>"


TEXTS = st.sampled_from(
    [
        "text", " ", "\n", "a > b", "a < b", "&", "&amp;", "&nbsp;", "\xa0", "&#8217;", "&#39;", "&quot;",
        "&notin;", "&not", "&copy", "&copyx;", "&#x80;", "&#0;", "&#10;", "&#32;", "&Tab;", "&lt;b&gt;",
        "<!-- a -->", "<!---->", "<!-->", "<!-- a --!>", "<!-- <b> -->", "<!--", "-->", "<![CDATA[a]]>",
        "<?a?>", "<!DOCTYPE html>", "</>", "é", "漢字", "\u2028", "😀", "]]>", "<", "<<", "</", "<3", "\x0b",
        "\x00", "&#xd800;", "&#x110000;",
    ]
)  # fmt: skip
PIECES: st.SearchStrategy[str] = st.deferred(lambda: TEXTS | _tag() | _element())


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=7).map("".join))
def test_nothing_comes_out_but_what_the_parser_gives(source: str) -> None:
    """Whatever tags, references, comments and foreign elements are put together."""
    check(source)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=7).map("".join))
def test_nothing_that_comes_out_could_run(judge: ModuleType, source: str) -> None:
    """A browser finds neither script nor handler nor dangerous address in it."""
    assert judge.judge_html(Sanitiser().clean(source, "html", BASE), "content") == []


def _bodies(every: int) -> list[tuple[str, str]]:
    """Return the HTML of one real feed in `every`, with its base."""
    found = []
    for path in sorted(REAL.iterdir())[::every]:
        try:
            entries = parse(path.read_bytes()).entries if path.suffix != ".tsv" else ()
        except ParseError:
            continue
        for entry in entries:
            for text, kind in ((entry.content, entry.content_type), (entry.summary, entry.summary_type)):
                if kind == "html" and "<" in text:
                    found.append((legal(text).replace("\r\n", "\n").replace("\r", "\n"), entry.base or BASE))
    return found


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/corpus is absent: no real bodies to compare")
def test_real_bodies_come_out_as_the_parser_gives_them() -> None:
    """Nine in ten need no parser, and all of these come out as it has them; so do spoilt ones."""
    rng = random.Random(20261124)
    bodies = _bodies(12)
    taken = 0
    for body, base in bodies:
        source = pictures.without_scripts(body)
        taken += check(source, base) is not None
        at = rng.randrange(len(source))
        piece = rng.choice(
            ("<", ">", "</p>", "<p>", "</div>", "<b>", "<table>", "&", '"', "<a href=x>", "<li>")
        )
        check(source[:at] + piece + source[at + rng.choice((0, 1, 9)) :], base)
    assert taken > 0.9 * len(bodies)
