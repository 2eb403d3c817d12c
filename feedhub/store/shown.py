"""Stories as they are shown, made of their rows once: most are the same from one build to the next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection

from feedhub.model import Story
from feedhub.store.records import rows_of

KEPT_BYTES = 12_000_000


class _Kept(NamedTuple):
    digest: int
    size: int
    story: Story


class ShownStories:
    """A memory of stories, from which the least recently used make room. Safe in threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def read(self, connection: Connection, ids: Collection[int]) -> dict[int, Story]:
        """Return stories by their row ids, as the database has them now."""
        found = {}
        with self._lock:
            for rows in rows_of(connection, ids):
                digest, kept = hash(rows), self._kept.pop(rows.id, None)
                if kept is not None:
                    self._size -= kept.size
                if kept is None or kept.digest != digest:
                    kept = _Kept(digest, rows.size, rows.record().story())
                self._kept[rows.id] = kept
                self._size += kept.size
                found[rows.id] = kept.story
            while self._size > self._kept_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.size
        return found
