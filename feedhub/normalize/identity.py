"""Which entry is which: a key for each item of a document, the same at every poll for ever.

A key is a kind and a hash: `g` from the guid, `l` from the link, `t` from the title, `x` from title and text
for want of these, `c` where these repeat; `gl`, `lt`, `tp` and `xp` from two fields together. The recipes
must never change: a changed key is a new item in every subscriber's reader.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from feedhub.model import RawEntry

_ORDERS: Mapping[str, tuple[str, ...]] = {
    "guid": ("g", "l"),
    "link": ("l", "g"),
    "title": ("t", "l", "g"),
    "text": ("c",),
}
_MADE: Mapping[str, frozenset[str]] = {
    "link": frozenset({"l", "lt"}),
    "title": frozenset({"t", "tp"}),
    "text": frozenset({"c"}),
}
_FIRST: Mapping[str, str] = {"link": "l", "title": "t"}
_MIN_ENTRIES = 3
"""Fewer items than this say nothing about whether a field tells them apart."""


def assign_keys(
    entries: Sequence[RawEntry], policy: str, seen: Iterable[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Return a key for each entry, in order, and warnings.

    `policy` is `auto`, `guid`, `link` or `title`: what identity is taken from first; where it is missing the
    next best is. `auto` is the guid, unless most entries of the document would be one then (then the link,
    then the title), and stays with what the keys in `seen` were made from, so that a short document changes
    nothing. Entries that share a guid but not the link, a link but not the title, or a title (or all text)
    but not the date are told apart by both.
    """
    seen = frozenset(seen)
    warning = ""
    if policy == "auto":
        keys, warning = _settle(entries, seen)
    else:
        keys = _keys(entries, policy)
    warnings = [warning] if warning else []
    if len(set(keys)) == len(keys) and _kinds(seen).isdisjoint(_BOTH):
        return keys, tuple(warnings)
    for kind, what, second in _SHARED:
        if split := _split_shared(entries, keys, seen, kind):
            warnings.append(
                f"several items have the same {what}: {split} of them are known by {what} and {second}"
            )
    return keys, tuple(warnings)


def are_own(keys: Iterable[str], entries: Iterable[RawEntry], policy: str) -> bool:
    """Tell whether each key is its item's own, and would be the same whatever else the document had: all are
    made from the field that `policy` takes first."""
    kind = _FIRST.get(policy) or ("g" if any(raw.id for raw in entries) else "l")
    return all(key.startswith(f"{kind}:") for key in keys)


def _settle(entries: Sequence[RawEntry], seen: frozenset[str]) -> tuple[list[str], str]:
    """Return the keys by the field to take identity from, and a warning if it is not the usual one."""
    kinds = _kinds(seen)
    settled = "guid"
    if kinds and not kinds & {"g", "gl"}:
        settled = next((name for name, made in _MADE.items() if kinds & made), "guid")
    for name in dict.fromkeys((settled, *_ORDERS)):
        keys = _keys(entries, name)
        if not _collides(entries, keys):
            break
    forced = name != "guid" and _collides(entries, _keys(entries, "guid"))
    return keys, f"most items have the same guid or link: known by {name}" if forced else ""


def _keys(entries: Sequence[RawEntry], name: str) -> list[str]:
    order = _ORDERS[name]
    return [_key(raw, order) for raw in entries]


def _collides(entries: Sequence[RawEntry], keys: list[str]) -> bool:
    """Tell whether most entries would be taken for others; an item listed twice does not count."""
    distinct = len(set(keys))
    if distinct * 2 > len(keys):
        return False
    items = {(key, _text(raw)) for key, raw in zip(keys, entries, strict=True)}
    return len(items) >= _MIN_ENTRIES and distinct * 2 <= len(items)


def _split_shared(entries: Sequence[RawEntry], keys: list[str], seen: frozenset[str], kind: str) -> int:
    """Give entries that share a key of this kind a key of two fields; return how many got one.

    The one that had the plain key first keeps it: the oldest where dates tell them apart, else the last in
    the document. What has a key of both in `seen` keeps that, when the others have left the document.
    """
    both_kind, second = _SECOND[kind]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if key.startswith(f"{kind}:"):
            places[key].append(place)
    known = both_kind in _kinds(seen)
    count = 0
    for plain, shared in places.items():
        if len(shared) == 1 and not known:
            continue
        others = [second(entries[place]) for place in shared]
        dated = second is _date and all(entries[place].published for place in shared)
        keeper = min(others) if dated else others[-1]
        for place, other in zip(shared, others, strict=True):
            both = _digest(both_kind, f"{plain}\n{other}")
            if both in seen or other != keeper:
                keys[place] = both
                count += 1
    return count


def _kinds(keys: Iterable[str]) -> set[str]:
    return {key.partition(":")[0] for key in keys}


def _key(raw: RawEntry, order: tuple[str, ...]) -> str:
    for kind in order:
        if value := _FIELDS[kind](raw):
            return _digest(kind, value)
    return _digest("x", _text(raw))


def _link(raw: RawEntry) -> str:
    """Return the link without its scheme: a site that moves to https keeps its items."""
    link = raw.link.strip()
    return link.partition("://")[2] or link


def _text(raw: RawEntry) -> str:
    return f"{raw.title.strip()}\n{raw.content or raw.summary}"


def _title(raw: RawEntry) -> str:
    return " ".join(raw.title.split())


def _date(raw: RawEntry) -> str:
    return raw.published.isoformat() if raw.published else _text(raw)


_FIELDS: Mapping[str, Callable[[RawEntry], str]] = {
    "g": lambda raw: raw.id.strip(),
    "l": _link,
    "t": _title,
    "c": _text,
}
_SECOND: Mapping[str, tuple[str, Callable[[RawEntry], str]]] = {
    "g": ("gl", _link),
    "l": ("lt", _title),
    "t": ("tp", _date),
    "x": ("xp", _date),
}
_BOTH = frozenset(kind for kind, _ in _SECOND.values())
_SHARED = (
    ("g", "guid", "link"),
    ("l", "link", "title"),
    ("t", "title", "date"),
    ("x", "title and text", "date"),
)


def _digest(kind: str, value: str) -> str:
    data = value.encode("utf-8", "surrogatepass")
    return f"{kind}:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
