"""What the text of an OPML holds, however broken: every outline with an address, and those that quotes hide.

Imported only to read one: listparser brings requests along.
"""

from __future__ import annotations

import codecs
import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import listparser
import lxml.etree
from charset_normalizer import from_bytes

from feedhub.config.opml import OpmlError

MAX_DEPTH = 32
MAX_FEEDS = 200_000
MAX_MENDED = 100
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_WRITTEN = re.compile(
    r"""(<!--)|(-->)|\sxmlUrl\s*=\s*["'](https?://[^"'/?#\s]{1,253}[/?#][^"'<>\s]{0,2000})["']""",
    re.IGNORECASE,
)
_TITLED = re.compile(r"""\s(?:text|title)\s*=\s*(["'])([^"'<>]{0,300})\1""", re.IGNORECASE)
_BROKEN_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")


@dataclass(frozen=True, slots=True)
class Harvest:
    """Feeds and lists as listparser has them, and the hosts of feeds that broken quotes hide."""

    title: str
    feeds: tuple[Mapping[str, Any], ...]
    lists: tuple[Mapping[str, Any], ...]
    hidden: tuple[str, ...]


def harvest(raw: bytes) -> Harvest:
    """Read an OPML. Raises OpmlError if there is none in it, or it is deeper or longer than any real one."""
    text = _decoded(raw)
    found = _found(text)
    if not str(found["version"]).startswith("opml"):
        raise OpmlError("this is no OPML: it has no <opml> element")
    if hidden := _hidden(text, found):
        text = _mended(text, hidden)
        found = _found(text)
    return Harvest(
        found["meta"].get("title", ""),
        tuple(found["feeds"]),
        tuple(found["lists"]),
        tuple(_host(hidden[3]) for hidden in _hidden(text, found)),
    )


def _decoded(raw: bytes) -> str:
    """Return the text by byte order mark, XML declaration, UTF-8, then likelihood (RFC 7303 section 3)."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _DECLARED.match(raw)
    for encoding in ([declared[1].decode()] if declared else []) + ["utf-8"]:
        try:
            return raw.decode("gb18030" if encoding.lower() in ("gb2312", "gbk") else encoding)
        except (LookupError, UnicodeError, ValueError):
            continue
    best = from_bytes(raw[:200_000]).best()
    return raw.decode(best.encoding if best else "latin-1", "replace")


class _Handler(listparser.Handler):  # type: ignore[misc]  # built by type() at import: mypy sees no class
    """listparser's reader with bounds: it copies the path of folders for each feed, so depth is cost."""

    def start_opml_outline(self, attrs: dict[str, str]) -> None:
        if len(self.hierarchy) >= MAX_DEPTH:
            raise OpmlError(f"folders nest deeper than {MAX_DEPTH} levels")
        if len(self.found_urls) >= MAX_FEEDS:
            raise OpmlError(f"more than {MAX_FEEDS} feeds")
        own: list[list[str]] = []
        if any(self.hierarchy):
            # A folder is what its owner sees: of OPML 2.0's `category` only tags, without a slash, count too.
            own = [[tag.strip()] for tag in attrs.get("category", "").split(",") if "/" not in tag]
            attrs = {name: value for name, value in attrs.items() if name != "category"}
        super().start_opml_outline(attrs)
        if own and (known := self.found_urls.get(attrs.get("xmlurl", "").strip())):
            known[1]["categories"] += [tag for tag in own if tag not in known[1]["categories"]]


def _found(text: str) -> dict[str, Any]:
    handler = _Handler()
    handler.harvest.update(feeds=[], lists=[], opportunities=[], meta={}, version="")
    # libxml2's HTML reader, as listparser uses it: it knows no entities but HTML's, loads nothing, and reads
    # on where XML is broken (12 of 160 real lists have a bare & in an address).
    parser = lxml.etree.HTMLParser(target=handler, recover=True, no_network=True, encoding="utf-8")
    if text.strip():
        lxml.etree.parse(io.BytesIO(_BROKEN_AMPERSAND.sub("&amp;", text).encode("utf-8", "replace")), parser)
    return dict(handler.harvest)


def _hidden(text: str, listed: Mapping[str, Any]) -> list[re.Match[str]]:
    """Return where addresses are written that broken quotes hide (3 of 7,235 in real lists)."""
    known = {found["url"] for kind in ("feeds", "lists") for found in listed[kind]}
    hidden, comment = [], False
    for found in _WRITTEN.finditer(text):
        if found[3] is None:
            comment = bool(found[1])
        elif not comment and html.unescape(found[3]).strip() not in known:
            hidden.append(found)
    return hidden


def _mended(text: str, hidden: list[re.Match[str]]) -> str:
    """Return the text with the outlines of some addresses written anew, from what can be read of them: a
    description with bare quotes ends early, and what follows it is no attribute."""
    for found in reversed(hidden[:MAX_MENDED]):
        start, end = text.rfind("<outline", 0, found.start()), text.find(">", found.end())
        if start < 0 or end < 0:
            continue
        title = _TITLED.search(text, start, found.start())
        attributes = f'text="{title[2] if title else ""}" xmlUrl="{found[3]}"'
        text = f"{text[:start]}<outline {attributes}{'/' if text[end - 1] == '/' else ''}{text[end:]}"
    return text


def _host(address: str) -> str:
    return html.unescape(address).split("/")[2].rpartition("@")[2]
