"""How alike two entries of different feeds are, judged on their texts: the second measure after the sketches.

Copies of one text differ by what was added or cut at its ends; another text of the same mould (the next
issue, the other company, up for down) differs by what was replaced in its middle. The judgement rests on
that, and says no when in doubt: a story shown twice is a nuisance, one that is missing is a loss.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from feedhub.merger.lexicon import GENERIC, POLAR
from feedhub.merger.reading import Reading, read, read_bodies, site_of
from feedhub.merger.text import is_unspaced, numbers, squash_body, tokens, weight
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


def compare(one: Reading, bodies: Sequence[str], entry: Entry) -> Likeness:
    """Judge whether an entry, given read, and another feed's entry tell the same story, or of one event."""
    other = read(entry)
    titles = _compare_titles(one, other)
    gap = abs(one.published_at - other.published_at) if one.published_at and other.published_at else None
    related = gap is not None and gap <= _EVENT and _same_subject(one, other)
    if titles.conflict:
        # Nearly the same words with another number or direction: the next of its kind, not the same event.
        return Likeness(False, related and titles.score < _MOULD, titles.score, titles.conflict)
    best = Likeness(False, related, titles.score, "same subject" if related else "not alike")
    if titles.kind == "unlike" and not titles.shared:
        return best
    copies = read_bodies(entry)
    for body in bodies:
        for copy in copies:
            found = _judge(titles, _compare_bodies(body, copy), gap, related)
            if found.retitled and not (_is_about(body, one, other)):
                return replace(found, same=False, reason="same text, but the titles speak of other things")
            if found.same or found.conflict:
                return found
            best = max(best, found, key=lambda likeness: likeness.related)
    if not (bodies and copies) or _same_page_name(one, other):
        return _judge_titles(one, other, titles, gap, related, bare=not bodies and not copies)
    return best


def repeats(bodies: Sequence[str], copies: Sequence[str]) -> bool:
    """Tell whether one of some bodies is one of the others, or an excerpt of it."""
    found = (_compare_bodies(body, copy) for body in bodies for copy in copies)
    return any(likeness.contained >= _EXCERPT and not likeness.conflict for likeness in found)


_EVENT = timedelta(days=2)
_SAME_DAY = timedelta(hours=36)
_MOULD = 0.8
_LONG = 400
"""Tokens above which a body is judged by its n-grams and numbers alone."""


@dataclass(frozen=True, slots=True)
class _Titles:
    kind: str
    """`equal`, `extended` (one has words more), `changed` (some words replaced), `unlike`."""
    score: float
    shared: bool
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class _Bodies:
    mutual: float
    """The share of n-grams in common, of the body where it is smaller."""
    contained: float
    """The same, where it is larger: 1.0 for an excerpt."""
    size: int
    """Squashed characters of the shorter; an unspaced character counts as three."""
    conflict: str = ""
    passage: int = 0


def _compare_titles(one: Reading, other: Reading) -> _Titles:
    short, long = one.squashed, other.squashed
    score = ratio(short, long) / 100
    shared = not short or not long or not one.terms.isdisjoint(other.terms)
    if one.numbers != other.numbers and _differ(one.numbers, other.numbers, near=score >= _NEAR_TITLE):
        return _Titles("changed", score, shared, "numbers in the titles differ")
    if short == long:
        return _Titles("equal", 1.0, True)
    if score < _NEAR_TITLE:
        return _Titles("unlike", score, shared)
    added, removed, replaced = _changes(tokens(one.title), tokens(other.title))
    came, went = Counter(added) - Counter(removed), Counter(removed) - Counter(added)
    if not came and not went and all(word[0].isdigit() or word in POLAR for word in added):
        return _Titles("equal", score, True)  # a date in another order: `October 17`, `17 October`
    opposed = POLAR & {*came, *went}
    if opposed:
        return _Titles("changed", score, shared, f"titles differ by {', '.join(sorted(opposed))}")
    one_sided = not replaced and bool(came) != bool(went)
    return _Titles("extended" if one_sided else "changed", score, shared)


_NEAR_TITLE = 0.65


def _differ(one: list[str], other: list[str], *, near: bool) -> bool:
    """Tell whether each says a number that the other does not; if they are `near`, whether one does."""
    mine, theirs = Counter(one), Counter(other)
    return mine != theirs if near else bool(mine - theirs and theirs - mine)


def _changes(one: list[str], other: list[str]) -> tuple[list[str], list[str], int]:
    """Return the tokens added, those removed, and how many took another's place."""
    added: list[str] = []
    removed: list[str] = []
    replaced = 0
    for op in Levenshtein.opcodes(one, other):
        if op.tag == "equal":
            continue
        removed += one[op.src_start : op.src_end]
        added += other[op.dest_start : op.dest_end]
        if op.tag == "replace":
            replaced += op.src_end - op.src_start
    return added, removed, replaced


