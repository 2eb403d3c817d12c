"""Bytes and a description in, ParsedFeed out: lists of entries in JSON and on web pages.

    expression  what the languages share     template  texts with expressions in braces
    data        JSON, by JMESPath            page      HTML, by CSS selectors
    entry       values to a RawEntry         tidy      what such texts are cleaned of

The description is the owner's and compiled once; the document is hostile: its size, depth and number of
items are bounded, and what it says reaches an address only percent-encoded.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from feedhub.errors import ParseError
from feedhub.model import Detail, Extraction, ParsedFeed, Placement, RawEntry
from feedhub.parser.extract import data, page
from feedhub.parser.extract.entry import FIELDS, EntryReader
from feedhub.parser.extract.expression import ExpressionError, Language
from feedhub.parser.extract.template import Template

__all__ = ["FIELDS", "ExpressionError", "check_expression", "check_template", "read", "read_detail"]

MAX_ITEMS = 10_000

_LANGUAGES: dict[str, Language] = {"json": data.LANGUAGE, "html": page.LANGUAGE}


def read(
    body: bytes,
    content_type: str | None,
    url: str,
    encoding: str | None,
    wanted: Extraction,
    *,
    timezone: str = "UTC",
) -> ParsedFeed:
    """Read the list of entries that a document holds; the arguments are those of `parser.parse`.

    Raises: ParseError `empty`, `malformed`, `too-complex`, or `not-a-feed` where there is no such list.
    """
    made = _made(wanted)
    document = made.language.read(body, content_type, url, encoding)
    nodes = made.items(document.root)
    warnings: list[str] = list(document.warnings)
    if len(nodes) > MAX_ITEMS:
        warnings.append(f"the document lists {len(nodes)} items; the first {MAX_ITEMS} are looked at")
        nodes = nodes[:MAX_ITEMS]
    entries: list[RawEntry] = []
    found: Counter[str] = Counter()
    for node in nodes:
        entry = made.reader.read(node, document.base, timezone, found)
        told_elsewhere = entry.id and wanted.detail
        if entry.title or entry.link or entry.content or entry.summary or told_elsewhere:
            entries.append(replace(entry, placement=made.placement(node)))
    if nodes and not entries:
        raise ParseError("not-a-feed", f"none of the {len(nodes)} items has a title, a link or a text")
    if len(entries) < len(nodes):
        warnings.append(f"{len(nodes) - len(entries)} items have no title, no link and no text: left out")
    warnings += made.reader.doubts(found, len(nodes))
    return ParsedFeed(
        format=wanted.format,
        title=document.title,
        language=document.language,
        entries=tuple(entries),
        encoding=document.encoding,
        warnings=tuple(warnings),
    )


def read_detail(
    body: bytes,
    content_type: str | None,
    url: str,
    encoding: str | None,
    wanted: Detail,
    *,
    timezone: str = "UTC",
) -> RawEntry:
    """Read what a document tells of one entry; what it does not tell is empty. Raises: ParseError."""
    made = _detail_reader(wanted)
    document = _LANGUAGES[wanted.format].read(body, content_type, url, encoding)
    return made.read(document.root, document.base, timezone, Counter())


def check_expression(format: str, field: str, text: str) -> None:
    """Refuse what cannot be the expression (or template) of a field, or of `items`: ExpressionError."""
    language = _LANGUAGES[format]
    if field == "items":
        language.items(text)
    else:
        EntryReader(language, ((field, text),), "")


def check_template(format: str, text: str) -> Template:
    """Return a template; ExpressionError if it is none."""
    return Template.read(text, _LANGUAGES[format])


class _Made:
    """An extraction with its expressions compiled."""

    def __init__(self, wanted: Extraction) -> None:
        self.language = _LANGUAGES[wanted.format]
        self.items = self.language.items(wanted.items)
        self.reader = EntryReader(self.language, wanted.fields, wanted.date_format)
        self._category = Template.read(wanted.category, self.language)
        self._tags = [Template.read(tag, self.language) for tag in wanted.tags]
        self._detail = Template.read(wanted.detail.url, self.language) if wanted.detail else None

    def placement(self, node: Any) -> Placement:
        """Return what an entry is published under, and where more of it is told."""
        return Placement(
            category=self._category.text(node),
            tags=tuple(self._filled_tags(node)),
            detail_url=self._detail.url(node) if self._detail else "",
        )

    def _filled_tags(self, node: Any) -> Iterator[str]:
        for template in self._tags:
            yield from filter(None, template.texts(node))


@functools.lru_cache(maxsize=512)
def _made(wanted: Extraction) -> _Made:
    return _Made(wanted)


@functools.lru_cache(maxsize=512)
def _detail_reader(wanted: Detail) -> EntryReader:
    return EntryReader(_LANGUAGES[wanted.format], wanted.fields, wanted.date_format)
