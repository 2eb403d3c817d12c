"""Steps on HTML by CSS selector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from feedhub.model import Entry
from feedhub.ports import StepContext


@dataclass(frozen=True, slots=True)
class Select:
    """Keep only what a CSS selector finds; content in which it finds nothing stays as it is."""

    css: str

    def __post_init__(self) -> None:
        check_selector(self.css)

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [on_bodies(entry, lambda markup: pick(markup, self.css) or markup) for entry in entries]


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove what a CSS selector finds."""

    css: str

    def __post_init__(self) -> None:
        check_selector(self.css)

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [on_bodies(entry, self._without) for entry in entries]

    def _without(self, markup: str) -> str:
        root = parsed(markup)
        for found in selected(root, self.css):
            if found is not root:
                found.drop_tree()
        return inner(root)


@dataclass(frozen=True, slots=True)
class Images:
    """Leave out all pictures, or with `keep: first` all but the first."""

    keep: str = "none"

    def __post_init__(self) -> None:
        if self.keep not in ("none", "first"):
            raise ValueError("keep is none or first")

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        first = self.keep == "first"
        return [
            replace(on_bodies(entry, self._without), image=entry.image if first else "") for entry in entries
        ]

    def _without(self, markup: str) -> str:
        root = parsed(markup)
        pictures = list(root.iter("img"))
        for picture in pictures[1:] if self.keep == "first" else pictures:
            picture.drop_tree()
        return inner(root)


def pick(markup: str, css: str) -> str:
    """Return the HTML of everything that a selector finds, in order; empty if it finds nothing."""
    found = selected(parsed(markup), css)
    inside = {id(part) for one in found for part in one.iterdescendants()}
    outermost = [one for one in found if id(one) not in inside]
    return "".join(html.tostring(one, encoding="unicode", with_tail=False) for one in outermost)


def selected(root: HtmlElement, css: str) -> list[HtmlElement]:
    """Return the elements that a selector finds, in document order."""
    return cast("list[HtmlElement]", CSSSelector(css)(root))


def on_bodies(entry: Entry, change: Callable[[str], str]) -> Entry:
    """Return the entry with content and summary changed, where they hold markup."""
    return replace(
        entry,
        content=change(entry.content) if "<" in entry.content else entry.content,
        summary=change(entry.summary) if "<" in entry.summary else entry.summary,
    )


def parsed(markup: str) -> HtmlElement:
    """Return HTML as a tree under a `div`."""
    return html.fragment_fromstring(markup, create_parent="div")


def inner(root: HtmlElement) -> str:
    """Return what is inside an element, as HTML."""
    text = str(html.tostring(root, encoding="unicode"))
    return text[text.index(">") + 1 : text.rindex("<")]


def check_selector(css: str) -> None:
    """Refuse a selector that cannot be read; ValueError."""
    try:
        CSSSelector(css)
    except SelectorError as error:
        raise ValueError(f"css cannot be read: {error}") from error
