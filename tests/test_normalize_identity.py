"""Keys: which entry is which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedhub.model import RawEntry
from feedhub.normalize.identity import assign_keys

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def item(guid: str = "", link: str = "", title: str = "", text: str = "", day: int | None = None) -> RawEntry:
    published = DAY + timedelta(days=day) if day is not None else None
    return RawEntry(id=guid, link=link, title=title, summary=text, published=published)


def kinds(keys: list[str]) -> str:
    return " ".join(key.partition(":")[0] for key in keys)


def link(n: int) -> str:
    return f"https://a.example/{n}"


TABLE = [
    ("auto", [item("1", link(1)), item("2", link(2))], "g g", 2),
    ("auto", [item("", link(1)), item("2", link(2)), item("", "", "t")], "l g x", 3),
    ("link", [item("1", link(1)), item("2", "")], "l g", 2),
    ("guid", [item("1", link(1)), item("", link(2))], "g l", 2),
    ("title", [item("1", link(1), "A"), item("2", link(2), "B"), item("3", link(3))], "t t l", 3),
    # One guid for all, as broken generators write it.
    ("auto", [item("same", link(n), f"T{n}") for n in range(6)], "l l l l l l", 6),
    ("guid", [item("same", link(n)) for n in range(3)], "gl gl g", 3),
    # One guid and one link for all; then not even titles differ.
    ("auto", [item("same", link(0), f"T{n}") for n in range(4)], "t t t t", 4),
    ("auto", [item("same", link(0), "T", f"text {n}") for n in range(4)], "c c c c", 4),
    # A news page that all items without guids link to.
    ("auto", [item("", link(0), f"T{n}") for n in range(4)], "t t t t", 4),
    # The same item listed twice is one item.
    ("auto", [item("1", link(1), "A")] * 5, "g g g g g", 1),
    ("auto", [item("1", link(1)), item("1", link(1)), item("2", link(2))], "g g g", 2),
    # A guid, a link or a title shared by a few.
    ("auto", [item("1", link(1)), item("1", link(9)), *(item(f"{n}", link(n)) for n in range(2, 7))],
     "gl g g g g g g", 7),
    ("auto", [item("", link(1), "A"), item("", link(1), "B"), *(item("", link(n)) for n in range(2, 7))],
     "lt l l l l l l", 7),
    ("title", [item(title="Weekly", day=7), item(title="Weekly", day=0), item(title="Other")], "tp t t", 3),
    # Nothing but a text and a date: what is said again another day is another item, the oldest has it first.
    ("auto", [item(text="Update", day=0), item(text="Update", day=7), item("1"), item("2")], "x xp g g", 4),
    ("auto", [item(text="Update", day=7), item(text="Update", day=0), item("1"), item("2")], "xp x g g", 4),
    ("auto", [item(text="Update", day=7), item(text="Update", day=7), item("1"), item("2")], "x x g g", 3),
    ("auto", [item(text="Update"), item(text="Update"), item("1"), item("2")], "x x g g", 3),
    # White space and the scheme do not matter.
    ("link", [item("", " http://a.example/1\n"), item("", "https://a.example/1")], "l l", 1),
    ("auto", [item(" 1\n", link(1)), item("1", link(1))], "g g", 1),
    ("auto", [], "", 0),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "items", "expected", "distinct"), TABLE)
def test_keys(policy: str, items: list[RawEntry], expected: str, distinct: int) -> None:
    """Identity comes from the best field there is, and tells apart what is apart."""
    keys, _ = assign_keys(items, policy, ())
    assert kinds(keys) == expected
    assert len(set(keys)) == distinct


@pytest.mark.parametrize(("policy", "items", "expected", "distinct"), TABLE)
def test_keys_stay(policy: str, items: list[RawEntry], expected: str, distinct: int) -> None:
    """The same document polled again has the same keys, and so has every shorter one that follows."""
    keys, _ = assign_keys(items, policy, ())
    seen = dict(zip(keys, items, strict=True))
    for start in range(len(items)):
        again, _ = assign_keys(items[start:], policy, seen)
        assert again == keys[start:]


def test_recipes_never_change() -> None:
    """Keys that are in people's databases are made today as they were made then."""
    entry = item("tag:a.example,2026:1", "https://a.example/1", "Title", "Text", 0)
    bare = item(title="Title", text="Text")
    assert [assign_keys([entry], policy, ())[0][0] for policy in ("auto", "link", "title")] == [
        "g:560a79484ace4d2612283a1cb9da473d",
        "l:350db0bbdb991c12158893c858ed6eb3",
        "t:3a9a9b0a22a257fd104742a451ab089f",
    ]
    assert assign_keys([bare], "auto", ())[0] == ["x:8cb73b0fa91a446bece8ae22b07f1627"]


def test_a_new_item_that_shares_a_guid_leaves_the_old_one_alone() -> None:
    """When a second item comes with a known guid and another link, the known one keeps its key."""
    others = [item(f"{n}", link(n)) for n in range(2, 7)]
    old, new = item("1", link(1), "old"), item("1", link(8), "new")
    first, _ = assign_keys([old, *others], "auto", ())
    second, warnings = assign_keys([new, old, *others], "auto", first)
    assert second[1:] == first
    assert second[0].startswith("gl:")
    assert warnings
    third, _ = assign_keys([new, *others], "auto", second)
    assert third == [second[0], *second[2:]]


def test_a_feed_that_starts_to_have_guids_keeps_its_items() -> None:
    """Items known by their links stay known by them when the feed is given guids."""
    first, _ = assign_keys([item("", link(n)) for n in range(5)], "auto", ())
    second, _ = assign_keys([item(f"g{n}", link(n)) for n in range(5)], "auto", first)
    assert second == first


def test_a_long_guid_has_a_short_key() -> None:
    """A key is short however long the guid is."""
    keys, _ = assign_keys([item("x" * 1_000_000), item("x" * 999_999 + "y")], "auto", ())
    assert len(set(keys)) == 2
    assert all(len(key) < 40 for key in keys)
