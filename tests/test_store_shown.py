"""The memory of stories that are shown again and again."""

from __future__ import annotations

from pathlib import Path

from feedhub.store import open_store
from feedhub.store.shown import ShownStories
from tests.store_world import World, catalogue, entry, feed, output


def test_stories_without_a_text_take_room_too(tmp_path: Path) -> None:
    """What a feed lists by titles alone is not kept for ever: the least recently used makes room."""
    world = World(open_store(f"sqlite:///{tmp_path}/hub.db"))
    world.force(catalogue([feed("a")], [output("all")]))
    world.poll("a", *(entry("a", f"{n}", content="", summary="") for n in range(50)))
    shown = ShownStories(kept_bytes=50_000)
    with world.store._database.read() as connection:  # type: ignore[attr-defined]
        before = shown.read(connection, range(1, 51))
        newest, oldest = shown.read(connection, [50])[50], shown.read(connection, [1])[1]
    world.store.close()
    assert newest is before[50]
    assert oldest == before[1]
    assert oldest is not before[1]
