"""Only what is new, for a reader that has an earlier edition of a feed (RFC 3229, manipulation `feed`).

The manipulation is not registered, but readers have asked for it since 2004: a whole document of the same
format that lists only the new and the changed items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedhub import generator
from feedhub.model import News
from feedhub.web.respond import Representation, plain_etag

MAX_ETAGS = 10


def editions(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the ETags of what a reader has that takes a delta, by their form without content coding."""
    if not _takes_feed(headers.get("a-im", "")):
        return {}
    shown = [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    return {plain_etag(tag): tag for tag in shown[:MAX_ETAGS] if tag.startswith('"')}


def is_part(news: News) -> bool:
    """Say whether less than the whole is worth sending: not where nothing is new but the head, nor where
    everything is."""
    return 0 < len(news.items) < len(news.document.items)


def part(whole: Representation, news: News, base: str) -> Representation:
    """Return what is new of a document.

    A cache that knows no deltas stores nothing of it (`no-store`), one that does may (`im`: RFC 3229 section
    10.8). The whole needs no `Vary` beyond what it has: it is a right answer to every request.

    Args:
        base: the ETag that the client has shown.
    """
    return replace(
        whole,
        path=f"{whole.path} since {base}",
        body=generator.excerpt(news.document, news.items),
        status=226,
        cache_control="no-store, im",
        vary=f"{whole.vary}, A-IM, If-None-Match",
        extra=(*whole.extra, ("IM", "feed"), ("Delta-Base", base)),
    )


def _takes_feed(a_im: str) -> bool:
    """Say whether an A-IM header names `feed`, not with q=0 (RFC 3229 section 10.5.3)."""
    for part in a_im.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "feed":
            _, _, value = weight.partition("=")
            return value.strip().strip("0.") != "" or not value.strip()
    return False
