"""The feeds and categories of a configuration: settings inherited, ids given, duplicates found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from feedhub import model, slugs
from feedhub.config import models
from feedhub.config.document import Document, Trail
from feedhub.config.domain import registrable_domain
from feedhub.config.extraction import is_template, named_kinds, resolve_extraction, without_templates
from feedhub.config.opml import GENERAL
from feedhub.config.request import (
    REQUEST_KEYS,
    fetch_options,
    has_credentials,
    link_policy,
    merged,
    resolved,
    without_userinfo,
)
from feedhub.config.sources import Sources
from feedhub.config.wording import closest
from feedhub.errors import Problem

_COPIED = (
    "interval", "min_interval", "max_interval", "adaptive", "timezone", "encoding", "identity",
    "initial_items", "throttle_scope",
)  # fmt: skip
RULING = ("keep", "drop", "rules")


class Place(NamedTuple):
    """Where something is written."""

    document: Document
    trail: Trail

    def note(self, message: str, *steps: str | int, offset: int | None = None) -> None:
        self.document.note((*self.trail, *steps), message, offset=offset)

    def problem(self, message: str, *steps: str | int, offset: int | None = None) -> Problem:
        return self.document.problem((*self.trail, *steps), message, offset=offset)

    def line(self) -> str:
        """Return `file:line`."""
        line = self.document.spot(self.trail).line
        return f"{self.document.name}:{line}" if line else self.document.name


@dataclass(slots=True)
class Space:
    """A category as its files together describe it. `ruling` are its `keep`, `drop` and `rules`, `place` is
    where it is declared first."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    slug: str = ""
    tags: list[str] = field(default_factory=list)
    duplicates: dict[str, Any] = field(default_factory=dict)
    ruling: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    options: model.FetchOptions | None = None
    place: Place | None = None


class Listed(NamedTuple):
    """One feed as written, and where."""

    content: models.Feed
    space: Space
    place: Place


