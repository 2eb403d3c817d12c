"""How two titles compare: copies of one, or of one mould."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from feedhub.merger.changes import changes
from feedhub.merger.lexicon import POLAR
from feedhub.merger.reading import Reading
from feedhub.merger.text import tokens, weight


@dataclass(frozen=True, slots=True)
class Titles:
    """The outcome. `shared` tells whether they speak of something in common, or say nothing."""

    kind: str
    """`equal`, `extended` (one has words more), `changed` (some words replaced), `unlike`."""
    score: float
    shared: bool
    conflict: str = ""


def compare_titles(one: Reading, other: Reading) -> Titles:
    """Compare two titles."""
    mine, theirs = one.squashed, other.squashed
    score = ratio(mine, theirs) / 100
    shared = not mine or not theirs or not one.terms.isdisjoint(other.terms)
    if _is_cut_from(one, other) or _is_cut_from(other, one):
        return Titles("extended", score, True)
    if one.numbers != other.numbers and differ(one.numbers, other.numbers, near=score >= _NEAR):
        return Titles("changed", score, shared, "numbers in the titles differ")
    if mine == theirs:
        return Titles("equal", 1.0, True)
    if score < _NEAR:
        return Titles("unlike", score, shared)
    found = changes(tokens(one.title), tokens(other.title))
    came, went = found.came, found.went
    if not came and not went and all(word[0].isdigit() or word in POLAR for word in found.added):
        return Titles("equal", score, True)  # a date in another order: `October 17`, `17 October`
    if opposed := found.turned() | (POLAR & {*came, *went}):
        return Titles("changed", score, shared, f"titles differ by {', '.join(sorted(opposed))}")
    one_sided = not found.replaced and bool(came) != bool(went)
    return Titles("extended" if one_sided else "changed", score, shared)


def differ(one: Sequence[str], other: Sequence[str], *, near: bool) -> bool:
    """Tell whether each says a number that the other does not; if they are `near`, whether one does."""
    if near:
        return sorted(one) != sorted(other)
    mine, theirs = Counter(one), Counter(other)
    return bool(mine - theirs and theirs - mine)


_NEAR = 0.65
_MIN_CUT = 8


def _is_cut_from(one: Reading, other: Reading) -> bool:
    """Tell whether a title that ends in an ellipsis is another's beginning."""
    return one.cut and weight(one.squashed) >= _MIN_CUT and other.squashed.startswith(one.squashed)
