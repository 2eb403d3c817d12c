"""One value of a condition: read, and held against text. Regular expressions run on RE2, so none can hang."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import re2  # type: ignore[import-untyped]  # ships no types; `_Compiled` says what is used of it

from feedhub.model import Pattern
from feedhub.rules.folding import fold

FLAGS = "imsx"


def read_pattern(text: str, *, kind: str, guest: bool = False) -> Pattern:
    """Read `/regex/flags`, else plain text of a kind: `exact` or `substring`, folded.

    An expression of a `guest`, anyone who may ask over HTTP, is held in less memory.

    Raises ValueError with a sentence when the expression or a flag is wrong. An expression is RE2's, with
    `\\w` and `\\W` standing for letters and digits of every script (in RE2 itself: ASCII alone).
    """
    written = re.fullmatch(r"/(.+)/([A-Za-z]{0,4})", text, re.DOTALL)
    if written is None:
        return Pattern(kind, fold(text))
    source, flags = written.groups()
    if unknown := sorted(set(flags) - set(FLAGS)):
        literal = re.sub(r"([^\w\s])", r"\\\1", text)
        raise ValueError(
            f"{text}: unknown flag {unknown[0]}; the flags are {', '.join(FLAGS)}; "
            f"to look for this very text write /{literal}/"
        )
    expression = "".join(_translate(source, verbose="x" in flags))
    inline = "".join(flag for flag in "ims" if flag in flags)
    value = f"(?{inline}){expression}" if inline else expression
    pattern = Pattern("guest" if guest else "regex", value)
    try:
        compiled(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"{text}: no regular expression that RE2 takes: {shown}") from error
    return pattern


class _Compiled(Protocol):
    def search(self, text: bytes) -> object | None: ...


EXPRESSIONS = ("regex", "guest")
"""The kinds of pattern that `compiled` takes."""
_GUEST_BYTES, _GUESTS = 1 << 20, 64
"""What an expression of a guest may occupy, and how many are kept: with the 8 MB that RE2 takes by itself,
thousands of them, made to have many states, filled gigabytes."""


def compiled(pattern: Pattern) -> _Compiled:
    """Return an expression's program; text is handed to it as UTF-8 bytes."""
    return _for_guest(pattern.value) if pattern.kind == "guest" else _configured(pattern.value)


@lru_cache(maxsize=4096)
def _configured(expression: str) -> _Compiled:
    return _compile(expression)


@lru_cache(maxsize=_GUESTS)
def _for_guest(expression: str) -> _Compiled:
    return _compile(expression, _GUEST_BYTES)


def _compile(expression: str, max_bytes: int | None = None) -> _Compiled:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    if max_bytes:
        options.max_mem = max_bytes
    program: _Compiled = re2.compile(expression, options)
    return program


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\s+|#[^\n]*|.", re.DOTALL)
_WORD = r"\pL\pM\pN_"


def _translate(source: str, *, verbose: bool) -> Iterator[str]:
    """Yield the expression's parts with `\\w` of every script, and without a verbose one's layout.

    `\\b` stays ASCII in RE2, so next to other letters it would never hold: that is an error, not a surprise.
    """
    if r"\b" in source and re.search(r"\\b[^\W\d_a-zA-Z]|[^\W\d_a-zA-Z]\\b", source):
        raise ValueError(
            f"/{source}/: \\b knows ASCII letters only; leave it out, or write (?:^|\\W) and (?:\\W|$)"
        )
    for part in _TOKEN.findall(source):
        if part == r"\w":
            yield f"[{_WORD}]"
        elif part == r"\W":
            yield f"[^{_WORD}]"
        elif part[0] == "[" and len(part) > 1:
            yield re.sub(r"\\(.)", lambda found: _WORD if found[1] == "w" else found[0], part)
        elif not (verbose and (part.isspace() or (part[0] == "#"))):
            yield part
