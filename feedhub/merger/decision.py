"""Which story an entry belongs to, and why; decided from the entries that share a key with it."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from feedhub.merger.likeness import compare, repeats
from feedhub.merger.matchkeys import CONTENT, GUID, LINK
from feedhub.merger.reading import read, read_bodies, site, site_of
from feedhub.model import DuplicatePolicy, Entry


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry already known, and the story it is in. Its `match_keys` must be filled.

    `kept` False: its body is gone. It can be repaired, and nothing joins it.
    """

    story_id: str
    entry: Entry
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The entry founds a story of its own."""

    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """The entry tells a story that is known. `matched_by` is `link`, `content` or `near`."""

    story_id: str
    matched_by: str
    score: float
    reason: str
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """The entry is not new: the same feed's entry `key` under another guid."""

    story_id: str
    key: str
    related: tuple[str, ...] = ()


Decision = Found | Join | Repair
"""`related` are ids of stories about the same event that are not the same story."""


def decide(
    entry: Entry,
    candidates: Sequence[Candidate],
    policy: DuplicatePolicy,
    now: datetime,
    listed: Collection[str] = (),
) -> Decision:
    """Decide which story an entry belongs to.

    Args:
        candidates: the entries of the category that share a look-up key with it, newest first, with
            every other entry of their stories; the same entry (feed and key) is not among them.
        now: a date after it counts as now.
        listed: the keys of all entries in the document that the entry came in: what is listed beside it is
            another item, however alike (two giveaways of one game on one page).
    """
    if not candidates:
        return Found()
    keys = {pair for pair in entry.match_keys if pair[0] in _EXACT}
    matches = [
        _Match(one, frozenset(kind for kind, _ in keys.intersection(one.entry.match_keys)))
        for one in candidates
    ]
    own = [match for match in matches if match.candidate.entry.feed_id == entry.feed_id]
    for match in own:
        if match.candidate.entry.key not in listed and _is_renamed(entry, match):
            return Repair(match.candidate.story_id, match.candidate.entry.key)
    if not policy.enabled:
        return Found()
    matches = [match for match in matches if match.candidate.kept]
    # A story holds one entry of a feed at most: whoever publishes two items means two.
    taken = {match.candidate.story_id for match in own}
    free = [match for match in matches if match.candidate.story_id not in taken]
    exact = _find_exact(entry, matches, free, policy.window, now)
    if not policy.near:
        return exact or Found()
    return _find_alike(
        entry, exact, [m.candidate for m in free if _gap(entry, m.candidate.entry, now) <= policy.window]
    )


def winner(entries: Sequence[Entry], policy: DuplicatePolicy) -> Entry:
    """Return the entry whose copy is shown: by `prefer`, then the earliest seen, then published."""
    ranks = {feed_id: rank for rank, feed_id in enumerate(policy.prefer)}
    return min(
        entries,
        key=lambda entry: (
            ranks.get(entry.feed_id, len(ranks)),
            entry.first_seen_at,
            entry.published_at or entry.first_seen_at,
            entry.feed_id,
            entry.key,
        ),
    )


def story_id(entry: Entry) -> str:
    """Return the id of the story that an entry founds: the same whenever it is computed (RFC 9562 5.5)."""
    name = f"{entry.feed_id}\n{entry.key}".encode()
    digest = hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


_NAMESPACE = uuid.UUID("7b0d3ab8-6a3c-5c6a-9a55-5d0e6a0a8f31").bytes


_EXACT = frozenset({LINK, GUID, CONTENT})
_MAX_COMPARED = 24
"""Entries compared with one, those with most keys in common: at 0.4 ms a pair, 10 ms of a transaction."""


@dataclass(frozen=True, slots=True)
class _Match:
    """A candidate and the kinds of exact keys it shares with the entry."""

    candidate: Candidate
    shared: frozenset[str]


