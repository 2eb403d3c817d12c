"""What is told of a feed: its address where anyone may read it, else its site's."""

from __future__ import annotations

import pytest

from feedhub.model import FeedHead, FeedState
from feedhub.store.telling import told

TOLD = [
    "https://blog.example/feed.xml",
    "https://blog.example/?feed=rss2",
    "https://forum.example/latest.rss?category=12&lang=en",
    "https://a.example/2026/11/a-rather-long-name-of-a-page.atom",
    "https://a.example/feeds/20261124093000123",
    "https://a.example/international-telecommunications",
]
UNTOLD = [
    "https://me:secret@blog.example/feed.xml",
    "https://blog.example/feed?token=hush",
    "https://blog.example/feed?api_key=1",
    "https://blog.example/feed?a=1&user=me",
    "https://blog.example/feed?x=c2FsdHlwYXNzd29yZDEyMw",
    "https://blog.example/private/c2FsdHlwYXNzd29yZDEyMw/feed",
    "https://blog.example/u/0f3a9b27c4d85e61/inbox.atom",
]


@pytest.mark.parametrize("url", TOLD)
def test_an_address_for_everyone_is_told(url: str) -> None:
    """A path and the usual parameters give nothing away."""
    state = FeedState(feed_id="a", url=url, head=FeedHead(title="A blog", link="https://blog.example/"))
    assert told("", url, state, "a", private=False) == ("A blog", url, "https://blog.example/")
    assert told("Mine", url, state, "a", private=True) == ("Mine", "", "https://blog.example/")


@pytest.mark.parametrize("url", UNTOLD)
def test_an_address_for_one_is_not(url: str) -> None:
    """A password, a parameter called like a secret, letters and digits at random: the site stands for it."""
    state = FeedState(feed_id="a", url=url)
    assert told("", url, state, "a", private=False) == ("a", "", "https://blog.example/")
    assert told("", url, state, "a", private=True) == ("a", "", "")
