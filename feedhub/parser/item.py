"""One RSS item or Atom entry while it is read, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lxml import etree

from feedhub.model import Enclosure, Person, Podcast, RawEntry, Transcript
from feedhub.parser.document import Document


class Item:
    """What has been found so far; None says that no element spoke of it.

    `depth` is how deep below the item the walk stands: 1 for its children.
    """

    # Defaults stand on the class: most items set a third of them, and there are many items.
    depth = 1
    id = title = language = comments = canonical = source_title = source_url = image = thumbnail = ""
    link: str | None = None
    title_kind = "text"
    title_depth = 0
    summary: str | None = None
    summary_kind = "html"
    has_content = False
    contents: list[tuple[str, str, etree._Element]] | None = None
    seconds: list[tuple[str, str]] | None = None
    authors: list[Person] | None = None
    categories: list[str] | None = None
    seen_categories: set[tuple[str, str, str]]
    published: datetime | None = None
    updated: datetime | None = None
    created: datetime | None = None
    enclosures: list[Enclosure] | None = None
    media: dict[str, Enclosure] | None = None
    facts: dict[str, str] | None = None
    transcripts: list[Transcript] | None = None

    def __init__(self, document: Document) -> None:
        self.document = document
        self.depths: dict[str, int] = {}

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
        return RawEntry(
            self.id,
            self.link or "",
            self.title,
            self.title_kind,
            summary,
            self.summary_kind,
            content,
            kind,
            tuple(self.authors) if self.authors else (),
            tuple(self.categories) if self.categories else (),
            self.published or self.created,
            self.updated,
            self._enclosures() if self.enclosures or self.media else (),
            self.thumbnail or self.image,
            self.language or (document.language_of(holder) if document.has_lang else ""),
            self.comments,
            self.canonical,
            self.source_title,
            self.source_url,
            self._podcast() if self.facts or self.transcripts else None,
            document.base_of(holder) if document.has_base else document.url,
        )

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
            **facts,
        )
