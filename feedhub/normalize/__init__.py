"""RawEntry to Entry: identity, links, dates, safe HTML, legal text. Pure; `now` is an argument.

What an entry's document said is hashed first, and an entry that says what it said at the last poll is left
alone: nothing else costs as much as cleaning HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter

import xxhash

from feedhub.model import Enclosure, Entry, Feed, FeedHead, LinkPolicy, ParsedFeed, Person, RawEntry
from feedhub.normalize.dates import believe
from feedhub.normalize.html import Sanitiser
from feedhub.normalize.identity import are_own, assign_keys
from feedhub.normalize.links import absolute
from feedhub.normalize.media import clean_enclosures, clean_podcast, find_image
from feedhub.normalize.text import heading, label, legal, one_line, plain_name, plain_title
from feedhub.normalize.wrappers import unwrapped

__all__ = ["RECIPE", "Normalised", "are_own", "completed", "normalize", "rehashed"]

MAX_AUTHORS = 50
MAX_CATEGORIES = 100
MAX_LABELS = 20
MAX_GUID = 2048

RECIPE = "1"
"""Part of every raw hash, and of what is known of items by their bytes: a new number has all entries read and
cleaned again, once, after an upgrade. Our version has them read again."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A document in the form we keep. `entries` are those that are new or changed, in document order;
    `seen` maps the key of every entry in the document to its raw hash, for the next poll; `details` the keys
    of `entries` to where their source tells the rest of them, if it does."""

    head: FeedHead
    entries: tuple[Entry, ...]
    seen: dict[str, str]
    warnings: tuple[str, ...]
    details: Mapping[str, str] = field(default_factory=dict)


def normalize(parsed: ParsedFeed, feed: Feed, seen: Mapping[str, str], now: datetime) -> Normalised:
    """Turn a parsed document into entries.

    Args:
        seen: key to raw hash of the last document's entries; what is in it unchanged is not returned.
        now: aware UTC; when entries that are new were first seen.
    """
    raws, notes = _newest(parsed, feed.fetch.limits.max_entries)
    keys, warnings = assign_keys(raws, feed.identity, seen)
    notes += warnings
    maker = _Maker(parsed, feed, now)
    hashes: dict[str, str] = {}
    entries: list[Entry] = []
    details: dict[str, str] = {}
    for key, raw in _distinct(keys, raws):
        hashes[key] = raw_hash(raw)
        if seen.get(key) != hashes[key]:
            entries.append(maker.make(key, raw))
            if raw.placement and (url := absolute(raw.placement.detail_url)):
                details[key] = url
    return Normalised(
        head=_head(parsed, feed),
        entries=tuple(entries),
        seen=hashes,
        warnings=(*notes, *maker.warnings()),
        details=details,
    )


def completed(entry: Entry, told: RawEntry, feed: Feed, now: datetime) -> Entry:
    """Return an entry with what another document tells of it; what that does not tell stays."""
    maker = _Maker(ParsedFeed(""), feed, now)
    other = maker.make(entry.key, told)
    said = {name: value for name in _TOLD if (value := getattr(other, name))}
    if told.title:
        said["title"] = other.title
    whole = replace(entry, **said)
    return rehashed(replace(whole, title=whole.title or heading(whole.summary or whole.content)))


_TOLD = (
    "summary", "content", "authors", "categories", "published_at", "updated_at", "enclosures",
    "image", "language",
)  # fmt: skip


def raw_hash(raw: RawEntry) -> str:
    """Return a fast hash over everything the document said of an entry, to be compared with its last one."""
    parts = [value if type(value) is str else repr(value) if value else "" for value in _all_fields(raw)]
    return xxhash.xxh3_64_hexdigest("\x1f".join([RECIPE, *parts]).encode("utf-8", "surrogatepass"))


_all_fields = attrgetter(*RawEntry.__dataclass_fields__)


def _newest(parsed: ParsedFeed, limit: int) -> tuple[tuple[RawEntry, ...], list[str]]:
    """Return at most `limit` entries in document order: the newest if all are dated, else the first."""
    raws = parsed.entries
    if len(raws) <= limit:
        return raws, []
    places: Iterable[int] = range(limit)
    dates = [date for raw in raws if (date := raw.published or raw.updated)]
    if len(dates) == len(raws):
        places = sorted(sorted(range(len(raws)), key=dates.__getitem__, reverse=True)[:limit])
    return tuple(raws[place] for place in places), [
        f"the document lists {len(raws)} entries; the newest {limit} are taken (max_entries)"
    ]


def _distinct(keys: list[str], raws: tuple[RawEntry, ...]) -> Iterable[tuple[str, RawEntry]]:
    """Yield each key once, in document order, with the version that was updated last, the first of equals."""
    chosen: dict[str, RawEntry] = {}
    for key, raw in zip(keys, raws, strict=True):
        if key not in chosen or _updated(raw) > _updated(chosen[key]):
            chosen[key] = raw
    return chosen.items()


def _updated(raw: RawEntry) -> datetime:
    return raw.updated or raw.published or datetime.min.replace(tzinfo=UTC)


def _head(parsed: ParsedFeed, feed: Feed) -> FeedHead:
    link = absolute(parsed.link, feed.url) if parsed.link else ""
    return FeedHead(
        title=plain_title(parsed.title, "html"),
        link=link,
        subtitle=plain_title(parsed.subtitle, "html"),
        language=_language(parsed.language),
        image=absolute(parsed.image, link or feed.url) if parsed.image else "",
        format=parsed.format,
        encoding=parsed.encoding,
        hubs=tuple(dict.fromkeys(hub for raw in parsed.hubs[:10] if (hub := absolute(raw, feed.url)))),
    )


class _Maker:
    """Makes the entries of one document and counts what it had to repair."""

    def __init__(self, parsed: ParsedFeed, feed: Feed, now: datetime) -> None:
        self._parsed = parsed
        self._feed = feed
        self._now = now
        self._sanitiser = Sanitiser(marked=bool(feed.steps))
        self._repairs: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each kind of repair."""
        if self._sanitiser.reduced:
            self._repairs["body nested too deep or too intricate: only its words are kept"] = (
                self._sanitiser.reduced
            )
        return tuple(f"{what} ({self._count(what)})" for what in self._repairs)

    def _count(self, what: str) -> str:
        count = self._repairs[what]
        example = self._examples.get(what)
        return f"{count} {'entry' if count == 1 else 'entries'}" + (
            f", such as {example!r}" if example else ""
        )

    def make(self, key: str, raw: RawEntry) -> Entry:
        """Return the entry, cleaned; its tags, drop and match keys are for others to fill in."""
        link = self._link(raw)
        base = absolute(raw.base) or link or self._feed.url
        title = plain_title(raw.title, raw.title_type)
        content = self._sanitiser.clean(raw.content, raw.content_type, base)
        summary = (
            "" if raw.summary == raw.content else self._sanitiser.clean(raw.summary, raw.summary_type, base)
        )
        if self._feed.extraction and not title:
            title = heading(summary or content)
        published_at, updated_at = self._dates(raw, title)
        enclosures = clean_enclosures(raw, base)
        if len(enclosures) < len({enclosure.url for enclosure in raw.enclosures}):
            self._repair("attachments without a web address: left out", title)
        podcast = clean_podcast(raw, base)
        authors = _authors(raw, base)
        return Entry(
            feed_id=self._feed.id,
            key=key,
            guid=legal(raw.id.strip()[:MAX_GUID]),
            link=link,
            title=title,
            summary=summary,
            content=content,
            authors=authors,
            categories=_categories(raw),
            published_at=published_at,
            updated_at=updated_at,
            first_seen_at=self._now,
            enclosures=enclosures,
            image=find_image(raw, base, podcast, enclosures, content or summary),
            language=_language(raw.language) or _language(self._parsed.language),
            comments=absolute(raw.comments, base) if raw.comments else "",
            source_title=plain_title(raw.source_title, "html") if raw.source_title else "",
            source_url=absolute(raw.source_url, base) if raw.source_url else "",
            podcast=podcast,
            content_hash=content_hash(title, link, content, summary, authors, enclosures),
            category=label(raw.placement.category) if raw.placement else "",
            labels=_labels(raw.placement.tags) if raw.placement else (),
            place=raw.place,
        )

    def _link(self, raw: RawEntry) -> str:
        """Return the publisher's own link: what names the original, else the item's link, else its guid."""
        policy = self._feed.links
        link = self._listed_link(raw, policy)
        return unwrapped(link, policy.unwrap) if policy.canonical and link else link

    def _listed_link(self, raw: RawEntry, policy: LinkPolicy) -> str:
        if raw.canonical and policy.canonical and (link := absolute(raw.canonical)):
            return link
        if raw.link:
            if link := absolute(raw.link, raw.base or self._feed.url):
                return link
            self._repair("a link that is no web address: left out", raw.title)
        return absolute(raw.id.strip()) if raw.id.lstrip()[:4].lower() == "http" else ""

    def _dates(self, raw: RawEntry, title: str) -> tuple[datetime | None, datetime | None]:
        published_at, problem = believe(raw.published or raw.updated, self._feed.future_dates, self._now)
        updated_at, other = believe(raw.updated, self._feed.future_dates, self._now)
        if problem or other:
            self._repair(problem or other, title)
        return published_at, updated_at

    def _repair(self, what: str, example: str) -> None:
        self._repairs[what] += 1
        self._examples.setdefault(what, one_line(example, 60))


