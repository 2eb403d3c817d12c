"""Stories followed from run to run: each is shown when it is new or has changed, and not again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feedhub.model import Listed, Mark
from feedhub.ports import Store

AT_ONCE = 500


def follow(store: Store, memory: dict[str, Any], show: Callable[[Listed], Any]) -> None:
    """Have every story shown that has changed since `memory` was written, and keep in it what `show` returns:
    in `stories`, by id.

    What it returns is JSON, None for a story that is not shown (any more). Without a mark in `memory`, or
    with that of another store, it begins with the first story, and only what is met again is kept.
    """
    mark = Mark(*memory.get("mark", ()))
    known: dict[str, Any] = dict(memory.get("stories", {}))
    while True:
        revised = store.revised(mark, limit=AT_ONCE)
        if revised.anew:
            known = {}
        for listed in revised.stories:
            id, shown = listed.story.id, show(listed)
            known.pop(id, None)
            if shown is not None:
                known[id] = shown
        mark = revised.upto
        if not revised.stories:
            break
    memory["mark"] = [mark.lineage, mark.revision, mark.story]
    memory["stories"] = known


def begin_again(memory: dict[str, Any]) -> None:
    """Have every story shown again at the next `follow`; what was shown is remembered."""
    memory.pop("mark", None)


def changed(memory: dict[str, Any], name: str, now: dict[str, str]) -> bool:
    """Tell whether something that was there is another now, or gone; what is new alone changes nothing.

    `now` is kept under a name for the next time.
    """
    before = memory.get(name, {})
    memory[name] = now
    return any(now.get(key) != value for key, value in before.items())
