"""Conditions of a configuration: read, their mistakes noted with their place, their names remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from feedhub import model
from feedhub.config.feeds import Place
from feedhub.config.wording import closest
from feedhub.errors import Problem
from feedhub.rules import Asked, ConditionError, contradiction, fold, read_condition

_NOT_OF_ENTRIES = {
    "age": "a rule's outcome is stored and would not follow the clock; ask for the age in an output's from, "
    "or for published",
    "sources": "a rule looks at one entry, before it is merged; ask for sources in an output's from",
}
_ONE_VALUE = frozenset({"category", "host"})


class Wanted(NamedTuple):
    """A name that a condition asks for: `field` is one of conditions', or `name`: tag or category."""

    field: str
    name: str
    place: Place
    path: tuple[str | int, ...]
    offset: int | None


@dataclass(slots=True)
class Conditions:
    """Reads conditions and gathers what is doubtful about them."""

    wanted: list[Wanted] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def of_entries(
        self, node: object, place: Place, *steps: str | int, given: Mapping[str, str]
    ) -> model.Condition | None:
        """Return a condition on entries; None if it is wrong. `given` are fields known beforehand."""
        return self._read(node, place, steps, given, {*_ONE_VALUE, "feed"}, of_entries=True)

    def of_stories(self, node: object, place: Place, *steps: str | int) -> model.Condition | None:
        """Return a condition on stories; None if it is wrong."""
        return self._read(node, place, steps, {}, _ONE_VALUE, of_entries=False)

    def of_names(self, names: Mapping[int, str], place: Place, *steps: str | int) -> list[model.Condition]:
        """Return conditions on stories for names, by their places in a list: of a tag or of a category."""
        self.wanted += (Wanted("name", name, place, (*steps, index), None) for index, name in names.items())
        return [
            model.Match(field, (model.Pattern("exact", fold(name)),), name)
            for name in names.values()
            for field in ("tag", "category")
        ]

    def doubts(self, known: Mapping[str, tuple[str, str, Collection[str]]]) -> Iterator[Problem]:
        """Return a warning for each name that nothing has; `known`: by field, what to say, what to do, and
        the names."""
        folded = {name: frozenset(fold(one) for one in names) for name, (_, _, names) in known.items()}
        for one in self.wanted:
            if one.field in known and fold(one.name) not in folded[one.field]:
                words, advice, names = known[one.field]
                message = f"{words} {one.name}{closest(one.name, names) or f'; {advice}'}"
                yield one.place.problem(message, *one.path, offset=one.offset)
        yield from self.warnings

    def _read(
        self,
        node: object,
        place: Place,
        steps: tuple[str | int, ...],
        given: Mapping[str, str],
        single: Collection[str],
        *,
        of_entries: bool,
    ) -> model.Condition | None:
        try:
            condition, asked = read_condition(node)
        except ConditionError as error:
            place.note(error.message, *steps, *error.path, offset=error.offset)
            return None
        if of_entries and (wrong := next((one for one in asked if one.field in _NOT_OF_ENTRIES), None)):
            place.note(_NOT_OF_ENTRIES[wrong.field], *steps, *wrong.path, offset=wrong.offset)
            return None
        self.wanted += _wanted(asked, place, steps)
        if why := contradiction(condition, given, single):
            self.warnings.append(place.problem(f"this can never hold: {why}", *steps))
        return condition


def _wanted(asked: Iterable[Asked], place: Place, steps: tuple[str | int, ...]) -> Iterator[Wanted]:
    for one in asked:
        if one.field in ("tag", "category", "feed") and not one.expression:
            yield Wanted(one.field, one.value, place, (*steps, *one.path), one.offset)