def rehashed(entry: Entry) -> Entry:
    """Return an entry that was changed since it was made, with the hash of what it is now."""
    digest = content_hash(
        entry.title, entry.link, entry.content, entry.summary, entry.authors, entry.enclosures
    )
    return replace(entry, content_hash=digest)


def content_hash(
    title: str,
    link: str,
    content: str,
    summary: str,
    authors: tuple[Person, ...],
    enclosures: tuple[Enclosure, ...],
) -> str:
    """Return a stable hash over what a reader sees, 32 hexadecimal digits."""
    parts = [title, link, content, summary]
    parts += [f"{who.name}\x1e{who.email}\x1e{who.uri}" for who in authors]
    parts += [f"{file.url}\x1e{file.type}\x1e{file.length}\x1e{file.title}" for file in enclosures]
    return xxhash.xxh3_128_hexdigest("\x1f".join(parts).encode())


def _authors(raw: RawEntry, base: str) -> tuple[Person, ...]:
    people = (
        Person(
            plain_name(who.name),
            plain_name(who.email) if "@" in who.email else "",
            absolute(who.uri, base) if who.uri else "",
        )
        for who in raw.authors[:MAX_AUTHORS]
    )
    return tuple(dict.fromkeys(who for who in people if who.name or who.email))


def _categories(raw: RawEntry) -> tuple[str, ...]:
    names = (plain_name(name) for name in raw.categories[:MAX_CATEGORIES])
    return tuple(dict.fromkeys(name for name in names if name))


def _labels(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for tag in tags[:MAX_LABELS] if (name := label(tag))))


_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,3}")


def _language(tag: str) -> str:
    """Return a language tag, or "" for what is none. Source: RFC 5646 section 2.1."""
    tag = tag.strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
