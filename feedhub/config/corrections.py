"""What a person corrects of the merger: names of entries, checked for their form."""

from __future__ import annotations

from feedhub.config.feeds import Place
from feedhub.config.sources import Sources


def resolve_corrections(sources: Sources) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the entries that stand alone, and the groups that are one story, of all files in order."""
    splits: list[str] = []
    merges: list[tuple[str, ...]] = []
    for loaded in sources.yaml:
        given = loaded.content.corrections
        if given is None:
            continue
        place = Place(loaded.document, ("corrections",))
        for index, name in enumerate(given.split or ()):
            _check(name, place, "split", index)
            splits.append(name)
        for index, group in enumerate(given.merge or ()):
            for step, name in enumerate(group):
                _check(name, place, "merge", index, step)
            if len(group) < 2:
                place.note(
                    "at least two entries make one story; write [[FEED/KEY, FEED/KEY]]", "merge", index
                )
            merges.append(tuple(group))
    return tuple(splits), tuple(merges)


def _check(name: str, place: Place, *steps: str | int) -> None:
    feed, _, entry = name.partition("/")
    if not feed or not entry or ":" in feed:
        place.note("an entry is named FEED/KEY, as 'feedhub explain' shows it, or FEED/ and its link", *steps)
