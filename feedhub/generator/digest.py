"""One item that stands for all the stories of a period, grouped by their sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

from feedhub.generator import text
from feedhub.generator.items import Item, item, manner
from feedhub.model import Entry, Output, Site, Story, etag_of

STORIES_AT_MOST = 200
"""In one issue; how many more there were is said below them."""


def issue(output: Output, stories: Sequence[Story], site: Site, at: datetime, day: date) -> Story:
    """Return an item, in the form of a story, of an output's stories, in their order.

    Args:
        at: when the period ended: with the output's path it makes the id.
        day: the date of that for those who read it.
    """
    shown = [item(manner(output), story) for story in stories[:STORIES_AT_MOST]]
    body = _body(shown, len(stories) - len(shown))
    page = site.url if output.private else f"{site.url}{output.path}.html"
    entry = Entry(
        feed_id="", key="", guid="", link=page, title=f"{text.line(output.title)}, {day.isoformat()}",
        summary="", content=body, authors=(), categories=(), published_at=at, updated_at=None,
        first_seen_at=at, enclosures=(), image="", language="", comments="", source_title="",
        source_url="", podcast=None, content_hash=etag_of(body.encode()),
    )  # fmt: skip
    return Story(
        id=f"urn:uuid:{uuid5(NAMESPACE_URL, f'{site.url}{output.path} {at.isoformat()}')}",
        category="",
        entry=entry,
        sources=(),
        tags=frozenset(),
        published_at=at,
        updated_at=at,
        ordered_at=at,
        private=any(story.private for story in stories),
    )


def _body(items: Iterable[Item], more: int) -> str:
    groups: dict[str, list[Item]] = {}
    for one in items:
        groups.setdefault(one.sources[0].feed_title if one.sources else "", []).append(one)
    parts = [
        f"<h3>{text.escaped(name)}</h3><ul>{''.join(map(_line, ones))}</ul>"
        for name, ones in sorted(groups.items(), key=lambda group: group[0].casefold())
    ]
    return "".join(parts) + (f"<p>And {more} more.</p>" if more > 0 else "")


def _line(one: Item) -> str:
    title = text.escaped(one.title)
    heading = f'<a href="{text.escaped(one.link)}">{title}</a>' if one.link else title
    body = one.content or one.summary
    return f"<li>{heading}{f'<div>{body}</div>' if body else ''}{one.also_in}</li>"
