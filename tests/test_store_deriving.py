"""An edit reaches the stories that it concerns, in parts, and nothing is published before the last."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub import config
from feedhub.app import App
from feedhub.errors import StoreError
from feedhub.model import Catalogue, Category, Naming, Output, Person, Rule, TermTags
from feedhub.rules import apply, compile_condition, concern, touching
from feedhub.store import deriving, open_store
from feedhub.store.definition import definition, packed, unpacked
from tests.outputs_world import OutputsWorld
from tests.store_world import World, catalogue, entry, feed, output, where
from tests.test_store_crash import in_child
from tests.times import LEASE

QUERIES = [
    "title:alpha", "text:beta -title:gamma", "tag:t1", "tag:t2 OR author:ann", "category:sports",
    "host:x.example", "title:/alp\\\\w+/i", "link:moved", "feed:a -tag:t0", "words:>4", "text:seen",
    "NOT (title:beta tag:t1)",
]  # fmt: skip
WORDS = ("alpha", "beta", "gamma", "delta")
ACTIONS: list[dict[str, object]] = [
    {"tags": frozenset({"t0"})}, {"tags": frozenset({"t1", "t2"})}, {"untag": frozenset({"t1"})},
    {"drop": True}, {"stop": True}, {"set": (("title", "seen {title}"),)},
    {"set": (("link", "https://moved.example/?u={link}"),)},
    {"set": (("category", "sports"),), "tags": frozenset({"t3"})},
]  # fmt: skip


def rule(dice: random.Random) -> Rule:
    """Return some rule."""
    return Rule(
        f"r{dice.randrange(3)}",
        compile_condition(dice.choice(QUERIES)),
        **dice.choice(ACTIONS),  # type: ignore[arg-type]  # each is some of its fields
    )


def edited(rules: tuple[Rule, ...], dice: random.Random) -> tuple[Rule, ...]:
    """Return rules after some edit: one added, removed, replaced, or all in another order."""
    found = list(rules)
    match dice.randrange(4):
        case 0:
            found.insert(dice.randrange(len(found) + 1), rule(dice))
        case 1 if found:
            found.pop(dice.randrange(len(found)))
        case 2 if found:
            found[dice.randrange(len(found))] = rule(dice)
        case _:
            dice.shuffle(found)
    return tuple(found)


def outputs(dice: random.Random) -> list[Output]:
    """Return some outputs under few names, so that edits add, change and remove them."""
    made = [output("all"), output("category/sports", where=where(category="sports"))]
    for number in range(4):
        if dice.random() < 0.7:
            condition = compile_condition(dice.choice(QUERIES))
            kind = dice.choice(({}, {"min_sources": 2}, {"archive": True}, {"update_policy": "never"}))
            made.append(output(f"o{number}", where=condition, **kind))
    return made


def some_catalogue(
    dice: random.Random, before: Catalogue | None = None, naming: frozenset[str] = frozenset()
) -> Catalogue:
    """Return a catalogue, or an edit of one: of the rules for all, a feed's own, the outputs, who is private;
    `naming` is what entries of the feed b may name."""
    if before is None:
        rules = tuple(rule(dice) for _ in range(4))
        made = catalogue([feed("a"), feed("b"), feed("c", "sports")], outputs(dice), rules)
        categories = {name: Category(name, name, name) for name in ("news", "sports")}
        return replace(made, categories=categories, naming=Naming({"b": naming} if naming else {}, limit=3))
    match dice.randrange(6):
        case 0:
            one = before.feeds[dice.choice("abc")]
            changed = replace(one, rules=edited(one.rules, dice), title=dice.choice(("", "Another title")))
            return replace(before, feeds={**before.feeds, one.id: changed})
        case 1:
            return replace(before, outputs={one.path: one for one in outputs(dice)})
        case 2:
            return replace(before, terms=TermTags(others=dice.random() < 0.5))
        case 3:
            one = before.feeds[dice.choice("abc")]
            moved = replace(one, private=not one.private, category=dice.choice(("news", "sports")))
            return replace(before, feeds={**before.feeds, one.id: moved})
        case 4:
            declared = output("tag/named", kind="tag", where=where(tag="named"))
            paths = {path: one for path, one in before.outputs.items() if path != declared.path}
            names = {"tag": frozenset({"named"})}
            if len(paths) < len(before.outputs):
                return replace(before, outputs=paths, naming=replace(before.naming, declared={}))
            naming_too = replace(before.naming, declared=names)
            return replace(before, outputs={**paths, declared.path: declared}, naming=naming_too)
    return replace(before, rules=edited(before.rules, dice))


def polled(world: World, dice: random.Random) -> None:
    """Have each feed list some entries, of which some are in two feeds."""
    shared = [" ".join(dice.choices(WORDS, k=3)) + f" number {number}" for number in range(4)]
    for name in "abc":
        entries = [
            entry(
                name,
                f"{name}{number}",
                title=title,
                link=f"https://{dice.choice('xy')}.example/{title.replace(' ', '-')}",
                content=f"<p>{' '.join(dice.choices(WORDS, k=dice.randrange(8)))}</p>",
                authors=(Person("Ann"),) if dice.random() < 0.3 else (),
                categories=("Term",) if dice.random() < 0.3 else (),
                labels=(dice.choice(("named", "other")),) if name == "b" else (),
            )
            for number, title in enumerate([*dice.sample(shared, 2), f"only {dice.choice(WORDS)} {name}"])
        ]
        world.poll(name, *entries)


TABLES = {
    "entry": "id, story, dropped, tags, match_keys, data",
    "story": "id, category, winner, visible, private, outputs, ordered_at, updated_at, version",
    "member": "output, ordered_at, tie, story",
    "(SELECT * FROM match_key UNION ALL SELECT * FROM young_key)": "slot, entry",
    "first_version": "output, story",
    "shelf": "output, story, page",
    "output": "path, active, built < serial",
}


def stored(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what a database says of stories, but for when it was written."""
    with sqlite3.connect(file) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
            for table, columns in TABLES.items()
        }


