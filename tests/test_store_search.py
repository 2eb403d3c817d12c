"""Stories found by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub.errors import StoreError
from feedhub.store.search import expression
from tests.fresh import fresh_store
from tests.store_world import World, entry, feed, output, where

EXPRESSIONS = [
    ("rust", '"rust"*'),
    ("Rust  Python", '"rust"* AND "python"*'),
    ('"big release"', '"big release"'),
    ("rust -python", '("rust"*) NOT ("python"*)'),
    ("央行", '" 央  行 "'),
    ("iPhone发布", '"iphone 发  布 "'),
    ("ＡＩ 標準", '"ai"* AND " 标  准 "'),
    ('"unclosed', '"unclosed"'),
    ("C++ a*b OR NEAR(x)", '"c++" AND "a*b"* AND "or"* AND "near(x)"'),
    ('x" OR title:y', '"x"* AND " or title:y"'),
    ("-python", ""),
    ("", ""),
    (" -- ~ \" '", ""),
]
TITLES = {
    "gold": "Gold prices rise",
    "rust": "Rust 1.90 released",
    "zh": "央行宣布下调存款准备金率",
    "zh2": "行业中央企业",
    "trad": "標準普爾指數上漲",
    "accent": "Café société",
}


@pytest.mark.parametrize(("asked", "expected"), EXPRESSIONS)
def test_what_is_asked(asked: str, expected: str) -> None:
    """Words must all be there, ends may be missing; quotes make phrases; nothing else is an operator."""
    assert expression(asked) == expected


@pytest.fixture
def world(world: World) -> World:
    """A hub with some stories that are taken into the search."""
    world.apply(feed("a"), feed("b"), outputs=[output("all"), output("b", where=where(feed="b"))])
    world.poll("a", *(entry("a", name, title=title) for name, title in TITLES.items()))
    index(world)
    return world


def index(world: World) -> int:
    taken = 0
    while part := world.store.index():
        taken += part
    return taken


def found(world: World, asked: str, *outputs: str) -> set[str]:
    result = world.store.search(asked, outputs or ("all",), limit=50)
    return {listed.story.entry.guid for listed in result.stories}


WORDS = [
    ("gold", {"gold"}),
    ("GOLD rise", {"gold"}),
    ("releas", {"rust"}),
    ("elease", set()),
    ("1.90", {"rust"}),
    ("央行", {"zh"}),
    ("存款准备金", {"zh"}),
    ("标准普尔", {"trad"}),
    ("標準", {"trad"}),
    ("cafe", {"accent"}),
    ("gold rust", set()),
    ("nothing", set()),
]


def test_words_are_found(world: World) -> None:
    """A story is found by its words in any case, width, script or accent; Chinese by two characters."""
    assert [(asked, found(world, asked)) for asked, _ in WORDS] == WORDS


def test_text_and_tags_are_found(world: World) -> None:
    """The text counts too, without its markup."""
    world.poll("a", entry("a", "long", title="Short", content="<p>About <b>harp</b>sichords</p>"))
    index(world)
    assert found(world, "harpsichord") == {"long"}
    assert found(world, "strong") == set()


def test_search_follows_the_store(world: World) -> None:
    """What is edited is found by its new words, what leaves the outputs is not found any more."""
    world.poll("a", entry("a", "gold", title="Silver prices fall"))
    assert index(world) == 1
    assert (found(world, "silver"), found(world, "gold")) == ({"gold"}, set())
    world.apply(feed("b"))
    assert found(world, "rust") == set()


def test_search_says_what_it_has_not_read(world: World) -> None:
    """A search that is behind the store says so."""
    assert world.store.search("gold", ["all"], limit=5).indexed
    world.poll("a", entry("a", "new", title="Gold again"))
    assert not world.store.search("gold", ["all"], limit=5).indexed


def test_private_stories_are_not_found(world: World) -> None:
    """Neither a private feed's stories nor those that only other outputs list are found."""
    world.apply(feed("a", private=True), feed("b"), outputs=[output("all")])
    world.poll("b", entry("b", "open", title="Gold is open"))
    index(world)
    assert found(world, "gold") == {"open"}
    assert found(world, "gold", "nothing") == set()


def test_found_in_parts_and_in_order(world: World) -> None:
    """The newest come first, or the best match; a part at a time, with how many there are."""
    stories = [entry("b", f"s{n}", hours=n, title=f"Tin {'tin ' * n}ore") for n in range(1, 6)]
    world.poll("b", *stories)
    index(world)
    first = world.store.search("tin", ["b"], limit=2)
    assert [one.story.entry.guid for one in first.stories] == ["s1", "s2"]
    assert (first.total, first.more) == (5, False)
    last = world.store.search("tin", ["b"], skip=4, limit=2)
    assert [one.story.entry.guid for one in last.stories] == ["s5"]
    best = world.store.search("tin", ["all", "b"], best_first=True, limit=1)
    assert best.stories[0].story.entry.guid == "s5"
    assert best.stories[0].outputs == ("all", "b")


def test_index_that_is_lost_or_of_another_store(world: World, tmp_path: Path) -> None:
    """The search's file may be deleted, and is made anew; one of another store is emptied."""
    file = tmp_path / "hub.search"
    kept = file.read_bytes()
    for path in tmp_path.glob("hub.search*"):
        path.unlink()
    assert found(world, "gold") == set()
    assert index(world) == len(TITLES)
    assert found(world, "gold") == {"gold"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "hub.search").write_bytes(kept)
    other = World(fresh_store(tmp_path / "other" / "hub.db"))
    other.apply(feed("b"))
    other.poll("b", entry("b", "x", title="Zinc"))
    index(other)
    assert (found(other, "zinc"), found(other, "gold")) == ({"x"}, set())
    other.store.close()


def test_index_that_cannot_be_opened_is_no_damaged_one(world: World, tmp_path: Path) -> None:
    """What the system refuses is said; that deleting the file would help is not."""
    for path in tmp_path.glob("hub.search*"):
        path.unlink()
    (tmp_path / "hub.search").mkdir()
    with pytest.raises(StoreError, match=r"hub\.search: unable to open database file$"):
        world.store.index()


def test_damaged_index_is_said(world: World, tmp_path: Path) -> None:
    """A search file that is none is an error that says what to do."""
    for path in tmp_path.glob("hub.search*"):
        path.unlink()
    (tmp_path / "hub.search").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="made anew"):
        world.store.index()
