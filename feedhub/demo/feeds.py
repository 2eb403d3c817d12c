"""The sample publishers' documents: each in the format of its own, as sites write them."""

from __future__ import annotations

import io
import json
import math
import wave
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from html import escape

from feedhub.demo.publishers import PUBLISHERS, Article, Place, Publisher, articles

AUDIO_S = 3
AUDIO_RATE = 8000


def publish(publisher: Publisher, now: datetime, started_at: datetime, place: Place) -> bytes:
    """Return the publisher's feed as it is at an instant; the same bytes for the same articles."""
    text = _WRITERS[publisher.format](publisher, articles(publisher, now, started_at), place)
    return text.encode(publisher.encoding)


def content_type(publisher: Publisher) -> str:
    """Return the media type that the publisher sends with its feed."""
    kinds = {"atom10": "application/atom+xml", "json11": "application/feed+json"}
    return kinds.get(publisher.format, "application/rss+xml") + (
        "" if publisher.format == "json11" else f"; charset={publisher.encoding}"
    )


def page(publisher: Publisher, article: Article, place: Place) -> bytes:
    """Return the article as a web page, for whoever follows a link."""
    said = article.text
    return (
        f'<!doctype html><html lang="{publisher.language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(said.title)}</title>'
        f"<p>{escape(publisher.title)}</p><h1>{escape(said.title)}</h1><p>{escape(said.author)}, "
        f"{article.published_at:%Y-%m-%d %H:%M} UTC</p>{_html(article)}"
        f'<p><a href="{place.feed(publisher)}">Feed</a></p></html>'
    ).encode()


def audio() -> bytes:
    """Return what a sample episode sounds like: a few seconds of a soft fog horn, as WAV."""
    total = AUDIO_S * AUDIO_RATE
    samples = (
        int(9000 * math.sin(math.pi * i / total) * math.sin(2 * math.pi * 110 * i / AUDIO_RATE))
        for i in range(total)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(AUDIO_RATE)
        sound.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return file.getvalue()


def _rss(publisher: Publisher, listed: list[Article], place: Place, more: Callable[[Article], str]) -> str:
    items = "".join(
        f"<item><title>{escape(article.text.title)}</title><link>{escape(_link(article, place))}</link>"
        f'<guid isPermaLink="false">{_id(publisher, article)}</guid>'
        f"<pubDate>{format_datetime(article.published_at, usegmt=True)}</pubDate>"
        f"<dc:creator>{escape(article.text.author or publisher.title)}</dc:creator>"
        + "".join(f"<category>{escape(tag)}</category>" for tag in article.text.tags)
        + f"<description>{escape(_html(article))}</description>{more(article)}</item>\n"
        for article in listed
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">\n'
        f"<channel><title>{escape(publisher.title)}</title><link>{place.home(publisher)}</link>"
        f"<description>{escape(publisher.subtitle)}</description><language>{publisher.language}</language>\n"
        f"{items}</channel></rss>\n"
    )


def _rss20(publisher: Publisher, listed: list[Article], place: Place) -> str:
    return _rss(publisher, listed, place, lambda _: "")


def _podcast(publisher: Publisher, listed: list[Article], place: Place) -> str:
    size = 44 + 2 * AUDIO_S * AUDIO_RATE
    return _rss(
        publisher,
        listed,
        place,
        lambda article: (
            f'<enclosure url="{place.home(publisher)}{article.slug}.wav" length="{size}" type="audio/wav"/>'
            f"<itunes:duration>00:00:{AUDIO_S:02}</itunes:duration><itunes:explicit>no</itunes:explicit>"
        ),
    )


def _rss10(publisher: Publisher, listed: list[Article], place: Place) -> str:
    toc = "".join(f'<rdf:li rdf:resource="{escape(_link(article, place))}"/>' for article in listed)
    items = "".join(
        f'<item rdf:about="{escape(_link(article, place))}"><title>{escape(article.text.title)}</title>'
        f"<link>{escape(_link(article, place))}</link><description>{escape(_html(article))}</description>"
        f"<dc:creator>{escape(article.text.author or publisher.title)}</dc:creator>"
        f"<dc:date>{article.published_at:%Y-%m-%dT%H:%M:%SZ}</dc:date></item>\n"
        for article in listed
    )
    return (
        f'<?xml version="1.0" encoding="{publisher.encoding}"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{place.feed(publisher)}"><title>{escape(publisher.title)}</title>'
        f"<link>{place.home(publisher)}</link><description>{escape(publisher.subtitle)}</description>"
        f"<dc:language>{publisher.language}</dc:language><items><rdf:Seq>{toc}</rdf:Seq></items></channel>\n"
        f"{items}</rdf:RDF>\n"
    )


def _atom10(publisher: Publisher, listed: list[Article], place: Place) -> str:
    entries = "".join(
        f'<entry><id>{_id(publisher, article)}</id><title type="text">{escape(article.text.title)}</title>'
        f'<link href="{escape(_link(article, place))}"/>'
        f"<published>{article.published_at:%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<updated>{article.published_at:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f"<author><name>{escape(article.text.author or publisher.title)}</name></author>"
        + "".join(f'<category term="{escape(tag)}"/>' for tag in article.text.tags)
        + f'<content type="html">{escape(_html(article))}</content></entry>\n'
        for article in listed
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{publisher.language}">'
        f"<id>tag:demo.invalid,2026:{publisher.name}</id><title>{escape(publisher.title)}</title>"
        f"<subtitle>{escape(publisher.subtitle)}</subtitle>"
        f'<link rel="self" href="{place.feed(publisher)}"/><link href="{place.home(publisher)}"/>'
        f"<updated>{listed[0].published_at:%Y-%m-%dT%H:%M:%SZ}</updated>\n{entries}</feed>\n"
    )


def _json11(publisher: Publisher, listed: list[Article], place: Place) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.title,
        "description": publisher.subtitle,
        "home_page_url": place.home(publisher),
        "feed_url": place.feed(publisher),
        "language": publisher.language,
        "items": [
            {
                "id": _id(publisher, article),
                "url": _link(article, place),
                "title": article.text.title,
                "content_html": _html(article),
                "date_published": article.published_at.isoformat(timespec="seconds"),
                "authors": [{"name": article.text.author or publisher.title}],
                "tags": list(article.text.tags),
            }
            for article in listed
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _id(publisher: Publisher, article: Article) -> str:
    return f"tag:demo.invalid,2026:{publisher.name}/{article.origin}/{article.slug}"


def _link(article: Article, place: Place) -> str:
    return f"{place.home(PUBLISHERS[article.origin])}{article.slug}{article.link_query}"


def _html(article: Article) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in article.text.text.split("\n\n"))


_WRITERS: Mapping[str, Callable[[Publisher, list[Article], Place], str]] = {
    "rss20": _rss20,
    "podcast": _podcast,
    "rss10": _rss10,
    "atom10": _atom10,
    "json11": _json11,
}
