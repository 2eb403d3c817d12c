"""Feeds of what outputs leave out, each item with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from feedhub import config, generator
from feedhub.hub.selection import Selection
from feedhub.model import Catalogue, Site
from feedhub.ports import Store
from tests.readers import json_feed_mistakes, xmllint
from tests.sample_hub import make_entry, poll
from tests.times import HOUR, NOW

YAML = """
categories:
  news:
    feeds:
      - {id: one, url: https://one.example/feed, tags: [python]}
      - {id: two, url: https://two.example/feed, drop: title:boring}
rules:
  - {when: title:advert, drop: true, name: no adverts}
outputs:
  tag/python: {keep: text:interesting, drop: 'title:/sponsored/i', dropped: true}
  category/news: {dropped: true, content: none}
  fresh: {from: news, drop: {age: '>1h'}, dropped: true}
"""


def read(tmp_path: Path, text: str = YAML) -> Catalogue:
    """Return a configuration's catalogue, spaced by nothing."""
    (tmp_path / "feedhub.yaml").write_text(text)
    return replace(config.load(tmp_path / "feedhub.yaml", {}).catalogue, spacing=timedelta(0))


def items(store: Store, catalogue: Catalogue, path: str, form: str = "json") -> list[dict[str, Any]]:
    """Return what an output lists; every format is checked on the way."""
    output = catalogue.outputs[path]
    stories = Selection(store, lambda: NOW).select(output)
    documents = {
        one.path.rpartition(".")[2]: one for one in generator.render(output, stories, Site(), NOW, "1")
    }
    assert xmllint(documents["atom"].body) == xmllint(documents["rss"].body) == (0, b"")
    feed = json.loads(documents["json"].body)
    assert list(json_feed_mistakes(feed)) == []
    listed: list[dict[str, Any]] = feed["items"]
    return listed


def reasons(listed: list[dict[str, Any]]) -> dict[str, str]:
    return {item["title"]: item["_feedhub"]["dropped"] for item in listed}


def test_what_is_left_out_is_published_with_its_reason(store: Store, tmp_path: Path) -> None:
    """What a rule, a feed's filter or the output's own drops is in the other feed, and in that alone."""
    catalogue = read(tmp_path)
    store.apply(catalogue, NOW)
    poll(
        store,
        make_entry(1, title="Good", content="<p>interesting</p>", tags=frozenset({"python"})),
        make_entry(2, title="Dull", tags=frozenset({"python"})),
        make_entry(3, title="Sponsored", content="<p>interesting</p>", tags=frozenset({"python"})),
        make_entry(4, title="An advert", tags=frozenset({"python"}), dropped="no adverts"),
        make_entry(5, "two", title="Boring news", dropped="drop of feed two"),
    )
    assert [item["title"] for item in items(store, catalogue, "tag/python")] == ["Good"]
    listed = items(store, catalogue, "tag/python.dropped")
    assert reasons(listed) == {
        "Dull": "text does not match interesting",
        "Sponsored": "title matches /sponsored/i",
        "An advert": "rule: no adverts",
    }
    assert all(item["content_html"].startswith("<p>Left out: ") for item in listed)
    news = items(store, catalogue, "category/news.dropped")
    assert reasons(news) == {"An advert": "rule: no adverts", "Boring news": "rule: drop of feed two"}
    assert news[0]["content_html"] == "<p>Left out: rule: no adverts</p>"
    assert {item["title"] for item in items(store, catalogue, "all")} == {"Good", "Dull", "Sponsored"}


def test_it_follows_the_rules_and_the_clock(store: Store, tmp_path: Path) -> None:
    """An edit moves items between the two feeds; what becomes too old comes into the other one."""
    catalogue = read(tmp_path)
    store.apply(catalogue, NOW)
    poll(
        store,
        make_entry(1, title="New", published_at=NOW),
        make_entry(2, title="Old", published_at=NOW - 2 * HOUR),
        make_entry(4, title="An advert", dropped="no adverts"),
    )
    assert reasons(items(store, catalogue, "fresh.dropped")) == {
        "An advert": "rule: no adverts",
        "Old": "age 2:00:00 is >1h",
    }
    edited = read(tmp_path, YAML.replace("title:advert", "title:nothing"))
    store.apply(edited, NOW)
    assert {item["title"] for item in items(store, edited, "category/news")} == {"New", "Old", "An advert"}
    assert items(store, edited, "category/news.dropped") == []


def test_a_private_output_keeps_what_it_drops_private(tmp_path: Path) -> None:
    """What a private output drops is private too, and no list names what is dropped anywhere."""
    text = YAML + "  mine: {from: news, private: true, dropped: true}\n"
    outputs = read(tmp_path, text).outputs
    assert outputs["mine.dropped"].private
    assert b"dropped" not in generator.opml(outputs.values(), Site())
    assert not any(path.endswith(".dropped.dropped") for path in outputs)


def test_nothing_private_leaks_through_what_is_dropped(store: Store, tmp_path: Path) -> None:
    """A private feed's dropped entries are in no public output."""
    text = YAML.replace("drop: title:boring", "public: false")
    catalogue = read(tmp_path, text)
    store.apply(catalogue, NOW)
    poll(store, make_entry(5, "two", title="An advert", dropped="no adverts"))
    assert items(store, catalogue, "category/news.dropped") == []
