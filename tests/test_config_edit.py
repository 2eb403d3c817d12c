"""A YAML text with one item more or less: what else it says, and how, stays byte for byte."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub import config
from feedhub.config.document import Document, Trail
from feedhub.config.edit import EditError, Item, added, removed

NEW = "https://new.example/feed"
FEEDS = ("feeds",)


def with_item(text: str, trail: Trail, item: Item = NEW) -> str:
    return added(Document(Path("x.yaml"), text), text, trail, item, {})


def without(text: str, trail: Trail) -> str:
    return removed(Document(Path("x.yaml"), text), text, trail, {})


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("", f"feeds:\n  - {NEW}\n"),
        ("# mine\n\n", f"# mine\nfeeds:\n  - {NEW}\n\n"),
        ("feeds:  # none yet\nhub: {}\n", f"feeds:  # none yet\n  - {NEW}\nhub: {{}}\n"),
        ("feeds:\n- a # one\n# - off\n\nhub: {}", f"feeds:\n- a # one\n- {NEW}\n# - off\n\nhub: {{}}"),
        ("feeds:\n    -   a\n    # end\n", f"feeds:\n    -   a\n    -   {NEW}\n    # end\n"),
        ("feeds:\n  - {url: a} # x", f"feeds:\n  - {{url: a}} # x\n  - {NEW}\n"),
        ("feeds:\n  -\n    url: a\n", f"feeds:\n  -\n    url: a\n  - {NEW}\n"),
        ("feeds: [] # c\n", f"feeds: [{NEW}] # c\n"),
        ("feeds: [a, b] # c\n", f"feeds: [a, b, {NEW}] # c\n"),
        ("feeds: [\n  a, # x\n  b # y\n]\n", f"feeds: [\n  a, # x\n  b, # y\n  {NEW}\n]\n"),
        ("feeds: [\n  a,\n  b,\n]\n", f"feeds: [\n  a,\n  b,\n  {NEW},\n]\n"),
        ("feeds: https://a/ # c\n", f"feeds: [https://a/, {NEW}] # c\n"),
        ("feeds:\r\n  - a\r\nhub: {}\r\n", f"feeds:\r\n  - a\r\n  - {NEW}\r\nhub: {{}}\r\n"),
        ("feeds:\n  - &a {url: a}\nx-b: *a\n", f"feeds:\n  - &a {{url: a}}\n  - {NEW}\nx-b: *a\n"),
    ],
)
def test_an_item_is_added_in_the_style_of_its_list(text: str, edited: str) -> None:
    """Below the last one, as far indented, in brackets where there are brackets."""
    assert with_item(text, FEEDS) == edited


@pytest.mark.parametrize(
    ("text", "trail", "edited"),
    [
        ("hub: {}\n", "categories new feeds", f"hub: {{}}\ncategories:\n  new:\n    feeds:\n      - {NEW}\n"),
        ("categories:\n", "categories new feeds", f"categories:\n  new:\n    feeds:\n      - {NEW}\n"),
        ("categories: {}\n", "categories n feeds", f"categories: {{n: {{feeds: [{NEW}]}}}}\n"),
        (
            "categories:\n    a: [x] # c\n# end\n",
            "categories 新闻 feeds",
            f"categories:\n    a: [x] # c\n    新闻:\n      feeds:\n        - {NEW}\n# end\n",
        ),
        ("categories:\n  a:\n  b: [x]\n", "categories a", f"categories:\n  a:\n    - {NEW}\n  b: [x]\n"),
        (
            "categories:\n  a: {title: A}\n",
            "categories a feeds",
            f"categories:\n  a: {{title: A, feeds: [{NEW}]}}\n",
        ),
    ],
)
def test_what_holds_the_list_is_made_where_it_is_missing(text: str, trail: str, edited: str) -> None:
    """Keys are added at the end of the mapping that they belong to."""
    assert with_item(text, tuple(trail.split())) == edited


def test_a_mapping_is_written_as_its_neighbours_are() -> None:
    """In one line, in a line a key below such a mapping, or where one line would be too long."""
    item = {"url": NEW, "title": "It's: new", "tags": ["a b", "#1"]}
    assert with_item("feeds: [a]\n", FEEDS, item).endswith("title: 'It''s: new', tags: [a b, '#1']}]\n")
    assert with_item("feeds:\n  - url: a\n    id: x\n", FEEDS, item).endswith(
        f"  - url: {NEW}\n    title: 'It''s: new'\n    tags: [a b, '#1']\n"
    )
    long = with_item("feeds:\n", FEEDS, {"url": NEW, "title": "x" * 100})
    assert long == f"feeds:\n  - url: {NEW}\n    title: {'x' * 100}\n"


@pytest.mark.parametrize(
    ("text", "index", "edited"),
    [
        (
            "feeds:\n  # of a\n  - a # x\n  # of b\n  - url: b\n    # in b\n    id: c\n  # of c\n  - c\n",
            1,
            "feeds:\n  # of a\n  - a # x\n  # of b\n  # of c\n  - c\n",
        ),
        ("feeds:\n  # x\n  - a\nhub: {}\n", 0, "feeds:\n  # x\nhub: {}\n"),
        ("feeds:\n  -\n    url: a\n  - b", 0, "feeds:\n  - b"),
        ("feeds: [a, b, c]\n", 0, "feeds: [b, c]\n"),
        ("feeds: [a, b, c,]\n", 2, "feeds: [a, b,]\n"),
        ("feeds: [a]\n", 0, "feeds: []\n"),
        ("feeds: https://a/ # c\n", 0, "feeds: [] # c\n"),
    ],
)
def test_an_item_is_removed_with_its_lines_alone(text: str, index: int, edited: str) -> None:
    """Comments above and below it stay."""
    assert without(text, ("feeds", index)) == edited


@pytest.mark.parametrize(
    "text",
    [
        "x-a: &l\n  - a\nfeeds: *l\n",
        "x-a: &l {feeds: [a]}\n<<: *l\n",
        "feeds:\n  url: a\n",
        "feeds: !mine [a]\n",
        "- a\n",
        "feeds:\n  - |+\n    a\n\n\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str) -> None:
    """Aliases, merged keys, foreign tags, odd styles: an error, and never another meaning."""
    with pytest.raises(EditError):
        with_item(text, FEEDS)


def test_an_anchor_that_others_use_is_not_removed() -> None:
    """An item that an alias repeats stays."""
    with pytest.raises(EditError):
        without("feeds:\n  - &x a\n  - b\nx-c: *x\n", ("feeds", 0))


def test_the_starter_keeps_every_line() -> None:
    """Adding to each list of the starter, and removing each feed, changes those lines alone."""
    text = config.starter()
    for category in ("python", "science", "news"):
        edited = with_item(text, ("categories", category, "feeds"))
        assert [
            line for line in difflib.ndiff(text.splitlines(), edited.splitlines()) if line[0] in "+-"
        ] == [f"+       - {NEW}"]
        shorter = without(edited, ("categories", category, "feeds", 0))
        assert shorter.count("\n") == text.count("\n")
        assert set(shorter.splitlines()) <= set(edited.splitlines())


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40))
def test_any_text_on_one_line_is_read_back(title: str) -> None:
    """Whatever a title or a tag says, it is quoted where it must be."""
    title = title.strip() or "x"
    for text in ("feeds:\n", "feeds: [a]\n"):
        edited = with_item(text, FEEDS, {"url": NEW, "title": title, "tags": [title]})
        data = Document(Path("x.yaml"), edited).data
        assert isinstance(data, dict)
        assert data["feeds"][-1] == {"url": NEW, "title": title, "tags": [title]}
