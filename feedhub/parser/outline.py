"""A document cut at its items by their bytes alone, so that what is known of it need not be read again.

An item reads the same as long as its bytes, and what it inherits from the elements round it, stay the same.
A cut knows nothing of CDATA sections and comments: it is believed once a reading has found as many items, and
items that belong to no cut are none of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from feedhub.parser.sniff import presume_utf8

_FIRST = re.compile(rb"<(item|entry)[ \t\r\n>]")
_GAP = re.compile(rb"[ \t\r\n]*")
_START_TAG = re.compile(rb"<[A-Za-z_][^<>]*>")
_HEAD_AT_MOST: Final = 65_536


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the items of a document stand. `digests` are those of their bytes and all that they inherit."""

    body: bytes
    spans: tuple[tuple[int, int], ...]
    digests: tuple[str, ...]

    def only(self, digests: Collection[str]) -> bytes:
        """Return the document without other items than those."""
        kept = [
            self.body[start:end]
            for (start, end), digest in zip(self.spans, self.digests, strict=True)
            if digest in digests
        ]
        return b"".join((self.body[: self.spans[0][0]], *kept, self.body[self.spans[-1][1] :]))


def outline(body: bytes, content_type: str | None, context: str) -> Outline | None:
    """Return where the items of a document stand; None where that takes reading it.

    Args:
        content_type: the HTTP header as sent, with its charset.
        context: what else of a reading depends on; digests of other contexts differ.
    """
    xml = presume_utf8(body, content_type)
    found = _FIRST.search(xml, 0, _HEAD_AT_MOST) if xml else None
    if xml is None or found is None:
        return None
    start_tag, end_tag = b"<" + found[1], b"</" + found[1] + b">"
    seed = xxh3_64_intdigest(b"\n".join((context.encode(), *_inherited(xml[: found.start()]))))
    spans, digests = [], []
    at = found.start()
    while xml.startswith(start_tag, at):
        end = xml.find(end_tag, at) + len(end_tag)
        if end < at:
            return None
        spans.append((at, end))
        digests.append(xxh3_64_hexdigest(xml[at:end], seed))
        gap = _GAP.match(xml, end)
        at = gap.end() if gap else end
    return None if _FIRST.search(xml, at) else Outline(xml, tuple(spans), tuple(digests))


def _inherited(head: bytes) -> list[bytes]:
    """Return the start tags that stand before the first item and may say how it is read: the root's, and
    those with namespaces, languages and bases."""
    tags = _START_TAG.findall(head)
    return [tag for place, tag in enumerate(tags) if not place or b"xml" in tag]
