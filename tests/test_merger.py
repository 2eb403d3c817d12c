"""Stories: what joins, what stays apart, and what is only another guid of the same item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest

from feedhub.merger import (
    LIKENESS_KINDS,
    LOOKUP_KINDS,
    Candidate,
    Decision,
    Found,
    Join,
    Repair,
    decide,
    keys,
    story_id,
    winner,
)
from feedhub.model import DuplicatePolicy, Entry, Feed, LinkPolicy
from tests.times import NOW

POLICY = DuplicatePolicy()
TEXT = (
    "The city council voted on Thursday to close the old harbour bridge to cars from next spring, after "
    "engineers found cracks in two of its main pillars. Buses and bicycles may still cross. Repairs are "
    "expected to take until 2029 and to cost 48 million, of which the region pays half. Shop owners "
    "along the quay had asked for a later date."
)
OTHER_TEXT = (
    "Volunteers counted 312 nests of the common tern on the island this summer, the most since the "
    "survey began in 1987. The wardens credit the new fence and a wet June; rats had taken most of the "
    "eggs in the years before."
)

HEAD = (
    "You read the Quay Gazette, the free paper of the old town, founded in 1953. Our reporters "
    "depend on your support. Please consider a gift of any size, or take out a subscription for a "
    "friend who has moved away. This item was first sent to members of the evening letter, who may "
    "also listen to it as a recording. "
)
FOOTER = (
    " Filed under traffic, council and construction. More stories from the region are on our front "
    "page. Sign up for alerts by telephone or mail, write to the newsroom with corrections, and "
    "follow us wherever you like. All rights reserved by Coast Media 2026, printing for your own use "
    "permitted, no reproduction elsewhere."
)


def entry(feed: str, title: str, text: str = "", **changes: object) -> Entry:
    """Return an entry of one hour ago, with its keys."""
    key = str(changes.pop("key", title))
    values: dict[str, object] = {
        "guid": key,
        "link": f"https://{feed}.example/{crc32(key.encode('utf-8', 'surrogatepass'))}",
        "summary": "",
        "authors": (),
        "categories": (),
        "published_at": NOW - timedelta(hours=1),
        "updated_at": None,
        "first_seen_at": NOW,
        "enclosures": (),
        "image": "",
        "language": "",
        "comments": "",
        "source_title": "",
        "source_url": "",
        "podcast": None,
        "content_hash": "",
    }
    made = Entry(feed_id=feed, key=key, title=title, content=text, **{**values, **changes})  # type: ignore[arg-type]
    return replace(made, match_keys=keys(made))


def judge(new: Entry, *known: Entry, policy: DuplicatePolicy = POLICY) -> Decision:
    """Decide as a store would: only on entries that share a look-up key, each in a story of its own."""
    return decide(new, candidates(new, known), policy, NOW)


def candidates(new: Entry, known: Sequence[Entry]) -> list[Candidate]:
    """Return the known entries that share a look-up key."""
    wanted = {pair for pair in new.match_keys if pair[0] in LOOKUP_KINDS}
    return [Candidate(one.feed_id, one) for one in known if wanted & {*one.match_keys}]


def test_keys_are_few_short_and_each_kind_once() -> None:
    """A key is a kind that may be looked up and a short ASCII value."""
    pairs = keys(entry("a", "Harbour bridge closes to cars next spring", TEXT))
    assert len({kind for kind, _ in pairs}) == len(pairs) <= 13
    assert {kind for kind, _ in pairs} <= LOOKUP_KINDS
    assert all(value.isascii() and 0 < len(value) <= 32 for _, value in pairs)
    assert LIKENESS_KINDS < LOOKUP_KINDS


def test_keys_of_an_empty_entry_are_none() -> None:
    """Where there is no evidence there is no key."""
    assert keys(entry("a", "", "", link="", guid="")) == ()


def test_a_guid_is_a_key_when_no_two_publishers_choose_it() -> None:
    """A number is not global; a tag URI, a UUID and a page are."""
    for guid, is_key in (
        ("4711", False),
        ("https://example.com/", False),
        ("https://example.com/?p=12", True),
        ("tag:example.com,2005:/post/15.468", True),
        ("29f5810b-72df-4e71-8cd4-b6cda3dd6c77", True),
        ("urn:md5:1eca32755b5efed852f42412c14a7942", True),
    ):
        assert ("guid" in dict(keys(entry("a", "x", guid=guid)))) is is_key, guid


def test_the_feed_decides_whether_its_links_are_folded() -> None:
    """With canonical links off, a tracking parameter keeps two links, and two guids that are links, apart."""
    feed = Feed(id="a", url="https://a.example/feed", category="c", links=LinkPolicy(canonical=False))
    urls = [f"https://a.example/1{tail}" for tail in ("", "?utm_source=x")]
    plain, tracked = (entry("a", "x", link=url, guid=f"{url}#") for url in urls)
    for kind in ("link", "guid"):
        assert dict(keys(plain))[kind] == dict(keys(tracked))[kind]
        assert dict(keys(plain, feed=feed))[kind] != dict(keys(tracked, feed=feed))[kind]


def test_the_same_link_in_two_feeds_is_one_story() -> None:
    """The texts may differ: the page is the same."""
    known = entry("a", "Bridge closes", TEXT, link="https://news.example/1")
    new = entry("b", "A bridge, closed", OTHER_TEXT, link="http://www.news.example/1/?utm_source=b")
    assert judge(new, known) == Join("a", "link", 1.0, "same canonical link")


def test_a_comment_on_a_page_is_not_the_page() -> None:
    """A link blog's item, whose guid is at home elsewhere, is related to the page it links to."""
    link = "https://news.example/bridge-closes"
    known = entry("a", "Harbour bridge closes to cars", TEXT, key=link, link=link)
    home = "tag:blog.example.org,2026:/linked/7"
    new = entry("b", "Harbour bridge closes to cars", OTHER_TEXT, key=home, link=link)
    assert judge(new, known) == Found(related=("a",))
    assert isinstance(
        judge(entry("b", "Harbour bridge closes to cars", "", key=home, link=link), known), Join
    )
    assert isinstance(judge(entry("b", "The bridge", TEXT + " Indeed.", key=home, link=link), known), Join)


