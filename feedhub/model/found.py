"""Stories as they are asked for: by id, or by their words."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.model.entry import Story


@dataclass(frozen=True, slots=True)
class Listed:
    """A story, and the paths of the outputs that list it."""

    story: Story
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what was found: `total` stories in all, or at least so many if there are `more`.

    `indexed` False: stories that are stored are not all in the search yet.
    """

    stories: tuple[Listed, ...]
    total: int = 0
    more: bool = False
    indexed: bool = True
