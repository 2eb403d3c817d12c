"""What a feed puts on all its entries: bylines, footers, promotion, its name in titles. Folded for matching.

Learned from the whole document that an entry comes in, so that one new entry beside nineteen known ones is
read as it would have been with all twenty new. What is folded of an entry is remembered with it, as spans of
its normalised texts: whoever compares it later knows no document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from feedhub.merger.text import (
    PASSAGE_BREAK,
    TITLE_LIMIT,
    beginning,
    normalise,
    plain,
    squash,
    title_parts,
    weight,
)
from feedhub.model import Entry, RawEntry

FOLDED = "folded"
"""The kind of match key that holds an entry's folded spans; nothing is looked up under it."""

Span = tuple[int, int]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """What most entries of a document share: passages of their bodies and parts of their titles, squashed."""

    passages: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def learn(entries: Sequence[RawEntry]) -> Boilerplate:
    """Return what most entries of a document share at the ends of their bodies and titles."""
    bodies = _sample([raw for raw in entries if raw.content or raw.summary])
    found: Counter[str] = Counter()
    for place, raw in enumerate(bodies):
        if place == _FIRST and max(found.values(), default=0) < 2:
            break  # nine in ten feeds share nothing, and that is seen early
        found.update(_passages(raw))
    passages = (_form(passage) for passage in _most(found, len(bodies)))
    names = _learn_names([raw.title for raw in _sample(entries)])
    return Boilerplate(frozenset(filter(None, passages)), names)


def folded(entry: Entry, known: Boilerplate) -> str:
    """Return the spans of an entry that are the feed's and not its own, for `spans`; empty for none.

    A body that is boilerplate through and through stays: what all entries say is no text of any, but it is
    what tells them from another feed's.
    """
    found = []
    if known.names:
        title = normalise(entry.title[:TITLE_LIMIT])
        found += [("t", span) for span in _name_spans(title, known.names)]
    if known.passages:
        own = _own_words(entry.title, [who.name for who in entry.authors])
        for field, markup in (("c", entry.content), ("s", entry.summary)):
            text = normalise(beginning(markup, lines=True)) if markup else ""
            shared = [
                span
                for span, passage in _outer_passages(text)
                if _form(_anonymous(passage, own)) in known.passages
            ]
            if shared and weight(squash(without(text, shared))) >= _MIN_BODY:
                found += [(field, span) for span in shared]
    return " ".join(f"{field}{start}-{end}" for field, (start, end) in found)


def folded_of(entry: Entry) -> str:
    """Return what was folded of an entry when its keys were made."""
    return next((value for kind, value in entry.match_keys if kind == FOLDED), "")


def spans(folded: str, field: str) -> list[Span]:
    """Return what is folded of a title (`t`), content (`c`) or summary (`s`), in order."""
    pairs = (part[1:].partition("-")[::2] for part in folded.split() if part[0] == field)
    return [(int(start), int(end)) for start, end in pairs]


def without(text: str, cut: Iterable[Span]) -> str:
    """Return a normalised text without some spans of it."""
    kept, place = [], 0
    for start, end in cut:
        kept.append(text[place:start])
        place = end
    return "\n".join([*kept, text[place:]]) if place else text


_SAMPLE = 12
"""Entries that a document is judged by: with more nothing else is found, and a poll has no time for it."""
_FIRST = 4
_FEWEST = 3
_SHARE = 0.6
_HEAD, _TAIL = 250, 600
_MIN_PASSAGE = 15
_MIN_OWN = 6
_SHORTEST = 3
_MAX_PASSAGE = 400
_MAX_NAME = 40
_MIN_REST = 12
_MIN_BODY = 30
_OWN_AT_MOST = 10
_TITLE, _AUTHOR = "\ue000", "\ue001"


def _sample(entries: Sequence[RawEntry]) -> Sequence[RawEntry]:
    step = max(1, len(entries) // _SAMPLE)
    return entries[::step][:_SAMPLE]


def _passages(raw: RawEntry) -> set[str]:
    """Return the passages at the ends of an entry's bodies, what is its own in them replaced."""
    own = _own_words(raw.title, [who.name for who in raw.authors])
    texts = [normalise(plain(_ends(markup), lines=True)) for markup in (raw.content, raw.summary) if markup]
    return {
        passage
        for text in texts
        for line in PASSAGE_BREAK.split(_anonymous(text, own))
        if len(passage := line.strip()) >= _SHORTEST
    }


def _most(found: Counter[T], entries: int) -> list[T]:
    enough = max(_FEWEST, _SHARE * entries)
    return [one for one, count in found.items() if count >= enough]


def _ends(markup: str) -> str:
    """Return a body's first and last characters, between them a break; a tag cut in two is no text."""
    if len(markup) <= _HEAD + _TAIL:
        return markup
    head, tail = markup[:_HEAD], markup[-_TAIL:]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    before, end, after = tail.partition(">")
    return f"{head}<br>{after if end and '<' not in before else tail}"


def _outer_passages(text: str) -> Iterator[tuple[Span, str]]:
    """Yield the passages near either end of a normalised text, with where they are."""
    place = 0
    for found in PASSAGE_BREAK.finditer(text):
        start, place = place, found.end()
        if start <= _HEAD or len(text) - place <= _TAIL:
            yield (start, place), text[start:place]
    if place < len(text):
        yield (place, len(text)), text[place:]


def _own_words(title: str, authors: Sequence[str]) -> list[tuple[str, str]]:
    """Return what of an entry's own may stand in boilerplate, with what takes its place."""
    own = [(normalise(plain(title[:TITLE_LIMIT])).strip(), _TITLE)]
    own += [(normalise(name[:TITLE_LIMIT]).strip(), _AUTHOR) for name in authors[:_OWN_AT_MOST]]
    return [(words, place) for words, place in own if len(words) >= _MIN_OWN or not words.isascii()]


def _anonymous(text: str, own: Iterable[tuple[str, str]]) -> str:
    for words, place in own:
        if words in text:
            text = text.replace(words, place)
    return text


def _form(passage: str) -> str:
    """Return a passage as it is compared with other entries' ones; empty if it is too short to tell."""
    if len(passage) > _MAX_PASSAGE:
        return ""
    form = squash(passage)
    named = [place for place in (_TITLE, _AUTHOR) if place in passage]
    if weight(form) < (_MIN_OWN if named else _MIN_PASSAGE):
        return ""
    return "".join((form, *named))


def _learn_names(titles: Sequence[str]) -> frozenset[str]:
    """Return the first and last parts that most titles share."""
    found: Counter[tuple[int, str]] = Counter()
    for place, title in enumerate(titles):
        if place == _FIRST and max(found.values(), default=0) < 2:
            break
        parts = title_parts(normalise(plain(title[:TITLE_LIMIT])))
        if len(parts) > 1:
            found.update(((0, squash(parts[0][1])), (-1, squash(parts[-1][1]))))
    shared = {name for _, name in _most(found, len(titles))}
    return frozenset(name for name in shared if 1 < len(name) <= _MAX_NAME)


def _name_spans(title: str, names: frozenset[str]) -> list[Span]:
    """Return where a title's first and last parts are the feed's, if the rest says enough: `#12` does not."""
    parts = title_parts(title)
    found = [part for part in dict.fromkeys((parts[0], parts[-1])) if squash(part[1]) in names]
    rest = "".join(squash(text) for part in parts if part not in found for text in part[1:])
    return [span for span, _ in found] if weight(rest.strip("0123456789")) >= _MIN_REST else []
