"""What an item brings along: enclosures, pictures, films, and what a podcast says of an episode."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from feedhub.model import Chapter, Enclosure, Transcript
from feedhub.parser.item import Item
from feedhub.parser.names import short_name
from feedhub.parser.values import milliseconds, seconds, whole_number


def take_enclosure(item: Item, element: etree._Element) -> None:
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


def take_media_content(item: Item, element: etree._Element) -> bool:
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


def take_thumbnail(item: Item, element: etree._Element) -> None:
    if not item.thumbnail:
        item.thumbnail = item.document.link(element, element.get("url") or element.text)


def take_image(item: Item, element: etree._Element) -> None:
    if item.image:
        return
    found = element.get("href") or element.get("url")
    for child in element:
        if not found and short_name(child) == "url":
            found = child.text
    item.image = item.document.link(element, found)


def take_fact(name: str) -> Callable[[Item, etree._Element], None]:
    def take(item: Item, element: etree._Element) -> None:
        item.add_fact(name, item.document.clean(element.text))

    return take


def take_duration(item: Item, element: etree._Element) -> None:
    found = seconds(element.text)
    if found is not None:
        item.add_fact("duration_s", str(found))


def take_itunes_image(item: Item, element: etree._Element) -> None:
    link = item.document.link(element, element.get("href") or element.get("url"))
    item.add_fact("image", link)
    item.image = item.image or link


def take_chapters(item: Item, element: etree._Element) -> None:
    item.add_fact("chapters", item.document.link(element, element.get("url")))


def take_transcript(item: Item, element: etree._Element) -> None:
    if url := item.document.link(element, element.get("url")):
        if item.transcripts is None:
            item.transcripts = []
        item.transcripts.append(
            Transcript(url, (element.get("type") or "").lower(), element.get("language") or "")
        )


def take_marks(item: Item, element: etree._Element) -> None:
    if item.marks:
        return
    document = item.document
    marks = []
    for child in element:
        start_ms, title = milliseconds(child.get("start")), document.clean(child.get("title"))
        if start_ms is not None and title and short_name(child) == "psc:chapter":
            url, image = document.link(child, child.get("href")), document.link(child, child.get("image"))
            marks.append(Chapter(start_ms, title, url, image))
    item.marks = tuple(marks)
