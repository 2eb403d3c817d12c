"""Steps: transforms of entries, by name and chained."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from feedhub import steps
from feedhub.model import Entry, Feed, Fetched, Person, StepSpec
from feedhub.ports import Step, StepContext
from tests.blank import BLANK
from tests.times import NOW

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "feedhub-shout"
FEED = Feed(id="f", url="https://a.example/feed", category="news")
ENTRY = replace(
    BLANK,
    feed_id="f",
    key="k",
    guid="g",
    link="https://a.example/1",
    title="Big news",
    content='<p class="x">One <b>two</b> three</p><img src="https://a.example/a.png"><div><img src="https://a.example/b.png"></div>',
    authors=(Person("Ann"),),
    published_at=NOW,
    image="https://a.example/a.png",
)


def context(**changes: Any) -> StepContext:
    made = StepContext(feed=FEED, titles={"f": "The <F>"}, clean=lambda markup, base: markup)
    return replace(made, **changes)


def run(entry: Entry, *specs: dict[str, Any], **changes: Any) -> Entry:
    """Run a chain on one entry."""
    chain = [StepSpec(spec["use"], tuple((k, v) for k, v in spec.items() if k != "use")) for spec in specs]
    (after,) = steps.run(chain, [entry], context(**changes))
    return after


@pytest.mark.parametrize(
    ("spec", "field", "expected"),
    [
        ({"use": "title", "template": "[{feed_title}] {title}"}, "title", "[The <F>] Big news"),
        ({"use": "title", "template": "{author}: {title}"}, "title", "Ann: Big news"),
        ({"use": "replace", "find": "Big", "by": "Small"}, "title", "Small news"),
        ({"use": "replace", "find": r"/(\w+) news/", "by": r"news \1"}, "title", "news Big"),
        ({"use": "replace", "find": "http", "by": "javascript", "field": "link"}, "link", ENTRY.link),
        ({"use": "select", "css": "b"}, "content", "<b>two</b>"),
        ({"use": "select", "css": ".nothing"}, "content", ENTRY.content),
        ({"use": "remove", "css": "p b, div, img"}, "content", '<p class="x">One  three</p>'),
        ({"use": "images"}, "image", ""),
        ({"use": "images"}, "content", '<p class="x">One <b>two</b> three</p><div></div>'),
        ({"use": "images", "keep": "first"}, "image", ENTRY.image),
        ({"use": "truncate", "characters": 8}, "content", "<p>One two…</p>"),
        ({"use": "truncate", "characters": 800}, "content", ENTRY.content),
        ({"use": "summary"}, "content", ""),
        ({"use": "summary", "characters": 3}, "summary", "<p>One…</p>"),
    ],
)
def test_built_in_steps(spec: dict[str, Any], field: str, expected: str) -> None:
    """Each built-in step does what its name says, and nothing to an entry that it does not concern."""
    assert getattr(run(ENTRY, spec), field) == expected


def test_a_template_cannot_be_written_by_a_feed() -> None:
    """Braces in a title are text, and a footer's values are escaped."""
    entry = replace(ENTRY, title="{feed.__class__} <script>")
    assert run(entry, {"use": "title", "template": "{title}"}).title == entry.title
    footer = run(entry, {"use": "footer", "template": "<p>{title} in {feed_title}</p>"})
    assert footer.content.endswith("<p>{feed.__class__} &lt;script&gt; in The &lt;F&gt;</p>")


def test_chinese_is_written_in_one_script() -> None:
    """Text is converted by words; tags and addresses stay as they are."""
    entry = replace(ENTRY, title="軟體與鼠標", content='<a href="https://a.example/軟">頭髮</a> and 皇后')
    simplified = run(entry, {"use": "chinese", "to": "simplified"})
    assert simplified.title == "软体与鼠标"
    assert simplified.content == '<a href="https://a.example/軟">头发</a> and 皇后'


def test_the_language_is_found_by_words() -> None:
    """An entry without a language gets one; one that has a language keeps it."""
    german = replace(ENTRY, title="Der Zug nach Hamburg hat heute eine Stunde Verspätung gehabt", content="")
    assert run(german, {"use": "language"}).language == "de"
    assert run(replace(german, language="en"), {"use": "language"}).language == "en"


PAGE = (
    "<html><body><nav>Menu</nav><article><h1>Big news</h1>"
    + "".join(f"<p>Paragraph {n} of an article that has enough words to be one.</p>" for n in range(12))
    + "</article></body></html>"
)


