"""Posts and pages for a Jekyll site, in its source folder beside whatever else lies there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedhub import slugs
from feedhub.exporters.feeds import write_feeds
from feedhub.exporters.follow import begin_again, changed, follow
from feedhub.exporters.post import category_page, front_page, post, post_name
from feedhub.exporters.published import Published
from feedhub.exporters.site import digest
from feedhub.exporters.tree import Built, Tree
from feedhub.model import Category, JekyllExport, Listed
from feedhub.pages import Shelf

POSTS = "_posts"


class Jekyll:
    """Writes what has changed since it wrote last; posts that have grown old move to the archive, and stay
    there when their stories are kept no longer."""

    def __init__(self, settings: JekyllExport, published: Published) -> None:
        self._settings = settings
        self._published = published

    def export(self) -> Built:
        """Bring posts, pages and feeds in line with what is published."""
        tree, now = Tree(Path(self._settings.folder)), self._published.clock()
        shelf = self._published.shelf()
        if changed(tree.memory, "looks", self._looks(shelf)):
            begin_again(tree.memory)
        kept = {*self._posts(tree, shelf, now), *self._pages(tree, shelf)}
        if self._settings.feeds:
            kept.update(write_feeds(tree, self._published))
        return tree.keep_only(kept)

    def _posts(self, tree: Tree, shelf: Shelf, now: datetime) -> Iterator[str]:
        """Write posts that are new or have changed, move those that have grown old; yield those of all."""
        memory = tree.memory
        before, lineage = dict(memory.get("stories", {})), memory.get("mark", [""])[0]
        follow(self._published.store, memory, lambda listed: self._post(tree, shelf, listed, now))
        found, same_store = memory["stories"], lineage == memory["mark"][0]
        # What was archived outlives its story: purged, or lost with the database.
        remains = set(memory.get("remains", ()))
        for name, at in (_noted(before[id]) for id in before if id not in found):
            outdated = now - at > shelf.catalogue.retention
            if self._is_old(at, now) and (outdated or not same_store):
                remains.add(self._place(name, at, now))
        memory["remains"] = sorted(remains)
        for name, at in map(_noted, found.values()):
            fresh, place = f"{POSTS}/{name}", self._place(name, at, now)
            if place not in tree.files and fresh in tree.files and (body := tree.read(fresh)):
                tree.write(place, body)
            yield place
        yield from remains

    def _post(self, tree: Tree, shelf: Shelf, listed: Listed, now: datetime) -> list[str | float] | None:
        """Write a story's post, and return its name and when it was published; None if it has none."""
        if (view := shelf.view(listed)) is None:
            return None
        name, at = post_name(view, shelf.timezone), view.line.published_at
        category = _category(shelf, listed.story.category)
        tree.write(self._place(name, at, now), post(view, category, self._settings.layout, shelf.timezone))
        return [name, at.timestamp()]

    def _place(self, name: str, at: datetime, now: datetime) -> str:
        return f"{self._settings.archive if self._is_old(at, now) else POSTS}/{name}"

    def _is_old(self, at: datetime, now: datetime) -> bool:
        after = self._settings.archive_after
        return after is not None and now - at > after

    def _pages(self, tree: Tree, shelf: Shelf) -> Iterator[str]:
        """Write a page for each category and the front page; somebody else's of that name is left alone."""
        pages = {"index.html": front_page(shelf.catalogue.site.title, self._settings.latest)}
        for category in shelf.catalogue.categories.values():
            output = shelf.outputs.get(f"category/{category.slug}")
            if output is not None:
                formats = output.formats if self._settings.feeds else ()
                pages[f"category/{category.slug}.md"] = category_page(category, formats)
        ours = {path for path in pages if path in tree.files or not tree.holds(path)}
        tree.claim(ours)
        for path in sorted(ours):
            tree.write(path, pages[path])
            yield path

    def _looks(self, shelf: Shelf) -> dict[str, str]:
        """Return what changes posts beyond their stories."""
        site = shelf.catalogue.site
        whole = (self._published.version, self._settings, site.timezone, site.remote_images)
        categories = {name: digest((one.slug, one.title)) for name, one in shelf.catalogue.categories.items()}
        outputs = {path: digest((one.content, one.steps)) for path, one in shelf.outputs.items()}
        return {
            " ": digest((whole, sorted(shelf.discretion.private_feeds))),
            **{f"category {name}": mark for name, mark in categories.items()},
            **{f"output {path}": mark for path, mark in outputs.items()},
        }


def _category(shelf: Shelf, name: str) -> Category:
    return shelf.catalogue.categories.get(name) or Category(name, name, slugs.slug(name))


def _noted(note: list[Any]) -> tuple[str, datetime]:
    name, at = note
    return name, datetime.fromtimestamp(at, UTC)
