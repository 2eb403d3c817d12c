"""What of an entry is compared: its words, normalised, without what its feed adds to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from feedhub.merger.boilerplate import folded_of, spans, without
from feedhub.merger.text import (
    TITLE_LIMIT,
    beginning,
    normalise,
    numbers,
    squash,
    squash_body,
    strip_body,
    strip_title,
    terms,
    weight,
)
from feedhub.model import Entry

VOID = 30
"""Characters below which a text says nothing: `Comments`, `Read more`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What of an entry is compared first: its title without the source's name, its link and its date."""

    title: str
    squashed: str
    terms: frozenset[str]
    numbers: tuple[str, ...]
    cut: bool
    """Whether the title ends in an ellipsis, which is taken off."""
    entry: Entry

    @property
    def link(self) -> str:
        return self.entry.link

    @property
    def published_at(self) -> datetime | None:
        return self.entry.published_at


def read(entry: Entry) -> Reading:
    """Prepare an entry's head for comparing."""
    host = _HOST.match(entry.link)
    return Reading(*_headline(entry.title[:TITLE_LIMIT], folded_of(entry), host[1] if host else ""), entry)


@lru_cache(maxsize=2048)
def _headline(title: str, folded: str, host: str) -> tuple[str, str, frozenset[str], tuple[str, ...], bool]:
    """Return what `Reading` has of a title: new entries are compared with each other's again and again."""
    said = strip_title(without(normalise(title), spans(folded, "t")), host)
    whole = _ELLIPSIS.sub("", said)
    return whole, squash(whole), terms(whole), numbers(whole), whole != said


_HOST = re.compile(r"[A-Za-z]+://(?:[^/?#@]*@)?([^/?#:]*)")


_ELLIPSIS = re.compile(r"\s*(?:\[?\.{3,}\]?|\[…\])\s*$")


def site_of(link: str) -> str:
    """Return the publisher's site that a link leads to; empty if it is none."""
    host = _HOST.match(link)
    return site(host[1]) if host else ""


def site(host: str) -> str:
    """Return the last two labels of a host name: enough to tell one publisher's pages from another's."""
    return ".".join(host.lower().split(".")[-2:])


def read_bodies(entry: Entry) -> tuple[str, ...]:
    """Return content and summary, those that say more than the title, normalised and without boilerplate.

    They are the entry's own words; `read_whole` has what it quotes too.
    """
    title = squash_body(normalise(entry.title[:TITLE_LIMIT]))
    bodies: list[str] = []
    folded = folded_of(entry)
    for field, markup in (("c", entry.content), ("s", entry.summary)):
        body = strip_body(without(normalise(beginning(markup)), spans(folded, field))) if markup else ""
        squashed = squash_body(body)
        if weight(squashed) >= VOID and squashed not in title and body not in bodies:
            bodies.append(body)
    return tuple(bodies)


def quotes(entry: Entry) -> bool:
    """Tell whether an entry has block quotes, which are not its own words."""
    return "<blockquote" in entry.content or "<blockquote" in entry.summary


def read_whole(entry: Entry) -> str:
    """Return the fuller body with what it quotes, normalised."""
    markup = max(entry.content, entry.summary, key=len)
    return strip_body(normalise(beginning(markup, quoted=True)))