def test_the_same_guid_in_two_feeds_is_one_story() -> None:
    """A mirror keeps the guid when it changes the link."""
    guid = "tag:news.example,2026:/post/1"
    assert judge(entry("b", "x", guid=guid), entry("a", "x", guid=guid)) == Join(
        "a", "link", 1.0, "same guid"
    )


def test_a_page_as_guid_is_folded_like_a_link() -> None:
    """A feed behind a counting redirector keeps the page in its guid."""
    known = entry("a", "x", key="https://news.example/1", link="https://news.example/1")
    new = entry("b", "y", key="http://www.news.example/1", link="https://feedproxy.example/~r/b/~3/xyz")
    assert judge(new, known) == Join("a", "link", 1.0, "same guid")


def test_the_same_content_in_two_feeds_is_one_story() -> None:
    """Markup and white space make no other content."""
    known = entry("a", "Bridge closes", TEXT)
    new = entry("b", "Bridge closes", f"<p>{TEXT}</p>\n")
    assert judge(new, known) == Join("a", "content", 1.0, "same title and text")


def test_a_link_with_several_stories_names_none() -> None:
    """Where two items of a feed share a link, a third from elsewhere does not join one of them by it."""
    link = "https://live.example/today"
    first, second = (
        entry("a", title, text, link=link) for title, text in (("One", TEXT), ("Two", OTHER_TEXT))
    )
    new = entry("b", "Three", "", link=link)
    known = [Candidate("s1", first), Candidate("s2", second)]
    assert decide(new, known, POLICY, NOW) == Found()


def test_one_feed_keeps_its_items_apart() -> None:
    """The same link with another text is another item; so is the same text under another link."""
    known = entry("a", "Live: the vote", TEXT, key="1", link="https://a.example/live")
    assert (
        judge(entry("a", "Live: result", OTHER_TEXT, key="2", link="https://a.example/live"), known)
        == Found()
    )
    assert (
        judge(entry("a", "Live: the vote", TEXT, key="3", link="https://a.example/other"), known) == Found()
    )


def test_a_changed_guid_is_repaired() -> None:
    """The same feed, link and text under another guid is no new item, however old the first is."""
    known = entry("a", "Bridge closes", TEXT, key="1", link="https://a.example/1")
    known = replace(known, first_seen_at=NOW - timedelta(days=400))
    assert judge(entry("a", "Bridge closes", TEXT, key="2", link="https://a.example/1"), known) == Repair(
        "a", "1"
    )


