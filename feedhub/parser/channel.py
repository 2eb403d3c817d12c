"""The feed round the items: what a channel, an Atom feed or an RDF document says about itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from feedhub.model import ParsedFeed, Person, RawEntry
from feedhub.parser.document import Document
from feedhub.parser.entries import Declined, read_item
from feedhub.parser.entries import Handler as ItemHandler
from feedhub.parser.names import XML_LANG, short_name
from feedhub.parser.people import read_person
from feedhub.parser.values import hour, minutes, update_period, weekday

_DEEPEST: Final = 32
_HTML_TYPES = frozenset(("text/html", "html", "xhtml", "application/xhtml+xml"))


def read_channel(document: Document, root: etree._Element, format: str, encoding: str) -> ParsedFeed:
    """Read a whole document from its root.

    Raises: Declined when its items nest.
    """
    channel = _Channel(document)
    channel.language = (root.get(XML_LANG) or root.get("lang") or "").replace("_", "-")
    if short_name(root) == "entry":
        channel.entries.append(read_item(document, root, channel.handlers))
    else:
        _walk(channel, root, 0)
    return ParsedFeed(
        format=format,
        title=channel.title,
        link=channel.link,
        self_url=channel.self_url,
        subtitle=channel.subtitle or channel.summary,
        language=channel.language,
        image=channel.image or channel.itunes_image or channel.icon,
        generator=channel.generator,
        rights=channel.rights,
        authors=tuple(channel.authors),
        categories=tuple(dict.fromkeys(channel.categories)),
        updated=channel.updated or channel.published,
        ttl=channel.ttl,
        update_period=update_period(channel.period, channel.frequency),
        skip_hours=frozenset(channel.skip_hours),
        skip_days=frozenset(channel.skip_days),
        hubs=tuple(dict.fromkeys(channel.hubs)),
        entries=tuple(channel.entries),
        encoding=encoding,
    )


class _Channel:
    """What has been found so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.title = self.link = self.self_url = self.subtitle = self.summary = self.language = ""
        self.image = self.itunes_image = self.icon = self.generator = self.rights = ""
        self.authors: list[Person] = []
        self.categories: list[str] = []
        self.updated: datetime | None = None
        self.published: datetime | None = None
        self.ttl: timedelta | None = None
        self.period = self.frequency = ""
        self.skip_hours: list[int] = []
        self.skip_days: list[int] = []
        self.hubs: list[str] = []
        self.entries: list[RawEntry] = []
        self.handlers: dict[str, ItemHandler] = {}


def _walk(channel: _Channel, element: etree._Element, depth: int) -> None:
    # One look at the tag decides for the many: items come by the hundred, everything else once.
    item_tag = ""
    document, handlers, add = channel.document, channel.handlers, channel.entries.append
    for child in element:
        if child.tag == item_tag:
            add(read_item(document, child, handlers))
            continue
        name = short_name(child)
        if name in ("item", "entry"):
            item_tag = str(child.tag)
            channel.entries.append(read_item(channel.document, child, channel.handlers))
            continue
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(channel, child)
        elif len(child) and not name.startswith(("podcast:", "itunes:")):
            if depth >= _DEEPEST:
                raise Declined("elements nest too deep")
            _walk(channel, child, depth + 1)


def _title(channel: _Channel, element: etree._Element) -> None:
    channel.title = channel.title or channel.document.construct(element, "text")[0]


def _link(channel: _Channel, element: etree._Element) -> None:
    document = channel.document
    href = element.get("href")
    relation = (element.get("rel") or "alternate").lower()
    if href is None:
        channel.link = document.link(element, document.clean(element.text)) or channel.link
    elif relation == "alternate" and (element.get("type") or "text/html").lower() in _HTML_TYPES:
        channel.link = document.link(element, href)
    elif relation == "self":
        channel.self_url = channel.self_url or document.link(element, href)
    elif relation == "hub":
        channel.hubs.append(document.link(element, href))


def _subtitle(channel: _Channel, element: etree._Element) -> None:
    channel.subtitle = channel.subtitle or channel.document.construct(element, "html")[0]


