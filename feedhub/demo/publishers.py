"""The sample publishers, and which articles each has out at an instant."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, takewhile
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts.toml"
FEED_LENGTH = 20
TRACKING = "?utm_source=link-radar&utm_medium=rss&utm_campaign=daily"


@dataclass(frozen=True, slots=True)
class Text:
    """What an article says; paragraphs are separated by an empty line."""

    title: str
    text: str
    author: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Republished:
    """What a publisher takes over from another, and how: as `link` or as `text`."""

    publisher: str
    lag: timedelta
    manner: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher. `number` tells its host; `format` is what it writes, in `encoding`."""

    name: str
    number: int
    title: str
    subtitle: str
    format: str
    encoding: str
    category: str
    language: str
    tags: tuple[str, ...]
    archive: tuple[Text, ...]
    coming: tuple[Text, ...]
    series: Text
    archive_every: timedelta
    first: timedelta
    every: timedelta
    republishes: tuple[Republished, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One article that is out. `origin` is the name of who wrote it, `slug` its name there.

    `link_query` is put behind the address; empty unless the article is linked with tracking parameters.
    """

    origin: str
    slug: str
    text: Text
    published_at: datetime
    link_query: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the publishers are: all on one port, each at a loopback address of its own if `spread`.

    Linux answers on all of 127.0.0.0/8, other systems on 127.0.0.1 alone.
    """

    port: int
    spread: bool = True

    def host(self, publisher: Publisher) -> str:
        """Return the address of the publisher's host."""
        return f"127.0.70.{publisher.number}" if self.spread else "127.0.0.1"

    def home(self, publisher: Publisher) -> str:
        """Return the URL of the publisher's site, which ends in a slash."""
        return f"http://{self.host(publisher)}:{self.port}/{publisher.name}/"

    def absent(self, name: str) -> str:
        """Return the URL of a feed that is not there, or not any more."""
        return f"http://127.0.0.1:{self.port}/{name}/feed.xml"

    def feed(self, publisher: Publisher) -> str:
        """Return the URL of the publisher's feed."""
        return f"{self.home(publisher)}feed.{'json' if publisher.format == 'json11' else 'xml'}"


def articles(publisher: Publisher, now: datetime, started_at: datetime) -> list[Article]:
    """Return what a publisher has out, newest first, at most `FEED_LENGTH`."""
    out = [*_written(publisher, now, started_at)]
    for taken in publisher.republishes:
        writer = PUBLISHERS[taken.publisher]
        for article in _written(writer, now - taken.lag, started_at):
            shown = replace(article, published_at=article.published_at + taken.lag)
            if taken.manner == "link":
                shown = replace(shown, link_query=TRACKING)
            else:
                shown = replace(shown, origin=publisher.name, slug=f"{writer.name}-{article.slug}")
            out.append(shown)
    return sorted(out, key=lambda article: article.published_at, reverse=True)[:FEED_LENGTH]


def find(publisher: Publisher, slug: str, now: datetime, started_at: datetime) -> Article | None:
    """Return one article by its name, if it is out."""
    listed = articles(publisher, now, started_at)
    mine = (article for article in listed if article.origin == publisher.name)
    return next((article for article in mine if article.slug == slug), None)


def _written(publisher: Publisher, now: datetime, started_at: datetime) -> Iterator[Article]:
    """Yield what the publisher wrote itself: its archive, then what came since the start."""
    for number, text in enumerate(publisher.archive):
        at = started_at - publisher.archive_every * number - publisher.first * 20
        yield Article(publisher.name, f"archive-{len(publisher.archive) - number}", text, at)
    since = (now - started_at - publisher.first) // publisher.every
    oldest = max(0, since - FEED_LENGTH)
    for number in takewhile(lambda number: number <= since, count(oldest)):
        at = started_at + publisher.first + publisher.every * number
        yield Article(publisher.name, f"news-{number + 1}", _coming(publisher, number), at)


def _coming(publisher: Publisher, number: int) -> Text:
    if number < len(publisher.coming):
        return publisher.coming[number]
    numbers = {"n": number - len(publisher.coming) + 1, "before": number - len(publisher.coming)}
    series = publisher.series
    return replace(series, title=series.title.format(**numbers), text=series.text.format(**numbers))


def _load() -> dict[str, Publisher]:
    document = tomllib.loads(TEXTS.read_text("utf-8"))
    return {name: _publisher(name, number, told) for number, (name, told) in enumerate(document.items(), 1)}


def _publisher(name: str, number: int, told: Mapping[str, Any]) -> Publisher:
    return Publisher(
        name=name,
        number=number,
        title=told["title"],
        subtitle=told["subtitle"],
        format=told["format"],
        encoding=told.get("encoding", "utf-8"),
        category=told["category"],
        language=told["language"],
        tags=tuple(told.get("tags", ())),
        archive=tuple(map(_text, told["archive"])),
        coming=tuple(map(_text, told.get("coming", ()))),
        series=_text(told["series"]),
        archive_every=timedelta(minutes=told["archive_every_min"]),
        first=timedelta(seconds=told["first_s"]),
        every=timedelta(seconds=told["every_s"]),
        republishes=tuple(
            Republished(taken["from"], timedelta(seconds=taken["lag_s"]), taken["as"])
            for taken in told.get("republishes", ())
        ),
    )


def _text(told: Mapping[str, Any]) -> Text:
    return Text(told["title"], told["text"].strip(), told.get("author", ""), tuple(told.get("tags", ())))


PUBLISHERS: Mapping[str, Publisher] = _load()
"""All of them, by name."""
UNWELL: Mapping[str, int] = {"old-lighthouse": 410, "silted-channel": 500}
"""Addresses where no feed is, with the status that their server answers."""
MOVED: Mapping[str, str] = {"kettle": "kettle-and-crumb"}
"""Old names of publishers that are elsewhere now."""
