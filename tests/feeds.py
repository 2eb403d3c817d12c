"""Small feeds for tests, written as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from tests.times import NOW


@dataclass(frozen=True)
class Item:
    """One RSS item; `hours` is its age at NOW."""

    name: str
    title: str = ""
    text: str = ""
    link: str = ""
    hours: float | None = 1.0
    guid: str = ""

    @property
    def published(self) -> datetime | None:
        return NOW - timedelta(hours=self.hours) if self.hours is not None else None


def rss(*items: Item, title: str = "A feed", home: str = "https://a.example/", head: str = "") -> str:
    """Return an RSS 2.0 document of these items."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>{home}</link>"
        f"<description>About {escape(title)}</description>{head}"
        + "".join(item_xml(item, home) for item in items)
        + "</channel></rss>"
    )


def item_xml(item: Item, home: str) -> str:
    """Return one item; a name alone makes all its fields."""
    date = f"<pubDate>{format_datetime(item.published)}</pubDate>" if item.published else ""
    text = item.text or f"<p>The text of {item.name}, long enough to be told from every other text.</p>"
    return (
        f'<item><guid isPermaLink="false">{item.guid or item.name}</guid>'
        f"<title>{escape(item.title or f'Title of {item.name}')}</title>"
        f"<link>{escape(item.link or home + item.name)}</link>{date}"
        f"<description>{escape(text)}</description></item>"
    )


def numbered(count: int, prefix: str = "item") -> Sequence[Item]:
    """Return so many items, the newest first, an hour apart."""
    return [Item(f"{prefix}-{number}", hours=number + 1) for number in range(count)]
