"""Character references written the one way in which a sanitiser writes them, before any tag is looked at.

What comes out has `&amp;`, `&lt;`, `&gt;` and `&nbsp;`; `&quot;` and `&#39;`, which stand for a plain
character in text; and `&#N;` for other characters of ASCII, which could be taken for markup in a tag.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.entities import html5
from typing import Final

from feedhub.normalize.text import legal

_UNUSUAL = re.compile(
    r"(&(?!(?:amp|lt|gt|nbsp);)(?:#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|#|[A-Za-z][A-Za-z0-9]{0,60}+;?)?)"
)
_LEFT = re.compile("&(?:quot|#[0-9]+);")
_ASCII = re.compile(r"&#([0-9]{2,3});")
_KEPT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;", '"': "&quot;", "'": "&#39;"}
# `&copy=1` is a reference in text and none in an attribute (HTML section 13.2.5.73).
_WITHOUT_END: Final = frozenset(name for name in html5 if not name.endswith(";"))
_LONGEST: Final = max(map(len, _WITHOUT_END))


class Ambiguous(Exception):
    """What this stands for depends on where it stands: a parser has to tell."""


def settle(source: str) -> tuple[str, bool]:
    """Return HTML with every reference in its canonical form, and whether some are left for `resolve_ascii`.

    Raises: Ambiguous.
    """
    if "\xa0" in source:
        source = source.replace("\xa0", "&nbsp;")
    if "&" not in source:
        return source, False
    parts = _UNUSUAL.split(source)
    if len(parts) == 1:
        return source, False
    settled = list(map(_canonical, parts[1::2]))
    parts[1::2] = settled
    return "".join(parts), any(map(_LEFT.match, set(settled)))


def resolve_ascii(text: str) -> str:
    """Return text, which no tag is in, with the characters of ASCII that `settle` had to leave."""
    return _ASCII.sub(_character, text.replace("&quot;", '"').replace("&#39;", "'"))


@lru_cache(maxsize=4096)
def _canonical(reference: str) -> str:
    if reference == "&":
        return "&amp;"
    if reference == "&#":
        raise Ambiguous
    if reference[1] != "#" and reference[1:] not in html5:
        name = reference[1:]
        if any(name[:length] in _WITHOUT_END for length in range(2, _LONGEST + 1)):
            raise Ambiguous
        return f"&amp;{name}"
    if not reference.endswith(";"):
        raise Ambiguous
    text = html.unescape(reference)
    if text in _KEPT:
        return _KEPT[text]
    if len(text) == 1 and " " <= text < "\x7f":
        return f"&#{ord(text)};"
    if not text or min(text) < "\xa0" or legal(text) != text:
        raise Ambiguous
    return text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1]))
