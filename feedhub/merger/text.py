"""Text folded for matching only: nothing in here is ever shown."""

from __future__ import annotations

import html
import re
import unicodedata

from feedhub.model import Entry

_TAG = re.compile(r"<[^>]*>")
_NOT_WORD = re.compile(r"[\W_]+")


def body_text(entry: Entry) -> str:
    """Return the fuller of content and summary as plain text."""
    source = entry.content if len(entry.content) >= len(entry.summary) else entry.summary
    return html.unescape(_TAG.sub(" ", source))


def fold(text: str) -> str:
    """Return letters and digits alone: NFKC, case folded."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
