"""What is said of a story, whatever the format: strings legal, defaults filled in, order fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from feedhub.generator import text
from feedhub.model import (
    Chapter,
    Enclosure,
    Entry,
    Output,
    Person,
    Place,
    Podcast,
    Related,
    Source,
    Story,
    Transcript,
)

_TITLE_LENGTH = 80
_EXCERPT_LENGTH = 300
_EXCERPT_FROM = 4000
"""How much of a long body is parsed for an excerpt of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One story. `content` and `summary` are HTML, as the output's `content` setting wants them.

    `title` is never empty; `titled` says whether it is the publisher's. `lead` is a short HTML text that may
    stand for the content. `also_in` is an HTML paragraph or empty. `sources` holds the winner's first,
    `others` one of each other feed. `enclosures` have a type; what can be played comes first. `revises` is
    the story's own id where this is a later version under another, `dropped` why it was left out elsewhere.
    """

    id: str
    title: str
    titled: bool
    link: str
    content: str
    summary: str
    lead: str
    also_in: str
    authors: tuple[Person, ...]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    category: str
    enclosures: tuple[Enclosure, ...]
    image: str
    language: str
    comments: str
    via: str
    via_title: str
    podcast: Podcast | None
    sources: tuple[Source, ...]
    others: tuple[Source, ...]
    related: tuple[Related, ...]
    published_at: datetime
    updated_at: datetime
    revises: str = ""
    dropped: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """What of an output's settings shows in its items."""

    content: str = "full"
    also_in: bool = True
    anew: bool = False


def manner(output: Output) -> Manner:
    """Return how an output shows its items."""
    also_in = output.also_in and output.content != "none"
    return Manner(output.content, also_in, output.update_policy == "republish")


def item_id(story: Story, *, anew: bool) -> str:
    """Return the id of a story's item: its own, or that of its version where it comes to readers as new."""
    if anew and story.version:
        return f"urn:uuid:{uuid5(UUID(story.id), f'version {story.version}')}"
    return story.id


def item(manner: Manner, story: Story) -> Item:
    """Return what is said of a story."""
    entry = story.entry
    content, summary, lead = _with_note(_note(entry.dropped), *_body(entry, manner.content))
    own_title = text.line(entry.title)
    link = text.address(entry.link)
    sources = tuple(_source(source, private=story.private) for source in story.sources)
    others = _other_feeds(sources)
    tags = tuple(filter(None, (text.line(tag) for tag in sorted(story.tags))))
    return Item(
        id=item_id(story, anew=manner.anew),
        title=own_title or _title_from(entry) or link or "Untitled",
        titled=bool(own_title),
        link=link,
        content=content,
        summary=summary,
        lead=lead,
        also_in=_also_in(others) if manner.also_in else "",
        authors=_authors(entry.authors),
        categories=_distinct([*tags, *(text.line(category) for category in entry.categories)]),
        tags=tags,
        category=text.line(story.category),
        enclosures=_enclosures(entry.enclosures),
        image=text.address(entry.image),
        language=text.language(entry.language),
        comments=text.address(entry.comments),
        via=text.address(entry.source_url),
        via_title=text.line(entry.source_title),
        podcast=_podcast(entry.podcast) if entry.podcast else None,
        sources=sources,
        others=others,
        related=tuple(
            Related(text.line(one.id), text.line(one.title), text.address(one.link)) for one in story.see_also
        ),
        published_at=instant(story.published_at),
        # What comes as new was not changed before it came.
        updated_at=instant(max(story.updated_at, story.published_at) if manner.anew else story.updated_at),
        revises=story.id if manner.anew and story.version else "",
        dropped=text.line(entry.dropped),
        place=entry.place,
    )


def _body(entry: Entry, wanted: str) -> tuple[str, str, str]:
    """Return (content, summary, lead): the lead is the summary, or an excerpt where there is none."""
    content, summary = text.legal(entry.content).strip(), text.legal(entry.summary).strip()
    if wanted == "none":
        return "", "", ""
    if not content or content == summary:
        content, summary = content or summary, ""
    lead = summary
    if content and not summary:
        # An excerpt loses markup and pictures: what is short is its own lead.
        short = len(content) <= 2 * _EXCERPT_LENGTH
        lead = content if short else f"<p>{text.escaped(_excerpt(content, _EXCERPT_LENGTH))}</p>"
    return (content, summary, lead) if wanted == "full" else ("", lead, lead)


