"""Which language an entry is in, and Chinese in one script."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from feedhub.model import Entry
from feedhub.ports import StepContext
from feedhub.steps.text import plain

ENOUGH = 20
"""Characters below which a language is a guess."""


@dataclass(frozen=True, slots=True)
class Language:
    """Set the language of entries whose feed names none, by their words. Needs the extra `language`."""

    override: bool = False

    def __post_init__(self) -> None:
        import py3langid  # noqa: F401 - to say now, not at the first poll, that it is missing

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [self._named(entry) for entry in entries]

    def _named(self, entry: Entry) -> Entry:
        if entry.language and not self.override:
            return entry
        words = f"{entry.title} {plain(entry.content or entry.summary)}"[:2000]
        if len(words) < ENOUGH:
            return entry
        import py3langid

        language, _ = py3langid.classify(words)
        return replace(entry, language=language)


@dataclass(frozen=True, slots=True)
class Chinese:
    """Write Chinese in one script, by words: `simplified`, `traditional`, `taiwan` or `hongkong`."""

    to: str

    def __post_init__(self) -> None:
        if self.to not in CONVERSIONS:
            raise ValueError(f"to is one of {', '.join(CONVERSIONS)}")

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        convert = converter(CONVERSIONS[self.to]).convert

        def written(text: str) -> str:
            return convert(text) if HAN.search(text) else text

        return [
            replace(
                entry,
                title=written(entry.title),
                content=in_text(entry.content, written),
                summary=in_text(entry.summary, written),
            )
            for entry in entries
        ]


CONVERSIONS = {"simplified": "t2s", "traditional": "s2t", "taiwan": "s2twp", "hongkong": "s2hk"}
HAN = re.compile("[\u3400-\u9fff]")
TAG = re.compile(r"(<[^>]*>)")


@functools.cache
def converter(name: str) -> Any:
    """Return OpenCC's converter of that name; loading one takes some ten milliseconds."""
    import opencc

    return opencc.OpenCC(name)


def in_text(markup: str, change: Any) -> str:
    """Return HTML with its text changed and its tags, addresses in them, as they were."""
    return "".join(part if part.startswith("<") else change(part) for part in TAG.split(markup))