MINUTE = datetime(2026, 11, 20, 9, 41, tzinfo=UTC)
LINK = "https://a.example/1"


@pytest.mark.parametrize(
    ("changes", "repaired"),
    [
        ({"title": "A bridge, closed", "text": OTHER_TEXT}, False),
        ({"text": OTHER_TEXT}, False),
        ({"text": OTHER_TEXT, "published_at": MINUTE}, True),
        ({"text": OTHER_TEXT, "published_at": MINUTE.replace(minute=0)}, False),
        ({"link": "https://a.example/session/2"}, False),
        ({"link": "https://a.example/session/2", "published_at": None}, True),
        ({"link": "https://a.example/session/2", "published_at": None, "text": OTHER_TEXT}, False),
        ({"link": "https://a.example/session/2", "published_at": MINUTE}, True),
    ],
)
def test_what_repairs_a_changed_guid(changes: dict[str, object], repaired: bool) -> None:
    """Two of link, text and the very minute, or a text without a date: a page may always be there, a form
    come again, and a day is no minute."""
    at = changes.get("published_at", NOW)
    known = entry("a", "Bridge closes", TEXT, key="1", link=LINK, published_at=at)
    values = {"title": "Bridge closes", "text": TEXT, "key": "2", "link": LINK, **changes}
    assert judge(entry("a", **values), known) == (Repair("a", "1") if repaired else Found())  # type: ignore[arg-type]


def test_nothing_joins_what_is_gone() -> None:
    """Of an entry without its body the same feed's item under another guid is known, and no more."""
    known = entry("a", "Bridge closes", TEXT, key="1", link=LINK)
    gone = Candidate("s", known, kept=False)
    assert decide(entry("b", "Bridge closes", TEXT, link=LINK), [gone], POLICY, NOW) == Found()
    again = entry("a", "Bridge closes", TEXT, key="2", link=LINK)
    assert decide(again, [gone], POLICY, NOW) == Repair("s", "1")


def test_what_is_listed_beside_it_is_another_item() -> None:
    """Two items of one document are two, even with one link and one text: none is the other's repair."""
    known = entry("a", "Bridge closes", TEXT, key="1", link="https://a.example/1")
    new = entry("a", "Bridge closes", TEXT, key="2", link="https://a.example/1")
    assert decide(new, candidates(new, [known]), POLICY, NOW, listed={"1", "2"}) == Found()
    assert decide(new, candidates(new, [known]), POLICY, NOW, listed={"2"}) == Repair("a", "1")


def test_a_story_holds_one_entry_of_a_feed() -> None:
    """An entry does not join a story that its own feed is in already."""
    mine = entry("b", "Quay shops protest", OTHER_TEXT, key="1")
    theirs = entry("a", "Bridge closes", TEXT)
    new = entry("b", "Bridge closes", TEXT, key="2")
    assert decide(new, [Candidate("s", mine), Candidate("s", theirs)], POLICY, NOW) == Found()


def test_merging_can_be_switched_off_but_repairs_stay() -> None:
    """`enabled` and `near` switch off what they name; a changed guid is no matter of duplicates."""
    known = entry("a", "Bridge closes", TEXT, key="1", link="https://a.example/1")
    off = DuplicatePolicy(enabled=False)
    assert judge(entry("b", "Bridge closes", TEXT), known, policy=off) == Found()
    assert isinstance(
        judge(entry("a", "Bridge closes", TEXT, key="2", link="https://a.example/1"), known, policy=off),
        Repair,
    )
    almost = entry("b", "Bridge closes", TEXT + " Read more")
    assert isinstance(judge(almost, known), Join)
    assert judge(almost, known, policy=DuplicatePolicy(near=False)) == Found()


def test_the_window_bounds_what_joins() -> None:
    """Dates decide where both have one, else when they were first seen; an equal link may be late."""
    title = "Harbour bridge closes to cars next spring"
    old = NOW - timedelta(days=10)
    known = entry("a", title, TEXT, published_at=old, first_seen_at=old)
    assert isinstance(judge(entry("b", title, TEXT, published_at=old), known), Join)
    assert not isinstance(judge(entry("b", title, TEXT), known), Join)
    assert not isinstance(judge(entry("b", title, TEXT, published_at=None), known), Join)
    listed = replace(known, first_seen_at=NOW)
    assert isinstance(judge(entry("b", title, TEXT), listed), Join)


