"""Texts with expressions in braces: `{from}新闻`, `/news?id={infocode}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from feedhub.parser.extract.expression import ExpressionError, Find, Language

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LONGEST_VALUE = 1000
_LONGEST_URL = 4096
_MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Template:
    """A template: texts, and what finds the values between them.

    Where a place finds nothing the whole gives nothing: half a tag is none.
    """

    parts: tuple[str | Find, ...]

    @classmethod
    def read(cls, text: str, language: Language) -> Self:
        """Return the template that a text is; `{{` and `}}` stand for the braces themselves.

        Raises: ExpressionError, whose offset leads into the text.
        """
        parts: list[str | Find] = []
        position = 0
        for found in _PLACE.finditer(text):
            parts.append(text[position : found.start()])
            position = found.end()
            if found[1] is None:
                if len(found[0]) == 1:
                    message = f"a {found[0]} without its other half; for the brace itself write it twice"
                    raise ExpressionError(message, found.start())
                parts.append(found[0][0])
                continue
            try:
                parts.append(language.find(found[1]))
            except ExpressionError as error:
                raise ExpressionError(
                    str(error), None if error.offset is None else found.start(1) + error.offset
                ) from error
        parts.append(text[position:])
        return cls(tuple(part for part in parts if part != ""))

    def text(self, node: Any) -> str:
        """Return the text with the first value in each place, on one line."""
        return next(iter(self.texts(node)), "")

    def texts(self, node: Any) -> list[str]:
        """Return one text for each value of the only place; with more places, or none, one text."""
        finds = [part for part in self.parts if not isinstance(part, str)]
        values = [find(node) for find in finds]
        if not all(values):
            return []
        count = min(len(values[0]), _MOST_VALUES) if len(values) == 1 else 1
        return [self._filled([found[min(turn, len(found) - 1)] for found in values]) for turn in range(count)]

    def url(self, node: Any) -> str:
        """Return an address with the first value in each place percent-encoded, "" if there is none.

        Not even `.` and `..` lead out of the path that is written.
        """
        made = ""
        for part in self.parts:
            if isinstance(part, str):
                made += part
            else:
                value = next(iter(part(node)), "")
                if not value or len(value) > _LONGEST_VALUE:
                    return ""
                made += quote(value, safe="", errors="replace")
        path = re.split(r"[?#]", made, maxsplit=1)[0].partition("://")[2]
        dotted = any(unquote(step) in (".", "..") for step in path.split("/"))
        return "" if dotted or len(made) > _LONGEST_URL else made

    def _filled(self, values: list[str]) -> str:
        taken = iter(values)
        parts = (part if isinstance(part, str) else next(taken)[:_LONGEST_VALUE] for part in self.parts)
        return " ".join("".join(parts).split())
