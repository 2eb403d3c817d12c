"""How the tags of a body nest, followed without a parser: which ends HTML implies, and what it would move.

Source: HTML section 13.2.6.4.7 to 13.2.6.4.15, the part of it that leaves no element elsewhere than where
its tags stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from feedhub.normalize.allowed import TAGS

DEEPEST: Final = 200

Tag = tuple[int, str, str]
"""What it asks of the tags round it, its element's name, and what is published of it."""

(
    VOID,
    CLOSE,
    OPEN,
    BLOCK,
    LINK,
    PRE,
    LONE,
    HEADING,
    ITEM,
    TERM,
    RAW,
    TABLE,
    RULE,
    COLUMN,
    RAW_END,
    TABLE_END,
) = range(16)

_BLOCKS: Final = frozenset(
    """address article aside blockquote center details dir div dl fieldset figcaption figure footer header
    hgroup main menu nav ol p section summary ul""".split()
)
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_INLINE: Final = frozenset(
    """abbr acronym audio b bdi bdo big cite code data del dfn em font i ins kbd label map mark picture q s
    samp small span strike strong sub sup time tt u var video""".split()
)
_VOIDS: Final = frozenset("area br embed img input link meta source track wbr".split())
_LONES: Final = frozenset(("button", "nobr"))
"""Which never stand inside one of their own."""
_IGNORED: Final = frozenset(("body", "head", "html"))
_RAWS: Final = frozenset(("iframe", "script", "style", "title"))
_LISTS: Final = frozenset(("ol", "ul"))
_SECTIONS: Final = frozenset(("tbody", "thead", "tfoot"))
_CELLS: Final = frozenset(("td", "th"))
_PARTS: Final = _SECTIONS | _CELLS | {"caption", "colgroup", "table", "tr"}
_GRIDS: Final = _SECTIONS | {"table", "colgroup", "tr"}
"""Where nothing but parts of a table may stand: all else is moved out."""
_IMPLIED: Final = frozenset(("dd", "dt", "li", "p"))
_IMPLIED_PARTS: Final = _IMPLIED | _SECTIONS | _CELLS | {"colgroup", "tr"}

KINDS: Final[dict[str, int]] = {
    **dict.fromkeys(_VOIDS | _IGNORED, VOID),
    **dict.fromkeys(_INLINE, OPEN),
    **dict.fromkeys(_LONES, LONE),
    **dict.fromkeys(_BLOCKS, BLOCK),
    **dict.fromkeys(_HEADINGS, HEADING),
    **dict.fromkeys(_RAWS, RAW),
    **dict.fromkeys(_PARTS, TABLE),
    "a": LINK,
    "pre": PRE,
    "li": ITEM,
    "dd": TERM,
    "dt": TERM,
    "hr": RULE,
    "col": COLUMN,
}
END_KINDS: Final[dict[str, int]] = {
    **dict.fromkeys((_VOIDS - {"br"}) | _IGNORED | {"col", "hr"}, VOID),
    **dict.fromkeys(_INLINE | _LONES | _BLOCKS | _HEADINGS | {"a", "li", "dd", "dt", "pre"}, CLOSE),
    **dict.fromkeys(_RAWS, RAW_END),
    **dict.fromkeys(_PARTS, TABLE_END),
}


class Refused(Exception):
    """There may be another reading."""


def follow(tags: Sequence[Tag], texts: list[str]) -> tuple[list[str], str]:
    """Return what is published of each tag, with the ends that HTML implies, and what ends the body.

    Args:
        texts: what stands before, between and after the tags; what is not shown of it is emptied.
    Raises: Refused.
    """
    nesting = _Nesting(texts)
    stack = nesting.stack
    pop, push = stack.pop, stack.append
    written = nesting.written
    write = written.append
    for kind, name, markup in tags:
        if kind == CLOSE:
            if stack[-1] == name:
                pop()
            else:
                markup = nesting.close(name, markup)
        elif kind >= RULE:
            markup = nesting.alone(kind, name, markup)
        elif kind != VOID:
            if kind == LINK:
                if "a" in stack:
                    raise Refused
            elif kind == BLOCK:
                if "p" in stack:
                    markup = nesting.leave_paragraph() + markup
            elif kind != OPEN:
                markup = nesting.open(kind, name, markup)
            push(name)
            if len(stack) > DEEPEST:
                raise Refused
        write(markup)
    nesting.check(tags)
    return written, nesting.ends()


