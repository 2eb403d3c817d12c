"""Inline markup back to HTML text: XHTML content, and HTML that someone forgot to escape."""

from __future__ import annotations

from html import escape

from lxml import etree

from feedhub.parser.names import XML, local_name

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
    if element.text:
        parts.append(escape(element.text, quote=False) if escaped else element.text)
    for child in element:
        name = local_name(child.tag)
        if name:
            parts.append(f"<{name}{_attributes(child)}>")
            if name not in _VOID:
                _append_inner(child, parts, escaped)
                parts.append(f"</{name}>")
        if child.tail:
            parts.append(escape(child.tail, quote=False) if escaped else child.tail)


def _attributes(element: etree._Element) -> str:
    written = ""
    for key, value in element.items():
        name = str(key).replace(XML, "xml:").rpartition("}")[2].lower()
        quoted = escape(str(value), quote=False).replace('"', "&quot;")
        written += f' {name}="{quoted}"'
    if element.tag in _ROOTS:
        namespace = str(element.tag)[1:].partition("}")[0]
        written += f' xmlns="{namespace}"'
    return written
