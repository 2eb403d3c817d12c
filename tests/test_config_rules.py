"""Rules, filters, tags and conditions of a configuration: what reaches the rooms, and what is doubted."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config, model
from feedhub.config import Config
from feedhub.errors import ConfigError
from feedhub.rules import compile_condition


def read(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "feedhub.yaml"
    file.write_text(text, encoding="utf-8")
    return config.load(file, {"WORD": "x"})


def test_rules_of_all_levels(tmp_path: Path) -> None:
    """A feed's chain: its own filters, its category's, its own rules, its category's."""
    loaded = read(
        tmp_path,
        "categories:\n"
        "  news:\n"
        "    drop: title:sport\n"
        "    rules: [{when: x, tag: t1}, {when: y, tag: t2, name: why}]\n"
        "    feeds:\n"
        "      - id: a\n"
        "        url: https://a.org\n"
        "        keep: title:a\n"
        "        drop: {title: b}\n"
        "        rules: {when: z, stop: true}\n"
        "      - {id: b, url: https://b.org}\n"
        "      - {id: c, url: https://c.org}\n"
        "rules: {when: all, tag: t3}\n",
    )
    feeds = loaded.catalogue.feeds
    assert [rule.name for rule in feeds["a"].rules] == [
        "keep of feed a", "drop of feed a", "drop of category news",
        "rule 1 of feed a", "rule 1 of category news", "why",
    ]  # fmt: skip
    keep, drop = feeds["a"].rules[:2]
    assert keep.when == model.Not(compile_condition({"title": "a"}))
    assert (keep.drop, drop.drop, drop.when) == (True, True, compile_condition({"title": "b"}))
    assert [rule.name for rule in feeds["b"].rules] == [
        "drop of category news",
        "rule 1 of category news",
        "why",
    ]
    assert feeds["b"].rules == feeds["c"].rules
    assert [rule.name for rule in loaded.catalogue.rules] == ["rule 1"]
    assert {"tag/t1", "tag/t2", "tag/t3"} <= loaded.catalogue.outputs.keys()


def test_actions(tmp_path: Path) -> None:
    """Every action of a rule reaches it."""
    loaded = read(
        tmp_path,
        "categories: {news: https://a.org, quiet: }\n".replace("https://a.org", "[https://a.org]")
        + "rules:\n"
        "  - when: title:x\n"
        "    tag: [a, b]\n"
        "    untag: Ä\n"
        "    set: {title: '{feed_title}: {title}', link: 'https://r.org/{link}', category: quiet}\n"
        "    stop: true\n",
    )
    [rule] = loaded.catalogue.rules
    assert (sorted(rule.tags), sorted(rule.untag)) == (["a", "b"], ["a"])
    assert (rule.drop, rule.stop) == (False, True)
    assert dict(rule.set) == {
        "title": "{feed_title}: {title}",
        "link": "https://r.org/{link}",
        "category": "quiet",
    }


def test_outputs_keep_and_drop(tmp_path: Path) -> None:
    """Any output, the automatic ones too, may keep and drop besides; `from` takes queries among names."""
    outputs = read(
        tmp_path,
        "categories: {news: {tags: 'a:b', feeds: [https://a.org]}}\n"
        "outputs:\n"
        "  category/news: {drop: title:ad}\n"
        "  x: {from: [news, 'title:rust -ad', 'a:b'], keep: words:>10}\n"
        "  y: {from: age:<2d}\n",
    ).catalogue.outputs
    assert outputs["category/news"].where == compile_condition(
        {"all": [{"category": "news"}, {"not": {"title": "ad"}}]}
    )
    where = outputs["x"].where
    assert isinstance(where, model.AllOf)
    assert where.parts[1] == compile_condition("words:>10")
    assert isinstance(where.parts[0], model.AnyOf)
    assert set(where.parts[0].parts) == {
        compile_condition({"tag": "news"}), compile_condition({"category": "news"}),
        compile_condition({"tag": "a:b"}), compile_condition({"category": "a:b"}),
        compile_condition("title:rust -ad"),
    }  # fmt: skip
    assert outputs["y"].where == compile_condition("age:<2d")


@pytest.mark.parametrize(
    ("text", "names", "others"),
    [
        ("", {}, False),
        ("tags: {from_entries: mapped}", {}, False),
        ("tags: {from_entries: false, map: {x: y}}", {}, False),
        ("tags: {map: {Python3: python}}", {"python3": ("python",), "python": ("python",)}, False),
        (
            "tags: {map: {'Café  Bar': [a, B], misc: }}",
            {"cafe bar": ("a", "B"), "misc": (), "a": ("a",), "b": ("B",)},
            False,
        ),
        ("tags: {from_entries: true}", {"own": ("Own",)}, True),
        (
            "tags: {from_entries: all, map: {Own: other}}",
            {"own": ("other",), "other": ("other",)},
            True,
        ),
    ],
)
def test_terms(text: str, names: dict[str, tuple[str, ...]], others: bool, tmp_path: Path) -> None:
    """The map knows terms folded; its tags stand for themselves, with `all` every declared tag does."""
    catalogue = read(tmp_path, f"feeds: {{url: https://a.org, tags: Own}}\n{text}").catalogue
    assert (dict(catalogue.terms.names), catalogue.terms.others) == (names, others)
    assert {f"tag/{tag.lower()}" for tags in names.values() for tag in tags} <= catalogue.outputs.keys()


