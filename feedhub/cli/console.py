"""Where commands print what is for people: tables and pages."""

from __future__ import annotations

import io
import sys
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200
"""Columns of what is no terminal: little is folded there."""


def console(**options: Any) -> Console:
    """Return rich's console over stdout. In a pipe or a file no line ends in the spaces that fill a table."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(**options)
    return Console(file=cast("IO[str]", _Trimmed()), width=WIDE, **options)


class _Trimmed(io.TextIOBase):
    """Standard output, without spaces at the ends of lines. For whole lines, as rich writes them."""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the stubs let it be set
        return sys.stdout.encoding

    def write(self, text: str) -> int:
        sys.stdout.write("\n".join(line.rstrip(" ") for line in text.split("\n")))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()
