"""How alike two entries of different feeds are, judged on their texts: the second measure after the sketches.

Copies of one text differ by what was added or cut at its ends; another text of the same mould (the next
issue, the other company, up for down) differs by what was replaced in its middle. The judgement rests on
that, and says no when in doubt: a story shown twice is a nuisance, one that is missing is a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from feedhub.merger.bodies import ALIKE, EXCERPT, PASSAGE, Bodies, compare_bodies
from feedhub.merger.lexicon import GENERIC
from feedhub.merger.reading import Reading, quotes, read, read_bodies, read_whole, site_of
from feedhub.merger.text import tokens, weight
from feedhub.merger.titles import Titles, compare_titles, differ
from feedhub.model import Entry


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two entries have in common. `score` is from 0 to 1, `reason` a phrase for a person."""

    same: bool
    related: bool
    score: float
    reason: str
    conflict: bool = False
    """They were made in one mould and say different things."""
    retitled: bool = False
    """The texts are the same and the titles are not: once is a new headline, twice is a mould."""


def compare(one: Reading, bodies: Callable[[], Sequence[str]], entry: Entry) -> Likeness:
    """Judge whether an entry, given read, and another feed's entry tell the same story, or of one event.

    `bodies` reads the first one's when its title does not decide.
    """
    other = read(entry)
    titles = compare_titles(one, other)
    gap = abs(one.published_at - other.published_at) if one.published_at and other.published_at else None
    related = gap is not None and gap <= _EVENT and _same_subject(one, other)
    if titles.conflict:
        # Nearly the same words with another number or direction: the next of its kind, not the same event.
        return Likeness(False, related and titles.score < _MOULD, titles.score, titles.conflict)
    best = Likeness(False, related, titles.score, "same subject" if related else "not alike")
    if titles.kind in _ONE_TITLE and (quotes(entry) or quotes(one.entry)):
        whole = _judge_whole(read_whole(one.entry), read_whole(entry))
        if whole.same or whole.conflict:
            return whole
    texts, copies = bodies(), read_bodies(entry)
    for body in texts:
        for copy in copies:
            shared = titles.shared or (_tells(body, one) and _tells(body, other))
            found = _judge(titles, compare_bodies(body, copy), gap, related, shared=shared)
            if found.same and _follow(one, body, other, copy):
                return replace(found, same=False, reason="titles and texts differ by the same", conflict=True)
            if found.retitled and not _is_about(body, one, other, titles):
                return replace(found, same=False, reason="same text, but the titles speak of other things")
            if found.same or found.conflict:
                return found
            best = max(best, found, key=lambda likeness: likeness.related)
    if not (texts and copies) or _same_page_name(one, other):
        return _judge_titles(one, other, titles, gap, related, bare=not texts and not copies)
    return best


def repeats(bodies: Sequence[str], copies: Sequence[str]) -> bool:
    """Tell whether one of some bodies is one of the others, or an excerpt of it."""
    found = (compare_bodies(body, copy) for body in bodies for copy in copies)
    return any(likeness.contained >= EXCERPT and not likeness.conflict for likeness in found)


_EVENT = timedelta(days=2)
_SAME_DAY = timedelta(hours=36)
_MOULD = 0.8
_LEAST = 45
_ONE_TITLE = ("equal", "extended")


def _judge(titles: Titles, bodies: Bodies, gap: timedelta | None, related: bool, *, shared: bool) -> Likeness:
    if bodies.conflict:
        return Likeness(False, False, bodies.contained, bodies.conflict, conflict=True)
    if titles.kind in _ONE_TITLE:
        if bodies.mutual >= ALIKE and bodies.size >= 100:
            return Likeness(True, False, bodies.mutual, "same title, the texts are alike")
        if bodies.mutual >= 0.95 or (bodies.contained >= EXCERPT and bodies.size >= _LEAST):
            return Likeness(True, False, bodies.contained, "same title, one text is an excerpt of the other")
        if bodies.passage >= PASSAGE:
            return Likeness(True, False, bodies.contained, "same title, a long passage in common")
    elif related and bodies.mutual >= 0.95 and bodies.size >= 100:
        return Likeness(True, False, bodies.mutual, "same text under a like title", retitled=True)
    elif (
        shared
        and gap is not None
        and gap <= _SAME_DAY
        and ((bodies.mutual >= 0.9 and bodies.size >= 500) or (bodies.mutual >= 0.98 and bodies.size >= 200))
    ):
        return Likeness(True, False, bodies.mutual, "same text under another title", retitled=True)
    related = related or (bodies.contained >= ALIKE and bodies.size >= 100)
    return Likeness(
        False, related, max(titles.score, bodies.mutual), "same subject" if related else "not alike"
    )


