"""Sources that are not feeds: their expressions checked, their templates made absolute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from feedhub import model
from feedhub.config import models
from feedhub.config.document import Document, Trail

_NEEDED = ("title", "link", "summary", "content")
_DETAILS_AT_MOST = 100


def is_extracted(content: models.Feed) -> bool:
    """Tell whether a source is no feed."""
    return content.format in ("json", "html")


def is_template(text: str | None) -> bool:
    """Tell whether a name has places to fill in."""
    return "{" in (text or "")


def resolve_extraction(
    content: models.Feed, url: str, document: Document, trail: Trail
) -> model.Extraction | None:
    """Return how a source's entries are found; None for a feed, and where there are mistakes: they are noted.

    Args:
        url: the source's own address, which those of details may be relative to.
    """
    reader = _Reader(document, trail)
    if not is_extracted(content):
        reader.refuse_leftovers(content)
        return None
    format = content.format or ""
    items = content.items or ("@" if format == "json" else "")
    entry, detail = content.entry, content.detail
    if not items:
        reader.note("items is missing: which CSS selector finds one entry?", "format")
    else:
        reader.check(format, "items", items, "items")
    fields = reader.fields(format, entry, "entry")
    given = dict(fields)
    if entry is None:
        reader.note("entry is missing: where in an item are title, link, date and text?", "format")
    elif not any(name in given for name in _NEEDED):
        reader.note(f"an entry has {', '.join(_NEEDED[:-1])} or {_NEEDED[-1]}", "entry")
    tags = tuple(tag for tag in content.tags or () if is_template(tag))
    for index, tag in enumerate(content.tags or ()):
        if is_template(tag):
            reader.check(format, "tag", tag, "tags", index)
    category = content.category if content.category and is_template(content.category) else ""
    if category:
        reader.check(format, "category", category, "category")
    found = reader.detail(detail, format, url, has_link="link" in given) if detail else None
    if reader.failed:
        return None
    return model.Extraction(
        format, items, fields, (entry.date_format if entry else None) or "", category, tags, found
    )


class _Reader:
    """Reads one source's description and notes what is wrong with it."""

    def __init__(self, document: Document, trail: Trail) -> None:
        self._document = document
        self._trail = trail
        self.failed = False

    def note(self, message: str, *steps: str | int, offset: int | None = None) -> None:
        self.failed = True
        self._document.note((*self._trail, *steps), message, offset=offset)

    def refuse_leftovers(self, content: models.Feed) -> None:
        """Note what only a source that is no feed can have."""
        for key in ("items", "entry", "detail"):
            if getattr(content, key) is not None:
                self.note(f"{key} belongs to a source that is no feed: give it format: json or html", key)
        places: list[tuple[tuple[str | int, ...], str | None]] = [(("category",), content.category)]
        places += [(("tags", index), tag) for index, tag in enumerate(content.tags or ())]
        for steps, name in places:
            if is_template(name):
                self.note("only a source with format: json or html can fill in {…}", *steps)

    def fields(self, format: str, content: models.Entry | None, *steps: str) -> tuple[tuple[str, str], ...]:
        """Return the expressions of an entry's fields."""
        if content is None:
            return ()
        given: Mapping[str, str] = content.given()
        if format_ := given.get("date_format"):
            self._check_date_format(format_, *steps)
        fields = tuple((name, given[name]) for name in models.Entry.model_fields if name in given)
        fields = tuple(field for field in fields if field[0] != "date_format")
        for name, text in fields:
            self.check(format, name, text, *steps, name)
        return fields

    def check(self, format: str, field: str, text: str, *steps: str | int) -> None:
        # Loaded only for who has such a source: the parsers cost 0.1 s.
        from feedhub.parser.extract import ExpressionError, check_expression

        try:
            check_expression(format, field, text)
        except ExpressionError as error:
            self.note(str(error), *steps, offset=error.offset)

    def detail(self, content: models.Detail, format: str, url: str, *, has_link: bool) -> model.Detail | None:
        """Return where an entry's details stand and how they are read there."""
        own_format = content.format or format
        fields = self.fields(own_format, content, "detail")
        if not {"content", "summary"} & dict(fields).keys():
            self.note("content is missing: what does the detail tell?", "detail")
        template = ""
        if content.url:
            template = self._absolute(content.url, url)
            self.check(format, "url", content.url, "detail", "url")
        elif not has_link:
            self.note("url is missing, and the entry has no link that could be asked for instead", "detail")
        limit = _DETAILS_AT_MOST if content.limit is None else content.limit
        return model.Detail(own_format, fields, template, content.date_format or "", limit)

    def _absolute(self, template: str, url: str) -> str:
        """Return a template whose beginning names scheme and host: no item can change those."""
        written, brace, rest = template.partition("{")
        if not written or rest.startswith("{"):
            self.note(
                "an address begins with a path or with https://host/, before the first {", "detail", "url"
            )
            return ""
        # What is filled in is no part of what is resolved; a letter stands for it.
        joined = urljoin(url, f"{written}x")[:-1]
        try:
            parts = urlsplit(joined)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if "/" not in joined.partition("://")[2]:
            self.note("the host is written out and ends in /: no part of an item is in it", "detail", "url")
        elif not host or parts.scheme not in ("http", "https") or "@" in parts.netloc:
            self.note("this is no http or https address", "detail", "url")
        elif not brace:
            self.note("this asks for one and the same page for every entry: fill in {…}", "detail", "url")
        return f"{joined}{brace}{rest}"

    def _check_date_format(self, text: str, *steps: str) -> None:
        try:
            written = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(text)
            datetime.strptime(written, text)
        except ValueError as error:
            self.note(f"no date format: {error}; such as '%Y-%m-%d %H:%M:%S'", *steps, "date_format")


def named_kinds(extraction: model.Extraction | None) -> frozenset[str]:
    """Return what a source's entries name themselves: `category`, `tag`."""
    if extraction is None:
        return frozenset()
    given = (("category", extraction.category), ("tag", extraction.tags))
    return frozenset(kind for kind, template in given if template)


def without_templates(tags: Iterable[str]) -> list[str]:
    """Return the tags that stand as they are."""
    return [tag for tag in tags if not is_template(tag)]
