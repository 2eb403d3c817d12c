"""The outputs and rules of a configuration: conditions compiled, paths given, names checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from feedhub import model, slugs
from feedhub.config import models
from feedhub.config.chain import NEEDS_NETWORK
from feedhub.config.feeds import FeedList, Place, feed_key
from feedhub.config.sources import Sources
from feedhub.config.wording import closest
from feedhub.errors import Problem
from feedhub.rules import ConditionError, compile_condition

RESERVED = frozenset(
    (
        *("all", "tag", "category", "story", "search", "archive", "feed", "feeds", "index", "output"),
        *("opml", "status", "metrics", "healthz", "api", "static", "assets", "public", "favicon", "robots"),
        *("discover", "explain", "hub", "sitemap", "ws"),
    )
)
_DIRECT = (
    "limit", "max_age", "min_sources", "order", "content", "update_policy", "also_in", "title", "description",
    "private",
)  # fmt: skip


def resolve_rules(sources: Sources) -> tuple[model.Rule, ...]:
    """Return the rules of all files in order."""
    rules: list[model.Rule] = []
    for loaded in sources.yaml:
        for index, rule in enumerate(loaded.content.rules or ()):
            if rule is None:
                continue
            place = Place(loaded.document, ("rules", index))
            when = _compiled(rule.when, place, "when")
            if when is not None:
                tags = frozenset((*(rule.tag or ()), *(rule.tags or ())))
                rules.append(model.Rule(rule.name or f"rule {len(rules) + 1}", when, tags, bool(rule.drop)))
    return tuple(rules)


def resolve_categories(found: FeedList) -> dict[str, model.Category]:
    """Return the categories, each with its own slug."""
    words = _words({name: space.slug for name, space in found.spaces.items()})
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
    found: FeedList,
    categories: Mapping[str, model.Category],
    rules: tuple[model.Rule, ...],
    site: model.Site,
    defaults: Mapping[str, Any],
) -> dict[str, model.Output]:
    """Return every output by its path: `all`, the tags', the categories', and the named ones."""
    written = list(_written(sources))
    tags = _tags(found, rules)
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
        if own and kind != "tag" and own[0].slug:
            own[1].note("only a tag or a named output takes a slug here; a category has its own", "slug")
        _add(outputs, places, kind, path, title, where, own, defaults)
    for key, content, place in written:
        if key == "all" or key.startswith(("tag/", "category/")):
            continue
        path = content.slug or slugs.slug(key)
        if path in RESERVED:
            place.note(f"the name {path} belongs to FeedHub's own pages; choose another, or a slug")
        elif content.from_ is None:
            place.note("from is missing: which stories does it publish?")
        else:
            chosen = _where(content.from_, place)
            if chosen is not None:
                _add(outputs, places, "named", path, content.title or key, chosen, (content, place), defaults)
    return outputs


def doubts(sources: Sources, found: FeedList, rules: tuple[model.Rule, ...]) -> Iterator[Problem]:
    """Return a warning for each tag, category and feed in a condition that nothing can have.

    Tags that differ in case alone are doubtful too.
    """
    tags = _tags(found, rules)
    folded: dict[str, str] = {}
    for tag in tags:
        other = folded.setdefault(tag.casefold(), tag)
        if other != tag:
            first = sources.yaml[0].document
            yield Problem(
                first.name, 0, 0, "", f"the tags {other} and {tag} differ in case alone; both are published"
            )
    known: dict[str, tuple[str, frozenset[str]]] = {
        field: (verb, frozenset(name.casefold() for name in names))
        for field, verb, names in (
            ("tag", "nothing gives the tag", tags),
            ("category", "there is no category", tuple(found.spaces)),
            ("feed", "there is no feed", tuple(found.places)),
            ("name", "there is no tag or category", (*tags, *found.spaces)),
        )
    }
    for node, place in _conditions(sources):
        for field, name, steps in _names(node, ()):
            words, names = known[field]
            if name.casefold() not in names:
                yield place.problem(f"{words} {name}{closest(name, names)}", *steps)


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


def _tags(found: FeedList, rules: Iterable[model.Rule]) -> list[str]:
    declared = set(found.tags)
    declared |= {tag for space in found.spaces.values() for tag in space.tags}
    declared |= {tag for rule in rules for tag in rule.tags}
    return sorted(declared)


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
) -> None:
    settings = {**defaults, **(own[0].given() if own else {})}
    if path in places and own:
        own[1].document.note(own[1].trail, f"its path /{path} is taken, by {places[path]}", key=True)
        return
    places[path] = own[1].line() if own else f"the {kind} {title}"
    if not settings.get("enabled", True):
        return
    fields = {key: settings[key] for key in _DIRECT if key in settings}
    if own and own[0].steps:
        for index, spec in enumerate(own[0].steps):
            if spec.use in NEEDS_NETWORK:
                own[1].note(
                    f"{spec.use} asks for pages: it belongs to a feed, not to an output", "steps", index
                )
        fields["steps"] = tuple(own[0].steps)
    if "formats" in settings:
        fields["formats"] = tuple(dict.fromkeys(settings["formats"]))
    outputs[path] = model.Output(**{"title": title, **fields, "path": path, "kind": kind, "where": where})


def _where(node: object, place: Place) -> model.Condition | None:
    """Compile `from`, where plain names stand for tags and categories."""
    if not isinstance(node, (str, list)):
        return _compiled(node, place, "from")
    listed = node if isinstance(node, list) else [node]
    either: list[object] = []
    for index, name in enumerate(listed):
        if not isinstance(name, str) or not name.strip():
            place.note(
                "a tag's or category's name is meant here; conditions nest under any: [...]", "from", index
            )
            return None
        either += [{"tag": name}, {"category": name}]
    try:
        return compile_condition({"any": either})
    except ConditionError as error:
        steps = [step for step in error.path if isinstance(step, int)]
        place.note(error.message, "from", *(step // 2 for step in steps[:1]))
        return None


def _compiled(node: object, place: Place, key: str) -> model.Condition | None:
    try:
        return compile_condition(node)
    except ConditionError as error:
        place.note(error.message, key, *error.path)
        return None


def _conditions(sources: Sources) -> Iterator[tuple[object, Place]]:
    for loaded in sources.yaml:
        for index, rule in enumerate(loaded.content.rules or ()):
            if rule is not None:
                yield rule.when, Place(loaded.document, ("rules", index, "when"))
        for key, output in (loaded.content.outputs or {}).items():
            if output is not None and output.from_ is not None:
                node = output.from_ if isinstance(output.from_, dict) else {"name": output.from_}
                yield node, Place(loaded.document, ("outputs", key, "from"))


def _names(node: object, steps: tuple[str | int, ...]) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """Return the plain names that a condition asks for: field (`name`: tag or category), name, way."""
    if isinstance(node, list):
        for index, part in enumerate(node):
            yield from _names(part, (*steps, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("all", "any", "not"):
                yield from _names(value, (*steps, key))
            elif key in ("tag", "category", "feed", "name"):
                for index, name in enumerate(value if isinstance(value, list) else [value]):
                    if isinstance(name, str) and not name.startswith("/"):
                        yield key, name, (*steps, key, index)
