"""Categories and tags that only entries name: published without being listed, at addresses that stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from feedhub.model import BuildClaim, Catalogue, DuplicatePolicy, Entry, Extraction, Feed, Naming, Rule
from feedhub.ports import Store
from feedhub.rules import compile_condition, fold
from feedhub.store import open_store
from tests.sample_hub import make_hub
from tests.store_world import World, catalogue, entry, feed, output, rule

KINDS = frozenset({"category", "tag"})
NAMING = Naming(limit=100)
OF_OUTLETS = Extraction("json", "@", (("title", "t"),), category="{from}", tags=("{from}新闻",))


def source(name: str = "a", **changes: object) -> Feed:
    return feed(name, extraction=OF_OUTLETS, **changes)


def of(outlet: str, name: str, feed_id: str = "a", **changes: object) -> Entry:
    """Return an entry of an outlet, with its category and tag."""
    return entry(feed_id, name, category=outlet, labels=(f"{outlet}新闻",), **changes)


def configured(*feeds: Feed, **changes: object) -> Catalogue:
    """Return a catalogue in which entries may name categories and tags."""
    feeds = feeds or (source(),)
    made = catalogue(feeds, naming=NAMING, **changes)  # type: ignore[arg-type]
    sources = {one.id: KINDS for one in feeds if one.extraction}
    declared = {
        kind: frozenset(fold(one.path.partition("/")[2]) for one in made.outputs.values() if one.kind == kind)
        for kind in ("category", "tag")
    }
    declared["category"] |= {fold(name) for name in made.categories}
    return replace(made, naming=replace(made.naming, declared=declared, sources=sources))


def paths(world: World) -> set[str]:
    """Return the outputs that are there without being listed."""
    return set(world.store.catalogue().outputs) - set(world.catalogue.outputs)


def test_what_an_entry_names_is_published(world: World) -> None:
    """A category and a tag that nothing declares have outputs with the entry in them, in pinyin."""
    world.force(configured())
    report = world.poll("a", of("21世纪经济报道", "1"), of("Reuters", "2"))
    assert paths(world) == {
        "category/21shijijingjibaodao",
        "tag/21shijijingjibaodaoxinwen",
        "category/reuters",
        "tag/reutersxinwen",
    }
    assert report.dirty == {"all", *paths(world)}
    assert (
        world.titles("category/21shijijingjibaodao") == world.titles("tag/21shijijingjibaodaoxinwen") == {"1"}
    )
    made = world.store.catalogue().outputs["category/reuters"]
    assert (made.title, made.kind, made.private) == ("Reuters", "category", False)
    assert world.store.catalogue().categories["Reuters"].slug == "reuters"
    assert world.build() == report.dirty


def test_what_is_named_stays_over_a_restart(world: World, tmp_path: Path) -> None:
    """Another process, a restart and a reload know the same outputs and stories; nothing is dirty."""
    world.force(configured())
    world.poll("a", of("Reuters", "1"))
    world.build()
    known = world.store.catalogue()
    assert world.store.catalogue() is known
    other = World(open_store(f"sqlite:///{tmp_path / 'hub.db'}"))
    other.force(configured())
    assert other.store.catalogue().outputs == known.outputs
    assert other.titles("category/reuters") == {"1"}
    assert other.build() == set()
    other.poll("a", of("Xinhua", "2"))
    assert world.store.catalogue().outputs.keys() - known.outputs.keys() == {
        "category/xinhua",
        "tag/xinhuaxinwen",
    }
    world.poll("a", of("Xinhua", "3"), of("Daily", "4"))
    assert world.titles("category/xinhua") == {"2", "3"}
    other.store.close()


@pytest.mark.parametrize(
    ("first", "second"), [("Reuters", "REUTERS"), ("石家庄", "时佳妆"), ("a b", "a-b"), ("C", "C++")]
)
def test_names_that_would_share_an_address_are_apart(world: World, first: str, second: str) -> None:
    """Names that differ by case alone, or share their pinyin, each have an address and their own stories."""
    world.force(configured())
    world.poll("a", of(first, "1"), of(second, "2"))
    mine = {path for path in paths(world) if path.startswith("category/")}
    assert {frozenset(world.titles(path)) for path in mine} == {frozenset("1"), frozenset("2")}
    plain = min(mine, key=len)
    assert world.titles(plain) == {"1"}
    # What comes later, or goes and comes back, changes no address.
    before = {path: world.titles(path) for path in mine}
    world.force(configured(feed("b")))
    assert paths(world) == set()
    world.force(configured())
    assert {path: world.titles(path) for path in mine} == before


def test_an_address_is_never_given_twice(world: World) -> None:
    """A name that is put away keeps its address from one that would take it, and finds it again."""
    world.force(configured(source(), source("b")))
    world.poll("a", of("Reuters", "1"))
    world.force(configured(source("b")))
    world.poll("b", of("REUTERS", "2", "b"))
    (taken,) = (path for path in paths(world) if path.startswith("category/"))
    assert taken.startswith("category/reuters-")
    world.force(configured(source(), source("b")))
    assert world.titles("category/reuters") == {"1"}
    assert world.titles(taken) == {"2"}


def test_a_pause_breaks_no_address(world: World) -> None:
    """A source that is paused names what it named: its outputs are empty, and there."""
    world.force(configured())
    world.poll("a", of("Reuters", "1"))
    given = configured(feed("b"))
    world.force(replace(given, naming=replace(given.naming, sources={"a": KINDS})))
    assert "category/reuters" in paths(world)
    assert world.titles("category/reuters") == set()
    world.force(given)
    assert paths(world) == set()


def test_what_is_declared_comes_first(world: World) -> None:
    """A declared category or tag is published as declared, in any spelling; one declared later takes over."""
    world.force(configured(source(), outputs=(output("all"), output("tag/news"), output("category/news"))))
    world.poll("a", entry("a", "1", category="NEWS", labels=("News",), tags=frozenset({"News"})))
    assert paths(world) == set()
    assert world.titles("tag/news") == world.titles("category/news") == {"1"}
    world.poll("a", of("Reuters", "2"))
    listed = (output("all"), output("category/reuters", title="Agency"))
    world.force(configured(source(), outputs=listed))
    assert "category/reuters" not in paths(world)
    assert world.store.catalogue().outputs["category/reuters"].title == "Agency"
    assert world.titles("category/reuters") == {"2"}


def test_what_the_configuration_takes_gives_way(world: World) -> None:
    """Should the configuration give a name's address to something else, the name gets another one."""
    world.force(configured())
    world.poll("a", of("Reuters", "1"))
    taken = replace(output("category/reuters"), where=compile_condition({"category": "other"}))
    given = configured(source(), outputs=(output("all"), taken))
    declared = {**given.naming.declared, "category": frozenset({"news", "other"})}
    world.force(replace(given, naming=replace(given.naming, declared=declared)))
    (moved,) = (path for path in paths(world) if path.startswith("category/"))
    assert moved.startswith("category/reuters-")
    assert (world.titles("category/reuters"), world.titles(moved)) == (set(), {"1"})


