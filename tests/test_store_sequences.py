"""Whatever happens to three feeds in two categories, what was published keeps its id, date and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.model import Catalogue, Entry, Story
from tests.fresh import fresh_store
from tests.store_world import World, catalogue, entry, feed, output, rule
from tests.times import HOUR, LEASE

FEEDS = ("a", "b", "c")
HOMES = {"a": "news", "b": "news", "c": "tech"}
ITEMS = 6
SPONSORED = 1
"""The version of an item that the rule drops."""


@dataclass(frozen=True)
class Poll:
    """A document: items with the version they are in, and whether they come under a new guid. `late` polls
    lose their lease, `twice` ones are committed a second time."""

    feed: str
    items: tuple[tuple[int, int, bool], ...]
    late: bool = False
    twice: bool = False


@dataclass(frozen=True)
class Edit:
    """The YAML afterwards: the rule or not, the feeds left out, the feeds that changed their category."""

    drops: bool = False
    without: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Restart:
    """The process ends and another one starts."""


Step = Poll | Edit | Restart

item = st.tuples(st.integers(0, ITEMS - 1), st.integers(0, 2), st.booleans())
polls = st.builds(
    Poll,
    st.sampled_from(FEEDS),
    st.lists(item, max_size=5, unique_by=lambda one: one[0]).map(tuple),
    st.integers(0, 9).map(lambda die: die == 0),
    st.integers(0, 9).map(lambda die: die == 0),
)
subsets = st.frozensets(st.sampled_from(FEEDS), max_size=2)
steps = st.one_of(polls, polls, polls, st.builds(Edit, st.booleans(), subsets, subsets), st.just(Restart()))


@dataclass
class Play:
    """The store under test, and what is known of the items: their version, and how often the guid changed."""

    world: World
    reopen: Callable[[], World]
    edit: Edit = field(default_factory=Edit)
    known: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    dates: dict[str, tuple[object, object]] = field(default_factory=dict)

    def step(self, step: Step) -> None:
        """Take one step and check what must hold after it."""
        before = self.shown()
        self.world.now += HOUR
        match step:
            case Poll():
                if step.feed not in self.edit.without:
                    self.poll(step)
            case Edit():
                self.edit = step
                self.world.force(self.catalogue())
            case Restart():
                self.world.store.close()
                now, self.world = self.world.now, self.reopen()
                self.world.now = now
                self.world.force(self.catalogue())
        after = self.shown()
        self.check(after)
        if isinstance(step, Poll):
            for id in before.keys() - after.keys():
                assert all(self.is_dropped(name) for name in parts(before[id]))
        if isinstance(step, Restart):
            assert after == before

    def poll(self, step: Poll) -> None:
        document = []
        for number, version, renamed in step.items:
            old_version, times = self.known.get((step.feed, number), (version, -1))
            now_known = (old_version, times + 1) if renamed and times >= 0 else (version, max(times, 0))
            if not step.late:
                self.known[step.feed, number] = now_known
            document.append(make(step.feed, number, *now_known))
        claim = self.world.claim_one(step.feed)
        result = self.world.result(claim, *document)
        if step.late:
            self.world.now += LEASE
            other = self.world.claim_one(step.feed)
            (report,) = self.world.commit((claim, result))
            assert not report.accepted
            self.world.store.release([other.token])
            return
        (report,) = self.world.commit((claim, result))
        assert report.accepted
        if step.twice:
            before = self.shown()
            (report,) = self.world.commit((claim, result))
            assert not report.accepted
            assert self.shown() == before

    def check(self, shown: dict[str, Story]) -> None:
        """Every item that is not dropped is shown once, as it was last; nothing shown was re-dated."""
        found = [name for story in shown.values() for name in parts(story)]
        assert len(found) == len(set(found))
        assert set(found) == {
            name for name in self.known if name[0] not in self.edit.without and not self.is_dropped(name)
        }
        for id, story in shown.items():
            dates = story.published_at, story.ordered_at
            assert self.dates.setdefault(id, dates) == dates
            name, version = words(story.entry.guid)[0:2], self.known[parts(story)[0]][0]
            assert story.entry.title == make(name[0], int(name[1]), version, 0).title
            assert story.updated_at <= self.world.now
            assert len({self.category(source.feed_id) for source in story.sources}) == 1
            assert story.category == self.category(story.sources[0].feed_id)
        by_category = {path: self.world.stories(f"category/{path}") for path in ("news", "tech")}
        assert {story.id for stories in by_category.values() for story in stories} == shown.keys()
        assert all(story.category == path for path, stories in by_category.items() for story in stories)

    def shown(self) -> dict[str, Story]:
        stories = self.world.stories()
        assert stories == sorted(stories, key=lambda story: (-story.ordered_at.timestamp(), story.id))
        found = {story.id: story for story in stories}
        assert len(found) == len(stories)
        return found

    def is_dropped(self, name: tuple[str, int]) -> bool:
        return self.edit.drops and self.known[name][0] == SPONSORED

    def category(self, name: str) -> str:
        home = HOMES[name]
        return {"news": "tech", "tech": "news"}[home] if name in self.edit.moved else home

    def catalogue(self) -> Catalogue:
        return catalogue(
            [feed(name, self.category(name)) for name in FEEDS if name not in self.edit.without],
            [output("all"), output("category/news"), output("category/tech")],
            [rule("drop", drop=True, title="sponsored")] if self.edit.drops else [],
        )


def make(name: str, number: int, version: int, times: int) -> Entry:
    """Return an item: the even ones have a link that all feeds share, so that they are duplicates."""
    link = f"https://origin.example/{number}" if number % 2 == 0 else f"https://{name}.example/{number}"
    guid = f"{name}-{number}-{times}"
    plain = entry(name, f"{name if number % 2 else 'shared'} {number} {version}", link=link)
    title = f"{plain.title} sponsored" if version == SPONSORED else plain.title
    return entry(
        name, guid, link=link, title=title, content=plain.content, hours=None if number == 3 else number + 1
    )


def words(guid: str) -> list[str]:
    return guid.split("-")


def parts(story: Story) -> list[tuple[str, int]]:
    """Return the items of a story."""
    return [(source.feed_id, int(words(source.entry_id)[1])) for source in story.sources]


@contextmanager
def playing() -> Iterator[Play]:
    with TemporaryDirectory() as folder:

        def reopen() -> World:
            return World(fresh_store(Path(folder) / "feedhub.db"))

        play = Play(reopen(), reopen)
        play.world.force(play.catalogue())
        yield play
        play.world.store.close()


@settings(max_examples=20, deadline=None)
@given(st.lists(steps, max_size=20))
def test_published_items_keep_their_id_and_date(taken: list[Step]) -> None:
    """No id repeats, no date moves, nothing vanishes but by a rule or with its feed, all comes back."""
    with playing() as play:
        for step in taken:
            play.step(step)
        play.step(replace(play.edit, drops=False, without=frozenset()))
        assert {name for story in play.shown().values() for name in parts(story)} == play.known.keys()
