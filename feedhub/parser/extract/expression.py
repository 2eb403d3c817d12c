"""What JMESPath on JSON and CSS selectors on HTML have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from feedhub.errors import FeedHubError

Find = Callable[[Any], list[str]]
"""From a node to the texts that an expression finds there, in order, the empty ones left out."""

HTML_FIELDS = frozenset({"content", "summary"})
"""The fields whose text may be markup."""


class ExpressionError(FeedHubError):
    """An expression cannot be read; `offset` leads into its text, None if nothing says where."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its root node, and what relative links are resolved against."""

    root: Any
    base: str
    encoding: str
    title: str = ""
    language: str = ""
    warnings: tuple[str, ...] = ()


class Language(Protocol):
    """One format with its language of expressions."""

    def read(self, body: bytes, content_type: str | None, url: str, encoding: str | None) -> Document:
        """Read a document; ParseError if it is none, or beyond the bounds."""

    def items(self, text: str) -> Callable[[Any], list[Any]]:
        """Return what finds the nodes of a list in a document, ParseError where there is none.

        Raises: ExpressionError.
        """

    def find(self, text: str, field: str = "") -> Find:
        """Return what finds a field's texts below a node; `field` says what is looked for.

        Raises: ExpressionError.
        """
