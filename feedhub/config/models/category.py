"""A subject with its feeds, and how the same story is found in several of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from feedhub.config.models.feed import FeedOrURL
from feedhub.config.models.rule import Ruled
from feedhub.config.models.strict import Strict, key, switch
from feedhub.config.values import FeedId, Label, Many, Positive, Slug


class Duplicates(Strict):
    """How the same story is found in several feeds of a category."""

    enabled: bool | None = key("Merge duplicates", True)
    window: Positive | None = key("How far apart two copies may be", "3d")
    near: bool | None = key("Find reworked copies too, not only equal ones", True)
    prefer: Many[FeedId] | None = key("Ids of feeds whose copy is shown, best first")
    scope: Literal["category", "all", "feed"] | None = key(
        "Where copies are looked for: in the category, in all categories with `scope: all` together, or in "
        "each feed alone",
        "category",
    )


DuplicatesOrSwitch = Annotated[Duplicates, BeforeValidator(switch, json_schema_input_type=bool | Duplicates)]


def _feeds_only(value: object) -> object:
    return {} if value is None else {"feeds": value} if isinstance(value, list) else value


class Category(Ruled):
    """A subject: duplicates are merged inside it, and it is published. Settings here hold for its feeds."""

    title: str | None = key("Shown title; without it the category's name")
    slug: Slug | None = key("Its name in addresses; without it made from the name")
    tags: Many[Label] | None = key("Tags of all its feeds' entries")
    duplicates: DuplicatesOrSwitch | None = key("How duplicates are merged; false: not at all")
    feeds: Many[FeedOrURL | None] | None = key("Its feeds: addresses, or mappings with `url`")


CategoryOrFeeds = Annotated[
    Category, BeforeValidator(_feeds_only, json_schema_input_type=Category | list[FeedOrURL] | None)
]
