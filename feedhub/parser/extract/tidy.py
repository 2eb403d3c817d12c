"""What texts out of editors' systems are cleaned of: indents made of spaces, paragraphs of nothing."""

from __future__ import annotations

import re

_SPACE = (
    r"[\s\u3000\u00a0\u2002\u2003\u200b\ufeff]"
    r"|&(?:nbsp|ensp|emsp|thinsp|\#0*(?:12288|160|8195)|\#[xX]0*(?:3000|[aA]0|2003));"
)
_BLOCK = r"</?(?:p|div|br|li|ul|ol|td|tr|table|h[1-6]|section|article|blockquote|figure|center)\b[^<>]*>"
_AFTER_BLOCK = re.compile(rf"(?:\A|{_BLOCK})(?:{_SPACE}|<(?!pre\b)[^<>]*>)+", re.IGNORECASE)
_OUTSIDE_TAGS = re.compile(rf"(<[^<>]*>)|(?:{_SPACE})+")
_NOTHING = re.compile(r"<(p|div|span|section|h[1-6])\b[^<>]*>(?:<br\s*/?>)*</\1\s*>", re.IGNORECASE)


def tidy_html(markup: str) -> str:
    """Return markup without indents (U+3000 and its like) and without empty paragraphs."""
    tidied = _AFTER_BLOCK.sub(lambda found: _OUTSIDE_TAGS.sub(r"\1", found[0]), markup)
    return _NOTHING.sub("", _NOTHING.sub("", tidied)).strip()


def tidy_text(text: str) -> str:
    """Return plain text whose lines have no indents, with one empty line at most between two of them."""
    lines = [line.strip("\u200b\ufeff \t\r\u3000\u00a0\u2003") for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
