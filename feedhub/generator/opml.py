"""OPML 2.0: the outputs, for a reader to subscribe to them all; the sources, to take elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml import etree

from feedhub.generator import text
from feedhub.model import Catalogue, Feed, FeedStatus, Match, Output, Site

_VERSIONS = ("atom", "rss", "json")
"""Which format is listed, best first."""


def opml(outputs: Iterable[Output], site: Site, title: str = "") -> bytes:
    """Return the public outputs as a flat list, in the order given, one format of each."""
    root, body = _document(title or site.title)
    for output in outputs:
        name = next((name for name in _VERSIONS if name in output.formats), "")
        if not output.listed or not name:
            continue
        page = f"{site.url}{output.path}"
        shown = output.title or output.path
        _outline(body, shown, description=output.description, xmlUrl=f"{page}.{name}", htmlUrl=f"{page}.html")
    return _bytes(root)


def opml_sources(feeds: Iterable[Feed], statuses: Iterable[FeedStatus] = (), title: str = "FeedHub") -> bytes:
    """Return the sources, one folder a category, tags in the attribute `category`.

    From `statuses` come the page of each, and the title of those that the configuration gives none. User
    names and passwords are left out, and so is the whole query of a private feed's address.
    """
    root, body = _document(title)
    known = {status.feed_id: status for status in statuses}
    folders: dict[str, list[Feed]] = {}
    for feed in feeds:
        folders.setdefault(feed.category, []).append(feed)
    for category in sorted(folders):
        folder = etree.SubElement(body, "outline", text=text.line(category), title=text.line(category))
        for feed in sorted(folders[category], key=lambda feed: feed.id):
            url = text.address(feed.url)
            url = text.without_query(url) if feed.private else url
            if url:
                status = known.get(feed.id)
                title, page = (status.title, status.state.head.link) if status else ("", "")
                # A comma separates, a slash nests (OPML 2.0, `category`): a tag may hold neither.
                tags = ",".join(tag.replace(",", " ").replace("/", " ") for tag in sorted(feed.tags))
                _outline(
                    folder,
                    feed.title or title or url,
                    xmlUrl=url,
                    htmlUrl=text.address(page),
                    category=tags,
                )
    return _bytes(root)


def opml_behind(output: Output, catalogue: Catalogue, statuses: Iterable[FeedStatus]) -> bytes | None:
    """Return the sources that `all` or a category's output is made of, to be handed on; None of others.

    Private feeds are left out, and so are those whose address may be meant for one subscriber.
    """
    if output.kind not in ("all", "category"):
        return None
    behind = _of_entries if _only_named(output) else _of_category(output, catalogue)
    known = {status.feed_id: status for status in statuses if status.shown_url}
    feeds = [
        feed for feed in catalogue.feeds.values() if behind(feed) and not feed.private and feed.id in known
    ]
    return opml_sources(feeds, known.values(), output.title)


def _of_category(output: Output, catalogue: Catalogue) -> Callable[[Feed], bool]:
    wanted = {
        name for name, one in catalogue.categories.items() if output.path in ("all", f"category/{one.slug}")
    }
    return lambda feed: feed.category in wanted


def _of_entries(feed: Feed) -> bool:
    """Tell whether a feed's entries name their categories: any of these may be among them."""
    return feed.extraction is not None and bool(feed.extraction.category)


def _only_named(output: Output) -> bool:
    """Tell whether only entries name a category."""
    where = output.where
    return isinstance(where, Match) and any(pattern.kind == "verbatim" for pattern in where.patterns)


def _document(title: str) -> tuple[etree._Element, etree._Element]:
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = text.line(title)
    return root, etree.SubElement(root, "body")


def _outline(parent: etree._Element, shown: str, **attributes: str) -> None:
    shown = text.line(shown)
    values = {name: text.line(value) for name, value in attributes.items() if value}
    etree.SubElement(parent, "outline", {"type": "rss", "text": shown, "title": shown} | values)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