def _is_renamed(entry: Entry, match: _Match) -> bool:
    """Tell whether an item of the same feed is this one under another guid.

    An equal link alone is a page that is always there (`/weather`), an equal text alone a form; two of link,
    text and the very minute are not, nor is a text under its title that nobody dates. A date without a time
    of day is no minute.
    """
    other = match.candidate.entry
    at = entry.published_at
    timed = at is not None and at == other.published_at and (at.minute, at.second) != (0, 0)
    undated = at is None and other.published_at is None and bool(entry.title)
    if CONTENT in match.shared and (LINK in match.shared or timed or undated):
        return True
    if LINK not in match.shared:
        return False
    if timed and entry.title == other.title:
        return True
    if not match.candidate.kept:
        return entry.content_hash == other.content_hash
    return (entry.title, entry.content, entry.summary) == (other.title, other.content, other.summary)


def _find_exact(
    entry: Entry, matches: Sequence[_Match], free: Sequence[_Match], window: timedelta, now: datetime
) -> Join | None:
    near_by = [
        match for match in free if match.shared and _listed_gap(entry, match.candidate.entry, now) <= window
    ]
    # A link or guid under which there are several stories (a live page, a landing page) names none.
    for kind, reason in ((LINK, "same canonical link"), (GUID, "same guid")):
        stories = {match.candidate.story_id for match in matches if kind in match.shared}
        if len(stories) == 1:
            for match in near_by:
                if kind in match.shared and not _comments(entry, match.candidate.entry):
                    return Join(match.candidate.story_id, "link", 1.0, reason)
    for match in near_by:
        if CONTENT in match.shared:
            return Join(match.candidate.story_id, "content", 1.0, "same title and text")
    return None


def _find_alike(entry: Entry, exact: Join | None, candidates: Sequence[Candidate]) -> Decision:
    others = [one for one in candidates if exact is None or one.story_id != exact.story_id]
    if not others:
        return exact or Found()
    keys = {*entry.match_keys}
    others.sort(key=lambda other: len(keys.intersection(other.entry.match_keys)), reverse=True)
    others = others[:_MAX_COMPARED]
    reading, bodies = read(entry), cache(partial(read_bodies, entry))
    likes = [(other, compare(reading, bodies, other.entry)) for other in others]
    related = tuple(dict.fromkeys(other.story_id for other, likeness in likes if likeness.related))
    if exact is not None:
        return replace(exact, related=related)
    same = [(other, likeness) for other, likeness in likes if likeness.same]
    if not same:
        return Found(related)
    best, likeness = max(same, key=lambda pair: (not pair[1].retitled, pair[1].score, pair[0].story_id))
    if likeness.retitled and len({other.story_id for other, found in likes if found.retitled}) > 1:
        return Found(related)  # a text under three titles is a mould: a show's description, a notice
    rest = tuple(story for story in related if story != best.story_id)
    return Join(best.story_id, "near", round(likeness.score, 3), likeness.reason, rest)


def _comments(entry: Entry, other: Entry) -> bool:
    """Tell whether one of two entries with one link talks about that page in its own words.

    A link blog's item links to what it is about; its guid is at home (daringfireball.net/linked).
    """
    if not (_links_away(entry) or _links_away(other)):
        return False
    bodies, copies = read_bodies(entry), read_bodies(other)
    return bool(bodies and copies) and not repeats(bodies, copies)


def _links_away(entry: Entry) -> bool:
    home = _GUID_HOST.match(entry.guid)
    return home is not None and site(home[1]) != site_of(entry.link)


_GUID_HOST = re.compile(r"(?:https?://|tag:)(?:[^/@,:]*@)?([^/,:]+)")


def _gap(entry: Entry, other: Entry, now: datetime) -> timedelta:
    """Return how far apart two entries are: by their dates if both have one, else by when we saw them."""
    if entry.published_at and other.published_at:
        return abs(min(entry.published_at, now) - min(other.published_at, now))
    return abs(entry.first_seen_at - other.first_seen_at)


def _listed_gap(entry: Entry, other: Entry, now: datetime) -> timedelta:
    """Return the same for an equal key, where having been listed at the same time is enough."""
    return min(_gap(entry, other, now), abs(entry.first_seen_at - other.first_seen_at))
