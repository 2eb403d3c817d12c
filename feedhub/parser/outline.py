"""A document cut at its items by their bytes alone, so that what is known of it need not be read again.

An item reads the same as long as its bytes, and what stands before the first item, stay the same. A document
is cut where no comment, CDATA section or processing instruction can hide an item's beginning or end: so a
cut holds an item at least, and where a reading finds as many items as there are cuts, each holds one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from feedhub.parser.fast import MAX_TAGS
from feedhub.parser.sniff import presume_utf8

_FIRST = re.compile(rb"<(item|entry)[ \t\r\n>]")
_GAP = re.compile(rb"[ \t\r\n]*")
_ROOT_END = re.compile(rb"</(?:rss|feed|rdf:RDF)[ \t\r\n]*>")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
# What differs from poll to poll and is inherited by no item.
_VOLATILE = re.compile(
    rb"<(?:lastBuildDate|pubDate|updated|modified|dc:date)>[^<>]*</|(?:<rdf:li[^<>]*/>|[ \t\r\n])+"
)
_SECTIONS: Final = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))
_HEAD_AT_MOST: Final = 65_536
_BYTES_AT_MOST: Final = len(b"<a>") * MAX_TAGS
"""A longer document may have more tags than are read."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the items of a document stand. `digests` are of their bytes and of what stands round them."""

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


def outline(body: bytes, content_type: str | None, context: str, most: int) -> Outline | None:
    """Return where the items of a document stand; None where that takes reading it, or for more than `most`.

    Args:
        content_type: the HTTP header as sent, with its charset.
        context: what else a reading depends on; digests of other contexts differ.
    """
    xml = presume_utf8(body, content_type) if len(body) <= _BYTES_AT_MOST else None
    first = _FIRST.search(xml, 0, _HEAD_AT_MOST) if xml else None
    if xml is None or first is None:
        return None
    head = xml[: first.start()]
    if _DOCTYPE.search(head) or _is_open(head):
        return None
    spans = _spans(xml, first.start(), first[1], most)
    if not spans:
        return None
    end = spans[-1][1]
    if _FIRST.search(xml, end):
        return None
    last = _ROOT_END.search(xml, end)
    around = (_VOLATILE.sub(b" ", part) for part in (head, xml[end : last.end() if last else len(xml)]))
    seed = xxh3_64_intdigest(b"\n".join((context.encode(), *around)))
    return Outline(xml, spans, tuple(xxh3_64_hexdigest(xml[start:end], seed) for start, end in spans))


def _spans(xml: bytes, at: int, name: bytes, most: int) -> tuple[tuple[int, int], ...]:
    """Return the first and last places of elements that follow each other with nothing but space between."""
    start_tag, end_tag = b"<" + name, b"</" + name + b">"
    spans: list[tuple[int, int]] = []
    while xml.startswith(start_tag, at):
        end = xml.find(end_tag, at) + len(end_tag)
        if end < at or len(spans) == most or _is_open(xml[at:end]):
            return ()
        spans.append((at, end))
        gap = _GAP.match(xml, end)
        at = gap.end() if gap else end
    return tuple(spans)


def _is_open(part: bytes) -> bool:
    """Tell whether a section may go on behind a part: conservatively, as they do not nest."""
    return any(part.rfind(start) + len(start) > part.rfind(end) for start, end in _SECTIONS if start in part)
