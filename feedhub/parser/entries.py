"""One RSS item or Atom entry: which element is taken by whom.

An element counts wherever it stands in the item: media:group and unknown wrappers are looked into. That is
how feedparser reads, and so how publishers write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from feedhub.model import RawEntry
from feedhub.parser import fields, media, places
from feedhub.parser.document import Document
from feedhub.parser.item import Item
from feedhub.parser.names import RDF_ABOUT, is_certain, short_name

Handler = Callable[[Item, etree._Element], bool | None]
"""Takes what an element says; True where the elements inside it are to be taken too."""

# The old name of `list(element)`, which takes less than half the time; what is asked for lives as long as the
# list, so not where there are many.
_children = etree._Element.getchildren  # type: ignore[attr-defined]  # not in the stubs
_DEEPEST: Final = 64
_MANY: Final = 1000


class Declined(Exception):
    """The document is of a kind that this walk does not read; `root` names its root where that is why."""

    def __init__(self, why: str, root: str = "") -> None:
        super().__init__(why)
        self.root = root


def read_item(document: Document, element: etree._Element, handlers: dict[str, Handler]) -> RawEntry:
    """Read one item.

    Args:
        handlers: those of the tags met so far in this document; filled on the way.
    Raises: Declined when another item stands inside it.
    """
    item = Item(document)
    if document.is_rdf and (about := element.get(RDF_ABOUT)):
        item.id = about
    if document.has_lang:
        item.language = document.language_of(element)
    _walk(item, element, handlers)
    return item.entry(element)


def _walk(item: Item, element: etree._Element, handlers: dict[str, Handler]) -> None:
    for child in _children(element) if len(element) <= _MANY else element:
        tag = child.tag
        handler = handlers.get(tag)
        if handler is None:
            handler = _HANDLERS.get(short_name(child), _look_inside)
            if is_certain(tag):
                handlers[tag] = handler
        if handler(item, child) and len(child) and item.depth < _DEEPEST:
            item.depth += 1
            _walk(item, child, handlers)
            item.depth -= 1


def _look_inside(_item: Item, _element: etree._Element) -> bool:
    """Unknown here; what stands inside it may be known."""
    return True


def _skip(_item: Item, _element: etree._Element) -> None:
    """Known, and of no use; nor is what stands inside it."""


def _nested(_item: Item, _element: etree._Element) -> None:
    raise Declined("an item inside an item")


_HANDLERS: Final[dict[str, Handler]] = {
    "item": _nested,
    "entry": _nested,
    "title": fields.take_title,
    "dc:title": fields.take_title,
    "media:title": fields.take_media_title,
    "link": fields.take_link,
    "id": fields.take_id,
    "guid": fields.take_id,
    "description": fields.take_description,
    "dc:description": fields.take_description,
    "media:description": fields.take_description,
    "summary": fields.take_summary,
    "itunes:summary": fields.take_summary,
    "abstract": fields.take_abstract,
    "content": fields.take_content,
    "content:encoded": fields.take_content_encoded,
    "fullitem": fields.take_content_encoded,
    "body": fields.take_body,
    "xhtml:body": fields.take_body,
    "published": fields.take_published,
    "issued": fields.take_published,
    "pubdate": fields.take_published,
    "dcterms:issued": fields.take_published,
    "updated": fields.take_updated,
    "modified": fields.take_updated,
    "lastbuilddate": fields.take_updated,
    "dc:date": fields.take_updated,
    "dcterms:modified": fields.take_updated,
    "created": fields.take_created,
    "dcterms:created": fields.take_created,
    "author": fields.take_author,
    "managingeditor": fields.take_author,
    "dc:creator": fields.take_author,
    "dc:author": fields.take_author,
    "itunes:author": fields.take_author,
    "contributor": _skip,
    "dc:contributor": _skip,
    "itunes:owner": _skip,
    "category": fields.take_category,
    "keywords": fields.take_category,
    "dc:subject": fields.take_category,
    "media:category": fields.take_category,
    "itunes:category": fields.take_itunes_category,
    "itunes:keywords": fields.take_keywords,
    "media:keywords": fields.take_keywords,
    "tags": fields.take_keywords,
    "enclosure": media.take_enclosure,
    "media:content": media.take_media_content,
    "media:thumbnail": media.take_thumbnail,
    "image": media.take_image,
    "source": fields.take_source,
    "comments": fields.take_comments,
    "feedburner:origlink": fields.take_original_link,
    "language": fields.take_language,
    "dc:language": fields.take_language,
    "itunes:duration": media.take_duration,
    "itunes:episode": media.take_fact("episode"),
    "podcast:episode": media.take_fact("episode"),
    "itunes:season": media.take_fact("season"),
    "podcast:season": media.take_fact("season"),
    "itunes:episodetype": media.take_fact("episode_type"),
    "itunes:explicit": media.take_fact("explicit"),
    "itunes:image": media.take_itunes_image,
    "podcast:chapters": media.take_chapters,
    "podcast:transcript": media.take_transcript,
    "psc:chapters": media.take_marks,
    "georss:point": places.take("point"),
    "georss:line": places.take("line"),
    "georss:polygon": places.take("polygon"),
    "georss:box": places.take("box"),
    "gml:pos": places.take_positions,
    "gml:poslist": places.take_positions,
    "gml:lowercorner": places.take_corner,
    "gml:uppercorner": places.take_corner,
    "geo:lat": places.take_coordinate,
    "geo:long": places.take_coordinate,
    "geo:lon": places.take_coordinate,
}
