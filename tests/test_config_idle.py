"""What a configuration says in vain is a warning with its place, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config

FEEDS = """\
categories:
  news: {feeds: [{url: https://a.org, id: a, tags: world}, {url: https://b.org, id: b}]}
  shut: {feeds: [{url: https://c.org, id: c, auth: {bearer: x}}]}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules: [{when: 'tag:late', drop: true}, {when: x, tag: late}]",
         "4:16: rules[0].when: no entry can ever be this: its tag is given by rules below it alone; move it "
         "below them"),
        ("rules: [{when: 'category:shut tag:world', drop: true}]",
         "4:16: rules[0].when: no entry can ever be this: no feed is all of that at once"),
        ("rules: [{when: 'feed:a category:shut', drop: true}]",
         "4:16: rules[0].when: no entry can ever be this: no feed is all of that at once"),
        ("rules: [{when: 'NOT feed:(a OR b OR c)', drop: true}]",
         "4:16: rules[0].when: no entry can ever be this: no feed is all of that at once"),
        ("rules: [{when: rust, stop: true}, {when: 'title:rust author:bot', tag: t}]",
         "4:42: rules[1].when: this is never asked: rule 1, in {file}:4, stops all that it is about; "
         "put it above that"),
        ("rules: [{when: {title: [ad, spam]}, drop: true}, {when: {title: [spammer]}, tag: t}]",
         "4:57: rules[1].when: this is never asked: rule 1, in {file}:4, drops all that it is about; "
         "put it above that"),
        ("rules: [{when: 'words:<50', drop: true, name: short}, {when: 'words:10..20', tag: t}]",
         "4:62: rules[1].when: this is never asked: short, in {file}:4, drops all that it is about; "
         "put it above that"),
        ("outputs: {x: {from: world, min_sources: 3}}",
         "4:21: outputs.x.from: this can never have an item: min_sources is 3, and 2 feeds at most "
         "can tell a story here"),
        ("outputs: {x: {from: shut}}",
         "4:21: outputs.x.from: this can never have an item: its feeds are private; give it private: true, "
         "or the feeds public: true"),
        ("outputs: {x: {from: 'category:shut tag:world', private: true}}",
         "4:21: outputs.x.from: this can never have an item: no feed is all of that at once"),
        ("outputs: {x: {from: 'news age:>30d', max_age: 7d}}",
         "4:21: outputs.x.from: this can never have an item: it asks for older ones than its max_age allows"),
        ("outputs: {category/news: {keep: 'tag:shut', drop: x}}\nrules: [{when: 'category:shut', tag: shut}]",
         "4:26: outputs.category/news: this can never have an item: nothing that it is asked about "
         "gets the tag shut"),
    ],
)  # fmt: skip
def test_what_is_in_vain_is_said(text: str, expected: str, tmp_path: Path) -> None:
    """Rules that no entry reaches, rules below one that ends it, outputs without a possible item."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(FEEDS + text)
    warnings = [str(found) for found in config.load(file, {}).warnings]
    assert warnings == [f"{file}:{expected.replace('{file}', str(file))}"]


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{when: x, tag: late}, {when: 'tag:late', drop: true}]",
        "rules: [{when: 'feed:a', stop: true}, {when: 'feed:b', tag: t}, {when: 'tag:world', tag: u}]",
        "rules: [{when: 'tag:t', stop: true}, {when: x, tag: t}, {when: 'tag:t', tag: u}]\n"
        "tags: {map: {T: t}}",
        "rules: [{when: title:rust, stop: true}, {when: y, set: {title: rust}}, {when: title:rust, tag: t}]",
        "rules: [{when: title:rust, stop: true}, {when: text:rust, tag: t}, {when: '-title:rust', tag: u}]",
        "rules: [{when: x, set: {category: shut}}, {when: 'feed:a category:shut', drop: true}]",
        "rules: [{when: 'tag:any', drop: true}]\ntags: {from_entries: all}",
        "outputs: {x: {from: 'feed:a feed:b', min_sources: 2}}",
        "outputs: {x: {from: shut, private: true}}",
        "outputs: {x: {from: {any: [tag:world, category:shut]}}}",
        "outputs: {x: {from: 'news age:>3d', max_age: 7d}}",
        "outputs: {x: {from: '-tag:world', min_sources: 2}}",
        "defaults: {duplicates: {scope: all}, public: true}\noutputs: {x: {from: news, min_sources: 3}}",
    ],
)
def test_what_may_come_to_something_is_not_doubted(text: str, tmp_path: Path) -> None:
    """Names alone decide: where a text, a later rule or a merger may make it true, nothing is said."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(FEEDS + text)
    assert [str(found) for found in config.load(file, {}).warnings] == []


def test_a_category_without_feeds_is_said(tmp_path: Path) -> None:
    """Unless rules move entries there; a paused feed is a feed."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(
        "categories: {a: [https://a.org], b: , c: , d: {feeds: {url: https://d.org, enabled: false}}}\n"
        "rules: {when: x, set: {category: c}}\n"
    )
    warnings = [str(found) for found in config.load(file, {}).warnings]
    assert warnings == [f"{file}:1:37: categories.b: the category b has no feeds: give it some, or remove it"]


def test_mistakes_are_said_once(tmp_path: Path) -> None:
    """An output that asks for a name that nothing has is not doubted a second time."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(FEEDS + "rules: {when: tag:wrld, drop: true}\noutputs: {x: {from: 'tag:wrld'}}\n")
    assert [found.line for found in config.load(file, {}).warnings] == [4, 5]