class _Nesting:
    """The elements that are open, innermost last; the first stands for the body."""

    def __init__(self, texts: list[str]) -> None:
        self.stack = [""]
        self.written: list[str] = []
        self._texts = texts
        self._raw_at = -1
        self._grids: list[int] = []

    def leave_paragraph(self) -> str:
        """End the paragraph that a block stands in."""
        if self.stack[-1] != "p":
            raise Refused
        self.stack.pop()
        return "</p>"

    def close(self, name: str, markup: str) -> str:
        """End an element that is not the innermost."""
        stack = self.stack
        if name in _HEADINGS:
            if not _HEADINGS.isdisjoint(stack):
                raise Refused
            return ""
        if name not in stack:
            return "<p></p>" if name == "p" else ""
        if name in _INLINE or name in ("a", "nobr"):
            raise Refused
        return self._end(name, _IMPLIED) + markup

    def open(self, kind: int, name: str, markup: str) -> str:
        """Begin what has rules of its own; the caller puts it on the stack."""
        stack = self.stack
        ends = ""
        if kind == RAW:
            if markup and "a" in stack:
                raise Refused
            self._raw_at = len(self.written)
            return markup
        if kind == LONE:
            return markup if name not in stack else self._refuse()
        if kind == TABLE:
            ends = self._open_part(name)
            self._grid_after(name)
            return ends + markup
        if "p" in stack:
            ends = self.leave_paragraph()
        if kind == PRE:
            # A line end right after it is not part of it.
            at = len(self.written) + 1
            self._texts[at] = self._texts[at].removeprefix("\n")
        elif kind == HEADING:
            if stack[-1] in _HEADINGS:
                raise Refused
        elif kind == ITEM:
            if stack[-1] == "li":
                ends += f"</{stack.pop()}>"
            elif stack[-1] not in _LISTS and "li" in stack:
                raise Refused
        elif stack[-1] in ("dd", "dt"):
            ends += f"</{stack.pop()}>"
        elif stack[-1] != "dl" and ("dd" in stack or "dt" in stack):
            raise Refused
        return ends + markup if "p" not in stack else self._refuse()

    def alone(self, kind: int, name: str, markup: str) -> str:
        """Take what nothing is put into: a rule, a column, or an end with rules of its own."""
        stack = self.stack
        if kind == RULE:
            return self.leave_paragraph() + markup if "p" in stack else markup
        if kind == COLUMN:
            if stack[-1] != "colgroup":
                raise Refused
            self._grids.append(len(self.written))
            return markup
        if kind == RAW_END:
            at = len(self.written)
            if stack[-1] != name or self._raw_at != at - 1:
                raise Refused
            stack.pop()
            self._texts[at] = ""
            return ""
        if name not in stack:
            raise Refused
        ends = self._end(name, _IMPLIED_PARTS)
        self._grid_after(stack[-1])
        return ends + markup

    def check(self, tags: Sequence[Tag]) -> None:
        """Refuse what stands in a table but in no cell: it would be moved out."""
        for at in self._grids:
            if self._texts[at + 1].strip(" \t\n"):
                raise Refused
            if at + 1 < len(tags) and tags[at + 1][0] not in (TABLE, TABLE_END, COLUMN):
                raise Refused

    def ends(self) -> str:
        """Return the ends of what is still open when the body ends."""
        if not _RAWS.isdisjoint(self.stack):
            raise Refused
        return "".join([f"</{name}>" for name in reversed(self.stack) if name in TAGS])

    def _end(self, name: str, implied: frozenset[str]) -> str:
        """Take elements off the stack up to one of this name; all above it must end by themselves."""
        stack = self.stack
        ends = ""
        while stack[-1] != name:
            if stack[-1] not in implied:
                raise Refused
            ends += f"</{stack.pop()}>"
        stack.pop()
        return ends

    def _open_part(self, name: str) -> str:
        """End what a part of a table ends, begin what it implies."""
        stack = self.stack
        if name == "table":
            if stack[-1] in _GRIDS:
                raise Refused
            return self.leave_paragraph() if "p" in stack else ""
        if "table" not in stack:
            raise Refused
        ended: frozenset[str] = _IMPLIED_PARTS
        if name == "tr":
            ended = _IMPLIED_PARTS - _SECTIONS
        elif name in _CELLS:
            ended = _IMPLIED_PARTS - _SECTIONS - {"tr"}
        ends = ""
        while stack[-1] in ended:
            ends += f"</{stack.pop()}>"
        if name in _CELLS or name == "tr":
            if stack[-1] == "table":
                ends += "<tbody>"
                stack.append("tbody")
            if name in _CELLS and stack[-1] in _SECTIONS:
                ends += "<tr>"
                stack.append("tr")
        wanted = {"tr"} if name in _CELLS else _SECTIONS if name == "tr" else {"table"}
        if stack[-1] not in wanted:
            raise Refused
        return ends

    def _grid_after(self, name: str) -> None:
        if name in _GRIDS:
            self._grids.append(len(self.written))

    def _refuse(self) -> str:
        raise Refused
