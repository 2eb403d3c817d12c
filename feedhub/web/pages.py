"""The HTML pages, as text: what is known goes in, a whole page comes out.

Reads no store and no clock, and every link is relative to the page, so that a page may as well be written
to a file and hosted under any path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feedhub.generator import text
from feedhub.generator.channel import MEDIA_TYPES
from feedhub.model import Output, Site, Source, Story
from feedhub.web.health import FeedHealth, in_words, summarise

TEMPLATES = Path(__file__).parent / "templates"
FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON"}
TITLE_CHARS = 300
SOURCE_CHARS = 80
EXCERPT_CHARS = 320
EXCERPT_FROM = 4000
"""How much of a long body is parsed for its excerpt."""
HEADLINES = 4
STATUS_FEEDS = 500
_GROUPS = (("named", "Selections"), ("category", "Categories"), ("tag", "Tags"))


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One feed's part in a story. `link` is empty unless it is http or https."""

    title: str
    link: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list: plain text throughout, escaped by the template."""

    id: str
    title: str
    link: str
    excerpt: str
    language: str
    source: SourceLine | None
    also_in: tuple[SourceLine, ...]
    tags: tuple[str, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """An output on the front page: how many stories it lists, and its newest."""

    output: Output
    count: int
    newest: tuple[StoryLine, ...]


class Pages:
    """The hub's pages, rendered from the templates in the package."""

    def __init__(self, version: str) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(version=version, format_names=FORMAT_NAMES, media_types=MEDIA_TYPES)
        self._templates.filters.update(day=_day, clock=_clock, moment=_moment, iso=_iso, span=in_words)

    def front(self, site: Site, cards: Sequence[Card]) -> str:
        """Render the front page: everything first, then the outputs in groups, each with its newest."""
        groups = [
            (heading, [card for card in cards if card.output.kind == kind]) for kind, heading in _GROUPS
        ]
        return self._render(
            "front.html",
            site=site,
            root="",
            everything=next((card for card in cards if card.output.kind == "all"), None),
            groups=[group for group in groups if group[1]],
        )

    def output(
        self, site: Site, output: Output, stories: Iterable[StoryLine], tag_pages: Mapping[str, str]
    ) -> str:
        """Render an output's page: its stories by day, newest first.

        Args:
            tag_pages: the path of the output of each tag that has one, by the tag case-folded.
        """
        days = groupby(stories, key=lambda story: story.published_at.date())
        return self._render(
            "output.html",
            site=site,
            root=root_of(output.path),
            output=output,
            days=[(day, list(listed)) for day, listed in days],
            tag_pages=tag_pages,
        )

    def status(self, site: Site, feeds: Sequence[FeedHealth], hidden: int, now: datetime) -> str:
        """Render the sources' health, the worst `STATUS_FEEDS`; `hidden` private feeds are only counted.

        Args:
            feeds: the worst first.
        """
        return self._render(
            "status.html",
            site=site,
            root="",
            feeds=feeds[:STATUS_FEEDS],
            more=len(feeds[STATUS_FEEDS:]),
            summary=summarise(feeds),
            hidden=hidden,
            now=now,
        )

    def notice(self, site: Site, path: str, heading: str, message: str) -> str:
        """Render a page that only says something: nothing here, try later."""
        return self._render("notice.html", site=site, root=root_of(path), heading=heading, message=message)

    def _render(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(values)


def story_line(story: Story, hidden_feeds: Collection[str]) -> StoryLine:
    """Make the line of a story; sources that are `hidden_feeds` are left out."""
    entry = story.entry
    sources = _source_lines(story.sources, hidden_feeds)
    excerpt = text.excerpt(text.plain((entry.summary or entry.content)[:EXCERPT_FROM]), EXCERPT_CHARS)
    return StoryLine(
        id=story.id,
        title=text.excerpt(text.line(entry.title), TITLE_CHARS) or excerpt or "Untitled",
        link=text.address(entry.link),
        excerpt=excerpt,
        language=text.language(entry.language),
        source=sources[0] if sources else None,
        also_in=sources[1:],
        tags=tuple(sorted(story.tags)),
        published_at=story.published_at,
    )


def root_of(path: str) -> str:
    """Return the relative way from a page to the site's root: `tag/x.html` gives `../`."""
    return "../" * path.count("/")


def _source_lines(sources: Iterable[Source], hidden_feeds: Collection[str]) -> tuple[SourceLine, ...]:
    lines: dict[str, SourceLine] = {}
    for source in sources:
        if source.feed_id not in hidden_feeds:
            title = text.excerpt(text.line(source.feed_title), SOURCE_CHARS) or source.feed_id
            line = SourceLine(title, text.address(source.link), source.published_at)
            lines.setdefault(source.feed_id, line)
    return tuple(lines.values())


def _day(at: date) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
