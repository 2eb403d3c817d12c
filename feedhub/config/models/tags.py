"""Tags from the publishers' own categories."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from feedhub.config.models.strict import Strict, key
from feedhub.config.values import Label, Many


def _all_or_none(value: object) -> object:
    return {True: "all", False: "none"}.get(value, value) if isinstance(value, bool) else value


class Tags(Strict):
    """Tags from the publishers' own categories."""

    map: dict[str, Many[Label] | None] | None = key(
        "A publisher's category and the tag or tags it stands for (none: it is ignored), in any spelling"
    )
    from_entries: (
        Annotated[
            Literal["none", "mapped", "all"],
            BeforeValidator(_all_or_none, json_schema_input_type=Literal["none", "mapped", "all"] | bool),
        ]
        | None
    ) = key(
        "Which of them become tags: `none`, those in `map`, or `all` (those not in it are published by no "
        "output of their own); without the key: `mapped` if there is a `map`"
    )
