"""How two bodies compare: copies, an excerpt, or texts of one mould."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from feedhub.merger.changes import changes
from feedhub.merger.lexicon import POLAR
from feedhub.merger.text import (
    BODY_LIMIT,
    is_ascii,
    is_unspaced,
    numbers,
    squash,
    squash_body,
    tokens,
    weight,
)

ALIKE = 0.6
EXCERPT = 0.8
PASSAGE = 200


@dataclass(frozen=True, slots=True)
class Bodies:
    """The outcome; sizes count an unspaced character as three."""

    mutual: float
    """The share of n-grams in common, of the body where it is smaller."""
    contained: float
    """The same, where it is larger: 1.0 for an excerpt."""
    size: int
    """Squashed characters of the shorter."""
    conflict: str = ""
    passage: int = 0
    """The longest passage in common, where they are not alike otherwise."""
    opening: bool = False
    """They begin with the same words."""


def compare_bodies(one: str, other: str) -> Bodies:
    """Compare two normalised bodies."""
    squashed = squash_body if is_ascii(one) == is_ascii(other) else squash
    mine, theirs = squashed(one), squashed(other)
    if len(mine) > len(theirs):
        one, other, mine, theirs = other, one, theirs, mine
    width = 5 if is_unspaced(mine) else 9
    grams, copies = _grams(mine, width), _grams(theirs, width)
    common = len(grams & copies)
    contained, mutual = common / max(len(grams), 1), common / max(len(copies), 1)
    contained, mutual = max(contained, mutual), min(contained, mutual)
    size = weight(mine)
    if contained < ALIKE:
        return Bodies(mutual, contained, size, passage=_passage(mine, theirs, grams & copies))
    opening = mine[:_OPENING] == theirs[:_OPENING]
    return Bodies(mutual, contained, size, _conflict(one, other, unspaced=width == 5), opening=opening)


_OPENING = 30
_LONG = 400
"""Tokens from which a body is a page, which may be corrected, and no flash; twice as many if unspaced."""
_COMPARED = 600
_FRAME = 200
"""What a copy may have before and after its text."""
_CUT_NUMBER = re.compile(r"\d\W*$")


def _grams(text: str, width: int) -> set[str]:
    return {text[i : i + width] for i in range(max(1, len(text) - width + 1))}


def _passage(one: str, other: str, common: set[str]) -> int:
    """Return the size of the longest passage that two bodies share under other heads and footers.

    Zero if it is short, or says other numbers.
    """
    if not common or len(common) < PASSAGE // (3 if is_unspaced(one) else 1) // 2:
        return 0
    mine, theirs = _longest_run(one, common), _longest_run(other, common)
    if _DIGITS.findall(mine) != _DIGITS.findall(theirs) or ratio(mine, theirs) < 90:
        return 0
    return weight(min(mine, theirs, key=len))


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


def _conflict(short: str, long: str, *, unspaced: bool) -> str:
    """Say what took another's place between two bodies that are alike; empty if nothing of weight did."""
    cut = len(long) >= BODY_LIMIT - _FRAME
    if cut:  # what the longer one has at its end may lie beyond the limit
        short = short[: BODY_LIMIT - 2 * _FRAME]
    mine, theirs = Counter(numbers(short)), Counter(numbers(long))
    lost = mine - theirs
    words, copy = _whole(tokens(short), tokens(long)), tokens(long)
    page = _LONG * 2 if unspaced else _LONG
    if len(words) >= page:
        strange = min(lost.total(), (theirs - mine).total())
        if strange > mine.total() // 10:
            return "numbers in the texts differ"
    elif lost and not _cut_inside(lost, short, theirs):
        return "numbers in the texts differ"
    words = words[:_COMPARED]
    window = copy[: len(words) + len(words) // 4 + 10]
    found = changes(words, window, open_end=cut or len(words) == _COMPARED)
    if any(count > 1 for count in found.swaps.values()):
        return "a word of the texts is another throughout"
    if len(words) >= min(page, _COMPARED):
        return ""
    # A flash says one thing in forty words: one replaced is another thing.
    if found.replaced > (len(words) // 10 if len(words) >= page // 4 else 0):
        return "words in the texts differ"
    opposed = found.turned() | (POLAR & {*found.removed} if found.added else set())
    return f"texts differ by {', '.join(sorted(opposed))}" if opposed else ""


def _cut_inside(lost: Counter[str], short: str, theirs: Counter[str]) -> bool:
    """Tell whether the one number that an excerpt has and the text has not is one that it cut."""
    last, *others = lost
    ends = _CUT_NUMBER.search(short) is not None and (last,) == numbers(short)[-1:]
    return ends and not others and any(number.startswith(last) for number in theirs)


def _whole(words: list[str], copy: list[str]) -> list[str]:
    """Return the words of an excerpt without a last one that it cut."""
    last = words[-1] if words else ""
    cut = last and last not in copy and any(word.startswith(last) for word in copy)
    return words[:-1] if cut else words
