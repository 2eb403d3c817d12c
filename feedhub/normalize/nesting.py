"""How the tags of a body nest, followed without a parser: which ends HTML implies, and what it would move.

Source: HTML section 13.2.6.4.7 to 13.2.6.4.15, the part of it that leaves no element elsewhere than where
its tags stand.
"""

from __future__ import annotations

import re
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
    HIDING,
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
_MOST_PLACES: Final = 5000
_ALONE: Final = frozenset((VOID, RULE, COLUMN, RAW_END, TABLE_END))
_NONE: Final = frozenset[str]()

Tag = tuple[int, str, str]
"""What it asks of the tags round it, its element's name, and what is published of it."""
Step = tuple[int, str]
"""The place that a tag leads to, and what is published of it there."""

# What is marked in the markup, until `settled` has the texts as well.
_RAW, _RAW_END, _GRID, _PRE, _EMPTY = "\1", "\2", "\3", "\4", "\5"
_HIDDEN = re.compile(f"{_RAW}[^{_RAW_END}]*{_RAW_END}")
_LOOSE = re.compile(f"{_GRID}[ \t\n]*[^ \t\n<]")


class Refused(Exception):
    """There may be another reading."""


class Places:
    """The places that the tags of bodies lead to: each a stack of open elements, known by its number.

    Few documents have a hundred of them, so that what a tag does in one is found out once.
    """

    __slots__ = ("_begun", "_numbers", "_stacks", "marked", "steps")

    def __init__(self) -> None:
        self.steps: list[dict[str, Step]] = []
        """What is known of the tags in each place."""
        self.marked = False
        """Whether `settled` is wanted."""
        self._stacks: list[tuple[str, ...]] = []
        self._begun: list[dict[str, Step]] = []
        self._numbers: dict[tuple[str, ...], int] = {}
        self._number(("",))  # which stands for the body

    def step(self, place: int, tag: Tag) -> Step:
        """Return where a tag leads, and what is published of it with the ends that HTML implies.

        Raises: Refused.
        """
        kind, name, markup = tag
        if kind >= CLOSE:
            step = self._move(place, tag)
        else:
            begun = self._begun[place].get(name)
            if begun is None:
                begun = self._begun[place][name] = self._move(place, (kind, name, ""))
            step = begun[0], begun[1] + markup
        return step if step[1] or self._stacks[place][-1] != "pre" else (step[0], _EMPTY)

    def is_text(self, place: int, tag: str) -> bool:
        """Tell whether what looks like a tag is text there, of a script, say."""
        name = self._stacks[place][-1]
        # After `<!--` a script has rules of its own, and frames and scripts are mended wherever they stand.
        return name in RAWS and not tag.lower().startswith(("!", f"/{name}", "iframe", "script"))

    def ends(self, place: int) -> str:
        """Return the ends of what is still open when the body ends."""
        stack = self._stacks[place]
        if not HIDING.isdisjoint(stack):
            raise Refused
        return "".join(map(_ending, reversed(stack)))

    def _move(self, place: int, tag: Tag) -> Step:
        kind, name, markup = tag
        nesting = _Nesting(self._stacks[place])
        stack = nesting.stack
        if stack[-1] in GRIDS and kind < TABLE:
            raise Refused  # it would be moved out of the table
        if stack[-1] in HIDING and kind != RAW_END and (stack[-1] in RAWS or kind != VOID):
            raise Refused  # it is text, or hidden with what it begins
        if kind == CLOSE:
            if stack[-1] == name:
                stack.pop()
            else:
                markup = nesting.close(name, markup)
        elif kind in _ALONE:
            markup = nesting.alone(kind, name, markup)
        else:
            markup = nesting.open(kind, name, markup)
            stack.append(name)
            if len(stack) > DEEPEST:
                raise Refused
        if kind >= TABLE and stack[-1] in GRIDS:
            markup += _GRID
        self.marked = self.marked or kind >= PRE
        return self._number(tuple(stack)), markup

    def _number(self, stack: tuple[str, ...]) -> int:
        number = self._numbers.get(stack)
        if number is None:
            number = len(self._stacks)
            if number == _MOST_PLACES:
                raise Refused
            self._numbers[stack] = number
            self._stacks.append(stack)
            self.steps.append({})
            self._begun.append({})
        return number


def settled(markup: str) -> str:
    """Return a body's markup, of which something was marked, with its texts as its tags have them.

    Raises: Refused for what stands in a table but in no cell: it would be moved out.
    """
    if _PRE in markup:  # a line end right after it is not part of it
        markup = markup.replace(f"{_PRE}\n", "").replace(_PRE, "").replace(_EMPTY, "")
    if _RAW in markup:
        markup = _HIDDEN.sub("", markup)
    if _GRID in markup:
        if _LOOSE.search(markup):
            raise Refused
        markup = markup.replace(_GRID, "")
    return markup


class _Nesting:
    """The elements that are open, innermost last; the first stands for the body."""

    def __init__(self, opened: Sequence[str]) -> None:
        self.stack = list(opened)

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

    def open(self, kind: int, name: str, markup: str) -> str:
        """Begin what has rules of its own; the caller puts it on the stack."""
        stack = self.stack
        ends = ""
        if kind == OPEN:
            return markup
        if kind == RAW:
            return markup + _RAW if not markup or "a" not in stack else self._refuse()
        if kind == LINK:
            return markup if "a" not in stack else self._refuse()
        if kind == LONE:
            return markup if name not in stack else self._refuse()
        if kind == TABLE:
            return self._open_part(name) + markup
        if kind == RUBY:
            if stack[-1] in RUBIES:
                ends = _ending(stack.pop())
            return ends + markup if stack[-1] == "ruby" else self._refuse()
        if "p" in stack:
            ends = self.leave_paragraph()
        if kind == FORM:
            return ends + markup if name not in stack else self._refuse()
        if kind == PRE:
            return ends + markup + _PRE
        if kind == BLOCK:
            return ends + markup
        if kind == HEADING:
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

    def alone(self, kind: int, name: str, markup: str) -> str:
        """Take what nothing is put into: a picture, a rule, a column, or an end with rules of its own."""
        stack = self.stack
        if kind == VOID:
            return markup
        if kind == RULE:
            return self.leave_paragraph() + markup if "p" in stack else markup
        if kind == COLUMN:
            return markup if stack[-1] == "colgroup" else self._refuse()
        if kind == RAW_END:
            return _RAW_END if stack.pop() == name else self._refuse()
        if "table" not in stack:
            return ""
        if name not in stack:
            raise Refused
        return self._end(name, IMPLIED_PARTS) + markup

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

    def _refuse(self) -> str:
        raise Refused


def _ending(name: str) -> str:
    """Return what is published of an element's end."""
    return f"</{name}>" if name in TAGS else ""
