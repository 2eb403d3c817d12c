"""What is known of a document's items by their bytes: remembered between polls in a form of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feedhub.merger import Boilerplate

NOTHING_SHARED = Boilerplate()


@dataclass(frozen=True, slots=True)
class Known:
    """What a reading of a whole document found, so that its items are not read again while their bytes stay.

    `items` maps a digest of each to its key and when it was published (seconds since 1970; None: undated),
    `shared` is what most of them share.
    """

    items: Mapping[str, tuple[str, float | None]] = field(default_factory=dict)
    shared: Boilerplate = NOTHING_SHARED

    @classmethod
    def of(
        cls,
        digests: Iterable[str],
        keys: Iterable[str],
        dates: Iterable[datetime | None],
        shared: Boilerplate,
    ) -> Known:
        """Return what is known of items in the order of their document."""
        return cls(dict(zip(digests, zip(keys, map(_stamp, dates), strict=True), strict=True)), shared)

    @classmethod
    def unpack(cls, text: str) -> Known:
        """Return what `pack` made into text; of an empty one, nothing."""
        if not text:
            return cls()
        items, passages, names = json.loads(text)
        return cls(items, Boilerplate(frozenset(passages), frozenset(names)))

    def pack(self) -> str:
        """Return the text that stands for this; an empty one for no items."""
        if not self.items:
            return ""
        shared = sorted(self.shared.passages), sorted(self.shared.names)
        return json.dumps((self.items, *shared), separators=(",", ":"))

    def without(self, keys: Iterable[str]) -> Known:
        """Return what is known of items that have other keys."""
        other = frozenset(keys)
        if not any(key in other for key, _ in self.items.values()):
            return self
        return Known(
            {digest: item for digest, item in self.items.items() if item[0] not in other}, self.shared
        )


def _stamp(date: datetime | None) -> float | None:
    """Return an instant in as few digits as it takes."""
    stamp = date.timestamp() if date else None
    return int(stamp) if stamp and stamp.is_integer() else stamp


def published(at: float | None) -> datetime | None:
    """Return an instant that `Known.items` has."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
