"""The status page, for people and machines, and health as a feed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import html5lib
import pytest

from feedhub.model import Feed
from feedhub.pages import HubState, Inquiry, TaskState, judge
from feedhub.pages.cadence import cadence_svg
from feedhub.pages.inquiry import answer
from feedhub.pages.reasons import explain
from tests.sample_site import CHANGES, FEEDS, NOW, make_app, make_status, sample_store, serving
from tests.test_web import ask


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a running server."""
    with serving(make_app(sample_store())) as address:
        yield address


def test_status_says_why(base: str) -> None:
    """The status page puts failing feeds first and says why, and what to do, in plain words."""
    page = ask(base + "/status").text
    assert page.index("Feed two") < page.index("Feed one")
    assert "The server answered with an error (HTTP 500)." in page
    assert "https://two.example/feed.xml?… said &lt;b&gt;oops&lt;/b&gt;" in page
    assert "https://two.example/feed.xml?…" in page
    assert "2 feeds: 1 well, 1 failing." in page
    assert "1 private feed is not shown." in page
    assert "in 25 minutes" in page and "2 days ago" in page


def test_status_for_machines(base: str) -> None:
    """status.json carries the same, with instants in ISO 8601."""
    status = ask(base + "/status.json").json()
    assert [(feed["id"], feed["level"]) for feed in status["feeds"]] == [("two", "failing"), ("one", "well")]
    assert status["feeds"][0]["next_poll_at"] == "2026-03-28T12:25:00+00:00"
    assert status["private"] == 1
    assert status["hub"] == {
        "ok": True,
        "feeds": 3,
        "outputs": 5,
        "started_at": "2026-03-27T12:00:00+00:00",
        "tasks": [],
        "mistakes": 0,
    }


@pytest.mark.parametrize(
    ("reason", "status", "says"),
    [
        ("http", 500, "The server answered with an error (HTTP 500)."),
        ("http", 204, "The server answered without a feed (HTTP 204)."),
        ("denied", 401, "The server refused us (HTTP 401)."),
        ("not-found", 404, "There is no document at this address."),
        ("tls", None, "No secure connection could be made."),
        ("unheard-of", None, "It could not be read."),
    ],
)
def test_a_failure_is_explained_in_a_sentence(reason: str, status: int | None, says: str) -> None:
    """What went wrong and what to do are a sentence each; what is no error is not called one."""
    said, advice = explain(reason, status)
    assert said == says
    assert advice.endswith(".")


@pytest.mark.parametrize(("error", "status"), [("", 200), ("StoreError", 503)])
def test_healthz(error: str, status: int) -> None:
    """/healthz is 200 while no task has failed, else 503; the status page names the task."""
    hub = HubState(3, 5, NOW, (TaskState("publish", NOW, error),))
    with serving(make_app(sample_store(), hub)) as base:
        answered, page = ask(base + "/healthz"), ask(base + "/status").text
    assert (answered.status_code, answered.json()["ok"]) == (status, not error)
    assert ("<strong>publish</strong> failed (StoreError)" in page) == bool(error)


def test_an_edit_that_was_not_taken_over_is_said() -> None:
    """A configuration that was edited and is wrong shows on the status page; the hub is well all the same."""
    with serving(make_app(sample_store(), HubState(3, 5, NOW, mistakes=2))) as base:
        answered, page = ask(base + "/healthz"), ask(base + "/status").text
    assert answered.status_code == 200
    assert "The configuration was edited and has 2 mistakes: the one before stays in force." in page


def test_status_is_the_same_for_a_minute(base: str) -> None:
    """Asked for again within a minute, the page is a 304; it speaks of no seconds."""
    page = ask(base + "/status")
    assert " second" not in page.text
    assert ask(base + "/status", If_None_Match=page.headers["ETag"]).status_code == 304


