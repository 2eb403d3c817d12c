"""Redirectors: what is published is the publisher's own link."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.normalize.wrappers import unwrapped

PAGE = "https://example.org/p"
NEWS_ID = (
    base64.urlsafe_b64encode(b"\x08\x13\x22\x15" + PAGE.encode() + b"\xd2\x01\x00").rstrip(b"=").decode()
)

WRAPPED = [
    ("https://www.google.com/url?rct=j&sa=t&url=https://example.org/p%3Fa%3D1&ct=ga", f"{PAGE}?a=1"),
    ("https://www.google.co.uk/url?q=https%3A%2F%2Fexample.org%2Fp&sa=U", PAGE),
    ("http://news.google.com/news/url?sa=t&url=http://example.org/p", "http://example.org/p"),
    (f"https://news.google.com/rss/articles/{NEWS_ID}?oc=5", PAGE),
    ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fexample.org%2fp&c=1", PAGE),
    ("https://r.search.yahoo.com/_ylt=A0/RE=1/RU=https%3a%2f%2fexample.org%2fp/RK=2/RS=x-", PAGE),
    ("http://us.rd.yahoo.com/dailynews/rss/world/*http://example.org/p?y=1", "http://example.org/p?y=1"),
    ("https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Fp&rut=1", PAGE),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fp&h=AT0", PAGE),
    ("https://out.reddit.com/t3_x?url=https%3A%2F%2Fexample.org%2Fp&token=A", PAGE),
    ("https://link.zhihu.com/?target=https%3A//example.org/p", PAGE),
    ("http://weibo.cn/sinaurl?u=https%3A%2F%2Fexample.org%2Fp", PAGE),
    ("http://go.theregister.com/feed/www.theregister.co.uk/2017/a/", "https://www.theregister.co.uk/2017/a/"),
    ("https://example-org.cdn.ampproject.org/c/s/example.org/p", PAGE),
    ("https://www.google.com/amp/s/example.org/p", PAGE),
    (f"https://www.google.com/url?url=https://l.facebook.com/l.php%3Fu%3D{PAGE}", PAGE),
]

AS_THEY_ARE = [
    PAGE,
    "https://www.google.com/search?q=https://example.org/p",
    "https://www.google.com/url?q=javascript:alert(1)",
    "https://www.google.com/url?q=%2Fsearch",
    "https://news.google.com/rss/articles/CBMiAU_yqLNabcdefghijklmnopqrstuvwxyz0123456789",
    "https://example.org/share?url=https://elsewhere.example/x",
    "https://web.archive.org/web/2024/https://example.org/p",
    "https://notgoogle.com/url?url=https://example.org/p",
]


@pytest.mark.parametrize(("link", "page"), WRAPPED)
def test_a_redirector_gives_way_to_its_target(link: str, page: str) -> None:
    """Whatever a known redirector's link carries, in a parameter, its path or encoded, is the link."""
    assert unwrapped(link) == page


@pytest.mark.parametrize("link", AS_THEY_ARE)
def test_other_links_stay(link: str) -> None:
    """A page that mentions another page is a page; a target that is no web address is none."""
    assert unwrapped(link) == link


@pytest.mark.parametrize(
    ("place", "names", "link"),
    [
        ("agg.example", ("to", "u"), "https://www.agg.example/?u=https://example.org/p"),
        ("agg.example/go", ("u",), "https://agg.example/go/7?u=https%3A%2F%2Fexample.org%2Fp"),
        ("agg.example", (), "https://agg.example/x/https://example.org/p"),
        ("agg.example", (), "https://agg.example/x/https%3A%2F%2Fexample.org%2Fp"),
        ("agg.example", (), "https://agg.example/x/https:/example.org/p"),
    ],
)
def test_redirectors_can_be_added(place: str, names: tuple[str, ...], link: str) -> None:
    """A host, or host and path, with the parameters that hold the target; without any it is in the path."""
    assert unwrapped(link) == link
    assert unwrapped(link, [(place, names)]) == PAGE
    assert unwrapped(link.replace("/x", "/y").replace("/go", "/stay"), [("agg.example/z", names)]) != PAGE


def test_wrappers_do_not_nest_for_ever() -> None:
    """A redirector inside a redirector is followed three times, no more."""
    link = PAGE
    for _ in range(8):
        link = f"https://href.li/?{link}"
    assert unwrapped(link) == link.replace("https://href.li/?", "", 3)


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_in_a_link_is_an_error(path: str, query: str) -> None:
    """Whatever stands in a redirector's link, the outcome is a link."""
    for host in (
        "www.google.com/url",
        "news.google.com/rss/articles/CBM",
        "r.search.yahoo.com/",
        "x.example/",
    ):
        link = f"https://{host}{path}?url=https://{query}"
        assert unwrapped(link, [("x.example", ())])
