"""What search engines are told: the list of pages, and what to leave alone (sitemaps.org, RFC 9309). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lxml import etree

URLS_AT_MOST = 50_000
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NAMES: Any = {None: _SPACE}
"""The default namespace; the stubs know none."""


def sitemap(base: str, pages: Mapping[str, datetime | None]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a sitemap: one, or an index and several where there are very many pages.

    Args:
        pages: when each changed, by its path relative to `base`.
    """
    listed = sorted(pages.items())
    if len(listed) <= URLS_AT_MOST:
        yield "sitemap.xml", _document("urlset", "url", base, listed)
        return
    parts = [listed[start : start + URLS_AT_MOST] for start in range(0, len(listed), URLS_AT_MOST)]
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    for name, part in zip(names, parts, strict=True):
        yield name, _document("urlset", "url", base, part)
    yield "sitemap.xml", _document("sitemapindex", "sitemap", base, [(name, None) for name in names])


def robots(base: str) -> bytes:
    """Return a robots.txt that hides nothing and names the sitemap."""
    return f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n".encode()


def _document(root: str, item: str, base: str, listed: list[tuple[str, datetime | None]]) -> bytes:
    element = etree.Element(f"{{{_SPACE}}}{root}", nsmap=_NAMES)
    for path, changed_at in listed:
        entry = etree.SubElement(element, f"{{{_SPACE}}}{item}")
        etree.SubElement(entry, f"{{{_SPACE}}}loc").text = base + path
        if changed_at:
            etree.SubElement(entry, f"{{{_SPACE}}}lastmod").text = f"{changed_at:%Y-%m-%dT%H:%M:%SZ}"
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True) + b"\n"
