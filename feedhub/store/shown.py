"""Stories as they are shown, made of their rows once: most are the same from one build to the next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection

from feedhub.model import Story
from feedhub.store.records import load, marks

KEPT_BYTES = 12_000_000
_BARE_BYTES = 3000
"""What a story takes with the shortest of texts."""


class _Kept(NamedTuple):
    mark: tuple[object, ...]
    story: Story

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        entry = self.story.entry
        return _BARE_BYTES + len(entry.title) + len(entry.content) + len(entry.summary)


class ShownStories:
    """A memory of stories, from which the least recently used make room. Safe in threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def read(self, connection: Connection, ids: Collection[int]) -> dict[int, Story]:
        """Return stories by their row ids, as the database has them now."""
        found: dict[int, _Kept] = {}
        with self._lock:
            known = marks(connection, ids)
            for id, mark in known.items():
                kept = self._kept.pop(id, None)
                if kept is not None:
                    self._size -= kept.size
                    if kept.mark == mark:
                        found[id] = kept
            for id, record in load(connection, known.keys() - found.keys()).items():
                found[id] = _Kept(known[id], record.story())
            self._kept |= found
            self._size += sum(kept.size for kept in found.values())
            while self._size > self._kept_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size
        return {id: kept.story for id, kept in found.items()}
