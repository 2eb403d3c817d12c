"""From the values that expressions find to a RawEntry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from feedhub.model import Enclosure, Person, RawEntry
from feedhub.model.extraction import Fields
from feedhub.parser.dates import parse_date
from feedhub.parser.extract.expression import HTML_FIELDS, Find, Language
from feedhub.parser.extract.template import Template
from feedhub.parser.extract.tidy import tidy_html, tidy_text
from feedhub.parser.text import absolute, looks_like_html

FIELDS: Final = (
    "link", "id", "title", "content", "summary", "date", "updated", "authors", "categories", "image",
    "enclosure", "language",
)  # fmt: skip
_ADDRESSES: Final = frozenset({"link", "image", "enclosure"})
_MANY: Final = frozenset({"authors", "categories", "enclosure"})


class EntryReader:
    """Reads one entry's fields, each by its expression or template."""

    def __init__(self, language: Language, fields: Fields, date_format: str) -> None:
        """Compile the expressions: ExpressionError if one cannot be read."""
        self._texts = dict(fields)
        self._finds = {name: _find(language, name, text) for name, text in fields}
        self._date_format = date_format

    def read(self, node: Any, base: str, timezone: str, found: Counter[str]) -> RawEntry:
        """Return what a node says of an entry; `found` counts the fields that it has."""
        values = {name: texts for name, find in self._finds.items() if (texts := find(node))}
        found.update(values.keys())
        first = {name: texts[0] for name, texts in values.items() if name not in _MANY}
        link = absolute(base, first.get("link", ""))
        entry: dict[str, Any] = {}
        for name in HTML_FIELDS & first.keys():
            entry[name], entry[f"{name}_type"] = _body(first[name])
        title = first.get("title", "")
        published = self._date(first.get("date", ""), timezone)
        found["date that can be read"] += published is not None
        return RawEntry(
            id=first.get("id", ""),
            link=link,
            title=title,
            title_type="html" if looks_like_html(title) else "text",
            authors=tuple(Person(name=name) for name in values.get("authors", ())),
            categories=tuple(values.get("categories", ())),
            published=published,
            updated=self._date(first.get("updated", ""), timezone),
            enclosures=tuple(Enclosure(url=absolute(base, url)) for url in values.get("enclosure", ())),
            image=absolute(base, first.get("image", "")),
            language=first.get("language", ""),
            base=link or base,
            **entry,
        )

    def doubts(self, found: Counter[str], count: int) -> Iterator[str]:
        """Yield a sentence for each expression that found nothing in any of `count` items; for odd dates."""
        for name, text in self._texts.items():
            if count and not found[name]:
                yield f"{name} ({text}) finds nothing in any of {count} items"
        if odd := found["date"] - found["date that can be read"]:
            how = "do not fit date_format" if self._date_format else "cannot be read (date_format says how)"
            yield f"{odd} of {count} dates {how}: these entries are dated when they were first seen"

    def _date(self, text: str, timezone: str) -> datetime | None:
        if not text:
            return None
        if not self._date_format:
            return parse_date(text, timezone)
        try:
            moment = datetime.strptime(text[:100], self._date_format)
            placed = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
            return placed.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def _find(language: Language, field: str, text: str) -> Find:
    """Return what finds a field's texts: by a template where there are braces, else by an expression."""
    if "{" not in text:
        return language.find(text, field)
    template = Template.read(text, language)
    if field not in _ADDRESSES:
        return template.texts
    return _addressed(template)


def _addressed(template: Template) -> Callable[[Any], list[str]]:
    return lambda node: [url] if (url := template.url(node)) else []


def _body(text: str) -> tuple[str, str]:
    """Return a body, tidied, and its kind."""
    if looks_like_html(text):
        return tidy_html(text), "html"
    return tidy_text(text), "text"
