"""Stories of several categories in one output: what tells the same is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from feedhub.model import Story

EXACT = frozenset({"link", "guid", "content"})


def once(stories: Sequence[Story]) -> list[Story]:
    """Return the stories in their order, without those that share a key with an older one elsewhere.

    The oldest keeps its id and content and names the sources and tags of all. Stories of one category that
    share a key were told apart when they arrived, and stay apart.
    """
    kept: dict[str, Story] = {}
    holders: dict[tuple[str, str], str] = {}
    for story in sorted(stories, key=lambda one: (one.published_at, one.id)):
        keys = [pair for pair in story.entry.match_keys if pair[0] in EXACT]
        older = next((kept[holders[pair]] for pair in keys if pair in holders), None)
        if older is None or older.category == story.category:
            kept[story.id] = story
            holder = story.id
        else:
            holder = older.id
            kept[holder] = replace(older, sources=older.sources + story.sources, tags=older.tags | story.tags)
        for pair in keys:
            holders.setdefault(pair, holder)
    return [kept[story.id] for story in stories if story.id in kept]