def forget_definition(file: Path) -> None:
    """Have a database not know what its stories follow, so that all of them are derived."""
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM meta WHERE name = 'followed'")


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_alone_would_have_stayed_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Deriving only what an edit concerns, in parts and after a crash, leaves the database as deriving every
    story at once does."""
    dice = random.Random(seed)
    naming = frozenset({"tag", "category"}) if seed % 2 else frozenset[str]()
    world = World(open_store(f"sqlite:///{tmp_path}/0.db"))
    world.force(some_catalogue(dice, naming=naming))
    polled(world, dice)
    world.build()
    for turn in range(1, 6):
        edit, now = some_catalogue(dice, world.catalogue), world.now + timedelta(hours=1)
        whole, part = tmp_path / f"{turn}.db", tmp_path / f"part{turn}.db"
        world.store.copy(whole)
        world.store.close()
        part.write_bytes(whole.read_bytes())
        forget_definition(whole)
        with monkeypatch.context() as small:
            small.setattr(deriving, "DERIVED_AT_ONCE", 2)
            small.setattr(deriving, "BATCH", 2)
            begun = open_store(f"sqlite:///{part}")
            begun.apply(edit, now)
            begun.close()
            world = World(open_store(f"sqlite:///{part}"), now)
            world.force(edit)
            world.store.close()
        world = World(open_store(f"sqlite:///{whole}"), now)
        world.force(edit)
        assert stored(part) == stored(whole)
        world.build()
    world.store.close()


def test_no_entry_is_touched_but_those_that_are_told() -> None:
    """An entry that none of the conditions holds for is the same under the one rules and the others."""
    dice, differ, alike = random.Random(6), 0, 0
    for _ in range(300):
        before = tuple(rule(dice) for _ in range(dice.randrange(6)))
        now = edited(edited(before, dice), dice)
        source = feed("a", tags=frozenset({"t1"} if dice.random() < 0.5 else ()))
        tests = touching(before, now)
        for number in range(10):
            title, word = " ".join(dice.choices(WORDS, k=2)), dice.choice(WORDS)
            one = entry("a", str(number), title=title, content=f"<p>{word}</p>")
            if apply(before, source, one) != apply(now, source, one):
                assert concern(tests, source, one)
                differ += 1
            else:
                alike += not concern(tests, source, one)
    assert differ > 500
    assert alike > 200


def test_touching_is_narrow() -> None:
    """What the rules before and after an edited one say touches nothing; nor does a name, unless it drops."""
    kept = Rule("first", compile_condition("title:alpha"), frozenset({"t"}))
    old, new = (
        Rule("second", compile_condition(f"title:{word}"), frozenset({"u"})) for word in ("beta", "gamma")
    )
    tests = touching((kept, old, kept), (kept, new, kept))
    titles = {word: concern(tests, feed("a"), entry("a", "1", title=word)) for word in WORDS}
    assert titles == {"alpha": False, "beta": True, "gamma": True, "delta": False}
    renamed, dropping = replace(old, name="other"), replace(old, drop=True)
    assert touching((old,), (renamed,)) == ()
    assert touching((dropping,), (replace(dropping, name="other"),)) == (dropping.when,)


def test_a_definition_comes_back_whole() -> None:
    """What stories follow is read back as it was written."""
    dice = random.Random(6)
    made = some_catalogue(dice)
    for turn in range(30):
        made = some_catalogue(dice, made)
        one = definition(made, naming=bool(turn % 2))
        assert unpacked(packed(one)) == one


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Six stories, of which two are derived at once."""
    monkeypatch.setattr(deriving, "DERIVED_AT_ONCE", 2)
    monkeypatch.setattr(deriving, "BATCH", 2)
    opened = World(open_store(f"sqlite:///{tmp_path}/hub.db"))
    opened.force(BEFORE)
    opened.poll("a", *(entry("a", name) for name in "123456"))
    opened.build()
    yield opened
    opened.store.close()


