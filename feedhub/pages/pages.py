"""The pages, from their views to HTML."""

from __future__ import annotations

from calendar import day_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from feedhub.generator import text
from feedhub.generator.channel import MEDIA_TYPES
from feedhub.model import Digest, Output, Site
from feedhub.pages.addresses import qr_path, root_of
from feedhub.pages.cadence import cadence_svg
from feedhub.pages.health import FeedHealth, summarise, to_the_minute
from feedhub.pages.inquiry import EVERY_FEED, ORDERS, STATES, Inquiry, answer
from feedhub.pages.qr import qr_inline
from feedhub.pages.theme import Theme
from feedhub.pages.views import Card, Days, Hits, HubState, StoryView

FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON"}
CARDS_AT_MOST = 60
"""In a group on the front page: a card is 1.5 KB and takes 2.5 ms to read; a hub may have 5,000 tags."""
DEPTHS = 9
STYLES = ("feedhub.css", "theme.css")
KINDS = {
    "all": "Everything",
    "named": "Selection",
    "category": "Category",
    "tag": "Tag",
    "dropped": "What another selection leaves out",
}
_GROUPS = (("named", "Selections"), ("category", "Categories"), ("tag", "Tags"))
_OVERRIDES = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True, slots=True)
class Group:
    """Outputs of one kind on the front page. `more` are shown by name alone, in the order of their names."""

    heading: str
    cards: tuple[Card, ...]
    more: tuple[Output, ...] = ()


class Pages:
    """Renders pages from the owner's templates and ours.

    `live` False leaves out what only a running hub has: search. Pages of a hub then name their script from
    the server's root, those of a static site relative to themselves.
    """

    def __init__(self, version: str, *, theme: Path | None = None, live: bool = True) -> None:
        self.theme = Theme(
            theme,
            filters={
                "cadence": _cadence,
                "clock": _clock,
                "day": _day,
                "due": _due,
                "iso": _iso,
                "moment": _moment,
                "plain": _plain,
                "code": qr_inline,
                "qr": qr_path,
                "span": to_the_minute,
            },
            values={
                "version": version,
                "live": live,
                "format_names": FORMAT_NAMES,
                "media_types": MEDIA_TYPES,
                "kinds": KINDS,
            },
        )
        self._live = live
        self.version = version

    def front(self, site: Site, outputs: Iterable[Output], card: Callable[[Output], Card]) -> str:
        """Render the front page: everything first, then the outputs in groups, the first with their newest.

        Args:
            card: gives the card of an output; asked only for those that have one.
        """
        kinds = defaultdict[str, list[Output]](list)
        for output in outputs:
            kinds[output.kind].append(output)
        groups = []
        for kind, heading in _GROUPS:
            if ours := kinds[kind]:
                more = sorted(ours[CARDS_AT_MOST:], key=lambda output: output.title.casefold())
                groups.append(Group(heading, tuple(map(card, ours[:CARDS_AT_MOST])), tuple(more)))
        everything = next(map(card, kinds["all"]), None)
        return self._render("front.html", site, "", everything=everything, groups=groups)

    def output(self, site: Site, output: Output, shown: Days, path: str, tag_pages: Mapping[str, str]) -> str:
        """Render a page of an output: its newest stories, or those of a day; by day, the newest first.

        Args:
            path: the page's own.
            tag_pages: the page of each tag that has one, by the tag case-folded.
        """
        zone = ZoneInfo(site.timezone)
        days = groupby(shown.lines, key=lambda line: line.ordered_at.astimezone(zone).date())
        return self._render(
            "output.html",
            site,
            path,
            output=output,
            days=[(day, list(lines)) for day, lines in days],
            shown=shown,
            tag_pages=tag_pages,
        )

    def story(self, site: Site, story: StoryView, tag_pages: Mapping[str, str]) -> str:
        """Render a story's page."""
        return self._render("story.html", site, story.line.page, story=story, tag_pages=tag_pages)

    def subscribe(self, site: Site, card: Card, format: str) -> str:
        """Render what a browser shows at the address of a feed: how to subscribe to it."""
        path = f"{card.output.path}.{format}"
        return self._render(
            "subscribe.html", site, path, output=card.output, format=format, lines=card.newest
        )

    def search(self, site: Site, hits: Hits, tag_pages: Mapping[str, str]) -> str:
        """Render what a search found, and the form to search again."""
        return self._render("search.html", site, "search", hits=hits, tag_pages=tag_pages)

    def status(
        self,
        site: Site,
        feeds: Sequence[FeedHealth],
        hidden: int,
        now: datetime,
        inquiry: Inquiry = EVERY_FEED,
        hub: HubState | None = None,
    ) -> str:
        """Render the sources' health, as far as it is asked for; `hidden` private feeds are only counted.

        Args:
            feeds: all of them, the worst first.
            hub: how the hub itself fares; a static site has none.
        """
        return self._render(
            "status.html",
            site,
            "status.html",
            answer=answer(inquiry, feeds),
            summary=summarise(feeds),
            hidden=hidden,
            now=now,
            hub=hub,
            states=STATES,
            orders=ORDERS,
        )

    def notice(self, site: Site, path: str, heading: str, message: str) -> str:
        """Render a page that only says something: nothing here, try later."""
        return self._render("notice.html", site, path, heading=heading, message=message)

    def absent(self, site: Site) -> str:
        """Render what a static site shows at any address that it does not have, however deep."""
        return self._render(
            "notice.html",
            site,
            "404.html",
            root=_base(site),
            heading="Nothing here",
            message="No feed and no page has this address.",
        )

    def _render(self, template: str, site: Site, path: str, *, root: str = "", **values: Any) -> str:
        # A page for what is not there may be asked for at any depth; no page of ours lies so deep.
        root = root or (root_of(path) if path.count("/") < DEPTHS else _base(site))
        base = _base(site) if self._live else root
        given = {
            "site": site,
            "path": path,
            "root": root,
            "script": f"{base}static/feedhub.js",
            "styles": [name for name in STYLES if self.theme.has(name)],
        }
        return self.theme.render(template, given | values)


