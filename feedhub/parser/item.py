"""One RSS item or Atom entry while it is read, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml import etree

from feedhub.model import Chapter, Enclosure, Person, Place, Podcast, RawEntry, Transcript
from feedhub.parser.document import Document


class _Draft:
    """A RawEntry before it is frozen: the same slots, without a guarded call for each."""

    __slots__ = RawEntry.__slots__


class Item:
    """What has been found so far; None says that no element spoke of it.

    `depth` is how deep below the item the walk stands: 1 for its children.
    """

    __slots__ = (
        "authors",
        "canonical",
        "categories",
        "comments",
        "contents",
        "coordinates",
        "corners",
        "created",
        "depth",
        "depths",
        "document",
        "enclosures",
        "facts",
        "has_content",
        "id",
        "image",
        "language",
        "link",
        "marks",
        "media",
        "place",
        "published",
        "seconds",
        "seen_categories",
        "source_title",
        "source_url",
        "summary",
        "summary_kind",
        "thumbnail",
        "title",
        "title_depth",
        "title_kind",
        "transcripts",
        "updated",
    )

    def __init__(self, document: Document) -> None:
        self.document = document
        self.depth = 1
        self.depths: dict[str, int] = {}
        self.id = self.title = self.language = self.comments = self.canonical = ""
        self.source_title = self.source_url = self.image = self.thumbnail = ""
        self.link: str | None = None
        self.title_kind = "text"
        self.title_depth = 0
        self.summary: str | None = None
        self.summary_kind = "html"
        self.has_content = False
        self.contents: list[tuple[str, str, etree._Element]] | None = None
        self.seconds: list[tuple[str, str]] | None = None
        self.authors: list[Person] | None = None
        self.categories: list[str] | None = None
        self.seen_categories: set[tuple[str, str, str]]
        self.published: datetime | None = None
        self.updated: datetime | None = None
        self.created: datetime | None = None
        self.enclosures: list[Enclosure] | None = None
        self.media: dict[str, Enclosure] | None = None
        self.facts: dict[str, str] | None = None
        self.transcripts: list[Transcript] | None = None
        self.marks: tuple[Chapter, ...] = ()
        self.place: Place | None = None
        self.coordinates: dict[str, str] | None = None
        self.corners: tuple[tuple[float, float], ...] = ()

    def claims(self, field: str) -> bool:
        """Tell whether the element at hand decides a field: the shallowest do, the last of them wins."""
        known = self.depths.get(field)
        if known is None or self.depth <= known:
            self.depths[field] = self.depth
            return True
        return False

    def add_category(self, term: str, scheme: str = "", label: str = "") -> None:
        """Add a category unless the very same one is there."""
        if self.categories is None:
            self.categories, self.seen_categories = [], set()
        key = (term, scheme, label)
        if term and key not in self.seen_categories:
            self.seen_categories.add(key)
            self.categories.append(term)

    def add_enclosure(self, enclosure: Enclosure) -> None:
        """Add a file that belongs to the item."""
        if self.enclosures is None:
            self.enclosures = []
        self.enclosures.append(enclosure)

    def add_content(self, value: str, kind: str, element: etree._Element) -> None:
        """Add a body."""
        if self.contents is None:
            self.contents = []
        self.contents.append((value, kind, element))

    def add_fact(self, name: str, value: str) -> None:
        """Keep something a podcast says about an episode, under the name it has in Podcast."""
        if value:
            if self.facts is None:
                self.facts = {}
            self.facts[name] = value

    def entry(self, element: etree._Element) -> RawEntry:
        """Return what was found in this element."""
        document = self.document
        summary = self.summary or ""
        content, kind, holder = "", "html", element
        if self.contents:
            content, kind, holder = self.contents[0]
        elif self.seconds:
            # A second description, such as itunes:summary: the fuller one is the body.
            content, kind = max(self.seconds, key=lambda found: len(found[0]))
            if len(content) <= len(summary):
                content, kind = "", "html"
        draft: Any = _Draft()
        draft.id = self.id
        draft.link = self.link or ""
        draft.title = self.title
        draft.title_type = self.title_kind
        draft.summary = summary
        draft.summary_type = self.summary_kind
        draft.content = content
        draft.content_type = kind
        draft.authors = tuple(self.authors) if self.authors else ()
        draft.categories = tuple(self.categories) if self.categories else ()
        draft.published = self.published or self.created
        draft.updated = self.updated
        draft.enclosures = self._enclosures() if self.enclosures or self.media else ()
        draft.image = self.thumbnail or self.image
        draft.language = self.language or (document.language_of(holder) if document.has_lang else "")
        draft.comments = self.comments
        draft.canonical = self.canonical
        draft.source_title = self.source_title
        draft.source_url = self.source_url
        draft.placement = None
        draft.podcast = self._podcast() if self.facts or self.transcripts or self.marks else None
        draft.place = self.place
        draft.base = document.base_of(holder) if document.has_base else document.url
        draft.__class__ = RawEntry
        return draft  # type: ignore[no-any-return]

    def _enclosures(self) -> tuple[Enclosure, ...]:
        if not self.media:
            return tuple(self.enclosures or ())
        media = dict(self.media)
        enclosures = []
        for one in self.enclosures or ():
            same = media.pop(one.url, None)
            if same is not None:
                one = replace(
                    one,
                    type=one.type or same.type,
                    length=same.length if one.length is None else one.length,
                    title=one.title or same.title,
                    duration_s=same.duration_s,
                )
            enclosures.append(one)
        return (*enclosures, *media.values())

    def _podcast(self) -> Podcast:
        facts = dict(self.facts or {})
        duration = facts.pop("duration_s", "")
        return Podcast(
            duration_s=int(duration) if duration else None,
            transcripts=tuple(self.transcripts or ()),
            marks=self.marks,
            **facts,
        )
