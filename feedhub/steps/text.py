"""Steps on titles and words."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Formatter

import re2  # type: ignore[import-untyped]  # ships no types
from lxml import html as lxml_html

from feedhub.model import Entry
from feedhub.ports import StepContext

FIELDS = ("title", "content", "summary", "link")
PLACES = ("title", "feed", "feed_title", "link", "author", "category")
TITLE_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Title:
    """Write the title by a template: `[{feed_title}] {title}`."""

    template: str

    def __post_init__(self) -> None:
        check_template(self.template)

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [
            replace(entry, title=fill(self.template, entry, context)[:TITLE_AT_MOST].strip())
            for entry in entries
        ]


@dataclass(frozen=True, slots=True)
class Replace:
    r"""Find and replace in one field: plain text, or `/…/` for RE2 with `\1` in the replacement."""

    find: str
    by: str = ""
    field: str = "title"

    def __post_init__(self) -> None:
        if self.field not in FIELDS:
            raise ValueError(f"field is one of {', '.join(FIELDS)}")
        if not self.find:
            raise ValueError("find is empty")
        if self._is_expression():
            try:
                re2.compile(self.find[1:-1]).sub(self.by, "")
            except re2.error as error:
                raise ValueError(f"find cannot be read: {error}") from error

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [self._replaced(entry) for entry in entries]

    def _is_expression(self) -> bool:
        return len(self.find) > 2 and self.find.startswith("/") and self.find.endswith("/")

    def _replaced(self, entry: Entry) -> Entry:
        before = getattr(entry, self.field)
        if self._is_expression():
            after = re2.compile(self.find[1:-1]).sub(self.by, before)
        else:
            after = before.replace(self.find, self.by)
        if after == before:
            return entry
        if self.field == "link" and not after.startswith(("http://", "https://")):
            return entry
        return replace(entry, **{self.field: after})


@dataclass(frozen=True, slots=True)
class Truncate:
    """Cut content and summary after so many characters of text; markup is lost where it cuts."""

    characters: int

    def __post_init__(self) -> None:
        if not isinstance(self.characters, int) or self.characters < 1:
            raise ValueError("characters is a whole number from 1")

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [
            replace(entry, content=self._cut(entry.content), summary=self._cut(entry.summary))
            for entry in entries
        ]

    def _cut(self, markup: str) -> str:
        text = plain(markup)
        if len(text) <= self.characters:
            return markup
        head = text[: self.characters]
        # A word is not cut, where there are words.
        at = head.rfind(" ")
        return f"<p>{html.escape(head[:at] if at > self.characters // 2 else head)}…</p>"


@dataclass(frozen=True, slots=True)
class Summary:
    """Keep the summary alone; an entry without one has its content cut to `characters`."""

    characters: int = 500

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        bare = [replace(entry, content="", summary=entry.summary or entry.content) for entry in entries]
        return Truncate(self.characters)(bare, context)


@dataclass(frozen=True, slots=True)
class Footer:
    """Add HTML below the content, by a template: `<p>From {feed_title}</p>`."""

    template: str

    def __post_init__(self) -> None:
        check_template(self.template)

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [
            replace(
                entry,
                content=(entry.content or entry.summary) + fill(self.template, entry, context, markup=True),
            )
            for entry in entries
        ]


def plain(markup: str) -> str:
    """Return sanitised HTML's text, white space folded."""
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    fragment = lxml_html.fragment_fromstring(markup, create_parent="div")
    return " ".join(" ".join(fragment.itertext()).split())


def check_template(template: str) -> None:
    """Refuse a template that names what there is not; ValueError."""
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None and (name not in PLACES or spec or conversion):
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{{{name}}} is not known in a template; there are {known}")


def fill(template: str, entry: Entry, context: StepContext, *, markup: bool = False) -> str:
    """Return a template filled from an entry; its parts are values, never templates themselves."""
    author = entry.authors[0].name if entry.authors else ""
    values = {
        "title": entry.title,
        "feed": entry.feed_id,
        "feed_title": context.titles.get(entry.feed_id, entry.feed_id),
        "link": entry.link,
        "author": author,
        "category": context.feed.category if context.feed else "",
    }
    parts = []
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(html.escape(values[name]) if markup else values[name])
    return "".join(parts)
