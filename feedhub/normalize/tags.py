"""Start tags of HTML in the form that has one reading: what they say, and how they are written."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Final

# White space parts all attributes, and a value without quotes has none of the characters HTML warns of.
ATTRIBUTES: Final = (
    r"((?:[ \t\n]+[A-Za-z_:@][-A-Za-z0-9_:.@]*"
    r"(?:[ \t\n]*=[ \t\n]*(?:\"[^\"<]*\"|'[^'<]*'|[^ \t\n\"'=<>`]+))?+)*+)[ \t\n]*/?"
)
"""What follows the name in a tag without its `<` and `>`: its attributes as written."""
TAG: Final = rf"([A-Za-z][A-Za-z0-9]*){ATTRIBUTES}"
"""A tag without its `<` and `>`: its name, and its attributes as written."""
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:@][-A-Za-z0-9_:.@]*)(?:[ \t\n]*=[ \t\n]*(?:\"([^\"]*)\"|'([^']*)'|([^ \t\n]+)))?"
)
_NAME = re.compile(r"[ \t\n]+([A-Za-z_:@][-A-Za-z0-9_:.@]*)[ \t\n]*=[ \t\n]*")
_LONGEST_NAME: Final = 200
_ENDS: Final = frozenset(("", "/", " ", " /"))


def attributes_of(written: str, wanted: Container[str]) -> dict[str, str]:
    """Return the wanted attributes of a tag of the form of TAG as they are written, the first of a name."""
    attributes: dict[str, str] = {}
    for key, double, single, bare in _ATTRIBUTE.findall(written):
        if key not in wanted and (key := key.lower()) not in wanted:
            continue
        attributes.setdefault(key, double or single or bare)
    return attributes


def quoted_attributes(tag: str, wanted: Container[str]) -> dict[str, str] | None:
    """Return the same of a whole tag all of whose attributes stand in double quotes, None for another one.

    Nearly all do, and no expression runs over what they say.
    """
    pieces = tag.split('"')
    if pieces[-1] not in _ENDS or len(pieces) % 2 == 0 or "<" in tag:
        return None
    attributes: dict[str, str] = {}
    pieces[0] = pieces[0][pieces[0].find(" ") :]
    for at in range(0, len(pieces) - 1, 2):
        key = _name(pieces[at]) if len(pieces[at]) <= _LONGEST_NAME else ""
        if not key:
            return None
        if key in wanted and key not in attributes:
            attributes[key] = pieces[at + 1]
    return attributes


@lru_cache(maxsize=4096)
def _name(written: str) -> str:
    found = _NAME.fullmatch(written)
    return found[1].lower() if found else ""


def write_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Return a start tag; the attributes' values have no reference but canonical ones."""
    markup = f"<{name}"
    for key, value in attributes.items():
        quoted = value.replace('"', "&quot;") if '"' in value else value
        markup += f' {key}="{quoted}"'
    return f"{markup}>"


def escape_text(text: str) -> str:
    """Return text as a sanitiser writes it."""
    return html.escape(text, quote=False).replace("\xa0", "&nbsp;")