COPIES = [
    ("byline and footer", "Bridge closes next spring", f"By Ann Lee for the Associated Press {TEXT}", TEXT),
    ("dateline", "Bridge closes next spring", f"LONDON (Reuters) - {TEXT}", TEXT),
    ("excerpt", "Bridge closes next spring", TEXT, TEXT[:140] + " […]"),
    (
        "blog footer",
        "Bridge closes next spring",
        TEXT,
        f"{TEXT} The post Bridge closes appeared first on Quay.",
    ),
    ("each feed its own head and footer", "Harbour bridge closes next spring", HEAD + TEXT, TEXT + FOOTER),
    ("a sentence more", "Bridge closes next spring", TEXT, f"{TEXT} The mayor declined to comment."),
]


@pytest.mark.parametrize(("name", "title", "one", "other"), COPIES)
def test_copies_join(name: str, title: str, one: str, other: str) -> None:
    """What was added or cut at the ends makes no other story."""
    decision = judge(entry("b", title, other), entry("a", title, one))
    assert isinstance(decision, Join), name
    assert decision.matched_by == "near"
    assert 0.5 < decision.score <= 1.0


def test_a_quotation_is_no_copy() -> None:
    """What stands in a block quote is another's word."""
    title = "Harbour bridge closes next spring"
    quoting = f"<p>Ann Lee in the Gazette:</p><blockquote><p>{TEXT}</p></blockquote><p>{OTHER_TEXT}</p>"
    assert judge(entry("b", title, quoting), entry("a", title, TEXT)) == Found(related=("a",))
    assert isinstance(judge(entry("b", title, quoting), entry("a", title, quoting + "<p>More.</p>")), Join)


def test_a_reprint_may_have_another_headline() -> None:
    """The whole text under another title that shares a word, on the same day, is the same story."""
    known = entry("a", "Cracked harbour bridge to shut for cars", TEXT)
    new = entry("b", "No more driving over the quay: bridge closes", TEXT)
    decision = judge(new, known)
    assert isinstance(decision, Join)
    assert decision.reason == "same text under another title"
    late = replace(known, published_at=NOW - timedelta(days=2, hours=12))
    assert not isinstance(judge(new, late), Join)


def test_a_text_under_three_titles_is_a_mould() -> None:
    """A show's description under every episode's title joins nothing."""
    known = [
        entry(feed, f"Harbour talk: {name}", TEXT)
        for feed, name in (("a", "the ferry"), ("c", "an old crane"))
    ]
    assert not isinstance(judge(entry("b", "Harbour talk with two guests from the quay", TEXT), *known), Join)


def test_titles_alone_join_when_they_say_enough_on_the_same_day() -> None:
    """Without a text, a long equal title will do, a short or an old one will not."""
    title = "Report on election hacking says neighbouring country plans to do more"
    known = entry("a", title, TEXT)
    assert isinstance(judge(entry("b", title), known), Join)
    assert isinstance(judge(entry("b", title.replace("election", "national election")), known), Join)
    assert not isinstance(judge(entry("b", title, published_at=NOW - timedelta(days=2)), known), Join)
    assert not isinstance(judge(entry("b", title, published_at=None), known), Join)
    assert not isinstance(judge(entry("b", "Photo of the day"), entry("a", "Photo of the day")), Join)


SERIES = [
    ("Weekly links #12", "Weekly links #13"),
    (
        "Evals and guardrails in enterprise workflows (part 1)",
        "Evals and guardrails in enterprise workflows (part 2)",
    ),
    ("Unbalanced oil and vinegar, part II", "Unbalanced oil and vinegar, part III"),
    ("Machine scheduler explained, part I", "Machine scheduler explained, part II"),
    ("Python 3.14.1 is now available for download", "Python 3.13.9 is now available for download"),
    ("Version 31 of the viewer is out", "Version 3.1 of the viewer is out"),
    ("Best of cartoons, October 17, 2026", "Best of cartoons, October 18, 2026"),
    ("Shares of the bank rise sharply after the report", "Shares of the bank fall sharply after the report"),
    ("Court allows the merger of two big harbours", "Court does not allow the merger of two big harbours"),
    (
        "Morning news from around the harbour and the quay",
        "Evening news from around the harbour and the quay",
    ),
    ("南江银行：股价盘中涨2%", "南江银行：股价盘中跌2%"),
    ("央行：上调金融机构存款准备金率", "央行：下调金融机构存款准备金率"),
    ("第一批专项债券今日上市", "第二批专项债券今日上市"),
]


