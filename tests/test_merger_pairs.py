"""Labelled pairs of entries: real ones beside the project, Chinese ones of our own."""

from __future__ import annotations

import csv
import functools
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from feedhub.errors import ParseError
from feedhub.merger import LOOKUP_KINDS, Candidate, Decision, Join, decide, keys
from feedhub.model import DuplicatePolicy, Entry, Feed
from feedhub.normalize import normalize
from feedhub.parser import parse
from tests.times import NOW

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
CHINESE = json.loads((Path(__file__).parent / "data" / "duplicates_zh.json").read_text(encoding="utf-8"))


def judge(one: Entry, other: Entry) -> Decision:
    """Decide on the second, the first being known if it shares a look-up key."""
    one, other = (replace(entry, match_keys=keys(entry)) for entry in (one, other))
    shared = {pair for pair in one.match_keys if pair[0] in LOOKUP_KINDS} & {*other.match_keys}
    return decide(other, [Candidate("known", one)] if shared else [], DuplicatePolicy(), NOW)


def verdict(decision: Decision) -> str:
    """Return what a decision means in the words of the labels."""
    if isinstance(decision, Join):
        return "same-story"
    return "same-event" if decision.related else "different"


@functools.cache
def read(name: str) -> tuple[Entry, ...]:
    """Return a corpus feed's entries."""
    feed = Feed(id=name, url=f"https://{name.replace('+', '-').lower()[:60]}.example/feed", category="c")
    try:
        parsed = parse((CORPUS / "real" / name).read_bytes(), url=feed.url)
    except ParseError:
        return ()
    return normalize(parsed, feed, {}, NOW).entries


def locate(row: dict[str, str], side: str) -> Entry | None:
    """Return the entry of a labelled pair; None if it is not in what the parser read."""
    entries = read(row[f"feed{side}"])
    wanted, title = row[f"entry_id_{side}"], row[f"title{side}"].split()
    same = [entry for entry in entries if entry.guid == wanted]
    titled = [entry for entry in same or entries if entry.title.split() == title]
    index = int(row[f"idx{side}"])
    return (titled or same or [*entries[index : index + 1], None])[0]


def test_labelled_pairs() -> None:
    """None that differ merge, nine in ten of the same story do, most of the same event are related."""
    if not CORPUS.exists():
        pytest.skip(f"the labelled corpus is not at {CORPUS}")
    with (CORPUS / "DUPLICATES.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found: Counter[tuple[str, str]] = Counter()
    missing = 0
    for row in rows:
        one, other = locate(row, "A"), locate(row, "B")
        if one is None or other is None:
            missing += 1
            continue
        result = verdict(judge(one, other))
        found[row["verdict"], result] += 1
        assert (row["verdict"], result) != ("different", "same-story"), (one.title, other.title)
        assert (row["verdict"], result) != ("same-event", "same-story"), (one.title, other.title)
    assert missing <= len(rows) // 20
    totals = Counter(row["verdict"] for row in rows)
    assert found["same-story", "same-story"] >= 0.9 * (totals["same-story"] - missing)
    assert found["same-event", "same-event"] >= 0.7 * (totals["same-event"] - missing)


def chinese(pair: dict[str, dict[str, str]], side: str, like: Entry) -> Entry:
    """Return one side of a Chinese pair as an entry of a feed of that name."""
    said = SimpleNamespace(**pair[side])
    age = timedelta(hours=2 if side == "a" else 1)
    changes = {"feed_id": side, "key": side, "guid": "", "link": f"https://{side}.example/{age.seconds}"}
    return replace(like, **changes, title=said.title, content=said.body, published_at=NOW - age)  # type: ignore[arg-type]


@pytest.mark.parametrize("pair", CHINESE, ids=lambda pair: f"{pair['verdict']}-{pair['note']}")
def test_chinese_pairs(pair: dict[str, dict[str, str]]) -> None:
    """Reprints, excerpts and Traditional copies join; another number, direction or company does not."""
    body = b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>'
    feed = Feed(id="a", url="https://a.example/", category="c")
    like = normalize(parse(body, url=feed.url), feed, {}, NOW).entries[0]
    decision = judge(chinese(pair, "a", like), chinese(pair, "b", like))
    assert (verdict(decision) == "same-story") == (pair["verdict"] == "same")


def test_the_chinese_set_is_whole() -> None:
    """More than sixty pairs of each kind."""
    assert Counter(pair["verdict"] for pair in CHINESE) == {"same": 68, "different": 74}
