"""The whole site as files, from the pages' own templates: for a host that serves files and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from feedhub.errors import UsageError
from feedhub.exporters.feeds import write_feeds
from feedhub.exporters.follow import begin_again, changed, follow
from feedhub.exporters.published import Published
from feedhub.exporters.sitemap import robots, sitemap
from feedhub.exporters.tree import Built, Tree
from feedhub.model import Listed, Output
from feedhub.pages import Pages, Shelf, day_of, story_path
from feedhub.pages.theme import OURS


class Site:
    """A static site in a folder. Each build writes what has changed since the one before.

    A story's page is written again when the story has changed, an output's pages when the output has;
    everything when the configuration has, the theme, or FeedHub itself.
    """

    def __init__(self, folder: Path, pages: Pages, published: Published) -> None:
        self._tree = Tree(folder)
        self._folder = folder
        self._pages = pages
        self._published = published

    def claim(self) -> None:
        """Make the folder ours, if it can be.

        Raises: UsageError if somebody else's site lies there, StoreError if it cannot be written.
        """
        if not self._tree.is_ours and self._tree.holds("index.html"):
            raise UsageError(f"{self._folder} holds a site that is not FeedHub's: choose an empty folder")
        self._tree.save()

    def build(self) -> Built:
        """Bring the folder in line with what is published. Raises: as `claim`."""
        self.claim()
        tree, shelf = self._tree, self._published.shelf()
        look = self._look(shelf)
        looks = {path: digest(output) for path, output in shelf.outputs.items()}
        if changed(tree.memory, "looks", looks | {"": look}):
            begin_again(tree.memory)
            tree.memory.pop("outputs", None)
        tree.save()
        kept = {*self._stories(shelf), *self._outputs(shelf), *self._rest(shelf)}
        kept.update(write_feeds(tree, self._published))
        kept.update(self._sitemap(shelf, kept))
        return tree.keep_only(kept)

    def _stories(self, shelf: Shelf) -> Iterator[str]:
        """Write the pages of stories that changed; yield those of all."""
        follow(self._published.store, self._tree.memory, lambda listed: self._story(shelf, listed))
        yield from map(story_path, self._tree.memory["stories"])

    def _story(self, shelf: Shelf, listed: Listed) -> int | None:
        """Write a story's page and return when it was changed last, in seconds; None if it has no page."""
        if (view := shelf.view(listed)) is None:
            return None
        page = self._pages.story(shelf.catalogue.site, view, shelf.tag_pages)
        self._tree.write(story_path(listed.story.id), page.encode())
        return int(listed.story.updated_at.timestamp())

    def _outputs(self, shelf: Shelf) -> Iterator[str]:
        """Write the pages of outputs that changed, and the front page with them; yield those of all."""
        versions = self._published.store.versions()
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
            front = self._pages.front(shelf.catalogue.site, shelf.outputs.values(), shelf.card)
            self._tree.write("index.html", front.encode())
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
        """Write the list of all pages but those of outputs that are listed nowhere else."""
        memory = self._tree.memory
        known: dict[str, dict[str, list[str]]] = memory["outputs"]
        unlisted = {page for path in known if not shelf.outputs[path].listed for page in known[path]["pages"]}
        changed = {story_path(id): datetime.fromtimestamp(at, UTC) for id, at in memory["stories"].items()}
        html = {path for path in kept if path.endswith(".html")} - unlisted - {"404.html", "index.html"}
        pages: dict[str, datetime | None] = {"": None, **{path: changed.get(path) for path in html}}
        for name, body in sitemap(shelf.catalogue.site.url, pages):
            self._tree.write(name, body)
            yield name

    def _look(self, shelf: Shelf) -> str:
        """Return what changes when every page may: the site's own settings, theme, templates."""
        catalogue = shelf.catalogue
        ours = [file.read_bytes() for file in sorted(OURS.glob("*/*")) if file.is_file()]
        return digest(
            (
                self._published.version,
                catalogue.site,
                sorted(shelf.discretion.private_feeds),
                self._pages.theme.mark(),
                [hashlib.sha256(body).hexdigest() for body in ours],
            )
        )


def digest(value: object) -> str:
    """Return a digest of plain configuration values."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:32]