@pytest.mark.parametrize("options", [{}, {"css": "article"}])
def test_full_text_comes_from_the_page(options: dict[str, str]) -> None:
    """The article replaces the content, and what the feed gave becomes the summary."""
    asked: list[str] = []

    def fetch(url: str) -> Fetched:
        asked.append(url)
        return Fetched(url, 200, {"content-type": "text/html"}, PAGE.encode())

    entry = replace(ENTRY, content="<p>Teaser</p>")
    full = run(entry, {"use": "fulltext", **options}, fetch=fetch)
    assert asked == [ENTRY.link]
    assert "Paragraph 11" in full.content
    assert "Menu" not in full.content
    assert full.summary == "<p>Teaser</p>"


def test_a_page_that_fails_changes_nothing() -> None:
    """Without a page, or with one that says less than the feed, the entry stays as it is."""
    assert run(ENTRY, {"use": "fulltext"}, fetch=lambda url: None) == ENTRY
    short = Fetched("https://a.example/1", 200, {}, b"<html><body><article>No.</article></body></html>")
    assert run(ENTRY, {"use": "fulltext", "css": "article"}, fetch=lambda url: short) == ENTRY
    assert run(ENTRY, {"use": "fulltext"}) == ENTRY


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"<!-- \xff -->"),
        ("text/html; charset=undefined", b"<p>x"),
        ("text/html; charset=\x00", b"\xff\xfe"),
        ("image/png", b"\x89PNG"),
        ("text/html", b""),
    ],
)
@pytest.mark.parametrize("options", [{}, {"css": "p"}])
def test_a_page_that_is_none_changes_nothing(options: dict[str, str], content_type: str, body: bytes) -> None:
    """Whatever a page holds, the entry is kept as the feed gave it."""
    page = Fetched("https://a.example/1", 200, {"content-type": content_type}, body)
    assert run(ENTRY, {"use": "fulltext", **options}, fetch=lambda url: page) == ENTRY


def test_what_steps_build_is_made_safe() -> None:
    """Every body that a chain has changed goes through the sanitiser, an unchanged one does not."""
    cleaned: list[str] = []

    def clean(markup: str, base: str) -> str:
        cleaned.append(markup)
        return "safe"

    assert run(ENTRY, {"use": "footer", "template": "<script>x</script>"}, clean=clean).content == "safe"
    cleaned.clear()
    run(ENTRY, {"use": "title", "template": "x"}, clean=clean)
    assert cleaned == []


def invent() -> Step:
    """A user's factory of a step."""

    def step(entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [*entries, replace(ENTRY, key="invented")]

    return step


def test_a_users_step_is_found_by_module() -> None:
    """`use: module:callable` names a factory; entries that it invents are left out."""
    assert run(ENTRY, {"use": "tests.test_steps:invent"}) == ENTRY


def test_a_packages_step_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example package's entry point makes `use: shout` known, and fits the Step protocol."""
    monkeypatch.syspath_prepend(EXAMPLE)
    declared = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    points = [EntryPoint(name, value, steps.GROUP) for name, value in declared[steps.GROUP].items()]
    monkeypatch.setattr("feedhub.steps.step.entry_points", lambda group: points)
    assert run(ENTRY, {"use": "shout", "mark": "?"}).title == "BIG NEWS?"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"use": "titel"}, "there is no step titel (did you mean title?)"),
        ({"use": "title"}, "title needs the option template"),
        ({"use": "title", "template": "{titel}"}, "{titel} is not known in a template"),
        ({"use": "title", "templat": "x"}, "knows no option templat (did you mean template?)"),
        ({"use": "remove", "css": "p["}, "css cannot be read"),
        ({"use": "replace", "find": "/(/"}, "find cannot be read"),
        ({"use": "replace", "find": "x", "field": "key"}, "field is one of title"),
        ({"use": "truncate", "characters": 0}, "characters is a whole number from 1"),
        ({"use": "chinese", "to": "latin"}, "to is one of simplified"),
        ({"use": "no.such.module:step"}, "cannot be loaded"),
        ({"use": "tests.test_steps:FEED"}, "is no callable"),
    ],
)
def test_mistakes_are_named(spec: dict[str, Any], message: str) -> None:
    """A step that does not exist, or options that are wrong, are said when the step is made."""
    with pytest.raises(steps.StepError) as caught:
        run(ENTRY, spec)
    assert message in str(caught.value)


def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step whose package is absent says which extra brings it."""
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(steps.StepError, match="it comes with the extra fulltext"):
        run(ENTRY, {"use": "fulltext", "limit": 7})