FEED = Feed("one", "https://one.example/feed.xml", "programming", place="/home/me/config/feedhub.yaml:12")
POLLED = {"last_polled_at": NOW, "last_success_at": NOW}
HOURLY = {**POLLED, "intervals_s": (3600,) * 5}
LATER = {"next_poll_at": NOW + timedelta(hours=2)}


def judged(state: dict[str, Any] | None = None, feed: Feed = FEED, **changes: Any) -> Any:
    """Return how a feed's health is put into words."""
    (found,) = judge([make_status(state={**POLLED, **(state or {})}, **changes)], {"one": feed}, NOW)
    return found


LEVELS = [
    ({}, {}, "well"),
    ({"failures": 1}, {"last_outcome": "failed"}, "unsteady"),
    ({"failures": 3}, {"last_outcome": "failed"}, "failing"),
    ({"failures": 1, "last_success_at": None}, {"last_outcome": "failed"}, "failing"),
    ({"last_polled_at": None, "last_success_at": None}, {"last_outcome": ""}, "new"),
    ({"gone": True, "failures": 1}, {"last_outcome": "failed"}, "gone"),
    ({**HOURLY, "last_entry_at": NOW - timedelta(days=2)}, {}, "silent"),
    ({**HOURLY, "last_entry_at": NOW - timedelta(hours=20)}, {}, "well"),
]


@pytest.mark.parametrize(("state", "changes", "level"), LEVELS)
def test_level(state: dict[str, Any], changes: dict[str, Any], level: str) -> None:
    """A feed's level follows from its polls and its own rhythm."""
    assert judged(state, **changes).level == level


REASONS = [
    ({}, {}, {}, "Every 30 minutes, as configured."),
    ({"failures": 2}, {}, {"last_outcome": "failed"}, "The wait grows with each failure, up to 1 day."),
    (
        {"failures": 9, "last_success_at": NOW - timedelta(days=40)},
        {},
        {"last_outcome": "failed"},
        "It has not worked for 40 days: it is tried once a week.",
    ),
    ({"ttl_s": 7200}, {}, LATER, "The feed asks to be left alone for 2 hours."),
    ({}, {}, LATER, "The server says that what it sent stays fresh until then."),
    ({"skip_hours": (12,)}, {}, LATER, "The feed names hours or days in which it is not to be asked."),
    ({"intervals_s": (900,)}, {"adaptive": True}, {}, "It goes by the feed's own rhythm."),
    ({}, {}, {"throttled_until": NOW + timedelta(hours=1)}, "The server asked to be left alone until then."),
    ({}, {}, {"reason": "offline"}, "The network was down; it is tried again soon."),
    ({"gone": True}, {}, {}, "Not any more, unless it is polled by name."),
    ({}, {}, {"next_poll_at": NOW}, ""),
]


@pytest.mark.parametrize(("state", "feed", "changes", "why"), REASONS)
def test_why_it_is_polled_then(
    state: dict[str, Any], feed: dict[str, Any], changes: dict[str, Any], why: str
) -> None:
    """The page says why a feed is polled next when it is."""
    assert judged(state, replace(FEED, **feed), **changes).why_next == why


def test_moved_feed_names_the_line() -> None:
    """A feed that has moved shows file, line and new address, without what may be a secret."""
    moved = judged({"moved_url": "https://me:pw@new.example/feed?key=hunter2"})
    assert (moved.moved_to, moved.place) == ("https://new.example/feed?…", "feedhub.yaml:12")
    assert judged({"moved_url": FEED.url}).moved_to == ""


def several() -> list[Any]:
    """Return the health of three feeds."""
    failing = {"state": {"failures": 5}, "last_outcome": "failed", "reason": "dns"}
    return judge(
        [
            make_status("one", title="Bees", category="b"),
            make_status("two", title="Ants", category="a", **failing),
            make_status("hidden", title="Crows", category="b", warnings=("odd dates",)),
        ],
        FEEDS,
        NOW,
    )


