"""A story's body as a page shows it.

What is stored is safe already. Here it is made to fit: it loads nothing from elsewhere unless the owner says
so, its headings rank below the page's, what is wide scrolls by itself, and lists are lists.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from lxml.html import HtmlElement
from markupsafe import Markup

from feedhub.generator import text

_ATTRIBUTES = frozenset(
    """alt colspan datetime dir height href lang open reversed rowspan scope src start title value
    width""".split()
)
_PLAIN_BLOCKS = frozenset("article aside footer header hgroup main samp section".split())
_NEVER = frozenset("script style iframe object embed form svg math template link meta base".split())
_LINK_SCHEMES = ("http", "https", "mailto", "tel")
_MEDIA = {"img": "Image", "video": "Video", "audio": "Audio"}


def page_content(markup: str, *, remote_images: bool = False) -> Markup:
    """Return safe HTML fit to stand inside a page.

    Images, films and sounds become links to them; with `remote_images` images stay, loaded late and without a
    referrer.
    """
    if not markup or markup.isspace():
        return Markup()
    try:
        root = lxml.html.fragment_fromstring(text.legal(markup), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Markup("<p>") + text.line(markup) + Markup("</p>")
    for element in list(root.iter()):
        if element.getparent() is None:
            # The whole, or what was inside of a film and went with it.
            continue
        if not isinstance(element.tag, str) or element.tag in _NEVER:
            element.drop_tree()
        elif element.tag in _MEDIA and not (element.tag == "img" and remote_images):
            _link_instead(element)
    for element in list(root.iter(etree.Element)):
        if element is not root:
            _fit(element)
    inner = text.escaped(root.text or "") + "".join(
        etree.tostring(child, encoding="unicode", method="html") for child in root
    )
    return Markup(inner.strip())  # noqa: S704 - nh3 made it safe when it was stored


def _fit(element: HtmlElement) -> None:
    parent = element.getparent()
    above = parent.tag if parent is not None else ""
    tag = element.tag
    if tag in ("source", "picture"):
        element.drop_tag()
        return
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or (name == "lang" and not text.language(value)):
            del element.attrib[name]
    if tag in _PLAIN_BLOCKS:
        element.tag = "div"
    elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
        element.tag = f"h{min(int(tag[1]) + 1, 6)}"
    elif tag == "a":
        _fit_link(element)
    elif tag == "img":
        alt = element.get("alt", "")
        element.attrib.update({"alt": alt, "loading": "lazy", "referrerpolicy": "no-referrer"})
    elif tag in ("pre", "table"):
        _let_scroll(element)
    elif _is_loose(element, above):
        element.tag = "div"
    elif tag in ("ul", "ol"):
        for child in element:
            child.tag = "li"


def _is_loose(element: HtmlElement, above: str) -> bool:
    """Return whether an element is an item outside of a list, or a list of other things."""
    match element.tag:
        case "li":
            return above not in ("ul", "ol")
        case "dt" | "dd":
            return above != "dl"
        case "dl":
            return any(child.tag not in ("dt", "dd") for child in element)
    return False


def _fit_link(link: HtmlElement) -> None:
    href = link.get("href", "")
    if urlsplit_scheme(href) not in _LINK_SCHEMES or not (link.text_content().strip() or len(link)):
        link.drop_tag()
        return
    link.set("rel", "noopener nofollow ugc")


def urlsplit_scheme(href: str) -> str:
    """Return the scheme of an address; empty if it has none or is none."""
    try:
        return urlsplit(href.strip()).scheme.lower()
    except ValueError:
        return ""


def _link_instead(media: HtmlElement) -> None:
    """Put a link to a picture, film or sound in its place; inside of a link, its name alone."""
    sources = [media.get("src", ""), *(source.get("src", "") for source in media.iter("source"))]
    address = next(filter(None, map(text.address, sources)), "")
    name = text.excerpt(text.line(media.get("alt") or media.get("title") or ""), 120)
    label = f"{_MEDIA[media.tag]}: {name}" if name else _MEDIA[media.tag]
    linked = any(above.tag == "a" for above in media.iterancestors())
    if not address:
        media.drop_tree()
        return
    tail = media.tail
    for child in list(media):
        media.remove(child)
    media.attrib.clear()
    media.tag = "span" if linked else "a"
    if not linked:
        media.set("href", address)
    media.text = label
    # A picture stood apart from the words beside it.
    media.tail = f" {tail}" if tail and not tail[0].isspace() else tail


def _let_scroll(wide: HtmlElement) -> None:
    """Have what may be wider than a phone scroll by itself, by keyboard too."""
    parent = wide.getparent()
    if parent is None:
        return
    if wide.tag == "pre":
        wide.set("tabindex", "0")
        return
    frame = lxml.html.Element("div")
    frame.attrib.update({"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Table"})
    frame.tail, wide.tail = wide.tail, None
    parent.replace(wide, frame)
    frame.append(wide)
