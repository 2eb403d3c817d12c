"""Conditions, rules and the outputs' index, by tables."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace

import pytest

from feedhub.errors import FeedHubError
from feedhub.model import AllOf, Feed, Output, Person, Rule, Source, Story
from feedhub.rules import ConditionError, OutputIndex, apply, compile_condition, verdicts
from feedhub.rules.facts import entry_facts, holds, plain_text
from tests.blank import BLANK
from tests.times import NOW

FEED = Feed(id="planet", url="https://planet.example/rss", category="Python", tags=frozenset({"official"}))
ENTRY = replace(
    BLANK,
    feed_id="planet",
    key="k1",
    guid="g1",
    link="https://Blog.example.org/2026/11/release-3.14.html?id=7",
    title="Python 3.14 released – Größe, 央行降息",
    summary="<p>A short <b>abstract</b></p>",
    content='<p>The <a href="https://hidden.example/">new release</a> is here &amp; fast.</p>',
    authors=(Person("Ada Lovelace", "ada@example.org"), Person("News Bot")),
    categories=("Releases", "C++"),
    published_at=NOW,
    language="en-GB",
    content_hash="h",
)

CONDITIONS = [
    ({"title": "RELEASED"}, True),
    ({"title": "grösse"}, True),
    ({"title": "größe"}, True),
    ({"title": "降息"}, True),
    ({"title": "加息"}, False),
    ({"title": ["nothing", "3.14"]}, True),
    ({"title": ["nothing", "either"]}, False),
    ({"title": 3}, True),
    ({"title": "/release[sd]/"}, True),
    ({"title": "/RELEASE/"}, False),
    ({"title": "/RELEASE/i"}, True),
    ({"title": "/^python \\d+\\.\\d+ /i"}, True),
    ({"title": "/ python  \\s \\d # a number \n/xi"}, True),
    ({"title": r"/Gr\wße/"}, True),
    ({"title": r"/Gr[\w-]+e, \w{4}$/"}, True),
    ({"title": r"/Gr\Wße/"}, False),
    ({"title": "/größe/i"}, True),
    ({"title": "/a.b/s"}, False),
    ({"content": "new release is here & fast"}, True),
    ({"content": "hidden.example"}, False),
    ({"content": "href"}, False),
    ({"content": "abstract"}, True),
    ({"content": "Python"}, False),
    ({"text": "Python"}, True),
    ({"text": "abstract"}, True),
    ({"author": "lovelace"}, True),
    ({"author": "ada@example.org"}, True),
    ({"author": "/^news/i"}, True),
    ({"author": "/^Ada Lovelace$/"}, True),
    ({"author": "grace"}, False),
    ({"link": "/2026/11/"}, True),
    ({"link": "blog.example.org/2026"}, True),
    ({"link": r"/\.html\?id=\d$/"}, True),
    ({"host": "blog.example.org"}, True),
    ({"host": "example.org"}, False),
    ({"host": r"/(^|\.)example\.org$/"}, True),
    ({"category": "python"}, True),
    ({"category": "pyth"}, False),
    ({"term": "releases"}, True),
    ({"term": "c++"}, True),
    ({"term": "release"}, False),
    ({"term": "/^rel/i"}, True),
    ({"tag": "Official"}, True),
    ({"tag": "offi"}, False),
    ({"feed": "planet"}, True),
    ({"feed": ["other", "planet"]}, True),
    ({"language": "en-gb"}, True),
    ({"title": "python", "author": "bot"}, True),
    ({"title": "python", "author": "grace"}, False),
    ({"all": [{"title": "python"}, {"tag": "official"}]}, True),
    ({"all": [{"title": "python"}, {"tag": "absent"}]}, False),
    ({"any": [{"title": "ruby"}, {"tag": "official"}]}, True),
    ({"any": [{"title": "ruby"}, {"tag": "absent"}]}, False),
    ({"any": {"title": "python"}}, True),
    ({"not": {"title": "ruby"}}, True),
    ({"not": {"title": "python"}}, False),
    ({"not": {"any": [{"title": "ruby"}, {"not": {"tag": "official"}}]}}, True),
    ({"title": "python", "not": {"author": "grace"}}, True),
]


@pytest.mark.parametrize(("node", "expected"), CONDITIONS, ids=repr)
def test_condition(node: object, expected: bool) -> None:
    """A condition holds exactly when its words say so."""
    assert holds(compile_condition(node), entry_facts(ENTRY, FEED, FEED.tags)) is expected


@pytest.mark.parametrize("node", [node for node, _ in CONDITIONS], ids=repr)
def test_conditions_travel(node: object) -> None:
    """A condition comes out of a pickle as it went in."""
    condition = compile_condition(node)
    assert pickle.loads(pickle.dumps(condition)) == condition


MISTAKES = [
    (7, (), "mapping"),
    ({}, (), "empty"),
    ([{"title": "x"}], (), "any:"),
    ({"titel": "x"}, ("titel",), "did you mean title?"),
    ({"Title": "x"}, ("Title",), "did you mean title?"),
    ({"zzz": "x"}, ("zzz",), "the fields are title"),
    ({7: "x"}, (), "no field"),
    ({"title": ""}, ("title",), "empty text"),
    ({"title": []}, ("title",), "at least one"),
    ({"title": None}, ("title",), "nothing"),
    ({"title": True}, ("title",), "true"),
    ({"title": ["a", 3.1]}, ("title", 1), "quotes"),
    ({"title": {"x": 1}}, ("title",), "not a mapping"),
    ({"any": [{"title": "a"}, {"autor": "b"}]}, ("any", 1, "autor"), "did you mean author?"),
    ({"all": []}, ("all",), "at least one"),
    ({"not": [{"title": "a"}]}, ("not",), "any:"),
    ({"title": "/a(b/"}, ("title",), "RE2"),
    ({"title": ["x", "/(?=look)ahead/"]}, ("title", 1), "RE2"),
    ({"title": "/a/g"}, ("title",), "unknown flag g"),
    ({"title": r"/(a)\1/"}, ("title",), "RE2"),
    ({"title": r"/\bгород\b/"}, ("title",), "ASCII"),
]


@pytest.mark.parametrize(("node", "path", "words"), MISTAKES, ids=repr)
def test_mistake(node: object, path: tuple[str | int, ...], words: str) -> None:
    """A mistake is refused with its place in the node and what to do about it."""
    with pytest.raises(ConditionError) as caught:
        compile_condition(node)
    assert caught.value.path == path
    assert words in caught.value.message
    assert isinstance(caught.value, FeedHubError)


def test_deep_nesting_is_refused() -> None:
    """A condition that nests without end is refused, not followed."""
    node: object = {"title": "x"}
    for _ in range(5000):
        node = {"not": node}
    with pytest.raises(ConditionError, match="nest deeper"):
        compile_condition(node)


def test_no_expression_hangs() -> None:
    """An expression that takes a backtracking engine for ever is done in no time."""
    condition = compile_condition({"content": r"/^(a+)+$|(\w+\s?)*x$/"})
    entry = replace(ENTRY, content="a" * 100_000 + "!")
    started = time.process_time()
    assert not holds(condition, entry_facts(entry, FEED, FEED.tags))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("safe_html", "words"),
    [
        ("", ""),
        ("plain &amp; simple", "plain & simple"),
        ('<a title="x > y" href="/">one</a> <b>two</b>', "one two"),
        ("<p>1 &lt; 2</p><p>3</p>", "1 < 2 3"),
        ("a\u3000b\n c", "a b c"),
    ],
)
def test_plain_text(safe_html: str, words: str) -> None:
    """What conditions read of HTML is its words."""
    assert plain_text(safe_html) == words


def rule(name: str, node: object, *tags: str, drop: bool = False) -> Rule:
    return Rule(name, compile_condition(node), frozenset(tags), drop)


def test_rules_tag_in_order() -> None:
    """An entry has its feed's tags and those of every rule that holds; a later rule sees an earlier one's."""
    rules = [
        rule("late", {"tag": "releases"}, "too-early"),
        rule("first", {"title": "/release[sd]?/i"}, "releases", "news"),
        rule("second", {"tag": "releases", "author": "bot"}, "bot-release"),
        rule("other", {"title": "ruby"}, "ruby"),
    ]
    done = apply(rules, FEED, ENTRY)
    assert done.tags == {"official", "releases", "news", "bot-release"}
    assert done.dropped == ""
    assert replace(done, tags=frozenset()) == ENTRY


def test_a_drop_ends_the_rules() -> None:
    """The first drop rule that holds names itself, and no later rule is asked."""
    rules = [
        rule("no", {"title": "ruby"}, drop=True),
        rule("bots", {"author": "newsbot"}, drop=True),
        rule("ads", {"author": "news bot"}, drop=True),
        rule("after", {"title": "python"}, "python"),
        rule("again", {"title": "python"}, drop=True),
    ]
    done = apply(rules, FEED, ENTRY)
    assert (done.dropped, done.tags) == ("ads", {"official"})


def test_rules_derive_anew() -> None:
    """Applying rules again forgets earlier tags and drops; twice is the same as once."""
    old = replace(ENTRY, tags=frozenset({"old"}), dropped="old rule")
    done = apply([rule("r", {"title": "python"}, "python")], FEED, old)
    assert (done.tags, done.dropped) == ({"official", "python"}, "")
    assert apply([rule("r", {"title": "python"}, "python")], FEED, done) is done


def test_verdicts_say_why() -> None:
    """Each rule's verdict says whether it held, and which part of it decided."""
    rules = [
        rule("a", {"title": "python", "author": "grace"}, "x"),
        rule("b", {"any": [{"title": "ruby"}, {"title": "/PY/i"}]}, "y"),
        rule("c", {"not": {"tag": "y"}}, "z"),
        rule("d", {"tag": "y"}, drop=True),
        rule("e", {"title": "python"}, "w"),
    ]
    assert [tuple(verdict) for verdict in verdicts(rules, FEED, ENTRY)] == [
        ("a", False, "author does not match grace"),
        ("b", True, "title matches /PY/i"),
        ("c", False, "tag matches y"),
        ("d", True, "tag matches y"),
        ("e", False, "not asked: dropped by d"),
    ]


