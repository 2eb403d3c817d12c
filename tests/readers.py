"""What others make of a feed: xmllint, newsboat, sfeed, the W3C's validator, and the letter of JSON Feed.

Programs that are not installed skip the test, each with a line that says so. The validator is a checkout of
w3c/feedvalidator that `FEEDHUB_FEEDVALIDATOR` points to.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest


def program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def xmllint(body: bytes) -> tuple[int, bytes]:
    """Return xmllint's exit code and what it complains of."""
    command = [program("xmllint"), "--noout", "--nonet", "--huge", "-"]
    done = subprocess.run(command, input=body, capture_output=True)
    return done.returncode, done.stderr


def sfeed(body: bytes) -> list[list[str]]:
    """Return sfeed's rows: time, title, link, content, content type, id, author, enclosure, categories."""
    lines = subprocess.run([program("sfeed")], input=body, capture_output=True, check=True).stdout.decode()
    return [row.split("\t") for row in lines.rstrip("\n").split("\n") if row]


def newsboat(body: bytes, folder: Path) -> list[tuple[str, str, int, str]]:
    """Return newsboat's rows, the newest first: id, title, time and enclosure; `folder` is left full."""
    command = program("newsboat")
    folder.mkdir(parents=True, exist_ok=True)
    feed, cache = folder / "feed.xml", folder / "cache.db"
    feed.write_bytes(body)
    (folder / "urls").write_text(f"file://{feed}\n")
    (folder / "config").write_text("")
    files = ["-u", folder / "urls", "-C", folder / "config", "-c", cache]
    subprocess.run(
        [command, *files, "-x", "reload"],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    query = "select guid, title, pubDate, enclosure_url from rss_item order by pubDate desc"
    connection = sqlite3.connect(cache)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def w3c_validator() -> Any:
    """Return the W3C's feed validator, from the checkout that the environment names, or skip the test."""
    checkout = os.environ.get("FEEDHUB_FEEDVALIDATOR", "")
    if not checkout:
        pytest.skip("FEEDHUB_FEEDVALIDATOR names no checkout of w3c/feedvalidator")
    if not importlib.util.find_spec("rdflib"):
        pytest.skip("the W3C's validator needs rdflib")
    sys.path.insert(0, str(Path(checkout) / "src"))
    import feedvalidator

    return feedvalidator


def w3c_errors(validator: Any, body: bytes, url: str) -> list[str]:
    """Return the errors the validator logs, warnings left out."""
    events = validator.validateString(body, base=url)["loggedEvents"]
    return [
        f"{type(event).__name__} {event.params}"
        for event in events
        if isinstance(event, validator.logging.Error)
    ]


TOP = {
    "version": str, "title": str, "home_page_url": "url", "feed_url": "url", "description": str,
    "user_comment": str, "next_url": "url", "icon": "url", "favicon": "url", "authors": list, "language": str,
    "expired": bool, "hubs": list, "items": list,
}  # fmt: skip
ITEM = {
    "id": str, "url": "url", "external_url": "url", "title": str, "content_html": str, "content_text": str,
    "summary": str, "image": "url", "banner_image": "url", "date_published": "date", "date_modified": "date",
    "authors": list, "tags": list, "language": str, "attachments": list,
}  # fmt: skip
AUTHOR = {"name": str, "url": "url", "avatar": "url"}
HUB = {"type": str, "url": "url"}
ATTACHMENT = {"url": "url", "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}


def json_feed_mistakes(feed: dict[str, Any]) -> Any:
    """Yield what is wrong with a JSON Feed (https://www.jsonfeed.org/version/1.1/), in words."""
    yield from members("feed", feed, TOP, ("version", "title", "items"))
    if feed["version"] != "https://jsonfeed.org/version/1.1":
        yield "version"
    for hub in feed.get("hubs", []):
        yield from members("hub", hub, HUB, ("type", "url"))
    ids = [item["id"] for item in feed["items"]]
    if len(set(ids)) != len(ids):
        yield "an id is there twice"
    for item in feed["items"]:
        yield from members("item", item, ITEM, ("id",))
        if "content_html" not in item and "content_text" not in item:
            yield "an item without content"
        if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
            yield "tags"
        for author in item.get("authors", []):
            yield from members("author", author, AUTHOR, ())
            if not author:
                yield "an empty author"
        for attachment in item.get("attachments", []):
            yield from members("attachment", attachment, ATTACHMENT, ("url", "mime_type"))


def members(place: str, value: dict[str, Any], kinds: dict[str, Any], required: tuple[str, ...]) -> Any:
    """Yield the members that are missing, unknown, empty or of another type; `_names` are extensions."""
    yield from (f"{place}: {name} is missing" for name in required if name not in value)
    for name, member in value.items():
        if name.startswith("_"):
            if not isinstance(member, dict):
                yield f"{place}: {name} is no object"
        elif name not in kinds:
            yield f"{place}: {name} is unknown"
        elif kinds[name] == "url":
            if not (urlsplit(member).scheme in ("http", "https") and urlsplit(member).hostname):
                yield f"{place}: {name} is no absolute address: {member}"
        elif kinds[name] == "date":
            if datetime.fromisoformat(member).tzinfo is None:
                yield f"{place}: {name} has no zone: {member}"
        elif not isinstance(member, kinds[name]) or (member == "" or (member == [] and name != "items")):
            yield f"{place}: {name} is {member!r}"
