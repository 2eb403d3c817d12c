"""What rules decide is stored with the entry, follows every edit, and never touches what the feed said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feedhub.model import AllOf, Category, Feed, Person, Rule, TermTags
from feedhub.rules import apply, compile_condition, verdicts
from tests.store_world import World, entry, feed, output
from tests.test_rules import ENTRY, FEED


def rule(query: str = "", name: str = "r", **actions: object) -> Rule:
    when = compile_condition(query) if query else AllOf(())
    return Rule(name, when, **actions)  # type: ignore[arg-type]


def tags(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_actions_in_order() -> None:
    """Untag takes before tag gives; what is set is seen by later rules; stop ends them without dropping."""
    rules = [
        rule("title:3.14", tags=tags("a", "b")),
        rule("tag:a", untag=tags("b", "official"), tags=tags("c")),
        rule(
            "tag:c", set=(("title", "{feed_title}: {title}"), ("link", "https://r.org/?u={link}&t={title}"))
        ),
        rule("title:feedtitle", tags=tags("seen")),
        rule("tag:seen", set=(("title", "{{{published}}} {title} ({author})"), ("category", "Other"))),
        rule("category:other", tags=tags("moved"), stop=True),
        rule("", drop=True),
    ]
    done = apply(rules, FEED, ENTRY, feed_title="FeedTitle")
    assert (sorted(done.tags), done.dropped) == (["a", "c", "moved", "seen"], "")
    shown = done.shown()
    assert shown.title == f"{{2026-11-23}} FeedTitle: {ENTRY.title} (Ada Lovelace, News Bot)"
    assert shown.link.startswith(
        "https://r.org/?u=https://Blog.example.org/2026/11/release-3.14.html?id=7&t=Python"
    )
    assert " " not in shown.link
    assert shown.category == "Other"
    assert (done.title, done.link, done.content_hash) == (ENTRY.title, ENTRY.link, ENTRY.content_hash)
    assert apply(rules, FEED, done, feed_title="FeedTitle") is done
    assert apply([], FEED, done) == replace(ENTRY, tags=FEED.tags)


def test_the_feeds_rules_come_first() -> None:
    """The most particular rules come first, so that a feed's own `stop` spares it what holds for all."""
    own = replace(FEED, rules=(rule("title:3.14", "own", stop=True), rule("", "other", drop=True)))
    for_all = [rule("", "all", drop=True)]
    assert apply(for_all, own, ENTRY).dropped == ""
    assert apply(for_all, own, replace(ENTRY, title="else")).dropped == "other"
    assert apply(for_all, FEED, ENTRY).dropped == "all"
    assert [tuple(one) for one in verdicts(for_all, own, ENTRY)] == [
        ("own", True, "title matches 3.14"),
        ("other", False, "not asked: stopped by own"),
        ("all", False, "not asked: stopped by own"),
    ]


@pytest.mark.parametrize(
    ("terms", "given", "expected"),
    [
        (TermTags(), ("Python3",), set()),
        (TermTags({"python3": ("python",)}), ("ＰＹＴＨＯＮ3", "web"), {"python"}),
        (TermTags({"cafe bar": ("a", "b"), "misc": ()}), ("Café  BAR", "Misc"), {"a", "b"}),
        (TermTags({"misc": ()}, others=True), ("Misc", "Machine  Learning", "/x", "y" * 101, " "),
         {"machine learning"}),
    ],
)  # fmt: skip
def test_tags_of_terms(terms: TermTags, given: tuple[str, ...], expected: set[str]) -> None:
    """A publisher's category becomes the tags it is mapped to, in any spelling; others if they are wanted."""
    one = replace(ENTRY, categories=given)
    done = apply([rule("tag:python", tags=tags("seen"))], FEED, one, terms)
    assert done.tags - {"official", "seen"} == expected
    assert ("seen" in done.tags) is ("python" in expected)


