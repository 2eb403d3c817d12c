"""The details of entries that a list only names: asked for once, tried again, never at the entry's cost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from feedhub.model import (
    Claim,
    Detail,
    Extraction,
    Feed,
    FeedState,
    Fetched,
    FetchFailure,
    FetchOutcome,
    FetchRequest,
    NotModified,
    PollResult,
)
from feedhub.poller import Poller
from tests.times import NOW

URL = "https://news.example/list"
TEXT = "https://news.example/text?id="
WANTED = Extraction(
    "json",
    "@",
    (("id", "id"), ("title", "t"), ("date", "at")),
    category="{from}",
    tags=("{from}新闻",),
    detail=Detail("json", (("content", "text"),), TEXT + "{id}"),
)
FEED = Feed("f", URL, "news", extraction=WANTED)
DAY = timedelta(days=1)


class Site:
    """A publisher: a list of records, the texts behind them, and what fails."""

    def __init__(self, *ids: str) -> None:
        self.records: list[dict[str, Any]] = [{"id": id, "t": f"Title {id}", "from": "Daily"} for id in ids]
        self.failing: dict[str, FetchOutcome] = {}
        self.asked: list[str] = []
        self.body: bytes | None = None
        self.state = FeedState("f", URL)
        self.now = NOW

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        self.asked.append(request.url)
        if request.url == URL:
            body = json.dumps(self.records).encode() if self.body is None else self.body
            if request.etag == f'"{hash(body)}"':
                return NotModified(URL, {})
            return Fetched(URL, 200, {"etag": f'"{hash(body)}"'}, body)
        if request.url in self.failing:
            return self.failing[request.url]
        id = request.url.removeprefix(TEXT)
        return Fetched(request.url, 200, {}, json.dumps({"text": f"<p>Text of {id}</p>"}).encode())

    def close(self) -> None:
        """Nothing is open."""

    def fail(self, id: str, outcome: FetchOutcome | None = None) -> None:
        url = TEXT + id
        self.failing[url] = outcome or FetchFailure(url, "timeout", "no answer")

    def poll(self, feed: Feed = FEED) -> PollResult:
        """Poll once, a day after the last time."""
        self.asked.clear()
        poller = Poller(self, (), lambda: self.now, lambda: 0.0, own_url="")
        result = poller.poll(feed, Claim("f", "t", self.state))
        self.state = result.state
        self.now += DAY
        return result

    def details(self) -> list[str]:
        return [url.removeprefix(TEXT) for url in self.asked if url != URL]


def texts(result: PollResult) -> dict[str, str]:
    return {entry.guid: entry.content for entry in result.entries}


def test_each_new_entry_is_asked_for_once() -> None:
    """A new list costs a request an entry, an unchanged one none, a longer one those for what is new."""
    site = Site("1", "2")
    assert texts(site.poll()) == {"1": "<p>Text of 1</p>", "2": "<p>Text of 2</p>"}
    assert (site.poll().outcome, site.details()) == ("unchanged", [])
    site.records.append({"id": "3", "t": "Third"})
    assert texts(site.poll()) == {"3": "<p>Text of 3</p>"}
    assert site.details() == ["3"]


def test_an_entry_knows_its_category_and_tags() -> None:
    """What an item's fields say becomes the entry's category and tags; without them it has its feed's."""
    site = Site("1")
    site.records.append({"id": "2", "t": "Second"})
    first, second = site.poll(replace(FEED, tags=frozenset({"money"}))).entries
    assert (first.category, first.tags) == ("Daily", {"Daily新闻", "money"})
    assert (second.category, second.tags) == ("", {"money"})


def test_a_failure_leaves_the_entry_and_is_tried_again() -> None:
    """Without its detail an entry is kept as the list has it; the same list is read again for it."""
    site = Site("1", "2")
    site.fail("1")
    result = site.poll()
    assert texts(result) == {"1": "", "2": "<p>Text of 2</p>"}
    assert any("cannot be had" in warning and "no answer" in warning for warning in result.warnings)
    site.failing.clear()
    again = site.poll()
    assert (texts(again), site.details()) == ({"1": "<p>Text of 1</p>"}, ["1"])
    assert (site.poll().outcome, site.details()) == ("unchanged", [])


def test_five_failures_are_enough() -> None:
    """What cannot be had five times is not asked for again, and the list may be unchanged again."""
    site = Site("1")
    site.fail("1")
    assert [bool(site.poll() and site.details()) for _ in range(6)] == [True] * 5 + [False]
    assert site.poll().outcome == "unchanged"


def test_what_becomes_of_an_entry_is_what_the_warning_says() -> None:
    """After five failures a new entry is there as its list has it, a changed one is as it was."""
    site = Site("1", "2")
    site.fail("2")
    first = [site.poll() for _ in range(5)]
    assert texts(first[0])["2"] == ""
    assert first[-1].warnings[-1] == "1 entry asked for 5 times in vain: kept as the list has them"
    site.records[0]["t"] = "Corrected"
    site.fail("1")
    changed = [site.poll() for _ in range(5)]
    assert {entry.guid for result in changed for entry in result.entries} == set()
    said = "1 entry changed in the list, asked for 5 times in vain: kept as before"
    assert changed[-1].warnings[-1] == said


