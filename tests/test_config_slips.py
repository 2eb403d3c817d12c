"""What may stand in a configuration and is hardly meant is a warning that says what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config

FEED = "feeds: [{url: https://a.org, id: a, tags: python}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("categories:\n  news:\n  feeds: [https://b.org]\n",
         "4:10: categories.feeds: this is a category called feeds; as a key of news it is indented further"),
        ("categories: {News: [https://b.org], news: [https://c.org]}\n",
         "2:43: categories.news: the categories News and news would share an address, so both get another: "
         "/category/news-69752f and /category/news-19fba0; write them alike, or give one a slug"),
        ("categories: {b: {feeds: [https://b.org], tags: 'x, y'}}\n",
         "2:48: categories.b.tags: one tag with a comma in it; several are a list: [x, y]"),
        ("rules: {when: rust, tag: 'x,y'}\n",
         "2:26: rules.tag: one tag with a comma in it; several are a list: [x, y]"),
        ("include: conf.d/*.yaml\n",
         "2:10: include: conf.d/*.yaml: no file is called so yet"),
        ("server: {host: 0.0.0.0, port: 8080}\n",
         "2:16: server.host: others are let in, but find links to http://127.0.0.1:8080/: set hub.url to the "
         "address that they use"),
        ("categories: {b: {feeds: [http://192.168.1.5/x]}}\n",
         "2:26: categories.b.feeds[0]: 192.168.1.5 is private, and refused unless allow_private names it: "
         "docs/configuration.md"),
        ("outputs: {x: {from: y}, y: {from: python}}\n",
         "2:21: outputs.x.from: there is no tag or category y; from takes these, all, or a query, but no "
         "other output"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_what_to_write(text: str, expected: str, tmp_path: Path) -> None:
    """Keys that stand too far left, names alike, lists without brackets, addresses that cannot be reached."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(FEED + text)
    assert f"{file}:{expected}" in [str(found) for found in config.load(file, {}).warnings]


@pytest.mark.parametrize(
    "text",
    [
        "categories: {feeds: [https://b.org]}\n",
        "categories: {News: {slug: n, feeds: [https://b.org]}, news: [https://c.org]}\n",
        "outputs: {x: {from: {tag: [python, 'a, b']}}}\ntags: {map: {y: ['a, b']}}\n",
        "server: {host: 0.0.0.0}\nhub: {url: 'https://feeds.example.org/'}\n",
        "fetch: {allow_private: 192.168.0.0/16}\ncategories: {b: {feeds: [http://192.168.1.5/x]}}\n",
        "outputs: {x: {from: all, limit: 3}, y: {from: [python, All]}}\n",
    ],
)
def test_what_is_meant_is_no_slip(text: str, tmp_path: Path) -> None:
    """A category may be called feeds, a tag have a comma, `from: all` is every story."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(FEED + text)
    assert config.load(file, {}).warnings == ()
