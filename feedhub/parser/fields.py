"""What the elements of an item say: its titles, links, texts, dates, people and categories."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from feedhub.model import Enclosure
from feedhub.parser.item import Item
from feedhub.parser.names import short_name
from feedhub.parser.people import read_person
from feedhub.parser.values import whole_number

_MOST_SECONDS: Final = 8
_HTML_TYPES = frozenset(("text/html", "html", "xhtml", "application/xhtml+xml"))
_CUT_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


def take_title(item: Item, element: etree._Element) -> None:
    if 0 < item.title_depth <= item.depth:
        return
    value, kind = item.document.construct(element, "text")
    if item.claims("title"):
        item.title, item.title_kind = value, kind
    if value:
        item.title_depth = item.depth


def take_media_title(item: Item, element: etree._Element) -> None:
    if not 0 < item.title_depth <= item.depth:
        value, kind = item.document.construct(element, "text")
        if item.claims("title"):
            item.title, item.title_kind = value, kind


def take_link(item: Item, element: etree._Element) -> None:
    href = relation = None
    if element.keys():  # RSS has none, and there are many of them
        href = element.get("href") or element.get("url") or element.get("uri")
        relation = element.get("rel")
    relation = relation.lower() if relation else "alternate"
    if href is None:
        if relation != "alternate":
            return
        text = item.document.clean(element.text)
        if "&" in text:
            # `?a=1&b=2` that went through a generator as an entity: `?a=1&b;=2`.
            text = _CUT_REFERENCE.sub(r"&\g<1>", text.replace("&amp;", "&"))
        item.link = item.document.link(element, text)
        return
    if relation == "alternate":
        if (element.get("type") or "text/html").lower() in _HTML_TYPES:
            item.link = item.document.link(element, href)
    elif relation == "enclosure":
        item.add_enclosure(
            Enclosure(
                item.document.link(element, href),
                (element.get("type") or "text/html").lower(),
                whole_number(element.get("length")),
                element.get("title") or "",
            )
        )


def take_id(item: Item, element: etree._Element) -> None:
    value = item.document.clean(element.text)
    if item.claims("id"):
        item.id = value
    if item.link is None and (not element.keys() or _is_permalink(element)):
        item.link = item.document.link(element, value)


def _is_permalink(element: etree._Element) -> bool:
    return all(value == "true" for name, value in element.items() if str(name).lower() == "ispermalink")


def take_description(item: Item, element: etree._Element) -> None:
    _summary_or_body(item, element, "html")


def take_summary(item: Item, element: etree._Element) -> None:
    _summary_or_body(item, element, "text")


def _summary_or_body(item: Item, element: etree._Element, default: str) -> None:
    value, kind = item.document.construct(element, default)
    if item.summary is not None and not item.has_content:
        if item.depth <= item.depths["summary"]:
            item.seconds = [*(item.seconds or ()), (value, kind)][-_MOST_SECONDS:]
    elif item.claims("summary"):
        item.summary, item.summary_kind = value, kind


def take_abstract(item: Item, element: etree._Element) -> None:
    value, kind = item.document.construct(element, "text")
    if item.claims("summary"):
        item.summary, item.summary_kind = value, kind


def take_content(item: Item, element: etree._Element) -> None:
    item.has_content = True
    item.add_content(*item.document.construct(element, "text"), element)


def take_content_encoded(item: Item, element: etree._Element) -> None:
    item.has_content = True
    item.add_content(*item.document.construct(element, "html"), element)


def take_body(item: Item, element: etree._Element) -> None:
    item.add_content(*item.document.construct(element, "xhtml"), element)


def take_published(item: Item, element: etree._Element) -> None:
    item.published = item.document.date(element) or item.published


def take_updated(item: Item, element: etree._Element) -> None:
    item.updated = item.document.date(element) or item.updated


def take_created(item: Item, element: etree._Element) -> None:
    item.created = item.document.date(element) or item.created


def take_author(item: Item, element: etree._Element) -> None:
    person = read_person(item.document, element)
    if person is not None:
        if item.authors is None:
            item.authors = []
        item.authors.append(person)


def take_category(item: Item, element: etree._Element) -> None:
    text = item.document.clean(element.text)
    if not element.keys():
        item.add_category(text)
        return
    term = element.get("term")
    scheme = element.get("scheme") or element.get("domain") or ""
    label = element.get("label") or ""
    if term:
        item.add_category(term, scheme, label)
        if text:
            item.add_category(text)
    else:
        item.add_category(text, scheme, label)


def take_itunes_category(item: Item, element: etree._Element) -> bool:
    item.add_category(element.get("text") or "", "itunes")
    return True


def take_keywords(item: Item, element: etree._Element) -> None:
    for term in item.document.clean(element.text).split(","):
        item.add_category(term.strip(), element.prefix or "")


def take_source(item: Item, element: etree._Element) -> None:
    document = item.document
    item.source_url = document.link(element, element.get("url"))
    if not len(element):
        item.source_title = document.clean(element.text)
        return
    page = ""
    for child in element:
        name, relation = short_name(child), child.get("rel") or "alternate"
        if name == "title":
            item.source_title = document.construct(child, "text")[0]
        elif name == "link" and relation == "self":
            item.source_url = document.link(child, child.get("href"))
        elif name == "link" and relation == "alternate":
            page = document.link(child, child.get("href") or child.text)
    item.source_url = item.source_url or page


def take_comments(item: Item, element: etree._Element) -> None:
    if item.claims("comments"):
        item.comments = item.document.link(element, item.document.clean(element.text))


def take_original_link(item: Item, element: etree._Element) -> None:
    item.canonical = item.document.link(element, item.document.clean(element.text))


def take_language(item: Item, element: etree._Element) -> None:
    item.language = item.document.clean(element.text)
