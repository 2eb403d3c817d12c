"""Canonical links: what is folded for matching, and what must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.merger import link_key
from feedhub.model import LinkPolicy

SAME = [
    ("http://example.com/a", "https://example.com/a"),
    ("https://example.com/a", "https://EXAMPLE.com/a"),
    ("https://example.com/a", "https://example.com:443/a"),
    ("http://example.com:80/a", "https://example.com/a"),
    ("https://example.com/a", "https://www.example.com/a"),
    ("https://example.com/a", "https://m.example.com/a"),
    ("https://example.com/a", "https://mobile.example.com/a"),
    ("https://example.com/a", "https://amp.example.com/a"),
    ("https://en.wikipedia.org/wiki/RSS", "https://en.m.wikipedia.org/wiki/RSS"),
    ("https://example.com/a", "https://example.com/a/"),
    ("https://example.com/a/", "https://example.com/a/index.html"),
    ("https://example.com/a", "https://example.com/a/amp/"),
    ("https://example.com/a", "https://example.com/a?amp=1"),
    ("https://example.com/a", "https://example.com/a?amp"),
    ("https://example.com/a", "https://example.com/a?outputType=amp"),
    ("https://example.com/a.html", "https://example.com/a.amp.html"),
    ("https://example.com/a.html", "https://example.com/a.html.amp"),
    ("https://example.com/a", "https://example.com/a?utm_source=rss&utm_medium=feed"),
    ("https://example.com/a?id=3", "https://example.com/a?fbclid=x&id=3&gclid=y"),
    ("https://example.com/a?a=1&b=2", "https://example.com/a?b=2&a=1"),
    ("https://example.com/a", "https://example.com/a?at_medium=RSS&at_campaign=KARANGA"),
    ("https://example.com/a", "https://example.com/a?ref=rss"),
    ("https://example.com/a", "https://example.com/a?rss=1"),
    ("https://example.com/a", "https://example.com/a?traffic_source=rss"),
    ("https://example.com/a", "https://example.com/a#publisher=newsstand"),
    ("https://example.com/a", "https://example.com/a#xtor=RSS-1"),
    ("https://example.com/a", "https://example.com/a#comments"),
    ("https://example.com/a", "https://example.com/a#:~:text=word"),
    ("https://example.com/%7Euser", "https://example.com/~user"),
    ("https://example.com/a b|c", "https://example.com/a%20b%7cc"),
    ("https://example.com/ü", "https://example.com/%C3%BC"),
    ("https://example.com/新闻/1", "https://example.com/%e6%96%b0%e9%97%bb/1"),
    ("https://例え.jp/a", "https://xn--r8jz45g.jp/a"),
]

DIFFERENT = [
    ("https://example.com/a?ref=1", "https://example.com/a?ref=2"),
    ("https://example.com/a?source=1", "https://example.com/a"),
    ("https://example.com/a?id=1", "https://example.com/a?id=2"),
    ("https://example.com/log#v1", "https://example.com/log#v2"),
    ("https://example.com/#!/a", "https://example.com/#!/b"),
    ("https://example.com/A", "https://example.com/a"),
    ("https://example.com:8080/a", "https://example.com/a"),
    ("https://news.example.com/a", "https://example.com/a"),
    ("https://m.com/a", "https://com/a"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/camp", "https://example.com/c"),
    ("https://example.com/amplifiers/x", "https://example.com/x"),
    ("https://example.com/a?q=1+2", "https://example.com/a?q=12"),
    ("https://example.com/a?b=%26c%3D1", "https://example.com/a?b=&c=1"),
    ("https://www.google.com/search?q=https://example.com/a", "https://example.com/a"),
]

NO_KEY = [
    "",
    "https://example.com",
    "https://www.example.com/",
    "https://example.com/?utm_source=rss",
    "https://example.com/index.html",
    "ftp://example.com/a",
    "mailto:a@example.com",
    "javascript:alert(1)",
    "//example.com/a",
    "/a",
    "http://[::1/a",
    "http://example.com:99999/a",
    "https:///a",
    "https://example.com/" + "a" * 3000,
    "https://" + "ü" * 300 + ".example/a",
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_page_has_one_key(one: str, other: str) -> None:
    """Scheme, device, tracking and AMP make no other page."""
    assert link_key(one) == link_key(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_pages_have_two_keys(one: str, other: str) -> None:
    """What may select another page stays in the key."""
    assert link_key(one) != link_key(other)


@pytest.mark.parametrize("link", NO_KEY)
def test_no_key_where_a_link_identifies_nothing(link: str) -> None:
    """A home page, another scheme and a broken link are no key, and never an error."""
    assert link_key(link) == ""


def test_a_feed_can_keep_its_links_as_they_are() -> None:
    """Without canonical links only scheme and host are folded."""
    off = LinkPolicy(canonical=False)
    assert link_key("HTTP://Example.com:80/a?utm_source=x", off) == "example.com/a?utm_source=x"
    assert link_key("https://www.example.com/a", off) == "www.example.com/a"
    assert link_key("https://example.com/", off) == ""
    assert link_key("http://[::1/a", off) == ""


def test_what_selects_a_page_is_for_the_hub_to_say() -> None:
    """Parameters to strip and to keep come before what is known of tracking."""
    policy = LinkPolicy(strip=frozenset({"from", "ref"}), keep=frozenset({"utm_id", "gclid"}))
    assert link_key("https://example.com/a?FROM=x&ref=2&id=1", policy) == "example.com/a?id=1"
    assert link_key("https://example.com/a?utm_id=1&utm_source=x", policy) == "example.com/a?utm_id=1"


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_key_is_its_own_key(path: str, query: str) -> None:
    """Whatever a link holds, folding it is no error, and folding it again changes nothing."""
    link_key(path)
    link_key(f"https://{path}/{query}")
    key = link_key(f"https://example.com/{path}?{query}")
    assert not key or link_key(f"https://{key}") == key
