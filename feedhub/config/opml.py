"""Subscription lists of other readers: OPML in, as feeds with categories and tags; and as YAML to keep.

An OPML is as foreign as a feed: no entity is expanded, nothing is fetched, size and depth are bounded, and
only http and https addresses come out.
"""

from __future__ import annotations

import codecs
import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import listparser
import lxml.etree
import yaml
from charset_normalizer import from_bytes

from feedhub import slugs
from feedhub.config.edit import literal
from feedhub.config.values import check_label, parse_feed_url
from feedhub.errors import FeedHubError

MAX_BYTES = 16_000_000
MAX_DEPTH = 32
MAX_FEEDS = 200_000
MAX_MENDED = 100
GENERAL = "general"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_WRITTEN = re.compile(
    r"""(<!--)|(-->)|\sxmlUrl\s*=\s*["'](https?://[^"'/?#\s]{1,253}[/?#][^"'<>\s]{0,2000})["']""",
    re.IGNORECASE,
)
_TITLED = re.compile(r"""\s(?:text|title)\s*=\s*(["'])([^"'<>]{0,300})\1""", re.IGNORECASE)
_BROKEN_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")


class OpmlError(FeedHubError):
    """This is no OPML, or one that nobody could want to read."""


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    """One subscription: the outermost folder is its category (empty: none).

    The folders inside it are tags, and so are all others that list the same address.
    """

    url: str
    title: str
    category: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What an OPML holds. `skipped` says, in a sentence each, what was left out."""

    title: str
    feeds: tuple[OpmlFeed, ...]
    skipped: tuple[str, ...]


def read_opml(raw: bytes) -> Subscriptions:
    """Read a subscription list, however broken its XML; an address is listed once, under its first folder.

    Raises OpmlError if there is no OPML in it, or it is larger or deeper than any real one.
    """
    if len(raw) > MAX_BYTES:
        raise OpmlError(f"larger than {MAX_BYTES // 1_000_000} MB")
    text = _decoded(raw)
    harvest = _harvest(text)
    if not str(harvest["version"]).startswith("opml"):
        raise OpmlError("this is no OPML: it has no <opml> element")
    if hidden := _hidden(text, harvest):
        text = _mended(text, hidden)
        harvest = _harvest(text)
    feeds: list[OpmlFeed] = []
    skipped: list[str] = []
    for found in harvest["feeds"]:
        title = _line(found["title"])
        try:
            url = parse_feed_url(found["url"])
        except ValueError as error:
            skipped.append(f"{title or 'a feed without a title'} is left out: {error}")
            continue
        folders = [name for way in found["categories"] for name in map(_label, way) if name]
        category = folders[0] if folders else ""
        feeds.append(OpmlFeed(url, title, category, tuple(dict.fromkeys(folders[1:]))))
    skipped += [
        f"a feed of {_host(found[3])} is left out: the quotes in its line are broken"
        for found in _hidden(text, harvest)
    ]
    skipped += [
        f"{_line(found['title']) or 'a list'} is left out: a list inside a list" for found in harvest["lists"]
    ]
    return Subscriptions(_line(harvest["meta"].get("title", "")), tuple(feeds), tuple(skipped))


def opml_yaml(feeds: tuple[OpmlFeed, ...], origin: str) -> str:
    """Return YAML with these feeds under their categories, ready to be included; `origin` is named on top."""
    categories: dict[str, Any] = {}
    for feed in feeds:
        entry: dict[str, Any] = {"url": literal(feed.url)}
        if feed.title:
            entry["title"] = literal(feed.title)
        if feed.tags:
            entry["tags"] = [literal(tag) for tag in feed.tags]
        space = categories.setdefault(feed.category or GENERAL, {"feeds": []})
        space["feeds"].append(entry if len(entry) > 1 else entry["url"])
    body = yaml.dump(
        {"categories": categories}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000
    )
    comment = "".join(char for char in origin if char.isprintable())
    return f"# {len(feeds)} feed{'s' * (len(feeds) != 1)} imported from {comment}\n{body}"


def import_opml(feeds: tuple[OpmlFeed, ...], origin: str, main: Path) -> Path:
    """Write feeds as `conf.d/NAME.yaml` beside the main file, never over an existing one; return the file.

    `origin` is the file that they come from. Raises OpmlError; OSError if it cannot be written.
    """
    name = slugs.slug(Path(origin).stem)
    folder = main.parent / "conf.d"
    folder.mkdir(parents=True, exist_ok=True)
    text = opml_yaml(feeds, Path(origin).name)
    for number in range(1, 1000):
        target = folder / (f"{name}.yaml" if number == 1 else f"{name}-{number}.yaml")
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return target
    raise OpmlError(f"{folder} holds a thousand files of that name")


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


def _harvest(text: str) -> dict[str, Any]:
    handler = _Handler()
    handler.harvest.update(feeds=[], lists=[], opportunities=[], meta={}, version="")
    # libxml2's HTML reader, as listparser uses it: it knows no entities but HTML's, loads nothing, and reads
    # on where XML is broken (12 of 160 real lists have a bare & in an address).
    parser = lxml.etree.HTMLParser(target=handler, recover=True, no_network=True, encoding="utf-8")
    if text.strip():
        lxml.etree.parse(io.BytesIO(_BROKEN_AMPERSAND.sub("&amp;", text).encode("utf-8", "replace")), parser)
    return dict(handler.harvest)


def _hidden(text: str, harvest: Mapping[str, Any]) -> list[re.Match[str]]:
    """Return where addresses are written that broken quotes hide (3 of 7,235 in real lists)."""
    known = {found["url"] for kind in ("feeds", "lists") for found in harvest[kind]}
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


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]


def _label(text: str) -> str:
    try:
        return check_label(_line(text).lstrip("/")[:100])
    except ValueError:
        return ""
