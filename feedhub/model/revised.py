"""Stories as they change, for those who keep copies of them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from feedhub.model.found import Listed


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the changes of a store have been followed; the empty one is before the first.

    `lineage` names the store, and is another when stories have been removed from it without a trace.
    """

    lineage: str = ""
    revision: int = 0
    story: int = 0


@dataclass(frozen=True, slots=True)
class Revised:
    """Some stories that are new or have changed; those that no output lists any more have no `outputs`.

    `upto` is the mark to go on from. `anew`: the mark was another store's, and these are the first of all.
    """

    stories: tuple[Listed, ...]
    upto: Mark
    anew: bool
