"""What an entry is that comes out of the fast path, and what is mended on the way."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from feedhub.model import Chapter, Person, Podcast, RawEntry
from feedhub.parser import feedparsed, parse

FEED = "<rss version='2.0'><channel><title>t</title>{}</channel></rss>"


def test_an_empty_item_has_every_field_at_its_default() -> None:
    """Nothing but the model says what an entry's fields are: one that is added there is filled here."""
    (entry,) = parse(FEED.format("<item/>").encode()).entries
    assert type(entry) is RawEntry
    read = {field.name: getattr(entry, field.name) for field in fields(RawEntry)}
    assert RawEntry(**read) == entry
    assert entry == RawEntry(title_type="text")


def test_an_entry_is_frozen_hashable_and_travels() -> None:
    """It is a RawEntry like one that was constructed."""
    (entry,) = parse(FEED.format("<item><title>a</title><guid>1</guid></item>").encode()).entries
    with pytest.raises(FrozenInstanceError):
        entry.title = "b"  # type: ignore[misc]
    assert {entry: 1}[pickle.loads(pickle.dumps(entry))] == 1


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("a@b.c (Ann Lee)", "Ann Lee", "a@b.c"),
        ("root@localhost (Ann)", "Ann", "root@localhost"),
        ("ann@blog.example (Ann Lee)", "Ann Lee", "ann@blog.example"),
        ("Ann Lee &lt;ann@blog.example&gt;", "Ann Lee", "ann@blog.example"),
        ("ann@blog.example", "", "ann@blog.example"),
        ("Ann Lee (a@b)", "Ann Lee (a@b)", ""),
        ("a@b.c ()", "a@b.c ()", ""),
    ],
)
def test_an_author_of_rss_has_a_name_and_an_address(text: str, name: str, email: str) -> None:
    """In `joe@example.org (Joe)` the one is told from the other, whatever the address ends in."""
    (entry,) = parse(FEED.format(f"<item><author>{text}</author></item>").encode()).entries
    assert entry.authors == (Person(name, email),)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<p>one<br>two</p>", "<p>one<br>two</p>"),
        ("<p><img src='a.png' alt='a > b'> x</p>", '<p><img src="a.png" alt="a &gt; b"> x</p>'),
        ("<p>one<hr/>two<br></p>", "<p>one<hr>two<br></p>"),
        ("<p>one<BR>two</p>", "<p>one<br>two</p>"),
        ("<![CDATA[<br>]]><p><br></p>", "<br><p><br></p>"),
    ],
)
def test_html_without_an_end_is_closed(inside: str, expected: str) -> None:
    """Markup that was put into a feed without being escaped is read, and told."""
    feed = parse(FEED.format(f"<item><description>{inside}</description></item>").encode())
    assert feed.entries[0].summary == expected
    assert any("without an end" in warning for warning in feed.warnings)


@pytest.mark.parametrize(
    ("length", "expected"),
    [("1234", 1234), (" 1,234,567 ", 1234567), ("1,23", None), ("12,3456", None), ("-1", None), ("", None)],
)
def test_a_length_is_a_number_however_its_digits_are_grouped(length: str, expected: int | None) -> None:
    """Thousands may be parted by commas; what is no number is none."""
    item = f'<item><enclosure url="https://a.example/b.mp3" length="{length}" type="audio/mpeg"/></item>'
    feed = parse(f'<rss version="2.0"><channel>{item}</channel></rss>'.encode())
    assert feed.entries[0].enclosures[0].length == expected


def test_chapters_of_a_broken_feed_are_kept_as_well() -> None:
    """feedparser, which reads what is no XML, finds them too."""
    chapters = '<psc:chapters><psc:chapter start="1:30.5" title="Ears" href="/ears"/></psc:chapters>'
    body = f'<rss xmlns:psc="http://podlove.org/simple-chapters"><channel><item>{chapters}</item></rss>'
    found = feedparsed.read(body.encode(), url="https://a.example/")
    assert found.entries[0].podcast == Podcast(marks=(Chapter(90_500, "Ears", "https://a.example/ears"),))
