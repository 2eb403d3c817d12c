"""What conditions look at, and whether they hold: a story's or an entry's fields as texts and numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from feedhub.model import AllOf, AnyOf, Condition, Entry, Feed, Match, Not, Pattern, Story, Within
from feedhub.rules.folding import fold
from feedhub.rules.pattern import EXPRESSIONS, compiled


class Facts:
    """The fields of one entry or story, read when first asked for and folded once.

    `tags` may be replaced while rules run: a later rule sees what an earlier one gave. `published_at` is the
    date that lists show. `now` is None where no clock may decide: then an age is unknown, and tests of it
    hold neither way. `categories` are those of a story of several, `category` among them.
    """

    __slots__ = (
        "_encoded", "_folded", "_numbers", "_tags", "_values", "categories", "category", "entry", "feeds",
        "now", "published_at",
    )  # fmt: skip

    def __init__(
        self,
        entry: Entry,
        category: str,
        feeds: Iterable[str],
        tags: frozenset[str],
        published_at: datetime,
        now: datetime | None = None,
        categories: tuple[str, ...] = (),
    ) -> None:
        self.entry = entry
        self.category = category
        self.categories = categories or (category,)
        self.feeds = tuple(feeds)
        self.published_at = published_at
        self.now = now
        self._tags = tags
        self._values: dict[str, tuple[str, ...]] = {}
        self._folded: dict[str, tuple[str, ...]] = {}
        self._encoded: dict[str, tuple[bytes, ...]] = {}
        self._numbers: dict[str, float | None] = {}

    @property
    def tags(self) -> frozenset[str]:
        return self._tags

    @tags.setter
    def tags(self, tags: frozenset[str]) -> None:
        self._tags = tags
        for kept in (self._values, self._folded, self._encoded):
            kept.pop("tag", None)

    def values(self, field: str) -> tuple[str, ...]:
        """Return a field's texts as they are, the empty ones left out."""
        found = self._values.get(field)
        if found is None:
            found = self._values[field] = tuple(text for text in FIELDS[field](self) if text)
        return found

    def folded(self, field: str) -> tuple[str, ...]:
        """Return a field's texts for comparing without regard to case, accents and width."""
        found = self._folded.get(field)
        if found is None:
            found = self._folded[field] = tuple([fold(text) for text in self.values(field)])
        return found

    def encoded(self, field: str) -> tuple[bytes, ...]:
        """Return a field's texts as RE2 reads them."""
        found = self._encoded.get(field)
        if found is None:
            found = tuple(text.encode("utf-8", "replace") for text in self.values(field))
            self._encoded[field] = found
        return found

    def number(self, field: str) -> float | None:
        """Return a quantity; None if it is unknown."""
        if field not in self._numbers:
            self._numbers[field] = QUANTITIES[field](self)
        return self._numbers[field]

    def replaced(self, entry: Entry, category: str) -> Facts:
        """Return these facts of an entry that a rule changed."""
        return Facts(entry, category, self.feeds, self.tags, self.published_at, self.now)


def entry_facts(entry: Entry, feed: Feed, tags: frozenset[str]) -> Facts:
    """Return what a rule sees of an entry."""
    published_at = min(entry.published_at or entry.first_seen_at, entry.first_seen_at)
    return Facts(entry, entry.category or feed.category, (feed.id,), tags, published_at)