def test_their_number_has_a_bound(world: World) -> None:
    """Beyond the limit entries are shown elsewhere and the feed is warned; a higher limit publishes them."""
    given = configured()
    world.force(replace(given, naming=replace(given.naming, limit=3)))
    world.poll("a", *(of(outlet, outlet) for outlet in ("A", "B", "C", "D")))
    assert len(paths(world)) == 3
    assert world.titles() == {"A", "B", "C", "D"}
    (status,) = world.store.statuses()
    assert "5 categories and tags" in status.warnings[0]
    assert "hub.dynamic_outputs" in status.warnings[0]
    world.force(configured())
    assert len(paths(world)) == 8
    assert world.titles("category/d") == {"D"}


def test_rules_decide_what_is_named(world: World) -> None:
    """What rules drop names nothing; a tag they take away and a category they replace are not named."""
    rules = (
        rule("r1", drop=True, title="nothing"),
        Rule("r2", compile_condition({"category": "spam"}), drop=True),
        Rule(
            "r3",
            compile_condition({"category": "moved"}),
            untag=frozenset({fold("Moved新闻")}),
            set=(("category", "news"),),
        ),
    )
    world.force(configured(source(), rules=rules))
    world.poll("a", of("Spam", "1"), of("Moved", "2"), of("Good", "3"))
    assert paths(world) == {"category/good", "tag/goodxinwen"}
    world.force(configured())
    assert "category/spam" in paths(world)


