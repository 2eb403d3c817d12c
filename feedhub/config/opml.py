"""Subscription lists of other readers: OPML in, as feeds with categories and tags; and as YAML to keep.

An OPML is as foreign as a feed: no entity is expanded, nothing is fetched, size and depth are bounded, and
only http and https addresses come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from feedhub import slugs
from feedhub.config.edit import literal
from feedhub.config.values import check_label, parse_feed_url
from feedhub.errors import FeedHubError

MAX_BYTES = 16_000_000
GENERAL = "general"


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
    from feedhub.config.harvest import harvest

    found = harvest(raw)
    feeds: list[OpmlFeed] = []
    skipped: list[str] = []
    for feed in found.feeds:
        title = _line(feed["title"])
        try:
            url = parse_feed_url(feed["url"])
        except ValueError as error:
            skipped.append(f"{title or 'a feed without a title'} is left out: {error}")
            continue
        folders = [name for way in feed["categories"] for name in map(_label, way) if name]
        category = folders[0] if folders else ""
        feeds.append(OpmlFeed(url, title, category, tuple(dict.fromkeys(folders[1:]))))
    skipped += [f"a feed of {host} is left out: the quotes in its line are broken" for host in found.hidden]
    skipped += [f"{_line(one['title']) or 'a list'} is left out: a list inside a list" for one in found.lists]
    return Subscriptions(_line(found.title), tuple(feeds), tuple(skipped))


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


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]


def _label(text: str) -> str:
    try:
        return check_label(_line(text).lstrip("/")[:100])
    except ValueError:
        return ""
