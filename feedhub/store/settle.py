"""What a story is once its entries are known: its content, dates, and outputs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from feedhub import merger
from feedhub.model import Catalogue, DuplicatePolicy
from feedhub.rules import Labels, OutputIndex
from feedhub.store.codec import to_us
from feedhub.store.records import Part, Record

RENEWED_AT_MOST = 5
RENEWED_AFTER_US = 3600 * 1_000_000


class Name(NamedTuple):
    """What an entry is published under by its source's word: `kind` is `category` or `tag`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Book:
    """The catalogue in force since `applied_at`, ready for deciding; outputs' row ids by path and back.

    `digest` covers all that stories depend on but for single feeds' settings. `renewing` and `lasting` are
    the outputs in which an item that changed comes as new, and those in which none ever changes; `shelving`
    those with a digest or an archive, `archiving` the latter. `configured`
    is the catalogue without what entries have named, `names` are these and whether each is private,
    `names_at` says as of when.
    """

    configured: Catalogue
    catalogue: Catalogue
    digest: str
    applied_at: datetime
    index: OutputIndex
    outputs: Mapping[str, int]
    paths: Mapping[int, str]
    renewing: frozenset[int] = frozenset()
    lasting: frozenset[int] = frozenset()
    shelving: frozenset[int] = frozenset()
    archiving: frozenset[int] = frozenset()
    names: Mapping[Name, bool] = field(default_factory=dict)
    names_at: str = ""

    def policy(self, category: str) -> DuplicatePolicy:
        """Return how duplicates are found in a category."""
        found = self.catalogue.categories.get(category)
        return found.duplicates if found else self.catalogue.naming.duplicates


def found(id: int, name: str, part: Part, related: tuple[str, ...] = ()) -> Record:
    """Return the story that an entry founds: here its id and dates are minted, once.

    `updated` is the publisher's own word where it can be true: not before it was published, not after we
    saw it.
    """
    entry = part.entry
    seen = to_us(entry.first_seen_at)
    published = min(to_us(entry.published_at), seen) if entry.published_at else seen
    updated = max(published, min(to_us(entry.updated_at), seen)) if entry.updated_at else published
    return Record(
        id=id,
        name=name,
        category=part.origin.category,
        published_at=published,
        updated_at=updated,
        ordered_at=published,
        winner=part.id,
        parts=(part,),
        related=related,
    )


def settle(record: Record, book: Book, now: int) -> Record:
    """Return a story with everything that follows from its entries brought in line.

    Its id and dates stay; `updated_at` moves if the content that is shown changed.
    """
    parts = [part for part in record.parts if part.shown]
    if not parts:
        return _dropped(record, book)
    category = parts[0].origin.category
    winner = parts[0] if len(parts) == 1 else _winner(parts, book.policy(category))
    updated_at, renewed = record.updated_at, record
    if record.shown_hash and record.shown_hash != winner.entry.content_hash:
        said = to_us(winner.entry.updated_at) if winner.entry.updated_at else now
        updated_at = said if updated_at < said <= now else max(now, updated_at)
        if winner.id == record.winner and not book.renewing.isdisjoint(record.outputs):
            renewed = _renewed(record, now)
    visible = not all(part.backlog for part in parts)
    private = any(part.origin.private for part in parts)

    def settled(outputs: tuple[int, ...]) -> Record:
        return renewed._replace(
            category=category,
            winner=winner.id,
            shown_hash=winner.entry.content_hash,
            updated_at=updated_at,
            visible=visible,
            private=private,
            outputs=outputs,
        )

    if not visible:
        return settled(())
    if len(parts) == 1:
        # As is every new one: made only if its labels leave a question, as they rarely do.
        labels = Labels((category,), winner.entry.tags, (winner.origin.name,), private)
        return settled(_ids(book, book.index.of_labels(labels, lambda: settled(()).story())))
    return settled(_outputs(settled(()), book))


def _dropped(record: Record, book: Book) -> Record:
    """Return a story of which nothing is shown but in outputs of what was dropped."""
    parts = [part for part in record.parts if part.alive and part.origin.active]
    hidden = record._replace(visible=False, outputs=())
    if not parts or all(part.backlog for part in parts):
        return hidden
    category, private = parts[0].origin.category, any(part.origin.private for part in parts)
    hidden = hidden._replace(category=category, private=private)
    return hidden._replace(outputs=_outputs(hidden, book))


def _outputs(record: Record, book: Book) -> tuple[int, ...]:
    return _ids(book, book.index.matching(record.story()))


def _ids(book: Book, paths: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted([book.outputs[path] for path in paths]))


def _renewed(record: Record, now: int) -> Record:
    """Return a story that comes to readers as new, unless it did so lately or too often.

    A counter in a text would bring it back with each poll.
    """
    last = record.published_at if record.renewed_at is None else record.renewed_at
    if record.version >= RENEWED_AT_MOST or now - last < RENEWED_AFTER_US:
        return record
    return record._replace(version=record.version + 1, renewed_at=now)


def split(record: Record, mint: int) -> list[Record]:
    """Return the stories a story falls into when its feeds no longer share a scope: the id stays with the
    entry that founded it. New ones get row ids from `mint` on."""
    if len(record.parts) == 1:
        return [record]
    groups: dict[str, list[Part]] = {}
    for part in record.parts:
        groups.setdefault(part.origin.scope, []).append(part)
    if len(groups) == 1:
        return [record]
    keeper = next((part for part in record.parts if part.matched_by == "first"), record.parts[0]).origin.scope
    kept = record._replace(parts=tuple(groups.pop(keeper)))
    apart = []
    for id, (first, *rest) in enumerate(groups.values(), mint):
        founder = first._replace(matched_by="first", score=1.0, reason="")
        story = found(id, merger.story_id(first.entry), founder)
        apart.append(story._replace(parts=(founder, *rest)))
    return [kept, *apart]


def _winner(parts: list[Part], policy: DuplicatePolicy) -> Part:
    best = merger.winner([part.entry for part in parts], policy)
    return next(part for part in parts if part.entry is best)
