"""Which entries that share keys with one are compared with it: the others would be told apart anyway."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.merger.likeness import compare
from feedhub.merger.reading import read, read_bodies
from feedhub.merger.shortlist import one_subject
from tests.test_merger import TEXT, entry

BRIDGE = "Harbour bridge closes to cars"
PARTS = (
    "bridge",
    "harbour",
    "II",
    "12",
    "12.5%",
    "１２",
    "1,200",
    "iv",
    "大桥",
    "12座",
    " - ",
    " | ",
    "：",
    "…",
    "【图】",
    "...",
)


@pytest.mark.parametrize(
    ("one", "other", "subject"),
    [
        (f"{BRIDGE} in 2026", f"{BRIDGE} in 2027", False),
        (f"{BRIDGE} in 2026", f"{BRIDGE} at last", True),
        (f"{BRIDGE} at 6:30 on day 2", f"{BRIDGE} on day 2", True),
        (f"{BRIDGE} | Channel 4", f"{BRIDGE} - Radio 5", True),
        (f"{BRIDGE} for 26 mo…", f"{BRIDGE} for 2 months", True),
        (f"{BRIDGE}, part I", f"{BRIDGE}, part II", False),
        ("海港大桥停运26天", "海港大桥停运27天", False),
        ("海港大桥停运26天", "海港大桥停运２６天", True),
    ],
)
def test_titles_that_each_say_another_number_are_of_two_subjects(one: str, other: str, subject: bool) -> None:
    """Numbers count unless they may belong to the source's name or be cut off."""
    assert one_subject(one, other, alike=True) is subject
    assert one_subject(other, one, alike=True) is subject


@given(*[st.lists(st.sampled_from(PARTS), min_size=1, max_size=6)] * 2)
@settings(max_examples=400, deadline=None)
def test_what_is_left_out_is_neither_the_same_nor_related(one: Sequence[str], other: Sequence[str]) -> None:
    """However alike their texts are: comparing them says the same, at a hundred times the cost."""
    mine, theirs = entry("a", " ".join(one), TEXT), entry("b", " ".join(other), TEXT)
    if not one_subject(mine.title, theirs.title, alike=True):
        found = compare(read(mine), lambda: read_bodies(mine), theirs)
        assert not (found.same or found.related or found.retitled)
