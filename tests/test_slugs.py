"""Slugs: any script as short ASCII words that stay."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub import slugs


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Python", "python"),
        ("World news", "world-news"),
        ("C++ / Rust", "c-rust"),
        ("Überblick & Straße", "uberblick-strasse"),
        ("Новости", "novosti"),
        ("21世纪经济报道", "21shijijingjibaodao"),
        ("重庆", "chongqing"),
        ("银行家", "yinhangjia"),
        ("银行家 News 重庆", "yinhangjia-news-chongqing"),
        ("../etc/passwd", "etc-passwd"),
        ("..%2fx\0", "2fx"),
    ],
)
def test_a_slug_reads_like_its_name(name: str, expected: str) -> None:
    """A name in any script becomes lower-case ASCII words; Chinese is read as a person reads it."""
    assert slugs.slug(name) == expected


@settings(deadline=None)  # the first Chinese name loads the tables
@given(st.text(max_size=200))
def test_a_slug_is_always_safe_in_an_address_and_a_file_name(name: str) -> None:
    """Whatever the name, its slug has letters, digits and single hyphens alone, and is short."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slugs.slug(name))
    assert len(slugs.slug(name)) <= slugs.MAX_LENGTH


def test_a_name_without_letters_gets_a_hash() -> None:
    """Names that leave nothing are told apart by a hash that stays."""
    assert slugs.slug("🎉") == slugs.slug("🎉") != slugs.slug("❤")


def test_collisions_get_a_suffix_that_does_not_depend_on_order() -> None:
    """Names that share a slug, by case too, each get a suffix of their own, whatever the order."""
    names = ("C++", "C", "c", "Rust")
    outcomes = [slugs.unique(order) for order in itertools.permutations(names)]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0]["Rust"] == "rust"
    assert len(set(outcomes[0].values())) == len(names)
    assert all(outcomes[0][name].startswith("c-") for name in ("C++", "C", "c"))
