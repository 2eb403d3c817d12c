"""Boilerplate that repeats in a feed itself is learned from its document and folded before matching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.merger import LOOKUP_KINDS, Boilerplate, Candidate, Join, decide, keys, learn
from feedhub.model import DuplicatePolicy, Entry, Feed, ParsedFeed, Person, RawEntry
from feedhub.normalize import normalize
from tests.times import NOW

Story = tuple[str, str]
Form = Callable[[str, str], tuple[str, str]]

ENGLISH: list[Story] = [
    (
        "Ferry line to Gedser resumes",
        "The ferry between Rostock and Gedser sails again from Monday after a repair of nine days.",
    ),
    (
        "Tern colony doubles in a year",
        "Volunteers counted 312 nests on the island, twice as many as last summer, the wardens said.",
    ),
    (
        "Council closes the bridge",
        "Cars may not cross the harbour bridge from next spring, after cracks were found in 2 pillars.",
    ),
    (
        "Old cinema gets a new owner",
        "A cooperative of 140 neighbours has bought the Astoria and wants to reopen it in June.",
    ),
    (
        "Brewery recalls its lager",
        "Bottles filled on 3 November may contain shards of glass; shops take them back without a receipt.",
    ),
    (
        "School roof fails inspection",
        "The gym of the Lindgren school stays shut until engineers have replaced 18 beams, the city said.",
    ),
]
CHINESE: list[Story] = [
    (
        "滨海港集装箱吞吐量创新高",
        "滨海港务集团周一公告称，十月份集装箱吞吐量为86.4万标箱，同比增长12.3%，创单月历史新高。",
    ),
    ("远洋渔业拟收购冷链企业", "远洋渔业公告，拟以3.2亿元现金收购南岸冷链51%股权，交易完成后将并表。"),
    (
        "北湾新区发布人才补贴办法",
        "北湾新区管委会发布办法，对新引进的博士给予每人20万元安家补贴，分三年发放。",
    ),
    (
        "长岭煤业一季度净利润下降",
        "长岭煤业披露一季报，营业收入41.7亿元，净利润3.9亿元，同比下降27%，主要受煤价下跌影响。",
    ),
    (
        "石桥银行获准发行二级资本债",
        "石桥银行收到监管批复，获准在银行间市场公开发行不超过60亿元二级资本债券。",
    ),
    ("云渡科技终止定增计划", "云渡科技董事会决定终止2026年度向特定对象发行股票事项，并撤回申请文件。"),
]

TURNS = {
    "Monday": "Friday",
    "312": "213",
    "next spring": "last spring",
    "140": "410",
    "3 Nov": "4 Nov",
    "18 beams": "16 beams",
    "86.4": "64.8",
    "收购": "出售",
    "20万": "30万",
    "下降": "上升",
    "60亿": "50亿",
    "终止": "启动",
}

FORMS: dict[str, tuple[list[Story], Form, Form]] = {
    "footers": (
        ENGLISH,
        lambda title, text: (
            title,
            f"<p>{text}</p><p>Sign up for our morning newsletter and never miss a story from the coast.</p>"
            f"<p>The Courier is 1 of 12 papers of Coast Media. Follow us wherever you like.</p>",
        ),
        lambda title, text: (
            title,
            f"<div>You are reading the free edition of the Quay Gazette.</div><p>{text}</p>"
            f'<p><a href="https://q.example/">{title}</a> was first published by the Quay Gazette.</p>',
        ),
    ),
    "one paragraph, bylines": (
        ENGLISH,
        lambda title, text: (title, f"By Ann Lee Jones, Courier staff. {text} A tip? Write to the Courier."),
        lambda title, text: (title, f"{text} More 24 hours a day at Coast Radio, your station for the bay."),
    ),
    "names in titles": (
        ENGLISH,
        lambda title, text: (f"{title} - Coast Courier", f"<p>{text}</p>"),
        lambda title, text: (f"Quay Gazette: {title}", f"<p>{text}</p><p>All 7 stories of today</p>"),
    ),
    "促销与免责": (
        CHINESE,
        lambda title, text: (title, f"<p>{text}</p><p>更多精彩内容，请下载海岸财经客户端，首月仅需9元。</p>"),
        lambda title, text: (
            title,
            f"<p>码头快报为您实时播报每日财经要闻。</p><p>{text}</p>"
            f"<p>风险提示：以上内容仅供参考，不构成投资建议，据此操作，风险自担。</p>",
        ),
    ),
    "一段到底": (
        CHINESE,
        lambda title, text: (title, f"海岸财经记者从有关部门获悉。{text}点击查看海岸财经今日全部36条快讯。"),
        lambda title, text: (f"{title}_码头快报", f"{text}版权声明：本文归码头快报所有，不得转载。"),
    ),
}


def document(stories: Sequence[Story], form: Form) -> list[RawEntry]:
    """Return a feed's raw entries, each story in its form."""
    raws = []
    for number, (title, body) in enumerate(form(*story) for story in stories):
        at = NOW - timedelta(hours=number + 1)
        author = (Person("Ann Lee Jones"),)
        raws.append(RawEntry(id=f"{number}", title=title, content=body, published=at, authors=author))
    return raws