INQUIRIES = [
    ({}, ["Ants", "Bees", "Crows"]),
    ({"state": "failing"}, ["Ants"]),
    ({"state": "trouble", "category": "b"}, []),
    ({"state": "warnings"}, ["Crows"]),
    ({"state": "well", "order": "name"}, ["Bees", "Crows"]),
    ({"category": "b"}, ["Bees", "Crows"]),
    ({"q": "ANTS two.example"}, ["Ants"]),
    ({"q": "nothing"}, []),
    ({"order": "success"}, ["Ants", "Bees", "Crows"]),
    ({"state": "<b>", "order": "?", "page": "-1"}, ["Ants", "Bees", "Crows"]),
    ({"page": "9999"}, ["Ants", "Bees", "Crows"]),
]


@pytest.mark.parametrize(("asked", "titles"), INQUIRIES)
def test_inquiry(asked: dict[str, str], titles: list[str]) -> None:
    """The address says which feeds are shown and in which order; what it makes up counts as not said."""
    assert [feed.title for feed in answer(Inquiry.read(asked), several()).feeds] == titles


def test_inquiry_in_pages() -> None:
    """Very many feeds are shown a hundred at a time."""
    feeds = several() * 70
    first, last = answer(Inquiry(), feeds), answer(Inquiry(page=3), feeds)
    assert (len(first.feeds), len(last.feeds), first.pages, first.total) == (100, 10, 3, 210)
    assert Inquiry(state="well", page=2).way(page=3) == "?state=well&page=3"
    assert Inquiry(state="well", page=2).way(state="") == "?"


def test_cadence_is_drawn() -> None:
    """Each entry is a stroke on a line that ends now; without a rhythm there is no drawing."""
    svg = str(cadence_svg(NOW - timedelta(hours=1), (3600, 3600), NOW))
    drawn = html5lib.parse(svg, namespaceHTMLElements=False)
    places = [float(e.get("x")) for e in drawn.iter() if e.tag.endswith("rect")]
    assert places == [1.0, 43.7, 86.3]
    assert cadence_svg(None, (60,), NOW) == cadence_svg(NOW, (), NOW) == ""
    assert "nan" not in cadence_svg(NOW, (0, 0), NOW)


def read(body: bytes) -> Any:
    feed = feedparser.parse(io.BytesIO(body))
    assert not feed.bozo
    return feed


def test_health_is_a_feed(base: str) -> None:
    """health.atom has an item for each change of a public feed, with the reason and without secrets."""
    answered = ask(base + "/health.atom")
    feed = read(answered.content)
    assert [one.title for one in feed.entries] == [
        "Recovered: Feed one",
        "Down: Feed <two> & more",
        "Silent: Feed one",
    ]
    assert "The server answered with an error (HTTP 500)." in feed.entries[1].content[0].value
    assert "hunter2" not in answered.text and "hidden" not in answered.text.lower()
    assert feed.entries[0].link == "https://feeds.example.org/status.html#one"
    assert ask(base + "/health.atom", If_None_Match=answered.headers["ETag"]).status_code == 304


def test_browser_is_led_to_the_status_page(base: str) -> None:
    """A browser that opens health.atom is led to the status page, unless it asks for the source."""
    answered = ask(base + "/health.atom", Accept="text/html,*/*;q=0.8")
    assert (answered.status_code, answered.headers["Location"]) == (302, "status.html")
    assert ask(base + "/health.atom?view=source", Accept="text/html").status_code == 200


def test_health_items_keep_their_ids(base: str) -> None:
    """A change's id depends on the feed, the state and the instant alone, and each has one of its own."""
    ids = [one.id for one in read(ask(base + "/health.atom").content).entries]
    assert len(set(ids)) == len(ids) == len(CHANGES) - 1
    with serving(make_app(sample_store())) as other:
        assert [one.id for one in read(ask(other + "/health.atom").content).entries] == ids
