"""How entries are found in a document that is no feed: expressions as written, plain data for any process."""

from __future__ import annotations

from dataclasses import dataclass

Fields = tuple[tuple[str, str], ...]
"""(field of an entry, expression) pairs; an expression with places in braces is a template."""


@dataclass(frozen=True, slots=True)
class Detail:
    """The document that tells more of one entry, asked for once when the entry is new.

    `format` is `json` or `html`. `url` is a template that begins with scheme and host; empty: the entry's
    link, where it leads to the feed's own host. `limit` bounds the requests of one poll.
    """

    format: str
    fields: Fields
    url: str = ""
    date_format: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Extraction:
    """A list of entries in a document.

    `format` is `json` (expressions are JMESPath) or `html` (CSS selectors). `items` finds the entries,
    `fields` what is in each, `category` and `tags` are templates for what it is published under.
    `date_format` is strptime's; empty: whatever a date looks like.
    """

    format: str
    items: str
    fields: Fields
    date_format: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    detail: Detail | None = None
