"""What is told of a feed in what is published: its name, its address, its site. Pure.

Whoever knows the address of a feed can read it, and some addresses are meant for one subscriber: theirs stay
untold, and the site stands for them.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from feedhub.model import FeedState


class Told(NamedTuple):
    """A feed's title, its own address (empty: it is not told) and its site's."""

    title: str
    url: str
    site: str


def told(feed_title: str, url: str, state: FeedState, name: str, *, private: bool) -> Told:
    """Return what is told of a feed."""
    address = "" if private or _is_personal(url) else url
    site = state.head.link
    if not address and not site and not private:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    return Told(feed_title or state.head.title or name, address, site)


_SECRET = re.compile(
    r"auth|token|secret|passw|pwd|key|sig(?:nature)?$|session|^sid$|user|^uid$|login|mail|private|access|credential",
    re.I,
)
_WORD = re.compile(r"[A-Za-z0-9]+")
_LONG = 16
_DIGITS = 3


@functools.lru_cache(maxsize=2048)
def _is_personal(url: str) -> bool:
    """Tell whether an address may have been made for one subscriber: it has a password, a parameter that is
    called like a secret, or letters and digits at random that are as long as one."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if "@" in parts.netloc or any(_SECRET.search(name) for name, _ in query):
        return True
    return any(map(_is_random, _WORD.findall(" ".join([parts.path, *(value for _, value in query)]))))


def _is_random(word: str) -> bool:
    if len(word) < _LONG:
        return False
    digits = sum(map(str.isdigit, word))
    return digits >= _DIGITS and digits < len(word)