@dataclass(slots=True)
class FeedList:
    """The outcome. `listed`, `places`, `tags` and `named` are those of all feeds, enabled or not: a pause
    breaks no address. `named` has the feeds whose entries name their `category`, a `tag` or both."""

    feeds: dict[str, model.Feed] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    named: dict[str, frozenset[str]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def may_name(self, kind: str) -> bool:
        """Tell whether there are feeds whose entries name their category, or tags."""
        return any(kind in kinds for kinds in self.named.values())


def resolve_feeds(
    sources: Sources,
    defaults: Mapping[str, Any],
    duplicates: Mapping[str, Any],
    files: list[Path],
    *,
    private_pace: bool,
) -> FeedList:
    """Return every feed with all its settings; `defaults` are those of hub, fetch and defaults together.

    Mistakes are noted in the documents, doubts are warnings. A feed listed twice is polled once. With
    `private_pace` a private host is a domain of its own.
    """
    found = FeedList(spaces=_declared(sources, defaults, duplicates, files))
    listed = _once(list(_listed(sources, found, defaults, duplicates)), found)
    ids = _ids(listed)
    for key, (content, space, place) in listed.items():
        feed, enabled = _feed(ids[key], content, space, place, files, found)
        if private_pace and not feed.domain:
            feed = replace(feed, domain=feed.host)
        found.tags |= feed.tags
        if kinds := named_kinds(feed.extraction):
            found.named[feed.id] = kinds
        found.places[feed.id] = place
        found.listed[feed.id] = listed[key]
        if enabled:
            found.feeds[feed.id] = feed
    return found


def feed_key(url: str) -> str:
    """Return what two addresses of one feed share: all but the scheme, a default port and a last slash."""
    parts = urlsplit(without_userinfo(url)[0])
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def feed_id(key: str) -> str:
    """Return a readable id for a `feed_key`, of which alone it depends: `planetpython-org-rss20-xml`.

    What a slug cannot carry (a query, which may be a secret too; capitals, other scripts, length) is kept
    apart by a short hash.
    """
    key = key.removeprefix("www.")
    path, query = key.partition("?")[::2]
    word = slugs.slug(path)
    lossy = (
        bool(query)
        or path != path.lower()
        or not path.isascii()
        or "%" in path
        or len(word) >= slugs.MAX_LENGTH
    )
    return slugs.suffixed(word, key) if lossy else word


def _declared(
    sources: Sources, defaults: Mapping[str, Any], duplicates: Mapping[str, Any], files: list[Path]
) -> dict[str, Space]:
    """Return the categories that YAML declares; several files may share one, but not set one key twice."""
    spaces: dict[str, Space] = {}
    for loaded in sources.yaml:
        for name, content in (loaded.content.categories or {}).items():
            place = Place(loaded.document, ("categories", name))
            space = spaces.setdefault(name, Space(name, dict(defaults), duplicates=dict(duplicates)))
            space.place = space.place or place
            own = resolved(content, loaded.document, place.trail, files)
            own.pop("feeds", None)
            space.tags += own.pop("tags", ())
            for index, tag in enumerate(content.tags or ()):
                if is_template(tag):
                    place.note("only a feed with format: json or html can fill in {…}", "tags", index)
            for key in [key for key in own if key in space.places]:
                place.note(f"{key} is set already, in {space.places[key].line()}", key)
                del own[key]
            space.places |= {key: Place(loaded.document, (*place.trail, key)) for key in own}
            space.title = own.pop("title", space.title)
            space.slug = own.pop("slug", space.slug)
            space.ruling |= {key: own.pop(key) for key in RULING if key in own}
            if "duplicates" in own:
                space.duplicates |= own.pop("duplicates").given()
            space.settings = merged(space.settings, own)
    return spaces


def _listed(
    sources: Sources, found: FeedList, defaults: Mapping[str, Any], duplicates: Mapping[str, Any]
) -> Iterator[Listed]:
    spaces = found.spaces
    declared = tuple(spaces)
    by_slug = {slugs.slug(name): name for name in spaces}

    def space_of(name: str) -> Space:
        return spaces.setdefault(name, Space(name, dict(defaults), duplicates=dict(duplicates)))

    for loaded in sources.yaml:
        document, content = loaded.document, loaded.content
        for name, category in (content.categories or {}).items():
            for index, feed in enumerate(category.feeds or ()):
                if feed is not None:
                    place = Place(document, ("categories", name, "feeds", index))
                    if feed.category not in (None, name) and not is_template(feed.category):
                        place.note(
                            f"this feed is listed under the category {name}; remove the key", "category"
                        )
                    yield Listed(feed, spaces[name], place)
        for index, feed in enumerate(content.feeds or ()):
            if feed is not None:
                place = Place(document, ("feeds", index))
                name = GENERAL if is_template(feed.category) else feed.category or GENERAL
                hint = closest(name, declared) if name not in spaces and name != GENERAL else ""
                if hint:
                    found.warnings.append(place.problem(f"the category {name} is new{hint}", "category"))
                yield Listed(feed, space_of(name), place)
    for document, subscriptions in sources.opml:
        for subscription in subscriptions:
            name = subscription.category or GENERAL
            if name not in spaces:
                name = by_slug.get(slugs.slug(name), name)
            feed = models.Feed.model_construct(
                {"url", "title", "tags"},
                url=subscription.url, title=subscription.title or None, tags=list(subscription.tags),
            )  # fmt: skip
            yield Listed(feed, space_of(name), Place(document, ()))


def _once(listed: Iterable[Listed], found: FeedList) -> dict[str, Listed]:
    """Return the feeds by what tells them apart; those listed twice are joined and reported."""
    first: dict[str, Listed] = {}
    by_id: dict[str, Listed] = {}
    for item in listed:
        content, space, place = item
        if content.id is not None:
            if content.id.lower() in by_id:
                place.note(f"the id {content.id} is taken, by {by_id[content.id.lower()].place.line()}", "id")
                continue
            by_id[content.id.lower()] = item
        key = feed_key(content.url)
        other = first.get(key)
        if other is None:
            first[key] = item
            continue
        where = f"{content.title or 'this feed'} is listed already, in {other.place.line()}"
        if content.id is not None:
            found.warnings.append(place.problem(f"{where}; it will be asked twice", "url"))
            first[f"{key} {content.id}"] = item
            continue
        tags = [*(other.content.tags or ()), *(content.tags or ())]
        if other.space is space:
            found.warnings.append(place.problem(f"{where}; its tags are joined, remove one", "url"))
        else:
            tags += space.tags
            message = f"{where}, under the category {other.space.name}, where it stays; its tags are joined"
            found.warnings.append(place.problem(f"{message}, remove one", "url"))
        first[key] = Listed(other.content.model_copy(update={"tags": tags}), other.space, other.place)
    return first


def _ids(listed: Mapping[str, Listed]) -> dict[str, str]:
    """Return an id for each feed; those whose addresses look alike get a hash of the address appended."""
    taken = {item.content.id.lower() for item in listed.values() if item.content.id}
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for key, item in listed.items():
        if item.content.id is None:
            sharing[feed_id(key)].append(key)
    ids = {key: item.content.id for key, item in listed.items() if item.content.id is not None}
    for word, keys in sharing.items():
        alone = len(keys) == 1 and word not in taken
        ids |= {key: word if alone else slugs.suffixed(word, key) for key in keys}
    return ids


def _feed(
    name: str,
    content: models.Feed,
    space: Space,
    place: Place,
    files: list[Path],
    found: FeedList,
) -> tuple[model.Feed, bool]:
    """Return a feed with all its settings, and whether it is enabled."""
    own = resolved(content, place.document, place.trail, files)
    own = {key: value for key, value in own.items() if key not in RULING}
    url, credentials = without_userinfo(own.pop("url"))
    if credentials:
        if "auth" in own:
            place.note("credentials are given twice, in the address and under auth", "url")
        own["auth"] = credentials
    settings = merged(space.settings, own)
    if space.options is None:
        space.options = fetch_options(space.settings)
    options = fetch_options(settings) if not REQUEST_KEYS.isdisjoint(own) else space.options
    host = _ascii_host(url)
    domain = registrable_domain(host)
    chosen = {key: settings[key] for key in _COPIED if key in settings}
    _fit_intervals(chosen, settings, place)
    if domain and chosen.get("interval", timedelta(minutes=30)) < timedelta(minutes=1):
        found.warnings.append(place.problem("asked more than once a minute: publishers block who does that"))
    if "verify" in own and not options.verify:
        found.warnings.append(place.problem("whoever is on the way can forge this feed", "verify"))
    if options.username and options.password and url.lower().startswith("http://") and domain:
        found.warnings.append(place.problem("the password travels in clear: the address is not https", "url"))
    dates, moves = settings.get("dates"), settings.get("moves")
    chosen["steps"] = tuple(settings.get("steps", ()))
    if moves:
        chosen |= {f"moved_{key}": value for key, value in moves.given().items()}
    public = settings.get("public")
    extraction = resolve_extraction(content, url, place.document, place.trail)
    if extraction and not {"id", "link"} & dict(extraction.fields).keys():
        message = "its entries are known by their titles: an id or a link tells them apart for good"
        found.warnings.append(place.problem(message, "entry"))
    feed = model.Feed(
        id=name,
        url=url,
        category=space.name,
        title=own.get("title", ""),
        tags=frozenset((*space.tags, *without_templates(own.get("tags", ())))),
        host=host,
        domain=domain,
        future_dates=(dates.future if dates else None) or "clamp",
        links=link_policy(settings),
        private=not public if public is not None else has_credentials(options),
        extraction=extraction,
        fetch=options,
        place=place.line(),
        **chosen,
    )
    return feed, settings.get("enabled", True)


def _fit_intervals(chosen: dict[str, Any], settings: Mapping[str, Any], place: Place) -> None:
    """Widen the bounds that nobody set around the interval; refuse those that contradict each other."""
    interval = settings.get("interval", timedelta(minutes=30))
    lowest, highest = settings.get("min_interval"), settings.get("max_interval")
    if lowest is not None and highest is not None and lowest > highest:
        place.note("min_interval is longer than max_interval")
    chosen["min_interval"] = (
        lowest if lowest is not None else min(timedelta(minutes=15), interval, highest or interval)
    )
    chosen["max_interval"] = (
        highest if highest is not None else max(timedelta(days=1), interval, lowest or interval)
    )


def _ascii_host(url: str) -> str:
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host if host.isascii() else host.encode("idna").decode("ascii")
