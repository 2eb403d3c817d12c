"""What conditions look at, and whether they hold: a story's or an entry's fields as texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from feedhub.model import AllOf, AnyOf, Condition, Entry, Feed, Match, Not, Story
from feedhub.rules.pattern import compile_regex


class Facts:
    """The fields of one entry or story, read when first asked for and case-folded once.

    `tags` may be replaced while rules run: a later rule sees what an earlier one gave.
    """

    __slots__ = ("_encoded", "_folded", "_values", "category", "entry", "feeds", "tags")

    def __init__(self, entry: Entry, category: str, feeds: Iterable[str], tags: frozenset[str]) -> None:
        self.entry = entry
        self.category = category
        self.feeds = tuple(feeds)
        self.tags = tags
        self._values: dict[str, tuple[str, ...]] = {}
        self._folded: dict[str, tuple[str, ...]] = {}
        self._encoded: dict[str, tuple[bytes, ...]] = {}

    def values(self, field: str) -> tuple[str, ...]:
        """Return a field's texts as they are, the empty ones left out."""
        if field == "tag":
            return tuple(self.tags)
        found = self._values.get(field)
        if found is None:
            found = self._values[field] = tuple(text for text in FIELDS[field](self) if text)
        return found

    def folded(self, field: str) -> tuple[str, ...]:
        """Return a field's texts for comparing without regard to case."""
        if field == "tag":
            return tuple(tag.casefold() for tag in self.tags)
        found = self._folded.get(field)
        if found is None:
            found = self._folded[field] = tuple(text.casefold() for text in self.values(field))
        return found

    def encoded(self, field: str) -> tuple[bytes, ...]:
        """Return a field's texts as RE2 reads them."""
        if field == "tag":
            return tuple(tag.encode("utf-8", "replace") for tag in self.tags)
        found = self._encoded.get(field)
        if found is None:
            found = tuple(text.encode("utf-8", "replace") for text in self.values(field))
            self._encoded[field] = found
        return found


def entry_facts(entry: Entry, feed: Feed, tags: frozenset[str]) -> Facts:
    """Return what a rule sees of an entry."""
    return Facts(entry, feed.category, (feed.id,), tags)


def story_facts(story: Story) -> Facts:
    """Return what an output's condition sees of a story: the winner's text, every source's feed."""
    feeds = dict.fromkeys(source.feed_id for source in story.sources)
    return Facts(story.entry, story.category, feeds or (story.entry.feed_id,), story.tags)


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether a condition holds."""
    match condition:
        case Match(field, patterns, _):
            for pattern in patterns:
                if pattern.kind == "substring":
                    if any(pattern.value in text for text in facts.folded(field)):
                        return True
                elif pattern.kind == "exact":
                    if pattern.value in facts.folded(field):
                        return True
                elif any(compile_regex(pattern.value).search(text) for text in facts.encoded(field)):
                    return True
            return False
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)


def reason(condition: Condition, facts: Facts) -> str:
    """Say in a few words why a condition holds or does not: the parts that decided."""
    match condition:
        case Match(field, _, text):
            return f"{field} matches {text}" if holds(condition, facts) else f"{field} does not match {text}"
        case AllOf(parts):
            failed = next((part for part in parts if not holds(part, facts)), None)
            return reason(failed, facts) if failed else " and ".join(reason(part, facts) for part in parts)
        case AnyOf(parts):
            held = next((part for part in parts if holds(part, facts)), None)
            return reason(held, facts) if held else " and ".join(reason(part, facts) for part in parts)
        case Not(part):
            return reason(part, facts)


def _body(facts: Facts) -> tuple[str, ...]:
    return plain_text(facts.entry.content), plain_text(facts.entry.summary)


def _authors(facts: Facts) -> Iterable[str]:
    return (" ".join(filter(None, (who.name, who.email, who.uri))) for who in facts.entry.authors)


def _host(facts: Facts) -> tuple[str, ...]:
    return (urlsplit(facts.entry.link).hostname or "",)


FIELDS: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    "title": lambda facts: (facts.entry.title,),
    "content": _body,
    "text": lambda facts: (*facts.values("title"), *facts.values("content")),
    "author": _authors,
    "link": lambda facts: (facts.entry.link,),
    "host": _host,
    "category": lambda facts: (facts.category,),
    "term": lambda facts: facts.entry.categories,
    "tag": lambda facts: facts.tags,
    "feed": lambda facts: facts.feeds,
    "language": lambda facts: (facts.entry.language,),
}
"""Every field a condition may name, with where its texts come from. `category` is the feed's category,
`term` the publisher's own labels; `content` is the words of body and summary, without markup."""

_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')


def plain_text(safe_html: str) -> str:
    """Return the words of sanitised HTML: in it every `<` begins a tag and attributes are double-quoted."""
    words = _TAG.sub(" ", safe_html) if "<" in safe_html else safe_html
    return " ".join(html.unescape(words).split())
