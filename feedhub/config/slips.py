"""Slips of the pen: what may stand in a configuration and is hardly meant. Warnings, with what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from feedhub.config import models
from feedhub.config.document import Trail
from feedhub.config.feeds import FeedList, Place
from feedhub.config.sources import Sources
from feedhub.errors import Problem

_TAGS = frozenset({"tag", "tags", "untag"})
_CONDITIONS = frozenset({"when", "from", "keep", "drop"})
_KEYS = frozenset(models.Category.model_fields)


def slips(sources: Sources, found: FeedList) -> Iterator[Problem]:
    """Yield a warning for each slip in the files."""
    for loaded in sources.yaml:
        for trail, text in _tag_texts(loaded.document.data, ()):
            if "," in text:
                several = ", ".join(part.strip() for part in text.split(","))
                yield loaded.document.problem(
                    trail, f"one tag with a comma in it; several are a list: [{several}]"
                )
    yield from _outdented(found)
    yield from _refused(found)


def unnamed_host(server: Place, host: str, url: str, given: bool) -> Iterator[Problem]:
    """Yield a warning if others may come, and the links that they find lead to their own machine."""
    if host in ("0.0.0.0", "::") and not given:  # noqa: S104 - compared, not listened at
        message = f"others are let in, but find links to {url}: set hub.url to the address that they use"
        yield server.problem(message, "host")


def _tag_texts(node: object, trail: Trail) -> Iterator[tuple[Trail, str]]:
    """Yield each text that stands where tags are given, but for those in conditions."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _tag_texts(item, (*trail, index))
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key in _TAGS and isinstance(value, str):
                yield (*trail, key), value
            elif key not in _CONDITIONS:
                yield from _tag_texts(value, (*trail, key))


def _outdented(found: FeedList) -> Iterator[Problem]:
    """Yield a warning for each category that has a key's name while another one has no feeds."""
    used = {listed.space.name for listed in found.listed.values()}
    empty = [name for name, space in found.spaces.items() if space.place and name not in used]
    for name in _KEYS & found.spaces.keys():
        place = found.spaces[name].place
        above = next((one for one in empty if one != name), "")
        if place and above:
            yield place.problem(
                f"this is a category called {name}; as a key of {above} it is indented further"
            )


def _refused(found: FeedList) -> Iterator[Problem]:
    """Yield a warning for each feed at a private address, where none is allowed."""
    for name, feed in found.feeds.items():
        if (
            not feed.domain
            and not feed.fetch.allow_private
            and not feed.fetch.proxy
            and _is_private(feed.host)
        ):
            message = (
                f"{feed.host} is private, and refused unless allow_private names it: docs/configuration.md"
            )
            yield found.places[name].problem(message, "url")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"
