"""`feedhub explain` and `duplicates` by the real command: why a story is in, out, or one with another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import Workplace
from tests.feeds import Item, numbered, rss
from tests.publisher import Publishers

LINK = "https://origin.example/story"


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A hub that has polled three feeds: two tell one story, the third has more than it may bring."""
    publishers = Publishers()
    one = rss(
        Item("a", "Release 1.0 [bold]of[/bold] Crane", link=LINK, hours=30), Item("s", "Sponsored: buy")
    )
    two = rss(Item("b", "Release 1.0 of Crane", link=LINK, hours=31), title="Second")
    work = Workplace(tmp_path_factory.mktemp("polled"))
    work.configure(
        {
            "feeds": [
                {"id": "one", "url": publishers.put(one, "127.0.5.1"), "category": "news", "tags": ["mine"]},
                {"id": "two", "url": publishers.put(two, "127.0.5.2"), "category": "news"},
                {
                    "id": "many",
                    "url": publishers.put(rss(*numbered(12)), "127.0.5.3"),
                    "category": "other",
                    "initial_items": 1,
                },
            ],
            "rules": [
                {"name": "no ads", "when": {"title": "sponsored"}, "drop": True},
                {"name": "versions", "when": {"title": "/release/i"}, "tag": "releases"},
            ],
            "outputs": {
                "fresh": {"from": {"category": "news"}, "max_age": "1d"},
                "hot": {"from": {"category": "news"}, "min_sources": 3},
                "others": {"from": {"category": "other"}},
            },
        }
    )
    work.run("poll", "one")
    work.run("poll", "two", "many")
    yield work.folder
    publishers.close()


@pytest.fixture
def work(polled: Path, tmp_path: Path) -> Workplace:
    """A copy of that hub."""
    return Workplace(Path(shutil.copytree(polled, tmp_path / "hub")))


def explain(work: Workplace, what: str) -> dict[str, Any]:
    (found,) = json.loads(work.run("explain", what, "--json"))
    assert isinstance(found, dict)
    return found


def outputs(story: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    return {place["path"]: (place["listed"], place["why"]) for place in story["outputs"]}


def test_a_story_is_explained(work: Workplace) -> None:
    """Sources with how they matched, rules' verdicts, tags' origins, outputs it is in and is not, and why."""
    story = explain(work, LINK)
    assert story == explain(work, story["id"]) == explain(work, story["entries"][1]["name"])
    assert [entry["feed"] for entry in story["entries"]] == ["one", "two"]
    second = story["entries"][1]
    assert (second["matched_by"], second["score"], second["reason"]) == ("link", 1.0, "same canonical link")
    assert second["key"].startswith("g:")
    assert [(rule["rule"], rule["held"]) for rule in second["rules"]] == [
        ("no ads", False),
        ("versions", True),
    ]
    assert story["tags"] == [
        {"tag": "mine", "from": "feed one"},
        {"tag": "releases", "from": "versions"},
    ]
    places = outputs(story)
    for path in ("all", "category/news", "tag/mine", "tag/releases"):
        assert places[path][0], path
    assert places["fresh"] == (False, "older than its max_age (1 d)")
    assert places["hot"] == (False, "2 of the 3 feeds that min_sources asks for")
    assert places["others"] == (False, "category does not match other")
    assert "category/other" not in places


def test_what_is_piped_ends_in_no_spaces(work: Workplace) -> None:
    """In a pipe or a file a line ends where its words end."""
    for arguments in (
        ["explain", LINK],
        ["status"],
        ["preview", "all"],
        ["test-rule", "title:a"],
    ):
        assert [line for line in work.run(*arguments).split("\n") if line != line.rstrip()] == []


def test_what_is_published_nowhere_says_why(work: Workplace) -> None:
    """Dropped by a rule, beyond `initial_items`, or of a feed that was removed."""
    assert set(outputs(explain(work, "sponsored")).values()) == {(False, "dropped by no ads")}
    hidden = explain(work, "https://a.example/item-2")
    assert not hidden["visible"]
    assert outputs(hidden)["all"] == (
        False,
        "it came with its feed's first document, beyond initial_items (1)",
    )
    work.configure({"feeds": []})
    assert outputs(explain(work, LINK))["all"] == (False, "its feed is not in the configuration any more")
    assert work.run("explain", "no such thing", code=1) == ""


def test_a_part_of_many_titles_lists_them(work: Workplace) -> None:
    """Whole titles come first; a part that many have lists these, to take one."""
    assert explain(work, "title of ITEM-1")["title"] == "Title of item-1"
    listed = work.run("explain", "title of item").splitlines()
    assert [line.split("  ")[2] for line in listed] == [f"Title of item-{n}" for n in range(12)]
    assert all(line.split("  ")[1].startswith("urn:uuid:") for line in listed)
    assert "say more of it, or an id" in work.stderr
    assert len(json.loads(work.run("explain", "title of item", "--json"))) == 12


def test_feeds_text_is_plain_text_on_the_page(work: Workplace) -> None:
    """A title's brackets are no markup, and the page says what the JSON says."""
    page = work.run("explain", LINK)
    assert "[bold]of[/bold]" in page
    for words in (
        "same canonical link",
        "no ads does not apply",
        "in /category/news",
        "not in /hot: 2 of the 3",
    ):
        assert words in page


def test_duplicates_are_listed_with_their_reasons(work: Workplace) -> None:
    """Only stories with several sources, of one category if asked."""
    (story,) = json.loads(work.run("duplicates", "--json"))
    assert [entry["reason"] for entry in story["entries"]] == ["", "same canonical link"]
    assert json.loads(work.run("duplicates", "--category", "other", "--json")) == []
    assert "same canonical link" in work.run("duplicates", "--category", "news")
    work.run("duplicates", "--category", "none", code=1)


def test_what_everyone_writes_about_comes_first(work: Workplace) -> None:
    """`order: sources` puts the most widespread first, the newest of equals; `also_in: false` names none."""
    config = work.file.read_text()
    work.file.write_text(config + "defaults: {outputs: {order: sources, also_in: false}}\n")
    work.run("poll")
    sources = [len(item["_feedhub"]["sources"]) for item in work.items("all")]
    assert sources == sorted(sources, reverse=True) and sources[0] == 2
    assert b"Also in" not in (work.public / "all.rss").read_bytes()
    work.file.write_text(config)
    work.run("poll")
    assert b"Also in" in (work.public / "all.rss").read_bytes()
    assert len(work.items("all")[0]["_feedhub"]["sources"]) == 1
