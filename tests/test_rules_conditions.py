"""Conditions beyond plain text: quantities, folding, enclosures, and queries, which mean the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedhub.model import AllOf, Enclosure, Output, Source, Story
from feedhub.rules import (
    ConditionError,
    OutputIndex,
    age_bounds,
    compile_condition,
    contradiction,
    fold,
    holds,
    read_condition,
    reason,
    story_facts,
)
from tests.test_rules import ENTRY, NOW

BODY = "<p>" + "word " * 300 + "</p>"
EPISODE = Enclosure("https://cdn.example/shows/image/e1.mp3", "audio/mpeg")


def story(
    *feeds: str, tags: frozenset[str] = frozenset({"official"}), hours: float = 1, **changes: object
) -> Story:
    at = NOW - timedelta(hours=hours)
    sources = tuple(
        Source(feed, feed, f"https://{feed}.example/", "e", ENTRY.link, ENTRY.title, at, at, "first")
        for feed in feeds
    )
    entry = replace(ENTRY, **changes)  # type: ignore[arg-type]
    return Story("urn:uuid:1", "Python", entry, sources, tags, at, at, at)


STORY = story(
    "planet", "second", "planet",
    title="Python 3.14 released – Łódź, CAFÉ, ＡＢＣ, ﾊﾟﾝ, ἡμέρα, ёж, йод, 央行降息",
    content=BODY, enclosures=(EPISODE,), language="zh-Hant-TW", hours=36,
)  # fmt: skip

CONDITIONS = [
    # folding
    ({"title": "cafe"}, True),
    ({"title": "CAFÉ"}, True),
    ({"title": "cafe\u0301"}, True),
    ({"title": "lodz"}, True),
    ({"title": "abc"}, True),
    ({"title": "ａｂｃ"}, True),
    ({"title": "パン"}, True),
    ({"title": "ハン"}, False),
    ({"title": "ημερα"}, True),
    ({"title": "еж"}, True),
    ({"title": "иод"}, False),
    ({"title": "/cafe/i"}, False),
    # quantities
    ({"words": ">299"}, True),
    ({"words": ">300"}, False),
    ({"words": ">=300"}, True),
    ({"words": "<= 300"}, True),
    ({"words": "<300"}, False),
    ({"words": 300}, True),
    ({"words": "=300"}, True),
    ({"words": "100..300"}, True),
    ({"words": "100..299"}, False),
    ({"words": [1, "300..400"]}, True),
    ({"sources": 2}, True),
    ({"sources": ">=3"}, False),
    ({"age": "<2d"}, True),
    ({"age": "<1d12h"}, False),
    ({"age": "<=36h"}, True),
    ({"age": ">36h"}, False),
    ({"age": ">1d"}, True),
    ({"age": "1d..2d"}, True),
    ({"published": "2026"}, True),
    ({"published": 2026}, True),
    ({"published": "2026-11"}, True),
    ({"published": "2026-11-22"}, True),
    ({"published": "2026-11-23"}, False),
    ({"published": ">=2026-11-22"}, True),
    ({"published": ">2026-11-22"}, False),
    ({"published": "<=2026-11-22"}, True),
    ({"published": "<2026-11-22"}, False),
    ({"published": "2026-01..2026-11"}, True),
    ({"published": ">=2026-11-22T08:00+08:00"}, True),
    ({"published": "<2026-11-22T00:00"}, False),
    # enclosures, languages
    ({"enclosure": True}, True),
    ({"enclosure": False}, False),
    ({"enclosure": "audio"}, True),
    ({"enclosure": "image"}, False),
    ({"enclosure": "/mp3/"}, True),
    ({"enclosure": "audio/mpeg"}, True),
    ({"enclosure": "cdn.example"}, True),
    ({"enclosure": ["video", "audio"]}, True),
    ({"language": "zh"}, True),
    ({"language": "zh-hant"}, True),
    ({"language": "zh-TW"}, False),
    # a query among mappings
    ({"any": ["title:ruby", "title:python words:>10"]}, True),
    ({"title": "python", "not": "feed:second"}, False),
]


@pytest.mark.parametrize(("node", "expected"), CONDITIONS, ids=repr)
def test_condition(node: object, expected: bool) -> None:
    """A condition holds exactly when its words say so."""
    assert holds(compile_condition(node), story_facts(STORY, NOW)) is expected


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("rust", {"text": "rust"}),
        ("title:rust", {"title": "rust"}),
        ('title:"rust"', {"title": "rust"}),
        ("title:/re x/i", {"title": "/re x/i"}),
        ("link:/2026/11/", {"link": "/2026/11/"}),
        ("link:https://x.org/y", {"link": "https://x.org/y"}),
        ("words:>300", {"words": ">300"}),
        ("age:<2d", {"age": "<2d"}),
        ("published:>=2026-01-01T10:00", {"published": ">=2026-01-01T10:00"}),
        ("sources:>=3", {"sources": ">=3"}),
        ("enclosure:true", {"enclosure": True}),
        ("enclosure:false", {"enclosure": False}),
        ("enclosure:audio", {"enclosure": "audio"}),
        ("tag:c++ term:c# 3.14", {"all": [{"tag": "c++"}, {"term": "c#"}, {"text": "3.14"}]}),
        ("title:rust AND NOT author:bot", {"all": [{"title": "rust"}, {"not": {"author": "bot"}}]}),
        ("title:rust -author:bot", {"all": [{"title": "rust"}, {"not": {"author": "bot"}}]}),
        ("a b OR c", {"any": [{"all": [{"text": "a"}, {"text": "b"}]}, {"text": "c"}]}),
        ("a AND (b OR c)", {"all": [{"text": "a"}, {"any": [{"text": "b"}, {"text": "c"}]}]}),
        ("NOT a b", {"all": [{"not": {"text": "a"}}, {"text": "b"}]}),
        ("-(a OR b)", {"not": {"any": [{"text": "a"}, {"text": "b"}]}}),
        ('title:(a OR "b c" author:x)',
         {"any": [{"title": "a"}, {"all": [{"title": "b c"}, {"author": "x"}]}]}),
        ('"exact phrase"', {"text": "exact phrase"}),
        (r'"say \"so\""', {"text": 'say "so"'}),
        ("e-mail 24/7 ANDROID", {"all": [{"text": "e-mail"}, {"text": "24/7"}, {"text": "ANDROID"}]}),
        ("央行 OR title:降息", {"any": [{"text": "央行"}, {"title": "降息"}]}),
        ("a\u3000b", {"all": [{"text": "a"}, {"text": "b"}]}),
    ],
)  # fmt: skip
def test_a_query_means_what_the_mapping_means(text: str, node: object) -> None:
    """The one-line form compiles to the very condition of the mapping form."""
    assert compile_condition(text) == compile_condition(node)


def test_quoted_text_is_text() -> None:
    """In quotes neither a slash nor an operator means anything but itself."""
    facts = story_facts(story("a", title="see /etc/ and OR -x"))
    assert holds(compile_condition('title:"/etc/" AND "and OR" AND "-x"'), facts)
    assert not holds(compile_condition('title:"/e.c/"'), facts)


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("", 0, "empty query"),
        ("a OR", 2, "OR wants something after it"),
        ("a AND OR b", 6, "OR wants something before it"),
        ("OR b", 0, "OR wants something before it"),
        ("title:", 0, "title: wants something after it"),
        ("x (a", 2, "never closed"),
        ('x ")" (a', 6, "never closed"),
        ("a)", 1, "nothing opens"),
        ("x ()", 3, "nothing between"),
        ('title:"un', 6, "never closed"),
        ("- a", 0, "right before"),
        ("rust titel:x", 5, "did you mean title?"),
        ("see http://x", 4, "colon in it stands in quotes"),
        ("war and peace", 4, "AND in capitals"),
        ("a words:many", 8, "words is counted"),
        ("age:2d", 4, "younger or older"),
        ("age:<2", 4, "has its unit"),
        ("published:>yesterday", 10, "a date is written"),
        ("published:2026-02-30", 10, "a date is written"),
        ("words:>", 6, "compared with a value"),
        ("a title:/(/", 8, "no regular expression"),
        ("a title:/x/q", 8, "unknown flag"),
        ("x" * 2001, 2000, "at most 2000"),
        ("title:\"\"", 6, "empty text"),
        ("-" * 40 + "a", None, "nest deeper"),
    ],
)  # fmt: skip
def test_mistakes_point_into_the_query(text: str, offset: int | None, words: str) -> None:
    """A mistake in a query names its place in the text and says what is wrong there."""
    with pytest.raises(ConditionError) as caught:
        compile_condition(text)
    assert (caught.value.offset, words in caught.value.message) == (offset, True), caught.value.message


def test_deep_queries_are_refused() -> None:
    """A query that nests without end is refused, not followed."""
    for text in ("-(a " * 400 + "a" + ")" * 400, "-" * 1900 + "a", "NOT " * 400 + "a", "title:(" * 200):
        with pytest.raises(ConditionError):
            compile_condition(text)


def test_what_is_asked_for() -> None:
    """A reading lists every value with its place, for checking names against what there is."""
    asked = read_condition({"any": ["tag:a -feed:b", {"tag": ["c", "/d/"]}]}).asked
    assert [(one.field, one.value, one.path, one.offset, one.expression) for one in asked] == [
        ("tag", "a", ("any", 0), 4, False),
        ("feed", "b", ("any", 0), 12, False),
        ("tag", "c", ("any", 1, "tag", 0), None, False),
        ("tag", "/d/", ("any", 1, "tag", 1), None, True),
    ]


def test_reasons_of_quantities() -> None:
    """A reason names the number that was compared."""
    facts = story_facts(STORY, NOW)
    assert reason(compile_condition("words:>300"), facts) == "words 300 is not >300"
    assert reason(compile_condition("age:<2d"), facts) == "age 1 day, 12:00:00 is <2d"
    assert reason(compile_condition("published:2026"), facts) == "published 2026-11-22T00:00+00:00 is 2026"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two-part it's", 3),
        ("3.14 is π", 3),
        ("央行降息", 4),
        ("Python 教程 2026", 4),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    """A word is a run of letters; a character of Chinese or Japanese counts as one."""
    facts = story_facts(story("a", content=f"<p>{text}</p>", summary=""))
    assert holds(compile_condition({"words": words}), facts)


AGES = [
    ("age:<2d", True, False),
    ("age:>2d", True, True),
    ("NOT age:<2d", True, True),
    ("title:ruby age:<2d", False, False),
    ("title:ruby OR age:>2d", True, True),
    ("title:ruby OR age:<2d", True, False),
    ("-(title:python -age:<2d)", True, False),
]


@pytest.mark.parametrize(("query", "member", "shown"), AGES)
def test_age_never_keeps_a_story_from_membership(query: str, member: bool, shown: bool) -> None:
    """What may hold at some age is a member; whether it holds now is for when the output is built."""
    old = story("planet", hours=72)
    condition = compile_condition(query)
    index = OutputIndex([Output("x", "x", "named", condition)])
    assert (index.matching(old) == {"x"}) is member
    assert holds(condition, story_facts(old, NOW)) is shown


def test_age_bounds() -> None:
    """The ages outside of which a condition cannot hold are known where all must hold."""
    day = 86_400
    assert age_bounds(compile_condition("rust age:<2d (age:>1d)")) == (day + 1e-6, 2 * day)
    assert age_bounds(compile_condition("rust OR age:<2d")) == (None, None)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("category:python", ""),
        ("category:news", "category is Python here"),
        ("host:python host:news", "never python and news at once"),
        ("host:a.org (host:b.org rust)", "never a.org and b.org at once"),
        ("words:>300 words:<100", "words is never"),
        ("words:300..100", "words is never"),
        ("age:>2d age:<1d", "age is never"),
        ("rust -rust", "excludes the other"),
        ("title:x OR (rust -rust)", ""),
        ("category:a OR category:b", "never a"),
        ("tag:a tag:b", ""),
        ("-category:news", ""),
    ],
)
def test_contradictions(query: str, why: str) -> None:
    """What can never hold is found without looking at any entry."""
    said = contradiction(compile_condition(query), {"category": "Python"}, {"category", "host"})
    assert why in said
    assert bool(why) is bool(said)


def test_folding_twice_is_folding_once() -> None:
    """A folded text folds to itself."""
    for text in ("Ｃａｆé", "Straße İstanbul", "ǅ ﬁ", "각", "йё", "हिन्दी"):
        assert fold(fold(text)) == fold(text)


def test_empty_is_everything() -> None:
    """An output without a condition takes all."""
    assert holds(AllOf(()), story_facts(STORY))
