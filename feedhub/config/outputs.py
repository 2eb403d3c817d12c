"""The categories and outputs of a configuration: conditions compiled, paths given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feedhub import model, slugs
from feedhub.config import models
from feedhub.config.access import resolve_access
from feedhub.config.chain import NEEDS_NETWORK
from feedhub.config.choice import chosen_from, filters
from feedhub.config.conditions import Conditions
from feedhub.config.feeds import FeedList, Place, feed_key
from feedhub.config.sources import Sources
from feedhub.config.wording import closest
from feedhub.errors import Problem
from feedhub.rules import compile_condition, fold

RESERVED = frozenset(
    (
        *("all", "tag", "category", "story", "search", "archive", "feed", "feeds", "index", "output"),
        *("opml", "status", "metrics", "healthz", "api", "static", "assets", "public", "favicon", "robots"),
        *("discover", "explain", "health", "hub", "private", "sitemap", "ws"),
    )
)
_DIRECT = (
    "limit", "per_feed_limit", "initial_items", "max_age", "min_sources", "order",
    "update_policy", "content", "also_in", "title", "description", "private", "archive",
)  # fmt: skip


def resolve_categories(found: FeedList) -> dict[str, model.Category]:
    """Return the categories, each with its own slug; those that share one are a warning of `found`."""
    words = _words({name: space.slug for name, space in found.spaces.items()})
    found.warnings += _sharing(found, words)
    categories: dict[str, model.Category] = {}
    taken: dict[str, str] = {}
    for name, space in found.spaces.items():
        word = words[name]
        if word in taken:
            space.places["slug"].note(f"the category {taken[word]} has this slug already")
        taken[word] = name
        duplicates = space.duplicates
        prefer = tuple(duplicates.get("prefer", ()))
        place = space.places.get("duplicates")
        for index, wanted in enumerate(prefer):
            if wanted not in found.places and place:
                place.note(f"there is no feed {wanted}{closest(wanted, found.places)}", "prefer", index)
        policy = model.DuplicatePolicy(**{**duplicates, "prefer": prefer})
        categories[name] = model.Category(name, space.title or name, word, policy)
    return categories


def resolve_outputs(
    sources: Sources,
    categories: Mapping[str, model.Category],
    tags: Sequence[str],
    site: model.Site,
    defaults: Mapping[str, Any],
    conditions: Conditions,
    files: list[Path],
    named: dict[str, Place],
) -> dict[str, model.Output]:
    """Return every output by its path: `all`, the tags', the categories', and the named ones.

    Every file of a secret is appended to `files`; `named` takes the places of those that the files name.
    """
    written = list(_written(sources))
    refined = _refined(written, tags, categories)
    outputs: dict[str, model.Output] = {}

    tag_words = _words({tag: _slug_of(refined.get(("tag", tag))) for tag in tags})
    automatic: list[tuple[str, str, str, str, model.Condition]] = [
        ("all", "", "all", site.title, model.AllOf(()))
    ]
    automatic += [
        ("category", name, f"category/{category.slug}", category.title, compile_condition({"category": name}))
        for name, category in categories.items()
    ]
    automatic += [("tag", tag, f"tag/{tag_words[tag]}", tag, compile_condition({"tag": tag})) for tag in tags]
    places: dict[str, str] = {}
    for kind, name, path, title, where in automatic:
        own = refined.get((kind, name))
        if own:
            named[path] = own[1]
        if own and kind != "tag" and own[0].slug:
            own[1].note("only a tag or a named output takes a slug here; a category has its own", "slug")
        _add(outputs, places, kind, path, title, where, own, defaults, conditions, files, site)
    for key, content, place in written:
        if key == "all" or key.startswith(("tag/", "category/")):
            continue
        path = content.slug or slugs.slug(key)
        if path in RESERVED:
            place.note(f"the name {path} belongs to FeedHub's own pages; choose another, or a slug")
        elif content.from_ is None:
            place.note("from is missing: which stories does it publish?")
        else:
            own = content, place
            named[path] = Place(place.document, (*place.trail, "from"))
            chosen = tuple(chosen_from(content.from_, place, conditions, (*tags, *categories)))
            if chosen:
                where = chosen[0] if len(chosen) == 1 else model.AnyOf(chosen)
                title = content.title or key
                _add(outputs, places, "named", path, title, where, own, defaults, conditions, files, site)
    return outputs


def resolve_naming(
    found: FeedList,
    categories: Iterable[str],
    tags: Iterable[str],
    defaults: Mapping[str, Any],
    duplicates: Mapping[str, Any],
    limit: int,
) -> model.Naming:
    """Return how categories and tags are published that only entries name."""
    prototype = model.Output(path="", title="", kind="", where=model.AllOf(()))
    return model.Naming(
        sources=found.named,
        limit=limit,
        output=replace(prototype, **_fields(defaults)),
        duplicates=model.DuplicatePolicy(**{**duplicates, "prefer": tuple(duplicates.get("prefer", ()))}),
        declared={
            "category": frozenset(map(fold, categories)),
            "tag": frozenset(map(fold, tags)),
        },
    )


def refined_tags(sources: Sources, tags: Collection[str]) -> Iterator[str]:
    """Yield the tags that `outputs` refines by name and nothing gives: entries may name them."""
    known = {*tags, *slugs.unique(tags).values()}
    for key, _, _ in _written(sources):
        kind, _, name = key.partition("/")
        if kind == "tag" and name and name not in known:
            yield name


def refuse_loops(found: FeedList, outputs: Iterable[str], site: model.Site) -> None:
    """Note every feed that is one of our own outputs."""
    base, host = feed_key(site.url), urlsplit(site.url).hostname
    own = {f"{base}/{path}.{name}" for path in outputs for name in ("atom", "rss", "json")}
    for name, feed in found.feeds.items():
        if feed.host == host and feed_key(feed.url) in own:
            found.places[name].note("this is an output of this very hub", "url")


def _written(sources: Sources) -> Iterator[tuple[str, models.Output, Place]]:
    first: dict[str, Place] = {}
    for loaded in sources.yaml:
        for key, content in (loaded.content.outputs or {}).items():
            place = Place(loaded.document, ("outputs", key))
            if key in first:
                loaded.document.note(
                    place.trail, f"this output is defined already, in {first[key].line()}", key=True
                )
                continue
            first[key] = place
            yield key, content or models.Output(), place


Refined = dict[tuple[str, str], tuple[models.Output, Place]]


def _refined(
    written: Iterable[tuple[str, models.Output, Place]],
    tags: Iterable[str],
    categories: Mapping[str, model.Category],
) -> Refined:
    """Return what `outputs` says of the automatic ones, by kind and name, which may be written as a slug."""
    names: dict[str, dict[str, str]] = {
        "tag": {word: tag for tag, word in slugs.unique(tags).items()} | {tag: tag for tag in tags},
        "category": {category.slug: name for name, category in categories.items()}
        | {name: name for name in categories},
    }
    refined: Refined = {}
    for key, content, place in written:
        kind, _, name = key.partition("/")
        if key == "all":
            target = ("all", "")
        elif kind in names and name:
            if name not in names[kind]:
                verb = "no feed or rule gives the tag" if kind == "tag" else "there is no category"
                place.document.note(place.trail, f"{verb} {name}{closest(name, names[kind])}", key=True)
                continue
            target = (kind, names[kind][name])
        else:
            continue
        if target in refined:
            place.document.note(
                place.trail, f"this output is refined already, in {refined[target][1].line()}", key=True
            )
        elif content.from_ is not None:
            place.note(
                "what this output publishes is fixed; give another name to one with a condition", "from"
            )
        else:
            refined[target] = content, place
    return refined


def _words(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return a slug for each name: the chosen one, else its own, else with a suffix."""
    fixed = {name: word for name, word in chosen.items() if word}
    taken = set(fixed.values())
    made = slugs.unique(name for name in chosen if name not in fixed)
    return fixed | {
        name: slugs.suffixed(word, name) if word in taken else word for name, word in made.items()
    }


