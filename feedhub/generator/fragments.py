"""Items as the formats write them: made once, and used again in every output that shows them.

Two outputs that show a story in the same manner say the same of it, and so does one that is built again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedhub.generator.atom_rss import atom_items, rss_items
from feedhub.generator.items import Item, Manner, item
from feedhub.generator.jsonfeed import json_items
from feedhub.model import Story

KEPT_BYTES = 24_000_000

_WRITERS: dict[str, Callable[[Sequence[Item]], list[bytes]]] = {
    "atom": atom_items,
    "rss": rss_items,
    "json": json_items,
}
_Key = tuple[Story, Manner, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fragment:
    """One item: 64 bits of a digest of all that any format says of it, and its bytes in some formats."""

    digest: int
    bodies: dict[str, bytes]


class Fragments:
    """A memory of items, from which the least recently used make room. For one thread."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[_Key, Fragment] = OrderedDict()
        self.size = 0
        """About how many bytes are kept."""

    def of(self, stories: Sequence[Story], manner: Manner, formats: tuple[str, ...]) -> list[Fragment]:
        """Return each story's fragment in some formats."""
        keys = [(story, manner, formats) for story in stories]
        found = {key: self._kept.pop(key, None) for key in keys}
        missing = [key for key, fragment in found.items() if fragment is None]
        made = dict(zip(missing, self._made(missing, formats), strict=True))
        fragments = {key: fragment or made[key] for key, fragment in found.items()}
        self.size += sum(map(_size, missing, made.values()))
        self._kept |= fragments
        self._make_room()
        return [fragments[key] for key in keys]

    def _made(self, keys: Sequence[_Key], formats: tuple[str, ...]) -> list[Fragment]:
        items = [item(manner, story) for story, manner, _ in keys]
        bodies = {name: _WRITERS[name](items) for name in formats}
        return [
            Fragment(_digest(one), {name: bodies[name][place] for name in formats})
            for place, one in enumerate(items)
        ]

    def _make_room(self) -> None:
        while self.size > self._kept_bytes:
            self.size -= _size(*self._kept.popitem(last=False))


def _size(key: _Key, fragment: Fragment) -> int:
    """Return about how many bytes a fragment and its story take."""
    entry = key[0].entry
    return sum(map(len, fragment.bodies.values())) + len(entry.content) + len(entry.summary)


def _digest(item: Item) -> int:
    return int.from_bytes(hashlib.sha256(repr(item).encode()).digest()[:8])
