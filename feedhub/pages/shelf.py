"""What pages show, from the store and the catalogue: by index and within bounds, private things left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

from feedhub import merger, rules
from feedhub.model import Catalogue, Listed, Match, Output, Story
from feedhub.pages.addresses import day_path
from feedhub.pages.content import page_content
from feedhub.pages.health import FeedHealth, judge
from feedhub.pages.lines import Discretion, fullest, story_line, story_view
from feedhub.pages.views import Card, Days, Hits, StoryLine, StoryView
from feedhub.ports import Store

HEADLINES = 5
LATEST = 10
NEWEST = 50
"""Stories on an output's first page; the page of a day has all of that day, `DAY_PART` at a time."""
DAY_PART = 200
HITS = 20
PAGES_AT_MOST = 50
ASKED_CHARS = 200
_TICK = timedelta(microseconds=1)


class Selecting(Protocol):
    """What outputs show: the hub's own selection, so that pages show what feeds do."""

    def select(self, output: Output, now: datetime | None = None, *, limit: int | None = None) -> list[Story]:
        """Return an output's stories in its order, `limit` of them at most."""

    def shown(self, output: Output, stories: Sequence[Story]) -> list[Story]:
        """Return stories as the output shows them, after its own steps."""


@dataclass(frozen=True)
class Shelf:
    """One catalogue's public outputs and stories. Make a new one for a new catalogue, with another number."""

    store: Store
    catalogue: Catalogue
    selecting: Selecting
    clock: Callable[[], datetime]
    number: int = 0

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """The public outputs by path."""
        return {path: one for path, one in self.catalogue.outputs.items() if not one.private}

    @cached_property
    def tag_pages(self) -> dict[str, str]:
        """The page of each tag that has one, by the tag case-folded."""
        return {
            pattern.value.casefold(): f"{path}.html"
            for path, output in self.outputs.items()
            if output.kind == "tag" and isinstance(output.where, Match)
            for pattern in output.where.patterns
        }

    @cached_property
    def discretion(self) -> Discretion:
        """What is not to be shown."""
        private = frozenset(feed.id for feed in self.catalogue.feeds.values() if feed.private)
        return Discretion(private, self.catalogue.site.remote_images)

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The zone whose days pages go by."""
        return ZoneInfo(self.catalogue.site.timezone)

    def card(self, output: Output) -> Card:
        """Return an output as the front page has it."""
        everything = output.kind == "all"
        stories = self.selecting.select(output, limit=LATEST if everything else HEADLINES)
        # Others' cards show titles alone.
        return Card(output, self._lines(output, stories, output.content if everything else "none"))

    def newest(self, output: Output) -> Days:
        """Return an output's first page."""
        stories = self.selecting.select(output, limit=NEWEST)
        older = ""
        if stories and self.has_days(output):
            # Where the day of the last one is shown in part, its own page has the rest.
            older = self._day_beside(output, before=min(story.ordered_at for story in stories))
        return Days(self._lines(output, stories), older=older)

    def of_day(self, output: Output, day: date, part: int = 1) -> Days | None:
        """Return an output's page of one day; None if there is none."""
        if not self.has_days(output):
            return None
        start = self._start(day)
        end = self._start(day + timedelta(days=1)) - _TICK
        found = self.store.stories(
            output.path,
            limit=DAY_PART + 1,
            skip=(part - 1) * DAY_PART,
            since=max(start, self._oldest(output)),
            until=end,
            initial=output.initial_items,
            policy=output.update_policy,
        )
        stories = found[:DAY_PART]
        if not stories:
            return None
        lines = self._lines(output, self.selecting.shown(output, merger.once(stories)))
        more = len(found) > DAY_PART
        return Days(
            lines=lines,
            day=day,
            part=part,
            newer=day_path(output.path, day, part - 1) if part > 1 else self._day_beside(output, after=end),
            older=day_path(output.path, day, part + 1) if more else self._day_beside(output, before=start),
        )

    def has_days(self, output: Output) -> bool:
        """Return whether an output has pages of days: one that is more than its stories in their order, such
        as a digest or a ranking, has its newest alone."""
        return (
            output.order == "published"
            and output.update_policy != "republish"
            and output.per_feed_limit is None
            and output.digest is None
            and output.dropped_from is None
            and "age" not in rules.fields_of(output.where)
        )

    def story(self, id: str) -> StoryView | None:
        """Return a story's page, if a public output lists it."""
        found = self.store.story(id)
        return self.view(found) if found else None

    def view(self, found: Listed) -> StoryView | None:
        """Return the page of a story that is at hand, if a public output lists it."""
        story, homes = found.story, self._homes(found)
        if story.private:
            return None
        # As it is where nothing was done to it, else as the first of those that list it shows it.
        plain = any(not output.steps for output in homes)
        if not homes or (not plain and not (shown := self.selecting.shown(homes[0], [story]))):
            return None
        return story_view(story if plain else shown[0], homes, self.discretion)

    def search(self, asked: str, *, within: str = "", best_first: bool = False, page: int = 1) -> Hits:
        """Return a page of the stories that have some words, of one output or of all public ones."""
        output = self.outputs.get(within)
        hits = Hits(asked[:ASKED_CHARS].strip(), best_first, output, max(1, min(page, PAGES_AT_MOST)), 0)
        if not hits.asked:
            return hits
        found = self.store.search(
            hits.asked,
            [output.path] if output else [path for path, one in self.outputs.items() if one.listed],
            best_first=best_first,
            skip=(hits.page - 1) * HITS,
            limit=HITS,
        )
        lines = (
            story_line(one.story, self.discretion, fullest(self._homes(one)))
            for one in found.stories
            if not one.story.private
        )
        return replace(
            hits,
            lines=tuple(lines),
            pages=min(-(-found.total // HITS), PAGES_AT_MOST),
            total=found.total,
            more=found.more,
            indexed=found.indexed,
        )

    def feeds(self) -> tuple[list[FeedHealth], int]:
        """Return the health of the public feeds, the worst first, and how many private ones there are."""
        statuses = self.store.statuses()
        shown = [one for one in statuses if one.feed_id not in self.discretion.private_feeds]
        return judge(shown, self.catalogue.feeds, self.clock()), len(statuses) - len(shown)

    def _homes(self, listed: Listed) -> list[Output]:
        """Return the public outputs that list a story; those of what was dropped are nobody's home."""
        return [one for path in listed.outputs if (one := self.outputs.get(path)) and one.listed]

    def _lines(
        self, output: Output, stories: Sequence[Story], content: str | None = None
    ) -> tuple[StoryLine, ...]:
        """Return stories as an output lists them, with as much of each as it shows, or as `content` says."""
        shown = output.content if content is None else content
        lines = (story_line(story, self.discretion, shown) for story in stories if not story.private)
        if output.digest is not None:
            # An issue stands whole on its output's page and has none of its own.
            bodies = {story.id: page_content(story.entry.content) for story in stories}
            lines = (
                replace(
                    line,
                    page=f"{output.path}.html#{line.id.removeprefix('urn:uuid:')}",
                    link="",
                    excerpt="",
                    body=bodies[line.id],
                )
                for line in lines
            )
        elif output.dropped_from is not None:
            # What rules dropped is on no other page of ours.
            lines = (replace(line, page="") for line in lines)
        return tuple(lines)

    def _day_beside(
        self, output: Output, *, before: datetime | None = None, after: datetime | None = None
    ) -> str:
        """Return the page of the nearest day with stories before or after an instant."""
        at = self.store.nearest(output.path, before=before, after=after)
        if at is None or at < self._oldest(output):
            return ""
        return day_path(output.path, at.astimezone(self.timezone).date())

    def _oldest(self, output: Output) -> datetime:
        if output.max_age is None:
            return datetime.min.replace(tzinfo=UTC)
        return self.clock() - output.max_age

    def _start(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.timezone).astimezone(UTC)