FEEDS, OUTPUTS = [feed("a"), feed("b")], [output("all"), output("tagged", where=where(tag="t"))]
BEFORE = catalogue(FEEDS, OUTPUTS)
AFTER = catalogue(FEEDS, OUTPUTS, [Rule("every", compile_condition("feed:a"), frozenset({"t"}))])
OTHER = catalogue(FEEDS, OUTPUTS, [Rule("other", compile_condition("feed:a"), frozenset({"u"}))])


def begun(world: World, given: Catalogue) -> None:
    """Have a process die after the first part of an edit."""
    url = f"sqlite:///{world.store._database.file}"  # type: ignore[attr-defined]

    def work() -> None:
        child = World(open_store(url), world.now)
        child.store.derive = lambda _: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        child.force(given)

    in_child(work)


def test_the_lock_is_held_in_parts(world: World) -> None:
    """Between two parts of an edit others write: here a poll, under the rules of the edit."""
    derive, news = world.store.derive, iter("789")

    def interrupted(now: object) -> bool:
        if (name := next(news, None)) is not None:
            world.poll("b", entry("b", name))
        return derive(world.now)

    world.store.derive = interrupted  # type: ignore[method-assign]
    world.force(AFTER)
    assert world.titles("tagged") == set("123456")
    assert world.titles() == set("123456789")


def test_nothing_is_built_of_half_an_edit(world: World) -> None:
    """While stories follow in parts no output is handed out; what was handed out before comes too late."""
    world.force(replace(BEFORE, site=replace(BEFORE.site, title="Another")))
    claims = world.store.claim_builds(world.now, limit=10, lease=LEASE)
    assert {claim.path for claim in claims} == {"all", "tagged"}
    begun(world, AFTER)
    assert world.store.claim_builds(world.now, limit=10, lease=LEASE) == []
    assert world.build() == set()
    assert world.store.under_way(world.now)
    world.force(AFTER)
    assert not world.store.under_way(world.now)
    assert world.build() == {"all", "tagged"}
    assert world.titles("tagged") == set("123456")


