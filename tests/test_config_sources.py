"""Sources that are not feeds, in the YAML: what becomes of them, and where a mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config
from feedhub.errors import ConfigError
from feedhub.model import Detail, Extraction

GOOD = """\
feeds:
  - url: https://news.example/web/webapi?type=45
    id: news
    format: json
    entry: {id: infocode, title: title, date: showtime, date_format: '%Y'}
    category: '{from}'
    tags: [money, '{from}新闻']
    detail: {url: '/NewsData/GetNewsText.do?id={infocode}', content: text}
"""


def loaded(folder: Path, text: str) -> config.Config:
    file = folder / "feedhub.yaml"
    file.write_text(text, encoding="utf-8")
    return config.load(file, {})


def test_a_source_is_described(tmp_path: Path) -> None:
    """Templates are apart from plain tags, the address of details is absolute."""
    feed = loaded(tmp_path, GOOD).catalogue.feeds["news"]
    assert (feed.category, feed.tags) == ("general", {"money"})
    assert feed.extraction == Extraction(
        "json",
        "@",
        (("title", "title"), ("id", "infocode"), ("date", "showtime")),
        "%Y",
        "{from}",
        ("{from}新闻",),
        Detail(
            "json",
            (("content", "text"),),
            "https://news.example/NewsData/GetNewsText.do?id={infocode}",
        ),
    )


def test_a_listed_category_is_for_what_names_none(tmp_path: Path) -> None:
    """A source under a category may name others by a template: its own is what is left."""
    text = "categories:\n  paper:\n    feeds:\n" + "".join(f"    {line}\n" for line in GOOD.splitlines()[1:])
    assert loaded(tmp_path, text).catalogue.feeds["news"].category == "paper"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/t?id={a}", "https://news.example/t?id={a}"),
        ("t/{a}.json", "https://news.example/web/t/{a}.json"),
        ("?id={a}", "https://news.example/web/webapi?id={a}"),
        ("../{a}", "https://news.example/{a}"),
        ("https://api.example/t/{a}?x={b}", "https://api.example/t/{a}?x={b}"),
        ("//api.example/{a}", "https://api.example/{a}"),
    ],
)
def test_an_address_of_details_is_relative_to_the_list(tmp_path: Path, url: str, expected: str) -> None:
    """What stands before the first place is resolved as on a page of the source."""
    text = GOOD.replace("/NewsData/GetNewsText.do?id={infocode}", url)
    extraction = loaded(tmp_path, text).catalogue.feeds["news"].extraction
    assert extraction and extraction.detail and extraction.detail.url == expected


MISTAKES = [
    ("title: title", "title: a..b", "5:36: feeds[0].entry.title: no JMESPath: unexpected ."),
    ("title: title", "title: '来源'", "5:35: feeds[0].entry.title: no JMESPath: names beyond ASCII"),
    ("title: title", "titel: x", "feeds[0].entry.titel: unknown key titel (did you mean title?)"),
    ("'%Y'", "'%Q'", "5:70: feeds[0].entry.date_format: no date format: 'Q' is a bad directive"),
    ("category: '{from}'", "category: '{from'", "6:16: feeds[0].category: a { without its other half"),
    ("'{from}新闻'", "'{from}新{x(}'", "7:29: feeds[0].tags[1]: no JMESPath: it ends too early"),
    ("'/NewsData/", "'{x}/", "feeds[0].detail.url: an address begins with a path or with https://host/"),
    ("'/NewsData/", "'https://{host}/", "feeds[0].detail.url: the host is written out"),
    ("'/NewsData/", "'https://api.example{x}/", "feeds[0].detail.url: the host is written out"),
    ("'/NewsData/", "'ftp://api.example/", "feeds[0].detail.url: this is no http or https address"),
    ("?id={infocode}", "", "feeds[0].detail.url: this asks for one and the same page"),
    ("content: text", "title: x", "feeds[0].detail: content is missing"),
    ("url: '/NewsData/GetNewsText.do?id={infocode}', ", "", "8:13: feeds[0].detail: url is missing"),
    ("format: json", "format: xml", "4:13: feeds[0].format: one of feed, json, html is meant here"),
    ("format: json", "format: html", "4:13: feeds[0].format: items is missing"),
    ("format: json", "format: feed", "5:12: feeds[0].entry: entry belongs to a source that is no feed"),
    ("{id: infocode, title: title, date", "{id: infocode, date", "feeds[0].entry: an entry has title, link"),
    ("    entry:", "    x-entry:", "feeds[0].x-entry: unknown key x-entry"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
def test_a_mistake_has_its_place(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    """Each mistake is named with its line and column, which point into the expression."""
    assert right in GOOD
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, GOOD.replace(right, wrong))
    assert any(message in str(problem) for problem in error.value.problems), str(error.value)


def test_only_such_a_source_fills_in(tmp_path: Path) -> None:
    """A feed's category and tags are names; braces in them are a mistake, in a category's tags too."""
    feed = "{url: 'https://a.example/', category: '{x}', tags: ['{y}']}"
    text = f"categories:\n  a: {{tags: ['{{x}}']}}\nfeeds:\n  - {feed}\n"
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert [str(problem).rpartition("/")[2].split(": ")[1] for problem in error.value.problems] == [
        "categories.a.tags[0]",
        "feeds[0].category",
        "feeds[0].tags[0]",
    ]


def test_entries_known_by_titles_are_a_doubt(tmp_path: Path) -> None:
    """A source whose items give neither id nor link is warned of: an edited title would be a new entry."""
    (doubt,) = loaded(tmp_path, GOOD.replace("id: infocode, ", "")).warnings
    assert "5:12: feeds[0].entry: its entries are known by their titles" in str(doubt)


def test_conditions_may_ask_for_what_entries_name(tmp_path: Path) -> None:
    """A condition on a category or tag that no line declares is no doubt where entries may name it."""
    asked = "outputs:\n  a: {from: {category: 某报}}\n  b: {from: {tag: 某报新闻}}\n  c: {from: 某报}\n"
    assert loaded(tmp_path, GOOD + asked).warnings == ()
