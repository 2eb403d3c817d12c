"""What is kept from one rendering to the next saves work and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from feedhub import generator
from feedhub.generator import Fragments, fragments, render
from tests.sample_stories import CREATED_AT, OUTPUT, SITE, full_story, make_story

STORIES = [full_story(9), make_story(8), make_story(7, entry={"title": "<item> & <entry ]]>"})]


def test_what_is_kept_changes_no_byte() -> None:
    """Documents are the same with a full memory, an empty one and one that is too small for anything."""
    kept, small = Fragments(), Fragments(10)
    for output in (OUTPUT, replace(OUTPUT, content="summary"), replace(OUTPUT, path="all", also_in=False)):
        fresh = render(output, STORIES, SITE, CREATED_AT, "1")
        for memory in (kept, kept, small):
            assert render(output, STORIES, SITE, CREATED_AT, "1", fragments=memory) == fresh


def test_a_story_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs that show a story in the same manner share its item; a changed story is rendered anew."""
    made: list[str] = []
    item = fragments.item

    def counted(*arguments: Any) -> Any:
        made.append(arguments[1].id)
        return item(*arguments)

    monkeypatch.setattr(fragments, "item", counted)
    memory = Fragments()
    for output in (OUTPUT, replace(OUTPUT, path="all"), OUTPUT):
        render(output, STORIES, SITE, CREATED_AT, "1", fragments=memory)
    assert made == [story.id for story in STORIES]
    changed = replace(STORIES[1], tags=frozenset({"other"}))
    render(OUTPUT, [STORIES[0], changed, STORIES[2]], SITE, CREATED_AT, "1", fragments=memory)
    assert made == [*(story.id for story in STORIES), changed.id]
    render(replace(OUTPUT, content="none"), STORIES[:1], SITE, CREATED_AT, "1", fragments=memory)
    assert made[-1] == STORIES[0].id


def test_what_is_kept_is_bounded() -> None:
    """The least recently used make room; the same story twice in one output is no harm."""
    memory = Fragments(30_000)
    for day in range(1, 29):
        render(OUTPUT, [make_story(day), make_story(day)], SITE, CREATED_AT, "1", fragments=memory)
    assert memory.size <= 30_000
    (atom, _, _) = generator.render(OUTPUT, [make_story(1)] * 2, SITE, CREATED_AT, "1", fragments=memory)
    assert atom.body.count(b"<entry>") == 2