def read(name: str, raws: Sequence[RawEntry], boilerplate: Boilerplate) -> list[Entry]:
    """Return a document's entries with their keys."""
    feed = Feed(id=name, url=f"https://{name}.example/feed", category="c")
    entries = normalize(ParsedFeed(format="rss20", entries=tuple(raws)), feed, {}, NOW).entries
    return [replace(entry, match_keys=keys(entry, boilerplate=boilerplate)) for entry in entries]


def joined(one: Entry, other: Entry) -> bool:
    """Tell whether the second joins the first, if it finds it."""
    shared = {*one.match_keys} & {pair for pair in other.match_keys if pair[0] in LOOKUP_KINDS}
    known = [Candidate("known", one)] if shared else []
    return isinstance(decide(other, known, DuplicatePolicy(), NOW), Join)


@pytest.mark.parametrize("name", FORMS)
def test_copies_join_under_the_boilerplate_of_two_feeds(name: str) -> None:
    """Every story joins its copy and no other; without what the documents teach, hardly one does."""
    stories, first, second = FORMS[name]
    raws = document(stories, first), document(stories, second)
    ones, others = (read(feed, one, learn(one)) for feed, one in zip("ab", raws, strict=True))
    found = {(x, y) for x, one in enumerate(ones) for y, other in enumerate(others) if joined(one, other)}
    assert found == {(number, number) for number in range(len(stories))}
    plain = [read(feed, one, Boilerplate()) for feed, one in zip("ab", raws, strict=True)]
    assert sum(joined(one, other) for one, other in zip(*plain, strict=True)) <= len(stories) // 2


@pytest.mark.parametrize("name", FORMS)
def test_near_misses_stay_apart_under_boilerplate(name: str) -> None:
    """What a feed repeats says nothing; what is left of two entries must agree as ever."""
    stories, first, second = FORMS[name]
    turned = [(title, altered(text)) for title, text in stories]
    raws = document(stories, first), document(turned, second)
    ones, others = (read(feed, one, learn(one)) for feed, one in zip("ab", raws, strict=True))
    assert [one.title for one, other in zip(ones, others, strict=True) if joined(one, other)] == []


def altered(text: str) -> str:
    """Return a text that says something else: another number, or another word."""
    old, new = next(pair for pair in TURNS.items() if pair[0] in text)
    return text.replace(old, new)


def test_one_new_entry_is_read_as_all_would_be() -> None:
    """What is folded of an entry is the same whether its document is new or only it is."""
    stories, form, _ = FORMS["footers"]
    raws = document(stories, form)
    everything = read("a", raws, learn(raws))
    (alone,) = read("a", raws[:1], learn(raws))
    assert alone.match_keys == everything[0].match_keys
    assert "folded" in dict(alone.match_keys)


def test_a_series_keeps_its_name() -> None:
    """A part of titles that most share is folded only where the rest says enough on its own."""
    weekly = [RawEntry(title=f"Weekly links | #{number}") for number in range(9)]
    assert learn(weekly).names == {"weeklylinks"}
    entry = read("a", weekly, Boilerplate())[0]
    assert "folded" not in dict(keys(entry, boilerplate=learn(weekly)))


def test_what_all_entries_say_tells_feeds_apart() -> None:
    """Two feeds of notices under one title, each with the same words on every notice, stay two."""
    words = (
        "<p>We buy houses in any condition and pay in cash within a week, call us now.</p>",
        "<p>Cheap flights to everywhere, compare eighty airlines and save with one click.</p>",
    )
    titles = [f"All you need to know about moving to the coast, chapter {word}" for word in "abcdefgh"]
    ones, others = ([RawEntry(id=t, title=t, content=text, published=NOW) for t in titles] for text in words)
    pairs = zip(read("a", ones, learn(ones)), read("b", others, learn(others)), strict=True)
    assert learn(ones).passages and not any(joined(one, other) for one, other in pairs)


def test_a_few_entries_teach_nothing() -> None:
    """Two entries may say the same by chance, and half of them is not most."""
    footer = "<p>You are reading the free edition of the Quay Gazette.</p>"
    own = [RawEntry(content=f"<p>Something else altogether, number {number}.</p>") for number in range(4)]
    shared = [replace(raw, content=raw.content + footer) for raw in own]
    assert learn(shared[:2]) == Boilerplate()
    assert learn(shared[:2] + own[2:]) == Boilerplate()
    assert learn(shared[:3] + own[3:]).passages == {"youarereadingthefreeeditionofthequaygazette"}


@given(st.lists(st.text(alphabet="<>p/br .。!?\n\ue000&;a新-|:【】", max_size=40), min_size=3, max_size=6))
def test_nothing_in_a_document_is_an_error(texts: list[str]) -> None:
    """Whatever bodies and titles hold, they are learned from and folded without an error."""
    raws = [RawEntry(id=str(n), title=text, content=text * 3, summary=text) for n, text in enumerate(texts)]
    for entry in read("a", raws, learn(raws)):
        joined(entry, replace(entry, feed_id="b"))
