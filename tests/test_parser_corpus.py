"""Real feeds, beside feedparser: its answer is ours, or the table below says why ours is right."""

from __future__ import annotations

import html
import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedhub.model import ParsedFeed, RawEntry
from feedhub.parser import fast, feedparsed, parse
from feedhub.parser.sniff import to_utf8

REAL = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"
DERIVED = REAL.parent / "derived"
ABSENT = "../shared/corpus is absent: no real feeds to compare with feedparser"

DOUBLE_ENCODED = "UTF-8 that was read as windows-1252 and encoded again: feedparser undoes latin-1 alone"
CAPTION = (
    "the caption of a picture (media:description) is no body; feedparser takes it for a second description"
)
FULLER_BODY = "of description and itunes:summary the fuller one is the body, not whichever comes second"
AS_WRITTEN = "an id is kept byte for byte: feedparser resolves a guid against xml:base, or changes its &"
EMPTY_LINK = "an empty href is no address of the entry; feedparser resolves it to the feed's own"
ENTITY = "a named character of HTML 5 is the character; feedparser knows HTML 4's names"
CONTROL = "control characters that XML forbids are left out; feedparser keeps them"
FILM = "a film in media:content is an enclosure too; feedparser keeps it apart"
LOCAL_DATE = "a date in the feed's language, which feedparser cannot read"
MAILTO = "feedparser leaves the `mailto:` of an address in the name"
UNKNOWN_TYPE = "type=markdown is text; feedparser decodes it as base64"

# (part of the file's name, fields that differ, why ours is right)
DIFFERENCES: tuple[tuple[str, set[str], str], ...] = (
    ("Rss10Minutos20.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss10Minutos20Catalans.xml", {"body", "authors"}, DOUBLE_ENCODED),
    ("Rss20CTVNews.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss20CodeHollowCom.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss20DaStandardAt.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20DerBrutkasten.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20FazNet.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20LeFigaro.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20MassaNews.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20MicrosoftBotFranework.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("Rss20NuusInAfrikaans.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss20Spiegel.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss20TheMirror.xml", {"title"}, DOUBLE_ENCODED),
    ("Rss20ThomasMaurer.xml", {"body"}, DOUBLE_ENCODED),
    ("Rss20YandexRussia.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("feed_rss-2.0_for_file_mock.xml", {"body", "title"}, DOUBLE_ENCODED),
    ("xakep.ru.xml", {"authors"}, MAILTO),
    ("github-49__data.xml", {"body"}, CAPTION),
    ("16dc10cf98d1ee82.xml", {"body"}, CAPTION),
    ("5357198db71ce075.xml", {"body"}, CAPTION),
    ("660a52f7dc6a1948.xml", {"body"}, CAPTION),
    ("660a52f7dc6a1948.xml", {"enclosures"}, FILM),
    ("podcast-rss.xml", {"body"}, FULLER_BODY),
    ("rss2__cre.xml", {"body"}, FULLER_BODY),
    ("xml__Ampersand.xml", {"id"}, AS_WRITTEN),
    ("reddit-home.rss.xml", {"id"}, AS_WRITTEN),
    ("OneFootTsunami.atom.xml", {"link"}, EMPTY_LINK),
    ("3d13901a267083a8.xml", {"title"}, ENTITY),
    ("lincoln_loop.xml", {"body"}, CONTROL),
    ("postgresql.fr__rss20.xml", {"published"}, LOCAL_DATE),
    ("uolNoticias.rss.xml", {"published"}, LOCAL_DATE),
    ("nikolay.rocks_atom.xml", {"body"}, UNKNOWN_TYPE),
)

FIELDS: dict[str, Callable[[RawEntry], Any]] = {
    "id": lambda entry: entry.id,
    "link": lambda entry: entry.link,
    "title": lambda entry: entry.title,
    "published": lambda entry: entry.published,
    "updated": lambda entry: entry.updated,
    "authors": lambda entry: entry.authors,
    "categories": lambda entry: entry.categories,
    "enclosures": lambda entry: [(one.url, one.type, one.length) for one in entry.enclosures],
    "comments": lambda entry: entry.comments,
    "canonical": lambda entry: entry.canonical,
    "body": lambda entry: _letters(entry.content or entry.summary),
}


def _feeds() -> list[Path]:
    return sorted(path for path in REAL.glob("*") if path.suffix != ".tsv") if REAL.is_dir() else []


def _letters(markup: str) -> str:
    """Return the text of HTML without its spaces: what a reader would see."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", "", markup)))


def _differing(ours: ParsedFeed, theirs: ParsedFeed) -> set[str]:
    if len(ours.entries) != len(theirs.entries):
        return {"count"}
    return {
        name
        for name, value in FIELDS.items()
        if any(value(one) != value(other) for one, other in zip(ours.entries, theirs.entries, strict=True))
    }


def _is_json(path: Path) -> bool:
    return path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


@pytest.mark.skipif(not REAL.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("chunk", range(20))
def test_real_feeds_read_as_feedparser_reads_them(chunk: int) -> None:
    """Every field of every entry of every real feed is feedparser's, but for the differences in the table."""
    for path in _feeds()[chunk::20]:
        body = path.read_bytes()
        if _is_json(path):
            assert parse(body).entries, path.name
            continue
        listed = {name for part, names, _ in DIFFERENCES if part in path.name for name in names}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own
            theirs = feedparsed.read(body)

        ours = parse(body)

        assert _differing(ours, theirs) == listed, path.name
        assert ours.format == theirs.format, path.name


@pytest.mark.skipif(not REAL.is_dir(), reason=ABSENT)
def test_well_formed_feeds_take_the_fast_path() -> None:
    """At least 95 of 100 real XML feeds are read without repair and without feedparser."""
    xml = [path for path in _feeds() if not _is_json(path)]
    slow = []
    for path in xml:
        sniffed = to_utf8(path.read_bytes())
        try:
            fast.read(sniffed.body.lstrip(), sniffed.encoding, "", "UTC")
        except (fast.NotWellFormed, fast.Declined):
            slow.append(path.name)
    assert len(slow) <= 0.05 * len(xml), slow


@pytest.mark.skipif(not DERIVED.is_dir(), reason=ABSENT)
@pytest.mark.parametrize(
    "expectation", sorted(DERIVED.glob("*.expect.json")), ids=lambda path: path.name.partition(".")[0]
)
def test_text_comes_out_right_from_every_charset(expectation: Path) -> None:
    """Titles and links survive legacy, wrong and missing charset declarations."""
    expected = json.loads(expectation.read_text(encoding="utf-8"))
    body = expectation.with_name(expectation.name.replace(".expect.json", ".xml")).read_bytes()

    feed = parse(body, expected["content_type"])

    titles, links = expected["entry_titles"], expected["entry_links"]
    assert len(feed.entries) == expected["entries"]
    assert feed.title == expected["feed_title"]
    assert [entry.title for entry in feed.entries][: len(titles)] == titles
    assert [entry.link for entry in feed.entries][: len(links)] == links
