"""A feed of what a query finds in an output: `/tag/python.atom?q=title:rust&limit=20`. Pure.

Parameters of other names are none of ours: trackers add them, and the answer stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from feedhub import generator, rules
from feedhub.errors import FeedHubError
from feedhub.model import AllOf, Condition, Document, Output, Site, Standing, Story

MAX_CHARS = 500
MAX_TESTS = 20
MAX_EXPRESSIONS = 3
LOOKED_AT = 1000
"""The newest stories of an output, among which a query looks."""
_NAMES = ("q", "limit")


class QueryRefused(FeedHubError):
    """A query cannot be answered; the text says why, and points into the query where it can."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of an output; `text` is empty where only the number of items is bounded."""

    text: str
    condition: Condition
    limit: int

    @property
    def address(self) -> str:
        """What stands behind `?` in the address of the answer: the same for the same question."""
        given = {"q": self.text} if self.text else {}
        return urlencode({**given, "limit": self.limit})

    @property
    def asks_age(self) -> bool:
        """Whether the answer depends on the clock."""
        return "age" in rules.fields_of(self.condition)


def read_query(parameters: Iterable[tuple[str, str]], output: Output) -> Asked | None:
    """Read the parameters of an address; None if none of them is ours. Raises QueryRefused.

    A limit above the output's own is the output's own.
    """
    given: dict[str, str] = {}
    for name, value in parameters:
        if name in given:
            raise QueryRefused(f"{name} is given twice: put it all into one, with AND or OR")
        if name in _NAMES:
            given[name] = value
    if not given:
        return None
    text = given.get("q", "").strip()
    return Asked(text, _condition(text) if "q" in given else AllOf(()), _limit(given.get("limit"), output))


def wanted(output: Output, asked: Asked) -> Output:
    """Return the output whose stories are to be looked at."""
    return replace(output, limit=max(LOOKED_AT, output.limit) if asked.text else asked.limit)


def found(
    output: Output,
    name: str,
    asked: Asked,
    stories: Iterable[Story],
    *,
    site: Site,
    standing: Standing,
    now: datetime,
    version: str,
) -> Document:
    """Return the feed of what is asked for among some stories, in one format."""
    kept = [story for story in stories if rules.holds(asked.condition, rules.story_facts(story, now))]
    title = f"{output.title}: {asked.text}" if asked.text else output.title
    shown = replace(output, title=title, formats=(name,))
    (document,) = generator.render(
        shown, kept[: asked.limit], site, standing.created_at, version, asked.address
    )
    return document


def _condition(text: str) -> Condition:
    if len(text) > MAX_CHARS:
        raise QueryRefused(f"a query here has at most {MAX_CHARS} characters, this one {len(text)}")
    try:
        reading = rules.read_condition(text, guest=True)
    except rules.ConditionError as error:
        raise QueryRefused(_pointed(text, error)) from error
    if len(reading.asked) > MAX_TESTS:
        raise QueryRefused(f"a query here asks for at most {MAX_TESTS} things, this one {len(reading.asked)}")
    if sum(one.expression for one in reading.asked) > MAX_EXPRESSIONS:
        raise QueryRefused(f"a query here has at most {MAX_EXPRESSIONS} regular expressions")
    return reading.condition


def _pointed(text: str, error: rules.ConditionError) -> str:
    """Return what is wrong, with the query and a mark below the place."""
    if error.offset is None:
        return error.message
    line = "".join(character if character.isprintable() else " " for character in text)
    return f"{error.message}\n\n  {line}\n  {' ' * error.offset}^"


def _limit(given: str | None, output: Output) -> int:
    if given is None:
        return output.limit
    if not (given.isascii() and given.isdigit() and len(given) <= 9 and int(given)):
        raise QueryRefused(f"limit is a whole number from 1 to {output.limit}")
    return min(int(given), output.limit)