FEEDS = "feeds: [{url: https://a.org, id: planet, tags: python}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules: {when: 'a OR', tag: t}", "2:18: rules.when: OR wants something after it"),
        ("rules: {when: 'rust titel:x', tag: t}",
         "2:21: rules.when: unknown field titel; did you mean title?"
         "; a text with a colon in it stands in quotes"),
        ("rules: {when: rust titel:x, tag: t}",
         "2:20: rules.when: unknown field titel; did you mean title?"
         "; a text with a colon in it stands in quotes"),
        ("rules: {when: 'rust ${WORD} titel:x', tag: t}",
         "2:15: rules.when: at character 8: unknown field titel; did you mean title?; "
         "a text with a colon in it stands in quotes"),
        ("rules:\n  - tag: t\n    when: >-\n      rust\n      (ruby\n",
         "4:11: rules[0].when: at character 6: this parenthesis is never closed"),
        ("rules: {when: {any: [x, 'y AND']}, tag: t}",
         "2:28: rules.when.any[1]: AND wants something after it"),
        ("rules: {when: 'x age:<2d', tag: t}",
         "2:22: rules.when: a rule's outcome is stored and would not follow the clock; "
         "ask for the age in an output's from, or for published"),
        ("categories: {n: {keep: {sources: '>=2'}}}",
         "2:34: categories.n.keep.sources: a rule looks at one entry, before it is merged; "
         "ask for sources in an output's from"),
        ("categories: {n: {feeds: [{url: https://b.org, drop: 'words:many'}]}}",
         "2:60: categories.n.feeds[0].drop: many: words is counted: '>300', '<=50', '100..500'"),
        ("outputs: {x: {from: 'title:(a'}}", "2:28: outputs.x.from: this parenthesis is never closed"),
        ("outputs: {x: {from: a, drop: 'b OR'}}", "2:33: outputs.x.drop: OR wants something after it"),
        ("rules: {when: x, set: {title: '{titel}'}}",
         "2:31: rules.set.title: unknown {titel}; did you mean {title}?"),
        ("rules: {when: x, set: {title: '{title'}}",
         "2:31: rules.set.title: a { without its other half; for the brace itself write it twice"),
        ("rules: {when: x, set: {link: 'r.org/{link}'}}",
         "2:30: rules.set.link: a link starts with https://, http:// or {link}"),
        ("rules: {when: x, set: {category: genral}}",
         "2:34: rules.set.category: there is no category genral (did you mean general?); "
         "declare it under categories"),
        ("tags: {map: {Py: a, ＰＹ: b}}", "2:21: tags.map.ＰＹ: ＰＹ is mapped already, in {file}:2"),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(text: str, expected: str, tmp_path: Path) -> None:
    """A mistake in a condition, template or map has file, line and column, inside a query too."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, FEEDS + text)
    file = str(tmp_path / "feedhub.yaml")
    assert str(caught.value) == f"{file}:{expected.replace('{file}', file)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules: {when: 'x tag:pyton', tag: t}",
         "2:22: rules.when: nothing gives the tag pyton (did you mean python?)"),
        ("outputs: {x: {from: 'feed:(planet OR plane)'}}",
         "2:38: outputs.x.from: there is no feed plane (did you mean planet?)"),
        ("rules: {when: category:general category:x, drop: true}\ncategories: {x: [https://x.org]}",
         "2:15: rules.when: this can never hold: category is never general and x at once"),
        ("categories: {n: {feeds: [{url: https://b.org, keep: feed:planet, id: b}]}}",
         "2:53: categories.n.feeds[0].keep: this can never hold: feed is b here, never planet"),
        ("categories: {n: {rules: {when: category:general, drop: true}}}",
         "2:32: categories.n.rules.when: this can never hold: category is n here, never general"),
        ("outputs: {x: {from: {words: ['500..100']}}}",
         "2:21: outputs.x.from: this can never hold: words is never 500..100"),
        ("rules: {when: x, untag: pyton}",
         "2:25: rules.untag: nothing gives the tag pyton (did you mean python?)"),
        ("rules: {when: x, tag: pythón}",
         "the tags python and pythón differ in case or accents alone: both are published; write them alike"),
        ("rules: {when: tag:pyton, drop: true}\ntags: {from_entries: all}", ""),
        ("rules: {when: 'tag:/^py/', drop: true}", ""),
        ("tags: {map: {x: y}}\noutputs: {z: {from: y}}", ""),
    ],
)  # fmt: skip
def test_doubts(text: str, expected: str, tmp_path: Path) -> None:
    """What can never hold, and names that nothing has, are warnings with their place."""
    warnings = [str(found) for found in read(tmp_path, FEEDS + text).warnings]
    place = f"{tmp_path}/feedhub.yaml:" + ("" if expected[:1].isdigit() else " ")
    assert warnings == ([f"{place}{expected}"] if expected else [])