def story(
    *feeds: str, tags: frozenset[str] = FEED.tags, category: str = "Python", **changes: object
) -> Story:
    sources = tuple(
        Source(feed, feed, f"https://{feed}.example/", "e", ENTRY.link, ENTRY.title, NOW, NOW, "first")
        for feed in feeds
    )
    made = Story("urn:uuid:1", category, ENTRY, sources, tags, NOW, NOW, NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def output(path: str, node: object = None, min_sources: int = 1, private: bool = False) -> Output:
    where = AllOf(()) if node is None else compile_condition(node)
    return Output(path, path, "named", where, min_sources=min_sources, private=private)


OUTPUTS = [
    output("all"),
    output("tag/official", {"tag": "official"}),
    output("tag/other", {"tag": "other"}),
    output("category/python", {"category": "Python"}),
    output("category/news", {"category": "News"}),
    output("both", {"all": [{"tag": "official"}, {"title": "released"}]}),
    output("one-of", {"any": [{"tag": "other"}, {"category": "python"}]}),
    output("mixed", {"any": [{"tag": "other"}, {"title": "released"}]}),
    output("not-official", {"not": {"tag": "official"}}),
    output("regex-tag", {"tag": "/^off/"}),
    output("feed", {"feed": "second"}),
    output("hot", {"category": "python"}, min_sources=3),
    output("mine", None, private=True),
]
ONE = {"all", "tag/official", "category/python", "both", "one-of", "mixed", "regex-tag", "mine"}


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        (story("planet"), ONE),
        (story("planet", "second"), ONE | {"feed"}),
        (story("planet", "second", "third"), ONE | {"feed", "hot"}),
        (story("planet", "planet", "planet"), ONE),
        (story("planet", private=True), {"mine"}),
        (story("planet", tags=frozenset({"Other"}), category="News"),
         {"all", "tag/other", "category/news", "one-of", "mixed", "not-official", "mine"}),
        (story("planet", entry=replace(ENTRY, dropped="ads")), set()),
    ],
)  # fmt: skip
def test_outputs_of_a_story(given: Story, paths: set[str]) -> None:
    """A story is in exactly the outputs whose conditions, number of sources and privacy allow it."""
    assert OutputIndex(OUTPUTS).matching(given) == paths


def test_thousands_of_outputs_cost_nothing() -> None:
    """Outputs that ask for other tags are not looked at."""
    many = [output(f"tag/{n}", {"all": [{"tag": f"t{n}"}, {"title": "/x+y/"}]}) for n in range(5000)]
    index = OutputIndex([*OUTPUTS, *many])
    started = time.process_time()
    for _ in range(100):
        assert index.matching(story("planet")) == ONE
    assert time.process_time() - started < 1
