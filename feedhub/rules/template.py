"""Texts with places to fill in: `{feed_title}: {title}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import quote

PLACES = ("title", "link", "author", "category", "feed", "feed_title", "host", "language", "published")
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_IN_LINKS = ":/?#[]@!$&'()*+,;=%~"


def check_template(text: str, *, link: bool) -> str:
    """Accept a template; raises ValueError with a sentence. `{{` and `}}` stand for the braces themselves."""
    if not text.strip():
        raise ValueError("an empty text; write what to put there")
    for found in _PLACE.finditer(text):
        name = found[1]
        if name is None and found[0] in ("{", "}"):
            raise ValueError(f"a {found[0]} without its other half; for the brace itself write it twice")
        if name is not None and name not in PLACES:
            close = get_close_matches(name, PLACES, n=1)
            hint = f"did you mean {{{close[0]}}}?" if close else f"there is {', '.join(PLACES)}"
            raise ValueError(f"unknown {{{name}}}; {hint}")
    if link and not text.startswith(("http://", "https://", "{link}")):
        raise ValueError("a link starts with https://, http:// or {link}")
    return text


def filled(template: str, values: Mapping[str, str], *, link: bool) -> str:
    """Return a template with its places filled: a link with what a link can hold, else one line of text."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        return quote(values[name], safe=_IN_LINKS if name == "link" else "") if link else values[name]

    return " ".join(_PLACE.sub(fill, template).split())