def _cadence(gaps_s: Sequence[int], last_entry_at: datetime | None, now: datetime) -> Markup:
    return cadence_svg(last_entry_at, gaps_s, now)


def _base(site: Site) -> str:
    """Return the path at which a site lies on its server."""
    return "/" + site.url.partition("://")[2].partition("/")[2]


def _zoned(context: Context, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(context["site"].timezone))


def _zone_name(at: datetime) -> str:
    """Return a zone by its offset: `UTC`, `UTC+8`, `UTC-3:30`. Abbreviations mean several: CST is four."""
    offset = at.strftime("%z")
    hours, minutes = int(offset[1:3]), offset[3:5]
    if not (hours or minutes != "00"):
        return "UTC"
    return f"UTC{offset[0]}{hours}{'' if minutes == '00' else f':{minutes}'}"


def _day(at: date) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y}"


def _due(digest: Digest) -> str:
    """Say when a digest comes: `every Monday at 07:00 (Europe/Berlin)`."""
    day = "day" if digest.weekday is None else day_name[digest.weekday]
    return f"every {day} at {digest.hour:02}:{digest.minute:02} ({digest.timezone})"


@pass_context
def _clock(context: Context, at: datetime) -> str:
    zoned = _zoned(context, at)
    return f"{zoned:%H:%M} {_zone_name(zoned)}"


@pass_context
def _moment(context: Context, at: datetime) -> str:
    zoned = _zoned(context, at)
    return f"{zoned.day} {zoned:%b %Y, %H:%M} {_zone_name(zoned)}"


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _plain(said: str) -> str:
    """Return text for places that nothing can isolate, such as a window's title: without characters that
    turn the direction of what follows."""
    return text.line(said).translate(_OVERRIDES)
