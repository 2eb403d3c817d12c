"""What came, went and took another's place between two texts, token by token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from feedhub.merger.lexicon import OPPOSITES


@dataclass(slots=True)
class Changes:
    """The tokens added and removed, how many took another's place, and which one's how often, where that was
    all that happened."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    replaced: int = 0
    swaps: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def came(self) -> Counter[str]:
        """What was added and is nowhere removed."""
        return Counter(self.added) - Counter(self.removed)

    @property
    def went(self) -> Counter[str]:
        """What was removed and is nowhere added."""
        return Counter(self.removed) - Counter(self.added)

    def turned(self) -> set[str]:
        """Return the words whose opposites came."""
        came = self.came
        return {word for word in self.went if any(frozenset((word, other)) in OPPOSITES for other in came)}


def changes(one: Sequence[str], other: Sequence[str], *, open_end: bool = False) -> Changes:
    """Return what was changed from one text to the other; with `open_end` not at their ends, where a limit
    cut them."""
    found = Changes()
    ops = list(Levenshtein.opcodes(one, other))
    for place, op in enumerate(ops):
        if op.tag == "equal":
            continue
        old, new = one[op.src_start : op.src_end], other[op.dest_start : op.dest_end]
        if open_end and op is ops[-1]:
            break
        found.removed += old
        found.added += new
        if op.tag == "replace":
            found.replaced += len(old)
            beside = (*ops[place - 1 : place], *ops[place + 1 : place + 2])
            if all(other_op.tag == "equal" for other_op in beside):
                found.swaps.update(zip(old, new, strict=False))
    return found