def _summary(channel: _Channel, element: etree._Element) -> None:
    channel.summary = channel.summary or channel.document.construct(element, "text")[0]


def _language(channel: _Channel, element: etree._Element) -> None:
    channel.language = channel.document.clean(element.text) or channel.language


def _image(channel: _Channel, element: etree._Element) -> None:
    for child in element:
        if short_name(child) == "url":
            channel.image = channel.document.link(child, child.text) or channel.image


def _itunes_image(channel: _Channel, element: etree._Element) -> None:
    channel.itunes_image = channel.document.link(element, element.get("href") or element.get("url"))


def _logo(channel: _Channel, element: etree._Element) -> None:
    channel.image = channel.document.link(element, element.text)


def _icon(channel: _Channel, element: etree._Element) -> None:
    channel.icon = channel.document.link(element, element.text)


def _generator(channel: _Channel, element: etree._Element) -> None:
    channel.generator = channel.document.text(element)


def _rights(channel: _Channel, element: etree._Element) -> None:
    channel.rights = channel.document.construct(element, "text")[0]


def _author(channel: _Channel, element: etree._Element) -> None:
    person = read_person(channel.document, element)
    if person is not None:
        channel.authors.append(person)


def _category(channel: _Channel, element: etree._Element) -> None:
    term = element.get("term") or element.get("text") if element.keys() else None
    term = term or channel.document.clean(element.text)
    if term:
        channel.categories.append(term)
    for child in element if len(element) else ():
        if short_name(child) == "itunes:category":
            _category(channel, child)


def _keywords(channel: _Channel, element: etree._Element) -> None:
    words = channel.document.clean(element.text).split(",")
    channel.categories.extend(word.strip() for word in words if word.strip())


def _updated(channel: _Channel, element: etree._Element) -> None:
    channel.updated = channel.document.date(element) or channel.updated


def _published(channel: _Channel, element: etree._Element) -> None:
    channel.published = channel.document.date(element) or channel.published


def _ttl(channel: _Channel, element: etree._Element) -> None:
    channel.ttl = minutes(element.text)


def _period(channel: _Channel, element: etree._Element) -> None:
    channel.period = channel.document.clean(element.text)


def _frequency(channel: _Channel, element: etree._Element) -> None:
    channel.frequency = channel.document.clean(element.text)


def _skip_hours(channel: _Channel, element: etree._Element) -> None:
    for child in element:
        if (found := hour(child.text or "")) is not None:
            channel.skip_hours.append(found)


def _skip_days(channel: _Channel, element: etree._Element) -> None:
    for child in element:
        if (found := weekday(child.text or "")) is not None:
            channel.skip_days.append(found)


def _skip(_channel: _Channel, _element: etree._Element) -> None:
    """Known, and of no use."""


_HANDLERS: Final[dict[str, Callable[[_Channel, etree._Element], None]]] = {
    "title": _title,
    "dc:title": _title,
    "link": _link,
    "description": _subtitle,
    "dc:description": _subtitle,
    "subtitle": _subtitle,
    "tagline": _subtitle,
    "itunes:summary": _summary,
    "itunes:subtitle": _summary,
    "language": _language,
    "dc:language": _language,
    "image": _image,
    "textinput": _skip,
    "itunes:image": _itunes_image,
    "itunes:owner": _skip,
    "logo": _logo,
    "icon": _icon,
    "generator": _generator,
    "rights": _rights,
    "copyright": _rights,
    "dc:rights": _rights,
    "author": _author,
    "managingeditor": _author,
    "dc:creator": _author,
    "itunes:author": _author,
    "contributor": _skip,
    "category": _category,
    "dc:subject": _category,
    "itunes:category": _category,
    "itunes:keywords": _keywords,
    "updated": _updated,
    "modified": _updated,
    "lastbuilddate": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "pubdate": _published,
    "published": _published,
    "ttl": _ttl,
    "sy:updateperiod": _period,
    "sy:updatefrequency": _frequency,
    "skiphours": _skip_hours,
    "skipdays": _skip_days,
}
