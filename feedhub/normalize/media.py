"""What hangs on an entry: files, a picture, the podcast fields."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import urlsplit

from feedhub.model import Chapter, Enclosure, Podcast, RawEntry, Transcript
from feedhub.normalize.links import absolute
from feedhub.normalize.text import plain_name

MAX_ENCLOSURES = 50
MAX_MARKS = 500

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,80}/[A-Za-z0-9.+-]{1,80}")
_FIRST_IMAGE = re.compile(r'<img [^>]*?src="([^"]+)"')


def clean_enclosures(raw: RawEntry, base: str) -> tuple[Enclosure, ...]:
    """Return the files with absolute http(s) addresses, each address once, in order.

    A file on `localhost`, left over from a publisher's trial, lies on no reader's machine and is left out,
    unless the feed itself does. Other private hosts stay: an intranet's readers reach them.
    """
    kept: dict[str, Enclosure] = {}
    for given in raw.enclosures:
        url = absolute(given.url, base)
        if not url or url in kept or (_is_local(url) and not _is_local(base)):
            continue
        kept[url] = Enclosure(
            url=url,
            type=_media_type(given.type),
            length=given.length if given.length is not None and 0 <= given.length < 2**63 else None,
            title=plain_name(given.title) if given.title else "",
            duration_s=_duration(given.duration_s),
        )
        if len(kept) == MAX_ENCLOSURES:
            break
    return tuple(kept.values())


def clean_podcast(raw: RawEntry, base: str) -> Podcast | None:
    """Return the podcast fields with clean text and absolute addresses."""
    given = raw.podcast
    if given is None:
        return None
    transcripts = [
        Transcript(url, _media_type(transcript.type), plain_name(transcript.language, 35))
        for transcript in given.transcripts[:MAX_ENCLOSURES]
        if (url := absolute(transcript.url, base))
    ]
    marks = [
        Chapter(mark.start_ms, title, absolute(mark.url, base), absolute(mark.image, base))
        for mark in given.marks[:MAX_MARKS]
        if (title := plain_name(mark.title))
    ]
    return replace(
        given,
        duration_s=_duration(given.duration_s),
        episode=plain_name(given.episode, 50),
        season=plain_name(given.season, 50),
        episode_type=plain_name(given.episode_type, 50),
        explicit=plain_name(given.explicit, 50),
        image=absolute(given.image, base) if given.image else "",
        chapters=absolute(given.chapters, base) if given.chapters else "",
        transcripts=tuple(transcripts),
        marks=tuple(marks),
    )


def find_image(
    raw: RawEntry, base: str, podcast: Podcast | None, enclosures: tuple[Enclosure, ...], body: str
) -> str:
    """Return the picture that stands for the entry, or "": the feed's own, an attached one, the body's first.

    `body` is sanitised HTML.
    """
    if raw.image and (image := absolute(raw.image, base)):
        return image
    if podcast is not None and podcast.image:
        return podcast.image
    for enclosure in enclosures:
        if enclosure.type.startswith("image/"):
            return enclosure.url
    if "<img " in body and (found := _FIRST_IMAGE.search(body)):
        return absolute(html.unescape(found[1]))
    return ""


def _is_local(url: str) -> bool:
    """Tell whether an address names whoever asks for it (RFC 6761 section 6.3)."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.endswith(".localhost")


def _media_type(text: str) -> str:
    kind = text.partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else ""


def _duration(seconds: int | None) -> int | None:
    return seconds if seconds is not None and 0 <= seconds < 2**31 else None