def test_what_a_rule_sets_is_published_and_taken_back(world: World) -> None:
    """A set title is published without moving `updated`, and gone again when the rule is."""
    setting = rule("", set=(("title", "{feed_title} | {title}"),))
    world.apply(feed("a", title="Paper A"), rules=[setting])
    world.poll("a", entry("a", "1"))
    [story] = world.stories()
    assert story.entry.title.startswith("Paper A | On ")
    assert story.sources[0].title == story.entry.title
    world.build()
    world.now += timedelta(hours=1)
    world.apply(feed("a", title="Paper A"))
    [plain] = world.stories()
    assert plain.entry.title.startswith("On ")
    assert (plain.id, plain.updated_at, plain.published_at) == (
        story.id,
        story.updated_at,
        story.published_at,
    )
    assert world.build() == {"all"}


def test_an_entry_is_moved_to_another_category(world: World) -> None:
    """A rule's category is where its story is merged and published; without the rule it falls apart."""
    moving = rule("title:shared", set=(("category", "sports"),))
    categories = {name: Category(name, name, name) for name in ("news", "sports")}
    outputs = [output("category/news"), output("category/sports"), output("all")]
    feeds: list[Feed] = [feed("a", "news"), feed("b", "sports")]
    same: dict[str, Any] = {"title": "The shared story of the day", "link": "https://x.example/shared"}

    def force(*rules: Rule) -> None:
        world.apply(*feeds, rules=rules, outputs=outputs, categories=categories)

    force(moving)
    world.poll("a", entry("a", "1", **same), entry("a", "2"))
    world.poll("b", entry("b", "3", **same))
    assert world.titles("category/sports") == {"1"}
    assert world.titles("category/news") == {"2"}
    [story] = world.stories("category/sports")
    assert [source.feed_id for source in story.sources] == ["a", "b"]
    force()
    assert world.titles("category/sports") == {"3"}
    assert world.titles("category/news") == {"1", "2"}
    assert {one.id for one in world.stories("category/news")} >= {story.id}


def test_a_category_that_a_poll_changes(world: World) -> None:
    """An entry whose title makes another category of it leaves its story, which keeps its id."""
    moving = rule("title:sport", set=(("category", "sports"),))
    categories = {name: Category(name, name, name) for name in ("news", "sports")}
    outputs = [output("category/news"), output("category/sports")]
    world.apply(feed("a"), feed("b"), rules=[moving], outputs=outputs, categories=categories)
    same: dict[str, Any] = {"title": "The shared story of the day", "link": "https://x.example/shared"}
    world.poll("a", entry("a", "1", **same))
    world.poll("b", entry("b", "2", **same))
    [story] = world.stories("category/news")
    assert len(story.sources) == 2
    world.poll("b", entry("b", "2", **{**same, "title": "The shared story of sport"}))
    [kept] = world.stories("category/news")
    assert (kept.id, [source.entry_id for source in kept.sources]) == (story.id, ["1"])
    assert world.titles("category/sports") == {"2"}


def test_an_own_category(world: World) -> None:
    """An entry whose source names a category is in that one instead of its feed's."""
    categories = {name: Category(name, name, name) for name in ("news", "x")}
    world.apply(feed("a"), outputs=[output("category/news"), output("category/x")], categories=categories)
    world.poll("a", entry("a", "1", category="x"), entry("a", "2"))
    assert (world.titles("category/x"), world.titles("category/news")) == ({"1"}, {"2"})


def test_every_level_is_applied_again(world: World) -> None:
    """An edit of a feed's rules or of the map of terms re-derives what is stored."""
    outputs = [output("tag/t"), output("tag/m")]
    world.apply(feed("a"), outputs=outputs)
    world.poll("a", entry("a", "1", categories=("Term",), authors=(Person("Ann"),)), entry("a", "2"))
    assert world.titles("tag/t") == set()
    world.apply(feed("a", rules=(rule("author:ann", tags=tags("t")),)), outputs=outputs)
    assert world.titles("tag/t") == {"1"}
    world.apply(feed("a"), outputs=outputs, terms=TermTags({"term": ("m",)}))
    assert (world.titles("tag/t"), world.titles("tag/m")) == (set(), {"1"})
