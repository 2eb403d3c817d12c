"""The page behind an entry's link, reduced to its article. Needs the extra `fulltext`, or a selector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lxml import etree, html

from feedhub.model import Entry, Fetched
from feedhub.ports import StepContext
from feedhub.steps.markup import check_selector, pick

SHORTEST_GAIN = 200
"""An article shorter than this, or than what the feed gave, is no gain."""


@dataclass(frozen=True, slots=True)
class FullText:
    """Replace the content by the article at the link: where `css` says, else where trafilatura finds it.

    At most `limit` pages a poll are asked for, the newest entries' first. What fails stays as it was.
    """

    css: str = ""
    limit: int = 20

    def __post_init__(self) -> None:
        if self.css:
            check_selector(self.css)
        else:
            import trafilatura  # noqa: F401 - to say now, not at the first poll, that it is missing

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        if context.fetch is None:
            return entries
        chosen = {
            entry.key
            for entry in sorted(entries, key=lambda one: one.published_at or one.first_seen_at, reverse=True)[
                : self.limit
            ]
            if entry.link
        }
        return [self._filled(entry, context) if entry.key in chosen else entry for entry in entries]

    def _filled(self, entry: Entry, context: StepContext) -> Entry:
        page = context.fetch(entry.link) if context.fetch else None
        if page is None:
            return entry
        try:
            article = context.clean(self._article(page), page.url)
        except (etree.LxmlError, ValueError, LookupError):
            return entry
        if len(article) < max(SHORTEST_GAIN, len(entry.content)):
            return entry
        return replace(entry, content=article, summary=entry.summary or entry.content)

    def _article(self, page: Fetched) -> str:
        text = decoded(page)
        if self.css:
            return pick(text, self.css)
        import trafilatura

        found: str | None = trafilatura.extract(
            text, url=page.url, output_format="html", include_images=True, include_links=True
        )
        return found or ""


def decoded(page: Fetched) -> str:
    """Return a page's text: by its Content-Type, else as its own `meta` says."""
    _, _, charset = page.headers.get("content-type", "").partition("charset=")
    try:
        return page.body.decode(charset.strip("\"' ;") or "utf-8")
    except (LookupError, ValueError):
        tree = html.document_fromstring(page.body)
        return str(html.tostring(tree, encoding="unicode"))
