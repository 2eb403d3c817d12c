"""Conditions, and rules for the entries that they hold for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema, model_validator

from feedhub.config.models.polling import Secured
from feedhub.config.models.strict import Strict, key
from feedhub.config.values import Label, Many

Condition = Annotated[
    object, WithJsonSchema({"title": "condition", "anyOf": [{"type": "object"}, {"type": "string"}]})
]


From = Annotated[
    object,
    WithJsonSchema(
        {
            "title": "condition",
            "anyOf": [{"type": "object"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        }
    ),
]


class Set(Strict):
    """What a rule puts in the place of an entry's own; {title}, {feed_title} and the like are filled in."""

    title: str | None = key("Title, such as '{feed_title}: {title}'")
    link: str | None = key("Link, such as 'https://read.example.org/{link}'")
    category: Label | None = key("Category that its story is merged and published in, as it stands")


class Rule(Strict):
    """What to do with the entries that a condition holds for: docs/rules.md has the order."""

    when: Condition = Field(description="Condition on entries")
    tag: Many[Label] | None = key("Tag or tags to give; each is published")
    tags: Many[Label] | None = key("The same as `tag`")
    untag: Many[Label] | None = key("Tag or tags to take away, whoever gave them")
    set: Set | None = key("What to put in the place of its title, link or category")
    drop: bool | None = key("Leave the entry out of every output; no further rule is asked", False)
    stop: bool | None = key("Ask no further rule about it", False)
    name: str | None = key("What `feedhub explain` calls it", min_length=1, max_length=100)

    @model_validator(mode="after")
    def does_something(self) -> Rule:
        if not (self.tag or self.tags or self.untag or self.set or self.drop or self.stop):
            raise ValueError("this rule does nothing: give it tag, untag, set, drop or stop")
        return self


class Ruled(Secured):
    """What a category or a feed does with its entries, before the rules for all."""

    keep: Condition | None = key("Condition on the entries to take; the others are dropped")
    drop: Condition | None = key("Condition on entries to drop")
    rules: Many[Rule | None] | None = key("Rules for its entries alone; they come before those for all")
