"""Which stories an output shows, in which order: read by index, then what no index can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedhub import merger, rules, steps
from feedhub.model import Output, Story
from feedhub.normalize.html import Sanitiser
from feedhub.ports import StepContext, Store

RANKED_AT_MOST = 500
"""The newest stories of an output, among which `order: sources` puts the most widespread first."""

AGES_AGAIN = timedelta(minutes=10)
"""How often an output whose condition asks for an age is built, whether or not its stories change."""


class Selection:
    """What outputs show of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def select(self, output: Output, now: datetime | None = None, *, limit: int | None = None) -> list[Story]:
        """Return the stories that an output shows at an instant, by default now, in its order; the first
        `limit` of them."""
        most = output.limit if limit is None else min(limit, output.limit)
        if output.digest is not None:
            return self._store.issues(output.path, limit=most)
        by_sources = output.order == "sources"
        among = max(2 * most, RANKED_AT_MOST if by_sources else 0)
        stories = merger.once(self._of_age(output, among, now or self._clock()))
        if output.update_policy == "republish":
            stories = [_anew(story) for story in stories]
            stories.sort(key=lambda story: story.ordered_at, reverse=True)
        if by_sources:
            stories.sort(key=lambda story: -len({source.feed_id for source in story.sources}))
        if output.per_feed_limit is not None:
            stories = shared(stories, output.per_feed_limit)
        if output.dropped_from is not None:
            stories = [_explained(story, output, now or self._clock()) for story in stories]
        return self.shown(output, stories[:most])

    def _of_age(self, output: Output, most: int, now: datetime) -> list[Story]:
        """Return an output's newest stories that are neither too old nor too young for it now.

        Members are all that may be shown at some age; what bounds the age is asked of the index.
        """
        chosen = output.dropped_from or output.where
        youngest, oldest = rules.age_bounds(chosen)
        ages = [timedelta(seconds=oldest)] if oldest is not None else []
        if output.max_age:
            ages.append(output.max_age)
        since = now - min(ages) if ages else None
        until = now - timedelta(seconds=youngest) if youngest is not None else None
        asks_age = _asks_age(output)
        # Twice as many, since what is in several categories is shown once.
        per_feed = (
            2 * output.per_feed_limit if output.per_feed_limit and output.order == "published" else None
        )
        size = most
        while True:
            found = self._store.stories(
                output.path,
                limit=size,
                since=since,
                until=until,
                per_feed=per_feed,
                initial=output.initial_items,
                policy=output.update_policy,
            )
            if not asks_age:
                return found
            shown = [story for story in found if rules.belongs(output, rules.story_facts(story, now))]
            if len(shown) >= most or len(found) < size:
                return shown[:most]
            size *= 4

    def shown(self, output: Output, stories: Sequence[Story]) -> list[Story]:
        """Return stories after an output's own steps, each shown as its entry has become."""
        if not output.steps:
            return list(stories)
        titles = {source.feed_id: source.feed_title for story in stories for source in story.sources}
        sanitiser = Sanitiser()
        context = StepContext(None, titles, lambda body, base: sanitiser.clean(body, "html", base))
        shown = {
            (entry.feed_id, entry.key): entry
            for entry in steps.run(output.steps, [story.entry for story in stories], context)
        }
        return [
            replace(story, entry=entry)
            for story in stories
            if (entry := shown.get((story.entry.feed_id, story.entry.key)))
        ]


def _asks_age(output: Output) -> bool:
    asked = (output.where, output.dropped_from or output.where)
    return any("age" in rules.fields_of(condition) for condition in asked)


def _explained(story: Story, output: Output, now: datetime) -> Story:
    """Return a story that was dropped with the reason in its entry."""
    reason = rules.why_dropped(output, rules.story_facts(story, now))
    return replace(story, entry=replace(story.entry, dropped=reason))


def _anew(story: Story) -> Story:
    """Return a story with the date of its latest version, where that is not its first."""
    at = story.renewed_at
    return story if at is None else replace(story, published_at=at, ordered_at=at)


def shared(stories: list[Story], per_feed: int) -> list[Story]:
    """Return the first stories of each feed, so many at most; a story is the feed's whose copy is shown."""
    counts: Counter[str] = Counter()
    kept = []
    for story in stories:
        counts[story.entry.feed_id] += 1
        if counts[story.entry.feed_id] <= per_feed:
            kept.append(story)
    return kept


def stale_at(output: Output, stories: list[Story], now: datetime) -> datetime | None:
    """Return when time alone changes what an output shows: its oldest story grows too old, or, where the
    condition asks for an age, perhaps soon; None: never."""
    if _asks_age(output):
        return now + AGES_AGAIN
    if output.max_age is None or not stories:
        return None
    return max(min(story.ordered_at for story in stories) + output.max_age, now) + timedelta(microseconds=1)