def _judge_whole(one: str, other: str) -> Likeness:
    """Judge bodies by all they say, quotes included, where titles are one: a copy, or an excerpt of it that
    begins as it does. What quotes a page without saying more begins so too."""
    found = compare_bodies(one, other)
    if found.conflict:
        return Likeness(False, False, found.contained, found.conflict, conflict=True)
    alike = found.mutual >= 0.95 or (found.contained >= EXCERPT and found.opening)
    same = alike and found.size >= _LEAST
    return Likeness(same, False, found.contained, "same title, the texts are alike with what they quote")


def _follow(one: Reading, body: str, other: Reading, copy: str) -> bool:
    """Tell whether two texts differ by what their titles differ by: the next name in a form."""
    mine, theirs = one.terms - other.terms, other.terms - one.terms
    return any(term in body and term not in copy for term in mine) and any(
        term in copy and term not in body for term in theirs
    )


def _judge_titles(
    one: Reading, other: Reading, titles: Titles, gap: timedelta | None, related: bool, *, bare: bool
) -> Likeness:
    """Judge by the titles alone, where one entry has no text (`bare`: neither) or the pages share a name."""
    apart = Likeness(False, related, titles.score, "titles alone do not tell")
    if gap is None or gap > _SAME_DAY or titles.kind not in _ONE_TITLE:
        return apart
    if not GENERIC.isdisjoint(one.terms) or not GENERIC.isdisjoint(tokens(one.title)):
        return apart
    (page, query), (copy, other_query) = _address(one.link), _address(other.link)
    same_site = site_of(one.link) == site_of(other.link) != ""
    if same_site and page == copy and query != other_query:
        return apart
    words, size = (
        min(len(tokens(one.title)), len(tokens(other.title))),
        min(weight(one.squashed), weight(other.squashed)),
    )
    if titles.kind == "extended":
        enough = words >= 8 and size >= 40 and titles.score >= 0.85 and not bare
    elif same_site:
        enough = words >= 4 and size >= 20
    else:
        enough = words >= 6 and size >= (40 if bare else 30)
    return Likeness(True, False, titles.score, "same title on the same day") if enough else apart


def _tells(body: str, title: Reading) -> bool:
    """Tell whether a body speaks of most of what a title does."""
    told = sum(term in body for term in title.terms)
    return told >= 2 and 2 * told >= len(title.terms)


def _is_about(body: str, one: Reading, other: Reading, titles: Titles) -> bool:
    """Tell whether a body speaks of what two titles do not share: of some of it, and of what took another's
    place in nearly the same title, of both.

    A show's description stands under every episode; a notice under every town's name.
    """
    sides = one.terms - other.terms, other.terms - one.terms
    told = [sum(term in body for term in own) for own in sides]
    if titles.kind == "changed" and titles.score >= _MOULD:
        return all(2 * count >= len(own) for count, own in zip(told, sides, strict=True))
    return 6 * sum(told) >= sum(map(len, sides))


def _same_page_name(one: Reading, other: Reading) -> bool:
    page, copy = _address(one.link)[0], _address(other.link)[0]
    name = page.rpartition("/")[2]
    if len(name) < 12 or name != copy.rpartition("/")[2] or page == copy:
        return False
    return site_of(one.link) == site_of(other.link)


def _address(link: str) -> tuple[str, str]:
    """Return a link's path, from the host's slash on, and its query."""
    page, _, query = link.partition("#")[0].partition("?")
    return page.partition("://")[2].partition("/")[2].rstrip("/"), query


def _same_subject(one: Reading, other: Reading) -> bool:
    """Tell whether two titles share most of what the shorter is about."""
    common = one.terms & other.terms
    if len(common) < 3 or 2 * len(common) < min(len(one.terms), len(other.terms)):
        return False
    if one.numbers != other.numbers and differ(one.numbers, other.numbers, near=False):
        return False
    return sum(not term.isdigit() for term in common) >= 3
