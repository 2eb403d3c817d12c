"""Feeds put into the files of a configuration, and taken out of them: which file, and where in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feedhub import slugs
from feedhub.config.document import Document, Trail
from feedhub.config.edit import EditError, Item, added, pasted, removed
from feedhub.config.feeds import feed_id, feed_key
from feedhub.config.opml import OpmlFeed
from feedhub.config.sources import Sources, bytes_of, read_sources, text_of

_MARK = b"\xef\xbb\xbf"


class Listing(NamedTuple):
    """Where a feed is listed. `trail` is empty if its file is no YAML, `name` if it is given no id."""

    url: str
    name: str
    document: Document
    trail: Trail

    def place(self) -> str:
        """Return `file:line`."""
        line = self.document.spot(self.trail).line
        return f"{self.document.name}:{line}" if line else self.document.name


@dataclass(frozen=True, slots=True)
class Edit:
    """One file as it is and as it is to be; `line` is where the feed stands."""

    file: Path
    before: bytes
    after: bytes
    line: int

    def text(self) -> str:
        """Return what the file is to say."""
        return text_of(self.after)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed to be added, as the YAML is to have it; empty: not said."""

    url: str
    category: str = ""
    id: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()


class CannotAddError(EditError):
    """A person has to add the feed by hand; `lines` are those that would do it."""

    def __init__(self, file: Path, reason: str, lines: str) -> None:
        super().__init__(f"{file} cannot be edited safely: {reason}")
        self.file = file
        self.lines = lines


def find_listing(path: Path, environ: Mapping[str, str], wanted: str) -> Listing | None:
    """Return where a feed is listed, paused or not, by its id or its address, with http or https and with a
    slash at the end or without."""
    key = feed_key(wanted) if "://" in wanted else ""
    for listing in _listings(read_sources(path, environ)):
        own = feed_key(listing.url)
        if own == key or (not key and wanted.lower() == (listing.name or feed_id(own)).lower()):
            return listing
    return None


def add_feed(path: Path, environ: Mapping[str, str], feed: Subscription) -> Edit:
    """Return the file that a feed goes into, with it: where its category's feeds are, else the main file.

    Raises CannotAddError with what to add by hand.
    """
    document, trail, flat = _home(read_sources(path, environ), feed.category)
    given = {"id": feed.id, "url": feed.url, "title": feed.title}
    item: dict[str, str | list[str]] = {key: value for key, value in given.items() if value}
    if feed.tags:
        item["tags"] = list(feed.tags)
    if flat:
        item["category"] = feed.category
    return _with(document.file, environ, trail, item if len(item) > 1 else feed.url)


def unlisted(path: Path, environ: Mapping[str, str], feeds: Iterable[OpmlFeed]) -> tuple[OpmlFeed, ...]:
    """Return those of some feeds that are not listed yet, paused or not."""
    known = {feed_key(listing.url) for listing in _listings(read_sources(path, environ))}
    return tuple(feed for feed in feeds if feed_key(feed.url) not in known)


def joining(names: Iterable[str], categories: Iterable[str]) -> dict[str, str]:
    """Return for each name the category that has its address already: one of those given, else the first name
    that makes it. Names that differ in case alone would else take each other's address."""
    by_slug = {slugs.slug(name): name for name in categories}
    return {name: by_slug.setdefault(slugs.slug(name), name) for name in names}


def include_file(path: Path, environ: Mapping[str, str], name: str) -> Edit:
    """Return the main file with one more included. Raises CannotAddError."""
    return _with(path, environ, ("include",), name)


def remove_feed(listing: Listing, environ: Mapping[str, str]) -> Edit:
    """Return the file that lists a feed, without it. Raises EditError."""
    file = listing.document.file
    if not listing.trail:
        raise EditError(f"it stands in {file}, which is another program's list: remove it there")
    before = bytes_of(file)
    text = _utf8(before)
    after = removed(Document(file, text, environ), text, listing.trail, environ)
    line = listing.document.spot(listing.trail).line
    return Edit(file, before, _bytes(after, before), line)


def _with(file: Path, environ: Mapping[str, str], trail: Trail, item: Item) -> Edit:
    before = bytes_of(file)
    try:
        text = _utf8(before)
        document = Document(file, text, environ)
        after = added(document, text, trail, item, environ)
    except EditError as error:
        raise CannotAddError(file, str(error), pasted(trail, item)) from error
    line = Document(file, after).spot((*trail, _count(document.data, trail))).line
    return Edit(file, before, _bytes(after, before), line)


def _listings(sources: Sources) -> Iterator[Listing]:
    for loaded in sources.yaml:
        document, content = loaded.document, loaded.content
        for name, category in (content.categories or {}).items():
            written = _at(document.data, ("categories", name))
            trail: Trail = (
                ("categories", name, "feeds") if isinstance(written, dict) else ("categories", name)
            )
            for index, feed in enumerate(category.feeds or ()):
                if feed is not None:
                    yield Listing(feed.url, feed.id or "", document, (*trail, index))
        for index, feed in enumerate(content.feeds or ()):
            if feed is not None:
                yield Listing(feed.url, feed.id or "", document, ("feeds", index))
    for document, subscriptions in sources.opml:
        for subscription in subscriptions:
            yield Listing(subscription.url, "", document, ())


def _home(sources: Sources, category: str) -> tuple[Document, Trail, bool]:
    """Return where a category's feeds are listed, and whether a feed has to name its category there."""
    documents = [loaded.document for loaded in sources.yaml]
    if not category:
        return _holding(documents, ("feeds",)), ("feeds",), False
    trail: Trail = ("categories", category)
    for document in sorted(documents, key=lambda one: _at(one.data, (*trail, "feeds")) is None):
        declared = _at(document.data, ("categories",))
        if isinstance(declared, dict) and category in declared:
            settings = isinstance(declared[category], dict)
            return document, (*trail, "feeds") if settings else trail, False
    for loaded in sources.yaml:
        if any(feed is not None and feed.category == category for feed in loaded.content.feeds or ()):
            return loaded.document, ("feeds",), True
    return _holding(documents, ("categories",)), (*trail, "feeds"), False


def _holding(documents: list[Document], trail: Trail) -> Document:
    """Return the first document that has something at a trail, else the main one."""
    return next((one for one in documents if _at(one.data, trail) is not None), documents[0])


def _at(data: object, trail: Trail) -> object:
    for step in trail:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _count(data: object, trail: Trail) -> int:
    found = _at(data, trail)
    return len(found) if isinstance(found, list) else 0 if found is None else 1


def _utf8(raw: bytes) -> str:
    try:
        return raw.removeprefix(_MARK).decode()
    except UnicodeDecodeError as error:
        raise EditError("it is not UTF-8 text") from error


def _bytes(text: str, before: bytes) -> bytes:
    return (_MARK if before.startswith(_MARK) else b"") + text.encode()
