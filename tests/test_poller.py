"""One poll as a value: what a fake server says, and what is remembered, put off and reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.model import (
    Claim,
    Feed,
    FeedState,
    Fetched,
    FetchFailure,
    FetchOutcome,
    FetchRequest,
    Hop,
    NotModified,
    PollResult,
    StepSpec,
)
from feedhub.poller import Poller
from tests.feeds import Item, rss
from tests.times import NOW

URL = "https://a.example/feed"
THERE = "https://b.example/feed"
FEED = Feed(id="f", url=URL, category="news", host="a.example", domain="a.example")
STATE = FeedState(feed_id="f", url=URL)
BODY = rss(Item("one"), Item("two")).encode()
DAY = timedelta(days=1)


class Server:
    """A fetcher that answers as told and remembers what it was asked."""

    def __init__(self, answer: Callable[[FetchRequest], FetchOutcome]) -> None:
        self._answer = answer
        self.asked: list[FetchRequest] = []

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        self.asked.append(request)
        return self._answer(request)

    def close(self) -> None:
        """Nothing is open."""


def poll(
    answer: FetchOutcome, state: FeedState = STATE, *, feed: Feed = FEED, now: datetime = NOW
) -> PollResult:
    poller = Poller(Server(lambda _: answer), (), lambda: now, lambda: 0.0, own_url="https://hub.example/")
    return poller.poll(feed, Claim("f", "token", state))


def fetched(body: bytes = BODY, *, hops: tuple[Hop, ...] = (), **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(hops[-1].location if hops else URL, 200, named, body, hops)


def failure(reason: str, *, status: int | None = None, elapsed_s: float = 0.0) -> FetchFailure:
    return FetchFailure(URL, reason, "no", status, elapsed_s=elapsed_s)


def test_validators_are_kept_with_their_document() -> None:
    """What a whole document came with is remembered, byte for byte, with where it came from."""
    state = poll(fetched(etag='W/"ä,"', last_modified="some day")).state
    assert (state.etag, state.last_modified, state.validated_url) == ('W/"ä,"', "some day", URL)
    assert state.validated_at == NOW


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>Wait ...</title>", BODY[:400]])
def test_a_broken_answer_leaves_the_validators(body: bytes) -> None:
    """An empty, foreign or cut document vouches for nothing: the validators of the last whole one stay."""
    before = poll(fetched(etag='"good"')).state
    result = poll(fetched(body, etag='"bad"'), before, now=NOW + DAY)
    assert (result.state.etag, result.state.validated_at) == ('"good"', NOW)
    assert set(before.seen) <= set(result.state.seen)


def test_validators_renew_one_by_one() -> None:
    """A 304 that carries only one validator leaves the other; a 200 that lacks one drops it."""
    before = poll(fetched(etag='"1"', last_modified="then")).state
    after = poll(NotModified(URL, {"etag": '"2"'}), before).state
    assert (after.etag, after.last_modified) == ('"2"', "then")
    assert (after.validated_at, after.failures) == (NOW, 0)
    again = poll(fetched(last_modified="now"), after).state
    assert (again.etag, again.last_modified) == ("", "now")


def test_a_server_that_says_304_for_ever_is_asked_anew() -> None:
    """After eight days of 304 the whole document is asked for, once."""
    state = poll(fetched(etag='"1"')).state
    for day in range(1, 9):
        state = poll(NotModified(URL, {}), state, now=NOW + day * DAY).state
    server = Server(lambda _: fetched(etag='"1"'))
    late = NOW + 8 * DAY + timedelta(seconds=1)
    poller = Poller(server, (), lambda: late, lambda: 0.0, own_url="")
    renewed = poller.poll(FEED, Claim("f", "t", state)).state
    assert (server.asked[0].etag, renewed.etag, renewed.validated_at) == ("", '"1"', late)


def test_another_encoding_reads_the_same_bytes_anew() -> None:
    """A feed whose encoding was corrected is asked for whole, once, and its entries come right."""
    body = rss(Item("one", "新闻")).replace("UTF-8", "ISO-8859-1").encode("gb18030")
    before = poll(fetched(body, etag='"1"'), feed=replace(FEED, encoding="latin-1")).state
    mended = replace(FEED, encoding="gb18030")
    result = poll(fetched(body, etag='"1"'), before, feed=mended)
    assert [entry.title for entry in result.entries] == ["新闻"]
    assert poll(fetched(body, etag='"1"'), result.state, feed=mended).outcome == "unchanged"


def test_the_same_bytes_are_no_news() -> None:
    """A 200 with the bytes we know is unchanged: nothing is parsed, nothing comes out."""
    result = poll(fetched(), poll(fetched()).state)
    assert (result.outcome, result.entries, result.status) == ("unchanged", (), 200)


def moved(state: FeedState, day: float, status: int = 301, feed: Feed = FEED) -> PollResult:
    hops = (Hop(URL, status, THERE),) if state.url == URL else ()
    return poll(fetched(hops=hops), state, feed=feed, now=NOW + day * DAY)


def test_a_move_is_taken_over_and_taken_back() -> None:
    """After three polls over three days the feed is asked for at its new address; when that dies, at home."""
    state = STATE
    for day in (0, 1, 3):
        assert state.url == URL
        state = moved(state, day).state
    assert (state.url, state.moved_url) == (THERE, THERE)
    state = moved(state, 4).state
    assert state.url == THERE
    dead = poll(failure("gone"), state, now=NOW + 5 * DAY)
    assert (dead.state.url, dead.state.moved_url, dead.state.gone) == (URL, "", False)
    assert dead.next_poll_at < NOW + 6 * DAY


def test_the_yaml_says_when_a_move_is_believed() -> None:
    """`moves: {polls: 1, after: 0s}` takes the first permanent redirect at its word."""
    feed = replace(FEED, moved_polls=1, moved_after=timedelta(0))
    assert moved(STATE, 0, feed=feed).state.url == THERE
    assert moved(STATE, 0, status=302, feed=feed).state.url == URL


def test_a_move_to_a_page_is_no_move() -> None:
    """A permanent redirect to what is no feed is a failure and moves nothing."""
    feed = replace(FEED, moved_polls=1, moved_after=timedelta(0))
    page = Fetched(THERE, 200, {}, b"<!doctype html><title>Parked</title>", (Hop(URL, 301, THERE),))
    result = poll(page, feed=feed)
    assert (result.outcome, result.reason, result.state.url, result.state.moved_url) == (
        "failed",
        "html",
        URL,
        "",
    )


def test_after_a_move_credentials_stay_with_the_configured_origin() -> None:
    """The request says whose the credentials are, so that the new host does not get them."""
    server = Server(lambda _: fetched())
    Poller(server, (), lambda: NOW, lambda: 0.0, "").poll(FEED, Claim("f", "t", replace(STATE, url=THERE)))
    assert (server.asked[0].url, server.asked[0].home_url) == (THERE, URL)


def test_gone_ends_polling() -> None:
    """410 stops the feed and says so; a later success by hand brings it back."""
    gone = poll(failure("gone", status=410))
    assert gone.state.gone
    assert not poll(fetched(), gone.state).state.gone


def test_waits_count_from_the_end_of_the_answer() -> None:
    """A server that took 20 s to fail is not asked again 20 s early."""
    slow = poll(failure("timeout", elapsed_s=20.0))
    assert slow.next_poll_at == NOW + FEED.interval + timedelta(seconds=20)
    fresh = replace(fetched(cache_control="max-age=7200"), elapsed_s=20.0)
    assert poll(fresh).next_poll_at == NOW + timedelta(hours=2, seconds=20)


def test_the_document_asks_for_rest() -> None:
    """ttl, skipHours and skipDays lengthen the wait."""
    body = rss(head="<ttl>120</ttl><skipHours><hour>14</hour></skipHours>").encode()
    assert poll(fetched(body)).next_poll_at == NOW + timedelta(hours=3)
    days = "".join(f"<day>{day}</day>" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))
    weekend = rss(head=f"<skipDays>{days}</skipDays>").encode()
    assert f"{poll(fetched(weekend)).next_poll_at:%A %H:%M}" == "Saturday 00:00"


def test_entries_that_only_were_updated_have_a_rhythm() -> None:
    """In Atom `updated` alone is enough: it dates the newest entry, and tells the gaps between them."""
    entries = "".join(
        f"<entry><id>u:{day}</id><title>t</title><updated>2026-01-0{day}T00:00:00Z</updated></entry>"
        for day in (1, 2, 4)
    )
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{entries}</feed>'
    state = poll(fetched(atom.encode())).state
    assert state.intervals_s == (2 * 86_400, 86_400)
    assert state.last_entry_at == datetime(2026, 1, 4, tzinfo=UTC)


def test_a_backdated_entry_ends_a_silence() -> None:
    """A new entry that is dated before the last one came when it was seen; what only changed is no news."""
    old = [Item("one", hours=200), Item("two", hours=210)]
    silent = poll(fetched(rss(*old).encode())).state
    assert silent.last_entry_at == NOW - timedelta(hours=200)
    changed = poll(fetched(rss(replace(old[0], text="other", hours=220), old[1]).encode()), silent).state
    assert changed.last_entry_at == silent.last_entry_at
    later = poll(fetched(rss(Item("three", hours=300), *old).encode()), silent, now=NOW + DAY).state
    assert later.last_entry_at == NOW + DAY
    again = poll(fetched(rss(*old).encode()), later, now=NOW + 2 * DAY).state
    assert again.last_entry_at == NOW + DAY


def test_our_own_output_is_no_source() -> None:
    """A feed whose self link is one of our outputs is refused: a hub that reads itself would loop."""
    own = '<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="https://hub.example/all.rss"/>'
    assert poll(fetched(rss(head=own).encode())).reason == "loop"


words = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "-5", "99999999999999999999", "1e400", "NaN", "banana", "0", "Mon, 23 Nov 2026 12:00:00 GMT",
            "Fri, 31 Feb 9999 25:61:61 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
            "max-age=99999999999999999999999", "max-age=-1, s-maxage=x", "text/xml; charset=\x00",
            "text/html; charset=utf-7", "application/rss+xml; charset=idna", "text/xml; charset=base64",
            'W/"', "\ud800", "http://[::1", "//", "\x00", "http://" + "a" * 9000, "java\tscript:alert(1)",
        ]
    ),
)  # fmt: skip
NAMES = (
    "retry-after", "cache-control", "content-type", "location", "etag", "date", "expires", "last-modified",
)  # fmt: skip
answers = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, words))


@given(answers, st.sampled_from(["fetched", "same", "304", "failed"]), st.floats(0, 1), words)
@settings(max_examples=300)
def test_no_header_value_raises(headers: dict[str, str], kind: str, jitter: float, location: str) -> None:
    """Whatever a server writes into its headers, a poll ends in a result whose next poll lies ahead."""
    hops = (Hop(URL, 301, location),)
    outcomes: dict[str, FetchOutcome] = {
        "fetched": Fetched(URL, 200, headers, BODY, hops),
        "same": Fetched(URL, 200, headers, BODY, hops),
        "304": NotModified(URL, headers, hops),
        "failed": FetchFailure(URL, "throttled", "no", 429, None, headers, hops),
    }
    server = Server(lambda _: outcomes[kind])
    poller = Poller(server, (), lambda: NOW, lambda: jitter, own_url="https://hub.example/")
    state = poll(fetched()).state if kind == "same" else STATE
    result = poller.poll(FEED, Claim("f", "t", state))
    assert NOW < result.next_poll_at <= NOW + timedelta(days=9)


def test_steps_see_classes_that_nobody_else_does() -> None:
    """A selector may go by class or id; what comes out has neither, whether or not a step changed it."""
    text = '<p class="ad" id="x">Buy</p><p class="y">News</p>'
    body = rss(Item("one", text=text), Item("two", text='<b id="z">B</b>'))
    feed = replace(FEED, steps=(StepSpec("remove", (("css", ".ad"),)),))
    entries = poll(fetched(body.encode()), feed=feed).entries
    assert [entry.summary for entry in entries] == ["<p>News</p>", "<b>B</b>"]