def _sharing(found: FeedList, words: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a warning for each category whose name makes the same slug as one above it."""
    first: dict[str, str] = {}
    feeds = {listed.space.name: listed.place for listed in found.listed.values()}
    for name, space in found.spaces.items():
        other = name if space.slug else first.setdefault(slugs.slug(name), name)
        place = space.place or feeds.get(name)
        if other != name and place:
            yield place.problem(
                f"the categories {other} and {name} would share an address, so both get another: "
                f"/category/{words[other]} and /category/{words[name]}; write them alike, or give one a slug"
            )


def _slug_of(refinement: tuple[models.Output, Place] | None) -> str:
    return (refinement[0].slug or "") if refinement else ""


def _add(
    outputs: dict[str, model.Output],
    places: dict[str, str],
    kind: str,
    path: str,
    title: str,
    where: model.Condition,
    own: tuple[models.Output, Place] | None,
    defaults: Mapping[str, Any],
    conditions: Conditions,
    files: list[Path],
    site: model.Site,
) -> None:
    kept_by = filters(own, conditions)
    settings = {**defaults, **(own[0].given() if own else {})}
    if path in places and own:
        own[1].document.note(own[1].trail, f"its path /{path} is taken, by {places[path]}", key=True)
        return
    places[path] = own[1].line() if own else f"the {kind} {title}"
    if not settings.get("enabled", True):
        return
    fields = _fields(settings)
    if own and own[0].steps:
        for index, spec in enumerate(own[0].steps):
            if spec.use in NEEDS_NETWORK:
                own[1].note(
                    f"{spec.use} asks for pages: it belongs to a feed, not to an output", "steps", index
                )
        fields["steps"] = tuple(own[0].steps)
    if own:
        fields["access"] = resolve_access(*own, files)
        fields |= _digest(*own, settings, site)
    kept = model.AllOf((where, *kept_by)) if kept_by else where
    outputs[path] = output = model.Output(
        **{"title": title, **fields, "path": path, "kind": kind, "where": kept}
    )
    if own and own[0].dropped:
        beside = _dropped(output, where, kept_by)
        outputs[beside.path] = beside


def _fields(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what settings make of an output."""
    fields = {key: settings[key] for key in _DIRECT if key in settings}
    if "formats" in settings:
        fields["formats"] = tuple(dict.fromkeys(settings["formats"]))
    return fields


def _digest(
    content: models.Output, place: Place, settings: Mapping[str, Any], site: model.Site
) -> dict[str, Any]:
    """Return the digest of an output with what that changes of it, and note what does not go together."""
    if content.archive and (content.private or content.digest):
        why = "its pages would name its address" if content.private else "a digest is never changed anyway"
        kind = "private output" if content.private else "digest"
        place.note(f"a {kind} has no archive: {why}", "archive")
    if content.digest is None:
        return {}
    digest = replace(content.digest, timezone=site.timezone)
    return {"digest": digest, "content": settings.get("content", "summary")}


def _dropped(
    output: model.Output, where: model.Condition, filters: Sequence[model.Condition]
) -> model.Output:
    """Return the output of what another one, which chooses from `where`, leaves out."""
    return replace(
        output,
        path=f"{output.path}.dropped",
        title=f"{output.title}: dropped",
        kind="dropped",
        where=model.AllOf((where, model.Not(model.AllOf(tuple(filters))))) if filters else model.AnyOf(()),
        dropped_from=where,
        min_sources=1,
        update_policy="silent",
        digest=None,
        archive=False,
    )
