"""feedparser's answer in our own types: the slow path's last step, and the reference tests compare with."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from feedhub.errors import ParseError
from feedhub.model import Chapter, Enclosure, ParsedFeed, Person, Podcast, RawEntry, Transcript
from feedhub.parser.values import milliseconds, minutes, seconds, whole_number

_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_CDF = re.compile(rb"\s*(?:<[?!][^>]*>\s*)*<channel\b", re.IGNORECASE)


def read(
    body: bytes, content_type: str | None = None, url: str = "", encoding: str | None = None
) -> ParsedFeed:
    """Run feedparser over one document, in this very process: nothing bounds its time or memory here.

    Args:
        encoding: the charset to report; feedparser's own finding otherwise.
    Raises: ParseError `not-a-feed` when it recognises no format and finds no entry.
    """
    headers = {"content-type": content_type} if content_type else {}
    # Bytes as such would be taken for a path or a URL when they spell one.
    result = feedparser.parse(
        BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not result.entries and not result.get("version") and not _CDF.match(_COMMENT.sub(b"", body[:65536])):
        raise ParseError("not-a-feed", "the document is not a feed: no RSS, Atom, RDF or CDF in it")
    return from_feedparser(result, url, encoding)


def from_feedparser(result: Mapping[str, Any], url: str = "", encoding: str | None = None) -> ParsedFeed:
    """Convert a FeedParserDict; links are resolved against `url`."""
    feed = result["feed"]
    links: Sequence[Mapping[str, Any]] = feed.get("links", [])
    warnings: list[str] = []
    if result.get("bozo"):
        warnings.append(f"not well-formed: {result.get('bozo_exception')}")
    return ParsedFeed(
        format=result.get("version") or "cdf",
        title=_text(feed.get("title")),
        link=_absolute(url, feed.get("link")),
        self_url=_absolute(url, _first_href(links, "self")),
        subtitle=_text(feed.get("subtitle")),
        language=_text(feed.get("language")),
        image=_absolute(url, _image(feed)),
        generator=_text(feed.get("generator")),
        rights=_text(feed.get("rights")),
        authors=_people(feed.get("authors", [])),
        categories=_terms(feed.get("tags", [])),
        updated=_instant(feed, "updated_parsed") or _instant(feed, "published_parsed"),
        ttl=minutes(_text(feed.get("ttl"))),
        hubs=tuple(_absolute(url, link.get("href")) for link in links if link.get("rel") == "hub"),
        entries=tuple(_entry(entry, url) for entry in result["entries"]),
        encoding=encoding or _text(result.get("encoding")),
        warnings=tuple(warnings),
    )


def _entry(entry: Mapping[str, Any], url: str) -> RawEntry:
    content, content_type, base = "", "html", url
    for part in entry.get("content", [])[:1]:
        content, content_type = _text(part.get("value")), _kind(part)
        base = _absolute(url, part.get("base"))
    summary, detail = _text(entry.get("summary")), entry.get("summary_detail")
    if content and not detail:
        summary = ""  # feedparser copies the content when there is no summary
    source = entry.get("source") or {}
    return RawEntry(
        id=_text(entry.get("id")),
        link=_absolute(url, entry.get("link")),
        title=_text(entry.get("title")),
        title_type=_kind(entry.get("title_detail") or {}),
        summary=summary,
        summary_type=_kind(detail or {}),
        content=content,
        content_type=content_type,
        authors=_people(entry.get("authors", [])),
        categories=_terms(entry.get("tags", [])),
        published=_instant(entry, "published_parsed") or _instant(entry, "created_parsed"),
        updated=_instant(entry, "updated_parsed"),
        enclosures=_enclosures(entry, url),
        image=_absolute(url, _image(entry)),
        language=_text(entry.get("language")),
        comments=_absolute(url, entry.get("comments")),
        canonical=_absolute(url, entry.get("feedburner_origlink")),
        source_title=_text(source.get("title")),
        source_url=_absolute(url, source.get("href") or source.get("link")),
        podcast=_podcast(entry, url),
        base=base,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _absolute(url: str, link: object) -> str:
    if not isinstance(link, str) or not link:
        return ""
    try:
        return urljoin(url, link) if url else link
    except ValueError:
        return link


def _kind(detail: Mapping[str, Any]) -> str:
    return "text" if detail.get("type") == "text/plain" else "html"


def _first_href(links: Iterable[Mapping[str, Any]], rel: str) -> str:
    return next((_text(link.get("href")) for link in links if link.get("rel") == rel), "")


def _image(context: Mapping[str, Any]) -> str:
    for thumbnail in context.get("media_thumbnail", []):
        if thumbnail.get("url"):
            return _text(thumbnail["url"])
    image = context.get("image")
    return _text(image.get("href")) if isinstance(image, Mapping) else ""


def _people(authors: Iterable[Mapping[str, Any]]) -> tuple[Person, ...]:
    people = (
        Person(_text(one.get("name")), _text(one.get("email")), _text(one.get("href"))) for one in authors
    )
    return tuple(person for person in people if person != Person())


def _terms(tags: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(_text(tag.get("term")) for tag in tags if tag.get("term"))


def _instant(context: Mapping[str, Any], key: str) -> datetime | None:
    # dict.get: feedparser's own `get` answers for `updated` with `published`, and warns.
    parsed = dict.get(context, key) if isinstance(context, dict) else None
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _enclosures(entry: Mapping[str, Any], url: str) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(
            url=_absolute(url, link["href"]),
            type=_text(link.get("type")),
            length=whole_number(_text(link.get("length"))),
            title=_text(link.get("title")),
        )
        for link in entry.get("links", [])
        if link.get("rel") == "enclosure" and link.get("href")
    )


def _podcast(entry: Mapping[str, Any], url: str) -> Podcast | None:
    chapters, transcript = entry.get("podcast_chapters"), entry.get("podcast_transcript")
    image = entry.get("image")
    podcast = Podcast(
        duration_s=seconds(_text(entry.get("itunes_duration"))),
        episode=_text(entry.get("itunes_episode")),
        season=_text(entry.get("itunes_season")),
        episode_type=_text(entry.get("itunes_episodetype")),
        image=_absolute(url, image.get("href")) if isinstance(image, Mapping) else "",
        chapters=_absolute(url, chapters.get("url")) if isinstance(chapters, Mapping) else "",
        transcripts=(
            (Transcript(_absolute(url, transcript.get("url")), _text(transcript.get("type"))),)
            if isinstance(transcript, Mapping) and transcript.get("url")
            else ()
        ),
        marks=tuple(_marks(entry.get("psc_chapters"), url)),
    )
    return podcast if podcast != Podcast() else None


def _marks(given: object, url: str) -> Iterator[Chapter]:
    for chapter in given.get("chapters", ()) if isinstance(given, Mapping) else ():
        start_ms, title = milliseconds(_text(chapter.get("start"))), _text(chapter.get("title"))
        if start_ms is not None and title:
            links = _absolute(url, chapter.get("href")), _absolute(url, chapter.get("image"))
            yield Chapter(start_ms, title, *links)
