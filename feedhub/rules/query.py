"""The one-line form of conditions: `title:rust AND NOT author:bot (a OR "b c") words:>300`. Pure.

Read into a tree of terms here; what fields and values mean is `condition`'s business, so that both forms
mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.errors import FeedHubError

MAX_LENGTH = 2000


class QueryError(FeedHubError):
    """A query cannot be read; `offset` is the place in its text, from 0."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(frozen=True, slots=True)
class Term:
    """One value, of a field if one is named. `quoted` text is never an expression."""

    field: str
    value: str
    quoted: bool
    field_at: int
    value_at: int


@dataclass(frozen=True, slots=True)
class Both:
    """Every part."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any part."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Not the part."""

    part: Query


Query = Term | Both | Either | Negation


def parse_query(text: str) -> Query:
    """Read a query; raises QueryError.

    NOT and `-` bind tighter than AND, AND (written or not) tighter than OR. A field before parentheses holds
    for the terms in them that name none.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(MAX_LENGTH, f"a query has at most {MAX_LENGTH} characters")
    if not text.strip():
        raise QueryError(0, "an empty query; write what to look for")
    from feedhub.rules.grammar import read  # lark takes 0.03 s to come, and most files have no query

    return read(text)
