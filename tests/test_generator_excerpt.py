"""Parts of published documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedhub.generator import excerpt, render
from feedhub.model import Output
from tests.sample_stories import CREATED_AT, OUTPUT, SITE, full_story, make_story

HOSTILE = ']]></content></entry><entry><id>x</id> &lt;item&gt; {"items":[]} \u202e 😀'
STORIES = [
    full_story(9),
    make_story(7, entry={"title": HOSTILE, "content": f"<p>{HOSTILE}</p>"}),
    make_story(3),
]
WHOLE = {
    document.path.rpartition(".")[2]: document for document in render(OUTPUT, STORIES, SITE, CREATED_AT, "1")
}


@pytest.mark.parametrize("name", WHOLE)
def test_all_items_are_the_document(name: str) -> None:
    """A document with all its items is the document, byte for byte."""
    assert excerpt(WHOLE[name], range(len(STORIES))) == WHOLE[name].body


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("items", [(0, 1), (1,), (2, 0), ()])
def test_some_items(name: str, items: tuple[int, ...]) -> None:
    """A part has the head of the whole, and the items that are asked for, each as it is in the whole."""
    body, whole = excerpt(WHOLE[name], items), WHOLE[name].body
    for place, story in enumerate(STORIES):
        assert (story.id.encode() in body) == (place in items)
    assert body[:300] == whole[:300] and body[-3:] == whole[-3:]


@pytest.mark.parametrize("name", WHOLE)
def test_a_very_long_item(name: str) -> None:
    """A text longer than what XML parsers grant to strangers is cut out like any other."""
    story = make_story(5, entry={"content": "y" * 11_000_000})
    (document,) = render(replace(OUTPUT, formats=(name,)), [story], SITE, CREATED_AT, "1")
    assert len(excerpt(document, ())) < 2_000


def test_digests_tell_items_apart() -> None:
    """An item's digest is the same in every format, changes with anything that is said of it, and with that
    alone."""

    def digests(*stories: object, output: Output = OUTPUT) -> list[tuple[int, ...]]:
        return [one.items for one in render(output, stories, SITE, CREATED_AT, "1")]  # type: ignore[arg-type]

    first, second = make_story(1), make_story(2)
    known = digests(second, first)
    assert known[0] == known[1] == known[2] and len(set(known[0])) == 2
    assert digests(first, second)[0] == known[0][::-1]
    assert digests(second, first, output=replace(OUTPUT, title="Another"))[0] == known[0]
    assert digests(second, replace(first, tags=frozenset({"new"})))[0][0] == known[0][0]
    assert digests(second, replace(first, tags=frozenset({"new"})))[0][1] != known[0][1]
