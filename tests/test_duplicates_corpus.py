"""The labelled pairs of real entries, through the real poll: both feeds of a pair in one category."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command import Workplace
from tests.publisher import Page, Publishers

Row = Mapping[str, str]

ENOUGH = 3
"""An entry is found by its id (4), else by title (2) and link (1)."""

MEASURED = {"initial_items": 10_000, "outputs": {"limit": 10_000, "formats": ["json"]}}
"""All that is not default: whatever a document lists is looked at, not its newest twenty."""


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    with (shared / "corpus" / "DUPLICATES.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def published(
    shared: Path, rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], list[dict[str, Any]]]]:
    """What the command publishes for each pair of feeds that has a labelled pair of entries."""
    publishers = Publishers()
    work = Workplace(tmp_path_factory.mktemp("pairs"))
    categories = {}
    pairs = dict.fromkeys((row["feedA"], row["feedB"]) for row in rows)
    for place, pair in enumerate(pairs):
        feeds = []
        for side, name in enumerate(dict.fromkeys(pair)):
            body = (shared / "corpus" / "real" / name).read_bytes()
            url = publishers.put(Page(body), f"127.7.{place}.{side + 1}")
            feeds.append({"url": url, "id": f"pair{place}-{side}"})
        categories[f"pair{place}"] = {"feeds": feeds}
    work.configure({"categories": categories, "defaults": MEASURED})
    try:
        work.run("-q", "poll", timeout=300)
        yield {pair: work.items(f"category/pair{place}") for place, pair in enumerate(pairs)}
    finally:
        publishers.close()


def verdict(items: list[dict[str, Any]], row: Row) -> str:
    """Return what was made of a pair, in the words of the labels; `absent` if one is not published."""
    sides = [
        locate(items, f"-{0 if side == 'A' or row['feedA'] == row['feedB'] else 1}", row, side)
        for side in ("A", "B")
    ]
    if None in sides:
        return "absent"
    one, other = (side for side in sides if side)
    if one["id"] == other["id"]:
        return "same-story"
    linked = {story["id"] for item in (one, other) for story in item["_feedhub"].get("related", ())}
    return "same-event" if linked & {one["id"], other["id"]} else "different"


def locate(items: list[dict[str, Any]], feed: str, row: Row, side: str) -> dict[str, Any] | None:
    """Return the item that has an entry among its sources: None if no entry is the one."""
    named = (row[f"entry_id_{side}"], " ".join(row[f"title{side}"].split()))
    best: tuple[int, dict[str, Any] | None] = (ENOUGH - 1, None)
    for item in items:
        for source in item["_feedhub"]["sources"]:
            if source["feed"].endswith(feed):
                agree = (
                    4 * (source["entry_id"] == named[0])
                    + 2 * (" ".join(source["title"].split()) == named[1])
                    + (source["url"] == row[f"link{side}"])
                )
                best = max(best, (agree, item), key=lambda pair: pair[0])
    return best[1]


def test_labelled_pairs_through_the_real_poll(
    rows: list[Row], published: dict[tuple[str, str], list[dict[str, Any]]]
) -> None:
    """None that differ merge, nine in ten of the same story do, most of the same event are linked."""
    found: Counter[tuple[str, str]] = Counter()
    wrong = []
    for row in rows:
        result = verdict(published[row["feedA"], row["feedB"]], row)
        found[row["verdict"], result] += 1
        if result == "same-story" != row["verdict"]:
            wrong.append((row["titleA"], row["titleB"]))
    totals = Counter(row["verdict"] for row in rows)
    assert not wrong
    assert found["same-story", "same-story"] >= 0.9 * totals["same-story"], found
    assert found["same-event", "same-event"] >= 0.7 * totals["same-event"], found
