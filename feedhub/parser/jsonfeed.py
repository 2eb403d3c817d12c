"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1); every field may be missing or of the wrong type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from feedhub.errors import ParseError
from feedhub.model import Enclosure, ParsedFeed, Person, RawEntry
from feedhub.parser.dates import parse_date


def read(body: bytes, url: str = "", timezone: str = "UTC") -> ParsedFeed:
    """Read a JSON Feed; `body` in UTF-8.

    Raises: ParseError `malformed` when it is no JSON, `too-complex` when it nests too deep, `not-a-feed`
        when it is JSON of another kind.
    """
    try:
        document = json.loads(body.decode("utf-8", "replace"))
    except RecursionError as error:
        raise ParseError("too-complex", "the JSON document nests too deep") from error
    except ValueError as error:
        raise ParseError("malformed", f"the document is no valid JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise ParseError("not-a-feed", "the JSON document is no JSON Feed: it has no list of items")
    version = _text(document.get("version"))
    if not version and not any("id" in item or "url" in item for item in _objects(document["items"])):
        raise ParseError("not-a-feed", "the JSON document is no JSON Feed: its items have no id and no url")
    home = _text(document.get("home_page_url"))
    return ParsedFeed(
        format="json11" if version.rstrip("/").endswith("1.1") else "json1",
        title=_text(document.get("title")).strip(),
        link=_absolute(url, home),
        self_url=_absolute(url, document.get("feed_url")),
        subtitle=_text(document.get("description")),
        language=_text(document.get("language")),
        image=_absolute(url, document.get("icon") or document.get("favicon")),
        authors=_authors(document),
        hubs=tuple(
            _absolute(url, hub["url"]) for hub in _objects(document.get("hubs")) if _text(hub.get("url"))
        ),
        entries=tuple(_entry(item, url, timezone) for item in _objects(document["items"])),
        encoding="utf-8",
        warnings=() if "jsonfeed.org/version/1" in version else ("the document names no JSON Feed version",),
    )


def _entry(item: Mapping[str, Any], url: str, timezone: str) -> RawEntry:
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    return RawEntry(
        id=_identifier(item.get("id")),
        link=_absolute(url, link),
        title=_text(item.get("title")).strip(),
        title_type="text",
        summary=_text(item.get("summary")),
        summary_type="text",
        content=html or text,
        content_type="html" if html else "text",
        authors=_authors(item),
        categories=tuple(tag for tag in (_text(one).strip() for one in _list(item.get("tags"))) if tag),
        published=_date(item.get("date_published"), timezone),
        updated=_date(item.get("date_modified"), timezone),
        enclosures=tuple(_attachments(item, url)),
        image=_absolute(url, item.get("image") or item.get("banner_image")),
        language=_text(item.get("language")),
        base=_absolute(url, link) or url,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    # JSON can spell half a surrogate pair, which is no text and cannot be stored.
    return value if value.isascii() else value.encode("utf-8", "ignore").decode("utf-8")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _absolute(url: str, link: object) -> str:
    if not isinstance(link, str) or not link.strip():
        return ""
    try:
        return urljoin(url, link.strip())
    except ValueError:
        return ""


def _identifier(value: object) -> str:
    # 1.1: an id that is a number is to be coerced to a string.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def _authors(owner: Mapping[str, Any]) -> tuple[Person, ...]:
    several = list(_objects(owner.get("authors"))) or list(_objects([owner.get("author")]))
    people = (Person(name=_text(one.get("name")).strip(), uri=_text(one.get("url"))) for one in several)
    return tuple(person for person in people if person != Person())


def _date(value: object, timezone: str) -> datetime | None:
    return parse_date(value, timezone) if isinstance(value, str) else None


def _attachments(item: Mapping[str, Any], url: str) -> Iterator[Enclosure]:
    for one in _objects(item.get("attachments")):
        if link := _absolute(url, one.get("url")):
            yield Enclosure(
                url=link,
                type=_text(one.get("mime_type")),
                length=_whole(one.get("size_in_bytes")),
                title=_text(one.get("title")),
                duration_s=_whole(one.get("duration_in_seconds")),
            )


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        return None
    return int(value)
