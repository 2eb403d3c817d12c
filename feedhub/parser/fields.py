"""The elements of an RSS item or Atom entry, and what each of them says.

An element counts wherever it stands in the item: media:group and unknown wrappers are looked into. That is
how feedparser reads, and so how publishers write.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lxml import etree

from feedhub.model import Enclosure, RawEntry, Transcript
from feedhub.parser.document import Document
from feedhub.parser.item import Item
from feedhub.parser.names import RDF_ABOUT, short_name
from feedhub.parser.people import read_person
from feedhub.parser.values import seconds, whole_number

Handler = Callable[[Item, etree._Element], bool | None]
"""Takes what an element says; True where the elements inside it are to be taken too."""

_DEEPEST: Final = 64
_MOST_SECONDS: Final = 8
_HTML_TYPES = frozenset(("text/html", "html", "xhtml", "application/xhtml+xml"))
_CUT_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


class Declined(Exception):
    """The document is of a kind that this walk does not read; `root` names its root where that is why."""

    def __init__(self, why: str, root: str = "") -> None:
        super().__init__(why)
        self.root = root


def read_item(document: Document, element: etree._Element, known: dict[str, Handler]) -> RawEntry:
    """Read one item.

    Args:
        known: the handlers of the tags met so far in this document; filled on the way.
    Raises: Declined when another item stands inside it.
    """
    item = Item(document)
    if document.is_rdf and (about := element.get(RDF_ABOUT)):
        item.id = about
    if document.has_lang:
        item.language = document.language_of(element)
    _walk(item, element, known)
    return item.entry(element)


def _walk(item: Item, element: etree._Element, known: dict[str, Handler]) -> None:
    for child in element:
        tag = child.tag
        handler = known.get(tag)
        if handler is None:
            handler = known[tag] = _HANDLERS.get(short_name(child), _look_inside)
        if handler(item, child) and len(child) and item.depth < _DEEPEST:
            item.depth += 1
            _walk(item, child, known)
            item.depth -= 1


def _look_inside(_item: Item, _element: etree._Element) -> bool:
    """Unknown here; what stands inside it may be known."""
    return True


def _skip(_item: Item, _element: etree._Element) -> None:
    """Known, and of no use; nor is what stands inside it."""


def _nested(_item: Item, _element: etree._Element) -> None:
    raise Declined("an item inside an item")


def _title(item: Item, element: etree._Element) -> None:
    value, kind = item.document.construct(element, "text")
    if 0 < item.title_depth <= item.depth:
        return
    if item.claims("title"):
        item.title, item.title_kind = value, kind
    if value:
        item.title_depth = item.depth


def _media_title(item: Item, element: etree._Element) -> None:
    if not 0 < item.title_depth <= item.depth:
        value, kind = item.document.construct(element, "text")
        if item.claims("title"):
            item.title, item.title_kind = value, kind


def _link(item: Item, element: etree._Element) -> None:
    href = element.get("href") or element.get("url") or element.get("uri")
    if href is None:
        text = item.document.clean(element.text)
        if "&" in text:
            # `?a=1&b=2` that went through a generator as an entity: `?a=1&b;=2`.
            text = _CUT_REFERENCE.sub(r"&\g<1>", text.replace("&amp;", "&"))
        item.link = item.document.link(element, text)
        return
    relation = (element.get("rel") or "alternate").lower()
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


def _id(item: Item, element: etree._Element) -> None:
    value = item.document.clean(element.text)
    if item.claims("id"):
        item.id = value
    if (
        item.link is None
        and (element.get("isPermaLink") or _attribute(element, "ispermalink", "true")) == "true"
    ):
        item.link = item.document.link(element, value)


def _description(item: Item, element: etree._Element) -> None:
    _take_summary(item, element, "html")


def _summary(item: Item, element: etree._Element) -> None:
    _take_summary(item, element, "text")


def _take_summary(item: Item, element: etree._Element, default: str) -> None:
    value, kind = item.document.construct(element, default)
    if item.summary is not None and not item.has_content:
        if item.depth <= item.depths["summary"]:
            item.seconds = [*(item.seconds or ()), (value, kind)][-_MOST_SECONDS:]
    elif item.claims("summary"):
        item.summary, item.summary_kind = value, kind


def _abstract(item: Item, element: etree._Element) -> None:
    value, kind = item.document.construct(element, "text")
    if item.claims("summary"):
        item.summary, item.summary_kind = value, kind


def _content(item: Item, element: etree._Element) -> None:
    item.has_content = True
    item.add_content(*item.document.construct(element, "text"), element)


def _content_encoded(item: Item, element: etree._Element) -> None:
    item.has_content = True
    item.add_content(*item.document.construct(element, "html"), element)


def _body(item: Item, element: etree._Element) -> None:
    item.add_content(*item.document.construct(element, "xhtml"), element)


def _published(item: Item, element: etree._Element) -> None:
    item.published = item.document.date(element) or item.published


def _updated(item: Item, element: etree._Element) -> None:
    item.updated = item.document.date(element) or item.updated


def _created(item: Item, element: etree._Element) -> None:
    item.created = item.document.date(element) or item.created


def _author(item: Item, element: etree._Element) -> None:
    person = read_person(item.document, element)
    if person is not None:
        if item.authors is None:
            item.authors = []
        item.authors.append(person)


def _category(item: Item, element: etree._Element) -> None:
    text = item.document.clean(element.text)
    attributes = element.attrib
    if not attributes:
        item.add_category(text)
        return
    term = attributes.get("term") or ""
    scheme = attributes.get("scheme") or attributes.get("domain") or ""
    label = attributes.get("label") or ""
    if term:
        item.add_category(term, scheme, label)
        item.add_category(text)
    else:
        item.add_category(text, scheme, label)


def _itunes_category(item: Item, element: etree._Element) -> bool:
    item.add_category(element.get("text") or "", "itunes")
    return True


def _keywords(item: Item, element: etree._Element) -> None:
    for term in item.document.clean(element.text).split(","):
        item.add_category(term.strip(), element.prefix or "")


def _enclosure(item: Item, element: etree._Element) -> None:
    url = element.get("url") or element.get("href") or element.get("uri")
    if url:
        item.add_enclosure(
            Enclosure(
                item.document.link(element, url),
                (element.get("type") or "").lower(),
                whole_number(element.get("length")),
                element.get("title") or "",
            )
        )


def _media_content(item: Item, element: etree._Element) -> bool:
    url = element.get("url")
    if url:
        _take_media(item, element, url)
    return True


def _take_media(item: Item, element: etree._Element, url: str) -> None:
    kind, medium = (element.get("type") or "").lower(), (element.get("medium") or "").lower()
    link = item.document.link(element, url)
    if medium == "image" or kind.startswith("image/"):
        if "gravatar.com/avatar" not in link:  # WordPress: the author's face, not the entry's picture
            item.image = item.image or link
    elif medium in ("audio", "video") or kind.startswith(("audio/", "video/")):
        if item.media is None:
            item.media = {}
        item.media.setdefault(
            link,
            Enclosure(
                link,
                kind,
                whole_number(element.get("fileSize")),
                duration_s=seconds(element.get("duration")),
            ),
        )


def _thumbnail(item: Item, element: etree._Element) -> None:
    if not item.thumbnail:
        item.thumbnail = item.document.link(element, element.get("url") or element.text)


def _image(item: Item, element: etree._Element) -> None:
    if item.image:
        return
    found = element.get("href") or element.get("url")
    for child in element:
        if not found and short_name(child) == "url":
            found = child.text
    item.image = item.document.link(element, found)


def _source(item: Item, element: etree._Element) -> None:
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


def _comments(item: Item, element: etree._Element) -> None:
    if item.claims("comments"):
        item.comments = item.document.link(element, item.document.clean(element.text))


def _original_link(item: Item, element: etree._Element) -> None:
    item.canonical = item.document.link(element, item.document.clean(element.text))


def _language(item: Item, element: etree._Element) -> None:
    item.language = item.document.clean(element.text)


def _fact(name: str) -> Handler:
    def take(item: Item, element: etree._Element) -> None:
        item.add_fact(name, item.document.clean(element.text))

    return take


def _duration(item: Item, element: etree._Element) -> None:
    found = seconds(element.text)
    if found is not None:
        item.add_fact("duration_s", str(found))


def _itunes_image(item: Item, element: etree._Element) -> None:
    link = item.document.link(element, element.get("href") or element.get("url"))
    item.add_fact("image", link)
    item.image = item.image or link


def _chapters(item: Item, element: etree._Element) -> None:
    item.add_fact("chapters", item.document.link(element, element.get("url")))


def _transcript(item: Item, element: etree._Element) -> None:
    if url := item.document.link(element, element.get("url")):
        if item.transcripts is None:
            item.transcripts = []
        item.transcripts.append(
            Transcript(url, (element.get("type") or "").lower(), element.get("language") or "")
        )


def _attribute(element: etree._Element, name: str, default: str) -> str:
    return next((str(value) for key, value in element.items() if str(key).lower() == name), default)


_HANDLERS: Final[dict[str, Handler]] = {
    "item": _nested,
    "entry": _nested,
    "title": _title,
    "dc:title": _title,
    "media:title": _media_title,
    "link": _link,
    "id": _id,
    "guid": _id,
    "description": _description,
    "dc:description": _description,
    "media:description": _description,
    "summary": _summary,
    "itunes:summary": _summary,
    "abstract": _abstract,
    "content": _content,
    "content:encoded": _content_encoded,
    "fullitem": _content_encoded,
    "body": _body,
    "xhtml:body": _body,
    "published": _published,
    "issued": _published,
    "pubdate": _published,
    "dcterms:issued": _published,
    "updated": _updated,
    "modified": _updated,
    "lastbuilddate": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "created": _created,
    "dcterms:created": _created,
    "author": _author,
    "managingeditor": _author,
    "dc:creator": _author,
    "dc:author": _author,
    "itunes:author": _author,
    "contributor": _skip,
    "dc:contributor": _skip,
    "itunes:owner": _skip,
    "category": _category,
    "keywords": _category,
    "dc:subject": _category,
    "media:category": _category,
    "itunes:category": _itunes_category,
    "itunes:keywords": _keywords,
    "media:keywords": _keywords,
    "tags": _keywords,
    "enclosure": _enclosure,
    "media:content": _media_content,
    "media:thumbnail": _thumbnail,
    "image": _image,
    "source": _source,
    "comments": _comments,
    "feedburner:origlink": _original_link,
    "language": _language,
    "dc:language": _language,
    "itunes:duration": _duration,
    "itunes:episode": _fact("episode"),
    "podcast:episode": _fact("episode"),
    "itunes:season": _fact("season"),
    "podcast:season": _fact("season"),
    "itunes:episodetype": _fact("episode_type"),
    "itunes:explicit": _fact("explicit"),
    "itunes:image": _itunes_image,
    "podcast:chapters": _chapters,
    "podcast:transcript": _transcript,
}