@pytest.mark.parametrize(("one", "other"), SERIES)
@pytest.mark.parametrize("text", ["", TEXT], ids=["title", "same text"])
def test_series_stay_apart(one: str, other: str, text: str) -> None:
    """Titles that differ by a number or a direction are two stories, even over the same text."""
    assert not isinstance(judge(entry("b", other, text), entry("a", one, text)), Join)


MOULDS = [
    ("48 million", "52 million"),
    ("2029", "2028"),
]


@pytest.mark.parametrize(("old", "new"), MOULDS)
def test_texts_of_one_mould_stay_apart(old: str, new: str) -> None:
    """A text in which a number was replaced is another text."""
    known = entry("a", "Bridge closes next spring", TEXT)
    assert not isinstance(judge(entry("b", "Bridge closes next spring", TEXT.replace(old, new)), known), Join)


def test_equal_titles_over_other_texts_stay_apart() -> None:
    """A title is no story."""
    title = "What happened in the harbour on Sunday"
    assert judge(entry("b", title, OTHER_TEXT), entry("a", title, TEXT)) == Found(related=("a",))


def test_spam_with_equal_titles_stays_apart() -> None:
    """Pages that differ by their query alone are told apart by their site."""
    one, other = (
        entry(feed, "best divorce lawyers in chicago", link=f"https://search.example/view?id={feed}")
        for feed in "ab"
    )
    assert not isinstance(judge(one, other), Join)


def test_the_same_event_is_related_not_merged() -> None:
    """Two reports of one event stay two stories that know each other."""
    known = entry("a", "Civil rights leader Jesse Jackson dies, aged 84", TEXT)
    new = entry("b", "US civil rights leader Jesse Jackson dies aged 84", OTHER_TEXT)
    assert judge(new, known) == Found(related=("a",))


def test_a_decision_does_not_depend_on_the_order_of_candidates() -> None:
    """The likest story wins."""
    title = "Harbour bridge closes to cars next spring"
    known = [entry("a", title, TEXT[:200]), entry("c", title, TEXT + " More.")]
    new = entry("b", title, TEXT)
    found = candidates(new, known)
    assert decide(new, found, POLICY, NOW) == decide(new, found[::-1], POLICY, NOW)


def test_the_preferred_feed_wins_then_the_earliest() -> None:
    """`prefer` first, then first seen, then published, then the feed's id."""
    early = entry("b", "x", first_seen_at=NOW - timedelta(hours=3))
    late, later = entry("c", "x"), entry("a", "x", published_at=NOW)
    assert winner([late, early, later], POLICY) is early
    assert winner([late, early, later], DuplicatePolicy(prefer=("z", "a", "c"))) is later
    assert winner([later, late], POLICY) is late
    tie = replace(late, feed_id="a")
    assert winner([late, tie], POLICY) is tie


def test_a_story_id_is_the_same_whenever_it_is_computed() -> None:
    """It depends on the founding entry's feed and key alone; the value is fixed for ever."""
    assert story_id(entry("a", "x", key="1")) == story_id(entry("a", "y", TEXT, key="1"))
    assert story_id(entry("a", "x", key="1")) != story_id(entry("b", "x", key="1"))
    assert story_id(entry("a", "x", key="1")) == "urn:uuid:12cb7ca6-4181-5bf7-a496-4567d5166655"


@pytest.mark.parametrize(
    "junk", ["x\ud800" * 50, "\x00" * 50, "<" * 5000, "&" * 5000, "<p" * 3000, "（记者" * 2000, "a" * 30000]
)
def test_hostile_text_is_only_text(junk: str) -> None:
    """Lone surrogates, broken markup and endless repetition cost no more than other text."""
    judge(entry("b", junk[:500], junk), entry("a", junk[:500], junk))