def test_a_private_source_names_in_private(world: World) -> None:
    """What only a source with credentials names is a private output, until a public one names it too."""
    world.force(configured(source("p", private=True), source()))
    world.poll("p", of("Reuters", "1", "p"))
    assert world.store.catalogue().outputs["category/reuters"].private
    assert world.titles("category/reuters") == {"1"}
    assert "category/reuters" in world.store.tokens()
    world.poll("a", of("Reuters", "2"))
    assert not world.store.catalogue().outputs["category/reuters"].private
    assert world.titles("category/reuters") == {"2"}


def test_settings_are_those_of_all_outputs(world: World) -> None:
    """Formats, limits and how duplicates are merged come from the defaults."""
    prototype = replace(NAMING.output, limit=7, formats=("rss",), min_sources=2)
    policy = DuplicatePolicy(enabled=False)
    given = configured(source(), source("b"))
    world.force(replace(given, naming=replace(given.naming, output=prototype, duplicates=policy)))
    copy = {"title": "Bus fares in the city rise from the first of December", "content": "<p>They do.</p>"}
    world.poll("a", of("Reuters", "1", **copy))
    world.poll("b", of("Reuters", "2", "b", **copy))
    made = world.store.catalogue().outputs["category/reuters"]
    assert (made.limit, made.formats, made.min_sources) == (7, ("rss",), 2)
    assert world.titles("category/reuters") == set()
    assert len(world.stories()) == 2


@pytest.mark.parametrize("scope", ["all", "feed"])
def test_duplicates_are_looked_for_as_usual(world: World, scope: str) -> None:
    """The scope of the defaults holds for categories that only entries name."""
    policy = DuplicatePolicy(scope=scope)
    given = configured(source(), source("b"), duplicates=policy)
    world.force(replace(given, naming=replace(given.naming, duplicates=policy)))
    world.poll("a", of("Reuters", "1", link="https://x.example/1"))
    world.poll("b", of("Xinhua", "2", "b", link="https://x.example/1"))
    assert len(world.stories()) == (1 if scope == "all" else 2)


def test_first_items_are_counted_for_each_category(world: World) -> None:
    """Of a list seen for the first time `initial_items` of each category are shown."""
    world.force(configured(source(initial_items=1)))
    world.poll("a", of("A", "1", hours=1), of("A", "2", hours=2), of("B", "3", hours=3), backlog=True)
    assert world.titles() == {"1", "3"}


def test_a_commit_that_fails_names_nothing(world: World) -> None:
    """What is taken in by a transaction that is undone is forgotten with it."""
    world.force(configured())
    claim = world.claim_one("a")
    broken = replace(world.result(claim, of("Reuters", "1")), error=object())  # type: ignore[arg-type]
    with pytest.raises(Exception, match="type"):
        world.commit((claim, broken))
    assert paths(world) == set()
    world.commit((claim, world.result(claim, of("Reuters", "1"))))
    assert world.titles("category/reuters") == {"1"}


def test_what_is_named_while_outputs_are_built_is_built_too(world: World, tmp_path: Path) -> None:
    """A poll that commits between two looks of the publishing thread leaves no output behind."""

    class Late:
        """The store, in which a poll commits just before the first claim."""

        late = True

        def claim_builds(self, *args: Any, **options: Any) -> list[BuildClaim]:
            if Late.late:
                Late.late = False
                world.poll("a", of("Reuters", "1"))
            return world.store.claim_builds(*args, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

    world.catalogue = configured()
    hub = make_hub(cast("Store", Late()), tmp_path, world.catalogue)
    hub.publish()
    assert (tmp_path / "public" / "category" / "reuters.atom").is_file()
    assert "category/reuters" in (tmp_path / "public" / "opml.xml").read_text()
    assert hub.publish() == 0