def story_facts(story: Story, now: datetime | None = None) -> Facts:
    """Return what an output's condition sees of a story: the winner's text, every source's feed."""
    feeds = dict.fromkeys([source.feed_id for source in story.sources]) or (story.entry.feed_id,)
    others = {source.category for source in story.sources if source.category} - {story.category}
    categories = (story.category, *sorted(others))
    return Facts(story.entry, story.category, feeds, story.tags, story.ordered_at, now, categories)


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether a condition holds. Plain loops: hundreds of tests are asked of every story."""
    match condition:
        case Match():
            for pattern in condition.patterns:  # noqa: SIM110 - a generator costs more than the test
                if _found(pattern, condition.field, facts):
                    return True
            return False
        case AllOf():
            for part in condition.parts:  # noqa: SIM110
                if not holds(part, facts):
                    return False
            return True
        case Not():
            return not holds(condition.part, facts)
        case AnyOf():
            for part in condition.parts:  # noqa: SIM110
                if holds(part, facts):
                    return True
            return False
        case Within(field, low, high, _):
            number = facts.number(field)
            return number is not None and (low is None or number >= low) and (high is None or number < high)


def _found(pattern: Pattern, field: str, facts: Facts) -> bool:
    kind, value = pattern.kind, pattern.value
    if kind == "exact":
        return value in facts.folded(field)
    if kind == "verbatim":
        return value in facts.values(field)
    if kind in EXPRESSIONS:
        search = compiled(pattern).search
        return any(search(text) is not None for text in facts.encoded(field))
    if kind == "any":
        return bool(facts.values(field))
    for text in facts.folded(field):
        if value in text and (kind == "substring" or text.startswith(value)):
            return True
    return False


def reason(condition: Condition, facts: Facts) -> str:
    """Say in a few words why a condition holds or does not: the parts that decided."""
    match condition:
        case Match(field, _, text):
            return f"{field} matches {text}" if holds(condition, facts) else f"{field} does not match {text}"
        case Within(field, _, _, text):
            number = facts.number(field)
            within = "is" if holds(condition, facts) else "is not"
            return f"{field} {_written(field, number)} {within} {text}"
        case AllOf(parts):
            failed = next((part for part in parts if not holds(part, facts)), None)
            return reason(failed, facts) if failed else " and ".join(reason(part, facts) for part in parts)
        case AnyOf(parts):
            held = next((part for part in parts if holds(part, facts)), None)
            return reason(held, facts) if held else " and ".join(reason(part, facts) for part in parts)
        case Not(part):
            return reason(part, facts)


def _written(field: str, number: float | None) -> str:
    if number is None:
        return "(unknown)"
    if field == "published":
        return datetime.fromtimestamp(number, UTC).isoformat(timespec="minutes")
    return str(timedelta(seconds=int(number))) if field == "age" else str(int(number))


def _body(facts: Facts) -> tuple[str, ...]:
    return plain_text(facts.entry.content), plain_text(facts.entry.summary)


def _authors(facts: Facts) -> Iterable[str]:
    return (text for who in facts.entry.authors for text in (who.name, who.email, who.uri))


def _host(facts: Facts) -> tuple[str, ...]:
    return (urlsplit(facts.entry.link).hostname or "",)


def _languages(facts: Facts) -> Iterable[str]:
    """Return the language and what it is a kind of (RFC 4647 section 3.3.1): `zh-Hant-TW`, `zh-Hant`, ..."""
    parts = facts.entry.language.split("-")
    return ("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def _enclosures(facts: Facts) -> Iterable[str]:
    return (text for one in facts.entry.enclosures for text in (one.type, one.url))


FIELDS: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    "title": lambda facts: (facts.entry.title,),
    "content": _body,
    "text": lambda facts: (*facts.values("title"), *facts.values("content")),
    "author": _authors,
    "link": lambda facts: (facts.entry.link,),
    "host": _host,
    "category": lambda facts: facts.categories,
    "term": lambda facts: facts.entry.categories,
    "tag": lambda facts: facts.tags,
    "feed": lambda facts: facts.feeds,
    "language": _languages,
    "enclosure": _enclosures,
    "words": lambda _: (),
    "sources": lambda _: (),
    "published": lambda _: (),
    "age": lambda _: (),
}
"""Every field a condition may name, with where its texts come from. `category` is the story's, `term` the
publisher's own labels; `content` is the words of body and summary, without markup. The last four are
quantities."""


def _words(facts: Facts) -> float:
    return max((len(_WORD.findall(text)) for text in facts.values("content")), default=0)


def _age(facts: Facts) -> float | None:
    return None if facts.now is None else (facts.now - facts.published_at).total_seconds()


QUANTITIES: Mapping[str, Callable[[Facts], float | None]] = {
    "words": _words,
    "sources": lambda facts: len(facts.feeds),
    "published": lambda facts: facts.published_at.timestamp(),
    "age": _age,
}

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+(?:['’.-][^\W{_CJK}]+)*")
"""A word; in scripts that put no space between words each character counts as one."""

_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')


def plain_text(safe_html: str) -> str:
    """Return the words of sanitised HTML: in it every `<` begins a tag and attributes are double-quoted."""
    words = _TAG.sub(" ", safe_html) if "<" in safe_html else safe_html
    return " ".join(html.unescape(words).split())
