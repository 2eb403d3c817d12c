"""`split` and `merge`, by command and by YAML: for good, and without a word to those who subscribe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Workplace
from tests.feeds import Item, rss
from tests.publisher import Publishers

LINK = "https://origin.example/story"


class Newsroom:
    """Three feeds in one category: two list the same link, the third something else."""

    def __init__(self, work: Workplace, publishers: Publishers) -> None:
        self.work = work
        self.publishers = publishers
        self.config: dict[str, Any] = {}
        self.items = {
            "one": Item("a", "A crane fell", link=LINK, hours=3),
            "two": Item("b", "Harbour closed", link=LINK, hours=2),
            "three": Item("c", "Ferries are sent elsewhere", hours=1),
        }

    def configure(self, **config: Any) -> None:
        urls = {
            name: self.publishers.put(rss(item), f"127.0.4.{n}")
            for n, (name, item) in enumerate(self.items.items(), 1)
        }
        feeds = [{"id": name, "url": url, "category": "news"} for name, url in urls.items()]
        self.work.configure({"feeds": feeds, **config})

    def poll(self) -> dict[str, list[str]]:
        """Poll the first feed, then the others, and return the feeds of each item, by its id."""
        first, *others = self.items
        self.work.run("poll", first)
        self.work.run("poll", *others)
        return self.published()

    def published(self) -> dict[str, list[str]]:
        return {
            item["id"]: [source["feed"] for source in item["_feedhub"]["sources"]]
            for item in self.work.items("category/news")
        }

    def name(self, feed: str) -> str:
        """Return what a feed's entry is called."""
        return f"{feed}/{self.items[feed].link or 'https://a.example/' + self.items[feed].name}"


@pytest.fixture
def news(tmp_path: Path, publishers: Publishers) -> Newsroom:
    return Newsroom(Workplace(tmp_path), publishers)


def test_an_entry_that_was_split_off_stays_alone(news: Newsroom) -> None:
    """The id stays with the founder; edits, new rules and later copies bring nothing together again."""
    news.configure()
    before = news.poll()
    (whole,) = (id for id, feeds in before.items() if feeds == ["one", "two"])
    dates = {item["id"]: item["date_published"] for item in news.work.items("category/news")}
    news.work.run("split", news.name("two"))
    after = news.published()
    assert after[whole] == ["one"]
    (apart,) = after.keys() - before.keys()
    assert after[apart] == ["two"]
    news.items["two"] = Item("b", "Harbour closed, again", link=LINK, hours=2)
    news.items["four"] = Item("d", "Crane fell", link=LINK, hours=0.5)
    news.configure(rules=[{"when": {"title": "harbour"}, "tag": "sea"}])
    later = news.poll()
    assert sorted(later[whole]) == ["four", "one"]
    assert later[apart] == ["two"]
    for item in news.work.items("category/news"):
        assert item["date_published"] == dates.get(item["id"], item["date_published"])


def test_the_founder_can_be_split_off(news: Newsroom) -> None:
    """The id stays with the founder; those that it leaves behind are one story together."""
    news.items["four"] = Item("d", "Crane fell", link=LINK, hours=0.5)
    news.configure()
    before = news.poll()
    (whole,) = (id for id, feeds in before.items() if feeds == ["one", "two", "four"])
    news.work.run("split", news.name("one"))
    after = news.published()
    assert after[whole] == ["one"]
    assert sorted(map(sorted, after.values())) == [["four", "two"], ["one"], ["three"]]


def test_merged_by_hand(news: Newsroom) -> None:
    """The older id stays and the other item leaves; taken apart again it is what it was, id and date."""
    news.configure()
    before = news.poll()
    items = {item["id"]: item for item in news.work.items("category/news")}
    (whole,) = (id for id, feeds in before.items() if len(feeds) == 2)
    (other,) = before.keys() - {whole}
    assert whole in news.work.run("merge", other, news.name("one"))
    assert news.published() == {whole: ["one", "two", "three"]}
    news.configure(rules=[{"when": {"title": "ferries"}, "tag": "sea"}])
    assert news.poll() == {whole: ["one", "two", "three"]}
    (told,) = json.loads(news.work.run("explain", "--json", other))
    assert told["id"] == whole
    news.work.run("split", "https://a.example/c")
    # What is printed for the file names the feed, as the file wants it.
    assert 'corrections: {split: ["three/' in news.work.stderr
    assert news.published() == before
    again = {item["id"]: item for item in news.work.items("category/news")}
    assert again[other]["date_published"] == items[other]["date_published"]
    assert again[whole]["date_modified"] == items[whole]["date_modified"]


def test_the_configuration_corrects_a_database(news: Newsroom) -> None:
    """What `corrections` says holds for what is stored, and in a new database from the first poll on."""
    news.configure()
    before = news.poll()
    said = {"split": news.name("two"), "merge": [[news.name("one"), news.name("three")]]}
    wanted = [["one", "three"], ["two"]]
    news.configure(corrections=said)
    assert sorted(map(sorted, news.poll().values())) == wanted
    afresh = Newsroom(Workplace(news.work.folder / "afresh"), news.publishers)
    afresh.work.folder.mkdir()
    afresh.configure(corrections=said)
    found = afresh.poll()
    assert sorted(map(sorted, found.values())) == wanted
    assert found.keys() & before.keys()


def test_what_cannot_be_done_is_said(news: Newsroom) -> None:
    """A name that is none, or several entries', changes nothing."""
    news.configure()
    before = news.poll()
    for arguments, says in (
        (["split", "nowhere"], "no entry nowhere"),
        (["split", LINK], "2 entries"),
        (["merge", "https://a.example/c"], "two stories"),
        (["merge", "one/" + LINK, "two/" + LINK], "one story already"),
    ):
        news.work.run(*arguments, code=1)
        assert says in news.work.stderr
    assert news.published() == before


def test_a_name_that_cannot_be_one_is_a_mistake_with_its_place(news: Newsroom) -> None:
    """`corrections` takes FEED/ENTRY alone."""
    news.configure(corrections={"split": ["https://a.example/x"], "merge": [["one/a"]]})
    news.work.run("check", code=2)
    assert "corrections.split" in news.work.stderr
    assert "corrections.merge" in news.work.stderr
