"""The demo's sample publishers: a play that is the same each time, on loopback."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
import requests
import yaml

from feedhub import demo
from feedhub.demo.publishers import FEED_LENGTH, MOVED, UNWELL, Place
from feedhub.errors import UsageError

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLACE = Place(8001)
NAMES = list(demo.PUBLISHERS)
XML = [name for name in NAMES if demo.PUBLISHERS[name].format != "json11"]


def said(name: str, seconds: float) -> bytes:
    """Return a publisher's feed so many seconds into the play."""
    return demo.publish(demo.PUBLISHERS[name], START + timedelta(seconds=seconds), START, PLACE)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seconds", [0, 60, 86_400])
def test_same_instant_same_bytes(name: str, seconds: int) -> None:
    """A feed is a function of the instant: asked twice, or a moment later, it is the same bytes."""
    assert said(name, seconds) == said(name, seconds) == said(name, seconds + 0.4)


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("seconds", [0, 300, 86_400])
def test_xml_is_read_whole(name: str, seconds: int) -> None:
    """Each XML feed is well-formed, of its format and encoding, and every entry is complete."""
    publisher = demo.PUBLISHERS[name]
    feed = feedparser.parse(io.BytesIO(said(name, seconds)))
    assert not feed.bozo
    assert feed.version == {"podcast": "rss20"}.get(publisher.format, publisher.format)
    assert feed.encoding.lower() == publisher.encoding.lower()
    assert feed.feed.title == publisher.title
    assert 0 < len(feed.entries) <= FEED_LENGTH
    for entry in feed.entries:
        assert entry.link.startswith("http://127.0.70.")
        assert entry.title and entry.summary
        dated = "published_parsed" if "published" in entry else "updated_parsed"
        assert datetime(*entry[dated][:6], tzinfo=UTC) <= START + timedelta(seconds=seconds)


def test_json_feed_is_one() -> None:
    """The JSON Feed names its version and gives each item an id, an address and a date with its zone."""
    feed = json.loads(said("frostline", 300))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert {item["date_published"][-6:] for item in feed["items"]} == {"+00:00"}


@pytest.mark.parametrize("name", NAMES)
def test_entries_appear_and_stay_what_they_are(name: str) -> None:
    """In three minutes new entries appear, on top; what was there keeps its date and text."""
    publisher = demo.PUBLISHERS[name]
    before = demo.articles(publisher, START, START)
    after = demo.articles(publisher, START + timedelta(minutes=3), START)
    assert len(after) > len(before) > 0
    assert after == sorted(after, key=lambda article: article.published_at, reverse=True)
    assert set(before) <= set(after)


@pytest.mark.parametrize("name", NAMES)
def test_play_never_ends(name: str) -> None:
    """After a week there is still something new, and no two entries share an address."""
    publisher = demo.PUBLISHERS[name]
    week = START + timedelta(days=7)
    later = demo.articles(publisher, week, START)
    assert week - later[0].published_at <= publisher.every
    assert len({(article.origin, article.slug, article.link_query) for article in later}) == FEED_LENGTH


def test_link_radar_repeats_with_tracking() -> None:
    """Link Radar brings others' stories under their own address with tracking parameters."""
    theirs = {article.slug for article in demo.articles(demo.PUBLISHERS["tidewater-code"], START, START)}
    links = [entry.link for entry in feedparser.parse(io.BytesIO(said("link-radar", 0))).entries]
    tracked = [link for link in links if "utm_source=link-radar" in link]
    home = PLACE.home(demo.PUBLISHERS["tidewater-code"])
    assert {link.partition("?")[0].removeprefix(home) for link in tracked if link.startswith(home)} == theirs


def test_reprint_is_word_for_word() -> None:
    """The second financial paper prints the first one's stories word for word at its own address."""
    first = feedparser.parse(io.BytesIO(said("haichao", 60))).entries
    second = feedparser.parse(io.BytesIO(said("chenzhong", 90))).entries
    texts = {(entry.title, entry.summary): entry.link for entry in second}
    assert len(first) == 4
    for entry in first:
        assert texts[entry.title, entry.summary] != entry.link


@pytest.fixture(scope="module")
def stage() -> Iterator[demo.Stage]:
    """The publishers on a free port, with the play one minute old."""
    instants = iter([START])
    running = demo.serve(clock=lambda: next(instants, START + timedelta(minutes=1)))
    yield running
    running.close()


@pytest.mark.parametrize("name", NAMES)
def test_served_with_etag(stage: demo.Stage, name: str) -> None:
    """A feed is served at its own loopback host and answers 304 to its ETag."""
    publisher = demo.PUBLISHERS[name]
    url = stage.place.feed(publisher)
    answer = requests.get(url, timeout=10)
    assert answer.content == demo.publish(publisher, START + timedelta(minutes=1), START, stage.place)
    assert requests.get(url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=10).status_code == 304


def test_links_lead_to_pages(stage: demo.Stage) -> None:
    """An article's link shows the article, an episode's enclosure plays, anything else is a 404."""
    entries = feedparser.parse(
        requests.get(stage.place.feed(demo.PUBLISHERS["night-ferry"]), timeout=10).content
    )
    entry = entries.entries[-1]
    assert "How to fold a chart" in requests.get(entry.link, timeout=10).text
    sound = requests.get(entry.enclosures[0].href, timeout=10)
    assert len(sound.content) == int(entry.enclosures[0].length)
    with wave.open(io.BytesIO(sound.content)) as tone:
        assert tone.getnframes() > 0
    for path in ("nothing", "../other", "news-99"):
        assert (
            requests.get(stage.place.home(demo.PUBLISHERS["night-ferry"]) + path, timeout=10).status_code
            == 404
        )


def test_some_sources_are_not_well(stage: demo.Stage) -> None:
    """Some addresses answer that there is no feed, and one leads to where its feed is now."""
    for name, status in UNWELL.items():
        assert requests.get(stage.place.absent(name), timeout=10).status_code == status
    for name, home in MOVED.items():
        answer = requests.get(stage.place.absent(name), timeout=10)
        assert answer.url == stage.place.feed(demo.PUBLISHERS[home])
        assert [hop.status_code for hop in answer.history] == [301]


def test_taken_port_is_said(stage: demo.Stage) -> None:
    """A port that is taken is an error in words."""
    with pytest.raises(UsageError, match="take another port"):
        demo.serve(stage.place.port)


@pytest.mark.parametrize("place", [Place(8001), Place(8001, spread=False)])
def test_plan_lists_every_publisher(place: Place) -> None:
    """The demo's YAML lists each publisher once, in its category, and allows loopback alone."""
    plan = yaml.safe_load(demo.demo_yaml(place, 8123))
    listed = {feed["id"]: feed["url"] for one in plan["categories"].values() for feed in one["feeds"]}
    moved = {home: place.absent(name) for name, home in MOVED.items()}
    assert listed == {name: place.feed(publisher) for name, publisher in demo.PUBLISHERS.items()} | moved
    assert {feed["id"] for feed in plan["feeds"]} == set(UNWELL)
    assert set(plan["categories"]) == {publisher.category for publisher in demo.PUBLISHERS.values()}
    assert plan["fetch"]["allow_private"] == ["127.0.0.0/8"]
    assert plan["server"]["port"] == 8123
