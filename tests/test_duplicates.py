"""The same story in several feeds, by the real command: found whatever the dates, shown with its sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.command import Workplace
from tests.feeds import Item, rss
from tests.publisher import Publishers

LINK = "https://origin.example/story"
TEXT = (
    "<p>The harbour of Rostock was closed for nine hours on Tuesday after a crane fell onto the quay at "
    "berth sixteen; nobody was hurt, the port authority said, and ferries were sent to Warnemünde.</p>"
)
YEAR = 365 * 24.0


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


TITLE = "A crane fell on the quay in Rostock"


def listed(hours: float | None) -> tuple[Item, Item]:
    """Return two items under one link that say nothing alike, the second so old."""
    other = Item("other", "Harbour closed", "Nothing alike is said here.", LINK + "?utm_source=x", hours)
    return Item("one", "A crane fell", link=LINK), other


def copied(hours: float | None) -> tuple[Item, Item]:
    """Return two items that say the same in nearly the same words, the second so old."""
    return Item("one", TITLE, TEXT), Item("other", TITLE, TEXT + "<p>More later.</p>", hours=hours)


CASES = {
    "link, years apart": (listed(3 * YEAR), 2 * YEAR, 1),
    "link, one undated": (listed(None), 2 * YEAR, 1),
    "link, the other undated": (listed(2 * YEAR), None, 1),
    "link, old copy of the new": (listed(3 * YEAR), 1.0, 1),
    "link, new copy of the old": (listed(1.0), 3 * YEAR, 1),
    "copy, one undated": (copied(None), 2 * YEAR, 1),
    "copy, the other undated": (copied(2 * YEAR), None, 1),
    "copy, years apart": (copied(3 * YEAR), 2 * YEAR, 2),
}


def test_whatever_the_dates_say(work: Workplace, publishers: Publishers) -> None:
    """What two feeds list at a time under one link is one story; a copy is one if no dates tell it apart."""
    first: list[dict[str, str]] = []
    second: list[dict[str, str]] = []
    for place, ((one, other), hours, _) in enumerate(CASES.values()):
        one = replace(one, hours=hours)
        for side, item, feeds in ((1, one, first), (2, other, second)):
            url = publishers.put(rss(item), f"127.0.{place + 3}.{side}")
            feeds.append({"id": f"f{place}-{side}", "url": url, "category": f"case {place}"})
    work.configure({"feeds": [*first, *second], "defaults": {"outputs": {"formats": "json"}}})
    for feeds in (first, second):
        work.run("poll", *(feed["id"] for feed in feeds))
    found = {name: len(work.items(f"category/case-{place}")) for place, name in enumerate(CASES)}
    assert found == {name: stories for name, (_, _, stories) in CASES.items()}