def _compare_bodies(one: str, other: str) -> _Bodies:
    mine, theirs = squash_body(one), squash_body(other)
    if len(mine) > len(theirs):
        one, other, mine, theirs = other, one, theirs, mine
    width = 5 if is_unspaced(mine) else 9
    grams, copies = _grams(mine, width), _grams(theirs, width)
    common = len(grams & copies)
    contained, mutual = common / max(len(grams), 1), common / max(len(copies), 1)
    contained, mutual = max(contained, mutual), min(contained, mutual)
    size = weight(mine)
    if contained < _ALIKE:
        return _Bodies(mutual, contained, size, passage=_passage(mine, theirs, grams & copies))
    return _Bodies(mutual, contained, size, _body_conflict(one, other))


_ALIKE = 0.6
_EXCERPT = 0.8


def _grams(text: str, width: int) -> set[str]:
    return {text[i : i + width] for i in range(max(1, len(text) - width + 1))}


def _passage(one: str, other: str, common: set[str]) -> int:
    """Return the size of the longest passage that two bodies share under other heads and footers.

    Zero if it is short, or says other numbers.
    """
    if not common or len(common) < _PASSAGE // (3 if is_unspaced(one) else 1) // 2:
        return 0
    mine, theirs = _longest_run(one, common), _longest_run(other, common)
    if _DIGITS.findall(mine) != _DIGITS.findall(theirs) or ratio(mine, theirs) < 90:
        return 0
    return weight(min(mine, theirs, key=len))


_PASSAGE = 200
_DIGITS = re.compile(r"\d+")


def _longest_run(text: str, common: set[str]) -> str:
    """Return the longest stretch of a text in which no three n-grams in a row are its own."""
    width = len(next(iter(common)))
    best = run = range(0)
    for place in range(len(text) - width + 1):
        if text[place : place + width] not in common:
            continue
        run = (
            range(run.start, place + width) if place <= run.stop + 2 * width else range(place, place + width)
        )
        best = max(best, run, key=len)
    return text[best.start : best.stop]


def _body_conflict(short: str, long: str) -> str:
    """Say what took another's place between two bodies that are alike; empty if nothing of weight did."""
    mine, theirs = Counter(numbers(short)), Counter(numbers(long))
    lost = mine - theirs
    words, copy = tokens(short), tokens(long)
    if len(words) >= _LONG:
        strange = min(lost.total(), (theirs - mine).total())
        return "numbers in the texts differ" if strange > 1 + mine.total() // 10 else ""
    if lost and lost != Counter(numbers(short)[-1:]):  # an excerpt may end inside a number
        return "numbers in the texts differ"
    added, removed, replaced = _changes(words, copy[: len(words) + len(words) // 4 + 10])
    # A flash says one thing in forty words: one replaced is another thing. A page may be corrected.
    if replaced > (len(words) // 10 if len(words) >= _LONG // 4 else 0):
        return "words in the texts differ"
    opposed = POLAR & {*removed}
    return f"texts differ by {', '.join(sorted(opposed))}" if opposed and added else ""


def _judge(titles: _Titles, bodies: _Bodies, gap: timedelta | None, related: bool) -> Likeness:
    if bodies.conflict:
        return Likeness(False, False, bodies.contained, bodies.conflict, conflict=True)
    if titles.kind in ("equal", "extended"):
        if bodies.mutual >= _ALIKE and bodies.size >= 100:
            return Likeness(True, False, bodies.mutual, "same title, the texts are alike")
        if bodies.mutual >= 0.95 or (bodies.contained >= _EXCERPT and bodies.size >= 60):
            return Likeness(True, False, bodies.contained, "same title, one text is an excerpt of the other")
        if bodies.passage >= _PASSAGE:
            return Likeness(True, False, bodies.contained, "same title, a long passage in common")
    elif related and bodies.mutual >= 0.95 and bodies.size >= 100:
        return Likeness(True, False, bodies.mutual, "same text under a like title", retitled=True)
    elif (
        titles.shared
        and gap is not None
        and gap <= _SAME_DAY
        and ((bodies.mutual >= 0.9 and bodies.size >= 500) or (bodies.mutual >= 0.98 and bodies.size >= 200))
    ):
        return Likeness(True, False, bodies.mutual, "same text under another title", retitled=True)
    related = related or (bodies.contained >= _ALIKE and bodies.size >= 100)
    return Likeness(
        False, related, max(titles.score, bodies.mutual), "same subject" if related else "not alike"
    )


def _judge_titles(
    one: Reading, other: Reading, titles: _Titles, gap: timedelta | None, related: bool, *, bare: bool
) -> Likeness:
    """Judge by the titles alone, where one entry has no text (`bare`: neither) or the pages share a name."""
    apart = Likeness(False, related, titles.score, "titles alone do not tell")
    if gap is None or gap > _SAME_DAY or titles.kind not in ("equal", "extended"):
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


def _is_about(body: str, one: Reading, other: Reading) -> bool:
    """Tell whether a body speaks of some of what two titles do not share.

    A show's description stands under every episode; a notice under every town's name.
    """
    own = one.terms ^ other.terms
    return 6 * sum(term in body for term in own) >= len(own)


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
    if one.numbers != other.numbers and _differ(one.numbers, other.numbers, near=False):
        return False
    return sum(not term.isdigit() for term in common) >= 3
