"""How the tags of a body nest, followed without a parser: which ends HTML implies, and what it would move.

Source: HTML section 13.2.6.4.7 to 13.2.6.4.15, the part of it that leaves no element elsewhere than where
its tags stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from feedhub.normalize.allowed import TAGS
from feedhub.normalize.kinds import (
    BLOCK,
    CELLS,
    CLOSE,
    COLUMN,
    ENDED_BY_BLOCK,
    ENDED_BY_ITEM,
    FIRM,
    FORM,
    FORMATTING,
    GRIDS,
    HEADING,
    HEADINGS,
    IMPLIED_PARTS,
    ITEM,
    LINK,
    LISTS,
    LONE,
    OPEN,
    PRE,
    RAW,
    RAW_END,
    RAWS,
    RUBIES,
    RUBY,
    RULE,
    SECTIONS,
    TABLE,
    TABLE_END,
    VOID,
)

DEEPEST: Final = 200
_NONE: Final = frozenset[str]()

Tag = tuple[int, str, str]
"""What it asks of the tags round it, its element's name, and what is published of it."""


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
    written = [markup for _, _, markup in tags]
    for at, (kind, name, markup) in enumerate(tags):  # the most frequent first
        if kind == CLOSE:
            if stack[-1] == name:
                pop()
            else:
                written[at] = nesting.close(name, markup)
        elif kind == OPEN:
            push(name)
            if len(stack) > DEEPEST:
                raise Refused
        elif kind >= RULE:
            written[at] = nesting.alone(at, kind, name, markup)
        elif kind != VOID:
            if kind == LINK:
                if "a" in stack:
                    raise Refused
            elif kind != BLOCK:
                written[at] = nesting.open(at, kind, name, markup)
            elif "p" in stack:
                written[at] = nesting.leave_paragraph() + markup
            push(name)
            if len(stack) > DEEPEST:
                raise Refused
    nesting.check(tags)
    return written, nesting.ends()


class _Nesting:
    """The elements that are open, innermost last; the first stands for the body."""

    def __init__(self, texts: list[str]) -> None:
        self.stack = [""]
        self._texts = texts
        self._raw_at = -1
        self._grids: list[int] = []

    def leave_paragraph(self) -> str:
        """End the paragraph that a block stands in."""
        return self._end("p", _NONE) + "</p>"

    def close(self, name: str, markup: str) -> str:
        """End an element that is not the innermost."""
        stack = self.stack
        if name in HEADINGS and (any_level := next(filter(HEADINGS.__contains__, reversed(stack)), "")):
            return self._end(any_level, ENDED_BY_BLOCK) + f"</{any_level}>"
        if name not in stack:
            return "<p></p>" if name == "p" else ""
        if name == "form":
            raise Refused
        if name in FORMATTING or name in ("a", "nobr"):
            return self._end(name, _NONE) + markup
        if name in FIRM:
            return self._end(name, ENDED_BY_ITEM if name == "li" else ENDED_BY_BLOCK) + markup
        for above in reversed(stack):
            if above == name:
                break
            if above in FIRM:
                if above in FORMATTING or above in ("a", "nobr"):
                    raise Refused
                return ""
        return self._end(name, _NONE) + markup

    def open(self, at: int, kind: int, name: str, markup: str) -> str:
        """Begin what has rules of its own, the tag `at` this place; the caller puts it on the stack."""
        stack = self.stack
        ends = ""
        if kind == RAW:
            if markup and "a" in stack:
                raise Refused
            self._raw_at = at
            return markup
        if kind == LONE:
            return markup if name not in stack else self._refuse()
        if kind == TABLE:
            ends = self._open_part(name)
            self._grid_after(at, name)
            return ends + markup
        if kind == RUBY:
            if stack[-1] in RUBIES:
                ends = _ending(stack.pop())
            return ends + markup if stack[-1] == "ruby" else self._refuse()
        if "p" in stack:
            ends = self.leave_paragraph()
        if kind == FORM:
            return ends + markup if name not in stack else self._refuse()
        if kind == PRE:
            # A line end right after it is not part of it.
            self._texts[at + 1] = self._texts[at + 1].removeprefix("\n")
        elif kind == HEADING:
            if stack[-1] in HEADINGS:
                ends += f"</{stack.pop()}>"
        elif kind == ITEM:
            if stack[-1] == "li":
                ends += f"</{stack.pop()}>"
            elif stack[-1] not in LISTS and "li" in stack:
                raise Refused
        elif stack[-1] in ("dd", "dt"):
            ends += f"</{stack.pop()}>"
        elif stack[-1] != "dl" and ("dd" in stack or "dt" in stack):
            raise Refused
        return ends + markup if "p" not in stack else self._refuse()

    def alone(self, at: int, kind: int, name: str, markup: str) -> str:
        """Take what nothing is put into: a rule, a column, or an end with rules of its own."""
        stack = self.stack
        if kind == RULE:
            return self.leave_paragraph() + markup if "p" in stack else markup
        if kind == COLUMN:
            if stack[-1] != "colgroup":
                raise Refused
            self._grids.append(at)
            return markup
        if kind == RAW_END:
            if stack[-1] != name or self._raw_at != at - 1:
                raise Refused
            stack.pop()
            self._texts[at] = ""
            return ""
        if "table" not in stack:
            return ""
        if name not in stack:
            raise Refused
        ends = self._end(name, IMPLIED_PARTS)
        self._grid_after(at, stack[-1])
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
        if not RAWS.isdisjoint(self.stack):
            raise Refused
        return "".join(map(_ending, reversed(self.stack)))

    def _end(self, name: str, implied: frozenset[str]) -> str:
        """Take elements off the stack up to one of this name; all above it must end by themselves."""
        stack = self.stack
        ends = ""
        while stack[-1] != name:
            above = stack.pop()
            if above in FIRM and above not in implied:
                raise Refused
            ends += _ending(above)
        stack.pop()
        return ends

    def _open_part(self, name: str) -> str:
        """End what a part of a table ends, begin what it implies."""
        stack = self.stack
        if name == "table":
            if stack[-1] in GRIDS:
                raise Refused
            return self.leave_paragraph() if "p" in stack else ""
        if "table" not in stack:
            raise Refused
        ended: frozenset[str] = IMPLIED_PARTS
        if name == "tr":
            ended = IMPLIED_PARTS - SECTIONS
        elif name in CELLS:
            ended = IMPLIED_PARTS - SECTIONS - {"tr"}
        ends = ""
        while stack[-1] in ended:
            ends += f"</{stack.pop()}>"
        if name in CELLS or name == "tr":
            if stack[-1] == "table":
                ends += "<tbody>"
                stack.append("tbody")
            if name in CELLS and stack[-1] in SECTIONS:
                ends += "<tr>"
                stack.append("tr")
        wanted = {"tr"} if name in CELLS else SECTIONS if name == "tr" else {"table"}
        if stack[-1] not in wanted:
            raise Refused
        return ends

    def _grid_after(self, at: int, name: str) -> None:
        if name in GRIDS:
            self._grids.append(at)

    def _refuse(self) -> str:
        raise Refused


def _ending(name: str) -> str:
    """Return what is published of an element's end."""
    return f"</{name}>" if name in TAGS else ""
