"""The whole site as files, from the pages' own templates: for a host that serves files and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feedhub.errors import UsageError
from feedhub.exporters.sitemap import robots, sitemap
from feedhub.exporters.tree import Tree
from feedhub.model import Catalogue, Document, Listed, Mark, Output
from feedhub.pages import Pages, Shelf, day_of, story_path
from feedhub.pages.shelf import Selecting
from feedhub.pages.theme import OURS
from feedhub.ports import Store

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to: files of the site, and how many of them it wrote and removed."""

    files: int
    written: int
    removed: int


class Site:
    """A static site in a folder. Each build writes what has changed since the one before.

    A story's page is written again when the story has changed, an output's pages when the output has;
    everything when the configuration has, the theme, or FeedHub itself.
    """

    def __init__(self, folder: Path, store: Store, pages: Pages, version: str) -> None:
        self._tree = Tree(folder)
        self._folder = folder
        self._store = store
        self._pages = pages
        self._version = version

    def build(
        self,
        catalogue: Catalogue,
        selecting: Selecting,
        clock: Callable[[], datetime],
        lists: Iterable[Document],
    ) -> Built:
        """Bring the folder in line with what is published.

        Args:
            lists: the lists of subscriptions, which go beside the feeds.

        Raises:
            UsageError: somebody else's site lies there.
        """
        tree, shelf = self._tree, Shelf(self._store, catalogue, selecting, clock)
        if not tree.is_ours and tree.holds("index.html"):
            raise UsageError(f"{self._folder} holds a site that is not FeedHub's: choose an empty folder")
        look = self._look(shelf)
        if tree.memory.get("look") != look:
            tree.memory = {"look": look}
        tree.save()
        kept = {
            *self._stories(shelf),
            *self._outputs(shelf),
            *self._documents(shelf, lists),
            *self._rest(shelf),
        }
        kept.update(self._sitemap(shelf, kept))
        tree.keep_only(kept)
        tree.save()
        return Built(len(tree.files), tree.written, tree.removed)

    def _stories(self, shelf: Shelf) -> Iterator[str]:
        """Write the pages of stories that changed; yield those of all."""
        memory = self._tree.memory
        mark, known = Mark(*memory.get("mark", ())), dict(memory.get("stories", {}))
        while True:
            revised = self._store.revised(mark, limit=AT_ONCE)
            if revised.anew:
                known = {}
            for listed in revised.stories:
                known.pop(listed.story.id, None)
                if self._story(shelf, listed):
                    known[listed.story.id] = int(listed.story.updated_at.timestamp())
            mark = revised.upto
            if not revised.stories:
                break
        memory["mark"] = [mark.lineage, mark.revision, mark.story]
        memory["stories"] = known
        yield from map(story_path, known)

    def _story(self, shelf: Shelf, listed: Listed) -> bool:
        """Write a story's page; return whether it has one."""
        view = shelf.view(listed)
        if view is not None:
            page = self._pages.story(shelf.catalogue.site, view, shelf.tag_pages)
            self._tree.write(story_path(listed.story.id), page.encode())
        return view is not None

    def _outputs(self, shelf: Shelf) -> Iterator[str]:
        """Write the pages of outputs that changed, and the front page with them; yield those of all."""
        versions = self._store.versions()
        known = self._tree.memory.setdefault("outputs", {})
        for path in set(known).difference(shelf.outputs):
            del known[path]
        changed = False
        for path, output in shelf.outputs.items():
            version = versions.get(path, "")
            if known.get(path, {}).get("version") != version:
                known[path] = {"version": version, "pages": list(self._pages_of(shelf, output))}
                changed = True
            yield from known[path]["pages"]
        if changed or "index.html" not in self._tree.files:
            cards = [shelf.card(output) for output in shelf.outputs.values()]
            self._tree.write("index.html", self._pages.front(shelf.catalogue.site, cards).encode())
        yield "index.html"

    def _pages_of(self, shelf: Shelf, output: Output) -> Iterator[str]:
        """Write an output's pages, from the newest to the oldest day; yield their paths."""
        shown, path = shelf.newest(output), f"{output.path}.html"
        while True:
            page = self._pages.output(shelf.catalogue.site, output, shown, path, shelf.tag_pages)
            self._tree.write(path, page.encode())
            yield path
            if not (path := shown.older) or (day := day_of(path)) is None:
                return
            if (of_day := shelf.of_day(output, day.day, day.part)) is None:
                return
            shown = of_day

    def _documents(self, shelf: Shelf, lists: Iterable[Document]) -> Iterator[str]:
        """Write the feeds of public outputs as they are published, and the lists."""
        known = self._tree.memory.setdefault("documents", {})
        published = {
            path: etag for path, etag in self._store.documents() if path.rpartition(".")[0] in shelf.outputs
        }
        for path, etag in published.items():
            if known.get(path) != etag and (document := self._store.document(path)):
                self._tree.write(path, document.body)
            yield path
        self._tree.memory["documents"] = published
        for document in lists:
            self._tree.write(document.path, document.body)
            yield document.path

    def _rest(self, shelf: Shelf) -> Iterator[str]:
        """Write what every site has: style sheet, page for what is not there, robots.txt."""
        site, theme = shelf.catalogue.site, self._pages.theme
        for name in theme.static_names():
            if file := theme.static(name):
                self._tree.write(f"static/{name}", file.body)
                yield f"static/{name}"
        absent = self._pages.absent(site)
        for path, body in (("404.html", absent.encode()), ("robots.txt", robots(site.url))):
            self._tree.write(path, body)
            yield path

    def _sitemap(self, shelf: Shelf, kept: Iterable[str]) -> Iterator[str]:
        """Write the list of all pages."""
        changed = {
            story_path(id): datetime.fromtimestamp(at, UTC) for id, at in self._tree.memory["stories"].items()
        }
        pages = {path: changed.get(path) for path in kept if path.endswith(".html") and path != "404.html"}
        pages[""] = pages.pop("index.html", None)
        for name, body in sitemap(shelf.catalogue.site.url, pages):
            self._tree.write(name, body)
            yield name

    def _look(self, shelf: Shelf) -> str:
        """Return what changes when every page may: the configuration's public part, theme, templates."""
        catalogue = shelf.catalogue
        ours = [file.read_bytes() for file in sorted(OURS.glob("*/*")) if file.is_file()]
        parts = (
            self._version,
            catalogue.site,
            [shelf.outputs[path] for path in sorted(shelf.outputs)],
            sorted(shelf.discretion.private_feeds),
            self._pages.theme.mark(),
            [hashlib.sha256(body).hexdigest() for body in ours],
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
