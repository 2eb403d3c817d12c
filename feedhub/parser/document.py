"""One document while it is read: its cleaner, its base, its dates, and how its texts are to be taken."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape

from lxml import etree

from feedhub.parser.cdata import MARK, put_back
from feedhub.parser.dates import parse_date
from feedhub.parser.markup import inner_html
from feedhub.parser.names import XML_BASE, XML_LANG
from feedhub.parser.text import Cleaner, absolute, cleaner, join_base, looks_like_html

_XML_ATTRIBUTE = re.compile(rb"xml:(?:base|lang)")
_KINDS = {
    "text": "text",
    "plain": "text",
    "text/plain": "text",
    "html": "html",
    "text/html": "html",
    "xhtml": "xhtml",
    "application/xhtml+xml": "xhtml",
}


class Document:
    """What reading one element needs to know about all of them."""

    __slots__ = (
        "clean",
        "has_base",
        "has_lang",
        "has_mode",
        "is_atom",
        "is_atom10",
        "is_rdf",
        "plain",
        "sections",
        "timezone",
        "url",
    )

    def __init__(
        self,
        body: bytes,
        skeleton: bytes,
        sections: Sequence[str],
        *,
        format: str,
        url: str,
        timezone: str,
    ) -> None:
        """
        Args:
            skeleton: the body without its `sections`, see `cdata`; the texts in the tree are the skeleton's.
        """
        self.sections = sections
        self.plain = cleaner(body, skeleton)
        self.clean = _restoring(self.plain, sections) if sections else self.plain
        self.url = url
        self.timezone = timezone
        said = _XML_ATTRIBUTE.search(skeleton) is not None
        self.has_base = said and b"xml:base" in skeleton
        self.has_lang = said and b"xml:lang" in skeleton
        self.is_rdf = format in ("rss10", "rss090")
        self.is_atom = format.startswith("atom")
        self.is_atom10 = format == "atom10"
        self.has_mode = self.is_atom and not self.is_atom10

    def text(self, element: etree._Element) -> str:
        """Return an element's plain text; markup inside it is kept as HTML."""
        return self.clean(self._markup(element, unwrap_div=False) if len(element) else element.text)

    def construct(self, element: etree._Element, default: str) -> tuple[str, str]:
        """Return an element's text and whether that is `text` or `html`.

        Args:
            default: `text` or `html`: what holds where the element does not say (RFC 4287 section 3.1.1; RSS
                cannot say, so its `text` is looked at).
        """
        declared = element.get("type")
        kind = default if declared is None else _KINDS.get(declared) or declared.lower()
        if (kind != "html" and kind != "text") or self.has_mode or len(element):
            return self._unusual(element, _KINDS.get(kind, kind))
        value = self.clean(element.text)
        if kind == "text" and not self.is_atom and ("<" in value or "&" in value) and looks_like_html(value):
            kind = "html"
        return value, kind

    def _unusual(self, element: etree._Element, kind: str) -> tuple[str, str]:
        if len(element):
            before = put_back(_text_before_markup(element), self.sections)
            escaped = kind == "xhtml" or not looks_like_html(before)
            unwrap_div = self.is_atom10 or kind != "xhtml"
            return self.plain(self._markup(element, unwrap_div=unwrap_div, escaped=escaped)), "html"
        text = put_back(element.text or "", self.sections)
        if kind == "xhtml":
            text = escape(text, quote=False)
        elif kind != "html" and "/" not in kind:
            kind = "text"
        elif kind != "html":
            text = _from_base64(text, kind)
        if self.has_mode and element.get("mode") == "base64":
            text = _from_base64(text, "")
        value = self.plain(text)  # whatever base64 says, nothing is put in any more
        if kind == "text" and not self.is_atom and looks_like_html(value):
            kind = "html"
        return value, "text" if kind == "text" else "html"

    def _markup(self, element: etree._Element, *, unwrap_div: bool, escaped: bool = True) -> str:
        written = inner_html(element, unwrap_div=unwrap_div, escaped=escaped)
        return put_back(written, self.sections, escaped=escaped)

    def base_of(self, element: etree._Element | None) -> str:
        """Return the URL that relative links in an element are resolved against."""
        if not self.has_base:
            return self.url
        chain = []
        while element is not None:
            if base := element.get(XML_BASE):
                chain.append(base)
            element = element.getparent()
        base = self.url
        for relative in reversed(chain):
            base = join_base(base, relative)
        return base

    def language_of(self, element: etree._Element) -> str:
        """Return the language that an element itself declares, empty for none."""
        return (element.get(XML_LANG) or "").replace("_", "-")

    def link(self, element: etree._Element, link: str | None) -> str:
        """Return a link that stands in this element, absolute where a base is known."""
        if not link:
            return ""
        link = link.strip()
        if link.startswith(("http://", "https://")):
            return link
        return absolute(self.base_of(element), put_back(link, self.sections))

    def date(self, element: etree._Element) -> datetime | None:
        """Return the instant an element names, None if it names none."""
        text = element.text
        return parse_date(text, self.timezone) if text else None


def _restoring(clean: Cleaner, sections: Sequence[str]) -> Cleaner:
    def restored(text: str | None) -> str:
        return clean(put_back(text, sections) if text and MARK in text else text)

    return restored


def _text_before_markup(element: etree._Element) -> str:
    text = element.text or ""
    first = element[0]
    # TypePad put a div round markup that was escaped all the same.
    if len(element) == 1 and not len(first) and str(first.tag).endswith("div"):
        text += first.text or ""
    return text


def _from_base64(text: str, kind: str) -> str:
    # RFC 4287 section 4.1.3.3: a media type that is neither text nor XML arrives as base64.
    if not text or kind.startswith("text/") or kind.endswith(("+xml", "/xml")):
        return text
    try:
        return base64.b64decode(text.encode("ascii", "strict"), validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
