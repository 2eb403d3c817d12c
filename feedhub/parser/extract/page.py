"""HTML, and CSS selectors to find things on it: `selector`, `selector@attribute`, or `@attribute` alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Final, cast

from cssselect import SelectorError
from lxml import etree, html
from lxml.cssselect import LxmlHTMLTranslator

from feedhub.errors import ParseError
from feedhub.parser.extract.expression import HTML_FIELDS, Document, ExpressionError, Find
from feedhub.parser.sniff import to_utf8
from feedhub.parser.text import join_base

_MOST_BYTES: Final = 10_000_000
_MOST_TAGS: Final = 200_000
_MOST_FOUND: Final = 100
_MOST_ITEMS: Final = 10_000
_ATTRIBUTE = re.compile(r"(.*)@([A-Za-z_][A-Za-z0-9_.-]*)", re.DOTALL)
_META = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_PLACE_IN_SELECTOR = re.compile(r" at (\d+)>")
_ITSELF: Final = frozenset({"", ":scope"})
_HIDDEN: Final = frozenset({"script", "style", "template", "noscript"})
_MEANT: Final = {
    "link": ("href",),
    "image": ("src", "data-src", "content"),
    "enclosure": ("href", "src"),
    "date": ("datetime", "content"),
    "updated": ("datetime", "content"),
}
"""The attributes that a field is about; without one of them the element's text is taken."""


class Html:
    """The language of `format: html`."""

    def read(self, body: bytes, content_type: str | None, url: str, encoding: str | None) -> Document:
        """Read a web page in whatever charset its header, its `meta` or its bytes speak of."""
        if len(body) > _MOST_BYTES or body.count(b"<") > _MOST_TAGS:
            raise ParseError(
                "too-complex", f"the page is larger than {_MOST_BYTES} bytes or {_MOST_TAGS} tags"
            )
        sniffed = to_utf8(body, _charset(body, content_type), encoding)
        if not sniffed.body.strip():
            raise ParseError("empty", "the page is empty")
        parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = html.document_fromstring(sniffed.body, parser=parser)
        except (etree.LxmlError, ValueError) as error:
            raise ParseError("malformed", f"the page cannot be read: {error}") from error
        declared = root.find(".//base")
        return Document(
            root,
            url if declared is None else join_base(url, declared.get("href") or ""),
            sniffed.encoding,
            (root.findtext(".//title") or "").strip(),
            root.get("lang") or "",
            sniffed.warnings,
        )

    def items(self, text: str) -> Callable[[Any], list[Any]]:
        select = _selector(text)

        def nodes(root: Any) -> list[Any]:
            # What is inside another item is part of that: each element is looked at for one item alone.
            if found := _outermost(select(root)[: _MOST_ITEMS + 1]):
                return found
            raise ParseError(
                "not-a-feed", f"items ({text}) finds nothing on the page: has its layout changed?"
            )

        return nodes

    def find(self, text: str, field: str = "") -> Find:
        by_attribute = _ATTRIBUTE.fullmatch(text)
        css, attribute = (by_attribute[1].strip(), by_attribute[2].lower()) if by_attribute else (text, "")
        select = _itself if css.strip() in _ITSELF else _selector(css)
        names = (attribute,) if attribute else _MEANT.get(field, ())

        def find(node: Any) -> list[str]:
            found = select(node)[:_MOST_FOUND]
            if field in HTML_FIELDS and not attribute:
                return ["".join(map(_inner, _outermost(found)))] if found else []
            texts = (_value(one, names, only=bool(attribute)) for one in found)
            return [text for text in texts if text]

        return find


LANGUAGE: Final = Html()


def _charset(body: bytes, content_type: str | None) -> str | None:
    """Return a Content-Type with the page's own charset where the header names none."""
    if "charset" in (content_type or "").lower():
        return content_type
    found = _META.search(body[:4096])
    return f"text/html; charset={found[1].decode('ascii')}" if found else content_type


def _itself(node: Any) -> list[Any]:
    return [node]


def _selector(css: str) -> Callable[[Any], list[Any]]:
    try:
        path = LxmlHTMLTranslator().css_to_xpath(css, prefix="descendant::")
        compiled = etree.XPath(path)
    except SelectorError as error:
        place = _PLACE_IN_SELECTOR.search(str(error))
        raise ExpressionError(f"no CSS selector: {error}", int(place[1]) if place else None) from error
    except etree.XPathError as error:
        raise ExpressionError(f"this selector cannot be used: {error}") from error
    return cast("Callable[[Any], list[Any]]", compiled)


def _value(node: Any, names: tuple[str, ...], *, only: bool) -> str:
    for name in names:
        if value := (node.get(name) or "").strip():
            return str(value)
    return "" if only else " ".join("".join(_words(node)).split())


def _words(node: Any) -> Iterator[str]:
    """Yield the text of an element that a reader would see."""
    for event, part in etree.iterwalk(node, events=("start", "end")):
        hidden = part.tag in _HIDDEN
        if event == "start" and not hidden and part.text:
            yield part.text
        elif event == "end" and part is not node and part.tail:
            yield part.tail


def _outermost(found: list[Any]) -> list[Any]:
    chosen = set(found)
    return [one for one in found if chosen.isdisjoint(one.iterancestors())]


def _inner(node: Any) -> str:
    parts = [str(html.tostring(child, encoding="unicode")) for child in node]
    return escape(node.text or "", quote=False) + "".join(parts)