def _note(dropped: str) -> str:
    reason = text.line(dropped)
    return f"<p>Left out: {text.escaped(text.excerpt(reason, _EXCERPT_LENGTH))}</p>" if reason else ""


def _with_note(note: str, content: str, summary: str, lead: str) -> tuple[str, str, str]:
    """Return a body that begins with a note; where there is none, the note is all."""
    if not note:
        return content, summary, lead
    return note + content if content else "", note + summary if summary or not content else "", note + lead


def _title_from(entry: Entry) -> str:
    return _excerpt(entry.summary or entry.content, _TITLE_LENGTH)


def _excerpt(markup: str, limit: int) -> str:
    return text.excerpt(text.plain(markup[:_EXCERPT_FROM]), limit)


def _source(source: Source, *, private: bool) -> Source:
    feed_url, feed_site = text.address(source.feed_url), text.address(source.feed_site)
    if private:
        feed_url, feed_site = text.without_query(feed_url), text.without_query(feed_site)
    return replace(
        source,
        feed_title=text.line(source.feed_title) or urlsplit(feed_url or feed_site).hostname or source.feed_id,
        feed_url=feed_url,
        feed_site=feed_site,
        entry_id=text.line(source.entry_id),
        link=text.address(source.link),
        title=text.line(source.title),
        published_at=instant(source.published_at) if source.published_at else None,
    )


def _other_feeds(sources: Sequence[Source]) -> tuple[Source, ...]:
    seen = {source.feed_id for source in sources[:1]}
    others = []
    for source in sources[1:]:
        if source.feed_id not in seen:
            seen.add(source.feed_id)
            others.append(source)
    return tuple(others)


def _also_in(others: Sequence[Source]) -> str:
    names = [
        f'<a href="{text.escaped(other.link)}">{text.escaped(other.feed_title)}</a>'
        if other.link
        else text.escaped(other.feed_title)
        for other in others
    ]
    return f"<p>Also in: {', '.join(names)}</p>" if names else ""


def _authors(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return the people who have something to be called by; Atom wants a name (RFC 4287 section 3.2.1)."""
    authors: dict[str, Person] = {}
    for person in people:
        address, uri = text.email(person.email), text.address(person.uri)
        name = text.line(person.name) or address.partition("@")[0] or uri
        if name:
            authors.setdefault(name, Person(name, address, uri))
    return tuple(authors.values())


def _enclosures(enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """Return them with address and type, audio and video first: RSS has room for one, players look at it."""
    kept: dict[str, Enclosure] = {}
    for enclosure in enclosures:
        url = text.address(enclosure.url)
        if url and url not in kept:
            kept[url] = replace(
                enclosure,
                url=url,
                type=text.media_type(enclosure.type, url),
                length=enclosure.length if enclosure.length and enclosure.length > 0 else None,
                title=text.line(enclosure.title),
            )
    return tuple(sorted(kept.values(), key=lambda kept: not kept.type.startswith(("audio/", "video/"))))


def _podcast(podcast: Podcast) -> Podcast:
    """Return what of it is valid, `explicit` as `true` or `false`."""
    explicit = {"true": "true", "yes": "true", "explicit": "true"}
    clean = {"false": "false", "no": "false", "clean": "false"}
    transcripts = (
        Transcript(address, text.media_type(transcript.type, address), text.language(transcript.language))
        for transcript in podcast.transcripts
        if (address := text.address(transcript.url))
    )
    return Podcast(
        duration_s=podcast.duration_s if podcast.duration_s and podcast.duration_s > 0 else None,
        episode=_number(podcast.episode),
        season=_number(podcast.season),
        episode_type=podcast.episode_type if podcast.episode_type in ("full", "trailer", "bonus") else "",
        explicit=(explicit | clean).get(podcast.explicit.strip().lower(), ""),
        image=text.address(podcast.image),
        chapters=text.address(podcast.chapters),
        transcripts=tuple(transcripts),
        marks=tuple(
            Chapter(mark.start_ms, text.line(mark.title), text.address(mark.url), text.address(mark.image))
            for mark in podcast.marks
        ),
    )


def _number(digits: str) -> str:
    digits = digits.strip()
    return digits.lstrip("0") if digits.isascii() and digits.isdigit() else ""


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for word in words:
        if word:
            kept.setdefault(word.casefold(), word)
    return tuple(kept.values())


def instant(at: datetime) -> datetime:
    """Return it in UTC and whole seconds, which is what RSS can say."""
    return at.astimezone(UTC).replace(microsecond=0)