@pytest.mark.parametrize("text", ["", "   ", None, 5, {"a": 1}])
def test_an_answer_without_a_text_is_a_failure(text: object) -> None:
    """An empty or foreign answer is tried again like none."""
    site = Site("1")
    site.fail("1", Fetched(TEXT + "1", 200, {}, json.dumps({"text": text}).encode()))
    if text == 5:
        assert texts(site.poll()) == {"1": "5"}
    else:
        assert texts(site.poll()) == {"1": ""}
        assert list(site.state.pending.values()) == [1]


def test_a_whole_entry_never_loses_its_text() -> None:
    """When an entry changes and its detail fails, it stays as it is until that is there, or for good."""
    site = Site("1")
    site.poll()
    site.records[0]["t"] = "Corrected"
    site.fail("1")
    assert site.poll().entries == ()
    site.failing.clear()
    (entry,) = site.poll().entries
    assert (entry.title, entry.content) == ("Corrected", "<p>Text of 1</p>")
    site.records[0]["t"] = "Corrected again"
    site.fail("1")
    assert [site.poll().entries for _ in range(6)] == [()] * 6
    assert (site.state.pending, site.poll().outcome) == ({}, "unchanged")


def test_requests_have_a_bound_and_the_newest_come_first() -> None:
    """At most `limit` details are asked for in a poll; what is left comes next time and is no failure."""
    site = Site(*"123")
    for record, day in zip(site.records, ("01", "03", "02"), strict=True):
        record["at"] = f"2026-01-{day}"
    assert WANTED.detail
    feed = replace(FEED, extraction=replace(WANTED, detail=replace(WANTED.detail, limit=2)))
    assert [*texts(site.poll(feed)).values()].count("") == 1
    assert (site.details(), list(site.state.pending.values())) == (["2", "3"], [0])
    assert texts(site.poll(feed)) == {"1": "<p>Text of 1</p>"}


def test_a_server_that_fails_is_left_alone() -> None:
    """After three failures in a row nothing more is asked in this poll; the rest is no failure."""
    site = Site(*"123456")
    for id in "123456":
        site.fail(id)
    site.poll()
    assert (len(site.details()), sorted(site.state.pending.values())) == (3, [0, 0, 0, 1, 1, 1])


def test_a_retry_after_is_heeded() -> None:
    """A detail that is throttled ends the asking, and the feed is left alone as long as the server wants."""
    site = Site(*"12")
    until = NOW + 3 * DAY
    site.fail("1", FetchFailure(TEXT + "1", "throttled", "too many", 429, retry_at=until))
    result = site.poll()
    assert (site.details(), result.next_poll_at, result.throttled_until) == (["1"], until, until)
    assert list(site.state.pending.values()) == [0, 0]


def test_the_link_is_asked_for_on_the_own_host_alone() -> None:
    """Without a template the entry's link is its detail, unless it leads to another host."""
    wanted = replace(
        WANTED,
        fields=(("id", "id"), ("title", "t"), ("link", "url")),
        detail=Detail("html", (("content", "article"),)),
    )
    site = Site("1", "2", "3", "4")
    urls = ("/1", "https://evil.example/2", "http://127.0.0.1/3", "https://news.example:99999/4")
    for record, url in zip(site.records, urls, strict=True):
        record["url"] = url
    page = b"<title>x</title><article><p>Page</p></article>"
    site.failing["https://news.example/1"] = Fetched("https://news.example/1", 200, {}, page)
    result = site.poll(replace(FEED, extraction=wanted))
    assert texts(result) == {"1": "<p>Page</p>", "2": "", "3": "", "4": ""}
    assert (site.details(), site.state.pending) == (["https://news.example/1"], {})


@pytest.mark.parametrize(
    "body", [b"", b"<html>Wait</html>", b'{"list": []}', b"[" * 50_000, b"\xff\xfe", b"[{}]"]
)
def test_a_broken_list_takes_nothing_away(body: bytes) -> None:
    """A list that is suddenly something else is a failure, which forgets and asks for nothing."""
    site = Site("1")
    before = site.poll().state
    site.body = body
    result = site.poll()
    assert (result.outcome, result.entries, site.details()) == ("failed", (), [])
    assert (result.state.seen, result.state.etag) == (before.seen, before.etag)


def test_a_new_description_reads_the_list_again() -> None:
    """When the YAML describes the source otherwise, the same bytes are read anew."""
    site = Site("1")
    site.poll()
    feed = replace(FEED, extraction=replace(WANTED, tags=("{from}",)))
    (entry,) = site.poll(feed).entries
    assert (entry.labels, entry.content) == (("Daily",), "<p>Text of 1</p>")
    assert site.poll(feed).outcome == "unchanged"


def test_an_empty_title_is_taken_from_the_text() -> None:
    """An item without a title has the first sentence of its text."""
    site = Site("1")
    site.records[0]["t"] = " "
    site.fail(
        "1", Fetched(TEXT + "1", 200, {}, '{"text": "<p>　　河堤加固工程完工。</p><p>二。</p>"}'.encode())
    )
    (entry,) = site.poll().entries
    assert (entry.title, entry.content) == ("河堤加固工程完工", "<p>河堤加固工程完工。</p><p>二。</p>")
