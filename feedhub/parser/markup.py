"""Inline markup back to HTML text: XHTML content, and HTML that someone forgot to escape."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from lxml import etree

from feedhub.parser.names import LONGEST_KEPT, XML, local_name

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_ROOTS = {"{http://www.w3.org/2000/svg}svg", "{http://www.w3.org/1998/Math/MathML}math"}


def inner_html(element: etree._Element, *, unwrap_div: bool, escaped: bool = True) -> str:
    """Serialise what is inside an element as HTML, namespaces and prefixes dropped.

    Args:
        unwrap_div: leave out a single div round everything (RFC 4287 section 3.1.1.3).
        escaped: whether `<` in the text is a character; else it is markup, some of which was not escaped.
    """
    if unwrap_div and len(element) == 1 and not (element.text or "").strip():
        child = element[0]
        if local_name(child.tag) == "div" and not (child.tail or "").strip():
            element = child
    parts: list[str] = []
    _append_inner(element, parts, escaped)
    return "".join(parts)


def _append_inner(element: etree._Element, parts: list[str], escaped: bool) -> None:
    text = element.text
    if text:
        parts.append(escape(text, quote=False) if escaped else text)
    for child in element:
        start, finish, end = _tags(child.tag)
        if start:
            parts.append(start + _attributes(child) + finish)
            if end:
                _append_inner(child, parts, escaped)
                parts.append(end)
        text = child.tail
        if text:
            parts.append(escape(text, quote=False) if escaped else text)


def _tags(tag: object) -> tuple[str, str, str]:
    """Return what comes before and after an element's attributes, and its end tag: empty where it has none.

    All are empty for what is no element.
    """
    if not isinstance(tag, str):
        return "", "", ""
    return _known_tags(tag) if len(tag) <= LONGEST_KEPT else _known_tags.__wrapped__(tag)


@lru_cache(maxsize=2048)
def _known_tags(tag: str) -> tuple[str, str, str]:
    name = local_name(tag)
    namespace = f' xmlns="{tag[1:].partition("}")[0]}"' if tag in _ROOTS else ""
    return f"<{name}", f"{namespace}>", "" if name in _VOID else f"</{name}>"


def _attributes(element: etree._Element) -> str:
    written = ""
    for key, value in element.items():
        name = str(key)
        name = name.replace(XML, "xml:").rpartition("}")[2].lower() if name[0] == "{" else name.lower()
        quoted = escape(str(value), quote=False).replace('"', "&quot;")
        written += f' {name}="{quoted}"'
    return written
