"""Drawings and formulas, which are not published: found from their first tag to their last.

Inside them other rules hold, and HTML's own elements end them. So only what has names of SVG and MathML
alone, properly nested, is taken for one.
"""

from __future__ import annotations

import re
from typing import Final

from feedhub.normalize.kinds import RAWS
from feedhub.normalize.nesting import Refused
from feedhub.normalize.tags import TAG

_ROOTS: Final = frozenset(("svg", "math"))
# In these HTML may stand again (integration points): here nothing but text.
_TEXTS: Final = frozenset("mi mo mn ms mtext title desc annotation style".split())
_NAMES: Final = _TEXTS | frozenset(
    """circle clippath defs ellipse feblend fecolormatrix fecomponenttransfer fecomposite feflood
    fegaussianblur femerge femergenode feoffset filter g image line lineargradient marker mask metadata path
    pattern polygon polyline radialgradient rect stop symbol text textpath tspan use
    maction menclose merror mfenced mfrac mmultiscripts mover mpadded mphantom mprescripts mroot mrow mspace
    msqrt mstyle msub msubsup msup mtable mtd mtr munder munderover none semantics""".split()
)
_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9]*)(?:[ \t\n]+(?:[^\"'<>]|\"[^\"]*\"|'[^']*')*)?/?")
_SLASHED = re.compile(TAG)


def drop(parts: list[str]) -> list[str]:
    """Return the text, tag, text, … of a body without the drawings and formulas in it.

    Raises: Refused where it is not certain what belongs to one.
    """
    kept = parts[:1]
    at = 1
    while at < len(parts):
        if parts[at][:4].lower().startswith(("svg", "math")) and _read(parts[at])[0] in _ROOTS:
            if _is_text(kept):
                raise Refused
            at = _end(parts, at)
            kept[-1] += parts[at + 1]
        else:
            kept += parts[at : at + 2]
        at += 2
    return kept


def _is_text(before: list[str]) -> bool:
    """Tell whether what follows some text, tag, text, … is no markup: it stands in a style, say."""
    name, ends, _ = _read(before[-2]) if len(before) > 1 else ("", False, False)
    return name in RAWS and not ends


def _end(parts: list[str], start: int) -> int:
    """Return where the end tag is of the drawing that starts here."""
    opened: list[str] = []
    for at in range(start, len(parts), 2):
        name, ends, closed = _read(parts[at])
        if ends:
            if not opened or opened.pop() != name:
                break
        elif name in _ROOTS or (name in _NAMES and opened):
            if opened and opened[-1] in _TEXTS:
                break
            if not closed:
                opened.append(name)
        else:
            break
        if not opened:
            return at
    raise Refused


def _read(tag: str) -> tuple[str, bool, bool]:
    """Return a tag's name, empty for what is none, whether it is an end tag, and whether it closes itself."""
    found = _TAG.fullmatch(tag)
    slashed = _SLASHED.fullmatch(tag) if tag.endswith("/") else None
    if found is None or (slashed is None and tag.endswith("/")):
        return "", False, False
    # In `<g class=a/>` the slash is part of the class.
    return found[2].lower(), found[1] != "", slashed is not None and not slashed[2].endswith("/")
