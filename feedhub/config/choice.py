"""Which stories an output chooses: `from`, and what it keeps and drops of those."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from feedhub import model
from feedhub.config import models
from feedhub.config.conditions import Conditions
from feedhub.config.feeds import Place
from feedhub.rules import fold


def chosen_from(
    node: object, place: Place, conditions: Conditions, names: Collection[str]
) -> Iterator[model.Condition]:
    """Yield what `from` asks for, any of it: a condition, or tags' and categories' names.

    A text with a field, a quote, parentheses or an operator in it is a query, unless it is such a name;
    `all` is every story.
    """
    if not isinstance(node, (str, list)):
        if (condition := conditions.of_stories(node, place, "from")) is not None:
            yield condition
        return
    known = {fold(name) for name in names}
    plain: dict[int, str] = {}
    for index, one in enumerate(node if isinstance(node, list) else [node]):
        if not isinstance(one, str) or not one.strip():
            place.note(
                "a tag's or category's name is meant here, or a query; conditions nest under any: [...]",
                "from",
                index,
            )
        elif fold(one) == "all" not in known:
            yield model.AllOf(())
        elif fold(one) not in known and _QUERY.search(one):
            if (condition := conditions.of_stories(one, place, "from", index)) is not None:
                yield condition
        else:
            plain[index] = one
    yield from conditions.of_names(plain, place, "from")


_QUERY = re.compile(r'[:"()]|(?:^|\s)(?:-\S|(?:AND|OR|NOT)\b)|^/.+/[a-z]*$')


def filters(own: tuple[models.Output, Place] | None, conditions: Conditions) -> tuple[model.Condition, ...]:
    """Return what an output keeps and drops besides, as conditions that must all hold."""
    if own is None:
        return ()
    content, place = own
    found: list[model.Condition] = []
    if content.keep is not None and (keep := conditions.of_stories(content.keep, place, "keep")):
        found.append(keep)
    if content.drop is not None and (drop := conditions.of_stories(content.drop, place, "drop")):
        found.append(model.Not(drop))
    return tuple(found)
