"""A feed's HTML made safe, with absolute addresses and within bounds of size and time.

What needs no parser is done by `direct`. The rest is nh3's; before it, what is large enough that its nesting
could cost quadratic time goes through libxml2, which bounds the depth.
"""

from __future__ import annotations

import html
import re

from lxml import etree

from feedhub.normalize import pictures
from feedhub.normalize.direct import Direct
from feedhub.normalize.links import NOWHERE, absolute
from feedhub.normalize.parsed import parsed
from feedhub.normalize.text import legal, without_tags

MAX_CONTENT = 1 << 20
"""Characters of one body, before and after cleaning."""

# Measured with nh3 0.3.8: 1,000 open <ul><li> take 8 ms and 10,000 take 770 ms; 200,000 `&` take 1.2 s, a
# million 8 s; a tag of 50,000 attributes takes 0.5 s in nh3 and far longer in libxml2.
_MANY_TAGS = 1000
_MANY_ENTITIES = 20_000
_LONG_TAG = 20_000


class Sanitiser:
    """Cleans the bodies of one document, in one thread. `reduced` counts bodies that lost their markup.

    `marked` leaves classes and ids in, for steps that select by them; who publishes cleans again.
    """

    def __init__(self, *, marked: bool = False) -> None:
        self.reduced = 0
        self._given, self._base = "", NOWHERE
        self._direct = None if marked else Direct()

    def clean(self, text: str, kind: str, base: str) -> str:
        """Return safe HTML, XML-legal, at most MAX_CONTENT characters; `kind` is `text` or `html`.

        Relative links and images are resolved against `base`. Styles, ids, classes and scripts are gone, an
        embedded player has become a link.
        """
        if not text or text.isspace():
            return ""
        if base != self._given:
            self._given, self._base = base, absolute(base) or NOWHERE
        source = text[:MAX_CONTENT]
        cleaned = self._render(source, kind)
        while len(cleaned) > MAX_CONTENT:
            source = source[: len(source) * MAX_CONTENT * 9 // (len(cleaned) * 10)]
            cleaned = self._render(source, kind)
        return cleaned

    def _render(self, source: str, kind: str) -> str:
        if kind == "text":
            return _paragraphs(source)
        if "<" not in source:
            if not _ESCAPED_MARKUP.match(source):
                return _escape(html.unescape(source) if "&" in source else source)
            source = html.unescape(source)
        if "\r" in source:
            source = source.replace("\r\n", "\n").replace("\r", "\n")
        if "<noscript" in source:
            source = pictures.without_scripts(source)
        cleaned = self._direct.clean(source, self._base) if self._direct is not None else None
        return (self._parsed(legal(source)) if cleaned is None else cleaned).strip()

    def _parsed(self, source: str) -> str:
        if len(source) > _LONG_TAG and (source.count("&") > _MANY_ENTITIES or _has_long_tag(source)):
            return self._reduce(source)
        if source.count("<") > _MANY_TAGS:
            bounded = _of_bounded_depth(pictures.mend(source))
            if bounded is None:
                return self._reduce(source)
            source = bounded
        return parsed(source, self._base, marked=self._direct is None)

    def _reduce(self, source: str) -> str:
        self.reduced += 1
        return _escape(without_tags(source))


_ESCAPED_MARKUP = re.compile(
    r"\s*&lt;(?:p|div|a|br|img|b|i|em|strong|span|ul|ol|h[1-6]|blockquote|table|figure)\b.*&gt;\s*$",
    re.DOTALL,
)


def _paragraphs(text: str) -> str:
    """Return plain text as HTML: blank lines part paragraphs, line ends are kept."""
    blocks = [block.strip() for block in re.split(r"\n[ \t\r]*\n", _escape(text).replace("\r\n", "\n"))]
    lines = [block.replace("\n", "<br>\n") for block in blocks if block]
    return lines[0] if len(lines) == 1 else "\n".join(f"<p>{line}</p>" for line in lines)


def _escape(text: str) -> str:
    return html.escape(legal(text), quote=False).strip()


def _has_long_tag(source: str) -> bool:
    pieces = source.split("<")
    return max(map(len, pieces)) > _LONG_TAG and any(
        len(piece) > _LONG_TAG and len(piece.partition(">")[0]) > _LONG_TAG for piece in pieces
    )


def _of_bounded_depth(source: str) -> str | None:
    """Return the HTML that libxml2 makes of this, None when it nests deeper than libxml2's 256 levels."""
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<html><body>{source}</body></html>", parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if any(error.type_name == "ERR_RESOURCE_LIMIT" or "depth" in error.message for error in parser.error_log):
        return None
    text: str = etree.tostring(root, method="html", encoding="unicode")
    return text