def test_no_copy_is_made_of_half_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts for Jekyll follow when all stories do."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(
        "feeds: [https://one.example/feed]\nexporters: {jekyll: {dir: posts}}\n"
        "fetch: {workers: 1, processes: 0}\n"
    )
    with App(config.load(file, {})) as app:
        with monkeypatch.context() as half:
            half.setattr(app.store, "under_way", lambda now: True)
            app.export()
        assert not (tmp_path / "posts").exists()
        app.export()
        assert (tmp_path / "posts").exists()


def test_an_edit_whose_process_died_is_completed_at_the_next_start(world: World) -> None:
    """What was done before stays done, the rest follows, and then it is published."""
    begun(world, AFTER)
    assert len(world.titles("tagged")) == 2
    world.force(AFTER)
    assert world.titles("tagged") == set("123456")
    assert world.build() == {"all", "tagged"}
    assert not world.store.derive(world.now)


def test_who_has_the_same_configuration_goes_on(world: World, tmp_path: Path) -> None:
    """A daemon with the same configuration completes what a command began and did not end."""
    daemon = World(open_store(f"sqlite:///{tmp_path}/hub.db"), world.now)
    daemon.force(AFTER)
    world.force(BEFORE)
    begun(world, AFTER)
    assert not world.store.derive(world.now)
    assert len(world.titles("tagged")) == 2
    while daemon.store.derive(daemon.now):
        pass
    assert daemon.titles("tagged") == set("123456")
    assert daemon.build() == {"all", "tagged"}
    daemon.store.close()


def test_publishing_completes_an_edit_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle of an edit, the daemon goes on with it as soon as it can."""
    monkeypatch.setattr(deriving, "DERIVED_AT_ONCE", 2)
    monkeypatch.setattr(deriving, "BATCH", 2)
    world = OutputsWorld(tmp_path)
    world.apply(BEFORE)
    world.say(*(entry("a", name) for name in "123456"))
    with monkeypatch.context() as broken:
        broken.setattr(world.store, "derive", lambda _: (_ for _ in ()).throw(StoreError("disk is full")))
        with pytest.raises(StoreError):
            world.hub.apply(AFTER)
    assert len(world.feed("tagged")["items"]) == 0
    world.hub.publish()
    assert len(world.feed("tagged")["items"]) == 6
    world.store.close()


def test_another_edit_in_the_middle_of_one(world: World) -> None:
    """Stories of which some follow one configuration and some another all follow the third."""
    begun(world, AFTER)
    world.force(OTHER)
    assert {story.tags for story in world.stories()} == {frozenset({"u"})}
    assert world.titles("tagged") == set()
    begun(world, AFTER)
    world.force(BEFORE)
    assert {story.tags for story in world.stories()} == {frozenset()}


def test_an_edit_that_nobody_can_complete_holds_up_nobody_for_long(world: World) -> None:
    """A process with another configuration builds again after a minute."""
    begun(world, AFTER)
    world.now += timedelta(minutes=2)
    assert world.build()


def test_a_clock_that_is_put_back_does_not_hold_up_builds(world: World) -> None:
    """A part that was derived in what is the future now was not derived a moment ago."""
    begun(world, AFTER)
    world.now -= timedelta(days=1)
    assert not world.store.under_way(world.now)


def test_a_new_digest_does_not_begin_with_what_was_there(world: World) -> None:
    """However many parts it takes to fill an output, its archive has all that it had, a digest nothing."""
    one = output("new", where=where(tag="t"), archive=True)
    world.force(replace(AFTER, outputs={**AFTER.outputs, "new": one}))
    assert world.store.shelf("new").waiting == 6
    assert world.store.shelf("new").last_at == world.now
